"""Spreadsheets (XLSX, ODS) -> rows: values as they are stored, numbers without lost zeros, dates in ISO 8601."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import chain, repeat
from xml.etree.ElementTree import Element, ParseError

import openpyxl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.dialects import Dialect
from camgap.coverage.inputs.limits import MOST_COLUMNS, MOST_ROWS, check_rows, unpack
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Sheet, header_row, number_text, table_sheet

Records = list[tuple[int, list[str]]]

_HEADER_WITHIN = 15
_TABLE, _OFFICE, _TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "office", "text")
)


def xlsx_sheet(data: bytes, source: str, wanted: str = "", dialect: Dialect | None = None) -> Sheet:
    """Return the rows of an Excel workbook's sheet: the one named, else the only one that has positions.

    Raises
    ------
    CameraError
        If the workbook is broken, or it is not plain which sheet is meant.
    """
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        tables = {sheet.title: _xlsx_records(sheet, source) for sheet in book.worksheets}
    except CameraError:
        raise
    except Exception as error:  # openpyxl answers a broken file with whatever its parts raise
        raise CameraError(f"{source}: broken XLSX workbook: {tidy(str(error), 80)}; save it again or as CSV") from None
    return _chosen(tables, source, "XLSX", wanted, dialect)


def ods_sheet(archive: zipfile.ZipFile, source: str, wanted: str = "", dialect: Dialect | None = None) -> Sheet:
    """Return the rows of an OpenDocument spreadsheet, as :func:`xlsx_sheet` does.

    Raises
    ------
    CameraError
        If the document is broken, encrypted, or it is not plain which sheet is meant.
    """
    content = io.BytesIO(unpack(archive, "content.xml", source))
    try:
        tables = dict(_ods_tables(content, source))
    except DefusedXmlException:
        raise CameraError(f"{source}: the document has entities; these are never read, save it again") from None
    except (ParseError, ValueError) as error:
        raise CameraError(f"{source}: broken ODS document: {error}; save it again or as CSV") from None
    return _chosen(tables, source, "ODS", wanted, dialect)


def _chosen(tables: dict[str, Records], source: str, form: str, wanted: str, dialect: Dialect | None) -> Sheet:
    filled = {name: records for name, records in tables.items() if records}
    if wanted:
        if wanted not in tables:
            raise CameraError(f"{source}: there is no sheet {tidy(wanted, 40)!r}; it has {_listed(tables)}")
        name = wanted
    elif len(filled) == 1:
        name = next(iter(filled))
    else:
        placed = [name for name, records in filled.items() if _has_positions(records, dialect)]
        if len(placed) != 1:
            what = "no sheet has" if not placed else "several sheets have"
            raise CameraError(
                f"{source}: {what} a header with longitude and latitude among {_listed(tables)}; name the one that is "
                f"meant: {source}#SHEET"
            )
        name = placed[0]
    others = len(filled) - (name in filled)
    shown = f"{form}, sheet {tidy(name, 40)!r}" + (f" of {len(filled)}" if others else "")
    return table_sheet(source, shown, "row", tables[name], dialect, grid=True)


def _listed(names: dict[str, Records]) -> str:
    return ", ".join(repr(tidy(name, 30)) for name in list(names)[:10]) or "nothing"


def _has_positions(records: Records, dialect: Dialect | None) -> bool:
    rows = [cells for _, cells in records[:_HEADER_WITHIN]]
    fields = understand(dict.fromkeys(rows[header_row(rows, dialect)]), dialect).fields
    return "lon" in fields and "lat" in fields


def _xlsx_records(sheet: "openpyxl.worksheet._read_only.ReadOnlyWorksheet", source: str) -> Records:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    records: Records = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = [_cell_text(cell) for cell in cells[: MOST_COLUMNS + 1]]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            records.append((number, texts))
            check_rows(len(records), source)
        if number > 2 * MOST_ROWS:
            raise CameraError(
                f"{source}: more than {2 * MOST_ROWS:,} rows, most of them empty; save only the filled ones"
            )
    return records


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return number_text(float(cell)) if abs(cell) >= 2**53 else str(cell)  # a spreadsheet keeps 15 digits
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ", "minutes")
    return tidy(str(cell))


def _ods_tables(content: io.BytesIO, source: str) -> Iterator[tuple[str, Records]]:
    """Yield the tables of an OpenDocument content; rows and cells repeated without content are not written out."""
    records: Records = []
    number = 0
    name = ""
    for event, element in iterparse(content, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            if element.tag == f"{_TABLE}table":
                name, records, number = element.get(f"{_TABLE}name") or f"table {number}", [], 0
            continue
        if element.tag == f"{_TABLE}table-row":
            times = _times(element, "rows")
            texts = _ods_row(element)
            if texts:
                check_rows(len(records) + times, source)
                records += [(number + i, texts) for i in range(1, times + 1)]
            number += times
            element.clear()
        elif element.tag == f"{_TABLE}table":
            yield name, records
            element.clear()


def _ods_row(row: Element) -> list[str]:
    texts: list[str] = []
    for cell in row:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        times = min(_times(cell, "columns"), MOST_COLUMNS + 1)
        texts = list(chain(texts, repeat(_ods_text(cell), times)))[: MOST_COLUMNS + 1]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _times(element: Element, what: str) -> int:
    text = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return int(text) if re.fullmatch(r"[1-9]\d{0,8}", text) else 1


def _ods_text(cell: Element) -> str:
    kind = cell.get(f"{_OFFICE}value-type")
    value = cell.get(f"{_OFFICE}value")
    if kind in ("float", "percentage", "currency") and value is not None:
        try:
            return number_text(float(value)) if len(re.sub(r"\D", "", value)) > 15 else tidy(value)
        except ValueError:
            return tidy(value)
    if kind == "date":
        return tidy(cell.get(f"{_OFFICE}date-value", "")).removesuffix("T00:00:00")
    if kind == "boolean":
        return "yes" if cell.get(f"{_OFFICE}boolean-value") == "true" else "no"
    return tidy(" ".join("".join(paragraph.itertext()) for paragraph in cell if paragraph.tag == f"{_TEXT}p"))
