"""The plan: what it promises is what the score measures, its sites by name, its limits, its refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from towns import Town, buildings_of, hand_drawn_town, lenses_of, model, random_town, views_of

from camgap.coverage.cameras import Views
from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals
from camgap.coverage.scoring.report import Districts
from camgap.coverage.settings import PlanSettings, ScoreSettings
from camgap.coverage.siting import plan as plan_module
from camgap.coverage.siting.mounts import Ground, Mounts, given_mounts, street_mounts
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.siting.plan import make_plan, street_names
from camgap.coverage.siting.selection import choose

BULLET, DOME = model("bullet", 60, 80, 100.0), model("dome", 360, 40, 250.0)
TWO_MODELS = PlanSettings(models=(BULLET, DOME))

seeds = st.integers(0, 2**32 - 1)


def planned(
    town: Town, budget=None, sites=None, plan: PlanSettings = TWO_MODELS, mounts: Mounts | None = None, **more
) -> Plan:
    mounts = mounts if mounts is not None else street_mounts(town.network, Ground(town.buildings), plan)
    scoring = ScoreSettings()
    return make_plan(
        town.network, town.scene, town.views, town.n_cameras, mounts, lenses_of(plan.models), budget, sites, plan,
        scoring, **more
    )  # fmt: skip


def own_mounts(*xy: tuple[float, float]) -> Mounts:
    ids = [f"m{i}" for i in range(len(xy))]
    return given_mounts(ids, ["own"] * len(xy), np.array(xy, dtype=np.float64), Ground(buildings_of([])))


@pytest.fixture(scope="module")
def town() -> Town:
    return hand_drawn_town()


def test_one_camera_goes_where_it_adds_most(town):
    """At B a dome sees 40 m of three arms, at A a bullet 80 m of North Street, at E one what is left of Mid Lane."""
    mounts = own_mounts((100, 100), (0, 100), (100, 0))
    plan = planned(town, sites=1, mounts=mounts)
    (site,) = plan.sites
    assert (site.rank, site.mount, site.kind, site.model) == (1, "m0", "own", "dome")
    assert (site.gain_m, plan.gain_m) == pytest.approx((120, 120), abs=1e-9)
    assert (site.x, site.y, site.azimuth, site.cost, plan.spent) == (100, 100, 0.0, 250, 250)
    assert plan.before.covered_m == pytest.approx(town.measured().covered_m)
    assert site.cumulative_share == pytest.approx(plan.after.share)
    assert (plan.upper_bound_gain_m, plan.gap) == pytest.approx((120, 0), abs=1e-6)

    plan = planned(town, budget=249, mounts=mounts)  # two bullets, but no dome
    assert [(s.model, s.gain_m) for s in plan.sites] == [("bullet", pytest.approx(80)), ("bullet", pytest.approx(80))]
    assert (plan.spent, plan.gap) == (200, pytest.approx(0, abs=1e-9))


def test_what_cameras_see_already_is_not_gained_again(town):
    dome = PlanSettings(models=(DOME,))
    plan = planned(town, sites=1, plan=dome, mounts=own_mounts((100, 0)))
    # It sees 40 m west, east and north of E; 30 + 40 m of Main Street and 50/3 m of Mid Lane are in view already.
    assert plan.gain_m == pytest.approx(10 + 40 - 50 / 3, abs=1e-9)
    bare = planned(town.with_views(Views.none()), sites=1, plan=dome, mounts=own_mounts((100, 0)))
    assert bare.gain_m == pytest.approx(120, abs=1e-9)


def test_counts_of_candidates_leave_out_mounts_without_a_street_in_view(town):
    plan = planned(town, sites=1, mounts=own_mounts((100, 0), (1000, 1000), (100, 100)))
    assert (len(plan.mounts), plan.seeing, plan.n_views) == (3, 2, 2 * (36 + 1))  # a dome has one heading


@pytest.mark.parametrize(("budget", "sites"), [(0.0, None), (99.0, None), (0.0, 5)])
def test_money_that_buys_nothing_is_refused_with_the_cheapest_action(town, budget, sites):
    words = rf"a budget of {budget:g} buys nothing; the cheapest action is new bullet at \w+ for 100"
    with pytest.raises(InfeasibleError, match=words):
        planned(town, budget, sites)


def test_money_for_the_cheapest_action_buys_it(town):
    assert planned(town, 100.0).spent == 100


def test_without_sites_the_plan_is_empty(town):
    plan = planned(town, sites=0)
    assert (plan.sites, len(plan.views), plan.spent, plan.gain_m) == ((), 0, 0.0, 0.0)
    assert (plan.upper_bound_gain_m, plan.gap) == (0.0, 0.0)
    assert plan.after.covered_m == plan.before.covered_m


def test_a_covered_town_needs_no_camera_and_a_blind_mount_gives_none(town):
    everywhere = views_of([(x, y, 0, 360, 300, n) for n, (x, y) in enumerate([(100, 0), (100, 100), (200, -10)])])
    covered = town.with_views(everywhere)
    assert covered.measured().share == 1
    assert (planned(covered, sites=3).sites, planned(covered, sites=3).gap) == ((), 0)
    assert planned(town, sites=3, mounts=own_mounts((1000, 1000))).sites == ()


def test_a_town_without_any_camera_can_be_planned(town):
    plan = planned(town.with_views(Views.none()), budget=1000.0)
    assert plan.before.share == 0
    assert plan.gain_m == pytest.approx(plan.after.covered_m)
    assert 0.5 < plan.after.share <= 1


def test_new_cameras_follow_the_old_ones_in_the_report(town):
    plan = planned(town, sites=2)
    assert len(plan.after.cameras) == town.n_cameras + 2
    assert plan.after.cameras["seen_m"].iloc[: town.n_cameras].tolist() == plan.before.cameras["seen_m"].tolist()
    assert plan.views.camera.tolist() == [0, 1]


def test_districts_are_measured_before_and_after(town):
    west = Districts(("West",), Intervals(np.array([0.0, 200.0]), np.array([100.0, 300.0]), np.array([0, 0])))
    plan = planned(town, sites=2, districts=west)
    before, after = (r.by_district["covered_m"].iloc[0] for r in (plan.before, plan.after))
    assert before == pytest.approx(40)
    assert after > before


def test_sites_are_named_after_the_nearest_named_street_or_the_class_of_the_nearest():
    network = network_of([[(0, 0), (100, 0)], [(0, 40), (100, 40)], [(0, 500), (100, 500)]])
    network.edges["name"] = ["", "Elm <b>", ""]
    network.edges["highway"] = ["service", "residential", "track"]
    names = street_names(network, np.array([[50, 2], [50, 30], [50, -20], [50, 505], [50, 300]]))
    assert names == ["Elm <b>", "Elm <b>", "(service)", "(track)", "(track)"]
    assert street_names(network, np.empty((0, 2))) == []


def test_the_stages_are_told_as_they_go(town):
    stages: dict[str, list[tuple[int, int]]] = {}
    planned(town, sites=3, progress=lambda name, done, total: stages.setdefault(name, []).append((done, total)))
    assert {"look around", "choose sites", "prove the bound"} <= set(stages)
    assert all(done <= total for rows in stages.values() for done, total in rows)
    assert [done for done, _ in stages["choose sites"]] == [1, 2, 3]


def test_a_plan_without_any_limit_is_refused(town):
    with pytest.raises(SettingsError, match="neither a budget nor a number of sites"):
        planned(town)


def test_a_plan_without_models_is_refused(town):
    with pytest.raises(SettingsError, match=r"no camera model to choose from; give \[\[plan\.models\]\]"):
        planned(town, sites=1, plan=PlanSettings(models=()), mounts=own_mounts((0, 0)))


def test_a_plan_without_mounts_says_where_they_went(town):
    nowhere = Mounts((), (), np.empty((0, 2)), {"in_building": 3, "forbidden": 4})
    with pytest.raises(SettingsError, match=r"no candidate mount is left \(3 in_building, 4 forbidden\)"):
        planned(town, sites=1, mounts=nowhere)
    with pytest.raises(SettingsError, match="the network has no junction or kerb"):
        planned(town, sites=1, mounts=Mounts((), (), np.empty((0, 2))))


def test_a_promise_that_the_score_does_not_keep_stops_the_plan(town, monkeypatch):
    def boastful(*arguments):
        selection = choose(*arguments)
        return type(selection)(selection.picks, selection.gain_m + 2.0, selection.bound_m + 2.0)

    monkeypatch.setattr(plan_module, "choose", boastful)
    with pytest.raises(RuntimeError, match=r"the plan promises .* the score measures"):
        planned(town, sites=1)


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans(), st.integers(1, 2))
def test_what_the_plan_promises_is_what_the_score_measures(seed, by_money, per_mount):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 3, n_views=4)
    budget, sites = (float(rng.uniform(100, 2000)), None) if by_money else (None, int(rng.integers(0, 9)))
    plan = planned(town, budget, sites, TWO_MODELS.model_copy(update={"per_mount": per_mount}))
    assert plan.gain_m == pytest.approx(sum(s.gain_m for s in plan.sites), abs=1e-6)
    shares = [s.cumulative_share for s in plan.sites]
    assert shares == sorted(shares)
    assert [*shares, plan.after.share][0 if not shares else -1] == pytest.approx(plan.after.share, abs=1e-9)
    assert plan.gain_m <= plan.upper_bound_gain_m + 1e-9
    assert 0 <= plan.gap <= 1
    assert plan.spent <= (budget if by_money else np.inf)
    assert len(plan.sites) <= (sites if not by_money else len(plan.mounts) * per_mount)
    mounts = [s.mount for s in plan.sites]
    assert max(map(mounts.count, mounts), default=0) <= per_mount
    assert [s.rank for s in plan.sites] == list(range(1, len(plan.sites) + 1))


def test_the_same_input_gives_the_same_plan():
    town = random_town(np.random.default_rng(5), 4, n_views=6)
    assert planned(town, budget=900.0).sites == planned(town, budget=900.0).sites


@pytest.mark.parametrize("name", ["munich-centre.osm.pbf", "monaco.osm.pbf"])
def test_a_real_town_gets_the_plan_it_was_promised_within_two_percent_of_the_best(name, real_data):
    from reference import read_town

    network, buildings = read_town(real_data(name))
    town = Town(network, buildings, Views.none())
    for limits in ({"sites": 30}, {"budget": 6000.0}):
        plan = planned(town, **limits)
        assert plan.gain_m == pytest.approx(sum(s.gain_m for s in plan.sites), abs=1e-6)
        assert plan.gap < 0.02
