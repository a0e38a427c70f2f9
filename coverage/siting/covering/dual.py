"""What no plan can exceed: the Lagrangian dual of the covering problem, and what follows for single actions.

"An element counts only if enough of its actions are chosen" is relaxed with a multiplier u per element (see
:func:`dual_kernel.descend`): an element may be sold to its actions at u each, or be given away for nothing. Any u
gives a valid bound; the least is looked for with the subgradient method (Held, Wolfe and Crowder 1974,
https://doi.org/10.1007/BF01580223), started from prices a plan suggests. Money is relaxed with a price, the number of
actions and the groups are kept.

An action whose choice (or refusal) would push the bound below a plan in hand is in no better plan (or in every one).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering import columns, dual_kernel
from camgap.coverage.siting.covering.compact import Compact

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

STEP, PATIENCE = 1.0, 12


@dataclass
class Dual:
    """The search for multipliers on one compact problem, to be carried on as long as it pays.

    Parameters
    ----------
    problem : Compact
    u, best_u, direction : float64 arrays, shape (e,)
        Multipliers of this round, the best so far, and where they were last moving.
    state : float64 array, shape (6,)
        The bound of `best_u`, the price of money, the step, rounds without progress, how far prices are varied, and
        the price of money that goes with the bound.
    share : float64 array, shape (a,)
        How often each action was chosen of late: near the linear program's fractions.
    rounds : int
        Done so far.
    """

    problem: Compact
    u: FloatArray
    best_u: FloatArray
    direction: FloatArray
    state: FloatArray
    share: FloatArray
    rounds: int = 0

    @staticmethod
    def begin(problem: Compact, plan: IntArray) -> "Dual":
        """Start from what a plan suggests: shared elements are worth less to each, uncovered ones all their weight."""
        times = columns.times_of(plan, len(problem.weight), problem.ptr, problem.first, problem.last)
        u = problem.weight / problem.need / np.maximum(times - problem.need + 1, 1)
        spent = float(problem.cost[plan].sum())
        worth = float(problem.weight[times >= problem.need].sum() + problem.value[plan].sum())
        price = 0.5 * worth / spent if np.isfinite(problem.money) and spent > 0 else 0.0
        state = np.array([np.inf, price, STEP, 0.0, 1.0, price])
        return Dual(problem, u, u.copy(), np.zeros(len(u)), state, np.zeros(len(problem)))

    @property
    def bound(self) -> float:
        """No plan of the compact problem is worth more; rounding is added on."""
        total = float(self.problem.weight.sum() + np.abs(self.problem.value).sum())
        rounding = float(np.finfo(float).eps) * (len(self.u) + len(self.problem) + 9) * total
        return float(self.state[dual_kernel.BOUND]) + rounding

    @property
    def money_price(self) -> float:
        """What a unit of money is worth."""
        return float(self.state[dual_kernel.BEST_PRICE])

    @property
    def action_price(self) -> float:
        """What one more action is worth, beyond its money."""
        action, reduced = self._choice()
        return float(reduced.min()) if len(action) and len(action) >= self.problem.count else 0.0

    @property
    def exhausted(self) -> bool:
        """Whether the steps have become too small to matter."""
        return bool(self.state[dual_kernel.STEP] < 1e-3)

    def descend(self, rounds: int, target: float, halt: IntArray) -> None:
        """Do some rounds of the subgradient method, aiming at the value of a plan."""
        p = self.problem
        self.rounds += dual_kernel.descend(
            rounds, PATIENCE, target, halt, p.weight, p.need, p.ptr, p.first, p.last, p.cost, p.value, p.group_ptr,
            p.most, p.money, p.count, self.u, self.best_u, self.direction, self.state,
            self.share,
        )  # fmt: skip

    def losses(self) -> tuple[FloatArray, FloatArray]:
        """Return by how much the bound falls if an action must be, and if it must not be in a plan, shape (a,) each."""
        return _losses(self.problem, self.worth() - self.money_price * self.problem.cost, self.choice())

    def choice(self) -> IntArray:
        """Return the best choice of the relaxed problem: within groups and number, not always within the money."""
        return self._choice()[0]

    def worth(self) -> FloatArray:
        """Return each action's value and the multipliers of all it covers, shape (a,)."""
        p, worth = self.problem, np.empty(len(self.problem))
        dual_kernel.worths(self.best_u, p.ptr, p.first, p.last, p.value, worth)
        return worth

    def _choice(self) -> tuple[IntArray, FloatArray]:
        p = self.problem
        action, reduced = np.empty(len(p), np.int64), np.empty(len(p))
        n, _ = dual_kernel.relaxed_choice(
            self.worth(), p.cost, self.money_price, p.group_ptr, p.most, p.count, action, reduced
        )
        return action[:n], reduced[:n]

    def carried_to(self, smaller: Compact) -> "Dual":
        """Return the same multipliers for a problem reduced from this one (:func:`compact.reduced`)."""
        known = np.flatnonzero(smaller.element_of >= 0)
        u = np.bincount(smaller.element_of[known], self.best_u[known], len(smaller.weight)).astype(np.float64)
        u = np.minimum(u, smaller.weight / smaller.need)
        state = self.state.copy()
        state[[dual_kernel.BOUND, dual_kernel.STEP, dual_kernel.STALLED]] = np.inf, max(STEP / 4, state[2]), 0.0
        state[dual_kernel.PRICE] = state[dual_kernel.BEST_PRICE]
        share = self.share[np.isin(self.problem.origin, smaller.origin)]
        return replace(
            self, problem=smaller, u=u, best_u=u.copy(), direction=np.zeros(len(u)), state=state, share=share
        )  # fmt: skip


def _losses(problem: Compact, reduced: FloatArray, choice: IntArray) -> tuple[FloatArray, FloatArray]:
    """Exchange one action of the relaxed choice: it is a best set of a laminar matroid, so one is always enough."""
    chosen = np.zeros(len(problem), bool)
    chosen[choice] = True
    groups = len(problem.most)
    used = np.bincount(problem.group[choice], minlength=groups)
    full = used >= problem.most
    lowest = np.full(groups, np.inf)
    np.minimum.at(lowest, problem.group[choice], reduced[choice])
    least = float(reduced[choice].min()) if len(choice) >= problem.count and len(choice) else 0.0
    in_the_way = np.where(full[problem.group], lowest[problem.group], least)
    if_in = np.where(chosen, 0.0, in_the_way - reduced)
    spare = np.where(chosen, -np.inf, reduced)
    best_spare = np.zeros(groups)
    np.maximum.at(best_spare, problem.group, spare)
    elsewhere = float(np.max(np.where(full[problem.group], -np.inf, spare), initial=0.0))
    if_out = np.where(chosen, reduced - np.maximum(best_spare[problem.group], elsewhere), 0.0)
    return np.maximum(if_in, 0.0), np.maximum(if_out, 0.0)
