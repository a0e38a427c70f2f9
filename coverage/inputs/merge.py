"""Several camera lists made into one: nothing lost, nothing counted twice, every value with where it comes from.

The record that says most decides (the newest first, where dates are given); what it leaves open is taken from the
others. Every field names the row its value comes from, every disagreement is listed, and every row that came in is
found in the account: kept, merged into another, or set aside.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.combining import Combined, combine
from camgap.coverage.inputs.directions import Heading
from camgap.coverage.inputs.inventory import RECORD_COLUMNS, CameraList, unique_ids
from camgap.coverage.inputs.pairing import Pairing, Rows, in_space, pair
from camgap.coverage.settings import MergeSettings

CONFLICT_COLUMNS = ("camera", "field", "used", "used_from", "other", "other_from")
NOT_FIELDS = frozenset(("source", "row", "id", "lon", "lat"))
_GONE = ("removed", "planned")  # reasons of rows set aside that contradict a camera of the same id
_NUMBERED = re.compile(r"#\d+$")


@dataclass(frozen=True)
class Provenance:
    """What an earlier merge wrote about one of its cameras."""

    rows: tuple[str, ...]  # "source:row" of everything that went into it
    ids: tuple[str, ...]  # every id it goes by
    conflicts: tuple[str, ...]
    origin: Mapping[str, str]  # field -> "source:row" its value comes from


@dataclass(frozen=True)
class Merged:
    """One list made of several.

    Parameters
    ----------
    cameras : DataFrame
        One row per camera, sorted by id: the columns of :class:`~camgap.coverage.inputs.inventory.CameraList` records
        but ``source`` and ``row``, then ``merge_rows``, ``merge_ids``, ``merge_conflicts`` (tuples of str) and
        ``<field>_from`` ("source:row", "" where the field is unknown).
    account : DataFrame
        One row per row that came in: ``source``, ``row``, ``id``, ``fate`` (kept, merged, set_aside), ``camera`` (id in
        the merged list, "" if set aside), ``how``, ``detail``.
    conflicts : DataFrame
        ``camera``, ``field``, ``used``, ``used_from``, ``other``, ``other_from``.
    questions : DataFrame
        What was left apart though it could be one: ``camera``, ``other``, ``reason``, ``detail``.
    """

    cameras: pd.DataFrame
    account: pd.DataFrame
    conflicts: pd.DataFrame
    questions: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Rows in, kept, merged and set aside: ``read == kept + merged + set_aside``, ``kept == cameras``."""
        fate = self.account["fate"].value_counts()
        return {"read": len(self.account)} | {k: int(fate.get(k, 0)) for k in ("kept", "merged", "set_aside")}


def merge_cameras(
    lists: Sequence[CameraList],
    settings: MergeSettings | None = None,
    earlier: Mapping[str, Mapping[str, Provenance]] | None = None,
) -> Merged:
    """Make one list of several; the order of the lists and of their rows does not matter.

    Parameters
    ----------
    lists : sequence of CameraList
        Of different names.
    earlier : mapping, optional
        Source -> id -> provenance, for lists that are merged lists themselves.

    Raises
    ------
    CameraError
        If two lists have the same name: the account could not tell their rows apart.
    """
    lists = sorted(lists, key=lambda cameras: cameras.source)
    for one, two in pairwise(lists):
        if one.source == two.source:
            raise CameraError(f"two lists are called {one.source!r}; rename one, so that their rows can be told apart")
    table = _table(lists, earlier or {})
    pairing = pair(_rows(table), settings or MergeSettings())
    combined = combine(table, pairing.camera)
    cameras = combined.cameras
    keys = list(zip(cameras["id"].tolist(), cameras["lon"].tolist(), range(len(cameras)), strict=True))
    order = [k for *_, k in sorted(keys)]
    names = unique_ids([name for name, *_ in sorted(keys)])[0]
    name_of = {combined.group[k]: name for k, name in zip(order, names, strict=True)}
    cameras["id"] = pd.Series([name_of[group] for group in combined.group], dtype=object)
    cameras = cameras.sort_values("id", kind="stable", ignore_index=True)
    camera = [name_of[group] for group in pairing.camera.tolist()]
    conflicts = pd.concat([_conflicts(combined, name_of), _gone_elsewhere(lists, table, camera)], ignore_index=True)
    return Merged(
        _with_conflicts(cameras, conflicts).drop(columns=["source", "row"]),
        _account(lists, table, pairing, combined, camera),
        conflicts,
        _questions(pairing, table, camera),
    )


