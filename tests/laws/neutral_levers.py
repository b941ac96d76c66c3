"""What companies do: one row per lever."""

from __future__ import annotations

import numpy as np
from neutral_conduct import SURVEYS, learning, learnt, placated, seen_through
from neutral_market import choices, market, prevented
from neutral_table import MANY, differing, let_live, lever, of_kind
from neutral_words import after_ads, answered
from worlds import isolates, make, random_graph, waiting_in, write

from influence_sim.core.engine import Engine
from influence_sim.core.learning import learn, listen
from influence_sim.core.market import failure_probability, trade
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.moderation import moderate
from influence_sim.core.service import notice, serve
from influence_sim.core.setting import Costs
from influence_sim.core.state import Flag, has, mark


def run_levers(value, people=200, days=3, **parameters):
    settings = {"need_interval": 2, "failure_rate": 0.5, **parameters}
    worlds = make(random_graph(people, 6), levers=(value,), **settings)
    Engine(worlds).run_days(days)
    return worlds


# broadcast


@lever("posts_per_day", 3.0)
def _(**value):
    return np.count_nonzero(of_kind(run_levers(value), Kind.CAMPAIGN, Kind.AD))


@lever("paid_reach", 0.2)
def _(**value):
    worlds = run_levers(value)
    return np.count_nonzero(of_kind(worlds, Kind.CAMPAIGN, Kind.AD)) + worlds.state.adstock.sum()


@lever("claim", 1.0)
def _(**value):
    return abs(after_ads(levers=value).state.expectation[0, 1] - np.float32(0.6))


def paid_mouths(days=1, **levers):
    """Who passes on posts of a company where nobody would for nothing."""
    worlds = run_levers({"posts_per_day": 3.0, **levers}, days=days, base_reproduction=0)
    paid = worlds.messages.columns()["author"][of_kind(worlds, Kind.SHARE)]
    return worlds, set(paid.tolist())


@lever("influencer_seeds", 50.0)
def _(**value):
    worlds = make(random_graph(200, 6), levers=({"posts_per_day": 3.0, **value},))
    beyond_posts = worlds.running_cost[0] - 3.0 * Costs().post * worlds.scale
    return len(paid_mouths(**value)[1]) + beyond_posts


@lever("seed_rule", 0.0)
def _(**value):
    """How many have more followers than somebody who is paid, and are not."""
    worlds, paid = paid_mouths(influencer_seeds=50.0, **value)
    assert len(paid) == 10
    followers = worlds.graph.out_degree
    poorest = min(followers[place] for place in paid)
    return sum(count > poorest and person not in paid for person, count in enumerate(followers.tolist()))


# answers


@lever("reply_capacity", 5.0)
def _(**value):
    worlds = run_levers(value, spam_rate=5, voice_intercept=0)
    on_page = worlds.messages.columns()["channel"][of_kind(worlds, Kind.COMPLAINT)] == Channel.PAGE
    assert on_page.sum() > 5
    return np.count_nonzero(of_kind(worlds, Kind.REPLY, Kind.SPAM))


@lever("reply_priority", 1.0)
def _(**value):
    """How many are answered before somebody who has waited longer."""
    worlds = make(isolates(1000), levers=({"reply_capacity": 1, "spam_false_alarms": 0, **value},))
    born = np.linspace(0, 0.2, 10)
    cases = write(worlds, Kind.COMPLAINT, np.arange(10), born=born, arousal=born, valence=-0.5, channel=Channel.PAGE)
    notice(worlds, cases)
    for worlds.step in range(72):
        serve(worlds)
    _, answered_case = waiting_in(worlds.replies, 72)
    assert answered_case.size == 10
    return np.count_nonzero(np.diff(answered_case) < 0)


@lever("public_replies", 0.0)
def _(**value):
    """How many replies nobody else can see."""
    return 1 - np.count_nonzero(answered(value).messages.seen_answer[:1])


@lever("compensation", 0.5)
def _(**value):
    worlds = answered(value)
    return worlds.flows.spend[0] + worlds.flows.unpaid[0]


@lever("empathy", 1.0)
@lever("explanation", 1.0)
@lever("apology", 1.0)
def _(**value):
    """By how much a reply at once does more than one without any tone."""
    state = answered(value).state
    calm = np.float32(0.75) * np.float32(1 - 0.6)
    found = state.trust[0, 0], state.arousal[0, 0], state.satisfaction[0, 0]
    expected = np.float32(0.5) + np.float32(0.1), calm, np.float32(0.2)
    return sum(abs(a - b) for a, b in zip(found, expected, strict=True))


@lever("sincerity", 0.2)
def _(**value):
    return seen_through(placated(value, suspicion=0))


@lever("outreach", 0.5)
def _(**value):
    worlds = make(isolates(200), levers=(value,))
    posts = write(worlds, Kind.COMPLAINT, np.arange(200), channel=Channel.PEER, valence=-0.5)
    notice(worlds, posts)
    return worlds.flows.cases[0] + worlds.waiting.size


