"""Short round trips through places, and a proof of how short one could be at best.

The search is local: nearest neighbour, then 2-opt (Croes 1958, doi:10.1287/opre.6.6.791) and Or-opt (Or 1976), from
several starts. The bound is that of Held and Karp (1971, doi:10.1007/BF01584070): the length of a tree with one more
edge, its places weighted until it looks as much like a round trip as it can.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

STARTS = 8  # round trips that are improved; the shortest is taken
SEGMENT = 3  # places moved together at most
ASCENT = 200  # steps of the bound
_GAIN_M = 1e-6  # a smaller gain is rounding


def length_of(order: IntArray, distance: FloatArray) -> float:
    """Return the length of the round trip through places in an order [m]."""
    return float(distance[order, np.roll(order, -1)].sum()) if len(order) > 1 else 0.0


def shortest_tour(distance: FloatArray, start: int = 0) -> IntArray:
    """Return a short round trip through all places, shape (k,), beginning at `start`.

    Parameters
    ----------
    distance : float64 array, shape (k, k)
        Symmetric [m].
    """
    n = len(distance)
    if n <= 3:
        return np.roll(np.arange(n), -start)
    firsts = np.unique(np.linspace(0, n - 1, min(n, STARTS)).astype(np.int64))
    tours = [improved(_nearest_neighbours(distance, int(first)), distance) for first in firsts]
    best = min(tours, key=lambda tour: length_of(tour, distance))
    best = np.roll(best, -int(np.flatnonzero(best == start)[0]))
    return best if best[1] <= best[-1] else np.roll(best[::-1], 1)  # of both directions always the same


def _nearest_neighbours(distance: FloatArray, first: int) -> IntArray:
    left = np.ones(len(distance), dtype=bool)
    order = [first]
    left[first] = False
    while left.any():
        there = np.flatnonzero(left)
        order.append(int(there[np.argmin(distance[order[-1], there])]))
        left[order[-1]] = False
    return np.array(order)


def improved(order: IntArray, distance: FloatArray) -> IntArray:
    """Return a round trip that no reversal of a part, and no move of up to three places, makes shorter."""
    while True:
        gain, change = max((_best_reversal(order, distance), _best_move(order, distance)), key=lambda found: found[0])
        if gain <= _GAIN_M:
            return order
        order = change


def _best_reversal(order: IntArray, distance: FloatArray) -> tuple[float, IntArray]:
    """Return what the best 2-opt step gains [m], and the round trip after it."""
    here, after = order, np.roll(order, -1)
    step = distance[here, after]
    gain = step[:, None] + step[None, :] - distance[np.ix_(here, here)] - distance[np.ix_(after, after)]
    gain[np.tril_indices(len(order))] = -np.inf
    i, j = np.unravel_index(int(gain.argmax()), gain.shape)
    return float(gain[i, j]), np.concatenate([order[: i + 1], order[i + 1 : j + 1][::-1], order[j + 1 :]])


def _best_move(order: IntArray, distance: FloatArray) -> tuple[float, IntArray]:
    """Return what the best Or-opt step gains [m], and the round trip after it."""
    n = len(order)
    best, moved, i_best, j_best, turned_round = 0.0, 0, 0, 0, False
    for size in range(1, min(SEGMENT, n - 3) + 1):
        before, first, last = np.roll(order, 1), order, np.roll(order, 1 - size)
        after = np.roll(order, -size)
        saved = distance[before, first] + distance[last, after] - distance[before, after]
        here, then = order, np.roll(order, -1)
        step = distance[here, then]
        for reverse in (False, True):
            head, tail = (last, first) if reverse else (first, last)
            cost = distance[np.ix_(head, here)] + distance[np.ix_(tail, then)] - step[None, :]
            gain = saved[:, None] - cost
            for k in range(-1, size):  # between places that move themselves, or where they stand
                gain[np.arange(n), (np.arange(n) + k) % n] = -np.inf
            i, j = np.unravel_index(int(gain.argmax()), gain.shape)
            if gain[i, j] > best:
                best, moved, i_best, j_best, turned_round = float(gain[i, j]), size, int(i), int(j), reverse
    ahead = np.roll(order, -i_best)  # the places that move now come first
    part, rest = ahead[:moved], ahead[moved:]
    at = (j_best - i_best) % n - moved + 1
    return best, np.concatenate([rest[:at], part[::-1] if turned_round else part, rest[at:]])


def lower_bound(distance: FloatArray, tour_m: float) -> float:
    """Return a length that no round trip through all places can be shorter than [m].

    Parameters
    ----------
    distance : float64 array, shape (k, k)
        Symmetric [m].
    tour_m : float
        Length of some round trip; it sets the pace of the ascent, not the bound.
    """
    n = len(distance)
    if n <= 3:
        return length_of(np.arange(n), distance)
    weight, best, pace = np.zeros(n), 0.0, 1.0
    for step in range(ASCENT):
        length, degree = _one_tree(distance + weight[:, None] + weight[None, :])
        value = length - 2 * weight.sum()
        best = max(best, value)
        off = degree - 2.0
        if not off.any():
            break
        pace = pace * (0.5 if step % 20 == 19 else 1.0)
        weight = weight + pace * max(tour_m - value, _GAIN_M) / (off @ off) * off
    return min(best, tour_m)


def _one_tree(distance: FloatArray) -> tuple[float, FloatArray]:
    """Return length and degrees of the shortest tree over all places but the first, with the first's two best edges."""
    n = len(distance)
    degree = np.zeros(n)
    near = distance[1].copy()
    near[:2] = np.inf
    parent = np.ones(n, dtype=np.int64)
    left = np.ones(n, dtype=bool)
    left[:2] = False
    length = 0.0
    for _ in range(n - 2):
        place = int(np.argmin(near))
        length += near[place]
        degree[place] += 1
        degree[parent[place]] += 1
        left[place] = False
        near[place] = np.inf
        closer = left & (distance[place] < near)
        near[closer] = distance[place][closer]
        parent[closer] = place
    two = np.argsort(distance[0, 1:], kind="stable")[:2] + 1
    degree[two] += 1
    degree[0] = 2
    return float(length + distance[0, two].sum()), degree


