"""What a command prints for people: small tables made from its JSON result, so that both say the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

MOST_ROWS = 10
_NOT_SHOWN = ("row", "source")  # of a first row: they are said beside it


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
            f"gap {at_most(result['gap'])}" if result["gap"] is not None else "",
        ),
        *_refined(result),
        *_given_up(result),
        *_homes(result),
        *_verdict(result),
        ("spent", f"{result['spent']:,.0f}{money}", of_budget(result)),
        *_actions(result),
    ]
    sites = [
        (
            str(s["rank"]), s["street"], s["model"] or s["action"], _mount(s["id"], s),
            f"{s['azimuth']:.0f}°", f"{s['cost']:,.0f}", f"{s['gain_m']:,.0f} m", percent(s["cumulative_share"]),
        )
        for s in result["sites"][:MOST_ROWS]
    ]  # fmt: skip
    columns = ("#", "street", "model", "mount", "azimuth", "cost", "adds", "covered then")
    return [
        _account(result),
        Table("Plan", ("", "length", ""), tuple(rows)),
        Table(_most("Proposed sites", len(result["sites"])), columns, tuple(sites), left=4),
        *_curve(result),
        *_phases(result),
        *_frontier(result),
        *_floors(result),
        *quality_tables(after, ", after"),
        *_districts(after, "By district, after"),
    ]


UNITS = {"mix": "km counted by day and night", "backup": "km seen twice", "expected": "km expected to be seen"}


def _verdict(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is proven of the plan; with another objective than length, what it adds of that."""
    plan = result["plan"]
    rows = []
    if plan["objective"] == "demand":
        total = result["demand"]["total"]
        rows = [
            (f"demand covered {when}", "", percent(plan[key] / total))
            for when, key in (("before", "before"), ("after", "after"))
        ]
        rows.append(("no choice adds more demand than", "", percent(plan["bound_gain"] / total)))
    elif plan["objective"] == "robust":
        rows = _robust(result["robust"])
    elif plan["objective"] != "length":
        unit = UNITS[plan["objective"]]
        rows = [(f"{unit}, {when}", km(plan[when]), "") for when in ("before", "after")]
        rows.append((f"no choice adds more {unit} than", km(plan["bound_gain"]), ""))
    if plan["target"] is not None:
        rows.append((f"no plan reaches {percent(plan['target'])} for less than", f"{plan['least_money']:,.0f}", ""))
    stopped = f"stopped: {plan['stopped']}" if plan["stopped"] else ""
    if result.get("floors"):
        rows.append(("no choice that keeps the floors adds more than", km(plan["bound_gain"]), ""))
        stopped = f"that keeps the floors{'; ' if stopped else ''}{stopped}"
    return [*rows, ("this plan is", plan["verdict"], stopped)]


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
    if not result["refined_m"]:
        return []
    return [("  of it by headings between the steps tried", km(result["refined_m"]), "beyond the bound's candidates")]


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


