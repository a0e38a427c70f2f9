"""Columns that tell of a stretch of street how well and how surely it is seen, at every step of a plan."""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from camgap.coverage.scoring.quality import LIGHTS
from camgap.coverage.scoring.steps import Histories, Steps

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
Columns = dict[str, npt.NDArray[Any]]

DIGITS = 4  # of a probability


def level_columns(steps: Steps, levels: Sequence[str], edges: FloatArray) -> tuple[FloatArray, FloatArray, Columns]:
    """Return stretches of the street axis and the best level in view on each, by day and by night.

    Parameters
    ----------
    levels : sequence of str
        Names, lowest first.
    edges : float64 array, ascending
        Where stretches are cut besides [m].

    Returns
    -------
    start, end : float64 array, shape (n,)
    columns : dict of arrays, shape (n,)
        ``day`` and ``night``: with the whole proposal, "" below all levels; ``day_today``, ``night_today``;
        ``day_steps``, ``night_steps``: JSON list of [step, level], from that step on; before the first one it is "".
    """
    names, one = np.array(["", *levels], dtype=object), steps.levels
    start, end = one["day"].start, one["day"].end
    columns: Columns = {}
    for light in LIGHTS:
        history = one[light]
        columns |= {light: names[history.at(steps.last)], f"{light}_today": names[history.at(0)]}
        columns[f"{light}_steps"] = _told(history, lambda values: names[values].tolist())
    told = np.array(["\n".join(both) for both in zip(*(columns[f"{x}_steps"] for x in LIGHTS), strict=True)], object)
    opens = np.ones(len(start), dtype=bool)
    opens[1:] = (told[1:] != told[:-1]) | np.isin(start[1:], edges)
    head = np.flatnonzero(opens)
    tail = np.append(head[1:], len(start)) - 1
    some = told[head] != "[]\n[]"
    head, tail = head[some], tail[some]
    return start[head], end[tail], {name: column[head] for name, column in columns.items()}


def certainty_columns(certainty: Histories, last: int) -> tuple[FloatArray, FloatArray, Columns]:
    """Return stretches and the probability that each is seen: ``p``, ``p_today``, and ``p_steps`` as levels have it.

    Probabilities in ``p_steps`` are cut off after four digits, never rounded up into the next class.
    """
    columns = {"p": certainty.at(last), "p_today": certainty.at(0)}
    columns["p_steps"] = _told(certainty, lambda values: _cut_off(values).tolist())
    return certainty.start, certainty.end, columns


def _cut_off(p: FloatArray) -> FloatArray:
    return np.asarray(np.floor(p * 10**DIGITS + 1e-6) / 10**DIGITS)


def _told(history: Histories, said: Callable[[npt.NDArray[Any]], list[Any]]) -> Texts:
    """Write every cell's history as a JSON list of [step, value]."""
    pairs = list(zip(history.step.tolist(), said(history.value), strict=True))
    ends = np.searchsorted(history.cell, np.arange(len(history.start) + 1)).tolist()
    out = np.empty(len(history.start), dtype=object)
    out[:] = [json.dumps(pairs[a:b], ensure_ascii=False) if b > a else "[]" for a, b in itertools.pairwise(ends)]
    return out


def steps_result(steps: Steps | None, levels: Sequence[str], bounds: Sequence[float], length: float) -> Any:
    """Return covered length and share at every step, in the order of the cost curve; None where none was measured.

    Returns
    -------
    dict
        ``levels``: per level ``level``, and lists ``day_m``, ``day_share``, ``night_m``, ``night_share``;
        ``certainty``: per probability ``p``, and lists ``m``, ``share``: length seen with at least that probability by
        ``certainty_by``, "day" or "night"; empty where nothing was drawn.
    """
    if steps is None:
        return None
    whole = length or 1.0

    def both(name: str, metres: FloatArray) -> dict[str, list[float]]:
        return {f"{name}m": metres.tolist(), f"{name}share": (metres / whole).tolist()}

    rows = []
    for level in levels:
        row: dict[str, Any] = {"level": level}
        for light in LIGHTS:
            row |= both(f"{light}_", steps.level_m[level, light])
        rows.append(row)
    certain = [{"p": p, **both("", metres)} for p, metres in zip(bounds, steps.certain_m, strict=True)]
    return {"levels": rows, "certainty": certain if steps.certainty else [], "certainty_by": steps.light}
