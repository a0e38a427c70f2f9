"""Levels and certainty at every stop of the slider, on a small town worked out by hand, in a real browser."""

import json

import pytest
from map_town import HOSTILE, click, colour, frame, ink, maps, near, outcome, pages, popup
from shapely import LineString
from test_map_plan import CURVE, planned, planned_town, step_to

from camgap.coverage.errors import InputError
from camgap.maps.themes import themes

LADDER = ["detect", "observe", HOSTILE]
# What stretches are worth from which step on, by day and by night.
ROWS = {
    (150, 300, 250, 300): ([[0, "detect"], [2, HOSTILE]], [[0, "detect"]]),
    (450, 0, 550, 0): ([[1, "observe"], [3, ""]], []),  # site 3 turns the camera that saw it
    (600, 150, 600, 250): ([[3, "detect"]], [[3, "observe"]]),
}
SURE = {(150, 300, 250, 300): [[0, 0.3], [2, 0.9]], (450, 0, 550, 0): [[1, 1.0], [3, 0.04]]}
METRES = {
    "day": [[100, 200, 200, 200], [0, 100, 200, 100], [0, 0, 100, 100]],
    "night": [[100, 100, 100, 200], [0, 0, 0, 100], [0, 0, 0, 0]],
}
LENGTH = 3300.0


def stepped_town():
    """Return the planned town with what `ROWS` and `SURE` say."""
    layers = planned_town()
    last = len(CURVE) - 1

    def at(pairs, step):
        return next((value for since, value in reversed(pairs) if since <= step), "")

    levels = []
    for ends, (day, night) in ROWS.items():
        row = {"geometry": LineString([ends[:2], ends[2:]])}
        for light, pairs in (("day", day), ("night", night)):
            row |= {light: at(pairs, last), f"{light}_today": at(pairs, 0)}
            row[f"{light}_steps"] = json.dumps(pairs, ensure_ascii=False)
        levels.append(row)
    layers["levels"] = frame(levels)
    layers["certainty"] = frame(
        [
            {
                "p": at(pairs, last), "p_today": at(pairs, 0) or 0.0, "p_steps": json.dumps(pairs),
                "geometry": LineString([ends[:2], ends[2:]]),
            }
            for ends, pairs in SURE.items()
        ]
    )  # fmt: skip
    return layers


def stepped():
    def row(level, i):
        told = {f"{light}_m": metres[i] for light, metres in METRES.items()}
        return {"level": level, **told, **{k[:-1] + "share": [m / LENGTH for m in v] for k, v in told.items()}}

    by_step = {"levels": [row(level, i) for i, level in enumerate(LADDER)], "certainty": []}
    after = {**outcome()["after"], "quality": {"levels": [{"level": name} for name in LADDER]}}
    return planned(by_step=by_step, after=after)


@pytest.fixture
def new_page(offline):
    yield from pages(offline)


@pytest.fixture
def page(new_page, tmp_path):
    for open_ in maps(new_page, tmp_path):
        one = open_(stepped_town(), stepped())
        one.evaluate("camgap.show('proposed_views', false)")
        yield one


def choose(page, theme):
    page.get_by_label("Colour covered streets by").select_option(theme)
    page.wait_for_function("() => camgap.drawn()")


@pytest.mark.parametrize("light", ["day", "night"])
def test_streets_show_their_level_at_every_stop(page, light):
    choose(page, "level")
    page.evaluate("light => camgap.change({light})", light)
    shade = {"": "uncovered", "detect": "scale-1", "observe": "scale-3", HOSTILE: "scale-5"}
    for step in (0, 1, 2, 3, 0):
        step_to(page, step)
        assert page.evaluate("[camgap.state.theme, camgap.state.step]") == ["level", step], "nothing gives way"
        for (x0, y0, x1, y1), both in ROWS.items():
            pairs = both[light == "night"]
            now = next((level for since, level in reversed(pairs) if since <= step), "")
            place = (x0 + x1) / 2 + 20, (y0 + y1) / 2
            if x0 == x1:
                place = x0, (y0 + y1) / 2 + 20
            assert near(ink(page, *place), colour(page, shade[now])), (light, step, place, now)


@pytest.mark.parametrize("light", ["day", "night"])
def test_the_key_tells_length_and_share_at_every_stop(page, light):
    choose(page, "level")
    page.evaluate("light => camgap.change({light})", light)
    for step, least in ((0, 0), (1, 1), (2, 2), (3, 0), (2, 1)):
        page.evaluate("([step, least]) => camgap.change({step, least})", [step, least])
        shares = [100 * metres[step] / LENGTH for metres in METRES[light]]
        assert page.locator(".themes [data-class]").all_inner_texts() == [f"{share:.1f} %" for share in shares]
        said = page.locator(".theme-figure").inner_text()
        metres = METRES[light][least][step]
        assert said == f"at least {LADDER[least]}, by {light}: {metres} m of street, {shares[least]:.1f} %"


