"""The finish: every view that a better plan could contain, as a covering problem that is solved to its end.

A dual bound B with its multipliers tells of each view by how much the bound falls once the view must be in the plan:
its *loss*. Views of a loss up to some limit are enumerated, with every heading, as actions on exact cells of the street
axis (cut wherever a view begins or ends). A plan that contains any other view is worth B less the limit at most, a plan
that does not is worth what the covering solver proves at most; the greater of the two bounds every plan. So memory is
bounded by the limit, and the bound holds wherever it is drawn.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches
from camgap.coverage.siting.bound import Relaxed, best_sum
from camgap.coverage.siting.choices import Choices, Density, Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering import Covering, Solution, Step, on_axis
from camgap.coverage.siting.covering.record import Record
from camgap.coverage.siting.covering.solve import search_plans
from camgap.coverage.siting.covering.watch import Watch, attended
from camgap.coverage.siting.greedy import Stages

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_TRIED = 400_000  # views whose loss is measured one by one
MOST_RUNS = 1_500_000  # stretches of the axis that the views of the covering problem see, all together
CHUNK = 256  # places at once
EFFORT, EFFORT_FOR_SEVERAL = 0.25, 0.1  # of the covering solver's: the rest gains next to nothing on a city
MOST_LOOKS = 300  # nodes of branch and bound, about
WORTHWHILE = 1e-6  # a plan better by less is not another plan


@dataclass(frozen=True)
class Layer:
    """One way in which the axis counts: where views cover it at least so many times, every metre counts so much.

    Parameters
    ----------
    counts : Stretches or None
        Where the layer lies; everywhere if None.
    need : int
        Views that must cover a metre.
    factor : float
        What it then counts with.
    sold : int
        How often it is paid for in the dual: `need` by itself, 1 where the layers of fewer views lie below it with greater
        factors.
    """

    counts: Stretches | None = None
    need: int = 1
    factor: float = 1.0
    sold: int = 1


ONCE = (Layer(),)  # every metre counts once it is covered


@dataclass(frozen=True)
class Axis:
    """What the open part of the street axis counts, piece by piece.

    Parameters
    ----------
    at : float64 array, shape (n + 1,)
        Where pieces begin, and the end of the last [m].
    open : float64 array, shape (n,)
        Length of each piece that is not covered [m]: all of it or nothing.
    price : float64 array, shape (n,)
        Multiplier of each piece: what a metre is sold for to each view.
    layers : tuple of (float64 array, shape (n,), Layer)
        What each piece counts with in each layer.
    """

    at: FloatArray
    open: FloatArray
    price: FloatArray
    layers: tuple[tuple[FloatArray, Layer], ...]

    @staticmethod
    def of(choices: Choices, covered: Stretches, density: Density, layers: Sequence[Layer]) -> "Axis":
        """Cut the axis where anything changes; the multipliers are the density's."""
        s, count = choices.scene.segments, np.diff(density.first)
        nth = np.arange(density.first[-1]) - np.repeat(density.first[:-1], count)
        knots = np.append(np.repeat(s.start, count) + nth * np.repeat((s.end - s.start) / count, count), s.end[-1:])
        ends = [part for layer in layers if layer.counts for part in (layer.counts.start, layer.counts.end)]
        at = np.unique(np.concatenate([knots, covered.start, covered.end, *ends]))
        size, middle = np.diff(at), (at[1:] + at[:-1]) / 2
        free = np.where(_holds(covered, middle), 0.0, size)
        cell = np.clip(np.searchsorted(knots, middle, side="right") - 1, 0, max(len(knots) - 2, 0))
        width = np.diff(knots)
        price = np.divide(np.diff(density.mass), width, out=np.zeros(len(width)), where=width > 0)[cell]
        factor = tuple(
            (np.where(_holds(layer.counts, middle), layer.factor, 0.0), layer) if layer.counts is not None
            else (np.full(len(middle), layer.factor), layer)
            for layer in layers
        )  # fmt: skip
        return Axis(at, free, price, factor)

    @property
    def given_away(self) -> float:
        """What the dual counts whether it is seen or not."""
        return float(
            sum((self.open * np.maximum(factor - layer.sold * self.price, 0.0)).sum() for factor, layer in self.layers)
        )

    @property
    def sold(self) -> tuple[FloatArray, FloatArray]:
        """The price of the open axis up to each place: ``at`` and the mass there."""
        return self.at, np.concatenate([[0.0], np.cumsum(self.open * self.price)])

    def mass(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the open axis counts with a factor up to each place."""
        return self.at, np.concatenate([[0.0], np.cumsum(self.open * factor)])


@dataclass(frozen=True)
class Certificate:
    """A bound on every choice, and what follows from it for single views.

    Parameters
    ----------
    bound : float
        No choice within the limits is worth more.
    sold : (position, mass)
        Of the open axis at its prices.
    price, floor : float
        Of money; and what the least paid view of the relaxed choice is worth on top of its money.
    displaced, free : float64 arrays, shape (s,)
        What a further view at each place takes away from the relaxed choice; what is free there is worth.
    """

    bound: float
    sold: tuple[FloatArray, FloatArray]
    price: float
    displaced: FloatArray
    free: FloatArray

    @staticmethod
    def of(choices: Choices, axis: Axis, gains: FloatArray, budget: float, most: int) -> "Certificate":
        """Prove a bound with the axis' prices; `gains` are those of the best headings at them, shape (s, m)."""
        relaxed = best_sum(gains, choices.costs, budget, most, choices.capacity)
        free = np.where(choices.costs == 0, gains, 0.0).max(axis=1, initial=0.0)
        return Certificate(
            axis.given_away + relaxed.value, axis.sold, relaxed.price, _displaced(choices, gains, relaxed, free, budget),
            free,
        )  # fmt: skip

    def losses(self, choices: Choices, worth: FloatArray, place: IntArray, offer: IntArray) -> FloatArray:
        """Return by how much the bound falls at least if views of some worth must be chosen; 0 for free ones."""
        cost = choices.money[place, offer]
        loss = self.displaced[place] - (worth - self.price * cost - self.free[place])
        return np.where(cost > 0, np.maximum(loss, 0.0), 0.0)


def _displaced(choices: Choices, gains: FloatArray, relaxed: Relaxed, free: FloatArray, budget: float) -> FloatArray:
    """Return what has to leave the relaxed choice for one more paid view at each place.

    At a place for one view that is the view chosen there, or the least of all chosen; where there is room for several,
    never less than the least of all.
    """
    paid = (choices.costs > 0) & (choices.costs <= budget)
    reduced = np.where(paid, gains - relaxed.price * choices.money, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(choices.capacity == 1, np.maximum(reduced - free, relaxed.floor), relaxed.floor)


@dataclass(frozen=True)
class Enumerated:
    """Views one by one: place, offer, heading, and what each sees."""

    place: IntArray
    offer: IntArray
    step: IntArray
    seen: Intervals

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class Finished:
    """The best plan known and a bound on every plan.

    Parameters
    ----------
    picks : list of Pick
        The plan in hand where nothing better was found.
    value, bound : float
        What the plan counts, free views included; no plan counts more than the bound.
    views : int
        Views in the covering problem.
    """

    picks: list[Pick]
    value: float
    bound: float
    views: int


def finish(
    choices: Choices,
    axis: Axis,
    certificate: Certificate,
    best: FloatArray,
    picks: Sequence[Pick],
    budget: float,
    most: int,
    forced: Sequence[int] = (),
    clock: Clock | None = None,
    progress: Stages | None = None,
) -> Finished:
    """Solve what is left of a choice once views that no better plan contains are left out.

    Parameters
    ----------
    best : float64 array, shape (s, m)
        ``choices.best_gains`` of all places at the axis' prices.
    picks : sequence of Pick
        A plan within the limits, free views included.
    budget : float
        May be infinite.
    most : int
        Paid views at most.
    forced : sequence of int
        Places that get a paid view.
    clock : Clock, optional
        Says when to stop; what stands then is the answer.
    """
    clock, value = clock or Clock(), worth_of(choices, axis, picks)
    views, limit = _worth_looking_at(choices, certificate, best, picks, certificate.bound - value)
    money, cost, count = _limits(choices, views, budget, most)
    problem, asked = _covering(choices, axis, views, cost), 0.0
    if forced:
        bonus = max(certificate.bound - value, 0.0) + 1.0
        problem, asked = _demanding(problem, views, choices, forced, bonus), bonus * len(forced)

    def bounded(bound: float) -> float:
        return min(certificate.bound, max(bound - asked, certificate.bound - limit, value))

    def tell(step: Step) -> None:
        if progress:
            progress(_standing(step.value - asked, bounded(step.bound)), 0, 0)

    with clock.lent():
        found = _solved(problem, money, count, _rows_of(choices, views, picks), clock, tell)
    if found.stopped:
        clock.stop(found.stopped)
    better = found.value - asked > value + WORTHWHILE and _allowed(choices, views, found, most, forced)
    return Finished(
        _picks_of(choices, views, found.actions) if better else list(picks), found.value - asked if better else value,
        max(bounded(found.bound), found.value - asked if better else value), len(views),
    )  # fmt: skip


@dataclass
class _Patient(Record):
    """A record that has enough after so many looks at it: branch and bound takes one for every node."""

    looks: int = 0

    @property
    def done(self) -> bool:
        """Whether the plan is proven, the time is over, or enough has been tried."""
        self.looks += 1
        return self.looks > MOST_LOOKS or super().done


def _solved(
    problem: Covering,
    money: float | None,
    count: int | None,
    start: IntArray,
    clock: Clock,
    tell: Callable[[Step], None],
) -> Solution:
    """Search as :func:`camgap.coverage.siting.covering.solve` does, with a share of its effort."""
    watch = Watch(clock.left, tell)
    record = _Patient(problem, problem.demand(money, count), watch)
    record.start_from(start, money, count)
    effort = EFFORT if (problem.need == 1).all() else EFFORT_FOR_SEVERAL
    attended(lambda: search_plans(record, money, count, 0, effort), watch)
    return record.solution()


def worth_of(choices: Choices, axis: Axis, picks: Sequence[Pick]) -> float:
    """Return what views count together on an axis."""
    place, offer = (np.array([column(p) for p in picks], np.int64) for column in (lambda p: p.mount, lambda p: p.model))
    seen = choices.intervals_of(place, offer, np.array([p.azimuth for p in picks]))
    views = Enumerated(place, offer, np.zeros(len(picks), np.int64), seen)
    return _covering(choices, axis, views, np.zeros(len(picks))).value_of(np.arange(len(picks)))


def _standing(value: float, bound: float) -> str:
    """Say in a few words where the search stands."""
    gap = (bound - value) / bound if bound > 0 else 0.0
    return (
        f"improve the plan: {value / 1000:,.2f} km, no plan more than {bound / 1000:,.2f} km, gap {max(gap, 0.0):.1%}"
    )


def _worth_looking_at(
    choices: Choices, certificate: Certificate, gains: FloatArray, picks: Sequence[Pick], slack: float
) -> tuple[Enumerated, float]:
    """Enumerate the views of small loss, those of the plan and what is free; return them and the limit of the loss.

    No better plan contains a view whose loss exceeds the slack between bound and plan.
    """
    places, offers = np.nonzero(np.isfinite(choices.costs) & (choices.capacity > 0)[:, None])
    least = certificate.losses(choices, gains[places, offers], places, offers)
    steps = choices.offers.headings[choices.kind[places], offers].sum(axis=1)
    limit = min(_limit(least, steps, MOST_TRIED), slack)
    hold = least <= limit
    wanted = np.zeros(choices.costs.shape, bool)
    wanted[places[hold], offers[hold]] = True
    for pick in picks:
        wanted[pick.mount, pick.model] = True
    rows = np.flatnonzero(wanted.any(axis=1))
    taken = {(p.mount, p.model, step_of(choices, p)) for p in picks}

    def look(i: int) -> tuple[Enumerated, FloatArray]:
        some = rows[i : i + CHUNK]
        at, offer, step = np.nonzero(choices.offers.headings[choices.kind[some]] & wanted[some][:, :, None])
        place = some[at]
        seen = choices.intervals_of(place, offer, choices.azimuth_of(place, offer, step))
        worth = np.bincount(seen.owner, _within(certificate.sold, seen), minlength=len(place))
        loss = certificate.losses(choices, worth, place, offer)
        mine = [
            k for k, key in enumerate(zip(place.tolist(), offer.tolist(), step.tolist(), strict=True)) if key in taken
        ]
        loss[mine] = 0.0
        return _kept(Enumerated(place, offer, step, seen), loss <= limit), loss[loss <= limit]

    with ThreadPoolExecutor(cpu_count()) as pool:
        parts = list(pool.map(look, range(0, len(rows), CHUNK)))
    views, loss = _joined([part for part, _ in parts]), np.concatenate([np.empty(0), *(found for _, found in parts)])
    runs = np.bincount(views.seen.owner, minlength=len(views))
    tighter = _limit(loss, runs, MOST_RUNS)
    return (_kept(views, loss <= tighter), tighter) if tighter < limit else (views, limit)


def _limit(loss: FloatArray, size: IntArray, most: int) -> float:
    """Return the greatest loss up to which the sizes sum to no more than `most`; what has none is never left out."""
    order = np.argsort(loss, kind="stable")
    fits = int(np.searchsorted(np.cumsum(size[order]), most, side="right"))
    if fits == len(loss):
        return np.inf
    below = loss[loss < loss[order[fits]]]
    return float(below.max(initial=0.0))


def _kept(views: Enumerated, keep: BoolArray) -> Enumerated:
    number = np.cumsum(keep) - 1
    row = keep[views.seen.owner]
    seen = Intervals(views.seen.start[row], views.seen.end[row], number[views.seen.owner[row]])
    return Enumerated(views.place[keep], views.offer[keep], views.step[keep], seen)


def _joined(parts: list[Enumerated]) -> Enumerated:
    none = np.empty(0, np.int64)
    before = np.cumsum([0, *(len(p) for p in parts)])
    seen = Intervals(
        np.concatenate([np.empty(0), *(p.seen.start for p in parts)]),
        np.concatenate([np.empty(0), *(p.seen.end for p in parts)]),
        np.concatenate([none, *(p.seen.owner + n for p, n in zip(parts, before.tolist(), strict=False))]),
    )
    place, offer, step = (
        np.concatenate([none, *(column(p) for p in parts)])
        for column in (lambda p: p.place, lambda p: p.offer, lambda p: p.step)
    )
    return Enumerated(place, offer, step, seen)


def _within(mass: tuple[FloatArray, FloatArray], seen: Intervals) -> FloatArray:
    return np.interp(seen.end, *mass) - np.interp(seen.start, *mass)


def _limits(
    choices: Choices, views: Enumerated, budget: float, most: int
) -> tuple[float | None, FloatArray, int | None]:
    """Return the money, what each view takes of it, and the number of views, as the covering problem counts them.

    It counts free views like others. Where only the number is limited, each paid view costs one; where money is limited
    as well, every place with something free may be assumed to have one, and the answer is checked.
    """
    cost = choices.costs[views.place, views.offer]
    if np.isfinite(budget):
        free = int(choices.has_free.sum())
        unlimited = most >= int(choices.capacity.sum())
        return budget, cost, None if unlimited else most + free
    return float(most), (cost > 0).astype(np.float64), None


def _covering(choices: Choices, axis: Axis, views: Enumerated, cost: FloatArray) -> Covering:
    """State the covering problem: the cells of all layers, one layer after the other."""
    weights, needs, firsts, lasts, size = [], [], [], [], 0
    ptr = np.zeros(len(views) + 1, np.int64)
    for factor, layer in axis.layers:
        weight, ptr, first, last = on_axis(views.seen, len(views), axis.mass(factor))
        weights.append(weight)
        needs.append(np.full(len(weight), layer.need))
        firsts.append(first + size)
        lasts.append(last + size)
        size += len(weight)
    owner = np.tile(np.repeat(np.arange(len(views)), np.diff(ptr)), len(firsts))
    order = np.argsort(owner, kind="stable")
    return Covering(
        np.concatenate(weights), ptr * len(firsts), np.concatenate(firsts)[order], np.concatenate(lasts)[order], cost,
        views.place, choices.capacity, need=np.concatenate(needs),
    )  # fmt: skip


def _demanding(problem: Covering, views: Enumerated, choices: Choices, forced: Sequence[int], bonus: float) -> Covering:
    """Add a cell for each forced place that all its paid views cover.

    The bonus is more than any plan could gain by leaving a forced place out.
    """
    cells = len(problem.weight)
    number = np.full(len(choices.sites), -1)
    number[list(forced)] = np.arange(len(forced))
    asked = np.flatnonzero((number[views.place] >= 0) & (choices.costs[views.place, views.offer] > 0))
    cell = cells + number[views.place[asked]]
    at = problem.ptr[asked + 1]
    ptr = problem.ptr + np.concatenate([[0], np.cumsum(np.isin(np.arange(len(views)), asked))])
    return Covering(
        np.concatenate([problem.weight, np.full(len(forced), bonus)]), ptr, np.insert(problem.first, at, cell),
        np.insert(problem.last, at, cell + 1), problem.cost, problem.group, problem.most,
        need=np.concatenate([problem.need, np.ones(len(forced), np.int64)]),
    )  # fmt: skip


def _allowed(choices: Choices, views: Enumerated, found: Solution, most: int, forced: Sequence[int]) -> bool:
    """Tell whether an answer keeps what the covering problem does not know of: distances, and how many views are paid."""
    place = views.place[found.actions]
    paid = choices.costs[place, views.offer[found.actions]] > 0
    if paid.sum() > most or not np.isin(list(forced), place[paid]).all():
        return False
    mounts = set(place[paid].tolist())
    return not any(mounts & set(choices.too_near(m).tolist()) for m in mounts)


def step_of(choices: Choices, pick: Pick) -> int:
    """Return the heading of a pick, in steps from its offer's first one."""
    off = pick.azimuth - choices.offers.turned[choices.kind[pick.mount], pick.model]
    return round((off % 360.0) * choices.azimuth_steps / 360.0) % choices.azimuth_steps


def _rows_of(choices: Choices, views: Enumerated, picks: Sequence[Pick]) -> IntArray:
    row = {
        key: i
        for i, key in enumerate(zip(views.place.tolist(), views.offer.tolist(), views.step.tolist(), strict=True))
    }
    return np.array(sorted(row[p.mount, p.model, step_of(choices, p)] for p in picks), np.int64)


def _picks_of(choices: Choices, views: Enumerated, rows: IntArray) -> list[Pick]:
    place, offer = views.place[rows], views.offer[rows]
    azimuth = choices.azimuth_of(place, offer, views.step[rows])
    cost = choices.costs[place, offer]
    return [
        Pick(int(s), int(m), float(a), 0.0, float(c)) for s, m, a, c in zip(place, offer, azimuth, cost, strict=True)
    ]


def _holds(stretches: Stretches | None, at: FloatArray) -> BoolArray:
    if stretches is None or len(stretches) == 0:
        return np.full(len(at), stretches is None)
    row = np.searchsorted(stretches.start, at, side="right") - 1
    return (row >= 0) & (at < stretches.end[np.maximum(row, 0)])
