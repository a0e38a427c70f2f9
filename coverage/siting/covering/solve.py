"""The most for a given money or number: all stages together."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.branch import branch_and_bound, without_the_decided
from camgap.coverage.siting.covering.compact import Compact, compact
from camgap.coverage.siting.covering.dual import Dual
from camgap.coverage.siting.covering.exact import branch_and_cut
from camgap.coverage.siting.covering.problem import Covering
from camgap.coverage.siting.covering.record import Record
from camgap.coverage.siting.covering.search import Search
from camgap.coverage.siting.covering.solution import Solution
from camgap.coverage.siting.covering.watch import Progress, Watch, attended

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUNDS = 40  # of dual and search, side by side
DUAL_WORK, SEARCH_WORK = 20_000_000, 50_000_000  # runs and elements gone through per round: about a quarter of a second
DUAL_ROUNDS = (25, 200)  # per round, at least and at most
FIRST = 1 / 16  # share of the first round's work; it doubles from round to round
PER_SIZE = 2_000  # elements the search goes through per round for each element covered
WORTH_REDUCING = 0.2  # share of actions decided above which the problem is made small again
BRANCHING = 4_000_000_000  # runs and elements gone through
LOCAL = 50  # elements covered per action below which linear programs are quick
EXACT_SIZE = 400_000  # actions x elements covered that branch and cut may begin with
ITERATIONS = 60_000  # of the simplex method in one attempt of branch and cut


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
        Actions that count at most, the forced ones included; None is no limit.
    time_limit : float or None
        Seconds. Without it effort is counted, not timed: equal input and seed give equal output.
    progress : callable, optional
        Called with every :class:`Step`, from another thread.
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
    SettingsError
        If a limit is negative, or `start` is no plan within the limits.
    """
    watch = Watch(np.inf if time_limit is None else time_limit, progress)
    forced = problem.demand(budget, count)
    record = Record(problem, forced, watch)
    if start is not None:
        record.start_from(start, budget, count)
    attended(lambda: search_plans(record, budget, count, seed), watch)
    return record.solution()


def search_plans(
    record: Record, budget: float | None, count: int | None, seed: int, effort: float = 1.0, branching: float = 1.0
) -> None:  # fmt: skip
    """Improve a record's plan and bound until they meet, or the effort is used up.

    `effort` is a share of what :func:`solve` gives search and dual, `branching` of what follows; 0 leaves that out.
    """
    small = compact(record.problem, budget, count)
    record.quantum = small.quantum
    plan = _first_plan(small, record, seed)
    dual, search = Dual.begin(small, plan), _search_from(small, _prices(small, None), plan, seed)
    for number in range(int(ROUNDS * effort)):
        before = record.value
        if record.done or len(small) == 0:
            break
        _side_by_side(small, dual, search, record, min(FIRST * 2**number, 1.0))
        if record.done:
            break
        left = without_the_decided(small, dual, record, WORTH_REDUCING)
        if left is None:
            record.limit(record.excluded, "dual")
            break
        if len(left) < len(small):
            dual, small = dual.carried_to(left), left
            search = _search_from(small, _prices(small, dual), small.actions_in(record.plan), seed + number + 1)
        if dual.exhausted and record.value <= before:
            break
    if len(small) == 0:
        record.offer(small.taken, "nothing left to decide")
        record.limit(max(small.base, record.excluded), "nothing left to decide")
    elif branching and not record.done:
        _finish(small, dual, search, record, branching)


def _first_plan(small: Compact, record: Record, seed: int) -> IntArray:
    """Choose greedily by worth, by worth per money, and by both; return the best plan, or the one in hand if better."""
    best, value = small.actions_in(record.plan), record.value
    prices, number = [np.ones(len(small))], small.counts.astype(np.float64)
    if np.isfinite(small.money):
        share = small.cost / small.money
        prices += [share] + ([share + number / small.count] if small.count else [])
    elif not small.counts.all():
        prices.append(number)
    for price in prices:
        if record.watch.over():
            break
        search = _search_from(small, price, np.empty(0, np.int64), seed)
        plan = small.plan(search.best)
        record.offer(plan, "greedy")
        if record.value > value:
            best, value = search.best, record.value
    return best


def _search_from(small: Compact, price: FloatArray, plan: IntArray, seed: int) -> Search:
    search = Search(small, price, seed)
    search.begin_with(plan)
    return search


def _prices(small: Compact, dual: Dual | None) -> FloatArray:
    """Return what each action uses up of what is scarce: money, number, or both at the dual's prices."""
    number = small.counts.astype(np.float64)
    if not np.isfinite(small.money):
        return number
    if dual is None:
        return small.cost / small.money + 1e-3 * number / max(small.count, 1)
    return dual.money_price * small.cost + dual.action_price * number


def _side_by_side(small: Compact, dual: Dual, search: Search, record: Record, share: float) -> None:
    """Descend the dual while the search climbs in another thread, until the dual has proven the plan."""
    rounds = int(np.clip(share * DUAL_WORK // (len(small.first) + 2 * len(small.weight) + 1), *DUAL_ROUNDS))
    work = int(min(share * SEARCH_WORK, PER_SIZE * int((small.last - small.first).sum()) + PER_SIZE))
    before, halt, proven = record.cut - small.base, record.watch.lever(), record.watch.lever()
    with ThreadPoolExecutor(1) as pool:
        up = pool.submit(search.climb, work, proven)
        dual.descend(rounds, before, halt)
        record.limit(max(small.base + dual.bound, record.excluded), "dual")
        if record.proven:
            proven[0] = 1
        up.result()
    if not record.proven:  # else what the search has found so far depends on the clock
        record.offer(small.plan(search.best), "exchange")


def _finish(small: Compact, dual: Dual, search: Search, record: Record, effort: float) -> None:
    """Close the gap: by branch and cut where actions are local, by branch and bound where they overlap densely."""
    size = int((small.last - small.first).sum())
    local = size <= LOCAL * len(small)
    if not local:
        branch_and_bound(small, dual, record, int(BRANCHING * effort))
    if not record.done and size <= (EXACT_SIZE if local else EXACT_SIZE // 20):
        answer = branch_and_cut(small, record.watch, search.best, iterations=int(ITERATIONS * effort))
        record.offer(small.plan(answer.actions), "branch and cut")
        record.limit(max(small.base + answer.bound, record.excluded), "branch and cut")
    if local and not record.done:
        branch_and_bound(small, dual, record, int(BRANCHING * effort))
