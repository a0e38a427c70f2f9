"""What visits found, laid over the camera lists: row by row, and each row that means no camera refused."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.inventory import CameraList
from camgap.coverage.inputs.overrides import (
    COLUMN_OF,
    MOVED,
    PLACE,
    BlankRow,
    Override,
    Overrides,
    RefusedRow,
    camera_keys,
)
from camgap.coverage.inputs.pairing import in_space
from camgap.coverage.inputs.quantities import tidy

SAME_PLACE_M = 1.0  # spreadsheets round; a place written by hand differs by more
FARTHEST_M = 50_000.0  # a place found farther than this from the listed one is a slip, as exchanged axes are

Place = tuple[float, float]
Known = Mapping[tuple[str, str], Sequence[Place]]  # source and key -> where the cameras so called are said to be


def lay_over(
    lists: Sequence[CameraList], overrides: Overrides, settled: bool = True
) -> tuple[tuple[CameraList, ...], Overrides]:
    """Return the lists with what visits found, and the overrides with the rows refused that could not be laid over.

    Cameras that were found removed, or not built yet, are set aside. A row is refused if its camera is in use in none
    of the lists, or if its longitude and latitude were changed: what was found belongs into columns of its own.

    Parameters
    ----------
    settled : bool
        Whether the lists' places are those a visit list was written with; without streets, their coordinate system may
        not be known yet, and places are not compared.

    Raises
    ------
    CameraError
        If two lists have the camera that a row means, or none of the lists that all rows mean is here.
    """
    keys = [camera_keys(cameras) for cameras in lists]
    known: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
    for cameras, own in zip(lists, keys, strict=True):
        places = cameras.records[["lon", "lat"]].to_numpy(np.float64).tolist()
        for key, (lon, lat) in zip(own, places, strict=True):
            known[cameras.source, key].append((lon, lat))
    _require_one_list(overrides.rows, lists, known)
    for visit in overrides.rows:
        if PLACE in visit.values and (visit.source, visit.camera) in known:
            known[visit.source, visit.camera].append(visit.values[PLACE])  # a later list was written with this place
    rows: list[Override] = []
    blank: list[BlankRow] = []
    refused = list(overrides.refused)
    every: tuple[Override | BlankRow, ...] = (*overrides.rows, *overrides.blank)
    for row in every:
        reason = _objection(row, known, settled)
        if reason:
            refused.append(RefusedRow(row.file, row.row, tidy(row.camera, 60), reason))
        elif isinstance(row, Override):
            rows.append(row)
        else:
            blank.append(row)
    refused.sort(key=lambda r: (r.file, r.row))
    fitting = Overrides(tuple(rows), tuple(refused), tuple(blank))
    standing = fitting.standing
    return tuple(_laid_over(c, own, standing) for c, own in zip(lists, keys, strict=True)), fitting


def _require_one_list(rows: Sequence[Override], lists: Sequence[CameraList], known: Known) -> None:
    sources = sorted({cameras.source for cameras in lists})
    for visit in rows:
        if len(known.get((visit.source, visit.camera), ())) > 1:
            raise CameraError(
                f"{visit.file}, row {visit.row}: two lists are called {visit.source!r} and have the camera "
                f"{tidy(visit.camera, 60)!r}; rename one"
            )
    if rows and not any(visit.source in sources for visit in rows):
        raise CameraError(
            f"{rows[0].file}, row {rows[0].row}: there is no camera list {tidy(rows[0].source, 60)!r} here; there are "
            f"{', '.join(sources) or 'none'}"
        )


def _objection(row: Override | BlankRow, known: Known, settled: bool) -> str:
    """Return why a row cannot be laid over, "" if it can."""
    places = known.get((row.source, row.camera), ())
    if not places and isinstance(row, Override) and all(row.source != source for source, _ in known):
        return f"there is no camera list {tidy(row.source, 60)!r} here"
    if not places:
        return f"{tidy(row.source, 60)} has no such camera in use any more" if isinstance(row, Override) else ""
    if not settled:
        return ""
    if row.listed is not None:
        off = min(_metres(place, row.listed) for place in places)
        if off > SAME_PLACE_M:
            return f"longitude, latitude are {off:,.0f} m from the camera's place; restore them, or {MOVED}"
    if isinstance(row, Override) and PLACE in row.values:
        off = _metres(places[0], row.values[PLACE])
        if off > FARTHEST_M:
            return f"longitude_found, latitude_found are {off / 1000:,.0f} km from the camera's place"
    return ""


def _metres(one: Place, two: Place) -> float:
    lon, lat = np.array([one, two]).T
    here, there = in_space(lon, lat)
    return float(np.linalg.norm(here - there))


def _laid_over(
    cameras: CameraList, keys: Sequence[str], standing: Mapping[tuple[str, str], Mapping[str, Override]]
) -> CameraList:
    found = {i: standing[cameras.source, key] for i, key in enumerate(keys) if (cameras.source, key) in standing}
    if not found:
        return cameras
    columns: dict[str, list[Any]] = {
        name: cameras.records[name].tolist() for name in (*COLUMN_OF.values(), "inspected", "lon", "lat")
    }
    listed, ids = dict(cameras.listed), cameras.records["id"].tolist()
    for i, visits in found.items():
        for name, visit in visits.items():
            if name == PLACE:
                listed[ids[i]] = (columns["lon"][i], columns["lat"][i])
                columns["lon"][i], columns["lat"][i] = visit.values[PLACE]
            else:
                columns[COLUMN_OF[name]][i] = visit.values[name]
        columns["inspected"][i] = max(visit.date for visit in visits.values())
    changed = {
        name: pd.Series(values, dtype=cameras.records[name].dtype, index=cameras.records.index)
        for name, values in columns.items()
    }
    laid = replace(cameras, records=cameras.records.assign(**changed), listed=listed)
    by_id = {cameras.records["id"][i]: visits for i, visits in found.items()}
    for status in ("removed", "planned"):
        gone = (laid.records["status"] == status).to_numpy(bool)
        laid = laid.without(gone, status, [_by(by_id[name]["status"]) for name in laid.records["id"][gone]])
    return laid


def _by(visit: Override) -> str:
    return f"visit of {visit.date}, {visit.initials}"
