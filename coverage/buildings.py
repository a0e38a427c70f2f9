"""Building footprints: what stands between a camera and a street."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Screens:
    """Free-standing walls and rows of trees that block sight, in the network's CRS.

    Parameters
    ----------
    xy : float64 array, shape (k, 4)
        Easting, northing of the ends of straight pieces [m].
    height : float64 array, shape (k,)
        Above ground [m], known or assumed.
    counts : dict
        Kind -> number of OSM ways, e.g. "wall", "tree_row".
    """

    xy: FloatArray
    height: FloatArray
    counts: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.xy)

    @staticmethod
    def none() -> "Screens":
        """Return no screen at all."""
        return Screens(np.empty((0, 4)), np.empty(0))


@dataclass(frozen=True)
class Buildings:
    """Footprints that block sight, in the network's CRS.

    A building stands on flat ground and is solid up to its height, also where it is tagged to begin above the ground
    (`min_height`): what it hides is never too little. A building of unknown height hides all that is behind it.

    Parameters
    ----------
    crs : CRS
        Projected, metric; the network's.
    footprints : object array of shapely Polygon, shape (b,)
        Valid, not empty, easting, northing [m]; courtyards are holes.
    ids : int64 array, shape (b,)
        OSM id; relations negative, so that a way and a relation of one number stay apart.
    height : float64 array, shape (b,)
        Height above ground [m], from `height` or the number of levels; NaN where neither is tagged.
    read : int
        Footprints met in the input.
    set_aside : dict
        Reason -> number of footprints that do not block (roof, underground, incomplete outline, far outside ...).
        ``read == len(footprints of distinct ids) + sum(set_aside.values())``; a multipolygon with several outer
        rings gives several footprints of one id.
    mended : int
        Footprints in use whose outline was broken (touched or crossed itself) and was mended.
    use : object array of str, shape (b,), or None
        "residential", "other" or "unknown" (``inputs.sensitive.use_of``); None where nothing is known of any.
    screens : Screens
        What else blocks sight, as far as the settings ask for it.
    """

    crs: CRS
    footprints: npt.NDArray[np.object_]
    ids: npt.NDArray[np.int64]
    height: FloatArray
    read: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    mended: int = 0
    use: npt.NDArray[np.object_] | None = None
    screens: Screens = field(default_factory=Screens.none)

    @staticmethod
    def none(crs: CRS) -> "Buildings":
        """Return a set without any building."""
        return Buildings(crs, np.empty(0, object), np.empty(0, np.int64), np.empty(0))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the footprints."""
        return shapely.STRtree(self.footprints)

    def reach(self, xy: FloatArray, distance: float = 0.0) -> npt.NDArray[np.bool_]:
        """Tell which points, shape (n, 2), lie in, on or within a distance [m] of a footprint."""
        points = shapely.points(np.asarray(xy, dtype=np.float64).reshape(-1, 2))
        near = np.zeros(len(points), dtype=bool)
        near[self.tree.query(points, predicate="dwithin", distance=distance)[0]] = True
        return near
