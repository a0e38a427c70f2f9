"""Merging camera lists: nothing lost, order-free, idempotent, and never two heads of one pole into one."""

import csv
import io
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from camgap.cli import app
from camgap.coverage.cells import as_given, harmless
from camgap.coverage.errors import CameraError, OutputError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.combining import headings_text
from camgap.coverage.inputs.datum import gcj02_from_wgs84
from camgap.coverage.inputs.directions import Heading, parse_headings
from camgap.coverage.inputs.inventory import RECORD_COLUMNS, read_cameras
from camgap.coverage.inputs.merge import Merged, merge_cameras
from camgap.coverage.inputs.merged_file import NAME_OF, read_for_merge
from camgap.coverage.inputs.pairing import STRONG_ID, in_space
from camgap.coverage.outputs.merged import beside, write_merged
from camgap.coverage.settings import MergeSettings

COLUMNS = (
    "device_id", "name", "lon", "lat", "type", "azimuth", "hfov", "range", "height", "status", "count",
    "last inspection", "last updated",
)  # fmt: skip
NORTH, EAST = 1 / 110_574, 1 / 111_320  # a metre in degrees, where the equator is


def write(path: Path, rows: list[dict]) -> Path:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, restval="")
    table.writeheader()
    table.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def at(north=0.0, east=0.0, **said) -> dict:
    """Return a row that many metres north and east of a point on the equator."""
    return {"lon": repr(float(10 + east * EAST)), "lat": repr(float(north * NORTH)), **said}


def merged_of(*files: Path, **over) -> Merged:
    read = [read_for_merge(f) for f in files]
    return merge_cameras([c for c, _ in read], MergeSettings(**over), {c.source: told for c, told in read})


def two(tmp_path, a: list[dict], b: list[dict], **over) -> Merged:
    return merged_of(write(tmp_path / "a.csv", a), write(tmp_path / "b.csv", b), **over)


def test_distances_in_space_are_those_of_the_ellipsoid():
    import pyproj

    lon, lat = np.array([101.72, 101.7201, -76.6]), np.array([26.58, 26.5801, 39.3])
    xyz = in_space(lon, lat)
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    assert np.linalg.norm(xyz[0] - xyz[1]) == pytest.approx(metres, rel=1e-8)


def test_one_device_id_is_one_camera_and_fields_come_from_whoever_says(tmp_path):
    merged = two(
        tmp_path,
        [at(device_id="CAM-000001", name="Bridge", height="5")],
        [at(3, device_id="CAM-000001", azimuth="90", type="fixed", hfov="80")],
    )
    (camera,) = merged.cameras.to_dict("records")
    assert (camera["id"], camera["name"], camera["height"], camera["hfov"]) == ("CAM-000001", "Bridge", 5.0, 80.0)
    assert camera["headings"] == (Heading(90.0),)
    assert (camera["name_from"], camera["height_from"], camera["headings_from"]) == ("a.csv:2", "a.csv:2", "b.csv:2")
    assert camera["tilt_from"] == ""
    assert camera["merge_rows"] == ("a.csv:2", "b.csv:2")
    assert merged.counts == {"read": 2, "kept": 1, "merged": 1, "set_aside": 0}


@pytest.mark.parametrize(
    ("azimuth", "kind", "how", "fields"),
    [
        ("90", "dome", "same id and direction", ["kind"]),
        ("", "panning", "same id", ["kind"]),
        ("200", "fixed", "same id, directions differ", ["azimuth"]),
        ("200", "dome", "same id, directions differ", ["azimuth", "kind"]),
    ],
)
def test_one_device_id_is_one_camera_whatever_contradicts_and_that_is_listed(tmp_path, azimuth, kind, how, fields):
    name = "51040200001320000001"
    merged = two(
        tmp_path,
        [at(azimuth="90", type="fixed", device_id=name)],
        [at(azimuth=azimuth, type=kind, device_id=name)],
    )
    assert (merged.counts["kept"], merged.counts["merged"]) == (1, 1)
    assert set(merged.account["how"]) == {how}
    assert sorted(merged.conflicts["field"]) == fields
    short = [at(azimuth="90", type="fixed", device_id="A1")], [at(azimuth=azimuth, type="dome", device_id="A1")]
    assert len(two(tmp_path, *short).cameras) == 2  # a running number proves nothing


