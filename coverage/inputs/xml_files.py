"""XML -> rows: GB/T 28181 catalogues, KML, one-camera files. No document types, no entities, no network links."""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.dialects import is_private
from camgap.coverage.inputs.limits import MOST_DEPTH, check_rows
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Row, Sheet, columns_of, without_private

_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_SEVERAL = ("LineString", "Polygon", "Track", "Model")


def xml_sheet(text: str, source: str) -> Sheet:
    """Return the rows of an XML text: Item elements of a GB/T 28181 catalogue, or Placemarks of a KML file.

    Several documents may stand one behind the other, as catalogues arrive in pages.

    Raises
    ------
    CameraError
        If it is broken, has a document type, or is XML of another kind.
    """
    roots = [parse_xml(part, source) for part in _documents(text)]
    if any(root.tag == "kml" for root in roots):
        return _kml_sheet(roots, source)
    items = [item for root in roots for item in root.iter("Item")]
    if items:
        return _catalogue(items, source)
    kinds = ", ".join(sorted({tidy(root.tag, 30) for root in roots})) or "nothing"
    if any(root.tag == "osm" for root in roots):
        raise CameraError(
            f"{source}: this is an OpenStreetMap file; give it as --osm, and --cameras osm for its cameras"
        )
    raise CameraError(
        f"{source}: this XML ({kinds}) is no GB/T 28181 catalogue (no Item element) and no KML; give CSV or GeoJSON"
    )


def parse_xml(text: str, source: str) -> Element:
    """Return the root of an XML text, namespaces removed.

    Raises
    ------
    CameraError
        If it is broken, nested too deeply, or has a document type or entities.
    """
    data = io.BytesIO(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace"))
    depth, root = 0, None
    try:
        for event, element in iterparse(data, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > MOST_DEPTH:
                raise CameraError(f"{source}: the XML is nested too deeply to be a list of places")
            if event == "start":
                element.tag = str(element.tag).rsplit("}", 1)[-1]
                root = element if root is None else root
    except DefusedXmlException:
        raise CameraError(
            f"{source}: the XML has a document type or entities; these are never read, remove them"
        ) from None
    except ParseError as error:
        raise CameraError(f"{source}: broken XML: {error}") from None
    if root is None:
        raise CameraError(f"{source}: the XML is empty")
    return root


def leaves(element: Element) -> dict[str, str]:
    """Return the texts of an element's leaves by tag, and attributes; nothing below a private name."""
    cells: dict[str, str] = {}
    waiting = [element]
    while waiting:
        here = waiting.pop()
        inner = [child for child in here if not is_private(child.tag)]
        for child in inner:
            text = tidy(child.text or "")
            if len(child) == 0 and text:
                cells.setdefault(tidy(child.tag), text)
        waiting += [child for child in reversed(inner) if len(child)]
    return cells


def _documents(text: str) -> Iterator[str]:
    starts = [match.start() for match in _DECLARATION.finditer(text)]
    cuts = [0, *starts[1:], len(text)]
    for begin, end in pairwise(cuts):
        yield text[begin:end].strip("\ufeff \t\r\n\x00")


def _catalogue(items: list[Element], source: str) -> Sheet:
    check_rows(len(items), source)
    cells = [leaves(item) for item in items]
    private = {tidy(child.tag): "" for item in items for child in item.iter() if is_private(child.tag)}
    rows = tuple(
        Row(number, without_private(row), fault=None if row else ("empty_row", ""))
        for number, row in enumerate(cells, 1)
    )
    columns = columns_of([*cells, private])
    return Sheet(source, "GB/T 28181 catalogue (XML)", "item", columns, rows, dialect="gbt28181")


def _kml_sheet(roots: list[Element], source: str) -> Sheet:
    marks = [mark for root in roots for mark in root.iter("Placemark")]
    check_rows(len(marks), source)
    tables, rows = [], []
    for number, mark in enumerate(marks, start=1):
        cells = _placemark(mark)
        tables.append(cells)
        point, fault = _point(mark)
        rows.append(Row(number, without_private(cells), point, fault))
    return Sheet(source, "KML", "feature", columns_of(tables), tuple(rows), True)


def _placemark(mark: Element) -> dict[str, str]:
    """Return a placemark's name, data and plain description; one written in HTML may hold anything and is not read."""
    cells = {}
    for tag in ("name", "address", "description"):
        text = tidy(mark.findtext(tag) or "")
        if text and "<" not in text:
            cells[tag] = text
    for data in mark.iter("Data"):
        cells[tidy(data.get("name") or "")] = tidy(data.findtext("value") or "")
    for data in mark.iter("SimpleData"):
        cells[tidy(data.get("name") or "")] = tidy(data.text or "")
    return {name: text for name, text in cells.items() if name and text}


def _point(mark: Element) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    points = list(mark.iter("Point"))
    others = [tag for tag in _SEVERAL if mark.find(f".//{tag}") is not None]
    if others or len(points) > 1:
        return None, ("not_a_point", others[0] if others else "several points")
    if not points:
        return None, None
    numbers = (points[0].findtext("coordinates") or "").split(",")
    if len(numbers) < 2:
        return None, ("bad_coordinates", tidy(",".join(numbers), 40))
    return (tidy(numbers[0]), tidy(numbers[1])), None
