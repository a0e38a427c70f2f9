"""Demand: a weight along the street axis, spread from events by a kernel whose distances run along the streets.

Each event's weight spreads both ways along its street. Where the spreading meets a junction of n street ends it goes on
into the n - 1 others in equal parts; at a dead end, and where the study area's edge cuts a street, it turns back. So no
weight is lost and none made, and a straight street carries the plain kernel. This is the equal-split discontinuous
kernel (Okabe & Sugihara 2012, Spatial Analysis along Networks, ch. 9; Okabe, Satoh & Sugihara 2009,
doi:10.1080/13658810802475491) over all ways that do not turn back at a junction, with reflection at the ends added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Stretches
from camgap.coverage.scoring.gaps import Gaps
from camgap.coverage.scoring.report import Districts
from camgap.coverage.scoring.spreading import spread
from camgap.coverage.streets import Segments, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CELL = 5.0  # [m] the weight per metre is constant on equal cells at most this long
SAME = 1e-12  # relative difference of weights per metre that is rounding


@dataclass(frozen=True)
class AxisWeights:
    """A weight along the street axis, constant per metre on each cell; cells never cross an end of a segment.

    Parameters
    ----------
    first : int64 array, shape (m + 1,)
        Segment s of the network has the equal cells ``first[s]:first[s + 1]``, at least one.
    breaks : float64 array, shape (n + 1,)
        Where cells begin, and the end of the last [m].
    mass : float64 array, shape (n + 1,)
        Weight of the axis below each break, not decreasing; ``mass[0] == 0``.
    """

    first: IntArray
    breaks: FloatArray
    mass: FloatArray

    @property
    def total(self) -> float:
        """Weight of the whole axis."""
        return float(self.mass[-1])

    @property
    def per_metre(self) -> FloatArray:
        """Weight per metre of each cell, shape (n,)."""
        return np.diff(self.mass) / np.diff(self.breaks)

    def before(self, at: FloatArray) -> FloatArray:
        """Return the weight W(s) of the axis below positions s, shape of `at`; exact."""
        return np.interp(at, self.breaks, self.mass)

    def within(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Return the weight of the axis inside each ``[start, end)``, same shape."""
        return self.before(end) - self.before(start)

    def of(self, stretches: Stretches) -> float:
        """Return the weight of disjoint stretches of the axis."""
        return float(self.within(stretches.start, stretches.end).sum())


def cells_of(segments: Segments, longest: float = CELL) -> tuple[IntArray, FloatArray]:
    """Cut segments into equal cells; return ``first`` and ``breaks`` of :class:`AxisWeights`."""
    size = segments.end - segments.start
    count = np.maximum(np.ceil(size / longest), 1).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(count)])
    row = np.repeat(np.arange(len(segments)), count)
    nth = np.arange(first[-1]) - first[row]
    breaks = segments.start[row] + size[row] * (nth / count[row])
    return first, np.append(breaks, segments.end[-1:])


def uniform_weights(segments: Segments) -> AxisWeights:
    """Return the weight 1 per metre, by which every weighted length is a plain one."""
    breaks = np.append(segments.start, segments.end[-1:])
    return AxisWeights(np.arange(len(segments) + 1), breaks, breaks - breaks[:1])


def kernel_weights(
    network: StreetNetwork, at: FloatArray, weight: FloatArray, bandwidth: float,
    kernel: Literal["quartic", "gaussian"] = "quartic", areas: Sequence[tuple[Stretches, float]] = (),
) -> AxisWeights:  # fmt: skip
    """Spread weighted places along the streets.

    Parameters
    ----------
    at : float64 array, shape (k,)
        Positions on the street axis [m]; where one edge ends and the next begins, they mean the latter.
    weight : float64 array, shape (k,)
        Not negative.
    bandwidth : float
        Distance along the streets at which a place's weight ends [m].
    kernel : {"quartic", "gaussian"}
        Quartic: 15/16 (1 - u²)²; Gaussian: of standard deviation a third of the bandwidth, cut there and scaled to 1.
    areas : sequence of (Stretches, weight)
        Weights that are spread already: evenly over these stretches, no kernel.

    Returns
    -------
    AxisWeights
        Its total is the sum of all weights.

    Raises
    ------
    InputError
        If a position is off the axis, a weight is negative, or the bandwidth is not above 0.
    """
    if not bandwidth > 0:
        raise InputError(f"demand: bandwidth {bandwidth:g} m; it must be above 0")
    if len(at) and not ((at >= 0) & (at <= network.length)).all():
        raise InputError("demand: a place lies off the street axis")
    if len(weight) and not (np.isfinite(weight) & (weight >= 0)).all():
        raise InputError(f"demand: a weight is {weight[~(np.isfinite(weight) & (weight >= 0))][0]:g}, expected >= 0")
    first, breaks = cells_of(network.segments)
    places, which = np.unique(at, return_inverse=True)  # many events at one place are spread once
    total = np.bincount(which, weight, minlength=len(places))
    edge = network.edge_at(places)
    first_segment = network.ptr - np.arange(len(network.ptr))
    mass = spread(
        places, total, edge, network.offset, first[first_segment], breaks, *_ends(network), bandwidth,
        kernel == "gaussian",
    )  # fmt: skip
    for stretches, heavy in areas:
        mass += heavy / stretches.length * stretches.length_within(breaks[:-1], breaks[1:])
    return AxisWeights(first, breaks, np.concatenate([[0.0], np.cumsum(mass)]))


