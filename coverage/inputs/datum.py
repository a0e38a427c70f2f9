"""Coordinate systems of camera lists -> WGS 84: any EPSG code, and the two shifted systems of Chinese maps.

GCJ-02 (Amap, Tencent, Google China) moves a place by 30 to 700 m, BD-09 (Baidu) moves GCJ-02 once more. Neither has an
official public text; the formulas are the published reverse engineering (GCJ-02 as in ``eviltransform``, BD-09 as in
``coordtransform``, where the Baidu angle is pi * 3000 / 180). Outside of a box around China GCJ-02 is WGS 84. The
inverses iterate ``w <- w - (forward(w) - given)`` until they stand still, which is far below a millimetre; the usual
one-step inverse is off by up to 4 m, the usual closed BD-09 inverse by up to 0.2 m.

CGCS2000 in degrees (EPSG:4490) differs from WGS 84 by centimetres to decimetres and is taken as equal.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from camgap.coverage.errors import SettingsError

FloatArray = npt.NDArray[np.float64]

_A, _EE = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as the published formula has it
_BOX = (72.004, 137.8347, 0.8293, 55.8271)  # west, east, south, north: where GCJ-02 differs from WGS 84
_BAIDU = np.pi * 3000.0 / 180.0
_MOST_STEPS = 30
_STILL_DEG = 1e-13  # 1e-8 m

_SPELLINGS = {
    "WGS-84": """wgs84 wgs1984 epsg4326 4326 crs84 epsg4979 epsg4490 4490 cgcs2000 gps 天地图 国家2000 大地2000""",
    "GCJ-02": "gcj02 gcj2 gcj amap gaode autonavi tencent mars 高德 腾讯 火星 火星坐标 高德地图 腾讯地图",
    "BD-09": "bd09 bd9 bd09ll baidu 百度 百度坐标 百度地图",
}
_NAME_OF = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_SWAPPED = re.compile(
    r"[\s,;(]*(?:swapped|lat(?:itude)?[\s,]*(?:first|lon(?:gitude)?)|northing first)\)?$", re.IGNORECASE
)


def gcj02_from_wgs84(lonlat: FloatArray) -> FloatArray:
    """Shift WGS 84 longitude, latitude [°], shape (n, 2), to GCJ-02; outside of the box nothing moves."""
    lonlat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    inside = _in_box(lonlat)
    shifted = lonlat.copy()
    shifted[inside] += _shift(lonlat[inside])
    return shifted


def wgs84_from_gcj02(lonlat: FloatArray) -> FloatArray:
    """Undo :func:`gcj02_from_wgs84` to 1e-8 m, shape (n, 2)."""
    lonlat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    inside = _in_box(lonlat)
    found = lonlat.copy()
    found[inside] = _invert(lambda w: w + _shift(w), lonlat[inside])
    return found


def bd09_from_gcj02(lonlat: FloatArray) -> FloatArray:
    """Shift GCJ-02 longitude, latitude [°], shape (n, 2), to BD-09."""
    lon, lat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2).T
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BAIDU)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def gcj02_from_bd09(lonlat: FloatArray) -> FloatArray:
    """Undo :func:`bd09_from_gcj02` to 1e-8 m, shape (n, 2)."""
    lonlat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    return _invert(bd09_from_gcj02, lonlat)


def _in_box(lonlat: FloatArray) -> npt.NDArray[np.bool_]:
    west, east, south, north = _BOX
    lon, lat = lonlat.T
    inside: npt.NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _shift(lonlat: FloatArray) -> FloatArray:
    """Return how far GCJ-02 moves places inside the box [°]."""
    lon, lat = lonlat.T
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    root = np.sqrt(np.abs(x))
    k = 20 * np.sin(6 * pi * x) + 20 * np.sin(2 * pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north += (k + 20 * np.sin(pi * y) + 40 * np.sin(pi * y / 3)) * 2 / 3
    north += (160 * np.sin(pi * y / 12) + 320 * np.sin(pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east += (k + 20 * np.sin(pi * x) + 40 * np.sin(pi * x / 3)) * 2 / 3
    east += (150 * np.sin(pi * x / 12) + 300 * np.sin(pi * x / 30)) * 2 / 3
    phi = np.radians(lat)
    m = 1 - _EE * np.sin(phi) ** 2
    return np.column_stack(
        [
            east * 180 / (_A / np.sqrt(m) * np.cos(phi) * pi),
            north * 180 / (_A * (1 - _EE) / m**1.5 * pi),
        ]
    )


def _invert(forward: Callable[[FloatArray], FloatArray], given: FloatArray) -> FloatArray:
    """Return what `forward` turns into `given`; all rows are corrected until none moves any more."""
    found = given.copy()
    for _ in range(_MOST_STEPS):
        error = forward(found) - given
        found -= error
        if not (np.abs(error) > _STILL_DEG).any():
            break
    return found


@dataclass(frozen=True, slots=True)
class CoordinateSystem:
    """A system of coordinates, and the order its two numbers stand in.

    Parameters
    ----------
    name : str
        ``WGS-84``, ``GCJ-02``, ``BD-09``, or what pyproj understands: ``EPSG:4543``, WKT.
    swapped : bool
        The first number is the latitude or northing, although its column says otherwise.
    """

    name: str = "WGS-84"
    swapped: bool = False

    def __str__(self) -> str:
        return self.title + (", longitude and latitude exchanged" if self.swapped else "")

    @property
    def title(self) -> str:
        """A short name for people."""
        return self.name if len(self.name) <= 20 else _crs(self.name).name

    @property
    def is_degrees(self) -> bool:
        """Whether the numbers are longitudes and latitudes."""
        return self.name in _SPELLINGS or _crs(self.name).is_geographic

    def to_wgs84(self, points: FloatArray) -> FloatArray:
        """Return longitude, latitude in WGS 84 [°], shape (n, 2), of points in this system; NaN where impossible.

        Parameters
        ----------
        points : float64 array, shape (n, 2)
            Longitude, latitude [°] or easting, northing in the system's unit (the other order if `swapped`).
        """
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        points = points[:, ::-1] if self.swapped else points
        if self.name == "WGS-84":
            return points.copy()
        if self.name == "GCJ-02":
            return wgs84_from_gcj02(points)
        if self.name == "BD-09":
            return wgs84_from_gcj02(gcj02_from_bd09(points))
        try:
            lon, lat = _to_wgs84(self.name).transform(points[:, 0], points[:, 1])
        except ProjError as error:
            raise SettingsError(f"coordinate system {self.title}: cannot be turned into WGS 84: {error}") from None
        found = np.column_stack([lon, lat])
        found[~np.isfinite(found).all(axis=1)] = np.nan
        return found

    def inside(self, lonlat: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell which WGS 84 points lie where the system is meant to be used (a degree of tolerance), shape (n,)."""
        west, south, east, north = -180.0, -90.0, 180.0, 90.0
        if self.name not in _SPELLINGS and (area := _crs(self.name).area_of_use) is not None:
            west, south, east, north = area.bounds
        lon, lat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2).T
        across = (lon >= west - 1) & (lon <= east + 1) if west <= east else (lon >= west - 1) | (lon <= east + 1)
        inside: npt.NDArray[np.bool_] = across & (lat >= south - 1) & (lat <= north + 1)
        return inside


