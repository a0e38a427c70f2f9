"""The field check: a list of cameras to visit, filled in and laid over the camera lists, which stay as they are."""

import csv
import io
import json
import re
from pathlib import Path

import defusedxml.ElementTree as ET  # noqa: N817 - the usual name
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import camgap
from camgap.cli import app
from camgap.coverage.errors import CameraError, OutputError, SettingsError
from camgap.coverage.inputs.directions import Heading
from camgap.coverage.inputs.inventory import read_cameras
from camgap.coverage.inputs.laying import lay_over
from camgap.coverage.inputs.overrides import Overrides, camera_keys, overrides_result, read_overrides
from camgap.coverage.outputs.visit_files import (
    visit_csv,
    visit_gpx,
    visit_kml,
    visits_result,
    visits_tables,
    write_visits,
)
from camgap.coverage.quality.visits import COLUMNS, plan_visits

EAST = 1 / 111_320  # a metre in degrees, where the equator is
LIST = "device_id,name,lon,lat,type,azimuth,hfov,range,height,tilt,status"
VISIT = "source,camera,azimuth,height_m,tilt,fov,pixels,status,note,date,initials"
SPACES = {"g": "http://www.topografix.com/GPX/1/1", "k": "http://www.opengis.net/kml/2.2"}


@pytest.fixture
def lists(tmp_path):
    """Return a function from rows to the path of a camera list."""

    def write(*rows: str, name: str = "cameras.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([LIST, *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def filled(tmp_path):
    """Return a function from rows to the path of a filled visit list."""

    def write(*rows: str, name: str = "visits.csv", header: str = VISIT) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def street(write_osm, lists):
    """Return a function from rows to a study: a straight street of 400 m along the equator, no buildings."""
    ends = {1: (10.0, 0.0), 2: (10 + 400 * EAST, 0.0), 3: (10.0, 300 * EAST), 4: (10.0, -300 * EAST)}
    osm = write_osm(
        ends, {1: ([1, 2], {"highway": "residential", "name": "Long Street"}), 2: ([3, 4], {"highway": "footway"})}
    )

    def load(*rows: str, **over):
        return camgap.load(osm=osm, cameras=str(lists(*rows)), draws=40, **over)

    load.osm = osm
    return load


def row(name, metres, azimuth="", title="", status=""):
    return f"{name},{title},{10 + metres * EAST!r},0.0,fixed,{azimuth},,,,,{status}"


def overridden(camera_list, *paths):
    return lay_over([read_cameras(camera_list)], read_overrides(paths))[0][0]


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_camera_is_known_by_its_id_where_it_has_one_of_its_own_and_else_by_its_place(lists):
    rows = ["A,,10,1,,,,,,,", ",,10,2,,,,,,,", ",,10,2,,,,,,,", "B,,10,3,,,,,,,", "B,,10,4,,,,,,,"]
    keys = camera_keys(read_cameras(lists(*rows)))
    assert keys == [
        "id:A", "at:2.0000000,10.0000000", "at:2.0000000,10.0000000#2", "at:3.0000000,10.0000000",
        "at:4.0000000,10.0000000",
    ]  # fmt: skip


place = st.tuples(st.integers(1, 6), st.integers(1, 6))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["", "", "A", "B", "C"]), place), min_size=1, max_size=9), st.randoms())
def test_keys_are_unique_and_do_not_depend_on_the_order_of_the_rows(lists, cameras, random):
    def keyed(order):
        found = read_cameras(lists(*(f"{name},{x}-{y},{x},{y},,,,,,," for name, (x, y) in order)))
        keys = camera_keys(found)
        assert len(set(keys)) == len(keys)
        return dict(zip(keys, found.records["name"], strict=True))

    shuffled = list(cameras)
    random.shuffle(shuffled)
    assert keyed(cameras) == keyed(shuffled), "cameras at one point are alike in what the key tells of them"


# --- reading back -----------------------------------------------------------------------------------------------------


