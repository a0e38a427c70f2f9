"""The JSON a command answers with: stable keys, plain values, every number from the scorer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.cameras import CameraAccount
from camgap.coverage.inputs.inventory import CROWD, check_summary, coordinate_summary
from camgap.coverage.inputs.overrides import overrides_result
from camgap.coverage.outputs.evaluation import evaluation_layer, evaluation_result
from camgap.coverage.outputs.floors import floors_result
from camgap.coverage.outputs.frontier import frontier_result, homes_result
from camgap.coverage.outputs.layers import sites_table
from camgap.coverage.outputs.plain import plain
from camgap.coverage.outputs.privacy import privacy_result
from camgap.coverage.outputs.robust import robust_result
from camgap.coverage.outputs.stepped import steps_result
from camgap.coverage.outputs.upkeep import upkeep_result
from camgap.coverage.projection import to_lonlat
from camgap.coverage.scoring.bands import Bands
from camgap.coverage.scoring.quality import Quality
from camgap.coverage.scoring.report import Report
from camgap.coverage.scoring.steps import CERTAIN
from camgap.coverage.scoring.upkeep import Upkeep
from camgap.coverage.settings import CameraSettings, QualitySettings
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.siting.plan import street_names
from camgap.coverage.study import CameraCheck, Study

FloatArray = npt.NDArray[np.float64]


def camera_result(account: CameraAccount) -> dict[str, Any]:
    """Return what became of every camera read."""
    return {
        "read": account.read,
        "used": account.used,
        "set_aside": dict(account.set_aside),
        "moved_to_facade": account.moved_to_facade,
        "filled": dict(account.filled),
        "models_not_found": dict(account.unknown_models),
        "values_rejected": dict(account.rejected),
    }


def quality_result(quality: Quality, settings: QualitySettings) -> dict[str, Any]:
    """Return what the picture is worth: levels, day and night, moving heads."""
    now = quality.at(settings.level)
    return {
        "standard": settings.standard,
        "level": settings.level,
        "px_per_m": settings.px_per_m,
        "light": settings.light,
        "moving": settings.moving,
        "target_m": settings.target_m,
        "levels": _rows(quality.levels),
        "day": {"covered_m": now["day_m"], "share": now["day_share"]},
        "night": {"covered_m": now["night_m"], "share": now["night_share"]},
        "night_to_day": now["night_m"] / now["day_m"] if now["day_m"] else None,
        "guaranteed_m": quality.guaranteed_m,
        "expected_m": quality.expected_m,
        "potential_m": quality.potential_m,
        "lit_m": quality.lit_m,
        "lit_tagged_m": quality.lighting.tagged_m,
        "lamps": quality.lighting.lamps,
        "by_class": _rows(quality.by_class),
        "by_street": _rows(quality.by_street),
    }


FEWEST_DRAWS = 20  # of which a twentieth is one: of fewer there is no 5 % quantile


def bands_result(bands: Bands, report: Report, light: str) -> dict[str, Any]:
    """Return how sure the covered length is: quantiles of the draws, the scenarios, and where the score lies.

    ``p5`` and ``p95`` are None with fewer draws than :data:`FEWEST_DRAWS`. ``score_lies`` is "above", "inside" or
    "below" the band of the light that counts, ``because`` what the score takes for certain there: field -> cameras.
    """
    length = report.length_m or 1.0
    enough = len(bands.day_m) >= FEWEST_DRAWS

    def band(metres: FloatArray) -> dict[str, float | None]:
        low, median, high = bands.quantiles(metres)
        known = {"p5": low if enough else None, "median": median, "p95": high if enough else None}
        shares = {f"{name}_share": None if m is None else m / length for name, m in known.items()}
        return {f"{name}_m": m for name, m in known.items()} | shares

    counted = band(bands.metres(light))
    lies = _lies(report.covered_m, counted["p5_m"], counted["p95_m"])
    return {
        "draws": len(bands.day_m),
        "day": band(bands.day_m),
        "night": band(bands.night_m),
        "scenarios": {light: asdict(scenarios) for light, scenarios in bands.scenarios.items()},
        "probability_by": bands.light,
        "unknown": dict(bands.doubtful),
        "score_lies": lies,
        "because": _because(bands.doubtful, lies),
    }


def _lies(metres: float, low: float | None, high: float | None) -> str | None:
    if low is None or high is None:
        return None
    return "above" if metres > high + 0.005 else "below" if metres < low - 0.005 else "inside"


def _because(doubtful: Mapping[str, int], lies: str | None) -> dict[str, int]:
    """Return what puts the score above or below its band: field -> cameras of which the score guesses it.

    A guessed heading looks along the street and a camera of unknown status is taken to work: both guess high. All else
    is a preset.
    """
    if lies not in ("above", "below"):
        return {}
    unknown = {name: n for name, n in doubtful.items() if n}
    high = {name: n for name, n in unknown.items() if name in ("azimuth", "status")}
    rest = {name: n for name, n in unknown.items() if name not in high}
    return (high or rest) if lies == "above" else (rest or high)


def coverage_result(report: Report, settings: QualitySettings) -> dict[str, Any]:
    """Return the coverage numbers of one report."""
    quality = {"quality": quality_result(report.quality, settings)} if report.quality else {}
    bands = {"bands": bands_result(report.bands, report, settings.light)} if report.bands else {}
    return {
        **quality,
        **bands,
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
            "filled": {}, "models_not_found": {},
            "values_rejected": dict(sum((Counter(c.rejected) for c in lists), Counter())),
        }  # fmt: skip
    return {
        "command": "check",
        **(_study_result(check.study, "check") if check.study else {}),
        "cameras": cameras,
        "overrides": overrides_result(check.overrides),
        "columns": {source: summary["columns"] for source, summary in summaries.items()},
        "missing": dict(sum((Counter(c.missing) for c in lists), Counter())),
        "rows_set_aside": [asdict(row) for row in aside],
        "lists": summaries,
    }


def score_result(study: Study, report: Report) -> dict[str, Any]:
    """Return the result of ``camgap score``."""
    return {
        **_study_result(study, "score"),
        "coverage": coverage_result(report, study.settings.quality),
        "cameras_seen": _per_camera(study, report),
        "gaps": _gaps(study, report),
        "gaps_short": {"count": report.gaps.short_count, "length_m": report.gaps.short_m},
        "privacy": privacy_result(study),
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
        "unspent": None if plan.budget is None else plan.budget - plan.spent,
        "currency": study.settings.plan.currency,
        "candidates": {
            "mounts": len(plan.mounts),
            "mounts_with_street_in_view": plan.seeing,
            "views": plan.n_views,
            "set_aside": dict(plan.mounts.set_aside),
            "by_kind": dict(sorted(pd.Series(plan.mounts.kinds, dtype=object).value_counts().items())),
        },
        "models": [m.model_dump() for m in study.settings.plan.models],
        "before": coverage_result(plan.before, study.settings.quality),
        "after": coverage_result(plan.after, study.settings.quality),
        "gain_m": plan.gain_m,
        "newly_covered_m": plan.gain_m + plan.lost_m,
        "lost_m": plan.lost_m,
        "upper_bound_gain_m": plan.upper_bound_gain_m,
        "gap": plan.gap if plan.achieved.objective == "length" and not plan.floors else None,
        "refined_m": plan.refined_m,
        "plan": _achieved(plan),
        "sites": [
            {**site, "why": plain(asdict(why))}
            for site, why in zip(_rows(sites_table(study, plan)), plan.why, strict=True)
        ],
        "rejected": _rejected(study, plan),
        "redundant": [{"id": study.inventory.cameras["id"].iloc[r.camera], **asdict(r)} for r in plan.redundant],
        "curve": [asdict(step) for step in plan.curve],
        "by_step": steps_result(plan.steps, list(study.settings.quality.ladder), CERTAIN, study.network.length),
        "phases": [{**asdict(phase), "unspent": phase.unspent, "gap": phase.gap} for phase in plan.phases],
        "actions": {
            "used": list(study.settings.plan.use_actions),
            "prices": study.settings.plan.actions.model_dump(),
            "cameras_actionable": plan.standing,
        },
        "gaps": _gaps(study, plan.before),
        "gaps_short": {"count": plan.before.gaps.short_count, "length_m": plan.before.gaps.short_m},
        "privacy": privacy_result(study, plan),
        "homes": homes_result(study, plan),
        "frontier": frontier_result(study, plan),
        "floors": floors_result(plan),
        "robust": robust_result(study, plan),
        "evaluation": plain(evaluation_result(evaluation_layer(study, plan))),
        "upkeep": upkeep_result(study, plan),
        "demand": demand_result(study, plan.before, plan.after, plan.upkeep),
    }


def _rejected(study: Study, plan: Plan) -> list[dict[str, Any]]:
    """Return the candidates that would add most and are not in the plan, each with its place."""
    row = {mount: i for i, mount in enumerate(plan.mounts.ids)}
    xy = plan.mounts.xy[[row[r.mount] for r in plan.rejected]].reshape(-1, 2)
    places = zip(to_lonlat(xy, study.network.crs).tolist(), street_names(study.network, xy), strict=True)
    return [
        {**asdict(r), "lon": lon, "lat": lat, "street": street}
        for r, ((lon, lat), street) in zip(plan.rejected, places, strict=True)
    ]


def _achieved(plan: Plan) -> dict[str, Any]:
    """Return what was to be made great, how great it is, and what is proven of it."""
    a = plan.achieved
    return {
        "objective": a.objective, "before": a.before, "after": a.after, "gain": a.gain, "bound_gain": a.bound,
        "refined": a.refined, "counted": plan.counted, "total": plan.total,
        "gap": plan.gap, "proven": plan.proven, "verdict": plan.verdict, "stopped": plan.stopped,
        "views_told_apart": plan.looked_at, "target": plan.target,
        "least_money": plan.least.at_least if plan.least else None,
        "least_proven": plan.least.proven if plan.least else None,
    }  # fmt: skip


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
        "sight": _sight(study),
        "cameras": camera_result(study.inventory.account)
        | {
            "at_one_point": _crowded(study),
            "compass_points": int((study.inventory.cameras["spread"] > 0).sum()),
        },
        "overrides": overrides_result(study.overrides),
        "inventories": {cameras.source: cameras.read for cameras in study.lists},
        "coordinates": {cameras.source: coordinate_summary(cameras) for cameras in study.lists if cameras.is_file},
        "views": len(study.views),
    }


def _crowded(study: Study) -> int:
    """Return how many cameras in use stand at exactly one point with many others of their list."""
    size = study.inventory.cameras.groupby(["source", "lon", "lat"], sort=False).size()
    return int(size[size >= CROWD].sum())


def _sight(study: Study) -> dict[str, Any]:
    """Return what stands in the way of sight, and how much of it is known by height."""
    settings = study.settings.sight
    return {
        "heights": settings.heights,
        "target_m": study.scene.target,
        "level_m": settings.level_m,
        "wall_share_of_unknown_height": study.scene.unknown_share,
        "views_of_unknown_height": int(np.isnan(study.views.lens).sum()),
        "barriers": settings.barriers,
        "trees": settings.trees,
        "screens": dict(study.buildings.screens.counts),
    }


def demand_result(
    study: Study, report: Report, after: Report | None = None, upkeep_after: Upkeep | None = None
) -> dict[str, Any] | None:
    """Return how much of the demand is in view, with a plan also `after` it; None without events."""
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
            "weight_used": places.weight_used, "weight_outside": places.weight_outside,
            "at_midnight": places.at_midnight, "columns": dict(events.columns),
        },
    }  # fmt: skip
    result |= _expected_seen(study, study.upkeep)
    then = study.demand_of(after) if after else None
    if then is not None:
        result["after"] = {
            "seen": then.seen, "share": then.share, "by_class": _rows(then.by_class),
            "by_street": _rows(then.by_street),
            "by_district": _rows(then.by_district),
            **_expected_seen(study, upkeep_after),
        }  # fmt: skip
    return result


def _expected_seen(study: Study, upkeep: Upkeep | None) -> dict[str, float]:
    """Return how much of the demand is seen in expectation, where cameras are taken to fail."""
    if upkeep is None or study.demand is None:
        return {}
    chance = upkeep.probability
    return {"expected_seen": float((chance.p * study.demand.within(chance.start, chance.end)).sum())}


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
