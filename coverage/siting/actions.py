"""What money can do: put up a camera, or turn, mend, light, replace or move one that stands - in one covering problem.

At a camera that works, leaving it as it is costs nothing and is one offer among others; whoever turns or moves it gives
up what it saw. So nothing is counted twice, and a re-aimed camera is worth exactly the difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import field as default

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Intervals
from camgap.coverage.settings import CameraModel, PlanSettings
from camgap.coverage.sight.clip import WIDTH
from camgap.coverage.sight.polygon import view_polygons
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Progress, look
from camgap.coverage.siting.choices import Choices, Offers, Pick
from camgap.coverage.siting.intrusion import Homes, HomesInView
from camgap.coverage.siting.mounts import Mounts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MARGIN = 0.3  # [m] kept from a zone that no view may touch: outlines are polygons, a chord lies inside its arc
AS_IS, TURNED, LIT, MODELS = 0, 1, 2, 3  # offers at an existing camera: its view, turned, with light, then every model
# and after the models: the camera itself at each candidate mount near by


@dataclass(frozen=True)
class Standing:
    """Cameras that stand already and may be turned, mended or replaced; each has one view.

    Parameters
    ----------
    ids, names : tuple of str
    camera : int64 array, shape (c,)
        Row among the cameras whose views count today; -1 where the camera does not work.
    views : Views
        What each sees, or would see if it worked; ``camera`` is the row here.
    lit : float64 array, shape (c,)
        How far each would see on a dark street with a light of its own [m]; `views.dark` if that changes nothing.
    """

    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    camera: IntArray = default(default_factory=lambda: np.empty(0, np.int64))
    views: Views = default(default_factory=Views.none)
    lit: FloatArray = None  # type: ignore[assignment]  # filled in below

    def __post_init__(self) -> None:
        if self.lit is None:
            object.__setattr__(self, "lit", self.views.dark)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: BoolArray) -> "Standing":
        """Return the cameras of a mask."""
        keep = np.flatnonzero(rows)
        views = self.views.take(keep)
        return Standing(
            tuple(self.ids[i] for i in keep), tuple(self.names[i] for i in keep), self.camera[keep],
            replace(views, camera=np.arange(len(keep))), self.lit[keep],
        )  # fmt: skip

    def join(self, other: "Standing") -> "Standing":
        """Return both."""
        return Standing(
            self.ids + other.ids, self.names + other.names, np.concatenate([self.camera, other.camera]),
            self.views.join(other.views, len(self)), np.concatenate([self.lit, other.lit]),
        )  # fmt: skip

    @property
    def works(self) -> BoolArray:
        """Which of them are in use today, shape (c,)."""
        return self.camera >= 0


@dataclass(frozen=True)
class Problem:
    """The covering problem of a plan, and what its rows and columns mean.

    Parameters
    ----------
    choices : Choices
        First the candidate mounts, then the standing cameras.
    mounts : Mounts
    standing : Standing
    models : tuple of CameraModel
        Those that can be chosen.
    """

    choices: Choices
    mounts: Mounts
    standing: Standing
    models: tuple[CameraModel, ...]

    def action(self, pick: Pick) -> str:
        """Name what a pick does: new, repair, reaim, light, upgrade or relocate."""
        if pick.mount < len(self.mounts):
            return "new"
        if pick.model >= MODELS + len(self.models):
            return "relocate"
        if pick.model >= MODELS:
            return "upgrade"
        if pick.model == LIT:
            return "light"
        return "reaim" if self.standing.works[pick.mount - len(self.mounts)] else "repair"

    def model(self, pick: Pick) -> str:
        """Name the model a pick puts up; "" where the camera stays the same."""
        if pick.mount < len(self.mounts):
            return self.models[pick.model].id
        return self.models[pick.model - MODELS].id if self.action(pick) == "upgrade" else ""

    def camera(self, pick: Pick) -> int:
        """Return the row of the standing camera a pick acts on, -1 for a new one."""
        return max(pick.mount - len(self.mounts), -1)

    def azimuth_before(self, pick: Pick) -> float | None:
        """Return the heading today of the standing camera a pick acts on [°], None for a new one."""
        row = self.camera(pick)
        return None if row < 0 else float(self.standing.views.azimuth[row])

    def place(self, pick: Pick) -> str:
        """Return the id of the mount or of the standing camera."""
        row = self.camera(pick)
        return self.mounts.ids[pick.mount] if row < 0 else self.standing.ids[row]

    def kind(self, pick: Pick) -> str:
        """Name the kind of mount a pick stands at, or camera."""
        stand = self.choices.stand_of(pick.mount, pick.model)
        return self.mounts.kinds[stand] if stand < len(self.mounts) else "camera"

    def to(self, pick: Pick) -> str:
        """Return the id of the mount that a camera is moved to; "" where none is moved."""
        if self.action(pick) != "relocate":
            return ""
        return self.mounts.ids[self.choices.stand_of(pick.mount, pick.model)]

    def before(self, picks: Iterable[Pick]) -> Intervals:
        """Return what the cameras that picks act on see today; owner is the pick."""
        found = [(i, self.camera(p)) for i, p in enumerate(picks)]
        rows = [(i, c) for i, c in found if c >= 0 and self.standing.works[c]]
        if not rows:
            return Intervals.none()
        owner, camera = np.array(rows, dtype=np.int64).T
        place = camera + len(self.mounts)
        seen = self.choices.intervals_of(place, np.full(len(place), AS_IS), self.standing.views.azimuth[camera])
        return seen.owned_by(owner)


def problem_of(
    scene: Scene,
    mounts: Mounts,
    models: tuple[CameraModel, ...],
    lenses: Views,
    standing: Standing,
    settings: PlanSettings,
    distance: FloatArray | None = None,
    no_view: shapely.Geometry | None = None,
    progress: Progress | None = None,
) -> Problem:
    """State the covering problem of a plan.

    Parameters
    ----------
    mounts : Mounts
        Candidates; none where no new camera is wanted.
    models : tuple of CameraModel; lenses : Views
        What can be bought, and what each sees.
    standing : Standing
        Cameras that may be acted upon, as far as ``settings.use_actions`` says.
    distance : float64 array, shape (s,), optional
        From each mount to power and link [m], for ``settings.actions.lead_per_m``.
    no_view : shapely geometry, optional
        Headings whose view would touch it are not offered; what stands is left alone.
    """
    sites = np.vstack([mounts.xy.reshape(-1, 2), standing.views.xy])
    every = lenses.join(standing.views, 0).join(replace(standing.views, dark=standing.lit), 0)
    lens = np.concatenate([np.full(len(mounts), np.nan), standing.views.lens])
    lead = np.zeros(len(mounts)) if distance is None else settings.actions.lead_per_m * distance
    moves = _moves(mounts, standing, settings)
    offers = _with_moves(_offers(models, every, len(lenses), standing, settings), moves, standing, lead, settings)
    reach = np.full(len(sites), lenses.far.max(initial=0.0))
    for row, near in enumerate(moves):
        reach[near] = np.maximum(reach[near], standing.views.far[row])
    own = standing.views.far
    replaced = (
        np.isfinite(offers.price[1:, MODELS : MODELS + len(models)]).any(axis=1) if len(standing) else np.empty(0, bool)
    )
    reach[len(mounts) :] = np.where(replaced, np.maximum(own, lenses.far.max(initial=0.0)), own)
    extra = np.concatenate([lead, np.zeros(len(standing))])
    kind = np.concatenate([np.zeros(len(mounts), np.int64), 1 + np.arange(len(standing))])
    capacity = np.concatenate([np.full(len(mounts), settings.per_mount), np.ones(len(standing))]).astype(np.int64)
    choices = Choices(
        scene, sites, look(scene, sites, reach, progress, lens), offers, kind, capacity, extra, settings.apart_m,
        len(mounts), lens,
    )  # fmt: skip
    if no_view is not None:
        choices = _looking_away(choices, no_view, reach)
    return Problem(choices, mounts, standing, models)


def with_homes(
    problem: Problem, homes: Homes, models: Views, standing: Views, progress: Progress | None = None
) -> Problem:
    """Return the problem with the home frontage in view of everything on offer.

    Parameters
    ----------
    models, standing : Views
        What the models and the cameras that stand see of facades, one per row
        (:func:`~camgap.coverage.siting.intrusion.facade_lenses`).
    """
    choices = problem.choices
    lenses = models.join(standing, 0).join(standing, 0)  # as in problem_of; facades are measured by day, light or not
    o = choices.offers
    at_home = o.headings & (o.stand < 0)[..., None]
    metres = homes.metres_around(choices.sites, choices.kind, lenses, o.lens, o.turned, at_home, progress)
    row, offer = np.nonzero(o.stand[choices.kind] >= 0)
    kind, place = np.unique(choices.kind[row], return_inverse=True)
    metres[row, offer] = homes.metres_around(  # a moved camera's own lens, wherever it may stand
        choices.positions_of(row, offer), place.astype(np.int64), lenses, o.lens[kind][:, [AS_IS]],
        np.zeros((len(kind), 1)), np.ones((len(kind), 1, choices.azimuth_steps), bool),
    )[:, 0]  # fmt: skip
    free = np.zeros(len(choices.sites))
    rows = np.flatnonzero(choices.has_free)
    if len(rows):
        model = (choices.costs[rows] == 0).argmax(axis=1)
        free[rows] = metres[rows, model, o.headings[choices.kind[rows], model].argmax(axis=1)]
    return replace(problem, choices=replace(choices, homes=HomesInView(homes, lenses, metres, free)))


def _offers(
    models: tuple[CameraModel, ...], lenses: Views, own: int, standing: Standing, settings: PlanSettings
) -> Offers:
    """Return the menus: row 0 at a mount, then one row for each standing camera.

    Its lens is row ``own + c``, with a lamp of its own ``own + n + c``.
    """
    use, prices, steps = settings.use_actions, settings.actions, settings.azimuth_steps
    n, m = len(standing), len(models)
    wide = MODELS + m if n else m
    price = np.full((1 + n, wide), np.inf)
    headings = np.zeros((1 + n, wide, steps), dtype=bool)
    lens, turned = np.zeros((1 + n, wide), np.int64), np.zeros((1 + n, wide))
    lens[0, :m] = np.arange(m)
    if "new" in use:
        price[0, :m] = [model.price + prices.years * model.yearly for model in models]
        headings[0, :m] = True
    if n == 0:
        return Offers(lenses, lens, turned, headings, price)
    lens[1:, :MODELS], lens[1:, MODELS:] = own + np.arange(n)[:, None], np.arange(m)
    lens[1:, LIT] += n
    turned[1:] = standing.views.azimuth[:, None]
    works, round_about = standing.works, standing.views.hfov >= 360
    price[1:, AS_IS] = np.where(works, 0.0, prices.repair if "repair" in use else np.inf)
    headings[1:, AS_IS, 0] = True
    if "reaim" in use:
        mended = np.where(works, 0.0, prices.repair if "repair" in use else np.inf)
        price[1:, TURNED] = np.where(round_about, np.inf, prices.reaim + mended)
        headings[1:, TURNED, 1:] = True
    if "light" in use:
        price[1:, LIT] = np.where(works & (standing.lit > standing.views.dark), prices.light, np.inf)
        headings[1:, LIT, 0] = True
    if "upgrade" in use:
        price[1:, MODELS:] = [prices.upgrade_share * model.price for model in models]
        headings[1:, MODELS:] = True
    return Offers(lenses, lens, turned, headings & np.isfinite(price)[..., None], price)


def _moves(mounts: Mounts, standing: Standing, settings: PlanSettings) -> list[IntArray]:
    """Return the candidate mounts each camera can be moved to, none where moving is not wanted."""
    if "relocate" not in settings.use_actions or len(mounts) == 0 or len(standing) == 0:
        return [np.empty(0, np.int64)] * len(standing)
    tree = shapely.STRtree(shapely.points(mounts.xy))
    found = tree.query(
        shapely.points(standing.views.xy), predicate="dwithin", distance=settings.actions.relocate_within_m
    )
    order = np.lexsort((found[1], found[0]))
    camera, mount = found[:, order]
    mendable = standing.works | ("repair" in settings.use_actions)
    camera, mount = camera[mendable[camera]], mount[mendable[camera]]
    return np.split(mount.astype(np.int64), np.cumsum(np.bincount(camera, minlength=len(standing)))[:-1])


def _with_moves(
    offers: Offers, moves: list[IntArray], standing: Standing, lead: FloatArray, settings: PlanSettings
) -> Offers:
    """Add the offers of each camera itself at other mounts, whichever way it looks there."""
    most = max((len(near) for near in moves), default=0)
    if most == 0:
        return offers
    kinds, before, steps = offers.headings.shape
    prices, wide = settings.actions, before + most
    lens, turned = np.zeros((kinds, wide), np.int64), np.zeros((kinds, wide))
    price, stand = np.full((kinds, wide), np.inf), np.full((kinds, wide), -1)
    headings = np.zeros((kinds, wide, steps), bool)
    lens[:, :before], turned[:, :before] = offers.lens, offers.turned
    price[:, :before], headings[:, :before] = offers.price, offers.headings
    for row, near in enumerate(moves):
        here = slice(before, before + len(near))
        mended = 0.0 if standing.works[row] else prices.repair
        lens[1 + row, here], stand[1 + row, here] = offers.lens[1 + row, AS_IS], near
        price[1 + row, here] = prices.relocate + mended + lead[near]
        headings[1 + row, here, : 1 if standing.views.hfov[row] >= 360 else steps] = True
    return Offers(offers.lenses, lens, turned, headings, price, stand)


def _looking_away(choices: Choices, zone: shapely.Geometry, reach: FloatArray) -> Choices:
    """Take out the headings whose view touches a zone, wherever something that costs money is on offer."""
    zone = shapely.buffer(zone, MARGIN)
    shapely.prepare(zone)
    near = np.flatnonzero(shapely.dwithin(shapely.points(choices.sites), zone, reach))
    o, steps = choices.offers, choices.azimuth_steps
    headings: list[tuple[int, BoolArray]] = []
    kinds = choices.kind.copy()
    inside = {
        row: shapely.intersection(part, zone)
        for row, part in zip(near.tolist(), view_polygons(choices.scene, _all_round(choices, near, reach)), strict=True)
    }
    movable = np.flatnonzero((o.stand[choices.kind] >= 0).any(axis=1))
    for row in np.union1d(near, movable).tolist():
        q = choices.kind[row]
        allowed = o.headings[q].copy()
        for stand in {row, *o.stand[q][o.stand[q] >= 0].tolist()} & inside.keys():
            there = o.stand[q] == (-1 if stand == row else stand)
            offer, step = np.nonzero(allowed & (there & (o.price[q] > 0))[:, None])
            touched = shapely.intersects(_outlines(choices, row, offer, step), inside[stand])
            allowed[offer[touched], step[touched]] = False
        if (allowed != o.headings[q]).any():
            kinds[row] = len(o.price) + len(headings)
            headings.append((q, allowed))
    if not headings:
        return choices
    rows = np.concatenate([np.arange(len(o.price)), [q for q, _ in headings]])
    mask = np.concatenate(
        [o.headings, np.array([allowed for _, allowed in headings]).reshape(-1, *o.lens.shape[1:], steps)]
    )
    more = Offers(o.lenses, o.lens[rows], o.turned[rows], mask, o.price[rows], o.stand[rows])
    return replace(choices, offers=more, kind=kinds)


def _all_round(choices: Choices, rows: IntArray, reach: FloatArray) -> Views:
    n = len(rows)
    return Views(choices.sites[rows], np.zeros(n), np.full(n, 360.0), np.zeros(n), reach[rows], np.arange(n))


def _outlines(choices: Choices, row: int, offer: IntArray, step: IntArray) -> npt.NDArray[np.object_]:
    """Return sectors that hold the views at one place, as if nothing stood in their way."""
    place = np.full(len(offer), row)
    views = choices.views_of(place, offer, choices.azimuth_of(place, offer, step))
    sectors = Views(
        views.xy, views.azimuth, views.shapes[:, WIDTH], np.zeros(len(views)), views.far, views.camera
    )  # fmt: skip
    return view_polygons(choices.scene.without_walls(), sectors)
