"""Features in few bytes: how a map page carries a whole city.

GeoJSON spends about 200 bytes on a street; here it is about 30, attributes included. A layer becomes one JSON object
that ``assets/packed.js`` reads::

    kind      "line", "area" or "point"
    count     number of features
    parts     number of parts: lines, rings or points; a feature may have several, or none
    points    number of points of all parts
    step      size of one unit of `shape` [°]
    shape     per part its number of points n, then n times (dx, dy): zig-zag varints in units of `step`, each counted
              from the point before (the very first from 0°, 0°); a ring's closing point is left out
    owner     feature number of every part, as zig-zag differences; absent where part i is feature i
    columns   name -> {"table": [texts], "codes": varints}, or {"step": s, "codes": varints}: 0 is "no value",
              otherwise 1 + zig-zag(value / s)

Every stream of varints is base64 text. Parts lie in Morton order, so that neighbours in the stream are neighbours on
the ground: differences stay short, and blocks of consecutive parts serve the page as a spatial index. Outer rings run
counter-clockwise and holes clockwise; filling many polygons at once by the non-zero rule then gives their union, holes
left open.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.errors import InputError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]
Kind = Literal["line", "area", "point"]

FINE = 1e-6  # 0.1 m, a pixel at the deepest zoom
COARSE = 2e-6  # for cities: rounding moves a point by 0.1 m, and many differences then fit one byte
FINE_POINTS = 600_000  # above this many points of all layers together the page is written with COARSE steps

_POLYGON, _MULTIPOLYGON = 3, 6
_TYPE_IDS = {"point": (0, 4), "line": (1, 5), "area": (_POLYGON, _MULTIPOLYGON)}  # shapely's, single and multiple
ROUND_OFF = 1e-6  # of a step: 0.3 / 0.1 is a little less than 3


@dataclass(frozen=True, slots=True)
class Number:
    """A column of numbers, kept to the nearest multiple of `step`: a whole number, or one part in so many.

    Parameters
    ----------
    step : float
    cut : bool
        Keep the next multiple towards 0 instead: a number that is rounded to coarser steps where it is shown is then
        rounded once, as it would be by itself.
    """

    step: float = 1.0
    cut: bool = False

    def __post_init__(self) -> None:
        if not float(max(self.step, 1 / self.step)).is_integer():
            raise ValueError(f"a column cannot be kept in steps of {self.step}; choose 1, 2, ... or 1/2, 1/10, ...")


@dataclass(frozen=True, slots=True)
class Text:
    """A column of texts; each distinct text is kept once."""


Column = Number | Text


def pack(frame: gpd.GeoDataFrame, kind: Kind, columns: Mapping[str, Column], step: float = FINE) -> dict[str, Any]:
    """Return a layer as a JSON-ready dict (see the module's head for its keys).

    Features come out ordered by the place of their first part, those without geometry last. Lines and polygons are
    simplified by less than `step`; nothing but their drawing depends on it.

    Parameters
    ----------
    frame : GeoDataFrame
        EPSG:4326; geometries of `kind`, single or multiple.
    kind : {"line", "area", "point"}
    columns : mapping of str to Column
        The columns to keep and how; all must be in `frame`.
    step : float
        Coordinates are rounded to multiples of this [°].

    Raises
    ------
    InputError
        If a column is missing, a geometry is of another kind or a coordinate is not finite.
    """
    _check_columns(frame, columns)
    points, sizes, owner = _parts(np.asarray(frame.geometry.array, dtype=object), kind, step)
    parts_order = np.argsort(_morton(points[(np.cumsum(sizes) - sizes).astype(np.int64)]), kind="stable")
    points, sizes, owner = _reorder(points, sizes, parts_order), sizes[parts_order], owner[parts_order]

    first_part = np.full(len(frame), len(sizes), dtype=np.int64)
    np.minimum.at(first_part, owner, np.arange(len(owner)))
    feature_order = np.argsort(first_part, kind="stable")
    owner = np.argsort(feature_order, kind="stable")[owner]

    units = np.round(points / step).astype(np.int64)
    packed: dict[str, Any] = {
        "kind": kind,
        "count": len(frame),
        "parts": len(sizes),
        "points": len(points),
        "step": step,
        "shape": _base64(_shape(units, sizes)),
    }
    if len(sizes) != len(frame) or (owner != np.arange(len(owner))).any():
        packed["owner"] = _base64(zigzag(np.diff(owner, prepend=0)))
    packed["columns"] = _columns(frame, feature_order, columns)
    return packed


def pack_table(table: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return a table without geometries in the form of a layer without parts, its rows in their order.

    Raises
    ------
    InputError
        If a column is missing, or one of numbers holds something else.
    """
    _check_columns(table, columns)
    empty = {"kind": "table", "count": len(table), "parts": 0, "points": 0, "step": 1, "shape": ""}
    return {**empty, "columns": _columns(table, np.arange(len(table)), columns)}


def varints(values: IntArray) -> bytes:
    """Write non-negative integers as varints: seven bits a byte, lowest first, high bit set where more follow."""
    rest = values.astype(np.uint64)
    length = np.ones(len(rest), dtype=np.int64)
    for bits in range(7, 64, 7):
        longer = rest >> np.uint64(bits) > 0
        if not longer.any():
            break
        length += longer
    at = np.concatenate([[0], np.cumsum(length)])
    out = np.empty(at[-1], dtype=np.uint8)
    at = at[:-1]
    while len(rest):
        more = rest > 127
        out[at] = (rest & np.uint64(127)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        rest, at = rest[more] >> np.uint64(7), at[more] + 1
    return out.tobytes()


def zigzag(values: IntArray) -> IntArray:
    """Fold integers so that small ones of either sign become small non-negative ones: 0, -1, 1, -2 -> 0, 1, 2, 3."""
    folded: IntArray = (values << 1) ^ (values >> 63)
    return folded


def _parts(shapes: Geometries, kind: Kind, step: float) -> tuple[FloatArray, IntArray, IntArray]:
    """Return points (n, 2), points per part (p,) and feature of each part (p,)."""
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wrong = here & ~np.isin(shapely.get_type_id(shapes), _TYPE_IDS[kind])
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(f"map layer, row {row}: a {shapes[row].geom_type} stands where a {kind} is expected")
    rows = np.flatnonzero(here)
    pieces, of = shapely.get_parts(shapes[rows], return_index=True)
    of = rows[of]
    if kind == "area":
        pieces = shapely.orient_polygons(shapely.simplify(pieces, step))
        pieces, ring_of = shapely.get_rings(pieces, return_index=True)
        of = of[ring_of]
    elif kind == "line":
        pieces = shapely.simplify(pieces, step, preserve_topology=False)
    points, piece = shapely.get_coordinates(pieces, return_index=True)
    if kind == "area":  # a ring's last point repeats its first
        keep = np.concatenate([piece[1:] == piece[:-1], [False]]) if len(piece) else np.zeros(0, dtype=bool)
        points, piece = points[keep], piece[keep]
    if not np.isfinite(points).all():
        row = int(of[piece[~np.isfinite(points).all(axis=1)][0]])
        raise InputError(f"map layer, row {row}: a coordinate is not a finite number")
    return points, np.bincount(piece, minlength=len(pieces)), of


def _morton(points: FloatArray) -> IntArray:
    """Return places on a Z-shaped curve, shape (n,), that keeps near points near."""
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    low, extent = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    x, y = (_spread(((points - low) / extent * 0xFFFF).astype(np.int64))).T
    code: IntArray = x | (y << 1)
    return code


def _spread(values: IntArray) -> IntArray:
    """Put a zero bit between the bits of 16-bit numbers."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | (values << shift)) & mask
    return values


def _reorder(points: FloatArray, sizes: IntArray, order: IntArray) -> FloatArray:
    """Return the points of the parts in `order`."""
    start = np.concatenate([[0], np.cumsum(sizes)])[:-1][order]
    size = sizes[order]
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    return points[np.repeat(start, size) + within]


def _shape(units: IntArray, sizes: IntArray) -> IntArray:
    """Weave the parts' sizes and the points' differences into one stream."""
    out = np.empty(len(sizes) + 2 * len(units), dtype=np.int64)
    is_size = np.zeros(len(out), dtype=bool)
    is_size[(np.cumsum(1 + 2 * sizes) - (1 + 2 * sizes))] = True
    out[is_size] = sizes
    out[~is_size] = zigzag(np.diff(units, axis=0, prepend=np.zeros((1, 2), np.int64))).ravel()
    return out


def _check_columns(table: pd.DataFrame, columns: Mapping[str, Column]) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise InputError(f"map layer lacks the column {missing[0]!r}; it has {', '.join(map(str, table.columns))}")


def _columns(table: pd.DataFrame, order: IntArray, columns: Mapping[str, Column]) -> dict[str, Any]:
    return {
        name: _texts(table[name], order) if isinstance(column, Text) else _numbers(table[name], order, column)
        for name, column in columns.items()
    }


def _texts(values: pd.Series, order: IntArray) -> dict[str, Any]:
    texts = [
        "" if missing else _clean(str(v))
        for v, missing in zip(values.iloc[order], values.isna().iloc[order], strict=True)
    ]
    codes, table = pd.factorize(np.array(texts, dtype=object))
    return {"table": table.tolist(), "codes": _base64(codes.astype(np.int64))}


def _clean(text: str) -> str:
    """Replace half characters (lone surrogates), which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _numbers(values: pd.Series, order: IntArray, column: Number) -> dict[str, Any]:
    try:
        numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)[order]
    except (TypeError, ValueError):
        raise InputError(f"map layer: column {values.name!r} holds something that is not a number") from None
    known = np.isfinite(numbers)
    codes = np.zeros(len(numbers), dtype=np.int64)
    steps = numbers[known] / column.step
    whole = np.trunc(steps + np.copysign(ROUND_OFF, steps)) if column.cut else np.round(steps)
    codes[known] = 1 + zigzag(whole.astype(np.int64))
    return {"step": column.step, "codes": _base64(codes)}


def _base64(values: IntArray) -> str:
    return base64.b64encode(varints(values)).decode("ascii")
