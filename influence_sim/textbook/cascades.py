"""Cascades in rounds: the independent cascade, the linear threshold and Watts' threshold of the fraction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.contagion import enough, transmissions
from influence_sim.core.draws import Draws, Process
from influence_sim.core.graph import Graph
from influence_sim.networks import as_graph
from influence_sim.textbook.inputs import (
    Integers,
    Reached,
    Reals,
    Runs,
    batches,
    counted,
    draws_of,
    per_arc,
    seed_cells,
)

NEVER = -1
ROUNDING = 1e-4
"""So much more than 1 weights may add up to: published files round them to six digits."""

type Round = Callable[[Integers, Integers], tuple[Integers, Integers]]
"""Given who became active in a round (replicates and nodes), return for each attempt that succeeds in the next round
the position of who made it, and the node that it activates."""


class Trace(NamedTuple):
    """What became of every node; ``times`` and ``parents`` have shape (replicates, nodes) and −1 where never reached.

    ``times`` are rounds, 0 for seeds; ``parents`` the node that activated it, −1 for seeds too. Of several in one
    round the first in the order of arcs is named.
    """

    sizes: Integers
    times: NDArray[np.int32]
    parents: NDArray[np.int32]


@overload
def independent_cascade(
    graph: Any, seeds: ArrayLike, p: float | str | ArrayLike, *, trace: Literal[False] = ..., **runs: Unpack[Runs]
) -> Integers: ...
@overload
def independent_cascade(
    graph: Any, seeds: ArrayLike, p: float | str | ArrayLike, *, trace: Literal[True], **runs: Unpack[Runs]
) -> Trace: ...
def independent_cascade(
    graph: Any,
    seeds: ArrayLike,
    p: float | str | ArrayLike,
    *,
    replicates: int = 1,
    seed: int = 0,
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
        Probability of an arc, 0..1: a number, one per arc, or the name of an edge attribute.
    replicates, seed
        How many cascades, and the seed of their draws. A larger ``p`` never reaches fewer in the same replicate.
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
    uniform, factors = (chance, None) if isinstance(chance, float) else (1.0, chance)

    def spreading(draws: Draws, _: Reached) -> Round:
        stream = draws.at(Process.VISIBLE)

        def attempt(world: Integers, node: Integers) -> tuple[Integers, Integers]:
            position, receiver = transmissions(own, stream, world, own.ids[node], node, uniform, factors)
            return position, np.asarray(receiver, np.int64)

        return attempt

    return _cascade(own, seeds, spreading, replicates, seed, trace)


@overload
def linear_threshold(
    graph: Any,
    seeds: ArrayLike,
    *,
    weights: str | ArrayLike | None = ...,
    trace: Literal[False] = ...,
    **runs: Unpack[Runs],
) -> Integers: ...
@overload
def linear_threshold(
    graph: Any, seeds: ArrayLike, *, weights: str | ArrayLike | None = ..., trace: Literal[True], **runs: Unpack[Runs]
) -> Trace: ...
def linear_threshold(
    graph: Any,
    seeds: ArrayLike,
    *,
    weights: str | ArrayLike | None = None,
    replicates: int = 1,
    seed: int = 0,
    trace: bool = False,
) -> Integers | Trace:
    """Return how many a linear threshold cascade reaches, seeds included (Kempe, Kleinberg & Tardos 2003, KDD).

    Everyone has a threshold, uniform in 0..1, and becomes active in the round after the weights of the active ones
    they follow have reached it.

    Parameters
    ----------
    weights
        Of the arcs, as an array or the name of an edge attribute; those into a node may add up to 1 at most. None: one
        over the number of those whom the receiver follows.
    graph, seeds, replicates, seed, trace
        As for :func:`independent_cascade`.

    Returns
    -------
    Sizes, shape (replicates,), or a :class:`Trace`.

    Raises
    ------
    ValueError
        If a seed is not a node, or the weights into a node add up to more than 1.
    """
    own = as_graph(graph)
    if weights is None:
        return _cascade(own, seeds, _thresholds(own, None), replicates, seed, trace)
    weight = np.broadcast_to(per_arc(graph, own, weights, "weights"), own.arcs)
    total = np.bincount(own.followers, weight, minlength=own.nodes)
    if total.max(initial=0) > 1 + ROUNDING:
        raise ValueError(f"weights into a node may add up to 1, got {total.max():g} at node {int(total.argmax())}")

    def spreading(draws: Draws, reached: Reached) -> Round:
        stream, pressure = draws.at(Process.THRESHOLD), np.zeros(reached.active.size)

        def attempt(world: Integers, node: Integers) -> tuple[Integers, Integers]:
            position, place = own.out_places(node)
            follower = own.followers[place].astype(np.int64)
            cell = world[position] * own.nodes + follower
            np.add.at(pressure, cell, weight[place])
            tipped = pressure[cell] >= stream.uniform(world[position], own.ids[follower])
            return position[tipped], follower[tipped]

        return attempt

    return _cascade(own, seeds, spreading, replicates, seed, trace)


@overload
def watts(
    graph: Any, seeds: ArrayLike, phi: float | ArrayLike, *, trace: Literal[False] = ..., **runs: Unpack[Runs]
) -> Integers: ...
@overload
def watts(
    graph: Any, seeds: ArrayLike, phi: float | ArrayLike, *, trace: Literal[True], **runs: Unpack[Runs]
) -> Trace: ...
def watts(
    graph: Any,
    seeds: ArrayLike,
    phi: float | ArrayLike,
    *,
    replicates: int = 1,
    seed: int = 0,
    trace: bool = False,
) -> Integers | Trace:
    """Return how many a cascade of thresholds reaches, seeds included (Watts 2002, PNAS).

    Whoever sees a share of at least ``phi`` of those they follow active becomes active in the next round. Nothing is
    drawn, so replicates differ only if their seeds do.

    Parameters
    ----------
    phi
        Thresholds, more than 0: a number, or one per node.
    graph, seeds, replicates, seed, trace
        As for :func:`independent_cascade`.

    Returns
    -------
    Sizes, shape (replicates,), or a :class:`Trace`.

    Raises
    ------
    ValueError
        If a seed is not a node, or a threshold is not more than 0.
    """
    own = as_graph(graph)
    threshold = np.asarray(phi, np.float64)
    if threshold.ndim and threshold.shape != (own.nodes,):
        raise ValueError(f"phi is a number or one per node, shape ({own.nodes},), got {threshold.shape}")
    if not np.all(threshold > 0):
        raise ValueError(f"phi must be more than 0, got {threshold.min():g}")
    return _cascade(own, seeds, _thresholds(own, np.broadcast_to(threshold, own.nodes)), replicates, seed, trace)


def _thresholds(graph: Graph, phi: Reals | None) -> Callable[[Draws, Reached], Round]:
    """Let nodes become active once a share of those they follow is; ``phi`` None: uniform thresholds are drawn."""

    def spreading(draws: Draws, reached: Reached) -> Round:
        stream, count = draws.at(Process.THRESHOLD), np.zeros(reached.active.size, np.int32)

        def attempt(world: Integers, node: Integers) -> tuple[Integers, Integers]:
            position, place = graph.out_places(node)
            follower = graph.followers[place].astype(np.int64)
            cell = world[position] * graph.nodes + follower
            np.add.at(count, cell, np.int32(1))
            undecided = np.flatnonzero(~reached.active[cell])
            position, follower, cell = position[undecided], follower[undecided], cell[undecided]
            needed = phi[follower] if phi is not None else stream.uniform(world[position], graph.ids[follower])
            tipped = enough(count[cell], needed, graph.in_degree[follower])
            return position[tipped], follower[tipped]

        return attempt

    return spreading


def _cascade(
    graph: Graph,
    seeds: ArrayLike,
    spreading: Callable[[Draws, Reached], Round],
    replicates: int,
    seed: int,
    trace: bool,
) -> Integers | Trace:
    """Run cascades round by round until nobody new is reached."""
    nodes = graph.nodes
    world_of, node_of = seed_cells(graph, seeds, counted(replicates))
    sizes = np.empty(replicates, np.int64)
    shape = (replicates, nodes) if trace else (0, nodes)
    times, parents = np.full(shape, NEVER, np.int32), np.full(shape, NEVER, np.int32)
    for part in batches(replicates, nodes):
        reached = Reached(len(part), nodes)
        attempt = spreading(draws_of(seed, part), reached)
        here = (world_of >= part.start) & (world_of < part.stop)
        world, node = world_of[here] - part.start, node_of[here]
        time, parent = times[part.start : part.stop].ravel(), parents[part.start : part.stop].ravel()
        reached.fresh(world * nodes + node)
        clock = 0
        while node.size:
            if trace:
                time[world * nodes + node] = clock
            position, target = attempt(world, node)
            cell = world[position] * nodes + target
            new = reached.fresh(cell)
            if trace:
                parent[cell[new]] = node[position[new]]
            world, node = world[position[new]], target[new]
            clock += 1
        sizes[part.start : part.stop] = reached.sizes
    return Trace(sizes, times, parents) if trace else sizes
