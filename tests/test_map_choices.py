"""Choosing on the map: cameras by status and list, sites by phase, themes today and planned; figures and method."""

import numpy as np
import pytest
from map_town import HOSTILE, camera, click, colour, frame, ink, maps, near, outcome, pages, popup, screen, site
from shapely import LineString
from test_map_plan import CURVE, planned, planned_town, step_to

from camgap.coverage.outputs.layers import _cut, _probability
from camgap.coverage.scoring.bands import Bands

LIST = "lists/" + HOSTILE + ".csv"


DISTRICTS = [
    {"name": "West " + HOSTILE, "length_m": 1800.0, "covered_m": 180.0, "share": 0.1},
    {"name": "East", "length_m": 1500.0, "covered_m": 300.0, "share": 0.2},
]


def told_town():
    """Return the planned town with cameras of two lists, sites of two phases, levels and certainty of both states."""
    layers = planned_town()
    layers["cameras"] = frame(
        [
            camera(1, 150, 290, status="working"),
            camera(2, 520, 520, status="unknown", source=LIST),
            camera(3, 80, 520, status="unknown"),
        ]
    )
    layers["sites"] = frame(
        [
            site(1, 450, 10, phase="2027", action="new"),
            site(2, 290, 450, phase="2027", action="new"),
            site(3, 610, 200, phase=HOSTILE, action="reaim", model="", kind="camera"),
        ]
    )
    rows = {
        "a": (LineString([(150, 300), (250, 300)]), "detect", "identify", 0.9, 0.97),
        "b": (LineString([(450, 0), (550, 0)]), "", "observe", 0.0, 0.8),
    }
    layers["levels"] = frame(
        [{"day": d, "night": d, "day_today": t, "night_today": t, "geometry": line} for line, t, d, *_ in rows.values()]
    )
    layers["certainty"] = frame([{"p": p, "p_today": t, "geometry": line} for line, _, _, t, p in rows.values()])
    return layers


def told():
    """Return its result, with level, bands, homes, sight and phases."""

    def state(share, homes):
        day, night = {"share": share}, {"share": share / 2}
        band = {"p5_share": share - 0.0115, "median_share": share + 0.004, "p95_share": share + 0.02}
        quality = {"level": "detect", "px_per_m": 25.0, "light": "day", "standard": "EN 62676-4:2015", "target_m": 1.6}
        ladder = [{"level": name} for name in ("detect", "observe", "identify")]
        return {
            "quality": {**quality, "day": day, "night": night, "levels": ladder},
            "bands": {
                "draws": 40, "day": band, "night": band, "score_lies": "below", "because": {"light": 3, "status": 1},
            },
        }, {"residential": {"in_view_m": homes}}  # fmt: skip

    (before, home), (after, home_after) = state(0.0909, 80.0), state(0.1515, 120.0)
    one = outcome()
    return planned(
        before={**one["before"], **before, "by_district": DISTRICTS}, after={**one["after"], **after},
        privacy={"before": home, "after": home_after}, phases=[{"name": "2027"}, {"name": HOSTILE}],
        actions={"used": ["new", "reaim"]}, sight={"heights": True, "barriers": False, "trees": "leaf_on"},
    )  # fmt: skip


@pytest.fixture
def new_page(offline):
    yield from pages(offline)


@pytest.fixture
def page(new_page, tmp_path):
    for open_ in maps(new_page, tmp_path):
        one = open_(told_town(), told())
        one.evaluate("camgap.show('proposed_views', false)")
        yield one


def choose(page, name, value):
    page.locator(f"#only-{name}").select_option(value)
    page.wait_for_function("() => camgap.drawn()")


def dot(page, x, y):
    return near(ink(page, x, y), colour(page, "camera"))


# --- cameras ---


