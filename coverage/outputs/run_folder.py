"""The run folder: result.json, coverage.gpkg, sites.csv, map.html, manifest.json. It is whole or absent."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from camgap.coverage.errors import OutputError
from camgap.coverage.outputs.files.styles import embed_styles
from camgap.coverage.outputs.layers import FILE_ONLY, SITE_COLUMNS, Layers
from camgap.coverage.outputs.plain import plain
from camgap.coverage.outputs.safe_cells import csv_text
from camgap.coverage.outputs.targets import refuse_inputs
from camgap.coverage.study import Study

MANIFEST = "manifest.json"
PACKAGES = ("camgap", "numpy", "shapely", "numba", "osmnx", "geopandas", "osmium", "pyproj")


def check_target(out: Path, overwrite: bool, inputs: Sequence[Path] = ()) -> None:
    """Refuse, before anything is computed, a folder that cannot become a run folder.

    Raises
    ------
    OutputError
        If the folder exists and may not be replaced, holds one of the `inputs`, or cannot be written.
    """
    refuse_inputs(out, inputs)
    if out.exists():
        if not out.is_dir():
            raise OutputError(f"{out}: is a file, not a folder; choose another --out")
        if any(out.iterdir()):
            if not overwrite:
                raise OutputError(f"{out}: exists and is not empty; choose another --out or add --overwrite")
            if not (out / MANIFEST).is_file():
                raise OutputError(f"{out}: is not a run folder of camgap and is left alone; choose another --out")
    parent = out.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OutputError(f"{out}: {parent} cannot be written; choose another --out")


@contextmanager
def new_folder(out: Path, overwrite: bool, inputs: Sequence[Path] = ()) -> Iterator[Path]:
    """Give a temporary folder beside `out` that takes its name when the block ends well, and vanishes otherwise."""
    check_target(out, overwrite, inputs)
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.absolute().parent))
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror}; choose another --out") from None
    try:
        yield making
        making.chmod(0o755)
        if out.exists():
            old = making.with_suffix(".old")
            out.rename(old)
            making.rename(out)
            shutil.rmtree(old)
        else:
            making.rename(out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}; nothing was changed") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_layers(path: Path, layers: Layers) -> None:
    """Write GeoDataFrames as the layers of one GeoPackage, with styles; an empty layer keeps its columns."""
    geometry = {"streets": "LineString", "seen": "LineString", "gaps": "MultiLineString", "cameras": "Point"}
    geometry |= {"sites": "Point", "levels": "LineString", "certainty": "LineString", "lost": "LineString"}
    geometry |= {"sites": "Point", "places": "Point", "frontage": "LineString", "evaluation": "LineString"}
    for name, frame in layers.items():
        kind = geometry.get(name, "MultiPolygon")
        frame.to_file(
            path, layer=name, driver="GPKG", engine="pyogrio", geometry_type=kind, promote_to_multi=kind[:5] == "Multi"
        )
    embed_styles(path, layers)


def manifest(
    command: str, settings: Mapping[str, Any], sources: list[dict[str, Any]], data_date: str | None
) -> dict[str, Any]:
    """Return how a result came about: inputs with SHA-256, data date, settings, versions, seed."""
    return {
        "command": command,
        "inputs": sources,
        "data_date": data_date,
        "settings": settings,
        "seed": None,  # nothing here is drawn by chance
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "licence": "Streets and buildings: © OpenStreetMap contributors, Open Database Licence 1.0",
    }


def write_run(
    out: Path,
    overwrite: bool,
    result: Mapping[str, Any],
    layers: Layers,
    study: Study,
    draw_map: Callable[[Layers, Mapping[str, Any]], str],
) -> None:
    """Write a run folder.

    Parameters
    ----------
    draw_map : callable
        Turns layers and result into the text of map.html.

    Raises
    ------
    OutputError
        If the folder exists and may not be replaced, or cannot be written; nothing is changed then.
    """
    settings = study.settings.model_dump(mode="json", exclude={"inputs"})
    with new_folder(out, overwrite, study.files) as folder:
        (folder / "result.json").write_text(to_json(result), encoding="utf-8")
        write_layers(folder / "coverage.gpkg", layers)
        sites = pd.DataFrame(result.get("sites", []), columns=list(SITE_COLUMNS))
        (folder / "sites.csv").write_text(csv_text(sites), encoding="utf-8", newline="")
        drawn = {name: layer for name, layer in layers.items() if name not in FILE_ONLY}
        (folder / "map.html").write_text(draw_map(drawn, plain(result)), encoding="utf-8")
        origin = manifest(result["command"], settings, study.sources(), study.data_date)
        (folder / MANIFEST).write_text(to_json(origin), encoding="utf-8")


def write_comparison(
    out: Path,
    overwrite: bool,
    result: Mapping[str, Any],
    layers: Layers,
    draw_map: Callable[[Layers, Mapping[str, Any], str], str],
) -> None:
    """Write what changed from one run to another: result.json, changes.gpkg, map.html, manifest.json.

    Raises
    ------
    OutputError
        If the folder exists and may not be replaced, or cannot be written; nothing is changed then.
    """
    a, b, common = result["a"], result["b"], result["common"]
    share = common["covered_b_m"] / common["length_m"] if common["length_m"] else 0.0
    shown = {
        "command": "compare",
        "coverage": {"covered_m": common["covered_b_m"], "share": share},
        "streets": {"length_m": common["length_m"], "set_aside": {}},
    }
    with new_folder(out, overwrite) as folder:
        (folder / "result.json").write_text(to_json(result), encoding="utf-8")
        write_layers(folder / "changes.gpkg", layers)
        page = draw_map(layers, plain(shown), f"From {a['run']} to {b['run']}")
        (folder / "map.html").write_text(page, encoding="utf-8")
        (folder / MANIFEST).write_text(to_json({"command": "compare", "runs": [a["run"], b["run"]]}), encoding="utf-8")


def to_json(value: Any, indent: int | None = 1) -> str:
    """Return JSON text with NaN as null and every script readable."""
    return json.dumps(plain(value), ensure_ascii=False, indent=indent, allow_nan=False)
