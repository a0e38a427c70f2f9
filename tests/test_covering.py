"""The covering solver: equal to trying every plan, to an independent model, and never a bound below a plan."""

import numpy as np
import pytest
from covering_reference import Case, best_by_milp, cases, covering, plans, worth
from hypothesis import event, given, settings

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals
from camgap.coverage.siting.covering import Covering, on_axis, solve


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
