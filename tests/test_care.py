"""Care: what is never read, what never leaves, and what is refused before it fills memory."""

import io
import json
import zipfile

import openpyxl
import pytest

from camgap.coverage.cells import harmless
from camgap.coverage.errors import CameraError
from camgap.coverage.inputs import limits
from camgap.coverage.inputs.dialects import is_private
from camgap.coverage.inputs.inventory import check_summary, mapping_file, read_cameras
from camgap.coverage.inputs.readers import read_sheet
from camgap.coverage.inputs.secrecy import is_access_data

PRIVATE = [
    "Password", "IPAddress", "IPAddr", "Port", "MAC", "ContactInfo", "UserId", "RTSP url", "密码", "联系电话", "负责人",
    "관리기관전화번호", "Ansprechpartner", "mot de passe", "teléfono", "SSID", "Kennwort", "MACDZ", "IPV6",
    "账号", "담당자", "IP地址", "RTSP地址", "MAC地址", "IP주소", "登录名", "邮箱", "이메일", "Passwort2", "pwd1",
    "Kontaktperson", "Telefonnummer", "Benutzerkennung", "admin",
]  # fmt: skip


@pytest.mark.parametrize("name", PRIVATE)
def test_access_and_contact_data_are_known_by_their_names(name):
    assert is_private(name)


HARMLESS = [
    "Portal", "Macadam", "shipping", "passage", "Telegraph Road", "mailbox", "name", "admin area", "GPS经度",
]  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_a_word_inside_another_word_is_not_private(name):
    assert not is_private(name)


@pytest.mark.parametrize("name", PRIVATE)
@pytest.mark.parametrize("form", ["csv", "json", "xml", "xlsx", "geojson", "kml"])
def test_private_values_are_dropped_at_the_door_of_every_reader(tmp_path, name, form):
    path = tmp_path / f"c.{form}"
    tag = name.replace(" ", "_")
    if form == "csv":
        path.write_text(f'lon,lat,id,"{name}"\n1,1,a,hunter2\n', encoding="utf-8")
    elif form == "json":
        path.write_text(
            json.dumps([{"lon": 1, "lat": 1, "id": "a", name: "hunter2", "x": {name: {"name": "hunter2"}}}])
        )
    elif form == "xml":
        item = f"<DeviceID>a</DeviceID><Longitude>1</Longitude><Latitude>1</Latitude><{tag}>hunter2</{tag}>"
        nested = f"<{tag}><Name>hunter2</Name></{tag}>"
        path.write_text(f"<r><Item>{item}</Item><Item>{item}{nested}</Item></r>", encoding="utf-8")
    elif form == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(["lon", "lat", "id", name])
        book.active.append([1, 1, "a", "hunter2"])
        book.save(path)
    elif form == "geojson":
        point = {"type": "Point", "coordinates": [1, 1]}
        path.write_text(
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "features": [{"type": "Feature", "geometry": point, "properties": {name: "hunter2"}}],
                }
            )
        )
    else:
        data = f'<ExtendedData><Data name="{name}"><value>hunter2</value></Data></ExtendedData>'
        path.write_text(
            f"<kml><Placemark>{data}<Point><coordinates>1,1</coordinates></Point></Placemark></kml>", encoding="utf-8"
        )
    sheet = read_sheet(path)
    assert "hunter2" not in repr(sheet)
    cameras = read_cameras(path)
    assert "hunter2" not in cameras.records.to_csv() + json.dumps(check_summary(cameras)) + mapping_file(cameras)


@pytest.mark.parametrize("mark", ["1", "yes", "涉密", "true", "perhaps", "2"])
def test_a_row_marked_secret_is_left_out_without_a_trace(tmp_path, mark):
    path = tmp_path / "c.csv"
    path.write_text(
        f"id,name,lon,lat,azimuth,Secrecy\nopen,a,1,1,90,0\nhidden,hideout,33.333,44.444,nowhere,{mark}\n",
        encoding="utf-8",
    )
    cameras = read_cameras(path)
    assert cameras.records["id"].tolist() == ["open"]
    assert [(r.row, r.id, r.reason, r.detail) for r in cameras.rows_set_aside] == [(3, "", "secret", "")]
    told = json.dumps(check_summary(cameras)) + mapping_file(cameras) + repr(cameras.rejected_values)
    assert not any(word in told for word in ("hidden", "hideout", "33.333", "44.444", "nowhere"))


ACCESS = [
    "192.168.1.64", "http://10.0.0.8:8000/ISAPI", "rtsp://10.0.0.8/live", "https://root:pw@cam.example/1",
    "00:1A:2b:3c:4d:5e", "Huber, huber@example.org",
]  # fmt: skip


