"""The report's chapters on what is: summary, need, present coverage, gaps, limits, data."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.money import Terms, budget, schedule
from camgap.coverage.outputs.report.ask import ask, is_mixed
from camgap.coverage.outputs.report.drawings import overview
from camgap.coverage.outputs.report.markup import Markup, tag
from camgap.coverage.outputs.report.parts import bullets, facts, figure, legend, paragraphs, table
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

MOST_GAPS, MOST_STREETS, NAMES = 15, 10, 3


def summary(run: Run, words: Words, terms: Terms, chapters: Mapping[str, int]) -> list[Markup]:
    """Return what a reader with one minute needs, on one page."""
    before, result = run.before, run.result
    date = result.get("data_date")
    area = words("summary.area", area=words.name("areas", result["study_area"]["source"]))
    data = words("summary.data", date=date[:10]) if date else words("summary.no_date")
    used = result["cameras"]["used"]
    today = words(
        "summary.today", used=f"{used:,}", covered=words.km(before["covered_m"]), length=words.km(before["length_m"]),
        share=words.percent(before["share"]),
    )  # fmt: skip
    keys = ("seen", *(["gained"] if run.sites else []), *(["lost"] if run.lost_m else []), "street")
    return [
        tag("p", f"{area} {data}" if words.lang == "en" else f"{area}{data}", class_="lead"),
        facts(_key_figures(run, words, terms), "figures"),
        *paragraphs(today, *_sure(run, words), *ask(run, words)),
        *paragraphs(_privacy_line(run, words), _privacy_unknown(run, words)),
        figure(
            overview(run, words),
            legend(words, *keys),
        ),
        tag("p", words("summary.caution", method=chapters["method"], limits=chapters["limits"]), class_="note"),
    ]


def _key_figures(run: Run, words: Words, terms: Terms) -> list[tuple[str, str]]:
    before, result = run.before, run.result
    rows = [
        (words("summary.fact_length"), words.km(before["length_m"])),
        (words("summary.fact_before"), words.percent(before["share"])),
    ]
    if run.is_plan:
        total = float(budget(schedule(run, terms), terms)["total"].sum())
        rows += [
            (words("summary.fact_after"), words.percent(run.after["share"])),
            (_gain(run, words), words.km(result["gain_m"])),
            (words("summary.fact_measures" if is_mixed(run) else "summary.fact_cameras"), f"{len(run.sites):,}"),
            (words("summary.fact_spent"), words.money(result["spent"], run.currency)),
            (words("summary.fact_years", years=terms.years), words.money(total, run.currency)),
        ]
    privacy = result.get("privacy")
    if privacy:
        last, key = ("after", "fact_frontage") if "after" in privacy else ("before", "fact_frontage_score")
        homes, unknown = (words.metres(privacy[last][use]["in_view_m"]) for use in ("residential", "unknown"))
        rows.append((words(f"summary.{key}", unknown=unknown), homes))
    return rows


def _gain(run: Run, words: Words) -> str:
    """Return what the gain is called: what is lost against it is told."""
    if not run.lost_m:
        return words("summary.fact_gain")
    return words("summary.fact_gain_net", newly=words.km(run.newly_covered_m), lost=words.km(run.lost_m))


def _sure(run: Run, words: Words) -> list[str]:
    """Return which picture counts, and how sure today's length is."""
    quality = run.before.get("quality")
    said = []
    if quality:
        said.append(
            words(
                "summary.counted", level=words.name("levels", quality["level"]), density=f"{quality['px_per_m']:g}",
                light=words(f"present.{quality['light']}"), standard=quality["standard"],
                height=f"{quality['target_m']:g}",
            )
        )  # fmt: skip
    today = [_band(run.before, words, "band"), *_lies(run.before, words)]
    then = [_band(run.after, words, "band_after")] if run.sites else []
    sure = words.sentences(*filter(None, [*today, *then]))
    return [*said, sure] if sure else said


def _band(coverage: Mapping[str, Any], words: Words, key: str) -> str | None:
    """Return median and band of the draws by day and by night; None where they are too few."""
    bands = coverage.get("bands")
    if not bands or bands["day"]["p5_m"] is None:
        return None
    lights = (("", bands["day"]), ("_night", bands["night"]))
    names = (("low", "p5_m"), ("median", "median_m"), ("high", "p95_m"))
    values = {f"{name}{light}": words.km(band[metres]) for light, band in lights for name, metres in names}
    return words(f"summary.{key}", **values)


