"""Plane geometry the town is drawn with; all lengths in metres, x east, y north."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

Point = tuple[float, float]
Line = list[Point]


def spline(points: Sequence[Point], step: float = 14.0, tolerance: float = 0.5) -> Line:
    """Return a smooth line through `points` (Catmull-Rom), with no more vertices than `tolerance` asks for."""
    before, after = _mirror(points[1], points[0]), _mirror(points[-2], points[-1])
    knots = [before, *points, after]
    line: Line = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        count = max(2, math.ceil(math.dist(b, c) / step))
        line += [_catmull_rom(a, b, c, d, i / count) for i in range(count)]
    return simplified([*line, points[-1]], tolerance)


def _mirror(point: Point, at: Point) -> Point:
    return (2 * at[0] - point[0], 2 * at[1] - point[1])


def _catmull_rom(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    def along(i: int) -> float:
        p, q, r, s = a[i], b[i], c[i], d[i]
        return 0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3)

    return (along(0), along(1))


def simplified(line: Sequence[Point], tolerance: float) -> Line:
    """Return the line without the vertices that matter less than `tolerance`."""
    return vertices(LineString(line).simplify(tolerance))


def vertices(geometry: BaseGeometry) -> Line:
    """Return the vertices of a line or a ring as pairs of floats."""
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)]


def offset(line: Sequence[Point], distance: float) -> Line:
    """Return the line moved sideways by `distance`: to the left if positive, to the right if negative."""
    moved: Line = []
    for i, (x, y) in enumerate(line):
        (x0, y0), (x1, y1) = line[max(i - 1, 0)], line[min(i + 1, len(line) - 1)]
        length = math.hypot(x1 - x0, y1 - y0)
        moved.append((x - distance * (y1 - y0) / length, y + distance * (x1 - x0) / length))
    return moved


def cut(line: Sequence[Point], start: float, end: float) -> Line:
    """Return the stretch of the line from `start` to `end`, counted along it; the line's own ends stay as they are."""
    at = np.concatenate([[0.0], np.cumsum([math.dist(p, q) for p, q in pairwise(line)])])
    inner = [p for p, s in zip(line, at, strict=True) if start + 0.01 < s < end - 0.01]
    first = line[0] if start <= 0 else point_at(line, start)[0]
    last = line[-1] if end >= at[-1] - 1e-6 else point_at(line, end)[0]
    return [first, *inner, last] if inner[-1:] != [last] else [first, *inner]


def point_at(line: Sequence[Point], distance: float) -> tuple[Point, float]:
    """Return the point `distance` along the line, and the line's azimuth there [°]."""
    for p, q in pairwise(line):
        step = math.dist(p, q)
        if distance <= step or q is line[-1]:
            t = distance / step
            return (p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])), azimuth(p, q)
        distance -= step
    raise ValueError("a line needs two points")


def length(line: Sequence[Point]) -> float:
    """Return the length of a line."""
    return sum(math.dist(p, q) for p, q in pairwise(line))


def azimuth(start: Point, end: Point) -> float:
    """Return the direction from start to end [°], clockwise from north, 0 <= azimuth < 360."""
    return math.degrees(math.atan2(end[0] - start[0], end[1] - start[1])) % 360


def ahead(start: Point, azimuth_: float, distance: float) -> Point:
    """Return the point `distance` from `start` in direction `azimuth_` [°]."""
    angle = math.radians(azimuth_)
    return (start[0] + distance * math.sin(angle), start[1] + distance * math.cos(angle))


def rectangle(middle: Point, azimuth_: float, along: float, across: float) -> Polygon:
    """Return a rectangle, `along` metres in direction `azimuth_` [°] and `across` metres athwart."""
    corners = []
    for forward, right in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        corner = ahead(middle, azimuth_, forward * along / 2)
        corners.append(ahead(corner, azimuth_ + 90, right * across / 2))
    return Polygon(corners)


def frame_of(polygon: Polygon) -> tuple[Point, float, float, float]:
    """Return middle, azimuth of the longer side [°], longer and shorter side of the smallest rectangle around."""
    hull = np.asarray(polygon.convex_hull.exterior.coords)
    best = (math.inf, (0.0, 0.0), 0.0, 0.0, 0.0)
    for (x0, y0), (x1, y1) in pairwise(hull):
        angle = math.atan2(y1 - y0, x1 - x0)
        c, s = math.cos(angle), math.sin(angle)
        u, v = hull[:, 0] * c + hull[:, 1] * s, hull[:, 1] * c - hull[:, 0] * s
        du, dv = float(np.ptp(u)), float(np.ptp(v))
        if du * dv < best[0] - 1e-6:
            mu, mv = float(u.min()) + du / 2, float(v.min()) + dv / 2
            best = (du * dv, (mu * c - mv * s, mu * s + mv * c), math.degrees(angle), du, dv)
    _, middle, angle_, du, dv = best
    turned = 90 - angle_ if du >= dv else -angle_
    return middle, turned % 180, max(du, dv), min(du, dv)


def polygons(geometry: BaseGeometry, smallest: float = 0.0) -> list[Polygon]:
    """Return the polygons in a geometry that are larger than `smallest` [m²], from west to east."""
    parts: Iterable[BaseGeometry] = [geometry] if isinstance(geometry, Polygon) else getattr(geometry, "geoms", [])
    found = [p for p in parts if isinstance(p, Polygon) and p.area > smallest]
    return sorted(found, key=lambda p: (round(p.centroid.x, 3), round(p.centroid.y, 3)))


def lines(geometry: BaseGeometry) -> list[Line]:
    """Return the lines in a geometry, from west to east."""
    parts: Iterable[BaseGeometry] = [geometry] if isinstance(geometry, LineString) else getattr(geometry, "geoms", [])
    return sorted(vertices(p) for p in parts if isinstance(p, LineString) and p.length > 0)


def halves(polygon: Polygon, line: Sequence[Point]) -> list[Polygon]:
    """Return the pieces a line cuts a polygon into, from west to east."""
    return polygons(MultiPolygon([p for p in split(polygon, LineString(line)).geoms if isinstance(p, Polygon)]), 1.0)
