"""The street network as an osmnx graph, and back."""

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
from shapely import LineString

from camgap.coverage.errors import StreetError
from camgap.coverage.graph import from_osmnx_graph, to_networkx
from camgap.coverage.inputs.area import study_area
from camgap.coverage.inputs.network import build_network
from camgap.coverage.inputs.osm import read_osm
from camgap.coverage.projection import local_crs
from camgap.coverage.settings import StreetSettings
from camgap.coverage.streets import StreetNetwork

CRS = local_crs(10.0, 50.0)

#   3 ----- 4      1-2 two-way with a bend, 2-4 one way, 4-3 two-way, 3-1 two-way, a ring at 1
#   |       |
#   1 --.-- 2
LINES = [
    ((1, 2), [(0, 0), (50, 10), (100, 0)], False, "Elm Street"),
    ((2, 4), [(100, 0), (100, 100)], True, "Oak Street"),
    ((4, 3), [(100, 100), (0, 100)], False, ""),
    ((3, 1), [(0, 100), (0, 0)], False, "Elm Street"),
    ((1, 1), [(0, 0), (-10, 0), (-10, -10), (0, 0)], False, ""),
]


def town(lines=LINES):
    edges = pd.DataFrame(
        {
            "u": [u for (u, _), *_ in lines],
            "v": [v for (_, v), *_ in lines],
            "osmid": np.arange(100, 100 + len(lines)),
            "highway": "residential",
            "name": [name for *_, name in lines],
            "oneway": [oneway for _, _, oneway, _ in lines],
            "lanes": ["2", *[""] * (len(lines) - 1)],
        }
    )
    nodes = pd.DataFrame({"x": [0.0, 100, 0, 100], "y": [0.0, 0, 100, 100]}, index=pd.Index([1, 2, 3, 4], name="osmid"))
    ptr = np.concatenate([[0], np.cumsum([len(line) for _, line, *_ in lines])])
    return StreetNetwork(CRS, np.array([xy for _, line, *_ in lines for xy in line], dtype=float), ptr, edges, nodes)


def test_two_way_streets_give_an_edge_in_each_direction_and_one_way_streets_one():
    graph = to_networkx(town())
    assert sorted((u, v) for u, v in graph.edges()) == [
        (1, 1), (1, 1), (1, 2), (1, 3), (2, 1), (2, 4), (3, 1), (3, 4), (4, 3)
    ]  # fmt: skip
    there, back = graph.edges[1, 2, 0], graph.edges[2, 1, 0]
    assert (there["reversed"], back["reversed"]) == (False, True)
    assert list(there["geometry"].coords) == [(0, 0), (50, 10), (100, 0)] == list(back["geometry"].coords)[::-1]
    assert there["length"] == pytest.approx(2 * np.hypot(50, 10))
    assert (there["name"], there["lanes"], there["edge"], there["osmid"]) == ("Elm Street", "2", 0, 100)
    assert "name" not in graph.edges[4, 3, 0]
    assert {node: data["street_count"] for node, data in graph.nodes(data=True)} == {1: 4, 2: 2, 3: 2, 4: 2}


def test_osmnx_accepts_the_graph_and_its_functions_give_the_right_figures():
    network = town()
    graph = to_networkx(network)
    osmnx.convert.validate_graph(graph)
    stats = osmnx.basic_stats(graph)
    assert stats["n"] == 4
    assert stats["street_segment_count"] == len(network)
    assert stats["street_length_total"] == pytest.approx(network.length)
    assert osmnx.shortest_path(graph, 4, 2, weight="length") == [4, 3, 1, 2]  # 2-4 is one way
    assert osmnx.nearest_edges(graph, 101, 50) == (2, 4, 0)


def test_osmnx_finds_the_nearest_node():
    pytest.importorskip("scipy", reason="osmnx asks scipy for the nearest node")
    assert osmnx.nearest_nodes(to_networkx(town()), 95, 95) == 4


def test_a_round_trip_through_tables_and_back_keeps_every_street():
    network = town()
    again = from_osmnx_graph(osmnx.graph_from_gdfs(*osmnx.graph_to_gdfs(to_networkx(network))))
    assert again.crs == network.crs
    assert again.length == pytest.approx(network.length, rel=1e-15)
    drawn = {
        (row.osmid, row.u, row.v, row.name_, row.oneway, row.lanes): line.wkb
        for row, line in zip(network.edges.rename(columns={"name": "name_"}).itertuples(), network.lines, strict=True)
    }
    drawn_again = {
        (row.osmid, row.u, row.v, row.name_, row.oneway, row.lanes): line.wkb
        for row, line in zip(again.edges.rename(columns={"name": "name_"}).itertuples(), again.lines, strict=True)
    }
    assert drawn_again == drawn


