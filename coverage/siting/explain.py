"""Why this site: what each action is worth alone and in the plan, and what would take its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting.actions import Problem
from camgap.coverage.siting.beside import BesideOnce, beside
from camgap.coverage.siting.choices import Pick
from camgap.coverage.siting.floors import Floors
from camgap.coverage.siting.ground import Ground, seen_of
from camgap.coverage.siting.instead import Instead
from camgap.coverage.siting.order import Tally
from camgap.coverage.siting.regroup import Draft, Placed
from camgap.coverage.siting.selection import in_view
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Named = tuple[tuple[str, float], ...]  # streets by name, and metres of each

STREETS = 8  # named per site


@dataclass(frozen=True, slots=True)
class Replacement:
    """The best single action if a site is refused; what the plan loses with it in its place."""

    mount: str
    action: str
    model: str
    azimuth: float  # [°]
    cost: float
    gain_m: float
    loss_m: float
    to: str = ""  # id of the mount that a camera is moved to
    breaks: tuple[str, ...] = ()  # districts whose floor is then not kept
    gain: float = 0.0  # as `gain_m` and `loss_m`, in the objective's unit
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Why:
    """What one action is worth.

    `alone_m` is what it adds to today's coverage without any other, `gain_m` what it adds to the sites before it,
    `missed_m` what all of them together lose without it, each less what a turned camera no longer sees [m]. `streets`
    are those it newly covers, after the sites before it, and how much of each [m]; `lost` those that then drop out of
    view. At most the :data:`STREETS` longest of both are named. `alone`, `gain` and `missed` are the same three in the
    objective's unit.
    """

    alone_m: float
    gain_m: float
    missed_m: float
    streets: tuple[tuple[str, float], ...]
    replacement: Replacement | None
    lost: tuple[tuple[str, float], ...] = ()
    alone: float = 0.0
    gain: float = 0.0
    missed: float = 0.0


def explain(
    street: Ground,
    aimed: Ground,
    network: StreetNetwork,
    picks: Sequence[Pick],
    money: Sequence[float],
    most: int,
    progress: Progress | None = None,
    floors: Floors | None = None,
) -> tuple[Why, ...]:
    """Explain every action of a plan.

    Parameters
    ----------
    street, aimed : Ground
        The street axis, and the one the plan was chosen on, where replacements are looked for; they may be the same.
    picks : sequence of Pick
        The actions, in the plan's order.
    money : sequence of float
        What a replacement of each may cost; infinite where nothing limits it.
    most : int
        Actions at most.
    floors : Floors, optional
        Shares of districts that the plan keeps, and a replacement may not.
    """
    if not picks:
        return ()
    n, scale, same = len(picks), aimed.counting.scale, street is aimed
    draft, stays = _draft(aimed, picks, most)
    metres, stays_m = (draft, stays) if same else _draft(street, picks, most)
    instead = Instead(draft, beside(draft, aimed.counting, list(stays.values())))
    in_metres = BesideOnce(metres)
    alone_m, gain_m, missed_m, streets, lost = _worth(street.problem, network, street.covered, street.kept, picks)
    valued = (alone_m, gain_m, missed_m) if same else _valued(aimed, picks)
    found = []
    for i, (alone, gain, missed) in enumerate(zip(*valued, strict=True)):
        key, at = len(draft.placed) - n + i, picks[i].mount
        best, replacement = instead.of(key, stays.get(at), money[i]), None
        if best is not None:
            view, value = best
            more = [stays_m[at]] if at in stays_m else []
            then = in_metres.reached(instead.instead(key, view), [*more, view if same else _moved(street, view)])
            adds = (value + draft.harm([view])) * scale
            adds_m = adds if same else then.length - in_metres.worth([key], more)
            replacement = _replacement(
                aimed, view, Replacement(
                    "", "", "", view.azimuth, 0.0, adds_m, missed_m[i] - adds_m, "",
                    floors.broken_by(then) if floors else (), adds, missed - adds,
                ),
            )  # fmt: skip
        found.append(Why(alone_m[i], gain_m[i], missed_m[i], streets[i], replacement, lost[i], alone, gain, missed))
        if progress:
            progress(i + 1, n)
    return tuple(found)


def _replacement(ground: Ground, view: Placed, worth: Replacement) -> Replacement:
    """Name a replacement of which it is known what it is worth."""
    problem = ground.problem
    pick = Pick(view.mount, view.model, view.azimuth, 0.0, float(ground.choices.costs[view.mount, view.model]))
    return replace(
        worth, mount=problem.place(pick), action=problem.action(pick), model=problem.model(pick), cost=pick.cost,
        to=problem.to(pick),
    )  # fmt: skip


def _moved(ground: Ground, view: Placed) -> Placed:
    return replace(view, seen=ground.choices.stretches_of(view.mount, view.model, view.azimuth))


def _draft(ground: Ground, picks: Sequence[Pick], most: int) -> tuple[Draft, dict[int, Placed]]:
    """Return the plan as a draft, its actions last, and the views that would stay at the places acted upon."""
    gone, choices = {p.mount for p in picks}, ground.choices
    draft = Draft(choices, ground.covered, [*ground.left(picks), *picks], np.inf, most)
    stays = {
        k.mount: Placed(k.mount, k.model, k.azimuth, choices.stretches_of(k.mount, k.model, k.azimuth))
        for k in ground.kept
        if k.mount in gone
    }
    return draft, stays


def _valued(ground: Ground, picks: Sequence[Pick]) -> tuple[list[float], list[float], list[float]]:
    """Return what each action adds alone, in order, and at the end, in the objective's unit."""
    n, scale = len(picks), ground.counting.scale
    won = seen_of(ground.choices, picks)
    tally = Tally(ground.always(picks), ground.problem.before(picks), won, n, ground.counting)
    alone, gains, missed = [tally.gain(i) * scale for i in range(n)], [], []
    for i in range(n):
        gains.append(tally.gain(i) * scale)
        tally.apply(i)
    for i in range(n):
        tally.apply(i, -1)
        missed.append(tally.gain(i) * scale)
        tally.apply(i)
    return alone, gains, missed


