"""Polygons on the plane: cutting straight street pieces at their edge, assembling them from loose lines."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from camgap.coverage.projection import to_plane

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SNAP_M = 1e-6  # a cut nearer than this to a segment's end is that end
LONGEST_EDGE_DEG = 0.002  # of a polygon before it is projected; a parallel then bends less than 1 mm from the chord


def project(geometry: BaseGeometry, crs: CRS) -> BaseGeometry:
    """Return a WGS 84 polygon (longitude, latitude) in `crs`, its long edges bent as the projection bends them."""
    dense = shapely.segmentize(geometry, LONGEST_EDGE_DEG)
    plane: BaseGeometry = shapely.transform(dense, lambda lonlat: to_plane(lonlat, crs))
    return plane if plane.is_valid else polygons_only(shapely.make_valid(plane))


def polygons_only(geometry: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a geometry, without the lines and points that cutting or mending leaves; empty if none."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.area(parts) > 0])


def stretches_inside(
    segments: FloatArray, polygon: BaseGeometry, *, closed: bool = True
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the stretches of straight segments that lie in a polygon.

    A closed polygon holds a segment that runs along its edge, an open one does not. Points of contact without length
    are left out.

    Parameters
    ----------
    segments : float64 array, shape (m, 4)
        Easting, northing of both ends [m], each of some length; e.g. ``StreetNetwork.segments.xy``.
    polygon : shapely Polygon or MultiPolygon
        Valid, in the same CRS.

    Returns
    -------
    segment : int64 array, shape (k,)
        Row of the segment; ascending, a row comes several times where the segment leaves and enters again.
    t0, t1 : float64 arrays, shape (k,)
        Ends of the stretch as shares of the segment, 0 <= t0 < t1 <= 1, exactly 0 and 1 at the segment's own ends.
        Stretches of one segment are disjoint and ascending.
    """
    if not len(segments) or polygon.is_empty:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    west, south, east, north = polygon.bounds
    near = (
        (np.maximum(segments[:, 0], segments[:, 2]) >= west)
        & (np.minimum(segments[:, 0], segments[:, 2]) <= east)
        & (np.maximum(segments[:, 1], segments[:, 3]) >= south)
        & (np.minimum(segments[:, 1], segments[:, 3]) <= north)
    )
    rows = np.flatnonzero(near)
    ring, ring_of = shapely.get_coordinates(shapely.get_parts(shapely.boundary(polygon)), return_index=True)
    edges = np.hstack([ring[:-1], ring[1:]])[ring_of[1:] == ring_of[:-1]]
    lows, highs = np.minimum(edges[:, :2], edges[:, 2:]) - SNAP_M, np.maximum(edges[:, :2], edges[:, 2:]) + SNAP_M
    tree = shapely.STRtree(shapely.box(*lows.T, *highs.T))
    at, met = tree.query(shapely.linestrings(segments[rows].reshape(-1, 2, 2)))  # boxes that overlap
    near_edge = np.zeros(len(rows), dtype=bool)
    near_edge[at] = True

    shapely.prepare(polygon)
    free = rows[~near_edge]  # wholly in or wholly out: one end decides
    free = free[shapely.contains_xy(polygon, segments[free, 0], segments[free, 1])]
    rank = np.cumsum(near_edge) - 1
    cut, t0, t1 = _cut(segments[rows[near_edge]], edges, rank[at], met, polygon, closed)
    segment = np.concatenate([free, rows[near_edge][cut]])
    t0 = np.concatenate([np.zeros(len(free)), t0])
    t1 = np.concatenate([np.ones(len(free)), t1])
    order = np.lexsort((t0, segment))
    return segment[order], t0[order], t1[order]


