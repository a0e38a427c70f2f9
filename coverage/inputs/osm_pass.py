"""The pass over OpenStreetMap files: what a study needs of their objects, as they come.

Nodes without tags never reach Python, ways get their coordinates from libosmium's location table. Only where ways refer
to nodes not met before them (hard-cropped files, ways before nodes, negative ids, several files) nodes are read again.
"""

import bz2
import gzip
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import osmium

from camgap.coverage.errors import InputError
from camgap.coverage.inputs.sensitive import USE_KEYS, place_kind

Tags = dict[str, str]
Progress = Callable[[int, int], None]

STREET_KEYS = (
    "highway", "name", "ref", "oneway", "junction", "lit", "lanes", "width", "maxspeed", "surface", "layer", "bridge",
    "tunnel", "covered", "indoor", "location", "area", "access", "foot", "bicycle", "vehicle", "motor_vehicle", "bus",
    "psv", "service",
)  # fmt: skip
BUILDING_KEYS = (
    "building", "name", "height", "building:height", "building:levels", "roof:levels", "layer", "location",
    "building:use", *USE_KEYS,
)  # fmt: skip
SCREEN_KEYS = ("barrier", "natural", "height", "layer", "location", "area")
POLES = (  # a node with several of them counts as the first
    ("highway", "street_lamp"), ("highway", "traffic_signals"),
    ("power", "pole"), ("man_made", "utility_pole"), ("man_made", "mast"),
)  # fmt: skip
_NOT_A_FEATURE = {"type", "source", "created_by", "note", "fixme"}  # no other key: the multipolygon's outer way tells
_FORMATS = re.compile(r"\.(?P<xml>osm\.xml|osm|xml)(?P<packed>\.gz|\.bz2)?$|\.pbf$", re.IGNORECASE)
SUFFIXES = ".osm, .osm.gz, .osm.bz2 or .osm.pbf"
_PROGRESS_EVERY = 50_000


@dataclass
class Relation:
    """A multipolygon that may be a building or the area of a street."""

    version: int
    tags: Tags
    members: list[tuple[int, str]]  # way id, role


@dataclass
class Found:
    """What the pass over the files collects; a row is a way."""

    ids: list[int] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    lines: list[bytes] = field(
        default_factory=list
    )  # longitude, latitude as float64 pairs, NaN where the node is missing
    refs: list["array[int] | None"] = field(default_factory=list)  # kept for streets and for ways with missing nodes
    tags: list[Tags | None] = field(
        default_factory=list
    )  # None: no street, building or screen, perhaps part of an outline
    torn: set[int] = field(default_factory=set)  # rows with missing nodes
    relations: dict[int, Relation] = field(default_factory=dict)
    cameras: dict[int, tuple[float, float, Tags]] = field(default_factory=dict)
    poles: dict[int, tuple[str, float, float]] = field(default_factory=dict)
    places: dict[int, tuple[float, float, str, str]] = field(default_factory=dict)  # node: lon, lat, kind, name
    place_rows: dict[int, tuple[str, str]] = field(default_factory=dict)  # row of a way that outlines a place
    place_relations: dict[int, tuple[int, str, str, list[int]]] = field(
        default_factory=dict
    )  # version, kind, name, ways
    bounds: list[tuple[float, float, float, float] | None] = field(default_factory=list)
    dates: list[datetime | None] = field(default_factory=list)
    objects: int = 0


def osm_format(path: Path) -> str:
    """Return libosmium's name for the format a file has by its suffix; InputError if it is none of OpenStreetMap's."""
    match = _FORMATS.search(path.name)
    if match is None:
        raise InputError(f"{path}: not an OpenStreetMap file by its name; expected {SUFFIXES}")
    return "xml" + (match["packed"] or "").lower() if match["xml"] else "pbf"


def _open(path: Path) -> osmium.io.File:
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_dir():
        raise InputError(f"{path}: a folder, not a file; give the {SUFFIXES} file in it")
    form = osm_format(path)
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; export or download it again")
    return osmium.io.File(path, form)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what libosmium raises into an InputError."""
    try:
        yield
    except (
        RuntimeError,
        OSError,
        ValueError,
        osmium.InvalidLocationError,
    ) as error:  # ids that are no numbers: ValueError
        said = " ".join(str(error).split())
        raise InputError(
            f"{path}: damaged, cut off, or not an OpenStreetMap file ({said}); export or download it again"
        ) from error


def collect(path: Path, found: Found, progress: Progress | None) -> None:
    """Collect one file's ways, multipolygons, cameras and poles."""
    file = _open(path)
    with _reading(path):
        header = osmium.io.Reader(file, osmium.osm.NOTHING).header()
        box = header.box()
        corners = (
            (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat) if box.valid() else None
        )
        found.bounds.append(corners)
        tagged_nodes = osmium.filter.EmptyTagFilter()
        tagged_nodes.enable_for(osmium.osm.NODE)
        newest = None
        items = osmium.FileProcessor(file).with_locations().with_filter(tagged_nodes)
        for item in cast("Iterator[osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation]", items):
            found.objects += 1
            if progress is not None and not found.objects % _PROGRESS_EVERY:
                progress(found.objects, 0)
            if not item.visible:
                continue
            if isinstance(item, osmium.osm.Way):
                _take_way(item, found)
            elif isinstance(item, osmium.osm.Node):
                _take_node(item, found)
            else:
                _take_relation(item, found)
            stamp = item.timestamp
            if newest is None or stamp > newest:
                newest = stamp
    found.dates.append(_replication_date(path, header) or (newest if newest and newest.year > 1970 else None))


