"""Branch and bound with the Lagrangian dual: quick where actions overlap densely.

A node is a compact problem of its own: some actions taken, some left out, then made small again, which decides many
others.
"""

import heapq

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.compact import Compact, reduced
from camgap.coverage.siting.covering.dual import Dual
from camgap.coverage.siting.covering.exact import feasible, value_of
from camgap.coverage.siting.covering.record import Record

IntArray = npt.NDArray[np.int64]

ROUNDS = 40  # of the dual at a node, before what is decided is taken out; then again, as long as that helps
AGAIN = 4
SMALL = 1_000  # actions below which making a problem small costs more than it saves, if done to the end


def branch_and_bound(problem: Compact, dual: Dual, record: Record, work: int) -> None:
    """Search the plans of a compact problem, the most promising first, until none can be better or the work is done.

    Parameters
    ----------
    dual : Dual
        Of the problem; where its multipliers are good, fewer nodes are needed.
    record : Record
        Takes the plans and the bound.
    work : int
        Runs and elements to go through at most, about.
    """
    halt = record.watch.lever()
    serial = 0
    heap: list[tuple[float, int, Compact, Dual]] = [(-dual.bound - problem.base, serial, problem, dual)]
    while heap and work > 0 and not record.done:
        bound = -heap[0][0]
        record.limit(max(bound, record.excluded), "branch and bound")
        _, _, node, its = heapq.heappop(heap)
        if bound < record.cut:
            heap.clear()
            break
        if len(node) == 0:
            record.offer(node.taken, "branch and bound")
            continue
        action = _to_branch_on(its)
        for taken in (True, False):
            open_ = np.ones(len(node), bool)
            open_[action] = False
            child = reduced(node, open_, np.array([action] if taken else [], np.int64), 1)
            work -= 4 * _size(node)
            limit, child, child_dual, done = _bounded(child, its.carried_to(child), record, halt, bound)
            work -= done
            if limit >= record.cut:
                serial += 1
                heapq.heappush(heap, (-limit, serial, child, child_dual))
    record.limit(max(-heap[0][0] if heap else -np.inf, record.excluded), "branch and bound")


def _bounded(
    node: Compact, dual: Dual, record: Record, halt: IntArray, above: float
) -> tuple[float, Compact, Dual, int]:  # fmt: skip
    """Find a node's bound, taking out what it decides; offer the plans met on the way; return the work done as well."""
    work, limit = 0, above
    for _ in range(AGAIN):
        if len(node) == 0:
            record.offer(node.plan(np.empty(0, np.int64)), "branch and bound")
            return -np.inf, node, dual, work
        begun = dual.rounds
        dual.descend(ROUNDS, record.cut - node.base - 1e-9 * abs(node.base), halt)
        work += (dual.rounds - begun) * _size(node)
        limit = min(limit, node.base + dual.bound)
        if limit < record.cut or halt[0]:
            break
        choice = dual.choice()
        if feasible(node, choice) and node.base + value_of(node, choice) > record.value:
            record.offer(node.plan(choice), "branch and bound")
        smaller = without_the_decided(node, dual, record, 0.0)
        if smaller is None:
            return -np.inf, node, dual, work
        if len(smaller) == len(node):
            break
        dual, node = dual.carried_to(smaller), smaller
    return limit, node, dual, work


def without_the_decided(problem: Compact, dual: Dual, record: Record, least: float) -> Compact | None:
    """Take and drop what every better plan takes and drops, if that is at least this share of the actions.

    None if no better plan is left.
    """
    if_in, if_out = dual.losses()
    bound = problem.base + dual.bound
    out, taken = bound - if_in < record.cut, bound - if_out < record.cut
    fixed = np.flatnonzero(taken)
    if (out & taken).any() or not feasible(problem, fixed):
        return None
    if (out | taken).sum() <= least * len(problem):
        return problem
    return reduced(problem, ~out, fixed, 2 if len(problem) < SMALL else 6)


def _to_branch_on(dual: Dual) -> int:
    """Return the action that is chosen about half of the time, and matters."""
    doubt = np.minimum(dual.share, 1 - dual.share) + 1e-6
    return int(np.argmax(doubt * np.maximum(dual.worth(), 1e-12)))


def _size(problem: Compact) -> int:
    return len(problem.first) + 2 * len(problem.weight) + 2 * len(problem) + 50
