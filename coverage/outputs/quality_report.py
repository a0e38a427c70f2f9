"""The quality of camera lists as a page to print or to read on a phone, as a table of findings, and as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from camgap.coverage.errors import OutputError
from camgap.coverage.outputs.plain import plain
from camgap.coverage.outputs.run_folder import to_json
from camgap.coverage.outputs.safe_cells import csv_text
from camgap.coverage.outputs.tables.parts import Table
from camgap.coverage.outputs.targets import check_file, write_whole
from camgap.coverage.quality.findings import WHAT
from camgap.coverage.quality.report import Quality

SHOWN = 200  # findings on the page; all of them are in the CSV file
_MEANING = {
    "azimuth": "where it looks", "hfov": "how wide it looks", "range": "how far it sees", "height": "of the lens",
    "tilt": "of the lens", "light": "how far its own light reaches", "position": "of cameras drawn inside a building",
    "status": "whether it works",
}  # fmt: skip
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.45 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
caption{text-align:left;padding:.3rem 0}
th,td{padding:.25rem .5rem;border-bottom:1px solid #8886;text-align:right;vertical-align:top;white-space:nowrap}
td.t{white-space:normal;overflow-wrap:break-word;min-width:6rem}
th{vertical-align:bottom}th:first-child,td:first-child,td.t,th.t{text-align:left}
.bar{display:block;min-width:6rem;height:.8rem;position:relative;background:#8883}
.bar i{position:absolute;top:0;bottom:0;background:#0072b2}
.bar b{position:absolute;top:0;bottom:0;width:2px;background:#d55e00}
small{color:#777}
@media print{body{font-size:10pt;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}.scroll{overflow:visible}}
"""


def beside(page: Path) -> tuple[Path, Path, Path]:
    """Return the files of a report: page, findings as CSV, everything as JSON."""
    return page, page.with_suffix(".findings.csv"), page.with_suffix(".quality.json")


def check_report_target(page: Path, overwrite: bool, inputs: Sequence[Path] = ()) -> None:
    """Refuse, before anything is computed, files that cannot be written, or that are among the `inputs`.

    Raises
    ------
    OutputError
        If the name does not end in .html, a file is read or in the way, or the folder cannot be written.
    """
    if page.suffix.lower() != ".html":
        raise OutputError(f"{page}: the report is a page; give it a name that ends in .html")
    for path in beside(page):
        check_file(path, overwrite, inputs)


def write_report(quality: Quality, page: Path, overwrite: bool = False) -> None:
    """Write page, findings and JSON; each file is whole or absent.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    check_report_target(page, overwrite)
    findings = pd.DataFrame([asdict(f) for f in quality.findings], columns=["source", "row", "id", "what", "detail"])
    texts = (page_text(quality), csv_text(findings), to_json(quality_result(quality)) + "\n")
    for path, text in reversed(list(zip(beside(page), texts, strict=True))):
        write_whole(path, lambda making, text=text: _write(making, text))  # type: ignore[misc]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def quality_result(quality: Quality) -> dict[str, Any]:
    """Return everything the report says, ready for JSON."""
    return {
        "rows": _records(quality.rows),
        "completeness": _records(quality.completeness),
        "status": _records(quality.status),
        "findings_by_kind": dict(Counter(f.what for f in quality.findings)),
        "findings": [asdict(f) for f in quality.findings],
        "costs": [asdict(c) | {"width_m": c.width_m} for c in quality.costs],
        "ages_to": {"day": quality.day, "of": quality.day_of} if quality.day else None,
        "together_m": list(quality.together_m) if quality.together_m else None,
        "median_m": quality.median_m,
        "covered_m": quality.covered_m,
        "length_m": quality.length_m,
        "draws": quality.draws,
        "seed": quality.seed,
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [plain(row) for row in table.to_dict("records")]


def quality_tables(quality: Quality) -> list[Table]:
    """Return the tables the command prints: findings by kind, and what missing fields cost."""
    kinds = Counter(f.what for f in quality.findings)
    tables = [Table("Findings", ("", "rows"), tuple((k, f"{kinds[k]:,}") for k in WHAT if kinds[k]))]
    if quality.costs:
        rows = [(c.field, f"{c.cameras:,}", *_band(c.low_m, c.high_m), f"{c.width_m:,.0f} m") for c in quality.costs]
        if quality.together_m:
            low, high = quality.together_m
            rows.append(("all a visit can settle", "", *_band(low, high), f"{high - low:,.0f} m"))
        title = f"What missing fields cost: covered length, 5-95 %; the score says {_km(quality.covered_m or 0.0)}"
        tables.append(Table(title, ("field", "cameras", "low", "high", "width"), tuple(rows)))
    return tables


def page_text(quality: Quality) -> str:
    """Return the page: one file, no scripts, nothing loaded, every text from the data escaped."""
    parts = [_rows(quality), _costs(quality), _completeness(quality), _status(quality), _findings(quality)]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Quality of camera lists</title><style>{_STYLE}</style></head><body>"
        f"<h1>Quality of camera lists</h1>{''.join(parts)}</body></html>\n"
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """Return a table of ready, escaped cells; the first `words` columns are text."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{' class=t' if i < words else ''}>{cell}</{tag}>" for i, cell in enumerate(cells))

    body = "".join(f"<tr>{line(cells, 'td')}</tr>" for cells in rows)
    head = f"<thead><tr>{line(columns, 'th')}</tr></thead>"
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>'


