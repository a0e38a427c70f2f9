"""A city from PBF to plan, every stage timed: about 100k edges, 200k buildings, 5k cameras, 100k mounts, 500 sites.

    python benchmarks/city.py [--tiles N N] [--mounts N] [--sites N] [--cameras N] [--keep city.osm.pbf]

The city is synthetic at scale: real extracts (copies of the demo town where there are none) laid side by side, their
ids spread over the range of real ones. Densities are real, diversity is not, and no street leads from one tile to the
next. Reading, scoring and planning go through ``camgap.load``, ``camgap.score`` and ``camgap.plan``; a stage's time
includes those indented below it. The city is written by another process: its memory is not counted.
"""

import argparse
import functools
import math
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from osmium.osm.mutable import Node, Relation, Way

import camgap
from camgap.coverage import planning as planning_module
from camgap.coverage import study as study_module
from camgap.coverage.siting import actions as actions_module
from camgap.coverage.siting import plan as plan_module
from camgap.coverage.siting import selection as selection_module
from camgap.coverage.streets import StreetNetwork

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CAMGAP_DATA", ROOT.parent / "shared" / "data"))
REAL = {"copenhagen.osm.pbf": 14, "baltimore-county-northwest.osm.pbf": 3}  # tiles: edges and buildings as asked for
DEMO = {str(ROOT / "config" / "demo" / "town.osm"): 90}

CENTRE = (48.0, 11.0)  # latitude, longitude of the city's lower left corner [°]
METRES_PER_DEGREE = 111_320.0
GAP_M = 600.0  # between tiles
ID_STEP = 4001  # between new ids: some million nodes reach the highest id of today's OpenStreetMap
MODELS = ["bullet-4mm", "bullet-2.8mm"]


# --- writing the city ---


@dataclass
class Extract:
    """One extract's objects by id, nodes in metres from its lower left corner, cut off beyond half a gap outside."""

    nodes: list[tuple[int, float, float, dict[str, str]]] = field(default_factory=list)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[int, list[tuple[str, int, str]], dict[str, str]]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def read_extract(path: Path) -> Extract:
    """Read all objects of a file."""
    found = Extract()
    for item in osmium.FileProcessor(str(path)):
        tags = dict(item.tags)
        if isinstance(item, osmium.osm.Node):
            found.nodes.append((item.id, item.lon, item.lat, tags))
        elif isinstance(item, osmium.osm.Way):
            found.ways.append((item.id, [node.ref for node in item.nodes], tags))
        elif isinstance(item, osmium.osm.Relation):
            found.relations.append((item.id, [(m.type, m.ref, m.role) for m in item.members], tags))
    box = osmium.io.Reader(str(path), osmium.osm.NOTHING).header().box()
    lonlat = np.array([(lon, lat) for _, lon, lat, _ in found.nodes])
    low, high = np.quantile(lonlat, [0.001, 0.999], axis=0)
    if box.valid():
        low = np.array([box.bottom_left.lon, box.bottom_left.lat])
        high = np.array([box.top_right.lon, box.top_right.lat])
    scale = METRES_PER_DEGREE * np.array([math.cos(math.radians((low[1] + high[1]) / 2)), 1.0])
    found.width, found.height = ((high - low) * scale).tolist()
    xy = ((lonlat - low) * scale).tolist()
    found.nodes = [
        (number, x, y, tags)
        for (number, _, _, tags), (x, y) in zip(found.nodes, xy, strict=True)
        if -GAP_M / 2 < x < found.width + GAP_M / 2 and -GAP_M / 2 < y < found.height + GAP_M / 2
    ]
    for objects in (found.nodes, found.ways, found.relations):
        objects.sort(key=lambda one: one[0])
    return found


@dataclass
class Tile:
    """One copy of an extract at its place in the city."""

    extract: Extract
    x: float
    y: float
    new_nodes: dict[int, int] = field(default_factory=dict)  # id in the extract -> id in the city
    new_ways: dict[int, int] = field(default_factory=dict)


