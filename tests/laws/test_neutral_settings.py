"""At its neutral value a constant's mechanism is off, exactly: what it would cause does not happen.

Each row of the tables below measures a consequence of one mechanism, as a number that is 0 if there is none. The number
is taken from what happens (who shares, who complains, what a mind holds afterwards), so that it must be exactly 0 at
the neutral value and something else at another value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from worlds import fork, isolates, items, make, random_graph, star, write

from influence_sim.core.draws import Process
from influence_sim.core.engine import Engine
from influence_sim.core.learning import learn, listen
from influence_sim.core.levers import LEVERS, check_levers
from influence_sim.core.market import become_loyal, choose, drift, experience
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.parameters import ORIGINS
from influence_sim.core.propagation import deliver, expose, share
from influence_sim.core.reading import forget, mix_with_peers, read
from influence_sim.core.service import answer, lose_patience, open_cases, receive_spam

MANY = 1500


class Row(NamedTuple):
    """A value at which the mechanism works, and what to measure at a value (by parameter or lever name)."""

    other: float
    consequence: Callable[..., float]


PARAMETERS: dict[str, Row] = {}
LEVER_ROWS: dict[str, Row] = {}


def row(name, other, table=PARAMETERS):
    """Enter a function, which takes the value by its name, into a table."""

    def enter(consequence):
        assert name not in table
        table[name] = Row(other, consequence)
        return consequence

    return enter


# what consumers live through


def market(companies=1, people=MANY, **parameters):
    """Consumers without tastes of their own, all of them customers of company 0."""
    settings = {"taste_spread": 0, "experience_noise": 0, **parameters}
    worlds = make(isolates(people), levers=({},) * companies, **settings)
    worlds.state.customer_of[:] = 0
    return worlds


def live(worlds, severity=0.0, **columns):
    """Let everyone have an experience with company 0; return the world afterwards."""
    worlds = fork(worlds)
    for name, value in columns.items():
        getattr(worlds.state, name)[:] = value
    everyone = np.arange(worlds.size.consumers)
    experience(
        worlds,
        np.zeros_like(everyone),
        np.zeros_like(everyone),
        everyone,
        failed=np.full(everyone.size, severity > 0),
        severity=np.full(everyone.size, severity),
        cause=Process.EXPERIENCE,
    )
    return worlds


def authors(worlds, kind):
    table = worlds.messages
    return set(table.author[: len(table)][table.kind[: len(table)] == kind].tolist())


def leavers(worlds):
    return set(np.flatnonzero(worlds.state.customer_of[0] != 0).tolist())


def differing(one, other):
    """How many stand in one set only."""
    return len(one ^ other)


@row("experience_noise", 0.2)
def _(**value):
    worlds = live(make(isolates(MANY), taste_spread=0, **value), severity=0.5)
    return np.ptp(worlds.state.expectation)


@row("satisfaction_rate", 0.3)
def _(**value):
    return np.abs(live(market(**value), severity=0.5).state.satisfaction).max()


@row("loss_aversion", 2.0)
def _(**value):
    """The same step below and above what was expected moves satisfaction by the same amount."""
    worlds = market(satisfaction_rate=0.5, **value)
    better, worse = (live(worlds, 0.5, expectation=e).state.satisfaction for e in (0.25, 0.75))
    return np.abs(better + worse).max()


@row("expectation_rate", 0.2)
def _(**value):
    worlds = market(**value)
    return np.abs(live(worlds, 0.8).state.expectation - worlds.state.expectation).max()


@row("tolerance", 0.1)
def _(**value):
    """Not even the worst possible experience is bad."""
    worlds = live(market(exit_intercept=2, **value), severity=1.0, expectation=1.0)
    return len(leavers(worlds)) + len(authors(worlds, Kind.COMPLAINT)) + np.count_nonzero(worlds.state.arousal)


@row("exit_loyalty", 2.0)
def _(**value):
    worlds = market(**value, voice_loyalty=0, exit_intercept=0)
    return differing(*(leavers(live(worlds, 0.8, loyalty=level)) for level in (0, 1)))


def complainers(worlds, severity=0.6, **columns):
    return authors(live(worlds, severity, **columns), Kind.COMPLAINT)


@row("voice_severity", 4.75)
def _(**value):
    worlds = market(**value, voice_intercept=-1, expectation_rate=0, exit_intercept=-20)
    return differing(*(complainers(worlds, severity) for severity in (0.5, 0.9)))


@row("voice_responsiveness", 1.5)
def _(**value):
    worlds = market(**value)
    return differing(*(complainers(worlds, responsiveness=level) for level in (0, 1)))


@row("voice_loyalty", 0.5)
def _(**value):
    worlds = market(**value, exit_loyalty=0)
    return differing(*(complainers(worlds, loyalty=level) for level in (0, 1)))


@row("vocal_bias", 0.5)
def _(**value):
    """Who wants much and who wants little suffer alike; do they speak up alike?"""
    worlds = make(isolates(MANY), failure_rate=1, **value)
    worlds.state.customer_of[:] = 0
    mirrored = fork(worlds)
    mirrored.state.taste *= -1
    return differing(*(complainers(one) for one in (worlds, mirrored)))


@row("praise_delight", 4.75)
def _(**value):
    worlds = market(**value)
    return differing(*(authors(live(worlds, expectation=e), Kind.PRAISE) for e in (0.5, 1.0)))


@row("fan_praise", 3.0)
def _(**value):
    worlds = market(**value)
    return differing(*(authors(live(worlds, loyalty=x, attitude=x), Kind.PRAISE) for x in (0, 0.95)))


def choices(worlds, **columns):
    """What consumers in need choose if the view of company 0 is as given."""
    worlds = fork(worlds)
    for name, value in columns.items():
        getattr(worlds.state, name)[0] = value
    everyone = np.arange(worlds.size.consumers)
    return choose(worlds, np.zeros_like(everyone), everyone)


for _name, _column in {
    "choice_expectation": "expectation",
    "choice_trust": "trust",
    "choice_attitude": "attitude",
    "choice_adstock": "adstock",
    "choice_loyalty": "loyalty",
}.items():

    @row(_name, 1.0)
    def _(column=_column, **value):
        worlds = market(companies=3, **value)
        return np.count_nonzero(choices(worlds, **{column: 0}) != choices(worlds, **{column: 1}))


@row("demand_drift", 0.02)
def _(**value):
    worlds = make(isolates(2), attributes=3, **value)
    before = worlds.state.variance.copy()
    for _ in range(3):
        drift(worlds)
        listen(worlds)
    return np.abs(worlds.state.demand).sum() + np.abs(worlds.state.variance - before).sum()


# what is shared


def sharers(change=lambda worlds, post: None, readers=MANY, valence=-0.8, arousal=0.5, **parameters):
    """Who passes on a post that everybody sees; ``change`` acts on the world and the post before."""
    worlds = make(random_graph(readers + 1, 8), levers=({"claim": 0.0},), **{"inciter_share": 0, **parameters})
    number = write(worlds, Kind.COMPLAINT, 0, valence=valence, arousal=arousal, severity=0.5)
    change(worlds, number)
    share(worlds, items(worlds, number, np.arange(1, readers + 1)))
    return authors(worlds, Kind.SHARE)


def with_column(**columns):
    def change(worlds, number):
        for name, value in columns.items():
            getattr(worlds.messages, name)[number] = value

    return change


@row("base_reproduction", 0.2)
def _(**value):
    return len(sharers(**value))


@row("arousal_sharing", 4.0)
def _(**value):
    return differing(*(sharers(arousal=g, **value) for g in (0, 1)))


@row("ad_sharing", 0.1)
def _(**value):
    """A company's post is shared by the same people as if a consumer had written it."""
    return differing(*(sharers(with_column(author=who), base_reproduction=1, **value) for who in (0, -1)))


