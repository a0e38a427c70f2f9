"""The score at every step of a plan: quality levels by day and by night, and how sure it is.

A camera of today counts until a step turns or replaces it, a new one from its own step on. What is in view at a place
is then a set of intervals on a second axis, that of the steps, with the algebra of the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, depth, union, union_by_owner
from camgap.coverage.scoring.bands import Bands
from camgap.coverage.scoring.draws import Sampler
from camgap.coverage.scoring.expected import CoveredProbability
from camgap.coverage.scoring.quality import LIGHTS, Looked
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CERTAIN = (0.05, 0.25, 0.5, 0.75, 0.95)  # probabilities of being seen that are told apart; each class holds its bound


@dataclass(frozen=True)
class Lives:
    """At which steps of a plan cameras count: camera i at steps ``born[i] <= k < gone[i]``.

    Parameters
    ----------
    born, gone : int64 array, shape (c,)
        ``gone`` is ``last + 1`` for cameras that stay.
    last : int
        The plan's last step; 0 is today.
    """

    born: IntArray
    gone: IntArray
    last: int

    @staticmethod
    def of(existing: int, acted: IntArray) -> "Lives":
        """Return the lives of existing cameras and of one more per action; `acted` is the camera it ends, or -1."""
        n = len(acted)
        gone = np.full(existing + n, n + 1)
        gone[acted[acted >= 0]] = np.flatnonzero(acted >= 0) + 1
        return Lives(np.append(np.zeros(existing, np.int64), np.arange(1, n + 1)), gone, n)


@dataclass(frozen=True)
class Histories:
    """What disjoint cells of the street axis are worth, step by step; a row only where that changes.

    Parameters
    ----------
    start, end : float64 array, shape (n,)
        Cells [m].
    cell, step, value : array, shape (r,)
        From step ``step[r]`` on the cell ``cell[r]`` is worth ``value[r]``; sorted by cell and step. Before its first
        row a cell is worth 0.
    """

    start: FloatArray
    end: FloatArray
    cell: IntArray
    step: IntArray
    value: npt.NDArray[np.generic]

    def at(self, step: int) -> npt.NDArray[np.generic]:
        """Return what each cell is worth at a step, shape (n,)."""
        out = np.zeros(len(self.start), self.value.dtype)
        known = self.step <= step
        out[self.cell[known]] = self.value[known]  # rows ascend: the last one stays
        return out


@dataclass(frozen=True)
class Steps:
    """The score at every step of a plan.

    Parameters
    ----------
    levels : dict of str to Histories
        Light -> number of levels in view, counted from the lowest.
    level_m : dict
        (level, light) -> float64 array, shape (last + 1,): covered length at each step [m].
    light : str
        "day" or "night": by which certainty is counted, the headline's.
    certainty : Histories or None
        P(seen) at the headline's level, by `light`, one class of :data:`CERTAIN` per row; None where nothing was drawn.
    certain_m : float64 array, shape (5, last + 1)
        Length with at least each probability of :data:`CERTAIN` [m].
    """

    levels: dict[str, Histories]
    level_m: dict[tuple[str, str], FloatArray]
    light: str
    certainty: Histories | None
    certain_m: FloatArray

    @property
    def last(self) -> int:
        """The plan's last step."""
        return int(self.certain_m.shape[1]) - 1


def measure_steps(
    looked: Looked, network: StreetNetwork, lives: Lives, today: Bands | None, sampler: Sampler | None = None
) -> Steps:
    """Measure every step of a plan.

    Parameters
    ----------
    looked : Looked
        Of all heads, of existing cameras and of new ones.
    today : Bands, optional
        Of the existing cameras.
    sampler : Sampler, optional
        Of the existing cameras; needed if `lives` ends one of them and `today` is given. What a plan puts up or turns
        has no unknowns.
    """
    levels, level_m = _levels(looked, network, lives)
    light = looked.quality.light
    if today is None:
        return Steps(levels, level_m, light, None, np.zeros((len(CERTAIN), lives.last + 1)))
    ends = np.unique(lives.gone[(lives.gone <= lives.last) & (lives.born == 0)])
    states = [(0, today.start, today.end, today.p), *(_drawn(sampler, lives, ends) if sampler and len(ends) else ())]
    now = looked.seen(looked.quality.px_per_m, night=light == "night")
    now = now.owned_by(looked.heads.camera)
    new = lives.born[now.owner] > 0
    planned = Intervals(now.start[new], now.end[new], lives.born[now.owner[new]])
    certainty, certain_m = _certainty(network, states, planned, lives.last)
    return Steps(levels, level_m, light, certainty, certain_m)


