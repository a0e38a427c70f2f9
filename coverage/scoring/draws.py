"""What nobody knows of the cameras, and draws of what they may be and see.

Look once, aim later: line of sight is looked up once per position; a draw only clips it anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage import optics
from camgap.coverage.heads import Heads, Inventory
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.settings import BandSettings, QualitySettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, intervals_of, look, places_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FIELDS = ("azimuth", "hfov", "range", "height", "tilt", "light", "position", "status")
RANGES = {  # field that is varied evenly -> its range in BandSettings, its column in Heads
    "hfov": ("hfov", "fov"), "range": ("pixels", "pixels"), "height": ("height_m", "height"), "tilt": ("tilt", "tilt"),
    "light": ("light_m", "light_m"),
}  # fmt: skip
PLACES = 5  # positions tried for a camera whose own is doubtful
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
        """Read off an inventory what was filled in, moved, or never stated.

        Height and tilt count as unknown too where a flat sector does without them: its dead zone is not known. Where
        the list states the nearest distance seen, nothing depends on the tilt.
        """
        cameras, heads = inventory.cameras, inventory.heads
        filled = [set(text.split(",")) for text in cameras["filled"]]
        unknown = {
            name: np.array([name in fields for fields in filled], dtype=bool)
            for name in ("azimuth", "hfov", "range", "height", "tilt", "light")
        }
        for name, column, stated in (("height", heads.height, heads.lens), ("tilt", heads.tilt, heads.near_m)):
            unknown[name][heads.camera[np.isnan(column) & np.isnan(stated) & ~np.isnan(heads.fov)]] = True
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

    def limits(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return :func:`limits_of` for a field of :data:`RANGES`."""
        return limits_of(name, self.heads, self.doubts, self.settings)

    def draw(self, number: int) -> tuple[Heads, IntArray, BoolArray]:
        """Return the heads of one draw, where each stands (column of `site`), and which cameras work."""
        s, h, who = self.settings, self.heads, self.heads.camera
        n = len(self.doubts.spread)

        def ticket(name: str) -> FloatArray:
            return _random(s.seed, number, FIELDS.index(name), n)

        def varied(name: str) -> FloatArray:
            low, high = self.limits(name)
            return low + (high - low) * ticket(name)[who]

        half = np.where(self.doubts.unknown["azimuth"], 180.0, self.doubts.spread)
        azimuth = (h.azimuth + (half * (2 * ticket("azimuth") - 1))[who]) % 360 % 360
        drawn = replace(altered(h, {name: varied(name) for name in RANGES}), azimuth=azimuth)
        place = np.where(self.doubts.unknown["position"][who], (ticket("position") * PLACES).astype(int)[who] + 1, 0)
        drawn = replace(drawn, xy=self.places[np.arange(len(h)), place])
        works = ~self.doubts.unknown["status"] | (ticket("status") < self.doubts.works)
        return drawn, place, works

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


def altered(heads: Heads, values: Mapping[str, FloatArray]) -> Heads:
    """Return heads with other values of fields of :data:`RANGES`, shape (n,) each; NaN leaves a head's own."""

    def own_or(name: str) -> FloatArray:
        own = getattr(heads, RANGES[name][1])
        return np.where(np.isnan(values[name]), own, values[name]) if name in values else own

    as_it_is = np.full(len(heads), np.nan)
    lens = heads.with_lens(values.get("hfov", as_it_is), values.get("range", as_it_is))
    return replace(lens, height=own_or("height"), tilt=own_or("tilt"), light_m=own_or("light"))


def limits_of(name: str, heads: Heads, doubts: Doubts, settings: BandSettings) -> tuple[FloatArray, FloatArray]:
    """Return between which values a field of :data:`RANGES` may be, NaN for heads of which it is known.

    It is the range of the settings, widened where need be to hold what the score assumes: of a moving head, no light.
    """
    low, high = getattr(settings, RANGES[name][0])
    unknown, assumed = doubts.unknown[name][heads.camera], getattr(heads, RANGES[name][1])
    return np.where(unknown, np.fmin(assumed, low), np.nan), np.where(unknown, np.fmax(assumed, high), np.nan)


def _farthest(heads: Heads, doubts: Doubts, quality: QualitySettings, settings: BandSettings) -> FloatArray:
    """Return how far each head may see at most in any draw [m]: with the narrowest or the widest lens, hung highest."""
    open_ = {name: limits_of(name, heads, doubts, settings) for name in ("hfov", "range", "height")}
    drop = np.fmax(heads.height, open_["height"][1]) - quality.target_m
    most = np.zeros(len(heads))
    for fov in (np.full(len(heads), np.nan), *open_["hfov"]):
        h = heads.with_lens(fov, open_["range"][1])
        side, up = (np.nan_to_num(optics.tan(np.minimum(angle, 179.0) / 2)) for angle in (h.hfov, h.vfov))
        corner = np.where(h.sector, 1.0, np.sqrt(1 + side**2 + up**2))
        most = np.maximum(most, h.distance(quality.px_per_m, drop) * corner)
    return np.minimum(most, heads.range_m)


def _random(seed: int, draw: int, field: int, n: int) -> FloatArray:
    """Return uniform numbers; those of the first cameras do not depend on how many follow."""
    return np.random.default_rng([seed, draw, field]).random(n)


def _normal(pairs: FloatArray) -> FloatArray:
    """Turn pairs of uniform numbers, shape (..., 2), into pairs of standard normal ones."""
    radius, angle = np.sqrt(-2 * np.log1p(-pairs[..., 0])), 2 * np.pi * pairs[..., 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
