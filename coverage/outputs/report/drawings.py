"""Maps and curves of the report as inline SVG, drawn from a run's layers; nothing is measured on them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.outputs.report.markup import Markup, join, tag
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

FloatArray = npt.NDArray[np.float64]
METRES_PER_DEGREE = 111_319.5  # of latitude, and of longitude at the equator: a drawing needs no more
WIDTH = 640.0  # of a map's drawing space
LOCATOR_M, VIEW_MARGIN = 450.0, 1.08  # half width of a locator map; room around a view
MOST_NUMBERS, DOT = 99, 8.0  # sites numbered on the overview; radius of a number's circle
RINGS = 25  # of radii a number may stand away from its place: room for all of them at one
LETTER, WIDE_LETTER = 5.6, 10.0  # width of a letter of a street's name, of a Chinese one
FLAT, LESS_FLAT = 0.28, 0.46  # height of a locator map, of a view drawing, by width: both fit on a page


@dataclass(frozen=True)
class Window:
    """A north-up square or oblong of ground: centre [°], half width and half height [m]."""

    lon: float
    lat: float
    half_width: float
    half_height: float

    @property
    def _scale(self) -> FloatArray:
        """Drawing units per degree of longitude and latitude."""
        per_metre = WIDTH / (2 * self.half_width)
        east = METRES_PER_DEGREE * np.cos(np.radians(self.lat))
        return np.array([east, METRES_PER_DEGREE]) * per_metre

    @property
    def height(self) -> float:
        """Height of the drawing space."""
        return WIDTH * self.half_height / self.half_width

    @property
    def box(self) -> shapely.Polygon:
        """The ground in view, WGS 84."""
        half = np.array([WIDTH, self.height]) / 2 / self._scale
        return shapely.box(self.lon - half[0], self.lat - half[1], self.lon + half[0], self.lat + half[1])

    def place(self, lonlat: FloatArray) -> FloatArray:
        """Turn longitude, latitude into drawing units; y points down."""
        xy = (np.asarray(lonlat, np.float64).reshape(-1, 2) - (self.lon, self.lat)) * self._scale
        return np.column_stack([WIDTH / 2 + xy[:, 0], self.height / 2 - xy[:, 1]])

    def scale_bar(self, words: Words) -> Markup:
        """Return a bar of round length at the lower left."""
        per_metre = WIDTH / (2 * self.half_width)
        steps = [s * 10**k for k in range(6) for s in (1, 2, 5)]
        metres = max((s for s in steps if s * per_metre <= WIDTH / 4), default=1)
        said = words.metres(metres) if metres < 1000 else f"{metres // 1000} {words('units.km')}"
        y = self.height - 12
        return join([
            tag("path", d=f"M12 {y - 5:.1f}v5h{metres * per_metre:.1f}v-5", class_="bar"),
            _label(said, 16, y - 5, "small"),
        ])  # fmt: skip


def window_of(bounds: Sequence[float], shape: tuple[float, float] = (0.35, 1.3), margin: float = 1.04) -> Window:
    """Return the window around west, south, east, north [°], its height by width between the values of `shape`."""
    west, south, east, north = bounds
    lat = (south + north) / 2
    half_width = max((east - west) / 2 * METRES_PER_DEGREE * np.cos(np.radians(lat)), 50.0) * margin
    half_height = max((north - south) / 2 * METRES_PER_DEGREE, 50.0) * margin
    half_width = max(half_width, half_height / shape[1])
    return Window((west + east) / 2, lat, half_width, max(half_height, shape[0] * half_width))


def near(frame: gpd.GeoDataFrame, window: Window) -> gpd.GeoDataFrame:
    """Return the features that reach into a window."""
    return frame.iloc[np.sort(frame.sindex.query(window.box))] if len(frame) else frame


def path(geometry: npt.NDArray[np.object_], window: Window, class_: str) -> Markup:
    """Return lines and outlines of polygons as one SVG path, to a tenth of a unit."""
    geometry = np.asarray(geometry, dtype=object)
    geometry = geometry[~shapely.is_empty(geometry)] if len(geometry) else geometry
    parts = shapely.get_parts(shapely.get_parts(geometry)) if len(geometry) else geometry
    areas = shapely.get_type_id(parts) == 3
    lines = [shapely.get_rings(parts[areas]), parts[shapely.get_type_id(parts) == 1]] if len(parts) else []
    xy_lists = []
    for kind in lines:
        xy, of = shapely.get_coordinates(kind, return_index=True)
        units = np.round(window.place(xy), 1)
        starts = np.flatnonzero(np.diff(of, prepend=-1))
        xy_lists += np.split(units, starts[1:]) if len(units) else []
    said = "".join(_stroke(points) for points in xy_lists)
    return tag("path", d=said, class_=class_) if said else Markup("")


def _stroke(points: FloatArray) -> str:
    keep = np.ones(len(points), bool)
    keep[1:] = (np.abs(np.diff(points, axis=0)) > 0.05).any(axis=1)
    points = points[keep]
    if len(points) < 2:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist())


def _figure(window: Window, title: str, *content: object) -> Markup:
    return tag(
        "svg", tag("title", title), *content, role="img", aria_label=title, class_="map",
        viewbox=f"0 0 {WIDTH:g} {window.height:.1f}", width=f"{WIDTH:g}", height=f"{window.height:.1f}",
    )  # fmt: skip


def _label(text: str, x: float, y: float, class_: str) -> Markup:
    """Return text on a plate; an outline around letters would be read out of a PDF as a second text."""
    width = sum(WIDE_LETTER if ord(letter) > 0x2E7F else LETTER for letter in text) + 4
    left = x - width / 2 if class_ == "name" else x - 2
    return join([
        tag("rect", x=f"{left:.1f}", y=f"{y - 9:.1f}", width=f"{width:.1f}", height="12", rx="2", class_="plate"),
        tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", class_=class_),
    ])  # fmt: skip


def _numbers(sites: Sequence[dict[str, Any]], window: Window) -> list[Markup]:
    """Return the ranks of sites in circles that do not cover each other; one that stands aside points to its place."""
    if not sites:
        return []
    places = window.place(np.array([[s["lon"], s["lat"]] for s in sites]))
    taken, pointers, circles = np.empty((0, 2)), [], []
    for site, place in zip(sites, places, strict=True):
        at = _free(place, taken, window)
        taken = np.vstack([taken, at])
        if (at != place).any():
            (x, y), (px, py) = at, place
            pointers.append(tag("path", d=f"M{px:.1f} {py:.1f}L{x:.1f} {y:.1f}", class_="pointer"))
            pointers.append(tag("circle", cx=f"{px:.1f}", cy=f"{py:.1f}", r="1.6", class_="place"))
        circles.append(_circle(float(at[0]), float(at[1]), str(site["rank"])))
    return [*pointers, *circles]


def _free(place: FloatArray, taken: FloatArray, window: Window) -> FloatArray:
    """Return the nearest of some points around a place where a circle covers none that is drawn; else the place."""
    frame = np.array([WIDTH, window.height])
    for ring in range(RINGS):
        turn = np.radians(np.arange(0, 360, 360 / max(6 * ring, 1)))
        around = place + ring * DOT * np.column_stack([np.sin(turn), -np.cos(turn)])
        apart = np.hypot(*(around[:, None] - taken[None]).T).T if len(taken) else np.full((len(around), 1), np.inf)
        inside = ((around >= DOT) & (around <= frame - DOT)).all(axis=1) | (ring == 0)
        free = np.flatnonzero(inside & (apart.min(axis=1) >= 2 * DOT + 1))
        if len(free):
            found: FloatArray = around[free[0]]
            return found
    return place


def _dot(window: Window, lon: float, lat: float, label: str | None = None, radius: float = DOT) -> Markup:
    (x, y), = window.place(np.array([[lon, lat]]))  # fmt: skip
    return _circle(float(x), float(y), label, radius)


def _circle(x: float, y: float, label: str | None = None, radius: float = DOT) -> Markup:
    text = tag("text", label, x=f"{x:.1f}", y=f"{y + 3.2:.1f}", class_="label") if label else None
    return join([tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius:g}", class_="site"), text])


def overview(run: Run, words: Words) -> Markup:
    """Return the map of the whole area: streets in view today, newly in view, and not; proposed sites by rank."""
    window = window_of(run.layers["area"].total_bounds)
    tolerance = 0.7 / (WIDTH / (2 * window.half_width)) / METRES_PER_DEGREE
    streets = shapely.simplify(run.layers["streets"].geometry.to_numpy(), tolerance)
    seen = run.layers["seen"]
    proposed = (seen["by"] == "proposed").to_numpy()
    lines = seen.geometry.to_numpy()
    lost = run.layers["lost"].geometry.to_numpy() if "lost" in run.layers else np.empty(0, object)
    sites = _numbers(run.sites[:MOST_NUMBERS], window)
    return _figure(
        window, words("figures.overview"),
        path(run.layers["area"].geometry.to_numpy(), window, "area"),
        path(streets, window, "street"), path(lines[~proposed], window, "seen"),
        path(lines[proposed], window, "gained"), path(lost, window, "lost"), sites, window.scale_bar(words),
    )  # fmt: skip


def locator(run: Run, site: dict[str, object], words: Words) -> Markup:
    """Return a map of the streets around a site."""
    window = Window(float(site["lon"]), float(site["lat"]), LOCATOR_M, FLAT * LOCATOR_M)  # type: ignore[arg-type]
    streets = near(run.layers["streets"], window)
    return _figure(
        window, words("figures.locator", rank=site["rank"]),
        _ground(run, window), path(streets.geometry.to_numpy(), window, "street wide"),
        _street_names(streets, window), _dot(window, window.lon, window.lat, str(site["rank"])),
        window.scale_bar(words),
    )  # fmt: skip


def _ground(run: Run, window: Window) -> Markup:
    buildings = run.layers.get("buildings")
    return path(near(buildings, window).geometry.to_numpy(), window, "house") if buildings is not None else Markup("")


def _street_names(streets: gpd.GeoDataFrame, window: Window, most: int = 8) -> list[Markup]:
    """Label the longest named streets in the window, each once, where no other label stands."""
    inside = shapely.intersection(streets.geometry.to_numpy(), window.box)
    length = shapely.length(inside)
    named = [(length[i], name, inside[i]) for i, name in enumerate(streets["name"]) if name and length[i] > 0]
    out: list[Markup] = []
    taken: list[FloatArray] = []
    done: set[str] = set()
    for _, name, line in sorted(named, key=lambda item: (-item[0], item[1])):
        middle = shapely.get_coordinates(
            shapely.line_interpolate_point(shapely.get_parts(line)[0], 0.5, normalized=True)
        )
        at = window.place(middle)[0]
        clear = all(abs(at[0] - t[0]) > 130 or abs(at[1] - t[1]) > 18 for t in taken)
        in_frame = 70 < at[0] < WIDTH - 70 and 14 < at[1] < window.height - 24
        away = np.hypot(*(at - (WIDTH / 2, window.height / 2))) > 26
        if name in done or not (clear and in_frame and away):
            continue
        out.append(_label(name, float(at[0]), float(at[1]), "name"))
        taken.append(at)
        done.add(name)
        if len(out) == most:
            break
    return out


def _lost(run: Run, site: dict[str, object]) -> npt.NDArray[np.object_]:
    """Return the stretches that only the camera of a site, and others that are turned too, see today."""
    lost = run.layers.get("lost")
    if lost is None:
        return np.empty(0, object)
    return lost.geometry.to_numpy()[[site["id"] in json.loads(ids) for ids in lost["cameras"]]]  # type: ignore[no-any-return]


def view_drawing(run: Run, site: dict[str, object], words: Words) -> Markup:
    """Return the view of a site: its outline cut by walls, the streets it sees, buildings.

    Of a camera that stands: its view today and what drops out of view besides.
    """
    views = run.layers["views"]
    own = views[(views["role"] == "proposed") & (views["rank"] == site["rank"])].geometry.to_numpy()
    was = views[(views["role"] == "existing") & (views["camera"] == site["id"])].geometry.to_numpy()
    outline, lost = shapely.union_all(own), _lost(run, site)
    lens = shapely.Point(float(site["lon"]), float(site["lat"]))  # type: ignore[arg-type]
    window = window_of(shapely.total_bounds([*own, *was, *lost, lens]), (LESS_FLAT, LESS_FLAT), VIEW_MARGIN)
    streets, seen = near(run.layers["streets"], window), near(run.layers["seen"], window)
    inside = shapely.intersection(seen.geometry.to_numpy(), outline) if len(seen) else seen.geometry.to_numpy()
    new = (seen["by"] == "proposed").to_numpy()
    return _figure(
        window, words("figures.view", rank=site["rank"]),
        path(own, window, "view"), path(was, window, "was"), _ground(run, window),
        path(streets.geometry.to_numpy(), window, "street wide"),
        path(inside[~new], window, "seen wide"), path(inside[new], window, "gained wide"),
        path(lost, window, "lost wide"), _street_names(streets, window),
        _dot(window, float(site["lon"]), float(site["lat"]), radius=5),  # type: ignore[arg-type]
        window.scale_bar(words),
    )  # fmt: skip
