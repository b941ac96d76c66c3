"""Broadcasting (equations 4 and 14): the next day's posts on the page and paid impressions, and what they cost."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.propagation import expose
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import Ints
from influence_sim.core.worlds import Worlds

CAMPAIGN_VALENCE = 0.5
"""How favourable a company's own words are."""


def campaign(worlds: Worlds) -> None:
    """Spend tomorrow's running budget, post on the page and buy impressions for tomorrow."""
    spend(worlds)
    post_on_page(worlds)
    advertise(worlds)


def spend(worlds: Worlds) -> None:
    """Pay a day of what the levers cost; what the budget leaves goes into a reserve for changes and compensation."""
    worlds.flows.spend += worlds.running_cost
    worlds.state.reserve += worlds.setting.budget * worlds.scale - worlds.running_cost


def post_on_page(worlds: Worlds) -> None:
    """Schedule tomorrow's posts, spread over the day; followers of the page may see them."""
    p, draws, day = worlds.parameters, worlds.draws, worlds.day
    wanted = worlds.levers.posts_per_day
    if not wanted.any():
        return
    coin = draws.at(Process.CAMPAIGN_POST, day).uniform(worlds.world_of_row, worlds.company_of_row)
    count = np.floor(wanted + coin).astype(np.int64)
    row = np.repeat(np.arange(worlds.size.rows), count)
    number = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    born = worlds.end_of_step + HOURS_PER_DAY * (number + 0.5) / np.repeat(count, count)
    posts = _write(worlds, Kind.CAMPAIGN, Channel.PAGE, row, number, born)
    place, reader = np.nonzero(worlds.state.follows[row])
    coin = draws.at(Process.VISIBLE).uniform(
        worlds.world_of_row[row[place]], worlds.messages.id[posts[place]], worlds.key(reader)
    )
    seen = np.flatnonzero(coin < p.page_visibility)
    expose(worlds, posts[place[seen]], reader[seen].astype(np.int32), born[place[seen]])


def advertise(worlds: Worlds) -> None:
    """Buy tomorrow's impressions: each consumer gets on average ``paid_reach`` of them, at any time of the day."""
    reach = worlds.levers.paid_reach
    row = np.flatnonzero(reach > 0)
    if not row.size:
        return
    for number in range(int(np.ceil(reach.max()))):
        rows = row[reach[row] > number]
        ads = _write(
            worlds,
            Kind.AD,
            Channel.AD,
            rows,
            np.full(rows.size, number),
            np.full(rows.size, worlds.end_of_step),
        )
        world, key = worlds.world_of_row[rows][:, None], worlds.messages.id[ads][:, None]
        ids = worlds.graph.ids[None, :]
        coin = worlds.draws.at(Process.PAID_IMPRESSION).uniform(world, key, ids)
        probability = np.minimum(reach[rows] - number, 1.0)[:, None]
        place, reader = np.nonzero(coin < probability)
        # Given that it is below the probability, the coin is uniform again: it tells the hour.
        hour = coin[place, reader] / probability[place, 0] * HOURS_PER_DAY
        worlds.exposures.put(
            worlds.step + 1, worlds.end_of_step + hour, ads[place].astype(np.int32), reader.astype(np.int32)
        )


def _write(worlds: Worlds, kind: Kind, channel: Channel, row: Ints, number: Ints, born: np.ndarray) -> Ints:
    company = worlds.company_of_row[row]
    ids = message_id(kind, np.full(row.size, -1), company, worlds.day, number)
    return worlds.messages.append(
        row.size, id=ids, row=row, kind=kind, channel=channel, valence=CAMPAIGN_VALENCE, born=born
    )
