"""What each column of a list was taken for, how surely, and a dialect file to correct it by."""

import difflib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import Understanding
from camgap.coverage.inputs.dates import iso_date
from camgap.coverage.inputs.degrees import degrees
from camgap.coverage.inputs.dialects import FIELDS, is_private, shipped_vocabulary, words_of
from camgap.coverage.inputs.directions import parse_headings
from camgap.coverage.inputs.kinds import inspection_of, kind_of, status_of
from camgap.coverage.inputs.lens_texts import focal_length, sensor_width
from camgap.coverage.inputs.pixels import horizontal_pixels
from camgap.coverage.inputs.quantities import quantity, tidy
from camgap.coverage.inputs.records import SHOWN, RejectedValue
from camgap.coverage.inputs.sheets import Sheet

_SIMILAR = 0.75  # of two names, as difflib measures it
_MOST_COLUMNS = 200  # looked at for similar names
_SAMPLE = 50  # cells


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column was taken for."""

    column: str
    field: str  # "" where it is not read
    confidence: float  # 0 to 1: how surely the name means the field, times the share of its cells that can be read
    filled: float  # share of the rows that have a cell here
    note: str  # for people
    example: str  # first cell, "" for columns that are not read


def propose(
    sheet: Sheet,
    understood: Understanding,
    columns: Mapping[str, str],
    not_read: Mapping[str, str],
    rejected: Sequence[RejectedValue],
) -> tuple[Proposal, ...]:
    """Return what every column of a sheet was taken for; of OpenStreetMap's keys only those that are read."""
    field_of = {column.name: (name, column.certain) for name, found in understood.fields.items() for column in found}
    refused = Counter(value.field for value in rejected)
    filled = Counter(name for row in sheet.rows for name in row.cells)
    proposals = []
    for name in sheet.columns:
        share = filled[name] / len(sheet.rows) if sheet.rows else 0.0
        if name in field_of and name not in not_read:
            field_name, certain = field_of[name]
            bad = min(refused[SHOWN.get(field_name, field_name)] / filled[name], 1.0) if filled[name] else 0.0
            first = next((row.cells[name] for row in sheet.rows if name in row.cells), "")
            shown = "" if field_name == "secrecy" else tidy(first, 40)
            proposals.append(
                Proposal(name, field_name, round(certain * (1 - bad), 2), share, columns.get(name, ""), shown)
            )
        elif name in columns:  # a column of points as text
            proposals.append(Proposal(name, "", 0.9, share, columns[name], ""))
        elif not sheet.osm:
            proposals.append(Proposal(name, "", 0.0, share, not_read.get(name, "not needed"), ""))
    return tuple(proposals)


def suggestions(
    mapping: Sequence[Proposal], sheet_cells: Callable[[str], list[str]] | None = None
) -> dict[str, tuple[str, float]]:
    """Return, for columns that are not read, which field their name resembles and how surely (0 to 0.6).

    Nothing is read for such a resemblance: it is for the user to confirm in a dialect file.

    Parameters
    ----------
    sheet_cells : callable, optional
        Gives cells of a column; a field none of them could be is not suggested.
    """
    taken = {p.field for p in mapping if p.field}
    known = {
        name: m.field for name, m in shipped_vocabulary().names().items() if m.field not in taken and len(name) > 2
    }
    found = {}
    for proposal in [p for p in mapping if not p.field and p.note == "not needed"][:_MOST_COLUMNS]:
        joined = "".join(words_of(proposal.column))
        close = difflib.get_close_matches(joined, known, n=1, cutoff=_SIMILAR)
        if not close or is_private(proposal.column):
            continue
        field_name = known[close[0]]
        cells = sheet_cells(proposal.column)[:_SAMPLE] if sheet_cells else []
        readable = sum(_readable(cell, field_name) for cell in cells) / len(cells) if cells else 1.0
        alike = difflib.SequenceMatcher(None, joined, close[0]).ratio()
        if readable > 0:
            found[proposal.column] = (field_name, round(0.6 * alike * readable, 2))
    return found


def _readable(cell: str, field_name: str) -> bool:
    readers: dict[str, Callable[[str], object]] = {
        "focal_mm": focal_length, "sensor_mm": sensor_width,
        "azimuth": parse_headings, "kind": kind_of, "pixels": horizontal_pixels,
        **dict.fromkeys(("installed", "inspected", "date"), iso_date),
        "lon": lambda text: degrees(text, "lon"), "lat": lambda text: degrees(text, "lat"),
        "status": lambda text: status_of(text, ""), "inspection": inspection_of,
        **dict.fromkeys(("hfov", "vfov", "tilt"), lambda text: quantity(text, "angle")),
        **dict.fromkeys(("range_m", "near_m", "height", "ir_m"), lambda text: quantity(text, "length")),
        "count": lambda text: quantity(text, "number"),
    }  # fmt: skip
    try:
        return field_name not in readers or readers[field_name](cell) is not None
    except (CameraError, ValueError):
        return False


def mapping_toml(source: str, mapping: Sequence[Proposal], crs: str, guessed: Mapping[str, tuple[str, float]]) -> str:
    """Return a dialect file that says what `mapping` says, to be edited and given as ``--dialect FILE.toml``."""
    lines = [f"# What the columns of {tidy(source, 80)} were taken for. Edit, save, and use: --dialect FILE.toml"]
    lines += [f"# Fields: {', '.join(FIELDS)}", "", f"title = {_quoted(source)}"]
    lines += [f"crs = {_quoted(crs)}" if crs else '# crs = "WGS-84"  # or GCJ-02, BD-09, EPSG:4543 ...', ""]
    ignored = [p.column for p in mapping if not p.field and p.note != "not needed" and not p.note.startswith("private")]
    lines += [f"ignore = [{', '.join(map(_quoted, ignored))}]", "", "[columns]"] if ignored else ["[columns]"]
    for field_name in FIELDS:
        columns = [p for p in mapping if p.field == field_name]
        if columns:
            sure = min(p.confidence for p in columns)
            lines.append(
                f"{field_name} = [{', '.join(_quoted(p.column) for p in columns)}]  # {FIELDS[field_name]}, {sure:.0%}"
            )
    for name, (field_name, sure) in guessed.items():
        lines.append(
            f"# {field_name} = [{_quoted(name)}]  # {FIELDS[field_name]}? {sure:.0%}: not read unless you say so"
        )
    rest = [p.column for p in mapping if not p.field and p.note == "not needed" and p.column not in guessed]
    if rest:
        lines += ["", "# Not read: " + ", ".join(_quoted(name) for name in rest)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
