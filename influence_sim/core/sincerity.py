"""Insincerity and its discovery (equation 7)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Process
from influence_sim.core.equations import talk
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.posting import post
from influence_sim.core.state import F8, Bools, Flag, Ints, add_clipped, has, mark
from influence_sim.core.worlds import Worlds

EXPOSE_SEVERITY = 0.5


def sees_through(
    worlds: Worlds,
    row: NDArray[np.integer],
    consumer: NDArray[np.integer],
    said: Any,
    sincerity: ArrayLike,
    detection: float,
) -> Bools:
    """Return who sees through what a company says (message ids ``said``), by scepticism.

    One coin per message and consumer: whoever meets it again thinks the same of it.
    """
    p, state = worlds.parameters, worlds.state
    world = worlds.world_of_row[row]
    trust = state.trust.ravel()[worlds.cells(row, consumer)]
    sincere = np.asarray(sincerity, np.float64)
    coin = worlds.draws.at(Process.INSINCERE_REPLY).uniform(world, said, worlds.key(consumer))
    return np.asarray(coin < talk.seeing_through(p, detection, state.scepticism[world, consumer], sincere, trust))


def lose_faith(
    worlds: Worlds,
    row: NDArray[np.integer],
    consumer: NDArray[np.integer],
    cause: Any,
    at: F8,
    weight: float = 1.0,
) -> None:
    """Let those who saw through a company lose trust, and some of them tell others; ``weight`` below 1 for bystanders.

    ``cause`` is the id of what they saw through, ``at`` the hour.
    """
    if not len(row):
        return
    p, state = worlds.parameters, worlds.state
    worlds.count("seen_through", row)
    cell = worlds.cells(row, consumer)
    add_clipped(state.trust, cell, np.full(cell.size, talk.trust_by_a_lie(p, weight)), 0, 1)
    coin = worlds.draws.at(Process.EXPOSE).uniform(worlds.world_of_row[row], cause, worlds.key(consumer))
    tells = np.flatnonzero(coin < talk.exposing(p, weight))
    rumour(worlds, row[tells], consumer[tells], cause[tells], at[tells])


def rumour(worlds: Worlds, row: Ints, consumer: Ints, cause: Any, at: F8) -> None:
    """Let consumers tell among peers, at hours ``at``, what a company has been found out to do."""
    if not len(row):
        return
    p, state = worlds.parameters, worlds.state
    worlds.count("exposes", row)
    incites = state.inciter[worlds.world_of_row[row], consumer]
    post(
        worlds,
        Kind.EXPOSE,
        row=row,
        author=consumer,
        cause=cause,
        born=at,
        channel=Channel.PEER,
        valence=-(0.5 + 0.5 * EXPOSE_SEVERITY),
        arousal=talk.indignation(p, state.arousal.ravel()[worlds.cells(row, consumer)], incites),
        severity=EXPOSE_SEVERITY,
    )


def find_hollow(worlds: Worlds, row: Ints, consumer: Ints) -> None:
    """Let those who are disappointed after having been told of a change find out that nothing had changed."""
    flags = worlds.state.flags
    told = np.flatnonzero(has(flags.ravel()[worlds.cells(row, consumer)], Flag.HOLLOW))
    if not told.size:
        return
    row, consumer = row[told], consumer[told]
    mark(flags, worlds.cells(row, consumer), Flag.HOLLOW, False)
    said = worlds.day + (int(Process.HOLLOW) << 32) + (worlds.company_of_row[row] << 40)
    sees = sees_through(worlds, row, consumer, said, 0.0, worlds.parameters.detection)
    at = np.full(told.size, worlds.end_of_step)
    lose_faith(worlds, row[sees], consumer[sees], said[sees], at[sees])
