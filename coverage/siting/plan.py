"""The plan: what to do with the money, what it adds, and how far any other plan could be ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Intervals, Stretches, union, union_by_owner
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.settings import PlanSettings, ScoreSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.actions import Problem, Standing, problem_of
from camgap.coverage.siting.bound import Ceiling, ceiling
from camgap.coverage.siting.choices import Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.covering import Solution
from camgap.coverage.siting.curve import Step, draw_curve, lowered
from camgap.coverage.siting.explain import Rejected, Why, explain, rejected
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.mounts import Mounts
from camgap.coverage.siting.objectives import Aim, Objective, aim_at, measure, promised, total_of
from camgap.coverage.siting.order import Sequence as Order
from camgap.coverage.siting.order import in_given_order, in_good_order
from camgap.coverage.siting.phases import Phase, choose_in_phases
from camgap.coverage.siting.redundant import Redundant, redundant
from camgap.coverage.siting.refine import refine
from camgap.coverage.siting.selection import MONEY_ROUNDING, Selection, choose, in_view
from camgap.coverage.siting.target import Least, Wanted
from camgap.coverage.siting.turning import kept_views
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NAME_WITHIN = 50.0  # [m] a site is called after the nearest named street, if one is this near
PROMISE = 1.0  # [m] plan and score may differ by rounding only; they agree to a micrometre in practice


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
    action: str = "new"  # new, repair, reaim, upgrade
    phase: str = ""


@dataclass(frozen=True, slots=True)
class PhaseResult:
    """What one phase does with its money; `bound_m` is the most any choice could gain on top of those before [m]."""

    name: str
    budget: float
    spent: float
    sites: int
    gain_m: float
    bound_m: float
    covered_m: float
    share: float

    @property
    def unspent(self) -> float:
        """Money left over; it is not carried on."""
        return self.budget - self.spent

    @property
    def gap(self) -> float:
        """How much more the bound would still allow, as a share of the bound."""
        return max(self.bound_m - self.gain_m, 0.0) / self.bound_m if self.bound_m > 0 else 0.0


@dataclass(frozen=True)
class Achieved:
    """What a plan does for its objective, in the objective's unit.

    Parameters
    ----------
    objective : {"length", "demand", "mix", "backup", "expected"}
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

    @property
    def spent(self) -> float:
        """What the sites cost."""
        return float(sum(s.cost for s in self.sites))

    @property
    def gain_m(self) -> float:
        """Newly covered length, as measured by the scorer [m]."""
        return self.after.covered_m - self.before.covered_m

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


@dataclass(frozen=True)
class Demands:
    """What is asked of a plan beside money.

    Parameters
    ----------
    phases : tuple of Phase
        Money in parts, one after the other.
    standing : Standing
        Cameras that may be acted upon.
    distance : float64 array or None, shape (s,)
        From each mount to power and link [m].
    no_view : shapely geometry or None
        In the plane; no new view may touch it.
    refused : dict
        Id -> reason of mounts that cannot be used, to answer for forced ones.
    objective : Objective
        What the plan is to make great; covered length by default.
    time_limit : float or None
        Seconds for choosing; None is no limit, and equal input gives equal output.
    target : float or None
        Share of all the objective could count that is to be reached, for the least money.
    """

    phases: tuple[Phase, ...] = ()
    standing: Standing = field(default_factory=Standing)
    distance: FloatArray | None = None
    no_view: shapely.Geometry | None = None
    refused: dict[str, str] = field(default_factory=dict)
    objective: Objective = field(default_factory=Objective)
    time_limit: float | None = None
    target: float | None = None