def trip_within(distance: FloatArray, worth: FloatArray, limit: float, most: int, start: int = 0) -> IntArray:
    """Return a round trip that is worth much and no longer than a limit, shape (k,), beginning at `start`.

    Places are put in one by one where they lengthen the trip least: those first that are worth most per metre, or those
    first that are worth most, whichever turns out better; the trip is shortened whenever nothing more fits. A search,
    without a bound.

    Parameters
    ----------
    worth : float64 array, shape (k,)
        Of a visit; places worth nothing are left out.
    limit : float
        Length of the trip at most [m].
    most : int
        Places at most, the start not counted.
    """
    trips = [_filled(distance, worth, limit, most, start, per_metre) for per_metre in (True, False)]
    return max(trips, key=lambda trip: (float(worth[trip[1:]].sum()), -length_of(trip, distance)))


def _filled(distance: FloatArray, worth: FloatArray, limit: float, most: int, start: int, per_metre: bool) -> IntArray:
    trip, left = np.array([start]), worth > 0
    left[start] = False
    shortened = True
    while left.any() and len(trip) <= most:
        there = np.flatnonzero(left)
        after = np.roll(trip, -1)
        longer = distance[np.ix_(there, trip)] + distance[np.ix_(there, after)] - distance[trip, after][None, :]
        where = longer.argmin(axis=1)
        extra = longer[np.arange(len(there)), where]
        fits = length_of(trip, distance) + extra <= limit
        if not fits.any():
            if shortened:
                break
            trip, shortened = trip[shortest_tour(distance[np.ix_(trip, trip)])], True
            continue
        value = np.where(fits, worth[there] / (np.maximum(extra, 1.0) if per_metre else 1.0), -np.inf)
        chosen = int(value.argmax())
        trip = np.insert(trip, where[chosen] + 1, there[chosen])
        left[there[chosen]] = False
        shortened = False
    return trip[shortest_tour(distance[np.ix_(trip, trip)])]
