"""Expected coverage: cameras that see a stretch only with a probability, swept exactly along the street axis.

Camera i sees a place s while it works (p_i) for a share a_i(s) of the time; cameras fail independently of each other,
except that those on one feed (a pole, a power line) go dark together when it does:

    P(s) = 1 - prod over feeds f of (1 - q_f (1 - prod over cameras i on f of (1 - p_i a_i(s))))

P is constant between the ends of the intervals, so its integral is a finite sum: no cells, no sampling.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Intervals
from camgap.coverage.sight.kernel import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Feeds:
    """What cameras hang on together, and how likely it holds.

    Parameters
    ----------
    of : int64 array, shape (c,)
        The feed of each owner.
    p : float64 array, shape (f,)
        Probability that each feed works, 0 to 1.
    """

    of: IntArray
    p: FloatArray


@dataclass(frozen=True)
class CoveredProbability:
    """P(covered) along the street axis, piecewise constant; 0 outside the stretches.

    Parameters
    ----------
    start, end : float64 array, shape (n,)
        Ascending, disjoint [m].
    p : float64 array, shape (n,)
        ``0 < p <= 1``.
    """

    start: FloatArray
    end: FloatArray
    p: FloatArray

    def __len__(self) -> int:
        return len(self.start)

    @property
    def expected_length(self) -> float:
        """The integral of P(covered) [m]."""
        return float(((self.end - self.start) * self.p).sum())

    def expected_before(self, at: FloatArray) -> FloatArray:
        """Return the expected covered length that lies below each axis position, shape of `at` [m]."""
        if len(self) == 0:
            return np.zeros(np.shape(at))
        total = np.concatenate([[0.0], np.cumsum((self.end - self.start) * self.p)])
        row = np.maximum(np.searchsorted(self.start, at, side="right") - 1, 0)
        inside = np.clip(at - self.start[row], 0.0, (self.end - self.start)[row])
        return total[row] + inside * self.p[row]

    def expected_within(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Return the expected covered length inside each ``[start, end)``, same shape [m]."""
        return self.expected_before(end) - self.expected_before(start)

    def at(self, at: FloatArray) -> FloatArray:
        """Return P(covered) at axis positions, shape of `at`; a stretch holds its start, not its end."""
        if len(self) == 0:
            return np.zeros(np.shape(at))
        row = np.maximum(np.searchsorted(self.start, at, side="right") - 1, 0)
        return np.where((at >= self.start[row]) & (at < self.end[row]), self.p[row], 0.0)


def covered_probability(
    seen: Intervals, p: FloatArray, share: FloatArray | None = None, feeds: Feeds | None = None
) -> CoveredProbability:
    """Return the probability that each place of the street axis is seen.

    Parameters
    ----------
    seen : Intervals
        What owners (cameras) see. One owner's intervals may overlap.
    p : float64 array, shape (c,)
        Probability that each owner works, 0 to 1.
    share : float64 array, shape (n,), optional
        Share of the time the owner looks there, per interval; those of one owner add up where they overlap, to 1 at
        most. By default 1: several views of one camera count once. For a moving head: the dwell shares of its presets.
    feeds : Feeds, optional
        By default no two cameras hang on anything together.

    Raises
    ------
    InputError
        If a probability or share is not from 0 to 1, or a column does not fit.
    """
    columns = _checked(seen, p, share, feeds)
    return CoveredProbability(*_sweep(*_events(seen), *columns))


def expected_length(
    seen: Intervals, p: FloatArray, share: FloatArray | None = None, feeds: Feeds | None = None
) -> float:
    """Return the expected length seen by at least one owner [m]; see :func:`covered_probability`."""
    return covered_probability(seen, p, share, feeds).expected_length