def test_certainty_follows_too_and_says_nothing_where_the_result_does_not(page):
    choose(page, "p")
    shade = {
        0: ("scale-2", "uncovered"),
        1: ("scale-2", "scale-5"),
        2: ("scale-4", "scale-5"),
        3: ("scale-4", "uncovered"),
    }
    for step, wanted in shade.items():
        step_to(page, step)
        assert near(ink(page, 220, 300), colour(page, wanted[0])), step
        assert near(ink(page, 520, 0), colour(page, wanted[1])), step
    assert page.locator(".theme-figure").count() == 0
    assert page.locator(".themes [data-class]").all_inner_texts() == [""] * 5


def test_a_street_tells_its_level_of_the_step_shown(page):
    told = ["Day detect · Night detect", "Day detect · Night detect", f"Day {HOSTILE} · Night detect"]
    for step, wanted in enumerate(told):
        step_to(page, step)
        click(page, 220, 300)
        assert wanted in popup(page)
        assert f"Probability\n{'90.0' if step == 2 else '30.0'} %" in popup(page)


def test_a_link_to_a_level_at_a_stop_shows_just_that(page):
    page.evaluate("void (location.hash = '#step=1&by=level&least=1&light=night')")
    page.wait_for_function("() => camgap.state.theme === 'level' && camgap.state.step === 1")
    assert page.evaluate("[camgap.state.least, camgap.state.light]") == [1, "night"]


@pytest.mark.parametrize("text", ["nonsense", "[[0]]", '[["a", "detect"]]', "[[0, null]]", "7"])
def test_a_column_of_steps_that_cannot_be_read_is_an_error(text):
    layers = stepped_town()
    layers["levels"].loc[1, "day_steps"] = text
    with pytest.raises(InputError, match=r"layer 'levels': day_steps holds .* write the run again"):
        themes(layers, stepped())


@pytest.mark.parametrize(
    "broken", [{"levels": [{"level": name} for name in LADDER]}, {"levels": [7]}, [1], {"levels": 7}]
)
def test_figures_of_steps_that_cannot_be_read_are_an_error(broken):
    with pytest.raises(InputError, match=r"result\.json: by_step.* write the run again"):
        themes(stepped_town(), {**stepped(), "by_step": broken})


def test_levels_that_come_and_go_between_are_classes_too():
    layers = stepped_town()
    layers["levels"] = frame(
        [
            {
                "day": "detect", "night": "", "day_today": "", "night_today": "", "night_steps": "[]",
                "day_steps": '[[1, "observe"], [2, "detect"]]', "geometry": LineString([(0, 0), (9, 0)]),
            }
        ]
    )  # fmt: skip
    (level,) = (theme for theme in themes(layers, stepped()) if theme["id"] == "level")
    assert level["values"] == ["detect", "observe"]
    assert [one["m"] for one in level["figures"]["day"]] == METRES["day"][:2]


# --- only what changed is drawn anew ---

DIFFERENCE = """async () => {
  const layers = [], sheet = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const read = () => layers.flatMap(layer => Array.from(layer._places.keys(), tile => {
    [sheet.canvas.width, sheet.canvas.height] = [tile.width, tile.height];
    sheet.drawImage(tile, 0, 0);
    return sheet.getImageData(0, 0, tile.width, tile.height).data;
  }));
  camgap.map.eachLayer(layer => { if (layer._places && layer.options.atOnce) layers.push(layer); });
  const part = read();
  layers.forEach(layer => layer.repaint());
  await camgap.idle();
  let other = 0, inked = 0;
  read().forEach((whole, k) => {
    for (let i = 0; i < whole.length; i += 4) {
      const seen = of => [of[i], of[i + 1], of[i + 2], 255].map(value => value * of[i + 3] / 255);
      if (whole[i + 3]) inked++;
      if (seen(whole).some((value, c) => Math.abs(value - seen(part[k])[c]) > 12)) other++;
    }
  });
  return [other, inked];
}"""


@pytest.mark.parametrize("zoom", [15, 16, 17])
def test_what_is_drawn_anew_in_part_is_as_if_drawn_whole(page, zoom):
    page.evaluate("zoom => camgap.map.setZoom(zoom, {animate: false})", zoom)
    page.evaluate("camgap.show('proposed_views', true)")
    for change in ({"step": 0}, {"step": 2}, {"theme": "level"}, {"step": 1}, {"least": 1}, {"step": 3}):
        page.evaluate("change => camgap.change(change)", change)
        page.evaluate("camgap.idle()")
        other, inked = page.evaluate(DIFFERENCE)
        assert other <= 20, change  # pixels where a round edge is cut are smoothed a little otherwise
        assert inked > 100
