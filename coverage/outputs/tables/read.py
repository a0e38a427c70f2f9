"""What a study was made of: streets, cameras, buildings, and what was set aside."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import MOST_ROWS, Table, by_name, km, percent


def what_was_read(result: Mapping[str, Any]) -> Table:
    """Return the table every score and plan begins with."""
    streets, cameras, buildings = result["streets"], result["cameras"], result["buildings"]
    area = result["study_area"]["source"] + (f"; data of {result['data_date'][:10]}" if result["data_date"] else "")
    rows = [
        ("study area", area),
        ("streets", f"{km(streets['length_m'])} in {streets['edges']:,} edges{_aside_m(streets['set_aside'])}"),
        (
            "buildings",
            f"{buildings['blocking']:,} of {buildings['read']:,} block sight{_aside(buildings['set_aside'])}",
        ),
        *_walls(result["sight"]),
        ("cameras", f"{cameras['used']:,} of {cameras['read']:,} used{_aside(cameras['set_aside'])}"),
        ("", f"{cameras['moved_to_facade']:,} moved to their facade; {result['views']:,} views"),
        *_crowded(cameras),
        ("filled in", by_name(cameras["filled"]) or "nothing"),
        *_models_not_found(cameras.get("models_not_found", {})),
        *_compass(cameras["compass_points"]),
        *overridden_rows(result["overrides"]),
        *[(f"coordinates of {source}", _taken_as(found)) for source, found in result["coordinates"].items()],
    ]
    return Table("What was read", ("", ""), tuple(rows), left=2)


def _models_not_found(models: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return how many cameras state a model of which there is no data sheet; nothing where there are none."""
    if not models:
        return []
    first = ", ".join(list(models)[:3]) + (f" and {len(models) - 3:,} more" if len(models) > 3 else "")
    return [("no data sheet", f"{sum(models.values()):,} cameras of {len(models):,} stated models: {first}")]


def _walls(sight: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how much of the walls is taken to be without end, where heights count."""
    unknown = sight["wall_share_of_unknown_height"]
    return [("", f"{percent(unknown)} of wall length is of unknown height, without end")] if sight["heights"] else []


def _compass(points: int) -> list[tuple[str, str]]:
    return [("", f"{points:,} say their azimuth as a compass point, within half a step")] if points else []


def _crowded(cameras: Mapping[str, Any]) -> list[tuple[str, str]]:
    n = cameras.get("at_one_point")  # runs of earlier versions do not say
    said = "at exactly one point with others of their list: often addresses that were not found; see camgap check"
    return [("doubtful places", f"{n:,} stand {said}")] if n else []


def overridden_rows(overrides: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what visit lists contributed; nothing where none was given."""
    if not overrides["read"]:
        return []
    days = sorted(value["date"] for value in overrides["values"])
    who = ", ".join(sorted({value["initials"] for value in overrides["values"]}))
    told = f" ({by_name(overrides['fields'])}; {days[0]} to {days[-1]}, by {who})" if days else ""
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


def _taken_as(found: Mapping[str, Any]) -> str:
    """Return in a few words what a list's coordinates were taken for, and the streets' verdict where it matters."""
    by = f" ({found['declared']})" if found["declared"] else " (nothing says so)"
    doubtful = found["applied"] or found["clear"] is False or (found["verdict"] or "").startswith("kept")
    return found["system"] + by + (f"; {found['verdict']}" if doubtful else "")


def _aside(reasons: Mapping[str, int]) -> str:
    return f"; set aside: {by_name(reasons)}" if reasons else ""


def _aside_m(reasons: Mapping[str, float]) -> str:
    largest = sorted(reasons.items(), key=lambda item: -item[1])
    return "; set aside: " + ", ".join(f"{r} {km(m)}" for r, m in largest[:6]) if largest else ""
