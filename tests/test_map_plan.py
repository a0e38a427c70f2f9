"""The proposal walked step by step, the themes and the links of the map, in a real browser with the network cut.

The town of `map_town`, with a plan of three sites: site 1 adds (450..550, 0); site 2 adds (300, 400..500); site 3 adds
(600, 150..250) and sees again what site 1 saw of (500..550, 0). Camera cam/1 sees (150..250, 300) together with cam/2.
"""

import itertools
import json
import re

import pytest
from map_town import (
    HOSTILE,
    click,
    colour,
    frame,
    ink,
    maps,
    near,
    outcome,
    pages,
    popup,
    screen,
    stretch,
    town,
    view,
)
from shapely import LineString

from camgap.coverage.errors import InputError
from camgap.maps import draw_map
from camgap.maps.themes import cost_curve, site_notes, themes

CURVE = [
    {"money": 0.0, "sites": 0, "covered_m": 150.0, "share": 0.0909, "bound_share": 0.0909},
    {"money": 2400.5, "sites": 1, "covered_m": 250.0, "share": 0.1212, "bound_share": 0.13},
    {"money": 4801.0, "sites": 2, "covered_m": 350.0, "share": 0.1364, "bound_share": 0.15},
    {"money": 7201.5, "sites": 3, "covered_m": 450.0, "share": 0.1515, "bound_share": 0.16},
]


def seen(ends, cameras=(), sites=()):
    depth, by = len(cameras) + len(sites), "existing" if cameras else "proposed"
    lists = {"cameras": json.dumps(list(cameras), ensure_ascii=False), "sites": json.dumps(list(sites))}
    return {**stretch(min(depth, 3), by, *ends), "step": 0 if cameras else min(sites), **lists}


def planned_town():
    layers = town()
    rows = [
        seen([(150, 300), (200, 300)], cameras=["cam/1", "cam/2"]),
        seen([(200, 300), (250, 300)], cameras=["cam/1"], sites=[3]),
        seen([(450, 0), (500, 0)], sites=[1]),
        seen([(500, 0), (550, 0)], sites=[1, 3]),
        seen([(300, 400), (300, 500)], sites=[2]),
        seen([(600, 150), (600, 250)], sites=[3]),
    ]
    layers["seen"] = frame(rows)
    layers["views"] = frame(
        [
            view("cam/1", "existing", 0, (150, 300), (250, 250), (250, 350)),
            view("site/1", "proposed", 1, (450, 0), (520, 60), (540, -30)),
            view("site/2", "proposed", 2, (300, 400), (340, 480), (350, 440)),
        ]
    )
    return layers


def planned(**more):
    return {**outcome(), "curve": CURVE, **more}


@pytest.fixture
def new_page(offline):
    yield from pages(offline)


@pytest.fixture
def open_map(new_page, tmp_path):
    yield from maps(new_page, tmp_path)


