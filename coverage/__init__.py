"""View-coverage model (import it as ``camgap.coverage``).

The folder shares its name with coverage.py. Whenever the repository root is on ``sys.path``
(``python -m pytest``, ``python cli.py``, ``python -c``), ``import coverage`` from pytest-cov or
numba would find this folder first; hand them the real one.
"""

if __name__ == "coverage":
    import importlib.util
    import sys
    from importlib.machinery import PathFinder
    from pathlib import Path

    _root = Path(__file__).resolve().parent.parent
    _spec = PathFinder.find_spec("coverage", [p for p in sys.path if Path(p).resolve() != _root])
    if _spec is None or _spec.loader is None:
        raise ModuleNotFoundError("No module named 'coverage'", name="coverage")
    _real = importlib.util.module_from_spec(_spec)
    sys.modules["coverage"] = _real
    _spec.loader.exec_module(_real)
