"""Choosing in phases: each phase has its own money and is as good as it can be made by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.bound import ceiling
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.dual import dual_bound, given_away
from camgap.coverage.siting.greedy import Stages, open_places, stage
from camgap.coverage.siting.regroup import Draft
from camgap.coverage.siting.selection import Selection, choose, in_view


@dataclass(frozen=True, slots=True)
class Phase:
    """Money for one stretch of time; what is left of it is not carried on to the next."""

    name: str
    budget: float


def choose_in_phases(
    choices: Choices,
    covered: Stretches,
    phases: Sequence[Phase],
    sites: int | None,
    progress: Stages | None = None,
    forced: Sequence[int] = (),
    clock: Clock | None = None,
) -> tuple[Selection, list[Selection]]:
    """Choose phase by phase, each on top of those before it.

    Parameters
    ----------
    phases : sequence of Phase
        At least one.
    sites : int or None
        Paid views at most, in all phases together.
    forced : sequence of int
        Places that get a view, in the first phase.
    clock : Clock, optional
        Says when to stop.

    Returns
    -------
    whole : Selection
        All picks, bounded by what any plan for all the money together could gain at once.
    parts : list of Selection
        One per phase; each bound counts from the phases before it.
    """
    parts: list[Selection] = []
    picks: list[Pick] = []
    now, left = choices, sites
    for phase in phases:
        reached = in_view(choices, covered, picks)
        part = choose(now, reached, phase.budget, left, progress, forced if not parts else (), clock)
        parts.append(part)
        picks += part.picks
        left = None if left is None else left - len(part.picks)
        now = now.with_capacity(np.maximum(open_places(choices, picks), 0))
    kept = parts[-1].kept
    draft = Draft(choices, covered, [*kept, *picks], np.inf, len(picks))
    gain, standing = sum(p.gain_m for p in parts), draft.in_order()
    total, most = sum(p.budget for p in phases) + 1e-6, sites if sites is not None else int(choices.capacity.sum())
    first = choices.best_gains(np.arange(len(choices.sites)), covered)
    bound, density = dual_bound(
        choices, covered, standing, first, total, most, stage(progress, "prove the bound"), clock=clock
    )  # fmt: skip
    shared, _ = choices.best_gains(np.arange(len(choices.sites)), covered, density)
    top = ceiling(given_away(choices, covered, density), shared, choices.costs, choices.capacity, most)
    base = sum(p.gain_m for p in standing) - gain  # what is free gave to begin with
    return replace(
        parts[-1], picks=tuple(picks), gain_m=gain, bound_m=max(bound - base, gain), ceiling=top, first=first[0]
    ), parts
