"""The public edition: what may be shown to everyone.

Kept are streets with their covered share in tenths, districts, sums, where cameras stand and where new ones are
proposed, blurred. Left out is whatever would tell how to stay out of view or who owns what: identifiers, names, lists,
status, headings, ranges, view outlines, the exact ends of covered stretches, gaps, per-camera figures, names of input
files.

What is done to a camera that stands (turned, mended, replaced ...) would tell its status: of these there are the number
and the money, and no place. That a long stretch of street is hardly covered is told, by its share; and a camera that a
run sets aside, for whatever reason, is on none of its maps.
"""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from camgap.coverage.outputs.files.pieces import joined, middles
from camgap.coverage.outputs.run import Run
from camgap.coverage.projection import WGS84, local_crs, to_lonlat, to_plane

FloatArray = npt.NDArray[np.float64]

PLACE_M = 100.0  # a position is moved to the middle of a piece of street at least so long
SHARE_M = 200.0  # a covered share is that of a piece of street at least so long
DECIMALS = 4  # of a degree: 11 m
TENTHS = 1  # decimals of a covered share

COVERAGE = ("length_m", "covered_m", "share", "weighted_share", "by_class", "by_district", "depth_m")
SITE = ("rank", "action", "model", "cost", "gain_m", "cumulative_share", "street", "phase")
PLAN = ("budget", "sites_limit", "spent", "currency", "gain_m", "upper_bound_gain_m", "gap", "plan")
PHASE = ("name", "budget", "spent", "gain_m", "share")
MODEL = ("id", "name", "price", "yearly")
STANDING = "existing camera"  # all that a schedule calls what is done to one


def public_edition(run: Run) -> Run:
    """Return a run with nothing in it but what may be shown to everyone."""
    streets = run.layers["streets"]
    new = [site for site in run.sites if _is_new(site)]
    cameras = run.layers["cameras"]
    places = np.array([[s["lon"], s["lat"]] for s in new]).reshape(-1, 2)
    blurred = _blurred(np.vstack([places, shapely.get_coordinates(cameras.geometry.to_numpy())]), streets)
    where = _apart(blurred[: len(new)])
    sites = [
        {k: site.get(k) for k in SITE} | {"action": "new", "lon": lon, "lat": lat}
        for site, (lon, lat) in zip(new, where.tolist(), strict=True)
    ]
    if len(new) < len(run.sites):  # what a site brings the whole to would tell what those in between bring
        sites = [site | {"cumulative_share": None} for site in sites]
    table = pd.DataFrame(sites, columns=[*SITE, "lon", "lat"]).astype({"cumulative_share": float})
    layers = {
        "streets": _streets(streets),
        "cameras": _cameras(cameras, blurred[len(new) :]),
        "sites": _points(table, where),
        "area": gpd.GeoDataFrame(geometry=run.layers["area"].geometry.to_numpy(), crs=WGS84),
    }
    districts = run.layers.get("districts")
    if districts is not None and len(districts):
        layers["districts"] = districts[["name", "length_m", "covered_m", "share", "geometry"]]
    result = _result(run, sites, _by_street(layers["streets"]))
    return replace(run, result=result, manifest=_manifest(run), layers=layers)


