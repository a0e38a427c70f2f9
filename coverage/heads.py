"""Camera heads: what hangs where, before it is decided which picture quality, light and movement count.

From heads follow the :class:`~camgap.coverage.cameras.Views` of any quality level, by day or by night.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage import optics
from camgap.coverage.cameras import CameraAccount, Views
from camgap.coverage.settings import Lens, QualitySettings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

RANGE_PX_PER_M = 25.0  # a range stated without pixels is where this density is left: "detect" of EN 62676-4:2015
USUAL_PIXELS = 2560.0  # 4 MP: what a range that was given without pixels is taken to be of, where pixels are varied


@dataclass(frozen=True)
class Heads:
    """Heads of cameras, as columns; one that moves has a row for each of its positions, or one for its reach.

    Parameters
    ----------
    xy : float64 array, shape (n, 2)
        Easting, northing of the lens [m], in the network's CRS.
    camera : int64 array, shape (n,)
        Row of the camera the head belongs to.
    azimuth, hfov : float64 array, shape (n,)
        Direction and horizontal field of view on the plan [°]; of a head that turns, of all it can reach.
    fov : float64 array, shape (n,)
        Horizontal field of view of the lens itself [°]: `hfov`, unless that is the angle a head sweeps or is said to
        look over as a whole. NaN if the picture is equiangular.
    pixels : float64 array, shape (n,)
        Across the field of view of the lens; NaN where a range without pixels was given.
    focal_px : float64 array, shape (n,)
        Focal length in pixels: pixel density [px/m] times distance [m] (:func:`~camgap.coverage.optics.focal_px`).
    height, tilt, vfov : float64 array, shape (n,)
        Lens above ground [m], below the horizon and across the picture's height [°]; NaN if unknown.
    sector : bool array, shape (n,)
        The view is a flat sector: equiangular, or turning, or of a stated range without both height and tilt. Its dead
        zone follows from `height`, `tilt` and `vfov` where all three are there.
    lens : float64 array, shape (n,)
        Height of the lens above ground as its list states it [m]; NaN where `height` is an assumption.
    near_m, range_m : float64 array, shape (n,)
        Limits that were stated [m]; NaN and infinity if none was.
    light_m : float64 array, shape (n,)
        Range of the head's own infrared or white light [m], measured from the lens; 0 if it has none.
    sometimes : bool array, shape (n,)
        The head does not look there all the time.
    dwell : float64 array, shape (n,)
        Share of the time it does, 0 to 1.
    """

    xy: FloatArray
    camera: IntArray
    azimuth: FloatArray
    hfov: FloatArray
    fov: FloatArray
    pixels: FloatArray
    focal_px: FloatArray
    height: FloatArray
    tilt: FloatArray
    vfov: FloatArray
    sector: BoolArray
    lens: FloatArray
    near_m: FloatArray
    range_m: FloatArray
    light_m: FloatArray
    sometimes: BoolArray
    dwell: FloatArray

    def __len__(self) -> int:
        return len(self.xy)

    def take(self, rows: IntArray | BoolArray) -> "Heads":
        """Return the heads of the given rows (indices or mask)."""
        return Heads(*(getattr(self, column.name)[rows] for column in fields(self)))

    def join(self, other: "Heads") -> "Heads":
        """Return both sets."""
        return Heads(*(np.concatenate([getattr(self, c.name), getattr(other, c.name)]) for c in fields(self)))

    def guaranteed(self) -> "Heads":
        """Return the heads without what a moving one sees only at times."""
        return self.take(~self.sometimes)

    def with_lens(self, fov: FloatArray, pixels: FloatArray) -> "Heads":
        """Return the heads with other lenses and sensors.

        An equiangular picture keeps its angle, an angle that was given as a whole keeps its width on the plan, and a
        range that was given without pixels holds whatever the lens.

        Parameters
        ----------
        fov, pixels : float64 array, shape (n,)
            Field of view of the lens [°] and pixels across it; NaN where they stay as they are.
        """
        other = ~np.isnan(fov) & ~np.isnan(self.fov)
        new = np.where(other, np.minimum(fov, optics.WIDEST_RECTILINEAR), self.fov)
        with np.errstate(invalid="ignore"):
            wider = np.where(other, optics.tan(new / 2) / optics.tan(self.fov / 2), 1.0)
        denser = np.where(np.isnan(pixels), 1.0, pixels / np.where(np.isnan(self.pixels), USUAL_PIXELS, self.pixels))
        by_pixels = ~np.isnan(self.pixels)
        return replace(
            self, fov=new, hfov=np.where(other & (self.hfov == self.fov), new, self.hfov),
            vfov=np.where(other, 2 * np.degrees(np.arctan(wider * optics.tan(self.vfov / 2))), self.vfov),
            pixels=np.where(by_pixels & ~np.isnan(pixels), pixels, self.pixels),
            focal_px=self.focal_px * denser / np.where(by_pixels, wider, 1.0),
        )  # fmt: skip

    def views(self, px_per_m: float, quality: QualitySettings, night: bool = False) -> tuple[Views, IntArray]:
        """Return what the heads see at a pixel density, and the row of each view's head.

        A head that reaches that density nowhere on the target plane has no view.

        Parameters
        ----------
        px_per_m : float
            Least density that counts [px/m].
        night : bool
            Limit `dark` to the reach of the head's own light; by day it equals `far`.
        """
        drop = self.height - quality.target_m
        far = self._reach(px_per_m, drop)
        near = np.where(np.isnan(self.near_m), self._dead_zone(drop), self.near_m)
        rows = np.flatnonzero(near < far)
        h, drop, far, near = self.take(rows), drop[rows], far[rows], near[rows]
        dark = far
        if night:
            light = h.light_m * (quality.fine_factor if px_per_m >= quality.fine_px_per_m else 1.0)
            dark = np.minimum(far, optics.ground_reach(light, np.nan_to_num(drop)))
        frame = ~h.sector
        shape = {"tilt": h.tilt, "vfov": h.vfov, "depth": h.focal_px / px_per_m}
        views = Views(
            h.xy, h.azimuth, h.hfov, near, far, h.camera, dark, drop,
            lens=h.lens, **{name: np.where(frame, column, np.nan) for name, column in shape.items()},
        )  # fmt: skip
        return views, rows

    def distance(self, px_per_m: float, drop: FloatArray) -> FloatArray:
        """Return the farthest distance from the lens with enough pixels [m]: slant of a sector, depth of a frame.

        Parameters
        ----------
        drop : float64 array, shape (n,)
            Of the lens to what shall be seen [m], NaN if unknown. The range of a sector that was given without pixels
            is a distance on the plan, so that its slant is longer by that.
        """
        on_plan = self.sector & np.isnan(self.pixels)
        slant = np.hypot(self.focal_px / RANGE_PX_PER_M, np.where(on_plan, np.nan_to_num(drop), 0.0))
        return np.asarray(slant * RANGE_PX_PER_M / px_per_m)

    def _reach(self, px_per_m: float, drop: FloatArray) -> FloatArray:
        """Return the farthest horizontal distance with enough pixels [m], 0 where there is none."""
        distance = self.distance(px_per_m, drop)
        flat = optics.ground_reach(distance, np.nan_to_num(drop))
        _, frame = optics.frame_distances(drop, self.tilt, self.vfov, self.hfov, distance)
        return np.minimum(np.where(self.sector, flat, np.nan_to_num(frame)), self.range_m)

    def _dead_zone(self, drop: FloatArray) -> FloatArray:
        """Return the nearest distance of a sector [m]: where the lower edge of its picture meets the target plane."""
        below = self.tilt + self.vfov / 2
        with np.errstate(invalid="ignore"):
            near = np.where((below < 90) & (drop > 0), optics.edge_distance(drop, below), 0.0)
        return np.where(self.sector & np.isfinite(near) & ~self.sometimes, near, 0.0)


def heads_of(lenses: Sequence[Lens]) -> Heads:
    """Return a head for each lens, at the origin of the plane and looking north."""

    def column(name: str, missing: float = np.nan) -> FloatArray:
        values = [getattr(lens, name) for lens in lenses]
        return np.array([missing if value is None else value for value in values], dtype=np.float64)

    hfov = column("hfov")
    n = len(hfov)
    equiangular = np.array([lens.equiangular for lens in lenses], dtype=bool)
    vfov = column("vfov")
    vfov = np.where(np.isnan(vfov) & ~equiangular, optics.vertical_fov(np.minimum(hfov, 179.0)), vfov)
    pixels = column("pixels")
    focal = optics.focal_px(pixels, np.where(np.isnan(column("lens_fov")), hfov, column("lens_fov")), equiangular)
    by_range = np.isnan(pixels)
    return Heads(
        xy=np.zeros((n, 2)), camera=np.arange(n), azimuth=np.zeros(n), hfov=hfov,
        fov=np.where(equiangular, np.nan, hfov), pixels=pixels,
        focal_px=np.where(by_range, RANGE_PX_PER_M * column("range_m"), focal),
        height=column("height_m"), tilt=column("tilt"), vfov=vfov,
        sector=equiangular | np.isnan(column("height_m")) | np.isnan(column("tilt")),
        lens=np.full(n, np.nan), near_m=column("near_m"), range_m=np.where(by_range, np.inf, column("range_m", np.inf)),
        light_m=column("light_m"), sometimes=np.zeros(n, dtype=bool), dwell=np.ones(n),
    )  # fmt: skip


@dataclass(frozen=True)
class Inventory:
    """The cameras in use and their views.

    Parameters
    ----------
    cameras : DataFrame
        One row per camera in use, default RangeIndex. Columns: ``id`` (unique str), ``name``, ``source``, ``row``,
        ``kind`` (fixed, dome, panning, unknown), ``status``, ``lon``, ``lat`` (as given), ``x``, ``y`` (as used, in the
        network's CRS), ``height`` and ``tilt`` (NaN if unknown), ``moved_m`` (0 if not moved), ``spread`` (how
        far off a stated azimuth may be [°]), ``inspection`` (good, poor, failed, "" if unknown), ``p_working`` (as the
        list has it, 0 to 1, NaN if unknown), ``pole`` (a name, "" if unknown), ``filled`` (comma-separated fields).
    heads : Heads
        ``heads.camera`` is a row of `cameras`.
    account : CameraAccount
    """

    cameras: pd.DataFrame
    heads: Heads
    account: CameraAccount

    def __len__(self) -> int:
        return len(self.cameras)

    def __iter__(self) -> Iterator[str]:
        return iter(self.cameras["id"])
