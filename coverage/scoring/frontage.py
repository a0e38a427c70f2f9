"""Facades in view: the walls of buildings laid end to end on an axis of their own, and what views see of them.

The line-of-sight kernel sees street segments. Here the walls themselves, moved a hand's breadth out of the building,
take the streets' place: the same exact clips then answer which metre of facade is in whose view. A wall is in view from
its front only, and only where it is seen at less than :data:`FACING` from its perpendicular.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.optics import half_angle
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Progress, intervals_of, look, places_of
from camgap.coverage.streets import Segments

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

OFFSET_M = 0.05  # of a facade from its wall: less than the 0.1 m a camera on a facade stands off it
FACING = 80.0  # [°] from the perpendicular: at a more grazing angle a window shows its frame and no room (assumption)


@dataclass(frozen=True)
class Facades:
    """The outside walls of buildings on the facade axis; courtyards count, walls inside a neighbour do not.

    Parameters
    ----------
    scene : Scene
        Its segments are the walls, :data:`OFFSET_M` out of their building; ``segments.edge`` is the row of the
        footprint; its walls hide as they hide streets.
    exposed : Stretches
        Of the facade axis: where the wall stands free, in no other footprint.
    """

    scene: Scene
    exposed: Stretches

    @staticmethod
    def of(scene: Scene, buildings: Buildings) -> "Facades":
        """Lay out the facades of all footprints; `scene` brings the walls that hide them."""
        walls, footprint = _walls(buildings.footprints)
        along = walls[:, 2:] - walls[:, :2]
        length = np.hypot(*along.T)
        out = np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None] * OFFSET_M  # the building is on the right
        xy = walls + np.hstack([out, out])
        ends = np.concatenate([[0.0], np.cumsum(length)])
        segments = Segments(np.ascontiguousarray(xy), footprint, ends[:-1], ends[1:])
        inside = _inside_neighbours(segments, buildings)
        return Facades(replace(scene, segments=segments), inside.complement(0.0, float(ends[-1])))

    @cached_property
    def length(self) -> FloatArray:
        """Exposed length of every footprint's walls [m], shape (largest footprint row + 1,)."""
        s = self.scene.segments
        return np.bincount(s.edge, self.exposed.length_within(s.start, s.end)).astype(np.float64)

    def footprint_at(self, at: FloatArray) -> IntArray:
        """Return the footprint row of positions on the facade axis."""
        s = self.scene.segments
        return s.edge[np.clip(np.searchsorted(s.start, at, side="right") - 1, 0, len(s) - 1)]

    def seen_by(
        self, views: Views, reach: Mapping[str, FloatArray] | None = None, progress: Progress | None = None
    ) -> dict[str, Intervals]:
        """Return what each view sees of the facades, once per level of detail; owner is the row of the view.

        A view's near limit is where a person on the ground enters the picture from below; a facade stands higher than
        that, so it is seen from the lens on.

        Parameters
        ----------
        views : Views
        reach : mapping of str to float64 array, shape (v,), optional
            Level -> distance up to which each view gives it [m], 0 for not at all; beyond ``views.far`` nothing is
            seen. Without it, one level "any" with ``views.far``.
        """
        reach = {"any": views.far} if reach is None else reach
        if not len(views) or not len(self.scene.segments):
            return {level: Intervals.none() for level in reach}
        sites, _, site = places_of(views.xy, np.full(len(views), np.nan))
        farthest = np.zeros(len(sites))
        np.maximum.at(farthest, site, views.far)
        pieces = look(self.scene, sites, farthest, progress)
        out = {}
        for level, far in reach.items():
            rows = np.flatnonzero(far > 0)
            nearer = upright(views.take(rows), np.minimum(far, views.far)[rows])
            found = intervals_of(self.scene, pieces, nearer, site[rows]).owned_by(rows)
            out[level] = self._facing(found, views)
        return out

    def _facing(self, found: Intervals, views: Views) -> Intervals:
        """Clip each stretch to where its wall faces the lens; a stretch lies on one wall."""
        s = self.scene.segments
        row = np.searchsorted(s.start, found.start, side="right") - 1
        foot, spread = self.facing(row, views.xy[found.owner])
        start = np.maximum(found.start, s.start[row] + foot - spread)
        end = np.minimum(found.end, s.start[row] + foot + spread)
        keep = start < end
        return Intervals(start[keep], end[keep], found.owner[keep])

    def facing(self, row: IntArray, lens: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Tell which part of walls faces lenses: so far to both sides of the foot of the lens on the wall's line.

        Parameters
        ----------
        row : int64 array, shape (n,)
            Of ``scene.segments``.
        lens : float64 array, shape (n, 2)
            Easting, northing [m].

        Returns
        -------
        foot, spread : float64 arrays, shape (n,)
            Along the wall's line from its beginning, and to both sides of that [m]; a spread of 0 where the lens stands
            behind the wall.
        """
        s = self.scene.segments
        begin, length = s.xy[row, :2], s.end[row] - s.start[row]
        along = (s.xy[row, 2:] - begin) / length[:, None]
        away = lens - begin
        foot = (away * along).sum(axis=1)
        before = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]  # distance in front of the wall's line [m]
        spread = np.maximum(before, 0.0) * np.tan(np.radians(FACING))
        return foot, spread

    def free_of(self, taken: Stretches) -> Stretches:
        """Return the exposed stretches without those of `taken`."""
        covered = self.exposed.complement(0.0, self._end)
        both = union(np.concatenate([covered.start, taken.start]), np.concatenate([covered.end, taken.end]))
        return both.complement(0.0, self._end)

    @property
    def _end(self) -> float:
        return float(self.scene.segments.end[-1]) if len(self.scene.segments) else 0.0

    def length_of(self, seen: Stretches) -> float:
        """Return the exposed length of stretches of the facade axis [m]."""
        return float(self.exposed.length_within(seen.start, seen.end).sum())


def _walls(footprints: npt.NDArray[np.object_]) -> tuple[FloatArray, IntArray]:
    """Return all walls, shape (w, 4), building on the right, and the footprint of each."""
    polygons = shapely.orient_polygons(footprints, exterior_cw=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return np.empty((0, 4)), np.empty(0, np.int64)
    same = ring[1:] == ring[:-1]
    walls, owner = np.hstack([xy[:-1], xy[1:]])[same], polygon[ring[:-1][same]]
    real = (walls[:, :2] != walls[:, 2:]).any(axis=1)
    return walls[real], owner[real].astype(np.int64)


def _inside_neighbours(segments: Segments, buildings: Buildings) -> Stretches:
    """Return the stretches of the facade axis that lie in another footprint than their own."""
    if not len(segments):
        return Stretches(np.empty(0), np.empty(0))
    lines = shapely.linestrings(segments.xy.reshape(-1, 2, 2))
    line, other = buildings.tree.query(lines, predicate="intersects")
    foreign = other != segments.edge[line]
    line, other = line[foreign], other[foreign]
    parts, of = shapely.get_parts(shapely.intersection(lines[line], buildings.footprints[other]), return_index=True)
    real = shapely.length(parts) > 0
    parts, line = parts[real], line[of[real]]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    begin, length = segments.xy[line, :2], (segments.end - segments.start)[line]
    along = (segments.xy[line, 2:] - begin) / length[:, None]
    at = ((xy - begin[part]) * along[part]).sum(axis=1)
    low, high = np.full(len(parts), np.inf), np.full(len(parts), -np.inf)
    np.minimum.at(low, part, at)
    np.maximum.at(high, part, at)
    start = segments.start[line] + np.clip(low, 0.0, length)
    end = np.minimum(segments.start[line] + np.clip(high, 0.0, length), segments.end[line])
    keep = start < end
    return union(start[keep], end[keep])


def upright(views: Views, far: FloatArray) -> Views:
    """Return views, out to `far`, as sectors from the lens on: a facade rises through the picture, frame or not."""
    frame = views.is_frame
    wide = np.where(frame, 2 * half_angle(views.hfov, views.vfov, views.tilt, 0.0), views.hfov)
    none = np.full(len(views), np.nan)
    return Views(
        views.xy, views.azimuth, np.minimum(wide, 360.0), np.zeros(len(views)),
        np.where(frame, np.minimum(far, views.depth), far), views.camera, drop=none,
    )  # fmt: skip
