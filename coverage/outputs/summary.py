"""What a command prints for people: small tables made from its JSON result, so that both say the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_ROWS = 10


@dataclass(frozen=True)
class Table:
    """A titled table of ready text; the first `left` columns are words, the others numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1


def score_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap score``."""
    return [
        _account(result),
        _headline(result["coverage"]),
        *quality_tables(result["coverage"]),
        _groups("By street class", result["coverage"]["by_class"]),
        *_districts(result["coverage"]),
        _gaps(result),
        _worst_streets(result["coverage"]["by_street"]),
    ]


def plan_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap plan``."""
    before, after = result["before"], result["after"]
    money = f" {result['currency']}" if result["currency"] else ""
    rows = [
        ("covered before", km(before["covered_m"]), percent(before["share"])),
        ("covered after", km(after["covered_m"]), percent(after["share"])),
        ("newly covered", km(result["gain_m"]), percent(after["share"] - before["share"])),
        (
            "no choice of these candidates adds more than",
            km(result["upper_bound_gain_m"]),
            f"gap {percent(result['gap'])}",
        ),
        ("spent", f"{result['spent']:,.0f}{money}", of_budget(result)),
        ("new cameras", str(len(result["sites"])), f"of {result['candidates']['mounts']:,} candidate mounts"),
    ]
    sites = [
        (
            str(s["rank"]), s["street"], s["model"], s["id"], f"{s['azimuth']:.0f}°", f"{s['cost']:,.0f}",
            f"{s['gain_m']:,.0f} m", percent(s["cumulative_share"]),
        )
        for s in result["sites"][:MOST_ROWS]
    ]  # fmt: skip
    columns = ("#", "street", "model", "mount", "azimuth", "cost", "adds", "covered then")
    return [
        _account(result),
        Table("Plan", ("", "length", ""), tuple(rows)),
        Table(_most("Proposed sites", len(result["sites"])), columns, tuple(sites), left=4),
        *quality_tables(after, ", after"),
        *_districts(after, "By district, after"),
    ]


def counted(quality: Mapping[str, Any]) -> str:
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
        rows.append((name, *cells, blind))
    columns = ("at least", "by day", "share", "by night", "share", "heads too high for it")
    ratio = "" if q["night_to_day"] is None else f"; at {q['level']}, night is {percent(q['night_to_day'])} of day"
    tables = [Table(f"By picture quality{when}{ratio}", columns, tuple(rows))]
    if q["potential_m"] > q["guaranteed_m"]:
        names = (("at all times (home positions)", "guaranteed_m"), ("on average over time", "expected_m"))
        moving = [(name, km(q[key]), percent(q[key] / length)) for name, key in (*names, ("in turn", "potential_m"))]
        tables.append(Table(f"With moving heads{when}", ("seen", "length", "share"), tuple(moving)))
    return tables


