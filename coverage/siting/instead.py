"""What would take the place of one action of a plan, for the money it sets free."""

import numpy as np
import numpy.typing as npt

from camgap.coverage.siting.beside import Beside
from camgap.coverage.siting.greedy import LEAST_GAIN
from camgap.coverage.siting.regroup import Draft, Placed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Found = tuple[Placed, float]  # a view, and what it adds less its harm, in metres of the axis [m]


class Instead:
    """The best single action if another is refused: a view where there is room, or a change at a camera left as it is.

    Parameters
    ----------
    draft : Draft
        The plan, with the free views that stand beside it.
    ground : Beside
        What counts beside it.
    """

    def __init__(self, draft: Draft, ground: Beside) -> None:
        self.draft, self.ground = draft, ground
        self.free = [key for key, view in draft.placed.items() if self._cost(view) == 0]
        self._everywhere: tuple[FloatArray, IntArray] | None = None  # what every place adds to the whole plan
        self._changes: dict[float, dict[int, Found]] = {}  # at every free view, by the money at hand

    def of(self, key: int, stays: Placed | None, money: float) -> Found | None:
        """Return the best replacement of a view at any other place, and what it adds; None if there is none.

        Parameters
        ----------
        key : int
            Of the view in the draft.
        stays : Placed or None
            What stands at its place once it is refused.
        money : float
            What the replacement may cost.
        """
        added, changed = self._added(key, stays, money), self._changed(key, stays, money)
        return max((found for found in (added, changed) if found), key=lambda found: found[1], default=None)

    def instead(self, key: int, view: Placed) -> list[int]:
        """Return the numbers of the views that are gone once another view has taken the place of a refused one."""
        return [key, *(k for k in self.free if self.draft.placed[k].mount == view.mount)]

    def _added(self, key: int, stays: Placed | None, money: float) -> Found | None:
        """Return the best view at another place with room; places out of the refused view's reach are measured once."""
        draft, choices, view = self.draft, self.draft.choices, self.draft.placed[key]
        if self._everywhere is None:
            self._everywhere = self.ground.gains(np.arange(len(choices.sites)))
        gain, step = (part.copy() for part in self._everywhere)
        more = [stays] if stays else []
        near = draft.near([view, *more])
        gain[near], step[near] = self.ground.gains(near, [key], more)
        with draft.taken_down(view):
            allowed = draft.open_places() & (choices.costs > 0) & (choices.costs <= money) & (gain >= LEAST_GAIN)
        allowed[view.mount] = False
        worth = np.where(allowed, gain, 0.0)
        place, model = np.unravel_index(int(worth.argmax()), worth.shape)
        if not allowed[place, model]:
            return None
        return self._placed(int(place), int(model), int(step[place, model])), float(worth[place, model])

    def _changed(self, key: int, stays: Placed | None, money: float) -> Found | None:
        """Return the best change at a free view; those out of the refused view's reach are measured once."""
        draft, view = self.draft, self.draft.placed[key]
        if money not in self._changes:
            self._changes[money] = self._measured(self.free, [], None, money)
        near = set(draft.neighbours([view])).intersection(self.free)
        found = {k: change for k, change in self._changes[money].items() if k not in near}
        with draft.taken_down(view):
            found |= self._measured(sorted(near), [key], stays, money)
        return max(found.values(), key=lambda change: change[1], default=None)

    def _measured(self, keys: list[int], gone: list[int], stays: Placed | None, money: float) -> dict[int, Found]:
        """Return the best paid view in the place of each free one, and what it adds."""
        out, choices, more = {}, self.draft.choices, [stays] if stays else []
        whole = self.ground.worth(gone, more) if keys else 0.0
        for key in keys:
            old = self.draft.placed[key]
            costs = choices.costs[old.mount]
            allowed = (costs > 0) & (costs <= money) & self.draft.open_elsewhere(old.mount)
            if not allowed.any():
                continue
            lost = whole - self.ground.worth([*gone, key], more)
            gain, step = self.ground.gains(np.array([old.mount]), [*gone, key], more)
            added = np.where(allowed, gain[0] - lost, 0.0)
            model = int(added.argmax())
            if added[model] > 0.0:
                out[key] = self._placed(old.mount, model, int(step[0, model])), float(added[model])
        return out

    def _placed(self, place: int, model: int, step: int) -> Placed:
        choices = self.draft.choices
        azimuth = float(choices.azimuth_of(np.array([place]), np.array([model]), np.array([step]))[0])
        return Placed(place, model, azimuth, choices.stretches_of(place, model, azimuth))

    def _cost(self, view: Placed) -> float:
        return float(self.draft.choices.costs[view.mount, view.model])
