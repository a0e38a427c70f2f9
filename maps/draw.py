"""The map of a run: what its folder holds, put on one page.

Nothing is scored here. Lengths, shares, ranks and prices are the run's own; this module chooses what goes onto the
page and ``assets/`` how it looks there.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from camgap.coverage.errors import InputError, OutputError
from camgap.maps.packed import COARSE, FINE, FINE_POINTS, Column, Kind, Number, Text, pack, pack_table
from camgap.maps.page import OfflineMap, standalone_html
from camgap.maps.themes import cost_curve, site_notes, themes
from camgap.maps.words import DEFAULT_LANGUAGE, catalogue, check_language

LENGTH, SHARE = Number(0.01, cut=True), Number(0.0001, cut=True)  # the page rounds them, as the report does
COUNT, TENTH = Number(1), Number(0.1)
TEXT = Text()

# What the page keeps of each layer of a run; everything else stays in coverage.gpkg.
COLUMNS: dict[str, tuple[Kind, dict[str, Column]]] = {
    "area": ("area", {"source": TEXT}),
    "districts": ("area", {"name": TEXT, "length_m": LENGTH, "covered_m": LENGTH, "share": SHARE}),
    "buildings": ("area", {"height": TENTH}),
    "views": ("area", {"camera": TEXT, "rank": COUNT}),
    "gaps": ("line", {"rank": COUNT, "length_m": LENGTH, "weight_m": LENGTH, "streets": TEXT, "highway": TEXT}),
    "streets": (
        "line",
        {"name": TEXT, "highway": TEXT, "length_m": LENGTH, "covered_m": LENGTH, "share": SHARE},
    ),
    "seen": ("line", {"depth": COUNT}),
    "certainty": ("line", {"p": SHARE}),
    "levels": ("line", {"day": TEXT, "night": TEXT}),
    "lost": ("line", {}),
    "cameras": (
        "point",
        {
            "id": TEXT, "name": TEXT, "source": TEXT, "kind": TEXT, "status": TEXT, "azimuth": TEXT, "hfov": TENTH,
            "range_m": TENTH, "seen_m": LENGTH, "only_m": LENGTH, "hidden_m": LENGTH, "moved_m": LENGTH, "filled": TEXT,
        },
    ),
    "sites": (
        "point",
        {
            "rank": COUNT, "id": TEXT, "model": TEXT, "azimuth": TENTH, "cost": Number(0.01), "gain_m": LENGTH,
            "cumulative_share": SHARE, "street": TEXT,
        },
    ),
}  # fmt: skip

# Columns that a run may have or not; the page tells what is there.
OPTIONAL: dict[str, dict[str, Column]] = {
    "streets": {"covered_today_m": LENGTH, "share_today": SHARE},
    "certainty": {"p_today": SHARE, "p_steps": TEXT},
    "levels": {"day_today": TEXT, "night_today": TEXT, "day_steps": TEXT, "night_steps": TEXT},
    "seen": {"step": COUNT, "cameras": TEXT, "sites": TEXT},
    "lost": {"step": COUNT, "cameras": TEXT, "sites": TEXT},
    "cameras": {"height_m": TENTH, "tilt": TENTH},
    "districts": {"floor": SHARE},
    "gaps": {"more_streets": COUNT},
    "sites": {"kind": TEXT, "to": TEXT, "action": TEXT, "phase": TEXT, "height_m": TENTH, "tilt": TENTH},
}

# Layers of which the page shows two, existing and proposed: the column that tells them apart, their names there.
SPLIT = {"seen": ("by", "covered", "gained"), "views": ("role", "views", "proposed_views")}

# Streets by name, of result.json: today, and with the proposal if there is one.
BY_STREET: dict[str, Column] = {"name": TEXT, "length_m": LENGTH, "share": SHARE, "share_after": SHARE}

# What the page says beside the map, of result.json. Its long lists of gaps and sites are on the map already.
RESULT_KEYS = (
    "command", "edition", "study_area", "data_date", "sight", "gain_m", "newly_covered_m", "lost_m",
    "upper_bound_gain_m", "gap", "budget", "spent", "currency", "plan", "floors", "existing_cameras", "blur",
)  # fmt: skip
COVERAGE_KEYS = ("bands", "covered_m", "share", "depth_m", "share_ignoring_buildings", "by_class", "by_district")
STREET_KEYS = ("edges", "length_m", "set_aside")
QUALITY_KEYS = ("level", "px_per_m", "light", "standard", "target_m", "day", "night")
CAMERA_KEYS = ("read", "used", "set_aside", "moved_to_facade", "filled")


def draw_map(
    layers: Mapping[str, gpd.GeoDataFrame],
    result: Mapping[str, Any],
    title: str | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> str:
    """Return the map of a run as one HTML text that needs no network.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        EPSG:4326; any of the keys of `COLUMNS`, with the columns named there and any of `OPTIONAL`. A layer may be
        absent or empty.
    result : mapping
        What result.json says, of ``score`` or ``plan``.
    title : str, optional
        Title of the document and heading of its panel; "Camera coverage" in the page's language if not given.
    lang : str
        Language the page opens in, one of the catalogue's; a reader may switch.

    Raises
    ------
    InputError
        If no layer holds a geometry, or one lacks a column, or holds another kind of geometry than it should; if the
        result's cost curve cannot be read, or there is no such language.
    """
    check_language(lang)
    words = catalogue()
    unknown = sorted(set(layers) - set(COLUMNS))
    if unknown:
        raise InputError(f"the map knows no layer {unknown[0]!r}; known layers: {', '.join(COLUMNS)}")
    west, south, east, north = _bounds(layers)
    points = sum(int(shapely.get_num_coordinates(frame.geometry.array).sum()) for frame in layers.values())
    layers = _with_model_names(layers, result)
    step = FINE if points <= FINE_POINTS else COARSE
    title = title or words[lang]["title"]
    data = {
        "title": title,
        "lang": lang,
        "words": words,
        "bounds": [[south, west], [north, east]],
        "result": _summary(result),
        "layers": {name: _pack_layer(frame, source, step) for name, frame, source in _drawn(layers)},
        "by_street": pack_table(_by_street(result), BY_STREET),
        "curve": cost_curve(result),
        "notes": site_notes(result, _model_names(result)),
        "themes": themes(layers, result),
    }
    return standalone_html(
        OfflineMap(((south + north) / 2, (west + east) / 2), zoom_start=14), title, data, words[lang]["locale"]
    )


def write_map(run_folder: Path, out: Path, lang: str = DEFAULT_LANGUAGE) -> None:
    """Draw the run in `run_folder` (its ``coverage.gpkg`` and ``result.json``) and write the page to `out`.

    The page is written beside `out` and renamed, so `out` is whole or untouched.

    Raises
    ------
    InputError
        If `run_folder` is not a run folder, or a file in it cannot be used.
    OutputError
        If `out` cannot be written.
    """
    html = draw_map(*read_run(Path(run_folder)), lang=lang)
    out = Path(out)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_text(html, encoding="utf-8", newline="\n")
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OutputError(
            f"cannot write the map {out}: {error.strerror or error}; choose a folder that can be written"
        ) from None


def read_run(run_folder: Path) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """Return the layers (EPSG:4326) and the result that a run folder holds.

    Raises
    ------
    InputError
        If `run_folder` is not a run folder, or a file in it cannot be used.
    """
    hint = "expected a folder written by `camgap score --out` or `camgap plan --out`"
    result_file, package = run_folder / "result.json", run_folder / "coverage.gpkg"
    for path in (result_file, package):
        if not path.is_file():
            raise InputError(f"{run_folder} is not a run folder: it holds no {path.name}; {hint}")
    try:
        result = json.loads(result_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{result_file} cannot be read as JSON; {hint}") from None
    if not isinstance(result, dict):
        raise InputError(f"{result_file} holds no JSON object; {hint}")
    try:
        names = [name for name, geometry in pyogrio.list_layers(package) if geometry is not None and name in COLUMNS]
        layers = {name: gpd.read_file(package, layer=name).to_crs(4326) for name in names}
    except (OSError, ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        raise InputError(f"{package} cannot be read as a GeoPackage; {hint}") from None
    if "streets" not in layers:
        raise InputError(f"{package} has no layer 'streets'; {hint}")
    return layers, result


def _drawn(layers: Mapping[str, gpd.GeoDataFrame]) -> Iterator[tuple[str, gpd.GeoDataFrame, str]]:
    """Yield the page's layers: its name there, the features, the key of `COLUMNS`.

    What exists and what is proposed can be switched apart, so they are layers of their own.
    """
    for name in COLUMNS:
        if name not in layers or layers[name].empty:
            continue
        frame = layers[name]
        if name not in SPLIT:
            yield name, frame, name
            continue
        column, existing, proposed = SPLIT[name]
        if column not in frame.columns:
            raise InputError(f"layer {name!r}: map layer lacks the column {column!r}")
        is_proposed = (frame[column] == "proposed").to_numpy()
        yield existing, frame[~is_proposed], name
        yield proposed, frame[is_proposed], name


def _pack_layer(frame: gpd.GeoDataFrame, source: str, step: float) -> dict[str, Any]:
    try:
        kind, columns = COLUMNS[source]
        there = {name: column for name, column in OPTIONAL.get(source, {}).items() if name in frame.columns}
        return pack(frame, kind, {**columns, **there}, step=step)
    except InputError as error:
        raise InputError(f"layer {source!r}: {error}") from None


def _bounds(layers: Mapping[str, gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    """Return west, south, east, north [°] of the study area; of the streets, or of everything, where there is none."""
    for names in (("area",), ("streets",), tuple(COLUMNS)):
        boxes = np.array([layers[name].total_bounds for name in names if name in layers and not layers[name].empty])
        boxes = boxes[np.isfinite(boxes).all(axis=1)] if len(boxes) else boxes
        if len(boxes):
            west, south = boxes[:, :2].min(axis=0).tolist()
            east, north = boxes[:, 2:].max(axis=0).tolist()
            return west, south, east, north
    raise InputError("there is nothing to draw: no layer holds a geometry")


def _summary(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a result that the page shows."""
    summary = _only(result, RESULT_KEYS)
    for key in ("before", "after", "coverage"):
        if key in result:
            summary[key] = _only(result[key], COVERAGE_KEYS)
            if "quality" in result[key]:
                summary[key]["quality"] = _only(result[key]["quality"], QUALITY_KEYS)
    if "streets" in result:
        summary["streets"] = _only(result["streets"], STREET_KEYS)
    if "cameras" in result:
        summary["cameras"] = _only(result["cameras"], CAMERA_KEYS)
    summary["homes_m"], summary["unknown_m"] = (
        _facade(result.get("privacy") or {}, use) for use in ("residential", "unknown")
    )
    summary["phases"] = [str(phase["name"]) for phase in result.get("phases") or ()]
    summary["actions"] = list((result.get("actions") or {}).get("used", ()))
    return summary


