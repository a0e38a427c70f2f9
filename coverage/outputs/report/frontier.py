"""Street against homes: the plans at several weights of homes, as a chart and a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from camgap.coverage.outputs.report.markup import Markup, join, tag
from camgap.coverage.outputs.report.parts import figure, paragraphs, table
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

WIDTH, HEIGHT = 640.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 90.0, 18.0, 40.0
SAME = 0.5  # [m] points nearer than this in both directions are drawn and named as one
MARGIN = 0.06  # of the axes, beyond the outermost points


def street_against_homes(run: Run, words: Words) -> list[Markup]:
    """Return what the plan is worth with homes weighed, and the frontier; nothing where homes were not weighed."""
    homes, rows = run.result.get("homes"), run.result.get("frontier")
    said: list[Markup] = []
    if homes:
        said += paragraphs(_worth(run, homes, words))
    if rows:
        caption = [tag("strong", words("privacy.frontier")), " ", words("privacy.frontier_text")]
        said += [figure(_chart(run, rows, words), caption), _table(run, rows, words)]
    return said


def _worth(run: Run, homes: dict[str, Any], words: Words) -> str:
    """Return what homes weigh in the choice, and what the plan is worth for it."""
    if homes["unknown_counts"] > 0:
        unknown = words("privacy.weighed_unknown", share=words.percent(homes["unknown_counts"]))
    else:
        unknown = words("privacy.weighed_only", length=words.km(run.result["privacy"]["frontage_m"]["unknown"]))
    if homes["weight"] == 0:
        return words.sentences(words("privacy.weightless"), unknown)
    freed = homes["no_longer_seen_m"]
    return words.sentences(
        words("privacy.weighed", weight=f"{homes['weight']:g}"), unknown,
        words("privacy.weighed_seen", seen=words.metres(homes["views_see_m"])),
        words("privacy.weighed_freed", freed=words.metres(freed)) if freed > 0 else "",
        words("privacy.weighed_value", value=words.metres(homes["value_m"]),
              bound=words.metres(homes["upper_bound_value_m"])),
    )  # fmt: skip


def _table(run: Run, rows: Sequence[dict[str, Any]], words: Words) -> Markup:
    privacy, before = run.result["privacy"], run.before
    today = (
        words("privacy.today"), words.km(before["covered_m"]), words.metres(0),
        *(words.metres(privacy["before"][use]["in_view_m"]) for use in ("residential", "unknown")),
        f"{sum(p['in_view_before'] for p in privacy['places']):,}", "",
    )  # fmt: skip
    listed = [
        (
            f"{r['weight']:g}", words.km(r["covered_m"]), words.metres(r["gain_m"]), words.metres(r["residential_m"]),
            words.metres(r["unknown_m"]), f"{r['places_in_view']:,}", _note(r, words),
        )
        for r in rows
    ]  # fmt: skip
    names = ("weight", "covered", "gained", "homes_seen", "unknown_seen", "places_count", "note")
    return table(words("privacy.frontier_table"), [words(f"privacy.{n}") for n in names], [today, *listed])


def _note(row: dict[str, Any], words: Words) -> str:
    notes = [words(f"privacy.{key}") for key in ("this_plan", "dominated") if row[key]]
    return ", ".join(notes)


def _chart(run: Run, rows: Sequence[dict[str, Any]], words: Words) -> Markup:
    """Return newly covered street over home facade in view: a point per plan, a line through those not dominated."""
    counts = float(run.result["homes"]["unknown_counts"])
    before = run.result["privacy"]["before"]
    today = before["residential"]["in_view_m"] + counts * before["unknown"]["in_view_m"]
    x_axis = _Axis([today, *(r["homes_m"] for r in rows)], LEFT, WIDTH - RIGHT)
    y_axis = _Axis([r["gain_m"] for r in rows], HEIGHT - BOTTOM, TOP)
    bottom = HEIGHT - BOTTOM
    grid: list[Markup] = []
    for metres in y_axis.ticks:
        y = y_axis.at(metres)
        grid.append(tag("path", d=f"M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}", class_="grid"))
        grid.append(tag("text", words.metres(metres), x=f"{LEFT - 6:g}", y=f"{y + 4:.1f}", class_="tick end"))
    for metres in x_axis.ticks:
        x = x_axis.at(metres)
        grid.append(tag("text", words.metres(metres), x=f"{x:.1f}", y=f"{bottom + 16:.1f}", class_="tick middle"))
    x_today = x_axis.at(today)
    best = sorted((r for r in rows if not r["dominated"]), key=lambda r: (r["homes_m"], r["gain_m"]))
    line = "L".join(f"{x_axis.at(r['homes_m']):.1f} {y_axis.at(r['gain_m']):.1f}" for r in best)
    title = words("figures.frontier")
    content = [
        grid,
        tag("path", d=f"M{x_today:.1f} {TOP:g}V{bottom:g}", class_="bound"),
        tag("text", words("figures.homes_today", length=words.metres(today)), x=f"{x_today + 5:.1f}",
            y=f"{TOP + 10:g}", class_="tick"),
        tag("path", d=f"M{line}", class_="curve"),
        _points(x_axis, y_axis, rows, words),
        tag("text", words("figures.homes_axis_unknown" if counts else "figures.homes_axis"), y=f"{HEIGHT - 6:g}",
            x=f"{(LEFT + WIDTH - RIGHT) / 2:g}", class_="tick middle"),
        tag("text", words("figures.gain_axis"), x=f"{LEFT - 60:g}", y="10", class_="tick"),
    ]  # fmt: skip
    return tag(
        "svg", tag("title", title), join(content), role="img", aria_label=title, class_="chart",
        viewbox=f"0 0 {WIDTH:g} {HEIGHT:g}", width=f"{WIDTH:g}", height=f"{HEIGHT:g}",
    )  # fmt: skip


def _groups(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the plans that stand at one point together, in the order of their weights."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        for group in groups:
            if all(abs(row[key] - group[0][key]) < SAME for key in ("homes_m", "gain_m")):
                group.append(row)
                break
        else:
            groups.append([row])
    return groups


def _points(x_axis: "_Axis", y_axis: "_Axis", rows: Sequence[dict[str, Any]], words: Words) -> list[Markup]:
    """Draw the plans, each point with its weights where no other label stands."""
    drawn: list[Markup] = []
    groups = _groups(rows)
    dots = [(x_axis.at(group[0]["homes_m"]), y_axis.at(group[0]["gain_m"])) for group in groups]
    taken = [(x - 5, x + 5, y + 4) for x, y in dots]  # from x to x, at y
    for group, (x, y) in zip(groups, dots, strict=True):
        own = any(row["this_plan"] for row in group)
        kind = "knot" if own else "knot dominated" if group[0]["dominated"] else "knot other"
        drawn.append(tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="5" if own else "4", class_=kind))
        weights = ", ".join(f"{row['weight']:g}" for row in group)
        label = words("figures.weight_of_plan" if own else "figures.weight", weight=weights)
        width = sum(10.0 if ord(c) > 0x2E80 else 5.2 for c in label)
        places = [(x + 8, y + 14), (x + 8, y + 26), (x - 8 - width, y - 6), (x + 8, y - 6), (x - 8 - width, y - 18)]
        at = next((place for place in places if _is_clear(place, width, taken)), places[0])
        taken.append((at[0], at[0] + width, at[1]))
        drawn.append(tag("text", label, x=f"{at[0]:.1f}", y=f"{at[1]:.1f}", class_="tick"))
    return drawn


def _is_clear(place: tuple[float, float], width: float, taken: Sequence[tuple[float, float, float]]) -> bool:
    """Tell whether a label fits into the drawing and onto no other label."""
    x, y = place
    fits = LEFT <= x <= WIDTH - width and TOP - 6 <= y <= HEIGHT - BOTTOM + 6
    return fits and all(x + width < low or x > high or abs(y - at) > 10 for low, high, at in taken)


class _Axis:
    """Metres along a drawn axis, with a little room beyond the outermost values."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        span = max(max(values) - min(values), 1.0)
        self.low, self.high = max(min(values) - MARGIN * span, 0.0), max(values) + MARGIN * span
        self.begin, self.end = begin, end

    def at(self, metres: float) -> float:
        """Return where a value is drawn."""
        return self.begin + (metres - self.low) / (self.high - self.low) * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """Return three to six round values, whole metres."""
        span = self.high - self.low
        step = next(s * 10**k for k in range(9) for s in (1, 2, 5) if span / (s * 10**k) <= 6)
        return [float(t) for t in np.arange(np.ceil(self.low / step) * step, self.high, step)]
