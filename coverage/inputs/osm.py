"""OpenStreetMap files (.osm, .osm.gz, .osm.bz2, .osm.pbf) -> what a study needs of them, in longitude and latitude.

Outlines of buildings are assembled here and not by libosmium, whose assembler refuses files that are not sorted by id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.errors import InputError, StreetError
from camgap.coverage.inputs.osm_pass import SUFFIXES, Found, Progress, Relation, Tags, collect, place_late_nodes
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
    """

    ways: Ways
    buildings: Outlines
    cameras: pd.DataFrame
    poles: pd.DataFrame
    bounds: tuple[float, float, float, float] | None = None
    date: datetime | None = None
    dropped: dict[str, int] = field(default_factory=dict)


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
    row_of = {found.ids[row]: row for row in rows.tolist()}
    relations = [relation for _, relation in sorted(found.relations.items())]
    place_late_nodes(paths, found, row_of, relations)

    outlines, swallowed, buildings = _assemble_relations(found, row_of, relations)
    streets = [row for row in rows.tolist() if "highway" in (found.tags[row] or ())]
    if not streets:
        names = ", ".join(str(path) for path in paths)
        raise StreetError(f"{names}: no way with a highway tag; give an extract that holds streets")
    ways, dropped = _pack_ways(found, streets, outlines)
    closed = [row for row in rows.tolist() if row not in swallowed and "building" in (found.tags[row] or ())]
    return OsmExtract(
        ways=ways,
        buildings=_close_buildings(found, closed, buildings),
        cameras=pd.DataFrame(
            [(k, *found.cameras[k]) for k in sorted(found.cameras)], columns=["id", "lon", "lat", "tags"]
        ).astype({"id": np.int64, "lon": float, "lat": float}),
        poles=pd.DataFrame(
            [(k, *found.poles[k]) for k in sorted(found.poles)], columns=["id", "kind", "lon", "lat"]
        ).astype({"id": np.int64, "lon": float, "lat": float}),
        bounds=_around(found.bounds),
        date=None if None in found.dates else min(date for date in found.dates if date is not None),
        dropped=dropped,
    )


def _around(boxes: list[tuple[float, float, float, float] | None]) -> tuple[float, float, float, float] | None:
    known = [box for box in boxes if box is not None]
    if len(known) < len(boxes):
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


def _newest(found: Found) -> IntArray:
    """Return the rows to use, by way id: of a way met several times the newest version, read last."""
    ids = np.array(found.ids, dtype=np.int64)
    order = np.lexsort((np.arange(len(ids)), np.array(found.versions, dtype=np.int64), ids))
    last = np.ones(len(ids), dtype=bool)
    last[:-1] = ids[order][1:] != ids[order][:-1]
    return order[last]


def _assemble_relations(
    found: Found, row_of: dict[int, int], relations: list[Relation]
) -> tuple[set[int], set[int], dict[int, tuple[Any, Tags] | str]]:
    """Return the rows that outline an area street, the rows that are part of a building relation, and these buildings.

    A building is its polygon and tags, or the reason why it has none.
    """
    outlines: set[int] = set()
    swallowed: set[int] = set()
    buildings: dict[int, tuple[Any, Tags] | str] = {}
    ids = {id(relation): number for number, relation in found.relations.items()}
    for relation in relations:
        rows = [(row_of.get(way), role) for way, role in relation.members]
        outer = [row for row, role in rows if row is not None and role != "inner"]
        old_style = "building" not in relation.tags and "highway" not in relation.tags
        highway = relation.tags.get("highway")
        for row, _ in rows:
            own = None if row is None else (found.tags[row] or {}).get("highway")
            if row is not None and own is not None and (own == highway or (old_style and row in outer)):
                outlines.add(row)
        tags = relation.tags
        if old_style:
            tags = next((found.tags[row] or {} for row in outer if "building" in (found.tags[row] or {})), {})
        if "building" not in tags:
            continue
        tagged_outer = {row for row in outer if "building" in (found.tags[row] or {})}
        whole = all(row is not None and row not in found.torn and found.lines[row] for row, _ in rows) and rows
        polygon = assemble([_coordinates(found, row) for row, _ in rows if row is not None]) if whole else None
        if polygon is not None:
            swallowed |= tagged_outer
        elif old_style and tagged_outer:
            continue  # the outer way counts by itself, without its courtyards
        buildings[-ids[id(relation)]] = (
            (polygon, tags) if polygon is not None else "open_outline" if whole else "incomplete_outline"
        )
    return outlines, swallowed, buildings


def _coordinates(found: Found, row: int) -> FloatArray:
    return np.frombuffer(found.lines[row]).reshape(-1, 2)


def _pack_ways(found: Found, rows: list[int], outlines: set[int]) -> tuple[Ways, dict[str, int]]:
    """Return the placed pieces of the highway ways in `rows`, and what was dropped of them."""
    lonlat = np.frombuffer(b"".join(found.lines[row] for row in rows)).reshape(-1, 2)
    count = np.array([len(found.lines[row]) // 16 for row in rows])
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
    outline = np.array([row in outlines for row in rows], dtype=bool)
    osmid = np.array([found.ids[row] for row in rows], dtype=np.int64)
    ways = Ways(
        lonlat=lonlat[kept],
        refs=refs[kept],
        ptr=np.append(np.flatnonzero(first[kept]), kept.sum()).astype(np.int64),
        osmid=osmid[piece_way],
        whole=~torn[piece_way],
        closed=closed[piece_way],
        outline=outline[piece_way],
        tags=[found.tags[rows[w]] or {} for w in piece_way.tolist()],
    )
    survived = np.isin(np.arange(len(rows)), piece_way)
    dropped = {
        "node_references": int((~placed).sum()),
        "ways_shortened": int((torn & survived).sum()),
        "ways_lost": int((~survived).sum()),
    }
    return ways, {what: n for what, n in dropped.items() if n}


def _close_buildings(found: Found, rows: list[int], relations: dict[int, tuple[Any, Tags] | str]) -> Outlines:
    """Return the buildings of the ways in `rows` and of the relations, by id."""
    broken: dict[str, int] = {}
    whole = []
    for row in rows:
        line = found.lines[row]
        closes = len(line) >= 64 and line[:16] == line[-16:]
        reason = "incomplete_outline" if row in found.torn else "" if closes else "open_outline"
        if reason:
            broken[reason] = broken.get(reason, 0) + 1
        else:
            whole.append(row)
    for relation in relations.values():
        if isinstance(relation, str):
            broken[relation] = broken.get(relation, 0) + 1
    coordinates = np.frombuffer(b"".join(found.lines[row] for row in whole)).reshape(-1, 2)
    of = np.repeat(np.arange(len(whole)), [len(found.lines[row]) // 16 for row in whole])
    made = [(number, *relation) for number, relation in relations.items() if not isinstance(relation, str)]
    polygons = np.empty(len(whole) + len(made), dtype=object)
    polygons[: len(whole)] = shapely.polygons(shapely.linearrings(coordinates, indices=of))
    polygons[len(whole) :] = [polygon for _, polygon, _ in made]
    ids = np.array([found.ids[row] for row in whole] + [number for number, _, _ in made], dtype=np.int64)
    tags = [found.tags[row] or {} for row in whole] + [relation_tags for _, _, relation_tags in made]
    order = np.argsort(ids, kind="stable")
    return Outlines(polygons[order], ids[order], [tags[i] for i in order.tolist()], dict(sorted(broken.items())))
