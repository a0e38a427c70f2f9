"""Layers as DXF for CAD: metres in the plane of the study, one CAD layer each, sites labelled with rank and azimuth."""

from collections.abc import Mapping
from pathlib import Path

import ezdxf.filemanagement
import geopandas as gpd
import numpy as np
import shapely
from ezdxf import units
from ezdxf._options import options
from ezdxf.document import Drawing
from ezdxf.layouts.layout import Modelspace

from camgap.coverage.outputs.safe_cells import plain_text
from camgap.coverage.projection import local_crs, to_plane

# Layer -> AutoCAD colour index and line weight [1/100 mm].
LOOKS = {
    "area": (8, 25), "districts": (8, 18), "buildings": (9, 13), "streets": (8, 13), "seen": (5, 50), "gaps": (7, 25),
    "views": (2, 13), "cameras": (5, 25), "sites": (30, 50), "places": (6, 25), "frontage": (6, 35),
    "evaluation": (3, 35), "levels": (4, 18), "certainty": (4, 13), "lost": (1, 35),
}  # fmt: skip
TEXT_M, ARROW_M, DOT_M = 3.0, 12.0, 1.0  # height of labels, length of the axis, radius of a mount [m]
_CODES = str.maketrans({"\\": "/", "^": "'", "%": "％", "{": "(", "}": ")"})


def dxf_text(text: object) -> str:
    r"""Return text that CAD shows as it is: no control code (%%u, ^J, \P, \U+....) survives."""
    return plain_text(text).translate(_CODES)


def write_dxf(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write layers (WGS 84) as a DXF (AutoCAD 2010) in metres.

    The plane is the transverse Mercator of :func:`~camgap.coverage.projection.local_crs` at the layers' middle; its
    PROJ string stands in the drawing as text on layer ``crs``, so that positions can be brought elsewhere.
    """
    bounds = np.array([frame.total_bounds for frame in layers.values() if len(frame)])
    west, south, east, north = (*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)) if len(bounds) else (0, 0, 0, 0)
    crs = local_crs((west + east) / 2, (south + north) / 2)
    drawing = ezdxf.filemanagement.new("R2010", units=units.M)
    drawing.header["$LWDISPLAY"] = 1
    space = drawing.modelspace()
    for name, frame in layers.items():
        colour, weight = LOOKS[name]
        drawing.layers.add(name, color=colour, lineweight=weight)
        plane = shapely.transform(frame.geometry.to_numpy(), lambda lonlat: to_plane(lonlat, crs))
        for geometry in plane:
            _draw(space, geometry, name)
        if name == "sites":
            _label_sites(space, frame, plane)
    drawing.layers.add("crs", color=8)
    low = to_plane(np.array([[west, south]]), crs)[0]
    note = f"{crs.srs} ; © OpenStreetMap contributors, ODbL 1.0"
    _write_text(space, note, low - (0, 4 * TEXT_M), "crs")
    _fixed(drawing)
    drawing.saveas(path)


def _fixed(drawing: Drawing) -> None:
    """Give the drawing no date and no random number of its own: equal input, equal bytes."""
    options.write_fixed_meta_data_for_testing = True
    drawing.header["$FINGERPRINTGUID"] = drawing.header["$VERSIONGUID"] = "{00000000-0000-0000-0000-000000000000}"


def _draw(space: Modelspace, geometry: shapely.Geometry, layer: str) -> None:
    for part in getattr(geometry, "geoms", (geometry,)):
        if part.geom_type == "Point":
            space.add_circle((part.x, part.y), DOT_M, dxfattribs={"layer": layer})
        elif part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                space.add_lwpolyline(list(ring.coords)[:-1], close=True, dxfattribs={"layer": layer})
        elif part.geom_type == "LineString":
            space.add_lwpolyline(list(part.coords), dxfattribs={"layer": layer})


def _label_sites(space: Modelspace, frame: gpd.GeoDataFrame, plane: np.ndarray) -> None:
    for row, point in zip(frame.to_dict("records"), plane, strict=True):
        label = [str(row["rank"])] if "rank" in row else []
        if "azimuth" in row:
            turn = np.radians(row["azimuth"])
            tip = (point.x + ARROW_M * np.sin(turn), point.y + ARROW_M * np.cos(turn))
            space.add_line((point.x, point.y), tip, dxfattribs={"layer": "sites"})
            label.append(f"{row['azimuth']:.0f}°")
        label += [str(row[c]) for c in ("model", "street") if row.get(c)]
        _write_text(space, " ".join(label), (point.x + 1.5 * DOT_M, point.y + 1.5 * DOT_M), "sites")


def _write_text(space: Modelspace, text: str, at: tuple[float, float], layer: str) -> None:
    space.add_text(dxf_text(text), height=TEXT_M, dxfattribs={"layer": layer, "insert": (float(at[0]), float(at[1]))})
