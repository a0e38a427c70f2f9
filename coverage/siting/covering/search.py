"""Finding good plans: greedy, then exchanges of a few neighbouring actions (large neighbourhood search, Shaw 1998)."""

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering import columns, search_kernel
from camgap.coverage.siting.covering.compact import Compact
from camgap.coverage.siting.covering.exact import feasible, value_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_OUT = 6  # actions taken out at once
HEAT = 0.03  # share of an average action's worth that an exchange may lose at first
LEAST_PRICE = 1e-9  # of an action, as a share of the dearest: what is free is not infinitely good


class Search:
    """Plans of one compact problem, measured with what every group's best action would add.

    Parameters
    ----------
    problem : Compact
    price : float64 array, shape (a,)
        Actions are compared by what they add per price.
    seed : int
    """

    def __init__(self, problem: Compact, price: FloatArray, seed: int = 0) -> None:
        self.problem = problem
        groups, actions, elements = len(problem.most), len(problem), len(problem.weight)
        runs = columns.united(problem.ptr[problem.group_ptr], problem.first, problem.last)
        at, of = columns.groups_of_elements(elements, *runs)
        length = np.diff(np.append(0, np.cumsum(problem.last - problem.first))[problem.ptr])
        size = np.bincount(problem.group, length + 2, groups).astype(np.int64)
        price = np.maximum(price, max(LEAST_PRICE * float(price.max(initial=0.0)), 1e-300))
        self._columns = search_kernel.Columns(
            problem.weight, problem.need, problem.ptr, problem.first, problem.last, problem.cost, problem.value,
            problem.counts, problem.group, problem.group_ptr, problem.most, price, at, of, size, problem.plain,
            bool(problem.counts.all()),
        )  # fmt: skip
        self._room = problem.count + int((~problem.counts).sum()) + 1
        leaves = 1 << max(groups - 1, 1).bit_length()
        tree = np.concatenate([np.zeros(leaves, np.int64), np.minimum(np.arange(leaves), max(groups - 1, 0))])
        self._state = search_kernel.State(
            np.zeros(elements, np.int32), np.zeros(actions, bool), np.zeros(groups, np.int64),
            np.zeros(max(groups, 1)), np.full(groups, -1), tree,
            np.array([0.0, problem.money * (1 - 1e-10)]), np.array([0, 1, 0, 0]), np.zeros(groups, np.int8),
            np.empty(groups, np.int64),
            np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64),
        )  # fmt: skip
        self._tabu = np.zeros(actions, np.int64)
        self._cheapest = float(problem.cost.min(initial=np.inf))
        self.best = np.empty(0, np.int64)
        self.value = 0.0
        search_kernel.measure_all(self._state, self._columns, self._tabu)

    @property
    def plan(self) -> IntArray:
        """The plan as it stands."""
        return np.flatnonzero(self._state.chosen)

    def begin_with(self, plan: IntArray) -> None:
        """Choose some actions, then greedily as long as anything is gained and allowed."""
        search_kernel.replace_with(plan, self._state, self._columns, self._tabu)
        added, skipped = np.empty(self._room, np.int64), np.empty(len(self.problem.most) + 1, np.int64)
        n = search_kernel.fill(
            self._state, self._columns, self.problem.count, self._cheapest, self._tabu, 0.0, added, skipped
        )[1]
        search_kernel.measure_again(skipped[:n], self._state, self._columns, self._tabu)
        self._keep(self.plan)

    def climb(self, work: int, halt: IntArray, heat: float = HEAT) -> None:
        """Try exchanges from the best plan so far, until so many elements have been looked at."""
        if len(self.best) == 0:
            return
        search_kernel.replace_with(self.best, self._state, self._columns, self._tabu)
        picks, best_picks = np.empty(self._room, np.int64), np.empty(self._room, np.int64)
        best_total = np.array([self.value, 0.0])
        picks[: len(self.best)] = self.best
        search_kernel.climb(
            work, heat * self.value / len(self.best), MOST_OUT, halt, self.problem.count, self._cheapest,
            self._state, self._columns, self._tabu, picks, best_picks, best_total,
        )  # fmt: skip
        self._keep(np.sort(best_picks[: int(best_total[1])]))

    def _keep(self, plan: IntArray) -> None:
        value = value_of(self.problem, plan)
        if value > self.value and feasible(self.problem, plan):
            self.best, self.value = plan, value
