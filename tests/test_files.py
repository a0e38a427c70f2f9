"""The report and the files of a run: numbers of the run, formats that open, hostile text harmless, a public edition."""

import io
import json
import math
import re
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path

import defusedxml.ElementTree as ElementTree
import ezdxf
import openpyxl
import pandas as pd
import pyogrio
import pypdf
import pytest

import camgap
from camgap.coverage.errors import InputError, OutputError, SettingsError
from camgap.coverage.outputs.files.export import FORMATS, export_run
from camgap.coverage.outputs.money import Terms, budget, schedule
from camgap.coverage.outputs.report.build import write_report
from camgap.coverage.outputs.report.pdf import BROWSERS, write_pdf
from camgap.coverage.outputs.report.words import words as words_of
from camgap.coverage.outputs.run import read_run
from camgap.maps.draw import draw_map

TURNED = "\u202egnp.\u2067exe\u200f\u061c"  # marks that turn the reading direction
M = 1 / 111_320  # a metre in degrees, near the equator
EVIL = "<script>alert(1)</script>"
EVILS = (EVIL, '=HYPERLINK("http://x")', "]]>&\"'", "a\nb\tc", "\u202eexe.gpj", "%%u^J\\P")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return the run folder of a plan in which every text that comes from data is hostile."""
    home = tmp_path_factory.mktemp("run")
    node = {
        1: (0, 0),
        2: (200, 0),
        3: (400, 0),
        4: (200, -150),
        11: (90, 10),
        12: (110, 10),
        13: (110, 20),
        14: (90, 20),
    }
    text = "".join(f'<node id="{i}" version="1" lon="{10 + x * M!r}" lat="{y * M!r}"/>' for i, (x, y) in node.items())

    def way(number: int, nodes: tuple[int, ...], **tags: str) -> str:
        from xml.sax.saxutils import quoteattr

        said = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        return f'<way id="{number}" version="1">' + "".join(f'<nd ref="{n}"/>' for n in nodes) + said + "</way>"

    text += way(7, (1, 2, 3), highway="residential", name=EVILS[0] + EVILS[1])
    text += way(8, (2, 4), highway="tertiary", name=EVILS[2] + TURNED)
    text += way(9, (11, 12, 13, 14, 11), building="house", name=EVIL, amenity="school")
    (home / "town.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{text}</osm>', encoding="utf-8")
    cameras = pd.DataFrame(
        [(f"cam{i}{evil}", f"owner{i}{evil}", 10 + (20 + 60 * i) * M, 5 * M, 180, 90, 30, "offline" if i == 5 else "")
         for i, evil in enumerate(EVILS)],
        columns=["device_id", "name", "lon", "lat", "azimuth", "hfov", "range", "status"],
    )  # fmt: skip
    cameras.to_csv(home / "cameras.csv", index=False)
    mounts = pd.DataFrame(
        [(f"pole{i}{evil}", 10 + (40 + 55 * i) * M, -5 * M) for i, evil in enumerate(EVILS)],
        columns=["id", "lon", "lat"],
    )
    mounts.to_csv(home / "mounts.csv", index=False)
    ring = [[9.99, -0.01], [10.01, -0.01], [10.01, 0.01], [9.99, 0.01], [9.99, -0.01]]
    district = {
        "type": "Feature",
        "properties": {"name": EVIL + TURNED},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (home / "district.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [district]}))
    study = camgap.load(
        osm=home / "town.osm", cameras=str(home / "cameras.csv"), mounts=home / "mounts.csv",
        area=home / "district.geojson", districts=home / "district.geojson", sites=3, draws=20,
        **{"plan.currency": EVIL},
    )  # fmt: skip
    camgap.save(study, camgap.plan(study), home / "run")
    return home / "run"


@pytest.fixture(scope="module")
def files(folder, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("files") / "all"
    export_run(folder, out, ["all"])
    return out


@pytest.fixture(scope="module")
def public(folder, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("public") / "all"
    export_run(folder, out, ["all"], draw_map=draw_map)
    return out


@pytest.fixture(scope="module")
def mixed(folder, tmp_path_factory) -> Path:
    """Return the same run as a plan of two phases: a new camera, one mended and turned, one turned."""
    out = tmp_path_factory.mktemp("mixed") / "run"
    shutil.copytree(folder, out)
    result = json.loads((out / "result.json").read_text("utf-8"))
    camera = read_run(folder).layers["cameras"].iloc[0]
    for site, action, cost, phase in zip(
        result["sites"], ("repair", "new", "reaim"), (5501.0, 15000.0, 1503.0), ("one", "two", "one"), strict=True
    ):
        site |= {"action": action, "cost": cost, "phase": phase}
        if action != "new":
            site |= {"kind": "camera", "model": "", "id": camera["id"], "hfov": camera["hfov"]}
            site |= {"street": "street of a standing camera", "lon": camera.geometry.x, "lat": camera.geometry.y}
    result["spent"] = sum(site["cost"] for site in result["sites"])
    result["phases"] = [{"name": "one", "spent": 7004.0}, {"name": "two", "spent": 15000.0}]
    for model in result["models"]:
        model["yearly"] = 0.0
    (out / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def public_mixed(mixed, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("public_mixed") / "all"
    export_run(mixed, out, ["all"], draw_map=draw_map)
    return out


def texts(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, archives unpacked."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix in (".kmz", ".xlsx"):
            with zipfile.ZipFile(path) as archive:
                found |= {f"{path.name}/{name}": archive.read(name) for name in archive.namelist()}
        else:
            found[path.name] = path.read_bytes()
    return found


# --- report ---


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_says_what_the_run_says_and_runs_nothing(folder, lang):
    result = json.loads((folder / "result.json").read_text("utf-8"))
    page = write_report(folder, "A4", lang).read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not any(mark in page for mark in ("src=", "url(", "@import", "javascript:", "\u202e"))
    for share in (result["before"]["share"], result["after"]["share"]):
        assert f"{100 * share:.1f}" in page
    assert f"{result['spent']:,.0f}" in page
    assert page.count('id="site-') == len(result["sites"]) == 3
    for state in ("before", "after"):
        for light in ("day", "night"):
            band = result[state]["bands"][light]
            assert all(f"{band[key] / 1000:,.2f}" in page for key in ("p5_m", "median_m", "p95_m"))


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            "by day, lies above its band: it counts unknown headings as along the street (3 cameras), unknown height",
        ),
        ("zh", "（昼间）高于其范围，因其将朝向不明者视为沿街道拍摄（3 台），对未知的高度取预设值"),
    ],
)
def test_the_report_says_why_a_score_lies_outside_its_band(folder, tmp_path, lang, words):
    shutil.copytree(folder, tmp_path / "run")
    result = json.loads((folder / "result.json").read_text("utf-8"))
    result["before"]["bands"] |= {"score_lies": "above", "because": {"azimuth": 3, "height": 1200}}
    (tmp_path / "run" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    page = write_report(tmp_path / "run", "A4", lang).read_text("utf-8")
    assert words in page
    assert "1,200" in page


def test_the_report_refuses_what_it_does_not_know(folder, tmp_path):
    for arguments, words in (("A3", "en"), "A4, Letter"), (("A4", "fr"), "en"):
        with pytest.raises(SettingsError, match=words):
            write_report(folder, *arguments)
    with pytest.raises(InputError, match=r"run folder|--out"):
        write_report(tmp_path)


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_the_printed_report_holds_the_numbers_of_the_run(folder, tmp_path, paper, size):
    if not any(map(shutil.which, BROWSERS)):
        pytest.skip("no browser to print with")
    result = json.loads((folder / "result.json").read_text("utf-8"))
    write_pdf(write_report(folder, paper), tmp_path / "report.pdf")
    reader = pypdf.PdfReader(tmp_path / "report.pdf")
    assert [round(float(v)) for v in reader.pages[0].mediabox[2:]] == pytest.approx(size, abs=1)
    text = "".join(page.extract_text() for page in reader.pages)
    for share in (result["before"]["share"], result["after"]["share"]):
        assert f"{100 * share:.1f}" in text
    assert "/MarkInfo" in reader.trailer["/Root"]  # tagged


# --- formats ---


def test_every_format_is_written_and_whole(files, folder):
    names = {p.name for p in files.iterdir()}
    assert {"coverage.gpkg", "coverage.kml", "coverage.kmz", "coverage.dxf", "plan.xlsx", "installer.csv"} <= names
    with pytest.raises(OutputError):
        export_run(folder, files, ["kml"])
    with pytest.raises(SettingsError, match="expected one of"):
        export_run(folder, files, ["pdf"])
    assert set(FORMATS) == {"gpkg", "geojson", "kml", "kmz", "dxf", "xlsx", "csv"}


def test_the_installer_reads_what_to_do_where(files, folder):
    sites = json.loads((folder / "result.json").read_text("utf-8"))["sites"]
    listed = pd.read_csv(files / "installer.csv", keep_default_na=False)
    assert listed["action"].tolist() == [s["action"] for s in sites]
    assert listed["mount"].tolist() == [s["id"] for s in sites]
    assert listed["moved_to"].tolist() == [s["to"] for s in sites]


def test_the_installer_reads_the_optics_of_a_turned_camera_and_the_phases_by_name(mixed, tmp_path):
    export_run(mixed, tmp_path / "files", ["csv"])
    run = read_run(mixed)
    views, camera = run.layers["views"], run.layers["cameras"].iloc[0]
    listed = pd.read_csv(tmp_path / "files" / "installer.csv")
    assert listed["phase"].tolist() == ["one", "two", "one"]
    assert listed["hfov_deg"].tolist() == [camera["hfov"], run.models[run.sites[1]["model"]]["hfov"], camera["hfov"]]
    reach = views[views["role"] == "proposed"].set_index("rank")["range_m"]
    assert listed["range_m"].tolist() == pytest.approx(reach[[1, 2, 3]].tolist(), abs=0.05)


def test_the_geopackage_brings_its_styles(files, folder):
    with sqlite3.connect(files / "coverage.gpkg") as db:
        styled = {name for (name,) in db.execute("select f_table_name from layer_styles")}
    assert {"streets", "seen", "gaps", "cameras", "sites"} <= styled
    assert {name for name, _ in pyogrio.list_layers(files / "coverage.gpkg")} >= styled
    original = pyogrio.read_dataframe(folder / "coverage.gpkg", layer="seen")
    assert (
        pyogrio.read_dataframe(files / "coverage.gpkg", layer="seen")["length_m"].tolist()
        == original["length_m"].tolist()
    )


def test_gdal_opens_kml_and_geojson_and_cad_opens_dxf(files, folder):
    result = json.loads((folder / "result.json").read_text("utf-8"))
    layers = {str(name) for name, _ in pyogrio.list_layers(files / "coverage.kml")}
    assert {"streets", "sites", "cameras"} <= layers
    cameras, gaps = (pyogrio.read_dataframe(files / "coverage.kml", layer=layer) for layer in ("cameras", "gaps"))
    assert [name[:6] for name in cameras["Name"]] == [f"owner{i}" for i in range(5)]
    assert gaps["Name"].tolist() == [str(gap["rank"]) for gap in result["gaps"]]
    sites = pyogrio.read_dataframe(files / "geojson" / "sites.geojson")
    assert sites["gain_m"].sum() == pytest.approx(result["gain_m"], abs=0.01)
    drawing = ezdxf.readfile(files / "coverage.dxf")
    assert not drawing.audit().has_errors
    assert {"streets", "sites", "seen"} <= {layer.dxf.name for layer in drawing.layers}


def test_the_workbook_sums_to_the_plan_and_runs_no_text(files, folder):
    run = read_run(folder)
    stored = openpyxl.load_workbook(files / "plan.xlsx", data_only=True)
    live = openpyxl.load_workbook(files / "plan.xlsx")
    spent = run.result["spent"]
    values = [cell.value for sheet in stored for row in sheet for cell in row if isinstance(cell.value, int | float)]
    assert any(value == pytest.approx(spent) for value in values)
    formulas = [cell for sheet in live for row in sheet for cell in row if cell.data_type == "f"]
    assert formulas
    assert not any("HYPERLINK" in str(cell.value) or "cmd" in str(cell.value) for cell in formulas)
    table = budget(schedule(run, Terms()), Terms())
    assert table["capital"].sum() == pytest.approx(spent)


def test_no_text_becomes_a_formula_in_a_table(files):
    for path in files.glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for column in table:
            told = table[column][pd.to_numeric(table[column], errors="coerce").isna()]
            assert not told.str.match(r"^[=+@\t\r-]").any(), (path.name, column)


def test_hostile_text_is_text_everywhere(files, folder):
    for name, content in texts(files).items():
        if name.endswith((".kml", ".html", ".xml")):
            assert EVIL.encode() not in content, name
    assert EVIL not in (folder / "map.html").read_text("utf-8")
    drawing = ezdxf.readfile(files / "coverage.dxf")
    said = " ".join(e.dxf.text for e in drawing.modelspace() if e.dxftype() == "TEXT")
    assert "%%u" not in said
    assert "\u202e" not in said


def test_no_file_holds_a_mark_that_turns_the_reading_direction(files, folder, public):
    marks = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    for home in (folder, files, public):
        for name, content in texts(home).items():
            if not name.endswith(".gpkg"):
                assert not marks.search(content.decode("utf-8")), name
    assert set(read_run(folder).layers["streets"]["name"]) == {EVILS[0] + EVILS[1], EVILS[2] + "gnp.exe"}
    assert read_run(folder).before["by_district"][0]["name"] == EVIL + "gnp.exe"


# --- the public edition ---


def test_nothing_that_is_not_for_everyone_is_in_any_public_file(public, folder):
    run = read_run(folder)
    cameras = run.layers["cameras"]
    assert {text[:4] for text in cameras["id"]} == {"cam0", "cam1", "cam2", "cam3", "cam4"}
    marks = [f"{word}{i}" for word in ("cam", "owner", "pole") for i in range(6)]
    secret = [*marks, "cameras.csv", "mounts.csv", "offline", "not_working"]
    exact = [f"{v:.6f}" for point in cameras.geometry for v in (point.x, point.y)]
    for name, content in texts(public).items():
        told = [text for text in (*secret, *exact) if text.encode() in content]
        if name == "map.html":  # its own words for a status; the data are packed
            told = [text for text in told if text not in ("not_working", "offline")]
        assert told == [], name


def test_public_positions_are_those_of_streets_not_of_cameras(public, folder):
    exact = read_run(folder).layers
    for layer in ("cameras", "sites"):
        blurred = pyogrio.read_dataframe(public / "coverage.gpkg", layer=layer)
        assert len(blurred) == len(exact[layer])
        columns = set(blurred.columns)
        assert not columns & {"id", "name", "source", "status", "azimuth", "hfov", "range_m", "filled"}
        apart = [min(point.distance(other) for other in exact[layer].geometry) for point in blurred.geometry]
        assert min(apart) > M
    sites = pyogrio.read_dataframe(public / "coverage.gpkg", layer="sites")
    assert len({(point.x, point.y) for point in sites.geometry}) == len(sites) == 3


def test_the_public_map_colours_whole_streets_by_their_share(public, offline):
    context, page, noted = offline()
    page.goto((public / "map.html").as_uri())
    page.wait_for_function("() => camgap.drawn()")
    assert "Streets by covered share" in page.locator("#tab-key").inner_text()
    assert "Not covered" not in page.locator("#tab-key").inner_text()
    styles = "Array.from(camgap.layers.streets.styleOf)"
    shares = "name => Array.from(camgap.layers.streets.styleOf, (_, i) => camgap.layers.streets.data.get(name, i))"
    for step, name in ((0, "share_today"), (1, "share")):
        page.evaluate("step => camgap.change({step})", step)
        told = [min(5, math.ceil(5 * share - 1e-9)) for share in page.evaluate(shares, name)]
        assert page.evaluate(styles) == told
        assert max(told) > 0
    assert noted == []
    context.close()


def test_the_public_edition_tells_no_place_and_no_price_of_what_is_done_to_a_standing_camera(public_mixed):
    for name, content in texts(public_mixed).items():
        told = [t for t in ("5501.0", "1503.0", "street of a standing", "repair", "reaim") if t.encode() in content]
        assert told == [] or name == "map.html", (name, told)  # it has words for everything; its data are packed
    result = json.loads((public_mixed / "result.json").read_text("utf-8"))
    assert result["existing_cameras"] == {"changed": 2, "cost": 7004.0}
    assert [(s["rank"], s["action"], s["cumulative_share"]) for s in result["sites"]] == [(2, "new", None)]
    sites = pyogrio.read_dataframe(public_mixed / "coverage.gpkg", layer="sites")
    assert sites["rank"].tolist() == [2]
    listed = pd.read_csv(public_mixed / "sites.csv")
    assert listed["cost"].sum() == result["spent"] == 22004.0
    assert listed["cameras"].tolist() == [1, 2]
    assert listed[["lon", "lat", "gain_m"]].isna().all(axis=1).tolist() == [False, True]


def test_the_public_workbook_has_the_money_of_the_whole_one(mixed, public_mixed, tmp_path):
    export_run(mixed, tmp_path / "whole", ["xlsx"])
    books = [openpyxl.load_workbook(out / "plan.xlsx", data_only=True) for out in (tmp_path / "whole", public_mixed)]
    whole, public = ([list(row) for row in book["Budget"].values] for book in books)
    assert public == whole
    assert [row[:3] for row in whole[1:3]] == [[1, 2, 7004.0], [2, 1, 15000.0]]
    assert [row[6] for row in whole[1:4]] == ["one", "two", "–"]
    assert {row[3] for row in whole[1:]} == {0}  # no yearly cost, as stated


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_public_map_of_a_mixed_plan_says_what_it_does_not_show(public_mixed, offline, lang):
    context, page, noted = offline()
    page.goto((public_mixed / "map.html").as_uri())
    page.wait_for_function("() => camgap.drawn()")
    page.evaluate("lang => camgap.change({lang})", lang)
    said = {
        "en": ("by 3 measures", "2 measures change existing cameras, for 7,004", "are blurred", "replaced", "5 used."),
        "zh": ("实施 3 项措施", "2 项措施涉及现有摄像机", "模糊处理", "更换", "使用 5 个。"),
    }[lang]
    headline, method = page.locator(".headline").inner_text(), page.locator("#tab-method").text_content()
    assert [text for text in said[:3] if text not in headline] == []
    assert said[3] in method
    assert page.locator("#tab-method dd").filter(has_text=said[4]).count() == 1
    page.locator("#for-tab-sites").click()
    assert page.locator("#tab-sites .item").count() == 1
    assert said[1] in page.locator("#tab-sites").inner_text()
    assert page.evaluate("camgap.steps.map(step => step.sites)") == [0, 3]
    page.locator("#tab-sites .item").click()
    assert "15,000" in page.locator(".leaflet-popup").inner_text()
    page.locator("#search").fill("alert(1)")
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup .whole_street").count() == 1
    assert noted == []
    context.close()


def test_archives_of_the_public_edition_are_the_only_ones(public):
    assert not list(public.rglob("report.html"))
    with zipfile.ZipFile(io.BytesIO((public / "coverage.kmz").read_bytes())) as archive:
        assert archive.namelist() == ["doc.kml"]


def test_the_report_speaks_both_languages_whole():
    en, zh = (words_of(lang).table for lang in ("en", "zh"))
    assert en.keys() == zh.keys()
    names = {
        "areas",
        "levels",
        "classes",
        "actions",
        "kinds",
        "reasons",
        "fields",
        "places",
        "left_out",
    }  # others stay as they are
    for section in en:
        assert zh[section].keys() >= en[section].keys(), section
        assert section in names or zh[section].keys() == en[section].keys(), section
        for key, text in en[section].items():
            told = text if isinstance(text, list) else [text]
            other = zh[section][key] if isinstance(text, list) else [zh[section][key]]
            assert len(told) == len(other), (section, key)
            for one, two in zip(told, other, strict=True):
                assert set(re.findall(r"{(\w+)}", one)) == set(re.findall(r"{(\w+)}", two)), (section, key)


# --- what GIS programs make of them ---


def test_the_geopackage_is_one_by_its_own_rules(files):
    with sqlite3.connect(files / "coverage.gpkg") as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        contents = dict(db.execute("SELECT table_name, data_type FROM gpkg_contents"))
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert set(contents) <= tables
        srs = dict(db.execute("SELECT table_name, srs_id FROM gpkg_geometry_columns"))
        assert {name for name, kind in contents.items() if kind == "features"} == set(srs)
        assert set(srs.values()) == {4326}
        assert contents["layer_styles"] == "attributes"
        for name in srs:
            box = db.execute(
                "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (name,)
            ).fetchone()
            frame = pyogrio.read_dataframe(files / "coverage.gpkg", layer=name)
            if len(frame):
                assert box == pytest.approx(frame.total_bounds.tolist()), name
                assert frame.geometry.is_valid.all(), name


def test_every_style_colours_every_feature_by_a_column_that_is_there(files):
    with sqlite3.connect(files / "coverage.gpkg") as db:
        styles = db.execute("SELECT f_table_name, styleQML, styleSLD FROM layer_styles").fetchall()
    assert len(styles) > 8
    for name, qml, sld in styles:
        renderer = ElementTree.fromstring(qml).find("renderer-v2")
        assert ElementTree.fromstring(sld).tag.endswith("StyledLayerDescriptor"), name
        symbols = {symbol.get("name") for symbol in renderer.find("symbols")}
        frame = pyogrio.read_dataframe(files / "coverage.gpkg", layer=name)
        column, kind = renderer.get("attr"), renderer.get("type")
        if kind == "categorizedSymbol":
            values = {c.get("value"): c.get("symbol") for c in renderer.find("categories")}
            assert set(values.values()) <= symbols, name
            assert set(frame[column].astype(str)) - {""} <= set(values), (name, column)
        elif kind == "graduatedSymbol":
            ranges = [(float(r.get("lower")), float(r.get("upper"))) for r in renderer.find("ranges")]
            assert all(any(a <= v <= b for a, b in ranges) for v in frame[column].dropna()), (name, column)
        else:
            assert kind == "singleSymbol", name


@pytest.mark.parametrize("name", ["coverage.kml", "coverage.kmz"])
def test_gdal_reads_from_the_globe_what_is_in_the_geopackage(files, name):
    for layer in ("streets", "seen", "cameras", "sites", "gaps"):
        globe = pyogrio.read_dataframe(files / name, layer=layer)
        exact = pyogrio.read_dataframe(files / "coverage.gpkg", layer=layer)
        assert len(globe) == len(exact) > 0
        assert globe.total_bounds == pytest.approx(exact.total_bounds, abs=2e-6)


def test_gdal_reads_the_drawing(files):
    drawing = pyogrio.read_dataframe(files / "coverage.dxf")
    counts = drawing["Layer"].value_counts()
    for layer in ("streets", "seen"):
        assert counts[layer] >= len(pyogrio.read_dataframe(files / "coverage.gpkg", layer=layer)) > 0
    assert not drawing.geometry.isna().all()


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="ogrinfo is not here")
@pytest.mark.parametrize("name", ["coverage.gpkg", "coverage.kml", "coverage.kmz", "coverage.dxf"])
def test_ogrinfo_finds_no_fault(files, name):
    done = subprocess.run(
        ["ogrinfo", "-ro", "-so", "-al", str(files / name)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert "ERROR" not in done.stderr
    assert "Feature Count" in done.stdout
