"""Ways on foot along the streets of a network, whichever way the traffic goes."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NOTHING_M = 1e-9  # two places at one point are this far apart: a sparse matrix holds no zeros


@dataclass(frozen=True)
class Walks:
    """Shortest ways between places, along the streets.

    Parameters
    ----------
    at : float64 array, shape (k,)
        Where each place meets the street axis: at the nearest point of the nearest street [m].
    distance : float64 array, shape (k, k)
        Length of the shortest way [m], symmetric; in a straight line where no way is (``by_air``).
    by_air : bool array, shape (k, k)
        The streets of the network do not connect the two places.
    """

    at: FloatArray
    distance: FloatArray
    by_air: npt.NDArray[np.bool_]
    _pieces: "_Pieces"
    _before: IntArray  # of every graph node on the way from place i, the node before it
    _spots: FloatArray  # of every graph node [m]; the places are the last

    @staticmethod
    def between(network: StreetNetwork, xy: FloatArray) -> "Walks":
        """Find the ways between places.

        Parameters
        ----------
        network : StreetNetwork
            With one street at least.
        xy : float64 array, shape (k, 2)
            Easting, northing [m].
        """
        at = _street_positions(network, xy)
        pieces = _Pieces.of(network, at)
        places = len(network.nodes) + np.arange(len(at))
        length, before = dijkstra(pieces.graph, directed=False, indices=places, return_predecessors=True)
        spots = np.vstack([network.nodes[["x", "y"]].to_numpy(np.float64), network.points_at(at)])
        distance = length[:, places]
        distance = np.minimum(distance, distance.T)  # summed up from either end, the last bits may differ
        by_air = ~np.isfinite(distance)
        straight = np.hypot(*(spots[places][:, None] - spots[places][None]).transpose(2, 0, 1))
        return Walks(at, np.where(by_air, straight, distance), by_air, pieces, before, spots)

    def way(self, a: int, b: int) -> shapely.LineString:
        """Return the way from place `a` to place `b` as a line along the streets [m]; straight if there is none."""
        first = len(self._spots) - len(self.at)
        if self.by_air[a, b] or a == b:
            return shapely.LineString(self._spots[[first + a, first + b]])
        nodes = [first + b]
        while nodes[-1] != first + a:
            nodes.append(int(self._before[a, nodes[-1]]))
        nodes.reverse()
        parts = [self._pieces.line(u, v, self._spots) for u, v in pairwise(nodes)]
        line = np.vstack([parts[0][:1], *(part[1:] for part in parts)])
        moves = np.hypot(*np.diff(line, axis=0).T) > _NOTHING_M
        return shapely.LineString(line[np.append(True, moves)] if moves.any() else line[:2])


@dataclass(frozen=True)
class _Pieces:
    """Streets cut at the places: the shortest piece between every two neighbouring nodes.

    Nodes are those of the network, in their order, then the places.
    """

    network: StreetNetwork
    n: int  # nodes in all
    u: IntArray  # node where the piece begins, shape (p,)
    v: IntArray
    start: FloatArray  # on the street axis [m]
    end: FloatArray
    key: IntArray  # of the pair of nodes, ascending

    @staticmethod
    def of(network: StreetNetwork, at: FloatArray) -> "_Pieces":
        """Cut the streets at positions of their axis."""
        m, n = len(network), len(network.nodes) + len(at)
        number = pd.Index(network.nodes.index)
        # Every edge is a chain of nodes: its first end, the places on it in their order, its last end.
        edge = np.concatenate([np.arange(m), network.edge_at(at), np.arange(m)])
        node = np.concatenate(
            [number.get_indexer(network.edges["u"]), np.arange(n - len(at), n), number.get_indexer(network.edges["v"])]
        )
        position = np.concatenate([network.offset[:-1], at, network.offset[1:]])
        part = np.repeat([0, 1, 2], [m, len(at), m])
        order = np.lexsort((position, part, edge))
        edge, node, position = edge[order], node[order], position[order]
        joined = np.flatnonzero((edge[1:] == edge[:-1]) & (node[1:] != node[:-1]))
        u, v, start, end = node[joined], node[joined + 1], position[joined], position[joined + 1]
        key = np.minimum(u, v) * n + np.maximum(u, v)
        order = np.lexsort((end - start, key))
        order = order[np.unique(key[order], return_index=True)[1]]
        return _Pieces(network, n, u[order], v[order], start[order], end[order], key[order])

    @property
    def graph(self) -> csr_array:
        """The pieces as a sparse matrix of lengths [m]."""
        return csr_array((np.maximum(self.end - self.start, _NOTHING_M), (self.u, self.v)), shape=(self.n, self.n))

    def line(self, u: int, v: int, spots: FloatArray) -> FloatArray:
        """Return the vertices of the piece from node `u` to its neighbour `v`, shape (n, 2) [m]."""
        row = int(np.searchsorted(self.key, min(u, v) * self.n + max(u, v)))
        if self.end[row] - self.start[row] <= _NOTHING_M:
            return spots[[u, v]]
        lines = self.network.lines_between(self.start[row : row + 1], self.end[row : row + 1])
        vertices: FloatArray = shapely.get_coordinates(lines)
        return vertices if self.u[row] == u else vertices[::-1]


def _street_positions(network: StreetNetwork, xy: FloatArray) -> FloatArray:
    """Return the street-axis position nearest to each point [m], shape (k,)."""
    points = shapely.points(xy)
    rows, edges = network.tree.query_nearest(points)
    first = np.unique(rows, return_index=True)[1]
    edge = edges[first]
    along = np.minimum(shapely.line_locate_point(network.lines[edge], points), network.edge_length[edge])
    low, high = network.offset[edge], np.nextafter(network.offset[edge + 1], 0.0)  # the end belongs to the next edge
    position: FloatArray = np.clip(network.offset[edge] + along, low, high)
    return position
