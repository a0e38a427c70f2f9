"""The covering problem and its answer as values: what is refused, how the axis becomes cells, which words are used."""

from dataclasses import replace

import numpy as np
import pytest
from covering_reference import covering
from hypothesis import given
from hypothesis import strategies as st

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals
from camgap.coverage.siting.covering import Covering, Solution, on_axis, solve

# --- what cannot be ---


def test_contradictions_are_named_one_by_one():
    problem = covering([[0], [1], [2]], [1.0] * 3, cost=[5, 6, 7], group=[0, 0, 1], forced=[True, True, False])
    with pytest.raises(InfeasibleError, match="group 0 has 2 actions, at most 1 are allowed; the actions cost 11"):
        solve(problem, 8.0)
    with pytest.raises(InfeasibleError, match="there are 2 actions, at most 1 are allowed"):
        solve(problem, count=1)
    with pytest.raises(SettingsError, match="no limits; expected 0 or more"):
        solve(problem, -1.0)
    with pytest.raises(SettingsError, match="forced action 0 is missing"):
        solve(replace(problem, most=np.array([2, 1])), start=np.array([1]))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"weight": np.array([1.0, -1.0])}, "a weight is negative"),
        ({"cost": np.array([np.nan])}, "a cost is negative or not a number"),
        ({"last": np.array([3])}, "a run is outside"),
        ({"group": np.array([1])}, "a group does not exist"),
        ({"ptr": np.array([0, 2])}, "ptr does not rise"),
        ({"need": np.array([1, 0])}, "needs less than one"),
        ({"value": np.array([1.0, 2.0])}, "different lengths"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(change, match):
    problem = covering([[0]], [1.0, 1.0])
    with pytest.raises(SettingsError, match=match):
        replace(problem, **change)


def test_nothing_to_choose_from_is_a_plan_without_actions():
    answer = solve(covering([], [1.0]), 100.0)
    assert (answer.actions.tolist(), answer.value, answer.proven) == ([], 0.0, True)


# --- from the street axis ---


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(0, 4)), max_size=12),
    st.lists(st.floats(0, 5), min_size=41, max_size=41),
)
def test_cells_of_the_axis_weigh_what_the_axis_weighs(pieces, density):
    start, length, owner = (np.array([p[i] for p in pieces], np.int64) for i in range(3))
    seen = Intervals(start.astype(float), (start + length).astype(float), owner)
    mass = np.concatenate([[0.0], np.cumsum(density)])
    weight, ptr, first, last = on_axis(seen, 5, (np.arange(42.0), mass))
    problem = Covering(weight, ptr, first, last, np.ones(5), np.arange(5), np.ones(5, np.int64))
    for some in ([0], [1, 3], [0, 1, 2, 3, 4]):
        metres = {m for s, n, o in zip(start, length, owner, strict=True) if o in some for m in range(s, s + n)}
        assert problem.value_of(np.array(some)) == pytest.approx(sum(density[m] for m in metres), abs=1e-9)


# --- words ---


@pytest.mark.parametrize(
    ("value", "bound", "quantum", "words"),
    [
        (10.0, 10.0, 0.0, "proven optimal"),
        (10.0, 10.9, 1.0, "proven optimal"),
        (10.0, 11.0, 1.0, "within 9.1 % of any possible plan"),
        (99.999, 100.0, 0.0, "within 0.0010 % of any possible plan"),
        (0.0, 5.0, 0.0, "within 100 % of any possible plan"),
    ],
)
def test_the_verdict_is_never_better_than_the_truth(value, bound, quantum, words):
    assert Solution(np.empty(0, np.int64), value, bound, quantum).words == words
