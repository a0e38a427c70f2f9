"""What stands at the kerb: lamps, signals, trees, stops, poles, and the few cameras mapped in the OSM file itself."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as ShapelyPoint

from camgap.config.demo.compounds import named
from camgap.config.demo.geometry import Point, ahead, azimuth, length, point_at
from camgap.config.demo.streets import BOULEVARD, CLEARANCE, Street
from camgap.config.demo.terrain import MAP
from camgap.config.demo.town import Town, by_name

MAIN = ("primary", "secondary", "tertiary")
CARRIAGEWAYS = (*MAIN, "residential", "unclassified", "living_street", "pedestrian", "service")


@dataclass
class Thing:
    """An OSM node with tags."""

    at: Point
    tags: dict[str, str]


@dataclass(frozen=True)
class Junction:
    """A point where streets meet, and where each arm of it leads [°]."""

    at: Point
    arms: tuple[tuple[float, Street], ...]


def junctions(streets: Sequence[Street]) -> list[Junction]:
    """Return the junctions of the streets open to traffic or people on foot, with three arms or more."""
    arms: dict[Point, list[tuple[float, Street]]] = {}
    for street in streets:
        if street.highway not in CARRIAGEWAYS or street.tags.get("tunnel"):
            continue
        for i, point in enumerate(street.line):
            here = arms.setdefault(point, [])
            here += [(azimuth(point, street.line[k]), street) for k in (i - 1, i + 1) if 0 <= k < len(street.line)]
    return [
        Junction(at, tuple(arms[at])) for at in sorted(arms) if len(arms[at]) > 2 and MAP.contains(ShapelyPoint(at))
    ]


def signals(streets: Sequence[Street]) -> dict[Point, dict[str, str]]:
    """Return tags of the junctions of main streets that have traffic signals."""
    tags = {}
    for junction in junctions(streets):
        names = {s.name for _, s in junction.arms if s.highway in MAIN}
        large = {s.name for _, s in junction.arms if s.highway in MAIN[:2]}
        if len(names) > 1 and large and not any(s.level for _, s in junction.arms):
            tags[junction.at] = {"highway": "traffic_signals"}
    return tags


def furniture(town: Town) -> list[Thing]:
    """Return everything at the kerb, clear of streets and buildings."""
    things = [*_lamps(town.streets), *_trees(), *_stops(town.streets), *_poles(town.streets)]
    walls = shapely.STRtree([b.outline for b in town.buildings])
    axes = shapely.STRtree([LineString(s.line) for s in town.streets if s.level == 0])
    points = [ShapelyPoint(thing.at) for thing in things]
    inside = set(walls.query(points, predicate="dwithin", distance=0.4)[0].tolist())
    on_street = set(axes.query(points, predicate="dwithin", distance=2.4)[0].tolist())
    free = [t for i, t in enumerate(things) if i not in inside | on_street and MAP.contains(points[i])]
    return [*free, *_mapped_cameras(town)]


def along(street: Street, spacing: float, first: float) -> Iterator[tuple[Point, float]]:
    """Yield points every `spacing` [m] along a street and the street's azimuth there [°]."""
    for i in range(int((length(street.line) - first) / spacing) + 1):
        yield point_at(street.line, first + i * spacing)


def kerb(street: Street) -> float:
    """Return the distance of the kerb from the street's axis [m]."""
    return max(2.6, 0.62 * CLEARANCE[street.highway])


def _lamps(streets: Sequence[Street]) -> Iterator[Thing]:
    """Yield street lamps along the lit streets, on both sides in turn; one-way carriageways have them on the right."""
    for street in streets:
        lit = street.tags.get("lit") == "yes" and street.highway in CARRIAGEWAYS and street.level >= 0
        if not lit or length(street.line) < 30:
            continue
        spacing = 42.0 if street.highway in MAIN else 50.0
        for i, (at, turn) in enumerate(along(street, spacing, 14.0)):
            right = 1 if i % 2 or street.tags.get("oneway") else -1
            yield Thing(ahead(at, turn + 90 * right, kerb(street)), {"highway": "street_lamp"})


def _trees() -> Iterator[Thing]:
    """Yield the trees in the boulevard's median."""
    median = Street(BOULEVARD, "primary")
    for at, _ in along(median, 19.0, 960.0):
        if at[0] < 560:
            yield Thing(at, {"natural": "tree"})


def _stops(streets: Sequence[Street]) -> Iterator[Thing]:
    """Yield bus stops on the longer main streets."""
    for street in streets:
        if street.highway in MAIN and street.level == 0 and length(street.line) > 330:
            name = named(f"{street.name}站", f"{street.name_en} stop")
            for at, turn in along(street, 460.0, 170.0):
                yield Thing(ahead(at, turn + 90, kerb(street)), {"highway": "bus_stop", **name})


def _poles(streets: Sequence[Street]) -> Iterator[Thing]:
    """Yield the power poles along the streets of the works and of the far bank."""
    for street in streets:
        if street.name_en in ("Industry Road", "Lathe Road", "Freight Yard Road", "River View Road"):
            for at, turn in along(street, 55.0, 25.0):
                yield Thing(ahead(at, turn - 90, kerb(street)), {"power": "pole"})


def _mapped_cameras(town: Town) -> Iterator[Thing]:
    """Yield the cameras somebody mapped, in the ways people write them; one is indoors, one is a person."""
    camera = {"man_made": "surveillance", "surveillance:type": "camera"}
    public = camera | {"surveillance": "public", "surveillance:zone": "town"}
    for name, turn, out, tags in (
        (
            "Market Hall",
            270.0,
            0.0,
            {"camera:type": "fixed", "camera:direction": "W", "camera:mount": "wall", "height": "4"},
        ),
        ("Library", 180.0, -0.4, {"camera:type": "fixed", "camera:direction": "190-200", "camera:angle": "15"}),
        ("Outpatients", 180.0, 0.0, {"camera:type": "fixed", "camera:direction": "150;225", "height": "3.5 m"}),
        ("Drum Tower", 100.0, -0.3, {"camera:type": "dome", "camera:direction": "90"}),
        ("Jiwan Stadium", 135.0, 0.2, {"camera:type": "panning", "camera:mount": "wall"}),
        ("Tea House", 0.0, -3.0, {"surveillance": "indoor", "camera:type": "dome"}),
    ):
        yield Thing(on_wall(by_name(town.buildings, name), turn, out), public | tags)
    yield Thing((1014.0, -306.0), {"man_made": "surveillance", "surveillance:type": "guard", "surveillance": "outdoor"})
    yield Thing(
        (768.0, 10.0),
        {"man_made": "surveillance", "surveillance:type": "ALPR", "surveillance": "public", "direction": "274"},
    )


def on_wall(footprint: Polygon, turn: float, out: float) -> Point:
    """Return the point of a footprint's wall in direction `turn` [°] from its middle, moved `out` metres outwards."""
    middle = (footprint.centroid.x, footprint.centroid.y)
    ray = LineString([middle, ahead(middle, turn, 200.0)])
    hits = shapely.get_coordinates(ray.intersection(footprint.exterior))
    distance = max(math.dist(middle, (float(x), float(y))) for x, y in hits)
    return ahead(middle, turn, distance + out)
