"""A small planned town for tests of the map, and how to look at it in a browser.

y 600 ┌───── Market Street ─────┐      Three streets run east, three north, 300 m apart; in the south-west block
      │   ┌──┐       │          │      stands a building with a courtyard. Camera "cam/1" stands at (150, 290) and
  300 ├───┤▒▒├─ 南京路 ┼──────────┤      sees the street east of it; site 1 adds the street at (450, 0). No camera
      │   └──┘       │          │      sees the rest: gap 1 is Market Street and the western street, two parts.
    0 └──── <script>… ──────────┘
      0            300        600 x
"""

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point, Polygon

from camgap.maps import draw_map

HOSTILE = '<script>alert(1)</script></script><img src=x onerror=alert(2)>" onload="alert(3) {{7*7}} {%raw%} ${9*9}'
LON, LAT = 11.0, 50.0
METRES = np.array([111_320 * np.cos(np.radians(LAT)), 111_132.0])


# ---- the town ----


def lonlat(x, y):
    return LON + x / METRES[0], LAT + y / METRES[1]


def frame(rows):
    """Rows of dicts with a geometry in metres -> layer in degrees."""
    geometry = [shapely.transform(row.pop("geometry"), lambda xy: [LON, LAT] + xy / METRES) for row in rows]
    return gpd.GeoDataFrame(rows, geometry=geometry, crs=4326)


def street(name, start, end, share=0.0):
    line = LineString([start, end])
    return {
        "edge": 0, "name": name, "highway": "living_street", "length_m": line.length, "covered_m": share * line.length,
        "share": share, "geometry": line,
    }  # fmt: skip


def camera(number, x, y, **given):
    known = {
        "id": f"cam/{number}", "name": "", "source": "list.csv", "kind": "fixed", "status": "", "azimuth": "90",
        "hfov": 90.0, "range_m": 100.0, "seen_m": 100.0, "only_m": 40.0, "hidden_m": 12.3, "moved_m": 0.0, "filled": "",
    }  # fmt: skip
    return {**known, **given, "geometry": Point(x, y)}


def site(rank, x, y, **given):
    known = {
        "id": f"site/{rank}", "model": "Bullet <b>90</b>", "azimuth": 45.0, "cost": 2400.5, "gain_m": 200.0 - rank,
        "cumulative_share": 0.4 + rank / 100, "street": "Hill Street",
    }  # fmt: skip
    return {"rank": rank, **known, **given, "geometry": Point(x, y)}


def district(name, length, covered, *box):
    share = covered / length
    return {"name": name, "length_m": length, "covered_m": covered, "share": share, "geometry": shapely.box(*box)}


def view(camera_id, role, rank, *corners):
    return {"camera": camera_id, "role": role, "rank": rank, "geometry": Polygon(corners)}


def gap(rank, length, weight, streets, *parts):
    return {
        "rank": rank, "length_m": length, "weight_m": weight, "streets": streets, "highway": "primary", "name": streets,
        "geometry": MultiLineString(parts),
    }  # fmt: skip


def stretch(depth, by, *ends):
    line = LineString(ends)
    return {
        "edge": 0, "name": "", "highway": "", "depth": depth, "by": by, "length_m": line.length, "geometry": line,
    }  # fmt: skip


def town():
    """Return the layers of a small planned town, in degrees."""
    block = Polygon(
        [(100, 100), (200, 100), (200, 200), (100, 200)], [[(130, 130), (130, 170), (170, 170), (170, 130)]]
    )
    return {
        "area": frame([{"source": "bounds of the file", "geometry": shapely.box(-40, -40, 640, 640)}]),
        "districts": frame(
            [
                district("West " + HOSTILE, 1800.0, 450.0, -40, -40, 300, 640),
                district("East", 1500.0, 0.0, 300, -40, 640, 640),
            ]
        ),
        "buildings": frame(
            [
                {"id": 1, "height": float("nan"), "geometry": block},
                {"id": 2, "height": 12.0, "geometry": shapely.box(400, 400, 480, 480)},
            ]
        ),
        "views": frame(
            [
                view("cam/1", "existing", 0, (150, 300), (250, 250), (250, 350)),
                view("site/1", "proposed", 1, (450, 0), (520, 60), (540, -30)),
            ]
        ),
        "gaps": frame(
            [
                gap(1, 1200.0, 2400.0, "Market Street, West Street", [(0, 600), (600, 600)], [(0, 0), (0, 600)]),
                gap(2, 450.0, 450.0, HOSTILE, [(0, 0), (450, 0)]),
            ]
        ),
        "streets": frame(
            [
                street(HOSTILE, (0, 0), (600, 0)),
                street("南京路", (0, 300), (600, 300), share=0.25),
                street("Market Street", (0, 600), (600, 600)),
                street("West Street", (0, 0), (0, 600)),
                street("Hill Street", (300, 0), (300, 600)),
                street("", (600, 0), (600, 600)),
            ]
        ),
        "seen": frame(
            [
                stretch(2, "existing", (150, 300), (250, 300)),
                stretch(1, "proposed", (450, 0), (550, 0)),
            ]
        ),
        "cameras": frame(
            [
                camera(1, 150, 290, moved_m=2.44, filled="hfov,range_m"),
                camera(2, 520, 520, name=HOSTILE, kind="dome", hfov=360.0, azimuth="", seen_m=0.0),
            ]
        ),
        "sites": frame([site(1, 450, 10), site(2, 290, 450, street=HOSTILE), site(3, 610, 200)]),
    }


