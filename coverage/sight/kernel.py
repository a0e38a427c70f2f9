"""The line-of-sight kernel: which stretch of which street segment is in sight of a point, exactly.

No rays are cast. With the mount at the origin, a street segment is s(t) = c + t (d - c), 0 <= t <= 1. A wall a -> b
that runs counter-clockwise as seen from the mount hides s(t) if and only if three linear functions of t say so:

    cross(a, s) >= 0      s is not clockwise of the wall's beginning
    cross(s, b) >  0      s is clockwise of the wall's end
    cross(b - a, s - a) < 0      s is behind the wall's line

                b
               /  . . . . . .
      mount   /  . hidden . .        Each cuts [0, 1] at one closed-form t, so a wall hides one interval at most;
        o    /  . . . . . . .        what is left of the segment is visible.
            a . . . . . . . .

The first test is half-open on purpose: a street that runs straight away from the mount must not leak through the
vertex that two walls share. Two such walls compute the same products with opposite signs, bit for bit, so that no
sliver is left between neighbours; ``fastmath`` would break that.

A lens at height h over flat ground sees over a wall of height w < h. On the target plane, at height t, the wall a -> b
then hides only as far as the wall scaled about the mount by (h - t) / (h - w), by similar triangles: a fourth
half-plane.

    lens  h .                       cross(b - a, s) + cross(a, b) (h - t) / (h - w) > 0
            |  ` .
            |      ` w              Both the front and the back walls of a building throw such a strip; all of them and
            |      |   ` .          the footprint itself are what the building hides. A wall as high as the lens, or of
          t +------|---------`--    unknown height, hides all that is behind it, and one no higher than the target
            o      a   hidden       plane nothing.
"""

import numpy as np
from numba import njit

BINS = 64  # angular bins around a mount
SLIVER = 1e-9  # [m] shorter pieces are rounding
compiled = njit(nogil=True, cache=True, error_model="numpy")


@compiled
def pseudo_angle(x, y):
    """Return a number in [0, 4) that grows with the counter-clockwise angle of (x, y); 0 for the origin itself."""
    size = abs(x) + abs(y)
    if size == 0.0:
        return 0.0
    p = y / size
    if x < 0.0:
        return 2.0 - p
    if y < 0.0:
        return 4.0 + p
    return p


@compiled
def _bin_range(ax, ay, bx, by):
    """Return first bin and number of bins from direction a counter-clockwise to b, widened by rounding."""
    scale = BINS / 4.0
    first = int(np.floor((pseudo_angle(ax, ay) - 1e-9) * scale))
    last = int(np.floor((pseudo_angle(bx, by) + 1e-9) * scale))
    if last < first:
        last += BINS
    return first % BINS, min(last - first + 1, BINS)


@compiled
def clip_to_disc(cx, cy, dx, dy, radius, low, high):
    """Return the part [low, high] of s(t) = c + t (d - c) inside the disc around the origin; low > high if none."""
    ex, ey = dx - cx, dy - cy
    a = ex * ex + ey * ey
    b = cx * ex + cy * ey
    c = cx * cx + cy * cy - radius * radius
    root = b * b - a * c
    if a == 0.0 or root <= 0.0:
        return 1.0, 0.0
    root = np.sqrt(root)
    # The stable form of both roots: no difference of nearly equal numbers.
    if b > 0.0:
        q = -b - root
        t0, t1 = q / a, c / q
    else:
        q = -b + root
        t0, t1 = (c / q if q != 0.0 else 0.0), q / a
    return max(low, t0), min(high, t1)


@compiled
def not_negative(f0, f1, low, high):
    """Return the part of [low, high] where the linear function with f(0) = f0, f(1) = f1 is not below zero."""
    if f0 < 0.0 and f1 < 0.0:
        return 1.0, 0.0
    if f0 < 0.0:
        low = max(low, f0 / (f0 - f1))
    elif f1 < 0.0:
        high = min(high, f0 / (f0 - f1))
    return low, high


@compiled
def _above_zero(f0, f1, low, high):
    """Return the part of [low, high] where the linear function with f(0) = f0, f(1) = f1 is above zero."""
    if f0 <= 0.0 and f1 <= 0.0:
        return 1.0, 0.0
    if f0 <= 0.0:
        low = max(low, f0 / (f0 - f1))
    elif f1 <= 0.0:
        high = min(high, f0 / (f0 - f1))
    return low, high


