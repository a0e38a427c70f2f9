"""The best affordable sum of gains, with a price on money: never too low, and right where nothing is relaxed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camgap.coverage.siting.bound import best_sum

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=150, deadline=None)
@given(seeds, st.integers(1, 7), st.integers(1, 3), st.integers(1, 3), st.integers(0, 6), st.booleans())
def test_the_relaxed_sum_is_never_below_the_best_affordable_sum(seed, mounts, n_models, per_mount, most, unlimited):
    rng = np.random.default_rng(seed)
    gains = rng.choice([0.0, 1.0], (mounts, n_models)) * rng.uniform(0, 100, (mounts, n_models))
    costs = 10.0 ** rng.uniform(-2, 3, n_models)
    budget = np.inf if unlimited else float(rng.uniform(0, 4) * rng.choice(costs))
    found = best_sum(gains, costs, budget, most, per_mount)
    best = {(0, 0.0): 0.0}  # views taken, money spent -> sum
    for row in gains:
        for _ in range(per_mount):
            for (n, spent), value in list(best.items()):
                for gain, cost in zip(row, costs, strict=True):
                    if n < most and spent + cost <= budget:
                        key = (n + 1, round(spent + cost, 9))
                        best[key] = max(best.get(key, 0.0), value + gain)
    assert found.value >= max(best.values()) - 1e-6
    assert found.times.sum() <= most
    if unlimited:  # nothing is relaxed then
        times = np.sort(np.repeat(gains.max(axis=1), per_mount))[::-1][:most]
        assert found.value == pytest.approx(times.sum())
        assert found.value == pytest.approx((gains[found.mount, found.model] * found.times).sum())


def test_cameras_are_bought_whole():
    gains = np.array([[10.0], [8.0], [6.0]])
    assert best_sum(gains, np.array([3.0]), 8.9, 9).value == pytest.approx(18)  # two of them, not 2.97
    assert best_sum(gains, np.array([3.0]), 2.9, 9).value == 0
    assert best_sum(np.array([[2.0, 90.0]]), np.array([1.0, 50.0]), 49.0, 9).value == 2


def test_the_relaxed_sum_by_hand():
    gains, costs = np.array([[10.0, 14.0], [6.0, 12.0], [1.0, 1.0]]), np.array([1.0, 2.0])
    assert best_sum(gains, costs, np.inf, 2).value == 26
    # Budget 2: per unit of money the best are 10, 6 (first unit at each mount), 6 (the second at mount 1), 4.
    assert best_sum(gains, costs, 2.0, 3).value == pytest.approx(16, abs=1e-5)
    assert best_sum(gains, costs, 3.0, 3).value == pytest.approx(22, abs=1e-5)
    assert best_sum(gains, costs, 3.0, 0).value == 0
