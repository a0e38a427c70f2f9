"""An upper bound on what any plan could gain: the Lagrangian dual of the covering problem, on the street axis.

Let U be the uncovered part of the axis that some candidate could see, z(x) = 1 where a plan sees x in U, else 0, and
v one of its views. "A point counts only if a chosen view sees it", z(x) <= sum over v of [v sees x], is relaxed with a
multiplier per metre u(x), 0 <= u <= 1. For every u and every plan within the limits

    gain = integral of z = integral of (1 - u) z + integral of u z
        <= integral over U of (1 - u)  +  sum over v of (integral over v and U of u)
        <= integral over U of (1 - u)  +  best sum of such view values within the limits (bound.best_sum).

A view's harm, if it has one, is taken off its value. In words: a point may be sold to its views at u per metre, each of
several views paying for it alone (u = 1 counts what several see several times), or be given away (u = 0 counts it
whether seen or not). Any u is valid; the least bound is looked for by a subgradient method: where the relaxed choice
sees a stretch n times, the bound falls with u at the rate 1 - n per metre, so u falls where several views compete and
rises where none looks.

u is constant on cells of a few metres. That costs nothing in validity: a view's value is the exact integral of u over
its exact stretches (prefix sums of u along each segment), no view is rounded to cells.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting import gains
from camgap.coverage.siting.bound import Relaxed, best_sum
from camgap.coverage.siting.choices import Choices, Density, Pick, columns_of
from camgap.coverage.siting.clock import Clock

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CELL = 2.0  # [m] at most; 1 m and 5 m cells differ by less than 0.1 % in the bound
MOST_CELLS = 300_000  # a larger network gets longer cells
WORK = 40_000_000  # visible pieces x models measured, and cells, over all rounds
ROUNDS = (60, 150)  # at least, at most
GOOD_ENOUGH = 1e-5  # stop when bound and plan are this near [share]
MEMORY = 0.7  # share of the last direction kept: damps the zigzag of subgradients
LIVE = 0.95  # mounts not worth this share of the last one chosen, even at full length, are not measured again
WIDE = 1.5  # the price of money changes at most so much from one round to the next
STEP, PATIENCE = 0.7, 5  # share of Polyak's step at first; it is halved after so many rounds without progress


def dual_bound(
    choices: Choices,
    covered: Stretches,
    picks: list[Pick],
    first: tuple[FloatArray, IntArray],
    budget: float,
    most: int,
    progress: Progress | None = None,
    work_limit: int = WORK,
    rounds: int = ROUNDS[0],
    clock: Clock | None = None,
) -> tuple[float, Density]:
    """Bound what any choice within the limits could gain.

    The number of rounds is fixed by counted work, not by the clock, so that equal input gives equal output.

    Parameters
    ----------
    covered : Stretches
        What is in view already.
    picks : list of Pick
        A good plan, what is free included: where to begin, and how long the first steps are.
    first : (gain, step)
        ``choices.best_gains`` of all mounts at `covered`.
    budget : float
        May be infinite.
    most : int
        Paid views at most.
    work_limit : int
        Effort to spend: visible pieces x offers measured, and cells.
    rounds : int
        To be done whatever the effort.
    clock : Clock, optional
        Says when to stop before that.

    Returns
    -------
    bound : float
        [m]
    density : Density
        The multipliers that prove it: what a metre is worth to one more view.
    """
    clock, free = clock or Clock(), open_axis(choices, covered)
    relief = best_sum(choices.relief, choices.costs, budget, most, choices.capacity).value
    bound = min(free.length + relief, best_sum(first[0], choices.costs, budget, most, choices.capacity).value)
    plan = sum(p.gain_m for p in picks)
    if not picks or clock.over() or bound - plan <= GOOD_ENOUGH * bound:
        return bound, choices.length
    cells = _cells(choices, free)
    best = u = _first_multipliers(choices, picks, cells, np.isfinite(budget))
    relaxed = best_sum(first[0], choices.costs, budget, 0, choices.capacity)
    share, stalled, work, direction = STEP, 0, 0, np.zeros(len(u))
    for done in range(1, ROUNDS[1] + 1):
        worth = (first[0] - relaxed.price * choices.money).max(axis=1, initial=0.0)
        live = np.flatnonzero((worth > LIVE * relaxed.floor) | choices.has_free)
        gain, step = first[0].copy(), first[1].copy()  # what a mount not measured again is worth at most
        gain[live], step[live] = choices.best_gains(live, covered, cells.density(u))
        near = (relaxed.price / WIDE, relaxed.price * WIDE) if relaxed.price > 0 else None
        relaxed = best_sum(gain, choices.costs, budget, most, choices.capacity, near)
        value = float((cells.open * (1.0 - u)).sum()) + relaxed.value
        stalled += 1
        if value < bound:
            bound, best, stalled = value, u, 0
        if stalled == PATIENCE:
            share, stalled = share / 2, 0
        work += int(choices.effort[live].sum()) + len(u)
        if progress:
            progress(done, ROUNDS[1])
        if value - plan <= GOOD_ENOUGH * value or (work > work_limit and done >= rounds) or clock.over():
            break
        surplus = _surplus(choices, cells, u, relaxed, step)
        direction = surplus + MEMORY * direction
        norm = float((direction * direction * cells.open).sum())
        if norm == 0.0:
            break
        u = np.clip(u - share * (value - plan) / norm * direction, 0.0, 1.0)
    return bound, cells.density(best)


def given_away(choices: Choices, covered: Stretches, density: Density) -> float:
    """Return the part of the open axis that a bound counts whether it is seen or not: the integral of 1 - u [m]."""
    if density is choices.length:
        return 0.0
    cells = _cells(choices, open_axis(choices, covered))
    u = np.divide(np.diff(density.mass), cells.width, out=np.ones(len(cells.width)), where=cells.width > 0)
    return float((cells.open * (1.0 - u)).sum())


def _surplus(choices: Choices, cells: "_Cells", u: FloatArray, relaxed: Relaxed, step: IntArray) -> FloatArray:
    """Return how much more often than once the relaxed choice sees each cell, 0 where u cannot follow, shape (n,)."""
    azimuth = choices.azimuth_of(relaxed.mount, relaxed.model, step[relaxed.mount, relaxed.model])
    seen = choices.intervals_of(relaxed.mount, relaxed.model, azimuth)
    metres = cells.spread(seen, relaxed.times.astype(np.float64))
    surplus = np.divide(metres, cells.open, out=np.ones(len(u)), where=cells.open > 0) - 1.0
    surplus[((surplus < 0) & (u == 1)) | ((surplus > 0) & (u == 0))] = 0.0
    return surplus


@dataclass(frozen=True)
class _Cells:
    """Equal cells of every segment, measured along the open axis: what is uncovered and could be seen.

    Parameters
    ----------
    free : Stretches
        The open part of the street axis.
    start, end : float64 arrays, shape (n,)
        On the open axis [m]; equal where nothing of the cell is open.
    width : float64 array, shape (n,)
        On the street axis [m].
    first : int64 array, shape (m + 1,)
        Segment s has the cells ``first[s]:first[s + 1]``.
    """

    free: Stretches
    start: FloatArray
    end: FloatArray
    width: FloatArray
    first: IntArray

    @cached_property
    def open(self) -> FloatArray:
        """Open length of each cell, shape (n,) [m]."""
        return self.end - self.start

    def density(self, u: FloatArray) -> Density:
        """Return the density that is u in each cell, shape (n,)."""
        return Density(self.first, np.concatenate([[0.0], np.cumsum(u * self.width)]))

    def spread(self, seen: Intervals, weight: FloatArray) -> FloatArray:
        """Return the open metres of each cell that intervals see, each counted with its owner's weight, shape (n,)."""
        start, end = self.free.length_before(seen.start), self.free.length_before(seen.end)
        some = end > start
        start, end, weight = start[some], end[some], weight[seen.owner[some]]
        first = np.searchsorted(self.start, start, side="right") - 1
        count = np.searchsorted(self.start, end, side="left") - first
        row = np.repeat(np.arange(len(start)), count)
        cell = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + first[row]
        metres = np.minimum(self.end[cell], end[row]) - np.maximum(self.start[cell], start[row])
        return np.bincount(cell, np.maximum(metres, 0.0) * weight[row], minlength=len(self.start)).astype(np.float64)


