"""Floors of districts: kept, proven as far as it is said, and every contradiction named."""

import json
from itertools import product

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from test_objectives import TWO, own_mounts
from towns import Town, buildings_of, choices_of, lenses_of, model, random_town

from camgap import cli
from camgap.coverage.cameras import Views
from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.scoring.report import Districts
from camgap.coverage.settings import PlanSettings, ScoreSettings
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting import pricing
from camgap.coverage.siting.choices import Choices
from camgap.coverage.siting.demands import Demands
from camgap.coverage.siting.floors import Floors, floors_of
from camgap.coverage.siting.mounts import Ground, Mounts, given_mounts
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.plan import make_plan
from camgap.coverage.siting.pricing import choose_with_floors
from camgap.coverage.siting.relaid import Relaid

seeds = st.integers(0, 2**32 - 1)
NOTHING = Stretches(np.empty(0), np.empty(0))


def thirds(length: float, rng: np.random.Generator) -> Districts:
    """Return three districts that cut the street axis up to somewhere; the rest is in none."""
    cuts = np.concatenate([[0.0], np.sort(rng.uniform(0, length, 3))])
    return Districts(("A", "B", "C"), Intervals(cuts[:-1], cuts[1:], np.arange(3)))


def best_of_all(choices: Choices, covered: Stretches, budget: float, floors: Floors) -> float | None:
    """Try every choice of at most one view per mount; None if none within the budget keeps the floors."""
    offers = []
    for place in range(len(choices.sites)):
        views = [(0.0, NOTHING)]
        for offer, steps in ((0, choices.azimuth_steps), (1, 1)):
            for step in range(steps):
                azimuth = choices.azimuth_of(np.array([place]), np.array([offer]), np.array([step]))[0]
                views.append((choices.costs[place, offer], choices.stretches_of(place, offer, float(azimuth))))
        offers.append(views)
    best = None
    for plan in product(*offers):
        if sum(cost for cost, _ in plan) > budget:
            continue
        seen = union(
            np.concatenate([covered.start, *(s.start for _, s in plan)]),
            np.concatenate([covered.end, *(s.end for _, s in plan)]),
        )
        if (floors.covered_by(seen) >= floors.least_m - 1e-6).all():
            best = max(seen.length - covered.length, best or 0.0)
    return best


@settings(max_examples=10)
@given(seed=seeds)
def test_a_plan_with_floors_equals_the_best_of_all_choices_or_there_is_none(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 2, n_views=3)
    choices = choices_of(town, own_mounts(town, rng, 3).xy, TWO.models, 4)
    seen = seen_by(town.scene, town.views)
    covered, budget = union(seen.start, seen.end), float(rng.choice([200.0, 350.0, 500.0]))
    wanted = {name: float(rng.uniform(0, 0.35)) for name in "ABC" if rng.uniform() < 0.7}
    floors = floors_of(thirds(town.network.length, rng), wanted or {"A": 0.0})
    best = best_of_all(choices, covered, budget, floors)
    if best is None:
        with pytest.raises(InfeasibleError, match=r"out of reach|proven"):
            choose_with_floors(choices, covered, budget, None, floors)
        return
    plan, made = choose_with_floors(choices, covered, budget, None, floors)
    assert plan.gain_m == pytest.approx(best, abs=1e-3)
    assert best - 1e-6 <= plan.bound_m <= made.without_bound_m + 1e-6
    assert plan.gain_m <= made.without_m + 1e-6
    assert sum(p.cost for p in plan.picks) <= budget


@settings(max_examples=20)
@given(seed=seeds)
def test_gains_on_an_axis_laid_out_anew_are_lengths_times_weights(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, 2)
    choices = choices_of(town, own_mounts(town, rng, 3).xy, TWO.models, 4)
    relaid = Relaid.of(choices, np.sort(rng.uniform(0, town.network.length, 6)))
    weight = rng.uniform(0, 3, len(relaid.middle)) * (rng.uniform(size=len(relaid.middle)) < 0.8)
    laid, mass, scale = relaid.weighed(weight)
    if not len(laid.scene.segments):
        return
    assert mass[-1] == pytest.approx(town.network.length)
    for place in range(3):
        azimuth = float(rng.uniform(0, 360))
        seen = choices.stretches_of(place, 0, azimuth)
        expected = (seen.length_within(relaid.knots[:-1], relaid.knots[1:]) * weight).sum()
        assert laid.stretches_of(place, 0, azimuth).length * scale == pytest.approx(expected, abs=1e-6)


