"""The spreading of a kernel along streets, compiled; :mod:`camgap.coverage.scoring.demand` says what it does."""

import math

import numpy as np

from camgap.coverage.sight.kernel import compiled

FAINT = 1e-4  # ways that carry less of a place's weight are not followed; what they held is spread over the others
AT_NODE = 1e-6  # [m] a place this close to a junction is at it
SIGMAS = 3.0  # of the Gaussian kernel within the bandwidth


@compiled
def below(distance, bandwidth, gaussian):
    """Return the weight a kernel of total 1 puts between a place and a distance [m] on one side, 0 to 1/2."""
    u = min(distance / bandwidth, 1.0)
    if gaussian:
        return 0.5 * math.erf(u * SIGMAS / math.sqrt(2.0)) / math.erf(SIGMAS / math.sqrt(2.0))
    return 15.0 / 16.0 * (u - 2.0 * u**3 / 3.0 + u**5 / 5.0)


@compiled
def _run(edge, forward, start, distance, share, first, breaks, bandwidth, gaussian, mass, touched, n):
    """Lay weight on the cells of an edge from position `start` on, one way; return how many cells are touched."""
    step = 1 if forward else -1
    low, high = first[edge], first[edge + 1]
    cell, beyond = low, high  # the cell that begins last at or before `start`
    while beyond - cell > 1:
        middle = (cell + beyond) // 2
        if breaks[middle] <= start:
            cell = middle
        else:
            beyond = middle
    if not forward and cell > low and breaks[cell] >= start:
        cell -= 1
    near = below(distance, bandwidth, gaussian)
    while low <= cell < high:
        end = breaks[cell + 1] if forward else breaks[cell]
        reach = distance + abs(end - start)
        far = below(reach, bandwidth, gaussian)
        if mass[cell] == 0.0 and far > near:
            if n == len(touched):  # loops compile in a third of the time of slices
                longer = np.empty(2 * n, np.int64)
                for i in range(n):
                    longer[i] = touched[i]
                touched = longer
            touched[n] = cell
            n += 1
        mass[cell] += share * (far - near)
        if reach >= bandwidth:
            break
        near = far
        cell += step
    return touched, n


@compiled
def _push(distances, shares, where, n, end, distance, share):
    if n == len(where):
        more_distances, more_shares, more_where = np.empty(2 * n), np.empty(2 * n), np.empty(2 * n, np.int64)
        for i in range(n):
            more_distances[i], more_shares[i], more_where[i] = distances[i], shares[i], where[i]
        distances, shares, where = more_distances, more_shares, more_where
    where[n], distances[n], shares[n] = end, distance, share
    return distances, shares, where, n + 1


@compiled
def spread(at, weight, edge, offset, first, breaks, node, ptr, ends, bandwidth, gaussian):
    """Return the weight on every cell, shape of `breaks` less one.

    Parameters
    ----------
    at, weight, edge : arrays, shape (k,)
        Places on the axis, their weights, and the edges they lie on.
    offset : float64 array, shape (e + 1,)
        Where edges begin on the axis.
    first : int64 array, shape (e + 1,)
        Edge i has the cells ``first[i]:first[i + 1]``.
    node : int64 array, shape (2 e,); ptr : int64 array; ends : int64 array, shape (2 e,)
        Node of each street end; node v has the ends ``ends[ptr[v]:ptr[v + 1]]``. End 2 i is where edge i begins.
    """
    total = np.zeros(len(breaks) - 1)
    mass = np.zeros(len(breaks) - 1)
    touched = np.empty(1024, np.int64)
    where, distances, shares = np.empty(1024, np.int64), np.empty(1024), np.empty(1024)
    for k in range(len(at)):
        n_touched, n = 0, 0
        e = edge[k]
        back, ahead = at[k] - offset[e], offset[e + 1] - at[k]
        if back <= AT_NODE or ahead <= AT_NODE:  # at a junction: the same into every street
            v = node[2 * e] if back <= AT_NODE else node[2 * e + 1]
            degree = ptr[v + 1] - ptr[v]
            for i in range(ptr[v], ptr[v + 1]):
                distances, shares, where, n = _push(distances, shares, where, n, ends[i], 0.0, 2.0 / degree)
        else:
            for forward, length in ((True, ahead), (False, back)):
                touched, n_touched = _run(
                    e, forward, at[k], 0.0, 1.0, first, breaks, bandwidth, gaussian, mass, touched, n_touched
                )
                if length < bandwidth:
                    reached = 2 * e + 1 if forward else 2 * e
                    distances, shares, where, n = _arrive(
                        reached, length, 1.0, node, ptr, ends, distances, shares, where, n
                    )
        while n:
            n -= 1
            end, distance, share = where[n], distances[n], shares[n]
            i = end // 2
            forward = end % 2 == 0
            start = offset[i] if forward else offset[i + 1]
            touched, n_touched = _run(
                i, forward, start, distance, share, first, breaks, bandwidth, gaussian, mass, touched,
                n_touched,
            )  # fmt: skip
            distance += offset[i + 1] - offset[i]
            if distance < bandwidth:
                distances, shares, where, n = _arrive(
                    end ^ 1, distance, share, node, ptr, ends, distances, shares, where, n
                )
        held = 0.0
        for i in range(n_touched):
            held += mass[touched[i]]
        for i in range(n_touched):
            total[touched[i]] += weight[k] * mass[touched[i]] / held
            mass[touched[i]] = 0.0
    return total


@compiled
def _arrive(reached, distance, share, node, ptr, ends, distances, shares, where, n):
    """Go on from a street end that is reached: into the other streets of its node, or back if there is none."""
    v = node[reached]
    others = ptr[v + 1] - ptr[v] - 1
    if others == 0:
        return _push(distances, shares, where, n, reached, distance, share)
    if share / others < FAINT:
        return distances, shares, where, n
    for i in range(ptr[v], ptr[v + 1]):
        if ends[i] != reached:
            distances, shares, where, n = _push(distances, shares, where, n, ends[i], distance, share / others)
    return distances, shares, where, n
