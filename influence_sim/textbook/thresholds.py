"""Cascades of thresholds: the linear threshold, and Watts' of the fraction."""

from __future__ import annotations

from typing import Any, Literal, Unpack, overload
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.contagion import enough
from influence_sim.core.draws import WEYL, Process, mix
from influence_sim.core.graph import Graph
from influence_sim.networks import as_graph
from influence_sim.textbook.inputs import (
    ArcValues,
    CoupledRuns,
    Integers,
    Reals,
    Runs,
    draws_of,
    per_arc,
    seed_nodes,
)
from influence_sim.textbook.rounds import Frontier, Reached, Round, Spreading, Trace, row_of_arcs, spread, steps

ROUNDING = 1e-4
"""So much more than 1 weights may add up to: published files round them to six digits."""
_LOT_BITS = 31
"""With 32, the only one whom somebody follows would get a slice that overflows."""
_LOOKED_AT, _IN_CACHE = 0.1, 2**18
"""Once so many arcs per node have been looked at, asking all who are left whom they follow is faster than going on, and
costs no more than some times what was spent (as Beamer, Asanović & Patterson 2012 turn a search around). It looks up
cells at random, again and again, so there may be no more than stay in the processor's cache."""
_NOBODY = np.empty(0, np.int64)
_UNUSED, _HALF, _LOWER = np.uint64(64 - _LOT_BITS), np.uint64(32), np.uint64(2**32 - 1)

type Weights = str | ArrayLike | ArcValues | None


@overload
def linear_threshold(
    graph: Any,
    seeds: ArrayLike,
    *,
    weights: Weights = ...,
    trace: Literal[False] = ...,
    **runs: Unpack[CoupledRuns],
) -> Integers: ...
@overload
def linear_threshold(
    graph: Any, seeds: ArrayLike, *, weights: Weights = ..., trace: Literal[True], **runs: Unpack[CoupledRuns]
) -> Trace: ...
def linear_threshold(
    graph: Any,
    seeds: ArrayLike,
    *,
    weights: Weights = None,
    replicates: int = 1,
    seed: int = 0,
    coupled: bool = False,
    trace: bool = False,
) -> Integers | Trace:
    """Return how many a linear threshold cascade reaches, seeds included (Kempe, Kleinberg & Tardos 2003, KDD).

    Everyone has a threshold, uniform in 0..1, and becomes active in the round after the weights of the active ones
    they follow have reached it.

    Parameters
    ----------
    weights
        Of the arcs: shape (arcs,), the name of an edge attribute or :func:`prepared`; those into a node may add up to 1
        at most. None: one over the number of those whom the receiver follows.
    coupled
        Whether thresholds are drawn, keyed by the nodes, so that cascades on changed graphs or with other weights can
        be compared. Otherwise everyone draws the one whom they will follow, each with the probability of its weight,
        and becomes active in the round after that one: the same distribution of who is active in which round (Kempe
        et al. 2003, theorem 2.5), and faster.
    graph, seeds, replicates, seed, trace
        As for :func:`independent_cascade`. In either way more seeds never reach fewer.

    Returns
    -------
    Sizes, shape (replicates,), or a :class:`Trace`.

    Raises
    ------
    ValueError
        If a seed is not a node, or the weights into a node add up to more than 1.
    """
    own = as_graph(graph)
    first = seed_nodes(own, seeds, replicates)
    each = None if weights is None else _summing_to_one(own, per_arc(graph, own, weights, "weights"))
    if not coupled:
        slices = _even_slices(own) if each is None else _slices(own, each)
        spreading = _followed(own, slices, seed, pulls=each is None and not trace)
    elif each is None:
        spreading = _counted(own, None, seed)
    else:
        spreading = _weighed(own, each, seed)
    return spread(own, first, spreading, replicates, trace)


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
    first = seed_nodes(own, seeds, replicates)
    return spread(own, first, _counted(own, np.broadcast_to(threshold, own.nodes), seed), replicates, trace)


type Bools = NDArray[np.bool_]
type Slices = NDArray[np.uint64]
"""Which lots, 0 … 2³¹, make the receiver of each arc follow its source; shape (arcs,). The upper half of a word is the
first of these lots, the lower how many there are: kept together, they are found together."""

_KNOWN: WeakKeyDictionary[Graph, Slices] = WeakKeyDictionary()


def _even_slices(graph: Graph) -> Slices:
    """Return the slices of equal weights, which are found once per graph."""
    if graph not in _KNOWN:
        _KNOWN[graph] = _slices(graph, None)
    return _KNOWN[graph]


