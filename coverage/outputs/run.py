"""A run folder read back: for the report, the exports and whoever else draws on a finished run."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from camgap.coverage.errors import InputError, OutputError

HINT = "give the --out folder of a camgap score or plan"


@dataclass(frozen=True)
class Run:
    """A run folder.

    Parameters
    ----------
    folder : Path
    result, manifest : dict
        result.json and manifest.json.
    layers : dict of str to GeoDataFrame
        coverage.gpkg, EPSG:4326.
    """

    folder: Path
    result: dict[str, Any]
    manifest: dict[str, Any]
    layers: dict[str, gpd.GeoDataFrame]

    @property
    def is_plan(self) -> bool:
        """Whether the run proposes anything."""
        return "before" in self.result

    @property
    def before(self) -> dict[str, Any]:
        """Coverage today."""
        coverage: dict[str, Any] = self.result["before"] if self.is_plan else self.result["coverage"]
        return coverage

    @property
    def after(self) -> dict[str, Any]:
        """Coverage with the plan; without one, coverage today."""
        coverage: dict[str, Any] = self.result["after"] if self.is_plan else self.result["coverage"]
        return coverage

    @property
    def sites(self) -> list[dict[str, Any]]:
        """The proposed cameras by rank."""
        return list(self.result.get("sites", ()))

    @property
    def lost_m(self) -> float:
        """Length in view today and no longer with the plan [m]; 0 for a score."""
        lost = self.layers.get("lost")  # what a run made before result.json told it has as well
        told = self.result.get("lost_m")
        return float(told if told is not None else 0.0 if lost is None else lost["length_m"].sum())

    @property
    def newly_covered_m(self) -> float:
        """Length that the plan brings newly into view, what it loses not taken off [m]."""
        return float(self.result["gain_m"]) + self.lost_m

    @property
    def currency(self) -> str:
        """The currency's name; "" if none was given."""
        return str(self.result.get("currency") or "")

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """The camera models of the plan by id."""
        return {m["id"]: m for m in self.result.get("models", ())}


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises
    ------
    InputError
        If it is none, or a file in it cannot be used.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; {HINT}")
    result, manifest = _json(folder / "result.json"), _json(folder / "manifest.json")
    if "before" not in result and "coverage" not in result:
        raise InputError(f"{folder / 'result.json'} holds neither a score nor a plan; {HINT}")
    package = folder / "coverage.gpkg"
    if not package.is_file():
        raise InputError(f"{package}: no such file; {HINT}")
    try:
        names = [name for name, geometry in pyogrio.list_layers(package) if geometry is not None]
        layers = {name: gpd.read_file(package, layer=name) for name in names}
    except (OSError, ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        raise InputError(f"{package} cannot be read as a GeoPackage; {HINT}") from None
    for frame in layers.values():
        texts = frame.select_dtypes(include=["object", "string"]).columns.drop("geometry", errors="ignore")
        frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), "")
    missing = {"streets", "seen", "cameras", "area"} - set(layers)
    if missing:
        raise InputError(f"{package} has no layer {sorted(missing)[0]!r}; {HINT}")
    return Run(folder, result, manifest, layers)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: no such file; {HINT}")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{path} cannot be read as JSON; {HINT}") from None
    if not isinstance(value, dict):
        raise InputError(f"{path} holds no JSON object; {HINT}")
    return value


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and rename it, so that it is whole or untouched.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(unfinished)
        unfinished.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}; choose another folder") from None
    finally:
        unfinished.unlink(missing_ok=True)
