"""Settings of a study: frozen, checked, each with its unit, default and reason.

They are filled by ``camgap.config`` (presets and project files) or by hand; nothing here reads a file.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Metres = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveMetres = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Angle = Annotated[float, Field(gt=0, le=360)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
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


class Preset(_Frozen):
    """What is assumed of a camera whose inventory does not say."""

    hfov: Angle  # horizontal field of view [°]
    range_m: PositiveMetres  # farthest distance still seen [m]
    near_m: Metres = 0.0  # nearest distance seen [m]
    azimuth: Literal["along_street", "all_round", "set_aside"] = "along_street"  # where no azimuth is given
    source: str  # where the figures come from, or "assumption: ..."


class CameraSettings(_Frozen):
    """How cameras are placed and completed."""

    presets: dict[str, Preset]  # kind -> preset; must hold "fixed", "dome", "panning", "unknown"
    facade_offset_m: PositiveMetres = 0.1  # outside the facade; 0.3-0.5 m would add 3-7 % visible length
    facade_limit_m: Metres = 5.0  # a camera deeper inside a footprint than this is set aside, not guessed
    not_working: bool = False  # also use cameras whose status says they do not work


class CameraModel(_Frozen):
    """A camera that can be bought."""

    id: str
    name: str
    hfov: Angle  # [°]
    range_m: PositiveMetres  # [m]
    near_m: Metres = 0.0  # [m]
    price: Annotated[float, Field(gt=0, allow_inf_nan=False)]  # camera, mount and connection, in the study's currency
    source: str = "assumption"


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


class ScoreSettings(_Frozen):
    """What is reported."""

    min_gap_m: Metres = 5.0  # shorter gaps are summed, not listed
    class_weights: dict[str, Annotated[float, Field(ge=0)]] = {}  # highway class -> weight per metre (1 where absent)


class UpkeepSettings(_Frozen):
    """How likely cameras work: P(online) x P(picture usable), by declared rules."""

    online: dict[Literal["working", "not_working", "unknown"], Probability]  # by status; all three
    usable: dict[Literal["good", "poor", "failed", "unknown"], Probability]  # by inspection result; all four
    source: str  # where the figures come from, or "assumption: ..."
    cameras: dict[str, Probability] = {}  # camera id -> its own probability of working; wins over the rules
    pole_power: Probability = 1.0  # that a pole has power and link, for all its cameras at once; 1: nothing is shared
    pole_m: Metres = 1.0  # cameras this close hang on one pole, where no pole is named


class DemandSettings(_Frozen):
    """Which events count, and how far their weight spreads along the streets."""

    kernel: Literal["quartic", "gaussian"] = "quartic"
    bandwidth_m: Annotated[float, Field(ge=50, le=1000)] = 150.0  # never under 50 m: no weight points at one doorstep
    snap_m: PositiveMetres = 50.0  # an event farther than this from every street is set aside
    hours: Annotated[str, Field(pattern=r"^([01]?\d|2[0-4])-([01]?\d|2[0-4])$")] | None = (
        None  # "20-6": from 20:00, to 6:00
    )
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
    districts: Path | None = None
    forbidden: Path | None = None  # no mount may stand in these polygons
    demand: Path | None = None  # points, lines or polygons with weights: incidents, footfall, complaints
    mounts: Path | None = None  # the user's own candidate mounts instead of generated ones


class Settings(_Frozen):
    """Everything that decides a result."""

    inputs: Inputs = Inputs()
    streets: StreetSettings = StreetSettings()
    cameras: CameraSettings
    score: ScoreSettings = ScoreSettings()
    demand: DemandSettings = DemandSettings()
    upkeep: UpkeepSettings | None = None  # None: nothing is said of upkeep
    plan: PlanSettings
    budget: Money | None = None
    sites: Annotated[int, Field(ge=0)] | None = None
