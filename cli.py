"""The command line: parse, call, print. Heavy imports stay inside the commands, so that --help answers at once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from camgap.config import options

if TYPE_CHECKING:
    from camgap.coverage.outputs.tables.parts import Table
    from camgap.coverage.settings import Settings
    from camgap.coverage.siting.greedy import Stages

INTERRUPTED = "Interrupted: the best plan so far is measured and handed over; Ctrl-C again ends without it."

app = typer.Typer(
    name="camgap",
    help="Camera-coverage gap planner: what cameras see of the streets, where the gaps are, what to do with the money.",
    epilog="Start with: camgap demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


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
    as_json: options.Json = False,
    lang: options.Lang = "en",
) -> None:
    """Run everything on the built-in fictional town: check, score, plan, map."""
    from importlib.resources import as_file, files

    from camgap.config.project import load_settings
    from camgap.coverage.outputs.story import story_lines

    with as_file(files("camgap.config").joinpath("demo")) as town:
        result = _plan(load_settings(town / "camgap.toml"), out, True, None if as_json else _no_tables, lang)
    if as_json:
        return _print_json(result)
    for line in story_lines(result):
        typer.echo(line)
    typer.echo(f"\nMap: {(out / 'map.html').absolute()}\nOpen it in a browser; it needs no network.")
    return None


@app.command(epilog="Example: camgap fetch --place 'Zug, Switzerland' --out zug.osm.pbf")
def fetch(
    out: Annotated[Path, typer.Option(help="OSM file to write (.osm.pbf or .osm).")],
    place: options.Place = None,
    bbox: options.Bbox = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Download streets, buildings, cameras and lamps of a place from OpenStreetMap into a file."""
    from camgap.config.given import box
    from camgap.coverage.errors import OutputError
    from camgap.coverage.inputs.download import fetch as download

    if out.exists() and not overwrite:
        raise OutputError(f"{out}: exists; choose another --out or add --overwrite")
    with _progress() as progress:
        progress("download from OpenStreetMap", 0, 0)
        download(place=place, bbox=box(bbox), out=out)
    typer.echo(f"{out}")


@app.command(epilog="Example: camgap check --cameras cameras.csv --osm town.osm.pbf")
def check(
    osm: options.Osm = None,
    place: options.Place = None,
    bbox: options.Bbox = None,
    area: options.Area = None,
    cameras: options.Cameras = None,
    districts: options.Districts = None,
    cameras_crs: options.CamerasCrs = None,
    dialect: options.Dialect = None,
    overrides: options.Overrides = None,
    config: options.Config = None,
    report: options.QualityReport = None,
    as_of: options.AsOf = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
    as_toml: options.AsToml = False,
) -> None:
    """Show what would be read from camera lists, before anything is computed.

    With a street network the placing is checked as well: cameras far away, inside buildings, on facades, and which
    coordinate system fits the streets. --report then also says how far the covered length may be off because of each
    field the lists leave open.
    """
    from camgap.config.given import day, files_read, settings_given
    from camgap.coverage.inputs.inventory import mapping_file
    from camgap.coverage.outputs.results import check_result
    from camgap.coverage.outputs.tables.check import check_tables
    from camgap.coverage.study import check_study

    given: dict[str, Any] = {
        "area": area, "cameras": cameras, "cameras_crs": cameras_crs, "dialect": dialect, "districts": districts,
        "overrides": overrides,
    }  # fmt: skip
    settings, counted_to = settings_given(config, osm, place, bbox, **given), day("--as-of", as_of)
    if report:
        from camgap.coverage.outputs.quality_report import check_report_target

        check_report_target(report, overwrite, files_read(settings, config))
    with _progress() as progress:
        checked = check_study(settings, progress)
        if as_toml:
            sys.stdout.write("\n".join(mapping_file(cameras) for cameras in checked.lists if cameras.is_file))
            return
        result, tables = check_result(checked, settings.cameras), []
        if report:
            from camgap.coverage.outputs.quality_report import quality_result, quality_tables, write_report
            from camgap.coverage.quality.report import assess

            progress("assess quality", 0, 0)
            quality = assess(checked.lists, checked.study, day=counted_to)
            write_report(quality, report, overwrite)
            result, tables = result | {"quality": quality_result(quality)}, quality_tables(quality)
    _print_json(result) if as_json else _print_tables([*check_tables(result), *tables])