@pytest.mark.parametrize(
    ("north", "azimuth", "kind", "cameras"),
    [
        (11.9, "120", "fixed", 1),  # within 12 m and 30°
        (12.1, "120", "fixed", 2),
        (5, "121", "fixed", 2),
        (5, "100", "dome", 2),  # another kind
        (5, "100", "", 1),  # a kind not stated contradicts none
        (5, "", "fixed", 1),  # a direction not stated, but nobody else there
    ],
)
def test_near_with_one_direction_and_kind_is_one_camera(tmp_path, north, azimuth, kind, cameras):
    merged = two(
        tmp_path,
        [at(azimuth="90", type="fixed", device_id="A1")],
        [at(north, azimuth=azimuth, type=kind, device_id="B1")],
    )
    assert len(merged.cameras) == cameras


def test_directions_are_compared_across_north(tmp_path):
    assert len(two(tmp_path, [at(azimuth="350")], [at(5, azimuth="10")]).cameras) == 1


def test_several_heads_on_one_pole_stay_several(tmp_path):
    heads = [at(device_id=f"A{k}", azimuth=str(90 * k), type="fixed") for k in range(4)]
    others = [at(2, device_id=f"B{k}", azimuth=str(90 * k + 5), type="fixed") for k in range(4)]
    merged = two(tmp_path, heads, others)
    assert len(merged.cameras) == 4
    assert sorted(h[0].azimuth for h in merged.cameras["headings"]) == [0, 90, 180, 270]
    assert [len(rows) for rows in merged.cameras["merge_rows"]] == [2, 2, 2, 2]


def test_rows_of_one_list_are_never_merged_by_place(tmp_path):
    twins = [at(device_id="A1", azimuth="90"), at(device_id="A2", azimuth="90"), at(), at()]
    assert len(merged_of(write(tmp_path / "a.csv", twins)).cameras) == 4


def test_a_row_repeated_in_its_list_counts_once_but_not_if_it_says_something_else(tmp_path):
    same = [at(device_id="CAM-000001", name="x", height="5"), at(device_id="CAM-000001", name="x", azimuth="90")]
    other = [at(device_id="CAM-000002", azimuth="90"), at(device_id="CAM-000002", azimuth="270")]
    merged = merged_of(write(tmp_path / "a.csv", same + other))
    assert merged.cameras["id"].tolist() == ["CAM-000001", "CAM-000002", "CAM-000002#2"]
    assert merged.account["how"].tolist()[1] == "repeated row"


def test_unknown_directions_are_not_guessed_where_several_stand(tmp_path):
    merged = two(tmp_path, [at(device_id="A1")], [at(2, device_id="B1"), at(4, device_id="B2")])
    assert len(merged.cameras) == 3
    assert set(merged.questions["reason"]) == {"direction unknown, several there"}
    assert len(merged.questions) == 2


def test_running_numbers_two_lists_share_are_no_device_ids(tmp_path):
    merged = two(tmp_path, [at(device_id="1", azimuth="90")], [at(50, device_id="1", azimuth="90")])
    assert merged.cameras["id"].tolist() == ["1", "1#2"]
    assert len(two(tmp_path, [at(device_id="1")], [at(5, device_id="1")]).cameras) == 1


def test_one_id_at_two_places_is_a_question(tmp_path):
    merged = two(tmp_path, [at(device_id="CAM-000001")], [at(500, device_id="CAM-000001")])
    assert len(merged.cameras) == 2
    (question,) = merged.questions.to_dict("records")
    assert question["reason"] == "same id, far apart"
    assert question["detail"] == "500 m apart"


