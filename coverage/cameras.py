"""Views as the scorer needs them, and the account of the cameras that were read.

A *camera* is one row of an inventory at one place; a *view* is one direction it looks in. A head with two lenses, or
an OSM node with ``camera:direction=90;270``, is one camera with two views.
"""

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import CameraError
from camgap.coverage.optics import half_angle

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SHAPE = 11  # columns of Views.shapes


@dataclass(frozen=True)
class Views:
    """Views on the target plane, as columns; positions in the network's CRS.

    A view is a *sector*, bounded by two rays and two arcs, or the *frame* of a tilted rectilinear picture: where its
    four edges meet the target plane, cut off at a depth. A view is closed: its bounds belong to it.

    Parameters
    ----------
    xy : float64 array, shape (v, 2)
        Easting, northing of the lens [m].
    azimuth : float64 array, shape (v,)
        Of the optical axis [°], clockwise from north, 0 <= azimuth < 360.
    hfov : float64 array, shape (v,)
        Horizontal field of view [°], 0 < hfov <= 360; 360 looks all round. Of a frame: of its lens, below 180.
    near, far : float64 array, shape (v,)
        Nearest and farthest horizontal distance seen [m], 0 <= near < far.
    camera : int64 array, shape (v,)
        Row of the camera the view belongs to.
    dark : float64 array, shape (v,), optional
        Farthest distance seen where the street is dark [m]; 0 sees nothing there. `far` by default, as by day.
    drop, tilt, vfov, depth : float64 array, shape (v,), optional
        Of a frame: the lens above the target plane [m], its tilt below the horizon and vertical field of view [°], and
        the greatest depth along the optical axis [m]. NaN for a sector; a sector's `drop` may be known all the same.
    lens : float64 array, shape (v,), optional
        Height of the lens above ground [m], from which it sees over lower buildings; NaN, as by default, if nobody
        stated it, and every building hides all that is behind it.

    Raises
    ------
    CameraError
        If a value is outside its range; the message names the row.
    """

    xy: FloatArray
    azimuth: FloatArray
    hfov: FloatArray
    near: FloatArray
    far: FloatArray
    camera: IntArray
    dark: FloatArray = None  # type: ignore[assignment]  # filled in below
    drop: FloatArray = None  # type: ignore[assignment]
    tilt: FloatArray = None  # type: ignore[assignment]
    vfov: FloatArray = None  # type: ignore[assignment]
    depth: FloatArray = None  # type: ignore[assignment]
    lens: FloatArray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "xy", np.ascontiguousarray(self.xy, dtype=np.float64).reshape(-1, 2))
        if self.dark is None:
            object.__setattr__(self, "dark", self.far)
        for name in ("drop", "tilt", "vfov", "depth", "lens"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.full(len(self.xy), np.nan))
        for column in fields(self):
            if column.name not in ("xy", "camera"):
                object.__setattr__(self, column.name, np.ascontiguousarray(getattr(self, column.name), np.float64))
        object.__setattr__(self, "camera", np.ascontiguousarray(self.camera, dtype=np.int64))
        for column in fields(self):
            if len(getattr(self, column.name)) != len(self):
                raise CameraError(f"views: column {column.name!r} has another length than xy ({len(self)})")
        self._check("position", np.asarray(np.isfinite(self.xy).all(axis=1)), "a finite easting and northing")
        self._check("azimuth", (self.azimuth >= 0) & (self.azimuth < 360), "0 <= azimuth < 360")
        self._check("hfov", (self.hfov > 0) & (self.hfov <= 360), "0 < hfov <= 360 (360 looks all round)")
        self._check("near, far", (self.near >= 0) & (self.near < self.far) & np.isfinite(self.far), "0 <= near < far")
        self._check("dark", (self.dark >= 0) & (self.dark <= self.far), "0 <= dark <= far")
        f = self.is_frame
        self._check("tilt", ~f | (np.abs(self.tilt) <= 90), "-90 <= tilt <= 90")
        self._check("hfov, vfov", ~f | ((self.hfov < 180) & (self.vfov > 0) & (self.vfov < 180)), "0 < fov < 180")
        self._check("drop, depth", ~f | (np.isfinite(self.drop) & (self.depth > 0)), "finite drop, depth > 0")

    def _check(self, what: str, good: npt.NDArray[np.bool_], expected: str) -> None:
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise CameraError(f"view {row} of camera {self.camera[row]}: {what} out of range, expected {expected}")

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def is_frame(self) -> npt.NDArray[np.bool_]:
        """Which views are frames of a tilted picture; the others are sectors. Shape (v,)."""
        return ~np.isnan(self.tilt)

    @cached_property
    def shapes(self) -> FloatArray:
        """What a view looks like whichever way it is turned, shape (v, :data:`SHAPE`), a row per view for the clips.

        Columns: hfov, near, far, dark, width (angle on the plan that holds the view), drop, sine and cosine of tilt,
        tangent of half the horizontal and vertical field of view, depth.
        """
        tilt, side = np.radians(self.tilt), np.radians(self.hfov / 2)
        width = np.where(self.is_frame, _widest(self), self.hfov)
        return np.column_stack(
            [self.hfov, self.near, self.far, self.dark, width, self.drop, np.sin(tilt), np.cos(tilt), np.tan(side),
             np.tan(np.radians(self.vfov / 2)), self.depth]
        )  # fmt: skip

    @staticmethod
    def none() -> "Views":
        """Return no views at all."""
        zero = np.empty(0)
        return Views(np.empty((0, 2)), zero, zero, zero, zero, np.empty(0, np.int64))

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Views":
        """Return the views of the given rows (indices or mask)."""
        return Views(*(getattr(self, column.name)[rows] for column in fields(self)))

    def join(self, other: "Views", first_camera: int) -> "Views":
        """Return both sets, `other`'s camera numbers counted on from `first_camera`."""
        both = {c.name: np.concatenate([getattr(self, c.name), getattr(other, c.name)]) for c in fields(self)}
        return Views(**both | {"camera": np.concatenate([self.camera, other.camera + first_camera])})


def _widest(views: Views) -> FloatArray:
    """Return the angle [°] on the plan that holds a frame, 360 where it may reach behind its lens."""
    half = np.maximum(*(half_angle(views.hfov, views.vfov, views.tilt, row) for row in (-1.0, 1.0)))
    return np.where(half < 90, np.minimum(2 * half, 360.0), 360.0)


@dataclass(frozen=True, slots=True)
class RowSetAside:
    """One row of an inventory that is not used, and why."""

    source: str  # file name, or "osm"
    row: int  # line of a CSV (the header is line 1), 1-based feature of a GeoJSON, 0 for OSM nodes
    id: str  # the camera's id, "" if it has none
    reason: str  # short and stable, e.g. "no_coordinates", "indoor", "far_from_area", "deep_in_building"
    detail: str = ""  # the offending value, for people


@dataclass(frozen=True)
class CameraAccount:
    """What came in = what is used + what is set aside, camera by camera.

    ``read == used + sum(set_aside.values())``.
    """

    read: int = 0
    used: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)  # reason -> cameras
    moved_to_facade: int = 0  # cameras in or on a footprint, moved 0.1 m outside of it
    filled: dict[str, int] = field(default_factory=dict)  # field -> cameras where a preset filled it
    rejected: dict[str, int] = field(default_factory=dict)  # field -> values out of range, treated as missing
    unknown_models: dict[str, int] = field(default_factory=dict)  # stated model without a data sheet -> cameras
    rows_set_aside: tuple[RowSetAside, ...] = ()
    columns: dict[str, dict[str, str]] = field(default_factory=dict)  # source -> column -> what it was understood as
