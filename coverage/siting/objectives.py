"""What a plan is to make great, told as an axis laid out anew on which the planner's exact lengths are what counts.

- **length**: every metre counts once it is covered; the street axis as it is.
- **demand**: every metre counts with the weight of the events there.
- **mix**: the axis is laid twice, by day and by night, each with its weight.
- **backup**: a metre counts once two cameras cover it. One that a camera sees already needs one more view and is laid
  whole; one that none sees needs two and is laid at half its length, for each of the two views to be worth a half.
- **expected**: a metre counts with the probability that a working camera sees it (Daskin 1983, "A maximum expected
  covering location model", https://doi.org/10.1287/trsc.17.1.48). It is laid at the probability that nothing sees it
  and a first new view works; the second view adds what the first one leaves.

Whatever the plan is to make great, what it promises is measured in the end by :mod:`camgap.coverage.scoring`.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from camgap.coverage.cameras import Views
from camgap.coverage.errors import SettingsError
from camgap.coverage.intervals import Depth, Intervals, Stretches, depth, union, union_by_owner
from camgap.coverage.scoring.demand import AxisWeights
from camgap.coverage.scoring.expected import covered_probability
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import seen_by
from camgap.coverage.siting.axis import ONCE, Layer
from camgap.coverage.siting.counting import ONCE_SEEN, Counting, counting_once
from camgap.coverage.streets import Segments

FloatArray = npt.NDArray[np.float64]

Name = Literal["length", "demand", "mix", "backup", "expected"]
SAME = 1e-12  # relative difference of weights per metre that is rounding
MOST_VIEWS = 1000  # new views of one metre whose worth is told; at p = 0.01 further ones would add 0.00004 of it
TOLD_APART = 3  # new views of one metre that expected coverage tells apart; a fourth adds (1 - p)^3 of a metre


@dataclass(frozen=True)
class Objective:
    """What counts, and what is needed to count it.

    Parameters
    ----------
    name : {"length", "demand", "mix", "backup", "expected"}
    weights : AxisWeights, optional
        Of ``demand``, along the street axis.
    day, night : float
        What a metre counts by day and by night, for ``mix``.
    existing, lenses, standing : Views, optional
        As the plan takes them, but with their reach in the dark as it is by night; for ``mix``.
    p : float64 array, shape (c,)
        Probability that each existing camera works, for ``expected``; ``p_new`` that of a new or mended one.
    """

    name: Name = "length"
    weights: AxisWeights | None = None
    day: float = 1.0
    night: float = 1.0
    existing: Views | None = None
    lenses: Views | None = None
    standing: Views | None = None
    p: FloatArray = field(default_factory=lambda: np.empty(0))
    p_new: float = 1.0

    @property
    def events(self) -> AxisWeights:
        """The weights of ``demand``."""
        if self.weights is None:
            raise SettingsError("plan: the objective 'demand' needs events; give --demand FILE")
        return self.weights

    @property
    def one_by_one(self) -> bool:
        """Whether what is covered counts no more, so that views can be chosen and turned one after the other."""
        return self.name in ("length", "demand", "mix")


@dataclass(frozen=True)
class Aim:
    """The axis a plan is chosen on.

    Parameters
    ----------
    scene : Scene
        With the segments laid out.
    covered : Stretches
        On that axis: where nothing counts any more.
    layers : tuple of Layer
    counting : Counting
        What a metre of that axis counts for, by the number of views: the truth of which `layers` are what a choice is
        made by.
    """

    scene: Scene
    covered: Stretches
    layers: tuple[Layer, ...] = ONCE
    counting: Counting = ONCE_SEEN

    @property
    def scale(self) -> float:
        """What a metre of that axis counts in the objective's unit."""
        return self.counting.scale


def aim_at(objective: Objective, scene: Scene, locked: Intervals, length: float) -> Aim:
    """Lay the street axis out for an objective.

    Parameters
    ----------
    scene : Scene
    locked : Intervals
        What the cameras see that are not up for choice, on the street axis; owner is the camera.
    length : float
        Of all streets [m].
    """
    seen, s = union(locked.start, locked.end), scene.segments
    if objective.name == "demand":
        weights = objective.events
        scale = weights.total / length if weights.total > 0 else 1.0
        at, mass = weights.breaks, weights.mass / scale
        return Aim(replace(scene, segments=laid_out(s, at, mass)), _moved(seen, at, mass), ONCE, counting_once(scale))
    if objective.name == "mix":
        return _twice(objective, scene, length)
    if objective.name == "backup":
        return _for_backup(scene, depth(union_by_owner(locked)), length)
    if objective.name == "expected":
        return _for_expectation(objective, scene, locked, length)
    return Aim(scene, seen)


def measure(objective: Objective, scene: Scene, by_camera: Intervals, views: Views, p: FloatArray) -> float:
    """Return what cameras are worth, as the scorer measures it.

    Parameters
    ----------
    by_camera : Intervals
        What each camera sees (``Report.by_camera``).
    views : Views
        All of them; with their reach in the dark for ``mix``.
    p : float64 array, shape (c,)
        Probability that each camera works, for ``expected``.
    """
    seen = union(by_camera.start, by_camera.end)
    if objective.name == "demand":
        return objective.events.of(seen)
    if objective.name == "mix":
        dark, lit = seen_by(scene, views), seen_by(_lit(scene), views)
        return objective.day * union(lit.start, lit.end).length + objective.night * union(dark.start, dark.end).length
    if objective.name == "backup":
        overlap = depth(by_camera)
        return float((overlap.end - overlap.start)[overlap.depth >= 2].sum())
    if objective.name == "expected":
        return covered_probability(by_camera, p).expected_length
    return seen.length


