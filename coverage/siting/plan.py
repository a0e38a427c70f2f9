"""The plan: new cameras for a budget, what they add, and how far any other plan could be ahead."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.errors import SettingsError
from camgap.coverage.scoring.report import Districts, Report, score
from camgap.coverage.settings import CameraModel, PlanSettings, ScoreSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import look
from camgap.coverage.siting.choices import Choices
from camgap.coverage.siting.greedy import Stages, stage
from camgap.coverage.siting.mounts import Mounts
from camgap.coverage.siting.selection import Selection, choose
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]

NAME_WITHIN = 50.0  # [m] a site is called after the nearest named street, if one is this near
PROMISE = 1.0  # [m] plan and score may differ by rounding only; they agree to a micrometre in practice


@dataclass(frozen=True, slots=True)
class Site:
    """One proposed camera, in the order of its rank."""

    rank: int
    mount: str
    kind: str
    x: float  # easting [m]
    y: float  # northing [m]
    azimuth: float  # [°]
    model: str
    cost: float
    gain_m: float  # newly covered by this camera after those of lower rank [m]
    cumulative_share: float  # covered share once this and all of lower rank stand
    street: str


@dataclass(frozen=True)
class Plan:
    """New cameras, measured by the scorer.

    Parameters
    ----------
    sites : tuple of Site
    views : Views
        One view per site, ``camera`` counting from 0.
    budget : float or None; sites_limit : int or None
    mounts : Mounts
        All candidates that may be used; `seeing` of them have a street in view.
    n_views : int
        Headings x models tried, in all.
    before, after : Report
        The score without and with the new cameras.
    upper_bound_gain_m : float
        No choice among the same candidates within the same limits gains more [m].
    """

    sites: tuple[Site, ...]
    views: Views
    budget: float | None
    sites_limit: int | None
    mounts: Mounts
    seeing: int
    n_views: int
    before: Report
    after: Report
    upper_bound_gain_m: float

    @property
    def spent(self) -> float:
        """What the sites cost."""
        return float(sum(s.cost for s in self.sites))

    @property
    def gain_m(self) -> float:
        """Newly covered length, as measured by the scorer [m]."""
        return self.after.covered_m - self.before.covered_m

    @property
    def gap(self) -> float:
        """How much more than this plan the bound would still allow, as a share of the bound: 0 is proven optimal."""
        bound = self.upper_bound_gain_m
        return max(bound - self.gain_m, 0.0) / bound if bound > 0 else 0.0


def make_plan(
    network: StreetNetwork,
    scene: Scene,
    existing: Views,
    n_cameras: int,
    mounts: Mounts,
    lenses: Views,
    budget: float | None,
    sites: int | None,
    settings: PlanSettings,
    scoring: ScoreSettings,
    districts: Districts | None = None,
    progress: Stages | None = None,
) -> Plan:
    """Choose new cameras and measure them.

    Parameters
    ----------
    existing : Views
        Of the cameras that stand, `n_cameras` of them.
    lenses : Views
        What a camera of each model sees, wherever it looks; ``camera`` is the row of ``settings.models``. Models
        without a view cannot be chosen.

    Raises
    ------
    SettingsError
        If neither budget nor sites is given, or there is no model or mount to choose from.
    """
    _check(budget, sites, settings, mounts, lenses)
    before = score(network, scene, existing, n_cameras, scoring, districts)
    models = tuple(settings.models[i] for i in lenses.camera)
    pieces = look(scene, mounts.xy, np.full(len(mounts), lenses.far.max()), stage(progress, "look around"))
    choices = Choices(scene, mounts.xy, pieces, models, lenses, settings.azimuth_steps, settings.per_mount)
    selection = choose(choices, before.seen, budget, sites, progress)
    picks = selection.picks
    views = choices.views_of(
        np.array([p.mount for p in picks], np.int64), np.array([p.model for p in picks], np.int64),
        np.array([p.azimuth for p in picks], np.float64),
    )  # fmt: skip
    after = score(network, scene, existing.join(views, n_cameras), n_cameras + len(views), scoring, districts)
    measured = after.covered_m - before.covered_m
    if abs(measured - selection.gain_m) > PROMISE:
        raise RuntimeError(
            f"the plan promises {selection.gain_m:.3f} m, the score measures {measured:.3f} m; "
            "this is a fault in camgap, please report it"
        )
    seeing = int((np.diff(pieces.ptr) > 0).sum())
    per_mount = sum(1 if hfov >= 360 else settings.azimuth_steps for hfov in lenses.hfov)
    return Plan(
        _sites_of(selection, mounts, models, network, before), views, budget, sites, mounts, seeing,
        seeing * per_mount, before, after, max(selection.bound_m, measured),
    )  # fmt: skip


def _check(budget: float | None, sites: int | None, settings: PlanSettings, mounts: Mounts, lenses: Views) -> None:
    if budget is None and sites is None:
        raise SettingsError("plan: neither a budget nor a number of sites is given; say --budget MONEY or --sites N")
    if not settings.models:
        raise SettingsError("plan: there is no camera model to choose from; give [[plan.models]] in the project file")
    if len(lenses) == 0:
        raise SettingsError(
            "plan: no camera model sees the quality level asked for at the target's height; choose a lower level, "
            "models with more pixels, or mount them lower (height_m)"
        )
    if len(mounts) == 0:
        reasons = (
            ", ".join(f"{n} {reason}" for reason, n in mounts.set_aside.items())
            or "the network has no junction or kerb"
        )
        raise SettingsError(f"plan: no candidate mount is left ({reasons}); widen the area or give --mounts FILE")


def _sites_of(
    selection: Selection, mounts: Mounts, models: tuple[CameraModel, ...], network: StreetNetwork, before: Report
) -> tuple[Site, ...]:
    names = street_names(network, mounts.xy[[p.mount for p in selection.picks]].reshape(-1, 2))
    covered, out = before.covered_m, []
    for rank, (pick, name) in enumerate(zip(selection.picks, names, strict=True), start=1):
        covered += pick.gain_m
        x, y = mounts.xy[pick.mount]
        out.append(
            Site(
                rank,
                mounts.ids[pick.mount],
                mounts.kinds[pick.mount],
                float(x),
                float(y),
                pick.azimuth,
                models[pick.model].id,
                pick.cost,
                pick.gain_m,
                covered / network.length,
                name,
            )
        )
    return tuple(out)


def street_names(network: StreetNetwork, xy: FloatArray) -> list[str]:
    """Name points, shape (n, 2): the nearest named street within 50 m, else the nearest street's class in brackets."""
    if len(xy) == 0:
        return []
    points = shapely.points(xy)
    names = network.edges["name"].to_numpy(object)
    nearest = np.atleast_1d(network.tree.nearest(points))
    out = [f"({network.edges['highway'].iloc[e]})" for e in nearest]
    named = np.flatnonzero(names != "")
    if len(named):
        tree = shapely.STRtree(network.lines[named])
        who, edge = tree.query_nearest(points, max_distance=NAME_WITHIN, all_matches=False)
        for point, e in zip(who, edge, strict=True):
            out[point] = str(names[named[e]])
    return out
