"""Low, middle and high: the covered length were every unknown at its worst, in its middle, or at its best."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from camgap.coverage.heads import Heads
from camgap.coverage.scoring.draws import RANGES, Sampler, altered
from camgap.coverage.sight.views import intervals_of

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

HEADINGS = 36  # tried for the most that a camera of unknown azimuth may see
_SHAPE = ("hfov", "height", "tilt")  # neither end of these is always the better one


@dataclass(frozen=True)
class Scenarios:
    """Covered length in three scenarios [m]: ``low_m <= middle_m <= high_m``; every draw lies between the outer two.

    - Low: cameras of unknown azimuth or status see nothing. The others have the fewest pixels and the least light, and
      each the lens, height, tilt and deviation from a stated compass point with which it sees least by itself.
    - Middle: every unknown in the middle of its range; azimuths as the score assumes them, unknown status working.
    - High: all work, with most pixels and light; a camera of unknown azimuth is turned to where it sees most, and each
      has the lens, height, tilt and deviation with which it sees most by itself.

    Of a lens, height or tilt the ends of the range and what the score assumes are tried. A position that is not known
    stays where the score has it: of all places around a camera none is a scenario, so only the draws vary it.

    Views overlap, so that what every camera sees least by itself need not be least together. Where the score, the
    middle or a draw goes beyond what was found so, it is the low or high scenario itself.
    """

    low_m: float
    middle_m: float
    high_m: float


def measure_scenarios(sampler: Sampler, night: bool, drawn: FloatArray) -> Scenarios:
    """Measure the three scenarios by day or by night.

    Parameters
    ----------
    drawn : float64 array, shape (draws,)
        Covered length of each draw by the same light [m].
    """
    d, h = sampler.doubts, sampler.heads
    every = np.ones(len(d.spread), dtype=bool)
    sure = ~d.unknown["azimuth"] & ~d.unknown["status"]
    middle = altered(h, {name: np.mean(sampler.limits(name), axis=0) for name in RANGES})
    poor, good = (altered(h, {name: sampler.limits(name)[end] for name in ("range", "light")}) for end in (0, 1))
    good = replace(good, azimuth=_best_headings(sampler, good, night))

    def length(heads: Heads, works: BoolArray) -> float:
        return sampler.seen(heads, np.zeros(len(heads), np.int64), works, night).length

    between = [length(middle, every), length(h, every), *drawn.tolist()]
    low = length(_extreme(sampler, poor, night, best=False), sure)
    high = length(_extreme(sampler, good, night, best=True), every)
    return Scenarios(min(low, *between), between[0], max(high, *between))


def _extreme(sampler: Sampler, heads: Heads, night: bool, best: bool) -> Heads:
    """Return the heads, each with the shape among those tried with which it sees most, or least, by itself."""
    chosen, found = heads, _lengths(sampler, heads, night)
    for tried in _shapes(sampler, heads):
        length = _lengths(sampler, tried, night)
        better = length > found if best else length < found
        chosen = chosen.join(tried).take(np.where(better, len(heads), 0) + np.arange(len(heads)))
        found = np.where(better, length, found)
    return chosen


def _shapes(sampler: Sampler, heads: Heads) -> Iterator[Heads]:
    """Yield the heads at all combinations of the ends of what is not known of their shape and their compass points."""
    limits = [sampler.limits(name) for name in _SHAPE]
    spread = np.where(sampler.doubts.unknown["azimuth"], 0.0, sampler.doubts.spread)[heads.camera]
    for *ends, side in product(*(range(1 + bool(np.isfinite(low).any())) for low, _ in limits), (-1, 0, 1)):
        if side and not spread.any():
            continue
        tried = altered(heads, {name: both[end] for name, both, end in zip(_SHAPE, limits, ends, strict=True)})
        yield replace(tried, azimuth=(heads.azimuth + side * spread) % 360 % 360)


def _lengths(sampler: Sampler, heads: Heads, night: bool) -> FloatArray:
    """Return the length each head sees by itself from its own position [m], shape (n,)."""
    return _lengths_at(sampler, heads, np.arange(len(heads)), night)


def _lengths_at(sampler: Sampler, heads: Heads, row: npt.NDArray[np.int64], night: bool) -> FloatArray:
    """Return the length heads see that stand where the sampler's heads of the given rows do [m], shape (n,)."""
    views, rows = heads.views(sampler.quality.px_per_m, sampler.quality, night)
    seen = intervals_of(sampler.scene, sampler.pieces, views, sampler.site[row[rows], 0])
    return np.bincount(rows[seen.owner], seen.end - seen.start, minlength=len(heads)).astype(np.float64)


def _best_headings(sampler: Sampler, heads: Heads, night: bool) -> FloatArray:
    """Return the azimuth [°] at which each head of unknown azimuth sees most by itself; the others' own."""
    free = np.flatnonzero(sampler.doubts.unknown["azimuth"][heads.camera])
    azimuth = heads.azimuth.copy()
    turns = np.arange(HEADINGS) * 360.0 / HEADINGS
    row = np.repeat(free, HEADINGS)
    every = replace(heads.take(row), azimuth=np.tile(turns, len(free)))
    length = _lengths_at(sampler, every, row, night).reshape(-1, HEADINGS)
    azimuth[free] = turns[length.argmax(axis=1)]
    return azimuth
