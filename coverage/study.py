"""The verbs: load a study, score it, plan for it. The command line and the Python API are thin layers over these."""

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
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import CameraAccount, Views
from camgap.coverage.errors import DemandError, SettingsError
from camgap.coverage.heads import Heads, Inventory, heads_of
from camgap.coverage.inputs.area import StudyArea, read_polygons, study_area
from camgap.coverage.inputs.demand import Events, read_events
from camgap.coverage.inputs.download import fetch, outline_beside
from camgap.coverage.inputs.event_places import EventPlaces, place_events
from camgap.coverage.inputs.facades import move_to_facades
from camgap.coverage.inputs.footprints import build_buildings
from camgap.coverage.inputs.inventory import CameraList, osm_cameras, read_cameras
from camgap.coverage.inputs.mounts_file import read_mounts
from camgap.coverage.inputs.network import build_network
from camgap.coverage.inputs.osm import OsmExtract, read_osm
from camgap.coverage.inputs.overrides import Overrides, lay_over, read_overrides
from camgap.coverage.inputs.placing import place_cameras
from camgap.coverage.inputs.readers import input_files
from camgap.coverage.inputs.verdict import settle
from camgap.coverage.intervals import Intervals, union_by_owner
from camgap.coverage.lighting import Lighting, lighting_of
from camgap.coverage.polygons import project, stretches_inside
from camgap.coverage.projection import to_plane
from camgap.coverage.scoring.bands import Bands, Doubts, Sampler, measure_bands, seen_in_draws, worst_mean
from camgap.coverage.scoring.demand import AxisWeights, DemandScore, demand_score, kernel_weights
from camgap.coverage.scoring.privacy import RANGE_PX_PER_M, Privacy
from camgap.coverage.scoring.quality import Looked, Quality, measure_quality
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.scoring.steps import Lives, Steps, measure_steps
from camgap.coverage.scoring.upkeep import Upkeep, condition_of, upkeep, working_chances
from camgap.coverage.settings import CameraSource, Inputs, QualitySettings, Settings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.actions import Standing
from camgap.coverage.siting.demands import Demands, HomeDemand
from camgap.coverage.siting.floors import floors_of
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.intrusion import Homes, facade_lenses
from camgap.coverage.siting.mounts import Ground, Mounts, given_mounts, street_mounts
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.outcome import Alternative, Plan
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.plan import make_plan
from camgap.coverage.siting.robust import Draws
from camgap.coverage.streets import StreetAccount, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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
        views = counted_views(inventory.heads, self.settings.quality)
        found = upkeep(seen_by(self.scene, views).owned_by(views.camera), condition_of(inventory.cameras, settings))
        return replace(found, cameras=pd.concat([inventory.cameras[["id", "status"]], found.cameras], axis=1))

    def sources(self) -> list[dict[str, Any]]:
        """Return name, size and SHA-256 of every file that was read."""
        return [
            {"file": f.name, "bytes": f.stat().st_size, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()}
            for f in self.files
        ]


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
        If a list cannot be used.
    """
    lists = []
    for source in sources:
        if source.file != "osm":
            lists.append(read_cameras(source.file, source.crs or "", source.dialect or ""))
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
    return CameraCheck(lay_over(read_inventories(sources, None), overrides), None, overrides)


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
    overrides = read_overrides(given.overrides)
    lists = lay_over([settle(cameras, network) for cameras in read_inventories(sources, extract)], overrides)
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
        files=(*osm, *(f for s in sources if s.file != "osm" for f in input_files(s.file)), *given.overrides,
               *(f for f in (given.area or outline, given.districts, given.forbidden, given.no_view, given.lamps,
                             given.mounts, given.demand) if f)),
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
    frame["name"] = [f"district {i}" if pd.isna(n) else str(n) for i, n in enumerate(names, start=1)]
    return frame[["name", "geometry"]]


def score_study(study: Study, progress: Stages | None = None) -> Report:
    """Measure what the cameras of a study see."""
    report = score(
        study.network, study.scene, study.views, len(study.inventory), study.settings.score,
        study.district_stretches, stage(progress, "look around"),
    )  # fmt: skip
    return _judged(study, report, study.inventory.heads, progress)


def _judged(study: Study, report: Report, heads: Heads, progress: Stages | None = None) -> Report:
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


def steps_of(study: Study, plan: Plan, today: Bands | None, progress: Stages | None = None) -> Steps:
    """Return quality levels and certainty at every step of a plan; `today` are the bands of the existing cameras."""
    if progress:
        progress("measure every step", 0, 0)
    heads, lives = study.inventory.heads, Lives.of(len(study.inventory), plan.acted)
    looked = Looked.around(study.scene, heads.join(planned_heads(study, plan)), study.settings.quality)
    ends_some = bool((plan.acted >= 0).any())
    sampler = sampler_of(study, heads) if today and ends_some else None
    return measure_steps(looked, study.network, lives, today, sampler)


def planned_heads(study: Study, plan: Plan | Alternative) -> Heads:
    """Return the heads that a plan puts up, turns, mends or lights; their cameras count on from those that stand."""
    models = study.settings.plan.models
    row = {model.id: i for i, model in enumerate(models)}
    own = actionable(study)[1] if (plan.on >= 0).any() else study.inventory.heads
    both = heads_of(models).join(own)
    both = both.join(_with_light(own, study))
    rows = [
        row[site.model] if site.model else len(models) + camera + (len(own) if site.action == "light" else 0)
        for site, camera in zip(plan.sites, plan.on.tolist(), strict=True)
    ]
    heads = both.take(np.array(rows, np.int64))
    moved = np.array([site.action == "relocate" for site in plan.sites], bool)
    heads = replace(heads, lens=np.where(moved, np.nan, heads.lens))  # how high it will hang is an assumption
    camera = len(study.inventory) + np.arange(len(heads))
    return replace(heads, xy=plan.views.xy, azimuth=plan.views.azimuth, camera=camera)


def _with_light(heads: Heads, study: Study) -> Heads:
    """Return heads that have been given a light of their own, as the prices of a plan have it."""
    return replace(heads, light_m=np.maximum(heads.light_m, study.settings.plan.actions.light_m))


def heads_after(study: Study, plan: Plan | Alternative) -> Heads:
    """Return all heads once a plan is carried out; those it turns or replaces stand in their new state only."""
    old = study.inventory.heads
    return old.take(~np.isin(old.camera, plan.acted[plan.acted >= 0])).join(planned_heads(study, plan))


def actionable(study: Study) -> tuple[Standing, Heads]:
    """Return the cameras that may be turned, mended, given light or replaced, and the head of each.

    They are those with one view that does not move: several lenses share a housing, and a moving head turns anyway.
    Cameras that do not work are placed like the others, and only where repairing is among the actions.
    """
    wanted = set(study.settings.plan.use_actions)
    standing, heads = _with_one_view(study, study.inventory, np.arange(len(study.inventory)))
    if not wanted & {"reaim", "light", "upgrade", "relocate"}:
        standing, heads = standing.take(np.zeros(len(standing), bool)), heads.take(np.zeros(len(standing), bool))
    if "repair" in wanted and not study.settings.cameras.not_working:
        lists = tuple(c.only_broken() for c in study.lists)
        settings = study.settings.cameras.model_copy(update={"not_working": True})
        area = study.area.in_plane(study.network.crs)
        lists = tuple(c for c in lists if len(c))
        if lists:
            broken = place_cameras(lists, study.network, study.buildings, area, settings)
            more, more_heads = _with_one_view(study, broken, np.full(len(broken), -1))
            standing, heads = standing.join(more), heads.join(more_heads)
    left_alone = np.isin(np.array(standing.ids, dtype=object), study.settings.plan.forbid)
    return standing.take(~left_alone), heads.take(~left_alone)


def _with_one_view(study: Study, inventory: Inventory, number: IntArray) -> tuple[Standing, Heads]:
    """Return the cameras with one view and one head that stays where it is, and these heads."""
    views, heads = counted_views(inventory.heads, study.settings.quality), inventory.heads
    n = len(inventory)
    looks, has = np.bincount(views.camera, minlength=n), np.bincount(heads.camera, minlength=n)
    moves = np.bincount(heads.camera, heads.sometimes, minlength=n) > 0
    usable = (looks == 1) & (has == 1) & ~moves & (inventory.cameras["kind"] != "panning").to_numpy(bool)
    seen = views.take(usable[views.camera])
    rows = seen.camera
    head_at = np.full(n, -1)
    head_at[heads.camera] = np.arange(len(heads))
    own = heads.take(head_at[rows])
    lit = counted_views(_with_light(own, study), study.settings.quality).dark
    table = inventory.cameras.iloc[rows]
    standing = Standing(
        tuple(table["id"]), tuple(table["name"]), number[rows], replace(seen, camera=np.arange(len(seen))), lit
    )  # fmt: skip
    return standing, own


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
        own = study.own_mounts
        return _placed(own, own["id"].tolist(), ["own"] * len(own), ground, study).without(study.settings.plan.forbid)
    mounts = street_mounts(study.network, ground, study.settings.plan)
    poles = study.poles
    if not study.settings.plan.use_osm_poles or poles.empty:
        return mounts.without(study.settings.plan.forbid)
    kinds = poles["kind"].tolist()
    ids = [f"{OSM_POLES[kind]}{number}" for kind, number in zip(kinds, poles["id"], strict=True)]
    return mounts.join(_placed(poles, ids, kinds, ground, study)).without(study.settings.plan.forbid)


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
    mounts = candidate_mounts(study)
    plan = make_plan(
        study.network, study.scene, study.views, len(study.inventory), mounts, study.model_views,
        s.budget, s.sites, s.plan, s.score, study.district_stretches, progress, _demands(study, mounts),
    )  # fmt: skip
    before = _judged(study, plan.before, study.inventory.heads, progress)
    plan = replace(
        plan, before=before, after=_judged(study, plan.after, heads_after(study, plan), progress),
        steps=steps_of(study, plan, before.bands, progress),
    )  # fmt: skip
    _keep_to_the_band(study, plan)
    return plan


def _keep_to_the_band(study: Study, plan: Plan) -> None:
    """Stop where the band does not measure what a robust plan promises."""
    share, night = study.settings.plan.robust, study.settings.quality.light == "night"
    if plan.robust is None or share is None:
        return
    for bands, promise in ((plan.before.bands, plan.achieved.before), (plan.after.bands, plan.achieved.after)):
        found = worst_mean(bands.night_m if night else bands.day_m, share) if bands else np.nan
        if not abs(found - promise) <= 1.0:
            raise RuntimeError(
                f"the plan promises {promise:.3f} m in the worst draws, the band measures {found:.3f} m; "
                "this is a fault in camgap, please report it"
            )


def _homes(study: Study, standing: Heads) -> HomeDemand | None:
    """Return the homes a plan is to weigh, seen as the scorer sees them; None where they weigh nothing."""
    wanted = study.settings.plan
    if not wanted.home_weight and not wanted.frontier:
        return None

    def on_facades(heads: Heads) -> Views:
        views, rows = heads.views(RANGE_PX_PER_M, study.settings.quality)
        return facade_lenses(views, rows, len(heads))

    homes = Homes.of(study.privacy, wanted.home_unknown)
    if not len(homes.counts):
        raise SettingsError(
            "plan: no building of the study area is tagged as a home, so that a weight on homes decides nothing; "
            "leave home_weight and frontier out, or let buildings of unknown use count: [plan] home_unknown = 0.5"
        )
    return HomeDemand(homes, on_facades(heads_of(wanted.models)), on_facades(standing))


def _demands(study: Study, mounts: Mounts) -> Demands:
    """Return what the settings ask of a plan beside money and models."""
    s = study.settings
    wanted = set(s.plan.use_actions) - {"new"}
    if "light" in wanted and s.quality.light != "night":
        raise SettingsError("plan: light adds nothing to what is seen by day; say --light night, or leave light out")
    known = {
        *mounts.ids,
        *mounts.refused,
        *study.inventory.cameras["id"],
        *(i for c in study.lists for i in c.records["id"]),
    }
    unknown = [name for name in s.plan.forbid if name not in known]
    if unknown:
        raise SettingsError(
            f"plan: there is no mount or camera {unknown[0]!r} to forbid; ids are in sites.csv and cameras"
        )
    zone = None
    if study.no_view is not None:
        zone = shapely.union_all([project(polygon, study.network.crs) for polygon in study.no_view.geometry])
    standing, heads = actionable(study) if wanted else (Standing(), heads_of(()))
    return Demands(
        phases=tuple(Phase(name, money) for name, money in s.phases.items()),
        standing=standing,
        distance=_to_power(study, mounts) if s.plan.actions.lead_per_m else None,
        no_view=zone,
        refused=mounts.refused,
        homes=_homes(study, heads),
        objective=_objective(study),
        time_limit=s.plan.time_limit_s,
        target=s.plan.target,
        robust=_draws(study) if s.plan.robust is not None else None,
        floors=floors_of(study.district_stretches, s.plan.floors) if s.plan.floors else None,
    )


def _draws(study: Study) -> Draws:
    """Return what the cameras see in the draws of the band."""
    s = study.settings
    if s.plan.robust is None or s.bands.draws == 0 or len(study.inventory) == 0:
        raise SettingsError(
            "plan: robust needs draws of what is not known of the cameras; give cameras, and --draws of at least 1"
        )
    sampler = sampler_of(study, study.inventory.heads)
    return Draws(seen_in_draws(sampler, s.quality.light == "night"), s.plan.robust)


def _objective(study: Study) -> Objective:
    """Return what a plan is to make great, with all that is needed to measure it."""
    s = study.settings
    if s.plan.objective == "demand":
        return Objective("demand", weights=study.demand)
    if s.plan.objective == "mix":
        night = s.quality.model_copy(update={"light": "night"})
        wanted = set(s.plan.use_actions) - {"new"}
        dark = replace(study, settings=s.model_copy(update={"quality": night}))
        return Objective(
            "mix", day=s.plan.mix.day, night=s.plan.mix.night, existing=dark.views, lenses=dark.model_views,
            standing=actionable(dark)[0].views if wanted else None,
        )  # fmt: skip
    if s.plan.objective == "expected":
        if s.upkeep is None:
            raise SettingsError("plan: the objective 'expected' needs the rules of [upkeep]")
        if s.upkeep.pole_power < 1:
            raise SettingsError(
                "plan: the objective 'expected' takes cameras to fail one by one; set upkeep.pole_power to 1, not "
                f"{s.upkeep.pole_power:g}"
            )
        new = s.upkeep.online["working"] * s.upkeep.usable["unknown"]  # as any camera that is said to work
        return Objective("expected", p=condition_of(study.inventory.cameras, s.upkeep).p, p_new=new)
    return Objective(s.plan.objective)


def _to_power(study: Study, mounts: Mounts) -> FloatArray:
    """Return the distance from each mount to the nearest lamp, signal or pole [m]."""
    tables = [t for t in (study.poles, study.own_lamps) if t is not None and len(t)]
    if not tables:
        raise SettingsError(
            "plan: lead_per_m is given, but the OSM file has no lamp, signal or pole to measure from; "
            "give --lamps FILE or leave lead_per_m out"
        )
    xy = to_plane(np.vstack([t[["lon", "lat"]].to_numpy(np.float64) for t in tables]), study.network.crs)
    points = shapely.points(mounts.xy)
    tree = shapely.STRtree(shapely.points(xy))
    distance: FloatArray = (
        shapely.distance(points, tree.geometries[tree.nearest(points)]) if len(points) else np.empty(0)
    )
    return distance
