"""Deletion of complaints from the page, and who notices (equation 8)."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.equations import talk
from influence_sim.core.propagation import Items
from influence_sim.core.replies import repost
from influence_sim.core.sincerity import rumour
from influence_sim.core.state import F8, Ints, add_clipped
from influence_sim.core.worlds import Worlds


def moderate(worlds: Worlds) -> None:
    """Delete what is due to be deleted and has not been answered; most authors notice, and some post it elsewhere."""
    due, cases = worlds.deletions.take(worlds.step)
    if not cases.size:
        return
    p, table = worlds.parameters, worlds.messages
    open_still = table.answered_at[cases] > due
    due, cases = due[open_still], cases[open_still].astype(np.int64)
    table.deleted_at[cases] = due
    worlds.waiting = worlds.waiting[~np.isin(worlds.waiting, cases)]
    row, author = table.row[cases], table.author[cases]
    worlds.count("deleted", row)
    coin = worlds.draws.at(Process.NOTICE).uniform(worlds.world_of_row[row], table.id[cases], worlds.key(author))
    noticed = np.flatnonzero(coin < p.author_notices)
    cases, due, row, author = cases[noticed], due[noticed], row[noticed], author[noticed]
    again = _resent(worlds, row, author, table.id[cases])
    repost(worlds, cases[again], due[again], Process.DELETE, p.deletion_arousal)


def find_gone(worlds: Worlds, removed: Items) -> None:
    """Let who comes too late to a deleted post notice, now and then, that something is gone, and talk about it."""
    if not removed.due.size:
        return
    table = worlds.messages
    said = table.id[removed.copy]
    coin = worlds.draws.at(Process.NOTICE).uniform(worlds.world_of_row[removed.row], said, worlds.key(removed.reader))
    noticed = np.flatnonzero(coin < worlds.parameters.viewer_notices)
    if not noticed.size:
        return
    row, reader, cause = removed.row[noticed], removed.reader[noticed], said[noticed]
    again = _resent(worlds, row, reader, cause)
    due: F8 = removed.due[noticed]
    rumour(worlds, row[again], reader[again], cause[again], due[again])


def _resent(worlds: Worlds, row: Ints, consumer: Ints, cause: np.ndarray) -> Ints:
    """Let who noticed a deletion lose trust and become worked up; return the places of those who will not leave it."""
    p, state = worlds.parameters, worlds.state
    cell = worlds.cells(row, consumer)
    add_clipped(state.trust, cell, np.full(cell.size, talk.trust_by_deletion(p)), 0, 1)
    add_clipped(state.arousal, cell, np.full(cell.size, talk.arousal_by_deletion(p)), 0, 1)
    coin = worlds.draws.at(Process.TELL_ON).uniform(worlds.world_of_row[row], cause, worlds.key(consumer))
    return np.flatnonzero(coin < p.deletion_repost)
