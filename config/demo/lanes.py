"""Quarters between the main streets, and the minor streets that divide them into blocks."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry import Point as ShapelyPoint
from shapely.ops import polygonize, unary_union

from camgap.config.demo.chance import Chance
from camgap.config.demo.geometry import Line, Point, ahead, frame_of, halves, length, lines, polygons, spline
from camgap.config.demo.streets import Street
from camgap.config.demo.terrain import BANKS, MAP


@dataclass(frozen=True)
class Quarter:
    """A part of the town between main streets, and how it is built over."""

    style: str
    ground: Polygon


# style -> a point in every quarter that has it
STYLES: dict[str, list[Point]] = {
    "old": [(175, -105), (91, -210), (308, -144), (73, -458), (358, -454)],
    "market": [(92, -105)],
    "mixed": [(516, -165), (-268, -483), (-225, -144), (884, -201)],
    "commercial": [(171, 113), (91, -25), (10, -105)],
    "slabs": [(-197, 128), (-170, 372), (486, 157), (501, 393), (-814, -155), (153, 885), (1131, 99), (564, 634),
     (-200, 640)],
    "towers": [(905, 129)],
    "rows": [(-653, 30), (-656, -448), (-1272, -217), (-241, 877), (1150, 561), (-1300, 20), (588, -791)],
    "outskirts": [(-1096, -723), (431, -890)],
    "hillside": [(-718, -721), (-470, 470), (-524, 430), (-597, 472), (-653, 199), (-360, 560)],
    "works": [(819, -499), (1101, -538), (1250, -549), (1081, -862), (1245, -860), (1250, -229)],
    "park": [(160, 385)],
    "hospital": [(151, 629)],
    "stadium": [(969, 473)],
    "barracks": [(1120, -214)],
}  # fmt: skip

# Base names of minor streets, given out from west to east; the lanes of the old quarter are numbered after them.
_NAMES = """
    青杉 Qingshan, 竹影 Zhuying, 石磨 Shimo, 水碓 Shuidui, 茶亭 Chating, 枫桥 Fengqiao, 柳塘 Liutang,
    桂香 Guixiang, 梅坞 Meiwu, 兰圃 Lanpu, 松涛 Songtao, 云梯 Yunti, 晒坝 Shaiba, 盐店 Yandian, 米行 Mihang,
    铜匠 Tongjiang, 染坊 Ranfang, 书院 Shuyuan, 文庙 Wenmiao, 钟楼 Zhonglou, 井台 Jingtai, 油坊 Youfang,
    酒巷 Jiuxiang, 棉花 Mianhua, 纸坊 Zhifang, 鱼市 Yushi, 渔火 Yuhuo, 听涛 Tingtao, 望山 Wangshan,
    晨光 Chenguang, 和睦 Hemu, 长乐 Changle, 春晓 Chunxiao, 秋实 Qiushi, 明珠 Mingzhu, 建新 Jianxin,
    前进 Qianjin, 光明 Guangming, 勤俭 Qinjian, 五星 Wuxing, 利民 Limin, 康乐 Kangle, 锦绣 Jinxiu,
    翠屏 Cuiping, 银杏 Yinxing, 玉兰 Yulan, 海棠 Haitang, 紫藤 Ziteng, 榕荫 Rongyin, 木棉 Mumian,
    凤尾 Fengwei, 石榴 Shiliu, 枇杷 Pipa, 樟树 Zhangshu, 铸造 Foundry, 轴承 Bearing, 齿轮 Gearwheel,
    钢花 Steelflower, 锻工 Forge, 车工 Turner
"""
NAMES: list[tuple[str, str]] = [(pair.split()[0], pair.split()[1]) for pair in _NAMES.split(",")]

# style -> share of its minor streets tagged lit=yes and lit=no; the rest says nothing
LIGHT: dict[str, tuple[float, float]] = {
    "old": (0.35, 0.3), "mixed": (0.7, 0.1), "commercial": (1.0, 0.0), "slabs": (0.5, 0.15), "towers": (0.8, 0.0),
    "rows": (0.2, 0.3), "hillside": (0.0, 0.6), "works": (0.3, 0.2),
}  # fmt: skip
ORDINALS = "一二三四五六七八九"


def quarters(main: Sequence[Street]) -> list[Quarter]:
    """Return the quarters between the main streets that are built over, from west to east."""
    at_grade = [LineString(s.line) for s in main if s.level == 0]
    ground = MultiPolygon(polygonize(unary_union([*at_grade, MAP.exterior, BANKS.boundary])))
    found = []
    for polygon in polygons(ground):
        styles = [style for style, points in STYLES.items() if any(polygon.contains(ShapelyPoint(p)) for p in points)]
        found += [Quarter(style, polygon) for style in styles]
    return found


def minor_streets(quarters: Sequence[Quarter]) -> list[Street]:
    """Return the minor streets of all quarters; they end on the streets around them."""
    names = iter(NAMES)
    streets: list[Street] = []
    for quarter in quarters:
        rng = Chance("lanes", quarter.ground.centroid.x, quarter.ground.centroid.y)
        drawn = PLANS[quarter.style](quarter.ground, rng) if quarter.style in PLANS else []
        for street in _named(drawn, names):
            draw = rng.random()
            lit, unlit = LIGHT.get(quarter.style, (0.0, 0.0))
            tags = {"lit": "yes"} if draw < lit else {"lit": "no"} if draw < lit + unlit else {}
            streets.append(replace(street, tags=tags))
    return streets


@dataclass(frozen=True)
class Lane:
    """A minor street without a name yet."""

    line: Line
    highway: str
    rank: int  # 0 gets a name of its own, 1 a numbered one, 2 none


def _named(lanes: Sequence[Lane], names: Iterator[tuple[str, str]]) -> Iterator[Street]:
    """Yield the lanes as streets: the long ones with a name, those between them with its number."""
    name, name_en, number = "", "", 0
    for lane in lanes:
        if lane.rank == 0 and length(lane.line) > 130:
            name, name_en = next(names, ("", ""))
            number = 0
            yield Street(lane.line, lane.highway, f"{name}街" if name else "", f"{name_en} Street" if name else "")
        elif lane.rank == 1 and name and number < len(ORDINALS):
            number += 1
            yield Street(lane.line, lane.highway, f"{name}{ORDINALS[number - 1]}巷", f"{name_en} Lane {number}")
        else:
            yield Street(lane.line, lane.highway)


def _across(ground: Polygon, share: float, sway: float, tilt: float, rng: Chance) -> Line:
    """Return a line across the ground's longer side, at `share` of it, swaying by `sway` [m], tilted by `tilt` [°]."""
    middle, azimuth, long, short = frame_of(ground)
    at = ahead(middle, azimuth, (share - 0.5) * long)
    reach = math.hypot(long, short) * 0.6
    count = max(2, round(2 * reach / 38)) if sway else 1
    points = []
    for i in range(count + 1):
        on_line = ahead(at, azimuth + 90 + tilt, reach * (2 * i / count - 1))
        points.append(ahead(on_line, azimuth + tilt, sway * rng.uniform(-1, 1)))
    return spline(points, tolerance=0.6) if sway else points


