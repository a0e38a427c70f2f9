"""The finish: every view that a better plan could contain, as a covering problem that is solved to its end.

A dual bound B with its multipliers tells of each view by how much the bound falls once the view must be in the plan:
its *loss*. Views of a loss up to some limit are enumerated, with every heading, as actions on exact cells of the street
axis (cut wherever a view begins or ends). A plan that contains any other view is worth B less the limit at most, a plan
that does not is worth what the covering solver proves at most; the greater of the two bounds every plan. So memory is
bounded by the limit, and the bound holds wherever it is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.axis import Axis, Certificate
from camgap.coverage.siting.choices import Choices, Pick, columns_of
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering import Covering, Solution, Step, on_axis
from camgap.coverage.siting.covering.record import Record
from camgap.coverage.siting.covering.solve import search_plans
from camgap.coverage.siting.covering.watch import Watch, attended
from camgap.coverage.siting.enumerated import Enumerated, worth_looking_at
from camgap.coverage.siting.greedy import Stages

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

EFFORT = 0.25  # of the covering solver's: the rest gains next to nothing on a city
SMALL = (
    800_000  # stretches seen by all views together; more are not branched on, which takes a minute and gains nothing
)
MOST_LOOKS = 300  # nodes of branch and bound, about
WORTHWHILE = 1e-6  # a plan better by less is not another plan
CLASHES = 8  # times at most that views which cannot stand at one mount are told apart by solving again


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
    effort: float = EFFORT,
    branching: bool = True,
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
    effort : float
        Share of what the covering solver usually does; `branching` allows it to branch in the end.
    """
    clock, value = clock or Clock(), worth_of(choices, axis, picks)
    views, limit = worth_looking_at(choices, certificate, best, picks, certificate.bound - value)
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

    start = views.rows_of(choices, picks)
    with clock.lent():
        found = _solved(problem, money, count, start, clock, tell, effort, branching)
        bound = found.bound
        for _ in range(CLASHES):
            clashing = _clashing(choices, views, found.actions, start)
            if found.stopped or not clashing.any():
                break
            problem = replace(problem, cost=np.where(clashing, 2 * (money or 0.0) + 1, problem.cost))
            found = _solved(problem, money, count, start, clock, tell, effort, branching)
    if found.stopped:
        clock.stop(found.stopped)
    better = found.value - asked > value + WORTHWHILE and _allowed(choices, views, found, forced)
    return Finished(
        views.picks_of(choices, found.actions) if better else list(picks), found.value - asked if better else value,
        max(bounded(bound), found.value - asked if better else value), len(views),
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
    effort: float,
    branching: bool,
) -> Solution:
    """Search as :func:`camgap.coverage.siting.covering.solve` does, with a share of its effort."""
    watch = Watch(clock.left, tell)
    record = _Patient(problem, problem.demand(money, count), watch)
    record.start_from(start, money, count)
    branched = effort if branching and len(problem.first) <= SMALL and (problem.need == 1).all() else 0.0
    attended(lambda: search_plans(record, money, count, 0, effort, branched), watch)
    return record.solution()


def worth_of(choices: Choices, axis: Axis, picks: Sequence[Pick]) -> float:
    """Return what views count together on an axis."""
    place, offer, azimuth = columns_of(picks)
    views = Enumerated(place, offer, np.zeros(len(picks), np.int64), choices.intervals_of(place, offer, azimuth))
    harm = float(choices.harm_of(place, offer, azimuth).sum())
    return _covering(choices, axis, views, np.zeros(len(picks)), weighed=False).value_of(np.arange(len(picks))) - harm


def _standing(value: float, bound: float) -> str:
    """Say in a few words where the search stands."""
    gap = (bound - value) / bound if bound > 0 else 0.0
    return (
        f"improve the plan: {value / 1000:,.2f} km, no plan more than {bound / 1000:,.2f} km, gap {max(gap, 0.0):.1%}"
    )


def _limits(
    choices: Choices, views: Enumerated, budget: float, most: int
) -> tuple[float | None, FloatArray, int | None]:
    """Return the money, what each view takes of it, and the number of paid views, as the covering problem counts them.

    Where only the number is limited, each paid view costs one.
    """
    cost = choices.costs[views.place, views.offer]
    if np.isfinite(budget):
        return budget, cost, None if most >= int(choices.capacity.sum()) else most
    return float(most), (cost > 0).astype(np.float64), None


def _covering(choices: Choices, axis: Axis, views: Enumerated, cost: FloatArray, weighed: bool = True) -> Covering:
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
    harm = choices.harm[views.place, views.offer, views.step] if weighed and len(choices.harm) else np.empty(0)
    return Covering(
        np.concatenate(weights), ptr * len(firsts), np.concatenate(firsts)[order], np.concatenate(lasts)[order], cost,
        views.place, choices.capacity, -harm, need=np.concatenate(needs), counts=cost > 0,
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
        problem.value, need=np.concatenate([problem.need, np.ones(len(forced), np.int64)]), counts=problem.counts,
    )  # fmt: skip


def _clashing(choices: Choices, views: Enumerated, found: IntArray, start: IntArray) -> BoolArray:
    """Return the views to be refused because a camera is moved to a mount where another is put up, shape (v,).

    Of two that clash, the one that the plan in hand has there too, whatever its heading, may stay, or else the one that
    is not moved: so no view of the plan in hand is refused.
    """
    stand = choices.stands_of(views.place, views.offer)
    chosen = found[choices.costs[views.place[found], views.offer[found]] > 0]
    moved = stand != views.place
    at_hand = set(zip(views.place[start].tolist(), stand[start].tolist(), strict=True))
    refused = np.zeros(len(views), bool)
    for i in chosen[moved[chosen]]:
        others = chosen[(stand[chosen] == stand[i]) & (chosen != i)]
        stays = (int(views.place[i]), int(stand[i])) in at_hand
        for loser in others if stays else [i] * (len(others) > 0):
            refused |= (views.place == views.place[loser]) & (stand == stand[i])
    return refused


def _allowed(choices: Choices, views: Enumerated, found: Solution, forced: Sequence[int]) -> bool:
    """Tell whether an answer keeps what the covering problem does not know of: distances, and what is forced."""
    place, offer = views.place[found.actions], views.offer[found.actions]
    paid = choices.costs[place, offer] > 0
    place, offer = place[paid], offer[paid]
    if not np.isin(list(forced), place).all():
        return False
    return choices.stand_together(place, offer)