def _lies(coverage: Mapping[str, Any], words: Words) -> list[str]:
    """Return why the covered length lies outside its band, where it does."""
    bands = coverage.get("bands") or {}
    if bands.get("score_lies") not in ("above", "below"):
        return []
    reasons = [
        words(f"summary.lies_{field}", count=f"{n:,}")
        if field in ("azimuth", "status")
        else words("summary.lies_preset", field=words.name("fields", field), count=f"{n:,}")
        for field, n in bands["because"].items()
    ]
    light = words(f"present.{coverage['quality']['light']}")
    return [words(f"summary.{bands['score_lies']}", light=light, reasons=words("units.comma").join(reasons))]


def _privacy_line(run: Run, words: Words) -> str | None:
    privacy = run.result.get("privacy")
    if not privacy:
        return None
    before, places = privacy["before"]["residential"], privacy["places"]
    said = {
        "frontage": words.km(privacy["frontage_m"]["residential"]), "before": words.metres(before["in_view_m"]),
        "all": f"{len(places):,}", "places_before": f"{sum(p['in_view_before'] for p in places):,}",
    }  # fmt: skip
    if "after" not in privacy:
        return words("summary.privacy_score", share=words.percent(before["share"]), **said)
    after = privacy["after"]["residential"]
    return words(
        "summary.privacy", after=words.metres(after["in_view_m"]),
        points=words.points(after["share"] - before["share"]),
        places=f"{sum(p['in_view_after'] for p in places):,}", **said,
    )  # fmt: skip


def _privacy_unknown(run: Run, words: Words) -> str | None:
    """Return the same of facade that may be of homes; None where the use of all of it is known."""
    privacy = run.result.get("privacy")
    if not privacy or not privacy["frontage_m"]["unknown"]:
        return None
    said = {"frontage": words.km(privacy["frontage_m"]["unknown"])}
    states = [state for state in ("before", "after") if state in privacy]
    said |= {state: words.metres(privacy[state]["unknown"]["in_view_m"]) for state in states}
    return words("summary.privacy_unknown" if "after" in said else "summary.privacy_unknown_score", **said)


def need(run: Run, words: Words) -> list[Markup]:
    """Return what is out of view."""
    before = run.before
    gap = before["length_m"] - before["covered_m"]
    open_share = before["share_ignoring_buildings"]
    text = words(
        "need.text", length=words.km(before["length_m"]), gap=words.km(gap), share=words.percent(1 - before["share"]),
        hidden=words.points_off(before["share"] - open_share), open=words.percent(open_share),
    )  # fmt: skip
    districts = sorted((d for d in before["by_district"] if d["length_m"]), key=lambda d: (d["share"], d["name"]))
    compared = None
    if len(districts) > 1:
        worst, best = districts[0], districts[-1]
        compared = words(
            "need.text_district", worst=worst["name"], worst_share=words.percent(worst["share"]), best=best["name"],
            best_share=words.percent(best["share"]),
        )  # fmt: skip
    streets = sorted(before["by_street"], key=lambda s: (s["covered_m"] - s["length_m"], s["name"]))[:MOST_STREETS]
    rows = [
        (
            s["name"],
            words.name("classes", s["highway"]),
            words.metres(s["length_m"] - s["covered_m"]),
            words.percent(s["share"]),
        )
        for s in streets
    ]
    columns = [words("need.out"), words("present.before")]
    worst_table = table(
        words("need.streets"), (words("gaps.streets"), words("present.class"), *columns), rows, left=2
    )  # fmt: skip
    return [
        *paragraphs(text, compared),
        worst_table if rows else Markup(""),
        tag("p", words("need.purpose"), class_="fill"),
    ]


def present(run: Run, words: Words) -> list[Markup]:
    """Return today's coverage by class, district and number of cameras, beside that with the plan."""
    before, after = run.before, run.after
    depth = [
        (words("present.none"), before["length_m"] - before["covered_m"], after["length_m"] - after["covered_m"]),
        *(
            (words(f"present.{name}"), before["depth_m"][key], after["depth_m"][key])
            for name, key in (("one", "1"), ("two", "2"), ("three", "3+"))
        ),
    ]
    both = run.is_plan
    columns = [words("present.cameras"), words("present.before"), words("present.share")]
    rows = []
    for name, today, then in depth:
        row = [name, words.km(today), words.percent(today / (before["length_m"] or 1.0))]
        rows.append([*row, words.km(then), words.percent(then / (after["length_m"] or 1.0))] if both else row)
    columns += [words("present.after"), words("present.share_after")] if both else []
    parts = [_groups(run, words, "by_class", "class")]
    if before["by_district"]:
        parts.append(_groups(run, words, "by_district", "district"))
    return [*parts, table(words("present.depth"), columns, rows), *_levels(run, words)]


