"""A merged camera list as CSV, GeoJSON or GeoPackage, with its account and its conflicts beside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from camgap.coverage.errors import OutputError
from camgap.coverage.inputs.combining import headings_text
from camgap.coverage.inputs.datum import gcj02_from_wgs84
from camgap.coverage.inputs.inventory import CameraList, coordinate_summary
from camgap.coverage.inputs.merge import Merged, as_text
from camgap.coverage.inputs.merged_file import MARKS, NAME_OF
from camgap.coverage.inputs.verdict import ORDERS
from camgap.coverage.outputs.plain import plain
from camgap.coverage.outputs.run_folder import to_json
from camgap.coverage.outputs.safe_cells import csv_text
from camgap.coverage.outputs.tables.parts import Table
from camgap.coverage.outputs.targets import check_file, write_whole
from camgap.coverage.projection import WGS84

SUFFIXES = (".csv", ".geojson", ".gpkg")
EXAMPLES = 10


def check_merge_target(out: Path, overwrite: bool, inputs: Sequence[Path] = ()) -> None:
    """Refuse, before anything is read, a file that cannot be written, or that is one of the `inputs`.

    Raises
    ------
    OutputError
        If the format is unknown, a file is read or in the way, or the folder cannot be written.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{out}: merged lists are written as {', '.join(SUFFIXES)}; choose one of these endings")
    for path in beside(out):
        check_file(path, overwrite, inputs)


def beside(out: Path) -> tuple[Path, Path, Path]:
    """Return the files of a merge: the list, the account of all rows, the conflicts and questions."""
    return out, out.with_name(f"{out.stem}.rows.csv"), out.with_name(f"{out.stem}.conflicts.csv")


