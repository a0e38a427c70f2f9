"""CSV and TSV text -> rows: the delimiter found, lines counted, broken quotation marks refused."""

import csv
import io
import re

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.dialects import Dialect
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Sheet, header_row, table_sheet

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def csv_sheet(text: str, encoding: str, source: str, dialect: Dialect | None = None) -> Sheet:
    """Return the rows of a delimited text, numbered by the line they begin on.

    Raises
    ------
    CameraError
        If there is no header, or a quotation mark is never closed.
    """
    lines = list(io.StringIO(text, newline=""))  # str.splitlines would also split at characters inside a cell
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    announced = re.fullmatch(r"sep=(.)\s*", lines[first], re.IGNORECASE) if lines else None  # a spreadsheet's own note
    if announced:
        first += 1
    delimiter = announced[1] if announced else _delimiter("".join(lines[first : first + 50]), dialect)
    records = records_of(lines[first:], first, delimiter, source)
    form = f"CSV, {encoding}, {DELIMITERS.get(delimiter, delimiter)}"
    return table_sheet(source, form, "line", records, dialect)


def _delimiter(text: str, dialect: Dialect | None) -> str:
    """Return the delimiter under which most of the header is understood, else that which gives most columns."""
    scores = {}
    for delimiter in DELIMITERS:
        try:
            rows = [
                [tidy(cell) for cell in row]
                for row, _ in zip(
                    csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), range(15), strict=False
                )
            ]
        except csv.Error:
            continue
        header = rows[header_row(rows, dialect)] if rows else []
        scores[delimiter] = (len(understand(dict.fromkeys(header), dialect).fields), len(header))
    return max(scores, key=lambda delimiter: scores[delimiter], default=",")


def records_of(lines: list[str], skipped: int, delimiter: str, source: str) -> list[tuple[int, list[str]]]:
    """Return the records with the line each begins on; blank lines are none."""
    reader = csv.reader(lines, delimiter=delimiter)
    records = []
    begin = last = 1
    try:
        for cells in reader:
            if cells:
                records.append((skipped + begin, cells))
            last, begin = begin, reader.line_num + 1
    except csv.Error as error:
        raise CameraError(f"{source}, line {skipped + begin}: {error}; is a quotation mark left open?") from None
    if records and _is_left_open(lines[last - 1 :], delimiter):
        raise CameraError(f"{source}, line {skipped + last}: a quotation mark is opened and never closed")
    return records


def _is_left_open(lines: list[str], delimiter: str) -> bool:
    """Tell whether the last record ends inside quotation marks, having swallowed all that follows."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
