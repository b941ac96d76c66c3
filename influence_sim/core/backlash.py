"""Firestorms: bursts that spread by themselves and reach many, as docs/model.md defines them."""

from __future__ import annotations

import math

import numpy as np

from influence_sim.core.bursts import BURST_HOURS, BURST_SCORE, CALM_SCORE, WINDOW_HOURS
from influence_sim.core.equations import crowds
from influence_sim.core.messages import AGAINST, Kind
from influence_sim.core.propagation import lag_cdf
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8, Ints
from influence_sim.core.worlds import Worlds

MINIMUM_EXPOSED = 0.01
MINIMUM_REPRODUCTION = 1.0
RAGE_SHARE = 0.05


def watch(worlds: Worlds) -> None:
    """Look for bursts and firestorms that begin or end in the hours that this step completes."""
    seen = worlds.watch
    seen.table_length.append(len(worlds.messages))
    # Posts are written into the table up to the voice spread before they are born.
    memory = math.ceil((HOURS_PER_DAY + worlds.parameters.voice_spread) / worlds.setting.step_hours) + 1
    del seen.table_length[:-memory]
    while seen.hour + 1 <= worlds.end_of_step:
        seen.count_hour()
        with np.errstate(invalid="ignore"):
            z = seen.score()
            high, low = z >= BURST_SCORE, z < CALM_SCORE
        seen.high_hours = np.where(high, seen.high_hours + 1, 0)
        worlds.flows.bursts += seen.high_hours == BURST_HOURS
        candidates = np.flatnonzero((seen.high_hours >= BURST_HOURS) & ~seen.storm)
        if candidates.size:
            _ignite(worlds, candidates, seen.hour)
        worlds.flows.storm_hours += seen.storm
        seen.calm(low)


def _ignite(worlds: Worlds, rows: Ints, now: float) -> None:
    """Make firestorms of those bursts that spread by themselves (R_neg ≥ 1) and reached 1 % of everyone in a day."""
    since = now - HOURS_PER_DAY
    exposed = np.array([np.count_nonzero(worlds.state.negative_read[row] > since) for row in rows.tolist()])
    share = exposed / worlds.size.consumers
    reproduction = negative_reproduction(worlds, now)[rows]
    burns = (share >= MINIMUM_EXPOSED) & (reproduction >= MINIMUM_REPRODUCTION)
    worlds.count("firestorms", rows[burns])
    worlds.watch.ignite(rows[burns], reproduction[burns], share[burns])


def negative_reproduction(worlds: Worlds, now: float) -> F8:
    """Return R_neg per row: shares per negative post or share 6 to 24 hours old, over the share of them due by then.

    As of hour ``now``, not after the end of this step; 0 where there is nothing of that age.
    """
    table = worlds.messages
    start = worlds.watch.table_length[0]
    recent = slice(start, len(table))
    age, kind = now - table.born[recent], table.kind[recent]
    negative = (table.valence[recent] < 0) & (AGAINST[kind] | (kind == Kind.SHARE))
    cohort = np.flatnonzero(negative & (age > WINDOW_HOURS) & (age <= HOURS_PER_DAY))
    row = table.row[recent][cohort]
    # What is shared between now and the end of the step does not count yet.
    later = np.flatnonzero((kind == Kind.SHARE) & (age < 0) & (table.parent[recent] >= start))
    so_far = table.children[recent] - np.bincount(table.parent[recent][later] - start, minlength=age.size)
    children = np.bincount(row, so_far[cohort], minlength=worlds.size.rows)
    due = np.bincount(row, lag_cdf(worlds.parameters, age[cohort]), minlength=worlds.size.rows)
    found, known = np.zeros(worlds.size.rows), due > 0
    found[known] = crowds.reproduction(children[known], due[known])
    return found
