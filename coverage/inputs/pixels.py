"""How many pixels a picture is wide, from the ways a resolution is written."""

import re
import unicodedata

_LINES = {  # name -> pixels across (ITU-R BT.601, SMPTE 274M/296M/2036; QHD, 4K and so on as the trade uses them)
    "qcif": 176, "cif": 352, "2cif": 704, "4cif": 704, "d1": 720, "vga": 640, "xga": 1024, "sxga": 1280, "uxga": 1600,
    "576p": 720, "576i": 720, "480p": 720, "480i": 720, "720p": 1280, "960p": 1280, "hd": 1280, "1080p": 1920,
    "1080i": 1920, "fullhd": 1920, "fhd": 1920, "1440p": 2560, "qhd": 2560, "2k": 2560, "2160p": 3840, "uhd": 3840,
    "4k": 3840, "5k": 5120, "8k": 7680, "标清": 720, "高清": 1280, "全高清": 1920, "超高清": 3840,
}  # fmt: skip
_MEGAPIXELS = {1.0: 1280, 1.3: 1280, 2.0: 1920, 3.0: 2048, 4.0: 2560, 5.0: 2592, 6.0: 3072, 8.0: 3840, 12.0: 4000}
_WIDE_FROM = 0.8  # megapixels: sensors above are 16:9, below 4:3
_SMALLEST, _LARGEST = 100, 40_000


def horizontal_pixels(text: str, unit: float = 1.0) -> float:
    """Return how many pixels a picture is wide; of several resolutions the largest.

    ``1920x1080``, ``2560*1440``, ``1080p``, ``4K``, ``2MP``, ``400万``, ``1920``. Megapixels name a picture, not a
    width: the usual sensor of that size is taken (2 MP: 1920, 4 MP: 2560, 8 MP: 3840), else 16:9.

    Parameters
    ----------
    unit : float
        What a bare number counts: 1 for pixels across (megapixels below 100), 1e4 or 1e6 for pixels in all.

    Raises
    ------
    ValueError
        If the text says no resolution.
    """
    widths = [
        _width(part.strip(), unit)
        for part in re.split(r"[/;,、|]", unicodedata.normalize("NFKC", text))
        if part.strip()
    ]
    if not widths:
        raise ValueError("no resolution")
    return max(widths)


def _width(part: str, unit: float) -> float:
    plain = re.sub(r"[\s\-_]|像素|화소|pixels?|px", "", part.casefold())
    if plain in _LINES:
        return float(_LINES[plain])
    if across := re.match(r"(\d{2,5})[x×*by]{1,2}(\d{2,5})(?:@.*)?$", plain):
        return _plausible(max(float(across[1]), float(across[2])))
    if total := re.fullmatch(r"(\d+(?:\.\d+)?)(mp|m|mpix|mega|百万|万|만)", plain):
        size = float(total[1]) * {"万": 0.01, "만": 0.01}.get(total[2], 1.0)
        return _of_megapixels(size)
    if number := re.fullmatch(r"\d+(?:\.\d+)?", plain):
        value = float(number[0])
        if unit != 1.0:
            return _of_megapixels(value * unit / 1e6)
        return _of_megapixels(value) if value < _SMALLEST else _plausible(value)
    raise ValueError(f"{part[:40]!r} is no resolution")


def _of_megapixels(size: float) -> float:
    if not 0.02 <= size <= 400:
        raise ValueError(f"{size:g} megapixels are no camera's")
    nominal = min(_MEGAPIXELS, key=lambda known: abs(known - size))
    if abs(nominal - size) <= 0.04 * nominal:
        return float(_MEGAPIXELS[nominal])
    shape = 16 / 9 if size >= _WIDE_FROM else 4 / 3
    return float(round((size * 1e6 * shape) ** 0.5))


def _plausible(width: float) -> float:
    if not _SMALLEST <= width <= _LARGEST:
        raise ValueError(f"{width:g} pixels are no picture's width")
    return width
