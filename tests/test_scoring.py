"""The score: worked by hand on a drawn town, and what must hold on any."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import network_of
from towns import Town, buildings_of, hand_drawn_town, random_town, random_views, views_of

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals
from camgap.coverage.scoring.report import Districts
from camgap.coverage.settings import ScoreSettings

MOUTH = (
    50 / 3
)  # of Mid Lane that camera 1 sees: the line of sight past the Tower's corner (120, 10) meets x = 100 there
OPEN_MOUTH = 50 * np.tan(np.radians(30))  # ... and without the Tower, out to the edge of its view

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def town() -> Town:
    return hand_drawn_town()


def table(frame, *columns):
    """Rows as {name: (values)}."""
    return {row["name"]: tuple(row[c] for c in columns) for _, row in frame.iterrows()}


def test_coverage_is_the_share_of_length_not_the_mean_of_shares():
    """Streets of 100, 50 and 200 m, of which 60, 50 and 20 m are seen: 130 of 350 m, 37.14 %, and not 56.67 %."""
    network = network_of([[(0, 0), (100, 0)], [(0, 1000), (50, 1000)], [(0, 2000), (200, 2000)]])
    views = views_of([(0, 0, 90, 30, 60, 0), (0, 1000, 90, 30, 60, 1), (0, 2000, 90, 30, 20, 2)])
    report = Town(network, buildings_of([]), views).measured()
    assert (report.covered_m, report.length_m) == pytest.approx((130, 350), abs=1e-9)
    assert report.share == pytest.approx(0.371429, abs=1e-6)
    assert report.by_street["share"].tolist() == pytest.approx([0.1, 0.6, 1.0])  # the longest first
    assert report.by_street["share"].mean() == pytest.approx(0.566667, abs=1e-6)


def test_the_drawn_town_is_scored_as_by_hand(town):
    report = town.measured()
    assert report.length_m == pytest.approx(530)
    assert report.covered_m == pytest.approx(50 + 30 + 10 + MOUTH, abs=1e-9)
    assert report.share == pytest.approx((90 + MOUTH) / 530)
    stretches = np.column_stack([report.seen.start, report.seen.end])
    assert stretches == pytest.approx(np.array([[45, 55], [70, 150], [400, 400 + MOUTH]]), abs=1e-9)


def test_depth_counts_cameras_and_two_views_of_one_camera_once(town):
    # Seen twice: Main Street 80-100 (cameras 0 and 1) and 100-150 (likewise); camera 0's two lenses only meet at E.
    assert town.measured().depth_m == pytest.approx({"1": 10 + 10 + MOUTH, "2": 70, "3+": 0}, abs=1e-9)
    same_camera_twice = views_of([(100, 0, 90, 60, 50, 0), (100, 0, 90, 60, 30, 0)])
    assert town.with_views(same_camera_twice).measured().depth_m == pytest.approx({"1": 50, "2": 0, "3+": 0})
    four_cameras = views_of([(100, 0, 90, 60, far, camera) for camera, far in enumerate((50, 40, 30, 20))])
    assert town.with_views(four_cameras).measured().depth_m == pytest.approx({"1": 10, "2": 10, "3+": 30})


def test_each_camera_is_told_what_it_sees_what_it_alone_sees_and_what_buildings_hide(town):
    cameras = town.measured().cameras
    assert cameras["seen_m"].tolist() == pytest.approx([70, 80 + MOUTH, 10], abs=1e-9)
    assert cameras["only_m"].tolist() == pytest.approx([0, 10 + MOUTH, 10], abs=1e-9)
    assert cameras["hidden_m"].tolist() == pytest.approx([0, OPEN_MOUTH - MOUTH, 0], abs=1e-9)


def test_classes_are_listed_by_length_and_streets_with_their_longest_class(town):
    report = town.measured()
    assert report.by_class["name"].tolist() == ["residential", "primary", "service"]
    assert table(report.by_class, "length_m", "covered_m", "share") == {
        "residential": pytest.approx((300, MOUTH, MOUTH / 300)),
        "primary": pytest.approx((200, 90, 0.45)),
        "service": (30, 0, 0),
    }
    assert table(report.by_street, "length_m", "covered_m", "highway") == {
        "Main Street": (pytest.approx(200), pytest.approx(90), "primary"),
        "North Street": (pytest.approx(200), 0, "residential"),
        "Mid Lane": (pytest.approx(100), pytest.approx(MOUTH), "residential"),
    }


def test_districts_may_overlap_and_may_hold_no_street(town):
    west = [(0.0, 100.0, 0), (200.0, 300.0, 0)]  # everything west of x = 100
    middle = [(40.0, 140.0, 1)]
    start, end, owner = np.array(west + middle).T
    districts = Districts(("West", "Middle", "Lake"), Intervals(start, end, owner.astype(np.int64)))
    assert table(town.measured(districts=districts).by_district, "length_m", "covered_m", "share") == {
        "West": pytest.approx((200, 40, 0.2)),
        "Middle": pytest.approx((100, 80, 0.8)),
        "Lake": (0, 0, 0),
    }


def test_the_comparison_without_buildings_is_labelled_and_never_below_the_score(town):
    report = town.measured()
    assert report.covered_ignoring_buildings_m == pytest.approx(90 + OPEN_MOUTH, abs=1e-9)
    assert report.share_ignoring_buildings == pytest.approx((90 + OPEN_MOUTH) / 530)


def test_weights_by_class_change_the_weighted_share_only(town):
    plain, weighted = town.measured(), town.measured(ScoreSettings(class_weights={"primary": 3.0, "service": 0.0}))
    assert plain.weighted_share == pytest.approx(plain.share)
    assert weighted.weighted_share == pytest.approx((3 * 90 + MOUTH) / (3 * 200 + 300))
    assert weighted.share == plain.share


def test_without_cameras_nothing_is_covered(town):
    report = town.with_views(Views.none()).measured()
    assert (report.covered_m, report.share, report.weighted_share, len(report.cameras)) == (0, 0, 0, 0)
    assert report.depth_m == {"1": 0, "2": 0, "3+": 0}
    assert report.by_district.empty


def test_a_camera_that_sees_no_street_is_listed_with_zeros(town):
    views = views_of([(100, 0, 90, 60, 50, 0), (500, 500, 0, 60, 50, 1)])
    assert town.with_views(views).measured().cameras.iloc[1].tolist() == [0, 0, 0]


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_adding_a_camera_never_lowers_coverage(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=5)
    more = town.views.join(random_views(rng, town.network, town.buildings, 2), town.n_cameras)
    before, after = town.measured(), town.with_views(more).measured()
    assert after.covered_m >= before.covered_m - 1e-9
    assert after.seen.length_within(before.seen.start, before.seen.end).sum() == pytest.approx(before.covered_m)
    assert (
        after.by_class.set_index("name")["covered_m"] >= before.by_class.set_index("name")["covered_m"] - 1e-9
    ).all()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_adding_a_building_never_raises_coverage(seed):
    town = random_town(np.random.default_rng(seed), n_views=6)
    footprints = town.buildings.footprints
    fewer = Buildings(town.buildings.crs, footprints[1:], town.buildings.ids[1:], town.buildings.height[1:])
    with_one_less = Town(town.network, fewer, town.views).measured()
    report = town.measured()
    assert report.covered_m <= with_one_less.covered_m + 1e-9
    assert (report.cameras["seen_m"] <= with_one_less.cameras["seen_m"] + 1e-9).all()
    assert with_one_less.covered_m <= report.covered_ignoring_buildings_m + 1e-9


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_order_of_rows_is_irrelevant(seed):
    rng = np.random.default_rng(seed)
    town = random_town(rng, n_views=6)
    shuffled = town.views.take(rng.permutation(len(town.views)))  # cameras keep their numbers
    one, other = town.measured(), town.with_views(shuffled).measured()
    assert np.array_equal(one.seen.start, other.seen.start)
    assert np.array_equal(one.seen.end, other.seen.end)
    assert one.depth_m == pytest.approx(other.depth_m, abs=1e-9)
    assert one.cameras.to_numpy() == pytest.approx(other.cameras.to_numpy(), abs=1e-9)
    assert [g.length_m for g in one.gaps.listed] == [g.length_m for g in other.gaps.listed]


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(-180, 180), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_turning_and_shifting_the_whole_town_changes_nothing(seed, turn, east, north):
    town = random_town(np.random.default_rng(seed), n_views=6)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    moved_xy = lambda xy: xy @ np.array([[cos, -sin], [sin, cos]]) + [east, north]  # noqa: E731  (clockwise, as azimuths)
    n, v, b = town.network, town.views, town.buildings
    moved = Town(
        replace(n, xy=moved_xy(n.xy)),
        buildings_of(shapely.transform(b.footprints, moved_xy)),
        replace(v, xy=moved_xy(v.xy), azimuth=(v.azimuth + turn) % 360.0),
    )
    one, other = town.measured(), moved.measured()
    assert other.covered_m == pytest.approx(one.covered_m, abs=1e-4)
    assert other.depth_m == pytest.approx(one.depth_m, abs=1e-4)
    assert other.cameras.to_numpy() == pytest.approx(one.cameras.to_numpy(), abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_every_table_adds_up_to_the_whole(seed):
    town = random_town(np.random.default_rng(seed), n_views=6)
    report = town.measured()
    assert sum(report.depth_m.values()) == pytest.approx(report.covered_m, abs=1e-9)
    assert report.by_class["length_m"].sum() == pytest.approx(report.length_m)
    assert report.by_class["covered_m"].sum() == pytest.approx(report.covered_m, abs=1e-9)
    assert report.cameras["only_m"].sum() == pytest.approx(report.depth_m["1"], abs=1e-9)
    assert (report.cameras["only_m"] <= report.cameras["seen_m"] + 1e-9).all()
    assert report.cameras["seen_m"].sum() == pytest.approx(
        (report.depth.depth * (report.depth.end - report.depth.start)).sum()
    )
    unseen = sum(g.length_m for g in report.gaps.listed) + report.gaps.short_m
    assert unseen + report.covered_m == pytest.approx(report.length_m)
