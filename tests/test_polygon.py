"""View polygons against a disc without shadows, and against the buildings they must not enter."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import GRID, Footprints, outside_buildings, random_town, read_town, scene_of, shadow_polygon, view

from camgap.coverage.cameras import Views
from camgap.coverage.sight.polygon import ARC_STEP, view_polygons
from camgap.coverage.sight.scene import Scene

TOWNS = ("munich-centre.osm.pbf", "monaco.osm.pbf", "copenhagen.osm.pbf")
RADIUS = 100.0
INNER = RADIUS * np.cos(np.radians(ARC_STEP / 2)) - 0.01  # within this distance no chord of the arc is met

seeds = st.integers(0, 2**32 - 1)


def all_round(xy: np.ndarray, far: float = RADIUS) -> Views:
    n = len(xy)
    return Views(xy, np.zeros(n), np.full(n, 360.0), np.zeros(n), np.full(n, far), np.arange(n))


def buildings_overlooked(polygons: np.ndarray, footprints: Footprints) -> np.ndarray:
    """Share of each polygon's area that lies in buildings."""
    row, building = shapely.STRtree(footprints).query(polygons, predicate="intersects")
    inside = shapely.area(shapely.intersection(polygons[row], footprints[building], grid_size=GRID))
    return np.bincount(row, inside, minlength=len(polygons)) / shapely.area(polygons)


