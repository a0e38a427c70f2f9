"""The covering solver: equal to trying every plan, to an independent model, and never a bound below a plan."""

import signal
import threading
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from covering_reference import Case, best_by_milp, cases, covering, plans, worth
from hypothesis import event, given, settings
from hypothesis import strategies as st

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.siting.covering import Covering, cheapest, solve
from camgap.coverage.siting.covering.branch import branch_and_bound
from camgap.coverage.siting.covering.compact import compact
from camgap.coverage.siting.covering.dual import Dual
from camgap.coverage.siting.covering.record import Record
from camgap.coverage.siting.covering.watch import Watch


def in_limits(case: Case, plan: np.ndarray) -> bool:
    return case.problem.faults_of(plan, case.budget, case.count) == []


@settings(max_examples=250, deadline=None)
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
    assert answer.bound >= best - 1e-12 * abs(best)  # the sums are taken in another order
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


# --- each way of finishing, by itself ---


def branched(case: Case) -> Record:
    """Solve a case with branch and bound alone, from a dual that has hardly begun."""
    record = Record(case.problem, np.flatnonzero(case.problem.forced), Watch())
    small = compact(case.problem, case.budget, case.count)
    record.quantum = small.quantum
    record.offer(small.taken, "taken")
    dual = Dual.begin(small, np.empty(0, np.int64))
    dual.descend(5, record.value - small.base, record.watch.lever())
    branch_and_bound(small, dual, record, 10**9)
    return record


@settings(max_examples=150, deadline=None)
@given(cases())
def test_branch_and_bound_alone_finds_the_best_plan(case):
    best = max((worth(case.problem, plan) for plan in plans(case)), default=None)
    if best is None:
        return
    record = branched(case)
    assert record.value == pytest.approx(best, rel=1e-6, abs=1e-9)
    assert best <= record.bound <= best + max(1e-6 * abs(best), record.quantum, 1e-8)


def test_a_branch_whose_money_no_longer_matters_forgets_its_price():
    problem = covering([[]] * 3, [], cost=[2, 1, 1], group=[0, 0, 1], value=[3.0, 1.0, 3.0])
    assert (
        branched(Case(problem, 2.7, None)).value == 4.0
    )  # the last two; 3 when the price of money outlived the budget


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_dual_bounds_every_plan_and_leaves_out_no_better_one(case):
    best = max((worth(case.problem, plan) for plan in plans(case)), default=None)
    if best is None:
        return
    small = compact(case.problem, case.budget, case.count)
    if len(small) == 0:
        assert small.base == pytest.approx(best, abs=1e-9)
        return
    dual = Dual.begin(small, np.empty(0, np.int64))
    dual.descend(60, 0.0, np.zeros(1, np.int64))
    assert small.base + dual.bound >= best - 1e-9
    if_in, if_out = dual.losses()
    place = {int(origin): i for i, origin in enumerate(small.origin)}
    for plan in plans(case):
        value = worth(case.problem, plan)
        chosen = [place[int(a)] for a in plan if int(a) in place]
        if len(chosen) + len(small.taken) < len(plan):
            continue  # it has actions that were left out as no better than others
        refused = np.setdiff1d(np.arange(len(small)), chosen)
        limit = small.base + dual.bound
        assert value <= limit - if_in[chosen].max(initial=0.0) + 1e-9
        assert value <= limit - if_out[refused].max(initial=0.0) + 1e-9


# --- problems of middling size, against an independent model ---


