"""The plan: what to do with the money, what it adds, and how far any other plan could be ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals, Stretches, union, union_by_owner
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.settings import PlanSettings, ScoreSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.actions import Problem, problem_of, with_homes
from camgap.coverage.siting.bound import Ceiling, ceiling
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.curve import draw_curve, lowered
from camgap.coverage.siting.demands import (
    Demands,
    check_floors,
    check_limits,
    check_money,
    check_objective,
    check_robust,
    forced_rows,
    money_of,
)
from camgap.coverage.siting.explain import explain, rejected
from camgap.coverage.siting.floors import FloorsMade, measured
from camgap.coverage.siting.frontier import Worth, at_weight, choose_along, in_lengths, length_gain, worth_of
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.mounts import Mounts
from camgap.coverage.siting.objectives import Aim, Objective, aim_at, measure, promised, total_of
from camgap.coverage.siting.order import Sequence as Order
from camgap.coverage.siting.order import in_given_order, in_good_order
from camgap.coverage.siting.outcome import Achieved, Alternative, PhaseResult, Plan, Site
from camgap.coverage.siting.phases import Phase, choose_in_phases
from camgap.coverage.siting.pricing import choose_with_floors
from camgap.coverage.siting.redundant import redundant
from camgap.coverage.siting.refine import refine
from camgap.coverage.siting.robust import Draws, RobustMade, choose_robustly
from camgap.coverage.siting.selection import MONEY_ROUNDING, Selection, choose, in_view
from camgap.coverage.siting.target import Least, Wanted
from camgap.coverage.siting.turning import kept_views
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NAME_WITHIN = 50.0  # [m] a site is called after the nearest named street, if one is this near
PROMISE = 1.0  # [m] plan and score may differ by rounding only; they agree to a micrometre in practice


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
    clock: Clock | None = None,
) -> Plan:
    """Choose what to do and measure it.

    Parameters
    ----------
    existing : Views
        Of the cameras that stand, `n_cameras` of them.
    lenses : Views
        What a camera of each model sees, wherever it looks; ``camera`` is the row of ``settings.models``. Models
        without a view cannot be chosen.
    clock : Clock, optional
        Begun once there is something to choose; with the time limit of the demands, by default.

    Raises
    ------
    SettingsError
        If neither budget nor sites is given, or there is no model or mount to choose from.
    InfeasibleError
        If what is demanded contradicts itself.
    """
    demands = demands or Demands()
    objective, clock = demands.objective, clock or Clock.of(demands.time_limit)
    budget = money_of(budget, demands.phases)
    check_limits(budget, sites, settings, mounts, lenses, demands)
    check_objective(settings, demands)
    check_floors(settings, demands)
    check_robust(settings, demands)
    before = score(network, scene, existing, n_cameras, scoring, districts)
    models = tuple(settings.models[i] for i in lenses.camera)
    asked = (demands.distance, demands.no_view)
    problem = problem_of(
        scene, mounts, models, lenses, demands.standing, settings, *asked, stage(progress, "look around")
    )
    check_money(problem, budget, demands.phases)
    locked = ~np.isin(existing.camera, demands.standing.camera)
    covered = before.seen if locked.all() else _seen(scene, existing.take(locked))
    if demands.homes is not None:
        models_on_homes = demands.homes.models.take(lenses.camera)
        problem = with_homes(
            problem, demands.homes.homes, models_on_homes, demands.homes.standing, stage(progress, "look at homes")
        )
    aim, aimed = Aim(scene, covered), problem
    if objective.name != "length":
        aim = _aim(objective, scene, existing, locked, network.length)
        standing = demands.standing
        if objective.standing is not None:
            standing = replace(standing, views=objective.standing)
        aimed = problem_of(aim.scene, mounts, models, objective.lenses or lenses, standing, settings, *asked)
    with clock.listening():
        clock.begin()
        wanted = None
        if demands.target is not None:
            total = total_of(objective, network.length)
            today = _today(objective, scene, before, existing)
            wanted = Wanted(demands.target, today, total, aim.scale)
        options = _choose(aimed, aim, budget, sites, settings, demands, clock, progress, wanted)
        stopped = clock.stopped
    chosen, weighed = next(o for o in options if o[0].weight == settings.home_weight)
    if aimed is problem:
        aimed = problem = weighed
    kept = kept_views(problem.choices, covered)
    if aimed is not problem:
        chosen = _on_the_street_axis(problem, covered, kept, chosen)
    picks, choices = chosen.picks, problem.choices
    views = choices.views_of(*_columns(picks))
    acted = _acted(problem, picks)
    stays = ~np.isin(existing.camera, acted[acted >= 0])
    left = existing.take(stays)
    after = score(network, scene, left.join(views, n_cameras), n_cameras + len(views), scoring, districts)
    if objective.name == "expected":
        new = aimed.choices.intervals_of(*_columns(picks))
        chosen = replace(chosen, gain=promised(objective, new) if picks else 0.0)
    if chosen.least:
        budget = chosen.least.spent
    achieved = _achieved(objective, aim, aimed, chosen, scene, existing, stays, before, after)
    if chosen.robust and demands.robust:
        achieved = _in_worst_draws(demands.robust, chosen.robust, after, n_cameras)
    _keep_promise(before, after, chosen, achieved, aim.scale)
    most = sites if sites is not None else int(choices.capacity.sum())
    top = chosen.top
    if not clock.stopped and aimed is problem:
        top = lowered(
            replace(choices, homes=None), covered, top, kept, picks, budget is not None, most,
            stage(progress, "bound the curve"),
        )  # fmt: skip
    bound = after.covered_m - before.covered_m
    if other := chosen.floors or chosen.robust:
        bound = max(other.without_bound_m, bound)
    elif aimed is problem:
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
        on=_on(problem, picks),
        acted=acted,
        standing=len(demands.standing),
        why=explain(problem, network, covered, kept, picks, money, most, stage(progress, "explain"), demands.floors),
        rejected=rejected(
            problem, chosen.first, covered, chosen.whole.kept, picks, *spare, floors=chosen.floors is not None
        ),
        redundant=redundant(
            union_by_owner(seen_by(scene, existing).owned_by(existing.camera)), n_cameras, settings.redundant_m
        ),
        refined_m=chosen.refined_m,
        achieved=achieved,
        stopped=stopped,
        looked_at=chosen.whole.views,
        target=demands.target,
        least=chosen.least,
        worth=chosen.worth,
        frontier=tuple(
            _alternative(network, scene, existing, n_cameras, before, option, at, worth, scoring)
            for option, at in options if settings.frontier and (worth := option.worth)
        ),
        floors=measured(chosen.floors, before.seen, after.seen) if chosen.floors else (),
        without_floors_m=chosen.floors.without_m if chosen.floors else None,
        robust=chosen.robust,
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
    weight: float = 0.0
    worth: Worth | None = None
    floors: FloorsMade | None = None
    robust: RobustMade | None = None


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
) -> list[tuple[_Chosen, Problem]]:
    """Choose at every weight of homes that is asked for; return the choices, each with its problem."""
    forced, covered = forced_rows(problem, settings, demands, budget, sites), aim.covered

    def select(choices: Choices, told: Stages | None) -> tuple[Selection, list[Selection]]:
        if demands.phases:
            return choose_in_phases(choices, covered, demands.phases, sites, told, forced, clock)
        return choose(choices, covered, budget, sites, told, forced, clock, aim.layers), []

    by_gain = (budget is None and wanted is None) or problem.choices.one_price
    if wanted:
        whole, least = wanted.least(problem.choices, covered, forced, clock, aim.layers, progress)
        return [(_carried_out(problem, covered, whole, [], by_gain, settings.refine, least), problem)]
    if demands.floors is not None and len(demands.floors):
        whole, made = choose_with_floors(
            problem.choices, covered, budget, sites, demands.floors, progress, forced, clock
        )
        return [(replace(_carried_out(problem, covered, whole, [], by_gain, False), floors=made), problem)]
    if demands.robust is not None:
        whole, sure = choose_robustly(problem.choices, covered, budget, sites, demands.robust, progress, forced, clock)
        chosen = _carried_out(problem, covered, whole, [], by_gain, False)
        return [(replace(chosen, robust=sure, gain=sure.after - sure.before), problem)]
    if problem.choices.homes is None:
        return [(_carried_out(problem, covered, *select(problem.choices, progress), by_gain, settings.refine), problem)]
    out = []
    weights = [settings.home_weight, *settings.frontier, *([0.0] if settings.frontier else [])]
    for choice in choose_along(problem.choices, covered, weights, select, not demands.phases, progress):
        weighed = replace(problem, choices=at_weight(problem.choices, choice.weight))
        if choice.weight == 0:
            whole, parts = choice.whole, choice.parts
        elif choice.weight == settings.home_weight:
            whole, parts = in_lengths(problem.choices, covered, choice, budget, sites, demands.phases, progress)
        else:
            gain_m = length_gain(problem.choices, covered, choice.whole)
            whole, parts = replace(choice.whole, gain_m=gain_m), choice.parts
        chosen = _carried_out(weighed, covered, whole, parts, by_gain, settings.refine)
        at_steps_m = worth_of(weighed.choices, choice, whole.picks, whole.gain_m).value_m if settings.refine else None
        gain_m = float(chosen.order.covered_m[-1] - chosen.order.covered_m[0])
        worth = worth_of(weighed.choices, choice, chosen.picks, gain_m, at_steps_m)
        own = weighed if choice.weight == settings.home_weight else problem  # the others' harm need not be held
        out.append((replace(chosen, weight=choice.weight, worth=worth), own))
    return out


def _carried_out(
    problem: Problem,
    covered: Stretches,
    whole: Selection,
    parts: list[Selection],
    by_gain: bool,
    refined: bool,
    least: Least | None = None,
) -> _Chosen:
    """Put what was chosen in order, its views turned between the steps if that is wanted."""
    choices = problem.choices
    phase = np.zeros(len(whole.picks), np.int64)
    if parts:
        phase = np.repeat(np.arange(len(parts)), [len(p.picks) for p in parts])
    order, refined_m = _ordered(problem, covered, whole, phase, by_gain), 0.0
    if refined:
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


def _in_worst_draws(draws: Draws, made: RobustMade, after: Report, n_cameras: int) -> Achieved:
    """Measure the mean over the worst draws with what the scorer finds the new cameras to see."""
    seen = after.by_camera
    new = seen.owner >= n_cameras
    then = draws.worth(union(seen.start[new], seen.end[new]))
    return Achieved("robust", made.before, then, max(made.bound, then) - made.before, 0.0)


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
    harm = problem.choices.harm_of(*_columns(picks))
    return in_good_order(always, problem.before(picks), won, costs, by_gain, phase, harm)


def _acted(problem: Problem, picks: Sequence[Pick]) -> IntArray:
    return np.array([_camera(problem, p) for p in picks], np.int64)


def _on(problem: Problem, picks: Sequence[Pick]) -> IntArray:
    return np.array([problem.camera(p) for p in picks], np.int64)


def _alternative(
    network: StreetNetwork, scene: Scene, existing: Views, n_cameras: int, before: Report, chosen: _Chosen,
    problem: Problem, worth: Worth, scoring: ScoreSettings,
) -> Alternative:  # fmt: skip
    views, acted = problem.choices.views_of(*_columns(chosen.picks)), _acted(problem, chosen.picks)
    left = existing.take(~np.isin(existing.camera, acted[acted >= 0]))
    after = score(network, scene, left.join(views, n_cameras), n_cameras + len(views), scoring)
    gain_m = after.covered_m - before.covered_m
    _keep_promise(before, after, chosen, Achieved("length", 0.0, gain_m, gain_m, chosen.refined_m), 1.0)
    sites = _sites_of(problem, chosen, network, [""] * len(chosen.picks))
    return Alternative(worth, sites, views, _on(problem, chosen.picks), acted, after.covered_m)


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
    xy = problem.choices.positions_of(*_columns(chosen.picks)[:2])
    names, shares = street_names(network, xy), chosen.order.covered_m[1:] / network.length
    return tuple(
        Site(
            rank=i + 1, mount=problem.place(pick), kind=problem.kind(pick), x=float(xy[i, 0]), y=float(xy[i, 1]),
            azimuth=pick.azimuth, model=problem.model(pick), cost=pick.cost, gain_m=pick.gain_m,
            cumulative_share=float(shares[i]), street=names[i], action=problem.action(pick), phase=phases[i],
            to=problem.to(pick),
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
