"""The command line on a tiny town: numbers by hand, bad input, run folders.

north        ┌──────┐ hall (courtyard-less block, 20 x 10 m, 10 m north of the street)
             └──────┘
──A──────────────B───────────────C──   Long Street, 400 m, A at 0, B at 200, C at 400
                 │
                 │  Side Street, 100 m
                 D
"""

import csv
import io
import json
import sys
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from camgap import cli
from camgap.coverage.projection import local_crs, to_lonlat

ORIGIN = (101.70, 26.60)
PLACES = {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (200, -100), 11: (90, 10), 12: (110, 10), 13: (110, 20), 14: (90, 20)}
CM = 0.02  # [m] OpenStreetMap rounds coordinates to 1e-7 degrees
HOSTILE = "<script>alert(1)</script>"


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = to_lonlat([[x, y]], local_crs(*ORIGIN))[0]  # type: ignore[arg-type]
    return float(lon), float(lat)


def osm_xml(street: str = "Long Street") -> str:
    street = street.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    nodes = "".join(
        f'<node id="{i}" version="1" lat="{lonlat(*xy)[1]:.9f}" lon="{lonlat(*xy)[0]:.9f}"/>'
        for i, xy in PLACES.items()
    )
    refs = {
        i: "".join(f'<nd ref="{n}"/>' for n in ns)
        for i, ns in {7: (1, 2, 3), 8: (2, 4), 9: (11, 12, 13, 14, 11)}.items()
    }
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{nodes}'
        f'<way id="7" version="1">{refs[7]}<tag k="highway" v="residential"/><tag k="name" v="{street}"/></way>'
        f'<way id="8" version="1">{refs[8]}<tag k="highway" v="tertiary"/><tag k="name" v="Side Street"/></way>'
        f'<way id="9" version="1">{refs[9]}<tag k="building" v="yes"/></way></osm>'
    )


