"""Who sees each stretch of street, and from which step of the proposal on."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[np.int64] | npt.NDArray[np.object_]]

MANY = 3  # overlap is told as 1, 2, 3 or more


def seen_columns(
    breaks: FloatArray, seen: Stretches, by_camera: Intervals, camera_ids: Sequence[str]
) -> tuple[Stretches, Columns]:
    """Cut what is in view into stretches with one set of seers each, and tell that set.

    Parameters
    ----------
    breaks : float64 array, shape (b,)
        Where stretches are cut besides, such as the ends of edges [m on the street axis], ascending.
    seen : Stretches
        The union of `by_camera`.
    by_camera : Intervals
        What each camera sees, one camera's intervals disjoint. Owners below ``len(camera_ids)`` are the existing
        cameras, owner ``len(camera_ids) + i`` is the proposed camera of rank ``i + 1``.
    camera_ids : sequence of str
        Ids of the existing cameras.

    Returns
    -------
    stretches : Stretches, shape (s,)
    columns : dict of arrays, shape (s,)
        ``depth``: number of seers with the whole proposal, 3 for three or more; ``depth_today``: the same of existing
        cameras alone, 0 to 3; ``by``: "existing" or "proposed", whoever sees the stretch first; ``step``: the rank of
        the proposed camera that covers it first, 0 where it is covered today; ``cameras``: JSON list of the ids of the
        existing cameras that see it; ``sites``: JSON list of the ranks of the proposed ones, ascending.
    """
    cuts = np.unique(np.concatenate([breaks, by_camera.start, by_camera.end]))
    stretches = seen.split_at(cuts)
    first = np.searchsorted(stretches.start, by_camera.start)
    after = np.searchsorted(stretches.start, by_camera.end)
    row = np.concatenate([np.arange(a, b) for a, b in zip(first, after, strict=True)] or [np.empty(0, np.int64)])
    owner = np.repeat(by_camera.owner, after - first)
    order = np.lexsort((owner, row))
    row, owner = row[order].astype(np.int64), owner[order]
    existing = owner < len(camera_ids)
    today = np.bincount(row[existing], minlength=len(stretches))
    lists = [owner[a:b].tolist() for a, b in _runs(row, len(stretches))]
    ranks = [[o - len(camera_ids) + 1 for o in owners if o >= len(camera_ids)] for owners in lists]
    cameras = [[camera_ids[o] for o in owners if o < len(camera_ids)] for owners in lists]
    step = np.array([0 if n else r[0] for n, r in zip(today.tolist(), ranks, strict=True)], np.int64)
    return stretches, {
        "depth": np.minimum(np.bincount(row, minlength=len(stretches)), MANY),
        "depth_today": np.minimum(today, MANY),
        "by": np.where(today > 0, "existing", "proposed").astype(object),
        "step": step,
        "cameras": _json(cameras),
        "sites": _json(ranks),
    }


def _runs(row: npt.NDArray[np.int64], n: int) -> Iterator[tuple[int, int]]:
    """Return where each of `n` rows begins and ends in the ascending `row`."""
    ends = np.searchsorted(row, np.arange(n + 1))
    return zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)


def _json(lists: Sequence[Sequence[object]]) -> npt.NDArray[np.object_]:
    out = np.empty(len(lists), object)
    out[:] = [json.dumps(one, ensure_ascii=False) for one in lists]
    return out
