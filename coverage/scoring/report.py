"""The score: how much street the cameras see. Table, map, JSON and planner all take their numbers from here."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from camgap.coverage.cameras import Views
from camgap.coverage.intervals import Depth, Intervals, Stretches, depth, union, union_by_owner
from camgap.coverage.scoring.bands import Bands
from camgap.coverage.scoring.gaps import Gaps, edge_weights, find_gaps
from camgap.coverage.scoring.quality import Quality
from camgap.coverage.settings import ScoreSettings
from camgap.coverage.sight.scene import Scene
from camgap.coverage.sight.views import Progress, seen_by
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Districts:
    """Named parts of the study area as stretches of the street axis.

    Parameters
    ----------
    names : tuple of str
    intervals : Intervals
        Owner is the district; one district's intervals do not overlap each other, districts may.
    """

    names: tuple[str, ...]
    intervals: Intervals


@dataclass(frozen=True)
class Report:
    """What a set of views sees of a network.

    Parameters
    ----------
    length_m, covered_m : float
        Street length of the study area, and of it seen by at least one camera [m].
    seen : Stretches
        Everything in view.
    depth : Depth
        Overlap, by camera (two views of one camera count once).
    weighted_share : float
        As :attr:`share`, every metre weighted by its street class.
    by_class, by_street, by_district : DataFrame
        Columns ``name`` (of the group), ``length_m``, ``covered_m``, ``share``; by_street has ``highway`` as well.
    cameras : DataFrame
        One row per camera: ``seen_m``, ``only_m`` (seen by no other), ``hidden_m`` (cut off by buildings).
    covered_ignoring_buildings_m : float
        What would be in view were there no buildings: a comparison, never a score.
    gaps : Gaps
    by_camera : Intervals
        What each camera sees; one camera's intervals do not overlap each other.
    quality : Quality or None
        Levels, light and movement, where heads are known and not views alone.
    bands : Bands or None
        How sure the covered length is; None without heads, or without draws.
    """

    length_m: float
    covered_m: float
    seen: Stretches
    depth: Depth
    weighted_share: float
    by_class: pd.DataFrame
    by_street: pd.DataFrame
    by_district: pd.DataFrame
    cameras: pd.DataFrame
    covered_ignoring_buildings_m: float
    gaps: Gaps
    by_camera: Intervals
    quality: Quality | None = None
    bands: Bands | None = None

    @property
    def share(self) -> float:
        """Covered share of the street length, 0 to 1; 0 for a network without length."""
        return self.covered_m / self.length_m if self.length_m else 0.0

    @property
    def share_ignoring_buildings(self) -> float:
        """Share in view were there no buildings."""
        return self.covered_ignoring_buildings_m / self.length_m if self.length_m else 0.0

    @property
    def depth_m(self) -> dict[str, float]:
        """Length seen by exactly one camera, exactly two, and three or more [m]."""
        metres = np.bincount(np.minimum(self.depth.depth, 3), self.depth.end - self.depth.start, minlength=4)
        return {"1": float(metres[1]), "2": float(metres[2]), "3+": float(metres[3])}


def score(
    network: StreetNetwork,
    scene: Scene,
    views: Views,
    n_cameras: int,
    settings: ScoreSettings,
    districts: Districts | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure what views see of a network.

    Parameters
    ----------
    views : Views
        ``views.camera`` counts from 0 to `n_cameras` - 1.
    progress : callable, optional
        Called with mounts done and mounts in all, for the look with buildings.
    """
    by_camera = union_by_owner(seen_by(scene, views, progress).owned_by(views.camera))
    open_field = union_by_owner(seen_by(scene.without_walls(), views).owned_by(views.camera))
    seen, overlap = union(by_camera.start, by_camera.end), depth(by_camera)
    covered = seen.length_within(network.offset[:-1], network.offset[1:])
    weights = edge_weights(network, settings.class_weights)
    weighted = float((network.edge_length * weights).sum())
    edges = network.edges.assign(length_m=network.edge_length, covered_m=covered)
    return Report(
        length_m=network.length,
        covered_m=seen.length,
        seen=seen,
        depth=overlap,
        weighted_share=float((covered * weights).sum()) / weighted if weighted else 0.0,
        by_class=_grouped(edges, "highway"),
        by_street=_by_street(edges),
        by_district=_by_district(districts, seen),
        cameras=_per_camera(by_camera, open_field, overlap, n_cameras),
        covered_ignoring_buildings_m=union(open_field.start, open_field.end).length,
        gaps=find_gaps(network, seen, weights, settings.min_gap_m),
        by_camera=by_camera,
    )


def _grouped(edges: pd.DataFrame, key: str) -> pd.DataFrame:
    table = edges.groupby(key, sort=True)[["length_m", "covered_m"]].sum().rename_axis("name").reset_index()
    table["share"] = np.where(
        table["length_m"] > 0, table["covered_m"] / table["length_m"].where(table["length_m"] > 0, 1), 0.0
    )
    return table.sort_values(["length_m", "name"], ascending=[False, True], ignore_index=True)


def _by_street(edges: pd.DataFrame) -> pd.DataFrame:
    named = edges[edges["name"] != ""]
    longest = named.sort_values("length_m", ascending=False, kind="stable").drop_duplicates("name")
    return _grouped(named, "name").merge(longest[["name", "highway"]], on="name", how="left")


def _by_district(districts: Districts | None, seen: Stretches) -> pd.DataFrame:
    if districts is None:
        return pd.DataFrame({"name": [], "length_m": [], "covered_m": [], "share": []})
    iv, n = districts.intervals, len(districts.names)
    length = np.bincount(iv.owner, iv.end - iv.start, minlength=n)
    covered = np.bincount(iv.owner, seen.length_within(iv.start, iv.end), minlength=n)
    share = np.divide(covered, length, out=np.zeros(n), where=length > 0)
    return pd.DataFrame({"name": districts.names, "length_m": length, "covered_m": covered, "share": share})


def _per_camera(by_camera: Intervals, open_field: Intervals, overlap: Depth, n: int) -> pd.DataFrame:
    seen = np.bincount(by_camera.owner, by_camera.end - by_camera.start, minlength=n)
    alone = overlap.depth == 1
    only = np.bincount(overlap.sole[alone], (overlap.end - overlap.start)[alone], minlength=n)
    in_open = np.bincount(open_field.owner, open_field.end - open_field.start, minlength=n)
    return pd.DataFrame({"seen_m": seen, "only_m": only, "hidden_m": np.maximum(in_open - seen, 0.0)})
