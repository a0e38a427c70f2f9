"""How far the covered length may be off because a field of the camera lists is missing.

The draws are those of the score's own band (:mod:`camgap.coverage.scoring.draws`), one field at a time; everything that
is stated stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, depth, union, union_by_owner
from camgap.coverage.scoring.draws import FIELDS
from camgap.coverage.study import Study, sampler_of

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

AT_THE_MOUNT = tuple(field for field in FIELDS if field != "position")  # what one visit to the camera can settle
DRAWS = 200
BAND = (0.05, 0.95)


@dataclass(frozen=True)
class FieldCost:
    """What one missing field does to the covered length.

    Parameters
    ----------
    field : str
    cameras : int
        Cameras that do not state it.
    low_m, high_m : float
        5 and 95 % quantile of the covered length, everything else as assumed in the score [m].
    covered_m : float
        Covered length of the score [m].
    """

    field: str
    cameras: int
    low_m: float
    high_m: float
    covered_m: float

    @property
    def width_m(self) -> float:
        """Width of the band [m]."""
        return self.high_m - self.low_m


class Doubt:
    """Draws of what the cameras of a study may see, given what their lists leave open."""

    def __init__(self, study: Study, draws: int = DRAWS) -> None:
        self.draws, self.n, self.length = draws, len(study.inventory), study.network.length
        self.sampler = sampler_of(study, study.inventory.heads)
        everything = self.sampler.doubts
        self.missing = {**everything.unknown, "azimuth": everything.unknown["azimuth"] | (everything.spread > 0)}
        known = replace(self.sampler, doubts=everything.only())
        self.base = union_by_owner(known.seen_by_camera(*known.draw(0), night=False))
        self.covered_m = union(self.base.start, self.base.end).length

    def cost(self, field: str) -> FieldCost:
        """Return what one missing field does to the covered length."""
        count = int(self.missing[field].sum())
        if not count:
            return FieldCost(field, 0, self.covered_m, self.covered_m, self.covered_m)
        low, high = np.quantile(self.lengths((field,)), BAND)
        return FieldCost(field, count, float(low), float(high), self.covered_m)

    def lengths(self, fields: Sequence[str], settled: BoolArray | None = None) -> FloatArray:
        """Return the covered length of every draw with the given fields drawn at once [m], shape (draws,).

        Of the cameras marked in `settled`, shape (cameras,), these fields stay as assumed.
        """
        drawn = (self.draw(fields, number, settled) for number in range(self.draws))
        return np.array([union(seen.start, seen.end).length for seen in drawn])

    def marginal_widths(self, fields: Sequence[str] = AT_THE_MOUNT) -> FloatArray:
        """Return how much each camera's own unknowns widen the band [m], shape (cameras,); the others as assumed.

        It is the width between the 5 and 95 % quantiles of the length that only this camera adds.
        """
        affected = np.any([self.missing[f] for f in fields], axis=0)
        others = _Others(self.base, self.n, self.length)
        adds = np.array([others.added(self.draw(fields, number)) for number in range(self.draws)])
        low, high = np.quantile(adds.reshape(self.draws, self.n), BAND, axis=0)
        return np.where(affected, high - low, 0.0)

    def draw(self, fields: Sequence[str], number: int, settled: BoolArray | None = None) -> Intervals:
        """Return what the cameras see in one draw of the given fields; owner is the camera."""
        doubts = self.sampler.doubts.only(*fields)
        sampler = replace(self.sampler, doubts=doubts if settled is None else doubts.without(settled))
        return union_by_owner(sampler.seen_by_camera(*sampler.draw(number), night=False))


class _Others:
    """What all other cameras see, for every camera at once.

    What camera i sees alone is laid out on an axis of its own, i times the axis' length along.
    """

    def __init__(self, base: Intervals, n: int, length: float) -> None:
        self.n, self.period = n, length + 1.0
        self.seen = union(base.start, base.end)
        d = depth(base)
        alone = np.flatnonzero(d.sole >= 0)
        shift = d.sole[alone] * self.period
        order = np.argsort(shift + d.start[alone], kind="stable")
        self.sole = Stretches((shift + d.start[alone])[order], (shift + d.end[alone])[order])

    def added(self, drawn: Intervals) -> FloatArray:
        """Return what each owner adds to what all others see [m], shape (n,)."""
        shift = drawn.owner * self.period
        by_all = self.seen.length_within(drawn.start, drawn.end)
        by_it_alone = self.sole.length_within(drawn.start + shift, drawn.end + shift)
        added = (drawn.end - drawn.start) - by_all + by_it_alone
        return np.bincount(drawn.owner, weights=added, minlength=self.n).astype(np.float64)


def field_costs(study: Study, draws: int = DRAWS) -> list[FieldCost]:
    """Return what every missing field does to the covered length of a study, in the order of the fields."""
    doubt = Doubt(study, draws)
    return [doubt.cost(field) for field in FIELDS]
