"""OpenStreetMap files (.osm, .osm.gz, .osm.bz2, .osm.pbf) -> what a study needs of them, in longitude and latitude.

Outlines of buildings are assembled here and not by libosmium, whose assembler refuses files that are not sorted by id.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from camgap.coverage.errors import InputError, StreetError
from camgap.coverage.inputs.osm_pass import SUFFIXES, Found, Progress, Tags, collect, place_late_nodes
from camgap.coverage.inputs.osm_places import places_of
from camgap.coverage.polygons import assemble

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ways:
    """Placed pieces of all ways with a `highway` tag, packed.

    A way is one piece, unless nodes of it are not in the file: then every run of two or more placed nodes is a piece.

    Parameters
    ----------
    lonlat : float64 array, shape (n, 2)
        WGS 84 longitude, latitude [°] of the pieces' vertices, back to back.
    refs : int64 array, shape (n,)
        OSM node id of every vertex.
    ptr : int64 array, shape (w + 1,)
        Piece i has the vertices ``ptr[i]:ptr[i + 1]``, at least two.
    osmid : int64 array, shape (w,)
        Ascending.
    whole : bool array, shape (w,)
        The way lost no node.
    closed : bool array, shape (w,)
        The way, as the file lists it, ends where it begins.
    outline : bool array, shape (w,)
        The way is part of the outline of a multipolygon with the same `highway` value.
    tags : list of dict, w entries
        The keys of ``osm_pass.STREET_KEYS`` that are there; pieces of one way share one dict.
    """

    lonlat: FloatArray
    refs: IntArray
    ptr: IntArray
    osmid: IntArray
    whole: BoolArray
    closed: BoolArray
    outline: BoolArray
    tags: list[Tags]

    def __len__(self) -> int:
        return len(self.osmid)


@dataclass(frozen=True)
class Outlines:
    """Building outlines; relations have negative ids.

    Parameters
    ----------
    polygons : object array of shapely Polygon or MultiPolygon, shape (b,)
        WGS 84 longitude, latitude [°]; courtyards are holes; not checked for crossing outlines.
    ids : int64 array, shape (b,)
        Ascending.
    tags : list of dict, b entries
        At least the keys of ``osm_pass.BUILDING_KEYS`` that are there, of the relation or (old style) its outer way.
    broken : dict
        Reason -> number of buildings without a polygon: "incomplete_outline" (nodes or members are not in the file),
        "open_outline" (the outline does not close).
    """

    polygons: npt.NDArray[np.object_]
    ids: IntArray
    tags: list[Tags]
    broken: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Lines:
    """Ways that may stand in the way of sight, with a `barrier` tag or natural=tree_row, neither street nor building.

    Parameters
    ----------
    lonlat : tuple of float64 arrays, shape (n, 2) each
        WGS 84 longitude, latitude [°] of each way's vertices; NaN where a node is not in the file.
    tags : list of dict
        The keys of ``osm_pass.SCREEN_KEYS`` that are there.
    """

    lonlat: tuple[FloatArray, ...] = ()
    tags: list[Tags] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tags)


@dataclass(frozen=True)
class OsmExtract:
    """What a study needs of one or several OSM files, in WGS 84 longitude and latitude [°].

    Parameters
    ----------
    ways : Ways
        All ways with a `highway` tag, whatever its value.
    buildings : Outlines
        All ways and multipolygon relations with a `building` tag, whatever its value.
    cameras : DataFrame
        Nodes with man_made=surveillance or a `surveillance` tag, by id: ``id``, ``lon``, ``lat``, ``tags`` (dict).
    poles : DataFrame
        Nodes a camera could be mounted at, by id: ``id``, ``kind`` (street_lamp, traffic_signals, pole, utility_pole,
        mast), ``lon``, ``lat``. Signals are mostly mapped on the street axis, not at the pole.
    bounds : (west, south, east, north) or None
        Bounds the files declare; of several files the box around all, None if one of them declares none.
    date : datetime or None
        Age of the data: the files' replication time, else their newest object; of several files the oldest.
    dropped : dict
        What could not be placed -> how many: "node_references" (of highway ways, to nodes not in the file),
        "ways_shortened" (highway ways that lost some nodes), "ways_lost" (with under two consecutive placed nodes).
    places : DataFrame
        Sensitive places (:func:`~camgap.coverage.inputs.osm_places.places_of`).
    screens : Lines
        Free-standing walls, fences, hedges, rows of trees; by id.
    """

    ways: Ways
    buildings: Outlines
    cameras: pd.DataFrame
    poles: pd.DataFrame
    bounds: tuple[float, float, float, float] | None = None
    date: datetime | None = None
    dropped: dict[str, int] = field(default_factory=dict)
    places: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["id", "kind", "name", "geometry"]))
    screens: Lines = field(default_factory=Lines)


def read_osm(paths: Sequence[Path], progress: Progress | None = None) -> OsmExtract:
    """Read OpenStreetMap files; what stands in several of them counts once, in its newest version.

    Parameters
    ----------
    paths : sequence of Path
        .osm, .osm.gz, .osm.bz2 or .osm.pbf; sorted or not, cropped or not.
    progress : callable, optional
        Called with the number of objects read and 0 (how many there will be is not known).

    Raises
    ------
    InputError
        If a file is missing, empty, truncated or no OSM file.
    StreetError
        If no way has a `highway` tag.
    """
    if not paths:
        raise InputError(f"no OSM file given; name one or more {SUFFIXES} files")
    found = Found()
    for path in paths:
        collect(path, found, progress)
    rows = _newest(found)
    row_of = {found.ids[row]: row for row in rows}
    place_late_nodes(paths, found, row_of)
    parts = _assemble_relations(found, row_of)
    streets = [row for row in rows if "highway" in _tags(found, row)]
    ways, dropped = _pack_ways(found, streets, parts.street_areas)
    if not len(ways):
        what = f"the nodes of all {len(streets)} highway ways are missing" if streets else "no way with a highway tag"
        names = ", ".join(str(path) for path in paths)
        raise StreetError(f"{names}: {what}; give an extract that holds streets")
    screens = [row for row in rows if _tags(found, row).keys() & {"barrier", "natural"}]
    houses = [row for row in rows if row not in parts.swallowed and "building" in _tags(found, row)]
    return OsmExtract(
        ways=ways,
        buildings=_outlines(found, houses, parts),
        cameras=pd.DataFrame(
            [(k, *found.cameras[k]) for k in sorted(found.cameras)], columns=["id", "lon", "lat", "tags"]
        ).astype({"id": np.int64, "lon": float, "lat": float}),
        poles=pd.DataFrame(
            [(k, *found.poles[k]) for k in sorted(found.poles)], columns=["id", "kind", "lon", "lat"]
        ).astype({"id": np.int64, "lon": float, "lat": float}),
        bounds=_around(found.bounds),
        date=None if None in found.dates else min(date for date in found.dates if date is not None),
        dropped=dropped,
        places=places_of(found, rows, row_of),
        screens=Lines(tuple(_coordinates(found, row) for row in screens), [_tags(found, row) for row in screens]),
    )


def _around(boxes: list[tuple[float, float, float, float] | None]) -> tuple[float, float, float, float] | None:
    known = [box for box in boxes if box is not None]
    if len(known) < len(boxes):
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


def _newest(found: Found) -> list[int]:
    """Return the rows to use, by way id: of a way met several times the newest version, read last."""
    ids = np.array(found.ids, dtype=np.int64)
    order = np.lexsort((np.arange(len(ids)), np.array(found.versions, dtype=np.int64), ids))
    last = np.ones(len(ids), dtype=bool)
    last[:-1] = ids[order][1:] != ids[order][:-1]
    return order[last].tolist()


@dataclass
class _Parts:
    """What multipolygon relations make of ways."""

    street_areas: set[int] = field(default_factory=set)  # rows of highway ways that outline an area of their class
    swallowed: set[int] = field(default_factory=set)  # rows of ways that are the outer outline of a building relation
    buildings: dict[int, tuple[BaseGeometry, Tags]] = field(default_factory=dict)  # id of the relation, negative
    broken: list[str] = field(default_factory=list)  # reasons why a building relation has no polygon


def _assemble_relations(found: Found, row_of: dict[int, int]) -> _Parts:
    parts = _Parts()
    for number, relation in sorted(found.relations.items()):
        rows = [row_of.get(way) for way, _ in relation.members]
        present = [(row, role) for row, (_, role) in zip(rows, relation.members, strict=True) if row is not None]
        outer = [row for row, role in present if role != "inner"]
        building, highway = relation.tags.get("building"), relation.tags.get("highway")
        old_style = building is None and highway is None  # then the outer ways have the tags
        for row in outer if old_style else [row for row, _ in present]:
            own = _tags(found, row).get("highway")
            if own is not None and (old_style or own == highway):
                parts.street_areas.add(row)
        tagged_outer = [row for row in outer if "building" in _tags(found, row)]
        if building is not None:
            tags = relation.tags
        elif old_style and tagged_outer:
            tags = _tags(found, tagged_outer[0])
        else:
            continue
        whole = bool(rows) and all(row is not None and row not in found.torn and found.lines[row] for row in rows)
        polygon = assemble([_coordinates(found, row) for row, _ in present]) if whole else None
        if polygon is not None:
            parts.buildings[-number] = (polygon, tags)
            parts.swallowed.update(tagged_outer)
        elif not tagged_outer:  # otherwise the outer way counts by itself, without its courtyards
            parts.broken.append("open_outline" if whole else "incomplete_outline")
    return parts


def _tags(found: Found, row: int) -> Tags:
    return found.tags[row] or {}


def _coordinates(found: Found, row: int) -> FloatArray:
    return np.frombuffer(found.lines[row]).reshape(-1, 2)


def _pack_ways(found: Found, rows: list[int], street_areas: set[int]) -> tuple[Ways, dict[str, int]]:
    """Return the placed pieces of the highway ways in `rows`, and what was dropped of them."""
    lonlat = np.frombuffer(b"".join(found.lines[row] for row in rows)).reshape(-1, 2)
    count = np.array([len(found.lines[row]) // 16 for row in rows], dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    refs = np.concatenate([nothing, *(np.asarray(found.refs[row], dtype=np.int64) for row in rows if found.lines[row])])
    way = np.repeat(np.arange(len(rows)), count)
    placed = ~np.isnan(lonlat[:, 0])
    goes_on = np.zeros(len(way), dtype=bool)  # from the vertex before
    goes_on[1:] = placed[1:] & placed[:-1] & (way[1:] == way[:-1])
    run = np.cumsum(~goes_on) - 1
    kept = (placed & (np.bincount(run)[run] > 1)) if len(run) else placed
    first = kept & ~goes_on
    piece_way = way[first]
    ends = [(found.refs[row] or [0, 1]) for row in rows]
    closed = np.array([len(ref) > 2 and ref[0] == ref[-1] for ref in ends], dtype=bool)
    torn = np.array([row in found.torn for row in rows], dtype=bool)
    outline = np.array([row in street_areas for row in rows], dtype=bool)
    osmid = np.array([found.ids[row] for row in rows], dtype=np.int64)
    ways = Ways(
        lonlat=lonlat[kept],
        refs=refs[kept],
        ptr=np.append(np.flatnonzero(first[kept]), kept.sum()).astype(np.int64),
        osmid=osmid[piece_way],
        whole=~torn[piece_way],
        closed=closed[piece_way],
        outline=outline[piece_way],
        tags=[_tags(found, rows[w]) for w in piece_way.tolist()],
    )
    survived = np.isin(np.arange(len(rows)), piece_way)
    dropped = {
        "node_references": int((~placed).sum()),
        "ways_shortened": int((torn & survived).sum()),
        "ways_lost": int((~survived).sum()),
    }
    return ways, {what: n for what, n in dropped.items() if n}


def _outlines(found: Found, rows: list[int], parts: _Parts) -> Outlines:
    """Return the buildings of the ways in `rows` and of the relations, by id."""
    reasons = list(parts.broken)
    whole = []
    for row in rows:
        line = found.lines[row]
        if row in found.torn:
            reasons.append("incomplete_outline")
        elif len(line) < 4 * 16 or line[:16] != line[-16:]:
            reasons.append("open_outline")
        else:
            whole.append(row)
    coordinates = np.frombuffer(b"".join(found.lines[row] for row in whole)).reshape(-1, 2)
    of = np.repeat(np.arange(len(whole)), np.array([len(found.lines[row]) // 16 for row in whole], dtype=np.int64))
    polygons = np.empty(len(whole) + len(parts.buildings), dtype=object)
    polygons[: len(whole)] = shapely.polygons(shapely.linearrings(coordinates, indices=of))
    polygons[len(whole) :] = [polygon for polygon, _ in parts.buildings.values()]
    ids = np.array([found.ids[row] for row in whole] + list(parts.buildings), dtype=np.int64)
    tags = [_tags(found, row) for row in whole] + [tags for _, tags in parts.buildings.values()]
    order = np.argsort(ids, kind="stable")
    return Outlines(
        polygons[order], ids[order], [tags[i] for i in order.tolist()], dict(sorted(Counter(reasons).items()))
    )
