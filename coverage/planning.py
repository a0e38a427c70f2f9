"""Planning for a study: what may be done, what is asked of a plan, and what becomes of the cameras."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.cameras import Views
from camgap.coverage.errors import SettingsError
from camgap.coverage.heads import Heads, Inventory, heads_of
from camgap.coverage.polygons import project
from camgap.coverage.projection import to_plane
from camgap.coverage.scoring.bands import Bands, seen_in_draws, worst_mean
from camgap.coverage.scoring.privacy import RANGE_PX_PER_M
from camgap.coverage.scoring.quality import Looked
from camgap.coverage.scoring.steps import Lives, Steps, measure_steps
from camgap.coverage.scoring.upkeep import Upkeep, condition_of
from camgap.coverage.siting.actions import Standing
from camgap.coverage.siting.clock import Clock
from camgap.coverage.siting.demands import Demands, HomeDemand
from camgap.coverage.siting.floors import floors_of
from camgap.coverage.siting.greedy import Stages
from camgap.coverage.siting.intrusion import Homes, facade_lenses
from camgap.coverage.siting.mounts import Ground, Mounts, given_mounts, street_mounts
from camgap.coverage.siting.objectives import Objective
from camgap.coverage.siting.outcome import Alternative, Plan
from camgap.coverage.siting.phases import Phase
from camgap.coverage.siting.plan import make_plan
from camgap.coverage.siting.robust import Draws
from camgap.coverage.study import Study, counted_views, judged, sampler_of, upkeep_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

OSM_POLES = {"street_lamp": "L", "traffic_signals": "T", "pole": "P", "utility_pole": "P", "mast": "P"}


def steps_of(study: Study, plan: Plan, today: Bands | None, progress: Stages | None = None) -> Steps:
    """Return quality levels and certainty at every step of a plan; `today` are the bands of the existing cameras."""
    if progress:
        progress("measure every step", 0, 0)
    heads, lives = study.inventory.heads, Lives.of(len(study.inventory), plan.acted)
    looked = Looked.around(study.scene, heads.join(planned_heads(study, plan)), study.settings.quality)
    ends_some = bool((plan.acted >= 0).any())
    sampler = sampler_of(study, heads) if today and ends_some else None
    return measure_steps(looked, study.network, lives, today, sampler)


def planned_heads(study: Study, plan: Plan | Alternative) -> Heads:
    """Return the heads that a plan puts up, turns, mends or lights; their cameras count on from those that stand."""
    models = study.settings.plan.models
    row = {model.id: i for i, model in enumerate(models)}
    own = actionable(study)[1] if (plan.on >= 0).any() else study.inventory.heads
    both = heads_of(models).join(own)
    both = both.join(_with_light(own, study))
    rows = [
        row[site.model] if site.model else len(models) + camera + (len(own) if site.action == "light" else 0)
        for site, camera in zip(plan.sites, plan.on.tolist(), strict=True)
    ]
    heads = both.take(np.array(rows, np.int64))
    moved = np.array([site.action == "relocate" for site in plan.sites], bool)
    heads = replace(heads, lens=np.where(moved, np.nan, heads.lens))  # how high it will hang is an assumption
    camera = len(study.inventory) + np.arange(len(heads))
    return replace(heads, xy=plan.views.xy, azimuth=plan.views.azimuth, camera=camera)


def _with_light(heads: Heads, study: Study) -> Heads:
    """Return heads that have been given a light of their own, as the prices of a plan have it."""
    return replace(heads, light_m=np.maximum(heads.light_m, study.settings.plan.actions.light_m))


def heads_after(study: Study, plan: Plan | Alternative) -> Heads:
    """Return all heads once a plan is carried out; those it turns or replaces stand in their new state only."""
    old = study.inventory.heads
    return old.take(~np.isin(old.camera, plan.acted[plan.acted >= 0])).join(planned_heads(study, plan))


def upkeep_after(study: Study, plan: Plan) -> Upkeep | None:
    """Return covered length under failures once a plan is carried out, None without rules for it.

    What is new, mended or replaced counts as any camera that is said to work; a camera that is turned, moved or given
    light fails as it did before.
    """
    rules = study.settings.upkeep
    if rules is None:
        return None
    designed, was = study.designed, _rows_acted_upon(study, plan)
    stays = ~np.isin(np.arange(len(designed)), was)
    heads, new = designed.heads.take(stays[designed.heads.camera]), planned_heads(study, plan)
    heads = replace(heads, camera=(np.cumsum(stays) - 1)[heads.camera])
    new = replace(new, camera=int(stays.sum()) + np.arange(len(new)))

    action = np.array([site.action for site in plan.sites], object)
    as_new, elsewhere = np.isin(action, ("new", "repair", "upgrade")), np.isin(action, ("new", "relocate"))
    table = designed.cameras.reindex(was)
    table = table.assign(
        id=[site.mount for site in plan.sites], x=plan.views.xy[:, 0], y=plan.views.xy[:, 1],
        status=np.where(as_new, "working", table["status"]), inspection=np.where(as_new, "", table["inspection"]),
        p_working=np.where(as_new, np.nan, table["p_working"]), pole=np.where(elsewhere, "", table["pole"]),
    )  # fmt: skip
    cameras = pd.concat([designed.cameras[stays], table], ignore_index=True)
    told = set(cameras["id"]) - set(table["id"][as_new])
    own = {name: p for name, p in rules.cameras.items() if name in told}
    return upkeep_of(study, cameras, heads.join(new), rules.model_copy(update={"cameras": own}))


def _rows_acted_upon(study: Study, plan: Plan) -> IntArray:
    """Return the row of ``study.designed`` of the camera each site acts upon, -1 for none."""
    designed = study.designed.cameras
    rows = np.full(len(plan.sites), -1)
    acts = plan.acted >= 0
    standing = study.inventory.cameras.iloc[plan.acted[acts]]
    rows[acts] = _where_read(designed).get_indexer(_where_read(standing))
    broken = {name: i for i, name in designed["id"][designed["status"] == "not_working"].items()}
    for i, site in enumerate(plan.sites):
        if site.action == "repair":  # such a camera is not among those whose views count
            rows[i] = broken.get(site.mount, -1)
    return rows


def _where_read(cameras: pd.DataFrame) -> pd.MultiIndex:
    """Return what tells cameras apart whichever of them are used: list and row; of nodes, which have no row, the id."""
    return pd.MultiIndex.from_arrays([cameras["source"], cameras["row"], cameras["id"].where(cameras["row"] == 0, "")])


def actionable(study: Study) -> tuple[Standing, Heads]:
    """Return the cameras that may be turned, mended, given light or replaced, and the head of each.

    They are those with one view that does not move: several lenses share a housing, and a moving head turns anyway.
    Cameras that do not work are placed like the others, and only where repairing is among the actions.
    """
    wanted = set(study.settings.plan.use_actions)
    standing, heads = _with_one_view(study, study.inventory, np.arange(len(study.inventory)))
    if not wanted & {"reaim", "light", "upgrade", "relocate"}:
        standing, heads = standing.take(np.zeros(len(standing), bool)), heads.take(np.zeros(len(standing), bool))
    if "repair" in wanted and study.broken:
        more, more_heads = _with_one_view(study, study.broken, np.full(len(study.broken), -1))
        standing, heads = standing.join(more), heads.join(more_heads)
    left_alone = np.isin(np.array(standing.ids, dtype=object), study.settings.plan.forbid)
    return standing.take(~left_alone), heads.take(~left_alone)


def _with_one_view(study: Study, inventory: Inventory, number: IntArray) -> tuple[Standing, Heads]:
    """Return the cameras with one view and one head that stays where it is, and these heads."""
    views, heads = counted_views(inventory.heads, study.settings.quality), inventory.heads
    n = len(inventory)
    looks, has = np.bincount(views.camera, minlength=n), np.bincount(heads.camera, minlength=n)
    moves = np.bincount(heads.camera, heads.sometimes, minlength=n) > 0
    usable = (looks == 1) & (has == 1) & ~moves & (inventory.cameras["kind"] != "panning").to_numpy(bool)
    seen = views.take(usable[views.camera])
    rows = seen.camera
    head_at = np.full(n, -1)
    head_at[heads.camera] = np.arange(len(heads))
    own = heads.take(head_at[rows])
    lit = counted_views(_with_light(own, study), study.settings.quality).dark
    table = inventory.cameras.iloc[rows]
    standing = Standing(
        tuple(table["id"]), tuple(table["name"]), number[rows], replace(seen, camera=np.arange(len(seen))), lit
    )  # fmt: skip
    return standing, own


def candidate_mounts(study: Study) -> Mounts:
    """Return the places where a new camera may stand.

    They are the user's own list where one is given, else junction corners, kerb points and, if wanted, the lamps,
    signals and poles of the OSM file.
    """
    crs = study.network.crs
    forbidden = None
    if study.forbidden is not None:
        forbidden = shapely.union_all([project(polygon, crs) for polygon in study.forbidden.geometry])
    ground = Ground(study.buildings, study.area.in_plane(crs), forbidden)
    if study.own_mounts is not None:
        own = study.own_mounts
        return _placed(own, own["id"].tolist(), ["own"] * len(own), ground, study).without(study.settings.plan.forbid)
    mounts = street_mounts(study.network, ground, study.settings.plan)
    poles = study.poles
    if not study.settings.plan.use_osm_poles or poles.empty:
        return mounts.without(study.settings.plan.forbid)
    kinds = poles["kind"].tolist()
    ids = [f"{OSM_POLES[kind]}{number}" for kind, number in zip(kinds, poles["id"], strict=True)]
    return mounts.join(_placed(poles, ids, kinds, ground, study)).without(study.settings.plan.forbid)


def _placed(table: pd.DataFrame, ids: list[str], kinds: list[str], ground: Ground, study: Study) -> Mounts:
    return given_mounts(ids, kinds, to_plane(table[["lon", "lat"]].to_numpy(np.float64), study.network.crs), ground)


def plan_study(study: Study, progress: Stages | None = None, clock: Clock | None = None) -> Plan:
    """Choose what to do for the budget or number of sites in the study's settings.

    Ctrl-C ends the choosing; the best plan so far is measured all the same.

    Parameters
    ----------
    clock : Clock, optional
        With the time limit of the settings, by default.

    Raises
    ------
    SettingsError
        If neither is set, or nothing can be built.
    """
    clock = clock or Clock.of(study.settings.plan.time_limit_s)
    with clock.listening():
        return _planned(study, progress, clock)


def _planned(study: Study, progress: Stages | None, clock: Clock) -> Plan:
    s = study.settings
    mounts = candidate_mounts(study)
    plan = make_plan(
        study.network, study.scene, study.views, len(study.inventory), mounts, study.model_views,
        s.budget, s.sites, s.plan, s.score, study.district_stretches, progress, _demands(study, mounts), clock,
    )  # fmt: skip
    before = judged(study, plan.before, study.inventory.heads, progress)
    plan = replace(
        plan, before=before, after=judged(study, plan.after, heads_after(study, plan), progress),
        steps=steps_of(study, plan, before.bands, progress), upkeep=upkeep_after(study, plan),
    )  # fmt: skip
    _keep_to_the_band(study, plan)
    return plan


def _keep_to_the_band(study: Study, plan: Plan) -> None:
    """Stop where the band does not measure what a robust plan promises."""
    share, light = study.settings.plan.robust, study.settings.quality.light
    if plan.robust is None or share is None:
        return
    for bands, promise in ((plan.before.bands, plan.achieved.before), (plan.after.bands, plan.achieved.after)):
        found = worst_mean(bands.metres(light), share) if bands else np.nan
        if not abs(found - promise) <= 1.0:
            raise RuntimeError(
                f"the plan promises {promise:.3f} m in the worst draws, the band measures {found:.3f} m; "
                "this is a fault in camgap, please report it"
            )


def _homes(study: Study, standing: Heads) -> HomeDemand | None:
    """Return the homes a plan is to weigh, seen as the scorer sees them; None where they weigh nothing."""
    wanted = study.settings.plan
    if not wanted.home_weight and not wanted.frontier:
        return None

    def on_facades(heads: Heads) -> Views:
        views, rows = heads.views(RANGE_PX_PER_M, study.settings.quality)
        return facade_lenses(views, rows, len(heads))

    homes = Homes.of(study.privacy, wanted.home_unknown)
    if not len(homes.counts):
        raise SettingsError(
            "plan: no building of the study area is tagged as a home, so that a weight on homes decides nothing; "
            "leave home_weight and frontier out, or let buildings of unknown use count: [plan] home_unknown = 0.5"
        )
    return HomeDemand(homes, on_facades(heads_of(wanted.models)), on_facades(standing))


def _demands(study: Study, mounts: Mounts) -> Demands:
    """Return what the settings ask of a plan beside money and models."""
    s = study.settings
    wanted = set(s.plan.use_actions) - {"new"}
    if "light" in wanted and s.quality.light != "night":
        raise SettingsError("plan: light adds nothing to what is seen by day; say --light night, or leave light out")
    known = {
        *mounts.ids,
        *mounts.refused,
        *study.inventory.cameras["id"],
        *(i for c in study.lists for i in c.records["id"]),
    }
    unknown = [name for name in s.plan.forbid if name not in known]
    if unknown:
        raise SettingsError(
            f"plan: there is no mount or camera {unknown[0]!r} to forbid; ids are in sites.csv and cameras"
        )
    zone = None
    if study.no_view is not None:
        zone = shapely.union_all([project(polygon, study.network.crs) for polygon in study.no_view.geometry])
    standing, heads = actionable(study) if wanted else (Standing(), heads_of(()))
    return Demands(
        phases=tuple(Phase(name, money) for name, money in s.phases.items()),
        standing=standing,
        distance=_to_power(study, mounts) if s.plan.actions.lead_per_m else None,
        no_view=zone,
        refused=mounts.refused,
        homes=_homes(study, heads),
        objective=_objective(study),
        time_limit=s.plan.time_limit_s,
        target=s.plan.target,
        robust=_draws(study) if s.plan.robust is not None else None,
        floors=floors_of(study.district_stretches, s.plan.floors) if s.plan.floors else None,
    )


def _draws(study: Study) -> Draws:
    """Return what the cameras see in the draws of the band."""
    s = study.settings
    if s.plan.robust is None or s.bands.draws == 0 or len(study.inventory) == 0:
        raise SettingsError(
            "plan: robust needs draws of what is not known of the cameras; give cameras, and --draws of at least 1"
        )
    sampler = sampler_of(study, study.inventory.heads)
    return Draws(seen_in_draws(sampler, s.quality.light == "night"), s.plan.robust)


def _objective(study: Study) -> Objective:
    """Return what a plan is to make great, with all that is needed to measure it."""
    s = study.settings
    if s.plan.objective == "demand":
        return Objective("demand", weights=study.demand)
    if s.plan.objective == "mix":
        night = s.quality.model_copy(update={"light": "night"})
        wanted = set(s.plan.use_actions) - {"new"}
        dark = replace(study, settings=s.model_copy(update={"quality": night}))
        return Objective(
            "mix", day=s.plan.mix.day, night=s.plan.mix.night, existing=dark.views, lenses=dark.model_views,
            standing=actionable(dark)[0].views if wanted else None,
        )  # fmt: skip
    if s.plan.objective == "expected":
        if s.upkeep is None:
            raise SettingsError("plan: the objective 'expected' needs the rules of [upkeep]")
        if s.upkeep.pole_power < 1:
            raise SettingsError(
                "plan: the objective 'expected' takes cameras to fail one by one; set upkeep.pole_power to 1, not "
                f"{s.upkeep.pole_power:g}"
            )
        new = s.upkeep.online["working"] * s.upkeep.usable["unknown"]  # as any camera that is said to work
        return Objective("expected", p=condition_of(study.inventory.cameras, s.upkeep).p, p_new=new)
    return Objective(s.plan.objective)


def _to_power(study: Study, mounts: Mounts) -> FloatArray:
    """Return the distance from each mount to the nearest lamp, signal or pole [m]."""
    tables = [t for t in (study.poles, study.own_lamps) if t is not None and len(t)]
    if not tables:
        raise SettingsError(
            "plan: lead_per_m is given, but the OSM file has no lamp, signal or pole to measure from; "
            "give --lamps FILE or leave lead_per_m out"
        )
    xy = to_plane(np.vstack([t[["lon", "lat"]].to_numpy(np.float64) for t in tables]), study.network.crs)
    points = shapely.points(mounts.xy)
    tree = shapely.STRtree(shapely.points(xy))
    distance: FloatArray = (
        shapely.distance(points, tree.geometries[tree.nearest(points)]) if len(points) else np.empty(0)
    )
    return distance
