"""Interval algebra against sets of unit cells and plain loops."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import cells, intervals_of_rows, runs

from camgap.coverage.intervals import Intervals, Stretches, depth, union, union_by_owner

MOST = 30
spans = st.tuples(st.integers(0, MOST - 1), st.integers(1, 8)).map(lambda s: (s[0], min(s[0] + s[1], MOST)))
owned = st.lists(st.tuples(spans, st.integers(0, 4)).map(lambda row: (*row[0], row[1])), max_size=25)
places = st.lists(st.floats(-2, MOST + 2), min_size=1, max_size=20)


def stretches(pairs: list[tuple[int, int]]) -> Stretches:
    rows = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return union(rows[:, 0], rows[:, 1])


def pairs_of(found: Stretches) -> list[tuple[float, float]]:
    return list(zip(found.start.tolist(), found.end.tolist(), strict=True))


def test_touching_and_overlapping_intervals_become_one_and_others_stay_apart():
    found = union(np.array([5.0, 0.0, 2.0, 9.0]), np.array([6.0, 2.0, 4.0, 12.0]))
    assert pairs_of(found) == [(0, 4), (5, 6), (9, 12)]
    assert found.length == 8


def test_nothing_united_is_nothing():
    found = union(np.empty(0), np.empty(0))
    assert len(found) == 0
    assert found.length == 0
    assert found.length_before(np.array([3.0])).tolist() == [0.0]
    assert pairs_of(found.complement(0, 7)) == [(0, 7)]
    assert len(found.split_at(np.array([1.0, 2.0]))) == 0
    assert len(union_by_owner(Intervals.none())) == 0
    assert len(depth(Intervals.none()).depth) == 0


@given(st.lists(spans, max_size=25))
def test_a_union_holds_the_cells_of_its_parts_in_maximal_runs(pairs):
    assert pairs_of(stretches(pairs)) == runs(cells(pairs))


@given(owned)
def test_each_owners_union_is_the_union_of_its_own_intervals(rows):
    found = union_by_owner(intervals_of_rows(rows))
    expected = [
        (start, end, owner)
        for owner in range(5)
        for start, end in runs(cells([(s, e) for s, e, o in rows if o == owner]))
    ]
    assert list(zip(found.start, found.end, found.owner, strict=True)) == expected


@given(owned)
def test_depth_counts_the_owners_of_every_cell_and_names_a_sole_one(rows):
    found = depth(union_by_owner(intervals_of_rows(rows)))
    seen_by = {k: {o for s, e, o in rows if s <= k < e} for k in range(MOST)}
    covered = {}
    for start, end, count, sole in zip(found.start, found.end, found.depth, found.sole, strict=True):
        for k in range(int(start), int(end)):
            assert k not in covered, "depth stretches are disjoint"
            covered[k] = (count, sole)
    expected = {k: (len(o), min(o) if len(o) == 1 else -1) for k, o in seen_by.items() if o}
    assert covered == expected
    assert (np.diff(found.start) > 0).all()


@given(st.lists(spans, max_size=15), st.integers(0, MOST), st.integers(0, MOST))
def test_stretches_and_their_complement_share_out_the_axis(pairs, one, other):
    begin, finish = min(one, other), max(one, other)
    free = stretches(pairs).complement(begin, finish)
    assert pairs_of(free) == runs(set(range(begin, finish)) - cells(pairs))


@given(st.lists(spans, max_size=15), st.sets(st.integers(0, MOST)))
def test_cutting_changes_no_length_and_leaves_no_break_inside_a_stretch(pairs, breaks):
    cuts = sorted(breaks)
    found = stretches(pairs).split_at(np.array(cuts, dtype=np.float64))
    expected = []
    for start, end in runs(cells(pairs)):
        ends = [start, *[c for c in cuts if start < c < end], end]
        expected += pairwise(ends)
    assert pairs_of(found) == expected


@given(st.lists(spans, max_size=15), places)
def test_length_before_a_place_is_summed_stretch_by_stretch(pairs, at):
    found = stretches(pairs)
    expected = [sum(max(min(end, a) - start, 0.0) for start, end in pairs_of(found)) for a in at]
    assert found.length_before(np.array(at)) == pytest.approx(expected, abs=1e-12)


@given(st.lists(spans, max_size=15), places, st.floats(0, 10))
def test_length_within_a_window_is_summed_stretch_by_stretch(pairs, at, width):
    found = stretches(pairs)
    starts = np.array(at)
    expected = [
        sum(max(min(end, a + width) - max(start, a), 0.0) for start, end in pairs_of(found)) for a in starts.tolist()
    ]
    assert found.length_within(starts, starts + width) == pytest.approx(expected, abs=1e-12)


@given(owned, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, rng):
    shuffled = list(rows)
    rng.shuffle(shuffled)
    one, other = union_by_owner(intervals_of_rows(rows)), union_by_owner(intervals_of_rows(shuffled))
    for column in ("start", "end", "owner"):
        assert getattr(one, column).tolist() == getattr(other, column).tolist()
    deep, deeper = depth(one), depth(other)
    for column in ("start", "end", "depth", "sole"):
        assert getattr(deep, column).tolist() == getattr(deeper, column).tolist()


def test_handing_on_and_joining_keep_the_stretches_and_renumber_the_owners():
    first = intervals_of_rows([(0, 2, 0), (3, 4, 1)])
    second = intervals_of_rows([(1, 5, 0)])
    both = first.join(second, first_owner=2)
    assert both.owner.tolist() == [0, 1, 2]
    assert both.owned_by(np.array([7, 7, 9])).owner.tolist() == [7, 7, 9]
    assert both.start.tolist() == [0, 3, 1]


def test_a_union_of_a_million_intervals_agrees_with_a_difference_count():
    rng = np.random.default_rng(3)
    start = rng.integers(0, 4_000_000, 1_000_000)
    end = start + rng.integers(1, 5, len(start))
    step = np.bincount(start, minlength=4_000_010) - np.bincount(end, minlength=4_000_010)
    covered = np.flatnonzero(np.cumsum(step) > 0)
    found = union(start.astype(np.float64), end.astype(np.float64))
    assert found.length == len(covered)
    assert found.length_before(np.array([2e6]))[0] == (covered < 2_000_000).sum()
