"""Compiled local search: take a few neighbouring actions out, choose anew, keep what is better."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from camgap.coverage.sight.kernel import compiled

BLINK = 0.04  # chance of passing over the best group while choosing anew
FAR = 0.2  # chance that the actions taken out are not neighbours
WORTH, LEFT, CHOSEN, TICK, WORK, COUNTED = 0, 1, 0, 1, 2, 3  # places in `total` and in `number`

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Columns(NamedTuple):
    """The problem `p`: columns of :class:`Compact`, prices to compare by, and which groups reach which element."""

    weight: FloatArray
    need: IntArray
    ptr: IntArray
    first: IntArray
    last: IntArray
    cost: FloatArray
    value: FloatArray
    counts: npt.NDArray[np.bool_]
    group: IntArray
    group_ptr: IntArray
    most: IntArray
    price: FloatArray
    at: IntArray  # element e is reached by the groups at[e]:at[e + 1]
    groups: npt.NDArray[np.int32]
    size: IntArray  # of a group: the work of measuring it
    plain: bool  # no element needs two actions
    all_count: bool


class State(NamedTuple):
    """A plan `s`, and what every group's best action would add to it."""

    times: npt.NDArray[np.int32]  # each element is covered
    chosen: npt.NDArray[np.bool_]
    used: IntArray  # actions of each group
    score: FloatArray  # of each group's best action: what it adds per price
    best: IntArray  # that action; -1 for none
    tree: IntArray  # tournament of groups by score; node 1 is the best of all
    total: FloatArray  # WORTH of the plan, money LEFT
    number: IntArray  # actions CHOSEN, the TICK of `tabu`, WORK done, actions chosen that are COUNTED
    stamp: npt.NDArray[np.int8]  # groups that are in `touched`
    touched: IntArray  # groups whose gains have changed
    rng: npt.NDArray[np.uint64]