def write_city(target: Path, sources: dict[str, int], cameras: int) -> None:
    """Write the city, sorted by type and id."""
    extracts = {path: read_extract(Path(path)) for path in sources}
    copies = [extracts[path] for path, n in sources.items() for _ in range(n)]
    columns = math.ceil(math.sqrt(len(copies)))
    cell = [max(getattr(e, side) for e in extracts.values()) + GAP_M for side in ("width", "height")]
    tiles = [Tile(e, cell[0] * (i % columns), cell[1] * (i // columns)) for i, e in enumerate(copies)]
    top = _lonlat(cell[0] * columns, cell[1] * math.ceil(len(copies) / columns))
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(CENTRE[1], CENTRE[0], *top))
    with osmium.SimpleWriter(str(target), header=header, overwrite=True) as writer:
        _write_nodes(writer, tiles, cameras)
        _write_ways(writer, tiles)
        _write_relations(writer, tiles)


def _lonlat(x: float, y: float) -> tuple[float, float]:
    lat = CENTRE[0] + y / METRES_PER_DEGREE
    return CENTRE[1] + x / (METRES_PER_DEGREE * math.cos(math.radians(lat))), lat


def _write_nodes(writer: osmium.SimpleWriter, tiles: list[Tile], cameras: int) -> None:
    ids = iter(range(ID_STEP, 2**62, ID_STEP))
    rng = np.random.default_rng(1)
    for row, tile in enumerate(tiles):
        for number, x, y, tags in tile.extract.nodes:
            tile.new_nodes[number] = new = next(ids)
            writer.add_node(Node(id=new, version=1, location=_lonlat(tile.x + x, tile.y + y), tags=tags))
        share = cameras * (row + 1) // len(tiles) - cameras * row // len(tiles)
        for x, y, tags in _cameras(tile.extract, share, rng):
            writer.add_node(Node(id=next(ids), version=1, location=_lonlat(tile.x + x, tile.y + y), tags=tags))


def _cameras(extract: Extract, n: int, rng: np.random.Generator) -> Iterator[tuple[float, float, dict[str, str]]]:
    """Yield cameras some metres beside streets; two in three have a direction, one in four is a dome."""
    places = {number: (x, y) for number, x, y, _ in extract.nodes}
    streets = [refs for _, refs, tags in extract.ways if tags.get("highway") in ("residential", "tertiary", "primary")]
    corners = [ref for refs in streets for ref in refs if ref in places]
    for ref in rng.choice(corners, n):
        tags = {"man_made": "surveillance", "surveillance": "outdoor", "surveillance:type": "camera"}
        tags["camera:type"] = "dome" if rng.uniform() < 0.25 else "fixed"
        if rng.uniform() < 2 / 3:
            tags["camera:direction"] = str(rng.integers(360))
        (x, y), (dx, dy) = places[ref], rng.normal(0, 4, 2)
        yield x + dx, y + dy, tags


def _write_ways(writer: osmium.SimpleWriter, tiles: list[Tile]) -> None:
    ids, absent = iter(range(101, 2**62, 101)), iter(range(2**40, 2**62))  # nodes cut off stay absent
    for tile in tiles:
        for number, refs, tags in tile.extract.ways:
            tile.new_ways[number] = new = next(ids)
            nodes = [tile.new_nodes.get(ref) or next(absent) for ref in refs]
            writer.add_way(Way(id=new, version=1, nodes=nodes, tags=tags))


def _write_relations(writer: osmium.SimpleWriter, tiles: list[Tile]) -> None:
    ids = iter(range(11, 2**62, 11))
    for tile in tiles:
        known = {"n": tile.new_nodes, "w": tile.new_ways}
        for _, members, tags in tile.extract.relations:
            kept = [(t, known[t][ref], role) for t, ref, role in members if t in known and ref in known[t]]
            writer.add_relation(Relation(id=next(ids), version=1, members=kept, tags=tags))


# --- timing ---


@dataclass
class Stage:
    """One line of the table."""

    name: str
    depth: int
    seconds: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0


class Clock:
    """Times functions where other modules call them, nested ones indented."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.depth = 0

    def watch(self, module: Any, name: str, text: str) -> None:
        """Time a function that a module calls by name."""
        setattr(module, name, self.timed(getattr(module, name), text))

    def timed(self, function: Callable[..., Any], text: str) -> Callable[..., Any]:
        """Return the function with its calls noted."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            stage = Stage(text, self.depth)
            self.stages.append(stage)
            self.depth += 1
            began, cpu = time.perf_counter(), time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                stage.seconds, stage.cpu = time.perf_counter() - began, time.process_time() - cpu
                stage.peak_mb = peak_mb()
                self.depth -= 1

        return call

    def print(self) -> None:
        """Print the table."""
        print(f"{'stage':44}{'s':>8}{'CPU s':>8}{'peak MB':>9}")
        for s in self.stages:
            print(f"{'    ' * s.depth + s.name:44}{s.seconds:8.2f}{s.cpu:8.2f}{s.peak_mb:9.0f}")


def peak_mb() -> float:
    """Return the most memory this process has held so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def watched() -> Clock:
    """Return a clock on the stages of load, score and plan."""
    clock = Clock()
    for name, text in (
        ("read_osm", "read PBF"),
        ("study_area", "study area"),
        ("build_network", "build street network"),
        ("build_buildings", "build footprints"),
        ("place_cameras", "place cameras"),
        ("score", "score"),
    ):
        clock.watch(study_module, name, text)
    clock.watch(planning_module, "candidate_mounts", "candidate mounts")
    clock.watch(planning_module, "make_plan", "make plan")
    clock.watch(actions_module, "look", "look around")
    clock.watch(selection_module, "finish", "finish")
    for name, text in (
        ("score", "score"),
        ("choose", "choose sites and bound"),
        ("lowered", "bound the curve"),
        ("explain", "explain"),
        ("redundant", "find redundant cameras"),
    ):
        clock.watch(plan_module, name, text)
    return clock


def spacing_for(network: StreetNetwork, mounts: int) -> float:
    """Return the spacing along streets at which about so many mounts come out, junctions included."""
    ends = np.concatenate([network.edges["u"], network.edges["v"]])
    junctions = int((np.unique(ends, return_counts=True)[1] >= 3).sum())
    low, high = 1.0, 1000.0
    for _ in range(40):
        middle = (low + high) / 2
        more = junctions + np.floor(network.edge_length / middle).sum() > mounts
        low, high = (middle, high) if more else (low, middle)
    return high


def main() -> None:
    """Write the city, run it, print the table."""
    sources = {str(DATA / name): n for name, n in REAL.items()}
    if not all(Path(path).exists() for path in sources):
        sources = DEMO
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", type=int, nargs="+", default=list(sources.values()), help="copies of each extract")
    parser.add_argument("--mounts", type=int, default=100_000, help="about so many candidate mounts")
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--cameras", type=int, default=5_000)
    parser.add_argument("--keep", type=Path, help="where to keep the city; an existing file is used again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        city = asked.keep or Path(folder) / "city.osm.pbf"
        if not city.exists():
            tiles = dict(zip(sources, asked.tiles, strict=True))
            writer = multiprocessing.get_context("spawn").Process(target=write_city, args=(city, tiles, asked.cameras))
            writer.start()
            writer.join()
        run(city, asked.mounts, asked.sites)


def run(city: Path, mounts: int, sites: int) -> None:
    """Load, score and plan the city."""
    clock = watched()
    began = time.perf_counter()
    study = clock.timed(camgap.load, "load")(
        osm=[city], models=MODELS, sites=sites, **{"plan.azimuth_steps": 36, "plan.use_osm_poles": False}
    )
    plan_settings = study.settings.plan.model_copy(update={"spacing_m": spacing_for(study.network, mounts)})
    study = replace(study, settings=study.settings.model_copy(update={"plan": plan_settings}))
    clock.timed(lambda: (study.scene.wall_grid, study.scene.street_grid), "walls and grid")()
    report = clock.timed(camgap.score, "score existing")(study)
    plan = clock.timed(camgap.plan, "plan")(study)
    total = time.perf_counter() - began
    print(f"{city.name}, {city.stat().st_size / 1e6:.0f} MB; {os.cpu_count()} cores")
    print(f"{len(study.network):,} edges, {study.network.length / 1000:,.0f} km", end="; ")
    print(f"{len(study.buildings.footprints):,} footprints, {len(study.scene.walls):,} walls", end="; ")
    print(f"{len(study.inventory):,} cameras; {len(plan.mounts):,} mounts x 36 azimuths x {len(MODELS)} models")
    clock.print()
    print(f"{'total':44}{total:8.2f}{'':8}{peak_mb():9.0f}")
    print(
        f"covered {report.share:.2%} -> {plan.after.share:.2%} with {len(plan.sites)} sites; "
        f"gain {plan.gain_m / 1000:.1f} km, at most {plan.upper_bound_gain_m / 1000:.1f} km, gap {plan.gap:.2%}"
    )


if __name__ == "__main__":
    main()
