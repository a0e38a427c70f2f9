"""Cameras onto the plane: out of walls, near enough to the study area, completed from presets and never silently."""

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from camgap.config.project import load_settings
from camgap.coverage.buildings import Buildings
from camgap.coverage.errors import CameraError, SettingsError
from camgap.coverage.heads import heads_of
from camgap.coverage.inputs.facades import move_to_facades
from camgap.coverage.inputs.inventory import osm_cameras, read_cameras
from camgap.coverage.inputs.placing import place_cameras
from camgap.coverage.inputs.verdict import settle
from camgap.coverage.optics import focal_px
from camgap.coverage.projection import local_crs, to_lonlat
from camgap.coverage.scoring.draws import Doubts
from camgap.coverage.settings import CameraModel, CameraSettings
from camgap.coverage.streets import StreetNetwork

CRS = local_crs(11.5, 48.1)
SETTINGS, QUALITY = load_settings().cameras, load_settings().quality
NONE = float("nan")
FILLED = "hfov,range,height,tilt,light"

# The town, metres: an east-west street along y = 0, a house north of it, a second one touching it in the east.
#
#     y 30 ┌─────────┬──────┐
#          │  house  │ next │
#     y 10 └─────────┴──────┘
#          -20       20     40
#     y 0  ═══════════════════════════════ street, from x = -100 to x = 200
HOUSE, NEXT = shapely.box(-20, 10, 20, 30), shapely.box(20, 10, 40, 30)


def network(*lines):
    xy = [np.array(line, dtype=float) for line in lines]
    edges = pd.DataFrame(
        {"u": 0, "v": 1, "osmid": 1, "highway": "residential", "name": "", "oneway": False}, index=range(len(xy))
    )
    ptr = np.concatenate([[0], np.cumsum([len(line) for line in xy])])
    return StreetNetwork(CRS, np.concatenate(xy), ptr, edges, pd.DataFrame({"x": [0.0, 0.0], "y": [0.0, 0.0]}))


def buildings(*polygons):
    array = np.empty(len(polygons), dtype=object)
    array[:] = polygons
    return Buildings(CRS, array, np.arange(len(polygons)), np.full(len(polygons), np.nan))


STREET = network([(-100, 0), (200, 0)])
TOWN = buildings(HOUSE, NEXT)


@pytest.fixture
def cameras(tmp_path):
    """Return a function from rows (x, y [m], further fields) to a camera list read from a file."""

    def listed(*rows, name="cameras.csv", swap=False):
        lonlat = to_lonlat(np.array([row[:2] for row in rows]), CRS)
        fields = [row[2] if len(row) > 2 else {} for row in rows]
        frame = pd.DataFrame(fields)
        frame["lat" if swap else "lon"], frame["lon" if swap else "lat"] = lonlat.T
        frame.to_csv(tmp_path / name, index=False)
        return read_cameras(tmp_path / name)

    return listed


@pytest.fixture
def place(cameras):
    """Return a function that places rows in the town."""

    def placed(*rows, houses=TOWN, streets=STREET, area=None, **changes):
        return place_cameras([cameras(*rows)], streets, houses, area, SETTINGS.model_copy(update=changes))

    return placed


def presets(**changes):
    """Return the shipped presets with one changed per keyword: kind=dict of changes."""
    return SETTINGS.presets | {kind: SETTINGS.presets[kind].model_copy(update=new) for kind, new in changes.items()}


def distance_to_houses(inventory, houses=TOWN):
    points = shapely.points(inventory.cameras[["x", "y"]].to_numpy())
    return shapely.distance(points, shapely.union_all(houses.footprints))


