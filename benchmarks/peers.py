"""Sight per mount, side by side in one run: camgap's kernel, shapely shadows, t4gpd's exact isovist.

    python benchmarks/peers.py [--osm FILE] [--mounts N] [--footways]

All three answer one question at the same mounts: how many metres of street are in sight, all round, within a range.
What each may prepare once per town (indexes, front and back of walls) is not timed. Times are CPU time of one thread.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.inputs.area import study_area
from camgap.coverage.inputs.footprints import build_buildings
from camgap.coverage.inputs.network import build_network
from camgap.coverage.inputs.osm import read_osm
from camgap.coverage.settings import StreetSettings
from camgap.coverage.sight import kernel
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import look
from camgap.coverage.streets import StreetNetwork

try:
    from t4gpd.commons.isovist.ExactIsovistLib import ExactIsovistLib
except ImportError:
    ExactIsovistLib = None

FloatArray = npt.NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CAMGAP_DATA", ROOT.parent / "shared" / "data"))
FOOTWAYS = ("footway", "path", "steps", "cycleway", "track", "bridleway")
RANGES = (60.0, 100.0, 150.0)
ROUNDS = 5  # the kernel's time is the best of so many; the peers are slow enough to be timed once


@dataclass(frozen=True)
class Town:
    """Streets and buildings of one file, and what the peers prepare of them once."""

    network: StreetNetwork
    buildings: Buildings
    scene: Scene
    lines: npt.NDArray[np.object_]
    street_tree: shapely.STRtree
    wall_tree: shapely.STRtree

    @staticmethod
    def read(path: Path, streets: StreetSettings) -> "Town":
        """Read an OSM file; its own bounds are the study area."""
        extract = read_osm([path])
        area = study_area(extract)
        network, _ = build_network(extract, area, streets)
        buildings = build_buildings(extract, network.crs, area.in_plane(network.crs))
        scene = Scene.of(network, buildings)
        lines = shapely.linestrings(scene.segments.xy.reshape(-1, 2, 2))
        wall_lines = shapely.linestrings(scene.walls.reshape(-1, 2, 2))
        return Town(network, buildings, scene, lines, shapely.STRtree(lines), shapely.STRtree(wall_lines))

    def mounts(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Return n places within 3 m of a street and outside of buildings."""
        at = self.network.points_at(rng.uniform(0, self.network.length, 4 * n)) + rng.uniform(-3, 3, (4 * n, 2))
        return at[~self.buildings.reach(at, 0.1)][:n]


def kernel_lengths(town: Town, mounts: FloatArray, radius: float) -> tuple[FloatArray, float]:
    """Return metres of street in sight, and CPU seconds per mount, of the compiled kernel on one thread."""
    scene, walls, streets = town.scene, town.scene.wall_grid, town.scene.street_grid
    indoors = scene.no_indoors
    frame = (
        scene.target, *walls.origin, walls.cell, *walls.shape, walls.ptr, walls.xy, *scene.wall_tops,
        streets.ptr, streets.item, streets.xy, indoors.ptr, indoors.t0, indoors.t1,
    )  # fmt: skip
    reach, lens = np.full(len(mounts), radius), np.full(len(mounts), np.nan)
    seconds = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        ptr, segment, t0, t1 = kernel.look_around(mounts, reach, lens, *frame)
        seconds.append(time.thread_time() - began)
    s = town.scene.segments
    of = np.repeat(np.arange(len(mounts)), np.diff(ptr))
    metres = np.bincount(of, (t1 - t0) * (s.end - s.start)[segment], minlength=len(mounts))
    return metres, min(seconds) / len(mounts)


def look_seconds(town: Town, mounts: FloatArray, radius: float) -> float:
    """Return wall-clock seconds per mount of `look`, which uses all cores."""
    reach = np.full(len(mounts), radius)
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        look(town.scene, mounts, reach)
        seconds.append(time.perf_counter() - began)
    return min(seconds) / len(mounts)


def shadow_length(town: Town, x: float, y: float, radius: float) -> float:
    """Return metres of street in a disc without the shadows of the walls that face the mount."""
    disc = shapely.Point(x, y).buffer(radius, quad_segs=64)
    walls = town.scene.walls[town.wall_tree.query(disc, predicate="intersects")] - [x, y, x, y]
    walls = walls[walls[:, 0] * walls[:, 3] > walls[:, 1] * walls[:, 2]]
    # A wall's shadow: the wall, and three points far beyond the disc on rays to its beginning, middle and end.
    a, b = walls[:, :2], walls[:, 2:]
    begin = np.arctan2(a[:, 1], a[:, 0])
    width = (np.arctan2(b[:, 1], b[:, 0]) - begin) % (2 * np.pi)
    angle = begin[:, None] + width[:, None] * np.array([0, 0.5, 1])
    far = 10 * np.maximum(radius, np.maximum(np.hypot(*a.T), np.hypot(*b.T)))[:, None, None]
    rim = far * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    shadows = shapely.polygons(np.concatenate([b[:, None], a[:, None], rim], axis=1) + np.array([x, y]))
    view = shapely.difference(disc, shapely.union_all(shadows))
    shapely.prepare(view)
    near = town.lines[town.street_tree.query(view, predicate="intersects")]
    return float(shapely.length(shapely.intersection(near, view)).sum())


