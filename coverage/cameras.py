"""Cameras as the scorer needs them: an inventory of mounts and the views they give.

A *camera* is one row of an inventory at one place; a *view* is one direction it looks in. A head with two lenses, or
an OSM node with ``camera:direction=90;270``, is one camera with two views.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.errors import CameraError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Views:
    """Flat sector views, as columns; positions in the network's CRS.

    A view is closed: its two edge rays, its far arc and its near arc belong to it.

    Parameters
    ----------
    xy : float64 array, shape (v, 2)
        Easting, northing of the lens [m].
    azimuth : float64 array, shape (v,)
        Of the optical axis [°], clockwise from north, 0 <= azimuth < 360.
    hfov : float64 array, shape (v,)
        Horizontal field of view [°], 0 < hfov <= 360; 360 looks all round.
    near, far : float64 array, shape (v,)
        Nearest and farthest distance seen [m], 0 <= near < far.
    camera : int64 array, shape (v,)
        Row of the camera the view belongs to.
    drop : float64 array, shape (v,), optional
        The lens above the target plane [m]; NaN, as by default, if unknown.

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
    drop: FloatArray = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        object.__setattr__(self, "xy", np.ascontiguousarray(self.xy, dtype=np.float64).reshape(-1, 2))
        if self.drop is None:
            object.__setattr__(self, "drop", np.full(len(self.xy), np.nan))
        for name in ("azimuth", "hfov", "near", "far", "drop"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float64))
        object.__setattr__(self, "camera", np.ascontiguousarray(self.camera, dtype=np.int64))
        for column in fields(self):
            if len(getattr(self, column.name)) != len(self):
                raise CameraError(f"views: column {column.name!r} has another length than xy ({len(self)})")
        self._check("position", np.asarray(np.isfinite(self.xy).all(axis=1)), "a finite easting and northing")
        self._check("azimuth", (self.azimuth >= 0) & (self.azimuth < 360), "0 <= azimuth < 360")
        self._check("hfov", (self.hfov > 0) & (self.hfov <= 360), "0 < hfov <= 360 (360 looks all round)")
        self._check("near, far", (self.near >= 0) & (self.near < self.far) & np.isfinite(self.far), "0 <= near < far")

    def _check(self, what: str, good: npt.NDArray[np.bool_], expected: str) -> None:
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise CameraError(f"view {row} of camera {self.camera[row]}: {what} out of range, expected {expected}")

    def __len__(self) -> int:
        return len(self.xy)

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
    rows_set_aside: tuple[RowSetAside, ...] = ()
    columns: dict[str, dict[str, str]] = field(default_factory=dict)  # source -> column -> what it was understood as


@dataclass(frozen=True)
class Inventory:
    """The cameras in use and their views.

    Parameters
    ----------
    cameras : DataFrame
        One row per camera in use, default RangeIndex. Columns: ``id`` (unique str), ``name``, ``source``, ``row``,
        ``kind`` (fixed, dome, panning, unknown), ``status``, ``lon``, ``lat`` (as given), ``x``, ``y`` (as used, in the
        network's CRS), ``height`` and ``tilt`` (NaN if unknown), ``moved_m`` (0 if not moved), ``filled``
        (comma-separated fields).
    views : Views
        ``views.camera`` is a row of `cameras`.
    account : CameraAccount
    """

    cameras: pd.DataFrame
    views: Views
    account: CameraAccount

    def __len__(self) -> int:
        return len(self.cameras)

    def __iter__(self) -> Iterator[str]:
        return iter(self.cameras["id"])