def make_plan(
    network: StreetNetwork,
    scene: Scene,
    existing: Views,
    n_cameras: int,
    mounts: Mounts,
    lenses: Views,
    budget: float | None,
    sites: int | None,
    settings: PlanSettings,
    scoring: ScoreSettings,
    districts: Districts | None = None,
    progress: Stages | None = None,
    demands: Demands | None = None,
) -> Plan:
    """Choose what to do and measure it.

    Parameters
    ----------
    existing : Views
        Of the cameras that stand, `n_cameras` of them.
    lenses : Views
        What a camera of each model sees, wherever it looks; ``camera`` is the row of ``settings.models``. Models
        without a view cannot be chosen.

    Raises
    ------
    SettingsError
        If neither budget nor sites is given, or there is no model or mount to choose from.
    InfeasibleError
        If what is demanded contradicts itself.
    """
    demands = demands or Demands()
    objective, clock = demands.objective, Clock(np.inf if demands.time_limit is None else demands.time_limit)
    budget = _budget(budget, demands.phases)
    _check(budget, sites, settings, mounts, lenses, demands)
    _check_objective(settings, demands)
    before = score(network, scene, existing, n_cameras, scoring, districts)
    models = tuple(settings.models[i] for i in lenses.camera)
    asked = (demands.distance, demands.no_view)
    problem = problem_of(
        scene, mounts, models, lenses, demands.standing, settings, *asked, stage(progress, "look around")
    )
    locked = ~np.isin(existing.camera, demands.standing.camera)
    covered = before.seen if locked.all() else _seen(scene, existing.take(locked))
    aim, aimed = Aim(scene, covered), problem
    if objective.name != "length":
        aim = _aim(objective, scene, existing, locked, network.length)
        standing = demands.standing
        if objective.standing is not None:
            standing = replace(standing, views=objective.standing)
        aimed = problem_of(aim.scene, mounts, models, objective.lenses or lenses, standing, settings, *asked)
    with clock.listening():
        wanted = None
        if demands.target is not None:
            total = total_of(objective, network.length)
            today = _today(objective, scene, before, existing)
            wanted = Wanted(demands.target, today, total, aim.scale)
        chosen = _choose(aimed, aim, budget, sites, settings, demands, clock, progress, wanted)
    kept = kept_views(problem.choices, covered)
    if aimed is not problem:
        chosen = _on_the_street_axis(problem, covered, kept, chosen)
    picks, choices = chosen.picks, problem.choices
    views = choices.views_of(*_columns(picks))
    acted = np.array([_camera(problem, p) for p in picks], np.int64)
    stays = ~np.isin(existing.camera, acted[acted >= 0])
    left = existing.take(stays)
    after = score(network, scene, left.join(views, n_cameras), n_cameras + len(views), scoring, districts)
    if objective.name == "expected":
        new = aimed.choices.intervals_of(*_columns(picks))
        chosen = replace(chosen, gain=promised(objective, new) if picks else 0.0)
    if chosen.least:
        budget = chosen.least.spent
    achieved = _achieved(objective, aim, aimed, chosen, scene, existing, stays, before, after)
    _keep_promise(before, after, chosen, achieved, aim.scale)
    most = sites if sites is not None else int(choices.capacity.sum())
    top = chosen.top
    if not clock.stopped and aimed is problem:
        top = lowered(
            choices, covered, top, kept, picks, budget is not None, most, stage(progress, "bound the curve")
        )  # fmt: skip
    bound = after.covered_m - before.covered_m
    if aimed is problem:
        bound = achieved.bound
    else:
        everything = top.at(np.inf if budget is None else budget + MONEY_ROUNDING, most)
        bound = max(covered.length + everything - before.covered_m, bound)
    money = np.inf if budget is None else budget
    spare = money - sum(p.cost for p in picks), most - len(picks)
    seeing = int((np.diff(choices.pieces.ptr)[: len(mounts)] > 0).sum())
    per_mount = sum(1 if hfov >= 360 else settings.azimuth_steps for hfov in lenses.hfov)
    names = [p.name for p in demands.phases]
    return Plan(
        sites=_sites_of(problem, chosen, network, [names[i] if names else "" for i in chosen.phase]),
        views=views,
        budget=None if chosen.least else budget,
        sites_limit=sites,
        mounts=mounts,
        seeing=seeing,
        n_views=seeing * per_mount,
        before=before,
        after=after,
        upper_bound_gain_m=bound,
        curve=draw_curve(
            network.length, covered.length, chosen.order.covered_m, np.array([p.cost for p in picks]), top,
            budget is not None, most, before.covered_m + bound,
        ),
        phases=_phases_of(demands.phases, chosen, network.length),
        on=np.array([problem.camera(p) for p in picks], np.int64),
        acted=acted,
        standing=len(demands.standing),
        why=explain(problem, network, covered, kept, picks, money, most, stage(progress, "explain")),
        rejected=rejected(problem, chosen.first, covered, chosen.whole.kept, picks, *spare),
        redundant=redundant(
            union_by_owner(seen_by(scene, existing).owned_by(existing.camera)), n_cameras, settings.redundant_m
        ),
        refined_m=chosen.refined_m,
        achieved=achieved,
        stopped=clock.stopped,
        looked_at=chosen.whole.views,
        target=demands.target,
        least=chosen.least,
    )  # fmt: skip


