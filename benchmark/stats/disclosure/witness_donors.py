"""Who could move for a target, the most useful first: remembered for all targets of the same groups."""

import numpy as np

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.figures import Figures
from benchmark.stats.disclosure.witness import Needs

ORDERS = 100  # that are remembered


class Donors:
    """Versions that are counted in something shown and have room, in order of use for a target."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self._shown, self._active = np.array([-1]), np.zeros_like(figures.active)
        self._windows = np.zeros(figures.cast.value.size, dtype=np.int64)

    def refresh(self, needs: Needs) -> None:
        """Take in which figures are active now, and how much room everybody has."""
        figures = self.figures
        shown = figures.shown_groups()
        if not np.array_equal(shown, self._shown):
            self._shown = shown
            self._member = (figures.place[shown] >= 0).astype(np.float32)
            self._counted = self._member.sum(axis=0)
        for changed, sign in ((figures.active & ~self._active, 1), (self._active & ~figures.active, -1)):
            self._windows += sign * figures.inside[changed].sum(axis=0)
        self._active = figures.active.copy()
        self._orders: dict[bytes, IntArray] = {}
        low = np.maximum(figures.segment[0], -needs.spare_down)
        high = np.minimum(figures.segment[1], needs.spare_up)
        self._room = np.nan_to_num(np.minimum(high, -low), posinf=1e300, nan=0.0)
        self._able = (self._counted > 0) & (np.maximum(high, -low) > 0)

    def of(self, version: int) -> IntArray:
        """Those in the same groups as this version first, then those in few windows, then those with most room."""
        own = self._member[:, version]
        order = self._orders.get(own.tobytes())
        if order is None:
            apart = own.sum() + self._counted - 2 * (own @ self._member)
            score = apart + 0.4 * (self._windows - self._counted)
            places = np.flatnonzero(self._able)
            order = places[np.lexsort((-self._room[places], score[places]))]
            if len(self._orders) >= ORDERS:
                self._orders.clear()
            self._orders[own.tobytes()] = order
        return order
