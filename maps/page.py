"""A folium map that is one file: no request, whatever the network.

folium writes links to five hosts into every page. Here each link carries its code instead (branca's own ``embedded``
mode), a link without a shipped copy is an error, and a content security policy in the head forbids every request.

branca parses what a macro renders as a template once more, so text from data never passes through one: the payload is
placed by the figure's own template, whose values are put in as they are.
"""

import base64
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import folium
from branca.element import Figure, Link
from folium.template import Template

ASSETS = files("camgap.maps").joinpath("assets")
SCRIPTS = (
    "packed.js", "canvas.js", "labels.js", "look.js", "words.js", "places.js", "state.js", "stages.js", "filters.js",
    "layers.js", "popups.js", "markers.js", "picking.js", "search.js", "key.js", "lists.js", "tables.js", "dock.js",
    "panel.js", "app.js",
)  # fmt: skip
CSP = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)

_VENDORED = "camgap:"  # scheme of links to files in assets/; anything else would be a request


class OfflineMap(folium.Map):
    """A folium map without tiles whose scripts and styles all ship with camgap."""

    default_js = [("leaflet", _VENDORED + "leaflet/leaflet.js"), *((name, _VENDORED + name) for name in SCRIPTS)]  # noqa: RUF012 folium's own attribute
    default_css = [("leaflet_css", _VENDORED + "leaflet/leaflet.css"), ("page_css", _VENDORED + "page.css")]  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <main class="folium-map" id="{{ this.get_name() }}"></main>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
                center: {{ this.location|tojson }}, crs: L.CRS.{{ this.crs }}, ...{{ this.options|tojavascript }}
            });
            Camgap.start({{ this.get_name() }}, JSON.parse(document.getElementById("camgap-data").textContent));
        {% endmacro %}
        """
    )

    def __init__(self, location: tuple[float, float], zoom_start: int) -> None:
        super().__init__(
            location=location,
            zoom_start=zoom_start,
            tiles=None,
            zoom_control=False,  # placed by app.js, beside the panel
            max_zoom=20,
            min_zoom=3,
            zoom_snap=0.5,  # whole steps would leave the study area at half the window's size
            fade_animation=False,  # tiles are drawn here; fading them costs frames
        )
        self._id = "camgap"  # folium's random id would make every file another one


class OfflineFigure(Figure):
    """The page round the map: language, title, policy and payload."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.locale|e }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ this.csp }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ this.title|e }}</title>
{{ this.header.render(**kwargs) }}
</head>
<body>
{{ this.html.render(**kwargs) }}
<noscript>This map is drawn by JavaScript, which is switched off here.</noscript>
<script type="application/json" id="camgap-data">{{ this.payload }}</script>
<script>
{{ this.script.render(**kwargs) }}
</script>
</body>
</html>
"""
    )

    def __init__(self, title: str, payload: str, locale: str) -> None:
        super().__init__(title=title)
        self.locale = locale
        self.csp = CSP
        self.payload = payload
        self.header._children.clear()  # the charset is declared above, within the first bytes


def standalone_html(content: folium.Map, title: str, data: dict[str, Any], locale: str = "en") -> str:
    """Return the map as one HTML text that asks nothing of any network.

    Parameters
    ----------
    content : folium.Map
        Every script and style sheet it links to must be one of ``maps/assets``.
    title : str
        Document title; escaped here.
    data : dict
        Handed to ``Camgap.start`` in the page; escaped here.
    locale : str
        BCP 47 tag of the document's language.

    Raises
    ------
    ValueError
        If something on the map links to a file that is not shipped.
    """
    figure = OfflineFigure(title, script_json(data), locale)
    figure.add_child(content)
    figure.render()  # fills header, html and script
    for element in figure.header._children.values():
        if isinstance(element, Link):
            element.code = _vendored(element.url)  # type: ignore[assignment]  # branca says bytes, but writes text
    html: str = figure._template.render(this=figure, kwargs={"embedded": True})
    return html


def script_json(data: object) -> str:
    """Write JSON that can stand inside a script element whatever its texts say.

    The angle bracket that could end the element (``</script>``) or hide its end (``<!--``) and the line ends only
    JavaScript knows are written as escapes.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _vendored(url: str) -> str:
    """Return the text of a shipped script or style sheet, its pictures put in as data URIs."""
    if not url.startswith(_VENDORED):
        raise ValueError(f"the map links to {url}, which does not ship with camgap: the page would need a network")
    path = url.removeprefix(_VENDORED)
    text = ASSETS.joinpath(path).read_text(encoding="utf-8")
    if path == "leaflet/leaflet.css":
        return re.sub(r"url\((images/[\w.-]+\.png)\)", lambda found: f"url({_data_uri('leaflet/' + found[1])})", text)
    return re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)


def _data_uri(path: str) -> str:
    return "data:image/png;base64," + base64.b64encode(ASSETS.joinpath(path).read_bytes()).decode("ascii")
