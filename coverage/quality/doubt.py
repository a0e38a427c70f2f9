"""How far the covered length may be off because a field of the camera lists is missing.

Each mount looks around once, far enough for every range that is drawn; a draw then only clips what is in sight. What is
not stated is drawn within limits of real cameras, everything stated stays as it is. Limits and their sources:

azimuth    all round, every direction alike; a panning camera counted all round looks one way at a time
hfov       from a 12 mm to a 2.8 mm lens on a 1/2.8" sensor, 27-111° (lens chart); panning 30-65° of its zoom
range      the preset's distance for 1920 to 3840 pixels instead of its 2560: x 0.75 to 1.5
height     lens 3.5-6 m above ground instead of 5 m: the near limit moves in proportion to height above 1.6 m
status     works with probability 0.93 (0.98 online, 0.95 picture usable)
position   a phone's in a city: 10 m off (root mean square), any way (Merry & Bettinger 2019: 7-13 m)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.cameras import Views
from camgap.coverage.inputs.facades import move_to_facades
from camgap.coverage.intervals import Intervals, Stretches, depth, union, union_by_owner
from camgap.coverage.sight.views import Pieces, intervals_of, look, seen_by
from camgap.coverage.study import Study

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FIELDS = ("azimuth", "hfov", "range", "height", "position", "status")
AT_THE_MOUNT = ("azimuth", "hfov", "range", "height", "status")  # what one visit to the camera can settle
DRAWS = 200
SEED = 20_250
BAND = (0.05, 0.95)

HFOV = {"fixed": (27.0, 111.0), "dome": (54.0, 111.0), "panning": (30.0, 65.1), "unknown": (27.0, 111.0)}  # [°]
RANGE = (0.75, 1.5)
HEIGHT, PRESET_HEIGHT, HEAD = (3.5, 6.0), 5.0, 1.6  # [m]
WORKS = 0.93
OFF_BY_M = 10.0
PLACES = 6  # positions tried per camera
_FACADE_LIMIT_M = 30.0  # a displaced camera may land this deep in a block; it hangs on the block's wall then


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

    def __init__(self, study: Study, draws: int = DRAWS, seed: int = SEED) -> None:
        self.study, self.draws, self.seed = study, draws, seed
        self.views, self.scene = study.inventory.views, study.scene
        cameras = study.inventory.cameras
        self.n = len(cameras)
        filled = [set(text.split(",")) for text in cameras["filled"].tolist()]
        self.round = np.array(["all_round" in f for f in filled], dtype=bool)
        without_height = cameras["height"].isna().to_numpy(bool)
        self.missing: dict[str, BoolArray] = {
            "azimuth": np.array(["azimuth" in f or "all_round" in f for f in filled], dtype=bool),
            "hfov": np.array(["hfov" in f for f in filled], dtype=bool),
            "range": np.array(["range" in f for f in filled], dtype=bool),
            "height": without_height & np.array(["near" in f for f in filled], dtype=bool),
            "position": np.ones(self.n, bool),
            "status": (cameras["status"] == "unknown").to_numpy(bool),
        }
        presets = study.settings.cameras.presets
        kinds = cameras["kind"].tolist()
        self.preset_hfov = np.array([presets[k].hfov for k in kinds], dtype=np.float64)
        self.hfov_limits = np.array([HFOV.get(k, HFOV["unknown"]) for k in kinds], dtype=np.float64).reshape(-1, 2)
        self.pieces, self.site = self._look()
        seen = self._clip(self.views, np.arange(len(self.views)))
        self.base = union_by_owner(seen.owned_by(self.views.camera))
        self.covered_m = union(self.base.start, self.base.end).length

    def _look(self) -> tuple[Pieces, IntArray]:
        """Look around once from every mount, as far as any drawn range goes."""
        sites, site = np.unique(self.views.xy, axis=0, return_inverse=True)
        reach = np.zeros(len(sites))
        np.maximum.at(reach, site.reshape(-1), self.views.far * RANGE[1])
        return look(self.scene, sites, reach), site.reshape(-1).astype(np.int64)

    def _clip(self, views: Views, rows: IntArray) -> Intervals:
        """Return what views see; `rows` are the study's views they stand for."""
        return intervals_of(self.scene, self.pieces, views, self.site[rows])

    def cost(self, field: str) -> FieldCost:
        """Return what one missing field does to the covered length."""
        gone = self.missing[field]
        if not gone.any():
            return FieldCost(field, 0, self.covered_m, self.covered_m, self.covered_m)
        lengths = self._placed_lengths() if field == "position" else self.lengths((field,))
        low, high = np.quantile(lengths, BAND)
        return FieldCost(field, int(gone.sum()), float(low), float(high), self.covered_m)

    def lengths(self, fields: Sequence[str]) -> FloatArray:
        """Return the covered length of every draw with the given fields drawn at once [m], shape (draws,)."""
        affected = np.any([self.missing[f] for f in fields], axis=0)
        kept = ~affected[self.base.owner]
        fixed = union(self.base.start[kept], self.base.end[kept])
        lengths = np.empty(self.draws)
        for k, drawn in enumerate(self._drawn(fields, affected)):
            both = union(np.concatenate([fixed.start, drawn.start]), np.concatenate([fixed.end, drawn.end]))
            lengths[k] = both.length
        return lengths

    def marginal_widths(self, fields: Sequence[str] = AT_THE_MOUNT) -> FloatArray:
        """Return how much each camera's own unknowns widen the band [m], shape (cameras,); the others as assumed.

        It is the width between the 5 and 95 % quantiles of the length that only this camera adds.
        """
        affected = np.any([self.missing[f] for f in fields], axis=0)
        others = _Others(self.base, self.n, self.study.network.length)
        adds = np.zeros((self.draws, self.n))
        for k, drawn in enumerate(self._drawn(fields, affected)):
            adds[k] = others.added(drawn)
        low, high = np.quantile(adds, BAND, axis=0)
        return np.where(affected, high - low, 0.0)

    def _drawn(self, fields: Sequence[str], affected: BoolArray) -> Iterator[Intervals]:
        """Yield the draws of some fields, the same ones each time."""
        rng = np.random.default_rng(self.seed)
        return (self.draw(fields, affected, rng) for _ in range(self.draws))

    def draw(self, fields: Sequence[str], affected: BoolArray, rng: np.random.Generator) -> Intervals:
        """Return what the affected cameras see in one draw; owner is the camera."""
        chance = {name: rng.random(self.n) for name in AT_THE_MOUNT}  # all of them, whatever fields are asked for
        use = affected.copy()
        if "status" in fields:
            use &= ~self.missing["status"] | (chance["status"] < WORKS)
        rows = np.flatnonzero(use[self.views.camera])
        views = self.views.take(rows)
        c = views.camera
        azimuth, hfov, near, far = views.azimuth.copy(), views.hfov.copy(), views.near.copy(), views.far.copy()
        if "azimuth" in fields:
            open_ = self.missing["azimuth"][c]
            azimuth[open_] = (360 * chance["azimuth"][c])[open_]
            turning = self.round[c]
            hfov[turning] = self.preset_hfov[c][turning]
        if "hfov" in fields:
            open_ = self.missing["hfov"][c] & (hfov < 360)
            low, high = self.hfov_limits[c].T
            hfov[open_] = (low + (high - low) * chance["hfov"][c])[open_]
        if "range" in fields:
            far *= np.where(self.missing["range"][c], RANGE[0] + (RANGE[1] - RANGE[0]) * chance["range"][c], 1.0)
        if "height" in fields:
            height = HEIGHT[0] + (HEIGHT[1] - HEIGHT[0]) * chance["height"][c]
            near *= np.where(self.missing["height"][c], (height - HEAD) / (PRESET_HEIGHT - HEAD), 1.0)
        drawn = replace(views, azimuth=azimuth % 360 % 360, hfov=hfov, near=np.where(near < far, near, 0.0), far=far)
        return union_by_owner(self._clip(drawn, rows).owned_by(c))

    def _placed_lengths(self) -> FloatArray:
        """Return covered lengths with every camera somewhere around its stated position [m], shape (draws,)."""
        rng = np.random.default_rng(self.seed)
        mounts = self.study.inventory.cameras[["x", "y"]].to_numpy(np.float64)
        heading = np.full(self.n, np.nan)
        seen = []
        for _ in range(PLACES):
            shifted = mounts + rng.normal(0.0, OFF_BY_M / np.sqrt(2), mounts.shape)
            offset = self.study.settings.cameras.facade_offset_m
            placed = move_to_facades(shifted, heading, self.study.buildings, offset, _FACADE_LIMIT_M)
            xy = np.where(placed.deep[:, None], mounts, placed.xy)
            views = replace(self.views, xy=xy[self.views.camera])
            seen.append(union_by_owner(seen_by(self.scene, views).owned_by(self.views.camera)))
        lengths = np.empty(self.draws)
        for k in range(self.draws):
            chosen = rng.integers(0, PLACES, self.n)
            parts = [(s.start[w], s.end[w]) for i, s in enumerate(seen) for w in (chosen[s.owner] == i,)]
            lengths[k] = union(*(np.concatenate(ends) for ends in zip(*parts, strict=True))).length
        return lengths


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


def field_costs(study: Study, draws: int = DRAWS, seed: int = SEED) -> list[FieldCost]:
    """Return what every missing field does to the covered length of a study, in the order of :data:`FIELDS`."""
    doubt = Doubt(study, draws, seed)
    return [doubt.cost(field) for field in FIELDS]


def field_cost(study: Study, field: str, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """Return the 5 and 95 % quantiles of the covered length [m] with one field drawn where it is not stated."""
    cost = Doubt(study, draws, seed).cost(field)
    return cost.low_m, cost.high_m
