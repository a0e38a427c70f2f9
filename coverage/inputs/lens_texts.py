"""Focal length and sensor size from the ways lists write them."""

import re
import unicodedata

import numpy as np

_FOCAL = re.compile(r"(?:f\s*=?\s*)?(\d+(?:[.,]\d+)?)\s*(?:mm|毫米)?(?:\s*(?:fixed|lens|定焦|镜头))*")
_INCHES = re.compile(r"(?<![\d/.])1\s*/\s*(\d+(?:[.,]\d+)?)(?![\d/])")
_WIDTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:mm|毫米)?(?:\s*[x×*]\s*\d+(?:[.,]\d+)?\s*(?:mm|毫米)?)?")
_SHORTEST, _LONGEST = 0.5, 1000.0  # [mm] of a focal length
_NARROWEST, _WIDEST = 1.0, 50.0  # [mm] of a sensor


def focal_length(text: str) -> float:
    """Return a focal length [mm]: ``2.8``, ``4 mm``, ``f=6mm``.

    Raises
    ------
    ValueError
        If the text is anything else, or a zoom's two ends: nobody knows where between them it is set.
    """
    match = _FOCAL.fullmatch(_plain(text))
    return _within(match.group(1) if match else "", _SHORTEST, _LONGEST)


def sensor_width(text: str) -> float:
    """Return how wide a sensor is [mm]: ``1/2.8"`` as a 16:9 picture, ``5.6 mm``, ``5.6 x 3.2 mm``.

    An inch format is a name, not a length: its diagonal is about 16 mm times the fraction from 1/2" on, 18 mm below
    (https://www.optowiki.info/glossary/sensor-sizes). Real chips differ by a few percent.

    Raises
    ------
    ValueError
        If the text is anything else.
    """
    plain = _plain(text)
    if inches := _INCHES.search(plain):
        part = 1 / _within(inches.group(1), 1.0, 10.0)
        return float((16.0 if part >= 0.5 else 18.0) * part * 16 / np.hypot(16, 9))
    match = _WIDTH.fullmatch(plain)
    return _within(match.group(1) if match else "", _NARROWEST, _WIDEST)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _within(digits: str, low: float, high: float) -> float:
    value = float(digits.replace(",", ".") or "nan")
    if not low <= value <= high:
        raise ValueError(f"{digits!r} mm is not from {low:g} to {high:g}")
    return value