def area_geojson(*ring: tuple[float, float]) -> str:
    coordinates = [list(lonlat(*p)) for p in (*ring, ring[0])]
    geometry = {"type": "Polygon", "coordinates": [coordinates]}
    feature = {"type": "Feature", "properties": {"name": "Old Town"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


CAMERAS = (  # 5 m north of the street, looking down it; the oracle of the flat sector: 10 m of street
    ("west", 50, 5, 180, 90, 30),
    ("east", 50, 5, 180, 90, 30),
    ("open", 250, 5, 135, 90, 30),
)


def camera_csv(rows=CAMERAS) -> str:
    lines = ["id,lon,lat,azimuth,hfov,range,near"]
    for name, x, y, azimuth, hfov, reach in rows:
        lon, lat = lonlat(x, y)
        lines.append(f"{name},{lon:.9f},{lat:.9f},{azimuth},{hfov},{reach},0")
    return "\n".join(lines) + "\n"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    (tmp_path / "town.osm").write_text(osm_xml(), encoding="utf-8")
    (tmp_path / "cameras.csv").write_text(camera_csv(), encoding="utf-8")
    area = area_geojson((-10, -150), (410, -150), (410, 50), (-10, 50))
    (tmp_path / "area.geojson").write_text(area, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["camgap", *map(str, args)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def inputs(town: Path) -> list[object]:
    return ["--osm", town / "town.osm", "--cameras", town / "cameras.csv", "--area", town / "area.geojson"]


def score_json(run, town: Path, *more: object) -> dict:
    code, out, err = run("score", *inputs(town), "--json", *more)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_score_measures_the_worked_oracle(run, town):
    result = score_json(run, town)
    # 10 m seen by two cameras, sqrt(875) m seen by one; 500 m of street.
    assert result["streets"]["length_m"] == pytest.approx(500, abs=CM)
    assert result["coverage"]["covered_m"] == pytest.approx(10 + 875**0.5, abs=CM)
    assert result["coverage"]["depth_m"] == pytest.approx({"1": 875**0.5, "2": 10, "3+": 0}, abs=CM)
    assert result["coverage"]["share"] == pytest.approx(result["coverage"]["covered_m"] / 500, abs=1e-6)
    assert {c["id"]: round(c["only_m"], 2) for c in result["cameras_seen"]} == {"west": 0, "east": 0, "open": 29.58}


def test_score_holds_every_key_it_promises(run, town):
    result = score_json(run, town, "--districts", town / "area.geojson")
    assert {"edges", "length_m", "set_aside"} <= result["streets"].keys()
    assert {"read", "used", "set_aside", "moved_to_facade", "filled"} <= result["cameras"].keys()
    assert result["views"] == 3
    assert {"covered_m", "share", "by_class", "by_district", "depth_m", "share_ignoring_buildings"} <= result[
        "coverage"
    ].keys()
    assert {"rank", "length_m", "streets", "centroid"} <= result["gaps"][0].keys()
    district = result["coverage"]["by_district"][0]
    assert district["name"] == "Old Town"
    assert district["covered_m"] == pytest.approx(result["coverage"]["covered_m"], abs=1e-6)


def test_gaps_and_coverage_make_up_the_whole_network(run, town):
    result = score_json(run, town)
    gaps = sum(g["length_m"] for g in result["gaps"]) + result["gaps_short"]["length_m"]
    assert gaps + result["coverage"]["covered_m"] == pytest.approx(result["streets"]["length_m"], abs=1e-6)
    assert result["gaps"][0]["streets"][0] == "Long Street"


def test_streets_are_cut_at_the_study_area(run, town):
    (town / "area.geojson").write_text(area_geojson((100, -50), (300, -50), (300, 50), (100, 50)), encoding="utf-8")
    result = score_json(run, town)
    assert result["streets"]["length_m"] == pytest.approx(250, abs=CM)
    assert result["streets"]["set_aside"]["outside_area"] == pytest.approx(250, abs=CM)


def test_score_exits_with_1_when_the_asked_share_is_missed(run, town):
    assert run("score", *inputs(town), "--minimum", "0.05")[0] == 0
    assert run("score", *inputs(town), "--minimum", "0.5")[0] == 1


def test_tables_and_json_say_the_same(run, town):
    result = score_json(run, town)
    code, out, _ = run("score", *inputs(town))
    assert code == 0
    assert f"{result['coverage']['covered_m'] / 1000:.2f} km" in out
    assert f"{100 * result['coverage']['share']:.1f} %" in out


def test_check_shows_columns_and_rows_set_aside(run, town):
    bad = "broken,,,90,60,30,0\ntext,here,there,90,60,30,0\n"
    (town / "cameras.csv").write_text(camera_csv() + bad, encoding="utf-8")
    code, out, _ = run("check", "--cameras", town / "cameras.csv", "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["cameras"]["read"], result["cameras"]["used"]) == (5, 3)
    assert [(r["row"], r["id"]) for r in result["rows_set_aside"]] == [(5, "broken"), (6, "text")]
    assert result["columns"]["cameras.csv"]["azimuth"] == "azimuth"
    code, out, _ = run("check", *inputs(town))
    assert code == 0
    assert "broken" in out


def plan_json(run, town: Path, *more: object) -> dict:
    code, out, err = run("plan", *inputs(town), "--json", *more)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_plan_keeps_its_promise_its_budget_and_its_bound(run, town):
    result = plan_json(run, town, "--budget", 50000)
    assert 0 < result["spent"] <= result["budget"] == 50000
    assert result["gain_m"] == pytest.approx(result["after"]["covered_m"] - result["before"]["covered_m"], abs=1e-9)
    assert result["gain_m"] == pytest.approx(sum(s["gain_m"] for s in result["sites"]), abs=1e-6)
    assert result["gain_m"] <= result["upper_bound_gain_m"] <= result["before"]["length_m"]
    assert result["sites"][-1]["cumulative_share"] == pytest.approx(result["after"]["share"], abs=1e-9)
    assert set(result["sites"][0]) >= {
        "rank",
        "lon",
        "lat",
        "azimuth",
        "model",
        "cost",
        "gain_m",
        "cumulative_share",
        "street",
    }


def test_prices_models_and_sites_limit_are_the_users(run, town):
    models = {m["id"] for m in plan_json(run, town, "--sites", 1)["models"]}
    one = sorted(models)[0]
    result = plan_json(run, town, "--sites", 2, "--model", one, "--price", f"{one}=7")
    assert [m["id"] for m in result["models"]] == [one]
    assert result["spent"] == 7 * len(result["sites"])
    assert len(result["sites"]) <= 2


def test_no_mount_stands_in_a_forbidden_polygon(run, town):
    (town / "no.geojson").write_text(area_geojson((-10, -20), (300, -20), (300, 20), (-10, 20)), encoding="utf-8")
    free, bound = (
        plan_json(run, town, "--sites", 3),
        plan_json(run, town, "--sites", 3, "--forbidden", town / "no.geojson"),
    )
    assert bound["candidates"]["set_aside"]["forbidden"] > 0
    assert bound["candidates"]["mounts"] < free["candidates"]["mounts"]
    x = [local_xy(s)[0] for s in bound["sites"] if abs(local_xy(s)[1]) < 20]
    assert all(value > 300 for value in x)


def local_xy(site: dict) -> tuple[float, float]:
    points = gpd.GeoSeries(gpd.points_from_xy([site["lon"]], [site["lat"]]), crs=4326).to_crs(local_crs(*ORIGIN))
    return points.x[0], points.y[0]


def test_the_run_folder_holds_every_file_and_layer_with_the_same_numbers(run, town):
    out = town / "run"
    code, _, err = run("plan", *inputs(town), "--sites", 2, "--out", out)
    assert (code, err) == (0, "")
    assert sorted(p.name for p in out.iterdir()) == [
        "coverage.gpkg",
        "manifest.json",
        "map.html",
        "result.json",
        "sites.csv",
    ]
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    layers = {name for name, _ in pyogrio.list_layers(out / "coverage.gpkg")}
    assert layers >= {"streets", "seen", "gaps", "cameras", "views", "sites", "districts"}
    seen = gpd.read_file(out / "coverage.gpkg", layer="seen")
    assert seen["length_m"].sum() == pytest.approx(result["after"]["covered_m"], abs=1e-6)
    assert seen.loc[seen["by"] == "proposed", "length_m"].sum() == pytest.approx(result["gain_m"], abs=1e-6)
    assert seen.to_crs(local_crs(*ORIGIN)).length.sum() == pytest.approx(result["after"]["covered_m"], abs=CM)
    streets = gpd.read_file(out / "coverage.gpkg", layer="streets")
    assert streets["covered_m"].sum() == pytest.approx(result["after"]["covered_m"], abs=1e-6)
    gaps = gpd.read_file(out / "coverage.gpkg", layer="gaps")
    assert gaps["length_m"].tolist() == pytest.approx([g["length_m"] for g in result["gaps"]])
    rows = list(csv.DictReader(io.StringIO((out / "sites.csv").read_text(encoding="utf-8-sig"))))
    assert [float(r["gain_m"]) for r in rows] == pytest.approx([s["gain_m"] for s in result["sites"]])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [s["file"] for s in manifest["inputs"]] == ["town.osm", "cameras.csv", "area.geojson"]
    assert len(manifest["inputs"][0]["sha256"]) == 64


def test_the_same_input_gives_the_same_bytes(run, town):
    for out in ("one", "two"):
        assert run("plan", *inputs(town), "--sites", 2, "--out", town / out)[0] == 0
    for name in ("result.json", "sites.csv", "manifest.json", "map.html"):
        assert (town / "one" / name).read_bytes() == (town / "two" / name).read_bytes(), name


def test_an_earlier_run_is_never_overwritten_unasked(run, town):
    out = town / "run"
    assert run("score", *inputs(town), "--out", out)[0] == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    code, _, err = run("score", *inputs(town), "--out", out)
    assert code == 2
    assert err.count("\n") == 1
    assert "--overwrite" in err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert run("score", *inputs(town), "--out", out, "--overwrite")[0] == 0


def test_a_folder_that_is_no_run_folder_is_left_alone_even_when_told_to_overwrite(run, town):
    precious = town / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work", encoding="utf-8")
    code, _, err = run("score", *inputs(town), "--out", precious, "--overwrite")
    assert code == 2
    assert "not a run folder" in err
    assert (precious / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_run_that_fails_while_writing_leaves_nothing_behind(run, town, monkeypatch):
    import camgap.maps.draw

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(camgap.maps.draw, "draw_map", fail)
    code, _, err = run("score", *inputs(town), "--out", town / "run")
    assert code == 2
    assert "No space left" in err
    assert sorted(p.name for p in town.iterdir()) == ["area.geojson", "cameras.csv", "town.osm"]


def test_hostile_names_come_out_harmless(run, town):
    (town / "town.osm").write_text(osm_xml(HOSTILE), encoding="utf-8")
    text = camera_csv([(HOSTILE, 50, 5, 180, 90, 30), ("=cmd()", 250, 5, 135, 90, 30)])
    (town / "cameras.csv").write_text(text, encoding="utf-8")
    lon, lat = lonlat(300, 5)
    (town / "mounts.csv").write_text(f"id,lon,lat\n=cmd|' /C calc'!A1,{lon},{lat}\n", encoding="utf-8")
    out = town / "run"
    code, _, err = run("plan", *inputs(town), "--sites", 1, "--mounts", town / "mounts.csv", "--out", out)
    assert (code, err) == (0, "")
    html = (out / "map.html").read_text(encoding="utf-8")
    assert HOSTILE not in html
    rows = list(csv.DictReader(io.StringIO((out / "sites.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0]["id"] == "'=cmd|' /C calc'!A1"
    cameras = gpd.read_file(out / "coverage.gpkg", layer="cameras")
    assert set(cameras["id"]) == {HOSTILE, "=cmd()"}


def bad_inputs(town: Path) -> dict[str, tuple[list[object], str]]:
    """Return what is wrong -> (arguments, a word the message must hold)."""
    files = {
        "empty.osm": b"",
        "table.osm": b"a,b\n1,2\n",
        "half.osm.pbf": b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c",
        "swapped.csv": camera_csv([(n, x, y, a, h, r) for n, x, y, a, h, r in CAMERAS])
        .replace("lon,lat", "lat,lon")
        .encode(),
        "text.csv": b"id,lon,lat\na,here,there\nb,north,south\n",
        "far.csv": b"id,lon,lat\na,8.5,47.3\n",
        "unusable.csv": b"id,lon,lat\na,,\nb,0,0\n",
        "nothing.csv": b"",
        "crossed.geojson": area_geojson((0, -50), (400, 50), (400, -50), (0, 50)).encode(),
        "elsewhere.geojson": area_geojson((90000, 0), (90100, 0), (90100, 100), (90000, 100)).encode(),
        "project.toml": b"[plan]\nspacing = 20\n",
        "notes.toml": b"this is not TOML",
    }
    for name, content in files.items():
        (town / name).write_bytes(content)
    osm, cameras = ["--osm", town / "town.osm"], ["--cameras", town / "cameras.csv"]
    return {
        "no input at all": ([], "--osm"),
        "file missing": (["--osm", town / "none.osm"], "none.osm"),
        "empty file": (["--osm", town / "empty.osm"], "empty"),
        "wrong type": (["--osm", town / "cameras.csv"], ".osm"),
        "wrong content": (["--osm", town / "table.osm"], "table.osm"),
        "truncated PBF": (["--osm", town / "half.osm.pbf"], "half.osm.pbf"),
        "no street in the area": ([*osm, *cameras, "--area", town / "elsewhere.geojson"], "no street"),
        "self-crossing polygon": ([*osm, *cameras, "--area", town / "crossed.geojson"], "crossed.geojson"),
        "text for coordinates": ([*osm, "--cameras", town / "text.csv"], "text.csv"),
        "cameras far away": ([*osm, "--cameras", town / "far.csv"], "far.csv"),
        "no usable row": ([*osm, "--cameras", town / "unusable.csv"], "unusable.csv"),
        "empty list": ([*osm, "--cameras", town / "nothing.csv"], "nothing.csv"),
        "unknown setting": ([*osm, "--config", town / "project.toml"], "spacing_m"),
        "no TOML": ([*osm, "--config", town / "notes.toml"], "notes.toml"),
        "bad box": ([*osm, "--bbox", "1,2,3"], "west,south,east,north"),
        "box upside down": ([*osm, "--bbox", "101.8,26.7,101.6,26.5"], "west"),
    }


CASES = (
    "no input at all", "file missing", "empty file", "wrong type", "wrong content", "truncated PBF",
    "no street in the area", "self-crossing polygon", "text for coordinates", "cameras far away",
    "no usable row", "empty list", "unknown setting", "no TOML", "bad box", "box upside down",
)  # fmt: skip


def test_swapped_axes_are_put_right_and_said(run, town):
    bad_inputs(town)  # writes the files
    osm = ["--osm", town / "town.osm"]
    code, out, _ = run("score", *osm, "--cameras", town / "swapped.csv", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["coordinates"]["swapped.csv"]["system"] == "WGS-84, longitude and latitude exchanged"
    right = json.loads(run("score", *osm, "--cameras", town / "cameras.csv", "--json")[1])
    assert result["cameras"]["used"] == right["cameras"]["used"]
    assert "longitude and latitude exchanged" in run("score", *osm, "--cameras", town / "swapped.csv")[1]


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_clear_line_and_exit_code_2(run, town, case):
    args, word = bad_inputs(town)[case]
    code, out, err = run("score", *args, "--out", town / "run")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert word.lower() in err.lower()
    assert not (town / "run").exists()
    assert not list(town.glob(".run*"))


def test_an_output_that_cannot_be_written_is_refused_before_any_work(run, town):
    (town / "file").write_text("x", encoding="utf-8")
    code, _, err = run("score", *inputs(town), "--out", town / "file" / "run")
    assert code == 2
    assert err.count("\n") == 1
    assert run("score", *inputs(town), "--out", town / "file")[0] == 2


def test_a_town_without_any_camera_scores_zero_and_can_be_planned(run, town):
    args = ["--osm", town / "town.osm", "--area", town / "area.geojson"]
    code, out, _ = run("score", *args, "--json")
    assert code == 0
    assert json.loads(out)["coverage"]["covered_m"] == 0
    code, out, _ = run("plan", *args, "--sites", 1, "--json")
    assert code == 0
    assert json.loads(out)["gain_m"] > 50


def test_a_plan_needs_money_or_a_number(run, town):
    code, _, err = run("plan", *inputs(town))
    assert code == 2
    assert "--budget" in err


def test_options_win_over_the_project_file_and_its_paths_are_its_own(run, town, monkeypatch):
    project = '[inputs]\nosm = "town.osm"\ncameras = "cameras.csv"\narea = "area.geojson"\n[score]\nmin_gap_m = 100\n'
    (town / "camgap.toml").write_text("budget = 1\n" + project, encoding="utf-8")
    monkeypatch.chdir("/")
    code, out, err = run("score", "--config", town / "camgap.toml", "--json")
    assert (code, err) == (0, "")
    assert all(g["length_m"] >= 100 for g in json.loads(out)["gaps"])
    code, out, _ = run("plan", "--config", town / "camgap.toml", "--budget", 20000, "--json")
    assert json.loads(out)["budget"] == 20000


def test_map_draws_a_run_folder_again(run, town):
    run("plan", *inputs(town), "--sites", 1, "--out", town / "run")
    code, _, err = run("map", town / "run", "--out", town / "again.html")
    assert (code, err) == (0, "")
    assert (town / "again.html").read_bytes() == (town / "run" / "map.html").read_bytes()
    assert run("map", town / "run", "--out", town / "again.html")[0] == 2
    code, _, err = run("map", town)
    assert code == 2
    assert err.count("\n") == 1


def test_a_place_without_a_network_is_one_clear_line(run, town, monkeypatch):
    import osmnx

    monkeypatch.setenv("XDG_CACHE_HOME", str(town / "cache"))
    monkeypatch.setattr(osmnx.settings, "nominatim_url", "http://127.0.0.1:9/")
    for command in (("score",), ("fetch", "--out", town / "zug.osm.pbf")):
        code, out, err = run(*command, "--place", "Zug, Switzerland")
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
        assert err.count("\n") == 1
        assert "network" in err
    assert not (town / "zug.osm.pbf").exists()
