"""The tables of ``camgap score``."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import MOST_ROWS, Table, by_name, heading, km, percent
from camgap.coverage.outputs.tables.read import what_was_read


def score_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap score``."""
    return [
        what_was_read(result),
        _headline(result["coverage"]),
        *quality_tables(result["coverage"]),
        _groups("By street class", result["coverage"]["by_class"]),
        *district_tables(result["coverage"]),
        _gaps(result),
        _worst_streets(result["coverage"]["by_street"]),
        *_upkeep(result.get("upkeep")),
        *_demand(result.get("demand"), result["coverage"]["share"]),
    ]


def _headline(coverage: Mapping[str, Any]) -> Table:
    depth, length = coverage["depth_m"], coverage["length_m"] or 1.0
    light = coverage["quality"]["light"]
    other = "day" if light == "night" else "night"
    rows = [
        ("covered", km(coverage["covered_m"]), percent(coverage["share"])),
        *band_rows(coverage, light),
        ("  by exactly one camera", km(depth["1"]), percent(depth["1"] / length)),
        ("  by exactly two", km(depth["2"]), percent(depth["2"] / length)),
        ("  by three or more", km(depth["3+"]), percent(depth["3+"] / length)),
        ("not covered", km(coverage["length_m"] - coverage["covered_m"]), percent(1 - coverage["share"])),
        *(
            (f"by {other}: 90 % of draws", *cells)
            for cells in (_span(coverage["bands"][other]) if "bands" in coverage else ())
        ),
        ("comparison: were there no buildings", "", percent(coverage["share_ignoring_buildings"])),
    ]
    return Table(f"Coverage of street length: {what_counts(coverage['quality'])}", ("", "length", "share"), tuple(rows))


LIES = {"azimuth": "unknown headings as along the street", "status": "unknown status as working"}


def band_rows(coverage: Mapping[str, Any], light: str) -> list[tuple[str, str, str]]:
    """Return how sure the covered length is by the light that counts: median, band, and why it lies outside."""
    bands = coverage.get("bands")
    if not bands:
        return []
    draws, band = f"{bands['draws']:,} draw{'s' if bands['draws'] > 1 else ''}", bands[light]
    rows = [(f"  median of {draws} of what is not known", km(band["median_m"]), percent(band["median_share"]))]
    rows += [("    90 % of them", *cells) for cells in _span(band)]
    if light == bands["probability_by"]:
        s = bands["scenarios"][light]
        metres = f"{s['low_m'] / 1000:,.2f}, {s['middle_m'] / 1000:,.2f}, {km(s['high_m'])}"
        rows.append(("    all unknowns at worst, middle, best", metres, ""))
    if bands["score_lies"] is None:
        rows.append(("    too few draws for a band: --draws 200", "", ""))
    elif bands["score_lies"] != "inside":
        rows.append((f"  covered lies {bands['score_lies']} this band: it counts", "", ""))
        rows += [
            (f"    {LIES.get(n, f'unknown {n} as in the presets')}", f"{c:,} cameras", "")
            for n, c in bands["because"].items()
        ]
    return rows