def test_a_failed_address_search_merges_nothing_by_place(tmp_path):
    crowd = [at(azimuth="90", device_id=f"A{k}") for k in range(10)]
    merged = two(tmp_path, crowd, [at(azimuth="90", device_id="B1")])
    assert len(merged.cameras) == 11
    assert (merged.questions["reason"] == "crowd").sum() == 10


def test_a_row_of_four_cameras_is_not_one_of_them(tmp_path):
    merged = two(tmp_path, [at(count="4")], [at(2, count="1")])
    assert len(merged.cameras) == 2
    assert merged.questions["reason"].tolist() == ["numbers of cameras differ"]


def test_disagreements_are_listed_with_both_origins(tmp_path):
    merged = two(
        tmp_path,
        [at(device_id="CAM-000001", status="working", height="5", azimuth="90", name="north gate")],
        [at(9, device_id="CAM-000001", status="offline", height="6", azimuth="270")],
    )
    rows = {
        c["field"]: (c["used"], c["used_from"], c["other"], c["other_from"])
        for c in merged.conflicts.to_dict("records")
    }
    assert rows["height"] == ("5", "a.csv:2", "6", "b.csv:2")
    assert rows["azimuth"] == ("90", "a.csv:2", "270", "b.csv:2")
    assert rows["status"] == ("working", "a.csv:2", "not_working", "b.csv:2")
    assert set(rows) == {"height", "azimuth", "status", "position"}
    assert len(merged.cameras["merge_conflicts"][0]) == 4


def test_a_camera_another_list_calls_removed_is_a_conflict_and_the_row_is_accounted_for(tmp_path):
    removed = [at(device_id="CAM-000001", status="removed"), at(500, device_id="CAM-000009")]
    merged = two(tmp_path, [at(device_id="CAM-000001", status="working")], removed)
    assert merged.conflicts.to_dict("records") == [
        {"camera": "CAM-000001", "field": "status", "used": "working", "used_from": "a.csv:2", "other": "removed",
         "other_from": "b.csv:2"}
    ]  # fmt: skip
    assert merged.counts == {"read": 3, "kept": 2, "merged": 0, "set_aside": 1}


def test_a_near_limit_beyond_the_range_of_another_row_is_dropped(tmp_path):
    a = write(tmp_path / "a.csv", [at(device_id="CAM-000001", range="20", height="4")])
    b = tmp_path / "b.csv"
    b.write_text("device_id,lon,lat,near\nCAM-000001,10,0,30\n", encoding="utf-8")
    camera = merged_of(a, b).cameras.iloc[0]
    assert camera["range_m"] == 20
    assert np.isnan(camera["near_m"])
    assert camera["near_m_from"] == ""


def test_two_lists_of_one_name_are_refused(tmp_path):
    (tmp_path / "x").mkdir()
    files = [write(tmp_path / "a.csv", [at()]), write(tmp_path / "x" / "a.csv", [at()])]
    with pytest.raises(CameraError, match=r"two lists are called 'a\.csv'; rename one"):
        merged_of(*files)


# --- properties -------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["", "Gate", "=1+1", "-5", "+x", "@a", "桥 头", "O'Hara", "'quoted", "a;b|c"])


