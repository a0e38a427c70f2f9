"""One list of cameras in every format: the same cameras come out, and every row is accounted for."""

import csv
import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.inventory import read_cameras
from camgap.coverage.inputs.mounts_file import read_mounts
from camgap.coverage.inputs.readers import input_files, read_sheet, source_name

CAMERAS = [
    {
        "id": "a1",
        "name": "人民路口",
        "lon": 101.720001,
        "lat": 26.580001,
        "azimuth": "90",
        "height": "4.5",
        "password": "hunter2",
    },
    {
        "id": "a2",
        "name": "Straße; <b>",
        "lon": 101.721001,
        "lat": 26.581001,
        "azimuth": "NW",
        "height": "",
        "password": "hunter2",
    },
    {
        "id": "a3",
        "name": "=1+1",
        "lon": 101.722001,
        "lat": 26.582001,
        "azimuth": "",
        "height": "6",
        "password": "hunter2",
    },
]
COLUMNS = list(CAMERAS[0])


def check(cameras, ids=("a1", "a2", "a3")):
    """Assert that the three cameras came out, and nothing private with them."""
    records = cameras.records
    assert records["id"].tolist() == list(ids)
    assert records["name"].tolist() == [c["name"] for c in CAMERAS]
    assert records[["lon", "lat"]].to_numpy() == pytest.approx(
        np.array([[c["lon"], c["lat"]] for c in CAMERAS]), abs=1e-8
    )
    assert [[h.azimuth for h in headings] for headings in records["headings"]] == [[90], [315], []]
    assert records["height"].tolist() == pytest.approx([4.5, np.nan, 6], nan_ok=True)
    assert cameras.read == len(records) + len(cameras.rows_set_aside)
    assert "hunter2" not in records.to_csv() + json.dumps(cameras.columns) + repr(cameras.mapping)


def frame(crs="EPSG:4326"):
    table = gpd.GeoDataFrame(
        [{k: v for k, v in c.items() if k not in ("lon", "lat")} for c in CAMERAS],
        geometry=[shapely.Point(c["lon"], c["lat"]) for c in CAMERAS], crs="EPSG:4326",
    )  # fmt: skip
    return table.to_crs(crs)


# --- spreadsheets -----------------------------------------------------------------------------------------------------


def workbook(path, above=(), sheets=("Cameras",)):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in sheets:
        sheet = book.create_sheet(title)
        if title.startswith("Cam"):
            for line in above:
                sheet.append(line)
            sheet.append(COLUMNS)
            for camera in CAMERAS:
                sheet.append([float(v) if k == "height" and v else v for k, v in camera.items()])
                sheet.cell(sheet.max_row, 2).data_type = "s"
        else:
            sheet.append(["some", "notes"])
            sheet.append(["and", "more"])
    book.save(path)
    return path


def test_xlsx(tmp_path):
    cameras = read_cameras(workbook(tmp_path / "c.xlsx"))
    check(cameras)
    assert cameras.format == "XLSX, sheet 'Cameras'"
    assert cameras.records["row"].tolist() == [2, 3, 4]


def test_xlsx_with_titles_above_the_header_and_notes_on_another_sheet(tmp_path):
    cameras = read_cameras(workbook(tmp_path / "c.xlsx", [["天网台账"], [], ["2024", "x"]], ["Notes", "Cameras"]))
    check(cameras)
    assert cameras.format == "XLSX, sheet 'Cameras' of 2"
    assert cameras.records["row"].tolist() == [5, 6, 7]


def test_of_two_sheets_of_cameras_one_must_be_named(tmp_path):
    path = workbook(tmp_path / "c.xlsx", sheets=["Cam A", "Cam B"])
    with pytest.raises(CameraError, match=r"several sheets have .* 'Cam A', 'Cam B'; name the one .* c.xlsx#SHEET"):
        read_cameras(path)
    check(read_cameras(f"{path}#Cam B"))
    with pytest.raises(CameraError, match="there is no sheet 'C'"):
        read_cameras(f"{path}#C")
    assert input_files(f"{path}#Cam B") == (path,)


