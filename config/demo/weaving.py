"""Weaving: streets that cross at grade get the point they share, and loose ends are trimmed."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry import Point as ShapelyPoint

from camgap.config.demo.geometry import Line, Point
from camgap.config.demo.streets import Street

SNAP = 4.0  # an end this near to another street meets it [m]
MERGE = 5.0  # meeting points this near to each other are one [m]

Meetings = dict[int, list[tuple[float, Point]]]


def woven(streets: Sequence[Street], stub: float) -> list[Street]:
    """Return the streets with a common vertex wherever two of level 0 cross or meet.

    An end that sticks out less than `stub` [m] beyond its last meeting point is cut off.

    Coordinates are rounded to 1 cm, so that equal vertices are equal bit for bit.
    """
    for trimmed in (stub, 0.0):  # a vertex that moved may have made a new crossing: look twice
        streets = _without_repeats(_woven_once(streets, trimmed))
    return list(streets)


def _woven_once(streets: Sequence[Street], stub: float) -> list[Street]:
    streets = [replace(s, line=_rounded(s.line)) for s in streets]
    meetings = _meetings(streets)
    return [
        replace(s, line=_with_meetings(s.line, meetings[i], stub if s.level == 0 else 0.0))
        for i, s in enumerate(streets)
    ]


def _without_repeats(streets: Sequence[Street]) -> list[Street]:
    """Return the streets without the pieces an earlier street already has; where two meet flatly there are such."""
    seen: set[frozenset[Point]] = set()
    result = []
    for street in streets:
        line = street.line[:1]
        for p, q in pairwise(street.line):
            if frozenset((p, q)) not in seen:
                line.append(q)
            else:
                result += [replace(street, line=line)] if len(line) > 1 else []
                line = [q]
        seen |= {frozenset(piece) for piece in pairwise(street.line)}
        result += [replace(street, line=line)] if len(line) > 1 else []
    return result


def _rounded(line: Sequence[Point]) -> Line:
    rounded: Line = []
    for x, y in line:
        point = (round(x, 2) + 0.0, round(y, 2) + 0.0)
        if not rounded or point != rounded[-1]:
            rounded.append(point)
    return rounded


def _meetings(streets: Sequence[Street]) -> Meetings:
    """Return, per street, the points it shares with others and their distance along it."""
    lines = [LineString(s.line) for s in streets]
    tree = shapely.STRtree(lines)
    found: list[Point] = [p for s in streets if s.level for p in (s.line[0], s.line[-1])]  # bridge heads and portals
    meetings: Meetings = defaultdict(list)
    for i, line in enumerate(lines):
        near = sorted(int(j) for j in tree.query(line, predicate="dwithin", distance=SNAP) if j > i)
        for j in near:
            for point in _shared_points(streets[i], streets[j], line, lines[j]):
                at = _same_or_new(point, found)
                for k in (i, j):
                    meetings[k].append((lines[k].project(ShapelyPoint(at)), at))
    return meetings


def _shared_points(a: Street, b: Street, line_a: LineString, line_b: LineString) -> list[Point]:
    """Return where two streets meet: crossings if both are of level 0, and ends that touch the other."""
    ends_a, ends_b = (a.line[0], a.line[-1]), (b.line[0], b.line[-1])
    if a.level or b.level:
        return [p for p in ends_a if p in ends_b]
    crossing = line_a.intersection(line_b)
    points = [(float(x), float(y)) for x, y in shapely.get_coordinates(crossing)]
    for ends, other in ((ends_a, line_b), (ends_b, line_a)):
        for end in ends:
            if other.distance(ShapelyPoint(end)) < SNAP and all(math.dist(end, p) > 2 * MERGE for p in points):
                foot = other.interpolate(other.project(ShapelyPoint(end)))
                points.append((float(foot.x), float(foot.y)))
    return sorted(points)


def _same_or_new(point: Point, found: list[Point]) -> Point:
    """Return the meeting point already found near `point`, or `point` itself, then noted as found."""
    if found:
        distance = np.hypot(*(np.asarray(found) - point).T)
        if distance.min() < MERGE:
            return found[int(distance.argmin())]
    at = (round(point[0], 2) + 0.0, round(point[1], 2) + 0.0)
    found.append(at)
    return at


def _with_meetings(line: Line, meetings: Sequence[tuple[float, Point]], stub: float) -> Line:
    """Return the line through its meeting points, without vertices right beside them and without stubs."""
    if not meetings:
        return line
    shared = {p for _, p in meetings}
    own = LineString(line)
    marks = sorted(set(meetings))
    kept = [(own.project(ShapelyPoint(p)), p) for p in line if all(math.dist(p, q) > 3 for q in shared)]
    if line[-1] == line[0]:
        kept = kept[:-1]
    first, last = marks[0][0], marks[-1][0]
    start = first if first < stub else -1.0
    end = last if own.length - last < stub else own.length + 1.0
    woven_line = sorted([*(m for m in kept if start < m[0] < end), *marks], key=lambda m: m[0])
    result: Line = []
    for _, point in woven_line:
        if not result or point != result[-1]:
            result.append(point)
    return result
