"""A visit list as CSV, GPX or KML, each to be filled in and read back; what the command says of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import shapely

from camgap.coverage.errors import OutputError
from camgap.coverage.inputs.overrides import FOUND, TO_FILL
from camgap.coverage.inputs.visit_notes import note_lines
from camgap.coverage.outputs.plain import plain
from camgap.coverage.outputs.safe_cells import csv_text, plain_text
from camgap.coverage.outputs.tables.parts import MOST_ROWS, Table, km
from camgap.coverage.outputs.targets import check_file, write_whole
from camgap.coverage.quality.visits import Visits

GPX, KML = "http://www.topografix.com/GPX/1/1", "http://www.opengis.net/kml/2.2"
CREDIT = "Streets: © OpenStreetMap contributors, Open Database Licence"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def check_visit_targets(paths: Sequence[Path], overwrite: bool, inputs: Sequence[Path] = ()) -> None:
    """Refuse, before anything is computed, files that cannot be written, or that are among the `inputs`.

    Raises
    ------
    OutputError
        If a format is unknown, a file is named twice, read or in the way, or a folder cannot be written.
    """
    for i, path in enumerate(paths):
        if path.suffix.lower() not in WRITERS:
            raise OutputError(f"{path}: visit lists are written as {', '.join(WRITERS)}; choose one of these endings")
        if path in paths[:i]:
            raise OutputError(f"{path}: is named twice")
        check_file(path, overwrite, inputs)


def write_visits(visits: Visits, paths: Sequence[Path], overwrite: bool = False) -> None:
    """Write a visit list in the format each file's ending says; each file is whole or absent.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    check_visit_targets(paths, overwrite)
    for path in paths:
        text = WRITERS[path.suffix.lower()](visits)
        write_whole(path, lambda making, text=text: _write(making, text))  # type: ignore[misc]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def visit_csv(visits: Visits) -> str:
    """Return the list to fill in, with a BOM, so that spreadsheets take it for UTF-8; no cell is run as a formula."""
    return csv_text(pd.concat([visits.table.astype(object), visits.misplaced], ignore_index=True))


def visit_gpx(visits: Visits) -> str:
    """Return stops as waypoints, with lines to be filled in, and the walk as a track (GPX 1.1)."""
    ET.register_namespace("", GPX)
    root = ET.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "camgap"})
    meta = _sub(root, GPX, "metadata")
    _sub(meta, GPX, "name", "Cameras to visit")
    _sub(meta, GPX, "desc", CREDIT)
    for stop in _stops(visits):
        point = _sub(root, GPX, "wpt")
        point.attrib |= {"lat": f"{stop['latitude']:.7f}", "lon": f"{stop['longitude']:.7f}"}
        _sub(point, GPX, "name", _title(stop))
        _sub(point, GPX, "desc", f"{_told(stop)}\n{note_lines(_to_fill(stop))}")
    if visits.path is not None:
        track = _sub(root, GPX, "trk")
        _sub(track, GPX, "name", f"Round trip, {km(visits.length_m)}")
        part = _sub(track, GPX, "trkseg")
        for lon, lat in shapely.get_coordinates(visits.path).tolist():
            _sub(part, GPX, "trkpt").attrib |= {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}
    return _XML + ET.tostring(root, encoding="unicode")


