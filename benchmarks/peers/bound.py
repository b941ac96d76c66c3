"""How fast the memory alone would let a work be: what must be touched, at the measured speeds of gathering and copying.

What is touched follows from a run: row bounds of everybody reached, the followers that a coin or gap points at, and
whether those are reached already. Tables that fit into a cache are gathered from at its speed. It is a bound for one
thread that touches nothing twice; nothing is said about drawing random numbers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from benchmarks.peers.reference import library
from benchmarks.peers.works import BETA, GAMMA, STEPS, P, Work
from influence_sim import textbook

MARK, NUMBER, WIDE = 1, 4, 8
"""Bytes of a mark, of a node's number or a probability, and of a row bound or an opinion."""


def bound_ms(work: Work) -> float | None:
    """Return milliseconds; None without a compiler to measure with, or for the whole model."""
    if library() is None:
        return None
    if work.process in ("DeGroot", "Friedkin–Johnsen", "bounded confidence"):
        return 1000 * STEPS * _opinions(work)
    spread = {
        "independent cascade": _cascade,
        "independent cascade per edge": _cascade_per_edge,
        "linear threshold": _linear_threshold,
        "SIR": _sir,
        "SIR in continuous time": _sir,
    }.get(work.process)
    return None if spread is None else 1000 * work.replicates * spread(work)


def _opinions(work: Work) -> float:
    """A step: the row of everybody's followees, their opinions, and everybody's old and new one."""
    arcs = work.graph.arcs
    return _gathers(arcs, WIDE * work.size) + _streamed(arcs * NUMBER + work.size * 3 * WIDE)


def _cascade(work: Work) -> float:
    reached, arcs = _touched(textbook.independent_cascade(work.graph, work.seeds, P, trace=True).times, work)
    return _rows(reached, work) + _contacts(P * arcs, work)


def _cascade_per_edge(work: Work) -> float:
    reached, arcs = _touched(textbook.independent_cascade(work.graph, work.seeds, work.chances, trace=True).times, work)
    return _rows(reached, work) + _streamed(arcs * NUMBER) + _contacts(P * arcs, work)


def _linear_threshold(work: Work) -> float:
    reached, arcs = _touched(textbook.linear_threshold(work.graph, work.seeds, trace=True).times, work)
    return _rows(reached, work) + _streamed(arcs * NUMBER) + _gathers(arcs, NUMBER * work.size)


def _sir(work: Work) -> float:
    discrete = work.process == "SIR"
    runs = textbook.sir(work.graph, work.seeds, BETA, GAMMA, discrete=discrete, trace=True).infected
    reached, arcs = _touched(np.where(np.isfinite(runs), 0, -1), work)
    meets = BETA / (BETA + GAMMA - BETA * GAMMA * discrete)
    return _rows(reached, work) + _contacts(meets * arcs, work)


def _touched(times: Any, work: Work) -> tuple[float, float]:
    """Return how many are reached in a run, and their arcs."""
    reached = times[0] >= 0
    return np.count_nonzero(reached), work.graph.out_degree[reached].sum()


def _rows(reached: float, work: Work) -> float:
    """Seconds for the row bounds of those reached."""
    return _gathers(reached, WIDE * work.size)


def _contacts(contacts: float, work: Work) -> float:
    """Seconds for whom contacts are with, and whether they are reached."""
    return _gathers(contacts, NUMBER * work.graph.arcs) + _gathers(contacts, MARK * work.size)


def _gathers(count: float, table: int) -> float:
    return count * _seconds_per_gather(table)


def _streamed(count: float) -> float:
    return count / _bytes_per_second()


@cache
def _seconds_per_gather(table: int) -> float:
    return library().seconds_per_gather(table)


@cache
def _bytes_per_second() -> float:
    return library().bytes_per_second()


def speeds() -> dict[str, float] | None:
    """Return the memory's speeds, for the record; None without a compiler."""
    if library() is None:
        return None
    return {
        "copy_gigabytes_per_second": _bytes_per_second() / 1e9,
        "gather_ns_1_mb": 1e9 * _seconds_per_gather(10**6),
        "gather_ns_100_mb": 1e9 * _seconds_per_gather(10**8),
    }
