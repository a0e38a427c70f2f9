"""Which coordinate system an inventory is in, told by how near its cameras stand to the streets.

Cameras stand within a few metres of a street. WGS 84, GCJ-02 and BD-09 differ by hundreds, so that under the wrong one
the cameras lie anywhere. Each system, with longitude and latitude as given and exchanged, is tried on the same cameras;
the verdict names the median distances. A list that declares its system keeps it, whatever fits better. One that
declares none is moved only when another system is clearly better, and the verdict says that it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.inputs.datum import CoordinateSystem, bd09_from_gcj02, gcj02_from_wgs84
from camgap.coverage.projection import to_plane
from camgap.coverage.streets import StreetNetwork

if TYPE_CHECKING:
    from camgap.coverage.inputs.inventory import CameraList

FloatArray = npt.NDArray[np.float64]

SYSTEMS = ("WGS-84", "GCJ-02", "BD-09")
MOST_CAMERAS = 1000  # looked at, evenly spread over the list
FAR_M = 500.0  # farther than this from any street is far, however far
FEWEST = 20  # cameras near streets a verdict needs
FEWESTORDERS = 3  # as given on another part of the Earth, exchanged on the streets: a few are enough
CLEAR_RATIO = 0.5  # the best median is at most this share of every other's
ORDERS = {"longitude, latitude": "latitude, longitude", "latitude, longitude": "longitude, latitude"}  # and exchanged
CLEAR_SHARE = 0.8  # of the cameras that must be nearer a street than as given; chance gives so many of 20 in 1 of 170


@dataclass(frozen=True)
class Fit:
    """How near the cameras stand to the streets under one system."""

    system: CoordinateSystem
    median_m: float  # distance to the nearest street, no camera counted farther than FAR_M


@dataclass(frozen=True)
class Verdict:
    """Which coordinate system fits a list.

    Parameters
    ----------
    cameras : int
        Cameras compared: different places, near a street under at least one system.
    fits : tuple of Fit
        Best first.
    given : CoordinateSystem
        The system declared, or assumed.
    nearer : float
        Share of the cameras nearer to a street under the best system than as given; 0 if that is the best.
    clear : bool
        Whether the best leads clearly.
    applied : bool
        Whether the cameras were moved accordingly.
    """

    cameras: int
    fits: tuple[Fit, ...]
    given: CoordinateSystem
    nearer: float
    clear: bool
    applied: bool = False

    @property
    def best(self) -> CoordinateSystem:
        """The system that fits best."""
        return self.fits[0].system

    def __str__(self) -> str:
        shown = [f"{fit.system} {fit.median_m:.0f} m" for fit in self.fits[:4]]
        medians = f"median distance of {self.cameras:,} cameras to the nearest street: {', '.join(shown)}"
        if self.applied:
            return f"taken as {self.best}: clearly best; {medians}"
        if self.best == self.given:
            return f"{self.given} {'fits clearly best' if self.clear else 'fits best, not clearly'}; {medians}"
        if self.clear:
            return f"kept as {self.given} as declared, but {self.best} fits clearly better; {medians}"
        return f"undecided, kept as {self.given}; declare it with --cameras-crs; {medians}"


def judge(cameras: "CameraList", network: StreetNetwork) -> Verdict | None:
    """Return how well each system fits a list; None for projected ones, OpenStreetMap's own, or too few cameras."""
    if not cameras.is_file or not len(network) or cameras.system.name not in SYSTEMS or not len(cameras):
        return None
    lonlat = cameras.records[["lon", "lat"]].to_numpy(dtype=np.float64)
    given = replace(cameras.system, swapped=False)  # what was exchanged in the file has been put right
    raw = np.unique(_as_written(lonlat, given.name), axis=0)
    raw = raw[np.unique(np.linspace(0, len(raw) - 1, min(len(raw), MOST_CAMERAS)).astype(int))]
    tried = [CoordinateSystem(name, swapped) for swapped in (False, True) for name in SYSTEMS]
    distance = {system: _street_distances(system.to_wgs84(raw), network) for system in tried}
    near = np.min(list(distance.values()), axis=0) < FAR_M
    if near.sum() < FEWESTORDERS:
        return None
    medians = {system: float(np.median(metres[near])) for system, metres in distance.items()}
    ranked = sorted(medians, key=lambda s: (medians[s], s != given, tried.index(s)))  # of equal ones the given is best
    best = ranked[0]
    ranked = [
        best,
        *(s for s in ranked[1:] if not _same(distance[s], distance[best])),
    ]  # GCJ-02 is WGS 84 outside China
    nearer = float((distance[best] < distance[given])[near].mean())
    clear = _is_clear(best, given, [medians[s] for s in ranked], nearer, int(near.sum()), medians[given])
    fits = tuple(Fit(system, medians[system]) for system in ranked)
    return Verdict(int(near.sum()), fits, given, nearer, clear)


