"""View polygons cut by walls, for maps and GIS files only: no length is ever taken from them.

The directions at which a wall begins or ends part the view into wedges; in a wedge, the outline is the lower envelope
of the walls across it, or the far arc where there is none. As the reciprocal distance of a straight wall is a sine of
the direction, two walls change places at most once in a wedge: a wall that is nearest on both sides is nearest all the
way, and where footprints overlap and their walls cross, the wedge is split at the crossing.

Walls that the lens looks over bound no wedge; the shadows of their buildings are cut out of the outline afterwards.
"""

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from camgap.coverage.cameras import Views
from camgap.coverage.optics import frame_corners
from camgap.coverage.sight.clip import WIDTH
from camgap.coverage.sight.kernel import SLIVER, clip_to_disc, compiled, entries_in_reach, gather_walls, grown
from camgap.coverage.sight.scene import Scene

FloatArray = npt.NDArray[np.float64]

GRID = 1e-6  # [m] shadows are joined on
ARC_STEP = 4.0  # [°] between two vertices of an arc
NARROW = 1e-9  # [°] thinner wedges are rounding
MOST_SPLITS = 64  # of one wedge, at crossing walls


def view_polygons(scene: Scene, views: Views) -> npt.NDArray[np.object_]:
    """Return what each view overlooks as valid (Multi)Polygons, shape (v,), easting, northing [m]."""
    g, width = scene.wall_grid, np.ascontiguousarray(views.shapes[:, WIDTH])
    ptr, xy = _outlines(
        views.xy, views.azimuth, width, views.far, views.lens, scene.target, *g.origin, g.cell, *g.shape, g.ptr, g.xy,
        *scene.wall_tops, ARC_STEP,
    )  # fmt: skip
    rings = shapely.linearrings(xy, indices=np.repeat(np.arange(len(views)), np.diff(ptr)))
    polygons = shapely.make_valid(shapely.polygons(rings))
    polygons = shapely.buffer(polygons, 0.0)  # drops the lines that make_valid leaves of spikes along rays
    frame = views.is_frame
    polygons[frame] = shapely.intersection(polygons[frame], frame_polygons(views.take(frame)))
    has_near = views.near > 0
    near = shapely.buffer(shapely.points(views.xy[has_near]), views.near[has_near], quad_segs=6)
    polygons[has_near] = shapely.difference(polygons[has_near], near)
    for v in np.flatnonzero(~np.isnan(views.lens)).tolist():
        shadow = _low_shadows(scene, views.xy[v], views.far[v], float(views.lens[v]))
        polygons[v] = shapely.difference(polygons[v], shadow)
    return polygons


def frame_polygons(views: Views) -> npt.NDArray[np.object_]:
    """Return where the pictures of frames meet the target plane, to their depth, as Polygons, shape (v,)."""
    edges = frame_corners(views.drop, views.tilt, views.vfov, views.hfov, views.depth)
    ahead = edges[:, [0, 0, 1, 1], 0]
    right = edges[:, [0, 0, 1, 1], 1] * np.array([-1, 1, 1, -1])
    sin, cos = np.sin(np.radians(views.azimuth))[:, None], np.cos(np.radians(views.azimuth))[:, None]
    corners = np.stack([ahead * sin + right * cos, ahead * cos - right * sin], axis=2) + views.xy[:, None, :]
    polygons: npt.NDArray[np.object_] = shapely.polygons(corners)
    return polygons


def _low_shadows(scene: Scene, xy: FloatArray, far: float, lens: float) -> BaseGeometry:
    """Return what the buildings and walls lower than a lens hide within a distance, their footprints included."""
    g, (height, party) = scene.wall_grid, scene.wall_tops
    place = (*g.origin, g.cell, *g.shape, g.ptr)
    room = entries_in_reach(*xy, far, *place)
    walls, throw = np.empty((room, 4)), np.empty(room)
    n = gather_walls(*xy, far, lens, scene.target, *place, g.xy, height, party, walls, throw)
    walls, throw = walls[:n][np.isfinite(throw[:n])].reshape(-1, 2, 2), throw[:n][np.isfinite(throw[:n])]
    nearest = shapely.distance(shapely.linestrings(walls), shapely.Point(0, 0))
    throw = np.clip(throw, None, np.maximum(2 * far / np.maximum(nearest, SLIVER), 1.0))[:, None, None]
    strips = shapely.polygons(np.concatenate([walls, (throw * walls)[:, ::-1]], axis=1) + xy)
    roofs = scene.roofs[scene.roof_height < lens]
    roofs = roofs[shapely.dwithin(roofs, shapely.Point(xy), far)]
    return shapely.union_all([*strips[shapely.area(strips) > SLIVER], *roofs], grid_size=GRID)