@row("reply_calming_share", 0.5)
def _(**value):
    return differing(*(sharers(with_column(answer=r, seen_answer=r), base_reproduction=1, **value) for r in (0, 1)))


@row("contagion_threshold", 0.5)
def _(**value):
    """Of people who would share anything, those who see a post of which nobody they follow has spoken."""
    graph = random_graph(400, 8)
    worlds = make(graph, base_reproduction=1, visibility=0.001, ad_sharing=1, **value)
    number = write(worlds, Kind.CAMPAIGN, -1, valence=0.5)
    share(worlds, items(worlds, number, np.arange(400)))
    return 400 - len(authors(worlds, Kind.SHARE))


@row("inciter_share", 0.01)
def _(**value):
    return np.count_nonzero(make(isolates(MANY), **value).state.inciter)


@row("inciter_arousal", 0.4)
def _(**value):
    """What inciters post and share is as calm as what others do."""
    worlds = market(people=400, voice_intercept=0, **value)
    worlds.state.inciter[:] = True
    posts = live(worlds, severity=0.25, expectation=1.0).messages.columns()["arousal"]
    worlds = make(random_graph(50, 5), base_reproduction=1, visibility=0.001, **value)
    worlds.state.inciter[:] = True
    share(worlds, items(worlds, write(worlds, Kind.COMPLAINT, 1, valence=-0.5, arousal=0.25), np.arange(2, 50)))
    shares = worlds.messages.columns()["arousal"][1:]
    assert posts.size > 100
    assert shares.size == 48
    return np.abs(posts - 0.25).max() + np.abs(shares - 0.25).max()


