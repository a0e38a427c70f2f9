"""What the README shows is what happens."""

import re
import shlex
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from camgap import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEMO = Path(str(files("camgap.config").joinpath("demo")))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def town(tmp_path, monkeypatch, write_pbf):
    """A folder that holds the files the README speaks of, made of the built-in town."""
    write_pbf(DEMO / "town.osm", tmp_path / "town.osm.pbf")
    for name, source in {
        "cameras.csv": "sharp_eyes.csv", "skynet.csv": "skynet.csv", "sharp_eyes.csv": "sharp_eyes.csv",
        "district.geojson": "districts.geojson", "districts.geojson": "districts.geojson",
        "forbidden.geojson": "forbidden.geojson",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes((DEMO / source).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write_pbf():
    import osmium

    def write(source: Path, target: Path) -> None:
        with osmium.SimpleWriter(str(target)) as writer:
            for item in osmium.FileProcessor(str(source)):
                writer.add(item)

    return write


def run(monkeypatch, command: str) -> None:
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code, command


def test_the_two_commands_are_those_that_are_tried_from_nothing():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pip install -e '.[test]' && pytest" in README
    assert "pip install -q -e '.[test]'\npytest" in ci
    assert "pip install . && camgap demo" in README
    assert "camgap demo" in ci.replace('"$work/demo/bin/camgap" demo', "camgap demo")


def test_the_commands_for_an_own_town_run_in_order(town, monkeypatch, capsys):
    (shell,) = (block for block in blocks("") if block.startswith("camgap check"))
    for command in shell.strip().splitlines():
        run(monkeypatch, command)
    assert "Rows set aside" in capsys.readouterr().out
    for folder in ("today", "proposal"):
        listed = set(re.findall(r"^\| `([\w.]+)` \|", README, flags=re.MULTILINE))
        assert {p.name for p in (town / folder).iterdir()} == listed


def test_the_python_example_runs(town, capsys):
    (example,) = blocks("python")
    exec(compile(example, "README", "exec"), {})  # noqa: S102 - our own README
    assert "no plan within the budget adds more than" in capsys.readouterr().out
    assert (town / "proposal" / "map.html").is_file()


def test_the_project_file_is_valid(town, monkeypatch, capsys):
    (town / "camgap.toml").write_text(blocks("toml")[0], encoding="utf-8")
    run(monkeypatch, "camgap check --config camgap.toml")
    assert "skynet.csv" in capsys.readouterr().out
