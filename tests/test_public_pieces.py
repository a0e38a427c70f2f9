"""Pieces of street behind the public edition: never shorter than promised, never a camera's own place."""

from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from camgap.coverage.outputs.files.pieces import joined, middles


def chain(lengths, y=0.0):
    """Lines one behind the other from x = 0."""
    x = np.concatenate([[0.0], np.cumsum(lengths)])
    return [LineString([(a, y), (b, y)]) for a, b in pairwise(x)]


def lengths_of(lines, piece):
    return [shapely.length(lines[piece == one]).sum() for one in np.unique(piece)]


def test_short_edges_join_their_own_street_before_another():
    lines = np.array([*chain([30, 90]), LineString([(30, 0), (30, 40)])], object)
    assert joined(lines, ["A", "A", "B"], 35.0).tolist() == [1, 1, 2]
    assert joined(lines, ["A", "C", "B"], 35.0).tolist() == [2, 1, 2]  # of other streets the shortest


def test_what_touches_nothing_joins_the_nearest_and_one_line_stays_alone():
    lines = np.array([*chain([200]), *chain([200], y=500), *chain([5], y=40)], object)
    piece = joined(lines, ["A", "B", "C"], 100.0)
    assert piece[2] == piece[0] != piece[1]
    assert joined(lines[2:], ["C"], 100.0).tolist() == [0]


@given(st.lists(st.integers(1, 150), min_size=1, max_size=12), st.integers(10, 200))
def test_every_piece_is_as_long_as_asked_where_there_is_so_much(lengths, least):
    lines = np.array(chain(lengths), object)
    found = lengths_of(lines, joined(lines, ["A"] * len(lines), least))
    assert sum(found) == sum(lengths)
    assert min(found) >= min(least, sum(lengths))


def test_all_places_of_a_piece_become_one_point_on_the_street():
    lines = np.array(chain([20] * 10), object)  # 200 m of edges far shorter than a piece
    points = np.column_stack([np.linspace(1, 199, 100), np.full(100, 7.0)])
    moved = middles(points, lines, ["A"] * 10, 100.0)
    assert np.unique(moved, axis=0, return_counts=True)[1].min() >= 50  # 100 m of 200: half of all
    assert (moved[:, 1] == 0).all()
    whole = middles(points, np.array(chain([200]), object), ["A"], 100.0)
    assert np.unique(whole[:, 0]).tolist() == [50.0, 150.0]
