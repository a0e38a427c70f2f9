"""Who sees each stretch of street, and from which step of the proposal on."""

import itertools
import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Intervals, Stretches, union

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[np.int64] | npt.NDArray[np.object_]]

MANY = 3  # overlap is told as 1, 2, 3 or more


def seen_columns(
    breaks: FloatArray, today: Intervals, after: Intervals, camera_ids: Sequence[str]
) -> tuple[Stretches, Columns]:
    """Cut what is in view, today or with the proposal, into stretches with one set of seers each, and tell that set.

    Parameters
    ----------
    breaks : float64 array, shape (b,)
        Where stretches are cut besides, such as the ends of edges [m on the street axis], ascending.
    today : Intervals
        What each existing camera sees; owner i is ``camera_ids[i]``.
    after : Intervals
        The same with the whole proposal: owners below ``len(camera_ids)`` are existing cameras that stay as they are,
        owner ``len(camera_ids) + i`` is the action of rank ``i + 1``. One owner's intervals are disjoint.
    camera_ids : sequence of str
        Ids of the existing cameras.

    Returns
    -------
    stretches : Stretches, shape (s,)
    columns : dict of arrays, shape (s,)
        ``depth``: number of seers with the whole proposal, 0 to 3, 3 for three or more; ``depth_today``: the same of
        today; ``by``: "existing" where it is in view today and stays so, "proposed" where the proposal brings it into
        view, "lost" where a camera that is turned or replaced was the only one; ``step``: the rank of the action that
        covers it first, 0 where it is covered today; ``cameras``: JSON list of the ids of cameras that see it today;
        ``sites``: JSON list of the ranks of the actions that will, ascending.
    """
    n = len(camera_ids)
    start, end = np.concatenate([today.start, after.start]), np.concatenate([today.end, after.end])
    stretches = union(start, end).split_at(np.unique(np.concatenate([breaks, start, end])))
    depth_today, cameras = _seers(stretches, today)
    depth, standing = _seers(stretches, after)
    ranks = [[o - n + 1 for o in owners if o >= n] for owners in standing]
    step = [0 if seen else ranks[i][0] for i, seen in enumerate(depth_today.tolist())]
    return stretches, {
        "depth": np.minimum(depth, MANY),
        "depth_today": np.minimum(depth_today, MANY),
        "by": np.where(depth_today == 0, "proposed", np.where(depth == 0, "lost", "existing")).astype(object),
        "step": np.array(step, np.int64),
        "cameras": _json([[camera_ids[o] for o in owners] for owners in cameras]),
        "sites": _json(ranks),
    }


def _seers(stretches: Stretches, intervals: Intervals) -> tuple[IntArray, list[list[int]]]:
    """Return how many owners see each stretch, and which, ascending; intervals begin and end where stretches do."""
    first = np.searchsorted(stretches.start, intervals.start)
    size = np.searchsorted(stretches.start, intervals.end) - first
    row = np.repeat(first - np.cumsum(size) + size, size) + np.arange(size.sum())
    owner = np.repeat(intervals.owner, size)
    order = np.lexsort((owner, row))
    depth = np.bincount(row, minlength=len(stretches))
    ends = np.concatenate([[0], np.cumsum(depth)]).tolist()
    owners = owner[order].tolist()
    return depth, [owners[a:b] for a, b in itertools.pairwise(ends)]


def _json(lists: Sequence[Sequence[object]]) -> npt.NDArray[np.object_]:
    out = np.empty(len(lists), object)
    out[:] = [json.dumps(one, ensure_ascii=False) for one in lists]
    return out