def test_what_a_visit_found_stands_in_the_list_and_the_file_stays_as_it_was(lists, filled):
    path = lists("A,,10,1,fixed,,,,,,", "B,,10,2,fixed,45,60,,4,10,offline")
    before = path.read_bytes()
    visits = filled(
        'cameras.csv,id:A,NE,5 m,20,90°,4MP,,"=by the church",2026-11-03,ab',
        "cameras.csv,id:B,,,,,,working,,03.11.2026,A.B.",
    )
    found = overridden(path, visits)
    a, b = found.records.to_dict("records")
    assert ([h.azimuth for h in a["headings"]], a["height"], a["tilt"], a["hfov"], a["pixels"]) == (
        [45],
        5,
        20,
        90,
        2560,
    )
    assert (a["status"], a["inspected"]) == ("unknown", "2026-11-03")
    assert (b["headings"][0].azimuth, b["hfov"], b["height"], b["status"]) == (45, 60, 4, "working")
    assert path.read_bytes() == before
    said = overrides_result(read_overrides([visits]))
    assert (said["read"], said["used"], said["blank"], said["cameras"]) == (2, 2, 0, 2)
    assert said["fields"] == {"azimuth": 1, "height_m": 1, "tilt": 1, "fov": 1, "pixels": 1, "status": 1}
    assert {(v["camera"], v["field"], v["date"], v["initials"]) for v in said["values"]} == {
        *(("id:A", name, "2026-11-03", "AB") for name in ("azimuth", "height_m", "tilt", "fov", "pixels")),
        ("id:B", "status", "2026-11-03", "AB"),
    }
    assert "church" not in json.dumps(said), "notes are not read"


def test_a_visit_may_tell_the_result_of_an_inspection_also_as_a_status(lists, filled):
    path = lists("A,,10,1,fixed,,,,,,", "B,,10,2,fixed,45,60,,4,10,offline", "C,,10,3,fixed,,,,,,")
    visits = filled(
        "cameras.csv,id:A,,failed,2026-11-03,ab",
        "cameras.csv,id:B,图像模糊,,2026-11-03,ab",
        "cameras.csv,id:C,,purple,2026-11-03,ab",
        header="source,camera,status,inspection,date,initials",
    )
    assert overridden(path, visits).records[["status", "inspection"]].to_numpy().tolist() == [
        ["unknown", "failed"], ["working", "poor"], ["unknown", ""],
    ]  # fmt: skip
    told = read_overrides([visits])
    assert [(r.row, r.reason) for r in told.refused] == [
        (4, "inspection: 'purple' is no result of an inspection; write good, poor or failed")
    ]


def test_the_later_date_wins_field_by_field_whatever_the_order_of_rows_and_files(lists, filled):
    path = lists("A,,10,1,fixed,,,,,,")
    new = "cameras.csv,id:A,180,,,,,,,2026-05-01,x"
    old = "cameras.csv,id:A,90,7,,,,,,2025-05-01,y"
    one_file = filled(new, old)
    two = [filled(old, name="old.csv"), filled(new, name="new.csv")]
    for found in (overridden(path, one_file), overridden(path, *two), overridden(path, *two[::-1])):
        record = found.records.iloc[0]
        assert (record["headings"][0].azimuth, record["height"], record["inspected"]) == (180, 7, "2026-05-01")


