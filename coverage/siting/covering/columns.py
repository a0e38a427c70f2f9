"""Compiled work on runs of cells: uniting, comparing, counting."""

import numpy as np
import numpy.typing as npt

from camgap.coverage.sight.kernel import compiled

IntArray = npt.NDArray[np.int64]


def united(ptr: IntArray, first: IntArray, last: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Unite each owner's runs: ascending, disjoint, not touching; returns new ptr, first, last."""
    owner = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    if ((first[1:] < first[:-1]) & (owner[1:] == owner[:-1])).any():
        order = np.lexsort((first, owner))
        first, last = first[order], last[order]
    at, a, b = _united(ptr, first, last)
    return at, a, b


@compiled
def _united(ptr, first, last):
    a, b, at = np.empty_like(first), np.empty_like(last), np.zeros(len(ptr), np.int64)
    n = 0
    for i in range(len(ptr) - 1):
        opened = n
        for k in range(ptr[i], ptr[i + 1]):
            if n > opened and first[k] <= b[n - 1]:
                b[n - 1] = max(b[n - 1], last[k])
            else:
                a[n], b[n] = first[k], last[k]
                n += 1
        at[i + 1] = n
    return at, a[:n].copy(), b[:n].copy()


@compiled
def selected(rows, ptr, first, last):
    """Return ptr, first, last of some owners, in the order given."""
    at = np.zeros(len(rows) + 1, np.int64)
    for i in range(len(rows)):
        at[i + 1] = at[i] + ptr[rows[i] + 1] - ptr[rows[i]]
    a, b = np.empty(at[-1], first.dtype), np.empty(at[-1], last.dtype)
    for i in range(len(rows)):
        for k in range(at[i + 1] - at[i]):  # loops compile sooner than slices
            a[at[i] + k] = first[ptr[rows[i]] + k]
            b[at[i] + k] = last[ptr[rows[i]] + k]
    return at, a, b


@compiled
def squeezed(ptr, first, last, position):
    """Move every run's ends to their new positions; runs left empty go, and runs that now touch become one."""
    a, b, at = np.empty_like(first), np.empty_like(last), np.zeros(len(ptr), np.int64)
    n = 0
    for i in range(len(ptr) - 1):
        opened = n
        for k in range(ptr[i], ptr[i + 1]):
            low, high = position[first[k]], position[last[k]]
            if low == high:
                continue
            if n > opened and low == b[n - 1]:
                b[n - 1] = high
            else:
                a[n], b[n] = low, high
                n += 1
        at[i + 1] = n
    return at, a[:n].copy(), b[:n].copy()


@compiled
def times_covered(cells, ptr, first, last, rows):
    """Count how many of some owners cover each cell."""
    step = np.zeros(cells + 1, np.int64)
    for i in rows:
        for k in range(ptr[i], ptr[i + 1]):
            step[first[k]] += 1
            step[last[k]] -= 1
    return np.cumsum(step)[:cells]


@compiled
def signatures(cells, ptr, first, last, name):
    """Return the exclusive or of the names of all owners that cover each cell."""
    mark = np.zeros(cells + 1, np.uint64)
    for i in range(len(ptr) - 1):
        for k in range(ptr[i], ptr[i + 1]):
            mark[first[k]] ^= name[i]
            mark[last[k]] ^= name[i]
    for c in range(1, cells + 1):
        mark[c] ^= mark[c - 1]
    return mark[:cells]


@compiled
def add_weights(ptr, first, last, weight, total):
    """Add to each owner's total the weight of the cells it covers."""
    before = np.zeros(len(weight) + 1)
    for c in range(len(weight)):
        before[c + 1] = before[c] + weight[c]
    for i in range(len(ptr) - 1):
        for k in range(ptr[i], ptr[i + 1]):
            total[i] += before[last[k]] - before[first[k]]


@compiled
def weight_beyond(a, b, ptr, first, last, weight, limit):
    """Return the weight of the cells that a covers and b does not; no more than just above a limit."""
    beyond, j = 0.0, ptr[b]
    for k in range(ptr[a], ptr[a + 1]):
        at = first[k]
        while at < last[k]:
            while j < ptr[b + 1] and last[j] <= at:
                j += 1
            if j < ptr[b + 1] and first[j] <= at:
                at = last[j]
                continue
            stop = last[k] if j == ptr[b + 1] else min(last[k], first[j])
            for c in range(at, stop):
                beyond += weight[c]
            if beyond > limit:
                return beyond
            at = stop
    return beyond


@compiled
def heaviest(a, ptr, first, last, weight):
    """Return the cell of greatest weight that an action covers, and that weight; -1 and 0 if it covers none."""
    best, cell = 0.0, -1
    for k in range(ptr[a], ptr[a + 1]):
        for c in range(first[k], last[k]):
            if weight[c] > best:
                best, cell = weight[c], c
    return cell, best


@compiled
def stands_in(b, a, plain, ptr, first, last, weight, cost, value, counts):
    """Tell whether b may take a's place in every plan: see :func:`mark_dominated`."""
    if a == b or cost[b] > cost[a] or value[b] < value[a] or (not plain and value[a] > 0.0):
        return False
    if counts[b] and not counts[a]:
        return False
    room = value[b] - value[a] if plain else 0.0
    return weight_beyond(a, b, ptr, first, last, weight, room) <= room


@compiled
def mark_dominated(group_ptr, plain, ptr, first, last, weight, cost, value, counts, kept):
    """Unmark actions that another of their group can stand in for, at no more cost and number, in every plan.

    `plain` tells the groups of which a plan contains one action at most: b stands in for a where its own value makes
    up for all that only a covers. Elsewhere both may be chosen, so b must cover all that a covers, and a must bring no
    bonus. So b covers the heaviest cell of a, or its value makes up for that: only such pairs are compared.
    """
    for g in range(len(group_ptr) - 1):
        low, high = group_ptr[g], group_ptr[g + 1]
        cell, most = np.empty(high - low, np.int64), np.empty(high - low)
        for a in range(low, high):
            cell[a - low], most[a - low] = heaviest(a, ptr, first, last, weight)
        by_value = low + np.argsort(-value[low:high], kind="mergesort")
        for a in range(low, high):
            for b in by_value:
                if value[b] < value[a] + (most[a - low] if plain[g] else 0.0) or (not plain[g] and cell[a - low] >= 0):
                    break
                if kept[a] and kept[b] and stands_in(b, a, plain[g], ptr, first, last, weight, cost, value, counts):
                    kept[a] = False
        by_cell = np.argsort(cell, kind="mergesort")
        cells = cell[by_cell]
        for b in by_value:
            for k in range(ptr[b], ptr[b + 1] if kept[b] else ptr[b]):
                for i in range(np.searchsorted(cells, first[k]), np.searchsorted(cells, last[k])):
                    a = low + by_cell[i]
                    if kept[a] and stands_in(b, a, plain[g], ptr, first, last, weight, cost, value, counts):
                        kept[a] = False


@compiled
def times_of(actions, cells, ptr, first, last):
    """Count how many of some actions cover each cell, run by run; for few actions."""
    times = np.zeros(cells, np.int64)
    for a in actions:
        for k in range(ptr[a], ptr[a + 1]):
            for c in range(first[k], last[k]):
                times[c] += 1
    return times


@compiled
def incidence(ptr, first, last, below):
    """Return ptr and index of matrix columns: the cells an action covers, then its rows in `below` (-1: none)."""
    start = np.zeros(len(ptr), np.int64)
    for a in range(len(ptr) - 1):
        start[a + 1] = start[a]
        for k in range(ptr[a], ptr[a + 1]):
            start[a + 1] += last[k] - first[k]
        for j in range(below.shape[1]):
            start[a + 1] += below[a, j] >= 0
    row = np.empty(start[-1], np.int32)
    for a in range(len(ptr) - 1):
        n = start[a]
        for k in range(ptr[a], ptr[a + 1]):
            for c in range(first[k], last[k]):
                row[n] = c
                n += 1
        for j in range(below.shape[1]):
            if below[a, j] >= 0:
                row[n] = below[a, j]
                n += 1
    return start, row


@compiled
def groups_of_elements(elements, ptr, first, last):
    """Return ptr and group: the groups that reach each element, from every group's united runs."""
    at = np.zeros(elements + 1, np.int64)
    for g in range(len(ptr) - 1):
        for k in range(ptr[g], ptr[g + 1]):
            for e in range(first[k], last[k]):
                at[e + 1] += 1
    at = np.cumsum(at)
    fill, group = at[:-1].copy(), np.empty(at[-1], np.int32)
    for g in range(len(ptr) - 1):
        for k in range(ptr[g], ptr[g + 1]):
            for e in range(first[k], last[k]):
                group[fill[e]] = g
                fill[e] += 1
    return at, group