@row("attention", 5.0)
def _(**value):
    """How many of 300 posts that one reader sees within an hour go unread."""
    worlds = make(star(1), **value)
    numbers = write(worlds, Kind.PRAISE, np.zeros(300, int), valence=0.5)
    expose(worlds, numbers, np.ones(300, np.int32), np.zeros(300))
    worlds.step = 0
    due = worlds.exposures.take(0)
    worlds.exposures.put(0, *due)
    return due[0].size - deliver(worlds).due.size


# what is read


def after_reading(kind=Kind.COMPLAINT, *, copies=1, valence=-0.5, arousal=0.0, author=0, before=None, **parameters):
    """The state after consumer 1 has read ``copies`` messages one after the other; ``before`` sets columns."""
    columns = {name: parameters.pop(name) for name in ("channel", "seen_answer") if name in parameters}
    worlds = make(isolates(3), levers=(parameters.pop("levers", {}),), **parameters)
    for name, value in (before or {}).items():
        getattr(worlds.state, name)[:] = value
    for _ in range(copies):
        number = write(worlds, kind, author, valence=valence, arousal=arousal, **columns)
        read(worlds, items(worlds, number, 1))
    return worlds


@row("attitude_rate", 0.1)
def _(**value):
    return abs(after_reading(**value).state.attitude[0, 1])


@row("negativity", 2.0)
def _(**value):
    good, bad = (after_reading(valence=s, **value).state.attitude[0, 1] for s in (0.5, -0.5))
    return abs(good + bad)


@row("confidence_bound", 1.0)
def _(**value):
    """The most distant opinion moves a reader as far as its distance says."""
    moved = after_reading(valence=-1, before={"attitude": 1}, attitude_rate=0.25, **value).state.attitude[0, 1] - 1
    return abs(moved + 0.25 * 2)


@row("arousal_uptake", 0.3)
def _(**value):
    return after_reading(arousal=1.0, **value).state.arousal[0, 1]


@row("bystander", 0.3)
def _(**value):
    return abs(after_reading(seen_answer=1.0, **value).state.trust[0, 1] - 0.5)


@row("fan_rebuttal", 0.5)
def _(**value):
    worlds = make(isolates(200), **value)
    worlds.state.loyalty[:] = worlds.state.attitude[:] = 0.95
    number = write(worlds, Kind.COMPLAINT, 0, valence=-0.75)
    read(worlds, items(worlds, number, np.arange(1, 200)))
    return len(authors(worlds, Kind.PRAISE))


def after_ads(copies=1, **settings):
    return after_reading(Kind.AD, copies=copies, author=-1, valence=0.5, channel=Channel.AD, **settings)


@row("claim_effect", 0.01)
def _(**value):
    return abs(after_ads(levers={"claim": 1.0}, **value).state.expectation[0, 1] - np.float32(0.6))


@row("ad_persuasion", 1.0)
def _(**value):
    return abs(after_ads(**value).state.attitude[0, 1])


@row("wear_out_from", 5.0)
def _(**value):
    return abs(after_ads(copies=300, ad_persuasion=0, **value).state.attitude[0, 1])


