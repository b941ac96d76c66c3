"""The SIR epidemic, exact in continuous time or in steps, on a network or among people who all meet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import pdtrik

from influence_sim.core.calendar import Calendar
from influence_sim.core.draws import Process, Stream
from influence_sim.core.graph import Graph
from influence_sim.textbook.epidemics_in_steps import sir_in_steps
from influence_sim.textbook.inputs import (
    CoupledRuns,
    Integers,
    Reals,
    batches,
    counted,
    draws_of,
    first_cells,
    ids_of,
    population,
    seed_nodes,
    size_of,
)
from influence_sim.textbook.order import first_of_each

type Periods = Callable[[Integers, Integers], Reals]
"""How long who is infected (replicates and nodes) stays so."""

type Contacts = Callable[[Integers, Integers], tuple[Integers, Integers, Reals]]
"""Given who is infected (replicates and nodes), return for each transmission the position of who makes it, the node
that it meets and the time since the former's infection."""

_BUCKETS_PER_EVENT = 4


class Epidemic(NamedTuple):
    """What became of every node; arrays but ``sizes`` have shape (replicates, nodes).

    ``sizes`` counts who was ever infected; ``infected`` and ``recovered`` are times, infinite for those who never were;
    ``parents`` names the node that infected it, −1 for seeds and for whom nobody did.
    """

    sizes: Integers
    infected: Reals
    recovered: Reals
    parents: NDArray[np.int32]


@overload
def sir(
    graph: Any,
    seeds: ArrayLike,
    beta: float,
    gamma: float,
    *,
    discrete: bool = ...,
    trace: Literal[False] = ...,
    **runs: Unpack[CoupledRuns],
) -> Integers: ...
@overload
def sir(
    graph: Any,
    seeds: ArrayLike,
    beta: float,
    gamma: float,
    *,
    discrete: bool = ...,
    trace: Literal[True],
    **runs: Unpack[CoupledRuns],
) -> Epidemic: ...
def sir(
    graph: Any,
    seeds: ArrayLike,
    beta: float,
    gamma: float,
    *,
    discrete: bool = False,
    trace: bool = False,
    replicates: int = 1,
    seed: int = 0,
    coupled: bool = False,
) -> Integers | Epidemic:
    """Return how many an SIR epidemic ever infects, seeds included (Kermack & McKendrick 1927).

    Everyone infected draws when they recover and, for each contact, when they would transmit; whoever is met first by
    somebody not yet recovered is infected. So the times are shortest paths (Kenah & Robins 2007, Phys. Rev. E 76),
    which are found in order of time, a bucket at a time (delta-stepping: Meyer & Sanders 2003, J. Algorithms 49).

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix, own graph, or a number of people of whom everybody meets everybody.
    seeds
        Nodes infected at first: shape (k,) for all replicates, or (replicates, k).
    beta
        Rate at which an infected node transmits along each arc; among people who all meet, at which it transmits to
        somebody at random. If ``discrete``, the probability per step and arc, 0..1.
    gamma
        Rate of recovery, at least 0 (0: nobody recovers). If ``discrete``, the probability per step.
    discrete
        Whether time goes in steps: who is infected at step t may transmit from step t + 1 on, including the step in
        which they recover.
    trace
        Whether to return an :class:`Epidemic` with the times and who infected whom.
    replicates, seed
        How many epidemics, and the seed of their draws. A replicate is the same however many others there are.
    coupled
        Whether draws of steps are keyed by the nodes they are for, so that a larger ``beta`` never infects fewer, and
        epidemics on changed graphs can be compared. Otherwise contacts that do not transmit are skipped, which is many
        times faster. In continuous time draws are always keyed.

    Returns
    -------
    Sizes, shape (replicates,), or an :class:`Epidemic`.

    Raises
    ------
    ValueError
        If a rate is negative or infinite, a probability above 1, or time goes in steps without a network.
    """
    people = population(graph)
    nodes = size_of(people)
    _check_rates(people, beta, gamma, discrete)
    first = seed_nodes(people, seeds, counted(replicates))
    if not (coupled or isinstance(people, int)) and discrete:
        sizes, at, until, sources = sir_in_steps(people, first, beta, gamma, replicates, seed, trace)
        if not trace:
            return sizes
        return Epidemic(sizes, at.reshape(-1, nodes), until.reshape(-1, nodes), sources.reshape(-1, nodes))
    width = 1.0 if discrete or not beta else 1 / (_BUCKETS_PER_EVENT * (beta + gamma))
    parts = []
    for part in batches(replicates, nodes):
        draws = draws_of(seed, part)
        period = partial(_period, people, draws.at(Process.RECOVERY), gamma, discrete)
        if isinstance(people, int):
            contacts = _with_anybody(nodes, draws.at(Process.CONTACT), beta, period)
        else:
            contacts = _along_arcs(people, draws.at(Process.LAG), beta, discrete, period)
        infected, parents = _first_passages(first_cells(first, part, nodes), contacts, len(part), nodes, width)
        sizes = np.count_nonzero(np.isfinite(infected).reshape(-1, nodes), axis=1)
        if trace:
            ever = np.flatnonzero(np.isfinite(infected))
            recovered = np.full(infected.size, np.inf)
            recovered[ever] = infected[ever] + period(*np.divmod(ever, nodes))
            parts.append((sizes, *(column.reshape(-1, nodes) for column in (infected, recovered, parents))))
        else:
            parts.append((sizes,))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Epidemic(*columns) if trace else columns[0]


