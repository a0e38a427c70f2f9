"""The main streets, drawn by hand: boulevard, bridges, ring with its tunnel, riverside, terraces on the hill."""

from dataclasses import dataclass, field

from shapely.geometry import LineString, Polygon

from camgap.config.demo.geometry import Line, Point, cut, length, offset, simplified, spline
from camgap.config.demo.terrain import BANKS, bank, contour


@dataclass
class Street:
    """One OSM way with a `highway` tag.

    `level` is its `layer`: streets of level 0 meet where they cross, others only at their ends.
    """

    line: Line
    highway: str
    name: str = ""
    name_en: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    level: int = 0

    def part(self, line: Line, level: int = 0, **tags: str) -> "Street":
        """Return a stretch of this street with tags of its own."""
        return Street(line, self.highway, self.name, self.name_en, self.tags | tags, level)


# Clear space either side of the axis [m]: no building comes nearer.
CLEARANCE = {
    "primary": 11.0, "secondary": 10.0, "tertiary": 8.0, "residential": 5.5, "unclassified": 6.0, "service": 4.2,
    "living_street": 3.2, "pedestrian": 4.5, "footway": 2.3, "steps": 2.3, "path": 2.0, "construction": 8.0,
}  # fmt: skip

TUNNEL = (1168.0, 2090.0)  # portals, counted along the ring [m]

LIT = {"lit": "yes"}

BOULEVARD: Line = spline(
    [
        (-1420, -70),
        (-1100, -110),
        (-700, -80),
        (-300, -20),
        (0, 0),
        (350, 12),
        (600, 0),
        (760, -12),
        (1000, -45),
        (1420, -95),
    ]
)
RENMIN: Line = spline(
    [
        (-20, 1070),
        (-44, 760),
        (-12, 480),
        (4, 150),
        (-2, 0),
        (-40, -250),
        (-66, -480),
        (-66, -640),
        (-58, -800),
        (-64, -905),
        (-90, -1070),
    ]
)
RING: Line = spline(
    [(752, 488), (600, 470), (300, 500), (-10, 500), (-250, 512), (-420, 490), (-640, 430), (-900, 300), (-1120, 175),
     (-1250, 130), (-1420, 100)]
)  # fmt: skip
CARRIAGEWAY_OFFSET = 8.5
DUAL = (900.0, 2440.0)  # the boulevard's stretch with two carriageways, counted along it [m]

# highway, name, name:en, points; ends lie a little beyond the street they meet and are trimmed there
TOWN_STREETS: tuple[tuple[str, str, str, list[Point]], ...] = (
    ("tertiary", "西门路", "West Gate Road", [(-1200, -385), (-1190, -250), (-1212, -100), (-1236, 40), (-1270, 165)]),
    ("tertiary", "坡脚路", "Slope Foot Road", [(-496, -630), (-470, -480), (-432, -250), (-420, -40), (-392, 160),
     (-340, 330), (-330, 560)]),
    ("secondary", "文昌路", "Wenchang Road", [(-392, 232), (-180, 246), (4, 250), (350, 258), (690, 236)]),
    ("tertiary", "学府路", "Academy Road", [(342, -30), (334, 250), (322, 500), (345, 760), (338, 1070)]),
    ("tertiary", "北苑路", "Beiyuan Road", [(-470, 1060), (-455, 900), (-330, 770), (-44, 760), (345, 762), (690, 772),
     (985, 812)]),
    ("tertiary", "仓前路", "Cangqian Road", [(-1210, -262), (-900, -300), (-640, -322), (-440, -268), (-200, -262),
     (-30, -255)]),
    ("pedestrian", "鼓楼街", "Drum Tower Street", [(-45, -258), (60, -272), (150, -262), (250, -290), (360, -276),
     (470, -318), (620, -330)]),
    ("residential", "十字街", "Crossways Street", [(198, 45), (188, -70), (206, -150), (190, -225), (203, -290),
     (186, -370), (210, -460), (192, -540), (200, -640)]),
    ("secondary", "江东路", "Jiangdong Road", [(930, -1070), (948, -700), (990, -380), (1012, -60), (1030, 300),
     (1060, 520), (1000, 720)]),
    ("tertiary", "体育路", "Stadium Road", [(790, 300), (1030, 300), (1250, 312), (1420, 318)]),
    ("tertiary", "工业路", "Industry Road", [(700, -320), (860, -352), (990, -368), (1235, -372), (1420, -380)]),
    ("tertiary", "机床路", "Lathe Road", [(480, -640), (570, -690), (700, -705), (948, -702), (1228, -722),
     (1420, -735)]),
    ("unclassified", "货场路", "Freight Yard Road", [(1222, -1070), (1226, -720), (1240, -370), (1236, -72),
     (1250, 312), (1242, 600), (1180, 850)]),
    ("residential", "盘山路", "Hill Climb Road", [(-300, 490), (-380, 590), (-470, 642), (-560, 668), (-650, 655),
     (-705, 600)]),
    ("residential", "松坡路", "Pine Slope Road", [(-1258, 112), (-1262, 230), (-1252, 345), (-1208, 412),
     (-1120, 485)]),
    ("residential", "望云路", "Cloud View Road", [(-375, 540), (-402, 680), (-388, 800)]),
    ("pedestrian", "市场北街", "Market Street North", [(-45, -62), (60, -66), (150, -60), (240, -64)]),
    ("pedestrian", "市场南街", "Market Street South", [(-55, -152), (40, -156), (150, -150), (240, -158)]),
    ("pedestrian", "市场西街", "Market Street West", [(34, -40), (38, -110), (36, -180)]),
    ("pedestrian", "市场东街", "Market Street East", [(150, -35), (147, -110), (150, -180)]),
    ("residential", "渡口街", "Ferry Street", [(418, 45), (408, -120), (428, -200), (415, -320)]),
)  # fmt: skip

