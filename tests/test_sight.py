"""The line-of-sight kernel against GEOS, point by point: on real towns, on whole-numbered scenes, and at interval ends.

``CAMGAP_SIGHT_SAMPLES`` is the number of street points compared per town; ``pytest -s`` prints what came of them.
"""

import os

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import (
    Footprints,
    Samples,
    in_sight,
    network_of,
    on_a_wall,
    outside_buildings,
    past_a_corner,
    random_town,
    read_town,
    sample_streets,
    scene_of,
)

from camgap.coverage.buildings import Buildings
from camgap.coverage.sight.scene import CELL, Scene, walls_of
from camgap.coverage.sight.views import Pieces, look
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]

SAMPLES = int(os.environ.get("CAMGAP_SIGHT_SAMPLES", "60000"))
TOWNS = ("munich-centre.osm.pbf", "monaco.osm.pbf", "copenhagen.osm.pbf")
RADIUS = 100.0

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module", params=TOWNS)
def town(request, real_data) -> tuple[StreetNetwork, Buildings]:
    return read_town(real_data(request.param))


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(x0, y0, x1, y1)


def seen_from(scene: Scene, x: float, y: float, radius: float = 1000.0) -> list[tuple[int, float, float]]:
    """Visible pieces of one mount as (segment, t0, t1), in order."""
    p = look(scene, np.array([[x, y]]), np.array([radius]))
    return sorted(zip(p.segment.tolist(), p.t0.tolist(), p.t1.tolist(), strict=True))


def visible_metres(scene: Scene, mounts: FloatArray, radius: float) -> FloatArray:
    """What each mount sees of the streets, in metres."""
    p, s = look(scene, mounts, np.full(len(mounts), radius)), scene.segments
    of = np.repeat(np.arange(len(mounts)), np.diff(p.ptr))
    return np.bincount(of, (p.t1 - p.t0) * (s.end - s.start)[p.segment], minlength=len(mounts))


