"""Settings of a study: frozen, checked, each with its unit, default and reason.

They are filled by ``camgap.config`` (presets and project files) or by hand; nothing here reads a file.
"""

import difflib
import math
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Metres = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveMetres = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Angle = Annotated[float, Field(gt=0, le=360)]
Tilt = Annotated[float, Field(ge=-90, le=90)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Price = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


MOTOR_CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "service", "road",
)  # fmt: skip
STREET_CLASSES = (*MOTOR_CLASSES, "living_street", "pedestrian")
FOOT_CLASSES = ("footway", "path", "steps", "cycleway", "track", "bridleway", "corridor")


class StreetSettings(_Frozen):
    """Which OSM ways count as streets."""

    classes: tuple[str, ...] = STREET_CLASSES  # values of `highway`
    also: tuple[str, ...] = ()  # further classes, e.g. footway, path, steps, cycleway
    parking_aisles: bool = False  # service=parking_aisle
    driveways: bool = False  # service=driveway
    private: bool = False  # access=private, and access=no without an exception for anyone
    tunnels: bool = False  # tunnel=*, covered=*, indoor=*: an outdoor camera does not see into them


class Lens(_Frozen):
    """What a camera sees, as far as its kind or model decides it."""

    hfov: Angle  # horizontal field of view on the plan [°]; where left out, from focal_mm and sensor_mm
    pixels: Annotated[int, Field(gt=0)] | None = None  # across the field of view; without it, range_m counts
    lens_fov: Angle | None = None  # [°] spanned by those pixels where it is not hfov: a fisheye that hangs level
    vfov: Angle | None = None  # vertical field of view [°]; of a 16:9 picture where left out
    height_m: PositiveMetres | None = None  # of the lens above ground
    tilt: Tilt | None = None  # [°] below the horizon
    range_m: PositiveMetres | None = None  # beyond it nothing is seen; without pixels: where 25 px/m are left
    near_m: Metres | None = None  # nearest distance seen [m]; from height, tilt and vfov where left out
    light_m: Metres = 0.0  # range of its own infrared or white light at night; 0 if it has none
    source: str = "assumption"  # where the figures come from

    @model_validator(mode="before")
    @classmethod
    def _lens_formula(cls, data: Any) -> Any:
        """Take the field of view from focal length and sensor width where it is not published."""
        if not isinstance(data, dict) or not {"focal_mm", "sensor_mm"} & data.keys():
            return data
        focal, sensor = data.get("focal_mm"), data.get("sensor_mm")
        if not (isinstance(focal, int | float) and isinstance(sensor, int | float) and focal > 0 and sensor > 0):
            raise ValueError("focal_mm and sensor_mm belong together, both in millimetres above 0")
        rest = {key: value for key, value in data.items() if key not in ("focal_mm", "sensor_mm")}
        return {"hfov": math.degrees(2 * math.atan(sensor / (2 * focal))), **rest}

    @model_validator(mode="after")
    def _has_reach(self) -> Self:
        if self.pixels is None and self.range_m is None:
            raise ValueError("either pixels or range_m is needed")
        if self.range_m is not None and self.near_m is not None and self.near_m >= self.range_m:
            raise ValueError(f"near_m {self.near_m:g} is not nearer than range_m {self.range_m:g}")
        return self

    @property
    def equiangular(self) -> bool:
        """Whether every degree has as many pixels (panorama, fisheye); otherwise the picture is rectilinear."""
        return self.lens_fov is not None or self.hfov >= 150


class Preset(Lens):
    """What is assumed of a camera whose inventory does not say."""

    azimuth: Literal["along_street", "all_round", "set_aside"] = "along_street"  # where no azimuth is given
    source: str


