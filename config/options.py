"""Every option of the command line, once: its type, its help, its panel."""

from pathlib import Path
from typing import Annotated, Any

import typer


def _input(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="Inputs")


def _output(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="Output")


def _choice(text: str, **limits: Any) -> Any:
    return typer.Option(help=text, rich_help_panel="What to build", **limits)


def _counting(text: str, *names: str, **limits: Any) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="What counts as covered", **limits)


OSM_HELP = "OpenStreetMap file (.osm, .osm.gz, .osm.bz2, .osm.pbf); may be repeated."
BBOX_HELP = "west,south,east,north in degrees: the study area of --osm, or the box to download."
CAMERAS_HELP = (
    "Camera list (CSV, XLSX, ODS, GeoJSON, GeoPackage, Shapefile, KML, GB/T 28181 XML, GA/T 1400 JSON, a folder, a "
    "postgresql:// address), or 'osm' for the OSM file's own; may be repeated."
)
CRS_HELP = "Coordinate system of the camera lists: WGS-84, GCJ-02, BD-09, EPSG:4543 ...; found out if not given."
DIALECT_HELP = "How the camera lists are written: gbt28181, gat1400, ... or your own TOML file (see check --as-toml)."
OUT_HELP = "Write a run folder: result.json, coverage.gpkg, sites.csv, map.html, manifest.json."

Osm = Annotated[list[Path] | None, _input(OSM_HELP, "--osm")]
Place = Annotated[str | None, _input("Download a place by name, e.g. 'Zug, Switzerland'.")]
Bbox = Annotated[str | None, _input(BBOX_HELP)]
Area = Annotated[Path | None, _input("Polygon file: streets are cut at its edge.")]
Cameras = Annotated[list[str] | None, _input(CAMERAS_HELP)]
CamerasCrs = Annotated[str | None, _input(CRS_HELP, "--cameras-crs")]
Dialect = Annotated[str | None, _input(DIALECT_HELP, "--dialect")]
Overrides = Annotated[
    list[Path] | None, _input("Visit list (camgap visits), filled in; laid over the camera lists. May be repeated.")
]
Districts = Annotated[Path | None, _input("Polygon file of districts to report by.")]
Draws = Annotated[int | None, _counting("Draws of what is not known, for the band on every number; 0 for none.", min=0)]
Seed = Annotated[int | None, _counting("Seed of the draws.", min=0)]
Lamps = Annotated[Path | None, _input("List of street lamps (CSV, GeoJSON) beside those of the OSM file.")]
Level = Annotated[str | None, _counting("Picture quality, e.g. detect, recognise; or outline, perceive of 2025.")]
Light = Annotated[str | None, _counting("day or night.")]
Target = Annotated[
    float | None, _counting("Height in metres of what shall be seen: 0 the ground, 1.6 a face.", "--target-height")
]
Moving = Annotated[
    str | None, _counting("Of heads that turn: guaranteed (home position) or potential (all they reach).")
]
Footways = Annotated[bool, _input("Count footways, paths, steps and cycleways as streets too.", "--footways")]
Demand = Annotated[Path | None, _input("Events to weigh streets by (CSV, JSON, GeoJSON, GPKG): place, time, class.")]
Bandwidth = Annotated[float | None, _input("Metres along the streets at which an event's weight ends; at least 50.")]
Hours = Annotated[str | None, _input("Hours of the events that count, e.g. 20-6.")]
Config = Annotated[Path | None, _input("Project file (TOML); other options win over it.")]
Json = Annotated[bool, _output("Print one JSON object instead of tables.", "--json")]
AsToml = Annotated[bool, _output("Print what the columns were taken for, as a dialect file to edit.", "--as-toml")]
QualityReport = Annotated[
    Path | None,
    _output("Write a quality report: NAME.html, with NAME.findings.csv and NAME.quality.json beside it.", "--report"),
]
AsOf = Annotated[str | None, _output("Day the ages of rows are counted to in --report, e.g. 2026-01-31.", "--as-of")]
Out = Annotated[Path | None, _output(OUT_HELP)]
Lang = Annotated[str, _output("Language the map opens in: en or zh; a reader may switch.", "--lang")]
Overwrite = Annotated[bool, _output("Replace an earlier result.", "--overwrite")]
Minimum = Annotated[float | None, typer.Option(help="Exit with 1 if the covered share is below this.", min=0, max=1)]
Budget = Annotated[float | None, _choice("Money to spend at most.", min=0)]
Sites = Annotated[int | None, _choice("Actions that cost money at most: new cameras and changed ones.", min=0)]
Model = Annotated[list[str] | None, _choice("Camera model to choose from; may be repeated.")]
Price = Annotated[list[str] | None, _choice("Price of a model, as MODEL=MONEY; may be repeated.")]
Spacing = Annotated[float | None, _choice("Metres between candidate mounts along a street.")]
Azimuths = Annotated[int | None, _choice("Headings tried per mount and model.")]
PerMount = Annotated[int | None, _choice("New cameras per mount at most.")]
Forbidden = Annotated[Path | None, _choice("Polygon file: no mount may stand there.")]
NoView = Annotated[Path | None, _choice("Polygon file: no new view may fall there.")]
Action = Annotated[
    list[str] | None,
    _choice("new, reaim, relocate, repair, light (by night), upgrade; may be repeated. Only new by default."),
]
Phase = Annotated[list[str] | None, _choice("Money of one phase, as NAME=MONEY; repeat it in the order they come.")]
Force = Annotated[list[str] | None, _choice("Id of a mount that gets a new camera; may be repeated.")]
Forbid = Annotated[list[str] | None, _choice("Id of a mount or camera that is left alone; may be repeated.")]
Refine = Annotated[bool, _choice("Turn the chosen views to their best heading between the steps.")]
HomeWeight = Annotated[
    float | None, _choice("Metres of street that a metre of home facade in a new camera's view weighs.", min=0)
]
Frontier = Annotated[
    bool,
    typer.Option(
        "--frontier", rich_help_panel="What to build",
        help="Plan at several weights of homes as well: what fewer homes in view cost in street.",
    ),
]  # fmt: skip
ObjectiveName = Annotated[
    str | None,
    _choice("What is made great: length, demand (by --demand), mix (day and night), backup (two cameras), expected."),
]
ShareTarget = Annotated[
    float | None, _choice("Share to be reached for the least money, instead of a budget.", min=0, max=1)
]
FloorShare = Annotated[
    list[str] | None,
    _choice("Share of a district's street length to be covered at least, as NAME=SHARE or all=SHARE; may be repeated."),
]
Robust = Annotated[
    float | None, _choice("Make the mean over this share of the band's draws great, the worst, e.g. 0.1.", max=1)
]
RobustTarget = Annotated[
    float | None, _choice("Covered share: say in how many draws of the band it is reached.", min=0, max=1)
]
TimeLimit = Annotated[
    float | None, _choice("Seconds for choosing; the best plan so far counts, as it does after Ctrl-C.", min=0.001)
]
Apart = Annotated[float | None, _choice("Metres between new cameras at least.", min=0)]
Run = Annotated[Path, typer.Argument(help="Run folder of an earlier score or plan.")]
Phases = Annotated[
    int | None,
    typer.Option(help="Parts the plan is built in, one a year, where it has no phases of its own; 3 if not given."),
]
Years = Annotated[int, typer.Option(help="Years over which costs are summed.")]
Upkeep = Annotated[
    float | None,
    typer.Option(help="Yearly cost of a new camera as a share of its price; what its model states if not given."),
]
MountList = Annotated[Path | None, _choice("Your own list of candidate mounts instead of generated ones.")]
