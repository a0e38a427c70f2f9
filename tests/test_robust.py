"""The robust choice: the mean over the worst draws is as great as can be, bounded, and what the band measures."""

import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_floors import DOMES, NOTHING, three_streets
from test_objectives import TWO, own_mounts
from towns import choices_of, lenses_of, random_town

from camgap import cli
from camgap.coverage.errors import InfeasibleError
from camgap.coverage.intervals import Stretches, union
from camgap.coverage.scoring.bands import worst_mean
from camgap.coverage.settings import ScoreSettings
from camgap.coverage.siting import robust
from camgap.coverage.siting.demands import Demands
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.plan import make_plan
from camgap.coverage.siting.robust import Draws, choose_robustly

seeds = st.integers(0, 2**32 - 1)


def some_draws(rng: np.random.Generator, length: float, number: int, share: float) -> Draws:
    """Return draws in each of which some cameras see stretches of their own."""
    drawn = []
    for _ in range(number):
        start = rng.uniform(0, length, 3)
        drawn.append(union(start, np.minimum(start + rng.uniform(1, length / 4, 3), length)))
    return Draws(tuple(drawn), share)


def slow_worst_mean(metres: list[float], share: float) -> float:
    """Lay the sorted draws end to end, each as wide as its probability, and integrate from the worst up to `share`."""
    total, left = 0.0, share
    for value in sorted(metres):
        part = min(1 / len(metres), left)
        total += part * value
        left -= part
    return total / share


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=12), st.floats(0.01, 1))
def test_the_mean_over_the_worst_share_is_the_integral_of_the_lowest_draws(metres, share):
    assert worst_mean(np.array(metres), share) == pytest.approx(slow_worst_mean(metres, share), abs=1e-6)
    assert min(metres) - 1e-6 <= worst_mean(np.array(metres), share) <= np.mean(metres) + 1e-6


@given(seed=seeds)
@settings(max_examples=20)
def test_every_set_of_weights_of_the_worst_draws_gives_their_mean(seed):
    rng = np.random.default_rng(seed)
    draws = some_draws(rng, 500.0, int(rng.integers(1, 9)), float(rng.uniform(0.05, 1)))
    metres = draws.with_views(NOTHING)
    weight = draws.worst(metres)
    assert weight.sum() == pytest.approx(1)
    assert weight.max() <= draws.most + 1e-12
    assert weight @ metres == pytest.approx(worst_mean(metres, draws.share))


@given(seed=seeds)
@settings(max_examples=12)
def test_the_robust_plan_and_its_bound_hold_against_all_choices(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 2, n_views=0)
    choices = choices_of(town, own_mounts(town, rng, 3).xy, TWO.models, 4)
    draws = some_draws(rng, town.network.length, 7, float(rng.choice([0.1, 0.3, 1.0])))
    budget = float(rng.choice([200.0, 350.0, 500.0]))
    views = [(m, s) for m, steps in ((0, 4), (1, 1)) for s in range(steps)]
    best = draws.worth(NOTHING)
    for plan in product([None, *views], repeat=3):
        rows = np.array([(i, *v) for i, v in enumerate(plan) if v], np.int64).reshape(-1, 3)
        if choices.costs[rows[:, 0], rows[:, 1]].sum() <= budget:
            seen = choices.intervals_of(rows[:, 0], rows[:, 1], choices.azimuth_of(*rows.T))
            best = max(best, draws.worth(union(seen.start, seen.end)))
    plan, made = choose_robustly(choices, NOTHING, budget, None, draws)
    assert made.after <= best + 1e-6
    assert made.bound >= best - 1e-6
    assert made.after >= made.by_length - 1e-9
    assert made.before == pytest.approx(draws.worth(NOTHING))
    assert sum(p.cost for p in plan.picks) <= budget
    seen = choices.intervals_of(
        *np.array([(p.mount, p.model) for p in plan.picks], np.int64).reshape(-1, 2).T,
        np.array([p.azimuth for p in plan.picks]),
    )
    assert draws.worth(union(seen.start, seen.end)) == pytest.approx(made.after, abs=1e-6)


def street(i: int, town, share: float = 1.0) -> Stretches:
    start = town.network.offset
    return Stretches(start[i : i + 1], start[i : i + 1] + share * (start[i + 1 : i + 2] - start[i : i + 1]))


