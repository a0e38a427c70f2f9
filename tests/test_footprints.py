"""Building outlines -> footprints that block sight."""

import dataclasses
import math

import numpy as np
import pytest
import shapely

from camgap.coverage.inputs.footprints import build_buildings, height_m
from camgap.coverage.inputs.osm import Lines, OsmExtract, Outlines, Ways, read_osm
from camgap.coverage.projection import local_crs
from camgap.coverage.settings import SightSettings

CRS = local_crs(10.0, 50.0)
TOWN = shapely.box(-1000, -1000, 1000, 1000)


def extract_of(*buildings, broken=None):
    """Return an extract without streets and with buildings given as (polygon in lon/lat, tags), ids 1, 2, ..."""
    polygons = np.array([polygon for polygon, _ in buildings], dtype=object)
    nothing = np.empty(0, dtype=np.int64)
    flags = np.empty(0, dtype=bool)
    ways = Ways(np.empty((0, 2)), nothing, np.zeros(1, np.int64), nothing, flags, flags, flags, [])
    ids = np.arange(1, len(buildings) + 1)
    return OsmExtract(ways, Outlines(polygons, ids, [tags for _, tags in buildings], broken or {}), None, None)


def house(west=10.0, south=50.0, size=0.0001):
    return shapely.box(west, south, west + size, south + size)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"height": "12"}, 12),
        ({"height": "12 m"}, 12),
        ({"height": "12,5"}, 12.5),
        ({"height": "40 ft"}, 40 * 0.3048),
        ({"height": "40'"}, 40 * 0.3048),
        ({"building:height": "7.5m"}, 7.5),
        ({"height": "high", "building:levels": "4"}, 12),
        ({"height": "0", "building:levels": "2"}, 6),
        ({"building:levels": "1.5"}, 4.5),
        ({"height": "9", "building:levels": "4"}, 9),
        ({"height": "-3"}, math.nan),
        ({"building:levels": "2;3"}, math.nan),
        ({"height": "12'6\""}, 12.5 * 0.3048),
        ({"building:levels": "4", "roof:levels": "1"}, 15),
        ({"building:levels": "4", "roof:levels": "some"}, 12),
        ({"building:levels": "0", "roof:levels": "1"}, 3),
        ({"roof:levels": "1"}, math.nan),
        ({"building:levels": "4 m"}, math.nan),
        ({}, math.nan),
    ],
)
def test_a_height_is_read_in_every_usual_form(tags, expected):
    assert height_m(tags) == pytest.approx(expected, nan_ok=True)


def test_the_height_of_a_storey_is_a_setting():
    house_of_four = extract_of((house(), {"building": "yes", "building:levels": "4"}))
    assert build_buildings(house_of_four, CRS, TOWN, sight=SightSettings(level_m=2.5)).height.tolist() == [10]


def lines_of(*ways):
    """Return a one-house extract with ways given as tags, each 0.001 degrees (71 m) long, in a row northwards."""
    lonlat = tuple(np.array([[10.0, 50 + i / 1000], [10.001, 50 + i / 1000]]) for i in range(len(ways)))
    return dataclasses.replace(extract_of((house(), {"building": "yes"})), screens=Lines(lonlat, list(ways)))


def screens_of(*ways, **settings):
    return build_buildings(lines_of(*ways), CRS, TOWN, sight=SightSettings(**settings)).screens


WALL, TREES = {"barrier": "wall"}, {"natural": "tree_row"}


def test_free_standing_walls_and_trees_block_only_if_asked_for():
    assert len(screens_of(WALL, TREES)) == 0
    assert screens_of(WALL, TREES, barriers=True).counts == {"wall": 1}
    assert screens_of(WALL, TREES, trees="leaf_on").counts == {"tree_row": 1}
    assert screens_of(WALL, TREES, trees="leaf_off", barriers=True).counts == {"wall": 1}


def test_screens_take_their_tagged_height_else_the_one_of_their_kind():
    found = screens_of(
        WALL, {"barrier": "hedge", "height": "0.8"}, {"barrier": "city_wall", "height": "high"}, TREES,
        barriers=True, trees="leaf_on",
    )  # fmt: skip
    assert found.height.tolist() == [2.0, 0.8, 6.0, 8.0]
    assert found.xy[0] == pytest.approx([0, 0, 71.7, 0], abs=0.1)
    assert screens_of({"barrier": "fence"}, WALL, barriers=True, barrier_m={"fence": 1.0}).height.tolist() == [1.0]


@pytest.mark.parametrize(
    "more", [{"location": "underground"}, {"layer": "-1"}, {"area": "yes"}, {"barrier": "kerb"}, {"barrier": "fence"}]
)
def test_what_is_no_wall_to_look_at_is_no_screen(more):
    assert len(screens_of(WALL | more, barriers=True)) == 0


def test_a_screen_loses_only_the_pieces_whose_ends_are_missing_and_what_is_far_outside():
    lonlat = np.array([[10.0, 50], [10.001, 50], [np.nan, np.nan], [10.002, 50], [10.003, 50], [10.003, 50]])
    extract = dataclasses.replace(lines_of(), screens=Lines((lonlat, lonlat + 1.0), [WALL, WALL]))
    found = build_buildings(extract, CRS, TOWN, sight=SightSettings(barriers=True)).screens
    assert (len(found), found.counts) == (2, {"wall": 1})


