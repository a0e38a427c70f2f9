"""The covering problem with floors, of the views a better plan could contain: stated whole and solved by HiGHS.

A price on the missing metres of a floor leaves a gap where the best plan lies between two that are best at prices
(Fisher 1981, "The Lagrangian relaxation method", https://doi.org/10.1287/mnsc.27.1.1). Here every floor is a row of the
program, so that gap is closed as far as the effort allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, vstack

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.choices import Choices
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering import columns, on_axis
from camgap.coverage.siting.covering.exact import PRECISE, Ended, run
from camgap.coverage.siting.covering.watch import Watch, attended
from camgap.coverage.siting.enumerated import Enumerated
from camgap.coverage.siting.floors_kernel import climb

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_ENTRIES = 250_000  # views x elements that branch and cut may begin with
MOST_CELLS = 20_000_000  # views x cells before equal cells are one
CLIMBING = 10_000_000_000  # cells and runs that local search goes through, some seconds
STEPS = 8_000  # times that local search looks for a view at most
ITERATIONS = 6_000  # of the simplex method, about a quarter of a minute
SLACK = 1e-6  # share of a floor by which the program may miss it: so much it may be off without saying so


@dataclass(frozen=True)
class Floored:
    """The answer: a plan as rows of the views, None if none was found, and what no plan of these views has more of.

    Parameters
    ----------
    rows : int64 array or None
    bound : float
        Length in view, counted without what is locked [m]; -inf if no plan of these views keeps the floors.
    """

    rows: IntArray | None
    bound: float


@dataclass(frozen=True)
class Stated:
    """The problem of some views, on cells of the street axis.

    Parameters
    ----------
    choices : Choices
    views : Enumerated
        With what they see of the street axis.
    ptr, first, last : int64 arrays
        View i sees the runs ``ptr[i]:ptr[i + 1]`` of cells, disjoint.
    weight : float64 array, shape (1 + d, c)
        Of each cell: length that is not covered by what is locked, and that in each district [m].
    needs : float64 array, shape (d,)
        What each district must have in view of that [m].
    budget, most, forced
        Money, which may be infinite; paid views at most; places that get a paid view.
    """

    choices: Choices
    views: Enumerated
    ptr: IntArray
    first: IntArray
    last: IntArray
    weight: FloatArray
    needs: FloatArray
    budget: float
    most: int
    forced: Sequence[int]

    @staticmethod
    def of(
        choices: Choices,
        views: Enumerated,
        covered: Stretches,
        inside: Sequence[Stretches],
        needs: FloatArray,
        budget: float,
        most: int,
        forced: Sequence[int],
    ) -> "Stated":
        """Cut the axis into cells; `covered` is what is in view whatever is chosen, `inside` the districts."""
        length = float(choices.scene.segments.end[-1])
        seen = np.unique(np.concatenate([views.seen.start, views.seen.end]))
        open_ = covered.complement(0.0, length)
        at = np.unique(np.concatenate([[0.0, length], seen, open_.start, open_.end]))
        weight, ptr, first, last = on_axis(views.seen, len(views), (at, open_.length_before(at)))
        within = [np.diff(_common(open_, district).length_before(seen)) for district in inside]
        united = columns.united(ptr, first, last)
        return Stated(choices, views, *united, np.vstack([weight, *within]), needs, budget, most, forced)

    @property
    def cost(self) -> FloatArray:
        """Of each view, shape (n,)."""
        return self.choices.costs[self.views.place, self.views.offer]

    def climb(self, start: IntArray) -> IntArray:
        """Return a plan that is better than another, if one is found; it may miss floors where the other does."""
        work = min(CLIMBING, STEPS * (self.weight.shape[1] + len(self.first)) * self.weight.shape[0])
        c, asked = self.choices, np.zeros(len(self.choices.sites), bool)
        asked[list(self.forced)] = True
        found: IntArray = climb(
            self.ptr, self.first, self.last, np.ascontiguousarray(self.weight.T), self.needs, self.cost,
            self.views.place, c.capacity, asked, c.sites, self.budget, self.most, start, work, 1,
        )  # fmt: skip
        return found

    def solve(self, clock: Clock) -> Floored | None:
        """Solve the problem as far as the effort allows; None where there is too much to choose from."""
        if int((self.last - self.first).sum()) > MOST_CELLS:
            return None
        covers, weights = _elements(self.ptr, self.first, self.last, self.weight)
        if covers.nnz > MOST_ENTRIES:
            return None
        watch, ended = Watch(clock.left), list[Ended]()
        model = _model(self, covers, weights)
        with clock.lent():
            attended(lambda: ended.append(run(model, watch, ITERATIONS, 1e-6)), watch)
        if watch.stopped:
            clock.stop(watch.stopped)
        if not ended:
            return None
        found = ended[0].columns
        rows = None if found is None else np.flatnonzero(found[: len(self.views)] > 0.5)
        return Floored(rows, ended[0].bound)


def _common(one: Stretches, other: Stretches) -> Stretches:
    """Return what lies in both."""
    at = np.unique(np.concatenate([one.start, one.end, other.start, other.end]))
    size = np.diff(at)
    both = (one.length_within(at[:-1], at[1:]) > size / 2) & (other.length_within(at[:-1], at[1:]) > size / 2)
    return Stretches(at[:-1][both], at[1:][both])


def _elements(ptr: IntArray, first: IntArray, last: IntArray, weights: FloatArray) -> tuple[csc_array, FloatArray]:
    """Make one of cells that the same views see; return which view covers which, shape (e, v), and weights (k, e)."""
    cells, views = weights.shape[1], len(ptr) - 1
    name = np.random.default_rng(0).integers(1, 2**63, views).astype(np.uint64)
    _, element = np.unique(columns.signatures(cells, ptr, first, last, name), return_inverse=True)
    start, cell = columns.incidence(ptr, first, last, np.empty((views, 0), np.int64))
    covers = csc_array((np.ones(len(cell)), element[cell], start), shape=(int(element.max(initial=-1)) + 1, views))
    covers.sum_duplicates()
    covers.data[:] = 1.0
    summed = np.vstack([np.bincount(element, row, minlength=covers.shape[0]).astype(np.float64) for row in weights])
    useful = summed[0] > 0
    return csc_array(covers[useful]), summed[:, useful]


def _model(stated: Stated, covers: csc_array, weights: FloatArray) -> highspy.HighsLp:
    """State the program: x for views, then z for elements, which counts as far as it is covered."""
    choices, views, needs, forced = stated.choices, stated.views, stated.needs, stated.forced
    n, e, cost, budget, most = len(views), covers.shape[0], stated.cost, stated.budget, stated.most
    places, group = np.unique(views.place, return_inverse=True)
    one = np.ones(n)
    at_place = csr_array((one, (group, np.arange(n))), shape=(len(places), n))
    paid = (cost > 0).astype(np.float64)
    asked = csr_array(np.array([paid * (views.place == place) for place in forced]).reshape(-1, n))
    limits: list[tuple[csr_array, csr_array, FloatArray, FloatArray]] = []

    def rows(x: csr_array, z: csr_array, low: FloatArray | float, high: FloatArray | float) -> None:
        count = x.shape[0]
        limits.append((x, z, np.broadcast_to(low, count), np.broadcast_to(high, count)))

    inf = highspy.kHighsInf
    eye = csr_array((np.ones(e), (np.arange(e), np.arange(e))), shape=(e, e))
    rows(csr_array(-covers), eye, -inf, 0.0)
    rows(at_place, csr_array((len(places), e)), -inf, choices.capacity[places].astype(np.float64))
    rows(csr_array(paid[None, :]), csr_array((1, e)), -inf, float(min(most, n)))
    if np.isfinite(budget) and budget > 0:
        rows(csr_array(PRECISE * cost[None, :] / budget), csr_array((1, e)), -inf, PRECISE)
    if len(forced):
        rows(asked, csr_array((len(forced), e)), 1.0, inf)
    rows(csr_array((len(needs), n)), csr_array(weights[1:]), needs - SLACK * np.maximum(np.abs(needs), 1.0), inf)
    matrix = csc_array(
        vstack([csr_array(np.empty((0, n + e))), *(_beside(x, z) for x, z, _, _ in limits)], format="csc")
    )
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n + e, matrix.shape[0]
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = np.concatenate([np.zeros(n), weights[0]])
    model.col_lower_, model.col_upper_ = np.zeros(n + e), np.ones(n + e)
    if np.isfinite(budget) and budget <= 0:
        model.col_upper_ = np.concatenate([1.0 - paid, np.ones(e)])
    model.row_lower_ = np.concatenate([low for *_, low, _ in limits])
    model.row_upper_ = np.concatenate([high for *_, high in limits])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data
    model.integrality_ = [highspy.HighsVarType.kInteger] * n + [highspy.HighsVarType.kContinuous] * e
    return model


def _beside(x: csr_array, z: csr_array) -> csr_array:
    both = x.tocoo(), z.tocoo()
    row = np.concatenate([part.row for part in both])
    column = np.concatenate([both[0].col, both[1].col + x.shape[1]])
    value = np.concatenate([part.data for part in both])
    return csr_array((value, (row, column)), shape=(x.shape[0], x.shape[1] + z.shape[1]))