@dataclass(frozen=True)
class _Chosen:
    """What was chosen, in the order it is to be done: `picks` with what each adds then, and the phase of each.

    `gain` and `refined` are on the axis aimed at; `order`, `refined_m`, `top` and `first` (what each offer adds by
    itself) on the street axis, once they are told for it.
    """

    whole: Selection
    parts: list[Selection]
    order: Order
    picks: list[Pick]
    phase: IntArray
    refined_m: float
    gain: float
    refined: float
    top: Ceiling
    first: FloatArray
    least: Least | None = None


def _choose(
    problem: Problem,
    aim: Aim,
    budget: float | None,
    sites: int | None,
    settings: PlanSettings,
    demands: Demands,
    clock: Clock,
    progress: Stages | None,
    wanted: Wanted | None = None,
) -> _Chosen:
    choices, forced, covered = problem.choices, _forced(problem, settings, demands), aim.covered
    parts: list[Selection] = []
    least = None
    if wanted:
        whole, least = wanted.least(choices, covered, forced, clock, aim.layers, progress)
    elif demands.phases:
        whole, parts = choose_in_phases(choices, covered, demands.phases, sites, progress, forced, clock)
    else:
        whole = choose(choices, covered, budget, sites, progress, forced, clock, aim.layers)
    phase = np.zeros(len(whole.picks), np.int64)
    if parts:
        phase = np.repeat(np.arange(len(parts)), [len(p.picks) for p in parts])
    by_gain = (budget is None and least is None) or choices.one_price
    order, refined_m = _ordered(problem, covered, whole, phase, by_gain), 0.0
    if settings.refine:
        finer = replace(whole, picks=tuple(refine(choices, covered, whole.kept, whole.picks)))
        turned = _ordered(problem, covered, finer, phase, by_gain)
        refined_m = float(turned.covered_m[-1] - order.covered_m[-1])
        whole, order = replace(finer, gain_m=whole.gain_m + refined_m), turned
    picks = [replace(whole.picks[i], gain_m=float(g)) for i, g in zip(order.order, order.gain_m, strict=True)]
    return _Chosen(
        whole, parts, order, picks, phase[order.order], refined_m, whole.gain_m, refined_m, whole.ceiling, whole.first,
        least,
    )  # fmt: skip


def _on_the_street_axis(problem: Problem, covered: Stretches, kept: Sequence[Pick], chosen: _Chosen) -> _Chosen:
    """Tell in plain metres of street what was chosen on another axis; the order stays."""
    choices, picks = problem.choices, chosen.picks
    gone = {p.mount for p in picks}
    left = [k for k in kept if k.mount not in gone]
    won = choices.intervals_of(*_columns(picks)) if picks else Intervals.none()
    order = in_given_order(in_view(choices, covered, left), problem.before(picks), won, len(picks))
    first, _ = choices.best_gains(np.arange(len(choices.sites)), covered)
    top = ceiling(0.0, first, choices.costs, choices.capacity, int(choices.capacity.sum()))
    return replace(
        chosen, order=order, picks=[replace(p, gain_m=float(g)) for p, g in zip(picks, order.gain_m, strict=True)],
        whole=replace(chosen.whole, kept=tuple(left)), top=top, first=first, refined_m=0.0,
    )  # fmt: skip


def _check_objective(settings: PlanSettings, demands: Demands) -> None:
    """Refuse what an objective cannot be combined with; every contradiction is named."""
    objective, faults = demands.objective, []
    if not objective.one_by_one:
        if demands.phases:
            faults.append("phases")
        if settings.refine:
            faults.append("refine")
        if settings.apart_m > 0:
            faults.append("apart_m")
    if objective.name == "expected" and len(demands.standing):
        faults.append("actions on standing cameras, whose chances differ (use_actions may only name new)")
    if faults:
        raise InfeasibleError(f"plan: the objective {objective.name!r} cannot be combined with " + ", ".join(faults))
    if objective.name == "demand" and (objective.weights is None or objective.weights.total <= 0):
        raise SettingsError("plan: the objective 'demand' needs events that weigh something; give --demand FILE")


