"""What the textbook models accept: graphs, seeds and values per arc, checked."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from operator import index
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Draws, Process
from influence_sim.core.graph import Graph
from influence_sim.networks import arc_values, as_graph
from influence_sim.textbook.order import first_of_each

type Integers = NDArray[np.int64]
type Reals = NDArray[np.float64]

LARGEST_BATCH = 2**24
"""Nodes times replicates that are simulated together; it bounds the memory, and no result depends on it."""


class Runs(TypedDict, total=False):
    """How often to simulate, and from which seed."""

    replicates: int
    seed: int


def population(graph: Any) -> Graph | int:
    """Return the graph, or the number of people where everybody meets everybody."""
    if isinstance(graph, int | np.integer) and not isinstance(graph, bool):
        if not 2 <= graph < 2**31:
            raise ValueError(f"a population has 2 to 2^31 - 1 people, got {graph}")
        return int(graph)
    return as_graph(graph)


def size_of(people: Graph | int) -> int:
    """Return the number of nodes or people."""
    return people if isinstance(people, int) else people.nodes


def ids_of(people: Graph | int, nodes: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return by what ids draws know nodes."""
    return nodes if isinstance(people, int) else people.ids[nodes]


def random_seeds(graph: Any, k: int, *, replicates: int = 1, seed: int = 0) -> NDArray[Any]:
    """Return ``k`` different nodes for each replicate, drawn at random: shape (replicates, k).

    Raises
    ------
    ValueError
        If there are fewer than ``k`` nodes.
    """
    people = population(graph)
    nodes = size_of(people)
    if not 0 <= index(k) <= nodes:
        raise ValueError(f"k must lie in 0..{nodes}, the number of nodes, got {k}")
    stream = draws_of(seed, range(counted(replicates))).at(Process.SEEDS)
    ids = ids_of(people, np.arange(nodes))
    chosen = np.empty((replicates, k), np.int64)
    for replicate in range(replicates):
        lot = stream.bits(replicate, ids)
        chosen[replicate] = np.argpartition(lot, k - 1)[:k] if 0 < k < nodes else np.arange(k)
    return named(people, chosen)


def named(people: Graph | int, nodes: Integers) -> NDArray[Any]:
    """Return nodes by the names that their graph's source gives them."""
    return nodes if isinstance(people, int) or people.labels is None else people.labels[nodes]


def seed_cells(people: Graph | int, seeds: ArrayLike, replicates: int) -> tuple[Integers, Integers]:
    """Return the seeds of all replicates as replicates and node numbers, without repetitions.

    Raises
    ------
    ValueError
        If a seed is not a node, or seeds are given per replicate, but not for each.
    """
    nodes = node_numbers(people, seeds)
    if nodes.ndim > 2 or (nodes.ndim == 2 and len(nodes) != replicates):
        raise ValueError(
            f"seeds have shape (k,), or (replicates, k) with {replicates} replicates here; got {nodes.shape}"
        )
    nodes = np.broadcast_to(nodes, (replicates, nodes.shape[-1]))
    world, node = np.repeat(np.arange(replicates), nodes.shape[1]), nodes.ravel()
    cell = np.unique(world * size_of(people) + node)
    return np.divmod(cell, size_of(people))


def node_numbers(people: Graph | int, nodes_named: ArrayLike) -> Integers:
    """Return nodes, such as seeds, as node numbers, at least 1-D.

    Raises
    ------
    ValueError
        If one is not a node.
    """
    try:
        seeds = np.atleast_1d(np.asarray(nodes_named))
    except ValueError:
        raise ValueError("seeds have shape (k,), or (replicates, k): as many in each replicate") from None
    if seeds.dtype == bool:
        raise ValueError("seeds are nodes, got true and false; np.flatnonzero tells the numbers of those that are true")
    if isinstance(people, int) or people.labels is None:
        if seeds.size and seeds.dtype.kind not in "iu":
            raise ValueError(f"seeds are node numbers, got {seeds.dtype}")
        nodes = size_of(people)
        if seeds.size and not (seeds.min() >= 0 and seeds.max() < nodes):
            raise ValueError(f"seeds must lie in 0..{nodes - 1}, got {seeds.min()} to {seeds.max()}")
        return seeds.astype(np.int64)
    number = {label: place for place, label in enumerate(people.labels.tolist())}
    names = seeds.ravel().tolist()
    wanted = names if people.labels.dtype != object else [str(name) for name in names]
    unknown = [name for name in wanted if name not in number]
    if unknown:
        raise ValueError(f"seed {unknown[0]!r} is not a node of the graph, whose first is {next(iter(number))!r}")
    return np.array([number[name] for name in wanted], np.int64).reshape(seeds.shape)


def per_arc(
    graph: Any, people: Graph, values: float | str | ArrayLike, name: str, *, most: float = 1.0
) -> float | Reals:
    """Return a number, or one number per arc, of the probabilities or weights called ``name``, all in 0 … ``most``.

    ``values`` may be a number, an array in the order of the arcs of ``people``, or the name of an edge attribute (of a
    SciPy matrix: any text, and its entries are taken). Infinite numbers are never accepted.

    Raises
    ------
    ValueError
        If a number lies outside 0 … ``most``, or there is not one per arc.
    """
    if isinstance(values, Real):
        found: float | Reals = float(values)
    elif isinstance(values, str):
        found = arc_values(graph, values)
    else:
        found = np.asarray(values, np.float64)
        if found.shape != (people.arcs,):
            raise ValueError(f"{name} needs one number per arc, shape ({people.arcs},), got {found.shape}")
    if np.size(found) and not (np.min(found) >= 0 and np.max(found) <= most and np.max(found) < np.inf):
        band = f"lie in 0..{most:g}" if most < np.inf else "be numbers of at least 0"
        raise ValueError(f"{name} must {band}, got {np.min(found):g} to {np.max(found):g}")
    return found


def counted(replicates: int) -> int:
    """Return the number of replicates, at least 1."""
    if index(replicates) < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    return index(replicates)


def draws_of(seed: int, replicates: range) -> Draws:
    """Return the draws of replicates."""
    return Draws.for_replicates(seed, np.arange(replicates.start, replicates.stop))


def batches(replicates: int, nodes: int) -> Iterator[range]:
    """Yield the replicates in batches that fit into memory."""
    many = max(LARGEST_BATCH // max(nodes, 1), 1)
    for start in range(0, counted(replicates), many):
        yield range(start, min(start + many, replicates))


class Reached:
    """Who has been reached so far in a batch of replicates, cell by cell (replicate · nodes + node)."""

    def __init__(self, replicates: int, nodes: int) -> None:
        self.nodes = nodes
        self.active = np.zeros(replicates * nodes, bool)
        self._place = np.empty(replicates * nodes, np.int32)

    def fresh(self, cells: Integers) -> Integers:
        """Return the positions of the cells that are not reached yet, each cell once, and note them as reached."""
        candidates = np.flatnonzero(~self.active[cells])
        new = candidates[first_of_each(cells[candidates], self._place)]
        self.active[cells[new]] = True
        return new

    @property
    def sizes(self) -> Integers:
        """How many are reached, per replicate."""
        return np.asarray(np.count_nonzero(self.active.reshape(-1, self.nodes), axis=1), np.int64)
