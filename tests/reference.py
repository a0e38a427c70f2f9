"""Slow, obvious answers to hold the fast ones against; nothing in the package uses them.

Sight here is GEOS's word on single straight lines, one street point after the other; interval algebra is loops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from camgap.coverage.buildings import Buildings
from camgap.coverage.cameras import Views
from camgap.coverage.inputs.area import study_area
from camgap.coverage.inputs.footprints import build_buildings
from camgap.coverage.inputs.network import build_network
from camgap.coverage.inputs.osm import read_osm
from camgap.coverage.intervals import Intervals
from camgap.coverage.settings import Lens, StreetSettings
from camgap.coverage.sight.scene import Scene, walls_of
from camgap.coverage.sight.views import Pieces
from camgap.coverage.streets import Segments, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Footprints = npt.NDArray[np.object_]

GRID = 1e-7  # [m]; without it GEOS may answer with a whole building where one edge lies on another
PLANE = CRS.from_proj4("+proj=tmerc +lat_0=48 +lon_0=11 +k=1 +datum=WGS84 +units=m")


# --- small towns by hand ---


def network_of(lines: Sequence[Sequence[tuple[float, float]]], highway: str = "residential") -> StreetNetwork:
    """Return a network with one edge per line; ends at one point are one node."""
    xy = np.array([vertex for line in lines for vertex in line], dtype=np.float64).reshape(-1, 2)
    ptr = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    places = sorted({end for line in lines for end in (tuple(line[0]), tuple(line[-1]))})
    node = {place: number for number, place in enumerate(places, start=1)}
    edges = pd.DataFrame(
        {
            "u": np.array([node[tuple(line[0])] for line in lines], dtype=np.int64),
            "v": np.array([node[tuple(line[-1])] for line in lines], dtype=np.int64),
            "osmid": np.arange(1, len(lines) + 1, dtype=np.int64),
            "highway": [highway] * len(lines),
            "name": [f"street {number}" for number in range(1, len(lines) + 1)],
            "oneway": [False] * len(lines),
        }
    )
    nodes = pd.DataFrame({"x": [x for x, _ in places], "y": [y for _, y in places]}, index=list(node.values()))
    return StreetNetwork(PLANE, xy, ptr, edges, nodes.astype(np.float64))


def scene_of(lines: Sequence[Sequence[tuple[float, float]]], footprints: Sequence[shapely.Polygon] = ()) -> Scene:
    """Return the scene of streets and buildings given by hand."""
    return Scene(network_of(lines).segments, walls_of(np.array(list(footprints), dtype=object)))


def random_town(
    rng: np.random.Generator, size: float = 200.0, buildings: int = 25, streets: int = 25
) -> tuple[list[list[tuple[float, float]]], Footprints]:
    """Return streets and buildings in general position: no two directions equal, nothing shared, some courtyards."""
    footprints = []
    for x, y, turn, half, deep in zip(
        *rng.uniform(0, size, (2, buildings)),
        rng.uniform(0, np.pi, buildings),
        *rng.uniform(3, 14, (2, buildings)),
        strict=True,
    ):
        box = np.array([[-half, -deep], [half, -deep], [half, deep], [-half, deep]])
        holes = [0.5 * box] if rng.uniform() < 0.2 else []
        rot = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        footprints.append(shapely.Polygon(box @ rot + [x, y], [hole @ rot + [x, y] for hole in holes]))
    lines = [[tuple(vertex) for vertex in rng.uniform(0, size, (rng.integers(2, 4), 2))] for _ in range(streets)]
    return lines, np.array(footprints, dtype=object)


def read_town(path: Path) -> tuple[StreetNetwork, Buildings]:
    """Read streets and buildings of an OSM file, its own bounds being the study area."""
    extract = read_osm([path])
    area = study_area(extract)
    network, _ = build_network(extract, area, StreetSettings())
    return network, build_buildings(extract, network.crs, area.in_plane(network.crs))


def view(x: float, y: float, azimuth: float = 0.0, hfov: float = 360.0, near: float = 0.0, far: float = 100.0) -> Views:
    """Return one view of one camera."""
    return Views(*(np.array(c) for c in ([[x, y]], [azimuth], [hfov], [near], [far], [0])))


# --- sight ---


def in_sight(footprints: Footprints, mounts: FloatArray, points: FloatArray) -> BoolArray:
    """Tell, with GEOS, between which mounts and points, shape (n, 2) each, no building's inside lies.

    A line that only touches a building, at a corner or along a wall, is free.
    """
    lines = shapely.linestrings(np.stack([mounts, points], axis=1))
    shapely.prepare(footprints)
    line, footprint = shapely.STRtree(footprints).query(lines, predicate="intersects")
    enters = shapely.relate_pattern(footprints[footprint], lines[line], "T********")  # insides have a point in common
    free = np.ones(len(lines), dtype=bool)
    free[line[enters]] = False
    return free


def in_frustum(
    lens: Lens, azimuth: float, target: float, px_per_m: float, points: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """Tell which points of the target plane, shape (n, 2), a rectilinear camera above the origin pictures well enough.

    Returns
    -------
    inside : bool array
    doubtful : bool array
        Within a millimetre or so of a bound, where rounding decides.
    """
    bearing, down = np.radians(azimuth), np.radians(lens.tilt)
    ahead = np.array([np.sin(bearing) * np.cos(down), np.cos(bearing) * np.cos(down), -np.sin(down)])
    right = np.array([np.cos(bearing), -np.sin(bearing), 0.0])
    up = np.array([np.sin(bearing) * np.sin(down), np.cos(bearing) * np.sin(down), np.cos(down)])
    to = np.column_stack([points, np.full(len(points), target - lens.height_m)])
    depth = to @ ahead
    across = depth * np.tan(np.radians(lens.hfov / 2))
    most = lens.pixels / (2 * np.tan(np.radians(lens.hfov / 2))) / px_per_m
    upright = depth * np.tan(np.radians(lens.vfov / 2))
    slack = np.array([depth, most - depth, across - abs(to @ right), upright - abs(to @ up)])
    return (slack >= 0).all(axis=0), (abs(slack) < 1e-3).any(axis=0)


def on_a_wall(footprints: Footprints, points: FloatArray, tolerance: float = 1e-9) -> BoolArray:
    """Tell which points, shape (n, 2), lie on a wall; there it is a matter of rounding on which side they are."""
    found = np.zeros(len(points), dtype=bool)
    walls = shapely.STRtree(shapely.boundary(footprints))
    found[walls.query(shapely.points(points), predicate="dwithin", distance=tolerance)[0]] = True
    return found


def past_a_corner(footprints: Footprints, mounts: FloatArray, points: FloatArray, tolerance: float = 1e-9) -> BoolArray:
    """Tell which points are looked at along a wall or exactly past a corner, on the very edge of light and shadow."""
    found = np.zeros(len(points), dtype=bool)
    corners = shapely.STRtree(shapely.points(shapely.get_coordinates(footprints)))
    lines = shapely.linestrings(np.stack([mounts, points], axis=1))
    found[corners.query(lines, predicate="dwithin", distance=tolerance)[0]] = True
    return found


def in_sight_from_above(
    footprints: Footprints, heights: FloatArray, mounts: FloatArray, lens: FloatArray, points: FloatArray, target: float
) -> BoolArray:
    """Tell, with GEOS, which points, shape (n, 2), at height `target` no solid building hides from a lens above it.

    A sight line is below a roof from where it has come down to the roof's height; that part of its plan must meet no
    inside. A point inside a footprint is hidden, also above a roof lower than the target plane.
    """
    lines = shapely.linestrings(np.stack([mounts, points], axis=1))
    line, footprint = shapely.STRtree(footprints).query(lines, predicate="intersects")
    top = np.where(np.isnan(heights[footprint]), np.inf, heights[footprint])
    drop = lens[line] - target
    share = np.clip((lens[line] - top) / drop, 0.0, 1.0)[:, None]  # of the line that is above the roof
    below = shapely.linestrings(np.stack([mounts[line] + share * (points - mounts)[line], points[line]], axis=1))
    ends_inside = shapely.relate_pattern(footprints[footprint], shapely.points(points[line]), "T********")
    enters = shapely.relate_pattern(footprints[footprint], below, "T********") & (share[:, 0] < 1)
    free = np.ones(len(lines), dtype=bool)
    free[line[enters | ends_inside]] = False
    return free


def hit_on_the_way_down(
    footprints: Footprints, heights: FloatArray, mount: FloatArray, lens: float, points: FloatArray, target: float,
    steps: int = 400,
) -> BoolArray:  # fmt: skip
    """Tell, in space, which sight lines have a sample inside a solid building: on the plan and below its roof."""
    share = (np.arange(steps) + 0.5) / steps
    x, y = (mount + share[:, None, None] * (points - mount)).transpose(2, 0, 1)
    z = lens + share[:, None] * (target - lens)
    hit = np.zeros(x.shape, dtype=bool)
    for footprint, height in zip(footprints, heights, strict=True):
        hit |= shapely.contains_xy(footprint, x, y) & (np.isnan(height) | (z < height))
    some: BoolArray = hit.any(axis=0)
    return some


@dataclass(frozen=True)
class Samples:
    """Street points around mounts, and what the kernel says of each.

    Parameters
    ----------
    mount : int64 array, shape (n,)
        Row of the mount.
    segment : int64 array, shape (n,)
    t : float64 array, shape (n,)
        Place on the segment, 0 to 1.
    xy : float64 array, shape (n, 2)
    seen : bool array, shape (n,)
        The point lies in a visible piece.
    """

    mount: IntArray
    segment: IntArray
    t: FloatArray
    xy: FloatArray
    seen: BoolArray


def sample_streets(
    segments: Segments, mounts: FloatArray, radius: float, pieces: Pieces, step: float, rng: np.random.Generator
) -> Samples:
    """Take a point on every `step` metres of every street within the radius of each mount, at random places."""
    lines = shapely.linestrings(segments.xy.reshape(-1, 2, 2))
    mount, segment = shapely.STRtree(lines).query(shapely.points(mounts), predicate="dwithin", distance=radius)
    length = (segments.end - segments.start)[segment]
    count = np.floor(length / step + rng.uniform(size=len(length))).astype(np.int64)
    mount, segment = np.repeat(mount, count), np.repeat(segment, count)
    t = rng.integers(1, 2**20, len(mount)) / 2**20  # of few bits: on whole-numbered scenes xy has no rounding
    xy = segments.xy[segment, :2] * (1 - t)[:, None] + segments.xy[segment, 2:] * t[:, None]
    near = np.hypot(*(xy - mounts[mount]).T) < radius - 1e-6
    mount, segment, t, xy = mount[near], segment[near], t[near], xy[near]
    return Samples(mount, segment, t, xy, holds(pieces, len(segments), mount, segment, t))


def holds(pieces: Pieces, n_segments: int, mount: IntArray, segment: IntArray, t: FloatArray) -> BoolArray:
    """Tell which street points lie in a visible piece of their mount."""
    of = np.repeat(np.arange(len(pieces.ptr) - 1), np.diff(pieces.ptr)) * n_segments + pieces.segment
    order = np.argsort(of, kind="stable")
    of, t0, t1 = of[order], pieces.t0[order], pieces.t1[order]
    wanted = mount * n_segments + segment
    first, last = np.searchsorted(of, wanted, side="left"), np.searchsorted(of, wanted, side="right")
    inside = np.zeros(len(t), dtype=bool)
    for nth in range(int((last - first).max(initial=0))):
        row = np.flatnonzero(first + nth < last)
        piece = first[row] + nth
        inside[row] |= (t0[piece] <= t[row]) & (t[row] <= t1[piece])
    return inside


def outside_buildings(footprints: Footprints, points: FloatArray, clearance: float = 1e-3) -> BoolArray:
    """Tell which points, shape (n, 2), lie farther than the clearance [m] from every building."""
    free = np.ones(len(points), dtype=bool)
    near, _ = shapely.STRtree(footprints).query(shapely.points(points), predicate="dwithin", distance=clearance)
    free[near] = False
    return free


def in_view(views: Views, row: IntArray, points: FloatArray) -> BoolArray:
    """Tell which points, shape (n, 2), lie in their view's sector by angle and distance, buildings ignored."""
    east, north = (points - views.xy[row]).T
    distance = np.hypot(east, north)
    bearing = np.degrees(np.arctan2(east, north))
    off_axis = (bearing - views.azimuth[row] + 180) % 360 - 180
    inside: BoolArray = (distance <= views.far[row]) & (distance >= views.near[row])
    inside &= (np.abs(off_axis) <= views.hfov[row] / 2) | (distance == 0)
    return inside


