"""The order in which to carry out what was chosen, so that every beginning of it is a good plan by itself."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, union_by_owner
from camgap.coverage.siting.counting import ONCE_SEEN, Counting

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
    always : Stretches or Intervals
        In view whatever is done; every owner's intervals are one view's.
    lost, won : Intervals
        What each action takes away and what it brings; owner is the action. What is lost is in view to begin with.
    n : int
        Number of actions.
    counting : Counting
        What a metre counts for; once it is seen, by default.
    """

    def __init__(
        self, always: Stretches | Intervals, lost: Intervals, won: Intervals, n: int, counting: Counting = ONCE_SEEN
    ) -> None:
        lost, won = union_by_owner(lost), union_by_owner(won)
        ends = (always.start, always.end, lost.start, lost.end, won.start, won.end, counting.ends)
        self.knots = np.unique(np.concatenate(ends))
        self.size = np.diff(self.knots)
        self.count = np.zeros(len(self.size), np.int64)
        for first, last in zip(*self._cells(always.start, always.end), strict=True):
            self.count[first:last] += 1
        self.lost, self.won = self._by_owner(lost, n), self._by_owner(won, n)
        for cells in self.lost:
            self.count[cells] += 1
        self.counting = counting
        self.kind = counting.kinds((self.knots[:-1] + self.knots[1:]) / 2)

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
        """What counts now, in metres of the axis: the length in view, where a metre counts once it is seen [m]."""
        return float((self.size * self.counting.at(self.counting.worth, self.kind, self.count)).sum())

    def apply(self, action: int, sign: int = 1) -> None:
        """Carry an action out (1) or take it back (-1)."""
        self.count[self.lost[action]] -= sign
        self.count[self.won[action]] += sign

    def gain(self, action: int) -> float:
        """Return what an action not carried out would add now [m]."""
        return self._added(self.counting.worth, action)

    def credit(self, action: int) -> float:
        """Return by what an action not carried out is preferred to others [m]: its gain, and what it prepares."""
        return self._added(self.counting.credit, action)

    def _added(self, table: FloatArray, action: int) -> float:
        lost, won = self.lost[action], self.won[action]
        cells, change = np.concatenate([lost, won]), np.repeat([-1, 1], [len(lost), len(won)])
        if len(lost):
            cells, row = np.unique(cells, return_inverse=True)
            change = np.bincount(row, change, minlength=len(cells)).astype(np.int64)
        kind, count = self.kind[cells], self.count[cells]
        more = self.counting.at(table, kind, count + change) - self.counting.at(table, kind, count)
        return float((self.size[cells] * more).sum())

    def sole(self, action: int) -> IntArray:
        """Return the elementary stretches that an action carried out alone keeps in view."""
        self.apply(action, -1)
        won = self.won[action]
        cells = won[self.count[won] == 0]
        self.apply(action)
        return cells


def in_good_order(
    always: Stretches | Intervals, lost: Intervals, won: Intervals, costs: FloatArray, by_gain: bool, phase: IntArray,
    harm: FloatArray | None = None, counting: Counting = ONCE_SEEN,
) -> Sequence:  # fmt: skip
    """Order actions greedily: the greatest gain per cost first, or the greatest gain, as it is at that time.

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
    counting : Counting
        What a metre counts for; its credit decides the order.
    """
    n = len(costs)
    harm = np.zeros(n) if harm is None else harm
    tally, divisor = Tally(always, lost, won, n, counting), np.ones(n) if by_gain else costs
    begin, order, gains = tally.covered_m, list[int](), list[float]()
    beside = _neighbours(tally, n)
    left, now = np.ones(n, bool), np.zeros(n)

    def keyed(action: int) -> tuple[int, float, int]:
        now[action] = (float(harm[action]) - tally.credit(action)) / float(divisor[action])
        return int(phase[action]), float(now[action]), action

    heap = [keyed(action) for action in range(n)]
    heapq.heapify(heap)
    while heap:
        _, key, action = heapq.heappop(heap)
        if not left[action] or key != now[action]:
            continue  # told anew since
        left[action] = False
        order.append(action)
        gains.append(tally.gain(action))
        tally.apply(action)
        for other in beside(action):
            if left[other]:
                heapq.heappush(heap, keyed(other))
    covered = begin + np.concatenate([[0.0], np.cumsum(gains)])
    return Sequence(np.array(order, np.int64), np.array(gains), covered)


def _neighbours(tally: Tally, n: int) -> Callable[[int], list[int]]:
    """Return what tells the actions whose gains may change, up or down, once one is carried out."""
    touched = [np.union1d(tally.lost[i], tally.won[i]) for i in range(n)]
    who = np.repeat(np.arange(n), [len(cells) for cells in touched])
    cells = np.concatenate([np.empty(0, np.int64), *touched])
    by_cell = np.argsort(cells, kind="stable")
    who, cells = who[by_cell], cells[by_cell]

    def beside(action: int) -> list[int]:
        first, last = (np.searchsorted(cells, touched[action], side=side) for side in ("left", "right"))
        rows = np.repeat(first - np.cumsum(last - first) + (last - first), last - first)
        return np.unique(who[rows + np.arange(len(rows))]).tolist()

    return beside


def in_given_order(
    always: Stretches | Intervals, lost: Intervals, won: Intervals, n: int, counting: Counting = ONCE_SEEN
) -> Sequence:
    """Carry out actions as they are numbered; arguments as :class:`Tally` takes them."""
    tally = Tally(always, lost, won, n, counting)
    begin, gains = tally.covered_m, []
    for action in range(n):
        gains.append(tally.gain(action))
        tally.apply(action)
    return Sequence(np.arange(n), np.array(gains), begin + np.concatenate([[0.0], np.cumsum(gains)]))
