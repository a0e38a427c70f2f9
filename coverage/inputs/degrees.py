"""One coordinate as people write it -> a number; what a spreadsheet has ruined is told apart.

11.575   11,575   11.575°   E 11.575              decimal degrees, hemisphere before or behind
11°34'30"E   东经101度43分12秒   48:08:15 N          degrees, minutes, seconds
472106.062   472,106.062                           metres of a projected system
"""

import re

from camgap.coverage.inputs.quantities import quantity, tidy

_SIGNS = {
    **dict.fromkeys(map(ord, "′’‘´`ʹ＇"), "'"),
    **dict.fromkeys(map(ord, "″”“ʺ＂"), '"'),
    **dict.fromkeys(map(ord, "º˚"), "°"),
    **dict.fromkeys(map(ord, "−–"), "-"),
}
_HEMISPHERES = {
    "N": ("lat", 1), "S": ("lat", -1), "E": ("lon", 1), "W": ("lon", -1), "北纬": ("lat", 1), "南纬": ("lat", -1),
    "东经": ("lon", 1), "西经": ("lon", -1), "북위": ("lat", 1), "동경": ("lon", 1),
}  # fmt: skip
_SIDE = "|".join(_HEMISPHERES)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,3}\.[0-9]{1,15}")
_PLAIN = re.compile(r"\s*[-+]?\d+(?:[.,](\d*))?\s*°?\s*")
_WITH_SIDE = re.compile(rf"(?:({_SIDE})\s*[:：]?\s*)?(.*?)(?:\s*({_SIDE}))?", re.DOTALL)
_PART = r"(\d{1,2}(?:[.,]\d+)?)"
_SEXAGESIMAL = (
    re.compile(rf"([-+]?)(\d{{1,3}})\s*[°d度도]\s*{_PART}\s*['m分분]?(?:\s*{_PART}\s*(?:\"|''|[s秒초])?)?"),
    re.compile(rf"([-+]?)(\d{{1,3}})[:\s]\s*(\d{{1,2}})[:\s]\s*{_PART}"),
)
_THOUSANDS_DOTS = re.compile(r"[-+]?\d{1,3}(?:\.\d+){2,}")
_ROUNDED = re.compile(r"[-+]?(\d(?:[.,]\d+)?)e([-+]?\d{1,9})", re.IGNORECASE)
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:([,'’\s])\d{3})(?:\1\d{3})*(?:\.\d+)?")
_TINY = -5  # of this exponent, a number is a millionth of a degree and was written so by a program: 11 m from Greenwich
_ENOUGH_DIGITS = 7  # of a rounded notation: 1.016543e+02 is known to 10 m


class RuinedError(ValueError):
    """A coordinate that a spreadsheet has changed beyond repair."""


def degrees(text: str, axis: str) -> float:
    """Return a longitude or latitude in degrees, west and south negative.

    Parameters
    ----------
    text : str
        Not empty.
    axis : "lon" or "lat"

    Raises
    ------
    RuinedError
        If thousands dots were put into the number, or its digits rounded away.
    ValueError
        If it is no coordinate, or one of the other axis.
    """
    if _DECIMAL.fullmatch(text):  # nearly all of them
        return float(text)
    plain = text.translate(_SIGNS).strip()
    _refuse_ruined(plain)
    match = _WITH_SIDE.fullmatch(plain)
    before, body, behind = match.groups() if match else (None, plain, None)
    side = before or behind
    if before and behind:
        raise ValueError(f"{tidy(text, 40)!r} names two hemispheres")
    value = _sexagesimal(body)
    if value is None:
        value = quantity(body, "angle", decimal_comma="," in body)
    if side is None:
        return value
    its_axis, sign = _HEMISPHERES[side]
    if its_axis != axis or value < 0:
        raise ValueError(f"{tidy(text, 40)!r} is no {'longitude' if axis == 'lon' else 'latitude'}")
    return sign * value


def metres(text: str) -> float:
    """Return an easting or northing; commas or blanks between thousands are understood where they must be that.

    Raises
    ------
    ValueError
        If it is no number.
    """
    plain = text.translate(_SIGNS).strip()
    _refuse_ruined(plain)
    grouped = _GROUPED.fullmatch(plain)
    if grouped and ("." in plain or plain.count(grouped[1]) > 1 or grouped[1] != ","):
        plain = plain.replace(grouped[1], "")
    return quantity(plain, "length", decimal_comma="," in plain)


def decimals(text: str) -> int:
    """Return the number of digits behind the decimal point or comma of a plain number, 9 for other notations."""
    match = _PLAIN.fullmatch(text)
    return len(match[1] or "") if match else 9


def _refuse_ruined(plain: str) -> None:
    if _THOUSANDS_DOTS.fullmatch(plain):
        raise RuinedError(f"{tidy(plain, 30)!r} has thousands dots, its decimal point is lost")
    rounded = _ROUNDED.fullmatch(plain)
    if rounded and len(re.sub(r"\D", "", rounded[1])) < _ENOUGH_DIGITS and int(rounded[2]) > _TINY:
        raise RuinedError(f"{tidy(plain, 30)!r} is rounded, its digits are lost")


def _sexagesimal(body: str) -> float | None:
    for pattern in _SEXAGESIMAL:
        match = pattern.fullmatch(body.strip())
        if match:
            sign, whole, minutes, seconds = match.groups()
            parts = [float((part or "0").replace(",", ".")) for part in (whole, minutes, seconds)]
            if parts[1] >= 60 or parts[2] >= 60:
                raise ValueError(f"{tidy(body, 40)!r} has 60 minutes or seconds")
            return (-1 if sign == "-" else 1) * (parts[0] + parts[1] / 60 + parts[2] / 3600)
    return None