@compiled
def _hidden_by(cx, cy, dx, dy, ax, ay, bx, by, low, high):
    """Return the part of [low, high] that the wall a -> b hides; low >= high if none."""
    low, high = not_negative(ax * cy - ay * cx, ax * dy - ay * dx, low, high)
    if low >= high:
        return low, high
    low, high = _above_zero(cx * by - cy * bx, dx * by - dy * bx, low, high)
    if low >= high:
        return low, high
    wx, wy = bx - ax, by - ay
    return _above_zero(wy * (cx - ax) - wx * (cy - ay), wy * (dx - ax) - wx * (dy - ay), low, high)


@compiled
def _before_end(cx, cy, dx, dy, ax, ay, bx, by, throw, low, high):
    """Return the part of [low, high] on the near side of the wall a -> b scaled by `throw`; low >= high if none."""
    wx, wy = bx - ax, by - ay
    end = throw * (ax * by - ay * bx)
    return _above_zero(end + wx * cy - wy * cx, end + wx * dy - wy * dx, low, high)


@compiled
def _near_enough(ax, ay, bx, by, radius):
    """Tell whether the piece a -> b comes within the radius of the origin."""
    ex, ey = bx - ax, by - ay
    t = -(ax * ex + ay * ey)
    size = ex * ex + ey * ey
    t = min(max(t / size, 0.0), 1.0) if size > 0.0 else 0.0
    x, y = ax + t * ex, ay + t * ey
    return x * x + y * y <= radius * radius


@compiled
def gather_walls(
    x, y, radius, lens, target, ox, oy, cell, columns, rows, ptr, xy, height, party, walls, throw
):  # fmt: skip
    """Collect the walls that hide something from a mount and come within the radius, relative to it.

    Parameters
    ----------
    lens, target : float
        Heights of the lens and of the target plane above ground [m]; with a lens of NaN every wall hides all behind it.
    height : float64 array, party : bool array
        Of :class:`~camgap.coverage.sight.scene.Scene`, in grid order.
    walls : float64 array, shape (k, 4)
        Filled from the front, each counter-clockwise as seen from the mount; must be as long as the wall entries of the
        cells in reach.
    throw : float64 array, shape (k,)
        Filled with the scale about the mount at which a wall's shadow ends, infinite where it does not.

    Returns
    -------
    int
        How many were found. A wall listed in several cells is taken once.
    """
    n, known = 0, not np.isnan(lens)
    c0, c1 = max(int(np.floor((x - radius - ox) / cell)), 0), min(int(np.floor((x + radius - ox) / cell)), columns - 1)
    r0, r1 = max(int(np.floor((y - radius - oy) / cell)), 0), min(int(np.floor((y + radius - oy) / cell)), rows - 1)
    for r in range(r0, r1 + 1):
        for c in range(c0, c1 + 1):
            for k in range(ptr[r * columns + c], ptr[r * columns + c + 1]):
                ax, ay, bx, by = xy[k, 0] - x, xy[k, 1] - y, xy[k, 2] - x, xy[k, 3] - y
                turn = ax * by - ay * bx
                if turn <= 0.0 and (not known or turn == 0.0 or not height[k] < lens):
                    continue  # a wall seen edge on, or the back of one that its building's front hides
                home_c = int(np.floor((min(xy[k, 0], xy[k, 2]) - ox) / cell))
                home_r = int(np.floor((min(xy[k, 1], xy[k, 3]) - oy) / cell))
                if c != max(c0, home_c) or r != max(r0, home_r):
                    continue  # handled in the first cell that window and bounding box share
                if not _near_enough(ax, ay, bx, by, radius):
                    continue
                if not known and party[k]:
                    continue  # stands between two buildings that hide it
                throw[n] = np.inf
                if known and height[k] < lens:
                    if height[k] <= target:
                        continue
                    throw[n] = (lens - target) / (lens - height[k])
                if turn > 0.0:
                    walls[n, 0], walls[n, 1], walls[n, 2], walls[n, 3] = ax, ay, bx, by
                else:
                    walls[n, 0], walls[n, 1], walls[n, 2], walls[n, 3] = bx, by, ax, ay
                n += 1
    return n


