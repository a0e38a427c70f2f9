"""Files of points, read into rows of plain text: CSV and TSV, GeoJSON, OpenStreetMap elements as Overpass gives them.

Nothing is interpreted here but the file format: encoding, delimiter, line numbers, geometry. Private columns
(:func:`camgap.coverage.inputs.columns.is_private`) are dropped at this door.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import is_private, understand
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.text_files import read_text

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
OSM_ID = "@id"  # the name under which Overpass' own exports give an element's id
FEATURE_ID = "feature id"  # of a GeoJSON feature: its own member, beside the properties

_BLANK = frozenset(("", "-", "--", "n/a", "#n/a", "nan", "null"))  # how tables write an empty cell
_WGS84_NAMES = ("crs84", "4326", "4979", "4490", "ogc:1.3:crs84")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: its cells as text, by column name."""

    number: int  # line of a CSV (the header is line 1), 1-based feature or element otherwise
    cells: dict[str, str]  # empty cells are left out
    point: tuple[str, str] | None = None  # longitude, latitude of a geometry, as text
    fault: tuple[str, str] | None = None  # reason and detail, where the row itself is broken


@dataclass(frozen=True)
class Sheet:
    """The rows of one file."""

    source: str  # file name
    format: str  # for people: "CSV, UTF-8, comma"
    unit: str  # what a row's number counts: "line", "feature", "element"
    columns: tuple[str, ...]  # all of them, private ones by name only
    rows: tuple[Row, ...]
    points: bool = False  # the positions are the rows' `point`, not columns
    osm: bool = False  # the columns are OpenStreetMap keys


def read_sheet(path: Path) -> Sheet:
    """Read a CSV, TSV, GeoJSON or Overpass JSON file.

    Raises
    ------
    CameraError
        If the file cannot be read, is empty, is no text, or is JSON of another kind.
    """
    source = tidy(path.name)
    text, encoding = read_text(path)
    start = text.lstrip()[:1]
    if start == "<":
        raise CameraError(
            f"{source}: an XML or HTML file is no list of places; give CSV or GeoJSON, or --cameras osm for the cameras"
            " in the OSM file"
        )
    if start in "{[" or path.suffix.lower() in (".json", ".geojson"):
        return _json_sheet(text, source)
    return _csv_sheet(text, encoding, source)


def osm_sheet(source: str, nodes: Sequence[tuple[str, float, float, dict[str, str]]]) -> Sheet:
    """Return OpenStreetMap nodes (id, lon, lat, tags) as rows, all of number 0: their ids say which is which."""
    rows = [
        Row(0, {OSM_ID: name, **_without_private(tags)}, (repr(float(lon)), repr(float(lat))))
        for name, lon, lat, tags in nodes
    ]
    columns = dict.fromkeys([OSM_ID, *(key for *_, tags in nodes for key in tags)])
    return _sheet(source, "OpenStreetMap nodes", "element", rows, columns, osm=True)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv_sheet(text: str, encoding: str, source: str) -> Sheet:
    lines = list(io.StringIO(text, newline=""))  # str.splitlines would also split at characters inside a cell
    first = next(i for i, line in enumerate(lines) if line.strip())
    announced = re.fullmatch(r"sep=(.)\s*", lines[first], re.IGNORECASE)  # a spreadsheet's note to itself
    if announced:
        first += 1
    delimiter = announced[1] if announced else _delimiter("".join(lines[first : first + 50]))
    records = _records(lines[first:], first, delimiter, source)
    if not records:
        raise CameraError(f"{source}: the file has no header and no rows")
    columns = _unique_names([tidy(cell) for cell in records[0][1]])
    private = {column for column in columns if is_private(column)}
    rows = []
    for number, cells in records[1:]:
        kept = {
            column: value
            for column, cell in zip(columns, cells, strict=False)
            if column not in private and (value := tidy(cell)).lower() not in _BLANK
        }
        extra = [cell for cell in cells[len(columns) :] if cell.strip()]
        fault = ("broken_row", f"{len(cells)} cells under {len(columns)} columns") if extra else None
        if not kept and not extra:
            fault = ("empty_row", "")
        rows.append(Row(number, kept, fault=fault))
    form = f"CSV, {encoding}, {DELIMITERS.get(delimiter, delimiter)}"
    return _sheet(source, form, "line", rows, columns)


def _delimiter(text: str) -> str:
    """Return the delimiter under which most of the header is understood, else that which gives most columns."""
    scores = {}
    for delimiter in DELIMITERS:
        try:
            header = [tidy(cell) for cell in next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])]
        except csv.Error:
            continue
        understood = understand(dict.fromkeys(header)).fields
        scores[delimiter] = (len(understood), len(header))
    return max(scores, key=lambda delimiter: scores[delimiter], default=",")


