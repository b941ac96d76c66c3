"""Whom to win over first: most followers, degree discount, and the greedy choice."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.contagion import transmissions
from influence_sim.core.draws import Process, Stream
from influence_sim.core.graph import Graph
from influence_sim.networks import as_graph
from influence_sim.textbook.inputs import (
    LARGEST_BATCH,
    ArcValues,
    Integers,
    Reals,
    counted,
    draws_of,
    named,
    node_numbers,
    per_arc,
)
from influence_sim.textbook.order import first_of_each


def by_degree(graph: Any, k: int) -> NDArray[Any]:
    """Return the ``k`` nodes with most followers; equals in an order that has nothing to do with what they are.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph.
    k
        How many.

    Returns
    -------
    Nodes, shape (k,), by the names that the graph gives them; those with most followers first.

    Raises
    ------
    ValueError
        If there are fewer than ``k`` nodes.
    """
    own = as_graph(graph)
    return named(own, own.by_followers[: _checked(k, own)].astype(np.int64))


def degree_discount(graph: Any, k: int, p: float) -> NDArray[Any]:
    """Return ``k`` nodes by degree, discounted for neighbours already chosen (Chen, Wang & Yang 2009, KDD).

    A node of degree d with t chosen neighbours counts d − 2t − (d − t)·t·p, as made for an undirected graph and an
    independent cascade of small uniform ``p``.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph.
    k
        How many.
    p
        Probability of an arc, 0..1.

    Returns
    -------
    Nodes, shape (k,), by the names that the graph gives them; in the order of the choice.

    Raises
    ------
    ValueError
        If there are fewer than ``k`` nodes, or ``p`` lies outside 0..1.
    """
    own = as_graph(graph)
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in 0..1, got {p}")
    degree, chosen_followees = own.out_degree.astype(np.float64), np.zeros(own.nodes)
    # Ties go to the first by a hash, as in by_degree.
    order = own.by_chance
    worth, place = degree[order], np.empty(own.nodes, np.int64)
    place[order] = np.arange(own.nodes)
    chosen = np.empty(_checked(k, own), np.int64)
    for number in range(chosen.size):
        chosen[number] = order[worth.argmax()]
        worth[place[chosen[number]]] = -np.inf
        _, near = own.out_arcs(chosen[number : number + 1])
        chosen_followees[near] += 1
        t, d = chosen_followees[near], degree[near]
        still = np.isfinite(worth[place[near]])
        worth[place[near[still]]] = (d - 2 * t - (d - t) * t * p)[still]
    return named(own, chosen)


def celf(
    graph: Any,
    k: int,
    p: float | str | ArrayLike,
    *,
    replicates: int = 100,
    seed: int = 0,
    among: ArrayLike | None = None,
) -> NDArray[Any]:
    """Return ``k`` seeds of an independent cascade chosen greedily, each adding most to those before it.

    Gains are means over ``replicates`` coupled cascades of :func:`independent_cascade` with the same seed, in which
    every arc has its coin once and for all; there they are submodular exactly, so the lazy evaluation (CELF: Leskovec
    et al. 2007, KDD) makes the same choice as the full one, and reaches at least 1 − 1/e of the best in these cascades
    (Kempe, Kleinberg & Tardos 2003, KDD). Take fresh replicates, of another seed, to estimate what the choice is worth.

    Parameters
    ----------
    graph, p
        As for :func:`independent_cascade`.
    k
        How many seeds.
    replicates, seed
        Cascades in which gains are measured.
    among
        Nodes that may be chosen, shape (n,), named as seeds are; None: all. The first round measures the reach of each
        of them, which takes most of the time: on large graphs name the few thousand with most followers.

    Returns
    -------
    Nodes, shape (k,), by the names that the graph gives them; in the order of the choice.

    Raises
    ------
    ValueError
        If there are fewer than ``k`` nodes to choose from, one of them is not in the graph, or a probability lies
        outside 0..1.
    """
    own = as_graph(graph)
    chance = per_arc(graph, own, p, "p")
    candidates = np.arange(own.nodes) if among is None else np.unique(node_numbers(own, among))
    if not 0 <= index(k) <= candidates.size:
        raise ValueError(f"k must lie in 0..{candidates.size}, the number of candidates, got {k}")
    cascades = _Cascades(own, draws_of(seed, range(counted(replicates))).at(Process.VISIBLE), chance, replicates)
    gains = cascades.reaches(candidates)
    queue = [(-gain, node, 0) for gain, node in zip(gains.tolist(), candidates.tolist(), strict=True)]
    heapify(queue)
    chosen: list[int] = []
    while len(chosen) < k:
        _, node, known_at = heappop(queue)
        if known_at == len(chosen):
            cascades.add(node)
            chosen.append(node)
        else:
            heappush(queue, (-cascades.gain(node), node, len(chosen)))
    return named(own, np.array(chosen, np.int64))


class _Cascades:
    """What the seeds chosen so far reach in every replicate, and what one more would add."""

    def __init__(self, graph: Graph, stream: Stream, chance: float | ArcValues, replicates: int) -> None:
        self._graph, self._stream = graph, stream
        self._uniform = chance if isinstance(chance, float) else 1.0
        self._factors = None if isinstance(chance, float) else chance.values
        self._replicates = np.arange(replicates)
        self._reached = np.zeros(replicates * graph.nodes, bool)
        self._place = np.empty(0, np.int32)

    def add(self, node: int) -> None:
        """Choose a node."""
        self._spread(self._replicates, np.full(self._replicates.size, node), self._replicates, self._reached)

    def gain(self, node: int) -> float:
        """Return how many more a node would reach, on average."""
        world = self._replicates
        cells = self._spread(world, np.full(world.size, node), world, self._reached)
        self._reached[cells] = False
        return cells.size / world.size

    def reaches(self, candidates: Integers) -> Reals:
        """Return how many each candidate reaches alone, on average."""
        nodes, replicates = self._graph.nodes, self._replicates.size
        many = max(LARGEST_BATCH // nodes, 1)
        reached, total = np.zeros(many * nodes, bool), np.zeros(candidates.size)
        for start in range(0, candidates.size * replicates, many):
            run = np.arange(start, min(start + many, candidates.size * replicates))
            candidate, world = np.divmod(run, replicates)
            cells = self._spread(run - start, candidates[candidate], world, reached)
            total += np.bincount(candidate[cells // nodes], minlength=candidates.size)
            reached[cells] = False
        return total / replicates

    def _spread(self, run: Integers, node: Integers, world_of: Integers, reached: NDArray[np.bool_]) -> Integers:
        """Let a cascade start at a node in every run (of replicate ``world_of[run]``), and note whom it newly reaches.

        Returns the cells (run · nodes + node).
        """
        nodes = self._graph.nodes
        if self._place.size < reached.size:
            self._place = np.empty(reached.size, np.int32)
        found: list[Integers] = []
        cell = run * nodes + node
        while True:
            cell = cell[~reached[cell]]
            cell = cell[first_of_each(cell, self._place)]
            if not cell.size:
                return np.concatenate(found) if found else cell
            reached[cell] = True
            found.append(cell)
            run, node = np.divmod(cell, nodes)
            position, receiver = transmissions(
                self._graph,
                self._stream,
                world_of[run],
                self._graph.ids[node],
                node,
                self._uniform,
                self._factors,
            )
            cell = run[position] * nodes + receiver


def _checked(k: int, graph: Graph) -> int:
    if not 0 <= index(k) <= graph.nodes:
        raise ValueError(f"k must lie in 0..{graph.nodes}, the number of nodes, got {k}")
    return index(k)