# name, name:en, height [m], first and last azimuth around the hilltop [°]
TERRACES: tuple[tuple[str, str, float, float, float], ...] = (
    ("一台路", "First Terrace", 40.0, 116.0, 208.0),
    ("二台路", "Second Terrace", 62.0, 76.0, 242.0),
    ("三台路", "Third Terrace", 85.0, 72.0, 250.0),
    ("四台路", "Fourth Terrace", 108.0, 70.0, 256.0),
)


def main_streets() -> list[Street]:
    """Return the main streets, bridges and the tunnel cut out, ends not yet trimmed."""
    renmin = Street(RENMIN, "secondary", "人民路", "Renmin Road", {"lanes": "4", **LIT})
    streets = [*boulevard(), *bridged(renmin), *ring()]
    riverside = Street(simplified(bank(76), 0.6), "tertiary", "滨江路", "Riverside Road", {"lanes": "2", **LIT})
    far_bank = Street(simplified(bank(-80), 0.6), "tertiary", "江南路", "Jiangnan Road", {"lanes": "2"})
    streets += [riverside, far_bank, upper_bank_road()]
    for highway, name, name_en, points in TOWN_STREETS:
        tags = {"lanes": "2", **LIT} if highway in ("secondary", "tertiary") else {}
        streets.append(Street(spline(points), highway, name, name_en, tags))
    return streets + terraces()


def boulevard() -> list[Street]:
    """Return the boulevard: one carriageway outside, two in the middle, bridged over the river."""
    whole = Street(BOULEVARD, "primary", "霁湾大道", "Jiwan Avenue", {"lanes": "4", **LIT})
    start, end = DUAL
    west, east = cut(BOULEVARD, 0, start), cut(BOULEVARD, end, length(BOULEVARD))
    streets = [whole.part(west), *bridged(whole.part(east))]
    middle = cut(BOULEVARD, start + 40, end - 40)
    for side in (-1, 1):  # traffic keeps to the right
        line = [west[-1], *offset(middle, side * CARRIAGEWAY_OFFSET), east[0]]
        one_way = Street(line[::-side], "primary", whole.name, whole.name_en, {"lanes": "3", "oneway": "yes", **LIT})
        streets += bridged(one_way)
    return streets


def ring() -> list[Street]:
    """Return the northern ring and its tunnel under the hill."""
    whole = Street(RING, "secondary", "北环路", "North Ring Road", {"lanes": "4", **LIT})
    start, end = TUNNEL
    return [
        whole.part(cut(RING, 0, start)),
        whole.part(cut(RING, start, end), -1, tunnel="yes"),
        whole.part(cut(RING, end, length(RING))),
    ]


def upper_bank_road() -> Street:
    """Return the street half-way up the southern bank, at first parallel to the river."""
    line = [p for p in bank(-172) if -960 < p[0] < 220]
    line = spline([(-1075, -520), *line[::3], (420, -842), (680, -872), (980, -885)])
    return Street(line, "residential", "望江路", "River View Road")


def terraces() -> list[Street]:
    """Return the streets that follow the hill's contours; the lowest one comes down to the street at either end."""
    lines = [contour(height, start, end) for _, _, height, start, end in TERRACES]
    lines[0] = [(-330, 345), *lines[0], (-1262, 88)]
    return [
        Street(spline(line, tolerance=0.8), "residential", name, name_en)
        for line, (name, name_en, *_) in zip(lines, TERRACES, strict=True)
    ]


def bridged(street: Street, over: Polygon = BANKS) -> list[Street]:
    """Return the street in pieces, the one over the water as a bridge."""
    line = LineString(street.line)
    crossing = line.intersection(over.boundary)
    marks = sorted(line.project(p) for p in getattr(crossing, "geoms", [crossing]) if not p.is_empty)
    if len(marks) != 2:
        return [street]
    start, end = marks
    return [
        street.part(cut(street.line, 0, start)),
        street.part(cut(street.line, start, end), 1, bridge="yes"),
        street.part(cut(street.line, end, length(street.line))),
    ]