@compiled
def entries_in_reach(x, y, radius, ox, oy, cell, columns, rows, ptr):
    """Return how many grid entries lie in the cells a disc meets."""
    n = 0
    c0, c1 = max(int(np.floor((x - radius - ox) / cell)), 0), min(int(np.floor((x + radius - ox) / cell)), columns - 1)
    r0, r1 = max(int(np.floor((y - radius - oy) / cell)), 0), min(int(np.floor((y + radius - oy) / cell)), rows - 1)
    if c0 > c1:
        return 0
    for r in range(r0, r1 + 1):
        n += ptr[r * columns + c1 + 1] - ptr[r * columns + c0]
    return n


@compiled
def _sort_into_bins(walls, n, head, slots):
    """List the walls of every angular bin: bin i holds ``slots[head[i]:head[i + 1]]``."""
    head[:] = 0
    for w in range(n):
        first, count = _bin_range(walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3])
        for i in range(count):
            head[(first + i) % BINS + 1] += 1
    for i in range(BINS):
        head[i + 1] += head[i]
    if head[BINS] > len(slots):
        slots = np.empty(2 * head[BINS], np.int64)
    fill = head[:BINS].copy()
    for w in range(n):
        first, count = _bin_range(walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3])
        for i in range(count):
            b = (first + i) % BINS
            slots[fill[b]] = w
            fill[b] += 1
    return slots


@compiled
def _insert(hidden, n, h0, h1):
    """Put an interval among the first n, which ascend by start; return how many there are then."""
    j = n
    while j > 0 and hidden[j - 1, 0] > h0:
        hidden[j, 0], hidden[j, 1] = hidden[j - 1, 0], hidden[j - 1, 1]
        j -= 1
    hidden[j, 0], hidden[j, 1] = h0, h1
    return n + 1


@compiled
def _hidden_parts(cx, cy, dx, dy, low, high, walls, throw, head, slots, stamp, mark, hidden):
    """Write the hidden parts of [low, high] into `hidden`, ascending by start; return how many, -1 if all is hidden."""
    px, py = cx + low * (dx - cx), cy + low * (dy - cy)
    qx, qy = cx + high * (dx - cx), cy + high * (dy - cy)
    turn = px * qy - py * qx
    if px * qx + py * qy <= 0.0 and abs(turn) <= 1e-9 * (abs(px) + abs(py) + abs(qx) + abs(qy)):
        first, count = 0, BINS  # the segment runs through the mount
    elif turn >= 0.0:
        first, count = _bin_range(px, py, qx, qy)
    else:
        first, count = _bin_range(qx, qy, px, py)
    n = 0
    for i in range(count):
        b = (first + i) % BINS
        for k in range(head[b], head[b + 1]):
            w = slots[k]
            if stamp[w] == mark:
                continue
            stamp[w] = mark
            h0, h1 = _hidden_by(cx, cy, dx, dy, walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3], low, high)
            if h0 >= h1:
                continue
            if throw[w] < np.inf:
                h0, h1 = _before_end(
                    cx, cy, dx, dy, walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3], throw[w], h0, h1
                )
                if h0 >= h1:
                    continue
            if h0 <= low and h1 >= high:
                return -1
            n = _insert(hidden, n, h0, h1)
    return n


