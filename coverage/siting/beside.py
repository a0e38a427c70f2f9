"""What one more view counts for beside those that stand, and what these count for together."""

from abc import ABC, abstractmethod
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.choices import Choices, Density
from camgap.coverage.siting.counting import Counting
from camgap.coverage.siting.regroup import Draft, Placed, merged
from camgap.coverage.siting.relaid import Relaid

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NOTHING = Stretches(np.empty(0), np.empty(0))


class Beside(ABC):
    """The views of a draft, some of which are left out, and others put in, for the while of a question.

    In each question `gone` are numbers of views of the draft that are left out, `more` views that stand as well.
    """

    @abstractmethod
    def worth(self, gone: Collection[int] = (), more: Collection[Placed] = ()) -> float:
        """Return what the views count for together, in metres of the axis, harm left out of account [m]."""

    @abstractmethod
    def gains(
        self, places: IntArray, gone: Collection[int] = (), more: Collection[Placed] = ()
    ) -> tuple[FloatArray, IntArray]:
        """Return what the best heading of each offer adds less its harm, and that step, as ``Choices.best_gains``."""


class BesideOnce(Beside):
    """Where a metre counts once it is seen."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def reached(self, gone: Collection[int] = (), more: Collection[Placed] = ()) -> Stretches:
        """Return what is in view."""
        out = self.draft.reached_without(list(gone)) if gone else self.draft.reached
        for view in more:
            out = merged(out, view.seen)
        return out

    def worth(self, gone: Collection[int] = (), more: Collection[Placed] = ()) -> float:
        """Return the length in view [m]."""
        return self.reached(gone, more).length

    def gains(
        self, places: IntArray, gone: Collection[int] = (), more: Collection[Placed] = ()
    ) -> tuple[FloatArray, IntArray]:
        """Measure against what is in view."""
        return self.draft.choices.best_gains(places, self.reached(gone, more))


class BesideCounted(Beside):
    """Where it matters how many views see a metre: the axis is cut wherever that changes, and weighed by the next one.

    Parameters
    ----------
    draft : Draft
    counting : Counting
    others : collection of Placed
        All views that may ever be put in.
    """

    def __init__(self, draft: Draft, counting: Counting, others: Collection[Placed] = ()) -> None:
        self.draft, self.counting = draft, counting
        base = draft.covered
        ends = [part for v in (*draft.placed.values(), *others) for part in (v.seen.start, v.seen.end)]
        cuts = np.unique(np.concatenate([base.start, base.end, counting.ends, *ends]))
        laid = Relaid.of(draft.choices, cuts)
        self.choices: Choices = laid.choices
        self.knots, self.size, self.kind = laid.knots, np.diff(laid.knots), counting.kinds(laid.middle)
        self.count = np.zeros(len(self.size), np.int64)
        self._put(self.count, base, 1)
        for view in draft.placed.values():
            self._put(self.count, view.seen, 1)

    def _put(self, count: IntArray, seen: Stretches, times: int) -> None:
        ends = np.searchsorted(self.knots, seen.start), np.searchsorted(self.knots, seen.end)
        for first, last in zip(*ends, strict=True):
            count[first:last] += times

    def _counts(self, gone: Collection[int], more: Collection[Placed]) -> IntArray:
        count = self.count.copy()
        for key in gone:
            self._put(count, self.draft.placed[key].seen, -1)
        for view in more:
            self._put(count, view.seen, 1)
        return count

    def _of(self, count: IntArray) -> FloatArray:
        return self.counting.at(self.counting.worth, self.kind, count)

    def worth(self, gone: Collection[int] = (), more: Collection[Placed] = ()) -> float:
        """Return what each metre counts for by the number of views that see it, summed up [m]."""
        return float((self.size * self._of(self._counts(gone, more))).sum())

    def gains(
        self, places: IntArray, gone: Collection[int] = (), more: Collection[Placed] = ()
    ) -> tuple[FloatArray, IntArray]:
        """Measure what each metre counts for more with one more view."""
        count = self._counts(gone, more)
        mass = np.concatenate([[0.0], np.cumsum(self.size * (self._of(count + 1) - self._of(count)))])
        return self.choices.best_gains(places, NOTHING, Density(np.arange(len(mass)), mass))


def beside(draft: Draft, counting: Counting, others: Collection[Placed] = ()) -> Beside:
    """Return what answers for a draft on an axis that counts so; `others` are all views that may ever be put in."""
    return BesideOnce(draft) if counting.once else BesideCounted(draft, counting, others)
