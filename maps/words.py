"""The catalogue of everything the page says, in every language it speaks (``assets/words.json``)."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from camgap.coverage.errors import InputError

DEFAULT_LANGUAGE = "en"


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return the page's words: language -> key -> text.

    ``locale`` is the BCP 47 tag that numbers and the document follow. ``{name}`` in a text is filled by the page. Of
    ``key_one`` and ``key`` the first is said where the language has a singular and the number asks for it. ``terms``
    holds the words of the data (street classes, reasons, fields ...); one that is not there is shown as it is.
    """
    text = files("camgap.maps").joinpath("assets", "words.json").read_text(encoding="utf-8")
    words: dict[str, dict[str, Any]] = json.loads(text)
    return words


def check_language(lang: str) -> None:
    """Raise InputError where the map does not speak a language."""
    if lang not in catalogue():
        raise InputError(f"there is no map in the language {lang!r}; choose one of {', '.join(catalogue())}")
