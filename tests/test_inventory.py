"""Camera lists: columns by name, every row accounted for, hostile and broken files refused in one line."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import camgap
from camgap.cli import app
from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.directions import Heading
from camgap.coverage.inputs.inventory import check_summary, osm_cameras, read_cameras
from camgap.coverage.inputs.mounts_file import read_mounts
from camgap.coverage.inputs.quantities import quantity, tidy


@pytest.fixture
def read(tmp_path):
    """Return a function that writes text or bytes to a file and reads it as a camera list."""

    def write_and_read(content, name="cameras.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return read_cameras(path)

    return write_and_read


@pytest.fixture
def read_json(read):
    return lambda content, name="cameras.geojson": read(json.dumps(content), name)


def feature(lon, lat, **properties):
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def reasons(cameras):
    return [(row.row, row.reason) for row in cameras.rows_set_aside]


# --- columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        *(
            "lon,lat",
            "lng,lat",
            "long,lat",
            "Longitude,Latitude",
            "LONGITUDE,LATITUDE",
            "x_wgs84,y_wgs84",
            "X,Y",
            "경도,위도",
        ),
        *(
            "WGS84경도,WGS84위도",
            "经度,纬度",
            "Lon (deg),Lat (deg)",
            "camera_lon,camera_lat",
            "cameraLongitude,cameraLatitude",
        ),
        *("gps_lng,gps_lat", "경도(WGS84),위도(WGS84)", "Längengrad,Breitengrad", "POINT_X,POINT_Y", "JD,WD"),
    ],
)
def test_coordinates_are_found_under_any_usual_name_in_any_order(read, header):
    lon, lat = header.split(",")
    for text in (f"{header}\n11.5,48.1\n", f"{lat},name,{lon}\n48.1,a,11.5\n"):
        record = read(text).records.iloc[0]
        assert (record["lon"], record["lat"]) == (11.5, 48.1)


@pytest.mark.parametrize(
    "column",
    [
        *(
            "password",
            "Camera Password",
            "IP",
            "ip_address",
            "IPAddress",
            "IPv4",
            "MAC",
            "account",
            "user name",
            "RTSP url",
            "port",
        ),
        *(
            "phone",
            "Contact",
            "contact:phone",
            "ContactInfo",
            "e-mail",
            "Email address",
            "관리기관전화번호",
            "联系电话",
            "密码",
            "GLDWLXFS",
        ),
    ],
)
def test_private_columns_are_dropped_at_the_door(read, column):
    cameras = read(f'lon,lat,name,"{column}"\n11.5,48.1,a,secret\n')
    assert cameras.not_read == {column: "private: access or contact data"}
    assert column not in cameras.columns
    assert "secret" not in json.dumps(check_summary(cameras)) + cameras.records.to_csv()


def test_of_two_latitude_columns_the_one_that_says_wgs84_is_used_and_the_other_named(read):
    cameras = read("위도,WGS84위도,WGS84경도,경도\n30,48.1,11.5,100\n")
    assert cameras.records[["lon", "lat"]].to_numpy().tolist() == [[11.5, 48.1]]
    assert cameras.columns["WGS84위도"] == "latitude"
    assert cameras.not_read == {"위도": "'WGS84위도' is the latitude", "경도": "'WGS84경도' is the longitude"}


def test_of_two_columns_of_one_name_the_left_one_is_used(read):
    cameras = read("lat,lon,lat\n48.1,11.5,7\n")
    assert cameras.records["lat"].tolist() == [48.1]
    assert cameras.not_read == {"lat (column 3)": "'lat' is the latitude"}


def test_other_fields_fall_back_to_the_next_column_of_that_meaning_row_by_row(read):
    cameras = read("lon,lat,direction,camera:direction\n1,1,10,20\n1,2,30,\n")
    assert [h[0].azimuth for h in cameras.records["headings"]] == [20, 30]
    assert cameras.columns["direction"] == "azimuth, where 'camera:direction' is empty"


def test_camera_angle_is_the_tilt_and_never_a_field_of_view(read):
    record = read("lon,lat,camera:angle\n11.5,48.1,15°\n").records.iloc[0]
    assert record["tilt"] == 15
    assert np.isnan(record["hfov"])


def test_a_unit_in_the_column_name_is_converted_and_a_unit_in_the_cell_wins(read):
    records = read("lon,lat,height (ft),range_m\n1,1,10,30\n1,2,3 m,100 ft\n").records
    assert records["height"].tolist() == pytest.approx([3.048, 3.0])
    assert records["range_m"].tolist() == pytest.approx([30, 30.48])


# --- values -----------------------------------------------------------------------------------------------------------


def test_three_digits_after_a_comma_are_decimals_only_in_a_file_of_decimal_commas(read):
    assert quantity("1,250", "length", decimal_comma=True) == 1.25
    european = read("lon;lat;range;azimuth\n11,575;48,137;12,250;90,45\n")
    assert european.format == "CSV, UTF-8, semicolon"
    record = european.records.iloc[0]
    assert (record["lon"], record["lat"], record["range_m"]) == (11.575, 48.137, 12.25)
    assert record["headings"] == (Heading(90.45),)
    assert read('lon,lat,range\n11.5,48.1,"12,250"\n').rejected == {"range": 1}


@pytest.mark.parametrize(("cell", "metres"), [("1.250", 1250), ("1.250,5", 1250.5), ("4.125 m", 4125), ("1.25", 1.25)])
def test_beside_decimal_commas_a_point_before_three_digits_divides_thousands(read, cell, metres):
    european = read(f"lon;lat;range\n11,575;48,137;{cell}\n")
    assert european.records["range_m"].tolist() == [metres]
    assert quantity("1.250", "length") == 1.25


def test_values_out_of_range_are_missing_and_counted_with_their_rows(read):
    cameras = read(
        "id,lon,lat,hfov,range,height,tilt,near,azimuth\n"
        "a,1,1,0,0,-3,100,5,north\n"
        "b,1,2,361,99999,high,45,40,450\n"
        "c,1,3,90,30,4,10,30,90\n"
        "d,1,4,360,30,4,0,0,\n"
    )
    assert cameras.rejected == {"height": 2, "hfov": 2, "range": 2, "azimuth": 1, "near": 1, "tilt": 1}
    assert cameras.records["hfov"].tolist() == pytest.approx([np.nan, np.nan, 90, 360], nan_ok=True)
    assert cameras.records["near_m"].tolist() == pytest.approx([5, 40, np.nan, 0], nan_ok=True)
    assert cameras.missing == {
        "azimuth": 2, "hfov": 2, "range": 2, "near": 1, "height": 2, "tilt": 1, "kind": 4, "status": 4, "name": 4,
    }  # fmt: skip
    examples = {(v["field"], v["row"], v["id"], v["value"]) for v in check_summary(cameras)["rejected_examples"]}
    assert {("hfov", 2, "a", "0"), ("azimuth", 3, "b", "450"), ("height", 3, "b", "high")} <= examples
    expected = {v["field"]: v["expected"] for v in check_summary(cameras)["rejected_examples"]}
    assert (expected["hfov"], expected["tilt"]) == ("over 0, up to 360 °", "0 to 90 °")
    assert len(expected["near"]) > 0


def test_names_pass_as_the_plain_text_they_are_but_on_one_line(read):
    names = ["<script>alert(1)</script>", "=cmd()", "+1", "@x", "a\nb\tc", "right\u202eleft", "东门"]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["lon", "lat", "name"], *[[1, 1, name] for name in names]])
    assert read(buffer.getvalue()).records["name"].tolist() == [*names[:4], "a b c", "right left", "东门"]
    assert tidy("a" * 100, 10) == "a" * 9 + "…"


def test_lone_surrogates_and_null_characters_in_json_do_not_get_through(read):
    point = '"geometry": {"type": "Point", "coordinates": [1, 1]}'
    text = '{"type": "FeatureCollection", "features": [{"type": "Feature", %s, "properties": {"name": "%s"}}]}'
    name = read(text % (point, "a\\ud800b\\u0000c"), "x.geojson").records["name"].iloc[0]
    assert name == "a b c"
    assert name.encode("utf-8")


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_rows_are_numbered_by_the_line_they_begin_on(read):
    cameras = read('id,lon,lat,name\r\na,x,1,"two\r\nlines"\r\n\r\nb,,,\r\nc,1,1,ok\r\nd,0,0,\r\n')
    assert reasons(cameras) == [(2, "bad_coordinates"), (5, "no_coordinates"), (7, "zero_coordinates")]
    assert cameras.records[["row", "id"]].to_numpy().tolist() == [[6, "c"]]
    assert cameras.read == 4


def test_every_unusable_row_has_its_reason(read):
    cameras = read(
        "id,lon,lat,surveillance,type,status\n"
        "1,11.5,48.1,public,fixed,ok\n"
        "2,,48.1,,,\n"
        "3,11.5,north,,,\n"
        "4,191,48.1,,,\n"
        "5,0,0,,,\n"
        "6,11.5,48.1,indoor,,\n"
        "7,11.5,48.1,,webcam,\n"
        "8,11.5,48.1,,guard,\n"
        "9,11.5,48.1,,fake,\n"
        "10,11.5,48.1,,gunshot_detector,\n"
        "11,11.5,48.1,,,planned\n"
        "12,11.5,48.1,,,Removed\n"
        "13,11.5,48.1,a,b,c,d\n"
        ",,,,,\n"
        "15,11.5,48.1,,,broken\n"
    )
    assert reasons(cameras) == [
        (3, "no_coordinates"), (4, "bad_coordinates"), (5, "bad_coordinates"), (6, "zero_coordinates"), (7, "indoor"),
        (8, "webcam"), (9, "guard"), (10, "fake"), (11, "gunshot_detector"), (12, "planned"), (13, "removed"),
        (14, "broken_row"), (15, "empty_row"),
    ]  # fmt: skip
    details = {row.id: row.detail for row in cameras.rows_set_aside}
    assert details["3"] == "longitude '11.5', latitude 'north'"
    assert details["4"] == "longitude 191, latitude 48.1 are out of range"
    assert details["13"] == "7 cells under 6 columns"
    assert cameras.records["id"].tolist() == ["1", "15"]
    assert reasons(cameras.in_use(not_working=False))[-1] == (16, "not_working")
    assert len(cameras.in_use(not_working=True)) == 2


def test_the_summary_adds_up_and_is_ready_for_json(read):
    cameras = read("id,lon,lat,status,phone\n1,11.5,48.1,ok,5\n2,,48.1,ok,5\n3,11.5,48.1,broken,5\n")
    summary = json.loads(json.dumps(check_summary(cameras)))
    assert (summary["read"], summary["used"], summary["set_aside"]) == (3, 1, {"no_coordinates": 1, "not_working": 1})
    assert summary["columns"] == {"id": "id", "lon": "longitude", "lat": "latitude", "status": "status"}
    assert summary["rows_set_aside"] == [
        {"row": 3, "id": "2", "reason": "no_coordinates", "detail": "48.1"},
        {"row": 4, "id": "3", "reason": "not_working", "detail": ""},
    ]
    assert check_summary(cameras, not_working=True)["used"] == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_sniffed(read, delimiter):
    cameras = read(
        'id,lon,lat,name\n1,11.5,48.1,"a, b; c"\n'.replace(",", delimiter).replace(f"a{delimiter} b", "a, b")
    )
    assert cameras.records[["lon", "lat", "name"]].iloc[0].tolist() == [11.5, 48.1, "a, b; c"]


def test_a_spreadsheets_own_delimiter_line_is_heeded_and_counted(read):
    cameras = read("sep=;\nlon;lat\n11,5;48,1\n;\n")
    assert cameras.records[["row", "lon", "lat"]].iloc[0].tolist() == [3, 11.5, 48.1]
    assert reasons(cameras) == [(4, "empty_row")]


def test_a_separator_character_inside_a_name_ends_no_line(read):
    cameras = read("lon,lat,name\n1,1,a\u2028b\x0bc\n1,2,d\n")
    assert cameras.records[["row", "name"]].to_numpy().tolist() == [[2, "a b c"], [3, "d"]]


@pytest.mark.parametrize(
    ("encoding", "shown", "header", "name"),
    [
        ("utf-8", "UTF-8", "经度,纬度,名称", "人民路"),
        ("utf-8-sig", "UTF-8", "lon,lat,name", "Straße"),
        ("utf-16", "UTF-16", "lon,lat,name", "人民路"),
        ("gb18030", "GB18030", "经度,纬度,名称", "人民路与建设路交叉口"),
        ("gb18030", "GB18030", "lon,lat,name", "人民路与建设路交叉口东南角监控立杆"),
        ("cp949", "CP949", "경도,위도,주소", "분당동"),
        ("cp949", "CP949", "lon,lat,name", "경기도 성남시 분당구 서현로"),
        ("cp1252", "CP1252", "lon,lat,name", "Théâtre, Straße"),
        ("cp1252", "CP1252", "Längengrad,Breitengrad,Name", "Grünfläche"),
    ],
)
def test_the_encoding_is_told_and_reported(read, encoding, shown, header, name):
    cameras = read(f'{header}\n11.5,48.1,"{name}"\n', encoding=encoding)
    assert cameras.format == f"CSV, {shown}, comma"
    assert cameras.records[["lon", "lat", "name"]].iloc[0].tolist() == [11.5, 48.1, name]


def test_repeated_ids_are_kept_apart_and_counted_and_absent_ones_made(read):
    cameras = read("id,lon,lat\na,1,1\na,1,2\nb,1,3\na,1,4\n,1,5\na#2,1,6\n")
    assert cameras.records["id"].tolist() == ["a", "a#3", "b", "a#4", "cameras.csv:6", "a#2"]
    assert cameras.repeated_ids == 2


def test_several_heads_at_one_site_stay_one_record_with_their_number(read):
    cameras = read("lon,lat,카메라대수\n1,1,3\n1,2,many\n1,3,\n")
    assert cameras.records["count"].tolist() == [3, 1, 1]
    assert cameras.rejected == {"count": 1}
    assert check_summary(cameras)["heads"] == 5


HEADS = (
    "azimuth 1,azimuth 2,azimuth_3",
    "方位角1,方位角2,方位角3",
    "direction,direction,direction",
    "Cam1 heading,cam2 heading,cam3 heading",
)


@pytest.mark.parametrize("header", HEADS)
def test_numbered_and_repeated_columns_of_headings_are_heads_of_one_row(read, header):
    cameras = read(f"id,lon,lat,{header},count\na,1,1,90,270,,2\nb,1,2,0,N;120,240,3\nc,1,3,,,45,1\nd,1,4,,,,2\n")
    assert [[h.azimuth for h in headings] for headings in cameras.records["headings"]] == [
        [90, 270], [0, 120, 240], [45], [],
    ]  # fmt: skip
    assert check_summary(cameras)["more_cameras_than_headings"] == 0


def test_headings_under_another_name_are_no_more_heads_but_count_where_the_first_are_empty(read):
    cameras = read("lon,lat,azimuth 1,azimuth 2,direction\n1,1,90,,S\n1,2,,,S\n")
    assert [[h.azimuth for h in headings] for headings in cameras.records["headings"]] == [[90], [180]]


def test_more_cameras_than_headings_are_told(read):
    cameras = read("lon,lat,azimuth 1,azimuth 2,count\n1,1,90,180,3\n1,2,90,180,2\n1,3,0-360,,4\n1,4,,,4\n")
    assert check_summary(cameras)["more_cameras_than_headings"] == 1


def test_codes_of_several_heads_are_judged_together(read):
    cameras = read("lon,lat,azimuth 1,azimuth 2\n1,1,3,\n1,2,4,2\n")
    assert cameras.records["headings"].tolist() == [(), ()]
    assert cameras.rejected == {"azimuth": 3}


def test_many_cameras_at_one_point_are_pointed_out(read):
    cameras = read("lon,lat\n" + "127.12,37.37\n" * 6 + "127.13,37.37\n" * 4)
    assert check_summary(cameras)["at_one_point"] == [{"lon": 127.12, "lat": 37.37, "cameras": 6}]


def test_a_column_of_points_serves_where_there_are_no_plain_columns(read):
    plain = read("Latitude,Longitude,Location\n39.3,-76.6,POINT (39.3 -76.6)\n")
    assert plain.records[["lon", "lat", "name"]].iloc[0].tolist() == [-76.6, 39.3, ""]
    assert plain.not_read == {"Location": "'Longitude' and 'Latitude' are used"}
    for text, order in [
        ("POINT (-76.6 39.3)", "longitude, latitude"),
        ("POINT(127.1 37.3)", "longitude, latitude"),
        ("POINT (37.3 127.1)", "latitude, longitude"),
        ('"(39.3, -76.6)"', "latitude, longitude"),
    ]:
        cameras = read(f"name,where\na,{text}\n")
        assert cameras.columns["where"] == order
        assert cameras.either_order
        assert abs(cameras.records["lon"].iloc[0]) > 70


def test_a_column_of_heading_lists_is_no_column_of_points(read):
    cameras = read('lon,lat,heading\n1,1,"180.5, 270.5"\n')
    assert [h.azimuth for h in cameras.records["headings"].iloc[0]] == [180.5, 270.5]


def test_cells_that_say_nothing_are_empty_and_not_rejected(read):
    cameras = read("id,lon,lat,hfov,azimuth\na,1,1,N/A,-\nb,NULL,1,,\n")
    assert cameras.rejected == {}
    assert cameras.missing["hfov"] == 1
    assert reasons(cameras) == [(3, "no_coordinates")]


def test_one_broken_coordinate_does_not_turn_commas_into_decimal_points(read):
    cameras = read('lon,lat,azimuth\n1,1,"90,180"\n"1,5,2",1,\n2,2,\n')
    assert [h.azimuth for h in cameras.records["headings"].iloc[0]] == [90, 180]


# --- JSON and OpenStreetMap -------------------------------------------------------------------------------------------


def test_geojson_points_are_read_with_their_feature_numbers(read_json):
    cameras = read_json(
        collection(
            feature(11.5, 48.1, name="a", azimuth=90, hfov=78.5, active=True),
            {"type": "Feature", "geometry": None, "properties": {"name": "n"}},
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": []}, "properties": None},
            feature("11.5", "48.2", azimuth=[90, 270], longitude=3, latitude=4),
            feature(None, 48.1),
            feature(float("nan"), 48.1),
            {
                "type": "Feature",
                "id": 7,
                "geometry": {"type": "Point", "coordinates": [11.5, 48.3, 500]},
                "properties": {},
            },
            "rubbish",
        )
    )
    assert reasons(cameras) == [
        (2, "no_coordinates"), (3, "not_a_point"), (5, "no_coordinates"), (6, "bad_coordinates"), (8, "no_coordinates"),
    ]  # fmt: skip
    assert cameras.records["row"].tolist() == [1, 4, 7]
    assert cameras.records["id"].tolist() == ["cameras.geojson:1", "cameras.geojson:4", "7"]
    assert [[h.azimuth for h in headings] for headings in cameras.records["headings"]] == [[90], [90, 270], []]
    assert cameras.records["status"].tolist() == ["working", "unknown", "unknown"]
    assert cameras.not_read == {"longitude": "the geometry is used", "latitude": "the geometry is used"}


def test_geojson_in_another_coordinate_system_is_read_in_it(read_json):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    cameras = read_json(collection(feature(1280174.144, 6123507.425)) | {"crs": crs})
    assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx([11.5, 48.1], abs=1e-8)
    assert (str(cameras.system), cameras.declared) == ("EPSG:3857", "file")
    with pytest.raises(CameraError, match="'EPSG:99' is not known"):
        read_json(collection(feature(1, 1)) | {"crs": {"properties": {"name": "EPSG:99"}}})
    wgs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read_json(collection(feature(11.5, 48.1)) | {"crs": wgs84})) == 1


ELEMENTS = [
    {"type": "node", "id": 1, "lat": 47.2, "lon": 8.8, "tags": {"man_made": "surveillance", "camera:direction": "W-E"}},
    {"type": "node", "id": 2, "lat": 47.2, "lon": 8.8, "tags": {"man_made": "surveillance", "surveillance": "indoor"}},
    {"type": "node", "id": 3, "lat": 47.2, "lon": 8.8},
    {"type": "way", "id": 4, "nodes": [3], "tags": {"man_made": "surveillance"}},
    {
        "type": "node",
        "id": 5,
        "lat": 47.2,
        "lon": 8.8,
        "tags": {"removed:man_made": "surveillance", "camera:type": "dome"},
    },
]


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: {"version": 0.6, "elements": e}])
def test_overpass_elements_are_read_bare_or_wrapped(read_json, wrap):
    cameras = read_json(wrap(ELEMENTS), "overpass.json")
    assert cameras.records[["row", "id", "lon", "lat"]].to_numpy().tolist() == [[1, "node/1", 8.8, 47.2]]
    assert cameras.records["headings"].iloc[0] == (Heading(0, 180),)
    assert reasons(cameras) == [(2, "indoor"), (3, "not_a_camera"), (4, "not_a_point"), (5, "removed")]


def test_geojson_exported_from_openstreetmap_is_read_by_its_tags(read_json):
    tags = {
        "@id": "node/9",
        "man_made": "surveillance",
        "camera:angle": "15",
        "location": "overground",
        "direction": "90",
    }
    record = read_json(collection(feature(8.8, 47.2, **tags))).records.iloc[0]
    assert (record["id"], record["name"], record["tilt"], record["headings"]) == ("node/9", "", 15, (Heading(90),))


def test_openstreetmap_nodes_are_accounted_like_rows():
    tags = [
        {"man_made": "surveillance", "camera:direction": "90;270", "camera:type": "dome", "height": "5 m"},
        {"man_made": "surveillance", "surveillance:type": "guard"},
        {"man_made": "surveillance", "contact:webcam": "https://example.org/"},
        {"surveillance": "outdoor"},
        {"disused:man_made": "surveillance", "surveillance:type": "camera"},
        {"amenity": "bank", "surveillance": "no"},
    ]
    cameras = osm_cameras(range(10, 16), [11.5] * 6, [48.1] * 6, tags)
    assert cameras.records["id"].tolist() == ["node/10", "node/12", "node/13", "node/14"]
    assert cameras.records["status"].tolist() == ["unknown", "unknown", "unknown", "not_working"]
    assert cameras.records[["kind", "height", "row"]].iloc[0].tolist() == ["dome", 5, 0]
    assert [(row.id, row.reason) for row in cameras.rows_set_aside] == [
        ("node/11", "guard"),
        ("node/15", "not_a_camera"),
    ]
    assert cameras.not_read == {"contact:webcam": "private: access or contact data"}


def test_a_town_without_cameras_in_its_openstreetmap_file_is_fine():
    assert len(osm_cameras([], [], [], [])) == 0
    assert osm_cameras([1], [0.5], [0.5], [{"man_made": "surveillance", "surveillance": "indoor"}]).read == 1


# --- files that cannot be used ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.csv", "the file is empty"),
        (b"\xef\xbb\xbf \n", "a.csv", "the file is empty"),
        (b"\n\n\n", "a.csv", "the file is empty"),
        (b"lon,lat\n", "a.csv", "there is no camera in it"),
        (b"sep=;\n", "a.csv", "no header and no rows"),
        (b"PK\x03\x04rest", "a.csv", "broken archive"),
        (b"\x1f\x8b\x08rest", "a.csv.gz", "compressed; unpack it first"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.csv", "binary file"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18", "a.pbf", "OpenStreetMap PBF"),
        (b"SQLite format 3\x00", "a.gpkg", "cannot be read: .*; export it again"),
        (b"<?xml version='1.0'?><osm/>", "a.osm", "OpenStreetMap file; give it as --osm"),
        (b"<html><body/></html>", "a.csv", "no GB/T 28181 catalogue"),
        (
            b"a,b,c\n1,2,3\n",
            "a.csv",
            "no longitude and no latitude column among 'a', 'b', 'c'; understood are: longitude, lon",
        ),
        (b"lon,b\n1,2\n", "a.csv", "no latitude column among 'lon', 'b'"),
        (b'lon,lat,name\n1,1,"never closed\n1,2,b\n', "a.csv", "line 2: a quotation mark is opened and never closed"),
        (b"{", "a.json", "broken JSON"),
        (b"hello", "a.geojson", "broken JSON"),
        (b'{"data": []}', "a.json", "no GeoJSON FeatureCollection"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "a.json", "no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "a.json", "no list of features"),
        (b'{"type": "FeatureCollection", "features": []}', "a.json", "there is no camera in it"),
        (b"[" * 100_000, "a.json", "nested too deeply|broken JSON"),
        (b"\xff\xfel\x00o", "a.csv", "no longitude|broken utf-16"),
        (b"lon,lat,n\n1,1,\x81\xff\x8d\n", "a.csv", "no encoding camgap knows"),
        (b"x,y\n691000,5334000\n691100,5334100\n", "a.csv", "no degrees .*say what they are with --cameras-crs"),
        (b"x,y\n34472106,2941124\n", "a.csv", r"no degrees .* EPSG:4522 \(CGCS2000, zone 34\)"),
        (
            b"id,lon,lat\n1,east,north\n2,,\n3,east,\n",
            "a.csv",
            r"none of its 3 rows can be used: 2 no_coordinates \(line 3\), 1 bad_",
        ),
        (
            b"id,lon,lat,status\n1,1,1,planned\n",
            "a.csv",
            r"none of its 1 rows can be used: 1 planned \(line 2: planned\)",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(read, content, name, message):
    with pytest.raises(CameraError, match=message) as caught:
        read(content, name)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CameraError, match=r"nothing\.csv: cannot be read: No such file"):
        read_cameras(tmp_path / "nothing.csv")
    with pytest.raises(CameraError, match=r"there is no \.json, \.xml, \.csv, \.txt file in this folder"):
        read_cameras(tmp_path)


def test_hostile_column_names_are_shown_short_and_on_one_line(read):
    with pytest.raises(CameraError) as caught:
        read('"a\nb\x1b[31m",' + "x" * 5000 + "," + ",".join(f"c{i}" for i in range(100)) + "\n1,2\n")
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "and 90 more" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_list_whose_rows_are_mostly_right_keeps_them(read):
    cameras = read("lon,lat\n11.5,48.1\n48,111\n11.6,48.2\n")
    assert reasons(cameras) == [(3, "bad_coordinates")]


cells = st.sampled_from(
    ["", "1", "48.1", "0", "-200", "x", "90;270", "indoor", "guard", "planned", "broken", "5 m", '"', "a,b", "a\nb"]
)
columns = ("id", "lon", "lat", "type", "status", "surveillance", "azimuth", "hfov", "range", "near", "name", "phone")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(st.lists(cells, min_size=1, max_size=13), min_size=1, max_size=12), st.sampled_from([",", ";", "\t"]))
def test_what_is_read_is_what_is_used_and_what_is_set_aside(tmp_path, rows, delimiter):
    path = tmp_path / "random.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerow(["sure", "11.5", "48.1"])
        writer.writerows(rows)
    with path.open(newline="", encoding="utf-8") as file:
        expected = sum(bool(cells) for cells in csv.reader(file, delimiter=delimiter)) - 1
    try:
        cameras = read_cameras(path)
    except CameraError as error:  # most rows have impossible coordinates
        assert "swapped" in str(error) or "no degrees" in str(error)  # noqa: PT017
        return
    assert cameras.read == expected
    assert cameras.read == len(cameras.records) + len(cameras.rows_set_aside)
    used = cameras.in_use(not_working=False)
    assert used.read == len(used.records) + sum(used.set_aside.values())
    assert cameras.records["id"].is_unique
    numbers = [*cameras.records["row"], *(row.row for row in cameras.rows_set_aside)]
    assert len(set(numbers)) == len(numbers)
    json.dumps(check_summary(cameras))


# --- mounts -----------------------------------------------------------------------------------------------------------


def test_a_users_own_mounts_are_read_like_cameras(tmp_path):
    path = tmp_path / "mounts.csv"
    path.write_text(
        "ref;Longitude;Latitude;Street\nP1;11,5;48,1;Rathaus\nP1;11,6;48,2;\n;11,7;48,3;x\n", encoding="utf-8"
    )
    assert read_mounts(path).to_numpy().tolist() == [
        ["P1", 11.5, 48.1, "Rathaus"],
        ["P1#2", 11.6, 48.2, ""],
        ["mount 4", 11.7, 48.3, "x"],
    ]


def test_a_mount_without_a_position_is_an_error_and_not_left_out(tmp_path):
    path = tmp_path / "mounts.csv"
    path.write_text("lon,lat\n11.5,48.1\n,\n0,0\n11.5,x\n", encoding="utf-8")
    with pytest.raises(
        CameraError, match=r"3 of 4 mounts .*line 3 empty_row, line 4 zero_coordinates, line 5 bad_coord"
    ):
        read_mounts(path)
    path.write_text("lon,lat\n", encoding="utf-8")
    with pytest.raises(CameraError, match="there is no mount in it"):
        read_mounts(path)


# --- real lists -------------------------------------------------------------------------------------------------------


def test_baltimore_is_read_by_its_plain_columns(real_data):
    cameras = read_cameras(real_data("baltimore-cctv-2014.csv"))
    assert (cameras.read, len(cameras)) == (614, 614)
    assert cameras.records["lon"].between(-76.7035, -76.5545).all()
    assert cameras.records["lat"].between(39.2415, 39.3655).all()
    assert cameras.records["name"].iloc[0] == "733 North Ave West - Etting/Whitelock"
    assert cameras.records["kind"].eq("unknown").all()


def test_trafford_and_seongnam_are_read_whole(real_data):
    trafford = read_cameras(real_data("trafford-cctv-2021.csv"))
    assert (len(trafford), trafford.records["id"].iloc[1], trafford.repeated_ids) == (99, "6", 0)
    seongnam = read_cameras(real_data("seongnam-cctv-2018.csv"))
    assert seongnam.format == "CSV, CP949, comma"
    assert len(seongnam) == 1564
    assert seongnam.records["count"].max() == 6
    assert seongnam.records["lon"].between(127.03, 127.19).all()
    assert seongnam.records["name"].iloc[0] == "경기도 성남시 분당구 서현로429번길 30"
    assert (seongnam.records["name"] != "").all()  # the lot address stands in for a missing road address
    crowd = check_summary(seongnam)["at_one_point"][0]
    assert crowd == {"lon": 127.1246814, "lat": 37.3766914, "cameras": 22}


def test_the_swiss_nodes_are_read_from_a_bare_array(real_data):
    path = real_data("switzerland-osm-surveillance-2023.json")
    cameras = read_cameras(path)
    tags = [element["tags"] for element in json.loads(path.read_text(encoding="utf-8"))]
    assert cameras.read == len(tags) == 2144
    assert cameras.set_aside["webcam"] == sum(
        "webcam" in (t.get("surveillance"), t.get("surveillance:type"), t.get("camera:type")) for t in tags
    )
    assert cameras.set_aside["guard"] == sum(
        "guard" in (t.get("surveillance"), t.get("surveillance:type")) for t in tags
    )
    assert cameras.set_aside["fake"] == 1
    assert "azimuth" not in cameras.rejected  # every heading written there is understood


def test_the_lamps_of_seongnam_can_be_mounts(real_data):
    mounts = read_mounts(real_data("seongnam-security-lights-2018.csv"))
    assert len(mounts) == 10465
    assert mounts["id"].is_unique


def test_check_points_at_what_needs_a_look(tmp_path):
    path = tmp_path / "c.csv"
    rows = ["A,1.5,2.5,uphill,,3", "B,1.6,2.5,90,-3,1", *(f"P{i},1.7,2.5,0,4,1" for i in range(5))]
    path.write_text("\n".join(["id,lon,lat,azimuth,height,number of cameras", *rows]) + "\n", encoding="utf-8")
    shown = " ".join(CliRunner().invoke(app, ["check", "--cameras", str(path)]).output.split())
    assert "Impossible values, taken as not stated (2)" in shown
    assert "c.csv:2 A azimuth uphill" in shown
    assert "c.csv:3 B height -3" in shown
    assert "Many rows of c.csv at one point: often addresses that were not found" in shown
    assert "2.5000000, 1.7000000 5" in shown
    assert "cameras 9 in 7 rows" in shown
    assert "streets say nothing: no --osm FILE" in shown


def test_nodes_of_openstreetmap_are_pointed_at_by_their_ids(write_osm):
    camera = {"man_made": "surveillance", "camera:direction": "uphill", "surveillance": "indoor"}
    osm = write_osm(
        {1: (11.0, 48.0), 2: (11.003, 48.002), 5: (11.003, 48.0), 4: (11.001, 48.0011, camera),
         3: (11.001, 48.001, camera | {"surveillance": "outdoor"})},
        {9: ([1, 2, 5], {"highway": "residential"})},
    )  # fmt: skip
    shown = " ".join(CliRunner().invoke(app, ["check", "--osm", str(osm)]).output.split())
    assert "osm node/3 azimuth uphill" in shown
    assert "osm node/4 indoor" in shown
    assert "osm:0" not in shown
    assert "streets say they are of one file with the streets" in shown


def test_baltimore_by_its_reversed_points_alone_lands_where_its_plain_columns_put_it(real_data, tmp_path):
    plain = real_data("baltimore-cctv-2014.csv")
    with plain.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / "points.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [c for c in rows[0] if c not in ("Latitude", "Longitude")], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    osm = real_data("baltimore-southeast.osm.pbf")
    by_points, by_columns = (camgap.load(osm=osm, cameras=str(f), draws=0).inventory for f in (path, plain))
    assert len(by_points) == len(by_columns) > 140
    far = np.abs(by_points.cameras[["x", "y"]].to_numpy() - by_columns.cameras[["x", "y"]].to_numpy()).max()
    assert far < 1, "the points are rounded to a millionth of a degree"


def test_headings_under_both_keys_of_openstreetmap_are_one_camera_with_one_view_and_a_tilt_may_have_a_sign(read_json):
    tags = {
        "man_made": "surveillance",
        "camera:direction": "90",
        "direction": "90",
        "camera:angle": "15°",
        "height": "11m",
    }
    node = {"type": "node", "id": 1, "lat": 48.1, "lon": 11.5, "tags": tags}
    record = read_json([node, node | {"id": 2, "tags": tags | {"camera:type": "360"}}]).records.iloc[0]
    assert [(h.azimuth, h.span) for h in record["headings"]] == [(90, None)]
    assert (record["tilt"], record["height"]) == (15, 11)
    assert np.isnan(record["hfov"])
