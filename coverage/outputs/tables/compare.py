"""The tables of ``camgap compare``."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import MOST_ROWS, Table, heading, km, percent

WORDS = {  # what of a score's quality is compared
    "level": "level {}", "px_per_m": "{:g} px/m", "light": "by {}", "moving": "moving cameras {}",
    "target_m": "target {:g} m high",
}  # fmt: skip


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
        rows.append(("what counts differs", *_counted(a["counted"], b["counted"]), ""))
    return [
        Table("What changed", ("", "first", "second", "change"), tuple(rows)),
        _changes("By street class", result["by_class"]),
        _changes("By street", result["by_street"]),
    ]


def _counted(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> tuple[str, str]:
    """Say in words by what the levels and lights that two runs count differ."""
    keys = [key for key in WORDS if a is None or b is None or a[key] != b[key]]
    return _level(a, keys), _level(b, keys)


def _level(counted: Mapping[str, Any] | None, keys: list[str]) -> str:
    return ", ".join(WORDS[key].format(counted[key]) for key in keys) if counted else "not told"


def _whole(gaps: list[dict[str, Any]]) -> int:
    return sum(gap["whole"] for gap in gaps)


def _changes(title: str, groups: list[dict[str, Any]]) -> Table:
    rows = tuple(
        (g["name"], km(g["length_m"]), f"{g['gained_m']:,.0f} m", f"{g['lost_m']:,.0f} m", f"{g['change_m']:+,.0f} m")
        for g in groups[:MOST_ROWS]
    )
    return Table(heading(title, len(groups)), ("", "length", "gained", "lost", "change"), rows)
