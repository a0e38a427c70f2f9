"""When to stop: a deadline, an interruption, and the record of how far the search has come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.solution import Step

IntArray = npt.NDArray[np.int64]
Progress = Callable[[Step], None]


@dataclass
class Watch:
    """A clock that compiled loops and branch and cut look at.

    Parameters
    ----------
    limit : float
        Seconds; infinite for none.
    progress : callable, optional
        Called with every :class:`Step`.
    """

    limit: float = np.inf
    progress: Progress | None = None
    started: float = field(default_factory=time.perf_counter)
    halt: IntArray = field(default_factory=lambda: np.zeros(1, np.int64))  # set to 1, it ends every loop that runs
    trace: list[Step] = field(default_factory=list)
    stopped: str = ""

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(self.limit - self.seconds, 0.0)

    def over(self) -> bool:
        """Tell whether to stop, and remember why."""
        if not self.stopped and self.seconds >= self.limit:
            self.stop("time limit")
        return bool(self.stopped)

    def stop(self, why: str) -> None:
        """End the search."""
        self.stopped = self.stopped or why
        self.halt[0] = 1

    def note(self, value: float, bound: float, stage: str) -> None:
        """Record where the search stands."""
        step = Step(self.seconds, value, bound, stage)
        self.trace.append(step)
        if self.progress:
            self.progress(step)
