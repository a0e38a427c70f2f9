"""The plan: what to do with the money, what it adds, and how far any other plan could be ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Stretches, union, union_by_owner
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.settings import PlanSettings, ScoreSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.actions import Problem, problem_of, with_homes
from camgap.coverage.siting.bound import Ceiling, ceiling
from camgap.coverage.siting.choices import Choices, Pick, columns_of
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.counting import seen_of
from camgap.coverage.siting.curve import Course, draw_curve, lowered
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
from camgap.coverage.siting.explain import explain
from camgap.coverage.siting.floors import FloorsMade, measured
from camgap.coverage.siting.frontier import Worth, at_weight, choose_along, in_lengths, length_gain, worth_of
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.ground import Ground
from camgap.coverage.siting.left_out import rejected
from camgap.coverage.siting.mounts import Mounts
from camgap.coverage.siting.objectives import Aim, Objective, aim_at, measure, total_of
from camgap.coverage.siting.order import Sequence as Order
from camgap.coverage.siting.order import in_good_order
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
    street = own = Ground(problem, covered, kept_views(problem.choices, covered))
    if objective.name == "expected":  # what the choice counts it as is never less
        chosen = replace(chosen, gain=float(chosen.order.covered_m[-1] - chosen.order.covered_m[0]))
    told = chosen
    if aimed is not problem:
        own = Ground(aimed, aim.covered, kept_views(aimed.choices, aim.covered), aim.counting)
        chosen = _on_the_street_axis(street, chosen)
    picks, choices = chosen.picks, problem.choices
    views = choices.views_of(*columns_of(picks))
    acted = _acted(problem, picks)
    stays = ~np.isin(existing.camera, acted[acted >= 0])
    left = existing.take(stays)
    after = score(network, scene, left.join(views, n_cameras), n_cameras + len(views), scoring, districts)
    if chosen.least:
        budget = chosen.least.spent
    achieved = _achieved(objective, aim, aimed, chosen, scene, existing, stays, before, after)
    if chosen.robust and demands.robust:
        achieved = _in_worst_draws(demands.robust, chosen.robust, after, n_cameras)
    _keep_promise(before, after, chosen, achieved, aim.scale)
    most = sites if sites is not None else int(choices.capacity.sum())
    top = told.top
    if not clock.stopped:
        top = lowered(
            replace(own.choices, homes=None), own.covered, top, own.kept, told.picks, budget is not None, most,
            stage(progress, "bound the curve"), aim.layers,
        )  # fmt: skip
    bound = after.covered_m - before.covered_m
    if other := chosen.floors or chosen.robust:
        bound = max(other.without_bound_m, bound)
    elif aimed is problem:
        bound = achieved.bound
    else:
        everything = chosen.top.at(np.inf if budget is None else budget + MONEY_ROUNDING, most)
        bound = max(covered.length + everything - before.covered_m, bound)
    course = _course(street, chosen, chosen.top if own is not street else top, before.covered_m, bound)
    aimed_at = course if own is street else _course(own, told, top, achieved.before, achieved.bound)
    left_over = _money_left(chosen, budget, demands.phases)
    money = [float(left_over[i]) + p.cost for i, p in zip(chosen.phase, picks, strict=True)]
    seeing = int((np.diff(choices.pieces.ptr)[: len(mounts)] > 0).sum())
    per_mount = sum(1 if hfov >= 360 else settings.azimuth_steps for hfov in lenses.hfov)
    names = [p.name for p in demands.phases]
    return Plan(
        sites=_sites_of(problem, chosen, network, [names[i] if names else "" for i in chosen.phase], aimed_at.at),
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
            network.length, course, aimed_at, np.array([p.cost for p in picks]), budget is not None, most
        ),
        phases=_phases_of(demands.phases, chosen, network.length, told, aim.scale),
        on=_on(problem, picks),
        acted=acted,
        standing=len(demands.standing),
        why=explain(street, own, network, picks, money, most, stage(progress, "explain"), demands.floors),
        rejected=rejected(
            street, own, told.first, told.picks, float(left_over.max()), most - len(picks), chosen.floors is not None
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
        total=total_of(objective, network.length),
    )  # fmt: skip


@dataclass(frozen=True)
class _Chosen:
    """What was chosen, in the order it is to be done: `picks` with what each adds then, and the phase of each.

    `gain` and `refined` are on the axis aimed at; `order`, `refined_m`, `top` and `first` (what each offer adds by
    itself) as well, until they are told for the street axis. `at_steps` are the picks before they were turned between
    the steps, if they were.
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
    at_steps: tuple[Pick, ...] = ()
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
        return [(_carried_out(problem, aim, whole, [], by_gain, settings.refine, least), problem)]
    if demands.floors is not None and len(demands.floors):
        whole, made = choose_with_floors(
            problem.choices, covered, budget, sites, demands.floors, progress, forced, clock
        )
        return [(replace(_carried_out(problem, aim, whole, [], by_gain, False), floors=made), problem)]
    if demands.robust is not None:
        whole, sure = choose_robustly(problem.choices, covered, budget, sites, demands.robust, progress, forced, clock)
        chosen = _carried_out(problem, aim, whole, [], by_gain, False)
        return [(replace(chosen, robust=sure, gain=sure.after - sure.before), problem)]
    if problem.choices.homes is None:
        return [(_carried_out(problem, aim, *select(problem.choices, progress), by_gain, settings.refine), problem)]
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
        chosen = _carried_out(weighed, aim, whole, parts, by_gain, settings.refine)
        at_steps_m = worth_of(weighed.choices, choice, whole.picks, whole.gain_m).value_m if settings.refine else None
        gain_m = float(chosen.order.covered_m[-1] - chosen.order.covered_m[0])
        worth = worth_of(weighed.choices, choice, chosen.picks, gain_m, at_steps_m)
        own = weighed if choice.weight == settings.home_weight else problem  # the others' harm need not be held
        out.append((replace(chosen, weight=choice.weight, worth=worth), own))
    return out


