"""The map in a real browser with the network cut."""

import json
import re

import folium
import pytest
import shapely
from map_town import (
    HOSTILE,
    LAT,
    LON,
    click,
    colour,
    frame,
    ink,
    lonlat,
    maps,
    near,
    outcome,
    pages,
    popup,
    screen,
    switch,
    town,
)
from shapely import Polygon

from camgap.coverage.errors import InputError, OutputError
from camgap.maps import draw_map, write_map
from camgap.maps.page import script_json, standalone_html


@pytest.fixture
def new_page(offline):
    yield from pages(offline)


@pytest.fixture
def open_map(new_page, tmp_path):
    yield from maps(new_page, tmp_path)


@pytest.fixture(scope="module")
def opened_town(offline, tmp_path_factory):
    """The town's map, opened once for all tests that only look and click."""
    context, page, noted = offline()
    path = tmp_path_factory.mktemp("town") / "map.html"
    path.write_text(draw_map(town(), outcome()), encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_function("() => camgap.drawn()")
    yield page, noted
    context.close()


@pytest.fixture
def page(opened_town):
    page, noted = opened_town
    page.evaluate("camgap.map.closePopup(), camgap.home()")
    page.evaluate("Object.keys(camgap.layers).forEach(id => camgap.show(id, true))")
    page.get_by_role("tab", name="Key").click()
    page.wait_for_function("() => camgap.drawn()")
    yield page
    assert noted == []


# ---- what is seen ----


def test_the_page_asks_nothing_says_nothing_and_names_itself(open_map):
    page = open_map(title="Coverage of <Hilltown>")
    assert page.title() == "Coverage of <Hilltown>"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("h1").inner_text() == "Coverage of <Hilltown>"
    assert "default-src 'none'" in page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith(" m")
    assert "OpenStreetMap contributors" in page.locator(".leaflet-control-attribution").inner_text()


def test_a_plain_folium_map_would_have_been_noted(new_page, tmp_path):
    path = tmp_path / "plain.html"
    folium.Map([LAT, LON]).save(str(path))
    page, noted = new_page()
    page.goto(path.as_uri())
    assert [note for note in noted if note.startswith("request: https://")]
    assert [note for note in noted if note.startswith("error: ")]


def test_a_request_from_within_the_page_is_refused(new_page, tmp_path):
    path = tmp_path / "map.html"
    path.write_text(draw_map(town(), outcome()), encoding="utf-8")
    page, noted = new_page()
    page.goto(path.as_uri())
    refused = page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective));
            new Image().src = 'https://example.org/pixel.png';
        })"""
    )
    assert refused == "img-src"
    assert any("Content Security Policy" in note for note in noted)


def test_every_layer_is_drawn_in_its_own_colour(page):
    assert near(ink(page, 200, 300), colour(page, "covered-2"))
    assert near(ink(page, 500, 0), colour(page, "gained"))
    assert near(ink(page, 600, 450), colour(page, "uncovered"))
    assert near(ink(page, 300, 200), colour(page, "uncovered"))
    assert near(ink(page, 115, 150), colour(page, "building"))
    assert near(ink(page, 150, 150), colour(page, "ground")), "the courtyard is open"
    assert near(ink(page, 150, 290), colour(page, "camera"))
    assert not near(ink(page, 235, 280), colour(page, "ground")), "the view is tinted"
    assert ink(page, -200, 300) is None, "outside the study area there is paper"


def test_the_default_view_is_the_study_area(page):
    for corner in ((-40, -40), (640, 640)):
        x, y = screen(page, *corner)
        assert 380 < x < 1280
        assert 0 < y < 800
    assert page.evaluate("camgap.map.getZoom()") >= 16  # and no smaller than need be


def test_sites_on_screen_are_those_of_the_plan(page):
    assert sorted(page.evaluate("camgap.sitesOnScreen()")) == [1, 2, 3]
    assert page.locator(".site").count() == 3
    assert sorted(page.locator(".site").all_inner_texts()) == ["1", "2", "3"]
    page.evaluate("void camgap.map.panBy([100000, 0], {animate: false})")
    assert page.evaluate("camgap.sitesOnScreen()") == []


def test_holes_stay_open_where_polygons_overlap_and_overlaps_stay_filled(open_map):
    layers = town()
    hole = [(220, 120), (220, 180), (280, 180), (280, 120)]
    outer = Polygon([(200, 100), (300, 100), (300, 200), (200, 200)], [hole])
    layers["buildings"] = frame(
        [
            {"id": 1, "height": 3.0, "geometry": outer},
            {"id": 2, "height": 3.0, "geometry": shapely.box(250, 130, 400, 170)},  # over the hole's eastern half
        ]
    )
    page = open_map(layers)
    assert near(ink(page, 235, 150), colour(page, "ground"))
    assert near(ink(page, 270, 150), colour(page, "building"))
    assert near(ink(page, 290, 150), colour(page, "building")), "twice covered is not uncovered"


def test_the_headline_says_what_the_result_says(page):
    text = page.locator(".headline").inner_text()
    assert "9.1 %" in text
    assert "15.2 %" in text
    assert "+ 100 m of street newly covered by 3 new cameras for 7,201.50 EUR of 10,000" in text
    assert "no other choice of these candidates within this budget could add more than 110 m" in text
    assert "(this one is at most 9.1 % short of it)" in text
    assert "25.0 %" in text
    assert page.locator(".facts").inner_text().split("\n") == ["3.30 km of street", "2 cameras", "map of 2024-03-01"]


def test_a_gap_is_rounded_up_and_no_gap_is_nought(page):
    shares = [0, 0.003, 0.0031, 0.0909090909]
    assert page.evaluate("shares => shares.map(Camgap.atMost)", shares) == ["0.0 %", "0.3 %", "0.4 %", "9.1 %"]


def test_method_and_shares_are_told(page):
    page.get_by_role("tab", name="Method").click()
    told = page.locator("#tab-method").inner_text()
    assert "5 read, 2 used. Set aside: indoor 3. Values assumed where the list has none: field of view 1." in told
    assert "tunnel 80 m" in told
    assert "flat sector" in told
    page.get_by_role("tab", name="Shares").click()
    shares = page.locator("#tab-shares").inner_text()
    assert "living street" in shares
    assert "25.0 %" in shares


# ---- what answers ----


def test_a_site_tells_what_it_adds_and_costs(page):
    page.mouse.click(*screen(page, 450, 10))
    said = popup(page)
    for words in (
        "Site 1",
        "Hill Street",
        "199 m of street",
        "2,400.50 EUR",
        "Bullet <b>90</b>",
        "45° north‑east",
        "41.0 %",
    ):
        assert words in said.replace("\xa0", " ")


def test_a_camera_tells_what_it_sees_and_what_was_assumed(page):
    click(page, 150, 290)
    said = popup(page).replace("\xa0", " ")
    for words in ("cam/1", "90° east", "100 m", "40 m", "12 m", "by 2.4 m", "field of view, range", "list.csv"):
        assert words in said
    assert not near(ink(page, 150, 290), colour(page, "ground"))


def test_a_camera_without_azimuth_that_sees_all_round_says_so(page):
    click(page, 520, 520)
    assert "all round" in popup(page)
    assert "0 m" in popup(page)


def test_a_street_tells_its_share_and_what_holds_at_the_place_picked(page):
    click(page, 220, 300)
    said = popup(page)
    for words in ("南京路", "living street", "600 m", "150 m (25.0 %)", "seen by 2 cameras"):
        assert words in said
    click(page, 520, 300)
    assert "not covered" in popup(page)
    click(page, 520, 0)
    assert "newly covered by the proposal" in popup(page)
    click(page, 600, 100)
    assert "Unnamed street" in popup(page)


def test_a_street_in_a_gap_leads_to_the_gap(page):
    click(page, 450, 600)
    assert "not covered, part of gap 1" in popup(page)
    page.get_by_role("button", name="Zoom to gap 1").click()
    page.wait_for_function("() => camgap.drawn()")
    said = popup(page)
    for words in ("Gap 1", "1.20 km", "2.40 km", "Market Street, West Street", "primary"):
        assert words in said


@pytest.mark.parametrize("place", [(450, 600), (0, 150)])
def test_both_parts_of_a_gap_are_one_feature(page, place):
    switch(page, "streets")
    click(page, *place)
    assert "Gap 1" in popup(page)


def test_a_gap_in_the_list_is_zoomed_to(page):
    page.get_by_role("tab", name="Gaps").click()
    items = page.locator("#tab-gaps .item")
    assert items.count() == 2
    assert "1.20 km" in items.nth(0).inner_text()
    before = page.evaluate("camgap.map.getZoom()")
    items.nth(1).click()
    page.wait_for_function("() => camgap.drawn()")
    assert "Gap 2" in popup(page)
    assert page.evaluate("camgap.map.getZoom()") > before
    for end in ((0, 0), (450, 0)):
        x, y = screen(page, *end)
        assert 380 < x < 1280
        assert 0 < y < 800


def test_a_site_in_the_list_is_zoomed_to(page):
    page.get_by_role("tab", name="Sites").click()
    page.locator("#tab-sites .item").nth(2).click()
    assert "Site 3" in popup(page)
    assert page.evaluate("camgap.map.getZoom()") >= 17


def test_a_street_is_found_by_its_name_however_it_is_typed(page):
    page.get_by_role("tab", name="Streets").click()
    rows = page.locator("#tab-streets tbody tr")
    assert rows.count() == 3
    page.get_by_label("Find a street").fill("STRASSE")
    assert rows.all_inner_texts()[0].split("\n")[0].strip() == "Straße am Markt"
    assert rows.count() == 1
    page.get_by_label("Find a street").fill("nowhere")
    assert "No street of that name" in page.locator("#tab-streets").inner_text()
    page.get_by_label("Find a street").fill("南京")
    rows.get_by_role("button").click()
    page.wait_for_function("() => camgap.drawn()")
    for words in ("南京路", "600 m", "25.0 %", "50.0 %"):
        assert words in popup(page)


def test_a_district_and_a_building_answer_on_open_ground(page):
    click(page, 440, 440)
    assert "12 m" in popup(page)
    click(page, 520, 250)
    assert "East" in popup(page)
    assert "0 m (0.0 %)" in popup(page)


def test_an_empty_place_closes_the_popup(page):
    click(page, 220, 300)
    assert page.locator(".leaflet-popup").count() == 1
    switch(page, "districts")
    page.mouse.click(*screen(page, 450, 150))
    assert page.locator(".leaflet-popup").count() == 0


def test_the_layer_switch_really_hides(page):
    for layer, place, name in (
        ("covered", (200, 300), "covered-2"),
        ("gained", (500, 0), "gained"),
        ("buildings", (115, 150), "building"),
        ("cameras", (150, 290), "camera"),
        ("streets", (600, 450), "uncovered"),
    ):
        assert near(ink(page, *place), colour(page, name)), layer
        switch(page, layer)
        assert not near(ink(page, *place), colour(page, name)), layer
        switch(page, layer)
        assert near(ink(page, *place), colour(page, name)), layer
    switch(page, "sites")
    assert page.locator(".site").count() == 0
    assert page.evaluate("camgap.sitesOnScreen()") == []
    switch(page, "cameras")
    click(page, 150, 290)
    assert "CAMERA" not in popup(page).upper().split("\n")[0]


def test_the_key_counts_what_is_on_the_map(page):
    counts = {
        layer: page.locator(f"label[for=show-{layer}] .count").inner_text() for layer in ("sites", "cameras", "gaps")
    }
    assert counts == {"sites": "3", "cameras": "2", "gaps": "2"}


def test_the_whole_study_area_is_one_click_away(page):
    page.evaluate("void camgap.map.panBy([100000, 0], {animate: false})")
    assert page.evaluate("camgap.sitesOnScreen()") == []
    page.get_by_role("button", name="Whole study area").click()
    assert sorted(page.evaluate("camgap.sitesOnScreen()")) == [1, 2, 3]


def test_everything_can_be_reached_with_the_keyboard(page):
    page.locator(".site").first.focus()
    page.keyboard.press("Enter")
    assert "Site" in popup(page)
    assert page.locator(".site").first.get_attribute("aria-label").startswith("Proposed site ")
    page.evaluate("([lat, lng]) => void camgap.map.setView([lat, lng], 18, {animate: false})", lonlat(220, 300)[::-1])
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    assert "南京路" in popup(page)
    page.get_by_role("tab", name="Key").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Sites").get_attribute("aria-selected") == "true"


# ---- hostile text ----


def test_hostile_names_are_shown_as_they_are(open_map):
    page = open_map(title=HOSTILE)  # a dialog, request or error would be noted
    assert page.title() == " ".join(HOSTILE.split())
    click(page, 200, 0)
    assert page.locator(".leaflet-popup h2").inner_text() == HOSTILE
    click(page, 520, 520)
    assert page.locator(".leaflet-popup h2").inner_text() == HOSTILE
    page.get_by_role("tab", name="Gaps").click()
    assert page.locator("#tab-gaps .what > bdi").nth(1).inner_text() == HOSTILE
    page.get_by_role("tab", name="Sites").click()
    assert page.locator("#tab-sites .what > bdi").nth(1).inner_text() == HOSTILE
    page.get_by_role("tab", name="Shares").click()
    assert page.locator("#tab-shares th bdi").first.inner_text() == "West " + HOSTILE
    assert page.locator("script:not([type])").count() == page.evaluate("document.scripts.length - 1")
    assert page.locator("#panel img, .leaflet-popup img, #panel script").count() == 0


def test_a_payload_cannot_end_its_script_element():
    text = script_json({"name": "</script><!--<script>\u2028"})
    assert "<" not in text
    assert json.loads(text) == {"name": "</script><!--<script>\u2028"}


def test_a_map_that_needs_a_file_from_elsewhere_is_refused():
    with pytest.raises(ValueError, match=r"links to https://.* which does not ship with camgap"):
        standalone_html(folium.Map([0, 0]), "plain", {})


# ---- windows of all sorts ----


def test_on_a_phone_the_panel_folds_away_and_nothing_sticks_out(open_map):
    page = open_map(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, is_mobile=True)
    panel, map_box = page.locator("#panel").bounding_box(), page.locator(".folium-map").bounding_box()
    assert panel["height"] < 130
    assert map_box["y"] + map_box["height"] <= panel["y"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert sorted(page.evaluate("camgap.sitesOnScreen()")) == [1, 2, 3]
    page.get_by_role("button", name="Open the panel").tap()
    assert page.locator("#panel").bounding_box()["height"] > 400
    page.get_by_role("tab", name="Gaps").tap()
    page.locator("#tab-gaps .item").first.tap()
    page.wait_for_function("() => camgap.drawn()")
    assert page.locator("#panel").bounding_box()["height"] < 130, "the map is in sight again"
    assert "Gap 1" in popup(page)
    assert near(ink(page, 0, 300), colour(page, "uncovered"))


def test_on_a_desk_the_panel_stands_beside_the_map_and_can_be_closed(open_map):
    page = open_map()
    panel, map_box = page.locator("#panel").bounding_box(), page.locator(".folium-map").bounding_box()
    assert panel["x"] + panel["width"] <= map_box["x"] + 1
    page.get_by_role("button", name="Close the panel").click()
    assert page.locator(".folium-map").bounding_box()["width"] == 1280
    page.get_by_role("button", name="Open the panel").click()
    assert page.locator(".folium-map").bounding_box()["width"] == 1280 - panel["width"]
    for element in page.locator("#panel :is(h1, p, li, label, button)").all():
        if element.is_visible():
            box = element.bounding_box()
            assert box["x"] + box["width"] <= panel["width"], element.inner_text()


def test_dark_and_light_are_two_palettes_of_one_map(open_map):
    page = open_map(color_scheme="dark")
    dark = colour(page, "ground")
    assert near(ink(page, 520, 250), dark)
    page.emulate_media(color_scheme="light")
    page.wait_for_function("dark => Camgap.colour('ground') !== dark", arg="#" + bytes(dark).hex())
    page.wait_for_function("() => camgap.drawn()")
    assert sum(colour(page, "ground")) > sum(dark) + 300
    assert near(ink(page, 520, 250), colour(page, "ground"))


def test_print_shows_the_light_map_and_comes_back(open_map):
    page = open_map(color_scheme="dark")
    zoom = page.evaluate("camgap.map.getZoom()")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert sum(colour(page, "ground")) > 600
    assert near(ink(page, 300, 200), colour(page, "uncovered"))
    assert page.locator("#tab-method").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_function("() => camgap.drawn()")
    assert page.evaluate("camgap.map.getZoom()") == zoom
    assert near(ink(page, 520, 250), colour(page, "ground"))
    assert sum(colour(page, "ground")) < 200


# ---- less than everything ----


def test_a_score_of_a_town_without_cameras_is_a_map_too(open_map):
    layers = {name: layer for name, layer in town().items() if name in ("streets", "gaps")}
    layers["cameras"] = town()["cameras"].iloc[:0]
    nothing = {"covered_m": 0.0, "share": 0.0, "depth_m": {"1": 0.0, "2": 0.0, "3+": 0.0}}
    result = {"command": "score", "streets": {"edges": 6, "length_m": 3300.0}, "coverage": nothing}
    page = open_map(layers, result)
    assert "0.0 %" in page.locator(".headline").inner_text()
    assert page.locator("#show-cameras").count() == 0
    assert page.get_by_role("tab", name="Sites").count() == 0
    assert page.evaluate("camgap.sitesOnScreen()") == []
    assert near(ink(page, 200, 300), colour(page, "uncovered"))


def test_one_run_gives_one_page_byte_for_byte():
    assert draw_map(town(), outcome()) == draw_map(town(), outcome())


def test_the_page_holds_no_link_to_another_host():
    html = draw_map(town(), outcome())
    links = set(re.findall(r"""(?:src|href)=["']?(https?://[^"' >]+)""", html))
    assert links <= {
        "https://www.openstreetmap.org/copyright",
        "https://leafletjs.com",
    }  # anchors, followed by nobody but a reader


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({}, "nothing to draw"),
        ({"roads": town()["streets"]}, "knows no layer 'roads'"),
        ({"streets": town()["streets"].drop(columns="share")}, "layer 'streets': .*lacks the column 'share'"),
        ({"streets": town()["streets"], "seen": town()["streets"]}, "layer 'seen': .*lacks the column 'by'"),
        (
            {"streets": town()["buildings"].assign(**town()["streets"].drop(columns="geometry").iloc[0])},
            "a Polygon stands where a line",
        ),
    ],
)
def test_layers_that_cannot_be_drawn_are_named(layers, message):
    with pytest.raises(InputError, match=message):
        draw_map(layers, outcome())


