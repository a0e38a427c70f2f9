"""Walking tours: ways along the streets against networkx, trips and bounds against every order there is."""

from itertools import pairwise, permutations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of

from camgap.coverage.quality.tour import improved, length_of, lower_bound, shortest_tour, trip_within
from camgap.coverage.quality.walking import Walks

seeds = st.integers(0, 2**32 - 1)


def places(seed, n, metric=True):
    """Distances of points in a square, or any symmetric ones."""
    rng = np.random.default_rng(seed)
    if metric:
        xy = rng.uniform(0, 1000, (n, 2))
        return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    d = rng.uniform(0, 1000, (n, n))
    return np.where(np.eye(n, dtype=bool), 0.0, np.minimum(d, d.T))


def best_of_all(distance):
    n = len(distance)
    return min(length_of(np.array([0, *rest]), distance) for rest in permutations(range(1, n)))


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 7), st.booleans())
def test_the_bound_the_best_and_the_trip_found_come_in_this_order(seed, n, metric):
    distance = places(seed, n, metric)
    tour = shortest_tour(distance, start=seed % n)
    assert sorted(tour.tolist()) == list(range(n))
    assert tour[0] == seed % n
    found, best = length_of(tour, distance), best_of_all(distance)
    assert lower_bound(distance, found) <= best + 1e-6 <= found + 2e-6


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(5, 9))
def test_no_single_reversal_and_no_move_of_up_to_three_places_shortens_the_trip(seed, n):
    distance = places(seed, n)
    order = improved(np.random.default_rng(seed).permutation(n), distance)
    length = length_of(order, distance)
    for i in range(n):
        turned = np.roll(order, -i)
        for k in range(2, n):
            other = np.concatenate([turned[:k][::-1], turned[k:]])
            assert length_of(other, distance) >= length - 1e-5
        for size in range(1, min(3, n - 3) + 1):
            part, rest = turned[:size], turned[size:]
            for at in range(1, len(rest)):
                for piece in (part, part[::-1]):
                    other = np.concatenate([rest[:at], piece, rest[at:]])
                    assert length_of(other, distance) >= length - 1e-5


def test_fifty_places_are_toured_within_a_few_percent_of_what_is_possible():
    gaps = []
    for seed in range(3):
        distance = places(seed, 50)
        found = length_of(shortest_tour(distance), distance)
        gaps.append(found / lower_bound(distance, found) - 1)
    assert max(gaps) < 0.08
    assert min(gaps) >= 0


def test_the_round_of_a_circle_is_found_and_proven_shortest():
    angle = np.random.default_rng(3).permutation(24) * 2 * np.pi / 24
    xy = 100 * np.column_stack([np.cos(angle), np.sin(angle)])
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    found = length_of(shortest_tour(distance), distance)
    assert found == pytest.approx(24 * 200 * np.sin(np.pi / 24), abs=1e-9)
    assert lower_bound(distance, found) == pytest.approx(found, rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(2, 12), st.floats(0, 4000), st.integers(1, 12))
def test_a_trip_with_a_limit_keeps_it_and_visits_nothing_twice(seed, n, limit, most):
    distance = places(seed, n)
    worth = np.random.default_rng(seed).integers(0, 4, n).astype(float)
    trip = trip_within(distance, worth, limit, most)
    assert trip[0] == 0
    assert len(set(trip.tolist())) == len(trip) <= most + 1
    assert (worth[trip[1:]] > 0).all()
    assert length_of(trip, distance) <= limit + 1e-6
    missed = [i for i in range(1, n) if worth[i] > 0 and 2 * distance[0, i] <= limit]
    assert len(trip) > 1 or not missed, "one camera near enough is better than none"


def test_a_trip_without_a_tight_limit_visits_all_that_is_worth_it():
    distance = places(1, 9)
    worth = np.array([0, 1, 0, 2, 3, 1, 1, 0, 5.0])
    assert sorted(trip_within(distance, worth, 1e6, 99)[1:].tolist()) == [1, 3, 4, 5, 6, 8]


def town(seed, n=25):
    """Streets between random crossings; some crossings are ends of several streets, some parts hang loose."""
    rng = np.random.default_rng(seed)
    xy = np.round(rng.uniform(0, 400, (12, 2)), 1)
    pairs = {tuple(sorted(rng.choice(12, 2, replace=False).tolist())) for _ in range(n)}
    return network_of([[tuple(xy[a]), tuple(rng.uniform(0, 400, 2)), tuple(xy[b])] for a, b in sorted(pairs)])


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_ways_are_as_long_as_networkx_finds_them_and_lie_on_the_streets(seed):
    network = town(seed)
    xy = np.random.default_rng(seed + 1).uniform(0, 400, (7, 2))
    walks = Walks.between(network, xy)
    graph = nx.Graph()
    cuts = {}
    for i, at in enumerate(walks.at.tolist()):
        cuts.setdefault(int(network.edge_at(np.array([at]))[0]), []).append((at, f"p{i}"))
    for e, (u, v) in enumerate(network.edges[["u", "v"]].to_numpy().tolist()):
        chain = [(network.offset[e], u), *sorted(cuts.get(e, [])), (network.offset[e + 1], v)]
        for (a, one), (b, two) in pairwise(chain):
            if one != two and (not graph.has_edge(one, two) or graph.edges[one, two]["m"] > b - a):
                graph.add_edge(one, two, m=b - a)
    streets = shapely.union_all(network.lines).buffer(1e-6)
    for i in range(7):
        lengths = nx.single_source_dijkstra_path_length(graph, f"p{i}", weight="m")
        for j in range(7):
            assert walks.by_air[i, j] == (f"p{j}" not in lengths)
            if f"p{j}" in lengths:
                assert walks.distance[i, j] == pytest.approx(lengths[f"p{j}"], abs=1e-6)
                way = walks.way(i, j)
                assert way.length == pytest.approx(walks.distance[i, j], abs=1e-6)
                assert streets.covers(way)
            else:
                ends = network.points_at(walks.at[[i, j]])
                assert walks.distance[i, j] == pytest.approx(np.hypot(*(ends[0] - ends[1])), abs=1e-9)


def test_places_join_the_street_at_its_nearest_point():
    network = network_of([[(0.0, 0.0), (100.0, 0.0)], [(100.0, 0.0), (100.0, 50.0)]])
    walks = Walks.between(network, np.array([[10.0, 7.0], [130.0, 30.0], [200.0, -5.0]]))
    assert network.points_at(walks.at) == pytest.approx(np.array([[10, 0], [100, 30], [100, 0]]), abs=1e-6)
    assert walks.distance == pytest.approx(np.array([[0, 120, 90], [120, 0, 30], [90, 30, 0]]), abs=1e-6)
    assert np.array(walks.way(0, 1).coords) == pytest.approx(np.array([(10, 0), (100, 0), (100, 30)]), abs=1e-6)
