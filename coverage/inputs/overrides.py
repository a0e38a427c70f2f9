"""What people found at the cameras: a visit list (``camgap visits``), filled in, laid over the camera lists.

It is kept beside the lists, never in them. A camera is known again by its source and key, not by its row: ``id:X``
where its list gives an id, and gives it once; else ``at:LAT,LON``, with ``#2``, ``#3`` ... for further cameras at that
point. The letters in front keep a spreadsheet from turning a long id into a rounded number. Of several visits the later
one counts, field by field. Notes are not read, and nobody's name is: the author is one to four letters.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.dates import iso_date
from camgap.coverage.inputs.directions import parse_headings
from camgap.coverage.inputs.inventory import CameraList
from camgap.coverage.inputs.kinds import inspection_of, picture_of, status_of
from camgap.coverage.inputs.pixels import horizontal_pixels
from camgap.coverage.inputs.quantities import quantity, tidy
from camgap.coverage.inputs.readers import read_sheet
from camgap.coverage.inputs.sheets import Row, Sheet

TO_FILL = ("azimuth", "height_m", "tilt", "fov", "pixels", "status", "inspection", "note", "date", "initials")
COLUMN_OF = {  # column of a visit list -> column of the records
    "azimuth": "headings", "height_m": "height", "tilt": "tilt", "fov": "hfov", "pixels": "pixels", "light_m": "ir_m",
    "status": "status", "inspection": "inspection",
}  # fmt: skip
_LIMITS = {"height_m": (0.0, 300.0), "tilt": (0.0, 90.0), "fov": (0.0, 360.0), "light_m": (0.0, 2000.0)}
_FROM_ZERO = ("tilt", "light_m")  # 0 itself is a value
_NEEDED = ("source", "camera", "date", "initials")
_INITIALS = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff]{1,4}")  # a Chinese or Korean name is as short
_MOST_NAMED = 3  # faults named in an error


@dataclass(frozen=True, slots=True)
class Override:
    """What one visit found at one camera.

    Parameters
    ----------
    file : str
        Name of the filled list.
    row : int
        Its line or row there.
    source, camera : str
        Name of the camera list, and the camera's key in it (:func:`camera_keys`).
    date : str
        ISO 8601, a day.
    initials : str
    values : dict
        Column of a visit list -> the value of that column of the records.
    """

    file: str
    row: int
    source: str
    camera: str
    date: str
    initials: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of a filled list of which nothing is used."""

    file: str
    row: int
    camera: str
    reason: str


