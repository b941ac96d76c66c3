"""Broadcasting (equations 4, 7 and 14): today's posts on the page, paid impressions, paid mouths and faked praise."""

from __future__ import annotations

import numpy as np

from influence_sim.core.books import close_books
from influence_sim.core.budget import seeds
from influence_sim.core.draws import Process
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.propagation import expose, schedule, transmit
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8, Flag, Ints, has
from influence_sim.core.worlds import Worlds

CAMPAIGN_VALENCE = 0.5
"""How favourable a company's own words are."""
FAKE_VALENCE = 0.75
"""How favourable faked praise is."""


def campaign(worlds: Worlds) -> None:
    """Pay for the day, post on the page, buy impressions and mouths, and fake praise."""
    close_books(worlds)
    post_on_page(worlds)
    advertise(worlds)
    fake_praise(worlds)


def post_on_page(worlds: Worlds) -> None:
    """Schedule today's posts, spread over the day; followers of the page may see them, and paid people pass them on."""
    p, draws = worlds.parameters, worlds.draws
    row, number, born = _times_of_day(worlds, worlds.levers.posts_per_day, Process.CAMPAIGN_POST)
    if not row.size:
        return
    posts = _write(worlds, Kind.CAMPAIGN, Channel.PAGE, row, number, born)
    place, reader = np.nonzero(has(worlds.state.flags[row], Flag.FOLLOWS))
    coin = draws.at(Process.VISIBLE).uniform(
        worlds.world_of_row[row[place]], worlds.messages.id[posts[place]], worlds.key(reader)
    )
    seen = np.flatnonzero(coin < p.page_visibility)
    expose(worlds, posts[place[seen]], reader[seen].astype(np.int32), born[place[seen]])
    _pay_to_pass_on(worlds, posts, row, born)


def _pay_to_pass_on(worlds: Worlds, posts: Ints, row: Ints, born: F8) -> None:
    """Let the people whom a company pays pass on its posts at once, as they would another's."""
    table, levers = worlds.messages, worlds.levers
    number = levers.influencer_seeds[row] * worlds.scale
    chosen = [seeds(worlds.graph, *key) for key in zip(number.tolist(), levers.seed_rule[row].tolist(), strict=True)]
    author = np.concatenate(chosen)
    if not author.size:
        return
    place = np.repeat(np.arange(row.size), [people.size for people in chosen])
    worlds.first_times("share", posts[place], author)
    copies = table.append(
        author.size,
        id=message_id(Kind.SHARE, worlds.key(author), worlds.company_of_row[row[place]], 0, table.id[posts[place]]),
        row=row[place],
        author=author,
        kind=Kind.SHARE,
        channel=Channel.PAGE,
        valence=CAMPAIGN_VALENCE,
        root=posts[place],
        parent=posts[place],
        born=born[place],
        depth=1,
    )
    np.add.at(table.children, posts[place], 1)
    worlds.count("shares", row[place])
    transmit(worlds, copies, worlds.parameters.visibility, born[place])


def advertise(worlds: Worlds) -> None:
    """Buy today's impressions: each consumer gets on average ``paid_reach`` of them, at any time of the day."""
    reach = worlds.levers.paid_reach
    row = np.flatnonzero(reach > 0)
    if not row.size:
        return
    for number in range(int(np.ceil(reach.max()))):
        rows = row[reach[row] > number]
        ads = _write(worlds, Kind.AD, Channel.AD, rows, np.full(rows.size, number), np.full(rows.size, worlds.now))
        world, key = worlds.world_of_row[rows][:, None], worlds.messages.id[ads][:, None]
        ids = worlds.graph.ids[None, :]
        coin = worlds.draws.at(Process.PAID_IMPRESSION).uniform(world, key, ids)
        probability = np.minimum(reach[rows] - number, 1.0)[:, None]
        place, reader = np.nonzero(coin < probability)
        # Given that it is below the probability, the coin is uniform again: it tells the hour.
        hour = coin[place, reader] / probability[place, 0] * HOURS_PER_DAY
        schedule(worlds, worlds.now + hour, ads[place], reader)


def fake_praise(worlds: Worlds) -> None:
    """Let companies speak through made-up consumers, each at a place of the network drawn anew."""
    wanted = worlds.levers.astroturf_posts * worlds.scale
    row, number, born = _times_of_day(worlds, wanted, Process.FAKE_TIME)
    if not row.size:
        return
    posts = _write(worlds, Kind.FAKE, Channel.PEER, row, number, born, valence=FAKE_VALENCE, sincerity=0)
    coin = worlds.draws.at(Process.FAKE_AUTHOR).uniform(worlds.world_of_row[row], worlds.messages.id[posts])
    place = worlds.graph.by_chance[(coin * worlds.size.consumers).astype(np.int64)]
    worlds.count("fakes", row)
    transmit(worlds, posts, worlds.parameters.visibility, born, audience_of=place)


def _times_of_day(worlds: Worlds, wanted: F8, process: Process) -> tuple[Ints, Ints, F8]:
    """Return when today something is posted that companies want so many times: rows, numbers and hours, spread evenly.

    A fraction of a post is one with that probability.
    """
    if not wanted.any():
        empty = np.empty(0, np.int64)
        return empty, empty, np.empty(0)
    coin = worlds.draws.at(process, worlds.day).uniform(worlds.world_of_row, worlds.company_of_row)
    count = np.floor(wanted + coin).astype(np.int64)
    row = np.repeat(np.arange(worlds.size.rows), count)
    number = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    return row, number, worlds.now + HOURS_PER_DAY * (number + 0.5) / np.repeat(count, count)


def _write(
    worlds: Worlds,
    kind: Kind,
    channel: Channel,
    row: Ints,
    number: Ints,
    born: F8,
    valence: float = CAMPAIGN_VALENCE,
    sincerity: float = 1.0,
) -> Ints:
    company = worlds.company_of_row[row]
    ids = message_id(kind, np.full(row.size, -1), company, worlds.day, number)
    return worlds.messages.append(
        row.size, id=ids, row=row, kind=kind, channel=channel, valence=valence, sincerity=sincerity, born=born
    )
