"""Which stretches of street are lit at night: by their own tag, or because a lamp stands near by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from camgap.coverage.intervals import Stretches, union
from camgap.coverage.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]

UNLIT = ("no", "none", "off", "false", "0", "disused")  # values of OpenStreetMap's `lit` that promise no light
UNSAID = ("", "unknown", "undefined", "unspecified", "?")  # and those that say nothing


@dataclass(frozen=True)
class Lighting:
    """Light along the street axis.

    Parameters
    ----------
    lit : Stretches
    tagged_m : float
        Length of streets whose tag says whether they are lit [m].
    lamps : int
        Lamps near enough to a street to light it.
    """

    lit: Stretches
    tagged_m: float
    lamps: int


def lighting_of(network: StreetNetwork, lamps: FloatArray, reach: float) -> Lighting:
    """Find the lit stretches of a network.

    Parameters
    ----------
    lamps : float64 array, shape (n, 2)
        Easting, northing [m].
    reach : float
        A street this near to a lamp is lit [m], whatever its tag says.
    """
    tags = network.edges["lit"] if "lit" in network.edges.columns else [""] * len(network)
    values = ["" if pd.isna(tag) else str(tag).strip().lower() for tag in tags]
    known = np.array([value not in UNSAID for value in values], dtype=bool)
    bright = known & np.array([value not in UNLIT for value in values], dtype=bool)
    start, end, lamp = _near_lamps(network, lamps, reach)
    return Lighting(
        lit=union(
            np.concatenate([network.offset[:-1][bright], start]), np.concatenate([network.offset[1:][bright], end])
        ),
        tagged_m=float(network.edge_length[known].sum()),
        lamps=len(np.unique(lamp)),
    )  # fmt: skip


def _near_lamps(
    network: StreetNetwork, lamps: FloatArray, reach: float
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Return the stretches of street within reach of each lamp, and the lamp's number."""
    s = network.segments
    pieces = shapely.linestrings(s.xy.reshape(-1, 2, 2))
    lamp, row = shapely.STRtree(pieces).query(shapely.points(lamps.reshape(-1, 2)), "dwithin", distance=reach)
    begin, along = s.xy[row, :2] - lamps.reshape(-1, 2)[lamp], s.xy[row, 2:] - s.xy[row, :2]
    square = (along**2).sum(axis=1)
    middle = -(begin * along).sum(axis=1) / square  # |begin + t along| <= reach: a quadratic in t
    off_line = ((begin + middle[:, None] * along) ** 2).sum(axis=1)
    half = np.sqrt(np.maximum(reach**2 - off_line, 0.0) / square)
    t0, t1 = np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
    size = (s.end - s.start)[row]
    start = np.where(t0 <= 0, s.start[row], s.start[row] + t0 * size)
    end = np.where(t1 >= 1, s.end[row], s.start[row] + t1 * size)
    keep = start < end
    return start[keep], end[keep], lamp[keep]
