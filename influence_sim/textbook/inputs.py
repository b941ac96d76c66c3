"""What the textbook models accept: graphs, seeds and values per arc, checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from operator import index
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Draws, Process
from influence_sim.core.graph import Graph
from influence_sim.networks import arc_values, as_graph

type Integers = NDArray[np.int64]
type Reals = NDArray[np.float64]

LARGEST_BATCH = 2**20
"""Nodes times replicates that are simulated together: more would not stay in the processor's cache. No result depends
on it."""


class Runs(TypedDict, total=False):
    """How often to simulate, and from which seed."""

    replicates: int
    seed: int


class CoupledRuns(Runs, total=False):
    """The same, and whether draws are keyed by what they decide."""

    coupled: bool


@dataclass(frozen=True, eq=False)
class ArcValues:
    """One number per arc, checked: what :func:`prepared` returns.

    Attributes
    ----------
    values
        Shape (arcs,), in the order of the graph's arcs; not to be changed any more.
    largest, mean
        Of the values; 0 if there are none.
    """

    values: NDArray[np.floating]
    largest: float
    mean: float


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
    """Return different nodes for each replicate, drawn at random.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph, or a number of people.
    k
        How many for each.
    replicates, seed
        How many draws, and their seed. A replicate's is the same however many others there are.

    Returns
    -------
    Nodes, shape (replicates, k), by the names that the graph gives them.

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


def seed_nodes(people: Graph | int, seeds: ArrayLike, replicates: int) -> Integers:
    """Return seeds as node numbers, shape (k,) or (replicates, k).

    Raises
    ------
    ValueError
        If a seed is not a node, or seeds are given per replicate, but not for each.
    """
    nodes = node_numbers(people, seeds)
    if nodes.ndim > 2 or (nodes.ndim == 2 and len(nodes) != counted(replicates)):
        raise ValueError(
            f"seeds have shape (k,), or (replicates, k) with {replicates} replicates here; got {nodes.shape}"
        )
    return nodes


def first_cells(seeds: Integers, replicates: range, nodes: int) -> Integers:
    """Return the seeds of a batch of replicates as cells (place in the batch · nodes + node), ascending, each once."""
    row = np.arange(len(replicates))[:, None] * nodes
    if seeds.ndim == 1:
        return (row + np.unique(seeds)).ravel()
    return np.unique(row + seeds[replicates.start : replicates.stop])


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
    number = people.number_of
    names = seeds.ravel().tolist()
    wanted = names if people.labels.dtype != object else [str(name) for name in names]
    unknown = [name for name in wanted if name not in number]
    if unknown:
        raise ValueError(f"seed {unknown[0]!r} is not a node of the graph, whose first is {next(iter(number))!r}")
    return np.array([number[name] for name in wanted], np.int64).reshape(seeds.shape)


def prepared(graph: Any, values: str | ArrayLike, *, most: float = 1.0) -> ArcValues:
    """Return probabilities or weights of arcs, checked once for any number of calls.

    Parameters
    ----------
    graph
        The graph whose arcs they are of.
    values
        Shape (arcs,), in the order of the arcs (single precision stays so), or the name of an edge attribute; of a
        SciPy matrix any text, and its entries are taken.
    most
        The largest that is allowed; infinite numbers never are.

    Returns
    -------
    ArcValues
        To be given wherever a probability or weight of arcs is asked for.

    Raises
    ------
    ValueError
        If a number lies outside 0 … ``most``, or there is not one per arc.
    """
    return _checked(graph, as_graph(graph), values, "values", most)


def per_arc(
    graph: Any, people: Graph, values: float | str | ArrayLike | ArcValues, name: str, *, most: float = 1.0
) -> float | ArcValues:
    """Return a number, or one number per arc, of the probabilities or weights called ``name``, all in 0 … ``most``.

    ``values`` may be a number or whatever :func:`prepared` takes or has returned. The errors are its, too.
    """
    if not isinstance(values, Real | ArcValues):
        return _checked(graph, people, values, name, most)
    if isinstance(values, ArcValues):
        if values.values.size != people.arcs:
            raise ValueError(f"{name}: are of a graph with {values.values.size} arcs, this one has {people.arcs}")
        lowest, largest = 0.0, values.largest
    else:
        lowest = largest = float(values)
    _check_band(name, lowest, largest, most)
    return values if isinstance(values, ArcValues) else largest


def _checked(graph: Any, people: Graph, values: str | ArrayLike, name: str, most: float) -> ArcValues:
    if isinstance(values, str):
        found: NDArray[np.floating] = arc_values(graph, values)
    else:
        found = np.asarray(values)
        if found.dtype != np.float32:
            found = found.astype(np.float64, copy=False)
        if found.shape != (people.arcs,):
            raise ValueError(f"{name} needs one number per arc, shape ({people.arcs},), got {found.shape}")
    if not found.size:
        return ArcValues(found, 0.0, 0.0)
    largest = float(found.max())
    _check_band(name, float(found.min()), largest, most)
    return ArcValues(found, largest, float(found.mean(dtype=np.float64)))


def _check_band(name: str, lowest: float, largest: float, most: float) -> None:
    if not (lowest >= 0 and largest <= most and largest < np.inf):
        band = f"lie in 0..{most:g}" if most < np.inf else "be numbers of at least 0"
        raise ValueError(f"{name} must {band}, got {lowest:g} to {largest:g}")


def counted(replicates: int) -> int:
    """Return the number of replicates, at least 1."""
    if index(replicates) < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    return index(replicates)


def draws_of(seed: int, replicates: range) -> Draws:
    """Return the draws of replicates."""
    return Draws.for_replicates(seed, np.arange(replicates.start, replicates.stop))


def batches(replicates: int, nodes: int) -> Iterator[range]:
    """Yield the replicates in batches."""
    many = max(LARGEST_BATCH // max(nodes, 1), 1)
    for start in range(0, counted(replicates), many):
        yield range(start, min(start + many, replicates))
