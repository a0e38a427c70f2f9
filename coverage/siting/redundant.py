"""Cameras that could go: what the streets lose without them, one after the other."""

import heapq
from dataclasses import dataclass

import numpy as np

from camgap.coverage.intervals import Intervals, Stretches
from camgap.coverage.siting.order import Tally


@dataclass(frozen=True, slots=True)
class Redundant:
    """A camera that could be taken down after those before it in the list, and what is lost by that [m]."""

    camera: int
    loss_m: float
    seen_m: float


def redundant(by_camera: Intervals, n_cameras: int, limit: float) -> tuple[Redundant, ...]:
    """Take cameras down one by one while the next loses less than a limit; the least loss first.

    Parameters
    ----------
    by_camera : Intervals
        What each camera sees; one owner's intervals do not overlap.
    limit : float
        [m]
    """
    nothing = Stretches(np.empty(0), np.empty(0))
    tally = Tally(nothing, Intervals.none(), by_camera, n_cameras)
    for camera in range(n_cameras):
        tally.apply(camera)

    def loss(camera: int) -> float:
        return float(tally.size[tally.sole(camera)].sum())

    heap = [(loss(camera), camera) for camera in range(n_cameras)]
    heapq.heapify(heap)
    out = []
    while heap:
        _, camera = heapq.heappop(heap)
        now = loss(camera)  # it only grows as others go
        if now >= limit:
            continue
        if heap and (now, camera) > heap[0]:
            heapq.heappush(heap, (now, camera))
            continue
        out.append(Redundant(camera, now, float(tally.size[tally.won[camera]].sum())))
        tally.apply(camera, -1)
    return tuple(out)