# --- facades ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "heading", "expected"),
    [
        ((0, 12), 180, (0, 9.9)),  # 2 m inside, looks south: straight out of the south wall
        ((0, 12), NONE, (0, 9.9)),  # no heading: the nearest wall
        ((0, 28), NONE, (0, 30.1)),
        ((-19, 14), 180, (-19, 9.9)),  # the west wall is nearer, but it does not face south ... within 100°, west does
        ((-16, 12), 90, (-16, 9.9)),  # looks east: the south wall is 90° off, the north wall too far
        ((0, 10), 180, (0, 9.9)),  # exactly on the wall
        ((0, 9.95), 180, (0, 9.9)),  # outside, but too close
        ((0, 9.95), 200, (0, 9.9)),
        ((20, 12), NONE, (20, 9.9)),  # on the wall between two touching houses, which is no facade
        ((20, 12), 180, (20, 9.9)),
    ],
)
def test_a_camera_in_a_house_moves_to_the_nearest_wall_it_faces(at, heading, expected):
    if at == (-19, 14):
        expected = (-20.1, 14)
    placed = move_to_facades(np.array([at], float), np.array([heading], float), TOWN, 0.1, 5.0)
    assert placed.moved.all()
    assert placed.xy[0] == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(
    ("at", "heading"),
    [
        ((0, 20), NONE),  # 10 m from the nearest wall
        ((0, 14), 0),  # 4 m from the south wall, but it looks north
        ((20, 20), NONE),  # between two houses, 10 m from the street
    ],
)
def test_a_camera_with_no_fitting_wall_in_reach_is_too_deep_and_not_guessed(at, heading):
    placed = move_to_facades(np.array([at], float), np.array([heading], float), TOWN, 0.1, 5.0)
    assert placed.deep.all()
    assert not placed.moved.any()
    assert placed.xy[0].tolist() == list(at)


@pytest.mark.parametrize("at", [(0, 9.9), (0, 9.0), (0, 0), (-20.1, 20)])
def test_a_camera_far_enough_outside_stays_where_it_is(at):
    placed = move_to_facades(np.array([at], float), np.array([0.0]), TOWN, 0.1, 5.0)
    assert not placed.moved.any()
    assert not placed.deep.any()
    assert placed.xy[0].tolist() == list(at)


def test_a_camera_in_the_inner_corner_of_two_wings_keeps_clear_of_both():
    houses = buildings(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 20))  # their corner is (10, 10)
    for at in ((10.0, 10.0), (9.95, 10.05), (11.0, 11.0)):
        placed = move_to_facades(np.array([at]), np.array([NONE]), houses, 0.1, 5.0)
        assert shapely.distance(shapely.Point(placed.xy[0]), shapely.union_all(houses.footprints)) >= 0.0999
        assert placed.xy[0] == pytest.approx((9.9, 10.1), abs=1.2)


def test_a_camera_by_a_courtyard_may_look_into_it():
    ring = shapely.box(0, 0, 40, 40).difference(shapely.box(10, 10, 30, 30))
    placed = move_to_facades(np.array([[8.0, 20.0]]), np.array([90.0]), buildings(ring), 0.1, 5.0)
    assert placed.xy[0] == pytest.approx((10.1, 20))


def test_a_camera_does_not_end_up_in_the_house_across_a_narrow_gap():
    houses = buildings(shapely.box(0, 0, 10, 10), shapely.box(10.1, 0, 20, 10))  # 10 cm apart
    placed = move_to_facades(np.array([[9.5, 5.0]]), np.array([90.0]), houses, 0.1, 6.0)
    assert shapely.distance(shapely.Point(placed.xy[0]), shapely.union_all(houses.footprints)) >= 0.0999
    assert placed.xy[0][0] == pytest.approx(9.5, abs=1e-6)  # past the south or north end: both walls are 90° off


houses_and_points = st.tuples(
    st.lists(st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 12)] * 2), min_size=1, max_size=6),
    st.lists(st.tuples(*[st.integers(0, 84).map(lambda i: i / 2)] * 2), min_size=1, max_size=8),
    st.sampled_from([NONE, 0.0, 45.0, 135.0, 270.0]),
)


@given(houses_and_points)
def test_every_camera_ends_clear_of_all_houses_or_is_too_deep(scene):
    boxes, points, heading = scene
    town = buildings(*(shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes))
    xy = np.array(points, dtype=float)
    placed = move_to_facades(xy, np.full(len(xy), heading), town, 0.1, 5.0)
    solid = shapely.union_all(town.footprints)
    used = ~placed.deep
    assert (shapely.distance(shapely.points(placed.xy[used]), solid) >= 0.0985).all()
    moved = np.hypot(*(placed.xy - xy).T)
    assert ((moved > 0) == placed.moved).all()
    assert moved.max() <= 5.1 + 1e-9
    assert not (placed.deep & (shapely.distance(shapely.points(xy), solid) > 0.099)).any()
    again = move_to_facades(placed.xy[used], np.full(used.sum(), heading), town, 0.1, 5.0)
    assert not again.moved.any()


