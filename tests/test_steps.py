"""Quality levels and certainty at every step of a plan, against the scorer run anew on what stands at that step."""

import itertools
import json
from importlib.resources import files

import numpy as np
import pytest

from camgap.config.project import load_settings
from camgap.coverage.outputs.layers import _certainty, _levels, layers_of
from camgap.coverage.outputs.results import plan_result
from camgap.coverage.planning import heads_after, plan_study, planned_heads
from camgap.coverage.scoring.steps import CERTAIN, Lives
from camgap.coverage.study import load_study, quality_of, sampler_of
from camgap.maps import draw_map
from camgap.maps.draw import COLUMNS

PROJECT = files("camgap.config").joinpath("demo", "camgap.toml")
DRAWS = 9  # of what is not known; none of the probabilities falls on a bound
ACTIONS = {"new": ["new"], "all": ["new", "reaim", "repair", "upgrade"]}
LIGHT = {"new": "day", "all": "night"}  # by which the plan is made


@pytest.fixture(scope="module", params=ACTIONS)
def planned(request):
    """Return the demo's study and a plan for some of its money, coarse and soon made."""
    more = {"plan.spacing_m": 120.0, "plan.azimuth_steps": 8, "bands.draws": DRAWS, "plan.frontier": []}
    more |= {"plan.use_actions": ACTIONS[request.param], "light": LIGHT[request.param]}
    study = load_study(load_settings(PROJECT, budget=60_000, **more))
    return study, plan_study(study)


@pytest.fixture(scope="module")
def lives(planned):
    study, plan = planned
    return Lives.of(len(study.inventory), plan.acted)


def standing(study, plan, lives, step):
    """Return the heads that count at a step."""
    heads = study.inventory.heads.join(planned_heads(study, plan))
    return heads.take((lives.born[heads.camera] <= step) & (step < lives.gone[heads.camera]))


