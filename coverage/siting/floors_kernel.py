"""Compiled local search with floors: take a few neighbouring views out, choose anew, keep what is no worse.

A plan scores its length, and each metre that a floor is missed by takes `SHORT` metres off. So many prefix sums as
there are weights (length, and length in each district) tell what any view would add to the plan in a few look-ups.
"""

import numpy as np

from camgap.coverage.sight.kernel import compiled

WARMTH = 0.05  # share of the length that a plan may score less than the last one, at first; none at the end
SHORT = 5.0  # metres of length that a missing metre of a floor counts
MOST_OUT = 4  # views taken out at once
NOISE = (0.0, 0.1, 0.3)  # share of what a view adds that chance may take off, in turns
LEAST = 0.05  # [m] of score per view: one that adds less adds nothing


@compiled
def climb(
    ptr, first, last, weight, needs, cost, group, capacity, asked, xy, budget, most, start, work, seed
):  # fmt: skip
    """Improve a plan; return its views, ascending.

    Parameters
    ----------
    ptr, first, last : int64 arrays
        View i sees the runs ``ptr[i]:ptr[i + 1]`` of cells, disjoint.
    weight : float64 array, shape (c, 1 + d)
        Of each cell: length, and length in each district [m].
    needs : float64 array, shape (d,)
        Of each district [m].
    cost : float64 array, shape (n,); group : int64 array, shape (n,)
        0 is free; the place of each view.
    capacity : int64 array, shape (g,); asked : bool array, shape (g,)
        Views at each place at most; where there must be a paid one.
    xy : float64 array, shape (g, 2)
    start : int64 array
        A plan within the limits.
    work : int
        Cells and runs gone through.
    """
    n, k = len(cost), weight.shape[1]
    times, taken, paid_at = (
        np.zeros(len(weight), np.int64),
        np.zeros(len(capacity), np.int64),
        np.zeros(len(capacity), np.int64),
    )
    covered, before = np.zeros(k), np.zeros((len(weight) + 1, k))
    inside, chosen, count = np.zeros(n, np.bool_), np.empty(n, np.int64), 0
    for i in start:
        _put(i, 1, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside)
        chosen[count] = i
        count += 1
    step_work, spent_work = len(weight) * k + ptr[-1] * k, 0
    state, now = np.uint64(seed), _score(covered, needs, paid_at, asked)
    best, best_count, best_score = chosen.copy(), count, now
    saved, saved_count, kick = chosen.copy(), count, 0
    while spent_work < work:
        if kick:
            state = _next(state)
            size = 1 + (kick + np.int64(state >> np.uint64(33))) % MOST_OUT
            count = _take_out(
                size,
                state,
                ptr,
                first,
                last,
                weight,
                cost,
                group,
                times,
                taken,
                paid_at,
                covered,
                inside,
                chosen,
                count,
                xy,
            )
        state = _next(state)
        by_cost, noise = kick % 2 == 0, NOISE[(kick // 2) % len(NOISE)]
        while True:
            state = _next(state)
            _sum_open(times, weight, before)
            spent_work += step_work
            i = _best(
                ptr, first, last, before, covered, needs, cost, group, capacity, asked, taken, paid_at, inside, budget,
                most, by_cost, noise, state,
            )  # fmt: skip
            if i < 0:
                break
            _put(i, 1, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside)
            chosen[count] = i
            count += 1
        score = _score(covered, needs, paid_at, asked)
        cooling = 1.0 - spent_work / work
        if score >= now - WARMTH * covered[0] * max(cooling, 0.0) ** 2:
            now, saved_count = score, count
            saved[:count] = chosen[:count]
            if score > best_score + 1e-6:
                best_score, best_count = score, count
                best[:count] = chosen[:count]
        else:
            for m in range(count):
                _put(chosen[m], -1, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside)
            count = saved_count
            for m in range(count):
                chosen[m] = saved[m]
                _put(chosen[m], 1, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside)
        kick += 1
        if n == 0:
            break
    return np.sort(best[:best_count])


@compiled
def _next(state):
    return state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


@compiled
def _put(i, by, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside):
    """Put a view up (by 1) or take it down (by -1)."""
    inside[i] = by > 0
    taken[group[i]] += by
    if cost[i] > 0:
        paid_at[group[i]] += by
    for r in range(ptr[i], ptr[i + 1]):
        for c in range(first[r], last[r]):
            times[c] += by
            if times[c] == (1 if by > 0 else 0):
                for w in range(weight.shape[1]):
                    covered[w] += by * weight[c, w]


@compiled
def _score(covered, needs, paid_at, asked):
    score = covered[0]
    for d in range(len(needs)):
        score -= SHORT * max(needs[d] - covered[1 + d], 0.0)
    for g in range(len(asked)):
        if asked[g] and paid_at[g] == 0:
            score -= 1e12
    return score


@compiled
def _sum_open(times, weight, before):
    """Fill in what no view covers, summed up to each cell."""
    for c in range(len(weight)):
        for w in range(weight.shape[1]):
            before[c + 1, w] = before[c, w] + (weight[c, w] if times[c] == 0 else 0.0)


@compiled
def _take_out(
    size, state, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside, chosen, count, xy
):
    """Take out one view and those nearest to it, or any others, in turns; return how many are left."""
    if count == 0:
        return 0
    centre = group[chosen[np.int64((state >> np.uint64(20)) % np.uint64(count))]]
    x, y, anywhere = xy[centre, 0], xy[centre, 1], (state >> np.uint64(50)) % np.uint64(2) == 0
    for m in range(min(size, count)):
        out = _nearest(x, y, chosen, count, group, xy)
        if m and anywhere:
            state = _next(state)
            out = np.int64((state >> np.uint64(20)) % np.uint64(count))
        _put(chosen[out], -1, ptr, first, last, weight, cost, group, times, taken, paid_at, covered, inside)
        count -= 1
        chosen[out] = chosen[count]
    return count


@compiled
def _nearest(x, y, chosen, count, group, xy):
    """Return which of the chosen views stands nearest."""
    out, least = 0, np.inf
    for k in range(count):
        away = (xy[group[chosen[k]], 0] - x) ** 2 + (xy[group[chosen[k]], 1] - y) ** 2
        if away < least:
            out, least = k, away
    return out


@compiled
def _best(
    ptr, first, last, before, covered, needs, cost, group, capacity, asked, taken, paid_at, inside, budget, most,
    by_cost, noise, state,
):  # fmt: skip
    """Return the view that adds most to the score, or most per cost, -1 if none adds anything or can be had.

    Places that must have a paid view come first.
    """
    left, paid, missing = budget, 0, False
    for g in range(len(paid_at)):
        paid += paid_at[g]
        missing = missing or (asked[g] and paid_at[g] == 0)
    for i in range(len(cost)):
        if inside[i]:
            left -= cost[i]
    found, greatest = -1, 0.0
    for i in range(len(cost)):
        g = group[i]
        if inside[i] or taken[g] >= capacity[g] or cost[i] > left or (cost[i] > 0 and paid >= most):
            continue
        if missing and not (asked[g] and paid_at[g] == 0 and cost[i] > 0):
            continue
        adds = 0.0
        for r in range(ptr[i], ptr[i + 1]):
            adds += before[last[r], 0] - before[first[r], 0]
        for d in range(len(needs)):
            lacks = needs[d] - covered[1 + d]
            if lacks > 0:
                own = 0.0
                for r in range(ptr[i], ptr[i + 1]):
                    own += before[last[r], 1 + d] - before[first[r], 1 + d]
                adds += SHORT * min(own, lacks)
        if missing:
            adds += 1.0
        if adds < LEAST:
            continue
        if cost[i] == 0:
            adds += 1e9
        elif by_cost:
            adds /= cost[i]
        if noise > 0:
            chance = ((np.uint64(i) * np.uint64(0x9E3779B97F4A7C15)) ^ state) * np.uint64(0xD1342543DE82EF95)
            adds *= 1.0 - noise * float(chance >> np.uint64(44)) / 2.0**20
        if adds > greatest:
            found, greatest = i, adds
    return found
