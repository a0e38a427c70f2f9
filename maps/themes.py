"""What streets can be coloured by, and the steps the budget slider stops at: read from a run, tolerant of what it lacks."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd

from camgap.coverage.errors import InputError

# From seeing that something is there to telling who it is; a run that names its own ladder wins.
LADDER = ("monitor", "detect", "observe", "recognise", "recognize", "identify", "inspect")
PROBABILITIES = (0.0, 0.25, 0.5, 0.75, 0.9)  # where the classes of P(covered) begin
LIGHTS = ("day", "night")
CURVE_KEYS = ("money", "sites", "covered_m", "share")

Theme = dict[str, Any]


def themes(layers: Mapping[str, gpd.GeoDataFrame], result: Mapping[str, Any]) -> list[Theme]:
    """Return what streets can be coloured by, besides covered or not.

    Returns
    -------
    list of dict
        ``id``; ``column`` of the layer ``seen``; either ``values``, the column's texts in ascending order, or
        ``bounds``, where the classes of its numbers begin.
    """
    seen = layers.get("seen")
    if seen is None or seen.empty:
        return []
    found: list[Theme] = [{"id": "overlap", "column": "depth", "bounds": [1, 2, 3]}]
    if "level" in seen.columns:
        names = seen["level"].dropna().astype(str)
        found.append({"id": "level", "column": "level", "values": _ordered(set(names) - {""}, result)})
    if "p" in seen.columns:
        found.append({"id": "p", "column": "p", "bounds": list(PROBABILITIES)})
    return [theme for theme in found if theme.get("values", True)]


def lights(layers: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """Return the lights the map can be switched between: "day" and "night", or none.

    A stretch of the layer ``seen`` is in view in the lights its column ``light`` names ("day", "night" or "day;night");
    one that names none is in view in both.
    """
    seen = layers.get("seen")
    if seen is None or "light" not in seen.columns:
        return []
    named = ";".join(seen["light"].dropna().astype(str).unique())
    return list(LIGHTS) if "night" in named else []


def cost_curve(result: Mapping[str, Any]) -> list[dict[str, float | None]]:
    """Return the steps of a plan as its result tells them, by number of sites; none if it has no ``curve``.

    Returns
    -------
    list of dict
        ``money``; ``sites``, how many of the proposed sites, in the order of their rank, stand; ``covered_m``;
        ``share``; ``bound_share`` or None.

    Raises
    ------
    InputError
        If a step lacks one of these, or steps do not ascend.
    """
    steps = []
    for i, step in enumerate(result.get("curve") or ()):
        for key in CURVE_KEYS:
            if not isinstance(step, Mapping) or not isinstance(step.get(key), int | float):
                raise InputError(f"result.json: curve[{i}] has no number {key!r}; write the run again")
        steps.append({key: step.get(key) for key in (*CURVE_KEYS, "bound_share")})
    if [s["sites"] for s in steps] != sorted({s["sites"] for s in steps}):
        raise InputError("result.json: the steps of curve do not ascend by their number of sites; write the run again")
    return steps


def site_notes(result: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return what a plan says of its sites beyond their layer: rank -> rows of "why" or "next" and a text."""
    notes = {}
    for site in result.get("sites") or ():
        rows = [(key, site[key]) for key in ("why", "next") if isinstance(site.get(key), str) and site[key]]
        if rows:
            notes[str(site["rank"])] = rows
    return notes


def _ordered(names: Iterable[str], result: Mapping[str, Any]) -> list[str]:
    """Order levels by the run's own ladder, else by the usual one; unknown ones first, by name or number."""
    ladder = [str(level.get("name", level.get("id")) if isinstance(level, Mapping) else level) for level in
              result.get("levels") or LADDER]  # fmt: skip
    rank = {name: i for i, name in enumerate(ladder)}

    def key(name: str) -> tuple[int, float, str]:
        number = float(name) if name.replace(".", "", 1).isdigit() else 0.0
        return rank.get(name, -1), number, name

    return sorted(names, key=key)
