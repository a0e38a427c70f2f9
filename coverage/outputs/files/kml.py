"""Layers as KML or KMZ, coloured, with the run's figures in each feature's table."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from camgap.coverage.outputs.files.styles import STYLES, Look
from camgap.coverage.outputs.safe_cells import plain_text

NAMESPACE = "http://www.opengis.net/kml/2.2"
SHOWN = ("area", "districts", "sites", "seen", "cameras")  # switched on when the file is opened
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # equal input, equal bytes


def kml_text(title: str, layers: Mapping[str, gpd.GeoDataFrame], attribution: str) -> bytes:
    """Return layers (WGS 84) as a KML document; one folder per layer.

    Text from data is put on one line and freed of control characters, which XML cannot hold.
    """
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{{{NAMESPACE}}}kml")
    document = _sub(root, "Document")
    _sub(document, "name", title)
    _sub(document, "description", attribution)
    for name in layers:
        for value, look in STYLES[name].looks.items():
            _style(document, f"{name}-{value}", STYLES[name].kind, look)
    for name, frame in layers.items():
        folder = _sub(document, "Folder")
        _sub(folder, "name", name)
        _sub(folder, "visibility", "1" if name in SHOWN else "0")
        _placemarks(folder, name, frame)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8")


def write_kmz(path: Path, text: bytes) -> None:
    """Write KML text as a KMZ."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("doc.kml", ZIP_DATE), text, zipfile.ZIP_DEFLATED)


def _placemarks(folder: ET.Element, name: str, frame: gpd.GeoDataFrame) -> None:
    style, columns = STYLES[name], [c for c in frame.columns if c != "geometry"]
    for row, geometry in zip(frame[columns].to_dict("records"), frame.geometry, strict=True):
        mark = _sub(folder, "Placemark")
        title = next((row[c] for c in ("rank", "name", "id", "kind") if row.get(c) not in (None, "")), name)
        _sub(mark, "name", plain_text(title))
        _sub(mark, "visibility", "1" if name in SHOWN else "0")
        value = _cell(row[style.column]) if style.column in row else ""
        _sub(mark, "styleUrl", f"#{name}-{value if value in style.looks else next(iter(style.looks))}")
        table = _sub(mark, "ExtendedData")
        for column in columns:
            if column == "name":  # is the title, or among a gap's streets; readers would put it in the title's place
                continue
            entry = _sub(table, "Data")
            entry.set("name", column)
            _sub(entry, "value", _cell(row[column]))
        _geometry(mark, geometry)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else plain_text(value)


def _geometry(parent: ET.Element, geometry: shapely.Geometry) -> None:
    kind = geometry.geom_type
    if kind.startswith("Multi") or kind == "GeometryCollection":
        many = _sub(parent, "MultiGeometry")
        for part in geometry.geoms:
            _geometry(many, part)
    elif kind == "Polygon":
        polygon = _sub(parent, "Polygon")
        for name, ring in (
            ("outerBoundaryIs", geometry.exterior),
            *(("innerBoundaryIs", r) for r in geometry.interiors),
        ):
            _sub(_sub(_sub(polygon, name), "LinearRing"), "coordinates", _coordinates(ring))
    else:
        _sub(_sub(parent, "Point" if kind == "Point" else "LineString"), "coordinates", _coordinates(geometry))


def _coordinates(geometry: shapely.Geometry) -> str:
    return " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in shapely.get_coordinates(geometry).tolist())


def _style(document: ET.Element, name: str, kind: str, look: Look) -> None:
    style = _sub(document, "Style")
    style.set("id", name)
    colour = look.colour[5:7] + look.colour[3:5] + look.colour[1:3]  # KML writes blue, green, red
    if kind == "marker":
        icon = _sub(style, "IconStyle")
        _sub(icon, "color", "ff" + colour)
        _sub(icon, "scale", f"{look.size / 3:.2g}")
        return
    line = _sub(style, "LineStyle")
    _sub(line, "color", "ff" + colour)
    _sub(line, "width", f"{max(look.size * 3, 1):.2g}")
    if kind == "fill":
        _sub(_sub(style, "PolyStyle"), "color", f"{round(255 * look.opacity):02x}{colour}")


def _sub(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        element.text = text
    return element
