"""Cascades in rounds: who is reached in which, and by whom; what is drawn in a round is the models' matter."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.graph import Graph
from influence_sim.textbook.inputs import batches, first_cells

type Integers = NDArray[np.int64]

NEVER = -1
_NOTHING = np.zeros(1, np.int64)
_DENSE = 256
"""Where more than one cell in so many is reached at once, looking through all of them is faster than sorting."""


class Trace(NamedTuple):
    """What became of every node; ``times`` and ``parents`` have shape (replicates, nodes) and −1 where never reached.

    ``times`` are rounds, 0 for seeds; ``parents`` the node that activated it, −1 for seeds too. Of several in one
    round the first is named.
    """

    sizes: Integers
    times: NDArray[np.int32]
    parents: NDArray[np.int32]


class Frontier(NamedTuple):
    """Who became active in a round, replicate by replicate, nodes ascending.

    ``counts`` says how many in each replicate; cells are numbered replicate · nodes + node.
    """

    nodes: Integers
    counts: Integers
    cells: Integers

    def worlds(self) -> Integers:
        """Return each node's replicate."""
        return np.repeat(np.arange(self.counts.size), self.counts)

    def sums(self, upto: Integers) -> Integers:
        """Return what something of the nodes adds up to in each replicate, given its cumulated sum over all nodes."""
        if self.counts.size == 1:
            return upto[-1:]
        return steps(np.concatenate([_NOTHING, upto])[np.cumsum(self.counts)])

    def cells_of(self, nodes: NDArray[np.integer], made: Integers) -> NDArray[np.integer]:
        """Return nodes as cells; those up to ``made[i]`` belong to the replicate of the i-th node here."""
        if self.counts.size == 1:
            return nodes
        first = np.cumsum(self.counts) - self.counts
        here = np.flatnonzero(self.counts)
        row = self.cells[first[here]] - self.nodes[first[here]]
        cells: NDArray[np.integer] = nodes + np.repeat(row, self.sums(made)[here])
        return cells


type Round = Callable[[Frontier], tuple[Integers, NDArray[np.integer]]]
"""Given who became active, return the cells that they activate in the next round, in the order of those who do, and for
each of them how many cells they and all before have activated."""
type Spreading = Callable[[range, "Reached"], Round]
"""Given replicates and who is reached in them, return what happens in a round."""


class Reached:
    """Who has been reached in a batch of replicates; a small cascade on a large graph does not pay for the graph.

    Space is kept from batch to batch, and only what was touched is cleared.
    """

    _spare: list[NDArray[np.uint64]] = []  # noqa: RUF012, all share it

    def __init__(self, replicates: int, nodes: int) -> None:
        self._bounds = np.arange(replicates + 1) * nodes
        self.rounds: list[Integers] = []
        words = -(-replicates * nodes // 8)
        try:
            self._space = self._spare.pop()
        except IndexError:
            self._space = np.zeros((2, words), np.uint64)
        if self._space.shape[1] < words:
            self._space = np.zeros((2, words), np.uint64)
        # A byte per cell. Both are the same between rounds; within one, the second is ahead by those who are reached.
        self._words = self._space[:, :words]
        self.active, self._ahead = (part.view(bool)[: replicates * nodes] for part in self._words)

    def __enter__(self) -> Reached:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            # Nobody knows what was touched.
            return
        for cells in self.rounds:
            self.active[cells] = self._ahead[cells] = False
        self._spare.append(self._space)

    def fresh(self, cells: NDArray[np.integer]) -> Frontier:
        """Note cells as reached, and return those that were not yet, each once, ascending."""
        if cells.size * _DENSE > self.active.size:
            self._ahead[cells] = True
            new = self._caught_up()
        else:
            new = np.asarray(cells[~self.active[cells]], np.int64)
            new.sort()
            if new.size:
                new = new[np.concatenate([[True], new[1:] != new[:-1]])]
            self._ahead[new] = self.active[new] = True
        self.rounds.append(new)
        if self._bounds.size == 2:
            return Frontier(new, np.array([new.size]), new)
        counts = np.diff(np.searchsorted(new, self._bounds))
        return Frontier(new - np.repeat(self._bounds[:-1], counts), counts, new)

    def _caught_up(self) -> Integers:
        """Make both the same, and return the cells in which one was ahead; eight of them are compared at a time."""
        active, ahead = self._words
        words = (active != ahead).nonzero()[0]
        now = ahead[words]
        within = (active[words] ^ now).view(bool).nonzero()[0]
        active[words] = now
        cells: Integers = words[within >> 3] * 8 + (within & 7)
        return cells


def steps(upto: Integers) -> Integers:
    """Return what a cumulated sum adds up, entry by entry."""
    each = upto.copy()
    each[1:] -= upto[:-1]
    return each


def row_of_arcs(graph: Graph, senders: Integers) -> tuple[Integers, Integers]:
    """Return how the arcs out of senders stand in one row, shape (senders,) each.

    The first is what must be added to a place in the row for that in the graph's arcs, the second up to where each
    sender's arcs stand.
    """
    start = graph.offsets.take(senders)
    degree = graph.offsets.take(senders + 1)
    degree -= start
    upto = np.cumsum(degree)
    start -= upto
    start += degree
    return start, upto


def spread(graph: Graph, seeds: Integers, spreading: Spreading, replicates: int, trace: bool) -> Integers | Trace:
    """Run cascades round by round until nobody new is reached.

    Parameters
    ----------
    seeds
        Node numbers, shape (k,) or (replicates, k).
    """
    nodes = graph.nodes
    sizes = np.zeros(replicates, np.int64)
    shape = (replicates, nodes) if trace else (0, nodes)
    times, parents = np.full(shape, NEVER, np.int32), np.full(shape, NEVER, np.int32)
    for part in batches(replicates, nodes):
        size, time, parent = (
            sizes[part.start : part.stop],
            *(column[part.start : part.stop].reshape(-1) for column in (times, parents)),
        )
        with Reached(len(part), nodes) as reached:
            attempt = spreading(part, reached)
            frontier, clock = reached.fresh(first_cells(seeds, part, nodes)), 0
            while frontier.cells.size:
                size += frontier.counts
                if trace:
                    time[frontier.cells] = clock
                made, cells = attempt(frontier)
                if trace:
                    sender = np.repeat(frontier.nodes, steps(made))
                    new = np.flatnonzero(~reached.active[cells])[::-1]
                    # Of several values assigned to one place NumPy keeps the last.
                    parent[cells[new]] = sender[new]
                frontier = reached.fresh(cells)
                clock += 1
    return Trace(sizes, times, parents) if trace else sizes
