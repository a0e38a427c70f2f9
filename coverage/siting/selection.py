"""Choosing views: greedy, a proven bound, and greedy again with what the bound has learnt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches, union
from camgap.coverage.siting.axis import ONCE, Axis, Certificate, Layer
from camgap.coverage.siting.bound import Ceiling, ceiling
from camgap.coverage.siting.choices import Choices, Pick, columns_of
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering.solution import closed
from camgap.coverage.siting.dual import dual_bound
from camgap.coverage.siting.finish import EFFORT, finish, worth_of
from camgap.coverage.siting.greedy import Stages, pick_greedily, stage
from camgap.coverage.siting.regroup import in_order, regroup
from camgap.coverage.siting.turning import kept_views, put_up, turn

FloatArray = npt.NDArray[np.float64]

MONEY_ROUNDING = 1e-6  # prices are sums of decimals
LENGTH_ROUNDING = 1e-4  # [m] of sums of thousands of intervals


@dataclass(frozen=True)
class Selection:
    """A choice of views and how good it is known to be.

    Parameters
    ----------
    picks : tuple of Pick
        Paid views, in the order chosen. Each one's gain is what it adds to the free views left and those before it.
    gain_m : float
        Length in view with all picks less length in view before, when everything free stood [m].
    bound_m : float
        No choice within the same limits gains more [m]; ``gain_m <= bound_m``.
    kept : tuple of Pick
        Free views that stay.
    ceiling : Ceiling
        What no choice can gain more than, at any budget and number, counted from what is in view without anything free.
    first : float64 array, shape (s, m)
        What each offer's best heading adds to that.
    views : int
        Views that were looked at one by one in the end.
    worth : float
        As `gain_m`, but counted from what is in view without anything free.
    """

    picks: tuple[Pick, ...]
    gain_m: float
    bound_m: float
    kept: tuple[Pick, ...] = ()
    ceiling: Ceiling = field(default_factory=Ceiling.none, compare=False)
    first: FloatArray = field(default_factory=lambda: np.empty((0, 0)), compare=False, repr=False)
    views: int = 0
    worth: float = 0.0

    @property
    def cost(self) -> float:
        """What the picks cost."""
        return float(sum(p.cost for p in self.picks))


def choose(
    choices: Choices,
    covered: Stretches,
    budget: float | None,
    sites: int | None,
    progress: Stages | None = None,
    forced: Sequence[int] = (),
    clock: Clock | None = None,
    layers: Sequence[Layer] = ONCE,
    effort: float = EFFORT,
    branching: bool = True,
    start: Sequence[Pick] = (),
) -> Selection:
    """Choose views within a budget and a number of paid views, and bound what any choice could gain.

    What is forced comes first, always. Then:

    1. Greedy by gain per cost and greedy by gain; the better one. Gain per cost alone can be arbitrarily bad (one cheap
       useless camera may use up the money for a dear good one). Where something free may be replaced, once more, with
       those replacements first that gain more per cost than greedy's last pick.
    2. The dual bound. Its multipliers tell what each metre is worth to one more view: little where several compete.
    3. All views that a better choice could contain, as a covering problem solved as far as the effort allows
       (:mod:`camgap.coverage.siting.finish`). Where mounts must keep a distance, which that problem does not know,
       small groups of views are exchanged as well.

    Parameters
    ----------
    covered : Stretches
        What is in view whatever is chosen: cameras that are not up for choice.
    budget : float or None
        Money; None is no limit.
    sites : int or None
        Number of paid views; None is no limit.
    forced : sequence of int
        Places that get a paid view, whatever it adds.
    clock : Clock, optional
        Says when to stop; the best choice so far is the answer, with its bound. Without a choice to start from, one
        greedy choice is made whatever the time, and only an interruption cuts it short.
    layers : sequence of Layer
        What counts, on the axis of `choices`; each metre once, by default. `gain_m` and `bound_m` are in its terms.
    effort : float
        Share of the covering solver's that the third step may take; 0 leaves it out.
    branching : bool
        Whether that step may branch, once its search is done.
    start : sequence of Pick
        A choice within the limits, what is free included, to begin with if greedy's is no better.
    progress : callable, optional
        Called with the name of the stage, steps done and steps in all.
    """
    clock = clock or Clock()
    limit = np.inf if budget is None else budget + MONEY_ROUNDING
    most = sites if sites is not None else int(choices.capacity.sum())
    mounts = np.arange(len(choices.sites))
    first = choices.best_gains(mounts, covered, progress=stage(progress, "measure mounts"))
    kept = kept_views(choices, covered)
    picks = _first_choice(choices, covered, first[0], kept, forced, limit, most, clock, progress, bool(start))
    if start:
        given = in_order(choices, covered, start, budget is None or choices.one_price)
        picks = max(picks, given, key=_gain)
    bound, density = dual_bound(
        choices, covered, picks, first, limit, most, stage(progress, "prove the bound"), clock=clock
    )
    shared = first[0] if density is choices.length else choices.best_gains(mounts, covered, density)[0]
    axis = Axis.of(choices, covered, density, layers)
    top = ceiling(axis.given_away, shared, choices.costs, choices.capacity, most)
    proof = Certificate.of(choices, axis, shared, limit, most)
    bound = min(bound, proof.bound) if layers is ONCE else proof.bound
    value, views = worth_of(choices, axis, picks), 0
    if choices.apart_m > 0 and layers is ONCE and effort > 0 and not clock.over():
        rules = _rules(choices, budget)
        better = regroup(choices, covered, picks, limit, most, rules, stage(progress, "improve the plan"), forced)
        picks = max(picks, better, key=_gain)
        value = worth_of(choices, axis, picks)
    if effort > 0 and not closed(value, bound, 0.0) and not clock.over():
        done = finish(choices, axis, proof, shared, picks, limit, most, forced, clock, progress, effort, branching)
        picks, bound, views = _with_all_free(done.picks, kept), min(bound, done.bound), done.views
        value = done.value if len(picks) == len(done.picks) else max(done.value, worth_of(choices, axis, picks))
    picks = in_order(choices, covered, picks, budget is None or choices.one_price)
    base = worth_of(choices, axis, kept)
    if bound < value - LENGTH_ROUNDING:
        raise RuntimeError(
            f"the plan gains {value:.3f} m, more than the bound of {bound:.3f} m; "
            "this is a fault in camgap, please report it"
        )
    paid, free = [p for p in picks if p.cost > 0], [p for p in picks if p.cost == 0]
    top = top.with_other(ceiling(0.0, first[0], choices.costs, choices.capacity, most))
    return Selection(tuple(paid), value - base, max(bound, value) - base, tuple(free), top, first[0], views, value)


def _with_all_free(picks: list[Pick], kept: list[Pick]) -> list[Pick]:
    """Add the free views that a covering problem left out because they add nothing: they stand all the same."""
    taken = {p.mount for p in picks}
    return [*picks, *(k for k in kept if k.mount not in taken)]


def _rules(choices: Choices, budget: float | None) -> list[bool]:
    return [True] if budget is None or choices.one_price else [False, True]


def _first_choice(
    choices: Choices,
    covered: Stretches,
    first: FloatArray,
    kept: list[Pick],
    forced: Sequence[int],
    limit: float,
    most: int,
    clock: Clock,
    progress: Stages | None,
    hurried: bool,
) -> list[Pick]:
    """Choose greedily by every rule, with and without turning and moving first; return the best of these choices.

    Unless `hurried`, the first rule's choice, with turning where something may be turned, takes what time it needs.
    """
    report, runs = stage(progress, "choose sites"), list[list[Pick]]()

    def over() -> bool:
        """Tell whether to stop: the time limit counts once there is a choice to keep."""
        return clock.over() if hurried or len(runs) > bool(kept) else clock.interrupted()

    def complete(standing: list[Pick], by_gain: bool) -> list[Pick]:
        """Add new views to standing ones, greedily."""
        reached = in_view(choices, covered, standing)
        now = choices.gains_beside(first, standing, reached)
        more = pick_greedily(choices, reached, now, limit, most, by_gain, progress=report, standing=standing, halt=over)
        return [*standing, *more]

    offered = [choices, choices.without_moves()] if choices.moves else [choices]
    for rule in _rules(choices, None if np.isinf(limit) else limit):
        if runs and over():
            break
        asked = put_up(choices, covered, kept, forced, limit, most, rule)
        runs.append(complete(asked, rule))
        least = _last_worth(runs[-1], rule)
        for some in offered if kept else []:
            if not over():
                runs.append(complete(turn(some, covered, asked, limit, most, least, rule), rule))
    return max(runs, key=_gain)


def in_view(choices: Choices, covered: Stretches, picks: Sequence[Pick]) -> Stretches:
    """Return what is in view with some views; the same object if there are none."""
    if not picks:
        return covered
    seen = choices.intervals_of(*columns_of(picks))
    return union(np.concatenate([covered.start, seen.start]), np.concatenate([covered.end, seen.end]))


def _last_worth(picks: list[Pick], by_gain: bool) -> float:
    """Return what the least paid view of a greedy choice gains, per cost or in all; 0 if there is none."""
    return min((p.gain_m / (1.0 if by_gain else p.cost) for p in picks if p.cost > 0), default=0.0)


def _gain(picks: list[Pick]) -> float:
    return float(sum(p.gain_m for p in picks))
