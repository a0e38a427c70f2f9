"""Where a camera of unknown azimuth may be taken to look: away from its facade, else along its street.

Both are assumptions, declared by the presets and counted camera by camera.
"""

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]

AT_FACADE_M = 1.0  # a camera this near a wall hangs on it
_ARC_STEPS = 24
_CLEARLY_MORE_M = 1e-3  # street length that tells one side of a camera from the other; less is rounding


def likely_azimuths(
    xy: FloatArray, hfov: FloatArray, reach: FloatArray, network: StreetNetwork, buildings: Buildings
) -> FloatArray:
    """Return a plausible azimuth [°] for cameras that have none, shape (n,).

    Within :data:`AT_FACADE_M` of a building: straight away from it. Elsewhere: along the nearest piece of street,
    towards the side on which more street lies within field of view and range, buildings ignored; of two equal sides
    the smaller azimuth. Without any street: north.

    Parameters
    ----------
    xy : float64 array, shape (n, 2)
        Easting, northing [m], outside of every footprint.
    hfov, reach : float64 array, shape (n,)
        Field of view [°] and range [m].
    """
    azimuth = np.zeros(len(xy))
    if len(network) and len(xy):
        along = _street_azimuths(xy, network)
        back = (along + 180) % 360
        smaller, larger = np.minimum(along, back), np.maximum(along, back)
        ahead = [_street_in_sector(xy, side, hfov, reach, network) for side in (smaller, larger)]
        azimuth = np.where(ahead[1] > ahead[0] + _CLEARLY_MORE_M, larger, smaller)
    away = _away_from_facade(xy, buildings)
    return np.where(np.isnan(away), azimuth, away) % 360 % 360


def _away_from_facade(xy: FloatArray, buildings: Buildings) -> FloatArray:
    """Return the azimuth from the nearest wall to each point [°], NaN where none is near."""
    points = shapely.points(xy)
    away = np.full(len(xy), np.nan)
    rows, walls = buildings.tree.query_nearest(points, max_distance=AT_FACADE_M)
    rows, first = np.unique(rows, return_index=True)
    line = shapely.shortest_line(buildings.footprints[walls[first]], points[rows])
    ends = shapely.get_coordinates(line).reshape(-1, 4)
    east, north = (ends[:, 2:] - ends[:, :2]).T
    away[rows] = np.where(np.hypot(east, north) > 0, np.degrees(np.arctan2(east, north)) % 360, np.nan)
    return away


def _street_azimuths(xy: FloatArray, network: StreetNetwork) -> FloatArray:
    """Return the azimuth of the street piece nearest to each point [°]."""
    points = shapely.points(xy)
    rows, edges = network.tree.query_nearest(points)
    rows, first = np.unique(rows, return_index=True)
    edge = edges[first]
    along = shapely.line_locate_point(network.lines[edge], points)
    segments = network.segments
    begin, end = (np.searchsorted(segments.edge, edge, side) for side in ("left", "right"))
    piece = np.searchsorted(segments.start, network.offset[edge] + along, "right") - 1
    piece = np.clip(piece, begin, end - 1)
    east, north = (segments.xy[piece, 2:] - segments.xy[piece, :2]).T
    azimuth: FloatArray = np.degrees(np.arctan2(east, north)) % 360
    return azimuth


def _street_in_sector(
    xy: FloatArray, azimuth: FloatArray, hfov: FloatArray, reach: FloatArray, network: StreetNetwork
) -> FloatArray:
    """Return the street length [m] in each camera's flat sector, buildings ignored."""
    share = np.linspace(-0.5, 0.5, _ARC_STEPS + 1)
    bearing = np.radians(azimuth[:, None] + hfov[:, None] * share)
    arc = xy[:, None, :] + reach[:, None, None] * np.stack([np.sin(bearing), np.cos(bearing)], axis=2)
    sectors = shapely.polygons(np.concatenate([xy[:, None, :], arc, xy[:, None, :]], axis=1))
    rows, edges = network.tree.query(sectors, predicate="intersects")
    seen = shapely.length(shapely.intersection(network.lines[edges], sectors[rows]))
    return np.bincount(rows, weights=seen, minlength=len(xy)).astype(np.float64)
