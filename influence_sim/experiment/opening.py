"""Results that an earlier run kept in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from influence_sim.experiment.compare import comparison_at, comparison_over_posterior
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.sequential import Stopping
from influence_sim.experiment.store import Store
from influence_sim.experiment.sweep import Sweep


def open_results(folder: str | Path) -> Comparison | Sweep:
    """Open what ``compare`` or ``sweep`` kept in a folder, wherever that is now.

    Nothing else is needed: neither the scenario file nor that of the graph.

    Parameters
    ----------
    folder
        What was given as ``out`` (``--out``).

    Returns
    -------
    Comparison or Sweep
        A comparison where nothing was varied.

    Raises
    ------
    StoreError
        If the folder holds no results, or they are unfinished, damaged or from a newer version; one line.
    """
    store = Store.open(folder)
    if store.plan.posterior:
        return comparison_over_posterior(store)
    if store.plan.points != ({},):
        return Sweep(store)
    stopping = store.manifest.get("stopping")
    return replace(comparison_at(store, 0), stopping=None if stopping is None else Stopping.of(stopping))
