"""What the picture is worth: covered length per quality level, by day and by night, and what moving heads add."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.heads import Heads
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.lighting import Lighting
from camgap.coverage.scoring.expected import expected_length
from camgap.coverage.settings import QualitySettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, Progress, intervals_of, look

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LIGHTS = ("day", "night")


@dataclass(frozen=True)
class Looked:
    """What stands in line of sight of heads, looked up once for every level, light and movement.

    Parameters
    ----------
    scene : Scene
    heads : Heads
    pieces : Pieces
    site : int64 array, shape (n,)
        The row of `pieces` each head stands at.
    quality : QualitySettings
    """

    scene: Scene
    heads: Heads
    pieces: Pieces
    site: IntArray
    quality: QualitySettings

    @staticmethod
    def around(scene: Scene, heads: Heads, quality: QualitySettings, progress: Progress | None = None) -> "Looked":
        """Look around from every head, as far as its lowest level reaches."""
        views, rows = heads.views(min(quality.ladder.values()), quality)
        sites, site = np.unique(heads.xy, axis=0, return_inverse=True)
        site = site.reshape(-1)
        reach = np.zeros(len(sites))
        np.maximum.at(reach, site[rows], views.far)
        return Looked(scene, heads, look(scene, sites, reach, progress), site, quality)

    def seen(self, px_per_m: float, night: bool) -> Intervals:
        """Return what every head sees at a pixel density; owner is the row of the head."""
        views, rows = self.heads.views(px_per_m, self.quality, night)
        return intervals_of(self.scene, self.pieces, views, self.site[rows]).owned_by(rows)


@dataclass(frozen=True)
class Quality:
    """Covered length by quality level, light and movement, whichever of them the headline counts.

    Parameters
    ----------
    levels : DataFrame
        One row per level of the standard, lowest first: ``level``, ``px_per_m``, ``day_m``, ``day_share``, ``night_m``,
        ``night_share`` (cumulative: at least this level), ``day_exclusive_m``, ``night_exclusive_m`` (this level and no
        higher one), ``heads_out_of_reach`` (heads that reach it nowhere on the target plane).
    seen : dict
        (level, "day" or "night") -> Stretches.
    guaranteed_m, expected_m, potential_m : float
        At the headline's level and light: seen at all times; on average over time; at one time or another [m].
    lit_m : float
        Length of lit street [m].
    lighting : Lighting
    """

    levels: pd.DataFrame
    seen: dict[tuple[str, str], Stretches]
    guaranteed_m: float
    expected_m: float
    potential_m: float
    lit_m: float
    lighting: Lighting


def measure_quality(looked: Looked, length: float, lighting: Lighting) -> Quality:
    """Measure every level by day and by night, and the share of moving heads in it.

    Parameters
    ----------
    length : float
        Of all streets [m].
    """
    q = looked.quality
    sure = ~looked.heads.sometimes
    counted = np.full(len(sure), q.moving == "potential") | sure
    seen, rows = {}, []
    for level, px_per_m in q.ladder.items():
        for light in LIGHTS:
            seen[level, light] = _union_of(looked.seen(px_per_m, light == "night"), counted)
        views_at = np.zeros(len(sure), dtype=bool)
        views_at[looked.heads.views(px_per_m, q)[1]] = True
        rows.append(
            (level, px_per_m, *(seen[level, light].length for light in LIGHTS), int((counted & ~views_at).sum()))
        )
    levels = pd.DataFrame(rows, columns=["level", "px_per_m", "day_m", "night_m", "heads_out_of_reach"])
    for light in LIGHTS:
        metres = levels[f"{light}_m"]
        levels[f"{light}_share"] = metres / length if length else 0.0
        levels[f"{light}_exclusive_m"] = metres - metres.shift(-1, fill_value=0.0)
    now = looked.seen(q.px_per_m, q.light == "night")
    return Quality(
        levels, seen, _union_of(now, sure).length, expected_length(*presence(now, looked.heads)),
        _union_of(now, np.ones(len(sure), dtype=bool)).length, lighting.lit.length, lighting,
    )  # fmt: skip


def _union_of(intervals: Intervals, heads: npt.NDArray[np.bool_]) -> Stretches:
    keep = heads[intervals.owner]
    return union(intervals.start[keep], intervals.end[keep])


def presence(intervals: Intervals, heads: Heads) -> tuple[Intervals, FloatArray]:
    """Return where each camera looks, cut where the share of time it does so changes, and that share.

    One camera looks at one of its positions at a time, so the shares of its heads add up (1 at most).

    Parameters
    ----------
    intervals : Intervals
        Owner is the row of the head.

    Returns
    -------
    intervals : Intervals
        Owner is the row of `share`; those of one camera do not overlap.
    share : float64 array
    """
    camera, dwell = heads.camera[intervals.owner], heads.dwell[intervals.owner]
    at = np.concatenate([intervals.start, intervals.end])
    who = np.concatenate([camera, camera])
    order = np.lexsort((at, who))
    at, who = at[order], who[order]
    share = np.cumsum(np.concatenate([dwell, -dwell])[order])
    count = np.cumsum(np.concatenate([np.ones(len(dwell), np.int64), np.full(len(dwell), -1)])[order])
    real = np.flatnonzero((who[1:] == who[:-1]) & (at[1:] > at[:-1]) & (count[:-1] > 0))
    return Intervals(at[real], at[real + 1], np.arange(len(real))), np.clip(share[real], 0.0, 1.0)