def test_the_inventory_records_what_was_moved_and_what_was_set_aside(place):
    inventory = place((0, 12, {"azimuth": 180}), (0, 20, {"azimuth": 180}), (50, 2, {"azimuth": 270}))
    account = inventory.account
    assert (account.read, account.used, account.moved_to_facade) == (3, 2, 1)
    assert account.set_aside == {"deep_in_building": 1}
    assert account.rows_set_aside[0].row == 3
    assert account.rows_set_aside[0].detail == "no wall within 5 m faces 180°"
    assert inventory.cameras["moved_m"].tolist() == pytest.approx([2.1, 0], abs=1e-5)
    assert inventory.cameras[["x", "y"]].to_numpy() == pytest.approx(np.array([[0, 9.9], [50, 2]]), abs=1e-5)
    assert inventory.cameras["row"].tolist() == [2, 4]
    given = to_lonlat(np.array([[0.0, 12.0]]), CRS)[0]
    assert inventory.cameras[["lon", "lat"]].iloc[0].tolist() == pytest.approx(given.tolist())


def test_offset_and_limit_are_settings(place):
    inventory = place((0, 14, {"azimuth": 180}), (50, 2), facade_offset_m=0.4)
    assert inventory.cameras["y"].iloc[0] == pytest.approx(9.6, abs=1e-4)
    assert place((0, 14, {"azimuth": 180}), (50, 2), facade_limit_m=3).account.set_aside == {"deep_in_building": 1}


@pytest.mark.parametrize("row", [{}, {"azimuth": "0-360"}, {"azimuth": "0;180"}, {"azimuth": 0, "hfov": 360}])
def test_without_one_direction_the_nearest_wall_is_taken(place, row):
    assert place((0, 12, row)).cameras["y"].iloc[0] == pytest.approx(9.9, abs=1e-4)


# --- filling ----------------------------------------------------------------------------------------------------------


def test_what_the_list_says_is_used_as_it_is(place):
    inventory = place(
        (50, 2, {"azimuth": 225, "hfov": 61, "range": 33, "near": 2, "height": 4, "tilt": 12, "type": "fixed"})
    )
    heads = inventory.heads
    assert (heads.azimuth[0], heads.hfov[0], heads.near_m[0], heads.height[0], heads.tilt[0]) == (225, 61, 2, 4, 12)
    assert heads.focal_px[0] == 25 * 33  # a stated range is where 25 px/m are left
    assert not heads.sector[0]
    assert inventory.account.filled == {"light": 1}
    camera = inventory.cameras.iloc[0]
    assert (camera["height"], camera["tilt"], camera["kind"], camera["filled"]) == (4, 12, "fixed", "light")


@pytest.mark.parametrize("word", ["none", "None", "no", "无", "无补光", "without IR"])
def test_a_list_that_says_there_is_no_own_light_is_believed(place, word):
    inventory = place((50, 2, {"azimuth": 90, "补光": word}), (60, 2, {"azimuth": 90, "补光": "infrared"}))
    assert inventory.heads.light_m.tolist() == [0, SETTINGS.presets["unknown"].light_m]
    assert ["light" in filled.split(",") for filled in inventory.cameras["filled"]] == [False, True]


def test_a_stated_range_of_light_wins_over_the_word_for_its_kind(place):
    assert place((50, 2, {"light": "none", "ir range": 20})).heads.light_m.tolist() == [20]


@pytest.mark.parametrize("kind", ["fixed", "dome", "panning", "panoramic", "unknown"])
def test_what_the_list_does_not_say_comes_from_the_preset_of_its_kind_and_is_counted(place, kind):
    inventory = place((50, 2, {"azimuth": 90, "type": kind}))
    preset, heads = SETTINGS.presets[kind], inventory.heads
    assert (heads.azimuth[0], heads.hfov[0], heads.height[0], heads.tilt[0], heads.light_m[0]) == (
        90, preset.hfov, preset.height_m, preset.tilt, preset.light_m,
    )  # fmt: skip
    assert heads.focal_px[0] == pytest.approx(focal_px(preset.pixels, preset.hfov, kind == "panoramic"))
    assert inventory.account.filled == dict.fromkeys(("height", "hfov", "light", "range", "tilt"), 1)
    assert inventory.cameras["filled"].tolist() == [FILLED]