def _levels(run: Run, words: Words) -> list[Markup]:
    """Return length by picture quality, by day and by night, and what moving heads see at times."""
    quality = run.before.get("quality")
    if not quality:
        return []
    then = run.after["quality"]["levels"] if run.is_plan else [None] * len(quality["levels"])
    rows = [
        (
            words.name("levels", level["level"]), f"{level['px_per_m']:g}", words.km(level["day_m"]),
            words.percent(level["day_share"]), *([words.percent(later["day_share"])] if later else []),
            words.km(level["night_m"]), words.percent(level["night_share"]),
            *([words.percent(later["night_share"])] if later else []), f"{level['heads_out_of_reach']:,}",
        )
        for level, later in zip(quality["levels"], then, strict=True)
    ]  # fmt: skip
    shares = [words("present.share"), *([words("present.share_after")] if run.is_plan else [])]
    columns = (
        words("present.level"), words("present.density"), words("present.day"), *shares, words("present.night"),
        *shares, words("present.blind"),
    )  # fmt: skip
    ratio, moving = quality["night_to_day"], quality["potential_m"] > quality["guaranteed_m"]
    lines = [
        words("present.ratio", ratio=words.percent(ratio)) if ratio is not None else None,
        words("present.moving", expected=words.km(quality["expected_m"]), potential=words.km(quality["potential_m"]))
        if moving
        else None,
    ]
    return [table(words("present.levels"), columns, rows), *paragraphs(*lines)]


def _groups(run: Run, words: Words, key: str, first: str) -> Markup:
    after = {g["name"]: g for g in run.after[key]}
    asked = (run.result.get("floors") or {}).get("districts", []) if key == "by_district" else []
    floors = {d["name"]: words.percent(d["floor"]) for d in asked}
    sums = {"name": words("present.total")} | {k: run.before[k] for k in ("length_m", "covered_m", "share")}
    rows = []
    for group in [*run.before[key], sums]:
        name = words.name("classes", group["name"]) if key == "by_class" else group["name"]
        row = [name, words.km(group["length_m"]), words.km(group["covered_m"]), words.percent(group["share"])]
        if run.is_plan:
            then = run.after if group is sums else after[group["name"]]
            row += [words.km(then["covered_m"]), words.percent(then["share"])]
        rows.append([*row, floors.get(group["name"], "")] if floors else row)
    names = ["length", "before", "share", *(["after", "share_after"] if run.is_plan else [])]
    columns = [
        words(f"present.{first}"),
        *(words(f"present.{name}") for name in [*names, *(["floor"] if floors else [])]),
    ]
    return table(words(f"present.{key}"), columns, rows, total=True)


def gaps(run: Run, words: Words) -> list[Markup]:
    """Return the largest gaps."""
    found, short = run.result["gaps"], run.result["gaps_short"]
    least = run.manifest.get("settings", {}).get("score", {}).get("min_gap_m", 0.0)
    text = words(
        "gaps.text",
        count=f"{len(found):,}",
        least=words.metres(least),
        length=words.km(sum(g["length_m"] for g in found)),
    )
    few = (
        words("gaps.short", count=f"{short['count']:,}", length=words.metres(short["length_m"]))
        if short["count"]
        else None
    )
    rows = [
        (
            str(g["rank"]),
            _names(g["streets"], words),
            words.name("classes", g["classes"][0]) if g["classes"] else "",
            words.metres(g["length_m"]),
        )
        for g in found[:MOST_GAPS]
    ]
    columns = [words(f"gaps.{c}") for c in ("rank", "streets", "class", "length")]
    return [
        *paragraphs(text, few),
        table(words("gaps.table", count=len(rows)), columns, rows, left=3) if rows else Markup(""),
    ]


def _names(names: list[str], words: Words) -> str:
    said = ", ".join(names[:NAMES]) or words("units.unnamed")
    return words("gaps.more", names=said, count=len(names) - NAMES) if len(names) > NAMES else said


def limits(run: Run, words: Words) -> list[Markup]:
    """Return what the figures do not say."""
    return [bullets(words.lines("limits.lines"))] if run else []


def data(run: Run, words: Words) -> list[Markup]:
    """Return where it all comes from."""
    manifest: dict[str, Any] = run.manifest
    rows = [(f["file"], f"{f['bytes']:,}", tag("code", f["sha256"])) for f in manifest.get("inputs", ())]
    versions = ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items())
    date = run.result.get("data_date")
    return [
        *paragraphs(words("data.licence"), words("data.date", date=date[:10]) if date else words("summary.no_date")),
        table(words("data.files"), [words(f"data.{c}") for c in ("file", "bytes", "sha")], rows),
        *paragraphs(words("data.made", versions=versions), words("data.repeat"), words("data.settings")),
    ]