def osmnx_graph(crs, places, edges):
    graph = nx.MultiDiGraph(crs=crs)
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in places.items())
    graph.add_edges_from(edges)
    return graph


def test_an_unsimplified_graph_in_degrees_becomes_metres_and_straight_lines():
    graph = osmnx_graph(
        "epsg:4326",
        {1: (10.0, 50.0), 2: (10.0, 50.001)},
        [
            (2, 1, {"osmid": 7, "highway": "service", "oneway": False, "reversed": True}),
            (1, 2, {"osmid": 7, "highway": "service", "oneway": False, "reversed": False}),
        ],
    )
    network = from_osmnx_graph(graph)
    assert network.crs == CRS
    assert network.edges.to_dict("records") == [
        {"u": 1, "v": 2, "osmid": 7, "highway": "service", "name": "", "oneway": False}
    ]
    assert network.length == pytest.approx(111.2293, abs=1e-3)  # on the ellipsoid


def test_lists_of_a_simplified_graph_are_joined_or_their_first_value_taken():
    line = LineString([(0, 0), (5, 5), (10, 0)])
    data = {"osmid": [7, 8], "highway": ["primary", "secondary"], "name": ["A", "B"], "lanes": None, "oneway": True}
    network = from_osmnx_graph(osmnx_graph(CRS, {1: (0, 0), 2: (10, 0)}, [(1, 2, data | {"geometry": line})]))
    assert network.edges.to_dict("records") == [
        {"u": 1, "v": 2, "osmid": 7, "highway": "primary", "name": "A; B", "oneway": True, "lanes": ""}
    ]


def test_a_graph_in_another_projection_is_brought_to_true_scale():
    degrees = osmnx_graph("epsg:4326", {1: (9.0, 50.0), 2: (9.0, 50.01)}, [(1, 2, {"osmid": 1, "highway": "road"})])
    metres = osmnx_graph(
        "epsg:25832", {1: (500000, 5538630.7028), 2: (500000, 5539742.5)}, list(degrees.edges(data=True))
    )
    in_utm, in_degrees = from_osmnx_graph(metres), from_osmnx_graph(degrees)
    assert in_utm.crs == in_degrees.crs
    assert in_utm.length == pytest.approx(1111.7972 / 0.9996, abs=1e-3)


def test_what_is_no_osmnx_graph_is_refused():
    with pytest.raises(StreetError, match="attribute 'crs' is missing"):
        from_osmnx_graph(nx.MultiDiGraph())
    with pytest.raises(StreetError, match="attribute 'x' is missing"):
        from_osmnx_graph(nx.MultiDiGraph([(1, 2)], crs=CRS))
    with pytest.raises(StreetError, match="node id 'a' is no integer"):
        from_osmnx_graph(osmnx_graph(CRS, {"a": (0, 0)}, []))
    with pytest.raises(StreetError, match="no edge of any length"):
        from_osmnx_graph(osmnx_graph(CRS, {1: (0, 0), 2: (0, 0)}, [(1, 2, {})]))
    with pytest.raises(StreetError, match="the street network is empty"):
        to_networkx(StreetNetwork(CRS, np.empty((0, 2)), np.zeros(1, int), town().edges[:0], town().nodes[:0]))


@pytest.mark.parametrize("name", ["monaco.osm.pbf", "munich-centre.osm.pbf", "berlin-unter-den-linden.osm.gz"])
def test_real_towns_make_the_round_trip(real_data, name):
    extract = read_osm([real_data(name)])
    network, _ = build_network(extract, study_area(extract), StreetSettings())
    graph = to_networkx(network)
    osmnx.convert.validate_graph(graph)
    again = from_osmnx_graph(graph)
    assert len(again) == len(network)
    assert again.length == pytest.approx(network.length, rel=1e-12)
    assert again.edges["oneway"].sum() == network.edges["oneway"].sum()
    assert osmnx.basic_stats(graph)["street_length_total"] == pytest.approx(network.length, rel=1e-9)
