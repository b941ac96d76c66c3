"""The independent cascade: one chance per arc."""

from __future__ import annotations

from typing import Any, Literal, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.contagion import transmissions
from influence_sim.core.draws import Process
from influence_sim.core.graph import Graph
from influence_sim.networks import as_graph
from influence_sim.textbook.inputs import ArcValues, CoupledRuns, Integers, draws_of, per_arc, seed_nodes
from influence_sim.textbook.rounds import Frontier, Reached, Round, Spreading, Trace, row_of_arcs, spread, steps
from influence_sim.textbook.skipping import Sequences

_UNEVEN = 8
"""Where the largest probability is more than so many times the mean, skipping would try too many arcs in vain."""

type Probabilities = float | str | ArrayLike | ArcValues


@overload
def independent_cascade(
    graph: Any, seeds: ArrayLike, p: Probabilities, *, trace: Literal[False] = ..., **runs: Unpack[CoupledRuns]
) -> Integers: ...
@overload
def independent_cascade(
    graph: Any, seeds: ArrayLike, p: Probabilities, *, trace: Literal[True], **runs: Unpack[CoupledRuns]
) -> Trace: ...
def independent_cascade(
    graph: Any,
    seeds: ArrayLike,
    p: Probabilities,
    *,
    replicates: int = 1,
    seed: int = 0,
    coupled: bool = False,
    trace: bool = False,
) -> Integers | Trace:
    """Return how many an independent cascade reaches, seeds included (Kempe, Kleinberg & Tardos 2003, KDD).

    Whoever becomes active has one chance to activate each of their followers, in the next round.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph.
    seeds
        Nodes active at first: shape (k,) for all replicates, or (replicates, k).
    p
        Probability of an arc, 0..1: a number, shape (arcs,), the name of an edge attribute, or :func:`prepared` ones,
        which save a look at every arc per call.
    replicates, seed
        How many cascades, and the seed of their draws. A replicate is the same however many others there are.
    coupled
        Whether every arc of a replicate has its own coin, keyed by its ends: then a larger ``p``, or more seeds, never
        reach fewer, and cascades on changed graphs can be compared. Otherwise arcs that fail are skipped, which is
        many times faster.
    trace
        Whether to say when and by whom everyone was reached, too.

    Returns
    -------
    Sizes, shape (replicates,), or a :class:`Trace`.

    Raises
    ------
    ValueError
        If a seed is not a node or a probability lies outside 0..1.
    """
    own = as_graph(graph)
    chance = per_arc(graph, own, p, "p")
    first = seed_nodes(own, seeds, replicates)
    return spread(own, first, (_coins if coupled else _skips)(own, chance, seed), replicates, trace)


def _coins(graph: Graph, chance: float | ArcValues, seed: int) -> Spreading:
    """Let every arc have a keyed coin."""
    uniform, factors = (chance, None) if isinstance(chance, float) else (1.0, chance.values)

    def spreading(part: range, _: Reached) -> Round:
        stream = draws_of(seed, part).at(Process.VISIBLE)

        def attempt(front: Frontier) -> tuple[Integers, NDArray[np.integer]]:
            world = front.worlds()
            position, receiver = transmissions(
                graph, stream, world, graph.ids[front.nodes], front.nodes, uniform, factors
            )
            made = np.searchsorted(position, np.arange(1, front.nodes.size + 1))
            return made, front.cells_of(receiver, made)

        return attempt

    return spreading


def _skips(graph: Graph, chance: float | ArcValues, seed: int) -> Spreading:
    """Let the arcs out of a round's nodes stand in one row, of which those that fail are skipped."""
    each = None if isinstance(chance, float) else chance
    bound = chance if isinstance(chance, float) else chance.largest
    if each is not None and each.mean * _UNEVEN < bound:
        bound = 1.0
    hazard = -np.log1p(-bound) if bound < 1 else np.inf

    def spreading(part: range, _: Reached) -> Round:
        sequences = Sequences(draws_of(seed, part).at(Process.VISIBLE))

        def attempt(front: Frontier) -> tuple[Integers, NDArray[np.integer]]:
            shift, upto = row_of_arcs(graph, front.nodes)
            place = sequences.successes(front.sums(upto), hazard)
            made = place.searchsorted(upto)
            place += shift.repeat(steps(made))
            if each is not None:
                coin = sequences.uniform(front.sums(made))
                coin *= bound
                kept = np.flatnonzero(coin < each.values.take(place))
                place, made = place[kept], np.searchsorted(kept, made)
            return made, front.cells_of(graph.followers.take(place), made)

        return attempt

    return spreading
