"""Lazy greedy choice of views on the street axis.

Gains only shrink as coverage grows (coverage is submodular), so a mount's last known gain bounds its present one: a
heap of old gains tells which mount is worth measuring again.
"""

import heapq
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting import gains
from camgap.coverage.siting.choices import Choices, Density, Pick

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Stages = Callable[[str, int, int], None]  # name of the stage, steps done, steps in all

LEAST_GAIN = 0.05  # [m] a camera that adds less adds nothing


def stage(progress: Stages | None, name: str) -> Progress | None:
    """Return a progress callback for one named stage."""
    return (lambda done, total: progress(name, done, total)) if progress else None


def within(progress: Stages | None, name: str) -> Stages | None:
    """Return a progress callback whose stages are told as parts of a named one."""
    return (lambda what, done, total: progress(f"{name}: {what}", done, total)) if progress else None


def pick_greedily(
    choices: Choices,
    covered: Stretches,
    first: FloatArray,
    budget: float,
    most: int,
    by_gain: bool,
    density: Density | None = None,
    progress: Progress | None = None,
    standing: Sequence[Pick] = (),
    halt: Callable[[], bool] | None = None,
    enough: float = np.inf,
) -> list[Pick]:
    """Pick the best paid view again and again; measure a mount anew only when its old gain tops the heap.

    Parameters
    ----------
    covered : Stretches
        What is in view already.
    first : float64 array, shape (s, m)
        What the best heading of each offer adds to it at each place [m].
    budget : float
        May be infinite.
    most : int
        Views at most.
    by_gain : bool
        The best view is the one of the greatest gain, else of the greatest gain per cost; of equals the first place's.
    density : Density, optional
        What a metre counts with in `first` and in the picks' gains; 1 by default.
    standing : sequence of Pick
        Views already chosen, free and paid; they are part of `covered` and of the limits, and of no answer.
    halt : callable, optional
        Says when to stop before the money does.
    enough : float
        Length in view at which to stop [m].

    Returns
    -------
    list of Pick
        Paid views, in the order chosen.
    """
    costs, room = choices.costs, open_places(choices, standing)
    divisor = np.ones(costs.shape) if by_gain else np.where(choices.money > 0, choices.money, 1.0)
    left = budget - sum(p.cost for p in standing)
    most -= sum(p.cost > 0 for p in standing)

    def worth_of(gain: FloatArray, rows: IntArray | slice) -> FloatArray:
        allowed = (costs[rows] > 0) & (costs[rows] <= left) & (gain >= LEAST_GAIN) & choices.with_room(room, rows)
        return np.where(allowed, gain / divisor[rows], 0.0)

    keys = worth_of(first, slice(None)).max(axis=1, initial=0.0)
    heap = [(-float(key), mount) for mount, key in enumerate(keys) if key > 0]
    heapq.heapify(heap)
    picks: list[Pick] = []
    while heap and len(picks) < most and choices.cheapest <= left and not (halt and halt()):
        _, mount = heapq.heappop(heap)
        if room[mount] <= 0 or not ((costs[mount] > 0) & (costs[mount] <= left)).any():
            continue
        gain, step = choices.best_gains(np.array([mount]), covered, density)
        worth = worth_of(gain, np.array([mount]))[0]
        model = int(worth.argmax())
        if worth[model] == 0.0:
            continue
        if heap and (-worth[model], mount) > heap[0]:
            heapq.heappush(heap, (-float(worth[model]), mount))
            continue
        azimuth = float(choices.azimuth_of(np.array([mount]), np.array([model]), step[:, model])[0])
        view = choices.stretches_of(mount, model, azimuth)
        covered = Stretches(*gains.merge(covered.start, covered.end, view.start, view.end))
        picks.append(Pick(mount, model, azimuth, float(gain[0, model]), float(costs[mount, model])))
        if covered.length >= enough:
            break
        left -= picks[-1].cost
        room[mount] -= 1
        room[choices.hindered_by(mount, model)] = 0
        if room[mount] > 0:
            heapq.heappush(heap, (-float(worth[model]), mount))
        if progress:
            progress(len(picks), min(most, len(picks) + int(min(left / choices.cheapest, most))))
    return picks


def open_places(choices: Choices, standing: Sequence[Pick]) -> IntArray:
    """Return how many views each place still has room for beside some standing ones, shape (s,)."""
    room = choices.capacity.copy()
    for pick in standing:
        room[pick.mount] -= 1
        if pick.cost > 0:
            room[choices.hindered_by(pick.mount, pick.model)] = 0
    return room
