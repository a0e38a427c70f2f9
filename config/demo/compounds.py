"""Places drawn one by one: park, hospital, stadium, barracks, schools, market square, car parks, gates over streets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as ShapelyPoint
from shapely.ops import unary_union

from camgap.config.demo.buildings import Building
from camgap.config.demo.geometry import Point, ahead, azimuth, cut, frame_of, length, polygons, rectangle, spline
from camgap.config.demo.streets import TERRACES, Street, bridged
from camgap.config.demo.terrain import BANKS, HILL, bank, contour


@dataclass
class Area:
    """A closed outline that is no building: a square, a park, water, a pitch."""

    outline: Polygon
    tags: dict[str, str]


@dataclass
class Places:
    """What the compounds add to the town."""

    buildings: list[Building] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    streets: list[Street] = field(default_factory=list)


def compounds() -> Places:
    """Return all places whose position does not depend on the minor streets."""
    places = Places()
    for draw in (_hospital, _stadium, _barracks, _park, _hilltop, _works_car_park):
        draw(places)
    places.streets += [*_steps(), *_promenade(), *_footbridge(), _unfinished_street()]
    return places


def named(name: str, name_en: str, **tags: str) -> dict[str, str]:
    """Return tags with a name in both languages."""
    return {"name": name, "name:en": name_en, **tags}


def ellipse(middle: Point, east: float, north: float, count: int = 28) -> Polygon:
    """Return an ellipse with its half-axes [m]."""
    turns = [2 * math.pi * i / count for i in range(count)]
    return Polygon([(middle[0] + east * math.cos(t), middle[1] + north * math.sin(t)) for t in turns])


def _service(*points: Point, **tags: str) -> Street:
    return Street(list(points), "service", tags=tags)


def _footway(*points: Point) -> Street:
    return Street(spline(points), "footway")


def car_park(places: Places, middle: Point, along: float, across: float, aisles: int, entry: Point) -> None:
    """Add a car park, its long side to the east: one way along its southern edge, aisles northward, and the way in."""
    x, y = middle
    south = y - across / 2
    places.areas.append(Area(rectangle(middle, 90, along, across), {"amenity": "parking"}))
    left, right = x - along / 2 + 6, x + along / 2 - 6
    places.streets.append(_service((left, south + 3), (right, south + 3)))
    near = min((left, right), key=lambda end: math.dist((end, south + 3), entry))
    places.streets.append(_service((near, south + 3), entry))
    for i in range(aisles):
        at = left + (right - left) * (i + 0.5) / aisles
        places.streets.append(_service((at, south + 3), (at, y + across / 2 - 4), service="parking_aisle"))


def _hospital(places: Places) -> None:
    ground = Polygon([(-14, 516), (304, 516), (322, 748), (-28, 748)])
    places.areas.append(Area(ground, named("霁湾医院", "Jiwan Hospital", amenity="hospital")))
    ward = unary_union(
        [rectangle((150, 675), 90, 90, 15), rectangle((150, 625), 90, 90, 15), rectangle((150, 650), 0, 50, 17)]
    )
    places.buildings += [
        Building(polygons(ward)[0], "hospital", 12, named("住院部", "Wards")),
        Building(rectangle((150, 570), 90, 96, 26), "hospital", 5, named("门诊楼", "Outpatients")),
        Building(rectangle((40, 690), 90, 46, 14), "hospital", 4),
        Building(rectangle((262, 690), 0, 46, 14), "hospital", 4),
        Building(rectangle((40, 540), 90, 40, 14), "yes", 3),
    ]
    places.streets += [
        _service((-20, 600), (85, 598), (216, 598), (345, 602)),
        _service((85, 598), (85, 650), (88, 712), (215, 712), (218, 650), (216, 598)),
        _service((88, 712), (40, 712), service="driveway"),
    ]
    car_park(places, (267, 628), 76, 40, 4, (301, 601))


def _stadium(places: Places) -> None:
    at = (980.0, 478.0)
    ring = Polygon(ellipse(at, 58, 82).exterior.coords, [ellipse(at, 38, 62, 24).exterior.coords])
    places.buildings.append(Building(ring, "grandstand", 3, named("霁湾体育场", "Jiwan Stadium", leisure="stadium")))
    places.areas.append(Area(rectangle(at, 0, 92, 50), {"leisure": "pitch", "sport": "soccer"}))
    loop = [ahead(at, turn, 92 - 18 * abs(math.sin(math.radians(turn)))) for turn in range(-180, 181, 30)]
    places.streets += [_service(*loop[:7]), _service(*loop[6:]), _service(loop[0], (at[0] + 2, 296))]
    car_park(places, (924, 345), 84, 44, 4, (983, 326))


def _barracks(places: Places) -> None:
    ground = Polygon([(1028, -88), (1222, -104), (1222, -360), (1006, -358)])
    places.areas.append(Area(ground, named("霁湾营区", "Jiwan Barracks", landuse="military", military="barracks")))
    for row in range(4):
        places.buildings.append(Building(rectangle((1078, -145 - 42 * row), 94, 58, 13), "barracks", 3))
    places.buildings += [
        Building(rectangle((1180, -150), 94, 52, 18), "yes", 2),
        Building(rectangle((1200, -285), 4, 60, 16), "garage", 1),
    ]
    places.areas.append(Area(rectangle((1156, -230), 4, 84, 48), {"leisure": "pitch"}))
    gate = [(1000, -318), (1040, -316), (1190, -330)]
    places.streets += [
        _service(*gate, access="private"),
        _service((1040, -316), (1036, -112), (1120, -112), (1122, -322), access="private"),
    ]


def _park(places: Places) -> None:
    ground = Polygon([(16, 264), (322, 270), (312, 486), (2, 486)])
    places.areas.append(Area(ground, named("映霞公园", "Yingxia Park", leisure="park")))
    shore = [(120, 345), (165, 330), (225, 350), (250, 395), (215, 425), (150, 415), (112, 385), (120, 345)]
    places.areas.append(Area(Polygon(spline(shore)), named("映霞池", "Yingxia Pond", natural="water")))
    places.buildings += [
        Building(rectangle((70, 440), 100, 26, 14), "yes", 1, named("茶馆", "Tea House")),
        Building(rectangle((262, 440), 80, 10, 10), "roof", 0, named("听雨亭", "Rain Pavilion")),
        Building(rectangle((285, 300), 92, 34, 16), "public", 2, named("图书馆", "Library")),
    ]
    round_the_pond = [(100, 335), (165, 312), (240, 335), (270, 395), (225, 445), (145, 437), (92, 395), (100, 335)]
    places.streets += [
        _footway(*round_the_pond[:4]),
        _footway(*round_the_pond[3:]),
        _footway((-4, 380), (50, 385), (96, 380)),
        _footway((268, 380), (300, 372), (336, 376)),
        _footway((165, 248), (160, 290), (167, 320)),
        _footway((150, 508), (160, 470), (150, 436)),
    ]


def _hilltop(places: Places) -> None:
    far_side = [(-1270.0, 545.0), (-1270.0, 910.0), (-500.0, 910.0), (-490.0, 720.0)]
    wood = Polygon([*contour(118, 75, 264), *far_side])
    places.areas.append(Area(wood, named("晴坡山", "Sunny Slope", landuse="forest")))
    orchard = Polygon([(400, 790), (530, 792), (585, 905), (392, 905)])
    places.areas.append(Area(orchard, {"landuse": "orchard"}))
    top = HILL[0], HILL[1] + 20
    places.buildings += [
        Building(ellipse(top, 8, 8, 8), "temple", 7, named("晴坡塔", "Sunny Slope Pagoda")),
        Building(rectangle((HILL[0] + 4, HILL[1] - 24), 90, 26, 12), "temple", 1),
    ]
    for turn, height in ((110.0, 108.0), (200.0, 108.0)):
        foot = contour(height, turn, turn)[0]
        bend = ahead(HILL, turn + 25, 0.55 * math.dist(foot, HILL))
        places.streets.append(Street(spline([foot, bend, (top[0], top[1] - 14)]), "path"))


def _works_car_park(places: Places) -> None:
    car_park(places, (1172, -640), 86, 44, 4, (1234, -662))


def _steps() -> list[Street]:
    """Return the flights of steps that climb from terrace to terrace."""
    heights = [height for _, _, height, *_ in TERRACES]
    flights = (
        (0, 136.0),
        (0, 168.0),
        (0, 193.0),
        (1, 104.0),
        (1, 148.0),
        (1, 205.0),
        (1, 232.0),
        (2, 118.0),
        (2, 160.0),
        (2, 222.0),
    )
    return [
        Street(
            [contour(heights[low], turn, turn)[0], contour(heights[low + 1], turn + 3, turn + 3)[0]],
            "steps",
            tags={"lit": "no"},
        )
        for low, turn in flights
    ]


def _promenade() -> list[Street]:
    """Return the walk along the town's bank and the footways that lead to it."""
    walk = [p for p in bank(61) if -420 < p[0] < 690 and p[1] < -25]
    streets = [Street(spline(walk[::2]), "footway", "滨江步道", "Riverside Walk", {"lit": "yes"})]
    for i in range(2, len(walk) - 1, 9):
        outward = azimuth(walk[i - 1], walk[i + 1]) - 90
        streets.append(Street([ahead(walk[i], outward + 180, 1.5), ahead(walk[i], outward, 16)], "steps"))
    return streets


