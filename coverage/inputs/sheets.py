"""What every reader of camera lists gives: rows of plain text under column names, private columns dropped.

A reader interprets nothing but its file format: encoding, delimiter, line numbers, geometry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
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
_PLACE = {"lon", "lat"}  # what a header is known by


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
    access_data: Mapping[str, int] = field(default_factory=dict)  # column -> cells left out as access or contact data

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
    grid: bool = False,
) -> Sheet:
    """Return the rows of a table; the header is its first row, or one a little further down that says longitude.

    A header may take two rows or more: cells merged over them have their text in one of them only.

    Parameters
    ----------
    records : sequence of (row number, cells)
        In the order of the file, blank lines left out.
    grid : bool
        Cells cannot slip, as in a spreadsheet: beyond the header they are columns without a title. In a text file they
        mean that the row is broken.

    Raises
    ------
    CameraError
        If there is nothing in it, or too much.
    """
    if not records:
        raise CameraError(f"{source}: the file has no header and no rows")
    check_rows(len(records), source)
    at = 0 if first_is_header else header_row([cells for _, cells in records[:_HEADER_WITHIN]], dialect)
    header, below = ([tidy(cell) for cell in records[0][1]], 1) if first_is_header else _header(records, at, dialect)
    while header and not header[-1]:
        header.pop()
    beyond = {k for _, cells in records[below:] for k in range(len(header), len(cells)) if cells[k].strip()}
    if not grid:
        beyond = set()
    places = [*range(len(header)), *sorted(beyond)]
    if len(places) > MOST_COLUMNS:
        raise CameraError(f"{source}: {len(places):,} columns; at most {MOST_COLUMNS:,} are read")
    names = unique_names([*header, *[""] * (max(places, default=-1) + 1 - len(header))])
    columns = [names[k] for k in places]
    read = [(k, names[k]) for k in places if not is_private(names[k])]
    lights = {column.name for column in understand(columns, dialect).fields.get("light", ())}
    rows = []
    for number, cells in records[below:]:
        kept = {
            column: value
            for k, column in read
            if k < len(cells) and not _is_blank(value := tidy(cells[k]), column in lights)
        }
        extra = not grid and any(cell.strip() for cell in cells[len(columns) :])
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
        if _fields(cells, dialect) >= _PLACE:
            return at
    return 0


def _fields(cells: Sequence[str], dialect: Dialect | None) -> set[str]:
    return set(understand(dict.fromkeys(tidy(cell) for cell in cells), dialect).fields)


def _header(records: Sequence[tuple[int, list[str]]], at: int, dialect: Dialect | None) -> tuple[list[str], int]:
    """Return the header's cells, and where the rows below it begin; `at` is the row that names places."""
    number, cells = records[at]
    header = [tidy(cell) for cell in cells]
    for upper, cells in reversed(records[:at]):
        if upper != number - 1 or sum(bool(cell.strip()) for cell in cells) < 2:  # a title, or notes
            break
        header, number = _merged(cells, header), upper
    if at + 1 < len(records) and records[at + 1][0] == records[at][0] + 1:
        lower = records[at + 1][1]
        both = _merged(header, lower)
        known = _fields(header, dialect)
        if _PLACE <= known < _fields(both, dialect):
            return both, at + 2
    return header, at + 1


def _merged(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the cells of two rows of a header as one: the lower one says it more exactly.

    What stands below a private title (``Contact`` over ``Name``, ``Number``) keeps it, and is private with it.
    """
    cells, title = [], ""
    for up, low in zip_longest(map(tidy, upper), map(tidy, lower), fillvalue=""):
        if up:
            title = up if low else ""  # a title over several columns has something below it in each
        cells.append(f"{title} {low}" if title and low and is_private(title) else low or up)
    return cells


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
