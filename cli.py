"""The command line: parse, call, print. Heavy imports stay inside the commands, so that --help answers at once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from camgap.coverage.outputs.summary import Table
    from camgap.coverage.settings import Settings
    from camgap.coverage.siting.greedy import Stages

app = typer.Typer(
    name="camgap",
    help="Camera-coverage gap planner: what cameras see of the streets, where the gaps are, what to do with the money.",
    epilog="Start with: camgap demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


def _input(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="Inputs")


def _output(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel="Output")


def _choice(text: str, **limits: Any) -> Any:
    return typer.Option(help=text, rich_help_panel="What to build", **limits)


OSM_HELP = "OpenStreetMap file (.osm, .osm.gz, .osm.bz2, .osm.pbf); may be repeated."
BBOX_HELP = "west,south,east,north in degrees: the study area of --osm, or the box to download."
CAMERAS_HELP = "Camera list (CSV, GeoJSON), or 'osm' for the OSM file's own; may be repeated."
OUT_HELP = "Write a run folder: result.json, coverage.gpkg, sites.csv, map.html, manifest.json."

Osm = Annotated[list[Path] | None, _input(OSM_HELP, "--osm")]
Place = Annotated[str | None, _input("Download a place by name, e.g. 'Zug, Switzerland'.")]
Bbox = Annotated[str | None, _input(BBOX_HELP)]
Area = Annotated[Path | None, _input("Polygon file: streets are cut at its edge.")]
Cameras = Annotated[list[str] | None, _input(CAMERAS_HELP)]
Districts = Annotated[Path | None, _input("Polygon file of districts to report by.")]
Footways = Annotated[bool, _input("Count footways, paths, steps and cycleways as streets too.", "--footways")]
Demand = Annotated[Path | None, _input("Events to weigh streets by (CSV, JSON, GeoJSON, GPKG): place, time, class.")]
Bandwidth = Annotated[float | None, _input("Metres along the streets at which an event's weight ends; at least 50.")]
Hours = Annotated[str | None, _input("Hours of the events that count, e.g. 20-6.")]
Config = Annotated[Path | None, _input("Project file (TOML); other options win over it.")]
Json = Annotated[bool, _output("Print one JSON object instead of tables.", "--json")]
Out = Annotated[Path | None, _output(OUT_HELP)]
Overwrite = Annotated[bool, _output("Replace an earlier result.", "--overwrite")]
Minimum = Annotated[float | None, typer.Option(help="Exit with 1 if the covered share is below this.", min=0, max=1)]
Budget = Annotated[float | None, _choice("Money to spend at most.", min=0)]
Sites = Annotated[int | None, _choice("New cameras at most.", min=0)]
Model = Annotated[list[str] | None, _choice("Camera model to choose from; may be repeated.")]
Price = Annotated[list[str] | None, _choice("Price of a model, as MODEL=MONEY; may be repeated.")]
Spacing = Annotated[float | None, _choice("Metres between candidate mounts along a street.")]
Azimuths = Annotated[int | None, _choice("Headings tried per mount and model.")]
PerMount = Annotated[int | None, _choice("New cameras per mount at most.")]
Forbidden = Annotated[Path | None, _choice("Polygon file: no mount may stand there.")]
MountList = Annotated[Path | None, _choice("Your own list of candidate mounts instead of generated ones.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"camgap {version('camgap')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: camgap demo --out demo-run")
def demo(
    out: Annotated[Path, typer.Option(help="Run folder to write; an earlier demo there is replaced.")] = Path(
        "camgap-demo"
    ),
    as_json: Json = False,
) -> None:
    """Run everything on the built-in fictional town: check, score, plan, map."""
    from importlib.resources import as_file, files

    from camgap.config.project import load_settings
    from camgap.coverage.outputs.story import story_lines

    with as_file(files("camgap.config").joinpath("demo")) as town:
        result = _plan(load_settings(town / "camgap.toml"), out, True, None if as_json else _no_tables)
    if as_json:
        return _print_json(result)
    for line in story_lines(result):
        typer.echo(line)
    typer.echo(f"\nMap: {(out / 'map.html').absolute()}\nOpen it in a browser; it needs no network.")
    return None


@app.command(epilog="Example: camgap fetch --place 'Zug, Switzerland' --out zug.osm.pbf")
def fetch(
    out: Annotated[Path, typer.Option(help="OSM file to write (.osm.pbf or .osm).")],
    place: Place = None,
    bbox: Bbox = None,
    overwrite: Overwrite = False,
) -> None:
    """Download streets, buildings, cameras and lamps of a place from OpenStreetMap into a file."""
    from camgap.coverage.errors import OutputError
    from camgap.coverage.inputs.download import fetch as download

    if out.exists() and not overwrite:
        raise OutputError(f"{out}: exists; choose another --out or add --overwrite")
    with _progress() as progress:
        progress("download from OpenStreetMap", 0, 0)
        download(place=place, bbox=_box(bbox), out=out)
    typer.echo(f"{out}")


@app.command(epilog="Example: camgap check --cameras cameras.csv --osm town.osm.pbf")
def check(
    osm: Osm = None,
    place: Place = None,
    bbox: Bbox = None,
    area: Area = None,
    cameras: Cameras = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show what would be read from camera lists, before anything is computed.

    With a street network the placing is checked as well: cameras far away, inside buildings, on facades.
    """
    from camgap.coverage.outputs.results import check_result
    from camgap.coverage.outputs.summary import check_tables
    from camgap.coverage.study import check_study

    settings = _settings(config, osm, place, bbox, area=area, cameras=cameras)
    with _progress() as progress:
        result = check_result(check_study(settings, progress), settings.cameras)
    _print_json(result) if as_json else _print_tables(check_tables(result))