def _facade(privacy: Mapping[str, Any], use: str) -> dict[str, float]:
    """Return the length of facade in view, before and after [m]: of homes or of unknown use; empty if not measured."""
    return {key: privacy[key][use]["in_view_m"] for key in ("before", "after") if use in privacy.get(key, {})}


def _model_names(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the plan's camera models by id."""
    return {str(model["id"]): str(model["name"]) for model in result.get("models") or ()}


def _with_model_names(
    layers: Mapping[str, gpd.GeoDataFrame], result: Mapping[str, Any]
) -> Mapping[str, gpd.GeoDataFrame]:
    """Return the layers, with the names of models in place of their ids."""
    names, sites = _model_names(result), layers.get("sites")
    if not names or sites is None or "model" not in sites.columns:
        return layers
    return {**layers, "sites": sites.assign(model=sites["model"].map(lambda model: names.get(model, model)))}


def _by_street(result: Mapping[str, Any]) -> pd.DataFrame:
    """Return the result's streets by name, longest first; ``share_after`` is empty where nothing is proposed."""
    today = pd.DataFrame(
        result.get("before", result.get("coverage", {})).get("by_street", []), columns=["name", "length_m", "share"]
    )
    after = pd.DataFrame(result.get("after", {}).get("by_street", []), columns=["name", "share"])
    return today.merge(after, on="name", how="left", suffixes=("", "_after"))


def _only(mapping: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: mapping[key] for key in keys if key in mapping}
