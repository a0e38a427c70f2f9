"""Building outlines -> footprints that block sight, and the account of those that do not; walls and rows of trees."""

import re
from collections import Counter
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from camgap.coverage.buildings import Buildings, Screens
from camgap.coverage.inputs.osm import Lines, OsmExtract
from camgap.coverage.inputs.osm_pass import Tags
from camgap.coverage.inputs.sensitive import use_of
from camgap.coverage.polygons import polygons_only
from camgap.coverage.projection import to_plane
from camgap.coverage.settings import SightSettings

FloatArray = npt.NDArray[np.float64]

MARGIN_M = 500.0  # buildings farther outside the study area stand in no camera's way
_HEIGHT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(m|metres?|meters?|ft|feet|')?\s*", re.IGNORECASE)
_FEET_INCHES = re.compile(r"\s*(\d+)\s*'\s*(\d+(?:\.\d+)?)\s*(?:\"|'')\s*")
_FOOT = 0.3048
_PLAIN = SightSettings()
_ROOFS = {"roof", "carport"}


def build_buildings(
    extract: OsmExtract, crs: CRS, within: BaseGeometry, margin_m: float = MARGIN_M, sight: SightSettings = _PLAIN
) -> Buildings:
    """Return the footprints, and the walls and trees asked for, near the study area that block sight.

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
    sight : SightSettings, optional
        What to assume of heights, and whether free-standing walls and rows of trees block sight; not by default.

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
    heights = np.array([height_m(outlines.tags[row], sight.level_m) for row in rows.tolist()], dtype=np.float64)
    return Buildings(
        crs=crs,
        footprints=footprints,
        ids=outlines.ids[rows][of],
        height=heights[of],
        read=len(outlines) + sum(outlines.broken.values()),
        set_aside=dict(sorted(set_aside.items())),
        mended=int((broken & ~lost).sum()),
        use=np.array([use_of(outlines.tags[row]) for row in rows.tolist()], dtype=object)[of],
        screens=_screens(extract.screens, crs, within, margin_m, sight),
    )


def height_m(tags: Tags, level_m: float = _PLAIN.level_m) -> float:
    """Return a building's height above ground [m] from its tags: its `height`, else its levels, else NaN.

    The levels are `building:levels` and, where it is tagged, `roof:levels`, each of `level_m`.
    """
    for key in ("height", "building:height"):
        metres = _metres(tags.get(key, ""))
        if metres > 0:
            return metres
    levels, roof = _number(tags.get("building:levels", "")), _number(tags.get("roof:levels", "0"))
    levels += 0.0 if np.isnan(roof) else roof
    return level_m * levels if levels > 0 else float("nan")


def _screens(lines: Lines, crs: CRS, within: BaseGeometry, margin_m: float, sight: SightSettings) -> Screens:
    """Return the free-standing walls and rows of trees that block sight."""
    pieces, heights, counts = [np.empty((0, 4))], [np.empty(0)], Counter[str]()
    for lonlat, tags in zip(lines.lonlat, lines.tags, strict=True):
        kind, assumed = _screen(tags, sight)
        if assumed is None:
            continue
        xy = np.full(lonlat.shape, np.nan)
        placed = ~np.isnan(lonlat[:, 0])
        xy[placed] = to_plane(lonlat[placed], crs)
        piece = np.hstack([xy[:-1], xy[1:]])
        piece = piece[~np.isnan(piece).any(axis=1) & (piece[:, :2] != piece[:, 2:]).any(axis=1)]
        if not len(piece) or not _near(shapely.linestrings(piece.reshape(-1, 2, 2)), within, margin_m).any():
            continue
        height = _metres(tags.get("height", ""))
        pieces.append(piece)
        heights.append(np.full(len(piece), height if height > 0 else assumed))
        counts[kind] += 1
    return Screens(np.vstack(pieces), np.concatenate(heights), dict(sorted(counts.items())))


def _screen(tags: Tags, sight: SightSettings) -> tuple[str, float | None]:
    """Return what kind of screen a way is and its height where none is tagged [m]; None if it does not block."""
    if tags.get("area") == "yes" or _underground(tags):
        return "", None
    if tags.get("natural") == "tree_row":
        return "tree_row", sight.tree_m if sight.trees == "leaf_on" else None
    kind = tags.get("barrier", "")
    return kind, sight.barrier_m.get(kind) if sight.barriers else None


@lru_cache(maxsize=4096)
def _metres(text: str) -> float:
    """Read metres or feet, as in ``12``, ``12 m``, ``12,5``, ``40 ft``, ``12'6"``; NaN if it is none of these."""
    match = _FEET_INCHES.fullmatch(text)
    if match is not None:
        return (float(match[1]) + float(match[2]) / 12) * _FOOT
    match = _HEIGHT.fullmatch(text)
    if match is None:
        return float("nan")
    value = float(match[1].replace(",", "."))
    return value * _FOOT if (match[2] or "").lower() in ("ft", "feet", "'") else value


def _number(text: str) -> float:
    """Read a number without a unit, "4" or "1,5"; NaN if it is none."""
    match = _HEIGHT.fullmatch(text)
    return _metres(text) if match is not None and match[2] is None else float("nan")


def _reason(tags: Tags) -> str:
    """Return why a building does not block sight at street level, "" if it does."""
    kind = tags["building"]
    if kind == "no":
        return "no_building"
    if kind in _ROOFS:
        return "roof"
    return "underground" if _underground(tags) else ""


def _underground(tags: Tags) -> bool:
    if tags.get("location") == "underground":
        return True
    try:
        return float(tags.get("layer", "0")) < 0
    except ValueError:  # e.g. "0;1": stands on the ground with a part of it
        return False


def _count(counts: dict[str, int], reasons: npt.NDArray[np.object_]) -> None:
    for why in reasons.tolist():
        counts[why] = counts.get(why, 0) + 1


def _near(polygons: npt.NDArray[np.object_], within: BaseGeometry, margin_m: float) -> npt.NDArray[np.bool_]:
    shapely.prepare(within)
    near: npt.NDArray[np.bool_] = shapely.dwithin(within, polygons, margin_m)
    return near
