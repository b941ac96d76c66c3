"""The SIR epidemic in steps on a network, of which only contacts that transmit are ever drawn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Process
from influence_sim.core.graph import Graph
from influence_sim.textbook.inputs import Integers, Reals, batches, draws_of, first_cells
from influence_sim.textbook.rounds import Frontier, Reached, steps
from influence_sim.textbook.skipping import Sequences

_FOREVER = 2**53
"""Steps; who stays infected for so long is not seen to recover."""
_SLOW = 1e-6
"""With recovery so rare, trials until then are too many to be numbered."""

type Columns = tuple[Integers, Reals, Reals, NDArray[np.int32]]
"""Sizes, and of every cell when it was infected and recovered, and by which node."""
type Due = dict[int, list[tuple[NDArray[np.integer], ...]]]
"""By step, cells that are met then, and if asked for who meets them."""


def sir_in_steps(
    graph: Graph, seeds: Integers, beta: float, gamma: float, replicates: int, seed: int, trace: bool
) -> Columns:
    """Run epidemics step by step; without ``trace`` the columns but sizes are empty.

    A period of τ steps gives each contact τ trials of probability β. All trials of those who are infected in a step
    stand in one row, of which those that fail are skipped.
    """
    room = replicates * graph.nodes if trace else 0
    sizes = np.zeros(replicates, np.int64)
    infected, recovered, parents = np.full(room, np.inf), np.full(room, np.inf), np.full(room, -1, np.int32)
    for part in batches(replicates, graph.nodes):
        here = slice(part.start * graph.nodes, part.stop * graph.nodes)
        at, until, source = infected[here], recovered[here], parents[here]
        contacts = _Contacts(graph, Sequences(draws_of(seed, part).at(Process.CONTACT)), beta, gamma)
        first = first_cells(seeds, part, graph.nodes)
        due: Due = {0: [(first, np.full(first.size, -1))[: 1 + trace]]}
        with Reached(len(part), graph.nodes) as reached:
            while due:
                now = min(due)
                cells, *senders = (np.concatenate(column) for column in zip(*due.pop(now), strict=True))
                if trace:
                    new = (~reached.active[cells]).nonzero()[0][::-1]
                    # Of several values assigned to one place NumPy keeps the last.
                    source[cells[new]] = senders[0][new]
                front = reached.fresh(cells)
                sizes[part.start : part.stop] += front.counts
                if not front.cells.size:
                    continue
                period = contacts.periods(front)
                if trace:
                    at[front.cells] = now
                    until[front.cells] = np.where(period < _FOREVER, now + period, np.inf)
                wait, made, met = contacts.of(front, period)
                useful = (~reached.active[met]).nonzero()[0]
                columns = [met[useful]]
                if trace:
                    columns.append(front.nodes.repeat(steps(made))[useful])
                _put(due, now, wait[useful], *columns)
    return sizes, infected, recovered, parents


class _Contacts:
    """When the infected recover, and whom they infect until then."""

    def __init__(self, graph: Graph, sequences: Sequences, beta: float, gamma: float) -> None:
        self._graph, self._sequences = graph, sequences
        self._infection, self._recovery = (-np.log1p(-rate) if rate < 1 else np.inf for rate in (beta, gamma))
        # Where most contacts transmit more than once, it is less work to draw for each when it first does.
        self._is_frequent = beta > gamma or gamma < _SLOW

    def periods(self, front: Frontier) -> Integers:
        """Return for how many steps each stays infected, at least 1."""
        return self._waits(front.counts, self._recovery)

    def of(self, front: Frontier, period: Integers) -> tuple[Integers, Integers, NDArray[np.integer]]:
        """Return after how many steps they infect whom: waits and cells, and up to where those of each sender stand."""
        start = self._graph.offsets.take(front.nodes)
        degree = self._graph.offsets.take(front.nodes + 1) - start
        if self._is_frequent:
            upto = np.cumsum(degree)
            wait = self._waits(front.sums(upto), self._infection)
            place = (wait <= period.repeat(degree)).nonzero()[0]
            wait, made = wait[place], place.searchsorted(upto)
            place += (start - upto + degree).repeat(steps(made))
        else:
            trials = degree * period
            upto = np.cumsum(trials)
            place = self._sequences.successes(front.sums(upto), self._infection)
            made = place.searchsorted(upto)
            many = steps(made)
            place -= (upto - trials).repeat(many)
            place, wait = np.divmod(place, period.repeat(many))
            place += start.repeat(many)
            wait += 1
        return wait, made, front.cells_of(self._graph.followers.take(place), made)

    def _waits(self, counts: Integers, hazard: float) -> Integers:
        """Return in which step, from 1 on, something of a hazard per step first happens."""
        if not hazard:
            return np.full(counts.sum(), _FOREVER)
        wait = np.log(self._sequences.uniform(counts))
        wait *= -1 / hazard
        np.minimum(wait, _FOREVER - 1, out=wait)
        return wait.astype(np.int64) + 1


def _put(due: Due, now: int, wait: Integers, *columns: NDArray[np.integer]) -> None:
    """Put contacts where they are found when their step has come."""
    if not wait.size:
        return
    # Short whole numbers are sorted by their digits, which is fastest.
    order = np.argsort(wait.astype(np.uint16) if wait.max() < 2**16 else wait, kind="stable")
    wait, columns = wait[order], tuple(column[order] for column in columns)
    begins = [0, *((wait[1:] != wait[:-1]).nonzero()[0] + 1).tolist(), wait.size]
    for begin, end in pairwise(begins):
        later = now + int(wait[begin])
        due.setdefault(later, []).append(tuple(column[begin:end] for column in columns))
