"""Polygon files, and the study area: the polygon whose streets are counted."""

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from camgap.coverage.errors import AreaError
from camgap.coverage.inputs.osm import OsmExtract
from camgap.coverage.polygons import polygons_only, project
from camgap.coverage.projection import WGS84

Box = tuple[float, float, float, float]  # west, south, east, north [°]
_POLYGON_TYPES = (3, 6)  # shapely's ids of Polygon and MultiPolygon
_BEYOND_DATA_DEG = 0.1  # the part of an area farther from all data than this holds nothing to count

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StudyArea:
    """The polygon whose streets are counted, and where it comes from.

    Parameters
    ----------
    polygon : shapely Polygon or MultiPolygon
        WGS 84 longitude, latitude [°]; valid, closed: its edge belongs to it.
    source : str
        In words, for people.
    """

    polygon: BaseGeometry
    source: str

    def in_plane(self, crs: CRS) -> BaseGeometry:
        """Return the polygon in a projected CRS."""
        return project(self.polygon, crs)


def read_polygons(path: Path) -> gpd.GeoDataFrame:
    """Return the polygons of a file with their attributes, in EPSG:4326.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage or whatever else GDAL reads; the first layer counts. Without a CRS: longitude, latitude.

    Raises
    ------
    AreaError
        If the file cannot be read or holds no polygon; if a polygon crosses itself or is not in longitude, latitude.
    """
    if not path.exists():
        raise AreaError(f"{path}: no such file")
    try:
        frame = pyogrio.read_dataframe(path)
    except (DataSourceError, DataLayerError, GEOSException, ValueError) as error:
        raise AreaError(
            f"{path}: cannot be read as a polygon file ({_one_line(error)}); give GeoJSON or GeoPackage"
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise AreaError(f"{path}: a table without geometry; give GeoJSON or GeoPackage with polygons")
    kinds = shapely.get_type_id(frame.geometry.to_numpy())
    polygons = np.isin(kinds, _POLYGON_TYPES) & ~frame.geometry.is_empty.to_numpy()
    if not polygons.any():
        found = ", ".join(sorted({str(kind) for kind in frame.geom_type.dropna()})) or "no geometry at all"
        raise AreaError(f"{path}: no polygon in it, but {found}; draw the area as a closed polygon")
    if not polygons.all():
        logger.warning("%s: %d features are no polygons and are left out", path, int((~polygons).sum()))
    frame = frame[polygons].set_geometry(shapely.force_2d(frame.geometry.to_numpy()[polygons]), crs=frame.crs)
    _refuse_crossing(path, frame)
    frame = frame.set_crs(WGS84) if frame.crs is None else frame.to_crs(WGS84)
    for row, bounds in zip(frame.index, shapely.bounds(frame.geometry.to_numpy()).tolist(), strict=True):
        if not _in_range(bounds):
            raise AreaError(
                f"{path}, feature {row + 1}: reaches from {bounds[0]:.6g}, {bounds[1]:.6g} to {bounds[2]:.6g}, "
                f"{bounds[3]:.6g}, which is no longitude, latitude; export the file as WGS 84 or with its CRS"
            )
    return frame.reset_index(drop=True)


def _refuse_crossing(path: Path, frame: gpd.GeoDataFrame) -> None:
    geometry = frame.geometry.to_numpy()
    for at in np.flatnonzero(~shapely.is_valid(geometry) | (shapely.area(geometry) == 0)):
        reason = shapely.is_valid_reason(geometry[at])
        what, _, where = reason.partition("[")
        problem = "has no area" if reason == "Valid Geometry" else f"is not a proper polygon: {what.lower()}"
        place = f" at {where.rstrip(']').replace(' ', ', ')}" if where else ""
        raise AreaError(
            f"{path}, feature {frame.index[at] + 1}: {problem}{place}; redraw it or mend it (QGIS: Fix geometries)"
        )


def study_area(extract: OsmExtract, area_file: Path | None = None, bbox: Box | None = None) -> StudyArea:
    """Return the study area: the file's polygons, else the box, else what the OSM file declares, else the data's hull.

    Parameters
    ----------
    extract : OsmExtract
    area_file : Path, optional
        See :func:`read_polygons`; several polygons are taken together.
    bbox : (west, south, east, north), optional
        [°]

    Raises
    ------
    AreaError
        If the file or the box cannot be used, or longitude and latitude are swapped in it.
    """
    if area_file is not None:
        polygons = read_polygons(area_file)
        area = StudyArea(shapely.union_all(polygons.geometry.to_numpy()), f"polygon file {area_file.name}")
    elif bbox is not None:
        area = StudyArea(shapely.box(*checked_bbox(bbox)), "given bounding box {:g},{:g},{:g},{:g}".format(*bbox))
    elif extract.bounds is not None and _in_range(extract.bounds) and shapely.box(*extract.bounds).area > 0:
        area = StudyArea(shapely.box(*extract.bounds), "bounds declared in the OSM file")
    else:
        area = StudyArea(_hull(extract), "convex hull of the streets that are complete in the OSM file")
    west, south, east, north = _data_bounds(extract)
    off = _BEYOND_DATA_DEG
    data = shapely.box(west - off, south - off, east + off, north + off)  # also of streets that all lie on one line
    near = polygons_only(shapely.intersection(area.polygon, data))
    if not near.is_empty:
        return StudyArea(near, area.source)
    swapped = shapely.transform(area.polygon, lambda lonlat: lonlat[:, ::-1])
    if swapped.intersects(data):
        raise AreaError(
            f"study area ({area.source}): longitude and latitude seem to be swapped, exchanged it lies on the "
            "streets; the order is west,south,east,north, that is longitude first"
        )
    return area


def _data_bounds(extract: OsmExtract) -> Box:
    west, south = extract.ways.lonlat.min(axis=0).tolist()
    east, north = extract.ways.lonlat.max(axis=0).tolist()
    return west, south, east, north


def _hull(extract: OsmExtract) -> BaseGeometry:
    """Return the convex hull of all ways that lost no node; of all ways if that encloses nothing."""
    ways = extract.ways
    whole = np.repeat(ways.whole, np.diff(ways.ptr))
    for lonlat in (ways.lonlat[whole], ways.lonlat):
        hull = shapely.convex_hull(shapely.multipoints(lonlat))
        if hull.area > 0:
            return hull
    raise AreaError("the streets of the OSM file enclose no area; give a study area with --area or --bbox")


def checked_bbox(bbox: Box) -> Box:
    """Return the box (west, south, east, north) [°] if it makes sense; AreaError if not."""
    west, south, east, north = bbox
    written = ",".join(f"{value:g}" for value in bbox)
    if not all(math.isfinite(value) for value in bbox):
        raise AreaError(f"bounding box {written}: not four finite numbers; write west,south,east,north in degrees")
    if west >= east or south >= north:
        crossed = "west is not less than east" if west >= east else "south is not less than north"
        raise AreaError(f"bounding box {written}: {crossed}; write west,south,east,north, longitude first")
    if not _in_range(bbox):
        raise AreaError(
            f"bounding box {written}: longitudes lie in -180..180 and latitudes in -90..90; "
            "write west,south,east,north in degrees, longitude first"
        )
    return bbox


def _in_range(box: Box) -> bool:
    west, south, east, north = box
    return all(math.isfinite(value) for value in box) and -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
