"""What each heading and model would add at a mount: clips of the visible pieces that are not covered yet, weighed.

A view may have a harm, what it takes away for other reasons: then it counts for what it adds less its harm.
"""

import numpy as np

from camgap.coverage.sight.clip import (
    DARK,
    FAR,
    HFOV,
    MOST,
    NEAR,
    SIN_TILT,
    WIDTH,
    axis_at,
    clip_to_ring,
    clip_to_turned,
    frame_holds,
    view_rays,
)  # fmt: skip
from camgap.coverage.sight.kernel import compiled

SURE = 1e-6  # [°] directions this far inside a view are inside, whatever is rounded


@compiled
def best_gains(
    mounts, sites, kind, capacity, ptr, segment, t0, t1, seg_xy, seg_start, seg_end, seg_dark, cov_start, cov_end,
    first_cell, mass, shapes, lens, turned, headings, stand, harm, least, gain, best,
):  # fmt: skip
    """Fill in the best gain of every offer at every place.

    Parameters
    ----------
    mounts : int64 array, shape (k,)
        Rows of `sites` to measure; where the capacity is 0 nothing can be gained.
    kind, capacity : int64 arrays, shape (s,)
    ptr, segment, t0, t1
        Columns of :class:`~camgap.coverage.sight.views.Pieces`.
    cov_start, cov_end : float64 arrays
        Covered stretches of the axis, ascending, disjoint.
    first_cell, mass
        Columns of the :class:`~camgap.coverage.siting.choices.Density` that every metre counts with.
    shapes : float64 array, shape (l, SHAPE)
        Of the lenses' :class:`~camgap.coverage.cameras.Views`.
    lens, turned, headings, stand
        Columns of :class:`~camgap.coverage.siting.choices.Offers`.
    harm : float64 array, shape (s, m, steps), or (0, 0, 0) for none
        Taken off what a view adds [m].
    least : float
        Answers are not below this.
    gain : float64 array, shape (k, m); best : int64 array, shape (k, m)
        Filled: weight of what is newly covered less the harm [m], and its heading (the first of equals).
    """
    n_offers, steps = headings.shape[1], headings.shape[2]
    rays = np.empty((n_offers, steps, 6))
    added = np.empty((n_offers, steps))
    made, together = np.empty(n_offers, np.bool_), np.empty(n_offers, np.bool_)
    ring, parts = np.empty((MOST, 2)), np.empty((MOST, 2))
    last = -1
    for i in range(len(mounts)):
        gain[i], best[i] = least, 0
        at = mounts[i]
        if capacity[at] == 0:
            continue
        q = kind[at]
        if q != last:
            _aim(shapes, lens[q], turned[q], headings[q], rays, made)
            last = q
        for first in range(-1, n_offers):  # what stands at the place itself, then what stands elsewhere, one by one
            if first >= 0 and (not made[first] or stand[q, first] < 0):
                continue
            for m in range(n_offers):
                together[m] = m == first if first >= 0 else made[m] and stand[q, m] < 0
            here = stand[q, first] if first >= 0 else at
            _add_pieces(
                sites[here, 0], sites[here, 1], ptr[here], ptr[here + 1], segment, t0, t1, seg_xy, seg_start, seg_end,
                seg_dark, cov_start, cov_end, first_cell, mass, rays, shapes, lens[q], turned[q], headings[q],
                together, ring, parts, added,
            )  # fmt: skip
        for m in range(n_offers):
            for a in range(steps if made[m] else 0):
                if headings[q, m, a]:
                    value = added[m, a] - harm[at, m, a] if len(harm) else added[m, a]
                    if value > gain[i, m]:
                        gain[i, m], best[i, m] = value, a


@compiled
def all_masses(
    mounts, sites, kind, ptr, segment, t0, t1, seg_xy, seg_start, seg_end, seg_dark, first_cell, mass, shapes, lens,
    turned, headings, seen,
):  # fmt: skip
    """Fill in what every heading of every offer sees at every place.

    Parameters
    ----------
    mounts : int64 array, shape (k,)
        Rows of `sites` and `kind`.
    ptr, segment, t0, t1
        Visible pieces, one row of `ptr` per row of `mounts`.
    seen : float64 array, shape (k, m, steps)
        Filled: the mass in view; 0 where a heading is not allowed. The other parameters are those of
        :func:`best_gains`.
    """
    n_offers, steps = headings.shape[1], headings.shape[2]
    rays = np.empty((n_offers, steps, 6))
    made = np.empty(n_offers, np.bool_)
    ring, parts = np.empty((MOST, 2)), np.empty((MOST, 2))
    nothing = np.empty(0)
    last = -1
    for i in range(len(mounts)):
        at = mounts[i]
        q = kind[at]
        if q != last:
            _aim(shapes, lens[q], turned[q], headings[q], rays, made)
            last = q
        _add_pieces(
            sites[at, 0], sites[at, 1], ptr[i], ptr[i + 1], segment, t0, t1, seg_xy, seg_start, seg_end, seg_dark,
            nothing, nothing, first_cell, mass, rays, shapes, lens[q], turned[q], headings[q], made, ring, parts,
            seen[i],
        )  # fmt: skip
        for m in range(n_offers):
            for a in range(steps):
                if not headings[q, m, a]:
                    seen[i, m, a] = 0.0


