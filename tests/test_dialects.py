"""Dialects are data: code lists, units, a user's own file, the mapping that check proposes."""

import csv
import io
import tomllib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camgap.coverage.errors import SettingsError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.dates import iso_date
from camgap.coverage.inputs.dialects import (
    FIELDS,
    LANGUAGES,
    STANDARDS,
    dialect_from,
    dialect_named,
    is_private,
    shipped,
    words_of,
)
from camgap.coverage.inputs.inventory import check_summary, mapping_file, read_cameras
from camgap.coverage.inputs.mapping import suggestions
from camgap.coverage.inputs.pixels import horizontal_pixels


@pytest.fixture
def read(tmp_path):
    def write_and_read(text, **options):
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return read_cameras(path, **options)

    return write_and_read


def azimuths(cameras):
    return [[h.azimuth for h in headings] for headings in cameras.records["headings"]]


def coded(column, codes):
    return "lon,lat," + column + "\n" + "".join(f"1,{i},{code}\n" for i, code in enumerate(codes, start=1))


# --- shipped dialects -------------------------------------------------------------------------------------------------


def test_no_column_name_means_two_things():
    meanings = {}
    for name in (*LANGUAGES, *STANDARDS):
        for field, names in shipped()[name].columns.items():
            for column in names:
                meanings.setdefault("".join(words_of(column)), set()).add(field)
    assert {column: fields for column, fields in meanings.items() if len(fields) > 1} == {}


def test_no_shipped_column_name_is_private():
    assert [c for d in shipped().values() for names in d.columns.values() for c in names if is_private(c)] == []


def test_every_field_has_a_name_in_some_dialect():
    named = {field for d in shipped().values() for field in d.columns}
    assert named == set(FIELDS)


GB_DIRECTIONS = [90, 270, 180, 0, 135, 45, 225, 315]
GA_DIRECTIONS = [90, 270, 180, 0, 45, 225, 135, 315]


def test_direction_codes_of_gbt28181_and_gat1400_differ_from_5_to_7(read):
    gb = azimuths(read(coded("DirectionType", range(1, 9))))
    ga = azimuths(read(coded("MonitorDirection", range(1, 10))))
    pinyin = azimuths(read(coded("JSFW", range(1, 10))))
    assert gb == [[a] for a in GB_DIRECTIONS]
    assert ga == pinyin == [*([a] for a in GA_DIRECTIONS), []]
    assert [i + 1 for i in range(8) if gb[i] != ga[i]] == [5, 6, 7]


def test_a_code_that_is_not_in_the_list_is_rejected_and_never_taken_for_degrees(read):
    cameras = read(coded("DirectionType", ["9", "45", "3", "03", "3.0", "东", "1/2"]))
    assert azimuths(cameras) == [[], [], [180], [180], [180], [90], [90, 270]]
    assert cameras.rejected == {"azimuth": 2}


def test_bare_codes_under_a_plain_name_are_no_degrees_until_somebody_names_the_list(read):
    text = coded("朝向", [1, 2, 3, 5, 6, 8])
    unnamed = read(text)
    assert azimuths(unnamed) == [[]] * 6
    assert unnamed.rejected == {"azimuth": 6}
    assert unnamed.columns["朝向"].startswith("azimuth: codes of a list nobody named, not read")
    assert azimuths(read(text, dialect="gbt28181")) == [[90], [270], [180], [135], [45], [315]]
    assert azimuths(read(text, dialect="gat1400")) == [[90], [270], [180], [45], [225], [315]]
    assert azimuths(read(coded("朝向 (°)", [1, 2, 3, 5, 6, 8]))) == [[1], [2], [3], [5], [6], [8]]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1, 2], [[], []]),
        ([1, 2, "未知", 3], [[], [], [], []]),
        ([1, "1/3", 99, 0], [[], [], [], []]),
        (["01", "2.0", 3, 4, "东", "5°"], [[], [], [], [], [90], [5]]),  # only what may be a code is not read
        ([1, 2, 3, 5, 90], [[], [], [], [], [90]]),  # one cell makes no degrees of the others
        ([1, 2, 3, 5, 90, 180], [[1], [2], [3], [5], [90], [180]]),
        ([5, 8, 90], [[5], [8], [90]]),
        ([1, 7.5, 2], [[1], [7.5], [2]]),
        ([5, 99], [[5], [99]]),
        ([0, 0, 90], [[0], [0], [90]]),
        ([7], [[7]]),
    ],
)
def test_odd_cells_and_short_lists_make_no_degrees_of_direction_codes(read, cells, expected):
    assert azimuths(read(coded("朝向", cells))) == expected


