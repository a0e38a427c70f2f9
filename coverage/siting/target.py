"""The least money for a share: is it possible for so much? - each answer is a proof or a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from camgap.coverage.errors import InfeasibleError
from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.axis import ONCE, Layer
from camgap.coverage.siting.bound import Ceiling
from camgap.coverage.siting.choices import Choices
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.dual import open_axis
from camgap.coverage.siting.greedy import Stages, pick_greedily, stage
from camgap.coverage.siting.selection import Selection, choose, in_view
from camgap.coverage.siting.turning import kept_views, put_up

QUESTIONS = 6  # each is a whole choice for one amount of money
SMALLEST = 0.01  # [money] prices are multiples of it


class OutOfReach(Exception):  # noqa: N818 - handed on as an InfeasibleError
    """A target no choice is known to reach: what is `within` reach, and what no choice exceeds [m]."""

    def __init__(self, within: float, bound: float) -> None:
        super().__init__(f"{within} m are within reach, {bound} m are not")
        self.within, self.bound = within, bound


@dataclass(frozen=True)
class Least:
    """What reaching a target takes.

    Parameters
    ----------
    spent : float
        By the plan.
    at_least : float
        Every plan that reaches the target spends as much.
    """

    spent: float
    at_least: float

    @property
    def proven(self) -> bool:
        """Whether no plan reaches the target for less."""
        return self.at_least >= self.spent - SMALLEST / 2


def least_for(
    choices: Choices,
    covered: Stretches,
    gain: float,
    forced: Sequence[int] = (),
    clock: Clock | None = None,
    layers: Sequence[Layer] = ONCE,
    progress: Stages | None = None,
) -> tuple[Selection, Least]:
    """Choose views that gain so much for the least money.

    Parameters
    ----------
    gain : float
        On top of what is covered and free today [m].

    Raises
    ------
    OutOfReach
        If all candidates together are not known to gain so much.
    """
    clock = clock or Clock()
    enough = _greedy_money(choices, covered, gain, forced, clock, progress)
    best = choose(choices, covered, enough, None, progress, forced, clock, layers)
    while best.gain_m < gain - 1e-6:  # what counts is not what greedy counts: more money, as long as it helps
        more = choose(choices, covered, 1.5 * enough + choices.cheapest, None, progress, forced, clock, layers)
        if more.gain_m <= best.gain_m + 1e-6 or clock.over():
            raise OutOfReach(more.gain_m, more.bound_m)
        best, enough = more, 1.5 * enough + choices.cheapest
    unit, base = _unit(choices), best.worth - best.gain_m
    low = _rounded_up(_least_money(best.ceiling, base + gain, best.cost), unit)
    tried: list[float] = []
    for _ in range(QUESTIONS):
        spent = best.cost
        if clock.over() or spent - low < unit / 2:
            break
        middle = spent - unit * max(round((spent - max([low, *tried])) / (2 * unit)), 1)
        if middle in tried:
            break
        answer = choose(choices, covered, middle, None, progress, forced, clock, layers)
        if answer.gain_m >= gain - 1e-6:
            best = answer
            tried = [t for t in tried if t < best.cost]
        elif answer.bound_m < gain - 1e-6:
            low = max(low, middle + unit)
        else:
            tried.append(middle)
        low = max(low, _rounded_up(_least_money(answer.ceiling, base + gain, best.cost), unit))
    return best, Least(best.cost, min(low, best.cost))


def _greedy_money(
    choices: Choices,
    covered: Stretches,
    gain: float,
    forced: Sequence[int],
    clock: Clock,
    progress: Stages | None,
) -> float:
    """Return for how much a greedy choice reaches the target; raise if nothing can."""
    kept, most = kept_views(choices, covered), int(choices.capacity.sum())
    today = in_view(choices, covered, kept)
    reachable = open_axis(choices, covered).length - (today.length - covered.length)
    if gain > reachable + 1e-6:
        raise OutOfReach(0.0, reachable)
    for by_gain in (False, True):
        asked = put_up(choices, covered, kept, forced, np.inf, most, by_gain)
        reached = in_view(choices, covered, asked)
        first, _ = choices.best_gains(np.arange(len(choices.sites)), reached)
        picks = pick_greedily(
            choices, reached, first, np.inf, most, by_gain, progress=stage(progress, "choose sites"), standing=asked,
            clock=clock, enough=today.length + gain,
        )  # fmt: skip
        if in_view(choices, covered, [*asked, *picks]).length - today.length >= gain - 1e-6:
            return float(sum(p.cost for p in [*asked, *picks]))
    everything = choose(choices, covered, None, None, progress, forced, clock)
    if everything.gain_m < gain - 1e-6:
        raise OutOfReach(everything.gain_m, everything.bound_m)
    return everything.cost


def _least_money(top: Ceiling, worth: float, spent: float) -> float:
    """Return the least money for which a ceiling allows a worth."""
    low, high = 0.0, spent
    if top.at(0.0, len(top.by_count)) >= worth:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if top.at(middle, len(top.by_count)) < worth else (low, middle)
    return low


def _unit(choices: Choices) -> float:
    """Return what all sums of prices are multiples of."""
    prices = np.unique(choices.costs[np.isfinite(choices.costs) & (choices.costs > 0)])
    cents = np.rint(prices / SMALLEST).astype(np.int64)
    if len(cents) == 0 or not np.allclose(cents * SMALLEST, prices, atol=SMALLEST / 1000):
        return SMALLEST
    return gcd(*cents.tolist()) * SMALLEST


def _rounded_up(money: float, unit: float) -> float:
    return float(np.ceil(money / unit - 1e-6) * unit)


@dataclass(frozen=True)
class Wanted:
    """A share to be reached, of a total, and what there is today, in the objective's unit; `scale` of it a metre."""

    share: float
    today: float
    total: float
    scale: float = 1.0

    def least(
        self,
        choices: Choices,
        covered: Stretches,
        forced: Sequence[int],
        clock: Clock,
        layers: Sequence[Layer],
        progress: Stages | None,
    ) -> tuple[Selection, Least]:
        """Choose for the least money; a target out of reach is named with what is within it."""
        gain = (self.share * self.total - self.today) / self.scale
        try:
            return least_for(choices, covered, max(gain, 0.0), forced, clock, layers, progress)
        except OutOfReach as error:
            within, none = ((self.today + x * self.scale) / self.total for x in (error.within, error.bound))
            raise InfeasibleError(
                f"plan: a target of {self.share:.1%} is out of reach of these candidates: a plan reaches {within:.1%}, "
                f"none more than {none:.1%}; lower --target, or allow more mounts, models or actions"
            ) from None
