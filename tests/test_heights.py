"""Lenses that look over lower buildings: by hand, against GEOS and against samples in space."""

import dataclasses

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import (
    PLANE,
    Footprints,
    hit_on_the_way_down,
    in_sight_from_above,
    network_of,
    on_a_wall,
    outside_buildings,
    random_town,
    read_town,
    sample_streets,
)

from camgap.coverage.buildings import Buildings, Screens
from camgap.coverage.cameras import Views
from camgap.coverage.sight.polygon import view_polygons
from camgap.coverage.sight.scene import Scene, Walls
from camgap.coverage.sight.views import Pieces, look, seen_by

TARGET = 1.6
TOLERANCE = 1e-6  # [m] around an outline or the edge of a shadow, where a point may count as either
seeds = st.integers(0, 2**32 - 1)


def buildings_of(footprints, heights, screens: Screens | None = None) -> Buildings:
    footprints = np.array(list(footprints), dtype=object)
    return Buildings(
        PLANE, footprints, np.arange(len(footprints)), np.array(heights, dtype=np.float64),
        screens=screens or Screens.none(),
    )  # fmt: skip


def town_of(lines, footprints, heights, target: float = TARGET) -> Scene:
    return Scene.of(network_of(lines), buildings_of(footprints, heights), target=target)


def seen_metres(scene: Scene, x: float, y: float, lens: float, radius: float = 1000.0) -> list[tuple[float, float]]:
    """What one lens sees of the only segment, in metres from its beginning."""
    p, s = look(scene, np.array([[x, y]]), np.array([radius]), lens=np.array([lens])), scene.segments
    assert len(s) == 1
    return sorted((round(a * s.end[0], 9), round(b * s.end[0], 9)) for a, b in zip(p.t0, p.t1, strict=True))


def length(scene: Scene, pieces: Pieces, n: int) -> np.ndarray:
    s = scene.segments
    of = np.repeat(np.arange(n), np.diff(pieces.ptr))
    return np.bincount(of, (pieces.t1 - pieces.t0) * (s.end - s.start)[pieces.segment], minlength=n)


# --- by hand ---


def test_a_lower_building_hides_a_strip_that_ends_by_similar_triangles():
    scene = town_of([[(0, 0), (100, 0)]], [shapely.box(20, -5, 30, 5)], [6.0], target=0.0)
    # The lens at 10 m sees the ground again behind the back wall at 30 * 10 / (10 - 6) = 75 m.
    assert seen_metres(scene, 0, 0, lens=10.0) == [(0, 20), (75, 100)]
    assert seen_metres(scene, 0, 0, lens=16.0) == [(0, 20), (48, 100)]
    assert seen_metres(scene, 0, 0, lens=6.0) == [(0, 20)], "as high as the lens: hides all behind"
    assert seen_metres(scene, 0, 0, lens=5.0) == [(0, 20)]
    assert seen_metres(scene, 0, 0, lens=np.nan) == [(0, 20)]


def test_a_higher_target_plane_is_seen_sooner_behind_a_building():
    street, house = [[(0, 0), (100, 0)]], [shapely.box(20, -5, 30, 5)]
    # 30 * (10 - 2) / (10 - 6) = 60 m
    assert seen_metres(town_of(street, house, [6.0], target=2.0), 0, 0, lens=10.0) == [(0, 20), (60, 100)]


def test_a_building_no_higher_than_the_target_plane_hides_what_is_inside_only():
    street, house = [[(0, 0), (100, 0)]], [shapely.box(20, -5, 30, 5)]
    for height in (1.0, 1.6):
        assert seen_metres(town_of(street, house, [height]), 0, 0, lens=10.0) == [(0, 20), (30, 100)]


def test_a_street_beside_a_low_building_lies_in_its_shadow_in_part():
    scene = town_of([[(-100, 20), (100, 20)]], [shapely.box(-10, 5, 10, 10)], [5.0], target=0.0)
    # Lens 10 m over (0, 0): scaled by 2, the back wall at y = 10 comes to stand on the street, and hides none of it.
    assert seen_metres(scene, 0, 0, lens=10.0) == [(0, 200)]
    # Lens 9 m: scaled by 9 / 4, the footprint has the street from x = -22.5 to 22.5 in it.
    assert seen_metres(scene, 0, 0, lens=9.0) == [(0, 77.5), (122.5, 200)]


