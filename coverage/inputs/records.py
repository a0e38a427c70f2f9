"""Rows of a sheet -> records of cameras: which rows are cameras, and what their cells say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import Column
from camgap.coverage.inputs.dates import iso_date
from camgap.coverage.inputs.device_ids import not_a_camera, ruined_id
from camgap.coverage.inputs.dialects import bare_code
from camgap.coverage.inputs.directions import Heading, parse_headings
from camgap.coverage.inputs.kinds import kind_of, light_of, no_camera, osm_status, status_of, yes_or_no
from camgap.coverage.inputs.pixels import horizontal_pixels
from camgap.coverage.inputs.quantities import quantity, tidy
from camgap.coverage.inputs.sheets import Row, Sheet

# Field -> kind of quantity, lowest and highest plausible value, and whether the lowest itself is.
_QUANTITIES: dict[str, tuple[Literal["length", "angle", "number"], float, float, bool]] = {
    "hfov": ("angle", 0.0, 360.0, False),
    "vfov": ("angle", 0.0, 180.0, False),
    "range_m": ("length", 0.0, 5000.0, False),
    "near_m": ("length", 0.0, 1000.0, True),
    "height": ("length", 0.0, 300.0, False),
    "tilt": ("angle", 0.0, 90.0, True),
    "ir_m": ("length", 0.0, 2000.0, True),
    "count": ("number", 1.0, 100.0, True),
}
_TOLD = ("kind", "device", "setting", "indoor", "level", "status", "working")  # say whether a row is a camera
_TEXTS = ("model", "pole", "manager", "district")
_LONGEST = 200  # characters of such a text
SHOWN = {"range_m": "range", "near_m": "near", "ir_m": "ir_range"}  # field -> its name in counts
CODES = "direction_codes"  # why bare 1 to 9 in every cell are no degrees


@dataclass(frozen=True, slots=True)
class RejectedValue:
    """A value that could not be used and is treated as missing."""

    field: str
    row: int
    id: str
    value: str


class _UnknownCodeError(ValueError):
    """A number where a code list is in force that does not have it."""


class RowReader:
    """Turns the cells of rows into values and collects those it cannot use."""

    def __init__(self, sheet: Sheet, fields: Mapping[str, tuple[Column, ...]], decimal_comma: bool) -> None:
        self.sheet = sheet
        self.fields = fields
        self.decimal_comma = decimal_comma
        self.rejected: list[RejectedValue] = []
        self._told = tuple(name for name in _TOLD if fields.get(name))
        self.uncoded = frozenset(c.name for c in fields.get("azimuth", ()) if _looks_coded(sheet, c))

    def text(self, row: Row, name: str) -> str:
        """Return the first cell of a field's columns that is not empty."""
        return next((cell for column in self.fields.get(name, ()) if (cell := row.cells.get(column.name, ""))), "")

    def meaning(self, row: Row, name: str) -> str:
        """Return what that cell means by its column's code list; "" for a code that says nothing or is not known."""
        try:
            return next((_decoded(cell, column) for column, cell in self._cells(row, name)), "")
        except _UnknownCodeError:
            return ""

    def is_secret(self, row: Row) -> bool:
        """Tell whether a row is marked as secret; a mark that is not understood counts as one."""
        return any(_decoded_or_text(cell, column) not in _NOT_SECRET for column, cell in self._cells(row, "secrecy"))

    def objection(self, row: Row) -> tuple[str, str]:
        """Return reason and detail why a row is no camera to be used, two empty texts if it is."""
        told = dict.fromkeys(_TOLD, "") | {name: self.meaning(row, name) for name in self._told}
        reason = no_camera(told["kind"], told["device"], told["setting"], told["indoor"], told["level"])
        if reason:
            return reason, ""
        other = not_a_camera(self.text(row, "id"))
        if other:
            return "not_a_camera", other
        status = status_of(told["status"], told["working"])
        if self.sheet.osm and row.cells.get("man_made") != "surveillance":
            status = osm_status(row.cells) or status
            if status not in ("removed", "planned") and not any(_is_surveillance_key(key) for key in row.cells):
                return "not_a_camera", "no man_made=surveillance"
        return (status, self.text(row, "status")) if status in ("removed", "planned") else ("", "")

    def record(self, row: Row, lonlat: list[float]) -> dict[str, Any]:
        """Return a usable row's record."""
        identity = self._identity(row)
        record: dict[str, Any] = {
            "source": self.sheet.source, "row": row.number, "id": identity, "name": self.text(row, "name"),
            "lon": lonlat[0], "lat": lonlat[1],
        }  # fmt: skip
        for name in _QUANTITIES:
            record[name] = self._quantity(row, identity, name)
        if record["near_m"] >= record["range_m"]:
            self._reject("near", row, identity, f"{record['near_m']:g} m is not nearer than the range")
            record["near_m"] = np.nan
        record["count"] = 1 if np.isnan(record["count"]) else int(record["count"])
        record["headings"] = self._headings(row, identity)
        record["kind"] = self._word(row, identity, "kind", kind_of) or "unknown"
        record["status"] = self._status(row, identity)
        record["light"] = self._word(row, identity, "light", light_of) or ""
        record["home"] = self._word(row, identity, "home", yes_or_no) or ""
        record["pixels"] = self._pixels(row, identity)
        for name in ("installed", "inspected", "date"):
            record[name] = self._word(row, identity, name, iso_date) or ""
        for name in _TEXTS:
            record[name] = tidy(self.text(row, name), _LONGEST)
        return record

    def _cells(self, row: Row, name: str) -> list[tuple[Column, str]]:
        if name not in self.fields:
            return []
        return [(c, cell) for c in self.fields.get(name, ()) if (cell := row.cells.get(c.name, ""))]

    def _identity(self, row: Row) -> str:
        made_up = f"{self.sheet.source}:{row.number}"
        given = self.text(row, "id")
        if given and ruined_id(given):
            self._reject("id", row, made_up, given)
            return made_up
        return given or made_up

    def _quantity(self, row: Row, identity: str, name: str) -> float:
        """Return a field's number, NaN if there is none or it cannot be used."""
        unit, low, high, closed = _QUANTITIES[name]
        for column, cell in self._cells(row, name):
            try:
                text = _decoded(cell, column)
                if not text:
                    return np.nan
                value = quantity(text, unit, scale=column.scale, decimal_comma=self.decimal_comma)
            except ValueError:
                value = np.nan
            if low < value <= high or (closed and value == low):
                return value
            self._reject(SHOWN.get(name, name), row, identity, cell)
            return np.nan
        return np.nan

    def _headings(self, row: Row, identity: str) -> tuple[Heading, ...]:
        for column, cell in self._cells(row, "azimuth"):
            try:
                if column.name in self.uncoded:
                    raise ValueError(CODES)
                return parse_headings(_decoded(cell, column), decimal_comma=self.decimal_comma)
            except (CameraError, ValueError):
                self._reject("azimuth", row, identity, cell)
                return ()
        return ()

    def _word(self, row: Row, identity: str, name: str, read: Callable[[str], str | None]) -> str | None:
        """Return what a reader of words makes of a field's cell; None, and a rejected value, if nothing."""
        for column, cell in self._cells(row, name):
            try:
                value = read(_decoded(cell, column))
            except ValueError:
                value = None
            if value is None:
                self._reject(name, row, identity, cell)
            return value
        return read("")

    def _status(self, row: Row, identity: str) -> str:
        value = status_of(self.meaning(row, "status"), self.meaning(row, "working"))
        if value is None:
            self._reject("status", row, identity, self.text(row, "status") or self.text(row, "working"))
        if self.sheet.osm and row.cells.get("man_made") != "surveillance" and osm_status(row.cells):
            return "not_working"
        return value or "unknown"

    def _pixels(self, row: Row, identity: str) -> float:
        for column, cell in self._cells(row, "pixels"):
            try:
                text = _decoded(cell, column)
                return horizontal_pixels(text, column.scale) if text else np.nan
            except ValueError:
                self._reject("pixels", row, identity, cell)
                return np.nan
        return np.nan

    def _reject(self, name: str, row: Row, identity: str, value: str) -> None:
        self.rejected.append(RejectedValue(name, row.number, identity, value))


