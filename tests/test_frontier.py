"""Homes weighed against street: frontage of every view on offer, choices against all there are, the frontier."""

import json
import sys
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import QUALITY, Town, buildings_of, hand_drawn_town, lenses_of, model, random_town, views_of

import camgap
from camgap import cli
from camgap.coverage.cameras import Views
from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.heads import heads_of
from camgap.coverage.intervals import Stretches, union
from camgap.coverage.outputs.frontier import _beats
from camgap.coverage.outputs.privacy import facade_views
from camgap.coverage.planning import planned_heads
from camgap.coverage.scoring.privacy import Privacy
from camgap.coverage.settings import ActionSettings, CameraModel, PlanSettings, ScoreSettings
from camgap.coverage.siting.actions import Problem, Standing, problem_of, with_homes
from camgap.coverage.siting.demands import Demands, HomeDemand
from camgap.coverage.siting.frontier import at_weight, choose_along, homes_of, length_gain
from camgap.coverage.siting.intrusion import BLIND, Homes, facade_lenses
from camgap.coverage.siting.mounts import Ground, Mounts, street_mounts
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.plan import make_plan
from camgap.coverage.siting.refine import refine
from camgap.coverage.siting.selection import choose

NOTHING = Stretches(np.empty(0), np.empty(0))
EVERYWHERE = shapely.box(-1e4, -1e4, 1e4, 1e4)
NO_PLACES = pd.DataFrame(columns=["id", "kind", "name", "geometry"])
MODELS = (
    model("narrow", 60, 90, 100.0),
    CameraModel(id="tilted", name="tilted", hfov=95, pixels=2560, height_m=4.0, tilt=20, price=130.0),
)
WEIGHTS = (0.0, 0.1, 0.5, 2.0, 20.0)

seeds = st.integers(0, 2**32 - 1)


def privacy_of(town: Town, rng: np.random.Generator) -> Privacy:
    """Say of every building at random who uses it."""
    use = rng.choice(["residential", "unknown", "other"], len(town.buildings.footprints)).astype(object)
    return Privacy.of(town.scene, replace(town.buildings, use=use), EVERYWHERE, NO_PLACES)


def standing_of(views: Views) -> Standing:
    n = len(views)
    ids = tuple(f"c{i}" for i in range(n))
    return Standing(ids, ids, np.arange(n), replace(views, camera=np.arange(n)))


def demand_of(privacy: Privacy, standing: Views, unknown: float = 0.0) -> HomeDemand:
    lenses = facade_lenses(*heads_of(MODELS).views(25.0, QUALITY), len(MODELS))
    return HomeDemand(
        Homes.of(privacy, unknown), lenses, facade_lenses(standing, np.arange(len(standing)), len(standing))
    )


def problem_with_homes(
    town: Town,
    rng: np.random.Generator,
    mounts: int,
    steps: int,
    use=("new",),
    unknown: float = 0.0,
    per_mount: int = 1,
) -> tuple[Problem, Privacy]:
    actions = ActionSettings(reaim=10.0, upgrade_share=0.5)
    wanted = PlanSettings(
        models=MODELS, use_actions=use, actions=actions, azimuth_steps=steps, per_mount=per_mount
    )  # fmt: skip
    sites = street_mounts(town.network, Ground(town.buildings), wanted)
    rows = rng.permutation(len(sites))[:mounts]
    few = Mounts(tuple(f"m{i}" for i in rows), ("own",) * len(rows), sites.xy[rows])
    standing = standing_of(town.views) if set(use) - {"new"} else Standing()
    problem = problem_of(town.scene, few, MODELS, lenses_of(MODELS), standing, wanted)
    privacy = privacy_of(town, rng)
    demand = demand_of(privacy, standing.views, unknown)
    return with_homes(problem, demand.homes, demand.models, demand.standing), privacy


def every_view(problem: Problem) -> list[list[tuple[float, float, Stretches]]]:
    """Return of each place what may stand there: price, frontage beyond what is free there, what it sees."""
    choices = at_weight(problem.choices, 1.0)
    options = []
    for place in range(len(choices.sites)):
        here = [] if choices.has_free[place] else [(0.0, 0.0, NOTHING)]
        for offer, price in enumerate(choices.costs[place].tolist()):
            for step in np.flatnonzero(choices.offers.headings[choices.kind[place], offer]):
                azimuth = choices.azimuth_of(np.array([place]), np.array([offer]), np.array([step]))
                homes = float(choices.harm_of(np.array([place]), np.array([offer]), azimuth)[0])
                here.append((price, homes, choices.stretches_of(place, offer, float(azimuth[0]))))
        options.append(here)
    return options


