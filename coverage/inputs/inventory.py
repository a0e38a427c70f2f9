"""Camera lists: files and OpenStreetMap nodes, one record per camera, in longitude and latitude.

What comes in is what is used plus what is set aside, with a reason for each row. A value that cannot be read is
missing from then on, and counted; nothing is filled in here (:mod:`camgap.coverage.inputs.placing` does that).
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from camgap.coverage.cameras import RowSetAside
from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.coordinates import find_positions
from camgap.coverage.inputs.datum import WGS84, CoordinateSystem, coordinate_system
from camgap.coverage.inputs.dialects import Dialect, dialect_named, shipped
from camgap.coverage.inputs.mapping import Proposal, mapping_toml, propose, suggestions
from camgap.coverage.inputs.readers import read_sheet
from camgap.coverage.inputs.records import EXPECTED, SHOWN, UNNAMED_CODES, RejectedValue, RowReader
from camgap.coverage.inputs.secrecy import secret_rows, without_access_data
from camgap.coverage.inputs.sheets import Sheet, osm_sheet
from camgap.coverage.inputs.verdict import Verdict

RECORD_COLUMNS = (
    "source",
    "row",
    "id",
    "name",
    "lon",
    "lat",
    "kind",
    "headings",
    "hfov",
    "range_m",
    "near_m",
    "height",
    "tilt",
    "status",
    "count",
    "vfov",
    "pixels",
    "model",
    "focal_mm",
    "sensor_mm",
    "ir_m",
    "light",
    "installed",
    "inspected",
    "inspection",
    "p_working",
    "date",
    "home",
    "pole",
    "manager",
    "district",
)
_NUMBERS = (
    "lon", "lat", "hfov", "range_m", "near_m", "height", "tilt", "vfov", "pixels", "ir_m", "p_working", "focal_mm",
    "sensor_mm",
)  # fmt: skip

_MEND = {  # reason -> what can be done about a list of which no row can be used
    "not_working": "not_working = true in the settings uses them all the same",
    "deep_in_building": "a larger facade_limit_m in the settings moves them farther",
    "no_azimuth": 'azimuth = "along_street" in their preset aims them',
}
_FIRST_ROWS = 3  # shown by `camgap check` as they would be read
CROWD = 5  # cameras at exactly one point that are worth a remark: often a failed address search


@dataclass(frozen=True)
class CameraList:
    """The cameras of one source, as it gives them.

    Parameters
    ----------
    source : str
        File name, or "osm".
    format : str
        For people: ``CSV, CP949, comma``.
    read : int
        Rows met: ``read == len(records) + len(rows_set_aside)``.
    records : DataFrame
        One row per usable camera, default RangeIndex: ``source``, ``row``, ``id`` (unique str), ``name``, ``lon``,
        ``lat`` (WGS 84 [°]), ``kind`` (fixed, dome, panning, panoramic, unknown), ``headings`` (tuple of Heading, empty
        if unknown), ``hfov`` [°], ``range_m``, ``near_m``, ``height`` [m], ``tilt`` [° below the horizon] (NaN if
        unknown), ``status`` (working, not_working, unknown), ``count`` (cameras the row stands for, 1 if not said);
        ``vfov`` [°], ``pixels`` (across the picture), ``ir_m`` (reach of its own light [m]), NaN if unknown; ``light``
        (of its own: none, infrared, white, laser), ``installed``, ``inspected``, ``date`` of the record (ISO 8601 as
        exactly as said: year, month or day), ``inspection`` (its result: good, poor, failed), ``home`` (yes, no: a
        panning camera has a home position), ``model``, ``pole``, ``manager``, ``district`` (texts), "" if unknown;
        ``p_working`` (probability of working, 0 to 1), NaN if unknown.
    rows_set_aside : tuple of RowSetAside
    columns : dict
        Column -> what it was understood as.
    not_read : dict
        Column -> why it was not read.
    rejected_values : tuple of RejectedValue
    repeated_ids : int
        Cameras whose id was taken already; they carry it with a suffix ``#2``, ``#3`` ...
    unit : str
        What the row numbers count: line, feature, element.
    is_file : bool
        Whether it came from a file; a file without any usable camera is an error, an OSM extract without is none.
    either_order : bool
        The positions come from texts such as ``POINT (a b)``, whose order is uncertain.
    system : CoordinateSystem
        What the file's coordinates were taken to be in; ``lon`` and ``lat`` are WGS 84 in any case.
    declared : str
        Who says so: "given", "file", "column names", "dialect"; "" where nobody does and WGS 84 is assumed.
    verdict : Verdict or None
        How well other systems fit the streets; None before a street network is known.
    mapping : tuple of Proposal
        What each column was taken for, how surely, and what else could be.
    listed : dict
        Id -> longitude, latitude as the list gives them, of cameras that a visit found elsewhere.
    """

    source: str
    format: str
    read: int
    records: pd.DataFrame
    rows_set_aside: tuple[RowSetAside, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    not_read: dict[str, str] = field(default_factory=dict)
    rejected_values: tuple[RejectedValue, ...] = ()
    repeated_ids: int = 0
    unit: str = "row"
    is_file: bool = True
    either_order: bool = False
    system: CoordinateSystem = WGS84
    declared: str = ""
    verdict: Verdict | None = None
    mapping: tuple[Proposal, ...] = ()
    listed: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def set_aside(self) -> dict[str, int]:
        """Reason -> number of rows."""
        return _counted(row.reason for row in self.rows_set_aside)

    @property
    def rejected(self) -> dict[str, int]:
        """Field -> number of values that could not be used."""
        return _counted(value.field for value in self.rejected_values)

    @property
    def missing(self) -> dict[str, int]:
        """Field -> number of usable cameras that do not say."""
        r = self.records
        unknown = {
            "azimuth": int(sum(not headings for headings in r["headings"])),
            **{
                SHOWN.get(name, name): int(r[name].isna().sum())
                for name in ("hfov", "range_m", "near_m", "height", "tilt")
            },
            "kind": int((r["kind"] == "unknown").sum()),
            "status": int((r["status"] == "unknown").sum()),
            "name": int((r["name"] == "").sum()),
        }
        return {name: n for name, n in unknown.items() if n}

    @property
    def beyond_headings(self) -> int:
        """Usable rows that give some headings, and fewer than the cameras they count: the others are not looked at."""
        return sum(
            0 < len(headings) < count and all(heading.span != 360 for heading in headings)
            for headings, count in zip(self.records["headings"], self.records["count"].tolist(), strict=True)
        )

    def in_use(self, not_working: bool) -> "CameraList":
        """Return the list without the cameras that do not work, unless they shall be used as well."""
        broken = self.records["status"] == "not_working"
        return self if not_working else self.without(broken.to_numpy(), "not_working")

    def only_broken(self) -> "CameraList":
        """Return the list with nothing but the cameras that do not work."""
        broken = self.records["status"] == "not_working"
        return replace(self, records=self.records[broken].reset_index(drop=True), is_file=False)

    def without(
        self, rows: "np.typing.NDArray[np.bool_]", reason: str, details: Sequence[str] | None = None
    ) -> "CameraList":
        """Return the list with the given records (mask) set aside; `details` has an entry for each of them."""
        if not rows.any():
            return self
        gone = self.records[rows]
        told = details or [""] * len(gone)
        aside = tuple(
            RowSetAside(self.source, int(row), str(name), reason, detail)
            for row, name, detail in zip(gone["row"], gone["id"], told, strict=True)
        )
        kept = self.records[~rows].reset_index(drop=True)
        return replace(self, records=kept, rows_set_aside=self.rows_set_aside + aside)


def read_cameras(source: Path | str, crs: str = "", dialect: str = "") -> CameraList:
    """Read a camera list from any source :func:`camgap.coverage.inputs.readers.read_sheet` knows.

    Parameters
    ----------
    source : Path or str
        A file, ``FILE#SHEET``, a folder of one-camera files, or a ``postgresql://`` address.
    crs : str, optional
        ``WGS-84``, ``GCJ-02``, ``BD-09``, ``EPSG:4543`` ...; wins over what the source says.
    dialect : str, optional
        Name of a shipped dialect, or the path of a TOML file.

    Raises
    ------
    CameraError
        If the source cannot be read, has no coordinates, or no row of it can be used.
    SettingsError
        If there is no such coordinate system or dialect.
    """
    cameras = read_list(source, crs, dialect)
    require_some(cameras)
    return cameras


def read_list(source: Path | str, crs: str = "", dialect: str = "") -> CameraList:
    """Read a camera list as :func:`read_cameras` does; that none of its rows can be used is no error yet."""
    chosen = dialect_named(dialect) if dialect else None
    sheet = read_sheet(source, chosen)
    cameras = camera_list(sheet, chosen, coordinate_system(crs) if crs else None)
    if not cameras.read:
        raise CameraError(f"{sheet.source}: there is no camera in it, only a header or an empty list")
    return cameras


def osm_cameras(
    ids: Sequence[int], lon: Sequence[float], lat: Sequence[float], tags: Sequence[dict[str, str]]
) -> CameraList:
    """Return the cameras among OpenStreetMap nodes; an empty list is fine."""
    nodes = [(f"node/{i}", x, y, t) for i, x, y, t in zip(ids, lon, lat, tags, strict=True)]
    return camera_list(without_access_data(osm_sheet("osm", nodes)), is_file=False)


def require_some(cameras: CameraList) -> None:
    """Raise a CameraError, with the commonest reasons, if no camera of a file is left."""
    if len(cameras) or not cameras.is_file:
        return
    first = {row.reason: row for row in reversed(cameras.rows_set_aside)}
    where = {
        reason: f"{cameras.unit} {row.row}" + (f": {row.detail}" if row.detail else "") for reason, row in first.items()
    }
    reasons = ", ".join(f"{n} {reason} ({where[reason]})" for reason, n in list(cameras.set_aside.items())[:3])
    mend = _MEND.get(next(iter(cameras.set_aside)), "mend the file")
    raise CameraError(f"{cameras.source}: none of its {cameras.read} rows can be used: {reasons}; {mend}")


def require_any(lists: Sequence[CameraList]) -> None:
    """Raise a CameraError if no camera of several lists is left; a list without any beside others is accounted for."""
    if not any(len(cameras) for cameras in lists):
        for cameras in lists:
            require_some(cameras)


def check_summary(cameras: CameraList, *, not_working: bool = False) -> dict[str, Any]:
    """Return what a list would contribute, ready for JSON; `not_working` as in the camera settings."""
    used = cameras.in_use(not_working)
    crowds = Counter(zip(used.records["lon"].tolist(), used.records["lat"].tolist(), strict=True))
    return {
        "source": used.source,
        "format": used.format,
        "read": used.read,
        "used": len(used),
        "set_aside": used.set_aside,
        "columns": used.columns,
        "not_read": used.not_read,
        "missing": used.missing,
        "rejected": used.rejected,
        "rejected_examples": [
            {"field": v.field, "row": v.row, "id": v.id, "value": v.value, "expected": EXPECTED.get(v.field, "")}
            for v in _examples(used.rejected_values)
        ],
        "repeated_ids": used.repeated_ids,
        "heads": int(used.records["count"].sum()),
        "more_cameras_than_headings": used.beyond_headings,
        "at_one_point": [
            {"lon": lon, "lat": lat, "cameras": n} for (lon, lat), n in crowds.most_common(10) if n >= CROWD
        ],
        "coordinates": coordinate_summary(used),
        "mapping": [asdict(proposal) for proposal in used.mapping],
        "suggestions": {column: {"field": f, "confidence": c} for column, (f, c) in suggestions(used.mapping).items()},
        "first_rows": [_shown(record) for record in used.records.head(_FIRST_ROWS).to_dict("records")],
        "rows_set_aside": [
            {"row": row.row, "id": row.id, "reason": row.reason, "detail": row.detail} for row in used.rows_set_aside
        ],
    }


def coordinate_summary(cameras: CameraList) -> dict[str, Any]:
    """Return what a list's coordinates were taken to be in, who says so, and how well other systems fit the streets."""
    verdict = cameras.verdict
    return {
        "system": str(cameras.system),
        "declared": cameras.declared or None,
        "verdict": None if verdict is None else str(verdict),
        "cameras_compared": None if verdict is None else verdict.cameras,
        "median_street_distance_m": {} if verdict is None else {str(f.system): f.median_m for f in verdict.fits},
        "clear": None if verdict is None else verdict.clear,
        "applied": None if verdict is None else verdict.applied,
    }


