"""The report's chapter on proportionality: homes and sensitive places in view, overlap, sites left out and why."""

import re
from collections import Counter

from camgap.coverage.outputs.report.case import model_name
from camgap.coverage.outputs.report.frontier import street_against_homes
from camgap.coverage.outputs.report.markup import Markup, tag
from camgap.coverage.outputs.report.parts import paragraphs, reasons, table
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

MOST_INTRUDING, MOST_PLACES = 10, 40


def proportionality(run: Run, words: Words) -> list[Markup]:
    """Return homes' facade and sensitive places in view, overlap, and rejected sites."""
    privacy = run.result["privacy"]
    states = [s for s in ("before", "after") if s in privacy]
    last = privacy[states[-1]]
    rows = [
        (
            words(f"privacy.{use}"), words.metres(privacy["frontage_m"][use]),
            *(cell for s in states for cell in
              (words.metres(privacy[s][use]["in_view_m"]), words.percent(privacy[s][use]["share"]))),
        )
        for use in ("residential", "unknown")
    ]  # fmt: skip
    pairs = [c for s in states for c in (words(f"privacy.{s}"), words("present.share"))]
    levels = [
        (
            words.name("levels", level),
            f"{px:g}",
            *(words.metres(privacy[s]["residential"]["by_level_m"][level]) for s in states),
        )
        for level, px in privacy["levels_px_per_m"].items()
    ]
    depth = run.after["depth_m"]
    aside = run.result.get("candidates", {}).get("set_aside", {})
    rejected = (
        words("privacy.rejected", reasons=reasons(words, aside, length=False))
        if aside
        else words("privacy.rejected_none")
    )
    headings = (words("privacy.level"), words("privacy.density"), *(words(f"privacy.{s}") for s in states))
    homes, unknown = (words.metres(last[use]["in_view_m"]) for use in ("residential", "unknown"))
    overlap = words("privacy.overlap", two=words.km(depth["2"]), three=words.km(depth["3+"]))
    return [
        tag("p", words("privacy.definition", facing=f"{privacy['facing_deg']:g}")),
        table(words("privacy.table"), (words("privacy.use"), words("privacy.all_m"), *pairs), rows),
        table(words("privacy.levels"), headings, levels),
        tag("p", words("privacy.level_note"), class_="note"),
        tag("p", words("privacy.masks", length=homes, unknown=unknown)),
        *street_against_homes(run, words),
        *_intruding(run, words),
        *_places(run, words),
        *paragraphs(overlap, rejected if run.is_plan else None),
        *_left_out(run, words),
    ]  # fmt: skip


def _left_out(run: Run, words: Words) -> list[Markup]:
    """Return the sites that would add most by themselves and are not in the plan, each with why."""
    if not run.is_plan:
        return []
    rows = [
        (
            r["mount"], words.street(r["street"]) if "street" in r else "",
            model_name(run.models, r["model"]), words.money(r["cost"], ""),
            words.metres(r["alone_m"]), words.metres(r["now_m"]), _reason(r["reason"], words),
        )
        for r in run.result["rejected"]
    ]  # fmt: skip
    if not rows:
        return paragraphs(words("privacy.left_out_none"))
    names = ("site.id", "plan.street", "site.model", "plan.cost", "privacy.alone", "privacy.now", "privacy.reason")
    return [table(words("privacy.left_out"), [words(name) for name in names], rows, left=(0, 1, 2, 6))]


def _reason(reason: str, words: Words) -> str:
    """Return why a site is left out; the result says it in English, with the rank of a site in it."""
    found = re.search(r"\bsite (\d+)", reason)
    if not found:
        return words.name("left_out", reason)
    general = reason.replace(found[0], "site {rank}", 1)
    return words.name("left_out", general).replace("{rank}", found[1])


def _intruding(run: Run, words: Words) -> list[Markup]:
    facing = [s for s in run.result["privacy"].get("sites", ()) if s["residential_m"] > 0]
    facing.sort(key=lambda s: (-s["residential_m"], s["rank"]))
    streets = {s["rank"]: s["street"] for s in run.sites}
    rows = [
        (
            str(s["rank"]),
            words.street(streets[s["rank"]]),
            words.metres(s["residential_m"]),
            words.metres(s["added_m"]),
        )
        for s in facing[:MOST_INTRUDING]
    ]
    columns = (words("privacy.camera"), words("plan.street"), words("privacy.residential"), words("privacy.newly"))
    return [table(words("privacy.worst"), columns, rows, left=2)] if rows else []


def _places(run: Run, words: Words) -> list[Markup]:
    places = run.result["privacy"]["places"]
    key = "in_view_after" if run.is_plan else "in_view_before"
    seen = [p for p in places if p[key]]
    if not seen:
        return paragraphs(words("privacy.places_none"))
    kinds = Counter(p["kind"] for p in seen)
    said = ", ".join(f"{words.name('places', kind)} {n}" for kind, n in sorted(kinds.items()))
    rows = [
        (
            words.name("places", p["kind"]), p["name"] or words("units.unnamed"), words.metres(p["distance_m"]),
            words("privacy.yes") if p["in_view_before"] else words("privacy.no"),
        )
        for p in seen[:MOST_PLACES]
    ]  # fmt: skip
    columns = [words(f"privacy.{c}") for c in ("kind", "name", "distance", "seen_today")]
    more = words("privacy.places_more", count=len(seen) - MOST_PLACES) if len(seen) > MOST_PLACES else None
    return [
        tag("p", words("privacy.places_text", count=len(seen), all=len(places), kinds=said)),
        table(words("privacy.places" if run.is_plan else "privacy.places_score"), columns, rows, left=2),
        *paragraphs(more),
    ]
