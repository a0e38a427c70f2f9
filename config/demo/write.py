"""The town as files: OSM XML, and the names all files give themselves."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from shapely.geometry import Polygon

from camgap.config.demo.furniture import Thing, signals
from camgap.config.demo.geometry import Point, vertices
from camgap.config.demo.terrain import MAP, lonlat
from camgap.config.demo.town import Town

DATA_DATE = "2023-03-30T00:00:00Z"
NOTE = (
    "Jiwan (霁湾) is a fictional town. It was drawn by a script (camgap/config/demo/make_town.py), holds no "
    "OpenStreetMap data and no real place, person or camera, and is in the public domain (CC0 1.0)."
)
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
FIRST_NODE, FIRST_WAY, FIRST_RELATION = 1, 50001, 70001

Tags = Mapping[str, str]


class OsmFile:
    """Nodes, ways and relations with their ids, in the order they came."""

    def __init__(self, node_tags: Mapping[Point, Tags]) -> None:
        self.ids: dict[Point, int] = {}
        self.node_tags = {_rounded(p): dict(tags) for p, tags in node_tags.items()}
        self.things: dict[int, Tags] = {}
        self.ways: list[tuple[list[int], Tags]] = []
        self.relations: list[tuple[list[tuple[int, str]], Tags]] = []

    def node(self, point: Point) -> int:
        """Return the id of the node at a point; things at one place are one node."""
        return self.ids.setdefault(_rounded(point), FIRST_NODE + len(self.ids))

    def thing(self, thing: Thing) -> None:
        """Add a node with tags of its own."""
        self.things[self.node(thing.at)] = thing.tags

    def way(self, line: Sequence[Point], tags: Tags) -> int:
        """Add a way and return its id."""
        nodes = [self.node(p) for p in line]
        kept = [n for i, n in enumerate(nodes) if i == 0 or n != nodes[i - 1]]
        self.ways.append((kept, tags))
        return FIRST_WAY + len(self.ways) - 1

    def area(self, outline: Polygon, tags: Tags) -> None:
        """Add a closed way, or a multipolygon relation where the outline has holes."""
        if not outline.interiors:
            self.way(vertices(outline.exterior), tags)
            return
        members = [(self.way(vertices(outline.exterior), {}), "outer")]
        members += [(self.way(vertices(ring), {}), "inner") for ring in outline.interiors]
        self.relations.append((members, {"type": "multipolygon", **tags}))

    def text(self) -> Iterator[str]:
        """Yield the lines of the file."""
        west, south, east, north = MAP.bounds
        (min_lon, min_lat), (max_lon, max_lat) = lonlat((west, south)), lonlat((east, north))
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield (
            '<osm version="0.6" generator="camgap make_town" copyright="fictional; no OpenStreetMap data" '
            f'attribution="none needed" license="{LICENCE}">'
        )
        yield f"<note>{NOTE}</note>"
        yield f'<meta osm_base="{DATA_DATE}"/>'
        yield f'<bounds minlat="{min_lat:.7f}" minlon="{min_lon:.7f}" maxlat="{max_lat:.7f}" maxlon="{max_lon:.7f}"/>'
        for point, node in self.ids.items():
            lon, lat = lonlat(point)
            tags = {**self.node_tags.get(point, {}), **self.things.get(node, {})}
            yield from _element(f'node id="{node}" lat="{lat:.7f}" lon="{lon:.7f}"', [], tags)
        for i, (nodes, tags_) in enumerate(self.ways):
            yield from _element(f'way id="{FIRST_WAY + i}"', [f'<nd ref="{n}"/>' for n in nodes], tags_)
        for i, (members, tags_) in enumerate(self.relations):
            inner = [f'<member type="way" ref="{way}" role="{role}"/>' for way, role in members]
            yield from _element(f'relation id="{FIRST_RELATION + i}"', inner, tags_)
        yield "</osm>"


def _rounded(point: Point) -> Point:
    return (round(point[0], 2) + 0.0, round(point[1], 2) + 0.0)


def _element(head: str, inner: Sequence[str], tags: Tags) -> Iterator[str]:
    body = [*inner, *(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())]
    if not body:
        yield f"<{head}/>"
        return
    yield f"<{head}>"
    yield from body
    yield f"</{head.split(maxsplit=1)[0]}>"


def osm_text(town: Town, things: Sequence[Thing]) -> str:
    """Return the town as an OSM file."""
    osm = OsmFile(signals(town.streets))
    for street in town.streets:
        names = {"name": street.name, "name:en": street.name_en} if street.name else {}
        layer = {"layer": str(street.level)} if street.level else {}
        osm.way(street.line, {"highway": street.highway, **names, **street.tags, **layer})
    for area in town.areas:
        osm.area(area.outline, area.tags)
    for building in town.buildings:
        levels = {"building:levels": str(building.levels)} if building.levels else {}
        osm.area(building.outline, {"building": building.kind, **levels, **building.tags})
    for thing in things:
        osm.thing(thing)
    return "\n".join(osm.text()) + "\n"


def write(folder: Path, name: str, text: str) -> Path:
    """Write one file, the same bytes on every system."""
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