def test_several_lenses_of_gbt28181_are_a_panorama(read):
    assert read(coded("PTZType", [3, 6, 7])).records["kind"].tolist() == ["fixed", "panoramic", "panoramic"]


@pytest.mark.parametrize(
    ("column", "expected"), [("Blickrichtung", [[90], [135], [45]]), ("cap", [[270], [225], [315]])]
)
def test_compass_points_are_those_of_the_columns_language(read, column, expected):
    cells = ["O", "SO", "NO"]
    assert azimuths(read(coded(column, cells))) == expected
    assert azimuths(read(coded("direction", cells))) == [[], [], []]  # of either
    assert azimuths(read(coded(column, [90, '"180,5"', "O/N"]))) == [[90], [180.5], [expected[0][0], 0]]
    assert azimuths(read(coded(column, [1, 2, 3]))) == [[], [], []]  # numbers are still codes of another list


def test_a_table_with_a_standards_own_columns_follows_it_in_its_codes(read):
    header = (
        "DeviceID,Name,Longitude,Latitude,PTZType,DirectionType,RoomType,Resolution,SupplyLightType,Secrecy,InstallTime"
    )
    cameras = read(
        f"{header}\n51040200001320000001,a,101.7,26.5,3,5,1,6,2,0,2019-03-01T08:00:00\n"
        "51040200001320000002,b,101.7,26.6,1,,1,5/6,1,0,\n51040200001320000003,c,101.7,26.7,2,,2,,,0,\n"
        "51040200001180000001,d,101.7,26.8,,,,,,,\n"
    )
    assert cameras.records["kind"].tolist() == ["fixed", "panning"]
    assert azimuths(cameras) == [[135], []]
    assert cameras.records["pixels"].tolist() == [1920, 1920]
    assert cameras.records["light"].tolist() == ["infrared", "none"]
    assert cameras.records["installed"].tolist() == ["2019-03-01", ""]
    assert [(r.reason, r.detail) for r in cameras.rows_set_aside] == [
        ("indoor", ""), ("not_a_camera", "device type 118: recorder or server"),
    ]  # fmt: skip
    assert cameras.columns["DirectionType"] == "azimuth by the codes of GB/T 28181 catalogue"


def test_a_resolution_of_4_is_megapixels_where_no_standard_is_followed(read):
    assert read("lon,lat,resolution\n1,1,4\n").records["pixels"].tolist() == [2560]


def test_a_pinyin_sheet_is_read(read):
    cameras = read(
        "SBBM,SBMC,JD,WD,AZGD,KSJL,JSFW,SXJLX,SBZT,BGSX,SPFBL,GLDW,XZQY,AZSJ,GLDWLXFS\n"
        "51040200001320000001,路口,101.72,26.58,4.5,60,7,1,1,2,6,交警支队,510402,20180501,0812\n"
        "51040200001320000002,路口,101.72,26.59,4.5,60,9,3,3,2,6,交警支队,510402,20180501,0812\n"
    )
    record = cameras.records.iloc[0]
    assert (record["height"], record["range_m"], record["kind"], record["status"]) == (4.5, 60, "panning", "working")
    assert azimuths(cameras) == [[135]]
    assert (record["pixels"], record["light"], record["installed"]) == (1920, "infrared", "2018-05-01")
    assert (record["manager"], record["district"]) == ("交警支队", "510402")
    assert [r.reason for r in cameras.rows_set_aside] == ["removed"]
    assert "0812" not in cameras.records.to_csv()


def test_korean_pixels_count_in_ten_thousands(read):
    assert read("경도,위도,카메라화소수\n127,37,200\n127,37.1,41\n").records["pixels"].tolist() == [1920, 739]


def test_german_and_french_lists_are_read(read):
    german = read(
        "Längengrad;Breitengrad;Blickrichtung;Montagehöhe;Kameratyp;Zustand\n11,575;48,137;Süd;4,5;fixed;online\n"
    )
    assert german.records[["lon", "lat", "height"]].iloc[0].tolist() == [11.575, 48.137, 4.5]
    french = read(
        "longitude;latitude;hauteur de pose;portée;champ de vision;date de pose\n2,35;48,85;5 m;40;78;01.02.2019\n"
    )
    assert french.records[["height", "range_m", "hfov"]].iloc[0].tolist() == [5, 40, 78]
    assert french.records["installed"].iloc[0] == "2019-02-01"


