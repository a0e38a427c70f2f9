"""Where the rows of a list are: WGS 84 longitude and latitude, or why a row has none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import MEANING, NAMES, Column, Understanding
from camgap.coverage.inputs.quantities import quantity, tidy
from camgap.coverage.inputs.sheets import Row, Sheet

FloatArray = npt.NDArray[np.float64]

_NUMBER = r"([-+]?\d+(?:\.\d+)?)"
_WKT = re.compile(rf"(?:SRID=4326;)?\s*POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)", re.IGNORECASE)
_DECIMAL = r"([-+]?\d+\.\d+)"
_PAIR = re.compile(rf"[(\[]?\s*{_DECIMAL}\s*[,;]\s*{_DECIMAL}\s*[)\]]?")
_SHOWN_COLUMNS = 12


@dataclass(frozen=True)
class Positions:
    """Positions of a sheet's rows.

    Parameters
    ----------
    lonlat : float64 array, shape (r, 2)
        Longitude, latitude [°], NaN where a row has none.
    faults : tuple of (reason, detail) or None, r entries
        Why a row has no position: no_coordinates, bad_coordinates, zero_coordinates or the row's own fault.
    decimal_comma : bool
        The coordinates are written with decimal commas.
    either_order : bool
        They come from a text such as ``POINT (a b)``, of which both orders are in use.
    columns, not_read : dict
        Columns understood, and not read; these words replace those of the Understanding.
    """

    lonlat: FloatArray
    faults: tuple[tuple[str, str] | None, ...]
    decimal_comma: bool
    either_order: bool
    columns: dict[str, str]
    not_read: dict[str, str]


def find_positions(sheet: Sheet, understood: Understanding) -> Positions:
    """Return the positions of a sheet's rows.

    They come from the geometries, else from a longitude and a latitude column, else from a column of point texts.

    Raises
    ------
    CameraError
        If there is no such column, if longitude and latitude are swapped, or if they are no degrees.
    """
    columns: dict[str, str] = {}
    not_read: dict[str, str] = {}
    either_order = False
    lon, lat = (understood.fields.get(name, ()) for name in ("lon", "lat"))
    if sheet.points:
        texts = [row.point or ("", "") for row in sheet.rows]
        not_read = {column.name: "the geometry is used" for column in (*lon, *lat)}
    elif lon and lat:
        texts = [(row.cells.get(lon[0].name, ""), row.cells.get(lat[0].name, "")) for row in sheet.rows]
        not_read = dict.fromkeys(_point_columns(sheet, understood), f"{lon[0].name!r} and {lat[0].name!r} are used")
    else:
        point_columns = _point_columns(sheet, understood)
        if not point_columns:
            raise _no_columns(sheet, lon, lat)
        name, *others = point_columns
        texts, meaning = _split_points([row.cells.get(name, "") for row in sheet.rows])
        either_order = True
        columns[name] = meaning
        not_read = dict.fromkeys(others, f"{name!r} is used")
    decimal_comma = 2 * sum("," in lon for lon, _ in texts) > sum(bool(lon) for lon, _ in texts)
    read = [_position(row, pair) for row, pair in zip(sheet.rows, texts, strict=True)]
    lonlat = np.array([position for position, _ in read], dtype=np.float64).reshape(-1, 2)
    _refuse_impossible(sheet, lonlat)
    faults = [fault or _out_of_range(position) for position, fault in read]
    lonlat[[fault is not None for fault in faults]] = np.nan
    return Positions(lonlat, tuple(faults), decimal_comma, either_order, columns, not_read)


def _position(row: Row, pair: tuple[str, str]) -> tuple[tuple[float, float], tuple[str, str] | None]:
    nowhere = (np.nan, np.nan)
    if row.fault:
        return nowhere, row.fault
    if not pair[0] or not pair[1]:
        return nowhere, ("no_coordinates", " ".join(filter(None, pair)))
    try:
        lon, lat = (quantity(text, "angle", decimal_comma=True) for text in pair)
    except ValueError:
        return nowhere, ("bad_coordinates", f"longitude {tidy(pair[0], 30)!r}, latitude {tidy(pair[1], 30)!r}")
    return (lon, lat), None


def _out_of_range(position: tuple[float, float]) -> tuple[str, str] | None:
    lon, lat = position
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return "bad_coordinates", f"longitude {lon:g}, latitude {lat:g} are out of range"
    if max(abs(lon), abs(lat)) < 1e-6:
        return "zero_coordinates", "longitude 0, latitude 0"
    return None


def _refuse_impossible(sheet: Sheet, lonlat: FloatArray) -> None:
    """Refuse a list most of whose rows cannot be on Earth."""
    lon, lat = np.abs(lonlat[np.isfinite(lonlat).all(axis=1)]).T
    swapped = int(((lat > 90) & (lat <= 180) & (lon <= 90)).sum())
    if 2 * swapped > len(lat):
        raise CameraError(
            f"{sheet.source}: longitude and latitude are swapped: {swapped} of {len(lat)} latitudes are beyond 90°; "
            "exchange the two columns (GeoJSON writes longitude first)"
        )
    metric = int(((lat > 180) | (lon > 360)).sum())
    if 2 * metric > len(lat):
        first = lonlat[np.isfinite(lonlat).all(axis=1)][0].tolist()
        raise CameraError(
            f"{sheet.source}: coordinates are no degrees (first: {first}); "
            "convert them to WGS 84 longitude and latitude (EPSG:4326)"
        )


def _point_columns(sheet: Sheet, understood: Understanding) -> list[str]:
    """Return the columns most of whose cells are points as text; `location`, a name elsewhere, may be one."""
    taken = {column.name for name, columns in understood.fields.items() if name != "name" for column in columns}
    found = []
    for column in sheet.columns:
        if column in taken:
            continue
        cells = [row.cells[column] for row in sheet.rows if column in row.cells]
        if cells and 2 * sum(bool(_WKT.fullmatch(cell) or _PAIR.fullmatch(cell)) for cell in cells) > len(cells):
            found.append(column)
    return found


def _split_points(texts: Sequence[str]) -> tuple[list[tuple[str, str]], str]:
    """Return longitude and latitude texts, and the order they were taken in.

    ``POINT (a b)`` is longitude first, a bare pair ``(a, b)`` latitude first, unless the numbers say otherwise.
    """
    matches = [_WKT.fullmatch(text) or _PAIR.fullmatch(text) for text in texts]
    pairs = [(m[1], m[2]) if m else (text, text) for m, text in zip(matches, texts, strict=True)]
    numbers = np.array([(float(m[1]), float(m[2])) for m in matches if m])
    wkt = 2 * sum(bool(_WKT.fullmatch(text)) for text in texts) > len(numbers)
    beyond = (np.abs(numbers) > 90).sum(axis=0)
    lon_first = wkt if beyond[0] == beyond[1] else bool(beyond[0] > beyond[1])
    if lon_first:
        return pairs, "longitude, latitude"
    return [(second, first) for first, second in pairs], "latitude, longitude"


def _no_columns(sheet: Sheet, lon: tuple[Column, ...], lat: tuple[Column, ...]) -> CameraError:
    missing = " and no ".join(MEANING[name] for name, found in (("lon", lon), ("lat", lat)) if not found)
    seen = ", ".join(repr(tidy(column, 30)) for column in sheet.columns[:_SHOWN_COLUMNS])
    more = f" and {len(sheet.columns) - _SHOWN_COLUMNS} more" if len(sheet.columns) > _SHOWN_COLUMNS else ""
    known = "; ".join(", ".join(NAMES[name][:4]) for name in ("lon", "lat"))
    return CameraError(f"{sheet.source}: no {missing} column among {seen}{more}; understood are: {known}")
