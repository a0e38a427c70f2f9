"""How sure the score is: what nobody knows of the cameras is varied, and the streets are counted each time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.heads import Heads
from camgap.coverage.intervals import Intervals, Stretches, depth
from camgap.coverage.scoring.draws import Sampler
from camgap.coverage.sight.views import intervals_of

FloatArray = npt.NDArray[np.float64]

HEADINGS = 36  # tried for the most that a camera of unknown azimuth may see


@dataclass(frozen=True)
class Bands:
    """Covered length over all draws, at the headline's level.

    Parameters
    ----------
    day_m, night_m : float64 array, shape (draws,)
        Covered length of each draw [m], in the order of the draws.
    low_m, high_m : float
        By day, were every unknown for the worst or for the best [m]: cameras of unknown azimuth or status left out, or
        each turned to where it sees most and working; few or many pixels.
    start, end, p : float64 array, shape (n,)
        Stretches of the street axis that are seen by day in a share ``p > 0`` of the draws.
    doubtful : dict
        Field -> number of cameras of which it is not known.
    """

    day_m: FloatArray
    night_m: FloatArray
    low_m: float
    high_m: float
    start: FloatArray
    end: FloatArray
    p: FloatArray
    doubtful: dict[str, int]

    def metres(self, light: str) -> FloatArray:
        """Return the covered length of each draw by day or by night, shape (draws,) [m]."""
        return self.night_m if light == "night" else self.day_m

    @staticmethod
    def quantiles(metres: FloatArray) -> tuple[float, float, float]:
        """Return the 5 %, 50 % and 95 % quantile."""
        low, median, high = np.quantile(metres, [0.05, 0.5, 0.95])
        return float(low), float(median), float(high)


def worst_mean(metres: FloatArray, share: float) -> float:
    """Return the mean over the worst share of draws, shape (r,): the conditional value at risk [m].

    Where the share is no whole number of draws, the last of them counts in part. Rockafellar and Uryasev (2000),
    https://doi.org/10.21314/JOR.2000.038.
    """
    weight = np.clip(share * len(metres) - np.arange(len(metres)), 0.0, 1.0)
    return float((np.sort(metres) * weight).sum() / weight.sum())


def seen_in_draws(sampler: Sampler, night: bool) -> tuple[Stretches, ...]:
    """Return what the heads see in every draw of :func:`measure_bands`, by day or by night."""
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(lambda number: sampler.seen(*sampler.draw(number), night), range(sampler.settings.draws)))


def measure_bands(sampler: Sampler) -> Bands:
    """Draw the cameras again and again and measure what they see; equal seeds give equal bytes."""

    def one(number: int) -> tuple[Stretches, float]:
        heads, place, works = sampler.draw(number)
        return sampler.seen(heads, place, works, False), sampler.seen(heads, place, works, True).length

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(one, range(sampler.settings.draws)))
    days = [day for day, _ in results]
    count = depth(
        Intervals(
            np.concatenate([day.start for day in days]), np.concatenate([day.end for day in days]),
            np.repeat(np.arange(len(days)), [len(day) for day in days]),
        )
    )  # fmt: skip
    low, high = _scenarios(sampler)
    return Bands(
        np.array([day.length for day in days]), np.array([night for _, night in results]), low, high, count.start,
        count.end, count.depth / len(days), {name: int(known.sum()) for name, known in sampler.doubts.unknown.items()},
    )  # fmt: skip


def _scenarios(sampler: Sampler) -> tuple[float, float]:
    """Return the covered length by day were every unknown for the worst, and for the best [m]."""
    s, h, d = sampler.settings, sampler.heads, sampler.doubts
    still = np.zeros(len(h), np.int64)
    pixels = [np.where(d.unknown["range"][h.camera], limit, np.nan) for limit in s.pixels]
    as_assumed = np.full(len(h), np.nan)
    poor, good = (h.with_lens(as_assumed, limit) for limit in pixels)
    sure = ~d.unknown["azimuth"] & ~d.unknown["status"]
    low = sampler.seen(poor, still, sure, False)
    turned = replace(good, azimuth=_best_headings(sampler, good))
    return low.length, sampler.seen(turned, still, np.ones(len(sure), dtype=bool), False).length


def _best_headings(sampler: Sampler, heads: Heads) -> FloatArray:
    """Return the azimuth [°] at which each head of unknown azimuth sees most by itself."""
    free = np.flatnonzero(sampler.doubts.unknown["azimuth"][heads.camera])
    azimuth = heads.azimuth.copy()
    if len(free) == 0:
        return azimuth
    turns = np.arange(HEADINGS) * 360.0 / HEADINGS
    every = replace(heads.take(np.repeat(free, HEADINGS)), azimuth=np.tile(turns, len(free)))
    views, rows = every.views(sampler.quality.px_per_m, sampler.quality)
    seen = intervals_of(sampler.scene, sampler.pieces, views, sampler.site[np.repeat(free, HEADINGS)[rows], 0])
    length = np.bincount(rows[seen.owner], seen.end - seen.start, minlength=len(every)).reshape(-1, HEADINGS)
    azimuth[free] = turns[length.argmax(axis=1)]
    return azimuth