def test_a_street_that_may_not_be_seen_today_comes_before_a_shorter_one_nobody_sees():
    """In half the draws a camera sees the 100 m: as if all is well the 60 m come first, in the worst half the 100 m."""
    town, mounts, _ = three_streets((100, 60, 50), (0, 30, 50))
    draws = Draws((street(0, town), NOTHING, street(0, town), NOTHING), 0.5)
    choices = choices_of(town, mounts.xy, DOMES.models, 4)
    whole, made = choose_robustly(choices, street(0, town), None, 1, draws)
    assert [p.mount for p in whole.picks] == [0]
    assert (made.before, made.after, made.bound) == (0, pytest.approx(100), pytest.approx(100))
    assert made.by_length == pytest.approx(60)
    assert whole.gain_m == 0  # as if all is well it adds nothing
    sure = Draws(draws.seen, 1.0)  # the mean over all draws: 50 m for the first, 60 m for the second
    assert [p.mount for p in choose_robustly(choices, street(0, town), None, 1, sure)[0].picks] == [1]


def test_cells_instead_of_exact_cuts_raise_the_bound_and_never_the_promise(monkeypatch):
    rng = np.random.default_rng(4)
    town = random_town(rng, 2, n_views=0)
    choices = choices_of(town, own_mounts(town, rng, 6).xy, TWO.models, 8)
    draws = some_draws(rng, town.network.length, 20, 0.2)
    exact, told = choose_robustly(choices, NOTHING, 500.0, None, draws)
    monkeypatch.setattr(robust, "MOST_CUTS", 40)
    coarse, made = choose_robustly(choices, NOTHING, 500.0, None, draws)
    assert made.bound >= told.after - 1e-6
    assert made.after <= told.bound + 1e-6
    assert made.bound >= made.after
    assert len(exact.picks) > 0
    assert len(coarse.picks) > 0


@pytest.mark.parametrize(
    ("demands", "update", "named"),
    [
        ({"phases": (Phase("one", 100.0),)}, {}, "robust cannot be combined with phases"),
        ({"target": 0.5}, {}, "robust cannot be combined with a target"),
        ({"objective": Objective("backup")}, {}, "robust cannot be combined with the objective 'backup'"),
        ({}, {"use_actions": ("new", "reaim")}, r"with actions on standing cameras \(use_actions may only name new\)"),
    ],
)
def test_what_a_robust_choice_is_not_combined_with_is_said(demands, update, named):
    town, mounts, _ = three_streets((100, 60, 50), (0, 30, 50))
    limits = (None, None) if "target" in demands or "phases" in demands else (None, 1)
    with pytest.raises(InfeasibleError, match=named):
        make_plan(
            town.network, town.scene, town.views, 0, mounts, lenses_of(DOMES.models), *limits,
            DOMES.model_copy(update=update), ScoreSettings(), demands=Demands(robust=Draws((NOTHING,), 0.5), **demands),
        )  # fmt: skip


def call(monkeypatch, capsys, *words: object) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["camgap", *map(str, words)])
    code = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


def test_on_a_real_town_the_band_measures_what_the_plan_promises(monkeypatch, capsys, real_data, tmp_path):
    town, out = real_data("berlin-unter-den-linden.osm.gz"), tmp_path / "run"
    words = ("plan", "--osm", town, "--sites", 3, "--draws", 40, "--robust", 0.1, "--robust-target", 0.4, "--out", out)
    code, table, err = call(monkeypatch, capsys, *words)
    assert (code, err) == (0, "")
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    found = result["robust"]
    assert found["before_m"] < found["after_m"] <= found["bound_m"]
    assert found["after_m"] >= found["by_length_m"] - 1e-6
    assert found["after_m"] <= result["after"]["bands"]["day"]["median_m"]  # the worst draws are no better than others
    assert 0 <= found["target_met_before"] <= found["target_met_after"] <= 1
    assert result["plan"]["objective"] == "robust"
    assert result["plan"]["gain"] == pytest.approx(found["after_m"] - found["before_m"])
    assert result["gap"] is None  # of length nothing is claimed but the bound of all plans
    assert "covered in the worst 10.0 % of 40 draws" in " ".join(table.split())


def test_without_draws_a_robust_choice_is_refused_in_one_line(monkeypatch, capsys, real_data):
    town = real_data("berlin-unter-den-linden.osm.gz")
    code, out, err = call(monkeypatch, capsys, "plan", "--osm", town, "--sites", 1, "--draws", 0, "--robust", 0.1)
    assert (code, out) == (2, "")
    assert err.startswith("error: plan: robust needs draws of what is not known of the cameras")
    assert err.count("\n") == 1
