"""The scene of a study: street segments to be seen and walls that hide them, in a grid."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.polygons import stretches_inside
from camgap.coverage.streets import Segments, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CELL = 60.0  # [m]; run time is flat between 35 and 100 m
MOST_CELLS = 2e7  # a study wider than some 250 km gets larger cells rather than more of them


@dataclass(frozen=True)
class Grid:
    """Straight pieces in square cells, as compressed rows with the coordinates copied in cell order.

    Parameters
    ----------
    origin : float64 array, shape (2,)
        Lower left corner of cell (0, 0) [m].
    cell : float
        Side of a cell [m].
    shape : (int, int)
        Number of columns and rows.
    ptr : int64 array, shape (columns * rows + 1,)
    item : int64 array, shape (k,)
        Piece number; a piece is listed in every cell of its bounding box.
    xy : float64 array, shape (k, 4)
        The pieces' ends.
    """

    origin: FloatArray
    cell: float
    shape: tuple[int, int]
    ptr: IntArray
    item: IntArray
    xy: FloatArray


def make_grid(xy: FloatArray, origin: FloatArray, cell: float, shape: tuple[int, int]) -> Grid:
    """Sort straight pieces, shape (n, 4), into the cells their bounding boxes meet."""
    top = np.array(shape) - 1
    low = np.clip(np.floor((np.minimum(xy[:, :2], xy[:, 2:]) - origin) / cell), 0, top).astype(np.int64)
    high = np.clip(np.floor((np.maximum(xy[:, :2], xy[:, 2:]) - origin) / cell), 0, top).astype(np.int64)
    span = high - low + 1
    count = span[:, 0] * span[:, 1]
    item = np.repeat(np.arange(len(xy)), count)
    nth = np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    column = low[item, 0] + nth % span[item, 0]
    row = low[item, 1] + nth // span[item, 0]
    where = row * shape[0] + column
    order = np.argsort(where, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(where, minlength=shape[0] * shape[1]))])
    return Grid(origin, cell, shape, ptr.astype(np.int64), item[order], np.ascontiguousarray(xy[item[order]]))


@dataclass(frozen=True)
class Walls:
    """Directed straight walls with what they belong to on their right: seen from outside, they run counter-clockwise.

    Parameters
    ----------
    xy : float64 array, shape (w, 4)
        Easting, northing of both ends [m].
    height : float64 array, shape (w,)
        Above ground [m]; NaN if unknown.
    party : bool array, shape (w,)
        Stands in a block, where a building rises above a lower one that touches it. It hides nothing that the block
        does not hide, unless the lens looks over the lower one.
    """

    xy: FloatArray
    height: FloatArray
    party: BoolArray

    def __len__(self) -> int:
        return len(self.xy)

    @staticmethod
    def of(buildings: Buildings) -> "Walls":
        """Return the walls of buildings, then the free-standing ones, once for each of their sides."""
        xy, of = _outlines(buildings.footprints)
        height = buildings.height[of]
        party, dropped = _shared(xy, height)
        screens = buildings.screens
        return Walls(
            np.vstack([xy[~dropped], screens.xy, screens.xy[:, [2, 3, 0, 1]]]),
            np.concatenate([height[~dropped], screens.height, screens.height]),
            np.concatenate([party[~dropped], np.zeros(2 * len(screens), dtype=bool)]),
        )

    def without_heights(self) -> "Walls":
        """Return the same walls, each of them hiding all that is behind it."""
        own = ~self.party
        return Walls(self.xy[own], np.full(int(own.sum()), np.nan), np.zeros(int(own.sum()), dtype=bool))


def walls_of(footprints: npt.NDArray[np.object_]) -> FloatArray:
    """Return the walls of polygons of unknown height as directed pieces with the building on their right, shape (w, 4).

    A wall that two touching footprints share, in opposite directions, stands inside a block and hides nothing that the
    block does not hide: both copies are dropped.
    """
    xy, _ = _outlines(footprints)
    return xy[~_shared(xy, np.full(len(xy), np.nan))[1]]


def _outlines(footprints: npt.NDArray[np.object_]) -> tuple[FloatArray, IntArray]:
    """Return every wall of polygons and the polygon it belongs to."""
    rings, of = shapely.get_rings(shapely.orient_polygons(footprints, exterior_cw=True), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    walls = np.hstack([xy[:-1], xy[1:]])[same] if len(xy) else np.empty((0, 4))
    of = of[ring[:-1][same]] if len(xy) else np.empty(0, np.int64)
    proper = (walls[:, :2] != walls[:, 2:]).any(axis=1)
    return walls[proper], of[proper]


def _shared(walls: FloatArray, height: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell which walls also stand in the opposite direction, vertex for vertex: the higher ones, and the others.

    A wall of unknown height is higher than any other.
    """
    ends = np.ascontiguousarray(walls).view(np.complex128).reshape(-1)  # one number per vertex sorts faster than two
    vertex = np.unique(ends, return_inverse=True)[1].reshape(-1, 2)
    forward = vertex[:, 0] < vertex[:, 1]
    _, group = np.unique(vertex.min(axis=1) * len(ends) + vertex.max(axis=1), return_inverse=True)
    top = np.where(np.isnan(height), np.inf, height)
    size = int(group.max(initial=-1)) + 1
    tops = np.full((2, size), -np.inf)  # of each place, the highest wall in either direction
    np.maximum.at(tops[0], group[forward], top[forward])
    np.maximum.at(tops[1], group[~forward], top[~forward])
    opposite = np.where(forward, tops[1][group], tops[0][group])
    shared = opposite > -np.inf
    higher: BoolArray = shared & (top > opposite)
    return higher, shared & ~higher


