"""One page per proposed camera, for the site visit."""

from typing import Any

from camgap.coverage.outputs.money import Terms, phase_name, schedule
from camgap.coverage.outputs.report.case import model_name
from camgap.coverage.outputs.report.drawings import locator, view_drawing
from camgap.coverage.outputs.report.markup import Markup, tag
from camgap.coverage.outputs.report.parts import bullets, facts, figure, heading, legend
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

ALL_ROUND = 360.0  # [°] a view of so much has no heading
TURNED = 1.0  # [°] a heading that differs by less is told as the same


def site_pages(run: Run, words: Words, terms: Terms) -> list[Markup]:
    """Return a section per proposed camera, by rank."""
    faced = {s["rank"]: s for s in run.result.get("privacy", {}).get("sites", ())}
    sites: list[dict[str, Any]] = [{str(k): v for k, v in s.items()} for s in schedule(run, terms).to_dict("records")]
    return [_page(run, words, site, faced.get(site["rank"])) for site in sites]


def _page(run: Run, words: Words, site: dict[str, Any], faced: dict[str, float] | None) -> Markup:
    title = words("site.heading", rank=site["rank"], street=words.street(site["street"]))
    return tag(
        "section", tag("h3", title, id=f"site-{site['rank']}"),
        tag("div",
            figure(locator(run, site, words), words("figures.locator", rank=site["rank"])),
            figure(view_drawing(run, site, words), legend(words, *_keys(site))),
            class_="drawings"),
        tag("p", _done(run, words, site, _standing(run, site)), class_="done"),
        facts(_facts(run, words, site, faced)),
        tag("h4", words("site.check")), bullets(words.lines(f"site.{_checks(site)}"), "check"),
        class_="site",
    )  # fmt: skip


def _keys(site: dict[str, Any]) -> tuple[str, ...]:
    """Return what the drawing of a view shows."""
    return ("seen", "gained", *(() if _is_new(site) else ("lost", "was")), "street", "view")


def _is_new(site: dict[str, Any]) -> bool:
    return bool(site.get("action", "new") == "new")


def _standing(run: Run, site: dict[str, Any]) -> dict[str, Any]:
    """Return what the lists tell of the camera that is acted upon; nothing of one that does not work, or is new."""
    cameras = run.layers["cameras"]
    return next(iter(cameras[cameras["id"] == site["id"]][["hfov", "filled"]].to_dict("records")), {})


def _checks(site: dict[str, Any]) -> str:
    """Return the checklist for what is done."""
    return "checks" if _is_new(site) else "checks_moved" if site["action"] == "relocate" else "checks_camera"


def _done(run: Run, words: Words, site: dict[str, Any], stands: dict[str, Any]) -> str:
    """Return what is done at a site, in a sentence: which camera, from which heading to which."""
    action, was = site.get("action", "new"), site.get("azimuth_before")
    if action == "new":
        return words("site.new")
    hfov = site.get("hfov")
    new = words("site.all_round") if hfov is not None and hfov >= ALL_ROUND else heading(site["azimuth"])
    old = words("units.unknown") if was is None else heading(was)
    if stands.get("hfov") is not None and stands["hfov"] >= ALL_ROUND:
        old = words("site.all_round")
    elif "azimuth" in (stands.get("filled") or "").split(","):
        old = words("site.assumed", heading=old)
    turned = was is not None and abs((site["azimuth"] - was + 180) % 360 - 180) >= TURNED
    key = f"{action}_turned" if action in ("repair", "light") and turned else action
    model = run.models.get(site["model"], {}).get("name", site["model"])
    return words(f"site.{key}", old=old, new=new, model=model, to=site.get("to") or "")


def _streets(words: Words, streets: list[list[Any]]) -> str:
    """Return streets with the length of each; what rounds to nothing is left out."""
    told = [f"{words.street(name)} {words.metres(length)}" for name, length in streets if length >= 0.5]
    return ", ".join(told) or words("site.no_street")


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
    model, stands = run.models.get(site["model"], {}), _standing(run, site)
    is_new, why = _is_new(site), site.get("why") or {}
    stated = words("units.unknown" if is_new or site["model"] else "site.as_is")

    def angle(value: float | None) -> str:
        return stated if value is None else f"{round(value, 1):g}°"

    def metres(value: float | None) -> str:
        return stated if value is None else f"{round(value, 1):g} {words('units.m')}"

    def of(key: str) -> float | None:
        value = next((v for v in (site.get(key), model.get(key), stands.get(key)) if v is not None), None)
        return None if value is None else float(value)

    rows = [
        (words("site.id" if is_new else "site.camera"), site["id"]),
        *([(words("site.to"), site["to"])] if site.get("to") else []),
        *([(words("site.kind"), words.name("kinds", site["kind"]))] if site["kind"] != "camera" else []),
        (words("site.position"), f"{site['lat']:.6f}, {site['lon']:.6f}"),
        *([(words("site.model"), model_name(run.models, site["model"]))] if site["model"] else []),
        (words("site.azimuth"), heading(site["azimuth"])),
        (words("site.hfov"), angle(of("hfov"))),
        *_reach(run, words, site),
        (words("site.height"), metres(of("height_m"))),
        (words("site.tilt"), angle(of("tilt"))),
        (words("site.price"), words.money(site["cost"], run.currency)),
        (words("site.phase"), phase_name(run, site["phase"])),
        (words("site.gain" if is_new else "site.gain_net"), words.metres(site["gain_m"])),
    ]
    if not is_new and "lost" in why:
        rows += [
            (words("site.newly"), _streets(words, why["streets"])),
            (words("site.lost"), _streets(words, why["lost"])),
        ]
    if faced is not None:
        rows += [
            (words("site.frontage"), f"{words.metres(faced['residential_m'])} ({words.metres(faced['added_m'])})"),
            (words("site.unknown_frontage"), words.metres(faced["unknown_m"])),
        ]
    return rows
