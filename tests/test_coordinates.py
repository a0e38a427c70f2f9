"""Coordinate systems: published oracles, inverses to a millimetre, the verdict of the streets, ruined coordinates."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from towns import hand_drawn_town

from camgap.coverage.errors import CameraError, SettingsError
from camgap.coverage.inputs.coordinates import find_positions
from camgap.coverage.inputs.datum import (
    CoordinateSystem,
    bd09_from_gcj02,
    coordinate_system,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    wgs84_from_gcj02,
)
from camgap.coverage.inputs.degrees import RuinedError, degrees, metres
from camgap.coverage.inputs.inventory import read_cameras
from camgap.coverage.inputs.verdict import FEWEST, judge, settle
from camgap.coverage.projection import local_crs, to_lonlat

MILLIMETRE_DEG = 1e-3 / 111_320  # of a great circle; smaller in longitude

in_china = st.tuples(st.floats(73.5, 135), st.floats(18, 53.5))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-89, 89))


# --- GCJ-02 and BD-09 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wgs84", "gcj02", "places"),
    [  # coordtransform, eviltransform
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164), 1e-9),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), 1e-9),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), 1e-9),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), 1e-9),
        ((101.72, 26.58), (101.721575821, 26.576433936), 1e-9),
    ],
)
def test_gcj02_meets_the_published_points_and_comes_back(wgs84, gcj02, places):
    assert gcj02_from_wgs84(np.array(wgs84))[0] == pytest.approx(gcj02, abs=places)
    assert wgs84_from_gcj02(np.array(gcj02))[0] == pytest.approx(wgs84, abs=2e-9)


def test_bd09_meets_the_published_points_and_comes_back():
    gcj02 = np.array([[116.404, 39.915]])
    assert bd09_from_gcj02(gcj02)[0] == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)
    assert wgs84_from_gcj02(gcj02)[0] == pytest.approx(
        (116.39775575457, 39.91359623561), abs=1e-10
    )  # iterated, not one step
    panzhihua = CoordinateSystem("BD-09").to_wgs84(np.array([101.728113451, 26.582304592]))[0]
    assert panzhihua == pytest.approx((101.72, 26.58), abs=2e-9)
    closed = np.array([116.39762729119315, 39.90865673957631])  # the usual closed inverse is off by centimetres
    assert 1e-7 < np.abs(gcj02_from_bd09(np.array([116.404, 39.915]))[0] - closed).max() < 3e-6


@given(st.lists(in_china, min_size=1, max_size=20))
def test_the_inverses_are_good_to_a_millimetre(places):
    lonlat = np.array(places)
    gcj02 = gcj02_from_wgs84(lonlat)
    assert np.abs(wgs84_from_gcj02(gcj02) - lonlat).max() < MILLIMETRE_DEG
    assert np.abs(gcj02_from_bd09(bd09_from_gcj02(gcj02)) - gcj02).max() < MILLIMETRE_DEG


@given(anywhere)
def test_outside_of_its_box_gcj02_is_wgs84(place):
    lonlat = np.array([place])
    lon, lat = place
    inside = 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271
    moved = np.abs(gcj02_from_wgs84(lonlat) - lonlat).max()
    assert (moved > 0) if inside else (moved == 0)
    assert moved < 0.02


# --- named systems ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name", "swapped"),
    [
        ("WGS-84", "WGS-84", False),
        ("wgs84", "WGS-84", False),
        ("EPSG:4326", "WGS-84", False),
        ("4326", "WGS-84", False),
        ("CGCS2000", "WGS-84", False),
        ("EPSG:4490", "WGS-84", False),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "WGS-84", False),
        ("GCJ02", "GCJ-02", False),
        ("高德", "GCJ-02", False),
        ("bd-09", "BD-09", False),
        ("百度坐标", "BD-09", False),
        ("GCJ-02 swapped", "GCJ-02", True),
        ("EPSG:4326 (lat first)", "WGS-84", True),
        ("epsg:4543", "EPSG:4543", False),
        ("4543", "EPSG:4543", False),
        ("urn:ogc:def:crs:EPSG::3857", "EPSG:3857", False),
    ],
)
def test_a_coordinate_system_goes_by_its_usual_names(written, name, swapped):
    assert coordinate_system(written) == CoordinateSystem(name, swapped)


@pytest.mark.parametrize("written", ["", "nonsense", "EPSG:1", "EPSG:5703", "+proj=nothing", "999999"])
def test_what_is_no_horizontal_coordinate_system_is_refused(written):
    with pytest.raises(SettingsError, match="is not known; write WGS-84, GCJ-02, BD-09 or an EPSG code"):
        coordinate_system(written)


@pytest.mark.parametrize(
    ("system", "easting", "northing"),
    [
        ("EPSG:4543", 472106.062, 2941124.696),
        ("4522", 34472106.062, 2941124.696),
        ("EPSG:32647", 770922.092, 2942796.597),
    ],
)
def test_projected_systems_meet_the_oracle_of_panzhihua(system, easting, northing):
    lonlat = coordinate_system(system).to_wgs84(np.array([easting, northing]))
    assert lonlat[0] == pytest.approx((101.72, 26.58), abs=2e-8)


# --- one coordinate ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    [
        ("11.575", "lon", 11.575),
        ("11,575", "lon", 11.575),
        ("-76.6", "lon", -76.6),
        ("−76.6", "lon", -76.6),
        ("11.575°", "lon", 11.575),
        ("E 11.575", "lon", 11.575),
        ("11.575 W", "lon", -11.575),
        ("S33.9", "lat", -33.9),
        ("东经101.72", "lon", 101.72),
        ("北纬26.58°", "lat", 26.58),
        ("11°34'30\"E", "lon", 11.575),
        ("11° 34′ 30″", "lon", 11.575),
        ("11º34’30,5”", "lon", 11 + 34 / 60 + 30.5 / 3600),
        ("11°34.5'", "lon", 11.575),
        ("101度43分12秒", "lon", 101.72),
        ("东经101度43分12秒", "lon", 101.72),
        ("48:08:15 N", "lat", 48.1375),
        ("48 08 15", "lat", 48.1375),
        ("-76 36 0", "lon", -76.6),
        ("11°34'30''", "lon", 11.575),
        ("48d08m15s", "lat", 48.1375),
    ],
)
def test_a_coordinate_is_read_in_every_notation(text, axis, value):
    assert degrees(text, axis) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("11.5 N", "lon"), ("48 E", "lat"), ("N 48 N", "lat"), ("-48 N", "lat"), ("48°75'", "lat"),
        ("48°10'75\"", "lat"),
        ("north", "lat"), ("", "lat"), ("48 08", "lat"), ("O 11.5", "lon"), ("1.2.3.4x", "lon"), ("٤٨", "x"),
    ],
)  # fmt: skip
def test_what_is_no_coordinate_of_that_axis_is_refused(text, axis):
    if text == "٤٨":
        assert degrees(text, axis) == 48  # digits of any script are digits
        return
    with pytest.raises(ValueError, match=r"no number|hemispheres|is no l|60 minutes"):
        degrees(text, axis)


@pytest.mark.parametrize("text", ["116.404.123", "11.575.123", "1.02E+02", "1,165e2"])
def test_what_a_spreadsheet_ruined_is_told_from_what_is_no_number(text):
    with pytest.raises(RuinedError, match=r"thousands dots|digits are lost"):
        degrees(text, "lon")


def test_a_few_metres_from_greenwich_or_the_equator_programs_write_exponents():
    assert degrees("-5e-05", "lon") == -0.00005
    assert degrees("1.1E-5", "lat") == 0.000011
    with pytest.raises(RuinedError):
        degrees("1.1e-04", "lon")


def test_a_rounded_notation_with_all_its_digits_is_no_loss():
    assert degrees("1.16404123E+02", "lon") == pytest.approx(116.404123)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("472106.062", 472106.062), ("472,106.062", 472106.062), ("2,941,124", 2941124), ("2 941 124.5", 2941124.5),
        ("472106,062", 472106.062), ("2'941'124", 2941124), ("472106 m", 472106),
    ],
)  # fmt: skip
def test_an_easting_may_have_thousands_separators(text, value):
    assert metres(text) == pytest.approx(value)


@given(
    st.floats(-180, 180),
    st.sampled_from(["{d}°{m}'{s:.6f}\"", "{d} {m} {s:.6f}", "{d}:{m}:{s:.6f}", "{d}度{m}分{s:.6f}秒"]),
)
def test_degrees_minutes_seconds_come_back(value, form):
    size = abs(value)
    d, m = int(size), int(size % 1 * 60)
    s = min((size - d - m / 60) * 3600, 59.999999)
    side = "W" if value < 0 else "E"
    assert degrees(form.format(d=d, m=m, s=max(s, 0.0)) + " " + side, "lon") == pytest.approx(value, abs=1e-8)


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def read(tmp_path):
    def write_and_read(text, **options):
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return read_cameras(path, **options)

    return write_and_read


def table(lonlat, header=("lon", "lat"), digits=7):
    buffer = io.StringIO()
    rows = [[f"{x:.{digits}f}", f"{y:.{digits}f}"] for x, y in np.asarray(lonlat)]
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue()


def test_a_declared_system_is_undone_and_named(read):
    cameras = read("lon,lat\n101.721575821,26.576433936\n", crs="GCJ-02")
    assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx((101.72, 26.58), abs=1e-8)
    assert (str(cameras.system), cameras.declared) == ("GCJ-02", "given")


def test_a_column_name_may_say_its_system_and_both_axes_are_taken_from_the_same(read):
    cameras = read("lng_bd09,lat_gcj02,lng_gcj02,lat_bd09\n1,26.576433936,101.721575821,2\n")
    assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx((101.72, 26.58), abs=1e-8)
    assert (str(cameras.system), cameras.declared) == ("GCJ-02", "column names")
    both = read("lng_gcj02,lat_gcj02,lng_wgs84,lat_wgs84\n1,2,101.72,26.58\n")
    assert both.records[["lon", "lat"]].to_numpy().tolist() == [[101.72, 26.58]]


@pytest.mark.parametrize("columns", ["Rechtswert,Hochwert", "Easting,Northing", "x,y"])
def test_a_projected_list_is_read_in_its_epsg_code(read, columns):
    cameras = read(f"{columns}\n472106.062,2941124.696\n", crs="EPSG:4543")
    assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx((101.72, 26.58), abs=2e-8)


def test_a_surveyors_x_is_the_northing_and_is_told_by_where_the_system_is_used(read):
    cameras = read("x,y\n2941124.696,34472106.062\n2941125,34472107\n", crs="EPSG:4522")
    assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx((101.72, 26.58), abs=2e-8)
    assert str(cameras.system) == "EPSG:4522, longitude and latitude exchanged"


def test_a_wrong_zone_is_refused_row_by_row(read):
    with pytest.raises(CameraError, match=r"1 bad_coordinates \(line 2: .* is (outside of where|nowhere in) EPSG:4534"):
        read("x,y\n472106.062,2941124.696\n", crs="EPSG:4534")  # 75° E


def test_exchanged_columns_that_cannot_be_meant_otherwise_are_put_right_and_said(read):
    cameras = read("lon,lat\n26.58,101.72\n26.59,101.73\n26.6,101.74\n")
    assert cameras.records[["lon", "lat"]].to_numpy().tolist() == [[101.72, 26.58], [101.73, 26.59], [101.74, 26.6]]
    assert str(cameras.system) == "WGS-84, longitude and latitude exchanged"
    assert cameras.declared == ""


def test_ruined_coordinates_are_refused_row_by_row_with_the_reason(read):
    cameras = read(
        "id,lon,lat\n1,101.720001,26.580001\n2,101.720.001,26.580001\n3,1.02E+02,26.58\n4,101720001,26580001\n"
        "5,101.7,26.6\n6,101.720002,26.58\n7,101.720003,26.580003\n8,101.720004,26.580004\n"
    )
    assert cameras.records["id"].tolist() == ["1", "6", "7", "8"]  # the sixth lost nothing but zeros
    details = {row.id: (row.reason, row.detail) for row in cameras.rows_set_aside}
    assert details["2"] == ("ruined_coordinates", "'101.720.001' has thousands dots, its decimal point is lost")
    assert details["3"] == ("ruined_coordinates", "'1.02E+02' is rounded, its digits are lost")
    assert details["4"] == ("ruined_coordinates", "'101720001 26580001' has lost its decimal point")
    assert details["5"] == ("ruined_coordinates", "'101.7, 26.6' has at most two decimals, the others are lost")
    assert cameras.read == len(cameras) + len(cameras.rows_set_aside)


def test_metres_among_degrees_are_called_metres(read):
    degrees = "".join(f"{i},11.57{i}001,48.13{i}001\n" for i in range(6))
    cameras = read(f"id,lon,lat\n{degrees}u,691000,5334000\n")
    (aside,) = cameras.rows_set_aside
    assert (aside.id, aside.reason, aside.detail) == (
        "u", "bad_coordinates", "'691000 5334000' are metres, not degrees: put such rows into a list of their own",
    )  # fmt: skip
    with pytest.raises(CameraError, match=r"2 of 3 coordinates are no degrees \(first: \[691000.0, 5334000.0\]\)"):
        read("id,lon,lat\n0,11.57,48.13\nu,691000,5334000\nv,691010,5334010\n")


def test_a_list_of_coarse_coordinates_throughout_is_not_called_ruined(read):
    assert len(read("lon,lat\n11.5,48.1\n11.6,48.2\n11.55,48.15\n")) == 3


def test_a_ruined_device_id_is_refused_and_the_camera_kept(read):
    cameras = read(
        "设备编码,经度,纬度\n5.104E+19,101.72,26.58\n51040200001320000000,101.72,26.59\n51040200001320000001,101.72,26.6\n"
    )
    assert cameras.records["id"].tolist() == ["list.csv:2", "list.csv:3", "51040200001320000001"]
    assert cameras.rejected == {"id": 2}


# --- the verdict of the streets ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def china():
    """Return the hand-drawn town put at Panzhihua, and 60 places beside its streets (WGS 84)."""
    from dataclasses import replace

    network = replace(hand_drawn_town().network, crs=local_crs(101.72, 26.58))
    rng = np.random.default_rng(7)
    beside = network.points_at(rng.uniform(0, network.length, 60)) + rng.normal(0, 3, (60, 2))
    return network, to_lonlat(beside, network.crs)


def as_written(lonlat, system):
    name, _, order = system.partition(" ")
    given = {"WGS-84": lonlat, "GCJ-02": gcj02_from_wgs84(lonlat), "BD-09": bd09_from_gcj02(gcj02_from_wgs84(lonlat))}[
        name
    ]
    return given[:, ::-1] if order else given


@pytest.mark.parametrize("system", ["WGS-84", "GCJ-02", "BD-09"])
def test_an_undeclared_system_is_found_by_the_streets_applied_and_said(read, china, system):
    network, lonlat = china
    settled = settle(read(table(as_written(lonlat, system))), network)
    assert str(settled.verdict.best) == system
    assert settled.verdict.clear
    assert settled.verdict.applied == (system != "WGS-84")
    assert settled.records[["lon", "lat"]].to_numpy() == pytest.approx(lonlat, abs=1e-6)
    expected = f"taken as {system}: clearly best" if system != "WGS-84" else "WGS-84 fits clearly best"
    assert str(settled.verdict).startswith(expected)


def test_exchanged_axes_are_found_by_the_streets(read):
    from dataclasses import replace

    network = replace(hand_drawn_town().network, crs=local_crs(11.57, 48.13))
    lonlat = to_lonlat(network.points_at(np.linspace(1, network.length - 1, 5)), network.crs)
    settled = settle(read(table(lonlat[:, ::-1])), network)
    assert settled.records[["lon", "lat"]].to_numpy() == pytest.approx(lonlat, abs=1e-6)
    assert str(settled.system) == "WGS-84, longitude and latitude exchanged"
    assert settled.verdict.applied


@pytest.mark.parametrize("crs", ["", "WGS-84"])
def test_points_in_either_order_are_put_in_that_of_the_streets_before_they_speak(read, crs):
    from dataclasses import replace

    network = replace(hand_drawn_town().network, crs=local_crs(11.57, 48.13))
    lonlat = to_lonlat(network.points_at(np.linspace(1, network.length - 1, FEWEST)), network.crs)
    text = "\n".join(["place", *(f'"POINT ({lat!r} {lon!r})"' for lon, lat in lonlat.tolist())]) + "\n"
    settled = settle(read(text, crs=crs), network)
    assert settled.records[["lon", "lat"]].to_numpy() == pytest.approx(lonlat, abs=1e-6)
    assert settled.columns == {"place": "latitude, longitude"}
    assert [p.note for p in settled.mapping] == ["latitude, longitude"]
    assert str(settled.verdict).startswith("WGS-84 fits clearly best")
    assert not settled.either_order


def test_a_declared_system_is_kept_whatever_fits_better_and_the_contradiction_is_said(read, china):
    network, lonlat = china
    settled = settle(read(table(gcj02_from_wgs84(lonlat)), crs="WGS-84"), network)
    assert not settled.verdict.applied
    assert str(settled.system) == "WGS-84"
    assert str(settled.verdict).startswith("kept as WGS-84 as declared, but GCJ-02 fits clearly better")


def test_too_few_cameras_decide_nothing(read, china):
    network, lonlat = china
    settled = settle(read(table(gcj02_from_wgs84(lonlat[: FEWEST - 1]))), network)
    assert not settled.verdict.applied
    assert str(settled.verdict).startswith("undecided, kept as WGS-84; declare it with --cameras-crs")
    assert judge(read(table(lonlat[:2])), network) is None


def test_cameras_anywhere_decide_nothing(read, china):
    network, lonlat = china
    rng = np.random.default_rng(1)
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    settled = settle(read(table(rng.uniform(low, high, (200, 2)))), network)
    assert not settled.verdict.applied
    assert str(settled.system) == "WGS-84"


def test_outside_china_only_the_axes_are_in_question(read):
    from dataclasses import replace

    network = replace(hand_drawn_town().network, crs=local_crs(11.57, 48.13))
    lonlat = to_lonlat(network.points_at(np.linspace(1, network.length - 1, 40)), network.crs)
    verdict = judge(read(table(lonlat)), network)
    assert "GCJ-02" not in {str(fit.system) for fit in verdict.fits}


def test_positions_are_found_in_no_sheet_without_columns(read):
    from camgap.coverage.inputs.columns import understand
    from camgap.coverage.inputs.sheets import Sheet

    with pytest.raises(CameraError, match="no longitude and no latitude column among"):
        find_positions(Sheet("s", "f", "row", ("a",), ()), understand(["a"]))


@given(st.from_regex(r"[-+]?[0-9]{1,3}\.[0-9]{1,15}", fullmatch=True))
def test_a_plain_decimal_is_the_number_it_is_with_and_without_a_sign_of_degrees(text):
    assert degrees(text, "lon") == degrees(f"{text}°", "lon") == float(text)
