"""Rows of a sheet -> records of cameras: which rows are cameras, and what their cells say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import Column
from camgap.coverage.inputs.directions import Heading, parse_headings
from camgap.coverage.inputs.kinds import kind_of, no_camera, osm_status, status_of
from camgap.coverage.inputs.quantities import quantity
from camgap.coverage.inputs.sheets import Row, Sheet

# Field -> kind of quantity, lowest and highest plausible value, and whether the lowest itself is.
_QUANTITIES: dict[str, tuple[Literal["length", "angle", "number"], float, float, bool]] = {
    "hfov": ("angle", 0.0, 360.0, False),
    "range_m": ("length", 0.0, 5000.0, False),
    "near_m": ("length", 0.0, 1000.0, True),
    "height": ("length", 0.0, 300.0, False),
    "tilt": ("angle", 0.0, 90.0, True),
    "count": ("number", 1.0, 100.0, True),
}
SHOWN = {"range_m": "range", "near_m": "near"}  # field -> its name in counts


@dataclass(frozen=True, slots=True)
class RejectedValue:
    """A value that could not be used and is treated as missing."""

    field: str
    row: int
    id: str
    value: str


class RowReader:
    """Turns the cells of rows into values and collects those it cannot use."""

    def __init__(self, sheet: Sheet, fields: Mapping[str, tuple[Column, ...]], decimal_comma: bool) -> None:
        self.sheet = sheet
        self.fields = fields
        self.decimal_comma = decimal_comma
        self.rejected: list[RejectedValue] = []

    def text(self, row: Row, name: str) -> str:
        """Return the first cell of a field's columns that is not empty."""
        return next((cell for column in self.fields.get(name, ()) if (cell := row.cells.get(column.name, ""))), "")

    def objection(self, row: Row) -> tuple[str, str]:
        """Return reason and detail why a row is no camera to be used, two empty texts if it is."""
        told = {
            name: self.text(row, name) for name in ("kind", "device", "setting", "indoor", "level", "status", "working")
        }
        reason = no_camera(told["kind"], told["device"], told["setting"], told["indoor"], told["level"])
        if reason:
            return reason, ""
        status = status_of(told["status"], told["working"])
        if self.sheet.osm and row.cells.get("man_made") != "surveillance":
            status = osm_status(row.cells) or status
            if status not in ("removed", "planned") and not any(_is_surveillance_key(key) for key in row.cells):
                return "not_a_camera", "no man_made=surveillance"
        return (status, told["status"]) if status in ("removed", "planned") else ("", "")

    def record(self, row: Row, lonlat: list[float]) -> dict[str, Any]:
        """Return a usable row's record."""
        identity = self.text(row, "id") or f"{self.sheet.source}:{row.number}"
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
        for name, value in (
            ("kind", kind_of(self.text(row, "kind"))),
            ("status", status_of(self.text(row, "status"), self.text(row, "working"))),
        ):
            if value is None:
                self._reject(name, row, identity, self.text(row, name) or self.text(row, "working"))
            record[name] = value or "unknown"
        if self.sheet.osm and row.cells.get("man_made") != "surveillance" and osm_status(row.cells):
            record["status"] = "not_working"
        return record

    def _quantity(self, row: Row, identity: str, name: str) -> float:
        """Return a field's number, NaN if there is none or it cannot be used."""
        unit, low, high, closed = _QUANTITIES[name]
        for column in self.fields.get(name, ()):
            cell = row.cells.get(column.name, "")
            if not cell:
                continue
            try:
                value = quantity(cell, unit, scale=column.scale, decimal_comma=self.decimal_comma)
            except ValueError:
                value = np.nan
            if low < value <= high or (closed and value == low):
                return value
            self._reject(SHOWN.get(name, name), row, identity, cell)
            return np.nan
        return np.nan

    def _headings(self, row: Row, identity: str) -> tuple[Heading, ...]:
        text = self.text(row, "azimuth")
        try:
            return parse_headings(text, decimal_comma=self.decimal_comma)
        except CameraError:
            self._reject("azimuth", row, identity, text)
            return ()

    def _reject(self, name: str, row: Row, identity: str, value: str) -> None:
        self.rejected.append(RejectedValue(name, row.number, identity, value))


def _is_surveillance_key(key: str) -> bool:
    return key in ("surveillance", "camera") or key.startswith(("surveillance:", "camera:"))