def all_choices(problem: Problem, covered: Stretches, budget: float, most: int) -> list[tuple[float, float]]:
    """Return length in view and home frontage of every affordable choice."""
    found = []
    for plan in product(*every_view(problem)):
        prices = [price for price, _, _ in plan]
        if sum(prices) <= budget + 1e-6 and sum(p > 0 for p in prices) <= most:
            seen = [covered, *(s for *_, s in plan)]
            length = union(*(np.concatenate([getattr(s, c) for s in seen]) for c in ("start", "end"))).length
            found.append((length, sum(homes for _, homes, _ in plan)))
    return found


# --- what views see of homes ---


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.4, 1.0]), st.booleans())
def test_the_frontage_of_every_view_on_offer_is_what_the_scorer_measures(seed, unknown, standing):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=3)
    use = ("new", "reaim", "upgrade") if standing else ("new",)
    problem, privacy = problem_with_homes(town, rng, 4, 12, use, unknown)
    choices, homes = problem.choices, problem.choices.homes
    mount, offer, step = np.nonzero(choices.offers.headings[choices.kind])
    lens = choices.offers.lens[choices.kind[mount], offer]
    azimuth = choices.azimuth_of(mount, offer, step)
    heads, _ = heads_of(MODELS).views(25.0, QUALITY)
    views = heads.join(town.views, 0).take(lens)
    views = replace(views, xy=choices.sites[mount], azimuth=azimuth, camera=np.arange(len(mount)))
    reach = dict.fromkeys(("detect", "recognise"), views.far)
    measured = privacy.intrusion(views, len(views), reach)
    expected = measured.cameras["residential_m"] + unknown * measured.cameras["unknown_m"]
    assert homes.metres[mount, offer, step] == pytest.approx(expected.to_numpy(), abs=1e-6)
    allowed = choices.offers.headings[choices.kind]
    assert (homes.metres[~allowed] == 0).all()
    own = privacy.intrusion(town.views, len(town.views), dict.fromkeys(reach, town.views.far)).cameras
    today = (own["residential_m"] + unknown * own["unknown_m"]).to_numpy()
    new = len(choices.sites) - (len(town.views) if standing else 0)
    assert homes.standing == pytest.approx(np.append(np.zeros(new), today if standing else []), abs=1e-6)
    assert (choices.has_free == (np.arange(len(choices.sites)) >= new)).all()


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_harm_of_a_heading_between_the_steps_is_measured_not_looked_up(seed):
    rng = np.random.default_rng(seed)
    problem, _ = problem_with_homes(random_town(rng), rng, 3, 8)
    choices = at_weight(problem.choices, 2.0)
    n = 12
    mount, offer = rng.integers(0, len(choices.sites), n), rng.integers(0, len(MODELS), n)
    step, off = rng.integers(0, 8, n), np.where(rng.uniform(size=n) < 0.5, rng.uniform(1, 44, n), 0.0)
    azimuth = (choices.azimuth_of(mount, offer, step) + off) % 360.0
    views = choices.homes.lenses.take(choices.offers.lens[choices.kind[mount], offer])
    views = replace(views, xy=choices.sites[mount], azimuth=azimuth, camera=np.arange(n))
    assert choices.harm_of(mount, offer, azimuth) == pytest.approx(2.0 * choices.homes.homes.metres_of(views), abs=1e-6)
    assert choices.harm_of(mount[:0], offer[:0], azimuth[:0]).shape == (0,)


def test_a_lens_without_a_view_of_facades_sees_none():
    lenses = facade_lenses(lenses_of(MODELS[:1]), np.array([1]), 3)
    assert lenses.far[[0, 2]].tolist() == [BLIND, BLIND]
    assert lenses.far[1] == 90


# --- choosing ---


