"""Presets, then the project file, then the command line: each wins over the one before it."""

import difflib
import math
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from camgap.coverage.errors import SettingsError
from camgap.coverage.settings import MergeSettings, Settings

SHORT = {
    **{
        key: f"inputs.{key}"
        for key in (
            "osm", "place", "bbox", "area", "cameras", "districts", "forbidden", "no_view", "lamps", "mounts", "demand",
            "overrides",
        )
    },
    **{key: f"quality.{key}" for key in ("level", "light", "moving", "target_m")},
    "draws": "bands.draws", "seed": "bands.seed", "bandwidth_m": "demand.bandwidth_m", "hours": "demand.hours",
    "models": "plan.use", "prices": "plan.prices", "spacing_m": "plan.spacing_m",
    "azimuth_steps": "plan.azimuth_steps",
    "per_mount": "plan.per_mount", "actions": "plan.use_actions", "force": "plan.force", "forbid": "plan.forbid",
    "apart_m": "plan.apart_m", "refine": "plan.refine", "objective": "plan.objective",
    "time_limit": "plan.time_limit_s", "target": "plan.target", "floors": "plan.floors",
    "robust": "plan.robust", "robust_target": "plan.robust_target",
    "home_weight": "plan.home_weight",
    "cameras_crs": "inputs.crs", "dialect": "inputs.dialect",
}  # fmt: skip
PATHS = (  # of [inputs]; relative to the project file
    "osm", "area", "districts", "forbidden", "mounts", "no_view", "lamps", "demand", "overrides",
)  # fmt: skip
LISTS = ("osm", "cameras", "overrides", "use", "use_actions", "force", "forbid")


def load_settings(project: Path | None = None, **over: Any) -> Settings:
    """Fill the settings of a study.

    Parameters
    ----------
    project : Path, optional
        A TOML file with the tables of :class:`~camgap.coverage.settings.Settings`. Beside them ``[plan.prices]`` sets
        the price of single camera models and ``plan.use`` names the models to choose from.
    **over
        Settings by dotted key (``{"plan.spacing_m": 20}``) or short name (:data:`SHORT`, ``osm=[...]``); ``None`` means
        not given. A single path or name stands for a list of one.

    Raises
    ------
    SettingsError
        One line that names the file, the key and the nearest known key or the expected value.
    """
    data: dict[str, Any] = {
        "cameras": {"presets": _shipped("presets.toml")}, "plan": _shipped("models.toml"), **_shipped("levels.toml"),
        "upkeep": _shipped("upkeep.toml"),
    }  # fmt: skip
    if project is not None:
        own = _read(project)
        _resolve_paths(own, project.resolve().parent)
        _merge(data, own)
    if over.get("cameras") is not None and isinstance(data.get("inputs"), dict):
        data["inputs"].pop("sources", None)  # lists given here win over all lists of the file
    for key, value in over.items():
        if value is not None:
            *head, last = SHORT.get(key, key).split(".")
            node = data
            for part in head:
                node = node.setdefault(part, {}) if isinstance(node, dict) else {}
            if last in LISTS:
                value = [str(v) for v in ([value] if isinstance(value, str | Path) else value)]
            node[last] = value
    where = str(project) if project else "settings"
    _apply_prices(data["plan"], where)
    if isinstance(data["cameras"], dict):
        data["cameras"].setdefault("sheets", _shipped("models.toml")["models"])
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"{where}: {_first_fault(error)}") from None


def merge_settings(**given: Any) -> MergeSettings:
    """Return when rows of camera lists are one camera; ``None`` means not given.

    Raises
    ------
    SettingsError
        If a value is out of range.
    """
    try:
        return MergeSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(f"merge: {_first_fault(error)}") from None


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(files("camgap.config").joinpath(name).read_text(encoding="utf-8"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no such project file; check --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None


def _resolve_paths(own: dict[str, Any], folder: Path) -> None:
    inputs = own.get("inputs")
    if not isinstance(inputs, dict):
        return
    for key in PATHS:
        value = inputs.get(key)
        if isinstance(value, str):
            inputs[key] = [str(folder / value)] if key in LISTS else str(folder / value)
        elif isinstance(value, list):
            inputs[key] = [str(folder / v) if isinstance(v, str) else v for v in value]
    cameras = inputs.get("cameras")
    if isinstance(cameras, str):
        cameras = [cameras]
    if isinstance(cameras, list):
        inputs["cameras"] = [_resolve_source(c, folder) for c in cameras]
    sources = inputs.get("sources")
    for table in [inputs, *(sources if isinstance(sources, list) else [])]:
        if isinstance(table, dict) and "file" in table:
            table["file"] = _resolve_source(table["file"], folder)
        if isinstance(table, dict) and str(table.get("dialect", "")).endswith(".toml"):
            table["dialect"] = str(folder / table["dialect"])


def _resolve_source(source: Any, folder: Path) -> Any:
    """Return a camera source with its path made absolute; "osm" and database addresses are no paths."""
    is_path = isinstance(source, str) and source != "osm" and "://" not in source
    return str(folder / source) if is_path else source


def _merge(data: dict[str, Any], own: Mapping[str, Any]) -> None:
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(data.get(key), dict):
            _merge(data[key], value)
        else:
            data[key] = value


def _apply_prices(plan: Any, where: str) -> None:
    """Turn ``[plan.prices]`` and ``plan.use`` into the list of models."""
    if not isinstance(plan, dict) or not isinstance(plan.get("models"), list):
        raise SettingsError(f"{where}: plan is a table, plan.models a list of tables ([[plan.models]])")
    models = [dict(m) if isinstance(m, dict) else m for m in plan["models"]]
    known = [m["id"] for m in models if isinstance(m, dict) and "id" in m]
    prices, use = plan.pop("prices", {}), plan.pop("use", None)
    if not isinstance(prices, dict) or not isinstance(use, list | tuple | None):
        raise SettingsError(f"{where}: plan.prices is a table (model = price), plan.use a list of model ids")
    for model in [*prices, *(use or [])]:
        if model not in known:
            raise SettingsError(f"{where}: there is no camera model {model!r}; {_nearest(str(model), known)}")
    for model, price in prices.items():
        if not isinstance(price, int | float) or isinstance(price, bool) or not 0 < price < math.inf:
            raise SettingsError(f"{where}: plan.prices.{model}: expected a price above 0, not {price!r:.60}")
    for m in models:
        if isinstance(m, dict) and m.get("id") in prices:
            m["price"] = prices[m["id"]]
    plan["models"] = [m for m in models if not use or not isinstance(m, dict) or m.get("id") in use]


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key!r}; {_nearest(str(fault['loc'][-1]), _known_keys(Settings, fault['loc'][:-1]))}{more}"
    if fault["type"] == "value_error":  # raised by a settings class of our own, and complete
        return f"{key}: {fault['ctx']['error']}{more}"
    close = ""
    if fault["type"] == "literal_error":
        near = difflib.get_close_matches(str(fault["input"]), re.findall(r"'([^']*)'", fault["ctx"]["expected"]), n=1)
        close = f"; did you mean {near[0]!r}?" if near else ""
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}, not {fault['input']!r:.60}{close}{more}"


def _known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that may stand at a place of the settings."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel) and part in here.model_fields:
            here = here.model_fields[str(part)].annotation
        while not isinstance(here, type) or not issubclass(here, BaseModel):
            inner = [a for a in getattr(here, "__args__", ()) if a not in (str, int, float, type(None), ...)]
            if not inner:
                return []
            here = inner[0]
    return list(here.model_fields)


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
