"""Buildings: every block is filled in the manner of its quarter."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.ops import polygonize, unary_union

from camgap.config.demo.chance import Chance
from camgap.config.demo.geometry import ahead, azimuth, frame_of, halves, polygons, rectangle, vertices
from camgap.config.demo.lanes import Quarter
from camgap.config.demo.streets import CLEARANCE, Street
from camgap.config.demo.terrain import BANKS, MAP


@dataclass
class Building:
    """A footprint and its tags; courtyards are holes."""

    outline: Polygon
    kind: str  # value of `building`
    levels: int = 0  # 0: not tagged
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """Ground between streets: `ground` to the axes, `plots` what may be built on."""

    style: str
    ground: Polygon
    plots: tuple[Polygon, ...]


def clear_space(streets: Sequence[Street]) -> MultiPolygon:
    """Return the space no building may stand in: the streets with their kerbs, and the river."""
    spaces = [
        LineString(s.line).buffer(CLEARANCE[s.highway], quad_segs=3, join_style="mitre")
        for s in streets
        if s.level == 0 and s.tags.get("tunnel") != "building_passage"
    ]
    merged = unary_union([*spaces, BANKS])
    return MultiPolygon(polygons(merged))


def blocks(streets: Sequence[Street], quarters: Sequence[Quarter], taken: Iterable[Polygon] = ()) -> list[Block]:
    """Return the blocks of all quarters, from west to east; `taken` ground is spared."""
    axes = [LineString(s.line) for s in streets if s.level == 0 and CLEARANCE[s.highway] > 3]
    ground = polygons(MultiPolygon(list(polygonize(unary_union([*axes, MAP.exterior, BANKS.boundary])))), 300)
    space = unary_union([clear_space(streets), *taken])
    verge = unary_union(axes).buffer(23, quad_segs=3)  # outside the town only the roadside is built over
    found = []
    for polygon in ground:
        inner = polygon.representative_point()
        style = next((q.style for q in quarters if q.ground.contains(inner)), "")
        if style:
            inside = polygon.intersection(verge) if style == "outskirts" else polygon
            plots = polygons(inside.difference(space).buffer(-0.2), 120)
            found.append(Block(style, polygon, tuple(p.simplify(0.8) for p in plots)))
    return found


def buildings_of(block: Block) -> list[Building]:
    """Return the buildings of a block; none overlap, none leave its plots."""
    rng = Chance(block.style, block.ground.centroid.x, block.ground.centroid.y)
    built: list[Building] = []
    for plot in block.plots:
        if block.style in FILLINGS:
            built += _apart(FILLINGS[block.style](plot, rng), plot, built)
    return built


def _apart(new: Iterable[Building], plot: Polygon, old: Sequence[Building]) -> list[Building]:
    """Return the new buildings that lie on the plot and keep off the others, the first come first."""
    ground = plot.buffer(0.05)
    kept: list[Building] = []
    for building in new:
        others = [b.outline for b in (*old, *kept)]
        if ground.contains(building.outline) and not any(building.outline.distance(o) < 0.3 for o in others):
            kept.append(building)
    return kept


# -- ways to fill a plot ----------------------------------------------------------------------------------------------


def lots(ground: Polygon, target: float, rng: Chance) -> list[Polygon]:
    """Return the ground divided into lots of about `target` [m²] by cuts across its longer side."""
    middle, azimuth_, long, short = frame_of(ground)
    if ground.area < 1.6 * target * rng.uniform(0.75, 1.25):
        return [ground]
    at = ahead(middle, azimuth_, long * rng.uniform(-0.09, 0.09))
    turn = azimuth_ + 90 + rng.uniform(-4, 4)
    reach = long + short
    parts = halves(ground, [ahead(at, turn, -reach), ahead(at, turn, reach)])
    return [lot for part in parts for lot in lots(part, target, rng)] if len(parts) > 1 else [ground]


def _inset(lot: Polygon, distance: float, smallest: float) -> Polygon | None:
    """Return the lot's largest part `distance` inside its edge, or None if that is too small or odd for a house."""
    parts = polygons(lot.buffer(-distance, join_style="mitre"), smallest)
    if not parts:
        return None
    house = max(parts, key=lambda p: p.area).simplify(1.2)
    _, _, long, short = frame_of(house) if isinstance(house, Polygon) else ((0, 0), 0, 1, 0)
    slender = short < 4.5 or long / short > 4.5
    ragged = house.area < 0.6 * house.convex_hull.area or len(vertices(house)) > 11
    return None if slender or ragged or not isinstance(house, Polygon) or house.interiors else house


