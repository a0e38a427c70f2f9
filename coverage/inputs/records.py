"""Rows of a sheet -> records of cameras: which rows are cameras, and what their cells say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from camgap.coverage.inputs.columns import Column, UnknownCodeError, decoded, has_number_codes, stem_of
from camgap.coverage.inputs.dates import iso_date
from camgap.coverage.inputs.device_ids import not_a_camera, ruined_id
from camgap.coverage.inputs.directions import Heading, has_code, look_coded, parse_headings
from camgap.coverage.inputs.kinds import (
    inspection_of,
    kind_of,
    light_of,
    no_camera,
    osm_status,
    picture_of,
    status_of,
    yes_or_no,
)
from camgap.coverage.inputs.lens_texts import focal_length, sensor_width
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
SHOWN = {  # field -> its name in counts
    "range_m": "range", "near_m": "near", "ir_m": "ir_range", "focal_mm": "focal_length", "sensor_mm": "sensor",
}  # fmt: skip
_SIGN = {"length": "m", "angle": "°", "number": ""}
EXPECTED = {  # shown name of a field -> what may stand in it
    SHOWN.get(name, name): f"{f'{low:g} to' if closed else f'over {low:g}, up to'} {high:g} {_SIGN[unit]}".strip()
    for name, (unit, low, high, closed) in _QUANTITIES.items()
} | {
    "azimuth": "0 to 360 °, or a compass point",
    "focal_length": "one number in mm, no zoom's two ends",
    "inspection": "good, poor or failed",
    "p_working": "0 to 1, or 0 % to 100 %",
    "sensor": 'an inch format such as 1/2.8", or a width in mm',
}
UNNAMED_CODES = "codes of a list nobody named, not read: --dialect names it (gbt28181 ...), 5° is a degree"


@dataclass(frozen=True, slots=True)
class RejectedValue:
    """A value that could not be used and is treated as missing."""

    field: str
    row: int
    id: str
    value: str


class RowReader:
    """Turns the cells of rows into values and collects those it cannot use.

    Lists repeat themselves: what a cell was read as is remembered by column and text.
    """

    def __init__(self, sheet: Sheet, fields: Mapping[str, tuple[Column, ...]], decimal_comma: bool) -> None:
        self.sheet = sheet
        self.fields = fields
        self.decimal_comma = decimal_comma
        self.rejected: list[RejectedValue] = []
        self._heads = _by_stem(fields.get("azimuth", ()))
        self.uncoded = frozenset(name for heads in self._heads for name in _uncoded(sheet, heads))
        self._read: dict[tuple[str, str, str], tuple[Any, bool]] = {}
        self._told: dict[tuple[str | None, ...], tuple[str | None, str | None]] = {}
        self._blank = {column: missing for column, _, _, missing in self._readers()}
        self._values = [reader for reader in self._readers() if fields.get(reader[1]) and reader[1] != "azimuth"]
        self._last: tuple[Row | None, tuple[str | None, str | None]] = (None, (None, None))
        self._tells = tuple(c.name for name in _TOLD for c in fields.get(name, ()))

    def text(self, row: Row, name: str) -> str:
        """Return the first cell of a field's columns that is not empty."""
        for column in self.fields.get(name, ()):
            if cell := row.cells.get(column.name, ""):
                return cell
        return ""

    def meaning(self, row: Row, name: str) -> str:
        """Return what that cell means by its column's code list; "" for a code that says nothing or is not known."""
        for column in self.fields.get(name, ()):
            if cell := row.cells.get(column.name, ""):
                try:
                    return decoded(cell, column)
                except UnknownCodeError:
                    return ""
        return ""

    def objection(self, row: Row) -> tuple[str, str]:
        """Return reason and detail why a row is no camera to be used, two empty texts if it is."""
        reason, status = self._objection(row)
        if reason:
            return reason, ""
        other = not_a_camera(self.text(row, "id"))
        if other:
            return "not_a_camera", other
        if self.sheet.osm and row.cells.get("man_made") != "surveillance":
            status = osm_status(row.cells) or status
            if status not in ("removed", "planned") and not any(_is_surveillance_key(key) for key in row.cells):
                return "not_a_camera", "no man_made=surveillance"
        return (status, self.text(row, "status")) if status in ("removed", "planned") else ("", "")

    def _objection(self, row: Row) -> tuple[str | None, str | None]:
        """Return why a row is no outdoor camera, None if it is one, and its status."""
        if self._last[0] is row:
            return self._last[1]
        cells = tuple(map(row.cells.get, self._tells))
        if (found := self._told.get(cells)) is None:
            told = {name: self.meaning(row, name) for name in _TOLD}
            reason = no_camera(told["kind"], told["device"], told["setting"], told["indoor"], told["level"])
            found = self._told[cells] = reason, status_of(told["status"], told["working"])
        self._last = row, found
        return found

    def record(self, row: Row, lonlat: list[float]) -> dict[str, Any]:
        """Return a usable row's record."""
        identity = self._identity(row)
        record: dict[str, Any] = {
            "source": self.sheet.source, "row": row.number, "id": identity, "name": self.text(row, "name"),
            "lon": lonlat[0], "lat": lonlat[1], **self._blank,
        }  # fmt: skip
        for column, field, read, missing in self._values:
            record[column] = self._value(row, identity, field, read, missing)
        record["headings"] = self._all_headings(row, identity)
        if record["near_m"] >= record["range_m"]:
            self._reject("near", row, identity, f"{record['near_m']:g} m is not nearer than the range")
            record["near_m"] = np.nan
        record["count"] = 1 if np.isnan(record["count"]) else int(record["count"])
        record["status"] = self._status(row, identity)
        record["inspection"] = record["inspection"] or picture_of(self.meaning(row, "status"))
        return record

    def _readers(self) -> list[tuple[str, str, Callable[[str, Column, str], Any], Any]]:
        """Return column of the records, field, what reads a cell, and what stands where nothing is said."""
        return [
            *((name, name, self._quantity, np.nan) for name in _QUANTITIES),
            ("headings", "azimuth", self._headings, ()),
            ("kind", "kind", _word(kind_of), "unknown"),
            ("light", "light", _word(light_of), ""),
            ("home", "home", _word(yes_or_no), ""),
            ("pixels", "pixels", _pixels, np.nan),
            ("inspection", "inspection", _word(inspection_of), ""),
            ("p_working", "p_working", self._chance, np.nan),
            ("focal_mm", "focal_mm", _millimetres(focal_length), np.nan),
            ("sensor_mm", "sensor_mm", _millimetres(sensor_width), np.nan),
            *((name, name, _word(iso_date), "") for name in ("installed", "inspected", "date")),
            *((name, name, _text, "") for name in _TEXTS),
        ]

    def _all_headings(self, row: Row, identity: str) -> tuple[Heading, ...]:
        """Return the headings of all heads, from the first columns of one name that are not all empty in this row."""
        for heads in self._heads:
            if any(column.name in row.cells for column in heads):
                found = [self._value(row, identity, "azimuth", self._headings, (), (column,)) for column in heads]
                return tuple(dict.fromkeys(heading for headings in found for heading in headings))
        return ()

    def _value(
        self,
        row: Row,
        identity: str,
        name: str,
        read: Callable[[str, Column, str], Any],
        missing: Any,
        columns: tuple[Column, ...] | None = None,
    ) -> Any:
        """Return what the first cell of a field that is not empty says; `missing`, and a rejected value, if nothing."""
        for column in self.fields.get(name, ()) if columns is None else columns:
            if cell := row.cells.get(column.name, ""):
                key = (name, column.name, cell)
                if (found := self._read.get(key)) is None:
                    try:
                        found = read(name, column, cell), False
                    except ValueError:
                        found = missing, True
                    self._read[key] = found
                if found[1]:
                    self._reject(SHOWN.get(name, name), row, identity, cell)
                return found[0]
        return missing

    def _identity(self, row: Row) -> str:
        given = self.text(row, "id")
        if given and not ruined_id(given):
            return given
        made_up = f"{self.sheet.source}:{row.number}"
        if given:
            self._reject("id", row, made_up, given)
        return made_up

    def _quantity(self, name: str, column: Column, cell: str) -> float:
        """Return a field's number, NaN for a code that says nothing."""
        unit, low, high, closed = _QUANTITIES[name]
        text = decoded(cell, column)
        if not text:
            return np.nan
        value = quantity(text, unit, scale=column.scale, decimal_comma=self.decimal_comma)
        if low < value <= high or (closed and value == low):
            return value
        raise ValueError(f"{name} out of range")

    def _chance(self, _: str, column: Column, cell: str) -> float:
        """Return a probability, written as such or in per cent."""
        text = decoded(cell, column)
        if not text:
            return np.nan
        share = text.rstrip().removesuffix("%").rstrip()
        value = quantity(share, "number", decimal_comma=self.decimal_comma) / (100.0 if share != text.rstrip() else 1.0)
        if 0.0 <= value <= 1.0:
            return value
        raise ValueError("no probability")

    def _headings(self, _: str, column: Column, cell: str) -> tuple[Heading, ...]:
        if column.name in self.uncoded and has_code(cell):
            raise ValueError(UNNAMED_CODES)
        return parse_headings(decoded(cell, column), decimal_comma=self.decimal_comma)

    def _status(self, row: Row, identity: str) -> str:
        _, value = self._objection(row)
        if value is None:
            self._reject("status", row, identity, self.text(row, "status") or self.text(row, "working"))
        if self.sheet.osm and row.cells.get("man_made") != "surveillance" and osm_status(row.cells):
            return "not_working"
        return value or "unknown"

    def _reject(self, name: str, row: Row, identity: str, value: str) -> None:
        self.rejected.append(RejectedValue(name, row.number, identity, value))