def public_schedule(table: pd.DataFrame, sites: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a plan's schedule with nothing in it but what may be shown to everyone.

    Parameters
    ----------
    table : DataFrame
        Of :func:`~camgap.coverage.outputs.money.schedule`, of the whole run.
    sites : list of dict
        Of the public edition's result: new cameras.

    Returns
    -------
    DataFrame
        New cameras as in `sites`; then a row for each measure at a camera that stands, at the mean price of those of
        its phase, so that sums are the plan's.
    """
    new = pd.DataFrame(sites, columns=[*SITE[:-1], "lon", "lat"]).merge(
        table[["rank", "phase", "item", "yearly"]], on="rank"
    )
    standing = table[~table["rank"].isin(new["rank"])]
    rest = standing[["phase", "yearly"]].assign(
        action="existing", item=STANDING, model="", cost=standing.groupby("phase")["cost"].transform("mean")
    )
    return pd.DataFrame([*new.to_dict("records"), *rest.to_dict("records")], columns=new.columns)


def public_sites(run: Run) -> pd.DataFrame:
    """Return the new cameras of a public edition as a table, and in its last row all that is done to existing ones."""
    rows, existing = [site | {"cameras": 1} for site in run.sites], run.result["existing_cameras"]
    if existing["changed"]:
        rows.append({"action": "existing", "cameras": existing["changed"], "cost": existing["cost"]})
    return pd.DataFrame(rows, columns=["rank", "action", "cameras", *SITE[2:], "lon", "lat"]).astype({"rank": "Int64"})


def _is_new(site: dict[str, Any]) -> bool:
    return site.get("action", "new") == "new"


def _result(run: Run, sites: list[dict[str, Any]], by_street: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    result = run.result
    said: dict[str, Any] = {
        "command": result["command"],
        "edition": "public",
        "study_area": {"bounds": result["study_area"]["bounds"]},
        "data_date": result["data_date"],
        "streets": {key: result["streets"][key] for key in ("edges", "length_m")},
        "cameras": {"used": result["cameras"]["used"]},
        "blur": {
            "place_m": PLACE_M,
            "share_m": SHARE_M,
            "positions": f"moved to the middle of a piece of street of {PLACE_M:.0f} m or more, and rounded",
            "shares": f"of pieces of street of {SHARE_M:.0f} m or more, in tenths",
        },
    }
    for key in ("before", "after", "coverage"):
        if key in result:
            street = by_street["today" if key == "before" else "last"]
            said[key] = {k: result[key][k] for k in COVERAGE if k in result[key]} | {"by_street": street}
    if run.is_plan:
        used = {site["model"] for site in sites}
        said |= {key: result[key] for key in PLAN if key in result}
        said["phases"] = [{k: phase[k] for k in PHASE if k in phase} for phase in result.get("phases", ())]
        said["models"] = [{k: m.get(k) for k in MODEL} for m in result["models"] if m["id"] in used]
        said["sites"] = sites
        standing = [site["cost"] for site in run.sites if not _is_new(site)]
        said["existing_cameras"] = {"changed": len(standing), "cost": sum(standing)}
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
    lines, _ = _in_plane(streets)
    piece = pd.Series(joined(lines, _names(streets), SHARE_M), streets.index)
    columns = {"name": streets["name"], "highway": streets["highway"], "length_m": streets["length_m"]}
    whole = streets["length_m"].groupby(piece).transform("sum")
    for state in ("", "_today"):
        share = (streets[f"covered{state}_m"].groupby(piece).transform("sum") / whole).round(TENTHS)
        columns |= {f"covered{state}_m": share * streets["length_m"], f"share{state}": share}
    return gpd.GeoDataFrame(columns, geometry=streets.geometry.to_numpy(), crs=WGS84)


def _by_street(streets: gpd.GeoDataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the published streets by name, longest first: today, and at last."""
    named = (
        streets[streets["name"] != ""].groupby("name")[["length_m", "covered_m", "covered_today_m"]].sum().reset_index()
    )
    named = named.sort_values(["length_m", "name"], ascending=[False, True])
    found = {}
    for state, column in (("today", "covered_today_m"), ("last", "covered_m")):
        table = named[["name", "length_m"]].assign(covered_m=named[column], share=named[column] / named["length_m"])
        found[state] = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    return found


def _cameras(cameras: gpd.GeoDataFrame, where: FloatArray) -> gpd.GeoDataFrame:
    """Return cameras at blurred positions, in the order of these, so that the order of the lists is not told either."""
    table = pd.DataFrame({"kind": cameras["kind"].to_numpy(object), "lon": where[:, 0], "lat": where[:, 1]})
    table = table.sort_values(["lon", "lat", "kind"], ignore_index=True)
    return _points(table, table[["lon", "lat"]].to_numpy())


def _points(table: pd.DataFrame, lonlat: FloatArray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=shapely.points(lonlat), crs=WGS84)


def _blurred(lonlat: FloatArray, streets: gpd.GeoDataFrame) -> FloatArray:
    """Move positions to the middle of the piece of street nearest to them, and round them."""
    if not len(lonlat):
        return np.empty((0, 2))
    lines, crs = _in_plane(streets)
    moved = middles(to_plane(lonlat, crs), lines, _names(streets), PLACE_M)
    return np.round(to_lonlat(moved, crs), DECIMALS)


def _apart(lonlat: FloatArray) -> FloatArray:
    """Put positions that became one beside each other, in the order given, so that each can be seen."""
    repeat = pd.DataFrame(lonlat).groupby([0, 1]).cumcount().to_numpy(np.float64)
    beside: FloatArray = np.round(lonlat + repeat[:, None] * np.array([2 * 10.0**-DECIMALS, 0.0]), DECIMALS)
    return beside


def _in_plane(streets: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.object_], CRS]:
    west, south, east, north = streets.total_bounds
    crs = local_crs((west + east) / 2, (south + north) / 2)
    return shapely.transform(streets.geometry.to_numpy(), lambda xy: to_plane(xy, crs)), crs


def _names(streets: gpd.GeoDataFrame) -> list[str]:
    """Return what tells streets apart: their name, or their class where they have none."""
    return [name or f"/{highway}" for name, highway in zip(streets["name"], streets["highway"], strict=True)]


def map_layers(run: Run) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a public edition with the columns a map asks for; what is left out is empty.

    Cameras are numbered from west to east.
    """
    nothing = {"name": "", "source": "", "status": "", "azimuth": "", "filled": ""}
    numbers = ("hfov", "range_m", "seen_m", "only_m", "hidden_m", "moved_m")
    cameras = run.layers["cameras"].assign(**nothing, **dict.fromkeys(numbers, np.nan))
    cameras["id"] = [str(i) for i in range(1, len(cameras) + 1)]
    sites = run.layers["sites"].drop(columns="action").assign(id="", azimuth=np.nan)
    area = run.layers["area"].assign(source="")
    return run.layers | {"cameras": cameras, "sites": sites, "area": area}
