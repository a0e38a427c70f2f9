"""The tables of ``camgap check``."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.tables.parts import MOST_ROWS, Table, heading, percent
from camgap.coverage.outputs.tables.read import overridden_rows


def check_tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables of ``camgap check``."""
    tables = [_cameras(result["cameras"])]
    overridden = overridden_rows(result["overrides"])
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
        tables.append(
            Table(heading("Rows set aside", len(rows)), ("row", "id", "reason", "value"), tuple(shown), left=4)
        )
    return tables


_NOT_SHOWN = ("row", "source")  # of a first row: they are said beside it


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
        each = "each row, or each heading of it, is looked at as one"
        rows.append(("cameras", f"{summary['heads']:,} in {summary['used']:,} rows; {each}"))
    if n := summary["more_cameras_than_headings"]:
        rows.append(("headings", f"{n:,} rows count more cameras than they give headings; the rest is not looked at"))
    return Table(f"How {source} was read", ("", ""), tuple(rows), left=2)


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
            "; ".join(
                f"{name} {_value(value)}"
                for name, value in row.items()
                if name not in _NOT_SHOWN and value not in ("", [])
            ),
        )
        for row in summary["first_rows"]
    ]
    return [Table(f"First rows of {source} as read", ("row", "values"), tuple(rows), left=2)] if rows else []


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{h['azimuth']:g}°" + (f" over {h['span']:g}°" if h["span"] else "") for h in value)
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _cameras(cameras: Mapping[str, Any]) -> Table:
    rows = [("read", f"{cameras['read']:,}"), ("used", f"{cameras['used']:,}")]
    rows += [(f"set aside: {reason}", f"{n:,}") for reason, n in cameras["set_aside"].items()]
    if cameras["moved_to_facade"] is not None:
        rows.append(("moved to their facade", f"{cameras['moved_to_facade']:,}"))
    rows += [(f"filled from presets: {field}", f"{n:,}") for field, n in cameras["filled"].items()]
    missed = list(cameras.get("models_not_found", {}).items())
    rows += [(f"no data sheet for the model: {model}", f"{n:,}") for model, n in missed[:MOST_ROWS]]
    rows += [("no data sheet for further models", f"{len(missed) - MOST_ROWS:,}")] if len(missed) > MOST_ROWS else []
    rows += [(f"impossible value: {field}", f"{n:,}") for field, n in cameras["values_rejected"].items()]
    return Table("Cameras", ("", "number"), tuple(rows))
