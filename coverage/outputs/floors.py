"""What result.json and the tables say of floors of districts: before, after, floor, and what keeping them costs."""

from typing import Any

from camgap.coverage.outputs.plain import plain
from camgap.coverage.siting.outcome import Plan


def floors_result(plan: Plan) -> dict[str, Any] | None:
    """Return what became of the floors; None where there are none.

    ``given_up_m`` is what the plan for the same limits without floors gains more; ``price`` is about how many metres of
    length in all one more metre of that floor would cost.
    """
    if plan.without_floors_m is None:
        return None
    rows = [
        {
            "name": f.name, "length_m": f.length_m, "floor": f.floor, "before": f.before_m / f.length_m,
            "after": f.after_m / f.length_m, "without_floors": f.without_m / f.length_m, "price": f.price,
        }
        for f in plan.floors
    ]  # fmt: skip
    result: dict[str, Any] = plain(
        {
            "districts": rows,
            "without_floors_gain_m": plan.without_floors_m,
            "given_up_m": max(plan.without_floors_m - plan.gain_m, 0.0),
        }
    )
    return result
