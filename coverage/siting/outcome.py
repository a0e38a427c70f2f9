"""What a plan is, once it is made and measured."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.cameras import Views
from camgap.coverage.scoring.report import Report
from camgap.coverage.scoring.steps import Steps
from camgap.coverage.scoring.upkeep import Upkeep
from camgap.coverage.siting.covering import Solution
from camgap.coverage.siting.curve import Step
from camgap.coverage.siting.explain import Why
from camgap.coverage.siting.floors import FloorResult
from camgap.coverage.siting.frontier import Worth
from camgap.coverage.siting.left_out import Rejected
from camgap.coverage.siting.mounts import Mounts
from camgap.coverage.siting.redundant import Redundant
from camgap.coverage.siting.robust import RobustMade
from camgap.coverage.siting.target import Least

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Site:
    """One proposed action, in the order of its rank."""

    rank: int
    mount: str  # id of the mount, or of the camera acted upon
    kind: str  # of mount; camera
    x: float  # easting [m]
    y: float  # northing [m]
    azimuth: float  # [°]
    model: str  # "" where the camera stays the same
    cost: float
    gain_m: float  # what it adds to those of lower rank, less what a turned camera no longer sees [m]
    cumulative_share: float  # covered share once this and all of lower rank are done
    street: str
    action: str = "new"  # new, repair, reaim, light, upgrade, relocate
    phase: str = ""
    to: str = ""  # id of the mount that a camera is moved to
    azimuth_before: float | None = None  # of a camera acted upon, today [°]
    gain: float = 0.0  # as `gain_m`, in the objective's unit
    value: float = 0.0  # what counts once this and all of lower rank are done, in that unit


@dataclass(frozen=True, slots=True)
class PhaseResult:
    """What one phase does with its money.

    `bound` is the most any choice could gain on top of those before, `gain` what this one does, both in the objective's
    unit; `bound_m` is None where that is not length [m].
    """

    name: str
    budget: float
    spent: float
    sites: int
    gain_m: float
    bound_m: float | None
    covered_m: float
    share: float
    gain: float = 0.0
    bound: float = 0.0

    @property
    def unspent(self) -> float:
        """Money left over; it is not carried on."""
        return self.budget - self.spent

    @property
    def gap(self) -> float:
        """How much more the bound would still allow, as a share of the bound."""
        return max(self.bound - self.gain, 0.0) / self.bound if self.bound > 0 else 0.0


@dataclass(frozen=True)
class Achieved:
    """What a plan does for its objective, in the objective's unit.

    Parameters
    ----------
    objective : {"length", "demand", "mix", "backup", "expected", "robust"}
    before, after : float
        As the scorer measures it.
    bound : float
        What no plan adds more than, with headings at the steps tried.
    refined : float
        Part of what is added that comes from headings between the steps.
    """

    objective: str
    before: float
    after: float
    bound: float
    refined: float

    @property
    def gain(self) -> float:
        """What the plan adds."""
        return self.after - self.before

    @property
    def solution(self) -> Solution:
        """The plan's worth and bound, as a solver tells them."""
        return Solution(np.empty(0, np.int64), self.gain - self.refined, self.bound)

    @property
    def gap(self) -> float:
        """How much more any plan could add at most, as a share of the bound."""
        return max(self.solution.gap, 0.0) if not self.proven else 0.0

    @property
    def proven(self) -> bool:
        """Whether no plan adds more."""
        return self.solution.proven

    @property
    def verdict(self) -> str:
        """Proven optimal, or within a gap of any possible plan."""
        return self.solution.words


@dataclass(frozen=True)
class Alternative:
    """The plan for the same money at one weight of homes, measured by the scorer.

    Parameters
    ----------
    worth : Worth
    sites, views, on, acted
        As of :class:`Plan`.
    covered_m : float
        In view with it [m].
    """

    worth: Worth
    sites: tuple[Site, ...]
    views: Views
    on: IntArray
    acted: IntArray
    covered_m: float