def _today(objective: Objective, scene: Scene, before: Report, existing: Views) -> float:
    now = existing if objective.existing is None else objective.existing
    return measure(objective, scene, before.by_camera, now, objective.p)


def _aim(
    objective: Objective, scene: Scene, existing: Views, locked: npt.NDArray[np.bool_], length: float
) -> Aim:  # fmt: skip
    kept = existing.take(locked)
    if objective.existing is not None:
        objective = replace(objective, existing=objective.existing.take(locked))
    return aim_at(objective, scene, seen_by(scene, kept).owned_by(kept.camera), length)


def _achieved(
    objective: Objective,
    aim: Aim,
    aimed: Problem,
    chosen: _Chosen,
    scene: Scene,
    existing: Views,
    stays: npt.NDArray[np.bool_],
    before: Report,
    after: Report,
) -> Achieved:
    """Measure the objective with the scorer, before and after."""
    now = existing if objective.existing is None else objective.existing
    first = _today(objective, scene, before, existing)
    new = aimed.choices.views_of(*_columns(chosen.picks))
    p = np.concatenate([objective.p, np.full(len(new), objective.p_new)])
    then = measure(objective, scene, after.by_camera, now.take(stays).join(new, 0), p)
    bound = max(chosen.whole.bound_m * aim.scale, then - first - chosen.refined * aim.scale)
    return Achieved(objective.name, first, then, bound, chosen.refined * aim.scale)


def _budget(budget: float | None, phases: tuple[Phase, ...]) -> float | None:
    """Return the money in all; phases and a budget must not contradict each other."""
    if not phases:
        return budget
    total = float(sum(p.budget for p in phases))
    if budget is not None and total > budget:
        raise InfeasibleError(f"plan: the phases sum to {total:,.0f}, more than the budget of {budget:,.0f}")
    return total


def _check(
    budget: float | None, sites: int | None, settings: PlanSettings, mounts: Mounts, lenses: Views, demands: Demands
) -> None:
    limits = [name for name, given in (("budget", budget), ("sites", sites)) if given is not None]
    if demands.target is not None and limits:
        raise InfeasibleError(f"plan: a target asks for the least money, so no {' or '.join(limits)} may be given")
    if demands.target is None and not limits:
        raise SettingsError("plan: neither a budget nor a number of sites is given; say --budget MONEY or --sites N")
    if not settings.use_actions:
        raise SettingsError("plan: use_actions is empty; name at least one of new, reaim, repair, upgrade")
    if not {"new", "upgrade"} & set(settings.use_actions):
        return
    if not settings.models:
        raise SettingsError("plan: there is no camera model to choose from; give [[plan.models]] in the project file")
    if len(lenses) == 0:
        raise SettingsError(
            "plan: no camera model sees the quality level asked for at the target's height; choose a lower level, "
            "models with more pixels, or mount them lower (height_m)"
        )
    if len(mounts) == 0 and settings.use_actions == ("new",):
        reasons = (
            ", ".join(f"{n} {reason}" for reason, n in mounts.set_aside.items())
            or "the network has no junction or kerb"
        )
        raise SettingsError(f"plan: no candidate mount is left ({reasons}); widen the area or give --mounts FILE")


def _forced(problem: Problem, settings: PlanSettings, demands: Demands) -> list[int]:
    """Return the rows of the forced mounts; every contradiction is named."""
    faults, rows = [], []
    row_of = {name: i for i, name in enumerate(problem.mounts.ids)}
    costs = problem.choices.costs
    for name in dict.fromkeys(settings.force):
        if name in settings.forbid:
            faults.append(f"{name} is both forced and forbidden")
        elif name in row_of and np.isfinite(costs[row_of[name]]).any():
            rows.append(row_of[name])
        elif name in demands.refused:
            faults.append(f"{name} is forced, but it is set aside: {demands.refused[name]}")
        elif name in row_of:
            faults.append(f"{name} is forced, but new cameras are not among the actions")
        else:
            faults.append(f"there is no mount {name!r} to force")
    for i, row in enumerate(rows):
        near = set(problem.choices.too_near(row).tolist()) & set(rows[:i])
        faults += [
            f"{problem.mounts.ids[row]} and {problem.mounts.ids[other]} are both forced, but nearer than "
            f"{settings.apart_m:g} m to each other"
            for other in sorted(near)
        ]
    if faults:
        raise InfeasibleError("plan: " + "; ".join(faults))
    return rows


