"""Optics against the published oracles, and views of tilted cameras against a brute-force frustum in space."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import in_frustum, network_of, scene_of

from camgap.config.project import load_settings
from camgap.coverage import optics
from camgap.coverage.errors import SettingsError
from camgap.coverage.heads import Heads, heads_of
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.lighting import lighting_of
from camgap.coverage.scoring.expected import expected_length
from camgap.coverage.scoring.quality import Looked, measure_quality
from camgap.coverage.settings import CameraModel, Lens
from camgap.coverage.sight.polygon import frame_polygons, view_polygons
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by

QUALITY = load_settings().quality
LADDER_2015 = (12.5, 25, 62.5, 125, 250)


def heads_at(lens: Lens, *places: tuple[float, float, float], **columns) -> Heads:
    """Return heads of one lens at (x, y, azimuth)."""
    many = heads_of([lens] * len(places))
    xy = np.array([place[:2] for place in places], dtype=np.float64)
    columns = {"xy": xy, "azimuth": np.array([place[2] for place in places], dtype=np.float64), **columns}
    return Heads(**{name: columns.get(name, getattr(many, name)) for name in many.__dataclass_fields__})


def stretches(scene: Scene, heads: Heads, px_per_m: float, quality=QUALITY, night=False) -> Stretches:
    seen = seen_by(scene, heads.views(px_per_m, quality, night)[0])
    return union(seen.start, seen.end)


# --- closed forms ---


@pytest.mark.parametrize(
    ("pixels", "hfov", "depths"),
    [
        (1920, 90, (76.80, 38.40, 15.36, 7.68, 3.84)),
        (1920, 60, (133.02, 66.51, 26.60, 13.30, 6.65)),
        (1920, 65.1, (120.32, 60.16, 24.06, 12.03, 6.02)),
        (2560, 98, (89.01, 44.51, 17.80, 8.90, 4.45)),
        (2560, 78, (126.45, 63.23, 25.29, 12.65, 6.32)),
        (3840, 90, (153.60, 76.80, 30.72, 15.36, 7.68)),
        (3840, 30, (573.24, 286.62, 114.65, 57.32, 28.66)),
    ],
)
def test_depth_of_each_level(pixels, hfov, depths):
    assert optics.focal_px(pixels, hfov) / np.array(LADDER_2015) == pytest.approx(depths, abs=0.005)


def test_the_ladder_of_2025():
    ladder = QUALITY.model_copy(update={"level": "perceive"}).ladder
    assert list(ladder) == ["overview", "outline", "discern", "perceive", "characterise", "validate", "scrutinise"]
    depths = [float(optics.focal_px(1920, 90)) / px for px in ladder.values()]
    assert depths == pytest.approx([48.00, 24.00, 12.00, 7.68, 3.84, 1.92, 0.64], abs=0.005)


def test_the_published_lens_calculator():
    for focal, fov, width, identify in (
        (2.8, 88, 19.2, 5.3),
        (4, 68, 13.4, 7.6),
        (6, 48, 8.9, 11.4),
        (12, 25, 4.5, 22.9),
    ):
        hfov = optics.pinhole_fov(focal, 5.376)
        assert hfov == pytest.approx(fov, abs=0.6)
        assert 20 * optics.tan(hfov / 2) == pytest.approx(width, abs=0.1)
        assert optics.focal_px(2560, hfov) / 250 == pytest.approx(identify, abs=0.06)


@pytest.mark.parametrize(
    ("case", "near", "far", "widths", "axis", "halves"),
    [
        ((4, 30, 70, 106), 1.865, np.inf, (9.595, np.inf), 6.928, (68.76, 56.87, 47.50)),
        ((6, 35, 39.1, 65.1), 4.272, 21.709, (8.861, 27.095), 8.569, (46.04, 37.93, 31.97)),
        ((4.3, 35, 39.1, 65.1), 3.062, 15.558, (6.350, 19.418), 6.141, (46.04, 37.93, 31.97)),
        ((6, 45, 60, 90), 1.608, 22.392, (10.759, 40.153), 6.000, (73.36, 54.74, 41.88)),
        ((10, 30, 40, 60), 8.391, 56.713, (14.164, 62.486), 17.321, (40.17, 33.69, 28.85)),
        ((8, 12, 20, 30), 19.801, 229.09, (11.271, 120.978), 37.637, (15.89, 15.32, 14.79)),
    ],
)
def test_the_trapezoid_of_a_tilted_picture(case, near, far, widths, axis, halves):
    drop, tilt, vfov, hfov = case
    assert optics.edge_distance(drop, tilt + vfov / 2) == pytest.approx(near, abs=0.001)
    assert optics.edge_distance(drop, tilt - vfov / 2) == pytest.approx(far, abs=0.01)
    assert optics.edge_distance(drop, tilt) == pytest.approx(axis, abs=0.001)
    assert [optics.row_width(hfov, vfov, tilt, drop, r) for r in (-1, 1)] == pytest.approx(widths, abs=0.001)
    assert [optics.half_angle(hfov, vfov, tilt, r) for r in (-1, 0, 1)] == pytest.approx(halves, abs=0.005)


def test_density_by_three_notions_of_distance():
    focal = optics.focal_px(2560, 78)
    for x, depth, ground, slant in ((5, 254.8, 316.1, 237.3), (10, 145.0, 158.1, 144.7), (20, 77.9, 79.0, 77.2)):
        assert focal / optics.depth_at(x, 4.4, 20) == pytest.approx(depth, abs=0.05)
        assert focal / x == pytest.approx(ground, abs=0.06)
        assert focal / np.hypot(x, 4.4) == pytest.approx(slant, abs=0.05)
    assert optics.depth_at(5, 4.4, 20) == pytest.approx(6.203, abs=0.0005)


@pytest.mark.parametrize(
    ("height", "distances"),
    [(2.8, (4.48, 2.08, 1.71)), (3.5, (7.09, 3.29, 2.71)), (6, (16.42, 7.62, 6.28)), (8, (23.89, 11.09, 9.14))],
)
def test_faces_are_seen_flat_enough_from_afar_only(height, distances):
    assert optics.nearest_face(height, 1.6, np.array([15, 30, 35])) == pytest.approx(distances, abs=0.005)


def test_panorama_and_fisheye():
    panorama, fisheye = optics.focal_px(4320, 180, True), optics.focal_px(3000, 181, True)
    assert (panorama, fisheye) == pytest.approx((1375.1, 949.7), abs=0.05)
    assert (panorama / 25, panorama / 250) == pytest.approx((55.0, 5.50), abs=0.005)
    assert (fisheye / 25, fisheye / 250) == pytest.approx((37.99, 3.80), abs=0.005)
    assert optics.tangential_factor(60) == pytest.approx(1.2092, abs=5e-5)


def test_the_lens_formula_stands_in_for_a_field_of_view_that_is_not_published():
    given = CameraModel(id="a", name="a", focal_mm=2.8, sensor_mm=5.376, pixels=2560, price=1)  # type: ignore[call-arg]
    assert given.hfov == pytest.approx(87.7, abs=0.1)
    published = CameraModel(id="a", name="a", hfov=98, focal_mm=2.8, sensor_mm=5.376, pixels=2560, price=1)  # type: ignore[call-arg]
    assert published.hfov == 98


# --- end to end: a street of 200 m, a camera at each end, 5 m north of it, 6 m high (DOMAIN 1.8) ---

STREET = [[(0.0, 0.0), (200.0, 0.0)]]
FOUR_MP = Lens(hfov=78, pixels=2560, vfov=48.98, height_m=6, tilt=20)


@pytest.fixture(scope="module")
def pair() -> Heads:
    return heads_at(FOUR_MP, (0, 5, 100), (200, 5, 260), light_m=np.array([0.0, 30.0]))


@pytest.mark.parametrize(
    ("target", "px", "seen", "union_m", "night"),
    [
        (1.6, 25, (3.67, 65.81), 124.30, 25.59),
        (1.6, 62.5, (3.67, 24.82), 42.31, 21.16),
        (1.6, 125, (3.67, 11.16), 14.98, None),
        (1.6, 250, (3.67, 4.32), 1.32, 0.66),
        (0.0, 25, (5.32, 65.22), 119.81, 23.64),
        (0.0, 250, None, 0.0, 0.0),
    ],
)
def test_two_cameras_and_a_street_in_space(pair, target, px, seen, union_m, night):
    scene = scene_of(STREET)
    scene = Scene(scene.segments.darkened(union(np.empty(0), np.empty(0))), scene.walls)
    quality = QUALITY.model_copy(update={"target_m": target})
    day = stretches(scene, pair, px, quality)
    assert day.length == pytest.approx(union_m, abs=0.02)
    if seen:
        assert (day.start[0], day.end[0]) == pytest.approx(seen, abs=0.01)
    if night is not None:
        assert stretches(scene, pair, px, quality, night=True).length == pytest.approx(night, abs=0.01)


def test_at_recognise_the_rated_light_counts_half(pair):
    """Of B's rated 30 m, 15 m are left: 14.3 m on the plane, and the street is 5 m aside."""
    scene = scene_of(STREET)
    scene = Scene(scene.segments.darkened(union(np.empty(0), np.empty(0))), scene.walls)
    full = QUALITY.model_copy(update={"fine_factor": 1.0})
    assert stretches(scene, pair, 125, full, night=True).length == pytest.approx(7.49, abs=0.01)
    half = stretches(scene, pair, 125, QUALITY, night=True)
    assert half.length == pytest.approx(7.49, abs=0.01)  # 125 px/m end at 11.2 m, before the light does
    short = heads_at(FOUR_MP, (200, 5, 260), light_m=np.array([20.0]))
    reach = np.sqrt(10**2 - 4.4**2 - 5**2)
    assert stretches(scene, short, 125, QUALITY, night=True).start[0] == pytest.approx(200 - reach, abs=1e-6)


