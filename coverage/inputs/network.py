"""Highway ways and a study area -> the street network, and the account of every metre that is not in it.

Ways are split at nodes that street ways share, cut exactly at the study area's edge, and set aside with a reason. Each
placed stretch of each highway way is counted in exactly one place, the first that fits in the order of :func:`reason`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from camgap.coverage.cells import plain_text
from camgap.coverage.errors import StreetError
from camgap.coverage.inputs.area import StudyArea
from camgap.coverage.inputs.osm import OsmExtract
from camgap.coverage.inputs.osm_pass import Tags
from camgap.coverage.polygons import stretches_inside
from camgap.coverage.projection import local_crs, to_plane
from camgap.coverage.settings import StreetSettings
from camgap.coverage.streets import StreetAccount, StreetNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NOT_BUILT = {
    "construction",
    "proposed",
    "planned",
    "razed",
    "abandoned",
    "disused",
    "dismantled",
    "demolished",
    "removed",
}
_ADMITTED = {"yes", "designated", "permissive"}
_EXCEPTIONS = ("foot", "vehicle", "motor_vehicle", "bus", "psv", "bicycle")
_EDGE_TAGS = (
    "name",
    "ref",
    "junction",
    "lit",
    "lanes",
    "width",
    "maxspeed",
    "surface",
    "layer",
    "bridge",
    "tunnel",
    "service",
)


def reason(tags: Tags, is_area: bool, settings: StreetSettings) -> str:
    """Return why a highway way is no street of the study, "" if it is one.

    Parameters
    ----------
    tags : dict
        Of the way.
    is_area : bool
        The way is closed, or part of a multipolygon's outline.
    settings : StreetSettings
    """
    highway = tags["highway"]
    if highway in NOT_BUILT:
        return "construction"
    if highway not in settings.classes and highway not in settings.also:
        return f"other_class:{plain_text(highway)}"
    if is_area:
        return "area_outline"
    if not settings.tunnels:
        hidden = _hidden(tags)
        if hidden:
            return hidden
    access = tags.get("access")
    barred = access == "no" and not any(tags.get(key) in _ADMITTED for key in _EXCEPTIONS)
    if (access == "private" or barred) and not settings.private:
        return "private"
    service = tags.get("service")
    if service == "parking_aisle" and not settings.parking_aisles:
        return "parking_aisle"
    if service == "driveway" and not settings.driveways:
        return "driveway"
    return ""


def _hidden(tags: Tags) -> str:
    """Return what hides a street from a camera outdoors, "" if nothing does."""
    tunnel = tags.get("tunnel", "no")
    if tunnel == "building_passage":
        return "covered_passage"
    if tunnel != "no" or tags.get("location") == "underground":
        return "tunnel"
    if tags.get("covered", "no") != "no":
        return "covered"
    return "indoor" if tags.get("indoor", "no") != "no" or tags["highway"] == "corridor" else ""


def is_oneway(tags: Tags) -> bool:
    """Tell whether traffic may use a street in one direction only; motorways and roundabouts need no tag for it."""
    tagged = tags.get("oneway")
    if tagged is not None:
        return tagged in ("yes", "true", "1", "-1", "reverse")
    return tags["highway"] == "motorway" or tags.get("junction") in ("roundabout", "circular")


def build_network(
    extract: OsmExtract, area: StudyArea, settings: StreetSettings
) -> tuple[StreetNetwork, StreetAccount]:
    """Return the streets inside the study area, and what became of every metre of highway in the extract.

    Parameters
    ----------
    extract : OsmExtract
    area : StudyArea
        Streets are cut exactly at its edge.
    settings : StreetSettings
        Which ways are streets.

    Returns
    -------
    StreetNetwork
        In the :func:`~camgap.coverage.projection.local_crs` of the area. Edges come by way id and along the way, in the
        direction of traffic where ``oneway``. Beside the required columns: ``ref``, ``junction``, ``lit``, ``lanes``,
        ``width``, ``maxspeed``, ``surface``, ``layer``, ``bridge``, ``tunnel``, ``service`` (str, "" if none).
    StreetAccount

    Raises
    ------
    StreetError
        If no street lies inside the area.
    """
    data = shapely.box(*extract.ways.lonlat.min(axis=0), *extract.ways.lonlat.max(axis=0))
    if not area.polygon.intersects(data):
        raise StreetError(_nothing_there(extract, area, {}))
    crs = local_crs(*_centre(extract, area))
    ways = _in_plane(extract, crs)
    is_area = ways.outline | (ways.closed & np.array([tags.get("area") == "yes" for tags in ways.tags], dtype=bool))
    reasons = [reason(tags, of_area, settings) for tags, of_area in zip(ways.tags, is_area.tolist(), strict=True)]

    at = _starts(ways.ptr)  # vertices that begin a straight piece
    piece_way = np.repeat(np.arange(len(ways)), np.diff(ways.ptr) - 1)
    pieces = np.hstack([ways.xy[at], ways.xy[at + 1]])
    length = np.hypot(*(pieces[:, 2:] - pieces[:, :2]).T)
    inside, t0, t1 = stretches_inside(pieces, area.in_plane(crs))
    metres_inside = np.bincount(piece_way[inside], weights=(t1 - t0) * length[inside], minlength=len(ways))
    metres = np.bincount(piece_way, weights=length, minlength=len(ways))

    used = np.array([not why for why in reasons], dtype=bool)[piece_way]
    junction = _junctions(ways, used, at)
    whole = np.flatnonzero(used)
    edges = _fragments(ways, junction, piece_way, at, (whole, np.zeros(len(whole)), np.ones(len(whole))))
    again = np.zeros(len(at), dtype=bool)
    again[whole] = np.repeat(_duplicates(edges), np.diff(edges.ptr) - 1)
    mine = (used & ~again)[inside]
    fragments = _fragments(ways, junction, piece_way, at, (inside[mine], t0[mine], t1[mine]))

    set_aside = {"outside_area": float((metres - metres_inside).sum())}
    for why, inside_m in zip(reasons, metres_inside.tolist(), strict=True):
        if why and inside_m:
            set_aside[why] = set_aside.get(why, 0.0) + inside_m
    set_aside["duplicate"] = float(((t1 - t0) * length[inside])[again[inside]].sum())
    if not len(fragments.way):
        raise StreetError(_nothing_there(extract, area, set_aside))
    network = _network(fragments, ways, crs)
    account = StreetAccount(
        read_m=float(metres.sum()),
        used_m=network.length,
        set_aside={why: set_aside[why] for why in sorted(set_aside) if set_aside[why] > 0},
        dropped=dict(extract.dropped),
    )
    return network, account


@dataclass(frozen=True)
class _PlaneWays:
    """Placed pieces of highway ways in the plane, without repeated vertices; columns as in ``osm.Ways``."""

    xy: FloatArray
    refs: IntArray
    ptr: IntArray
    osmid: IntArray
    closed: BoolArray
    outline: BoolArray
    tags: list[Tags]

    def __len__(self) -> int:
        return len(self.osmid)


@dataclass(frozen=True)
class _Fragments:
    """Pieces of street between shared nodes and cuts: packed vertices, end nodes, row of their way."""

    xy: FloatArray
    ptr: IntArray
    u: IntArray
    v: IntArray
    way: IntArray


def _centre(extract: OsmExtract, area: StudyArea) -> tuple[float, float]:
    """Return the middle of the box that area and data have in common [°]."""
    low, high = np.array(area.polygon.bounds).reshape(2, 2)
    lonlat = extract.ways.lonlat
    lon, lat = (np.maximum(low, lonlat.min(axis=0)) + np.minimum(high, lonlat.max(axis=0))) / 2
    return float(lon), float(lat)


def _in_plane(extract: OsmExtract, crs: CRS) -> _PlaneWays:
    """Project the ways, in the direction of traffic, without vertices that repeat the place of the one before."""
    ways = extract.ways
    backwards = np.array([tags.get("oneway") in ("-1", "reverse") for tags in ways.tags], dtype=bool)
    way = np.repeat(np.arange(len(ways)), np.diff(ways.ptr))
    place = np.arange(len(way))
    turned = backwards[way]
    place[turned] = (ways.ptr[way] + ways.ptr[way + 1] - 1 - place)[turned]
    xy, refs = to_plane(ways.lonlat, crs)[place], ways.refs[place]
    if refs.min() < 0:  # nodes never uploaded; ids below zero mean cuts here
        refs = np.where(refs < 0, refs.max() - refs, refs)
    repeats = np.zeros(len(way), dtype=bool)
    repeats[1:] = (way[1:] == way[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    refs = _merged(refs, np.flatnonzero(repeats))
    count = np.bincount(way[~repeats], minlength=len(ways))
    long = count > 1
    kept = ~repeats & long[way]
    return _PlaneWays(
        xy=xy[kept],
        refs=refs[kept],
        ptr=np.concatenate([[0], np.cumsum(count[long])]).astype(np.int64),
        osmid=ways.osmid[long],
        closed=ways.closed[long],
        outline=ways.outline[long],
        tags=[tags for tags, stays in zip(ways.tags, long.tolist(), strict=True) if stays],
    )


def _merged(refs: IntArray, repeats: IntArray) -> IntArray:
    """Return the node ids with every node at a repeated place renamed to the one before, wherever it stands."""
    same: dict[int, int] = {}
    for at in repeats.tolist():
        dropped, kept = int(refs[at]), int(refs[at - 1])
        same.setdefault(dropped, same.get(kept, kept))
    old = np.array(sorted(same), dtype=np.int64)
    if not len(old):
        return refs
    new = np.array([same[ref] for ref in old.tolist()], dtype=np.int64)
    place = np.minimum(np.searchsorted(old, refs), len(old) - 1)
    return np.where(old[place] == refs, new[place], refs)


def _starts(ptr: IntArray) -> IntArray:
    """Return the vertices that begin a straight piece: all but the last of every line."""
    begins = np.ones(int(ptr[-1]), dtype=bool)
    begins[ptr[1:] - 1] = False
    return np.flatnonzero(begins)


def _junctions(ways: _PlaneWays, used: BoolArray, at: IntArray) -> BoolArray:
    """Tell which vertices are nodes of the network: ends of a way's piece, and nodes used pieces have in common."""
    of_street = np.zeros(len(ways.refs), dtype=bool)
    of_street[at[used]] = of_street[at[used] + 1] = True
    junction = np.zeros(len(ways.refs), dtype=bool)
    _, group, times = np.unique(ways.refs[of_street], return_inverse=True, return_counts=True)
    junction[of_street] = times[group] > 1
    junction[ways.ptr[:-1]] = junction[ways.ptr[1:] - 1] = True
    return junction