def test_streets_inside_a_low_building_are_hidden_and_along_its_outline_seen_from_the_open_side():
    deep = town_of([[(0, 0), (100, 0)]], [shapely.box(20, -5, 90, 5)], [3.0], target=0.0)
    # The front wall's strip ends at 20 * 10 / 7 = 28.6 m: the rest is under the roof; the back wall's at 128.6 m.
    assert seen_metres(deep, 0, 0, lens=10.0) == [(0, 20)]
    along = town_of([[(20, -5), (90, -5)]], [shapely.box(20, -5, 90, 5)], [3.0], target=0.0)
    assert seen_metres(along, 50, -20, lens=10.0) == [(0, 70)]


def test_a_tower_behind_a_low_building_it_touches_is_not_looked_through():
    low, tower = shapely.box(20, -5, 30, 5), shapely.box(30, -5, 40, 5)
    for height in (50.0, np.nan):
        scene = town_of([[(0, 0), (100, 0)]], [low, tower], [4.0, height], target=0.0)
        assert seen_metres(scene, 0, 0, lens=10.0) == [(0, 20)]
        assert seen_metres(scene, 100, 0, lens=10.0) == [(40, 100)]
        assert scene.party.sum() == 1
    # 9 m of 10 m: the shadow of the wall between them, at 30 m, is longer than that of the low one's own back.
    scene = town_of([[(0, 0), (400, 0)]], [tower, low], [4.0, 9.0], target=0.0)
    assert seen_metres(scene, 0, 0, lens=10.0) == [(0, 20), (300, 400)]


def test_heights_that_are_equal_need_no_wall_between():
    walls = Walls.of(buildings_of([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], [5.0, 5.0]))
    assert (len(walls), walls.party.sum()) == (6, 0)
    walls = Walls.of(buildings_of([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], [5.0, 8.0]))
    assert (len(walls), walls.height[walls.party].tolist()) == (7, [8.0])


def test_the_share_of_unknown_heights_is_by_length_of_outer_walls():
    scene = town_of([[(0, 0), (1, 0)]], [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 40, 10)], [5.0, np.nan])
    assert scene.unknown_share == pytest.approx(70 / 100)
    assert town_of([[(0, 0), (1, 0)]], [], []).unknown_share == 0
    assert Scene.of(network_of([[(0, 0), (1, 0)]]), buildings_of([shapely.box(0, 0, 1, 1)], [5]), heights=False
                    ).unknown_share == 1  # fmt: skip


def test_a_free_standing_wall_hides_from_both_sides_and_is_looked_over():
    screens = Screens(np.array([[30.0, -5, 30, 5]]), np.array([2.0]))
    scene = Scene.of(network_of([[(0, 0), (100, 0)]]), buildings_of([], [], screens), target=0.0)
    assert seen_metres(scene, 0, 0, lens=np.nan) == [(0, 30)]
    assert seen_metres(scene, 100, 0, lens=np.nan) == [(30, 100)]
    assert seen_metres(scene, 0, 0, lens=4.0) == [(0, 30), (60, 100)]
    assert seen_metres(scene, 50, 0, lens=4.0) == [(0, 10), (30, 100)]


def test_views_of_one_mount_at_two_heights_see_differently():
    scene = town_of([[(0, 0), (100, 0)]], [shapely.box(20, -5, 30, 5)], [6.0], target=1.0)
    n = 3
    views = Views(
        xy=np.zeros((n, 2)), azimuth=np.full(n, 90.0), hfov=np.full(n, 60.0), near=np.zeros(n), far=np.full(n, 100.0),
        camera=np.arange(n), lens=np.array([10.0, np.nan, 5.0]),
    )  # fmt: skip
    seen = seen_by(scene, views)
    by_view = np.bincount(seen.owner, seen.end - seen.start, minlength=n)
    # Lens at 10 m: the strip ends at 30 * 9 / 4 = 67.5 m.
    assert by_view == pytest.approx([20 + 32.5, 20, 20])


# --- against GEOS and samples in space ---


def heights_for(rng: np.random.Generator, n: int) -> np.ndarray:
    heights = rng.choice([0.5, 1.6, 3.0, 5.0, 8.0, 12.0], n) + rng.choice([0.0, 0.37], n)
    heights[rng.uniform(size=n) < 0.15] = np.nan
    return heights