# ---- run folders ----


@pytest.fixture
def run_folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for name, layer in town().items():
        layer.to_crs(25832).to_file(folder / "coverage.gpkg", layer=name)
    (folder / "result.json").write_text(json.dumps(outcome()), encoding="utf-8")
    return folder


def test_a_run_folder_becomes_a_map(run_folder, new_page):
    out = run_folder / "map.html"
    write_map(run_folder, out)
    assert sorted(path.name for path in run_folder.iterdir()) == ["coverage.gpkg", "map.html", "result.json"]
    page, noted = new_page()
    page.goto(out.as_uri())
    page.wait_for_function("() => camgap.drawn()")
    assert sorted(page.evaluate("camgap.sitesOnScreen()")) == [1, 2, 3]
    click(page, 220, 300)
    assert "南京路" in popup(page)
    assert noted == []


def spoil(folder, how):
    if how == "no result":
        (folder / "result.json").unlink()
    elif how == "no package":
        (folder / "coverage.gpkg").unlink()
    elif how == "broken result":
        (folder / "result.json").write_text("{")
    elif how == "list result":
        (folder / "result.json").write_text("[]")
    elif how == "broken package":
        (folder / "coverage.gpkg").write_text("no GeoPackage")
    elif how == "no streets":
        (folder / "coverage.gpkg").unlink()
        town()["cameras"].to_file(folder / "coverage.gpkg", layer="cameras")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("no result", "is not a run folder: it holds no result.json; expected a folder written by"),
        ("no package", "is not a run folder: it holds no coverage.gpkg"),
        ("broken result", "result.json cannot be read as JSON"),
        ("list result", "result.json holds no JSON object"),
        ("broken package", "coverage.gpkg cannot be read as a GeoPackage"),
        ("no streets", "coverage.gpkg has no layer 'streets'"),
    ],
)
def test_what_is_no_run_folder_is_refused_in_one_line(run_folder, how, message):
    spoil(run_folder, how)
    out = run_folder / "map.html"
    with pytest.raises(InputError, match=message) as refused:
        write_map(run_folder, out)
    assert "\n" not in str(refused.value)
    assert not out.exists()


def test_a_folder_that_is_not_there_is_no_run_folder(tmp_path):
    with pytest.raises(InputError, match="is not a run folder"):
        write_map(tmp_path / "nowhere", tmp_path / "map.html")


def test_a_map_that_cannot_be_written_leaves_nothing_behind(run_folder, tmp_path):
    with pytest.raises(OutputError, match="cannot write the map"):
        write_map(run_folder, tmp_path / "no such folder" / "map.html")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="cannot write the map"):
        write_map(run_folder, tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "taken"]