def test_the_same_camera_as_a_flat_sector():
    flat = Lens(hfov=78, range_m=63.23)
    seen = stretches(scene_of(STREET), heads_at(flat, (0, 5, 100)), 25)
    assert (seen.start[0], seen.end[0], seen.length) == pytest.approx((4.35, 63.03, 58.68), abs=0.01)


@pytest.mark.parametrize(
    ("azimuth", "hfov", "reach", "seen"),
    [(180, 90, 30, (-5.0, 5.0)), (135, 90, 30, (0.0, np.sqrt(875))), (100, 60, 50, (5.959, 49.749))],
)
def test_sectors_without_height(azimuth, hfov, reach, seen):
    scene = scene_of([[(-100.0, 0.0), (100.0, 0.0)]])
    found = stretches(scene, heads_at(Lens(hfov=hfov, range_m=reach), (0, 5, azimuth)), 25)
    assert (found.start[0] - 100, found.end[0] - 100) == pytest.approx(seen, abs=0.0005)


def test_a_level_a_high_pole_cannot_reach_has_no_view():
    high = Lens(hfov=78, pixels=2560, height_m=10, tilt=20)
    views, rows = heads_at(high, (0, 5, 100)).views(250, QUALITY)
    assert len(views) == len(rows) == 0
    looked = Looked.around(scene_of(STREET), heads_at(high, (0, 5, 100)), QUALITY)
    levels = measure_quality(looked, network_of(STREET), dark_street()).levels.set_index("level")
    assert levels.loc["identify", ["day_m", "heads_out_of_reach"]].tolist() == [0.0, 1]
    assert levels.loc["detect", "heads_out_of_reach"] == 0