_line = osmium.geom.WKBFactory().create_linestring
_WKB_HEAD = 18  # hexadecimal digits before the first coordinate


def _take_way(way: osmium.osm.Way, found: Found) -> None:
    nodes = way.nodes
    get = way.tags.get
    tags = None
    refs = None
    if get("highway") is not None:
        tags = {key: value for key in STREET_KEYS if (value := get(key)) is not None}
        refs = array("q", [node.ref for node in nodes])
    if get("building") is not None:
        tags = (tags or {}) | {key: value for key in BUILDING_KEYS if (value := get(key)) is not None}
    if tags is None and (get("barrier") is not None or get("natural") == "tree_row"):
        tags = {key: value for key in SCREEN_KEYS if (value := get(key)) is not None}
    try:
        line = bytes.fromhex(_line(nodes, osmium.geom.ALL)[_WKB_HEAD:]) if len(nodes) > 1 else b""
    except osmium.InvalidLocationError:
        refs = refs or array("q", [node.ref for node in nodes])
        nowhere = (np.nan, np.nan)
        placed = [(node.lon, node.lat) if node.location.valid() else nowhere for node in nodes]
        line = np.array(placed, dtype=np.float64).tobytes()
        found.torn.add(len(found.ids))
    if (place := place_kind(get)) is not None:
        found.place_rows[len(found.ids)] = (place, get("name") or "")
    found.ids.append(way.id)
    found.versions.append(way.version)
    found.lines.append(line)
    found.refs.append(refs)
    found.tags.append(tags)


def _take_node(node: osmium.osm.Node, found: Found) -> None:
    get = node.tags.get
    is_camera = get("man_made") == "surveillance" or get("surveillance") is not None
    kinds = [kind for key, kind in POLES if get(key) == kind]
    place = place_kind(get)
    if not (is_camera or kinds or place) or not node.location.valid():
        return
    lon, lat = node.location.lon, node.location.lat
    if place:
        found.places[node.id] = (lon, lat, place, get("name") or "")
    if is_camera:
        found.cameras[node.id] = (lon, lat, dict(node.tags))
    if kinds:
        found.poles[node.id] = (kinds[0], lon, lat)


def _take_relation(relation: osmium.osm.Relation, found: Found) -> None:
    tags = relation.tags
    if tags.get("type") != "multipolygon":
        return
    if (place := place_kind(tags.get)) is not None:
        known = found.place_relations.get(relation.id)
        if known is None or known[0] <= relation.version:
            ways = [member.ref for member in relation.members if member.type == "w"]
            found.place_relations[relation.id] = (relation.version, place, tags.get("name") or "", ways)
    if "building" not in tags and "highway" not in tags and any(key not in _NOT_A_FEATURE for key, _ in tags):
        return
    before = found.relations.get(relation.id)
    if before is None or before.version <= relation.version:
        members = [(member.ref, member.role) for member in relation.members if member.type == "w"]
        found.relations[relation.id] = Relation(relation.version, dict(tags), members)


def _replication_date(path: Path, header: osmium.io.Header) -> datetime | None:
    """Return the time up to which the data hold all edits, from the file's header."""
    stamp = header.get("osmosis_replication_timestamp")
    if not stamp and not path.name.lower().endswith(".pbf"):  # Overpass writes it into an element libosmium passes over
        opened = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix.lower(), open)
        try:
            with cast("BinaryIO", opened(path, "rb")) as text:  # type: ignore[operator]
                match = re.search(rb'<meta [^>]*osm_base="([^"]+)"', text.read(2000))
        except OSError:  # plain text under the name of a packed file: libosmium reads it all the same
            return None
        stamp = match[1].decode("utf-8", "replace") if match else ""
    try:
        date = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def place_late_nodes(paths: Sequence[Path], found: Found, row_of: dict[int, int]) -> None:
    """Look again for nodes that were not known when their way was read, and place them."""
    members = {row_of.get(way) for relation in found.relations.values() for way, _ in relation.members}
    members |= {row_of.get(way) for *_, ways in found.place_relations.values() for way in ways} | set(found.place_rows)
    torn = [row for row in sorted(found.torn) if found.tags[row] is not None or row in members]
    lines = {row: np.frombuffer(found.lines[row]).reshape(-1, 2).copy() for row in torn}
    missing = {
        ref: (np.nan, np.nan)
        for row, line in lines.items()
        for ref in np.asarray(found.refs[row])[np.isnan(line[:, 0])].tolist()
    }
    if not missing:
        return
    for path in paths:
        with _reading(path):
            for node in cast("Iterator[osmium.osm.Node]", osmium.FileProcessor(_open(path), osmium.osm.NODE)):
                if node.id in missing and node.visible and node.location.valid():
                    missing[node.id] = (node.lon, node.lat)
    for row, line in lines.items():
        gaps = np.isnan(line[:, 0])
        line[gaps] = [missing[ref] for ref in np.asarray(found.refs[row])[gaps].tolist()]
        found.lines[row] = line.tobytes()
        if not np.isnan(line).any():
            found.torn.discard(row)
