"""Candidate mounts: where they stand, and where they never do."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from towns import buildings_of, hand_drawn_town, random_town

from camgap.coverage.settings import CameraModel, PlanSettings
from camgap.coverage.siting.mounts import CLEARANCE, Ground, Mounts, given_mounts, street_mounts

MODELS = (CameraModel(id="a", name="a", hfov=90, range_m=50, price=1),)
OPEN = Ground(buildings_of([]))

seeds = st.integers(0, 2**32 - 1)


def plan(spacing: float = 30.0, kerb: float = 4.0) -> PlanSettings:
    return PlanSettings(models=MODELS, spacing_m=spacing, kerb_offset_m=kerb)


def places(mounts: Mounts, kind: str) -> dict[str, tuple[float, float]]:
    return {i: (x, y) for i, k, (x, y) in zip(mounts.ids, mounts.kinds, mounts.xy.tolist(), strict=True) if k == kind}


def test_a_straight_street_gets_kerb_mounts_right_and_left_in_turn():
    mounts = street_mounts(network_of([[(0, 0), (100, 0)]]), OPEN, plan(spacing=30))
    assert set(mounts.kinds) == {"kerb"}
    assert list(mounts.ids) == ["S16.7", "S50.0", "S83.3"]  # three of a third each, half a third from the ends
    assert mounts.xy == pytest.approx(np.array([[100 / 6, -4], [50, 4], [500 / 6, -4]]))


def test_the_spacing_is_kept_on_edges_of_any_length():
    for length, count in ((29.9, 0), (30.0, 1), (59.9, 1), (60.0, 2), (3000.0, 100)):
        mounts = street_mounts(network_of([[(0, 0), (length, 0)]]), OPEN, plan(spacing=30))
        assert len(mounts) == count, length
        assert (np.diff(mounts.xy[:, 0]) >= 30 - 1e-9).all()


def test_a_tee_gets_its_corner_opposite_the_side_street():
    tee = network_of([[(0, 0), (20, 0)], [(0, 0), (-20, 0)], [(0, 0), (0, 20)]])
    mounts = street_mounts(tee, OPEN, plan(kerb=4))
    node = tee.edges["u"].iloc[0]
    assert places(mounts, "junction") == {f"J{node}": pytest.approx((0, -4))}  # the widest angle is the 180° one


def test_a_corner_keeps_the_kerb_offset_from_both_streets():
    """Streets east, north and at 120°, 200° (from east, counter-clockwise): the widest angle is 200° to 360°."""
    ends = [(30 * np.cos(np.radians(a)), 30 * np.sin(np.radians(a))) for a in (0, 90, 120, 200)]
    mounts = street_mounts(network_of([[(0, 0), end] for end in ends]), OPEN, plan(kerb=4))
    (corner,) = places(mounts, "junction").values()
    bearing = np.degrees(np.arctan2(corner[1], corner[0])) % 360
    assert bearing == pytest.approx(280)
    for end in (ends[3], ends[0]):
        assert shapely.LineString([(0, 0), end]).distance(shapely.Point(corner)) == pytest.approx(4, abs=0.1)


def test_a_crossroads_of_two_streets_is_one_mount_and_a_bend_or_dead_end_is_none():
    cross = network_of([[(0, 0), e] for e in ((20, 0), (0, 20), (-20, 0), (0, -20))])
    assert len(places(street_mounts(cross, OPEN, plan()), "junction")) == 1
    bend = network_of([[(0, 0), (20, 0)], [(0, 0), (0, 20)]])
    assert len(street_mounts(bend, OPEN, plan())) == 0
    loop_and_stub = network_of([[(0, 0), (20, 0), (20, 20), (0, 0)], [(0, 0), (-20, 0)]])  # three ends at one node
    assert len(places(street_mounts(loop_and_stub, OPEN, plan()), "junction")) == 1


def test_where_one_side_is_built_over_or_forbidden_the_other_is_tried():
    street = network_of([[(0, 0), (100, 0)]])
    south = shapely.box(0, -20, 40, -1)
    for ground in (Ground(buildings_of([south])), Ground(buildings_of([]), forbidden=south)):
        mounts = street_mounts(street, ground, plan())
        assert mounts.xy[:, 1].tolist() == pytest.approx([4, 4, -4])
        assert mounts.set_aside == {}
    tee = network_of([[(0, 0), (20, 0)], [(0, 0), (-20, 0)], [(0, 0), (0, 20)]])
    (corner,) = street_mounts(tee, Ground(buildings_of([shapely.box(-9, -9, 9, -1)])), plan()).xy
    assert corner.tolist() == pytest.approx([4, 4])  # of the two right angles the first, counter-clockwise from east


def test_where_both_sides_are_taken_the_mount_is_set_aside_and_counted():
    street = network_of([[(0, 0), (100, 0)]])
    both = [shapely.box(0, -20, 30, -1), shapely.box(0, 1, 30, 20)]
    mounts = street_mounts(street, Ground(buildings_of(both)), plan())
    assert (len(mounts), mounts.set_aside) == (2, {"in_building": 1})
    mounts = street_mounts(street, Ground(buildings_of([]), forbidden=shapely.union_all(both)), plan())
    assert (len(mounts), mounts.set_aside) == (2, {"forbidden": 1})
    mounts = street_mounts(street, Ground(buildings_of([]), area=shapely.box(-10, -10, 60, 10)), plan())
    assert (len(mounts), mounts.set_aside) == (2, {"outside_area": 1})


def test_the_clearance_before_a_wall_is_kept():
    ground = Ground(buildings_of([shapely.box(0, 0, 10, 10)]))
    xy = np.array([[5, 5], [5, 10], [5, 10 + CLEARANCE - 1e-6], [5, 10 + CLEARANCE + 1e-6]])
    assert ground.verdict(xy).tolist() == ["in_building"] * 3 + [""]


def test_given_mounts_keep_their_names_kinds_and_order():
    area, forbidden = shapely.box(0, 0, 100, 100), shapely.box(0, 0, 20, 20)
    ground = Ground(buildings_of([shapely.box(50, 50, 60, 60)]), area, forbidden)
    xy = np.array([[90, 90], [55, 55], [10, 10], [-5, 50], [30, 30], [20, 20]], dtype=float)
    mounts = given_mounts(list("abcdef"), ["own"] * 6, xy, ground)
    assert mounts.ids == ("a", "e")
    assert mounts.xy.tolist() == [[90, 90], [30, 30]]
    assert mounts.set_aside == {"in_building": 1, "forbidden": 2, "outside_area": 1}  # edges of a polygon belong to it


def test_joined_mounts_add_up():
    both = Mounts(("a",), ("own",), np.array([[1.0, 2.0]]), {"forbidden": 2}).join(
        Mounts(("b", "c"), ("pole", "pole"), np.array([[3.0, 4.0], [5.0, 6.0]]), {"forbidden": 1, "in_building": 4})
    )
    assert (both.ids, both.kinds, len(both.xy)) == (("a", "b", "c"), ("own", "pole", "pole"), 3)
    assert both.set_aside == {"forbidden": 3, "in_building": 4}


def test_the_drawn_town_has_mounts_at_its_junctions_and_three_per_hundred_metres():
    town = hand_drawn_town()
    mounts = street_mounts(town.network, Ground(town.buildings), plan())
    # B and E join three streets; five edges of 100 m hold three each, the 30 m one holds one.
    assert mounts.kinds.count("junction") == 2
    assert mounts.kinds.count("kerb") == 5 * 3 + 1
    assert mounts.set_aside == {}


@settings(max_examples=60, deadline=None)
@given(seeds, st.floats(5, 60), st.floats(0, 15))
def test_no_mount_stands_in_a_building_a_forbidden_polygon_or_outside_the_area(seed, spacing, kerb):
    rng = np.random.default_rng(seed)
    town = random_town(rng)
    area = shapely.box(*rng.uniform(-30, 60, 2), *rng.uniform(120, 230, 2))
    forbidden = shapely.Point(rng.uniform(0, 200, 2)).buffer(40)
    mounts = street_mounts(town.network, Ground(town.buildings, area, forbidden), plan(spacing, kerb))
    points = shapely.points(mounts.xy)
    solid = shapely.union_all(town.buildings.footprints)
    assert (shapely.distance(solid, points) >= CLEARANCE - 1e-9).all()
    assert not shapely.intersects(forbidden, points).any()
    assert shapely.intersects(area, points).all()
    assert len(set(mounts.ids)) == len(mounts) == len(mounts.kinds)

    free = street_mounts(town.network, OPEN, plan(spacing, kerb))
    assert free.set_aside == {}
    assert len(free) == len(mounts) + sum(mounts.set_aside.values())
    ends = np.concatenate([town.network.edges["u"], town.network.edges["v"]])
    assert free.kinds.count("junction") == (np.unique(ends, return_counts=True)[1] >= 3).sum()
    assert free.kinds.count("kerb") == np.floor(town.network.edge_length / spacing + 1e-9).sum()
    kerbs = points_of(free, "kerb")
    assert (shapely.distance(shapely.union_all(town.network.lines), kerbs) <= kerb + 1e-9).all()


def points_of(mounts: Mounts, kind: str):
    return shapely.points([xy for xy, k in zip(mounts.xy.tolist(), mounts.kinds, strict=True) if k == kind])