@st.composite
def databases(draw, most=3):
    """Up to three lists of cameras crowded into 30 x 30 m, so that everything is near something."""
    ids = st.sampled_from(["", "1", "2", "CAM-000001", "CAM-000002", "510402000013200001", "=x"])
    row = st.fixed_dictionaries(
        {
            "device_id": ids,
            "name": NAMES,
            "azimuth": st.sampled_from(["", "", "0", "20", "45", "90", "200", "350", "90;270", "350-20", "0-360"]),
            "type": st.sampled_from(["", "fixed", "dome", "ptz"]),
            "height": st.sampled_from(["", "3", "4.5"]),
            "range": st.sampled_from(["", "30"]),
            "status": st.sampled_from(["", "working", "offline", "removed"]),
            "count": st.sampled_from(["", "1", "2"]),
            "last inspection": st.sampled_from(["", "2019-05", "2021"]),
            "last updated": st.sampled_from(["", "2020-01-31", "2021-02-01"]),
        }
    )
    spot = st.tuples(st.integers(0, 30), st.integers(0, 30))
    rows = st.lists(st.tuples(row, spot), min_size=1, max_size=6)
    lists = draw(st.lists(rows, min_size=1, max_size=most))
    return [[at(n, e, **said) for said, (n, e) in one] for one in lists]


def usable(files: list[Path]) -> bool:
    """Some camera of each is in use; a list without any is refused by the reader."""
    for file in files:
        try:
            read_cameras(file)
        except CameraError:
            return False
    return True


def said(merged: Merged) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in merged.cameras.to_dict("records"))


@settings(max_examples=12, deadline=None)
@given(lists=databases(), data=st.data())
def test_nothing_is_lost_whatever_the_order_and_merging_again_changes_nothing(tmp_path_factory, lists, data):
    folder = tmp_path_factory.mktemp("merge")
    files = [write(folder / f"{'abc'[k]}.csv", rows) for k, rows in enumerate(lists)]
    if not usable(files):
        return
    merged = merged_of(*files)
    total = sum(len(rows) for rows in lists)
    assert merged.counts["read"] == total == sum(merged.counts[k] for k in ("kept", "merged", "set_aside"))
    assert merged.counts["kept"] == len(merged.cameras) == merged.cameras["id"].nunique()
    rows = [row for rows in merged.cameras["merge_rows"] for row in rows]
    assert sorted(rows) == sorted(
        f"{r.source}:{r.row}" for r in merged.account.itertuples() if r.fate != "set_aside"
    )  # every used row is in exactly one camera
    read = [read_cameras(f) for f in files]
    for order in itertools.permutations(read):
        assert said(merge_cameras(order)) == said(merged)
    suffix = data.draw(st.sampled_from([".csv", ".geojson"]))
    first, again = (folder / f"{name}{suffix}" for name in ("merged", "again"))
    write_merged(merged, first)
    write_merged(merged_of(first), again)
    assert again.read_bytes() == first.read_bytes()
    back = read_cameras(first).records
    assert len(back) == len(merged.cameras)
    for name in ("lon", "lat", "kind", "hfov", "range_m", "near_m", "height", "tilt", "status", "count"):
        pd.testing.assert_series_equal(back[name], merged.cameras[name], check_dtype=False)
    for ours, theirs in zip(back["headings"], merged.cameras["headings"], strict=True):
        assert headings_text(ours) == headings_text(theirs)


@settings(max_examples=25, deadline=None)
@given(lists=databases(most=2))
def test_without_one_device_id_no_camera_holds_two_contradicting_rows_or_a_list_twice(tmp_path_factory, lists):
    folder = tmp_path_factory.mktemp("merge")
    files = [write(folder / f"{'abc'[k]}.csv", rows) for k, rows in enumerate(lists)]
    if not usable(files):
        return
    merged = merged_of(*files)
    records = pd.concat([read_cameras(f).records for f in files], ignore_index=True)
    origin = {f"{r.source}:{r.row}": r for r in records.itertuples()}
    for rows in merged.cameras["merge_rows"]:
        members = [origin[row] for row in rows]
        ids = [{m.id.split("#")[0] for m in members if m.source == source} for source in ("a.csv", "b.csv")]
        one_device = any(len(name) >= STRONG_ID for name in ids[0] & ids[1])
        for a, b in itertools.combinations(members, 2):
            if a.source == b.source:
                assert a.id.split("#")[0] == b.id.split("#")[0]
            elif not one_device:
                assert a.kind == b.kind or "unknown" in (a.kind, b.kind)
                if len(a.headings) == len(b.headings) == 1 and 360 not in (a.headings[0].span, b.headings[0].span):
                    assert abs((a.headings[0].azimuth - b.headings[0].azimuth + 180) % 360 - 180) <= 30