def mapping_file(cameras: CameraList) -> str:
    """Return a dialect file (TOML) that says what a list's columns were taken for, to be edited."""
    stated = bool(cameras.declared) or cameras.system != WGS84
    crs = (cameras.system.name + (" swapped" if cameras.system.swapped else "")) if stated else ""
    return mapping_toml(cameras.source, cameras.mapping, crs, suggestions(cameras.mapping))


def _shown(record: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return a record as JSON shows it: what is not known left out, headings in degrees."""
    known = {
        str(name): value for name, value in record.items() if name != "headings" and value != "" and not pd.isna(value)
    }
    return known | {"headings": [{"azimuth": h.azimuth, "span": h.span} for h in record["headings"]]}


def _examples(values: Sequence[RejectedValue], each: int = 5) -> list[RejectedValue]:
    """Return the first few rejected values of every field."""
    seen: Counter[str] = Counter()
    shown = []
    for value in values:
        seen[value.field] += 1
        if seen[value.field] <= each:
            shown.append(value)
    return shown


def _counted(names: Any) -> dict[str, int]:
    """Count, commonest first, then by name."""
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


# --- rows to records --------------------------------------------------------------------------------------------------


def camera_list(
    sheet: Sheet, dialect: Dialect | None = None, crs: CoordinateSystem | None = None, *, is_file: bool = True
) -> CameraList:
    """Return the cameras of a sheet's rows; a `dialect` comes before the one its format follows."""
    chosen = dialect or (shipped()[sheet.dialect] if sheet.dialect else None)
    understood = understand(sheet.columns, chosen)
    secret = secret_rows(sheet, understood.fields)
    positions = find_positions(sheet, understood, crs, chosen.crs if chosen else "", hidden=secret)
    names = tuple(
        c for c in understood.fields.get("name", ()) if c.name not in (positions.columns | positions.not_read)
    )
    reader = RowReader(sheet, understood.fields | {"name": names}, positions.decimal_comma)
    records, aside = [], []
    for place, (row, fault, lonlat) in enumerate(
        zip(sheet.rows, positions.faults, positions.lonlat.tolist(), strict=True)
    ):
        if place in secret:
            aside.append(RowSetAside(sheet.source, row.number, "", "secret"))  # neither id nor detail leaves this place
            continue
        reason, detail = fault or reader.objection(row)
        if reason:
            aside.append(RowSetAside(sheet.source, row.number, reader.text(row, "id"), reason, detail))
        else:
            records.append(reader.record(row, lonlat))
    ids, repeated = unique_ids([record["id"] for record in records])
    frame = pd.DataFrame(records, columns=list(RECORD_COLUMNS))
    frame["id"] = pd.Series(ids, dtype=object)
    types = dict.fromkeys(_NUMBERS, np.float64) | {"row": np.int64, "count": np.int64}
    not_read = {k: v for k, v in (understood.not_read | positions.not_read).items() if k not in positions.columns}
    columns = {k: v for k, v in (understood.columns | positions.columns).items() if k not in not_read}
    columns |= {name: f"{columns[name]}: {UNNAMED_CODES}" for name in reader.uncoded}
    for name in sheet.access_data.keys() & columns.keys():
        columns[name] += f"; access or contact data in {sheet.access_data[name]:,} of its cells, not read"
    return CameraList(
        source=sheet.source,
        format=sheet.format,
        read=len(sheet.rows),
        records=frame.astype(types),
        rows_set_aside=tuple(aside),
        columns=columns,
        not_read=not_read,
        rejected_values=tuple(reader.rejected),
        repeated_ids=repeated,
        unit=sheet.unit,
        is_file=is_file,
        either_order=positions.either_order,
        system=positions.system,
        declared=positions.declared,
        mapping=propose(
            replace(sheet, rows=tuple(row for place, row in enumerate(sheet.rows) if place not in secret)),
            understood,
            columns,
            not_read,
            reader.rejected,
        ),
    )


def unique_ids(ids: Sequence[str]) -> tuple[list[str], int]:
    """Return the ids, repeated ones with a suffix ``#2``, ``#3`` ..., and how many those are."""
    taken = set(ids)
    seen: Counter[str] = Counter()
    unique = []
    for name in ids:
        seen[name] += 1
        candidate = name
        while seen[name] > 1 and candidate in taken:
            candidate = f"{name}#{seen[name]}"
            seen[name] += candidate in taken
        taken.add(candidate)
        unique.append(candidate)
    return unique, sum(a != b for a, b in zip(ids, unique, strict=True))