@compiled
def look_around(
    sites, radius, lens, target, ox, oy, cell, columns, rows, wall_ptr, wall_xy, wall_height, wall_party,
    seg_ptr, seg_item, seg_xy, in_ptr, in_t0, in_t1
):  # fmt: skip
    """Find every visible piece of street around each mount, out to its radius.

    Parameters
    ----------
    sites : float64 array, shape (s, 2)
        Easting, northing of the mounts [m], outside every footprint.
    radius : float64 array, shape (s,)
        [m]
    lens : float64 array, shape (s,)
        Height of the lens above ground [m]; with NaN every wall hides all behind it.
    target : float
        Height of the target plane above ground [m].
    ox, oy, cell, columns, rows, ...
        The grids of :class:`~camgap.coverage.sight.scene.Scene`.
    in_ptr, in_t0, in_t1
        The stretches of every segment in buildings of known height, hidden from every lens of known height.

    Returns
    -------
    ptr : int64 array, shape (s + 1,)
    segment : int64 array, shape (p,)
    t0, t1 : float64 arrays, shape (p,)
        Piece k is the part from t0 to t1 (0 = beginning of the segment, 1 = its end); the pieces of mount i are
        ``ptr[i]:ptr[i + 1]``, in grid order.
    """
    ptr = np.zeros(len(sites) + 1, np.int64)
    room = 64 * max(len(sites), 1)
    segment, t0, t1 = np.empty(room, np.int64), np.empty(room), np.empty(room)
    walls, throw, stamp = np.empty((256, 4)), np.empty(256), np.empty(256, np.int64)
    indoors = int(np.diff(in_ptr).max()) if len(in_ptr) > 1 else 0
    hidden = np.empty((256 + indoors, 2))
    head, slots = np.empty(BINS + 1, np.int64), np.empty(1024, np.int64)
    n = 0
    for i in range(len(sites)):
        x, y, reach = sites[i, 0], sites[i, 1], radius[i]
        need = entries_in_reach(x, y, reach, ox, oy, cell, columns, rows, wall_ptr)
        if need > len(walls):
            walls, throw, stamp = np.empty((2 * need, 4)), np.empty(2 * need), np.empty(2 * need, np.int64)
            hidden = np.empty((2 * need + indoors, 2))
        n_walls = gather_walls(
            x, y, reach, lens[i], target, ox, oy, cell, columns, rows, wall_ptr, wall_xy, wall_height, wall_party,
            walls, throw
        )  # fmt: skip
        slots = _sort_into_bins(walls, n_walls, head, slots)
        stamp[:n_walls] = -1
        c0 = max(int(np.floor((x - reach - ox) / cell)), 0)
        c1 = min(int(np.floor((x + reach - ox) / cell)), columns - 1)
        r0 = max(int(np.floor((y - reach - oy) / cell)), 0)
        r1 = min(int(np.floor((y + reach - oy) / cell)), rows - 1)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                for k in range(seg_ptr[r * columns + c], seg_ptr[r * columns + c + 1]):
                    home_c = int(np.floor((min(seg_xy[k, 0], seg_xy[k, 2]) - ox) / cell))
                    home_r = int(np.floor((min(seg_xy[k, 1], seg_xy[k, 3]) - oy) / cell))
                    if c != max(c0, home_c) or r != max(r0, home_r):
                        continue
                    cx, cy, dx, dy = seg_xy[k, 0] - x, seg_xy[k, 1] - y, seg_xy[k, 2] - x, seg_xy[k, 3] - y
                    low, high = clip_to_disc(cx, cy, dx, dy, reach, 0.0, 1.0)
                    if low >= high:
                        continue
                    m = _hidden_parts(cx, cy, dx, dy, low, high, walls, throw, head, slots, stamp, k, hidden)
                    if m < 0:
                        continue
                    if not np.isnan(lens[i]):
                        for j in range(in_ptr[seg_item[k]], in_ptr[seg_item[k] + 1]):
                            if in_t1[j] > low and in_t0[j] < high:
                                m = _insert(hidden, m, max(in_t0[j], low), min(in_t1[j], high))
                    if n + m + 1 > room:
                        room = 2 * (n + m + 1)
                        segment, t0, t1 = grown(segment, room), grown(t0, room), grown(t1, room)
                    least = SLIVER / np.sqrt((dx - cx) ** 2 + (dy - cy) ** 2)
                    at = low
                    for j in range(m + 1):
                        until = hidden[j, 0] if j < m else high
                        if until - at > least:
                            segment[n], t0[n], t1[n] = seg_item[k], at, until
                            n += 1
                        if j < m:
                            at = max(at, hidden[j, 1])
        ptr[i + 1] = n
    return ptr, segment[:n].copy(), t0[:n].copy(), t1[:n].copy()


@compiled
def grown(column, room):
    """Return a longer copy of a column; what is added is not set."""
    larger = np.empty(room, column.dtype)
    larger[: len(column)] = column
    return larger
