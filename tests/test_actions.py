"""Actions: turning, mending, replacing against every choice there is; what is demanded of a plan beside money."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from towns import Town, hand_drawn_town, lenses_of, model, random_town, views_of

from camgap.coverage.cameras import Views
from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.scoring.report import score
from camgap.coverage.settings import ActionSettings, PlanSettings, ScoreSettings
from camgap.coverage.sight.polygon import view_polygons
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.actions import Problem, Standing, problem_of
from camgap.coverage.siting.demands import Demands
from camgap.coverage.siting.enumerated import Enumerated
from camgap.coverage.siting.finish import _clashing
from camgap.coverage.siting.mounts import Ground, Mounts, given_mounts, street_mounts
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.plan import make_plan
from camgap.coverage.siting.redundant import redundant
from camgap.coverage.siting.selection import choose

ALL = ("new", "reaim", "repair", "light", "upgrade", "relocate")
PRICES = ActionSettings(reaim=10.0, repair=25.0, light=15.0, upgrade_share=0.5, relocate=20.0)
NOTHING = Stretches(np.empty(0), np.empty(0))
MODELS = (model("narrow", 60, 90, 100.0), model("wide", 200, 40, 130.0))

seeds = st.integers(0, 2**32 - 1)


def settings_of(use=ALL, steps: int = 36, **more) -> PlanSettings:
    return PlanSettings(models=MODELS, use_actions=use, actions=PRICES, azimuth_steps=steps, **more)


def standing_of(views: Views, broken: int = 0) -> Standing:
    """Make a camera of each view; the last `broken` do not work. With light of their own they see 1.5 times as far."""
    n = len(views)
    camera = np.where(np.arange(n) < n - broken, np.arange(n), -1)
    ids = tuple(f"c{i}" for i in range(n))
    return Standing(ids, ids, camera, replace(views, camera=np.arange(n)), np.minimum(1.5 * views.dark, views.far))


def at_night(town: Town, lit: Stretches = NOTHING, share: float = 0.5) -> Town:
    """Return the town by night: on dark streets its cameras see a share of their reach."""
    return replace(town, lit=lit).with_views(replace(town.views, dark=share * town.views.far))


def planned(town: Town, budget=None, sites=None, use=ALL, mounts=None, broken=0, demands=None, **more) -> Plan:
    """Plan for a town whose views are one camera each; the last `broken` do not work."""
    wanted = settings_of(use, **more)
    n = len(town.views) - broken
    existing = town.views.take(np.arange(n))
    given_ones = {"standing": standing_of(town.views, broken)} | (demands or {})
    mounts = mounts if mounts is not None else street_mounts(town.network, Ground(town.buildings), wanted)
    return make_plan(
        town.network, town.scene, existing, n, mounts, lenses_of(MODELS), budget, sites, wanted, ScoreSettings(),
        demands=Demands(**given_ones),
    )  # fmt: skip


def mounts_at(*xy: tuple[float, float]) -> Mounts:
    places = np.array(xy, dtype=np.float64).reshape(-1, 2)
    return Mounts(tuple(f"m{i}" for i in range(len(xy))), ("own",) * len(xy), places)


# --- every choice there is ---


def best_of_all(problem: Problem, covered: Stretches, budget: float, most: int) -> float:
    """The greatest length in view that any affordable choice gives, by trying them all."""
    choices = problem.choices
    options = []
    for place in range(len(choices.sites)):
        here = [] if choices.has_free[place] else [(0.0, covered, -1)]
        for offer, price in enumerate(choices.costs[place]):
            for step in np.flatnonzero(choices.offers.headings[choices.kind[place], offer]):
                azimuth = float(choices.azimuth_of(np.array([place]), np.array([offer]), np.array([step]))[0])
                stand = int(choices.stands_of(np.array([place]), np.array([offer]))[0])
                here.append((float(price), choices.stretches_of(place, offer, azimuth), stand))
        options.append(here)
    best = 0.0
    for plan in product(*options):
        prices = [price for price, _, _ in plan]
        stands = [stand for _, _, stand in plan if stand >= 0]
        if len(set(stands)) < len(stands):
            continue
        if sum(prices) <= budget + 1e-6 and sum(p > 0 for p in prices) <= most:
            seen = [covered, *(s for _, s, _ in plan)]
            best = max(best, union(*(np.concatenate([getattr(s, c) for s in seen]) for c in ("start", "end"))).length)
    return best


@settings(max_examples=15, deadline=None)
@given(
    seeds,
    st.sampled_from(
        [ALL, ("reaim",), ("new", "reaim"), ("repair", "upgrade"), ("light", "reaim"), ("new", "relocate", "repair")]
    ),
    st.booleans(),
)
def test_no_choice_of_all_beats_the_bound_and_no_plan_beats_the_best_choice(seed, use, by_money):
    rng = np.random.default_rng(seed)
    town = at_night(random_town(rng, n_views=3), share=rng.choice([0.3, 1.0]))
    standing = standing_of(town.views, broken=min(1, len(town.views)))
    wanted = settings_of(use, steps=4)
    sites = street_mounts(town.network, Ground(town.buildings), wanted)
    few = Mounts(sites.ids[:1], sites.kinds[:1], sites.xy[:1])
    problem = problem_of(town.scene, few, MODELS, lenses_of(MODELS), standing, wanted)
    budget = float(rng.choice([10, 20, 35, 60, 110, 200])) if by_money else None
    most = None if by_money else int(rng.integers(0, 4))
    selection = choose(problem.choices, NOTHING, budget, most)
    today = town.with_views(town.views.take(standing.works)).measured().covered_m
    optimum = best_of_all(problem, NOTHING, np.inf if budget is None else budget, 9 if most is None else most) - today
    assert -1e-6 <= selection.gain_m <= optimum + 1e-6
    assert optimum <= selection.bound_m + 1e-6
    places = [p.mount for p in (*selection.picks, *selection.kept)]
    assert len(set(places)) == len(places)
    assert selection.cost <= (np.inf if budget is None else budget)


@pytest.mark.parametrize("seed", range(6))
def test_where_money_and_number_both_are_short_no_choice_of_all_beats_the_plan(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=3)
    standing, wanted = standing_of(town.views, broken=0), settings_of(("new", "reaim"), steps=4)
    sites = street_mounts(town.network, Ground(town.buildings), wanted)
    few = Mounts(sites.ids[:2], sites.kinds[:2], sites.xy[:2])
    problem = problem_of(town.scene, few, MODELS, lenses_of(MODELS), standing, wanted)
    for budget, most in ((150.0, 2), (130.0, 3), (260.0, 2)):
        selection = choose(problem.choices, NOTHING, budget, most)
        today = town.measured().covered_m
        assert selection.gain_m == pytest.approx(best_of_all(problem, NOTHING, budget, most) - today, abs=1e-3)
        assert selection.gain_m == pytest.approx(selection.bound_m, abs=1e-3)
        assert len(selection.picks) <= most


@settings(max_examples=5, deadline=None)
@example(27044, True, False)  # its best plan makes a camera that stays useless
@given(seeds, st.booleans(), st.booleans())
def test_what_a_plan_of_all_actions_promises_is_what_the_score_measures(seed, by_money, refine):
    rng = np.random.default_rng(seed)
    town = at_night(random_town(rng, 3, n_views=8))
    broken = min(2, len(town.views))
    budget, sites = (float(rng.uniform(20, 900)), None) if by_money else (None, int(rng.integers(0, 9)))
    plan = planned(town, budget, sites, broken=broken, refine=refine)
    n = len(town.views) - broken
    stays = np.setdiff1d(np.arange(n), plan.acted)
    views = town.views.take(stays).join(plan.views, n)
    measured = score(town.network, town.scene, views, n + len(plan.views), ScoreSettings())
    assert measured.covered_m == pytest.approx(plan.after.covered_m, abs=1e-6)
    assert plan.gain_m == pytest.approx(sum(s.gain_m for s in plan.sites), abs=1e-5)
    assert plan.gain_m - plan.refined_m <= plan.upper_bound_gain_m + 1e-6
    assert plan.refined_m >= -1e-6
    assert plan.spent <= (budget if by_money else np.inf)
    assert len(plan.sites) <= (len(plan.sites) if by_money else sites)
    for site, why in zip(plan.sites, plan.why, strict=True):
        assert why.gain_m == pytest.approx(site.gain_m, abs=1e-5)
        assert sum(metres for _, metres in why.streets) >= why.gain_m - 1e-5
    if plan.sites:
        assert plan.why[0].alone_m == pytest.approx(plan.why[0].gain_m, abs=1e-5)
        assert plan.why[-1].missed_m == pytest.approx(plan.why[-1].gain_m, abs=1e-5)


@settings(max_examples=10, deadline=None)
@given(seeds, st.booleans())
def test_no_choice_of_moves_beats_the_bound_and_no_two_cameras_share_a_mount(seed, by_money):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=3)
    standing, wanted = standing_of(town.views), settings_of(("new", "relocate"), steps=4)
    sites = street_mounts(town.network, Ground(town.buildings), wanted)
    few = Mounts(sites.ids[:2], sites.kinds[:2], sites.xy[:2])
    lenses = lenses_of(MODELS).take(np.array([0]))
    problem = problem_of(town.scene, few, MODELS[:1], lenses, standing, wanted)
    budget = float(rng.choice([20, 40, 110, 200])) if by_money else None
    most = None if by_money else int(rng.integers(1, 4))
    selection = choose(problem.choices, NOTHING, budget, most)
    today = town.measured().covered_m
    optimum = best_of_all(problem, NOTHING, np.inf if budget is None else budget, 9 if most is None else most) - today
    assert -1e-6 <= selection.gain_m <= optimum + 1e-6
    assert optimum <= selection.bound_m + 1e-6
    stands = [problem.choices.stands_of(np.array([p.mount]), np.array([p.model]))[0] for p in selection.picks]
    assert len(set(stands)) == len(stands)


# --- by hand ---

NOWHERE = mounts_at()


@pytest.fixture(scope="module")
def town() -> Town:
    """A camera at D that looks west, away from Main Street, and one at A that looks along North Street."""
    return hand_drawn_town().with_views(views_of([(0, 0, 270, 60, 90, 0), (0, 100, 90, 60, 90, 1)]))


def test_a_camera_that_looks_away_is_turned_and_one_that_looks_well_is_kept(town):
    plan = planned(town, sites=2, use=("reaim",), mounts=NOWHERE)
    (site,) = plan.sites
    assert (site.action, site.mount, site.kind, site.model) == ("reaim", "c0", "camera", "")
    assert 60 <= site.azimuth <= 120
    assert (site.gain_m, site.cost, plan.gain_m) == pytest.approx((90, 10, 90))
    assert plan.acted.tolist() == [0]
    assert plan.upper_bound_gain_m == pytest.approx(90, abs=0.01)


def test_turning_is_worth_what_is_won_less_what_is_lost():
    """Two cameras share Main Street; every pair of headings is tried."""
    town = hand_drawn_town().with_views(views_of([(0, 0, 90, 60, 60, 0), (200, 0, 270, 60, 90, 1)]))
    plan = planned(town, sites=2, use=("reaim",), mounts=NOWHERE)
    assert [s.gain_m > 0 for s in plan.sites] == [True] * len(plan.sites)
    best = plan.before.covered_m
    for a, b in product(np.arange(36) * 10.0, np.arange(36) * 10.0):
        views = Views(
            town.views.xy, np.array([a, b]), *(getattr(town.views, c) for c in ("hfov", "near", "far", "camera"))
        )
        seen = seen_by(town.scene, views)
        best = max(best, union(seen.start, seen.end).length)
    assert plan.after.covered_m == pytest.approx(best, abs=1e-6)


def test_a_broken_camera_is_mended_and_a_mended_one_may_be_turned_at_once(town):
    well = town.with_views(views_of([(0, 0, 90, 60, 90, 0)]))
    (site,) = planned(well, budget=40, use=("repair", "reaim"), mounts=NOWHERE, broken=1).sites
    assert (site.action, site.cost, site.azimuth) == ("repair", 25, 90)
    away = town.with_views(views_of([(0, 0, 270, 60, 90, 0)]))
    (site,) = planned(away, budget=40, use=("repair", "reaim"), mounts=NOWHERE, broken=1).sites
    assert (site.action, site.cost, site.gain_m) == ("repair", 35, pytest.approx(90))
    assert planned(away, budget=34, use=("repair", "reaim"), mounts=NOWHERE, broken=1).sites == ()


TWINS = [(0, 0, 90, 60, 50, 0), (0, 0, 90, 60, 50, 1)]  # both look along Main Street from D


def test_a_camera_whose_street_another_sees_is_moved_to_where_none_looks():
    town = hand_drawn_town().with_views(views_of(TWINS))
    plan = planned(town, sites=2, use=("relocate",), mounts=mounts_at((60, 0), (150, 0)))
    (site,) = plan.sites  # the second mount is farther than a camera is moved
    assert (site.action, site.mount, site.to, site.kind, site.cost) == ("relocate", "c0", "m0", "own", 20.0)
    assert (site.x, site.y) == (60, 0)
    assert plan.acted.tolist() == [0]
    headings = [views_of([TWINS[1], (60, 0, azimuth, 60, 50, 0)]) for azimuth in range(0, 360, 10)]
    assert plan.after.covered_m == pytest.approx(max(town.with_views(v).measured().covered_m for v in headings))
    assert plan.achieved.proven


def test_moving_is_worth_what_is_won_less_what_is_lost():
    town = hand_drawn_town().with_views(views_of([(0, 0, 90, 60, 50, 0)]))
    assert planned(town, sites=1, use=("relocate",), mounts=mounts_at((10, 0))).sites == ()  # it sees no more there


def test_a_mount_takes_a_moved_camera_or_a_new_one_not_both():
    town = hand_drawn_town().with_views(views_of(TWINS))
    plan = planned(town, sites=3, use=("new", "relocate"), mounts=mounts_at((60, 0)), per_mount=2)
    stands = [s.to or s.mount for s in plan.sites]
    assert sorted(s.action for s in plan.sites) in (["new", "new"], ["relocate"])
    assert set(stands) == {"m0"}


def test_a_broken_camera_is_mended_where_it_is_moved_to():
    town = hand_drawn_town().with_views(views_of(TWINS))
    (site,) = planned(town, budget=45, use=("relocate", "repair"), mounts=mounts_at((60, 0)), broken=1).sites
    assert (site.action, site.mount, site.cost) in {("relocate", "c0", 20.0), ("relocate", "c1", 45.0)}
    assert planned(town, budget=45, use=("relocate",), mounts=mounts_at((60, 0)), broken=1).sites[0].mount == "c0"


def test_a_short_sighted_camera_is_replaced_for_its_share_of_the_price(town):
    short = town.with_views(views_of([(0, 0, 90, 60, 20, 0)]))
    (site,) = planned(short, budget=60, use=("upgrade",), mounts=NOWHERE).sites
    assert (site.action, site.model, site.cost) == ("upgrade", "narrow", 50)
    assert site.gain_m == pytest.approx(70)


def test_a_camera_on_a_dark_street_is_given_light_and_one_on_a_lit_street_is_not():
    east = hand_drawn_town().with_views(views_of([(0, 0, 90, 60, 90, 0)]))
    (site,) = planned(at_night(east), sites=2, use=("light",), mounts=NOWHERE).sites
    assert (site.action, site.model, site.cost, site.azimuth) == ("light", "", 15, 90)
    assert site.gain_m == pytest.approx(67.5 - 45)
    main_street = Stretches(np.array([0.0]), np.array([100.0]))
    assert planned(at_night(east, main_street), sites=2, use=("light",), mounts=NOWHERE).sites == ()


def test_power_costs_by_the_metre_and_running_costs_by_the_year(town):
    bare = town.with_views(Views.none())
    dear = (MODELS[0].model_copy(update={"yearly": 7.0}),)
    costly = ActionSettings(lead_per_m=2.0, years=3)
    plan = make_plan(
        bare.network, bare.scene, Views.none(), 0, mounts_at((0, 0)), lenses_of(dear), None, 1,
        PlanSettings(models=dear, actions=costly), ScoreSettings(), demands=Demands(distance=np.array([15.0])),
    )  # fmt: skip
    assert plan.spent == 100 + 3 * 7 + 2 * 15


# --- demands ---


def test_a_forced_mount_gets_a_camera_although_others_add_more(town):
    bare = town.with_views(Views.none())
    poor, good = (200.0, -30.0), (0.0, 0.0)
    free = planned(bare, sites=1, use=("new",), mounts=mounts_at(poor, good))
    assert [s.mount for s in free.sites] == ["m1"]
    forced = planned(bare, sites=1, use=("new",), mounts=mounts_at(poor, good), force=("m0",))
    assert [s.mount for s in forced.sites] == ["m0"]
    both = planned(bare, budget=205, use=("new",), mounts=mounts_at(poor, good), force=("m0",))
    assert {s.mount for s in both.sites} == {"m0", "m1"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"force": ("m0",), "forbid": ("m0",)}, "m0 is both forced and forbidden"),
        ({"force": ("m7",)}, "no mount 'm7' to force"),
        ({"force": ("m0", "m1"), "apart_m": 300.0}, "m1 and m0 are both forced, but nearer than 300 m"),
        ({"force": ("m0", "m1"), "sites": 1}, r"2 sites are forced \(m0, m1\), but at most 1"),
        (
            {"force": ("m0", "m1"), "budget": 150.0, "sites": None},
            r"at least 200 together \(m0, m1\), the budget is 15",
        ),
        ({"force": ("m1",), "demands": {"no_view": shapely.box(150, -9, 250, 9)}}, "m1 is forced, but every heading"),
    ],
)
def test_demands_that_contradict_each_other_are_named(town, more, words):
    given_ones = {"sites": 3, "use": ("new",), "mounts": mounts_at((0, 0), (200, 0))} | more
    with pytest.raises(InfeasibleError, match=words):
        planned(town.with_views(Views.none()), **given_ones)


def test_a_forced_mount_that_was_set_aside_is_named_with_the_reason(town):
    refused = {"refused": {"m5": "in_building"}}
    with pytest.raises(InfeasibleError, match="m5 is forced, but it is set aside: in_building"):
        planned(town, sites=1, mounts=mounts_at((0, 0)), force=("m5",), demands=refused)


def test_no_action_at_all_is_refused(town):
    with pytest.raises(SettingsError, match="use_actions is empty"):
        planned(town, sites=1, use=())


@settings(max_examples=5, deadline=None)
@given(seeds, st.sampled_from([30.0, 80.0]))
def test_new_cameras_keep_their_distance(seed, apart):
    town = random_town(np.random.default_rng(seed), 3, n_views=0)
    plan = planned(town, sites=6, use=("new",), apart_m=apart)
    xy = np.array([[s.x, s.y] for s in plan.sites])
    away = np.hypot(*(xy[:, None] - xy[None]).T) + np.where(np.eye(len(xy)), np.inf, 0.0)
    assert away.min(initial=np.inf) >= apart - 1e-9
    assert plan.gain_m <= plan.upper_bound_gain_m + 1e-9


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_no_new_view_touches_a_zone_although_cameras_stand_beside_it(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 2, n_views=3)
    zone = shapely.Point(*rng.uniform(20, 180, 2)).buffer(float(rng.uniform(5, 40)))
    plan = planned(town, sites=5, refine=True, demands={"no_view": zone})
    for outline in view_polygons(town.scene, plan.views):
        assert not outline.intersects(zone)


# --- phases ---


def test_every_phase_is_as_good_as_a_plan_for_its_money_alone_and_stays_within_it():
    town = random_town(np.random.default_rng(11), 3, n_views=5)
    phases = (Phase("2027", 240.0), Phase("2028", 135.0))
    plan = planned(town, demands={"phases": phases})
    alone = planned(town, budget=240.0)
    first, second = plan.phases
    assert first.gain_m == pytest.approx(alone.gain_m, abs=1e-6)
    assert (first.spent, second.spent) == tuple(
        sum(s.cost for s in plan.sites if s.phase == name) for name in ("2027", "2028")
    )
    assert first.spent <= 240
    assert second.spent <= 135
    assert (first.unspent, second.unspent) == (240 - first.spent, 135 - second.spent)
    assert [s.phase for s in plan.sites] == sorted(s.phase for s in plan.sites)
    assert second.covered_m == pytest.approx(plan.after.covered_m, abs=1e-6)
    assert plan.gain_m == pytest.approx(first.gain_m + second.gain_m, abs=1e-6)
    assert second.gain_m <= second.bound_m + 1e-6
    assert plan.budget == 375
    places = [(s.mount, s.kind) for s in plan.sites]
    assert len(set(places)) == len(places)


def test_a_phase_that_buys_nothing_is_refused(town):
    with pytest.raises(InfeasibleError, match=r"phase 'b' of 2 buys nothing; the cheapest action is \w+ at \w+ for"):
        planned(town, demands={"phases": (Phase("a", 100.0), Phase("b", 2.0))})


def test_phases_and_a_target_are_named_as_such(town):
    with pytest.raises(InfeasibleError, match="a target asks for the least money, so no phases may be given"):
        planned(town, demands={"phases": (Phase("a", 100.0),), "target": 0.5})


def test_phases_that_cost_more_than_the_budget_are_refused(town):
    with pytest.raises(InfeasibleError, match="the phases sum to 300, more than the budget of 200"):
        planned(town, budget=200.0, demands={"phases": (Phase("a", 100.0), Phase("b", 200.0))})


# --- redundant cameras ---


def test_of_two_cameras_that_see_the_same_only_one_is_redundant():
    seen = Intervals(np.array([0.0, 0.0, 50.0, 70.0]), np.array([40.0, 40.0, 60.0, 70.5]), np.array([0, 1, 2, 3]))
    found = redundant(seen, 5, 1.0)
    assert [(r.camera, r.loss_m, r.seen_m) for r in found] == [(0, 0, 40), (4, 0, 0), (3, 0.5, 0.5)]
    assert [r.camera for r in redundant(seen, 5, 11.0)] == [0, 4, 3, 2]


def test_given_mounts_remember_why_they_were_refused():
    ground = Ground(hand_drawn_town().buildings, forbidden=shapely.box(-5, -5, 5, 5))
    mounts = given_mounts(["a", "b", "c"], ["own"] * 3, np.array([[0.0, 0], [50, 50], [100, 0]]), ground)
    assert mounts.refused == {"a": "forbidden", "b": "in_building"}
    without = mounts.without(("c",))
    assert (len(without), without.refused["c"], without.set_aside["forbidden_by_name"]) == (0, "forbidden_by_name", 1)


def test_of_views_that_clash_at_a_mount_none_of_the_plan_in_hand_is_refused():
    """Camera 5 is moved to mount 0 in the plan in hand; the answer has it there too, turned, beside a new camera."""
    place, stand = np.array([5, 5, 0, 6]), np.array([0, 0, 0, 1])
    views = Enumerated(place, np.arange(4), np.zeros(4, np.int64), Intervals.none())
    choices = SimpleNamespace(costs=np.ones((7, 4)), stands_of=lambda _place, offer: stand[offer])
    refused = _clashing(choices, views, found=np.array([1, 2, 3]), start=np.array([0]))
    assert refused.tolist() == [False, False, True, False]
    assert _clashing(choices, views, found=np.array([1, 2, 3]), start=np.array([2])).tolist() == [
        True,
        True,
        False,
        False,
    ]
