"""Layer styles for QGIS, embedded in a GeoPackage: it opens coloured.

QGIS looks for a table ``layer_styles`` and takes the style marked as default for each layer. Colours are those of the
map and the report (blue in view, orange proposed; told apart by the colour-blind and in grey by width as well).
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

WHEN = "2000-01-01T00:00:00.000Z"  # equal input, equal bytes: a style has no date of its own
SEEN, PROPOSED, STREET, GAP = "#2166ac", "#d95f02", "#b5b5b5", "#1a1a1a"


@dataclass(frozen=True)
class Look:
    """How features look: colour, width of lines and outlines or size of points [mm], opacity of a filling (0 to 1)."""

    colour: str
    size: float
    opacity: float = 1.0


@dataclass(frozen=True)
class Style:
    """A layer's looks, by the values of a column where one is named."""

    kind: str  # line, fill, marker
    looks: dict[str, Look]
    column: str | None = None


_LADDERS = (  # quality levels, lowest first, of both standards
    ("monitor", "detect", "observe", "recognise", "identify", "inspect"),
    ("overview", "outline", "discern", "perceive", "characterise", "validate", "scrutinise"),
)
_BLUES = ("#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")

STYLES = {
    "streets": Style("line", {"": Look(STREET, 0.3)}),
    "seen": Style("line", {"existing": Look(SEEN, 0.8), "proposed": Look(PROPOSED, 1.1)}, "by"),
    "certainty": Style("line", {"": Look("#4d9221", 0.7)}),
    "levels": Style("line", {n: Look(_BLUES[i], 0.8) for ladder in _LADDERS for i, n in enumerate(ladder)}, "day"),
    "lost": Style("line", {"": Look("#b2182b", 0.9)}),
    "gaps": Style("line", {"": Look(GAP, 0.4)}),
    "cameras": Style("marker", {"": Look(SEEN, 2.0)}),
    "views": Style("fill", {"existing": Look("#92c5de", 0.15, 0.25), "proposed": Look("#f6c344", 0.2, 0.35)}, "role"),
    "sites": Style("marker", {"": Look(PROPOSED, 3.2)}),
    "districts": Style("fill", {"": Look("#555555", 0.4, 0.0)}),
    "buildings": Style("fill", {"": Look("#dedad4", 0.1, 1.0)}),
    "area": Style("fill", {"": Look("#777777", 0.5, 0.0)}),
    "places": Style("marker", {"1": Look("#762a83", 2.8), "0": Look("#c2a5cf", 2.0)}, "in_view"),
    "frontage": Style("line", {"residential": Look("#762a83", 1.0), "unknown": Look("#c2a5cf", 0.8)}, "use"),
    "evaluation": Style(
        "line", {"treatment": Look(PROPOSED, 1.1), "buffer": Look("#fdb863", 0.6), "control": Look("#4d9221", 1.1)},
        "role",
    ),
}  # fmt: skip


def embed_styles(package: Path, layers: Iterable[str]) -> None:
    """Write the table ``layer_styles`` into a GeoPackage for those of its layers that have a style.

    Parameters
    ----------
    package : Path
    layers : iterable of str
        Names of layers that are in it.
    """
    with sqlite3.connect(package) as db:
        columns = dict(db.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        db.execute("DROP TABLE IF EXISTS layer_styles")
        db.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
            "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
            "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME)"
        )
        db.execute("DELETE FROM gpkg_contents WHERE table_name = 'layer_styles'")
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            (WHEN,),
        )
        for name in layers:
            if name in STYLES and name in columns:
                row = (
                    "",
                    "",
                    name,
                    columns[name],
                    name,
                    qml(STYLES[name]),
                    sld(name, STYLES[name]),
                    1,
                    "",
                    "",
                    "",
                    WHEN,
                )
                db.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                    "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
    db.close()


