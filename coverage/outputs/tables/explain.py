"""The tables of ``camgap explain``."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.counted import Counted
from camgap.coverage.outputs.tables.parts import Table, stands_at


def explain_tables(result: Mapping[str, Any], site: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap explain``: why a site is in the plan and what would take its place."""
    why, other = site["why"], site["why"]["replacement"]
    counted = Counted(result)
    what = f"{site['action']} {site['model']}".strip()
    rows = [
        ("site", f"{site['rank']} of {len(result['sites'])}: {what} at {stands_at(site['id'], site)} ({site['kind']})"),
        (
            "street",
            f"{site['street']}; looks to {site['azimuth']:.0f}°; costs {site['cost']:,.0f} {result['currency']}",
        ),
        ("adds alone", f"{counted.long(why, 'alone')} to what is in view today"),
        ("adds in the plan", f"{counted.long(why, 'gain')} to the sites before it"),
        ("the plan without it", f"loses {counted.long(why, 'missed')}"),
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
        where = f"{name} at {stands_at(other['mount'], other)}"
        rows.append(
            (
                "if it is refused",
                f"{where} for {other['cost']:,.0f} adds {counted.long(other, 'gain')}",
            )
        )
        gains = other["loss" if counted.other else "loss_m"] < 0
        turned = {key: -other[key] if gains else other[key] for key in ("loss", "loss_m") if key in other}
        rows.append(("", f"the plan then {'gains' if gains else 'loses'} {counted.long(turned, 'loss')}"))
        rows += [("", f"the floor of {name} is then not kept") for name in other.get("breaks", ())]
    else:
        rows.append(("if it is refused", "nothing else can be had for its money"))
    streets = tuple((name, f"{metres:,.0f} m") for name, metres in why["streets"])
    lost = tuple((name, f"{metres:,.0f} m") for name, metres in why.get("lost", ()))
    return [
        Table("Why this site", ("", ""), tuple(rows), left=2),
        Table("Streets it newly covers", ("street", "length"), streets),
        *([Table("Streets that drop out of view", ("street", "length"), lost)] if lost else []),
    ]


def rejected_table(result: Mapping[str, Any]) -> Table:
    """Return the table of the candidates that would add most today and are not in the plan."""
    counted, columns = Counted(result), ["mount", "model", "cost"]
    for name in ("adds alone", "adds to the plan"):
        columns += [f"{name}, {counted.title}", "street"] if counted.other else [name]
    rows = []
    for r in result["rejected"]:
        adds = [cell for key in ("alone", "now") for cell in _adds(counted, r, key)]
        rows.append((r["mount"], r["model"], f"{r['cost']:,.0f}", *adds, r["reason"]))
    columns.append("not chosen because")
    return Table("Left out: what would add most by itself", tuple(columns), tuple(rows), left=2)


def _adds(counted: Counted, part: Mapping[str, Any], key: str) -> list[str]:
    """Return what a candidate adds, in the objective's unit where that is not length, and in metres of street."""
    street = f"{part[f'{key}_m']:,.0f} m"
    return [counted.short(part[key]), street] if counted.other else [street]
