"""Whatever bytes come in: every reader answers with rows that add up, or with one line of camgap's own error family."""

import io
import json
import zipfile

import geopandas as gpd
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camgap.coverage.errors import CamgapError
from camgap.coverage.inputs.inventory import check_summary, mapping_file, read_cameras

SEEDS = {
    "csv": (
        "设备编码,经度,纬度,方位角,状态,Secrecy\r\n51040200001320000001,101.72,26.58,90,在线,0\r\n"
        "x,1,2,NW,?,1\r\n"
    ).encode(),
    "geojson": json.dumps(
        {"type": "FeatureCollection", "features": [{"type": "Feature", "id": 1,
         "geometry": {"type": "Point", "coordinates": [1, 2]},
         "properties": {"azimuth": [1, 2], "name": {"a": 1}}}]}
    ).encode(),
    "json": json.dumps(
        {"APEListObject": {"APEObject": [{"ApeID": "1", "Longitude": 1.5, "Latitude": "2", "IsOnline": 1}]}}
    ).encode(),
    "xml": (
        "<?xml version='1.0' encoding='GB2312'?><R><Item><DeviceID>51040200001320000001</DeviceID><Longitude>"
        "101.7</Longitude><Latitude>26.5</Latitude><Info><DirectionType>5</DirectionType></Info></Item></R>"
    ).encode("gb2312"),
    "kml": b"<kml><Placemark><name>a</name><Point><coordinates>1,2,3</coordinates></Point></Placemark></kml>",
}  # fmt: skip


def packed(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # stored: changed bytes reach the parts' readers
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat", "id", "height"])
    book.active.append([1.5, 2.5, "a", "3 m"])
    book.save(folder / "s.xlsx")
    stored = {}
    with zipfile.ZipFile(folder / "s.xlsx") as archive:
        stored = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in stored.items():
            archive.writestr(name, content)
    frame = gpd.GeoDataFrame({"id": ["a"], "azimuth": ["N"]}, geometry=[shapely.Point(1, 2)], crs=4326)
    frame.to_file(folder / "s.gpkg")
    frame.to_file(folder / "s.shp")
    with zipfile.ZipFile(folder / "shp.zip", "w") as archive:
        for suffix in ("shp", "shx", "dbf", "prj"):
            archive.write(folder / f"s.{suffix}", f"s.{suffix}")
    ods = "urn:oasis:names:tc:opendocument:xmlns:"
    cells = "".join(f"<t:table-cell><x:p>{c}</x:p></t:table-cell>" for c in ("lon", "lat"))
    values = "".join(f'<t:table-cell o:value-type="float" o:value="{c}"/>' for c in (1.5, 2.5))
    content = (
        f'<d xmlns:t="{ods}table:1.0" xmlns:x="{ods}text:1.0" xmlns:o="{ods}office:1.0"><t:table t:name="T">'
        f"<t:table-row>{cells}</t:table-row><t:table-row>{values}</t:table-row></t:table></d>"
    )
    return SEEDS | {
        "xlsx": buffer.getvalue(), "gpkg": (folder / "s.gpkg").read_bytes(), "zip": (folder / "shp.zip").read_bytes(),
        "ods": packed(content_xml=content), "kmz": packed(doc_kml=SEEDS["kml"]),
    }  # fmt: skip


def accounted(path):
    """Read a file; assert that it is refused in one line or that its rows add up and can be shown."""
    try:
        cameras = read_cameras(path)
    except CamgapError as error:
        refusal = str(error)
    else:
        assert_accounted(cameras)
        return
    assert "\n" not in refusal
    assert len(refusal) < 1000


def assert_accounted(cameras):
    """Assert that a list's rows add up, are on Earth, and can be shown."""
    assert cameras.read == len(cameras.records) + len(cameras.rows_set_aside)
    assert cameras.records["lon"].between(-180, 180).all()
    assert cameras.records["lat"].between(-90, 90).all()
    assert cameras.records["id"].is_unique
    json.dumps(check_summary(cameras), allow_nan=False)
    mapping_file(cameras).encode("utf-8")


def mutate(data, changes):
    """Return bytes with pieces overwritten, cut out, doubled or inserted."""
    for kind, at, size, filler in changes:
        at %= len(data) + 1
        piece = data[at : at + size]
        new = {0: filler, 1: b"", 2: piece + piece, 3: filler + piece}[kind]
        data = data[:at] + new + data[at + size :]
    return data


TOKENS = [
    b",",
    b'"',
    b"\n",
    b";",
    b"\x00",
    b"\xff",
    b"<",
    b">",
    b"&",
    b"{",
    b"}",
    b"[",
    b"]",
    b"1e999",
    b"NaN",
    b"-1",
    b"=",
    b"999999999999",
]
filler = st.one_of(st.binary(max_size=6), st.sampled_from(TOKENS))
changes = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 100_000), st.integers(0, 40), filler), min_size=1, max_size=6
)
quiet = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("form", ["csv", "geojson", "json", "xml", "kml", "xlsx", "ods", "kmz", "zip", "gpkg"])
def test_a_damaged_file_is_refused_or_accounted_for(tmp_path, seeds, form):
    @quiet
    @given(changes)
    def damaged(steps):
        path = tmp_path / f"c.{form}"
        path.write_bytes(mutate(seeds[form], steps))
        accounted(path)

    damaged()


@pytest.mark.parametrize("suffix", ["csv", "json", "xml", "kml", "txt", "xlsx", "shp", "gpkg", "zip"])
def test_any_bytes_are_refused_or_accounted_for(tmp_path, suffix):
    @quiet
    @given(st.binary(max_size=200))
    def anything(data):
        path = tmp_path / f"c.{suffix}"
        path.write_bytes(data)
        accounted(path)

    anything()


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
objects = st.lists(
    st.dictionaries(st.sampled_from(
            ["lon", "lat", "id", "azimuth", "type", "geometry", "properties", "ApeID", "pixels", "secret"]
        ), json_values),
    max_size=4,
)  # fmt: skip


@quiet
@given(objects, st.sampled_from([None, "features", "elements", "data"]))
def test_any_json_is_refused_or_accounted_for(tmp_path_factory, content, wrapper):
    path = tmp_path_factory.mktemp("json") / "c.json"
    wrapped = {wrapper: content, "type": "FeatureCollection"} if wrapper == "features" else {wrapper: content}
    path.write_text(json.dumps(content if wrapper is None else wrapped), encoding="utf-8")
    accounted(path)


cells = st.one_of(
    st.text(max_size=12),
    st.floats().map(str),
    st.sampled_from(["90;270", "12,5", "5.1E+19", "1 000", "4MP", "2020-13-40", "48°8'", "0", "1"]),
)
names = st.sampled_from(
    ["lon", "lat", "id", "name", "azimuth", "hfov", "range", "near", "height", "count", "kind", "status", "resolution",
     "install date", "secret",     "ir range", "light", "PTZ home", "DirectionType", "password", "x y", ""]
)  # fmt: skip


@quiet
@given(st.lists(names, min_size=1, max_size=8), st.lists(st.lists(cells, max_size=9), max_size=6))
def test_any_table_is_refused_or_accounted_for(tmp_path_factory, header, rows):
    import csv

    path = tmp_path_factory.mktemp("csv") / "c.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([["lon", "lat", *header], *[["1.5", "2.5", *row] for row in rows]])
    accounted(path)