@pytest.fixture(scope="module")
def opened(offline, tmp_path_factory):
    """The planned town's map, opened once for all tests that only look, click and slide."""
    context, page, noted = offline()
    path = tmp_path_factory.mktemp("plan") / "map.html"
    path.write_text(draw_map(planned_town(), planned()), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_function("() => camgap.drawn()")
    yield page, noted
    context.close()


@pytest.fixture
def page(opened):
    page, noted = opened
    page.evaluate(
        "camgap.map.closePopup(), camgap.change({step: 3, theme: 'coverage', least: 0, lang: 'en', mode: null})"
    )
    page.evaluate("Object.keys(camgap.layers).forEach(id => camgap.show(id, true)), camgap.home()")
    page.locator("#for-tab-key").click()
    page.wait_for_function("() => camgap.drawn()")
    yield page
    assert noted == []


def step_to(page, step):
    page.evaluate("step => camgap.change({step})", step)
    page.wait_for_function("() => camgap.drawn()")


def sites_shown(page):
    return sorted(page.evaluate("camgap.sitesOnScreen()"))


# ---- the budget slider ----


def test_the_slider_says_at_every_stop_what_the_run_says(page):
    slider = page.get_by_label("Budget")
    slider.focus()
    page.keyboard.press("Home")
    for i, stop in enumerate(CURVE):
        if i:
            page.keyboard.press("ArrowRight")
        said = page.locator("#dock .readout").inner_text()
        money = f"{stop['money']:,.2f}" if stop["money"] % 1 else f"{stop['money']:,.0f}"
        assert said == f"{stop['sites']} of 3 new cameras · {money} EUR · {100 * stop['share']:.1f} % covered"
        assert slider.get_attribute("aria-valuetext") == said
        assert float(slider.input_value()) == stop["money"]
        assert f"{100 * stop['share']:.1f} %" in page.locator(".headline .planned").inner_text()
        assert sites_shown(page) == list(range(1, stop["sites"] + 1))
    page.keyboard.press("ArrowRight")
    assert page.evaluate("camgap.state.step") == 3, "at the end it stays"


def test_streets_turn_colour_when_their_camera_comes(page):
    first_seen = {(475, 0): 1, (525, 0): 1, (300, 450): 2, (600, 200): 3}
    for step in (0, 1, 2, 3, 1):
        step_to(page, step)
        for place, when in first_seen.items():
            wanted = "gained" if when <= step else "uncovered"
            assert near(ink(page, *place), colour(page, wanted)), (step, place)
        assert near(ink(page, 175, 300), colour(page, "covered-2")), "what is covered today stays so"
        assert near(ink(page, 225, 300), colour(page, "covered-2" if step == 3 else "covered-1"))


def test_views_and_list_follow_the_step(page):
    step_to(page, 0)
    bare = ink(page, 330, 445)
    page.get_by_role("tab", name="Sites").click()
    assert page.locator("#tab-sites .later").count() == 3
    step_to(page, 2)
    assert ink(page, 330, 445) != bare, "the view of site 2 is tinted"
    assert page.locator("#tab-sites .later").count() == 1
    page.get_by_role("tab", name="Key").click()


def test_today_and_proposal_are_one_click_apart(page):
    page.get_by_role("button", name="Today", exact=True).click()
    assert sites_shown(page) == []
    assert page.locator("#state-today").get_attribute("aria-pressed") == "true"
    assert "+ 100 m" not in page.locator(".headline").inner_text()
    page.get_by_role("button", name="Proposal", exact=True).click()
    assert sites_shown(page) == [1, 2, 3]
    assert "+ 100 m of street newly covered" in page.locator(".headline").inner_text()


def test_a_pointer_on_the_slider_lands_on_a_stop(page):
    box = page.locator("#budget").bounding_box()
    page.mouse.click(box["x"] + 9 + 0.4 * (box["width"] - 18), box["y"] + box["height"] / 2)  # nearest: 1/3
    assert page.evaluate("camgap.state.step") == 1
    assert float(page.locator("#budget").input_value()) == CURVE[1]["money"]


def test_the_walk_plays_to_the_end_and_can_be_halted(page):
    step_to(page, 2)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    halted = page.evaluate("camgap.state.step")
    assert halted in (2, 3)
    step_to(page, 2)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => camgap.state.step === 3")
    page.get_by_role("button", name="Play").wait_for()


def test_steps_of_no_known_price_lie_apart_by_number(open_map):
    page = open_map(planned_town(), planned(curve=[{**stop, "money": 0.0} for stop in CURVE]))
    assert page.locator("#budget").get_attribute("max") == "3"
    page.locator("#budget").focus()
    page.keyboard.press("ArrowLeft")
    assert float(page.locator("#budget").input_value()) == 2


def test_without_a_curve_there_is_no_slider_but_before_and_after(open_map):
    page = open_map(planned_town(), outcome())
    assert page.locator("#budget").count() == 0
    page.get_by_role("button", name="Today", exact=True).click()
    page.wait_for_function("() => camgap.drawn()")
    assert sites_shown(page) == []
    assert near(ink(page, 475, 0), colour(page, "uncovered"))


def test_a_run_that_does_not_tell_steps_and_seers_is_drawn_too(open_map):
    page = open_map(town(), planned())  # an earlier run: the layer `seen` has depth and by, nothing more
    assert near(ink(page, 475, 0), colour(page, "gained"))
    click(page, 175, 300)
    assert "seen by 2 cameras" in popup(page)


def test_a_score_has_no_dock(open_map):
    layers = {name: layer for name, layer in town().items() if name in ("streets", "cameras", "area")}
    page = open_map(layers, {"command": "score", "coverage": outcome()["before"]})
    assert page.locator("#dock").count() == 0


# ---- who sees a street ----


def test_a_street_names_its_seers_and_each_leads_to_itself(page):
    click(page, 225, 300)
    assert "seen by 2 cameras" in popup(page)
    assert page.locator(".seers li").all_inner_texts() == ["cam/1", "Site 3"]
    page.get_by_role("button", name="Show site 3").click()
    assert popup(page).split("\n")[0:3:2] == ["PROPOSED CAMERA", "Site 3"]
    click(page, 175, 300)
    page.get_by_role("button", name="Show camera cam/2").click()
    assert HOSTILE in popup(page), "camera 2 is known by its name"


def test_seers_are_those_that_stand_at_the_step(page):
    step_to(page, 1)
    click(page, 225, 300)
    assert page.locator(".seers li").all_inner_texts() == ["cam/1"]
    assert "seen by 1 camera" in popup(page)
    click(page, 525, 0)
    assert page.locator(".seers li").all_inner_texts() == ["Site 1"]
    click(page, 600, 200)
    assert "not covered yet; site 3 will see it" in popup(page)


def test_a_site_not_yet_standing_is_reached_from_the_list(page):
    step_to(page, 0)
    page.get_by_role("tab", name="Sites").click()
    page.locator("#tab-sites .item").nth(1).click()
    assert "Site 2" in popup(page)
    assert page.evaluate("camgap.state.step") == 2
    page.get_by_role("tab", name="Key").click()


def why(**more):
    other = {
        "mount": "S7 " + HOSTILE,
        "model": "dome-4",
        "azimuth": 90.0,
        "cost": 900.0,
        "gain_m": 80.0,
        "loss_m": 12.0,
    }
    streets = [["Hill Street", 120.0], ["(residential)", 30.4], [HOSTILE, 9.0]]
    return {"alone_m": 240.0, "gain_m": 199.0, "missed_m": 150.0, "streets": streets, "replacement": other, **more}


def test_a_site_tells_why_and_what_comes_next(open_map):
    sites = [{"rank": 1, "why": why()}, {"rank": 2, "why": why(alone_m=198.0, streets=[], replacement=None)}]
    page = open_map(planned_town(), planned(sites=sites))
    click(page, 450, 10)
    told = popup(page)
    assert f"Newly covers\nHill Street 120 m, unnamed residential 30 m, {HOSTILE} 9.0 m" in told
    assert "Adds by itself\n240 m" in told
    assert "The plan without it loses\n150 m" in told
    assert f"dome-4 · S7 {HOSTILE} · 90°\u00a0east · 900 EUR: the plan then loses 12 m" in told
    click(page, 290, 450)
    told = popup(page)
    assert "Adds by itself" not in told, "it adds no less in the plan"
    assert "Newly covers" not in told
    assert "Next best" not in told


# ---- themes ----


def test_overlap_is_coloured_and_can_be_asked_for_from_two_on(page):
    page.evaluate("camgap.show('proposed_views', false)")  # their tint lies over the streets
    page.get_by_label("Colour covered streets by").select_option("overlap")
    page.wait_for_function("() => camgap.drawn()")
    assert near(ink(page, 175, 300), colour(page, "scale-3"))
    assert near(ink(page, 475, 0), colour(page, "scale-1"))
    assert near(ink(page, 525, 0), colour(page, "scale-3"))
    page.get_by_label("2 cameras").check()
    page.wait_for_function("() => camgap.drawn()")
    assert near(ink(page, 475, 0), colour(page, "uncovered"))
    assert near(ink(page, 525, 0), colour(page, "scale-3"))
    step_to(page, 1)
    assert near(ink(page, 525, 0), colour(page, "uncovered")), "site 3 does not stand yet"


def measured_town():
    layers = planned_town()
    lines = {"a": (150, 300, 250, 300), "b": (450, 0, 550, 0), "c": (600, 150, 600, 250)}
    lines = {name: LineString([xy[:2], xy[2:]]) for name, xy in lines.items()}
    layers["levels"] = frame(
        [
            {"day": "identify", "night": "detect", "geometry": lines["a"]},
            {"day": "observe", "night": "", "geometry": lines["b"]},
            {"day": "detect", "night": "detect", "geometry": lines["c"]},
        ]
    )
    layers["certainty"] = frame(
        [{"p": 0.97, "geometry": lines["a"]}, {"p": 0.3, "geometry": lines["b"]}, {"p": 0.01, "geometry": lines["c"]}]
    )
    return layers


LADDER = {"quality": {"levels": [{"level": name} for name in ("detect", "observe", "identify")]}}


def test_level_by_day_and_night_and_certainty_appear_where_the_run_has_them(open_map):
    page = open_map(measured_town(), planned(after={**outcome()["after"], **LADDER}))
    page.evaluate("camgap.show('proposed_views', false)")  # their tint lies over the streets
    page.get_by_label("Colour covered streets by").select_option("level")
    page.wait_for_function("() => camgap.drawn()")
    assert page.locator(".themes [role=radiogroup] .name").all_inner_texts() == ["detect", "observe", "identify"]
    assert near(ink(page, 175, 300), colour(page, "scale-5"))
    assert near(ink(page, 475, 0), colour(page, "scale-3"))
    assert near(ink(page, 300, 450), colour(page, "uncovered")), "no level told, none shown"
    page.get_by_role("button", name="Night").click()
    page.wait_for_function("() => camgap.drawn()")
    assert near(ink(page, 175, 300), colour(page, "scale-1"))
    assert near(ink(page, 475, 0), colour(page, "uncovered"))
    click(page, 475, 0)
    assert "Quality level\nDay observe · Night –" in popup(page)
    assert "Probability\n30.0 %" in popup(page)
    page.get_by_label("Colour covered streets by").select_option("p")
    page.wait_for_function("() => camgap.drawn()")
    assert page.get_by_role("button", name="Night").count() == 0
    assert near(ink(page, 175, 300), colour(page, "scale-5"))
    assert near(ink(page, 475, 0), colour(page, "scale-2"))
    assert near(ink(page, 600, 200), colour(page, "uncovered")), "below the lowest class"


def test_what_holds_for_the_whole_proposal_alone_is_not_shown_at_a_step(open_map):
    page = open_map(measured_town(), planned(), link="#step=1")
    page.get_by_label("Colour covered streets by").select_option("level")
    assert page.evaluate("[camgap.state.theme, camgap.state.step]") == ["level", 3]
    step_to(page, 2)
    assert page.evaluate("[camgap.state.theme, camgap.state.step]") == ["coverage", 2]
    assert near(ink(page, 300, 450), colour(page, "gained"))


def test_a_camera_that_is_turned_stops_seeing_what_it_saw(open_map):
    layers = planned_town()
    layers["sites"].loc[1, "id"] = "cam/1"  # action 2 turns camera cam/1
    layers["lost"] = frame([seen([(0, 100), (0, 200)], cameras=["cam/1"])])
    page = open_map(layers, planned())
    for step, was, now in ((0, "covered-1", "covered-2"), (1, "covered-1", "covered-2"), (2, "gap", "covered-1")):
        step_to(page, step)
        assert near(ink(page, 175, 300), colour(page, now)), step
        dashes = [ink(page, 0, y) for y in range(110, 190, 3)]
        assert any(near(dash, colour(page, was)) for dash in dashes), step
    assert near(ink(page, 225, 300), colour(page, "uncovered")), "seen by the turned camera, until site 3 comes"
    step_to(page, 3)
    assert near(ink(page, 225, 300), colour(page, "covered-1"))
    click(page, 175, 300)
    assert page.locator(".seers li").all_inner_texts() == ["cam/2"]
    click(page, 0, 150)
    assert "covered today, no longer with the proposal" in popup(page)


def test_themes_are_read_from_the_run():
    layers = measured_town()
    told = themes(layers, {"coverage": LADDER})
    assert [theme["id"] for theme in told] == ["overlap", "level", "p"]
    assert told[1] == {
        "id": "level", "layer": "levels", "columns": {"day": "day", "night": "night"}, "today": {},
        "values": ["detect", "observe", "identify"],
    }  # fmt: skip
    assert themes(layers, {})[1]["values"] == ["detect", "identify", "observe"], "no ladder told: by name"
    assert [theme["id"] for theme in themes(planned_town(), {})] == ["overlap"]
    assert themes({}, {}) == []
    sites = [{"rank": 2, "why": "x"}, {"rank": 3, "why": {"alone_m": 1}}, {"rank": 4}]
    assert site_notes({"sites": sites}, {}) == {"3": {"alone_m": 1}}
    replaced = {"rank": 5, "why": {"replacement": {"model": "b90"}}}
    assert site_notes({"sites": [replaced]}, {"b90": "Bullet"}) == {"5": {"replacement": {"model": "Bullet"}}}


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ([{"sites": 0, "covered_m": 1, "share": 0.5}], r"curve\[0\] has no number 'money'"),
        ([CURVE[0], 7], r"curve\[1\] has no number 'money'"),
        ([CURVE[1], CURVE[0]], "do not ascend"),
        ([CURVE[1], CURVE[1]], "do not ascend"),
    ],
)
def test_a_curve_that_cannot_be_read_is_named(curve, message):
    with pytest.raises(InputError, match=message):
        cost_curve({"curve": curve})


