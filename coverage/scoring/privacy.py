"""Privacy, computed: residential frontage and sensitive places in view.

Frontage is the length of outside wall that faces a camera in its line of sight and range (see ``frontage.py``). Whether
people live behind a wall is what the building's tags say: "residential", "other", or "unknown" (``building=yes`` and no
more), which is reported beside the residential and never mixed into it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals, union, union_by_owner
from camgap.coverage.projection import to_plane
from camgap.coverage.scoring.frontage import Facades
from camgap.coverage.sight.polygon import view_polygons
from camgap.coverage.sight.scene import Scene

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

USES = ("residential", "unknown", "other")
RANGE_PX_PER_M = 25.0  # what a view has left at its range, by the presets' and models' own definition
LEVELS = {"detect": 25.0, "observe": 62.5, "recognise": 125.0, "identify": 250.0}  # px/m, EN 62676-4:2015
MOSTLY = 0.5  # of a footprint inside a place's grounds: then it is the place's building
LEAST_GROUND_M2 = 1.0  # of a place's grounds in a view's outline; less is the rim of a wall


@dataclass(frozen=True)
class Intrusion:
    """What a set of views sees of facades.

    Parameters
    ----------
    seen_m : dict
        Use -> level -> facade in view of at least one camera, at that level or better [m].
    cameras : DataFrame
        One row per camera, columns ``residential_m``, ``unknown_m`` (any level) and ``recognise_m`` (residential facade
        at 125 px/m or better).
    """

    seen_m: dict[str, dict[str, float]]
    cameras: pd.DataFrame


@dataclass(frozen=True)
class Privacy:
    """Facades and sensitive places of a study area, ready to be held against views.

    Parameters
    ----------
    scene : Scene
        Streets and walls.
    facades : Facades
    use : object array of str, shape (b,)
        Of every footprint, one of :data:`USES`.
    counted : bool array, shape (b,)
        Footprints that reach into the study area; the others are not counted, in view or not.
    places : DataFrame
        ``id``, ``kind``, ``name``, ``geometry`` (in the plane), ``buildings`` (int64 array: footprint rows), those in
        the study area only.
    """

    scene: Scene
    facades: Facades
    use: npt.NDArray[np.object_]
    counted: BoolArray
    places: pd.DataFrame

    @staticmethod
    def of(scene: Scene, buildings: Buildings, area: BaseGeometry, places: pd.DataFrame) -> "Privacy":
        """Set up the facades and places of a study.

        Parameters
        ----------
        area : shapely Polygon or MultiPolygon
            The study area in the plane of `buildings`.
        places : DataFrame
            ``id``, ``kind``, ``name``, ``geometry`` in WGS 84 longitude, latitude [°]; may be empty.
        """
        use = np.full(len(buildings.footprints), "unknown", object) if buildings.use is None else buildings.use
        shapely.prepare(area)
        inside = np.asarray(shapely.intersects(area, buildings.footprints), bool).reshape(-1)
        return Privacy(scene, Facades.of(scene, buildings), use, inside, _placed(places, buildings, area))

    def frontage_m(self) -> dict[str, float]:
        """Return the length of outside wall in the study area by use [m]."""
        length = np.zeros(len(self.use))
        length[: len(self.facades.length)] = self.facades.length
        return {use: float(length[self._of(use)].sum()) for use in USES}

    def residential_of(self, views: Views) -> FloatArray:
        """Return the residential facade each view sees, shape (v,) [m]; a price for the planner."""
        seen = self._only(self.facades.seen_by(views)["any"], self._of("residential"))
        return np.bincount(seen.owner, self._metres(seen), minlength=len(views)).astype(np.float64)

    def added(self, existing: Views, views: Views) -> FloatArray:
        """Return the residential facade each of `views` sees and no existing view does, shape (v,) [m]."""
        wanted = self._of("residential")
        old = self._only(self.facades.seen_by(existing)["any"], wanted)
        old_and_bare = self.facades.free_of(union(old.start, old.end))
        seen = self._only(self.facades.seen_by(views)["any"], wanted)
        metres = old_and_bare.length_within(seen.start, seen.end)
        return np.bincount(seen.owner, metres, minlength=len(views)).astype(np.float64)

    def intrusion(self, views: Views, n_cameras: int, reach: Mapping[str, FloatArray] | None = None) -> Intrusion:
        """Measure what views see of the facades.

        Parameters
        ----------
        views : Views
            ``views.camera`` counts from 0 to `n_cameras` - 1.
        reach : mapping of str to float64 array, shape (v,), optional
            Distance up to which each view gives each of :data:`LEVELS` [m]. Without it the range of a view is taken for
            the distance at which 25 px/m are left, as camgap's presets and models define it: twice the detail at half
            the distance.
        """
        reach = reach or {level: views.far * (RANGE_PX_PER_M / px) for level, px in LEVELS.items()}
        seen = self.facades.seen_by(views, reach)
        seen_m = {
            use: {level: self._united(self._only(found, self._of(use))) for level, found in seen.items()}
            for use in ("residential", "unknown")
        }

        def per_camera(use: str, level: str) -> FloatArray:
            own = union_by_owner(self._only(seen[level], self._of(use)).owned_by(views.camera))
            return np.bincount(own.owner, self._metres(own), minlength=n_cameras).astype(np.float64)

        columns = {
            "residential_m": per_camera("residential", "detect"),
            "unknown_m": per_camera("unknown", "detect"),
            "recognise_m": per_camera("residential", "recognise"),
        }
        return Intrusion(seen_m, pd.DataFrame(columns))

    def places_in_view(self, views: Views) -> pd.DataFrame:
        """Tell which sensitive places are in view, and how far the nearest camera stands.

        A place is in view where a wall of its buildings is, or where a view's outline takes in a square metre of its
        grounds. A place mapped as a point in a building is that whole building: more than the place, never less.

        Returns
        -------
        DataFrame
            One row per place: ``id``, ``kind``, ``name``, ``in_view`` (bool), ``facade_m``, ``views`` (how many take it
            in), ``distance_m`` (to the nearest mount; NaN without views), ``nearest`` (row of that view, -1 if none).
        """
        table = self.places[["id", "kind", "name"]].reset_index(drop=True)
        n = len(table)
        seen = self.facades.seen_by(views)["any"] if n else Intervals.none()
        footprint = self.facades.footprint_at(seen.start) if len(seen) else np.empty(0, np.int64)
        outlines = view_polygons(self.scene, views) if n and len(views) else np.empty(0, object)
        tree, mounts = shapely.STRtree(outlines), shapely.points(views.xy)
        facade, takers, distance, nearest = np.zeros(n), np.zeros(n, np.int64), np.full(n, np.nan), np.full(n, -1)
        for i, (where, rows) in enumerate(zip(self.places["geometry"], self.places["buildings"], strict=True)):
            at = np.isin(footprint, rows)
            facade[i] = self._united(Intervals(seen.start[at], seen.end[at], seen.owner[at]))
            lookers = set(seen.owner[at].tolist()) | _overlooking(where, tree, outlines, bool(len(rows)))
            takers[i] = len(lookers)
            if len(views):
                metres = shapely.distance(mounts, where)
                nearest[i] = int(np.argmin(metres))
                distance[i] = metres[nearest[i]]
        return table.assign(
            in_view=takers > 0, facade_m=facade, views=takers, distance_m=distance, nearest=nearest.astype(np.int64)
        )

    def _of(self, use: str) -> BoolArray:
        return np.asarray(self.use == use, bool) & self.counted

    def _only(self, seen: Intervals, wanted: BoolArray) -> Intervals:
        if not len(seen):
            return seen
        keep = wanted[self.facades.footprint_at(seen.start)]
        return Intervals(seen.start[keep], seen.end[keep], seen.owner[keep])

    def _metres(self, seen: Intervals) -> FloatArray:
        return self.facades.exposed.length_within(seen.start, seen.end)

    def _united(self, seen: Intervals) -> float:
        return self.facades.length_of(union(seen.start, seen.end))


def _overlooking(
    where: BaseGeometry, tree: shapely.STRtree, outlines: npt.NDArray[np.object_], in_building: bool
) -> set[int]:
    """Return the views whose outline takes in a place that is a point in the open, or has grounds."""
    if where.geom_type == "Point":
        return set() if in_building else set(tree.query(where, predicate="intersects").tolist())
    near = tree.query(where, predicate="intersects")
    return set(near[shapely.area(shapely.intersection(outlines[near], where)) >= LEAST_GROUND_M2].tolist())


def _placed(places: pd.DataFrame, buildings: Buildings, area: BaseGeometry) -> pd.DataFrame:
    """Bring places to the plane and find their buildings; those outside the area are left out."""
    rows = []
    for place in places.itertuples(index=False) if len(places) else ():
        where = shapely.transform(place.geometry, lambda xy: to_plane(xy, buildings.crs))
        where = where if where.is_valid else shapely.make_valid(where)
        if not shapely.intersects(area, where):
            continue
        met = buildings.tree.query(where, predicate="intersects")
        if where.geom_type != "Point":
            within = shapely.area(shapely.intersection(buildings.footprints[met], where))
            met = met[within > MOSTLY * shapely.area(buildings.footprints[met])]
        rows.append((place.id, place.kind, place.name, where, np.sort(met)))
    return pd.DataFrame(rows, columns=["id", "kind", "name", "geometry", "buildings"])
