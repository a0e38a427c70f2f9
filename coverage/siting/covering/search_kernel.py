"""Compiled local search: take a few neighbouring actions out, choose anew, keep what is better."""

import numpy as np

from camgap.coverage.sight.kernel import compiled

BLINK = 0.04  # chance of passing over the best group while choosing anew
FAR = 0.2  # chance that the actions taken out are not neighbours
WORTH, LEFT, CHOSEN, TICK, WORK = 0, 1, 0, 1, 2  # places in `total` and in `number`


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


@compiled
def gain(a, times, weight, need, ptr, first, last, value, plain):
    """Return what an action adds; an element that needs several counts a share of its weight that grows towards the last."""
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
def measure(g, limit, state, problem, tabu):
    """Find the best action of a group that costs no more than a limit, and enter its score: what it adds per price."""
    weight, need, ptr, first, last, cost, value, group, group_ptr, most, price, at, groups, size, plain = problem
    times, chosen, used, score, best, tree, total, number, stamp, touched, rng = state
    high, who = 0.0, -1
    if used[g] < most[g]:
        number[WORK] += size[g]
        for a in range(group_ptr[g], group_ptr[g + 1]):
            if not chosen[a] and cost[a] <= limit and tabu[a] != number[TICK]:
                s = gain(a, times, weight, need, ptr, first, last, value, plain)
                if s > 1e-9 and s / price[a] > high:
                    high, who = s / price[a], a
    score[g], best[g] = high, who
    lift(g, score, tree)


@compiled
def put(a, sign, state, problem, n):
    """Choose an action (1) or take it out (-1); note the groups whose gains change in `touched`, n of them so far."""
    weight, need, ptr, first, last, cost, value, group, group_ptr, most, price, at, groups, size, plain = problem
    times, chosen, used, score, best, tree, total, number, stamp, touched, rng = state
    chosen[a] = sign > 0
    used[group[a]] += sign
    number[CHOSEN] += sign
    total[WORTH] += sign * value[a]
    total[LEFT] -= sign * cost[a]
    if stamp[group[a]] == 0:
        stamp[group[a]] = 1
        touched[n] = group[a]
        n += 1
    for k in range(ptr[a], ptr[a + 1]):
        for e in range(first[k], last[k]):
            before = times[e]
            times[e] += sign
            if before < need[e] and times[e] >= need[e]:
                total[WORTH] += weight[e]
            elif before >= need[e] and times[e] < need[e]:
                total[WORTH] -= weight[e]
            elif before >= need[e] or plain:
                continue
            for i in range(at[e], at[e + 1]):
                g = groups[i]
                if stamp[g] == 0:
                    stamp[g] = 1
                    touched[n] = g
                    n += 1
    return n


@compiled
def refresh(n, state, problem, tabu):
    """Measure the n touched groups anew."""
    times, chosen, used, score, best, tree, total, number, stamp, touched, rng = state
    for i in range(n):
        stamp[touched[i]] = 0
        measure(touched[i], np.inf, state, problem, tabu)


@compiled
def fill(state, problem, actions, cheapest, tabu, blink, added, skipped):
    """Choose the best action again and again; return how many were added, and how many groups were passed over."""
    times, chosen, used, score, best, tree, total, number, stamp, touched, rng = state
    cost = problem[5]
    n_added, n_skipped = 0, 0
    while number[CHOSEN] < actions and n_skipped < len(skipped) and n_added < len(added):
        g = tree[1]
        if score[g] <= 0.0 or total[LEFT] < cheapest:
            break
        a = best[g]
        if cost[a] > total[LEFT]:
            measure(g, total[LEFT], state, problem, tabu)  # something cheaper, or nothing, from now on
            skipped[n_skipped] = g
            n_skipped += 1
            continue
        if blink > 0.0 and random(rng) < blink:
            score[g] = 0.0
            lift(g, score, tree)
            skipped[n_skipped] = g
            n_skipped += 1
            continue
        n = put(a, 1, state, problem, 0)
        added[n_added] = a
        n_added += 1
        refresh(n, state, problem, tabu)
    return n_added, n_skipped


