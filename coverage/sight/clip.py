"""Clips of visible pieces to a view: azimuth, field of view, near and far limit, in closed form."""

import numpy as np

from camgap.coverage.sight.kernel import clip_to_disc, compiled, grown, not_negative

MOST = 2  # parts a ring, or an angle over 180°, can leave of one straight piece
# Columns of Views.shapes.
HFOV, NEAR, FAR, DARK, WIDTH, DROP, SIN_TILT, COS_TILT, TAN_SIDE, TAN_UP, DEPTH = range(11)
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
def clip_to_frame(cx, cy, dx, dy, low, high, east, north, shape, parts):
    """Clip the part [low, high] of s(t) = c + t (d - c) to a rectilinear picture and its depth: five half-planes.

    Parameters
    ----------
    east, north : float
        Direction of the optical axis on the plan.
    shape : float64 array
        Row of :attr:`~camgap.coverage.cameras.Views.shapes`.
    """
    drop, sin, cos = shape[DROP], shape[SIN_TILT], shape[COS_TILT]
    ahead_c, ahead_d = cx * east + cy * north, dx * east + dy * north
    right_c, right_d = cx * north - cy * east, dx * north - dy * east
    depth_c, depth_d = ahead_c * cos + drop * sin, ahead_d * cos + drop * sin
    up_c, up_d = ahead_c * sin - drop * cos, ahead_d * sin - drop * cos
    side_c, side_d = depth_c * shape[TAN_SIDE], depth_d * shape[TAN_SIDE]
    rise_c, rise_d = depth_c * shape[TAN_UP], depth_d * shape[TAN_UP]
    low, high = not_negative(shape[DEPTH] - depth_c, shape[DEPTH] - depth_d, low, high)
    low, high = not_negative(side_c - right_c, side_d - right_d, low, high)
    low, high = not_negative(side_c + right_c, side_d + right_d, low, high)
    low, high = not_negative(rise_c - up_c, rise_d - up_d, low, high)
    low, high = not_negative(rise_c + up_c, rise_d + up_d, low, high)
    parts[0, 0], parts[0, 1] = low, high
    return 1 if low < high else 0


@compiled
def frame_holds(px, py, qx, qy, east, north, shape):
    """Tell quickly whether a frame holds all (1) or nothing (0) of the straight part p to q, or must be cut (2)."""
    drop, sin, cos = shape[DROP], shape[SIN_TILT], shape[COS_TILT]
    ahead_p, ahead_q = px * east + py * north, qx * east + qy * north
    depth_p, depth_q = ahead_p * cos + drop * sin, ahead_q * cos + drop * sin
    if (depth_p < 0.0 and depth_q < 0.0) or (depth_p > shape[DEPTH] and depth_q > shape[DEPTH]):
        return 0
    right_p, right_q = px * north - py * east, qx * north - qy * east
    side_p, side_q = depth_p * shape[TAN_SIDE], depth_q * shape[TAN_SIDE]
    if (right_p > side_p and right_q > side_q) or (-right_p > side_p and -right_q > side_q):
        return 0
    up_p, up_q = ahead_p * sin - drop * cos, ahead_q * sin - drop * cos
    rise_p, rise_q = depth_p * shape[TAN_UP], depth_q * shape[TAN_UP]
    if (up_p > rise_p and up_q > rise_q) or (-up_p > rise_p and -up_q > rise_q):
        return 0
    inside = (
        depth_p <= shape[DEPTH] and depth_q <= shape[DEPTH] and abs(right_p) <= side_p and abs(right_q) <= side_q
        and abs(up_p) <= rise_p and abs(up_q) <= rise_q
    )  # fmt: skip
    return 1 if inside else 2


@compiled
def clip_to_turned(cx, cy, dx, dy, low, high, rays, shape, parts):
    """Clip the part [low, high] of s(t) = c + t (d - c) to what a view looks at, whatever the distance.

    Parameters
    ----------
    rays : float64 array, shape (6,)
        Of :func:`view_rays`.
    """
    if not np.isnan(shape[SIN_TILT]):
        return clip_to_frame(cx, cy, dx, dy, low, high, rays[4], rays[5], shape, parts)
    return clip_to_angle(cx, cy, dx, dy, low, high, rays[0], rays[1], rays[2], rays[3], shape[HFOV], parts)


@compiled
def view_rays(azimuth, hfov, rays):
    """Fill in the directions (x east, y north) of a view's left and right edge ray and of its optical axis."""
    left, right, axis = np.radians(azimuth - hfov / 2.0), np.radians(azimuth + hfov / 2.0), np.radians(azimuth)
    rays[0], rays[1], rays[2], rays[3] = np.sin(left), np.cos(left), np.sin(right), np.cos(right)
    rays[4], rays[5] = np.sin(axis), np.cos(axis)


@compiled
def axis_at(start, end, t):
    """Return the street-axis position of a segment's parameter t, exact at both ends."""
    if t <= 0.0:
        return start
    if t >= 1.0:
        return end
    return start + t * (end - start)


@compiled
def clip_views(xy, azimuth, shapes, piece_ptr, site, segment, t0, t1, seg_xy, seg_start, seg_end, seg_dark):
    """Turn views into street-axis intervals.

    Parameters
    ----------
    xy, azimuth, shapes
        Of :class:`~camgap.coverage.cameras.Views`.
    site : int64 array, shape (v,)
        The mount of each view, a row of `piece_ptr`; its pieces must reach at least as far as the view.
    seg_dark : bool array, shape (m,)
        Segments seen no farther than `dark`.

    Returns
    -------
    start, end : float64 arrays; view : int64 array; shape (k,)
        In the order of the views; one view's intervals do not overlap.
    """
    room = 16 * max(len(xy), 1)
    start, end, view = np.empty(room), np.empty(room), np.empty(room, np.int64)
    ring, parts, rays = np.empty((MOST, 2)), np.empty((MOST, 2)), np.empty(6)
    n = 0
    for v in range(len(xy)):
        x, y, shape = xy[v, 0], xy[v, 1], shapes[v]
        view_rays(azimuth[v], shape[HFOV], rays)
        for k in range(piece_ptr[site[v]], piece_ptr[site[v] + 1]):
            s = segment[k]
            cx, cy, dx, dy = seg_xy[s, 0] - x, seg_xy[s, 1] - y, seg_xy[s, 2] - x, seg_xy[s, 3] - y
            if n + MOST * MOST > room:
                room = 2 * (n + MOST * MOST)
                start, end, view = grown(start, room), grown(end, room), grown(view, room)
            far = shape[DARK] if seg_dark[s] else shape[FAR]
            for r in range(clip_to_ring(cx, cy, dx, dy, t0[k], t1[k], shape[NEAR], far, ring)):
                for i in range(clip_to_turned(cx, cy, dx, dy, ring[r, 0], ring[r, 1], rays, shape, parts)):
                    a = axis_at(seg_start[s], seg_end[s], parts[i, 0])
                    b = axis_at(seg_start[s], seg_end[s], parts[i, 1])
                    if a < b:
                        start[n], end[n], view[n] = a, b, v
                        n += 1
    return start[:n].copy(), end[:n].copy(), view[:n].copy()
