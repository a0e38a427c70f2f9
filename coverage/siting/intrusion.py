"""Homes in view of every view on offer: what a plan weighs against the street that a view adds.

A metre of home frontage in view counts as so many metres of street, view by view. A facade that two views see counts
twice here, once for each; the scorer (``scoring/privacy.py``) measures it once, and its figure is shown beside.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Stretches
from camgap.coverage.scoring.frontage import Facades, upright
from camgap.coverage.scoring.privacy import Privacy
from camgap.coverage.sight.views import Pieces, Progress, look
from camgap.coverage.siting import gains
from camgap.coverage.streets import Segments

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

BLIND = 1e-6  # [m] range of a lens that sees no facade: they stand 0.05 m out of their walls, lenses 0.1 m
LOOK, CHUNK = 2048, 128  # mounts looked around at once, and of these measured per task
SHORTEST = 1e-9  # [m] of a facade


@dataclass(frozen=True)
class Homes:
    """The facades that count as homes', each with what a metre of it counts.

    Parameters
    ----------
    facades : Facades
        Their exposed parts only, in the study area.
    counts : float64 array, shape (m,)
        Of every segment of ``facades.scene``: 1 where people live, a share of it where nobody knows; above 0.
    """

    facades: Facades
    counts: FloatArray

    @staticmethod
    def of(privacy: Privacy, unknown: float = 0.0) -> "Homes":
        """Take the homes out of all facades.

        Parameters
        ----------
        unknown : float
            What a metre of facade of unknown use counts, 0 to 1.
        """
        all_of = privacy.facades
        s = all_of.scene.segments
        parts = all_of.exposed.split_at(s.start)
        row = np.searchsorted(s.start, parts.start, side="right") - 1
        use = privacy.use[s.edge[row]]
        counts = np.where(use == "residential", 1.0, np.where(use == "unknown", unknown, 0.0))
        keep = (counts > 0) & privacy.counted[s.edge[row]] & (parts.end - parts.start > SHORTEST)
        row, start, end = row[keep], parts.start[keep], parts.end[keep]
        size, begin = (s.end - s.start)[row], s.xy[row, :2]
        along = (s.xy[row, 2:] - begin) / size[:, None]
        xy = np.hstack([begin + along * (at - s.start[row])[:, None] for at in (start, end)])
        ends = np.concatenate([[0.0], np.cumsum(end - start)])
        scene = replace(all_of.scene, segments=Segments(np.ascontiguousarray(xy), s.edge[row], ends[:-1], ends[1:]))
        free = Stretches(ends[:1], ends[-1:]) if len(row) else Stretches(ends[:0], ends[:0])
        return Homes(Facades(scene, free), counts[keep])

    def metres_of(self, views: Views) -> FloatArray:
        """Return the home frontage each view sees, shape (v,) [m], by its weight."""
        seen = self.facades.seen_by(views)["any"]
        row = np.searchsorted(self.facades.scene.segments.start, seen.start, side="right") - 1
        metres = (seen.end - seen.start) * self.counts[row]
        return np.bincount(seen.owner, metres, minlength=len(views)).astype(np.float64)

    def metres_around(
        self,
        sites: FloatArray,
        kind: IntArray,
        lenses: Views,
        lens: IntArray,
        turned: FloatArray,
        headings: BoolArray,
        progress: Progress | None = None,
    ) -> FloatArray:
        """Return the home frontage in view of every heading of every offer at places, shape (s, m, steps) [m].

        Parameters
        ----------
        sites : float64 array, shape (s, 2); kind : int64 array, shape (s,)
            Places and the row of offers that holds there.
        lenses : Views
            What each lens sees of facades: see :func:`facade_lenses`.
        lens, turned, headings
            Columns of :class:`~camgap.coverage.siting.choices.Offers`.
        """
        s = self.facades.scene.segments
        seen = np.zeros((len(sites), *headings.shape[1:]))
        if not len(s) or not len(sites):
            return seen
        reach = np.where(headings.any(axis=2), lenses.far[lens], 0.0).max(axis=1, initial=0.0)[kind]
        first, mass = np.arange(len(s) + 1), np.concatenate([[0.0], np.cumsum(self.counts * (s.end - s.start))])
        shapes, sites = lenses.shapes, np.array(sites, dtype=np.float64, order="C")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for begin in range(0, len(sites), LOOK):
                rows = np.arange(begin, min(begin + LOOK, len(sites)))
                pieces = self._facing(look(self.facades.scene, sites[rows], reach[rows]), sites[rows])

                def task(i: int, rows: IntArray = rows, pieces: Pieces = pieces) -> None:
                    some = slice(i, i + CHUNK)
                    gains.all_masses(
                        rows[some], sites, kind, pieces.ptr[i : i + len(rows[some]) + 1], pieces.segment, pieces.t0,
                        pieces.t1, s.xy, s.start, s.end, s.dark, first, mass, shapes, lens, turned, headings,
                        seen[rows[some][0] : rows[some][-1] + 1],
                    )  # fmt: skip

                list(pool.map(task, range(0, len(rows), CHUNK)))
                if progress:
                    progress(int(rows[-1]) + 1, len(sites))
        return seen

    def _facing(self, pieces: Pieces, sites: FloatArray) -> Pieces:
        """Clip visible pieces of facade to where they face the lens at their mount."""
        s = self.facades.scene.segments
        mount = np.repeat(np.arange(len(sites)), np.diff(pieces.ptr))
        size = (s.end - s.start)[pieces.segment]
        foot, spread = self.facades.facing(pieces.segment, sites[mount])
        t0 = np.maximum(pieces.t0, (foot - spread) / size)
        t1 = np.minimum(pieces.t1, (foot + spread) / size)
        keep = t0 < t1
        count = np.bincount(mount[keep], minlength=len(sites))
        return Pieces(np.concatenate([[0], np.cumsum(count)]), pieces.segment[keep], t0[keep], t1[keep])


def facade_lenses(views: Views, rows: IntArray, count: int) -> Views:
    """Return what each of `count` lenses sees of facades, one per row; a lens without a view sees none.

    Parameters
    ----------
    views : Views
        As the scorer holds them against facades, wherever they stand and look.
    rows : int64 array, shape (v,)
        The lens of each view.
    """
    seen = upright(views, views.far)
    hfov, far = np.full(count, 1.0), np.full(count, BLIND)
    hfov[rows], far[rows] = seen.hfov, seen.far
    return Views(np.zeros((count, 2)), np.zeros(count), hfov, np.zeros(count), far, np.arange(count))


@dataclass(frozen=True)
class HomesInView:
    """The home frontage every view on offer sees, and what a metre of it weighs.

    Parameters
    ----------
    homes : Homes
    lenses : Views
        What each lens of the offers sees of facades.
    metres : float64 array, shape (s, m, steps)
        In view of each heading of each offer at each place [m].
    standing : float64 array, shape (s,)
        In view of what is free at the place [m]; 0 where nothing is.
    weight : float
        Metres of street that a metre of home frontage weighs.
    """

    homes: Homes
    lenses: Views
    metres: FloatArray
    standing: FloatArray
    weight: float = 0.0

    def weighing(self, weight: float) -> "HomesInView":
        """Return the same homes at another weight."""
        return replace(self, weight=weight)

    @cached_property
    def harm(self) -> FloatArray:
        """What each view takes away, beyond what is free at its place, shape (s, m, steps) [m of street]."""
        return self.weight * (self.metres - self.standing[:, None, None])

    def measure(self, lens: IntArray, xy: FloatArray, azimuth: FloatArray) -> FloatArray:
        """Return the home frontage that lenses see, one per row, wherever they stand and look, shape (n,) [m]."""
        views = self.lenses.take(lens)
        return self.homes.metres_of(
            replace(views, xy=xy.reshape(-1, 2), azimuth=azimuth % 360.0, camera=np.arange(len(lens)))
        )
