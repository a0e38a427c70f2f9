"""The most for a given money or number: all stages together."""

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.compact import compact
from camgap.coverage.siting.covering.exact import branch_and_cut
from camgap.coverage.siting.covering.problem import Covering
from camgap.coverage.siting.covering.solution import Solution
from camgap.coverage.siting.covering.watch import Progress, Watch

IntArray = npt.NDArray[np.int64]


def solve(
    problem: Covering,
    budget: float | None = None,
    count: int | None = None,
    *,
    time_limit: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    start: IntArray | None = None,
) -> Solution:
    """Choose the actions that are worth most within a budget and a number of actions.

    Parameters
    ----------
    problem : Covering
    budget : float or None
        Money for all actions, the forced ones included; None is no limit.
    count : int or None
        Actions at most, the forced ones included; None is no limit.
    time_limit : float or None
        Seconds. Without it effort is counted, not timed: equal input and seed give equal output.
    progress : callable, optional
        Called with every :class:`Step`.
    start : int64 array, optional
        A known plan to begin with.

    Returns
    -------
    Solution
        Of an interrupted search (Ctrl-C) or at the time limit: the best plan so far, with its bound.

    Raises
    ------
    InfeasibleError
        If the forced actions alone break a limit.
    """
    watch = Watch(np.inf if time_limit is None else time_limit, progress)
    small = compact(problem, budget, count)
    answer = branch_and_cut(small, watch, np.empty(0, np.int64))
    plan = small.plan(answer.actions)
    return Solution(plan, problem.value_of(plan), small.base + answer.bound, small.quantum, tuple(watch.trace))