def test_walls_and_rows_of_trees_are_read_from_osm_files_and_streets_and_houses_are_not_taken_for_them(write_osm):
    nodes = {i: (10 + i / 1000, 50.0 + (i % 2) / 1000) for i in range(1, 9)}
    ways = {
        1: ([1, 2], {"highway": "residential", "barrier": "wall"}),
        2: ([3, 4], {"barrier": "wall", "height": "3 m", "name": "not kept"}),
        3: ([5, 6], {"natural": "tree_row"}),
        4: ([6, 7], {"natural": "coastline"}),
        5: ([5, 6, 7, 8, 5], {"building": "yes", "barrier": "wall"}),
    }
    lines = read_osm([write_osm(nodes, ways)]).screens
    assert lines.tags == [{"barrier": "wall", "height": "3 m"}, {"natural": "tree_row"}]
    assert lines.lonlat[0] == pytest.approx(np.array([nodes[3], nodes[4]]))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"building": "roof"}, "roof"),
        ({"building": "carport"}, "roof"),
        ({"building": "no"}, "no_building"),
        ({"building": "yes", "location": "underground"}, "underground"),
        ({"building": "yes", "layer": "-1"}, "underground"),
        ({"building": "yes", "layer": "1"}, None),
        ({"building": "yes", "layer": "0;1"}, None),
        ({"building": "apartments"}, None),
    ],
)
def test_roofs_and_what_lies_underground_do_not_block(tags, reason):
    buildings = build_buildings(extract_of((house(), tags)), CRS, TOWN)
    assert buildings.set_aside == ({reason: 1} if reason else {})
    assert len(buildings.footprints) == (0 if reason else 1)
    assert buildings.read == 1


def test_footprints_are_in_metres_with_their_courtyards():
    yard = shapely.box(10.00002, 50.00002, 10.00005, 50.00005)
    buildings = build_buildings(extract_of((house() - yard, {"building": "yes", "height": "6"})), CRS, TOWN)
    footprint = buildings.footprints[0]
    assert footprint.bounds == pytest.approx((0, 0, 7.17, 11.12), abs=0.01)
    assert len(footprint.interiors) == 1
    assert buildings.height.tolist() == [6]
    assert buildings.crs == CRS


def test_a_multipolygon_gives_a_footprint_for_each_part_and_counts_once():
    pair = shapely.multipolygons([house(), house(10.001)])
    buildings = build_buildings(extract_of((pair, {"building": "yes"})), CRS, TOWN)
    assert buildings.ids.tolist() == [1, 1]
    assert (buildings.read, buildings.set_aside) == (1, {})
    assert np.isnan(buildings.height).all()


def test_a_crossed_outline_is_mended_and_one_without_area_set_aside():
    bow_tie = shapely.Polygon([(10, 50), (10.0002, 50.0002), (10.0002, 50), (10, 50.0002)])
    line = shapely.Polygon([(10, 50), (10.0002, 50.0002), (10, 50)])
    buildings = build_buildings(extract_of((bow_tie, {"building": "yes"}), (line, {"building": "yes"})), CRS, TOWN)
    assert buildings.ids.tolist() == [1, 1]  # its two halves
    assert shapely.is_valid(buildings.footprints).all()
    assert buildings.mended == 1
    assert buildings.set_aside == {"broken_outline": 1}


def test_buildings_beyond_the_margin_are_set_aside_as_far_outside():
    near, far = house(10.0 + 0.0191), house(10.0 + 0.0212)  # about 370 m and 520 m east of the area
    extract = extract_of((near, {"building": "yes"}), (far, {"building": "yes"}))
    assert build_buildings(extract, CRS, TOWN).set_aside == {"far_outside": 1}
    assert build_buildings(extract, CRS, TOWN, margin_m=100).set_aside == {"far_outside": 2}
    assert build_buildings(extract, CRS, TOWN, margin_m=600).ids.tolist() == [1, 2]


def test_outlines_the_file_could_not_close_are_counted_as_read_and_set_aside():
    extract = extract_of((house(), {"building": "yes"}), broken={"incomplete_outline": 2, "open_outline": 1})
    buildings = build_buildings(extract, CRS, TOWN)
    assert buildings.read == 4
    assert buildings.set_aside == {"incomplete_outline": 2, "open_outline": 1}


def test_an_extract_without_buildings_gives_none():
    buildings = build_buildings(extract_of(), CRS, TOWN)
    assert (len(buildings.footprints), buildings.read, buildings.set_aside) == (0, 0, {})


@pytest.mark.parametrize(
    ("name", "read", "with_height"),
    [("munich-centre.osm.pbf", 2425, 606), ("monaco.osm.pbf", 1207, 108), ("berlin-unter-den-linden.osm.gz", 170, 78)],
)
def test_in_real_towns_every_building_is_used_or_set_aside(real_data, name, read, with_height):
    extract = read_osm([real_data(name)])
    crs = local_crs(*extract.ways.lonlat.mean(axis=0))
    buildings = build_buildings(extract, crs, shapely.box(-9e4, -9e4, 9e4, 9e4))
    assert buildings.read == read == len(set(buildings.ids.tolist())) + sum(buildings.set_aside.values())
    assert shapely.is_valid(buildings.footprints).all()
    assert (shapely.get_type_id(buildings.footprints) == 3).all()
    known = len(set(buildings.ids[np.isfinite(buildings.height)].tolist()))
    assert 0.75 * with_height <= known <= with_height + 15  # some stand on incomplete outlines or are no walls
