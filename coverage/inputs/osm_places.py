"""Sensitive places of OpenStreetMap files: nodes, outlines and multipolygons, in longitude and latitude."""

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from camgap.coverage.cells import plain_text
from camgap.coverage.inputs.osm_pass import Found
from camgap.coverage.polygons import assemble

COLUMNS = ("id", "kind", "name", "geometry")


def places_of(found: Found, rows: list[int], row_of: dict[int, int]) -> pd.DataFrame:
    """Return the sensitive places that were met.

    A place whose outline is not whole in the file stands as the point in the middle of the nodes that are there: a
    school at the edge of an extract is still a school.

    Parameters
    ----------
    found : Found
    rows : list of int
        The ways to use, one row per way id.
    row_of : dict
        Way id -> row.

    Returns
    -------
    DataFrame
        Columns ``id`` ("node/1", "way/2", "relation/3"), ``kind`` (``sensitive.PLACE_KINDS``), ``name`` ("" if none),
        ``geometry`` (shapely Point, Polygon or MultiPolygon; WGS 84 longitude, latitude [°]), by id.
    """
    out: list[tuple[str, str, str, BaseGeometry]] = [
        (f"node/{number}", kind, name, shapely.Point(lon, lat))
        for number, (lon, lat, kind, name) in sorted(found.places.items())
    ]
    out += [
        (f"way/{found.ids[row]}", *found.place_rows[row], outline)
        for row in rows
        if row in found.place_rows and (outline := _outline(found, [row])) is not None
    ]
    for number, (_, kind, name, members) in sorted(found.place_relations.items()):
        ways = [row_of[way] for way in members if way in row_of]
        if ways and (outline := _outline(found, ways)) is not None:
            out.append((f"relation/{number}", kind, name, outline))
    return pd.DataFrame([(at, kind, plain_text(name), where) for at, kind, name, where in out], columns=list(COLUMNS))


def _outline(found: Found, rows: list[int]) -> BaseGeometry | None:
    lines = [np.frombuffer(found.lines[row]).reshape(-1, 2) for row in rows if found.lines[row]]
    lines = [line for line in lines if len(line)]
    if not lines:
        return None
    whole = all(row not in found.torn for row in rows)
    polygon = assemble(lines) if whole else None
    if polygon is not None and not polygon.is_empty:
        return polygon
    xy = np.concatenate(lines)
    xy = xy[~np.isnan(xy[:, 0])]
    return shapely.Point(*xy.mean(axis=0)) if len(xy) else None