@compiled
def random(state):
    """Return the next number in [0, 1) (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def gain(a, times, weight, need, ptr, first, last, value, plain):
    """Return what an action adds; an element that needs several counts a share that grows towards the last."""
    total = value[a]
    for k in range(ptr[a], ptr[a + 1]):
        for e in range(first[k], last[k]):
            if plain:
                if times[e] == 0:
                    total += weight[e]
            elif times[e] < need[e]:
                total += weight[e] * (2 * times[e] + 1) / (need[e] * need[e])
    return total


@compiled
def lift(g, score, tree):
    """Carry a group's new score up the tournament tree, whose node 1 is the best group of all."""
    i = (g + len(tree) // 2) // 2
    while i >= 1:
        x, y = tree[2 * i], tree[2 * i + 1]
        tree[i] = x if score[x] >= score[y] else y
        i //= 2


@compiled
def measure(g, limit, full, s, p, tabu):
    """Find the best action of a group that costs no more than a limit, and enter its score: what it adds per price.

    If the number is full, actions that count are left out.
    """
    high, who = 0.0, -1
    if s.used[g] < p.most[g]:
        s.number[WORK] += p.size[g]
        for a in range(p.group_ptr[g], p.group_ptr[g + 1]):
            if not s.chosen[a] and p.cost[a] <= limit and tabu[a] != s.number[TICK] and not (full and p.counts[a]):
                adds = gain(a, s.times, p.weight, p.need, p.ptr, p.first, p.last, p.value, p.plain)
                if adds > 1e-9 and adds / p.price[a] > high:
                    high, who = adds / p.price[a], a
    s.score[g], s.best[g] = high, who
    lift(g, s.score, s.tree)


@compiled
def put(a, sign, s, p, n):
    """Choose an action (1) or take it out (-1); note the groups whose gains change in `touched`, n of them so far."""
    s.chosen[a] = sign > 0
    s.used[p.group[a]] += sign
    s.number[CHOSEN] += sign
    if p.counts[a]:
        s.number[COUNTED] += sign
    s.total[WORTH] += sign * p.value[a]
    s.total[LEFT] -= sign * p.cost[a]
    if s.stamp[p.group[a]] == 0:
        s.stamp[p.group[a]] = 1
        s.touched[n] = p.group[a]
        n += 1
    for k in range(p.ptr[a], p.ptr[a + 1]):
        for e in range(p.first[k], p.last[k]):
            before = s.times[e]
            s.times[e] += sign
            if before < p.need[e] and s.times[e] >= p.need[e]:
                s.total[WORTH] += p.weight[e]
            elif before >= p.need[e] and s.times[e] < p.need[e]:
                s.total[WORTH] -= p.weight[e]
            elif before >= p.need[e] or p.plain:
                continue
            for i in range(p.at[e], p.at[e + 1]):
                g = p.groups[i]
                if s.stamp[g] == 0:
                    s.stamp[g] = 1
                    s.touched[n] = g
                    n += 1
    return n


@compiled
def refresh(n, s, p, tabu):
    """Measure the n touched groups anew."""
    for i in range(n):
        s.stamp[s.touched[i]] = 0
        measure(s.touched[i], np.inf, False, s, p, tabu)


@compiled
def fill(s, p, actions, cheapest, tabu, blink, added, skipped):
    """Choose the best action again and again; return how many were added, and how many groups were passed over."""
    n_added, n_skipped = 0, 0
    while n_skipped < len(skipped) and n_added < len(added):
        g, full = s.tree[1], s.number[COUNTED] >= actions
        if s.score[g] <= 0.0 or s.total[LEFT] < cheapest or (full and p.all_count):
            break
        a = s.best[g]
        if p.cost[a] > s.total[LEFT] or (full and p.counts[a]):
            measure(g, s.total[LEFT], full, s, p, tabu)  # something cheaper, or nothing, from now on
            skipped[n_skipped] = g
            n_skipped += 1
            continue
        if blink > 0.0 and random(s.rng) < blink:
            s.score[g] = 0.0
            lift(g, s.score, s.tree)
            skipped[n_skipped] = g
            n_skipped += 1
            continue
        n = put(a, 1, s, p, 0)
        added[n_added] = a
        n_added += 1
        refresh(n, s, p, tabu)
    return n_added, n_skipped


@compiled
def neighbours(seed, wanted, picks, n_picks, s, p, out):
    """Pick up to `wanted` chosen actions to take out: the seed, then others that reach what it reaches, else any."""
    out[0] = seed
    n = 1
    reach = 0
    for k in range(p.ptr[seed], p.ptr[seed + 1]):
        reach += p.last[k] - p.first[k]
    tries = 0
    far = random(s.rng) < FAR or reach == 0
    while n < wanted and tries < 4 * wanted:
        tries += 1
        a = picks[int(random(s.rng) * n_picks)]
        if not far:
            b = out[int(random(s.rng) * n)]
            e = -1
            skip, reached = 0, 0
            for k in range(p.ptr[b], p.ptr[b + 1]):
                reached += p.last[k] - p.first[k]
            if reached > 0:
                skip = int(random(s.rng) * reached)
                for k in range(p.ptr[b], p.ptr[b + 1]):
                    if skip < p.last[k] - p.first[k]:
                        e = p.first[k] + skip
                        break
                    skip -= p.last[k] - p.first[k]
            if e >= 0:
                g = p.groups[p.at[e] + int(random(s.rng) * (p.at[e + 1] - p.at[e]))]
                if s.used[g] == 0:
                    continue
                a = -1
                for c in range(p.group_ptr[g], p.group_ptr[g + 1]):
                    if s.chosen[c] and (a < 0 or random(s.rng) < 0.5):
                        a = c
        known = a < 0
        for i in range(n):
            known = known or out[i] == a
        if not known:
            out[n] = a
            n += 1
    return n


@compiled
def climb(work, heat, most_out, halt, actions, cheapest, s, p, tabu, picks, best_picks, best_total):
    """Try exchanges until so much has been measured; keep the best plan seen.

    What is not worse by more than chance allows, less and less, is accepted (simulated annealing).
    `picks` holds the plan's actions in any order; `best_picks` and `best_total` (worth, number) the best.
    """
    out, added = np.empty(most_out, np.int64), np.empty(8 * most_out + 64, np.int64)
    skipped = np.empty(64, np.int64)
    begun = s.number[WORK]
    while s.number[WORK] - begun < work and s.number[CHOSEN] > 0 and halt[0] == 0:
        n_picks = s.number[CHOSEN]
        s.number[WORK] += 100
        s.number[TICK] += 1
        before, left = s.total[WORTH], s.total[LEFT]
        wanted = 1 + int(random(s.rng) * min(most_out, n_picks))
        n_out = neighbours(picks[int(random(s.rng) * n_picks)], wanted, picks, n_picks, s, p, out)
        n = 0
        for i in range(n_out):
            n = put(out[i], -1, s, p, n)
            if i == 0 or random(s.rng) < 0.3:
                tabu[out[i]] = s.number[TICK]
        refresh(n, s, p, tabu)
        n_added, n_skipped = fill(s, p, actions, cheapest, tabu, BLINK, added, skipped)
        temperature = heat * max(1.0 - (s.number[WORK] - begun) / work, 0.0)
        accepted = s.total[WORTH] >= before + temperature * np.log(max(random(s.rng), 1e-12))
        s.number[TICK] += 1  # nothing is tabu any more
        if not accepted:
            n = 0
            for i in range(n_added):
                n = put(added[i], -1, s, p, n)
            for i in range(n_out):
                n = put(out[i], 1, s, p, n)
            refresh(n, s, p, tabu)
            s.total[WORTH], s.total[LEFT] = before, left
        else:
            for i in range(n_out):
                measure(p.group[out[i]], np.inf, False, s, p, tabu)
        for i in range(n_skipped):
            measure(skipped[i], np.inf, False, s, p, tabu)
        if not accepted:
            continue
        kept = 0
        for i in range(n_picks):
            if s.chosen[picks[i]]:
                picks[kept] = picks[i]
                s.chosen[picks[i]] = False  # seen; restored below
                kept += 1
        for i in range(n_added):
            if s.chosen[added[i]]:
                picks[kept] = added[i]
                s.chosen[added[i]] = False
                kept += 1
        for i in range(kept):
            s.chosen[picks[i]] = True
        if s.total[WORTH] > best_total[0] + 1e-9:
            best_total[0], best_total[1] = s.total[WORTH], kept
            for i in range(kept):
                best_picks[i] = picks[i]


@compiled
def measure_again(some, s, p, tabu):
    """Measure some groups."""
    for g in some:
        measure(g, np.inf, False, s, p, tabu)


@compiled
def measure_all(s, p, tabu):
    """Measure all groups."""
    for g in range(len(p.most)):
        measure(g, np.inf, False, s, p, tabu)


@compiled
def replace_with(plan, s, p, tabu):
    """Make the state that of a plan."""
    wanted = np.zeros(len(s.chosen), np.bool_)
    wanted[plan] = True
    for a in range(len(s.chosen)):
        if s.chosen[a] and not wanted[a]:
            refresh(put(a, -1, s, p, 0), s, p, tabu)
    for a in plan:
        if not s.chosen[a]:
            refresh(put(a, 1, s, p, 0), s, p, tabu)