def test_each_heading_gives_a_view_and_a_range_its_own_width(place):
    inventory = place((50, 2, {"azimuth": "90;W-E"}), (60, 2, {"azimuth": "10-50"}))
    assert inventory.heads.camera.tolist() == [0, 0, 1]
    assert inventory.heads.azimuth.tolist() == [90, 0, 30]
    assert inventory.heads.hfov.tolist() == [SETTINGS.presets["unknown"].hfov, 180, 40]
    assert inventory.account.filled["hfov"] == 1
    assert inventory.cameras["filled"].tolist() == [FILLED, FILLED.removeprefix("hfov,")]


def test_a_camera_without_azimuth_on_a_facade_looks_away_from_it(place):
    inventory = place((0, 12), (0, 9.5), (10, 30.9), (-20.5, 20), (0, 31.5))
    assert inventory.heads.azimuth[:4] == pytest.approx([180, 180, 0, 270], abs=0.1)
    assert inventory.heads.azimuth[4] == pytest.approx(90)  # 1.5 m away it hangs on no wall: along the street
    assert inventory.account.filled["azimuth"] == 5


def test_a_camera_without_azimuth_looks_along_its_street_to_where_there_is_more_of_it(place):
    inventory = place((-95, 2), (195, -2), (50, 3), houses=buildings())
    assert inventory.heads.azimuth.tolist() == pytest.approx([90, 270, 90])  # of two equal sides the smaller azimuth
    assert inventory.cameras["filled"].tolist() == ["azimuth," + FILLED] * 3


def test_along_a_bent_street_the_nearest_piece_counts(place):
    bent = network([(-100, 0), (0, 0), (0, 100), (10, 100)])
    inventory = place((-60, 1), (2, 60), streets=bent, houses=buildings())
    assert inventory.heads.azimuth.tolist() == pytest.approx([90, 180])
    assert (inventory.heads.hfov < 360).all()


def test_a_fixed_camera_without_azimuth_is_never_all_round(place):
    inventory = place(*[(x, 5, {"type": kind}) for x in (-50, 50) for kind in ("fixed", "dome", "")])
    assert (inventory.heads.hfov < 100).all()


def test_a_panning_camera_without_azimuth_counts_as_all_round_and_says_so(place):
    inventory = place(
        (50, 2, {"type": "PTZ"}), (60, 2, {"type": "PTZ", "azimuth": 90}), (70, 2, {"type": "PTZ", "hfov": 60})
    )
    preset = SETTINGS.presets["panning"]
    heads = inventory.heads
    assert heads.camera.tolist() == [0, 1, 1, 2]  # one with a heading has a home, and a circle it reaches at times
    assert heads.hfov.tolist() == [360, preset.hfov, 360, 360]
    assert heads.sometimes.tolist() == [True, False, True, True]
    assert heads.dwell == pytest.approx([65.1 / 360, 0.8, 0.2 * 65.1 / 360, 60 / 360])
    assert inventory.account.filled == {"all_round": 2, "height": 3, "hfov": 2, "light": 3, "range": 3, "tilt": 3}
    assert "all_round" in inventory.cameras["filled"].iloc[0]


def test_a_moving_head_that_is_said_to_have_no_home_is_guaranteed_nowhere(place):
    ptz = {"azimuth": 90, "type": "ptz"}
    heads = place((50, 2, ptz | {"PTZ home": "no"}), (50, 2, ptz | {"PTZ home": "yes"})).heads
    assert heads.camera.tolist() == [0, 1, 1]
    assert heads.hfov.tolist() == pytest.approx([360, 65.1, 360])
    assert heads.sometimes.tolist() == [True, False, True]
    tour = place((50, 2, ptz | {"PTZ home": "no", "azimuth": "0;90"})).heads
    assert tour.azimuth.tolist() == [0, 90]