def origin_of(source: str, row: int, name: str) -> str:
    """Return how an account names a row; OpenStreetMap nodes have no row number, their id does."""
    return f"{source}:{row}" if row else f"{source}:{name}"


def _table(lists: Sequence[CameraList], earlier: Mapping[str, Mapping[str, Provenance]]) -> pd.DataFrame:
    """Return all records in canonical order, each with its provenance."""
    extra = sorted({c for cameras in lists for c in cameras.records.columns} - set(RECORD_COLUMNS))
    frames = []
    for number, cameras in enumerate(lists):
        r = cameras.records.copy()
        origins = [origin_of(cameras.source, *key) for key in zip(r["row"].tolist(), r["id"].tolist(), strict=True)]
        known = earlier.get(cameras.source, {})
        taken = set(map(str, r["id"]))
        ids = [_bare(str(i), taken) if cameras.repeated_ids else str(i) for i in r["id"].tolist()]
        told = [known.get(str(i)) for i in r["id"].tolist()]
        r["db"] = number
        r["merge_rows"] = pd.Series([t.rows if t else (o,) for t, o in zip(told, origins, strict=True)], dtype=object)
        r["merge_ids"] = pd.Series([t.ids if t else (i,) for t, i in zip(told, ids, strict=True)], dtype=object)
        r["merge_conflicts"] = pd.Series([t.conflicts if t else () for t in told], dtype=object)
        r["origin"] = pd.Series(origins, dtype=object)
        r["earlier"] = pd.Series([t.origin if t else None for t in told], dtype=object)
        frames.append(r)
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(RECORD_COLUMNS))
    for column in extra:
        if not pd.api.types.is_numeric_dtype(table[column].dtype):
            table[column] = table[column].where(table[column].notna(), "")
    look = pd.Series([str(h) for h in table["headings"]], index=table.index, dtype=object)
    keys = table.assign(look=look)[["db", "id", "lon", "lat", "look", "kind", "name", "row"]]
    return table.loc[keys.sort_values(list(keys.columns), kind="stable").index].reset_index(drop=True)


def _bare(name: str, taken: set[str]) -> str:
    """Return an id without the number that tells it from an equal one of its list."""
    bare = _NUMBERED.sub("", name)
    return bare if bare in taken else name


def fields_of(table: pd.DataFrame) -> list[str]:
    """Return the fields a camera may state, of a table of records."""
    helpers = {"db", "origin", "earlier", "merge_rows", "merge_ids", "merge_conflicts"}
    return [c for c in table.columns if c not in NOT_FIELDS | helpers]


def _rows(table: pd.DataFrame) -> Rows:
    lonlat = table[["lon", "lat"]].to_numpy(np.float64)
    headings = tuple(table["headings"])
    hfov = table["hfov"].to_numpy(np.float64)
    said = [_said(table[name].tolist()) for name in fields_of(table) if name not in ("headings", "count")]
    return Rows(
        db=table["db"].to_numpy(np.int64),
        ids=tuple(table["merge_ids"]),
        xyz=in_space(lonlat[:, 0], lonlat[:, 1]),
        lonlat=lonlat,
        azimuth=np.array([one_azimuth(h, w) for h, w in zip(headings, hfov, strict=True)], dtype=np.float64),
        headings=headings,
        kind=table["kind"].to_numpy(object),
        count=table["count"].to_numpy(np.int64),
        settled=table["earlier"].notna().to_numpy(bool),
        said=tuple(zip(*said, table["count"].tolist(), strict=True)),
    )