@settings(max_examples=12, deadline=None)
@given(seeds, st.sampled_from(WEIGHTS), st.booleans(), st.sampled_from([("new",), ("new", "reaim", "upgrade")]))
def test_no_choice_of_all_is_worth_more_than_the_bound_and_no_plan_more_than_the_best(seed, weight, by_money, use):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=2)
    problem, _ = problem_with_homes(town, rng, 3 if use == ("new",) else 1, 4, use)
    budget = float(rng.choice([10, 60, 110, 250])) if by_money else None
    most = None if by_money else int(rng.integers(0, 4))
    choices = at_weight(problem.choices, weight)
    covered = NOTHING
    chosen = choose(choices, covered, budget, most)
    every = all_choices(problem, covered, np.inf if budget is None else budget, 9 if most is None else most)
    today = next(length for length, homes in all_choices(problem, covered, 0.0, 0))
    optimum = max(length - weight * homes for length, homes in every) - today
    seen, freed = homes_of(choices, chosen.picks)
    value = length_gain(choices, covered, chosen) - weight * (seen - freed)
    assert chosen.gain_m == pytest.approx(value, abs=1e-5)
    assert -1e-6 <= value <= optimum + 1e-5
    assert optimum <= chosen.bound_m + 1e-5
    for step in (0.0, *(p.cost for p in chosen.picks)):
        best = max(length - weight * homes for length, homes in all_choices(problem, covered, step, 9))
        assert best <= chosen.ceiling.at(step + 1e-6, 9) + 1e-5
    if most == 1 and use == ("new",):
        assert value == pytest.approx(optimum, abs=0.06)  # a single view, or none that adds less than 5 cm


@settings(max_examples=5, deadline=None)
@given(seeds, st.booleans())
def test_homes_that_weigh_nothing_change_nothing(seed, by_money):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=3)
    problem, _ = problem_with_homes(town, rng, 6, 12, ("new", "reaim", "upgrade"))
    limits = (300.0, None) if by_money else (None, 3)
    plain = choose(replace(problem.choices, homes=None), NOTHING, *limits)
    weightless = choose(at_weight(problem.choices, 0.0), NOTHING, *limits)
    assert weightless == plain
    assert weightless.first.tobytes() == plain.first.tobytes()


@settings(max_examples=4, deadline=None)
@given(seeds, st.sampled_from([("new",), ("new", "reaim", "upgrade")]), st.integers(1, 2))
def test_a_greater_weight_never_sees_more_homes_nor_covers_more_street(seed, use, per_mount):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=3)
    problem, _ = problem_with_homes(town, rng, 5, 12, use, per_mount=per_mount)
    found = choose_along(
        problem.choices, NOTHING, WEIGHTS, lambda choices, _: (choose(choices, NOTHING, None, 3), []), exchange=True
    )
    homes = [seen - freed for seen, freed in (homes_of(problem.choices, c.whole.picks) for c in found)]
    length = [length_gain(problem.choices, NOTHING, c.whole) for c in found]
    assert [c.weight for c in found] == list(WEIGHTS)
    assert all(a >= b - 1e-6 for a, b in pairwise(homes))
    assert all(a >= b - 1e-6 for a, b in pairwise(length))
    for c, metres, gain in zip(found, homes, length, strict=True):
        assert gain - c.weight * metres <= c.whole.bound_m + 1e-5


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_turning_between_the_steps_never_lowers_what_a_choice_is_worth(seed):
    rng = np.random.default_rng(seed)
    problem, _ = problem_with_homes(random_town(rng), rng, 5, 12)
    choices = at_weight(problem.choices, 1.0)
    chosen = choose(choices, NOTHING, None, 3)
    finer = replace(chosen, picks=tuple(refine(choices, NOTHING, chosen.kept, chosen.picks)))
    values = [length_gain(choices, NOTHING, c) - homes_of(choices, c.picks)[0] for c in (chosen, finer)]
    assert values[1] >= values[0] - 1e-6


def town_with_a_home() -> tuple[Town, Privacy]:
    """The hall of the hand-drawn town is a home, its tower is not."""
    town = hand_drawn_town().with_views(Views.none())
    use = np.array(["residential", "other"], dtype=object)
    return town, Privacy.of(town.scene, replace(town.buildings, use=use), EVERYWHERE, NO_PLACES)


