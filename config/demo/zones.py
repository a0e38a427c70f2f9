"""Districts, and ground where no camera may be put up, as GeoJSON."""

import json
from collections.abc import Sequence

from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry import Point as ShapelyPoint
from shapely.ops import polygonize, unary_union

from camgap.config.demo.geometry import Point, polygons, spline, vertices
from camgap.config.demo.streets import BOULEVARD
from camgap.config.demo.terrain import MAP, RIVER, lonlat
from camgap.config.demo.town import Town

# name, name:en, a point in each of its pieces
DISTRICTS: tuple[tuple[str, str, list[Point]], ...] = (
    ("老城", "Old Town", [(200, -300)]),
    ("城北", "North Town", [(200, 400)]),
    ("西坡", "West Slope", [(-800, -200), (-800, 200)]),
    ("江东", "East Bank", [(1000, 200), (1000, -200)]),
    ("江南", "South Bank", [(1000, -600)]),
)
SLOPE_FOOT = spline(
    [(-560, -880), (-496, -630), (-470, -480), (-432, -250), (-420, -40), (-392, 160), (-340, 330), (-330, 520),
     (-402, 680),
     (-388, 800), (-470, 940)], tolerance=2.0,
)  # fmt: skip
SOUTH_OF_EAST_BANK = [(640.0, -310.0), (860.0, -352.0), (990.0, -368.0), (1235.0, -372.0), (1420.0, -380.0)]

PAVEMENT = 15.0  # [m] forbidden along the fence of a compound
FORBIDDEN: tuple[tuple[str, str], ...] = (  # English name, why
    ("Jiwan Middle School", "school yard"),
    ("Cangqian Primary School", "school yard"),
    ("Jiwan Barracks", "military ground: prior consent needed"),
    ("Yingxia Park", "protected park"),
)


def districts() -> str:
    """Return five districts that cover the map without overlap, along river and main streets."""
    edges = [LineString(line) for line in (RIVER, BOULEVARD, SOUTH_OF_EAST_BANK)]
    land = polygons(MultiPolygon(list(polygonize(unary_union([MAP.exterior, edges[0]])))))
    town_side = next(p for p in land if p.contains(ShapelyPoint(0, 0)))
    edges.append(LineString(SLOPE_FOOT).intersection(town_side.buffer(2)))  # a little over, so that no gap is left
    pieces = polygons(MultiPolygon(list(polygonize(unary_union([MAP.exterior, *edges])))))
    features = []
    for name, name_en, points in DISTRICTS:
        own = unary_union([p for p in pieces if any(p.contains(ShapelyPoint(q)) for q in points)])
        features += [_feature(p, {"name": name, "name:en": name_en}) for p in polygons(own)]
    return _collection(features)


def forbidden(town: Town) -> str:
    """Return the ground where no mount may stand: the compounds and the pavement along their fences."""
    features = []
    for name_en, reason in FORBIDDEN:
        area = next(a for a in town.areas if a.tags.get("name:en") == name_en)
        ground = area.outline.buffer(PAVEMENT, join_style="mitre")
        features.append(_feature(ground, {"name": area.tags["name"], "name:en": name_en, "reason": reason}))
    return _collection(features)


def _feature(polygon: Polygon, properties: dict[str, str]) -> dict[str, object]:
    rings = []
    for ring in (polygon.exterior, *polygon.interiors):
        ring_lonlat = [lonlat(p) for p in vertices(ring)]
        rings.append([[round(lon, 7), round(lat, 7)] for lon, lat in ring_lonlat])
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": rings}}


def _collection(features: Sequence[dict[str, object]]) -> str:
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
