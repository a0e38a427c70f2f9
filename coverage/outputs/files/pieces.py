"""Pieces of street long enough that to know the piece is not to know the place: for the public edition."""

import heapq
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Lines = npt.NDArray[np.object_]


def joined(lines: Lines, streets: Sequence[str], least_m: float) -> IntArray:
    """Join lines into connected pieces of at least a length, and return every line's piece.

    The shortest piece is joined first, to the shortest piece of the same street that it touches, or of any street where
    it touches none of its own, or to the nearest where it touches nothing.

    Parameters
    ----------
    lines : object array of LineString, shape (n,)
        In the plane [m].
    streets : sequence of str, length n
        The street each belongs to.
    least_m : float

    Returns
    -------
    int array, shape (n,)
        Numbers of pieces; equal ones belong together.
    """
    ends = [np.round(shapely.get_coordinates(shapely.get_point(lines, k)), 2).tolist() for k in (0, -1)]
    nodes = [{tuple(a), tuple(b)} for a, b in zip(*ends, strict=True)]
    at: dict[tuple[float, ...], set[int]] = {}
    for i, own in enumerate(nodes):
        for node in own:
            at.setdefault(node, set()).add(i)
    length, names = shapely.length(lines).tolist(), [{street} for street in streets]
    members = {i: [i] for i in range(len(lines))}  # lines of each piece that is left
    waiting = [(metres, i) for i, metres in enumerate(length) if metres < least_m]
    heapq.heapify(waiting)
    while waiting:
        metres, i = heapq.heappop(waiting)
        if i not in members or metres != length[i]:
            continue  # joined to another since, or grown
        touching = {j for node in nodes[i] for j in at[node]} - {i}
        if touching:
            j = min(touching, key=lambda k: (not names[i] & names[k], length[k], k))
        elif (apart := _nearest(lines, members, i)) is not None:
            j = apart
        else:
            continue  # there is no other
        for node in nodes[i]:
            at[node].discard(i)
            at[node].add(j)
        nodes[j] |= nodes[i]
        names[j] |= names[i]
        length[j] += length[i]
        members[j] += members.pop(i)
        if length[j] < least_m:
            heapq.heappush(waiting, (length[j], j))
    return _numbered(members, len(lines))


def _numbered(members: Mapping[int, list[int]], lines: int) -> IntArray:
    """Return every line's piece, shape (n,)."""
    into = np.empty(lines, np.int64)
    for piece, own in members.items():
        into[own] = piece
    return into


def _nearest(lines: Lines, members: Mapping[int, list[int]], piece: int) -> int | None:
    """Return the piece nearest to one that touches none; None where it is all there is."""
    into = _numbered(members, len(lines))
    others = np.flatnonzero(into != piece)
    if not len(others):
        return None
    return int(into[others[np.argmin(shapely.distance(shapely.union_all(lines[into == piece]), lines[others]))]])


def middles(points: FloatArray, lines: Lines, streets: Sequence[str], least_m: float) -> FloatArray:
    """Move points to the middle of the piece of street nearest to them, each at least `least_m` long where it can be.

    Parameters
    ----------
    points : float64 array, shape (m, 2)
        In the plane of `lines` [m].

    Returns
    -------
    float64 array, shape (m, 2)
    """
    count = np.maximum(np.floor(shapely.length(lines) / least_m), 1.0).astype(np.int64)
    owner = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    parts = np.array(
        [substring(lines[i], k / count[i], (k + 1) / count[i], normalized=True)
         for i, k in zip(owner, nth, strict=True)], object,
    )  # fmt: skip
    piece = joined(parts, [streets[i] for i in owner.tolist()], least_m)
    nearest = piece[shapely.STRtree(parts).nearest(shapely.points(points))]
    wanted, which = np.unique(nearest, return_inverse=True)
    whole = [shapely.union_all(parts[piece == one]) for one in wanted]
    centre = [shapely.shortest_line(one, one.centroid).coords[0] for one in whole]
    return np.array(centre).reshape(-1, 2)[which]