def three_streets(lengths: tuple[float, ...], inside: tuple[float, ...]) -> tuple[Town, Mounts, Districts]:
    """Return streets far from each other with a mount at the middle of each; of each so much lies in district X."""
    network = network_of([[(0, 1000 * i), (x, 1000 * i)] for i, x in enumerate(lengths)])
    town = Town(network, buildings_of([]), Views.none())
    xy = np.array([(x / 2, 1000.0 * i) for i, x in enumerate(lengths)])
    mounts = given_mounts([f"m{i}" for i in range(len(xy))], ["own"] * len(xy), xy, Ground(buildings_of([])))
    start = network.offset[:-1][np.array(inside) > 0]
    own = np.array([x for x in inside if x > 0])
    return town, mounts, Districts(("X",), Intervals(start, start + own, np.zeros(len(own), np.int64)))


DOMES = PlanSettings(models=(model("dome", 360, 60, 100.0),), azimuth_steps=4)


def planned(town, mounts, floors, budget=None, sites=None, plan=DOMES, districts=None, **demands) -> Plan:
    return make_plan(
        town.network, town.scene, town.views, town.n_cameras, mounts, lenses_of(plan.models), budget, sites, plan,
        ScoreSettings(), districts, demands=Demands(floors=floors, **demands),
    )  # fmt: skip


def test_the_plan_that_no_price_finds_is_found_and_proven():
    """One camera: 100 m and none in X, 60 m and 30 in X, or 50 m all in X; 25 m are asked for.

    At every price of X the first or the last is best; at the price 1 both are worth 100, which proves 75 m.
    """
    town, mounts, districts = three_streets((100, 60, 50), (0, 30, 50))
    floors = floors_of(districts, {"X": 25 / 80})
    plan = planned(town, mounts, floors, sites=1, districts=districts)
    assert [s.mount for s in plan.sites] == ["m1"]
    assert plan.gain_m == pytest.approx(60)
    assert (plan.achieved.bound, plan.proven) == (pytest.approx(60), True)
    assert plan.without_floors_m == pytest.approx(100)
    assert plan.upper_bound_gain_m == pytest.approx(100)  # of all plans
    floor = plan.floors[0]
    assert (floor.name, floor.floor, floor.length_m) == ("X", 25 / 80, pytest.approx(80))
    assert (floor.before_m, floor.after_m, floor.without_m) == (0, pytest.approx(30), pytest.approx(0))


@pytest.mark.parametrize(("in_m0", "broken"), [(0, ("X",)), (30, ())])
def test_a_replacement_tells_which_floors_it_breaks(in_m0, broken):
    town, mounts, districts = three_streets((55, 60, 50), (in_m0, 30, 10))
    plan = planned(town, mounts, floors_of(districts, {"X": 25 / (40 + in_m0)}), sites=1, districts=districts)
    assert [
        (s.mount, w.replacement.mount, w.replacement.breaks) for s, w in zip(plan.sites, plan.why, strict=True)
    ] == [("m1", "m0", broken)]


def test_without_the_exact_program_the_gap_of_prices_is_told(monkeypatch):
    town, mounts, districts = three_streets((100, 60, 50), (0, 30, 50))
    monkeypatch.setattr(pricing, "SOLVED", ())
    plan = planned(town, mounts, floors_of(districts, {"X": 25 / 80}), sites=1, districts=districts)
    assert plan.floors[0].after_m >= 25
    assert plan.achieved.bound == pytest.approx(75, abs=0.1)
    assert not plan.proven
    assert "within" in plan.verdict


def test_floors_that_are_met_anyway_cost_nothing():
    town, mounts, districts = three_streets((100, 60, 50), (0, 30, 50))
    plan = planned(town, mounts, floors_of(districts, {"X": 0.3}), sites=2, districts=districts)
    assert plan.gain_m == plan.without_floors_m == pytest.approx(160)
    assert plan.floors[0].price == 0
    assert plan.proven


def test_the_price_of_a_floor_is_what_another_metre_of_it_costs():
    """Two of three streets: 100 + 60 without, 100 + 50 with the floor: 10 m less for 20 m more of X, or 0.5 each."""
    town, mounts, districts = three_streets((100, 60, 50), (0, 30, 50))
    plan = planned(town, mounts, floors_of(districts, {"X": 0.5}), sites=2, districts=districts)
    assert plan.gain_m == pytest.approx(150)
    assert plan.floors[0].price == pytest.approx(0.5, abs=0.01)


