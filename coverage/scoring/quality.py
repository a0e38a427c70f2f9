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
from camgap.coverage.sight.views import Pieces, Progress, intervals_of, look, places_of
from camgap.coverage.streets import StreetNetwork

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
        sites, lens, site = places_of(heads.xy, heads.lens)
        reach = np.zeros(len(sites))
        np.maximum.at(reach, site[rows], views.far)
        return Looked(scene, heads, look(scene, sites, reach, progress, lens), site, quality)

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
        higher one), ``heads_out_of_reach`` (heads that reach it nowhere on the target plane),
        ``heads_without_faces`` (heads that show no face at it: where there are pixels enough, faces are seen too
        steeply from above; see :meth:`~camgap.coverage.heads.Heads.without_faces`).
    seen : dict
        (level, "day" or "night") -> Stretches.
    guaranteed_m, expected_m, potential_m : float
        At the headline's level and light: seen at all times; on average over time; at one time or another [m].
    lit_m : float
        Length of lit street [m].
    lighting : Lighting
    by_class, by_street : DataFrame
        Columns ``name`` (of the group), ``length_m``, and at the headline's level ``day_m``, ``night_m``.
    """

    levels: pd.DataFrame
    seen: dict[tuple[str, str], Stretches]
    guaranteed_m: float
    expected_m: float
    potential_m: float
    lit_m: float
    lighting: Lighting
    by_class: pd.DataFrame
    by_street: pd.DataFrame

    def at(self, level: str) -> dict[str, float]:
        """Return covered length and share of one level, by day and by night."""
        row = self.levels[self.levels["level"] == level].iloc[0]
        return {f"{light}_{unit}": float(row[f"{light}_{unit}"]) for light in LIGHTS for unit in ("m", "share")}


def measure_quality(looked: Looked, network: StreetNetwork, lighting: Lighting) -> Quality:
    """Measure every level by day and by night, and the share of moving heads in it.

    Parameters
    ----------
    network : StreetNetwork
        Of the scene.
    """
    q, length = looked.quality, network.length
    sure = ~looked.heads.sometimes
    counted = np.full(len(sure), q.moving == "potential") | sure
    seen, rows = {}, []
    for level, px_per_m in q.ladder.items():
        for light in LIGHTS:
            seen[level, light] = _union_of(looked.seen(px_per_m, light == "night"), counted)
        views_at = np.zeros(len(sure), dtype=bool)
        views_at[looked.heads.views(px_per_m, q)[1]] = True
        faceless = looked.heads.without_faces(px_per_m, q.steepest_face)
        blind = (int((counted & heads).sum()) for heads in (~views_at, faceless))
        rows.append((level, px_per_m, *(seen[level, light].length for light in LIGHTS), *blind))
    columns = ["level", "px_per_m", "day_m", "night_m", "heads_out_of_reach", "heads_without_faces"]
    levels = pd.DataFrame(rows, columns=columns)
    for light in LIGHTS:
        metres = levels[f"{light}_m"]
        levels[f"{light}_share"] = metres / length if length else 0.0
        levels[f"{light}_exclusive_m"] = metres - metres.shift(-1, fill_value=0.0)
    edges = network.edges[["highway", "name"]].assign(length_m=network.edge_length)
    for light in LIGHTS:
        edges[f"{light}_m"] = seen[q.level, light].length_within(network.offset[:-1], network.offset[1:])
    now = looked.seen(q.px_per_m, q.light == "night")
    return Quality(
        levels, seen, _union_of(now, sure).length, _expected(now, looked.heads),
        _union_of(now, np.ones(len(sure), dtype=bool)).length, lighting.lit.length, lighting,
        _grouped(edges, "highway"), _grouped(edges[edges["name"] != ""], "name"),
    )  # fmt: skip


def _grouped(edges: pd.DataFrame, key: str) -> pd.DataFrame:
    table = edges.groupby(key, sort=True)[["length_m", "day_m", "night_m"]].sum().rename_axis("name").reset_index()
    return table.sort_values(["length_m", "name"], ascending=[False, True], ignore_index=True)


def _union_of(intervals: Intervals, heads: npt.NDArray[np.bool_]) -> Stretches:
    keep = heads[intervals.owner]
    return union(intervals.start[keep], intervals.end[keep])


def _expected(now: Intervals, heads: Heads) -> float:
    """Return the length seen on average over time [m]: a camera looks at one of its positions at a time."""
    cameras = np.ones(int(heads.camera.max(initial=-1)) + 1)
    return expected_length(now.owned_by(heads.camera), cameras, heads.dwell[now.owner])