def _period(
    people: Graph | int, stream: Stream, gamma: float, discrete: bool, world: Integers, node: Integers
) -> Reals:
    """Return how long nodes stay infected."""
    return _waits(stream, gamma, discrete, world, ids_of(people, node))


def _check_rates(people: Graph | int, beta: float, gamma: float, discrete: bool) -> None:
    right = "a probability, 0..1" if discrete else "a number of at least 0"
    for name, rate in (("beta", beta), ("gamma", gamma)):
        if not (0 <= rate <= 1 if discrete else 0 <= rate < np.inf):
            raise ValueError(f"{name} must be {right}, got {rate}")
    if discrete and isinstance(people, int):
        raise ValueError("steps need a network; among people who all meet time is continuous")
    if isinstance(people, int) and not gamma:
        raise ValueError("among people who all meet gamma must be more than 0")


def _waits(stream: Stream, rate: float, discrete: bool, world: Integers, *ids: ArrayLike) -> Reals:
    """Return the times until something happens: exponential, or in whole steps geometric."""
    hazard = (-np.log1p(-rate) if rate < 1 else np.inf) if discrete else rate
    wait = stream.exponential(world, *ids)
    wait = wait / hazard if hazard else np.full_like(wait, np.inf)
    return np.maximum(np.ceil(wait), 1.0) if discrete else wait


def _along_arcs(graph: Graph, stream: Stream, beta: float, discrete: bool, period: Periods) -> Contacts:
    """Let the infected transmit along their arcs, if in time."""

    def contacts(world: Integers, node: Integers) -> tuple[Integers, Integers, Reals]:
        position, follower = graph.out_arcs(node)
        wait = _waits(stream, beta, discrete, world[position], graph.ids[node][position], graph.ids[follower])
        timely = np.flatnonzero(wait <= period(world, node)[position])
        return position[timely], follower[timely].astype(np.int64), wait[timely]

    return contacts


def _with_anybody(nodes: int, stream: Stream, beta: float, period: Periods) -> Contacts:
    """Let the infected transmit to people at random: a Poisson number of times while they are infected."""

    def contacts(world: Integers, node: Integers) -> tuple[Integers, Integers, Reals]:
        length = period(world, node)
        # The smallest count whose cumulated probability reaches the draw.
        count = np.ceil(np.nan_to_num(pdtrik(stream.uniform(world, node), beta * length))).astype(np.int64)
        position = np.repeat(np.arange(node.size), count)
        number = np.arange(position.size) - np.repeat(np.cumsum(count) - count, count)
        who, where = node[position], world[position]
        met = (stream.uniform(where, who, number, 0) * (nodes - 1)).astype(np.int64)
        wait = stream.uniform(where, who, number, 1) * length[position]
        return position, met + (met >= who), wait

    return contacts


def _first_passages(
    start: Integers, contacts: Contacts, replicates: int, nodes: int, width: float
) -> tuple[Reals, NDArray[np.int32]]:
    """Return when each cell (replicate · nodes + node) is first reached, and from which node."""
    reached = np.full(replicates * nodes, np.inf)
    parents = np.full(replicates * nodes, -1, np.int32)
    place = np.empty(replicates * nodes, np.int32)
    due = Calendar(width, "i8", "i4")
    due.put(0, np.zeros(start.size), start, np.full(start.size, -1, np.int32))
    step = 0
    while len(due):
        while (arrivals := due.take(step))[0].size:
            at, cell, parent = arrivals
            sooner = np.flatnonzero(at < reached[cell])
            sooner = sooner[first_of_each(cell[sooner], place)]
            at, cell = at[sooner], cell[sooner]
            reached[cell], parents[cell] = at, parent[sooner]
            world, node = np.divmod(cell, nodes)
            position, target, wait = contacts(world, node)
            then, met = at[position] + wait, world[position] * nodes + target
            useful = np.flatnonzero(then < reached[met])
            due.put(step, then[useful], met[useful], node[position[useful]].astype(np.int32))
        step += 1
    return reached, parents
