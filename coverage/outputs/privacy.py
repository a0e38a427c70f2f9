"""What result.json says of privacy, and the two GIS layers that go with it."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.heads import Heads
from camgap.coverage.intervals import union
from camgap.coverage.outputs.plain import plain
from camgap.coverage.planning import heads_after, planned_heads
from camgap.coverage.projection import WGS84, to_lonlat
from camgap.coverage.scoring.frontage import FACING
from camgap.coverage.scoring.privacy import LEVELS, RANGE_PX_PER_M, Intrusion, Privacy
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.study import Study


def privacy_result(study: Study, plan: Plan | None = None) -> dict[str, Any]:
    """Return residential frontage and sensitive places in view, today and with the plan.

    Lengths are metres of outside wall; shares are of all such wall in the study area. ``added_m`` of a site is the
    residential frontage no existing camera faces, measured for each site by itself.
    """
    privacy, existing = study.privacy, facade_views(study, study.inventory.heads)
    n = len(study.inventory)
    today = privacy.intrusion(existing, n)
    frontage = privacy.frontage_m()
    ids = study.inventory.cameras["id"].to_numpy(object)
    both = facade_views(study, heads_after(study, plan)) if plan else None
    result: dict[str, Any] = {
        "facing_deg": FACING,
        "levels_px_per_m": LEVELS,
        "range_is_px_per_m": RANGE_PX_PER_M,
        "frontage_m": frontage,
        "before": _seen(today, frontage),
        "cameras": _cameras(today, ids),
        "places": _places(privacy, existing, both),
    }
    if plan and both is not None:
        result["after"] = _seen(privacy.intrusion(both, n + len(plan.sites)), frontage)
        result["sites"] = _sites(privacy, existing, facade_views(study, planned_heads(study, plan)), plan)
    return plain(result)


def facade_views(study: Study, heads: Heads) -> Views:
    """Return the views of heads at the level facades are measured from, whatever level and light the score counts."""
    quality = study.settings.quality
    counted = heads if quality.moving == "potential" else heads.guaranteed()
    return counted.views(RANGE_PX_PER_M, quality)[0]


def _seen(found: Intrusion, frontage: dict[str, float]) -> dict[str, Any]:
    return {
        use: {
            "in_view_m": by_level["detect"],
            "share": by_level["detect"] / frontage[use] if frontage[use] else 0.0,
            "by_level_m": by_level,
        }
        for use, by_level in found.seen_m.items()
    }


def _cameras(found: Intrusion, ids: Any) -> list[dict[str, Any]]:
    table = found.cameras.assign(id=ids)[["id", "residential_m", "unknown_m", "recognise_m"]]
    looking = table[(table["residential_m"] > 0) | (table["unknown_m"] > 0)]
    rows: list[dict[str, Any]] = plain(looking.to_dict("records"))
    return rows


def _sites(privacy: Privacy, existing: Views, new: Views, plan: Plan) -> list[dict[str, Any]]:
    first = existing.camera.max(initial=-1) + 1
    number = len(plan.sites)
    new = replace(new, camera=new.camera - new.camera.min(initial=first))
    alone = privacy.intrusion(new, number).cameras
    faced = np.bincount(new.camera, privacy.added(existing, new), minlength=number)
    rows = plain(alone.to_dict("records"))
    return [
        {"rank": site.rank, **row, "added_m": added}
        for site, row, added in zip(plan.sites, rows, faced.tolist(), strict=True)
    ]


def _places(privacy: Privacy, existing: Views, later: Views | None) -> list[dict[str, Any]]:
    """List the places, those in view first, then by distance; a place far from every camera is listed as well."""
    today = privacy.places_in_view(existing)
    both = today if later is None else privacy.places_in_view(later)
    rows = []
    for before, after in zip(today.to_dict("records"), both.to_dict("records"), strict=True):
        row = {"id": before["id"], "kind": before["kind"], "name": before["name"]}
        row |= {"in_view_before": before["in_view"], "views_before": before["views"], "facade_m": after["facade_m"]}
        row |= {"distance_m": after["distance_m"]}
        if later is not None:
            row |= {"in_view_after": after["in_view"], "views_after": after["views"]}
        rows.append(row)
    far = np.inf
    return sorted(
        rows,
        key=lambda r: (
            not r.get("in_view_after", r["in_view_before"]),
            far if np.isnan(r["distance_m"]) else r["distance_m"],
            r["id"],
        ),
    )


def privacy_layers(study: Study, plan: Plan | None) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers ``places`` (points inside) and ``frontage`` (facades of homes and unknown use in view)."""
    crs, places = study.network.crs, study.privacy.places
    views = facade_views(study, heads_after(study, plan) if plan else study.inventory.heads)
    told = study.privacy.places_in_view(views)
    points = [place.representative_point() for place in places["geometry"]]
    where = shapely.transform(np.array(points, object), lambda xy: to_lonlat(xy, crs)) if len(points) else []
    columns = {  # in_view is 1 or 0: GIS programs spell a boolean each in its own way
        "id": places["id"].to_numpy(object), "kind": places["kind"].to_numpy(object),
        "name": places["name"].to_numpy(object), "in_view": told["in_view"].to_numpy(np.int64),
        "distance_m": told["distance_m"].to_numpy(np.float64),
    }  # fmt: skip
    return {"places": gpd.GeoDataFrame(columns, geometry=where, crs=WGS84), "frontage": _frontage(study, plan)}


def _frontage(study: Study, plan: Plan | None) -> gpd.GeoDataFrame:
    privacy, views = study.privacy, facade_views(study, study.inventory.heads)
    new = facade_views(study, planned_heads(study, plan)) if plan else Views.none()
    facades, segments = privacy.facades, privacy.facades.scene.segments
    lines, use, by = [np.empty(0, object)], [np.empty(0, object)], [np.empty(0, object)]
    for role, seen_by in (("existing", views), ("proposed", new)):
        seen = facades.seen_by(seen_by)["any"]
        parts = union(seen.start, seen.end).split_at(segments.start)
        row = np.searchsorted(segments.start, parts.start, side="right") - 1
        kind = privacy.use[segments.edge[row]]
        keep = (kind != "other") & privacy.counted[segments.edge[row]]
        row, start, end = row[keep], parts.start[keep], parts.end[keep]
        size, begin = segments.end[row] - segments.start[row], segments.xy[row, :2]
        along = segments.xy[row, 2:] - begin
        ends = [begin + along * ((at - segments.start[row]) / size)[:, None] for at in (start, end)]
        lines.append(shapely.linestrings(np.stack(ends, axis=1)) if len(row) else np.empty(0, object))
        use.append(kind[keep])
        by.append(np.full(len(row), role, object))
    geometry = np.concatenate(lines)
    crs = study.network.crs
    table = pd.DataFrame({"use": np.concatenate(use), "by": np.concatenate(by), "length_m": shapely.length(geometry)})
    return gpd.GeoDataFrame(table, geometry=shapely.transform(geometry, lambda xy: to_lonlat(xy, crs)), crs=WGS84)