def _levels(
    looked: Looked, network: StreetNetwork, lives: Lives
) -> tuple[dict[str, Histories], dict[tuple[str, str], FloatArray]]:
    q, heads = looked.quality, looked.heads
    counted = np.full(len(heads), q.moving == "potential") | ~heads.sometimes
    found = {}
    for level, px_per_m in q.ladder.items():
        for light in LIGHTS:
            seen = looked.seen(px_per_m, light == "night")
            keep = counted[seen.owner]
            found[level, light] = Intervals(seen.start[keep], seen.end[keep], heads.camera[seen.owner[keep]])
    breaks = _breaks(network, *found.values())
    spans = {key: _spans(seen, breaks, lives) for key, seen in found.items()}
    size = np.diff(breaks)
    level_m = {key: _lengths(one, size, lives.last) for key, one in spans.items()}
    histories = {light: _history(breaks, [spans[level, light] for level in q.ladder], lives.last) for light in LIGHTS}
    return histories, level_m


def _breaks(network: StreetNetwork, *seen: Intervals | Stretches) -> FloatArray:
    return np.unique(np.concatenate([network.offset, *(ends for one in seen for ends in (one.start, one.end))]))


def _spans(seen: Intervals, breaks: FloatArray, lives: Lives) -> Intervals:
    """Return at which steps cells are in view; owner is the cell. Owners of `seen` are cameras."""
    first = np.searchsorted(breaks, seen.start)
    size = np.searchsorted(breaks, seen.end) - first
    cell = np.repeat(first - np.cumsum(size) + size, size) + np.arange(size.sum())
    camera = np.repeat(seen.owner, size)
    born, gone = lives.born[camera].astype(np.float64), lives.gone[camera].astype(np.float64)
    return union_by_owner(Intervals(born, gone, cell))


def _lengths(spans: Intervals, size: FloatArray, last: int) -> FloatArray:
    """Return the length of cells in view at every step, shape (last + 1,)."""
    metres = size[spans.owner]
    come = np.bincount(spans.start.astype(np.int64), metres, minlength=last + 2)
    go = np.bincount(spans.end.astype(np.int64), metres, minlength=last + 2)
    return np.asarray(np.cumsum(come - go)[: last + 1], np.float64)


def _history(breaks: FloatArray, levels: Sequence[Intervals], last: int) -> Histories:
    """Return how many of the levels are in view, cell by cell and step by step."""
    cell = np.concatenate([spans.owner for spans in levels for _ in (0, 1)])
    step = np.concatenate([ends for spans in levels for ends in (spans.start, spans.end)]).astype(np.int64)
    turn = np.concatenate([np.full(len(spans), sign) for spans in levels for sign in (1, -1)])
    row, which = np.unique(cell * (last + 2) + step, return_inverse=True)
    change = np.bincount(which, turn, minlength=len(row)).astype(np.int64)
    row, change = row[change != 0], change[change != 0]
    cell, step, total = row // (last + 2), row % (last + 2), np.cumsum(change)
    first = np.searchsorted(cell, cell)  # of each cell
    value = total - (total - change)[first]
    keep = step <= last
    return Histories(breaks[:-1], breaks[1:], cell[keep], step[keep], value[keep])


State = tuple[int, FloatArray, FloatArray, FloatArray]  # from which step on; stretches and P(seen)


