"""The street network: packed polylines, and the street axis they are laid out on.

Every edge is the stretch ``[offset[i], offset[i + 1])`` of one long axis, the *street axis*, in metres. Whatever
happens on streets after line of sight is known happens on that axis.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from camgap.coverage.errors import StreetError
from camgap.coverage.intervals import Stretches

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """The straight pieces of all edges, in the order of the street axis.

    Parameters
    ----------
    xy : float64 array, shape (m, 4)
        Easting, northing of both ends [m].
    edge : int64 array, shape (m,)
    start, end : float64 array, shape (m,)
        Stretch of the street axis [m]; ``end[j] == start[j + 1]``, bit for bit.
    dark : bool array, shape (m,), optional
        Without light at night; nowhere by default.
    """

    xy: FloatArray
    edge: IntArray
    start: FloatArray
    end: FloatArray
    dark: npt.NDArray[np.bool_] = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        if self.dark is None:
            object.__setattr__(self, "dark", np.zeros(len(self.edge), dtype=bool))

    def __len__(self) -> int:
        return len(self.edge)

    def darkened(self, lit: Stretches) -> "Segments":
        """Return the same pieces cut where light begins and ends, and dark outside of `lit`."""
        cuts = np.unique(np.concatenate([lit.start, lit.end]))
        row = np.clip(np.searchsorted(self.start, cuts, side="right") - 1, 0, None)
        inside = (cuts > self.start[row]) & (cuts < self.end[row]) if len(self) else np.zeros(len(cuts), bool)
        cuts, row = cuts[inside], row[inside]
        t = ((cuts - self.start[row]) / (self.end[row] - self.start[row]))[:, None]
        at = self.xy[row, :2] * (1 - t) + self.xy[row, 2:] * t
        order = np.argsort(np.concatenate([self.start, cuts]), kind="stable")
        first = np.concatenate([self.xy[:, :2], at])[order]
        start = np.concatenate([self.start, cuts])[order]
        own = np.concatenate([np.arange(len(self)), row])[order]
        ends_own = np.append(own[1:] != own[:-1], True) if len(own) else np.zeros(0, bool)
        end = np.where(ends_own, self.end[own], np.append(start[1:], 0.0)[: len(own)])
        last = np.where(ends_own[:, None], self.xy[own, 2:], np.vstack([first[1:], np.zeros((1, 2))])[: len(own)])
        dark = lit.length_within(start, end) < 0.5 * (end - start)
        return Segments(np.hstack([first, last]), self.edge[own], start, end, dark)


@dataclass(frozen=True)
class StreetAccount:
    """Street length met in the input: used, or set aside for a reason [m].

    ``read_m == used_m + sum(set_aside.values())`` to rounding.
    """

    read_m: float = 0.0
    used_m: float = 0.0
    set_aside: dict[str, float] = field(default_factory=dict)  # reason -> m
    dropped: dict[str, int] = field(default_factory=dict)  # what could not be placed: e.g. "node_references" -> n


@dataclass(frozen=True)
class StreetNetwork:
    """Street edges, each counted once whether two-way or not.

    Parameters
    ----------
    crs : CRS
        Projected, metric.
    xy : float64 array, shape (n, 2)
        Vertices of all edges, back to back: easting, northing [m].
    ptr : int64 array, shape (e + 1,)
        Edge i has the vertices ``xy[ptr[i]:ptr[i + 1]]``, at least two, no two consecutive ones equal.
    edges : DataFrame, e rows, default RangeIndex
        ``u``, ``v`` (node ids, int64; ids below zero are cuts at the study area's edge), ``osmid`` (int64), ``highway``
        (str), ``name`` (str, "" if none), ``oneway`` (bool); other tags may stand beside them (``lit``, ``lanes`` ...).
        An edge is a piece of one OSM way between two nodes that several street pieces share.
    nodes : DataFrame, indexed by node id
        ``x``, ``y`` [m].

    Raises
    ------
    StreetError
        If the columns do not fit together.
    """

    crs: CRS
    xy: FloatArray
    ptr: IntArray
    edges: pd.DataFrame
    nodes: pd.DataFrame

    def __post_init__(self) -> None:
        if len(self.ptr) != len(self.edges) + 1 or self.ptr[0] != 0 or self.ptr[-1] != len(self.xy):
            raise StreetError("street network: ptr does not fit xy and edges")
        if len(self.edges) and np.diff(self.ptr).min() < 2:
            raise StreetError("street network: an edge has fewer than two vertices")
        if not self.crs.is_projected:
            raise StreetError("street network: its CRS is not projected; lengths would be in degrees")

    def __len__(self) -> int:
        return len(self.edges)

    @cached_property
    def segments(self) -> Segments:
        """The straight pieces of all edges, in axis order."""
        first = np.ones(len(self.xy), dtype=bool)
        first[self.ptr[1:] - 1] = False  # an edge's last vertex starts no segment
        at = np.flatnonzero(first)
        ends = np.concatenate([[0.0], np.cumsum(np.hypot(*(self.xy[at + 1] - self.xy[at]).T))])
        edge = np.repeat(np.arange(len(self)), np.diff(self.ptr) - 1)
        return Segments(np.hstack([self.xy[at], self.xy[at + 1]]), edge, ends[:-1], ends[1:])

    @cached_property
    def offset(self) -> FloatArray:
        """Start of every edge on the street axis [m], shape (e + 1,); the last is the axis' length."""
        first_segment = self.ptr - np.arange(len(self.ptr))
        ends = np.concatenate([self.segments.start, self.segments.end[-1:] if len(self.segments) else [0.0]])
        offset: FloatArray = ends[first_segment]
        return offset

    @property
    def length(self) -> float:
        """Length of all streets [m]."""
        return float(self.offset[-1])

    @cached_property
    def edge_length(self) -> FloatArray:
        """Length of every edge [m], shape (e,)."""
        return np.diff(self.offset)

    @cached_property
    def lines(self) -> npt.NDArray[np.object_]:
        """Edges as shapely LineStrings, shape (e,)."""
        lines: npt.NDArray[np.object_] = shapely.linestrings(
            self.xy, indices=np.repeat(np.arange(len(self)), np.diff(self.ptr))
        )
        return lines

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over :attr:`lines`."""
        return shapely.STRtree(self.lines)

    def points_at(self, at: FloatArray) -> FloatArray:
        """Return easting, northing [m], shape (n, 2), of street-axis positions, shape (n,)."""
        row = np.clip(np.searchsorted(self.segments.start, at, side="right") - 1, 0, len(self.segments) - 1)
        return self._on_segment(row, at)

    def edge_at(self, at: FloatArray) -> IntArray:
        """Return the edge of each street-axis position; at a joint of two edges, the later one."""
        return np.clip(np.searchsorted(self.offset, at, side="right") - 1, 0, len(self) - 1)

    def lines_between(self, start: FloatArray, end: FloatArray) -> npt.NDArray[np.object_]:
        """Return stretches of the street axis as LineStrings, shape (n,); each must lie within one edge."""
        first = np.clip(np.searchsorted(self.segments.start, start, side="right") - 1, 0, None)
        last = np.maximum(np.searchsorted(self.segments.end, end, side="left"), first)
        count = last - first + 2  # both ends, and a vertex where one segment meets the next
        ptr = np.concatenate([[0], np.cumsum(count)])
        line = np.repeat(np.arange(len(start)), count)
        nth = np.arange(ptr[-1]) - ptr[line]
        xy = self.segments.xy[np.minimum(first[line] + np.maximum(nth - 1, 0), len(self.segments) - 1), 2:]
        xy[ptr[:-1]] = self._on_segment(first, start)
        xy[ptr[1:] - 1] = self._on_segment(last, end)
        lines: npt.NDArray[np.object_] = shapely.linestrings(xy, indices=line)
        return lines

    def _on_segment(self, row: IntArray, at: FloatArray) -> FloatArray:
        s = self.segments
        t = ((at - s.start[row]) / (s.end[row] - s.start[row]))[:, None]
        return s.xy[row, :2] * (1 - t) + s.xy[row, 2:] * t
