"""The choice to be made: from each candidate mount at most so many views, one per heading and model, on exact lengths.

At each mount every heading x model is a closed-form clip of the mount's visible pieces. What a view would add is the
clipped length of those pieces after everything already covered has been taken out of them; one mount never sees a point
of the axis twice, so the sum is exact and no view is rounded to cells.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.settings import CameraModel
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, Progress, intervals_of
from camgap.coverage.siting import gains

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CHUNK = 256  # mounts per task of the thread pool; below four tasks it does not pay


@dataclass(frozen=True)
class Pick:
    """One new view: where, what, which way, and what it adds after those picked before it."""

    mount: int
    model: int
    azimuth: float  # [°]
    gain_m: float
    cost: float


@dataclass(frozen=True)
class Density:
    """A weight per metre along the street axis, constant on each of the equal cells of a straight piece.

    Parameters
    ----------
    first : int64 array, shape (m + 1,)
        Segment s has the cells ``first[s]:first[s + 1]``, at least one.
    mass : float64 array, shape (n + 1,)
        The weight of the axis from its beginning to where each cell begins, and to the end of the last [m].
    """

    first: IntArray
    mass: FloatArray


@dataclass(frozen=True)
class Choices:
    """The covering problem: from each mount at most `per_mount` views, one per heading and model.

    Parameters
    ----------
    scene : Scene
    sites : float64 array, shape (s, 2)
        Easting, northing of the mounts [m].
    pieces : Pieces
        What is visible from each, out to the farthest model's range.
    models : tuple of CameraModel
    lenses : Views
        What each model sees: one view per model, wherever and whichever way it looks.
    azimuth_steps : int
        Headings tried: multiples of 360° / azimuth_steps.
    per_mount : int
    """

    scene: Scene
    sites: FloatArray
    pieces: Pieces
    models: tuple[CameraModel, ...]
    lenses: Views
    azimuth_steps: int
    per_mount: int = 1

    @cached_property
    def costs(self) -> FloatArray:
        """Price of each model, shape (m,)."""
        return np.array([m.price for m in self.models])

    @cached_property
    def length(self) -> Density:
        """The density 1, whose weight is length."""
        s = self.scene.segments
        return Density(np.arange(len(s) + 1), np.append(s.start, s.end[-1:]))

    @cached_property
    def effort(self) -> IntArray:
        """What measuring each mount takes: visible pieces x models, shape (s,)."""
        return np.diff(self.pieces.ptr) * len(self.models)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the mounts."""
        return shapely.STRtree(shapely.points(self.sites))

    def best_gains(
        self,
        mounts: IntArray,
        covered: Stretches,
        density: Density | None = None,
        progress: Progress | None = None,
    ) -> tuple[FloatArray, IntArray]:
        """Measure what the best heading of each model would add at given mounts.

        Parameters
        ----------
        mounts : int64 array, shape (k,)
        covered : Stretches
            What counts no more.
        density : Density, optional
            Every metre counts with this weight, not negative; 1 by default.

        Returns
        -------
        gain : float64 array, shape (k, m)
            Newly covered length [m], weighted.
        step : int64 array, shape (k, m)
            Heading, as a multiple of 360° / azimuth_steps; the first of equals.
        """
        s, p, weight = self.scene.segments, self.pieces, density or self.length
        gain, step = np.zeros((len(mounts), len(self.models))), np.zeros((len(mounts), len(self.models)), np.int64)

        def task(i: int) -> int:
            rows = slice(i, i + CHUNK)
            gains.best_gains(
                mounts[rows], self.sites, p.ptr, p.segment, p.t0, p.t1, s.xy, s.start, s.end, s.dark,
                covered.start, covered.end, weight.first, weight.mass, self.azimuth_steps, self.lenses.shapes,
                gain[rows], step[rows],
            )  # fmt: skip
            return min(i + CHUNK, len(mounts))

        starts = range(0, len(mounts), CHUNK)
        if len(starts) < 4:
            for i in starts:
                task(i)
            return gain, step
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(task, starts):
                if progress:
                    progress(done, len(mounts))
        return gain, step

    def azimuth_of(self, step: IntArray) -> FloatArray:
        """Return headings [°] of their numbers."""
        return step * 360.0 / self.azimuth_steps

    def intervals_of(self, mount: IntArray, model: IntArray, azimuth: FloatArray) -> Intervals:
        """Return what views, one per row, see of the street axis; owner is the row."""
        return intervals_of(self.scene, self.pieces, self.views_of(mount, model, azimuth), mount)

    def views_of(self, mount: IntArray, model: IntArray, azimuth: FloatArray) -> Views:
        """Return the views of models at mounts, one per row, ``camera`` counting from 0."""
        aimed = self.lenses.take(model)
        return replace(aimed, xy=self.sites[mount].reshape(-1, 2), azimuth=azimuth, camera=np.arange(len(mount)))

    def stretches_of(self, mount: int, model: int, azimuth: float) -> Stretches:
        """Return what one view sees of the street axis."""
        seen = self.intervals_of(np.array([mount]), np.array([model]), np.array([azimuth]))
        return union(seen.start, seen.end)

    def in_reach(self, mount: int, model: int) -> IntArray:
        """Return the mounts, in no order, whose gains can change once a view stands at `mount`."""
        distance = self.lenses.far[model] + self.lenses.far.max()
        found: IntArray = self.tree.query(shapely.Point(self.sites[mount]), predicate="dwithin", distance=distance)
        return found
