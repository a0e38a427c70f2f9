"""The report set by typst, without a browser: the same words and numbers as the page, whatever the data says."""

import html
import json
import re
import shutil
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pypdf
import pytest

import camgap
from camgap.coverage.errors import OutputError
from camgap.coverage.outputs.report import pdf as printing
from camgap.coverage.outputs.report import typeset as setting
from camgap.coverage.outputs.report.build import write_report
from camgap.coverage.outputs.report.pdf import TYPST, find_browser, write_pdf
from camgap.coverage.outputs.report.typeset import typeset
from camgap.coverage.outputs.report.words import words

typst = pytest.importorskip("typst")

PAPERS = {"A4": (595, 842), "Letter": (612, 792)}
MARKUP = '#panic("run") $x^2$ *bold* `raw` @ref <lab> \\ // /* http://x.y #import "@preview/a:1.0.0" = [b] ~ -- \\u{41}'


@pytest.fixture(autouse=True)
def by_typst(monkeypatch):
    monkeypatch.setenv(printing.VARIABLE, TYPST)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the run folder of a small plan for the demo town."""
    project = Path(str(files("camgap.config").joinpath("demo", "camgap.toml")))
    more = {"plan.spacing_m": 120.0, "plan.azimuth_steps": 8, "bands.draws": 5}
    study = camgap.load(project, budget=60_000, **more)
    out = tmp_path_factory.mktemp("typst") / "run"
    camgap.save(study, camgap.plan(study), out)
    return out


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return the run folder of a plan where streets, cameras, mounts and district are named in typst's markup."""
    home, metre = tmp_path_factory.mktemp("hostile"), 1 / 111_320
    places = {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (200, -150)}
    nodes = "".join(
        f'<node id="{i}" version="1" lon="{10 + x * metre!r}" lat="{y * metre!r}"/>' for i, (x, y) in places.items()
    )
    street = f'<tag k="highway" v="residential"/><tag k="name" v="{html.escape(MARKUP)}"/>'
    way = f'<way id="7" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>{street}</way>'
    way += f'<way id="8" version="1"><nd ref="2"/><nd ref="4"/>{street}</way>'
    (home / "town.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    rows = [(f"cam{i} {MARKUP}", 10 + (20 + 150 * i) * metre, 5 * metre, 180, 90, 30) for i in range(2)]
    cameras = pd.DataFrame(rows, columns=["device_id", "lon", "lat", "azimuth", "hfov", "range"])
    cameras.to_csv(home / "cameras.csv", index=False)
    poles = [(f"pole{i} {MARKUP}", 10 + (90 + 90 * i) * metre, -5 * metre) for i in range(3)]
    pd.DataFrame(poles, columns=["id", "lon", "lat"]).to_csv(home / "mounts.csv", index=False)
    study = camgap.load(
        osm=home / "town.osm", cameras=str(home / "cameras.csv"), mounts=home / "mounts.csv", sites=2, draws=5,
        **{"plan.currency": MARKUP},
    )  # fmt: skip
    camgap.save(study, camgap.plan(study), home / "run")
    return home / "run"


def bare(text):
    """Return a text without white space, which PDF does not keep, and without the places where a word may be broken."""
    return re.sub(r"[\s\u200b\u00ad]+", "", text)


def printed(run, tmp_path, paper="A4", lang="en"):
    write_pdf(write_report(run, paper, lang), tmp_path / "report.pdf")
    return pypdf.PdfReader(tmp_path / "report.pdf")


def said(node):
    """Return all texts of a node and of what is in it."""
    if isinstance(node, str):
        return [node]
    parts = [*node.get("k", ()), *node.get("caption", ()), *(one for cell in node.get("head", ()) for one in cell)]
    parts += [one for row in node.get("rows", ()) for cell in row for one in cell]
    return [text for part in parts for text in said(part)]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("paper", PAPERS)
def test_the_numbers_are_those_of_the_run(run, tmp_path, paper, lang):
    result, reader = json.loads((run / "result.json").read_text("utf-8")), printed(run, tmp_path, paper, lang)
    say, before, after = words(lang), result["before"], result["after"]
    first = bare(reader.pages[0].extract_text())
    for number in (
        say.km(before["length_m"]), say.percent(before["share"]), say.percent(after["share"]), say.km(result["gain_m"]),
        say.money(result["spent"], "CNY"), say.km(result["upper_bound_gain_m"]), say.km(before["covered_m"]),
    ):  # fmt: skip
        assert bare(number) in first, number
    assert [round(float(v)) for v in reader.pages[0].mediabox[2:]] == pytest.approx(PAPERS[paper], abs=1)
    for site, page in zip(result["sites"], reader.pages[-len(result["sites"]) :], strict=True):
        text = bare(page.extract_text())
        heading = say("site.heading", rank=site["rank"], street=say.street(site["street"]))
        assert bare(heading) in text
        assert bare(say.metres(site["gain_m"])) in text, "a page per site"
    total = len(reader.pages)
    assert all(bare(page.extract_text()).endswith(f"{i}/{total}") for i, page in enumerate(reader.pages, start=1))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_word_of_the_page_is_in_the_document(run, tmp_path, lang):
    reader = printed(run, tmp_path, lang=lang)
    text = bare("".join(page.extract_text() for page in reader.pages))
    report = typeset((run / "report.html").read_text("utf-8"))
    texts = [one for node in report["body"] for one in said(node)]
    assert len(texts) > 300
    pages = [bare(page.extract_text()) for page in reader.pages]
    cut = [one for one in texts if bare(one) not in text]
    for one in cut:  # a paragraph that goes on overleaf, the foot of the page between
        assert any(bare(one)[:8] in page for page in pages), one
    assert len(cut) <= len(pages)


def test_it_is_tagged_has_a_language_an_outline_and_a_title(run, tmp_path):
    reader = printed(run, tmp_path, lang="zh")
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("zh")
    assert reader.metadata.title == words("zh")("title.plan")
    assert len(reader.outline) >= 1


def test_markup_in_the_data_is_text(hostile, tmp_path):
    reader = printed(hostile, tmp_path)
    text = bare("".join(page.extract_text() for page in reader.pages))
    assert text.count(bare(MARKUP)) > 5
    assert len(reader.pages) >= 4


def test_equal_reports_are_equal_bytes(run, tmp_path):
    page = write_report(run)
    for name in ("one.pdf", "two.pdf"):
        write_pdf(page, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_typst_is_taken_where_there_is_no_browser(monkeypatch):
    monkeypatch.delenv(printing.VARIABLE)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert find_browser() == TYPST
    monkeypatch.setattr(printing, "has_typst", lambda: False)
    with pytest.raises(OutputError, match=r"no Chromium.*pip install 'camgap\[typst\]'"):
        find_browser()
    monkeypatch.setenv(printing.VARIABLE, "no-such-browser")
    with pytest.raises(OutputError, match="no-such-browser is not installed"):
        find_browser()
    monkeypatch.setenv(printing.VARIABLE, TYPST)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")  # a program of that name is no browser
    with pytest.raises(OutputError, match="CAMGAP_BROWSER=typst is not installed"):
        find_browser()


def test_a_browser_comes_first(monkeypatch):
    monkeypatch.delenv(printing.VARIABLE)
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/chromium" if name == "chromium" else None)
    assert find_browser() == "/bin/chromium"


def test_chinese_without_a_font_for_it_is_said_and_nothing_written(run, tmp_path, monkeypatch):
    monkeypatch.setattr(setting, "CHINESE", ("No Such Font",))
    with pytest.raises(OutputError, match=r"report\.pdf: .*no font with Chinese is installed; install one"):
        write_pdf(write_report(run, lang="zh"), tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_typst_is_one_line(run, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise typst.TypstError("no\n room")

    monkeypatch.setattr(typst, "compile", fail)
    with pytest.raises(OutputError, match=r"typst did not set it \(no room\)"):
        write_pdf(write_report(run), tmp_path / "report.pdf")


def test_a_letter_that_no_font_has_is_an_empty_box_and_is_said(run, tmp_path, caplog):
    page = tmp_path / "report.html"
    written = write_report(run).read_text("utf-8")
    missing = "\U0001faff\U00012345"  # unassigned, and cuneiform
    page.write_text(written.replace("<h2>", f"<h2>{missing} ", 1), encoding="utf-8")
    write_pdf(page, tmp_path / "report.pdf")
    assert re.search(
        r'report\.pdf: no installed font has ".+"; drawn as an empty box, so this is no PDF/UA-1', caplog.text
    )
    reader = pypdf.PdfReader(tmp_path / "report.pdf")
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert bare(words("en")("summary.heading")) in bare(reader.pages[0].extract_text())


def test_a_pdf_of_an_earlier_report_does_not_stay_beside_a_new_one(run, tmp_path, monkeypatch):
    (tmp_path / "report.pdf").write_bytes(b"%PDF of an earlier report")
    monkeypatch.setattr(setting, "CHINESE", ("No Such Font",))
    with pytest.raises(OutputError, match="no font with Chinese"):
        write_pdf(write_report(run, lang="zh"), tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_the_document_asks_for_no_package():
    source = files("camgap.coverage.outputs.report").joinpath("report.typ").read_text("utf-8")
    assert "@" not in re.sub(r"//.*", "", source)
    assert "import" not in source