def write_merged(merged: Merged, out: Path, overwrite: bool = False) -> None:
    """Write a merged list and what belongs to it; each file is whole or absent.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    check_merge_target(out, overwrite)
    target, rows, conflicts = beside(out)
    table = file_table(merged.cameras)
    write_whole(rows, lambda path: _write_text(path, csv_text(merged.account)))
    write_whole(conflicts, lambda path: _write_text(path, csv_text(_notes(merged))))
    write_whole(target, lambda path: _write_list(path, table, out.suffix.lower()))


def file_table(cameras: pd.DataFrame) -> pd.DataFrame:
    """Return merged cameras as the columns of a file; what is unknown is empty."""
    plain_columns = [c for c in cameras.columns if c not in MARKS and not c.endswith("_from")]
    table = cameras[plain_columns].copy()
    table["headings"] = pd.Series([headings_text(h) for h in cameras["headings"]], dtype=object)
    for name in ("kind", "status"):
        table[name] = table[name].where(table[name] != "unknown", "")
    for mark in MARKS:
        table[mark] = pd.Series([as_text(values) for values in cameras[mark]], dtype=object)
    for name in (c for c in cameras.columns if c.endswith("_from")):
        field = name.removesuffix("_from")
        table[f"{NAME_OF.get(field, field)}_from"] = cameras[name]
    return table.rename(columns=NAME_OF)


def _write_list(path: Path, table: pd.DataFrame, suffix: str) -> None:
    if suffix == ".csv":
        return _write_text(path, csv_text(table))
    rest = table.drop(columns=["longitude", "latitude"])
    if suffix == ".gpkg":
        points = gpd.points_from_xy(table["longitude"], table["latitude"])
        gpd.GeoDataFrame(rest, geometry=points, crs=WGS84).to_file(
            path, layer="cameras", driver="GPKG", engine="pyogrio", geometry_type="Point"
        )
        return None
    places = table[["longitude", "latitude"]].to_numpy(float).tolist()
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": plain(row)}
        for place, row in zip(places, rest.to_dict("records"), strict=True)
    ]
    return _write_text(path, to_json({"type": "FeatureCollection", "features": features}, indent=None))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def _notes(merged: Merged) -> pd.DataFrame:
    """Return conflicts and questions as one table."""
    conflicts = merged.conflicts.assign(what="values differ")
    asked = merged.questions.rename(columns={"reason": "what", "row": "used_from", "other_row": "other_from"})
    both = pd.concat([conflicts, asked.assign(field="")], ignore_index=True)
    columns = ["what", "camera", "field", "used", "used_from", "other", "other_from", "detail"]
    return both.reindex(columns=columns).fillna("")


def merge_result(merged: Merged, lists: Sequence[CameraList]) -> dict[str, Any]:
    """Return the result of ``camgap merge``: what came in, what became of it, and what to look at."""
    account, conflicts, questions = merged.account, merged.conflicts, merged.questions
    by_source = account.groupby("source")["fate"].value_counts().unstack(fill_value=0)
    return {
        "command": "merge",
        **merged.counts,
        "cameras": len(merged.cameras),
        "sources": {
            str(source): {"read": int(row.sum())}
            | {fate: int(row.get(fate, 0)) for fate in ("kept", "merged", "set_aside")}
            for source, row in by_source.iterrows()
        },
        "coordinates": {cameras.source: coordinate_summary(cameras) for cameras in lists},
        "warnings": [text for cameras in lists for text in _doubts(cameras)],
        "how": _counted(account.loc[account["fate"] == "merged", "how"]),
        "reasons": _counted(account.loc[account["fate"] == "set_aside", "how"]),
        "conflicts": _counted(conflicts["field"]),
        "conflict_examples": [plain(r) for r in conflicts.head(EXAMPLES).to_dict("records")],
        "questions": _counted(questions["reason"]),
        "question_examples": [plain(r) for r in questions.head(EXAMPLES).to_dict("records")],
    }


def _doubts(cameras: CameraList) -> Iterator[str]:
    """Yield what is not sure about the places of a list before it is merged with others."""
    verdict = cameras.verdict
    if verdict is not None and verdict.best != cameras.system:
        yield f"{cameras.source}: {verdict}"
    if cameras.either_order:
        order = " or ".join(dict.fromkeys(m for m in cameras.columns.values() if m in ORDERS)) or "one order"
        yield (
            f"{cameras.source}: its points may be written in either order and are taken as {order}; --osm FILE lets "
            "the streets tell"
        )
    if not (cameras.declared or verdict) and cameras.is_file and _shifts(cameras):
        yield (
            f"{cameras.source}: nothing says which coordinate system it is in; taken as {cameras.system}, which lies "
            "hundreds of metres off if it is GCJ-02 or BD-09; --osm FILE lets the streets tell, --cameras-crs or "
            "[[inputs.sources]] of a project file says it"
        )


def _shifts(cameras: CameraList) -> bool:
    """Tell whether a list lies where maps are shifted."""
    lonlat = cameras.records[["lon", "lat"]].to_numpy(np.float64)
    return bool((gcj02_from_wgs84(lonlat) != lonlat).any())


def merge_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap merge``."""
    total = {key: result[key] for key in ("read", "kept", "merged", "set_aside")}
    sources = [*result["sources"].items(), ("all", total)]
    rows = [(name, *(f"{n[key]:,}" for key in total)) for name, n in sources]
    tables = [Table("Rows", ("list", "read", "kept", "merged", "set aside"), tuple(rows))]
    places = [(name, f"{c['system']} ({c['declared'] or 'nothing says so'})", c["verdict"] or "-")
              for name, c in result["coordinates"].items()]  # fmt: skip
    tables.append(Table("Coordinates", ("list", "taken as", "streets say"), tuple(places), left=3))
    if result["warnings"]:
        tables.append(Table("Not sure: look at this first", ("",), tuple((w,) for w in result["warnings"])))
    for title, key in (
        ("Merged because", "how"),
        ("Set aside because", "reasons"),
        ("Values that differ (see the conflicts file)", "conflicts"),
        ("Left apart, to be looked at (see the conflicts file)", "questions"),
    ):
        if result[key]:
            tables.append(Table(title, ("", "rows"), tuple((k, f"{n:,}") for k, n in result[key].items())))
    return tables


def _counted(column: "pd.Series[Any]") -> dict[str, int]:
    return {str(k): int(n) for k, n in sorted(column.value_counts().items(), key=lambda item: (-item[1], str(item[0])))}
