"""What is wrong with single rows of camera lists: a table of findings, each with its row and what was found."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from camgap.coverage.inputs.combining import DATES
from camgap.coverage.inputs.inventory import CameraList
from camgap.coverage.inputs.merge import merge_cameras, origin_of
from camgap.coverage.projection import to_plane
from camgap.coverage.study import Study

PILE_UP = 5  # cameras of one list at exactly one point: often the place an address search falls back to
FAR_FROM_STREET_M = 50.0
STALE_YEARS = 5  # cameras are due for an upgrade after some five years
_INSIDE_M = 0.5  # moved farther than this, a camera was drawn inside a building, not on its outline

WHAT = {  # finding -> what it means and what to do
    "set_aside": "The row is not used; its reason is given.",
    "impossible_value": "The value is out of range or not understood, and counts as missing.",
    "repeated_id": "The id was taken already in the same list; the camera carries it with a number.",
    "duplicate": "Another list has the same camera; `camgap merge` makes one of them.",
    "doubtful_pair": "It may be one camera with another row; only a look at the place can tell.",
    "pile_up": f"{PILE_UP} or more cameras at exactly one point: often an address that was not found.",
    "far_from_street": f"More than {FAR_FROM_STREET_M:g} m from the nearest street.",
    "inside_building": "Drawn inside a footprint; it was moved to the facade.",
    "not_working": "The list says it does not work.",
    "stale": f"Its latest date is {STALE_YEARS} years or more before the newest date of all lists.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at in one row."""

    source: str
    row: int
    id: str
    what: str  # a key of WHAT
    detail: str


def find_all(lists: Sequence[CameraList], study: Study | None) -> list[Finding]:
    """Return every finding, by list, row and kind; with a study also those about streets and buildings."""
    found: list[Finding] = []
    for cameras in lists:
        found += _of_list(cameras)
    found += _of_pairs(lists)
    found += _stale(lists)
    if study is not None:
        found += _placed(study)
    rank = {what: k for k, what in enumerate(WHAT)}
    return sorted(set(found), key=lambda f: (f.source, f.row, f.id, rank[f.what], f.detail))


def _of_list(cameras: CameraList) -> Iterator[Finding]:
    source, r = cameras.source, cameras.records
    for row in cameras.rows_set_aside:
        yield Finding(source, row.row, row.id, "set_aside", f"{row.reason} {row.detail}".strip())
    for value in cameras.rejected_values:
        yield Finding(source, value.row, value.id, "impossible_value", f"{value.field}: {value.value}")
    taken = set(r["id"])
    points = Counter(zip(r["lon"].tolist(), r["lat"].tolist(), strict=True))
    columns = (r[c].tolist() for c in ("row", "id", "lon", "lat", "status"))
    for row, name, lon, lat, status in zip(*columns, strict=True):
        bare = re.sub(r"#\d+$", "", name)
        if cameras.repeated_ids and bare != name and bare in taken:
            yield Finding(source, row, name, "repeated_id", bare)
        if points[lon, lat] >= PILE_UP:
            yield Finding(source, row, name, "pile_up", f"{points[lon, lat]} cameras at {lon:.6f} {lat:.6f}")
        if status == "not_working":
            yield Finding(source, row, name, "not_working", "")


def _of_pairs(lists: Sequence[CameraList]) -> Iterator[Finding]:
    merged = merge_cameras([cameras for cameras in lists if len(cameras)])
    account: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in merged.account.to_dict("records")]
    for r in account:
        if r["fate"] == "merged":
            yield Finding(r["source"], r["row"], r["id"], "duplicate", f"of {r['camera']}: {r['how']}")
    rows = {origin_of(r["source"], r["row"], r["id"]): (r["source"], r["row"], r["id"]) for r in account}
    for q in merged.questions.to_dict("records"):
        if q["other_row"]:
            source, row, name = rows[q["row"]]
            yield Finding(source, row, name, "doubtful_pair", f"with {q['other_row']}: {q['reason']}, {q['detail']}")


def _stale(lists: Sequence[CameraList]) -> Iterator[Finding]:
    dated = [
        (cameras.source, row, name, max(told))
        for cameras in lists
        for row, name, *told in cameras.records[["row", "id", *DATES]].itertuples(index=False)
        if any(told)
    ]
    months = [12 * int(text[:4]) + int(text[5:7] or 1) for *_, text in dated]
    for (source, row, name, text), month in zip(dated, months, strict=True):
        if month <= max(months) - 12 * STALE_YEARS:
            yield Finding(source, row, name, "stale", text)


def _placed(study: Study) -> Iterator[Finding]:
    known = {row for cameras in study.lists for row in cameras.rows_set_aside}
    for aside in study.inventory.account.rows_set_aside:
        if aside not in known and aside.reason != "not_working":
            yield Finding(aside.source, aside.row, aside.id, "set_aside", f"{aside.reason} {aside.detail}".strip())
    c = study.inventory.cameras
    distance = _street_distances(study, c)
    columns = (c[name].tolist() for name in ("source", "row", "id", "moved_m"))
    for source, row, name, moved, metres in zip(*columns, distance, strict=True):
        if moved > _INSIDE_M:
            yield Finding(source, row, name, "inside_building", f"{moved:.1f} m from the facade")
        if metres > FAR_FROM_STREET_M:
            yield Finding(source, row, name, "far_from_street", f"{metres:,.0f} m")


def _street_distances(study: Study, cameras: pd.DataFrame) -> list[float]:
    """Return the distance of every camera, as its list gives it, from the nearest street [m]."""
    points = shapely.points(to_plane(cameras[["lon", "lat"]].to_numpy(np.float64), study.network.crs))
    distance = np.full(len(cameras), np.inf)
    if len(study.network) and len(cameras):
        rows, metres = study.network.tree.query_nearest(points, return_distance=True, all_matches=False)
        distance[rows[0]] = metres
    return [float(metres) for metres in distance]