def _seen(scene: Scene, views: Views) -> Stretches:
    seen = seen_by(scene, views)
    return union(seen.start, seen.end)


def _camera(problem: Problem, pick: Pick) -> int:
    row = problem.camera(pick)
    return int(problem.standing.camera[row]) if row >= 0 else -1


def _ordered(problem: Problem, covered: Stretches, whole: Selection, phase: IntArray, by_gain: bool) -> Order:
    """Put the picks in a good order; each phase's come before the next one's."""
    picks = whole.picks
    won = problem.choices.intervals_of(*_columns(picks)) if picks else Intervals.none()
    always = in_view(problem.choices, covered, whole.kept)
    costs = np.array([p.cost for p in picks])
    return in_good_order(always, problem.before(picks), won, costs, by_gain, phase)


def _keep_promise(before: Report, after: Report, chosen: _Chosen, achieved: Achieved, scale: float) -> None:
    """Stop where the score does not measure what was promised."""
    measured = after.covered_m - before.covered_m
    promises = [(float(chosen.order.covered_m[-1] - before.covered_m), measured, "m", PROMISE)]
    promises.append((chosen.gain * scale, achieved.gain, f"of {achieved.objective}", PROMISE * scale))
    for promise, found, unit, allowed in promises:
        if abs(found - promise) > allowed:
            raise RuntimeError(
                f"the plan promises {promise:.3f} {unit}, the score measures {found:.3f} {unit}; "
                "this is a fault in camgap, please report it"
            )


def _phases_of(phases: Sequence[Phase], chosen: _Chosen, length: float) -> tuple[PhaseResult, ...]:
    out, covered = [], float(chosen.order.covered_m[0])
    for i, (p, part) in enumerate(zip(phases, chosen.parts, strict=True)):
        then = float(chosen.order.covered_m[np.searchsorted(chosen.phase, i, side="right")])
        gain = then - covered
        out.append(
            PhaseResult(
                p.name, p.budget, part.cost, len(part.picks), gain, max(part.bound_m, gain), then, then / length
            )
        )
        covered = then
    return tuple(out)


def _columns(picks: Sequence[Pick]) -> tuple[IntArray, IntArray, FloatArray]:
    return (
        np.array([p.mount for p in picks], np.int64), np.array([p.model for p in picks], np.int64),
        np.array([p.azimuth for p in picks], np.float64),
    )  # fmt: skip


def _sites_of(
    problem: Problem, chosen: _Chosen, network: StreetNetwork, phases: Sequence[str]
) -> tuple[Site, ...]:  # fmt: skip
    xy = problem.choices.sites[[p.mount for p in chosen.picks]].reshape(-1, 2)
    names, shares = street_names(network, xy), chosen.order.covered_m[1:] / network.length
    return tuple(
        Site(
            rank=i + 1, mount=problem.place(pick), kind=problem.kind(pick), x=float(xy[i, 0]), y=float(xy[i, 1]),
            azimuth=pick.azimuth, model=problem.model(pick), cost=pick.cost, gain_m=pick.gain_m,
            cumulative_share=float(shares[i]), street=names[i], action=problem.action(pick), phase=phases[i],
        )
        for i, pick in enumerate(chosen.picks)
    )  # fmt: skip


def street_names(network: StreetNetwork, xy: FloatArray) -> list[str]:
    """Name points, shape (n, 2): the nearest named street within 50 m, else the nearest street's class in brackets."""
    if len(xy) == 0:
        return []
    points = shapely.points(xy)
    names = network.edges["name"].to_numpy(object)
    nearest = np.atleast_1d(network.tree.nearest(points))
    out = [f"({network.edges['highway'].iloc[e]})" for e in nearest]
    named = np.flatnonzero(names != "")
    if len(named):
        tree = shapely.STRtree(network.lines[named])
        who, edge = tree.query_nearest(points, max_distance=NAME_WITHIN, all_matches=False)
        for point, e in zip(who, edge, strict=True):
            out[point] = str(names[named[e]])
    return out
