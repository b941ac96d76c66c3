"""Broadcasting: posts by day, paid mouths, faked praise; and answers that nobody asked for (equations 4, 7, 14)."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import isolates, make, random_graph, star, waiting_in, write

from influence_sim.core.campaign import campaign
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.propagation import lag_cdf
from influence_sim.core.replies import reply
from influence_sim.core.service import notice
from influence_sim.core.state import Flag, mark
from influence_sim.networks import heavy_tailed


def within(found, expected, trials):
    return abs(found / trials - expected) <= 3 * (expected * (1 - expected) / trials) ** 0.5


def days_of(worlds, days):
    """Let companies campaign for some mornings; return the table."""
    for day in range(days):
        worlds.step = 24 * day
        campaign(worlds)
    return worlds.messages.columns()


@pytest.mark.parametrize("posts", [0.3, 1.0, 2.4])
def test_posts_are_as_many_a_day_as_is_wanted_at_even_hours_of_their_own_day(posts):
    """A fraction of a post is one with that probability."""
    days, replicates = 40, 25
    worlds = make(isolates(20), levers=({"posts_per_day": posts},), replicates=replicates)
    table = days_of(worlds, days)
    whole, part = divmod(posts, 1)
    count = np.zeros((replicates, days), int)
    np.add.at(count, (table["row"], (table["born"] // 24).astype(int)), 1)
    assert set(np.unique(count)) <= {int(whole), int(whole) + (part > 0)}
    assert within((count - whole).sum(), part, count.size)
    for number in np.unique(count[count > 0]):
        some = np.flatnonzero(count[0] == number)
        if some.size:
            hours = np.sort(table["born"][(table["row"] == 0) & (table["born"] // 24 == some[0])]) % 24
            np.testing.assert_allclose(hours, 24 * (np.arange(number) + 0.5) / number)


@pytest.mark.parametrize("rate", [0.7, 3.0])
def test_faked_praise_appears_at_its_rate_per_thousand_consumers(rate):
    """Each fake among peers, by nobody, before the followers of somebody drawn anew."""
    days, replicates, people = 30, 20, 2000
    worlds = make(random_graph(people, 4), levers=({"astroturf_posts": rate},), replicates=replicates, visibility=1.0)
    table = days_of(worlds, days)
    expected = 2 * rate * days * replicates
    count = table["id"].size
    part = 2 * rate % 1
    assert abs(count - expected) <= 3 * (part * (1 - part) * days * replicates) ** 0.5 + 1e-9
    assert worlds.flows.fakes.sum() == count
    assert (table["kind"] == Kind.FAKE).all()
    assert (table["channel"] == Channel.PEER).all()
    assert (table["sincerity"] == 0).all()
    np.testing.assert_allclose(table["valence"], 0.75)
    assert (table["author"] == -1).all()
    _, fake, reader = waiting_in(worlds.exposures, 24 * (days + 15))
    audience = np.bincount(fake, minlength=count)
    in_time = worlds.graph.out_degree.mean() * lag_cdf(worlds.parameters, 24 * worlds.parameters.lag_limit)
    assert abs(audience.mean() - in_time) <= 3 * audience.std() / count**0.5
    assert np.unique(reader).size > people / 2


@pytest.mark.parametrize("rule", [0.0, 1.0])
def test_paid_people_are_those_with_most_followers_or_anybody(rule):
    """Each of the k passes on every post once, at once, to those of their followers who happen to see it."""
    people, posts = 1000, 4
    graph = heavy_tailed(people, 8, 3)
    levers = {"posts_per_day": posts, "influencer_seeds": 12, "seed_rule": rule}
    worlds = make(graph, levers=(levers,), visibility=0.5, page_visibility=0.0, lag_limit=60, customers_following=0)
    mark(worlds.state.flags, slice(None), Flag.FOLLOWS, False)
    table = days_of(worlds, 1)
    post = np.flatnonzero(table["kind"] == Kind.CAMPAIGN)
    copies = np.flatnonzero(table["kind"] == Kind.SHARE)
    assert post.size == posts
    assert copies.size == posts * 12 == worlds.flows.shares[0]
    pairs = set(zip(table["root"][copies].tolist(), table["author"][copies].tolist(), strict=True))
    paid = set(table["author"][copies].tolist())
    assert len(paid) == 12
    assert pairs == {(number, person) for number in post.tolist() for person in paid}
    np.testing.assert_array_equal(table["born"][copies], table["born"][table["root"][copies]])
    np.testing.assert_array_equal(table["parent"][copies], table["root"][copies])
    assert (table["children"][post] == 12).all()
    degree = np.sort(graph.out_degree)[::-1]
    found = np.sort(graph.out_degree[list(paid)])[::-1]
    if rule:
        np.testing.assert_array_equal(found, degree[:12])
    else:
        assert found.mean() < degree[:12].mean() / 2
    due, seen, _ = waiting_in(worlds.exposures, 24 * 62)
    audience = graph.out_degree[table["author"][copies]].sum()
    # A few would see it after more than sixty days.
    assert 0.8 * 0.5 * audience <= due.size <= 0.5 * audience + 3 * (0.25 * audience) ** 0.5
    assert (table["kind"][seen] == Kind.SHARE).all()


def test_paid_people_cost_by_their_followers():
    graph = heavy_tailed(1000, 8, 3)
    levers = {"posts_per_day": 2.0, "influencer_seeds": 5.0}
    worlds = make(graph, levers=(levers, {"posts_per_day": 2.0}))
    campaign(worlds)
    followers = np.sort(graph.out_degree)[-5:].sum()
    assert worlds.flows.spend[0] - worlds.flows.spend[1] == pytest.approx(
        worlds.setting.costs.influencer * 2 * followers
    )


def test_ads_of_a_morning_are_read_in_the_course_of_that_day():
    people = 5000
    worlds = make(isolates(people), levers=({"paid_reach": 1.4},))
    worlds.step = 48
    campaign(worlds)
    due, _, reader = waiting_in(worlds.exposures, 24 * 4)
    assert due.min() >= 48
    assert due.max() < 72
    count = np.bincount(reader, minlength=people)
    assert set(np.unique(count)) == {1, 2}
    assert within((count == 2).sum(), 0.4, people)


# outreach


def outreach(share, people=6000, **parameters):
    """Everybody complains or praises, on the page or among peers, and all cases are answered at once."""
    levers = {"outreach": share, "spam_false_alarms": 0.0, "public_replies": 0.0}
    worlds = make(isolates(people), levers=(levers,), suspicion=0, **parameters)
    kind = np.where(np.arange(people) % 3 == 0, Kind.PRAISE, Kind.COMPLAINT)
    channel = np.where(np.arange(people) % 2 == 0, Channel.PAGE, Channel.PEER)
    valence = np.where(kind == Kind.PRAISE, 0.5, -0.5)
    posts = [
        write(worlds, one, np.flatnonzero(kind == one), channel=channel[kind == one], valence=valence[kind == one])
        for one in (Kind.PRAISE, Kind.COMPLAINT)
    ]
    posts = np.concatenate(posts)
    table = worlds.messages
    noticed = (table.kind[posts] == Kind.COMPLAINT) | (table.channel[posts] == Channel.PEER)
    notice(worlds, posts[noticed])
    cases = worlds.waiting
    worlds.replies.put(0, np.zeros(cases.size), cases.astype(np.int32))
    reply(worlds)
    return worlds, cases


@pytest.mark.parametrize("share", [0.0, 0.35, 1.0])
def test_outreach_answers_its_share_of_what_is_said_among_peers(share):
    """Complaints and praise there, besides all complaints on the page."""
    worlds, cases = outreach(share)
    table = worlds.messages
    peers = table.channel[cases] == Channel.PEER
    assert within(peers.sum(), share, 3000)
    assert (~peers).sum() == 2000
    if share:
        assert within((table.kind[cases[peers]] == Kind.PRAISE).sum(), 1 / 3, peers.sum())
    assert worlds.flows.cases[0] == worlds.flows.replies[0] == cases.size


def test_three_of_ten_find_it_intrusive_to_be_answered_uninvited():
    """They lose .05 of trust instead of gaining .1, and nothing else good comes of it; on the page all are glad."""
    worlds, cases = outreach(1.0)
    table, state = worlds.messages, worlds.state
    author = table.author[cases]
    trust = state.trust[0, author]
    peers, negative = table.channel[cases] == Channel.PEER, table.valence[cases] < 0
    intruded = trust < 0.5
    assert not intruded[~peers].any()
    assert within(intruded.sum(), 0.3, peers.sum())
    np.testing.assert_allclose(trust, np.where(intruded, 0.45, 0.6), atol=1e-6)
    pleased = negative & ~intruded
    np.testing.assert_allclose(state.satisfaction[0, author], 0.2 * pleased, atol=1e-6)
    heard = np.where(negative, np.where(intruded, 0.3 * 0.8, 0.3 + 0.2 * 0.7), 0.3)
    np.testing.assert_allclose(state.responsiveness[0, author], heard, atol=1e-6)


def test_who_follows_the_page_sees_its_posts():
    people = 4000
    worlds = make(star(people), levers=({"posts_per_day": 1.0},), page_visibility=0.1, lag_limit=60)
    mark(worlds.state.flags, slice(None), Flag.FOLLOWS, np.arange(people + 1) % 2 == 0)
    campaign(worlds)
    _, _, reader = waiting_in(worlds.exposures, 24 * 62)
    assert (reader % 2 == 0).all()
    # A few would see it after more than sixty days.
    assert 0.85 * 200 - 3 * 200**0.5 <= reader.size <= 200 + 3 * 200**0.5