def test_cameras_are_shown_by_status(page):
    assert page.locator("#only-status option").all_inner_texts() == ["all", "not known (2)", "working (1)"]
    assert dot(page, 150, 290)
    choose(page, "status", "unknown")
    assert not dot(page, 150, 290)
    assert dot(page, 520, 520)
    assert near(ink(page, 175, 300), colour(page, "covered-2")), "streets stay as they are"
    click(page, 150, 286)
    assert "cam/1" not in page.locator(".leaflet-popup h2").all_inner_texts(), "what is not shown is not picked"
    choose(page, "status", "")
    assert dot(page, 150, 290)


def test_cameras_are_shown_by_list_whatever_its_name(page):
    choose(page, "source", LIST)
    assert not dot(page, 150, 290)
    assert not dot(page, 80, 520)
    assert dot(page, 520, 520)
    page.evaluate("camgap.zoomTo('cameras', 0)")
    assert page.evaluate("camgap.state.source") == "", "to show a camera the choice gives way"


def test_the_view_of_a_camera_goes_with_it(page):
    tinted = ink(page, 235, 262)
    choose(page, "status", "unknown")
    assert ink(page, 235, 262) != tinted
    choose(page, "status", "working")
    assert ink(page, 235, 262) == tinted


def test_a_choice_is_in_the_link_and_read_from_it(page):
    choose(page, "source", LIST)
    choose(page, "phase", "2027")
    page.wait_for_function("() => location.hash.includes('phase=2027')")
    link = page.evaluate("location.hash")
    page.evaluate("camgap.change({source: '', phase: ''})")
    page.wait_for_function("() => !location.hash.includes('phase=')")
    page.evaluate("link => void (location.hash = link)", link)
    page.wait_for_function("() => camgap.state.phase === '2027'")
    assert page.evaluate("camgap.state.source") == LIST
    page.evaluate("void (location.hash = '#status=broken&phase=1999')")
    page.wait_for_function("() => camgap.state.phase === ''")
    assert page.evaluate("camgap.state.status") == ""


# --- phases ---


def test_sites_are_shown_by_phase_and_differ_in_shape(page):
    assert page.locator("#only-phase option").all_inner_texts() == ["all", "2027 (2)", f"{HOSTILE} (1)"]
    assert page.locator(".pin.phase-0").count() == 2
    assert page.locator(".pin.phase-1").count() == 1
    radius = "e => getComputedStyle(e).borderRadius"
    assert page.locator(".pin.phase-0 b").first.evaluate(radius) != page.locator(".pin.phase-1 b").evaluate(radius)
    choose(page, "phase", HOSTILE)
    assert page.evaluate("camgap.sitesOnScreen()") == [3]
    step_to(page, 2)
    assert page.evaluate("camgap.sitesOnScreen()") == []
    choose(page, "phase", "")
    assert sorted(page.evaluate("camgap.sitesOnScreen()")) == [1, 2]


def test_the_slider_marks_where_phases_end(page):
    ends = page.locator(".phase-end")
    assert ends.all_inner_texts() == ["2027", HOSTILE]
    share = (CURVE[2]["money"] - CURVE[0]["money"]) / (CURVE[-1]["money"] - CURVE[0]["money"])
    assert float(ends.first.get_attribute("style").removeprefix("left:").removesuffix("%")) == pytest.approx(
        100 * share
    )


def test_a_site_that_is_no_new_camera_says_so(page):
    page.mouse.click(*screen(page, 610, 200))
    assert popup(page).startswith("PROPOSED MEASURE")
    assert "Action\nturn the camera" in popup(page)
    assert "Adds on balance" in popup(page)
    assert "Mount" not in popup(page)


# --- two states ---


