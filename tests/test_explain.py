"""Why a site is in a plan: worked by hand, and what the commands say of it."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_actions import mounts_at, planned
from test_objectives import TWO, objective_of, own_mounts, worth
from test_objectives import planned as planned_for
from towns import hand_drawn_town, lenses_of, random_town
from typer.testing import CliRunner

from camgap.coverage.cameras import Views
from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Intervals
from camgap.coverage.outputs.compare import find_site, read_plan
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.phases import Phase


@pytest.fixture(scope="module")
def plan():
    """Of three mounts on Main Street two are chosen; the one between them sees what they see."""
    town = hand_drawn_town().with_views(Views.none())
    return planned(town, sites=2, use=("new",), mounts=mounts_at((0, 0), (200, 0), (0, 100), (1, 0)))


def test_a_site_says_what_it_adds_alone_in_the_plan_and_what_is_missed_without_it(plan):
    assert [(w.alone_m, w.gain_m, w.missed_m) for w in plan.why] == [
        (pytest.approx(90), pytest.approx(90), pytest.approx(s.gain_m)) for s in plan.sites
    ]
    assert all(
        name in {"Main Street", "North Street", "Mid Lane", "(service)"} for w in plan.why for name, _ in w.streets
    )


def test_a_refused_site_is_replaced_by_the_best_of_the_others(plan):
    taken = {s.mount for s in plan.sites}
    for site, why in zip(plan.sites, plan.why, strict=True):
        other = why.replacement
        assert other is not None
        assert other.mount not in taken
        assert other.loss_m == pytest.approx(why.missed_m - other.gain_m)
        town = hand_drawn_town().with_views(Views.none())
        rest = planned(
            town, sites=2, use=("new",), mounts=mounts_at((0, 0), (200, 0), (0, 100), (1, 0)), forbid=(site.mount,)
        )
        assert plan.gain_m - other.loss_m <= rest.upper_bound_gain_m + 1e-6


@pytest.mark.parametrize("objective", ["length", "backup"])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_refused_change_is_replaced_by_the_best_change_at_another_camera(objective, seed):
    """Every camera that is left alone in the plan is turned every way there is, one after the other."""
    town = random_town(np.random.default_rng(seed), 3, n_views=6)
    plan = planned(
        town, sites=2, use=("reaim",), mounts=mounts_at(), steps=12, demands={"objective": Objective(objective)}
    )
    for site, acted, why in zip(plan.sites, plan.acted.tolist(), plan.why, strict=True):
        others = np.setdiff1d(plan.acted, [acted])
        best, base = 0.0, _covered(town, plan, others, objective)
        for camera in np.setdiff1d(np.arange(len(town.views)), plan.acted).tolist():
            view = town.views.take(np.array([camera]))
            if view.hfov[0] < 360:
                turned = [replace(view, azimuth=(view.azimuth + 30 * k) % 360) for k in range(12)]
                best = max(best, *(_covered(town, plan, others, objective, camera, t) - base for t in turned))
        found = why.replacement.gain if why.replacement else 0.0
        assert found == pytest.approx(best, abs=1e-6), site


@pytest.mark.parametrize("name", ["demand", "mix", "backup", "expected"])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_a_site_is_worth_is_told_of_what_the_plan_is_made_for(name, seed):
    """Every view that money and room allow is tried in the place of each site."""
    rng = np.random.default_rng(seed)
    town = random_town(rng, 2, n_views=3)
    mounts, objective = own_mounts(town, rng, 4), objective_of(name, town, rng)
    plan, old = planned_for(town, mounts, 300.0, objective=objective), seen_by(town.scene, town.views)
    old = old.owned_by(town.views.camera)
    seen = {i: seen_by(town.scene, plan.views.take(np.array([i]))) for i in range(len(plan.sites))}

    def value(rows, *more: Intervals) -> float:
        parts = [*(seen[i] for i in rows), *more]
        new = Intervals.none()
        for number, part in enumerate(parts):
            new = new.join(part.owned_by(np.zeros(1, np.int64)), number)
        return worth(objective, old, new)

    n, small = len(plan.sites), 1e-6 * max(plan.total, 1.0)
    every = value(range(n))
    assert plan.counted == name
    assert [s.value for s in plan.curve] == pytest.approx([value(range(i)) for i in range(n + 1)], abs=small)
    assert all(s.value <= s.bound + small for s in plan.curve)
    for i, (site, why) in enumerate(zip(plan.sites, plan.why, strict=True)):
        others = [k for k in range(n) if k != i]
        assert why.gain == pytest.approx(site.gain, abs=small)
        assert site.gain == pytest.approx(plan.curve[i + 1].value - plan.curve[i].value, abs=small)
        assert why.alone == pytest.approx(value([i]) - value([]), abs=small)
        assert why.missed == pytest.approx(every - value(others), abs=small)
        taken, left = {s.mount for s in plan.sites}, 300.0 - plan.spent + site.cost
        best = 0.0
        for mount, m in product(range(len(mounts)), range(2)):
            if mounts.ids[mount] not in taken and TWO.models[m].price <= left:
                for azimuth in (0.0, 90.0, 180.0, 270.0):
                    lens = lenses_of(TWO.models).take(np.array([m]))
                    view = replace(
                        lens, xy=mounts.xy[[mount]], azimuth=np.array([azimuth]), camera=np.zeros(1, np.int64)
                    )
                    best = max(best, value(others, seen_by(town.scene, view)) - value(others))
        assert (why.replacement.gain if why.replacement else 0.0) == pytest.approx(best, abs=max(small, 0.05))
        if why.replacement:
            assert why.replacement.loss == pytest.approx(why.missed - why.replacement.gain, abs=small)
    for left_out in plan.rejected:
        assert ("more per cost" in left_out.reason) <= (
            left_out.now / left_out.cost > min(s.gain / s.cost for s in plan.sites)
        )


def test_a_replacement_is_paid_from_the_money_of_its_phase():
    """Nothing of one phase is carried on, so that a dearer model than a phase pays for replaces nothing."""
    town = random_town(np.random.default_rng(6), 2, n_views=2)
    phases = {"a": 110.0, "b": 125.0}  # of all the money, 135 would be left for the second one
    asked = {"phases": tuple(Phase(name, money) for name, money in phases.items())}
    plan = planned(town, use=("new",), steps=6, demands=asked)
    assert [s.phase for s in plan.sites] == ["a", "b"]
    for site, why in zip(plan.sites, plan.why, strict=True):
        assert why.replacement is not None
        assert why.replacement.cost <= phases[site.phase]


def _covered(town, plan, acted, objective="length", camera=-1, view=None) -> float:
    """Length in view, once or twice, with some of a plan's changes, and one more."""
    rows = np.flatnonzero(np.isin(plan.acted, acted))
    views = town.views.take(~np.isin(np.arange(len(town.views)), [*acted.tolist(), camera]))
    views = views.join(plan.views.take(rows), 0).join(view, 0) if view else views.join(plan.views.take(rows), 0)
    seen = town.with_views(replace(views, camera=np.arange(len(views)))).measured()
    return seen.covered_m if objective == "length" else seen.depth_m["2"] + seen.depth_m["3+"]