@compiled
def neighbours(seed, wanted, picks, n_picks, state, problem, out):
    """Pick up to `wanted` chosen actions to take out: the seed, then others that reach what it reaches, else any."""
    weight, need, ptr, first, last, cost, value, group, group_ptr, most, price, at, groups, size, plain = problem
    times, chosen, used, score, best, tree, total, number, stamp, touched, rng = state
    out[0] = seed
    n = 1
    reach = 0
    for k in range(ptr[seed], ptr[seed + 1]):
        reach += last[k] - first[k]
    tries = 0
    far = random(rng) < FAR or reach == 0
    while n < wanted and tries < 4 * wanted:
        tries += 1
        a = picks[int(random(rng) * n_picks)]
        if not far:
            b = out[int(random(rng) * n)]
            e = -1
            skip, size = 0, 0
            for k in range(ptr[b], ptr[b + 1]):
                size += last[k] - first[k]
            if size > 0:
                skip = int(random(rng) * size)
                for k in range(ptr[b], ptr[b + 1]):
                    if skip < last[k] - first[k]:
                        e = first[k] + skip
                        break
                    skip -= last[k] - first[k]
            if e >= 0:
                g = groups[at[e] + int(random(rng) * (at[e + 1] - at[e]))]
                if used[g] == 0:
                    continue
                a = -1
                for c in range(group_ptr[g], group_ptr[g + 1]):
                    if chosen[c] and (a < 0 or random(rng) < 0.5):
                        a = c
        known = a < 0
        for i in range(n):
            known = known or out[i] == a
        if not known:
            out[n] = a
            n += 1
    return n


@compiled
def climb(work, heat, most_out, halt, actions, cheapest, state, problem, tabu, picks, best_picks, best_total):
    """Try exchanges until so much has been measured; accept what is not worse by more than chance allows, less and less; keep the best plan seen.

    `picks` holds the plan's actions in any order; `best_picks` and `best_total` (worth, number) the best.
    """
    weight, need, ptr, first, last, cost, value, group, group_ptr, most, price, at, groups, size, plain = problem
    times, chosen, used, score, best, tree, total, number, stamp, touched, rng = state
    out, added = np.empty(most_out, np.int64), np.empty(8 * most_out + 64, np.int64)
    skipped = np.empty(64, np.int64)
    begun = number[WORK]
    while number[WORK] - begun < work and number[CHOSEN] > 0 and halt[0] == 0:
        n_picks = number[CHOSEN]
        number[WORK] += 100
        number[TICK] += 1
        before, left = total[WORTH], total[LEFT]
        wanted = 1 + int(random(rng) * min(most_out, n_picks))
        n_out = neighbours(picks[int(random(rng) * n_picks)], wanted, picks, n_picks, state, problem, out)
        n = 0
        for i in range(n_out):
            n = put(out[i], -1, state, problem, n)
            if i == 0 or random(rng) < 0.3:
                tabu[out[i]] = number[TICK]
        refresh(n, state, problem, tabu)
        n_added, n_skipped = fill(state, problem, actions, cheapest, tabu, BLINK, added, skipped)
        temperature = heat * max(1.0 - (number[WORK] - begun) / work, 0.0)
        accepted = total[WORTH] >= before + temperature * np.log(max(random(rng), 1e-12))
        number[TICK] += 1  # nothing is tabu any more
        if not accepted:
            n = 0
            for i in range(n_added):
                n = put(added[i], -1, state, problem, n)
            for i in range(n_out):
                n = put(out[i], 1, state, problem, n)
            refresh(n, state, problem, tabu)
            total[WORTH], total[LEFT] = before, left
        else:
            for i in range(n_out):
                measure(group[out[i]], np.inf, state, problem, tabu)
        for i in range(n_skipped):
            measure(skipped[i], np.inf, state, problem, tabu)
        if not accepted:
            continue
        kept = 0
        for i in range(n_picks):
            if chosen[picks[i]]:
                picks[kept] = picks[i]
                chosen[picks[i]] = False  # seen; restored below
                kept += 1
        for i in range(n_added):
            if chosen[added[i]]:
                picks[kept] = added[i]
                chosen[added[i]] = False
                kept += 1
        for i in range(kept):
            chosen[picks[i]] = True
        if total[WORTH] > best_total[0] + 1e-9:
            best_total[0], best_total[1] = total[WORTH], kept
            best_picks[:kept] = picks[:kept]


@compiled
def measure_again(some, state, problem, tabu):
    """Measure some groups."""
    for g in some:
        measure(g, np.inf, state, problem, tabu)


@compiled
def measure_all(state, problem, tabu):
    """Measure all groups."""
    for g in range(len(problem[9])):
        measure(g, np.inf, state, problem, tabu)


@compiled
def replace_with(plan, state, problem, tabu):
    """Make the state that of a plan."""
    chosen = state[1]
    wanted = np.zeros(len(chosen), np.bool_)
    wanted[plan] = True
    for a in range(len(chosen)):
        if chosen[a] and not wanted[a]:
            refresh(put(a, -1, state, problem, 0), state, problem, tabu)
    for a in plan:
        if not chosen[a]:
            refresh(put(a, 1, state, problem, 0), state, problem, tabu)
