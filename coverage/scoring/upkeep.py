"""Upkeep: what is covered when cameras fail - as designed, as can be expected, and as is known to work today.

Cameras fail independently, those of one pole together where the settings say so; see
:mod:`camgap.coverage.scoring.expected`. A probability never changes the geometry: designed coverage stays what it is.
"""

import difflib
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.errors import SettingsError
from camgap.coverage.intervals import Intervals, depth, union, union_by_owner
from camgap.coverage.scoring.expected import CoveredProbability, Feeds, covered_probability, expected_losses
from camgap.coverage.settings import UpkeepSettings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Condition:
    """How likely each camera works, and what it hangs on.

    Parameters
    ----------
    p : float64 array, shape (c,)
        Probability of working, given that its pole has power.
    known : bool array, shape (c,)
        Said to work, and nothing against it.
    pole : int64 array, shape (c,)
        Number of its pole, counted in the order of the cameras.
    pole_power : float
        Probability that a pole has power.
    """

    p: FloatArray
    known: npt.NDArray[np.bool_]
    pole: IntArray
    pole_power: float = 1.0

    @property
    def feeds(self) -> Feeds:
        """The poles, as what cameras hang on together."""
        return Feeds(self.pole, np.full(int(self.pole.max(initial=-1)) + 1, self.pole_power))


@dataclass(frozen=True)
class Upkeep:
    """Covered length under failures.

    Parameters
    ----------
    designed_m : float
        Were every camera working [m].
    expected_m : float
        The mean over all states of the cameras, ``∫ 1 - Π(1 - p_i)`` [m].
    known_m : float
        By cameras known to work alone [m].
    one_camera_m, one_pole_m : float
        Of `designed_m`, what a single camera, or the cameras of a single pole, alone see [m].
    cameras : DataFrame
        One row per camera: ``p`` (probability of working, its pole's power included), ``pole``, ``only_m`` (designed
        length lost if it fails), ``expected_loss_m`` (expected length lost once it is down).
    poles : DataFrame
        One row per pole: ``cameras``, ``only_m``, ``expected_loss_m``.
    probability : CoveredProbability
        P(covered) along the street axis.
    """

    designed_m: float
    expected_m: float
    known_m: float
    one_camera_m: float
    one_pole_m: float
    cameras: pd.DataFrame
    poles: pd.DataFrame
    probability: CoveredProbability