WGS84 = CoordinateSystem()


def coordinate_system(text: str) -> CoordinateSystem:
    """Understand the name of a coordinate system: ``WGS-84``, ``GCJ-02``, ``高德``, ``BD-09``, ``EPSG:4543``, ``4543``.

    ``swapped`` or ``lat first`` behind it says that latitude (northing) stands first.

    Raises
    ------
    SettingsError
        If there is no such system, or it has no place on Earth.
    """
    plain = _SWAPPED.sub("", text.strip())
    swapped = plain != text.strip()
    joined = "".join(re.findall(r"[^\W_]+", plain.casefold()))
    if joined in _NAME_OF:
        return CoordinateSystem(_NAME_OF[joined], swapped)
    number = re.fullmatch(r"(?:urn:ogc:def:crs:)?(?:epsg\W*)?(?:[\d.]*:)?(\d{4,6})", plain.casefold())
    name = f"EPSG:{number[1]}" if number else plain
    if re.sub(r"\W", "", name.casefold()) in _NAME_OF:
        return CoordinateSystem(_NAME_OF[re.sub(r"\W", "", name.casefold())], swapped)
    if re.fullmatch(r"urn:ogc:def:crs:ogc:[\d.]*:?crs84h?|ogc:crs84h?", plain.casefold()):
        return CoordinateSystem("WGS-84", swapped)
    try:
        crs = _crs(name)
    except ProjError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        raise SettingsError(
            f"coordinate system {text[:60]!r} is not known; write WGS-84, GCJ-02, BD-09 or an EPSG code such as "
            "EPSG:4543"
        )
    return CoordinateSystem(name, swapped)


@lru_cache(maxsize=32)
def _crs(name: str) -> CRS:
    return CRS.from_user_input(name)


@lru_cache(maxsize=32)
def _to_wgs84(name: str) -> Transformer:
    return Transformer.from_crs(_crs(name), CRS.from_epsg(4326), always_xy=True)
