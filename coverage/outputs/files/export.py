"""Writing a run's files in other formats, whole or in the public edition, into a folder of their own."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from camgap.coverage.errors import SettingsError
from camgap.coverage.outputs.files.dxf import write_dxf
from camgap.coverage.outputs.files.installer import installer_schedule
from camgap.coverage.outputs.files.kml import kml_text, write_kmz
from camgap.coverage.outputs.files.public import map_layers, public_edition, public_schedule, public_sites
from camgap.coverage.outputs.files.workbook import write_workbook
from camgap.coverage.outputs.money import Terms, schedule
from camgap.coverage.outputs.run import Run, read_run
from camgap.coverage.outputs.run_folder import MANIFEST, new_folder, to_json, write_layers
from camgap.coverage.outputs.safe_cells import csv_text

FORMATS = ("gpkg", "geojson", "kml", "kmz", "dxf", "xlsx", "csv")
NOT_IN_KML = ("buildings", "frontage", "evaluation", "certainty", "levels")  # a globe has houses; the rest is for GIS
ATTRIBUTION = "Streets and buildings © OpenStreetMap contributors, Open Database Licence 1.0"
Draw = Callable[[Mapping[str, gpd.GeoDataFrame], Mapping[str, Any]], str]


def export_run(
    folder: Path,
    out: Path,
    formats: Sequence[str],
    terms: Terms | None = None,
    draw_map: Draw | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write a run in other formats and return the names of the files.

    Parameters
    ----------
    folder : Path
        A run folder.
    out : Path
        A folder to make; it is whole or absent.
    formats : sequence of str
        Of :data:`FORMATS`, or "all".
    draw_map : callable, optional
        Given, the public edition is written (:mod:`~camgap.coverage.outputs.files.public`), with result.json,
        coverage.gpkg and a map.html that this draws from layers and result.

    Raises
    ------
    SettingsError
        If a format is unknown, or asks for a plan where there is none.
    InputError, OutputError
        If the run cannot be read or the folder cannot be written.
    """
    wanted = _wanted(formats)
    run = read_run(folder)
    if "xlsx" in wanted and not run.is_plan and "all" not in formats:
        raise SettingsError(f"--format xlsx: {folder} proposes no cameras; give the folder of a camgap plan")
    terms, public = terms or Terms(), draw_map is not None
    table = schedule(run, terms) if run.is_plan else pd.DataFrame()
    if public:
        run = public_edition(run)
        table = public_schedule(table, run.sites) if run.is_plan else table
    with new_folder(Path(out), overwrite, (Path(folder),)) as making:
        if draw_map:
            (making / "result.json").write_text(to_json(run.result), encoding="utf-8")
            (making / "map.html").write_text(draw_map(map_layers(run), run.result), encoding="utf-8")
            wanted = ("gpkg", *(f for f in wanted if f != "gpkg"))
        for name in wanted:
            _write(making, name, run, terms, table, public)
        (making / MANIFEST).write_text(to_json(run.manifest), encoding="utf-8")
        return sorted(path.relative_to(making).as_posix() for path in making.rglob("*") if path.is_file())


def _wanted(formats: Sequence[str]) -> tuple[str, ...]:
    unknown = [f for f in formats if f not in (*FORMATS, "all")]
    if unknown or not formats:
        raise SettingsError(f"--format {unknown[0] if unknown else ''!r}: expected one of {', '.join(FORMATS)}, all")
    return FORMATS if "all" in formats else tuple(f for f in FORMATS if f in formats)


def _write(folder: Path, form: str, run: Run, terms: Terms, table: pd.DataFrame, public: bool) -> None:
    layers = run.layers
    if form == "gpkg":
        write_layers(folder / "coverage.gpkg", layers)
    elif form == "geojson":
        (folder / "geojson").mkdir()
        for name, frame in layers.items():
            text = frame.to_json(drop_id=True, na="null", ensure_ascii=False)
            (folder / "geojson" / f"{name}.geojson").write_text(text, encoding="utf-8")
    elif form in ("kml", "kmz"):
        kept = {name: frame for name, frame in layers.items() if name not in NOT_IN_KML}
        text = kml_text("camgap", kept, ATTRIBUTION)
        path = folder / f"coverage.{form}"
        path.write_bytes(text) if form == "kml" else write_kmz(path, text)
    elif form == "dxf":
        write_dxf(folder / "coverage.dxf", layers)
    elif form == "xlsx":
        if run.is_plan:
            write_workbook(folder / "plan.xlsx", run, terms, table)
    else:
        for name, listed in _tables(run, table, public).items():
            (folder / f"{name}.csv").write_text(csv_text(listed), encoding="utf-8", newline="")


def _tables(run: Run, table: pd.DataFrame, public: bool) -> dict[str, pd.DataFrame]:
    """Return the tables of the CSV export by file name; `table` is the plan's schedule."""
    tables = {"classes": _groups(run, "by_class")}
    if run.before["by_district"]:
        tables["districts"] = _groups(run, "by_district")
    if run.is_plan and public:
        tables["sites"] = public_sites(run)
    if run.is_plan and not public:
        tables["installer"] = installer_schedule(run, table)
    if not public:
        tables["streets"] = _groups(run, "by_street")
        gaps = pd.DataFrame(run.result["gaps"], columns=["rank", "length_m", "weight_m", "streets", "centroid"])
        gaps["streets"] = [", ".join(names) for names in gaps["streets"]]
        gaps["lon"], gaps["lat"] = [c["lon"] for c in gaps["centroid"]], [c["lat"] for c in gaps["centroid"]]
        tables["gaps"] = gaps.drop(columns="centroid")
    return tables


def _groups(run: Run, key: str) -> pd.DataFrame:
    table = pd.DataFrame(run.before[key])
    if run.is_plan and len(table):
        after = pd.DataFrame(run.after[key])[["name", "covered_m", "share"]]
        table = table.merge(after, on="name", suffixes=("", "_after"), how="left")
    if key == "by_district" and run.result.get("floors"):
        floors = pd.DataFrame(run.result["floors"]["districts"])[["name", "floor"]]
        table = table.merge(floors, on="name", how="left")
    return table
