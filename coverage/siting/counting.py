"""What a metre of a laid-out axis counts for, by how many of the views see it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, union_by_owner
from camgap.coverage.siting.axis import holds
from camgap.coverage.siting.choices import Choices, Pick, columns_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counting:
    """What a metre counts once 0, 1, 2, ... views see it; what holds for the last number holds for all greater ones.

    Parameters
    ----------
    worth : float64 array, shape (k, n + 1)
        Of a metre of each of k kinds. It never falls from one number to the next.
    credit : float64 array, shape (k, n + 1)
        By which an order is decided: as `worth`, but a view without which the next one would count for nothing has its
        part of that.
    where : tuple of Stretches
        Where the axis is of kind 1, 2, ...; it is of kind 0 elsewhere.
    scale : float
        What a metre that counts once is in the objective's unit.
    """

    worth: FloatArray
    credit: FloatArray
    where: tuple[Stretches, ...] = ()
    scale: float = 1.0

    @property
    def once(self) -> bool:
        """Tell whether a metre counts once it is seen, and then no more."""
        return self.worth.shape == (1, 2)

    @property
    def ends(self) -> FloatArray:
        """Where one kind may give way to another."""
        return np.concatenate([np.empty(0), *(part for s in self.where for part in (s.start, s.end))])

    def at(self, table: FloatArray, kind: IntArray, count: IntArray) -> FloatArray:
        """Look up `worth` or `credit` of a metre by its kind and the number of views that see it, shape (n,)."""
        return np.asarray(table[kind, np.minimum(count, table.shape[1] - 1)])

    def kinds(self, at: FloatArray) -> IntArray:
        """Return the kind of the axis at some places, none of which is an end, shape (n,)."""
        kind = np.zeros(len(at), np.int64)
        for i, stretches in enumerate(self.where, start=1):
            kind[holds(stretches, at)] = i
        return kind


def counting_once(scale: float = 1.0) -> Counting:
    """Return the counting of covered length: a metre counts once it is seen."""
    return Counting(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]), scale=scale)


ONCE_SEEN = counting_once()


def seen_of(choices: Choices, picks: Sequence[Pick]) -> Intervals:
    """Return what picks see, each by itself; owner is the pick."""
    return choices.intervals_of(*columns_of(picks))


def standing_over(choices: Choices, covered: Stretches, picks: Sequence[Pick]) -> Intervals:
    """Return what is in view with some views, each by itself: owner 0 is what is covered, the others are the views."""
    base = Intervals(covered.start, covered.end, np.zeros(len(covered), np.int64))
    return base.join(union_by_owner(seen_of(choices, picks)), 1)