def total_of(objective: Objective, length: float) -> float:
    """Return what the objective counts at most, all streets being covered as well as can be."""
    if objective.name == "demand":
        return objective.events.total
    return length * (objective.day + objective.night if objective.name == "mix" else 1.0)


def laid_out(segments: Segments, at: FloatArray, mass: FloatArray) -> Segments:
    """Lay the street axis out by a mass: segments are cut where it bends, and what weighs nothing is left out.

    Parameters
    ----------
    at, mass : float64 arrays, shape (n,)
        The mass of the axis up to each place [m], both rising, linear in between.

    Returns
    -------
    Segments
        ``start`` and ``end`` are the mass up to them; ``edge``, ``xy`` and ``dark`` mean what they meant.
    """
    if len(segments) == 0:
        return segments
    rise = np.divide(np.diff(mass), np.diff(at), out=np.zeros(len(at) - 1), where=np.diff(at) > 0)
    bends = np.abs(np.diff(rise)) > SAME * np.maximum(rise[1:], rise[:-1])
    knots = np.unique(np.concatenate([segments.start, segments.end[-1:], at[1:-1][bends]]))
    knots = knots[(knots >= segments.start[0]) & (knots <= segments.end[-1])]
    begin, until = knots[:-1], knots[1:]
    place = np.interp(knots, at, mass)
    row = np.searchsorted(segments.start, begin, side="right") - 1
    size = (segments.end - segments.start)[row]
    t0, t1 = ((x - segments.start[row])[:, None] / size[:, None] for x in (begin, until))
    first, last = segments.xy[row, :2], segments.xy[row, 2:]
    xy = np.hstack([first * (1 - t0) + last * t0, first * (1 - t1) + last * t1])
    keep = place[1:] > place[:-1]
    return Segments(xy[keep], segments.edge[row][keep], place[:-1][keep], place[1:][keep], segments.dark[row][keep])


def _moved(seen: Stretches, at: FloatArray, mass: FloatArray) -> Stretches:
    start, end = np.interp(seen.start, at, mass), np.interp(seen.end, at, mass)
    return union(start[end > start], end[end > start])


def _lit(scene: Scene) -> Scene:
    s = scene.segments
    return replace(scene, segments=Segments(s.xy, s.edge, s.start, s.end))


def _twice(objective: Objective, scene: Scene, length: float) -> Aim:
    """Lay the axis by day and then, beyond it, by night."""
    s, total = scene.segments, objective.day + objective.night
    day, night = objective.day / total, objective.night / total
    end = length * day
    both = Segments(
        np.vstack([s.xy, s.xy]), np.concatenate([s.edge, s.edge]),
        np.concatenate([s.start * day, end + s.start * night]), np.concatenate([s.end * day, end + s.end * night]),
        np.concatenate([np.zeros(len(s), bool), s.dark]),
    )  # fmt: skip
    keep = both.end > both.start
    both = Segments(both.xy[keep], both.edge[keep], both.start[keep], both.end[keep], both.dark[keep])
    laid = replace(scene, segments=both)
    seen = seen_by(laid, objective.existing or Views.none())
    return Aim(laid, union(seen.start, seen.end), ONCE, counting_once(total))


def _for_backup(scene: Scene, overlap: Depth, length: float) -> Aim:
    once = overlap.depth == 1
    start, end = overlap.start[once], overlap.end[once]
    at = np.unique(np.concatenate([[0.0, length], overlap.start, overlap.end]))
    middle = (at[1:] + at[:-1]) / 2
    row = np.clip(np.searchsorted(overlap.start, middle, side="right") - 1, 0, None)
    inside = (middle < overlap.end[row]) if len(overlap.start) else np.zeros(len(middle), bool)
    inside &= (middle >= overlap.start[row]) if len(overlap.start) else inside
    often = np.where(inside, overlap.depth[row], 0) if len(overlap.depth) else np.zeros(len(middle), np.int64)
    each = np.where(often >= 2, 0.0, np.where(often == 1, 1.0, 0.5))
    mass = np.concatenate([[0.0], np.cumsum(np.diff(at) * each)])
    by_one = _moved(union(start, end), at, mass)
    by_two = by_one.complement(0.0, float(mass[-1]))
    layers = (Layer(by_one), Layer(by_two, need=2, factor=2.0, sold=2))
    counting = Counting(
        np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 2.0]]), np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 2.0]]), (by_two,)
    )
    laid = replace(scene, segments=laid_out(scene.segments, at, mass))
    return Aim(laid, Stretches(np.empty(0), np.empty(0)), layers, counting)


def _for_expectation(objective: Objective, scene: Scene, locked: Intervals, length: float) -> Aim:
    chance, missed = covered_probability(union_by_owner(locked), objective.p), 1.0 - objective.p_new
    at = np.unique(np.concatenate([[0.0, length], chance.start, chance.end]))
    unseen = 1.0 - chance.at((at[1:] + at[:-1]) / 2)
    mass = np.concatenate([[0.0], np.cumsum(np.diff(at) * unseen)]) * objective.p_new
    factors = [missed**k for k in range(TOLD_APART)]
    if objective.p_new > 0:
        factors[-1] /= objective.p_new  # what all further views could add as well: never less than the truth
    layers = tuple(Layer(None, k + 1, f, 1) for k, f in enumerate(factors) if f > 0)
    worth = np.concatenate([[0.0], np.cumsum(missed ** np.arange(MOST_VIEWS))])[None]
    laid = replace(scene, segments=laid_out(scene.segments, at, mass))
    return Aim(laid, Stretches(np.empty(0), np.empty(0)), layers, Counting(worth, worth))