def disputed(footprints: Footprints, heights, mounts, lens, points, target, wrong) -> int:
    """Return how many of the wrong points differ from GEOS also when moved by the tolerance in every direction."""
    if not len(wrong):
        return 0
    off = TOLERANCE * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    around = np.array(
        [in_sight_from_above(footprints, heights, mounts[wrong], lens[wrong], points[wrong] + o, target) for o in off]
    )
    edge = (around != around[0]).any(axis=0) | on_a_wall(footprints, points[wrong], TOLERANCE)
    return int((~edge).sum())


def assert_as_geos_says(scene: Scene, buildings: Buildings, mounts, lens, radius, rng, step: float) -> int:
    pieces = look(scene, mounts, np.full(len(mounts), radius), lens=lens)
    samples = sample_streets(scene.segments, mounts, radius, pieces, step, rng)
    arguments = buildings.footprints, buildings.height, mounts[samples.mount], lens[samples.mount], samples.xy, TARGET
    expected = in_sight_from_above(*arguments)
    wrong = np.flatnonzero(expected != samples.seen)
    assert disputed(*arguments, wrong) == 0
    assert len(wrong) <= max(3, 1e-3 * len(samples.t))
    return len(samples.t)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_in_general_position_every_street_point_is_seen_or_hidden_as_geos_says(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    buildings = buildings_of(footprints, heights_for(rng, len(footprints)))
    mounts = rng.uniform(-20, 220, (30, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    lens = rng.uniform(TARGET + 0.1, 14, len(mounts))
    lens[::3] = rng.choice([3.0, 5.0, 8.0], len(lens[::3]))  # exactly as high as a roof
    scene = Scene.of(network_of(lines), buildings, target=TARGET)
    assert_as_geos_says(scene, buildings, mounts, lens, float(rng.choice([30.0, 100.0, 500.0])), rng, 10.0)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_in_a_block_of_touching_buildings_every_street_point_is_seen_or_hidden_as_geos_says(seed):
    rng = np.random.default_rng(seed)
    size, turn = rng.uniform(8, 15), rng.uniform(0, np.pi)
    rot = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    full = rng.uniform(size=(6, 6)) < 0.6
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    footprints = np.array([shapely.Polygon(size * (corner + at) @ rot) for at in np.argwhere(full)], dtype=object)
    buildings = buildings_of(footprints, heights_for(rng, len(footprints)))
    reach = shapely.total_bounds(footprints)
    lines = [[tuple(v) for v in rng.uniform(reach[:2] - 20, reach[2:] + 20, (2, 2))] for _ in range(20)]
    mounts = rng.uniform(reach[:2] - 20, reach[2:] + 20, (30, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    lens = rng.uniform(TARGET + 0.1, 14, len(mounts))
    scene = Scene.of(network_of(lines), buildings, target=TARGET)
    assert_as_geos_says(scene, buildings, mounts, lens, 300.0, rng, 5.0)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_no_point_that_is_seen_has_a_building_between_it_and_the_lens_in_space(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng, buildings=15, streets=12)
    heights = heights_for(rng, len(footprints))
    mounts = rng.uniform(0, 200, (6, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    lens = rng.uniform(TARGET + 0.1, 14, len(mounts))
    scene = town_of(lines, footprints, heights)
    pieces = look(scene, mounts, np.full(len(mounts), 150.0), lens=lens)
    samples = sample_streets(scene.segments, mounts, 150.0, pieces, 5.0, rng)
    missed = n_hidden = 0
    for i in range(len(mounts)):
        own = samples.mount == i
        hit = hit_on_the_way_down(footprints, heights, mounts[i], lens[i], samples.xy[own], TARGET)
        assert not (hit & samples.seen[own]).any()
        inside = ~outside_buildings(footprints, samples.xy[own], 0.0)  # above a roof lower than the target plane
        n_hidden += int((~samples.seen[own]).sum())
        missed += int((~samples.seen[own] & ~hit & ~inside).sum())
    assert missed <= 3 + 0.05 * n_hidden, "400 samples miss short cuts through corners only"


@pytest.mark.parametrize("name", ["munich-centre.osm.pbf", "monaco.osm.pbf"])
def test_on_real_towns_every_street_point_is_seen_or_hidden_as_geos_says(real_data, name):
    network, buildings = read_town(real_data(name))
    rng = np.random.default_rng(3)
    buildings = dataclasses.replace(  # half of the unknown heights drawn, so that many lie below the lens
        buildings,
        height=np.where(
            rng.uniform(size=len(buildings.height)) < 0.5, rng.uniform(1, 25, len(buildings.height)), buildings.height
        ),
    )
    mounts = network.points_at(rng.uniform(0, network.length, 300)) + rng.uniform(-3, 3, (300, 2))
    mounts = mounts[outside_buildings(buildings.footprints, mounts)]
    lens = rng.uniform(2, 20, len(mounts))
    scene = Scene.of(network, buildings, target=TARGET)
    assert assert_as_geos_says(scene, buildings, mounts, lens, 100.0, rng, 2.0) > 20_000


# --- what must hold for any scene ---


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_a_lower_building_a_higher_lens_or_a_higher_target_never_hides_more(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    heights = heights_for(rng, len(footprints))
    mounts = rng.uniform(-20, 220, (20, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    n, radius = len(mounts), np.full(len(mounts), 200.0)
    lens = rng.uniform(3, 12, n)
    scene = town_of(lines, footprints, heights)

    def seen(of: Scene, at) -> np.ndarray:
        return length(of, look(of, mounts, radius, lens=at), n)

    base = seen(scene, lens)
    lower = town_of(lines, footprints, heights * rng.uniform(0.5, 1, len(heights)))
    unknown = town_of(lines, footprints, np.where(rng.uniform(size=len(heights)) < 0.3, np.nan, heights))
    assert (seen(lower, lens) >= base - TOLERANCE).all()
    assert (seen(unknown, lens) <= base + TOLERANCE).all()
    assert (seen(scene, lens + rng.uniform(0, 5, n)) >= base - TOLERANCE).all()
    assert (seen(dataclasses.replace(scene, target=2.5), lens) >= base - TOLERANCE).all()
    assert (base >= seen(scene, np.full(n, np.nan)) - TOLERANCE).all()


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_a_lens_of_unknown_height_or_walls_of_unknown_height_give_the_plan_view_bit_for_bit(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    flat = Scene.of(network_of(lines), buildings_of(footprints, np.full(len(footprints), np.nan)))
    tall = town_of(lines, footprints, heights_for(rng, len(footprints)))
    mounts = rng.uniform(-20, 220, (20, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    radius = np.full(len(mounts), 200.0)
    plain = look(flat, mounts, radius)
    for other in (
        look(flat, mounts, radius, lens=np.full(len(mounts), 9.0)),
        look(tall, mounts, radius),
        look(tall, mounts, radius, lens=np.full(len(mounts), np.nan)),
    ):
        for column in ("ptr", "segment", "t0", "t1"):
            assert (getattr(other, column) == getattr(plain, column)).all()
    # A known lens no higher than any roof: streets inside buildings are cut twice, so that ends may differ by rounding.
    below = look(tall, mounts, radius, lens=np.full(len(mounts), 0.4))
    assert (below.ptr == plain.ptr).all()
    assert (below.segment == plain.segment).all()
    assert np.abs(np.concatenate([below.t0 - plain.t0, below.t1 - plain.t1])).max(initial=0) < 1e-12


# --- for the map ---


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_a_view_polygon_leaves_out_the_strips_behind_low_buildings_and_holds_the_streets_beyond(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    mounts = rng.uniform(0, 200, (12, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    n, far = len(mounts), 120.0
    scene = town_of(lines, footprints, heights_for(rng, len(footprints)))
    drop = rng.uniform(0.5, 12, n)
    views = Views(
        xy=mounts, azimuth=np.zeros(n), hfov=np.full(n, 360.0), near=np.zeros(n), far=np.full(n, far),
        camera=np.arange(n), lens=drop + TARGET,
    )  # fmt: skip
    polygons = view_polygons(scene, views)
    assert shapely.is_valid(polygons).all()
    pieces = look(scene, mounts, np.full(n, far), lens=drop + TARGET)
    samples = sample_streets(scene.segments, mounts, far * 0.99, pieces, 5.0, rng)
    inside = shapely.contains_xy(polygons[samples.mount], samples.xy[:, 0], samples.xy[:, 1])
    on_edge = shapely.dwithin(shapely.boundary(polygons[samples.mount]), shapely.points(samples.xy), 0.1)
    assert (inside == samples.seen)[~on_edge].all()
    assert on_edge.mean() < 0.1
