"""The verbs: load a study, score it, plan for it. The command line and the Python API are thin layers over these."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import CameraAccount, Inventory
from camgap.coverage.errors import DemandError, SettingsError
from camgap.coverage.inputs.area import StudyArea, read_polygons, study_area
from camgap.coverage.inputs.demand import Events, read_events
from camgap.coverage.inputs.download import fetch, outline_beside
from camgap.coverage.inputs.event_places import EventPlaces, place_events
from camgap.coverage.inputs.footprints import build_buildings
from camgap.coverage.inputs.inventory import CameraList, osm_cameras, read_cameras
from camgap.coverage.inputs.mounts_file import read_mounts
from camgap.coverage.inputs.network import build_network
from camgap.coverage.inputs.osm import OsmExtract, read_osm
from camgap.coverage.inputs.placing import place_cameras
from camgap.coverage.intervals import Intervals, union_by_owner
from camgap.coverage.polygons import project, stretches_inside
from camgap.coverage.projection import to_plane
from camgap.coverage.scoring.demand import AxisWeights, DemandScore, demand_score, kernel_weights
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.scoring.upkeep import Upkeep, condition_of, upkeep
from camgap.coverage.settings import Inputs, Settings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.mounts import Ground, Mounts, given_mounts, street_mounts
from camgap.coverage.siting.plan import Plan, make_plan
from camgap.coverage.streets import StreetAccount, StreetNetwork

OSM_POLES = {"street_lamp": "L", "traffic_signals": "T", "pole": "P", "utility_pole": "P", "mast": "P"}


@dataclass(frozen=True)
class Study:
    """Everything a score or a plan starts from.

    Parameters
    ----------
    settings : Settings
    area : StudyArea
    network : StreetNetwork
    streets : StreetAccount
        What became of every metre of street in the input.
    buildings : Buildings
    lists : tuple of CameraList
        The camera lists as read.
    inventory : Inventory
        The cameras as placed.
    districts : GeoDataFrame or None
        EPSG:4326, column ``name``.
    forbidden : GeoDataFrame or None
        EPSG:4326.
    poles : DataFrame
        Lamps, signals and poles of the OSM file: ``id``, ``kind``, ``lon``, ``lat``.
    own_mounts : DataFrame or None
        The user's own candidate mounts: ``id``, ``lon``, ``lat``.
    data_date : str or None
        Age of the OSM data, ISO 8601.
    files : tuple of Path
        Every file that was read.
    events : Events or None
        What weighs on the streets, as read; places and weights alone.
    event_places : EventPlaces or None
        The same on the street axis.
    """

    settings: Settings
    area: StudyArea
    network: StreetNetwork
    streets: StreetAccount
    buildings: Buildings
    lists: tuple[CameraList, ...]
    inventory: Inventory
    districts: gpd.GeoDataFrame | None
    forbidden: gpd.GeoDataFrame | None
    poles: pd.DataFrame
    own_mounts: pd.DataFrame | None
    data_date: str | None
    files: tuple[Path, ...]
    events: Events | None = None
    event_places: EventPlaces | None = None

    @cached_property
    def scene(self) -> Scene:
        """Streets and walls."""
        return Scene.of(self.network, self.buildings)

    @cached_property
    def district_stretches(self) -> Districts | None:
        """The districts on the street axis."""
        if self.districts is None:
            return None
        s = self.network.segments
        found = Intervals.none()
        for row, polygon in enumerate(self.districts.geometry):
            segment, t0, t1 = stretches_inside(s.xy, project(polygon, self.network.crs))
            size = (s.end - s.start)[segment]
            start = s.start[segment] + t0 * size
            end = np.where(t1 >= 1.0, s.end[segment], s.start[segment] + t1 * size)
            found = found.join(Intervals(start, end, np.full(len(segment), row)), 0)
        return Districts(tuple(self.districts["name"]), union_by_owner(found))

    @cached_property
    def demand(self) -> AxisWeights | None:
        """The weight of the events along the street axis, None without events."""
        places, s = self.event_places, self.settings.demand
        if places is None:
            return None
        return kernel_weights(self.network, places.at, places.weight, s.bandwidth_m, s.kernel, places.areas)

    def demand_of(self, report: Report) -> DemandScore | None:
        """Return how much of the demand a report's cameras see, None without events."""
        if self.demand is None:
            return None
        return demand_score(self.network, self.demand, report.seen, self.district_stretches, report.gaps)

    @cached_property
    def upkeep(self) -> Upkeep | None:
        """Covered length under failures, None without rules for it.

        Cameras that do not work count in what was designed, whether or not the score uses them. The table of cameras
        has their ``id`` and ``status`` as well.
        """
        settings = self.settings.upkeep
        if settings is None:
            return None
        inventory = self.inventory
        if not self.settings.cameras.not_working and any(
            (c.records["status"] == "not_working").any() for c in self.lists
        ):
            broken_too = self.settings.cameras.model_copy(update={"not_working": True})
            inventory = place_cameras(
                self.lists, self.network, self.buildings, self.area.in_plane(self.network.crs), broken_too
            )
        views = inventory.views
        found = upkeep(seen_by(self.scene, views).owned_by(views.camera), condition_of(inventory.cameras, settings))
        return replace(found, cameras=pd.concat([inventory.cameras[["id", "status"]], found.cameras], axis=1))

    def sources(self) -> list[dict[str, Any]]:
        """Return name, size and SHA-256 of every file that was read."""
        return [
            {"file": f.name, "bytes": f.stat().st_size, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()}
            for f in self.files
        ]


