"""Changing what stands already: which cameras to turn, mend or replace before money goes into new mounts."""

import heapq
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.greedy import LEAST_GAIN
from camgap.coverage.siting.regroup import Draft, Placed

FloatArray = npt.NDArray[np.float64]


def kept_views(choices: Choices, covered: Stretches) -> list[Pick]:
    """Return what is to be had for nothing, wherever there is something: the cameras left as they are.

    Parameters
    ----------
    covered : Stretches
        What is in view anyway; each view's gain counts from here, in the order of the places.
    """
    mounts = np.flatnonzero(choices.has_free & (choices.capacity > 0))
    model = (choices.costs[mounts] == 0).argmax(axis=1) if len(mounts) else mounts
    step = choices.offers.headings[choices.kind[mounts], model].argmax(axis=1) if len(mounts) else mounts
    azimuth = choices.azimuth_of(mounts, model, step)
    picks = [Pick(int(s), int(m), float(a), 0.0, 0.0) for s, m, a in zip(mounts, model, azimuth, strict=True)]
    return Draft(choices, covered, picks, np.inf, 0).in_order() if picks else []


def put_up(
    choices: Choices,
    covered: Stretches,
    kept: list[Pick],
    forced: Sequence[int],
    budget: float,
    most: int,
    by_gain: bool,
) -> list[Pick]:
    """Put the best paid view at each of the places that must have one; return all views that stand then.

    Parameters
    ----------
    forced : sequence of int
        Places that can all have one within the limits: as many, for the sum of their :func:`least_prices`.
    """
    if not forced:
        return kept
    least = least_prices(choices, forced)
    free = [p for p in kept if p.mount not in set(forced)]
    draft = Draft(choices, covered, free, budget, most)
    for i, place in enumerate(forced):
        gain, step = choices.best_gains(np.array([place]), draft.reached, least=-np.inf)
        costs = choices.costs[place]
        affordable = (costs > 0) & (costs <= draft.left - least[i + 1 :].sum())
        price = np.where(affordable & (not by_gain), costs, 1.0)
        model = int(np.where(affordable, gain[0] / price, -np.inf).argmax())
        azimuth = float(choices.azimuth_of(np.array([place]), np.array([model]), step[:, model])[0])
        draft.add(Placed(place, model, azimuth, choices.stretches_of(place, model, azimuth)))
    return draft.in_order()


def least_prices(choices: Choices, places: Sequence[int]) -> FloatArray:
    """Return what the cheapest paid view at each of some places costs, infinite where none may look anywhere."""
    rows = np.array(places, np.int64)
    paid = (choices.costs[rows] > 0) & choices.offers.headings[choices.kind[rows]].any(axis=2)
    return np.asarray(choices.costs[rows].min(axis=1, where=paid, initial=np.inf), np.float64)


def turn(
    choices: Choices, covered: Stretches, kept: Sequence[Pick], budget: float, most: int, worth: float, by_gain: bool
) -> list[Pick]:
    """Replace free views by paid ones at the same place while that gains at least `worth` per unit of money (or each).

    A view that is turned no longer sees what it saw: what counts is the difference. It may grow as others turn away, so
    the order is that of the gains last known, best first, and every one is measured again before it is taken.

    Parameters
    ----------
    covered : Stretches
        What is in view without the free views.
    kept : sequence of Pick
        The free views, and paid ones that stay.
    by_gain : bool
        Compare gains, not gains per cost.

    Returns
    -------
    list of Pick
        Free views left and paid views put in, in greedy order.
    """
    draft = Draft(choices, covered, list(kept), budget, most)
    heap = [(-np.inf, key) for key, view in draft.placed.items() if choices.costs[view.mount, view.model] == 0]
    while heap:
        _, key = heapq.heappop(heap)
        old = draft.placed[key]
        best = _best_turn(draft, old, key, by_gain)
        if best is None or best[0] <= worth:
            continue
        if heap and (-best[0], key) > heap[0]:
            heapq.heappush(heap, (-best[0], key))
            continue
        draft.replace(key, best[1])
    return draft.in_order()


def _best_turn(draft: Draft, old: Placed, key: int, by_gain: bool) -> tuple[float, Placed] | None:
    """Return the worth of the best paid view at the place of a free one, and the view; None if nothing gains."""
    choices, costs = draft.choices, draft.choices.costs[old.mount]
    reached = draft.reached_without([key])
    lost = draft.reached.length - reached.length
    gain, step = choices.best_gains(np.array([old.mount]), reached)
    allowed = (costs > 0) & (costs <= draft.left) & (draft.paid < draft.most) & draft.open_elsewhere(old.mount)
    added = np.where(allowed, gain[0] - lost, 0.0)
    worth = np.where(added >= LEAST_GAIN, added / (1.0 if by_gain else np.where(costs > 0, costs, 1.0)), 0.0)
    model = int(worth.argmax())
    if worth[model] <= 0.0:
        return None
    azimuth = float(choices.azimuth_of(np.array([old.mount]), np.array([model]), step[:, model])[0])
    return float(worth[model]), Placed(old.mount, model, azimuth, choices.stretches_of(old.mount, model, azimuth))