# ---- search ----


def test_everything_with_a_name_is_found_from_one_box_with_the_keyboard_alone(page):
    box = page.get_by_role("combobox", name="Search street, camera or site")
    box.fill("MARKT")
    assert page.locator("#search-list [role=option]").all_inner_texts() == ["Straße am Markt\nstreet"]
    box.fill("cam/")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "search-0"
    page.keyboard.press("Enter")
    assert "cam/1" in popup(page)
    assert page.locator("#search-list").is_hidden()
    box.fill("site/2")
    page.keyboard.press("Enter")
    assert "Site 2" in popup(page)
    box.fill("南京")
    page.locator("#search-list [role=option]").click()
    assert "南京路" in popup(page)
    box.fill("nowhere")
    assert page.locator("#search-list").inner_text() == "Nothing of that name"
    page.keyboard.press("Escape")
    assert page.locator("#search-list").is_hidden()
    box.fill("")


# ---- links ----


def test_a_link_brings_the_same_view_back(page, open_map):
    page.evaluate("camgap.map.setView([50.002, 11.004], 17, {animate: false}), camgap.show('gaps', false)")
    page.evaluate("camgap.change({step: 2, theme: 'overlap', least: 1, lang: 'zh', mode: 'dark'})")
    page.wait_for_function("() => location.hash.includes('mode=dark')")
    link = page.evaluate("location.hash")
    assert link == "#map=17/50.00200/11.00400&step=2&by=overlap&least=1&lang=zh&mode=dark&hide=gaps"
    other = open_map(planned_town(), planned(), link=link)
    told = other.evaluate("({...camgap.state, zoom: camgap.map.getZoom(), at: camgap.map.getCenter()})")
    assert (told["step"], told["theme"], told["least"], told["lang"], told["mode"]) == (2, "overlap", 1, "zh", "dark")
    assert told["zoom"] == 17
    assert told["at"]["lat"] == pytest.approx(50.002, abs=1e-4)
    assert not other.locator("#show-gaps").is_checked()
    assert sites_shown(other) == sites_shown(page)
    assert sum(colour(other, "ground")) < 200
    assert other.evaluate("location.hash") == link