def condition_of(cameras: pd.DataFrame, settings: UpkeepSettings) -> Condition:
    """Tell how likely cameras work, by the rules of the settings.

    Parameters
    ----------
    cameras : DataFrame
        Columns ``id``, ``status``, ``x``, ``y`` [m] of an :class:`~camgap.coverage.cameras.Inventory`; where they
        exist also ``inspection`` (good, poor, failed), ``p_working`` (0 to 1, NaN if not said) and ``pole`` (a name,
        "" if not said).

    Raises
    ------
    SettingsError
        If a rule is missing, or a camera of the settings is not in the table.
    """
    ids = set(cameras["id"])
    for name in settings.cameras:
        if name not in ids:
            close = difflib.get_close_matches(name, ids, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "camgap check lists the ids in use"
            raise SettingsError(f"upkeep.cameras: there is no camera {name!r}; {hint}")
    p = _chances(cameras, settings)
    status, found = _told(cameras, settings)
    known = ((status == "working") & ~found.isin(["poor", "failed"])).to_numpy(bool) & (p > 0)
    return Condition(p, known, poles_of(cameras, settings.pole_m), settings.pole_power)


def working_chances(cameras: pd.DataFrame, settings: UpkeepSettings) -> FloatArray:
    """Return the probability that each camera works, its pole's power included, shape (c,).

    Takes the table and follows the rules of :func:`condition_of`; cameras of the settings that are not in the table are
    left to it to refuse, for here those that do not work may be missing.
    """
    return _chances(cameras, settings) * settings.pole_power


def _chances(cameras: pd.DataFrame, settings: UpkeepSettings) -> FloatArray:
    """Return the probability that each camera works, given that its pole has power."""
    _refuse_missing_rules(settings)
    online, usable = cast("dict[str, float]", settings.online), cast("dict[str, float]", settings.usable)
    told = zip(*_told(cameras, settings), strict=True)
    p = np.array([online[status] * usable[found] for status, found in told], dtype=np.float64)
    if "p_working" in cameras:
        own = cameras["p_working"].to_numpy(np.float64)
        p = np.where(np.isnan(own), p, own)
    own_rule = [settings.cameras.get(name, np.nan) for name in cameras["id"]]
    return np.where(np.isnan(own_rule), p, own_rule)


def _told(cameras: pd.DataFrame, settings: UpkeepSettings) -> tuple["pd.Series[str]", "pd.Series[str]"]:
    """Return status and inspection result of each camera, in the words of the rules."""
    status, found = cameras["status"], _texts(cameras, "inspection")
    return status.where(status.isin(settings.online), "unknown"), found.where(found.isin(settings.usable), "unknown")


def _refuse_missing_rules(settings: UpkeepSettings) -> None:
    for name, rules, wanted in (
        ("online", settings.online, ("working", "not_working", "unknown")),
        ("usable", settings.usable, ("good", "poor", "failed", "unknown")),
    ):
        missing = [word for word in wanted if word not in rules]
        if missing:
            raise SettingsError(f"upkeep.{name}: there is no probability for {missing[0]!r}; add {missing[0]} = 0.9")


def _texts(cameras: pd.DataFrame, column: str) -> pd.Series:
    if column not in cameras:
        return pd.Series("", index=cameras.index, dtype=object)
    return cameras[column].fillna("").astype(str)


def poles_of(cameras: pd.DataFrame, within: float) -> IntArray:
    """Return the number of each camera's pole: one per name, else one per cluster of cameras at most `within` m apart.

    Cameras that name different poles are never joined; one that names none joins whatever is near.
    """
    n = len(cameras)
    parent = np.arange(n)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    name = _texts(cameras, "pole").to_numpy(object)
    points = shapely.points(cameras[["x", "y"]].to_numpy(np.float64))
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=within)
    near = (one < other) & ((name[one] == "") | (name[other] == ""))
    first: dict[str, int] = {}
    pairs = [(first.setdefault(text, i), i) for i, text in enumerate(name) if text]
    named = {i: name[i] for i in range(n)}
    for a, b in [*pairs, *sorted(zip(one[near].tolist(), other[near].tolist(), strict=True))]:
        a, b = root(a), root(b)
        low, high = min(a, b), max(a, b)
        if named[low] and named[high] and named[low] != named[high]:
            continue
        named[low] = named[low] or named[high]
        parent[high] = low
    return np.unique([root(i) for i in range(n)], return_inverse=True)[1].astype(np.int64)


def upkeep(seen: Intervals, condition: Condition) -> Upkeep:
    """Measure covered length under failures.

    Parameters
    ----------
    seen : Intervals
        What cameras see; owner is a row of `condition`. Several views of one camera count once.
    """
    n = len(condition.p)
    by_camera = union_by_owner(seen)
    by_pole = union_by_owner(by_camera.owned_by(condition.pole))
    known = condition.known[by_camera.owner]
    probability = covered_probability(by_camera, condition.p, feeds=condition.feeds)
    loss, pole_loss = expected_losses(by_camera, condition.p, feeds=condition.feeds)
    n_poles = len(pole_loss)
    only, pole_only = _alone(by_camera, n), _alone(by_pole, n_poles)
    return Upkeep(
        designed_m=union(by_camera.start, by_camera.end).length,
        expected_m=probability.expected_length,
        known_m=union(by_camera.start[known], by_camera.end[known]).length,
        one_camera_m=float(only.sum()),
        one_pole_m=float(pole_only.sum()),
        cameras=pd.DataFrame(
            {"p": condition.p * condition.pole_power, "pole": condition.pole, "only_m": only, "expected_loss_m": loss}
        ),
        poles=pd.DataFrame(
            {"cameras": np.bincount(condition.pole, minlength=n_poles), "only_m": pole_only,
             "expected_loss_m": pole_loss}
        ),
        probability=probability,
    )  # fmt: skip


def _alone(by_owner: Intervals, n: int) -> FloatArray:
    """Return the length each owner alone sees, shape (n,) [m]."""
    overlap = depth(by_owner)
    one = overlap.depth == 1
    return np.bincount(overlap.sole[one], (overlap.end - overlap.start)[one], minlength=n).astype(np.float64)