def _span(band: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return length and share between the 5 % and the 95 % quantile, nothing where they are not known."""
    if band["p5_m"] is None:
        return []
    share = f"{100 * band['p5_share']:.1f} to {percent(band['p95_share'])}"
    return [(f"{band['p5_m'] / 1000:,.2f} to {km(band['p95_m'])}", share)]


def what_counts(quality: Mapping[str, Any]) -> str:
    """Return in words what counts as covered."""
    heads = "home positions of moving heads" if quality["moving"] == "guaranteed" else "all that moving heads can reach"
    return (
        f"{quality['level']} ({quality['px_per_m']:g} px/m, {quality['standard']}) by {quality['light']}, "
        f"{quality['target_m']:g} m above ground, {heads}"
    )


def quality_tables(coverage: Mapping[str, Any], when: str = "") -> list[Table]:
    """Return the table of quality levels by day and by night, and of moving heads."""
    if "quality" not in coverage:
        return []
    q, length = coverage["quality"], coverage["length_m"] or 1.0
    rows = []
    for level in q["levels"]:
        blind = f"{level['heads_out_of_reach']:,}" if level["heads_out_of_reach"] else ""
        name = f"{level['level']} ({level['px_per_m']:g} px/m)"
        cells = [
            cell for light in ("day", "night") for cell in (km(level[f"{light}_m"]), percent(level[f"{light}_share"]))
        ]
        rows.append((name, *cells, km(level["day_exclusive_m"]), km(level["night_exclusive_m"]), blind))
    columns = ("at least", "by day", "share", "by night", "share", "no better: day", "night", "heads too high for it")
    ratio = "" if q["night_to_day"] is None else f"; at {q['level']}, night is {percent(q['night_to_day'])} of day"
    tables = [Table(f"By picture quality{when}{ratio}", columns, tuple(rows))]
    if q["potential_m"] > q["guaranteed_m"]:
        names = (
            ("while all are at home", "guaranteed_m"),
            ("on average over time, at home or away", "expected_m"),
            ("at one time or another", "potential_m"),
        )
        moving = [(name, km(q[key]), percent(q[key] / length)) for name, key in names]
        tables.append(Table(f"With moving heads{when}", ("seen", "length", "share"), tuple(moving)))
    return tables


def district_tables(coverage: Mapping[str, Any], title: str = "By district") -> list[Table]:
    """Return the table of districts, where the study has any."""
    return [_groups(title, coverage["by_district"])] if coverage["by_district"] else []


def _groups(title: str, groups: list[dict[str, Any]]) -> Table:
    rows = tuple((g["name"], km(g["length_m"]), km(g["covered_m"]), percent(g["share"])) for g in groups)
    return Table(title, ("", "length", "covered", "share"), rows)


def _gaps(result: Mapping[str, Any]) -> Table:
    gaps, short = result["gaps"], result["gaps_short"]
    rows = [
        (str(g["rank"]), _streets(g), g["classes"][0], f"{g['length_m']:,.0f} m",
         *((f"{g['demand']:,.1f}",) if "demand" in g else ()))
        for g in gaps[:MOST_ROWS]
    ]  # fmt: skip
    title = heading("Gaps: connected streets out of sight", len(gaps))
    if short["count"]:
        title += f"; {short['count']:,} short ones sum to {short['length_m']:,.0f} m"
    columns = ("#", "streets", "class", "length", *(("demand",) if gaps and "demand" in gaps[0] else ()))
    return Table(title, columns, tuple(rows), left=3)


def _streets(gap: Mapping[str, Any]) -> str:
    names = gap["streets"]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (", ".join(names[:3]) + more) or "(no name)"


def _worst_streets(streets: list[dict[str, Any]]) -> Table:
    worst = sorted(streets, key=lambda s: (s["covered_m"] - s["length_m"], s["name"]))[:MOST_ROWS]
    rows = tuple(
        (s["name"], s["highway"], f"{s['length_m'] - s['covered_m']:,.0f} m", percent(s["share"])) for s in worst
    )
    return Table(
        "Named streets with the most length out of sight", ("", "class", "not covered", "share covered"), rows, 2
    )


UPKEEP = (  # length and share of what a table of upkeep shows
    ("designed: every camera works", "designed_m", "share_designed"),
    ("  of it hangs on a single camera", "one_camera_m", ""),
    ("  of it hangs on a single pole", "one_pole_m", ""),
    ("expected: they fail as the rules say", "expected_m", "share_expected"),
    ("known: only those said to work", "known_m", "share_known"),
)


def upkeep_cells(state: Mapping[str, Any], metres: str, share: str) -> tuple[str, str]:
    """Return length and share of a row of :data:`UPKEEP`."""
    return km(state[metres]), percent(state[share]) if share else ""


def _upkeep(upkeep: Mapping[str, Any] | None) -> list[Table]:
    if not upkeep or not upkeep["by_status"]:
        return []
    rows = [(name, *upkeep_cells(upkeep, *keys)) for name, *keys in UPKEEP]
    rows += [
        (f"worst failure: {c['id']}", f"{c['only_m']:,.0f} m", f"expected {c['expected_loss_m']:,.0f} m")
        for c in upkeep["worst_cameras"][:3]
    ]
    found = f"; inspected: {by_name(upkeep['by_inspection'])}" if upkeep["by_inspection"] else ""
    title = f"Upkeep (cameras by status: {by_name(upkeep['by_status'])}{found})"
    return [Table(title, ("", "covered", "share"), tuple(rows))]


def _demand(demand: Mapping[str, Any] | None, share: float) -> list[Table]:
    if not demand:
        return []
    events, outside = demand["events"], round(demand["events"]["weight_outside"], 1)
    rows = [
        ("demand in view", f"{demand['seen']:,.1f} of {demand['total']:,.1f}", percent(demand["share"])),
        ("street length in view", "", percent(share)),
        (f"events used, of {events['read']:,} read", f"{events['used']:,}", ""),
        *((f"set aside: {reason}", f"{n:,}", "") for reason, n in events["set_aside"].items()),
        *((("weight of lines and polygons outside the study area", f"{outside:,.1f}", ""),) if outside else ()),
        ("timed at 00:00 sharp, often unknown", f"{events['at_midnight']:,}", ""),
        *((f"on {c['name']}", f"{c['seen']:,.1f} of {c['demand']:,.1f}", percent(c["share"]))
          for c in demand["by_class"][:MOST_ROWS]),
        *((d["name"], f"{d['seen']:,.1f} of {d['demand']:,.1f}", percent(d["share"])) for d in demand["by_district"]),
    ]  # fmt: skip
    title = f"Demand ({demand['kernel']} kernel along the streets, {demand['bandwidth_m']:g} m)"
    worst = sorted(demand["by_street"], key=lambda d: (d["seen"] - d["demand"], d["name"]))[:MOST_ROWS]
    streets = [
        (d["name"], d["highway"], f"{d['demand'] - d['seen']:,.1f} of {d['demand']:,.1f}", percent(d["share"]))
        for d in worst if d["demand"] > d["seen"]
    ]  # fmt: skip
    return [
        Table(title, ("", "weight", "share"), tuple(rows)),
        Table("Named streets with the most demand out of sight", ("", "class", "out of sight", "share in view"),
              tuple(streets), left=2),
    ]  # fmt: skip