@pytest.mark.parametrize(
    "link",
    ["#map=1/2", "#map=99/a/b&step=x", "#step=4&by=nothing&least=9", "#lang=fr&mode=pink&hide=moon&light=dusk", "#%%%"],
)
def test_a_link_that_cannot_be_understood_shows_the_map_as_it_is(open_map, link):
    page = open_map(planned_town(), planned(), link=link)
    assert sites_shown(page) == [1, 2, 3]
    state = page.evaluate("camgap.state")
    nothing = {"status": "", "source": "", "phase": "", "mode": None}
    assert state == {"step": 3, "theme": "coverage", "least": 0, "light": "day", "lang": "en", **nothing}


def test_a_link_typed_into_the_open_page_is_followed(open_map):
    page = open_map(planned_town(), planned())
    page.evaluate("location.hash = '#step=1&lang=zh'")
    page.wait_for_function("() => camgap.state.step === 1")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert sites_shown(page) == [1]


# ---- light, dark, paper, phone ----


def test_light_and_dark_can_be_chosen_whatever_the_system_says(page):
    light = colour(page, "ground")
    page.get_by_role("button", name="Dark colours").click()
    page.wait_for_function("() => camgap.drawn()")
    assert sum(colour(page, "ground")) < sum(light) - 300
    assert near(ink(page, 520, 250), colour(page, "ground"))
    page.get_by_role("button", name="Light colours").click()
    page.wait_for_function("() => camgap.drawn()")
    assert near(ink(page, 520, 250), light)