def read_inventories(sources: Sequence[str], extract: OsmExtract | None) -> list[CameraList]:
    """Read camera lists: files, or "osm" for the surveillance nodes of the extract.

    Raises
    ------
    SettingsError
        If "osm" is asked for and there is no OSM file.
    CameraError
        If a list cannot be used.
    """
    lists = []
    for source in sources:
        if source != "osm":
            lists.append(read_cameras(Path(source)))
        elif extract is None:
            raise SettingsError("--cameras osm: no OSM file is given; add --osm FILE")
        else:
            nodes = extract.cameras
            lists.append(osm_cameras(*(nodes[c].tolist() for c in ("id", "lon", "lat", "tags"))))
    return lists


@dataclass(frozen=True)
class CameraCheck:
    """What would be read from camera lists.

    Parameters
    ----------
    lists : tuple of CameraList
    study : Study or None
        None where no street network was given.
    """

    lists: tuple[CameraList, ...]
    study: Study | None

    @property
    def account(self) -> CameraAccount | None:
        """What becomes of the cameras once they are placed; None without a network."""
        return self.study.inventory.account if self.study else None


def check_study(settings: Settings, progress: Stages | None = None) -> CameraCheck:
    """Read camera lists and, if a street network is given, place the cameras on it; nothing is scored.

    Raises
    ------
    CamgapError
        If an input cannot be used; one line.
    """
    if settings.inputs.osm or settings.inputs.place or settings.inputs.bbox:
        study = load_study(settings, progress)
        return CameraCheck(study.lists, study)
    if not settings.inputs.cameras:
        raise SettingsError("nothing to check: give --cameras FILE, or --osm FILE for its own cameras")
    return CameraCheck(tuple(read_inventories(settings.inputs.cameras, None)), None)


def load_study(settings: Settings, progress: Stages | None = None) -> Study:
    """Read the inputs of a study.

    Parameters
    ----------
    settings : Settings
        ``settings.inputs`` must name OSM files, or a place or box to download. Without ``settings.inputs.cameras`` the
        OSM file's own are used.

    Raises
    ------
    CamgapError
        If an input cannot be used; one line.
    """
    given = settings.inputs
    osm, outline = _street_files(given, progress)
    extract = read_osm(osm, stage(progress, "read OpenStreetMap"))
    area = study_area(extract, given.area or outline, given.bbox)
    network, account = build_network(extract, area, settings.streets)
    buildings = build_buildings(extract, network.crs, area.in_plane(network.crs))
    sources = given.cameras or ("osm",)
    lists = tuple(read_inventories(sources, extract))
    inventory = place_cameras(lists, network, buildings, area.in_plane(network.crs), settings.cameras)
    events = read_events(given.demand, settings.demand) if given.demand else None
    places = None
    if events:
        places = place_events(events, network, area.in_plane(network.crs), settings.demand.snap_m)
        if not places.used:
            raise DemandError(f"{events.source}: none of {len(events)} events lies on a street of the study area")
    return Study(
        settings, area, network, account, buildings, lists, inventory,
        districts=_named(given.districts), forbidden=read_polygons(given.forbidden) if given.forbidden else None,
        poles=extract.poles, own_mounts=read_mounts(given.mounts) if given.mounts else None,
        data_date=extract.date.isoformat() if extract.date else None,
        files=(*osm, *(Path(c) for c in sources if c != "osm"),
               *(f for f in (given.area or outline, given.districts, given.forbidden, given.mounts) if f),
               *((given.demand,) if given.demand else ())),
        events=events, event_places=places,
    )  # fmt: skip


