"""Any source of camera lists -> a sheet: which reader is meant is told by the content, not by the name."""

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.csv_files import csv_sheet
from camgap.coverage.inputs.dialects import Dialect
from camgap.coverage.inputs.folders import folder_files, folder_sheet
from camgap.coverage.inputs.json_files import json_sheet
from camgap.coverage.inputs.layers import layer_sheet
from camgap.coverage.inputs.limits import open_archive, read_limited, unpack
from camgap.coverage.inputs.postgis import database_sheet, is_database, shown_address
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.secrecy import without_access_data
from camgap.coverage.inputs.sheets import Sheet
from camgap.coverage.inputs.text_files import decode_text, decode_xml
from camgap.coverage.inputs.workbooks import ods_sheet, xlsx_sheet
from camgap.coverage.inputs.xml_files import xml_sheet

_LAYERS = {".gpkg": "GeoPackage", ".shp": "Shapefile", ".fgb": "FlatGeobuf"}
_SQLITE, _ZIP = b"SQLite format 3", b"PK\x03\x04"
_TEXTS = (".csv", ".tsv", ".txt", ".json", ".geojson", ".xml", ".kml")


def read_sheet(source: str | Path, dialect: Dialect | None = None) -> Sheet:
    """Read a list of places: a file, one sheet or layer of it (``FILE#NAME``), a folder, a database.

    CSV and TSV, XLSX, ODS, GeoJSON, OpenStreetMap elements as JSON, JSON objects, GeoPackage, Shapefile (also in a ZIP
    archive), FlatGeobuf, KML, KMZ, GB/T 28181 catalogues (XML), GA/T 1400 APE objects (JSON), folders of one-camera
    files, ``postgresql://`` addresses.

    A sheet or layer that was asked for is part of the name of the list, so that several of one file can be told apart.

    Raises
    ------
    CameraError
        If the source cannot be read, is empty, too large or of another kind.
    """
    return without_access_data(_sheet(source, dialect))


def _sheet(source: str | Path, dialect: Dialect | None) -> Sheet:
    if is_database(str(source)):
        return database_sheet(str(source))
    path, part = split_part(source)
    sheet = _file_sheet(path, part, dialect)
    return replace(sheet, source=_named(path, part)) if part else sheet


def _named(path: Path, part: str) -> str:
    return tidy(path.name) + (f"#{tidy(part, 40)}" if part else "")


def _file_sheet(path: Path, part: str, dialect: Dialect | None) -> Sheet:
    if path.is_dir():
        return folder_sheet(path)
    name = tidy(path.name)
    suffix = path.suffix.lower()
    data = read_limited(path)
    if data.startswith(_SQLITE) or suffix in _LAYERS:
        return layer_sheet(path, name, _LAYERS.get(suffix, "GeoPackage"), part)
    if data.startswith(_ZIP):
        return _archive_sheet(data, name, part, dialect)
    if part:
        raise CameraError(f"{name}: a text file has no sheets or layers; leave out '#{tidy(part, 30)}'")
    return text_sheet(data, name, suffix, dialect)


def text_sheet(data: bytes, source: str, suffix: str, dialect: Dialect | None = None) -> Sheet:
    """Return the rows of a text file of any of the kinds known."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or suffix == ".kml":
        return xml_sheet(decode_xml(data, source), source)
    text, encoding = decode_text(data, source)
    start_text = text.lstrip("\ufeff \t\r\n")[:1]
    if start_text == "<":
        return xml_sheet(text, source)
    if start_text in ("{", "[") or suffix in (".json", ".geojson"):
        return json_sheet(text, source)
    return csv_sheet(text, encoding, source, dialect)


def split_part(source: str | Path) -> tuple[Path, str]:
    """Return path and sheet or layer name of ``FILE#NAME``; a file whose own name has a ``#`` is that file."""
    path = Path(source)
    if path.exists() or "#" not in path.name:
        return path, ""
    file, _, part = str(source).rpartition("#")
    return Path(file), part


def input_files(source: str) -> tuple[Path, ...]:
    """Return the files a source is read from; none for a database."""
    if is_database(source):
        return ()
    path, _ = split_part(source)
    return tuple(folder_files(path)) if path.is_dir() else (path,)


def source_name(source: str) -> str:
    """Return what a source is called in results."""
    return shown_address(source) if is_database(source) else _named(*split_part(source))


def _archive_sheet(data: bytes, source: str, part: str, dialect: Dialect | None) -> Sheet:
    archive = open_archive(data, source)
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if "xl/workbook.xml" in names or "[Content_Types].xml" in names:
        return xlsx_sheet(data, source, part, dialect)
    if "content.xml" in names:
        return ods_sheet(archive, source, part, dialect)
    known = [n for n in names if PurePosixPath(n).suffix.lower() in (*_TEXTS, ".shp") and "__MACOSX" not in n]
    kinds = [n for n in known if PurePosixPath(n).suffix.lower() in (".shp", ".kml")] or known
    meant = [n for n in kinds if part in ("", PurePosixPath(n).name)]
    if len(meant) != 1:
        shown = ", ".join(tidy(n, 30) for n in kinds[:6]) or "nothing that can be read"
        what = "holds several lists" if len(meant) > 1 else "does not hold the list"
        raise CameraError(f"{source}: the archive {what} ({shown}); name one: {source}#NAME")
    inner = PurePosixPath(meant[0])
    if inner.suffix.lower() == ".shp":
        return _zipped_shapefile(archive, names, inner, source)
    return text_sheet(unpack(archive, meant[0], source), source, inner.suffix.lower(), dialect)


def _zipped_shapefile(archive: zipfile.ZipFile, names: list[str], shp: PurePosixPath, source: str) -> Sheet:
    """Unpack a shapefile's parts under plain names and read it."""
    stem = str(shp.with_suffix("")).casefold()
    with tempfile.TemporaryDirectory(prefix="camgap-") as folder:
        for name in names:
            path = PurePosixPath(name)
            if str(path.with_suffix("")).casefold() == stem and len(path.suffix) == 4:
                (Path(folder) / f"layer{path.suffix.lower()}").write_bytes(unpack(archive, name, source))
        return layer_sheet(Path(folder) / "layer.shp", source, "Shapefile (ZIP)")