def test_row_order_within_a_list_does_not_matter(tmp_path):
    rng = np.random.default_rng(5)
    a = [at(*rng.integers(0, 200, 2), device_id=f"A{k}", azimuth=str(rng.integers(0, 360))) for k in range(60)]
    b = [at(*rng.integers(0, 200, 2), device_id=f"B{k}", azimuth=str(rng.integers(0, 360))) for k in range(60)]
    one = two(tmp_path, a, b)
    other = two(tmp_path, a[::-1], [b[k] for k in rng.permutation(60)])
    keep = ["id", "lon", "lat", "headings", "merge_ids"]
    pd.testing.assert_frame_equal(one.cameras[keep], other.cameras[keep])
    assert one.counts["merged"] >= 5


def test_the_sources_are_absorbed_by_their_merged_list(tmp_path):
    a = write(tmp_path / "a.csv", [at(device_id="1"), at(device_id="2"), at(40, name="=cmd"), at(80, azimuth="10")])
    b = write(tmp_path / "b.csv", [at(81, azimuth="20", height="4"), at(200, device_id="=x")])
    write_merged(merged_of(a, b), tmp_path / "m.csv")
    write_merged(merged_of(tmp_path / "m.csv", a, b), tmp_path / "n.csv")
    assert (tmp_path / "n.csv").read_text("utf-8") == (tmp_path / "m.csv").read_text("utf-8")


@given(
    st.lists(st.builds(Heading, st.floats(0, 359.999), st.none() | st.floats(0.01, 358) | st.just(360.0)), max_size=4)
)
def test_headings_are_read_back_as_written(headings):
    text = headings_text(headings)
    assert headings_text(parse_headings(text)) == text or len(set(text.split(";"))) < len(headings)


@given(st.text(max_size=8))
def test_harmless_text_never_begins_a_formula_and_can_be_taken_back(text):
    shown = harmless(text)
    number = shown.replace(".", "").replace("e", "").lstrip("+-").isalnum()
    assert shown.lstrip(" ")[:1] not in tuple("=+-@\t\r\n") or shown.lstrip(" ") == "" or number
    assert as_given(shown) == text


def test_numbers_below_zero_stay_numbers():
    assert harmless("-5.25") == "-5.25"
    assert harmless("-5+cmd") == "'-5+cmd"
    assert harmless("=1") == "'=1"


# --- files and command line -------------------------------------------------------------------------------------------


def run(*args) -> object:
    return CliRunner().invoke(app, [str(a) for a in args])


def test_the_command_writes_list_account_and_conflicts(tmp_path):
    a = write(tmp_path / "a.csv", [at(device_id="CAM-000001", height="5"), {"device_id": "lost"}])
    b = write(tmp_path / "b.csv", [at(device_id="CAM-000001", height="6")])
    out = tmp_path / "merged.geojson"
    result = run("merge", a, b, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {k: answer[k] for k in ("read", "kept", "merged", "set_aside", "cameras")} == {
        "read": 3, "kept": 1, "merged": 1, "set_aside": 1, "cameras": 1,
    }  # fmt: skip
    assert answer["conflicts"] == {"height": 1}
    assert answer["reasons"] == {"no_coordinates": 1}
    account = pd.read_csv(beside(out)[1], keep_default_na=False)
    assert account["fate"].tolist() == ["kept", "set_aside", "merged"]
    assert "values differ" in beside(out)[2].read_text("utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.csv", "b.csv", "merged.conflicts.csv", "merged.geojson", "merged.rows.csv",
    ]  # fmt: skip
    again = run("merge", a, b, "--out", out)
    assert isinstance(again.exception, OutputError)
    assert "add --overwrite" in str(again.exception)


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".gpkg"])
def test_names_that_look_like_formulas_keep_their_apostrophes_whatever_is_merged_again(tmp_path, suffix):
    names = ["'=x", "=x", "''=x", "'x"]
    source = write(tmp_path / "a.csv", [at(k, name=name, device_id=f"CAM-00000{k}") for k, name in enumerate(names)])
    first, again = (tmp_path / f"{name}{suffix}" for name in ("first", "again"))
    write_merged(merged_of(source), first)
    write_merged(merged_of(first), again)
    assert merged_of(again).cameras["name"].tolist() == names