def test_on_paper_the_step_shown_is_told_and_the_controls_are_gone(page):
    step_to(page, 1)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#dock").is_hidden()
    assert page.locator("#search").is_hidden()
    assert "with 1 of 3 new cameras" in page.locator(".headline").inner_text()
    assert near(ink(page, 475, 0), colour(page, "gained"))
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def test_on_a_phone_the_slider_is_in_reach_and_in_sight(open_map):
    page = open_map(
        planned_town(),
        planned(),
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
    )
    dock, panel = page.locator("#dock").bounding_box(), page.locator("#panel").bounding_box()
    assert dock["x"] >= 0
    assert dock["x"] + dock["width"] <= 390
    assert dock["y"] + dock["height"] <= panel["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    _, y = screen(page, 300, -40)
    assert y < dock["y"], "the study area lies above the dock"
    page.locator("#budget").tap(position={"x": 12, "y": 12})
    assert sites_shown(page) == []
    page.get_by_role("button", name="Open the panel").tap()
    assert page.locator("#search").is_visible()


# ---- for eyes of every kind ----


def luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_shades_of_a_theme_ascend_in_grey(page, mode):
    page.evaluate("mode => camgap.change({mode})", mode)
    shades = [luminance(colour(page, f"scale-{i}")) for i in range(1, 6)]
    steps = [b - a for a, b in itertools.pairwise(shades)]
    assert all(step > 0.01 for step in steps) or all(step < -0.01 for step in steps), shades
    ground = colour(page, "ground")
    assert contrast(colour(page, "scale-5"), ground) > 10
    assert contrast(colour(page, "uncovered"), ground) >= 3, "graphics need 3 to 1 (WCAG 1.4.11)"
    assert contrast(colour(page, "gained-edge"), ground) >= 4.5


# dichromats' view of linear RGB (Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.0)
DICHROMAT = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("matrix", DICHROMAT.values(), ids=DICHROMAT)
def test_covered_and_not_covered_differ_for_every_colour_vision(page, mode, matrix):
    page.evaluate("mode => camgap.change({mode})", mode)

    def seen_as(name):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour(page, name))
        ]
        return [sum(m * c for m, c in zip(row, linear, strict=True)) for row in matrix]

    for name in ("covered-2", "gained-edge", "scale-5"):
        assert sum((a - b) ** 2 for a, b in zip(seen_as(name), seen_as("uncovered"), strict=True)) ** 0.5 > 0.15, name


