"""Building outlines -> footprints that block sight, and the account of those that do not."""

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from camgap.coverage.buildings import Buildings
from camgap.coverage.inputs.osm import OsmExtract
from camgap.coverage.inputs.osm_pass import Tags
from camgap.coverage.inputs.sensitive import use_of
from camgap.coverage.polygons import polygons_only
from camgap.coverage.projection import to_plane

FloatArray = npt.NDArray[np.float64]

METRES_PER_LEVEL = 3.0  # assumption: OSM's 3D pages give no default
MARGIN_M = 500.0  # buildings farther outside the study area stand in no camera's way
_HEIGHT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(m|metres?|meters?|ft|feet|')?\s*", re.IGNORECASE)
_FOOT = 0.3048
_ROOFS = {"roof", "carport"}


def build_buildings(extract: OsmExtract, crs: CRS, within: BaseGeometry, margin_m: float = MARGIN_M) -> Buildings:
    """Return the footprints near the study area that block sight.

    Slightly broken outlines (rings that touch or cross themselves) are mended and counted in ``mended``.

    Parameters
    ----------
    extract : OsmExtract
    crs : CRS
        Projected; the network's.
    within : shapely Polygon or MultiPolygon
        The study area in `crs`, e.g. ``area.in_plane(network.crs)``.
    margin_m : float, optional
        Footprints wholly farther from the area than this are set aside as "far_outside" [m].

    Returns
    -------
    Buildings
        Set aside are "incomplete_outline", "open_outline" (see ``osm.Outlines``), "roof", "no_building", "underground",
        "broken_outline" (nothing is left after mending), "far_outside".
    """
    outlines = extract.buildings
    set_aside = dict(outlines.broken)
    reasons = np.array([_reason(tags) for tags in outlines.tags], dtype=object)
    rows = np.flatnonzero(reasons == "")
    _count(set_aside, reasons[reasons != ""])

    polygons = shapely.transform(outlines.polygons[rows], lambda lonlat: to_plane(lonlat, crs))
    near = _near(polygons, within, margin_m)
    _count(set_aside, np.full(int((~near).sum()), "far_outside", dtype=object))
    rows, polygons = rows[near], polygons[near]

    broken = ~shapely.is_valid(polygons)
    polygons[broken] = [polygons_only(mended) for mended in shapely.make_valid(polygons[broken])]
    lost = shapely.is_empty(polygons)
    _count(set_aside, np.full(int(lost.sum()), "broken_outline", dtype=object))
    rows, polygons = rows[~lost], polygons[~lost]

    footprints, of = shapely.get_parts(polygons, return_index=True)
    heights = np.array([height_m(outlines.tags[row]) for row in rows.tolist()], dtype=np.float64)
    return Buildings(
        crs=crs,
        footprints=footprints,
        ids=outlines.ids[rows][of],
        height=heights[of],
        read=len(outlines) + sum(outlines.broken.values()),
        set_aside=dict(sorted(set_aside.items())),
        mended=int((broken & ~lost).sum()),
        use=np.array([use_of(outlines.tags[row]) for row in rows.tolist()], dtype=object)[of],
    )


def height_m(tags: Tags) -> float:
    """Return a building's height above ground [m] from its tags: `height`, else 3 m x `building:levels`, else NaN."""
    for key in ("height", "building:height"):
        metres = _metres(tags.get(key, ""))
        if metres > 0:
            return metres
    levels = _metres(tags.get("building:levels", ""))
    return METRES_PER_LEVEL * levels if levels > 0 else float("nan")


@lru_cache(maxsize=4096)
def _metres(text: str) -> float:
    """Read "12", "12 m", "40 ft", "12,5"; NaN if it is none of these."""
    match = _HEIGHT.fullmatch(text)
    if match is None:
        return float("nan")
    value = float(match[1].replace(",", "."))
    return value * _FOOT if (match[2] or "").lower() in ("ft", "feet", "'") else value


def _reason(tags: Tags) -> str:
    """Return why a building does not block sight at street level, "" if it does."""
    kind = tags["building"]
    if kind == "no":
        return "no_building"
    if kind in _ROOFS:
        return "roof"
    if tags.get("location") == "underground":
        return "underground"
    layer = tags.get("layer")
    if layer is not None:
        try:
            if float(layer) < 0:
                return "underground"
        except ValueError:  # e.g. "0;1": stands on the ground with a part of it
            return ""
    return ""


def _count(counts: dict[str, int], reasons: npt.NDArray[np.object_]) -> None:
    for why in reasons.tolist():
        counts[why] = counts.get(why, 0) + 1


def _near(polygons: npt.NDArray[np.object_], within: BaseGeometry, margin_m: float) -> npt.NDArray[np.bool_]:
    shapely.prepare(within)
    near: npt.NDArray[np.bool_] = shapely.dwithin(within, polygons, margin_m)
    return near
