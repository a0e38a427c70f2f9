"""Seeded covering problems to time solvers on.

`street`: what camgap makes of a town. Streets with kerbs 8 m from their axes cross at blocks of about 80 m; cells are
metres of axis; a mount stands 1 m from a kerb and has so many headings (one group, one may be chosen); a view reaches
60 m over 70° and sees round corners only as far as the walls let it.

`points`: the academic style. Uniform random points in a square, facilities cover what is within a radius, weights 1 to
100.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from camgap.coverage.siting.covering import Covering

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BLOCK, KERB, REACH, HFOV = 80.0, 8.0, 60.0, 70.0


def street(views: int, cells: int, seed: int = 0, core: float = 1.0, headings: int = 8) -> Covering:
    """Make a town of `cells` metres of street and `views` views.

    Parameters
    ----------
    core : float
        Mounts stand on this share of every street's length only, in the middle of town: the smaller, the more they
        compete.
    headings : int
        Views of each mount, one of which may be chosen. For a given number of views, fewer headings are more mounts,
        that compete more: 36 headings make instances that greedy nearly solves.
    """
    rng = np.random.default_rng(seed)
    side = np.sqrt(cells * BLOCK / 2)
    lines = max(int(side / BLOCK), 2)
    per_line = cells // (2 * lines)
    at = (np.arange(lines) + 0.5) * per_line / lines + rng.uniform(-15, 15, lines)
    n = -(-views // headings)
    line = rng.integers(0, 2 * lines, n)
    low = (1 - core) / 2
    along = rng.uniform(low * per_line, (1 - low) * per_line, n)
    across = at[line % lines] + rng.choice([-1.0, 1.0], n) * (KERB - 1.0)
    ptr, first, last = _views(line, along, across, at, lines, per_line, headings)
    total = 2 * lines * per_line
    group = np.repeat(np.arange(n), headings)[:views]
    return Covering(
        np.ones(total), ptr[: views + 1], first[: ptr[views]], last[: ptr[views]], np.ones(views), group,
        np.ones(n, np.int64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _views(line, along, across, at, lines, per_line, headings):
    """Return the runs of every mount's views; a mount is given by its line, and where it stands along and across it."""
    reach = int(REACH) + 1
    ptr = np.zeros(len(line) * headings + 1, np.int64)
    first, last = np.empty(1 << 16, np.int64), np.empty(1 << 16, np.int64)
    n = 0
    found, bearing = np.empty(20 * reach, np.int64), np.empty(20 * reach)
    for m in range(len(line)):
        seen = 0
        turned = line[m] >= lines
        for other in range(-1, lines):  # its own line, then those that cross it
            if other >= 0 and abs(at[other] - along[m]) > REACH:
                continue
            own = other < 0
            middle = along[m] if own else across[m]
            number = line[m] if own else other + (0 if turned else lines)
            for k in range(max(int(middle) - reach, 0), min(int(middle) + reach + 1, per_line)):
                # in the mount's frame: u along its line, v across it
                u = k + 0.5 - along[m] if own else at[other] - along[m]
                v = at[line[m] % lines] - across[m] if own else k + 0.5 - across[m]
                if u * u + v * v > REACH * REACH:
                    continue
                if not own:
                    axis = at[line[m] % lines] - across[m]
                    kerb = axis + KERB if v > axis else axis - KERB
                    if abs(v - axis) > KERB and abs(u * kerb / v - u) > KERB:
                        continue  # a corner is in the way
                found[seen] = number * per_line + k
                bearing[seen] = np.arctan2(v, u) if turned else np.arctan2(u, v)
                seen += 1
        for h in range(headings):
            azimuth = h * 2 * np.pi / headings
            opened = n
            for i in range(seen):
                off = abs((bearing[i] - azimuth + 3 * np.pi) % (2 * np.pi) - np.pi)
                if off > np.radians(HFOV / 2):
                    continue
                if n > opened and last[n - 1] == found[i]:
                    last[n - 1] += 1
                    continue
                if n == len(first):
                    first, last = np.append(first, np.empty(n, np.int64)), np.append(last, np.empty(n, np.int64))
                first[n], last[n] = found[i], found[i] + 1
                n += 1
            ptr[m * headings + h + 1] = n
    return ptr, first[:n].copy(), last[:n].copy()


def points(facilities: int, customers: int, radius: float, seed: int = 0) -> Covering:
    """Make uniform random customers, weights 1 to 100, and facilities that cover all within a radius.

    The customers are numbered strip by strip, as wide as half a radius, so that a disc is a few runs per strip.
    """
    rng = np.random.default_rng(seed)
    customer, facility = rng.uniform(0, 1, (customers, 2)), rng.uniform(0, 1, (facilities, 2))
    strip = (customer[:, 1] / (radius / 2)).astype(np.int64)
    customer = customer[np.lexsort((customer[:, 0], strip))]
    runs: list[tuple[IntArray, IntArray]] = []
    for x, y in facility:
        inside = np.zeros(customers + 2, np.int8)
        inside[1:-1] = (customer[:, 0] - x) ** 2 + (customer[:, 1] - y) ** 2 <= radius**2
        edge = np.diff(inside)
        runs.append((np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)))
    ptr = np.concatenate([[0], np.cumsum([len(a) for a, _ in runs])]).astype(np.int64)
    return Covering(
        rng.integers(1, 101, customers).astype(np.float64), ptr, np.concatenate([a for a, _ in runs]),
        np.concatenate([b for _, b in runs]), np.ones(facilities), np.arange(facilities), np.ones(facilities, np.int64),
    )  # fmt: skip
