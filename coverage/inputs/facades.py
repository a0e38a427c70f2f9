"""Cameras drawn in or on a building are moved to the facade they face.

Inventories and maps put a camera that hangs on a house into the house's outline, or exactly on it. A camera there would
see through its own walls, or be blind by rounding. Each is moved to just outside a facade:

    ┌────────────┐          The walls are those of the dissolved footprint: touching and overlapping buildings in one,
    │   × ──────►│ o        so that a wall shared with the neighbour is none. Of the walls within the limit that face
    │            │          the heading, the nearest is taken; without a heading simply the nearest.
    └────────────┘
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_FACING = 100.0  # a wall faces a heading if its outward normal is at most this far off it [°]
_ROUND_CORNER = 16  # segments per quarter circle round a corner: at least 0.9988 of the offset is kept
_NEARLY = 0.99  # of the offset: who stands as far outside already stays
_TIE = 1e-6  # two walls this equally near are told apart by their directions [m]


@dataclass(frozen=True)
class Placed:
    """Where cameras are put.

    Parameters
    ----------
    xy : float64 array, shape (n, 2)
        Easting, northing as used [m].
    moved : bool array, shape (n,)
        Moved to a facade.
    deep : bool array, shape (n,)
        In or on a footprint with no fitting wall within the limit; `xy` is as given.
    """

    xy: FloatArray
    moved: BoolArray
    deep: BoolArray


def move_to_facades(xy: FloatArray, heading: FloatArray, buildings: Buildings, offset: float, limit: float) -> Placed:
    """Put cameras that stand in, on or right before a footprint just outside a facade.

    Parameters
    ----------
    xy : float64 array, shape (n, 2)
        Easting, northing [m], in the buildings' CRS.
    heading : float64 array, shape (n,)
        Azimuth [°] a camera looks in; NaN if unknown, all round or several.
    offset : float
        Distance kept from every footprint [m].
    limit : float
        Farthest wall that is considered [m].
    """
    points = shapely.points(xy)
    touching = np.unique(buildings.tree.query(points, predicate="dwithin", distance=_NEARLY * offset)[0])
    placed = Placed(xy.copy(), np.zeros(len(xy), bool), np.zeros(len(xy), bool))
    near = buildings.tree.query(points[touching], predicate="dwithin", distance=limit + 2 * offset)
    start = np.searchsorted(near[0], np.arange(len(touching) + 1))
    for i, row in enumerate(touching.tolist()):
        # Every building within reach is in, so that what lies outside of these is outside of all.
        around = np.sort(near[1][start[i] : start[i + 1]])
        solid = shapely.union_all(buildings.footprints[around])
        ends, normal = _outline(solid.buffer(offset, quad_segs=_ROUND_CORNER))
        target = _nearest_facing(xy[row], heading[row], ends, normal, limit + offset)
        if target is None:
            placed.deep[row] = True
        else:
            placed.xy[row] = target
            placed.moved[row] = True
    return placed


def _outline(solid: shapely.Geometry) -> tuple[FloatArray, FloatArray]:
    """Return the segments of a solid's outline, shape (s, 4), and the azimuths [°] of their outward normals, (s,)."""
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(solid)))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    ends = np.hstack([xy[:-1], xy[1:]])[joined]
    east, north = (ends[:, 2:] - ends[:, :2]).T
    # Outer rings run counter-clockwise, holes clockwise: outside is on the right.
    return ends, np.degrees(np.arctan2(north, -east)) % 360


def _nearest_facing(
    point: FloatArray, heading: float, ends: FloatArray, normal: FloatArray, reach: float
) -> FloatArray | None:
    """Return the nearest point on those segments that face a heading (any, if it is NaN), None if none is in reach."""
    along = ends[:, 2:] - ends[:, :2]
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    share = np.clip(((point - ends[:, :2]) * along).sum(axis=1) / length, 0, 1)
    nearest = ends[:, :2] + share[:, None] * along
    distance = np.hypot(*(nearest - point).T)
    off = np.zeros(len(ends)) if np.isnan(heading) else np.abs((normal - heading + 180) % 360 - 180)
    fits = np.flatnonzero((distance <= reach) & (off <= _FACING))
    if not len(fits):
        return None
    ties = fits[distance[fits] <= distance[fits].min() + _TIE]
    chosen: FloatArray = nearest[ties[np.lexsort((normal[ties], off[ties]))[0]]]
    return chosen