def explain_tables(result: Mapping[str, Any], site: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap explain``: why a site is in the plan and what would take its place."""
    why, other = site["why"], site["why"]["replacement"]
    what = f"{site['action']} {site['model']}".strip()
    rows = [
        ("site", f"{site['rank']} of {len(result['sites'])}: {what} at {_mount(site['id'], site)} ({site['kind']})"),
        (
            "street",
            f"{site['street']}; looks to {site['azimuth']:.0f}°; costs {site['cost']:,.0f} {result['currency']}",
        ),
        ("adds alone", f"{why['alone_m']:,.0f} m to what is in view today"),
        ("adds in the plan", f"{why['gain_m']:,.0f} m to the sites before it"),
        ("the plan without it", f"loses {why['missed_m']:,.0f} m"),
        *(
            (
                "home facade in its view",
                f"{p['residential_m']:,.0f} m, of it {p['added_m']:,.0f} m in no camera's today",
            )
            for p in result.get("privacy", {}).get("sites", ())
            if p["rank"] == site["rank"]
        ),
    ]
    if other:
        name = f"{other['action']} {other['model']}".strip()
        rows.append(
            (
                "if it is refused",
                f"{name} at {_mount(other['mount'], other)} for {other['cost']:,.0f} adds {other['gain_m']:,.0f} m",
            )
        )
        loss = other["loss_m"]
        rows.append(("", f"the plan then {'loses' if loss >= 0 else 'gains'} {abs(loss):,.0f} m"))
    else:
        rows.append(("if it is refused", "nothing else can be had for its money"))
    streets = tuple((name, f"{metres:,.0f} m") for name, metres in why["streets"])
    return [
        Table("Why this site", ("", ""), tuple(rows), left=2),
        Table("Streets it newly covers", ("street", "length"), streets),
    ]


def rejected_table(result: Mapping[str, Any]) -> Table:
    """Return the table of the candidates that would add most today and are not in the plan."""
    rows = tuple(
        (r["mount"], r["model"], f"{r['cost']:,.0f}", f"{r['alone_m']:,.0f} m", f"{r['now_m']:,.0f} m", r["reason"])
        for r in result["rejected"]
    )
    columns = ("mount", "model", "cost", "adds alone", "adds to the plan", "not chosen because")
    return Table("Left out: what would add most by itself", columns, rows, left=2)


def _mount(name: str, action: Mapping[str, Any]) -> str:
    """Return the mount or camera of an action, and where a camera is moved to."""
    return f"{name} to {action['to']}" if action.get("to") else name


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
    """Return the cost curve at its tenths, its knee among them."""
    steps = result["curve"]
    if len(steps) < 3:
        return []
    shown = {round(i * (len(steps) - 1) / MOST_ROWS) for i in range(MOST_ROWS + 1)}
    shown |= {i for i, step in enumerate(steps) if step["knee"]}
    rows = tuple(
        (
            f"{steps[i]['money']:,.0f}", str(steps[i]["sites"]), percent(steps[i]["share"]),
            percent(steps[i]["bound_share"]), "knee: after it money buys less" if steps[i]["knee"] else "",
        )
        for i in sorted(shown)
    )  # fmt: skip
    return [Table("Cost curve", ("money", "sites", "covered", "no plan more than", ""), rows, left=0)]


def _phases(result: Mapping[str, Any]) -> list[Table]:
    rows = tuple(
        (
            p["name"], f"{p['budget']:,.0f}", f"{p['spent']:,.0f}", f"{p['unspent']:,.0f}", str(p["sites"]),
            km(p["gain_m"]), percent(p["share"]), at_most(p["gap"]),
        )
        for p in result["phases"]
    )  # fmt: skip
    columns = ("", "budget", "spent", "unspent", "sites", "adds", "covered then", "gap")
    return [Table("Phases", columns, rows)] if rows else []


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


def compare_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap compare``."""
    a, b, common = result["a"], result["b"], result["common"]
    length = common["length_m"] or 1.0
    rows = [
        ("run", a["run"], b["run"], ""),
        ("all streets", km(a["length_m"]), km(b["length_m"]), ""),
        ("covered", percent(a["share"]), percent(b["share"]), f"{100 * (b['share'] - a['share']):+.1f} points"),
        ("streets in both", km(common["length_m"]), km(common["length_m"]), ""),
        (
            "covered of them", km(common["covered_a_m"]), km(common["covered_b_m"]),
            f"{(common['covered_b_m'] - common['covered_a_m']) / 1000:+,.2f} km",
        ),
        (
            "in view of one only", km(common["lost_m"]), km(common["gained_m"]),
            f"{percent(common['gained_m'] / length)} new",
        ),
        ("streets of one only", km(common["only_a_m"]), km(common["only_b_m"]), ""),
        ("cameras; proposed sites", f"{a['cameras']}; {a['sites']}", f"{b['cameras']}; {b['sites']}", ""),
        ("gaps closed wholly; opened", "", "", f"{_whole(result['gaps_closed'])}; {_whole(result['gaps_opened'])}"),
    ]  # fmt: skip
    if a["counted"] != b["counted"]:
        rows.append(("what counts differs", str(a["counted"]), str(b["counted"]), ""))
    return [
        Table("What changed", ("", "first", "second", "change"), tuple(rows)),
        _changes("By street class", result["by_class"]),
        _changes("By street", result["by_street"]),
    ]


def _whole(gaps: list[dict[str, Any]]) -> int:
    return sum(gap["whole"] for gap in gaps)


def _changes(title: str, groups: list[dict[str, Any]]) -> Table:
    rows = tuple(
        (g["name"], km(g["length_m"]), f"{g['gained_m']:,.0f} m", f"{g['lost_m']:,.0f} m", f"{g['change_m']:+,.0f} m")
        for g in groups[:MOST_ROWS]
    )
    return Table(_most(title, len(groups)), ("", "length", "gained", "lost", "change"), rows)


def check_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap check``."""
    tables = [_cameras(result["cameras"])]
    overridden = _overridden(result["overrides"])
    if overridden:
        tables.append(Table("Overrides from visits", ("", ""), tuple(overridden), left=2))
    for source, summary in result["lists"].items():
        tables += [_coordinates(source, summary, "streets" in result), _mapping(source, summary)]
        tables += [*_first_rows(source, summary), *_to_look_at(source, summary)]
    missing = [(f, f"{n:,}") for f, n in result.get("missing", {}).items() if n]
    if missing:
        tables.append(Table("Not stated in the list", ("field", "cameras"), tuple(missing)))
    rows = result["rows_set_aside"]
    if rows:
        shown = [(_place(r["source"], r["row"]), r["id"], r["reason"], r["detail"]) for r in rows[:MOST_ROWS]]
        tables.append(Table(_most("Rows set aside", len(rows)), ("row", "id", "reason", "value"), tuple(shown), left=4))
    return tables


def _place(source: str, row: int) -> str:
    """Return where a row stands; nodes of OpenStreetMap have ids and no rows."""
    return f"{source}:{row}" if row else source


def _to_look_at(source: str, summary: Mapping[str, Any]) -> list[Table]:
    """Return the values that could not be used, and points with many cameras, where there are any."""
    tables = []
    wrong = [
        (_place(source, v["row"]), v["id"], v["field"], v["value"], v["expected"]) for v in summary["rejected_examples"]
    ]
    if wrong:
        n = sum(summary["rejected"].values())
        title = f"Impossible values, taken as not stated ({n:,}" + (f"; {len(wrong)} shown)" if n > len(wrong) else ")")
        tables.append(Table(title, ("row", "id", "field", "value", "expected"), tuple(wrong), left=5))
    crowds = [(f"{p['lat']:.7f}, {p['lon']:.7f}", f"{p['cameras']:,}") for p in summary["at_one_point"]]
    if crowds:
        title = f"Many rows of {source} at one point: often addresses that were not found"
        tables.append(Table(title, ("latitude, longitude", "rows"), tuple(crowds)))
    return tables


def _coordinates(source: str, summary: Mapping[str, Any], streets: bool) -> Table:
    found = summary["coordinates"]
    declared = (
        f"{found['system']} ({found['declared']})" if found["declared"] else f"{found['system']} (nothing says so)"
    )
    verdict = found["verdict"]
    if not verdict and source == "osm":
        verdict = "they are of one file with the streets"
    elif not verdict:
        verdict = (
            "nothing: too few cameras near them, or coordinates projected" if streets else "nothing: no --osm FILE"
        )
    rows = [("format", summary["format"]), ("coordinates", declared), ("streets say", verdict)]
    if summary["heads"] > summary["used"]:
        rows.append(("cameras", f"{summary['heads']:,} in {summary['used']:,} rows; each row is looked at as one"))
    return Table(f"How {source} was read", ("", ""), tuple(rows), left=2)


def _taken_as(found: Mapping[str, Any]) -> str:
    """Return in a few words what a list's coordinates were taken for, and the streets' verdict where it matters."""
    by = f" ({found['declared']})" if found["declared"] else " (nothing says so)"
    doubtful = found["applied"] or found["clear"] is False or (found["verdict"] or "").startswith("kept")
    return found["system"] + by + (f"; {found['verdict']}" if doubtful else "")


def _mapping(source: str, summary: Mapping[str, Any]) -> Table:
    guesses = summary["suggestions"]
    rows = []
    for column in summary["mapping"]:
        guess = guesses.get(column["column"])
        note = column["note"] + (f"; perhaps {guess['field']} ({guess['confidence']:.0%})" if guess else "")
        sure = f"{column['confidence']:.0%}" if column["confidence"] else "-"
        rows.append((column["column"], note, column["example"], sure, percent(column["filled"])))
    return Table(
        f"Columns of {source}", ("column", "understood as", "first value", "sure", "filled"), tuple(rows), left=3
    )


def _first_rows(source: str, summary: Mapping[str, Any]) -> list[Table]:
    rows = [
        (
            str(row["row"]),
            "; ".join(f"{name} {_value(value)}" for name, value in row.items() if name not in _NOT_SHOWN and value),
        )
        for row in summary["first_rows"]
    ]
    return [Table(f"First rows of {source} as read", ("row", "values"), tuple(rows), left=2)] if rows else []


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{h['azimuth']:g}°" + (f" over {h['span']:g}°" if h["span"] else "") for h in value)
    return f"{value:.9g}" if isinstance(value, float) else str(value)


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
        *_overridden(result["overrides"]),
        *[(f"coordinates of {source}", _taken_as(found)) for source, found in result["coordinates"].items()],
    ]
    return Table("What was read", ("", ""), tuple(rows), left=2)


def _overridden(overrides: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what visit lists contributed; nothing where none was given."""
    if not overrides["read"]:
        return []
    days = sorted(value["date"] for value in overrides["values"])
    who = ", ".join(sorted({value["initials"] for value in overrides["values"]}))
    told = f" ({_counts(overrides['fields'])}; {days[0]} to {days[-1]}, by {who})" if days else ""
    rows = [
        (
            "overrides",
            f"{overrides['used']:,} of {overrides['read']:,} rows used for {overrides['cameras']:,} cameras{told}; "
            f"{overrides['blank']:,} blank",
        )
    ]
    refused = overrides["refused"]
    rows += [(f"refused: {r['file']}:{r['row']}", f"{r['camera']}: {r['reason']}") for r in refused[:MOST_ROWS]]
    more = len(refused) - MOST_ROWS
    return [*rows, ("", f"and {more:,} more rows refused")] if more > 0 else rows


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


def at_most(share: float) -> str:
    """Return a share that another does not exceed, rounded up."""
    return percent(ceil(1000 * share - 1e-9) / 1000)
