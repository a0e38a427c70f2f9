"""The choice to be made: at each place at most so many of the views on offer there, on exact lengths.

At each place every offer x heading is a closed-form clip of the visible pieces. What a view would add is the clipped
length of those pieces after everything already covered has been taken out of them; one place never sees a point of the
axis twice, so the sum is exact and no view is rounded to cells.

A place is a candidate mount or an existing camera. What is on offer at a mount are the models that can be bought; at an
existing camera to keep it as it is, for nothing, or to turn, mend or replace it.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals, Stretches, union
from camgap.coverage.settings import CameraModel
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Pieces, Progress, intervals_of
from camgap.coverage.siting import gains
from camgap.coverage.siting.intrusion import HomesInView

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NO_HARM = np.empty((0, 0, 0))
AT_A_STEP = 1e-7  # steps a heading may be off one and still be it
CHUNK = 256  # mounts per task of the thread pool; below four tasks it does not pay


@dataclass(frozen=True)
class Pick:
    """One chosen view: where, what, which way, and what it adds after those picked before it, less its harm."""

    mount: int
    model: int
    azimuth: float  # [°]
    gain_m: float
    cost: float


def columns_of(picks: Sequence[Pick]) -> tuple[IntArray, IntArray, FloatArray]:
    """Return place, offer and azimuth [°] of picks, each shape (n,), as :class:`Choices` takes them."""
    mount, model = np.array([(p.mount, p.model) for p in picks], np.int64).reshape(-1, 2).T
    return mount, model, np.array([p.azimuth for p in picks], np.float64)


@dataclass(frozen=True)
class Density:
    """A weight per metre along the street axis, constant on each of the equal cells of a straight piece.

    Parameters
    ----------
    first : int64 array, shape (m + 1,)
        Segment s has the cells ``first[s]:first[s + 1]``, at least one.
    mass : float64 array, shape (n + 1,)
        The weight of the axis from its beginning to where each cell begins, and to the end of the last [m].
    """

    first: IntArray
    mass: FloatArray


@dataclass(frozen=True)
class Offers:
    """What can be had at each kind of place; most places are of one kind.

    Parameters
    ----------
    lenses : Views
        What cameras see, wherever they stand and look; the catalogue of lenses.
    lens : int64 array, shape (k, m)
        Row of `lenses` of each of m offers.
    turned : float64 array, shape (k, m)
        First heading [°]; the others follow in equal steps.
    headings : bool array, shape (k, m, steps)
        Which headings are allowed; none where the offer is not made.
    price : float64 array, shape (k, m)
        0 is free, infinite not on offer.
    stand : int64 array, shape (k, m), optional
        Where the camera stands once the offer is taken: another place, a candidate mount that it then has for itself,
        or -1 for the place itself. Everywhere -1 by default.
    """

    lenses: Views
    lens: IntArray
    turned: FloatArray
    headings: BoolArray
    price: FloatArray
    stand: IntArray = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        if self.stand is None:
            object.__setattr__(self, "stand", np.full(self.lens.shape, -1))

    @staticmethod
    def of_models(models: tuple[CameraModel, ...], lenses: Views, steps: int) -> "Offers":
        """Return one kind of place, where every model, its view a row of `lenses`, is sold and may look anywhere."""
        shape = (1, len(models))
        return Offers(
            lenses,
            np.arange(len(models)).reshape(shape),
            np.zeros(shape),
            np.ones((*shape, steps), dtype=bool),
            np.array([m.price for m in models]).reshape(shape),
        )


@dataclass(frozen=True)
class Choices:
    """The covering problem: at each place at most so many of the views on offer.

    Parameters
    ----------
    scene : Scene
    sites : float64 array, shape (s, 2)
        Easting, northing of the places [m].
    pieces : Pieces
        What is visible from each, out to the farthest offer's range.
    offers : Offers
    kind : int64 array, shape (s,)
        Row of `offers` that holds at each place.
    capacity : int64 array, shape (s,)
        Views at each place at most. A place with a free offer has at most one.
    extra : float64 array, shape (s,)
        What any paid view at the place costs on top of its price, for power and link.
    apart_m : float
        Candidate mounts of chosen views at least this far from each other, unless they are one mount [m].
    mounts : int
        The places before this row are candidate mounts, the others existing cameras.
    height : float64 array, shape (s,), optional
        Of the lens at each place, where it is known [m]; from there `pieces` were looked up.
    homes : HomesInView, optional
        The harm of every view: homes in view, weighed against street. Without it no view has any.
    """

    scene: Scene
    sites: FloatArray
    pieces: Pieces
    offers: Offers
    kind: IntArray
    capacity: IntArray
    extra: FloatArray
    apart_m: float = 0.0
    mounts: int = 2**62
    height: FloatArray | None = None
    homes: HomesInView | None = None

    @staticmethod
    def of_models(
        scene: Scene,
        sites: FloatArray,
        pieces: Pieces,
        models: tuple[CameraModel, ...],
        lenses: Views,
        azimuth_steps: int,
        per_mount: int = 1,
    ) -> "Choices":
        """Return the choice among models at candidate mounts that are all alike."""
        n = len(sites)
        return Choices(
            scene, sites, pieces, Offers.of_models(models, lenses, azimuth_steps), np.zeros(n, np.int64),
            np.full(n, per_mount, np.int64), np.zeros(n),
        )  # fmt: skip

    @cached_property
    def costs(self) -> FloatArray:
        """Price of each offer at each place, shape (s, m); infinite where it is not made."""
        price = self.offers.price[self.kind]
        return np.where(price > 0, price + self.extra[:, None], price)

    @cached_property
    def money(self) -> FloatArray:
        """As `costs`, 0 where an offer is not made; there its gain is 0 as well."""
        return np.where(np.isfinite(self.costs), self.costs, 0.0)

    @cached_property
    def has_free(self) -> BoolArray:
        """Where something is to be had for nothing, shape (s,)."""
        return np.asarray((self.costs == 0).any(axis=1))

    @cached_property
    def cheapest(self) -> float:
        """The least price above zero; infinite if there is none."""
        return float(self.costs.min(initial=np.inf, where=self.costs > 0))

    @property
    def one_price(self) -> bool:
        """Tell whether everything that costs anything costs the same."""
        paid = self.costs[np.isfinite(self.costs) & (self.costs > 0)]
        return len(paid) == 0 or bool((paid == paid[0]).all())

    @property
    def moves(self) -> bool:
        """Tell whether a camera may be moved to another place."""
        return bool((self.offers.stand >= 0).any())

    def without_moves(self) -> "Choices":
        """Return the same choice with every camera where it is."""
        o = self.offers
        return replace(self, offers=replace(o, price=np.where(o.stand >= 0, np.inf, o.price)))

    @property
    def azimuth_steps(self) -> int:
        """Number of headings tried."""
        return self.offers.headings.shape[2]

    @cached_property
    def length(self) -> Density:
        """The density 1, whose weight is length."""
        s = self.scene.segments
        return Density(np.arange(len(s) + 1), np.append(s.start, s.end[-1:]))

    @cached_property
    def harm(self) -> FloatArray:
        """What is taken off the length each view adds, shape (s, m, steps), or (0, 0, 0) where nothing is [m].

        It counts from what is free at the place: a view that sees less of homes has a harm below 0.
        """
        return self.homes.harm if self.homes is not None and self.homes.weight > 0 else NO_HARM

    @cached_property
    def relief(self) -> FloatArray:
        """The most that a view of each offer is worth if it adds no length, shape (s, m) [m]."""
        if not len(self.harm):
            return np.zeros(self.costs.shape)
        allowed = self.offers.headings[self.kind]
        return np.maximum(-self.harm, 0.0).max(axis=2, where=allowed, initial=0.0)

    @cached_property
    def effort(self) -> IntArray:
        """What measuring each place takes: visible pieces x offers made there, shape (s,)."""
        o, pieces = self.offers, np.diff(self.pieces.ptr)
        made = o.headings.any(axis=2)
        elsewhere = np.where(made & (o.stand >= 0), pieces[o.stand], 0).sum(axis=1)
        here = (made & (o.stand < 0)).sum(axis=1)
        return np.asarray(pieces * here[self.kind] + elsewhere[self.kind], np.int64)

    @cached_property
    def _movers(self) -> dict[int, IntArray]:
        """The places with an offer that stands at a candidate mount, by mount."""
        kind, offer = np.nonzero(self.offers.stand >= 0)
        place_of = {int(q): i for i, q in enumerate(self.kind)}
        pairs = sorted({(int(self.offers.stand[q, m]), place_of[int(q)]) for q, m in zip(kind, offer, strict=True)
                        if int(q) in place_of})  # fmt: skip
        out: dict[int, list[int]] = {}
        for mount, place in pairs:
            out.setdefault(mount, []).append(place)
        return {mount: np.array(places, np.int64) for mount, places in out.items()}

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the places."""
        return shapely.STRtree(shapely.points(self.sites))

    def with_capacity(self, capacity: IntArray) -> "Choices":
        """Return the same choice with other numbers of views per place."""
        return replace(self, capacity=capacity)

    def best_gains(
        self,
        mounts: IntArray,
        covered: Stretches,
        density: Density | None = None,
        progress: Progress | None = None,
        least: float = 0.0,
    ) -> tuple[FloatArray, IntArray]:
        """Measure what the best heading of each offer would add at given places.

        Parameters
        ----------
        mounts : int64 array, shape (k,)
        covered : Stretches
            What counts no more.
        density : Density, optional
            Every metre counts with this weight, not negative; 1 by default.
        least : float
            Answers are not below this: at 0 a view whose harm is greater than what it adds is worth nothing.

        Returns
        -------
        gain : float64 array, shape (k, m)
            Newly covered length [m], weighted, less the view's harm; `least` where no view is allowed.
        step : int64 array, shape (k, m)
            Heading, in steps from the offer's first one; the first of equals.
        """
        s, p, o, weight = self.scene.segments, self.pieces, self.offers, density or self.length
        shape = (len(mounts), self.costs.shape[1])
        gain, step = np.zeros(shape), np.zeros(shape, np.int64)

        def task(i: int) -> int:
            rows = slice(i, i + CHUNK)
            gains.best_gains(
                mounts[rows], self.sites, self.kind, self.capacity, p.ptr, p.segment, p.t0, p.t1, s.xy, s.start, s.end,
                s.dark, covered.start, covered.end, weight.first, weight.mass, o.lenses.shapes, o.lens, o.turned,
                o.headings, o.stand, self.harm, least, gain[rows], step[rows],
            )  # fmt: skip
            return min(i + CHUNK, len(mounts))

        starts = range(0, len(mounts), CHUNK)
        if len(starts) < 4:
            for i in starts:
                task(i)
            return gain, step
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(task, starts):
                if progress:
                    progress(done, len(mounts))
        return gain, step

    def gains_beside(
        self, first: FloatArray, picks: Sequence[Pick], reached: Stretches, density: Density | None = None
    ) -> FloatArray:
        """Bring the gains of all places up to date once views stand; only places in their reach are measured.

        Parameters
        ----------
        first : float64 array, shape (s, m)
            The gains without these views, at the same density.
        reached : Stretches
            In view with them.
        """
        if not picks:
            return first
        rows = np.unique(np.concatenate([self.in_reach(p.mount, p.model) for p in picks]))
        gain = first.copy()
        gain[rows] = self.best_gains(rows, reached, density)[0]
        return gain

    def azimuth_of(self, mount: IntArray, model: IntArray, step: IntArray) -> FloatArray:
        """Return headings [°] from places, offers and numbers of steps, shape (n,) each."""
        return (self.offers.turned[self.kind[mount], model] + step * (360.0 / self.azimuth_steps)) % 360.0

    def harm_of(self, mount: IntArray, model: IntArray, azimuth: FloatArray) -> FloatArray:
        """Return the harm of views of any heading, one per row, shape (n,) [m]."""
        if self.homes is None or self.homes.weight == 0:
            return np.zeros(len(mount))
        return self.homes.weight * self.homes_of(mount, model, azimuth)

    def homes_of(self, mount: IntArray, model: IntArray, azimuth: FloatArray) -> FloatArray:
        """Return the home frontage in view beyond that of what is free at the place, a view per row, shape (n,) [m]."""
        if self.homes is None:
            return np.zeros(len(mount))
        at = ((azimuth - self.offers.turned[self.kind[mount], model]) % 360.0) * (self.azimuth_steps / 360.0)
        step = np.rint(at).astype(np.int64)
        metres = self.homes.metres[mount, model, step % self.azimuth_steps]
        between = np.flatnonzero(np.abs(at - step) > AT_A_STEP)
        if len(between):
            lens = self.offers.lens[self.kind[mount], model][between]
            metres[between] = self.homes.measure(lens, self.positions_of(mount, model)[between], azimuth[between])
        more: FloatArray = metres - self.homes.standing[mount]
        return more

    def stands_of(self, mount: IntArray, model: IntArray) -> IntArray:
        """Return the place where each offer stands: its own, or the mount to which it is moved, shape (n,)."""
        stand = self.offers.stand[self.kind[mount], model]
        return np.where(stand < 0, mount, stand)

    def positions_of(self, mount: IntArray, model: IntArray) -> FloatArray:
        """Return easting and northing of where each offer stands, shape (n, 2) [m]."""
        return self.sites[self.stands_of(mount, model)].reshape(-1, 2)

    def views_of(self, mount: IntArray, model: IntArray, azimuth: FloatArray) -> Views:
        """Return views, one per row; ``camera`` is the row."""
        aimed = self.offers.lenses.take(self.offers.lens[self.kind[mount], model])
        stand = self.stands_of(mount, model)
        lens = np.full(len(mount), np.nan) if self.height is None else self.height[stand]
        return replace(
            aimed, xy=self.sites[stand].reshape(-1, 2), azimuth=azimuth, camera=np.arange(len(mount)), lens=lens
        )  # fmt: skip

    def intervals_of(self, mount: IntArray, model: IntArray, azimuth: FloatArray) -> Intervals:
        """Return what views, one per row, see of the street axis; owner is the row."""
        return intervals_of(self.scene, self.pieces, self.views_of(mount, model, azimuth), self.stands_of(mount, model))

    def stretches_of(self, mount: int, model: int, azimuth: float) -> Stretches:
        """Return what one view sees of the street axis."""
        seen = self.intervals_of(np.array([mount]), np.array([model]), np.array([azimuth]))
        return union(seen.start, seen.end)

    def in_reach(self, mount: int, model: int) -> IntArray:
        """Return the places, in no order, whose gains can change once a view of an offer stands."""
        far = self.offers.lenses.far
        distance = max(far[self.offers.lens[self.kind[mount], model]] + far.max(), self.apart_m)
        found = self._within(self.stand_of(mount, model), distance)
        movers = [self._movers[row] for row in found.tolist() if row in self._movers] if self._movers else []
        return np.unique(np.concatenate([found, [mount], *movers])) if movers or mount not in found else found

    def hindered_by(self, mount: int, model: int) -> IntArray:
        """Return the candidate mounts where no other view may stand beside one of an offer.

        They are those nearer than allowed to where it stands; and that mount itself if a camera is moved there.
        """
        stand = self.stand_of(mount, model)
        if stand >= self.mounts:
            return np.empty(0, np.int64)
        own = np.array([stand] if stand != mount else [], np.int64)
        if self.apart_m <= 0:
            return own
        found = self._within(stand, self.apart_m)
        away = np.hypot(*(self.sites[found] - self.sites[stand]).T)
        return np.concatenate([own, found[(found != stand) & (found < self.mounts) & (away < self.apart_m)]])

    def stand_together(self, mount: IntArray, model: IntArray) -> bool:
        """Tell whether paid views keep their distances, and no mount of a moved camera has another view."""
        stand = self.stands_of(mount, model)
        times = np.bincount(stand, minlength=len(self.sites))
        for place, offer, own in zip(mount.tolist(), model.tolist(), stand.tolist(), strict=True):
            near = self.hindered_by(place, offer)
            if (times[near] > (near == own)).any():
                return False
        return True

    def with_room(self, room: IntArray, rows: IntArray | slice) -> BoolArray:
        """Tell which offers at some places have a place to stand, shape (k, m).

        Parameters
        ----------
        room : int64 array, shape (s,)
            Views that each place still has room for, 0 where it is hindered.
        """
        stand = self.offers.stand[self.kind[rows]]
        empty = (room > 0) & (room == self.capacity)
        return np.asarray((room[rows] > 0)[:, None] & ((stand < 0) | empty[stand]))

    def stand_of(self, mount: int, model: int) -> int:
        """Return the place where one offer stands, as :meth:`stands_of` does of many."""
        stand = int(self.offers.stand[self.kind[mount], model])
        return mount if stand < 0 else stand

    def _within(self, mount: int, distance: float) -> IntArray:
        found: IntArray = self.tree.query(shapely.Point(self.sites[mount]), predicate="dwithin", distance=distance)
        return found
