"""The report's chapter on method: how it was measured, and what was assumed."""

from camgap.coverage.outputs.report.markup import Markup
from camgap.coverage.outputs.report.parts import bullets, reasons
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run


def method(run: Run, words: Words) -> list[Markup]:
    """Return how it was measured, and what was assumed."""
    result = run.result
    streets, cameras = result["streets"], result["cameras"]
    filled = ", ".join(f"{words.name('fields', f)} ({n:,})" for f, n in cameras["filled"].items() if n)
    lines = [
        words("method.covered"),
        *_walls(run, words),
        words("method.streets", length=words.km(streets["length_m"]), edges=f"{streets['edges']:,}",
              aside=reasons(words, streets["set_aside"], length=True)),
        words("method.cameras", used=f"{cameras['used']:,}", read=f"{cameras['read']:,}",
              aside=reasons(words, cameras["set_aside"], length=False)),
        words("method.moved", moved=f"{cameras['moved_to_facade']:,}"),
        words("method.filled", filled=filled or words("units.none")),
        *_range(run, words),
    ]  # fmt: skip
    if run.is_plan:
        candidates = result["candidates"]
        kinds = ", ".join(f"{words.name('kinds', k)} {n:,}" for k, n in candidates["by_kind"].items())
        weighed = (result.get("homes") or {"weight": 0})["weight"] > 0
        how = "method.plan_homes" if weighed else "method.plan"
        lines += [
            words(how, views=f"{candidates['views']:,}", mounts=f"{candidates['mounts']:,}"),
            words("method.kinds", kinds=kinds),
        ]
    return [bullets(lines)]


def _walls(run: Run, words: Words) -> list[str]:
    """Return what blocks sight in this run, and what does not."""
    buildings, sight = run.result["buildings"], run.result.get("sight", {})
    walls = words("method.walls", blocking=f"{buildings['blocking']:,}", read=f"{buildings['read']:,}")
    how = "method.heights" if sight.get("heights") else "method.unlimited"
    unknown = words.percent(sight.get("wall_share_of_unknown_height", 1.0))
    trees = "method.trees" if sight.get("trees", "ignore") != "ignore" else "method.no_trees"
    barriers = "method.barriers" if sight.get("barriers") else "method.no_barriers"
    return [words("summary.gap").join([walls, words(how, unknown=unknown), words(barriers), words(trees)])]


def _range(run: Run, words: Words) -> list[str]:
    quality = run.before.get("quality")
    if not quality:
        return []
    level = words.name("levels", quality["level"])
    return [words("method.range", density=f"{quality['px_per_m']:g}", level=level, standard=quality["standard"])]
