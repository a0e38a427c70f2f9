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
        _groups("By street class", result["coverage"]["by_class"]),
        *_districts(result["coverage"]),
        _gaps(result),
        _worst_streets(result["coverage"]["by_street"]),
        *_upkeep(result.get("upkeep")),
        *_demand(result.get("demand"), result["coverage"]["share"]),
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
        *_districts(after, "By district, after"),
    ]


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
        ("comparison: were there no buildings", "", percent(coverage["share_ignoring_buildings"])),
    ]
    return Table("Coverage of street length", ("", "length", "share"), tuple(rows))


def _districts(coverage: Mapping[str, Any], title: str = "By district") -> list[Table]:
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
    title = _most("Gaps: connected streets out of sight", len(gaps))
    if short["count"]:
        title += f"; {short['count']:,} short ones sum to {short['length_m']:,.0f} m"
    columns = ("#", "streets", "class", "length", *(("demand",) if gaps and "demand" in gaps[0] else ()))
    return Table(title, columns, tuple(rows), left=3)


def _worst_streets(streets: list[dict[str, Any]]) -> Table:
    worst = sorted(streets, key=lambda s: (s["covered_m"] - s["length_m"], s["name"]))[:MOST_ROWS]
    rows = tuple(
        (s["name"], s["highway"], f"{s['length_m'] - s['covered_m']:,.0f} m", percent(s["share"])) for s in worst
    )
    return Table(
        "Named streets with the most length out of sight", ("", "class", "not covered", "share covered"), rows, 2
    )


def _upkeep(upkeep: Mapping[str, Any] | None) -> list[Table]:
    if not upkeep or not upkeep["by_status"]:
        return []
    unknown = upkeep["by_status"].get("unknown", 0)
    rows = [
        ("designed: every camera works", km(upkeep["designed_m"]), percent(upkeep["share_designed"])),
        ("expected: they fail as the rules say", km(upkeep["expected_m"]), percent(upkeep["share_expected"])),
        (
            f"known: only those said to work (status unknown: {unknown:,})",
            km(upkeep["known_m"]), percent(upkeep["share_known"]),
        ),
        ("hangs on a single camera", km(upkeep["one_camera_m"]), ""),
        ("hangs on a single pole", km(upkeep["one_pole_m"]), ""),
        *(
            (f"worst failure: {c['id']}", f"{c['only_m']:,.0f} m", f"expected {c['expected_loss_m']:,.0f} m")
            for c in upkeep["worst_cameras"][:3]
        ),
    ]  # fmt: skip
    return [Table("Upkeep", ("", "covered", "share"), tuple(rows))]


def _demand(demand: Mapping[str, Any] | None, share: float) -> list[Table]:
    if not demand:
        return []
    events = demand["events"]
    rows = [
        ("demand in view", f"{demand['seen']:,.1f} of {demand['total']:,.1f}", percent(demand["share"])),
        ("street length in view", "", percent(share)),
        (f"events used, of {events['read']:,} read", f"{events['used']:,}", ""),
        *((f"set aside: {reason}", f"{n:,}", "") for reason, n in events["set_aside"].items()),
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
