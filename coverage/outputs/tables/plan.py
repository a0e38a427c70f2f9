"""The tables of ``camgap plan``."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.counted import Counted
from camgap.coverage.outputs.tables.parts import MOST_ROWS, Table, at_most, heading, km, of_budget, percent, stands_at
from camgap.coverage.outputs.tables.read import what_was_read
from camgap.coverage.outputs.tables.score import (
    UPKEEP,
    band_rows,
    district_tables,
    quality_tables,
    upkeep_cells,
    what_counts,
)


def plan_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap plan``."""
    before, after, counted = result["before"], result["after"], Counted(result)
    money = f" {result['currency']}" if result["currency"] else ""
    light = before["quality"]["light"]
    rows = [
        ("covered before", km(before["covered_m"]), percent(before["share"])),
        *band_rows(before, light),
        ("covered after", km(after["covered_m"]), percent(after["share"])),
        *band_rows(after, light),
        *_gained(result),
        (
            "no choice of these candidates adds more than",
            km(result["upper_bound_gain_m"]),
            f"gap {at_most(result['gap'])}" if result["gap"] is not None else "",
        ),
        *_refined(result),
        *_given_up(result),
        *_homes(result),
        *_demand(result["demand"]),
        *_verdict(result),
        ("spent", f"{result['spent']:,.0f}{money}", of_budget(result)),
        *_actions(result),
    ]
    sites = [
        (
            str(s["rank"]), s["street"], s["model"] or s["action"], stands_at(s["id"], s),
            f"{s['azimuth']:.0f}°", f"{s['cost']:,.0f}", *([counted.short(s["gain"])] if counted.other else []),
            f"{s['gain_m']:,.0f} m", percent(s["cumulative_share"]),
        )
        for s in result["sites"][:MOST_ROWS]
    ]  # fmt: skip
    balance = "adds on balance" if result["lost_m"] else "adds"
    adds = [f"adds {counted.title}", "street"] if counted.other else [balance]
    columns = ("#", "street", "model", "mount", "azimuth", "cost", *adds, "covered then")
    return [
        what_was_read(result),
        Table(f"Plan: {what_counts(before['quality'])}", ("", "length", ""), tuple(rows)),
        Table(heading("Proposed sites", len(result["sites"])), columns, tuple(sites), left=4),
        *_curve(result),
        *_phases(result),
        *_frontier(result),
        *_floors(result),
        *quality_tables(after, ", after"),
        *district_tables(after, "By district, after"),
        *_upkeep(result["upkeep"]),
    ]


