"""The least money, or the fewest actions, for a given worth: "is it possible for so much?", asked again and again."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.siting.covering.problem import Covering
from camgap.coverage.siting.covering.record import Record
from camgap.coverage.siting.covering.solution import TOLERANCE, Solution
from camgap.coverage.siting.covering.solve import search_plans
from camgap.coverage.siting.covering.watch import Progress, Watch, attended

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EFFORT = 0.25  # of :func:`solve`'s, for each question
UNANSWERED = 8  # questions that may stay without an answer
CLOSE = 0.02  # share of what a plan spends: a bound so near is followed by the last question first
UNITS = (1.0, 0.01)  # prices that are multiples of one of these make proofs exact


def cheapest(
    problem: Covering,
    target: float,
    *,
    by: Literal["money", "count"] = "money",
    budget: float | None = None,
    count: int | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    start: IntArray | None = None,
) -> Solution:
    """Choose the actions that reach a worth for the least money, or with the fewest actions.

    Parameters
    ----------
    target : float
        What the plan must be worth at least (:meth:`Covering.value_of`: covered weight and the actions' own values).
    by : {"money", "count"}
        What is to be least.
    budget, count, time_limit, seed, progress, start
        As for :func:`solve`; the limits hold as well.

    Returns
    -------
    Solution
        `spent` is the plan's money or number, `least` what every plan that reaches the target spends at least.

    Raises
    ------
    InfeasibleError
        If the target is out of reach, naming what is within; or if the forced actions alone break a limit.
    SettingsError
        If the target is not a number, a limit is negative, or `start` is no plan within the limits.
    """
    if not np.isfinite(target):
        raise SettingsError(f"a target of {target} cannot be reached; expected a number")
    forced = problem.demand(budget, count)
    watch = Watch(np.inf if time_limit is None else time_limit, progress)
    if start is not None:
        problem.check_plan(start, budget, count)
    price = problem.cost if by == "money" else problem.counts.astype(np.float64)
    hunt = _Hunt(problem, target, by, price, budget, count, seed, watch, spent_at_least=float(price[forced].sum()))
    attended(lambda: hunt.run(forced if start is None else start), watch)
    return hunt.solution()


@dataclass
class _Hunt:
    """What is known: a plan that reaches the target, and an amount that is not enough for any."""

    problem: Covering
    target: float
    by: str
    price: FloatArray
    budget: float | None
    count: int | None
    seed: int
    watch: Watch
    spent_at_least: float
    plan: IntArray | None = None
    best: Record | None = None
    unanswered: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unit = _unit(self.price)  # any two amounts differ by a multiple of this

    def run(self, start: IntArray) -> None:
        """Find a plan that reaches the target, then cheaper ones and bounds in turn."""
        forced = np.flatnonzero(self.problem.forced)
        for plan in (forced, start):
            if self.plan is None and self.problem.value_of(plan) >= self.target:
                self.plan = _without_idle(self.problem, plan, self.price, self.target)
        if self.plan is None and self._ask(None) == "missed":  # say what is within reach
            self.best = Record(self.problem, forced, self.watch)
            search_plans(self.best, self.budget, self.count, self.seed, EFFORT)
        if self.plan is not None:
            self._halve()

    @property
    def spent(self) -> float:
        """What the plan spends."""
        return float(self.price[self.plan].sum())

    def _halve(self) -> None:
        """Ask for the middle of what is open; where an answer is too hard, look on both sides of it."""
        tried = np.inf
        while not self.watch.over() and len(self.unanswered) < UNANSWERED:
            low, high = self.spent_at_least, self.spent
            step = self.unit or TOLERANCE / 2 * high  # anything less than a plan in hand is at least so much less
            if high <= low or high - low < 0.9 * step:
                return
            hard = [x for x in self.unanswered if low <= x < high]
            if high < tried and high - low < CLOSE * high:  # nearly there: is there anything better at all?
                tried, amount = high, high - step
            elif high - max(hard, default=-np.inf) > 1.1 * step:
                bottom = max(hard, default=low - step)  # known or feared to be too little
                amount = bottom + step * max(np.floor((high - bottom) / step / 2), 1.0)
            elif min(hard) - low > 0.1 * step:
                amount = low + step * np.floor((min(hard) - low) / step / 2)
            else:
                return
            self._ask(float(amount))

    def _ask(self, amount: float | None) -> str:
        """Look for a plan that reaches the target within an amount; keep what comes out."""
        record = Record(self.problem, np.flatnonzero(self.problem.forced), self.watch, aim=self.target)
        budget, count = self.budget, self.count
        if amount is not None and self.by == "money":
            budget = amount if budget is None else min(amount, budget)
        elif amount is not None:
            count = round(amount) if count is None else min(round(amount), count)
        search_plans(record, budget, count, self.seed, EFFORT)
        if self.best is None or record.value > self.best.value:
            self.best = record
        if record.reached:
            self.plan = _without_idle(self.problem, record.plan, self.price, self.target)
            self._tell("a plan")
            return "reached"
        if record.missed and amount is not None:
            self.spent_at_least = amount + self.unit
            self._tell("a bound")
        elif amount is not None and not self.watch.over():
            self.unanswered.append(amount)
        return "missed" if record.missed else "unanswered"

    def _tell(self, stage: str) -> None:
        if self.plan is not None:
            self.watch.note(self.spent, self.spent_at_least, stage)

    def solution(self) -> Solution:
        """Return what stands."""
        if self.plan is None:
            best = self.best
            known = "" if best is None else f"; the best plan found reaches {best.value:g}"
            if best is not None and best.bound < self.target:
                known += f", none exceeds {best.bound:g}"
                raise InfeasibleError(f"a target of {self.target:g} is out of reach{known}")
            raise InfeasibleError(f"no plan for a target of {self.target:g} was found in time{known}")
        plain = Record(self.problem, self.plan, self.watch)
        return Solution(
            self.plan, plain.value, plain.bound, trace=tuple(self.watch.trace), stopped=self.watch.stopped,
            spent=self.spent, least=min(self.spent_at_least, self.spent),
        )  # fmt: skip


def _unit(price: FloatArray) -> float:
    """Return an amount that every price is a multiple of; 0 if none is known."""
    for unit in UNITS:
        whole = np.rint(price / unit)
        if len(price) and whole.max() < 2**53 and np.allclose(whole * unit, price, rtol=1e-12, atol=1e-9 * unit):
            return unit * float(np.gcd.reduce(whole.astype(np.int64)))
    return 0.0


def _without_idle(problem: Covering, plan: IntArray, price: FloatArray, target: float) -> IntArray:
    """Leave out actions, the dearest first, as long as the target is still reached."""
    left = np.asarray(plan, np.int64)
    for action in sorted(left[~problem.forced[left]].tolist(), key=lambda a: (-price[a], a)):
        without = left[left != action]
        if problem.value_of(without) >= target:
            left = without
    return np.sort(left)
