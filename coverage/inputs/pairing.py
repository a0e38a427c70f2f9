"""Which rows of several camera lists are one camera.

Two rows of different lists are one camera if they carry the same device id, whatever else they say, or if they stand
near each other, look in the same direction and are of one kind. Rows of one list are different cameras, several heads
on one pole included, unless they carry the same id and nothing in one contradicts the other. What could be read either
way stays apart and becomes a *question*.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from camgap.coverage.settings import MergeSettings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CROWD = 10  # rows of one list at exactly one point: an address that was not found, not a place; matched by id only
_MOST_PER_ID = 8  # rows of one list with one id: more, and it is no device id
STRONG_ID = 8  # characters; shorter ids (3, A12) are running numbers that two lists share by chance

# Why rows are one camera, surest first; sorted by this, then by distance.
REASONS = (
    "same id and direction", "same id", "same id, directions differ", "near, same direction", "near, alone there",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """Two rows that may be one camera and were left apart, or a row whose place is doubtful."""

    first: int
    second: int  # -1 where it concerns one row only
    reason: str
    detail: str


@dataclass(frozen=True)
class Pairing:
    """Rows grouped into cameras.

    Parameters
    ----------
    camera : int64 array, shape (n,)
        The lowest row of the camera each row belongs to.
    how : tuple of str, n entries
        Why a row was joined to others, "" for a row that was not.
    questions : tuple of Question
    """

    camera: IntArray
    how: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Rows:
    """What pairing looks at, as columns of n rows in canonical order.

    Parameters
    ----------
    db : int64 array, shape (n,)
        Number of the list.
    ids : tuple of tuple of str
        Every id a row goes by.
    xyz : float64 array, shape (n, 3)
        Place in space [m].
    lonlat : float64 array, shape (n, 2)
        As given [°].
    azimuth : float64 array, shape (n,)
        Direction [°]; NaN if unknown, all round or several.
    headings : tuple
        All headings of a row, for comparison as they are.
    kind : object array, shape (n,)
    count : int64 array, shape (n,)
        Cameras the row stands for.
    settled : bool array, shape (n,)
        The list was merged before: its rows are different cameras, whatever ids they share.
    said : tuple of tuple
        Everything rows of one list must agree on to be one camera; None where a row does not say.
    """

    db: IntArray
    ids: tuple[tuple[str, ...], ...]
    xyz: FloatArray
    lonlat: FloatArray
    azimuth: FloatArray
    headings: tuple[object, ...]
    kind: npt.NDArray[np.object_]
    count: IntArray
    settled: npt.NDArray[np.bool_]
    said: tuple[tuple[object, ...], ...]

    def __len__(self) -> int:
        return len(self.db)


def in_space(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return places on the WGS 84 ellipsoid in space [m], shape (n, 3); the chord between two is their distance."""
    a, flattening = 6378137.0, 1 / 298.257223563
    e2 = flattening * (2 - flattening)
    lam, phi = np.radians(lon), np.radians(lat)
    across = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    return np.column_stack(
        [across * np.cos(phi) * np.cos(lam), across * np.cos(phi) * np.sin(lam), across * (1 - e2) * np.sin(phi)]
    )


