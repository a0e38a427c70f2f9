"""What was left out of a plan: the candidates that would add most today, and why they are not in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches
from camgap.coverage.siting.choices import Pick
from camgap.coverage.siting.counting import seen_of
from camgap.coverage.siting.ground import Ground
from camgap.coverage.siting.selection import in_view

FloatArray = npt.NDArray[np.float64]

TOGETHER = "other choices for the same money add more together"
REJECTED = 20  # candidates told of
ASIDE = 60.0  # [m] candidates nearer to one another are told of once


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that would add much today and is not in the plan, and why."""

    mount: str
    model: str
    cost: float
    alone_m: float  # added to what is in view today
    now_m: float  # added to the plan
    reason: str
    alone: float = 0.0  # as `alone_m` and `now_m`, in the objective's unit
    now: float = 0.0


def rejected(
    street: Ground,
    aimed: Ground,
    first: FloatArray,
    picks: Sequence[Pick],
    left: float,
    room: int,
    floors: bool = False,
) -> tuple[Rejected, ...]:
    """Return the candidates that would add most today, none near another, and why they are not in the plan.

    Parameters
    ----------
    street, aimed : Ground
        As :func:`explain` takes them.
    first : float64 array, shape (s, m)
        What the best heading of each offer adds, on the axis aimed at, where nothing stands but what is covered.
    picks : sequence of Pick
        The actions, each with what it adds on that axis.
    left, room : float, int
        Money and number of actions left.
    floors : bool
        Whether districts have floors, which may decide against a candidate as well.
    """
    choices, scale = aimed.choices, aimed.counting.scale
    alone = _today(aimed, first)
    rows = _foremost(aimed, alone, {choices.stand_of(p.mount, p.model) for p in picks})
    if not rows:
        return ()
    at, standing, own = np.array(rows), [*aimed.left(picks), *picks], seen_of(choices, picks)
    plain = replace(aimed, problem=replace(aimed.problem, choices=replace(choices, homes=None)))
    now, then = plain.gains(standing, at)
    worth = (aimed.gains(standing, at)[0] if len(choices.harm) else now).max(axis=1, initial=0.0)
    steps = plain.gains(aimed.kept, at)[1]
    in_metres = None if street is aimed else _InMetres(street, picks)
    taken = {choices.stand_of(p.mount, p.model) for p in picks}
    out, least = [], min((p.gain_m / p.cost for p in picks), default=0.0)
    for i, row in enumerate(rows):
        model = int(alone[row].argmax())
        azimuth, later = (
            float(choices.azimuth_of(at[[i]], np.array([model]), s[[i], model])[0]) for s in (steps, then)
        )
        pick = Pick(row, model, azimuth, float(now[i, model]), float(choices.costs[row, model]))
        rank = _overlap(choices.stretches_of(row, model, azimuth), picks, own)
        near = set(choices.hindered_by(row, model).tolist()) & taken
        own_alone = float(alone[row, model])
        reason = _reason(pick, own_alone, near, left, room, least, rank, float(worth[i]))
        if floors and reason == TOGETHER:
            reason += ", or keep the floors"
        metres = in_metres.of(replace(pick, azimuth=azimuth), later) if in_metres else (own_alone, pick.gain_m)
        place, name = aimed.problem.place(pick), aimed.problem.model(pick)
        out.append(Rejected(place, name, pick.cost, *metres, reason, own_alone * scale, pick.gain_m * scale))
    return tuple(out)


def _today(ground: Ground, first: FloatArray) -> FloatArray:
    """Return what the best heading of each offer adds to what stands today, shape (s, m)."""
    if not ground.counting.once:
        return ground.gains(ground.kept, np.arange(len(first)))[0]
    return ground.choices.gains_beside(first, ground.kept, in_view(ground.choices, ground.covered, ground.kept))


def _foremost(ground: Ground, alone: FloatArray, taken: set[int]) -> list[int]:
    """Return the mounts not taken whose best offers add most alone, none near another."""
    sites, best = ground.choices.sites, alone[: len(ground.problem.mounts)].max(axis=1, initial=0.0)
    rows: list[int] = []
    for row in np.argsort(-best, kind="stable").tolist():
        if best[row] <= 0 or len(rows) == REJECTED:
            break
        away = np.hypot(*(sites[rows] - sites[row]).T) if rows else np.array([np.inf])
        if row not in taken and away.min() >= ASIDE:
            rows.append(row)
    return rows


class _InMetres:
    """What views left out would add in metres of street."""

    def __init__(self, street: Ground, picks: Sequence[Pick]) -> None:
        choices, end = street.choices, float(street.choices.scene.segments.end[-1])
        self.choices = choices
        self.today, self.then = (
            in_view(choices, street.covered, views).complement(0.0, end)
            for views in (street.kept, [*street.left(picks), *picks])
        )

    def of(self, pick: Pick, later: float) -> tuple[float, float]:
        """Return what a view adds today, and turned to a heading [°] to the plan [m]."""
        seen = [self.choices.stretches_of(pick.mount, pick.model, azimuth) for azimuth in (pick.azimuth, later)]
        return tuple(
            float(free.length_within(s.start, s.end).sum())
            for free, s in zip((self.today, self.then), seen, strict=True)
        )  # type: ignore[return-value]  # two of them


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
