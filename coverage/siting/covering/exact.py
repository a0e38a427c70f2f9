"""Branch and cut on what is left of a covering problem, with HiGHS."""

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering import columns
from camgap.coverage.siting.covering.compact import Compact
from camgap.coverage.siting.covering.watch import Watch

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MARGIN = 2e-7  # share of a bound that the tolerances of a linear program may hide
UNHURRIED = 2**62
PRECISE = 1e3  # the budget row is this much larger than 1, so that a tolerance of 1e-6 is 1e-9 of the budget


@dataclass(frozen=True)
class Answer:
    """What branch and cut found of a compact problem: its best choice of actions, what that is worth, and a bound."""

    actions: IntArray
    value: float
    bound: float


def branch_and_cut(
    problem: Compact, watch: Watch, start: IntArray, *, iterations: int = UNHURRIED, price: float = 0.0
) -> Answer:
    """Solve a compact problem exactly, as far as the effort allows.

    Parameters
    ----------
    start : int64 array
        A choice of actions within the limits, the answer if nothing better is found. It is not handed to HiGHS:
        version 1.16 misreads the value of a start that its presolve would not choose, and may then miss the optimum.
    iterations : int
        Iterations of the simplex method at most: effort that does not depend on the clock.
    price : float
        Of every action, in value; the values returned are less that price.
    """
    if len(problem) == 0:
        return Answer(np.empty(0, np.int64), 0.0, 0.0)
    slack = problem.quantum * (1 - 1e-3) if price == 0.0 else 0.0
    ended = run(_model(problem, price), watch, iterations, max(slack, 1e-9))
    best, worth = start, value_of(problem, start) - price * len(start)
    if ended.columns is not None:
        found = np.flatnonzero(ended.columns[: len(problem)] > 0.5)
        if (value := value_of(problem, found) - price * len(found)) > worth and feasible(problem, found):
            best, worth = found, value
    return Answer(best, worth, max(ended.bound, worth))


@dataclass(frozen=True)
class Ended:
    """Where HiGHS ended: the columns of its best solution if it has any, and what none exceeds; -inf: there is none."""

    columns: FloatArray | None
    bound: float


def run(model: highspy.HighsLp, watch: Watch, iterations: int, slack: float) -> Ended:
    """Maximise a mixed-integer program as far as the effort allows, or to within a slack; equal runs end equally."""
    highs = _Quiet()
    gaps = {"mip_rel_gap": MARGIN, "mip_abs_gap": slack}
    options: dict[str, int | float] = {"threads": 1, "random_seed": 0, **gaps}
    if np.isfinite(watch.limit):  # inside presolve and cuts HiGHS looks at nothing but its own clock
        options["time_limit"] = max(watch.left, 0.01)
    for name, setting in options.items():
        highs.setOptionValue(name, setting)
    highs.passModel(model)
    effort = _Effort(iterations, watch)
    highs.cbMipInterrupt.subscribe(effort.between_nodes)
    highs.cbSimplexInterrupt.subscribe(effort.inside_a_program)
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS failed on a covering problem; this is a fault in camgap, please report it")
    if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return Ended(None, -np.inf)
    info = highs.getInfo()
    bound = info.mip_dual_bound
    bound = np.inf if not np.isfinite(bound) or bound >= highspy.kHighsInf else bound + MARGIN * max(abs(bound), 1e-3)
    solved = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return Ended(np.array(highs.getSolution().col_value) if solved else None, float(bound))


class _Quiet(highspy.Highs):  # the callbacks' set-up would print a banner
    def enableCallbacks(self) -> None:  # noqa: N802
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


@dataclass
class _Effort:
    """Stops a run after so many simplex iterations, or when the watch says so; equal runs stop at the same place."""

    iterations: int
    watch: Watch
    spent: int = 0
    last: int = 0

    def inside_a_program(self, event: highspy.highs.HighsCallbackEvent) -> None:
        now = event.data_out.simplex_iteration_count
        self.spent += now - self.last if now >= self.last else now
        self.last = now
        self._look(event)

    def between_nodes(self, event: highspy.highs.HighsCallbackEvent) -> None:
        self.spent += 1
        self._look(event)

    def _look(self, event: highspy.highs.HighsCallbackEvent) -> None:
        if self.spent > self.iterations or self.watch.over():
            event.interrupt()


def value_of(problem: Compact, actions: IntArray) -> float:
    """Return what a choice of actions is worth, without those taken already."""
    times = columns.times_of(actions, len(problem.weight), problem.ptr, problem.first, problem.last)
    return float(problem.weight[times >= problem.need].sum() + problem.value[actions].sum())


def feasible(problem: Compact, actions: IntArray) -> bool:
    """Tell whether a choice of actions keeps all limits."""
    taken = np.bincount(problem.group[actions], minlength=len(problem.most))
    affordable = float(problem.cost[actions].sum()) <= problem.money
    few = int(problem.counts[actions].sum()) <= problem.count
    return few and affordable and bool((taken <= problem.most).all())


def _model(problem: Compact, price: float) -> highspy.HighsLp:
    """State the problem as a mixed-integer program: x for actions, then z for elements, which counts if covered."""
    actions, elements = len(problem), len(problem.weight)
    size = np.diff(problem.group_ptr)
    tight = np.flatnonzero(size > problem.most)  # the other groups limit nothing
    row_of = np.full(len(size), -1)
    row_of[tight] = elements + np.arange(len(tight))
    rows = elements + len(tight)
    below = [row_of[problem.group]]
    upper = [np.zeros(elements), problem.most[tight].astype(float)]
    if problem.count < np.minimum(problem.most, np.bincount(problem.group[problem.counts], minlength=len(size))).sum():
        below.append(np.where(problem.counts, rows, -1))
        upper.append(np.array([float(problem.count)]))
        rows += 1
    start, index = columns.incidence(problem.ptr, problem.first, problem.last, np.column_stack(below).astype(np.int64))
    entry = np.where(index < elements, -1.0, 1.0)
    if np.isfinite(problem.money):  # one more entry at the end of each action's column, in units of the budget
        entry = np.insert(entry, start[1:], PRECISE * problem.cost / problem.money)
        index = np.insert(index, start[1:], rows)
        start = start + np.arange(actions + 1)
        upper.append(np.array([PRECISE]))
        rows += 1
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = actions + elements, rows
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = np.concatenate([problem.value - price, problem.weight])
    model.col_lower_, model.col_upper_ = np.zeros(actions + elements), np.ones(actions + elements)
    model.row_lower_, model.row_upper_ = np.full(rows, -highspy.kHighsInf), np.concatenate(upper)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([start, start[-1] + 1 + np.arange(elements)]).astype(np.int32)
    model.a_matrix_.index_ = np.concatenate([index, np.arange(elements)]).astype(np.int32)
    model.a_matrix_.value_ = np.concatenate([entry, problem.need.astype(float)])
    whole = highspy.HighsVarType.kInteger
    part = highspy.HighsVarType.kContinuous
    model.integrality_ = [whole] * actions + [part if need == 1 else whole for need in problem.need.tolist()]
    return model
