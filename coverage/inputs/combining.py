"""Rows that are one camera made into one record, field by field, with origins and disagreements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.inputs.directions import Heading
from camgap.coverage.inputs.pairing import STRONG_ID, in_space

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
ObjectArray = npt.NDArray[np.object_]

# Values nearer than this [m, °] are no disagreement: a phone's position in a city is 7-13 m off, its compass 1-3°.
SAME_PLACE_M = 5.0
SAME_AZIMUTH = 5.0
_PLAIN = ("source", "row", "id", "db", "lon", "lat", "origin", "earlier")
_MERGE = ("merge_rows", "merge_ids", "merge_conflicts")
DATES = ("date", "inspected", "installed")  # of records: what they say is as old as the latest of these
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


@dataclass(frozen=True)
class Combined:
    """Cameras made of groups of rows.

    Parameters
    ----------
    cameras : DataFrame
        One row per group: the record columns, `merge_rows`, `merge_ids`, `merge_conflicts` and ``<field>_from``.
    group : list of int
        The group each camera was made of.
    primary : list of int
        The row that speaks first for each camera.
    conflicts : DataFrame
        ``camera`` (group), ``field``, ``used``, ``used_from``, ``other``, ``other_from``.
    """

    cameras: pd.DataFrame
    group: list[int]
    primary: list[int]
    conflicts: pd.DataFrame


def combine(table: pd.DataFrame, group: IntArray) -> Combined:
    """Make one record of every group of rows.

    In each group the newest row speaks first (by its latest date of any kind), then the one that says most, then
    by source and canonical order. A field is taken from the first row that states it.

    Parameters
    ----------
    table : DataFrame
        Records in canonical order with ``db``, ``origin``, ``earlier`` and the ``merge_`` columns.
    group : int64 array, shape (n,)
    """
    fields = [c for c in table.columns if c not in (*_PLAIN, *_MERGE)]
    stated = {name: _stated(table[name]) for name in fields}
    said = np.sum([stated[name] for name in fields], axis=0) if fields else np.zeros(len(table))
    newest = _newness(table)
    order = np.lexsort((np.arange(len(table)), -said, -newest, group))
    ranked, key = table.iloc[order].reset_index(drop=True), group[order]
    groups, first = np.unique(key, return_index=True)
    cameras = ranked.iloc[first].reset_index(drop=True)
    found: list[pd.DataFrame] = []
    origin: dict[str, ObjectArray] = {}
    for name in fields:
        value, at = _first_stated(ranked[name], stated[name][order], key, groups, first)
        cameras[name] = value
        origin[f"{name}_from"] = _origins(ranked, name, at)
        found.append(_disagreements(ranked, name, stated[name][order], key, groups, at))
    origin["position_from"] = _origins(ranked, "position", first)
    found.append(_far_apart(ranked, key, groups, first))
    size = np.diff(np.append(first, len(ranked)))
    several = [(k, slice(int(first[k]), int(first[k] + size[k]))) for k in np.flatnonzero(size > 1).tolist()]
    for name in _MERGE:
        column, joined = ranked[name].tolist(), cameras[name].tolist()
        for k, rows in several:
            joined[k] = tuple(sorted({text for part in column[rows] for text in part}))
        cameras[name] = pd.Series(joined, dtype=object)
    told, ids = list(zip(ranked["id"].tolist(), ranked["origin"].tolist(), strict=True)), cameras["id"].tolist()
    for k, rows in several:
        ids[k] = _best_id(told[rows])
    cameras["id"] = pd.Series(ids, dtype=object)
    # A near limit may come from one row and a shorter range from another: no list states such a pair, so it is dropped.
    wrong = cameras["near_m"].to_numpy(np.float64) >= cameras["range_m"].to_numpy(np.float64)
    cameras["near_m"] = cameras["near_m"].mask(wrong)
    origin["near_m_from"][wrong] = ""
    cameras = cameras.drop(columns=["db", "origin", "earlier"]).assign(**origin)
    columns = ["camera", "field", "used", "used_from", "other", "other_from"]
    conflicts = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return Combined(cameras, groups.tolist(), order[first].tolist(), conflicts[columns])


def _best_id(told: Sequence[tuple[str, str]]) -> str:
    """Return the first device id among ids and origins, else the first id a list gave, else the first."""
    given = [name for name, origin in told if name != origin]
    return next((name for name in given if len(name) >= STRONG_ID), (given or [told[0][0]])[0])


def _stated(column: "pd.Series[Any]") -> BoolArray:
    """Tell where a column says something."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.notna().to_numpy(bool)
    return np.array([v not in ("", "unknown", None, ()) and v == v for v in column.tolist()], dtype=bool)


