"""JSON -> rows: GeoJSON, OpenStreetMap elements as Overpass gives them, GA/T 1400 APE objects, lists of objects."""

import json
from typing import Any

from camgap.coverage.errors import CameraError, SettingsError
from camgap.coverage.inputs.datum import coordinate_system
from camgap.coverage.inputs.limits import MOST_DEPTH, check_rows
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import (
    FEATURE_ID,
    OSM_ID,
    Row,
    Sheet,
    columns_of,
    flatten,
    plain_text,
    without_private,
)

Point = tuple[str, str]
_WRAPPERS = (
    "APEListObject",
    "APEObjectList",
    "APEList",
    "APEObject",
    "data",
    "result",
    "records",
    "rows",
    "cameras",
    "items",
)


def json_sheet(text: str, source: str) -> Sheet:
    """Return the rows of a JSON text.

    Raises
    ------
    CameraError
        If it is broken or JSON of another kind.
    """
    content = parse_json(text, source)
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        return _feature_sheet(content.get("features"), source, _declared(content, source))
    if isinstance(content, dict) and content.get("type") == "Feature":
        return _feature_sheet([content], source, "")
    elements = content.get("elements") if isinstance(content, dict) else content
    if isinstance(elements, list) and all(
        isinstance(e, dict) and e.get("type") in ("node", "way", "relation") for e in elements
    ):
        return _element_sheet(elements, source)
    objects = _objects(content)
    if objects is not None:
        return object_sheet(objects, source)
    raise CameraError(
        f"{source}: this JSON is no GeoJSON FeatureCollection, no list of OpenStreetMap elements and no list of "
        "objects; export GeoJSON or CSV"
    )


def parse_json(text: str, source: str) -> Any:
    """Return the content of a JSON text; CameraError if it is broken or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise CameraError(f"{source}: the JSON is nested too deeply to be a list of places") from None
    except ValueError as error:
        raise CameraError(f"{source}: broken JSON: {error}") from None


def object_sheet(objects: list[dict[str, Any]], source: str) -> Sheet:
    """Return flat or nested objects as rows; those of GA/T 1400 are known by their ApeID."""
    check_rows(len(objects), source)
    cells = [flatten(item) for item in objects]
    ape = any("apeid" in (name.casefold() for name in row) for row in cells)
    rows = tuple(
        Row(number, without_private(row), fault=None if any(row.values()) else ("empty_row", ""))
        for number, row in enumerate(cells, start=1)
    )
    form = "GA/T 1400 APE (JSON)" if ape else "JSON objects"
    return Sheet(source, form, "item", columns_of(cells), rows, dialect="gat1400" if ape else "")


def _objects(content: Any, depth: int = 0) -> list[dict[str, Any]] | None:
    """Return the list of objects a JSON document holds, bare or under one of the usual names."""
    if isinstance(content, list):
        return content if content and all(isinstance(item, dict) for item in content) else None
    if not isinstance(content, dict) or depth > MOST_DEPTH:
        return None
    names = {str(key).casefold(): key for key in content}
    for wrapper in _WRAPPERS:
        inner = content.get(names.get(wrapper.casefold()))
        if isinstance(inner, dict | list):
            return _objects(inner, depth + 1)
    return [content] if "apeid" in names else None


def _declared(content: dict[str, Any], source: str) -> str:
    """Return what the crs member of GeoJSON's first edition says, "" for WGS 84 without saying so."""
    crs = content.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if name:
        try:
            coordinate_system(name)
        except SettingsError as error:
            raise CameraError(f"{source}: {error}") from None
    return name


def _feature_sheet(features: object, source: str, crs: str) -> Sheet:
    if not isinstance(features, list):
        raise CameraError(f"{source}: this GeoJSON has no list of features")
    check_rows(len(features), source)
    rows = []
    columns: dict[str, None] = {}
    for number, feature in enumerate(features, start=1):
        feature = feature if isinstance(feature, dict) else {}
        given = feature.get("properties")
        own = {FEATURE_ID: plain_text(feature.get("id"))} if feature.get("id") is not None else {}
        cells = {tidy(key): plain_text(value) for key, value in given.items()} if isinstance(given, dict) else {}
        cells = own | cells
        columns.update(dict.fromkeys(cells))
        point, fault = _geometry(feature.get("geometry"))
        rows.append(Row(number, without_private(cells), point, fault))
    dialect = "openstreetmap" if "man_made" in columns else ""
    return Sheet(source, "GeoJSON", "feature", tuple(columns), tuple(rows), True, dialect, crs)


def _geometry(geometry: object) -> tuple[Point | None, tuple[str, str] | None]:
    """Return a point geometry's longitude and latitude as text, or what is wrong with it."""
    if geometry is None:
        return None, None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    position = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "MultiPoint" and isinstance(position, list) and len(position) == 1:
        position = position[0]
    elif kind != "Point":
        return None, ("not_a_point", tidy(str(kind), 40))
    if position in (None, []):
        return None, None
    if not isinstance(position, list) or len(position) < 2:
        return None, ("bad_coordinates", tidy(str(position), 40))
    return (plain_text(position[0]), plain_text(position[1])), None


def _element_sheet(elements: list[dict[str, Any]], source: str) -> Sheet:
    check_rows(len(elements), source)
    rows = []
    columns: dict[str, None] = {OSM_ID: None}
    for number, element in enumerate(elements, start=1):
        tags = element.get("tags")
        cells = {tidy(key): plain_text(value) for key, value in tags.items()} if isinstance(tags, dict) else {}
        columns.update(dict.fromkeys(cells))
        kept = {OSM_ID: f"{element['type']}/{plain_text(element.get('id'))}"} | without_private(cells)
        point = (plain_text(element.get("lon")), plain_text(element.get("lat")))
        fault = None if element["type"] == "node" else ("not_a_point", element["type"])
        rows.append(Row(number, kept, point if any(point) else None, fault))
    form = "OpenStreetMap elements (JSON)"
    return Sheet(source, form, "element", tuple(columns), tuple(rows), True, "openstreetmap", "WGS-84")
