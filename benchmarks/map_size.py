"""The map of a city: how large it is, how soon it is drawn, how smoothly it moves, how fast the budget slider is.

    python benchmarks/map_size.py [--edges 100000] [--views 5000] [--buildings 100000] [--keep map.html]

A synthetic city is drawn by camgap.maps and opened in headless Chromium with the network cut. Needs playwright and a
Chromium.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from camgap.maps import draw_map
from camgap.maps.themes import PROBABILITIES

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
OPENED, REST_MS = 5, 2500  # how often the page is opened; a browser that just started is still busy with itself
BLOCK_M = 90.0  # between junctions
LEVELS = ["monitor", "detect", "observe", "recognise", "identify"]
LAT, LON = 48.14, 11.57

# Count the frames of a while: called once to begin, again to end.
FRAMES = """() => {
  if (window.frames_) { const seen = frames_; frames_ = null; return seen; }
  frames_ = [];
  let last = performance.now();
  requestAnimationFrame(function frame(now) {
    if (!frames_) return;
    frames_.push(now - last); last = now;
    requestAnimationFrame(frame);
  });
}"""


def city(
    edges: int, views: int, buildings: int, sites: int = 500
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, Any]]:
    """Make the layers and the result of a plan for a grid city with winding streets."""
    rng = np.random.default_rng(4)
    side = round((edges / 2) ** 0.5) + 1
    size = (side - 1) * BLOCK_M
    points = _grid(side, rng)
    lines = shapely.linestrings(points)
    length = shapely.length(lines)
    names = np.array([f"{first} {last}" for first in range(1, 9001) for last in ("Street", "Lane")])
    name = names[(points[:, 0, 0] // 800 * 131 + points[:, 0, 1] // 500 * 17).astype(int) % len(names)]
    highway = rng.choice(["residential", "service", "tertiary", "secondary", "primary"], len(lines))
    share = np.where(
        rng.random(len(lines)) < 0.15, rng.random(len(lines)), 0.0
    )  # covered from an edge's first point on
    on = np.flatnonzero(share)
    at, spots = rng.random((views, 2)) * size, rng.random((sites, 2)) * size
    camera, site = np.array([f"cam/{i}" for i in range(views)]), np.array([f"site/{i + 1}" for i in range(sites)])
    rank = np.arange(1, sites + 1)
    proposed = rng.random(len(on)) < 0.12
    nearest = shapely.STRtree(shapely.points(spots)).nearest(shapely.points(points[on, 0]))
    step = np.where(proposed, rank[nearest], 0)
    covered = {"length_m": length, "covered_m": length * share, "share": share}
    layers = {
        "area": _frame(shapely.box([-30.0], [-30.0], [size + 30], [size + 30]), source="synthetic"),
        "buildings": _frame(
            _footprints(rng.random((buildings, 2)) * size, rng),
            height=np.where(rng.random(buildings) < 0.3, rng.integers(3, 40, buildings), np.nan),
        ),
        "views": _frame(
            np.concatenate([_sectors(at, rng), _sectors(spots, rng)]),
            camera=np.concatenate([camera, site]),
            role=["existing"] * views + ["proposed"] * sites,
            rank=np.concatenate([np.zeros(views, int), rank]),
        ),
        "gaps": _gaps(points, share, length, names),
        "streets": _frame(lines, name=name, highway=highway, **covered),
        "seen": _frame(
            _starts(points[on], share[on]),
            depth=rng.integers(1, 4, len(on)),
            by=np.where(proposed, "proposed", "existing"),
            step=step,
            cameras=["[]" if s else f'["cam/{i % views}"]' for i, s in enumerate(step.tolist())],
            sites=[f"[{s}]" if s else "[]" for s in step.tolist()],
        ),
        **_themes(points[on], share[on], rank[nearest], rng),
        "cameras": _frame(
            shapely.points(at), id=camera, name=camera, source=rng.choice(["skynet.csv", "sharp_eyes.csv"], views),
            kind="fixed", status=rng.choice(["working", "unknown"], views),
            azimuth=rng.integers(0, 360, views).astype(str), hfov=90.0, range_m=80.0, seen_m=rng.random(views) * 160,
            only_m=rng.random(views) * 90, hidden_m=rng.random(views) * 90, moved_m=0.0, filled="hfov,range_m",
        ),
        "sites": _frame(
            shapely.points(spots), rank=rank, id=site, model="bullet", azimuth=rng.integers(0, 36, sites) * 10,
            cost=2400.0, gain_m=300.0 / rank, cumulative_share=0.1 + rank / 5000, street=names[rank],
        ),
    }  # fmt: skip
    total = float(length.sum())
    part = np.bincount(step, (length * share)[on], minlength=sites + 1).cumsum()
    curve = [
        {"money": 2400.0 * i, "sites": i, "covered_m": metres, "share": metres / total, "bound_share": None}
        for i, metres in enumerate(part.tolist())
    ]
    before, after = ({key: curve[i][key] for key in ("covered_m", "share")} for i in (0, -1))
    gain = after["covered_m"] - before["covered_m"]
    streets = {"edges": len(lines), "length_m": total}
    result = {"command": "plan", "streets": streets, "before": before, "after": after, "gain_m": gain, "curve": curve}
    result["by_step"] = _by_step(sites)
    return layers, {**result, "spent": 2400.0 * sites, "currency": "EUR", "sites": [_why(r) for r in rank.tolist()]}


def _why(rank: int) -> dict[str, Any]:
    """Return what a result tells of a site."""
    other = {"mount": f"S{rank}.0", "action": "new", "model": "bullet", "azimuth": 90.0, "cost": 2400.0,
             "gain_m": 251.234567890123, "loss_m": 13.3456789012345}  # fmt: skip
    streets = [[f"{rank + i} Street", 123.456789012345] for i in range(4)]
    return {"rank": rank, "why": {"alone_m": 300.5, "gain_m": 300.5, "missed_m": 250.25, "streets": streets,
                                  "replacement": other}}  # fmt: skip


def _themes(points: np.ndarray, share: np.ndarray, site: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """Return quality levels and certainty of what is covered, in about as many pieces as real runs have.

    A third of them is changed by a site near by, others stay as they are.
    """
    twice, shares = np.concatenate([points, points]), np.concatenate([share, share / 2])
    site = np.where(rng.random(len(twice)) < 0.33, np.concatenate([site, site]), 0)
    columns: dict[str, Any] = {}
    for light in ("day", "night"):
        before, after = rng.integers(0, 3, (2, len(twice)))
        after = np.where(site > 0, before + 1 + after % 2, before)
        told = zip(before.tolist(), after.tolist(), site.tolist(), strict=True)
        columns |= {light: np.array(LEVELS)[after], f"{light}_today": np.array(LEVELS)[before]}
        columns[f"{light}_steps"] = [_steps(LEVELS[b], LEVELS[a], s) for b, a, s in told]
    some = rng.random(len(twice)) < 0.7
    p = np.round(rng.random(int(some.sum())), 2)
    after = np.where(site[some] > 0, 1.0, p)
    steps = [_steps(b, 1.0, s) for b, s in zip(p.tolist(), site[some].tolist(), strict=True)]
    return {
        "levels": _frame(_starts(twice, shares), **columns),
        "certainty": _frame(_starts(twice[some], shares[some]), p=after, p_today=p, p_steps=steps),
    }


def _steps(before: Any, after: Any, site: int) -> str:
    """Return the history of a stretch, as a layer tells it."""
    return json.dumps([[0, before], *([[site, after]] if site else [])])


def _by_step(sites: int) -> dict[str, Any]:
    """Return what a result tells of every step, with as many digits as it has."""
    rising = (1000 * np.sqrt(1 + np.arange(sites + 1))).tolist()
    share = (np.array(rising) / 1e7).tolist()
    levels = [
        {"level": n, "day_m": rising, "day_share": share, "night_m": rising, "night_share": share} for n in LEVELS
    ]
    return {"levels": levels, "certainty": [{"p": p, "m": rising, "share": share} for p in PROBABILITIES]}


def _frame(geometry: Any, **columns: Any) -> gpd.GeoDataFrame:
    """Put metric geometries onto the globe."""
    metres = np.array([111_320 * np.cos(np.radians(LAT)), 110_574])
    return gpd.GeoDataFrame(
        pd.DataFrame(columns, index=range(len(geometry))),
        geometry=shapely.transform(geometry, lambda xy: np.array([LON, LAT]) + xy / metres),
        crs=4326,
    )


def _grid(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return the edges of a crooked grid, four points each, shape (e, 4, 2)."""
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * BLOCK_M
    at += rng.normal(0, 9, at.shape)
    pairs = [(at[:-1], at[1:]), (at[:, :-1], at[:, 1:])]
    ends = np.concatenate([np.stack([a.reshape(-1, 2), b.reshape(-1, 2)], axis=1) for a, b in pairs])
    along = np.array([0.0, 0.35, 0.7, 1.0])[None, :, None]
    points: np.ndarray = ends[:, :1] * (1 - along) + ends[:, 1:] * along
    points[:, 1:3] += rng.normal(0, 3, (len(ends), 2, 2))
    return points


