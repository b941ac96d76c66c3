"""Who sees what, who shares it, and when (equation 4): the hot core.

A post or share is an *exposure* for each follower who happens to see it, due after a reaction time. When it falls due
the follower reads it, may share it at once, and the share exposes the next followers. Only the followers of those who
share are ever touched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.contagion import enough, transmissions
from influence_sim.core.draws import Process
from influence_sim.core.equations import talk
from influence_sim.core.messages import CORPORATE, Kind, message_id
from influence_sim.core.parameters import Parameters
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8, Bools, Ints
from influence_sim.core.worlds import Worlds

_SECONDS_PER_HOUR = 3600


class Items(NamedTuple):
    """What is read in one generation of an hour, in the order of reading times; arrays of one length.

    ``copy`` is the message (post or share) that was seen, ``root`` the post that it passes on, ``row`` the company of
    a world that it is about, ``cell`` the reader's view of that company.
    """

    due: F8
    copy: NDArray[np.int32]
    reader: NDArray[np.int32]
    root: NDArray[np.int32]
    row: NDArray[np.int32]
    cell: Ints


def lag(p: Parameters, u: ArrayLike) -> F8:
    """Return reaction times in hours for uniform numbers ``u``: the inverse CDF of the SEISMIC memory kernel.

    The density is constant, c, up to a plateau s₀ and falls as t^−(1+θ) beyond; see Zhao et al. 2015 (KDD). It sums to
    one if c·s₀ = θ/(1+θ), and F(t) = 1 − (t/s₀)^−θ / (1+θ) for t > s₀.
    """
    u = np.asarray(u, dtype=np.float64)
    at_once = p.lag_exponent / (1 + p.lag_exponent)
    with np.errstate(over="ignore", divide="ignore"):
        late = ((1 + p.lag_exponent) * (1 - u)) ** (-1 / p.lag_exponent)
    return np.where(u <= at_once, u / at_once, late) * (p.lag_plateau / _SECONDS_PER_HOUR)


def lag_cdf(p: Parameters, hours: ArrayLike) -> F8:
    """Return the probability that a reaction comes within ``hours`` (0 where negative)."""
    plateaus = np.maximum(np.asarray(hours, dtype=np.float64), 0) * (_SECONDS_PER_HOUR / p.lag_plateau)
    return np.asarray(talk.reactions_by(p, plateaus))


def sharing_probability(worlds: Worlds) -> float:
    """Return p₀, with which a reader shares a calm post (equation 4); 0 where nobody would read it."""
    p, excess = worlds.parameters, worlds.graph.mean_excess
    in_time = float(lag_cdf(p, p.lag_limit * HOURS_PER_DAY))
    return float(talk.sharing_of_a_calm_copy(p, excess, in_time)) if excess > 0 else 0.0


def transmit(worlds: Worlds, messages: Ints, visibility: ArrayLike, at: F8, audience_of: Ints | None = None) -> None:
    """Schedule the exposures of followers to ``messages``, posted at hours ``at``.

    Each follower of the author (or of consumer ``audience_of``) sees a message with probability ``visibility``: one
    keyed coin per arc, so that more visibility never reaches fewer.
    """
    if not messages.size:
        return
    table = worlds.messages
    senders = table.author[messages] if audience_of is None else audience_of
    world, stream = worlds.world_of_row[table.row[messages]], worlds.draws.at(Process.VISIBLE)
    seen, readers = transmissions(worlds.graph, stream, world, table.id[messages], senders, visibility)
    expose(worlds, messages[seen], readers, at[seen])


def expose(worlds: Worlds, messages: Ints, readers: NDArray[np.int32], at: F8) -> None:
    """Schedule the reading of ``messages`` by ``readers``, a reaction time after hours ``at``; shapes are equal."""
    p, table = worlds.parameters, worlds.messages
    world = worlds.world_of_row[table.row[messages]]
    delay = lag(p, worlds.draws.at(Process.LAG).uniform(world, table.id[messages], worlds.key(readers)))
    timely = delay <= p.lag_limit * HOURS_PER_DAY
    schedule(worlds, (at + delay)[timely], messages[timely], readers[timely])


def schedule(worlds: Worlds, due: F8, messages: Ints, readers: Ints) -> None:
    """Let ``readers`` read ``messages`` at hours ``due``; shapes are equal."""
    worlds.count("exposures", worlds.messages.row[messages])
    worlds.exposures.put(worlds.step, due, messages.astype(np.int32), readers.astype(np.int32))


def deliver(worlds: Worlds) -> tuple[Items, Items] | None:
    """Take the exposures that fall due now: what is read, and what is found deleted; None if there are none.

    A consumer reads at most A items an hour, the most arousing first.
    """
    due, copy, reader = worlds.exposures.take(worlds.step)
    if not due.size:
        return None
    table, size = worlds.messages, worlds.size
    row = table.row[copy]
    cell = row.astype(np.int64) * size.consumers + reader
    items = Items(due, copy, reader, table.root[copy], row, cell)
    gone = due >= table.deleted_at[copy]
    removed = _select(items, gone)
    items = _select(items, ~gone) if removed.due.size else items
    kept = _within_attention(worlds, worlds.world_of_row[items.row] * size.consumers + items.reader, items.copy)
    if kept is not None:
        worlds.count("missed", items.row[~kept])
        items = _select(items, kept)
    worlds.count("removed", removed.row)
    worlds.count("reads", items.row)
    return items, removed


def _select(items: Items, which: Bools) -> Items:
    return Items(
        items.due[which],
        items.copy[which],
        items.reader[which],
        items.root[which],
        items.row[which],
        items.cell[which],
    )


def _within_attention(worlds: Worlds, person: Ints, copy: NDArray[np.int32]) -> Bools | None:
    """Return which items are read, or None for all; ``person`` is world · consumers + consumer."""
    limit = round(min(talk.attention(worlds.parameters, worlds.setting.step_hours), 2**31 - 1))
    used = worlds.read_this_step
    np.add.at(used, person, 1)
    worlds.readers_this_step.append(person)
    crowded = np.flatnonzero(used[person] > limit)
    if not crowded.size:
        return None
    table, world, reader = worlds.messages, person // worlds.size.consumers, person % worlds.size.consumers
    tie = worlds.draws.at(Process.ATTENTION).bits(world[crowded], table.id[copy[crowded]], worlds.key(reader[crowded]))
    crowded = crowded[np.lexsort((tie, -table.arousal[copy[crowded]], person[crowded]))]
    first = np.flatnonzero(np.r_[True, np.diff(person[crowded]) != 0])
    count = np.diff(np.r_[first, crowded.size])
    rank = np.arange(crowded.size) - np.repeat(first, count)
    left = np.maximum(limit - (used[person[crowded[first]]] - count), 0)
    kept = np.ones(person.size, bool)
    kept[crowded[rank >= np.repeat(left, count)]] = False
    used[person[crowded]] = limit
    return kept


def rest(worlds: Worlds) -> None:
    """Give everyone's attention back at the end of the hour."""
    for person in worlds.readers_this_step:
        worlds.read_this_step[person] = 0
    worlds.readers_this_step.clear()


