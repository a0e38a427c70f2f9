"""A whole run, as its reader meets it: printed table, map, report, PDF, layers and result.json say the same.

The map is opened in a real browser with the network cut. Every number is read off the medium as it stands there and
must be the one of result.json, rounded to as many digits as are shown.
"""

import contextlib
import html
import io
import json
import re
import sys
import unicodedata
from importlib.resources import files
from pathlib import Path

import pyogrio
import pypdf
import pytest

from camgap import cli
from camgap.coverage.outputs.report.build import write_report
from camgap.coverage.outputs.report.pdf import write_pdf

NUMBER = r"([\d,]+(?:\.\d+)?)"
TOWNS = {
    "demo": [
        "--config", str(files("camgap.config").joinpath("demo", "camgap.toml")), "--budget", "200000", "--phase",
        "2027=100000", "--phase", "2028=100000",
    ],
    "munich": [
        "--osm", "munich-centre.osm.pbf", "--cameras", "osm", "--action", "new", "--action", "reaim", "--budget",
        "60000",
    ],
    "baltimore": ["--osm", "baltimore-southeast.osm.pbf", "--cameras", "baltimore-cctv-2014.csv", "--sites", "12"],
}  # fmt: skip

COARSE = ["--spacing", "80", "--azimuths", "12"]  # any plan will do, a good one takes longer

# Where each medium says the headline numbers; lengths in kilometres there.
PRINTED = {
    "length_m": rf"streets +{NUMBER} km in",
    "before_m": rf"covered before +{NUMBER} km",
    "before": rf"covered before +[\d.,]+ km +{NUMBER} %",
    "after_m": rf"covered after +{NUMBER} km",
    "after": rf"covered after +[\d.,]+ km +{NUMBER} %",
    "gain_m": rf"(?:newly covered|on balance) +{NUMBER} km +[\d.]+ %",
    "bound_m": rf"adds more than +{NUMBER} km",
    "gap": rf"adds more than +[\d.,]+ km +gap {NUMBER} %",
    "spent": rf"spent +{NUMBER} ",
}
WRITTEN = {
    "length_m": rf"overlook [\d.,]+ km of {NUMBER} km of street",
    "before_m": rf"overlook {NUMBER} km of",
    "before": rf"km of street: {NUMBER} %",
    "after": rf"(?:newly into view|more): {NUMBER} % covered",
    "gain_m": rf"(?:bring|on balance) {NUMBER} km (?:of street newly into view|more):",
    "bound_m": rf"can add more than {NUMBER} km",
    "gap": rf"the plan is within {NUMBER} % of",
    "spent": rf"We propose .*? for {NUMBER} [A-Z]{{3}}[.:]",
    "sites": rf"We propose {NUMBER} (?:new cameras|measures)",
}
SHOWN = {
    "length_m": rf"{NUMBER} km of street",
    "before": rf"{NUMBER} %\s+today",
    "after": rf"{NUMBER} %\s+with the proposal",
    "gain_m": rf"\+ {NUMBER} km (?:of street newly covered|more street covered)",
    "bound_m": rf"could add more than {NUMBER} km",
    "gap": rf"at most (?:< )?{NUMBER} % short",
    "spent": rf"(?:cameras|measures) for {NUMBER} [A-Z]{{3}}",
    "sites": rf"(?:newly covered|on balance) by {NUMBER} (?:new cameras|measures)",
}


@pytest.fixture(scope="module", params=TOWNS)
def planned(request, real_data, tmp_path_factory):
    """Return the run folder of a plan of a few measures, and what the command printed."""
    folder = tmp_path_factory.mktemp("run") / "run"
    arguments = [str(real_data(a)) if a.endswith((".pbf", ".csv")) else a for a in TOWNS[request.param]]
    printed, before = io.StringIO(), sys.argv
    sys.argv = ["camgap", "plan", *arguments, *COARSE, "--draws", "10", "--out", str(folder)]
    try:
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            cli.main()
    finally:
        sys.argv = before
    return folder, printed.getvalue()


@pytest.fixture(scope="module")
def run(planned):
    return planned[0]


@pytest.fixture(scope="module")
def opened(run, offline):
    context, page, noted = offline()
    page.goto((run / "map.html").as_uri())
    page.wait_for_function("() => camgap.drawn()")
    yield page, noted
    context.close()


