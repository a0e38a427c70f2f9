"""The street network as an osmnx graph, and back."""

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from camgap import __version__
from camgap.coverage.errors import StreetError
from camgap.coverage.projection import WGS84, local_crs
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]

_NOT_COPIED = {"u", "v", "osmid", "highway", "oneway", "reversed", "length", "geometry", "edge", "key"}


def to_networkx(network: StreetNetwork) -> nx.MultiDiGraph:
    """Return the network as a simplified, projected graph that osmnx functions accept.

    A two-way street gives an edge in each direction (``reversed`` tells the one against the way), a one-way street one.
    A two-way street gives an edge in each direction (one is ``reversed``), a one-way street gives one.
    its row in ``network.edges``, and those of that row's other columns that are not empty. Nodes have ``x``, ``y`` [m]
    and ``street_count``, counted in this network.

    Raises
    ------
    StreetError
        If the network has no edges: osmnx knows no empty graph.
    """
    if not len(network):
        raise StreetError("the street network is empty; osmnx needs at least one edge")
    graph = nx.MultiDiGraph(crs=network.crs, created_with=f"camgap {__version__}", simplified=True)
    ends = network.edges[["u", "v"]].to_numpy()
    count = pd.Series(ends.ravel()).value_counts()
    graph.add_nodes_from(
        (node, {"x": x, "y": y, "street_count": streets})
        for node, x, y, streets in zip(
            network.nodes.index.tolist(),
            network.nodes["x"].tolist(),
            network.nodes["y"].tolist(),
            count.reindex(network.nodes.index, fill_value=0).tolist(),
            strict=True,
        )
    )
    lengths = network.edge_length.tolist()
    backwards = shapely.reverse(network.lines)
    for row, tags in enumerate(network.edges.to_dict("records")):
        u, v, oneway = int(tags["u"]), int(tags["v"]), bool(tags["oneway"])
        attributes = {str(key): value for key, value in tags.items() if value != "" and key not in ("u", "v")}
        attributes |= {"oneway": oneway, "length": lengths[row], "edge": row}
        graph.add_edge(u, v, **attributes, reversed=False, geometry=network.lines[row])
        if not oneway:
            graph.add_edge(v, u, **attributes, reversed=True, geometry=backwards[row])
    return graph


def from_osmnx_graph(graph: nx.MultiDiGraph) -> StreetNetwork:
    """Return an osmnx graph, simplified or not, in longitude and latitude or projected, as a street network.

    Edges with the same line, forwards or backwards, are one street and count once; its direction is that of the edge
    not ``reversed``. An edge without ``geometry`` is a straight line. Of several values in a list (simplified edges)
    `osmid` and `highway` take the first, other attributes all, joined with "; ". Everything is brought into the local
    CRS of the graph's middle, unless it is in such a CRS already: lengths and north would not be true in another.

    Raises
    ------
    StreetError
        If it has no edge, no CRS, a node without x and y, or a node id that is no integer.
    """
    try:
        source = CRS.from_user_input(graph.graph["crs"])
        ids = np.array([_node_id(node) for node in graph.nodes], dtype=np.int64)
        at = np.array([(data["x"], data["y"]) for _, data in graph.nodes(data=True)], dtype=np.float64).reshape(-1, 2)
    except KeyError as error:
        raise StreetError(f"graph: attribute {error} is missing; expected an osmnx graph with crs, x and y") from None
    places = dict(zip(graph.nodes, at.tolist(), strict=True))

    streets: dict[bytes, int] = {}  # drawn line, in either direction -> row
    rows: list[dict[str, Any]] = []
    lines: list[FloatArray] = []
    for start, end, data in sorted(graph.edges(data=True), key=lambda edge: bool(edge[2].get("reversed", False))):
        line = _line(data.get("geometry"), places[start], places[end])
        if len(line) < 2:
            continue
        drawn = min(line.tobytes(), line[::-1].tobytes())
        if drawn in streets:
            if (start, end) != (rows[streets[drawn]]["u"], rows[streets[drawn]]["v"]) or start == end:
                rows[streets[drawn]]["both_ways"] = True
            continue
        streets[drawn] = len(rows)
        rows.append({"u": start, "v": end, "both_ways": False, "data": data})
        lines.append(line)
    if not rows:
        raise StreetError("graph: no edge of any length")

    crs = _plane_for(source, at)
    transform = Transformer.from_crs(source, crs, always_xy=True).transform
    xy = np.concatenate(lines)
    if crs != source:
        xy, at = np.column_stack(transform(*xy.T)), np.column_stack(transform(*at.T))
    table = pd.DataFrame([_attributes(row) for row in rows])
    named = [key for key in table.columns if key not in ("u", "v", "osmid", "oneway")]
    table[named] = table[named].fillna("")
    return StreetNetwork(
        crs=crs,
        xy=xy,
        ptr=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        edges=table.astype({"u": np.int64, "v": np.int64, "osmid": np.int64, "oneway": bool}),
        nodes=pd.DataFrame({"x": at[:, 0], "y": at[:, 1]}, index=pd.Index(ids, name="osmid")),
    )


def _node_id(node: object) -> int:
    if isinstance(node, (int, np.integer)):
        return int(node)
    raise StreetError(f"graph: node id {node!r} is no integer; relabel the nodes")


def _line(geometry: Any, start: list[float], end: list[float]) -> FloatArray:
    """Return an edge's vertices without those that repeat the one before."""
    line = np.array([start, end]) if geometry is None else shapely.get_coordinates(geometry)
    fresh = np.ones(len(line), dtype=bool)
    fresh[1:] = (line[1:] != line[:-1]).any(axis=1)
    return line[fresh] + 0.0  # one zero, not two


def _attributes(row: dict[str, Any]) -> dict[str, Any]:
    data = row["data"]
    oneway = data.get("oneway", not row["both_ways"])
    attributes = {
        "u": row["u"],
        "v": row["v"],
        "osmid": int(_first(data.get("osmid", 0))),
        "highway": str(_first(data.get("highway", ""))),
        "name": "",
        "oneway": oneway is True or oneway in ("yes", "true", "True", "1", "-1", "reverse"),
    }
    for key, value in data.items():
        if key not in _NOT_COPIED:
            attributes[key] = "; ".join(map(str, value)) if isinstance(value, list) else _text(value)
    return attributes


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _text(value: Any) -> str:
    missing = value is None or (isinstance(value, float) and np.isnan(value))
    return "" if missing else str(value)


def _plane_for(source: CRS, at: FloatArray) -> CRS:
    """Return the CRS to work in: the source's own if it is a local one, else the local CRS of the points' middle."""
    operation = source.coordinate_operation if source.is_projected else None
    if operation is not None and operation.method_name == "Transverse Mercator":
        scale = [float(parameter.value) for parameter in operation.params if "Scale factor" in parameter.name]
        if scale == [1.0] and all(axis.unit_name == "metre" for axis in source.axis_info):
            return source
    middle = (at.min(axis=0) + at.max(axis=0)) / 2
    return local_crs(*Transformer.from_crs(source, WGS84, always_xy=True).transform(*middle))
