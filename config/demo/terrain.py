"""The lie of the land: where the town is, its river bend and its hill."""

import math

from shapely.geometry import LineString, Polygon, box

from camgap.config.demo.geometry import Line, Point, offset, spline

# An arbitrary hillside; no real town lies here. One linear map serves: over 1.4 km it is right to 0.2 m.
LON_0, LAT_0 = 101.205, 26.935
METRES_PER_LON, METRES_PER_LAT = 99314.0, 110801.0

HALF_WIDTH, HALF_HEIGHT = 1270.0, 910.0
MAP = box(-HALF_WIDTH, -HALF_HEIGHT, HALF_WIDTH, HALF_HEIGHT)

RIVER_WIDTH = 96.0
RIVER: Line = spline(
    [(-1650, -250), (-1350, -370), (-1050, -450), (-750, -570), (-430, -690), (-60, -735), (300, -690), (560, -510),
     (680, -220), (705, 80), (745, 360), (870, 610), (1060, 820), (1270, 1080), (1400, 1300)], tolerance=0.3,
)  # fmt: skip
WATER: Polygon = LineString(RIVER).buffer(RIVER_WIDTH / 2, cap_style="flat", quad_segs=4)
BANKS: Polygon = LineString(RIVER).buffer(RIVER_WIDTH / 2 + 9, cap_style="flat", quad_segs=4)

HILL: Point = (-900.0, 570.0)
HILL_HEIGHT = 150.0
HILL_SPREAD = (335.0, 285.0)  # standard deviations east and north


def lonlat(point: Point) -> Point:
    """Return longitude and latitude [°] of a point of the town's plane."""
    return (LON_0 + point[0] / METRES_PER_LON, LAT_0 + point[1] / METRES_PER_LAT)


def elevation(point: Point) -> float:
    """Return the hill's height above the town at a point [m]; a spur to the south-east keeps it from being round."""
    east, north = (point[0] - HILL[0]) / HILL_SPREAD[0], (point[1] - HILL[1]) / HILL_SPREAD[1]
    turn = math.atan2(north, east)
    reach = 1 + 0.07 * math.cos(3 * turn + 0.6) + 0.035 * math.cos(7 * turn)
    return HILL_HEIGHT * math.exp(-(east**2 + north**2) / (2 * reach**2))


def contour(level: float, start: float, end: float, step: float = 8.0) -> Line:
    """Return the contour at `level` [m] around the hilltop, from azimuth `start` to `end` [°], clockwise."""
    line: Line = []
    for i in range(int((end - start) / step) + 1):
        angle = math.radians(start + i * step)
        near, far = 0.0, 1500.0
        while far - near > 0.01:  # the slope falls all the way along a ray, so halving finds the level
            middle = (near + far) / 2
            higher = elevation((HILL[0] + middle * math.sin(angle), HILL[1] + middle * math.cos(angle))) > level
            near, far = (middle, far) if higher else (near, middle)
        line.append((HILL[0] + near * math.sin(angle), HILL[1] + near * math.cos(angle)))
    return line


def bank(distance: float) -> Line:
    """Return the line `distance` [m] from the river's middle: the town's bank if positive, the far bank if negative."""
    return offset(RIVER, distance)