def visit_kml(visits: Visits) -> str:
    """Return stops as placemarks, with what is to be filled in as lines of text and as data, and the walk as a line."""
    ET.register_namespace("", KML)
    root = ET.Element(f"{{{KML}}}kml")
    document = _sub(root, KML, "Document")
    _sub(document, KML, "name", "Cameras to visit")
    _sub(document, KML, "description", CREDIT)
    for stop in _stops(visits):
        mark = _sub(document, KML, "Placemark")
        _sub(mark, KML, "name", _title(stop))
        _sub(mark, KML, "description", f"{_told(stop)}\n{note_lines(_to_fill(stop))}")
        data = _sub(mark, KML, "ExtendedData")
        for field, text in _to_fill(stop).items():
            item = _sub(data, KML, "Data")
            item.attrib["name"] = field
            _sub(item, KML, "value", text)
        place = f"{stop['longitude']:.7f},{stop['latitude']:.7f}"
        _sub(_sub(mark, KML, "Point"), KML, "coordinates", place)
    if visits.path is not None:
        mark = _sub(document, KML, "Placemark")
        _sub(mark, KML, "name", f"Round trip, {km(visits.length_m)}")
        line = _sub(mark, KML, "LineString")
        _sub(line, KML, "tessellate", "1")
        places = shapely.get_coordinates(visits.path).tolist()
        _sub(line, KML, "coordinates", " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in places))
    return _XML + ET.tostring(root, encoding="unicode")


WRITERS: dict[str, Callable[[Visits], str]] = {".csv": visit_csv, ".gpx": visit_gpx, ".kml": visit_kml}


def _stops(visits: Visits) -> list[dict[str, Any]]:
    """Return the stops of the walk, then the cameras whose place is not known."""
    rows = [*visits.table.to_dict("records"), *visits.misplaced.to_dict("records")]
    return [{str(k): v for k, v in row.items()} for row in rows]


def _to_fill(stop: Mapping[str, Any]) -> dict[str, str]:
    """Return what a filled place must say, and what is to be filled in."""
    return {name: plain_text(stop[name]) for name in ("source", "camera", *FOUND, *TO_FILL)}


def _title(stop: Mapping[str, Any]) -> str:
    return plain_text(f"{stop['stop']} {stop['name'] or stop['street'] or stop['camera']}".strip())


def _told(stop: Mapping[str, Any]) -> str:
    """Return what to look for, as text; viewers that take it for HTML find none in it."""
    text = f"{stop['camera']} in {stop['source']}; look for {stop['unknown']}; assumed: {stop['assumed']}" + (
        f"; widens the band by {stop['band_m']:,.0f} m" if stop["band_m"] != "" else ""
    )
    return plain_text(text).replace("<", "‹").replace(">", "›").replace("&", "+")


def _sub(parent: ET.Element, space: str, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{space}}}{name}")
    if text is not None:
        element.text = text
    return element


def visits_result(visits: Visits) -> dict[str, Any]:
    """Return the result of ``camgap visits``."""
    (low, high), (after_low, after_high) = visits.band_m, visits.after_m
    return {
        "command": "visits",
        "visits": len(visits),
        "cameras_worth_a_visit": visits.worth,
        "tour": {
            "length_m": visits.length_m,
            "lower_bound_m": visits.bound_m,
            "gap": visits.length_m / visits.bound_m - 1 if visits.bound_m else 0.0,
            "by_air_m": visits.by_air_m,
            "start": list(visits.start) if visits.start else None,
        },
        "covered_m": visits.covered_m,
        "band": {"p5_m": low, "p95_m": high, "width_m": high - low},
        "band_if_as_assumed": {"p5_m": after_low, "p95_m": after_high, "width_m": after_high - after_low},
        "stops": [_shown(stop) for stop in _stops(visits) if stop["stop"] != ""],
        "misplaced": [_shown(stop, "stop", "walk_m", "band_m") for stop in _stops(visits) if stop["stop"] == ""],
    }


def _shown(stop: Mapping[str, Any], *without: str) -> dict[str, Any]:
    shown: dict[str, Any] = plain({k: v for k, v in stop.items() if k not in (*FOUND, *TO_FILL, *without)})
    return shown


def visits_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap visits``."""
    tour, now, after = result["tour"], result["band"], result["band_if_as_assumed"]
    rows = [
        ("cameras to visit", f"{result['visits']:,} of {result['cameras_worth_a_visit']:,} worth it"),
        ("round trip on foot", f"{km(tour['length_m'])} along the streets"),
        ("no round trip is shorter than", f"{km(tour['lower_bound_m'])}; this one is {tour['gap']:.1%} longer at most"),
        *(
            [("of it in a straight line", f"{km(tour['by_air_m'])}: no street read leads there")]
            * (tour["by_air_m"] > 0)
        ),
        ("band today", f"{km(now['p5_m'])} to {km(now['p95_m'])}, {now['width_m']:,.0f} m wide"),
        (
            "band if all is found as assumed",
            f"{km(after['p5_m'])} to {km(after['p95_m'])}, {after['width_m']:,.0f} m wide",
        ),
    ]
    if result["misplaced"]:
        rows.append(("not used, their place to be found", f"{len(result['misplaced']):,}, last in the list"))
    shown = [
        (
            str(s["stop"]), s["name"] or s["camera"], s["street"], s["unknown"], f"{s['walk_m']:,.0f} m",
            f"{s['band_m']:,.0f} m",
        )
        for s in result["stops"][:MOST_ROWS]
    ]  # fmt: skip
    title = "Stops" if len(result["stops"]) <= MOST_ROWS else f"Stops (first {MOST_ROWS} of {len(result['stops'])})"
    columns = ("#", "camera", "street", "to find out", "walk", "band")
    return [Table("Visits", ("", ""), tuple(rows), left=2), Table(title, columns, tuple(shown), left=4)]
