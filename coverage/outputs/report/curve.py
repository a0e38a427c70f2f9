"""The cost curve: money spent against covered share."""

import numpy as np

from camgap.coverage.outputs.report.ask import counts_money
from camgap.coverage.outputs.report.markup import Markup, join, tag
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

WIDTH, HEIGHT = 640.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 16.0, 24.0, 40.0


def curve_points(run: Run) -> list[dict[str, float]]:
    """Return the steps of the run's curve, from nothing to the whole plan; the first is today."""
    return list(run.result["curve"])


def cost_curve(run: Run, words: Words) -> Markup:
    """Return the cost curve with today, the knee, and at every step what no choice for its money can exceed."""
    steps = curve_points(run)
    points, bounds = ([(step["money"], step[key]) for step in steps] for key in ("share", "bound_share"))
    most, bound = points[-1][0] or 1.0, bounds[-1][1]
    low, step = _ticks(points[0][1], max(bound, points[-1][1]))
    levels = np.arange(low, max(bound, points[-1][1]) + step, step)
    top = float(levels[-1])

    def at(money: float, share: float) -> tuple[float, float]:
        x = LEFT + money / most * (WIDTH - LEFT - RIGHT)
        return x, HEIGHT - BOTTOM - (share - low) / (top - low) * (HEIGHT - TOP - BOTTOM)

    grid: list[Markup] = []
    for level in levels:
        _, y = at(0, float(level))
        grid.append(tag("path", d=f"M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}", class_="grid"))
        grid.append(tag("text", words.percent(float(level)), x=f"{LEFT - 6:g}", y=f"{y + 4:.1f}", class_="tick end"))
    for part in range(5):
        x, y = at(most * part / 4, low)
        anchor = "tick middle" if part < 4 else "tick end"
        grid.append(tag("text", f"{most * part / 4:,.0f}", x=f"{x:.1f}", y=f"{y + 16:.1f}", class_=anchor))
    line, limit = ("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (at(*p) for p in one)) for one in (points, bounds))
    _, y_bound = at(most, bound)
    limit_said = words(f"figures.bound{'' if counts_money(run) else '_number'}", share=words.percent(bound))
    k = next((i for i, one in enumerate(steps) if one.get("knee")), 0)
    (kx, ky), (tx, ty) = at(*points[k]), at(*points[0])
    said = words("figures.curve", share=words.percent(points[-1][1]), money=words.money(points[-1][0], run.currency))
    content = join([
        grid,
        tag("path", d=limit, class_="bound"),
        tag("text", limit_said, x=f"{WIDTH - RIGHT:g}", y=f"{y_bound - 6:.1f}",
            class_="tick end"),
        tag("path", d=line, class_="curve"),
        tag("circle", cx=f"{tx:.1f}", cy=f"{ty:.1f}", r="4", class_="knot"),
        tag("text", words("figures.today", share=words.percent(points[0][1])), x=f"{tx + 8:.1f}", y=f"{ty + 12:.1f}",
            class_="tick"),
        tag("circle", cx=f"{kx:.1f}", cy=f"{ky:.1f}", r="4", class_="knot"),
        tag("text", words("figures.knee", number=steps[k]["sites"]), x=f"{kx + 8:.1f}", y=f"{ky + 14:.1f}",
            class_="tick")
        if 0 < k < len(points) - 1 else None,
        tag("text", f"{words('figures.money')} {run.currency}".strip(), x=f"{(LEFT + WIDTH) / 2:g}",
            y=f"{HEIGHT - 6:g}", class_="tick middle"),
    ])  # fmt: skip
    return tag(
        "svg", tag("title", said), content, role="img", aria_label=said, class_="chart",
        viewbox=f"0 0 {WIDTH:g} {HEIGHT:g}", width=f"{WIDTH:g}", height=f"{HEIGHT:g}",
    )  # fmt: skip


def _ticks(low: float, high: float) -> tuple[float, float]:
    """Return where the axis begins and its step, so that it has three to eight round levels."""
    span = max(high - low, 0.01)
    step = next(s for s in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if span / s <= 6)
    return float(np.floor(low / step) * step), step
