"""Text that a spreadsheet does not run.

A spreadsheet takes a cell that begins with ``= + - @``, a tab or a return for a formula, whatever the file says. Such a
text gets an apostrophe in front; the text of a number, also of one below zero, stays as it is.
"""

import re

_RUNS = frozenset("=+-@\t\r\n＝＋－＠")  # the wide forms are run by some spreadsheets of East Asia
_FIRST = _RUNS | {" "}
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; the text of a number is none."""
    if text[:1] not in _FIRST or text.lstrip(" ")[:1] not in _RUNS or _NUMBER.fullmatch(text):
        return text
    return "'" + text


def as_given(text: str) -> str:
    """Return what :func:`harmless` was given: take back the apostrophe it may have put in front."""
    bare = text[1:]
    return bare if text[:1] == "'" and harmless(bare) == text else text
