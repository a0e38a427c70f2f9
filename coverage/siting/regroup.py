"""Local search: take a few neighbouring views out of a plan, choose greedily anew, keep what gains.

A group of one is a one-for-one swap; larger groups undo what greedy could not foresee, such as three views where two
would do. With a budget the money set free is spent anew, so dear views may give way to several cheap ones.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, product

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches, union
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting import gains
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.greedy import LEAST_GAIN

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

GROUPS = (1, 2, 3, 4)  # views taken out at once, pass by pass, round and round while a pass in the last round gained
WORK = 40_000_000  # visible pieces x models measured; more has gained nothing on the towns tried
NEXT_TO_NOTHING = 1e-9  # price that what is free is taken to have where gain per cost decides
WORTHWHILE = 0.01  # [m] a smaller improvement is not one


@dataclass(frozen=True)
class Placed:
    """A view of the draft."""

    mount: int
    model: int
    azimuth: float
    seen: Stretches


def regroup(
    choices: Choices,
    covered: Stretches,
    picks: list[Pick],
    budget: float,
    most: int,
    rules: Sequence[bool],
    progress: Progress | None = None,
    locked: Collection[int] = (),
) -> list[Pick]:
    """Improve a plan within the same limits; return it in greedy order, each pick's gain after those before it.

    The effort is fixed by counted work, not by the clock, so that equal input gives equal output.

    Parameters
    ----------
    covered : Stretches
        What is in view without the plan.
    picks : list of Pick
        Within the limits.
    budget : float
        May be infinite.
    most : int
        Views at most.
    rules : sequence of bool
        How views are chosen, in turns: by gain (True), by gain per cost (False). The first orders the answer.
    locked : collection of int
        Places whose views stay.
    """
    draft, fixed = Draft(choices, covered, picks, budget, most), frozenset(locked)
    draft.choose_anew([])  # spends what the plan has left
    fruitless, passes = 0, list(product(GROUPS, rules))
    for size, by_gain in cycle(passes):
        draft.value_by(by_gain)
        gained = False
        for key in tuple(draft.placed):
            if key in draft.placed and draft.placed[key].mount not in fixed and draft.work < WORK:
                gained |= draft.choose_anew(draft.around(key, size, fixed))
                if progress:
                    progress(min(draft.work, WORK), WORK)
        fruitless = 0 if gained else fruitless + 1
        if fruitless == len(passes) or draft.work >= WORK:
            break
    draft.value_by(rules[0])
    return draft.in_order()


class Draft:
    """A plan under work: its views by a running number, and what every place would add to all of them.

    One exchange touches the views and mounts around it only, however large the plan is.
    """

    def __init__(self, choices: Choices, covered: Stretches, picks: list[Pick], budget: float, most: int) -> None:
        self.choices, self.covered, self.most = choices, covered, most
        self.costs = choices.costs.T
        self.divisor = np.ones(self.costs.shape)
        self.placed = {
            key: Placed(p.mount, p.model, p.azimuth, choices.stretches_of(p.mount, p.model, p.azimuth))
            for key, p in enumerate(picks)
        }
        self.dearest = np.max(choices.money, axis=0, initial=0.0)
        self.next_key = len(picks)
        self.keys_at: dict[int, list[int]] = {}  # mount -> numbers of its views
        for key, view in self.placed.items():
            self.keys_at.setdefault(view.mount, []).append(key)
        self.used = np.zeros(len(choices.sites), np.int64)
        self.paid = 0
        self.hindered = np.zeros(len(choices.sites), np.int64)  # paid views too near for another
        for view in self.placed.values():
            self._stand(view, 1)
        self.left = budget - sum(p.cost for p in picks)
        self.reached = merged(covered, _united(self.placed.values()))
        self.work = 0
        self.gain = np.zeros(self.costs.shape)  # 0 where no view may be added
        self.step = np.zeros(self.gain.shape, np.int64)
        self.measured = False  # not before it is asked what a place would add

    def _measure_all(self) -> None:
        if not self.measured:
            self.measured = True
            self._measure(np.arange(len(self.choices.sites)), self.reached)

    def value_by(self, by_gain: bool) -> None:
        """Value views by their gain, or by gain per cost."""
        money = self.choices.money.T
        self.divisor = np.ones(money.shape) if by_gain else np.where(money > 0, money, NEXT_TO_NOTHING)

    def around(self, key: int, size: int, fixed: frozenset[int] = frozenset()) -> list[int]:
        """Return the numbers of a view and of the nearest others not fixed, `size` in all if so many are in reach."""
        view, sites = self.placed[key], self.choices.sites
        others = [k for k in self.neighbours([view]) if k != key and self.placed[k].mount not in fixed]
        stand_of = self.choices.stand_of
        there = [stand_of(self.placed[k].mount, self.placed[k].model) for k in others]
        away = sites[there] - sites[stand_of(view.mount, view.model)]
        nearest = np.argsort(np.hypot(*away.T), kind="stable")[: size - 1]
        return [key, *(others[i] for i in nearest)]

    def choose_anew(self, group: list[int]) -> bool:
        """Replace a group of views by a greedy choice if that is worth more; tell whether it did."""
        self._measure_all()
        choices = self.choices
        taken = [self.placed[key] for key in group]
        reached = self.reached_without(group)
        left = self.left + sum(self._cost(view) for view in taken)
        room = self.most - self.paid + sum(self._cost(view) > 0 for view in taken)
        for view in taken:
            self._stand(view, -1)
        new: list[Placed] = []
        stale, before = taken, []  # views put up or taken down since the mounts near them were measured
        free = any(choices.has_free[view.mount] for view in taken)
        while free or (room > 0 and choices.cheapest <= left):
            before.append(self._measure(self.near(stale), reached))
            best = self._best(left if room > 0 else 0.0)
            if best is None:
                break
            mount, model = best
            azimuth = self._azimuth(mount, model)
            view = Placed(mount, model, azimuth, choices.stretches_of(mount, model, azimuth))
            reached = merged(reached, view.seen)
            left -= self._cost(view)
            room -= self._cost(view) > 0
            self._stand(view, 1)
            new.append(view)
            stale = [view]
        if reached.length - (self.harm(new) - self.harm(taken)) > self.reached.length + WORTHWHILE:
            self.exchange(group, new)
            self.reached, self.left = reached, left
            self._measure(self.near(stale), reached)
            return True
        for view in taken:
            self._stand(view, 1)
        for view in new:
            self._stand(view, -1)
        for rows, gain, step in reversed(before):
            self.gain[:, rows], self.step[:, rows] = gain, step
        return False

    def add(self, view: Placed) -> None:
        """Put up a view, whatever that gains."""
        self._stand(view, 1)
        self.left -= self._cost(view)
        self.exchange([], [view])
        self.reached = merged(self.reached, view.seen)
        self._measure(self.near([view]), self.reached)

    def replace(self, key: int, view: Placed) -> None:
        """Put a view in the place of another, whatever that gains."""
        reached = merged(self.reached_without([key]), view.seen)
        old = self.placed[key]
        self._stand(old, -1)
        self._stand(view, 1)
        self.left += self._cost(old) - self._cost(view)
        self.exchange([key], [view])
        self.reached = reached
        self._measure(self.near([old, view]), reached)

    def harm(self, views: Iterable[Placed]) -> float:
        """Return the harm of some views [m]."""
        return _harm(self.choices, views)

    def in_order(self) -> list[Pick]:
        """Return the views as picks, what is free and then the best first, each with what it adds to those before."""
        return _in_order(self.choices, self.covered, self.placed, self.divisor)

    def _cost(self, view: Placed) -> float:
        return float(self.costs[view.model, view.mount])

    def _azimuth(self, mount: int, model: int) -> float:
        step = self.step[model, mount]
        return float(self.choices.azimuth_of(np.array([mount]), np.array([model]), np.array([step]))[0])

    def _room(self) -> IntArray:
        return np.where(self.hindered == 0, self.choices.capacity - self.used, 0)

    def open_elsewhere(self, mount: int) -> BoolArray:
        """Tell which offers at a place could stand where they would, if it had room for another view, shape (m,)."""
        room = self._room()
        room[mount] = self.choices.capacity[mount]
        return self.choices.with_room(room, np.array([mount]))[0]

    def open_places(self) -> BoolArray:
        """Tell which offers have room for another view, shape (s, m)."""
        return self.choices.with_room(self._room(), slice(None))

    @contextmanager
    def taken_down(self, view: Placed) -> Iterator[None]:
        """Leave a view out of account for a while, as to where others may stand."""
        self._stand(view, -1)
        yield
        self._stand(view, 1)

    def _stand(self, view: Placed, change: int) -> None:
        """Count a view that is put up (1) or taken down (-1)."""
        self.used[view.mount] += change
        if self._cost(view) > 0:
            self.paid += change
            self.hindered[self.choices.hindered_by(view.mount, view.model)] += change

    def exchange(self, group: list[int], new: list[Placed]) -> None:
        """Enter new views for old ones; what is in view and what is counted is the caller's to bring up to date."""
        for key in group:
            self.keys_at[self.placed.pop(key).mount].remove(key)
        for key, view in enumerate(new, start=self.next_key):
            self.placed[key] = view
            self.keys_at.setdefault(view.mount, []).append(key)
        self.next_key += len(new)

    def neighbours(self, views: list[Placed]) -> list[int]:
        """Return the numbers of the views at mounts in reach of some views, these included."""
        near = self.near(views)
        return [key for mount in near[self.used[near] > 0].tolist() for key in self.keys_at[mount]]

    def reached_without(self, group: list[int]) -> Stretches:
        """Return what is in view once a group is gone: less what the group sees, plus what others see of that."""
        taken = [self.placed[key] for key in group]
        others = [self.placed[key] for key in self.neighbours(taken) if key not in group]
        end = float(self.choices.scene.segments.end[-1])
        out_of_view = merged(self.reached.complement(0.0, end), _united(taken))
        return merged(merged(out_of_view.complement(0.0, end), self.covered), _united(others))

    def _best(self, left: float) -> tuple[int, int] | None:
        """Return mount and model of the best view that the money left can buy; of equals the first mount's."""
        offers = []
        for model, costs in enumerate(self.costs):
            worth = self.gain[model] / self.divisor[model]
            mount = int((worth if self.dearest[model] <= left else np.where(costs <= left, worth, 0.0)).argmax())
            if costs[mount] <= left:
                offers.append((-float(worth[mount]), mount, model))
        worth, mount, model = min(offers, default=(0.0, 0, 0))
        return (mount, model) if worth < 0.0 else None

    def near(self, views: list[Placed]) -> IntArray:
        """Return the mounts whose gains depend on any of some views."""
        found = [self.choices.in_reach(view.mount, view.model) for view in views]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    def _measure(self, mounts: IntArray, reached: Stretches) -> tuple[IntArray, FloatArray, IntArray]:
        """Bring what some mounts would add up to date; return what stood there before."""
        before = mounts, self.gain[:, mounts], self.step[:, mounts]
        if not self.measured:
            return before
        gain, step = self.choices.best_gains(mounts, reached)
        self.work += int(self.choices.effort[mounts].sum())
        free = self.choices.with_room(self._room(), mounts) & (gain >= LEAST_GAIN)
        self.gain[:, mounts], self.step[:, mounts] = np.where(free, gain, 0.0).T, step.T
        return before


