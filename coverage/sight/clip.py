"""Clips of visible pieces to a view: azimuth, field of view, near and far limit, in closed form."""

import numpy as np

from camgap.coverage.sight.kernel import clip_to_disc, compiled, grown, not_negative

MOST = 2  # parts a ring, or an angle over 180°, can leave of one straight piece
ON_RAY = 1e-12  # [rad] points this near to an edge ray lie on it: a view is closed, whatever sine and cosine round to


@compiled
def _clockwise(ray_x, ray_y, x, y):
    """Return the distance of (x, y) from the line along a unit ray, above zero clockwise of the ray, zero on it."""
    f = ray_y * x - ray_x * y
    return 0.0 if abs(f) <= ON_RAY * (abs(x) + abs(y)) else f


@compiled
def _subtract(parts, n, cut0, cut1):
    """Take the open interval (cut0, cut1) out of the first n parts; return how many are left."""
    if cut0 >= cut1:
        return n
    for i in range(n - 1, -1, -1):
        low, high = parts[i, 0], parts[i, 1]
        if cut1 <= low or cut0 >= high:
            continue
        if cut0 > low and cut1 < high:
            parts[i, 1] = cut0
            parts[n, 0], parts[n, 1] = cut1, high
            n += 1
        elif cut0 > low:
            parts[i, 1] = cut0
        elif cut1 < high:
            parts[i, 0] = cut1
        else:
            n -= 1
            parts[i, 0], parts[i, 1] = parts[n, 0], parts[n, 1]
    return n


@compiled
def clip_to_angle(cx, cy, dx, dy, low, high, left_x, left_y, right_x, right_y, hfov, parts):
    """Clip the part [low, high] of s(t) = c + t (d - c), relative to the mount, to a field of view.

    Parameters
    ----------
    left_x, left_y, right_x, right_y : float
        Directions of the view's edge rays; the view lies clockwise of the left and counter-clockwise of the right one.
    parts : float64 array, shape (>= MOST, 2)
        Filled with the parts that remain.

    Returns
    -------
    int
        Number of parts.
    """
    parts[0, 0], parts[0, 1] = low, high
    if hfov >= 360.0:
        return 1
    l0, l1 = _clockwise(left_x, left_y, cx, cy), _clockwise(left_x, left_y, dx, dy)
    r0, r1 = -_clockwise(right_x, right_y, cx, cy), -_clockwise(right_x, right_y, dx, dy)
    if hfov <= 180.0:
        low, high = not_negative(l0, l1, low, high)
        low, high = not_negative(r0, r1, low, high)
        parts[0, 0], parts[0, 1] = low, high
        return 1 if low < high else 0
    # Over 180° the blind wedge is the convex one: take it out. It is open, a street along its edge is no part of it.
    if (l0 < 0.0 or l1 < 0.0) and (r0 < 0.0 or r1 < 0.0):
        b0, b1 = not_negative(-l0, -l1, low, high)
        b0, b1 = not_negative(-r0, -r1, b0, b1)
        return _subtract(parts, 1, b0, b1)
    return 1


@compiled
def clip_to_ring(cx, cy, dx, dy, low, high, near, far, parts):
    """Clip the part [low, high] of s(t) = c + t (d - c) to the distances from near to far; return how many remain."""
    low, high = clip_to_disc(cx, cy, dx, dy, far, low, high)
    if low >= high:
        return 0
    parts[0, 0], parts[0, 1] = low, high
    if near <= 0.0:
        return 1
    b0, b1 = clip_to_disc(cx, cy, dx, dy, near, low, high)
    return _subtract(parts, 1, b0, b1)


@compiled
def edge_rays(azimuth, hfov):
    """Return the directions (x east, y north) of a view's left and right edge ray."""
    left, right = np.radians(azimuth - hfov / 2.0), np.radians(azimuth + hfov / 2.0)
    return np.sin(left), np.cos(left), np.sin(right), np.cos(right)


@compiled
def axis_at(start, end, t):
    """Return the street-axis position of a segment's parameter t, exact at both ends."""
    if t <= 0.0:
        return start
    if t >= 1.0:
        return end
    return start + t * (end - start)


@compiled
def clip_views(
    xy, azimuth, hfov, near, far, piece_ptr, site, segment, t0, t1, seg_xy, seg_start, seg_end
):  # fmt: skip
    """Turn views into street-axis intervals.

    Parameters
    ----------
    xy, azimuth, hfov, near, far
        Columns of :class:`~camgap.coverage.cameras.Views`.
    site : int64 array, shape (v,)
        The mount of each view, a row of `piece_ptr`; its pieces must reach at least as far as the view.

    Returns
    -------
    start, end : float64 arrays; view : int64 array; shape (k,)
        In the order of the views; one view's intervals do not overlap.
    """
    room = 16 * max(len(xy), 1)
    start, end, view = np.empty(room), np.empty(room), np.empty(room, np.int64)
    ring, parts = np.empty((MOST, 2)), np.empty((MOST, 2))
    n = 0
    for v in range(len(xy)):
        x, y = xy[v, 0], xy[v, 1]
        lx, ly, rx, ry = edge_rays(azimuth[v], hfov[v])
        for k in range(piece_ptr[site[v]], piece_ptr[site[v] + 1]):
            s = segment[k]
            cx, cy, dx, dy = seg_xy[s, 0] - x, seg_xy[s, 1] - y, seg_xy[s, 2] - x, seg_xy[s, 3] - y
            if n + MOST * MOST > room:
                room = 2 * (n + MOST * MOST)
                start, end, view = grown(start, room), grown(end, room), grown(view, room)
            for r in range(clip_to_ring(cx, cy, dx, dy, t0[k], t1[k], near[v], far[v], ring)):
                m = clip_to_angle(cx, cy, dx, dy, ring[r, 0], ring[r, 1], lx, ly, rx, ry, hfov[v], parts)
                for i in range(m):
                    a = axis_at(seg_start[s], seg_end[s], parts[i, 0])
                    b = axis_at(seg_start[s], seg_end[s], parts[i, 1])
                    if a < b:
                        start[n], end[n], view[n] = a, b, v
                        n += 1
    return start[:n].copy(), end[:n].copy(), view[:n].copy()
