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
        p = self.problem
        chosen = self.choice()
        counted = chosen[p.counts[chosen]]
        surplus = _surplus(p, self.worth() - self.money_price * p.cost)[counted]
        return float(surplus.min()) if len(counted) and len(counted) >= p.count else 0.0

    @property
    def exhausted(self) -> bool:
        """Whether the steps have become too small to matter."""
        return bool(self.state[dual_kernel.STEP] < 1e-3)

    def descend(self, rounds: int, target: float, halt: IntArray) -> None:
        """Do some rounds of the subgradient method, aiming at the value of a plan."""
        p = self.problem
        self.rounds += dual_kernel.descend(
            rounds, PATIENCE, target, halt, p.weight, p.need, p.ptr, p.first, p.last, p.cost, p.value, p.counts,
            p.group_ptr, p.most, p.money, p.count, self.u, self.best_u, self.direction, self.state,
            self.share,
        )  # fmt: skip

    def losses(self) -> tuple[FloatArray, FloatArray]:
        """Return by how much the bound falls if an action must be, and if it must not be in a plan, shape (a,) each."""
        return _losses(self.problem, self.worth() - self.money_price * self.problem.cost, self.choice())

    def choice(self) -> IntArray:
        """Return the best choice of the relaxed problem: within groups and number, not always within the money."""
        p, action, reduced = self.problem, np.empty(len(self.problem), np.int64), np.empty(len(self.problem))
        n, _ = dual_kernel.relaxed_choice(
            self.worth(), p.cost, p.counts, self.money_price, p.group_ptr, p.most, p.count, action, reduced
        )
        return action[:n]

    def worth(self) -> FloatArray:
        """Return each action's value and the multipliers of all it covers, shape (a,)."""
        p, worth = self.problem, np.empty(len(self.problem))
        dual_kernel.worths(self.best_u, p.ptr, p.first, p.last, p.value, worth)
        return worth

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
    """Exchange one action of the relaxed choice: it is a best set of a laminar matroid, so one is always enough.

    Its elements are the actions that count, each with its surplus: what it is worth beyond what else its group has.
    """
    counts, groups = problem.counts, len(problem.most)
    surplus, chosen = _surplus(problem, reduced), np.zeros(len(problem), bool)
    chosen[choice] = True
    counted = choice[counts[choice]]
    full = (np.bincount(problem.group[counted], minlength=groups) >= problem.most)[problem.group]
    lowest = _per_group(np.minimum, np.inf, problem, surplus, counted)[problem.group]
    least = float(surplus[counted].min()) if len(counted) >= problem.count and len(counted) else 0.0
    spare = np.flatnonzero(counts & ~chosen)
    best_spare = _per_group(np.maximum, -np.inf, problem, surplus, spare)[problem.group]
    elsewhere = float(np.max(surplus[spare], where=~full[spare], initial=0.0))
    if_in = np.where(full, lowest, least) - surplus
    if_out = surplus - np.maximum(best_spare, elsewhere)
    if not counts.all():
        free_in, free_out = _losses_of_others(problem, reduced, choice)
        beaten = np.where(full, np.maximum(lowest - elsewhere, 0.0), 0.0)  # what counts and must give way
        if_in = np.where(counts, if_in, free_in + beaten)
        risen = np.maximum(best_spare + free_out - least, 0.0)  # what counts and may step in
        if_out = np.where(counts, if_out, free_out - risen)
    return np.where(chosen, 0.0, np.maximum(if_in, 0.0)), np.where(chosen, np.maximum(if_out, 0.0), 0.0)


def _losses_of_others(problem: Compact, reduced: FloatArray, choice: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the losses of the actions that do not count, as if there were no others."""
    groups, others = len(problem.most), ~problem.counts
    chosen = np.zeros(len(problem), bool)
    chosen[choice] = True
    best = _per_group(np.maximum, 0.0, problem, reduced, np.flatnonzero(others))
    held = choice[others[choice]]
    full = np.bincount(problem.group[held], minlength=groups) >= problem.most
    lowest = _per_group(np.minimum, np.inf, problem, reduced, held)
    in_the_way = np.where(problem.most == 1, best, np.where(full, lowest, 0.0))
    second = _per_group(np.maximum, 0.0, problem, reduced, np.flatnonzero(others & ~chosen))
    return in_the_way[problem.group] - reduced, reduced - second[problem.group]


def _surplus(problem: Compact, reduced: FloatArray) -> FloatArray:
    """Return by how much each action beats the best one of its group that does not count, or nothing, shape (a,)."""
    others = _per_group(np.maximum, 0.0, problem, reduced, np.flatnonzero(~problem.counts))
    return reduced - others[problem.group]


def _per_group(take: np.ufunc, start: float, problem: Compact, x: FloatArray, actions: IntArray) -> FloatArray:
    """Return the least or the greatest value among some actions of each group, shape (g,)."""
    out = np.full(len(problem.most), start)
    take.at(out, problem.group[actions], x[actions])
    return out
