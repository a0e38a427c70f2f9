"""GIS layers of a score or a plan: GeoDataFrames in WGS 84, the same ones for the GeoPackage and the map."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.intervals import Stretches, union
from camgap.coverage.outputs.evaluation import evaluation_layer
from camgap.coverage.outputs.privacy import privacy_layers
from camgap.coverage.outputs.seers import seen_columns
from camgap.coverage.outputs.stepped import certainty_columns, level_columns
from camgap.coverage.projection import WGS84, to_lonlat
from camgap.coverage.scoring.bands import Bands
from camgap.coverage.scoring.expected import CoveredProbability
from camgap.coverage.scoring.quality import LIGHTS, Quality
from camgap.coverage.scoring.report import Report
from camgap.coverage.scoring.steps import CERTAIN, Steps
from camgap.coverage.sight.polygon import view_polygons
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.study import Study

Layers = dict[str, gpd.GeoDataFrame]
FILE_ONLY = ("places", "frontage", "evaluation")  # layers of the GeoPackage that the map does not draw
NAMES_SHOWN = 20  # street names listed per gap, `more_streets` being left; a gap may well run through the whole town


def layers_of(study: Study, report: Report, plan: Plan | None = None) -> Layers:
    """Return the layers of a run: streets, seen, gaps, cameras, views, sites, districts, buildings, area, places, ...

    With a plan, ``evaluation`` (streets to compare before and after) as well.

    Besides, where there is something to tell: lost, certainty, levels.

    Parameters
    ----------
    report : Report
        The score without new cameras.
    plan : Plan, optional
        Streets, seen and districts then show the state after it, gaps the state before it.
    """
    after = plan.after if plan else report
    return {
        "streets": _streets(study, report, after, plan),
        **_seen(study, report, after),
        **(_stepped(study, plan.steps) if plan and plan.steps else _themes(study, report, after)),
        "gaps": _gaps(study, report),
        "cameras": _cameras(study, report),
        "views": _views(study, plan),
        "sites": _sites(study, plan),
        "districts": _districts(study, after, plan),
        "buildings": _frame(
            study, study.buildings.footprints, id=study.buildings.ids, height=study.buildings.height
        ),
        "area": gpd.GeoDataFrame({"source": [study.area.source]}, geometry=[study.area.polygon], crs=WGS84),
        **privacy_layers(study, plan),
        **({"evaluation": evaluation_layer(study, plan)} if plan else {}),
    }  # fmt: skip


def _frame(study: Study, geometry: npt.NDArray[np.object_], **columns: Any) -> gpd.GeoDataFrame:
    """Bring geometries in the plane to longitude and latitude."""
    crs = study.network.crs
    return gpd.GeoDataFrame(columns, geometry=shapely.transform(geometry, lambda xy: to_lonlat(xy, crs)), crs=WGS84)


def _streets(study: Study, before: Report, after: Report, plan: Plan | None) -> gpd.GeoDataFrame:
    n = study.network
    today, covered = (report.seen.length_within(n.offset[:-1], n.offset[1:]) for report in (before, after))
    return _frame(
        study, n.lines, edge=np.arange(len(n)), osmid=n.edges["osmid"].to_numpy(), name=n.edges["name"].to_numpy(),
        highway=n.edges["highway"].to_numpy(), length_m=n.edge_length, covered_m=covered,
        share=covered / n.edge_length, covered_today_m=today, share_today=today / n.edge_length,
        **_per_street(study, plan),
    )  # fmt: skip


def _per_street(study: Study, plan: Plan | None) -> dict[str, npt.NDArray[np.float64]]:
    """Return further columns of the streets: the share expected to be covered when cameras fail, and the demand."""
    n, columns = study.network, {}
    today = study.upkeep
    for name, upkeep in (("share_expected", plan.upkeep if plan else today), ("share_expected_today", today)):
        if upkeep is not None:
            columns[name] = upkeep.probability.expected_within(n.offset[:-1], n.offset[1:]) / n.edge_length
    if study.demand is not None:
        columns["demand"] = study.demand.within(n.offset[:-1], n.offset[1:])
        columns["demand_per_km"] = 1000.0 * columns["demand"] / n.edge_length
    return columns


def _seen(study: Study, before: Report, after: Report) -> Layers:
    """Cut what is in view at edges and wherever another camera's view begins or ends: one set of seers per stretch.

    What is in view with the proposal is the layer ``seen``; what was in view today alone, if anything, is ``lost``.
    """
    n = study.network
    ids = study.inventory.cameras["id"].tolist()
    stretches, columns = seen_columns(n.offset, before.by_camera, after.by_camera, ids)
    edge = n.edge_at(stretches.start)
    frame = _frame(
        study, n.lines_between(stretches.start, stretches.end), edge=edge, name=n.edges["name"].to_numpy()[edge],
        highway=n.edges["highway"].to_numpy()[edge], length_m=stretches.end - stretches.start,
        start_m=stretches.start - n.offset[edge], end_m=stretches.end - n.offset[edge], **columns,
    )  # fmt: skip
    lost = frame["by"] == "lost"
    return {"seen": frame[~lost], **({"lost": frame[lost]} if lost.any() else {})}


def _themes(study: Study, before: Report, after: Report) -> Layers:
    """Return what tells quality levels and certainty of two states."""
    return {
        **({"certainty": _certainty(study, before.bands, after.bands)} if before.bands and after.bands else {}),
        **({"levels": _levels(study, before.quality, after.quality)} if before.quality and after.quality else {}),
    }


def _stepped(study: Study, steps: Steps) -> Layers:
    """Return the same of every step of a plan."""
    n, q = study.network, study.settings.quality
    found = {"levels": level_columns(steps, list(q.ladder), n.offset)}
    if steps.certainty:
        start, end, columns = certainty_columns(steps.certainty, steps.last)
        found = {"certainty": (start, end, {**columns, "light": np.full(len(start), steps.light, object)}), **found}
    return {
        name: _frame(
            study, n.lines_between(start, end), edge=(edge := n.edge_at(start)),
            name=n.edges["name"].to_numpy()[edge], **columns, length_m=end - start,
        )
        for name, (start, end, columns) in found.items()
    }  # fmt: skip


def _certainty(study: Study, before: Bands, after: Bands) -> gpd.GeoDataFrame:
    """Cut the streets where the probability of being seen passes a bound, today or with the proposal.

    ``p`` is its mean on the stretch with the proposal, ``p_today`` the one without; both are the same for a score.
    ``light`` says by which light, the headline's.
    """
    n = study.network
    parts = _cut(n.offset, before, after)
    p_today, p = (_probability(bands, parts) for bands in (before, after))
    band = np.searchsorted(CERTAIN, [p_today, p], side="right")
    edge = n.edge_at(parts.start)
    opens = np.ones(len(parts), dtype=bool)
    opens[1:] = (parts.start[1:] > parts.end[:-1]) | (band[:, 1:] != band[:, :-1]).any(axis=0) | (edge[1:] != edge[:-1])
    first = np.flatnonzero(opens)
    last = np.append(first, len(parts))[1:] - 1
    group, size = np.cumsum(opens) - 1, parts.end - parts.start
    length = np.bincount(group, size)
    start, end = parts.start[first], parts.end[last]
    return _frame(
        study, n.lines_between(start, end), edge=edge[first], name=n.edges["name"].to_numpy()[edge[first]],
        p=np.bincount(group, size * p) / length, p_today=np.bincount(group, size * p_today) / length,
        light=np.full(len(first), before.light, object), length_m=length,
    )  # fmt: skip


def _cut(offset: npt.NDArray[np.float64], before: Bands, after: Bands) -> Stretches:
    """Return what is seen in some draw, today or with the proposal, cut wherever a probability or an edge changes."""
    start, end = np.concatenate([before.start, after.start]), np.concatenate([before.end, after.end])
    return union(start, end).split_at(np.unique(np.concatenate([offset, start, end])))


def _probability(bands: Bands, parts: Stretches) -> npt.NDArray[np.float64]:
    """Return the probability on parts none of which it changes on; 0 where no draw sees them."""
    return CoveredProbability(bands.start, bands.end, bands.p).at((parts.start + parts.end) / 2)


def _levels(study: Study, before: Quality, after: Quality) -> gpd.GeoDataFrame:
    """Cut the streets where the best quality level in view changes, by day or by night; "" where it is below all.

    Columns ``day`` and ``night`` are those with the proposal, ``day_today`` and ``night_today`` without it.
    """
    n, names = study.network, np.array(["", *after.levels["level"]], object)
    states = {"": after, "_today": before}
    ends = [e for q in states.values() for s in q.seen.values() for e in (s.start, s.end)]
    breaks = np.unique(np.concatenate([n.offset, *ends]))
    start, end = breaks[:-1], breaks[1:]
    reached = {}
    for state, quality in states.items():
        for light in LIGHTS:
            within = [quality.seen[level, light].length_within(start, end) > (end - start) / 2 for level in names[1:]]
            reached[light + state] = np.sum(within, axis=0)
    keep = np.flatnonzero(((reached["day"] > 0) | (reached["day_today"] > 0)) & (end > start))
    edge = n.edge_at(start[keep])
    return _frame(
        study, n.lines_between(start[keep], end[keep]), edge=edge, name=n.edges["name"].to_numpy()[edge],
        **{column: names[level[keep]] for column, level in reached.items()}, length_m=(end - start)[keep],
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
        weight_m=np.array([g.weight_m for g in gaps]), streets=[", ".join(g.streets[:NAMES_SHOWN]) for g in gaps],
        more_streets=np.array([max(len(g.streets) - NAMES_SHOWN, 0) for g in gaps], np.int64),
        highway=[", ".join(g.classes) for g in gaps], name=[g.streets[0] if g.streets else "" for g in gaps],
        **({} if weighed is None else {"demand": weighed.gaps}),
    )  # fmt: skip


def _cameras(study: Study, report: Report) -> gpd.GeoDataFrame:
    c, v = study.inventory.cameras, study.views
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
    existing, ids = study.views, study.inventory.cameras["id"].to_numpy(object)
    polygons, camera = view_polygons(study.scene, existing), ids[existing.camera]
    role, rank = np.full(len(existing), "existing", object), np.zeros(len(existing), np.int64)
    reach = existing.far
    if plan and plan.sites:
        polygons = np.concatenate([polygons, view_polygons(study.scene, plan.views)])
        camera = np.concatenate([camera, [s.mount for s in plan.sites]])
        role = np.concatenate([role, np.full(len(plan.sites), "proposed", object)])
        rank = np.concatenate([rank, [s.rank for s in plan.sites]])
        reach = np.concatenate([reach, plan.views.far])
    frame = _frame(study, polygons, camera=camera, role=role, rank=rank, range_m=reach)
    crossed = ~frame.geometry.is_valid  # rounding to degrees may let an outline touch itself
    mended = shapely.make_valid(frame.geometry.to_numpy()[crossed], method="structure", keep_collapsed=False)
    frame.loc[crossed, "geometry"] = mended
    return frame


def _sites(study: Study, plan: Plan | None) -> gpd.GeoDataFrame:
    table = sites_table(study, plan)
    return gpd.GeoDataFrame(
        table.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84
    )


SITE_COLUMNS = (
    "rank", "id", "kind", "lon", "lat", "azimuth", "model", "cost", "gain_m", "cumulative_share", "street",
    "action", "phase", "order", "to", "azimuth_before", "hfov", "gain", "value",
)  # fmt: skip


def sites_table(study: Study, plan: Plan | None) -> pd.DataFrame:
    """Return the proposed sites by rank; columns :data:`SITE_COLUMNS`, positions in WGS 84."""
    sites = plan.sites if plan else ()
    lonlat = to_lonlat(np.array([[s.x, s.y] for s in sites]).reshape(-1, 2), study.network.crs)
    hfovs = plan.views.hfov.tolist() if plan else []
    rows = [
        (
            s.rank,
            s.mount,
            s.kind,
            lon,
            lat,
            s.azimuth,
            s.model,
            s.cost,
            s.gain_m,
            s.cumulative_share,
            s.street,
            s.action,
            s.phase,
            s.rank,
            s.to,
            s.azimuth_before,
            hfov,
            s.gain,
            s.value,
        )
        for s, (lon, lat), hfov in zip(sites, lonlat.tolist(), hfovs, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(SITE_COLUMNS)).astype({"azimuth_before": float})


def _districts(study: Study, report: Report, plan: Plan | None = None) -> gpd.GeoDataFrame:
    table = report.by_district
    if plan and plan.floors:
        table = table.assign(floor=table["name"].map({f.name: f.floor for f in plan.floors}))
    geometry = [] if study.districts is None else study.districts.geometry.to_numpy()
    return gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)
