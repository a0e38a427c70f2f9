"""Which rows are secret, and which cells hold access data, whatever their column is called. Neither is handed on."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from camgap.coverage.inputs.columns import Column, UnknownCodeError, decoded
from camgap.coverage.inputs.sheets import Row, Sheet

_NOT_SECRET = frozenset(
    (
        "no", "0", "false", "n", "none", "public", "open", "unclassified", "否", "无", "公开", "非涉密", "不涉密",
        "非密", "不保密", "非保密", "공개", "아니오", "nein", "keine", "offen", "öffentlich", "non", "aucun", "público",
    )
)  # fmt: skip
_SECRET = (
    "secret", "top secret", "confidential", "strictly confidential", "绝密", "机密", "秘密", "涉密", "絕密", "機密",
    "기밀", "비밀", "대외비", "geheim", "streng geheim", "vertraulich", "confidentiel", "confidencial",
)  # fmt: skip
_WRITTEN = frozenset(form for word in _SECRET for form in (word, word.upper(), word.title(), word.capitalize()))
_TEXTS = ("id", "name", "model", "pole", "manager", "district")  # a bar may be called Secret

_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|\d?\d)"
_ACCESS = re.compile(
    rf"""(?<![\d.]){_BYTE}(?:\.{_BYTE}){{3}}(?![\d.])   # 192.168.1.64
    | (?<![0-9a-f:-])[0-9a-f]{{2}}(?:[:-][0-9a-f]{{2}}){{5}}(?![0-9a-f:-])  # 00:1a:2b:3c:4d:5e
    | \b(?:rtsps?|rtmps?|rtp|srt|sip|ftps?)://
    | ://[^\s/]*@  # user:password@host
    | [^\s@]{{1,64}}@[^\s@]{{1,255}}\.[a-z]{{2,}}""",
    re.IGNORECASE | re.VERBOSE,
)


def secret_rows(sheet: Sheet, fields: Mapping[str, tuple[Column, ...]]) -> frozenset[int]:
    """Return the places of the rows marked as secret; a mark that is not understood counts as one.

    So does a word such as ``机密`` or ``confidential`` alone in a cell of any column that holds no texts.
    """
    marks = fields.get("secrecy", ())
    texts = {column.name for name in _TEXTS for column in fields.get(name, ())}
    return frozenset(place for place, row in enumerate(sheet.rows) if _is_secret(row, marks, texts))


def _is_secret(row: Row, marks: tuple[Column, ...], texts: set[str]) -> bool:
    if any(_is_mark(cell, column) for column in marks if (cell := row.cells.get(column.name, ""))):
        return True
    if _WRITTEN.isdisjoint(row.cells.values()):
        return False
    return any(cell in _WRITTEN and name not in texts for name, cell in row.cells.items())


def _is_mark(cell: str, column: Column) -> bool:
    try:
        meaning = decoded(cell, column)
    except UnknownCodeError:
        meaning = cell
    return bool(meaning) and meaning.casefold() not in _NOT_SECRET


def without_access_data(sheet: Sheet) -> Sheet:
    """Return a sheet without the cells that hold addresses in networks, of mail, or with a user's name and password."""
    found: Counter[str] = Counter()
    rows = []
    for row in sheet.rows:
        gone = [name for name, cell in row.cells.items() if is_access_data(cell)]
        found.update(gone)
        rows.append(replace(row, cells={k: v for k, v in row.cells.items() if k not in gone}) if gone else row)
    return replace(sheet, rows=tuple(rows), access_data=dict(found)) if found else sheet


def is_access_data(cell: str) -> bool:
    """Tell whether a cell holds an address in a network or of mail, or a user's name and password."""
    if cell.count(".") < 3 and "@" not in cell and "://" not in cell and len(cell) < 17:  # most cells
        return False
    return _ACCESS.search(cell) is not None
