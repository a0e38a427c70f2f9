"""The covering problem made small without losing its best plan: equal cells merged, dominated actions dropped."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering import columns
from camgap.coverage.siting.covering.problem import Covering, affordable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ROUNDS = 6  # each of merging, folding and dropping lets the others find more; the first rounds find nearly all


@dataclass(frozen=True)
class Compact:
    """What is left to decide; its best plan, with `taken`, is a best plan of the problem it came from.

    Parameters
    ----------
    weight : float64 array, shape (e,)
        Of each element: cells that exactly the same actions cover.
    need : int64 array, shape (e,)
        Actions still needed to cover it.
    ptr : int64 array, shape (a + 1,); first, last : int64 arrays, shape (r,)
        Runs of elements of each action: ascending, disjoint, not touching.
    cost, value : float64 arrays, shape (a,)
        `value` has taken in what only actions of the same group cover, where a plan has one of them at most.
    counts : bool array, shape (a,)
        Which count towards the number.
    group : int64 array, shape (a,)
        Ascending.
    group_ptr : int64 array, shape (g + 1,)
        Group j has the actions ``group_ptr[j]:group_ptr[j + 1]``.
    most : int64 array, shape (g,)
    origin : int64 array, shape (a,)
        Number of each action in the problem it came from.
    taken : int64 array
        Actions of that problem that are in every plan.
    base : float
        What they are worth.
    money : float
        Budget left; may be infinite.
    count : int
        Actions left that count.
    quantum : float
        Values of two plans differ by a multiple of this, or not at all; 0 if unknown.
    element_of : int64 array
        Element of each element of the problem it was reduced from; -1 for those that decide nothing any more.
    """

    weight: FloatArray
    need: IntArray
    ptr: IntArray
    first: IntArray
    last: IntArray
    cost: FloatArray
    value: FloatArray
    counts: BoolArray
    group: IntArray
    group_ptr: IntArray
    most: IntArray
    origin: IntArray
    taken: IntArray
    base: float
    money: float
    count: int
    quantum: float
    element_of: IntArray

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def plain(self) -> bool:
        """Whether every element counts as soon as one action covers it."""
        return bool((self.need == 1).all())

    def plan(self, actions: IntArray) -> IntArray:
        """Return a choice of its actions, with those taken, as actions of the problem it came from, ascending."""
        return np.sort(np.concatenate([self.taken, self.origin[np.asarray(actions, np.int64)]]))

    def actions_in(self, plan: IntArray) -> IntArray:
        """Return its own numbers of those actions of a plan that are still open."""
        return np.flatnonzero(np.isin(self.origin, plan))


def compact(problem: Covering, budget: float | None, count: int | None) -> Compact:
    """Make a covering problem small.

    Raises
    ------
    InfeasibleError
        If the forced actions alone break a limit.
    """
    forced = problem.demand(budget, count)
    money = np.inf if budget is None else affordable(budget)
    ptr, first, last = columns.united(problem.ptr, problem.first, problem.last)
    whole = Compact(
        problem.weight, problem.need, ptr, first, last, problem.cost, problem.value, problem.counts, problem.group,
        np.empty(0, np.int64), problem.most, np.arange(len(problem)), np.empty(0, np.int64), 0.0, money,
        len(problem) if count is None else count, _quantum(problem), np.arange(len(problem.weight)),
    )  # fmt: skip
    return reduced(whole, np.ones(len(problem), bool), forced)


def reduced(problem: Compact, open_: BoolArray, taken: IntArray, rounds: int = ROUNDS) -> Compact:
    """Take some actions, drop others, and make what is left small again.

    Parameters
    ----------
    open_ : bool array, shape (a,)
        Actions still to be decided; those taken need not be left out.
    taken : int64 array
        Actions that every plan contains.
    rounds : int
        Of merging, folding and dropping.
    """
    times = columns.times_covered(len(problem.weight), problem.ptr, problem.first, problem.last, taken)
    most = problem.most - np.bincount(problem.group[taken], minlength=len(problem.most))
    money = problem.money - float(problem.cost[taken].sum())
    count = problem.count - int(problem.counts[taken].sum())
    open_ = open_.copy()
    open_[taken] = False
    allowed = (count > 0) | ~problem.counts
    keep = np.flatnonzero(open_ & (most[problem.group] > 0) & (problem.cost <= money) & allowed)
    keep = keep[np.argsort(problem.group[keep], kind="stable")]
    done = times >= problem.need
    left = replace(
        problem,
        weight=np.where(done, 0.0, problem.weight), need=np.maximum(problem.need - times, 1), most=most,
        origin=np.arange(len(problem)), taken=taken, money=money, count=min(count, int(problem.counts[keep].sum())),
        base=problem.base + float(problem.weight[done].sum() + problem.value[taken].sum()),
        element_of=np.arange(len(problem.weight)),
    )  # fmt: skip
    left = _select(left, keep)
    for _ in range(rounds):
        size = len(left), len(left.weight)
        left = _drop(_fold(_merge(left)))
        if size == (len(left), len(left.weight)):
            break
    left = _tighten(_merge(left))
    return replace(
        left,
        origin=problem.origin[left.origin],
        taken=np.sort(np.concatenate([problem.taken, problem.origin[taken]])),
    )


def _select(problem: Compact, keep: IntArray) -> Compact:
    """Return the problem with these actions only; groups are numbered anew."""
    names, group = np.unique(problem.group[keep], return_inverse=True)
    ptr, first, last = columns.selected(keep, problem.ptr, problem.first, problem.last)
    group = group.astype(np.int64)
    return replace(
        problem,
        ptr=ptr, first=first, last=last, cost=problem.cost[keep], value=problem.value[keep],
        counts=problem.counts[keep], group=group,
        group_ptr=np.searchsorted(group, np.arange(len(names) + 1)), most=problem.most[names],
        origin=problem.origin[keep],
    )  # fmt: skip


def _merge(problem: Compact) -> Compact:
    """Merge elements that the same actions cover, wherever they lie; leave out those without weight or actions.

    Which actions cover an element is compared by a 64-bit signature and their number: of 5 million elements, two
    different ones are taken for equal with a chance below 1e-6. Runs never break: where one of two equal elements
    lies, the other does.
    """
    n = len(problem.weight)
    times = columns.times_covered(n, problem.ptr, problem.first, problem.last, np.arange(len(problem)))
    names = np.random.default_rng(20).integers(1, 2**64 - 1, len(problem), np.uint64)
    signature = columns.signatures(n, problem.ptr, problem.first, problem.last, names)
    signature ^= (times * 1_000_003 + problem.need * 7_919).astype(np.uint64)
    real = np.flatnonzero((times >= problem.need) & (problem.weight > 0))
    _, at, kind = np.unique(signature[real], return_index=True, return_inverse=True)
    order = np.argsort(at)  # kinds in the order of their first element
    rank = np.empty(len(at), np.int64)
    rank[order] = np.arange(len(at))
    kept = np.zeros(n + 1, np.int64)
    kept[real[at] + 1] = 1
    position = np.cumsum(kept)
    ptr, first, last = columns.squeezed(problem.ptr, problem.first, problem.last, position)
    element = np.full(n, -1, np.int64)
    element[real] = rank[kind]
    return replace(
        problem,
        weight=np.bincount(rank[kind], problem.weight[real], len(at)).astype(np.float64),
        need=problem.need[real[at[order]]], ptr=ptr, first=first, last=last, element_of=_through(problem, element),
    )  # fmt: skip


def _through(problem: Compact, element: IntArray) -> IntArray:
    chain = problem.element_of.copy()
    chain[chain >= 0] = element[chain[chain >= 0]]
    return chain


def _fold(problem: Compact) -> Compact:
    """Move the weight of elements only one group covers into its actions' values, if a plan has one of them at most."""
    plain = np.flatnonzero(problem.most == 1)
    runs = problem.ptr[problem.group_ptr]  # a group's actions lie side by side, and so do their runs
    ptr, first, last = columns.united(runs, problem.first, problem.last)
    n = len(problem.weight)
    alone = columns.times_covered(n, ptr, first, last, np.arange(len(problem.most))) == 1
    alone &= (columns.times_covered(n, ptr, first, last, plain) == 1) & (problem.need == 1)
    value = problem.value.copy()
    columns.add_weights(problem.ptr, problem.first, problem.last, np.where(alone, problem.weight, 0.0), value)
    return replace(problem, weight=np.where(alone, 0.0, problem.weight), value=value)


