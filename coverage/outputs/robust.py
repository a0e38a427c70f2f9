"""What result.json and the tables say of a robust choice: the worst draws, and how often a share is met."""

from typing import Any

import numpy as np

from camgap.coverage.outputs.plain import plain
from camgap.coverage.scoring.report import Report
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.study import Study


def robust_result(study: Study, plan: Plan) -> dict[str, Any] | None:
    """Return the mean over the worst draws of the band, before and after; None where it was not made great.

    ``by_length_m`` is that mean with the plan for the same limits that is made for length. ``target_met`` is the share
    of draws in which the covered share asked for is reached; None if none was asked for.
    """
    if plan.robust is None:
        return None
    settings, length = study.settings.plan, study.network.length
    result: dict[str, Any] = plain(
        {
            "worst_share": settings.robust,
            "draws": study.settings.bands.draws,
            "light": study.settings.quality.light,
            "before_m": plan.achieved.before,
            "after_m": plan.achieved.after,
            "bound_m": plan.robust.bound,
            "by_length_m": plan.robust.by_length,
            "before_share": plan.achieved.before / length if length else 0.0,
            "after_share": plan.achieved.after / length if length else 0.0,
            "target": settings.robust_target,
            "target_met_before": _met(study, plan.before),
            "target_met_after": _met(study, plan.after),
        }
    )
    return result


def _met(study: Study, report: Report) -> float | None:
    target, bands = study.settings.plan.robust_target, report.bands
    if target is None or bands is None:
        return None
    metres = bands.metres(study.settings.quality.light)
    return float(np.mean(metres >= target * study.network.length - 1e-6))