@pytest.mark.parametrize("cell", ACCESS)
def test_access_data_under_a_harmless_name_are_dropped_and_told(tmp_path, cell):
    path = tmp_path / "c.csv"
    path.write_text(f'Nickname,Address,remark,lon,lat\nGate,"{cell}","{cell}",1,1\nDoor,Tal 1,,1,1\n')
    assert cell not in repr(read_sheet(path))
    cameras = read_cameras(path)
    assert cameras.records["name"].tolist() == ["Gate", "Door"]
    assert "access or contact data in 1 of its cells, not read" in cameras.columns["Address"]


@pytest.mark.parametrize("text", ["Ring 10.5", "V5.5.82", "2021.03.04", "48.1374,11.5755", "12:30:45", "Bar @ Tal 1"])
def test_other_numbers_and_signs_are_no_access_data(text):
    assert not is_access_data(text)


def test_a_dialect_that_names_private_columns_does_not_make_them_read(tmp_path):
    (tmp_path / "d.toml").write_text('[columns]\nname=["IP地址", "RTSP地址"]\nid=["MAC地址"]', encoding="utf-8")
    path = tmp_path / "c.csv"
    path.write_text("lon,lat,IP地址,RTSP地址,MAC地址\n1,1,hunter2,hunter2,hunter2\n", encoding="utf-8")
    cameras = read_cameras(path, dialect=str(tmp_path / "d.toml"))
    assert "hunter2" not in cameras.records.to_csv() + json.dumps(check_summary(cameras))


EXACT = 'exact = true\n[columns]\nlon = ["lon"]\nlat = ["lat"]\nid = ["id"]'


@pytest.mark.parametrize("dialect", [EXACT, 'ignore = ["Secrecy"]', '[columns]\nname = ["Secrecy"]'])
def test_no_dialect_makes_a_secret_row_count(tmp_path, dialect):
    (tmp_path / "d.toml").write_text(dialect)
    path = tmp_path / "c.csv"
    path.write_text("id,lon,lat,Secrecy\nopen,1,1,0\nhidden,1,1,1\n")
    cameras = read_cameras(path, dialect=str(tmp_path / "d.toml"))
    assert cameras.records["id"].tolist() == ["open"]
    assert cameras.set_aside == {"secret": 1}


@pytest.mark.parametrize(
    ("column", "mark"),
    [("密级", "机密"), ("保密等级", "秘密"), ("confidential", "yes"), ("classification", "SECRET"), ("备注", "绝密")],
)
def test_secrecy_is_known_by_many_names_and_by_its_words(tmp_path, column, mark):
    path = tmp_path / "c.csv"
    path.write_text(f"id,name,lon,lat,{column}\nbar,Secret,1,1,\nhidden,x,1,1,{mark}\n", encoding="utf-8")
    assert read_cameras(path).records["id"].tolist() == ["bar"]