def _gained(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is gained; where cameras that are turned give something up, what is lost as well."""
    points = percent(result["after"]["share"] - result["before"]["share"])
    if not result["lost_m"]:
        return [("newly covered", km(result["gain_m"]), points)]
    return [
        ("newly covered", km(result["newly_covered_m"]), ""),
        ("no longer covered", km(result["lost_m"]), ""),
        ("more covered on balance", km(result["gain_m"]), points),
    ]


UNITS = {"mix": "km counted by day and night", "backup": "km seen twice", "expected": "km expected to be seen"}


def _verdict(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is proven of the plan; with another objective than length, what it adds of that."""
    plan = result["plan"]
    rows = []
    if plan["objective"] == "demand":
        total = result["demand"]["total"]
        rows = [("no choice adds more demand than", "", percent(plan["bound_gain"] / total))]
    elif plan["objective"] == "robust":
        rows = _robust(result["robust"])
    elif plan["objective"] != "length":
        unit = UNITS[plan["objective"]]
        rows = [(f"{unit}, {when}", km(plan[when]), "") for when in ("before", "after")]
        rows.append((f"no choice adds more {unit} than", km(plan["bound_gain"]), ""))
    if plan["target"] is not None:
        rows.append((f"no plan reaches {percent(plan['target'])} for less than", f"{plan['least_money']:,.0f}", ""))
    if plan["refined"] and plan["objective"] == "demand":
        rows.append(
            (
                "  of the plan's, by headings between the steps tried",
                "",
                percent(plan["refined"] / result["demand"]["total"]),
            )
        )
    elif plan["refined"] and plan["objective"] != "length":
        rows.append(
            (
                "  of the plan's, by headings between the steps tried",
                km(plan["refined"]),
                "beyond the bound's candidates",
            )
        )
    stopped = f"stopped: {plan['stopped']}" if plan["stopped"] else ""
    if result.get("floors"):
        rows.append(("no choice that keeps the floors adds more than", km(plan["bound_gain"]), ""))
        stopped = f"that keeps the floors{'; ' if stopped else ''}{stopped}"
    return [*rows, ("this plan is", plan["verdict"], stopped)]


def _demand(demand: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return the demand in view, whatever the plan is made for."""
    if not demand:
        return []
    states = (("before", demand), ("after", demand["after"]))
    return [
        (f"demand in view {when}", f"{one['seen']:,.1f} of {demand['total']:,.1f}", percent(one["share"]))
        for when, one in states
    ]


def _upkeep(upkeep: Mapping[str, Any] | None) -> list[Table]:
    """Return what is left of both states when cameras fail."""
    if not upkeep:
        return []
    before, after = upkeep["before"], upkeep["after"]
    rows = [(name, *upkeep_cells(before, *keys), *upkeep_cells(after, *keys)) for name, *keys in UPKEEP]
    return [Table("Upkeep", ("", "before", "share", "after", "share"), tuple(rows))]


def _robust(robust: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the mean over the worst draws, and how often a share is reached."""
    name = f"covered in the worst {percent(robust['worst_share'])} of {robust['draws']:,} draws, on average"
    rows = [
        (f"{name}, {when}", km(robust[f"{when}_m"]), percent(robust[f"{when}_share"])) for when in ("before", "after")
    ]
    rows.append(("  the plan made for length has there", km(robust["by_length_m"]), ""))
    rows.append(("  no choice of these candidates has more there than", km(robust["bound_m"]), ""))
    if robust["target"] is not None:
        for when in ("before", "after"):
            share = percent(robust[f"target_met_{when}"])
            rows.append((f"draws in which {percent(robust['target'])} is covered, {when}", "", share))
    return rows


def _refined(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    plan, name, beyond = result["plan"], "  of it by headings between the steps tried", "beyond the bound's candidates"
    rows = [(name, km(result["refined_m"]), beyond if plan["objective"] == "length" else "")]
    return rows if plan["refined"] else []


def _given_up(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what the floors of districts cost in length."""
    floors = result.get("floors")
    if not floors:
        return []
    return [("  given up for the floors", f"{floors['given_up_m']:,.0f} m", "against the plan made without them")]


def _floors(result: Mapping[str, Any]) -> list[Table]:
    """Return what became of the floors of districts."""
    floors = result.get("floors")
    if not floors:
        return []
    rows = tuple(
        (
            d["name"], km(d["length_m"]), percent(d["floor"]), percent(d["before"]), percent(d["after"]),
            percent(d["without_floors"]), f"{d['price']:.2f} m" if d["price"] else "",
        )
        for d in floors["districts"]
    )  # fmt: skip
    columns = ("", "length", "floor", "before", "after", "without floors", "a metre more costs about")
    return [Table("Floors of districts, all kept", columns, rows)]


def _homes(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what the plan is worth where homes are weighed."""
    homes = result.get("homes")
    if not homes:
        return []
    weight, freed = f"{homes['weight']:g}", homes["no_longer_seen_m"]
    turned = [("  less what cameras turned or replaced saw", f"{freed:,.0f} m", "")] if freed else []
    return [
        (
            "home facade its views see, each by itself",
            f"{homes['views_see_m']:,.0f} m",
            f"a metre weighs {weight} m of street",
        ),
        *turned,
        ("facade of unknown use counts as a home's by", percent(homes["unknown_counts"]), "[plan] home_unknown"),
        (f"newly covered less {weight} x home facade", km(homes["value_m"]), ""),
        (
            "no choice of these candidates has more than",
            km(homes["upper_bound_value_m"]),
            f"gap {at_most(homes['gap'])}",
        ),
    ]


def _frontier(result: Mapping[str, Any]) -> list[Table]:
    """Return the plans at several weights of homes."""
    rows = tuple(
        (
            f"{r['weight']:g}", km(r["covered_m"]), percent(r["share"]), f"{r['residential_m']:,.0f} m",
            f"{r['unknown_m']:,.0f} m", f"{r['places_in_view']:,}",
            "this plan" if r["this_plan"] else "dominated" if r["dominated"] else "",
        )
        for r in result.get("frontier", ())
    )  # fmt: skip
    if not rows:
        return []
    today = result["privacy"]["before"]
    places = sum(p["in_view_before"] for p in result["privacy"]["places"])
    now = (
        "today", km(result["before"]["covered_m"]), percent(result["before"]["share"]),
        f"{today['residential']['in_view_m']:,.0f} m", f"{today['unknown']['in_view_m']:,.0f} m", f"{places:,}", "",
    )  # fmt: skip
    columns = ("weight of homes", "covered", "share", "home facade in view", "of unknown use", "sensitive places", "")
    return [Table("Street against homes: the same money at other weights", columns, (now, *rows))]


def _actions(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return a row for each kind of action; without any, that there is no new camera."""
    names = {
        "new": "new cameras",
        "reaim": "cameras turned",
        "relocate": "cameras moved",
        "repair": "cameras mended",
        "light": "cameras given light",
        "upgrade": "cameras replaced",
    }
    of = {"new": f"of {result['candidates']['mounts']:,} candidate mounts"}
    rows = []
    for action, name in names.items():
        number = sum(s["action"] == action for s in result["sites"])
        if number or action in result["actions"]["used"]:
            rows.append((name, str(number), of.get(action, f"of {result['actions']['cameras_actionable']:,} cameras")))
    return rows


def _curve(result: Mapping[str, Any]) -> list[Table]:
    """Return the cost curve at its tenths, its knee among them; the bound is that of what counts."""
    steps, counted = result["curve"], Counted(result)
    if len(steps) < 3:
        return []
    shown = {round(i * (len(steps) - 1) / MOST_ROWS) for i in range(MOST_ROWS + 1)}
    shown |= {i for i, step in enumerate(steps) if step["knee"]}

    def reached(step: Mapping[str, Any]) -> tuple[str, ...]:
        if not counted.other:
            return percent(step["share"]), percent(step["bound_share"])
        return percent(step["share"]), counted.share(step["value"]), counted.share(step["bound"])

    rows = tuple(
        (
            f"{steps[i]['money']:,.0f}", str(steps[i]["sites"]), *reached(steps[i]),
            "knee: after it money buys less" if steps[i]["knee"] else "",
        )
        for i in sorted(shown)
    )  # fmt: skip
    names = ("covered", *((counted.shares,) if counted.other else ()), "no plan more than")
    return [Table("Cost curve", ("money", "sites", *names, ""), rows, left=0)]


def _phases(result: Mapping[str, Any]) -> list[Table]:
    rows = tuple(
        (
            p["name"], f"{p['budget']:,.0f}", f"{p['spent']:,.0f}", f"{p['unspent']:,.0f}", str(p["sites"]),
            km(p["gain_m"]), percent(p["share"]), at_most(p["gap"]),
        )
        for p in result["phases"]
    )  # fmt: skip
    columns = (
        "",
        "budget",
        "spent",
        "unspent",
        "sites",
        "adds on balance" if result["lost_m"] else "adds",
        "covered then",
        "gap",
    )
    return [Table("Phases", columns, rows)] if rows else []
