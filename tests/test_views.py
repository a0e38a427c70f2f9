"""Views on streets: sectors by hand, against angle and distance of single points, and what must not matter."""

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference import in_view, network_of, outside_buildings, random_town, scene_of, view

from camgap.coverage.cameras import Views
from camgap.coverage.errors import CameraError
from camgap.coverage.intervals import Intervals, union
from camgap.coverage.sight import views as views_module
from camgap.coverage.sight.clip import axis_at
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import intervals_of, look, seen_by

FloatArray = npt.NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def on_street(scene: Scene, views: Views) -> list[tuple[float, float]]:
    """Street-axis intervals of all views, in ascending order."""
    seen = seen_by(scene, views)
    return sorted(zip(seen.start.tolist(), seen.end.tolist(), strict=True))


def covered(scene: Scene, views: Views) -> float:
    seen = seen_by(scene, views)
    return union(seen.start, seen.end).length


def rows_of(*views: Views) -> Views:
    out = Views.none()
    for row, one in enumerate(views):
        out = out.join(one, row)
    return out


def random_views(rng: np.random.Generator, xy: FloatArray, per_mount: int = 6) -> Views:
    """Views of every kind at given mounts: narrow, wide, exactly 180°, all round, with and without a near limit."""
    n = len(xy) * per_mount
    hfov = rng.choice([rng.uniform(1, 179, n), rng.uniform(181, 359, n), np.full(n, 180.0), np.full(n, 360.0)])
    azimuth = np.where(rng.uniform(size=n) < 0.3, rng.uniform(-20, 20, n) % 360, rng.uniform(0, 360, n))
    far = rng.uniform(5, 120, n)
    near = np.where(rng.uniform(size=n) < 0.5, 0.0, rng.uniform(0, 1, n) * far)
    return Views(np.repeat(xy, per_mount, axis=0), azimuth % 360, hfov, near, far, np.arange(n))


def holds(seen: Intervals, owner: int, at: FloatArray) -> npt.NDArray[np.bool_]:
    mine = seen.owner == owner
    start, end = seen.start[mine][:, None], seen.end[mine][:, None]
    return ((start <= at) & (at <= end)).any(axis=0)


# --- sectors by hand ---

EAST_WEST = [[(-200.0, 0.0), (200.0, 0.0)]]


@pytest.mark.parametrize(
    ("azimuth", "hfov", "far", "begin", "finish"),
    [
        (180, 90, 30, -5.0, 5.0),
        (135, 90, 30, 0.0, 875**0.5),
        (100, 60, 50, 5 * np.tan(np.radians(50)), 2475**0.5),
        (100, 60, 50, 5.959, 49.749),
        (180, 180, 13, -12.0, 12.0),
        (180, 360, 13, -12.0, 12.0),
        (225, 90, 30, -(875**0.5), 0.0),
    ],
)
def test_a_camera_five_metres_beside_a_straight_street_sees_the_worked_stretch(azimuth, hfov, far, begin, finish):
    seen = on_street(scene_of(EAST_WEST), view(0, 5, azimuth, hfov, far=far))
    assert seen == [(pytest.approx(200 + begin, abs=1e-3), pytest.approx(200 + finish, abs=1e-3))]


def test_the_three_worked_sectors_cover_their_published_lengths():
    scene = scene_of(EAST_WEST)
    assert covered(scene, view(0, 5, 180, 90, far=30)) == pytest.approx(10.000, abs=5e-4)
    assert covered(scene, view(0, 5, 135, 90, far=30)) == pytest.approx(29.580, abs=5e-4)
    assert covered(scene, view(0, 5, 100, 60, far=50)) == pytest.approx(43.791, abs=1e-3)


def test_a_view_away_from_the_street_sees_nothing_of_it():
    scene = scene_of(EAST_WEST)
    assert on_street(scene, view(0, 5, 0, 90, far=100)) == []
    assert on_street(scene, view(0, 5, 180, 90, far=4)) == []


def test_a_near_limit_takes_the_middle_out():
    seen = on_street(scene_of(EAST_WEST), view(0, 5, 180, 360, near=13, far=5 * 5))
    arm = 600**0.5
    assert seen == [
        (pytest.approx(200 - arm), pytest.approx(188)),
        (pytest.approx(212), pytest.approx(200 + arm)),
    ]


def test_a_view_over_half_a_circle_leaves_out_its_blind_wedge_only():
    seen = on_street(scene_of(EAST_WEST), view(0, 5, 0, 270, far=13))  # blind from 135° to 225°
    assert seen == [(pytest.approx(188), pytest.approx(195)), (pytest.approx(205), pytest.approx(212))]


