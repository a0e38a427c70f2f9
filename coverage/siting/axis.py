"""What counts along the street axis, at which prices, and what these prove of single views."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.bound import Relaxed, best_sum
from camgap.coverage.siting.choices import Choices, Density

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layer:
    """One way in which the axis counts: where views cover it at least so many times, every metre counts so much.

    Parameters
    ----------
    counts : Stretches or None
        Where the layer lies; everywhere if None.
    need : int
        Views that must cover a metre.
    factor : float
        What it then counts with.
    sold : int
        How often it is paid for in the dual: `need` by itself, 1 where layers of fewer views and greater
        factors lie below it.
    """

    counts: Stretches | None = None
    need: int = 1
    factor: float = 1.0
    sold: int = 1


ONCE = (Layer(),)  # every metre counts once it is covered


@dataclass(frozen=True)
class Axis:
    """What the open part of the street axis counts, piece by piece.

    Parameters
    ----------
    at : float64 array, shape (n + 1,)
        Where pieces begin, and the end of the last [m].
    open : float64 array, shape (n,)
        Length of each piece that is not covered [m]: all of it or nothing.
    price : float64 array, shape (n,)
        Multiplier of each piece: what a metre is sold for to each view.
    layers : tuple of (float64 array, shape (n,), Layer)
        What each piece counts with in each layer.
    """

    at: FloatArray
    open: FloatArray
    price: FloatArray
    layers: tuple[tuple[FloatArray, Layer], ...]

    @staticmethod
    def of(choices: Choices, covered: Stretches, density: Density, layers: Sequence[Layer]) -> "Axis":
        """Cut the axis where anything changes; the multipliers are the density's."""
        s, count = choices.scene.segments, np.diff(density.first)
        nth = np.arange(density.first[-1]) - np.repeat(density.first[:-1], count)
        knots = np.append(np.repeat(s.start, count) + nth * np.repeat((s.end - s.start) / count, count), s.end[-1:])
        ends = [part for layer in layers if layer.counts for part in (layer.counts.start, layer.counts.end)]
        at = np.unique(np.concatenate([knots, covered.start, covered.end, *ends]))
        size, middle = np.diff(at), (at[1:] + at[:-1]) / 2
        free = np.where(holds(covered, middle), 0.0, size)
        cell = np.clip(np.searchsorted(knots, middle, side="right") - 1, 0, max(len(knots) - 2, 0))
        width = np.diff(knots)
        price = np.divide(np.diff(density.mass), width, out=np.zeros(len(width)), where=width > 0)[cell]
        factor = tuple(
            (np.where(holds(layer.counts, middle), layer.factor, 0.0), layer) if layer.counts is not None
            else (np.full(len(middle), layer.factor), layer)
            for layer in layers
        )  # fmt: skip
        return Axis(at, free, price, factor)

    @property
    def given_away(self) -> float:
        """What the dual counts whether it is seen or not."""
        return float(
            sum((self.open * np.maximum(factor - layer.sold * self.price, 0.0)).sum() for factor, layer in self.layers)
        )

    @property
    def sold(self) -> tuple[FloatArray, FloatArray]:
        """The price of the open axis up to each place: ``at`` and the mass there."""
        return self.at, np.concatenate([[0.0], np.cumsum(self.open * self.price)])

    def mass(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the open axis counts with a factor up to each place."""
        return self.at, np.concatenate([[0.0], np.cumsum(self.open * factor)])


@dataclass(frozen=True)
class Certificate:
    """A bound on every choice, and what follows from it for single views.

    Parameters
    ----------
    bound : float
        No choice within the limits is worth more.
    sold : (position, mass)
        Of the open axis at its prices.
    price, floor : float
        Of money; and what the least paid view of the relaxed choice is worth on top of its money.
    displaced, free : float64 arrays, shape (s,)
        What a further view at each place takes away from the relaxed choice; what is free there is worth.
    """

    bound: float
    sold: tuple[FloatArray, FloatArray]
    price: float
    displaced: FloatArray
    free: FloatArray

    @staticmethod
    def of(choices: Choices, axis: Axis, gains: FloatArray, budget: float, most: int) -> "Certificate":
        """Prove a bound with the axis' prices; `gains` are those of the best headings at them, shape (s, m)."""
        relaxed = best_sum(gains, choices.costs, budget, most, choices.capacity)
        free = np.where(choices.costs == 0, gains, 0.0).max(axis=1, initial=0.0)
        displaced = _displaced(choices, gains, relaxed, free, budget)
        return Certificate(axis.given_away + relaxed.value, axis.sold, relaxed.price, displaced, free)

    def losses(self, choices: Choices, worth: FloatArray, place: IntArray, offer: IntArray) -> FloatArray:
        """Return by how much the bound falls at least if views of some worth must be chosen; 0 for free ones."""
        cost = choices.money[place, offer]
        loss = self.displaced[place] - (worth - self.price * cost - self.free[place])
        return np.where(cost > 0, np.maximum(loss, 0.0), 0.0)


def _displaced(choices: Choices, gains: FloatArray, relaxed: Relaxed, free: FloatArray, budget: float) -> FloatArray:
    """Return what has to leave the relaxed choice for one more paid view at each place.

    At a place for one view that is the view chosen there, or the least of all chosen; where there is room for several,
    never less than the least of all.
    """
    paid = (choices.costs > 0) & (choices.costs <= budget)
    reduced = np.where(paid, gains - relaxed.price * choices.money, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(choices.capacity == 1, np.maximum(reduced - free, relaxed.floor), relaxed.floor)


def holds(stretches: Stretches | None, at: FloatArray) -> BoolArray:
    """Tell which places lie in stretches, each with its start and without its end; None is everywhere."""
    if stretches is None or len(stretches) == 0:
        return np.full(len(at), stretches is None)
    row = np.searchsorted(stretches.start, at, side="right") - 1
    return (row >= 0) & (at < stretches.end[np.maximum(row, 0)])