def _fragments(
    ways: _PlaneWays,
    junction: BoolArray,
    piece_way: IntArray,
    at: IntArray,
    stretches: tuple[IntArray, FloatArray, FloatArray],
) -> _Fragments:
    """Return stretches of straight pieces joined to fragments.

    A fragment is a run of stretches, each going on where the one before ended, within a way, not across a junction.
    """
    inside, t0, t1 = stretches
    start, end = at[inside], at[inside] + 1  # vertices at both ends of the straight piece
    goes_on = np.zeros(len(inside), dtype=bool)
    goes_on[1:] = (t1[:-1] == 1) & (t0[1:] == 0) & (end[:-1] == start[1:]) & ~junction[start[1:]]
    first, last = ~goes_on, np.append(~goes_on[1:], True)[: len(goes_on)]

    from_xy, to_xy = ways.xy[start], ways.xy[end]
    begin_xy = np.where((t0 == 0)[:, None], from_xy, from_xy + t0[:, None] * (to_xy - from_xy))
    end_xy = np.where((t1 == 1)[:, None], to_xy, from_xy + t1[:, None] * (to_xy - from_xy))
    # the vertices of a fragment: where its first stretch begins, then where every stretch ends
    count = np.diff(np.append(np.flatnonzero(first), len(first))) + 1
    ptr = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    xy = np.empty((int(ptr[-1]), 2))
    xy[ptr[:-1]] = begin_xy[first]
    xy[_starts(ptr) + 1] = end_xy

    begins_at_node, ends_at_node = ((t0 == 0) & junction[start])[first], ((t1 == 1) & junction[end])[last]
    cuts = np.zeros((len(ptr) - 1, 2), dtype=np.int64)
    at_cut = np.column_stack([~begins_at_node, ~ends_at_node])
    cuts[at_cut] = -1 - np.arange(int(at_cut.sum()))
    return _Fragments(
        xy=xy,
        ptr=ptr,
        u=np.where(begins_at_node, ways.refs[start[first]], cuts[:, 0]),
        v=np.where(ends_at_node, ways.refs[end[last]], cuts[:, 1]),
        way=piece_way[inside[first]],
    )


