"""Why this site: what each action is worth alone and in the plan, what would take its place, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches
from camgap.coverage.sight.views import Progress
from camgap.coverage.siting.actions import Problem
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.floors import Floors
from camgap.coverage.siting.instead import Instead
from camgap.coverage.siting.order import Tally
from camgap.coverage.siting.regroup import Draft, Placed
from camgap.coverage.siting.selection import in_view
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Named = tuple[tuple[str, float], ...]  # streets by name, and metres of each

STREETS = 8  # named per site
TOGETHER = "other choices for the same money add more together"
REJECTED = 20  # candidates told of
ASIDE = 60.0  # [m] candidates nearer to one another are told of once


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


@dataclass(frozen=True, slots=True)
class Why:
    """What one action is worth.

    `alone_m` is what it adds to today's coverage without any other, `gain_m` what it adds to the sites before it,
    `missed_m` what all of them together lose without it, each less what a turned camera no longer sees [m]. `streets`
    are those it newly covers, after the sites before it, and how much of each [m]; `lost` those that then drop out of
    view. At most the :data:`STREETS` longest of both are named.
    """

    alone_m: float
    gain_m: float
    missed_m: float
    streets: tuple[tuple[str, float], ...]
    replacement: Replacement | None
    lost: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that would add much today and is not in the plan, and why."""

    mount: str
    model: str
    cost: float
    alone_m: float  # added to what is in view today, cameras that may be turned left out
    now_m: float  # added to the plan
    reason: str


def explain(
    problem: Problem,
    network: StreetNetwork,
    covered: Stretches,
    kept: Sequence[Pick],
    picks: Sequence[Pick],
    budget: float,
    most: int,
    progress: Progress | None = None,
    floors: Floors | None = None,
) -> tuple[Why, ...]:
    """Explain every action of a plan.

    Parameters
    ----------
    covered : Stretches
        In view without anything that is up for choice.
    kept : sequence of Pick
        Free views as they are today, everywhere.
    picks : sequence of Pick
        The actions, in the plan's order.
    budget : float
        May be infinite.
    most : int
        Actions at most.
    floors : Floors, optional
        Shares of districts that the plan keeps, and a replacement may not.
    """
    if not picks:
        return ()
    choices, n = problem.choices, len(picks)
    draft, stays = _draft(choices, covered, kept, picks, budget, most)
    alone, gain, missed, streets, lost = _worth(problem, network, covered, kept, picks)
    found, instead = [], Instead(draft)
    for i in range(n):
        key, stay = len(draft.placed) - n + i, stays.get(picks[i].mount)
        best = instead.of(key, stay)
        replacement = None
        if best is not None:
            view, value = best
            adds = value + draft.harm([view])
            pick = Pick(view.mount, view.model, view.azimuth, adds, float(choices.costs[view.mount, view.model]))
            replacement = Replacement(
                problem.place(pick), problem.action(pick), problem.model(pick), pick.azimuth, pick.cost, adds,
                missed[i] - adds, problem.to(pick), floors.broken_by(instead.then(key, stay, view)) if floors else (),
            )  # fmt: skip
        found.append(Why(alone[i], gain[i], missed[i], streets[i], replacement, lost[i]))
        if progress:
            progress(i + 1, n)
    return tuple(found)


def _draft(
    choices: Choices, covered: Stretches, kept: Sequence[Pick], picks: Sequence[Pick], budget: float, most: int
) -> tuple[Draft, dict[int, Placed]]:
    """Return the plan as a draft, its actions last, and the views that would stay at the places acted upon."""
    gone = {p.mount for p in picks}
    draft = Draft(choices, covered, [*(k for k in kept if k.mount not in gone), *picks], budget, most)
    stays = {
        k.mount: Placed(k.mount, k.model, k.azimuth, choices.stretches_of(k.mount, k.model, k.azimuth))
        for k in kept
        if k.mount in gone
    }
    return draft, stays