@row("wear_out", 0.01)
def _(**value):
    return abs(after_ads(copies=300, ad_persuasion=0, **value).state.attitude[0, 1])


@row("unfollow", 0.1)
def _(**value):
    settings = {"copies": 300, "author": -1, "channel": Channel.PAGE, "before": {"follows": True}}
    worlds = after_reading(Kind.CAMPAIGN, **settings, **value)
    return np.count_nonzero(~worlds.state.follows)


@row("peer_rate", 0.05)
def _(**value):
    worlds = make(random_graph(40, 5), **value)
    worlds.state.attitude[:] = before = np.linspace(-1, 1, 40, dtype=np.float32)
    worlds.state.satisfaction[:] = 0.5
    mix_with_peers(worlds)
    return np.abs(worlds.state.attitude - before).max()


@row("peer_weight", 0.3)
def _(**value):
    """A follower's attitude if the one they follow thinks well, against if not."""
    after = []
    for opinion in (-1, 1):
        worlds = make(star(1), **value)
        worlds.state.attitude[0, 0] = opinion
        mix_with_peers(worlds)
        after.append(worlds.state.attitude[0, 1])
    return abs(after[0] - after[1])


@row("trust_half_life", 90.0)
def _(**value):
    worlds = make(isolates(2), **value)
    worlds.state.trust[:] = [[0.1, 0.9]]
    before = worlds.state.trust.copy()
    for _ in range(30):
        forget(worlds)
    return np.abs(worlds.state.trust - before).max()


# what is answered, and what is not


def answered(levers=None, people=3, arousal=0.75, before=None, **parameters):
    """The world after the complaint of consumer 0 of a star was answered at once."""
    settings = {"spam_rate": 0, "visibility": 1, **parameters}
    staffed = {"reply_capacity": 1000, "spam_false_alarms": 0, **(levers or {})}
    worlds = make(star(people - 1), levers=(staffed,), **settings)
    state = worlds.state
    state.arousal[:] = arousal
    state.reserve[:] = 1e6
    for name, value in (before or {}).items():
        getattr(state, name)[:] = value
    number = write(worlds, Kind.COMPLAINT, 0, channel=Channel.PAGE, valence=-0.5, arousal=arousal)
    open_cases(worlds, number)
    answer(worlds)
    assert worlds.flows.replies[0] == 1
    return worlds


@row("reply_trust", 0.1)
def _(**value):
    return abs(answered(**value).state.trust[0, 0] - 0.5)


@row("reply_calm", 0.6)
def _(**value):
    worlds = answered(**value)
    return abs(worlds.state.arousal[0, 0] - 0.75) + worlds.messages.cooled[0]


@row("reply_satisfaction", 0.2)
def _(**value):
    return abs(answered(**value).state.satisfaction[0, 0])


@row("reply_bump", 0.1)
def _(**value):
    """A public reply makes nobody see the thread again."""
    return len(answered(people=400, **value).exposures)


@row("over_reply_penalty", 0.5)
def _(**value):
    fresh, tired = (answered(before={"heard": 10, "answered": share}, **value).state.trust[0, 0] for share in (0, 10))
    return abs(fresh - tired)


for _lever, _effect, _column in (
    ("empathy", "calm", "arousal"),
    ("empathy", "trust", "trust"),
    ("explanation", "calm", "arousal"),
    ("explanation", "trust", "trust"),
    ("apology", "calm", "arousal"),
    ("apology", "satisfaction", "satisfaction"),
    ("compensation", "calm", "arousal"),
    ("compensation", "satisfaction", "satisfaction"),
):

    @row(f"{_lever}_{_effect}", 0.5)
    def _(column=_column, lever=_lever, **value):
        plain, toned = (getattr(answered({lever: x}, **value).state, column)[0, 0] for x in (0, 1))
        return abs(plain - toned)


def unanswered(times=1, people=200, **parameters):
    """Worlds before and after each time that everybody complains on a page where nobody answers."""
    worlds = make(isolates(people), **{"patience": 0.1, **parameters})
    history = [fork(worlds)]
    for _ in range(times):
        open_cases(worlds, write(worlds, Kind.COMPLAINT, np.arange(people), channel=Channel.PAGE, valence=-0.5))
        for _ in range(6):
            lose_patience(worlds)
            worlds.step += 1
        history.append(fork(worlds))
    return history


