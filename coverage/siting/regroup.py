"""Local search: take a few neighbouring views out of a plan, choose greedily anew, keep what gains.

A group of one is a one-for-one swap; larger groups undo what greedy could not foresee, such as three views where two
would do. With a budget the money set free is spent anew, so dear views may give way to several cheap ones.
"""

import heapq
from collections.abc import Iterable, Sequence
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

GROUPS = (1, 2, 3, 4)  # views taken out at once, pass by pass, round and round while a pass in the last round gained
WORK = 40_000_000  # visible pieces x models measured; more has gained nothing on the towns tried
WORTHWHILE = 0.01  # [m] a smaller improvement is not one


@dataclass(frozen=True)
class _Placed:
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
    """
    draft = _Draft(choices, covered, picks, budget, most)
    draft.choose_anew([])  # spends what the plan has left
    fruitless, passes = 0, list(product(GROUPS, rules))
    for size, by_gain in cycle(passes):
        draft.value_by(by_gain)
        gained = False
        for key in tuple(draft.placed):
            if key in draft.placed and draft.work < WORK:
                gained |= draft.choose_anew(draft.around(key, size))
                if progress:
                    progress(min(draft.work, WORK), WORK)
        fruitless = 0 if gained else fruitless + 1
        if fruitless == len(passes) or draft.work >= WORK:
            break
    draft.value_by(rules[0])
    return draft.in_order()


class _Draft:
    """A plan under work: its views by a running number, and what every mount would add to all of them.

    One exchange touches the views and mounts around it only, however large the plan is.
    """

    def __init__(self, choices: Choices, covered: Stretches, picks: list[Pick], budget: float, most: int) -> None:
        self.choices, self.covered, self.most = choices, covered, most
        self.divisor = np.ones(len(choices.costs))
        self.placed = {
            key: _Placed(p.mount, p.model, p.azimuth, choices.stretches_of(p.mount, p.model, p.azimuth))
            for key, p in enumerate(picks)
        }
        self.next_key = len(picks)
        self.keys_at: dict[int, list[int]] = {}  # mount -> numbers of its views
        for key, view in self.placed.items():
            self.keys_at.setdefault(view.mount, []).append(key)
        self.used = np.bincount([p.mount for p in picks], minlength=len(choices.sites))
        self.left = budget - sum(p.cost for p in picks)
        self.reached = _merged(covered, _united(self.placed.values()))
        self.work = 0
        self.gain = np.zeros((len(choices.models), len(choices.sites)))  # 0 where no view may be added
        self.step = np.zeros(self.gain.shape, np.int64)
        self._measure(np.arange(len(choices.sites)), self.reached)

    def value_by(self, by_gain: bool) -> None:
        """Value views by their gain, or by gain per cost."""
        self.divisor = np.ones(len(self.choices.costs)) if by_gain else self.choices.costs

    def around(self, key: int, size: int) -> list[int]:
        """Return the numbers of a view and of the nearest others, `size` in all if so many are within reach of it."""
        view, sites = self.placed[key], self.choices.sites
        others = [k for k in self._neighbours([view]) if k != key]
        away = sites[[self.placed[k].mount for k in others]] - sites[view.mount]
        nearest = np.argsort(np.hypot(*away.T), kind="stable")[: size - 1]
        return [key, *(others[i] for i in nearest)]

    def choose_anew(self, group: list[int]) -> bool:
        """Replace a group of views by a greedy choice if that covers more; tell whether it did."""
        choices, costs = self.choices, self.choices.costs
        taken = [self.placed[key] for key in group]
        reached = self._reached_without(group)
        left = self.left + float(costs[[view.model for view in taken]].sum())
        room = self.most - len(self.placed) + len(taken)
        for view in taken:
            self.used[view.mount] -= 1
        new: list[_Placed] = []
        stale, before = taken, []  # views put up or taken down since the mounts near them were measured
        while len(new) < room and costs.min() <= left:
            before.append(self._measure(self._near(stale), reached))
            best = self._best(left)
            if best is None:
                break
            mount, model = best
            azimuth = float(choices.azimuth_of(self.step[model, mount]))
            view = _Placed(mount, model, azimuth, choices.stretches_of(mount, model, azimuth))
            reached = _merged(reached, view.seen)
            left -= float(costs[model])
            self.used[mount] += 1
            new.append(view)
            stale = [view]
        if reached.length > self.reached.length + WORTHWHILE:
            self._exchange(group, new)
            self.reached, self.left = reached, left
            self._measure(self._near(stale), reached)
            return True
        for view in taken:
            self.used[view.mount] += 1
        for view in new:
            self.used[view.mount] -= 1
        for rows, gain, step in reversed(before):
            self.gain[:, rows], self.step[:, rows] = gain, step
        return False

    def in_order(self) -> list[Pick]:
        """Return the views as picks, the best first, each with what it adds to those before it."""
        reached, costs = self.covered, self.choices.costs
        heap = [(-np.inf, view.mount, key) for key, view in self.placed.items()]
        heapq.heapify(heap)
        picks = []
        while heap:
            _, _, key = heapq.heappop(heap)
            view = self.placed[key]
            gain = view.seen.length - float(reached.length_within(view.seen.start, view.seen.end).sum())
            entry = (-gain / float(self.divisor[view.model]), view.mount, key)
            if heap and entry > heap[0]:
                heapq.heappush(heap, entry)
                continue
            reached = _merged(reached, view.seen)
            picks.append(Pick(view.mount, view.model, view.azimuth, gain, float(costs[view.model])))
        return picks

    def _exchange(self, group: list[int], new: list[_Placed]) -> None:
        for key in group:
            self.keys_at[self.placed.pop(key).mount].remove(key)
        for key, view in enumerate(new, start=self.next_key):
            self.placed[key] = view
            self.keys_at.setdefault(view.mount, []).append(key)
        self.next_key += len(new)

    def _neighbours(self, views: list[_Placed]) -> list[int]:
        """Return the numbers of the views at mounts in reach of some views, these included."""
        near = self._near(views)
        return [key for mount in near[self.used[near] > 0].tolist() for key in self.keys_at[mount]]

    def _reached_without(self, group: list[int]) -> Stretches:
        """Return what is in view once a group is gone: less what the group sees, plus what others see of that."""
        taken = [self.placed[key] for key in group]
        others = [self.placed[key] for key in self._neighbours(taken) if key not in group]
        end = float(self.choices.scene.segments.end[-1])
        out_of_view = _merged(self.reached.complement(0.0, end), _united(taken))
        return _merged(_merged(out_of_view.complement(0.0, end), self.covered), _united(others))

    def _best(self, left: float) -> tuple[int, int] | None:
        """Return mount and model of the best view that the money left can buy; of equals the first mount's."""
        offers = []
        for model in np.flatnonzero(self.choices.costs <= left).tolist():
            mount = int(self.gain[model].argmax())
            offers.append((-float(self.gain[model, mount] / self.divisor[model]), mount, model))
        worth, mount, model = min(offers, default=(0.0, 0, 0))
        return (mount, model) if worth < 0.0 else None

    def _near(self, views: list[_Placed]) -> IntArray:
        """Return the mounts whose gains depend on any of some views."""
        found = [self.choices.in_reach(view.mount, view.model) for view in views]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    def _measure(self, mounts: IntArray, reached: Stretches) -> tuple[IntArray, FloatArray, IntArray]:
        """Bring what some mounts would add up to date; return what stood there before."""
        before = mounts, self.gain[:, mounts], self.step[:, mounts]
        gain, step = self.choices.best_gains(mounts, reached)
        self.work += int(self.choices.effort[mounts].sum())
        free = (self.used[mounts] < self.choices.per_mount)[:, None] & (gain >= LEAST_GAIN)
        self.gain[:, mounts], self.step[:, mounts] = np.where(free, gain, 0.0).T, step.T
        return before


def _united(views: Iterable[_Placed]) -> Stretches:
    seen = [view.seen for view in views]
    none = np.empty(0)
    return union(np.concatenate([none, *(s.start for s in seen)]), np.concatenate([none, *(s.end for s in seen)]))


def _merged(one: Stretches, other: Stretches) -> Stretches:
    return Stretches(*gains.merge(one.start, one.end, other.start, other.end))
