"""Days and hours as event files write them."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import DemandError

FloatArray = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
Order = Literal["mdy", "dmy"]

_ISO = re.compile(r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_OTHER = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_PACKED = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:\.\d+)?秒?)?(?:\s*([AaPp])\.?[Mm]\.?)?")
_HHMM = re.compile(r"\s*(\d{1,2})(\d{2})\s*")


def days_of(texts: Sequence[str], order: Order | None, source: str) -> Days:
    """Return the day of each text, NaT where there is none.

    Parameters
    ----------
    order : {"mdy", "dmy"}, optional
        Of dates such as 03/04/2019. Without it a day above 12 anywhere in the file tells.

    Raises
    ------
    DemandError
        If there are such dates and nothing tells their order, or they contradict each other.
    """
    iso = [_ISO.match(text) or _PACKED.fullmatch(text) for text in texts]
    other = [None if found else _OTHER.match(text) for found, text in zip(iso, texts, strict=True)]
    pairs = [(int(m[1]), int(m[2])) for m in other if m]
    if pairs and order is None:
        order = _order_told(pairs, next(m[0].strip() for m in other if m), source)
    days = np.full(len(texts), "NaT", dtype="datetime64[D]")
    for row, (a, b) in enumerate(zip(iso, other, strict=True)):
        if a:
            year, month, day = (int(part) for part in a.groups())
        elif b:
            month, day = (int(b[1]), int(b[2])) if order == "mdy" else (int(b[2]), int(b[1]))
            year = int(b[3])
        else:
            continue
        if 1 <= month <= 12 and 1 <= day <= 31:
            first = np.datetime64(f"{year:04d}-{month:02d}", "D")
            if (first + (day - 1)).astype("datetime64[M]") == first.astype("datetime64[M]"):
                days[row] = first + (day - 1)
    return days


def _order_told(pairs: Sequence[tuple[int, int]], example: str, source: str) -> Order:
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    why = "some dates have the day first and some the month" if day_first else "no date tells day from month"
    raise DemandError(f'{source}: {why} (e.g. {example}); say date_order = "mdy" or "dmy" under [demand]')


def hours_of(texts: Sequence[str]) -> FloatArray:
    """Return the hour of the day, 0 <= hour < 24, of each text such as ``21:30``, ``9:30 PM``, ``2130``; else NaN."""
    hours = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        found = _CLOCK.search(text)
        parts = found or _HHMM.fullmatch(text)
        if not parts:
            continue
        hour, minute = int(parts[1]), int(parts[2])
        if found and found[4]:
            hour = hour % 12 + (12 if found[4] in "Pp" else 0)
        if hour < 24 and minute < 60:
            hours[row] = hour + minute / 60
        elif (hour, minute) == (24, 0):
            hours[row] = 0.0
    return hours


def within_hours(hours: FloatArray, span: str) -> npt.NDArray[np.bool_]:
    """Tell which hours lie in a span such as ``20-6``: from 20:00 up to, not including, 6:00. ``0-24`` is all day."""
    begin, end = (int(part) for part in span.split("-"))
    if begin < end:
        return (hours >= begin) & (hours < end)
    return (hours >= begin) | (hours < end)


def weekdays_of(days: Days) -> npt.NDArray[np.int64]:
    """Return the weekday of each day, Monday 0; -1 where there is none."""
    number = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return np.where(np.isnat(days), -1, number)
