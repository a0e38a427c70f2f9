"""The least money for a share: is it possible for so much? - each answer is a proof or a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from camgap.coverage.errors import InfeasibleError
from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.axis import ONCE, Layer
from camgap.coverage.siting.bound import Ceiling
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.dual import open_axis
from camgap.coverage.siting.greedy import Stages, pick_greedily, stage
from camgap.coverage.siting.selection import Selection, choose, in_view
from camgap.coverage.siting.turning import kept_views, put_up

QUESTIONS = 6  # each is a whole choice for one amount of money
ROUNDED = 1e-6  # [m] of sums of lengths
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
    start = _reached_greedily(choices, covered, gain, forced, clock, progress)
    money = float(sum(p.cost for p in start)) if start else None
    best = choose(choices, covered, money, None, progress, forced, clock, layers, start=start)
    while best.gain_m < gain - ROUNDED:  # what counts is not what greedy counts: more money, as long as it helps
        if money is None:
            raise OutOfReach(best.gain_m, best.bound_m)
        known, money = best, 1.5 * money + choices.cheapest
        if clock.over():
            money = None
        start = [*known.kept, *known.picks]
        best = choose(choices, covered, money, None, progress, forced, clock, layers, start=start)
        if money is not None and best.gain_m <= known.gain_m + ROUNDED:
            money = None
            best = choose(choices, covered, None, None, progress, forced, clock, layers, start=start)
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
        if answer.gain_m >= gain - ROUNDED:
            best = answer
            tried = [t for t in tried if t < best.cost]
        elif answer.bound_m < gain - ROUNDED:
            low = max(low, middle + unit)
        else:
            tried.append(middle)
        low = max(low, _rounded_up(_least_money(answer.ceiling, base + gain, best.cost), unit))
    return best, Least(best.cost, min(low, best.cost))


def _reached_greedily(
    choices: Choices,
    covered: Stretches,
    gain: float,
    forced: Sequence[int],
    clock: Clock,
    progress: Stages | None,
) -> list[Pick]:
    """Return a greedy choice, free views included, that reaches the target in length; nothing if none does."""
    kept, most = kept_views(choices, covered), int(choices.capacity.sum())
    today = in_view(choices, covered, kept)
    if gain > open_axis(choices, covered).length - (today.length - covered.length) + ROUNDED:
        return []
    for by_gain in (False, True):
        asked = put_up(choices, covered, kept, forced, np.inf, most, by_gain)
        reached = in_view(choices, covered, asked)
        first, _ = choices.best_gains(np.arange(len(choices.sites)), reached)
        picks = pick_greedily(
            choices, reached, first, np.inf, most, by_gain, progress=stage(progress, "choose sites"), standing=asked,
            halt=clock.interrupted, enough=today.length + gain,
        )  # fmt: skip
        if in_view(choices, covered, [*asked, *picks]).length - today.length >= gain - ROUNDED:
            return [*asked, *picks]
    return []


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
            within, none = (min((self.today + x * self.scale) / self.total, 1.0) for x in (error.within, error.bound))
            if none < self.share:
                raise InfeasibleError(
                    f"plan: a target of {self.share:.1%} is out of reach of these candidates: a plan reaches "
                    f"{within:.1%}, none more than {none:.1%}; lower --target, or allow more mounts, models or actions"
                ) from None
            ended = {"": "", "time limit": " within the time limit", "interrupted": " before the interruption"}
            raise InfeasibleError(
                f"plan: no plan for a target of {self.share:.1%} was found{ended[clock.stopped]}: the best one reaches "
                f"{within:.1%}, and no plan reaches more than {none:.1%}; lower --target, or allow more "
                f"{'time, ' if clock.stopped else ''}mounts, models or actions"
            ) from None
