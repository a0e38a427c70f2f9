"""Chance that falls the same way for ever: everything is made of one stream of even numbers between 0 and 1.

numpy promises the same bits from ``Generator.random`` of a named bit generator, not the same draws from its finer
methods (NEP 19), and the town's files must be the same bytes next year.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

SEED = 20230330


class Chance:
    """A random stream of its own for one thing of the town, so that a change here moves nothing there.

    Parameters
    ----------
    *key : float or str
        Names the thing; numbers count to 0.1.
    """

    def __init__(self, *key: float | str) -> None:
        words = [SEED]
        for part in key:
            words += [ord(c) for c in part] if isinstance(part, str) else [round(part * 10) + 2**24]
        self._bits = np.random.Generator(np.random.PCG64(words))

    def random(self) -> float:
        """Return a number, 0 <= number < 1."""
        return float(self._bits.random())

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number, low <= number <= high."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, options: Sequence[T], shares: Sequence[float] | None = None) -> T:
        """Return one of the options, each with its share of the chance, or all with the same."""
        draw = self.random()
        weights = shares or [1 / len(options)] * len(options)
        for option, weight in zip(options, weights, strict=True):
            draw -= weight
            if draw < 0:
                return option
        return options[-1]

    def order(self, count: int) -> list[int]:
        """Return 0 ... count - 1 in a random order."""
        keys = [self.random() for _ in range(count)]
        return sorted(range(count), key=lambda i: (keys[i], i))
