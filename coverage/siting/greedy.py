"""Lazy greedy choice of views on the street axis, on exact lengths, and an upper bound on what any choice could reach.

At each mount every heading x model is a closed-form clip of the mount's visible pieces. What a view would add is the
clipped length of those pieces after everything already covered has been taken out of them; one mount never sees a point
of the axis twice, so the sum is exact and no grid of cells is needed.

Gains only shrink as coverage grows (coverage is submodular), so a mount's last known gain bounds its present one: a
heap of old gains tells which mount is worth measuring again.
"""

import heapq
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Stretches, union
from camgap.coverage.settings import CameraModel
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, Progress, intervals_of
from camgap.coverage.siting import gains
from camgap.coverage.siting.bound import most_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Stages = Callable[[str, int, int], None]  # name of the stage, steps done, steps in all

CHUNK = 256  # mounts per task of the thread pool
ROUNDING = 1e-6  # of money: prices are sums of decimals
LEAST_GAIN = 0.05  # [m] a camera that adds less adds nothing


@dataclass(frozen=True)
class Pick:
    """One new view: where, what, which way, and what it adds after those picked before it."""

    mount: int
    model: int
    azimuth: float  # [°]
    gain_m: float
    cost: float


@dataclass(frozen=True)
class Choices:
    """The covering problem: from each mount at most `per_mount` views, one per heading and model.

    Parameters
    ----------
    scene : Scene
    sites : float64 array, shape (s, 2)
        Easting, northing of the mounts [m].
    pieces : Pieces
        What is visible from each, out to the farthest model's range.
    models : tuple of CameraModel
    azimuth_steps : int
        Headings tried: multiples of 360° / azimuth_steps.
    per_mount : int
    """

    scene: Scene
    sites: FloatArray
    pieces: Pieces
    models: tuple[CameraModel, ...]
    azimuth_steps: int
    per_mount: int = 1

    @property
    def costs(self) -> FloatArray:
        """Price of each model, shape (m,)."""
        return np.array([m.price for m in self.models])

    def best_gains(
        self, mounts: IntArray, covered: Stretches, progress: Progress | None = None
    ) -> tuple[FloatArray, IntArray]:
        """Measure what the best heading of each model would add at given mounts.

        Returns
        -------
        gain : float64 array, shape (k, m)
            Newly covered length [m].
        step : int64 array, shape (k, m)
            Heading, as a multiple of 360° / azimuth_steps; the first of equals.
        """
        s, p = self.scene.segments, self.pieces
        optics = np.array([[m.hfov, m.near_m, m.range_m] for m in self.models])
        gain, step = np.zeros((len(mounts), len(self.models))), np.zeros((len(mounts), len(self.models)), np.int64)

        def task(i: int) -> int:
            rows = slice(i, i + CHUNK)
            gains.best_gains(
                mounts[rows], self.sites, p.ptr, p.segment, p.t0, p.t1, s.xy, s.start, s.end,
                covered.start, covered.end, self.azimuth_steps, optics, gain[rows], step[rows],
            )  # fmt: skip
            return min(i + CHUNK, len(mounts))

        if len(mounts) <= CHUNK:
            task(0)
            return gain, step
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(task, range(0, len(mounts), CHUNK)):
                if progress:
                    progress(done, len(mounts))
        return gain, step

    def stretches_of(self, mount: int, model: int, azimuth: float) -> Stretches:
        """Return what one view sees of the street axis."""
        m = self.models[model]
        at = self.sites[[mount]]
        view = Views(at, [azimuth], [m.hfov], [m.near_m], [m.range_m], [0])  # type: ignore[arg-type]
        seen = intervals_of(self.scene, self.pieces, view, np.array([mount]))
        return union(seen.start, seen.end)


@dataclass(frozen=True)
class Selection:
    """A choice of views and how good it is known to be.

    Parameters
    ----------
    picks : tuple of Pick
        In the order chosen.
    gain_m : float
        Newly covered length of all picks together [m].
    bound_m : float
        No choice within the same limits gains more [m]; ``gain_m <= bound_m``.
    """

    picks: tuple[Pick, ...]
    gain_m: float
    bound_m: float

    @property
    def cost(self) -> float:
        """What the picks cost."""
        return float(sum(p.cost for p in self.picks))


