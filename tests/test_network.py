"""Highway ways -> the street network and its account."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from camgap.coverage.errors import StreetError
from camgap.coverage.inputs.area import StudyArea, study_area
from camgap.coverage.inputs.network import build_network, is_oneway, reason
from camgap.coverage.inputs.osm import OsmExtract, Outlines, Ways, read_osm
from camgap.coverage.projection import local_crs, to_lonlat
from camgap.coverage.settings import StreetSettings

EVERYTHING = StudyArea(shapely.box(9.9, 49.9, 10.1, 50.1), "test")
DEFAULT = StreetSettings()
ROAD = {"highway": "residential", "name": "Elm Street"}

#   4 --- 5 --- 6      lon 10.000, 10.001, 10.002
#   |     |     |      lat 50.000 (1 2 3), 50.001 (4 5 6)
#   1 --- 2 --- 3
GRID = {
    1: (10.000, 50.000), 2: (10.001, 50.000), 3: (10.002, 50.000),
    4: (10.000, 50.001), 5: (10.001, 50.001), 6: (10.002, 50.001),
}  # fmt: skip
EAST = Geod(ellps="WGS84").inv(10.000, 50.0, 10.001, 50.0)[2]  # [m] from 1 to 2
NORTH = Geod(ellps="WGS84").inv(10.000, 50.0, 10.000, 50.001)[2]  # [m] from 1 to 4


@pytest.fixture
def build(write_osm):
    """Build the network of some ways on the grid."""

    def build(ways, area=EVERYTHING, settings=DEFAULT, relations=None, nodes=GRID):
        return build_network(read_osm([write_osm(nodes, ways, relations)]), area, settings)

    return build


def ends(network):
    return list(zip(network.edges["osmid"], network.edges["u"], network.edges["v"], strict=True))


def adds_up(account):
    return account.read_m == pytest.approx(account.used_m + sum(account.set_aside.values()), abs=1e-6)


def test_ways_are_split_where_streets_share_a_node_and_not_where_a_footway_does(build):
    network, account = build(
        {
            7: ([1, 2, 3], ROAD),
            8: ([2, 5], {"highway": "footway"}),
            9: ([3, 6, 5, 4], ROAD),
            10: ([6, 5], {"highway": "service"}),
        }
    )
    assert ends(network) == [(7, 1, 3), (9, 3, 6), (9, 6, 5), (9, 5, 4)]
    assert network.edge_length == pytest.approx([2 * EAST, NORTH, EAST, EAST], rel=5e-5)
    assert account.set_aside == {
        "duplicate": pytest.approx(EAST, rel=5e-5),
        "other_class:footway": pytest.approx(NORTH, rel=5e-5),
    }
    assert adds_up(account)


def test_an_edge_has_the_tags_of_its_way_and_empty_text_where_there_is_none(build):
    network, _ = build(
        {7: ([1, 2], ROAD | {"lit": "yes", "lanes": "2", "oneway": "yes"}), 8: ([2, 3], {"highway": "service"})}
    )
    edges = network.edges
    assert edges["name"].tolist() == ["Elm Street", ""]
    assert edges["highway"].tolist() == ["residential", "service"]
    assert edges["oneway"].tolist() == [True, False]
    assert (edges["lit"].tolist(), edges["lanes"].tolist(), edges["width"].tolist()) == (
        ["yes", ""],
        ["2", ""],
        ["", ""],
    )
    assert edges["u"].dtype == edges["v"].dtype == edges["osmid"].dtype == np.int64


def test_rings_dead_ends_and_figures_of_eight_are_kept(build):
    ring, _ = build({7: ([1, 2, 5, 1], ROAD)})
    assert ends(ring) == [(7, 1, 1)]
    eight, _ = build({7: ([1, 4, 5, 2, 3, 6, 5], ROAD)})  # passes node 5 and ends there
    assert ends(eight) == [(7, 1, 5), (7, 5, 5)]


def test_a_way_against_the_traffic_is_turned_around(build):
    network, _ = build({7: ([1, 2, 3], ROAD | {"oneway": "-1"})})
    assert ends(network) == [(7, 3, 1)]
    assert to_lonlat(network.xy, network.crs)[:, 0] == pytest.approx([10.002, 10.001, 10.000])
    assert network.edges["oneway"].tolist() == [True]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, False), ({"oneway": "yes"}, True), ({"oneway": "no"}, False), ({"oneway": "-1"}, True),
        ({"junction": "roundabout"}, True), ({"highway": "motorway"}, True),
        ({"highway": "motorway", "oneway": "no"}, False), ({"oneway": "reversible"}, False),
    ],
)  # fmt: skip
def test_one_way_streets(tags, expected):
    assert is_oneway({"highway": "residential"} | tags) is expected


@pytest.mark.parametrize(
    ("tags", "is_area", "expected"),
    [
        ({}, False, ""),
        ({"highway": "footway"}, False, "other_class:footway"),
        ({"highway": "footway", "tunnel": "yes"}, False, "other_class:footway"),
        ({"highway": "construction"}, False, "construction"),
        ({"highway": "proposed"}, False, "construction"),
        ({"highway": "pedestrian"}, True, "area_outline"),
        ({"tunnel": "yes"}, False, "tunnel"),
        ({"tunnel": "no"}, False, ""),
        ({"tunnel": "building_passage"}, False, "covered_passage"),
        ({"location": "underground"}, False, "tunnel"),
        ({"covered": "yes"}, False, "covered"),
        ({"covered": "no"}, False, ""),
        ({"indoor": "yes"}, False, "indoor"),
        ({"layer": "-1"}, False, ""),
        ({"access": "private"}, False, "private"),
        ({"access": "private", "foot": "yes"}, False, "private"),
        ({"access": "no"}, False, "private"),
        ({"access": "no", "foot": "yes"}, False, ""),
        ({"access": "no", "psv": "designated"}, False, ""),
        ({"access": "no", "bicycle": "no"}, False, "private"),
        ({"access": "destination"}, False, ""),
        ({"highway": "service", "service": "driveway"}, False, "driveway"),
        ({"highway": "service", "service": "parking_aisle"}, False, "parking_aisle"),
        ({"highway": "service", "service": "driveway", "access": "private"}, False, "private"),
        ({"highway": "service", "service": "alley"}, False, ""),
    ],
)
def test_every_way_is_a_street_or_has_one_reason_not_to_be(tags, is_area, expected):
    assert reason({"highway": "residential"} | tags, is_area, DEFAULT) == expected


def test_every_reason_can_be_switched_off_by_its_setting():
    everything = StreetSettings(
        also=("footway", "corridor"), parking_aisles=True, driveways=True, private=True, tunnels=True
    )
    for tags in (
        {"highway": "footway", "tunnel": "yes"},
        {"highway": "corridor", "indoor": "yes"},
        {"highway": "service", "service": "driveway", "access": "private"},
        {"highway": "service", "service": "parking_aisle"},
    ):
        assert reason(tags, False, everything) == ""
    assert reason({"highway": "corridor"}, False, StreetSettings(also=("corridor",))) == "indoor"


def test_area_outlines_are_no_streets_but_closed_streets_are(build):
    square = {"highway": "pedestrian", "area": "yes"}
    network, account = build(
        {
            6: ([1, 2, 5, 4, 1], square),
            7: ([2, 3, 6], square),
            8: ([4, 1], {"highway": "service"}),
            9: ([3, 6, 2, 3], ROAD),
        },
        relations={1: ([(8, "outer")], {"type": "multipolygon", "highway": "service"})},
    )
    assert sorted(set(network.edges["osmid"])) == [7, 9]  # 7 is not closed: a mistagged street, no area
    assert account.set_aside["area_outline"] == pytest.approx(2 * EAST + 3 * NORTH, rel=5e-5)
    assert adds_up(account)


def test_streets_are_cut_exactly_at_the_edge_of_the_area(build):
    middle = StudyArea(shapely.box(10.0005, 49.9, 10.0015, 50.1), "strip")
    network, account = build({7: ([1, 2, 3], ROAD), 8: ([2, 5], ROAD), 9: ([4, 1], ROAD)}, area=middle)
    assert [(osmid, u, v) for osmid, u, v in ends(network) if osmid == 8] == [(8, 2, 5)]
    assert ends(network)[:2] == [(7, -1, 2), (7, 2, -2)]
    assert to_lonlat(network.nodes.loc[[-1, -2]].to_numpy(), network.crs) == pytest.approx(
        np.array([(10.0005, 50.0), (10.0015, 50.0)]), abs=2e-9
    )
    assert network.length == pytest.approx(EAST + NORTH, rel=5e-5)
    assert account.set_aside == {"outside_area": pytest.approx(EAST + NORTH, rel=5e-5)}
    assert adds_up(account)


def test_a_street_that_leaves_the_area_and_comes_back_is_two_edges(build):
    two_strips = shapely.box(10.0002, 49.9, 10.0005, 50.1) | shapely.box(10.0006, 49.9, 10.0015, 50.1)
    network, account = build({7: ([1, 2, 3], ROAD)}, area=StudyArea(two_strips, "strips"))
    assert ends(network) == [(7, -1, -2), (7, -3, -4)]
    assert network.edge_length == pytest.approx([0.3 * EAST, 0.9 * EAST], rel=1e-4)
    assert np.diff(network.ptr).tolist() == [2, 3]
    assert adds_up(account)


def test_what_lies_outside_counts_as_outside_whatever_it_is(build):
    west = StudyArea(shapely.box(9.9, 49.9, 10.001, 50.1), "west")
    _, account = build({7: ([1, 2, 3], ROAD), 8: ([4, 5, 6], {"highway": "steps"})}, area=west)
    assert account.set_aside["outside_area"] == pytest.approx(2 * EAST, rel=5e-5)
    assert account.set_aside["other_class:steps"] == pytest.approx(EAST, rel=5e-5)


def test_a_street_drawn_twice_counts_once_forwards_or_backwards_cut_or_not(build):
    ways = {7: ([1, 2, 3], ROAD), 8: ([3, 2, 1], {"highway": "service"}), 9: ([2, 5], ROAD), 10: ([4, 5], ROAD)}
    for area in (EVERYTHING, StudyArea(shapely.box(10.0005, 49.9, 10.1, 50.1), "east")):
        network, account = build(ways, area=area)
        assert 8 not in set(network.edges["osmid"])
        assert account.set_aside["duplicate"] == pytest.approx(network.edge_length[network.edges["osmid"] == 7].sum())
        assert adds_up(account)


def test_a_duplicate_with_nodes_of_its_own_is_found_by_its_place(build):
    nodes = GRID | {11: GRID[1], 12: GRID[2]}
    network, account = build({7: ([1, 2], ROAD), 8: ([12, 11], ROAD)}, nodes=nodes)
    assert ends(network) == [(7, 1, 2)]
    assert account.set_aside == {"duplicate": pytest.approx(EAST, rel=5e-5)}


def test_vertices_at_the_same_place_in_a_row_are_one_and_streets_stay_connected(build):
    nodes = GRID | {12: GRID[2]}  # 12 is a second node at the place of 2
    network, _ = build({7: ([1, 2, 12, 3], ROAD), 8: ([12, 5], ROAD), 9: ([2, 12], ROAD)}, nodes=nodes)
    assert ends(network) == [(7, 1, 2), (7, 2, 3), (8, 2, 5)]
    assert (np.hypot(*np.diff(network.xy[:2], axis=0).T) > 0).all()


def test_negative_node_ids_of_the_file_are_not_taken_for_cuts(build):
    network, _ = build({7: ([-1, 2], ROAD)}, nodes={-1: GRID[1], 2: GRID[2]})
    assert ends(network) == [(7, 3, 2)]


def test_the_order_of_ways_in_the_file_does_not_matter(build):
    ways = {7: ([1, 2, 3], ROAD), 8: ([2, 5], ROAD), 9: ([3, 6, 5, 4, 1], ROAD)}
    strip = StudyArea(shapely.box(10.0005, 49.9, 10.0015, 50.1), "strip")
    first, _ = build(ways, area=strip)
    second, _ = build(dict(reversed(ways.items())), area=strip)
    assert first.edges.equals(second.edges)
    assert np.array_equal(first.xy, second.xy)


def test_an_area_without_streets_is_refused_with_what_lies_where(build):
    elsewhere = StudyArea(shapely.box(20, 40, 20.1, 40.1), "given bounding box")
    with pytest.raises(
        StreetError, match=r"no street in the study area .*the 1 highway ways .* lie at lon 10\.0000\.\.10\.0010"
    ):
        build({7: ([1, 2], ROAD)}, area=elsewhere)
    with pytest.raises(StreetError, match=r"no street of the chosen classes .*other_class:steps 72 m"):
        build({7: ([1, 2], {"highway": "steps"})})


def test_an_area_on_the_other_side_of_the_globe_is_refused(build):
    with pytest.raises(StreetError, match="no street in the study area"):
        build({7: ([1, 2], ROAD)}, area=StudyArea(shapely.box(-171, -51, -170, -50), "antipodes"))


def test_a_stray_node_on_the_other_side_of_the_globe_does_no_harm(build):
    whole, _ = build({7: ([1, 2], ROAD)})
    network, account = build({7: ([1, 2], ROAD), 8: ([3, 8], ROAD)}, nodes=GRID | {8: (0.0, 0.0)})
    assert network.edge_length[0] == pytest.approx(whole.length, rel=1e-6)
    assert adds_up(account)


def lattice_extract(lines, classes):
    """Return ways along a lattice of 1e-4 degrees, node ids by place."""
    refs = [x + 100 * y for line in lines for x, y in line]
    lonlat = np.array([(10 + x * 1e-4, 50 + y * 1e-4) for line in lines for x, y in line])
    n = len(lines)
    ways = Ways(
        lonlat=lonlat,
        refs=np.array(refs, dtype=np.int64),
        ptr=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        osmid=np.arange(n, dtype=np.int64),
        whole=np.ones(n, dtype=bool),
        closed=np.array([line[0] == line[-1] for line in lines]),
        outline=np.zeros(n, dtype=bool),
        tags=[{"highway": kind} for kind in classes],
    )
    nothing = Outlines(np.empty(0, object), np.empty(0, np.int64), [])
    return OsmExtract(ways, nothing, None, None)


place = st.tuples(st.integers(0, 5), st.integers(0, 5))
towns = st.lists(
    st.tuples(st.lists(place, min_size=2, max_size=6), st.sampled_from(["residential", "service", "footway"])),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(towns, st.lists(place, min_size=3, max_size=6))
def test_whatever_the_ways_every_metre_is_used_or_set_aside_and_edges_meet_at_their_nodes(town, corners):
    polygon = shapely.make_valid(shapely.Polygon([(10 + x * 1e-4, 50 + y * 1e-4) for x, y in corners]))
    polygon = shapely.union_all([part for part in shapely.get_parts(polygon) if part.area > 0])
    assume(not StudyArea(polygon, "").in_plane(local_crs(10, 50)).is_empty)
    extract = lattice_extract([line for line, _ in town], [kind for _, kind in town])
    try:
        network, account = build_network(extract, StudyArea(polygon, "lattice"), DEFAULT)
    except StreetError:
        return
    assert adds_up(account)
    assert account.used_m == network.length
    assert (network.edge_length > 0).all()
    first, last = network.xy[network.ptr[:-1]], network.xy[network.ptr[1:] - 1]
    assert np.array_equal(network.nodes.loc[network.edges["u"]].to_numpy(), first)
    assert np.array_equal(network.nodes.loc[network.edges["v"]].to_numpy(), last)
    inside = StudyArea(polygon, "").in_plane(network.crs).buffer(1e-5)
    assert shapely.covers(inside, network.lines).all()


@pytest.mark.parametrize(
    "name",
    [
        "baltimore-county-northwest.osm.pbf", "baltimore-southeast.osm.pbf", "berlin-unter-den-linden.osm.gz",
        "copenhagen.osm.pbf", "monaco.osm.pbf", "munich-centre.osm.pbf", "nanjing-xinjiekou.osm",
        "zurich-main-roads.osm.bz2",
    ],
)  # fmt: skip
def test_in_real_towns_every_metre_is_accounted_for(real_data, name):
    extract = read_osm([real_data(name)])
    network, account = build_network(extract, study_area(extract), DEFAULT)
    assert adds_up(account)
    assert account.used_m == network.length > 0
    ways = extract.ways
    to_next = Geod(ellps="WGS84").inv(*ways.lonlat[:-1].T, *ways.lonlat[1:].T)[2]
    to_next[ways.ptr[1:-1] - 1] = 0  # from one way to the next
    assert account.read_m == pytest.approx(to_next.sum(), rel=2e-5)  # lengths in the plane are those on the ellipsoid


KM = {  # file -> km of complete ways of the street classes as counted by another program; reasons; km of those
    "monaco.osm.pbf": (76, {"tunnel", "covered", "covered_passage"}, 11),
    "munich-centre.osm.pbf": (75, {"area_outline"}, 14),
    "zurich-main-roads.osm.bz2": (295, {"tunnel"}, 46),
    "baltimore-county-northwest.osm.pbf": (1213, {"tunnel"}, 0),
}


@pytest.mark.parametrize("name", KM)
def test_real_towns_have_as_many_kilometres_as_were_counted_in_them(real_data, name):
    total, reasons, there = KM[name]
    extract = read_osm([real_data(name)])
    whole = StudyArea(
        shapely.box(*extract.ways.lonlat.min(axis=0), *extract.ways.lonlat.max(axis=0)).buffer(0.001), "all"
    )
    network, account = build_network(extract, whole, DEFAULT)
    streets = {why: m for why, m in account.set_aside.items() if not why.startswith(("other_class", "construction"))}
    assert (network.length + sum(streets.values())) / 1000 == pytest.approx(total, abs=0.8)
    assert sum(streets.get(why, 0) for why in reasons) / 1000 == pytest.approx(there, abs=0.6)