def _cells(choices: Choices, free: Stretches) -> _Cells:
    s = choices.scene.segments
    size = s.end - s.start
    count = np.maximum(np.ceil(size / max(CELL, float(size.sum()) / MOST_CELLS)).astype(np.int64), 1)
    first = np.concatenate([[0], np.cumsum(count)])
    width = np.repeat(size / count, count)
    nth = np.arange(first[-1]) - np.repeat(first[:-1], count)
    knots = np.append(np.repeat(s.start, count) + nth * width, s.end[-1:])
    at = free.length_before(knots)
    return _Cells(free, at[:-1], at[1:], width, first)


def open_axis(choices: Choices, covered: Stretches) -> Stretches:
    """Return the uncovered part of the street axis in sight of some mount: no plan gains more than its length."""
    s, p = choices.scene.segments, choices.pieces
    size = (s.end - s.start)[p.segment]
    start = s.start[p.segment] + p.t0 * size
    in_sight = union(start, start + (p.t1 - p.t0) * size)
    length = float(s.end[-1]) if len(s) else 0.0
    out_of_sight = in_sight.complement(0.0, length)
    return Stretches(*gains.merge(covered.start, covered.end, out_of_sight.start, out_of_sight.end)).complement(
        0.0, length
    )


def _first_multipliers(choices: Choices, picks: list[Pick], cells: _Cells, by_cost: bool) -> FloatArray:
    """Return multipliers at which the views of a plan are all worth the same, to begin with.

    A view that adds more than the least of the plan has something to give away: where it looks, u falls to the share
    of its gain that the least view's gain is (with a budget: the least view's gain per cost, at its own cost). What
    several free views see has nothing to pay for: there u is 0, and a view that is turned loses nothing by it.
    """
    free = [p for p in picks if p.cost == 0]
    often = cells.spread(choices.intervals_of(*columns_of(free)), np.ones(len(free)))
    contested = (np.divide(often, cells.open, out=np.zeros(len(often)), where=cells.open > 0) - 1.0).clip(0.0, 1.0)
    picks = [p for p in picks if p.cost > 0 and p.gain_m > 0]  # what is free is given whatever it adds
    gain, cost = np.array([p.gain_m for p in picks]), np.array([p.cost if by_cost else 1.0 for p in picks])
    share = (gain / cost).min(initial=np.inf) * cost / gain
    seen = choices.intervals_of(*columns_of(picks))
    times, kept = cells.spread(seen, np.ones(len(picks))), cells.spread(seen, share)
    part = np.divide(times, cells.open, out=np.zeros(len(times)), where=cells.open > 0).clip(0.0, 1.0)
    return (1.0 - contested) * (1.0 - part * (1.0 - np.divide(kept, times, out=np.ones(len(times)), where=times > 0)))
