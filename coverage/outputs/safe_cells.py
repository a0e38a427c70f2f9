"""Tables for people as CSV text, with nothing in them that a spreadsheet would run (:mod:`camgap.coverage.cells`)."""

import csv
import io
import re
from typing import Any

import pandas as pd

from camgap.coverage.cells import harmless

__all__ = ["csv_text", "harmless", "plain_text"]

# Control characters, and the marks that turn the reading direction: an override can make "gpj.exe" read "exe.jpg".
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SPACE = re.compile(r"[\t\r\n\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_text(text: object) -> str:
    """Return text on one line without control characters and direction marks; "" for None."""
    if text is None:
        return ""
    return _SURROGATE.sub("\ufffd", _HIDDEN.sub("", _SPACE.sub(" ", str(text))))


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV text (UTF-8 with BOM for spreadsheets, CRLF), headers and cells made harmless.

    Missing values (None, NaN) become empty cells; numbers stay numbers, also those below zero.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(str(name)) for name in table.columns])
    writer.writerows(zip(*(_cells(table[name]) for name in table.columns), strict=True))
    return "\ufeff" + out.getvalue()


def _cells(column: "pd.Series[Any]") -> list[object]:
    missing = column.isna().tolist()
    return [
        "" if gone else harmless(value) if isinstance(value, str) else value
        for value, gone in zip(column.tolist(), missing, strict=True)
    ]
