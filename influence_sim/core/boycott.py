"""Boycotts (equation 15): a threshold of followees who speak against a company, and the arousal to act on it."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.equations import crowds, market
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.posting import post
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8, Bools
from influence_sim.core.worlds import Worlds


def boycotting(worlds: Worlds) -> Bools:
    """Return which cells are in a boycott that outlasts this step, shape (rows, consumers)."""
    return np.asarray(worlds.state.boycott_until > worlds.end_of_step)


def join_boycotts(worlds: Worlds) -> None:
    """Let those join a boycott of whose followees a share of at least φ_i has spoken against the company.

    Only who is worked up does (Granovetter 1978: thresholds of collective behaviour).
    """
    p, state, size = worlds.parameters, worlds.state, worlds.size
    if not p.boycott_days:
        return
    row, speaker = np.nonzero(state.against > worlds.end_of_step - HOURS_PER_DAY * p.boycott_memory)
    if not row.size:
        return
    position, follower = worlds.graph.out_arcs(speaker)
    cell = worlds.cells(row[position], follower)
    # Few are worked up, so followees are counted for these only.
    ready = crowds.worked_up(p, state.arousal.ravel()[cell])
    ready &= state.boycott_until.ravel()[cell] <= worlds.end_of_step
    cell, followees_against = np.unique(cell[ready], return_counts=True)
    row, follower = np.divmod(cell, size.consumers)
    threshold = state.boycott_threshold[worlds.world_of_row[row], follower]
    joins = crowds.joins(followees_against, threshold, worlds.graph.in_degree[follower])
    cell, row, follower = cell[joins], row[joins], follower[joins]
    if not cell.size:
        return
    state.boycott_until.ravel()[cell] = worlds.end_of_step + HOURS_PER_DAY * p.boycott_days
    stream = worlds.draws.at(Process.BOYCOTT_CALL, worlds.day)
    world, key, company = worlds.world_of_row[row], worlds.key(follower), worlds.company_of_row[row]
    calls = np.flatnonzero(stream.uniform(world, key, company) < p.boycott_call)
    luck = stream.uniform(world[calls], key[calls], company[calls], np.ones(calls.size, np.int64))
    born: F8 = market.hour_of_telling(p, worlds.end_of_step, luck)
    post(
        worlds,
        Kind.BOYCOTT,
        row=row[calls],
        author=follower[calls],
        cause=np.full(calls.size, int(Process.BOYCOTT_CALL)),
        born=born,
        channel=Channel.PEER,
        valence=-1.0,
        arousal=state.arousal.ravel()[cell[calls]],
        severity=1.0,
    )
