"""A plan on one axis: the street axis, or the one that was laid out for its objective."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches
from camgap.coverage.siting.actions import Problem
from camgap.coverage.siting.beside import beside
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.counting import ONCE_SEEN, Counting, seen_of, standing_over
from camgap.coverage.siting.order import Sequence as Order
from camgap.coverage.siting.order import in_given_order
from camgap.coverage.siting.regroup import Draft
from camgap.coverage.siting.selection import in_view

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """Where a plan stands: one axis, and what counts along it.

    Parameters
    ----------
    problem : Problem
    covered : Stretches
        In view, or counting no more, without anything that is up for choice.
    kept : sequence of Pick
        Free views as they are today, everywhere.
    counting : Counting
    """

    problem: Problem
    covered: Stretches
    kept: Sequence[Pick]
    counting: Counting = ONCE_SEEN

    @property
    def choices(self) -> Choices:
        """The offers."""
        return self.problem.choices

    def left(self, picks: Sequence[Pick]) -> list[Pick]:
        """Return the free views that stay beside some actions."""
        gone = {p.mount for p in picks}
        return [k for k in self.kept if k.mount not in gone]

    def always(self, picks: Sequence[Pick]) -> Stretches | Intervals:
        """Return what stays in view beside some actions whatever becomes of them, view by view where that counts."""
        laid = in_view if self.counting.once else standing_over
        return laid(self.choices, self.covered, self.left(picks))

    def ordered(self, picks: Sequence[Pick]) -> Order:
        """Carry actions out as they are numbered."""
        won = seen_of(self.choices, picks)
        return in_given_order(self.always(picks), self.problem.before(picks), won, len(picks), self.counting)

    def gains(self, picks: Sequence[Pick], rows: IntArray) -> tuple[FloatArray, IntArray]:
        """Return what the best heading of each offer at some places adds to some views, as ``Choices.best_gains``."""
        if self.counting.once:
            return self.choices.best_gains(rows, in_view(self.choices, self.covered, picks))
        return beside(Draft(self.choices, self.covered, list(picks), np.inf, len(picks)), self.counting).gains(rows)