def answered(worlds: Worlds, items: Items) -> Bools:
    """Return which items were read after the company had answered the thread."""
    return np.asarray(items.due >= worlds.messages.answered_at[items.root])


def heat(worlds: Worlds, items: Items) -> NDArray[np.float32]:
    """Return how arousing items are when read: the copy's arousal, less what a reply took from its thread."""
    table = worlds.messages
    hot: NDArray[np.float32] = talk.heat(table.arousal[items.copy], table.cooled[items.root], answered(worlds, items))
    return hot


def share(worlds: Worlds, items: Items) -> None:
    """Let readers decide to share, and expose their followers to what they share (equation 4)."""
    p, table = worlds.parameters, worlds.messages
    negative = table.valence[items.root] < 0
    probability = talk.sharing(
        p,
        sharing_probability(worlds),
        heat(worlds, items),
        table.seen_answer[items.root],
        negative,
        answered(worlds, items),
        CORPORATE[table.kind[items.root]],
    )
    world = worlds.world_of_row[items.row]
    reader_id = worlds.key(items.reader)
    coin = worlds.draws.at(Process.SHARE).uniform(world, table.id[items.copy], reader_id)
    willing = np.flatnonzero(coin < probability)
    if p.contagion_threshold > 0 and willing.size:
        willing = willing[_passes_gate(worlds, items.root[willing], items.reader[willing])]
    chosen = willing[worlds.first_times("share", items.root[willing], items.reader[willing])]
    if not chosen.size:
        return
    parent, root, reader, row = (
        items.copy[chosen],
        items.root[chosen],
        items.reader[chosen],
        items.row[chosen],
    )
    incites = worlds.state.inciter[world[chosen], reader]
    copies = table.append(
        chosen.size,
        id=message_id(Kind.SHARE, reader_id[chosen], worlds.company_of_row[row], 0, table.id[root]),
        row=row,
        author=reader,
        kind=Kind.SHARE,
        channel=table.channel[root],
        attribute=table.attribute[root],
        valence=table.valence[root],
        arousal=talk.inflamed(p, table.arousal[parent], incites, negative[chosen]),
        severity=table.severity[root],
        root=root,
        parent=parent,
        born=items.due[chosen],
        depth=table.depth[parent] + 1,
    )
    np.add.at(table.children, parent, 1)
    worlds.count("shares", row)
    against = np.flatnonzero(negative[chosen])
    speak_against(worlds, row[against], reader[against], items.due[chosen[against]])
    transmit(worlds, copies, p.visibility, items.due[chosen])


def speak_against(worlds: Worlds, row: Ints, author: Ints, at: F8) -> None:
    """Note that consumers posted or shared something negative at hours ``at``."""
    worlds.count("negative", row)
    worlds.watch.note(row, at)
    np.maximum.at(worlds.state.against.ravel(), worlds.cells(row, author), at.astype(np.float32))


def _passes_gate(worlds: Worlds, root: NDArray[np.int32], reader: NDArray[np.int32]) -> Bools:
    """Return where the share of the reader's followees who posted or shared ``root`` reaches φ (Watts 2002)."""
    table, graph, people = worlds.messages, worlds.graph, worlds.size.consumers
    asked_for = np.zeros(len(table), bool)
    asked_for[root] = True
    by_consumers = np.flatnonzero(asked_for[table.root[: len(table)]] & (table.author[: len(table)] >= 0))
    spoke = table.root[by_consumers].astype(np.int64) * people + table.author[by_consumers]
    position, followee = graph.in_arcs(reader)
    has_spoken = np.isin(root[position].astype(np.int64) * people + followee, spoke)
    count = np.bincount(position[has_spoken], minlength=reader.size)
    return enough(count, worlds.parameters.contagion_threshold, graph.in_degree[reader])