def test_two_findings_of_one_day_that_differ_are_both_refused_and_equal_ones_are_not(filled):
    same = filled("c,id:A,180,4,,,,,,2026-05-01,x", "c,id:A,180°,,,,,,,2026-05-01,y")
    assert read_overrides([same]).refused == ()
    other = filled("c,id:A,180,,,,,,,2026-05-01,x", "c,id:A,90,,,,,,,2026-05-01,y", "c,id:A,7,,,,,,,2026-06-01,z")
    found = read_overrides([other])
    assert [(r.row, r.reason) for r in found.refused] == [
        (2, "azimuth differs from visits.csv, row 3, of the same day"),
        (3, "azimuth differs from visits.csv, row 2, of the same day"),
    ]
    assert [visit.row for visit in found.rows] == [4]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("uphill,,,,,,,2026-05-01,x", "azimuth: 'UPHILL' is no heading"),
        ("400,,,,,,,2026-05-01,x", "azimuth: '400' is no heading"),
        (",-3,,,,,,2026-05-01,x", "height_m is -3; expected more than 0 and at most 300"),
        (",0,,,,,,2026-05-01,x", "height_m is 0; expected more than 0"),
        (",4 kg,,,,,,2026-05-01,x", "height_m: '4 kg' has another unit"),
        (",,95,,,,,2026-05-01,x", "tilt is 95; expected at least 0 and at most 90"),
        (",,,400,,,,2026-05-01,x", "fov is 400; expected more than 0 and at most 360"),
        (",,,,many,,,2026-05-01,x", "pixels: 'many' is no resolution"),
        (",,,,,so-so,,2026-05-01,x", "status: 'so-so' is no status; write working, not working or removed"),
        ("90,,,,,,,,x", "the date is missing"),
        ("90,,,,,,,2026-05,x", "date '2026-05' does not say the day for sure; write 2026-01-31"),
        ("90,,,,,,,02/03/2026,x", "date '02/03/2026' does not say the day for sure"),
        ("90,,,,,,,2026-02-30,x", "day is out of range for month"),
        ("90,,,,,,,2026-05-01,", "initials are missing"),
        ("90,,,,,,,2026-05-01,Mary Miller", "initials are more than one to four Latin, Greek or Cyrillic letters"),
        ("90,,,,,,,2026-05-01,张伟", "initials are more than one to four Latin, Greek or Cyrillic letters"),
        (",,,,,,seen,2026-05-01,x", "it has a date, initials or a note, but no value"),
    ],
)
def test_a_bad_row_is_refused_as_a_whole_with_the_reason_and_the_others_count(filled, cells, reason):
    found = read_overrides([filled(f"cameras.csv,id:A,{cells}", "cameras.csv,id:B,90,,,,,,,2026-05-01,x")])
    (refused,) = found.refused
    assert (refused.row, refused.camera) == (2, "id:A")
    assert reason in refused.reason
    assert "Miller" not in refused.reason
    assert "张伟" not in refused.reason
    assert [visit.camera for visit in found.rows] == ["id:B"]
    assert found.read == 2


def test_a_row_that_means_no_camera_is_an_error_that_names_it(lists, filled):
    path = lists("A1,,10,1,fixed,,,,,,")
    gone = "cameras.csv,id:A2,90,,,,,,,2026-05-01,x", "old.csv,id:A1,90,,,,,,,2026-05-01,x"
    good = "cameras.csv,id:A1,90,,,,,,,2026-05-01,x"
    read = read_overrides([filled(good, *gone)])
    (laid,), fitting = lay_over([read_cameras(path)], read)
    assert laid.records["headings"].iloc[0] == (Heading(90.0),)
    assert [(r.row, r.reason) for r in fitting.refused] == [
        (3, "cameras.csv has no such camera in use any more"), (4, "there is no camera list 'old.csv' here"),
    ]  # fmt: skip
    assert (fitting.read, read.read) == (3, 3)
    with pytest.raises(CameraError, match=r"row 2: there is no camera list 'other\.csv' here; there are cameras\.csv"):
        overridden(path, filled("other.csv,id:A1,90,,,,,,,2026-05-01,x"))


def test_two_lists_of_one_name_are_an_error_and_no_guess(lists, filled, tmp_path):
    (tmp_path / "b").mkdir()
    both = [
        read_cameras(lists("A,,10,1,fixed,,,,,,")),
        read_cameras(lists("A,,10,5,fixed,,,,,,", name="b/cameras.csv")),
    ]
    overrides = read_overrides([filled("cameras.csv,id:A,90,,,,,,,2026-05-01,x")])
    with pytest.raises(CameraError, match=r"two lists are called 'cameras\.csv' and have the camera 'id:A'"):
        lay_over(both, overrides)


def test_a_camera_found_removed_is_set_aside_and_said_by_whom(lists, filled):
    path = lists("A,,10,1,fixed,,,,,,", "B,,10,2,fixed,,,,,,")
    found = overridden(path, filled("cameras.csv,id:A,,,,,,removed,,2026-05-01,x"))
    assert found.records["id"].tolist() == ["B"]
    (aside,) = found.rows_set_aside
    assert (aside.id, aside.reason, aside.detail) == ("A", "removed", "visit of 2026-05-01, X")
    assert found.read == len(found.records) + len(found.rows_set_aside)


