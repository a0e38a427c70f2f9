"""The tables of ``camgap explain``."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import Table, stands_at


def explain_tables(result: Mapping[str, Any], site: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap explain``: why a site is in the plan and what would take its place."""
    why, other = site["why"], site["why"]["replacement"]
    what = f"{site['action']} {site['model']}".strip()
    rows = [
        ("site", f"{site['rank']} of {len(result['sites'])}: {what} at {stands_at(site['id'], site)} ({site['kind']})"),
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
                f"{name} at {stands_at(other['mount'], other)} for {other['cost']:,.0f} adds {other['gain_m']:,.0f} m",
            )
        )
        loss = other["loss_m"]
        rows.append(("", f"the plan then {'loses' if loss >= 0 else 'gains'} {abs(loss):,.0f} m"))
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
    rows = tuple(
        (r["mount"], r["model"], f"{r['cost']:,.0f}", f"{r['alone_m']:,.0f} m", f"{r['now_m']:,.0f} m", r["reason"])
        for r in result["rejected"]
    )
    columns = ("mount", "model", "cost", "adds alone", "adds to the plan", "not chosen because")
    return Table("Left out: what would add most by itself", columns, rows, left=2)
