"""A place or a box -> an OSM file, through osmnx and its cache.

osmnx asks Overpass once, for whole objects, and keeps the answer in its cache folder; that answer, and not a graph made
of it, is written as an OSM file. So ids, courtyards and topology are those of OpenStreetMap.
"""

import hashlib
import json
import logging
import math
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import osmium
import requests
import shapely
from osmium.osm.mutable import Node, Relation, Way
from shapely.geometry.base import BaseGeometry

from camgap.coverage.errors import DownloadError, OutputError, SettingsError
from camgap.coverage.inputs.area import Box, checked_bbox
from camgap.coverage.inputs.osm_pass import osm_format

MARGIN_M = 500.0  # around the study area: cameras and buildings just outside of it count as well
LARGEST_KM2 = 2000.0  # osmnx would divide a larger area into several queries
FEATURES: dict[str, bool | str | list[str]] = {
    "highway": True,  # streets of all kinds, street lamps, traffic signals
    "building": True,
    "man_made": ["surveillance", "utility_pole", "mast"],
    "surveillance": True,
    "power": "pole",
}
_SIGN_OF_LIFE_S = 10.0  # [s] to wait for one from the Overpass server
_METRES_PER_DEGREE = 111_320.0
_INSTEAD = "give --osm FILE instead"

logger = logging.getLogger(__name__)


def default_cache() -> Path:
    """Return the folder where downloads are kept if none is named: camgap in the user's cache folder."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "camgap"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "camgap"


def fetch(
    *, place: str | None = None, bbox: Box | None = None, out: Path | None = None, cache: Path | None = None
) -> Path:
    """Download a place or a box and return the OSM file it was written to.

    The file holds streets of all kinds, buildings, surveillance cameras, lamps and poles, to 500 m beyond the box; the
    bounds it declares are the box without that margin. For a place the box is that of its outline, and the outline is
    written beside the file, see :func:`outline_beside`. The same place or box is answered from the cache next time.
    Files appear whole or not at all.

    Parameters
    ----------
    place : str, optional
        As Nominatim understands it, e.g. "Monaco" or "Altstadt, München"; must be an area.
    bbox : (west, south, east, north), optional
        [°]; exactly one of place and bbox.
    out : Path, optional
        .osm, .osm.gz, .osm.bz2 or .osm.pbf (which alone keeps the data's date), replaced if it exists; in the cache if
        not given.
    cache : Path, optional
        Folder of downloads, made if it does not exist; :func:`default_cache` if not given.

    Raises
    ------
    SettingsError
        If not exactly one of place and bbox is given.
    AreaError
        If the box makes no sense.
    DownloadError
        Without a network, if a server does not answer, the place is not found, or no street is there.
    OutputError
        If a file cannot be written.
    """
    if (place is None) == (bbox is None):
        raise SettingsError("download: give a place or a bounding box, exactly one of them")
    cache = cache or default_cache()
    outline = _outline(place, cache) if place is not None else None
    box = checked_bbox(bbox if bbox is not None else shapely.bounds(outline).tolist())
    answers = cache / _key(box)
    out = out or cache / f"{answers.name}.osm.pbf"
    form = osm_format(out)
    answer = _overpass(box, answers)
    elements = answer.get("elements", [])
    if not any("highway" in element.get("tags", {}) for element in elements if element.get("type") == "way"):
        where = f"place {place!r}" if place is not None else "box {:g},{:g},{:g},{:g}".format(*box)
        raise DownloadError(f"{where}: OpenStreetMap has no street there; choose another place or box")
    with _whole(out) as partial:
        _write(elements, osmium.io.File(partial, form), box, answer.get("osm3s", {}).get("timestamp_osm_base", ""))
    if outline is not None:
        feature = {
            "type": "Feature",
            "properties": {"name": place},
            "geometry": json.loads(shapely.to_geojson(outline)),
        }
        with _whole(outline_beside(out)) as partial:
            partial.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return out


def outline_beside(out: Path) -> Path:
    """Return the name of the GeoJSON file with a downloaded place's outline: town.osm.pbf -> town.area.geojson."""
    stem = out.name.lower().split(".osm")[0].removesuffix(".pbf")
    return out.with_name(out.name[: len(stem)] + ".area.geojson")


def _key(box: Box) -> str:
    """Return a name for the query of a box, stable between runs."""
    text = json.dumps([[round(value, 6) for value in box], MARGIN_M, FEATURES])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def _osmnx(cache: Path) -> Iterator[Any]:
    """Lend osmnx, keeping its answers in `cache`; what it changes for itself is put back."""
    import osmnx  # takes a second: only who downloads should wait for it

    settings = osmnx.settings
    before = {name: getattr(settings, name) for name in ("use_cache", "cache_folder", "cache_only_mode")}
    resolver = socket.getaddrinfo  # osmnx pins the server's address here
    settings.use_cache, settings.cache_folder = True, cache
    try:
        yield osmnx
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolver


def _outline(place: str, cache: Path) -> BaseGeometry:
    """Return a place's outline in longitude and latitude."""
    with _osmnx(cache) as osmnx:
        try:
            found = osmnx.geocode_to_gdf(place)
        except requests.RequestException as error:
            raise DownloadError(
                f"place {place!r}: no network, or Nominatim did not answer ({_said(error)}); {_INSTEAD}"
            ) from error
        except json.JSONDecodeError as error:
            raise _damaged(cache) from error
        except TypeError as error:  # osmnx's word for a place that is a point or a line
            raise DownloadError(
                f"place {place!r}: OpenStreetMap knows no outline of it; give --bbox W,S,E,N instead"
            ) from error
        except (ValueError, KeyError) as error:
            raise DownloadError(
                f"place {place!r}: not found ({_said(error)}); write it as 'town, country' or give --bbox W,S,E,N"
            ) from error
    outline: BaseGeometry = found.geometry.iloc[0]
    return outline


def _overpass(box: Box, answers: Path) -> dict[str, Any]:
    """Return Overpass' answer for a box and its surroundings, from the folder `answers` if it is there."""
    west, south, east, north = box
    up = MARGIN_M / _METRES_PER_DEGREE
    aside = up / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.01)
    km2 = (east - west + 2 * aside) * (up / aside) * (north - south + 2 * up) * (_METRES_PER_DEGREE / 1000) ** 2
    if km2 > LARGEST_KM2:
        raise DownloadError(
            f"box {west:g},{south:g},{east:g},{north:g}: {km2:.0f} km² are too much for one download "
            f"(at most {LARGEST_KM2:.0f}); take an extract of the region and {_INSTEAD}"
        )
    with _osmnx(answers) as osmnx:
        if not any(answers.glob("*.json")):
            _expect_life(osmnx.settings)
        osmnx.settings.cache_only_mode = True  # keep the answer as it is, make nothing of it
        try:
            osmnx.features_from_polygon(shapely.box(west - aside, south - up, east + aside, north + up), FEATURES)
        except InterruptedError:
            pass  # osmnx's way of saying that the answer is in the cache
        except requests.RequestException as error:
            raise DownloadError(f"no network, or Overpass did not answer ({_said(error)}); {_INSTEAD}") from error
        except json.JSONDecodeError as error:
            raise _damaged(answers) from error
        except ValueError as error:
            raise DownloadError(
                f"Overpass did not answer as expected ({_said(error)}); try later or {_INSTEAD}"
            ) from error
        except OSError as error:
            raise OutputError(
                f"{answers}: the download cannot be kept there ({_said(error)}); name another cache"
            ) from error
    kept = sorted(answers.glob("*.json"))
    if len(kept) != 1:
        raise DownloadError(f"Overpass gave up on the query (busy, or the area is too large); try later or {_INSTEAD}")
    answer: dict[str, Any] = json.loads(kept[0].read_text(encoding="utf-8"))
    return answer


