"""Floors: the most length for the money, with so much of every district covered at least.

A floor is priced: at a price l per metre of a district, the plan that makes length + l x length there greatest is found
on an axis where that district counts 1 + l, exactly as without floors. For every l >= 0

    length of any plan that keeps the floors  <=  best of (length + sum l_d length_d)  -  sum l_d floor_d,

so every price proves a bound, and the plans found on the way are candidates. Prices are looked for by cutting planes
(Kelley 1960; for one floor that is the method of Handler and Zang 1980, https://doi.org/10.1002/net.3230100403): the
next one is where the plans found so far prove least, half-way to the best so far where there are several floors. What
no price can reach is left to :mod:`camgap.coverage.siting.floors_exact`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.scoring.report import Districts
from camgap.coverage.siting.axis import ONCE, Axis, Certificate
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering.solution import closed
from camgap.coverage.siting.dual import dual_bound
from camgap.coverage.siting.enumerated import Enumerated, worth_looking_at
from camgap.coverage.siting.floors_exact import picks_of, solve_with_floors
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.regroup import in_order
from camgap.coverage.siting.relaid import Relaid
from camgap.coverage.siting.selection import MONEY_ROUNDING, Selection, choose, in_view
from camgap.coverage.siting.turning import kept_views

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

EVERY = "all"  # stands for every district
ROUNDED = 1e-4  # [m] a floor missed by less is kept
ROUNDS = (8, 4, 28)  # prices tried: for one floor, more for each further one, at most
DEAREST, DEARER, LIMIT = 4.0, 8.0, 3e4  # price of a floor at most at first; it grows so while floors are missed; to this
NUDGES, NUDGE = 6, 1.5  # tries to reach the last floors that are missed, each at so much higher prices of these
CHUNK = 256  # places whose views are looked at at once


@dataclass(frozen=True)
class Floors:
    """Shares of districts that are to be covered.

    Parameters
    ----------
    names : tuple of str
    stretches : tuple of Stretches
        The districts on the street axis.
    share : float64 array, shape (d,)
        Of each one's street length at least, 0 to 1.
    """

    names: tuple[str, ...]
    stretches: tuple[Stretches, ...]
    share: FloatArray

    def __len__(self) -> int:
        return len(self.names)

    @property
    def length_m(self) -> FloatArray:
        """Street length of each district, shape (d,) [m]."""
        return np.array([s.length for s in self.stretches])

    @property
    def least_m(self) -> FloatArray:
        """What is to be covered of each, shape (d,) [m]."""
        return self.share * self.length_m

    def covered_by(self, seen: Stretches) -> FloatArray:
        """Return what of each district lies in some stretches, shape (d,) [m]."""
        return np.array([float(seen.length_within(s.start, s.end).sum()) for s in self.stretches])


@dataclass(frozen=True)
class FloorsMade:
    """What floors come to.

    Parameters
    ----------
    floors : Floors
    without_m : float
        What the plan for the same limits gains without floors; ``without_bound_m`` what none gains more than [m].
    without_district_m : float64 array, shape (d,)
        Covered in each district with that plan [m].
    price : float64 array, shape (d,)
        Of the bound's proof: metres of length that one more metre of each floor costs, about; 0 where it costs nothing.
    """

    floors: Floors
    without_m: float
    without_bound_m: float
    without_district_m: FloatArray
    price: FloatArray


def floors_of(districts: Districts | None, wanted: Mapping[str, float]) -> Floors:
    """Return the floors that are asked for by name of the district; :data:`EVERY` stands for all without one.

    Raises
    ------
    SettingsError
        If there are no districts, or a name is not theirs, or that of several.
    InfeasibleError
        If a district with a floor has no street.
    """
    if districts is None:
        raise SettingsError("plan: floors are asked for, but there are no districts; give --districts FILE")
    names = list(districts.names)
    faults = [_unknown(name, names) for name in wanted if name != EVERY and names.count(name) != 1]
    if faults:
        raise SettingsError("plan: " + "; ".join(faults))
    iv, rows, shares = districts.intervals, [], []
    stretches = [union(iv.start[iv.owner == i], iv.end[iv.owner == i]) for i in range(len(names))]
    for i, name in enumerate(names):
        share = wanted.get(name, wanted.get(EVERY) if stretches[i].length > 0 else None)
        if share is not None and (name in wanted or share > 0):
            rows.append(i)
            shares.append(share)
    empty = [names[i] for i, share in zip(rows, shares, strict=True) if share > 0 and stretches[i].length == 0]
    if empty:
        raise InfeasibleError("plan: " + "; ".join(f"{n!r} has a floor, but no street of the study area" for n in empty))
    some = [i for i in rows if stretches[i].length > 0]
    return Floors(
        tuple(names[i] for i in some), tuple(stretches[i] for i in some),
        np.array([share for i, share in zip(rows, shares, strict=True) if i in set(some)], np.float64),
    )  # fmt: skip


def _unknown(name: str, names: list[str]) -> str:
    if name in names:
        return f"{names.count(name)} districts are named {name!r}, a floor needs one; name them apart"
    near = get_close_matches(name, [*names, EVERY], n=3)
    known = " or ".join(repr(n) for n in near) if near else ", ".join(sorted(set(names))[:10])
    return f"there is no district {name!r} for a floor; {'did you mean ' + known + '?' if near else 'there are ' + known}"


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
    return whole, replace(made, price=search.price)


@dataclass(frozen=True)
class _Tried:
    """A plan that was found, and what it adds in plain metres: in all, and in each district."""

    picks: tuple[Pick, ...]
    kept: tuple[Pick, ...]
    gain_m: float
    district_m: FloatArray


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
    views: int = 0

    def __post_init__(self) -> None:
        self.kept = kept_views(self.choices, self.covered)
        self.today = in_view(self.choices, self.covered, self.kept)
        self.today_district_m = self.floors.covered_by(self.today)
        self.needs = self.floors.least_m - self.today_district_m
        ends = [x for s in self.floors.stretches for x in (s.start, s.end)]
        self.relaid = Relaid.of(self.choices, np.concatenate(ends))
        middle = self.relaid.middle
        self.inside = np.vstack([_holds(s, middle) for s in self.floors.stretches])
        self.tried, self.bound_m, self.price = [], self.free.bound_m, np.zeros(len(self.floors))
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
            laid, self.relaid.moved(self.covered, mass), self.budget, self.sites, self._told(name), self.forced,
            self.clock, quick=not thorough,
        )  # fmt: skip
        bound = found.bound_m * scale - float(price @ self.needs)
        if whole > 0 and bound < self.bound_m:
            self.bound_m, self.price = bound, price
        self.views = max(self.views, found.views)
        return self.note(found.picks, found.kept), bound

    def _told(self, name: str) -> Stages | None:
        progress = self.progress
        return (lambda what, done, total: progress(f"{name}: {what}", done, total)) if progress else None

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
                return
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
        self._nudge()

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

    def _nudge(self) -> None:
        """Raise the prices of the floors still missed until they are kept, if no plan keeps all."""
        price = self.price
        for n in range(NUDGES):
            if self.kept_plans() or self.clock.over():
                return
            plan, _ = self.weigh(1.0, price, f"floors, missed {n + 1}")
            price = np.where(self.missed(plan), NUDGE * price + 0.05, price)

    def _together(self) -> str:
        named = ", ".join(f"{n} {s:.1%}" for n, s in zip(self.floors.names, self.floors.share, strict=True))
        return (
            f"plan: each floor is within reach, but no plan within the limits keeps all of them ({named}); this is "
            "proven; lower one, or allow more money or mounts"
        )

    def finish(self) -> None:
        """Improve plan and bound at the best prices: by the finish there, then with the floors as they are."""
        if not self._closed() and not self.clock.over():
            self.weigh(1.0, self.price, "floors, finish", thorough=True)
        if not self._closed() and not self.clock.over():
            self._solve_exactly()

    def _closed(self) -> bool:
        kept = self.kept_plans()
        return bool(kept) and closed(max(plan.gain_m for plan in kept), self.bound_m, 0.0)

    def _solve_exactly(self) -> None:
        """Solve the problem of all views that a better plan could contain."""
        limit = np.inf if self.budget is None else self.budget + MONEY_ROUNDING
        most = self.sites if self.sites is not None else int(self.choices.capacity.sum())
        laid, mass, scale = self.relaid.weighed(1.0 + self.price @ self.inside)
        covered, places = self.relaid.moved(self.covered, mass), np.arange(len(laid.sites))
        kept = self.kept_plans()
        best = max(kept, key=lambda plan: plan.gain_m) if kept else max(self.tried, key=lambda p: self._value(p, self.price))
        standing = in_order(laid, covered, [*best.kept, *best.picks], True)
        first = laid.best_gains(places, covered)
        _, density = dual_bound(
            laid, covered, standing, first, limit, most, stage(self.progress, "floors: prove the bound"), clock=self.clock
        )
        shared, _ = laid.best_gains(places, covered, density)
        proof = Certificate.of(laid, Axis.of(laid, covered, density, ONCE), shared, limit, most)
        base = in_view(laid, covered, kept_views(laid, covered)).length - covered.length
        at_most = (proof.bound - base) * scale - float(self.price @ self.needs)  # of any plan that keeps the floors
        if at_most < self.bound_m:
            self.bound_m = at_most
        slack = max(at_most - best.gain_m, 0.0) / scale if kept else np.inf
        views, lost = worth_looking_at(laid, proof, shared, standing, slack)
        seen = Intervals(*(np.interp(x, mass, self.relaid.knots) for x in (views.seen.start, views.seen.end)), views.seen.owner)
        if self.progress:
            self.progress(f"floors: solve {len(views):,} views", 0, 0)
        views = Enumerated(views.place, views.offer, views.step, seen)
        needs = self.needs + self.today_district_m - self.floors.covered_by(self.covered)
        found = solve_with_floors(
            self.choices, views, self.covered, self.floors.stretches, needs, limit, most, self.forced, self.clock
        )
        if found is None:
            return
        self.views = max(self.views, len(views))
        if found.rows is not None:
            self._take(picks_of(self.choices, views, found.rows))
        others = at_most - lost * scale if lost < np.inf else -np.inf  # of a plan with a view that is not among these
        bound = max(found.bound + self.covered.length - self.today.length, others)
        if not self.kept_plans() and bound < self.least_gain_m - ROUNDED:
            raise InfeasibleError(self._together())
        self.bound_m = min(self.bound_m, bound)

    def _take(self, picks: list[Pick]) -> None:
        """Note a plan if it is one: what the program knows nothing of is distances and free views it left out."""
        gone = {p.mount for p in picks}
        paid = [p for p in picks if p.cost > 0]
        mounts = {p.mount for p in paid}
        if any(mounts & set(self.choices.too_near(m).tolist()) for m in mounts):
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
            f"plan: neither a plan that keeps all floors was found nor a proof that there is none; the nearest has {named}; "
            f"lower a floor, or allow more money{' or time' if self.clock.stopped else ''}"
        )


def _holds(stretches: Stretches, at: FloatArray) -> BoolArray:
    row = np.searchsorted(stretches.start, at, side="right") - 1
    return np.asarray((row >= 0) & (at < stretches.end[np.maximum(row, 0)]))


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
