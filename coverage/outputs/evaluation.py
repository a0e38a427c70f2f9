"""Evaluation design: which streets to watch to learn whether the new cameras do anything.

A street is *treated* where the plan brings at least half of its length newly into view. Streets within
:data:`BUFFER_M` of a treated one are the *buffer*, where crime may move to or benefit may spill over; they belong to
neither group. Of the remaining streets that the plan leaves as they are, each treated street gets one *control* of its
own class, as alike as there is in length and in how much of it is in view today; where none is alike, it has none.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from camgap.coverage.projection import WGS84, to_lonlat
from camgap.coverage.siting.outcome import Plan
from camgap.coverage.study import Study

TREATED = 0.5  # share of a street's length newly in view
UNCHANGED = 0.01  # a control's share may differ by this before and after
LIKE_SHARE, LIKE_LENGTH = 0.25, 3.0  # a control may differ by this much in share in view, by this factor in length
BUFFER_M = 150.0  # one to two blocks, as place-based evaluations use (assumption)
ROLES = ("treatment", "buffer", "control")


def evaluation_layer(study: Study, plan: Plan) -> gpd.GeoDataFrame:
    """Return the streets of the evaluation design in WGS 84.

    Returns
    -------
    GeoDataFrame
        Columns ``role`` (one of :data:`ROLES`), ``edge``, ``matched`` (for a treated street the edge of its control and
        for a control that of its treated street, else -1), ``name``, ``highway``, ``length_m``, ``share_before``,
        ``share_after``.
    """
    n = study.network
    before, after = (
        r.seen.length_within(n.offset[:-1], n.offset[1:]) / n.edge_length for r in (plan.before, plan.after)
    )
    treated = np.flatnonzero(after - before >= TREATED)
    near = np.zeros(len(n), bool)
    near[n.tree.query(n.lines[treated], predicate="dwithin", distance=BUFFER_M)[1]] = True
    buffer = np.setdiff1d(np.flatnonzero(near), treated)
    free = np.flatnonzero(~near & (after - before <= UNCHANGED))
    highway = n.edges["highway"].to_numpy(object)
    control = _matched(treated, free, highway, n.edge_length, before)
    found = control >= 0
    edge = np.concatenate([treated, buffer, control[found]])
    role = np.repeat(ROLES, [len(treated), len(buffer), int(found.sum())])
    matched = np.concatenate([control, np.full(len(buffer), -1), treated[found]])
    geometry = shapely.transform(n.lines[edge], lambda xy: to_lonlat(xy, n.crs))
    columns = {
        "role": role.astype(object), "edge": edge, "matched": matched,
        "name": n.edges["name"].to_numpy(object)[edge], "highway": highway[edge],
        "length_m": n.edge_length[edge], "share_before": before[edge], "share_after": after[edge],
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=WGS84)


def evaluation_result(layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the sums of an evaluation layer, and how alike treated streets and controls are."""
    groups = {role: layer[layer["role"] == role] for role in ROLES}
    matched = groups["treatment"][groups["treatment"]["matched"] >= 0]
    return {
        "treated_share": TREATED,
        "buffer_m": BUFFER_M,
        **{r: {"edges": len(g), "length_m": float(g["length_m"].sum())} for r, g in groups.items()},
        "unmatched": int(len(groups["treatment"]) - len(matched)),
        "balance": {
            name: {
                "mean_length_m": float(g["length_m"].mean()) if len(g) else None,
                "mean_share_before": float(g["share_before"].mean()) if len(g) else None,
            }
            for name, g in (("matched_treatment", matched), ("control", groups["control"]))
        },
    }


def _matched(
    treated: npt.NDArray[np.int64],
    free: npt.NDArray[np.int64],
    highway: npt.NDArray[np.object_],
    length: npt.NDArray[np.float64],
    share: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Return a control for every treated edge, -1 where none alike is left; the longest choose first.

    Unlikeness is the difference of the logarithms of length plus that of the shares in view today.
    """
    control = np.full(len(treated), -1)
    taken = np.zeros(len(highway), bool)
    for i in np.lexsort((treated, -length[treated])):
        edge = treated[i]
        choice = free[(highway[free] == highway[edge]) & ~taken[free]]
        longer, share_apart = np.abs(np.log(length[choice] / length[edge])), np.abs(share[choice] - share[edge])
        alike = (share_apart <= LIKE_SHARE) & (longer <= np.log(LIKE_LENGTH))
        if alike.any():
            control[i] = choice[alike][np.argmin((longer + share_apart)[alike])]
            taken[control[i]] = True
    return control
