"""How sure the score is: what nobody knows of the cameras is varied, and the streets are counted each time.

Look once, aim later: line of sight is looked up once per position; a draw only clips it anew.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage import optics
from camgap.coverage.heads import Heads, Inventory
from camgap.coverage.intervals import Intervals, Stretches, depth, union
from camgap.coverage.settings import BandSettings, QualitySettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, intervals_of, look, places_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FIELDS = ("azimuth", "hfov", "range", "height", "tilt", "light", "position", "status")
PLACES = 5  # positions tried for a camera whose own is doubtful
HEADINGS = 36  # tried for the most that a camera of unknown azimuth may see
Mover = Callable[[FloatArray, IntArray], FloatArray]


@dataclass(frozen=True)
class Doubts:
    """What is not known of each camera, shape (c,) each.

    Parameters
    ----------
    unknown : dict
        Field of :data:`FIELDS` -> bool array.
    spread : float64 array
        How far off a stated azimuth may be [°].
    works : float64 array, optional
        Probability that a camera of unknown status works, by the rules of upkeep
        (:func:`~camgap.coverage.scoring.upkeep.working_chances`); 1 by default.
    """

    unknown: dict[str, BoolArray]
    spread: FloatArray
    works: FloatArray = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        if self.works is None:
            object.__setattr__(self, "works", np.ones(len(self.spread)))

    @staticmethod
    def of(inventory: Inventory, works: FloatArray | None = None) -> "Doubts":
        """Read off an inventory what was filled in, moved, or never stated."""
        cameras = inventory.cameras
        filled = [set(text.split(",")) for text in cameras["filled"]]
        unknown = {
            name: np.array([name in fields for fields in filled], dtype=bool)
            for name in ("azimuth", "hfov", "range", "height", "tilt", "light")
        }
        unknown["position"] = (cameras["moved_m"] > 0).to_numpy(dtype=bool)
        unknown["status"] = (cameras["status"] == "unknown").to_numpy(dtype=bool)
        return Doubts(
            unknown, cameras["spread"].to_numpy(np.float64), np.ones(len(cameras)) if works is None else works
        )

    def extended(self, cameras: int) -> "Doubts":
        """Return the doubts with further cameras, to `cameras` in all, of which everything is known."""
        more = cameras - len(self.spread)
        unknown = {name: np.append(known, np.zeros(more, dtype=bool)) for name, known in self.unknown.items()}
        return Doubts(unknown, np.append(self.spread, np.zeros(more)), np.append(self.works, np.ones(more)))

    def only(self, *names: str) -> "Doubts":
        """Return the doubts about the given fields alone."""
        none = np.zeros(len(self.spread), dtype=bool)
        unknown = {field: known if field in names else none for field, known in self.unknown.items()}
        return Doubts(unknown, self.spread if "azimuth" in names else np.zeros(len(self.spread)), self.works)

    def without(self, cameras: BoolArray) -> "Doubts":
        """Return the doubts without those about the marked cameras, shape (c,)."""
        unknown = {field: known & ~cameras for field, known in self.unknown.items()}
        return Doubts(unknown, np.where(cameras, 0.0, self.spread), self.works)


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


@dataclass(frozen=True)
class Sampler:
    """Draws heads and clips what they see; made once for all draws.

    Parameters
    ----------
    site : int64 array, shape (n, PLACES + 1)
        The row of `pieces` for every head, at its own position (column 0) and at the others tried.
    """

    scene: Scene
    heads: Heads
    doubts: Doubts
    quality: QualitySettings
    settings: BandSettings
    pieces: Pieces
    places: FloatArray
    site: IntArray

    @staticmethod
    def around(
        scene: Scene, heads: Heads, doubts: Doubts, quality: QualitySettings, settings: BandSettings, move: Mover
    ) -> "Sampler":
        """Look around from every position a head may have.

        Parameters
        ----------
        move : callable
            Takes positions, shape (k, 2), and their cameras, and puts them where a camera can hang.
        """
        heads = heads if quality.moving == "potential" else heads.guaranteed()
        doubtful = doubts.unknown["position"][heads.camera]
        places = np.repeat(heads.xy[:, None, :], PLACES + 1, axis=1)
        if doubtful.any() and settings.position_m > 0:
            cameras = np.unique(heads.camera[doubtful])
            first = np.searchsorted(heads.camera, cameras)  # one position for all heads of a camera
            off = np.stack(
                [_random(settings.seed, k, len(FIELDS), 2 * len(doubts.spread)).reshape(-1, 2) for k in range(PLACES)]
            )
            shift = settings.position_m * _normal(off)
            for k in range(PLACES):
                tried = move(heads.xy[first] + shift[k][cameras], cameras)
                places[doubtful, k + 1] = tried[np.searchsorted(cameras, heads.camera[doubtful])]
        spots, lens, site = places_of(places.reshape(-1, 2), np.repeat(heads.lens, PLACES + 1))
        reach = np.zeros(len(spots))
        np.maximum.at(reach, site, np.repeat(_farthest(heads, doubts, quality, settings), PLACES + 1))
        pieces = look(scene, spots, reach, lens=lens)
        return Sampler(scene, heads, doubts, quality, settings, pieces, places, site.reshape(-1, PLACES + 1))

    def draw(self, number: int) -> tuple[Heads, IntArray, BoolArray]:
        """Return the heads of one draw, where each stands (column of `site`), and which cameras work."""
        s, h, who = self.settings, self.heads, self.heads.camera
        n = len(self.doubts.spread)

        def ticket(name: str) -> FloatArray:
            return _random(s.seed, number, FIELDS.index(name), n)

        def varied(name: str, limits: tuple[float, float], known: FloatArray) -> FloatArray:
            value = (limits[0] + (limits[1] - limits[0]) * ticket(name))[who]
            return np.where(self.doubts.unknown[name][who], value, known)

        half = np.where(self.doubts.unknown["azimuth"], 180.0, self.doubts.spread)
        azimuth = (h.azimuth + (half * (2 * ticket("azimuth") - 1))[who]) % 360 % 360
        drawn = self._lenses(varied("hfov", s.hfov, h.hfov), varied("range", s.pixels, np.full(len(h), np.nan)))
        drawn = replace(
            drawn, azimuth=azimuth, height=varied("height", s.height_m, h.height), tilt=varied("tilt", s.tilt, h.tilt),
            light_m=varied("light", s.light_m, h.light_m),
        )  # fmt: skip
        place = np.where(self.doubts.unknown["position"][who], (ticket("position") * PLACES).astype(int)[who] + 1, 0)
        drawn = replace(drawn, xy=self.places[np.arange(len(h)), place])
        works = ~self.doubts.unknown["status"] | (ticket("status") < self.doubts.works)
        return drawn, place, works

    def _lenses(self, hfov: FloatArray, pixels: FloatArray) -> Heads:
        """Return the heads with other lenses and sensors; `pixels` is NaN where they are as they are."""
        h = self.heads
        own = np.array(self.doubts.unknown["hfov"][h.camera] & ~h.sector)  # a sector's angle is not its lens'
        hfov = np.where(own, np.minimum(hfov, optics.WIDEST_RECTILINEAR), h.hfov)
        was = h.focal_px * np.where(h.sector, 1.0, 2 * optics.tan(np.minimum(h.hfov, 179.0) / 2))
        now = np.where(np.isnan(pixels), was, np.where(h.sector, was * pixels / _USUAL, pixels))
        by_range = ~self.doubts.unknown["range"][h.camera]  # a stated range holds whatever the lens
        focal = now / np.where(h.sector, 1.0, 2 * optics.tan(np.minimum(hfov, 179.0) / 2))
        vfov = np.where(own, optics.vertical_fov(np.minimum(hfov, 179.0)), h.vfov)
        return replace(h, hfov=hfov, vfov=vfov, focal_px=np.where(by_range, h.focal_px, focal))

    def seen(self, heads: Heads, place: IntArray, works: BoolArray, night: bool) -> Stretches:
        """Return what the heads of a draw see, all together."""
        found = self.seen_by_camera(heads, place, works, night)
        return union(found.start, found.end)

    def seen_by_camera(self, heads: Heads, place: IntArray, works: BoolArray, night: bool) -> Intervals:
        """Return what the heads of a draw see; owner is the camera."""
        views, rows = heads.views(self.quality.px_per_m, self.quality, night)
        on = works[heads.camera[rows]]
        on_views = views.take(on)
        return intervals_of(self.scene, self.pieces, on_views, self.site[rows[on], place[rows[on]]]).owned_by(
            on_views.camera
        )


_USUAL = 2560.0  # pixels of the presets


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
    poor, good = (sampler._lenses(h.hfov, limit) for limit in pixels)
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


def _farthest(heads: Heads, doubts: Doubts, quality: QualitySettings, settings: BandSettings) -> FloatArray:
    """Return how far each head may see at most in any draw [m]."""
    vague = doubts.unknown["range"][heads.camera]
    side = optics.tan(np.minimum(heads.hfov, 179.0) / 2)
    turned = np.where(heads.sector, 0.0, np.nan_to_num(optics.tan(np.minimum(heads.vfov, 179.0) / 2)))
    corner = np.where(heads.sector, 1.0, np.sqrt(1 + side**2 + turned**2))
    known = heads.focal_px * corner
    # With the lens unknown, the narrowest sees farthest, its corner included.
    narrow = optics.tan(min(settings.hfov) / 2)
    lens = np.sqrt(1 + narrow**2 * (1 + (9 / 16) ** 2)) / (2 * narrow) * np.where(vague, 0.0, 2 * heads.focal_px * side)
    best = np.where(
        heads.sector, heads.focal_px * max(settings.pixels) / _USUAL, max(settings.pixels) / (2 * side) * corner
    )
    best = np.maximum(best, max(settings.pixels) * np.sqrt(1 + narrow**2 * (1 + (9 / 16) ** 2)) / (2 * narrow))
    other = doubts.unknown["hfov"][heads.camera] & ~heads.sector
    most = np.maximum(known, np.where(vague, best, np.where(other, np.maximum(lens, known), known)))
    return np.minimum(most / quality.px_per_m, heads.range_m)


def _random(seed: int, draw: int, field: int, n: int) -> FloatArray:
    """Return uniform numbers; those of the first cameras do not depend on how many follow."""
    return np.random.default_rng([seed, draw, field]).random(n)


def _normal(pairs: FloatArray) -> FloatArray:
    """Turn pairs of uniform numbers, shape (..., 2), into pairs of standard normal ones."""
    radius, angle = np.sqrt(-2 * np.log1p(-pairs[..., 0])), 2 * np.pi * pairs[..., 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
