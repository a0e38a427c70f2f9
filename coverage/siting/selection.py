"""Choosing new views: greedy, a proven bound, and greedy again with what the bound has learnt."""

from dataclasses import dataclass

import numpy as np

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.dual import GOOD_ENOUGH, dual_bound
from camgap.coverage.siting.greedy import Stages, pick_greedily, stage
from camgap.coverage.siting.regroup import regroup

MONEY_ROUNDING = 1e-6  # prices are sums of decimals
LENGTH_ROUNDING = 1e-4  # [m] of sums of thousands of intervals


@dataclass(frozen=True)
class Selection:
    """A choice of views and how good it is known to be.

    Parameters
    ----------
    picks : tuple of Pick
        In the order chosen.
    gain_m : float
        Newly covered length of all picks together [m].
    bound_m : float
        No choice within the same limits gains more [m]; ``gain_m <= bound_m``.
    """

    picks: tuple[Pick, ...]
    gain_m: float
    bound_m: float

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
) -> Selection:
    """Choose views within a budget and a number of sites, and bound what any choice could gain.

    1. Greedy by gain per cost and greedy by gain; the better one. Gain per cost alone can be arbitrarily bad (one cheap
       useless camera may use up the money for a dear good one).
    2. The dual bound. Its multipliers tell what each metre is worth to one more view: little where several compete.
    3. Greedy once more, at these values: it leaves a contested stretch to whoever needs it most. Small groups of views
       are then taken out and chosen anew as long as that gains. The result is taken if it covers more than the first.

    Parameters
    ----------
    covered : Stretches
        What existing cameras see; they are locked and paid for.
    budget : float or None
        Money; None is no limit.
    sites : int or None
        Number of new cameras; None is no limit.
    progress : callable, optional
        Called with the name of the stage, steps done and steps in all.
    """
    limit = np.inf if budget is None else budget + MONEY_ROUNDING
    most = sites if sites is not None else len(choices.sites) * choices.per_mount
    mounts = np.arange(len(choices.sites))
    first = choices.best_gains(mounts, covered, progress=stage(progress, "measure mounts"))
    rules = [True] if budget is None or len(set(choices.costs)) == 1 else [False, True]
    report = stage(progress, "choose sites")
    runs = [(pick_greedily(choices, covered, first[0], limit, most, rule, progress=report), rule) for rule in rules]
    picks, by_gain = max(runs, key=lambda run: _gain(run[0]))
    bound, density = dual_bound(choices, covered, picks, first, limit, most, stage(progress, "prove the bound"))
    if bound - _gain(picks) > GOOD_ENOUGH * bound:
        shared, _ = choices.best_gains(mounts, covered, density)
        guided = pick_greedily(choices, covered, shared, limit, most, by_gain, density)
        guided = regroup(choices, covered, guided, limit, most, rules, stage(progress, "improve the plan"))
        picks = max(picks, guided, key=_gain)
    gain = _gain(picks)
    if bound < gain - LENGTH_ROUNDING:
        raise RuntimeError(
            f"the plan gains {gain:.3f} m, more than the bound of {bound:.3f} m; "
            "this is a fault in camgap, please report it"
        )
    return Selection(tuple(picks), gain, max(bound, gain))


def _gain(picks: list[Pick]) -> float:
    return float(sum(p.gain_m for p in picks))
