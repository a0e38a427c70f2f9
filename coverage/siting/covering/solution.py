"""What a solver answers: a plan, its value, and a value no plan exceeds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

TOLERANCE = 1e-6  # a gap below this share of the bound is arithmetic: linear programs are solved no more exactly


@dataclass(frozen=True)
class Step:
    """Where a solver stood: seconds since it began, value of its best plan, its best bound, and what it was doing."""

    seconds: float
    value: float
    bound: float
    stage: str


@dataclass(frozen=True)
class Solution:
    """A plan and how good it is known to be.

    Parameters
    ----------
    actions : int64 array, shape (n,)
        The chosen actions, ascending.
    value : float
        What they are worth (:meth:`Covering.value_of`).
    bound : float
        No plan within the same limits is worth more; ``value <= bound``.
    quantum : float
        The values of two plans differ by a multiple of this, or not at all; 0 if that is unknown.
    trace : tuple of Step
        How value and bound came together.
    stopped : str
        ``""``, ``"time limit"`` or ``"interrupted"``: why the search ended before its end.
    spent : float
        What the plan costs; of :func:`cheapest` by number, its actions.
    least : float or None
        Of :func:`cheapest`: no plan that reaches the target spends less. Gap, proof and words are then about this.
    """

    actions: IntArray
    value: float
    bound: float
    quantum: float = 0.0
    trace: tuple[Step, ...] = ()
    stopped: str = ""
    spent: float = 0.0
    least: float | None = None

    @property
    def gap(self) -> float:
        """How much better a plan could be: worth more, as a share of the bound; or cheaper, as a share of this one."""
        if self.least is not None:
            return (self.spent - self.least) / self.spent if self.spent > 0 else 0.0
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no plan is better: by less than 1e-6 of the bound, or by less than two plans can differ."""
        if self.least is not None:
            return self.spent - self.least <= TOLERANCE * self.spent
        return closed(self.value, self.bound, self.quantum)

    @property
    def words(self) -> str:
        """The verdict: proven optimal, or within a gap of any possible plan."""
        return "proven optimal" if self.proven else f"within {_percent(self.gap)} % of any possible plan"


def closed(value: float, bound: float, quantum: float) -> bool:
    """Tell whether a bound proves a value to be the best."""
    return bound - value <= max(TOLERANCE * abs(bound), quantum * (1 - 1e-3), 1e-9)


def _percent(share: float) -> str:
    """Return a share in per cent, rounded up to two digits, so that the words are never better than the truth."""
    if share <= 0:
        return "0"
    digits = 1 - int(np.floor(np.log10(share * 100)))
    return f"{np.ceil(share * 100 * 10.0**digits - 1e-9) / 10.0**digits:.{max(digits, 0)}f}"