_NOT_SECRET = frozenset(("no", "0", "false", "n", "否", "非涉密", "不涉密", ""))
_FEWEST_CODED = 5  # rows


def _decoded(cell: str, column: Column) -> str:
    """Return what a cell means by its column's codes, the cell itself where there are none or it is written out."""
    if not column.codes:
        return cell
    parts = []
    for part in re.split(r"[/;,、|]", cell):
        code = bare_code(part)
        if code not in column.codes and code.isdecimal():
            raise _UnknownCodeError(f"{tidy(part, 20)!r} is no code of this list")
        parts.append(column.codes.get(code, part.strip()))
    return ";".join(filter(None, parts))


def _decoded_or_text(cell: str, column: Column) -> str:
    try:
        return _decoded(cell, column).casefold()
    except _UnknownCodeError:
        return cell.casefold()


def _looks_coded(sheet: Sheet, column: Column) -> bool:
    """Tell whether a column of headings holds nothing but 1 to 9: codes of a list that nobody named."""
    if column.codes:
        return False
    cells = [bare_code(row.cells[column.name]) for row in sheet.rows if column.name in row.cells]
    return len(cells) >= _FEWEST_CODED and len(set(cells)) > 1 and all(re.fullmatch("[1-9]|99", cell) for cell in cells)


def _is_surveillance_key(key: str) -> bool:
    return key in ("surveillance", "camera") or key.startswith(("surveillance:", "camera:"))