def _damaged(cache: Path) -> DownloadError:
    """Return the error for an answer that osmnx could not read again (one that it gets fresh it checks itself)."""
    return DownloadError(f"{cache}: an answer kept there is damaged; delete it and download again")


def _expect_life(settings: Any) -> None:
    """Fail at once where osmnx would wait minutes for a server that cannot be reached."""
    url = f"{settings.overpass_url.rstrip('/')}/status"
    try:
        requests.get(url, timeout=_SIGN_OF_LIFE_S, **settings.requests_kwargs)
    except requests.RequestException as error:
        raise DownloadError(f"no network, or Overpass did not answer ({_said(error)}); {_INSTEAD}") from error


def _write(elements: list[dict[str, Any]], file: osmium.io.File, box: Box, date: str) -> None:
    """Write Overpass' elements, each once, nodes before ways before relations, by id."""
    header = osmium.io.Header()
    header.set("generator", "camgap")
    if date:
        header.set("osmosis_replication_timestamp", date)
    west, south, east, north = box
    header.add_box(osmium.osm.Box(osmium.osm.Location(west, south), osmium.osm.Location(east, north)))
    unique = {(element["type"], element["id"]): element for element in elements}
    with osmium.SimpleWriter(file, header=header) as writer:
        for kind, number in sorted(unique):  # "node" < "relation" < "way": relations are written last, below
            element = unique[kind, number]
            if kind == "node":
                writer.add_node(
                    Node(id=number, location=(element["lon"], element["lat"]), tags=element.get("tags", {}))
                )
            elif kind == "way":
                writer.add_way(Way(id=number, nodes=element["nodes"], tags=element.get("tags", {})))
        for kind, number in sorted(unique):
            if kind == "relation":
                element = unique[kind, number]
                members = [(member["type"][0], member["ref"], member["role"]) for member in element["members"]]
                writer.add_relation(Relation(id=number, members=members, tags=element.get("tags", {})))


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a name to write to; it becomes `path` at the end, or vanishes if writing fails."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path}: cannot be written ({_said(error)}); choose another place for it") from error
    finally:
        if partial.exists():
            partial.unlink()


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
