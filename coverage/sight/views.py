"""Look once, aim later: visible pieces per mount, and what views make of them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals
from camgap.coverage.sight import clip, kernel
from camgap.coverage.sight.scene import Scene

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]

CHUNK = 512  # mounts per task of the thread pool


@dataclass(frozen=True)
class Pieces:
    """The visible pieces of street around mounts, out to each mount's radius.

    Parameters
    ----------
    ptr : int64 array, shape (s + 1,)
        Mount i has the pieces ``ptr[i]:ptr[i + 1]``.
    segment : int64 array, shape (p,)
        Row of ``scene.segments``.
    t0, t1 : float64 arrays, shape (p,)
        Part of the segment, 0 <= t0 < t1 <= 1.
    """

    ptr: IntArray
    segment: IntArray
    t0: FloatArray
    t1: FloatArray

    def __len__(self) -> int:
        return len(self.segment)


def look(
    scene: Scene, sites: FloatArray, radius: FloatArray, progress: Progress | None = None,
    lens: FloatArray | None = None,
) -> Pieces:  # fmt: skip
    """Find every visible piece of street around mounts.

    Parameters
    ----------
    sites : float64 array, shape (s, 2)
        Easting, northing [m]; outside every footprint (a mount inside sees through its own walls).
    radius : float64 array, shape (s,)
        How far to look from each [m].
    progress : callable, optional
        Called with mounts done and mounts in all.
    lens : float64 array, shape (s,), optional
        Height of each lens above ground [m]: it sees over lower walls of known height. NaN, as by default, is unknown,
        and every wall hides all that is behind it.
    """
    # Copies, as numba compiles anew for arrays that cannot be written to.
    sites = np.array(sites, dtype=np.float64, order="C").reshape(-1, 2)
    radius = np.array(np.broadcast_to(radius, len(sites)), dtype=np.float64)
    lens = np.array(np.broadcast_to(np.nan if lens is None else lens, len(sites)), dtype=np.float64)
    walls, streets = scene.wall_grid, scene.street_grid
    indoors = scene.no_indoors if np.isnan(lens).all() else scene.indoors
    frame = (
        scene.target, *walls.origin, walls.cell, *walls.shape, walls.ptr, walls.xy, *scene.wall_tops,
        streets.ptr, streets.item, streets.xy, indoors.ptr, indoors.t0, indoors.t1,
    )  # fmt: skip
    starts = range(0, len(sites), CHUNK)

    def task(i: int) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        return kernel.look_around(sites[i : i + CHUNK], radius[i : i + CHUNK], lens[i : i + CHUNK], *frame)

    parts = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, part in zip(starts, pool.map(task, starts), strict=True):
            parts.append(part)
            if progress:
                progress(min(done + CHUNK, len(sites)), len(sites))
    if not parts:
        return Pieces(np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))
    counts = np.concatenate([np.diff(ptr) for ptr, *_ in parts])
    columns = (np.concatenate(column) for column in zip(*(rest for _, *rest in parts), strict=True))
    return Pieces(np.concatenate([[0], np.cumsum(counts)]), *columns)


def intervals_of(scene: Scene, pieces: Pieces, views: Views, site: IntArray) -> Intervals:
    """Clip visible pieces to views.

    Parameters
    ----------
    pieces : Pieces
        Their radius must reach at least as far as the views.
    site : int64 array, shape (v,)
        The mount each view stands at, a row of ``pieces.ptr``.

    Returns
    -------
    Intervals
        Owner is the row of the view.
    """
    s = scene.segments
    start, end, view = clip.clip_views(
        views.xy, views.azimuth, views.shapes, pieces.ptr, np.ascontiguousarray(site, np.int64),
        pieces.segment, pieces.t0, pieces.t1, s.xy, s.start, s.end, s.dark,
    )  # fmt: skip
    return Intervals(start, end, view)


def seen_by(scene: Scene, views: Views, progress: Progress | None = None) -> Intervals:
    """Return the street-axis intervals each view sees; owner is the row of the view.

    Views at one point and height look around once.
    """
    sites, lens, site = places_of(views.xy, views.lens)
    reach = np.zeros(len(sites))
    np.maximum.at(reach, site, views.far)
    return intervals_of(scene, look(scene, sites, reach, progress, lens), views, site)


def places_of(xy: FloatArray, lens: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the different places of lenses, their heights, and the place of each; equal heights of NaN are one."""
    known = np.where(np.isnan(lens), -np.inf, lens)  # equal to itself, as NaN is not
    rows, place = np.unique(np.column_stack([xy, known]), axis=0, return_inverse=True)
    height = np.where(np.isneginf(rows[:, 2]), np.nan, rows[:, 2])
    return np.ascontiguousarray(rows[:, :2]), height, place.reshape(-1)
