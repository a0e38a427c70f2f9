"""Polygons on the plane: cutting straight street pieces at their edge, assembling them from loose lines."""

from collections.abc import Sequence
from typing import Any

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


def project(geometry: BaseGeometry, crs: CRS) -> Any:
    """Return a WGS 84 geometry (longitude, latitude) in `crs`, its long edges bent as the projection bends them."""
    dense = shapely.segmentize(geometry, LONGEST_EDGE_DEG)
    return shapely.transform(dense, lambda lonlat: to_plane(lonlat, crs))


def stretches_inside(segments: FloatArray, polygon: BaseGeometry) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the stretches of straight segments that lie in a polygon.

    The polygon is closed: a segment running along its edge is inside. Points of contact without length are left out.

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
    lines = shapely.linestrings(segments[rows].reshape(-1, 2, 2))
    shapely.prepare(polygon)
    edge = shapely.boundary(polygon)
    shapely.prepare(edge)
    meets_edge = shapely.intersects(edge, lines)

    free = rows[~meets_edge]  # wholly in or wholly out: one end decides
    free = free[shapely.contains_xy(polygon, segments[free, 0], segments[free, 1])]
    cut, t0, t1 = _cut(segments[rows[meets_edge]], lines[meets_edge], polygon)
    segment = np.concatenate([free, rows[meets_edge][cut]])
    t0 = np.concatenate([np.zeros(len(free)), t0])
    t1 = np.concatenate([np.ones(len(free)), t1])
    order = np.lexsort((t0, segment))
    return segment[order], t0[order], t1[order]


def _cut(
    segments: FloatArray, lines: npt.NDArray[np.object_], polygon: BaseGeometry
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the stretches inside, as :func:`stretches_inside`, of segments that meet the polygon's edge."""
    ring, ring_of = shapely.get_coordinates(shapely.get_parts(shapely.boundary(polygon)), return_index=True)
    same_ring = ring_of[1:] == ring_of[:-1]
    edges = np.hstack([ring[:-1], ring[1:]])[same_ring]
    tree = shapely.STRtree(shapely.linestrings(edges.reshape(-1, 2, 2)))
    at, met = tree.query(lines, predicate="intersects")
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
    on_edge = shapely.dwithin(shapely.boundary(polygon), shapely.points(middle), SNAP_M)
    inside = on_edge | shapely.contains_xy(polygon, middle[:, 0], middle[:, 1])
    of, t0, t1 = of[inside], t0[inside], t1[inside]

    first = np.ones(len(of), dtype=bool)  # divisions that touch are one stretch
    first[1:] = (of[1:] != of[:-1]) | (t0[1:] != t1[:-1])
    last = np.append(first[1:], True) if len(of) else first
    return of[first], t0[first], t1[last]


def _meeting_points(
    segments: FloatArray, edges: FloatArray, at: IntArray, met: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return where the segments `at` meet the polygon edges `met`: share of the segment, row of the segment."""
    start, along = segments[at, :2], segments[at, 2:] - segments[at, :2]
    edge_start, edge_end = edges[met, :2], edges[met, 2:]
    edge_along = edge_end - edge_start
    length2 = (along**2).sum(axis=1)
    cross = along[:, 0] * edge_along[:, 1] - along[:, 1] * edge_along[:, 0]
    to_edge = edge_start - start
    parallel = np.abs(cross) <= 1e-12 * np.sqrt(length2 * (edge_along**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = (to_edge[:, 0] * edge_along[:, 1] - to_edge[:, 1] * edge_along[:, 0]) / cross
    # a segment running along an edge is divided at the ends of that edge
    first = ((edge_start - start)[parallel] * along[parallel]).sum(axis=1) / length2[parallel]
    second = ((edge_end - start)[parallel] * along[parallel]).sum(axis=1) / length2[parallel]
    share = np.concatenate([crossing[~parallel], first, second])
    of = np.concatenate([at[~parallel], at[parallel], at[parallel]])
    snap = SNAP_M / np.hypot(segments[of, 2] - segments[of, 0], segments[of, 3] - segments[of, 1])
    share[np.abs(share) <= snap] = 0.0
    share[np.abs(share - 1) <= snap] = 1.0
    proper = (share > 0) & (share < 1)
    return share[proper], of[proper]


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