def test_a_camera_that_says_360_needs_no_azimuth(place):
    inventory = place((50, 2, {"hfov": 360}), (60, 2, {"azimuth": "0-360"}))
    assert inventory.heads.hfov.tolist() == [360, 360]
    assert inventory.heads.sector.all()
    assert "azimuth" not in inventory.account.filled


def test_a_preset_may_ask_to_set_cameras_without_azimuth_aside(place):
    strict = presets(unknown={"azimuth": "set_aside"})
    inventory = place(
        (50, 2), (60, 2, {"azimuth": 90}), (70, 2, {"hfov": 360}), (80, 2, {"type": "dome"}), presets=strict
    )
    assert inventory.account.set_aside == {"no_azimuth": 1}
    assert inventory.cameras["row"].tolist() == [3, 4, 5]
    with pytest.raises(CameraError, match=r"2 rows can be used: 2 no_azimuth \(line 2\); .*along_street"):
        place((50, 2), (60, 2), presets=strict)


def test_a_height_that_is_assumed_never_hides_all_of_a_short_range(place):
    inventory = place((50, 2, {"azimuth": 90, "range": 3}))
    views, _ = inventory.heads.views(25, QUALITY)
    assert (views.near[0], views.far[0], views.is_frame[0]) == (0, 3, False)
    assert inventory.cameras["filled"].tolist() == ["hfov,light"]


def test_a_stated_height_stays_where_the_range_is_stated_and_the_tilt_is_not(place):
    """10 m up, the lower edge of the picture 15° + 29.4° down: nearer than 8.6 m nothing is seen at 1.6 m."""
    inventory = place((50, 2, {"azimuth": 90, "hfov": 90, "range": 60, "height": 10}))
    views, _ = inventory.heads.views(25, QUALITY)
    assert (views.lens[0], views.drop[0], views.is_frame[0]) == (10, 8.4, False)
    assert (views.near[0], views.far[0]) == pytest.approx((8.4 / np.tan(np.radians(15 + 29.36)), 60), abs=0.01)
    assert inventory.cameras["filled"].tolist() == ["tilt,light"]
    doubts = Doubts.of(inventory).unknown
    assert (doubts["height"].tolist(), doubts["tilt"].tolist()) == ([False], [True])


def test_nothing_depends_on_the_tilt_of_a_flat_sector_whose_near_limit_is_stated(place):
    inventory = place((50, 2, {"azimuth": 90, "hfov": 90, "range": 60, "near": 4, "height": 10}))
    assert (inventory.heads.near_m[0], inventory.cameras["filled"][0]) == (4, "light")
    assert not Doubts.of(inventory).unknown["tilt"][0]


def test_a_stated_height_never_hides_all_of_a_short_range(place):
    inventory = place((50, 2, {"azimuth": 90, "hfov": 78, "range": 7, "height": 6}))
    views, _ = inventory.heads.views(25, QUALITY)
    assert (views.near[0], views.far[0], views.lens[0]) == (0, 7, 6)
    assert inventory.cameras["filled"].tolist() == ["light"]


def test_of_a_flat_sector_height_and_tilt_are_unknown_though_nothing_is_assumed(place):
    doubts = Doubts.of(place((50, 2, {"azimuth": 90, "range": 40}), (60, 2, {"azimuth": "0-360"}))).unknown
    assert doubts["height"].tolist() == doubts["tilt"].tolist() == [True, True]


@pytest.mark.parametrize(
    ("row", "hfov", "filled"),
    [
        ({"focal length mm": 4, "sensor": '1/2.8"'}, 70.0, "hfov_lens"),
        ({"焦距": "12 mm", "靶面尺寸": "1/2.8"}, 26.3, "hfov_lens"),
        ({"lens": "6mm", "sensor width (mm)": 5.376}, 48.3, "hfov_lens"),
        ({"lens": "6mm"}, 50.0, "hfov_lens,sensor"),
        ({"lens": "6mm", "sensor": "1/2.8", "hfov": 54}, 54, ""),  # the list's own angle wins,
        ({"lens": "6mm", "sensor": "1/2.8", "model": "bullet-12mm"}, 27, "hfov_sheet"),  # then the data sheet
        ({"lens": "2.8-12 mm"}, 78, "hfov"),  # a zoom says nothing
    ],
)
def test_the_lens_formula_comes_after_the_data_sheet_and_before_the_preset(place, row, hfov, filled):
    inventory = place((50, 2, {"azimuth": 90, **row}))
    assert inventory.heads.hfov[0] == pytest.approx(hfov, abs=0.15)
    told = [name for name in inventory.cameras["filled"][0].split(",") if name.startswith(("hfov", "sensor"))]
    assert ",".join(told) == filled
    assert inventory.account.rejected == ({"focal_length": 1} if "-" in str(row.get("lens")) else {})


