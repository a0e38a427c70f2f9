"""Maps of plans that turn cameras: what is gained on balance, popups that can be read whole, lists on paper."""

import pytest
from map_town import frame, gap, maps, outcome, pages, popup, site, town

new_page = pytest.fixture(pages)
open_map = pytest.fixture(maps)

TURNED = {"action": "reaim", "model": "", "kind": "camera"}
MODELS = [{"id": "b90", "name": "Bullet 90°", "price": 2400.5}]


def mixed(**given):
    """Return layers and result of a plan whose second site turns a camera."""
    layers = town() | {
        "sites": frame([site(1, 450, 10, action="new", model="b90", kind="kerb"), site(2, 290, 450, **TURNED)])
    }
    other = {
        "mount": "S1.2", "action": "new", "model": "b90", "azimuth": 90.0, "cost": 2400.5, "gain_m": 20.0,
        "loss_m": 30.0, "to": "", "breaks": [],
    }  # fmt: skip
    why = {"alone_m": 198.0, "gain_m": 198.0, "missed_m": 198.0, "replacement": other}
    told = {**why, "streets": [["Hill Street", 240.0]], "lost": [["Market Street", 42.0], ["West Street", 0.2]]}
    result = outcome() | {
        "sites": [{"rank": 2, "why": told}], "models": MODELS, "newly_covered_m": 142.0, "lost_m": 42.0,
        "actions": {"used": ["new", "reaim"]},
    }  # fmt: skip
    return layers, result | given


@pytest.mark.parametrize(
    ("lang", "said", "lost"),
    [
        ("en", "+ 100 m more street covered on balance by 2 measures", "142 m newly covered, 42 m no longer"),
        ("zh", "净增覆盖街道 + 100米", "新覆盖 142米，不再覆盖 42米"),
    ],
)
def test_a_gain_against_which_something_is_lost_is_told_as_a_balance(open_map, lang, said, lost):
    page = open_map(*mixed(), lang=lang)
    text = page.locator(".headline").inner_text()
    assert said in text
    assert lost in text


def test_a_site_tells_what_it_no_longer_covers_and_models_have_their_names(open_map):
    page = open_map(*mixed())
    page.evaluate("camgap.zoomTo('sites', [0, 1].find(i => camgap.layers.sites.data.get('rank', i) === 2))")
    said = popup(page)
    assert "No longer covers" in said
    assert "Market Street 42 m" in said
    assert "West Street" not in said
    assert "Bullet 90° · S1.2" in said
    assert "Bullet 90°" in page.locator("#tab-sites").evaluate("one => one.textContent")
    assert "b90" not in page.locator("body").inner_text()


def test_the_share_asked_for_and_its_least_money_are_told(open_map):
    plan = {"objective": "length", "target": 0.15, "least_money": 7201.5, "least_proven": True, "proven": True}
    page = open_map(*mixed(plan=plan, budget=None))
    said = page.locator(".headline").inner_text()
    assert "at least 15.0 % (street in view) for the least money; proven: no plan" in said
    assert "for less than 7,201.50 EUR" in said


def test_facade_of_unknown_use_stands_beside_that_of_homes(open_map):
    use = {"residential": {"in_view_m": 226.0}, "unknown": {"in_view_m": 1173.0}}
    page = open_map(*mixed(privacy={"before": use, "after": use}))
    rows = page.locator("#tab-shares .figures-table tr").evaluate_all("rows => rows.map(row => row.textContent)")
    assert "Facades of unstated use in view1.17 km1.17 km" in rows


@pytest.mark.parametrize("height", [420, 900])
def test_a_popup_shows_all_or_scrolls_by_the_keyboard(open_map, height):
    page = open_map(*mixed(), viewport={"width": 1200, "height": height})
    page.locator("#for-tab-sites").click()
    row = page.locator("#tab-sites .item").nth(1)
    row.focus()
    page.keyboard.press("Enter")
    box = page.locator(".leaflet-popup-content")
    tall = box.evaluate("one => one.scrollHeight > one.clientHeight")
    assert tall == (height == 420)
    assert box.get_attribute("tabindex") == ("0" if tall else None)
    assert (box.get_attribute("aria-label") == "Site 2") == tall
    top = page.evaluate("document.querySelector('.leaflet-popup').getBoundingClientRect().top")
    assert top >= 0
    assert page.evaluate("document.activeElement.textContent") == "Site 2"
    page.keyboard.press("Escape")
    assert page.locator(".leaflet-popup").count() == 0
    assert row.evaluate("one => one === document.activeElement")


def test_a_popup_asked_for_by_search_takes_the_focus_and_gives_it_back(open_map):
    page = open_map(*mixed())
    page.locator("#search").focus()
    page.locator("#search").fill("南京")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "search"


@pytest.mark.parametrize(
    ("lang", "said", "more"), [("en", "A, B and 147 more", "and 5 more"), ("zh", "A, B 等，另有 147 条", "另有 5 条")]
)
def test_what_a_list_leaves_out_is_said_on_the_page_and_on_paper(open_map, lang, said, more):
    layers, result = mixed()
    gaps = [gap(rank, 500.0 - rank, 500.0, "A, B", [(0, 600), (600, 600)]) for rank in range(1, 46)]
    gaps[0]["more_streets"] = 147
    for one in gaps[1:]:
        one["more_streets"] = 0
    page = open_map(layers | {"gaps": frame(gaps)}, result, lang=lang)
    page.locator("#for-tab-gaps").click()
    assert page.locator("#tab-gaps .item .what").first.inner_text() == said
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    told = "one => getComputedStyle(one, '::after').content"
    assert page.locator("#tab-gaps .more").evaluate(told) == f'"{more}"'
    assert page.locator("#tab-gaps .more").is_visible()


def test_the_printed_map_is_not_cut_by_the_end_of_a_sheet(open_map, tmp_path):
    page = open_map(*mixed())
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.querySelector('.folium-map')).breakInside") == "avoid"
    assert page.locator(".folium-map").bounding_box()["height"] <= (215.9 - 24) / 25.4 * 96  # Letter, lying


def test_figures_are_rounded_once(open_map):
    layers, result = mixed()
    layers["sites"]["gain_m"] = [551.45, 551.5]  # by tenths the first would become 551.5, then 552
    layers["sites"]["cumulative_share"] = [0.19746, 0.1975]
    page = open_map(layers, result)
    for rank, length, share in ((1, "551 m", "19.7 %"), (2, "552 m", "19.8 %")):
        page.evaluate(
            "rank => camgap.zoomTo('sites', [0, 1].find(i => camgap.layers.sites.data.get('rank', i) === rank))", rank
        )
        assert length in popup(page)
        assert share in popup(page)
