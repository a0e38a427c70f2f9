"""Which cameras to visit, and in which order: those whose unknowns widen the band most, on a short walk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.errors import SettingsError
from camgap.coverage.heads import RANGE_PX_PER_M, Heads
from camgap.coverage.inputs.overrides import FOUND, TO_FILL, camera_keys
from camgap.coverage.projection import to_lonlat, to_plane
from camgap.coverage.quality.doubt import AT_THE_MOUNT, BAND, DRAWS, Doubt
from camgap.coverage.quality.tour import length_of, lower_bound, shortest_tour, trip_within
from camgap.coverage.quality.walking import Walks
from camgap.coverage.study import Study

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST = 25  # visits, unless something else is asked for: about a day's work
WORTH_M = 1.0  # a visit that narrows the band by less is not listed
CANDIDATES = 400  # cameras considered for a walk of given length, those of the widest bands
FAR_FROM_STREETS_M = 5000.0  # a start farther off is another town, or latitude and longitude exchanged
FILLED_AS = {  # unknown of a score -> the column of a visit list that settles it
    "azimuth": "azimuth", "hfov": "fov", "range": "pixels", "height": "height_m", "tilt": "tilt", "status": "status",
}  # fmt: skip
COLUMNS = (
    "stop", "source", "camera", "name", "street", "longitude", "latitude", "walk_m", "band_m", "unknown", "assumed",
    *FOUND, *TO_FILL,
)  # fmt: skip
MISPLACED = "deep_in_building"  # reason of cameras set aside of which a visit can tell where they are


@dataclass(frozen=True)
class Visits:
    """Cameras to visit, in the order of a round trip on foot.

    Parameters
    ----------
    table : DataFrame
        One row per visit, columns :data:`COLUMNS`: its number, the camera's source and key, what is known of its place,
        ``walk_m`` (street distance from the stop before, of the first from the start or from the last stop [m]),
        ``band_m`` (how much its unknowns widen the band of the covered length [m]), what is not known and what is
        assumed of it, and empty columns to fill.
    path : LineString or None
        The walk, longitude and latitude [°]; None without a visit.
    start : (float, float) or None
        Longitude, latitude where it starts and ends [°]; None: at its first stop.
    length_m : float
        Of the round trip, along the streets [m].
    bound_m : float
        No round trip through these stops is shorter [m] (Held-Karp).
    by_air_m : float
        Of `length_m`, in a straight line between places that the streets read do not connect [m].
    worth : int
        Cameras whose unknowns widen the band by :data:`WORTH_M` or more.
    band_m, after_m : (float, float)
        5 and 95 % quantile of the covered length today, and once the cameras listed are known to be as assumed [m],
        of all that a visit can settle.
    covered_m : float
        Covered length of the score [m].
    misplaced : DataFrame
        Cameras that are not used because their place cannot be right, the same columns without ``stop``, ``walk_m`` and
        ``band_m``: the walk does not lead there.
    """

    table: pd.DataFrame
    path: shapely.LineString | None
    start: tuple[float, float] | None
    length_m: float
    bound_m: float
    by_air_m: float
    worth: int
    band_m: tuple[float, float]
    after_m: tuple[float, float]
    covered_m: float
    misplaced: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)


def plan_visits(
    study: Study,
    most: int | None = None,
    length_m: float | None = None,
    start: tuple[float, float] | None = None,
) -> Visits:
    """Choose the cameras whose visit narrows the band most, and walk them in a short round trip.

    Parameters
    ----------
    study : Study
        The walk keeps to its streets, footways among them if they were read.
    most : int, optional
        Visits at most; :data:`MOST` unless a length is given.
    length_m : float, optional
        Length of the walk at most [m].
    start : (float, float), optional
        Longitude, latitude where the walk starts and ends [°].

    Raises
    ------
    SettingsError
        If there is no street to walk on, or the start is far from all streets.
    """
    if not len(study.network):
        raise SettingsError("visits: there is no street to walk on in the study area")
    doubt = Doubt(study, study.settings.bands.draws or DRAWS)
    width = doubt.marginal_widths() if len(study.inventory) else np.zeros(0)
    ranked = np.lexsort((np.arange(len(width)), -width))
    ranked = ranked[width[ranked] >= WORTH_M]
    chosen = ranked[: most or MOST] if length_m is None else ranked[:CANDIDATES]
    xy = study.inventory.cameras[["x", "y"]].to_numpy(np.float64)[chosen]
    first = [] if start is None else [_start(study, start)]
    walks = Walks.between(study.network, np.vstack([*first, xy]).reshape(-1, 2))
    trip = _trip(walks.distance, np.concatenate([np.zeros(len(first)), width[chosen]]), len(first), most, length_m)
    stops = trip[len(first) :]
    visited = chosen[stops - len(first)]
    settled = np.zeros(len(width), dtype=bool)
    settled[visited] = True
    length = length_of(trip, walks.distance)
    return Visits(
        _table(study, doubt, width, visited, _steps(walks, trip)[len(first) :]),
        _path(study, walks, trip) if len(stops) else None, start,
        length, lower_bound(walks.distance[np.ix_(trip, trip)], length),
        float(_between(walks.distance * walks.by_air, trip).sum()), len(ranked),
        _band(doubt.lengths(AT_THE_MOUNT)), _band(doubt.lengths(AT_THE_MOUNT, settled)), doubt.covered_m,
        _misplaced(study),
    )  # fmt: skip


def _band(lengths: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(lengths, BAND)
    return float(low), float(high)


def _start(study: Study, lonlat: tuple[float, float]) -> FloatArray:
    xy = to_plane(np.array([lonlat]), study.network.crs)
    far = float(study.network.tree.query_nearest(shapely.points(xy), return_distance=True)[1].min(initial=np.inf))
    if far > FAR_FROM_STREETS_M:
        raise SettingsError(
            f"visits: the start (lat {lonlat[1]:g}, lon {lonlat[0]:g}) is {far / 1000:,.0f} km from the nearest "
            "street; write it as LAT,LON"
        )
    return xy


def _trip(distance: FloatArray, worth: FloatArray, given: int, most: int | None, limit: float | None) -> IntArray:
    """Return the round trip, the start (if `given`) or the widest band first."""
    if len(distance) <= given:
        return np.arange(given)
    if limit is None:
        return shortest_tour(distance)
    cap = len(distance) if most is None else most - (1 - given)  # the first stop is a visit, a given start is none
    return trip_within(distance, worth, limit, cap)


def _between(matrix: FloatArray, trip: IntArray) -> FloatArray:
    """Return the entry of a matrix for every step of a round trip, the step back to the start first."""
    return matrix[np.roll(trip, 1), trip] if len(trip) > 1 else np.zeros(len(trip))


def _steps(walks: Walks, trip: IntArray) -> FloatArray:
    return _between(walks.distance, trip)


def _path(study: Study, walks: Walks, trip: IntArray) -> shapely.LineString:
    ways = [walks.way(a, b) for a, b in zip(trip.tolist(), np.roll(trip, -1).tolist(), strict=True)]
    xy = np.vstack([shapely.get_coordinates(way) for way in ways])
    fresh = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
    kept = xy[fresh] if fresh.sum() > 1 else xy[:2]
    return shapely.LineString(to_lonlat(kept, study.network.crs))


def _table(study: Study, doubt: Doubt, width: FloatArray, visited: IntArray, walk_m: FloatArray) -> pd.DataFrame:
    c = study.inventory.cameras.iloc[visited].reset_index(drop=True)
    xy = c[["x", "y"]].to_numpy(np.float64)
    unknown = [[f for f in FILLED_AS if doubt.missing[f][i]] for i in visited.tolist()]
    keys = _keys(study)
    table = pd.DataFrame(
        {
            "stop": np.arange(1, len(c) + 1),
            "source": c["source"],
            "camera": [keys[source, name] for source, name in zip(c["source"], c["id"], strict=True)],
            "name": c["name"],
            "street": _streets(study, xy),
            "longitude": c["lon"].round(7),
            "latitude": c["lat"].round(7),
            "walk_m": walk_m.round(0).astype(np.int64),
            "band_m": width[visited].round(1),
            "unknown": [", ".join(FILLED_AS[field] for field in fields) for fields in unknown],
            "assumed": [
                assumed(study.inventory.heads, i, fields, float(spread))
                for i, fields, spread in zip(visited.tolist(), unknown, c["spread"].tolist(), strict=True)
            ],
        }
    )
    return table.assign(**dict.fromkeys((*FOUND, *TO_FILL), ""))[list(COLUMNS)]


def _streets(study: Study, xy: FloatArray) -> npt.NDArray[np.object_]:
    """Return the name of the street nearest to every place."""
    _, edges = study.network.tree.query_nearest(shapely.points(xy), all_matches=False)
    names: npt.NDArray[np.object_] = study.network.edges["name"].to_numpy(object)[edges]
    return names


def _misplaced(study: Study) -> pd.DataFrame:
    """Return the cameras set aside because they are drawn deep in a building, with empty columns to fill."""
    aside = {(r.source, r.id): r.detail for r in study.inventory.account.rows_set_aside if r.reason == MISPLACED}
    rows = [
        (cameras.source, key, name, lon, lat, aside[cameras.source, i])
        for cameras in study.lists
        for key, (i, name, lon, lat) in zip(
            camera_keys(cameras), cameras.records[["id", "name", "lon", "lat"]].itertuples(index=False), strict=True
        )
        if (cameras.source, i) in aside
    ]
    table = pd.DataFrame(rows, columns=["source", "camera", "name", "longitude", "latitude", "why"], dtype=object)
    lonlat = table[["longitude", "latitude"]].to_numpy(np.float64)
    return table.assign(
        stop="", walk_m="", band_m="", unknown="place", assumed="not used, drawn deep in a building: " + table["why"],
        street=_streets(study, to_plane(lonlat, study.network.crs)) if len(table) else "",
        longitude=lonlat[:, 0].round(7), latitude=lonlat[:, 1].round(7), **dict.fromkeys((*FOUND, *TO_FILL), ""),
    )[list(COLUMNS)]  # fmt: skip


def _keys(study: Study) -> Mapping[tuple[str, str], str]:
    """Return the key of every camera in use, by its source and its id in the inventory."""
    known = {
        (cameras.source, name): key
        for cameras in study.lists
        for name, key in zip(cameras.records["id"].tolist(), camera_keys(cameras), strict=True)
    }
    keys = {}
    for source, name in zip(study.inventory.cameras["source"], study.inventory.cameras["id"], strict=True):
        own = name if (source, name) in known else name.rpartition("#")[0]  # another list has a camera of the same id
        keys[source, name] = known[source, own]
    return keys


def assumed(heads: Heads, camera: int, unknown: Sequence[str], spread: float = 0.0) -> str:
    """Return in words what the score takes a camera's unknown fields to be, and how far off a stated azimuth may be."""
    rows = np.flatnonzero(heads.camera == camera)
    if not len(rows):
        return ""
    i = int(rows[0])
    pixels = heads.pixels[i]
    told = {
        "azimuth": "turns all round" if heads.hfov[i] >= 360 else f"azimuth {heads.azimuth[i]:.0f}°",
        "hfov": f"fov {heads.hfov[i]:.0f}°",
        "range": f"range {heads.focal_px[i] / RANGE_PX_PER_M:g} m" if np.isnan(pixels) else f"pixels {pixels:.0f}",
        "height": "no height" if np.isnan(heads.height[i]) else f"height {heads.height[i]:g} m",
        "tilt": "no tilt" if np.isnan(heads.tilt[i]) else f"tilt {heads.tilt[i]:g}°",
        "status": "working",
    }
    if spread:
        told["azimuth"] += f" ± {spread:g}°"
    return ", ".join(told[field] for field in unknown)
