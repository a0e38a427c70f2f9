"""How long choosing may take: a time limit, and Ctrl-C, both of which keep the best plan so far."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import numpy as np


@dataclass
class Clock:
    """A clock that the stages of choosing look at.

    Parameters
    ----------
    limit : float
        Seconds; infinite for none. Effort is then counted, not timed, and equal input gives equal output.
    stopped : str
        ``""``, ``"time limit"`` or ``"interrupted"``: why choosing ended before its end.
    begun : bool
        Whether there is something to keep: before choosing begins, Ctrl-C ends the program as usual.
    told : callable, optional
        Called when the first Ctrl-C has been heard.
    """

    limit: float = np.inf
    stopped: str = ""
    started: float = field(default_factory=time.monotonic)
    begun: bool = False
    told: Callable[[], None] | None = None
    _heard: bool = field(default=False, init=False)

    @staticmethod
    def of(seconds: float | None, told: Callable[[], None] | None = None) -> "Clock":
        """Return a clock with a limit, None for none."""
        return Clock(np.inf if seconds is None else seconds, told=told)

    def begin(self) -> None:
        """Count from now on, and keep from now on what an interruption would lose."""
        self.started, self.begun = time.monotonic(), True

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(self.limit - (time.monotonic() - self.started), 0.0)

    def over(self) -> bool:
        """Tell whether to stop, and remember why."""
        if not self.stopped and self.left <= 0.0:
            self.stopped = "time limit"
        return bool(self.stopped)

    def interrupted(self) -> bool:
        """Tell whether somebody wants to stop, time limit or not: what has to be had in any case looks at this."""
        return self.stopped == "interrupted"

    def stop(self, why: str) -> None:
        """End the choosing; the first reason counts."""
        self.stopped = self.stopped or why
        if why == "interrupted" and not self._heard:
            self._heard = True
            if self.told:
                self.told()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the first Ctrl-C once choosing has begun for a wish to stop; the next one ends the program as usual.

        After choosing, the wish changes nothing: what is left to be done measures, tells and writes the plan. Only the
        main thread of a program hears Ctrl-C; elsewhere, and where somebody else listens, nothing changes.
        """
        usual = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
            yield
            return

        def heard(number: int, frame: FrameType | None) -> None:
            if self._heard or not self.begun:
                signal.default_int_handler(number, frame)
            self.stop("interrupted")

        signal.signal(signal.SIGINT, heard)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, usual)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let somebody else hear Ctrl-C for a while, as KeyboardInterrupt."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        mine = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, mine)