def test_every_control_has_a_name_and_the_keyboard_reaches_it(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, a[href]')].filter(e => {
            const labels = [...(e.labels || [])].map(l => l.textContent.trim()).join('');
            return e.checkVisibility() && !e.ariaLabel && !e.textContent.trim() && !labels;
        }).map(e => e.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0, "no order but that of the page"


def test_a_popup_asked_for_by_keyboard_takes_the_focus_and_gives_it_back(page):
    marker = page.locator(".site").first
    marker.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.leaflet-popup') !== null")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.leaflet-popup article')")
    assert page.evaluate("document.activeElement.classList.contains('site')")


# ---- words ----


def test_the_page_speaks_chinese_with_numbers_and_units_of_its_own(page):
    page.get_by_role("button", name="简体中文显示").click() if page.get_by_role(
        "button", name="简体中文显示"
    ).count() else page.locator("#lang-zh").click()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.title() == "摄像机覆盖图"
    text = page.inner_text("body")
    for words in ("现状", "方案", "15.2%", "3.30公里", "7,201.50", "欧元", "图例", "未覆盖"):
        assert words in text, words
    click(page, 520, 300)
    assert "生活街道" in popup(page)
    assert "600米" in popup(page)
    english = re.findall(r"\b(?:the|covered|cameras?|streets?|of)\b", text, re.IGNORECASE)
    assert english == [], "nothing of the page's own is left in English"
    page.locator("#lang-en").click()
    assert "15.2 %" in page.inner_text("body")


def test_a_file_can_be_written_in_chinese(open_map):
    page = open_map(planned_town(), planned(), title=None, lang="zh")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.title() == "摄像机覆盖图"
    page.locator("#lang-en").click()
    assert page.title() == "Camera coverage"


def test_a_language_the_map_does_not_speak_is_refused():
    with pytest.raises(InputError, match=r"no map in the language 'fr'; choose one of en, zh"):
        draw_map(town(), outcome(), lang="fr")
