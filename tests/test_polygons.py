"""Cutting straight pieces at polygons, and assembling polygons from loose lines."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from camgap.coverage.polygons import assemble, project, stretches_inside
from camgap.coverage.projection import local_crs, to_plane

FIELD = shapely.box(0, 0, 10, 10)


def stretches(segment, polygon):
    rows, t0, t1 = stretches_inside(np.array([segment], dtype=float), polygon)
    assert (rows == 0).all()
    return list(zip(t0.tolist(), t1.tolist(), strict=True))


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ((2, 2, 8, 8), [(0, 1)]),  # inside
        ((-5, 5, 15, 5), [(0.25, 0.75)]),  # across
        ((5, 5, 5, 20), [(0, 1 / 3)]),  # out
        ((12, 0, 12, 10), []),  # beside
        ((0, 2, 0, 8), [(0, 1)]),  # along the edge
        ((-10, 0, 20, 0), [(1 / 3, 2 / 3)]),  # along the edge and beyond both corners
        ((-5, 5, 5, -5), []),  # touches the corner
        ((-5, 5, 0, 5), []),  # ends on the edge from outside
        ((5, 5, 10, 5), [(0, 1)]),  # ends on the edge from inside
        ((0, 0, 10, 10), [(0, 1)]),  # from corner to corner
        ((5, -5, 5, 0), []),
    ],
)
def test_a_segment_is_cut_exactly_at_a_closed_polygon(segment, expected):
    assert stretches(segment, FIELD) == [pytest.approx(pair, abs=1e-15) for pair in expected]


def test_a_hole_divides_a_segment_and_its_edge_belongs_to_the_polygon():
    ring = FIELD - shapely.box(4, 4, 6, 6)
    assert stretches((0, 5, 10, 5), ring) == [pytest.approx((0, 0.4)), pytest.approx((0.6, 1))]
    assert stretches((0, 4, 10, 4), ring) == [(0, 1)]


def test_two_touching_parts_of_a_multipolygon_are_crossed_in_one_stretch():
    pair = shapely.multipolygons([shapely.box(0, 0, 5, 10), shapely.box(7, 0, 10, 10)])
    assert stretches((0, 5, 10, 5), pair) == [pytest.approx((0, 0.5)), pytest.approx((0.7, 1))]
    corner = shapely.multipolygons([shapely.box(0, 0, 5, 5), shapely.box(5, 5, 10, 10)])
    assert stretches((0, 0, 10, 10), corner) == [(0, 1)]


def test_rows_come_ascending_and_an_empty_polygon_holds_nothing():
    segments = np.array([(-5, 1, 15, 1), (20, 0, 30, 0), (1, 1, 2, 2), (-5, 2, 5, 2)], dtype=float)
    rows, t0, t1 = stretches_inside(segments, FIELD)
    assert rows.tolist() == [0, 2, 3]
    assert (t0.tolist(), t1.tolist()) == ([0.25, 0, 0.5], [0.75, 1, 1])
    assert len(stretches_inside(segments, shapely.Polygon())[0]) == 0
    assert len(stretches_inside(np.empty((0, 4)), FIELD)[0]) == 0


corner = st.tuples(st.integers(0, 6), st.integers(0, 6))


@settings(deadline=None)
@given(st.lists(corner, min_size=3, max_size=8), st.lists(st.tuples(corner, corner), min_size=1, max_size=8))
def test_on_a_lattice_full_of_contacts_the_length_inside_is_that_of_the_intersection(ring, pairs):
    polygon = shapely.Polygon(ring)
    if not polygon.is_valid:  # mending would leave the lattice, and the reference its exactness
        polygon = shapely.convex_hull(polygon)
    assume(polygon.area > 0)
    segments = np.array([(*a, *b) for a, b in pairs if a != b], dtype=float).reshape(-1, 4)
    rows, t0, t1 = stretches_inside(segments, polygon)
    assert ((t0 >= 0) & (t0 < t1) & (t1 <= 1)).all()
    same = rows[1:] == rows[:-1]
    assert (t1[:-1][same] < t0[1:][same]).all()
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    found = np.bincount(rows, weights=(t1 - t0) * length[rows], minlength=len(segments))
    lines = shapely.linestrings(segments.reshape(-1, 2, 2)) if len(segments) else np.empty(0, object)
    assert found == pytest.approx(shapely.length(shapely.intersection(lines, polygon)), abs=1e-9)


@settings(deadline=None)
@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_an_outline_is_assembled_from_parts_in_any_order_and_direction(order, turned):
    outer = np.array([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)], dtype=float)
    hole = np.array([(1, 1), (2, 1), (2, 2), (1, 2), (1, 1)], dtype=float)
    parts = [outer[0:2], outer[1:4], outer[3:5], hole[0:2], hole[1:3], hole[2:5]]
    lines = [parts[i][::-1] if turned[i] else parts[i] for i in order]
    assert assemble(lines).equals(shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 2, 2))


def ring(box):
    return shapely.get_coordinates(shapely.box(*box))


def test_parts_that_share_a_wall_become_one_outline():
    assert assemble([ring((0, 0, 2, 2)), ring((2, 0, 4, 2))]).equals(shapely.box(0, 0, 4, 2))


def test_two_courtyards_that_share_a_wall_stay_open():
    block = assemble([ring((0, 0, 9, 9)), ring((1, 1, 3, 3)), ring((3, 1, 5, 3))])
    assert block.equals(shapely.box(0, 0, 9, 9) - shapely.box(1, 1, 5, 3))


def test_a_building_in_a_courtyard_of_one_relation_stands():
    nested = assemble([ring((0, 0, 9, 9)), ring((1, 1, 8, 8)), ring((3, 3, 5, 5))])
    assert nested.area == pytest.approx(81 - 49 + 4)


def test_lines_that_do_not_close_make_no_polygon():
    assert assemble([ring((0, 0, 2, 2))[:-1]]) is None
    assert assemble([ring((0, 0, 2, 2)), ring((0, 0, 2, 2))]) is None


def test_a_long_edge_along_a_parallel_is_bent_as_the_projection_bends_it():
    crs = local_crs(11.5, 48.0)
    box = project(shapely.box(11.0, 48.0, 12.0, 48.3), crs)
    on_edge = to_plane(np.column_stack([np.linspace(11, 12, 333), np.full(333, 48.0)]), crs)
    assert shapely.distance(box.boundary, shapely.points(on_edge)).max() < 1e-3
    exact = abs(
        Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(shapely.box(11.0, 48.0, 12.0, 48.3), 0.001))[0]
    )
    assert box.area == pytest.approx(exact, rel=1e-4)
