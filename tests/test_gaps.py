"""Gaps: by hand on the drawn town, and against connected components of a split networkx graph."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from towns import Town, hand_drawn_town, random_town

from camgap.coverage.intervals import Stretches
from camgap.coverage.scoring.gaps import Gaps, edge_weights, find_gaps
from camgap.coverage.settings import ScoreSettings
from camgap.coverage.streets import StreetNetwork

NORTH = 200 + 100 - 50 / 3  # both halves of North Street and what camera 1 does not see of Mid Lane

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def town() -> Town:
    return hand_drawn_town()


def stretches(*pairs: tuple[float, float]) -> Stretches:
    rows = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return Stretches(rows[:, 0], rows[:, 1])


def gaps_of(network: StreetNetwork, seen: Stretches, min_length: float = 0.0) -> Gaps:
    return find_gaps(network, seen, np.ones(len(network)), min_length)


def test_gaps_join_edges_across_nodes_and_are_ranked_by_length(town):
    gaps = town.measured().gaps.listed
    assert [g.rank for g in gaps] == [1, 2, 3, 4]
    assert [g.length_m for g in gaps] == pytest.approx([NORTH, 80, 45, 15], abs=1e-9)
    assert [g.streets for g in gaps] == [
        ("North Street", "Mid Lane"), ("Main Street",), ("Main Street",), ("Main Street",),
    ]  # fmt: skip
    assert [g.classes for g in gaps] == [("residential",), ("primary", "service"), ("primary",), ("primary",)]


def test_a_gap_knows_its_stretches_and_its_length_weighted_centre(town):
    _, corner, west, _ = town.measured().gaps.listed
    assert np.column_stack([corner.start, corner.end]) == pytest.approx(np.array([[150, 200], [500, 530]]))
    assert corner.centre == pytest.approx(((50 * 175 + 30 * 200) / 80, 30 * -15 / 80))
    assert west.centre == pytest.approx((22.5, 0))


def test_weights_by_class_change_the_ranking(town):
    gaps = town.measured(ScoreSettings(class_weights={"primary": 10.0})).gaps.listed
    assert [g.length_m for g in gaps] == pytest.approx([80, 45, NORTH, 15])
    assert [g.weight_m for g in gaps] == pytest.approx([530, 450, NORTH, 150])


def test_equal_gaps_are_ranked_in_axis_order():
    network = network_of([[(0, 0), (50, 0)], [(0, 100), (50, 100)], [(0, 200), (50, 200)]])
    assert [g.start.tolist() for g in gaps_of(network, stretches()).listed] == [[0], [50], [100]]


def test_shorter_gaps_are_summed_not_listed_and_the_limit_itself_is_listed(town):
    gaps = town.measured(ScoreSettings(min_gap_m=45.0 - 1e-9)).gaps
    assert ([g.rank for g in gaps.listed], gaps.short_count) == ([1, 2, 3], 1)
    assert gaps.short_m == pytest.approx(15, abs=1e-9)
    network = network_of([[(0, 0), (20, 0)], [(0, 9), (10, 9)]])
    assert [g.length_m for g in gaps_of(network, stretches(), 20.0).listed] == [20]


def test_a_fully_covered_network_has_no_gap(town):
    gaps = gaps_of(town.network, stretches((0, 530)))
    assert (gaps.listed, gaps.short_count, gaps.short_m) == ((), 0, 0.0)


def test_rounding_is_no_gap(town):
    gaps = gaps_of(town.network, stretches((0, 100 - 1e-9), (100 + 1e-9, 530)))
    assert (gaps.listed, gaps.short_count) == ((), 0)
    assert gaps.short_m == pytest.approx(2e-9, abs=1e-12)


def test_a_closed_loop_and_a_street_met_in_the_middle_of_nowhere_are_gaps_of_their_own():
    loop = [(0, 0), (50, 0), (50, 50), (0, 50), (0, 0)]  # begins and ends at one node
    crossing = [(-20, 25), (70, 25)]  # crosses the loop on a bridge: no node in common
    gaps = gaps_of(network_of([loop, crossing]), stretches()).listed
    assert [g.length_m for g in gaps] == [200, 90]
    # Once its middle is seen, the loop still hangs together through its node.
    assert [g.length_m for g in gaps_of(network_of([loop]), stretches((90, 110))).listed] == [180]


def test_a_seen_node_parts_gaps_only_if_the_streets_around_it_are_seen():
    star = network_of([[(0, 0), (30, 0)], [(0, 0), (0, 20)], [(0, 0), (-10, 0)]])
    assert [g.length_m for g in gaps_of(star, stretches((0, 5))).listed] == [30, 25]
    assert [g.length_m for g in gaps_of(star, stretches((0, 5), (30, 32), (50, 51))).listed] == [25, 18, 9]


def components(network: StreetNetwork, seen: Stretches) -> list[float]:
    """Lengths of connected uncovered pieces: edges cut wherever coverage begins or ends, covered pieces left out."""
    graph = nx.MultiGraph()
    for edge, (u, v) in enumerate(network.edges[["u", "v"]].itertuples(index=False)):
        begin, end = network.offset[edge], network.offset[edge + 1]
        cuts = [c for c in [*seen.start, *seen.end] if begin < c < end]
        knots = [begin, *sorted(cuts), end]
        names = [("node", u), *[("cut", c) for c in sorted(cuts)], ("node", v)]
        for a, b, start, stop in zip(names[:-1], names[1:], knots[:-1], knots[1:], strict=True):
            middle = (start + stop) / 2
            if not any(s <= middle < e for s, e in zip(seen.start, seen.end, strict=True)):
                graph.add_edge(a, b, length=stop - start)
    return sorted(
        sum(length for *_, length in graph.subgraph(nodes).edges(data="length"))
        for nodes in nx.connected_components(graph)
    )


@settings(max_examples=80, deadline=None)
@given(seeds, st.integers(1, 3))
def test_gaps_are_the_connected_components_of_what_is_unseen(seed, blocks):
    rng = np.random.default_rng(seed)
    town = random_town(rng, blocks, n_views=8)
    report = town.measured(ScoreSettings(min_gap_m=0.0))
    expected = [length for length in components(town.network, report.seen) if length >= 1e-6]
    assert sorted(g.length_m for g in report.gaps.listed) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_gaps_lie_outside_everything_seen_and_share_no_stretch(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=6)
    weights = {"primary": float(rng.uniform(0, 5)), "service": 0.5}
    report = town.measured(ScoreSettings(min_gap_m=0.0, class_weights=weights))
    start = np.concatenate([np.empty(0), *(g.start for g in report.gaps.listed)])
    end = np.concatenate([np.empty(0), *(g.end for g in report.gaps.listed)])
    order = np.argsort(start)
    assert (start[order][1:] >= end[order][:-1]).all()
    assert report.seen.length_within(start, end).sum() == pytest.approx(0, abs=1e-9)
    assert [g.weight_m for g in report.gaps.listed] == sorted((g.weight_m for g in report.gaps.listed), reverse=True)
    per_metre = edge_weights(town.network, weights)
    for gap in report.gaps.listed:
        edge = town.network.edge_at(gap.start)
        assert gap.weight_m == pytest.approx(((gap.end - gap.start) * per_metre[edge]).sum())
        assert set(gap.classes) == set(town.network.edges["highway"].iloc[edge])