def isovist_length(town: Town, cut: gpd.GeoDataFrame, x: float, y: float, radius: float) -> float:
    """Return metres of street in t4gpd's exact isovist; arcs in steps of 1°."""
    view = ExactIsovistLib.run(cut, shapely.Point(x, y), radius, delta=1.0)["geometry"]
    if not view.is_valid:
        view = shapely.make_valid(view)
    shapely.prepare(view)
    near = town.lines[town.street_tree.query(view, predicate="intersects")]
    return float(shapely.length(shapely.intersection(near, view)).sum())


def timed(one: Callable[[float, float], float], mounts: FloatArray) -> tuple[FloatArray, float, int]:
    """Call a peer at every mount; return lengths (NaN where it raises), CPU seconds per mount, times it raised."""
    lengths, seconds, raised = np.full(len(mounts), np.nan), 0.0, 0
    for i, (x, y) in enumerate(mounts):
        began = time.thread_time()
        try:
            lengths[i] = one(x, y)
        except Exception:  # a peer's own failure is a result here
            raised += 1
        seconds += time.thread_time() - began
    return lengths, seconds / len(mounts), raised


def pre_cut(town: Town, x: float, y: float, radius: float) -> gpd.GeoDataFrame:
    """Return the buildings around a mount as t4gpd takes them; it would else walk through all of the town's."""
    near = town.buildings.tree.query(shapely.box(x - radius, y - radius, x + radius, y + radius), "intersects")
    return gpd.GeoDataFrame(geometry=town.buildings.footprints[near], crs=town.network.crs)


def compare(town: Town, mounts: FloatArray, peers: int, radius: float) -> None:
    """Print one block of the table: the kernel at all mounts, the peers at the first few."""
    exact, seconds = kernel_lengths(town, mounts, radius)
    both = look_seconds(town, mounts, radius)
    mounts, exact = mounts[:peers], exact[:peers]
    print(f"\n{radius:.0f} m{'ms per mount':>30}{'times camgap':>14}   visible length against camgap")
    print(f"  {'camgap, 1 thread':24}{1e3 * seconds:10.4f}{1:14.0f}   {exact.mean():.1f} m per mount")
    print(f"  {f'camgap, {os.cpu_count()} threads (wall)':24}{1e3 * both:10.4f}{both / seconds:14.2f}")
    row("shapely shadows", *timed(lambda x, y: shadow_length(town, x, y, radius), mounts), exact, seconds)
    if ExactIsovistLib is not None:
        cuts = {(x, y): pre_cut(town, x, y, radius) for x, y in mounts}
        row(
            "t4gpd exact isovist",
            *timed(lambda x, y: isovist_length(town, cuts[x, y], x, y, radius), mounts), exact, seconds,
        )  # fmt: skip


def row(name: str, lengths: FloatArray, peer: float, raised: int, exact: FloatArray, ours: float) -> None:
    """Print a peer's line."""
    good = ~np.isnan(lengths)
    off = (lengths - exact)[good]
    share = off.sum() / exact[good].sum()
    failed = f", exception at {raised} of {len(lengths)} mounts" if raised else ""
    agreement = f"{share:+.4%} in all, worst mount {np.abs(off).max():.2f} m"
    print(f"  {name:24}{1e3 * peer:10.4f}{peer / ours:14.0f}   {agreement}{failed}")


def main() -> None:
    """Run the comparison and print it."""
    real = DATA / "munich-centre.osm.pbf"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--osm", type=Path, default=real if real.exists() else ROOT / "config" / "demo" / "town.osm")
    parser.add_argument("--mounts", type=int, default=100, help="for the peers; the kernel looks from 10,000")
    parser.add_argument("--footways", action="store_true", help="count footways, paths, steps and cycleways as streets")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")  # of the peers
    town = Town.read(asked.osm, StreetSettings(also=FOOTWAYS if asked.footways else ()))
    mounts = town.mounts(10_000, np.random.default_rng(1))
    size = f"{len(town.lines)} street segments, {len(town.scene.walls)} walls"
    print(f"{asked.osm.name}: {size}, peers at {asked.mounts} mounts")
    if ExactIsovistLib is None:
        print("t4gpd is not installed and left out (pip install t4gpd==1.0.0)")
    for radius in RANGES:
        compare(town, mounts, asked.mounts, radius)


if __name__ == "__main__":
    main()