def _records(lines: list[str], skipped: int, delimiter: str, source: str) -> list[tuple[int, list[str]]]:
    """Return the records with the line each begins on; blank lines are none."""
    reader = csv.reader(lines, delimiter=delimiter)
    records = []
    begin = 1
    try:
        for cells in reader:
            if cells:
                records.append((skipped + begin, cells))
            last, begin = begin, reader.line_num + 1
    except csv.Error as error:
        raise CameraError(f"{source}, line {skipped + begin}: {error}; is a quotation mark left open?") from None
    if records and _is_left_open(lines[last - 1 :], delimiter):
        raise CameraError(f"{source}, line {skipped + last}: a quotation mark is opened and never closed")
    return records


def _is_left_open(lines: list[str], delimiter: str) -> bool:
    """Tell whether the last record ends inside quotation marks, having swallowed all that follows."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _unique_names(names: list[str]) -> list[str]:
    """Name nameless columns by their place and number repeated names."""
    unique: dict[str, None] = {}
    for place, name in enumerate(names, start=1):
        candidate = name or f"column {place}"
        while candidate in unique:
            candidate = f"{name} (column {place})"
            name = candidate
        unique[candidate] = None
    return list(unique)


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json_sheet(text: str, source: str) -> Sheet:
    try:
        content = json.loads(text)
    except RecursionError:
        raise CameraError(f"{source}: the JSON is nested too deeply to be a list of places") from None
    except ValueError as error:
        raise CameraError(f"{source}: broken JSON: {error}") from None
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        _refuse_other_crs(content, source)
        return _feature_sheet(content.get("features"), source)
    if isinstance(content, dict) and content.get("type") == "Feature":
        return _feature_sheet([content], source)
    elements = content.get("elements") if isinstance(content, dict) else content
    if isinstance(elements, list) and all(
        isinstance(e, dict) and e.get("type") in ("node", "way", "relation") for e in elements
    ):
        return _element_sheet(elements, source)
    raise CameraError(
        f"{source}: this JSON is no GeoJSON FeatureCollection and no list of OpenStreetMap elements; export GeoJSON or "
        "CSV"
    )


def _refuse_other_crs(content: dict[str, Any], source: str) -> None:
    """GeoJSON is WGS 84; the crs member of its first edition may say otherwise."""
    crs = content.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if name and not name.lower().endswith(_WGS84_NAMES):
        raise CameraError(f"{source}: coordinates are in {tidy(name, 40)}; export them in WGS 84 (EPSG:4326)")


def _feature_sheet(features: object, source: str) -> Sheet:
    if not isinstance(features, list):
        raise CameraError(f"{source}: this GeoJSON has no list of features")
    rows = []
    columns: dict[str, None] = {}
    for number, feature in enumerate(features, start=1):
        feature = feature if isinstance(feature, dict) else {}
        given = feature.get("properties")
        own = {FEATURE_ID: _text(feature.get("id"))} if feature.get("id") is not None else {}
        cells = {tidy(key): _text(value) for key, value in given.items()} if isinstance(given, dict) else {}
        cells = own | cells
        columns.update(dict.fromkeys(cells))
        point, fault = _geometry(feature.get("geometry"))
        rows.append(Row(number, _without_private(cells), point, fault))
    return _sheet(source, "GeoJSON", "feature", rows, columns, osm="man_made" in columns)


def _geometry(geometry: object) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    """Return a point geometry's longitude and latitude as text, or what is wrong with it."""
    if geometry is None:
        return None, None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    position = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "MultiPoint" and isinstance(position, list) and len(position) == 1:
        position = position[0]
    elif kind != "Point":
        return None, ("not_a_point", tidy(str(kind), 40))
    if position in (None, []):
        return None, None
    if not isinstance(position, list) or len(position) < 2:
        return None, ("bad_coordinates", tidy(str(position), 40))
    return (_text(position[0]), _text(position[1])), None


def _element_sheet(elements: list[dict[str, Any]], source: str) -> Sheet:
    rows = []
    columns: dict[str, None] = {OSM_ID: None}
    for number, element in enumerate(elements, start=1):
        tags = element.get("tags")
        cells = {tidy(key): _text(value) for key, value in tags.items()} if isinstance(tags, dict) else {}
        columns.update(dict.fromkeys(cells))
        kept = {OSM_ID: f"{element['type']}/{_text(element.get('id'))}"} | _without_private(cells)
        point = (_text(element.get("lon")), _text(element.get("lat")))
        fault = None if element["type"] == "node" else ("not_a_point", element["type"])
        rows.append(Row(number, kept, point if any(point) else None, fault))
    return _sheet(source, "OpenStreetMap elements (JSON)", "element", rows, columns, osm=True)


def _text(value: object) -> str:
    """Return a JSON value as text: plain lists with semicolons between, objects as nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(_text(item) for item in value if not isinstance(item, list | dict))
    if value is None or isinstance(value, dict):
        return ""
    return tidy(str(value))


def _without_private(cells: dict[str, str]) -> dict[str, str]:
    return {key: tidy(value) for key, value in cells.items() if value and not is_private(key)}


def _sheet(source: str, form: str, unit: str, rows: list[Row], columns: Iterable[str], *, osm: bool = False) -> Sheet:
    return Sheet(source, form, unit, tuple(columns), tuple(rows), unit != "line", osm)
