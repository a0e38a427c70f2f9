"""Event files: where and when something was wanted of the streets. Nothing else of an event is ever read.

Of each row only place, date, time, class and weight are loaded; other columns never are, and no row is stored or shown.
"""

import csv
import difflib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.errors import GEOSException

from camgap.coverage.errors import CameraError, DemandError
from camgap.coverage.inputs.moments import days_of, hours_of, weekdays_of, within_hours
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.text_files import read_text
from camgap.coverage.projection import WGS84
from camgap.coverage.settings import DemandSettings

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Role -> names a column goes by, best first, in small letters without spaces and punctuation.
NAMES = {
    "lon": "longitude lon lng long 经度 經度 경도 längengrad x",
    "lat": "latitude lat 纬度 緯度 위도 breitengrad y",
    "date": """
        date incidentdate crimedate eventdate offensedate occurreddate dateoccurred occurredon occurred datetime
        timestamp reportdate datum 日期 日期时间 案发时间 发生时间 날짜 일자
    """,
    "time": """
        time incidenttime crimetime eventtime timeoccurred occurredtime hour datetime timestamp uhrzeit zeit 时间 시간
    """,
    "class": """
        class category type crimetype eventtype incidenttype offense offence kategorie art 类别 类型 案件类型 종류 유형
    """,
    "weight": "weight count incidents totalincidents value gewicht anzahl 权重 数量 가중치 건수",
}
_ROLES: dict[str, dict[str, int]] = {}
for _role, _names in NAMES.items():
    for _rank, _name in enumerate(_names.split()):
        _ROLES.setdefault(_name, {})[_role] = _rank


@dataclass(frozen=True)
class Events:
    """Weighted places, without anything else about them.

    Parameters
    ----------
    geometry : object array, shape (k,)
        Shapely geometries, EPSG:4326.
    weight : float64 array, shape (k,)
        Above 0.
    read : int
        Rows in the file.
    set_aside : dict
        Reason -> rows that do not count; ``read == k + sum(set_aside.values())``.
    midnight : bool array, shape (k,)
        Timed at 00:00 sharp, which many registers write where they know no time.
    columns : dict
        Role -> column it was read from. Other columns were not loaded.
    source : str
    """

    geometry: Geometries
    weight: FloatArray
    midnight: BoolArray
    read: int
    set_aside: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    source: str = ""

    def __len__(self) -> int:
        return len(self.geometry)


def read_events(path: Path, settings: DemandSettings) -> Events:
    """Read the events of a file that the settings ask for.

    Parameters
    ----------
    path : Path
        CSV or TSV, a JSON list of objects, or GeoJSON, GeoPackage and what else GDAL reads (points, lines, polygons).

    Raises
    ------
    DemandError
        If the file cannot be read, has no places, or lacks a column that a filter needs; or if no event is left.
    """
    source = tidy(path.name)
    table, geometry, columns = _load(path, source, {str(role): name for role, name in settings.columns.items()})
    aside: dict[str, int] = {}
    left = np.ones(len(table), dtype=bool)

    def drop(reason: str, bad: BoolArray) -> None:
        out = left & bad
        if out.any():
            aside[reason] = int(out.sum())
            left[out] = False

    for reason, bad in _bad_places(geometry).items():
        drop(reason, bad)
    weight = _weights(table)
    drop("bad_weight", ~(np.isfinite(weight) & (weight > 0)))
    hours = _filter(table, columns, settings, source, drop)
    if settings.dedupe:
        drop("repeated", _repeated(table, geometry, left, columns, source))
    if not left.any():
        raise DemandError(f"{source}: no event is left of {len(table)} ({_told(aside) or 'the file is empty'})")
    return Events(
        geometry[left], weight[left], hours[left] == 0.0, len(table), aside, columns, source
    )  # fmt: skip