def planned(weight: float, frontier: tuple[float, ...] = (), demands: dict | None = None, **limits) -> Plan:
    town, privacy = town_with_a_home()
    wanted = PlanSettings(
        models=MODELS[:1], azimuth_steps=4, home_weight=weight, frontier=frontier, refine=limits.pop("refine", False)
    )
    mount = Mounts(("m0",), ("own",), np.array([(150.0, -1.0)]))
    lenses = facade_lenses(*heads_of(MODELS[:1]).views(25.0, QUALITY), 1)
    given_ones = {"homes": HomeDemand(Homes.of(privacy), lenses, Views.none())} | (demands or {})
    return make_plan(
        town.network, town.scene, Views.none(), 0, mount, lenses_of(MODELS[:1]), limits.get("budget"),
        limits.get("sites"), wanted, ScoreSettings(), demands=Demands(**given_ones),
    )  # fmt: skip


def test_a_view_along_a_home_gives_way_to_one_along_a_hall():
    """West the view sees 90 m of street and the home's end wall, east 80 m and nothing that anybody lives in."""
    free, weighed = planned(0.0, (1.0,), sites=1), planned(2.0, sites=1)
    assert [round(s.azimuth) for s in (free.sites[0], weighed.sites[0])] == [270, 90]
    assert free.worth is not None
    assert weighed.gain_m < free.gain_m
    assert free.worth.seen_m > 0
    assert weighed.worth.seen_m == 0
    assert weighed.worth.value_m == pytest.approx(weighed.gain_m)
    assert weighed.worth.gap == pytest.approx(0, abs=1e-5)
    assert weighed.upper_bound_gain_m == pytest.approx(free.gain_m, abs=0.1)  # of length, homes left out of account


def test_the_frontier_is_measured_and_the_plan_is_one_of_its_points():
    plan = planned(2.0, (0.1, 20.0), sites=1)
    assert [a.worth.weight for a in plan.frontier] == [0.0, 0.1, 2.0, 20.0]
    own = plan.frontier[2]
    assert own.worth == plan.worth
    assert own.covered_m == plan.after.covered_m
    assert own.sites[0].azimuth == plan.sites[0].azimuth
    assert [a.covered_m for a in plan.frontier] == sorted((a.covered_m for a in plan.frontier), reverse=True)


def test_phases_and_turned_views_are_told_in_lengths_with_homes_weighed():
    plan = planned(2.0, demands={"phases": (Phase("a", 120.0), Phase("b", 100.0))}, refine=True)
    assert [p.sites for p in plan.phases] == [1, 0]
    assert plan.phases[0].gain_m == pytest.approx(plan.gain_m, abs=1e-6)
    assert plan.phases[0].bound_m >= plan.phases[0].gain_m
    assert plan.worth.value_m - plan.worth.refined_m <= plan.worth.bound_m + 1e-6
    assert plan.why[0].replacement is None or plan.why[0].replacement.gain_m >= 0


def test_a_forced_mount_gets_the_view_that_harms_least_and_one_that_may_look_nowhere_is_named():
    town, privacy = town_with_a_home()
    mount = Mounts(("m0",), ("own",), np.array([(150.0, -1.0)]))
    wanted = PlanSettings(models=MODELS[:1], azimuth_steps=4, home_weight=1000.0, force=("m0",))
    lenses = facade_lenses(*heads_of(MODELS[:1]).views(25.0, QUALITY), 1)
    homes = HomeDemand(Homes.of(privacy), lenses, Views.none())

    def plan(no_view=None) -> Plan:
        return make_plan(
            town.network, town.scene, Views.none(), 0, mount, lenses_of(MODELS[:1]), None, 1, wanted, ScoreSettings(),
            demands=Demands(homes=homes, no_view=no_view),
        )  # fmt: skip

    assert plan().worth.seen_m == pytest.approx(0, abs=0.05)
    with pytest.raises(InfeasibleError, match="every heading there would fall into a --no-view zone"):
        plan(shapely.box(-500, -500, 500, 500))


def test_weighing_homes_without_homes_is_named():
    with pytest.raises(SettingsError, match="no buildings are given"):
        planned(0.5, demands={"homes": None}, sites=1)


