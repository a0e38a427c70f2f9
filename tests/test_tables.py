"""What tables say of numbers that are not sure."""

from types import SimpleNamespace

import numpy as np
import pytest

from camgap.coverage.outputs.results import bands_result
from camgap.coverage.outputs.tables.check import _first_rows
from camgap.coverage.outputs.tables.read import what_was_read
from camgap.coverage.outputs.tables.score import band_rows, quality_tables
from camgap.coverage.scoring.bands import Bands
from camgap.coverage.scoring.scenarios import Scenarios

UNKNOWN = {"azimuth": 43, "hfov": 0, "range": 12, "status": 18, "light": 0}
NONE = np.empty(0)


def told(covered: float, draws: int = 101, light: str = "day", **unknown: int) -> dict:
    """Return the coverage of a score of `covered` of 1000 m; draws by day lie evenly in 300 to 400 m, by night half."""
    day = np.linspace(300.0, 400.0, draws)
    ends = {name: Scenarios(200.0 * part, 350.0 * part, 450.0 * part) for name, part in (("day", 1.0), ("night", 0.5))}
    bands = Bands(day, day / 2, ends, light, NONE, NONE, NONE, UNKNOWN | unknown)
    return {"bands": bands_result(bands, SimpleNamespace(length_m=1000.0, covered_m=covered), light)}


@pytest.mark.parametrize(
    ("covered", "light", "unknown", "lies", "because"),
    [
        (395.01, "day", {}, "above", {"azimuth": 43, "status": 18}),
        (395.0, "day", {}, "inside", {}),
        (305.0, "day", {}, "inside", {}),
        (304.99, "day", {}, "below", {"range": 12}),
        (210.0, "night", {}, "above", {"azimuth": 43, "status": 18}),
        (170.0, "night", {}, "inside", {}),
        (500.0, "day", {"azimuth": 0, "status": 0}, "above", {"range": 12}),
        (100.0, "day", {"range": 0}, "below", {"azimuth": 43, "status": 18}),
    ],
)
def test_a_score_outside_the_band_of_its_own_light_is_told_with_its_guesses(covered, light, unknown, lies, because):
    found = told(covered, light=light, **unknown)["bands"]
    assert (found["score_lies"], found["because"]) == (lies, because)


def test_the_table_has_the_median_the_band_and_a_line_where_the_score_lies_outside():
    assert band_rows(told(350.0), "day") == [
        ("  median of 101 draws of what is not known", "0.35 km", "35.0 %"),
        ("    90 % of them", "0.30 to 0.40 km", "30.5 to 39.5 %"),
        ("    all unknowns at worst, middle, best", "0.20, 0.35, 0.45 km", ""),
    ]
    assert band_rows(told(225.0, light="night"), "night") == [
        ("  median of 101 draws of what is not known", "0.17 km", "17.5 %"),
        ("    90 % of them", "0.15 to 0.20 km", "15.2 to 19.8 %"),
        ("    all unknowns at worst, middle, best", "0.10, 0.17, 0.23 km", ""),
        ("  covered lies above this band: it counts", "", ""),
        ("    unknown headings as along the street", "43 cameras", ""),
        ("    unknown status as working", "18 cameras", ""),
    ]
    assert band_rows(told(100.0), "day")[3:] == [
        ("  covered lies below this band: it counts", "", ""),
        ("    unknown range as in the presets", "12 cameras", ""),
    ]
    assert band_rows({}, "day") == []


def test_few_draws_have_a_median_and_no_band():
    one = told(350.0, draws=1)
    assert one["bands"]["day"] == {
        "p5_m": None, "median_m": 300.0, "p95_m": None, "p5_share": None, "median_share": 0.3, "p95_share": None,
    }  # fmt: skip
    assert (one["bands"]["score_lies"], one["bands"]["because"]) == (None, {})
    assert band_rows(one, "day") == [
        ("  median of 1 draw of what is not known", "0.30 km", "30.0 %"),
        ("    all unknowns at worst, middle, best", "0.20, 0.35, 0.45 km", ""),
        ("    too few draws for a band: --draws 200", "", ""),
    ]
    assert told(350.0, draws=20)["bands"]["day"]["p5_m"] == pytest.approx(305.0)


def test_check_shows_what_is_stated_also_where_it_is_nought():
    row = {"row": 2, "source": "a.csv", "id": "A", "ir_m": 0.0, "tilt": 0.0, "name": "", "headings": []}
    (table,) = _first_rows("a.csv", {"first_rows": [row]})
    assert table.rows == (("2", "id A; ir_m 0; tilt 0"),)


@pytest.mark.parametrize(("heights", "points"), [(True, 3), (False, 0)])
def test_what_was_read_tells_unknown_heights_where_they_count_and_compass_points_where_there_are_any(heights, points):
    result = {
        "study_area": {"source": "box"}, "data_date": None, "streets": {"length_m": 1.0, "edges": 1, "set_aside": {}},
        "buildings": {"blocking": 1, "read": 1, "set_aside": {}}, "views": 5, "coordinates": {},
        "sight": {"heights": heights, "wall_share_of_unknown_height": 0.7213}, "overrides": {"read": 0},
        "cameras": {
            "read": 5, "used": 5, "set_aside": {}, "moved_to_facade": 0, "filled": {}, "compass_points": points,
        },
    }  # fmt: skip
    said = [text for _, text in what_was_read(result).rows]
    assert ("72.1 % of wall length is of unknown height, without end" in said) == heights
    assert ("3 say their azimuth as a compass point, within half a step" in said) == (points > 0)


def test_levels_are_told_with_better_ones_and_without_and_moving_heads_at_home_and_away():
    level = {"px_per_m": 25.0, "night_m": 400.0, "night_share": 0.4, "heads_out_of_reach": 0, "heads_without_faces": 7}
    levels = [
        level
        | {"level": "detect", "day_m": 500.0, "day_share": 0.5, "day_exclusive_m": 380.0, "night_exclusive_m": 90.0}
    ]
    quality = {
        "level": "detect", "levels": levels, "night_to_day": 0.8, "guaranteed_m": 500.0, "expected_m": 490.0,
        "potential_m": 700.0, "steepest_face": 30.0,
    }  # fmt: skip
    by_level, moving = quality_tables({"quality": quality, "length_m": 1000.0})
    assert by_level.columns[5:7] == ("no better: day", "night")
    assert by_level.rows[0][5:7] == ("0.38 km", "0.09 km")
    assert (by_level.columns[8], by_level.rows[0][8]) == ("no face within 30° from above", "7")
    assert [row[:2] for row in moving.rows] == [
        ("while all are at home", "0.50 km"),
        ("on average over time, at home or away", "0.49 km"),
        ("at one time or another", "0.70 km"),
    ]
