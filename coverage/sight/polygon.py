"""View polygons cut by walls, for maps and GIS files only: no length is ever taken from them.

Between two neighbouring directions at which a wall begins or ends, one wall is the nearest all the way (or none is),
so the outline there is a piece of that wall or of the far arc. Where footprints overlap, their walls may cross between
two such directions; the outline is then off by the crossing corner.
"""

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.sight.kernel import clip_to_disc, compiled, entries_in_reach, gather_walls
from camgap.coverage.sight.scene import Scene

ARC_STEP = 4.0  # [°] between two vertices of an arc


def view_polygons(scene: Scene, views: Views) -> npt.NDArray[np.object_]:
    """Return what each view overlooks as valid (Multi)Polygons, shape (v,), easting, northing [m]."""
    g = scene.wall_grid
    ptr, xy = _outlines(
        views.xy, views.azimuth, views.hfov, views.far, *g.origin, g.cell, *g.shape, g.ptr, g.xy, ARC_STEP
    )  # fmt: skip
    rings = shapely.linearrings(xy, indices=np.repeat(np.arange(len(views)), np.diff(ptr)))
    polygons = shapely.make_valid(shapely.polygons(rings))
    polygons = shapely.buffer(polygons, 0.0)  # drops the lines that make_valid leaves of spikes along rays
    has_near = views.near > 0
    near = shapely.buffer(shapely.points(views.xy[has_near]), views.near[has_near], quad_segs=6)
    polygons[has_near] = shapely.difference(polygons[has_near], near)
    return polygons


@compiled
def _distance(ax, ay, bx, by, ux, uy):
    """Return the distance from the origin to the line a - b along direction u; infinite if they do not meet."""
    ex, ey = bx - ax, by - ay
    turn = ux * ey - uy * ex
    if turn == 0.0:
        return np.inf
    t = (ax * ey - ay * ex) / turn
    return t if t > 0.0 else np.inf


@compiled
def _outlines(xy, azimuth, hfov, far, ox, oy, cell, columns, rows, wall_ptr, wall_xy, arc_step):
    """Return the outlines of all views: ``out[ptr[v]:ptr[v + 1]]`` is a closed ring."""
    ptr = np.zeros(len(xy) + 1, np.int64)
    out, n = np.empty((64 * max(len(xy), 1), 2)), 0
    walls = np.empty((256, 4))
    for v in range(len(xy)):
        x, y, radius = xy[v, 0], xy[v, 1], far[v]
        need = entries_in_reach(x, y, radius, ox, oy, cell, columns, rows, wall_ptr)
        if need > len(walls):
            walls = np.empty((2 * need, 4))
        n_walls = gather_walls(x, y, radius, ox, oy, cell, columns, rows, wall_ptr, wall_xy, walls)
        left = azimuth[v] - hfov[v] / 2.0
        begin, finish = np.empty(n_walls), np.empty(n_walls)  # clockwise from the left ray, in degrees
        n_arc = int(np.ceil(hfov[v] / arc_step))
        turns = np.empty(n_arc + 1 + 2 * n_walls)
        for i in range(n_arc + 1):
            turns[i] = hfov[v] * i / n_arc
        m = n_arc + 1
        for w in range(n_walls):
            ax, ay, bx, by = walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3]
            low, high = clip_to_disc(ax, ay, bx, by, radius, 0.0, 1.0)
            px, py, qx, qy = ax + low * (bx - ax), ay + low * (by - ay), ax + high * (bx - ax), ay + high * (by - ay)
            begin[w] = (
                np.degrees(np.arctan2(qx, qy)) - left
            ) % 360.0  # a wall runs counter-clockwise: its end comes first
            span = (np.degrees(np.arctan2(px, py)) - np.degrees(np.arctan2(qx, qy))) % 360.0
            finish[w] = begin[w] + span if low < high else begin[w] - 1.0
            for turn in (begin[w], finish[w] % 360.0):
                if turn < hfov[v]:
                    turns[m] = turn
                    m += 1
        turns[:m].sort()
        if n + 2 * m + 2 > len(out):
            larger = np.empty((2 * (n + 2 * m + 2), 2))
            larger[:n] = out[:n]
            out = larger
        if hfov[v] < 360.0:
            out[n, 0], out[n, 1] = x, y
            n += 1
        for i in range(m - 1):
            if turns[i + 1] - turns[i] < 1e-9:
                continue
            middle = (turns[i] + turns[i + 1]) / 2.0
            ux, uy = np.sin(np.radians(left + middle)), np.cos(np.radians(left + middle))
            nearest, wall = radius, -1
            for w in range(n_walls):
                if begin[w] <= middle <= finish[w] or begin[w] <= middle + 360.0 <= finish[w]:
                    distance = _distance(walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3], ux, uy)
                    if distance < nearest:
                        nearest, wall = distance, w
            for turn in (turns[i], turns[i + 1]):
                ux, uy = np.sin(np.radians(left + turn)), np.cos(np.radians(left + turn))
                reach = radius
                if wall >= 0:
                    reach = min(
                        _distance(walls[wall, 0], walls[wall, 1], walls[wall, 2], walls[wall, 3], ux, uy), radius
                    )
                out[n, 0], out[n, 1] = x + reach * ux, y + reach * uy
                n += 1
        out[n] = out[ptr[v]]
        n += 1
        ptr[v + 1] = n
    return ptr, out[:n].copy()