def _carried_out(
    problem: Problem,
    aim: Aim,
    whole: Selection,
    parts: list[Selection],
    by_gain: bool,
    refined: bool,
    least: Least | None = None,
) -> _Chosen:
    """Put what was chosen in order, its views turned between the steps if that is wanted."""
    phase, at_steps = np.zeros(len(whole.picks), np.int64), tuple[Pick, ...]()
    if parts:
        phase = np.repeat(np.arange(len(parts)), [len(p.picks) for p in parts])
    order, refined_m = _ordered(problem, aim, whole, phase, by_gain), 0.0
    if refined:
        at_steps = whole.picks
        finer = replace(whole, picks=tuple(refine(problem.choices, aim.covered, whole.kept, whole.picks)))
        turned = _ordered(problem, aim, finer, phase, by_gain)
        refined_m = float(turned.covered_m[-1] - order.covered_m[-1])
        whole, order = replace(finer, gain_m=whole.gain_m + refined_m), turned
    picks = [replace(whole.picks[i], gain_m=float(g)) for i, g in zip(order.order, order.gain_m, strict=True)]
    return _Chosen(
        whole, parts, order, picks, phase[order.order], refined_m, whole.gain_m,
        refined_m, whole.ceiling, whole.first, least, at_steps,
    )  # fmt: skip


def _on_the_street_axis(street: Ground, chosen: _Chosen) -> _Chosen:
    """Tell in plain metres of street what was chosen on another axis; the order stays."""
    choices, picks, left = street.choices, chosen.picks, street.left(chosen.picks)
    order, refined_m = street.ordered(picks), 0.0
    if chosen.at_steps:
        at_steps_m = in_view(choices, street.covered, [*left, *chosen.at_steps]).length
        refined_m = float(order.covered_m[-1]) - at_steps_m
    first, _ = choices.best_gains(np.arange(len(choices.sites)), street.covered)
    top = ceiling(0.0, first, choices.costs, choices.capacity, int(choices.capacity.sum()))
    return replace(
        chosen, order=order, picks=[replace(p, gain_m=float(g)) for p, g in zip(picks, order.gain_m, strict=True)],
        whole=replace(chosen.whole, kept=tuple(left)), top=top, first=first, refined_m=refined_m,
    )  # fmt: skip


def _course(ground: Ground, chosen: _Chosen, top: Ceiling, today: float, bound: float) -> Course:
    """Return what counts at every step; `today`, and `bound`, more than which no plan adds, as measured."""
    scale, metres = ground.counting.scale, chosen.order.covered_m
    base = today - scale * (float(metres[0]) - ground.covered.length)
    return Course(today + scale * (metres - metres[0]), base, top, today + bound, scale)