def _footbridge() -> list[Street]:
    line = [(556.0, -322.0), (650.0, -338.0), (735.0, -350.0)]
    return bridged(Street(line, "footway", "渡口桥", "Ferry Footbridge"), BANKS)


def _unfinished_street() -> Street:
    line = spline([(540, 760), (548, 830), (590, 905), (600, 990)])
    return Street(line, "construction", "新园路", "Xinyuan Road", {"construction": "residential"})


# -- places that fill a block between minor streets ------------------------------------------------------------------


def school(plot: Polygon, name: str, name_en: str) -> Places:
    """Return a school on a plot: a sports ground with its track, two wings of classrooms, a hall."""
    middle, turn, long, short = frame_of(plot)
    places = Places(areas=[Area(plot, named(name, name_en, amenity="school"))])
    field_at = ahead(middle, turn, -long * 0.2)
    across = min(short * 0.72, 66.0)
    places.areas.append(Area(rectangle(field_at, turn, min(long * 0.4, 74), across), {"leisure": "pitch"}))
    wing_at = ahead(middle, turn, long * 0.24)
    body = unary_union(
        [
            rectangle(ahead(wing_at, turn, 20), turn + 90, short * 0.72, 12),
            rectangle(ahead(wing_at, turn + 90, short * 0.36 - 6), turn, 52, 12),
            rectangle(ahead(wing_at, turn - 90, short * 0.36 - 6), turn, 52, 12),
        ]
    )
    places.buildings = [Building(polygons(body)[0], "school", 4, named(name, name_en))]
    return places