def _said(values: list[object]) -> list[object]:
    return [None if v in ("", "unknown", None) or v != v else v for v in values]


def one_azimuth(headings: Sequence[Heading], hfov: float) -> float:
    """Return the one direction a camera looks in [°], NaN if that is unknown, all round or more than one."""
    if len(headings) != 1:
        return np.nan
    width = hfov if headings[0].span is None else headings[0].span
    return np.nan if width == 360 else headings[0].azimuth


def _conflicts(combined: Combined, name_of: Mapping[int, str]) -> pd.DataFrame:
    table = combined.conflicts
    return table.assign(camera=[name_of[g] for g in table["camera"].tolist()])


def _gone_elsewhere(lists: Sequence[CameraList], table: pd.DataFrame, camera: Sequence[str]) -> pd.DataFrame:
    """Return a conflict for every camera that another list says is removed or only planned."""
    by_id = {i: k for k, names in enumerate(table["merge_ids"]) for i in names}
    rows = []
    for cameras in lists:
        for row in cameras.rows_set_aside:
            k = by_id.get(row.id) if row.reason in _GONE and row.id else None
            if k is not None:
                status, origin = table["status"].iat[k], table["origin"].iat[k]
                rows.append((camera[k], "status", status, origin, row.reason, origin_of(row.source, row.row, row.id)))
    return pd.DataFrame(rows, columns=list(CONFLICT_COLUMNS), dtype=object)


def _with_conflicts(cameras: pd.DataFrame, conflicts: pd.DataFrame) -> pd.DataFrame:
    """Add the new conflicts of every camera to those an earlier merge told of."""
    texts: dict[str, set[str]] = {}
    columns = (conflicts[name].tolist() for name in CONFLICT_COLUMNS)
    for camera, name, used, used_from, other, other_from in zip(*columns, strict=True):
        texts.setdefault(camera, set()).add(f"{name}: {used} ({used_from}), not {other} ({other_from})")
    told = zip(cameras["id"].tolist(), cameras["merge_conflicts"].tolist(), strict=True)
    both = [tuple(sorted({*old, *texts[i]})) if i in texts else old for i, old in told]
    return cameras.assign(merge_conflicts=pd.Series(both, dtype=object))


def _account(
    lists: Sequence[CameraList], table: pd.DataFrame, pairing: Pairing, combined: Combined, camera: Sequence[str]
) -> pd.DataFrame:
    primary = np.zeros(len(table), bool)
    primary[np.asarray(combined.primary, dtype=np.int64)] = True
    used = pd.DataFrame(
        {
            "source": table["source"],
            "row": table["row"],
            "id": table["id"],
            "fate": np.where(primary, "kept", "merged"),
            "camera": pd.Series(camera, dtype=object),
            "how": pd.Series(pairing.how, dtype=object),
            "detail": "",
        }
    )
    aside = [
        (row.source, row.row, row.id, "set_aside", "", row.reason, row.detail)
        for c in lists
        for row in c.rows_set_aside
    ]
    both = pd.concat([used, pd.DataFrame(aside, columns=list(used.columns))], ignore_index=True)
    both = both.astype({"row": np.int64})
    return both.sort_values(["source", "row", "id"], kind="stable").reset_index(drop=True)


def _questions(pairing: Pairing, table: pd.DataFrame, camera: Sequence[str]) -> pd.DataFrame:
    rows = sorted(
        {
            (
                camera[q.first],
                "" if q.second < 0 or camera[q.second] == camera[q.first] else camera[q.second],
                q.reason,
                q.detail,
                table["origin"].iat[q.first],
                "" if q.second < 0 else table["origin"].iat[q.second],
            )
            for q in pairing.questions
        }
    )
    return pd.DataFrame(rows, columns=["camera", "other", "reason", "detail", "row", "other_row"], dtype=object)


def as_text(values: Sequence[str]) -> str:
    """Return several texts as one cell that can be read back whatever they hold."""
    return json.dumps(list(values), ensure_ascii=False)
