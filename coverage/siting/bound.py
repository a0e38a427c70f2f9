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
        The views that make up the relaxed optimum; with a budget it may be out by one view.
    price : float
        Gain per unit of money at which the budget is just used up.
    floor : float
        Gain less the price of its cost of the least view among them; 0 if another view were allowed.
    """

    value: float
    mount: IntArray
    model: IntArray
    times: IntArray
    price: float
    floor: float


def best_sum(gains: FloatArray, costs: FloatArray, budget: float, most: int, per_mount: int = 1) -> Relaxed:
    """Bound the summed gain of any affordable choice of views.

    The budget is relaxed with a price per unit of money (a Lagrange multiplier): for every price >= 0,

        price * budget + the `most` greatest values of (gain - price * cost)

    is a valid bound, convex in the price; the least is searched for by golden section. Cameras come whole: models that
    cost more than the budget are left out, and no more views count than the budget buys of the cheapest model.

    Parameters
    ----------
    gains : float64 array, shape (s, m)
        Of the best heading of each model at each mount [m], not negative; upper bounds will do.
    costs : float64 array, shape (m,)
    budget : float
        May be infinite.
    most : int
        Views at most.
    per_mount : int
        Views per mount at most; they may all be of the best heading and model.
    """
    affordable = costs <= budget
    most = min(most, len(gains) * per_mount)
    if affordable.any() and np.isfinite(budget):
        most = min(most, int(budget / costs[affordable].min()))
    if most == 0 or not affordable.any():
        none = np.empty(0, np.int64)
        return Relaxed(0.0, none, none, none, 0.0, 0.0)
    mounts = -(-most // per_mount)
    last = most - per_mount * (mounts - 1)  # views at the last of them
    by_model = np.where(affordable[:, None], gains.T, 0.0)

    def value_at(price: float) -> float:
        value = np.max([row - price * cost for row, cost in zip(by_model, costs, strict=True)], axis=0)
        if mounts < len(value):
            value = np.partition(value, len(value) - mounts)[len(value) - mounts :]
        value = np.maximum(value, 0.0)
        return per_mount * float(value.sum()) - (per_mount - last) * float(value.min()) + (price and price * budget)

    price = 0.0
    if np.isfinite(budget):
        price = _least(value_at, float((by_model / costs[:, None]).max()))
    reduced = by_model - price * costs[:, None]
    best = reduced.max(axis=0)
    order = np.argsort(-best, kind="stable")[:mounts]
    times = np.full(mounts, per_mount)
    times[-1] = last
    floor = max(float(best[order[-1]]), 0.0)
    keep = best[order] > 0
    mount = order[keep]
    return Relaxed(value_at(price), mount, reduced[:, mount].argmax(axis=0), times[keep], price, floor)


def _least(value_at: Callable[[float], float], high: float) -> float:
    """Return where in [0, high] a convex function is least, to the golden section's precision."""
    golden = (np.sqrt(5) - 1) / 2
    best = min((value_at(0.0), 0.0), (value_at(high), high))
    low = 0.0
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
