"""What is asked of a plan beside money, and the contradictions in it, named one by one."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.settings import PlanSettings
from camgap.coverage.siting.actions import Problem, Standing
from camgap.coverage.siting.choices import Pick
from camgap.coverage.siting.floors import Floors
from camgap.coverage.siting.intrusion import Homes
from camgap.coverage.siting.mounts import Mounts
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.robust import Draws
from camgap.coverage.siting.selection import MONEY_ROUNDING
from camgap.coverage.siting.turning import least_prices

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HomeDemand:
    """The homes of a study, and what models of the settings and standing cameras see of facades, one per row."""

    homes: Homes
    models: Views
    standing: Views


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
    homes : HomeDemand or None
        The homes to be weighed against street; with the objective length.
    floors : Floors or None
        Shares of districts to be covered at least; with the objective length.
    robust : Draws or None
        What is not known of today's cameras, the worst of which is to be made great; with new cameras alone.
    """

    phases: tuple[Phase, ...] = ()
    standing: Standing = field(default_factory=Standing)
    distance: FloatArray | None = None
    no_view: shapely.Geometry | None = None
    refused: dict[str, str] = field(default_factory=dict)
    objective: Objective = field(default_factory=Objective)
    time_limit: float | None = None
    target: float | None = None
    homes: HomeDemand | None = None
    floors: Floors | None = None
    robust: Draws | None = None


def money_of(budget: float | None, phases: tuple[Phase, ...]) -> float | None:
    """Return the money in all; phases and a budget must not contradict each other."""
    if not phases:
        return budget
    total = float(sum(p.budget for p in phases))
    if budget is not None and total > budget:
        raise InfeasibleError(f"plan: the phases sum to {total:,.0f}, more than the budget of {budget:,.0f}")
    return total


def check_limits(
    budget: float | None, sites: int | None, settings: PlanSettings, mounts: Mounts, lenses: Views, demands: Demands
) -> None:
    """Refuse a plan without a limit or with nothing to choose from.

    Raises
    ------
    SettingsError
        Naming what to give.
    InfeasibleError
        If a target and a limit contradict each other.
    """
    if demands.homes is None and (settings.home_weight or settings.frontier):
        raise SettingsError("plan: homes are to be weighed, but no buildings are given to find them in")
    if demands.homes is not None and demands.target is not None:
        raise InfeasibleError("plan: a target cannot be combined with home_weight or frontier")
    money = "phases" if demands.phases else "budget"
    limits = [name for name, given in ((money, budget), ("sites", sites)) if given is not None]
    if demands.target is not None and limits:
        raise InfeasibleError(f"plan: a target asks for the least money, so no {' or '.join(limits)} may be given")
    if demands.target is None and not limits:
        raise SettingsError("plan: neither a budget nor a number of sites is given; say --budget MONEY or --sites N")
    if not settings.use_actions:
        raise SettingsError(
            "plan: use_actions is empty; name at least one of new, reaim, repair, light, upgrade, relocate"
        )
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


def check_money(problem: Problem, budget: float | None, phases: tuple[Phase, ...]) -> None:
    """Refuse money that buys nothing.

    Parameters
    ----------
    budget : float or None
        In all; where it comes in phases, each must buy something, since what one leaves is not carried on.

    Raises
    ------
    InfeasibleError
        Naming the cheapest action and its price.
    """
    costs = problem.choices.costs
    paid = (costs > 0) & np.isfinite(costs) & (problem.choices.capacity > 0)[:, None]
    if budget is None or not paid.any():
        return
    place, offer = np.unravel_index(np.where(paid, costs, np.inf).argmin(), costs.shape)
    price = float(costs[place, offer])
    parts = [(f"phase {p.name!r} of", p.budget) for p in phases] or [("a budget of", budget)]
    short = [f"{name} {money:,.0f}" for name, money in parts if money + MONEY_ROUNDING < price]
    if short:
        pick = Pick(int(place), int(offer), 0.0, 0.0, price)
        what = " ".join(word for word in (problem.action(pick), problem.model(pick)) if word)
        raise InfeasibleError(
            f"plan: {' and '.join(short)} buys nothing; the cheapest action is {what} at {problem.place(pick)} "
            f"for {price:,.0f}"
        )