# --- against a frustum in space ---

lenses = st.builds(
    lambda hfov, vfov, height, tilt, pixels: Lens(hfov=hfov, vfov=vfov, height_m=height, tilt=tilt, pixels=pixels),
    st.floats(5, 149), st.floats(5, 120), st.floats(0.3, 15), st.floats(-30, 90), st.integers(200, 8000),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(lenses, st.floats(0, 359.9), st.floats(0, 2), st.sampled_from(LADDER_2015), st.integers(0, 2**32 - 1))
def test_frames_see_what_the_frustum_holds(lens, azimuth, target, px, seed):
    rng = np.random.default_rng(seed)
    lines = [[tuple(p) for p in rng.uniform(-60, 60, (2, 2))] for _ in range(20)]
    network = network_of(lines)
    quality = QUALITY.model_copy(update={"target_m": target})
    heads = heads_at(lens, (0.0, 0.0, azimuth))
    seen = stretches(Scene(network.segments, np.empty((0, 4))), heads, px, quality)
    at = rng.uniform(0, network.length, 400)
    inside, doubtful = in_frustum(lens, azimuth, target, px, network.points_at(at))
    row = np.searchsorted(seen.start, at, side="right") - 1
    found = (row >= 0) & (at < seen.end[np.maximum(row, 0)]) if len(seen) else np.zeros(len(at), bool)
    assert (found == inside)[~doubtful].all()


@settings(max_examples=40, deadline=None)
@given(lenses, st.floats(0, 359.9), st.sampled_from(LADDER_2015))
def test_a_drawn_frame_is_its_corners_and_lies_within_its_far_limit(lens, azimuth, px):
    views, _ = heads_at(lens, (3.0, 4.0, azimuth)).views(px, QUALITY)
    if len(views):
        scene = scene_of([[(0.0, 0.0), (10.0, 0.0)]])
        whole, drawn = frame_polygons(views)[0], view_polygons(scene, views)[0]
        assert drawn.area == pytest.approx(whole.area, rel=0.02, abs=0.5)
        corner = np.hypot(*(np.array(whole.exterior.coords) - [3, 4]).T).max()
        assert corner <= views.far[0] * (1 + 1e-9)


# --- levels, light, movement ---


def dark_street(lines=STREET, lamps=(), lit=""):
    network = network_of(lines)
    network.edges["lit"] = lit
    return lighting_of(network, np.array(lamps, dtype=np.float64).reshape(-1, 2), 18.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_higher_level_never_covers_more_and_night_never_more_than_day(seed):
    rng = np.random.default_rng(seed)
    lines = [[tuple(p) for p in rng.uniform(0, 150, (2, 2))] for _ in range(15)]
    network = network_of(lines)
    network.edges["lit"] = rng.choice(["yes", "no", ""], len(network))
    lighting = lighting_of(network, rng.uniform(0, 150, (5, 2)), 18.0)
    scene = Scene(network.segments.darkened(lighting.lit), np.empty((0, 4)))
    pool = load_settings().plan.models
    some = [pool[i] for i in rng.integers(0, len(pool), 8)]
    heads = replace(heads_of(some), xy=rng.uniform(0, 150, (8, 2)), azimuth=rng.uniform(0, 360, 8))
    turns = rng.uniform(size=8) < 0.3
    heads = replace(heads, sometimes=turns, dwell=np.where(turns, rng.uniform(0, 1, 8), 1.0))
    quality = QUALITY.model_copy(update={"moving": "potential"})
    found = measure_quality(Looked.around(scene, heads, quality), network, lighting)
    levels = found.levels
    assert (np.diff(levels["day_m"]) <= 1e-6).all()
    assert (np.diff(levels["night_m"]) <= 1e-6).all()
    assert (levels["night_m"] <= levels["day_m"] + 1e-6).all()
    assert levels["day_exclusive_m"].sum() == pytest.approx(levels["day_m"].iloc[0])
    assert found.guaranteed_m <= found.expected_m + 1e-6
    assert found.expected_m <= found.potential_m + 1e-6


def test_lit_streets_and_lamps_carry_a_camera_without_light_through_the_night():
    heads = heads_at(Lens(hfov=90, range_m=100), (0, 5, 100))
    for lamps, lit, expected in (
        ((), "yes", 100),
        ((), "no", 0),
        ([(50, 3)], "no", 2 * np.sqrt(18**2 - 9)),
        ((), "", 0),
    ):
        lighting = dark_street(lamps=lamps, lit=lit)
        scene = Scene(network_of(STREET).segments.darkened(lighting.lit), np.empty((0, 4)))
        day, night = stretches(scene, heads, 25), stretches(scene, heads, 25, night=True)
        reach = np.sqrt(100**2 - 25)
        assert day.end[-1] == pytest.approx(reach)
        assert night.length == pytest.approx(min(expected, day.length), abs=1e-6)


@pytest.mark.parametrize(
    ("tag", "lit", "told"),
    [
        ("yes", True, True), ("24/7", True, True), ("limited", True, True), ("sunset-sunrise", True, True),
        ("no", False, True), ("none", False, True), ("Off", False, True), ("disused", False, True),
        ("unknown", False, False), ("", False, False), (None, False, False),
    ],
)  # fmt: skip
def test_only_a_tag_that_promises_light_makes_a_street_lit(tag, lit, told):
    found = dark_street(lit=tag)
    length = network_of(STREET).length
    assert (found.lit.length, found.tagged_m) == pytest.approx((length * lit, length * told))


def test_dwell_shares_of_moving_heads():
    assert pytest.approx(0.1449, abs=5e-5) == 20 / (6 * 23)
    settings_ = load_settings().cameras
    assert settings_.dwell_s / (6 * (settings_.dwell_s + settings_.move_s)) == pytest.approx(0.1449, abs=5e-5)
    three = Intervals(np.zeros(3), np.ones(3), np.arange(3))
    assert expected_length(three, np.array([0.145, 0.181, 0.9])) == pytest.approx(0.92998, abs=5e-6)


def test_unknown_levels_and_bad_optics_are_refused_by_name():
    with pytest.raises(SettingsError, match="no quality level 'recognize'; did you mean 'recognise'"):
        load_settings(level="recognize")
    bullet = {"id": "b", "name": "b", "price": 1}
    for values, words in (
        ({"hfov": 400, "pixels": 10}, "hfov"), ({"hfov": 80}, "either pixels or range_m"),
        ({"hfov": 80, "pixels": 10, "tilt": 95}, "tilt"), ({"hfov": 80, "pixels": 10, "height_m": -3}, "height_m"),
        ({"hfov": 80, "range_m": 10, "price": -1}, "price"), ({"focal_mm": 3, "pixels": 10}, "belong together"),
    ):  # fmt: skip
        with pytest.raises(SettingsError, match=words):
            load_settings(None, **{"plan.models": [{**bullet, **values}]})
