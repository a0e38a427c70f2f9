"""The JSON a command answers with: stable keys, plain values, every number from the scorer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from camgap.coverage.cameras import CameraAccount
from camgap.coverage.inputs.inventory import check_summary
from camgap.coverage.outputs.layers import sites_table
from camgap.coverage.projection import to_lonlat
from camgap.coverage.scoring.report import Report
from camgap.coverage.settings import CameraSettings
from camgap.coverage.siting.plan import Plan
from camgap.coverage.study import CameraCheck, Study


def camera_result(account: CameraAccount) -> dict[str, Any]:
    """Return what became of every camera read."""
    return {
        "read": account.read,
        "used": account.used,
        "set_aside": dict(account.set_aside),
        "moved_to_facade": account.moved_to_facade,
        "filled": dict(account.filled),
        "values_rejected": dict(account.rejected),
    }


def coverage_result(report: Report) -> dict[str, Any]:
    """Return the coverage numbers of one report."""
    return {
        "length_m": report.length_m,
        "covered_m": report.covered_m,
        "share": report.share,
        "weighted_share": report.weighted_share,
        "by_class": _rows(report.by_class),
        "by_street": _rows(report.by_street),
        "by_district": _rows(report.by_district),
        "depth_m": report.depth_m,
        "share_ignoring_buildings": report.share_ignoring_buildings,
    }


def check_result(check: CameraCheck, settings: CameraSettings) -> dict[str, Any]:
    """Return the result of ``camgap check``; without a street network nothing is placed or filled."""
    lists = check.lists
    summaries = {cameras.source: check_summary(cameras, not_working=settings.not_working) for cameras in lists}
    placed = check.account
    aside = (
        placed.rows_set_aside if placed else [r for c in lists for r in c.in_use(settings.not_working).rows_set_aside]
    )
    if placed:
        cameras = camera_result(placed)
    else:
        counts = Counter(row.reason for row in aside)
        read = sum(c.read for c in lists)
        cameras = {
            "read": read, "used": read - counts.total(), "set_aside": dict(counts), "moved_to_facade": None,
            "filled": {}, "values_rejected": dict(sum((Counter(c.rejected) for c in lists), Counter())),
        }  # fmt: skip
    return {
        "command": "check",
        **(_study_result(check.study, "check") if check.study else {}),
        "cameras": cameras,
        "columns": {source: summary["columns"] for source, summary in summaries.items()},
        "missing": dict(sum((Counter(c.missing) for c in lists), Counter())),
        "rows_set_aside": [asdict(row) for row in aside],
        "lists": summaries,
    }


def score_result(study: Study, report: Report) -> dict[str, Any]:
    """Return the result of ``camgap score``."""
    return {
        **_study_result(study, "score"),
        "coverage": coverage_result(report),
        "cameras_seen": _per_camera(study, report),
        "gaps": _gaps(study, report),
        "gaps_short": {"count": report.gaps.short_count, "length_m": report.gaps.short_m},
        "upkeep": upkeep_result(study),
        "demand": demand_result(study, report),
    }


def plan_result(study: Study, plan: Plan) -> dict[str, Any]:
    """Return the result of ``camgap plan``."""
    return {
        **_study_result(study, "plan"),
        "budget": plan.budget,
        "sites_limit": plan.sites_limit,
        "spent": plan.spent,
        "currency": study.settings.plan.currency,
        "candidates": {
            "mounts": len(plan.mounts),
            "mounts_with_street_in_view": plan.seeing,
            "views": plan.n_views,
            "set_aside": dict(plan.mounts.set_aside),
            "by_kind": dict(sorted(pd.Series(plan.mounts.kinds, dtype=object).value_counts().items())),
        },
        "models": [m.model_dump() for m in study.settings.plan.models],
        "before": coverage_result(plan.before),
        "after": coverage_result(plan.after),
        "gain_m": plan.gain_m,
        "upper_bound_gain_m": plan.upper_bound_gain_m,
        "gap": plan.gap,
        "sites": _rows(sites_table(study, plan)),
        "gaps": _gaps(study, plan.before),
        "gaps_short": {"count": plan.before.gaps.short_count, "length_m": plan.before.gaps.short_m},
        "demand": demand_result(study, plan.before, plan.after),
    }


def _study_result(study: Study, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "study_area": {"source": study.area.source, "bounds": list(study.area.polygon.bounds)},
        "data_date": study.data_date,
        "streets": {
            "edges": len(study.network),
            "length_m": study.network.length,
            "read_m": study.streets.read_m,
            "set_aside": dict(study.streets.set_aside),
            "dropped": dict(study.streets.dropped),
        },
        "buildings": {
            "read": study.buildings.read,
            "blocking": len(np.unique(study.buildings.ids)),
            "set_aside": dict(study.buildings.set_aside),
        },
        "cameras": camera_result(study.inventory.account),
        "inventories": {cameras.source: cameras.read for cameras in study.lists},
        "views": len(study.inventory.views),
    }


def demand_result(study: Study, report: Report, after: Report | None = None) -> dict[str, Any] | None:
    """Return how much of the demand is in view; None without events."""
    events, places, found = study.events, study.event_places, study.demand_of(report)
    if events is None or places is None or found is None:
        return None
    s = study.settings.demand
    result = {
        "total": found.total,
        "seen": found.seen,
        "share": found.share,
        "by_class": _rows(found.by_class),
        "by_street": _rows(found.by_street),
        "by_district": _rows(found.by_district),
        "kernel": s.kernel,
        "bandwidth_m": s.bandwidth_m,
        "smallest_bandwidth_m": 50.0,
        "snap_m": s.snap_m,
        "filter": s.model_dump(mode="json", include={"hours", "weekdays", "since", "until", "classes", "dedupe"}),
        "events": {
            "source": events.source, "read": events.read, "used": places.used, "set_aside": dict(places.set_aside),
            "at_midnight": places.at_midnight, "columns": dict(events.columns),
        },
    }  # fmt: skip
    if study.upkeep is not None and study.demand is not None:
        chance = study.upkeep.probability
        result["expected_seen"] = float((chance.p * study.demand.within(chance.start, chance.end)).sum())
    then = study.demand_of(after) if after else None
    if then is not None:
        result["after"] = {"seen": then.seen, "share": then.share, "by_class": _rows(then.by_class), "by_street": _rows(then.by_street),
                           "by_district": _rows(then.by_district)}  # fmt: skip
    return result


WORST = 20  # cameras and poles listed by what their failure costs


def upkeep_result(study: Study) -> dict[str, Any] | None:
    """Return covered length under failures; None where nothing is assumed about them."""
    rules, found = study.settings.upkeep, study.upkeep
    if rules is None or found is None:
        return None
    length, cameras = study.network.length, found.cameras
    poles = found.poles.assign(members=cameras.groupby("pole")["id"].agg(list)) if len(cameras) else found.poles
    shared = poles[poles["cameras"] > 1].sort_values("only_m", ascending=False, kind="stable")
    worst = cameras.drop(columns="pole").sort_values("only_m", ascending=False, kind="stable")
    return {
        "designed_m": found.designed_m,
        "expected_m": found.expected_m,
        "known_m": found.known_m,
        "share_designed": found.designed_m / length if length else 0.0,
        "share_expected": found.expected_m / length if length else 0.0,
        "share_known": found.known_m / length if length else 0.0,
        "one_camera_m": found.one_camera_m,
        "one_pole_m": found.one_pole_m,
        "by_status": {str(k): int(v) for k, v in sorted(Counter(cameras["status"]).items())},
        "poles_shared": len(shared),
        "worst_cameras": _rows(worst.head(WORST)),
        "worst_poles": _rows(shared.head(WORST)),
        "rules": rules.model_dump(exclude={"cameras"}),
    }


def _per_camera(study: Study, report: Report) -> list[dict[str, Any]]:
    cameras = study.inventory.cameras[["id", "name", "source", "kind", "filled", "moved_m"]]
    return _rows(pd.concat([cameras, report.cameras], axis=1))


def _gaps(study: Study, report: Report) -> list[dict[str, Any]]:
    gaps = report.gaps.listed
    centres = to_lonlat(np.array([g.centre for g in gaps]).reshape(-1, 2), study.network.crs)
    demand = study.demand_of(report)
    return [
        {
            "rank": gap.rank,
            "length_m": gap.length_m,
            "weight_m": gap.weight_m,
            **({} if demand is None else {"demand": float(demand.gaps[i])}),
            "streets": list(gap.streets),
            "classes": list(gap.classes),
            "centroid": {"lon": lon, "lat": lat},
        }
        for i, (gap, (lon, lat)) in enumerate(zip(gaps, centres.tolist(), strict=True))
    ]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [plain(row) for row in table.to_dict("records")]


def plain(value: Any) -> Any:
    """Turn numpy and pandas scalars into what JSON knows; NaN becomes null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