def _duplicates(edges: _Fragments) -> BoolArray:
    """Tell which edges repeat an earlier one, forwards or backwards."""
    again = np.zeros(len(edges.way), dtype=bool)
    if not len(again):
        return again
    # candidates first: as many vertices, and the same sum of their bits, which does not depend on the order
    xy = edges.xy + 0.0  # one zero, not two
    key = np.column_stack([np.diff(edges.ptr), np.add.reduceat(xy.view(np.int64), edges.ptr[:-1])])
    _, group, times = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    seen: set[bytes] = set()
    for i in np.flatnonzero(times[group.ravel()] > 1).tolist():
        line = xy[edges.ptr[i] : edges.ptr[i + 1]]
        drawn = min(line.tobytes(), line[::-1].tobytes())
        again[i] = drawn in seen
        seen.add(drawn)
    return again


def _network(fragments: _Fragments, ways: _PlaneWays, crs: CRS) -> StreetNetwork:
    tags = [ways.tags[way] for way in fragments.way.tolist()]
    edges: dict[str, Any] = {
        "u": fragments.u,
        "v": fragments.v,
        "osmid": ways.osmid[fragments.way],
        "highway": [tag["highway"] for tag in tags],
        "oneway": [is_oneway(tag) for tag in tags],
    }
    edges |= {key: [tag.get(key, "") for tag in tags] for key in _EDGE_TAGS}
    edges["name"] = [plain_text(name).strip() for name in edges["name"]]
    ids = np.concatenate([fragments.u, fragments.v])
    ends = np.concatenate([fragments.xy[fragments.ptr[:-1]], fragments.xy[fragments.ptr[1:] - 1]])
    ids, at = np.unique(ids, return_index=True)
    nodes = pd.DataFrame({"x": ends[at, 0], "y": ends[at, 1]}, index=pd.Index(ids, name="osmid"))
    return StreetNetwork(crs, fragments.xy, fragments.ptr, pd.DataFrame(edges), nodes)


def _nothing_there(extract: OsmExtract, area: StudyArea, set_aside: dict[str, float]) -> str:
    """Say what is there where no street is."""
    inside = {why: metres for why, metres in set_aside.items() if why != "outside_area" and metres > 0}
    ways = len(np.unique(extract.ways.osmid))
    if inside:
        most = sorted(inside, key=lambda why: -inside[why])[:3]
        there = ", ".join(f"{why} {inside[why]:.0f} m" for why in most)
        return (
            f"no street of the chosen classes in the study area ({area.source}); "
            f"set aside there: {there}; choose more classes"
        )
    west, south, east, north = area.polygon.bounds
    low, high = extract.ways.lonlat.min(axis=0), extract.ways.lonlat.max(axis=0)
    return (
        f"no street in the study area ({area.source}), lon {west:.4f}..{east:.4f} lat {south:.4f}..{north:.4f}; "
        f"the {ways} highway ways of the OSM file lie at lon {low[0]:.4f}..{high[0]:.4f} "
        f"lat {low[1]:.4f}..{high[1]:.4f}; give an area there"
    )
