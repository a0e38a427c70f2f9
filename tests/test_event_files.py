"""Event files: what is read of them, what never is, and where the weight lands."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from reference import PLANE, network_of

import camgap
from camgap.coverage.errors import DemandError, SettingsError
from camgap.coverage.inputs import demand as reading
from camgap.coverage.inputs.demand import read_events
from camgap.coverage.inputs.event_places import place_events
from camgap.coverage.inputs.moments import days_of, hours_of, weekdays_of, within_hours
from camgap.coverage.outputs.results import score_result
from camgap.coverage.projection import to_lonlat
from camgap.coverage.settings import DemandSettings

ROWS = """id,victim,date,time,type,lat,lon
1,Jane Roe,2024-03-01,21:30,theft,48.0001,11.0001
2,John Roe,2024-03-01,21:30,theft,48.0001,11.0001
3,Ann Roe,2024-03-02,03:10,fire,48.0002,11.0002
4,Bob Roe,2024-03-04,12:00,theft,48.0003,11.0003
5,Cat Roe,,,theft,,
"""


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def rows(settings, path):
    found = read_events(path, settings)
    assert found.read == len(found) + sum(found.set_aside.values()), "what came in is used or set aside"
    return found


def test_every_row_is_used_or_set_aside_with_a_reason(listed):
    found = rows(DemandSettings(), listed)
    assert (found.read, len(found), found.set_aside) == (5, 4, {"no_coordinates": 1})
    assert shapely.get_coordinates(found.geometry)[0].tolist() == [11.0001, 48.0001]
    assert found.weight.tolist() == [1, 1, 1, 1]


def test_rows_of_one_event_count_once_if_asked(listed):
    found = rows(DemandSettings(dedupe=True), listed)
    assert (len(found), found.set_aside) == (3, {"no_coordinates": 1, "repeated": 1})


@pytest.mark.parametrize(
    ("asked", "kept", "reason"),
    [
        ({"hours": "20-6"}, 3, "other_hour"),
        ({"hours": "12-13"}, 1, "other_hour"),
        ({"weekdays": ("sat",)}, 1, "other_weekday"),
        ({"since": "2024-03-02"}, 2, "before_since"),
        ({"until": "2024-03-02"}, 3, "after_until"),
        ({"classes": ("THEFT",)}, 3, "other_class"),
    ],
)
def test_filters_keep_what_they_say(listed, asked, kept, reason):
    found = rows(DemandSettings(**asked), listed)
    assert len(found) == kept
    assert found.set_aside[reason] == 4 - kept


def test_only_place_time_class_and_weight_are_ever_loaded(tmp_path, monkeypatch, listed):
    """Whatever the format, the other columns are in no table that is made."""
    made = []
    real = reading._load
    monkeypatch.setattr(reading, "_load", lambda *a: made.append(real(*a)) or made[-1])
    objects = [
        {"Victim": "Jane Roe", "CrimeDate": "03/15/2024", "CrimeTime": "2130", "Longitude": 11.0, "Latitude": 48.0},
        {"Victim": "John Roe", "CrimeDate": "03/16/2024", "CrimeTime": "00:00:00", "Longitude": None, "Latitude": 48.0},
    ]
    as_json = tmp_path / "events.json"
    as_json.write_text(json.dumps(objects), encoding="utf-8")
    frame = gpd.GeoDataFrame(
        {"victim": ["Jane Roe"], "weight": [2.5], "type": ["x"]}, geometry=[shapely.Point(11, 48)], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "events.gpkg")
    frame.to_file(tmp_path / "events.geojson")
    collection = tmp_path / "collection.json"
    collection.write_text((tmp_path / "events.geojson").read_text(encoding="utf-8"), encoding="utf-8")
    found = [
        rows(DemandSettings(), path)
        for path in (listed, as_json, tmp_path / "events.gpkg", tmp_path / "events.geojson", collection)
    ]
    assert [len(f) for f in found] == [4, 1, 1, 1, 1]
    assert [f.weight[0] for f in found] == [1, 1, 2.5, 2.5, 2.5]
    for table, _, columns in made:
        assert "Roe" not in table.to_csv()
        assert set(columns) <= {"lon", "lat", "date", "time", "class", "weight"}
    assert found[1].columns == {"lon": "Longitude", "lat": "Latitude", "date": "CrimeDate", "time": "CrimeTime"}


def test_a_json_object_is_freed_of_other_keys_while_it_is_parsed():
    found = reading._from_json('[{"lon": 1, "lat": 2, "Victim": {"name": "Roe", "date": "x"}}]', "x.json", {})
    assert found == [{"lon": 1, "lat": 2}]


def test_columns_may_be_named_by_hand_and_weights_may_have_a_decimal_comma(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("ost;nord;wann;menge\n11,5;48,25;2024-01-01;2,5\n11,5;48,25;2024-01-01;-1\n", encoding="utf-8")
    columns = {"lon": "ost", "lat": "nord", "weight": "menge"}
    found = rows(DemandSettings(columns=columns), path)
    assert shapely.get_coordinates(found.geometry).tolist() == [[11.5, 48.25]]
    assert (found.weight.tolist(), found.set_aside) == ([2.5], {"bad_weight": 1})
    with pytest.raises(DemandError, match=r"no column 'mengen' for demand\.columns\.weight; did you mean 'menge'\?"):
        read_events(path, DemandSettings(columns=columns | {"weight": "mengen"}))
    with pytest.raises(DemandError, match="no longitude and no latitude column is understood"):
        read_events(path, DemandSettings())


@pytest.mark.parametrize(
    ("text", "asked", "says"),
    [
        ("lon,lat\n11,48\n", {"hours": "20-6"}, "a filter by hour needs a time column"),
        ("lon,lat\n11,48\n", {"since": "2024-01-01"}, "a filter by date needs a date column"),
        ("lon,lat\n11,48\n", {"classes": ("x",)}, "a filter by class needs a class column"),
        ("lon,lat\n11,48\n", {"dedupe": True}, "dedupe, .* needs a date column"),
        ("lon,lat,date\n11,48,03/04/2024\n", {"since": "2024-01-01"}, "no date tells day from month .e.g. 03/04/2024"),
        ("lon,lat,date\n11,48,31/04/2024\n1,1,04/31/2024\n", {"since": "2024-01-01"}, "some dates have the day first"),
        ("lon,lat\n48,111\n", {}, "longitude and latitude are swapped"),
        ("lon,lat,time\n11,48,12:00\n", {"hours": "20-6"}, r"no event is left of 1 \(other_hour 1\)"),
        ("lon,lat\n", {}, r"no event is left of 0 \(the file is empty\)"),
        ("[1, 2]", {}, "no longitude"),
        ("", {}, "the file is empty"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path, text, asked, says):
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DemandError, match=says) as error:
        read_events(path, DemandSettings(**asked))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["[1]", "{", '{"a": 1}', "[" * 100_000])
def test_json_that_is_no_list_of_objects_is_refused(tmp_path, text):
    path = tmp_path / "events.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DemandError, match=r"not JSON|expected a list of objects"):
        read_events(path, DemandSettings())


def test_days_and_hours_are_read_as_registers_write_them():
    days = days_of(["2024-02-29T01:02", "13/02/2024", "20240301", "2023-02-29", "2024年3月5日", "soon", ""], None, "x")
    assert days.astype(str).tolist() == ["2024-02-29", "2024-02-13", "2024-03-01", "NaT", "2024-03-05", "NaT", "NaT"]
    assert weekdays_of(days).tolist() == [3, 1, 4, -1, 1, -1, -1]
    assert days_of(["03/04/2024"], "mdy", "x").astype(str).tolist() == ["2024-03-04"]
    texts = ["21:30", "9:30 PM", "12:15 am", "2130", "0:05:59", "2024-02-29T23:45:00", "24:00", "25:00", "noon", ""]
    hours = [21.5, 21.5, 0.25, 21.5, 5 / 60, 23.75, 0, np.nan, np.nan, np.nan]
    assert hours_of(texts) == pytest.approx(hours, nan_ok=True)
    at = np.array([19.99, 20.0, 23.9, 0.0, 5.99, 6.0, np.nan])
    assert within_hours(at, "20-6").tolist() == [False, True, True, True, True, False, False]
    assert within_hours(at, "0-24").tolist() == [True] * 6 + [False]


def test_no_bandwidth_points_at_a_doorstep(tmp_path):
    with pytest.raises(SettingsError, match=r"demand\.bandwidth_m.*greater than or equal to 50"):
        camgap.load(osm="x.osm", bandwidth_m=20)
    with pytest.raises(SettingsError, match=r"demand\.hours: '8pm' is no span of hours; write 20-6 for 20:00 to 6:00"):
        camgap.load(osm="x.osm", hours="8pm")


def lonlat(geometry):
    return shapely.transform(geometry, lambda xy: to_lonlat(xy, PLANE))


def events_of(geometries, weights):
    shapes = np.array([lonlat(g) for g in geometries], dtype=object)
    n = len(shapes)
    return reading.Events(shapes, np.array(weights, dtype=float), np.arange(n) == 0, n)


def test_points_lines_and_polygons_land_on_the_streets():
    network = network_of([[(0, 0), (100, 0)], [(100, 0), (100, 80)]])
    area = shapely.box(-200, -200, 200, 200)
    near, far = shapely.Point(30, 4), shapely.Point(30, -80)
    beyond = shapely.Point(30, 260)
    line = shapely.LineString([(0, 1), (100, 1)])
    polygon = shapely.box(50, -10, 150, 40)  # 50 m of one street, 40 m of the other
    half_outside = shapely.box(0, -400, 50, 0)  # half of it beyond the area's edge
    empty = shapely.box(-90, -90, -80, -80)
    events = events_of([near, far, beyond, line, polygon, half_outside, empty], [1, 1, 1, 5, 9, 4, 1])
    found = place_events(events, network, area, 20.0)
    assert (found.used, found.at_midnight) == (4, 1)
    assert found.set_aside == {"outside_area": 1, "far_from_street": 1, "no_street_inside": 1}
    assert found.weight_used == pytest.approx(1 + 5 + 9 + 2, abs=1e-6)
    assert found.at[0] == pytest.approx(30, abs=1e-6)
    assert sorted(found.at[1:].tolist()) == pytest.approx([5, 15, 25, 35, 45, 55, 65, 75, 85, 95], abs=1e-6)
    assert found.weight.tolist() == pytest.approx([1] + [0.5] * 10)
    (inside, heavy), (half, light) = found.areas
    assert (inside.length, heavy) == (pytest.approx(90, abs=1e-5), pytest.approx(9))
    assert (half.length, light) == (pytest.approx(50, abs=1e-5), pytest.approx(2, abs=1e-6))


def test_of_a_line_only_the_part_inside_the_study_area_weighs():
    network = network_of([[(0, 0), (100, 0)], [(0, 500), (100, 500)]])
    area = shapely.box(-10, -200, 110, 600)
    line = shapely.LineString([(50.05, 1), (449.95, 1)])  # 60 m of it inside, 50 m of that along the street
    away = shapely.LineString([(0, 200), (400, 200)])  # no street near
    several = shapely.MultiPoint([(20, 3), (20, 503), (500, 0), (600, 0)])
    events = events_of([line, away, several], [40, 8, 4])
    found = place_events(events, network, area, 15.0)
    assert (found.used, found.set_aside) == (2, {"far_from_street": 1})
    assert found.weight_used == pytest.approx(40 * 6 / 40 + 4 / 2, abs=1e-6)
    assert found.weight_outside == pytest.approx(40 * 34 / 40 + 4 / 2, abs=1e-6)
    assert found.weight_used + found.weight_outside == pytest.approx(44)
    assert found.weight[:2].tolist() == pytest.approx([1.0, 1.0])


def test_an_event_at_the_end_of_a_street_stays_on_that_street():
    network = network_of([[(0, 0), (100, 0)], [(500, 0), (600, 0)]])
    found = place_events(events_of([shapely.Point(120, 0)], [1]), network, shapely.box(-9, -9, 900, 9), 50.0)
    assert network.edge_at(found.at).tolist() == [0]


def test_in_baltimore_every_incident_in_the_area_weighs_and_no_row_is_kept(real_data):
    study = camgap.load(
        osm=real_data("baltimore-southeast.osm.pbf"), cameras=[str(real_data("baltimore-cctv-2014.csv"))],
        demand=real_data("baltimore-shootings-2014-2019.json"),
    )  # fmt: skip
    report = camgap.score(study)
    result = score_result(study, report)
    found = result["demand"]
    events = found["events"]
    assert (events["read"], events["used"]) == (3517, 484), "as counted by hand in the box"
    assert events["set_aside"] == {"no_coordinates": 2, "outside_area": 3031}
    assert found["total"] == pytest.approx(484, rel=1e-9)
    assert found["share"] > 3 * report.share, "the city put its cameras where the shootings are"
    assert sum(c["demand"] for c in found["by_class"]) == pytest.approx(484)
    assert sum(c["seen"] for c in found["by_class"]) == pytest.approx(found["seen"])
    unseen = sum(g["demand"] for g in result["gaps"])
    assert unseen == pytest.approx(484 - found["seen"], abs=0.5), "but for gaps too short to be listed"
    text = json.dumps(result)
    assert "SHOOTING" not in text
    assert "FIREARM" not in text