def in_order(choices: Choices, covered: Stretches, picks: Sequence[Pick], by_gain: bool) -> list[Pick]:
    """Return picks, what is free and then the best first, each with what it adds to those before."""
    draft = Draft(choices, covered, list(picks), np.inf, len(picks))
    draft.value_by(by_gain)
    return draft.in_order()


def _in_order(
    choices: Choices, covered: Stretches, placed: dict[int, Placed], divisor: FloatArray
) -> list[Pick]:  # fmt: skip
    reached, picks = covered, []
    harm = {key: _harm(choices, [view]) for key, view in placed.items()}
    heap = [(-np.inf, view.mount, key) for key, view in placed.items()]
    heapq.heapify(heap)
    while heap:
        _, _, key = heapq.heappop(heap)
        view = placed[key]
        cost = float(choices.costs[view.mount, view.model])
        gain = view.seen.length - float(reached.length_within(view.seen.start, view.seen.end).sum()) - harm[key]
        worth = np.inf if cost == 0 else gain / float(divisor[view.model, view.mount])
        entry = (-worth, view.mount, key)
        if heap and entry > heap[0]:
            heapq.heappush(heap, entry)
            continue
        reached = merged(reached, view.seen)
        picks.append(Pick(view.mount, view.model, view.azimuth, gain, cost))
    return picks


def _harm(choices: Choices, views: Iterable[Placed]) -> float:
    if not len(choices.harm):
        return 0.0
    rows = [(v.mount, v.model, v.azimuth) for v in views]
    mount, model, azimuth = np.array(rows, np.float64).reshape(-1, 3).T
    return float(choices.harm_of(mount.astype(np.int64), model.astype(np.int64), azimuth).sum())


def _united(views: Iterable[Placed]) -> Stretches:
    seen = [view.seen for view in views]
    none = np.empty(0)
    return union(np.concatenate([none, *(s.start for s in seen)]), np.concatenate([none, *(s.end for s in seen)]))


def merged(one: Stretches, other: Stretches) -> Stretches:
    """Return what is in one or the other, each of them sorted and disjoint."""
    return Stretches(*gains.merge(one.start, one.end, other.start, other.end))