def settle(cameras: "CameraList", network: StreetNetwork) -> "CameraList":
    """Return the list with its verdict; moved to another system if none was declared and one is clearly better.

    Texts such as ``POINT (a b)`` are first put in the order in which cameras stand near these streets.
    """
    cameras = _in_order(cameras, network)
    verdict = judge(cameras, network)
    if verdict is None:
        return cameras
    if cameras.declared or not verdict.clear or verdict.best == verdict.given:
        return replace(cameras, verdict=verdict)
    lonlat = cameras.records[["lon", "lat"]].to_numpy(dtype=np.float64)
    moved = verdict.best.to_wgs84(_as_written(lonlat, verdict.given.name))
    wrong = np.abs(moved[:, 1]) > 90  # rows a list of exchanged coordinates writes the other way round
    moved[wrong] = lonlat[wrong]
    return replace(
        cameras,
        records=cameras.records.assign(lon=moved[:, 0], lat=moved[:, 1]),
        system=verdict.best,
        verdict=replace(verdict, applied=True),
    )


def _in_order(cameras: "CameraList", network: StreetNetwork) -> "CameraList":
    """Return a list whose points are written in either order with the order that puts cameras near streets."""
    if not cameras.either_order or not cameras.system.is_degrees or not len(cameras) or not len(network):
        return cameras
    lonlat = cameras.records[["lon", "lat"]].to_numpy(dtype=np.float64)
    if _any_near(lonlat, network):
        return replace(cameras, either_order=False)
    name = cameras.system.name
    turned = CoordinateSystem(name, swapped=True).to_wgs84(_as_written(lonlat, name))
    if not _any_near(turned, network):
        return cameras
    return replace(
        cameras,
        records=cameras.records.assign(lon=turned[:, 0], lat=turned[:, 1]),
        columns={column: ORDERS.get(meaning, meaning) for column, meaning in cameras.columns.items()},
        mapping=tuple(replace(p, note=ORDERS.get(p.note, p.note)) for p in cameras.mapping),
        either_order=False,
    )


def _any_near(lonlat: FloatArray, network: StreetNetwork) -> bool:
    return bool((_street_distances(lonlat, network) < FAR_M).any())


def _is_clear(
    best: CoordinateSystem,
    given: CoordinateSystem,
    medians: Sequence[float],
    nearer: float,
    count: int,
    as_given: float,
) -> bool:
    leads = all(medians[0] <= CLEAR_RATIO * other for other in medians[1:])
    if best.swapped and as_given >= FAR_M:
        return leads and count >= FEWESTORDERS
    return leads and count >= FEWEST and (best == given or nearer >= CLEAR_SHARE)


def _same(first: FloatArray, second: FloatArray) -> bool:
    return bool(np.allclose(first, second, atol=1e-3))


def _as_written(lonlat: FloatArray, system: str) -> FloatArray:
    """Return coordinates as the file has them."""
    if system == "GCJ-02":
        return gcj02_from_wgs84(lonlat)
    return bd09_from_gcj02(gcj02_from_wgs84(lonlat)) if system == "BD-09" else lonlat


def _street_distances(lonlat: FloatArray, network: StreetNetwork) -> FloatArray:
    """Return distances to the nearest street [m], shape (n,), at most :data:`FAR_M`."""
    distance = np.full(len(lonlat), FAR_M)
    on_earth = np.flatnonzero(np.abs(lonlat[:, 1]) <= 90)
    xy = to_plane(lonlat[on_earth], network.crs)
    finite = np.isfinite(xy).all(axis=1)
    points = shapely.points(xy[finite])
    (rows, _), metres = network.tree.query_nearest(points, max_distance=FAR_M, return_distance=True, all_matches=False)
    distance[on_earth[finite][rows]] = metres
    return distance
