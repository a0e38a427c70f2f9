"""One metric plane per study: a transverse Mercator projection centred on it.

UTM would be the habit, but its scale (0.9996 on the central meridian) makes every length 0.4 ‰ short and its grid
north leaves true north by up to 3 degrees at the edge of a zone, while camera azimuths are counted from true north.
Centred on the study area with scale 1, lengths are true to 3e-5 within 50 km and north is north.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

FloatArray = npt.NDArray[np.float64]

WGS84 = CRS.from_epsg(4326)


def local_crs(lon: float, lat: float) -> CRS:
    """Return the local metric CRS of a study centred at (lon, lat) [°].

    The centre is rounded to 0.01°, so that nearly the same area gets the same plane.
    """
    return CRS.from_proj4(
        f"+proj=tmerc +lat_0={round(lat, 2)} +lon_0={round(lon, 2)} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
    )


@lru_cache(maxsize=16)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(CRS.from_wkt(source), CRS.from_wkt(target), always_xy=True)


def to_plane(lonlat: FloatArray, crs: CRS) -> FloatArray:
    """Project WGS 84 longitude, latitude [°], shape (n, 2), to easting, northing [m] in `crs`, shape (n, 2)."""
    return _convert(lonlat, WGS84, crs)


def to_lonlat(xy: FloatArray, crs: CRS) -> FloatArray:
    """Turn easting, northing [m] in `crs`, shape (n, 2), into WGS 84 longitude, latitude [°], shape (n, 2)."""
    return _convert(xy, crs, WGS84)


def _convert(points: FloatArray, source: CRS, target: CRS) -> FloatArray:
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    x, y = _transformer(source.to_wkt(), target.to_wkt()).transform(points[:, 0], points[:, 1])
    return np.column_stack([x, y])