def expected_losses(
    seen: Intervals, p: FloatArray, share: FloatArray | None = None, feeds: Feeds | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return what expected length would be lost were one owner, or one feed, sure to fail.

    Returns
    -------
    by_owner : float64 array, shape (c,)
        [m]
    by_feed : float64 array, shape (f,)
        [m]
    """
    columns = _checked(seen, p, share, feeds)
    return _sweep_losses(*_events(seen), *columns)


def _checked(
    seen: Intervals, p: FloatArray, share: FloatArray | None, feeds: Feeds | None
) -> tuple[IntArray, FloatArray, FloatArray, IntArray, FloatArray]:
    """Return owner and share of the intervals, p of the owners, and their feeds and the feeds' p, each contiguous."""
    share = np.ones(len(seen)) if share is None else share
    feeds = Feeds(np.arange(len(p)), np.ones(len(p))) if feeds is None else feeds
    if len(share) != len(seen) or len(feeds.of) != len(p) or seen.owner.max(initial=-1) >= len(p):
        raise InputError(f"expected coverage: {len(p)} probabilities do not fit the owners of {len(seen)} intervals")
    if len(p) and feeds.of.max() >= len(feeds.p):
        raise InputError(f"expected coverage: {len(feeds.p)} feeds, but a camera on number {feeds.of.max()}")
    for name, column in (("probability of working", p), ("share of time", share), ("feed probability", feeds.p)):
        wrong = np.flatnonzero(~((column >= 0) & (column <= 1)))
        if len(wrong):
            raise InputError(f"{name} {column[wrong[0]]} (number {wrong[0]}): expected 0 to 1")
    owner, of = (np.ascontiguousarray(column, np.int64) for column in (seen.owner, feeds.of))
    share, p, q = (np.ascontiguousarray(column, np.float64) for column in (share, p, feeds.p))
    return owner, share, p, of, q


def _events(seen: Intervals) -> tuple[FloatArray, IntArray, npt.NDArray[np.bool_]]:
    """Return where intervals begin and end, in axis order whatever the order of the rows."""
    at = np.concatenate([seen.start, seen.end])
    row = np.tile(np.arange(len(seen)), 2)
    opens = np.repeat([True, False], len(seen))
    order = np.lexsort((np.concatenate([seen.end, seen.start]), seen.owner[row], opens, at))
    return at[order], row[order], opens[order]


@compiled
def _missed(active, n, looks, p, feed, q, without_owner, without_feed, dark, feeds):
    """Return the probability that none of the active owners sees; `dark` and `feeds` are scratch, `dark` all -1."""
    count = 0
    for i in range(n):
        o = active[i]
        f = feed[o]
        if o == without_owner or f == without_feed:
            continue
        if dark[f] < 0.0:
            dark[f] = 1.0
            feeds[count] = f
            count += 1
        dark[f] *= 1.0 - p[o] * min(looks[o], 1.0)
    missed = 1.0
    for k in range(count):
        f = feeds[k]
        missed *= 1.0 - q[f] * (1.0 - dark[f])
        dark[f] = -1.0
    return missed


@compiled
def _turn(o, opens, share, active, n, place, depth, looks):
    """Let one interval of owner `o` begin or end; return how many owners are active after it."""
    if opens:
        if depth[o] == 0:
            active[n], place[o] = o, n
            n += 1
        depth[o] += 1
        looks[o] += share
        return n
    depth[o] -= 1
    looks[o] -= share
    if depth[o] == 0:
        looks[o] = 0.0  # no rounding is carried on
        n -= 1
        last = active[n]
        active[place[o]], place[last] = last, place[o]
    return n


@compiled
def _sweep(at, row, opens, owner, share, p, feed, q):
    start, end, found = np.empty(len(at)), np.empty(len(at)), np.empty(len(at))
    active, place = np.empty(len(p), np.int64), np.empty(len(p), np.int64)
    depth, looks = np.zeros(len(p), np.int64), np.zeros(len(p))
    dark, feeds = np.full(len(q), -1.0), np.empty(len(q), np.int64)
    n, out = 0, 0
    for k in range(len(at)):
        if n and at[k] > at[k - 1]:
            chance = 1.0 - _missed(active, n, looks, p, feed, q, -1, -1, dark, feeds)
            if chance > 0.0:
                start[out], end[out], found[out] = at[k - 1], at[k], chance
                out += 1
        n = _turn(owner[row[k]], opens[k], share[row[k]], active, n, place, depth, looks)
    return start[:out].copy(), end[:out].copy(), found[:out].copy()


@compiled
def _sweep_losses(at, row, opens, owner, share, p, feed, q):
    by_owner, by_feed = np.zeros(len(p)), np.zeros(len(q))
    active, place = np.empty(len(p), np.int64), np.empty(len(p), np.int64)
    depth, looks = np.zeros(len(p), np.int64), np.zeros(len(p))
    dark, feeds, done = np.full(len(q), -1.0), np.empty(len(q), np.int64), np.full(len(q), -1)
    n = 0
    for k in range(len(at)):
        if n and at[k] > at[k - 1]:
            length = at[k] - at[k - 1]
            missed = _missed(active, n, looks, p, feed, q, -1, -1, dark, feeds)
            for i in range(n):
                o = active[i]
                f = feed[o]
                by_owner[o] += length * (_missed(active, n, looks, p, feed, q, o, -1, dark, feeds) - missed)
                if done[f] != k:
                    done[f] = k
                    by_feed[f] += length * (_missed(active, n, looks, p, feed, q, -1, f, dark, feeds) - missed)
        n = _turn(owner[row[k]], opens[k], share[row[k]], active, n, place, depth, looks)
    return by_owner, by_feed
