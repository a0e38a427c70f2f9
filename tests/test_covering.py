"""The covering solver: equal to trying every plan, to an independent model, and never a bound below a plan."""

import numpy as np
import pytest
from covering_reference import Case, best_by_milp, cases, covering, plans, worth
from hypothesis import event, given, settings
from hypothesis import strategies as st

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals
from camgap.coverage.siting.covering import Covering, cheapest, on_axis, solve


def in_limits(case: Case, plan: np.ndarray) -> bool:
    return case.problem.faults_of(plan, case.budget, case.count) == []


@settings(max_examples=400, deadline=None)
@given(cases())
def test_small_problems_are_solved_as_well_as_by_trying_every_plan(case):
    best = max((worth(case.problem, plan) for plan in plans(case)), default=None)
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(case.problem, case.budget, case.count)
        return
    answer = solve(case.problem, case.budget, case.count)
    assert in_limits(case, answer.actions)
    assert answer.value == pytest.approx(worth(case.problem, answer.actions), abs=1e-9)
    assert answer.value == pytest.approx(best, rel=1e-6, abs=1e-9)
    assert answer.bound >= best
    assert answer.proven
    event(f"{len(answer.trace)} steps")


# --- greedy's traps ---


def test_two_sets_that_share_nothing_beat_the_largest_one():
    problem = covering([[0, 1, 2, 3], [0, 1, 4], [2, 3, 5]], [1] * 6)
    assert solve(problem, count=2).actions.tolist() == [1, 2]
    assert solve(problem, count=2).value == 6


def test_the_best_ratio_is_not_the_best_use_of_a_budget():
    problem = covering([[0], range(1, 10)], [1] * 10, cost=[1, 10])
    assert solve(problem, 10).actions.tolist() == [1]
    assert solve(problem, 10).value == 9
    assert solve(problem, 11).value == 10


# --- a target, as cheaply as possible ---


@settings(max_examples=150, deadline=None)
@given(cases(), st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0, 1.5]), st.sampled_from(["money", "count"]))
def test_a_target_is_reached_for_the_least_money_or_number(case, share, by):
    p = case.problem
    target = share * float(p.weight.sum())
    spent = {
        tuple(plan.tolist()): float(p.cost[plan].sum()) if by == "money" else float(len(plan))
        for plan in plans(case)
        if worth(p, plan) >= target - 1e-9
    }
    if not spent:
        with pytest.raises(InfeasibleError):
            cheapest(p, target, by=by, budget=case.budget, count=case.count)
        return
    answer = cheapest(p, target, by=by, budget=case.budget, count=case.count)
    assert in_limits(case, answer.actions)
    assert worth(p, answer.actions) >= target - 1e-9
    assert answer.spent == spent[tuple(answer.actions.tolist())]
    assert answer.spent == pytest.approx(min(spent.values()), rel=2e-6, abs=1e-9)
    assert answer.least <= min(spent.values()) * (1 + 1e-9)
    assert answer.proven
