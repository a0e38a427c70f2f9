"""The package as installed: one import name, and coverage.py not in its way."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import camgap
import camgap.coverage

ROOT = Path(__file__).resolve().parents[1]


def test_coverage_py_and_camgap_coverage_live_side_by_side():
    import coverage

    assert hasattr(coverage, "Coverage")
    assert camgap.coverage.__name__ == "camgap.coverage"


def test_numba_imports_with_the_repository_root_first_on_the_path():
    code = "import sys; sys.path.insert(0, '.'); import numba, coverage; print(hasattr(coverage, 'Coverage'))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, "True"), run.stderr


def test_the_version_is_the_installed_one():
    assert camgap.__version__ != "0+unknown"


def test_data_files_ship_with_the_package():
    config = files("camgap.config")
    for name in ("presets.toml", "models.toml", "upkeep.toml", "demo/camgap.toml", "demo/town.osm"):
        assert config.joinpath(name).is_file(), name
    assert "Agafonkin" in files("camgap.maps").joinpath("assets", "leaflet", "LICENSE").read_text(encoding="utf-8")


def test_importing_the_command_line_loads_nothing_heavy():
    heavy = "('numba', 'folium', 'osmnx', 'geopandas', 'numpy')"
    code = f"import sys, camgap.cli; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_command_line_tells_its_version():
    run = subprocess.run([sys.executable, "-m", "camgap.cli", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == f"camgap {camgap.__version__}"
