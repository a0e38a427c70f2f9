"""Gaps: maximal connected stretches of network that no camera sees."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.sight.kernel import compiled
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Gap:
    """One connected piece of network out of every camera's sight."""

    rank: int  # 1 is the longest (or heaviest)
    length_m: float
    weight_m: float  # length times the weight of its street classes
    streets: tuple[str, ...]  # names by uncovered length, longest first; unnamed streets left out
    classes: tuple[str, ...]  # highway classes, likewise
    centre: tuple[float, float]  # easting, northing of the length-weighted centre [m]
    start: FloatArray  # its stretches of the street axis
    end: FloatArray


@dataclass(frozen=True)
class Gaps:
    """All gaps of a network.

    Parameters
    ----------
    listed : tuple of Gap
        Those of at least the asked length, by rank.
    short_count, short_m : int, float
        How many were shorter, and their summed length [m].
    """

    listed: tuple[Gap, ...]
    short_count: int
    short_m: float


def edge_weights(network: StreetNetwork, class_weights: Mapping[str, float]) -> FloatArray:
    """Return the weight per metre of every edge, shape (e,): its class's, 1 where none is given."""
    weights: FloatArray = network.edges["highway"].map(lambda c: class_weights.get(c, 1.0)).to_numpy(np.float64)
    return weights


def find_gaps(network: StreetNetwork, seen: Stretches, weights: FloatArray, min_length: float) -> Gaps:
    """Join what is left uncovered into connected gaps, ranked by weighted length.

    Two uncovered stretches belong to one gap when they meet at a node that both reach uncovered.

    Parameters
    ----------
    seen : Stretches
        Everything in view.
    weights : float64 array, shape (e,)
        Per metre of each edge (:func:`edge_weights`).
    min_length : float
        Shorter gaps are only summed [m].
    """
    free = seen.complement(0.0, network.length).split_at(network.offset)
    if len(free) == 0:
        return Gaps((), 0, 0.0)
    edge = network.edge_at(free.start)
    label = _components(network, free, edge)
    length = free.end - free.start
    total = np.bincount(label, length)
    weight = np.bincount(label, length * weights[edge])
    long_enough = total >= max(min_length, 1e-6)  # below a micrometre it is rounding, not a gap
    first = np.full(len(total), network.length)
    np.minimum.at(first, label, free.start)
    ranked = np.lexsort((first, -weight))
    ranked = ranked[long_enough[ranked]]
    members = _rows_by_label(label, len(total))
    listed = tuple(
        _gap(network, free, edge, members[g], rank, float(total[g]), float(weight[g]))
        for rank, g in enumerate(ranked, start=1)
    )
    short = ~long_enough & (total >= 1e-6)
    return Gaps(listed, int(short.sum()), float(total[~long_enough].sum()))


def _gap(
    network: StreetNetwork, free: Stretches, edge: IntArray, rows: IntArray, rank: int, length: float, weight: float
) -> Gap:
    start, end, edges = free.start[rows], free.end[rows], edge[rows]
    x, y = np.average(network.points_at((start + end) / 2), axis=0, weights=end - start)
    attributes = network.edges.iloc[edges]
    return Gap(
        rank, length, weight, _by_length(attributes["name"].to_numpy(), end - start),
        _by_length(attributes["highway"].to_numpy(), end - start), (float(x), float(y)), start, end,
    )  # fmt: skip


def _by_length(values: npt.NDArray[np.object_], length: FloatArray) -> tuple[str, ...]:
    total: dict[str, float] = {}
    for value, metres in zip(values, length, strict=True):
        if value:
            total[value] = total.get(value, 0.0) + metres
    return tuple(sorted(total, key=lambda value: (-total[value], value)))


def _rows_by_label(label: IntArray, count: int) -> list[IntArray]:
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])


def _components(network: StreetNetwork, free: Stretches, edge: IntArray) -> IntArray:
    """Return a number for each uncovered stretch, the same for all stretches of one gap, shape of `edge`."""
    u, v = network.edges["u"].to_numpy(np.int64)[edge], network.edges["v"].to_numpy(np.int64)[edge]
    at_u, at_v = free.start == network.offset[edge], free.end == network.offset[edge + 1]
    rows = np.concatenate([np.flatnonzero(at_u), np.flatnonzero(at_v)])
    _, node = np.unique(np.concatenate([u[at_u], v[at_v]]), return_inverse=True)
    roots = _join(len(free), rows, node, int(node.max(initial=-1)) + 1)
    _, label = np.unique(roots, return_inverse=True)
    return label.astype(np.int64)


@compiled
def _join(n, rows, node, n_nodes):
    """Union-find: rows that share a node get one root, the smallest row."""
    parent = np.arange(n)
    at_node = np.full(n_nodes, -1)
    for k in range(len(rows)):
        if at_node[node[k]] < 0:
            at_node[node[k]] = rows[k]
            continue
        a, b = rows[k], at_node[node[k]]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        parent[max(a, b)] = min(a, b)
    for i in range(n):
        root = i
        while parent[root] != root:
            root = parent[root]
        parent[i] = root
    return parent
