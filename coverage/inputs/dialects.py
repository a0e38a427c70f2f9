"""Dialects: which columns mean what, in which codes and units. They are data, ``config/dialects/*.toml``.

A dialect file has these tables, all optional::

    title = "City of X, asset register"
    crs = "EPSG:4543"                    # coordinate system of its lists, where the file does not say
    ignore = ["X_old"]                   # columns not to be read
    [columns]                            # field -> its columns, the best first
    azimuth = ["DirectionType"]
    [codes.azimuth]                      # what a cell of these columns means
    1 = "E"
    [units]                              # of numbers without one: m, cm, mm, km, ft, in; px, MP, 10000 px
    height = "ft"

Of the dialects shipped, languages and standards are understood at once; codes and units of a standard hold for the
columns it names. A dialect chosen by the user, or by the file's own format, comes before all others, and its codes and
units hold for the field, whatever its column is called.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from camgap.coverage.errors import SettingsError
from camgap.coverage.inputs.datum import coordinate_system
from camgap.coverage.inputs.quantities import ANGLE_UNITS, LENGTH_UNITS, PIXEL_UNITS

FIELDS = {  # field -> what it is called for people
    "lon": "longitude",
    "lat": "latitude",
    "id": "id",
    "name": "name",
    "azimuth": "azimuth",
    "hfov": "horizontal field of view",
    "vfov": "vertical field of view",
    "range_m": "range",
    "near_m": "near limit",
    "height": "height",
    "tilt": "tilt below the horizon",
    "kind": "kind of camera",
    "device": "kind of device",
    "setting": "indoor or outdoor",
    "indoor": "indoor",
    "level": "level below ground",
    "status": "status",
    "working": "status (working or not)",
    "count": "number of cameras",
    "pixels": "horizontal resolution",
    "model": "model",
    "focal_mm": "focal length of the lens",
    "sensor_mm": "size of the sensor",
    "ir_m": "range of its own light",
    "light": "kind of its own light",
    "installed": "installation date",
    "inspected": "inspection date",
    "inspection": "inspection result",
    "p_working": "probability of working",
    "date": "date of the record",
    "home": "has a home position",
    "pole": "pole",
    "manager": "managing unit",
    "district": "district",
    "secrecy": "secret or not",
}
UNITS: dict[str, dict[str, float]] = (
    dict.fromkeys(("range_m", "near_m", "height", "ir_m"), LENGTH_UNITS)
    | dict.fromkeys(("lon", "lat", "azimuth", "hfov", "vfov", "tilt"), ANGLE_UNITS)
    | {"pixels": PIXEL_UNITS, "focal_mm": {"mm": 1.0, "毫米": 1.0}, "sensor_mm": {"mm": 1.0, "毫米": 1.0}}
)
LANGUAGES = ("english", "chinese", "korean", "german", "french", "spanish")
STANDARDS = ("gbt28181", "gat1400", "one-camera-one-file")
OPENSTREETMAP = "openstreetmap"
_KEYS = {"title", "crs", "ignore", "exact", "columns", "codes", "units"}
_OWN_NAMES = 3  # columns of a standard's own that make a table one of that standard
_MOST_BYTES = 1_000_000

_SCRIPTS = re.compile(r"[\x00-\u024f]+|[^\x00-\u024f]+")  # Latin, and anything else
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words_of(name: str) -> list[str]:
    """Return a column name's words in small letters, without punctuation."""
    return re.findall(r"[^\W_]+|°", spaced(name))


def spaced(name: str) -> str:
    """Return a column name in small letters, CamelCase taken apart."""
    return _CAMEL.sub(" ", unicodedata.normalize("NFKC", name)).casefold()


def _key(name: str) -> str:
    return "".join(words_of(name))


