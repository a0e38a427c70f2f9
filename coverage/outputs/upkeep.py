"""What the JSON says of covered length under failures."""

from collections import Counter
from typing import Any

from camgap.coverage.outputs.plain import plain
from camgap.coverage.scoring.upkeep import Upkeep
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.study import Study

WORST = 20  # cameras and poles listed by what their failure costs


def upkeep_result(study: Study, plan: Plan | None = None) -> dict[str, Any] | None:
    """Return covered length under failures; None where nothing is assumed about them.

    With a plan there are two states, ``before`` and ``after``.
    """
    rules = study.settings.upkeep
    if rules is None or study.upkeep is None:
        return None
    told = {"rules": rules.model_dump(exclude={"cameras"})}
    if plan is None:
        return _state(study, study.upkeep) | told
    after = {} if plan.upkeep is None else {"after": _state(study, plan.upkeep)}
    return {"before": _state(study, study.upkeep), **after, **told}


def _state(study: Study, found: Upkeep) -> dict[str, Any]:
    length, cameras = study.network.length, found.cameras
    poles = found.poles.assign(members=cameras.groupby("pole")["id"].agg(list)) if len(cameras) else found.poles
    by = ["expected_loss_m", "only_m"]  # what has failed already costs nothing more
    shared = poles[poles["cameras"] > 1].sort_values(by, ascending=False, kind="stable")
    worst = cameras.drop(columns="pole").sort_values(by, ascending=False, kind="stable")
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
        "by_inspection": {str(k): int(v) for k, v in sorted(Counter(cameras["inspection"]).items()) if k},
        "poles_shared": len(shared),
        "worst_cameras": [plain(row) for row in worst.head(WORST).to_dict("records")],
        "worst_poles": [plain(row) for row in shared.head(WORST).to_dict("records")],
    }