def test_a_model_is_found_behind_its_maker_and_with_its_focal_length_elsewhere_and_else_told(place):
    models = ["Hikvision DS-2CD1043G2 2.8mm", "ds-2cd1043g2", "AXIS P3807-PVE", "DS-2CD1043G2-I", "", "DS-2CD1043G2-I"]
    rows = [(50, 2, {"azimuth": 90, "model": model, "lens": "4" if i == 1 else ""}) for i, model in enumerate(models)]
    inventory = place(*rows)
    assert inventory.heads.hfov.tolist() == [98, 78, 180, 78, 78, 78]
    assert inventory.account.unknown_models == {"DS-2CD1043G2-I": 2}


def test_only_the_lists_own_height_looks_over_roofs(place):
    sheet = CameraModel(id="b", name="b", hfov=78, pixels=2560, height_m=9, tilt=10, price=1)
    inventory = place((50, 2, {"azimuth": 90, "model": "b"}), (50, 3, {"azimuth": 90, "height": 9}), sheets=(sheet,))
    assert inventory.heads.height.tolist() == [9, 9]
    assert inventory.heads.lens.tolist() == pytest.approx([np.nan, 9], nan_ok=True)


def test_values_out_of_range_are_filled_and_counted_as_rejected(place):
    inventory = place((50, 2, {"azimuth": 999, "hfov": 700}))
    assert inventory.account.rejected == {"azimuth": 1, "hfov": 1}
    assert inventory.cameras["filled"].iloc[0] == "azimuth," + FILLED


def test_a_kind_without_a_preset_is_a_settings_error(place):
    with pytest.raises(SettingsError, match=r"none for panning; add \[cameras\.presets\.panning\]"):
        place((50, 2), presets={k: p for k, p in SETTINGS.presets.items() if k != "panning"})


def test_the_shipped_presets_and_models_reach_as_far_as_the_optics_they_name():
    shipped = load_settings()
    presets, models = shipped.cameras.presets, {model.id: model for model in shipped.plan.models}
    assert presets["unknown"].model_dump(exclude={"source"}) == presets["fixed"].model_dump(exclude={"source"})
    depth = {name: heads_of([lens]).focal_px[0] / 25 for name, lens in {**presets, **models}.items()}
    assert depth["fixed"] == depth["bullet-4mm"] == pytest.approx(63.23, abs=0.005)
    assert depth["dome"] == depth["bullet-2.8mm"] == pytest.approx(44.51, abs=0.005)
    assert depth["panning"] == pytest.approx(60.16, abs=0.005)
    assert depth["bullet-12mm"] == pytest.approx(213.26, abs=0.005)
    assert depth["panoramic"] == depth["panoramic-180"] == pytest.approx(55.0, abs=0.005)
    assert depth["fisheye-360"] == pytest.approx(37.99, abs=0.005)
    assert all(lens.source for lens in (*presets.values(), *models.values()))


# --- which cameras count ----------------------------------------------------------------------------------------------


def test_a_camera_outside_the_area_counts_as_far_as_it_reaches(place):
    area = shapely.box(-10, -10, 10, 10)
    inventory = place((40, 0, {"range": 31}), (40, 0, {"range": 29}), (0, 0), area=area, houses=buildings())
    assert inventory.cameras["row"].tolist() == [2, 4]
    assert inventory.account.set_aside == {"far_from_area": 1}
    assert inventory.account.rows_set_aside[0].detail == "0.03 km from the study area"


def test_without_an_area_the_hull_of_the_streets_is_the_area(place):
    inventory = place((210, 0, {"range": 11}), (210, 0, {"range": 9}))
    assert inventory.cameras["row"].tolist() == [2]


def test_a_list_that_lies_far_away_is_an_error_that_says_how_far(place):
    with pytest.raises(
        CameraError, match=r"cameras\.csv: all 2 cameras are far .* is 49\.9 km from its centre .*same place"
    ):
        place((50_000, 0), (60_000, 0))