def test_homes_are_cut_out_of_all_facades_with_what_they_count():
    left, right, shop = shapely.box(-40, 10, 0, 20), shapely.box(0, 10, 40, 20), shapely.box(60, 10, 70, 20)
    buildings = replace(
        buildings_of([left, right, shop]), use=np.array(["residential", "unknown", "other"], dtype=object)
    )
    town = hand_drawn_town()
    scene = replace(town.scene, walls=np.empty((0, 4)))
    privacy = Privacy.of(scene, buildings, EVERYWHERE, NO_PLACES)
    half = Homes.of(privacy, 0.5)
    s = half.facades.scene.segments
    assert float(((s.end - s.start) * half.counts).sum()) == pytest.approx(90 + 0.5 * 90, abs=1e-6)
    assert set(half.counts.tolist()) == {1.0, 0.5}
    assert len(Homes.of(privacy).counts) < len(half.counts)
    nobody = Homes.of(Privacy.of(scene, buildings, shapely.box(500, 500, 600, 600), NO_PLACES), 1.0)
    assert nobody.metres_of(views_of([(0, 0, 0, 90, 50, 0)])).tolist() == [0.0]


def test_a_plan_is_dominated_by_one_that_covers_as_much_and_sees_less():
    def row(covered, homes):
        return {"covered_m": covered, "homes_m": homes}

    assert _beats(row(10, 5), row(10, 6))
    assert _beats(row(11, 5), row(10, 5))
    assert not _beats(row(10, 5), row(10, 5))
    assert not _beats(row(11, 6), row(10, 5))


# --- as a user sees it ---

M = 1 / 111_320  # a metre in degrees, near the equator


