"""Two runs side by side: what one sees that the other does not, on the streets both have, in exact lengths."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from camgap.coverage.errors import InputError
from camgap.coverage.intervals import Stretches, union
from camgap.coverage.projection import WGS84, local_crs, to_plane
from camgap.coverage.scoring.gaps import Gap, find_gaps
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SAME_PLACE = 7  # decimals of a degree (1 cm) to which the ends of a common street agree
SAME_LENGTH = 1e-3  # [m] to which their lengths agree
LEAST_GAP = 5.0  # [m] shorter gaps are left out
GONE = 0.01  # [m] of a gap may be left where it counts as closed
NEEDED = {"streets": ("edge", "osmid", "name", "highway", "length_m"), "seen": ("edge", "start_m", "end_m")}


@dataclass(frozen=True)
class Run:
    """What a run folder says.

    Parameters
    ----------
    name : str
        Of the folder.
    result : dict
        Of result.json.
    streets : GeoDataFrame
        WGS 84; ``edge``, ``osmid``, ``name``, ``highway``, ``length_m``.
    seen : DataFrame
        What is in view, with the proposal if there is one: ``edge``, ``start_m``, ``end_m`` along it [m].
    """

    name: str
    result: dict[str, Any]
    streets: gpd.GeoDataFrame
    seen: pd.DataFrame

    @property
    def coverage(self) -> dict[str, Any]:
        """The coverage numbers of its last state: of a plan, with the proposal."""
        found: dict[str, Any] = self.result.get("after", self.result.get("coverage", {}))
        return found


def read_run(folder: Path) -> Run:
    """Read a run folder of ``camgap score`` or ``camgap plan``.

    Raises
    ------
    InputError
        If it is none, or was written before stretches in view had their place on the street.
    """
    hint = "expected a folder written by `camgap score --out` or `camgap plan --out`"
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        streets = gpd.read_file(folder / "coverage.gpkg", layer="streets")
        seen = pyogrio.read_dataframe(folder / "coverage.gpkg", layer="seen", read_geometry=False)
    except (OSError, ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        raise InputError(f"{folder} is not a run folder: result.json or coverage.gpkg cannot be read; {hint}") from None
    if not isinstance(result, dict) or result.get("command") not in ("score", "plan"):
        raise InputError(f"{folder} is neither a score nor a plan; {hint}")
    for layer, frame in (("streets", streets), ("seen", seen)):
        lacking = [column for column in NEEDED[layer] if column not in frame.columns]
        if lacking:
            raise InputError(f"{folder}: layer {layer!r} has no column {lacking[0]!r}; run it again with this camgap")
    return Run(folder.name or str(folder), result, streets.sort_values("edge", ignore_index=True), pd.DataFrame(seen))


def read_plan(folder: Path) -> dict[str, Any]:
    """Return what result.json of a plan's run folder says.

    Raises
    ------
    InputError
        If it is not the folder of a plan that says why.
    """
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{folder}: result.json cannot be read; expected a folder of `camgap plan --out`") from None
    if not isinstance(result, dict) or result.get("command") != "plan" or "rejected" not in result:
        raise InputError(f"{folder} is not a plan that says why; write one with `camgap plan --out`")
    return result


def find_site(result: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a plan's site by its rank or by the id of its mount or camera.

    Raises
    ------
    InputError
        If there is none.
    """
    for site in result["sites"]:
        if name in (str(site["rank"]), site["id"]):
            found: dict[str, Any] = site
            return found
    out = {r["mount"]: r["reason"] for r in result["rejected"]}
    ranks = f"ranks go from 1 to {len(result['sites'])}"
    untouched = f"nothing is done at a mount or camera of that id, if there is one; {ranks}"
    hint = f"it was left out: {out[name]}" if name in out else untouched
    raise InputError(f"the plan has no site {name!r}; {hint}")


