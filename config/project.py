"""Presets, then the project file, then the command line: each wins over the one before it."""

import difflib
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from camgap.coverage.errors import SettingsError
from camgap.coverage.settings import Settings

SHORT = {
    **{
        key: f"inputs.{key}"
        for key in ("osm", "place", "bbox", "area", "cameras", "districts", "forbidden", "mounts", "demand")
    },
    "models": "plan.use", "prices": "plan.prices", "spacing_m": "plan.spacing_m", "azimuth_steps": "plan.azimuth_steps",
    "per_mount": "plan.per_mount", "bandwidth_m": "demand.bandwidth_m", "hours": "demand.hours",
}  # fmt: skip
PATHS = ("osm", "area", "districts", "forbidden", "mounts", "demand")  # of [inputs]; relative to the project file
LISTS = ("osm", "cameras", "use")


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
        "cameras": {"presets": _shipped("presets.toml")}, "plan": _shipped("models.toml"),
        "upkeep": _shipped("upkeep.toml"),
    }  # fmt: skip
    if project is not None:
        own = _read(project)
        _resolve_paths(own, project.resolve().parent)
        _merge(data, own)
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
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"{where}: {_first_fault(error)}") from None


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
            inputs[key] = [str(folder / value)] if key == "osm" else str(folder / value)
        elif isinstance(value, list):
            inputs[key] = [str(folder / v) if isinstance(v, str) else v for v in value]
    cameras = inputs.get("cameras")
    if isinstance(cameras, str):
        cameras = [cameras]
    if isinstance(cameras, list):
        inputs["cameras"] = [str(folder / c) if isinstance(c, str) and c != "osm" else c for c in cameras]


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
    return f"{key}: {fault['msg']}, not {fault['input']!r:.60}{more}"


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
