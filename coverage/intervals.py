"""Interval algebra on the street axis.

An interval is a stretch ``[start, end)`` of the axis in metres, ``start < end``; lengths do not depend on which
ends belong to it. Two intervals that touch merge into one. Everything is a column operation on sorted arrays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Intervals:
    """Stretches of the street axis, each with an owner (a view, a camera, a district ...).

    Parameters
    ----------
    start, end : float64 array, shape (n,)
        [m], ``start < end``.
    owner : int64 array, shape (n,)
        Not negative.
    """

    start: FloatArray
    end: FloatArray
    owner: IntArray

    def __len__(self) -> int:
        return len(self.start)

    @staticmethod
    def none() -> "Intervals":
        """Return no intervals at all."""
        return Intervals(np.empty(0), np.empty(0), np.empty(0, np.int64))

    def owned_by(self, owner: IntArray) -> "Intervals":
        """Return the same stretches, each handed on from owner i to ``owner[i]``."""
        return Intervals(self.start, self.end, owner[self.owner])

    def join(self, other: "Intervals", first_owner: int) -> "Intervals":
        """Return both sets, `other`'s owners counted on from `first_owner`."""
        return Intervals(
            np.concatenate([self.start, other.start]),
            np.concatenate([self.end, other.end]),
            np.concatenate([self.owner, other.owner + first_owner]),
        )


@dataclass(frozen=True)
class Stretches:
    """Disjoint stretches in ascending order, with their cumulative length; the result of a union.

    Parameters
    ----------
    start, end : float64 array, shape (n,)
        ``start[i] < end[i] < start[i + 1]``.
    """

    start: FloatArray
    end: FloatArray

    def __len__(self) -> int:
        return len(self.start)

    @property
    def length(self) -> float:
        """Summed length [m]."""
        return float((self.end - self.start).sum())

    def length_before(self, at: FloatArray) -> FloatArray:
        """Return the length of these stretches that lies below each axis position, shape of `at` [m]."""
        if len(self) == 0:
            return np.zeros(np.shape(at))
        total = np.concatenate([[0.0], np.cumsum(self.end - self.start)])
        row = np.searchsorted(self.start, at, side="right")
        inside = np.clip(at - self.start[row - 1], 0.0, (self.end - self.start)[row - 1])
        return np.where(row > 0, total[np.maximum(row - 1, 0)] + inside, 0.0)

    def length_within(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Return the length of these stretches inside each ``[start, end)``, same shape [m]."""
        return self.length_before(end) - self.length_before(start)

    def complement(self, begin: float, finish: float) -> "Stretches":
        """Return what of ``[begin, finish)`` these stretches leave free."""
        starts = np.concatenate([[begin], self.end])
        ends = np.concatenate([self.start, [finish]])
        starts, ends = np.maximum(starts, begin), np.minimum(ends, finish)
        keep = starts < ends
        return Stretches(starts[keep], ends[keep])

    def split_at(self, breaks: FloatArray) -> "Stretches":
        """Cut the stretches at the given axis positions (ascending), for instance at the ends of edges."""
        inner = breaks[self._holds(breaks)]
        starts = np.sort(np.concatenate([self.start, inner]))
        return Stretches(starts, np.sort(np.concatenate([self.end, inner])))

    def _holds(self, at: FloatArray) -> npt.NDArray[np.bool_]:
        row = np.searchsorted(self.start, at, side="right") - 1
        inside = np.zeros(len(at), dtype=bool)
        ok = row >= 0
        inside[ok] = (at[ok] > self.start[row[ok]]) & (at[ok] < self.end[row[ok]])
        return inside


def union(start: FloatArray, end: FloatArray) -> Stretches:
    """Unite intervals, shape (n,) each, whoever owns them; touching ones merge."""
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order])
    opens = np.ones(len(start), dtype=bool)
    opens[1:] = start[1:] > end[:-1]
    first = np.flatnonzero(opens)
    return Stretches(start[first], end[np.append(first[1:], len(end)) - 1] if len(first) else end[:0])


def union_by_owner(intervals: Intervals) -> Intervals:
    """Unite every owner's intervals; the result is sorted by owner, then start."""
    n = len(intervals)
    order = np.lexsort((intervals.start, intervals.owner))
    start, owner = intervals.start[order], intervals.owner[order]
    # Running maximum of `end` that starts anew with each owner: compare ranks, which is exact, not shifted metres.
    by_end = np.argsort(intervals.end[order], kind="stable")
    rank = np.empty(n, np.int64)
    rank[by_end] = np.arange(n)
    reach = np.maximum.accumulate(owner * n + rank) - owner * n
    end = intervals.end[order][by_end][reach]
    opens = np.ones(n, dtype=bool)
    opens[1:] = (owner[1:] != owner[:-1]) | (start[1:] > end[:-1])
    first = np.flatnonzero(opens)
    last = np.append(first[1:], n) - 1 if n else first
    return Intervals(start[first], end[last], owner[first])


@dataclass(frozen=True)
class Depth:
    """How many owners see each elementary stretch of the axis.

    Parameters
    ----------
    start, end : float64 array, shape (n,)
        Ascending, disjoint; only stretches with ``depth >= 1``.
    depth : int64 array, shape (n,)
        Number of owners.
    sole : int64 array, shape (n,)
        The owner where depth is 1, else -1.
    """

    start: FloatArray
    end: FloatArray
    depth: IntArray
    sole: IntArray


def depth(intervals: Intervals) -> Depth:
    """Count owners along the axis.

    Parameters
    ----------
    intervals : Intervals
        One owner's intervals must not overlap each other (:func:`union_by_owner`).
    """
    at = np.concatenate([intervals.start, intervals.end])
    step = np.concatenate([np.ones(len(intervals), np.int64), np.full(len(intervals), -1)])
    owner = np.concatenate([intervals.owner, -intervals.owner])
    order = np.argsort(at, kind="stable")
    at, count, owners = at[order], np.cumsum(step[order]), np.cumsum(owner[order])
    real = np.flatnonzero((np.diff(at) > 0) & (count[:-1] > 0))
    seen = count[real]
    return Depth(at[real], at[real + 1], seen, np.where(seen == 1, owners[real], -1))