@compiled
def _outlines(
    xy, azimuth, hfov, far, lens, target, ox, oy, cell, columns, rows, wall_ptr, wall_xy, wall_height, wall_party,
    arc_step
):  # fmt: skip
    """Return the outlines of all views: ``out[ptr[v]:ptr[v + 1]]`` is a closed ring."""
    ptr = np.zeros(len(xy) + 1, np.int64)
    out = np.empty(128 * max(len(xy), 1))  # x, y, x, y ...
    walls, throw = np.empty((256, 4)), np.empty(256)
    n = 0
    for v in range(len(xy)):
        x, y, radius = xy[v, 0], xy[v, 1], far[v]
        need = entries_in_reach(x, y, radius, ox, oy, cell, columns, rows, wall_ptr)
        if need > len(walls):
            walls, throw = np.empty((2 * need, 4)), np.empty(2 * need)
        n_walls = gather_walls(
            x, y, radius, lens[v], target, ox, oy, cell, columns, rows, wall_ptr, wall_xy, wall_height, wall_party,
            walls, throw
        )  # fmt: skip
        n_walls = _without_low(walls, throw, n_walls)
        left = azimuth[v] - hfov[v] / 2.0
        n_walls, begin, finish = _turns_of(walls, n_walls, radius, left, hfov[v])
        turns = _wedges(begin, finish, hfov[v], arc_step)
        head, across = _walls_across(turns, begin, finish)
        if n + 4 * (len(turns) + MOST_SPLITS) > len(out):
            out = grown(out, 2 * (n + 4 * (len(turns) + MOST_SPLITS)))
        first = n
        if hfov[v] < 360.0:
            out[n], out[n + 1] = x, y
            n += 2
        wall = -2  # neither a wall nor (-1) the arc
        for i in range(len(turns) - 1):
            if turns[i + 1] - turns[i] >= NARROW:
                if n + 4 * (len(turns) - i + MOST_SPLITS) > len(out):
                    out = grown(out, 2 * (n + 4 * (len(turns) - i + MOST_SPLITS)))
                n, wall = _trace(
                    turns[i], turns[i + 1], walls, across[head[i] : head[i + 1]], wall, x, y, radius, left, out, n
                )
        out[n], out[n + 1] = out[first], out[first + 1]
        n += 2
        ptr[v + 1] = n // 2
    return ptr, out[:n].copy().reshape(-1, 2)


@compiled
def _without_low(walls, throw, n_walls):
    """Keep the walls whose shadow does not end; return how many."""
    n = 0
    for w in range(n_walls):
        if throw[w] == np.inf:
            walls[n] = walls[w]
            n += 1
    return n


@compiled
def _turns_of(walls, n_walls, radius, left, hfov):
    """Keep the walls in view, and return how many and where each begins and ends, in degrees clockwise of the left ray.

    A wall runs counter-clockwise, so its end comes first. One across the left ray ends beyond 360°.
    """
    begin, finish = np.empty(n_walls), np.empty(n_walls)
    n = 0
    for w in range(n_walls):
        ax, ay, bx, by = walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3]
        low, high = clip_to_disc(ax, ay, bx, by, radius, 0.0, 1.0)
        if low >= high:
            continue
        to_a = np.degrees(np.arctan2(ax + low * (bx - ax), ay + low * (by - ay)))
        to_b = np.degrees(np.arctan2(ax + high * (bx - ax), ay + high * (by - ay)))
        begin[n] = (to_b - left) % 360.0
        finish[n] = begin[n] + (to_a - to_b) % 360.0
        if begin[n] < hfov or finish[n] > 360.0:
            walls[n, 0], walls[n, 1], walls[n, 2], walls[n, 3] = ax, ay, bx, by
            n += 1
    return n, begin[:n], finish[:n]


