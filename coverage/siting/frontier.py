"""Street against homes: the same choice made at several weights of the homes in view, and what each brings.

At a weight W a choice is worth the street it newly covers less W times the home frontage its views see, each view by
itself, beyond what the cameras they turn or replace see today. Whatever is best at one weight is a choice at every
other: so the best of all that were found is taken at each, and a greater weight never sees more homes for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.bound import ceiling
from camgap.coverage.siting.choices import Choices, Pick, columns_of
from camgap.coverage.siting.dual import dual_bound, given_away
from camgap.coverage.siting.greedy import Stages, open_places, stage, within
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.regroup import Draft
from camgap.coverage.siting.selection import MONEY_ROUNDING, Selection, in_view
from camgap.coverage.siting.turning import kept_views

Chooser = Callable[[Choices, Stages | None], tuple[Selection, list[Selection]]]  # whole and phases, by their value


@dataclass(frozen=True, slots=True)
class Worth:
    """What a choice is worth once homes are weighed.

    Parameters
    ----------
    weight : float
        Metres of street that a metre of home frontage in view weighs.
    seen_m : float
        Home frontage in view of the plan's views, each by itself [m]; unknown use as far as it counts.
    freed_m : float
        The same of the cameras they turn or replace, as they look today [m].
    value_m : float
        Newly covered length less ``weight * (seen_m - freed_m)`` [m].
    bound_m : float
        No choice among the same candidates within the same limits has a greater value [m].
    refined_m : float
        Part of the value that comes from headings between the steps; the bound holds for headings at the steps.
    """

    weight: float
    seen_m: float
    freed_m: float
    value_m: float
    bound_m: float
    refined_m: float = 0.0

    @property
    def gap(self) -> float:
        """How much more the bound would still allow, as a share of the bound: 0 is proven optimal."""
        return max(self.bound_m - (self.value_m - self.refined_m), 0.0) / self.bound_m if self.bound_m > 0 else 0.0


@dataclass(frozen=True)
class Choice:
    """What was chosen at one weight: by value, whole and phase by phase."""

    weight: float
    whole: Selection
    parts: list[Selection]


def choose_along(
    choices: Choices,
    covered: Stretches,
    weights: Sequence[float],
    choose: Chooser,
    exchange: bool,
    progress: Stages | None = None,
) -> list[Choice]:
    """Choose at every weight, in ascending order.

    Parameters
    ----------
    choices : Choices
        With ``homes``.
    choose : callable
        Makes the choice at the weight of the choices it is given.
    exchange : bool
        Take at each weight the best of what was found at any; not for phases, whose first is to be best by itself.
    """
    found = [
        Choice(weight, *choose(at_weight(choices, weight), within(progress, f"homes x {weight:g}")))
        for weight in sorted(set(weights))
    ]
    if not exchange:
        return found
    length = [length_gain(choices, covered, c.whole) for c in found]
    homes = [seen - freed for seen, freed in (homes_of(choices, c.whole.picks) for c in found)]
    out = []
    for own, c in enumerate(found):
        values = np.array(length) - c.weight * np.array(homes)
        best = int(values.argmax())
        if values[best] > values[own]:
            other, value = found[best].whole, float(values[best])
            whole = replace(
                c.whole, picks=other.picks, kept=other.kept, gain_m=value, bound_m=max(c.whole.bound_m, value)
            )
            out.append(replace(c, whole=whole))
        else:
            out.append(c)
    return out


def at_weight(choices: Choices, weight: float) -> Choices:
    """Return the same choice with homes, if it has any, at another weight."""
    return replace(choices, homes=choices.homes and choices.homes.weighing(weight))


def homes_of(choices: Choices, picks: Sequence[Pick]) -> tuple[float, float]:
    """Return the home frontage that picks see, and that what they stand in for sees today, each view by itself [m]."""
    if not picks or choices.homes is None:
        return 0.0, 0.0
    place, model, azimuth = columns_of(picks)
    more = float(choices.homes_of(place, model, azimuth).sum())
    freed = float(choices.homes.standing[np.unique(place)].sum())
    return more + freed, freed


def length_gain(choices: Choices, covered: Stretches, chosen: Selection) -> float:
    """Return the length in view with a choice less that with everything free left as it is [m]."""
    before = in_view(choices, covered, kept_views(choices, covered)).length
    return in_view(choices, covered, [*chosen.kept, *chosen.picks]).length - before


def in_lengths(
    choices: Choices,
    covered: Stretches,
    chosen: Choice,
    budget: float | None,
    sites: int | None,
    phases: Sequence[Phase],
    progress: Stages | None = None,
) -> tuple[Selection, list[Selection]]:
    """Return a choice, and its phases, with gains and bounds in metres of street, homes left out of account.

    The bounds are those of the same choice without homes: no plan covers more, whatever it sees of homes.
    """
    plain = replace(choices, homes=None)
    whole = _in_length(plain, covered, chosen.whole, budget, sites, progress)
    parts, picks, now, left = [], list[Pick](), plain, sites
    for phase, part in zip(phases, chosen.parts, strict=True):
        parts.append(_in_length(now, in_view(plain, covered, picks), part, phase.budget, left, progress))
        picks += part.picks
        left = None if left is None else left - len(part.picks)
        now = now.with_capacity(np.maximum(open_places(plain, picks), 0))
    return whole, parts


def _in_length(
    plain: Choices,
    covered: Stretches,
    chosen: Selection,
    budget: float | None,
    sites: int | None,
    progress: Stages | None,
) -> Selection:
    mounts = np.arange(len(plain.sites))
    limit = np.inf if budget is None else budget + MONEY_ROUNDING
    most = sites if sites is not None else int(plain.capacity.sum())
    first = plain.best_gains(mounts, covered)
    picks = Draft(plain, covered, [*chosen.kept, *chosen.picks], np.inf, most).in_order()
    bound, density = dual_bound(plain, covered, picks, first, limit, most, stage(progress, "bound the length"))
    shared, _ = plain.best_gains(mounts, covered, density)
    top = ceiling(given_away(plain, covered, density), shared, plain.costs, plain.capacity, most)
    top = top.with_other(ceiling(0.0, first[0], plain.costs, plain.capacity, most))
    gain, base = sum(p.gain_m for p in picks), sum(p.gain_m for p in kept_views(plain, covered))
    return replace(chosen, gain_m=gain - base, bound_m=max(bound, gain) - base, ceiling=top, first=first[0])


def worth_of(
    choices: Choices, chosen: Choice, picks: Sequence[Pick], gain_m: float, at_steps_m: float | None = None
) -> Worth:
    """Say what a choice is worth as it was measured.

    Parameters
    ----------
    picks : sequence of Pick
        As they are to be built.
    gain_m : float
        Newly covered length [m].
    at_steps_m : float, optional
        The value with all headings at the steps [m], where views were turned since.
    """
    seen, freed = homes_of(choices, picks)
    value = gain_m - chosen.weight * (seen - freed)
    refined = 0.0 if at_steps_m is None else value - at_steps_m
    return Worth(chosen.weight, seen, freed, value, max(chosen.whole.bound_m, value - refined), refined)
