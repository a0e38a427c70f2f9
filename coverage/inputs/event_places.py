"""Events onto the street axis: points to the nearest street, lines in short pieces, polygons as the streets inside."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from camgap.coverage.inputs.demand import Events
from camgap.coverage.intervals import Stretches, union
from camgap.coverage.polygons import project, stretches_inside
from camgap.coverage.projection import to_plane
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

PIECE_M = 10.0  # lines are taken as points at most this far apart


@dataclass(frozen=True)
class EventPlaces:
    """Weights on the street axis.

    Parameters
    ----------
    at, weight : float64 arrays, shape (k,)
        Positions on the axis [m], and what each weighs; an event may have several.
    areas : tuple of (Stretches, weight)
        Events that are polygons: the streets inside.
    used, at_midnight : int
        Events that weigh on some street, and how many of them are timed at 00:00 sharp.
    weight_used, weight_outside : float
        Their weight that counts, and that of the parts of them that lie outside the study area.
    set_aside : dict
        Reason -> events, those of the file's own reading included.
    """

    at: FloatArray
    weight: FloatArray
    areas: tuple[tuple[Stretches, float], ...]
    used: int
    at_midnight: int
    weight_used: float
    weight_outside: float
    set_aside: dict[str, int]


def place_events(events: Events, network: StreetNetwork, area: BaseGeometry, snap: float) -> EventPlaces:
    """Bring events onto the street axis; those outside the study area, and those far from its streets, are set aside.

    Of what reaches beyond the study area, only the share of its points, length or surface inside counts. A line's
    weight is then shared out evenly over those of its pieces that lie near a street, a polygon's is spread evenly over
    the streets inside.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        The study area, in the network's CRS.
    snap : float
        Farthest distance of a point from its street [m].
    """
    kind = shapely.get_dimensions(events.geometry)
    points = _points(events.geometry, kind, network)
    shapely.prepare(area)
    in_area = shapely.intersects_xy(area, points.xy)
    at = np.where(in_area, _snapped(points.xy, network, snap), np.nan)
    near = ~np.isnan(at)
    n = len(events)
    every = np.ones(len(near), dtype=bool)
    pieces, pieces_inside, all_pieces = (
        np.bincount(points.event[rows], minlength=n) for rows in (near, in_area, every)
    )
    share = pieces_inside / np.maximum(all_pieces, 1)
    weight = (events.weight * share / np.maximum(pieces, 1))[points.event[near]]
    areas, inside = [], np.zeros(n, dtype=bool)
    for row in np.flatnonzero(kind == 2):
        polygon = project(events.geometry[row], network.crs)
        found = streets_inside(network, polygon)
        share[row] = min(shapely.area(shapely.intersection(polygon, area)) / shapely.area(polygon), 1.0)
        if found.length > 0 and share[row] > 0:
            areas.append((found, float(events.weight[row] * share[row])))
            inside[row] = True
    used = (pieces > 0) | inside
    reasons = {
        "outside_area": np.where(kind == 2, share == 0, pieces_inside == 0),
        "far_from_street": (kind < 2) & (pieces_inside > 0) & (pieces == 0),
        "no_street_inside": (kind == 2) & (share > 0) & ~inside,
    }
    aside = dict(events.set_aside) | {reason: int(rows.sum()) for reason, rows in reasons.items() if rows.any()}
    total = float(weight.sum() + sum(heavy for _, heavy in areas))
    midnight = int((used & events.midnight).sum())
    outside = float((events.weight * (1.0 - share))[used].sum())
    return EventPlaces(at[near], weight, tuple(areas), int(used.sum()), midnight, total, outside, aside)


def streets_inside(network: StreetNetwork, polygon: BaseGeometry) -> Stretches:
    """Return the stretches of the street axis inside a polygon in the network's CRS."""
    s = network.segments
    segment, t0, t1 = stretches_inside(s.xy, polygon)
    size = (s.end - s.start)[segment]
    return union(s.start[segment] + t0 * size, np.where(t1 >= 1.0, s.end[segment], s.start[segment] + t1 * size))


@dataclass(frozen=True)
class _Points:
    xy: FloatArray  # [m]
    event: npt.NDArray[np.int64]


def _points(geometry: Geometries, kind: npt.NDArray[np.int64], network: StreetNetwork) -> _Points:
    """Return points and, of lines, the middles of their equal pieces, in the plane."""
    single, event = shapely.get_parts(geometry[kind == 0], return_index=True)
    xy, events = [shapely.get_coordinates(single)], [np.flatnonzero(kind == 0)[event]]
    for row in np.flatnonzero(kind == 1):
        for line in shapely.get_parts(shapely.get_parts(geometry[row])):
            plane = shapely.transform(line, lambda lonlat: to_plane(lonlat, network.crs))
            length = float(shapely.length(plane))
            n = max(int(np.ceil(length / PIECE_M)), 1)
            middles = shapely.line_interpolate_point(plane, (np.arange(n) + 0.5) * length / n)
            xy.append(shapely.get_coordinates(middles))
            events.append(np.full(n, row))
    xy[0] = to_plane(xy[0], network.crs) if len(xy[0]) else xy[0]
    return _Points(np.concatenate(xy).reshape(-1, 2), np.concatenate(events).astype(np.int64))


def _snapped(xy: FloatArray, network: StreetNetwork, snap: float) -> FloatArray:
    """Return the nearest position on the street axis [m], of equals the first; NaN where none is within `snap`."""
    at = np.full(len(xy), np.nan)
    ok = np.flatnonzero(np.isfinite(xy).all(axis=1))
    points = shapely.points(xy[ok])
    row, edge = network.tree.query_nearest(points, max_distance=snap)
    order = np.lexsort((edge, row))
    row, first = np.unique(row[order], return_index=True)
    edge = edge[order][first]
    along = shapely.line_locate_point(network.lines[edge], points[row])
    last = np.nextafter(network.offset[edge + 1], 0.0)  # the end of this edge is where the next one begins
    at[ok[row]] = np.minimum(network.offset[edge] + along, last)
    return at
