"""Where the rows of a list are: WGS 84 longitude and latitude, or why a row has none."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import Column, Understanding, names_of
from camgap.coverage.inputs.datum import CoordinateSystem, coordinate_system
from camgap.coverage.inputs.degrees import RuinedError, decimals, degrees, metres
from camgap.coverage.inputs.dialects import FIELDS
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Row, Sheet

FloatArray = npt.NDArray[np.float64]
Fault = tuple[str, str]
Pair = tuple[str, str]

_NUMBER = r"([-+]?\d+(?:\.\d+)?)"
_WKT = re.compile(
    rf"(?:SRID=4326;)?\s*POINT\s*(?:Z\s*)?\(\s*{_NUMBER}\s+{_NUMBER}(?:\s+{_NUMBER})?\s*\)", re.IGNORECASE
)
_DECIMAL = r"([-+]?\d+\.\d+)"
_PAIR = re.compile(rf"[(\[]?\s*{_DECIMAL}\s*[,;]\s*{_DECIMAL}\s*[)\]]?")
_SHOWN_COLUMNS = 12
_NOWHERE = 1e-6  # degrees or metres from the origin: nobody's coordinates
_GRID = (100_000.0, 10_000_000.0)  # metres: eastings and northings without the zone's number before them
_FEWEST = 5  # rows, before some of them are said to have fewer digits than the others
_FINE, _COARSE = 4, 2  # decimals of degrees: 11 m and 1.1 km


@dataclass(frozen=True)
class Positions:
    """Positions of a sheet's rows.

    Parameters
    ----------
    lonlat : float64 array, shape (r, 2)
        Longitude, latitude in WGS 84 [°], NaN where a row has none.
    faults : tuple of (reason, detail) or None, r entries
        Why a row has no position: no_coordinates, bad_coordinates, ruined_coordinates, zero_coordinates or the row's
        own fault.
    decimal_comma : bool
        The coordinates are written with decimal commas.
    either_order : bool
        They come from a text such as ``POINT (a b)``, of which both orders are in use.
    columns, not_read : dict
        Columns understood, and not read; these words replace those of the Understanding.
    system : CoordinateSystem
        What the coordinates were taken to be in.
    declared : str
        Who says so: "given", "file", "column names", "dialect"; "" where nobody does and WGS 84 is assumed.
    """

    lonlat: FloatArray
    faults: tuple[Fault | None, ...]
    decimal_comma: bool
    either_order: bool
    columns: dict[str, str]
    not_read: dict[str, str]
    system: CoordinateSystem
    declared: str


def find_positions(
    sheet: Sheet,
    understood: Understanding,
    given: CoordinateSystem | None = None,
    dialect_crs: str = "",
    *,
    hidden: Container[int] = (),
) -> Positions:
    """Return the positions of a sheet's rows.

    They come from the geometries, else from a longitude and a latitude column, else from a column of point texts.

    Parameters
    ----------
    given : CoordinateSystem, optional
        What the user says they are in; wins over the file, the names of its columns and its dialect, in this order.
    hidden : container of int
        Places of rows whose position is not looked at: they have none.

    Raises
    ------
    CameraError
        If there is no such column, or if the numbers are no degrees and nobody says what else they are.
    """
    texts, columns, not_read, either_order = _texts(sheet, understood)
    texts = [("", "") if place in hidden else pair for place, pair in enumerate(texts)]
    system, declared = _system(sheet, understood, given, dialect_crs)
    decimal_comma = 2 * sum("," in lon for lon, _ in texts) > sum(bool(lon) for lon, _ in texts)
    read = [_numbers(row, pair, system) for row, pair in zip(sheet.rows, texts, strict=True)]
    points = np.array([point for point, _ in read], dtype=np.float64).reshape(-1, 2)
    system = _in_order(sheet, points, system)
    lonlat = np.full_like(points, np.nan)
    plausible = np.isfinite(points).all(axis=1)
    if system.is_degrees:
        plausible &= (np.abs(points[:, ::-1] if system.swapped else points) <= (180, 90)).all(axis=1)
    lonlat[plausible] = system.to_wgs84(points[plausible])
    coarse = _lost_digits(texts, lonlat) if system.is_degrees else np.zeros(len(texts), dtype=bool)
    known = np.asarray(np.isfinite(lonlat).all(axis=1))
    suspect: npt.NDArray[np.bool_] = ~known | coarse | ~system.inside(lonlat) | (np.abs(points) < _NOWHERE).all(axis=1)
    faults = tuple(
        fault or (_objection(point, found, pair, lost, system) if doubt else None)
        for (_, fault), point, pair, found, lost, doubt in zip(
            read, points.tolist(), texts, known.tolist(), coarse.tolist(), suspect.tolist(), strict=True
        )
    )
    lonlat[[fault is not None for fault in faults]] = np.nan
    return Positions(lonlat, faults, decimal_comma, either_order, columns, not_read, system, declared)


def _texts(sheet: Sheet, understood: Understanding) -> tuple[list[Pair], dict[str, str], dict[str, str], bool]:
    """Return longitude and latitude as text, columns used and not read, and whether their order is uncertain."""
    lon, lat = (understood.fields.get(name, ()) for name in ("lon", "lat"))
    if sheet.points:
        return [row.point or ("", "") for row in sheet.rows], {}, _instead((*lon, *lat), "the geometry is used"), False
    if lon and lat:
        texts = [(row.cells.get(lon[0].name, ""), row.cells.get(lat[0].name, "")) for row in sheet.rows]
        others = dict.fromkeys(_point_columns(sheet, understood), f"{lon[0].name!r} and {lat[0].name!r} are used")
        return texts, {}, others, False
    point_columns = _point_columns(sheet, understood)
    if not point_columns:
        raise _no_columns(sheet, lon, lat)
    name, *more = point_columns
    texts, meaning = _split_points([row.cells.get(name, "") for row in sheet.rows])
    return texts, {name: meaning}, dict.fromkeys(more, f"{name!r} is used"), True


def _instead(columns: Sequence[Column], reason: str) -> dict[str, str]:
    return {column.name: reason for column in columns}


def _system(
    sheet: Sheet, understood: Understanding, given: CoordinateSystem | None, dialect_crs: str
) -> tuple[CoordinateSystem, str]:
    """Return the coordinate system, and who says so."""
    if given is not None:
        return given, "given"
    if sheet.crs:
        return coordinate_system(sheet.crs), "file"
    lon = understood.fields.get("lon", ())
    if lon and lon[0].system and not sheet.points:
        return CoordinateSystem(lon[0].system), "column names"
    return (coordinate_system(dialect_crs), "dialect") if dialect_crs else (CoordinateSystem(), "")


def _numbers(row: Row, pair: Pair, system: CoordinateSystem) -> tuple[tuple[float, float], Fault | None]:
    nowhere = (np.nan, np.nan)
    if row.fault:
        return nowhere, row.fault
    if not pair[0] or not pair[1]:
        return nowhere, ("no_coordinates", " ".join(filter(None, pair)))
    try:
        if not system.is_degrees:
            return (metres(pair[0]), metres(pair[1])), None
        axes = ("lat", "lon") if system.swapped else ("lon", "lat")
        return (degrees(pair[0], axes[0]), degrees(pair[1], axes[1])), None
    except RuinedError as error:
        return nowhere, ("ruined_coordinates", str(error))
    except ValueError:
        return nowhere, ("bad_coordinates", f"longitude {tidy(pair[0], 30)!r}, latitude {tidy(pair[1], 30)!r}")


def _in_order(sheet: Sheet, points: FloatArray, system: CoordinateSystem) -> CoordinateSystem:
    """Return the system with the axes exchanged if they can only be meant so; refuse what is nowhere on Earth."""
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return system
    if not system.is_degrees:
        exchanged = replace(system, swapped=not system.swapped)
        fit, fit_exchanged = (int(s.inside(s.to_wgs84(finite)).sum()) for s in (system, exchanged))
        return exchanged if 2 * fit < len(finite) < 2 * fit_exchanged else system
    first, second = np.abs(finite[:, ::-1] if system.swapped else finite).T
    beyond = int(((second > 90) & (second <= 180) & (first <= 90)).sum())
    if 2 * beyond > len(finite):
        return replace(system, swapped=not system.swapped)
    beyond_all = (second > 180) | (first > 360)
    if 2 * int(beyond_all.sum()) > len(finite):
        some, example = f"{beyond_all.sum():,} of {len(finite):,} " * (not beyond_all.all()), finite[beyond_all][0]
        mixed = "; put those that are degrees into a list of their own" if some else ""
        raise CameraError(
            f"{sheet.source}: {some}coordinates are no degrees (first: {example.tolist()}); say what they are with "
            f"--cameras-crs, e.g. {_likely_code(example)}{mixed}"
        )
    return system


def _likely_code(point: FloatArray) -> str:
    """Return an EPSG code of the kind the numbers look like: CGCS2000 with the zone's number before the easting."""
    zone = next((int(value // 1e6) for value in point.tolist() if 25e6 <= value < 46e6), None)
    return f"EPSG:{4488 + zone} (CGCS2000, zone {zone})" if zone else "EPSG:32632 (UTM 32N)"


def _lost_digits(texts: Sequence[Pair], lonlat: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which rows have at most two decimals in both coordinates, in a list that has four or more otherwise."""
    counts = np.array([[decimals(lon), decimals(lat)] for lon, lat in texts], dtype=np.int64).reshape(-1, 2)
    known = np.asarray(np.isfinite(lonlat).all(axis=1))
    if known.sum() < _FEWEST or (np.median(counts[known], axis=0) < _FINE).any():
        return np.zeros(len(texts), dtype=bool)
    return np.asarray((counts <= _COARSE).all(axis=1))


def _objection(point: list[float], found: bool, pair: Pair, lost: bool, system: CoordinateSystem) -> Fault:
    """Return what is wrong with a row that has numbers and yet no position that can be believed."""
    if max(abs(point[0]), abs(point[1])) < _NOWHERE:
        return "zero_coordinates", "longitude 0, latitude 0"
    if not found:
        if system.is_degrees and max(map(abs, point)) > 360 and not re.search(r"[.,]", "".join(pair)):
            shown = repr(tidy(" ".join(pair), 40))
            if _GRID[0] <= min(map(abs, point)) and max(map(abs, point)) < _GRID[1]:
                return "bad_coordinates", f"{shown} are metres, not degrees: put such rows into a list of their own"
            return "ruined_coordinates", f"{shown} has lost its decimal point"
        if not system.is_degrees:
            return "bad_coordinates", f"{point[0]:g}, {point[1]:g} is nowhere in {system.title}"
        lon, lat = point[::-1] if system.swapped else point
        return "bad_coordinates", f"longitude {lon:g}, latitude {lat:g} are out of range"
    if lost:
        return "ruined_coordinates", f"{tidy(', '.join(pair), 40)!r} has at most two decimals, the others are lost"
    return "bad_coordinates", f"{point[0]:g}, {point[1]:g} is outside of where {system.title} is used"


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


def _split_points(texts: Sequence[str]) -> tuple[list[Pair], str]:
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
    missing = " and no ".join(FIELDS[name] for name, found in (("lon", lon), ("lat", lat)) if not found)
    seen = ", ".join(repr(tidy(column, 30)) for column in sheet.columns[:_SHOWN_COLUMNS])
    more = f" and {len(sheet.columns) - _SHOWN_COLUMNS} more" if len(sheet.columns) > _SHOWN_COLUMNS else ""
    known = "; ".join(", ".join(names_of(name)) for name in ("lon", "lat"))
    return CameraError(
        f"{sheet.source}: no {missing} column among {seen}{more}; understood are: {known}; name others with --dialect "
        "FILE"
    )