@row("unanswered_trust", 0.05)
def _(**value):
    before, after = unanswered(**value)
    return np.abs(after.state.trust - before.state.trust).max()


@row("repost", 0.2)
def _(**value):
    _, after = unanswered(**value)
    return len(after.messages) - 200


@row("double_deviation", 2.0)
def _(**value):
    """The second silence costs as much trust as the first."""
    trust = [world.state.trust for world in unanswered(times=2, unanswered_trust=0.0625, **value)]
    return np.abs((trust[1] - trust[0]) - (trust[2] - trust[1])).max()


@row("responsiveness_rate", 0.2)
def _(**value):
    before, after = unanswered(**value)
    silence = np.abs(after.state.responsiveness - before.state.responsiveness).max()
    return silence + abs(answered(**value).state.responsiveness[0, 0] - np.float32(0.3))


@row("spam_rate", 5.0)
def _(**value):
    worlds = make(isolates(200), levers=({"reply_capacity": 1.0},), **value)
    for _ in range(48):
        receive_spam(worlds)
        worlds.step += 1
    return worlds.flows.spam[0] + len(worlds.waiting) + len(worlds.messages)


# what becomes of loyalty


def loyalty_after(days=5, start=0.5, **settings):
    columns = {name: settings.pop(name, 0) for name in ("satisfaction", "attitude")}
    columns["trust"] = settings.pop("trust", 0.5)
    worlds = make(isolates(1), **settings)
    worlds.state.loyalty[:] = start
    for name, value in columns.items():
        getattr(worlds.state, name)[:] = value
    for _ in range(days):
        become_loyal(worlds)
    return worlds.state.loyalty[0, 0]


@row("loyalty_half_life", 30.0)
def _(**value):
    return abs(loyalty_after(days=30, satisfaction=1, **value) - 0.5)


for _name in ("satisfaction", "trust", "attitude"):

    @row(f"loyalty_{_name}", 1.0)
    def _(column=_name, **value):
        return abs(loyalty_after(**{column: 0.0}, **value) - loyalty_after(**{column: 1.0}, **value))


# levers


def run_levers(value, people=200, days=3, **parameters):
    settings = {"need_interval": 2, "failure_rate": 0.5, **parameters}
    worlds = make(random_graph(people, 6), levers=(value,), **settings)
    Engine(worlds).run_days(days)
    return worlds


def of_kind(worlds, *kinds):
    table = worlds.messages
    return np.isin(table.kind[: len(table)], kinds)


@row("posts_per_day", 3.0, LEVER_ROWS)
def _(**lever):
    return np.count_nonzero(of_kind(run_levers(lever), Kind.CAMPAIGN, Kind.AD))


@row("paid_reach", 0.2, LEVER_ROWS)
def _(**lever):
    worlds = run_levers(lever)
    return np.count_nonzero(of_kind(worlds, Kind.CAMPAIGN, Kind.AD)) + worlds.state.adstock.sum()


@row("claim", 1.0, LEVER_ROWS)
def _(**lever):
    return abs(after_ads(levers=lever).state.expectation[0, 1] - np.float32(0.6))


@row("reply_capacity", 5.0, LEVER_ROWS)
def _(**lever):
    worlds = run_levers(lever, spam_rate=5)
    assert worlds.messages.channel[: len(worlds.messages)][of_kind(worlds, Kind.COMPLAINT)].min() == Channel.PAGE
    return np.count_nonzero(of_kind(worlds, Kind.REPLY, Kind.SPAM))


@row("reply_priority", 1.0, LEVER_ROWS)
def _(**lever):
    """Whether the older but calmer of two cases has to wait."""
    worlds = make(isolates(1000), levers=({"reply_capacity": 1, "spam_false_alarms": 0, **lever},))
    old, new = write(worlds, Kind.COMPLAINT, [0, 1], born=np.array([0.1, 0.2]), arousal=[0.1, 0.9], valence=-0.5)
    open_cases(worlds, np.array([old, new]))
    answer(worlds)
    return worlds.messages.answer[new]


