"""The demo's story: the complaints of a district, in numbers of its own result."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import at_most, km, of_budget, percent


def story_lines(result: Mapping[str, Any]) -> list[str]:
    """Tell the result of a plan in a few sentences."""
    cameras, before, after = result["cameras"], result["before"], result["after"]
    money = f" {result['currency']}" if result["currency"] else ""
    biggest = result["gaps"][0]
    worst = min(before["by_district"], key=lambda d: d["share"])
    main = [c for c in before["by_class"] if c["name"] in ("primary", "secondary", "tertiary")]
    main_length, main_covered = sum(c["length_m"] for c in main), sum(c["covered_m"] for c in main)
    q, b = before["quality"], before["bands"]["day"]
    fine = next(level for level in q["levels"] if level["level"] == "recognise")
    filled = ", ".join(f"{field} of {n}" for field, n in cameras["filled"].items() if n)
    return [
        f"Read     {cameras['read']} cameras of {len(result['inventories'])} inventories "
        f"({', '.join(f'{n} in {name}' for name, n in result['inventories'].items())}); {cameras['used']} can be used.",
        f"         Set aside: {', '.join(f'{n} {why}' for why, n in cameras['set_aside'].items())}.",
        f"         Moved to their facade: {cameras['moved_to_facade']}. Filled in: {filled}.",
        f"Score    They see {km(before['covered_m'])} of {km(before['length_m'])} of street: "
        f"{percent(before['share'])} ({percent(before['share_ignoring_buildings'])} were there no buildings).",
        f"         Of the main streets {percent(main_covered / main_length)}; least in {worst['name']}: "
        f"{percent(worst['share'])}; {km(before['depth_m']['3+'])} are seen by three cameras or more.",
        f"Picture  By night {km(q['night']['covered_m'])} are left, {percent(q['night_to_day'])} of the day; "
        f"at recognise ({fine['px_per_m']:g} px/m) {km(fine['day_m'])} by day, {km(fine['night_m'])} by night.",
        f"         Varying what nobody knows of the cameras, 90 of 100 draws cover "
        f"{100 * b['p5_share']:.1f} to {percent(b['p95_share'])}, the middle one {percent(b['median_share'])}.",
        f"Gaps     {len(result['gaps'])} connected gaps; the longest has {km(biggest['length_m'])}, "
        f"with {', '.join(biggest['streets'][:3])}.",
        f"Plan     {len(result['sites'])} new cameras for {result['spent']:,.0f}{money} ({of_budget(result)}{money}) "
        f"add {km(result['gain_m'])}: {percent(after['share'])} covered.",
        f"         No choice among the {result['candidates']['mounts']:,} candidate mounts for this money can add more "
        f"than {km(result['upper_bound_gain_m'])} "
        f"(gap {at_most(result['gap'])}).",
    ]
