"""What the columns of a camera list mean, told by their names, never by their position.

A name is compared without case, spaces, punctuation and unit: ``Height (ft)``, ``height_ft`` and ``HEIGHT`` all mean
the height. The names themselves are data: :mod:`camgap.coverage.inputs.dialects`. Where several columns mean the same:

- azimuths under one name (``azimuth 1``, ``azimuth 2``, or the same name again): each is a head of the row's camera.
- coordinates and ids: one column is used. A name that says WGS 84 wins, then the order of the dialects, then the left
  one; longitude and latitude are taken from the same system where a name says one (``lng_gcj02``, ``lat_bd09``).
- anything else: the first in that order that is not empty in the row.

Columns that look like access or contact data (passwords, addresses in networks, accounts, telephones) are never read.
Those that say which rows are secret always are, whatever a dialect leaves out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from camgap.coverage.inputs.dialects import (
    FIELDS,
    UNITS,
    Dialect,
    Meaning,
    Vocabulary,
    bare_code,
    is_private,
    shipped_vocabulary,
    spaced,
    vocabulary_for,
)
from camgap.coverage.inputs.quantities import tidy

ONE_COLUMN = ("lon", "lat", "id")  # rows must not take these from different columns
PRIVATE = "private: access or contact data"

_SYSTEMS = {
    "WGS-84": re.compile(r"wgs[\W_]*84|(?:epsg[\W_]*)?(?<!\d)4326(?!\d)"),
    "GCJ-02": re.compile(r"gcj[\W_]*0?2|高德|火星"),
    "BD-09": re.compile(r"bd[\W_]*0?9(?:ll)?|百度"),
}
_SYSTEM_RANK = {"WGS-84": 0, "": 1, "GCJ-02": 2, "BD-09": 3}
_REPEATED = re.compile(r" \(column \d+\)$")  # how a name met before is told apart
_DEVICE_WORDS = frozenset(("camera", "cam", "cctv", "gps", "device", "site", "view"))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list that feeds a field."""

    name: str
    scale: float = 1.0  # metres, degrees or pixels per unit of a number that names none
    codes: Mapping[str, str] | None = field(default=None, hash=False)  # what its cells mean
    system: str = ""  # coordinate system the name says
    certain: float = 1.0  # how surely the name means the field, 0 to 1
    unit: bool = False  # its name or a dialect says the unit of its numbers


class UnknownCodeError(ValueError):
    """A number where a code list is in force that does not have it."""


@dataclass(frozen=True)
class Understanding:
    """What the columns of a list were understood as."""

    fields: dict[str, tuple[Column, ...]]  # field -> its columns, best first
    columns: dict[str, str]  # column -> what it was understood as, for people
    not_read: dict[str, str] = field(default_factory=dict)  # column -> why it is not read
    dialect: str = ""  # title of the dialect that came before all others


@dataclass(frozen=True, slots=True)
class _Found:
    rank: tuple[int, tuple[int, int], int]
    column: Column
    note: str


def understand(columns: Iterable[str], dialect: Dialect | None = None) -> Understanding:
    """Understand the columns of a table by their names; a `dialect` comes before all others."""
    names = tuple(columns)
    vocabulary = vocabulary_for(names, dialect)
    found: dict[str, list[_Found]] = {}
    not_read: dict[str, str] = {}
    for position, name in enumerate(names):
        if is_private(name):
            not_read[name] = PRIVATE
            continue
        entry = None if "".join(spaced(name).split()) in vocabulary.ignored else _meaning_of(name, vocabulary)
        meant = [entry] if entry else []
        secrecy = _secrecy(name)
        if secrecy and not (entry and entry[0].field == "secrecy"):  # no dialect can make secret rows public
            meant.append((secrecy, _column(name, secrecy, vocabulary, None, "", 0.95)))
        if not meant and not vocabulary.exact:  # of keys not needed only private ones are named: there are hundreds
            not_read[name] = "not needed"
        for meaning, column in meant:
            rank = (_SYSTEM_RANK[column.system], meaning.rank, position)
            coded = vocabulary.codes(meaning)
            note = f" by the codes of {coded[0].title}" if coded else ""
            found.setdefault(meaning.field, []).append(_Found(rank, column, note))
    for entries in found.values():
        entries.sort(key=lambda e: e.rank)
    _same_system(found)
    chosen = vocabulary.chosen.title if vocabulary.chosen else ""
    return _settle(found, not_read, chosen)


@lru_cache(maxsize=4096)
def _secrecy(name: str) -> Meaning | None:
    """Return what a column's name means if it tells which rows are secret, in any language."""
    found = _meaning_of(name, shipped_vocabulary())
    return found[0] if found and found[0].field == "secrecy" else None


