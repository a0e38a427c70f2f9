"""Privacy: facades in view against sampled sight lines, sensitive places, uses of buildings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import PLANE
from towns import buildings_of, random_town, views_of

from camgap.coverage.cameras import Views
from camgap.coverage.inputs.osm import read_osm
from camgap.coverage.inputs.sensitive import place_kind, use_of
from camgap.coverage.projection import to_lonlat
from camgap.coverage.scoring.frontage import FACING, OFFSET_M, Facades
from camgap.coverage.scoring.privacy import LEVELS, Privacy
from camgap.coverage.sight.scene import Scene, walls_of
from camgap.coverage.streets import Segments

NO_STREETS = Segments(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0), np.empty(0))
EVERYWHERE = shapely.box(-1e4, -1e4, 1e4, 1e4)
NO_PLACES = pd.DataFrame(columns=["id", "kind", "name", "geometry"])


def privacy_of(footprints, use=None, places=NO_PLACES, area=EVERYWHERE) -> Privacy:
    buildings = buildings_of(footprints)
    use = np.array(use if use is not None else ["residential"] * len(buildings.footprints), dtype=object)
    buildings = replace(buildings, use=use)
    return Privacy.of(Scene(NO_STREETS, walls_of(buildings.footprints)), buildings, area, places)


def sampled_frontage(footprints, views: Views, step: float) -> float:
    """Return the facade that at least one view faces, by sight lines to points every `step` metres."""
    total = 0.0
    for polygon in footprints:
        for ring in (polygon.exterior, *polygon.interiors):
            for (ax, ay), (bx, by) in zip(ring.coords[:-1], ring.coords[1:], strict=True):
                a, b = np.array([ax, ay]), np.array([bx, by])
                length = float(np.hypot(*(b - a)))
                n = max(int(length / step), 1)
                normal = np.array([b[1] - a[1], a[0] - b[0]]) / length
                if polygon.contains(shapely.Point((a + b) / 2 + 1e-6 * normal)):
                    normal = -normal
                for t in (np.arange(n) + 0.5) / n:
                    at = a + t * (b - a) + OFFSET_M * normal
                    if not any(f.contains(shapely.Point(at)) for f in footprints) and any(
                        faces(views, v, at, normal, footprints) for v in range(len(views))
                    ):
                        total += length / n
    return total


def faces(views: Views, v: int, at, normal, footprints) -> bool:
    ray = at - views.xy[v]
    distance = float(np.hypot(*ray))
    turn = (np.degrees(np.arctan2(*ray)) - views.azimuth[v] + 180) % 360 - 180
    incidence = np.degrees(np.arccos(np.clip(-(ray @ normal) / distance, -1, 1)))
    line = shapely.LineString([views.xy[v], at])
    return (
        distance <= views.far[v]
        and abs(turn) <= views.hfov[v] / 2
        and incidence < FACING
        and not any(line.crosses(f) or line.within(f) for f in footprints)
    )


def test_a_lens_opposite_a_house_sees_what_its_angle_takes_in():
    """10 m in front of a 100 m wall, 90° take in 20 m of it; at half the range 25 px/m have become 50."""
    house = shapely.box(-50, 10, 50, 30)
    views = views_of([(0, 0, 0, 90, 50, 0)])
    found = privacy_of([house]).intrusion(views, 1)
    half = 10 - OFFSET_M  # the facade axis stands 5 cm before the wall
    assert found.seen_m["residential"]["detect"] == pytest.approx(2 * half)
    assert found.seen_m["residential"]["observe"] == pytest.approx(2 * half)  # out to 20 m
    assert found.seen_m["residential"]["recognise"] == pytest.approx(2 * np.sqrt(10**2 - half**2))  # 10 m
    assert found.seen_m["residential"]["identify"] == 0  # 5 m
    assert found.cameras["residential_m"].tolist() == pytest.approx([2 * half])


def test_a_wall_seen_too_slantwise_does_not_count():
    """The lens looks along a wall 1 m to its left: up to tan 80° metres ahead the wall faces it, beyond it does not."""
    wall = shapely.box(-200, 1, 200, 10)
    found = privacy_of([wall]).intrusion(views_of([(0, 0, 90, 180, 150, 0)]), 1)
    assert found.seen_m["residential"]["detect"] == pytest.approx((1 - OFFSET_M) * np.tan(np.radians(FACING)))


def test_the_back_of_a_house_and_a_house_behind_another_stay_out_of_view():
    front, back = shapely.box(-20, 10, 20, 20), shapely.box(-15, 25, 15, 35)
    found = privacy_of([front, back], ["other", "residential"]).intrusion(views_of([(0, 0, 0, 120, 90, 0)]), 1)
    assert found.seen_m["residential"]["detect"] == 0


def test_houses_of_unknown_use_are_counted_apart_and_a_wall_two_cameras_see_counts_once():
    left, right = shapely.box(-40, 10, 0, 20), shapely.box(0, 10, 40, 20)
    privacy = privacy_of([left, right], ["residential", "unknown"])
    two = privacy.intrusion(views_of([(0, 0, 0, 90, 50, 0), (0, 0, 0, 90, 50, 1)]), 2)
    half = 10 - OFFSET_M
    assert two.seen_m["residential"]["detect"] == pytest.approx(half)
    assert two.seen_m["unknown"]["detect"] == pytest.approx(half)
    assert two.cameras["residential_m"].tolist() == pytest.approx([half, half])
    assert privacy.frontage_m() == pytest.approx({"residential": 90.0, "unknown": 90.0, "other": 0.0}, abs=1e-6)


def test_a_party_wall_is_no_facade_even_where_the_corners_do_not_meet():
    long, short = shapely.box(0, 0, 30, 10), shapely.box(10, 10, 20, 20)
    assert privacy_of([long, short]).frontage_m()["residential"] == pytest.approx(80 - 10 + 40 - 10, abs=0.11)


def test_houses_outside_the_area_are_not_counted():
    privacy = privacy_of([shapely.box(0, 10, 10, 20)], area=shapely.box(50, 50, 60, 60))
    assert privacy.frontage_m()["residential"] == 0
    assert privacy.intrusion(views_of([(5, 0, 0, 90, 50, 0)]), 1).seen_m["residential"]["detect"] == 0


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_frontage_equals_sampled_sight_lines(seed):
    town = random_town(np.random.default_rng(seed), blocks=1, n_views=2)
    views = replace(town.views, near=np.zeros(len(town.views)))
    privacy = privacy_of(town.buildings.footprints)
    exact = privacy.intrusion(views, town.n_cameras).seen_m["residential"]["detect"]
    sampled = sampled_frontage(town.buildings.footprints, views, step := 0.25)
    edges = 4 * len(town.buildings.footprints) * max(len(views), 1)  # each wall is cut at two places at most per view
    assert exact == pytest.approx(sampled, abs=step * (2 + 0.1 * edges))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_frontage_never_exceeds_the_walls_and_levels_nest(seed):
    town = random_town(np.random.default_rng(seed), n_views=5)
    privacy = privacy_of(town.buildings.footprints)
    found = privacy.intrusion(town.views, town.n_cameras)
    by_level = [found.seen_m["residential"][level] for level in LEVELS]
    assert by_level == sorted(by_level, reverse=True)
    assert by_level[0] <= privacy.frontage_m()["residential"] + 1e-6
    per_view = privacy.residential_of(town.views)
    assert by_level[0] <= per_view.sum() + 1e-6
    assert by_level[0] >= per_view.max(initial=0) - 1e-6


def test_without_views_or_buildings_nothing_is_in_view():
    assert privacy_of([]).intrusion(views_of([(0, 0, 0, 90, 50, 0)]), 1).seen_m["residential"]["detect"] == 0
    assert privacy_of([shapely.box(0, 0, 1, 1)]).intrusion(Views.none(), 0).seen_m["residential"]["detect"] == 0
    assert len(Facades.of(Scene(NO_STREETS, np.empty((0, 4))), buildings_of([])).exposed) == 0


def places(**geometries) -> pd.DataFrame:
    rows = [
        (name, "school", name, shapely.transform(g, lambda xy: to_lonlat(xy, PLANE))) for name, g in geometries.items()
    ]
    return pd.DataFrame(rows, columns=["id", "kind", "name", "geometry"])


def test_a_place_is_in_view_by_its_walls_its_grounds_or_its_point():
    seen, hidden = shapely.box(-5, 10, 5, 20), shapely.box(-5, 30, 5, 40)
    privacy = privacy_of(
        [seen, hidden],
        places=places(
            by_wall=shapely.Point(0, 15),
            behind=shapely.Point(0, 35),
            yard=shapely.box(8, 2, 12, 20),
            far_yard=shapely.box(-300, -300, -290, -290),
            in_the_open=shapely.Point(3, 6),
        ),
    )
    table = privacy.places_in_view(views_of([(0, 0, 0, 140, 50, 0)])).set_index("name")
    assert table["in_view"].to_dict() == {
        "by_wall": True, "behind": False, "yard": True, "far_yard": False, "in_the_open": True,
    }  # fmt: skip
    assert table.loc["by_wall", "facade_m"] == pytest.approx(10, abs=0.01)
    assert table.loc["by_wall", "distance_m"] == pytest.approx(15, abs=1e-3)
    none = privacy.places_in_view(Views.none())
    assert not none["in_view"].any()
    assert none["distance_m"].isna().all()


@pytest.mark.parametrize(
    ("tags", "use"),
    [
        ({"building": "apartments"}, "residential"),
        ({"building": "house", "shop": "bakery"}, "residential"),
        ({"building": "yes"}, "unknown"),
        ({"building": "yes", "shop": "mall"}, "other"),
        ({"building": "yes", "building:use": "residential"}, "residential"),
        ({"building": "yes", "building:use": "commercial;residential"}, "residential"),
        ({"building": "church"}, "other"),
    ],
)
def test_the_use_of_a_building_is_read_from_its_tags(tags, use):
    assert use_of(tags) == use


def test_kinds_of_sensitive_places():
    assert place_kind({"amenity": "school"}.get) == "school"
    assert place_kind({"amenity": "bench"}.get) is None
    assert place_kind({"polling_station": "no"}.get) is None
    assert place_kind({"polling_station": "ward_3"}.get) == "polling"
    assert place_kind({"amenity": "cafe", "office": "diplomatic"}.get) == "diplomatic"


def test_places_come_from_nodes_ways_and_multipolygons(write_osm):
    nodes = {i: (0.001 * (i % 2), 0.001 * (i // 2)) for i in range(4)}
    path = write_osm(
        {**nodes, 9: (0.0005, 0.0005, {"amenity": "kindergarten", "name": "Sun"})},
        {
            1: ([0, 1], {"highway": "residential"}),
            2: ([0, 1, 3, 2, 0], {"amenity": "school", "name": "Oak"}),
            3: ([0, 1, 3], {}),
            4: ([3, 2, 0], {}),
            5: ([0, 1, 77], {"amenity": "hospital"}),
        },
        {7: ([(3, "outer"), (4, "outer")], {"type": "multipolygon", "landuse": "military"})},
    )
    found = read_osm([path]).places
    assert found[["id", "kind", "name"]].to_numpy().tolist() == [
        ["node/9", "kindergarten", "Sun"], ["way/2", "school", "Oak"], ["way/5", "health", ""],
        ["relation/7", "military", ""],
    ]  # fmt: skip
    assert [g.geom_type for g in found["geometry"]] == ["Point", "Polygon", "Point", "Polygon"]
    assert found["geometry"][1].area == pytest.approx(1e-6)
