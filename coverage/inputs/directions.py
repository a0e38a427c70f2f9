"""Every written form of a heading, turned into degrees clockwise from north.

90   90°   90,5   -45   360          one heading; 360 is north, and -45 is 315
N  NNE  south-west  Nordost  sud-est  16 compass points, English, German, French and Spanish words
东南  朝东  正北  东偏北30度           Chinese and Korean characters
90;270   NW/SE   180, 270            several headings: one view each
45-135   W-E   350 to 10             a range, always clockwise: heading in its middle, its width as span
0-360   omnidirectional   全方位      all round
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from camgap.coverage.errors import CameraError

_POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_AZIMUTH = {point: 22.5 * i for i, point in enumerate(_POINTS)}
_CHARACTERS = {"东": "E", "東": "E", "西": "W", "南": "S", "北": "N", "동": "E", "서": "W", "남": "S", "북": "N"}
_WORD = re.compile(  # English, German, French, Spanish; the first letter is the point's, or it stands in _LETTER
    r"NORTH|NORDEN|NORTE|NORD|NOR|SOUTH|S[ÜU]DEN|SUEDEN|SÜD|SUED|SUD|SUR|EAST|OSTEN|OST|ESTE|EST|WESTEN|WEST|OUEST|OESTE"
)
_LETTER = {"OST": "E", "OSTEN": "E", "OUEST": "W", "OESTE": "W"}
_ALL_ROUND = frozenset(("ALL", "ALLROUND", "ALLAROUND", "ALLDIRECTIONS", "OMNI", "OMNIDIRECTIONAL", "PANORAMIC"))
_ALL_ROUND |= {"全向", "全方位", "全景", "전방면", "전방위"}

_UNIT = r"\s*(?:°|DEG(?:REES?|\.)?|度|도)?"
_NUMBER = re.compile(rf"([-+]?\d{{1,3}}(?:\.\d*)?){_UNIT}")
_RANGE = re.compile(rf"([-+]?\d[\d.]*{_UNIT})\s*(?:-|~|\.\.|TO|至|到)\s*([-+]?\d[\d.]*{_UNIT})")
_WORD_RANGE = re.compile(r"\s*(?:-|~|\bTO\b|至|到)\s*")
_FACING = re.compile(r"^(?:(?:FACING|LOOKING|TOWARDS?|NACH|RICHTUNG|VERS|HACIA)\s+)+|^(?:面?[朝向往])?正?")
_TURNED = re.compile(r"^([东東南西北])偏([东東南西北])(\d{1,2}(?:\.\d+)?)(?:°|度)?$")  # off east, towards north
_FROM_TO = re.compile(r"^[由自从從坐]?[东東南西北]{1,3}[向往朝]([东東南西北]{1,3})$")  # "from west towards east"
_SIDE = re.compile(r"(?:方向|方|向|面|侧|側|쪽|향|방향)$")
_LIST = re.compile(r"\s*(?:[;/|&\n、]|\bAND\b)\s*")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-") | {ord("º"): "°", ord("˚"): "°"}  # º would become an o

_ANY_NUMBER = re.compile(r"(\d+)(\.\d*[1-9]\d*)?(?:\.0*)?\s*(°|DEG|度|도)?")
_CODES = frozenset("123456789")
_MAY_BE_CODES = _CODES | {"0", "99"}  # "not known" and "other", or degrees
_MOST_CODED = 4  # codes for each number that is none: of degrees, one in forty is below 10

_MOST_VIEWS = 36  # a list longer than this is not a list of headings
_MOST_CHARACTERS = 500
_ALL_ROUND_FROM = 359.0  # 0-359 is how OSM writes all round


@dataclass(frozen=True, slots=True)
class Heading:
    """One direction a camera looks in."""

    azimuth: float  # [°] clockwise from north, 0 <= azimuth < 360; 0 where it looks all round
    span: float | None = None  # width of a range [°], 0 < span <= 360; None where a single direction was written
    spread: float = field(default=0.0, compare=False)  # how far off a compass point may be [°]


@lru_cache(maxsize=4096)
def parse_headings(text: str, *, decimal_comma: bool = False) -> tuple[Heading, ...]:
    """Return the headings a text names, each once, in the order written; none for an empty text.

    A comma separates headings, unless it must be a decimal comma: ``90,5`` is one heading, ``180, 270`` and ``90,180``
    are two. ``90,45`` could be either and is refused.

    Parameters
    ----------
    text : str
        As found in the data.
    decimal_comma : bool
        The file writes decimal commas, so that a comma between two digits is always one.

    Raises
    ------
    CameraError
        If the text, or a part of it, is no heading.
    """
    if len(text) > _MOST_CHARACTERS:
        raise _unknown(text)
    plain = _plain(text)
    headings: dict[Heading, None] = {}
    for part in _LIST.split(plain):
        for item in _split_commas(part, decimal_comma):
            if item:
                headings[_heading(item)] = None
        if len(headings) > _MOST_VIEWS:
            raise CameraError(f"more than {_MOST_VIEWS} headings in one value")
    if plain and not headings:
        raise _unknown(text)
    return tuple(headings)


def look_coded(cells: Iterable[str]) -> bool:
    """Tell whether the headings of a list are codes of one digit that nobody named, and no degrees.

    Judged are the numbers alone, whatever else stands among them (``unknown``, ``东``): two or more of them are 1 to 9,
    and at most one in five is anything else. 0 and 99 tell nothing.
    """
    codes = others = 0
    for cell in cells:
        numbers = _bare_numbers(cell)
        codes += sum(number in _CODES for number in numbers)
        others += sum(number not in _MAY_BE_CODES for number in numbers)
    return codes > 1 and codes >= _MOST_CODED * others


def has_code(cell: str) -> bool:
    """Tell whether a heading, or a part of it, is a number that may be a code: 0 to 9 or 99, without a unit."""
    return not _MAY_BE_CODES.isdisjoint(_bare_numbers(cell))


def _bare_numbers(cell: str) -> list[str]:
    """Return the numbers of a text, "" for each that has a unit or decimals and thus is no code."""
    matches = _ANY_NUMBER.findall(_plain(cell))
    return ["" if decimals or unit else whole.lstrip("0") or "0" for whole, decimals, unit in matches]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_DASHES)).upper().strip()


def _split_commas(part: str, decimal_comma: bool) -> list[str]:
    """Split at the commas that separate headings and turn the others into decimal points."""
    items = []
    for piece in re.split(r",\s+|\s+,|,(?!\d)|(?<!\d),", part):
        decimals = re.findall(r",(\d+)", piece)
        if decimal_comma or (decimals and all(_only_decimals(digits) for digits in decimals)):
            items.append(piece.replace(",", "."))
        elif len(decimals) > 1 or all(len(digits) == 3 for digits in decimals):
            items.extend(piece.split(","))
        else:
            raise CameraError(f"heading {piece[:40]!r} could be one or two: write 90.45 or 90;45")
    return [item.strip() for item in items]


def _only_decimals(digits: str) -> bool:
    """Tell whether the digits after a comma can only be decimals, not a heading of their own."""
    return len(digits) == 1 or len(digits) > 3 or int(digits) > 360 or (len(digits) == 2 and digits[0] == "0")


def _heading(item: str) -> Heading:
    if re.sub(rf"^360{_UNIT}|[\s_-]", "", item) in _ALL_ROUND:
        return Heading(0.0, 360.0)
    single = _direction(item)
    if single is not None:
        return Heading(_wrap(single), spread=0.0 if re.search(r"\d", item) else _spread(single))
    ends = _range(item)
    if ends is None:
        raise _unknown(item)
    start, end = ends
    if end - start in (_ALL_ROUND_FROM, 360.0):
        return Heading(0.0, 360.0)
    span = (end - start) % 360
    if span == 0:
        raise CameraError(f"heading range {item[:40]!r} has no width")
    return Heading(_wrap(start + span / 2), span)


def _spread(azimuth: float) -> float:
    """Return half the step between compass points of this fineness [°]: 22.5 of the eight, 11.25 of the other eight."""
    return 22.5 if azimuth % 45 == 0 else 11.25


def _wrap(azimuth: float) -> float:
    """Return an azimuth [°] in [0, 360); the remainder of a tiny negative number alone would round to 360."""
    return azimuth % 360 % 360


def _range(item: str) -> tuple[float, float] | None:
    """Return both ends of a range [°]."""
    numbers = _RANGE.fullmatch(item)
    # A dash may also join the words of one end (north-east), so that every dash is tried.
    dashes = [] if numbers else _WORD_RANGE.finditer(item)
    pairs = [numbers.groups()] if numbers else [(item[: dash.start()], item[dash.end() :]) for dash in dashes]
    for pair in pairs:
        start, end = map(_direction, pair)
        if start is not None and end is not None:
            return start, end
    return None


def _direction(item: str) -> float | None:
    """Return the azimuth [°] of a number or a compass point, not yet wrapped; None if it is neither."""
    number = _NUMBER.fullmatch(item.strip())
    if number:
        azimuth = float(number[1])
        return azimuth if abs(azimuth) <= 360 else None
    if turned := _TURNED.match(_FACING.sub("", item.strip())):
        start, towards = (_AZIMUTH[_CHARACTERS[character]] for character in turned.groups()[:2])
        aside = (towards - start + 180) % 360 - 180
        return start + math.copysign(float(turned[3]), aside) if abs(aside) == 90 else None
    return _AZIMUTH.get(_compass_point(item))


def _compass_point(item: str) -> str:
    """Return the letters of a compass point written in any way; any other text comes back in no useful form."""
    item = _FACING.sub("", item.strip())
    item = _FROM_TO.sub(r"\1", item)
    item = _SIDE.sub("", item)
    if item and all(character in _CHARACTERS for character in item):
        letters = "".join(_CHARACTERS[character] for character in item)
        return letters if letters in _AZIMUTH else letters[::-1]  # 东南 is "east-south"
    if _WORD.search(item):
        return re.sub(r"[\s_-]", "", _WORD.sub(lambda word: _LETTER.get(word[0], word[0][0]), item))
    return item.strip(" .")


def _unknown(text: str) -> CameraError:
    return CameraError(f"{text[:40]!r} is no heading; write degrees clockwise from north, a compass point or a range")
