"""The verbs: check, load and score a study. The command line and the Python API are thin layers over these."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import CameraAccount, Views
from camgap.coverage.cells import plain_text
from camgap.coverage.errors import DemandError, SettingsError
from camgap.coverage.heads import Heads, Inventory, heads_of
from camgap.coverage.inputs.area import StudyArea, read_polygons, study_area
from camgap.coverage.inputs.demand import Events, read_events
from camgap.coverage.inputs.download import fetch, outline_beside
from camgap.coverage.inputs.event_places import EventPlaces, place_events
from camgap.coverage.inputs.facades import move_to_facades
from camgap.coverage.inputs.footprints import build_buildings
from camgap.coverage.inputs.inventory import CameraList, osm_cameras, read_list, require_any
from camgap.coverage.inputs.laying import lay_over
from camgap.coverage.inputs.merge import Provenance
from camgap.coverage.inputs.merged_file import read_all_for_merge
from camgap.coverage.inputs.mounts_file import read_mounts
from camgap.coverage.inputs.network import build_network
from camgap.coverage.inputs.osm import OsmExtract, read_osm
from camgap.coverage.inputs.overrides import Overrides, read_overrides
from camgap.coverage.inputs.placing import place_cameras
from camgap.coverage.inputs.readers import input_files
from camgap.coverage.inputs.verdict import settle
from camgap.coverage.intervals import Intervals, union_by_owner
from camgap.coverage.lighting import Lighting, lighting_of
from camgap.coverage.polygons import project, stretches_inside
from camgap.coverage.projection import to_plane
from camgap.coverage.scoring.bands import Bands, measure_bands
from camgap.coverage.scoring.demand import AxisWeights, DemandScore, demand_score, kernel_weights
from camgap.coverage.scoring.draws import Doubts, Sampler
from camgap.coverage.scoring.privacy import Privacy
from camgap.coverage.scoring.quality import Looked, Quality, measure_quality
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.scoring.upkeep import Upkeep, condition_of, upkeep, working_chances
from camgap.coverage.settings import CameraSource, Inputs, QualitySettings, Settings, UpkeepSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.streets import StreetAccount, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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
    forbidden, no_view : GeoDataFrame or None
        EPSG:4326; no mount may stand there, no new view look there.
    poles : DataFrame
        Lamps, signals and poles of the OSM file: ``id``, ``kind``, ``lon``, ``lat``.
    own_lamps : DataFrame or None
        Street lamps of the user's own: ``id``, ``lon``, ``lat``.
    own_mounts : DataFrame or None
        The user's own candidate mounts: ``id``, ``lon``, ``lat``.
    data_date : str or None
        Age of the OSM data, ISO 8601.
    files : tuple of Path
        Every file that was read.
    places : DataFrame
        Sensitive places of the OSM file (``inputs.osm_places.places_of``).
    events : Events or None
        What weighs on the streets, as read; places and weights alone.
    event_places : EventPlaces or None
        The same on the street axis.
    overrides : Overrides
        What visits found at the cameras; `lists` hold it already.
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
    no_view: gpd.GeoDataFrame | None
    poles: pd.DataFrame
    own_lamps: pd.DataFrame | None
    own_mounts: pd.DataFrame | None
    data_date: str | None
    files: tuple[Path, ...]
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    events: Events | None = None
    event_places: EventPlaces | None = None
    overrides: Overrides = field(default_factory=Overrides)

    @cached_property
    def scene(self) -> Scene:
        """Streets and walls; streets are cut where light begins and ends."""
        s = self.settings
        scene = Scene.of(self.network, self.buildings, heights=s.sight.heights, target=s.quality.target_m)
        return replace(scene, segments=scene.segments.darkened(self.lighting.lit))

    @cached_property
    def lighting(self) -> Lighting:
        """Where the streets are lit at night."""
        lamps = [t for t in (self.poles[self.poles["kind"] == "street_lamp"], self.own_lamps) if t is not None]
        lonlat = np.vstack([table[["lon", "lat"]].to_numpy(np.float64) for table in lamps])
        reach = self.settings.quality.lamp_reach_m
        return lighting_of(self.network, to_plane(lonlat, self.network.crs), reach)

    @cached_property
    def views(self) -> Views:
        """The views that count: of the level, light and movement in the settings."""
        return counted_views(self.inventory.heads, self.settings.quality)

    @cached_property
    def model_views(self) -> Views:
        """What a camera of each model would see of the level, by the light, in the settings: one view per model."""
        return counted_views(heads_of(self.settings.plan.models), self.settings.quality)

    @cached_property
    def privacy(self) -> Privacy:
        """Facades and sensitive places, to be held against views."""
        crs = self.network.crs
        return Privacy.of(self.scene, self.buildings, self.area.in_plane(crs), self.places)

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
    def designed(self) -> Inventory:
        """All cameras as designed: those that do not work are there, whether or not the score uses them."""
        return self._placed(self.lists) if self._lists_of_broken else self.inventory

    @cached_property
    def broken(self) -> Inventory | None:
        """The cameras set aside because they do not work, each where it stands; None where there are none."""
        return self._placed(self._lists_of_broken) if self._lists_of_broken else None

    @property
    def _lists_of_broken(self) -> tuple[CameraList, ...]:
        if self.settings.cameras.not_working:
            return ()
        return tuple(broken for cameras in self.lists if len(broken := cameras.only_broken()))

    def _placed(self, lists: Sequence[CameraList]) -> Inventory:
        """Place cameras of lists, those that do not work among them."""
        broken_too = self.settings.cameras.model_copy(update={"not_working": True})
        area = self.area.in_plane(self.network.crs)
        return place_cameras(lists, self.network, self.buildings, area, broken_too)

    @cached_property
    def upkeep(self) -> Upkeep | None:
        """Covered length of :attr:`designed` under failures, None without rules for it; see :func:`upkeep_of`."""
        rules = self.settings.upkeep
        return None if rules is None else upkeep_of(self, self.designed.cameras, self.designed.heads, rules)

    def sources(self) -> list[dict[str, Any]]:
        """Return name, size and SHA-256 of every file that was read."""
        return [
            {"file": f.name, "bytes": f.stat().st_size, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()}
            for f in self.files
        ]


def upkeep_of(study: Study, cameras: pd.DataFrame, heads: Heads, rules: UpkeepSettings) -> Upkeep:
    """Measure covered length under failures; its cameras have ``id``, ``status`` and ``inspection`` as well.

    Parameters
    ----------
    cameras : DataFrame
        As :func:`~camgap.coverage.scoring.upkeep.condition_of` takes it, default RangeIndex.
    heads : Heads
        ``heads.camera`` is a row of `cameras`.
    """
    views = counted_views(heads, study.settings.quality)
    found = upkeep(seen_by(study.scene, views).owned_by(views.camera), condition_of(cameras, rules))
    return replace(found, cameras=pd.concat([cameras[["id", "status", "inspection"]], found.cameras], axis=1))


def counted_views(heads: Heads, quality: QualitySettings) -> Views:
    """Return the views of heads at the level, by the light and of the movement that count."""
    counted = heads if quality.moving == "potential" else heads.guaranteed()
    return counted.views(quality.px_per_m, quality, quality.light == "night")[0]


def read_inventories(sources: Sequence[CameraSource], extract: OsmExtract | None) -> list[CameraList]:
    """Read camera lists: files, folders, databases, or "osm" for the surveillance nodes of the extract.

    Raises
    ------
    SettingsError
        If "osm" is asked for and there is no OSM file.
    CameraError
        If a list cannot be read, or no row of any of them can be used.
    """
    lists = [
        _osm_list(extract) if source.file == "osm" else read_list(source.file, source.crs or "", source.dialect or "")
        for source in sources
    ]
    require_any(lists)
    return lists


def _osm_list(extract: OsmExtract | None) -> CameraList:
    if extract is None:
        raise SettingsError("--cameras osm: no OSM file is given; add --osm FILE")
    nodes = extract.cameras
    return osm_cameras(*(nodes[c].tolist() for c in ("id", "lon", "lat", "tags")))


def read_to_merge(
    settings: Settings, progress: Stages | None = None
) -> tuple[list[CameraList], dict[str, dict[str, Provenance]]]:
    """Read camera lists to be merged and, by source, what an earlier merge said of them.

    With a street network every list is settled on it first, as for a score.

    Raises
    ------
    CamgapError
        If an input cannot be used, or there is none; one line.
    """
    given = settings.inputs
    sources = given.camera_sources()
    if not sources:
        raise SettingsError("nothing to merge: name camera lists, or --config FILE that names them")
    network, extract = None, None
    if given.osm or given.place or given.bbox:
        osm, outline = _street_files(given, progress)
        extract = read_osm(osm, stage(progress, "read OpenStreetMap"))
        network, _ = build_network(extract, study_area(extract, given.area or outline, given.bbox), settings.streets)
    read = read_all_for_merge([source for source in sources if source.file != "osm"])
    lists = [cameras for cameras, _ in read] + [_osm_list(extract) for source in sources if source.file == "osm"]
    require_any(lists)
    settled = lists if network is None else [settle(cameras, network) for cameras in lists]
    return settled, {cameras.source: told for cameras, told in read}


@dataclass(frozen=True)
class CameraCheck:
    """What would be read from camera lists.

    Parameters
    ----------
    lists : tuple of CameraList
    study : Study or None
        None where no street network was given.
    overrides : Overrides
        What visits found at the cameras; `lists` hold it already.
    """

    lists: tuple[CameraList, ...]
    study: Study | None
    overrides: Overrides = field(default_factory=Overrides)

    @property
    def account(self) -> CameraAccount | None:
        """What becomes of the cameras once they are placed; None without a network."""
        return self.study.inventory.account if self.study else None


def files_of(given: Inputs) -> tuple[Path, ...]:
    """Return every file that inputs name: streets, camera lists and their dialects, overrides, polygons and points."""
    sources = given.camera_sources()
    lists = [f for s in sources if s.file != "osm" for f in input_files(s.file)]
    dialects = [Path(s.dialect) for s in sources if s.dialect and s.dialect.lower().endswith(".toml")]
    polygons = (given.area, given.districts, given.forbidden, given.no_view)
    points = (given.lamps, given.mounts, given.demand)
    named = (*given.osm, *lists, *dialects, *given.overrides, *(f for f in (*polygons, *points) if f))
    return tuple(dict.fromkeys(named))


def check_study(settings: Settings, progress: Stages | None = None) -> CameraCheck:
    """Read camera lists and, if a street network is given, place the cameras on it; nothing is scored.

    Raises
    ------
    CamgapError
        If an input cannot be used; one line.
    """
    if settings.inputs.osm or settings.inputs.place or settings.inputs.bbox:
        study = load_study(settings, progress)
        return CameraCheck(study.lists, study, study.overrides)
    sources = settings.inputs.camera_sources()
    if not sources:
        raise SettingsError("nothing to check: give --cameras FILE, or --osm FILE for its own cameras")
    overrides = read_overrides(settings.inputs.overrides)
    lists, overrides = lay_over(read_inventories(sources, None), overrides, settled=False)
    return CameraCheck(lists, None, overrides)


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
    buildings = build_buildings(extract, network.crs, area.in_plane(network.crs), sight=settings.sight)
    sources = given.camera_sources() or (CameraSource(file="osm"),)
    settled = [settle(cameras, network) for cameras in read_inventories(sources, extract)]
    lists, overrides = lay_over(settled, read_overrides(given.overrides))
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
        no_view=read_polygons(given.no_view) if given.no_view else None,
        poles=extract.poles, own_mounts=read_mounts(given.mounts) if given.mounts else None,
        own_lamps=read_mounts(given.lamps) if given.lamps else None,
        data_date=extract.date.isoformat() if extract.date else None,
        files=files_of(given.model_copy(update={"osm": osm, "area": given.area or outline})),
        places=extract.places, events=events, event_places=places, overrides=overrides,
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
    frame["name"] = [f"district {i}" if pd.isna(n) else plain_text(n) for i, n in enumerate(names, start=1)]
    return frame[["name", "geometry"]]


def score_study(study: Study, progress: Stages | None = None) -> Report:
    """Measure what the cameras of a study see."""
    report = score(
        study.network, study.scene, study.views, len(study.inventory), study.settings.score,
        study.district_stretches, stage(progress, "look around"),
    )  # fmt: skip
    return judged(study, report, study.inventory.heads, progress)


def judged(study: Study, report: Report, heads: Heads, progress: Stages | None = None) -> Report:
    """Add to a report what the pictures of its heads are worth and how sure it is."""
    return replace(report, quality=quality_of(study, heads), bands=bands_of(study, heads, progress=progress))


def bands_of(study: Study, heads: Heads, progress: Stages | None = None) -> Bands | None:
    """Return the bands of the score of heads, the first of them those of the inventory; None without draws."""
    if study.settings.bands.draws == 0 or len(study.inventory) == 0:
        return None
    if progress:
        progress("draw what is not known", 0, 0)
    return measure_bands(sampler_of(study, heads))


def sampler_of(study: Study, heads: Heads) -> Sampler:
    """Return what draws the unknowns of heads, the first of them those of the inventory."""
    settings = study.settings
    works = working_chances(study.inventory.cameras, settings.upkeep) if settings.upkeep else None
    doubts = Doubts.of(study.inventory, works).extended(int(heads.camera.max(initial=-1)) + 1)
    known = study.inventory.heads
    facing = np.full(len(doubts.spread), np.nan)
    facing[known.camera] = known.azimuth
    facing[doubts.unknown["azimuth"]] = np.nan

    def move(xy: FloatArray, cameras: IntArray) -> FloatArray:
        c = settings.cameras
        placed = move_to_facades(xy, facing[cameras], study.buildings, c.facade_offset_m, c.facade_limit_m)
        own = study.inventory.cameras[["x", "y"]].to_numpy(np.float64)[cameras]
        return np.where(placed.deep[:, None], own, placed.xy)

    return Sampler.around(study.scene, heads, doubts, settings.quality, settings.bands, move)


def quality_of(study: Study, heads: Heads) -> Quality:
    """Measure heads on the streets of a study at every level, by day and by night."""
    looked = Looked.around(study.scene, heads, study.settings.quality)
    return measure_quality(looked, study.network, study.lighting)
