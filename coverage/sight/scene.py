"""The scene of a study: street segments to be seen and walls that hide them, in a grid."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.streets import Segments, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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


def walls_of(footprints: npt.NDArray[np.object_]) -> FloatArray:
    """Return the walls of polygons as directed pieces with the building on their right, shape (w, 4).

    Seen from outside, such a wall runs counter-clockwise. A wall that two touching footprints share, in opposite
    directions, stands inside a block and hides nothing that the block does not hide: both copies are dropped.
    """
    rings, _ = shapely.get_rings(shapely.orient_polygons(footprints, exterior_cw=True), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    walls = np.hstack([xy[:-1], xy[1:]])[same] if len(xy) else np.empty((0, 4))
    walls = walls[(walls[:, :2] != walls[:, 2:]).any(axis=1)]
    return walls[~_shared(walls)]


def _shared(walls: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which walls also stand in the opposite direction, vertex for vertex."""
    ends = np.ascontiguousarray(walls).view(np.complex128).reshape(-1)  # one number per vertex sorts faster than two
    vertex = np.unique(ends, return_inverse=True)[1].reshape(-1, 2)
    forward = vertex[:, 0] < vertex[:, 1]
    _, group = np.unique(vertex.min(axis=1) * len(ends) + vertex.max(axis=1), return_inverse=True)
    size = group.max(initial=-1) + 1
    ways = np.bincount(group[forward], minlength=size), np.bincount(group[~forward], minlength=size)
    shared: npt.NDArray[np.bool_] = ((ways[0] > 0) & (ways[1] > 0))[group]
    return shared


@dataclass(frozen=True)
class Scene:
    """What can be seen and what stands in the way, in one projected CRS.

    Parameters
    ----------
    segments : Segments
        Street pieces in axis order.
    walls : float64 array, shape (w, 4)
        Building on the right of each (:func:`walls_of`).
    """

    segments: Segments
    walls: FloatArray

    @staticmethod
    def of(network: StreetNetwork, buildings: Buildings) -> "Scene":
        """Set up the scene of a network and the buildings around it."""
        return Scene(network.segments, walls_of(buildings.footprints))

    def without_walls(self) -> "Scene":
        """Return the same streets with every building taken away."""
        return Scene(self.segments, np.empty((0, 4)))

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
