"""GIS layers of a score or a plan: GeoDataFrames in WGS 84, the same ones for the GeoPackage and the map."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.intervals import Stretches
from camgap.coverage.projection import WGS84, to_lonlat
from camgap.coverage.scoring.report import Report
from camgap.coverage.sight.polygon import view_polygons
from camgap.coverage.siting.plan import Plan
from camgap.coverage.study import Study

Layers = dict[str, gpd.GeoDataFrame]
NAMES_SHOWN = 20  # street names listed per gap; a gap may well run through the whole town


def layers_of(study: Study, report: Report, plan: Plan | None = None) -> Layers:
    """Return the layers of a run: streets, seen, gaps, cameras, views, sites, districts, buildings, area.

    Parameters
    ----------
    report : Report
        The score without new cameras.
    plan : Plan, optional
        Streets, seen and districts then show the state after it, gaps the state before it.
    """
    after = plan.after if plan else report
    return {
        "streets": _streets(study, after),
        "seen": _seen(study, report.seen, after),
        "gaps": _gaps(study, report),
        "cameras": _cameras(study, report),
        "views": _views(study, plan),
        "sites": _sites(study, plan),
        "districts": _districts(study, after),
        "buildings": _frame(
            study, study.buildings.footprints, id=study.buildings.ids, height=study.buildings.height
        ),
        "area": gpd.GeoDataFrame({"source": [study.area.source]}, geometry=[study.area.polygon], crs=WGS84),
    }  # fmt: skip


def _frame(study: Study, geometry: npt.NDArray[np.object_], **columns: Any) -> gpd.GeoDataFrame:
    """Bring geometries in the plane to longitude and latitude."""
    crs = study.network.crs
    return gpd.GeoDataFrame(columns, geometry=shapely.transform(geometry, lambda xy: to_lonlat(xy, crs)), crs=WGS84)


def _streets(study: Study, report: Report) -> gpd.GeoDataFrame:
    n = study.network
    covered = report.seen.length_within(n.offset[:-1], n.offset[1:])
    share = covered / n.edge_length
    return _frame(
        study, n.lines, edge=np.arange(len(n)), osmid=n.edges["osmid"].to_numpy(), name=n.edges["name"].to_numpy(),
        highway=n.edges["highway"].to_numpy(), length_m=n.edge_length, covered_m=covered, share=share,
        **_per_street(study),
    )  # fmt: skip


def _per_street(study: Study) -> dict[str, npt.NDArray[np.float64]]:
    """Return further columns of the streets: the mean P(covered) by existing cameras, and the demand."""
    n, columns = study.network, {}
    if study.upkeep is not None:
        expected = study.upkeep.probability.expected_within(n.offset[:-1], n.offset[1:])
        columns["p_covered"] = expected / n.edge_length
    if study.demand is not None:
        columns["demand"] = study.demand.within(n.offset[:-1], n.offset[1:])
        columns["demand_per_km"] = 1000.0 * columns["demand"] / n.edge_length
    return columns


def _seen(study: Study, before: Stretches, after: Report) -> gpd.GeoDataFrame:
    """Cut what is in view at edges, at changes of depth, and where the proposal begins."""
    n, d = study.network, after.depth
    breaks = np.unique(np.concatenate([n.offset, before.start, before.end]))
    parts = Stretches(d.start, d.end).split_at(breaks)
    middle = (parts.start + parts.end) / 2
    edge = n.edge_at(parts.start)
    depth = d.depth[np.searchsorted(d.start, middle, side="right") - 1] if len(parts) else d.depth
    existing = before.length_within(parts.start, parts.end) > 0.5 * (parts.end - parts.start)
    return _frame(
        study, n.lines_between(parts.start, parts.end), edge=edge, name=n.edges["name"].to_numpy()[edge],
        highway=n.edges["highway"].to_numpy()[edge], depth=np.minimum(depth, 3),
        by=np.where(existing, "existing", "proposed"), length_m=parts.end - parts.start,
    )  # fmt: skip


def _gaps(study: Study, report: Report) -> gpd.GeoDataFrame:
    gaps = report.gaps.listed
    parts = study.network.lines_between(
        np.concatenate([g.start for g in gaps]) if gaps else np.empty(0),
        np.concatenate([g.end for g in gaps]) if gaps else np.empty(0),
    )
    owner = np.repeat(np.arange(len(gaps)), [len(g.start) for g in gaps])
    weighed = study.demand_of(report)
    return _frame(
        study, shapely.multilinestrings(parts, indices=owner) if gaps else parts,
        rank=np.array([g.rank for g in gaps], np.int64), length_m=np.array([g.length_m for g in gaps]),
        weight_m=np.array([g.weight_m for g in gaps]), streets=[_listed(g.streets) for g in gaps],
        highway=[_listed(g.classes) for g in gaps], name=[g.streets[0] if g.streets else "" for g in gaps],
        **({} if weighed is None else {"demand": weighed.gaps}),
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _cameras(study: Study, report: Report) -> gpd.GeoDataFrame:
    c, v = study.inventory.cameras, study.inventory.views
    looks = pd.DataFrame({"camera": v.camera, "azimuth": v.azimuth, "hfov": v.hfov, "range_m": v.far})
    azimuth = looks["azimuth"].map("{:.0f}".format).groupby(looks["camera"]).agg(";".join)
    widest = looks.groupby("camera")[["hfov", "range_m"]].max()
    columns = {k: c[k].to_numpy() for k in ("id", "name", "source", "kind", "status", "moved_m", "filled")}
    return _frame(
        study, shapely.points(c[["x", "y"]].to_numpy(np.float64)), **columns,
        azimuth=azimuth.reindex(c.index, fill_value="").to_numpy(), hfov=widest["hfov"].reindex(c.index).to_numpy(),
        range_m=widest["range_m"].reindex(c.index).to_numpy(),
        **{k: report.cameras[k].to_numpy() for k in ("seen_m", "only_m", "hidden_m")},
    )  # fmt: skip


def _views(study: Study, plan: Plan | None) -> gpd.GeoDataFrame:
    existing, ids = study.inventory.views, study.inventory.cameras["id"].to_numpy(object)
    polygons, camera = view_polygons(study.scene, existing), ids[existing.camera]
    role, rank = np.full(len(existing), "existing", object), np.zeros(len(existing), np.int64)
    if plan and plan.sites:
        polygons = np.concatenate([polygons, view_polygons(study.scene, plan.views)])
        camera = np.concatenate([camera, [s.mount for s in plan.sites]])
        role = np.concatenate([role, np.full(len(plan.sites), "proposed", object)])
        rank = np.concatenate([rank, [s.rank for s in plan.sites]])
    return _frame(study, polygons, camera=camera, role=role, rank=rank)


def _sites(study: Study, plan: Plan | None) -> gpd.GeoDataFrame:
    table = sites_table(study, plan)
    return gpd.GeoDataFrame(
        table.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84
    )


SITE_COLUMNS = (
    "rank", "id", "kind", "lon", "lat", "azimuth", "model", "cost", "gain_m", "cumulative_share", "street",
)  # fmt: skip


def sites_table(study: Study, plan: Plan | None) -> pd.DataFrame:
    """Return the proposed sites by rank; columns :data:`SITE_COLUMNS`, positions in WGS 84."""
    sites = plan.sites if plan else ()
    lonlat = to_lonlat(np.array([[s.x, s.y] for s in sites]).reshape(-1, 2), study.network.crs)
    rows = [
        (s.rank, s.mount, s.kind, lon, lat, s.azimuth, s.model, s.cost, s.gain_m, s.cumulative_share, s.street)
        for s, (lon, lat) in zip(sites, lonlat.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(SITE_COLUMNS))


def _districts(study: Study, report: Report) -> gpd.GeoDataFrame:
    table = report.by_district
    geometry = [] if study.districts is None else study.districts.geometry.to_numpy()
    return gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)