def test_swapped_coordinates_are_told_by_their_fit(cameras):
    swapped = cameras((0, 2), (50, 2), swap=True)
    with pytest.raises(
        CameraError, match=r"far from the study area.*with longitude and latitude exchanged 2 of them lie in it"
    ):
        place_cameras([swapped], STREET, TOWN, None, SETTINGS)


def test_point_texts_are_taken_in_the_order_that_fits_the_area(tmp_path):
    lon, lat = to_lonlat(np.array([[50.0, 2.0]]), CRS)[0]
    for first, second, order in ((lon, lat, "longitude, latitude"), (lat, lon, "latitude, longitude")):
        path = tmp_path / "points.csv"
        path.write_text(f"name,Location\na,POINT ({first} {second})\n", encoding="utf-8")
        settled = settle(read_cameras(path), STREET)
        assert settled.records[["lon", "lat"]].iloc[0].tolist() == pytest.approx([lon, lat])
        assert [(p.column, p.note) for p in settled.mapping if p.note == order] == [("Location", order)]
        inventory = place_cameras([settled], STREET, TOWN, None, SETTINGS)
        assert inventory.cameras[["x", "y"]].iloc[0].tolist() == pytest.approx([50, 2], abs=1e-4)
        assert inventory.cameras[["lon", "lat"]].iloc[0].tolist() == pytest.approx([lon, lat])
        assert inventory.account.columns["points.csv"]["Location"] == order


def test_cameras_that_do_not_work_are_set_aside_unless_wanted(place):
    rows = ((50, 2, {"status": "broken"}), (60, 2, {"status": "ok"}))
    assert place(*rows).account.set_aside == {"not_working": 1}
    inventory = place(*rows, not_working=True)
    assert inventory.cameras["status"].tolist() == ["not_working", "working"]
    with pytest.raises(CameraError, match=r"1 not_working \(line 2\); not_working = true"):
        place(rows[0])


def test_openstreetmap_cameras_far_away_or_absent_are_no_error():
    far = osm_cameras([1], [0.0], [10.0], [{"man_made": "surveillance"}])
    for lists in ([far], [osm_cameras([], [], [], [])], []):
        inventory = place_cameras(lists, STREET, TOWN, None, SETTINGS)
        assert len(inventory) == len(inventory.heads) == 0
        assert inventory.account.read == sum(inventory.account.set_aside.values())


def test_several_lists_are_joined_and_their_ids_kept_apart(cameras):
    one = cameras((50, 2, {"id": "a"}), (0, 20, {"id": "b"}), name="one.csv")
    two = cameras((60, 2, {"id": "a", "azimuth": "?"}), (70, 2, {"id": "c"}), name="two.csv")
    inventory = place_cameras([one, two], STREET, TOWN, None, SETTINGS)
    assert list(inventory) == ["a", "a#2", "c"]
    assert inventory.cameras["source"].tolist() == ["one.csv", "two.csv", "two.csv"]
    assert (inventory.account.read, inventory.account.used) == (4, 3)
    assert inventory.account.rejected == {"azimuth": 1}
    assert set(inventory.account.columns) == {"one.csv", "two.csv"}
    assert inventory.heads.xy == pytest.approx(np.array([[50, 2], [60, 2], [70, 2]]), abs=1e-4)


def test_the_order_of_the_rows_changes_nothing(cameras):
    rng = np.random.default_rng(0)
    rows = [
        (x, y, {"id": i, "azimuth": a})
        for i, (x, y, a) in enumerate(
            zip(rng.uniform(-90, 190, 40), rng.uniform(-5, 35, 40), ["", 0, 90, "S;N"] * 10, strict=True)
        )
    ]
    order = rng.permutation(len(rows))

    def outcome(listed):
        inventory = place_cameras([listed], STREET, TOWN, None, SETTINGS)
        views = inventory.heads
        identity = inventory.cameras["id"].to_numpy()[views.camera]
        return sorted(
            zip(identity, views.xy[:, 0].round(6), views.xy[:, 1].round(6), views.azimuth.round(6), strict=True)
        )

    assert outcome(cameras(*rows)) == outcome(cameras(*[rows[i] for i in order]))


