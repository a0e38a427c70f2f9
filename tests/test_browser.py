"""The map of a whole run, opened in a real browser with the network cut, says what result.json says."""

import json
import re

import pytest

import camgap


@pytest.fixture(scope="module", params=["demo", "munich-centre.osm.pbf", "monaco.osm.pbf"])
def run(request, real_data, tmp_path_factory):
    """Return the folder of a plan of twelve sites."""
    from importlib.resources import files
    from pathlib import Path

    folder = tmp_path_factory.mktemp("run") / "run"
    if request.param == "demo":
        study = camgap.load(Path(str(files("camgap.config").joinpath("demo", "camgap.toml"))), sites=12)
    else:
        study = camgap.load(osm=real_data(request.param), sites=12)
    camgap.save(study, camgap.plan(study), folder)
    return folder


@pytest.fixture(scope="module")
def opened(run, offline):
    context, page, noted = offline()
    page.goto((run / "map.html").as_uri())
    page.evaluate("camgap.ready")
    yield page, noted
    context.close()


@pytest.fixture(scope="module")
def result(run):
    return json.loads((run / "result.json").read_text(encoding="utf-8"))


def test_the_page_asks_for_nothing_and_complains_of_nothing(opened):
    page, noted = opened
    page.evaluate("camgap.idle()")
    assert noted == []


def test_every_proposed_site_is_on_the_screen(opened, result):
    page, _ = opened
    page.evaluate("camgap.home()")
    page.evaluate("camgap.idle()")
    assert len(page.evaluate("camgap.sitesOnScreen()")) == len(result["sites"]) > 0


def test_the_headline_is_the_result(opened, result):
    page, _ = opened
    text = page.inner_text("body")
    for share in (result["before"]["share"], result["after"]["share"]):
        assert f"{100 * share:.1f}" in text
    assert f"{result['spent']:,.0f}" in text
    lengths = [float(km) for km in re.findall(r"([\d.]+)\s*km", text)]
    for metres in (result["gain_m"], result["upper_bound_gain_m"]):
        assert any(abs(km - metres / 1000) <= 0.05 for km in lengths)  # shown with one decimal or two


def test_the_map_draws_streets_in_view_and_streets_out_of_view(opened):
    page, _ = opened
    colours = page.evaluate(
        """() => { const seen = new Set();
        for (const c of document.querySelectorAll('.leaflet-tile-pane canvas, canvas')) {
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 250)
            seen.add([d[i], d[i + 1], d[i + 2]].map(v => v >> 5).join());
        } return seen.size; }"""
    )
    assert colours > 5
