"""Whatever a list says comes back, in every format, language, encoding and order of columns it may be written in."""

import csv
import io
import json
import zipfile
from datetime import date
from xml.sax.saxutils import escape

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camgap.coverage.inputs.dialects import LANGUAGES, shipped
from camgap.coverage.inputs.inventory import read_cameras

PLAIN = ("utf-8", "utf-8-sig", "utf-16")
ENCODINGS = {"chinese": (*PLAIN, "gb18030"), "korean": (*PLAIN, "cp949")} | dict.fromkeys(
    ("english", "german", "french", "spanish"), (*PLAIN, "cp1252")
)
NAMES = {  # with what breaks tables: separators, quotation marks, formulas
    "english": ("Main St; corner", '5" pipe, north', "=1+1", "O'Hara|x"), "chinese": ("人民路与建设路口", "桥,东"),
    "korean": ("서현로 사거리", "정자동; 1"), "german": ("Grünstraße", "Größe, 2"),
    "french": ("Rue de l'Évêché", "n° 4; est"), "spanish": ("Calle de la Peña", "Plaza, 3"),
}  # fmt: skip
WORDS = {  # field -> meaning -> words for it, in the language where it has its own
    "kind": {"fixed": ("fixed", "bullet"), "dome": ("dome",), "panning": ("PTZ", "speed dome")},
    "status": {"working": ("working", "online", "active"), "not_working": ("offline", "broken", "out of order")},
}
OWN_WORDS = {
    "chinese": {"kind": {"fixed": ("枪机",), "dome": ("半球",), "panning": ("球机", "云台")},
                "status": {"working": ("在线", "正常"), "not_working": ("离线", "故障")}},
    "korean": {"kind": {"fixed": ("고정",), "dome": ("돔",), "panning": ("회전",)},
               "status": {"working": ("정상",), "not_working": ("고장",)}},
}  # fmt: skip
EASY = ("lon", "lat", "id", "name")
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def headings(language):
    """Return pairs of a heading's text and the azimuths it means."""
    points = {"N": 0.0, "NE": 45.0, "SSW": 202.5, "west": 270.0} | ({"东南": 135.0} if language == "chinese" else {})
    one = st.integers(0, 359).map(lambda a: (str(a), [float(a)]))
    point = st.sampled_from(sorted(points)).map(lambda p: (p, [points[p]]))
    two = st.tuples(st.integers(0, 179), st.integers(180, 359)).map(lambda t: (f"{t[0]};{t[1]}", [*map(float, t)]))
    return st.one_of(one, point, two)


@st.composite
def cameras(draw, language):
    """What is true of some cameras, and how it is written: field -> (text, value)."""
    words = OWN_WORDS.get(language, WORDS)

    def word(field):
        meaning = draw(st.sampled_from(sorted(words[field])))
        return draw(st.sampled_from(words[field][meaning])), meaning

    def number(low, high, *units):
        value = draw(st.integers(low * 10, high * 10)) / 10
        return f"{value:g}{draw(st.sampled_from(('', *units)))}", value

    made = []
    for n in range(draw(st.integers(1, 5))):
        lon, lat = (
            draw(st.integers(-limit, limit).filter(lambda i: abs(i) > 10)) / 1e6 for limit in (179_999_999, 89_999_999)
        )
        text = draw(st.sampled_from(NAMES[language])) + f" {n}"
        day = draw(st.dates(date(1990, 1, 1), date(2090, 1, 1))).isoformat()
        written, azimuths = draw(headings(language))
        width = draw(st.sampled_from((1280, 1920, 2560, 3840)))
        full = {
            "lon": (f"{lon:.6f}", lon), "lat": (f"{lat:.6f}", lat), "id": (f"k{n}", f"k{n}"), "name": (text, text),
            "azimuth": (written, azimuths), "hfov": number(1, 360, "°", " deg"), "range_m": number(100, 500, " m"),
            "height": number(1, 300, " m", "m"), "tilt": number(0, 90, "°"), "kind": word("kind"),
            "status": word("status"),
            "count": (c := str(draw(st.integers(1, 9))), int(c)), "pixels": (f"{width}x{width * 9 // 16}", width),
            "model": (m := f"DS-{draw(st.integers(1, 999))}x", m), "ir_m": number(0, 200, " m"),
            "installed": (day, day), "inspected": (day[:7], day[:7]), "date": (day[:4], day[:4]),
            "inspection": ("good", "good"), "p_working": ("0.7", 0.7),
            "pole": (p := f"P{n}", p), "district": (d := f"D {n % 2}", d),
        }  # fmt: skip
        kept = draw(st.sets(st.sampled_from([f for f in full if f not in EASY])))
        made.append({f: said for f, said in full.items() if f in EASY or f in kept})
    return made


