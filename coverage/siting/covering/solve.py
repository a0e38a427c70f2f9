"""The most for a given money or number: all stages together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.compact import Compact, compact, reduced
from camgap.coverage.siting.covering.dual import Dual
from camgap.coverage.siting.covering.exact import branch_and_cut
from camgap.coverage.siting.covering.problem import Covering
from camgap.coverage.siting.covering.search import Search
from camgap.coverage.siting.covering.solution import TOLERANCE, Solution, closed
from camgap.coverage.siting.covering.watch import Progress, Watch

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUNDS = 40  # of dual and search, side by side
DUAL_WORK, SEARCH_WORK = 20_000_000, 50_000_000  # runs and elements gone through per round: about a quarter of a second
DUAL_ROUNDS = (25, 200)  # per round, at least and at most
WORTH_REDUCING = 0.8  # share of actions still open below which the problem is made small again
EXACT_SIZE = 400_000  # actions x elements covered that branch and cut may begin with
ITERATIONS = 60_000  # of the simplex method in one attempt of branch and cut
TICK = 0.05  # seconds between looks at the clock


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
    attended(lambda: _run(record, budget, count, seed), watch)
    return record.solution()


@dataclass
class Record:
    """The best plan of the problem as it was stated, and the best bound."""

    problem: Covering
    plan: IntArray
    watch: Watch
    value: float = field(init=False)
    bound: float = field(init=False)
    quantum: float = 0.0

    def __post_init__(self) -> None:
        self.value = self.problem.value_of(self.plan)
        bonus = np.where(self.problem.forced, self.problem.value, np.maximum(self.problem.value, 0.0))
        self.bound = float(self.problem.weight.sum() + bonus.sum())
        self._rounding = 1e-12 * float(self.problem.weight.sum() + np.abs(self.problem.value).sum())

    def start_from(self, plan: IntArray, budget: float | None, count: int | None) -> None:
        """Begin with a known plan."""
        self.problem.check_plan(plan, budget, count)
        self.offer(plan, "given plan")

    def offer(self, plan: IntArray, stage: str) -> None:
        """Take a plan if it is better."""
        if (value := self.problem.value_of(plan)) > self.value:
            self.value, self.plan = value, np.sort(plan)
            self.watch.note(self.value, self.bound, stage)

    def limit(self, bound: float, stage: str) -> None:
        """Take a bound if it is lower; rounding is added on."""
        bound += self._rounding
        if bound < self.value - max(TOLERANCE * abs(bound), 10 * self._rounding):
            raise RuntimeError(
                f"a plan is worth {self.value:.6f}, more than the bound of {bound:.6f}; "
                "this is a fault in camgap, please report it"
            )
        if max(bound, self.value) < self.bound:
            self.bound = max(bound, self.value)
            self.watch.note(self.value, self.bound, stage)

    @property
    def done(self) -> bool:
        """Whether the plan is proven or the time is over."""
        return closed(self.value, self.bound, self.quantum) or self.watch.over()

    @property
    def excluded(self) -> float:
        """No plan left out of consideration is worth more than this: hardly more than the plan in hand."""
        return self.value + (0.0 if self.quantum else TOLERANCE / 4 * abs(self.value))

    def solution(self) -> Solution:
        """Return what stands."""
        return Solution(
            self.plan, self.value, self.bound, self.quantum, tuple(self.watch.trace), self.watch.stopped
        )  # fmt: skip


def attended(work: Callable[[], None], watch: Watch) -> None:
    """Run the work in a thread of its own; see to the time limit and to Ctrl-C meanwhile, a second one gives up at once."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed on below, to whoever waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        try:
            thread.join(TICK)
            watch.over()
        except KeyboardInterrupt:
            if watch.stopped == "interrupted":
                raise
            watch.stop("interrupted")
    if failed:
        raise failed[0]


def _run(record: Record, budget: float | None, count: int | None, seed: int) -> None:
    small = compact(record.problem, budget, count)
    record.quantum = small.quantum
    plan = _first_plan(small, record, seed)
    dual, search = Dual.begin(small, plan), _search_from(small, _prices(small, None), plan, seed)
    for number in range(ROUNDS):
        if record.done or len(small) == 0:
            break
        _side_by_side(small, dual, search, record)
        if record.done:
            break
        left = _without_the_decided(small, dual, record)
        if left is not None:
            dual, small = dual.carried_to(left), left
            search = _search_from(small, _prices(small, dual), small.actions_in(record.plan), seed + number + 1)
        size = int((small.last - small.first).sum())
        if dual.exhausted or (number > 0 and size < EXACT_SIZE / 20):
            if size <= EXACT_SIZE:
                _finish(small, search, record)
            break
    if len(small) == 0:
        record.limit(max(small.base, record.excluded), "nothing left to decide")


def _first_plan(small: Compact, record: Record, seed: int) -> IntArray:
    """Choose greedily by worth, by worth per money, and by both; return the best plan, or the one in hand if better."""
    best, value = small.actions_in(record.plan), record.value
    prices = [np.ones(len(small))]
    if np.isfinite(small.money):
        share = small.cost / small.money
        prices += [share] + ([share + 1 / small.count] if small.count else [])
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
    """Return what each action uses up of what is scarce: of the money, of the number, or of both at the dual's prices."""
    if not np.isfinite(small.money):
        return np.ones(len(small))
    if dual is None:
        return small.cost / small.money + 1e-3 / max(small.count, 1)
    return dual.money_price * small.cost + dual.action_price


def _side_by_side(small: Compact, dual: Dual, search: Search, record: Record) -> None:
    """Descend the dual in one thread while the search climbs in another."""
    rounds = int(np.clip(DUAL_WORK // (len(small.first) + 2 * len(small.weight) + 1), *DUAL_ROUNDS))
    target = search.value
    with ThreadPoolExecutor(2) as pool:
        down = pool.submit(dual.descend, rounds, target, record.watch)
        up = pool.submit(search.climb, SEARCH_WORK, record.watch)
        down.result()
        record.limit(max(small.base + dual.bound, record.excluded), "dual")
        up.result()
    record.offer(small.plan(search.best), "exchange")


def _without_the_decided(small: Compact, dual: Dual, record: Record) -> Compact | None:
    """Take and drop what every better plan takes and drops; None if that is too little to be worth it."""
    if_in, if_out = dual.losses()
    bound = small.base + dual.bound
    cut = record.excluded + (record.quantum * (1 - 1e-3) if record.quantum else 0.0)
    out, taken = bound - if_in < cut, bound - if_out < cut
    if (out | taken).mean() < 1 - WORTH_REDUCING:
        return None
    return reduced(small, ~out, np.flatnonzero(taken & ~out))


def _finish(small: Compact, search: Search, record: Record) -> None:
    answer = branch_and_cut(small, record.watch, search.best, iterations=ITERATIONS)
    record.offer(small.plan(answer.actions), "branch and cut")
    record.limit(max(small.base + answer.bound, record.excluded), "branch and cut")
