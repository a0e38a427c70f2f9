"""Headings: every form met in real data, and every form that must not be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.directions import Heading, parse_headings


def headings(text, **options):
    return [(h.azimuth, h.span) for h in parse_headings(text, **options)]


@pytest.mark.parametrize(
    ("text", "azimuth"),
    [
        ("90", 90),
        ("0", 0),
        ("360", 0),
        ("359.5", 359.5),
        (" 45 ", 45),
        ("90°", 90),
        ("90 º", 90),
        ("90˚", 90),
        ("90 deg", 90),
        ("90 degrees", 90),
        ("90度", 90),
        ("９０", 90),
        ("-140", 220),
        ("-2", 358),
        ("−90", 270),
        ("+15", 15),
        ("90,5", 90.5),
        ("90,05", 90.05),
        ("12,375", 12.375),
        ("N", 0),
        ("e", 90),
        ("NNE", 22.5),
        ("WSW", 247.5),
        ("NW.", 315),
        ("south", 180),
        ("North", 0),
        ("north-east", 45),
        ("South West", 225),
        ("east-north-east", 67.5),
        ("facing north", 0),
        ("towards SE", 135),
        ("东", 90),
        ("朝东", 90),
        ("向西", 270),
        ("面向南", 180),
        ("东南", 135),
        ("西北", 315),
        ("朝东北方向", 45),
        ("西向东", 90),
        ("由北向南", 180),
        ("북동", 45),
        ("남쪽", 180),
        ("正北", 0),
        ("朝正东方向", 90),
        ("坐北朝南", 180),
        ("东偏北30度", 60),
        ("北偏西15", 345),
        ("Süd", 180),
        ("SÜDOST", 135),
        ("nach Nordwest", 315),
        ("Ostnordost", 67.5),
        ("Norden", 0),
        ("Nord-Est", 45),
        ("Ouest", 270),
        ("Sud-Ouest", 225),
        ("Noroeste", 315),
        ("sureste", 135),
    ],
)
def test_a_single_heading_is_read_in_every_form(text, azimuth):
    assert headings(text) == [(azimuth, None)]


def test_all_sixteen_points_are_a_sixteenth_of_a_turn_apart():
    points = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]
    assert [parse_headings(p)[0].azimuth for p in points] == [22.5 * i for i in range(16)]


@pytest.mark.parametrize(
    ("text", "azimuth", "span"),
    [
        ("W-E", 0, 180),
        ("E-W", 180, 180),
        ("45-135", 90, 90),
        ("350-10", 0, 20),
        ("NW-SE", 45, 180),
        ("90-270", 180, 180),
        ("270-90", 0, 180),
        ("190-100", 325, 270),
        ("45°-135°", 90, 90),
        ("90 – 180", 135, 90),
        ("350 to 10", 0, 20),
        ("north to south", 90, 180),
        ("north-east to south-west", 135, 180),
        ("north-south", 90, 180),
        ("N-90", 45, 90),
        ("-45-45", 0, 90),
        ("-90--45", 292.5, 45),
        ("45,5-135,5", 90.5, 90),
        ("0-360", 0, 360),
        ("0-359", 0, 360),
        ("-180-180", 0, 360),
        ("omnidirectional", 0, 360),
        ("all round", 0, 360),
        ("360도 전방면", 0, 360),
        ("全方位", 0, 360),
    ],
)
def test_a_range_runs_clockwise_and_gives_its_middle_and_its_width(text, azimuth, span):
    assert headings(text) == [(azimuth, span)]


@pytest.mark.parametrize(
    ("text", "azimuths"),
    [
        ("90;270", [90, 270]),
        ("90;160;270", [90, 160, 270]),
        ("NW;SE", [315, 135]),
        ("180, 270", [180, 270]),
        ("90,180", [90, 180]),
        ("90,180,270", [90, 180, 270]),
        ("90,45,10", [90, 45, 10]),
        ("N,S", [0, 180]),
        ("N/S", [0, 180]),
        ("90 and 270", [90, 270]),
        ("90、270", [90, 270]),
        ("10,5;20,5", [10.5, 20.5]),
        ("90;90", [90]),
        ("90;", [90]),
    ],
)
def test_a_list_gives_one_view_per_heading_each_once(text, azimuths):
    assert [azimuth for azimuth, _ in headings(text)] == azimuths


def test_a_list_may_mix_headings_and_ranges():
    assert headings("0-360;90;N-E") == [(0, 360), (90, None), (45, 90)]


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_text_names_no_heading(text):
    assert parse_headings(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "foo",
            "no",
            "nan",
            "inf",
            "1e2",
            "400",
            "-361",
            "1000",
            "90-",
            "-",
            ";",
            "12.5.3",
            "고정형",
            "90;foo",
            "N-foo",
        ),
        *("SO", "NE45", "forward", "=cmd()", "<b>", "90-90", "360-360", "东南西北", "9" * 600, "-" * 10_000),
    ],
)
def test_anything_else_is_refused_as_a_whole(text):
    with pytest.raises(CameraError, match="heading") as caught:
        parse_headings(text)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_too_long_a_list_is_refused():
    with pytest.raises(CameraError, match="heading"):
        parse_headings(";".join(str(i) for i in range(100)))


def test_a_comma_that_could_separate_or_mean_decimals_is_refused():
    with pytest.raises(CameraError, match=r"write 90\.45 or 90;45"):
        parse_headings("90,45")


def test_a_comma_is_decimal_where_the_file_writes_decimal_commas():
    assert headings("90,45", decimal_comma=True) == [(90.45, None)]
    assert headings("90,180", decimal_comma=True) == [(90.18, None)]
    assert headings("180, 270", decimal_comma=True) == [(180, None), (270, None)]


def test_a_tiny_negative_heading_does_not_round_up_to_360():
    assert headings("-0.00000000000000000001") == [(0, None)]


numbers = st.integers(-360, 360) | st.floats(-360, 360).map(lambda x: round(x, 2))
units = st.sampled_from(["", "°", " deg", " degrees"])


@given(numbers, units, st.sampled_from(["", " ", "\t"]))
def test_a_written_heading_is_read_back(number, unit, blank):
    ((azimuth, span),) = headings(f"{blank}{number}{unit}{blank}")
    assert 0 <= azimuth < 360
    assert span is None
    assert (azimuth - number) % 360 == pytest.approx(0, abs=1e-9) or (azimuth - number) % 360 == pytest.approx(360)


@given(
    st.lists(st.integers(0, 359), min_size=1, max_size=8, unique=True),
    st.sampled_from([";", "; ", ", ", " / ", " and "]),
)
def test_a_written_list_is_read_back(azimuths, separator):
    assert headings(separator.join(map(str, azimuths))) == [(a, None) for a in azimuths]


@given(st.integers(0, 359), st.integers(1, 358), st.sampled_from(["-", " - ", "–", " to "]))
def test_a_written_range_is_read_back(start, width, dash):
    ((azimuth, span),) = headings(f"{start}{dash}{(start + width) % 360}")
    assert span == width
    assert azimuth == pytest.approx((start + width / 2) % 360)


@given(st.text(max_size=40))
def test_no_text_gives_anything_but_valid_headings_or_an_error(text):
    try:
        found = parse_headings(text)
    except CameraError:
        return
    for heading in found:
        assert isinstance(heading, Heading)
        assert 0 <= heading.azimuth < 360
        assert heading.span is None or 0 < heading.span <= 360