def some(plan):
    last = plan.steps.last
    return sorted({0, 1, last // 2, last - 1, last})


def test_a_plan_has_a_step_per_site_and_some_end_a_camera(planned, lives):
    study, plan = planned
    assert plan.steps.last == len(plan.sites) == len(plan.curve) - 1 > 2
    ended = lives.gone[: len(study.inventory)]
    ended = set(ended[ended <= lives.last].tolist())
    assert ended <= {site.rank for site in plan.sites if site.action in ("reaim", "upgrade")}
    assert bool(ended) == (len(study.settings.plan.use_actions) > 1)


def test_lengths_of_levels_are_the_scorers_at_every_step(planned, lives):
    study, plan = planned
    for step in some(plan):
        scored = quality_of(study, standing(study, plan, lives, step))
        for (level, light), stretches in scored.seen.items():
            assert plan.steps.level_m[level, light][step] == pytest.approx(stretches.length, abs=1e-6), (step, level)


def test_lengths_at_the_level_that_counts_are_the_curve(planned):
    study, plan = planned
    q = study.settings.quality
    curve = [step.covered_m for step in plan.curve]
    assert plan.steps.level_m[q.level, q.light].tolist() == pytest.approx(curve, abs=1e-5)


def test_cells_tell_at_every_step_what_they_sum_up_to(planned):
    study, plan = planned
    for light, history in plan.steps.levels.items():
        size = history.end - history.start
        for step, (rank, level) in itertools.product(some(plan), enumerate(study.settings.quality.ladder, start=1)):
            length = size[history.at(step) >= rank].sum()
            assert length == pytest.approx(plan.steps.level_m[level, light][step], abs=1e-6)


def drawn_share(study, plan, lives, step, at):
    """Return the share of the draws in which points of the axis are seen by what stands at a step: one by one."""
    heads = study.inventory.heads.join(planned_heads(study, plan))
    sampler = sampler_of(study, heads)
    count = np.zeros(len(at))
    for number in range(DRAWS):
        seen = sampler.seen_by_camera(*sampler.draw(number), night=study.settings.quality.light == "night")
        alive = (lives.born[seen.owner] <= step) & (step < lives.gone[seen.owner])
        count += ((seen.start[alive, None] <= at) & (at < seen.end[alive, None])).any(axis=0)
    return count / DRAWS


def test_certainty_is_the_share_of_draws_that_see_a_place_at_every_step(planned, lives):
    study, plan = planned
    rng = np.random.default_rng(5)
    certainty = plan.steps.certainty
    row = rng.choice(len(certainty.start), 300)
    at = certainty.start[row] + rng.random(len(row)) * (certainty.end - certainty.start)[row]
    for step in some(plan):
        share = drawn_share(study, plan, lives, step, at)
        told = np.searchsorted(CERTAIN, certainty.at(step)[row] + 1e-9, side="right")
        assert told.tolist() == np.searchsorted(CERTAIN, share, side="right").tolist()


def test_lengths_by_certainty_are_those_of_the_cells_and_begin_and_end_as_the_bands(planned):
    plan = planned[1]
    certainty = plan.steps.certainty
    size = certainty.end - certainty.start
    for step, (k, bound) in itertools.product(some(plan), enumerate(CERTAIN)):
        length = size[certainty.at(step) >= bound - 1e-9].sum()
        assert length == pytest.approx(plan.steps.certain_m[k, step], abs=1e-6)
    for step, bands in ((0, plan.before.bands), (plan.steps.last, plan.after.bands)):
        for k, bound in enumerate(CERTAIN):
            length = (bands.end - bands.start)[bands.p >= bound].sum()
            assert plan.steps.certain_m[k, step] == pytest.approx(length, abs=1e-6)


def by_class(layer, column, length="length_m"):
    return layer.groupby(column)[length].sum().drop("", errors="ignore").to_dict()


def test_layers_agree_with_those_of_two_states(planned):
    study, plan = planned
    layers = layers_of(study, plan.before, plan)
    two = _levels(study, plan.before.quality, plan.after.quality)
    for column in ("day", "night", "day_today", "night_today"):
        assert by_class(layers["levels"], column) == pytest.approx(by_class(two, column), abs=1e-5)
    bands = _certainty(study, plan.before.bands, plan.after.bands)
    for column in ("p", "p_today"):
        classes = [
            by_class(layer.assign(c=np.searchsorted(CERTAIN, layer[column] + 1e-9, side="right")), "c")
            for layer in (layers["certainty"], bands)
        ]
        assert set(layers["certainty"]["light"]) == set(bands["light"]) == {study.settings.quality.light}
        for one in classes:
            one.pop(0, None)  # below all classes: one layer may hold more of it than the other
        assert classes[0] == pytest.approx(classes[1], abs=1e-5)


def test_a_stretch_tells_every_step_and_no_two_neighbours_the_same(planned):
    study, plan = planned
    levels = layers_of(study, plan.before, plan)["levels"]
    names = ["", *study.settings.quality.ladder]
    for light in ("day", "night"):
        told = [json.loads(text) for text in levels[f"{light}_steps"]]
        for row, pairs in enumerate(told):
            ranks = [rank for rank, _ in pairs]
            assert ranks == sorted(set(ranks))
            assert all(a != b for a, b in itertools.pairwise(["", *(name for _, name in pairs)]))
            assert (pairs[-1][1] if pairs else "") == levels[light].iloc[row]
            assert (pairs[0][1] if pairs and pairs[0][0] == 0 else "") == levels[f"{light}_today"].iloc[row]
        for step in some(plan):
            for rank, level in enumerate(names[1:], start=1):
                now = [next((n for s, n in reversed(pairs) if s <= step), "") for pairs in told]
                length = levels["length_m"][[names.index(n) >= rank for n in now]].sum()
                assert length == pytest.approx(plan.steps.level_m[level, light][step], abs=1e-5)


def test_the_result_has_every_number_of_every_step(planned):
    study, plan = planned
    found = plan_result(study, plan)["by_step"]
    n = len(plan.curve)
    for row in found["levels"]:
        for key in ("day_m", "day_share", "night_m", "night_share"):
            assert len(row[key]) == n
        assert row["day_m"] == plan.steps.level_m[row["level"], "day"].tolist()
        assert row["night_share"][-1] == pytest.approx(row["night_m"][-1] / study.network.length)
    assert [row["level"] for row in found["levels"]] == list(study.settings.quality.ladder)
    assert [row["p"] for row in found["certainty"]] == list(CERTAIN)
    assert all(len(row["m"]) == len(row["share"]) == n for row in found["certainty"])
    assert quality_of(study, heads_after(study, plan)).at("detect")["day_m"] == pytest.approx(
        next(row for row in found["levels"] if row["level"] == "detect")["day_m"][-1], abs=1e-6
    )


@pytest.mark.parametrize("more", [{"sites": 2}, {"sites": 0}])
def test_a_town_without_cameras_and_a_plan_without_sites_have_their_steps_too(tmp_path, more):
    metre, places = 1 / 111_320, {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (200, -150)}
    text = "".join(
        f'<node id="{i}" version="1" lon="{10 + x * metre!r}" lat="{y * metre!r}"/>' for i, (x, y) in places.items()
    )
    for number, nodes in {7: (1, 2, 3), 8: (2, 4)}.items():
        ends = "".join(f'<nd ref="{node}"/>' for node in nodes)
        text += f'<way id="{number}" version="1">{ends}<tag k="highway" v="residential"/></way>'
    (tmp_path / "town.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{text}</osm>')
    study = load_study(load_settings(osm=[tmp_path / "town.osm"], **more))
    plan = plan_study(study)
    found = plan_result(study, plan)["by_step"]
    detect = next(row for row in found["levels"] if row["level"] == "detect")
    assert len(plan.sites) == more.get("sites", 0)
    assert detect["day_m"] == pytest.approx([step.covered_m for step in plan.curve], abs=1e-6)
    assert detect["day_m"][0] == 0.0
    assert found["certainty"] == [], "nothing is drawn where there is no camera"
    assert "certainty" not in layers_of(study, plan.before, plan)


def test_lives_of_no_action_are_those_of_today():
    lives = Lives.of(3, np.empty(0, np.int64))
    assert lives.born.tolist() == [0, 0, 0]
    assert lives.gone.tolist() == [1, 1, 1]
    lives = Lives.of(3, np.array([-1, 1]))
    assert lives.born.tolist() == [0, 0, 0, 1, 2]
    assert lives.gone.tolist() == [3, 2, 3, 3, 3]


# --- on the map ---

STYLES = """() => {
  const layer = camgap.layers.levels, data = layer.data;
  return Array.from({ length: data.count }, (_, i) => [data.get(camgap.state.light + '_steps', i), layer.styleOf[i]]);
}"""


@pytest.fixture(scope="module")
def opened(planned, offline, tmp_path_factory):
    study, plan = planned
    result = json.loads(json.dumps(plan_result(study, plan)))
    path = tmp_path_factory.mktemp("steps") / "map.html"
    path.write_text(draw_map(map_layers(study, plan), result), encoding="utf-8")
    context, page, noted = offline()
    page.goto(path.as_uri())
    page.wait_for_function("() => camgap.drawn()")
    yield page, result
    assert noted == []
    context.close()


def map_layers(study, plan):
    return {name: layer for name, layer in layers_of(study, plan.before, plan).items() if name in COLUMNS}


def agrees(shown, share):
    """Tell whether a share is shown as it is, to the digit shown."""
    if shown in ("< 0.1 %", "> 99.9 %"):
        return 0 < share < 0.0005 or 0.9995 <= share < 1
    return abs(float(shown.removesuffix(" %")) / 100 - share) <= 0.0005 + 1e-6


@pytest.mark.parametrize(("theme", "light"), [("level", "day"), ("level", "night"), ("p", "")])
def test_the_key_says_at_every_stop_what_the_result_says(opened, theme, light):
    page, result = opened
    page.evaluate("([theme, light]) => camgap.change({theme, least: 0, light: light || 'day'})", [theme, light])
    names = page.locator(".themes [role=radiogroup] .name").all_inner_texts()
    if theme == "level":
        rows = {row["level"]: row[f"{light}_share"] for row in result["by_step"]["levels"]}
        assert [n for n in rows if n in names] == names, "in the order of the ladder"
    else:
        rows = {f"from {row['p']:.1%}".replace("%", " %"): row["share"] for row in result["by_step"]["certainty"]}
    for step in range(len(result["curve"])):
        page.evaluate("step => camgap.change({step})", step)
        assert page.evaluate("[camgap.state.theme, camgap.state.step]") == [theme, step]
        shown = page.locator(".themes [data-class]").all_inner_texts()
        assert all(agrees(one, rows[name][step]) for one, name in zip(shown, names, strict=True)), (step, shown)


def test_streets_have_at_every_stop_the_colour_of_their_level(opened, planned):
    page, result = opened
    ladder = list(planned[0].settings.quality.ladder)
    page.evaluate("camgap.change({theme: 'level', least: 0, light: 'day'})")
    names = page.locator(".themes [role=radiogroup] .name").all_inner_texts()
    shades = {name: round(4 * i / (len(names) - 1)) for i, name in enumerate(n for n in ladder if n in names)}
    shades[""] = 255
    for step in range(len(result["curve"])):
        page.evaluate("step => camgap.change({step})", step)
        for text, style in page.evaluate(STYLES):
            now = next((name for since, name in reversed(json.loads(text)) if since <= step), "")
            assert style == shades[now], (step, text)
