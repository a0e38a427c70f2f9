"""Imports point one way, as ARCHITECTURE.md draws it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [  # a room imports only from rooms before it, or from itself
    ("coverage.errors", "coverage.projection", "coverage.settings", "coverage.optics", "coverage.cells"),
    ("coverage.polygons", "coverage.intervals"),
    ("coverage.streets", "coverage.buildings", "coverage.cameras"),
    ("coverage.heads", "coverage.lighting"),
    ("coverage.graph",),
    ("coverage.inputs",),
    ("coverage.sight",),
    ("coverage.scoring",),
    ("coverage.siting",),
    ("coverage.study",),
    ("coverage.planning",),
    ("coverage.quality",),
    ("coverage.outputs",),
    ("config", "maps"),
    ("cli",),
]
RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}
APART = {"coverage.inputs": {"coverage.sight"}, "coverage.sight": {"coverage.inputs"}, "maps": {"config"}}


def room_of(module: str) -> str | None:
    return next((room for room in RANK if module == room or module.startswith(room + ".")), None)


def sources() -> dict[str, Path]:
    files = [ROOT / "cli.py", *(f for top in ("coverage", "config", "maps") for f in (ROOT / top).rglob("*.py"))]
    return {".".join(f.relative_to(ROOT).with_suffix("").parts): f for f in files}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    return found | {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}


def test_no_room_imports_one_further_down_the_way():
    wrong = []
    for module, path in sources().items():
        room = room_of(module)
        for name in imported(path):
            target = room_of(name.removeprefix("camgap.")) if name.startswith("camgap.") else None
            if room and target and target != room and (RANK[target] > RANK[room] or target in APART.get(room, set())):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_every_module_belongs_to_a_room():
    packages = {"coverage.__init__", "config.__init__", "maps.__init__"}
    assert [m for m in sources() if room_of(m) is None and m not in packages] == []


def test_coverage_knows_no_folium_no_typer_and_no_terminal():
    barred = {"folium", "branca", "typer", "rich", "click"}
    wrong = {
        m: hit
        for m, p in sources().items()
        if m.startswith("coverage") and (hit := {i.split(".")[0] for i in imported(p)} & barred)
    }
    assert wrong == {}


def test_only_inputs_knows_osmnx_osmium_and_the_web():
    barred = {"osmnx", "osmium", "requests", "urllib"}
    wrong = [
        m
        for m, p in sources().items()
        if "inputs" not in m and "demo" not in m and {i.split(".")[0] for i in imported(p)} & barred
    ]
    assert wrong == []


def test_architecture_names_every_module_of_coverage():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = {m.rsplit(".", 1)[1] for m in sources() if m.startswith("coverage.") and not m.endswith("__init__")}
    assert {n for n in names if not re.search(rf"\b{n}\b", text)} == set()
