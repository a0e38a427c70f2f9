"""What people found at the cameras: a visit list (``camgap visits``), filled in, laid over the camera lists.

It is kept beside the lists, never in them. A camera is known again by its source and key, not by its row: ``id:X``
where its list gives an id, and gives it once; else ``at:LAT,LON``, with ``#2``, ``#3`` ... for further cameras at that
point. The letters in front keep a spreadsheet from turning a long id into a rounded number. Of several visits the later
one counts, field by field. Notes are not read, and nobody's name is: the author is one to four letters. Where the
camera stands elsewhere, longitude_found and latitude_found (WGS 84) say where.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.dates import iso_date
from camgap.coverage.inputs.degrees import RuinedError, degrees
from camgap.coverage.inputs.directions import parse_headings
from camgap.coverage.inputs.inventory import CameraList
from camgap.coverage.inputs.kinds import inspection_of, picture_of, status_of
from camgap.coverage.inputs.pixels import horizontal_pixels
from camgap.coverage.inputs.quantities import quantity, tidy
from camgap.coverage.inputs.readers import read_sheet
from camgap.coverage.inputs.sheets import Row, Sheet
from camgap.coverage.inputs.visit_notes import NOTES, notes_sheet

FOUND = ("longitude_found", "latitude_found")
PLACE = "place"  # the name under which both of them are a value
TO_FILL = ("azimuth", "height_m", "tilt", "fov", "pixels", "status", "inspection", "note", "date", "initials")
COLUMN_OF = {  # column of a visit list -> column of the records
    "azimuth": "headings", "height_m": "height", "tilt": "tilt", "fov": "hfov", "pixels": "pixels", "light_m": "ir_m",
    "status": "status", "inspection": "inspection",
}  # fmt: skip
_LIMITS = {"height_m": (0.0, 300.0), "tilt": (0.0, 90.0), "fov": (0.0, 360.0), "light_m": (0.0, 2000.0)}
MOVED = "write the place found into longitude_found and latitude_found"
_FROM_ZERO = ("tilt", "light_m")  # 0 itself is a value
_LISTED = ("longitude", "latitude")  # where the visit list says the camera is
_NEEDED = ("source", "camera", "date", "initials")
_INITIALS = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff]{1,4}")  # a Chinese or Korean name is as short


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
        Column of a visit list -> the value of that column of the records; :data:`PLACE` -> longitude, latitude [°].
    listed : (float, float) or None
        Longitude, latitude in the columns that tell where to go [°]; None where they hold no degrees.
    """

    file: str
    row: int
    source: str
    camera: str
    date: str
    initials: str
    values: dict[str, Any]
    listed: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of a filled list of which nothing is used."""

    file: str
    row: int
    camera: str
    reason: str


@dataclass(frozen=True, slots=True)
class BlankRow:
    """A row in which nothing is filled in; `listed` as of an :class:`Override`."""

    file: str
    row: int
    source: str
    camera: str
    listed: tuple[float, float] | None


@dataclass(frozen=True)
class Overrides:
    """Filled visit lists, row by row: ``read == len(blank) + len(refused) + len(rows)``.

    Parameters
    ----------
    rows : tuple of Override
        Oldest first.
    refused : tuple of RefusedRow
    blank : tuple of BlankRow
    """

    rows: tuple[Override, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    blank: tuple[BlankRow, ...] = ()

    @property
    def read(self) -> int:
        """Rows met."""
        return len(self.blank) + len(self.refused) + len(self.rows)

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
        lon, lat = cameras.listed.get(name, (lon, lat))
        place = f"at:{lat:.7f},{lon:.7f}"
        met[place] += 1
        keys.append(place if met[place] == 1 else f"{place}#{met[place]}")
    return keys


# --- reading ----------------------------------------------------------------------------------------------------------


def read_overrides(paths: Iterable[Path]) -> Overrides:
    """Read filled visit lists: CSV, XLSX or ODS, whatever a spreadsheet has made of them; GPX or KML.

    Raises
    ------
    CameraError
        If a file cannot be read, or is no visit list.
    """
    rows: list[Override] = []
    refused: list[RefusedRow] = []
    blank: list[BlankRow] = []
    for path in paths:
        sheet = notes_sheet(path) if path.suffix.lower() in NOTES else read_sheet(path)
        names = _columns(sheet)
        for row in sheet.rows:
            cells = {name: row.cells[column] for name, column in names.items() if column in row.cells}
            try:
                if not any(cells.get(name) for name in (*COLUMN_OF, *FOUND, "note", "date", "initials")):
                    where = (cells.get("source", ""), cells.get("camera", ""), _listed(cells))
                    blank.append(BlankRow(sheet.source, row.number, *where))
                    continue
                rows.append(_override(sheet, row, cells))
            except ValueError as error:
                refused.append(RefusedRow(sheet.source, row.number, tidy(cells.get("camera", ""), 60), str(error)))
    kept, contradicting = _without_contradictions(rows)
    kept.sort(key=lambda visit: (visit.date, visit.file, visit.row))
    aside = sorted([*refused, *contradicting], key=lambda r: (r.file, r.row))
    return Overrides(tuple(kept), tuple(aside), tuple(blank))


def _columns(sheet: Sheet) -> dict[str, str]:
    """Return the columns that are read, by their name in a visit list."""
    plain = {re.sub(r"\s+", "_", column.strip().casefold()): column for column in reversed(sheet.columns)}
    missing = [name for name in _NEEDED if name not in plain]
    if missing:
        raise CameraError(
            f"{sheet.source}: there is no column {missing[0]!r}; overrides are a list that `camgap visits` wrote, "
            "filled in, with its columns source, camera, date and initials"
        )
    return {name: plain[name] for name in (*_NEEDED, *COLUMN_OF, *FOUND, *_LISTED, "note") if name in plain}


def _override(sheet: Sheet, row: Row, cells: Mapping[str, str]) -> Override:
    """Return what a row says; a ValueError says why it cannot be used."""
    if row.fault:
        raise ValueError(" ".join(row.fault).strip())
    if not cells.get("source") or not cells.get("camera"):
        raise ValueError("source and camera must stay as `camgap visits` wrote them")
    who, day = _initials(cells.get("initials", "")), _day(cells.get("date", ""))
    values = {name: _value(name, cells[name]) for name in COLUMN_OF if cells.get(name)} | _place(cells)
    if picture := picture_of(cells.get("status", "")):
        values.setdefault("inspection", picture)
    if not values:
        raise ValueError("it has a date, initials or a note, but no value")
    return Override(sheet.source, row.number, cells["source"], cells["camera"], day, who, values, _listed(cells))


def _place(cells: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """Return the place found as a value, nothing where none is said."""
    lon, lat = (cells.get(name, "") for name in FOUND)
    if not lon and not lat:
        return {}
    if not lon or not lat:
        raise ValueError("longitude_found and latitude_found: only one of them is filled in")
    try:
        place = degrees(lon, "lon"), degrees(lat, "lat")
    except ValueError as error:
        raise ValueError(f"longitude_found, latitude_found: {error}") from None
    if abs(place[0]) > 180 or abs(place[1]) > 90:
        raise ValueError(f"longitude_found {place[0]:g}, latitude_found {place[1]:g} are out of range")
    return {PLACE: place}


def _listed(cells: Mapping[str, str]) -> tuple[float, float] | None:
    """Return where the row says the camera is; None where it does not, or a spreadsheet has ruined the numbers."""
    lon, lat = (cells.get(name, "") for name in _LISTED)
    try:
        return (degrees(lon, "lon"), degrees(lat, "lat")) if lon and lat else None
    except RuinedError:
        return None
    except ValueError as error:
        raise ValueError(f"longitude, latitude: {error}; {MOVED}") from None


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


def overrides_result(overrides: Overrides) -> dict[str, Any]:
    """Return what became of every row of the filled lists, and every value in force, ready for JSON."""
    standing = overrides.standing
    fields = Counter(name for visits in standing.values() for name in visits)
    return {
        "read": overrides.read,
        "blank": len(overrides.blank),
        "refused": [
            {"file": r.file, "row": r.row, "camera": r.camera, "reason": r.reason} for r in overrides.refused
        ],
        "used": len(overrides.rows),
        "cameras": len(standing),
        "fields": {name: fields[name] for name in (*COLUMN_OF, PLACE) if fields[name]},
        "values": [
            {
                "source": source, "camera": camera, "field": name, "date": visit.date, "initials": visit.initials,
                "file": visit.file, "row": visit.row,
            }
            for (source, camera), visits in sorted(standing.items()) for name, visit in visits.items()
        ],
    }  # fmt: skip