# listening, asking and acting


@lever("listening", 1.0)
def _(**value):
    worlds = make(isolates(MANY), levers=(value,))
    before = worlds.state.variance + worlds.parameters.demand_drift**2
    worlds.posted_today.append(write(worlds, Kind.PRAISE, np.arange(50), valence=0.5))
    listen(worlds)
    state = worlds.state
    contributed = np.count_nonzero(has(state.flags, Flag.CONTRIBUTED))
    return np.abs(state.estimate).sum() + np.abs(state.variance - before).sum() + contributed


@lever("ask_period", 2.0)
def _(**value):
    return learnt(learning(levers={"listening": 1.0, **value}))


@lever("ask_specificity", 1.0)
def _(**value):
    """By how much surer an answer to a question makes than a remark that nobody asked for."""
    variance = []
    for kind in (Kind.ANSWER, Kind.PRAISE):
        worlds = make(isolates(10), levers=({"listening": 1.0, **value},))
        worlds.posted_today.append(write(worlds, kind, np.arange(5), valence=0.5))
        listen(worlds)
        variance.append(worlds.state.variance.copy())
    return np.abs(variance[0] - variance[1]).sum()


@lever("survey_period", 1.0)
@lever("survey_size", 500.0)
def _(**value):
    return learnt(learning(levers={**SURVEYS, **value}))


@lever("action_share", 1.0)
@lever("improvement_capacity", 0.5)
def _(**value):
    """How far a company moves that knows it should, and what it pays for that."""
    wanting = {"action_share": 1.0, "improvement_capacity": 0.5, "lead_time": 1.0, "listening": 1.0, **value}
    worlds = make(isolates(10), levers=(wanting,), failure_rate=0.5, improvement_period=1)
    worlds.state.estimate[:] = 1
    worlds.state.failures_heard[:] = 10
    worlds.state.reserve[:] = 1e6
    for _ in range(3):
        learn(worlds)
        worlds.step += 24
    state = worlds.state
    spent = (1e6 - state.reserve[0]) + worlds.flows.spend[0]
    return np.abs(state.product).sum() + abs(state.failure_rate[0] - 0.5) + spent


@lever("circle_back", 1.0)
def _(**value):
    """What contributors hear of a release, and what telling them costs."""
    acting = {"action_share": 1.0, "improvement_capacity": 0.5, "lead_time": 1.0, **value}
    worlds = make(isolates(10), levers=(acting,), improvement_period=1, costs=Costs(improvement=0))
    worlds.state.estimate[:] = 1
    mark(worlds.state.flags, slice(None), Flag.CONTRIBUTED)
    worlds.state.reserve[:] = 1e6
    for _ in range(3):
        learn(worlds)
        worlds.step += 24
    told = worlds.flows.updates[0] + np.count_nonzero(of_kind(worlds, Kind.UPDATE)) + np.ptp(worlds.state.trust)
    return told + worlds.flows.spend[0] + np.count_nonzero(~has(worlds.state.flags, Flag.CONTRIBUTED))


# neither


@lever("prevention", 0.9)
def _(**value):
    worlds = make(isolates(10), levers=(value,), failure_rate=0.5)
    fewer_hit = differing(*(prevented(**value, preventable=can_be)[0] for can_be in (True, False)))
    return abs(failure_probability(worlds)[0] - 0.5) + worlds.running_cost[0] + fewer_hit


@lever("reward_value", 0.5)
def _(**value):
    """What those who buy again cost, and who does so only for the reward."""
    worlds = market(need_interval=1, levers=value)
    worlds.state.reserve[:] = 1e6
    trade(worlds)
    swayed = choices(worlds) != choices(worlds, worlds.levers.reward_value)
    assert worlds.flows.sales[0] > 100
    return (1e6 - worlds.state.reserve[0]) + worlds.flows.spend[0] + np.count_nonzero(swayed)


@lever("astroturf_posts", 20.0)
def _(**value):
    worlds = run_levers(value)
    return np.count_nonzero(of_kind(worlds, Kind.FAKE)) + worlds.running_cost[0]


@lever("page_open", 0.5)
def _(**value):
    """How many who trust a company completely do not complain on its page, and what finding it closed does to them."""
    worlds = make(isolates(MANY), levers=(value,), voice_intercept=5)
    worlds.state.trust[:] = 1
    let_live(worlds, severity=0.5)
    table = worlds.messages.columns()
    assert table["channel"].size > 500
    return np.count_nonzero(table["channel"] != Channel.PAGE) + np.abs(worlds.state.trust - 1).sum()


@lever("deletion_rate", 0.5)
def _(**value):
    worlds = make(isolates(200), levers=({"deletion_delay": 0.0, **value},))
    notice(worlds, write(worlds, Kind.COMPLAINT, np.arange(200), channel=Channel.PAGE, valence=-0.5))
    moderate(worlds)
    return worlds.flows.deleted[0] + np.count_nonzero(np.isfinite(worlds.messages.deleted_at[:200]))
