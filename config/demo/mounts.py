"""Places where a camera of the demo inventories may stand: street corners, kerbs and walls."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as ShapelyPoint
from shapely.ops import nearest_points

from camgap.config.demo.chance import Chance
from camgap.config.demo.furniture import CARRIAGEWAYS, MAIN, along, junctions, kerb
from camgap.config.demo.geometry import Point, ahead
from camgap.config.demo.streets import Street
from camgap.config.demo.terrain import MAP
from camgap.config.demo.town import Town

CENTRE: Point = (90.0, -90.0)  # beside the market square


@dataclass(frozen=True)
class Mount:
    """A place and a sensible direction to look in."""

    at: Point
    azimuth: float  # [°]
    street: Street  # the one looked along
    crossing: Street | None = None  # the other one, at a corner
    wall: Polygon | None = None  # the building it hangs on


def corners(town: Town) -> list[Mount]:
    """Return a mount per arm of every junction: on the corner, looking down the arm."""
    mounts = []
    for junction in junctions(town.streets):
        for azimuth, street in junction.arms:
            others = [s for _, s in junction.arms if s.name != street.name and s.name]
            at = ahead(ahead(junction.at, azimuth, kerb(street)), azimuth + 90, kerb(street))
            crossing = min(others, key=lambda s: s.name) if others else None
            mounts.append(Mount(at, (azimuth - 3) % 360, street, crossing))
    return _free(mounts, town)


def kerbs(town: Town, spacing: float) -> list[Mount]:
    """Return mounts between junctions, on either kerb of the streets, looking along."""
    mounts = []
    for street in _open(town.streets):
        for i, (at, turn) in enumerate(along(street, spacing, spacing * 0.6)):
            backward = 180 * (i % 2) if not street.tags.get("oneway") else 0
            mounts.append(Mount(ahead(at, turn + 90, kerb(street)), (turn + backward) % 360, street))
    return _free(mounts, town)


def walls(town: Town, spacing: float, out: float) -> list[Mount]:
    """Return mounts on the walls beside minor streets, `out` metres before the wall, looking along the street."""
    mounts = []
    outlines = [b.outline for b in town.buildings]
    tree = shapely.STRtree(outlines)
    for street in _open(town.streets):
        if street.highway in MAIN:
            continue
        for i, (at, turn) in enumerate(along(street, spacing, 9.0)):
            axis = ShapelyPoint(at)
            nearest = int(tree.nearest(axis))
            distance = axis.distance(outlines[nearest])
            if not 0 < distance < 13:
                continue
            foot = nearest_points(axis, outlines[nearest])[1]
            on_wall = (foot.x + (at[0] - foot.x) * out / distance, foot.y + (at[1] - foot.y) * out / distance)
            side = 1 if _right_of(at, turn, on_wall) else -1
            azimuth = turn - 14 * side if i % 2 else turn + 180 + 14 * side  # a little towards the street
            mounts.append(Mount(on_wall, azimuth % 360, street, wall=outlines[nearest]))
    return [m for m in mounts if MAP.contains(ShapelyPoint(m.at))]


def into_wall(mount: Mount, depth: float) -> Mount:
    """Return a wall's mount moved to `depth` [m] behind the wall, as a position read off a map often is."""
    if mount.wall is None:
        raise ValueError("only a mount on a wall can be moved into it")
    foot = nearest_points(ShapelyPoint(mount.at), mount.wall)[1]
    away = math.dist(mount.at, (foot.x, foot.y))
    scale = 1 + depth / away
    at = (mount.at[0] + (foot.x - mount.at[0]) * scale, mount.at[1] + (foot.y - mount.at[1]) * scale)
    return replace(mount, at=at)


def chosen(
    mounts: Sequence[Mount],
    weights: Sequence[float],
    count: int,
    apart: float,
    taken: Sequence[Mount],
    rng: Chance,
) -> list[Mount]:
    """Draw mounts by weight, without those that look much the same way from less than `apart` [m].

    Mounts on one pole that look in different directions are welcome. The order of weighted draws without replacement
    comes from Efraimidis and Spirakis (2006): the smallest ``-log(u) / weight`` first.
    """
    keys = [-math.log(1 - rng.random()) / weight for weight in weights]
    picked: list[Mount] = []
    for i in sorted(range(len(mounts)), key=lambda k: keys[k]):
        if len(picked) == count:
            break
        if all(math.dist(mounts[i].at, o.at) > apart or _apart(mounts[i], o) > 50 for o in (*taken, *picked)):
            picked.append(mounts[i])
    return picked


def centrality(mount: Mount, reach: float) -> float:
    """Return 1 in the centre, falling to nothing at a few times `reach` [m]."""
    return math.exp(-((math.dist(mount.at, CENTRE) / reach) ** 2))


def _open(streets: Sequence[Street]) -> list[Street]:
    return [
        s for s in streets
        if s.highway in CARRIAGEWAYS and s.level == 0 and s.tags.get("access") != "private" and "service" not in s.tags
    ]  # fmt: skip


def _free(mounts: Sequence[Mount], town: Town) -> list[Mount]:
    """Return the mounts on the map that stand neither in a building nor in the way."""
    points = [ShapelyPoint(m.at) for m in mounts]
    inside = shapely.STRtree([b.outline for b in town.buildings]).query(points, predicate="dwithin", distance=0.3)[0]
    axes = shapely.STRtree([LineString(s.line) for s in town.streets if s.level == 0])
    on_street = axes.query(points, predicate="dwithin", distance=2.0)[0]
    gone = set(inside.tolist()) | set(on_street.tolist())
    return [m for i, m in enumerate(mounts) if i not in gone and MAP.contains(points[i])]


def _apart(a: Mount, b: Mount) -> float:
    return abs((a.azimuth - b.azimuth + 180) % 360 - 180)


def _right_of(at: Point, turn: float, point: Point) -> bool:
    ahead_of = ahead(at, turn, 1.0)
    return (ahead_of[0] - at[0]) * (point[1] - at[1]) - (ahead_of[1] - at[1]) * (point[0] - at[0]) < 0
