"""Expected coverage against every on/off state of the cameras, told one by one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import intervals_of_rows

from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Intervals, union
from camgap.coverage.scoring.expected import Feeds, covered_probability, expected_length, expected_losses

MOST = 24
OWNERS = 4
spans = st.tuples(st.integers(0, MOST - 1), st.integers(1, 9)).map(lambda s: (s[0], min(s[0] + s[1], MOST)))
owned = st.lists(st.tuples(spans, st.integers(0, OWNERS - 1)).map(lambda r: (*r[0], r[1])), max_size=14)
chance = st.sampled_from([0.0, 0.145, 0.5, 0.931, 1.0])
chances = st.lists(chance, min_size=OWNERS, max_size=OWNERS).map(np.array)


def enumerated(rows, p, feed, q, out=frozenset(), out_feeds=frozenset()):
    """Mean union length over every state of cameras and feeds, each weighed with its probability."""
    total = 0.0
    for up in product([0, 1], repeat=len(p)):
        for power in product([0, 1], repeat=len(q)):
            odds = np.prod([x if on else 1 - x for x, on in [*zip(p, up, strict=True), *zip(q, power, strict=True)]])
            cells = {
                k for s, e, o in rows for k in range(s, e)
                if up[o] and power[feed[o]] and o not in out and feed[o] not in out_feeds
            }  # fmt: skip
            total += odds * len(cells)
    return total


def one_place(p):
    return expected_length(Intervals(np.zeros(len(p)), np.ones(len(p)), np.arange(len(p))), np.array(p))


def test_three_independent_cameras_see_a_place_with_the_handbooks_probability():
    assert one_place([0.145, 0.181, 0.9]) == pytest.approx(0.92998, abs=5e-6)
    assert one_place([0.98 * 0.95]) == pytest.approx(0.931, abs=1e-12)


def test_six_presets_of_one_camera_are_never_seen_at_once():
    dwell = np.full(6, 20 / (6 * 23))
    assert dwell[0] == pytest.approx(0.1449, abs=5e-5)
    apart = Intervals(np.arange(6.0), np.arange(6.0) + 1, np.zeros(6, np.int64))
    together = Intervals(np.zeros(6), np.ones(6), np.zeros(6, np.int64))
    assert expected_length(apart, np.array([0.931]), dwell) == pytest.approx(0.931 * 6 * dwell[0])
    assert expected_length(together, np.array([0.931]), dwell) == pytest.approx(0.931 * 6 * dwell[0])
    assert expected_length(together, np.array([0.931])) == pytest.approx(0.931), "views of one camera count once"


@settings(deadline=None)
@given(owned, chances)
def test_expected_length_is_the_mean_over_every_state_of_the_cameras(rows, p):
    found = expected_length(intervals_of_rows(rows), p)
    assert found == pytest.approx(enumerated(rows, p, [0] * OWNERS, [1.0]), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(owned, chances, st.lists(st.integers(0, 1), min_size=OWNERS, max_size=OWNERS), chance, chance)
def test_cameras_on_one_feed_go_dark_together(rows, p, feed, q0, q1):
    seen, feeds = intervals_of_rows(rows), Feeds(np.array(feed), np.array([q0, q1]))
    whole = enumerated(rows, p, feed, [q0, q1])
    assert expected_length(seen, p, feeds=feeds) == pytest.approx(whole, abs=1e-9)
    by_owner, by_feed = expected_losses(seen, p, feeds=feeds)
    for o in range(OWNERS):
        assert by_owner[o] == pytest.approx(whole - enumerated(rows, p, feed, [q0, q1], out={o}), abs=1e-9)
    for f in range(2):
        assert by_feed[f] == pytest.approx(whole - enumerated(rows, p, feed, [q0, q1], out_feeds={f}), abs=1e-9)


@settings(deadline=None)
@given(owned)
def test_cameras_that_never_fail_give_the_union(rows):
    seen = intervals_of_rows(rows)
    found = covered_probability(seen, np.ones(OWNERS))
    assert found.expected_length == pytest.approx(union(seen.start, seen.end).length, abs=1e-9)
    assert (found.p == 1.0).all()
    assert expected_length(seen, np.zeros(OWNERS)) == 0.0


@settings(deadline=None)
@given(owned, chances, st.integers(0, MOST), st.integers(0, MOST))
def test_the_probability_at_a_place_sums_to_the_expected_length_of_any_window(rows, p, one, other):
    found = covered_probability(intervals_of_rows(rows), p)
    begin, finish = min(one, other), max(one, other)
    cells = np.arange(begin, finish)
    expected = [1 - np.prod([1 - p[o] for o in {o for s, e, o in rows if s <= k < e}]) for k in cells]
    assert found.at(cells.astype(float)) == pytest.approx(expected, abs=1e-12)
    assert found.expected_within(np.array([float(begin)]), np.array([float(finish)])) == pytest.approx(
        [sum(expected)], abs=1e-9
    )


@settings(deadline=None)
@given(owned, chances, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_bit(rows, p, rng):
    shuffled = list(rows)
    rng.shuffle(shuffled)
    one, other = covered_probability(intervals_of_rows(rows), p), covered_probability(intervals_of_rows(shuffled), p)
    for column in ("start", "end", "p"):
        assert getattr(one, column).tolist() == getattr(other, column).tolist()


@settings(deadline=None)
@given(owned, chances, st.integers(0, OWNERS - 1))
def test_a_camera_that_works_more_often_never_lowers_the_expectation(rows, p, better):
    more = p.copy()
    more[better] = 1.0
    seen = intervals_of_rows(rows)
    assert expected_length(seen, more) >= expected_length(seen, p) - 1e-9


def test_what_is_no_probability_is_refused():
    seen = intervals_of_rows([(0, 2, 0)])
    for bad in (1.2, -0.1, np.nan):
        with pytest.raises(InputError, match=r"probability of working .* expected 0 to 1"):
            expected_length(seen, np.array([bad]))
    with pytest.raises(InputError, match="do not fit"):
        expected_length(intervals_of_rows([(0, 2, 3)]), np.array([0.5]))
    with pytest.raises(InputError, match="1 feeds, but a camera on number 4"):
        expected_length(seen, np.array([0.5]), feeds=Feeds(np.array([4]), np.array([1.0])))
    with pytest.raises(InputError, match=r"share of time 2.0"):
        expected_length(seen, np.array([0.5]), share=np.array([2.0]))