def check_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap check``."""
    tables = [_cameras(result["cameras"])]
    for source, columns in result["columns"].items():
        tables.append(Table(f"Columns of {source}", ("column", "understood as"), tuple(columns.items()), left=2))
    missing = [(f, f"{n:,}") for f, n in result.get("missing", {}).items() if n]
    if missing:
        tables.append(Table("Not stated in the list", ("field", "cameras"), tuple(missing)))
    rows = result["rows_set_aside"]
    if rows:
        shown = [(f"{r['source']}:{r['row']}", r["id"], r["reason"], r["detail"]) for r in rows[:MOST_ROWS]]
        tables.append(Table(_most("Rows set aside", len(rows)), ("row", "id", "reason", "value"), tuple(shown), left=4))
    return tables


def _account(result: Mapping[str, Any]) -> Table:
    streets, cameras, buildings = result["streets"], result["cameras"], result["buildings"]
    area = result["study_area"]["source"] + (f"; data of {result['data_date'][:10]}" if result["data_date"] else "")
    rows = [
        ("study area", area),
        ("streets", f"{km(streets['length_m'])} in {streets['edges']:,} edges{_aside_m(streets['set_aside'])}"),
        (
            "buildings",
            f"{buildings['blocking']:,} of {buildings['read']:,} block sight{_aside(buildings['set_aside'])}",
        ),
        ("cameras", f"{cameras['used']:,} of {cameras['read']:,} used{_aside(cameras['set_aside'])}"),
        ("", f"{cameras['moved_to_facade']:,} moved to their facade; {result['views']:,} views"),
        ("filled in", _counts(cameras["filled"]) or "nothing"),
    ]
    return Table("What was read", ("", ""), tuple(rows), left=2)


def _cameras(cameras: Mapping[str, Any]) -> Table:
    rows = [("read", f"{cameras['read']:,}"), ("used", f"{cameras['used']:,}")]
    rows += [(f"set aside: {reason}", f"{n:,}") for reason, n in cameras["set_aside"].items()]
    if cameras["moved_to_facade"] is not None:
        rows.append(("moved to their facade", f"{cameras['moved_to_facade']:,}"))
    rows += [(f"filled from presets: {field}", f"{n:,}") for field, n in cameras["filled"].items()]
    rows += [(f"impossible value: {field}", f"{n:,}") for field, n in cameras["values_rejected"].items()]
    return Table("Cameras", ("", "number"), tuple(rows))


def _headline(coverage: Mapping[str, Any]) -> Table:
    depth, length = coverage["depth_m"], coverage["length_m"] or 1.0
    rows = [
        ("covered", km(coverage["covered_m"]), percent(coverage["share"])),
        ("  by exactly one camera", km(depth["1"]), percent(depth["1"] / length)),
        ("  by exactly two", km(depth["2"]), percent(depth["2"] / length)),
        ("  by three or more", km(depth["3+"]), percent(depth["3+"] / length)),
        ("not covered", km(coverage["length_m"] - coverage["covered_m"]), percent(1 - coverage["share"])),
        *_band_rows(coverage),
        ("comparison: were there no buildings", "", percent(coverage["share_ignoring_buildings"])),
    ]
    what = f": {counted(coverage['quality'])}" if "quality" in coverage else ""
    return Table(f"Coverage of street length{what}", ("", "length", "share"), tuple(rows))


def _band_rows(coverage: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    if "bands" not in coverage:
        return []
    rows = []
    for light in ("day", "night"):
        b = coverage["bands"][light]
        share = f"{100 * b['p5_share']:.1f} to {percent(b['p95_share'])}"
        rows.append((f"  90 % of draws by {light}", f"{b['p5_m'] / 1000:,.2f} to {km(b['p95_m'])}", share))
    return rows


def _districts(coverage: Mapping[str, Any], title: str = "By district") -> list[Table]:
    return [_groups(title, coverage["by_district"])] if coverage["by_district"] else []


def _groups(title: str, groups: list[dict[str, Any]]) -> Table:
    rows = tuple((g["name"], km(g["length_m"]), km(g["covered_m"]), percent(g["share"])) for g in groups)
    return Table(title, ("", "length", "covered", "share"), rows)


def _gaps(result: Mapping[str, Any]) -> Table:
    gaps, short = result["gaps"], result["gaps_short"]
    rows = [(str(g["rank"]), _streets(g), g["classes"][0], f"{g['length_m']:,.0f} m") for g in gaps[:MOST_ROWS]]
    title = _most("Gaps: connected streets out of sight", len(gaps))
    if short["count"]:
        title += f"; {short['count']:,} short ones sum to {short['length_m']:,.0f} m"
    return Table(title, ("#", "streets", "class", "length"), tuple(rows), left=3)


def _worst_streets(streets: list[dict[str, Any]]) -> Table:
    worst = sorted(streets, key=lambda s: (s["covered_m"] - s["length_m"], s["name"]))[:MOST_ROWS]
    rows = tuple(
        (s["name"], s["highway"], f"{s['length_m'] - s['covered_m']:,.0f} m", percent(s["share"])) for s in worst
    )
    return Table(
        "Named streets with the most length out of sight", ("", "class", "not covered", "share covered"), rows, 2
    )


def _streets(gap: Mapping[str, Any]) -> str:
    names = gap["streets"]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (", ".join(names[:3]) + more) or "(no name)"


def _most(title: str, count: int) -> str:
    return f"{title} (first {MOST_ROWS} of {count:,})" if count > MOST_ROWS else f"{title} ({count:,})"


def _aside(reasons: Mapping[str, int]) -> str:
    return f"; set aside: {_counts(reasons)}" if reasons else ""


def _aside_m(reasons: Mapping[str, float]) -> str:
    largest = sorted(reasons.items(), key=lambda item: -item[1])
    return "; set aside: " + ", ".join(f"{r} {km(m)}" for r, m in largest[:6]) if largest else ""


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items() if n)


def of_budget(result: Mapping[str, Any]) -> str:
    """Return what the money was limited to, in words."""
    return f"of {result['budget']:,.0f}" if result["budget"] is not None else "no budget given"


def km(metres: float) -> str:
    """Return a length for people: 12.34 km."""
    return f"{metres / 1000:,.2f} km"


def percent(share: float) -> str:
    """Return a share for people: 12.3 %."""
    return f"{100 * share:.1f} %"
