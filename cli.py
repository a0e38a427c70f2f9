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
    help="Camera-coverage gap planner: what cameras see of a street network, where the gaps are, what to do with the money.",
    epilog="Start with: camgap demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

INPUT, OUTPUT, CHOICE = "Inputs", "Output", "What to build"
Osm = Annotated[
    list[Path] | None,
    typer.Option(
        "--osm", help="OpenStreetMap file (.osm, .osm.gz, .osm.bz2, .osm.pbf); may be repeated.", rich_help_panel=INPUT
    ),
]
Place = Annotated[
    str | None, typer.Option(help="Download a place by name, e.g. 'Zug, Switzerland'.", rich_help_panel=INPUT)
]
Bbox = Annotated[
    str | None,
    typer.Option(
        help="west,south,east,north in degrees: the study area of --osm, or the box to download.", rich_help_panel=INPUT
    ),
]
Area = Annotated[Path | None, typer.Option(help="Polygon file: streets are cut at its edge.", rich_help_panel=INPUT)]
Cameras = Annotated[
    list[str] | None,
    typer.Option(
        help="Camera list (CSV, GeoJSON), or 'osm' for the OSM file's own; may be repeated.", rich_help_panel=INPUT
    ),
]
Districts = Annotated[Path | None, typer.Option(help="Polygon file of districts to report by.", rich_help_panel=INPUT)]
Config = Annotated[
    Path | None, typer.Option(help="Project file (TOML); other options win over it.", rich_help_panel=INPUT)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.", rich_help_panel=OUTPUT)]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Write a run folder: result.json, coverage.gpkg, sites.csv, map.html, manifest.json.",
        rich_help_panel=OUTPUT,
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run folder.", rich_help_panel=OUTPUT)]


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
    osm: Osm = None, place: Place = None, bbox: Bbox = None, area: Area = None, cameras: Cameras = None,
    config: Config = None, as_json: Json = False,
) -> None:  # fmt: skip
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
    osm: Osm = None, place: Place = None, bbox: Bbox = None, area: Area = None, cameras: Cameras = None,
    districts: Districts = None, config: Config = None, out: Out = None, overwrite: Overwrite = False, as_json: Json = False,
    footways: Annotated[bool, typer.Option("--footways", help="Count footways, paths, steps and cycleways as streets too.")] = False,
    minimum: Annotated[float | None, typer.Option(help="Exit with 1 if the covered share is below this (0 to 1).", min=0, max=1)] = None,
) -> None:  # fmt: skip
    """Measure how much street length the cameras see, and list the gaps."""
    from camgap.coverage.outputs.layers import layers_of
    from camgap.coverage.outputs.results import score_result
    from camgap.coverage.outputs.run_folder import check_target
    from camgap.coverage.outputs.summary import score_tables
    from camgap.coverage.study import load_study, score_study

    settings = _settings(config, osm, place, bbox, area=area, cameras=cameras, districts=districts, footways=footways)
    if out:
        check_target(out, overwrite)
    with _progress() as progress:
        study = load_study(settings, progress)
        report = score_study(study, progress)
        result = score_result(study, report)
        if out:
            progress("write run folder", 0, 0)
            _write_run(out, overwrite, result, layers_of(study, report), study)
    _print_json(result) if as_json else _print_tables(score_tables(result), out)
    if minimum is not None and report.share < minimum:
        raise typer.Exit(1)


@app.command(epilog="Example: camgap plan --osm town.osm.pbf --cameras cameras.csv --budget 500000 --out run")
def plan(
    osm: Osm = None, place: Place = None, bbox: Bbox = None, area: Area = None, cameras: Cameras = None,
    districts: Districts = None, config: Config = None, out: Out = None, overwrite: Overwrite = False, as_json: Json = False,
    footways: Annotated[bool, typer.Option("--footways", help="Count footways, paths, steps and cycleways as streets too.")] = False,
    budget: Annotated[float | None, typer.Option(help="Money to spend at most.", min=0, rich_help_panel=CHOICE)] = None,
    sites: Annotated[int | None, typer.Option(help="New cameras at most.", min=0, rich_help_panel=CHOICE)] = None,
    model: Annotated[list[str] | None, typer.Option(help="Camera model to choose from; may be repeated.", rich_help_panel=CHOICE)] = None,
    price: Annotated[list[str] | None, typer.Option(help="Price of a model, as MODEL=MONEY; may be repeated.", rich_help_panel=CHOICE)] = None,
    spacing: Annotated[float | None, typer.Option(help="Metres between candidate mounts along a street.", rich_help_panel=CHOICE)] = None,
    azimuths: Annotated[int | None, typer.Option(help="Headings tried per mount and model.", rich_help_panel=CHOICE)] = None,
    per_mount: Annotated[int | None, typer.Option(help="New cameras per mount at most.", rich_help_panel=CHOICE)] = None,
    forbidden: Annotated[Path | None, typer.Option(help="Polygon file: no mount may stand there.", rich_help_panel=CHOICE)] = None,
    mounts: Annotated[Path | None, typer.Option(help="Your own list of candidate mounts instead.", rich_help_panel=CHOICE)] = None,
) -> None:  # fmt: skip
    """Choose new cameras so that the newly covered length is greatest, with a bound on what any plan could reach."""
    settings = _settings(
        config, osm, place, bbox, area=area, cameras=cameras, districts=districts, footways=footways, forbidden=forbidden,
        mounts=mounts, budget=budget, sites=sites,
        **{"plan.use": model, "plan.prices": _prices(price), "plan.spacing_m": spacing, "plan.azimuth_steps": azimuths,
           "plan.per_mount": per_mount},
    )  # fmt: skip
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
    from camgap.coverage.outputs.layers import layers_of
    from camgap.coverage.outputs.results import plan_result
    from camgap.coverage.outputs.run_folder import check_target
    from camgap.coverage.outputs.summary import plan_tables
    from camgap.coverage.study import load_study, plan_study

    if out:
        check_target(out, overwrite)
    with _progress() as progress:
        study = load_study(settings, progress)
        plan = plan_study(study, progress)
        result = plan_result(study, plan)
        if out:
            progress("write run folder", 0, 0)
            _write_run(out, overwrite, result, layers_of(study, plan.before, plan), study)
    if show:
        show(plan_tables(result), out)
    return result


def _write_run(out: Path, overwrite: bool, result: dict[str, Any], layers: Any, study: Any) -> None:
    from camgap.coverage.outputs.run_folder import write_run
    from camgap.maps.draw import draw_map

    write_run(out, overwrite, result, layers, study, draw_map)


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
    inputs = ("area", "cameras", "districts", "forbidden", "mounts")
    keys = {f"inputs.{k}" if k in inputs else k: v for k, v in over.items()}
    if footways:
        keys["streets.also"] = FOOT_CLASSES
    settings = load_settings(config, **{"inputs.osm": osm, "inputs.place": place, "inputs.bbox": _box(bbox)}, **keys)
    return settings


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
    from camgap.coverage.outputs.results import to_json

    sys.stdout.write(to_json(result) + "\n")


def _print_tables(tables: "list[Table]", out: Path | None = None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 120)
    for table in tables:
        shown = RichTable(box=box.SIMPLE_HEAD, title=Text(table.title, "bold"), title_justify="left")
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
