"""What an earlier merge wrote beside its cameras, read back so that merging again keeps it."""

import csv
import gc
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from camgap.coverage.cells import as_given
from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.inventory import CameraList, read_list
from camgap.coverage.inputs.merge import Provenance
from camgap.coverage.inputs.postgis import is_database
from camgap.coverage.inputs.readers import input_files, split_part
from camgap.coverage.settings import CameraSource

_LARGE = 4_000_000  # bytes in all, from which on a second process is worth its start
MARKS = ("merge_rows", "merge_ids", "merge_conflicts")  # columns that only a merged list has


def read_for_merge(source: Path | str, crs: str = "", dialect: str = "") -> tuple[CameraList, dict[str, Provenance]]:
    """Read a camera list and, if it is a merged one, where everything in it came from.

    Parameters
    ----------
    source, crs, dialect
        As :func:`~camgap.coverage.inputs.inventory.read_list` takes them. A merged list is in WGS 84 and in camgap's
        own words: for it, nothing else counts.

    Raises
    ------
    CameraError
        If the list cannot be read, or the columns of an earlier merge were changed by hand.
    """
    rows = [] if is_database(str(source)) else list(_rows(*split_part(source)))
    if not rows or not all(mark in rows[0] for mark in MARKS):
        return read_list(source, crs, dialect), {}
    cameras = replace(read_list(source), declared="earlier merge")
    plain = as_given if split_part(source)[0].suffix.lower() == ".csv" else str  # only tables are made harmless
    told = {}
    for number, row in enumerate(rows, start=1):
        try:
            told[plain(str(row["id"]))] = _provenance(row, plain)
        except (ValueError, TypeError, KeyError):
            raise CameraError(
                f"{cameras.source}: camera {number} ({str(row.get('id'))[:40]!r}): the columns {', '.join(MARKS)} are "
                "not as camgap wrote them; restore them, or remove all three to merge the list as a new one"
            ) from None
    records = cameras.records
    texts = {c: pd.Series([plain(v) for v in records[c]], dtype=object) for c in records if _is_text(records[c])}
    return replace(cameras, records=records.assign(**{str(c): v for c, v in texts.items()})), told


def read_all_for_merge(sources: Sequence[CameraSource]) -> list[tuple[CameraList, dict[str, Provenance]]]:
    """Read camera lists as :func:`read_for_merge` does, large ones side by side."""
    files = [file for source in sources for file in input_files(source.file)]
    if len(sources) < 2 or sum(file.stat().st_size for file in files if file.is_file()) < _LARGE:
        return [_read(source) for source in sources]
    # Nothing that is read holds itself, and these processes soon end: looking for garbage would take a fourth of it.
    with ProcessPoolExecutor(min(len(sources), os.cpu_count() or 1), initializer=gc.disable) as pool:
        return list(pool.map(_read, sources))


def _read(source: CameraSource) -> tuple[CameraList, dict[str, Provenance]]:
    return read_for_merge(source.file, source.crs or "", source.dialect or "")


def _is_text(column: "pd.Series[Any]") -> bool:
    return not pd.api.types.is_numeric_dtype(column.dtype) and all(isinstance(v, str) for v in column)


def _rows(path: Path, part: str) -> Iterable[Mapping[str, Any]]:
    """Return the rows of the formats a merged list is written in, none of any other source."""
    if not path.is_file():
        return []
    if path.suffix.lower() == ".gpkg":
        return _layer_rows(path, part)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return []  # a merged list is always UTF-8
    if not all(mark in text[:4096] for mark in MARKS):
        return []
    if path.suffix.lower() == ".csv":
        return csv.DictReader(io.StringIO(text, newline=""))
    return _features(text) if path.suffix.lower() in (".geojson", ".json") else []


def _layer_rows(path: Path, part: str) -> list[Mapping[str, Any]]:
    try:
        rows: list[Mapping[str, Any]] = pyogrio.read_dataframe(path, layer=part or None, read_geometry=False).to_dict(
            "records"
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        return []  # reading it as a camera list says what is wrong with it
    return rows


def _features(text: str) -> list[Mapping[str, Any]]:
    """Return the properties of GeoJSON features; none of any other JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    features = content.get("features") if isinstance(content, dict) else None
    found = [f.get("properties") for f in features if isinstance(f, dict)] if isinstance(features, list) else []
    return [properties if isinstance(properties, dict) else {} for properties in found]


def _provenance(row: Mapping[str, Any], plain: Callable[[str], str]) -> Provenance:
    rows, ids, conflicts = (tuple(str(item) for item in json.loads(row[mark])) for mark in MARKS)
    origin = {
        name.removesuffix("_from"): plain(value)
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