@dataclass(frozen=True)
class Plan:
    """What to do with the money, measured by the scorer.

    Parameters
    ----------
    sites : tuple of Site
    views : Views
        One view per site, ``camera`` counting from 0.
    budget : float or None; sites_limit : int or None
    mounts : Mounts
        All candidates that may be used; `seeing` of them have a street in view.
    n_views : int
        Headings x models tried, in all.
    before, after : Report
        The score without and with the plan. In `after` cameras keep their numbers, one that is replaced or turned has
        none of its old view left, and each site follows as a camera of its own.
    upper_bound_gain_m : float
        No choice among the same candidates within the same limits gains more [m].
    curve : tuple of Step
        From nothing to the whole plan, a step per site.
    phases : tuple of PhaseResult
        Empty where the money comes at once.
    on, acted : int64 array, shape (n,)
        What each site acts upon: row among the cameras that may be acted upon, and among those whose views count
        today; -1 for none.
    standing : int
        Existing cameras that could be acted upon.
    why : tuple of Why
        One per site.
    rejected : tuple of Rejected
        The candidates that would add most today and are not in the plan.
    redundant : tuple of Redundant
        Cameras of today that could go, one after the other, at next to no loss.
    refined_m : float
        Part of the gain that comes from turning the chosen views between the steps of the headings tried [m]; the bound
        holds for headings at the steps.
    achieved : Achieved
        What was to be made great, and how great it is.
    stopped : str
        ``""``, ``"time limit"`` or ``"interrupted"``: why choosing ended early, with the best plan so far.
    looked_at : int
        Views that were told apart in the end, the others being in no better plan or in the bound.
    target : float or None; least : Least or None
        The share that was to be reached, and what that takes.
    worth : Worth or None
        What the plan is worth with homes weighed against street; None where they are not. All other fields speak of
        length alone, the bounds among them.
    steps : Steps or None
        Quality levels and certainty at every step of the curve; None where they were not measured.
    frontier : tuple of Alternative
        Plans at several weights of homes, this one among them, in ascending order; empty if not asked for.
    floors : tuple of FloorResult
        What became of the floors of districts; `achieved` then speaks of plans that keep them, the other bounds of all.
    without_floors_m : float or None
        What the plan for the same limits gains without floors [m].
    robust : RobustMade or None
        What a robust choice comes to; `achieved` then speaks of the mean over the worst draws.
    upkeep : Upkeep or None
        Covered length under failures once it is carried out; None without rules for them.
    total : float
        What the objective counts at most, all streets being covered as well as can be.
    """

    sites: tuple[Site, ...]
    views: Views
    budget: float | None
    sites_limit: int | None
    mounts: Mounts
    seeing: int
    n_views: int
    before: Report
    after: Report
    upper_bound_gain_m: float
    curve: tuple[Step, ...] = ()
    phases: tuple[PhaseResult, ...] = ()
    on: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    acted: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    standing: int = 0
    why: tuple[Why, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    redundant: tuple[Redundant, ...] = ()
    refined_m: float = 0.0
    achieved: Achieved = field(default_factory=lambda: Achieved("length", 0.0, 0.0, 0.0, 0.0))
    stopped: str = ""
    looked_at: int = 0
    target: float | None = None
    least: Least | None = None
    worth: Worth | None = None
    frontier: tuple[Alternative, ...] = ()
    steps: Steps | None = None
    floors: tuple[FloorResult, ...] = ()
    without_floors_m: float | None = None
    robust: RobustMade | None = None
    upkeep: Upkeep | None = None
    total: float = 0.0

    @property
    def counted(self) -> str:
        """The objective in whose unit gains and values of single actions and steps are told: length where none can be.

        What a robust choice is worth has no parts: its actions and steps are told in metres of street.
        """
        return "length" if self.achieved.objective == "robust" else self.achieved.objective

    @property
    def spent(self) -> float:
        """What the sites cost."""
        return float(sum(s.cost for s in self.sites))

    @property
    def gain_m(self) -> float:
        """Covered length with the plan less that without, as measured by the scorer [m]."""
        return self.after.covered_m - self.before.covered_m

    @property
    def lost_m(self) -> float:
        """Length in view today that no camera sees with the plan: what turned cameras give up [m]."""
        today = self.before.seen
        if not (self.acted >= 0).any():
            return 0.0
        return max(today.length - float(self.after.seen.length_within(today.start, today.end).sum()), 0.0)

    @property
    def gap(self) -> float:
        """How much more than this plan the bound would still allow, as a share of the bound: 0 is proven optimal."""
        return self.achieved.gap

    @property
    def proven(self) -> bool:
        """Whether no plan of the same candidates within the same limits is better."""
        return self.achieved.proven

    @property
    def verdict(self) -> str:
        """Proven optimal, or within a gap of any possible plan."""
        return self.achieved.verdict
