"""Lazy greedy choice of views on the street axis.

Gains only shrink as coverage grows (coverage is submodular), so a mount's last known gain bounds its present one: a
heap of old gains tells which mount is worth measuring again.
"""

import heapq
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting import gains
from camgap.coverage.siting.choices import Choices, Density, Pick

FloatArray = npt.NDArray[np.float64]

Stages = Callable[[str, int, int], None]  # name of the stage, steps done, steps in all

LEAST_GAIN = 0.05  # [m] a camera that adds less adds nothing


def stage(progress: Stages | None, name: str) -> Progress | None:
    """Return a progress callback for one named stage."""
    return (lambda done, total: progress(name, done, total)) if progress else None


def pick_greedily(
    choices: Choices,
    covered: Stretches,
    first: FloatArray,
    budget: float,
    most: int,
    by_gain: bool,
    density: Density | None = None,
    progress: Progress | None = None,
) -> list[Pick]:
    """Pick the best view again and again; measure a mount anew only when its old gain tops the heap.

    Parameters
    ----------
    covered : Stretches
        What is in view already.
    first : float64 array, shape (s, m)
        What the best heading of each model adds to it at each mount [m].
    budget : float
        May be infinite.
    most : int
        Views at most.
    by_gain : bool
        The best view is the one of the greatest gain, else of the greatest gain per cost; of equals the first mount's.
    density : Density, optional
        What a metre counts with in `first` and in the picks' gains; 1 by default.
    """
    costs = choices.costs
    divisor = np.ones(len(costs)) if by_gain else costs
    left = budget
    keys = np.where(costs <= left, first / divisor, 0.0).max(axis=1, initial=0.0)
    heap = [(-float(key), mount) for mount, key in enumerate(keys) if key > 0]
    heapq.heapify(heap)
    used = np.zeros(len(choices.sites), np.int64)
    picks: list[Pick] = []
    while heap and len(picks) < most and costs.min() <= left:
        _, mount = heapq.heappop(heap)
        gain, step = (row[0] for row in choices.best_gains(np.array([mount]), covered, density))
        worth = np.where((costs <= left) & (gain >= LEAST_GAIN), gain / divisor, 0.0)
        model = int(worth.argmax())
        if worth[model] == 0.0:
            continue
        if heap and (-worth[model], mount) > heap[0]:
            heapq.heappush(heap, (-float(worth[model]), mount))
            continue
        azimuth = float(choices.azimuth_of(step[model]))
        view = choices.stretches_of(mount, model, azimuth)
        covered = Stretches(*gains.merge(covered.start, covered.end, view.start, view.end))
        picks.append(Pick(mount, model, azimuth, float(gain[model]), float(costs[model])))
        left -= float(costs[model])
        used[mount] += 1
        if used[mount] < choices.per_mount:
            heapq.heappush(heap, (-float(worth[model]), mount))
        if progress:
            progress(len(picks), min(most, len(picks) + int(min(left / costs.min(), most))))
    return picks