def test_ids_and_dates_a_spreadsheet_stores_as_numbers(tmp_path):
    import datetime

    book = openpyxl.Workbook()
    book.active.append(["设备编码", "经度", "纬度", "安装日期"])
    book.active.append([51040200001320000001, 101.72, 26.58, datetime.datetime(2019, 3, 1)])
    book.active.append([12, 101.73, 26.58, datetime.date(2020, 4, 2)])
    book.active.append(["51040200001320000003", 101.74, 26.58, "2021年5月"])
    book.save(tmp_path / "n.xlsx")
    cameras = read_cameras(tmp_path / "n.xlsx")
    assert cameras.records["id"].tolist() == ["n.xlsx:2", "12", "51040200001320000003"]
    assert cameras.rejected == {"id": 1}
    assert cameras.records["installed"].tolist() == ["2019-03-01", "2020-04-02", "2021-05"]


def grid(path, rows, merged=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


ROWS = [["K-1", "Tal 1", 11.5, 48.1, 90, "active"], ["K-2", "Tal 2", 11.6, 48.2, 180, "removed"]]
HEADS = {
    "text above": (
        ["Cameras 2026"],
        ["Kamera-ID", "Standort", "Koordinaten", None, "Blickrichtung", "Status"],
        [None, None, "Länge", "Breite"],
    ),
    "text above, places last": (
        ["Kamera-ID", "Standort", "Blickrichtung", "Status", "Koordinaten", None],
        [None, None, None, None, "Länge", "Breite"],
    ),
    "places above": (
        ["Kamera-ID", "Standort", "Länge", "Breite", "Blick", None],
        [None, None, None, None, "Blickrichtung", "Status"],
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_header_merged_over_two_rows_is_read_as_one(tmp_path, name):
    head = HEADS[name]
    order = [0, 1, 4, 5, 2, 3] if name.endswith("last") else range(6)
    cameras = read_cameras(grid(tmp_path / "c.xlsx", [*head, *[[row[k] for k in order] for row in ROWS]]))
    assert cameras.records[["row", "id", "name", "lon", "lat", "status"]].to_numpy().tolist() == [
        [len(head) + 1, "K-1", "Tal 1", 11.5, 48.1, "working"]
    ]
    assert [h.azimuth for h in cameras.records["headings"][0]] == [90]
    assert cameras.set_aside == {"removed": 1}


def test_what_stands_below_a_private_title_is_private(tmp_path):
    head = ["设备型号", "联系", None, "坐标", None], [None, "名称", "编号", "经度", "纬度"]
    cameras = read_cameras(grid(tmp_path / "c.xlsx", [*head, ["M1", "Li", "138", 101.7, 26.5]]))
    assert cameras.records[["model", "name", "id"]].to_numpy().tolist() == [["M1", "", "c.xlsx:3"]]
    assert cameras.not_read == dict.fromkeys(("联系 名称", "联系 编号"), "private: access or contact data")


def test_a_note_beside_a_spreadsheet_breaks_no_row_but_a_cell_too_many_in_a_csv_does(tmp_path):
    rows = [["id", "lon", "lat"], ["1", 11.5, 48.1, None, "ask first"], ["2", 11.6, 48.2]]
    cameras = read_cameras(grid(tmp_path / "c.xlsx", rows))
    assert cameras.records["id"].tolist() == ["1", "2"]
    assert cameras.not_read == {"column 5": "not needed"}
    path = tmp_path / "c.csv"
    path.write_text("id,lon,lat\n1,11.5,48.1,,ask first\n2,11.6,48.2\n")
    assert read_cameras(path).set_aside == {"broken_row": 1}


def ods(path):
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    table = Table(name="Cameras")
    for cells in [["Inventory"], [], COLUMNS, *[list(c.values()) for c in CAMERAS]]:
        row = TableRow()
        for cell in cells:
            if isinstance(cell, float):
                made = TableCell(valuetype="float", value=cell)
            else:
                made = TableCell(valuetype="string")
                made.addElement(P(text=str(cell)))
            row.addElement(made)
        table.addElement(row)
    table.addElement(TableRow(numberrowsrepeated=1_000_000))
    document.spreadsheet.addElement(table)
    document.save(path)
    return path


def test_ods_with_a_million_empty_rows_below(tmp_path):
    cameras = read_cameras(ods(tmp_path / "c.ods"))
    check(cameras)
    assert cameras.format == "ODS, sheet 'Cameras'"
    assert cameras.records["row"].tolist() == [4, 5, 6]


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(tmp_path, encoding, delimiter):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(CAMERAS)
    text = buffer.getvalue().replace("name", "名称" if encoding == "gb18030" else "name")
    (tmp_path / "c.csv").write_bytes(text.encode(encoding))
    check(read_cameras(tmp_path / "c.csv"))


def test_csv_with_titles_above_its_header_keeps_its_line_numbers(tmp_path):
    (tmp_path / "c.csv").write_text("Inventory of 2024,,\n\nid,lon,lat\na,1,2\n", encoding="utf-8")
    assert read_cameras(tmp_path / "c.csv").records[["row", "id"]].to_numpy().tolist() == [[4, "a"]]


def test_plain_json_objects_and_a_table_under_data(tmp_path):
    for content in (CAMERAS, {"data": CAMERAS}, {"result": {"rows": CAMERAS}}):
        (tmp_path / "c.json").write_text(json.dumps(content), encoding="utf-8")
        check(read_cameras(tmp_path / "c.json"))


# --- GIS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4543", "EPSG:3857", "EPSG:4490"])
def test_geopackage_in_any_coordinate_system(tmp_path, crs):
    frame(crs).to_file(tmp_path / "c.gpkg", layer="cams")
    cameras = read_cameras(tmp_path / "c.gpkg")
    check(cameras)
    assert cameras.format == "GeoPackage"
    assert cameras.declared == "file"
    assert cameras.not_read["password"] == "private: access or contact data"


def test_of_several_layers_the_points_are_meant_or_one_is_named(tmp_path):
    path = tmp_path / "c.gpkg"
    frame().to_file(path, layer="cams")
    frame().assign(geometry=frame().buffer(0.01)).to_file(path, layer="areas")
    assert read_cameras(path).format == "GeoPackage, layer 'cams'"
    frame().to_file(path, layer="more cams")
    with pytest.raises(
        CameraError, match=r"several layers hold points among .*; name the one that is meant: c.gpkg#LAYER"
    ):
        read_cameras(path)
    check(read_cameras(f"{path}#more cams"))
    polygons = read_sheet(f"{path}#areas")
    assert {row.fault for row in polygons.rows} == {("not_a_point", "Polygon")}


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("cpg", [True, False])
def test_shapefile_with_and_without_its_encoding_bare_and_zipped(tmp_path, encoding, cpg):
    table = frame("EPSG:4543").rename(columns={"name": "名称"} if encoding == "GB18030" else {})
    if encoding == "GB18030":
        table.loc[1, "名称"] = CAMERAS[1]["name"].replace("ß", "ss")
    table.to_file(tmp_path / "c.shp", encoding=encoding, engine="pyogrio")
    parts = [p for p in tmp_path.iterdir() if cpg or p.suffix != ".cpg"]
    if not cpg:
        (tmp_path / "c.cpg").unlink(missing_ok=True)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for part in parts:
            archive.write(part, f"folder/C{part.suffix}")
    for name in ("c.shp", "c.zip"):
        cameras = read_cameras(tmp_path / name)
        assert cameras.records["name"].str.replace("ss", "ß").tolist() == [c["name"] for c in CAMERAS]
        assert cameras.records[["lon", "lat"]].to_numpy() == pytest.approx(
            np.array([[c["lon"], c["lat"]] for c in CAMERAS]), abs=1e-8
        )
        assert cameras.source == name


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
<Placemark><name>人民路口</name><description>&lt;table&gt;IP 10.0.0.1&lt;/table&gt;</description>
 <ExtendedData><Data name="id"><value>a1</value></Data><Data name="azimuth"><value>90</value></Data>
 <Data name="height"><value>4.5</value></Data><Data name="password"><value>hunter2</value></Data></ExtendedData>
 <Point><coordinates>101.720001,26.580001,0</coordinates></Point></Placemark>
<Placemark><name>Straße; &lt;b&gt;</name><ExtendedData><SchemaData><SimpleData name="id">a2</SimpleData>
 <SimpleData name="azimuth">NW</SimpleData></SchemaData></ExtendedData>
 <MultiGeometry><Point><coordinates> 101.721001, 26.581001 </coordinates></Point></MultiGeometry></Placemark>
<Placemark><name>=1+1</name><ExtendedData><Data name="id"><value>a3</value></Data>
 <Data name="height"><value>6</value></Data></ExtendedData>
 <Point><coordinates>101.722001,26.582001</coordinates></Point></Placemark>
<Placemark><name>line</name><LineString><coordinates>1,2 3,4</coordinates></LineString></Placemark>
<Placemark><name>none</name></Placemark>
<NetworkLink><Link><href>http://192.0.2.1/</href></Link></NetworkLink>
</Folder></Document></kml>"""


def test_kml_and_kmz(tmp_path):
    text = KML.replace("Straße; &lt;b&gt;", "Straße; b")
    (tmp_path / "c.kml").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "c.kmz", "w") as archive:
        archive.writestr("doc.kml", text)
        archive.writestr("files/icon.png", b"\x89PNG")
    for name in ("c.kml", "c.kmz"):
        cameras = read_cameras(tmp_path / name)
        assert cameras.records["name"].tolist() == ["人民路口", "Straße; b", "=1+1"]
        assert cameras.records["id"].tolist() == ["a1", "a2", "a3"]
        assert [(r.row, r.reason) for r in cameras.rows_set_aside] == [(4, "not_a_point"), (5, "no_coordinates")]
        assert "10.0.0.1" not in cameras.records.to_csv()
        assert "hunter2" not in cameras.records.to_csv()


# --- Chinese standards ------------------------------------------------------------------------------------------------

CATALOGUE = """<?xml version="1.0" encoding="GB2312"?>
<Response><CmdType>Catalog</CmdType><SN>1</SN><DeviceID>51040200002000000001</DeviceID><SumNum>5</SumNum>
<DeviceList Num="2">
<Item><DeviceID>51040200001320000001</DeviceID><Name>人民路与建设路口</Name><Manufacturer>M</Manufacturer><Model>X1</Model>
 <CivilCode>510402</CivilCode><Address>人民路</Address><Parental>0</Parental><Secrecy>0</Secrecy><Status>ON</Status>
 <IPAddress>10.1.2.3</IPAddress><Port>5060</Port><Password>hunter2</Password>
 <Longitude>101.720001</Longitude><Latitude>26.580001</Latitude>
 <Info><PTZType>3</PTZType><DirectionType>5</DirectionType><SupplyLightType>2</SupplyLightType><Resolution>5/6</Resolution>
  <HorizontalFieldAngle>78</HorizontalFieldAngle><MaxViewDistance>60</MaxViewDistance>
  <ContactInfo>Zhang 139</ContactInfo>
 </Info></Item>
<Item><DeviceID>51040200001320000002</DeviceID><Name>secret place</Name><Secrecy>1</Secrecy>
 <Longitude>101.730001</Longitude><Latitude>26.590001</Latitude></Item>
</DeviceList></Response>
"""
CATALOGUE += """<?xml version="1.0" encoding="GB2312"?>
<Response><DeviceList Num="3">
<Item><DeviceID>51040200002150000001</DeviceID><Name>分组</Name></Item>
<Item><DeviceID>51040200001320000003</DeviceID><Name>球机</Name><Status>OFF</Status>
 <Longitude>101.740001</Longitude><Latitude>26.600001</Latitude><Info><PTZType>1</PTZType></Info></Item>
<Item><DeviceID>51040200001320000004</DeviceID><Name>无坐标</Name></Item>
</DeviceList></Response>
"""


def test_a_gbt28181_catalogue_of_two_pages_in_gb2312(tmp_path):
    (tmp_path / "catalog.xml").write_bytes(CATALOGUE.encode("gb2312"))
    cameras = read_cameras(tmp_path / "catalog.xml")
    assert cameras.format == "GB/T 28181 catalogue (XML)"
    assert cameras.read == 5
    assert cameras.records["id"].tolist() == ["51040200001320000001", "51040200001320000003"]
    first = cameras.records.iloc[0]
    assert (first["name"], first["kind"], first["status"]) == ("人民路与建设路口", "fixed", "working")
    assert first["headings"][0].azimuth == 135
    assert first[["hfov", "range_m", "pixels"]].tolist() == [78, 60, 1920]
    assert (first["light"], first["model"], first["district"]) == ("infrared", "X1", "510402")
    assert cameras.records["status"].tolist() == ["working", "not_working"]
    aside = [(r.row, r.id, r.reason, r.detail) for r in cameras.rows_set_aside]
    assert aside == [
        (2, "", "secret", ""),
        (3, "51040200002150000001", "no_coordinates", ""),
        (5, "51040200001320000004", "no_coordinates", ""),
    ]
    everything = cameras.records.to_csv() + repr(cameras.mapping) + repr(cameras.columns) + repr(cameras.rows_set_aside)
    for private in ("10.1.2.3", "5060", "hunter2", "Zhang", "139", "secret place", "51040200001320000002"):
        assert private not in everything


def test_a_catalogue_that_says_gb2312_and_is_utf8(tmp_path):
    (tmp_path / "catalog.xml").write_bytes(CATALOGUE.encode("utf-8"))
    assert read_cameras(tmp_path / "catalog.xml").records["name"].iloc[0] == "人民路与建设路口"


APES = {
    "APEListObject": {
        "APEObject": [
            {"ApeID": "51040200001320000001", "Name": "路口", "IPAddr": "10.1.2.3", "Port": 80, "UserId": "admin",
             "Password": "hunter2", "Longitude": 101.72, "Latitude": 26.58, "MonitorDirection": "5", "IsOnline": "1"},
            {"ApeID": "51040200001320000002", "Longitude": 101.73, "Latitude": 26.58, "MonitorDirection": "9",
             "IsOnline": "2"},
            {"ApeID": "51040200001320000003", "Longitude": 0, "Latitude": 0},
            {},
        ]
    }
}  # fmt: skip


def test_ga1400_apes_have_their_own_direction_codes(tmp_path):
    (tmp_path / "apes.json").write_text(json.dumps(APES), encoding="utf-8")
    cameras = read_cameras(tmp_path / "apes.json")
    assert cameras.format == "GA/T 1400 APE (JSON)"
    assert [[h.azimuth for h in headings] for headings in cameras.records["headings"]] == [[45], []]
    assert cameras.records["status"].tolist() == ["working", "not_working"]
    assert [(r.row, r.reason) for r in cameras.rows_set_aside] == [(3, "zero_coordinates"), (4, "empty_row")]
    everything = cameras.records.to_csv() + repr(cameras.mapping)
    assert not any(private in everything for private in ("10.1.2.3", "hunter2", "admin"))


def test_a_folder_of_one_camera_files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    keys = {k: v for k, v in CAMERAS[0].items() if k not in ("lon", "lat")}
    nested = {"base": keys, "position": {"lon": 101.720001, "lat": 26.580001}, "contact": {"name": "Zhang"}}
    (folder / "1.json").write_text(json.dumps(nested), encoding="utf-8")
    pairs = "".join(f"{k}\t{v}\n" for k, v in CAMERAS[1].items())
    (folder / "2.txt").write_bytes(pairs.encode("utf-8"))
    xml = "".join(f"<{k}>{v}</{k}>" for k, v in CAMERAS[2].items())
    (folder / "3.xml").write_text(f"<camera>{xml}</camera>", encoding="utf-8")
    (folder / "4.json").write_text("{", encoding="utf-8")
    (folder / "5.json").write_text("[1, 2]", encoding="utf-8")
    (folder / "notes.docx").write_bytes(b"PK")
    cameras = read_cameras(folder)
    check(cameras)
    assert cameras.format == "folder of 5 one-camera files"
    assert [(r.row, r.reason) for r in cameras.rows_set_aside] == [(4, "broken_file"), (5, "broken_file")]
    assert "broken JSON" in cameras.rows_set_aside[0].detail
    assert [p.name for p in input_files(str(folder))] == ["1.json", "2.txt", "3.xml", "4.json", "5.json"]
    assert "Zhang" not in cameras.records.to_csv()


def test_mounts_come_in_every_format_as_well(tmp_path):
    mounts = read_mounts(workbook(tmp_path / "m.xlsx"))
    assert mounts["id"].tolist() == ["a1", "a2", "a3"]
    frame("EPSG:4543").to_file(tmp_path / "m.gpkg")
    assert read_mounts(tmp_path / "m.gpkg")["lon"].tolist() == pytest.approx([c["lon"] for c in CAMERAS], abs=1e-8)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", "zip:[Content_Types].xml", "broken XLSX workbook"),
        ("a.zip", "zip:readme.md", "the archive does not hold the list"),
        ("a.zip", "zip:a.csv,b.csv", r"holds several lists \(a.csv, b.csv\); name one: a.zip#NAME"),
        ("a.shp", b"\x00\x00\x27\x0a", "cannot be read: .*; export it again"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x00" * 100, "cannot be read: .*; export it again"),
        ("a.kml", b"<kml><Placemark>", "broken XML"),
        ("a.ods", "zip:content.xml", "broken ODS document"),
        ("a.xml", b"<a/>", r"this XML \(a\) is no GB/T 28181 catalogue"),
    ],
)
def test_a_broken_file_of_any_format_is_refused_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    if isinstance(content, str):
        with zipfile.ZipFile(path, "w") as archive:
            for inner in content.removeprefix("zip:").split(","):
                archive.writestr(inner, "rubbish")
    else:
        path.write_bytes(content)
    with pytest.raises(CameraError, match=message) as caught:
        read_cameras(path)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


# --- PostGIS ----------------------------------------------------------------------------------------------------------


def postgres_programs():
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Start a server of our own, as a user without privileges, on a socket in a temporary folder."""
    psycopg = pytest.importorskip("psycopg")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: postgresql, postgresql-15-postgis-3)")
    import tempfile

    root = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    user = {}
    if os.getuid() == 0:
        import pwd

        nobody = (
            pwd.getpwnam("postgres") if "postgres" in {p.pw_name for p in pwd.getpwall()} else pwd.getpwnam("nobody")
        )
        os.chown(root, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    run = {"check": True, "capture_output": True, "cwd": root, **user}
    subprocess.run(
        [programs / "initdb", "-D", root / "data", "-U", "planner", "-A", "trust", "-E", "UTF8", "--no-locale"], **run
    )
    options = f"-k {root} -c listen_addresses= -c fsync=off"
    subprocess.run([programs / "pg_ctl", "-D", root / "data", "-l", root / "log", "-o", options, "-w", "start"], **run)
    try:
        with psycopg.connect(f"host={root} user=planner dbname=postgres", autocommit=True) as connection:
            try:
                connection.execute("CREATE EXTENSION postgis")
            except psycopg.Error as error:
                pytest.skip(f"no PostGIS is installed: {error}")
            connection.execute('CREATE SCHEMA "my ""city"')
            connection.execute(
                'CREATE TABLE "my ""city".cameras (id text, name text, azimuth text, height real, password text, '
                "place geometry(Point, 4543))"
            )
            for c in CAMERAS:
                connection.execute(
                    'INSERT INTO "my ""city".cameras VALUES (%s, %s, %s, %s, %s, '
                    "ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 4543))",
                    (c["id"], c["name"], c["azimuth"], c["height"] or None, c["password"], c["lon"], c["lat"]),
                )
            connection.execute("CREATE TABLE mixed (id int, g geometry)")
            connection.execute(
                "INSERT INTO mixed VALUES (1, 'SRID=4326;POINT(101.7 26.5)'), (2, 'SRID=4326;LINESTRING(0 0, 1 1)'), "
                "(3, NULL), (4, 'SRID=4326;POINT EMPTY')"
            )
        yield f"postgresql://planner@/postgres?host={root}"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", root / "data", "-m", "immediate", "stop"], **run | {"check": False})
        shutil.rmtree(root, ignore_errors=True)


def test_a_postgis_table_is_read_in_its_coordinate_system_without_its_passwords(database):
    address = f'{database}&table=my "city.cameras'
    cameras = read_cameras(address)
    check(cameras)
    assert (cameras.source, cameras.format) == ('postgis my "city.cameras', "PostGIS")
    assert (str(cameras.system), cameras.declared) == ("EPSG:4543", "file")
    assert cameras.not_read["password"] == "private: access or contact data"
    assert input_files(address) == ()
    assert source_name(address) == 'postgis my "city.cameras'


def test_a_query_is_read_and_every_row_accounted_for(database):
    cameras = read_cameras(f"{database}&query=SELECT * FROM mixed ORDER BY id;")
    assert cameras.records[["id", "lon", "lat"]].to_numpy().tolist() == [["1", 101.7, 26.5]]
    assert [(r.row, r.reason) for r in cameras.rows_set_aside] == [
        (2, "not_a_point"), (3, "no_coordinates"), (4, "no_coordinates"),
    ]  # fmt: skip


def test_plain_columns_of_a_database_do_without_geometry(database):
    cameras = read_cameras(f"{database}&query=SELECT 101.7 AS lon, 26.5 AS lat, 'x' AS id")
    assert cameras.records[["id", "lon", "lat"]].to_numpy().tolist() == [["x", 101.7, 26.5]]


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("", r"say which rows with \?table="),
        ("&table=a&query=b", r"say which rows with \?table="),
        ("&table=none", 'the database says: relation "none" does not exist'),
        ("&query=SELECT", "the database says: .*|no longitude"),
        ("&query=DELETE FROM mixed RETURNING *", "the database says"),
        ("&query=SELECT 1) AS q; DROP TABLE mixed; --", "the database says: cannot insert multiple commands"),
        ("&query=SELECT 1) AS q; COMMIT; DROP TABLE mixed; --", "the database says: cannot insert multiple commands"),
        ("&query=WITH d AS (DELETE FROM mixed RETURNING *) SELECT * FROM d", "the database says"),
    ],
)
def test_nothing_is_written_and_what_the_database_says_is_one_line(database, rest, message):
    with pytest.raises(CameraError, match=message) as caught:
        read_cameras(database + rest)
    assert "\n" not in str(caught.value)
    assert read_cameras(f"{database}&query=SELECT * FROM mixed").read == 4


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(CameraError, match="postgis t: the database says: ") as caught:
        read_cameras(f"postgresql://u:hunter2@/d?host={tmp_path}&table=t")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(CameraError, match="an @ in the password is written %40") as caught:
        read_cameras(f"postgresql://u:hunter@2@/d?host={tmp_path}&table=t")
    assert "hunter" not in str(caught.value)


# --- sources in a project file, and on the command line ---------------------------------------------------------------


def test_each_source_of_a_project_file_has_its_own_system_and_dialect(tmp_path):
    from camgap.config.project import load_settings

    (tmp_path / "own.toml").write_text('[columns]\nlon = ["E"]\nlat = ["N"]\n', encoding="utf-8")
    (tmp_path / "a.csv").write_text("E,N\n101.721575821,26.576433936\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("x,y,朝向\n472106.062,2941124.696,90\n", encoding="utf-8")
    (tmp_path / "camgap.toml").write_text(
        '[inputs]\ncameras = ["b.csv"]\ncrs = "EPSG:4543"\n'
        '[[inputs.sources]]\nfile = "a.csv"\ncrs = "GCJ-02"\ndialect = "own.toml"\n'
        '[[inputs.sources]]\nfile = "postgresql://u@h/d?table=t"\n[[inputs.sources]]\nfile = "osm"\n',
        encoding="utf-8",
    )
    sources = load_settings(tmp_path / "camgap.toml").inputs.camera_sources()
    assert [s.file for s in sources[2:]] == ["postgresql://u@h/d?table=t", "osm"]
    for source in sources[:2]:
        cameras = read_cameras(source.file, source.crs or "", source.dialect or "")
        assert cameras.records[["lon", "lat"]].to_numpy()[0] == pytest.approx((101.72, 26.58), abs=2e-8)
    over = load_settings(tmp_path / "camgap.toml", cameras=["other.csv"], cameras_crs="BD-09").inputs
    assert [(s.file, s.crs) for s in over.camera_sources()] == [("other.csv", "BD-09")]


def test_check_prints_a_dialect_file_and_reads_by_it(tmp_path, capsys):
    import sys

    from camgap.cli import main

    path = tmp_path / "c.csv"
    path.write_text("lon,lat,azimuht\n101.721575821,26.576433936,90\n", encoding="utf-8")

    def check_of(*args):
        sys.argv = ["camgap", "check", "--cameras", str(path), *args]
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, None)
        return capsys.readouterr().out

    toml = check_of("--as-toml").replace("# azimuth = ", "azimuth = ")
    (tmp_path / "own.toml").write_text(toml, encoding="utf-8")
    result = json.loads(check_of("--json", "--dialect", str(tmp_path / "own.toml"), "--cameras-crs", "GCJ-02"))
    first = result["lists"]["c.csv"]["first_rows"][0]
    assert first["headings"] == [{"azimuth": 90.0, "span": None}]
    assert (first["lon"], first["lat"]) == pytest.approx((101.72, 26.58), abs=1e-8)
    assert "azimuth" in check_of()


@pytest.mark.parametrize(("name", "encoding", "shown"), [
    ("Größe", "cp1252", "CP1252"), ("Straße über Öl", "cp1252", "CP1252"), ("桥东A座", "gb18030", "GB18030"),
    ("서현로 3", "cp949", "CP949"),
])  # fmt: skip
def test_the_encoding_is_told_by_one_name_alone(tmp_path, name, encoding, shown):
    (tmp_path / "c.csv").write_bytes(f"id;lon;lat;name\na;1.5;2.5;{name}\n".encode(encoding))
    cameras = read_cameras(tmp_path / "c.csv")
    assert cameras.records["name"].tolist() == [name]
    assert shown in cameras.format