def _slices(graph: Graph, weights: Reals | None) -> Slices:
    """Cut the lots of every node in proportion to the weights of the arcs into it."""
    order = np.argsort(graph.followers, kind="stable")
    first = np.repeat(np.cumsum(graph.in_degree) - graph.in_degree, graph.in_degree)
    if weights is None:
        rank, many = np.arange(order.size) - first, np.repeat(graph.in_degree, graph.in_degree)
        low, high = (edge * 2**_LOT_BITS // many for edge in (rank, rank + 1))
    else:
        upto = np.concatenate([[0.0], np.cumsum(weights[order])])
        low, high = (
            np.clip(np.rint((edge - upto[first]) * 2.0**_LOT_BITS), 0, 2**_LOT_BITS).astype(np.int64)
            for edge in (upto[:-1], upto[1:])
        )
    slices = np.empty(order.size, np.uint64)
    slices[order] = (low << 32 | (high - low)).view(np.uint64)
    return slices


def _followed(graph: Graph, slices: Slices, seed: int, *, pulls: bool) -> Spreading:
    """Let everyone follow one of those they could follow, by lot, and become active after that one.

    With ``pulls``, all rounds but the first are one if many are reached, so nobody may ask for times. Then slices must
    be even.
    """

    def spreading(part: range, reached: Reached) -> Round:
        # A sequence of lots per replicate, the n-th of which is the n-th node's.
        begin = draws_of(seed, part).at(Process.THRESHOLD).inner
        cells = reached.active.size
        left = _LOOKED_AT * cells if pulls and cells <= _IN_CACHE else np.inf

        def attempt(front: Frontier) -> tuple[Integers, NDArray[np.integer]]:
            nonlocal left
            if left < 0:
                return np.zeros_like(front.nodes), _NOBODY
            shift, upto = row_of_arcs(graph, front.nodes)
            left -= upto[-1]
            if left < 0:
                return np.zeros_like(front.nodes), _led_to(reached.active, _leaders(graph, begin))
            place = np.arange(upto[-1])
            place += shift.repeat(steps(upto))
            follower = graph.followers.take(place)
            lot = _lots(follower, begin if begin.size == 1 else begin.repeat(front.sums(upto)))
            cut = slices.take(place)
            # Below the slice, the difference wraps around and is too large, too.
            lot -= cut >> _HALF
            cut &= _LOWER
            chosen = (lot < cut).nonzero()[0]
            made = chosen.searchsorted(upto)
            return made, front.cells_of(follower.take(chosen), made)

        return attempt

    return spreading


def _lots(nodes: NDArray[np.integer], begin: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return nodes' lots, 0 … 2³¹ − 1, in the replicates whose sequences ``begin`` so."""
    word = nodes.astype(np.uint64)
    word *= WEYL
    lot = mix(word + begin)
    lot >>= _UNUSED
    return lot


def _leaders(graph: Graph, begin: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return the cell that each cell follows, by the same lots; those who could follow nobody follow themselves."""
    (offsets, followees), many = graph.incoming, graph.in_degree.astype(np.uint64)
    nodes = np.arange(graph.nodes)
    leaders = np.empty((begin.size, graph.nodes), np.int32)
    for replicate, leader in enumerate(leaders):
        # The inverse of even slices: lot · many / 2³¹, but for how slices round.
        rank = _lots(nodes, begin[replicate])
        rank += np.uint64(1)
        rank *= many
        rank -= np.uint64(1)
        rank >>= np.uint64(_LOT_BITS)
        leader[:] = followees.take(rank.view(np.int64) + offsets[:-1], mode="clip")
        alone = (many == 0).nonzero()[0]
        leader[alone] = alone
        leader += replicate * graph.nodes
    return leaders.ravel()


def _led_to(active: Bools, leaders: NDArray[np.int32]) -> Integers:
    """Return the cells not active yet whose leaders, or leaders' leaders, and so on, are.

    Everybody looks up one leader, then two, four … more, until nobody new is found (Wyllie 1979).
    """
    found, before, now = active.copy(), -1, int(np.count_nonzero(active))
    while now > before:
        found |= found.take(leaders)
        before, now = now, int(np.count_nonzero(found))
        leaders = leaders.take(leaders)
    found ^= active
    return found.nonzero()[0]


def _counted(graph: Graph, phi: Reals | None, seed: int) -> Spreading:
    """Let nodes become active once a share of those they follow is; ``phi`` None: uniform thresholds are drawn."""

    def spreading(part: range, reached: Reached) -> Round:
        stream = draws_of(seed, part).at(Process.THRESHOLD)
        count = np.zeros(reached.active.size, np.int32)

        def attempt(front: Frontier) -> tuple[Integers, NDArray[np.integer]]:
            position, place = graph.out_places(front.nodes)
            world, follower = front.worlds()[position], graph.followers[place].astype(np.int64)
            cell = world * graph.nodes + follower
            np.add.at(count, cell, np.int32(1))
            needed = phi[follower] if phi is not None else stream.uniform(world, graph.ids[follower])
            tipped = np.flatnonzero(enough(count[cell], needed, graph.in_degree[follower]) & ~reached.active[cell])
            return np.searchsorted(position[tipped], np.arange(1, front.nodes.size + 1)), cell[tipped]

        return attempt

    return spreading


def _weighed(graph: Graph, weights: Reals, seed: int) -> Spreading:
    """Let nodes become active once the weights of the active ones they follow reach thresholds that are drawn."""

    def spreading(part: range, reached: Reached) -> Round:
        stream = draws_of(seed, part).at(Process.THRESHOLD)
        pressure = np.zeros(reached.active.size)

        def attempt(front: Frontier) -> tuple[Integers, NDArray[np.integer]]:
            position, place = graph.out_places(front.nodes)
            world, follower = front.worlds()[position], graph.followers[place].astype(np.int64)
            cell = world * graph.nodes + follower
            np.add.at(pressure, cell, weights[place])
            tipped = np.flatnonzero(pressure[cell] >= stream.uniform(world, graph.ids[follower]))
            return np.searchsorted(position[tipped], np.arange(1, front.nodes.size + 1)), cell[tipped]

        return attempt

    return spreading


def _summing_to_one(graph: Graph, weights: float | ArcValues) -> Reals:
    """Return a weight per arc; those into a node that add up to more than 1 are a ValueError."""
    found = np.broadcast_to(weights.values if isinstance(weights, ArcValues) else weights, graph.arcs)
    total = np.bincount(graph.followers, found, minlength=graph.nodes)
    if total.max(initial=0) > 1 + ROUNDING:
        raise ValueError(f"weights into a node may add up to 1, got {total.max():g} at node {int(total.argmax())}")
    return np.asarray(found, np.float64)
