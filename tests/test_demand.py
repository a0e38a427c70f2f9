"""Demand along the streets: kernels in closed form, brute force over every way, and what must hold on any network."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from towns import hand_drawn_town, random_town

from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.scoring.demand import (
    AxisWeights,
    demand_score,
    kernel_weights,
    reweighted,
    uniform_weights,
)
from camgap.coverage.scoring.report import Districts
from camgap.coverage.scoring.spreading import FAINT
from camgap.coverage.sight.views import seen_by

seeds = st.integers(0, 2**32 - 1)
kernels = st.sampled_from(["quartic", "gaussian"])
SLOW = settings(deadline=None, max_examples=40)


def density(d, h, kernel):
    """Weight per metre at distance d of a kernel with total 1 on an endless straight street."""
    if abs(d) >= h:
        return 0.0
    if kernel == "quartic":
        return 15 / (16 * h) * (1 - (d / h) ** 2) ** 2
    s = h / 3
    return math.exp(-((d / s) ** 2) / 2) / (s * math.sqrt(2 * math.pi) * math.erf(3 / math.sqrt(2)))


def every_way(network, place, h, kernel, at, least=FAINT):
    """Weight per metre at one place of the axis, summed over every way from another; weak ways are not followed."""
    offset, ends = network.offset, network.edges[["u", "v"]].to_numpy()
    found = 0.0

    def follow(edge, side, distance, share):
        """Enter an edge at its begin (0) or end (1)."""
        nonlocal found
        if distance >= h:
            return
        low, high = offset[edge], offset[edge + 1]
        if low <= at < high:
            found += share * density(distance + (at - low if side == 0 else high - at), h, kernel)
        leave(edge, 1 - side, distance + high - low, share)

    def leave(edge, side, distance, share):
        others = [(e, k) for e, k in zip(*np.nonzero(ends == ends[edge, side]), strict=True) if (e, k) != (edge, side)]
        if not others:
            follow(edge, side, distance, share)
        for e, k in others:
            if share / len(others) >= least:
                follow(e, k, distance, share / len(others))

    edge = int(network.edge_at(np.array([place]))[0])
    low, high = offset[edge], offset[edge + 1]
    if low <= at < high:
        found += density(at - place, h, kernel)
    leave(edge, 1, high - place, 1.0)
    leave(edge, 0, place - low, 1.0)
    return found


@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_a_straight_street_carries_the_plain_kernel(kernel):
    network = network_of([[(0, 0), (130, 0)], [(130, 0), (170, 0), (400, 0)]])
    found = kernel_weights(network, np.array([160.0]), np.array([3.0]), 100.0, kernel)
    for left, right in [(60, 260), (60, 61), (155, 165), (130, 170), (201.5, 230)]:
        x = np.linspace(left, right, 20_001)
        cells = found.breaks
        inner = [left, *cells[(cells > left) & (cells < right)], right]  # where cells are cut by the window
        whole = (inner[1] if left not in cells else left, inner[-2] if right not in cells else right)
        y = np.array([3 * density(v - 160, 100, kernel) for v in x])
        exact = np.trapezoid(y[(x >= whole[0]) & (x <= whole[1])], x[(x >= whole[0]) & (x <= whole[1])])
        assert found.within(np.array([whole[0]]), np.array([whole[1]]))[0] == pytest.approx(exact, abs=2e-3)
    if kernel == "quartic":  # by hand: F(u) = 15/16 (u - 2u³/3 + u⁵/5); from 160 to 210, u = 1/2: 203/512
        assert found.within(np.array([160.0]), np.array([210.0]))[0] == pytest.approx(3 * 203 / 512, abs=1e-9)
    assert found.total == pytest.approx(3)
    assert found.within(np.array([0.0, 260.0]), np.array([60.0, 400.0])).tolist() == pytest.approx([0, 0], abs=1e-12)


def test_a_junction_of_three_streets_halves_what_arrives():
    network = network_of([[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 100)]])
    found = kernel_weights(network, np.array([60.0]), np.array([1.0]), 90.0)
    beyond = 15 / 16 * sum(s * (1 - (4 / 9) ** p) / q for s, p, q in [(1, 1, 1), (-2, 3, 3), (1, 5, 5)])
    assert found.within(np.array([100.0, 200.0]), np.array([200.0, 300.0])) == pytest.approx([beyond / 2] * 2)
    at_node = kernel_weights(network, np.array([100.0]), np.array([1.0]), 90.0)
    assert at_node.within(np.array([0.0, 100.0, 200.0]), np.array([100.0, 200.0, 300.0])) == pytest.approx([1 / 3] * 3)


def test_what_meets_a_dead_end_turns_back():
    network = network_of([[(0, 0), (300, 0)]])
    found = kernel_weights(network, np.array([20.0]), np.array([1.0]), 60.0)
    x = (found.breaks[:-1] + found.breaks[1:]) / 2
    expected = [density(v - 20, 60, "quartic") + density(v + 20, 60, "quartic") for v in x]
    assert found.per_metre == pytest.approx(expected, abs=5e-5)  # a cell's mean is not its middle: 5²/24 k''
    assert found.total == pytest.approx(1, abs=1e-12)
    assert kernel_weights(network, np.array([0.0]), np.array([1.0]), 60.0).within(
        np.array([0.0]), np.array([60.0])
    ) == pytest.approx([1.0])


@settings(deadline=None, max_examples=15)
@given(seeds, kernels, st.floats(30, 140))
def test_the_kernel_is_the_sum_over_every_way(seed, kernel, bandwidth):
    rng = np.random.default_rng(seed)
    network = random_town(rng, blocks=1 + seed % 2).network
    place = float(rng.uniform(0, network.length))
    found = kernel_weights(network, np.array([place]), np.array([1.0]), bandwidth, kernel)
    for cell in rng.integers(0, len(found.per_metre), 6):
        a, b = found.breaks[cell], found.breaks[cell + 1]
        x = a + (b - a) * (np.arange(12) + 0.5) / 12  # the midpoint rule
        expected = np.mean([every_way(network, place, bandwidth, kernel, v) for v in x])
        assert found.per_metre[cell] == pytest.approx(expected, abs=0.02 / bandwidth)


@SLOW
@given(seeds, kernels, st.floats(20, 900))
def test_no_weight_is_lost_and_none_is_made(seed, kernel, bandwidth):
    rng = np.random.default_rng(seed)
    network = random_town(rng, blocks=2).network
    k = int(rng.integers(0, 12))
    at = np.append(rng.uniform(0, network.length, k), network.offset[:3])
    weight = rng.uniform(0, 5, len(at))
    found = kernel_weights(network, at, weight, bandwidth, kernel)
    assert found.total == pytest.approx(weight.sum(), rel=1e-9)
    assert (np.diff(found.mass) >= 0).all()
    assert np.diff(found.breaks).max() <= 5.0 + 1e-9
    again = kernel_weights(network, at[::-1], weight[::-1], bandwidth, kernel)
    assert again.mass == pytest.approx(found.mass, abs=1e-9)


def test_a_mirrored_network_carries_a_mirrored_weight():
    lines = [[(0, 0), (40, 0)], [(40, 0), (90, 30)], [(40, 0), (70, -40)], [(90, 30), (70, -40)], [(0, 0), (0, 55)]]
    network = network_of(lines)
    mirrored = network_of([[(-x, y) for x, y in line] for line in lines])
    at = np.array([17.0, 63.0])
    one, other = (kernel_weights(n, at, np.array([1.0, 2.0]), 120.0) for n in (network, mirrored))
    assert one.mass == pytest.approx(other.mass, abs=1e-12)
    backward = network_of([line[::-1] for line in lines])
    length = network.edge_length
    flipped = kernel_weights(
        backward, np.array([length[0] - 17.0, 2 * length[0] + length[1] - 63.0]), np.array([1.0, 2.0]), 120.0
    )
    by_edge = [w.within(network.offset[:-1], network.offset[1:]) for w in (one, flipped)]
    assert by_edge[0] == pytest.approx(by_edge[1], abs=1e-12)


def test_a_ring_and_a_street_shorter_than_the_bandwidth_keep_their_weight():
    ring = network_of([[(0, 0), (10, 0), (10, 10), (0, 0)]])
    assert kernel_weights(ring, np.array([3.0]), np.array([2.0]), 200.0).total == pytest.approx(2)
    stub = network_of([[(0, 0), (0.5, 0)], [(100, 0), (200, 0)]])
    found = kernel_weights(stub, np.array([0.2]), np.array([1.0]), 200.0)
    assert found.within(np.array([0.0]), np.array([0.5])) == pytest.approx([1.0])


@SLOW
@given(seeds)
def test_uniform_weights_give_plain_length_to_the_bit(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng)
    s = town.network.segments
    weights, laid = uniform_weights(s), reweighted(s, uniform_weights(s))
    assert weights.total == town.network.length
    for column in ("xy", "edge", "start", "end"):
        assert getattr(laid, column) == pytest.approx(getattr(s, column), abs=1e-12)
    report = town.measured()
    assert weights.of(report.seen) == pytest.approx(report.covered_m, abs=1e-9)
    assert demand_score(town.network, weights, report.seen, None, report.gaps).share == pytest.approx(report.share)


@SLOW
@given(seeds)
def test_exact_lengths_on_the_axis_laid_out_by_weight_are_weighted_lengths(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng)
    at = rng.uniform(0, town.network.length, 3)
    weights = kernel_weights(town.network, at, np.array([1.0, 2.0, 0.5]), 80.0)
    laid = reweighted(town.network.segments, weights)
    assert (laid.start[1:] == laid.end[:-1]).all()
    assert (laid.end > laid.start).all()
    assert (laid.start[0], laid.end[-1]) == (0, pytest.approx(3.5))
    plain = seen_by(town.scene, town.views)
    heavy = seen_by(replace(town.scene, segments=laid), town.views)
    expected = weights.of(union(plain.start, plain.end))
    assert union(heavy.start, heavy.end).length == pytest.approx(expected, abs=1e-7)


def test_demand_is_told_by_class_district_and_gap():
    town = hand_drawn_town()
    network, report = town.network, town.measured()
    breaks = np.array([0.0, 100, 200, 300, 400, 500, 530])
    weights = AxisWeights(np.arange(7), breaks, np.array([0.0, 10, 10, 10, 10, 14, 14]))  # 0.1/m in edge 1, 0.04/m in 5
    districts = Districts(("West", "Lake"), Intervals(np.array([0.0]), np.array([60.0]), np.array([0])))
    found = demand_score(network, weights, report.seen, districts, report.gaps)
    mouth = 50 / 3 * 0.04
    assert found.seen == pytest.approx(4.0 + mouth)  # Main Street 45-55 and 70-100, and the mouth of Mid Lane
    assert found.share == pytest.approx((4.0 + mouth) / 14)
    classes = found.by_class.set_index("name")
    assert classes.loc["primary"].tolist() == pytest.approx([10, 4, 0.4])
    assert classes.loc["residential"].tolist() == pytest.approx([4, mouth, mouth / 4])
    assert classes.loc["service"].tolist() == [0, 0, 0]
    streets = found.by_street.set_index("name")
    assert streets.loc["Main Street", ["demand", "seen", "highway"]].tolist() == pytest.approx([10, 4, "primary"])
    assert streets.index.tolist() == ["Main Street", "Mid Lane", "North Street"]
    assert found.by_district["demand"].tolist() == pytest.approx([6, 0])
    assert found.by_district["seen"].tolist() == pytest.approx([1, 0])
    assert found.gaps.sum() + found.seen == pytest.approx(14), "gaps and what is seen share out the demand"


def test_weights_at_no_place_weigh_nothing():
    town = hand_drawn_town()
    none = kernel_weights(town.network, np.empty(0), np.empty(0), 100.0)
    assert none.total == 0
    assert len(reweighted(town.network.segments, none)) == 0
    found = demand_score(town.network, none, Stretches(np.array([0.0]), np.array([9.0])), None, town.measured().gaps)
    assert found.share == 0


@pytest.mark.parametrize(
    ("at", "weight", "bandwidth", "says"),
    [(5.0, -1.0, 50.0, "a weight is -1"), (5.0, np.nan, 50.0, "a weight is nan"), (900.0, 1.0, 50.0, "off the street"),
     (5.0, 1.0, 0.0, "bandwidth 0 m")],
)  # fmt: skip
def test_what_is_no_place_or_weight_is_refused(at, weight, bandwidth, says):
    with pytest.raises(InputError, match=says):
        kernel_weights(hand_drawn_town().network, np.array([at]), np.array([weight]), bandwidth)
