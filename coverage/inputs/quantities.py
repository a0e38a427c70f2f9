"""Numbers with units as people write them, and text made fit to be shown."""

import re
from typing import Literal

LENGTH_UNITS = {
    "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "mtr": 1.0, "米": 1.0, "미터": 1.0, "公尺": 1.0,
    "km": 1000.0, "公里": 1000.0, "cm": 0.01, "厘米": 0.01, "公分": 0.01, "mm": 0.001, "毫米": 0.001,
    "in": 0.0254, "inch": 0.0254, "inches": 0.0254, "ft": 0.3048, "foot": 0.3048, "feet": 0.3048,
    "'": 0.3048, "′": 0.3048, "英尺": 0.3048,
}  # fmt: skip
ANGLE_UNITS = {"°": 1.0, "º": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "dd": 1.0, "度": 1.0, "도": 1.0}
PIXEL_UNITS = {
    "px": 1.0,
    "pixels": 1.0,
    "mp": 1e6,
    "megapixels": 1e6,
    "10000 px": 1e4,
    "万": 1e4,
    "万像素": 1e4,
    "만": 1e4,
}

_QUANTITY = re.compile(r"([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[-+]?\d{1,3})?)\s*([^\W\d_]+|[°'′])?\.?", re.IGNORECASE)

_THOUSANDS = re.compile(r"^[-+]?[1-9]\d{0,2}(?:\.\d{3})+(?![\d.])")  # as they are written beside decimal commas


def tidy(text: str, limit: int | None = None) -> str:
    """Return text on one line, without control, direction or surrogate characters, cut to `limit` characters if given.

    It stays the plain text it was: ``<script>`` or ``=cmd()`` are for the writers to escape.
    """
    shown = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    shown = " ".join(shown.split())
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def quantity(
    text: str, kind: Literal["length", "angle", "number"], *, scale: float = 1.0, decimal_comma: bool = False
) -> float:
    """Return a number with or without a unit: a length in metres, an angle in degrees.

    A decimal comma is understood. Three digits after a comma could also be thousands, and are refused unless
    `decimal_comma` says that the file writes decimal commas. Where it does, points in front of three digits each
    (``1.250``, ``1.250,5``) are thousands.

    Parameters
    ----------
    text : str
        ``5``, ``5 m``, ``16 ft``, ``78°``, ``2,5``; neither empty nor a list.
    scale : float
        Metres (or degrees) per unit where the text names no unit: the column's own unit.

    Raises
    ------
    ValueError
        If the text is anything else.
    """
    plain = text.strip()
    if decimal_comma:
        plain = _THOUSANDS.sub(lambda number: number[0].replace(".", ""), plain, count=1)
    match = _QUANTITY.fullmatch(plain)
    if not match:
        raise ValueError(f"{tidy(text, 40)!r} is no number")
    digits, unit = match.groups()
    if re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", digits) and not decimal_comma:
        raise ValueError(f"{digits!r} could mean thousands or a decimal comma")
    if unit:
        units = {"length": LENGTH_UNITS, "angle": ANGLE_UNITS, "number": {}}[kind]
        if unit.lower() not in units:
            raise ValueError(f"{tidy(text, 40)!r} has another unit")
        scale = units[unit.lower()]
    return float(digits.replace(",", ".")) * scale