def row(name, length, covered):
    return {"name": name, "length_m": length, "covered_m": covered, "share": covered / length}


def outcome():
    """Return the result of the plan, as result.json says it."""
    before = {
        "covered_m": 150.0, "share": 0.0909, "depth_m": {"1": 50.0, "2": 100.0, "3+": 0.0},
        "share_ignoring_buildings": 0.25, "by_class": [row("living_street", 3300.0, 150.0)],
        "by_street": [row("Straße am Markt", 800.0, 0.0), row("南京路", 600.0, 150.0), row(HOSTILE, 600.0, 0.0)],
        "by_district": [row("West " + HOSTILE, 1800.0, 450.0), row("East", 1500.0, 0.0)],
    }  # fmt: skip
    after = {
        **before, "covered_m": 250.0, "share": 0.1515, "by_street": [row("南京路", 600.0, 300.0)],
    }  # fmt: skip
    return {
        "command": "plan", "streets": {"edges": 6, "length_m": 3300.0, "set_aside": {"tunnel": 80.0}},
        "cameras": {"read": 5, "used": 2, "set_aside": {"indoor": 3}, "moved_to_facade": 1, "filled": {"hfov": 1}},
        "coverage": before, "before": before, "after": after, "gain_m": 100.0, "upper_bound_gain_m": 110.0,
        "gap": 0.0909, "budget": 10000.0, "spent": 7201.5, "currency": "EUR", "data_date": "2024-03-01T00:00:00Z",
        "study_area": {"source": "bounds of the file"}, "gaps": [{"rank": 1}], "sites": [],
    }  # fmt: skip


# ---- the browser ----


def pages(offline):
    """Yield a function that makes a page without a network, and its list of what it should not do."""
    contexts = []

    def make(**options):
        context, page, noted = offline(**options)
        contexts.append(context)
        return page, noted

    yield make
    for context in contexts:
        context.close()


def maps(new_page, tmp_path):
    """Yield a function that draws layers, opens the page and waits until it is drawn; at the end nothing was noted."""
    everything = []

    def open_(layers=None, result=None, title="Camera coverage", lang="en", link="", **options):
        page, noted = new_page(**options)
        everything.append(noted)
        path = tmp_path / f"map{len(everything)}.html"
        path.write_text(draw_map(layers or town(), result or outcome(), title, lang), encoding="utf-8")
        page.goto(path.as_uri() + link)
        page.wait_for_function("() => camgap.drawn()")
        return page

    yield open_
    assert everything == [[]] * len(everything)


def screen(page, x, y):
    """Return where a place of the town lies on the screen."""
    lon, lat = lonlat(x, y)
    return page.evaluate(
        """([lat, lon]) => {
            const at = camgap.map.latLngToContainerPoint([lat, lon]);
            const box = camgap.map.getContainer().getBoundingClientRect();
            return [at.x + box.x, at.y + box.y];
        }""",
        [lat, lon],
    )


def click(page, x, y):
    page.evaluate("void camgap.map.closePopup()")  # it could lie over the place
    page.mouse.click(*screen(page, x, y))
    page.wait_for_function("() => camgap.drawn()")


def popup(page):
    return page.locator(".leaflet-popup").inner_text()


def switch(page, layer):
    page.locator(f"#show-{layer}").click()
    page.wait_for_function("() => camgap.drawn()")


def ink(page, x, y):
    """Return the colour (r, g, b) the canvases have at a place, or None where nothing was drawn."""
    return page.evaluate(
        """([x, y]) => {
            const copy = document.createElement('canvas').getContext('2d');
            copy.canvas.width = copy.canvas.height = 1;
            for (const tile of document.querySelectorAll('.leaflet-tile-pane canvas, .leaflet-above-pane canvas')) {
                const box = tile.getBoundingClientRect();
                if (x < box.x || x >= box.right || y < box.y || y >= box.bottom) continue;
                const scale = tile.width / box.width;
                copy.drawImage(tile, -Math.floor((x - box.x) * scale), -Math.floor((y - box.y) * scale));
            }
            const pixel = copy.getImageData(0, 0, 1, 1).data;
            return pixel[3] ? Array.from(pixel.slice(0, 3)) : null;
        }""",
        screen(page, x, y),
    )


def colour(page, name):
    """Return a colour of the page's palette as (r, g, b)."""
    text = page.evaluate("name => Camgap.colour(name)", name)
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


def near(one, other):
    return one is not None and max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 12
