"""The public edition: what may be shown to everyone.

Kept are streets with their covered share in tenths, districts, sums, and where cameras stand and are proposed, blurred.
Left out is whatever would tell how to stay out of view or who owns what: identifiers, names, lists, status, headings,
ranges, view outlines, the exact ends of covered stretches, gaps, per-camera figures, input file names.
"""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.outputs.run import Run
from camgap.coverage.projection import WGS84, local_crs, to_lonlat, to_plane

FloatArray = npt.NDArray[np.float64]

STEP_M = 50.0  # a position is moved to the middle of its 50 m of street
DECIMALS = 4  # of a degree: 11 m
TENTHS = 1  # decimals of a street's covered share

COVERAGE = ("length_m", "covered_m", "share", "weighted_share", "by_class", "by_district", "depth_m")
SITE = ("rank", "kind", "model", "cost", "gain_m", "cumulative_share", "street", "phase")
PLAN = ("budget", "sites_limit", "spent", "currency", "gain_m", "upper_bound_gain_m", "gap", "plan")
MODEL = ("id", "name", "price")


def public_edition(run: Run) -> Run:
    """Return a run with nothing in it but what may be shown to everyone."""
    streets = run.layers["streets"]
    where = _blurred(np.array([[s["lon"], s["lat"]] for s in run.sites]).reshape(-1, 2), streets)
    sites = [
        {k: site[k] for k in SITE if k in site} | {"lon": lon, "lat": lat}
        for site, (lon, lat) in zip(run.sites, where.tolist(), strict=True)
    ]
    layers = {
        "streets": _streets(streets),
        "cameras": _cameras(run.layers["cameras"], streets),
        "sites": _points(pd.DataFrame(sites, columns=[*SITE[:-1], "lon", "lat"]), where),
        "area": gpd.GeoDataFrame(geometry=run.layers["area"].geometry.to_numpy(), crs=WGS84),
    }
    districts = run.layers.get("districts")
    if districts is not None and len(districts):
        layers["districts"] = districts[["name", "length_m", "covered_m", "share", "geometry"]]
    return replace(run, result=_result(run, sites), manifest=_manifest(run), layers=layers)


def _result(run: Run, sites: list[dict[str, Any]]) -> dict[str, Any]:
    result = run.result
    said: dict[str, Any] = {
        "command": result["command"],
        "edition": "public",
        "study_area": {"bounds": result["study_area"]["bounds"]},
        "data_date": result["data_date"],
        "streets": {key: result["streets"][key] for key in ("edges", "length_m")},
        "cameras": {"used": result["cameras"]["used"]},
        "positions": f"moved to the street's centre line, the middle of {STEP_M:.0f} m of it, and rounded",
    }
    for key in ("before", "after", "coverage"):
        if key in result:
            said[key] = {k: result[key][k] for k in COVERAGE if k in result[key]}
    if run.is_plan:
        used = {site["model"] for site in sites}
        said |= {key: result[key] for key in PLAN if key in result}
        said["models"] = [{k: m[k] for k in MODEL} for m in result["models"] if m["id"] in used]
        said["sites"] = sites
    if "privacy" in result:
        said["privacy"] = _privacy(result["privacy"])
    return said


def _privacy(privacy: dict[str, Any]) -> dict[str, Any]:
    kept = ("facing_deg", "levels_px_per_m", "range_is_px_per_m", "frontage_m", "before", "after")
    kinds: dict[str, dict[str, int]] = {}
    for place in privacy["places"]:
        of_kind = kinds.setdefault(place["kind"], {"count": 0, "in_view_before": 0, "in_view_after": 0})
        of_kind["count"] += 1
        of_kind["in_view_before"] += place["in_view_before"]
        of_kind["in_view_after"] += place.get("in_view_after", place["in_view_before"])
    return {key: privacy[key] for key in kept if key in privacy} | {"places": dict(sorted(kinds.items()))}


def _manifest(run: Run) -> dict[str, Any]:
    kept = ("command", "data_date", "versions", "licence")
    return {key: run.manifest[key] for key in kept if key in run.manifest} | {"edition": "public"}


def _streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    columns = {"name": streets["name"], "highway": streets["highway"], "length_m": streets["length_m"]}
    for state in ("", "_today"):
        share = streets[f"share{state}"].round(TENTHS)
        columns |= {f"covered{state}_m": share * streets["length_m"], f"share{state}": share}
    return gpd.GeoDataFrame(columns, geometry=streets.geometry.to_numpy(), crs=WGS84)


def _cameras(cameras: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return blurred cameras in the order of their place, so that the order of the lists is not told either."""
    where = _blurred(shapely.get_coordinates(cameras.geometry.to_numpy()), streets)
    table = pd.DataFrame({"kind": cameras["kind"].to_numpy(object), "lon": where[:, 0], "lat": where[:, 1]})
    table = table.sort_values(["lon", "lat", "kind"], ignore_index=True)
    return _points(table, table[["lon", "lat"]].to_numpy())


def _points(table: pd.DataFrame, lonlat: FloatArray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=shapely.points(lonlat), crs=WGS84)


def _blurred(lonlat: FloatArray, streets: gpd.GeoDataFrame) -> FloatArray:
    """Move positions to the centre line of the nearest street, to the middle of a piece of it, and round them."""
    if not len(lonlat):
        return np.empty((0, 2))
    west, south, east, north = streets.total_bounds
    crs = local_crs((west + east) / 2, (south + north) / 2)
    lines = shapely.transform(streets.geometry.to_numpy(), lambda xy: to_plane(xy, crs))
    points = shapely.points(to_plane(lonlat, crs))
    nearest = lines[shapely.STRtree(lines).nearest(points)]
    along, length = shapely.line_locate_point(nearest, points), shapely.length(nearest)
    pieces = np.maximum(np.round(length / STEP_M), 1.0)
    piece = np.minimum(np.floor(along / length * pieces), pieces - 1)
    middle = shapely.line_interpolate_point(nearest, (piece + 0.5) / pieces, normalized=True)
    return np.round(to_lonlat(shapely.get_coordinates(middle), crs), DECIMALS)


def map_layers(run: Run) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a public edition with the columns a map asks for; what is left out is empty.

    Cameras are numbered from west to east.
    """
    nothing = {"name": "", "source": "", "status": "", "azimuth": "", "filled": ""}
    numbers = ("hfov", "range_m", "seen_m", "only_m", "hidden_m", "moved_m")
    cameras = run.layers["cameras"].assign(**nothing, **dict.fromkeys(numbers, np.nan))
    cameras["id"] = [str(i) for i in range(1, len(cameras) + 1)]
    sites = run.layers["sites"].assign(id="", azimuth=np.nan)
    area = run.layers["area"].assign(source="")
    return run.layers | {"cameras": cameras, "sites": sites, "area": area}