def turned(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the angle between azimuths [°], 0 to 180; NaN where one is unknown."""
    return np.abs((a - b + 180) % 360 - 180)


def pair(rows: Rows, settings: MergeSettings) -> Pairing:
    """Group rows into cameras; the result depends on nothing but the rows and the settings."""
    groups = _Groups(rows, settings)
    questions: list[Question] = []
    by_id = list(_pairs_by_id(rows))
    for i, j in by_id:
        if rows.db[i] == rows.db[j] and not rows.settled[i]:
            groups.join_repeated(i, j)
    crowded = _crowded(rows)
    questions += [Question(i, -1, "crowd", f"{n} rows at exactly this point") for i, n in crowded.items()]
    links, doubts = _links(rows, settings, by_id, groups, crowded)
    for rank, _, _, i, j, certain in links:
        groups.join(i, j, rank, certain)
    for doubt in doubts:
        if groups.root(doubt.first) != groups.root(doubt.second):
            questions.append(doubt)
    camera = np.array([groups.root(i) for i in range(len(rows))], dtype=np.int64)
    return Pairing(camera, tuple(groups.how), tuple(questions))


class _Groups:
    """Disjoint groups of rows: never two of one list, and only a device id joins what contradicts itself."""

    def __init__(self, rows: Rows, settings: MergeSettings) -> None:
        self.rows = rows
        self.settings = settings
        self.parent = list(range(len(rows)))
        self.members: dict[int, list[int]] = {}
        self.how = [""] * len(rows)
        self.db, self.azimuth, self.kind = rows.db.tolist(), rows.azimuth.tolist(), rows.kind.tolist()

    def root(self, i: int) -> int:
        while self.parent[i] != i:
            i = self.parent[i]
        return i

    def of(self, i: int) -> list[int]:
        return self.members.get(i, [i])

    def join_repeated(self, i: int, j: int) -> None:
        """Join two rows of one list with one id if nothing in one contradicts the other."""
        near = np.linalg.norm(self.rows.xyz[i] - self.rows.xyz[j]) <= self.settings.near_m
        if near and not any(_differ(self.rows, a, b) for a in self.of(self.root(i)) for b in self.of(self.root(j))):
            self._unite(i, j, "repeated row")

    def join(self, i: int, j: int, rank: int, certain: bool) -> None:
        """Join two rows unless their groups share a list or, where it is not certain, contradict each other."""
        mine, other = self.of(self.root(i)), self.of(self.root(j))
        if mine is other or not {self.db[a] for a in mine}.isdisjoint([self.db[b] for b in other]):
            return
        if not certain and not all(self._one_look(a, b) for a in mine for b in other):
            return
        self._unite(i, j, REASONS[rank])

    def _one_look(self, i: int, j: int) -> bool:
        """Tell whether neither direction nor kind speaks against two rows being one."""
        kinds = self.kind[i] == self.kind[j] or "unknown" in (self.kind[i], self.kind[j])
        turn = abs((self.azimuth[i] - self.azimuth[j] + 180) % 360 - 180)
        return kinds and not turn > self.settings.same_direction  # an unknown direction, NaN, is not greater

    def _unite(self, i: int, j: int, how: str) -> None:
        low, high = sorted((self.root(i), self.root(j)))
        if low == high:
            return
        self.members[low] = self.of(low) + self.of(high)
        self.members.pop(high, None)
        self.parent[high] = low
        for row in (i, j):
            self.how[row] = self.how[row] or how


def _differ(rows: Rows, i: int, j: int) -> bool:
    """Tell whether two rows say something different; what one leaves open is no difference."""
    if rows.headings[i] and rows.headings[j] and rows.headings[i] != rows.headings[j]:
        return True
    return any(a != b and None not in (a, b) for a, b in zip(rows.said[i], rows.said[j], strict=True))


def _pairs_by_id(rows: Rows) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows that share an id, each once, lower row first."""
    carriers: defaultdict[str, list[int]] = defaultdict(list)
    for i, names in enumerate(rows.ids):
        for name in names:
            carriers[name].append(i)
    pairs: dict[tuple[int, int], None] = {}
    for members in carriers.values():
        if len(members) > 1 and np.bincount(rows.db[members]).max() <= _MOST_PER_ID:
            pairs.update(dict.fromkeys(combinations(members, 2)))
    return iter(sorted(pairs))


def _strong(rows: Rows, i: int, j: int) -> bool:
    return any(len(name) >= STRONG_ID for name in set(rows.ids[i]) & set(rows.ids[j]))


def _crowded(rows: Rows) -> dict[int, int]:
    """Return the rows at a point where their list puts too many, and how many those are."""
    _, group, size = np.unique(np.column_stack([rows.db, rows.lonlat]), axis=0, return_inverse=True, return_counts=True)
    count = size[group.reshape(-1)]
    return {i: int(count[i]) for i in np.flatnonzero(count >= CROWD).tolist()}


Link = tuple[int, float, float, int, int, bool]  # rank, distance [m, to the mm], angle [°], rows, one device id


def _links(
    rows: Rows, settings: MergeSettings, by_id: Iterable[tuple[int, int]], groups: _Groups, crowded: dict[int, int]
) -> tuple[list[Link], list[Question]]:
    """Return what speaks for rows of different lists being one, surest first, and what remains in doubt."""
    i, j = np.array([p for p in by_id if rows.db[p[0]] != rows.db[p[1]]], dtype=np.int64).reshape(-1, 2).T
    links, doubts = _links_by_id(rows, settings, i, j)
    single = np.array([k for k in range(len(rows)) if groups.root(k) == k and k not in crowded], dtype=np.int64)
    near = single[_near_pairs(rows.xyz[single], settings.near_m)]
    other = rows.db[near[:, 0]] != rows.db[near[:, 1]]
    more, asked = _links_by_place(rows, settings, near[other, 0], near[other, 1])
    return sorted(links + more), doubts + asked


def _near_pairs(xyz: FloatArray, limit: float) -> IntArray:
    if len(xyz) < 2:
        return np.empty((0, 2), np.int64)
    pairs = cKDTree(xyz).query_pairs(limit, output_type="ndarray")
    return np.sort(pairs.astype(np.int64), axis=1)


def _measured(rows: Rows, i: IntArray, j: IntArray) -> tuple[FloatArray, FloatArray]:
    distance = np.round(np.linalg.norm(rows.xyz[i] - rows.xyz[j], axis=1), 3)
    return distance, turned(rows.azimuth[i], rows.azimuth[j])


def _links_by_id(rows: Rows, settings: MergeSettings, i: IntArray, j: IntArray) -> tuple[list[Link], list[Question]]:
    distance, angle = _measured(rows, i, j)
    links: list[Link] = []
    doubts: list[Question] = []
    for a, b, d, turn in zip(i.tolist(), j.tolist(), distance.tolist(), angle.tolist(), strict=True):
        strong = _strong(rows, a, b)
        if d <= (settings.same_id_m if strong else settings.near_m):
            rank = 1 if np.isnan(turn) else 0 if turn <= settings.same_direction else 2
            if strong or (rank < 2 and rows.count[a] == rows.count[b]):
                links.append((rank, d, 0.0 if np.isnan(turn) else turn, a, b, strong))
        elif strong:
            doubts.append(Question(a, b, "same id, far apart", f"{d:,.0f} m apart"))
    return links, doubts


def _links_by_place(rows: Rows, settings: MergeSettings, i: IntArray, j: IntArray) -> tuple[list[Link], list[Question]]:
    distance, angle = _measured(rows, i, j)
    kinds = (rows.kind[i] == rows.kind[j]) | (rows.kind[i] == "unknown") | (rows.kind[j] == "unknown")
    counts = rows.count[i] == rows.count[j]
    open_ = np.isnan(angle)
    aimed = angle <= settings.same_direction
    alone = _alone(rows, i[kinds], j[kinds])
    sole = np.zeros(len(i), bool)
    sole[kinds] = alone
    links = [
        (rank, d, turn, a, b, False)
        for chosen, rank in ((aimed & kinds & counts, 3), (open_ & kinds & counts & sole, 4))
        for d, turn, a, b in zip(
            distance[chosen].tolist(), np.nan_to_num(angle[chosen]).tolist(), i[chosen].tolist(), j[chosen].tolist(),
            strict=True,
        )
    ]  # fmt: skip
    doubts = [
        Question(a, b, reason, f"{d:.1f} m apart")
        for reason, chosen in (
            ("direction unknown, several there", open_ & kinds & counts & ~sole),
            ("kinds differ", (aimed | open_) & ~kinds),
            ("numbers of cameras differ", (aimed | open_) & kinds & ~counts),
        )
        for d, a, b in zip(distance[chosen].tolist(), i[chosen].tolist(), j[chosen].tolist(), strict=True)
    ]
    return links, doubts


def _alone(rows: Rows, i: IntArray, j: IntArray) -> npt.NDArray[np.bool_]:
    """Tell which pairs are the only one either of their rows makes with the other's list."""
    lists = int(rows.db.max(initial=0)) + 1
    key = np.concatenate([i * lists + rows.db[j], j * lists + rows.db[i]])
    _, back, count = np.unique(key, return_inverse=True, return_counts=True)
    times = count[back].reshape(2, -1)
    only: npt.NDArray[np.bool_] = (times == 1).all(axis=0)
    return only