@compiled
def _add_pieces(
    x, y, first, last, segment, t0, t1, seg_xy, seg_start, seg_end, seg_dark, cov_start, cov_end, first_cell, mass,
    rays, shapes, lens, turned, headings, made, ring, parts, added,
):  # fmt: skip
    """Fill in the mass of what every offer made sees, uncovered, of the pieces [first, last) around (x, y)."""
    for m in range(len(made)):
        if made[m]:
            added[m] = 0.0
    for k in range(first, last):
        s = segment[k]
        size = seg_end[s] - seg_start[s]
        begin, until = axis_at(seg_start[s], seg_end[s], t0[k]), axis_at(seg_start[s], seg_end[s], t1[k])
        row = np.searchsorted(cov_start, begin, side="right") - 1
        at = begin if row < 0 else max(begin, cov_end[row])
        while at < until:  # every uncovered part of this piece
            row += 1
            stop = min(until, cov_start[row]) if row < len(cov_start) else until
            if stop > at:
                low, high = (at - seg_start[s]) / size, (stop - seg_start[s]) / size
                cx, cy, dx, dy = seg_xy[s, 0] - x, seg_xy[s, 1] - y, seg_xy[s, 2] - x, seg_xy[s, 3] - y
                weight = mass[first_cell[s] : first_cell[s + 1] + 1]
                _add_views(
                    cx, cy, dx, dy, low, high, seg_dark[s], weight, rays, shapes, lens, turned, headings, made, ring,
                    parts, added,
                )  # fmt: skip
            at = cov_end[row] if row < len(cov_start) else until


@compiled
def _aim(shapes, lens, turned, headings, rays, made):
    """Fill in the rays of every offer's headings, and which offers have any."""
    n_offers, steps = headings.shape
    for m in range(n_offers):
        made[m] = headings[m].any()
        for a in range(steps):
            if headings[m, a]:
                view_rays(turned[m] + a * 360.0 / steps, shapes[lens[m], HFOV], rays[m, a])


@compiled
def _mass_at(mass, t):
    """Return the mass up to a segment's parameter t, 0 <= t <= 1, from the mass up to the knots of its equal cells."""
    at = t * (len(mass) - 1)
    k = min(int(at), len(mass) - 2)
    return mass[k] + (at - k) * (mass[k + 1] - mass[k])


@compiled
def _add_views(
    cx, cy, dx, dy, low, high, dark, mass, rays, shapes, lens, turned, headings, made, ring, parts, added
):  # fmt: skip
    """Add to every offer and heading the mass it sees in the part [low, high] of s(t) = c + t (d - c)."""
    for m in range(len(lens)):
        if not made[m]:
            continue
        shape = shapes[lens[m]]
        far = shape[DARK] if dark else shape[FAR]
        for r in range(clip_to_ring(cx, cy, dx, dy, low, high, shape[NEAR], far, ring)):
            _add_headings(
                cx, cy, dx, dy, ring[r, 0], ring[r, 1], mass, rays[m], shape, turned[m], headings[m], parts, added[m]
            )  # fmt: skip


@compiled
def _add_headings(cx, cy, dx, dy, low, high, mass, rays, shape, turned, headings, parts, added):
    """Add to every heading allowed the mass it sees in the part [low, high], all of it within the model's distances."""
    steps = len(headings)
    wide, sector = shape[WIDTH], np.isnan(shape[SIN_TILT])
    whole = _mass_at(mass, high) - _mass_at(mass, low)
    if sector and wide >= 360.0:
        for a in range(steps):
            added[a] += whole
        return
    px, py = cx + low * (dx - cx), cy + low * (dy - cy)
    qx, qy = cx + high * (dx - cx), cy + high * (dy - cy)
    from_p, from_q = np.degrees(np.arctan2(px, py)) - turned, np.degrees(np.arctan2(qx, qy)) - turned
    span = from_q - from_p
    span -= 360.0 * np.floor(span / 360.0)
    first, width = (from_p, span) if span <= 180.0 else (from_q, 360.0 - span)
    if px * qx + py * qy <= 0.0 and abs(px * qy - py * qx) < 1e-6:
        width = 360.0  # the part runs through the mount
    begin, count = 0, steps
    if width + wide < 360.0 - SURE:  # only headings whose view meets the part, one step wider for rounding
        begin = int(np.floor((first - wide / 2.0) * steps / 360.0))
        count = min(int(np.ceil((first + width + wide / 2.0) * steps / 360.0)) - begin + 1, steps)
    for j in range(count):
        a = (begin + j) % steps
        if not headings[a]:
            continue
        turn = first - a * 360.0 / steps + wide / 2.0  # from the view's left ray clockwise to the part
        turn -= 360.0 * np.floor(turn / 360.0)
        if sector and turn > SURE and turn + width < wide - SURE:
            added[a] += whole
            continue
        if not sector:
            state = frame_holds(px, py, qx, qy, rays[a, 4], rays[a, 5], shape)
            if state < 2:
                added[a] += state * whole
                continue
        for i in range(clip_to_turned(cx, cy, dx, dy, low, high, rays[a], shape, parts)):
            added[a] += _mass_at(mass, parts[i, 1]) - _mass_at(mass, parts[i, 0])


@compiled
def merge(start, end, new_start, new_end):
    """Unite disjoint ascending stretches with others (ascending, disjoint among themselves); touching ones merge."""
    out_start, out_end = np.empty(len(start) + len(new_start)), np.empty(len(start) + len(new_start))
    n, i, j = 0, 0, 0
    while i < len(start) or j < len(new_start):
        if j >= len(new_start) or (i < len(start) and start[i] <= new_start[j]):
            a, b = start[i], end[i]
            i += 1
        else:
            a, b = new_start[j], new_end[j]
            j += 1
        if n and a <= out_end[n - 1]:
            out_end[n - 1] = max(out_end[n - 1], b)
        else:
            out_start[n], out_end[n] = a, b
            n += 1
    return out_start[:n].copy(), out_end[:n].copy()
