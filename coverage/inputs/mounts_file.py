"""A user's own list of places where a camera may be mounted."""

from pathlib import Path

import pandas as pd

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.columns import understand
from camgap.coverage.inputs.coordinates import find_positions
from camgap.coverage.inputs.dialects import shipped
from camgap.coverage.inputs.inventory import unique_ids
from camgap.coverage.inputs.readers import read_sheet

_NAMED_ROWS = 5


def read_mounts(path: Path) -> pd.DataFrame:
    """Read mounts from a CSV, TSV or GeoJSON file, as camera lists are read.

    Returns
    -------
    DataFrame
        One row per mount, in the file's order: ``id`` (unique str), ``lon``, ``lat`` (WGS 84 [°]), ``name`` (str).

    Raises
    ------
    CameraError
        If the file cannot be read, is empty, or any of its rows has no usable position: a plan must not quietly leave
        out places its user asked for.
    """
    sheet = read_sheet(path)
    understood = understand(sheet.columns, shipped()[sheet.dialect] if sheet.dialect else None)
    positions = find_positions(sheet, understood)
    if not sheet.rows:
        raise CameraError(f"{sheet.source}: there is no mount in it, only a header or an empty list")
    bad = [(row.number, fault[0]) for row, fault in zip(sheet.rows, positions.faults, strict=True) if fault]
    if bad:
        named = ", ".join(f"{sheet.unit} {number} {reason}" for number, reason in bad[:_NAMED_ROWS])
        more = ", ..." if len(bad) > _NAMED_ROWS else ""
        raise CameraError(
            f"{sheet.source}: {len(bad)} of {len(sheet.rows)} mounts have no usable position ({named}{more}); mend or "
            "remove these rows"
        )
    names, ids = (understood.fields.get(field, ()) for field in ("name", "id"))
    ids_given = [row.cells.get(ids[0].name, "") if ids else "" for row in sheet.rows]
    return pd.DataFrame(
        {
            "id": unique_ids([name or f"mount {row.number}" for name, row in zip(ids_given, sheet.rows, strict=True)])[
                0
            ],
            "lon": positions.lonlat[:, 0],
            "lat": positions.lonlat[:, 1],
            "name": [
                next((cell for column in names if (cell := row.cells.get(column.name, ""))), "") for row in sheet.rows
            ],
        }
    )