def _money_left(chosen: _Chosen, budget: float | None, phases: Sequence[Phase]) -> FloatArray:
    """Return what each phase leaves over, or the plan where there are none: money of a phase is not carried on."""
    costs = np.array([p.cost for p in chosen.picks])
    given = [p.budget for p in phases] or [np.inf if budget is None else budget]
    return np.array(given) + MONEY_ROUNDING - np.bincount(chosen.phase, costs, minlength=len(given))


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
    new = aimed.choices.views_of(*columns_of(chosen.picks))
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


def _ordered(problem: Problem, aim: Aim, whole: Selection, phase: IntArray, by_gain: bool) -> Order:
    """Put the picks in a good order; each phase's come before the next one's."""
    picks, choices = whole.picks, problem.choices
    won, always = seen_of(choices, picks), Ground(problem, aim.covered, whole.kept, aim.counting).always(picks)
    costs, harm = np.array([p.cost for p in picks]), choices.harm_of(*columns_of(picks))
    return in_good_order(always, problem.before(picks), won, costs, by_gain, phase, harm, aim.counting)


def _acted(problem: Problem, picks: Sequence[Pick]) -> IntArray:
    return np.array([_camera(problem, p) for p in picks], np.int64)


def _on(problem: Problem, picks: Sequence[Pick]) -> IntArray:
    return np.array([problem.camera(p) for p in picks], np.int64)


def _alternative(
    network: StreetNetwork, scene: Scene, existing: Views, n_cameras: int, before: Report, chosen: _Chosen,
    problem: Problem, worth: Worth, scoring: ScoreSettings,
) -> Alternative:  # fmt: skip
    views, acted = problem.choices.views_of(*columns_of(chosen.picks)), _acted(problem, chosen.picks)
    left = existing.take(~np.isin(existing.camera, acted[acted >= 0]))
    after = score(network, scene, left.join(views, n_cameras), n_cameras + len(views), scoring)
    gain_m = after.covered_m - before.covered_m
    _keep_promise(before, after, chosen, Achieved("length", 0.0, gain_m, gain_m, chosen.refined_m), 1.0)
    sites = _sites_of(problem, chosen, network, [""] * len(chosen.picks), chosen.order.covered_m)
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


def _phases_of(
    phases: Sequence[Phase], chosen: _Chosen, length: float, told: _Chosen, scale: float
) -> tuple[PhaseResult, ...]:  # fmt: skip
    """Return what each phase does: on the street axis as `chosen` tells, and on the axis aimed at as `told` does."""
    out, done, on_street = [], 0, told.order is chosen.order
    for i, (p, part) in enumerate(zip(phases, chosen.parts, strict=True)):
        then = int(np.searchsorted(chosen.phase, i, side="right"))
        covered = chosen.order.covered_m
        gain_m = float(covered[then] - covered[done])
        gain = scale * float(told.order.covered_m[then] - told.order.covered_m[done])
        bound = max(scale * part.bound_m, gain)
        out.append(
            PhaseResult(
                p.name, p.budget, part.cost, len(part.picks), gain_m, bound if on_street else None,
                float(covered[then]), float(covered[then]) / length, gain, bound,
            )
        )  # fmt: skip
        done = then
    return tuple(out)


def _sites_of(
    problem: Problem, chosen: _Chosen, network: StreetNetwork, phases: Sequence[str], value: FloatArray
) -> tuple[Site, ...]:  # fmt: skip
    """Return what is done at each site; `value` is what counts before the first and after each, shape (a + 1,)."""
    xy = problem.choices.positions_of(*columns_of(chosen.picks)[:2])
    names, shares = street_names(network, xy), chosen.order.covered_m[1:] / network.length
    return tuple(
        Site(
            rank=i + 1, mount=problem.place(pick), kind=problem.kind(pick), x=float(xy[i, 0]), y=float(xy[i, 1]),
            azimuth=pick.azimuth, model=problem.model(pick), cost=pick.cost, gain_m=pick.gain_m,
            cumulative_share=float(shares[i]), street=names[i], action=problem.action(pick), phase=phases[i],
            to=problem.to(pick), azimuth_before=problem.azimuth_before(pick), gain=float(value[i + 1] - value[i]),
            value=float(value[i + 1]),
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