@dataclass(frozen=True)
class Comparison:
    """What differs from one run to another.

    Parameters
    ----------
    a, b : Run
    network : StreetNetwork
        The streets both have, with the attributes of the second.
    before, after : Stretches
        What each sees of them.
    only_a_m, only_b_m : float
        Street length that the other does not have [m].
    """

    a: Run
    b: Run
    network: StreetNetwork
    before: Stretches
    after: Stretches
    only_a_m: float
    only_b_m: float

    @property
    def gained(self) -> Stretches:
        """In view of the second, not of the first."""
        return minus(self.after, self.before, self.network.length)

    @property
    def lost(self) -> Stretches:
        """In view of the first, not of the second."""
        return minus(self.before, self.after, self.network.length)

    def table(self, key: str) -> pd.DataFrame:
        """Sum lengths by an attribute of the edges.

        Columns: ``name``, ``length_m``, ``covered_a_m``, ``covered_b_m``, ``gained_m``, ``lost_m``, ``change_m``; the
        greatest change first. Edges without a name are left out where names are asked for.
        """
        n, begin, end = self.network, self.network.offset[:-1], self.network.offset[1:]
        parts = {"covered_a_m": self.before, "covered_b_m": self.after, "gained_m": self.gained, "lost_m": self.lost}
        columns = {name: s.length_within(begin, end) for name, s in parts.items()}
        frame = pd.DataFrame({"name": n.edges[key].to_numpy(), "length_m": n.edge_length, **columns})
        frame = frame[frame["name"] != ""].groupby("name", sort=True).sum().reset_index()
        frame["change_m"] = frame["covered_b_m"] - frame["covered_a_m"]
        order = np.lexsort((frame["name"], -(frame["gained_m"] + frame["lost_m"])))
        return frame.iloc[order].reset_index(drop=True)


def compare_runs(a: Run, b: Run) -> Comparison:
    """Lay two runs over each other.

    A street is common to both if it is the same OSM way between the same two points, of the same length.

    Raises
    ------
    InputError
        If they have no street in common.
    """
    pairs = _keys(a.streets).merge(_keys(b.streets), on=["key", "nth"], suffixes=("_a", "_b"))
    close = (pairs["length_a"] - pairs["length_b"]).abs() <= SAME_LENGTH
    pairs = pairs[close].sort_values("row_b", ignore_index=True)
    if pairs.empty:
        raise InputError(f"{a.name} and {b.name} have no street in common; compare runs of the same place")
    row_a, row_b = pairs["row_a"].to_numpy(np.int64), pairs["row_b"].to_numpy(np.int64)
    network = _network(b.streets.iloc[row_b].reset_index(drop=True))
    return Comparison(
        a, b, network, _on_axis(a, row_a, network), _on_axis(b, row_b, network),
        float(a.streets["length_m"].sum() - a.streets["length_m"].iloc[row_a].sum()),
        float(b.streets["length_m"].sum() - b.streets["length_m"].iloc[row_b].sum()),
    )  # fmt: skip


def minus(one: Stretches, other: Stretches, end: float) -> Stretches:
    """Return what of some stretches of ``[0, end)`` others leave."""
    free = one.complement(0.0, end)
    return union(np.concatenate([free.start, other.start]), np.concatenate([free.end, other.end])).complement(0.0, end)


def _keys(streets: gpd.GeoDataFrame) -> pd.DataFrame:
    lines = streets.geometry.to_numpy()
    ends = np.hstack(
        [shapely.get_coordinates(shapely.get_point(lines, i)).reshape(-1, 2) for i in (0, -1)]
    ).round(SAME_PLACE)  # fmt: skip
    key = [(int(way), *place) for way, place in zip(streets["osmid"], ends.tolist(), strict=True)]
    frame = pd.DataFrame({"key": key, "row": np.arange(len(key)), "length": streets["length_m"].to_numpy(np.float64)})
    frame["nth"] = frame.groupby("key").cumcount()
    return frame


def _network(streets: gpd.GeoDataFrame) -> StreetNetwork:
    lines = streets.geometry.to_crs(WGS84).to_numpy()
    west, south, east, north = shapely.total_bounds(lines)
    crs = local_crs((west + east) / 2, (south + north) / 2)
    lonlat = shapely.get_coordinates(lines)
    ptr = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))])
    xy = to_plane(lonlat, crs)
    places = np.vstack([lonlat[ptr[:-1]], lonlat[ptr[1:] - 1]]).round(SAME_PLACE)
    _, node = np.unique(places, axis=0, return_inverse=True)
    node = node.reshape(-1)
    edges = pd.DataFrame(
        {
            "u": node[: len(streets)], "v": node[len(streets) :], "osmid": streets["osmid"], "oneway": False,
            "highway": streets["highway"], "name": streets["name"].fillna(""),
        }
    )  # fmt: skip
    first = np.concatenate([ptr[:-1], ptr[1:] - 1])
    nodes = pd.DataFrame(xy[first], columns=["x", "y"]).groupby(node).first()
    return StreetNetwork(crs, xy, ptr, edges, nodes)


