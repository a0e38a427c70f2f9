"""The same choice on an axis where places count differently: cut once, weighed often, never looked around again."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches, union
from camgap.coverage.sight.views import Pieces
from camgap.coverage.siting.choices import Choices
from camgap.coverage.streets import Segments

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Relaid:
    """A choice whose street axis is cut into parts, each of which may count more or less per metre.

    Parameters
    ----------
    choices : Choices
        On the street axis; every segment is one part, and every visible piece lies in one.
    knots : float64 array, shape (p + 1,)
        Where the parts begin, and the end of the last [m].
    """

    choices: Choices
    knots: FloatArray

    @staticmethod
    def of(choices: Choices, cuts: FloatArray) -> "Relaid":
        """Cut the segments and what is visible of them at places of the street axis [m]."""
        s = choices.scene.segments
        if len(s) == 0:
            return Relaid(choices, np.zeros(1))
        inside = cuts[(cuts > s.start[0]) & (cuts < s.end[-1])]
        knots = np.unique(np.concatenate([s.start, s.end[-1:], inside]))
        row = np.searchsorted(s.start, knots[:-1], side="right") - 1
        size = s.end - s.start
        begin = (knots[:-1] - s.start[row]) / size[row]
        until = np.where(knots[1:] == s.end[row], 1.0, (knots[1:] - s.start[row]) / size[row])
        low, high = s.xy[row, :2], s.xy[row, 2:]
        ends = [np.where(t[:, None] >= 1.0, high, low * (1 - t[:, None]) + high * t[:, None]) for t in (begin, until)]
        parts = Segments(np.hstack(ends), s.edge[row], knots[:-1], knots[1:], s.dark[row])
        first = np.searchsorted(knots, s.start)
        pieces = _cut(choices.pieces, np.append(first, len(row)), begin, until)
        return Relaid(replace(choices, scene=replace(choices.scene, segments=parts), pieces=pieces), knots)

    @property
    def middle(self) -> FloatArray:
        """The middle of each part on the street axis, shape (p,) [m]."""
        return (self.knots[:-1] + self.knots[1:]) / 2

    def weighed(self, weight: FloatArray) -> tuple[Choices, FloatArray, float]:
        """Lay the axis out so that a metre of each part counts with its weight.

        Parameters
        ----------
        weight : float64 array, shape (p,)
            Per metre of street, not negative; parts without any are left out.

        Returns
        -------
        choices : Choices
            On the new axis, which is as long as the streets.
        mass : float64 array, shape (p + 1,)
            Place of each knot on that axis [m].
        scale : float
            What a metre of that axis weighs.
        """
        size = np.diff(self.knots)
        whole = float((size * weight).sum())
        scale = whole / float(size.sum()) if whole > 0 else 1.0
        mass = np.concatenate([[0.0], np.cumsum(size * weight)]) / scale
        keep = mass[1:] > mass[:-1]
        c, s = self.choices, self.choices.scene.segments
        laid = Segments(s.xy[keep], s.edge[keep], mass[:-1][keep], mass[1:][keep], s.dark[keep])
        return replace(c, scene=replace(c.scene, segments=laid), pieces=_kept(c.pieces, keep)), mass, scale

    def moved(self, seen: Stretches, mass: FloatArray) -> Stretches:
        """Return stretches of the street axis on an axis that is laid out anew."""
        start, end = np.interp(seen.start, self.knots, mass), np.interp(seen.end, self.knots, mass)
        return union(start[end > start], end[end > start])


def _cut(pieces: Pieces, first: IntArray, begin: FloatArray, until: FloatArray) -> Pieces:
    """Cut pieces of segments into pieces of their parts: segment s has the parts ``first[s]:first[s + 1]``.

    `begin` and `until` tell what of its segment each part is.
    """
    of = np.repeat(np.arange(len(first) - 1), np.diff(first))
    key = of + begin  # rises: begin < 1
    low = np.searchsorted(key, pieces.segment + pieces.t0, side="right") - 1
    low = np.clip(low, first[pieces.segment], first[pieces.segment + 1] - 1)
    high = np.searchsorted(key, pieces.segment + np.minimum(pieces.t1, 1 - 1e-12), side="right") - 1
    high = np.clip(high, low, first[pieces.segment + 1] - 1)
    count = high - low + 1
    row = np.repeat(np.arange(len(pieces)), count)
    part = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + low[row]
    a, b = begin[part], until[part]
    t0 = np.clip((pieces.t0[row] - a) / (b - a), 0.0, 1.0)
    t1 = np.where(pieces.t1[row] >= b, 1.0, np.clip((pieces.t1[row] - a) / (b - a), 0.0, 1.0))
    some = t1 > t0
    before = np.concatenate([[0], np.cumsum(some)])
    ends = np.concatenate([[0], np.cumsum(count)])
    return Pieces(before[ends[pieces.ptr]], part[some], t0[some], t1[some])


def _kept(pieces: Pieces, keep: npt.NDArray[np.bool_]) -> Pieces:
    """Return the pieces of the segments that are kept, which are numbered anew."""
    some = keep[pieces.segment]
    before = np.concatenate([[0], np.cumsum(some)])
    number = np.cumsum(keep) - 1
    return Pieces(before[pieces.ptr], number[pieces.segment[some]], pieces.t0[some], pieces.t1[some])
