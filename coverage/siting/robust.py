"""The robust choice: the most length in the worst draws of what nobody knows of today's cameras.

The draws are those of the band (:mod:`camgap.coverage.scoring.bands`). New cameras are certain in every one, as they
are in the band; so in draw r a plan x covers f_r(x): what its views see, and today's cameras in that draw. What is made
great is the mean of f_r over the worst share a of R draws, the conditional value at risk (Rockafellar and Uryasev 2000,
https://doi.org/10.21314/JOR.2000.038). For any weights 0 <= w_r <= 1 / (a R) that sum to 1

    that mean of any plan  <=  sum w_r f_r  <=  sum w_r f_r(nothing)  +  the most that views within the limits see
                                                                          where a metre counts w_r for each draw
                                                                          in which no camera of today sees it

which is a choice on an axis laid out anew, as exact as for length. So all weights prove a bound and offer a plan. The
next weights are where the plans found so far are worth least (Kelley 1960), beginning with the draws worst today.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from camgap.coverage.intervals import Stretches
from camgap.coverage.scoring.bands import worst_mean
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering.solution import closed
from camgap.coverage.siting.greedy import Stages, within
from camgap.coverage.siting.regroup import in_order
from camgap.coverage.siting.relaid import Relaid
from camgap.coverage.siting.selection import Selection, choose, in_view

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUNDS = 4  # sets of weights tried at most; more gained nothing on the towns tried
SAME = 0.1  # of all weight: if less of it moves, the next plan would be the same
MOST_CUTS = 8_000  # of the axis; beyond that draws are told apart on cells of equal length, and the bound is higher
NOTHING = Stretches(np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Draws:
    """What today's cameras see in every draw of the band, and how many of the worst draws count.

    Parameters
    ----------
    seen : tuple of Stretches
        One per draw.
    share : float
        Of the draws, above 0 and up to 1.
    """

    seen: tuple[Stretches, ...]
    share: float

    @property
    def most(self) -> float:
        """The greatest weight of one draw."""
        return 1.0 / (self.share * len(self.seen))

    def with_views(self, views: Stretches) -> FloatArray:
        """Return what is in view in every draw with certain views beside today's, shape (r,) [m]."""
        return np.array(
            [
                s.length + views.length - float(s.length_within(views.start, views.end).sum())
                for s in self.seen
            ]
        )  # fmt: skip

    def worth(self, views: Stretches) -> float:
        """Return the mean covered length over the worst draws with certain views beside today's [m]."""
        return worst_mean(self.with_views(views), self.share)

    def worst(self, metres: FloatArray) -> FloatArray:
        """Return the weights of the worst draws, shape (r,): their sum with `metres` is the mean over them."""
        order, weight = np.argsort(metres, kind="stable"), np.zeros(len(metres))
        left = 1.0
        for r in order.tolist():
            weight[r] = min(self.most, left)
            left -= weight[r]
        return weight


@dataclass(frozen=True)
class RobustMade:
    """What a robust choice comes to: means over the worst draws [m].

    Parameters
    ----------
    before, after : float
        Without and with the plan.
    bound : float
        No plan has more.
    by_length : float
        With the plan for the same limits that covers most if all is as assumed.
    without_bound_m : float
        What no plan adds more than if all is as assumed [m].
    """

    before: float
    after: float
    bound: float
    by_length: float
    without_bound_m: float


def choose_robustly(
    choices: Choices,
    covered: Stretches,
    budget: float | None,
    sites: int | None,
    draws: Draws,
    progress: Stages | None = None,
    forced: Sequence[int] = (),
    clock: Clock | None = None,
) -> tuple[Selection, RobustMade]:
    """Choose views for the greatest mean over the worst draws.

    Parameters
    ----------
    choices : Choices
        Of new cameras alone.
    covered : Stretches
        What today's cameras see if all is as assumed.

    Returns
    -------
    Selection
        Told in length, as if all were as assumed; its bound holds for plans made for length.
    RobustMade
    """
    clock = clock or Clock()
    free = choose(choices, covered, budget, sites, progress, forced, clock)
    cells = _Cells.of(choices, draws)
    today = draws.with_views(NOTHING)
    found = [_worths(choices, draws, free.picks)]
    plans, bound, weight = [free.picks], np.inf, draws.worst(today)
    for n in range(ROUNDS):
        laid, scale = cells.laid(weight)
        told = within(progress, f"worst draws, {n + 1}")
        picks: tuple[Pick, ...] = ()
        most = 0.0
        if len(laid.scene.segments):
            chosen = choose(
                laid, NOTHING, budget, sites, told, forced, clock, branching=False, start=plans[_best(found, draws)]
            )
            picks, most = chosen.picks, chosen.bound_m * scale
        bound = min(bound, float(weight @ today) + most)
        plans.append(picks)
        found.append(_worths(choices, draws, picks))
        best = worst_mean(found[_best(found, draws)], draws.share)
        following = _next(np.array(found), draws)
        if clock.over() or closed(best, bound, 0.0) or np.abs(following - weight).sum() / 2 < SAME:
            break
        weight = following
    k = _best(found, draws)
    worths = [worst_mean(f, draws.share) for f in found]
    ordered = tuple(in_order(choices, covered, plans[k], budget is None or choices.one_price))
    gain = in_view(choices, covered, ordered).length - covered.length
    whole = replace(free, picks=ordered, gain_m=gain, bound_m=max(free.bound_m, gain))
    made = RobustMade(
        worst_mean(today, draws.share), worths[k], max(bound, worths[k]), worths[0], max(free.bound_m, gain)
    )
    return whole, made


def _worths(choices: Choices, draws: Draws, picks: Sequence[Pick]) -> FloatArray:
    return draws.with_views(in_view(choices, NOTHING, picks))


def _best(found: Sequence[FloatArray], draws: Draws) -> int:
    return int(np.argmax([worst_mean(f, draws.share) for f in found]))


def _next(found: FloatArray, draws: Draws) -> FloatArray:
    """Return the weights at which the best of the plans found, shape (p, r), is worth least."""
    plans, n = found.shape
    answer = linprog(
        np.append(np.zeros(n), 1.0), np.column_stack([found, -np.ones(plans)]), np.zeros(plans),
        np.append(np.ones(n), 0.0)[None, :], np.ones(1), bounds=[(0.0, draws.most)] * n + [(None, None)],
        method="highs",
    )  # fmt: skip
    weight: FloatArray = np.clip(answer.x[:n], 0.0, draws.most)
    return weight / float(weight.sum())


@dataclass(frozen=True)
class _Cells:
    """The axis cut where draws differ; ``open[r, p]`` tells that draw r does not see all of part p."""

    relaid: Relaid
    open: npt.NDArray[np.bool_]

    @staticmethod
    def of(choices: Choices, draws: Draws) -> "_Cells":
        ends = np.unique(np.concatenate([x for s in draws.seen for x in (s.start, s.end)]))
        step = 0.0
        while len(ends) > MOST_CUTS:
            step = step * 2 or 0.25
            ends = np.unique(np.round(ends / step) * step)
        relaid = Relaid.of(choices, ends)
        size = np.diff(relaid.knots)
        seen = np.array([s.length_within(relaid.knots[:-1], relaid.knots[1:]) for s in draws.seen])
        return _Cells(relaid, seen < size - 1e-9 * np.maximum(size, 1.0))

    def laid(self, weight: FloatArray) -> tuple[Choices, float]:
        """Lay the axis out so that a metre counts with the weights of the draws that do not see it."""
        choices, _, scale = self.relaid.weighed(weight @ self.open)
        return choices, scale
