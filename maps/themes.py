"""What streets can be coloured by, and where the budget slider stops: read from a run, tolerant of what it lacks."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd

from camgap.coverage.errors import InputError

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)  # where the classes of P(covered) begin
LIGHTS = ("day", "night")
CURVE_KEYS = ("money", "sites", "covered_m", "share")

Theme = dict[str, Any]


def themes(layers: Mapping[str, gpd.GeoDataFrame], result: Mapping[str, Any]) -> list[Theme]:
    """Return what streets can be coloured by, besides covered or not.

    Returns
    -------
    list of dict
        ``id``; ``layer`` that holds it, absent where it is the stretches in view themselves; ``columns``: the layer's
        column by light, "day" and "night", or by "" where light makes no difference; ``today``: the same of the state
        without the proposal, where the layer has it; ``steps``: the same of every step, JSON lists of [step, value];
        ``light``: by which its numbers are, where the run says so of a layer without columns by light;
        ``figures``: by light, for every class a list of metres and one of shares, step by step, as the result has them;
        either ``values``, the columns' texts in ascending order, or ``bounds``, where the classes of their numbers
        begin.

    Raises
    ------
    InputError
        If a column of every step cannot be read.
    """
    there = {name: frame for name, frame in layers.items() if not frame.empty}
    found: list[Theme] = []
    if "seen" in there:
        found.append({"id": "overlap", "columns": {"": "depth"}, "bounds": [1, 2, 3]})
    if "levels" in there:
        levels = there["levels"]
        columns = {light: light for light in LIGHTS if light in levels.columns}
        today = _today(levels, columns)
        steps = _steps(levels, columns)
        names = {str(name) for column in (*columns.values(), *today.values()) for name in levels[column].dropna()}
        names |= {str(value) for column in steps.values() for value in _values("levels", levels, column)}
        ordered = _ordered(names - {""}, result)
        more = _known(steps=steps, figures=_level_figures(result, ordered, columns))
        found.append({"id": "level", "layer": "levels", "columns": columns, "today": today, **more, "values": ordered})
    if "certainty" in there:
        columns, certainty = {"": "p"}, there["certainty"]
        steps, today = _steps(certainty, columns), _today(certainty, columns)
        bounds = list(PROBABILITIES)
        for column in steps.values():
            _values("certainty", certainty, column)
        more = _known(steps=steps, figures=_certain_figures(result, bounds))
        light = _one_light(certainty)
        found.append(
            {"id": "p", "layer": "certainty", "columns": columns, "today": today, **light, **more, "bounds": bounds}
        )
    return [theme for theme in found if theme["columns"] and theme.get("values", True)]


def _one_light(certainty: gpd.GeoDataFrame) -> dict[str, str]:
    """Return by which light the probabilities are; nothing of a run of an earlier version."""
    said = set(certainty["light"]) if "light" in certainty else set()
    return {"light": said.pop()} if len(said) == 1 and said <= set(LIGHTS) else {}


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


def site_notes(result: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return what a plan says of its sites beyond their layer: rank -> ``why`` of result.json, models by their names.

    Parameters
    ----------
    models : mapping of str to str
        Names of camera models by id.
    """
    notes = {}
    for site in result.get("sites") or ():
        if not isinstance(site.get("why"), Mapping):
            continue
        note = dict(site["why"])
        if isinstance(other := note.get("replacement"), Mapping):
            note["replacement"] = {**other, "model": models.get(other.get("model"), other.get("model"))}
        notes[str(site["rank"])] = note
    return notes


def _today(layer: gpd.GeoDataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that tell the same of today; none unless all are there."""
    today = {light: f"{column}_today" for light, column in columns.items()}
    return today if set(today.values()) <= set(layer.columns) else {}


def _known(**parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part}


def _steps(layer: gpd.GeoDataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that tell the same of every step; none unless all are there."""
    steps = {light: f"{column}_steps" for light, column in columns.items()}
    return steps if set(steps.values()) <= set(layer.columns) else {}


def _values(name: str, layer: gpd.GeoDataFrame, column: str) -> set[Any]:
    """Return the values in a column of JSON lists of [step, value]."""
    found = set()
    for text in layer[column].dropna().unique():
        try:
            for step, value in json.loads(text):
                if not isinstance(step, int) or not isinstance(value, str | int | float):
                    raise ValueError
                found.add(value)
        except (TypeError, ValueError):
            raise InputError(
                f"layer {name!r}: {column} holds {str(text)[:40]!r}, expected a list of [step, value]; "
                "write the run again"
            ) from None
    return found


def _level_figures(result: Mapping[str, Any], levels: list[str], lights: Iterable[str]) -> dict[str, Any]:
    rows = _by_step(result, "levels", "level")
    if not set(levels) <= set(rows):
        return {}
    return {light: [_figures(rows[level], f"{light}_") for level in levels] for light in lights}


def _certain_figures(result: Mapping[str, Any], bounds: list[float]) -> dict[str, Any]:
    rows = _by_step(result, "certainty", "p")
    return {"": [_figures(rows[bound], "") for bound in bounds]} if set(bounds) <= set(rows) else {}


def _by_step(result: Mapping[str, Any], part: str, key: str) -> dict[Any, Mapping[str, Any]]:
    """Return what the result tells of every step; nothing where it is of an earlier version."""
    try:
        return {row[key]: row for row in (result.get("by_step") or {}).get(part, ())}
    except (AttributeError, KeyError, TypeError):
        raise InputError(
            f"result.json: by_step.{part} is no list of {key!r} and figures; write the run again"
        ) from None


def _figures(row: Mapping[str, Any], light: str) -> dict[str, list[float]]:
    """Return metres and shares, rounded for the page: far finer than what it says."""
    try:
        return {
            unit: [round(one, digits) for one in row[f"{light}{unit}"]] for unit, digits in (("m", 2), ("share", 7))
        }
    except (KeyError, TypeError):
        raise InputError(
            f"result.json: by_step has no list of numbers {light}m or {light}share; write the run again"
        ) from None


def _ordered(names: Iterable[str], result: Mapping[str, Any]) -> list[str]:
    """Order levels as the result's own ladder does, lowest first; names it does not know come before."""
    coverage = result.get("after") or result.get("coverage") or {}
    ladder = [row["level"] for row in coverage.get("quality", {}).get("levels", ())]
    return sorted(names, key=lambda name: (ladder.index(name) if name in ladder else -1, name))
