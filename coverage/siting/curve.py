"""The cost curve: what each step of a plan brings for the money so far, and what no plan for it could exceed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting.axis import ONCE, Axis, Layer
from camgap.coverage.siting.bound import Ceiling, ceiling
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.dual import WORK, dual_bound
from camgap.coverage.siting.regroup import Draft

FloatArray = npt.NDArray[np.float64]

PARTS = (0.15, 0.5)  # of the plan at which the ceiling is brought down as well
PART_WORK = WORK // 48
PART_ROUNDS = 10  # of the same, at least
NEAR_ENOUGH = 0.005  # of what is gained; a ceiling so near is not brought down


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the cost curve: the state once so many actions of the plan are carried out.

    `bound_share` is the covered share that no other plan for this money (where only a number of cameras is given: with
    so many) can exceed, with the same candidates. `value` and `bound` are the same of the objective, in its unit. The
    `knee` is the step whose value is farthest above the straight line from the curve's beginning to its end (Satopää et
    al. 2011, "Finding a kneedle in a haystack").
    """

    money: float
    sites: int
    covered_m: float
    share: float
    bound_share: float
    knee: bool = False
    value: float = 0.0
    bound: float = 0.0


@dataclass(frozen=True)
class Course:
    """What counts while a plan is carried out, and what no plan exceeds.

    Parameters
    ----------
    at : float64 array, shape (a + 1,)
        Before the plan's first action and after each.
    base : float
        What counts without anything that is up for choice.
    top : Ceiling
        Counted from `base`, in metres of its axis.
    most : float
        No plan within the whole limits counts more.
    scale : float
        What a metre of the axis counts in the unit of the others.
    """

    at: FloatArray
    base: float
    top: Ceiling
    most: float
    scale: float = 1.0

    def bound(self, step: int, money: float, by_money: bool, actions: int) -> float:
        """Return what no plan for so much money, or of as many actions, counts more than."""
        now = float(self.at[step])
        if step == 0:
            return now
        over = self.top.at(money + 1e-6, actions) if by_money else self.top.at(np.inf, step)
        return max(min(self.base + self.scale * over, self.most), now)


def draw_curve(
    length: float, street: Course, aimed: Course, costs: FloatArray, by_money: bool, most: int
) -> tuple[Step, ...]:
    """Return the curve of a plan.

    Parameters
    ----------
    length : float
        Of all streets [m].
    street, aimed : Course
        In metres in view, and of what the plan is to make great; they may be the same.
    costs : float64 array, shape (a,)
    by_money : bool
        Compare with plans for the same money, else with plans of as many actions.
    most : int
        Actions at most.
    """
    money = np.concatenate([[0.0], np.cumsum(costs)])
    knee = _knee(money if by_money else np.arange(len(money), dtype=np.float64), aimed.at)
    steps = []
    for i, (spent, covered, value) in enumerate(
        zip(money.tolist(), street.at.tolist(), aimed.at.tolist(), strict=True)
    ):
        bounds = (course.bound(i, spent, by_money, most) for course in (street, aimed))
        bound_m, bound = bounds
        steps.append(Step(spent, i, covered, covered / length, bound_m / length, i == knee, value, bound))
    return tuple(steps)


def lowered(
    choices: Choices,
    covered: Stretches,
    top: Ceiling,
    kept: Sequence[Pick],
    picks: Sequence[Pick],
    by_money: bool,
    most: int,
    progress: Progress | None = None,
    layers: Sequence[Layer] = ONCE,
) -> Ceiling:
    """Bring a ceiling down over the first parts of a plan: one dual for some of its beginnings.

    Parameters
    ----------
    covered : Stretches
        What is in view without anything that is up for choice.
    kept : sequence of Pick
        What is free, everywhere.
    picks : sequence of Pick
        Paid views in the order they are carried out; one at the place of a free view replaces it.
    layers : sequence of Layer
        What counts.
    """
    mounts, first = np.arange(len(choices.sites)), None
    sizes = sorted({round(part * len(picks)) for part in PARTS} - {0, len(picks)})
    for done, size in enumerate(sizes, start=1):
        some = list(picks[:size])
        gone = {p.mount for p in some}
        money = sum(p.cost for p in some) + 1e-6 if by_money else np.inf
        plan = Draft(choices, covered, [*(k for k in kept if k.mount not in gone), *some], np.inf, most).in_order()
        gain = sum(p.gain_m for p in plan)  # where a metre counts by the number of views, what the dual takes it for
        if top.at(money, most if by_money else size) - gain <= NEAR_ENOUGH * gain:
            continue
        first = first or choices.best_gains(mounts, covered)
        _, density = dual_bound(
            choices, covered, plan, first, money, most if by_money else size, work_limit=PART_WORK,
            rounds=PART_ROUNDS,
        )  # fmt: skip
        shared, _ = choices.best_gains(mounts, covered, density)
        away = Axis.of(choices, covered, density, layers).given_away
        top = top.with_other(ceiling(away, shared, choices.costs, choices.capacity, len(top.by_count) - 1))
        if progress:
            progress(done, len(sizes))
    return top


def _knee(x: FloatArray, y: FloatArray) -> int:
    """Return the step farthest above the chord, -1 if no step is above it."""
    if len(x) < 3 or x[-1] <= x[0] or y[-1] <= y[0]:
        return -1
    above = (y - y[0]) / (y[-1] - y[0]) - (x - x[0]) / (x[-1] - x[0])
    best = int(above.argmax())
    return best if above[best] > 1e-9 else -1
