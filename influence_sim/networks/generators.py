"""Synthetic follower graphs, drawn in whole arrays.

All randomness is keyed (``Process.NETWORK`` of :mod:`influence_sim.core.draws`): a graph is a function of its arguments
and the seed, whatever the version of NumPy.
"""

from __future__ import annotations

from math import isfinite, sqrt
from numbers import Integral
from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Draws, Process, Stream
from influence_sim.core.graph import Graph

type Integers = NDArray[np.int64]

MOST_NODES = 100_000_000
"""The numbers of all pairs of nodes stay far inside 64 bits."""

REWIRING_ATTEMPTS = 64
"""How often an edge of the small world looks for a free place before it stays."""


def heavy_tailed(nodes: int, mean_degree: float, seed: int, exponent: float = 2.5, dependence: float = 0.0) -> Graph:
    """Return a directed graph in which few have very many followers.

    The audience expected at rank r is proportional to r^(−1/(exponent − 1)), as in the static model [1]_, so the
    number of people with an audience of k falls as k^(−exponent). The first rank attains the natural cut-off [2]_,
    about ``mean_degree · (exponent − 2)/(exponent − 1) · nodes^(1/(exponent − 1))``; nobody is expected to have more
    than half of the nodes. Expected audiences are rounded up or down at random, with their sum kept (systematic
    sampling [3]_), and each author draws that many different followers. Ranks are spread over the node numbers at
    random.

    Followers are drawn uniformly, so the number of people one follows is nearly Poisson and does not depend on one's
    own audience. With ``dependence`` d, a share d of them is drawn in proportion to their audience instead: someone
    with an audience of k follows about ``(1 − d)·mean_degree + d·k`` people.

    Parameters
    ----------
    nodes
        2 to 100 million.
    mean_degree
        Mean audience, above 0 and at most ``nodes / 2``; met to within ``1 / nodes``.
    seed
        Any integer.
    exponent
        Exponent of the distribution of audiences, above 2. Measured networks have 2 to 3.
    dependence
        0 to 0.5.

    Returns
    -------
    Graph
        The same seed gives the same graph.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    .. [1] Goh, Kahng & Kim, "Universal behavior of load distribution in scale-free networks", Phys. Rev. Lett. 87
       (2001) 278701.
    .. [2] Boguñá, Pastor-Satorras & Vespignani, "Cut-offs and finite size effects in scale-free networks", Eur. Phys.
       J. B 38 (2004) 205.
    .. [3] Madow, "On the theory of systematic sampling, II", Ann. Math. Stat. 20 (1949) 333.
    """
    nodes = _checked(nodes)
    if not 0 < mean_degree <= nodes / 2:
        raise ValueError(
            f"mean_degree of a heavy-tailed graph must lie above 0 and at most at nodes / 2 = {nodes / 2:g}, "
            f"got {mean_degree}"
        )
    if not (exponent > 2 and isfinite(exponent)):
        raise ValueError(f"exponent must be above 2, or the mean degree would not exist, got {exponent}")
    if not 0 <= dependence <= 0.5:
        raise ValueError(f"dependence must lie in 0..0.5, got {dependence}")
    draws = _draws(seed)
    first = draws.at(Process.NETWORK)
    everyone = np.arange(nodes)

    ties = round(nodes * float(mean_degree))
    expected = _expected_audiences(nodes, ties, exponent)
    ends = np.floor(np.cumsum(expected) + first.uniform(0, 0, 0)).astype(np.int64)
    ends[-1] = ties
    audience = np.empty(nodes, dtype=np.int64)
    audience[np.argsort(first.bits(0, 1, everyone), kind="stable")] = np.diff(ends, prepend=0)

    authors = np.repeat(everyone, audience)
    arcs = np.empty(0, dtype=np.int64)
    missing = audience
    attempt = 0
    while missing.any():
        attempt += 1
        stream = draws.at(Process.NETWORK, attempt)
        author = np.repeat(everyone, missing)
        place = np.arange(author.size)
        follower = _below(nodes, stream, 0, place)
        if dependence:
            by_audience = stream.uniform(0, 1, place) < dependence
            follower[by_audience] = authors[_below(authors.size, stream, 2, place[by_audience])]
        added = _distinct((author * nodes + follower)[author != follower])
        added = added[~_contains(arcs, added)]
        arcs = _merge(arcs, added)
        missing = missing - np.bincount(added // nodes, minlength=nodes)
    name = f"heavy_tailed({nodes}, {mean_degree:g}, exponent {exponent:g}, seed {seed})"
    return Graph.from_arcs(arcs // nodes, arcs % nodes, nodes, name=name)


def small_world(nodes: int, mean_degree: int, seed: int, rewire: float = 0.1) -> Graph:
    """Return an undirected Watts–Strogatz graph: a ring of neighbourhoods with some ties led elsewhere [1]_.

    Everyone is tied to the ``mean_degree / 2`` nearest on either side. Lap by lap – nearest neighbours first – each tie
    is led with probability ``rewire`` from its first end to someone drawn uniformly, never to the same person
    and never where there is a tie already; one that finds no free place in 64 attempts stays. The ties of a lap
    move together, where the original moves them one after the other. Both arcs of each tie are kept.

    Parameters
    ----------
    nodes
        3 to 100 million.
    mean_degree
        Even, 2 to ``nodes - 1``. Met exactly.
    seed
        Any integer. The ties moved at a lower ``rewire`` are among those moved at a higher one.
    rewire
        Probability, 0 to 1.

    Returns
    -------
    Graph
        The same seed gives the same graph.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    .. [1] Watts & Strogatz, "Collective dynamics of 'small-world' networks", Nature 393 (1998) 440.
    """
    nodes = _checked(nodes)
    if not (mean_degree % 2 == 0 and 2 <= mean_degree < nodes):
        raise ValueError(f"mean_degree of a small world must be an even number in 2..{nodes - 1}, got {mean_degree}")
    if not 0 <= rewire <= 1:
        raise ValueError(f"rewire must be a probability in 0..1, got {rewire}")
    draws = _draws(seed)
    everyone = np.arange(nodes)
    laps = int(mean_degree) // 2
    place = np.stack([_pair(everyone, (everyone + lap + 1) % nodes, nodes) for lap in range(laps)])
    taken = np.sort(place, axis=None)
    for lap in range(laps):
        stream = draws.at(Process.NETWORK, lap)
        waiting = np.flatnonzero(stream.uniform(0, everyone, 0) < rewire)
        for attempt in range(REWIRING_ATTEMPTS):
            if not waiting.size:
                break
            end = _below(nodes, stream, waiting, attempt + 1)
            wanted = _pair(waiting, end, nodes)
            first = np.zeros(waiting.size, dtype=bool)
            first[np.unique(wanted, return_index=True)[1]] = True
            moves = first & (end != waiting) & ~_contains(taken, wanted)
            left = place[lap, waiting[moves]]
            place[lap, waiting[moves]] = wanted[moves]
            taken = _merge(np.delete(taken, np.searchsorted(taken, left)), np.sort(wanted[moves]))
            waiting = waiting[~moves]
    name = f"small_world({nodes}, {mean_degree}, rewire {rewire:g}, seed {seed})"
    return _from_ties(place.ravel() // nodes, place.ravel() % nodes, nodes, name)


def erdos_renyi(nodes: int, mean_degree: float, seed: int, directed: bool = True) -> Graph:
    """Return a random graph G(n, p): every possible tie exists with the same probability, independently [1]_.

    p = ``mean_degree / (nodes - 1)``; the gaps between ties are drawn, so the cost grows with the ties [2]_.

    Parameters
    ----------
    nodes
        2 to 100 million.
    mean_degree
        Expected audience, above 0 and at most ``nodes - 1``.
    seed
        Any integer.
    directed
        Whether ties are arcs; otherwise each is a pair of arcs.

    Returns
    -------
    Graph
        The same seed gives the same graph.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    .. [1] Gilbert, "Random graphs", Ann. Math. Stat. 30 (1959) 1141.
    .. [2] Batagelj & Brandes, "Efficient generation of large random networks", Phys. Rev. E 71 (2005) 036113.
    """
    nodes = _checked(nodes)
    if not 0 < mean_degree <= nodes - 1:
        raise ValueError(f"mean_degree must lie above 0 and at most at nodes - 1 = {nodes - 1}, got {mean_degree}")
    name = f"erdos_renyi({nodes}, {mean_degree:g}, seed {seed})"
    return _blocks([nodes], np.full((1, 1), mean_degree / (nodes - 1)), seed, directed, name)


def stochastic_block(sizes: ArrayLike, probabilities: ArrayLike, seed: int, directed: bool = True) -> Graph:
    """Return a graph of communities, in which the probability of a tie depends on the two communities only [1]_.

    The gaps between ties are drawn, so the cost grows with the ties and the number of pairs of blocks.

    Parameters
    ----------
    sizes
        Shape (blocks,): members of each block, at least 1. Blocks take the node numbers in turn.
    probabilities
        Shape (blocks, blocks), in 0..1: entry [a, b] is the probability that someone in b follows someone in a. It must
        be symmetric if the graph is undirected.
    seed
        Any integer.
    directed
        Whether ties are arcs; otherwise each is a pair of arcs.

    Returns
    -------
    Graph
        The same seed gives the same graph.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    .. [1] Holland, Laskey & Leinhardt, "Stochastic blockmodels: first steps", Social Networks 5 (1983) 109.
    """
    size = np.asarray(sizes)
    if size.ndim != 1 or size.dtype.kind not in "iu" or not size.size or size.min() < 1:
        raise ValueError(f"sizes must be a list of whole numbers of at least 1, got {sizes!r}")
    _checked(int(size.sum()))
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape != (size.size, size.size):
        raise ValueError(f"probabilities must have shape {(size.size, size.size)}, one row per block, got {p.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"probabilities must lie in 0..1, got {p[~((p >= 0) & (p <= 1))][0]}")
    if not directed and (p != p.T).any():
        raise ValueError("probabilities of an undirected graph must be symmetric, or say directed=True")
    return _blocks(size.tolist(), p, seed, directed, f"stochastic_block({size.size} blocks, seed {seed})")


def _blocks(sizes: list[int], p: NDArray[np.float64], seed: int, directed: bool, name: str) -> Graph:
    """Draw the ties of each pair of blocks; ``p`` has shape (blocks, blocks)."""
    stream = _draws(seed).at(Process.NETWORK)
    start = np.cumsum([0, *sizes])
    source, target = [], []
    for a, rows in enumerate(sizes):
        for b, columns in enumerate(sizes):
            if b < a and not directed:
                continue
            key = a * len(sizes) + b
            if a != b:
                u, v = np.divmod(_successes(rows * columns, p[a, b], stream, key), columns)
            elif directed:
                # Of each row the diagonal is left out.
                u, v = np.divmod(_successes(rows * (rows - 1), p[a, b], stream, key), max(rows - 1, 1))
                v += v >= u
            else:
                u, v = _triangle(_successes(rows * (rows - 1) // 2, p[a, b], stream, key))
            source.append(start[a] + u)
            target.append(start[b] + v)
    u, v = np.concatenate(source), np.concatenate(target)
    nodes = int(start[-1])
    return Graph.from_arcs(u, v, nodes, name=name) if directed else _from_ties(u, v, nodes, name)


def _successes(trials: int, p: float, stream: Stream, key: int) -> Integers:
    """Return the ascending numbers of the successes among independent ``trials``, by the gaps between them."""
    if p <= 0 or trials == 0:
        return np.empty(0, dtype=np.int64)
    if p >= 1:
        return np.arange(trials, dtype=np.int64)
    found = []
    drawn, last = 0, -1
    while last < trials:
        expected = (trials - last) * p
        many = int(expected + 6 * sqrt(expected)) + 10
        u = stream.uniform(0, key, np.arange(drawn, drawn + many))
        gap = np.minimum(np.log(u) / np.log1p(-p), trials).astype(np.int64)
        at = last + np.cumsum(gap + 1)
        found.append(at[at < trials])
        drawn, last = drawn + many, int(at[-1])
    return np.concatenate(found)


def _triangle(number: Integers) -> tuple[Integers, Integers]:
    """Return the pair u < v of each number 0, 1, 2 … in the order (0, 1), (0, 2), (1, 2), (0, 3) …."""
    v = ((1 + np.sqrt(1 + 8 * number.astype(np.float64))) / 2).astype(np.int64)
    # The root of a number above 2⁵³ may be one off.
    v -= v * (v - 1) // 2 > number
    v += v * (v + 1) // 2 <= number
    return number - v * (v - 1) // 2, v


def _expected_audiences(nodes: int, arcs: int, exponent: float) -> NDArray[np.float64]:
    """Return the expected audience by rank, descending, with sum ``arcs`` and none above half of the nodes."""
    shape = np.arange(1, nodes + 1) ** (-1 / (exponent - 1))
    most = nodes / 2
    tolerated = most * (1 + 1e-12)
    expected = shape * (arcs / shape.sum())
    top = 0
    while expected[top] > tolerated:
        top += int(np.count_nonzero(expected[top:] > tolerated))
        expected[top:] = shape[top:] * ((arcs - top * most) / shape[top:].sum())
        expected[:top] = most
    return np.minimum(expected, most)


def _below(limit: int, stream: Stream, *ids: ArrayLike) -> Integers:
    """Return uniform integers in 0 … ``limit - 1``."""
    return (stream.uniform(0, *ids) * limit).astype(np.int64)


def _pair(u: Integers, v: Integers, nodes: int) -> Integers:
    """Return one number per unordered pair."""
    return np.minimum(u, v) * nodes + np.maximum(u, v)


def _distinct(numbers: Integers) -> Integers:
    """Return the different numbers, ascending; ``np.unique`` hashes them, which takes ten times as long."""
    numbers = np.sort(numbers)
    first = np.ones(numbers.size, dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return numbers[first]


def _contains(ascending: Integers, numbers: Integers) -> NDArray[np.bool_]:
    """Say which ``numbers`` are among the ``ascending`` ones."""
    if not ascending.size:
        return np.zeros(numbers.size, dtype=bool)
    at = np.searchsorted(ascending, numbers)
    return np.asarray(ascending[np.minimum(at, ascending.size - 1)] == numbers)


def _merge(ascending: Integers, added: Integers) -> Integers:
    """Return both, ascending; ``added`` is ascending too and has none of the others."""
    if not ascending.size:
        return added
    return np.insert(ascending, np.searchsorted(ascending, added), added)


def _from_ties(u: Integers, v: Integers, nodes: int, name: str) -> Graph:
    """Return the graph with both arcs of each tie."""
    return Graph.from_arcs(np.concatenate([u, v]), np.concatenate([v, u]), nodes, name=name)


def _draws(seed: int) -> Draws:
    return Draws.for_replicates(index(seed), [0])


def _checked(nodes: int) -> int:
    if not isinstance(nodes, Integral) or not 2 <= nodes <= MOST_NODES:
        raise ValueError(f"nodes must be a whole number in 2..{MOST_NODES:,}, got {nodes}")
    return int(nodes)