def _worth(
    problem: Problem, network: StreetNetwork, covered: Stretches, kept: Sequence[Pick], picks: Sequence[Pick]
) -> tuple[list[float], list[float], list[float], list[Named], list[Named]]:
    """Return what each action adds alone, in order, and at the end; the streets it newly covers in order, and loses."""
    choices, n, gone = problem.choices, len(picks), {p.mount for p in picks}
    left = [k for k in kept if k.mount not in gone]
    always = in_view(choices, covered, left)
    won = _seen(choices, picks)
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


def rejected(
    problem: Problem,
    first: FloatArray,
    covered: Stretches,
    kept: Sequence[Pick],
    picks: Sequence[Pick],
    left: float,
    room: int,
    floors: bool = False,
) -> tuple[Rejected, ...]:
    """Return the candidates that would add most today, none near another, and why they are not in the plan.

    Parameters
    ----------
    first : float64 array, shape (s, m)
        What the best heading of each offer adds to `covered`.
    kept : sequence of Pick
        Free views that stay.
    left, room : float, int
        Money and number of actions left.
    floors : bool
        Whether districts have floors, which may decide against a candidate as well.
    """
    choices = problem.choices
    taken = {choices.stand_of(p.mount, p.model) for p in picks}
    best = first[: len(problem.mounts)].max(axis=1, initial=0.0)
    rows: list[int] = []
    for row in np.argsort(-best, kind="stable").tolist():
        if best[row] <= 0 or len(rows) == REJECTED:
            break
        away = np.hypot(*(choices.sites[rows] - choices.sites[row]).T) if rows else np.array([np.inf])
        if row not in taken and away.min() >= ASIDE:
            rows.append(row)
    if not rows:
        return ()
    standing = [*kept, *picks]
    reached = in_view(choices, covered, standing)
    own = _seen(choices, picks)
    plain = replace(choices, homes=None)
    now = plain.best_gains(np.array(rows), reached)[0]
    worth = (choices.best_gains(np.array(rows), reached)[0] if len(choices.harm) else now).max(axis=1, initial=0.0)
    steps = plain.best_gains(np.array(rows), covered)[1]
    out, least = [], min((p.gain_m / p.cost for p in picks), default=0.0)
    for i, (row, adds) in enumerate(zip(rows, now, strict=True)):
        model = int(first[row].argmax())
        azimuth = float(choices.azimuth_of(np.array([row]), np.array([model]), steps[[i], model])[0])
        pick = Pick(row, model, azimuth, float(adds[model]), float(choices.costs[row, model]))
        rank = _overlap(choices.stretches_of(row, model, azimuth), picks, own)
        near = set(choices.hindered_by(row, model).tolist()) & taken
        reason = _reason(pick, float(first[row, model]), near, left, room, least, rank, float(worth[i]))
        if floors and reason == TOGETHER:
            reason += ", or keep the floors"
        out.append(
            Rejected(problem.place(pick), problem.model(pick), pick.cost, float(first[row, model]), pick.gain_m, reason)
        )
    return tuple(out)


def _reason(
    pick: Pick, alone: float, near: set[int], left: float, room: int, least: float, rank: int, worth: float
) -> str:
    if near:
        return "nearer to a chosen site than allowed"
    if pick.gain_m < alone / 2:
        return f"site {rank} and others see most of it" if rank else "what it sees is in view already"
    if worth < pick.gain_m / 2:
        return "the homes in its view weigh against it"
    if pick.cost > left:
        more = "more" if pick.gain_m / pick.cost > least else "less"
        return f"no money is left for it; it adds {more} per cost than the least site of the plan"
    return "the number of actions is used up" if room <= 0 else TOGETHER


def _overlap(view: Stretches, picks: Sequence[Pick], own: Intervals) -> int:
    """Return the rank of the site that sees most of a view, 0 if none sees any of it."""
    shared = np.bincount(own.owner, view.length_within(own.start, own.end), minlength=len(picks))
    return int(shared.argmax()) + 1 if shared.max(initial=0.0) > 0 else 0


def _seen(choices: Choices, picks: Sequence[Pick]) -> Intervals:
    if not picks:
        return Intervals.none()
    mount, model = np.array([(p.mount, p.model) for p in picks], np.int64).T
    return choices.intervals_of(mount, model, np.array([p.azimuth for p in picks]))
