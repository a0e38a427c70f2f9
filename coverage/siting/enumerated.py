"""Views told apart one by one: which could be in a better plan, and what each of them sees."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals
from camgap.coverage.siting.axis import Certificate
from camgap.coverage.siting.choices import Choices, Pick

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_TRIED = 400_000  # views whose loss is measured one by one
MOST_RUNS = 1_500_000  # stretches of the axis that the views of the covering problem see, all together
CHUNK = 256  # places at once


@dataclass(frozen=True)
class Enumerated:
    """Views one by one: place, offer, heading, and what each sees."""

    place: IntArray
    offer: IntArray
    step: IntArray
    seen: Intervals

    def __len__(self) -> int:
        return len(self.place)

    def rows_of(self, choices: Choices, picks: Sequence[Pick]) -> IntArray:
        """Return the rows of picks that are all among these views, ascending."""
        at = zip(self.place.tolist(), self.offer.tolist(), self.step.tolist(), strict=True)
        row = {key: i for i, key in enumerate(at)}
        return np.array(sorted(row[p.mount, p.model, step_of(choices, p)] for p in picks), np.int64)

    def picks_of(self, choices: Choices, rows: IntArray) -> list[Pick]:
        """Return views as picks, whose gains are not yet known."""
        place, offer = self.place[rows], self.offer[rows]
        azimuth = choices.azimuth_of(place, offer, self.step[rows])
        cost = choices.costs[place, offer]
        return [
            Pick(int(s), int(m), float(a), 0.0, float(c))
            for s, m, a, c in zip(place, offer, azimuth, cost, strict=True)
        ]


def worth_looking_at(
    choices: Choices,
    certificate: Certificate,
    gains: FloatArray,
    picks: Sequence[Pick],
    slack: float,
    most_runs: int = MOST_RUNS,
) -> tuple[Enumerated, float]:
    """Enumerate the views of small loss, those of the plan and what is free; return them and the limit of the loss.

    No better plan contains a view whose loss exceeds the slack between bound and plan. The views see `most_runs`
    stretches all together at most.
    """
    places, offers = np.nonzero(np.isfinite(choices.costs) & (choices.capacity > 0)[:, None])
    least = certificate.losses(choices, gains[places, offers], places, offers)
    steps = choices.offers.headings[choices.kind[places], offers].sum(axis=1)
    limit = min(_limit(least, steps, MOST_TRIED), slack)
    hold = least <= limit
    wanted = np.zeros(choices.costs.shape, bool)
    wanted[places[hold], offers[hold]] = True
    for pick in picks:
        wanted[pick.mount, pick.model] = True
    rows = np.flatnonzero(wanted.any(axis=1))
    taken = {(p.mount, p.model, step_of(choices, p)) for p in picks}

    def look(i: int) -> tuple[Enumerated, FloatArray]:
        some = rows[i : i + CHUNK]
        at, offer, step = np.nonzero(choices.offers.headings[choices.kind[some]] & wanted[some][:, :, None])
        place = some[at]
        seen = choices.intervals_of(place, offer, choices.azimuth_of(place, offer, step))
        worth = np.bincount(seen.owner, _within(certificate.sold, seen), minlength=len(place)).astype(np.float64)
        if len(choices.harm):
            worth -= choices.harm[place, offer, step]
        loss = certificate.losses(choices, worth, place, offer)
        mine = [
            k for k, key in enumerate(zip(place.tolist(), offer.tolist(), step.tolist(), strict=True)) if key in taken
        ]
        loss[mine] = 0.0
        return _kept(Enumerated(place, offer, step, seen), loss <= limit), loss[loss <= limit]

    with ThreadPoolExecutor(cpu_count()) as pool:
        parts = list(pool.map(look, range(0, len(rows), CHUNK)))
    views, loss = _joined([part for part, _ in parts]), np.concatenate([np.empty(0), *(found for _, found in parts)])
    runs = np.bincount(views.seen.owner, minlength=len(views))
    tighter = _limit(loss, runs, most_runs)
    return (_kept(views, loss <= tighter), tighter) if tighter < limit else (views, limit)


def _limit(loss: FloatArray, size: IntArray, most: int) -> float:
    """Return the greatest loss up to which the sizes sum to no more than `most`; what has none is never left out."""
    order = np.argsort(loss, kind="stable")
    fits = int(np.searchsorted(np.cumsum(size[order]), most, side="right"))
    if fits == len(loss):
        return np.inf
    below = loss[loss < loss[order[fits]]]
    return float(below.max(initial=0.0))


def _kept(views: Enumerated, keep: BoolArray) -> Enumerated:
    number = np.cumsum(keep) - 1
    row = keep[views.seen.owner]
    seen = Intervals(views.seen.start[row], views.seen.end[row], number[views.seen.owner[row]])
    return Enumerated(views.place[keep], views.offer[keep], views.step[keep], seen)


def _joined(parts: list[Enumerated]) -> Enumerated:
    none, before = np.empty(0, np.int64), np.cumsum([0, *(len(p) for p in parts)]).tolist()
    seen = Intervals(
        np.concatenate([np.empty(0), *(p.seen.start for p in parts)]),
        np.concatenate([np.empty(0), *(p.seen.end for p in parts)]),
        np.concatenate([none, *(p.seen.owner + n for p, n in zip(parts, before, strict=False))]),
    )
    return Enumerated(
        np.concatenate([none, *(p.place for p in parts)]), np.concatenate([none, *(p.offer for p in parts)]),
        np.concatenate([none, *(p.step for p in parts)]), seen,
    )  # fmt: skip


def _within(mass: tuple[FloatArray, FloatArray], seen: Intervals) -> FloatArray:
    return np.interp(seen.end, *mass) - np.interp(seen.start, *mass)


def step_of(choices: Choices, pick: Pick) -> int:
    """Return the heading of a pick, in steps from its offer's first one."""
    off = pick.azimuth - choices.offers.turned[choices.kind[pick.mount], pick.model]
    return round((off % 360.0) * choices.azimuth_steps / 360.0) % choices.azimuth_steps
