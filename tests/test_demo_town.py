import csv
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString

from camgap.config.demo.make_town import town_files
from camgap.config.demo.terrain import LAT_0, LON_0, MAP, WATER, elevation, lonlat
from camgap.config.demo.town import Town, make_town
from camgap.config.project import load_settings
from camgap.coverage.inputs.area import read_polygons
from camgap.coverage.inputs.columns import is_private
from camgap.coverage.inputs.directions import parse_headings
from camgap.coverage.inputs.inventory import osm_cameras, read_cameras
from camgap.coverage.inputs.osm import read_osm
from camgap.coverage.projection import local_crs, to_plane
from camgap.coverage.study import Study, load_study, score_study

SHIPPED = Path(str(files("camgap.config").joinpath("demo")))
NAMES = ("town.osm", "skynet.csv", "sharp_eyes.csv", "districts.geojson", "forbidden.geojson", "camgap.toml")


@pytest.fixture(scope="module")
def town() -> Town:
    return make_town()


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(load_settings(SHIPPED / "camgap.toml"))


def table(name: str) -> list[dict[str, str]]:
    with (SHIPPED / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# -- the files ---------------------------------------------------------------------------------------------------------


def test_the_script_makes_the_shipped_files_byte_for_byte_in_any_process(tmp_path):
    command = [sys.executable, "-m", "camgap.config.demo.make_town", str(tmp_path / "new")]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": "7"}, cwd=tmp_path)
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(NAMES)
    for name in NAMES:
        made, shipped = (tmp_path / "new" / name).read_bytes(), (SHIPPED / name).read_bytes()
        assert made == shipped, f"{name} is not what config/demo/make_town.py makes; run it again"


def test_making_the_town_twice_in_one_process_gives_the_same_text():
    assert town_files() == town_files()


def test_importing_the_package_makes_no_town(tmp_path):
    code = "import sys, camgap.config.demo; print('camgap.config.demo.town' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "False\n"
    assert list(tmp_path.iterdir()) == []


def test_the_osm_file_is_small_and_says_that_it_is_fictional():
    data = (SHIPPED / "town.osm").read_bytes()
    head = data[:1200].decode()
    assert len(data) < 1_500_000
    assert "fictional town" in head
    assert "CC0" in head
    assert 'copyright="fictional; no OpenStreetMap data"' in head
    assert re.search(r'<bounds minlat="26\.\d+" minlon="101\.\d+" maxlat="26\.\d+" maxlon="101\.\d+"/>', head)


def test_the_files_hold_no_access_or_contact_data():
    for name in NAMES:
        text = (SHIPPED / name).read_text(encoding="utf-8-sig")
        assert not re.search(r"(?<![\d.])1[3-9]\d{9}(?!\d)", text), f"{name}: a mobile number?"
        assert not re.search(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", text), f"{name}: a network address?"
        assert "@" not in text, f"{name}: a mail address?"
    for name in ("skynet.csv", "sharp_eyes.csv"):
        assert not [column for column in table(name)[0] if is_private(column)]


def test_the_town_lies_where_its_plane_says():
    corners = np.array([(-1270.0, -910.0), (1270.0, 910.0), (-1270.0, 910.0), (0.0, 0.0)])
    crs = local_crs(LON_0, LAT_0)
    plane = to_plane(np.array([lonlat((x, y)) for x, y in corners]), crs)
    np.testing.assert_allclose(plane - plane[-1], corners, atol=0.3)


# -- streets -----------------------------------------------------------------------------------------------------------


def test_the_network_has_the_size_of_a_town_and_nothing_dangles(study):
    assert 45_000 < study.network.length < 70_000
    assert study.streets.dropped == {}
    assert set(study.network.edges["highway"]) == {
        "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "pedestrian", "service"
    }  # fmt: skip


def test_every_reason_to_set_a_street_aside_occurs(study):
    for reason in ("tunnel", "covered_passage", "parking_aisle", "driveway", "private", "construction", "area_outline"):
        assert study.streets.set_aside[reason] > 10, reason
    assert "duplicate" not in study.streets.set_aside
    assert study.streets.read_m == pytest.approx(study.streets.used_m + sum(study.streets.set_aside.values()), abs=0.01)


def test_all_streets_hang_together(study):
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for u, v in study.network.edges[["u", "v"]].to_numpy().tolist():
        parent[root(u)] = root(v)
    assert len({root(node) for node in list(parent)}) == 1


def test_streets_cross_the_river_on_bridges_only(town):
    bridges = [s for s in town.streets if s.tags.get("bridge")]
    assert {s.name_en for s in bridges} == {"Jiwan Avenue", "Renmin Road", "Ferry Footbridge"}
    assert all(s.level == 1 and LineString(s.line).crosses(WATER) for s in bridges)
    on_ground = [LineString(s.line) for s in town.streets if s.level == 0]
    assert not shapely.intersects(on_ground, WATER).any()


def test_streets_that_cross_at_grade_share_a_vertex_there(town):
    streets = [s for s in town.streets if s.level == 0]
    lines = [LineString(s.line) for s in streets]
    for i, j in shapely.STRtree(lines).query(lines, predicate="crosses").T.tolist():
        points = shapely.get_coordinates(lines[i].intersection(lines[j])).tolist()
        shared = set(streets[i].line) & set(streets[j].line)
        assert all(min(np.hypot(x - a, y - b) for a, b in shared) < 0.02 for x, y in points), (streets[i], streets[j])


def test_the_tunnel_runs_under_the_hill_and_the_terraces_are_level(town):
    (tunnel,) = [s for s in town.streets if s.tags.get("tunnel") == "yes"]
    assert tunnel.level == -1
    assert max(elevation(p) for p in tunnel.line) > 80
    assert max(elevation(tunnel.line[0]), elevation(tunnel.line[-1])) < 62
    heights = [elevation(p) for s in town.streets if s.name_en == "Third Terrace" for p in s.line]
    assert heights == pytest.approx([85] * len(heights), abs=4)


def test_every_named_street_is_named_in_both_languages(town):
    for street in town.streets:
        assert bool(street.name) == bool(street.name_en)
        assert street.name_en.isascii()


def test_no_street_turns_back_on_itself(town):
    for street in town.streets:
        assert len(street.line) > 1
        assert all(p != q for p, q in pairwise(street.line))
        assert LineString(street.line).is_simple


# -- buildings ---------------------------------------------------------------------------------------------------------


def test_buildings_are_valid_and_there_are_enough_of_every_sort(study, town):
    assert 1_500 <= study.buildings.read <= 2_500
    assert set(study.buildings.set_aside) == {"roof"}
    assert shapely.is_valid(study.buildings.footprints).all()
    assert sum(bool(b.outline.interiors) for b in town.buildings) > 100  # courtyards
    assert np.isfinite(study.buildings.height).mean() > 0.7
    kinds = Counter(b.kind for b in town.buildings)
    assert {"apartments", "house", "industrial", "school", "hospital", "grandstand", "roof", "gate"} <= set(kinds)


def test_no_two_buildings_overlap(study):
    a, b = study.buildings.tree.query(study.buildings.footprints, predicate="intersects")
    assert (a == b).all()


def test_no_street_in_use_runs_into_a_building(study):
    hits = study.buildings.tree.query(study.network.lines, predicate="dwithin", distance=2.4)
    by_gates = study.network.edges["name"].iloc[np.unique(hits[0])]  # these end at the gates built over them
    assert set(by_gates) <= {"鼓楼街", "十字街"}
    touching = study.buildings.tree.query(study.network.lines, predicate="crosses")
    assert touching.size == 0


def test_a_passage_shares_its_ends_with_the_building_over_it(town):
    passages = [s for s in town.streets if s.tags.get("tunnel") == "building_passage"]
    outlines = [set(b.outline.exterior.coords) for b in town.buildings if b.kind == "gate"]
    assert len(passages) == len(outlines) == 2
    for passage in passages:
        assert sum({passage.line[0], passage.line[-1]} <= outline for outline in outlines) == 1


# -- cameras -----------------------------------------------------------------------------------------------------------


def test_the_lists_have_the_numbers_of_the_story():
    assert len(table("skynet.csv")) == 356
    assert len(table("sharp_eyes.csv")) == 300


def test_skynet_ids_are_well_formed_and_of_no_province():
    ids = [row["设备编码"] for row in table("skynet.csv")]
    assert len(set(ids)) == 356
    assert all(re.fullmatch(r"99010100(00|04|05)1320\d{6}", name) for name in ids)


def test_every_value_of_both_lists_is_understood():
    skynet, sharp = read_cameras(SHIPPED / "skynet.csv"), read_cameras(SHIPPED / "sharp_eyes.csv")
    assert skynet.rejected == sharp.rejected == {}
    assert skynet.set_aside == {}
    assert sharp.set_aside == {"indoor": 6, "no_coordinates": 5, "zero_coordinates": 3}
    assert skynet.records["range_m"].notna().mean() > 0.8
    assert skynet.missing["azimuth"] < 10
    assert 40 < sharp.missing["azimuth"] < 80
    assert set(skynet.records["kind"]) == {"fixed", "panning", "dome"}


def test_directions_come_in_every_usual_form_and_all_can_be_read(study):
    forms = {row["朝向"] for row in table("sharp_eyes.csv")} - {""}
    assert {"N", "西南", "朝东", "northeast"} <= forms
    assert all(len(parse_headings(form)) == 1 for form in forms)
    nodes = read_osm(study.settings.inputs.osm).cameras
    mapped = osm_cameras(*(nodes[c].tolist() for c in ("id", "lon", "lat", "tags")))
    assert mapped.read == 8
    assert mapped.rejected == {}
    assert mapped.set_aside == {"indoor": 1, "guard": 1}


def test_skynet_stands_clear_of_walls_and_some_sharp_eyes_do_not(study):
    cameras = study.inventory.cameras
    moved = Counter(cameras.loc[cameras["moved_m"] > 0, "source"])
    assert set(moved) == {"sharp_eyes.csv"}
    assert 30 <= moved["sharp_eyes.csv"] <= 70
    assert study.inventory.account.read == 656
    assert 40 < study.inventory.account.set_aside["not_working"] < 110


def test_a_third_to_a_half_of_the_streets_is_seen_and_main_streets_have_gaps(study):
    report = score_study(study)
    assert 0.30 < report.share < 0.55
    by_class = report.by_class.set_index("name")["share"]
    assert 0.4 < by_class["primary"] < 0.8
    assert 0.4 < by_class["secondary"] < 0.8
    by_district = report.by_district.set_index("name")["share"]
    assert by_district["老城"] > 2 * by_district["江东"] > 0  # cameras cluster in the centre


# -- zones and project file --------------------------------------------------------------------------------------------


def test_districts_cover_the_map_without_overlap():
    frame = read_polygons(SHIPPED / "districts.geojson")
    assert frame["name"].tolist() == ["老城", "城北", "西坡", "江东", "江南"]
    whole = shapely.box(*np.ravel([lonlat(MAP.bounds[:2]), lonlat(MAP.bounds[2:])]))
    assert (
        frame.geometry.union_all().symmetric_difference(whole).area < 1e-5 * whole.area
    )  # coordinates are cut to 1 cm
    assert sum(shapely.area(frame.geometry.to_numpy())) == pytest.approx(whole.area, rel=1e-5)


def test_forbidden_ground_is_named_and_inside_the_map():
    frame = read_polygons(SHIPPED / "forbidden.geojson")
    assert len(frame) == 4
    assert all(frame["reason"])
    whole = shapely.box(*np.ravel([lonlat(MAP.bounds[:2]), lonlat(MAP.bounds[2:])]))
    assert frame.geometry.within(whole).all()


def test_the_project_file_names_its_neighbours_and_the_budget():
    settings = load_settings(SHIPPED / "camgap.toml")
    assert settings.budget == 1_500_000
    assert settings.plan.currency == "CNY"
    given = settings.inputs
    assert [Path(p).name for p in (*given.osm, *given.cameras)] == ["town.osm", "skynet.csv", "sharp_eyes.csv"]
    assert all(Path(p).exists() for p in (*given.osm, *given.cameras, given.districts, given.forbidden))