def mounts_by_facades_and_streets(
    network: StreetNetwork, scene: Scene, footprints: Footprints, n: int, rng: np.random.Generator
) -> FloatArray:
    """Half of the mounts beside a street, half of them 0.1 m in front of a wall."""
    on_street = network.points_at(rng.uniform(0, network.length, n)) + rng.uniform(-3, 3, (n, 2))
    wall = scene.walls[rng.integers(len(scene.walls), size=n)]
    along = wall[:, 2:] - wall[:, :2]
    outwards = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    by_facade = (wall[:, :2] + wall[:, 2:]) / 2 + 0.1 * outwards
    on_street = on_street[outside_buildings(footprints, on_street)][: n // 2]
    by_facade = by_facade[outside_buildings(footprints, by_facade)][: n // 2]
    return np.vstack([on_street, by_facade])


# --- by hand ---


def test_without_buildings_a_street_is_seen_out_to_the_radius():
    scene = scene_of([[(0, 0), (100, 0)]])
    assert seen_from(scene, 50, 5) == [(0, 0.0, 1.0)]
    assert seen_from(scene, 50, 5, radius=13) == [(0, pytest.approx(0.38), pytest.approx(0.62))]
    assert seen_from(scene, 50, 5, radius=5) == [], "a circle that only touches the street sees no length of it"
    assert seen_from(scene, 400, 400, radius=50) == []


def test_a_building_hides_what_lies_between_the_rays_past_its_outer_corners():
    scene = scene_of([[(-30, 12), (30, 12)]], [box(4, 4, 6, 6)])
    # From (0, 0) the rays past (4, 6) and (6, 4) meet the street at x = 8 and x = 18.
    assert seen_from(scene, 0, 0) == [
        (0, 0.0, pytest.approx(38 / 60, abs=1e-15)),
        (0, pytest.approx(48 / 60, abs=1e-15), 1.0),
    ]


def test_a_building_behind_the_street_hides_nothing_of_it():
    assert seen_from(scene_of([[(-30, 12), (30, 12)]], [box(-20, 13, 20, 14)]), 0, 0) == [(0, 0.0, 1.0)]


def test_a_street_is_seen_up_to_where_it_enters_a_building():
    scene = scene_of([[(0, 1), (20, 1)]], [box(5, 0, 15, 10)])
    assert seen_from(scene, -10, 1) == [(0, 0.0, 0.25)], "looking along it"
    seen = seen_from(scene, 0, 0)
    assert len(seen) == 1
    assert seen[0][:2] == (0, 0.0)
    assert seen[0][2] == pytest.approx(0.25)


def test_from_a_courtyard_only_the_courtyard_is_seen():
    block = shapely.Polygon(box(0, 0, 60, 60).exterior, [box(20, 20, 40, 40).exterior])
    scene = scene_of([[(-20, 30), (80, 30)], [(-20, -5), (80, -5)]], [block])
    assert seen_from(scene, 30, 25) == [(0, pytest.approx(0.4), pytest.approx(0.6))]


def test_a_street_along_an_outline_is_seen_from_its_open_side_only():
    scene = scene_of([[(0, 0), (10, 0)]], [box(0, 0, 10, 5)])
    assert seen_from(scene, 5, -5) == [(0, 0.0, 1.0)]
    assert seen_from(scene, 5, 20) == []


def test_touching_buildings_let_no_light_through_whether_they_share_vertices_or_not():
    street = [[(-30, 20), (30, 20)]]
    shared = scene_of(street, [box(-20, 5, 0, 10), box(0, 5, 20, 10)])
    apart = scene_of(street, [box(-20, 5, 0, 10), box(0, 4, 20, 10)])
    for scene in (shared, apart):
        assert all(t1 <= 1 / 60 or t0 >= 59 / 60 for _, t0, t1 in seen_from(scene, 0, 0))
        assert all(t1 <= 1 / 60 or t0 >= 59 / 60 for _, t0, t1 in seen_from(scene, 1.7, -3))


def test_a_street_that_begins_exactly_at_the_mount_is_seen():
    scene = scene_of([[(0, 0), (10, 0)], [(10, 10), (0, 0)], [(-5, 0), (5, 0)]], [box(20, -5, 25, 5)])
    assert seen_from(scene, 0, 0) == [(0, 0.0, 1.0), (1, 0.0, 1.0), (2, 0.0, 1.0)]


@pytest.mark.parametrize("turn", range(8))
def test_a_street_running_straight_away_does_not_leak_through_a_vertex_two_walls_share(turn):
    # The wall's outline has a vertex exactly on the line mount - street, as where a passage leads into a building.
    angle = turn * np.pi / 4
    rot = np.round(np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * 2**0.5 ** (turn % 2))
    block = shapely.Polygon(np.array([[10, -5], [10, 0], [10, 5], [20, 5], [20, 0], [20, -5]]) @ rot)
    roof = shapely.Polygon(np.array([[40, -5], [35, 0], [40, 5], [45, 0]]) @ rot)
    street = [tuple(end) for end in np.array([[0, 0], [60, 0]]) @ rot]
    assert seen_from(scene_of([street], [block]), 0, 0) == [(0, 0.0, pytest.approx(1 / 6, abs=1e-15))]
    assert seen_from(scene_of([street], [roof]), 0, 0) == [(0, 0.0, pytest.approx(35 / 60, abs=1e-15))]


def test_walls_two_footprints_share_are_dropped_and_all_others_kept_with_the_building_on_their_right():
    left, right = box(0, 0, 10, 10), box(10, 0, 20, 10)
    walls = walls_of(np.array([left, right, box(10, 20, 20, 30)], dtype=object))
    assert len(walls) == 4 + 4 - 2 + 4
    assert not ((walls[:, 0] == 10) & (walls[:, 2] == 10) & (walls[:, 1] < 15) & (walls[:, 3] < 15)).any()
    along = walls[:, 2:] - walls[:, :2]
    inwards = (walls[:, :2] + walls[:, 2:]) / 2 + 0.01 * np.column_stack([along[:, 1], -along[:, 0]])
    assert shapely.contains_xy(shapely.union_all([left, right, box(10, 20, 20, 30)]), inwards).all()


def test_walls_of_a_courtyard_face_into_it_and_a_building_that_fills_it_leaves_none_there():
    hole = box(20, 20, 40, 40)
    block = shapely.Polygon(box(0, 0, 60, 60).exterior, [hole.exterior])
    walls = walls_of(np.array([block], dtype=object))
    yard = walls[(np.abs(walls - 30) <= 10).all(axis=1)]
    assert len(yard) == 4
    assert ((yard[:, 0] - 30) * (yard[:, 3] - 30) - (yard[:, 1] - 30) * (yard[:, 2] - 30) > 0).all(), (
        "seen from the yard"
    )
    assert len(walls_of(np.array([block, hole], dtype=object))) == 4


def test_no_footprints_have_no_walls_and_a_repeated_vertex_makes_none():
    assert walls_of(np.empty(0, object)).shape == (0, 4)
    assert len(walls_of(np.array([shapely.Polygon([(0, 0), (0, 5), (0, 5), (5, 5)])], dtype=object))) == 3


def test_long_streets_and_walls_over_many_grid_cells_are_met_once():
    scene = scene_of([[(-900, 50), (900, 50)]], [box(-900, 10, -5, 20), box(5, 10, 900, 20)])
    # Between the blocks the rays past (-5, 20) and (5, 20) meet the street at x = -12.5 and 12.5.
    for radius in (70.0, 200.0, 5000.0):
        assert seen_from(scene, 0, 0, radius) == [
            (0, pytest.approx(887.5 / 1800, abs=1e-15), pytest.approx(912.5 / 1800, abs=1e-15))
        ]
    assert 20 * CELL < 1800


# --- against GEOS, point by point ---


def compare(samples: Samples, mounts: FloatArray, footprints: Footprints) -> tuple[int, int]:
    """Return how many samples GEOS answers differently, and how many of these are not on a wall line."""
    from_ = mounts[samples.mount]
    wrong = np.flatnonzero(in_sight(footprints, from_, samples.xy) != samples.seen)
    return len(wrong), int((~on_a_wall(footprints, samples.xy[wrong])).sum())


def test_on_real_towns_every_street_point_is_seen_or_hidden_as_geos_says(town):
    network, buildings = town
    scene, rng = Scene.of(network, buildings), np.random.default_rng(11)
    total = differ = wrong = mounts_used = 0
    while total < SAMPLES:
        mounts = mounts_by_facades_and_streets(network, scene, buildings.footprints, 100, rng)
        pieces = look(scene, mounts, np.full(len(mounts), RADIUS))
        samples = sample_streets(scene.segments, mounts, RADIUS, pieces, 1.0, rng)
        total, mounts_used = total + len(samples.t), mounts_used + len(mounts)
        found = compare(samples, mounts, buildings.footprints)
        differ, wrong = differ + found[0], wrong + found[1]
    print(f"{mounts_used} mounts, {total} samples: {differ} differ, of these {wrong} not on a wall")
    assert wrong == 0
    assert differ < 1e-3 * total, "few streets run along outlines"


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_in_general_position_every_street_point_is_seen_or_hidden_as_geos_says(seed):
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    scene = scene_of(lines, footprints)
    mounts = rng.uniform(-20, 220, (30, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    radius = float(rng.choice([30.0, 100.0, 500.0]))
    pieces = look(scene, mounts, np.full(len(mounts), radius))
    samples = sample_streets(scene.segments, mounts, radius, pieces, 10.0, rng)
    assert compare(samples, mounts, footprints) == (0, 0)


def test_visible_pieces_end_within_a_micrometre_of_where_geos_says(town):
    network, buildings = town
    scene, rng = Scene.of(network, buildings), np.random.default_rng(5)
    mounts = mounts_by_facades_and_streets(network, scene, buildings.footprints, 500, rng)
    pieces = look(scene, mounts, np.full(len(mounts), RADIUS))
    error, disputed = end_errors(scene, mounts, pieces, buildings.footprints)
    print(f"{len(error)} interval ends: largest error {error.max():.1e} m, {disputed} disputed")
    assert len(error) > 900
    assert error.max() < 1e-6
    assert disputed < 0.01 * len(error)


def end_errors(scene: Scene, mounts: FloatArray, pieces: Pieces, footprints: Footprints) -> tuple[FloatArray, int]:
    """Bisect with GEOS for the ends that walls cut; return how far off the kernel's are [m], and how many are disputed.

    An end is disputed where street points beside it lie on a wall (a street along an outline, say): GEOS's word
    changes there from point to point.
    """
    s = scene.segments
    mount = np.repeat(np.arange(len(mounts)), np.diff(pieces.ptr))
    size = (s.end - s.start)[pieces.segment]
    order = np.lexsort((pieces.t0, pieces.segment, mount))
    mount, segment, size = mount[order], pieces.segment[order], size[order]
    t0, t1 = pieces.t0[order], pieces.t1[order]
    same = (mount[1:] == mount[:-1]) & (segment[1:] == segment[:-1])
    dark_before, dark_after = (
        np.append(t0[0], np.where(same, t0[1:] - t1[:-1], t0[1:])),
        np.append(1 - t1[:-1], 1 - t1[-1]),
    )
    dark_after[:-1][same] = (t0[1:] - t1[:-1])[same]

    at = np.concatenate([t0, t1])
    step = np.concatenate([np.minimum(t1 - t0, dark_before), np.minimum(t1 - t0, dark_after)]) * 0.4
    sign = np.concatenate([np.full(len(t0), 1.0), np.full(len(t1), -1.0)])  # towards the light
    mount, segment, size = np.tile(mount, 2), np.tile(segment, 2), np.tile(size, 2)
    step = np.minimum(step, 0.01 / size)

    def place(t: FloatArray) -> FloatArray:
        xy: FloatArray = s.xy[segment, :2] * (1 - t)[:, None] + s.xy[segment, 2:] * t[:, None]
        return xy

    by_wall = (at > 0) & (at < 1) & (step * size > 1e-6)
    by_wall &= np.abs(np.hypot(*(place(at) - mounts[mount]).T) - RADIUS) > 1e-6
    at, step, sign, mount, segment, size = (column[by_wall] for column in (at, step, sign, mount, segment, size))

    def free(t: FloatArray) -> npt.NDArray[np.bool_]:
        return in_sight(footprints, mounts[mount], place(t))

    light, dark = at + sign * step, at - sign * step
    disputed = on_a_wall(footprints, place(dark)) | on_a_wall(footprints, place(light))
    assert (free(light) & ~free(dark))[~disputed].all()
    for _ in range(40):
        middle = (light + dark) / 2
        seen = free(middle)
        light, dark = np.where(seen, middle, light), np.where(seen, dark, middle)
    error: FloatArray = np.abs((light + dark) / 2 - at) * size
    return error[~disputed], int(disputed.sum())


# --- whole-numbered scenes: everything collinear, touching, at a vertex ---


def lattice_building(rng: np.random.Generator) -> shapely.Polygon:
    """Return a rectangle, a triangle, an L or a block with a courtyard, its vertices on whole numbers 0 to 12."""
    kind = rng.integers(4)
    x, y = rng.integers(0, 10, 2)
    w, h = rng.integers(1, 4, 2)
    if kind == 0:
        return box(x, y, x + w, y + h)
    if kind == 1:
        while True:
            corners = rng.integers(0, 13, (3, 2))
            if shapely.Polygon(corners).area > 0:
                return shapely.Polygon(corners)
    if kind == 2:
        return shapely.Polygon([(x, y), (x + 2, y), (x + 2, y + 1), (x + 1, y + 1), (x + 1, y + 3), (x, y + 3)])
    x, y = rng.integers(0, 8, 2)
    return shapely.Polygon(box(x, y, x + 5, y + 5).exterior, [box(x + 1, y + 1, x + 1 + w, y + 1 + h).exterior])


def lattice_scene(rng: np.random.Generator) -> tuple[Scene, Footprints, FloatArray]:
    """Return a scene on whole numbers and mounts on half numbers; some streets run straight at a mount."""
    footprints = np.array([lattice_building(rng) for _ in range(rng.integers(1, 9))], dtype=object)
    mounts = rng.integers(-2, 27, (12, 2)) / 2
    mounts = mounts[outside_buildings(footprints, mounts)][:4]
    lines = []
    while len(lines) < 14:
        ends = rng.integers(-1, 14, (2, 2)).astype(np.float64)
        if len(lines) < 5 and len(mounts):
            ends[0] = mounts[0] + rng.integers(0, 2) * (ends[1] - mounts[0]) * rng.choice([0.25, 0.5, -0.5])
        if (ends[0] != ends[1]).any():
            lines.append([tuple(end) for end in ends])
    return Scene(network_of(lines).segments, walls_of(footprints)), footprints, mounts


def test_on_whole_numbers_no_light_leaks_and_no_shadow_is_too_long():
    leaks = false_shadows = grazing = total = 0
    for seed in range(SAMPLES // 300):
        rng = np.random.default_rng(seed)
        scene, footprints, mounts = lattice_scene(rng)
        if len(mounts) == 0:
            continue
        pieces = look(scene, mounts, np.full(len(mounts), 40.0))
        samples = sample_streets(scene.segments, mounts, 40.0, pieces, 0.25, rng)
        from_ = mounts[samples.mount]
        free = in_sight(footprints, from_, samples.xy)
        leaks += int((samples.seen & ~free).sum())
        dark = np.flatnonzero(~samples.seen & free)
        touched = on_a_wall(footprints, samples.xy[dark]) | past_a_corner(footprints, from_[dark], samples.xy[dark])
        false_shadows += int((~touched).sum())
        grazing += int(touched.sum())
        total += len(free)
    print(f"{total} samples: {leaks} leaks, {false_shadows} false shadows, {grazing} grazing a corner")
    assert total > 100_000
    assert leaks == 0
    assert false_shadows == 0
    assert grazing < 0.01 * total


# --- what must not matter, and which way things may go ---


def some_scene(seed: int) -> tuple[list[list[tuple[float, float]]], Footprints, FloatArray]:
    """Return streets, buildings and mounts outside of these, in general position."""
    rng = np.random.default_rng(seed)
    lines, footprints = random_town(rng)
    mounts = rng.uniform(0, 200, (20, 2))
    return lines, footprints, mounts[outside_buildings(footprints, mounts)]


@given(seeds, st.floats(0, 360), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
@settings(max_examples=60, deadline=None)
def test_turning_and_shifting_the_whole_scene_changes_nothing(seed, turn, east, north):
    lines, footprints, mounts = some_scene(seed)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))

    def moved(xy: FloatArray) -> FloatArray:
        return np.asarray(xy) @ np.array([[cos, sin], [-sin, cos]]) + [east, north]

    before = visible_metres(scene_of(lines, footprints), mounts, 80)
    after = visible_metres(
        scene_of([moved(line).tolist() for line in lines], shapely.transform(footprints, moved)), moved(mounts), 80
    )
    assert after == pytest.approx(before, abs=1e-6)


@given(seeds, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_ring_starts_ring_directions_and_row_order_do_not_matter(seed, random):
    lines, footprints, mounts = some_scene(seed)

    def drawn_anew(polygon: shapely.Polygon) -> shapely.Polygon:
        rings = []
        for ring in (polygon.exterior, *polygon.interiors):
            xy = list(ring.coords)[:-1]
            first = random.randrange(len(xy))
            rings.append((xy[first:] + xy[:first])[:: random.choice([1, -1])])
        return shapely.Polygon(rings[0], rings[1:])

    mixed = [drawn_anew(polygon) for polygon in footprints]
    streets = [line[:: random.choice([1, -1])] for line in lines]
    random.shuffle(mixed)
    random.shuffle(streets)
    before, after = (visible_metres(scene_of(*scene), mounts, 80) for scene in ((lines, footprints), (streets, mixed)))
    assert after == pytest.approx(before, abs=1e-9)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_one_more_building_never_shows_more_and_no_piece_grows(seed):
    lines, footprints, mounts = some_scene(seed)
    more = np.append(footprints, shapely.Point(*np.random.default_rng(seed).uniform(0, 200, 2)).buffer(9, quad_segs=2))
    mounts = mounts[outside_buildings(more, mounts)]
    fewer_scene, more_scene = scene_of(lines, footprints), scene_of(lines, more)
    assert (visible_metres(more_scene, mounts, 80) <= visible_metres(fewer_scene, mounts, 80) + 1e-9).all()
    bare = visible_metres(fewer_scene.without_walls(), mounts, 80)
    assert (visible_metres(fewer_scene, mounts, 80) <= bare + 1e-9).all()
    for x, y in mounts[:4]:
        wide = seen_from(fewer_scene, x, y, 80)
        for segment, t0, t1 in seen_from(more_scene, x, y, 80):
            assert any(s == segment and a <= t0 + 1e-12 and t1 <= b + 1e-12 for s, a, b in wide)


@given(seeds, st.floats(5, 80))
@settings(max_examples=60, deadline=None)
def test_a_shorter_look_is_the_longer_look_clipped_to_the_shorter_circle(seed, radius):
    lines, footprints, mounts = some_scene(seed)
    scene = scene_of(lines, footprints)
    open_field = scene.without_walls()
    for x, y in mounts[:4]:
        near, wide = seen_from(scene, x, y, radius), seen_from(scene, x, y, 80)
        disc = {segment: (t0, t1) for segment, t0, t1 in seen_from(open_field, x, y, radius)}
        clipped = [
            (segment, max(t0, disc[segment][0]), min(t1, disc[segment][1]))
            for segment, t0, t1 in wide
            if segment in disc and min(t1, disc[segment][1]) - max(t0, disc[segment][0]) > 1e-9
        ]
        assert near == clipped, "bit for bit"


def test_raw_footprints_and_their_union_show_the_same(town):
    network, buildings = town
    rng = np.random.default_rng(8)
    scene = Scene.of(network, buildings)
    dissolved = shapely.get_parts(shapely.union_all(buildings.footprints))
    mounts = mounts_by_facades_and_streets(network, scene, buildings.footprints, 1000, rng)
    raw, united = (visible_metres(s, mounts, RADIUS) for s in (scene, Scene(scene.segments, walls_of(dissolved))))
    off = np.abs(raw - united)
    print(f"{len(raw)} mounts, {raw.sum() / 1000:.1f} km in sight, raw and united differ by {off.sum():.1e} m")
    assert off.max() <= 1e-6


def test_shared_walls_dropped_or_kept_show_the_same(town):
    network, buildings = town
    scene = Scene.of(network, buildings)
    every_wall = np.vstack([walls_of(footprint) for footprint in buildings.footprints[:, None]])
    assert len(scene.walls) < len(every_wall)
    mounts = mounts_by_facades_and_streets(network, scene, buildings.footprints, 1000, np.random.default_rng(9))
    dropped, kept = (visible_metres(s, mounts, RADIUS) for s in (scene, Scene(scene.segments, every_wall)))
    assert dropped == pytest.approx(kept, abs=1e-6)


def test_many_mounts_at_once_see_what_each_sees_alone_and_progress_counts_them():
    rng = np.random.default_rng(2)
    lines, footprints = random_town(rng)
    scene = scene_of(lines, footprints)
    mounts = rng.uniform(0, 200, (1500, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    radius = rng.uniform(10, 200, len(mounts))
    told: list[tuple[int, int]] = []
    together = look(scene, mounts, radius, lambda done, total: told.append((done, total)))
    for i in range(0, len(mounts), 97):
        alone = look(scene, mounts[[i]], radius[[i]])
        rows = slice(together.ptr[i], together.ptr[i + 1])
        for column in ("segment", "t0", "t1"):
            assert getattr(together, column)[rows].tolist() == getattr(alone, column).tolist()
    assert told[-1] == (len(mounts), len(mounts))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_no_mounts_no_streets_and_no_buildings_are_no_trouble():
    scene = scene_of([[(0, 0), (10, 0)]])
    assert len(look(scene, np.empty((0, 2)), np.empty(0))) == 0
    empty = Scene(network_of([]).segments, walls_of(np.array([box(0, 0, 5, 5)], dtype=object)))
    assert look(empty, np.array([[9.0, 9.0]]), np.array([50.0])).ptr.tolist() == [0, 0]
    assert look(empty.without_walls(), np.array([[9.0, 9.0]]), np.array([50.0])).ptr.tolist() == [0, 0]
