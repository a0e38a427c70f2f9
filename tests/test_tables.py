"""What tables say of numbers that are not sure."""

from types import SimpleNamespace

import numpy as np
import pytest

from camgap.coverage.outputs.results import bands_result
from camgap.coverage.outputs.tables.score import band_rows
from camgap.coverage.scoring.bands import Bands

UNKNOWN = {"azimuth": 43, "hfov": 0, "range": 12, "status": 18, "light": 0}
NONE = np.empty(0)


def told(covered: float, draws: int = 101, light: str = "day", **unknown: int) -> dict:
    """Return the coverage of a score of `covered` of 1000 m; draws by day lie evenly in 300 to 400 m, by night half."""
    day = np.linspace(300.0, 400.0, draws)
    bands = Bands(day, day / 2, 0.0, 0.0, NONE, NONE, NONE, UNKNOWN | unknown)
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
    assert band_rows(told(350.0)) == [
        ("  median of 101 draws of what is not known, by day", "0.35 km", "35.0 %"),
        ("    90 % of them", "0.30 to 0.40 km", "30.5 to 39.5 %"),
        ("  median of 101 draws of what is not known, by night", "0.17 km", "17.5 %"),
        ("    90 % of them", "0.15 to 0.20 km", "15.2 to 19.8 %"),
    ]
    assert band_rows(told(450.0), ("day",))[2:] == [
        ("  covered lies above its band: it counts", "", ""),
        ("    unknown headings as along the street", "43 cameras", ""),
        ("    unknown status as working", "18 cameras", ""),
    ]
    assert band_rows({}) == []


def test_few_draws_have_a_median_and_no_band():
    one = told(350.0, draws=1)
    assert one["bands"]["day"] == {
        "p5_m": None, "median_m": 300.0, "p95_m": None, "p5_share": None, "median_share": 0.3, "p95_share": None,
    }  # fmt: skip
    assert (one["bands"]["score_lies"], one["bands"]["because"]) == (None, {})
    assert band_rows(one, ("day",)) == [
        ("  median of 1 draw of what is not known, by day", "0.30 km", "30.0 %"),
        ("    too few draws for a band: --draws 200", "", ""),
    ]
    assert told(350.0, draws=20)["bands"]["day"]["p5_m"] == pytest.approx(305.0)
