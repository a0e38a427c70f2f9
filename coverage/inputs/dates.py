"""Dates as lists write them -> ISO 8601, as exactly as they are said and no more."""

import re
import unicodedata
from datetime import date, timedelta

_YEAR_FIRST = re.compile(
    r"((?:19|20)\d\d)(?:\s*[-/.年년]\s*(\d{1,2})(?:\s*[-/.月월]\s*(\d{1,2})\s*[日일]?)?\s*[月월]?\s*)?[年년]?(?:[T\s].*)?"
)
_PACKED = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)?(?:\d{6}|T\d.*)?")
_SERIAL = re.compile(r"([3-5]\d{4})(?:\.\d+)?")  # days since 1899-12-30, as spreadsheets count them: 1982 to 2064
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2((?:19|20)\d\d)(?:\s.*)?")
_FIRST_DAY = date(1899, 12, 30)  # 1900 is no leap year; a spreadsheet takes it for one


def iso_date(text: str) -> str:
    """Return ``2021-02-28``, ``2021-02`` or ``2021``, whichever the text says; "" for an empty text.

    ``43588`` is a spreadsheet's number of a day. ``28.02.2021`` is day first;
    ``02/03/2021`` could be either, so that only its year is sure and kept.

    Raises
    ------
    ValueError
        If it is no date.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return ""
    if match := _PACKED.fullmatch(plain) or _YEAR_FIRST.fullmatch(plain):
        return _joined(match[1], match[2], match[3])
    if match := _SERIAL.fullmatch(plain):
        return (_FIRST_DAY + timedelta(days=int(match[1]))).isoformat()
    if match := _DAY_FIRST.fullmatch(plain):
        first, mark, second, year = match.groups()
        day, month = int(first), int(second)
        if mark != "." and day <= 12 and month <= 12 and day != month:
            return year  # day or month first: both are usual
        return _joined(year, first, second) if month > 12 else _joined(year, second, first)
    raise ValueError(f"{plain[:40]!r} is no date")


def _joined(year: str, month: str | None, day: str | None) -> str:
    if month is None:
        return year
    if not 1 <= int(month) <= 12 or (day is not None and not 1 <= int(day) <= 31):
        raise ValueError("there is no such day")
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