@app.command(epilog="Example: camgap score --osm town.osm.pbf --cameras cameras.csv --out run")
def score(
    osm: Osm = None,
    place: Place = None,
    bbox: Bbox = None,
    area: Area = None,
    cameras: Cameras = None,
    districts: Districts = None,
    demand: Demand = None,
    bandwidth: Bandwidth = None,
    hours: Hours = None,
    config: Config = None,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    footways: Footways = False,
    minimum: Minimum = None,
) -> None:
    """Measure how much street length the cameras see, and list the gaps."""
    from camgap import save
    from camgap.coverage.outputs.results import score_result
    from camgap.coverage.outputs.run_folder import check_target
    from camgap.coverage.outputs.summary import score_tables
    from camgap.coverage.study import load_study, score_study

    given: dict[str, Any] = {
        "area": area, "cameras": cameras, "districts": districts, "demand": demand, "bandwidth_m": bandwidth,
        "hours": hours,
    }  # fmt: skip
    settings = _settings(config, osm, place, bbox, footways, **given)
    if out:
        check_target(out, overwrite)
    with _progress() as progress:
        study = load_study(settings, progress)
        report = score_study(study, progress)
        if out:
            progress("write run folder", 0, 0)
        result = save(study, report, out, overwrite=overwrite) if out else score_result(study, report)
    _print_json(result) if as_json else _print_tables(score_tables(result), out)
    if minimum is not None and report.share < minimum:
        raise typer.Exit(1)


@app.command(epilog="Example: camgap plan --osm town.osm.pbf --cameras cameras.csv --budget 500000 --out run")
def plan(
    osm: Osm = None,
    place: Place = None,
    bbox: Bbox = None,
    area: Area = None,
    cameras: Cameras = None,
    districts: Districts = None,
    demand: Demand = None,
    bandwidth: Bandwidth = None,
    hours: Hours = None,
    config: Config = None,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    footways: Footways = False,
    budget: Budget = None,
    sites: Sites = None,
    model: Model = None,
    price: Price = None,
    spacing: Spacing = None,
    azimuths: Azimuths = None,
    per_mount: PerMount = None,
    forbidden: Forbidden = None,
    mounts: MountList = None,
) -> None:
    """Choose new cameras so that the newly covered length is greatest, with a bound on what any plan could reach."""
    given: dict[str, Any] = {
        "area": area, "cameras": cameras, "districts": districts, "forbidden": forbidden, "mounts": mounts,
        "budget": budget, "sites": sites, "models": model, "prices": _prices(price), "spacing_m": spacing,
        "azimuth_steps": azimuths, "per_mount": per_mount, "demand": demand, "bandwidth_m": bandwidth, "hours": hours,
    }  # fmt: skip
    settings = _settings(config, osm, place, bbox, footways, **given)
    result = _plan(settings, out, overwrite, None if as_json else _print_tables)
    if as_json:
        _print_json(result)