@dataclass(frozen=True)
class Overrides:
    """Filled visit lists, row by row: ``read == blank + len(refused) + len(rows)``.

    Parameters
    ----------
    rows : tuple of Override
        Oldest first.
    refused : tuple of RefusedRow
    blank : int
        Rows in which nothing is filled in.
    """

    rows: tuple[Override, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    blank: int = 0

    @property
    def read(self) -> int:
        """Rows met."""
        return self.blank + len(self.refused) + len(self.rows)

    @property
    def standing(self) -> dict[tuple[str, str], dict[str, Override]]:
        """(source, camera) -> column -> the visit whose value counts: the latest."""
        found: defaultdict[tuple[str, str], dict[str, Override]] = defaultdict(dict)
        for visit in self.rows:
            found[visit.source, visit.camera].update(dict.fromkeys(visit.values, visit))
        return dict(found)


def camera_keys(cameras: CameraList) -> list[str]:
    """Return a key for every camera of a list that does not hang on its row."""
    r = cameras.records
    ids = r["id"].tolist()
    bare = [re.sub(r"#\d+$", "", name) for name in ids] if cameras.repeated_ids else ids
    given = Counter(bare)
    met: Counter[str] = Counter()
    keys = []
    columns = (r[c].tolist() for c in ("row", "lon", "lat"))
    for name, plain, row, lon, lat in zip(ids, bare, *columns, strict=True):
        own = name != f"{cameras.source}:{row}"
        if own and given[plain] == 1:
            keys.append(f"id:{name}")
            continue
        place = f"at:{lat:.7f},{lon:.7f}"
        met[place] += 1
        keys.append(place if met[place] == 1 else f"{place}#{met[place]}")
    return keys


# --- reading ----------------------------------------------------------------------------------------------------------


def read_overrides(paths: Iterable[Path]) -> Overrides:
    """Read filled visit lists: CSV, XLSX or ODS, whatever a spreadsheet has made of their encoding and delimiter.

    Raises
    ------
    CameraError
        If a file cannot be read, or is no visit list.
    """
    rows: list[Override] = []
    refused: list[RefusedRow] = []
    blank = 0
    for path in paths:
        sheet = read_sheet(path)
        names = _columns(sheet)
        for row in sheet.rows:
            cells = {name: row.cells[column] for name, column in names.items() if column in row.cells}
            if not any(cells.get(name) for name in (*COLUMN_OF, "note", "date", "initials")):
                blank += 1
                continue
            try:
                rows.append(_override(sheet, row, cells))
            except ValueError as error:
                refused.append(RefusedRow(sheet.source, row.number, tidy(cells.get("camera", ""), 60), str(error)))
    kept, contradicting = _without_contradictions(rows)
    kept.sort(key=lambda visit: (visit.date, visit.file, visit.row))
    aside = sorted([*refused, *contradicting], key=lambda r: (r.file, r.row))
    return Overrides(tuple(kept), tuple(aside), blank)


def _columns(sheet: Sheet) -> dict[str, str]:
    """Return the columns that are read, by their name in a visit list."""
    plain = {re.sub(r"\s+", "_", column.strip().casefold()): column for column in reversed(sheet.columns)}
    missing = [name for name in _NEEDED if name not in plain]
    if missing:
        raise CameraError(
            f"{sheet.source}: there is no column {missing[0]!r}; overrides are a list that `camgap visits` wrote, "
            "filled in, with its columns source, camera, date and initials"
        )
    return {name: plain[name] for name in (*_NEEDED, *COLUMN_OF, "note") if name in plain}


def _override(sheet: Sheet, row: Row, cells: Mapping[str, str]) -> Override:
    """Return what a row says; a ValueError says why it cannot be used."""
    if row.fault:
        raise ValueError(" ".join(row.fault).strip())
    if not cells.get("source") or not cells.get("camera"):
        raise ValueError("source and camera must stay as `camgap visits` wrote them")
    who, day = _initials(cells.get("initials", "")), _day(cells.get("date", ""))
    values = {name: _value(name, cells[name]) for name in COLUMN_OF if cells.get(name)}
    if picture := picture_of(cells.get("status", "")):
        values.setdefault("inspection", picture)
    if not values:
        raise ValueError("it has a date, initials or a note, but no value")
    return Override(sheet.source, row.number, cells["source"], cells["camera"], day, who, values)


def _value(name: str, text: str) -> Any:
    try:
        if name == "azimuth":
            return parse_headings(text)
        if name == "pixels":
            return horizontal_pixels(text)
        if name == "status":
            return _known_status(text)
        if name == "inspection":
            return _known_result(text)
        value = quantity(text, "length" if name.endswith("_m") else "angle")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    low, high = _LIMITS[name]
    if not (low < value <= high or (value == low and name in _FROM_ZERO)):
        at_least = "at least" if name in _FROM_ZERO else "more than"
        raise ValueError(f"{name} is {value:g}; expected {at_least} {low:g} and at most {high:g}")
    return value


def _known_status(text: str) -> str:
    status = status_of(text, "")
    if status is None or status == "unknown":
        raise ValueError(f"{tidy(text, 40)!r} is no status; write working, not working or removed")
    return status


def _known_result(text: str) -> str:
    result = inspection_of(text)
    if not result:
        raise ValueError(f"{tidy(text, 40)!r} is no result of an inspection; write good, poor or failed")
    return result


def _initials(text: str) -> str:
    bare = re.sub(r"[\s.]", "", text)
    if not bare:
        raise ValueError("initials are missing")
    if not _INITIALS.fullmatch(bare):  # what stands there may be a name, and is not repeated
        raise ValueError("initials are more than one to four Latin, Greek or Cyrillic letters; names are not stored")
    return bare.upper()


def _day(text: str) -> str:
    if not text:
        raise ValueError("the date is missing")
    day = iso_date(text)
    if len(day) < len("2026-01-31"):
        raise ValueError(f"date {tidy(text, 40)!r} does not say the day for sure; write 2026-01-31")
    return date.fromisoformat(day).isoformat()


def _without_contradictions(rows: Sequence[Override]) -> tuple[list[Override], list[RefusedRow]]:
    """Return the rows to be used, and those of one day that say different things of one camera."""
    said: dict[tuple[str, str, str, str], Override] = {}
    wrong: dict[int, str] = {}
    for visit in rows:
        for name, value in visit.values.items():
            other = said.setdefault((visit.source, visit.camera, visit.date, name), visit)
            if other.values[name] != value:
                for one, two in ((visit, other), (other, visit)):
                    wrong.setdefault(id(one), f"{name} differs from {two.file}, row {two.row}, of the same day")
    refused = [RefusedRow(v.file, v.row, tidy(v.camera, 60), wrong[id(v)]) for v in rows if id(v) in wrong]
    return [visit for visit in rows if id(visit) not in wrong], refused


# --- laying over ------------------------------------------------------------------------------------------------------


def lay_over(lists: Sequence[CameraList], overrides: Overrides) -> tuple[CameraList, ...]:
    """Return the lists with what visits found; cameras that were found removed, or not built yet, are set aside.

    Raises
    ------
    CameraError
        If a row means no camera of the lists, or more than one.
    """
    standing = overrides.standing
    keys = [camera_keys(cameras) for cameras in lists]
    _refuse_strangers(overrides, Counter((c.source, key) for c, own in zip(lists, keys, strict=True) for key in own))
    return tuple(_laid_over(c, own, standing) for c, own in zip(lists, keys, strict=True))


def _refuse_strangers(overrides: Overrides, known: Counter[tuple[str, str]]) -> None:
    faults = []
    sources = sorted({source for source, _ in known})
    for visit in overrides.rows:
        times = known[visit.source, visit.camera]
        if times == 1:
            continue
        what = f"{visit.file}, row {visit.row}: "
        if times:
            what += f"two lists are called {visit.source!r} and have the camera {tidy(visit.camera, 60)!r}; rename one"
        elif visit.source not in sources:
            what += f"there is no camera list {tidy(visit.source, 60)!r} here; there are {', '.join(sources) or 'none'}"
        else:
            near = get_close_matches(visit.camera, [key for source, key in known if source == visit.source], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            what += f"{visit.source} has no camera {tidy(visit.camera, 60)!r}{hint}"
        faults.append(what)
    if faults:
        more = len(faults) - _MOST_NAMED
        raise CameraError("; ".join(faults[:_MOST_NAMED]) + (f"; and {more} more rows" if more > 0 else ""))


def _laid_over(
    cameras: CameraList, keys: Sequence[str], standing: Mapping[tuple[str, str], Mapping[str, Override]]
) -> CameraList:
    found = {i: standing[cameras.source, key] for i, key in enumerate(keys) if (cameras.source, key) in standing}
    if not found:
        return cameras
    columns: dict[str, list[Any]] = {
        name: cameras.records[name].tolist() for name in (*COLUMN_OF.values(), "inspected")
    }
    for i, visits in found.items():
        for name, visit in visits.items():
            columns[COLUMN_OF[name]][i] = visit.values[name]
        columns["inspected"][i] = max(visit.date for visit in visits.values())
    changed = {
        name: pd.Series(values, dtype=cameras.records[name].dtype, index=cameras.records.index)
        for name, values in columns.items()
    }
    laid = replace(cameras, records=cameras.records.assign(**changed))
    by_id = {cameras.records["id"][i]: visits for i, visits in found.items()}
    for status in ("removed", "planned"):
        gone = (laid.records["status"] == status).to_numpy(bool)
        laid = laid.without(gone, status, [_by(by_id[name]["status"]) for name in laid.records["id"][gone]])
    return laid


def _by(visit: Override) -> str:
    return f"visit of {visit.date}, {visit.initials}"


def overrides_result(overrides: Overrides) -> dict[str, Any]:
    """Return what became of every row of the filled lists, and every value in force, ready for JSON."""
    standing = overrides.standing
    fields = Counter(name for visits in standing.values() for name in visits)
    return {
        "read": overrides.read,
        "blank": overrides.blank,
        "refused": [
            {"file": r.file, "row": r.row, "camera": r.camera, "reason": r.reason} for r in overrides.refused
        ],
        "used": len(overrides.rows),
        "cameras": len(standing),
        "fields": {name: fields[name] for name in COLUMN_OF if fields[name]},
        "values": [
            {
                "source": source, "camera": camera, "field": name, "date": visit.date, "initials": visit.initials,
                "file": visit.file, "row": visit.row,
            }
            for (source, camera), visits in sorted(standing.items()) for name, visit in visits.items()
        ],
    }  # fmt: skip
