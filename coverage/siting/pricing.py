"""The most length for the money, with so much of every district covered at least.

A floor is priced: at a price l per metre of a district, the plan that makes length + l x length there greatest is found
on an axis where that district counts 1 + l, exactly as without floors. For every l >= 0

    length of any plan that keeps the floors  <=  best of (length + sum l_d length_d)  -  sum l_d floor_d,

so every price proves a bound, and the plans found on the way are candidates. Prices are looked for by cutting planes
(Kelley 1960; for one floor that is the method of Handler and Zang 1980, https://doi.org/10.1002/net.3230100403): the
next one is where the plans found so far prove least, half-way to the best so far where there are several floors. What
no price can reach is left to :mod:`camgap.coverage.siting.floors_exact`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from camgap.coverage.errors import InfeasibleError
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.siting.axis import ONCE, Axis, Certificate, holds
from camgap.coverage.siting.choices import Choices, Pick, columns_of
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering.solution import closed
from camgap.coverage.siting.dual import dual_bound
from camgap.coverage.siting.enumerated import worth_looking_at
from camgap.coverage.siting.finish import EFFORT
from camgap.coverage.siting.floors import ROUNDED, Floors, FloorsMade
from camgap.coverage.siting.floors_exact import Stated
from camgap.coverage.siting.greedy import Stages, stage, within
from camgap.coverage.siting.regroup import in_order
from camgap.coverage.siting.relaid import Relaid
from camgap.coverage.siting.selection import MONEY_ROUNDING, Selection, choose, in_view
from camgap.coverage.siting.turning import kept_views

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ROUNDS = (5, 1, 9)  # prices tried: for one floor, more for each further one, at most
DEAREST, DEARER, LIMIT = (
    4.0,
    8.0,
    3e4,
)  # price of a floor at most at first; it grows so while floors are missed; to this
SEARCHED = 150_000  # stretches seen by the views that local search chooses from
SOLVED = (1_500_000, 10_000)  # by those the exact program does; the first that is small enough
MOST_SOLVED = 20_000  # views of that
CHUNK = 256  # places whose views are looked at at once


def choose_with_floors(
    choices: Choices,
    covered: Stretches,
    budget: float | None,
    sites: int | None,
    floors: Floors,
    progress: Stages | None = None,
    forced: Sequence[int] = (),
    clock: Clock | None = None,
) -> tuple[Selection, FloorsMade]:
    """Choose views as :func:`~camgap.coverage.siting.selection.choose` does, with every floor kept.

    Returns
    -------
    Selection
        Its bound holds for all plans that keep the floors, its ceiling for all plans.
    FloorsMade

    Raises
    ------
    InfeasibleError
        If no plan keeps the floors, each that fails by itself named; or if none was found, and no proof either.
    """
    clock = clock or Clock()
    free = choose(choices, covered, budget, sites, progress, forced, clock)
    search = _Search(choices, covered, budget, sites, floors, forced, clock, progress, free)
    made = FloorsMade(
        floors, free.gain_m, free.bound_m, search.today_district_m + search.tried[0].district_m, np.zeros(len(floors))
    )
    if search.keeps(search.tried[0]):
        return free, made
    search.check_each()
    search.price_floors()
    search.finish()
    best = search.best()
    picks = in_order(choices, covered, [*best.kept, *best.picks], budget is None or choices.one_price)
    whole = replace(
        free, picks=tuple(p for p in picks if p.cost > 0), kept=tuple(p for p in picks if p.cost == 0),
        gain_m=best.gain_m, bound_m=max(search.bound_m, best.gain_m), views=search.views,
    )  # fmt: skip
    if best.gain_m > free.gain_m:  # then it is the best plan known without floors as well
        made = replace(made, without_m=best.gain_m, without_district_m=search.today_district_m + best.district_m)
    made = replace(made, without_bound_m=max(made.without_bound_m, best.gain_m), price=search.around)
    return whole, made


@dataclass(frozen=True)
class _Tried:
    """A plan that was found, and what it adds in plain metres: in all, and in each district."""

    picks: tuple[Pick, ...]
    kept: tuple[Pick, ...]
    gain_m: float
    district_m: FloatArray


@dataclass(frozen=True)
class _Around:
    """What a price of floors proves of single views: the axis laid out by it, a plan there, and the certificate.

    ``at_most`` is what no plan that keeps the floors gains more than [m].
    """

    laid: Choices
    mass: FloatArray
    scale: float
    standing: list[Pick]
    shared: FloatArray
    proof: Certificate
    at_most: float


@dataclass
class _Search:
    """The plans found so far, the best bound and the prices that prove it."""

    choices: Choices
    covered: Stretches
    budget: float | None
    sites: int | None
    floors: Floors
    forced: Sequence[int]
    clock: Clock
    progress: Stages | None
    free: Selection
    tried: list[_Tried] = field(init=False)
    bound_m: float = field(init=False)
    price: FloatArray = field(init=False)
    around: FloatArray = field(init=False)  # where the plans found so far keep the floors on average
    views: int = 0
    limit: float = field(init=False)  # money
    most: int = field(init=False)  # paid views

    def __post_init__(self) -> None:
        self.kept = kept_views(self.choices, self.covered)
        self.today = in_view(self.choices, self.covered, self.kept)
        self.today_district_m = self.floors.covered_by(self.today)
        self.needs = self.floors.least_m - self.today_district_m
        ends = [x for s in self.floors.stretches for x in (s.start, s.end)]
        self.relaid = Relaid.of(self.choices, np.concatenate(ends))
        middle = self.relaid.middle
        self.inside = np.vstack([holds(s, middle) for s in self.floors.stretches])
        self.tried, self.bound_m = [], self.free.bound_m
        self.price = self.around = np.zeros(len(self.floors))
        self.limit = np.inf if self.budget is None else self.budget + MONEY_ROUNDING
        self.most = self.sites if self.sites is not None else int(self.choices.capacity.sum())
        self.least_gain_m = self.covered.length - self.today.length  # of any plan: what is locked stays in view
        self.note(self.free.picks, self.free.kept)

    def note(self, picks: Sequence[Pick], kept: Sequence[Pick]) -> _Tried:
        """Measure a plan on the street axis and keep it."""
        seen = in_view(self.choices, self.covered, [*kept, *picks])
        gained = self.floors.covered_by(seen) - self.today_district_m
        found = _Tried(tuple(picks), tuple(kept), seen.length - self.today.length, gained)
        self.tried.append(found)
        return found

    def keeps(self, plan: _Tried) -> bool:
        """Tell whether a plan keeps all floors."""
        return bool((plan.district_m >= self.needs - ROUNDED).all())

    def missed(self, plan: _Tried) -> BoolArray:
        """Tell which floors a plan misses."""
        return np.asarray(plan.district_m < self.needs - ROUNDED)

    def kept_plans(self) -> list[_Tried]:
        """Return the plans that keep all floors."""
        return [plan for plan in self.tried if self.keeps(plan)]

    def weigh(self, whole: float, price: FloatArray, name: str, thorough: bool = False) -> tuple[_Tried, float]:
        """Choose where a metre counts `whole`, and more in districts; return the plan, and the bound less the needs."""
        laid, mass, scale = self.relaid.weighed(whole + price @ self.inside)
        found = choose(
            laid, self.relaid.moved(self.covered, mass), self.budget, self.sites, within(self.progress, name),
            self.forced, self.clock, effort=EFFORT if thorough else 0.0, branching=False,
        )  # fmt: skip
        bound = found.bound_m * scale - float(price @ self.needs)
        if whole > 0 and bound < self.bound_m:
            self.bound_m, self.price = bound, price
        self.views = max(self.views, found.views)
        return self.note(found.picks, found.kept), bound

    def check_each(self) -> None:
        """Stop if a floor by itself is out of reach: of all views together, or of the money."""
        faults = []
        for d in np.flatnonzero(self.missed(self.tried[0])).tolist():
            name, length = self.floors.names[d], self.floors.stretches[d].length
            asked = f"a floor of {self.floors.share[d]:.1%} of {name!r} is out of reach: "
            most = _reachable(self.choices, self.covered, self.floors.stretches[d])
            if most < self.floors.least_m[d] - ROUNDED:
                faults.append(f"{asked}all views on offer together see {most / length:.1%} of it")
                continue
            if self.clock.over():
                break
            alone = np.zeros(len(self.floors))
            alone[d] = 1.0
            plan, bound = self.weigh(0.0, alone, f"floor of {name}")
            if bound >= -ROUNDED and plan.district_m[d] < self.needs[d] - ROUNDED:  # neither kept nor refuted
                plan, bound = self.weigh(0.0, alone, f"floor of {name}", thorough=True)
            if bound < -ROUNDED:
                most = (self.needs[d] + bound + self.today_district_m[d]) / length
                faults.append(f"{asked}no plan within the limits covers more than {most:.1%} of it")
        if faults:
            raise InfeasibleError("plan: " + "; ".join(faults) + "; lower the floor, or allow more money or mounts")

    def price_floors(self) -> None:
        """Look for the prices that prove most, with the plans found there."""
        many, dearest = len(self.floors), DEAREST
        at = self._next(dearest)
        for n in range(min(ROUNDS[0] + ROUNDS[1] * (many - 1), ROUNDS[2])):
            if self.clock.over():
                break
            planned = self._promise(at)
            plan, bound = self.weigh(1.0, at, f"floors, price {n + 1}")
            if bound < self.least_gain_m - ROUNDED:
                raise InfeasibleError(self._together())
            settled = self._value(plan, at) <= planned + 1e-6 * max(abs(planned), 1.0)
            following = self._next(dearest)
            if dearest < LIMIT and (following >= dearest).any() and (settled or not self.kept_plans()):
                dearest *= DEARER
                following = self._next(dearest)
            if settled and np.allclose(following, at, rtol=1e-9, atol=1e-12):
                break
            at = following if many == 1 or settled else (following + self.price) / 2
        self.around = self._next(dearest)

    def _value(self, plan: _Tried, price: FloatArray) -> float:
        return plan.gain_m + float(price @ (plan.district_m - self.needs))

    def _promise(self, price: FloatArray) -> float:
        """Return the best that plans found so far are worth at a price."""
        return max(self._value(plan, price) for plan in self.tried)

    def _next(self, dearest: float) -> FloatArray:
        """Return the price at which the best of the plans found so far is worth least."""
        slopes = np.array([plan.district_m - self.needs for plan in self.tried])
        gains = np.array([plan.gain_m for plan in self.tried])
        d = len(self.floors)
        answer = linprog(
            np.append(np.zeros(d), 1.0), np.column_stack([slopes, -np.ones(len(gains))]), -gains,
            bounds=[(0.0, dearest)] * d + [(None, None)], method="highs",
        )  # fmt: skip
        price: FloatArray = np.maximum(answer.x[:d], 0.0)
        return price

    def _together(self) -> str:
        named = ", ".join(f"{n} {s:.1%}" for n, s in zip(self.floors.names, self.floors.share, strict=True))
        return (
            f"plan: no plan within the limits keeps {'all floors together' if len(self.floors) > 1 else 'the floor'} "
            f"({named}), which is proven; lower one, or allow more money or mounts"
        )

    def finish(self) -> None:
        """Improve plan and bound among the views that lose least at a price: by search, then exactly if few enough."""
        if self._closed() or self.clock.over():
            return
        around = self._around(self.around)
        self._search(*self._stated(around, SEARCHED)[:2])
        for runs in SOLVED:
            if self._closed() or self.clock.over():
                return
            stated, _, lost = self._stated(around, runs)
            if len(stated.views) <= MOST_SOLVED and self._solve(stated, around.at_most - lost * around.scale):
                return

    def _closed(self) -> bool:
        kept = self.kept_plans()
        return bool(kept) and closed(max(plan.gain_m for plan in kept), self.bound_m, 0.0)

    def _around(self, price: FloatArray) -> "_Around":
        """Prove what single views lose at a price."""
        laid, mass, scale = self.relaid.weighed(1.0 + price @ self.inside)
        covered, places = self.relaid.moved(self.covered, mass), np.arange(len(laid.sites))
        best = self._leading(price)
        standing = in_order(laid, covered, [*best.kept, *best.picks], True)
        first, told = laid.best_gains(places, covered), stage(self.progress, "floors: prove the bound")
        _, density = dual_bound(laid, covered, standing, first, self.limit, self.most, told, clock=self.clock)
        shared, _ = laid.best_gains(places, covered, density)
        proof = Certificate.of(laid, Axis.of(laid, covered, density, ONCE), shared, self.limit, self.most)
        base = in_view(laid, covered, kept_views(laid, covered)).length - covered.length
        at_most = (proof.bound - base) * scale - float(price @ self.needs)
        if at_most < self.bound_m:
            self.bound_m, self.price = at_most, price
        return _Around(laid, mass, scale, standing, shared, proof, at_most)

    def _stated(self, around: "_Around", runs: int) -> tuple[Stated, IntArray, float]:
        """State the problem of the views that lose least; return it, the rows of a plan, and the limit of the loss."""
        best = max(self.kept_plans(), key=lambda plan: plan.gain_m, default=None)
        slack = np.inf if best is None else max(around.at_most - best.gain_m, 0.0) / around.scale
        found, lost = worth_looking_at(around.laid, around.proof, around.shared, around.standing, slack, runs)
        start, end = (np.interp(x, around.mass, self.relaid.knots) for x in (found.seen.start, found.seen.end))
        views = replace(found, seen=Intervals(start, end, found.seen.owner))
        if self.progress:
            self.progress(f"floors: choose among {len(views):,} views", 0, 0)
        self.views = max(self.views, len(views))
        needs = self.needs + self.today_district_m - self.floors.covered_by(self.covered)
        stated = Stated.of(
            self.choices, views, self.covered, self.floors.stretches, needs, self.limit, self.most, self.forced
        )
        return stated, views.rows_of(around.laid, around.standing), lost

    def _search(self, stated: Stated, plan: IntArray) -> None:
        self._take(stated.views.picks_of(self.choices, stated.climb(plan)))

    def _solve(self, stated: Stated, others: float) -> bool:
        """Solve the problem of some views; no plan that keeps the floors with any other view gains more than `others`.

        Returns
        -------
        bool
            Whether it was small enough.
        """
        answer = stated.solve(self.clock)
        if answer is None:
            return False
        if answer.rows is not None:
            self._take(stated.views.picks_of(self.choices, answer.rows))
        bound = max(answer.bound + self.covered.length - self.today.length, others)
        if not self.kept_plans() and bound < self.least_gain_m - ROUNDED:
            raise InfeasibleError(self._together())
        self.bound_m = min(self.bound_m, bound)
        return True

    def _leading(self, price: FloatArray) -> _Tried:
        """Return the best plan that keeps the floors; if there is none, the best at a price."""
        kept = self.kept_plans()
        if kept:
            return max(kept, key=lambda plan: plan.gain_m)
        return max(self.tried, key=lambda plan: self._value(plan, price))

    def _take(self, picks: list[Pick]) -> None:
        """Note a plan if it is one: the program does not know which views may stand together, nor free views."""
        gone = {p.mount for p in picks}
        paid = [p for p in picks if p.cost > 0]
        mount, model, _ = columns_of(paid)
        if not self.choices.stand_together(mount, model):
            return
        free = [p for p in picks if p.cost == 0]
        self.note(paid, [*free, *(k for k in self.kept if k.mount not in gone)])

    def best(self) -> _Tried:
        """Return the plan that gains most of those that keep all floors."""
        kept = self.kept_plans()
        if kept:
            return max(kept, key=lambda plan: plan.gain_m)
        near = min(self.tried, key=lambda plan: float(np.maximum(self.needs - plan.district_m, 0.0).sum()))
        share = (near.district_m + self.today_district_m) / self.floors.length_m
        named = ", ".join(
            f"{n} {has:.1%} of {asked:.1%}"
            for n, has, asked, out in zip(self.floors.names, share, self.floors.share, self.missed(near), strict=True)
            if out
        )
        raise InfeasibleError(
            f"plan: neither a plan that keeps all floors was found nor a proof that there is none; the nearest has "
            f"{named}; lower a floor, or allow more money{' or time' if self.clock.stopped else ''}"
        )


def _reachable(choices: Choices, covered: Stretches, district: Stretches) -> float:
    """Return what is in view of a district with everything on offer put up at once [m]."""
    low, high = [covered.start], [covered.end]
    allowed = choices.offers.headings[choices.kind] & np.isfinite(choices.costs)[:, :, None]
    allowed &= (choices.capacity > 0)[:, None, None]
    for i in range(0, len(choices.sites), CHUNK):
        place, offer, step = np.nonzero(allowed[i : i + CHUNK])
        place += i
        seen = choices.intervals_of(place, offer, choices.azimuth_of(place, offer, step))
        all_of_them = union(seen.start, seen.end)
        low.append(all_of_them.start)
        high.append(all_of_them.end)
    reached = union(np.concatenate(low), np.concatenate(high))
    return float(reached.length_within(district.start, district.end).sum())