def _inside(line: Sequence[Point], ground: Polygon) -> list[Line]:
    """Return the pieces of a line inside the ground that do not merely run along its edge."""
    edge = ground.exterior.buffer(24, quad_segs=4)
    pieces = lines(LineString(line).intersection(ground))
    return [p for p in pieces if LineString(p).intersection(edge).length < 0.75 * length(p) and length(p) > 20]


def _divided(ground: Polygon, target: float, sway: float, rng: Chance, depth: int = 0) -> list[tuple[Line, int]]:
    """Return the lanes that divide the ground into blocks of about `target` [m²], and how deep each is nested."""
    if ground.area < 1.5 * target:
        return []
    for _ in range(6):
        line = _across(ground, rng.uniform(0.4, 0.6), sway, rng.uniform(-1.3, 1.3) * sway, rng)
        parts = halves(ground, line)
        if len(parts) == 2 and min(p.area for p in parts) > 0.25 * ground.area:
            inner = [lane for part in parts for lane in _divided(part, target, sway, rng, depth + 1)]
            return [(piece, depth) for piece in _inside(line, ground)] + inner
    return []


def _old(ground: Polygon, rng: Chance) -> list[Lane]:
    lanes = _divided(ground, 5600, 7.0, rng)
    return [Lane(line, "residential" if depth == 0 else "living_street", min(depth, 1)) for line, depth in lanes]


def _mixed(ground: Polygon, rng: Chance) -> list[Lane]:
    return [Lane(line, "residential", int(depth > 1)) for line, depth in _divided(ground, 21000, 2.5, rng)]


def _works(ground: Polygon, rng: Chance) -> list[Lane]:
    lanes = _divided(ground, 30000, 0.0, rng)
    return [Lane(line, "unclassified" if depth == 0 else "service", 2 * int(depth > 0)) for line, depth in lanes]


def _hillside(ground: Polygon, rng: Chance) -> list[Lane]:
    return [Lane(line, "residential", 1 + int(depth > 0)) for line, depth in _divided(ground, 34000, 5.0, rng)]


def _grid(ground: Polygon, along: float, athwart: float) -> tuple[list[Lane], list[Polygon]]:
    """Return a grid of straight streets, about `along` x `athwart` [m] apart, and the blocks between them."""
    middle, azimuth, long, short = frame_of(ground)
    cells, lanes = [ground], []
    for turn, extent, spacing, reach in ((90, long, along, short), (0, short, athwart, long)):
        count = max(1, round(extent / spacing))
        for i in range(1, count):
            at = ahead(middle, azimuth + 90 - turn, extent * (i / count - 0.5))
            line = [ahead(at, azimuth + turn, -reach), ahead(at, azimuth + turn, reach)]
            lanes += [Lane(piece, "residential", int(turn > 0)) for piece in _inside(line, ground)]
            cells = [half for cell in cells for half in halves(cell, line)]
    return sorted(lanes, key=lambda lane: lane.rank), cells


def _with_service_ways(lanes: list[Lane], cells: Sequence[Polygon], rng: Chance) -> list[Lane]:
    for cell in cells:
        if cell.area > 13000:
            lanes += [Lane(piece, "service", 2) for piece in _inside(_across(cell, 0.5, 0.0, 0.0, rng), cell)]
    return lanes


def _slabs(ground: Polygon, rng: Chance) -> list[Lane]:
    return _with_service_ways(*_grid(ground, 210, 160), rng)


def _towers(ground: Polygon, rng: Chance) -> list[Lane]:
    return _with_service_ways(*_grid(ground, 190, 150), rng)


def _rows(ground: Polygon, rng: Chance) -> list[Lane]:  # noqa: ARG001  all plans take both
    return _grid(ground, 225, 90)[0]


def _commercial(ground: Polygon, rng: Chance) -> list[Lane]:  # noqa: ARG001  all plans take both
    return _grid(ground, 125, 115)[0]


PLANS: dict[str, Callable[[Polygon, Chance], list[Lane]]] = {
    "old": _old, "mixed": _mixed, "works": _works, "hillside": _hillside, "slabs": _slabs, "towers": _towers,
    "rows": _rows, "commercial": _commercial,
}  # fmt: skip
