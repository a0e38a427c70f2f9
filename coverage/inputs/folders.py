"""A folder of one-camera files (JSON, XML, key-value CSV) -> one row per file."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.csv_files import DELIMITERS, records_of
from camgap.coverage.inputs.dialects import STANDARDS, is_private, vocabulary_for
from camgap.coverage.inputs.json_files import parse_json
from camgap.coverage.inputs.limits import MOST_COLUMNS, MOST_PARTS
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Row, Sheet, columns_of, flatten, without_private
from camgap.coverage.inputs.text_files import read_text, read_xml_text
from camgap.coverage.inputs.xml_files import leaves, parse_xml

SUFFIXES = (".json", ".xml", ".csv", ".txt")
FILE = "file name"  # column that says which file a row is


def folder_files(folder: Path) -> list[Path]:
    """Return the one-camera files of a folder, by name; other files and folders in it are none."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file() and p.name[0] != ".")


def folder_sheet(folder: Path) -> Sheet:
    """Return one row per file, in the order of their names; a file that cannot be read is a row with a fault.

    Raises
    ------
    CameraError
        If there is no such file, or there are too many.
    """
    source = tidy(folder.name) or "folder"
    files = folder_files(folder)
    if not files:
        raise CameraError(f"{source}: there is no {', '.join(SUFFIXES)} file in this folder")
    if len(files) > 10 * MOST_PARTS:
        raise CameraError(f"{source}: {len(files):,} files; at most {10 * MOST_PARTS:,} are read, split the folder")
    tables: list[dict[str, str]] = []
    rows = []
    for number, path in enumerate(files, start=1):
        try:
            cells, fault = _cells(path), None
        except CameraError as error:
            cells, fault = {}, ("broken_file", tidy(str(error), 120))
        tables.append(cells)
        rows.append(Row(number, {FILE: tidy(path.name)} | without_private(cells), fault=fault))
    columns = (FILE, *(name for name in columns_of(tables) if name != FILE))
    return Sheet(
        source, f"folder of {len(files):,} one-camera files", "file", columns, tuple(rows), dialect=_standard(columns)
    )


def _standard(columns: tuple[str, ...]) -> str:
    chosen = vocabulary_for(columns, None).chosen
    return chosen.id if chosen is not None and chosen.id in STANDARDS else ""


def _cells(path: Path) -> dict[str, str]:
    source = tidy(path.name)
    if path.suffix.lower() == ".xml":
        root = parse_xml(read_xml_text(path), source)
        items = list(root.iter("Item")) or [root]
        if len(items) > 1:
            raise CameraError(f"{source}: holds {len(items)} cameras; give it as a list of its own")
        return leaves(items[0])
    text, _ = read_text(path)
    if path.suffix.lower() == ".json":
        return _one_object(parse_json(text, source), source)
    return _key_values(text, source)


def _one_object(content: Any, source: str) -> dict[str, str]:
    if isinstance(content, list) and len(content) == 1:
        content = content[0]
    if not isinstance(content, Mapping):
        raise CameraError(f"{source}: this JSON is not one camera; give a list as a file of its own")
    if content.get("type") == "Feature" and isinstance(content.get("properties"), Mapping):
        geometry = content.get("geometry")
        point = (
            geometry.get("coordinates") if isinstance(geometry, Mapping) and geometry.get("type") == "Point" else None
        )
        place = dict(zip(("longitude", "latitude"), point, strict=False)) if isinstance(point, list) else {}
        return flatten({**content["properties"], **place})
    return flatten(content)


def _key_values(text: str, source: str) -> dict[str, str]:
    """Return the pairs of a two-column table, the names on the left; or the only row below a header."""
    lines = list(io.StringIO(text, newline=""))
    tables = [
        [cells for _, cells in records_of(lines, 0, delimiter, source)] for delimiter in (*DELIMITERS, ":", "：", "=")
    ]
    pairs = next((t for t in tables if len(t) > 1 and all(len(cells) == 2 for cells in t)), None)
    if pairs is not None:
        return {tidy(key): tidy(value) for key, value in pairs if key.strip()}
    table = max(tables[: len(DELIMITERS)], key=lambda t: len(t[0]) if t else 0)
    if len(table) == 2 and 1 < len(table[0]) <= MOST_COLUMNS and len(table[1]) <= len(table[0]):
        return {tidy(key): tidy(value) for key, value in zip(*table, strict=False) if not is_private(key)}
    raise CameraError(f"{source}: neither pairs of name and value nor one row below a header")