def test_candidates_left_out_are_told_with_the_reason():
    town = hand_drawn_town().with_views(Views.none())
    plan = planned(town, budget=100, use=("new",), mounts=mounts_at((0, 0), (200, 100), (0, 100)))
    assert {r.mount for r in plan.rejected} == {"m0", "m1", "m2"} - {s.mount for s in plan.sites}
    assert all("no money is left" in r.reason or "see most of it" in r.reason for r in plan.rejected)
    for r in plan.rejected:
        assert 0 <= r.now_m <= r.alone_m + 1e-9


RESULT = {
    "command": "plan", "currency": "CNY",
    "sites": [
        {
            "rank": 1, "id": "J5", "kind": "junction", "action": "new", "model": "bullet", "street": "Elm [red] & <b>",
            "azimuth": 90.0, "cost": 15000.0,
            "why": {
                "alone_m": 120.0, "gain_m": 110.0, "missed_m": 70.0, "streets": [["Elm [red] & <b>", 110.0]],
                "replacement": {"mount": "J6", "action": "new", "model": "dome", "azimuth": 1.0, "cost": 9000.0,
                                "gain_m": 60.0, "loss_m": 10.0},
            },
        },
    ],
    "rejected": [
        {"mount": "J6", "model": "dome", "cost": 9000.0, "alone_m": 80.0, "now_m": 5.0, "reason": "site 1 sees it"}
    ],
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps(RESULT), encoding="utf-8")
    return tmp_path


def explained(*words: str):
    from camgap.cli import app

    return CliRunner().invoke(app, ["explain", *words])


def test_the_command_prints_why_by_rank_and_by_id(run):
    for name in ("1", "J5"):
        out = explained(str(run), name).stdout
        assert "adds alone" in out
        assert "loses 70 m" in out
        assert "the plan then loses 10 m" in out
        assert "Elm [red] & <b>" in out
    assert json.loads(explained(str(run), "1", "--json").stdout)["id"] == "J5"


def test_the_command_prints_what_was_left_out(run):
    assert "site 1 sees it" in explained(str(run)).stdout
    assert json.loads(explained(str(run), "--json").stdout)["rejected"][0]["mount"] == "J6"


def test_a_site_that_is_not_there_is_named_with_the_reason(run, tmp_path):
    with pytest.raises(InputError, match="no site 'J6'; it was left out: site 1 sees it"):
        find_site(read_plan(run), "J6")
    with pytest.raises(InputError, match=r"nothing is done at a mount or camera of that id.*ranks go from 1 to 1"):
        find_site(read_plan(run), "99")
    with pytest.raises(InputError, match=r"result\.json cannot be read"):
        read_plan(tmp_path / "nowhere")
    (run / "result.json").write_text(json.dumps({"command": "score"}), encoding="utf-8")
    with pytest.raises(InputError, match="is not a plan that says why"):
        read_plan(run)


def test_numbers_of_the_explanation_are_finite(plan):
    assert all(np.isfinite([w.alone_m, w.gain_m, w.missed_m]).all() for w in plan.why)