def test_a_refusal_shows_no_secret_place(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("id,lon,lat,secrecy\ns,40384660.16,3546962.2,1\np,40384661.1,3546963.1,0\n")
    with pytest.raises(CameraError, match=r"no degrees \(first: \[40384661.1, 3546963.1\]\)"):
        read_cameras(path)


@pytest.mark.parametrize("mark", ["0", "", "no", "否", "非涉密", "不涉密", "公开"])
def test_a_row_marked_as_not_secret_is_used(tmp_path, mark):
    path = tmp_path / "c.csv"
    path.write_text(f"id,lon,lat,保密属性\na,1,1,{mark}\n", encoding="utf-8")
    assert len(read_cameras(path)) == 1


def test_a_secret_first_row_is_no_example(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("id,name,lon,lat,secret\nh,hideout,3,4,yes\na,b,1,1,no\n", encoding="utf-8")
    told = json.dumps(check_summary(read_cameras(path)))
    assert "hideout" not in told


# --- XML --------------------------------------------------------------------------------------------------------------

LAUGHS = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<r><Item><Name>&b;</Name></Item></r>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<r><Item><Name>&x;</Name></Item></r>"""


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, '<!DOCTYPE r SYSTEM "http://192.0.2.1/x.dtd"><r><Item/></r>'])
@pytest.mark.parametrize("name", ["c.xml", "c.kml"])
def test_xml_with_a_document_type_or_entities_is_refused(tmp_path, text, name):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(CameraError, match="document type or entities; these are never read"):
        read_cameras(tmp_path / name)


def test_xml_nested_without_end_is_refused(tmp_path):
    (tmp_path / "c.xml").write_text("<a>" * 100_000, encoding="utf-8")
    with pytest.raises(CameraError, match="nested too deeply"):
        read_cameras(tmp_path / "c.xml")


def test_entities_inside_a_spreadsheet_are_refused_as_well(tmp_path):
    with zipfile.ZipFile(tmp_path / "c.ods", "w") as archive:
        archive.writestr("content.xml", LAUGHS)
    with pytest.raises(CameraError, match="has entities"):
        read_cameras(tmp_path / "c.ods")
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat"])
    book.save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(tmp_path / "c.xlsx", "w") as new:
        for part in old.namelist():
            new.writestr(part, LAUGHS if part.startswith("xl/worksheets") else old.read(part))
    with pytest.raises(CameraError, match="broken XLSX workbook"):
        read_cameras(tmp_path / "c.xlsx")


# --- archives and sizes -----------------------------------------------------------------------------------------------


def archive_of(path, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


def test_an_archive_that_unpacks_to_too_much_for_its_size_is_refused(tmp_path):
    path = archive_of(tmp_path / "bomb.zip", a_csv=b"0" * (limits.RATIO_FROM + 1))
    with pytest.raises(CameraError, match="unpacks to over 200 times its size"):
        read_cameras(path)


def test_an_archive_of_too_many_or_too_large_parts_is_refused(tmp_path, monkeypatch):
    path = archive_of(tmp_path / "many.zip", a_csv="x", b_csv="y", c_csv="z")
    monkeypatch.setattr(limits, "MOST_PARTS", 2)
    with pytest.raises(CameraError, match="has 3 parts; at most 2 are read"):
        read_cameras(path)
    monkeypatch.setattr(limits, "MOST_PARTS", 10)
    monkeypatch.setattr(limits, "MOST_UNPACKED", 2)
    with pytest.raises(CameraError, match="unpacks to more than"):
        read_cameras(path)


def test_a_part_longer_than_it_announces_is_not_read_to_its_end(tmp_path):
    path = archive_of(tmp_path / "liar.zip", a_csv=b"lon,lat\n" + b"1,1\n" * 100_000)
    data = bytearray(path.read_bytes())
    true = (8 + 400_000).to_bytes(4, "little")
    at = data.find(true)
    while at >= 0:  # both the local and the central header
        data[at : at + 4] = (100).to_bytes(4, "little")
        at = data.find(true)
    path.write_bytes(data)
    with pytest.raises(CameraError, match=r"cannot be unpacked|longer than announced"):
        read_cameras(path)


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv"])
def test_a_part_that_points_outside_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr(name, "lon,lat\n1,1\n")
    with pytest.raises(CameraError, match="points outside of the archive"):
        read_cameras(tmp_path / "c.zip")


def test_a_part_without_a_name_is_refused(tmp_path):
    path = archive_of(tmp_path / "c.zip", a_csv="lon,lat\n1,1\n")
    path.write_bytes(path.read_bytes().replace(b"a.csv", b"\x00.csv"))  # zipfile cuts names at the first zero
    with pytest.raises(CameraError, match="a part of it has no name"):
        read_cameras(path)


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "c.csv"
    path.write_text("lon,lat\n1,1\n", encoding="utf-8")
    monkeypatch.setattr(limits, "MOST_BYTES", 5)
    with pytest.raises(CameraError, match="camera lists are read up to 0 MB, split the file"):
        read_cameras(path)


def test_too_many_rows_or_columns_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "c.csv"
    path.write_text("lon,lat\n" + "1,1\n" * 10, encoding="utf-8")
    monkeypatch.setattr(limits, "MOST_ROWS", 5)
    with pytest.raises(CameraError, match="more than 5 rows; split the list"):
        read_cameras(path)
    path.write_text("lon,lat" + ",x" * limits.MOST_COLUMNS + "\n1,1\n", encoding="utf-8")
    with pytest.raises(CameraError, match="2,002 columns; at most 2,000 are read"):
        read_cameras(path)


def test_a_million_repeated_rows_of_an_ods_are_refused(tmp_path):
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    row = '<t:table-row t:number-rows-repeated="900000000"><t:table-cell t:number-columns-repeated="900000000">'
    inner = f'<t:table t:name="T">{row}<x:p>1</x:p></t:table-cell></t:table-row></t:table>'
    content = f'<o xmlns:t="{table}" xmlns:x="{text}">{inner}</o>'
    archive_of(tmp_path / "c.ods", content_xml=content)
    with pytest.raises(CameraError, match="more than 1,000,000 rows"):
        read_cameras(tmp_path / "c.ods")


def test_hostile_text_comes_through_as_plain_text_on_one_line(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text('id,lon,lat,model,district\na,1,1,"=HYPERLINK(1)\nx","\u202e<script>"\n', encoding="utf-8")
    record = read_cameras(path).records.iloc[0]
    assert (record["model"], record["district"]) == ("=HYPERLINK(1) x", "<script>")


@pytest.mark.parametrize(
    "text", ["=1", "+1+1", "-1-1", "@x", "\t=1", "\r=1", "  =1", "＝1", "＋1", "－1", "＠x", "\n=1", "\u200b=1", "'=1"]
)
def test_a_formula_character_is_neutralised_in_what_is_written(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["a=1", "", " ", "Main Street", "1", "'1", "'Hof"])
def test_what_is_no_formula_stays(text):
    assert harmless(text) == text


def test_writing_and_reading_a_name_is_not_a_way_to_break_out():
    buffer = io.StringIO(harmless('=cmd|" /C calc"!A0'))
    assert buffer.read()[0] == "'"