def shadow_polygon(footprints: Footprints, x: float, y: float, radius: float, quad_segs: int = 64) -> shapely.Geometry:
    """Return what is in sight of a mount within a radius: a disc without the shadows of all walls around."""
    disc = shapely.Point(x, y).buffer(radius, quad_segs=quad_segs)
    near = footprints[shapely.STRtree(footprints).query(disc, predicate="intersects")]
    walls = np.concatenate([_walls(ring) for ring in shapely.get_rings(near)] or [np.empty((0, 4))]) - [x, y, x, y]
    shadows = shapely.make_valid([_shadow(wall, radius) for wall in walls])
    hidden = shapely.union_all(shadows, grid_size=GRID)
    return disc.difference(shapely.transform(hidden, lambda xy: xy + np.array([x, y])), grid_size=GRID)


def _walls(ring: shapely.LinearRing) -> FloatArray:
    xy = shapely.get_coordinates(ring)
    return np.hstack([xy[:-1], xy[1:]])


def _shadow(wall: FloatArray, radius: float) -> shapely.Polygon:
    """Return what lies behind a wall as seen from the origin, out to at least the radius."""
    a, b = wall[:2], wall[2:]
    far = 2 * max(radius, np.hypot(*a), np.hypot(*b))
    begin = np.arctan2(a[1], a[0])
    width = (np.arctan2(b[1], b[0]) - begin + np.pi) % (2 * np.pi) - np.pi
    angles = begin + width * np.linspace(1, 0, 5)  # steps under 45°: the outer edges stay outside 0.9 * far
    return shapely.Polygon([a, b, *np.column_stack([far * np.cos(angles), far * np.sin(angles)])])


# --- interval algebra ---


def cells(intervals: Sequence[tuple[int, int]]) -> set[int]:
    """Return the unit cells [k, k + 1) that intervals between whole numbers hold."""
    return {k for start, end in intervals for k in range(start, end)}


def runs(of: set[int]) -> list[tuple[int, int]]:
    """Return maximal runs of unit cells as intervals, ascending."""
    out: list[tuple[int, int]] = []
    for k in sorted(of):
        if out and out[-1][1] == k:
            out[-1] = (out[-1][0], k + 1)
        else:
            out.append((k, k + 1))
    return out


def intervals_of_rows(rows: Sequence[tuple[int, int, int]]) -> Intervals:
    """Return intervals from (start, end, owner) rows."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Intervals(table[:, 0].astype(np.float64), table[:, 1].astype(np.float64), table[:, 2])