class CameraModel(Lens):
    """A camera of the catalogue: its data sheet, and what it costs."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()  # how inventories call it
    price: Annotated[float, Field(gt=0, allow_inf_nan=False)]  # camera, mount and connection, in the study's currency
    yearly: Money = 0.0  # running cost of a year: power, connection, upkeep


class CameraSettings(_Frozen):
    """How cameras are placed and completed."""

    presets: dict[str, Preset]  # kind -> preset; must hold every kind of camera
    sheets: tuple[CameraModel, ...] = ()  # the catalogue, for cameras whose model is known
    sensor_mm: Annotated[float, Field(gt=0, le=50)] = 5.6  # of a sensor that is not stated: 1/2.8 inch; assumption
    facade_offset_m: PositiveMetres = 0.1  # outside the facade; 0.3-0.5 m would add 3-7 % visible length
    facade_limit_m: Metres = 5.0  # a camera deeper inside a footprint than this is set aside, not guessed
    not_working: bool = False  # also use cameras whose status says they do not work
    home_share: Annotated[float, Field(ge=0, le=1)] = (
        0.8  # share of the time a moving head with a home position is there
    )
    dwell_s: PositiveMetres = 20.0  # time a touring head stays at each of its positions [s]
    move_s: Metres = 3.0  # and moves on to the next [s]


class QualitySettings(_Frozen):
    """Which picture counts as coverage."""

    ladders: dict[str, dict[str, Annotated[float, Field(gt=0)]]]  # standard -> level -> pixels per metre
    level: str = "detect"
    light: Literal["day", "night"] = "day"
    moving: Literal["guaranteed", "potential"] = "guaranteed"  # its home, or all a head reaches
    target_m: Metres = 1.6  # height of what shall be seen: 0 the street's surface, 1.6 a face
    lamp_reach_m: PositiveMetres = 18.0  # a street this near to a lamp is lit
    fine_px_per_m: PositiveMetres = 125.0  # from this density on ...
    fine_factor: Annotated[float, Field(gt=0, le=1)] = 0.5  # ... a rated light range counts by this factor only

    @model_validator(mode="after")
    def _level_is_known(self) -> Self:
        known = [name for ladder in self.ladders.values() for name in ladder]
        if self.level not in known:
            close = difflib.get_close_matches(self.level, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise ValueError(f"there is no quality level {self.level!r}; {hint}")
        return self

    @property
    def standard(self) -> str:
        """The standard the level belongs to."""
        return next(name for name, ladder in self.ladders.items() if self.level in ladder)

    @property
    def ladder(self) -> dict[str, float]:
        """Levels of that standard and their pixels per metre, lowest first."""
        return dict(sorted(self.ladders[self.standard].items(), key=lambda level: level[1]))

    @property
    def px_per_m(self) -> float:
        """Pixels per metre of the level that counts."""
        return self.ladder[self.level]


Action = Literal["new", "reaim", "repair", "light", "upgrade", "relocate"]


class ActionSettings(_Frozen):
    """What acting on a camera costs, in the study's currency."""

    reaim: Price = 1500.0  # turn a fixed camera another way: a lift and two people for half a day
    repair: Price = 4000.0  # mend a camera that does not work
    light: Price = 2500.0  # an infrared or white light beside a camera that works
    light_m: PositiveMetres = 60.0  # how far that light reaches
    upgrade_share: Annotated[float, Field(gt=0, le=1)] = 0.7  # of a model's price: pole, power and link are there
    relocate: Price = 5000.0  # take a camera down and put it up again at another mount, with a new bracket and cable
    relocate_within_m: PositiveMetres = 100.0  # so far from where it stands at most
    lead_per_m: Money = 0.0  # power and link to a new camera, per metre from the nearest lamp, signal or pole
    years: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0  # of a new camera's running cost that count
    source: str = "assumption"


