"""What columns, quantities and words in a camera list mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.inventory import unique_ids
from camgap.coverage.inputs.kinds import kind_of, no_camera, status_of
from camgap.coverage.inputs.quantities import quantity


@pytest.mark.parametrize(
    ("column", "field"),
    [
        *[
            (c, "azimuth")
            for c in ("azimuth", "Heading", "direction", "bearing", "camera:direction", "朝向", "方位角", "Azimuth (°)")
        ],
        *[
            (c, "hfov")
            for c in ("hfov", "FOV", "field of view", "view angle", "HorizontalFieldAngle", "camera:fov", "fov_deg")
        ],
        *[
            (c, "range_m")
            for c in ("range", "Distance", "view distance", "KSJL", "MaxViewDistance", "range_m", "range [ft]")
        ],
        *[(c, "height") for c in ("height", "camera:height", "Mount Height", "height_ft", "AZGD", "安装高度")],
        *[(c, "tilt") for c in ("tilt", "camera:angle", "pitch")],
        *[(c, "near_m") for c in ("near", "near_m", "dead zone")],
        *[(c, "kind") for c in ("kind", "camera:type", "Camera Type", "type")],
        *[(c, "name") for c in ("name", "CameraName", "location", "address", "소재지도로명주소")],
        *[(c, "id") for c in ("id", "camera_id", "CameraID", "관리번호")],
        *[(c, "status") for c in ("status", "operational_status", "设备状态")],
        *[(c, "count") for c in ("camera:count", "카메라대수")],
        *[(c, "vfov") for c in ("vfov", "VerticalFieldAngle")],
        *[(c, "pixels") for c in ("Resolution", "分辨率", "카메라화소수", "SPFBL", "Auflösung", "résolution")],
        *[(c, "installed") for c in ("Install Date", "InstallTime", "安装年份", "设计安装日期"[2:], "설치연월")],
        *[(c, "pole") for c in ("Pole ID", "杆号", "Mastnummer")],
        *[(c, "installed") for c in ("installed", "installed_on")],
        *[(c, "manager") for c in ("GLDW", "ManagementUnit", "Betreiber", "gestionnaire")],
        *[(c, "district") for c in ("District", "XZQY", "area_name", "Stadtteil", "arrondissement")],
        *[(c, "secrecy") for c in ("Secrecy", "保密属性")],
    ],
)
def test_a_column_is_understood_by_its_name(column, field):
    assert [c.name for c in understand([column]).fields[field]] == [column]


@pytest.mark.parametrize(
    "column",
    [
        "angle",
        "azimuth_m",
        "x_m",
        "name_gcj02",
        "ele",
        "",
    ],
)
def test_a_column_that_means_something_else_is_not_taken_for_it(column):
    assert understand([column]).fields == {}
    assert understand([column]).not_read == {column: "not needed"}


def test_the_korean_national_standard_header_is_understood():
    header = [
        *(
            "개방자치단체코드",
            "관리번호",
            "관리기관명",
            "소재지도로명주소",
            "소재지지번주소",
            "설치목적구분",
            "카메라대수",
        ),
        *("카메라화소수", "촬영방면정보", "보관일수", "설치연월", "관리기관전화번호", "WGS84위도", "WGS84경도"),
        *("데이터기준일자", "데이터갱신구분", "데이터갱신시점", "최종수정시점"),
    ]
    found = understand(header)
    assert {name: [c.name for c in columns] for name, columns in found.fields.items()} == {
        "id": ["관리번호"],
        "name": ["소재지도로명주소", "소재지지번주소"],
        "count": ["카메라대수"],
        "azimuth": ["촬영방면정보"],
        "lat": ["WGS84위도"],
        "lon": ["WGS84경도"],
        "manager": ["관리기관명"],
        "pixels": ["카메라화소수"],
        "installed": ["설치연월"],
        "date": ["데이터기준일자", "최종수정시점", "데이터갱신시점"],
    }
    assert found.fields["pixels"][0].scale == 10_000  # 200 is two megapixels
    assert found.not_read["관리기관전화번호"] == "private: access or contact data"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5", "length", 5),
        ("5 m", "length", 5),
        ("11m", "length", 11),
        ("16 ft", "length", 4.8768),
        ("10'", "length", 3.048),
        ("0.2 km", "length", 200),
        ("2,5 m", "length", 2.5),
        (".5", "number", 0.5),
        ("78°", "angle", 78),
        ("78 deg", "angle", 78),
        ("77,5°", "angle", 77.5),
        ("-1.5e1", "number", -15),
        ("0,125", "number", 0.125),
    ],
)
def test_a_quantity_is_read_with_its_unit(text, kind, value):
    assert quantity(text, kind) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[
            (t, "length")
            for t in ("", "high", "5 s", "30-50 m", "5'6\"", "1,000", "1.2.3", "nan", "inf", "78°", "=1+1", "1 000")
        ],
        *[(t, "angle") for t in ("1.2 rad", "5 m", "78 x 44", "78;90")],
    ],
)
def test_what_is_no_quantity_of_that_kind_is_refused(text, kind):
    with pytest.raises(ValueError, match=r"no number|unit|thousands"):
        quantity(text, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[
            (t, "fixed")
            for t in ("fixed", "Bullet", "static camera", "枪机", "고정형", "固定枪机", "fest", "fixe", "卡口")
        ],
        *[(t, "dome") for t in ("dome", "Fixed Dome", "dome;fixed", "半球", "半球机", "dôme", "Domekamera")],
        *[
            (t, "panning")
            for t in ("panning", "PTZ", "pan-tilt-zoom", "speed dome", "球机", "회전형", "schwenkbar", "motorisée")
        ],
        *[(t, "panoramic") for t in ("Panoramic", "multi-sensor dome", "multisensor", "fisheye", "全景", "鱼眼")],
        *[(t, "unknown") for t in ("", "camera", "CCTV", "ALPR")],
        *[(t, None) for t in ("360", "spanner", "Business", "domestic")],
    ],
)
def test_kinds_of_cameras_are_told_by_their_words(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("status", "working", "expected"),
    [
        ("", "", "unknown"),
        ("OFFLINE", "", "not_working"),
        ("Out of order", "", "not_working"),
        ("故障", "", "not_working"),
        ("ON", "", "working"),
        ("In use", "no", "working"),
        ("Planned", "", "planned"),
        ("removed", "", "removed"),
        ("", "false", "not_working"),
        ("", "1", "working"),
        ("", "perhaps", None),
        *[(s, "", "removed") for s in ("已拆除", "拆除", "demontiert", "abgebaut", "supprimée", "SUPPRIMEE", "철거")],
        *[
            (s, "", "not_working")
            for s in ("损坏", "已损坏", "不在线", "维修中", "defekt", "Außer Betrieb", "hors service")
        ],
        *[(s, "", "working") for s in ("运行中", "在线/正常", "in Betrieb", "en service", "en línea")],
        ("", "已拆除", "removed"),
        ("", "不在线", "not_working"),
        ("online;removed", "", None),
        ("2", "", None),
    ],
)
def test_a_status_is_told_by_its_words(status, working, expected):
    assert status_of(status, working) == expected


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("device", "guard", "guard"),
        ("setting", "guard", "guard"),
        ("device", "gunshot_detector", "gunshot_detector"),
        ("setting", "fake", "fake"),
        ("kind", "dummy", "fake"),
        ("setting", "webcam", "webcam"),
        ("kind", "webcam", "webcam"),
        ("setting", "indoor", "indoor"),
        ("setting", "Inside", "indoor"),
        ("indoor", "yes", "indoor"),
        ("setting", "no", "not_a_camera"),
        ("level", "-1", "underground"),
        ("level", "-2;-1", "underground"),
        ("level", "-1;0", None),
        ("level", "1", None),
        ("setting", "outdoor;indoor", None),
        ("kind", "dome;webcam", None),
        ("setting", "public", None),
        ("device", "ALPR", None),
        ("indoor", "no", None),
    ],
)
def test_a_row_is_no_outdoor_camera_only_if_all_it_says_is(field, text, expected):
    nothing = {"kind": "", "device": "", "setting": "", "indoor": "", "level": ""}
    assert no_camera(**nothing | {field: text}) == expected


@given(st.lists(st.sampled_from(["a", "a#2", "a#3", "b", ""]), max_size=12))
def test_ids_come_out_unique_and_the_first_of_each_unchanged(ids):
    unique, repeated = unique_ids(ids)
    assert len(set(unique)) == len(unique) == len(ids)
    assert repeated == len(ids) - len(set(ids))
    for name in set(ids):
        assert unique[ids.index(name)] == name