def _filter(
    table: pd.DataFrame, columns: Mapping[str, str], settings: DemandSettings, source: str, drop: Any
) -> FloatArray:
    """Drop what the settings do not ask for; return the hours of all rows."""
    s = settings
    if s.since or s.until or s.weekdays:
        days = days_of(_texts(table, columns, "date", "a filter by date", source), s.date_order, source)
        drop("no_date", np.isnat(days))
        if s.since:
            drop("before_since", days < np.datetime64(s.since))
        if s.until:
            drop("after_until", days > np.datetime64(s.until))
        if s.weekdays:
            drop("other_weekday", ~np.isin(weekdays_of(days), [WEEKDAYS.index(day) for day in s.weekdays]))
    hours = np.full(len(table), np.nan)
    if "time" in table:
        hours = hours_of(table["time"].tolist())
    if s.hours:
        _texts(table, columns, "time", "a filter by hour", source)
        drop("no_time", np.isnan(hours))
        drop("other_hour", ~within_hours(hours, s.hours))
    if s.classes:
        texts = _texts(table, columns, "class", "a filter by class", source)
        wanted = {c.casefold() for c in s.classes}
        drop("other_class", np.array([text.casefold() not in wanted for text in texts], dtype=bool))
    return hours


def _texts(table: pd.DataFrame, columns: Mapping[str, str], role: str, use: str, source: str) -> list[str]:
    if role not in columns:
        raise DemandError(
            f'{source}: {use} needs a {role} column and none is understood; say columns = {{ {role} = "..." }} under '
            "[demand]"
        )
    return table[role].tolist()


def _repeated(
    table: pd.DataFrame, geometry: Geometries, left: BoolArray, columns: Mapping[str, str], source: str
) -> BoolArray:
    """Tell which rows say again what an earlier one that counts said: same place, date, time and class."""
    _texts(table, columns, "date", "dedupe, to tell one event from the next at the same place,", source)
    keys = pd.DataFrame({"place": shapely.to_wkb(geometry)})
    for role in ("date", "time", "class"):
        if role in table:
            keys[role] = table[role]
    repeated = np.zeros(len(table), dtype=bool)
    repeated[left] = keys[left].duplicated().to_numpy()
    return repeated


def _weights(table: pd.DataFrame) -> FloatArray:
    if "weight" not in table:
        return np.ones(len(table))
    return pd.to_numeric(table["weight"].str.replace(",", "."), errors="coerce").to_numpy(np.float64)


def _bad_places(geometry: Geometries) -> dict[str, BoolArray]:
    none = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    west, south, east, north = shapely.bounds(geometry).T
    zero = (np.abs(west) < 1e-6) & (np.abs(south) < 1e-6) & (shapely.get_type_id(geometry) == 0)
    far = ~none & ~((west >= -180) & (east <= 180) & (south >= -90) & (north <= 90))
    crossing = ~none & ~far & ~shapely.is_valid(geometry)
    return {"no_coordinates": none, "zero_coordinates": zero, "bad_coordinates": far, "crossing_polygon": crossing}


def _told(aside: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {n}" for reason, n in aside.items())


# --- loading the few columns ------------------------------------------------------------------------------------------


def _load(path: Path, source: str, own: Mapping[str, str]) -> tuple[pd.DataFrame, Geometries, dict[str, str]]:
    """Return the columns by role as texts, the places, and the roles' columns."""
    if not path.exists():
        raise DemandError(f"{path}: no such file; check --demand")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        return _placed(*_from_csv(_text(path), source, own), source)
    if suffix == ".json":
        rows = _from_json(_text(path), source, own)
        if rows is not None:
            names = list(dict.fromkeys(name for row in rows for name in row))
            columns = _roles(names, own, source)
            table = pd.DataFrame(
                {role: [_cell(row.get(name)) for row in rows] for role, name in columns.items()}, dtype=object
            )
            return _placed(table, columns, source)
    return _from_gdal(path, source, own)


def _text(path: Path) -> str:
    try:
        return read_text(path)[0]
    except CameraError as error:
        raise DemandError(str(error)) from None


def _cell(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _from_csv(text: str, source: str, own: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=head.count)
    names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter))]
    columns = _roles(names, own, source)
    wanted = {name: names.index(name) for name in columns.values()}
    try:
        read = pd.read_csv(
            io.StringIO(text), sep=delimiter, usecols=sorted(set(wanted.values())), header=0, dtype=str,
            keep_default_na=False, skipinitialspace=True, names=range(len(names)),
        )  # fmt: skip
    except (pd.errors.ParserError, ValueError) as error:
        raise DemandError(f"{source}: cannot be read as a table: {' '.join(str(error).split())}") from None
    return pd.DataFrame({role: read[wanted[name]].str.strip() for role, name in columns.items()}), columns