class BandSettings(_Frozen):
    """How far what nobody knows may be off; each range is varied evenly.

    How likely a camera of unknown status works is said by the rules of :class:`UpkeepSettings`.
    """

    draws: Annotated[int, Field(ge=0, le=10_000)] = 200  # of the Monte Carlo; 0 leaves the bands out
    seed: Annotated[int, Field(ge=0)] = 0
    hfov: tuple[Angle, Angle] = (54, 98)  # [°] of a lens that is not known: 6 to 2.8 mm
    pixels: tuple[PositiveMetres, PositiveMetres] = (1920, 3840)  # 2 to 8 MP
    height_m: tuple[PositiveMetres, PositiveMetres] = (3.5, 6.0)
    tilt: tuple[Tilt, Tilt] = (5, 30)  # [°]
    light_m: tuple[Metres, Metres] = (15, 50)  # range of a camera's own light
    position_m: Metres = 5.0  # standard deviation of a position that was found inside a building

    @model_validator(mode="after")
    def _ranges_ascend(self) -> Self:
        for name in ("hfov", "pixels", "height_m", "tilt", "light_m"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(
                    f"{name} runs from {low:g} to {high:g}; write the lower end first: [{high:g}, {low:g}]"
                )
        return self


FRONTIER = (0.0, 0.1, 0.3, 1.0, 3.0)  # weights tried where none are named


class MixSettings(_Frozen):
    """What a metre counts by day and by night, where a plan is to be good at both."""

    day: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5
    night: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if self.day + self.night <= 0:
            raise ValueError("day and night both count nothing; give at least one of them a weight above 0")
        return self


class PlanSettings(_Frozen):
    """What may be built, and where."""

    models: tuple[CameraModel, ...]
    spacing_m: PositiveMetres = 30.0  # between candidate mounts along a street
    kerb_offset_m: Metres = 4.0  # of a mount from the street's axis
    azimuth_steps: Annotated[int, Field(ge=4, le=720)] = (
        36  # headings tried per mount and model: 97-99 % of the best of 720
    )
    per_mount: Annotated[int, Field(ge=1, le=16)] = 1  # new cameras per mount at most
    use_osm_poles: bool = True  # street lamps, traffic signals, poles of the OSM file are mounts as well
    currency: str = ""
    use_actions: tuple[Action, ...] = ("new",)  # what money may be spent on
    actions: ActionSettings = ActionSettings()
    apart_m: Metres = 0.0  # mounts of new cameras at least so far from each other
    force: tuple[str, ...] = ()  # mounts that get a new camera
    forbid: tuple[str, ...] = ()  # mounts and cameras that are left alone
    redundant_m: Metres = 1.0  # a camera is called redundant if less than this is lost without it
    objective: Literal["length", "demand", "mix", "backup", "expected"] = "length"  # what is made great
    mix: MixSettings = MixSettings()
    floors: dict[str, Probability] = {}  # district, or "all" for the others -> share of its street length at least
    robust: Annotated[float, Field(gt=0, le=1)] | None = None  # share of the band's draws, the worst, to be made great
    robust_target: Probability | None = None  # covered share: in how many draws is it reached?
    target: Annotated[float, Field(ge=0, le=1)] | None = None  # share to be reached, for the least money
    time_limit_s: PositiveMetres | None = None  # [s] for choosing; the best plan so far counts; None: until it is done
    refine: bool = False  # turn the views chosen to their exact best heading, between the steps
    home_weight: Metres = 0.0  # metres of street that a metre of home frontage in view weighs, view by view
    home_unknown: Annotated[float, Field(ge=0, le=1)] = 0.0  # of a home that facade of unknown use counts
    frontier: tuple[Metres, ...] = ()  # weights at which the plan is made as well, to see what homes cost in street


class ScoreSettings(_Frozen):
    """What is reported."""

    min_gap_m: Metres = 5.0  # shorter gaps are summed, not listed
    class_weights: dict[str, Annotated[float, Field(ge=0)]] = {}  # highway class -> weight per metre (1 where absent)


class MergeSettings(_Frozen):
    """When rows of different camera lists are one camera."""

    near_m: PositiveMetres = 12.0  # this near or nearer; a phone's position in a city is 7-13 m off
    same_direction: Annotated[float, Field(ge=0, lt=180)] = 30.0  # azimuths this many degrees apart or less are one
    same_id_m: PositiveMetres = 100.0  # one device id farther apart than this is two cameras and a question


class CameraSource(_Frozen):
    """One camera list, and what it does not say of itself."""

    file: str  # a file, FILE#SHEET, a folder, a postgresql:// address, or "osm"
    crs: str | None = None  # coordinate system: WGS-84, GCJ-02, BD-09, EPSG:4543; found out if not given
    dialect: str | None = None  # name of a shipped dialect, or a TOML file


class SightSettings(_Frozen):
    """What stands in the way, beside buildings of unknown height, which hide all that is behind them."""

    heights: bool = True  # a lens of known height sees over lower buildings of known height; flat ground
    level_m: PositiveMetres = 3.0  # height of a storey where only levels are tagged; assumption
    barriers: bool = False  # free-standing walls too: the kinds of barrier_m
    barrier_m: dict[str, PositiveMetres] = {  # value of `barrier` -> height where none is tagged [m]; assumptions
        "wall": 2.0,
        "city_wall": 6.0,
        "hedge": 1.5,
    }
    trees: Literal["ignore", "leaf_on", "leaf_off"] = "ignore"  # rows of trees: in leaf a wall, bare or ignored nothing
    tree_m: PositiveMetres = 8.0  # height of a row of trees where none is tagged; assumption


class UpkeepSettings(_Frozen):
    """How likely cameras work: P(online) x P(picture usable), by declared rules."""

    online: dict[Literal["working", "not_working", "unknown"], Probability]  # by status; all three
    usable: dict[Literal["good", "poor", "failed", "unknown"], Probability]  # by inspection result; all four
    source: str  # where the figures come from, or "assumption: ..."
    cameras: dict[str, Probability] = {}  # camera id -> its own probability of working; wins over the rules
    pole_power: Probability = 1.0  # that a pole has power and link, for all its cameras at once; 1: nothing is shared
    pole_m: Metres = 1.0  # cameras this close hang on one pole, where no pole is named


def _span_of_hours(text: str) -> str:
    if not re.fullmatch(r"([01]?\d|2[0-4])-([01]?\d|2[0-4])", text):
        raise ValueError(f"{text[:40]!r} is no span of hours; write 20-6 for 20:00 to 6:00")
    return text


class DemandSettings(_Frozen):
    """Which events count, and how far their weight spreads along the streets."""

    kernel: Literal["quartic", "gaussian"] = "quartic"
    bandwidth_m: Annotated[float, Field(ge=50, le=1000)] = 150.0  # never under 50 m: no weight points at one doorstep
    snap_m: PositiveMetres = 50.0  # an event farther than this from every street is set aside
    hours: Annotated[str, AfterValidator(_span_of_hours)] | None = None  # "20-6": from 20:00, to 6:00
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()  # none given: all
    since: date | None = None  # first day that counts
    until: date | None = None  # last day that counts
    classes: tuple[str, ...] = ()  # values of the class column that count; none given: all
    dedupe: bool = False  # rows of the same place, date, time and class count once
    date_order: Literal["mdy", "dmy"] | None = None  # of dates such as 03/04/2019; told from the file where it can be
    columns: dict[Literal["lon", "lat", "date", "time", "class", "weight"], str] = {}  # where their names do not tell


class Inputs(_Frozen):
    """Where a study's data come from; paths are absolute once a project file has been read."""

    osm: tuple[Path, ...] = ()
    place: str | None = None
    bbox: tuple[float, float, float, float] | None = None  # west, south, east, north [°]
    area: Path | None = None
    cameras: tuple[str, ...] = ()  # files, or "osm" for the OSM file's own man_made=surveillance nodes
    crs: str | None = None  # coordinate system of the lists in `cameras`
    dialect: str | None = None  # dialect of the lists in `cameras`
    sources: tuple[CameraSource, ...] = ()  # further lists, each with its own coordinate system and dialect
    overrides: tuple[Path, ...] = ()  # visit lists, filled in: what was found at the cameras
    districts: Path | None = None
    forbidden: Path | None = None  # no mount may stand in these polygons
    lamps: Path | None = None  # street lamps beside those of the OSM file
    demand: Path | None = None  # points, lines or polygons with weights: incidents, footfall, complaints
    mounts: Path | None = None  # the user's own candidate mounts instead of generated ones
    no_view: Path | None = None  # no new view may touch these polygons

    def camera_sources(self) -> tuple[CameraSource, ...]:
        """Return all camera lists, those of `cameras` first."""
        own = tuple(CameraSource(file=c, crs=self.crs, dialect=self.dialect) for c in self.cameras)
        return own + self.sources


class Settings(_Frozen):
    """Everything that decides a result."""

    inputs: Inputs = Inputs()
    streets: StreetSettings = StreetSettings()
    cameras: CameraSettings
    quality: QualitySettings
    sight: SightSettings = SightSettings()
    score: ScoreSettings = ScoreSettings()
    bands: BandSettings = BandSettings()
    demand: DemandSettings = DemandSettings()
    upkeep: UpkeepSettings | None = None  # None: nothing is said of upkeep
    plan: PlanSettings
    budget: Money | None = None
    sites: Annotated[int, Field(ge=0)] | None = None
    phases: dict[str, Money] = {}  # name -> money, in the order they come

    def with_frontier(self) -> "Settings":
        """Return the settings with weights of homes to plan at, :data:`FRONTIER` if none are named."""
        plan = self.plan.model_copy(update={"frontier": self.plan.frontier or FRONTIER})
        return self.model_copy(update={"plan": plan})