@app.command(epilog="Example: camgap merge skynet.csv sharp_eyes.csv --osm town.osm.pbf --out merged.gpkg")
def merge(
    out: Annotated[Path, typer.Option(help="List to write (.gpkg, .csv, .geojson); its account goes beside it.")],
    lists: Annotated[
        list[str] | None,
        typer.Argument(help="Camera lists, each of a name of its own; those of --config if none.", show_default=False),
    ] = None,
    near: Annotated[float | None, typer.Option(help="Metres within which two rows may be one camera.", min=0)] = None,
    turn: Annotated[float | None, typer.Option(help="Degrees two directions of one camera may differ.", min=0)] = None,
    osm: options.Osm = None,
    cameras_crs: options.CamerasCrs = None,
    dialect: options.Dialect = None,
    config: options.Config = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Make one camera list of several: no row lost, none counted twice, every value with its origin.

    With --osm the streets tell which coordinate system each list is in. --cameras-crs and --dialect hold for every
    list; where lists differ, give each its own in a project file: [[inputs.sources]].
    """
    from camgap.config.given import files_read, settings_given
    from camgap.config.project import merge_settings
    from camgap.coverage.inputs.merge import merge_cameras
    from camgap.coverage.outputs.merged import check_merge_target, merge_result, merge_tables, write_merged
    from camgap.coverage.study import read_to_merge

    rules = merge_settings(near_m=near, same_direction=turn)
    settings = settings_given(config, osm, None, None, cameras=lists or None, cameras_crs=cameras_crs, dialect=dialect)
    check_merge_target(out, overwrite, files_read(settings, config))
    with _progress() as progress:
        read, earlier = read_to_merge(settings, progress)
        merged = merge_cameras(read, rules, earlier)
    write_merged(merged, out, overwrite)
    result = merge_result(merged, read)
    _print_json(result) if as_json else _print_tables(merge_tables(result))


@app.command(epilog="Example: camgap visits --osm town.osm.pbf --cameras cameras.csv --most 30 --out visits.csv")
def visits(
    out: Annotated[list[Path], typer.Option(help="List to write (.csv, .gpx, .kml); may be repeated.")],
    most: Annotated[int | None, typer.Option(help="Cameras to visit at most; 25 without --length.", min=1)] = None,
    length: Annotated[float | None, typer.Option(help="Kilometres to walk at most.", min=0.1)] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="LAT,LON where the walk starts and ends; else at its first stop.")
    ] = None,
    osm: options.Osm = None,
    place: options.Place = None,
    bbox: options.Bbox = None,
    area: options.Area = None,
    cameras: options.Cameras = None,
    cameras_crs: options.CamerasCrs = None,
    dialect: options.Dialect = None,
    overrides: options.Overrides = None,
    config: options.Config = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
    footways: options.Footways = False,
    level: options.Level = None,
    target_height: options.Target = None,
    draws: options.Draws = None,
    seed: options.Seed = None,
) -> None:
    """List the cameras whose unknowns widen the band of the score most, in the order of a short walk.

    Fill in what is found, with date and initials, and lay it over the lists: score --overrides visits.csv.
    """
    from camgap.config.given import at_degrees, files_read, settings_given
    from camgap.coverage.outputs.visit_files import check_visit_targets, visits_result, visits_tables, write_visits
    from camgap.coverage.quality.visits import plan_visits
    from camgap.coverage.study import load_study

    at = at_degrees(start)
    given: dict[str, Any] = {
        "area": area, "cameras": cameras, "cameras_crs": cameras_crs, "dialect": dialect, "overrides": overrides,
        "level": level, "target_m": target_height, "draws": draws, "seed": seed,
    }  # fmt: skip
    settings = settings_given(config, osm, place, bbox, footways, **given)
    check_visit_targets(out, overwrite, files_read(settings, config))
    with _progress() as progress:
        study = load_study(settings, progress)
        progress("draw what is not known", 0, 0)
        found = plan_visits(study, most, None if length is None else 1000 * length, at)
    write_visits(found, out, overwrite)
    result = visits_result(found)
    _print_json(result) if as_json else _print_tables(visits_tables(result))


@app.command(epilog="Example: camgap score --osm town.osm.pbf --cameras cameras.csv --out run")
def score(
    osm: options.Osm = None,
    place: options.Place = None,
    bbox: options.Bbox = None,
    area: options.Area = None,
    cameras: options.Cameras = None,
    cameras_crs: options.CamerasCrs = None,
    dialect: options.Dialect = None,
    overrides: options.Overrides = None,
    districts: options.Districts = None,
    demand: options.Demand = None,
    bandwidth: options.Bandwidth = None,
    hours: options.Hours = None,
    config: options.Config = None,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
    footways: options.Footways = False,
    minimum: options.Minimum = None,
    level: options.Level = None,
    light: options.Light = None,
    target_height: options.Target = None,
    moving: options.Moving = None,
    draws: options.Draws = None,
    seed: options.Seed = None,
    lamps: options.Lamps = None,
    lang: options.Lang = "en",
) -> None:
    """Measure how much street length the cameras see, and list the gaps."""
    from camgap import save
    from camgap.config.given import files_read, settings_given
    from camgap.coverage.outputs.results import score_result
    from camgap.coverage.outputs.run_folder import check_target
    from camgap.coverage.outputs.tables.score import score_tables
    from camgap.coverage.study import load_study, score_study
    from camgap.maps.words import check_language

    given: dict[str, Any] = {
        "area": area, "cameras": cameras, "cameras_crs": cameras_crs, "dialect": dialect, "districts": districts,
        "lamps": lamps, "demand": demand, "bandwidth_m": bandwidth, "hours": hours, "overrides": overrides,
    }  # fmt: skip
    counts = {"draws": draws, "seed": seed, "level": level, "light": light, "target_m": target_height, "moving": moving}
    settings = settings_given(config, osm, place, bbox, footways, **given, **counts)
    if out:
        check_target(out, overwrite, files_read(settings, config))
        check_language(lang)
    with _progress() as progress:
        study = load_study(settings, progress)
        report = score_study(study, progress)
        if out:
            progress("write run folder", 0, 0)
        result = save(study, report, out, overwrite=overwrite, lang=lang) if out else score_result(study, report)
    _print_json(result) if as_json else _print_tables(score_tables(result), out)
    if minimum is not None and report.share < minimum:
        raise typer.Exit(1)


@app.command(epilog="Example: camgap plan --osm town.osm.pbf --cameras cameras.csv --budget 500000 --out run")
def plan(
    osm: options.Osm = None,
    place: options.Place = None,
    bbox: options.Bbox = None,
    area: options.Area = None,
    cameras: options.Cameras = None,
    cameras_crs: options.CamerasCrs = None,
    dialect: options.Dialect = None,
    overrides: options.Overrides = None,
    districts: options.Districts = None,
    demand: options.Demand = None,
    bandwidth: options.Bandwidth = None,
    hours: options.Hours = None,
    config: options.Config = None,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
    footways: options.Footways = False,
    budget: options.Budget = None,
    sites: options.Sites = None,
    model: options.Model = None,
    price: options.Price = None,
    spacing: options.Spacing = None,
    azimuths: options.Azimuths = None,
    per_mount: options.PerMount = None,
    forbidden: options.Forbidden = None,
    mounts: options.MountList = None,
    no_view: options.NoView = None,
    action: options.Action = None,
    phase: options.Phase = None,
    force: options.Force = None,
    forbid: options.Forbid = None,
    apart: options.Apart = None,
    refine: options.Refine = False,
    home_weight: options.HomeWeight = None,
    frontier: options.Frontier = False,
    objective: options.ObjectiveName = None,
    target: options.ShareTarget = None,
    floor: options.FloorShare = None,
    robust: options.Robust = None,
    robust_target: options.RobustTarget = None,
    time_limit: options.TimeLimit = None,
    level: options.Level = None,
    light: options.Light = None,
    target_height: options.Target = None,
    moving: options.Moving = None,
    draws: options.Draws = None,
    seed: options.Seed = None,
    lamps: options.Lamps = None,
    lang: options.Lang = "en",
) -> None:
    """Choose what to do with the money so that most street is newly covered, with a bound on every plan."""
    from camgap.config.given import files_read, money, settings_given, shares
    from camgap.coverage.outputs.run_folder import check_target

    given: dict[str, Any] = {
        "area": area, "cameras": cameras, "cameras_crs": cameras_crs, "dialect": dialect, "districts": districts,
        "forbidden": forbidden, "mounts": mounts, "demand": demand, "bandwidth_m": bandwidth, "hours": hours,
        "overrides": overrides, "budget": budget, "sites": sites, "models": model, "spacing_m": spacing,
        "prices": money("--price", "MODEL=MONEY, e.g. bullet=18000", price),
        "azimuth_steps": azimuths, "per_mount": per_mount, "lamps": lamps,
        "no_view": no_view, "actions": action, "phases": money("--phase", "NAME=MONEY, e.g. 2027=200000", phase),
        "force": force, "forbid": forbid, "apart_m": apart, "refine": refine or None,
        "objective": objective, "target": target, "time_limit": time_limit, "home_weight": home_weight,
        "floors": shares("--floor", "NAME=SHARE, e.g. Altstadt=0.3", floor), "robust": robust,
        "robust_target": robust_target,
        "level": level, "light": light, "target_m": target_height, "moving": moving, "draws": draws, "seed": seed,
    }  # fmt: skip
    settings = settings_given(config, osm, place, bbox, footways, **given)
    settings = settings.with_frontier() if frontier else settings
    if out:
        check_target(out, overwrite, files_read(settings, config))
    result = _plan(settings, out, overwrite, None if as_json else _print_tables, lang)
    if as_json:
        _print_json(result)


@app.command(epilog="Example: camgap compare today proposal --out difference")
def compare(
    run_a: Annotated[Path, typer.Argument(help="Run folder of a score or plan.")],
    run_b: Annotated[Path, typer.Argument(help="The other one: what it gains and loses against the first is shown.")],
    out: Annotated[
        Path | None, typer.Option(help="Write a folder: result.json, changes.gpkg, map.html.", rich_help_panel="Output")
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Say what changed from one run to another, street by street: with the proposal where a run is a plan."""
    from camgap.coverage.outputs.compare import compare_runs, comparison_layers, comparison_result, read_run
    from camgap.coverage.outputs.run_folder import check_target, write_comparison
    from camgap.coverage.outputs.tables.compare import compare_tables
    from camgap.maps.draw import draw_map

    if out:
        check_target(out, overwrite, (run_a, run_b))
    comparison = compare_runs(read_run(run_a), read_run(run_b))
    result = comparison_result(comparison)
    if out:
        write_comparison(out, overwrite, result, comparison_layers(comparison), draw_map)
    _print_json(result) if as_json else _print_tables(compare_tables(result), out)


@app.command(epilog="Example: camgap explain proposal 3")
def explain(
    run: Annotated[Path, typer.Argument(help="Run folder of a plan.")],
    site: Annotated[
        str | None, typer.Argument(help="Rank of a site, or id of its mount or camera; without it what was left out.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Say why a site is in the plan, what it adds and what would take its place; or what was left out and why."""
    from camgap.coverage.outputs.compare import find_site, read_plan
    from camgap.coverage.outputs.tables.explain import explain_tables, rejected_table

    result = read_plan(run)
    if site is None:
        return _print_json({"rejected": result["rejected"]}) if as_json else _print_tables([rejected_table(result)])
    found = find_site(result, site)
    return _print_json(found) if as_json else _print_tables(explain_tables(result, found))


@app.command("map", epilog="Example: camgap map run --out town.html")
def map_(
    run: Annotated[Path, typer.Argument(help="Run folder of an earlier score or plan.")],
    out: Annotated[
        Path | None, typer.Option(help="HTML file to write; the run folder's map.html if not given.")
    ] = None,
    overwrite: options.Overwrite = False,
    lang: options.Lang = "en",
) -> None:
    """Draw the interactive map of a run folder again."""
    from camgap.coverage.errors import OutputError
    from camgap.coverage.outputs.targets import refuse_inputs
    from camgap.maps.draw import write_map

    target = out or run / "map.html"
    refuse_inputs(target, (run / name for name in ("coverage.gpkg", "result.json", "sites.csv", "manifest.json")))
    if out and out.exists() and not overwrite:
        raise OutputError(f"{out}: exists; choose another --out or add --overwrite")
    write_map(run, target, lang)
    typer.echo(str(target))


@app.command(epilog="Example: camgap report run --pdf --lang zh")
def report(
    run: options.Run,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print report.pdf as well, by an installed Chromium or Chrome, or by typst.")
    ] = False,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    lang: Annotated[str, typer.Option(help="Language of the report: en or zh.")] = "en",
    phases: options.Phases = None,
    years: options.Years = 5,
    upkeep: options.Upkeep = None,
) -> None:
    """Write the printable case of a run into its folder: summary, need, method, plan, cost, privacy, sites."""
    from camgap.coverage.outputs.money import Terms
    from camgap.coverage.outputs.report.build import write_report
    from camgap.coverage.outputs.report.pdf import find_browser, write_pdf

    terms = Terms(phases, years, upkeep)
    if pdf:
        find_browser()
    page = write_report(run, paper, lang, terms)
    typer.echo(str(page))
    if pdf:
        write_pdf(page, page.with_suffix(".pdf"))
        typer.echo(str(page.with_suffix(".pdf")))


@app.command(epilog="Example: camgap export run --format kmz --format xlsx --out files")
def export(
    run: options.Run,
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    form: Annotated[
        list[str], typer.Option("--format", help="gpkg, geojson, kml, kmz, dxf, xlsx, csv or all; may be repeated.")
    ],
    public: Annotated[
        bool, typer.Option("--public", help="Public edition with a map: positions blurred, no ids, status, headings.")
    ] = False,
    overwrite: options.Overwrite = False,
    phases: options.Phases = None,
    years: options.Years = 5,
    upkeep: options.Upkeep = None,
) -> None:
    """Write the files of a run for GIS, CAD, globe, spreadsheet and installer, or all of it for the public."""
    from camgap.coverage.outputs.files.export import export_run
    from camgap.coverage.outputs.money import Terms
    from camgap.maps.draw import draw_map

    written = export_run(run, out, form, Terms(phases, years, upkeep), draw_map if public else None, overwrite)
    for name in written:
        typer.echo(str(out / name))


def _plan(
    settings: "Settings",
    out: Path | None,
    overwrite: bool,
    show: "Callable[[list[Table], Path | None], None] | None",
    lang: str = "en",
) -> dict[str, Any]:
    from camgap import save
    from camgap.coverage.outputs.results import plan_result
    from camgap.coverage.outputs.run_folder import check_target
    from camgap.coverage.outputs.tables.plan import plan_tables
    from camgap.coverage.planning import plan_study
    from camgap.coverage.siting.clock import Clock
    from camgap.coverage.study import load_study
    from camgap.maps.words import check_language

    if out:
        check_target(out, overwrite)
        check_language(lang)
    clock = Clock.of(settings.plan.time_limit_s, lambda: typer.echo(INTERRUPTED, err=True))
    with _progress() as progress, clock.listening():
        study = load_study(settings, progress)
        plan = plan_study(study, progress, clock)
        if out:
            progress("write run folder", 0, 0)
        result = save(study, plan, out, overwrite=overwrite, lang=lang) if out else plan_result(study, plan)
    if show:
        show(plan_tables(result), out)
    return result


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
