"""Filled GPX and KML visit lists -> rows: what was written into the lines of a waypoint's description.

Every navigator lets its user edit that text, hardly one the data beside it; a KML's data (``ExtendedData``), which GIS
programs show as columns, is read as well.
"""

import html
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from camgap.coverage.inputs.limits import check_rows, read_limited
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Row, Sheet
from camgap.coverage.inputs.text_files import decode_xml
from camgap.coverage.inputs.xml_files import parse_xml

NOTES = {".gpx": "wpt", ".kml": "Placemark"}  # ending of a file -> its element for a place
_TEXTS = ("desc", "cmt", "description")
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)  # apps that write HTML end lines like this
_MARKUP = re.compile(r"<[^>]*>")
_LINE = re.compile(r"\s*([a-z_]+)\s*[:=](.*)")
_CODED = ("source", "camera")  # names and keys may hold markup, which viewers would take for HTML
_MARKS = re.compile("[<>&%]")


def note_lines(cells: dict[str, str]) -> str:
    """Return cells as lines of a description, to be filled in and read back."""
    coded = {name: _MARKS.sub(_code, text) if name in _CODED else text for name, text in cells.items()}
    return "\n".join(f"{name}: {text}".rstrip() for name, text in coded.items())


def _code(mark: re.Match[str]) -> str:
    return f"%{ord(mark[0]):02X}"


def notes_sheet(path: Path) -> Sheet:
    """Return one row per waypoint or placemark that has lines ``name: value``; others, as the walk itself, are none.

    Raises
    ------
    CameraError
        If the file cannot be read.
    """
    source = tidy(path.name)
    root = parse_xml(decode_xml(read_limited(path), source), source)
    marks = list(root.iter(NOTES[path.suffix.lower()]))
    check_rows(len(marks), source)
    rows = []
    columns: dict[str, None] = {}
    for number, mark in enumerate(marks, start=1):
        found = [*_data(mark), *_lines(mark)]
        if found:
            columns |= dict.fromkeys(name for name, _ in found)
            cells, fault = _cells(found)
            rows.append(Row(number, cells | _where(mark), fault=fault))
    columns |= dict.fromkeys(("longitude", "latitude"))
    return Sheet(source, path.suffix[1:].upper(), "waypoint", tuple(columns), tuple(rows))


def _cells(found: list[tuple[str, str]]) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Return what a place says, and a fault where its data and its description say different things."""
    said: dict[str, str] = {}
    fault = None
    for name, text in found:
        if text and said.setdefault(name, text) != text:
            fault = (f"{name} is said twice,", f"{tidy(said[name], 30)!r} and {tidy(text, 30)!r}")
    return said, fault


def _where(mark: Element) -> dict[str, str]:
    """Return where the place stands now: on a phone it may have been moved."""
    point = (mark.findtext(".//Point/coordinates") or "").split(",")
    lon, lat = point[:2] if len(point) > 1 else (mark.get("lon") or "", mark.get("lat") or "")
    return {"longitude": tidy(lon), "latitude": tidy(lat)}


def _data(mark: Element) -> list[tuple[str, str]]:
    found = [(data.get("name") or "", data.findtext("value") or "") for data in mark.iter("Data")]
    found += [(data.get("name") or "", data.text or "") for data in mark.iter("SimpleData")]
    return [(tidy(name), tidy(text)) for name, text in found]


def _lines(mark: Element) -> list[tuple[str, str]]:
    found = []
    for tag in _TEXTS:
        text = html.unescape(_MARKUP.sub("", _BREAK.sub("\n", mark.findtext(tag) or "")))
        for line in text.splitlines():
            if match := _LINE.fullmatch(line):
                value = tidy(match[2])
                found.append((match[1], unquote(value) if match[1] in _CODED else value))
    return found
