"""How sure the score is: what nobody knows of the cameras is varied, and the streets are counted each time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, depth
from camgap.coverage.scoring.draws import Sampler
from camgap.coverage.scoring.scenarios import Scenarios, measure_scenarios

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bands:
    """Covered length over all draws, at the headline's level.

    Parameters
    ----------
    day_m, night_m : float64 array, shape (draws,)
        Covered length of each draw [m], in the order of the draws.
    scenarios : dict
        "day" or "night" -> Scenarios.
    light : str
        "day" or "night": by which `p` is counted, the headline's.
    start, end, p : float64 array, shape (n,)
        Stretches of the street axis that are seen by `light` in a share ``p > 0`` of the draws.
    doubtful : dict
        Field -> number of cameras of which it is not known.
    """

    day_m: FloatArray
    night_m: FloatArray
    scenarios: dict[str, Scenarios]
    light: str
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
    lights = ("day", "night")

    def one(number: int) -> tuple[Stretches, ...]:
        heads, place, works = sampler.draw(number)
        return tuple(sampler.seen(heads, place, works, light == "night") for light in lights)

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(one, range(sampler.settings.draws)))
    seen = dict(zip(lights, zip(*results, strict=True), strict=True))
    metres = {light: np.array([stretches.length for stretches in seen[light]]) for light in lights}
    headline = seen[sampler.quality.light]
    count = depth(
        Intervals(
            np.concatenate([one.start for one in headline]), np.concatenate([one.end for one in headline]),
            np.repeat(np.arange(len(headline)), [len(one) for one in headline]),
        )
    )  # fmt: skip
    return Bands(
        metres["day"], metres["night"],
        {light: measure_scenarios(sampler, light == "night", metres[light]) for light in lights},
        sampler.quality.light, count.start, count.end, count.depth / len(headline),
        {name: int(known.sum()) for name, known in sampler.doubts.unknown.items()},
    )  # fmt: skip
