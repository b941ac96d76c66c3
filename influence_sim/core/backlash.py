"""Firestorms: bursts that spread by themselves and reach many, as docs/model.md defines them."""

from __future__ import annotations

import math

import numpy as np

from influence_sim.core.bursts import BURST_SCORE, CALM_SCORE, WINDOW_HOURS
from influence_sim.core.messages import Kind
from influence_sim.core.propagation import lag_cdf
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8, Bools, Ints
from influence_sim.core.worlds import Worlds

MINIMUM_EXPOSED = 0.01
MINIMUM_REPRODUCTION = 1.0
RAGE_SHARE = 0.05


def watch(worlds: Worlds) -> None:
    """Look for bursts and firestorms that begin or end in this hour."""
    seen = worlds.watch
    seen.count(worlds.step, worlds.negative_now)
    worlds.negative_now[:] = 0
    seen.table_length.append(len(worlds.messages))
    # Posts are written into the table up to the voice spread before they are born.
    memory = math.ceil((HOURS_PER_DAY + worlds.parameters.voice_spread) / worlds.setting.step_hours) + 1
    del seen.table_length[:-memory]
    with np.errstate(invalid="ignore"):
        z = seen.score()
        high, low = z >= BURST_SCORE, z < CALM_SCORE
    seen.high_steps = np.where(high, seen.high_steps + 1, 0)
    worlds.flows.bursts += seen.high_steps == seen.burst_steps
    candidates = np.flatnonzero((seen.high_steps >= seen.burst_steps) & ~seen.storm)
    if candidates.size:
        ignited = candidates[_is_firestorm(worlds, candidates)]
        seen.storm[ignited] = seen.stormy[worlds.step % seen.length, ignited] = True
        worlds.flows.firestorms[ignited] += 1
    seen.low_steps = np.where(low & seen.storm, seen.low_steps + 1, 0)
    worlds.flows.storm_hours += seen.storm * worlds.setting.step_hours
    seen.storm &= seen.low_steps < seen.calm_steps


def _is_firestorm(worlds: Worlds, rows: Ints) -> Bools:
    """Return which of these bursts spread by themselves (R_neg ≥ 1) and reached at least 1 % of everyone in a day."""
    since = worlds.now - HOURS_PER_DAY
    exposed = np.array([np.count_nonzero(worlds.state.negative_read[row] > since) for row in rows.tolist()])
    reproduction = negative_reproduction(worlds)[rows]
    return (exposed >= MINIMUM_EXPOSED * worlds.size.consumers) & (reproduction >= MINIMUM_REPRODUCTION)


def negative_reproduction(worlds: Worlds) -> F8:
    """Return R_neg per row: shares per negative post or share 6 to 24 hours old, over the share of them due by then.

    0 where there is nothing of that age.
    """
    table, now = worlds.messages, worlds.end_of_step
    start = worlds.watch.table_length[0] if worlds.watch.table_length else 0
    born, kind = table.born[start : len(table)], table.kind[start : len(table)]
    age = now - born
    negative = (table.valence[start : len(table)] < 0) & ((kind == Kind.COMPLAINT) | (kind == Kind.SHARE))
    cohort = np.flatnonzero(negative & (age > WINDOW_HOURS) & (age <= HOURS_PER_DAY))
    row = table.row[start : len(table)][cohort]
    children = np.bincount(row, table.children[start : len(table)][cohort], minlength=worlds.size.rows)
    due = np.bincount(row, lag_cdf(worlds.parameters, age[cohort]), minlength=worlds.size.rows)
    return np.divide(children, due, out=np.zeros(worlds.size.rows), where=due > 0)
