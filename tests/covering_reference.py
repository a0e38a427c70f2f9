"""Slow, obvious answers to covering problems: every plan tried, and a model of their own for HiGHS through scipy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from camgap.coverage.siting.covering import Covering

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Floor = tuple[Sequence[int], float]


def covering(
    cells: Sequence[Sequence[int]], weight: Sequence[float], *, cost: Sequence[float] | None = None,
    group: Sequence[int] | None = None, most: Sequence[int] | None = None, **more: npt.ArrayLike,
) -> Covering:  # fmt: skip
    """State a problem by the cells of every action, one run per cell."""
    flat = np.array([c for some in cells for c in some], np.int64)
    group = range(len(cells)) if group is None else group
    return Covering(
        np.array(weight, float), np.cumsum([0, *map(len, cells)]), flat, flat + 1,
        np.array(np.ones(len(cells)) if cost is None else cost, float), np.array(group, np.int64),
        np.array([1] * (max(group, default=-1) + 1) if most is None else most, np.int64),
        **{name: np.asarray(values) for name, values in more.items()},
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A small problem and its limits."""

    problem: Covering
    budget: float | None
    count: int | None


def plans(case: Case) -> Iterator[IntArray]:
    """Yield every plan within the limits."""
    p = case.problem
    for size in range(len(p) + 1):
        for some in combinations(range(len(p)), size):
            plan = np.array(some, np.int64)
            cost = sum(p.cost[i] for i in some)
            taken = np.bincount(p.group[plan], minlength=len(p.most))
            if (
                (case.count is None or sum(p.counts[i] for i in some) <= case.count)
                and (case.budget is None or cost <= case.budget * (1 + 1e-9))
                and (taken <= p.most).all()
                and all(i in some for i in np.flatnonzero(p.forced))
            ):
                yield plan


def worth(p: Covering, plan: IntArray) -> float:
    """Count a plan's value cell by cell."""
    total = sum(float(p.value[i]) for i in plan)
    for cell in range(len(p.weight)):
        seen = sum(any(p.first[k] <= cell < p.last[k] for k in range(p.ptr[i], p.ptr[i + 1])) for i in plan)
        total += float(p.weight[cell]) * (seen >= p.need[cell])
    return total


def weight_of(p: Covering, plan: IntArray) -> float:
    """Count the covered weight alone, without the actions' own values."""
    return worth(p, plan) - sum(float(p.value[i]) for i in plan)


@st.composite
def cases(draw: st.DrawFn, values: bool = True, forced: bool = True, backup: bool = True) -> Case:
    """Draw a small problem: wildly different prices, groups that allow up to 3, actions that must or count not."""
    n, c = draw(st.integers(1, 9)), draw(st.integers(1, 14))
    whole = draw(st.booleans())
    weights = st.integers(0, 9) if whole else st.sampled_from([0.0, 0.1, 0.25, 1.0, 7.3, 1e-3, 12.0])
    run = st.tuples(st.integers(0, c - 1), st.integers(1, 5)).map(lambda r: range(r[0], min(r[0] + r[1], c)))
    runs = draw(st.lists(st.lists(run, max_size=3), min_size=n, max_size=n))
    groups = draw(st.integers(1, n))
    prices = draw(
        st.sampled_from([st.just(1.0), st.integers(1, 9), st.sampled_from([0.0, 0.01, 1.0, 3.33, 250.0, 10_000.0])])
    )
    bonus = st.sampled_from([0, 0, 0, 1, 3, -1, -2]) if values else st.just(0)
    needs = st.sampled_from([1, 1, 2, 3] if backup else [1])
    must = st.sampled_from([False] * 7 + [forced])
    cost = np.array(draw(st.lists(prices, min_size=n, max_size=n)), float)
    group = np.array(draw(st.lists(st.integers(0, groups - 1), min_size=n, max_size=n)), np.int64)
    most = np.array(draw(st.lists(st.integers(0, 3), min_size=groups, max_size=groups)), np.int64)
    drawn = st.lists(st.booleans(), min_size=n, max_size=n)
    each = np.array(draw(st.just([True] * n) | drawn), bool)
    counts = np.where(most[group] > 1, each[group], each)  # a group for several has actions of one kind
    problem = Covering(
        np.array(draw(st.lists(weights, min_size=c, max_size=c)), float),
        np.cumsum([0, *map(len, runs)]),
        np.array([r.start for some in runs for r in some], np.int64),
        np.array([r.stop for some in runs for r in some], np.int64),
        cost,
        group,
        most,
        value=np.array(draw(st.lists(bonus, min_size=n, max_size=n)), float),
        forced=np.array(draw(st.lists(must, min_size=n, max_size=n)), bool),
        need=np.array(draw(st.lists(needs, min_size=c, max_size=c)), np.int64),
        counts=counts,
    )
    share = draw(st.none() | st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, 1.0]))
    return Case(
        problem,
        None if share is None else share * float(cost.sum()),
        draw(st.none() | st.integers(0, n)),
    )


def best_by_milp(
    p: Covering, budget: float | None = None, count: int | None = None, floors: Sequence[Floor] = (),
    target: float | None = None, by: str = "value",
) -> float:  # fmt: skip
    """Solve with a model that shares nothing with the package: one row per cell, `need` x counted <= times covered."""
    n, c = len(p), len(p.weight)
    seen = lil_matrix((c, n + c))
    for i in range(n):
        for k in range(p.ptr[i], p.ptr[i + 1]):
            for cell in range(p.first[k], p.last[k]):
                seen[cell, i] = 1
    for cell in range(c):
        seen[cell, n + cell] = -p.need[cell]
    rows = [LinearConstraint(seen.tocsr(), 0, np.inf)]
    belongs = lil_matrix((len(p.most), n + c))
    for i in range(n):
        belongs[p.group[i], i] = 1
    rows.append(LinearConstraint(belongs.tocsr(), 0, p.most))
    none = np.zeros(c)
    if budget is not None:
        rows.append(LinearConstraint(np.concatenate([p.cost, none])[None], -np.inf, budget * (1 + 1e-9)))
    if count is not None:
        rows.append(LinearConstraint(np.concatenate([p.counts, none])[None], -np.inf, count))
    for cells, least in floors:
        row = np.zeros(n + c)
        row[n + np.asarray(cells, np.int64)] = p.weight[cells]
        rows.append(LinearConstraint(row[None], least, np.inf))
    if target is not None:
        rows.append(LinearConstraint(np.concatenate([np.zeros(n), p.weight])[None], target, np.inf))
    aim = {"value": -np.concatenate([p.value, p.weight]), "cost": np.concatenate([p.cost, none]),
           "count": np.concatenate([p.counts.astype(float), none])}[by]  # fmt: skip
    answer = milp(
        aim, constraints=rows, integrality=np.ones(n + c),
        bounds=Bounds(np.concatenate([p.forced.astype(float), none]), 1), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    assert answer.success, answer.message
    return float(-answer.fun if by == "value" else answer.fun)