def test_a_table_that_is_no_visit_list_is_refused(lists):
    with pytest.raises(CameraError, match=r"no column 'source'; overrides are a list that `camgap visits` wrote"):
        read_overrides([lists("A,,10,1,fixed,,,,,,")])


def test_empty_lists_and_blank_rows_change_nothing(lists, filled):
    path = lists("A,,10,1,fixed,,,,,,")
    found = read_overrides([filled("cameras.csv,id:A,,,,,,,,,", "cameras.csv,id:A,,,,,,,,,")])
    assert (len(found.blank), found.read, found.rows) == (2, 2, ())
    assert lay_over([read_cameras(path)], found)[0][0].records.equals(read_cameras(path).records)
    assert read_overrides([]) == Overrides()


PLACED = f"{VISIT},longitude,latitude,longitude_found,latitude_found"


def test_a_place_found_is_laid_over_and_the_camera_keeps_its_key(lists, filled):
    path = lists("A,,10,1,fixed,,,,,,", ",,10,2,fixed,,,,,,", ",,10,2,fixed,,,,,,")
    keys = (("id:A", 1), ('"at:2.0000000,10.0000000#2"', 2))
    first = filled(*(f"cameras.csv,{key},,,,,,,,2026-05-01,x,10,{y},10.001,{y}" for key, y in keys), header=PLACED)
    (laid,), fitting = lay_over([read_cameras(path)], read_overrides([first]))
    assert fitting.refused == ()
    assert laid.records["lon"].tolist() == [10.001, 10.0, 10.001]
    assert camera_keys(laid) == camera_keys(read_cameras(path))
    assert overrides_result(fitting)["fields"] == {"place": 2}
    # a later visit list shows the place found; laid over together with the first, it fits
    later = filled("cameras.csv,id:A,90,,,,,,,2026-06-01,x,10.001,1,,", header=PLACED, name="later.csv")
    (laid,), fitting = lay_over([read_cameras(path)], read_overrides([first, later]))
    assert fitting.refused == ()
    assert laid.records["headings"].iloc[0] == (Heading(90.0),)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (",,,,,,,,,10.0005,1,,", "longitude, latitude are 56 m from the camera's place; restore them, or write the"),
        ("90,,,,,,,2026-05-01,x,10.0005,1,,", "longitude, latitude are 56 m from the camera's place"),
        ("90,,,,,,,2026-05-01,x,at the corner,1,,", "longitude, latitude: .*; write the place found into longitude"),
        (",,,,,,,2026-05-01,x,10,1,10.1,", "longitude_found and latitude_found: only one of them is filled in"),
        (",,,,,,,2026-05-01,x,10,1,1,10", "longitude_found, latitude_found are 1,4.. km from the camera's place"),
        (",,,,,,,2026-05-01,x,10,1,here,1", "longitude_found, latitude_found: "),
        (",,,,,,,2026-05-01,x,10,1,200,1", "longitude_found 200, latitude_found 1 are out of range"),
    ],
)
def test_a_place_that_was_changed_or_cannot_be_is_refused_by_name(lists, filled, cells, reason):
    path = lists("A,,10,1,fixed,,,,,,")
    _, fitting = lay_over([read_cameras(path)], read_overrides([filled(f"cameras.csv,id:A,{cells}", header=PLACED)]))
    assert (fitting.rows, fitting.blank, len(fitting.refused)) == ((), (), 1)
    assert re.match(reason, fitting.refused[0].reason), fitting.refused[0].reason


def test_numbers_that_a_spreadsheet_rounded_or_ruined_are_no_correction(lists, filled):
    path = lists("A,,10.1234567,1.1234567,fixed,,,,,,")
    places = ("10.123457,1.123457", "10.123.457,1.1")
    rows = [f"cameras.csv,id:A,90,,,,,,,2026-05-0{k},x,{place},," for k, place in enumerate(places, 1)]
    _, fitting = lay_over([read_cameras(path)], read_overrides([filled(*rows, header=PLACED)]))
    assert (len(fitting.rows), fitting.refused) == (2, ())


# --- the list to fill in ----------------------------------------------------------------------------------------------