def _drawn(sampler: Sampler, lives: Lives, ends: IntArray) -> list[State]:
    """Return P(seen by a camera that still stands) after each step that ends the life of some."""
    draws = [sampler.draw(number) for number in range(sampler.settings.draws)]
    seen = [sampler.seen_by_camera(*drawn, night=sampler.quality.light == "night") for drawn in draws]
    out = []
    for step in ends.tolist():
        left = []
        for one in seen:
            keep = lives.gone[one.owner] > step
            left.append(union(one.start[keep], one.end[keep]))
        count = depth(
            Intervals(
                np.concatenate([one.start for one in left]), np.concatenate([one.end for one in left]),
                np.repeat(np.arange(len(left)), [len(one) for one in left]),
            )
        )  # fmt: skip
        out.append((step, count.start, count.end, count.depth / len(left)))
    return out


def _certainty(
    network: StreetNetwork, states: Sequence[State], planned: Intervals, last: int
) -> tuple[Histories, FloatArray]:
    """Return P(seen) step by step: that of the state, and 1 from the step on that puts a camera there."""
    breaks = _breaks(network, *(Stretches(start, end) for _, start, end, _ in states), planned)
    size, middle = np.diff(breaks), (breaks[:-1] + breaks[1:]) / 2
    p = np.stack([CoveredProbability(start, end, chance).at(middle) for _, start, end, chance in states])
    sure = np.full(len(size), last + 1)
    first = np.searchsorted(breaks, planned.start)
    many = np.searchsorted(breaks, planned.end) - first
    np.minimum.at(
        sure, np.repeat(first - np.cumsum(many) + many, many) + np.arange(many.sum()), np.repeat(planned.owner, many)
    )
    since = np.array([step for step, *_ in states])
    metres = np.zeros((len(CERTAIN), last + 1))
    until = np.append(since[1:], last + 1)
    for k, bound in enumerate(CERTAIN):
        for own, begin, end in zip(p, since, until, strict=True):
            enough = own >= bound
            later = np.cumsum(np.bincount(sure[~enough], size[~enough], minlength=last + 2))
            metres[k, begin:end] = size[enough].sum() + later[begin:end]
    return _merged(network, breaks, p, sure, since, last), metres


def _merged(
    network: StreetNetwork, breaks: FloatArray, p: FloatArray, sure: IntArray, since: IntArray, last: int
) -> Histories:
    """Join neighbours of one edge that are of the same class at every step; P is their mean."""
    start, end, size = breaks[:-1], breaks[1:], np.diff(breaks)
    p = np.where(since[:, None] >= sure, 0.0, p)  # nobody asks any more
    band = np.searchsorted(CERTAIN, p, side="right")
    edge = network.edge_at(start)
    opens = np.ones(len(size), dtype=bool)
    opens[1:] = (band[:, 1:] != band[:, :-1]).any(axis=0) | (sure[1:] != sure[:-1]) | (edge[1:] != edge[:-1])
    head = np.flatnonzero(opens)
    group = np.cumsum(opens) - 1
    length = np.bincount(group, size)
    mean = np.stack([np.bincount(group, size * own) / length for own in p])
    known = (mean > 0).any(axis=0) | (sure[head] <= last)
    start, end = start[head][known], end[np.append(head[1:], len(size)) - 1][known]
    mean, sure = mean[:, known], sure[head][known]
    n = len(sure)
    cell = np.concatenate([np.tile(np.arange(n), len(since)), np.arange(n)])
    step = np.concatenate([np.repeat(since, n), sure])
    value = np.concatenate([mean.ravel(), np.ones(n)])
    real = np.concatenate([(since[:, None] < sure).ravel(), sure <= last])
    cell, step, value = cell[real], step[real], value[real]
    order = np.lexsort((step, cell))
    cell, step, value = cell[order], step[order], value[order]
    before = np.append(0.0, value[:-1])
    before[np.append(True, cell[1:] != cell[:-1])] = 0.0
    changed = np.abs(value - before) > 1e-9  # the mean of equal numbers need not be that number to the last bit
    return Histories(start, end, cell[changed], step[changed], value[changed])
