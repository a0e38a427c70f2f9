"""The town, put together: streets, buildings and areas in the plane of :mod:`camgap.config.demo.terrain`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as ShapelyPoint

from camgap.config.demo.buildings import Block, Building, blocks, buildings_of
from camgap.config.demo.compounds import Area, Places, compounds, gates, market, school
from camgap.config.demo.geometry import Point, lines
from camgap.config.demo.lanes import minor_streets, quarters
from camgap.config.demo.streets import Street, main_streets
from camgap.config.demo.terrain import MAP, WATER
from camgap.config.demo.weaving import woven

SCHOOLS: tuple[tuple[Point, str, str], ...] = (
    ((-200, 440), "霁湾中学", "Jiwan Middle School"),
    ((-640, -180), "仓前小学", "Cangqian Primary School"),
    ((1180, 180), "江东小学", "Jiangdong Primary School"),
)

ROADSIDE = 60.0  # streets go on this far beyond the map's edge [m]


@dataclass
class Town:
    """Everything that is drawn."""

    streets: list[Street]
    buildings: list[Building]
    areas: list[Area]


def make_town() -> Town:
    """Return the town; the same every time."""
    main = woven([s for street in main_streets() for s in _clipped(street)], stub=75.0)
    ground = quarters(main)
    places = compounds()
    streets = woven([*main, *minor_streets(ground), *places.streets], stub=12.0)
    streets, over_streets = gates(streets)
    taken = [b.outline.buffer(0.4) for b in over_streets] + [a.outline for a in places.areas]
    places.buildings += over_streets
    for block in blocks(streets, ground, taken):
        _fill(places, block)
    river = Area(WATER, {"natural": "water", "water": "river", "name": "霁水", "name:en": "Ji River"})
    return Town(streets, places.buildings, [river, *places.areas])


def _clipped(street: Street) -> list[Street]:
    pieces = lines(LineString(street.line).intersection(MAP.buffer(ROADSIDE, join_style="mitre")))
    return [replace(street, line=_same_way(piece, street.line)) for piece in pieces]


def _same_way(piece: list[Point], line: Sequence[Point]) -> list[Point]:
    """Return the piece in the line's own direction; one-way streets need it."""
    whole = LineString(line)
    return piece if whole.project(ShapelyPoint(piece[0])) < whole.project(ShapelyPoint(piece[-1])) else piece[::-1]


def _fill(places: Places, block: Block) -> None:
    here = [s for s in SCHOOLS if block.ground.contains(ShapelyPoint(s[0]))]
    if here and block.plots:
        added = school(max(block.plots, key=lambda p: p.area), *here[0][1:])
    elif block.style == "market":
        added = market(block.ground)
    else:
        places.buildings += buildings_of(block)
        return
    places.buildings += added.buildings
    places.areas += added.areas


def by_name(buildings: Sequence[Building], name: str) -> Polygon:
    """Return the footprint of the building with this English name."""
    return next(b.outline for b in buildings if b.tags.get("name:en") == name)