@dataclass(frozen=True)
class Indoors:
    """The stretches of street segments inside buildings, as compressed rows.

    Parameters
    ----------
    ptr : int64 array, shape (m + 1,)
        Segment i has the stretches ``ptr[i]:ptr[i + 1]``.
    t0, t1 : float64 arrays, shape (k,)
        Part of the segment, 0 <= t0 < t1 <= 1.
    """

    ptr: IntArray
    t0: FloatArray
    t1: FloatArray


@dataclass(frozen=True)
class Scene:
    """What can be seen and what stands in the way, in one projected CRS, on flat ground.

    Parameters
    ----------
    segments : Segments
        Street pieces in axis order.
    walls : float64 array, shape (w, 4)
        Building on the right of each (:class:`Walls`).
    wall_height : float64 array, shape (w,), optional
        Above ground [m]; NaN, as by default, if unknown: such a wall hides all that is behind it.
    party : bool array, shape (w,), optional
        See :class:`Walls`; none by default.
    roofs : object array of shapely Polygon, shape (r,), optional
        The footprints of known height: streets inside are hidden, however high the lens.
    roof_height : float64 array, shape (r,), optional
        [m]
    target : float, optional
        Height of what shall be seen above ground [m]: 0 the street's surface, 1.6 a face.
    """

    segments: Segments
    walls: FloatArray
    wall_height: FloatArray = None  # type: ignore[assignment]  # filled in below
    party: BoolArray = None  # type: ignore[assignment]
    roofs: npt.NDArray[np.object_] = None  # type: ignore[assignment]
    roof_height: FloatArray = None  # type: ignore[assignment]
    target: float = 1.6

    def __post_init__(self) -> None:
        if self.wall_height is None:
            object.__setattr__(self, "wall_height", np.full(len(self.walls), np.nan))
        if self.party is None:
            object.__setattr__(self, "party", np.zeros(len(self.walls), dtype=bool))
        if self.roofs is None:
            object.__setattr__(self, "roofs", np.empty(0, dtype=object))
            object.__setattr__(self, "roof_height", np.empty(0))

    @staticmethod
    def of(network: StreetNetwork, buildings: Buildings, *, heights: bool = True, target: float = 1.6) -> "Scene":
        """Set up the scene of a network and the buildings around it; without `heights`, every wall hides all behind."""
        walls, known = Walls.of(buildings), np.isfinite(buildings.height)
        if not heights:
            walls, known = walls.without_heights(), np.zeros(len(known), dtype=bool)
        return Scene(
            network.segments, walls.xy, walls.height, walls.party, buildings.footprints[known],
            buildings.height[known], target,
        )  # fmt: skip

    def without_walls(self) -> "Scene":
        """Return the same streets with every building taken away."""
        return Scene(self.segments, np.empty((0, 4)), target=self.target)

    @property
    def unknown_share(self) -> float:
        """Share of the outer walls' length whose height is not known, 0 to 1; 0 without walls."""
        size = np.hypot(*(self.walls[:, 2:] - self.walls[:, :2]).T) * ~self.party
        return float(size[np.isnan(self.wall_height)].sum() / size.sum()) if size.sum() > 0 else 0.0

    @cached_property
    def indoors(self) -> Indoors:
        """The stretches of the segments inside the buildings of known height, their outlines not included."""
        segment, t0, t1 = stretches_inside(self.segments.xy, shapely.union_all(self.roofs), closed=False)
        count = np.bincount(segment, minlength=len(self.segments))
        return Indoors(np.concatenate([[0], np.cumsum(count)]).astype(np.int64), t0, t1)

    @cached_property
    def no_indoors(self) -> Indoors:
        """No stretch of any segment."""
        return Indoors(np.zeros(len(self.segments) + 1, np.int64), np.empty(0), np.empty(0))

    @cached_property
    def _frame(self) -> tuple[FloatArray, float, tuple[int, int]]:
        ends = np.concatenate([self.segments.xy.reshape(-1, 2), self.walls.reshape(-1, 2)])
        if len(ends) == 0:
            return np.zeros(2), CELL, (1, 1)
        low, size = ends.min(axis=0), np.ptp(ends, axis=0)
        cell = max(CELL, float(np.sqrt(size.prod() / MOST_CELLS)), float(size.max()) / MOST_CELLS)
        columns, rows = np.floor(size / cell).astype(int) + 1
        return low, cell, (int(columns), int(rows))

    @cached_property
    def street_grid(self) -> Grid:
        """The street segments in the scene's cells."""
        return make_grid(self.segments.xy, *self._frame)

    @cached_property
    def wall_grid(self) -> Grid:
        """The walls in the scene's cells."""
        return make_grid(self.walls, *self._frame)

    @cached_property
    def wall_tops(self) -> tuple[FloatArray, BoolArray]:
        """Height and party flag of the walls in the order of :attr:`wall_grid`."""
        item = self.wall_grid.item
        return np.ascontiguousarray(self.wall_height[item]), np.ascontiguousarray(self.party[item])
