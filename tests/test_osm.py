"""Reading OpenStreetMap files: everything that is there, nothing that is not."""

import bz2
import gzip
from datetime import UTC, datetime

import numpy as np
import osmium
import pytest
import shapely

from camgap.coverage.errors import InputError, StreetError
from camgap.coverage.inputs.osm import read_osm

ROAD = {"highway": "residential", "name": "Elm Street"}
SQUARE = {1: (0.0, 0.0), 2: (0.004, 0.0), 3: (0.004, 0.004), 4: (0.0, 0.004)}
YARD = {5: (0.001, 0.001), 6: (0.002, 0.001), 7: (0.002, 0.002), 8: (0.001, 0.002)}
STREET = {90: ([1, 2], ROAD)}  # a file without any street is refused


def pieces(ways):
    return [
        (int(osmid), part.tolist()) for osmid, part in zip(ways.osmid, np.split(ways.refs, ways.ptr[1:-1]), strict=True)
    ]


@pytest.mark.parametrize("suffix", [".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".OSM.PBF"])
def test_every_format_gives_the_same(write_osm, tmp_path, suffix):
    plain = write_osm(
        {**SQUARE, 9: (0.001, 0.003, {"man_made": "surveillance", "camera:direction": "90"})},
        {7: ([1, 2, 3], ROAD), 8: ([1, 2, 3, 4, 1], {"building": "yes", "height": "12 m"})},
    )
    path = tmp_path / f"other{suffix}"
    if suffix.endswith(".gz"):
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif suffix.endswith(".bz2"):
        path.write_bytes(bz2.compress(plain.read_bytes()))
    elif suffix == ".osm":
        path.write_bytes(plain.read_bytes())
    else:
        with osmium.SimpleWriter(osmium.io.File(path, "pbf")) as writer:
            for item in osmium.FileProcessor(plain):
                writer.add(item)
    extract = read_osm([path])
    assert pieces(extract.ways) == [(7, [1, 2, 3])]
    assert extract.ways.lonlat.tolist() == [[0.0, 0.0], [0.004, 0.0], [0.004, 0.004]]
    assert extract.ways.tags == [ROAD]
    assert extract.buildings.ids.tolist() == [8]
    assert extract.buildings.polygons[0].equals(shapely.box(0, 0, 0.004, 0.004))
    assert extract.buildings.tags == [{"building": "yes", "height": "12 m"}]
    assert extract.cameras.to_dict("records") == [
        {"id": 9, "lon": 0.001, "lat": 0.003, "tags": {"man_made": "surveillance", "camera:direction": "90"}}
    ]
    assert extract.dropped == {}


def test_a_way_with_missing_nodes_keeps_every_run_of_two_placed_nodes(write_osm):
    nodes = {n: (0.001 * n, 0.0) for n in (1, 2, 4, 6, 7, 8)}
    path = write_osm(nodes, {5: ([1, 2, 3, 4, 5, 6, 7, 8], ROAD), 6: ([1, 3], ROAD), 7: ([1, 2], ROAD), 8: ([1], ROAD)})
    extract = read_osm([path])
    assert pieces(extract.ways) == [(5, [1, 2]), (5, [6, 7, 8]), (7, [1, 2])]  # node 4 alone is no stretch of street
    assert extract.ways.whole.tolist() == [False, False, True]
    assert extract.dropped == {"node_references": 3, "ways_shortened": 1, "ways_lost": 2}


def test_a_closed_way_that_lost_a_node_is_still_known_as_closed(write_osm):
    path = write_osm({n: p for n, p in SQUARE.items() if n != 3}, {5: ([1, 2, 3, 4, 1], ROAD), 6: ([1, 2], ROAD)})
    ways = read_osm([path]).ways
    assert pieces(ways) == [(5, [1, 2]), (5, [4, 1]), (6, [1, 2])]
    assert ways.closed.tolist() == [True, True, False]


def test_ways_may_stand_before_their_nodes_and_nodes_in_any_order(write_osm):
    path = write_osm({3: (0.3, 0.1), 1: (0.1, 0.1), 2: (0.2, 0.1)}, {5: ([1, 2, 3], ROAD)}, ways_first=True)
    assert read_osm([path]).ways.lonlat.tolist() == [[0.1, 0.1], [0.2, 0.1], [0.3, 0.1]]


def test_negative_ids_of_objects_never_uploaded_are_placed(write_osm):
    path = write_osm({-1: (0.1, 0.1), -2: (0.2, 0.1), 3: (0.3, 0.1)}, {-5: ([-1, 3, -2], ROAD)})
    extract = read_osm([path])
    assert pieces(extract.ways) == [(-5, [-1, 3, -2])]
    assert extract.ways.lonlat.tolist() == [[0.1, 0.1], [0.3, 0.1], [0.2, 0.1]]
    assert extract.dropped == {}


def test_deleted_objects_do_not_count(tmp_path):
    path = tmp_path / "history.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lon="0" lat="0"/><node id="2" lon="1" lat="0"/>'
        '<node id="3" visible="false" lon="1" lat="0"><tag k="man_made" v="surveillance"/></node>'
        '<way id="4"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way>'
        '<way id="5" visible="false"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way></osm>'
    )
    extract = read_osm([path])
    assert extract.ways.osmid.tolist() == [4]
    assert extract.cameras.empty


def test_of_several_files_everything_counts_once_and_one_file_heals_the_other(write_osm):
    first = write_osm({1: (0.1, 0.1), 2: (0.2, 0.1)}, {5: ([1, 2, 3, 4], ROAD), 6: ([1, 2], ROAD)}, name="west.osm")
    second = write_osm({3: (0.3, 0.1), 4: (0.4, 0.1)}, {5: ([1, 2, 3, 4], ROAD), 7: ([3, 4], ROAD)}, name="east.osm")
    for paths in ([first, second], [second, first]):
        extract = read_osm(paths)
        assert pieces(extract.ways) == [(5, [1, 2, 3, 4]), (6, [1, 2]), (7, [3, 4])]
        assert extract.dropped == {}


def test_the_newest_version_of_a_way_counts_whatever_the_order_of_files(tmp_path, write_osm):
    old = write_osm({1: (0.1, 0.1), 2: (0.2, 0.1)}, {5: ([1, 2], {"highway": "construction"})}, name="old.osm")
    new = tmp_path / "new.osm"
    new.write_text(
        old.read_text().replace('way id="5" version="1"', 'way id="5" version="2"').replace("construction", "service")
    )
    for paths in ([old, new], [new, old]):
        assert read_osm(paths).ways.tags == [{"highway": "service"}]


@pytest.mark.parametrize("roles", [("outer", "outer", "inner"), ("", "", "")])
def test_a_building_relation_keeps_its_courtyard_with_and_without_roles(write_osm, roles):
    path = write_osm(
        SQUARE | YARD,
        STREET | {10: ([1, 2, 3], {}), 11: ([1, 4, 3], {}), 12: ([5, 6, 7, 8, 5], {})},
        {1: ([(10, roles[0]), (11, roles[1]), (12, roles[2])], {"type": "multipolygon", "building": "yes"})},
    )
    buildings = read_osm([path]).buildings
    assert buildings.ids.tolist() == [-1]
    assert buildings.polygons[0].equals(shapely.box(0, 0, 0.004, 0.004) - shapely.box(0.001, 0.001, 0.002, 0.002))
    assert buildings.broken == {}


def test_an_old_style_relation_takes_its_tags_from_the_outer_way_and_counts_once(write_osm):
    path = write_osm(
        SQUARE | YARD,
        STREET | {10: ([1, 2, 3, 4, 1], {"building": "yes", "height": "9"}), 12: ([5, 6, 7, 8, 5], {})},
        {1: ([(10, "outer"), (12, "inner")], {"type": "multipolygon", "source": "survey"})},
    )
    buildings = read_osm([path]).buildings
    assert buildings.ids.tolist() == [-1]
    assert buildings.tags[0]["height"] == "9"
    assert buildings.polygons[0].area == pytest.approx(15e-6)


def test_a_building_tagged_on_relation_and_outer_way_counts_once_one_in_its_courtyard_by_itself(write_osm):
    path = write_osm(
        SQUARE | YARD,
        STREET | {10: ([1, 2, 3, 4, 1], {"building": "yes"}), 12: ([5, 6, 7, 8, 5], {"building": "shed"})},
        {1: ([(10, "outer"), (12, "inner")], {"type": "multipolygon", "building": "yes"})},
    )
    buildings = read_osm([path]).buildings
    assert buildings.ids.tolist() == [-1, 12]
    assert [polygon.area for polygon in buildings.polygons] == pytest.approx([15e-6, 1e-6])


def test_the_outer_way_counts_by_itself_where_its_relation_is_incomplete(write_osm):
    path = write_osm(
        SQUARE,
        STREET | {10: ([1, 2, 3, 4, 1], {"building": "yes"})},
        {1: ([(10, "outer"), (99, "inner")], {"type": "multipolygon", "building": "yes"})},
    )
    buildings = read_osm([path]).buildings
    assert buildings.ids.tolist() == [10]
    assert buildings.broken == {}


def test_buildings_that_do_not_close_or_lost_a_node_or_a_member_are_counted(write_osm):
    path = write_osm(
        SQUARE,
        STREET | {10: ([1, 2, 3], {"building": "yes"}), 11: ([1, 2, 77, 1], {"building": "yes"}), 12: ([1, 2, 3], {})},
        {
            1: ([(12, "outer")], {"type": "multipolygon", "building": "yes"}),
            2: ([(12, "outer"), (99, "outer")], {"type": "multipolygon", "building": "yes"}),
        },
    )
    buildings = read_osm([path]).buildings
    assert len(buildings) == 0
    assert buildings.broken == {"incomplete_outline": 2, "open_outline": 2}


def test_a_street_way_outlining_an_area_of_its_own_class_is_told_apart_from_one_that_only_borders_it(write_osm):
    path = write_osm(
        SQUARE,
        {10: ([1, 2, 3], {"highway": "pedestrian"}), 11: ([3, 4, 1], {"highway": "service"})},
        {1: ([(10, "outer"), (11, "outer")], {"type": "multipolygon", "highway": "pedestrian"})},
    )
    assert read_osm([path]).ways.outline.tolist() == [True, False]


def test_cameras_are_nodes_only_and_poles_have_their_kind(write_osm):
    path = write_osm(
        SQUARE
        | {
            20: (0.1, 0.1, {"surveillance": "public"}),
            21: (0.1, 0.2, {"highway": "street_lamp", "man_made": "surveillance"}),
            22: (0.1, 0.3, {"power": "pole"}),
            23: (0.1, 0.4, {"highway": "bus_stop"}),
        },
        STREET | {30: ([1, 2, 3, 1], {"man_made": "surveillance"})},
    )
    extract = read_osm([path])
    assert extract.cameras["id"].tolist() == [20, 21]
    assert list(zip(extract.poles["id"], extract.poles["kind"], strict=True)) == [(21, "street_lamp"), (22, "pole")]


def test_bounds_and_date_come_from_the_head_of_the_file(write_osm):
    head = '<meta osm_base="2024-10-20T12:56:24Z"/><bounds minlat="0" minlon="1" maxlat="2" maxlon="3"/>'
    extract = read_osm([write_osm(SQUARE, STREET, head=head)])
    assert extract.bounds == (1, 0, 3, 2)
    assert extract.date == datetime(2024, 10, 20, 12, 56, 24, tzinfo=UTC)
    bare = read_osm([write_osm(SQUARE, STREET)])
    assert (bare.bounds, bare.date) == (None, None)


def test_without_a_date_in_the_head_the_newest_object_tells(tmp_path):
    path = tmp_path / "town.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lon="0" lat="0"/><node id="2" lon="1" lat="0"/>'
        '<way id="4" timestamp="2019-05-06T07:08:09Z"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="service"/></way></osm>'
    )
    assert read_osm([path]).date == datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_progress_is_told_without_a_total(write_osm, monkeypatch):
    monkeypatch.setattr("camgap.coverage.inputs.osm_pass._PROGRESS_EVERY", 2)
    told = []
    ways = {n: ([1, 2], ROAD) for n in range(5, 10)}
    read_osm([write_osm(SQUARE, ways)], lambda done, total: told.append((done, total)))
    assert told == [(2, 0), (4, 0)]