def _drop(problem: Compact) -> Compact:
    """Leave out actions that can bring nothing and dominated ones."""
    reach = problem.value.copy()
    columns.add_weights(problem.ptr, problem.first, problem.last, problem.weight, reach)
    kept = reach > 0
    plain = problem.most == 1
    if problem.plain or plain.all():
        columns.mark_dominated(
            problem.group_ptr, plain if problem.plain else np.zeros(len(plain), bool), problem.ptr, problem.first,
            problem.last, problem.weight, problem.cost, problem.value, problem.counts, kept,
        )  # fmt: skip
    return _select(problem, np.flatnonzero(kept))


def _tighten(problem: Compact) -> Compact:
    """Say how many actions the money buys at most, and forget the money where it buys any that are allowed."""
    rising, others = np.sort(problem.cost[problem.counts]), float(problem.cost[~problem.counts].sum())
    count = min(problem.count, len(rising), int(np.searchsorted(np.cumsum(rising), problem.money, side="right")))
    enough = others + float(rising[len(rising) - count :].sum()) <= max(problem.money, 0.0)
    return replace(problem, count=count, money=np.inf if enough else problem.money)


def _quantum(problem: Covering) -> float:
    whole = all(bool((x == np.rint(x)).all()) for x in (problem.weight, problem.value))
    return 1.0 if whole and problem.weight.sum() < 2**50 else 0.0
