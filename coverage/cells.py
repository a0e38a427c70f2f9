"""Text for people, on one line and in the direction it is read, and text that a spreadsheet does not run.

A spreadsheet takes a cell that begins with ``= + - @``, a tab or a return for a formula, whatever the file says. Such a
text gets an apostrophe in front; the text of a number, also of one below zero, stays as it is.
"""

import re
import unicodedata

_RUNS = frozenset("=+-@")
_BREAKS = ("\t", "\r", "\n")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_LEAD = 64  # characters looked at; more invisible ones than that in front of a formula are no accident either


# Control characters, and the marks that turn the reading direction: an override can make "gpj.exe" read "exe.jpg".
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SPACE = re.compile(r"[\t\r\n\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_text(text: object) -> str:
    """Return text on one line without control characters and direction marks; "" for None."""
    if text is None:
        return ""
    return _SURROGATE.sub("\ufffd", _HIDDEN.sub("", _SPACE.sub(" ", str(text))))


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, whatever invisible or full-width characters lead it.

    What has apostrophes in front of a formula already gets one more, so that :func:`as_given` finds it again.
    """
    return "'" + text if _runs(text.lstrip("'")) else text


def as_given(text: str) -> str:
    """Return what :func:`harmless` was given: take back the apostrophe it may have put in front."""
    return text[1:] if text[:1] == "'" and _runs(text.lstrip("'")) else text


def _runs(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for a formula."""
    first = text[:1]
    if (first.isalnum() and first.isascii()) or _NUMBER.fullmatch(text):
        return False
    lead = "".join(c for c in unicodedata.normalize("NFKC", text[:_LEAD]) if c.isprintable()).lstrip()
    return first in _BREAKS or lead[:1] in _RUNS or (not lead and len(text) > _LEAD)