@app.command("map", epilog="Example: camgap map run --out town.html")
def map_(
    run: Annotated[Path, typer.Argument(help="Run folder of an earlier score or plan.")],
    out: Annotated[
        Path | None, typer.Option(help="HTML file to write; the run folder's map.html if not given.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the interactive map of a run folder again."""
    from camgap.coverage.errors import OutputError
    from camgap.maps.draw import write_map

    target = out or run / "map.html"
    if out and out.exists() and not overwrite:
        raise OutputError(f"{out}: exists; choose another --out or add --overwrite")
    write_map(run, target)
    typer.echo(str(target))


def _plan(
    settings: "Settings", out: Path | None, overwrite: bool, show: "Callable[[list[Table], Path | None], None] | None"
) -> dict[str, Any]:
    from camgap import save
    from camgap.coverage.outputs.results import plan_result
    from camgap.coverage.outputs.run_folder import check_target
    from camgap.coverage.outputs.summary import plan_tables
    from camgap.coverage.study import load_study, plan_study

    if out:
        check_target(out, overwrite)
    with _progress() as progress:
        study = load_study(settings, progress)
        plan = plan_study(study, progress)
        if out:
            progress("write run folder", 0, 0)
        result = save(study, plan, out, overwrite=overwrite) if out else plan_result(study, plan)
    if show:
        show(plan_tables(result), out)
    return result


def _settings(
    config: Path | None,
    osm: list[Path] | None,
    place: str | None,
    bbox: str | None,
    footways: bool = False,
    **over: Any,
) -> "Settings":
    """Fill the settings: presets, project file, then what was given here."""
    from camgap.config.project import load_settings
    from camgap.coverage.errors import SettingsError
    from camgap.coverage.settings import FOOT_CLASSES

    if place and osm:
        raise SettingsError("--place and --osm: give one of them, a place to download or a file")
    if footways:
        over["streets.also"] = FOOT_CLASSES
    return load_settings(config, osm=osm, place=place, bbox=_box(bbox), **over)


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    from camgap.coverage.errors import SettingsError

    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(
            f"--bbox {text!r}: expected four numbers west,south,east,north, e.g. 8.50,47.36,8.56,47.39"
        ) from None
    return west, south, east, north


def _prices(given: list[str] | None) -> dict[str, float] | None:
    if given is None:
        return None
    from camgap.coverage.errors import SettingsError

    prices = {}
    for text in given:
        model, _, money = text.partition("=")
        try:
            prices[model.strip()] = float(money)
        except ValueError:
            raise SettingsError(f"--price {text!r}: expected MODEL=MONEY, e.g. bullet=18000") from None
    return prices


@contextmanager
def _progress() -> "Iterator[Stages]":
    """Show stages on stderr while they last; nothing where stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
    with bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.update(task, visible=False)
                tasks[stage] = bars.add_task(stage, total=None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield show


def _no_tables(tables: "list[Table]", out: Path | None) -> None:
    """Print nothing: the demo tells its story instead."""


def _print_json(result: dict[str, Any]) -> None:
    from camgap.coverage.outputs.run_folder import to_json

    sys.stdout.write(to_json(result) + "\n")


def _print_tables(tables: "list[Table]", out: Path | None = None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 120)
    for table in tables:
        console.print(Text(table.title, "bold"))
        shown = RichTable(box=box.SIMPLE_HEAD, show_header=any(table.columns))
        for i, column in enumerate(table.columns):
            shown.add_column(Text(column), justify="left" if i < table.left else "right", overflow="fold")
        for row in table.rows:
            shown.add_row(*(Text(cell) for cell in row))  # Text: names from data are never taken for markup
        console.print(shown)
    if out:
        console.print(Text(f"Run folder: {out.absolute()}\nMap: {(out / 'map.html').absolute()}"))


def main() -> None:
    """Run camgap; a failure of its own becomes one line on stderr and exit code 2."""
    from camgap.coverage.errors import CamgapError

    try:
        app()
    except CamgapError as error:
        typer.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