def columns_for(draw, language, fields, short=False):
    """Return a spelling for every field, in the order drawn."""
    english = shipped()["english"].columns
    spellings = {}
    for field in draw(st.permutations(fields)):
        known = [name for name in shipped()[language].columns.get(field, english[field]) if name != "fid"]
        spellings[field] = draw(st.sampled_from(known))
    return spellings


def as_csv(path, rows, draw, language):
    encoding, delimiter = draw(st.sampled_from(ENCODINGS[language])), draw(st.sampled_from([",", ";", "\t", "|"]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, list(rows[0]), delimiter=delimiter, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def as_xlsx(path, rows, draw, _):
    book = openpyxl.Workbook()
    sheet = book.active
    for line in draw(st.sampled_from([[], [["Cameras of the town"], []]])):
        sheet.append(line)
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([None if v == "" else float(v) if _is_number(v) else v for v in row.values()])
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(path)


def _is_number(text):
    try:
        return str(float(text)).removesuffix(".0") == text
    except ValueError:
        return False


def as_ods(path, rows, draw, _):
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    cells = [
        "".join(
            f'<t:table-cell o:value-type="string"><x:p>{escape(c)}</x:p></t:table-cell>' if c else "<t:table-cell/>"
            for c in line
        )
        for line in lines
    ]
    body = "".join(f"<t:table-row>{line}</t:table-row>" for line in cells)
    content = (
        f'<d xmlns:t="{space}table:1.0" xmlns:x="{space}text:1.0" xmlns:o="{space}office:1.0">'
        f'<t:table t:name="T">{body}</t:table></d>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", content)


def as_geojson(path, rows, draw, _):
    features = [
        {"type": "Feature", "properties": {k: v for k, v in row.items() if k not in ("lon", "lat") and v},
         "geometry": {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]}}
        for row in rows
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def as_gpkg(path, rows, draw, _):
    crs = (
        draw(st.sampled_from(["EPSG:4326", "EPSG:3857"]))
        if all(abs(float(r["lat"])) < 85 for r in rows)
        else "EPSG:4326"
    )
    table = gpd.GeoDataFrame(
        [{k: v or None for k, v in row.items() if k not in ("lon", "lat")} for row in rows],
        geometry=[shapely.Point(float(r["lon"]), float(r["lat"])) for r in rows], crs="EPSG:4326",
    ).to_crs(crs)  # fmt: skip
    table.to_file(path, engine="pyogrio")


def as_kml(path, rows, draw, _):
    marks = "".join(
        "<Placemark><ExtendedData>"
        + "".join(
            f'<Data name="{escape(k)}"><value>{escape(v)}</value></Data>'
            for k, v in row.items()
            if v and k not in ("lon", "lat")
        )
        + f"</ExtendedData><Point><coordinates>{row['lon']},{row['lat']},0</coordinates></Point></Placemark>"
        for row in rows
    )
    path.write_text(f"<kml><Document>{marks}</Document></kml>", encoding="utf-8")


TABLES = {".csv": as_csv, ".xlsx": as_xlsx, ".ods": as_ods}
LAYERS = {".geojson": as_geojson, ".gpkg": as_gpkg, ".kml": as_kml}


@pytest.mark.parametrize("suffix", [*TABLES, *LAYERS])
@settings(quiet, max_examples=25)
@given(st.data())
def test_what_a_list_says_comes_back(tmp_path, suffix, data):
    language = data.draw(st.sampled_from(LANGUAGES))
    made = data.draw(cameras(language))
    fields = [f for f in dict.fromkeys(f for row in made for f in row) if suffix in TABLES or f not in ("lon", "lat")]
    spelled = columns_for(data.draw, language, fields)
    rows = [{name: row[f][0] if f in row else "" for f, name in spelled.items()} for row in made]
    if suffix in LAYERS:
        rows = [r | {"lon": row["lon"][0], "lat": row["lat"][0]} for r, row in zip(rows, made, strict=True)]
    path = tmp_path / f"list{suffix}"
    (TABLES | LAYERS)[suffix](path, rows, data.draw, language)
    found = read_cameras(path)
    assert found.read == len(made)
    assert found.rejected_values == ()
    kept = {record["id"]: record for record in found.records.to_dict("records")}
    for row in made:
        assert_said(kept[row["id"][0]], row)


def assert_said(record, row):
    """Assert that a record says what was written, and nothing else."""
    assert (record["lon"], record["lat"]) == pytest.approx((row["lon"][1], row["lat"][1]), abs=2e-9)
    assert record["name"] == row["name"][1]
    assert [h.azimuth for h in record["headings"]] == row.get("azimuth", ("", []))[1]
    for field in ("hfov", "range_m", "height", "tilt", "pixels", "ir_m"):
        assert record[field] == pytest.approx(row.get(field, ("", np.nan))[1], nan_ok=True), field
    assert record["count"] == row.get("count", ("", 1))[1]
    for field in ("kind", "status"):
        assert record[field] == row.get(field, ("", "unknown"))[1]
    for field in ("model", "installed", "inspected", "date", "pole", "district"):
        assert record[field] == row.get(field, ("", ""))[1], field


# --- the codes of the standards ---------------------------------------------------------------------------------------

CODES = {  # code -> azimuth
    "gbt28181": {1: 90, 2: 270, 3: 180, 4: 0, 5: 135, 6: 45, 7: 225, 8: 315},
    "gat1400": {1: 90, 2: 270, 3: 180, 4: 0, 5: 45, 6: 225, 7: 135, 8: 315},
}
coded = st.lists(
    st.tuples(
        st.integers(-179_000_000, 179_000_000).filter(lambda i: abs(i) > 10).map(lambda i: i / 1e6),
        st.integers(-89_000_000, 89_000_000).filter(lambda i: abs(i) > 10).map(lambda i: i / 1e6),
        st.integers(1, 8), st.sampled_from(["人民路与建设路口", "桥东", "Gate <1> & 2"]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(quiet, max_examples=25)
@given(coded, st.sampled_from(["gb2312", "gb18030", "utf-8"]))
def test_a_random_catalogue_comes_back_in_its_own_direction_codes(tmp_path, made, encoding):
    items = "".join(
        f"<Item><DeviceID>5104020000132{n:07d}</DeviceID><Name>{escape(name)}</Name><Longitude>{lon}</Longitude>"
        f"<Latitude>{lat}</Latitude><Info><DirectionType>{code}</DirectionType></Info></Item>"
        for n, (lon, lat, code, name) in enumerate(made, start=1)
    )
    path = tmp_path / "c.xml"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?><Response>{items}</Response>'.encode(encoding))
    assert_coded(read_cameras(path), made, "gbt28181")


@settings(quiet, max_examples=25)
@given(coded)
def test_random_apes_come_back_in_their_own_direction_codes(tmp_path, made):
    objects = [
        {
            "ApeID": f"5104020000119{n:07d}",
            "Name": name,
            "Longitude": lon,
            "Latitude": lat,
            "MonitorDirection": str(code),
        }
        for n, (lon, lat, code, name) in enumerate(made, start=1)
    ]
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"APEListObject": {"APEObject": objects}}), encoding="utf-8")
    assert_coded(read_cameras(path), made, "gat1400")


def assert_coded(found, made, standard):
    assert found.rows_set_aside == ()
    rows = zip(*(found.records[c] for c in ("lon", "lat", "headings", "name")), strict=True)
    assert [(lon, lat, h[0].azimuth, name) for lon, lat, h, name in rows] == [
        (lon, lat, CODES[standard][code], name) for lon, lat, code, name in made
    ]
