"""Why this site: what each action is worth alone and in the plan, and what would take its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.sight.views import Progress
from camgap.coverage.siting.beside import BesideOnce, beside
from camgap.coverage.siting.choices import Pick
from camgap.coverage.siting.counting import seen_of
from camgap.coverage.siting.floors import Floors
from camgap.coverage.siting.ground import Ground
from camgap.coverage.siting.instead import Instead
from camgap.coverage.siting.order import Tally
from camgap.coverage.siting.regroup import Draft, Placed
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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
    in_street = _told(street, picks)
    valued, cells = in_street if same else _told(aimed, picks), in_street.tally
    found = []
    for i in range(n):
        key, at, missed = len(draft.placed) - n + i, picks[i].mount, valued.missed[i] * scale
        best, replacement = instead.of(key, stays.get(at), money[i]), None
        if best is not None:
            view, value = best
            more = [stays_m[at]] if at in stays_m else []
            then = in_metres.reached(instead.instead(key, view), [*more, view if same else _moved(street, view)])
            adds = (value + draft.harm([view])) * scale
            adds_m = adds if same else then.length - in_metres.worth([key], more)
            problem = aimed.problem
            pick = Pick(view.mount, view.model, view.azimuth, adds, float(aimed.choices.costs[view.mount, view.model]))
            replacement = Replacement(
                problem.place(pick), problem.action(pick), problem.model(pick), pick.azimuth, pick.cost, adds_m,
                in_street.missed[i] - adds_m, problem.to(pick), floors.broken_by(then) if floors else (), adds,
                missed - adds,
            )  # fmt: skip
        named = [_named(network, cells.knots[some], cells.size[some]) for some in (in_street.new[i], in_street.lost[i])]
        found.append(
            Why(
                in_street.alone[i], in_street.gain[i], in_street.missed[i], named[0], replacement, named[1],
                valued.alone[i] * scale, valued.gain[i] * scale, missed,
            )
        )  # fmt: skip
        if progress:
            progress(i + 1, n)
    return tuple(found)


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


@dataclass(frozen=True)
class _Told:
    """What each action adds alone, in order, and at the end, in metres of one axis; and which cells of it change.

    `new` are those it is the first to see, in order, `lost` those that then drop out of view.
    """

    tally: Tally
    alone: list[float]
    gain: list[float]
    missed: list[float]
    new: list[IntArray]
    lost: list[IntArray]


def _told(ground: Ground, picks: Sequence[Pick]) -> _Told:
    """Carry actions out one after the other, and take each back at the end."""
    n, won = len(picks), seen_of(ground.choices, picks)
    tally = Tally(ground.always(picks), ground.problem.before(picks), won, n, ground.counting)
    told = _Told(tally, [tally.gain(i) for i in range(n)], [], [], [], [])
    for i in range(n):
        told.gain.append(tally.gain(i))
        told.new.append(tally.won[i][tally.count[tally.won[i]] == 0])
        tally.apply(i)
        told.lost.append(tally.lost[i][tally.count[tally.lost[i]] == 0])
    for i in range(n):
        tally.apply(i, -1)
        told.missed.append(tally.gain(i))
        tally.apply(i)
    return told


def _named(network: StreetNetwork, at: FloatArray, length: FloatArray) -> tuple[tuple[str, float], ...]:
    """Sum lengths by street name (the class in brackets where there is none), longest first."""
    edge = network.edge_at(at)
    names, classes = network.edges["name"].to_numpy(object), network.edges["highway"].to_numpy(object)
    total: dict[str, float] = {}
    for e, metres in zip(edge.tolist(), length.tolist(), strict=True):
        name = names[e] or f"({classes[e]})"
        total[name] = total.get(name, 0.0) + metres
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0]))[:STREETS])