def _gaps(points: np.ndarray, share: np.ndarray, length: np.ndarray, names: np.ndarray) -> gpd.GeoDataFrame:
    """Return the uncovered rest of all edges, one gap per square of 700 m."""
    _, gap = np.unique((points[:, 0] // 700 @ [1000, 1]).astype(int), return_inverse=True)
    order = np.argsort(gap, kind="stable")
    parts = _starts(points[:, ::-1], 1 - share)[order]
    length_m = np.bincount(gap, weights=length * (1 - share))
    rank = np.empty(len(length_m), dtype=int)
    rank[np.argsort(-length_m)] = np.arange(1, len(length_m) + 1)
    streets = [", ".join(names[[i, i * 7, i * 13]]) for i in range(len(length_m))]
    lines = shapely.multilinestrings(parts, indices=gap[order])
    return _frame(lines, rank=rank, length_m=length_m, weight_m=length_m, streets=streets, highway="residential")


def _starts(points: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return lines shrunk to about a share of their length, towards their first point."""
    return shapely.linestrings(points[:, :1] + (points - points[:, :1]) * np.maximum(share, 0.02)[:, None, None])


def _sectors(at: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return sectors of 90° with an edge as uneven as walls make it."""
    turn = np.radians(rng.integers(0, 360, len(at)))[:, None] + np.linspace(-np.pi / 4, np.pi / 4, 48)
    reach = 80 * np.repeat(rng.uniform(0.3, 1.0, (len(at), 8)), 6, axis=1)
    arc = at[:, None] + reach[..., None] * np.stack([np.sin(turn), np.cos(turn)], axis=-1)
    return shapely.polygons(np.concatenate([at[:, None], arc, at[:, None]], axis=1))


def _footprints(corner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return turned L-shaped footprints."""
    outline = np.array([[0, 0], [1, 0], [1, 0.5], [0.6, 0.5], [0.6, 1], [0, 1], [0, 0]])
    wide = outline * rng.uniform(9, 26, (len(corner), 1, 2))
    turn = rng.uniform(0, np.pi / 2, (len(corner), 1))
    east, north = (
        wide[..., 0] * np.cos(turn) - wide[..., 1] * np.sin(turn),
        wide[..., 0] * np.sin(turn) + wide[..., 1] * np.cos(turn),
    )
    return shapely.polygons(corner[:, None] + np.stack([east, north], axis=-1))


def measure(path: Path) -> None:
    """Open the page in Chromium and print what a reader would feel."""
    from playwright.sync_api import sync_playwright

    exe = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "microsoft-edge"))), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=exe, args=FLAGS)
        took = []
        for _ in range(OPENED):
            page = browser.new_context(offline=True, viewport={"width": 1280, "height": 800}).new_page()
            page.wait_for_timeout(REST_MS)
            start = time.perf_counter()
            page.goto(path.as_uri())
            page.evaluate("camgap.ready")
            took.append(time.perf_counter() - start)
            if len(took) < OPENED:
                page.context.close()
        print(f"first drawing     {np.median(took):6.2f} s  (opened until drawn and idle: {OPENED} times, median)")
        page.wait_for_timeout(REST_MS)
        for zoom in (None, 14, 16):
            if zoom:
                start = time.perf_counter()
                page.evaluate(f"void camgap.map.setView([{LAT} + 0.09, {LON} + 0.13], {zoom}, {{animate: false}})")
                page.evaluate("camgap.idle()")
                print(f"zoom to {zoom}        {time.perf_counter() - start:6.2f} s")
            frames = drag(page)
            rate = 1000 * len(frames) / sum(frames)
            print(f"pan at {zoom or 'overview':<10} {rate:6.0f} frames/s, slowest frame {max(frames):.0f} ms")
            page.evaluate("camgap.idle()")
            print(f"slider at {zoom or 'overview':<9} {slide(page)}")
            page.evaluate("camgap.change({ theme: 'level', light: 'night' })")
            print(f"  levels          {slide(page)}")
            page.evaluate("camgap.change({ theme: 'coverage' })")
            page.evaluate("camgap.idle()")
        heap = page.evaluate("performance.memory.usedJSHeapSize")
        print(f"JavaScript heap   {heap / 1e6:6.0f} MB")
        browser.close()


def slide(page: Any) -> str:
    """Drag the budget slider, five cameras a stop, then jump about; say how long until each stop was drawn [ms]."""
    took: list[float] = page.evaluate(
        """async () => {
          const took = [], n = camgap.steps.length;
          for (let i = 0; i < 40; i++) {
            const start = performance.now();
            camgap.change({ step: i < 20 ? 200 % n + 5 * i : (i * 137) % n });
            await camgap.idle();
            took.push(performance.now() - start);
          }
          return took;
        }"""
    )
    dragged, jumped = np.median(took[1:20]), np.median(took[20:])
    return f"{dragged:.0f} ms a stop when dragged, {jumped:.0f} ms when it jumps (medians, until drawn)"


def drag(page: Any) -> list[float]:
    """Drag the map to and fro with the mouse for some two seconds; return how long each frame took [ms]."""
    page.mouse.move(850, 400)
    page.mouse.down()
    page.evaluate(FRAMES)
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < 2:
        page.mouse.move(850 + 380 * np.sin(3 * passed), 400 + 200 * np.sin(2 * passed))
    frames: list[float] = page.evaluate(FRAMES)
    page.mouse.up()
    return frames


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--views", type=int, default=5_000)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="keep the page here")
    options = parser.parse_args()
    layers, result = city(options.edges, options.views, options.buildings)
    start = time.perf_counter()
    html = draw_map(layers, result, title="Synthetic city")
    print(f"{len(layers['streets']):,} edges, {options.views:,} views, {options.buildings:,} buildings")
    print(f"written in        {time.perf_counter() - start:6.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder, "map.html")
        path.write_text(html, encoding="utf-8")
        print(f"page              {path.stat().st_size / 1e6:6.2f} MB")
        measure(path.resolve())


if __name__ == "__main__":
    main()
