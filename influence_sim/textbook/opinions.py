"""Opinion dynamics: averaging, stubbornness, and listening only to those who are near."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Process, Stream
from influence_sim.core.graph import Graph
from influence_sim.core.opinions import anchored, confided
from influence_sim.networks import as_graph
from influence_sim.textbook.inputs import Integers, Reals, draws_of, per_arc, population, size_of
from influence_sim.textbook.order import one_after_the_other

SETTLED = 1e-14
"""Opinions have settled when none moves by more than this share of the largest."""
SETTLED_SUMS = 1e-10
"""The same where sums over everybody are rounded each time."""
MOST_STEPS = 1_000_000


def degroot(
    graph: Any,
    opinions: ArrayLike,
    *,
    weights: float | str | ArrayLike | None = None,
    self_weight: ArrayLike = 0.0,
    steps: int | None = None,
) -> Reals:
    """Return opinions after everyone has taken the mean of those they follow, again and again (DeGroot 1974, JASA 69).

    x ← W·x, W the weights that everyone gives to everyone, rows of sum 1. Any such W is
    ``degroot(W.T, opinions, weights="entries", self_weight=W.diagonal())``.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph. An arc u → v, or an entry [u, v] of a matrix, means that v listens to
        u. Who follows nobody, or only with weight 0, keeps their opinion.
    opinions
        Shape (nodes,), or (replicates, nodes).
    weights
        How much the receiver of each arc listens to its sender, numbers of at least 0: shape (arcs,), in the order of
        the arcs, or the name of an edge attribute (of a matrix: any text, and its entries are taken). Only proportions
        among those whom somebody follows count. None: all count the same, and entries of a matrix are ignored.
    self_weight
        Weight of one's own opinion, 0..1, against 1 − that of the others' mean: a number, or one per node. Self-loops
        of the graph count for nothing. Without any, opinions on a graph of two sides that only listen to each other
        swing for ever.
    steps
        How often; None: until they settle.

    Returns
    -------
    Opinions, in the shape of those given.

    Raises
    ------
    ValueError
        If opinions are not one per node, a weight lies outside its range, or opinions have not settled after a million
        steps.
    """
    own = as_graph(graph)
    start, listened = _checked(opinions, own.nodes), _listened(graph, own, weights, self_weight)
    return _repeat(listened, start, steps)


def friedkin_johnsen(
    graph: Any,
    opinions: ArrayLike,
    susceptibility: ArrayLike,
    *,
    weights: float | str | ArrayLike | None = None,
    self_weight: ArrayLike = 0.0,
    steps: int | None = None,
) -> Reals:
    """Return opinions that are drawn to others' mean and back to where they began.

    x ← Λ·W·x + (1 − Λ)·x₀ (Friedkin & Johnsen 1990, J. Math. Sociology 15), which settles at (I − ΛW)⁻¹(I − Λ)x₀.

    Parameters
    ----------
    susceptibility
        Λ, 0..1: a number, or one per node. With 1 this is :func:`degroot`.
    graph, opinions, weights, self_weight, steps
        As for :func:`degroot`: an arc u → v means that v listens to u, and without ``weights`` entries are ignored.

    Returns
    -------
    Opinions, in the shape of those given.

    Raises
    ------
    ValueError
        If opinions are not one per node, Λ or a weight lies outside its range, or opinions have not settled after a
        million steps.
    """
    own = as_graph(graph)
    start, listened = _checked(opinions, own.nodes), _listened(graph, own, weights, self_weight)
    _check_share("susceptibility", susceptibility, own.nodes)
    return _repeat(lambda x: anchored(listened(x), start, susceptibility), start, steps)


def hegselmann_krause(graph: Any, opinions: ArrayLike, epsilon: float, *, steps: int | None = None) -> Reals:
    """Return opinions after everyone has taken the mean of those near enough, again and again.

    All at once move to the mean of their own opinion and of those they follow that lie within ``epsilon`` of it
    (Hegselmann & Krause 2002, JASSS 5).

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph, or a number of people who all follow each other.
    opinions
        Shape (nodes,), or (replicates, nodes).
    epsilon
        How near an opinion must be to be listened to, at least 0.
    steps
        How often; None: until they settle.

    Returns
    -------
    Opinions, in the shape of those given.

    Raises
    ------
    ValueError
        If opinions are not one per node, or have not settled after a million steps.
    """
    people = population(graph)
    start = _checked(opinions, size_of(people))
    _check_epsilon(epsilon)
    if isinstance(people, int):
        return _repeat(lambda x: np.apply_along_axis(_mean_of_the_near, -1, x, epsilon), start, steps, SETTLED_SUMS)
    return _repeat(lambda x: x + _pull_of_the_near(people, x, epsilon), start, steps)


def deffuant(
    graph: Any,
    opinions: ArrayLike,
    epsilon: float,
    *,
    meetings: int,
    mu: float = 0.5,
    seed: int = 0,
) -> Reals:
    """Return opinions after so many meetings of two, who approach each other if they are near enough.

    Each meeting is of a random pair; if their opinions lie within ``epsilon``, each moves ``mu`` of the way to the
    other (Deffuant, Neau, Amblard & Weisbuch 2000, Adv. Complex Systems 3). Meetings take place one after the other.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph, whose arcs are the pairs that may meet; or a number of people.
    opinions
        Shape (nodes,), or (replicates, nodes).
    epsilon
        How near two opinions must be, at least 0.
    meetings
        Number of meetings in each replicate.
    mu
        Share of the way, 0..½ as a rule.
    seed
        Seed of the draws.

    Returns
    -------
    Opinions, in the shape of those given.

    Raises
    ------
    ValueError
        If opinions are not one per node, nobody can meet, or a number lies outside its range.
    """
    people = population(graph)
    nodes = size_of(people)
    start = _checked(opinions, nodes)
    _check_epsilon(epsilon)
    _check_share("mu", mu)
    if index(meetings) < 0:
        raise ValueError(f"meetings must be at least 0, got {meetings}")
    if not isinstance(people, int) and not people.arcs:
        raise ValueError("without arcs nobody can meet")
    opinion = np.atleast_2d(start).copy()
    replicates = len(opinion)
    draws, flat = draws_of(seed, range(replicates)), opinion.reshape(-1)
    place = np.empty(flat.size, np.int32)
    block = max(nodes // 2, 1)
    for number, begun in enumerate(range(0, meetings, block)):
        count = min(block, meetings - begun)
        first, second = _pairs(people, draws.at(Process.MEETING, number), replicates, count)
        for now in one_after_the_other(first, second, place):
            one, other = first[now], second[now]
            step = mu * confided(flat[other] - flat[one], epsilon)
            flat[one] += step
            flat[other] -= step
    return opinion.reshape(start.shape)


def clusters(opinions: ArrayLike, *, within: float = 0.01, minor: float = 0.01) -> int:
    """Return how many groups of opinions there are, in a vector of them.

    Parameters
    ----------
    opinions
        Shape (nodes,).
    within
        Neighbouring opinions of a group lie no farther apart.
    minor
        Groups of a smaller share of all do not count.

    Returns
    -------
    How many, 0 of nobody.

    Raises
    ------
    ValueError
        If opinions are not a vector.
    """
    ordered = np.sort(np.asarray(opinions, np.float64))
    if ordered.ndim != 1:
        raise ValueError(f"opinions are a vector here, one replicate at a time; got shape {ordered.shape}")
    borders = np.flatnonzero(np.diff(ordered) > within) + 1
    members = np.diff(borders, prepend=0, append=ordered.size)
    return int(np.count_nonzero((members >= minor * ordered.size) & (members > 0)))


def _checked(opinions: ArrayLike, nodes: int) -> Reals:
    found = np.asarray(opinions, np.float64)
    if found.ndim not in (1, 2) or found.shape[-1] != nodes:
        raise ValueError(f"opinions have shape ({nodes},) or (replicates, {nodes}), got {found.shape}")
    if not np.all(np.isfinite(found)):
        raise ValueError("opinions must be finite numbers")
    return found


def _check_epsilon(epsilon: float) -> None:
    if not epsilon >= 0:
        raise ValueError(f"epsilon must be at least 0, got {epsilon}")


def _check_share(name: str, value: ArrayLike, nodes: int | None = None) -> None:
    """Check that a number, or one per node where their number is given, lies in 0..1."""
    value = np.asarray(value, np.float64)
    if nodes is not None and value.shape not in ((), (nodes,)):
        raise ValueError(f"{name} is a number or one per node, shape ({nodes},), got {value.shape}")
    if not (np.min(value) >= 0 and np.max(value) <= 1):
        raise ValueError(f"{name} must lie in 0..1, got {np.min(value):g} to {np.max(value):g}")


def _listened(
    graph: Any, own: Graph, weights: float | str | ArrayLike | None, self_weight: ArrayLike
) -> Callable[[Reals], Reals]:
    """Return the function that gives what everyone hears, W·x: of themselves by so much, else of those they follow."""
    _check_share("self_weight", self_weight, own.nodes)
    matrix, deaf = own.influence, own.in_degree == 0
    if weights is not None:
        found = per_arc(graph, own, weights, "weights", most=np.inf)
        weight = np.broadcast_to(found if isinstance(found, float) else found.values, own.arcs)
        matrix = matrix.copy()
        # Rows of the matrix are receivers, arcs stand sender by sender.
        matrix.data = weight[np.argsort(own.followers, kind="stable")].astype(np.float64)
        total = matrix.sum(axis=1)
        deaf = total == 0
        matrix.data /= np.repeat(np.where(deaf, 1.0, total), own.in_degree)
    peers = averaging(matrix, deaf)
    return lambda x: anchored(x, peers(x), self_weight)


def averaging(matrix: Any, deaf: NDArray[np.bool_]) -> Callable[[Reals], Reals]:
    """Return the function that averages opinions by the rows of a sparse matrix; the deaf hear themselves."""

    def heard(opinions: Reals) -> Reals:
        means = np.ascontiguousarray((matrix @ opinions.T).T)
        means[..., deaf] = opinions[..., deaf]
        return means

    return heard


def _repeat(change: Callable[[Reals], Reals], opinions: Reals, steps: int | None, settled: float = SETTLED) -> Reals:
    """Apply a change so many times, or until opinions settle."""
    if steps is not None:
        if index(steps) < 0:
            raise ValueError(f"steps must be at least 0, got {steps}")
        for _ in range(steps):
            opinions = change(opinions)
        return opinions
    for _ in range(MOST_STEPS):
        before, opinions = opinions, change(opinions)
        if np.abs(opinions - before).max(initial=0) <= settled * np.abs(opinions).max(initial=0):
            return opinions
    raise ValueError(f"opinions have not settled after {MOST_STEPS:,} steps; name a number of steps")


def _mean_of_the_near(opinions: Reals, epsilon: float) -> Reals:
    """Return for everyone the mean of all opinions within ``epsilon``, own included."""
    order = np.argsort(opinions, kind="stable")
    ordered = opinions[order]
    # Sums of distances to the middle are smaller, so rounding is too.
    middle = ordered[ordered.size // 2]
    total = np.concatenate([np.zeros(1), np.cumsum(ordered - middle)])
    low = np.searchsorted(ordered, ordered - epsilon, side="left")
    high = np.searchsorted(ordered, ordered + epsilon, side="right")
    means = np.empty_like(opinions)
    means[order] = middle + (total[high] - total[low]) / (high - low)
    return means


def _pull_of_the_near(graph: Graph, opinions: Reals, epsilon: float) -> Reals:
    """Return how far everyone is drawn to the mean of their own opinion and of the near ones of those they follow."""
    followees = graph.incoming[1]
    reader = np.repeat(np.arange(graph.nodes), graph.in_degree)
    pull = np.empty_like(opinions)
    for own, moved in zip(opinions.reshape(-1, graph.nodes), pull.reshape(-1, graph.nodes), strict=True):
        distance = own[followees] - own[reader]
        near = np.abs(distance) <= epsilon
        listened = np.bincount(reader[near], minlength=graph.nodes)
        moved[:] = np.bincount(reader, confided(distance, epsilon), minlength=graph.nodes) / (listened + 1)
    return pull


def _pairs(people: Graph | int, stream: Stream, replicates: int, count: int) -> tuple[Integers, Integers]:
    """Return who meets whom in the next meetings of every replicate, as cells, replicate by replicate."""
    nodes, world = size_of(people), np.arange(replicates)[:, None]
    meeting = np.arange(count)
    lot = stream.uniform(world, meeting, 0)
    if isinstance(people, int):
        one = (lot * nodes).astype(np.int64)
        other = (stream.uniform(world, meeting, 1) * (nodes - 1)).astype(np.int64)
        other += other >= one
    else:
        arc = (lot * people.arcs).astype(np.int64)
        one = np.searchsorted(people.offsets, arc, side="right") - 1
        other = people.followers[arc].astype(np.int64)
    return (world * nodes + one).ravel(), (world * nodes + other).ravel()