@dataclass(frozen=True)
class Dialect:
    """One way of writing camera lists.

    Parameters
    ----------
    id : str
        Name of its file without ``.toml``.
    title : str
    columns : dict
        Field -> column names, best first, as written.
    codes : dict
        Field -> code -> what it means, as text the field's reader understands; "" says nothing.
    units : dict
        Field -> metres (pixels, degrees) per unit of a number that names none.
    ignore : tuple of str
        Columns not to be read.
    crs : str
        Coordinate system, "" if it says none.
    exact : bool
        Only these very spellings count and no other dialect is asked.
    """

    id: str
    title: str
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    units: dict[str, float] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    crs: str = ""
    exact: bool = False


def dialect_named(name: str) -> Dialect:
    """Return a shipped dialect by name, or a user's from a TOML file.

    Raises
    ------
    SettingsError
        If there is none, or its file makes no sense; the message names file, key and what is known.
    """
    if name in shipped():
        return shipped()[name]
    path = Path(name)
    if path.suffix.lower() != ".toml":
        raise SettingsError(
            f"dialect {name!r} is not known; known are {', '.join(shipped())}, or give the path of a TOML file"
        )
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SettingsError(f"{path.name}: larger than {_MOST_BYTES:,} bytes; this is no dialect file")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: dialect cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: dialect is no UTF-8 text; save it as UTF-8") from None
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from None
    return dialect_from(data, path.stem, str(path))


@lru_cache(maxsize=1)
def shipped() -> dict[str, Dialect]:
    """Return the dialects of the package: languages, standards, OpenStreetMap."""
    return {name: dialect_from(_shipped_file(name), name, name) for name in (*LANGUAGES, *STANDARDS, OPENSTREETMAP)}


def _shipped_file(name: str) -> dict[str, Any]:
    return tomllib.loads(files("camgap.config").joinpath("dialects", f"{name}.toml").read_text(encoding="utf-8"))


def dialect_from(data: Mapping[str, Any], name: str, where: str) -> Dialect:
    """Check the content of a dialect file.

    Raises
    ------
    SettingsError
        If a key, field, code or unit is not known or of the wrong type.
    """
    if unknown := [key for key in data if key not in _KEYS]:
        raise SettingsError(f"{where}: unknown key {unknown[0]!r}; a dialect has {', '.join(sorted(_KEYS))}")
    tables = {key: data.get(key, {}) for key in ("columns", "codes", "units")}
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsError(f"{where}: {key} is a table: [{key}]")
        if wrong := [f for f in table if f not in FIELDS]:
            raise SettingsError(f"{where}: [{key}] {wrong[0]!r} is no field; fields are {', '.join(FIELDS)}")
    columns = {f: _texts(value, f"{where}: columns.{f}") for f, value in tables["columns"].items()}
    codes = {f: _codes(value, f"{where}: codes.{f}") for f, value in tables["codes"].items()}
    units = {f: _unit(f, value, where) for f, value in tables["units"].items()}
    crs, title = data.get("crs", ""), data.get("title", name)
    if not isinstance(crs, str) or not isinstance(title, str) or not isinstance(data.get("exact", False), bool):
        raise SettingsError(f"{where}: crs and title are texts, exact is true or false")
    if crs:
        coordinate_system(crs)
    ignore = _texts(data.get("ignore", []), f"{where}: ignore")
    return Dialect(name, title, columns, codes, units, ignore, crs, data.get("exact", False))


def _texts(value: Any, where: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise SettingsError(f'{where}: a list of column names is expected, such as ["Longitude", "lon"]')
    return tuple(texts)


def _codes(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str | int | float) for text in value.values()):
        raise SettingsError(f'{where}: a table of codes is expected, such as 1 = "E"')
    return {bare_code(code): str(text) for code, text in value.items()}


def _unit(field_name: str, value: Any, where: str) -> float:
    known = UNITS.get(field_name, {})
    if not isinstance(value, str) or value.lower() not in known:
        expected = f"known are {', '.join(known)}" if known else "this field has none"
        raise SettingsError(f"{where}: units.{field_name}: {value!r} is no unit of it; {expected}")
    return known[value.lower()]


