"""The cost curve: measured at every step, nested, and below what any plan for the money could reach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_actions import MODELS, planned, settings_of
from towns import choices_of, lenses_of, random_town, set_cover

from camgap.coverage.intervals import Intervals, Stretches
from camgap.coverage.scoring.report import score
from camgap.coverage.settings import ScoreSettings
from camgap.coverage.siting.bound import best_sum, ceiling
from camgap.coverage.siting.curve import Course, draw_curve
from camgap.coverage.siting.mounts import Ground, street_mounts
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.order import Tally, in_good_order
from camgap.coverage.siting.refine import refine
from camgap.coverage.siting.selection import choose

NOTHING = Stretches(np.empty(0), np.empty(0))

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=4, deadline=None)
@given(seeds, st.sampled_from([("new",), ("new", "reaim", "upgrade")]), st.booleans())
def test_every_step_is_what_the_score_measures_once_so_much_of_the_plan_is_done(seed, use, by_money):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 3, n_views=6)
    plan = planned(town, 700.0 if by_money else None, None if by_money else 6, use=use)
    n = len(town.views)
    assert [s.sites for s in plan.curve] == list(range(len(plan.sites) + 1))
    for step in plan.curve:
        done = np.arange(step.sites)
        stays = town.views.take(~np.isin(np.arange(n), plan.acted[done]))
        seen = score(town.network, town.scene, stays.join(plan.views.take(done), n), n + len(done), ScoreSettings())
        assert step.covered_m == pytest.approx(seen.covered_m, abs=1e-6)
        assert step.share == pytest.approx(seen.share)
        assert step.money == pytest.approx(sum(s.cost for s in plan.sites[: step.sites]))
        assert step.bound_share >= step.share - 1e-12
    assert plan.curve[-1].covered_m == pytest.approx(plan.after.covered_m, abs=1e-6)
    assert plan.curve[0].bound_share == plan.curve[0].share == pytest.approx(plan.before.share)
    assert sum(s.knee for s in plan.curve) <= 1


@settings(max_examples=3, deadline=None)
@given(seeds, st.booleans())
def test_no_plan_for_the_money_of_a_step_beats_the_bound_of_the_step(seed, by_money):
    town = random_town(np.random.default_rng(seed), 3, n_views=2)
    plan = planned(town, 600.0 if by_money else None, None if by_money else 5, use=("new",))
    for step in plan.curve[1:-1]:
        rival = planned(town, step.money if by_money else None, None if by_money else step.sites, use=("new",))
        assert rival.after.share <= step.bound_share + 1e-9


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(1, 8), st.integers(1, 3), st.integers(1, 2))
def test_a_ceiling_holds_the_relaxed_sum_of_the_same_gains(seed, n, m, capacity):
    rng = np.random.default_rng(seed)
    gains, costs = rng.uniform(0, 100, (n, m)), 10.0 ** rng.uniform(-1, 2, m)
    top = ceiling(3.0, gains, costs, capacity, 6)
    everything = 3.0 + capacity * gains.max(axis=1).sum()
    for money in rng.uniform(0, 300, 4):
        assert top.at(float(money), 6) >= 3.0 + best_sum(gains, costs, float(money), 6, capacity).value - 1e-3
        assert top.at(float(money), 6) <= everything + 1e-9
    for count in range(7):
        assert top.at(np.inf, count) == pytest.approx(3.0 + best_sum(gains, costs, np.inf, count, capacity).value)


def test_the_knee_is_where_the_curve_leaves_the_straight_line_most():
    choices = set_cover([{0}, {1}, {2}, {3}], [50.0, 30.0, 2.0, 1.0])
    top = choose(choices, NOTHING, None, 4).ceiling
    covered = np.array([0.0, 50.0, 80.0, 82.0, 83.0])
    course = Course(covered, 0.0, top, 83.0)
    curve = draw_curve(100.0, course, course, np.ones(4), True, 4)
    assert [s.knee for s in curve] == [False, False, True, False, False]
    assert [s.bound_share for s in curve] == pytest.approx([0, 0.5, 0.8, 0.82, 0.83], abs=1e-6)


def test_a_straight_curve_has_no_knee():
    top = choose(set_cover([{0}, {1}], [10.0, 10.0]), NOTHING, None, 2).ceiling
    course = Course(np.array([0.0, 10.0, 20.0]), 0.0, top, 20.0)
    curve = draw_curve(20.0, course, course, np.ones(2), True, 2)
    assert not any(s.knee for s in curve)


def test_the_best_value_comes_first_and_a_loss_is_taken_off():
    """Action 0 wins 10 m for 5, action 1 gives up [20, 24) and wins 12 m for 4, action 2 wins nothing new."""
    lost = Intervals(np.array([20.0]), np.array([24.0]), np.array([1]))
    won = Intervals(np.array([0.0, 30.0, 0.0]), np.array([10.0, 42.0, 9.0]), np.array([0, 1, 2]))
    costs, one = np.array([5.0, 4.0, 9.0]), np.zeros(3, np.int64)
    found = in_good_order(NOTHING, lost, won, costs, False, one)
    assert (found.order.tolist(), found.gain_m.tolist()) == ([0, 1, 2], [10, 8, 0])
    assert found.covered_m.tolist() == [4, 14, 22, 22]
    later = in_good_order(NOTHING, lost, won, costs, True, np.array([1, 0, 0]))
    assert (later.order.tolist(), later.gain_m.tolist()) == ([2, 1, 0], [9, 8, 1])


def test_an_action_whose_gain_grows_as_another_is_done_comes_in_its_turn():
    """Action 0 gives up [0, 10) and wins 12 m, action 1 sees [0, 10) as well and wins 15 m, action 2 wins 5 m.

    Once action 1 is done, action 0 gives up nothing any more: 12 m are then more than 5.
    """
    lost = Intervals(np.array([0.0]), np.array([10.0]), np.array([0]))
    won = Intervals(np.array([20.0, 0.0, 40.0, 60.0]), np.array([32.0, 10.0, 55.0, 65.0]), np.array([0, 1, 1, 2]))
    found = in_good_order(NOTHING, lost, won, np.ones(3), False, np.zeros(3, np.int64))
    assert (found.order.tolist(), found.gain_m.tolist()) == ([1, 0, 2], [15, 12, 5])


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_every_action_is_the_best_of_those_left(seed):
    rng = np.random.default_rng(seed)
    n, k = 7, 12

    def some(rows: int) -> Intervals:
        start = rng.integers(0, 40, rows).astype(float)
        return Intervals(start, start + rng.integers(1, 12, rows), np.sort(rng.integers(0, n, rows)))

    lost, won, costs = some(5), some(k), rng.uniform(1, 3, n)
    found, tally = in_good_order(NOTHING, lost, won, costs, False, np.zeros(n, np.int64)), Tally(NOTHING, lost, won, n)
    left = list(range(n))
    for action, gain in zip(found.order.tolist(), found.gain_m.tolist(), strict=True):
        assert gain == pytest.approx(tally.gain(action))
        assert gain / costs[action] >= max(tally.gain(i) / costs[i] for i in left) - 1e-9
        tally.apply(action)
        left.remove(action)


@pytest.mark.parametrize("objective", ["length", "mix"])
def test_what_turning_between_the_steps_brings_is_told_in_street_and_of_what_counts(objective):
    town = random_town(np.random.default_rng(5), 3, n_views=3)
    aim = (
        {} if objective == "length" else {"objective": Objective("mix", existing=town.views, lenses=lenses_of(MODELS))}
    )
    plain, finer = (planned(town, sites=4, use=("new",), refine=r, demands=aim) for r in (False, True))
    assert finer.achieved.refined == pytest.approx(finer.achieved.gain - plain.achieved.gain, abs=1e-6)
    assert finer.refined_m == pytest.approx(finer.gain_m - plain.gain_m, abs=1e-6)
    assert finer.refined_m > 0


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_turning_between_the_steps_never_loses(seed):
    town = random_town(np.random.default_rng(seed), 3, n_views=3)
    plain = planned(town, sites=4, use=("new",))
    finer = planned(town, sites=4, use=("new",), refine=True)
    assert finer.gain_m == pytest.approx(plain.gain_m + finer.refined_m, abs=1e-6)
    assert finer.refined_m >= 0
    assert finer.gap == pytest.approx(plain.gap, abs=1e-9)


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_turning_one_view_finds_what_720_headings_find(seed):
    town = random_town(np.random.default_rng(seed), 2, n_views=0)
    one = MODELS[:1]
    sites = street_mounts(town.network, Ground(town.buildings), settings_of()).xy[:1]
    coarse, fine = choices_of(town, sites, one, 36), choices_of(town, sites, one, 720)
    pick = choose(coarse, NOTHING, None, 1).picks
    if not pick:
        return
    (turned,) = refine(coarse, NOTHING, (), pick)
    around = pick[0].azimuth + np.arange(-20, 21) * 0.5
    seen = [fine.stretches_of(0, 0, float(a % 360)).length for a in around]
    assert coarse.stretches_of(0, 0, turned.azimuth).length >= max(seen) - 0.02