def _newness(table: pd.DataFrame) -> IntArray:
    """Return dates as numbers that sort like them, 0 where there is none."""
    newest = np.zeros(len(table), np.int64)
    for name in DATES:
        if name in table.columns:
            found = [_DATE.match(text) for text in table[name].tolist()]
            told = [int(m[0].replace("-", "").ljust(8, "0")) if m else 0 for m in found]
            newest = np.maximum(newest, np.array(told, dtype=np.int64))
    return newest


def _first_stated(
    column: "pd.Series[Any]", stated: BoolArray, key: IntArray, groups: IntArray, first: IntArray
) -> tuple["pd.Series[Any]", IntArray]:
    """Return every group's first stated value and the row it stands in, its first row where nobody says."""
    at = first.astype(np.int64).copy()
    rows = np.flatnonzero(stated)
    which, where = np.unique(key[rows], return_index=True)
    at[np.searchsorted(groups, which)] = rows[where]
    return column.iloc[at].reset_index(drop=True), np.where(stated[at], at, -1)


def _origins(ranked: pd.DataFrame, name: str, at: IntArray) -> ObjectArray:
    """Return where values come from; for a list that was merged before, where they came from then."""
    origin, earlier = ranked["origin"].tolist(), ranked["earlier"].tolist()
    told = [
        "" if k < 0 else (earlier[k].get(name, "") or origin[k]) if earlier[k] is not None else origin[k]
        for k in at.tolist()
    ]
    return np.array(told, dtype=object)


def _disagreements(
    ranked: pd.DataFrame, name: str, stated: BoolArray, key: IntArray, groups: IntArray, at: IntArray
) -> pd.DataFrame:
    """Return the stated values that differ from the one used."""
    used = at[np.searchsorted(groups, key)]
    rows = np.flatnonzero(stated & (used >= 0) & (used != np.arange(len(key))))
    numeric = pd.api.types.is_numeric_dtype(ranked[name].dtype)
    values = ranked[name].to_numpy(np.float64 if numeric else object)
    if numeric:
        rows = rows[values[rows] != values[used[rows]]]
    same = [_same(a, b) for a, b in zip(values[rows].tolist(), values[used[rows]].tolist(), strict=True)]
    rows = rows[~np.array(same, dtype=bool)]
    ours, theirs = ([shown(v) for v in values[which].tolist()] for which in (used[rows], rows))
    return _conflict_rows(ranked, name, key, rows, used[rows], ours, theirs)


def _far_apart(ranked: pd.DataFrame, key: IntArray, groups: IntArray, first: IntArray) -> pd.DataFrame:
    used = first[np.searchsorted(groups, key)]
    xyz = in_space(ranked["lon"].to_numpy(np.float64), ranked["lat"].to_numpy(np.float64))
    rows = np.flatnonzero(np.linalg.norm(xyz - xyz[used], axis=1) > SAME_PLACE_M)
    lonlat = ranked[["lon", "lat"]].to_numpy(np.float64)
    ours, theirs = ([f"{lon:.7f} {lat:.7f}" for lon, lat in lonlat[which].tolist()] for which in (used[rows], rows))
    return _conflict_rows(ranked, "position", key, rows, used[rows], ours, theirs)


def _conflict_rows(
    ranked: pd.DataFrame, name: str, key: IntArray, rows: IntArray, used: IntArray, ours: list[str], theirs: list[str]
) -> pd.DataFrame:
    columns = {
        "camera": key[rows], "field": "azimuth" if name == "headings" else name, "used": pd.Series(ours, dtype=object),
        "used_from": _origins(ranked, name, used), "other": pd.Series(theirs, dtype=object),
        "other_from": _origins(ranked, name, rows),
    }  # fmt: skip
    return pd.DataFrame(columns)


def _same(a: object, b: object) -> bool:
    if a == b:
        return True
    if isinstance(a, str) and isinstance(b, str):
        return " ".join(a.casefold().split()) == " ".join(b.casefold().split())
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same_heading, a, b))
    return bool(a == b)


def _same_heading(a: Heading, b: Heading) -> bool:
    turn = abs((a.azimuth - b.azimuth + 180) % 360 - 180)
    return turn <= SAME_AZIMUTH and abs((a.span or 0.0) - (b.span or 0.0)) <= SAME_AZIMUTH


def shown(value: object) -> str:
    """Return a value as text for people."""
    if isinstance(value, tuple):
        return headings_text(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def headings_text(headings: Sequence[Heading]) -> str:
    """Return headings as a camera list writes them; reading it gives the same headings, to 1e-6°."""
    return ";".join(map(_heading_text, headings))


@lru_cache(maxsize=4096)
def _heading_text(heading: Heading) -> str:
    if heading.span is None:
        return _degrees(heading.azimuth)
    if heading.span == 360:
        return "0-360"
    ends = heading.azimuth - heading.span / 2, heading.azimuth + heading.span / 2
    start, end = (_degrees(e % 360) for e in ends)
    return f"{start}-{end}"


def _degrees(azimuth: float) -> str:
    return np.format_float_positional(round(azimuth, 6) % 360, trim="-")