@cache
def _word(read: Callable[[str], str | None]) -> Callable[[str, Column, str], str]:
    """Return a reader of cells from a reader of words, which answers None for a word it does not know."""

    def from_cell(_: str, column: Column, cell: str) -> str:
        value = read(decoded(cell, column))
        if value is None:
            raise ValueError("an unknown word")
        return value

    return from_cell


def _text(_: str, __: Column, cell: str) -> str:
    return tidy(cell, _LONGEST)


@cache
def _millimetres(read: Callable[[str], float]) -> Callable[[str, Column, str], float]:
    """Return a reader of cells from a reader of texts; NaN for a code that says nothing."""

    def from_cell(_: str, column: Column, cell: str) -> float:
        text = decoded(cell, column)
        return read(text) if text else np.nan

    return from_cell


def _pixels(_: str, column: Column, cell: str) -> float:
    text = decoded(cell, column)
    return horizontal_pixels(text, column.scale) if text else np.nan


def _by_stem(columns: tuple[Column, ...]) -> list[tuple[Column, ...]]:
    """Return columns of headings grouped by their name without a number, in the order of the first of each."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        groups.setdefault(stem_of(column.name), []).append(column)
    return [tuple(group) for group in groups.values()]


def _uncoded(sheet: Sheet, columns: tuple[Column, ...]) -> list[str]:
    """Return the columns of headings that hold codes of a list nobody named; those of one name are judged together."""
    open_ = [column.name for column in columns if not (column.unit or has_number_codes(column))]
    coded = look_coded(row.cells[name] for name in open_ for row in sheet.rows if name in row.cells)
    return open_ if coded else []


def _is_surveillance_key(key: str) -> bool:
    return key in ("surveillance", "camera") or key.startswith(("surveillance:", "camera:"))