def town(seed: int, actions: int = 60, cells: int = 250, backup: bool = False) -> Covering:
    """Make a street with uneven weights, kinds of views at different prices, three to a place, and some given ones."""
    rng = np.random.default_rng(seed)
    ptr = np.arange(0, 2 * actions + 1, 2)
    first = rng.integers(0, cells - 40, 2 * actions)
    kind = rng.integers(0, 3, actions)
    return Covering(
        rng.choice([0.0, 1.0, 2.5, 0.3], cells), ptr, first, first + rng.integers(5, 40, 2 * actions),
        np.array([1.0, 2.7, 11.0])[kind], np.arange(actions) // 3, rng.integers(1, 3, -(-actions // 3)),
        value=rng.choice([0.0, 0.0, -1.0, 2.0], actions), forced=np.arange(actions) % 40 == 7,
        need=rng.integers(1, 3, cells) if backup else np.ones(cells, np.int64),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limits", [(None, 9), (40.0, None), (55.0, 8)])
def test_middling_problems_agree_with_an_independent_model(seed, limits):
    problem = town(seed, backup=seed % 2 == 1)
    answer = solve(problem, *limits)
    assert problem.faults_of(answer.actions, *limits) == []
    assert answer.proven
    assert answer.value == pytest.approx(best_by_milp(problem, *limits), rel=2e-6)


@pytest.mark.parametrize(("seed", "by"), [(0, "money"), (1, "count"), (2, "money")])
def test_middling_targets_agree_with_an_independent_model(seed, by):
    problem = replace(town(seed), value=np.zeros(60))
    target = 0.6 * float(problem.weight.sum())
    answer = cheapest(problem, target, by=by)
    least = best_by_milp(problem, target=target, by={"money": "cost", "count": "count"}[by])
    assert answer.value >= target
    assert answer.proven
    assert answer.spent == pytest.approx(least, rel=2e-6)


def test_a_dense_problem_is_solved_by_branch_and_bound():
    rng = np.random.default_rng(5)
    inside = rng.random((18, 300)) < 0.25
    weight = rng.integers(1, 100, 300).astype(float)
    answer = solve(covering([np.flatnonzero(row) for row in inside], weight), count=5)
    assert answer.proven
    assert any(step.stage == "branch and bound" for step in answer.trace)
    assert answer.value == max(weight[inside[list(some)].any(axis=0)].sum() for some in combinations(range(18), 5))


# --- a target, as cheaply as possible ---


@settings(max_examples=150, deadline=None)
@given(cases(), st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0, 1.5]), st.sampled_from(["money", "count"]))
def test_a_target_is_reached_for_the_least_money_or_number(case, share, by):
    p = case.problem
    target = share * float(p.weight.sum())
    spent = {
        tuple(plan.tolist()): float(p.cost[plan].sum()) if by == "money" else float(p.counts[plan].sum())
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


def test_a_target_out_of_reach_is_named_with_what_is_within():
    problem = covering([[0, 1], [1, 2]], [1.0, 1.0, 1.0], group=[0, 0])
    with pytest.raises(InfeasibleError, match="target of 3 is out of reach; the best plan found reaches 2, none ex"):
        cheapest(problem, 3.0)
    with pytest.raises(SettingsError, match="target of nan"):
        cheapest(problem, float("nan"))


# --- stopping early, and again ---


def hard() -> Covering:
    rng = np.random.default_rng(1)
    inside = rng.random((300, 4000)) < 0.05
    return covering([np.flatnonzero(row) for row in inside], rng.integers(1, 100, 4000).astype(float))


def test_at_the_time_limit_the_best_plan_stands_with_a_valid_bound():
    problem = hard()
    answer = solve(problem, count=30, time_limit=0.5)
    assert answer.stopped == "time limit"
    assert not answer.proven
    assert problem.faults_of(answer.actions, count=30) == []
    assert answer.value == problem.value_of(answer.actions)
    assert answer.value < answer.bound
    better = solve(problem, count=30, time_limit=2.0, start=answer.actions)
    assert answer.value <= better.value <= answer.bound
    assert answer.words.startswith("within ")


@pytest.fixture
def hears_ctrl_c():
    """Listen to Ctrl-C as usual: a shell that starts the tests in the background has it ignored."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_an_interruption_keeps_the_best_plan():
    problem = hard()
    main = threading.main_thread().ident

    def interrupt(step):
        if step.stage == "exchange" and main is not None:
            signal.pthread_kill(main, signal.SIGINT)

    answer = solve(problem, count=30, progress=interrupt)
    assert answer.stopped == "interrupted"
    assert answer.value == problem.value_of(answer.actions) > 0
    assert answer.value <= answer.bound


def test_what_interrupts_a_target_still_gives_a_plan_that_reaches_it():
    problem = hard()
    target = 0.5 * float(problem.weight.sum())
    answer = cheapest(problem, target, by="count", time_limit=1.5)
    assert answer.stopped == "time limit"
    assert answer.value >= target
    assert answer.least <= answer.spent == len(answer.actions)


def test_equal_input_and_seed_give_equal_output():
    problem = town(8)
    one, two = (solve(problem, 50.0, seed=3) for _ in range(2))
    assert one.actions.tolist() == two.actions.tolist()
    assert [(s.value, s.bound, s.stage) for s in one.trace] == [(s.value, s.bound, s.stage) for s in two.trace]


def test_value_and_bound_only_ever_come_together():
    trace = solve(town(2), 60.0).trace
    assert all(a.value <= b.value <= b.bound <= a.bound and a.seconds <= b.seconds for a, b in pairwise(trace))