def test_the_list_says_what_is_not_known_what_is_assumed_and_why_the_visit_pays(street):
    visits = plan_visits(street(row("A", 100, title="Corner"), row("B", 250, azimuth="90"), row("C", 300, azimuth="E")))
    table = visits.table.set_index("camera")
    assert list(visits.table.columns) == list(COLUMNS)
    assert table.loc["id:A", "unknown"] == "azimuth, fov, pixels, height_m, tilt, status"
    assert table.loc["id:A", "assumed"] == "azimuth 90°, fov 78°, pixels 2560, height 5 m, tilt 15°, working"
    assert table.loc["id:B", "unknown"] == "fov, pixels, height_m, tilt, status"
    assert table.loc["id:C", "assumed"].startswith("azimuth 90° ± 22.5°, ")
    assert (table["name"].tolist(), set(table["street"])) == (["Corner", "", ""], {"Long Street"})
    assert table["band_m"].min() > 1
    assert (visits.table[["azimuth", "date", "initials", "note"]] == "").all(axis=None)
    assert visits.length_m == pytest.approx(400, abs=0.5), "there and back again, 200 m apart"
    assert visits.bound_m == pytest.approx(400, abs=0.5)
    assert visits.table["walk_m"].sum() == pytest.approx(400, abs=1.5)
    assert visits.path.length == pytest.approx(400 * EAST, rel=1e-3)


def test_a_camera_of_which_everything_is_known_is_not_visited_and_most_is_kept(street):
    full = f"K,,{10 + 30 * EAST!r},0.0,fixed,90,60,50,5,20,working"
    study = street(full, *(row(f"C{i}", 40 * i + 60) for i in range(6)))
    assert len(plan_visits(study)) == 6
    assert "id:K" not in set(plan_visits(study).table["camera"])
    assert len(plan_visits(study, most=2)) == 2
    both = plan_visits(study, most=2, length_m=150)
    assert len(both) <= 2
    assert both.length_m <= 150
    none = plan_visits(street(full))
    assert (len(none), none.path, none.length_m) == (0, None, 0)


def test_the_widest_bands_come_into_the_list_and_its_start_is_kept(street):
    study = street(row("A", 60), row("B", 200, azimuth="90"), row("C", 340, azimuth="90"))
    assert set(plan_visits(study, most=1).table["camera"]) == {"id:A"}
    start = (10 + 400 * EAST, 0.0)
    visits = plan_visits(study, start=start)
    assert visits.length_m == pytest.approx(680, abs=1)
    assert visits.table["walk_m"].iloc[0] == pytest.approx(60, abs=1) or visits.table["walk_m"].iloc[0] > 199
    assert visits.path.coords[0] == visits.path.coords[-1] == pytest.approx(start, abs=1e-7)
    short = plan_visits(study, length_m=500, start=start)
    assert short.length_m <= 500
    assert set(short.table["camera"]) == {"id:B", "id:C"}, "A is worth most, but 680 m away and back"
    with pytest.raises(SettingsError, match="km from the nearest street; write it as LAT,LON"):
        plan_visits(study, start=(0.0, 10.0))