def test_sheets_layers_and_folders_are_merged_and_told_apart(tmp_path):
    import geopandas as gpd
    import openpyxl

    book = openpyxl.Workbook()
    for title in ("North", "South"):
        sheet = book.create_sheet(title)
        sheet.append(["device_id", "lon", "lat"])
        sheet.append([f"CAM-{title}", 10.0, 0.0 if title == "North" else 0.01])
    book.save(tmp_path / "two.xlsx")
    point = gpd.GeoDataFrame({"device_id": ["CAM-00000L"]}, geometry=gpd.points_from_xy([10.02], [0.0]), crs=4326)
    point.to_file(tmp_path / "g.gpkg", layer="cams")
    point.to_file(tmp_path / "g.gpkg", layer="others")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/one.json").write_text(json.dumps({"device_id": "CAM-00000F", "lon": 10.03, "lat": 0.0}))
    lists = [tmp_path / name for name in ("two.xlsx#North", "two.xlsx#South", "g.gpkg#cams", "folder")]
    result = run("merge", *lists, "--out", tmp_path / "m.csv", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["sources"] == {
        name: {"read": 1, "kept": 1, "merged": 0, "set_aside": 0}
        for name in ("two.xlsx#North", "two.xlsx#South", "g.gpkg#cams", "folder")
    }


def test_what_only_resembles_a_merged_list_is_read_as_any_other(tmp_path):
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [10.0, 0.0]}, "properties": None}
    text = {"type": "FeatureCollection", "name": "merge_rows merge_ids merge_conflicts", "features": [feature]}
    (tmp_path / "mk.geojson").write_text(json.dumps(text), "utf-8")
    assert len(merged_of(tmp_path / "mk.geojson").cameras) == 1