def _ends(network: StreetNetwork) -> tuple[IntArray, IntArray, IntArray]:
    """Return the node of every street end (2 e: begin, 2 e + 1: end of edge e), and the ends by node (ptr, ends)."""
    ends = network.edges[["u", "v"]].to_numpy(np.int64).reshape(-1)
    _, node = np.unique(ends, return_inverse=True)
    node = node.reshape(-1).astype(np.int64)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(node))]).astype(np.int64)
    return node, ptr, np.argsort(node, kind="stable").astype(np.int64)


def reweighted(segments: Segments, weights: AxisWeights) -> Segments:
    """Lay the street axis out anew by weight instead of length.

    Segments are split where the weight per metre changes, and ``start``, ``end`` become W(s), the weight below them, so
    that everything that measures length exactly measures weight instead. What weighs nothing is left out. ``edge`` and
    ``xy`` mean what they meant; a position of the old axis is at ``weights.before(position)`` on the new one.

    Parameters
    ----------
    segments : Segments
        Those `weights` are made for.
    """
    n = len(weights.breaks) - 1
    density, mass = weights.per_metre, np.diff(weights.mass)
    row = np.repeat(np.arange(len(segments)), np.diff(weights.first))
    opens = np.ones(n, dtype=bool)
    change = np.abs(np.diff(density)) > SAME * np.maximum(density[1:], density[:-1])
    opens[1:] = (row[1:] != row[:-1]) | change
    begin = np.flatnonzero(opens)
    until = np.append(begin[1:], n)
    keep = np.add.reduceat(mass, begin) > 0 if n else np.zeros(0, dtype=bool)
    begin, until = begin[keep], until[keep]
    s = row[begin]
    count = np.diff(weights.first)[s]
    t0, t1 = ((k - weights.first[s]) / count for k in (begin, until))
    start_xy, end_xy = segments.xy[s, :2], segments.xy[s, 2:]
    xy = np.hstack([start_xy + (end_xy - start_xy) * t0[:, None], start_xy + (end_xy - start_xy) * t1[:, None]])
    return Segments(xy, segments.edge[s], weights.mass[begin], weights.mass[until])


@dataclass(frozen=True)
class DemandScore:
    """How much of the demand is in view.

    Parameters
    ----------
    total, seen : float
        Weight of the street axis, and of it in view.
    by_class, by_street, by_district : DataFrame
        Columns ``name``, ``demand``, ``seen``, ``share``; by_street has named streets alone, and ``highway`` as well.
    gaps : float64 array
        Weight of each listed gap, by its rank.
    """

    total: float
    seen: float
    by_class: pd.DataFrame
    by_street: pd.DataFrame
    by_district: pd.DataFrame
    gaps: FloatArray

    @property
    def share(self) -> float:
        """Share of the demand in view, 0 to 1; 0 where there is none."""
        return self.seen / self.total if self.total else 0.0


def demand_score(
    network: StreetNetwork, weights: AxisWeights, seen: Stretches, districts: Districts | None, gaps: Gaps
) -> DemandScore:
    """Weigh what is in view, and each gap."""
    laid = Stretches(weights.before(seen.start), weights.before(seen.end))  # on the axis laid out by weight
    edge_start, edge_end = weights.before(network.offset[:-1]), weights.before(network.offset[1:])
    edges = network.edges[["highway", "name"]].assign(
        length=network.edge_length, demand=edge_end - edge_start, seen=laid.length_within(edge_start, edge_end)
    )
    named = edges[edges["name"] != ""]
    longest = named.sort_values("length", ascending=False, kind="stable").drop_duplicates("name")
    return DemandScore(
        total=weights.total,
        seen=laid.length,
        by_class=_grouped(edges, "highway"),
        by_street=_grouped(named, "name").merge(longest[["name", "highway"]], on="name", how="left"),
        by_district=_with_share(_by_district(weights, laid, districts)),
        gaps=np.array([weights.within(gap.start, gap.end).sum() for gap in gaps.listed]),
    )


def _grouped(edges: pd.DataFrame, key: str) -> pd.DataFrame:
    table = edges.groupby(key, sort=True)[["demand", "seen"]].sum().rename_axis("name").reset_index()
    return _with_share(table.sort_values(["demand", "name"], ascending=[False, True], ignore_index=True))


def _by_district(weights: AxisWeights, laid: Stretches, districts: Districts | None) -> pd.DataFrame:
    if districts is None:
        return pd.DataFrame({"name": [], "demand": [], "seen": []})
    iv, n = districts.intervals, len(districts.names)
    start, end = weights.before(iv.start), weights.before(iv.end)
    demand, seen = (
        np.bincount(iv.owner, metres, minlength=n) for metres in (end - start, laid.length_within(start, end))
    )
    return pd.DataFrame({"name": districts.names, "demand": demand, "seen": seen})


def _with_share(table: pd.DataFrame) -> pd.DataFrame:
    demand, seen = table["demand"].to_numpy(np.float64), table["seen"].to_numpy(np.float64)
    return table.assign(share=np.divide(seen, demand, out=np.zeros(len(table)), where=demand > 0))