@row("public_replies", 0.0, LEVER_ROWS)
def _(**lever):
    """How many replies nobody else can see."""
    return 1 - np.count_nonzero(answered(lever).messages.seen_answer[:1])


@row("compensation", 0.5, LEVER_ROWS)
def _(**lever):
    worlds = answered(lever)
    return worlds.flows.spend[0] + worlds.flows.unpaid[0]


@row("empathy", 1.0, LEVER_ROWS)
@row("explanation", 1.0, LEVER_ROWS)
@row("apology", 1.0, LEVER_ROWS)
def _(**lever):
    """By how much a reply does more than its speed says."""
    speed = 2.0 ** (-1 / 4)
    state = answered(lever, reply_half_life=4).state
    trust = np.float32(0.5) + np.float32(0.1 * speed)
    calm = np.float32(0.75) * np.float32(1 - 0.6 * speed)
    satisfaction = np.float32(0.2 * speed)
    found = state.trust[0, 0], state.arousal[0, 0], state.satisfaction[0, 0]
    return sum(abs(a - b) for a, b in zip(found, (trust, calm, satisfaction), strict=True))


@row("listening", 1.0, LEVER_ROWS)
def _(**lever):
    worlds = make(isolates(MANY), levers=(lever,))
    before = worlds.state.variance + worlds.parameters.demand_drift**2
    worlds.posted_today.append(write(worlds, Kind.PRAISE, np.arange(50), valence=0.5))
    listen(worlds)
    return np.abs(worlds.state.estimate).sum() + np.abs(worlds.state.variance - before).sum()


@row("action_share", 1.0, LEVER_ROWS)
@row("improvement_capacity", 0.5, LEVER_ROWS)
def _(**lever):
    """How far a company moves that knows it should, and what it pays for that."""
    wanting = {"action_share": 1.0, "improvement_capacity": 0.5, "lead_time": 1.0, "listening": 1.0, **lever}
    worlds = make(isolates(10), levers=(wanting,), failure_rate=0.5, improvement_period=1)
    worlds.state.estimate[:] = 1
    worlds.state.failures_heard[:] = 10
    worlds.state.reserve[:] = 1e6
    for _ in range(3):
        learn(worlds)
        worlds.step += 24
    state = worlds.state
    return (
        np.abs(state.product).sum()
        + abs(state.failure_rate[0] - 0.5)
        + (1e6 - state.reserve[0])
        + worlds.flows.spend[0]
    )


NOT_MECHANISMS = {
    "lead_time": "a duration: nothing is released where nothing is improved",
    "spam_caught": "a quality of the filter, which matters only where cases are answered",
    "spam_false_alarms": "a quality of the filter, which matters only where cases are answered",
}


def test_the_table_leaves_out_no_constant():
    assert set(PARAMETERS) == {name for name, origin in ORIGINS.items() if origin.neutral is not None}


def test_the_table_leaves_out_no_lever():
    assert set(LEVER_ROWS) | set(NOT_MECHANISMS) == {name for name, lever in LEVERS.items() if lever.available}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_constant_at_its_neutral_value_switches_its_mechanism_off(name):
    assert PARAMETERS[name].consequence(**{name: ORIGINS[name].neutral}) == 0


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_consequence_of_a_constant_is_there_at_another_value(name):
    assert PARAMETERS[name].consequence(**{name: PARAMETERS[name].other}) != 0


@pytest.mark.parametrize("name", LEVER_ROWS)
def test_a_lever_at_its_neutral_value_does_nothing(name):
    assert LEVER_ROWS[name].consequence(**{name: LEVERS[name].neutral}) == 0


@pytest.mark.parametrize("name", LEVER_ROWS)
def test_the_consequence_of_a_lever_is_there_at_another_value(name):
    assert LEVER_ROWS[name].consequence(**{name: LEVER_ROWS[name].other}) != 0


@pytest.mark.parametrize("name", [name for name, lever in LEVERS.items() if not lever.available])
def test_a_lever_without_its_mechanism_is_refused_unless_neutral(name):
    lever = LEVERS[name]
    check_levers({name: lever.neutral})
    with pytest.raises(ValueError, match=f"{name} = .* not built yet"):
        check_levers({name: lever.low if lever.neutral == lever.high else lever.high})
