"""Candidate mounts: where a new camera could stand."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.buildings import Buildings
from camgap.coverage.settings import PlanSettings
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CLEARANCE = 0.1  # [m] a mount stands at least this far outside every footprint


@dataclass(frozen=True)
class Mounts:
    """Places where a camera could be put up.

    Parameters
    ----------
    ids : tuple of str
        Unique: ``J<node id>`` a junction's corner, ``S<axis metre>`` a kerb along a street, ``L``/``T``/``P<OSM id>`` a
        street lamp, traffic signal or pole; or the user's own.
    kinds : tuple of str
        junction, kerb, street_lamp, traffic_signals, pole, own.
    xy : float64 array, shape (n, 2)
        Easting, northing [m].
    set_aside : dict
        Reason (in_building, forbidden, outside_area, forbidden_by_name) -> candidates that cannot be used.
    refused : dict
        Id of such a candidate -> reason.
    """

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    xy: FloatArray
    set_aside: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def join(self, other: "Mounts") -> "Mounts":
        """Return both sets; their ids must differ."""
        reasons = {
            r: self.set_aside.get(r, 0) + other.set_aside.get(r, 0) for r in {**self.set_aside, **other.set_aside}
        }
        return Mounts(self.ids + other.ids, self.kinds + other.kinds, np.vstack([self.xy, other.xy]), reasons,
                      {**self.refused, **other.refused})  # fmt: skip

    def without(self, names: Collection[str]) -> "Mounts":
        """Return the mounts but for some ids, which are set aside."""
        keep = [i for i, name in enumerate(self.ids) if name not in names]
        gone = {name: "forbidden_by_name" for name in self.ids if name in names}
        if not gone:
            return self
        return Mounts(
            tuple(self.ids[i] for i in keep), tuple(self.kinds[i] for i in keep), self.xy[keep],
            {**self.set_aside, "forbidden_by_name": len(gone)}, {**self.refused, **gone},
        )  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """Where a mount may stand.

    Parameters
    ----------
    buildings : Buildings
    area : shapely geometry or None
        The study area in the plane; mounts outside are not used.
    forbidden : shapely geometry or None
        No mount may stand in here.
    """

    buildings: Buildings
    area: shapely.Geometry | None = None
    forbidden: shapely.Geometry | None = None

    def verdict(self, xy: FloatArray) -> npt.NDArray[np.object_]:
        """Return "" where a mount may stand, else the reason why not, shape (n,)."""
        reason = np.full(len(xy), "", dtype=object)
        reason[self.buildings.reach(xy, CLEARANCE)] = "in_building"
        if self.forbidden is not None:
            shapely.prepare(self.forbidden)
            reason[shapely.intersects_xy(self.forbidden, xy[:, 0], xy[:, 1])] = "forbidden"
        if self.area is not None:
            shapely.prepare(self.area)
            reason[~shapely.intersects_xy(self.area, xy[:, 0], xy[:, 1])] = "outside_area"
        return reason


def street_mounts(network: StreetNetwork, ground: Ground, settings: PlanSettings) -> Mounts:
    """Generate mounts at junction corners and along the kerbs of a network.

    A corner stands in the widest angle between two streets of a junction, a kerb mount `kerb_offset_m` beside the axis,
    right and left in turn; where one side is built over or forbidden, the other is tried.
    """
    corners = _corners(network, settings.kerb_offset_m)
    kerbs = _kerbs(network, settings.spacing_m, settings.kerb_offset_m)
    return _usable(*corners, "junction", ground).join(_usable(*kerbs, "kerb", ground))


def given_mounts(ids: list[str], kinds: list[str], xy: FloatArray, ground: Ground) -> Mounts:
    """Check given places (poles of the map, or the user's own list) against the ground."""
    reason = ground.verdict(xy)
    keep = np.flatnonzero(reason == "")
    names, counts = np.unique(reason[reason != ""].astype(str), return_counts=True)
    return Mounts(
        tuple(ids[i] for i in keep), tuple(kinds[i] for i in keep), xy[keep],
        dict(zip(names.tolist(), counts.tolist(), strict=True)),
        {ids[i]: str(reason[i]) for i in np.flatnonzero(reason != "")},
    )  # fmt: skip


def _usable(ids: list[str], first: FloatArray, second: FloatArray, kind: str, ground: Ground) -> Mounts:
    """Take each mount's first choice of place, else its second."""
    refused = ground.verdict(first) != ""
    xy = np.where(refused[:, None], second, first)
    return given_mounts(ids, [kind] * len(ids), xy, ground)


def _corners(network: StreetNetwork, offset: float) -> tuple[list[str], FloatArray, FloatArray]:
    """Return ids and the two widest corners of every node where three or more street ends meet."""
    s, at = network.segments, network.ptr - np.arange(len(network.ptr))
    first, last = at[:-1], at[1:] - 1  # first and last segment of each edge
    node = np.concatenate([network.edges["u"].to_numpy(np.int64), network.edges["v"].to_numpy(np.int64)])
    xy = np.vstack([s.xy[first, :2], s.xy[last, 2:]])
    away = np.vstack([s.xy[first, 2:], s.xy[last, :2]]) - xy
    angle = np.arctan2(away[:, 1], away[:, 0])
    order = np.lexsort((angle, node))
    node, xy, angle = node[order], xy[order], angle[order]
    begin = np.flatnonzero(np.append(True, node[1:] != node[:-1]))
    count = np.diff(np.append(begin, len(node)))
    ids, places = [], []
    for b, n in zip(begin[count >= 3], count[count >= 3], strict=True):
        around = angle[b : b + n]
        width = np.diff(np.append(around, around[0] + 2 * np.pi))
        pair = []
        for i in np.argsort(-width, kind="stable")[:2]:
            half = width[i] / 2
            reach = offset / max(np.sin(min(half, np.pi / 2)), 1 / 3)
            pair.append(xy[b] + reach * np.array([np.cos(around[i] + half), np.sin(around[i] + half)]))
        ids.append(f"J{node[b]}")
        places.append(pair)
    both = np.array(places, dtype=np.float64).reshape(-1, 2, 2)
    return ids, both[:, 0], both[:, 1]


def _kerbs(network: StreetNetwork, spacing: float, offset: float) -> tuple[list[str], FloatArray, FloatArray]:
    """Return ids and both kerb places of points along the streets, half a spacing or more from an edge's ends."""
    count = np.floor(network.edge_length / spacing + 1e-9).astype(np.int64)
    edge = np.repeat(np.arange(len(network)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    at = network.offset[edge] + (nth + 0.5) * network.edge_length[edge] / count[edge]
    s = network.segments
    row = np.clip(np.searchsorted(s.start, at, side="right") - 1, 0, None)
    along = (s.xy[row, 2:] - s.xy[row, :2]) / (s.end[row] - s.start[row])[:, None]
    right = np.column_stack([along[:, 1], -along[:, 0]]) * np.where((edge + nth) % 2 == 0, 1.0, -1.0)[:, None]
    xy = network.points_at(at) if len(at) else np.empty((0, 2))
    return [f"S{a:.1f}" for a in at], xy + offset * right, xy - offset * right