def test_a_blind_wedge_and_a_near_limit_leave_three_parts_of_one_street():
    def x_at(bearing: float) -> float:  # where the ray from (0, 2) meets the street y = -0.06 x
        return 2 / (np.tan(np.radians(bearing - 90)) - 0.06)

    seen = on_street(scene_of([[(-50, 3), (50, -3)]]), view(0, 2, 280, 354, near=10, far=40))  # blind 97° to 103°
    x = np.array(seen) * 100 / np.hypot(100, 6) - 50
    assert len(seen) == 3
    assert x[1, 1] == pytest.approx(x_at(103))
    assert x[2, 0] == pytest.approx(x_at(97))
    ends = np.column_stack([x[[0, 0, 1, 2], [0, 1, 0, 1]], -0.06 * x[[0, 0, 1, 2], [0, 1, 0, 1]] - 2])
    assert np.hypot(*ends.T) == pytest.approx([40, 10, 10, 40])


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(("azimuth", "hfov"), [(45, 90), (315, 90), (0, 180), (180, 180), (45, 270), (315, 270)])
def test_a_view_is_closed_and_sees_the_street_along_its_edge_rays(azimuth, hfov, turn):
    # Streets run from the mount to the compass points; every one of these views has both edge rays on two of them.
    streets = [[(0, 0), (0, 50)], [(0, 0), (50, 0)], [(0, 0), (0, -50)], [(0, 0), (-50, 0)]]
    seen = seen_by(scene_of(streets), view(0, 0, (azimuth + turn) % 360, hfov, far=50))
    inside = {
        row for row, bearing in enumerate((0, 90, 180, 270))
        if abs((bearing - azimuth - turn + 180) % 360 - 180) <= hfov / 2
    }  # fmt: skip
    assert set((seen.start // 50).astype(int).tolist()) == inside
    assert (seen.end - seen.start == 50).all()


@pytest.mark.parametrize("hfov", [90, 270])
def test_a_street_a_hair_beyond_an_edge_ray_is_not_seen(hfov):
    view_north_east = view(0, 0, (90 - hfov / 2) % 360, hfov, far=100)  # its right edge ray points east
    assert covered(scene_of([[(1, -1e-8), (50, -5e-7)]]), view_north_east) == 0
    assert covered(scene_of([[(1, 1e-8), (50, 5e-7)]]), view_north_east) == pytest.approx(49)


def test_a_street_exactly_at_the_far_or_near_distance_is_seen_in_a_point_at_most():
    scene = scene_of([[(-20, 10), (20, 10)]])
    assert on_street(scene, view(0, 0, 0, 360, far=10)) == []
    assert covered(scene, view(0, 0, 0, 360, near=10, far=500**0.5)) == pytest.approx(40)


@pytest.mark.parametrize(
    "wrong",
    [{"azimuth": 360.0}, {"azimuth": -1.0}, {"hfov": 0.0}, {"hfov": 361.0}, {"near": 5.0, "far": 5.0}, {"far": np.inf}],
)
def test_a_view_out_of_range_is_refused(wrong):
    with pytest.raises(CameraError, match="out of range"):
        view(0, 0, **wrong)


# --- against angle and distance, point by point ---


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_a_street_point_is_seen_if_its_angle_and_distance_are_in_the_view(seed):
    rng = np.random.default_rng(seed)
    lines, _ = random_town(rng, buildings=0)
    network = network_of(lines)
    scene = scene_of(lines)
    views = random_views(rng, rng.uniform(0, 200, (5, 2)))
    seen = seen_by(scene, views)
    at = rng.uniform(0, network.length, 400)
    points = network.points_at(at)
    for row in range(len(views)):
        expected = in_view(views, np.full(len(at), row), points)
        assert (holds(seen, row, at) == expected).all(), (views.azimuth[row], views.hfov[row])


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_behind_buildings_a_view_sees_what_its_mount_sees_within_the_sector(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    network, scene = network_of(lines), scene_of(lines, footprints)
    mounts = rng.uniform(0, 200, (6, 2))
    views = random_views(rng, mounts[outside_buildings(footprints, mounts)])
    all_round = Views(views.xy, views.azimuth, np.full(len(views), 360.0), 0 * views.near, views.far, views.camera)
    seen, around = seen_by(scene, views), seen_by(scene, all_round)
    at = rng.uniform(0, network.length, 300)
    points = network.points_at(at)
    for row in range(len(views)):
        sector = in_view(views, np.full(len(at), row), points)
        assert (holds(seen, row, at) == (holds(around, row, at) & sector)).all()


@given(st.floats(0, 359.99), st.floats(0.1, 359.9), st.floats(-40, 40), st.floats(-40, 40))
@example(0.0, 180.0, 0.0, 0.0)
@example(90.0, 180.0, 10.0, 0.0)
@settings(deadline=None)
def test_a_view_and_the_view_of_the_rest_of_the_circle_share_out_what_is_seen_all_round(azimuth, hfov, x, y):
    scene = scene_of([[(-60, -7), (60, 13)], [(3, -50), (-8, 50)], [(20, 20), (35, 20), (35, -20)]])
    there = covered(scene, view(x, y, azimuth, hfov, far=45))
    rest = covered(scene, view(x, y, (azimuth + 180) % 360, 360 - hfov, far=45))
    assert there + rest == pytest.approx(covered(scene, view(x, y, far=45)), abs=1e-6)


# --- what must not matter, and which way things may go ---


@given(seeds, st.floats(0, 360))
@settings(max_examples=40, deadline=None)
def test_turning_streets_buildings_and_azimuths_together_changes_nothing(seed, turn):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    mounts = rng.uniform(0, 200, (6, 2))
    views = random_views(rng, mounts[outside_buildings(footprints, mounts)])
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))

    def turned(xy: FloatArray) -> FloatArray:  # clockwise, as azimuths count
        return np.asarray(xy) @ np.array([[cos, -sin], [sin, cos]])

    after = Views(
        turned(views.xy), (views.azimuth + turn) % 360 % 360, views.hfov, views.near, views.far, views.camera
    )  # fmt: skip
    one = seen_by(scene_of(lines, footprints), views)
    other = seen_by(scene_of([turned(line).tolist() for line in lines], shapely.transform(footprints, turned)), after)
    lengths = [np.bincount(seen.owner, seen.end - seen.start, minlength=len(views)) for seen in (one, other)]
    assert lengths[1] == pytest.approx(lengths[0], abs=1e-6)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_a_further_view_never_lowers_coverage_and_row_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    scene = scene_of(lines, footprints)
    mounts = rng.uniform(0, 200, (6, 2))
    views = random_views(rng, mounts[outside_buildings(footprints, mounts)])
    reached = 0.0
    for n in range(1, len(views) + 1):
        now = covered(scene, views.take(np.arange(n)))
        assert now >= reached - 1e-9
        reached = now
    assert covered(scene, views.take(rng.permutation(len(views)))) == reached


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_intervals_of_one_view_do_not_overlap_and_lie_on_the_axis(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    scene = scene_of(lines, footprints)
    mounts = rng.uniform(0, 200, (8, 2))
    views = random_views(rng, mounts[outside_buildings(footprints, mounts)])
    seen = seen_by(scene, views)
    assert (seen.start < seen.end).all()
    assert (seen.start >= 0).all()
    assert (seen.end <= scene.segments.end[-1]).all()
    for row in range(len(views)):
        start, end = seen.start[seen.owner == row], seen.end[seen.owner == row]
        assert union(start, end).length == pytest.approx((end - start).sum(), abs=1e-9)


@given(seeds, st.floats(5, 100))
@settings(max_examples=40, deadline=None)
def test_aiming_after_a_long_look_is_bit_for_bit_aiming_after_a_look_of_the_views_own_range(seed, far):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    scene = scene_of(lines, footprints)
    mounts = rng.uniform(0, 200, (6, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    views = random_views(rng, mounts, per_mount=1)
    views = Views(
        views.xy, views.azimuth, views.hfov, np.minimum(views.near, far / 2), 0 * views.far + far, views.camera
    )
    found = [
        intervals_of(scene, look(scene, mounts, np.full(len(mounts), radius)), views, np.arange(len(mounts)))
        for radius in (far, 130.0)
    ]
    short, wide = (sorted(zip(seen.owner, seen.start, seen.end, strict=True)) for seen in found)
    assert [row for row in short if row[2] - row[1] > 1e-6] == [row for row in wide if row[2] - row[1] > 1e-6]


def test_views_at_one_point_look_around_once_and_as_far_as_the_farthest_of_them(monkeypatch):
    looked = []

    def counted(scene, sites, radius, progress=None, lens=None):
        looked.append((sites.tolist(), np.asarray(radius).tolist()))
        return look(scene, sites, radius, progress, lens)

    monkeypatch.setattr(views_module, "look", counted)
    views = rows_of(
        view(0, 5, 0, 60, far=30), view(0, 5, 90, 60, far=80), view(9, 5, 180, 60, far=20), view(0, 5, far=1)
    )
    together = seen_by(scene_of(EAST_WEST), views)
    assert looked == [([[0.0, 5.0], [9.0, 5.0]], [80.0, 20.0])]
    for row in range(len(views)):
        alone = seen_by(scene_of(EAST_WEST), views.take(np.array([row])))
        mine = together.owner == row
        assert together.start[mine].tolist() == alone.start.tolist()
        assert together.end[mine].tolist() == alone.end.tolist()


def test_a_segments_own_ends_are_the_axis_positions_bit_for_bit():
    rng = np.random.default_rng(4)
    network = network_of([[tuple(v) for v in rng.uniform(0, 50, (4, 2))] for _ in range(20)])
    scene = Scene(network.segments, np.empty((0, 4)))
    seen = seen_by(scene, view(25, 25, far=200))
    assert sorted(seen.start.tolist()) == network.segments.start.tolist()
    assert sorted(seen.end.tolist()) == network.segments.end.tolist()
    assert union(seen.start, seen.end).start.tolist() == [0.0]
    assert union(seen.start, seen.end).length == network.length


@given(st.floats(0, 1e7), st.floats(1e-6, 1e5))
def test_whole_segments_reach_from_their_first_axis_position_to_their_last(start, length):
    assert axis_at(start, start + length, 0.0) == start
    assert axis_at(start, start + length, 1.0) == start + length


def test_no_views_see_nothing():
    assert len(seen_by(scene_of(EAST_WEST), Views.none())) == 0
