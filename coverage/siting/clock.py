"""How long choosing may take: a time limit, and Ctrl-C, both of which keep the best plan so far."""

import signal
import threading
import time
from collections.abc import Iterator
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
    """

    limit: float = np.inf
    stopped: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(self.limit - (time.monotonic() - self.started), 0.0)

    def over(self) -> bool:
        """Tell whether to stop, and remember why."""
        if not self.stopped and self.left <= 0.0:
            self.stopped = "time limit"
        return bool(self.stopped)

    def stop(self, why: str) -> None:
        """End the choosing; the first reason counts."""
        self.stopped = self.stopped or why

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the first Ctrl-C for a wish to stop; the second one ends the program as usual.

        Only the main thread of a program hears Ctrl-C; elsewhere, and where somebody else listens, nothing changes.
        """
        usual = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
            yield
            return

        def heard(_number: int, _frame: FrameType | None) -> None:
            self.stop("interrupted")
            signal.signal(signal.SIGINT, usual)

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
