"""Compiled rounds of the Lagrangian dual."""

import numpy as np

from camgap.coverage.sight.kernel import compiled

MEMORY = 0.7  # share of the last direction kept: damps the zigzag of subgradients
FADE = 0.03  # weight of one round in how often an action is chosen
PRICES = 8  # prices of money tried per round
BOUND, PRICE, STEP, STALLED, SPREAD, BEST_PRICE = 0, 1, 2, 3, 4, 5  # places in `state`


@compiled
def worths(u, ptr, first, last, value, out):
    """Fill in each action's value: its own, and the multipliers of all it covers."""
    before = np.zeros(len(u) + 1)
    for e in range(len(u)):
        before[e + 1] = before[e] + u[e]
    for a in range(len(ptr) - 1):
        total = value[a]
        for k in range(ptr[a], ptr[a + 1]):
            total += before[last[k]] - before[first[k]]
        out[a] = total


@compiled
def nth_least(x, n):
    """Return what would be x[n] if x were sorted; x is rearranged (quickselect, Hoare 1961)."""
    low, high = 0, len(x) - 1
    while low < high:
        middle = x[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while x[i] < middle:
                i += 1
            while x[j] > middle:
                j -= 1
            if i <= j:
                x[i], x[j] = x[j], x[i]
                i += 1
                j -= 1
        if n <= j:
            high = j
        elif n >= i:
            low = i
        else:
            break
    return x[n]


@compiled
def relaxed_choice(worth, cost, counts, price, group_ptr, most, count, action, reduced):
    """Choose the best actions by worth less priced cost, within groups and number; return how many, and their sum.

    `action` and `reduced` are filled with the choice; any with a reduced worth above 0. An action that counts competes
    for the number with what it is worth beyond the best one of its group that does not, which else takes its place.
    """
    n, counted = 0, 0
    surplus, instead = np.empty(len(action)), np.empty(len(action), np.int64)
    for g in range(len(most)):
        low, high = group_ptr[g], group_ptr[g + 1]
        if most[g] == 1:
            best, at, best_free, at_free = 0.0, -1, 0.0, -1
            for a in range(low, high):
                r = worth[a] - price * cost[a]
                if counts[a] and r > best:
                    best, at = r, a
                elif not counts[a] and r > best_free:
                    best_free, at_free = r, a
            if at >= 0 and best > best_free:
                action[n], reduced[n], surplus[n], instead[n] = at, best, best - best_free, at_free
                counted += 1
                n += 1
            elif at_free >= 0:
                action[n], reduced[n], surplus[n] = at_free, best_free, np.inf
                n += 1
            continue
        begin = n
        for a in range(low, high):
            r = worth[a] - price * cost[a]
            if r > 0.0:
                action[n], reduced[n] = a, r
                n += 1
        while n - begin > most[g]:  # the least of them goes
            at = begin
            for i in range(begin + 1, n):
                if reduced[i] < reduced[at]:
                    at = i
            n -= 1
            action[at], reduced[at] = action[n], reduced[n]
        for i in range(begin, n):
            surplus[i], instead[i] = reduced[i] if counts[action[i]] else np.inf, -1
            counted += counts[action[i]]
    if counted > count:
        floor = nth_least(surplus[:n].copy(), counted - count) if count > 0 else np.inf
        above = 0
        for i in range(n):
            above += surplus[i] > floor and surplus[i] < np.inf
        kept, ties = 0, count - above
        for i in range(n):
            if surplus[i] == np.inf or surplus[i] > floor or (surplus[i] == floor and ties > 0):
                ties -= surplus[i] == floor
                action[kept], reduced[kept] = action[i], reduced[i]
                kept += 1
            elif instead[i] >= 0:
                action[kept], reduced[kept] = instead[i], worth[instead[i]] - price * cost[instead[i]]
                kept += 1
        n = kept
    total = 0.0
    for i in range(n):
        total += reduced[i]
    return n, total


@compiled
def best_price(worth, cost, counts, group_ptr, most, money, count, action, reduced, state):
    """Look for the price of money with the least bound; fill in its choice; return how many, and the bound's part."""
    if money == np.inf:
        state[PRICE] = 0.0  # one carried over from a problem with a budget says nothing here
        return relaxed_choice(worth, cost, counts, 0.0, group_ptr, most, count, action, reduced)
    price, spread = state[PRICE], state[SPREAD]
    best, best_at, last = np.inf, price, 0
    for _ in range(PRICES):
        n, total = relaxed_choice(worth, cost, counts, price, group_ptr, most, count, action, reduced)
        spent = 0.0
        for i in range(n):
            spent += cost[action[i]]
        if total + price * money < best:
            best, best_at = total + price * money, price
        if spent > money:
            if last < 0:
                spread /= 2
            price = price * (1 + spread) if price > 0.0 else (total / spent) * 0.1
            last = 1
        elif price > 0.0:
            if last > 0:
                spread /= 2
            price = price / (1 + spread)
            last = -1
        else:
            break
    state[PRICE] = best_at
    state[SPREAD] = min(max(spread * 1.5, 1e-4), 1.0)
    n, total = relaxed_choice(worth, cost, counts, best_at, group_ptr, most, count, action, reduced)
    return n, total + best_at * money


@compiled
def descend(
    rounds, patience, target, halt, weight, need, ptr, first, last, cost, value, counts, group_ptr, most, money, count,
    u, best_u, direction, state, share,
):  # fmt: skip
    """Do so many rounds of the subgradient method.

    u, the best u, the direction, the state and how often each action is chosen are carried on.
    The bound of multipliers u >= 0 on elements is

        sum of max(weight - need u, 0)  +  the best sum of action values within the limits, a relaxed knapsack,

    where an action's value is its own plus the u of all it covers. Steps are measured per weight, as on the axis.
    """
    elements, actions = len(weight), len(cost)
    worth = np.empty(actions)
    action, reduced = np.empty(actions, np.int64), np.empty(actions)
    times = np.empty(elements + 1, np.int64)
    for done in range(rounds):
        if halt[0] != 0:
            return done
        worths(u, ptr, first, last, value, worth)
        n, bound = best_price(worth, cost, counts, group_ptr, most, money, count, action, reduced, state)
        for e in range(elements):
            bound += weight[e] - need[e] * u[e]
        if bound < state[BOUND]:
            state[BEST_PRICE] = state[PRICE]
            if bound < state[BOUND] - 1e-5 * (state[BOUND] - target):
                state[STALLED] = 0
            state[BOUND] = bound
            for e in range(elements):
                best_u[e] = u[e]
        state[STALLED] += 1
        if state[STALLED] > patience:
            state[STALLED] = 0
            state[STEP] /= 2
            for e in range(elements):
                u[e] = best_u[e]
                direction[e] = 0.0
            continue
        if bound <= target or state[STEP] < 1e-4:
            return done + 1
        for e in range(elements + 1):
            times[e] = 0
        for a in range(actions):
            share[a] *= 1 - FADE
        for i in range(n):
            share[action[i]] += FADE
            for k in range(ptr[action[i]], ptr[action[i] + 1]):
                times[first[k]] += 1
                times[last[k]] -= 1
        norm, here = 0.0, 0
        for e in range(elements):
            here += times[e]
            d = MEMORY * direction[e] + (here - need[e])
            if (u[e] <= 0.0 and d > 0.0) or (u[e] * need[e] >= weight[e] and d < 0.0):
                d = 0.0
            direction[e] = d
            norm += weight[e] * d * d
        if norm == 0.0:
            return done + 1
        size = state[STEP] * (bound - target) / norm * (1 - MEMORY)
        for e in range(elements):
            u[e] = min(max(u[e] - size * weight[e] * direction[e], 0.0), weight[e] / need[e])
    return rounds