def qml(style: Style) -> str:
    """Return a style as QGIS writes it."""
    root = ET.Element("qgis", styleCategories="Symbology", version="3.22")
    kind = "categorizedSymbol" if style.column else "singleSymbol"
    renderer = ET.SubElement(root, "renderer-v2", type=kind, enableorderby="0", forceraster="0", symbollevels="0")
    if style.column:
        renderer.set("attr", style.column)
        categories = ET.SubElement(renderer, "categories")
        for i, value in enumerate(style.looks):
            ET.SubElement(categories, "category", symbol=str(i), value=value, label=value, render="true")
    symbols = ET.SubElement(renderer, "symbols")
    for i, look in enumerate(style.looks.values()):
        symbol = ET.SubElement(symbols, "symbol", name=str(i), type=style.kind, alpha="1", clip_to_extent="1")
        name = {"line": "SimpleLine", "fill": "SimpleFill", "marker": "SimpleMarker"}[style.kind]
        layer = ET.SubElement(symbol, "layer", {"class": name, "enabled": "1", "locked": "0", "pass": "0"})
        options = ET.SubElement(layer, "Option", type="Map")
        for key, value in _options(style.kind, look).items():
            ET.SubElement(options, "Option", type="QString", name=key, value=value)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(root, encoding="unicode")


def _options(kind: str, look: Look) -> dict[str, str]:
    colour, clear = _rgba(look.colour, 1.0), _rgba(look.colour, look.opacity)
    if kind == "line":
        return {"line_color": colour, "line_width": f"{look.size:g}", "line_width_unit": "MM", "capstyle": "round",
                "joinstyle": "round"}  # fmt: skip
    if kind == "fill":
        return {"color": clear, "outline_color": colour, "outline_width": f"{look.size:g}",
                "outline_width_unit": "MM", "style": "solid" if look.opacity else "no"}  # fmt: skip
    return {"name": "circle", "color": clear, "outline_color": "255,255,255,255", "outline_width": "0.3",
            "size": f"{look.size:g}", "size_unit": "MM"}  # fmt: skip


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def sld(name: str, style: Style) -> str:
    """Return a style as OGC's Styled Layer Descriptor, for programs other than QGIS; widths in pixels."""
    root = ET.Element(
        "StyledLayerDescriptor",
        {"xmlns": "http://www.opengis.net/sld", "xmlns:ogc": "http://www.opengis.net/ogc", "version": "1.0.0"},
    )
    layer = ET.SubElement(root, "NamedLayer")
    ET.SubElement(layer, "Name").text = name
    rules = ET.SubElement(ET.SubElement(layer, "UserStyle"), "FeatureTypeStyle")
    for value, look in style.looks.items():
        rule = ET.SubElement(rules, "Rule")
        if style.column:
            equal = ET.SubElement(ET.SubElement(rule, "ogc:Filter"), "ogc:PropertyIsEqualTo")
            ET.SubElement(equal, "ogc:PropertyName").text = style.column
            ET.SubElement(equal, "ogc:Literal").text = value
        _symbolizer(rule, style.kind, look)
    return ET.tostring(root, encoding="unicode")


def _symbolizer(rule: ET.Element, kind: str, look: Look) -> None:
    def parameters(parent: ET.Element, tag: str, **values: str) -> None:
        element = ET.SubElement(parent, tag)
        for key, value in values.items():
            ET.SubElement(element, "CssParameter", name=key.replace("_", "-")).text = value

    width = f"{look.size * 3.8:.1f}"  # mm at 96 dots per inch
    if kind == "line":
        parameters(ET.SubElement(rule, "LineSymbolizer"), "Stroke", stroke=look.colour, stroke_width=width)
    elif kind == "fill":
        symbol = ET.SubElement(rule, "PolygonSymbolizer")
        parameters(symbol, "Fill", fill=look.colour, fill_opacity=f"{look.opacity:g}")
        parameters(symbol, "Stroke", stroke=look.colour, stroke_width=width)
    else:
        graphic = ET.SubElement(ET.SubElement(rule, "PointSymbolizer"), "Graphic")
        mark = ET.SubElement(graphic, "Mark")
        ET.SubElement(mark, "WellKnownName").text = "circle"
        parameters(mark, "Fill", fill=look.colour)
        ET.SubElement(graphic, "Size").text = width
