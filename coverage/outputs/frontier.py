"""What result.json says of homes weighed against street: the plan's worth, and plans at other weights."""

from typing import Any

from camgap.coverage.outputs.plain import plain
from camgap.coverage.outputs.privacy import facade_views
from camgap.coverage.planning import heads_after
from camgap.coverage.siting.frontier import Worth
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.study import Study

SAME = 1e-6  # [m] plans that differ by less are equal


def homes_result(study: Study, plan: Plan) -> dict[str, Any] | None:
    """Return what the plan is worth with homes weighed against street; None where they were not."""
    if plan.worth is None:
        return None
    return {**_worth(plan.worth), "unknown_counts": study.settings.plan.home_unknown}


def frontier_result(study: Study, plan: Plan) -> list[dict[str, Any]]:
    """Return the plans at several weights of homes, in ascending order.

    ``residential_m`` and ``unknown_m`` are facade in view of any camera, each metre once, as the scorer measures it;
    ``homes_m`` is the first plus the second as far as it counts. A plan is `dominated` if another of them covers at
    least as much street and sees no more homes, and is better in one of both.
    """
    privacy, counts = study.privacy, study.settings.plan.home_unknown
    length, cameras = study.network.length, len(study.inventory)
    rows = []
    for option in plan.frontier:
        views = facade_views(study, heads_after(study, option))
        seen = privacy.intrusion(views, cameras + len(option.sites)).seen_m
        residential, unknown = seen["residential"]["detect"], seen["unknown"]["detect"]
        rows.append(
            {
                **_worth(option.worth),
                "covered_m": option.covered_m,
                "share": option.covered_m / length if length else 0.0,
                "gain_m": option.covered_m - plan.before.covered_m,
                "sites": len(option.sites),
                "spent": float(sum(s.cost for s in option.sites)),
                "residential_m": residential,
                "unknown_m": unknown,
                "homes_m": residential + counts * unknown,
                "places_in_view": int(privacy.places_in_view(views)["in_view"].sum()),
                "this_plan": option.worth.weight == study.settings.plan.home_weight,
            }
        )
    result: list[dict[str, Any]] = plain([{**row, "dominated": any(_beats(o, row) for o in rows)} for row in rows])
    return result


def _beats(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a plan is at least as good as another in both street and homes, and better in one."""
    more, fewer = one["covered_m"] - other["covered_m"], other["homes_m"] - one["homes_m"]
    return bool(min(more, fewer) >= -SAME and max(more, fewer) > SAME)


def _worth(worth: Worth) -> dict[str, Any]:
    return {
        "weight": worth.weight,
        "views_see_m": worth.seen_m,
        "no_longer_seen_m": worth.freed_m,
        "value_m": worth.value_m,
        "upper_bound_value_m": worth.bound_m,
        "gap": worth.gap,
    }
