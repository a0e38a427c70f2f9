"""Upper bounds on what any choice of views could gain within a budget and a number of sites."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def most_of(gains: FloatArray, costs: FloatArray, budget: float, sites: int, per_mount: int = 1) -> float:
    """Bound the summed gain of any affordable choice of views, were gains simply added up.

    Covered length is submodular, so for any set S of views already placed and any plan T,

        f(T) <= f(S) + sum over T of (what each view alone adds to S).

    The sum is bounded by relaxing the budget with a price per unit of money (a Lagrange multiplier): for every
    price >= 0, ``price * budget + the `sites` best values of (gain - price * cost)`` is a valid bound; the best price
    is searched for.

    Parameters
    ----------
    gains : float64 array, shape (s, m)
        What the best heading of each model adds at each mount [m]; upper bounds will do.
    costs : float64 array, shape (m,)
    budget : float
        May be infinite.
    sites : int
        Views at most.
    per_mount : int
        Views per mount at most.

    Returns
    -------
    float
        [m]
    """
    if sites == 0 or len(gains) == 0:
        return 0.0
    most = min(sites, len(gains) * per_mount)

    def relaxed(price: float) -> float:
        value = np.maximum((gains - price * costs).max(axis=1), 0.0)
        keep = min(-(-most // per_mount), len(value))  # a mount counts up to per_mount times
        top = np.sort(np.partition(value, len(value) - keep)[len(value) - keep :])[::-1]
        times = np.full(keep, per_mount)
        times[-1] = most - per_mount * (keep - 1)
        return float((top * times).sum()) + (price * budget if price else 0.0)

    if not np.isfinite(budget):
        return relaxed(0.0)
    low, high = 0.0, float((gains / costs).max())
    best = min(relaxed(low), relaxed(high))
    golden = (np.sqrt(5) - 1) / 2
    a, b = high - golden * (high - low), low + golden * (high - low)
    value_a, value_b = relaxed(a), relaxed(b)
    for _ in range(60):  # the relaxed value is convex in the price
        best = min(best, value_a, value_b)
        if value_a <= value_b:
            high, b, value_b = b, a, value_a
            a = high - golden * (high - low)
            value_a = relaxed(a)
        else:
            low, a, value_a = a, b, value_b
            b = low + golden * (high - low)
            value_b = relaxed(b)
    return min(best, value_a, value_b)
