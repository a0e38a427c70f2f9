"""The quality of camera lists: what they state, what is wrong, and what the missing fields cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from camgap.coverage.inputs.inventory import CameraList
from camgap.coverage.quality.doubt import AT_THE_MOUNT, BAND, DRAWS, Doubt, FieldCost
from camgap.coverage.quality.findings import Finding, find_all, latest_dates
from camgap.coverage.scoring.draws import FIELDS as COST_FIELDS
from camgap.coverage.study import Study

FIELDS = {  # column of the records -> name for people
    "headings": "azimuth", "hfov": "hfov", "range_m": "range", "height": "height", "tilt": "tilt", "kind": "kind",
    "status": "status", "name": "name", "near_m": "near", "pixels": "pixels", "model": "model",
    "ir_m": "infrared range", "installed": "installed", "inspected": "inspected",
    "inspection": "inspection result", "date": "date", "pole": "pole", "manager": "manager",
}  # fmt: skip
NOWHERE = "outside all districts"


@dataclass(frozen=True)
class Quality:
    """What camera lists say, and what that is worth.

    Parameters
    ----------
    completeness : DataFrame
        ``by`` (all, source, district), ``group``, ``field``, ``cameras``, ``stated``, ``share``.
    status : DataFrame
        ``by``, ``group``, ``status``, ``cameras``.
    rows : DataFrame
        One row per source: ``source``, ``read``, ``usable`` (they say where they are), ``used`` (counted by the score;
        as usable without a study), ``set_aside`` (``read - used``), ``dated``, ``oldest``, ``newest`` (of each camera's
        latest date, "" where none has any).
    day, day_of : str
        What ages are counted to, ISO 8601, and whose date that is; "" where nothing has a date.
    findings : tuple of Finding
    costs : tuple of FieldCost
        Widest first; empty without a street network.
    together_m : (float, float) or None
        5 and 95 % quantiles of the covered length with everything a visit can settle drawn at once [m].
    median_m : float or None
        Median of the same draws [m].
    covered_m, length_m : float or None
        Of the score [m].
    draws, seed : int
    """

    completeness: pd.DataFrame
    status: pd.DataFrame
    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    costs: tuple[FieldCost, ...]
    day: str
    day_of: str
    together_m: tuple[float, float] | None
    median_m: float | None
    covered_m: float | None
    length_m: float | None
    draws: int
    seed: int


def assess(lists: Sequence[CameraList], study: Study | None, draws: int = DRAWS, day: str = "") -> Quality:
    """Assess camera lists; with a study also their places, and what the missing fields cost.

    Ages are counted to `day` (ISO 8601) if it is stated, else to the date of the street data or of the newest row,
    whichever is later.
    """
    records = pd.concat([cameras.records for cameras in lists], ignore_index=True)
    groups = [("all", pd.Series("all cameras", index=records.index)), ("source", records["source"])]
    districts = _districts(records, study)
    if districts is not None:
        groups.append(("district", districts))
    costs: tuple[FieldCost, ...] = ()
    together, median = None, None
    if study is not None and len(study.inventory):
        doubt = Doubt(study, draws)
        costs = tuple(sorted((doubt.cost(field) for field in COST_FIELDS), key=lambda c: (-c.width_m, c.field)))
        low, middle, high = np.quantile(doubt.lengths(AT_THE_MOUNT), (BAND[0], 0.5, BAND[1])).tolist()
        together, median = (low, high), middle
    rows = _rows(lists, study)
    day, day_of = _day(rows, study, day)
    return Quality(
        completeness=pd.concat([_completeness(records, by, group) for by, group in groups], ignore_index=True),
        status=pd.concat([_status(records, by, group) for by, group in groups], ignore_index=True),
        rows=rows,
        findings=tuple(find_all(lists, study, day)),
        costs=costs,
        day=day,
        day_of=day_of,
        together_m=together,
        median_m=median,
        covered_m=costs[0].covered_m if costs else None,
        length_m=study.network.length if study is not None else None,
        draws=draws,
        seed=study.settings.bands.seed if study is not None else 0,
    )


def _rows(lists: Sequence[CameraList], study: Study | None) -> pd.DataFrame:
    placed = None if study is None else study.inventory.cameras["source"].value_counts()
    rows = []
    for cameras in lists:
        used = len(cameras) if placed is None else int(placed.get(cameras.source, 0))
        dates = [date for date in latest_dates(cameras) if date]
        ages = (len(dates), min(dates, default=""), max(dates, default=""))
        rows.append((cameras.source, cameras.read, len(cameras), used, cameras.read - used, *ages))
    columns = ["source", "read", "usable", "used", "set_aside", "dated", "oldest", "newest"]
    return pd.DataFrame(rows, columns=columns)


def _day(rows: pd.DataFrame, study: Study | None, stated: str) -> tuple[str, str]:
    """Return the day that ages are counted to, and whose it is."""
    if stated:
        return stated, "stated"
    newest = max(rows["newest"].tolist(), default="")
    streets = study.data_date[:10] if study is not None and study.data_date else ""
    return (streets, "of the street data") if streets > newest else (newest, "of the newest row" if newest else "")


def _completeness(records: pd.DataFrame, by: str, group: "pd.Series[str]") -> pd.DataFrame:
    tables = []
    for column, name in FIELDS.items():
        if column not in records:
            continue
        stated = pd.Series(_is_stated(records[column]), index=records.index)
        counted = stated.groupby(group).agg(["size", "sum"])
        tables.append(
            pd.DataFrame(
                {
                    "by": by,
                    "group": counted.index.astype(str),
                    "field": name,
                    "cameras": counted["size"].to_numpy(),
                    "stated": counted["sum"].to_numpy(),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    return table.assign(share=table["stated"] / table["cameras"])


def _is_stated(column: "pd.Series[str]") -> list[bool]:
    missing = column.isna().tolist()
    return [not gone and v not in ("", "unknown", ()) for v, gone in zip(column.tolist(), missing, strict=True)]


def _status(records: pd.DataFrame, by: str, group: "pd.Series[str]") -> pd.DataFrame:
    counted = records.groupby([group.rename("group"), records["status"]]).size()
    table = counted.rename("cameras").reset_index()
    return table.assign(by=by)[["by", "group", "status", "cameras"]]


def _districts(records: pd.DataFrame, study: Study | None) -> "pd.Series[str] | None":
    """Return the district of every camera: of the study's polygons, else as the lists say; None if neither is given."""
    if study is not None and study.districts is not None:
        tree = shapely.STRtree(study.districts.geometry.to_numpy())
        points = shapely.points(records[["lon", "lat"]].to_numpy(np.float64))
        found = pd.Series(NOWHERE, index=records.index)
        rows, polygons = tree.query(points, predicate="intersects")
        first = np.unique(rows, return_index=True)[1]
        found.iloc[rows[first]] = study.districts["name"].to_numpy()[polygons[first]]
        return found
    if "district" in records and any(_is_stated(records["district"])):
        return records["district"].where(pd.Series(_is_stated(records["district"])), NOWHERE)
    return None
