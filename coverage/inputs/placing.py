"""Camera lists -> inventory: onto the plane, out of the walls, and completed from declared presets.

In this order: cameras that do not work and cameras that cannot see the study area are set aside; those drawn in a
building move to a facade; what a list does not say is filled from the preset of the camera's kind. Every filling is
counted per field and recorded per camera, and nothing looks all round unless its list or its preset says so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import CameraAccount, RowSetAside
from camgap.coverage.errors import CameraError, SettingsError
from camgap.coverage.heads import RANGE_PX_PER_M, Heads, Inventory
from camgap.coverage.inputs.aiming import likely_azimuths
from camgap.coverage.inputs.directions import Heading
from camgap.coverage.inputs.facades import move_to_facades
from camgap.coverage.inputs.inventory import CameraList, osm_cameras, require_any, unique_ids
from camgap.coverage.inputs.lenses import heads_by_camera, lenses_of, unknown_models
from camgap.coverage.projection import to_lonlat, to_plane
from camgap.coverage.settings import CameraSettings
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

KINDS = ("fixed", "dome", "panning", "panoramic", "unknown")
_COLUMNS = (
    "id", "name", "source", "row", "kind", "status", "lon", "lat", "x", "y", "height", "tilt", "moved_m", "spread",
    "inspection", "p_working", "pole", "filled",
)  # fmt: skip


def place_cameras(
    lists: Sequence[CameraList],
    network: StreetNetwork,
    buildings: Buildings,
    area: shapely.Geometry | None,
    settings: CameraSettings,
) -> Inventory:
    """Return the cameras in use, as the scorer needs them, and the account of all that came in.

    Parameters
    ----------
    lists : sequence of CameraList
        In the order the cameras shall have.
    network : StreetNetwork
        Gives the plane, and the streets cameras without an azimuth look along.
    buildings : Buildings
        In the same CRS.
    area : Polygon or MultiPolygon, optional
        The study area in the network's CRS; without it the convex hull of the streets.
    settings : CameraSettings

    Raises
    ------
    CameraError
        If no camera of any list can be used, or all of one file are far away.
    SettingsError
        If a kind of camera has no preset.
    """
    absent = [kind for kind in KINDS if kind not in settings.presets]
    if absent:
        raise SettingsError(f"camera presets: there is none for {', '.join(absent)}; add [cameras.presets.{absent[0]}]")
    where = shapely.convex_hull(shapely.multipoints(network.xy)) if area is None else area
    placed, positions = [], []
    for cameras in lists:
        cameras, xy = _near_area(cameras.in_use(settings.not_working), where, network, settings)
        cameras, xy, moved = _out_of_walls(cameras, xy, buildings, settings)
        cameras, kept = _with_azimuth(cameras, settings)
        placed.append(cameras)
        positions.append((xy[kept], moved[kept]))
    require_any(placed)
    tables = [cameras.records for cameras in placed] or [osm_cameras([], [], [], []).records]
    records = pd.concat(tables, ignore_index=True)
    xy = np.concatenate([np.empty((0, 2)), *(p for p, _ in positions)])
    moved = np.concatenate([np.empty(0), *(m for _, m in positions)])
    heads, filled = _heads(records, xy, network, buildings, settings)
    table = records.assign(
        id=pd.Series(unique_ids(records["id"].tolist())[0], dtype=object),
        inspection=records.get("inspection", ""),
        p_working=records.get("p_working", np.nan),
        pole=records.get("pole", ""),
        x=xy[:, 0],
        y=xy[:, 1],
        moved_m=moved,
        spread=[max((heading.spread for heading in headings), default=0.0) for headings in records["headings"]],
        filled=pd.Series([",".join(fields) for fields in filled], dtype=object),
    )
    account = replace(_account(placed, moved, filled), unknown_models=unknown_models(records, settings))
    return Inventory(table[list(_COLUMNS)], heads, account)


def _account(lists: Sequence[CameraList], moved: FloatArray, filled: Sequence[Sequence[str]]) -> CameraAccount:
    set_aside: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    rows: tuple[RowSetAside, ...] = ()
    columns: dict[str, dict[str, str]] = {}
    for cameras in lists:
        set_aside.update(cameras.set_aside)
        rejected.update(cameras.rejected)
        rows += cameras.rows_set_aside
        columns.setdefault(cameras.source, {}).update(cameras.columns)
    return CameraAccount(
        read=sum(cameras.read for cameras in lists),
        used=len(moved),
        set_aside=dict(sorted(set_aside.items())),
        moved_to_facade=int((moved > 0).sum()),
        filled=dict(sorted(Counter(name for fields in filled for name in fields).items())),
        rejected=dict(sorted(rejected.items())),
        rows_set_aside=rows,
        columns=columns,
    )


# --- far from the study area ------------------------------------------------------------------------------------------


def _near_area(
    cameras: CameraList, area: shapely.Geometry, network: StreetNetwork, settings: CameraSettings
) -> tuple[CameraList, FloatArray]:
    """Set aside the cameras whose range does not reach the study area; return the others' positions [m]."""
    lonlat = cameras.records[["lon", "lat"]].to_numpy(dtype=np.float64)
    reach = _reach(lenses_of(cameras.records, settings)[0])
    xy, far = _far(lonlat, area, network, reach)
    if len(cameras) and far.all() and cameras.is_file:
        _, far_swapped = _far(lonlat[:, ::-1], area, network, reach)
        raise _all_far(cameras, lonlat, area, network, int((~far_swapped).sum()))
    details = [f"{_km(metres)} from the study area" for metres in _distances(xy[far], area)]
    return cameras.without(far, "far_from_area", details), xy[~far]