def _from_json(text: str, source: str, own: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """Return the rows of a JSON list of objects, of which only keys with a role are kept; None for GeoJSON."""
    mine = set(own.values())

    def few(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {k: v for k, v in pairs if k in mine or _spelled(k) in _ROLES or k in ("type", "features", "data")}

    try:
        found = json.loads(text, object_pairs_hook=few)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DemandError(f"{source}: not JSON: {error}") from None
    if isinstance(found, dict) and "features" in found:
        return None
    rows = found.get("data") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DemandError(f"{source}: expected a list of objects, [{{...}}, ...], or GeoJSON")
    return rows


def _placed(
    table: pd.DataFrame, columns: dict[str, str], source: str
) -> tuple[pd.DataFrame, Geometries, dict[str, str]]:
    missing = [what for role, what in (("lon", "longitude"), ("lat", "latitude")) if role not in columns]
    if missing:
        raise DemandError(
            f"{source}: no {' and no '.join(missing)} column is understood; say columns = {{ lon = "
            '"...", lat = "..." } under [demand]'
        )
    lon, lat = (
        pd.to_numeric(table[role].str.replace(",", "."), errors="coerce").to_numpy(np.float64)
        for role in ("lon", "lat")
    )
    there = np.isfinite(lon) & np.isfinite(lat)
    if there.any() and (np.abs(lat[there]) > 90).mean() > 0.5:
        raise DemandError(f"{source}: latitudes are beyond 90°: longitude and latitude are swapped, or are no degrees")
    geometry = np.full(len(table), None, dtype=object)
    geometry[there] = shapely.points(lon[there], lat[there])
    return table.drop(columns=["lon", "lat"]), geometry, columns


def _from_gdal(path: Path, source: str, own: Mapping[str, str]) -> tuple[pd.DataFrame, Geometries, dict[str, str]]:
    try:
        names = [str(name) for name in pyogrio.read_info(path)["fields"]]
        columns = {role: name for role, name in _roles(names, own, source).items() if role not in ("lon", "lat")}
        frame = pyogrio.read_dataframe(path, columns=sorted(set(columns.values())))
    except (DataSourceError, DataLayerError, GEOSException, ValueError) as error:
        raise DemandError(
            f"{source}: cannot be read ({' '.join(str(error).split())}); give CSV, JSON, GeoJSON or GeoPackage"
        ) from None
    if "geometry" not in frame:
        raise DemandError(f"{source}: a table without geometry; give longitude and latitude as CSV instead")
    frame = frame.set_crs(WGS84) if frame.crs is None else frame.to_crs(WGS84)
    table = pd.DataFrame({role: [_cell(v) for v in frame[name]] for role, name in columns.items()}, index=frame.index)
    return table, shapely.force_2d(frame.geometry.to_numpy()), columns


def _spelled(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _roles(names: Sequence[str], own: Mapping[str, str], source: str) -> dict[str, str]:
    """Return role -> column: the user's own, else the best known name; a column of date and time serves both."""
    for role, name in own.items():
        if name not in names:
            raise DemandError(f"{source}: there is no column {name!r} for demand.columns.{role}; {_near(name, names)}")
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        for role, rank in _ROLES.get(_spelled(name), {}).items():
            if role not in found or rank < found[role][0]:
                found[role] = (rank, name)
    return {role: own.get(role) or found[role][1] for role in NAMES if role in own or role in found}


def _near(name: str, names: Iterable[str]) -> str:
    names = [tidy(n, 30) for n in names]
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names[:12])}"