def _on_axis(run: Run, rows: IntArray, network: StreetNetwork) -> Stretches:
    """Return what a run sees of the common edges, which are these rows of its streets, on the common axis."""
    place = np.full(len(run.streets), -1)
    place[rows] = np.arange(len(rows))
    row_of = pd.Series(np.arange(len(run.streets)), index=run.streets["edge"])
    own = row_of.reindex(run.seen["edge"]).to_numpy(np.int64)
    common = place[own] >= 0
    own, edge = own[common], place[own[common]]
    length = run.streets["length_m"].to_numpy(np.float64)[own]
    begin, size = network.offset[edge], network.edge_length[edge]
    start, end = (run.seen[c].to_numpy(np.float64)[common] / length for c in ("start_m", "end_m"))
    end = np.where(end >= 1.0, network.offset[edge + 1], begin + end * size)
    start = begin + np.maximum(start, 0.0) * size
    some = end > start
    return union(start[some], end[some])


def comparison_result(c: Comparison) -> dict[str, Any]:
    """Return the result of ``camgap compare``: stable keys, plain values; "a" is the first run, "b" the second."""
    opened, closed = _gaps(c, c.after, c.before), _gaps(c, c.before, c.after)
    return {
        "command": "compare",
        "a": _headline(c.a),
        "b": _headline(c.b),
        "common": {
            "length_m": c.network.length,
            "covered_a_m": c.before.length,
            "covered_b_m": c.after.length,
            "gained_m": c.gained.length,
            "lost_m": c.lost.length,
            "only_a_m": c.only_a_m,
            "only_b_m": c.only_b_m,
        },
        "by_class": c.table("highway").to_dict("records"),
        "by_street": [row for row in c.table("name").to_dict("records") if row["gained_m"] + row["lost_m"] > GONE],
        "gaps_closed": closed,
        "gaps_opened": opened,
    }


def _headline(run: Run) -> dict[str, Any]:
    r, coverage = run.result, run.coverage
    return {
        "run": run.name,
        "command": r["command"],
        "data_date": r.get("data_date"),
        "length_m": coverage["length_m"],
        "covered_m": coverage["covered_m"],
        "share": coverage["share"],
        "cameras": r["cameras"]["used"],
        "sites": len(r.get("sites", [])),
        "spent": r.get("spent"),
        "currency": r.get("currency", ""),
        "counted": _counted(coverage),
    }


def _counted(coverage: Mapping[str, Any]) -> dict[str, Any] | None:
    quality = coverage.get("quality")
    return {k: quality[k] for k in ("level", "px_per_m", "light", "moving", "target_m")} if quality else None


def _gaps(c: Comparison, there: Stretches, other: Stretches) -> list[dict[str, Any]]:
    """Return the gaps of one state that the other sees something of: how much, and whether it sees all."""
    found = []
    for gap in find_gaps(c.network, there, np.ones(len(c.network)), LEAST_GAP).listed:
        seen = float(other.length_within(gap.start, gap.end).sum())
        if seen > GONE:
            found.append(_gap(gap, seen))
    return sorted(found, key=lambda g: (-g["changed_m"], g["streets"]))


def _gap(gap: Gap, seen: float) -> dict[str, Any]:
    return {
        "streets": list(gap.streets[:5]), "length_m": gap.length_m, "changed_m": seen,
        "whole": gap.length_m - seen <= GONE,
    }  # fmt: skip


def comparison_layers(c: Comparison) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a comparison in WGS 84: streets, seen (in both), gained and lost stretches."""
    n = c.network
    covered = c.after.length_within(n.offset[:-1], n.offset[1:])
    both = minus(c.before, c.lost, n.length)
    streets = gpd.GeoDataFrame(
        {
            "name": n.edges["name"], "highway": n.edges["highway"], "length_m": n.edge_length,
            "covered_m": covered, "share": covered / n.edge_length,
        },
        geometry=n.lines, crs=n.crs,
    )  # fmt: skip
    seen = pd.concat([_stretches(n, both, "existing"), _stretches(n, c.gained, "proposed")], ignore_index=True)
    return {
        "streets": streets.to_crs(WGS84),
        "seen": gpd.GeoDataFrame(seen, crs=n.crs).to_crs(WGS84),
        "lost": _stretches(n, c.lost, "lost").to_crs(WGS84),
    }


def _stretches(n: StreetNetwork, stretches: Stretches, by: str) -> gpd.GeoDataFrame:
    parts = stretches.split_at(n.offset)
    edge = n.edge_at(parts.start)
    return gpd.GeoDataFrame(
        {
            "name": n.edges["name"].to_numpy()[edge], "highway": n.edges["highway"].to_numpy()[edge], "by": by,
            "depth": np.ones(len(parts), np.int64), "length_m": parts.end - parts.start,
        },
        geometry=n.lines_between(parts.start, parts.end), crs=n.crs,
    )  # fmt: skip