BAD = {
    "empty.osm": b"",
    "empty.osm.pbf": b"",
    "table.osm": b"a,b,c\n1,2,3\n",
    "table.osm.pbf": b"a,b,c\n1,2,3\n" * 50,
    "page.osm": b"<html><body>504 Gateway Timeout</body></html>",
    "streets.geojson": b'{"type":"FeatureCollection","features":[]}',
    "cameras.csv": b"lon,lat\n1,2\n",
    "text.osm": b'<osm version="0.6"><node id="1" lon="east" lat="north"/></osm>',
    "bomb.osm": b'<!DOCTYPE a [<!ENTITY a "b">]><osm version="0.6">&a;</osm>',
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_osm_file_is_refused_in_one_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(InputError) as error:
        read_osm([path])
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_missing_files_folders_and_no_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone\.osm: no such file"):
        read_osm([tmp_path / "gone.osm"])
    with pytest.raises(InputError, match="a folder, not a file"):
        read_osm([tmp_path])
    with pytest.raises(InputError, match="no OSM file given"):
        read_osm([])


def test_a_file_without_streets_or_with_none_that_can_be_placed_is_refused(write_osm):
    with pytest.raises(StreetError, match="the nodes of all 1 highway ways are missing"):
        read_osm([write_osm({1: (0.0, 0.0)}, {7: ([1, 2, 3], ROAD)})])
    with pytest.raises(StreetError, match="no way with a highway tag"):
        read_osm([write_osm(SQUARE, {8: ([1, 2, 3, 4, 1], {"building": "yes"})})])


@pytest.mark.parametrize(
    "name", ["monaco.osm.pbf", "berlin-unter-den-linden.osm.gz", "zurich-main-roads.osm.bz2", "nanjing-xinjiekou.osm"]
)
def test_truncated_files_are_refused(real_data, tmp_path, name):
    whole = real_data(name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged, cut off"):
        read_osm([path])


COUNTS = {  # file -> highway ways, of them without a nodes lost; buildings met, relations among the assembled; cameras
    "berlin-unter-den-linden.osm.gz": (219, 446 - 270, 162 + 8, 4, 40),
    "monaco.osm.pbf": (2379, 2379, 1183 + 24, 24, 10),
    "munich-centre.osm.pbf": (2959, 2959, 2372 + 53, 53, 210),
    "baltimore-southeast.osm.pbf": (3844, 3844, 1731 + 7 - 3, 7, 0),  # 3 tagged on relation and outer way
    "nanjing-xinjiekou.osm": (384, 384, 1270 + 8, 7, 0),
    "zurich-main-roads.osm.bz2": (2271, 2271, 0, 0, 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_towns_hold_what_was_counted_in_them(real_data, name):
    extract = read_osm([real_data(name)])
    buildings = extract.buildings
    assert (
        len(np.unique(extract.ways.osmid)),
        int(extract.ways.whole.sum()),
        len(buildings) + sum(buildings.broken.values()),
        int((buildings.ids < 0).sum()),
        len(extract.cameras),
    ) == COUNTS[name]


def test_in_a_hard_crop_every_way_is_placed_shortened_or_counted_as_lost(real_data):
    dropped = read_osm([real_data("berlin-unter-den-linden.osm.gz")]).dropped
    assert dropped["ways_shortened"] + dropped["ways_lost"] == 270


@pytest.mark.parametrize("name", ["munich-centre.osm.pbf", "monaco.osm.pbf"])
def test_assembled_buildings_are_those_of_libosmium_where_its_assembler_can_work(real_data, name):
    path = real_data(name)
    to_wkb = osmium.geom.WKBFactory().create_multipolygon
    expected = {}
    for area in osmium.FileProcessor(path).with_areas(osmium.filter.KeyFilter("building")):
        if area.is_area() and "building" in area.tags:
            number = area.orig_id() if area.from_way() else -area.orig_id()
            expected[number] = shapely.from_wkb(to_wkb(area))
    buildings = read_osm([path]).buildings
    assert buildings.ids.tolist() == sorted(expected)
    theirs = np.array([expected[number] for number in buildings.ids.tolist()])
    ours = shapely.make_valid(buildings.polygons)
    assert shapely.area(shapely.symmetric_difference(ours, theirs)).max() < 1e-18


@pytest.mark.parametrize(
    ("sound", "damaged"), [('id="90"', 'id="9x"'), ('id="90"', 'id=""'), ('version="1"', 'version="v"')]
)
def test_ids_and_versions_that_are_no_numbers_are_refused_in_one_line(write_osm, sound, damaged):
    path = write_osm(SQUARE, STREET)
    path.write_text(path.read_text("utf-8").replace(sound, damaged), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"town\.osm: damaged, cut off, or not an OpenStreetMap file \(illegal (id|version)"
    ):
        read_osm([path])
