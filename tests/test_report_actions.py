"""The report of a plan that turns, mends and moves cameras: what is done, what is gained and what is lost."""

import inspect
import json
import re
import shutil
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

import camgap
from camgap.coverage.outputs.money import Terms
from camgap.coverage.outputs.report.ask import nothing
from camgap.coverage.outputs.report.build import report_html, write_report
from camgap.coverage.outputs.report.drawings import _numbers, window_of
from camgap.coverage.outputs.report.pdf import BROWSERS, write_pdf
from camgap.coverage.outputs.report.words import words as words_of
from camgap.coverage.outputs.run import Run, read_run
from camgap.coverage.outputs.tables.plan import plan_tables
from camgap.coverage.siting import left_out

M = 1 / 111_320  # a metre in degrees, near the equator


def town(home):
    """Long Street runs east for 600 m, Short Street crosses it at 100 m, 60 m long."""
    node = {1: (0, 0), 2: (100, 0), 3: (600, 0), 4: (100, 30), 5: (100, -30)}
    text = "".join(f'<node id="{i}" version="1" lon="{10 + x * M!r}" lat="{y * M!r}"/>' for i, (x, y) in node.items())
    for number, nodes, name in ((7, (1, 2, 3), "Long Street"), (8, (4, 2, 5), "Short Street")):
        refs = "".join(f'<nd ref="{n}"/>' for n in nodes)
        tags = f'<tag k="highway" v="residential"/><tag k="name" v="{name}"/>'
        text += f'<way id="{number}" version="1">{refs}{tags}</way>'
    out = home / "town.osm"
    out.write_text(f'<?xml version="1.0"?><osm version="0.6">{text}</osm>', encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def study_of(tmp_path_factory):
    """Return how a study of the town is made: camera "north" looks up Short Street, "broken" east along Long Street."""
    home = tmp_path_factory.mktemp("town")
    osm = town(home)
    rows = [
        ("north", "working", 100, -35, 0.4, 40, 70),
        ("broken", "offline", 300, -2, 90.0, 40, 100),
    ]
    cameras = pd.DataFrame(
        [(i, s, 10 + x * M, y * M, a, h, r) for i, s, x, y, a, h, r in rows],
        columns=["device_id", "status", "lon", "lat", "azimuth", "hfov", "range"],
    )
    cameras.to_csv(home / "cameras.csv", index=False)
    return lambda **asked: camgap.load(osm=osm, cameras=str(home / "cameras.csv"), draws=0, **asked)


@pytest.fixture(scope="module")
def run(study_of, tmp_path_factory) -> Run:
    study = study_of(budget=7000, **{"plan.use_actions": ["reaim", "repair"]})
    out = tmp_path_factory.mktemp("run") / "run"
    camgap.save(study, camgap.plan(study), out)
    return read_run(out)


def page_of(run, lang="en"):
    text = re.sub(r"<(style|svg).*?</\1>", "", report_html(run, "A4", lang, Terms()), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def test_what_is_lost_is_told_beside_what_is_gained(run):
    result, lost = run.result, run.layers["lost"]["length_m"].sum()
    seen = run.layers["seen"]
    newly = seen.loc[seen["by"] == "proposed", "length_m"].sum()
    assert result["lost_m"] == pytest.approx(lost) == pytest.approx(12.69, abs=0.01)
    assert result["newly_covered_m"] == pytest.approx(newly) == pytest.approx(113.99, abs=0.01)
    assert result["newly_covered_m"] - result["lost_m"] == pytest.approx(result["gain_m"])
    assert "0.11 km of street newly into view and take 0.01 km out of it, on balance 0.10 km more" in page_of(run)
    assert "新增覆盖道路 0.11 公里，不再覆盖 0.01 公里，净增 0.10 公里" in page_of(run, "zh")
    rows = {row[0]: row[1] for table in plan_tables(result) if table.title.startswith("Plan") for row in table.rows}
    assert [rows[name] for name in ("newly covered", "no longer covered", "more covered on balance")] == [
        "0.11 km", "0.01 km", "0.10 km",
    ]  # fmt: skip


def test_what_a_turned_camera_sees_before_and_after_is_neither_gained_nor_lost(run):
    for site in run.result["sites"]:
        gained, gone = (sum(length for _, length in site["why"][key]) for key in ("streets", "lost"))
        assert gained - gone == pytest.approx(site["gain_m"])
    assert [name for name, _ in run.result["sites"][1]["why"]["streets"]] == [
        "Long Street"
    ]  # sees Short Street as before
    assert run.layers["lost"]["name"].unique().tolist() == ["Long Street"]


def test_a_run_made_before_losses_were_told_tells_them_from_its_layer(run):
    old = replace(run, result={k: v for k, v in run.result.items() if k not in ("lost_m", "newly_covered_m")})
    assert old.lost_m == pytest.approx(run.lost_m)
    assert old.newly_covered_m == pytest.approx(run.newly_covered_m)


@pytest.mark.parametrize(
    ("lang", "mended", "turned"),
    [
        ("en", "is mended, and turned from 90° to 70°.", "is turned from 0° to 340°."),
        ("zh", "修复此处的摄像机，并由 90° 转向 70°。", "将此处的摄像机由 0° 转向 340°。"),
    ],
)
def test_a_site_page_says_what_is_done_to_a_camera_that_stands(run, lang, mended, turned):
    page, say = page_of(run, lang), words_of(lang)
    assert mended in page
    assert turned in page
    for absent in (
        *say.lines("site.checks")[:1],
        say("site.kind"),
        say("site.model") + " " + say.name("actions", "reaim"),
    ):
        assert absent not in page[page.index(say("site.intro")) :]
    assert page.count(say.lines("site.checks_camera")[0]) == 2
    sites = page[page.index(say("site.intro")) :]
    assert f"{say('site.lost')} {say('site.no_street')}" in sites  # the mended one
    assert f"{say('site.lost')} Long Street 13 {say('units.m')}" in sites


def test_the_drawing_of_a_turned_camera_shows_its_view_today_and_what_it_loses(run):
    page = report_html(run, "A4", "en", Terms())
    mended, turned = page.split('id="site-1"')[1].split('id="site-2"')
    assert 'class="lost wide"' in turned
    assert 'class="was"' in turned
    assert 'class="lost wide"' not in mended


def test_money_and_bound_of_an_option_belong_together(run):
    """The limit stands for the money spent, as the curve's last point does, not for the whole budget."""
    loose = run.result | {"budget": 60_000.0, "upper_bound_gain_m": 400.0}
    step = run.result["curve"][-1]
    page = page_of(replace(run, result=loose))
    said = words_of("en")
    row = f"{said('options.bound')} 7,000 CNY {said.km(step['bound_share'] * 660)} {said.percent(step['bound_share'])}"
    assert row in page
    assert "within the budget of 60,000 CNY can add more than 0.40 km" in page


def test_where_nothing_is_proposed_the_reason_is_the_true_one(study_of, tmp_path_factory):
    study = study_of(sites=0)  # a budget that buys nothing is refused; runs of earlier versions have one
    out = tmp_path_factory.mktemp("nothing") / "run"
    camgap.save(study, camgap.plan(study), out)
    poor = read_run(out)
    poor = replace(poor, result=poor.result | {"budget": 100.0, "sites_limit": None})
    best = poor.result["rejected"][0]
    assert poor.sites == []
    assert best["street"] == "Long Street"
    page = page_of(poor)
    assert (
        f"within the budget of 100 CNY nothing can be had that adds to what is in view. With more money there is: the "
        f"site that would add most, {best['now_m']:,.0f} m, costs {best['cost']:,.0f} CNY." in page
    )
    assert "per 1 CNY spent" not in page
    rich = replace(poor, result=poor.result | {"budget": 1e6})
    assert nothing(rich, words_of("en")).startswith("Nothing is proposed: within the limits given")
    done = replace(poor, result=poor.result | {"rejected": []})
    assert nothing(done, words_of("en")) == words_of("en")("summary.nothing")


def test_what_was_left_out_and_why_is_listed_in_both_languages(run):
    reasons = {
        "site 12 and others see most of it": "其视野大部分已由 12 号点位等看到",
        "what it sees is in view already": "其视野现状已覆盖",
        "no money is left for it; it adds more per cost than the least site of the plan":
            "资金已不足；其单位费用新增多于方案中最少的点位",
    }  # fmt: skip
    candidate = {
        "mount": "S1.2", "model": "bullet-4mm", "cost": 15_000.0, "alone_m": 81.0, "now_m": 8.0, "lon": 10.0,
        "lat": 0.0, "street": "Long Street",
    }  # fmt: skip
    result = run.result | {"rejected": [candidate | {"reason": reason} for reason in reasons]}
    for lang, told in (("en", reasons.keys()), ("zh", reasons.values())):
        page = page_of(replace(run, result=result), lang)
        for reason in told:
            m = words_of(lang)("units.m")
            assert f"S1.2 Long Street Bullet 4 MP, 4 mm 15,000 81 {m} 8 {m} {reason}" in page


def test_every_reason_for_leaving_a_site_out_has_words_in_chinese():
    source = inspect.getsource(left_out)
    told = re.findall(r'return f?"([^"]+)"|else "(what it sees[^"]+)"|(the number of actions[^"]+)"', source)
    known = words_of("zh").table["left_out"]
    for reason in {part for parts in told for part in parts if part and "{more}" not in part}:
        assert reason in known, reason
    for more in ("more", "less"):
        assert f"no money is left for it; it adds {more} per cost than the least site of the plan" in known
    assert {left_out.TOGETHER, left_out.TOGETHER + ", or keep the floors"} <= known.keys()


@pytest.mark.parametrize(("proven", "said"), [(True, "it is proven that no plan"), (False, "money: no plan")])
def test_a_share_asked_for_and_the_least_money_for_it_are_told(run, proven, said):
    plan = run.result["plan"] | {"target": 0.25, "least_money": 7000.0, "least_proven": proven}
    page = page_of(replace(run, result=run.result | {"plan": plan, "budget": None}))
    assert "a share of at least 25.0 % (street in view)" in page
    assert f"{said} of these candidates reaches it for less than 7,000 CNY" in page


def test_facade_of_unknown_use_is_on_the_first_page(run):
    privacy = json.loads(json.dumps(run.result["privacy"]))
    privacy["frontage_m"]["unknown"] = 5000.0
    for state, metres in (("before", 900.0), ("after", 1173.0)):
        privacy[state]["unknown"]["in_view_m"] = metres
    first = page_of(replace(run, result=run.result | {"privacy": privacy})).split("Contents")[0]
    assert "of unstated use 1,173 m more" in first
    assert (
        "use of another 5.00 km of facade, any of which may be of homes: 900 m of it are faced today, 1,173 m" in first
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 99))
def test_numbers_on_the_overview_do_not_cover_each_other(seed, n):
    rng, window = np.random.default_rng(seed), window_of((10.0, 0.0, 10.02, 0.01))
    centre = np.array([10.01, 0.005]) + rng.normal(0, rng.choice([1e-5, 1e-3, 3e-3]), (n, 2))
    places = centre.clip([10.0, 0.0], [10.02, 0.01])
    sites = [{"rank": i + 1, "lon": x, "lat": y} for i, (x, y) in enumerate(places.tolist())]
    drawn = "".join(_numbers(sites, window))
    circles = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="8"', drawn)
    assert re.findall(r">(\d+)</text>", drawn) == [str(s["rank"]) for s in sites]
    at = np.array(circles, float)
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 1e3 * np.eye(n)
    assert apart.min() >= 16
    pointers = np.array(re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', drawn), float).reshape(-1, 4)
    assert np.hypot(*(pointers[:, :2] - pointers[:, 2:]).T).max(initial=0.0) <= 24 * 8 + 0.2
    assert len(pointers) == (np.abs(at - window.place(places)).max(axis=1) > 0.1).sum()


def test_a_street_is_named_once_in_the_text_of_the_printed_page(run, tmp_path):
    if not any(map(shutil.which, BROWSERS)):
        pytest.skip("no browser to print with")
    write_pdf(write_report(run.folder), tmp_path / "report.pdf")
    page = next(p for p in pypdf.PdfReader(tmp_path / "report.pdf").pages if "is mended" in p.extract_text())
    drawn = page.extract_text().split("Where camera")[0].split("Camera 1: Long Street")[1]
    assert drawn.count("Long Street") == 1
    assert drawn.count("200 m") == 1
