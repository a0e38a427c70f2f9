"""Floors: shares of districts that a plan is to cover at least, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from camgap.coverage.errors import InfeasibleError, SettingsError
from camgap.coverage.intervals import Stretches, union
from camgap.coverage.scoring.report import Districts

FloatArray = npt.NDArray[np.float64]

EVERY = "all"  # stands for every district
ROUNDED = 1e-4  # [m] a floor missed by less is kept


@dataclass(frozen=True)
class Floors:
    """Shares of districts that are to be covered.

    Parameters
    ----------
    names : tuple of str
    stretches : tuple of Stretches
        The districts on the street axis.
    share : float64 array, shape (d,)
        Of each one's street length at least, 0 to 1.
    """

    names: tuple[str, ...]
    stretches: tuple[Stretches, ...]
    share: FloatArray

    def __len__(self) -> int:
        return len(self.names)

    @property
    def length_m(self) -> FloatArray:
        """Street length of each district, shape (d,) [m]."""
        return np.array([s.length for s in self.stretches])

    @property
    def least_m(self) -> FloatArray:
        """What is to be covered of each, shape (d,) [m]."""
        return self.share * self.length_m

    def covered_by(self, seen: Stretches) -> FloatArray:
        """Return what of each district lies in some stretches, shape (d,) [m]."""
        return np.array([float(seen.length_within(s.start, s.end).sum()) for s in self.stretches])

    def broken_by(self, seen: Stretches) -> tuple[str, ...]:
        """Return the districts whose floor is not kept by what is in view."""
        short = self.covered_by(seen) < self.least_m - ROUNDED
        return tuple(self.names[i] for i in np.flatnonzero(short))


@dataclass(frozen=True)
class FloorsMade:
    """What floors come to.

    Parameters
    ----------
    floors : Floors
    without_m : float
        What the plan for the same limits gains without floors; ``without_bound_m`` what none gains more than [m].
    without_district_m : float64 array, shape (d,)
        Covered in each district with that plan [m].
    price : float64 array, shape (d,)
        Metres of length that one more metre of each floor costs, about, by the plans found; 0 where it costs nothing.
    """

    floors: Floors
    without_m: float
    without_bound_m: float
    without_district_m: FloatArray
    price: FloatArray


def floors_of(districts: Districts | None, wanted: Mapping[str, float]) -> Floors:
    """Return the floors that are asked for by name of the district; :data:`EVERY` stands for all without one.

    Raises
    ------
    SettingsError
        If there are no districts, or a name is not theirs, or that of several.
    InfeasibleError
        If a district with a floor has no street.
    """
    if districts is None:
        raise SettingsError("plan: floors are asked for, but there are no districts; give --districts FILE")
    names = list(districts.names)
    faults = [_unknown(name, names) for name in wanted if name != EVERY and names.count(name) != 1]
    if faults:
        raise SettingsError("plan: " + "; ".join(faults))
    iv, rows, shares = districts.intervals, [], []
    stretches = [union(iv.start[iv.owner == i], iv.end[iv.owner == i]) for i in range(len(names))]
    for i, name in enumerate(names):
        share = wanted.get(name, wanted.get(EVERY) if stretches[i].length > 0 else None)
        if share is not None and (name in wanted or share > 0):
            rows.append(i)
            shares.append(share)
    empty = [names[i] for i, share in zip(rows, shares, strict=True) if share > 0 and stretches[i].length == 0]
    if empty:
        raise InfeasibleError(
            "plan: " + "; ".join(f"{n!r} has a floor, but no street of the study area" for n in empty)
        )
    some = [i for i in rows if stretches[i].length > 0]
    return Floors(
        tuple(names[i] for i in some), tuple(stretches[i] for i in some),
        np.array([share for i, share in zip(rows, shares, strict=True) if i in set(some)], np.float64),
    )  # fmt: skip


def _unknown(name: str, names: list[str]) -> str:
    if name in names:
        return f"{names.count(name)} districts are named {name!r}, a floor needs one; name them apart"
    near = get_close_matches(name, [*names, EVERY], n=3)
    known = " or ".join(repr(n) for n in near) if near else ", ".join(sorted(set(names))[:10])
    return (
        f"there is no district {name!r} for a floor; {'did you mean ' + known + '?' if near else 'there are ' + known}"
    )


@dataclass(frozen=True, slots=True)
class FloorResult:
    """A floor and what became of it, as the scorer measures it.

    Parameters
    ----------
    name : str
        Of the district.
    length_m : float
        Of its streets [m].
    floor : float
        Share that was to be covered at least.
    before_m, after_m, without_m : float
        Covered before, with the plan, and with the plan that would be made without floors [m].
    price : float
        Metres of length in all that one more metre of this floor costs, about; 0 where it costs nothing.
    """

    name: str
    length_m: float
    floor: float
    before_m: float
    after_m: float
    without_m: float
    price: float


def measured(made: FloorsMade, before: Stretches, after: Stretches) -> tuple[FloorResult, ...]:
    """Say what became of floors, by what the scorer finds in view before and after; a floor missed is a fault."""
    floors = made.floors
    first, then = floors.covered_by(before), floors.covered_by(after)
    for name, has, least in zip(floors.names, then, floors.least_m, strict=True):
        if has < least - 2 * ROUNDED:
            raise RuntimeError(
                f"the plan promises {least:.3f} m of {name!r}, the score measures {has:.3f} m; "
                "this is a fault in camgap, please report it"
            )
    rows = (floors.length_m, floors.share, first, then, made.without_district_m, made.price)
    return tuple(FloorResult(name, *(float(x) for x in row)) for name, *row in zip(floors.names, *rows, strict=True))