def overlap(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    """What two areas share, without the lines and points where they only touch."""
    shared = shapely.get_parts(shapely.intersection(one, other, grid_size=GRID))
    return shapely.multipolygons(shared[shapely.get_type_id(shared) == 3])


def difference(one: shapely.Geometry, other: shapely.Geometry, x: float, y: float) -> float:
    """Area that lies in one of two polygons only, away from the arc [m²]."""
    inner = shapely.Point(x, y).buffer(INNER, quad_segs=32)
    one, other = overlap(one, inner), overlap(other, inner)
    return one.area + other.area - 2 * overlap(one, other).area


def off_from_shadows(polygon: shapely.Geometry, footprints: Footprints, x: float, y: float) -> float:
    """Area in one of polygon and shadow construction only, away from the arc [m²]."""
    return difference(polygon, shadow_polygon(footprints, x, y, RADIUS), x, y)


# --- by hand ---


def test_in_the_open_a_view_is_its_sector():
    polygon = view_polygons(scene_of([]), view(10, 20, 90, 90, far=50))[0]
    assert polygon.area == pytest.approx(np.pi * 50**2 / 4, rel=1e-3)
    assert polygon.contains(shapely.Point(50, 20))
    assert not polygon.intersects(shapely.Point(9, 20))
    assert not polygon.intersects(shapely.Point(30, 41))
    assert view_polygons(scene_of([]), view(0, 0, far=50))[0].area == pytest.approx(np.pi * 50**2, rel=1e-3)


def test_a_wall_cuts_the_view_and_its_shadow_begins_at_it():
    polygon = view_polygons(scene_of([], [shapely.box(-10, 10, 10, 20)]), view(0, 0, 0, 60, far=40))[0]
    # Of the rays to 30° on either side the wall at y = 10 cuts all off: a triangle is left.
    assert polygon.area == pytest.approx(10 * 10 * np.tan(np.radians(30)))
    assert polygon.bounds == pytest.approx((-10 / 3**0.5, 0, 10 / 3**0.5, 10))
    assert len(polygon.exterior.coords) == 4, "a straight piece of outline has two vertices"


def test_in_a_room_a_view_all_round_is_the_room():
    room = shapely.Polygon(shapely.box(0, 0, 60, 60).exterior, [shapely.box(20, 20, 40, 40).exterior])
    polygon = view_polygons(scene_of([], [room]), view(25, 33, far=100))[0]
    assert polygon.symmetric_difference(shapely.box(20, 20, 40, 40)).area < 1e-9


def test_over_half_a_circle_the_blind_wedge_is_left_out_and_a_near_limit_leaves_a_hole():
    polygon = view_polygons(scene_of([]), view(0, 0, 0, 270, near=20, far=50))[0]
    assert polygon.area == pytest.approx(0.75 * np.pi * (50**2 - 20**2), rel=1e-2)
    assert not polygon.intersects(shapely.Point(0, -30))
    assert not polygon.intersects(shapely.Point(0, 10))
    assert polygon.contains(shapely.Point(30, -10))


def test_crossing_buildings_are_followed_to_the_crossing():
    # Two bars cross as an X before the camera; the nearest outline turns at a point where no wall ends.
    bars = [
        shapely.Polygon([(-12, 10), (-11, 9), (12, 30), (11, 31)]),
        shapely.Polygon([(12, 10), (11, 9), (-12, 30), (-11, 31)]),
    ]
    footprints = np.array(bars, dtype=object)
    polygon = view_polygons(scene_of([], bars), view(1.3, 0, far=RADIUS))[0]
    assert polygon.intersection(shapely.union_all(bars), grid_size=GRID).area < 1e-6
    assert off_from_shadows(polygon, footprints, 1.3, 0) < 1e-4  # 1e-7 m of rounding along 700 m of outline


def test_no_views_are_no_polygons():
    assert len(view_polygons(scene_of([]), Views.none())) == 0


# --- against shadows ---


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_a_view_all_round_is_the_disc_without_the_shadows_of_all_walls(seed):
    rng = np.random.default_rng(seed)
    _, footprints = random_town(rng, buildings=40)
    mounts = rng.uniform(0, 200, (5, 2))
    mounts = mounts[outside_buildings(footprints, mounts)]
    polygons = view_polygons(scene_of([], footprints), all_round(mounts))
    assert shapely.is_valid(polygons).all()
    assert (buildings_overlooked(polygons, footprints) < 1e-6).all()
    for polygon, (x, y) in zip(polygons, mounts, strict=True):
        assert off_from_shadows(polygon, footprints, x, y) < 1e-6 * polygon.area


@given(seeds, st.floats(0, 359), st.floats(1, 359))
@settings(max_examples=40, deadline=None)
def test_a_narrower_view_is_its_sector_of_the_view_all_round(seed, azimuth, hfov):
    rng = np.random.default_rng(seed)
    _, footprints = random_town(rng)
    scene = scene_of([], footprints)
    mount = rng.uniform(0, 200, (50, 2))
    x, y = mount[outside_buildings(footprints, mount)][0]
    polygon = view_polygons(scene, view(x, y, azimuth, hfov, far=RADIUS))[0]
    bearings = np.radians(azimuth - hfov / 2 + np.linspace(0, hfov, 100))
    rim = np.column_stack([x + 3 * RADIUS * np.sin(bearings), y + 3 * RADIUS * np.cos(bearings)])
    sector = shapely.Polygon([(x, y), *rim]).buffer(0)
    around = overlap(view_polygons(scene, all_round(np.array([[x, y]])))[0], sector)
    assert polygon.is_valid
    assert difference(polygon, around, x, y) < 1e-5 * RADIUS**2


@pytest.mark.parametrize("name", TOWNS)
def test_on_real_towns_views_are_valid_stay_out_of_buildings_and_match_their_shadows(name, real_data):
    network, buildings = read_town(real_data(name))
    scene, rng = Scene.of(network, buildings), np.random.default_rng(6)
    mounts = network.points_at(rng.uniform(0, network.length, 800)) + rng.uniform(-3, 3, (800, 2))
    mounts = mounts[outside_buildings(buildings.footprints, mounts, 0.05)][:300]
    polygons = view_polygons(scene, all_round(mounts))
    assert shapely.is_valid(polygons).all()
    assert np.isin(shapely.get_type_id(polygons), (3, 6)).all()
    assert (buildings_overlooked(polygons, buildings.footprints) < 1e-6).all()
    for polygon, (x, y) in zip(polygons[:40], mounts, strict=False):
        assert off_from_shadows(polygon, buildings.footprints, x, y) < 1e-6 * polygon.area
