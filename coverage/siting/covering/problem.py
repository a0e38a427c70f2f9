"""The covering problem: weighted cells, and actions that cover runs of them, at a cost, so many per group."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals
from camgap.coverage.siting.covering import columns

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MONEY_ROUNDING = 1e-9  # share of the budget: prices are sums of decimals


@dataclass(frozen=True)
class Covering:
    """Choose actions: a cell's weight counts once it is covered as often as it needs.

    A plan is a set of actions with at most ``most[g]`` of each group g and all forced ones. Its value is the weight of
    the cells that at least ``need`` of its actions cover, plus the sum of its actions' own `value`.

    Parameters
    ----------
    weight : float64 array, shape (c,)
        Of each cell, not negative: metres, or any other objective.
    ptr : int64 array, shape (a + 1,)
        Action i covers the runs ``ptr[i]:ptr[i + 1]``.
    first, last : int64 arrays, shape (r,)
        Half-open runs of cells, ``0 <= first < last <= c``; those of one action may overlap (a cell then counts once).
    cost : float64 array, shape (a,)
        Not negative, in any currency.
    group : int64 array, shape (a,)
        What the action belongs to (a mount, a camera), ``0 <= group < g``.
    most : int64 array, shape (g,)
        Actions of each group at most.
    value : float64 array, shape (a,), optional
        A bonus (or, below 0, a penalty) of each action, whatever it covers; 0 by default.
    forced : bool array, shape (a,), optional
        Actions every plan contains; none by default.
    need : int64 array, shape (c,), optional
        Actions that must cover a cell before it counts, at least 1 (backup coverage: 2); 1 by default.
    counts : bool array, shape (a,), optional
        Which count towards the number of a plan; all by default. Of a group with both kinds a plan has one at most.

    Raises
    ------
    SettingsError
        Arrays that do not fit each other, or values outside their ranges.
    """

    weight: FloatArray
    ptr: IntArray
    first: IntArray
    last: IntArray
    cost: FloatArray
    group: IntArray
    most: IntArray
    value: FloatArray = field(default_factory=lambda: np.empty(0))
    forced: BoolArray = field(default_factory=lambda: np.empty(0, bool))
    need: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    counts: BoolArray = field(default_factory=lambda: np.empty(0, bool))

    def __post_init__(self) -> None:
        cells, actions = len(self.weight), len(self.cost)
        if len(self.value) == 0:
            object.__setattr__(self, "value", np.zeros(actions))
        if len(self.forced) == 0:
            object.__setattr__(self, "forced", np.zeros(actions, bool))
        if len(self.need) == 0:
            object.__setattr__(self, "need", np.ones(cells, np.int64))
        if len(self.counts) == 0:
            object.__setattr__(self, "counts", np.ones(actions, bool))
        self._check(
            len(self.ptr) == actions + 1
            and len(self.group) == len(self.value) == len(self.forced) == len(self.counts) == actions
            and len(self.first) == len(self.last)
            and len(self.need) == cells,
            "its columns have different lengths",
        )
        rising = self.ptr[0] == 0 and self.ptr[-1] == len(self.first) and bool((np.diff(self.ptr) >= 0).all())
        self._check(rising, "ptr does not rise from 0 to the number of runs")
        inside = (self.first < self.last) & (self.first >= 0) & (self.last <= cells)
        self._check(bool(inside.all()), "a run is outside")
        self._check(bool((np.isfinite(self.weight) & (self.weight >= 0)).all()), "a weight is negative or not a number")
        self._check(bool((np.isfinite(self.cost) & (self.cost >= 0)).all()), "a cost is negative or not a number")
        self._check(bool(np.isfinite(self.value).all()), "an action's value is not a number")
        self._check(bool(((self.group >= 0) & (self.group < len(self.most))).all()), "a group does not exist")
        self._check(bool((self.most >= 0).all()), "a group's most is negative")
        self._check(bool((self.need >= 1).all()), "a cell needs less than one action")
        both = np.intersect1d(self.group[self.counts], self.group[~self.counts])
        self._check(bool((self.most[both] <= 1).all()), "a group for several actions has some that count and some not")

    @staticmethod
    def _check(holds: bool, what: str) -> None:
        if not holds:
            raise SettingsError(f"the covering problem cannot be stated: {what}")

    def __len__(self) -> int:
        return len(self.cost)

    def covered(self, actions: IntArray) -> BoolArray:
        """Tell which cells count in a plan, shape (c,)."""
        actions = np.asarray(actions, np.int64)
        ptr, first, last = columns.united(*columns.selected(actions, self.ptr, self.first, self.last))
        times = columns.times_covered(len(self.weight), ptr, first, last, np.arange(len(actions)))
        return np.asarray(times >= self.need)

    def value_of(self, actions: IntArray) -> float:
        """Return what a plan is worth, counted directly on the cells."""
        actions = np.asarray(actions, np.int64)
        return float(self.weight[self.covered(actions)].sum() + self.value[actions].sum())

    def cost_of(self, actions: IntArray) -> float:
        """Return what a plan costs."""
        return float(self.cost[np.asarray(actions, np.int64)].sum())

    def faults_of(self, actions: IntArray, budget: float | None = None, count: int | None = None) -> list[str]:
        """Name every limit a set of actions breaks; none for a plan."""
        actions = np.asarray(actions, np.int64)
        faults = [] if len(np.unique(actions)) == len(actions) else ["an action is taken twice"]
        missing = np.setdiff1d(np.flatnonzero(self.forced), actions)
        faults += [f"the forced action {action} is missing" for action in missing.tolist()]
        taken = np.bincount(self.group[actions], minlength=len(self.most))
        for g in np.flatnonzero(taken > self.most).tolist():
            faults.append(f"group {g} has {taken[g]} actions, at most {self.most[g]} are allowed")
        if budget is not None and self.cost_of(actions) > affordable(budget):
            faults.append(f"the actions cost {self.cost_of(actions):g}, the budget is {budget:g}")
        if count is not None and (number := int(self.counts[actions].sum())) > count:
            faults.append(f"there are {number} actions, at most {count} are allowed")
        return faults

    def check_plan(self, actions: IntArray, budget: float | None = None, count: int | None = None) -> None:
        """Raise a SettingsError that names every limit a set of actions breaks."""
        faults = self.faults_of(actions, budget, count)
        if faults:
            raise SettingsError("the plan to begin with breaks limits: " + "; ".join(faults))

    def demand(self, budget: float | None = None, count: int | None = None) -> IntArray:
        """Return the forced actions, which every plan within the limits contains.

        Raises
        ------
        InfeasibleError
            Naming each limit that the forced actions alone break.
        """
        if (budget is not None and not budget >= 0) or (count is not None and count < 0):
            raise SettingsError(f"a budget of {budget} and a count of {count} are no limits; expected 0 or more")
        forced = np.flatnonzero(self.forced)
        faults = self.faults_of(forced, budget, count)
        if faults:
            raise InfeasibleError("the forced actions contradict the limits: " + "; ".join(faults))
        return forced


def affordable(budget: float) -> float:
    """Return a budget with room for the rounding of sums of prices."""
    return budget * (1 + MONEY_ROUNDING)


def on_axis(
    seen: Intervals, actions: int, mass_at: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Cut the street axis into cells on which every action sees all or nothing, exactly.

    Parameters
    ----------
    seen : Intervals
        What each action sees of the axis; owner is the action.
    actions : int
        Number of actions.
    mass_at : (position, mass)
        Float64 arrays, shape (n,): the weight of the axis up to each position [m], both rising, linear in between.
        What must not count (covered already) has no mass; for plain length both are ``[0, length of the axis]``.

    Returns
    -------
    weight, ptr, first, last
        Columns of :class:`Covering`. Cell i lies between the i-th and the next end of any interval; the weights are
        exact.
    """
    order = np.argsort(seen.owner, kind="stable")
    start, end, owner = seen.start[order], seen.end[order], seen.owner[order]
    knots = np.unique(np.concatenate([start, end]))
    mass = np.diff(np.interp(knots, *mass_at)) if len(knots) else np.empty(0)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=actions))]).astype(np.int64)
    return np.maximum(mass, 0.0), ptr, np.searchsorted(knots, start), np.searchsorted(knots, end)
