"""What reading does to a consumer (equations 5, 6, 13 and 14): attitude, trust, arousal, adstock.

All changes of one generation are computed from the state before it and then added, so the order of items is irrelevant.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Process
from influence_sim.core.equations import companies, market, talk
from influence_sim.core.messages import CORPORATE, Channel, Kind
from influence_sim.core.opinions import peer_means
from influence_sim.core.posting import post
from influence_sim.core.propagation import Items, heat
from influence_sim.core.replies import watch_answers
from influence_sim.core.sincerity import lose_faith, sees_through
from influence_sim.core.state import F4, Bools, Flag, Ints, add_clipped, mark
from influence_sim.core.worlds import Worlds


def read(worlds: Worlds, items: Items) -> None:
    """Let readers take in ``items``."""
    table, state = worlds.messages, worlds.state
    kind = table.kind[items.root]
    valence = table.valence[items.root]
    mark(state.flags, items.cell, Flag.READ_TODAY)
    negative = np.flatnonzero(valence < 0)
    np.maximum.at(state.negative_read.ravel(), items.cell[negative], items.due[negative].astype(np.float32))
    _rebut(worlds, items, negative)
    believed = ~_see_through_fakes(worlds, items, kind)
    _move_attitude(worlds, items, valence, CORPORATE[kind], believed)
    _arouse(worlds, items, negative)
    watch_answers(worlds, items)
    _remember_ads(worlds, items, np.flatnonzero((kind == Kind.CAMPAIGN) | (kind == Kind.AD)))


def _see_through_fakes(worlds: Worlds, items: Items, kind: NDArray[np.int8]) -> Bools:
    """Return which items are faked praise that its reader sees through; the first time, it costs trust."""
    seen = np.zeros(kind.size, bool)
    fake = np.flatnonzero(kind == Kind.FAKE)
    if not fake.size:
        return seen
    row, reader, said = items.row[fake], items.reader[fake], worlds.messages.id[items.root[fake]]
    through = sees_through(worlds, row, reader, said, 0.0, worlds.parameters.fake_detection)
    seen[fake] = through
    first = through & worlds.first_times("watched", items.root[fake], reader)
    lose_faith(worlds, row[first], reader[first], said[first], items.due[fake[first]])
    return seen


def _move_attitude(worlds: Worlds, items: Items, valence: F4, from_company: Bools, believed: Bools) -> None:
    """Move attitudes towards what was read and is believed (equation 5)."""
    p, state = worlds.parameters, worlds.state
    attitude = state.attitude.ravel()[items.cell]
    credence = talk.credence(p, state.trust.ravel()[items.cell], from_company)
    add_clipped(state.attitude, items.cell, talk.attitude(p, attitude, valence, credence) * believed, -1, 1)


def _arouse(worlds: Worlds, items: Items, negative: Ints) -> None:
    """Draw the arousal of who reads a negative item up towards the item's own."""
    arousal = worlds.state.arousal
    cell = items.cell[negative]
    change = talk.arousal(worlds.parameters, arousal.ravel()[cell], heat(worlds, items)[negative])
    add_clipped(arousal, cell, change, 0, 1)


def _remember_ads(worlds: Worlds, items: Items, ads: Ints) -> None:
    """Adstock, claims that raise expectations, and the wear-out of one ad too many."""
    if not ads.size:
        return
    p, state, table = worlds.parameters, worlds.state, worlds.messages
    cell, row, reader = items.cell[ads], items.row[ads], items.reader[ads]
    np.add.at(state.adstock.ravel(), cell, np.float32(1))
    claim = worlds.levers.claim[row]
    if claim.any():
        add_clipped(state.expectation, cell, market.claimed(p, claim), 0, 1)
    read_before = state.ads_this_week.ravel()[cell]
    np.add.at(state.ads_this_week.ravel(), cell, np.uint16(1))
    worn = np.flatnonzero(companies.too_many(p, read_before + _place_among_equals(cell)))
    if not worn.size:
        return
    add_clipped(state.attitude, cell[worn], np.full(worn.size, companies.wear_out(p)), -1, 1)
    on_page = worn[table.channel[items.copy[ads[worn]]] == Channel.PAGE]
    coin = worlds.draws.at(Process.UNFOLLOW).uniform(
        worlds.world_of_row[row[on_page]], table.id[items.copy[ads[on_page]]], worlds.key(reader[on_page])
    )
    mark(state.flags, cell[on_page[coin < p.unfollow]], Flag.FOLLOWS, False)


def _place_among_equals(cell: Ints) -> Ints:
    """Return for each entry how often its cell has occurred so far: 1, 2, 3 and so on."""
    order = np.argsort(cell, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(cell[order]) != 0])
    place = np.empty(cell.size, np.int64)
    place[order] = np.arange(1, cell.size + 1) - np.repeat(first, np.diff(np.r_[first, cell.size]))
    return place


def _rebut(worlds: Worlds, items: Items, negative: Ints) -> None:
    """Let a fan who reads a negative post answer it with praise, perhaps, and at most once per post."""
    p, table = worlds.parameters, worlds.messages
    if not p.fan_rebuttal or not negative.size:
        return
    cell = items.cell[negative]
    fans = negative[worlds.fans(cell)]
    if not fans.size:
        return
    root, row, reader = items.root[fans], items.row[fans], items.reader[fans]
    world, reader_id = worlds.world_of_row[row], worlds.key(reader)
    coin = worlds.draws.at(Process.REBUT).uniform(world, table.id[root], reader_id)
    # The coin belongs to (post, fan): whoever sees the post again decides the same; the first reading counts.
    speaks = np.flatnonzero(coin < p.fan_rebuttal)
    chosen = speaks[worlds.first_times("rebuttal", root[speaks], reader[speaks])]
    if chosen.size:
        post(
            worlds,
            Kind.PRAISE,
            row=row[chosen],
            author=reader[chosen],
            cause=table.id[root[chosen]],
            born=items.due[fans[chosen]],
            channel=np.full(chosen.size, Channel.PEER, np.int8),
            attribute=table.attribute[root[chosen]],
            valence=np.full(chosen.size, 0.5, np.float32),
            arousal=np.zeros(chosen.size, np.float32),
            parent=root[chosen],
        )


def forget(worlds: Worlds) -> None:
    """Arousal, adstock, trust and fatigue relax, and a new week of ads begins (daily)."""
    p, state = worlds.parameters, worlds.state
    state.arousal *= talk.calm_by_a_night(p)
    state.adstock *= companies.memory_of_ads(p)
    state.trust += talk.trust_by_a_night(p, state.trust)
    state.ask_fatigue *= companies.rest_by_a_night(p)
    if worlds.day % 7 == 6:
        state.ads_this_week[:] = 0
    mark(state.flags, slice(None), Flag.READ_TODAY, False)


def mix_with_peers(worlds: Worlds) -> None:
    """Let attitudes mix with those of the people one follows (equation 5; daily); who follows nobody is their own."""
    p, state, graph = worlds.parameters, worlds.state, worlds.graph
    if not p.peer_rate:
        return
    peers = peer_means(graph, state.attitude) if p.peer_weight else np.zeros_like(state.attitude)
    state.attitude += talk.mixing(p, state.attitude, peers, state.satisfaction)
