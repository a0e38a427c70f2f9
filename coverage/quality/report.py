"""The quality of camera lists: what they state, what is wrong, and what the missing fields cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from camgap.coverage.inputs.inventory import CameraList
from camgap.coverage.quality.doubt import AT_THE_MOUNT, BAND, DRAWS, Doubt, FieldCost
from camgap.coverage.quality.findings import Finding, find_all
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
        One row per source: ``source``, ``read``, ``usable``, ``set_aside``.
    findings : tuple of Finding
    costs : tuple of FieldCost
        Widest first; empty without a street network.
    together_m : (float, float) or None
        5 and 95 % quantiles of the covered length with everything a visit can settle drawn at once [m].
    covered_m, length_m : float or None
        Of the score [m].
    draws, seed : int
    """

    completeness: pd.DataFrame
    status: pd.DataFrame
    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    costs: tuple[FieldCost, ...]
    together_m: tuple[float, float] | None
    covered_m: float | None
    length_m: float | None
    draws: int
    seed: int


def assess(lists: Sequence[CameraList], study: Study | None, draws: int = DRAWS) -> Quality:
    """Assess camera lists; with a study also their places, and what the missing fields cost."""
    records = pd.concat([cameras.records for cameras in lists], ignore_index=True)
    groups = [("all", pd.Series("all cameras", index=records.index)), ("source", records["source"])]
    districts = _districts(records, study)
    if districts is not None:
        groups.append(("district", districts))
    costs: tuple[FieldCost, ...] = ()
    together = None
    if study is not None and len(study.inventory):
        doubt = Doubt(study, draws)
        costs = tuple(sorted((doubt.cost(field) for field in COST_FIELDS), key=lambda c: (-c.width_m, c.field)))
        low, high = np.quantile(doubt.lengths(AT_THE_MOUNT), BAND)
        together = (float(low), float(high))
    return Quality(
        completeness=pd.concat([_completeness(records, by, group) for by, group in groups], ignore_index=True),
        status=pd.concat([_status(records, by, group) for by, group in groups], ignore_index=True),
        rows=pd.DataFrame(
            [(c.source, c.read, len(c), c.read - len(c)) for c in lists],
            columns=["source", "read", "usable", "set_aside"],
        ),
        findings=tuple(find_all(lists, study)),
        costs=costs,
        together_m=together,
        covered_m=costs[0].covered_m if costs else None,
        length_m=study.network.length if study is not None else None,
        draws=draws,
        seed=study.settings.bands.seed if study is not None else 0,
    )


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
