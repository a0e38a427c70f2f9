"""When to stop: a deadline, an interruption, and the record of how far the search has come."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.covering.solution import Step

IntArray = npt.NDArray[np.int64]
Progress = Callable[[Step], None]
TICK = 0.05  # seconds between looks at the clock
GRACE = 2.0  # seconds after its end that work is waited for; what it finds later is lost


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
    levers: list[IntArray] = field(default_factory=list)
    trace: list[Step] = field(default_factory=list)
    stopped: str = ""
    stopped_at: float = np.inf

    @property
    def overdue(self) -> float:
        """Seconds since it was told to stop."""
        return max(time.perf_counter() - self.stopped_at, 0.0)

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
        if not self.stopped:
            self.stopped, self.stopped_at = why, time.perf_counter()
        for lever in self.levers:
            lever[0] = 1

    def lever(self) -> IntArray:
        """Return a flag, shape (1,): once it is 1, at the end of time or set by others, compiled loops end."""
        flag = np.full(1, bool(self.stopped), np.int64)
        self.levers.append(flag)
        return flag

    def note(self, value: float, bound: float, stage: str) -> None:
        """Record where the search stands."""
        step = Step(self.seconds, value, bound, stage)
        self.trace.append(step)
        if self.progress:
            self.progress(step)


def attended(work: Callable[[], None], watch: Watch) -> None:
    """Run the work in a thread of its own; see to the time limit and to Ctrl-C (a second one gives up at once)."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # handed on below, to whoever waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive() and watch.overdue < GRACE:
        try:
            thread.join(TICK)
            watch.over()
        except KeyboardInterrupt:
            if watch.stopped == "interrupted":
                raise
            watch.stop("interrupted")
    if failed:
        raise failed[0]