def choose(
    choices: Choices,
    covered: Stretches,
    budget: float | None,
    sites: int | None,
    progress: Stages | None = None,
) -> Selection:
    """Choose views greedily within a budget and a number of sites, and bound what any choice could gain.

    Greedy by gain per cost and greedy by gain are both tried; the better one is kept. Gain per cost alone can be
    arbitrarily bad (one cheap useless camera may use up the money for a dear good one).

    Parameters
    ----------
    covered : Stretches
        What existing cameras see; they are locked and paid for.
    budget : float or None
        Money; None is no limit.
    sites : int or None
        Number of new cameras; None is no limit.
    progress : callable, optional
        Called with the name of the stage, steps done and steps in all.
    """
    limit = budget if budget is not None else np.inf
    most = sites if sites is not None else len(choices.sites) * choices.per_mount
    mounts = np.arange(len(choices.sites))
    first, _ = choices.best_gains(mounts, covered, stage(progress, "measure mounts"))
    rules = [True] if len(set(choices.costs)) == 1 else [False, True]
    runs = [_greedy(choices, covered, first, limit, most, by_gain, progress) for by_gain in rules]
    picks, reached = max(runs, key=lambda run: sum(p.gain_m for p in run[0]))
    gain = float(sum(p.gain_m for p in picks))
    after, _ = choices.best_gains(mounts, reached, stage(progress, "prove the bound"))
    bound = min(
        gain + most_of(after, choices.costs, limit, most, choices.per_mount),
        most_of(first, choices.costs, limit, most, choices.per_mount),
        _reachable(choices, covered),
    )
    return Selection(tuple(picks), gain, max(bound, gain))


def stage(progress: Stages | None, name: str) -> Progress | None:
    """Return a progress callback for one named stage."""
    return (lambda done, total: progress(name, done, total)) if progress else None


def _greedy(
    choices: Choices,
    covered: Stretches,
    first: FloatArray,
    budget: float,
    most: int,
    by_gain: bool,
    progress: Stages | None,
) -> tuple[list[Pick], Stretches]:
    """Pick the best view again and again; measure a mount anew only when its old gain tops the heap."""
    costs = choices.costs
    divisor = np.ones(len(costs)) if by_gain else costs
    affordable = costs <= budget
    keys = np.where(affordable, first / divisor, 0.0).max(axis=1, initial=0.0)
    heap = [(-float(key), mount) for mount, key in enumerate(keys) if key > 0]
    heapq.heapify(heap)
    used = np.zeros(len(choices.sites), np.int64)
    picks: list[Pick] = []
    while heap and len(picks) < most and (costs <= budget + ROUNDING).any():
        _, mount = heapq.heappop(heap)
        gain, step = (row[0] for row in choices.best_gains(np.array([mount]), covered))
        worth = np.where((costs <= budget + ROUNDING) & (gain >= LEAST_GAIN), gain / divisor, 0.0)
        model = int(worth.argmax())
        if worth[model] == 0.0:
            continue
        if heap and (-worth[model], mount) > heap[0]:
            heapq.heappush(heap, (-float(worth[model]), mount))
            continue
        azimuth = float(step[model] * 360.0 / choices.azimuth_steps)
        view = choices.stretches_of(mount, model, azimuth)
        covered = Stretches(*gains.merge(covered.start, covered.end, view.start, view.end))
        picks.append(Pick(mount, model, azimuth, float(gain[model]), float(costs[model])))
        budget -= float(costs[model])
        used[mount] += 1
        if used[mount] < choices.per_mount:
            heapq.heappush(heap, (-float(worth[model]), mount))
        if progress:
            progress("choose sites", len(picks), min(most, len(picks) + int(min(budget / costs.min(), most))))
    return picks, covered


def _reachable(choices: Choices, covered: Stretches) -> float:
    """Return the uncovered length in sight of any mount at all [m]: no plan gains more."""
    s, p = choices.scene.segments, choices.pieces
    size = (s.end - s.start)[p.segment]
    start = s.start[p.segment] + p.t0 * size
    all_seen = union(start, start + (p.t1 - p.t0) * size)
    return all_seen.length - float(covered.length_within(all_seen.start, all_seen.end).sum())
