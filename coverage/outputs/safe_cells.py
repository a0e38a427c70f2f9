"""Tables for people as CSV text, with nothing in them that a spreadsheet would run (:mod:`camgap.coverage.cells`)."""

import csv
import io
from typing import Any

import pandas as pd

from camgap.coverage.cells import harmless, plain_text

__all__ = ["csv_text", "harmless", "plain_text"]


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV text (UTF-8 with BOM for spreadsheets, CRLF), headers and cells made plain and harmless.

    Missing values (None, NaN) become empty cells; numbers stay numbers, also those below zero.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(plain_text(name)) for name in table.columns])
    writer.writerows(zip(*(_cells(table[name]) for name in table.columns), strict=True))
    return "\ufeff" + out.getvalue()


def _cells(column: "pd.Series[Any]") -> list[object]:
    missing = column.isna().tolist()
    return [
        "" if gone else harmless(plain_text(value)) if isinstance(value, str) else value
        for value, gone in zip(column.tolist(), missing, strict=True)
    ]
