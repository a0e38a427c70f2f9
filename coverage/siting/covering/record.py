"""The best plan and the best bound so far, in the terms of the problem as it was stated."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.problem import Covering
from camgap.coverage.siting.covering.solution import TOLERANCE, Solution, closed
from camgap.coverage.siting.covering.watch import Watch

IntArray = npt.NDArray[np.int64]
TOLD = 0.02  # share of the gap: smaller steps of the bound are not told
SURE = 1 - 1e-3  # of a quantum: what must be missing at least for the next lower value


@dataclass
class Record:
    """The best plan of the problem as it was stated, and the best bound.

    With an `aim`, a plan that is worth as much is enough, and so is a bound below it.
    """

    problem: Covering
    plan: IntArray
    watch: Watch
    value: float = field(init=False)
    bound: float = field(init=False)
    quantum: float = 0.0
    aim: float = np.inf

    def __post_init__(self) -> None:
        self.value = self.problem.value_of(self.plan)
        bonus = np.where(self.problem.forced, self.problem.value, np.maximum(self.problem.value, 0.0))
        self.bound = float(self.problem.weight.sum() + bonus.sum())
        self._slack = 1e-9 * float(self.problem.weight.sum() + np.abs(self.problem.value).sum())
        self._rounding = 1e-12 * float(self.problem.weight.sum() + np.abs(self.problem.value).sum())

    def start_from(self, plan: IntArray, budget: float | None, count: int | None) -> None:
        """Begin with a known plan."""
        self.problem.check_plan(plan, budget, count)
        self.offer(plan, "given plan")

    def offer(self, plan: IntArray, stage: str) -> None:
        """Take a plan if it is better."""
        if (value := self.problem.value_of(plan)) > self.value:
            self.value, self.plan = value, np.sort(plan)
            self._tell(stage)

    def limit(self, bound: float, stage: str) -> None:
        """Take a bound if it is lower; rounding is added on."""
        bound += self._rounding
        if bound < self.value - max(TOLERANCE * abs(bound), 10 * self._rounding):
            raise RuntimeError(
                f"a plan is worth {self.value:.6f}, more than the bound of {bound:.6f}; "
                "this is a fault in camgap, please report it"
            )
        bound = max(bound, self.value)
        if bound < self.bound:
            large = self.bound - bound > TOLD * (self.bound - self.value)
            self.bound = bound
            if large or self.proven:
                self._tell(stage)

    def _tell(self, stage: str) -> None:
        if self.aim == np.inf:
            self.watch.note(self.value, self.bound, stage)

    @property
    def done(self) -> bool:
        """Whether the plan is proven or the time is over."""
        aimed = self.aim < np.inf and (self.reached or self.missed)
        return aimed or self.proven or self.watch.over()

    @property
    def proven(self) -> bool:
        """Whether no plan is better."""
        return closed(self.value, self.bound, self.quantum)

    @property
    def reached(self) -> bool:
        """Whether the plan is worth what is aimed at."""
        return self.value >= self.aim - self._slack

    @property
    def missed(self) -> bool:
        """Whether no plan is worth what is aimed at."""
        return self.bound < self.aim - self._slack

    @property
    def excluded(self) -> float:
        """No plan left out of consideration is worth more: hardly more than the plan in hand, or less than the aim."""
        hardly = self.value + (0.0 if self.quantum else TOLERANCE / 4 * abs(self.value))
        return hardly if self.aim == np.inf else max(hardly, self.aim - 2 * self._slack)

    @property
    def cut(self) -> float:
        """Where the bound of some plans is below this, they may be left out of consideration."""
        better = self.excluded + self.quantum * SURE
        return better if self.aim == np.inf else max(better, self.aim - 1.5 * self._slack)

    def solution(self) -> Solution:
        """Return what stands."""
        return Solution(
            self.plan, self.value, self.bound, self.quantum, tuple(self.watch.trace), self.watch.stopped,
            self.problem.cost_of(self.plan),
        )  # fmt: skip