def test_the_list_opens_in_a_spreadsheet_and_nothing_in_it_runs(street):
    hostile = '"=HYPERLINK(""http://x"")<script>&'
    visits = plan_visits(street(row("=1+1", 100, title=f'{hostile}"'), row("B", 250)))
    text = visit_csv(visits)
    assert text.startswith("\ufeffstop,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    name = next(r["name"] for r in rows if r["camera"] == "id:=1+1")
    assert name == '\'=HYPERLINK("http://x")<script>&'
    assert not any(cell[:1] in tuple("=+@") for r in rows for cell in r.values())
    for form, title in ((visit_gpx(visits), "g:wpt/g:name"), (visit_kml(visits), "k:Document/k:Placemark/k:name")):
        root = ET.fromstring(form)
        assert any('=HYPERLINK("http://x")<script>&' in e.text for e in root.findall(title, SPACES))
        assert "<script" not in form


def test_gpx_and_kml_hold_stops_and_walk_where_they_are(street):
    visits = plan_visits(street(row("A", 100), row("B", 250)))
    gpx, kml = ET.fromstring(visit_gpx(visits)), ET.fromstring(visit_kml(visits))
    points = [(float(p.get("lon")), float(p.get("lat"))) for p in gpx.findall("g:wpt", SPACES)]
    assert sorted(points) == [pytest.approx((10 + m * EAST, 0), abs=1e-6) for m in (100, 250)]
    track = [float(p.get("lon")) for p in gpx.findall("g:trk/g:trkseg/g:trkpt", SPACES)]
    line = kml.find("k:Document/k:Placemark/k:LineString/k:coordinates", SPACES).text.split()
    assert [float(p.split(",")[0]) for p in line] == track
    assert (min(track), max(track)) == pytest.approx((10 + 100 * EAST, 10 + 250 * EAST), abs=1e-6)
    assert len(kml.findall("k:Document/k:Placemark/k:Point", SPACES)) == 2


def test_an_unknown_ending_and_a_file_in_the_way_are_refused(street, tmp_path):
    visits = plan_visits(street(row("A", 100)))
    with pytest.raises(OutputError, match=r"visit lists are written as \.csv, \.gpx, \.kml"):
        write_visits(visits, [tmp_path / "v.xls"])
    write_visits(visits, [tmp_path / "v.csv"])
    with pytest.raises(OutputError, match=r"exists; choose another name or add --overwrite"):
        write_visits(visits, [tmp_path / "v.csv", tmp_path / "v.gpx"])
    assert not (tmp_path / "v.gpx").exists()


# --- and back ---------------------------------------------------------------------------------------------------------


def answers(text, **cells):
    """Return a visit list with every stop answered."""
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    return [r | cells for r in rows]


def as_csv(rows):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_semicolons(rows):
    """As a German spreadsheet saves it: semicolons, Windows-1252, decimal commas, its own dates."""
    lines = [";".join(rows[0].keys())]
    for r in rows:
        year, month, day = r["date"].split("-")
        cells = r | {"date": f"{day}.{month}.{year}", "height_m": r["height_m"].replace(".", ",")}
        lines.append(";".join(f'"{c}"' for c in cells.values()))
    return "\r\n".join(lines).encode("cp1252")


def as_workbook(rows):
    book = openpyxl.Workbook()
    book.active.append(list(rows[0].keys()))
    for r in rows:
        book.active.append([float(v) if k in ("azimuth", "height_m") else v for k, v in r.items()])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(("save", "name"), [(as_csv, "v.csv"), (as_semicolons, "v.csv"), (as_workbook, "v.xlsx")])
def test_a_list_comes_back_from_any_spreadsheet(street, tmp_path, save, name):
    long_id = "51040200001320000001"
    study = street(row(long_id, 100), row("", 180), row("=B", 250, title="Ünter"))
    filled_in = answers(visit_csv(plan_visits(study)), azimuth="270", height_m="4.5", date="2026-11-03", initials="ab")
    (tmp_path / name).write_bytes(save(filled_in))
    found = read_overrides([tmp_path / name])
    assert (found.refused, len(found.rows)) == ((), 3)
    assert {visit.camera for visit in found.rows} == {f"id:{long_id}", "id:=B", f"at:0.0000000,{10 + 180 * EAST:.7f}"}
    (laid,), _ = lay_over(study.lists, found)
    assert [h[0].azimuth for h in laid.records["headings"]] == [270, 270, 270]
    assert laid.records["height"].tolist() == [4.5] * 3


def typed(form, text, html):
    """Return a waypoint file as a phone leaves it: values typed behind the names in the description."""
    for name, value in {"azimuth": "270", "height_m": "4.5", "date": "2026-11-03", "initials": "ab"}.items():
        text = text.replace(f"\n{name}:", f"\n{name}: {value}")
    if html:  # some apps write HTML
        tag = "desc" if form == "gpx" else "description"
        lines = re.compile(f"(?<=<{tag}>)[^<]*(?=</{tag}>)")
        text = lines.sub(lambda m: "&lt;p&gt;" + m[0].replace("\n", "&lt;br/&gt;") + "&lt;/p&gt;", text)
    return text


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("form", ["gpx", "kml"])
def test_a_list_comes_back_from_a_navigator(street, tmp_path, form, html):
    study = street(row("<b>A&B%3C", 100), row("", 180), row("C", 250))
    text = (visit_gpx if form == "gpx" else visit_kml)(plan_visits(study))
    assert "&lt;b" not in text.replace("<value>id:&lt;b&gt;A&amp;B%3C</value>", "")
    path = tmp_path / f"v.{form}"
    path.write_text(text, "utf-8")
    empty = read_overrides([path])
    assert (empty.read, len(empty.blank), empty.refused) == (3, 3, ())
    path.write_text(typed(form, text, html), "utf-8")
    (laid,), fitting = lay_over(study.lists, read_overrides([path]))
    assert (fitting.refused, len(fitting.rows)) == ((), 3)
    assert [h[0].azimuth for h in laid.records["headings"]] == [270, 270, 270]
    place = f'lon="{10 + 250 * EAST:.7f}"' if form == "gpx" else f">{10 + 250 * EAST:.7f},"
    path.write_text(text.replace(place, place.replace("10.", "10.1"), 1), "utf-8")  # the waypoint was dragged
    _, moved = lay_over(study.lists, read_overrides([path]))
    assert [r.reason[:19] for r in moved.refused] == ["longitude, latitude"]


def test_the_data_of_a_kml_file_is_read_where_its_text_does_not_contradict(street, tmp_path):
    study = street(row("A", 100), row("B", 250))
    path = tmp_path / "v.kml"
    text = visit_kml(plan_visits(study))
    for name, value in {"azimuth": "90", "date": "2026-11-03", "initials": "x"}.items():
        data = f'<Data name="{name}"><value'
        text = text.replace(f"{data} />", f"{data}>{value}</value>")
    path.write_text(text.replace("\nazimuth:", "\nazimuth: 180", 1), "utf-8")
    found = read_overrides([path])
    assert [visit.values["azimuth"] for visit in found.rows] == [(Heading(90.0),)]
    assert [r.reason for r in found.refused] == ["azimuth is said twice, '90' and '180'"]


def test_a_camera_drawn_deep_in_a_building_is_listed_and_used_once_its_place_is_found(write_osm, lists, tmp_path):
    ends = {1: (10.0, 0.0), 2: (10 + 400 * EAST, 0.0), 3: (10.0, 300 * EAST), 4: (10 + 400 * EAST, 300 * EAST)}
    hall = {10: (100, 10), 11: (300, 10), 12: (300, 210), 13: (100, 210)}
    nodes = ends | {k: (10 + x * EAST, y * EAST) for k, (x, y) in hall.items()}
    ways = {1: ([1, 2], {"highway": "residential", "name": "Long Street"}), 2: ([*hall, 10], {"building": "yes"})}
    osm = write_osm(nodes, ways | {3: ([3, 4], {"highway": "footway"})})
    cameras = str(lists(f"DEEP,Hall,{10 + 200 * EAST!r},{110 * EAST!r},fixed,,,,,,", row("B", 350)))
    visits = plan_visits(camgap.load(osm=osm, cameras=cameras, draws=20))
    (deep,) = visits.misplaced.to_dict("records")
    said = ("id:DEEP", "Hall", "Long Street", "place")
    assert (deep["camera"], deep["name"], deep["street"], deep["unknown"]) == said
    assert "drawn deep in a building: no wall within" in deep["assumed"]
    told = visits_result(visits)
    assert ([s["camera"] for s in told["stops"]], [s["camera"] for s in told["misplaced"]]) == (["id:B"], ["id:DEEP"])
    assert "1, last in the list" in str(visits_tables(told))
    for form in (visit_gpx, visit_kml):
        assert "id:DEEP" in form(visits)
    rows = [r for r in answers(visit_csv(visits)) if r["camera"] == "id:DEEP"]
    found = {"longitude_found": repr(10 + 200 * EAST), "latitude_found": repr(8 * EAST)}
    rows[0] |= found | {"date": "2026-11-03", "initials": "ab"}
    (tmp_path / "v.csv").write_bytes(as_csv(rows))
    study = camgap.load(osm=osm, cameras=cameras, overrides=str(tmp_path / "v.csv"), draws=20)
    assert (len(study.inventory), len(plan_visits(study).misplaced)) == (2, 0)


def test_the_command_writes_all_forms_and_score_counts_what_comes_back(street, tmp_path):
    street(row("A", 100), row("B", 250))
    base = ["--osm", str(street.osm), "--cameras", str(tmp_path / "cameras.csv"), "--draws", "20"]
    outs = [tmp_path / f"v.{form}" for form in ("csv", "gpx", "kml")]
    options = [part for out in outs for part in ("--out", str(out))]
    done = CliRunner().invoke(app, ["visits", *base, *options, "--from", f"0.0,{10 + 400 * EAST}", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["visits"] == 2
    assert said["tour"]["lower_bound_m"] <= said["tour"]["length_m"]
    assert said["band_if_as_assumed"]["width_m"] < said["band"]["width_m"]
    assert all(out.stat().st_size > 200 for out in outs)
    rows = answers(outs[0].read_text("utf-8"), azimuth="90", status="working", date="2026-11-03", initials="ab")
    rows[1] |= {"azimuth": "up"}
    outs[0].write_bytes(as_csv(rows))
    scored = CliRunner().invoke(app, ["score", *base, "--overrides", str(outs[0]), "--json"])
    assert scored.exit_code == 0, scored.output
    told = json.loads(scored.stdout)["overrides"]
    assert (told["read"], told["used"], told["cameras"]) == (2, 1, 1)
    assert told["refused"][0]["reason"].startswith("azimuth: 'UP' is no heading")
    assert [v["initials"] for v in told["values"]] == ["AB", "AB"]
    shown = CliRunner().invoke(app, ["check", *base[:4], "--overrides", str(outs[0])])
    assert "1 of 2 rows used for 1 cameras (azimuth 1, status 1; 2026-11-03 to 2026-11-03, by AB)" in " ".join(
        shown.output.split()
    )
    assert "refused: v.csv:3" in shown.output


def test_a_project_file_names_overrides_relative_to_itself(street, tmp_path, filled):
    street(row("A", 100))
    filled("cameras.csv,id:A,45,,,,,,,2026-05-01,x")
    project = tmp_path / "camgap.toml"
    project.write_text(
        f'[inputs]\nosm = "{street.osm.name}"\ncameras = ["cameras.csv"]\noverrides = "visits.csv"\n', encoding="utf-8"
    )
    study = camgap.load(project)
    assert study.inventory.heads.azimuth.tolist() == [45]
    assert study.overrides.read == 1
    assert any(source["file"] == "visits.csv" for source in study.sources())


def test_in_baltimore_visits_narrow_the_band(real_data, tmp_path):
    given_files = {
        "osm": real_data("baltimore-southeast.osm.pbf"),
        "cameras": str(real_data("baltimore-cctv-2014.csv")),
    }
    study = camgap.load(**given_files, draws=60)
    visits = plan_visits(study, most=40)
    assert len(visits) == 40
    assert visits.by_air_m == 0
    assert visits.bound_m <= visits.length_m <= 1.1 * visits.bound_m
    rows = []
    for r in answers(visit_csv(visits), date="2026-11-03", initials="ab"):
        told = dict(part.rsplit(" ", 1) for part in r["assumed"].replace(" m,", ",").split(", ") if " " in part)
        rows.append(
            r | {"azimuth": told["azimuth"], "fov": told["fov"], "pixels": told["pixels"], "tilt": told["tilt"]}
            | {"height_m": told["height"], "status": "working"}
        )  # fmt: skip
    (tmp_path / "v.csv").write_bytes(as_csv(rows))
    before = camgap.score(study).bands
    after = camgap.score(camgap.load(**given_files, draws=60, overrides=[tmp_path / "v.csv"])).bands
    width = [high - low for low, _, high in (b.quantiles(b.day_m) for b in (before, after))]
    assert width[1] < 0.8 * width[0]
    assert after.doubtful["azimuth"] == before.doubtful["azimuth"] - 40
    low, _, high = after.quantiles(after.day_m)
    assert (low, high) == pytest.approx(visits.after_m, rel=0.02), "as the list foretold"