@compiled
def _wedges(begin, finish, hfov, arc_step):
    """Return the directions that part a view into wedges, ascending from 0 to hfov."""
    n_arc = int(np.ceil(hfov / arc_step))
    turns = np.empty(n_arc + 1 + 2 * len(begin))
    for i in range(n_arc + 1):
        turns[i] = hfov * i / n_arc
    n = n_arc + 1
    for w in range(len(begin)):
        for turn in (begin[w], finish[w] if finish[w] < 360.0 else finish[w] - 360.0):
            if turn < hfov:
                turns[n] = turn
                n += 1
    turns = turns[:n]
    turns.sort()
    return turns


@compiled
def _walls_across(turns, begin, finish):
    """List the walls across every wedge: wedge i has ``across[head[i]:head[i + 1]]``."""
    spans = np.empty(
        (2 * len(begin), 2), np.int64
    )  # wedges of each wall; the second half is for walls across the left ray
    head = np.zeros(len(turns) + 1, np.int64)
    for s in range(len(spans)):
        w, turn = s % len(begin), 360.0 * (s // len(begin))
        spans[s, 0] = np.searchsorted(turns, begin[w] - turn)
        spans[s, 1] = np.searchsorted(turns, finish[w] - turn, side="right") - 1
        for i in range(spans[s, 0], spans[s, 1]):
            head[i + 1] += 1
    for i in range(len(turns)):
        head[i + 1] += head[i]
    across, fill = np.empty(head[-1], np.int64), head.copy()
    for s in range(len(spans)):
        for i in range(spans[s, 0], spans[s, 1]):
            across[fill[i]] = s % len(begin)
            fill[i] += 1
    return head, across


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
def _nearest(walls, across, bearing):
    """Return the wall that is nearest in a direction [°], -1 if there is none."""
    ux, uy = np.sin(np.radians(bearing)), np.cos(np.radians(bearing))
    least, wall = np.inf, -1
    for w in across:
        distance = _distance(walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3], ux, uy)
        if distance < least:
            least, wall = distance, w
    return wall


@compiled
def _crossing(walls, one, other, left):
    """Return where the lines of two walls meet, in degrees clockwise of the left ray; -1 if they are parallel."""
    ax, ay, cx, cy = walls[one, 0], walls[one, 1], walls[other, 0], walls[other, 1]
    ex, ey, gx, gy = walls[one, 2] - ax, walls[one, 3] - ay, walls[other, 2] - cx, walls[other, 3] - cy
    turn = ex * gy - ey * gx
    if turn == 0.0:
        return -1.0
    t = ((cx - ax) * gy - (cy - ay) * gx) / turn
    return (np.degrees(np.arctan2(ax + t * ex, ay + t * ey)) - left) % 360.0


@compiled
def _trace(begin, finish, walls, across, last, x, y, radius, left, out, n):
    """Write the outline of one wedge, going on along the last wall; return the new length of `out` and the wall."""
    until = np.empty(MOST_SPLITS)  # ends of the parts still to come, nearest last
    until[0] = finish
    waiting = 1
    splits = 0
    while waiting:
        end = until[waiting - 1]
        wall = -1
        if len(across):
            wall = _nearest(walls, across, left + (begin + end) / 2.0)
            one, other = _nearest(walls, across, left + begin), _nearest(walls, across, left + end)
            if one != other and splits < MOST_SPLITS - 1:
                turn = _crossing(walls, one, other, left) if one >= 0 and other >= 0 else -1.0
                if begin + NARROW < turn < end - NARROW:
                    until[waiting] = turn
                    waiting, splits = waiting + 1, splits + 1
                    continue
        if wall != last:
            n = _put(walls, wall, left + begin, x, y, radius, out, n)
        elif wall >= 0:
            n -= 2  # one straight piece: its end moves on
        n = _put(walls, wall, left + end, x, y, radius, out, n)
        last = wall
        begin = end
        waiting -= 1
    return n, last


@compiled
def _put(walls, wall, bearing, x, y, radius, out, n):
    """Write the vertex of the outline in a direction [°], on a wall or (-1) on the arc."""
    ux, uy = np.sin(np.radians(bearing)), np.cos(np.radians(bearing))
    reach = radius
    if wall >= 0:
        reach = min(_distance(walls[wall, 0], walls[wall, 1], walls[wall, 2], walls[wall, 3], ux, uy), radius)
    out[n], out[n + 1] = x + reach * ux, y + reach * uy
    return n + 2