def test_a_plan_with_floors_is_measured_by_the_score_and_keeps_to_forced_sites():
    rng = np.random.default_rng(5)
    town = random_town(rng, 3, n_views=3)
    mounts, districts = own_mounts(town, rng, 10), thirds(town.network.length, rng)
    floors = floors_of(districts, {"all": 0.12})
    plan = planned(town, mounts, floors, 800.0, plan=TWO.model_copy(update={"force": ("m3",)}), districts=districts)
    assert "m3" in [s.mount for s in plan.sites]
    assert plan.spent <= 800
    shares = dict(zip(plan.after.by_district["name"], plan.after.by_district["share"], strict=True))
    for floor in plan.floors:
        assert floor.after_m / floor.length_m == pytest.approx(shares[floor.name])
        assert shares[floor.name] >= 0.12 - 1e-9
    assert plan.gain_m <= plan.achieved.bound + 1e-6 <= plan.upper_bound_gain_m + 2e-6


def test_equal_input_gives_an_equal_plan():
    rng = np.random.default_rng(11)
    town = random_town(rng, 3, n_views=3)
    mounts, districts = own_mounts(town, rng, 8), thirds(town.network.length, rng)
    one, two = (
        planned(town, mounts, floors_of(districts, {"B": 0.2}), 500.0, plan=TWO, districts=districts) for _ in range(2)
    )
    assert one.sites == two.sites
    assert one.floors == two.floors
    assert one.achieved == two.achieved


@pytest.mark.parametrize(
    ("wanted", "sites", "message"),
    [
        (
            {"X": 0.9},
            1,
            "floor of 90.0% of 'X' is out of reach: no plan within the limits covers more than 62.5% of it",
        ),
        ({"X": 1.0}, 9, "floor of 100.0% of 'X' is out of reach: all views on offer together see 85.7% of it"),
    ],
)
def test_a_floor_out_of_reach_is_named_with_what_is_within(wanted, sites, message):
    inside, lengths = ((0, 30, 50), (100, 60, 50)) if sites == 1 else ((0, 0, 140), (100, 60, 140))
    town, mounts, districts = three_streets(lengths, inside)
    with pytest.raises(InfeasibleError, match=message):
        planned(town, mounts, floors_of(districts, wanted), sites=sites, districts=districts)


def test_floors_that_only_contradict_each_other_are_proven_to():
    town, mounts, _ = three_streets((100, 60, 50), (0, 30, 50))
    start = town.network.offset
    districts = Districts(("P", "Q"), Intervals(start[1:3], start[2:4], np.arange(2)))
    floors = floors_of(districts, {"all": 0.5})
    with pytest.raises(InfeasibleError, match=r"keeps all floors together \(P 50.0%, Q 50.0%\), which is proven"):
        planned(town, mounts, floors, sites=1, districts=districts)


def test_no_plan_and_no_proof_is_said_as_it_is(monkeypatch):
    town, mounts, districts = three_streets((100, 60, 50), (0, 30, 50))
    floors = floors_of(districts, {"X": 25 / 80})
    monkeypatch.setattr(pricing._Search, "price_floors", lambda self: None)
    monkeypatch.setattr(pricing._Search, "check_each", lambda self: None)
    monkeypatch.setattr(pricing._Search, "finish", lambda self: None)
    with pytest.raises(InfeasibleError, match=r"neither a plan .* nor a proof .* nearest has X 0.0% of 31.2%"):
        planned(town, mounts, floors, sites=1, districts=districts)


TWINS = Districts(("Old Town", "Twin", "Twin", "Lake"), Intervals(np.zeros(3), np.full(3, 9.0), np.arange(3)))


@pytest.mark.parametrize(
    ("districts", "wanted", "error", "message"),
    [
        (None, {"X": 0.1}, SettingsError, "there are no districts; give --districts FILE"),
        (TWINS, {"Old Twon": 0.1}, SettingsError, "no district 'Old Twon' for a floor; did you mean 'Old Town'"),
        (TWINS, {"Zzz": 0.1}, SettingsError, "no district 'Zzz' for a floor; there are Lake, Old Town, Twin"),
        (TWINS, {"Twin": 0.1}, SettingsError, "2 districts are named 'Twin'"),
        (TWINS, {"Lake": 0.1}, InfeasibleError, "'Lake' has a floor, but no street"),
    ],
)
def test_a_floor_that_means_no_district_is_named(districts, wanted, error, message):
    with pytest.raises(error, match=message):
        floors_of(districts, wanted)


