"""Turning chosen views between the steps of the headings tried, to where they add most."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.choices import Choices, Pick
from camgap.coverage.siting.regroup import Draft, Placed

FloatArray = npt.NDArray[np.float64]

TRIED = 81  # headings at once: from one step to the left to one step to the right, then ever finer
PASSES, SWEEPS = 3, 2  # the last pass is finer than 0.01° with 36 steps; views may depend on one another
WORTHWHILE = 0.01  # [m] a smaller improvement is not one


def refine(
    choices: Choices, covered: Stretches, kept: Sequence[Pick], picks: Sequence[Pick], locked: Collection[int] = ()
) -> list[Pick]:
    """Turn views one after the other to their best heading, all others held; what counts is length less harm.

    A view whose neighbouring headings are not all allowed stays as it is, as does one that has a single heading. What
    is covered changes smoothly with the heading but for kinks where an edge of the view meets the end of a piece of
    street; ever finer headings around the best one come within 0.01° of the best near it.

    Parameters
    ----------
    covered : Stretches
        In view without anything that is up for choice.
    kept : sequence of Pick
        Free views that stay.
    picks : sequence of Pick
        The views to turn.
    locked : collection of int
        Places whose views stay.

    Returns
    -------
    list of Pick
        In the same order; all of them together are worth at least as much.
    """
    draft = Draft(choices, covered, [*kept, *picks], np.inf, len(picks))
    keys = {i: len(kept) + i for i in range(len(picks))}
    end = float(choices.scene.segments.end[-1]) if len(choices.scene.segments) else 0.0
    for _ in range(SWEEPS):
        for i, pick in enumerate(picks):
            if pick.mount in locked or not _free_to_turn(choices, draft.placed[keys[i]]):
                continue
            view = draft.placed[keys[i]]
            free = draft.reached_without([keys[i]]).complement(0.0, end)
            now = float(free.length_within(view.seen.start, view.seen.end).sum()) - draft.harm([view])
            azimuth, gain = _best_heading(choices, view, free)
            if gain > now + WORTHWHILE:
                turned = Placed(view.mount, view.model, azimuth, choices.stretches_of(view.mount, view.model, azimuth))
                draft.replace(keys[i], turned)
                keys[i] = draft.next_key - 1
    return [replace(p, azimuth=draft.placed[keys[i]].azimuth) for i, p in enumerate(picks)]


def _free_to_turn(choices: Choices, view: Placed) -> bool:
    """Tell whether the headings on both sides of a view are allowed as well."""
    kind, step = choices.kind[view.mount], 360.0 / choices.azimuth_steps
    allowed = choices.offers.headings[kind, view.model]
    at = (view.azimuth - choices.offers.turned[kind, view.model]) / step
    around = np.array([np.floor(at) - 1, np.floor(at), np.floor(at) + 1, np.floor(at) + 2], np.int64)
    return bool(allowed[around % len(allowed)].all())


def _best_heading(choices: Choices, view: Placed, free: Stretches) -> tuple[float, float]:
    """Return the heading within a step of a view's own that sees most of `free` less its harm, and how much [m]."""
    centre, width = view.azimuth, 360.0 / choices.azimuth_steps
    best = (-np.inf, view.azimuth)
    for _ in range(PASSES):
        azimuth = (centre + np.linspace(-width, width, TRIED)) % 360.0
        place, model = np.full(TRIED, view.mount), np.full(TRIED, view.model)
        seen = choices.intervals_of(place, model, azimuth)
        metres = np.bincount(seen.owner, free.length_within(seen.start, seen.end), minlength=TRIED)
        worth = metres - choices.harm_of(place, model, azimuth)
        best = max(best, (float(worth.max()), float(azimuth[worth.argmax()])), key=lambda found: found[0])
        centre, width = best[1], width / (TRIED // 4)
    return best[1], best[0]