kinds = st.sampled_from(["", "fixed", "dome", "PTZ", "guard", "webcam"])
row = st.tuples(
    st.integers(-150, 250),
    st.integers(-60, 60),
    st.fixed_dictionaries(
        {
            "type": kinds,
            "azimuth": st.sampled_from(["", "90", "0;180", "W-E", "0-360", "?"]),
            "hfov": st.sampled_from(["", "60", "360", "-1"]),
            "range": st.sampled_from(["", "20", "0"]),
            "status": st.sampled_from(["", "ok", "broken", "planned"]),
        }
    ),
)


@given(st.lists(row, min_size=1, max_size=8))
def test_every_camera_read_is_used_or_set_aside_and_every_filling_counted(rows):
    lonlat = to_lonlat(np.array([r[:2] for r in rows], dtype=float), CRS)
    tags = [
        {
            "man_made": "surveillance",
            "camera:type": said["type"],
            "camera:direction": said["azimuth"],
            "camera:fov": said["hfov"],
            "camera:range": said["range"],
            "status": said["status"],
        }
        for *_, said in rows
    ]
    listed = osm_cameras(range(len(rows)), lonlat[:, 0].tolist(), lonlat[:, 1].tolist(), tags)
    inventory = place_cameras([listed], STREET, TOWN, None, SETTINGS)
    account = inventory.account
    assert account.read == len(rows) == account.used + sum(account.set_aside.values())
    assert account.used == len(inventory) == len(set(inventory.heads.camera.tolist()))
    assert len(account.rows_set_aside) == sum(account.set_aside.values())
    filled = inventory.cameras["filled"].str.split(",").explode()
    assert account.filled == filled[filled != ""].value_counts().to_dict()
    assert (distance_to_houses(inventory) >= 0.0985).all()
    first = np.unique(inventory.heads.camera, return_index=True)[
        1
    ]  # one that turns away from home has a circle as well
    wide = inventory.cameras.iloc[np.flatnonzero(inventory.heads.hfov[first] == 360)]
    for camera in wide.itertuples():
        said = tags[int(str(camera.id).removeprefix("node/"))]
        assert "all_round" in camera.filled or "360" in (said["camera:fov"], said["camera:direction"][-3:])
    json.dumps([account.set_aside, account.filled])


# --- real towns -------------------------------------------------------------------------------------------------------


def real_town(path):
    from camgap.coverage.inputs.area import study_area
    from camgap.coverage.inputs.footprints import build_buildings
    from camgap.coverage.inputs.network import build_network
    from camgap.coverage.inputs.osm import read_osm

    extract = read_osm([path])
    area = study_area(extract)
    streets, _ = build_network(extract, area, load_settings().streets)
    plane = area.in_plane(streets.crs)
    nodes = extract.cameras
    listed = osm_cameras(*(nodes[column].tolist() for column in ("id", "lon", "lat", "tags")))
    return listed, streets, build_buildings(extract, streets.crs, plane), plane


@pytest.mark.parametrize(
    ("town", "read", "used", "moved", "deep"),
    [
        ("munich-centre.osm.pbf", 210, 105, 55, 9),
        ("monaco.osm.pbf", 10, 9, 1, 1),
        ("berlin-unter-den-linden.osm.gz", 40, 36, 2, 2),
    ],
)
def test_the_cameras_of_a_real_town_are_accounted_and_clear_of_its_houses(real_data, town, read, used, moved, deep):
    listed, streets, houses, area = real_town(real_data(town))
    inventory = place_cameras([listed], streets, houses, area, SETTINGS)
    account = inventory.account
    assert (account.read, account.used, account.moved_to_facade) == (read, used, moved)
    assert account.set_aside["deep_in_building"] == deep
    assert account.read == account.used + sum(account.set_aside.values())
    assert (distance_to_houses(inventory, houses) >= 0.0985).all()
    assert inventory.cameras["moved_m"].max() <= 5.1
    assert not (
        (inventory.heads.hfov == 360) & (inventory.cameras["kind"].to_numpy()[inventory.heads.camera] != "panning")
    ).any()


def test_settings_of_cameras_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        CameraSettings(presets=SETTINGS.presets).facade_limit_m = 1