def test_all_stands_for_every_district_with_streets_and_a_name_wins_over_it():
    floors = floors_of(TWINS, {"all": 0.2, "Old Town": 0.4})
    assert (floors.names, floors.share.tolist()) == (("Old Town", "Twin", "Twin"), [0.4, 0.2, 0.2])


@pytest.mark.parametrize(
    ("demands", "update", "named"),
    [
        ({"phases": (Phase("one", 100.0),)}, {}, "floors cannot be combined with phases"),
        ({"target": 0.5}, {}, "floors cannot be combined with a target"),
        ({}, {"refine": True, "apart_m": 10.0}, "floors cannot be combined with refine, apart_m"),
        ({"objective": Objective("backup")}, {}, "objective 'backup' cannot be combined with floors"),
    ],
)
def test_what_floors_are_not_combined_with_is_said(demands, update, named):
    town, mounts, districts = three_streets((100, 60, 50), (0, 30, 50))
    limits = {} if "target" in demands or "phases" in demands else {"sites": 1}
    with pytest.raises(InfeasibleError, match=named):
        planned(
            town, mounts, floors_of(districts, {"X": 0.1}), plan=DOMES.model_copy(update=update), districts=districts,
            **limits, **demands,
        )  # fmt: skip


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs a command line and returns exit code, stdout and stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["camgap", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


@pytest.fixture
def quarters(tmp_path):
    """A file of four districts in the middle of Berlin, one of them named with an equals sign."""
    west, south, east, north = 13.3903, 52.5131, 13.4013, 52.5166
    x, y = (west + east) / 2, (south + north) / 2
    boxes = {"A=1": (west, south, x, y), "B": (x, south, east, y), "C": (west, y, x, north), "D": (x, y, east, north)}
    features = [
        {
            "type": "Feature", "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]]},
        }
        for name, (a, b, c, d) in boxes.items()
    ]  # fmt: skip
    path = tmp_path / "quarters.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_floors_on_a_real_town_are_in_table_result_layer_map_and_report(run, real_data, quarters, tmp_path):
    town, out = real_data("berlin-unter-den-linden.osm.gz"), tmp_path / "run"
    words = ("plan", "--osm", town, "--districts", quarters, "--sites", 5, "--draws", 0, "--out", out)
    code, table, err = run(*words, "--floor", "A=1=0.6", "--floor", "B=0.5")
    assert (code, err) == (0, "")
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    after = {d["name"]: d["share"] for d in result["after"]["by_district"]}
    rows = {d["name"]: d for d in result["floors"]["districts"]}
    assert {name: row["floor"] for name, row in rows.items()} == {"A=1": 0.6, "B": 0.5}
    for name, row in rows.items():
        assert row["after"] == pytest.approx(after[name])
        assert row["after"] >= row["floor"] - 1e-7
        assert row["after"] >= row["before"]
    assert result["floors"]["given_up_m"] > 1  # these floors cost something
    assert any(row["without_floors"] < row["floor"] for row in rows.values())
    assert result["gain_m"] <= result["plan"]["bound_gain"] <= result["upper_bound_gain_m"] + 1e-6
    assert "Floors of districts, all kept" in table
    assert "no choice that keeps the floors adds more than" in table
    layer = gpd.read_file(out / "coverage.gpkg", layer="districts").set_index("name")
    assert layer["floor"].dropna().to_dict() == {"A=1": 0.6, "B": 0.5}
    assert "note_floors" in (out / "map.html").read_text(encoding="utf-8")
    assert run("report", out)[0] == 0
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "keeps the least share asked for in every district" in report
    assert "at least, as asked" in report


@pytest.mark.parametrize("text", ["A", "A=1=", "=0.2", "A=1=1.5", "A=1=nan"])
def test_a_floor_that_cannot_be_read_is_one_line(run, text):
    code, out, err = run("plan", "--osm", "nowhere.osm", "--sites", 1, "--floor", text)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: --floor {text!r}: expected NAME=SHARE")
    assert err.count("\n") == 1