def test_a_list_without_a_usable_row_is_accounted_for_beside_others_and_refused_alone(tmp_path):
    gone = write(tmp_path / "gone.csv", [at(device_id="CAM-000001", status="removed")])
    other = write(tmp_path / "other.csv", [at(device_id="CAM-000002")])
    result = run("merge", gone, other, "--out", tmp_path / "m.csv", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["reasons"] == {"removed": 1}
    checked = run("check", "--cameras", gone, "--cameras", other, "--json")
    assert json.loads(checked.stdout)["cameras"]["set_aside"] == {"removed": 1}
    for command in (["merge", gone, "--out", tmp_path / "n.csv"], ["check", "--cameras", gone]):
        assert "gone.csv: none of its 1 rows can be used" in str(run(*command).exception)


@pytest.fixture
def shifted(tmp_path):
    """Return three lists of the same cameras: two systems without a word about it, one in the wrong order of axes."""
    lonlat = np.array([[116.4, 39.9], [116.401, 39.9]])
    (tmp_path / "gcj.csv").write_text(
        "lon,lat,azimuth\n" + "".join(f"{x!r},{y!r},90\n" for x, y in gcj02_from_wgs84(lonlat).tolist()), "utf-8"
    )
    for name, places in (("wgs.csv", lonlat), ("east.csv", lonlat - (110, 0))):
        text = "lon,lat,azimuth\n" + "".join(f"{x!r},{y!r},90\n" for x, y in places.tolist())
        (tmp_path / name).write_text(text, "utf-8")
    points = "".join(f"POINT ({y!r} {x!r}),90\n" for x, y in (lonlat - (110, 0)).tolist())
    (tmp_path / "points.csv").write_text("place,azimuth\n" + points, "utf-8")
    return tmp_path


def test_lists_of_several_systems_become_one_when_a_project_file_says_which(shifted):
    (shifted / "camgap.toml").write_text(
        "[[inputs.sources]]\nfile = 'gcj.csv'\ncrs = 'GCJ-02'\n[[inputs.sources]]\nfile = 'wgs.csv'\ncrs = 'WGS-84'\n"
    )
    said = json.loads(run("merge", "--config", shifted / "camgap.toml", "--out", shifted / "m.csv", "--json").stdout)
    assert (said["cameras"], said["merged"], said["warnings"]) == (2, 2, [])
    assert {k: (c["system"], c["declared"]) for k, c in said["coordinates"].items()} == {
        "gcj.csv": ("GCJ-02", "given"), "wgs.csv": ("WGS-84", "given"),
    }  # fmt: skip
    # A merged list is in WGS 84, whatever is said of the others.
    again = run("merge", shifted / "m.csv", shifted / "gcj.csv", "--cameras-crs", "GCJ-02", "--out", shifted / "n.csv")
    assert again.exit_code == 0, again.output
    assert (shifted / "n.csv").read_text("utf-8") == (shifted / "m.csv").read_text("utf-8")


def test_without_streets_a_merge_says_whose_places_are_not_sure(shifted):
    lists = [shifted / name for name in ("gcj.csv", "wgs.csv", "points.csv", "east.csv")]
    said = json.loads(run("merge", *lists, "--out", shifted / "m.csv", "--json").stdout)
    told = {text.partition(":")[0]: text for text in said["warnings"]}
    assert set(told) == {"gcj.csv", "wgs.csv", "points.csv"}  # degrees outside of China are what they seem
    assert "hundreds of metres off if it is GCJ-02 or BD-09; --osm FILE" in told["gcj.csv"]
    assert "taken as longitude, latitude; --osm FILE" in told["points.csv"]


def test_with_streets_a_merge_puts_places_right_as_a_score_does(shifted, write_osm):
    osm = write_osm({1: (6.39, 39.9), 2: (6.41, 39.9), 3: (6.4, 39.95)}, {1: ([1, 2, 3], {"highway": "residential"})})
    lists = [shifted / name for name in ("points.csv", "east.csv")]
    result = run("merge", *lists, "--osm", osm, "--out", shifted / "m.csv", "--json")
    assert result.exit_code == 0, result.exception
    said = json.loads(result.stdout)
    assert (said["cameras"], said["merged"], said["warnings"]) == (2, 2, [])
    assert pd.read_csv(shifted / "m.csv")["longitude"].tolist() == pytest.approx([6.4, 6.401])


def test_a_dialect_holds_for_every_list_that_is_merged(tmp_path):
    (tmp_path / "own.toml").write_text('[columns]\nlon = ["E"]\nlat = ["N"]\n', "utf-8")
    (tmp_path / "a.csv").write_text("E,N\n10.0,0.0\n", "utf-8")
    result = run("merge", tmp_path / "a.csv", "--dialect", tmp_path / "own.toml", "--out", tmp_path / "m.csv")
    assert result.exit_code == 0, result.output
    assert "nothing to merge" in str(run("merge", "--out", tmp_path / "n.csv").exception)


def test_a_geopackage_holds_the_same_cameras(tmp_path):
    import geopandas as gpd

    a = write(tmp_path / "a.csv", [at(device_id="CAM-000001", height="5", azimuth="350-20"), at(50)])
    out = tmp_path / "m.gpkg"
    write_merged(merged_of(a), out)
    frame = gpd.read_file(out)
    assert frame["azimuth"].tolist() == ["350-20", ""] or frame["azimuth"].tolist() == ["350-20", None]
    assert frame.geometry.x.tolist() == pytest.approx([10, 10])
    assert frame.crs.to_epsg() == 4326


def test_a_merged_list_changed_by_hand_is_named(tmp_path):
    write_merged(merged_of(write(tmp_path / "a.csv", [at(device_id="CAM-000001")])), tmp_path / "m.csv")
    text = (tmp_path / "m.csv").read_text("utf-8").replace('"[""a.csv:2""]"', "broken")
    (tmp_path / "m.csv").write_text(text, "utf-8")
    with pytest.raises(CameraError, match=r"m\.csv: camera 1 .* restore them, or remove all three"):
        read_for_merge(tmp_path / "m.csv")


def test_an_unknown_ending_is_refused_before_anything_is_read(tmp_path):
    result = run("merge", tmp_path / "absent.csv", "--out", tmp_path / "m.xls")
    assert isinstance(result.exception, OutputError)
    assert "choose one of these endings" in str(result.exception)


def test_real_lists_of_one_town_lose_no_row(real_data, tmp_path):
    baltimore, trafford = real_data("baltimore-cctv-2014.csv"), real_data("trafford-cctv-2021.csv")
    merged = merged_of(baltimore, trafford)
    assert merged.counts["read"] == 614 + 99
    assert merged.counts["merged"] == 0  # an ocean between them, and no id twice
    assert (merged.account.groupby("source").size() == [614, 99]).all()


def test_the_newest_row_speaks_first_by_its_latest_date_of_any_kind(tmp_path):
    head = "id,lon,lat,azimuth,height,install date,last inspection,last updated\n"
    for name, cells in {"a": "90,5,2020-01,,", "b": "180,,,2021-06-01,", "c": "270,7,,,2021-05"}.items():
        (tmp_path / f"{name}.csv").write_text(f"{head}51040200001320000001,1,1,{cells}\n", encoding="utf-8")
    merged = merge_cameras([read_cameras(tmp_path / f"{name}.csv") for name in "abc"])
    (camera,) = merged.cameras.to_dict("records")
    assert (camera["headings"][0].azimuth, camera["height"]) == (180, 7), "b is the newest, c the newest with a height"


def test_every_field_of_a_merged_list_is_read_back_under_its_name():
    fields = [column for column in RECORD_COLUMNS if column not in ("source", "row")]
    understood = understand([NAME_OF.get(field, field) for field in fields])
    assert {c.name: field for field, columns in understood.fields.items() for c in columns} == {
        NAME_OF.get(field, field): {"headings": "azimuth"}.get(field, field) for field in fields
    }


def test_whatever_a_list_states_stands_in_its_merged_list(tmp_path):
    (tmp_path / "a.csv").write_text(
        "id,lon,lat,azimuth,hfov,vfov,range,near,height,tilt,resolution,model,IR range,light,install date,"
        "last inspection,last updated,PTZ home,pole id,managing unit,district,type,status,camera count,name,"
        "inspection result,availability\n"
        "A,1,1,90,60,40,50,2,5,10,1920x1080,DS-2,30,infrared,2019,2020-02,2021-03-04,yes,P1,City,North,ptz,online,2,Gate,"
        "passed,97 %\n",
        encoding="utf-8",
    )
    first = read_cameras(tmp_path / "a.csv").records.drop(columns=["source", "row"])
    assert not first.isin(["", "unknown"]).any(axis=None)
    for suffix in (".csv", ".geojson", ".gpkg"):
        write_merged(merged_of(tmp_path / "a.csv"), tmp_path / f"m{suffix}", overwrite=True)
        back = read_for_merge(tmp_path / f"m{suffix}")[0].records.drop(columns=["source", "row"])
        pd.testing.assert_frame_equal(back, first, check_dtype=False)
