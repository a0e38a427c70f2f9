"""Text from data made harmless for spreadsheets, drawings and pages."""

import re

# Control characters, and the marks that turn the reading direction: an override can make "gpj.exe" read "exe.jpg".
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SPACE = re.compile(r"[\t\r\n\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_text(text: object) -> str:
    """Return text on one line without control characters and direction marks; "" for None."""
    if text is None:
        return ""
    return _SURROGATE.sub("\ufffd", _HIDDEN.sub("", _SPACE.sub(" ", str(text))))


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before = + - @, tab or return."""
    return "'" + text if text.lstrip(" ")[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text