@pytest.mark.parametrize(("theme", "before", "after"), [("level", "scale-1", "scale-5"), ("p", "scale-4", "scale-5")])
def test_levels_and_certainty_are_those_of_today_and_of_the_proposal(page, theme, before, after):
    page.get_by_label("Colour covered streets by").select_option(theme)
    page.wait_for_function("() => camgap.drawn()")
    assert near(ink(page, 175, 300), colour(page, after))
    assert not near(ink(page, 475, 0), colour(page, "uncovered"))
    assert "With the whole proposal." in page.locator(".themes").inner_text()
    page.get_by_role("button", name="Today", exact=True).click()
    page.wait_for_function("() => camgap.drawn()")
    assert page.evaluate("camgap.state.theme") == theme
    assert near(ink(page, 175, 300), colour(page, before))
    assert near(ink(page, 475, 0), colour(page, "uncovered"))
    assert "As it is today." in page.locator(".themes").inner_text()
    click(page, 175, 300)
    assert "Day detect · Night detect" in popup(page)
    assert "Probability\n90.0 %" in popup(page)


def test_the_layers_hold_both_probabilities():
    nothing = np.empty(0)

    def bands(start, end, p):
        return Bands(nothing, nothing, {}, "day", *(np.array(v, float) for v in (start, end, p)), {})

    before, after = bands([0, 10], [10, 20], [0.5, 1.0]), bands([5, 40], [20, 50], [1.0, 0.2])
    parts = _cut(np.array([0.0, 45.0, 60.0]), before, after)
    found = np.column_stack([parts.start, parts.end, _probability(before, parts), _probability(after, parts)])
    assert found.tolist() == [
        [0, 5, 0.5, 0], [5, 10, 0.5, 1], [10, 20, 1, 1], [40, 45, 0, 0.2], [45, 50, 0, 0.2],
    ]  # fmt: skip
    none = bands([], [], [])
    assert len(_probability(none, parts)) == 5
    assert not _probability(none, parts).any()
    assert len(_cut(np.array([0.0, 60.0]), none, none)) == 0


# --- figures and method ---


def test_the_headline_says_which_picture_counts_and_how_sure_it_is(page):
    headline = page.locator(".headline").inner_text()
    assert "at least detect (25\u00a0px/m), by day" in headline
    assert "today is 7.9 % to 11.1 %; the median is 9.5 %" in headline
    assert (
        "The score lies below this band: it counts unknown own light as in the presets (3), unknown status" in headline
    )


def test_figures_stand_side_by_side(page):
    page.get_by_role("tab", name="Shares").click()
    rows = page.locator(".figures-table tbody tr").all_inner_texts()
    assert [" ".join(row.split("\t")).replace("\n", " ") for row in rows] == [
        "Street in view 150 m 250 m",
        "Share 9.1 % 15.2 %",
        "By day 9.1 % 15.2 %",
        "By day, median of the draws 9.5 % 15.6 %",
        "By day, 90 of 100 draws 7.9 % to 11.1 % 14.0 % to 17.2 %",
        "By night 4.5 % 7.6 %",
        "By night, median of the draws 9.5 % 15.6 %",
        "By night, 90 of 100 draws 7.9 % to 11.1 % 14.0 % to 17.2 %",
        "Homes’ facades in view 80 m 120 m",
    ]


def test_the_method_says_what_this_run_did(page):
    page.get_by_role("tab", name="Method").click()
    said = page.locator("#tab-method").inner_text()
    assert "at least 25 pixels a metre (“detect” of EN 62676-4:2015)" in said
    assert "1.6 m above ground, by day" in said
    assert "A building of known height hides the strip" in said
    assert "Rows of trees in leaf block as well." in said
    assert "hedges are taken not to block" in said
    assert "Existing cameras may be turned" in said
    assert "in 40 draws" in said


def test_districts_tell_their_share_of_the_state_shown(page):
    told_shares = "Array.from({length: 2}, (_, i) => camgap.districtShare(i)).sort()"
    assert page.evaluate(told_shares) == [0, 0.25]
    page.evaluate("camgap.change({step: 1})")
    assert page.evaluate(told_shares) == [None, None], "the run does not tell it in between"
    page.evaluate("camgap.change({step: 0})")
    assert page.evaluate(told_shares) == [0.1, 0.2]
    click(page, 350, 400)
    assert "Covered today\n300 m (20.0 %)\nCovered with the proposal\n0 m (0.0 %)" in popup(page)
