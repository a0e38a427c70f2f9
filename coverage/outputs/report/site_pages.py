"""One page per proposed camera, for the site visit."""

from typing import Any

from camgap.coverage.outputs.money import Terms, phase_name, schedule
from camgap.coverage.outputs.report.case import what
from camgap.coverage.outputs.report.drawings import locator, view_drawing
from camgap.coverage.outputs.report.markup import Markup, tag
from camgap.coverage.outputs.report.parts import bullets, facts, figure, legend
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run


def site_pages(run: Run, words: Words, terms: Terms) -> list[Markup]:
    """Return a section per proposed camera, by rank."""
    faced = {s["rank"]: s for s in run.result.get("privacy", {}).get("sites", ())}
    sites: list[dict[str, Any]] = [{str(k): v for k, v in s.items()} for s in schedule(run, terms).to_dict("records")]
    return [_page(run, words, site, faced.get(site["rank"])) for site in sites]


def _page(run: Run, words: Words, site: dict[str, Any], faced: dict[str, float] | None) -> Markup:
    heading = words("site.heading", rank=site["rank"], street=words.street(site["street"]))
    return tag(
        "section", tag("h3", heading, id=f"site-{site['rank']}"),
        tag("div",
            figure(locator(run, site, words), words("figures.locator", rank=site["rank"])),
            figure(view_drawing(run, site, words), legend(words, "seen", "gained", "street", "view")),
            class_="drawings"),
        facts(_facts(run, words, site, faced)),
        tag("h4", words("site.check")), bullets(words.lines("site.checks"), "check"),
        class_="site",
    )  # fmt: skip


def _reach(run: Run, words: Words, site: dict[str, Any]) -> list[tuple[str, str]]:
    """Return how far the view reaches at the level that counts."""
    views, quality = run.layers["views"], run.before.get("quality")
    own = views[(views["role"] == "proposed") & (views["rank"] == site["rank"])]
    if "range_m" not in own or own.empty or not quality:
        return []
    level = words.name("levels", quality["level"])
    return [(words("site.reach", level=level, density=f"{quality['px_per_m']:g}"), words.metres(own["range_m"].max()))]


def _facts(
    run: Run, words: Words, site: dict[str, Any], faced: dict[str, float] | None
) -> list[tuple[str, str]]:  # fmt: skip
    model, cameras = run.models.get(site["model"], {}), run.layers["cameras"]
    stands = cameras[cameras["id"] == site["id"]][["hfov"]].to_dict("records")  # of a camera that is turned or mended
    stands = stands[0] if stands else {}
    stated = words("units.unknown")

    def angle(value: float | None) -> str:
        return stated if value is None else f"{value:g}°"

    def metres(value: float | None) -> str:
        return stated if value is None else f"{value:g} {words('units.m')}"

    def of(key: str) -> float | None:
        value = next((v for v in (site.get(key), model.get(key), stands.get(key)) if v is not None), None)
        return None if value is None else float(value)

    rows = [
        (words("site.id"), site["id"]),
        *([(words("site.to"), site["to"])] if site.get("to") else []),
        (words("site.kind"), words.name("kinds", site["kind"])),
        (words("site.position"), f"{site['lat']:.6f}, {site['lon']:.6f}"),
        (words("site.model"), what(words, run.models, site)),
        (words("site.azimuth"), angle(site["azimuth"])),
        (words("site.hfov"), angle(of("hfov"))),
        *_reach(run, words, site),
        (words("site.height"), metres(of("height_m"))),
        (words("site.tilt"), angle(of("tilt"))),
        (words("site.price"), words.money(site["cost"], run.currency)),
        (words("site.phase"), phase_name(run, site["phase"])),
        (words("site.gain"), words.metres(site["gain_m"])),
    ]
    if faced is not None:
        rows += [
            (words("site.frontage"), f"{words.metres(faced['residential_m'])} ({words.metres(faced['added_m'])})"),
            (words("site.unknown_frontage"), words.metres(faced["unknown_m"])),
        ]
    return rows
