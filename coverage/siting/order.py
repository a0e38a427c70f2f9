"""The order in which to carry out what was chosen, so that every beginning of it is a good plan by itself."""

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, union_by_owner

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sequence:
    """Actions in a good order.

    Parameters
    ----------
    order : int64 array, shape (a,)
        The actions as they were numbered, first to last.
    gain_m : float64 array, shape (a,)
        What each adds to all before it, in this order [m]; a turned camera's loss is taken off.
    covered_m : float64 array, shape (a + 1,)
        In view before the first, and after each [m].
    """

    order: IntArray
    gain_m: FloatArray
    covered_m: FloatArray


class Tally:
    """How many views see each elementary stretch of the axis, while actions are carried out and taken back.

    Parameters
    ----------
    always : Stretches
        In view whatever is done.
    lost, won : Intervals
        What each action takes away and what it brings; owner is the action. What is lost is in view to begin with.
    """

    def __init__(self, always: Stretches, lost: Intervals, won: Intervals, n: int) -> None:
        lost, won = union_by_owner(lost), union_by_owner(won)
        self.knots = np.unique(np.concatenate([always.start, always.end, lost.start, lost.end, won.start, won.end]))
        self.size = np.diff(self.knots)
        self.count = np.zeros(len(self.size), np.int64)
        for first, last in zip(*self._cells(always.start, always.end), strict=True):
            self.count[first:last] += 1
        self.lost, self.won = self._by_owner(lost, n), self._by_owner(won, n)
        for cells in self.lost:
            self.count[cells] += 1

    def _cells(self, start: FloatArray, end: FloatArray) -> tuple[IntArray, IntArray]:
        return np.searchsorted(self.knots, start), np.searchsorted(self.knots, end)

    def _by_owner(self, intervals: Intervals, n: int) -> list[IntArray]:
        cells: list[list[IntArray]] = [[] for _ in range(n)]
        first, last = self._cells(intervals.start, intervals.end)
        for owner, a, b in zip(intervals.owner.tolist(), first.tolist(), last.tolist(), strict=True):
            cells[owner].append(np.arange(a, b))
        return [np.concatenate(c) if c else np.empty(0, np.int64) for c in cells]

    @property
    def covered_m(self) -> float:
        """Length in view now [m]."""
        return float(self.size[self.count > 0].sum())

    def apply(self, action: int, sign: int = 1) -> None:
        """Carry an action out (1) or take it back (-1)."""
        self.count[self.lost[action]] -= sign
        self.count[self.won[action]] += sign

    def gain(self, action: int) -> float:
        """Return what an action not carried out would add now [m]."""
        lost, won = self.lost[action], self.won[action]
        gone = lost[self.count[lost] == 1]
        new = won[self.count[won] == 0]
        both = np.intersect1d(gone, won, assume_unique=True)
        return float(self.size[new].sum() - self.size[gone].sum() + self.size[both].sum())

    def sole(self, action: int) -> IntArray:
        """Return the elementary stretches that an action carried out alone keeps in view."""
        self.apply(action, -1)
        won = self.won[action]
        cells = won[self.count[won] == 0]
        self.apply(action)
        return cells


def in_good_order(
    always: Stretches, lost: Intervals, won: Intervals, costs: FloatArray, by_gain: bool, phase: IntArray,
    harm: FloatArray | None = None,
) -> Sequence:  # fmt: skip
    """Order actions greedily: the greatest gain per cost first, or the greatest gain.

    Two cameras that look at each other's street may only pay when both are turned: the first of them then has a gain
    below zero, and both come last.

    Parameters
    ----------
    always, lost, won
        As :class:`Tally` takes them.
    costs : float64 array, shape (a,)
        Above 0.
    by_gain : bool
        Order by gain, else by gain per cost; of equals the first.
    phase : int64 array, shape (a,)
        Actions of a lower phase come first.
    harm : float64 array, shape (a,), optional
        Taken off each action's gain where the order is decided [m].
    """
    n = len(costs)
    harm = np.zeros(n) if harm is None else harm
    tally, divisor = Tally(always, lost, won, n), np.ones(n) if by_gain else costs
    begin, order, gains = tally.covered_m, list[int](), list[float]()
    heap = [(int(phase[i]), -np.inf, i) for i in range(n)]
    heapq.heapify(heap)
    while heap:
        action = heapq.heappop(heap)[-1]
        gain = tally.gain(action)
        entry = (int(phase[action]), (float(harm[action]) - gain) / float(divisor[action]), action)
        if heap and entry > heap[0]:
            heapq.heappush(heap, entry)
            continue
        tally.apply(action)
        order.append(action)
        gains.append(gain)
    covered = begin + np.concatenate([[0.0], np.cumsum(gains)])
    return Sequence(np.array(order, np.int64), np.array(gains), covered)


def in_given_order(always: Stretches, lost: Intervals, won: Intervals, n: int) -> Sequence:
    """Carry out actions as they are numbered; arguments as :class:`Tally` takes them."""
    tally = Tally(always, lost, won, n)
    begin, gains = tally.covered_m, []
    for action in range(n):
        gains.append(tally.gain(action))
        tally.apply(action)
    return Sequence(np.arange(n), np.array(gains), begin + np.concatenate([[0.0], np.cumsum(gains)]))
