"""What would take the place of one action of a plan, for the same money."""

import numpy as np

from camgap.coverage.intervals import Stretches
from camgap.coverage.siting.regroup import Draft, Placed, merged

Found = tuple[Placed, float]  # a view, and what it adds less its harm [m]


class Instead:
    """The best single action if another is refused: a view where there is room, or a change at a camera left as it is.

    Parameters
    ----------
    draft : Draft
        The plan, with the free views that stand beside it.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.free = [key for key, view in draft.placed.items() if self._cost(view) == 0]
        self._changes: dict[float, dict[int, Found]] = {}  # at every free view, by the money at hand

    def of(self, key: int, stays: Placed | None) -> Found | None:
        """Return the best replacement of a view at any other place, and what it adds; None if there is none.

        Parameters
        ----------
        key : int
            Of the view in the draft.
        stays : Placed or None
            What stands at its place once it is refused.
        """
        added, changed = self.draft.instead_of(key, stays), self._changed(key, stays)
        return max((found for found in (added, changed) if found), key=lambda found: found[1], default=None)

    def then(self, key: int, stays: Placed | None, view: Placed) -> Stretches:
        """Return what is in view once another view has taken the place of one that is refused."""
        gone = [k for k in self.free if self.draft.placed[k].mount == view.mount]
        reached = self.draft.reached_without([key, *gone])
        return merged(merged(reached, stays.seen) if stays else reached, view.seen)

    def _changed(self, key: int, stays: Placed | None) -> Found | None:
        """Return the best change at a free view; those out of the refused view's reach are measured once."""
        draft, view = self.draft, self.draft.placed[key]
        money = draft.left + self._cost(view)
        if money not in self._changes:
            self._changes[money] = self._measured(self.free, draft.reached, [], None, money)
        near = set(draft.neighbours([view])).intersection(self.free)
        found = {k: change for k, change in self._changes[money].items() if k not in near}
        with draft.taken_down(view):
            reached = draft.reached_without([key])
            reached = merged(reached, stays.seen) if stays else reached
            found |= self._measured(sorted(near), reached, [key], stays, money)
        return max(found.values(), key=lambda change: change[1], default=None)

    def _measured(
        self, keys: list[int], reached: Stretches, gone: list[int], stays: Placed | None, money: float
    ) -> dict[int, Found]:
        """Return the best paid view in the place of each free one, and what it adds to what is in view."""
        out, choices = {}, self.draft.choices
        for key in keys:
            old = self.draft.placed[key]
            without = self.draft.reached_without([*gone, key])
            without = merged(without, stays.seen) if stays else without
            costs, gain, step = choices.costs[old.mount], *choices.best_gains(np.array([old.mount]), without)
            allowed = (costs > 0) & (costs <= money) & self.draft.open_elsewhere(old.mount)
            added = np.where(allowed, gain[0] - (reached.length - without.length), 0.0)
            model = int(added.argmax())
            if added[model] > 0.0:
                place, offer = np.array([old.mount]), np.array([model])
                azimuth = float(choices.azimuth_of(place, offer, step[:, model])[0])
                view = Placed(old.mount, model, azimuth, choices.stretches_of(old.mount, model, azimuth))
                out[key] = view, float(added[model])
        return out

    def _cost(self, view: Placed) -> float:
        return float(self.draft.choices.costs[view.mount, view.model])
