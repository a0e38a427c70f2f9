"""The words of the report, one catalogue per language, and numbers as each language writes them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any

from camgap.coverage.errors import SettingsError

LANGUAGES = ("en", "zh")
HTML_LANG = {"en": "en", "zh": "zh-Hans"}


@dataclass(frozen=True)
class Words:
    """Words and number formats of one language.

    Parameters
    ----------
    lang : str
        One of :data:`LANGUAGES`.
    table : mapping
        Section -> key -> text with ``{fields}``.
    """

    lang: str
    table: Mapping[str, Any]

    def __call__(self, key: str, **fields: object) -> str:
        """Return the words of ``section.key``, fields filled in."""
        section, _, name = key.partition(".")
        text: str = self.table[section][name]
        return text.format(**fields) if fields else text

    def name(self, section: str, key: str) -> str:
        """Return the word for a value of the data, the value itself where the catalogue has none."""
        word: str = self.table[section].get(key, key.replace("_", " "))
        return word

    def street(self, name: str | None) -> str:
        """Return a street's name; results write "(residential)" for one that has none."""
        if name and name.startswith("(") and name.endswith(")"):
            return self("units.unnamed_class", name=self.name("classes", name[1:-1]))
        return name or self("units.unnamed")

    def lines(self, key: str) -> list[str]:
        """Return a list of sentences."""
        section, _, name = key.partition(".")
        return list(self.table[section][name])

    def sentences(self, *texts: str) -> str:
        """Return sentences one after the other, as the language sets them; empty ones are left out."""
        return ("" if self.lang == "zh" else " ").join(text for text in texts if text)

    def km(self, metres: float) -> str:
        """Return a length: 12.34 km."""
        return f"{metres / 1000:,.2f} {self('units.km')}"

    def metres(self, metres: float) -> str:
        """Return a short length: 123 m."""
        return f"{metres:,.0f} {self('units.m')}"

    def percent(self, share: float) -> str:
        """Return a share: 12.3 %."""
        return f"{100 * share:.1f}{self('units.percent')}"

    def at_most(self, share: float) -> str:
        """Return a share that another does not exceed, rounded up."""
        return self.percent(ceil(1000 * share - 1e-9) / 1000)

    def points(self, difference: float) -> str:
        """Return a difference of shares in percentage points, with its sign."""
        return self("units.points", number=f"{100 * difference:+.1f}")

    def points_off(self, difference: float) -> str:
        """Return a difference of shares in percentage points, without its sign."""
        return self("units.points", number=f"{100 * abs(difference):.1f}")

    def money(self, amount: float, currency: str) -> str:
        """Return an amount: 12,000 CNY."""
        return f"{amount:,.0f} {currency}".rstrip()


@cache
def words(lang: str) -> Words:
    """Return the catalogue of a language.

    Raises
    ------
    SettingsError
        If there is none.
    """
    if lang not in LANGUAGES:
        raise SettingsError(f"--lang {lang!r}: there is no such catalogue; choose one of {', '.join(LANGUAGES)}")
    text = files("camgap.coverage.outputs.report").joinpath(f"words_{lang}.toml").read_text(encoding="utf-8")
    return Words(lang, tomllib.loads(text))