@pytest.fixture(scope="module")
def result(run):
    return json.loads((run / "result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def headline(result):
    """Return the headline numbers as result.json has them."""
    before, after = result["before"], result["after"]
    return {
        "length_m": before["length_m"], "before_m": before["covered_m"], "before": before["share"],
        "after_m": after["covered_m"], "after": after["share"], "gain_m": result["gain_m"],
        "bound_m": result["upper_bound_gain_m"], "gap": result["gap"], "spent": result["spent"],
        "sites": len(result["sites"]),
    }  # fmt: skip


def assert_says(text, places, headline):
    """Assert that a text has every number at its place, true to the last digit shown."""
    text = " ".join(text.split())
    for name, pattern in places.items():
        found = re.search(pattern, text)
        assert found, f"{name}: no {pattern!r} in {text[:1500]}"
        shown, exact = found[1].replace(",", ""), headline[name]
        scale = 1000 if name.endswith("_m") else 0.01 if name in ("before", "after", "gap") else 1
        last = 10 ** -len(shown.partition(".")[2]) * scale
        if text[: found.start(1)].endswith("< "):  # too little for the digits shown
            assert 0 < exact < float(shown) * scale, (name, shown, exact)
        else:
            up = float(shown) * scale - exact
            low, high = (0.0, last) if name == "gap" else (-last / 2, last / 2)  # a gap is rounded up: none is wider
            assert low - 1e-9 * last <= up <= high + 1e-9 * last, (name, shown, exact)


def bare(page):
    """Return the text of an HTML page."""
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", page)))


# --- one truth ---


def test_the_printed_table_is_the_result(planned, headline):
    assert_says(planned[1], PRINTED, headline)


def test_the_report_is_the_result(run, headline):
    assert_says(bare(write_report(run).read_text("utf-8")), WRITTEN, headline)


def test_the_printed_report_is_the_result(run, headline, browser, tmp_path):
    write_pdf(write_report(run), tmp_path / "report.pdf")
    pages = pypdf.PdfReader(tmp_path / "report.pdf").pages
    assert_says(pages[0].extract_text(), WRITTEN, headline)


def test_the_chinese_report_has_the_same_numbers_and_its_script(run, headline, browser, tmp_path):
    write_pdf(write_report(run, "Letter", "zh"), tmp_path / "report.pdf")
    text = pypdf.PdfReader(tmp_path / "report.pdf").pages[0].extract_text()
    text = "".join(unicodedata.normalize("NFKC", text).split())  # some fonts name a character by its radical
    assert "摄像机" in text
    for share in (headline["before"], headline["after"]):
        assert f"{100 * share:.1f}%" in text
    assert f"{headline['gain_m'] / 1000:.2f}" in text
    assert f"{headline['spent']:,.0f}" in text


def test_the_map_is_the_result(opened, headline):
    page, _ = opened
    page.evaluate("camgap.change({step: camgap.steps.length - 1})")
    assert_says(page.inner_text("#panel header"), SHOWN, headline)


def test_every_stop_of_the_slider_is_the_curve(opened, result):
    page, _ = opened
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    for i, step in enumerate(result["curve"]):
        if i:
            page.keyboard.press("ArrowRight")
        read = page.locator("#dock .readout").inner_text()
        told = re.fullmatch(rf"{NUMBER} of {NUMBER} (?:new cameras|measures) · {NUMBER} \S+ · {NUMBER} % covered", read)
        assert told, read
        money, share = told[3].replace(",", ""), float(told[4])
        assert int(told[1]) == step["sites"]
        assert int(told[2]) == len(result["sites"])
        assert float(money) == pytest.approx(step["money"], abs=0.5)
        assert share == pytest.approx(100 * step["share"], abs=0.05 + 1e-9)
        assert sorted(page.evaluate("camgap.sitesOnScreen()")) == list(range(1, step["sites"] + 1))


def test_layers_add_up_to_every_step_of_the_curve(run, result):
    there = {str(name) for name, _ in pyogrio.list_layers(run / "coverage.gpkg")}
    read = {
        name: pyogrio.read_dataframe(run / "coverage.gpkg", layer=name, read_geometry=False)
        for name in ("streets", "seen", "lost", "cameras", "sites")
        if name in there
    }
    assert read["streets"]["length_m"].sum() == pytest.approx(result["before"]["length_m"])
    assert read["streets"]["covered_today_m"].sum() == pytest.approx(result["before"]["covered_m"])
    assert read["streets"]["covered_m"].sum() == pytest.approx(result["after"]["covered_m"])
    acted = dict(zip(read["sites"]["id"], read["sites"]["rank"], strict=True))
    retired = {name: rank for name, rank in acted.items() if name in set(read["cameras"]["id"])}
    stretches = [
        (length, [retired.get(c, 10**9) for c in json.loads(cameras)], json.loads(ranks))
        for name in ("seen", "lost")
        if name in read
        for length, cameras, ranks in read[name][["length_m", "cameras", "sites"]].itertuples(index=False)
    ]
    for step in result["curve"]:
        n = step["sites"]
        covered = sum(m for m, until, ranks in stretches if any(u > n for u in until) or any(r <= n for r in ranks))
        assert covered == pytest.approx(step["covered_m"], abs=0.01), n


# --- the page ---


def test_the_page_asks_for_nothing_and_complains_of_nothing(opened):
    page, noted = opened
    page.wait_for_function("() => camgap.drawn()")
    assert noted == []


def test_every_proposed_site_is_on_the_screen(opened, result):
    page, _ = opened
    page.evaluate("camgap.change({step: camgap.steps.length - 1}), camgap.home()")
    page.wait_for_function("() => camgap.drawn()")
    assert len(page.evaluate("camgap.sitesOnScreen()")) == len(result["sites"]) > 0


def test_the_map_draws_streets_in_view_and_streets_out_of_view(opened):
    page, _ = opened
    for name in ("uncovered", "covered-2", "gained"):
        hexed = page.evaluate("name => Camgap.colour(name)", name)
        wanted = [int(hexed[i : i + 2], 16) for i in (1, 3, 5)]
        count = page.evaluate(
            """wanted => { let n = 0;
            for (const c of document.querySelectorAll('.leaflet-tile-pane canvas, .leaflet-above-pane canvas')) {
              const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
              for (let i = 0; i < d.length; i += 4)
                if (d[i + 3] > 250 && wanted.every((w, k) => Math.abs(d[i + k] - w) < 6)) n++;
            } return n; }""",
            wanted,
        )
        assert count > 100, name


def test_the_run_folder_is_whole(run):
    assert {p.name for p in Path(run).iterdir()} >= {"map.html", "coverage.gpkg", "sites.csv", "result.json"}