# --- fields read from text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("1920x1080", 1920), ("2560*1440", 2560), ("3840 × 2160", 3840), ("1080p", 1920), ("720P", 1280), ("4K", 3840),
        ("2MP", 1920), ("4 MP", 2560), ("8 megapixel", 3840), ("200万", 1920), ("400万像素", 2560), ("130만", 1280),
        ("1920", 1920), ("D1", 720), ("5/6 MP", 3072), ("1280x720;1920x1080", 1920), ("1080x1920", 1920),
        ("Full HD", 1920),
    ],
)  # fmt: skip
def test_a_resolution_is_read_in_every_form(text, pixels):
    assert horizontal_pixels(text) == pixels


@pytest.mark.parametrize("text", ["", "sharp", "0", "99999999", "1x1", "1920x", "高", "=1+1", "0 MP"])
def test_what_is_no_resolution_is_refused(text):
    with pytest.raises(ValueError, match=r"resolution|pixels"):
        horizontal_pixels(text)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("43588", "2019-05-03"), ("43588.75", "2019-05-03"), ("43466", "2019-01-01"),
        ("2021-02-28", "2021-02-28"), ("2021/2/8", "2021-02-08"), ("2021年2月8日", "2021-02-08"),
        ("2021年2月", "2021-02"),
        ("2021.02", "2021-02"), ("202102", "2021-02"), ("20210228", "2021-02-28"), ("2021", "2021"), ("2021년", "2021"),
        ("28.02.2021", "2021-02-28"), ("02/28/2021", "2021-02-28"), ("28/02/2021", "2021-02-28"),
        ("02/03/2021", "2021"),
        ("02.03.2021", "2021-03-02"), ("2021-02-28T10:00:00", "2021-02-28"), ("2021-02-28 10:00", "2021-02-28"),
        ("", ""),
        ("20190301120000", "2019-03-01"),
    ],
)  # fmt: skip
def test_a_date_is_read_as_exactly_as_it_is_said(text, date):
    assert iso_date(text) == date