def market(ground: Polygon) -> Places:
    """Return the market square: a paved outline, stalls under roofs, and the old hall at its side."""
    square = polygons(ground.buffer(-5, join_style="mitre").simplify(0.8))[0]
    middle, turn, long, short = frame_of(square)
    tags = named("老集市", "Old Market Square", highway="pedestrian", area="yes", place="square", lit="yes")
    places = Places(areas=[Area(square, tags)])
    for row in range(3):
        at = ahead(ahead(middle, turn + 90, (row - 1) * 17.0), turn, -long * 0.12)
        places.buildings.append(Building(rectangle(at, turn, long * 0.5, 8), "roof", 0, {"layer": "1"}))
    hall = rectangle(ahead(middle, turn, long * 0.34), turn + 90, short * 0.6, 18)
    places.buildings.append(Building(hall, "retail", 2, named("集市大厅", "Market Hall")))
    return places


GATES: tuple[tuple[str, Point, float, str, dict[str, str]], ...] = (  # street, near, width, kind, tags
    ("鼓楼街", (110, -266), 22.0, "gate", named("鼓楼", "Drum Tower", historic="yes")),
    ("十字街", (196, -585), 20.0, "gate", named("南门", "South Gate", historic="yes")),
)


def gates(streets: Sequence[Street]) -> tuple[list[Street], list[Building]]:
    """Return the streets with passages cut into them, and the buildings that stand over these."""
    cut_streets, buildings = list(streets), []
    for name, near, width, kind, tags in GATES:
        i = min(
            (k for k, s in enumerate(cut_streets) if s.name == name and not s.tags.get("tunnel")),
            key=lambda k: LineString(cut_streets[k].line).distance(ShapelyPoint(near)),
        )
        street = cut_streets[i]
        at = _clear_of_junctions(street, streets, near)
        whole = length(street.line)
        passage = [cut(street.line, at - 6, at + 6)[0], cut(street.line, at - 6, at + 6)[-1]]
        cut_streets[i : i + 1] = [
            street.part(cut(street.line, 0, at - 6)),
            street.part(passage, tunnel="building_passage"),
            street.part(cut(street.line, at + 6, whole)),
        ]
        buildings.append(Building(_over(passage, width), kind, 3, dict(tags)))
    return cut_streets, buildings


def _clear_of_junctions(street: Street, others: Sequence[Street], near: Point) -> float:
    """Return where along the street, nearest to `near`, no other street joins within 16 m."""
    line = LineString(street.line)
    shared = {p for o in others if o.line != street.line for p in o.line} & set(street.line)
    marks = [line.project(ShapelyPoint(p)) for p in shared] + [0.0, line.length]
    wanted = line.project(ShapelyPoint(near))
    places = [m / 2 for m in range(2 * int(line.length)) if all(abs(m / 2 - mark) > 16 for mark in marks)]
    return min(places, key=lambda m: (abs(m - wanted), m))


def _over(passage: Sequence[Point], width: float) -> Polygon:
    """Return the outline of a building over a passage; the passage's ends are vertices of it."""
    start, end = passage
    turn = azimuth(start, end)
    corners = [ahead(start, turn - 90, width / 2), start, ahead(start, turn + 90, width / 2)]
    return Polygon([*corners, ahead(end, turn + 90, width / 2), end, ahead(end, turn - 90, width / 2)])
