"""What consumers live through, choose, say and share: equations 1 to 4, 10 and 13."""

from __future__ import annotations

import numpy as np
from neutral_table import MANY, authors, differing, let_live, of_kind, row
from worlds import fork, isolates, items, make, random_graph, star, write

from influence_sim.core.arrivals import arrive
from influence_sim.core.boycott import boycotting, join_boycotts
from influence_sim.core.learning import listen
from influence_sim.core.market import become_loyal, choose, drift, trade
from influence_sim.core.messages import Kind
from influence_sim.core.propagation import deliver, expose, share
from influence_sim.core.setting import Incident

# what consumers live through


def market(companies=1, people=MANY, levers=None, **parameters):
    """Consumers without tastes of their own, all of them customers of company 0, which pulls levers."""
    settings = {"taste_spread": 0, "experience_noise": 0, **parameters}
    worlds = make(isolates(people), levers=(levers or {}, *[{}] * (companies - 1)), **settings)
    worlds.state.customer_of[:] = 0
    return worlds


def live(worlds, severity=0.0, **columns):
    """Let everyone have an experience with company 0; return the world afterwards."""
    worlds = fork(worlds)
    for name, value in columns.items():
        getattr(worlds.state, name)[:] = value
    let_live(worlds, severity)
    return worlds


def leavers(worlds):
    return set(np.flatnonzero(worlds.state.customer_of[0] != 0).tolist())


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


def news(people=400, **parameters):
    """A world in which a scandal of company 0 has become known to everybody."""
    scandal = Incident(company=0, day=0, duration=1, hit_share=1.0, severity=0.75, public=True)
    worlds = make(isolates(people), incident=scandal, **parameters)
    arrive(worlds)
    assert worlds.flows.hit[0] == people
    return worlds


@row("scandal_trust", 0.25)
def _(**value):
    return np.abs(news(**value).state.trust - 0.5).max()


@row("scandal_attitude", 0.5)
def _(**value):
    return np.abs(news(**value).state.attitude).max()


def choices(worlds, rewards=0.0, **columns):
    """What consumers in need choose if the view of company 0 is as given."""
    worlds = fork(worlds)
    for name, value in columns.items():
        getattr(worlds.state, name)[0] = value
    everyone = np.arange(worlds.size.consumers)
    return choose(worlds, np.zeros_like(everyone), everyone, rewards)


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


@row("reward_utility", 1.0)
def _(**value):
    worlds = market(companies=3, **value)
    return np.count_nonzero(choices(worlds) != choices(worlds, np.ones(3)))


@row("brand_taste", 1.0)
def _(**value):
    """Whether a company is chosen that would not be if nobody preferred it."""
    worlds = market(companies=3, **value)
    return np.count_nonzero(choices(worlds) != choices(worlds, preference=0)) + np.ptp(worlds.state.preference)


def prevented(prevention, share=0.5, preventable=True, **parameters):
    """Who is hit by an incident on the first day, and who complains in the evening, of a company that prevents."""
    delay = Incident(company=0, day=0, duration=1, hit_share=share, severity=0.5, preventable=preventable)
    settings = {"failure_rate": 0.5, "need_interval": 1, "voice_intercept": 5, **parameters}
    worlds = make(isolates(MANY), levers=({"prevention": prevention},), incident=delay, **settings)
    worlds.state.customer_of[:] = 0
    arrive(worlds)
    hit = set(np.flatnonzero(worlds.state.satisfaction[0]).tolist())
    told = len(worlds.messages)
    trade(worlds)
    return hit, set(worlds.messages.author[told : len(worlds.messages)].tolist())


@row("prevention_effect", 0.5)
def _(**value):
    (hit_without, told_without), (hit, told) = (prevented(lever, **value) for lever in (0, 1))
    return differing(hit_without, hit) + differing(told_without, told)


@row("incident_prevention", 1.0)
def _(**value):
    return differing(*(prevented(lever, **value)[0] for lever in (0, 1)))


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
    return differing(
        *(sharers(with_column(kind=k), base_reproduction=1, **value) for k in (Kind.PRAISE, Kind.CAMPAIGN))
    )


@row("reply_calming_share", 0.5)
def _(**value):
    return differing(
        *(sharers(with_column(answered_at=0, seen_answer=r), base_reproduction=1, **value) for r in (0, 1))
    )


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
    read, _ = deliver(worlds)
    return due[0].size - read.due.size


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


@row("fan_loyalty", 0.8)
@row("fan_attitude", 0.5)
def _(**value):
    """How many of those who think as well as one can of a company are fans."""
    worlds = make(isolates(10), **value)
    worlds.state.loyalty[:] = worlds.state.attitude[:] = 1
    return np.count_nonzero(worlds.fans(slice(None)))


# boycotts


def boycott(**parameters):
    """A star whose centre has spoken against the company, and whose many followers are furious, at the day's end."""
    worlds = make(star(200), boycott_spread=0, **parameters)
    worlds.state.against[0, 0] = worlds.now
    worlds.state.arousal[:] = 1
    join_boycotts(worlds)
    return worlds


@row("boycott_days", 30.0)
@row("boycott_arousal", 0.3)
def _(**value):
    worlds = boycott(**value)
    kept_from_buying = np.count_nonzero(choices(worlds) != choices(worlds, boycott_until=-1e9))
    assert bool(kept_from_buying) == boycotting(worlds).any()
    return kept_from_buying + len(worlds.messages)


@row("boycott_call", 0.2)
def _(**value):
    worlds = boycott(**value)
    assert boycotting(worlds).sum() == 200
    return np.count_nonzero(of_kind(worlds, Kind.BOYCOTT))