def check_objective(settings: PlanSettings, demands: Demands) -> None:
    """Refuse what an objective cannot be combined with; every contradiction is named."""
    objective, faults = demands.objective, []
    if not objective.one_by_one:
        if demands.phases:
            faults.append("phases")
        if settings.refine:
            faults.append("refine")
        if settings.apart_m > 0:
            faults.append("apart_m")
    if objective.name == "expected" and demands.standing.works.any():
        faults.append("actions on cameras that work, whose chances differ (use_actions may only name new and repair)")
    if objective.name != "length" and demands.homes is not None:
        faults.append("home_weight or frontier")
    if objective.name != "length" and demands.floors is not None:
        faults.append("floors")
    _refuse(f"the objective {objective.name!r}", faults)
    if objective.name == "demand" and (objective.weights is None or objective.weights.total <= 0):
        raise SettingsError("plan: the objective 'demand' needs events that weigh something; give --demand FILE")


def check_floors(settings: PlanSettings, demands: Demands) -> None:
    """Refuse what floors cannot be combined with; every contradiction is named."""
    if demands.floors is None:
        return
    asked = {
        "phases": demands.phases, "a target": demands.target is not None,
        "home_weight or frontier": demands.homes is not None, "refine": settings.refine,
        "apart_m": settings.apart_m > 0,
    }  # fmt: skip
    _refuse("floors", [name for name, given in asked.items() if given])


def check_robust(settings: PlanSettings, demands: Demands) -> None:
    """Refuse what a robust choice cannot be combined with; every contradiction is named."""
    if demands.robust is None:
        return
    asked = {
        f"the objective {demands.objective.name!r}": demands.objective.name != "length", "phases": demands.phases,
        "a target": demands.target is not None, "home_weight or frontier": demands.homes is not None,
        "floors": demands.floors is not None, "refine": settings.refine,
        "actions on standing cameras (use_actions may only name new)": set(settings.use_actions) != {"new"},
    }  # fmt: skip
    _refuse("robust", [name for name, given in asked.items() if given])


def _refuse(what: str, beside: list[str]) -> None:
    if beside:
        raise InfeasibleError(f"plan: {what} cannot be combined with " + ", ".join(beside))


def forced_rows(
    problem: Problem, settings: PlanSettings, demands: Demands, budget: float | None, sites: int | None
) -> list[int]:
    """Return the rows of the forced mounts; every contradiction is named, those with money and number as well."""
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
        near = set(problem.choices.hindered_by(row, 0).tolist()) & set(rows[:i])
        faults += [
            f"{problem.mounts.ids[row]} and {problem.mounts.ids[other]} are both forced, but nearer than "
            f"{settings.apart_m:g} m to each other"
            for other in sorted(near)
        ]
    prices, ids = least_prices(problem.choices, rows), problem.mounts.ids
    for row, price in zip(rows, prices.tolist(), strict=True):
        if not np.isfinite(price):
            faults.append(f"{ids[row]} is forced, but every heading there would fall into a --no-view zone")
    named, first = ", ".join(ids[row] for row in rows), demands.phases[0] if demands.phases else None
    if sites is not None and len(rows) > sites:
        faults.append(f"{len(rows)} sites are forced ({named}), but at most {sites} may be chosen; raise the limit")
    money = first.budget if first else budget
    if money is not None and money + MONEY_ROUNDING < (total := float(prices.sum())) < np.inf:
        limit = f"the phase {first.name!r}, in which they stand, has" if first else "the budget is"
        faults.append(f"the forced sites cost at least {total:,.0f} together ({named}), {limit} {money:,.0f}; raise it")
    if faults:
        raise InfeasibleError("plan: " + "; ".join(faults))
    return rows