def _rows(quality: Quality) -> str:
    rows = [
        (
            escape(r["source"]), *(f"{r[name]:,}" for name in ("read", "usable", "used", "set_aside", "dated")),
            escape(r["oldest"]), escape(r["newest"]),
        )
        for r in _records(quality.rows)
    ]  # fmt: skip
    columns = ("list", "read", "usable", "used", "set aside", "with a date", "oldest", "newest")
    ages = f"Ages are counted to {escape(quality.day)}, {quality.day_of}." if quality.day else "No row has a date."
    if quality.day_of == "of the newest row":
        ages += " If the lists are older than that, say to which day with --as-of."
    return f"<h2>Rows</h2>{_table(columns, rows)}<p>{ages}</p>"


def _km(metres: float) -> str:
    return f"{metres / 1000:,.2f} km"


def _band(low: float, high: float) -> tuple[str, str]:
    return _km(low), _km(high)


def _costs(quality: Quality) -> str:
    title = "<h2>What missing fields cost</h2>"
    if not quality.costs or quality.covered_m is None or not quality.length_m:
        return title + "<p>Not computed: give a street network (--osm) to see what each missing field costs.</p>"
    top = max(quality.covered_m, *(c.high_m for c in quality.costs)) or 1.0
    rows = [
        (
            f"{c.field} <small>{_MEANING[c.field]}</small>", f"{c.cameras:,}", *_band(c.low_m, c.high_m),
            f"{c.width_m:,.0f} m", _bar(c.low_m, c.high_m, c.covered_m, top),
        )
        for c in quality.costs
    ]  # fmt: skip
    low, high = quality.together_m or (0.0, 0.0)
    share = f"{quality.covered_m / quality.length_m:.1%}"
    first = quality.costs[0]
    return (
        f"{title}<p>The score says {quality.covered_m / 1000:,.2f} km of {quality.length_m / 1000:,.2f} km ({share}) "
        "are covered, with every missing field filled from presets. Here each field is drawn by chance where it is not "
        f"stated, one field at a time: 90 % of {quality.draws} draws (seed {quality.seed}) lie between low and high. "
        f"A survey of <strong>{first.field}</strong> pays most. All that a visit can settle, drawn together: "
        f"<strong>{' to '.join(_band(low, high))}</strong> ({low / quality.length_m:.1%} to "
        f"{high / quality.length_m:.1%}), half of the draws above {_km(quality.median_m or 0.0)}.{_aside(quality)}</p>"
        + _table(("field", "cameras without", "low", "high", "width", "low to high; line: the score"), rows)
    )


def _aside(quality: Quality) -> str:
    """Return why the score lies outside of its own band, "" where it does not."""
    low, high = quality.together_m or (0.0, 0.0)
    covered = quality.covered_m or 0.0
    if low <= covered <= high:
        return ""
    side, more = ("above", "more") if covered > high else ("below", "less")
    return (
        f" <strong>The score lies {side} this band</strong>: presets fill what is missing with one likely value each "
        "(a camera without an azimuth looks along its street, one without a status works), and together they see "
        f"{more} than 95 % of the draws. Quote the middle of the draws and the band."
    )


def _bar(low: float, high: float, at: float, top: float) -> str:
    left, width, line = 100 * low / top, 100 * (high - low) / top, 100 * at / top
    return (
        f'<span class="bar" role="img" aria-label="{low:,.0f} to {high:,.0f} m; score {at:,.0f} m">'
        f'<i style="left:{left:.1f}%;width:{max(width, 0.5):.1f}%"></i><b style="left:min({line:.1f}%,100% - 2px)"></b>'
        "</span>"
    )


def _completeness(quality: Quality) -> str:
    parts = ["<h2>Completeness</h2><p>Share of usable cameras whose list states the field.</p>"]
    for by, table in quality.completeness.groupby("by", sort=False):
        fields = list(dict.fromkeys(table["field"]))
        wide = table.pivot_table(index="group", columns="field", values="share", sort=True)
        count = table.groupby("group")["cameras"].first()
        rows = [
            (
                escape(str(group)),
                f"{int(count[group]):,}",
                *(f"{share:.0%}" for share in wide.loc[group, fields].tolist()),
            )
            for group in wide.index
        ]
        parts.append(_table((escape(str(by)), "cameras", *fields), rows))
    return "".join(parts)


def _status(quality: Quality) -> str:
    parts = ["<h2>Status</h2>"]
    for by, table in quality.status.groupby("by", sort=False):
        wide = table.pivot_table(index="group", columns="status", values="cameras", aggfunc="sum", fill_value=0)
        columns = [str(c) for c in wide.columns]
        rows = [(escape(str(g)), *(f"{n:,}" for n in wide.loc[g].tolist())) for g in wide.index]
        parts.append(_table((escape(str(by)), *(c.replace("_", " ") for c in columns)), rows))
    return "".join(parts)


def _findings(quality: Quality) -> str:
    kinds = Counter(f.what for f in quality.findings)
    if not kinds:
        return "<h2>Findings</h2><p>None.</p>"
    summary = [(k.replace("_", " "), escape(text), f"{kinds[k]:,}") for k, text in WHAT.items() if kinds[k]]
    rows = [
        (escape(f.source), f"{f.row}" if f.row else "", escape(f.id), f.what.replace("_", " "), escape(f.detail))
        for f in quality.findings[:SHOWN]
    ]
    more = len(quality.findings) - len(rows)
    note = f"<p>{more:,} more are in the CSV file beside this page.</p>" if more else ""
    return (
        "<h2>Findings</h2>"
        + _table(("finding", "meaning", "rows"), summary, words=2)
        + "<h2>Rows to look at</h2>"
        + _table(("list", "row", "id", "finding", "detail"), rows, words=5)
        + note
    )