def _courtyard(house: Polygon, wing: float, smallest: float) -> Polygon:
    """Return the house with a courtyard inside wings of the given depth, if there is room for one."""
    parts = polygons(house.buffer(-wing, join_style="mitre").simplify(1.5), smallest)
    if len(parts) != 1 or parts[0].interiors:
        return house
    return Polygon(house.exterior.coords, [parts[0].exterior.coords])


def _old(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield dense old houses, many of the larger ones round a courtyard."""
    yield from _old_houses(lots(plot, 390.0, rng), rng)


def _old_houses(ground: Iterable[Polygon], rng: Chance) -> Iterable[Building]:
    for lot in ground:
        house = _inset(lot, rng.uniform(0.35, 0.9), 40)
        if house is None:
            if lot.area > 160:  # an awkward corner: try smaller houses
                yield from _old_houses(lots(lot, lot.area / 3, rng), rng)
            continue
        if rng.random() < 0.05:
            continue
        if rng.random() < 0.42:
            house = _courtyard(house, rng.uniform(4.2, 5.2), 28)
        kind = "yes" if rng.random() < 0.5 else rng.pick(["house", "retail", "residential"])
        yield Building(house, kind, rng.whole(1, 3) if rng.random() < 0.7 else 0)


def _mixed(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield town houses, the larger ones round a yard."""
    for lot in lots(plot, 1300.0, rng):
        house = _inset(lot, rng.uniform(2.0, 4.0), 90)
        if house is None:
            continue
        if house.area > 700:
            house = _courtyard(house, 11.0, 90)
        yield Building(house, rng.pick(["apartments", "apartments", "retail", "yes"]), rng.whole(4, 8))


def _commercial(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield department stores and offices, the biggest round an inner court."""
    for lot in lots(plot, 2300.0, rng):
        house = _inset(lot, rng.uniform(3.0, 5.0), 150)
        if house is None:
            continue
        if house.area > 1500:
            house = _courtyard(house, 14.0, 150)
        yield Building(house, rng.pick(["commercial", "retail", "office", "hotel"]), rng.whole(5, 22))


def _slabs(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield parallel bars of flats that face south, as nearly as the block lets them."""
    middle, azimuth_, long, short = frame_of(plot)
    across = azimuth_ if abs(azimuth_ - 90) <= 45 else (azimuth_ + 90) % 180  # along the bars
    width, depth = (long, short) if across == azimuth_ else (short, long)
    levels, bar = rng.pick([6, 6, 7, 7, 11, 18]), rng.uniform(11.0, 13.5)
    spacing = bar + (15.0 if levels < 8 else 24.0)
    wanted = rng.uniform(38, 62)
    rows = max(1, int((depth + spacing - bar) // spacing))
    columns = max(1, round((width + 7) / (wanted + 7)))
    along = (width - 2) / columns - 7
    for row in range(rows):
        for column in range(columns):
            at = ahead(middle, across + 90, (row - (rows - 1) / 2) * min(spacing * 1.25, depth / rows))
            at = ahead(at, across, (column - (columns - 1) / 2) * (along + 7))
            for share in (1.0, 0.7, 0.45):  # where the block is cut off aslant, a shorter bar fits
                house = rectangle(at, across, along * share, bar)
                if plot.contains(house):
                    yield Building(house, "apartments", levels)
                    break


def _towers(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield point blocks of flats in rows, with a flat hall here and there."""
    middle, azimuth_, long, short = frame_of(plot)
    columns, rows = max(1, round(long / 52)), max(1, round(short / 50))
    for row in range(rows):
        for column in range(columns):
            at = ahead(middle, azimuth_, (column - (columns - 1) / 2) * long / columns)
            at = ahead(at, azimuth_ + 90, (row - (rows - 1) / 2) * short / rows)
            if rng.random() < 0.12:
                yield Building(rectangle(at, azimuth_, 34, 18), "retail", 2)
            else:
                yield Building(_cross(at, azimuth_, 25, 9), "apartments", rng.whole(17, 33))


def _cross(at: tuple[float, float], azimuth_: float, size: float, notch: float) -> Polygon:
    """Return the butterfly plan of a point block: a square with two opposite sides drawn in."""
    body = rectangle(at, azimuth_, size, size)
    bites = [rectangle(ahead(at, azimuth_, side * size / 2), azimuth_, notch, notch) for side in (-1, 1)]
    return max(polygons(body.difference(unary_union(bites))), key=lambda p: p.area)


def frontage(
    plot: Polygon, depth: float, width: tuple[float, float], gap: tuple[float, float], rng: Chance
) -> Iterable[Polygon]:
    """Yield houses side by side along the edge of a plot, each parallel to its piece of street."""
    ring = vertices(plot.simplify(1.6).exterior)
    for start, end in pairwise(ring):  # simplify keeps the ring's sense
        side = math.dist(start, end)
        inward = azimuth(start, end) + (90 if not shapely.is_ccw(plot.exterior) else -90)
        at = rng.uniform(0.3, 2.0)
        while at + width[0] < side:
            wide = min(rng.uniform(*width), side - at)
            deep = depth * rng.uniform(0.85, 1.15)
            middle = ahead(ahead(start, azimuth(start, end), at + wide / 2), inward, deep / 2 + rng.uniform(0.1, 1.2))
            yield rectangle(middle, azimuth(start, end), wide, deep)
            at += wide + rng.uniform(*gap)


def _rows(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield rows of houses along the streets, gardens behind."""
    for house in frontage(plot, 11.5, (15.0, 30.0), (1.5, 6.0), rng):
        if rng.random() > 0.06:
            yield Building(house, rng.pick(["house", "house", "residential", "yes"]), rng.whole(2, 4))


def _hillside(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield small houses along terraces and country roads, more loosely set."""
    for house in frontage(plot, 10.0, (11.0, 20.0), (2.0, 13.0), rng):
        if rng.random() > 0.12:
            yield Building(house, rng.pick(["house", "yes", "yes"]), rng.whole(1, 3) if rng.random() < 0.6 else 0)


def _works(plot: Polygon, rng: Chance) -> Iterable[Building]:
    """Yield factory halls with yards between them."""
    for lot in lots(plot, 5200.0, rng):
        middle, azimuth_, long, short = frame_of(lot)
        if rng.random() < 0.1:
            continue
        for share in (0.84, 0.7, 0.55, 0.42):
            hall = rectangle(middle, azimuth_, long * share, short * share * rng.uniform(0.75, 1.0))
            if lot.buffer(-3).contains(hall) and short * share > 12:
                yield Building(hall, rng.pick(["industrial", "industrial", "warehouse"]), rng.whole(1, 2))
                break


FILLINGS: dict[str, Callable[[Polygon, Chance], Iterable[Building]]] = {
    "old": _old, "mixed": _mixed, "commercial": _commercial, "slabs": _slabs, "towers": _towers, "rows": _rows,
    "hillside": _hillside, "outskirts": _hillside, "works": _works,
}  # fmt: skip
