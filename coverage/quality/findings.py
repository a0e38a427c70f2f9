"""What is wrong with single rows of camera lists: a table of findings, each with its row and what was found."""

import re
from collections import Counter, defaultdict
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
COARSE = 3  # decimals of a degree: 100 m; with as many or fewer in every row nobody measured these places
FEWEST_COARSE = 3  # rows: fewer may end in zeros by chance
STALE_YEARS = 5  # cameras are due for an upgrade after some five years
_INSIDE_M = 0.5  # moved farther than this, a camera was drawn inside a building, not on its outline

WHAT = {  # finding -> what it means and what to do
    "set_aside": "The row is not used; its reason is given.",
    "impossible_value": "The value is out of range or not understood, and counts as missing.",
    "repeated_id": "The id was taken already in the same list; the camera carries it with a number.",
    "duplicate": "Another list has the same camera; `camgap merge` makes one of them.",
    "doubtful_pair": "It may be one camera with another row; only a look at the place can tell.",
    "repeated_row": "Another row of its list says the same of the same point: one camera written twice, or several.",
    "pile_up": f"{PILE_UP} or more cameras at exactly one point: often an address that was not found.",
    "shared_point": "Cameras at exactly one point that no direction tells apart: one camera, a pole, or an address.",
    "coarse_place": "Its list has few decimals of a degree: the cameras are placed no nearer than that.",
    "far_from_street": f"More than {FAR_FROM_STREET_M:g} m from the nearest street.",
    "inside_building": "Drawn inside a footprint; it was moved to the facade.",
    "not_working": "The list says it does not work.",
    "stale": f"Its latest date is {STALE_YEARS} years or more before the day that ages are counted to.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at in one row."""

    source: str
    row: int
    id: str
    what: str  # a key of WHAT
    detail: str


def find_all(lists: Sequence[CameraList], study: Study | None, day: str = "") -> list[Finding]:
    """Return every finding, by list, row and kind; with a study also those about streets and buildings.

    Parameters
    ----------
    day : str, optional
        ISO 8601: what ages are counted to; "" where nothing has a date.
    """
    found: list[Finding] = []
    for cameras in lists:
        found += _of_list(cameras)
    found += _of_pairs(lists)
    found += _stale(lists, day)
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
    yield from _of_points(cameras)
    columns = (r[c].tolist() for c in ("row", "id", "status"))
    for row, name, status in zip(*columns, strict=True):
        bare = re.sub(r"#\d+$", "", name)
        if cameras.repeated_ids and bare != name and bare in taken:
            yield Finding(source, row, name, "repeated_id", bare)
        if status == "not_working":
            yield Finding(source, row, name, "not_working", "")


def _of_points(cameras: CameraList) -> Iterator[Finding]:
    """Yield what is odd about the points of a list: shared by several rows, or written with few digits."""
    r = cameras.records
    rows: defaultdict[tuple[float, float], list[int]] = defaultdict(list)
    for k, point in enumerate(zip(r["lon"].tolist(), r["lat"].tolist(), strict=True)):
        rows[point].append(k)
    told = [name for name in r.columns if name not in ("source", "row", "id")]
    row, name, headings = (r[c].tolist() for c in ("row", "id", "headings"))
    for (lon, lat), at in rows.items():
        if len(at) == 1:
            continue
        said = [tuple(None if v != v else v for v in record) for record in r[told].iloc[at].itertuples(index=False)]
        alike = Counter(said)
        aimed = [headings[k] for k in at]
        apart = all(aimed) and len(set(aimed)) == len(aimed)
        where = f"{len(at)} cameras at {lon:.6f} {lat:.6f}"
        for k, record in zip(at, said, strict=True):
            if alike[record] > 1:
                twins = [j for j, other in zip(at, said, strict=True) if other == record and j != k]
                others = ", ".join(str(row[j] or name[j]) for j in twins[:3])
                yield Finding(cameras.source, row[k], name[k], "repeated_row", f"as {others}")
            elif len(at) < PILE_UP and not apart:
                yield Finding(cameras.source, row[k], name[k], "shared_point", where)
            if len(at) >= PILE_UP:
                yield Finding(cameras.source, row[k], name[k], "pile_up", where)
    digits = _decimals(cameras)
    if digits is not None:
        for k in range(len(r)):
            metres = round(111_320 * 10**-digits, -2)
            yield Finding(cameras.source, row[k], name[k], "coarse_place", f"{digits} decimals: {metres:,.0f} m")


def _decimals(cameras: CameraList) -> int | None:
    """Return how many decimals a list's degrees have if they are few throughout, else None."""
    lonlat = cameras.records[["lon", "lat"]].to_numpy(np.float64)
    if cameras.system.name != "WGS-84" or not cameras.is_file or len(lonlat) < FEWEST_COARSE:
        return None
    return next((n for n in range(COARSE + 1) if (np.round(lonlat, n) == lonlat).all()), None)


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


def latest_dates(cameras: CameraList) -> list[str]:
    """Return the latest date of any kind of every camera of a list, ISO 8601 as exactly as said, "" where none is."""
    return [max(told) for told in cameras.records[list(DATES)].itertuples(index=False)]


def _stale(lists: Sequence[CameraList], day: str) -> Iterator[Finding]:
    for cameras in lists:
        columns = (cameras.records["row"].tolist(), cameras.records["id"].tolist(), latest_dates(cameras))
        for row, name, text in zip(*columns, strict=True):
            if text and _month(text) <= _month(day) - 12 * STALE_YEARS:
                yield Finding(cameras.source, row, name, "stale", text)


def _month(text: str) -> int:
    return 12 * int(text[:4]) + int(text[5:7] or 1)


def _placed(study: Study) -> Iterator[Finding]:
    known = {row for cameras in study.lists for row in cameras.rows_set_aside}
    for aside in study.inventory.account.rows_set_aside:
        if aside not in known:
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