@pytest.mark.parametrize(
    "text", ["soon", "2021-13-01", "2021-02-40", "31.13.2021x", "99", "1899-01-01", "20215", "435880"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"date|day"):
        iso_date(text)


def test_all_further_fields_are_carried_or_missing(read):
    full = read(
        "lon,lat,resolution,model,IR range (ft),light,install date,last inspection,pole id,managing unit,district,"
        "PTZ home,vfov,inspection result,availability\n"
        "1,1,4MP,DS-2CD,100,infrared,2020-05,2024-01-31,P7,City,North,yes,45,Out of focus,93.1 %\n1,2,,,,,,,,,,,,,\n"
    ).records
    first, second = full.iloc[0], full.iloc[1]
    names = ["model", "light", "installed", "inspected", "pole", "manager", "district", "home", "inspection"]
    said = ["DS-2CD", "infrared", "2020-05", "2024-01-31", "P7", "City", "North", "yes", "poor"]
    assert first[names].tolist() == said
    assert first[["pixels", "ir_m", "vfov", "p_working"]].tolist() == pytest.approx([2560, 30.48, 45, 0.931])
    assert second[names].tolist() == [""] * 9
    assert second[["pixels", "ir_m", "vfov", "p_working"]].isna().all()


@pytest.mark.parametrize(
    ("column", "good", "poor", "failed"),
    [
        ("Inspection result", "passed", "Blurry", "video loss"),
        ("巡检结果", "合格", "图像模糊", "不合格"),
        ("점검결과", "양호", "화면 흐림", "고장"),
        ("Prüfergebnis", "in Ordnung", "unscharf", "kein Bild"),
        ("résultat d'inspection", "conforme", "flou", "pas d'image"),
        ("resultado de inspección", "aprobado", "borroso", "sin imagen"),
    ],
)
def test_the_result_of_an_inspection_is_read_in_every_language(read, column, good, poor, failed):
    found = read(f"lon,lat,{column}\n1,1,{good}\n1,2,{poor}\n1,3,{failed}\n1,4,\n1,5,purple\n")
    assert found.records["inspection"].tolist() == ["good", "poor", "failed", "", ""]
    assert [(v.field, v.value) for v in found.rejected_values] == [("inspection", "purple")]


def test_a_status_that_tells_of_the_picture_is_a_result_of_an_inspection_too(read):
    rows = ("blurry", "图像模糊", "video loss", "视频丢失", "online", "defekt", "failed")
    found = read("lon,lat,status\n" + "".join(f"1,{i},{word}\n" for i, word in enumerate(rows))).records
    assert list(zip(found["status"], found["inspection"], strict=True)) == [
        ("working", "poor"), ("working", "poor"), ("not_working", "failed"), ("not_working", "failed"), ("working", ""),
        ("not_working", ""), ("not_working", ""),
    ]  # fmt: skip
    both = read("lon,lat,status,inspection result\n1,1,blurry,good\n").records
    assert both["inspection"].tolist() == ["good"], "what the inspection says comes first"


@pytest.mark.parametrize("text", ["1.2", "130 %", "-0.1", "24/7", "95"])
def test_what_is_no_probability_is_refused(read, text):
    found = read(f"lon,lat,availability\n1,1,{text}\n1,2,0\n1,3,100%\n")
    assert found.records["p_working"].tolist()[1:] == [0.0, 1.0]
    assert [(v.field, v.value) for v in found.rejected_values] == [("p_working", text)]


# --- a user's own dialect ---------------------------------------------------------------------------------------------

OWN = """
title = "City register"
crs = "GCJ-02"
ignore = ["height_old"]
[columns]
lon = ["E-Koordinate"]
lat = ["N-Koordinate"]
azimuth = "Blick"
height = ["h"]
range_m = ["weit"]
[codes.azimuth]
vorn = "N"
7 = "S"
[codes.kind]
K1 = "dome"
[codes.status]
geht = "working"
[units]
height = "cm"
range_m = "ft"
"""


def test_a_user_adds_a_dialect_without_touching_code(read, tmp_path):
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    cameras = read(
        "E-Koordinate,N-Koordinate,Blick,h,weit,height_old,type,status\n"
        "101.721575821,26.576433936,vorn,450,100,9,K1,geht\n101.73,26.58,7,5 m,,9,,\n",
        dialect=str(tmp_path / "own.toml"),
    )
    assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx((101.72, 26.58), abs=1e-8)
    assert azimuths(cameras) == [[0], [180]]
    assert cameras.records["height"].tolist() == [4.5, 5.0]
    assert cameras.records["range_m"].tolist() == pytest.approx([30.48, np.nan], nan_ok=True)
    assert (cameras.records["kind"].iloc[0], cameras.records["status"].iloc[0]) == ("dome", "working")
    assert cameras.not_read == {"height_old": "not needed"}
    assert cameras.declared == "dialect"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums = {}", "unknown key 'colums'; a dialect has"),
        ("[columns]\nheigt = ['x']", "'heigt' is no field; fields are lon"),
        ("[columns]\nheight = [1]", "columns.height: a list of column names"),
        ("[units]\nheight = 'furlong'", "units.height: 'furlong' is no unit of it; known are m"),
        ("[units]\nkind = 'm'", "units.kind: 'm' is no unit of it; this field has none"),
        ("[codes]\nazimuth = 'N'", "codes.azimuth: a table of codes"),
        ("crs = 'EPSG:1'", "'EPSG:1' is not known"),
        ("columns = 3", r"columns is a table: \[columns\]"),
        ("exact = 'yes'", "exact is true or false"),
        ("[columns", "not a TOML file"),
    ],
)
def test_a_dialect_that_makes_no_sense_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as caught:
        dialect_named(str(path))
    assert "\n" not in str(caught.value)


def test_an_unknown_dialect_names_the_known_ones(tmp_path):
    with pytest.raises(SettingsError, match=r"'gb' is not known; known are english, .*gbt28181"):
        dialect_named("gb")
    with pytest.raises(SettingsError, match="dialect cannot be read: No such file"):
        dialect_named(str(tmp_path / "none.toml"))


def test_a_private_column_stays_private_whatever_a_dialect_says():
    dialect = dialect_from({"columns": {"name": ["password"], "lon": ["x"]}}, "d", "d")
    assert understand(["password", "x"], dialect).not_read == {"password": "private: access or contact data"}


# --- the mapping check proposes ---------------------------------------------------------------------------------------


def test_the_mapping_says_how_surely_and_how_full_a_column_is(read):
    cameras = read("lon,lat,azimuth,camera_height_ft,remark\n1,1,north,10,x\n1,2,nowhere,,\n1,3,,,\n1,4,90,,\n")
    found = {p.column: (p.field, p.confidence, p.filled) for p in cameras.mapping}
    assert found["lon"] == ("lon", 0.95, 1.0)
    assert found["azimuth"] == ("azimuth", pytest.approx(0.95 * 2 / 3, abs=0.01), 0.75)
    assert found["camera_height_ft"][1] < 0.95
    assert found["remark"] == ("", 0.0, 0.25)