@pytest.fixture
def project(tmp_path, write_osm) -> Path:
    """Two streets that cross; a house, a house of unstated use and a shop along them, and a kindergarten in one."""
    corners = {(90, 10): 20, (-60, 10): 30, (130, -25): 40}
    nodes = {1: (-200, 0), 2: (0, 0), 3: (200, 0), 4: (0, -150), 5: (0, 90)}
    ways = {1: ([1, 2, 3], {"highway": "residential", "name": "Long"}), 2: ([5, 2, 4], {"highway": "tertiary"})}
    uses = (
        {"building": "house", "amenity": "kindergarten", "name": "Sun"},
        {"building": "yes"},
        {"building": "retail"},
    )
    for ((x, y), first), tags in zip(corners.items(), uses, strict=True):
        nodes |= {first: (x, y), first + 1: (x + 30, y), first + 2: (x + 30, y + 12), first + 3: (x, y + 12)}
        ways[first] = ([first, first + 1, first + 2, first + 3, first], tags)
    write_osm({i: (10 + x * M, y * M) for i, (x, y) in nodes.items()}, ways)
    text = "sites = 2\n[inputs]\nosm = 'town.osm'\n[bands]\ndraws = 0\n[plan]\nspacing_m = 60\nhome_unknown = 0.5\n"
    (tmp_path / "camgap.toml").write_text(text, encoding="utf-8")
    return tmp_path / "camgap.toml"


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["camgap", *map(str, args)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_result_summary_explanation_and_report_tell_the_same_frontier(run, project):
    folder = project.parent / "run"
    code, out, err = run("plan", "--config", project, "--home-weight", 0.3, "--frontier", "--out", folder)
    assert (code, err) == (0, "")
    result = json.loads((folder / "result.json").read_text("utf-8"))
    rows, homes, privacy = result["frontier"], result["homes"], result["privacy"]
    assert [r["weight"] for r in rows] == [0.0, 0.1, 0.3, 1.0, 3.0]
    own = next(r for r in rows if r["this_plan"])
    assert own["weight"] == homes["weight"] == 0.3
    assert own["covered_m"] == result["after"]["covered_m"]
    assert own["residential_m"] == privacy["after"]["residential"]["in_view_m"]
    assert own["homes_m"] == own["residential_m"] + 0.5 * privacy["after"]["unknown"]["in_view_m"]
    assert own["places_in_view"] == sum(p["in_view_after"] for p in privacy["places"])
    each = sum(s["residential_m"] + 0.5 * s["unknown_m"] for s in privacy["sites"])
    assert homes["views_see_m"] == pytest.approx(each, abs=1e-6)
    assert homes["value_m"] == pytest.approx(result["gain_m"] - 0.3 * each, abs=1e-6)
    assert homes["value_m"] <= homes["upper_bound_value_m"] + 1e-6
    assert result["gain_m"] <= result["upper_bound_gain_m"] + 1e-6
    assert all(a["views_see_m"] >= b["views_see_m"] - 1e-6 for a, b in pairwise(rows))
    assert rows[0]["homes_m"] > rows[-1]["homes_m"]
    for row in rows:
        assert f"{row['residential_m']:,.0f} m" in out
    assert "Street against homes" in out
    code, out, _ = run("explain", folder, 1)
    assert f"{privacy['sites'][0]['residential_m']:,.0f} m" in out.split("home facade in its view")[1].split("\n")[0]
    for lang, words in (("en", "this plan"), ("zh", "本方案")):
        assert run("report", folder, "--lang", lang)[0] == 0
        page = (folder / "report.html").read_text("utf-8")
        assert page.count(words) >= 2  # in the drawing and in the table
        assert all(f'<td class="number">{row["gain_m"]:,.0f} ' in page for row in rows)
        assert f"{homes['upper_bound_value_m']:,.0f} " in page


def test_a_project_file_s_own_weights_are_kept_and_without_any_nothing_is_said(run, project):
    project.write_text(project.read_text("utf-8") + "frontier = [2]\n", encoding="utf-8")
    _, out, _ = run("plan", "--config", project, "--frontier", "--json")
    result = json.loads(out)
    assert [r["weight"] for r in result["frontier"]] == [0.0, 2.0]
    assert result["homes"]["weight"] == 0.0
    project.write_text(project.read_text("utf-8").replace("frontier = [2]", ""), encoding="utf-8")
    _, out, _ = run("plan", "--config", project, "--json")
    plain = json.loads(out)
    assert (plain["homes"], plain["frontier"]) == (None, [])
    assert plain["sites"] == result["sites"]  # homes that weigh nothing change nothing
    assert plain["upper_bound_gain_m"] == result["upper_bound_gain_m"]


def test_weights_that_cannot_be_used_are_named(run, project):
    assert run("plan", "--config", project, "--home-weight", -1)[0] == 2
    osm = project.parent / "town.osm"
    osm.write_text(osm.read_text("utf-8").replace('"house"', '"retail"').replace('"yes"', '"shop"'), encoding="utf-8")
    code, _, err = run("plan", "--config", project, "--home-weight", 1)
    assert code == 2
    assert err.startswith("error: plan: no building of the study area is tagged as a home")
    assert err.count("\n") == 1


def test_in_munich_a_small_weight_on_homes_frees_much_facade_for_little_street(real_data):
    study = camgap.load(
        osm=real_data("munich-centre.osm.pbf"), sites=3, draws=0, home_weight=1.0,
        **{"plan.frontier": (1.0,), "plan.home_unknown": 1.0, "plan.spacing_m": 90.0, "plan.use": ["bullet-12mm"]},
    )  # fmt: skip
    plan = camgap.plan(study)
    without, weighed = plan.frontier
    assert weighed.worth == plan.worth
    assert weighed.worth.seen_m < without.worth.seen_m
    assert without.covered_m - weighed.covered_m <= without.worth.seen_m - weighed.worth.seen_m
    views = facade_views(study, planned_heads(study, plan))
    views = replace(views, camera=np.arange(len(views)))
    each = study.privacy.intrusion(views, len(views)).cameras[["residential_m", "unknown_m"]]
    assert plan.worth.seen_m == pytest.approx(float(each.to_numpy().sum()), abs=1e-6)


def test_a_plan_for_another_aim_than_length_claims_no_gap_of_length(run, project):
    folder = project.parent / "run"
    assert run("plan", "--config", project, "--objective", "backup", "--out", folder)[0] == 0
    result = json.loads((folder / "result.json").read_text("utf-8"))
    assert result["gap"] is None
    assert result["plan"]["objective"] == "backup"
    assert "Made for {aim}" in (folder / "map.html").read_text("utf-8")
    for lang, aim in (("en", "streets in view of two cameras"), ("zh", "双重覆盖")):
        assert run("report", folder, "--lang", lang)[0] == 0
        assert aim in (folder / "report.html").read_text("utf-8")
