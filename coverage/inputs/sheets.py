"""What every reader of camera lists gives: rows of plain text under column names, private columns dropped.

A reader interprets nothing but its file format: encoding, delimiter, line numbers, geometry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.dialects import Dialect, is_private
from camgap.coverage.inputs.limits import MOST_COLUMNS, MOST_DEPTH, check_rows
from camgap.coverage.inputs.quantities import tidy

OSM_ID = "@id"  # the name under which Overpass' own exports give an element's id
FEATURE_ID = "feature id"  # of a GeoJSON feature: its own member, beside the properties

_BLANK = frozenset(("", "-", "--", "n/a", "#n/a", "nan", "null", "none", "\\n"))  # how tables write an empty cell
_HEADER_WITHIN = 15  # titles and notes may stand above the header


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: its cells as text, by column name."""

    number: int  # line of a CSV (the header is line 1), 1-based feature, item or element otherwise
    cells: dict[str, str]  # empty cells are left out
    point: tuple[str, str] | None = None  # longitude, latitude of a geometry, as text
    fault: tuple[str, str] | None = None  # reason and detail, where the row itself is broken


@dataclass(frozen=True)
class Sheet:
    """The rows of one source."""

    source: str  # file name
    format: str  # for people: "CSV, UTF-8, comma"
    unit: str  # what a row's number counts: "line", "row", "feature", "element", "item", "file"
    columns: tuple[str, ...]  # all of them, private ones by name only
    rows: tuple[Row, ...]
    points: bool = False  # the positions are the rows' `point`, not columns
    dialect: str = ""  # shipped dialect the format itself follows: "openstreetmap", "gbt28181", "gat1400"
    crs: str = ""  # coordinate system the file declares

    @property
    def osm(self) -> bool:
        """Whether the columns are OpenStreetMap keys."""
        return self.dialect == "openstreetmap"


def osm_sheet(source: str, nodes: Sequence[tuple[str, float, float, dict[str, str]]]) -> Sheet:
    """Return OpenStreetMap nodes (id, lon, lat, tags) as rows, all of number 0: their ids say which is which."""
    rows = tuple(
        Row(0, {OSM_ID: name, **without_private(tags)}, (repr(float(lon)), repr(float(lat))))
        for name, lon, lat, tags in nodes
    )
    columns = dict.fromkeys([OSM_ID, *(key for *_, tags in nodes for key in tags)])
    return Sheet(source, "OpenStreetMap nodes", "element", tuple(columns), rows, True, "openstreetmap", "WGS-84")


def table_sheet(
    source: str,
    form: str,
    unit: str,
    records: Sequence[tuple[int, list[str]]],
    dialect: Dialect | None = None,
    first_is_header: bool = False,
) -> Sheet:
    """Return the rows of a table; the header is its first row, or one a little further down that says longitude.

    Parameters
    ----------
    records : sequence of (row number, cells)
        In the order of the file, blank lines left out.

    Raises
    ------
    CameraError
        If there is nothing in it, or too much.
    """
    if not records:
        raise CameraError(f"{source}: the file has no header and no rows")
    check_rows(len(records), source)
    at = 0 if first_is_header else header_row([cells for _, cells in records[:_HEADER_WITHIN]], dialect)
    header = records[at][1]
    while header and not header[-1].strip():
        header = header[:-1]
    if len(header) > MOST_COLUMNS:
        raise CameraError(f"{source}: {len(header):,} columns; at most {MOST_COLUMNS:,} are read")
    columns = unique_names([tidy(cell) for cell in header])
    private = {column for column in columns if is_private(column)}
    lights = {column.name for column in understand(columns, dialect).fields.get("light", ())}
    rows = []
    for number, cells in records[at + 1 :]:
        kept = {
            column: value
            for column, cell in zip(columns, cells, strict=False)
            if column not in private and not _is_blank(value := tidy(cell), column in lights)
        }
        extra = [cell for cell in cells[len(columns) :] if cell.strip()]
        fault = ("broken_row", f"{len(cells)} cells under {len(columns)} columns") if extra else None
        if not kept and not extra:
            fault = ("empty_row", "")
        rows.append(Row(number, kept, fault=fault))
    return Sheet(source, form, unit, tuple(columns), tuple(rows))


def _is_blank(cell: str, of_light: bool) -> bool:
    """Tell whether a cell says nothing; of a camera's own light "none" says that it has none."""
    word = cell.casefold()
    return word in _BLANK and not (of_light and word == "none")


def header_row(rows: Sequence[list[str]], dialect: Dialect | None = None) -> int:
    """Return which row is the header: the first, unless only a later one is understood to name places."""
    for at, cells in enumerate(rows):
        fields = understand(dict.fromkeys(tidy(cell) for cell in cells), dialect).fields
        if "lon" in fields and "lat" in fields:
            return at
    return 0


def unique_names(names: Sequence[str]) -> list[str]:
    """Name nameless columns by their place and number repeated names."""
    unique: dict[str, None] = {}
    for place, name in enumerate(names, start=1):
        candidate = name or f"column {place}"
        while candidate in unique:
            candidate = f"{candidate if name else 'column'} (column {place})"
        unique[candidate] = None
    return list(unique)


def plain_text(value: object) -> str:
    """Return a JSON or database value as text: plain lists with semicolons between, objects as nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ";".join(plain_text(item) for item in value if not isinstance(item, list | dict | tuple))
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, float):
        return number_text(value)
    return tidy(str(value))


def number_text(value: float) -> str:
    """Return a number as text: no ``.0`` behind whole ones, exponents where digits may be lost (above 2**53)."""
    if value != value:
        return "nan"
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def without_private(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the cells that are not empty and not private."""
    return {key: tidy(value) for key, value in cells.items() if value and not is_private(key)}


def flatten(content: Mapping[str, Any], depth: int = 0) -> dict[str, str]:
    """Return the leaves of a nested object by their own names; nothing below a private name."""
    cells: dict[str, str] = {}
    for key, value in content.items():
        name = tidy(str(key))
        if isinstance(value, dict):
            if not is_private(name) and depth < MOST_DEPTH:
                inner = flatten(value, depth + 1)
                cells.update({k if k not in cells else f"{name} {k}": v for k, v in inner.items()})
        else:
            cells[name if name not in cells else f"{name} (column {len(cells) + 1})"] = plain_text(value)
    return cells


def columns_of(tables: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return all names in the order they are met."""
    return tuple(dict.fromkeys(name for table in tables for name in table))
