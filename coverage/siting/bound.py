"""The best affordable choice of views, were their gains simply added up: a knapsack, bounded by a price on money."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PRICES_TRIED = 36  # by golden section: the price is then known to 3e-8 of the highest there could be


@dataclass(frozen=True)
class Relaxed:
    """The answer of :func:`best_sum`.

    Parameters
    ----------
    value : float
        No choice within the limits has a greater sum of gains.
    mount, model, times : int64 arrays, shape (c,)
        The views that make up the relaxed optimum, what is free among them; with a budget it may be out by one view.
    price : float
        Gain per unit of money at which the budget is just used up.
    floor : float
        What the least paid view among them gains on top of what is free at its place, less the price of its cost; 0
        if another view were allowed.
    """

    value: float
    mount: IntArray
    model: IntArray
    times: IntArray
    price: float
    floor: float


def best_sum(
    gains: FloatArray,
    costs: FloatArray,
    budget: float,
    most: int,
    capacity: int | IntArray = 1,
    prices: tuple[float, float] | None = None,
) -> Relaxed:  # fmt: skip
    """Bound the summed gain of any affordable choice of views.

    The budget is relaxed with a price per unit of money (a Lagrange multiplier): for every price >= 0,

        price * budget + what is free + the `most` greatest values of (gain - price * cost - gain of what is free there)

    is a valid bound, convex in the price; the least is searched for by golden section. Cameras come whole: offers that
    cost more than the budget are left out, and no more views count than the budget buys of the cheapest.

    Parameters
    ----------
    gains : float64 array, shape (s, m)
        Of the best heading of each offer at each place [m], not negative; upper bounds will do.
    costs : float64 array, shape (m,) or (s, m)
        0 is free, infinite not on offer.
    budget : float
        May be infinite.
    most : int
        Paid views at most; what is free does not count.
    capacity : int or int64 array, shape (s,)
        Views per place at most; they may all be of the best heading and offer. A place with something free has one.
    prices : (low, high), optional
        Look for the price of money between these only, which is faster; any price proves a bound.
    """
    offer = _Market(gains, costs, capacity, budget, prices[0] if prices else 0.0)
    most = min(most, int(offer.capacity.sum()))
    if np.isfinite(budget):
        most = min(most, int(budget / offer.cheapest))

    def value_at(price: float) -> float:
        return offer.kept + offer.top_sum(offer.surplus(price), most) + (price and price * budget)

    low, high = prices or (0.0, offer.dearest_price)
    price = _least(value_at, low, high) if np.isfinite(budget) and most > 0 else low
    surplus = offer.surplus(price)
    order = np.argsort(-surplus, kind="stable")
    before = np.cumsum(offer.capacity[order]) - offer.capacity[order]
    order = order[before < most]
    times = np.minimum(offer.capacity[order], most - before[: len(order)])
    floor = float(surplus[order[-1]]) if len(order) else 0.0
    bought = surplus[order] > 0
    mount, times = order[bought], times[bought]
    model = offer.reduced(price)[mount].argmax(axis=1)
    kept = np.setdiff1d(np.flatnonzero(offer.free > 0), mount)
    return Relaxed(
        value_at(price) if most > 0 else offer.kept,
        offer.rows[np.append(mount, kept)],
        np.append(model, offer.free_model[kept]),
        np.append(times, np.ones(len(kept), np.int64)),
        price,
        floor,
    )


class _Market:
    """Gains and costs of the places where something may be chosen."""

    def __init__(
        self, gains: FloatArray, costs: FloatArray, capacity: int | IntArray, budget: float, price: float = 0.0
    ) -> None:
        """Leave out the places where nothing is worth any `price` of money from here on."""
        every = np.broadcast_to(np.asarray(capacity, dtype=np.int64), len(gains))
        costs = np.broadcast_to(costs, gains.shape)
        worth = gains > price * np.where(np.isfinite(costs), costs, 0.0)
        self.rows = np.flatnonzero((every > 0) & (worth | (costs == 0)).any(axis=1))
        self.capacity, self.gains = every[self.rows], gains[self.rows]
        every_cost, costs = costs, costs[self.rows]
        self.paid = (costs > 0) & np.isfinite(costs) & (costs <= budget)
        self.costs = np.where(self.paid, costs, 0.0)
        given = np.where(costs == 0, self.gains, 0.0)
        self.free, self.free_model = given.max(axis=1, initial=0.0), given.argmax(axis=1)
        self.kept = float(self.free.sum())
        self.cheapest = float(every_cost.min(initial=np.inf, where=every_cost > 0))

    @property
    def dearest_price(self) -> float:
        """Gain per cost of the best bargain: at a higher price nothing is bought."""
        return float(
            np.divide(self.gains, self.costs, out=np.zeros(self.gains.shape), where=self.paid).max(initial=0.0)
        )

    def reduced(self, price: float) -> FloatArray:
        """Return gain less price of cost of every paid offer, below zero where there is none, shape (r, m)."""
        value: FloatArray = np.where(self.paid, self.gains - price * self.costs, -1.0)
        return value

    def surplus(self, price: float) -> FloatArray:
        """Return by how much the best paid offer beats what is free at its place, 0 if it does not, shape (r,)."""
        value: FloatArray = np.maximum(self.reduced(price).max(axis=1, initial=0.0) - self.free, 0.0)
        return value

    def top_sum(self, surplus: FloatArray, most: int) -> float:
        """Return the sum of the `most` greatest surpluses, each taken as often as its place allows."""
        if most >= self.capacity.sum():
            return float(surplus @ self.capacity)
        if (self.capacity == 1).all():
            return float(np.partition(surplus, len(surplus) - most)[len(surplus) - most :].sum()) if most else 0.0
        order = np.argsort(-surplus, kind="stable")
        before = np.cumsum(self.capacity[order]) - self.capacity[order]
        return float(surplus[order] @ np.clip(most - before, 0, self.capacity[order]))


@dataclass(frozen=True)
class Ceiling:
    """What no choice can gain more than, for every budget and number of paid views.

    Parameters
    ----------
    price, level : float64 arrays, shape (l,)
        For a budget b no choice gains more than any ``level + price * b`` [m per money, m].
    by_count : float64 array, shape (n + 1,)
        With 0, 1, ... n paid views no choice gains more [m]; with more than n at most ``by_count[n]`` holds no longer.
    cheapest : float
        The least price above zero.
    """

    price: FloatArray
    level: FloatArray
    by_count: FloatArray
    cheapest: float

    @staticmethod
    def none() -> "Ceiling":
        """Return the ceiling of a choice among nothing."""
        return Ceiling(np.zeros(1), np.zeros(1), np.zeros(1), np.inf)

    def at(self, money: float, count: int) -> float:
        """Return the least bound for a budget, perhaps infinite, and a number of paid views [m]."""
        if np.isfinite(money):
            count = min(count, int(money / self.cheapest))
        bounds = [self.by_count[count]] if count < len(self.by_count) else []
        if np.isfinite(money):
            bounds.append(float((self.level + self.price * money).min()))
        else:
            bounds.append(float(self.level[self.price == 0].min()))
        return float(min(bounds))

    def with_other(self, other: "Ceiling") -> "Ceiling":
        """Return the lower of two ceilings of the same choice."""
        return Ceiling(
            np.append(self.price, other.price), np.append(self.level, other.level),
            np.minimum(self.by_count, other.by_count), self.cheapest,
        )  # fmt: skip


def ceiling(given_away: float, gains: FloatArray, costs: FloatArray, capacity: int | IntArray, most: int) -> Ceiling:
    """Return the bounds that one set of gains proves.

    Parameters
    ----------
    given_away : float
        What counts whether it is chosen or not [m]; 0 if the gains are lengths.
    gains, costs, capacity
        As :func:`best_sum` takes them.
    most : int
        Paid views up to which the bounds by number are wanted.
    """
    offer = _Market(gains, costs, capacity, np.inf)
    worth = np.divide(offer.gains, offer.costs, out=np.zeros(offer.gains.shape), where=offer.paid).max(
        axis=1, initial=0.0
    )
    quantiles = np.quantile(worth[worth > 0], np.linspace(0, 1, PRICES_TRIED)) if (worth > 0).any() else []
    prices = np.unique(np.concatenate([[0.0], quantiles]))
    level = [given_away + offer.kept + float(offer.surplus(p) @ offer.capacity) for p in prices]
    surplus = offer.surplus(0.0)
    order = np.argsort(-surplus, kind="stable")
    best = np.repeat(surplus[order], offer.capacity[order])[:most]
    best = np.concatenate([[0.0], best, np.zeros(most - len(best))])
    return Ceiling(prices, np.array(level), given_away + offer.kept + np.cumsum(best), offer.cheapest)


def _least(value_at: Callable[[float], float], low: float, high: float) -> float:
    """Return where in [low, high] a convex function is least, to the golden section's precision."""
    golden = (np.sqrt(5) - 1) / 2
    best = min((value_at(low), low), (value_at(high), high))
    a, b = high - golden * (high - low), low + golden * (high - low)
    at_a, at_b = value_at(a), value_at(b)
    for _ in range(PRICES_TRIED):
        best = min(best, (at_a, a), (at_b, b))
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - golden * (high - low)
            at_a = value_at(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + golden * (high - low)
            at_b = value_at(b)
    return best[1]