def _far(
    lonlat: FloatArray, area: shapely.Geometry, network: StreetNetwork, reach: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return positions in the plane [m], and which of them are farther from the area than they reach."""
    on_earth = np.abs(lonlat[:, 1]) <= 90
    xy = np.full(lonlat.shape, np.inf)
    xy[on_earth] = to_plane(lonlat[on_earth], network.crs)
    return xy, _distances(xy, area) > reach


def _distances(xy: FloatArray, area: shapely.Geometry) -> FloatArray:
    """Return distances from the area [m], 0 inside, infinite where the projection does not reach."""
    finite = np.isfinite(xy).all(axis=1)
    distance = np.full(len(xy), np.inf)
    distance[finite] = shapely.distance(shapely.points(xy[finite]), area)
    return np.where(np.isnan(distance), 0.0, distance)  # there is no area at all


def _km(metres: float) -> str:
    return f"{metres / 1000:,.0f} km" if metres >= 100_000 else f"{metres / 1000:.3g} km"


def _all_far(
    cameras: CameraList, lonlat: FloatArray, area: shapely.Geometry, network: StreetNetwork, fit_swapped: int
) -> CameraError:
    centre = to_lonlat(shapely.get_coordinates(shapely.centroid(area)), network.crs)[0]
    start = np.broadcast_to(centre, lonlat.shape)
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(start[:, 0], start[:, 1], lonlat[:, 0], lonlat[:, 1])
    nearest = int(np.argmin(metres))
    swap = (
        f"with longitude and latitude exchanged {fit_swapped} of them lie in it: exchange the two columns"
        if fit_swapped
        else "give the list and the OSM file of the same place"
    )
    return CameraError(
        f"{cameras.source}: all {len(cameras)} cameras are far from the study area: the nearest "
        f"(lon {lonlat[nearest, 0]:.5g}, lat {lonlat[nearest, 1]:.5g}) is {_km(metres[nearest])} from its centre "
        f"(lon {centre[0]:.5g}, lat {centre[1]:.5g}); {swap}"
    )


# --- out of walls, and which way they look ----------------------------------------------------------------------------


def _out_of_walls(
    cameras: CameraList, xy: FloatArray, buildings: Buildings, settings: CameraSettings
) -> tuple[CameraList, FloatArray, FloatArray]:
    """Move cameras out of footprints; return the list without those too deep, positions and distances moved [m]."""
    heading = np.array(
        [
            _one_heading(headings, hfov)
            for headings, hfov in zip(cameras.records["headings"], cameras.records["hfov"].tolist(), strict=True)
        ],
        dtype=np.float64,
    )
    placed = move_to_facades(xy, heading, buildings, settings.facade_offset_m, settings.facade_limit_m)
    deep = placed.deep
    limit = f"no wall within {settings.facade_limit_m:g} m"
    details = [limit + ("" if np.isnan(azimuth) else f" faces {azimuth:g}°") for azimuth in heading[deep]]
    moved = np.hypot(*(placed.xy - xy).T)
    return cameras.without(deep, "deep_in_building", details), placed.xy[~deep], moved[~deep]


def _one_heading(headings: Sequence[Heading], hfov: float) -> float:
    """Return the one direction a camera looks in [°], NaN if that is unknown, all round or more than one."""
    if len(headings) != 1:
        return np.nan
    width = hfov if headings[0].span is None else headings[0].span
    return np.nan if width == 360 else headings[0].azimuth


def _with_azimuth(cameras: CameraList, settings: CameraSettings) -> tuple[CameraList, BoolArray]:
    """Set aside cameras without an azimuth whose preset asks for it; return the mask of the others as well."""
    strict = cameras.records["kind"].map({k: p.azimuth == "set_aside" for k, p in settings.presets.items()})
    gone = strict.to_numpy(dtype=bool) & _aimless(cameras.records)
    return cameras.without(gone, "no_azimuth"), ~gone


def _aimless(records: pd.DataFrame) -> BoolArray:
    """Tell which cameras have no azimuth and need one."""
    unknown = np.array([not headings for headings in records["headings"]], dtype=bool)
    return unknown & (records["hfov"].to_numpy(dtype=np.float64) != 360)


def _heads(
    records: pd.DataFrame, xy: FloatArray, network: StreetNetwork, buildings: Buildings, settings: CameraSettings
) -> tuple[Heads, list[list[str]]]:
    """Return the heads of all cameras, and the fields filled for each."""
    lens, filled = lenses_of(records, settings)
    turns = records["kind"].map({k: p.azimuth == "all_round" for k, p in settings.presets.items()}).to_numpy(dtype=bool)
    aimless = _aimless(records)
    aimed = aimless & ~turns & (lens.hfov != 360)
    azimuth = np.where(aimless & turns, np.nan, 0.0)
    azimuth[aimed] = likely_azimuths(xy[aimed], lens.hfov[aimed], _reach(lens)[aimed], network, buildings)
    for i, headings in enumerate(records["headings"]):
        if "hfov" in filled[i] and headings and all(heading.span is not None for heading in headings):
            filled[i].remove("hfov")  # every angle is given
        filled[i] = ["azimuth"] * bool(aimed[i]) + ["all_round"] * bool(np.isnan(azimuth[i])) + filled[i]
    return heads_by_camera(records, lens, xy, azimuth, settings), filled


def _reach(lens: Heads) -> FloatArray:
    """Return how far cameras see straight ahead at "detect" [m], whatever their height."""
    return np.minimum(lens.focal_px / RANGE_PX_PER_M, lens.range_m)
