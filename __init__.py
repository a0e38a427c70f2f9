"""camgap: the camera-coverage gap planner.

    import camgap

    study = camgap.load(osm="town.osm.pbf", cameras="cameras.csv", budget=500_000)
    report = camgap.score(study)      # report.share, report.by_class, report.gaps ...
    plan = camgap.plan(study)         # plan.sites, plan.gain_m, plan.upper_bound_gain_m ...
    camgap.save(study, plan, "run")   # a run folder: result.json, coverage.gpkg, sites.csv, map.html, manifest.json

Importing this costs nothing; numpy and its kin are loaded by the first call.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from camgap.coverage.scoring.report import Report
    from camgap.coverage.siting.greedy import Stages
    from camgap.coverage.siting.outcome import Plan
    from camgap.coverage.study import CameraCheck, Study


def __getattr__(name: str) -> str:
    """Look up ``__version__`` when asked: importlib.metadata would double the time of this import."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("camgap")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"


def check(project: "str | Path | None" = None, **settings: Any) -> "CameraCheck":
    """Read camera lists and, if a street network is given, place the cameras on it; nothing is scored.

    Takes what :func:`load` takes.
    """
    from camgap.config.project import load_settings
    from camgap.coverage.study import check_study

    return check_study(load_settings(Path(project) if project else None, **settings))


def load(project: "str | Path | None" = None, *, progress: "Stages | None" = None, **settings: Any) -> "Study":
    """Read the inputs of a study.

    Parameters
    ----------
    project : str or Path, optional
        A project file (TOML).
    progress : callable, optional
        Called with the name of the stage, steps done and steps in all (0 if unknown).
    **settings
        Win over the project file: ``osm``, ``place``, ``bbox``, ``area``, ``cameras``, ``districts``, ``forbidden``,
        ``mounts``, ``budget``, ``sites``, ``models``, ``prices``, or any dotted key of the settings.

    Raises
    ------
    CamgapError
        If a setting or an input cannot be used; one line.
    """
    from camgap.config.project import load_settings
    from camgap.coverage.study import load_study

    return load_study(load_settings(Path(project) if project else None, **settings), progress)


def score(study: "Study", progress: "Stages | None" = None) -> "Report":
    """Measure what the cameras of a study see."""
    from camgap.coverage.study import score_study

    return score_study(study, progress)


def plan(study: "Study", progress: "Stages | None" = None) -> "Plan":
    """Choose what to do for the study's ``budget`` or number of ``sites``."""
    from camgap.coverage.planning import plan_study

    return plan_study(study, progress)


def save(
    study: "Study", result: "Report | Plan", out: "str | Path", *, overwrite: bool = False, lang: str = "en"
) -> dict[str, Any]:
    """Write a run folder and return what its result.json says; `lang` is the language of its map ("en", "zh")."""
    from functools import partial

    from camgap.coverage.outputs.layers import layers_of
    from camgap.coverage.outputs.results import plan_result, score_result
    from camgap.coverage.outputs.run_folder import write_run
    from camgap.coverage.siting.outcome import Plan
    from camgap.maps.draw import draw_map

    if isinstance(result, Plan):
        said, layers = plan_result(study, result), layers_of(study, result.before, result)
    else:
        said, layers = score_result(study, result), layers_of(study, result)
    write_run(Path(out), overwrite, said, layers, study, partial(draw_map, lang=lang))
    return said