def _street_files(given: Inputs, progress: Stages | None) -> tuple[tuple[Path, ...], Path | None]:
    """Return the OSM files to read, downloaded if a place or box is given instead, and a downloaded place's outline."""
    if given.osm:
        return given.osm, None
    if not (given.place or given.bbox):
        raise SettingsError("no street network is given; say --osm FILE, or --place NAME to download one")
    if progress:
        progress("download from OpenStreetMap", 0, 0)
    file = fetch(place=given.place, bbox=None if given.place else given.bbox)
    return (file,), outline_beside(file) if given.place else None


def _named(path: Path | None) -> gpd.GeoDataFrame | None:
    """Read districts; their name is the first of the usual columns, else their number."""
    if path is None:
        return None
    frame = read_polygons(path)
    columns = {str(c).lower(): c for c in frame.columns}
    column = next((columns[c] for c in ("name", "名称", "district", "label", "id") if c in columns), None)
    names = frame[column] if column is not None else pd.Series([None] * len(frame), index=frame.index)
    frame["name"] = [f"district {i}" if pd.isna(n) else str(n) for i, n in enumerate(names, start=1)]
    return frame[["name", "geometry"]]


def score_study(study: Study, progress: Stages | None = None) -> Report:
    """Measure what the cameras of a study see."""
    return score(
        study.network, study.scene, study.inventory.views, len(study.inventory), study.settings.score,
        study.district_stretches, stage(progress, "look around"),
    )  # fmt: skip


def candidate_mounts(study: Study) -> Mounts:
    """Return the places where a new camera may stand.

    They are the user's own list where one is given, else junction corners, kerb points and, if wanted, the lamps,
    signals and poles of the OSM file.
    """
    crs = study.network.crs
    forbidden = None
    if study.forbidden is not None:
        forbidden = shapely.union_all([project(polygon, crs) for polygon in study.forbidden.geometry])
    ground = Ground(study.buildings, study.area.in_plane(crs), forbidden)
    if study.own_mounts is not None:
        return _placed(
            study.own_mounts, study.own_mounts["id"].tolist(), ["own"] * len(study.own_mounts), ground, study
        )
    mounts = street_mounts(study.network, ground, study.settings.plan)
    poles = study.poles
    if not study.settings.plan.use_osm_poles or poles.empty:
        return mounts
    kinds = poles["kind"].tolist()
    ids = [f"{OSM_POLES[kind]}{number}" for kind, number in zip(kinds, poles["id"], strict=True)]
    return mounts.join(_placed(poles, ids, kinds, ground, study))


def _placed(table: pd.DataFrame, ids: list[str], kinds: list[str], ground: Ground, study: Study) -> Mounts:
    return given_mounts(ids, kinds, to_plane(table[["lon", "lat"]].to_numpy(np.float64), study.network.crs), ground)


def plan_study(study: Study, progress: Stages | None = None) -> Plan:
    """Choose new cameras for the budget or number of sites in the study's settings.

    Raises
    ------
    SettingsError
        If neither is set, or nothing can be built.
    """
    s = study.settings
    return make_plan(
        study.network, study.scene, study.inventory.views, len(study.inventory), candidate_mounts(study),
        s.budget, s.sites, s.plan, s.score, study.district_stretches, progress,
    )  # fmt: skip
