"""What an earlier merge wrote beside its cameras, read back so that merging again keeps it."""

import csv
import gc
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from camgap.coverage.cells import as_given
from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.inventory import CameraList, read_cameras
from camgap.coverage.inputs.merge import Provenance

_LARGE = 4_000_000  # bytes in all, from which on a second process is worth its start
MARKS = ("merge_rows", "merge_ids", "merge_conflicts")  # columns that only a merged list has


def read_for_merge(path: Path) -> tuple[CameraList, dict[str, Provenance]]:
    """Read a camera list and, if it is a merged one, where everything in it came from.

    Raises
    ------
    CameraError
        If the list cannot be used, or the columns of an earlier merge were changed by hand.
    """
    cameras = read_cameras(path)
    rows = list(_rows(path))
    if not rows or not all(mark in rows[0] for mark in MARKS):
        return cameras, {}
    told = {}
    for number, row in enumerate(rows, start=1):
        try:
            told[as_given(str(row["id"]))] = _provenance(row)
        except (ValueError, TypeError):
            raise CameraError(
                f"{cameras.source}: camera {number} ({str(row.get('id'))[:40]!r}): the columns {', '.join(MARKS)} are "
                "not as camgap wrote them; restore them, or remove all three to merge the list as a new one"
            ) from None
    records = cameras.records
    texts = {c: pd.Series([as_given(v) for v in records[c]], dtype=object) for c in records if _is_text(records[c])}
    return replace(cameras, records=records.assign(**{str(c): v for c, v in texts.items()})), told


def read_all_for_merge(paths: Sequence[Path]) -> list[tuple[CameraList, dict[str, Provenance]]]:
    """Read camera lists as :func:`read_for_merge` does, large ones side by side."""
    if len(paths) < 2 or sum(path.stat().st_size for path in paths if path.is_file()) < _LARGE:
        return [read_for_merge(path) for path in paths]
    # Nothing that is read holds itself, and these processes soon end: looking for garbage would take a fourth of it.
    with ProcessPoolExecutor(min(len(paths), os.cpu_count() or 1), initializer=gc.disable) as pool:
        return list(pool.map(read_for_merge, paths))


def _is_text(column: "pd.Series[Any]") -> bool:
    return not pd.api.types.is_numeric_dtype(column.dtype) and all(isinstance(v, str) for v in column)


def _rows(path: Path) -> Iterable[Mapping[str, Any]]:
    """Return the rows of the formats a merged list is written in, none of any other file."""
    if path.suffix.lower() == ".gpkg":
        return pyogrio.read_dataframe(path, read_geometry=False).to_dict("records")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return []  # a merged list is always UTF-8
    if not all(mark in text[:4096] for mark in MARKS):
        return []
    if path.suffix.lower() == ".csv":
        return csv.DictReader(io.StringIO(text, newline=""))
    features = json.loads(text)["features"] if path.suffix.lower() in (".geojson", ".json") else []
    return [feature["properties"] for feature in features]


def _provenance(row: Mapping[str, Any]) -> Provenance:
    rows, ids, conflicts = (tuple(str(item) for item in json.loads(row[mark])) for mark in MARKS)
    origin = {
        name.removesuffix("_from"): as_given(value)
        for name, value in row.items()
        if name.endswith("_from") and isinstance(value, str) and value
    }
    return Provenance(rows, ids, conflicts, {FIELD_OF.get(name, name): value for name, value in origin.items()})


# Names of the fields in a merged file, chosen so that every reader of camera lists understands them.
NAME_OF = {
    "lon": "longitude", "lat": "latitude", "headings": "azimuth", "height": "height_m", "ir_m": "ir_range_m",
    "home": "home_position", "inspection": "inspection_result", "manager": "managing_unit",
}  # fmt: skip
FIELD_OF = {name: field for field, name in NAME_OF.items()}
