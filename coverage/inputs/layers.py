"""GIS layers (GeoPackage, Shapefile, FlatGeobuf) -> rows, through GDAL; private fields are never asked for."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.dialects import is_private
from camgap.coverage.inputs.limits import MOST_BYTES, MOST_COLUMNS, check_rows
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Row, Sheet, number_text
from camgap.coverage.inputs.text_files import encoding_of

_BROKEN = (DataSourceError, DataLayerError, FeatureError, FieldError, ValueError, OSError, shapely.errors.GEOSException)
_DBF_CODE_PAGE = 29  # byte of a DBF header that names its encoding
_SAYS_NOTHING = (0, 0x57)  # none, and "ANSI", which writers put there whatever they write


def layer_sheet(path: Path, source: str, form: str, wanted: str = "") -> Sheet:
    """Return the features of a layer: the one named, else the only one, else the only one of points.

    Raises
    ------
    CameraError
        If the file is broken, or it is not plain which layer is meant.
    """
    if path.stat().st_size > MOST_BYTES:
        raise CameraError(f"{source}: larger than {MOST_BYTES / 1e6:,.0f} MB; export only the camera layer")
    encoding = _dbf_encoding(path) if path.suffix.lower() == ".shp" else None
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # GDAL's remarks on odd headers
        return _read(path, source, form, wanted, encoding)


def _read(path: Path, source: str, form: str, wanted: str, encoding: str | None) -> Sheet:
    try:
        layer, several = _layer(path, source, wanted)
        info = pyogrio.read_info(path, layer=layer, encoding=encoding)
        fields = [str(name) for name in info["fields"]]
        check_rows(max(int(info["features"]), 0), source)
        if len(fields) > MOST_COLUMNS:
            raise CameraError(f"{source}: {len(fields):,} fields; at most {MOST_COLUMNS:,} are read")
        read = [name for name in fields if not is_private(name)]
        meta, _, geometry, data = pyogrio.raw.read(
            path, layer=layer, columns=read, encoding=encoding, force_2d=True, datetime_as_string=True
        )
        shapes = None if geometry is None else shapely.from_wkb(geometry, on_invalid="ignore")
    except _BROKEN as error:
        if isinstance(error, CameraError):
            raise
        raise CameraError(f"{source}: cannot be read: {tidy(str(error), 120)}; export it again") from None
    count = len(shapes) if shapes is not None else len(data[0]) if data else 0
    names = [str(name) for name in meta["fields"]]
    columns = [[_text(value) for value in column] for column in data]
    rows = []
    for at in range(count):
        cells = {name: text for name, column in zip(names, columns, strict=True) if (text := column[at])}
        point, fault = (None, None) if shapes is None else _point(shapes[at])
        rows.append(Row(at + 1, cells, point, fault))
    crs = str(meta.get("crs") or "") if shapes is not None else ""
    shown = form + (f", layer {tidy(layer, 40)!r}" if several else "") + (f", {encoding}" if encoding else "")
    return Sheet(source, shown, "feature", tuple(fields), tuple(rows), shapes is not None, crs=crs)


def _layer(path: Path, source: str, wanted: str) -> tuple[str, bool]:
    """Return the name of the layer to read, and whether there are others."""
    layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(path).tolist()}
    listed = ", ".join(repr(tidy(name, 30)) for name in list(layers)[:10]) or "nothing"
    if wanted:
        if wanted not in layers:
            raise CameraError(f"{source}: there is no layer {tidy(wanted, 40)!r}; it has {listed}")
        return wanted, len(layers) > 1
    points = [name for name, kind in layers.items() if "Point" in kind]
    choice = list(layers) if len(layers) == 1 else points
    if len(choice) != 1:
        what = "several layers hold" if len(choice) > 1 else "no layer holds"
        raise CameraError(f"{source}: {what} points among {listed}; name the one that is meant: {source}#LAYER")
    return choice[0], len(layers) > 1


def _dbf_encoding(path: Path) -> str | None:
    """Return the encoding of a shapefile's texts where the file itself does not say; None where it does."""
    if any(path.with_suffix(suffix).is_file() for suffix in (".cpg", ".CPG")):
        return None
    table = next((p for p in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if p.is_file()), None)
    if table is None:
        return None
    with table.open("rb") as file:
        data = file.read(4_000_000)
    if len(data) > _DBF_CODE_PAGE and data[_DBF_CODE_PAGE] not in _SAYS_NOTHING:
        return None
    header = int.from_bytes(data[8:10], "little")
    names = [data[at : at + 11].split(b"\x00")[0] for at in range(32, min(header, len(data)) - 32, 32)]
    return encoding_of(b",".join(names) + b"\n" + data[header:].replace(b"\x00", b" "))


def _point(shape: Any) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    if shape is None or shape.is_empty:
        return None, None
    if shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape.geom_type != "Point":
        return None, ("not_a_point", shape.geom_type)
    return (repr(float(shape.x)), repr(float(shape.y))), None


def _text(value: Any) -> str:
    if value is None or isinstance(value, bytes | bytearray | memoryview):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else number_text(float(value))
    return tidy(str(value))