def _cut(
    segments: FloatArray, edges: FloatArray, at: IntArray, met: IntArray, polygon: BaseGeometry, closed: bool
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the stretches inside, as :func:`stretches_inside`; segments `at` may meet the polygon edges `met`."""
    share, of = _meeting_points(segments, edges, at, met)

    # every segment is divided at all its meeting points; the middle of each division tells whether it is inside
    everyone = np.arange(len(segments))
    of = np.concatenate([everyone, of, everyone])
    share = np.concatenate([np.zeros(len(segments)), share, np.ones(len(segments))])
    order = np.lexsort((share, of))
    of, share = of[order], share[order]
    length = np.hypot(segments[of, 2] - segments[of, 0], segments[of, 3] - segments[of, 1])
    distinct = np.ones(len(of), dtype=bool)  # a corner of the polygon is met by two of its edges
    distinct[1:] = (of[1:] != of[:-1]) | ((share[1:] - share[:-1]) * length[1:] > SNAP_M)
    of, share = of[distinct], share[distinct]
    division = of[1:] == of[:-1]
    of, t0, t1 = of[:-1][division], share[:-1][division], share[1:][division]
    start, end = segments[of, :2], segments[of, 2:]
    middle = start + ((t0 + t1) / 2)[:, None] * (end - start)
    boundary = shapely.boundary(polygon)
    shapely.prepare(boundary)
    on_edge = shapely.dwithin(boundary, shapely.points(middle), SNAP_M)
    within = shapely.contains_xy(polygon, middle[:, 0], middle[:, 1])
    inside = on_edge | within if closed else within & ~on_edge
    of, t0, t1 = of[inside], t0[inside], t1[inside]

    first = np.ones(len(of), dtype=bool)  # divisions that touch are one stretch
    first[1:] = (of[1:] != of[:-1]) | (t0[1:] != t1[:-1])
    last = np.append(first[1:], True) if len(of) else first
    return of[first], t0[first], t1[last]


def _meeting_points(
    segments: FloatArray, edges: FloatArray, at: IntArray, met: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return where the segments `at` meet the polygon edges `met`: share of the segment, row of the segment.

    They meet where they cross, and at the ends of an edge that lie on the segment.
    """
    start, along = segments[at, :2], segments[at, 2:] - segments[at, :2]
    edge_start, edge_along = edges[met, :2], edges[met, 2:] - edges[met, :2]
    to_edge = edge_start - start
    length2 = (along**2).sum(axis=1)
    cross = _cross(along, edge_along)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = _cross(to_edge, edge_along) / cross
        on_edge = _cross(to_edge, along) / cross
    crosses = np.isfinite(crossing) & (on_edge >= 0) & (on_edge <= 1)
    shares, rows = [crossing[crosses]], [at[crosses]]
    for corner in (to_edge, to_edge + edge_along):
        aside = np.abs(_cross(along, corner)) / np.sqrt(length2)
        touches = aside <= SNAP_M
        shares.append(((corner * along).sum(axis=1) / length2)[touches])
        rows.append(at[touches])
    share, of = np.concatenate(shares), np.concatenate(rows)
    snap = SNAP_M / np.hypot(segments[of, 2] - segments[of, 0], segments[of, 3] - segments[of, 1])
    share[np.abs(share) <= snap] = 0.0
    share[np.abs(share - 1) <= snap] = 1.0
    proper = (share > 0) & (share < 1)
    return share[proper], of[proper]


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def assemble(lines: Sequence[FloatArray]) -> BaseGeometry | None:
    """Return the polygon whose outlines and holes the given lines make up, in any order, direction and division.

    Roles are not needed: an area is inside where an odd number of outlines surrounds it. A stretch drawn twice (two
    parts of a building that share a wall) cancels out.

    Parameters
    ----------
    lines : sequence of float64 arrays, shape (n, 2)

    Returns
    -------
    shapely Polygon or MultiPolygon, or None if the lines do not close; may be invalid where outlines cross.
    """
    pieces = np.concatenate([np.hstack([line[:-1], line[1:]]) for line in lines])
    swap = (pieces[:, 0] > pieces[:, 2]) | ((pieces[:, 0] == pieces[:, 2]) & (pieces[:, 1] > pieces[:, 3]))
    pieces[swap] = pieces[swap][:, [2, 3, 0, 1]]
    pieces = pieces[(pieces[:, :2] != pieces[:, 2:]).any(axis=1)]
    pieces, drawn = np.unique(pieces, axis=0, return_counts=True)
    pieces = pieces[drawn % 2 == 1]
    if not len(pieces):
        return None
    _, degree = np.unique(pieces.reshape(-1, 2), axis=0, return_counts=True)
    if (degree % 2).any():
        return None
    area = shapely.build_area(shapely.multilinestrings(shapely.linestrings(pieces.reshape(-1, 2, 2))))
    return None if area is None or area.is_empty else area