def bare_code(text: str) -> str:
    """Return a code as it is compared: small letters, no leading zeros, no ``.0`` a spreadsheet left."""
    plain = text.strip().casefold()
    number = re.fullmatch(r"0*(\d+)(?:\.0+)?", plain)
    return number[1] if number else plain


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column's name stands for."""

    field: str
    rank: tuple[int, int]  # smaller is better: chosen dialects first, then the place among the field's names
    dialect: Dialect


class Vocabulary:
    """All names that count at one time: those of the chosen dialect, then those of languages and standards."""

    def __init__(self, chosen: Dialect | None = None) -> None:
        self.chosen = chosen
        self.exact = chosen is not None and chosen.exact
        self._meaning: dict[str, Meaning] = {}
        self.ignored = frozenset(_key(name) for name in (chosen.ignore if chosen else ()))
        rest = () if self.exact else (shipped()[name] for name in (*LANGUAGES, *STANDARDS) if _other(name, chosen))
        for tier, dialect in enumerate((*((chosen,) if chosen else ()), *rest)):
            own = 0 if dialect is chosen else 1
            for field_name, names in dialect.columns.items():
                for place, name in enumerate(names):
                    key = name if self.exact else _key(name)
                    self._meaning.setdefault(key, Meaning(field_name, (own, 100 * place + tier), dialect))

    def meaning(self, name: str) -> Meaning | None:
        """Return what a name means; its words must be joined, unless the dialect is exact."""
        return self._meaning.get(name)

    def names(self) -> dict[str, Meaning]:
        """Return every known name, its words joined, and its meaning."""
        return self._meaning

    def codes(self, meaning: Meaning) -> tuple[Dialect, dict[str, str]] | None:
        """Return the code list for a column, and whose it is."""
        for dialect in (self.chosen, meaning.dialect):
            if dialect is not None and meaning.field in dialect.codes:
                return dialect, dialect.codes[meaning.field]
        return None

    def unit(self, meaning: Meaning) -> float | None:
        """Return metres (degrees, pixels) per unit of numbers without a unit; None if no dialect says."""
        for dialect in (self.chosen, meaning.dialect):
            if dialect is not None and meaning.field in dialect.units:
                return dialect.units[meaning.field]
        return None


def _other(name: str, chosen: Dialect | None) -> bool:
    return chosen is None or chosen is not shipped()[name]


@lru_cache(maxsize=8)
def shipped_vocabulary(name: str | None = None) -> Vocabulary:
    """Return the vocabulary of the shipped dialects, one of them before all others if named."""
    return Vocabulary(shipped()[name] if name else None)


def vocabulary_for(columns: Iterable[str], chosen: Dialect | None) -> Vocabulary:
    """Return the vocabulary for a table: the chosen dialect's, else that of the standard its columns plainly follow."""
    if chosen is not None:
        same = shipped().get(chosen.id)
        return shipped_vocabulary(chosen.id) if same is chosen else Vocabulary(chosen)
    general = shipped_vocabulary()
    known = [meaning.dialect.id for name in columns if (meaning := general.meaning(_key(name)))]
    counts = {name: known.count(name) for name in STANDARDS}
    best = max(STANDARDS, key=lambda name: counts[name])
    return shipped_vocabulary(best) if counts[best] >= _OWN_NAMES else general


@lru_cache(maxsize=1)
def _private() -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    data = _shipped_file("private")
    words, names = (frozenset(_key(word) for word in data[key]) for key in ("words", "names"))
    return words, names | words, tuple(data["parts"])


@lru_cache(maxsize=4096)
def is_private(column: str) -> bool:
    """Tell whether a column looks like access or contact data (``config/dialects/private.toml``)."""
    words, names, parts = _private()
    spelled = [piece for word in words_of(column) for piece in _SCRIPTS.findall(word)]
    bare = [re.sub(r"(?<=\D)\d+$", "", word) for word in spelled]
    joined = "".join(bare)
    return (
        not words.isdisjoint((*spelled, *bare, "".join(spelled)))
        or joined in names
        or any(part in joined for part in parts)
    )