def decoded(cell: str, column: Column) -> str:
    """Return what a cell means by its column's codes, the cell itself where there are none or it is written out.

    Raises
    ------
    UnknownCodeError
        If a part of it is a number that is none of these codes.
    """
    codes = column.codes
    if not codes:
        return cell
    parts = re.split(r"[/;,、|]", cell)
    if not has_number_codes(column) and not any(bare_code(part) in codes for part in parts):
        return cell
    meanings = []
    for part in parts:
        code = bare_code(part)
        if code not in codes and code.isdecimal() and has_number_codes(column):
            raise UnknownCodeError(f"{tidy(part, 20)!r} is no code of this list")
        meanings.append(codes.get(code, part.strip()))
    return ";".join(filter(None, meanings))


def has_number_codes(column: Column) -> bool:
    """Tell whether a column's code list is one of numbers; a number there never means itself."""
    return any(code.isdecimal() for code in column.codes or ())


def names_of(field_name: str, most: int = 4) -> list[str]:
    """Return the best-known column names of a field, for messages."""
    names = shipped_vocabulary().names().items()
    return [name for name, m in names if m.field == field_name][:most]


def _same_system(found: dict[str, list[_Found]]) -> None:
    """Put first the latitude whose name says the same coordinate system as the longitude's, or the other way round."""
    lon, lat = found.get("lon", []), found.get("lat", [])
    if not lon or not lat:
        return
    common = {e.column.system for e in lon} & {e.column.system for e in lat}
    if common:
        best = min(common, key=lambda system: _SYSTEM_RANK[system])
        for entries in (lon, lat):
            entries.sort(key=lambda e: (e.column.system != best, e.rank))


def _settle(found: Mapping[str, list[_Found]], not_read: dict[str, str], dialect: str) -> Understanding:
    """Choose among columns of one meaning and put into words what each is taken for."""
    fields: dict[str, tuple[Column, ...]] = {}
    notes: dict[str, str] = {}
    for name, entries in found.items():
        first = entries[0].column.name
        notes[first] = FIELDS[name] + entries[0].note
        for other in entries[1:]:
            if name in ONE_COLUMN:
                not_read[other.column.name] = f"{first!r} is the {FIELDS[name]}"
            elif name == "azimuth" and stem_of(other.column.name) == stem_of(first):
                notes[other.column.name] = f"{FIELDS[name]}{other.note}, of one more head than {first!r}"
            elif name == "secrecy":  # each of them counts
                notes[other.column.name] = FIELDS[name] + other.note
            else:
                notes[other.column.name] = f"{FIELDS[name]}{other.note}, where {first!r} is empty"
        fields[name] = tuple(e.column for e in (entries[:1] if name in ONE_COLUMN else entries))
    return Understanding(fields, notes, not_read, dialect)


def _meaning_of(name: str, vocabulary: Vocabulary) -> tuple[Meaning, Column] | None:
    """Return what a column's name means, None if camgap does not know it."""
    if vocabulary.exact:
        meaning = vocabulary.meaning(name)
        return (meaning, _column(name, meaning, vocabulary, None, "", 1.0)) if meaning else None
    found = _by_words(name, spaced(_REPEATED.sub("", name)), vocabulary)
    if found is None and (stem := " ".join(_stem_words(name))):
        found = _by_words(name, stem, vocabulary)
        if found and found[0].field != "azimuth":  # of a camera with several heads nothing else is read several times
            return None
    return found


def stem_of(name: str) -> str:
    """Return a column's name without the number of a head: the same for ``azimuth 1`` and ``azimuth_2``."""
    return "".join(_stem_words(name))


def _stem_words(name: str) -> list[str]:
    words = re.findall(r"[^\W_]+|°", spaced(_REPEATED.sub("", name)))
    return [bare for word in words if (bare := re.sub(r"(?<!\d)\d{1,2}$", "", word))]


def _by_words(name: str, plain: str, vocabulary: Vocabulary) -> tuple[Meaning, Column] | None:
    system = next((s for s, pattern in _SYSTEMS.items() if pattern.search(plain)), "")
    without = _SYSTEMS[system].sub(" ", plain) if system else plain
    words = re.findall(r"[^\W_]+|°", without)
    for stripped in (False, True):
        spelling = words[1:] if stripped else words
        if stripped and (not words or words[0] not in _DEVICE_WORDS):
            continue
        for unit in (None, spelling[-1] if len(spelling) > 1 else None):
            meaning = vocabulary.meaning("".join(spelling if unit is None else spelling[:-1]))
            if meaning is None or (system and meaning.field not in ("lon", "lat")):
                continue
            scale = None if unit is None else UNITS.get(meaning.field, {}).get(unit)
            if unit is None or scale is not None:
                certain = (1.0 if meaning.rank[0] == 0 else 0.95) - 0.1 * stripped - 0.05 * (unit is not None)
                return meaning, _column(name, meaning, vocabulary, scale, system, certain)
    return None


def _column(
    name: str, meaning: Meaning, vocabulary: Vocabulary, scale: float | None, system: str, certain: float
) -> Column:
    coded = vocabulary.codes(meaning)
    own = vocabulary.unit(meaning)
    stated = scale is not None or own is not None
    if scale is None:
        scale = own or 1.0
    return Column(name, scale, coded[1] if coded else None, system, certain, stated)
