"""The adoption of a new product by innovation and imitation."""

from __future__ import annotations

from typing import Any

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.textbook.inputs import Integers, batches, counted, draws_of, ids_of, population, size_of
from influence_sim.textbook.opinions import averaging


def bass(
    graph: Any, p: float, q: float, *, periods: float, dt: float = 0.01, replicates: int = 1, seed: int = 0
) -> Integers:
    """Return how many have adopted at the end of each step (Bass 1969, Management Science 15).

    Who has not adopted does so at the rate p + q·F, F the share of those they follow (or of everybody) who have. Each
    draws once how much of that hazard they withstand, so more innovation or imitation never makes fewer adopt.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph, or a number of people of whom everybody follows everybody.
    p, q
        Innovation and imitation, per period, at least 0.
    periods
        How long, in periods: a whole number of steps of ``dt``, at least one.
    dt
        Step in periods; F is held for so long. At .05 the curve is less than 2 % late.
    replicates, seed
        How many markets, and the seed of their draws.

    Returns
    -------
    Adopters, shape (replicates, steps + 1), from 0 at the beginning.

    Raises
    ------
    ValueError
        If a rate is negative, a time not positive, or ``periods`` no whole number of steps.
    """
    people = population(graph)
    nodes = size_of(people)
    if not (0 <= p < np.inf and 0 <= q < np.inf):
        raise ValueError(f"p and q must be numbers of at least 0, got {p} and {q}")
    if not (0 < dt < np.inf and 0 < periods < np.inf):
        raise ValueError(f"dt and periods must be numbers more than 0, got {dt} and {periods}")
    steps = round(periods / dt)
    # Decimal fractions, such as a hundredth, are not exact.
    if steps < 1 or abs(periods / dt - steps) > 1e-9 * steps:
        raise ValueError(f"periods must be a whole number of steps of dt, got {periods / dt:g} steps of {dt:g}")
    adopters = np.zeros((counted(replicates), steps + 1), np.int64)
    for part in batches(replicates, nodes):
        world = np.arange(len(part))[:, None]
        withstood = draws_of(seed, part).at(Process.ADOPTION).exponential(world, ids_of(people, np.arange(nodes)))
        if isinstance(people, int):
            # All face the same hazard, so they adopt in the order of what they withstand.
            withstood.sort(axis=1)
            for row, replicate in enumerate(part):
                hazard = 0.0
                for step in range(1, steps + 1):
                    hazard += (p + q * adopters[replicate, step - 1] / nodes) * dt
                    adopters[replicate, step] = np.searchsorted(withstood[row], hazard, side="right")
        else:
            faced, has = np.zeros_like(withstood), np.zeros_like(withstood)
            share = averaging(people.influence, people.in_degree == 0)
            for step in range(1, steps + 1):
                faced += (p + q * share(has)) * dt
                has = (faced >= withstood).astype(np.float64)
                adopters[part.start : part.stop, step] = has.sum(axis=1)
    return adopters