def test_a_name_that_only_resembles_a_field_is_suggested_and_not_read(read):
    cameras = read("lon,lat,azimuht\n1,1,90\n")
    assert azimuths(cameras) == [[]]
    ((column, (field, sure)),) = suggestions(cameras.mapping).items()
    assert (column, field) == ("azimuht", "azimuth")
    assert 0 < sure < 0.6


def test_the_proposed_dialect_reads_the_list_just_as_it_was_read(read, tmp_path):
    header = 'lng_gcj02,lat_gcj02,"He said ""ah"" \\ (ft)",朝向,height,password\n'
    text = header + "101.72,26.58,1,东,4,x\n101.73,26.58,1,西,5,x\n"
    before = read(text)
    proposed = mapping_file(before)
    data = tomllib.loads(proposed)
    assert data["columns"]["azimuth"] == ["朝向"]
    assert data["crs"] == "GCJ-02"
    assert "password" not in proposed
    (tmp_path / "own.toml").write_text(proposed, encoding="utf-8")
    after = read(text, dialect=str(tmp_path / "own.toml"))
    assert after.records.drop(columns="headings").equals(before.records.drop(columns="headings"))
    assert azimuths(after) == azimuths(before)


def test_check_shows_the_first_rows_as_they_would_be_read(read):
    first = check_summary(read("id,lon,lat,azimuth,height\na,1,1,90;270,10 ft\n"))["first_rows"]
    assert first == [
        {
            "source": "list.csv", "row": 2, "id": "a", "lon": 1.0, "lat": 1.0, "kind": "unknown", "height": 3.048,
            "status": "unknown", "count": 1,
            "headings": [{"azimuth": 90.0, "span": None}, {"azimuth": 270.0, "span": None}],
        }
    ]  # fmt: skip


# --- random tables ----------------------------------------------------------------------------------------------------

WRITERS = {  # field -> how a value is written
    "azimuth": lambda v: str(v), "height": lambda v: f"{v} m", "hfov": lambda v: f"{v}°", "range_m": lambda v: str(v),
    "count": lambda v: str(v), "name": lambda v: v, "id": lambda v: v,
}  # fmt: skip
ENCODINGS = {
    "english": ("utf-8", "utf-8-sig", "utf-16"), "chinese": ("utf-8", "utf-8-sig", "utf-16", "gb18030"),
    "korean": ("utf-8", "utf-8-sig", "utf-16", "cp949"), "german": ("utf-8", "utf-8-sig", "utf-16", "cp1252"),
}  # fmt: skip
NAMES = {"english": "Main Street", "chinese": "人民路与建设路口", "korean": "서현로 사거리", "german": "Grünstraße"}

rows = st.lists(
    st.fixed_dictionaries(
        {
            "lon": st.integers(-179_999_999, 179_999_999).filter(bool).map(lambda i: i / 1e6),
            "lat": st.integers(-89_999_999, 89_999_999).map(lambda i: i / 1e6),
            "azimuth": st.integers(10, 359),
            "height": st.integers(10, 999).map(lambda i: i / 10),
            "hfov": st.integers(1, 360),
            "range_m": st.integers(1, 500),
            "count": st.integers(1, 9),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows, st.sampled_from(sorted(ENCODINGS)), st.sampled_from([",", ";", "\t", "|"]), st.data())
def test_random_tables_come_back_in_every_dialect_encoding_and_order(tmp_path, content, language, delimiter, data):
    fields = [
        "lon",
        "lat",
        *data.draw(st.permutations(["azimuth", "height", "hfov", "range_m", "count", "name", "id"])),
    ]
    fields = list(data.draw(st.permutations(fields)))
    encoding = data.draw(st.sampled_from(ENCODINGS[language]))
    english = shipped()["english"].columns
    spellings = {f: data.draw(st.sampled_from(shipped()[language].columns.get(f, english[f]))) for f in fields}
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow([spellings[f] for f in fields])
    for number, row in enumerate(content):
        full = row | {"name": f"{NAMES[language]} {number}", "id": f"k{number}"}
        writer.writerow([WRITERS[f](full[f]) if f in WRITERS else f"{full[f]:.6f}" for f in fields])
    path = tmp_path / "random.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    cameras = read_cameras(path)
    kept = {record["id"]: record for record in cameras.records.to_dict("records")}
    assert cameras.read == len(content) == len(kept)
    for number, row in enumerate(content):
        record = kept[f"k{number}"]
        same = ("lon", "lat", "height", "hfov", "range_m", "count")
        assert [record[f] for f in same] == [row[f] for f in same]
        assert record["headings"][0].azimuth == row["azimuth"]
        assert record["name"] == f"{NAMES[language]} {number}"