def _worth(
    problem: Problem, network: StreetNetwork, covered: Stretches, kept: Sequence[Pick], picks: Sequence[Pick]
) -> tuple[list[float], list[float], list[float], list[Named], list[Named]]:
    """Return what each action adds alone, in order, and at the end; the streets it newly covers in order, and loses."""
    choices, n, gone = problem.choices, len(picks), {p.mount for p in picks}
    left = [k for k in kept if k.mount not in gone]
    always = in_view(choices, covered, left)
    won = seen_of(choices, picks)
    tally = Tally(always, problem.before(picks), won, n)
    alone = [tally.gain(i) for i in range(n)]
    gains, missed, streets, lost = [], [], [], []
    for i in range(n):
        gains.append(tally.gain(i))
        new = tally.won[i][tally.count[tally.won[i]] == 0]
        streets.append(_named(network, tally.knots[new], tally.size[new]))
        tally.apply(i)
        gone = tally.lost[i][tally.count[tally.lost[i]] == 0]
        lost.append(_named(network, tally.knots[gone], tally.size[gone]))
    for i in range(n):
        tally.apply(i, -1)
        missed.append(tally.gain(i))
        tally.apply(i)
    return alone, gains, missed, streets, lost


def _named(network: StreetNetwork, at: FloatArray, length: FloatArray) -> Named:
    """Sum lengths by street name (the class in brackets where there is none), longest first."""
    edge = network.edge_at(at)
    names, classes = network.edges["name"].to_numpy(object), network.edges["highway"].to_numpy(object)
    total: dict[str, float] = {}
    for e, metres in zip(edge.tolist(), length.tolist(), strict=True):
        name = names[e] or f"({classes[e]})"
        total[name] = total.get(name, 0.0) + metres
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0]))[:STREETS])
