"""The rumour of Daley and Kendall, told one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Process, Stream
from influence_sim.core.graph import Graph
from influence_sim.textbook.inputs import (
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
from influence_sim.textbook.order import one_after_the_other

IGNORANT, SPREADER, STIFLER = 0, 1, 2
_WINDOW = 0.25
"""Contacts are drawn for so long at a time; the unit is the mean time between two contacts of a spreader. The result
does not depend on it but for the draws."""


def daley_kendall(graph: Any, seeds: ArrayLike, *, replicates: int = 1, seed: int = 0) -> Integers:
    """Return how many ever hear a rumour, seeds included (Daley & Kendall 1964, Nature 204).

    Any two people meet at the same rate, such that everybody meets one other per unit of time. An ignorant who meets a
    spreader becomes one; of two spreaders who meet, both lose interest; a spreader who meets somebody who has lost
    interest loses it too. Meetings take place in the order of time.

    Parameters
    ----------
    graph
        NetworkX graph, SciPy matrix or own graph, on which contacts are with followers; or a number of people of whom
        everybody meets everybody.
    seeds
        The first spreaders: shape (k,) for all replicates, or (replicates, k).
    replicates, seed
        How many rumours, and the seed of their draws. On a network a spreader meets one of their followers per unit of
        time.

    Returns
    -------
    Shape (replicates,). In a large population .2032 of all never hear.
    """
    people = population(graph)
    nodes = size_of(people)
    first = seed_nodes(people, seeds, counted(replicates))
    heard = np.empty(replicates, np.int64)
    for part in batches(replicates, nodes):
        state = np.zeros(len(part) * nodes, np.int8)
        spreaders = first_cells(first, part, nodes)
        state[spreaders] = SPREADER
        spreaders = spreaders[_can_call(people, spreaders)]
        draws, place, window = draws_of(seed, part), np.empty(state.size, np.int32), 0
        asked_in = np.full(state.size, -1, np.int32)
        while spreaders.size:
            stream = draws.at(Process.CONTACT, window)
            parts = []
            # Contacts of the spreaders, and of all whom they might make spreaders in this window, directly or not.
            new = spreaders
            while new.size:
                asked_in[new] = window
                parts.append(_contacts(people, stream, new))
                reached = parts[-1][1]
                new = np.unique(reached[(state[reached] == IGNORANT) & (asked_in[reached] < window)])
            caller, callee, time, spare = (np.concatenate(column) for column in zip(*parts, strict=True))
            order = np.argsort(time, kind="stable")
            caller, callee, spare = caller[order], callee[order], spare[order]
            for now in one_after_the_other(caller, callee, place):
                _meet(state, caller[now], callee[now], spare[now])
            known = np.unique(np.concatenate([spreaders, callee]))
            spreaders = known[(state[known] == SPREADER) & _can_call(people, known)]
            window += 1
        heard[part.start : part.stop] = np.count_nonzero(state.reshape(-1, nodes) != IGNORANT, axis=1)
    return heard


def _meet(state: NDArray[np.int8], caller: Integers, callee: Integers, spare: NDArray[np.bool_]) -> None:
    """Let callers tell callees; nobody occurs twice.

    Only spreaders call, so two spreaders would meet twice as often as other pairs if both did. Half of the calls, the
    ``spare`` ones, do not reach a spreader therefore; otherwise .285 instead of .203 of all would never hear.
    """
    tells = (state[caller] == SPREADER) & ~((state[callee] == SPREADER) & spare)
    caller, callee = caller[tells], callee[tells]
    met = state[callee]
    state[callee[met == IGNORANT]] = SPREADER
    state[callee[met == SPREADER]] = STIFLER
    state[caller[met != IGNORANT]] = STIFLER


def _contacts(
    people: Graph | int, stream: Stream, cells: Integers
) -> tuple[Integers, Integers, Reals, NDArray[np.bool_]]:
    """Return whom people would call in a window: the cells of both, when, and whether the call is a spare one."""
    nodes = size_of(people)
    world, node = np.divmod(cells[_can_call(people, cells)], nodes)
    count = stream.poisson(_WINDOW, world, ids_of(people, node), -1)
    world, node = np.repeat(world, count), np.repeat(node, count)
    number = np.arange(node.size) - np.repeat(np.cumsum(count) - count, count)
    key = ids_of(people, node)
    lot = stream.uniform(world, key, number, 0)
    if isinstance(people, int):
        met = (lot * (nodes - 1)).astype(np.int64)
        met += met >= node
    else:
        met = people.followers[people.offsets[node] + (lot * people.out_degree[node]).astype(np.int64)].astype(np.int64)
    time, spare = _WINDOW * stream.uniform(world, key, number, 1), stream.uniform(world, key, number, 2) < 0.5
    return world * nodes + node, world * nodes + met, time, spare


def _can_call(people: Graph | int, cells: Integers) -> NDArray[np.bool_]:
    """Return who has anybody to tell."""
    if isinstance(people, int):
        return np.ones(cells.size, bool)
    return np.asarray(people.out_degree[cells % people.nodes] > 0)
