"""Paying: what the levers cost every day, and what falls due now and then."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.state import F8
from influence_sim.core.worlds import Worlds


def pay(worlds: Worlds, cost: NDArray[np.floating[Any]]) -> F8:
    """Pay what falls due, shape (rows,), out of the reserves; return the share of it that was paid (1 of nothing)."""
    # A reserve that is used up is nought, not a trace of rounding.
    paid = np.minimum(cost, np.maximum(worlds.state.reserve, 0))
    worlds.state.reserve -= paid
    worlds.flows.spend += paid
    share: F8 = np.divide(paid, cost, out=np.ones_like(paid), where=cost > 0)
    return share


def close_books(worlds: Worlds) -> None:
    """Pay a day of what the levers cost; what the budget leaves goes into a reserve for what falls due unevenly."""
    worlds.flows.spend += worlds.running_cost
    worlds.state.reserve += np.tile(worlds.setting.budgets, worlds.size.worlds) * worlds.scale - worlds.running_cost
