"""What companies are found out to do, ask and tell: equations 4 (intrusion), 7, 8, 10 and 12."""

from __future__ import annotations

import numpy as np
from neutral_table import MANY, authors, let_live, of_kind, row
from worlds import isolates, items, make, write

from influence_sim.core.asking import ask, circle_back
from influence_sim.core.learning import learn
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.moderation import find_gone, moderate
from influence_sim.core.reading import forget, read
from influence_sim.core.replies import reply
from influence_sim.core.state import Flag, mark

# insincerity


def placated(levers=None, channel=Channel.PAGE, people=MANY, **parameters):
    """A world in which everybody's complaint was answered at once."""
    worlds = make(isolates(people), levers=(levers or {},), **parameters)
    cases = write(worlds, Kind.COMPLAINT, np.arange(people), channel=channel, valence=-0.5)
    worlds.replies.put(0, np.zeros(people), cases.astype(np.int32))
    reply(worlds)
    return worlds


def seen_through(worlds):
    """How often somebody saw through the company, and what came of it."""
    return worlds.flows.seen_through[0] + np.count_nonzero(of_kind(worlds, Kind.EXPOSE))


@row("detection", 1.0)
def _(**value):
    return seen_through(placated({"sincerity": 0.0}, **value))


@row("suspicion", 0.05)
def _(**value):
    return seen_through(placated(**value))


@row("fake_detection", 0.2)
def _(**value):
    """Whoever reads faked praise takes it for praise."""
    worlds = make(isolates(MANY), **value)
    fake = write(worlds, Kind.FAKE, -1, valence=0.75, sincerity=0)
    read(worlds, items(worlds, fake, np.arange(MANY)))
    return seen_through(worlds) + np.ptp(worlds.state.attitude)


@row("insincerity_trust", 0.25)
def _(**value):
    return np.abs(placated({"sincerity": 0.0}, reply_trust=0, **value).state.trust - 0.5).max()


@row("expose", 0.1)
def _(**value):
    worlds = placated({"sincerity": 0.0}, **value)
    assert worlds.flows.seen_through[0] > 100
    return worlds.flows.exposes[0] + np.count_nonzero(of_kind(worlds, Kind.EXPOSE)) + len(worlds.voices)


# whom a company addresses uninvited


@row("intrusion", 0.3)
def _(**value):
    """Whether it makes a difference that a complaint was made among peers."""
    page, peers = (placated(channel=channel, **value).state for channel in (Channel.PAGE, Channel.PEER))
    return sum(np.abs(getattr(page, name) - getattr(peers, name)).sum() for name in ("trust", "satisfaction"))


@row("intrusion_trust", 0.05)
def _(**value):
    """Intruders gain nothing; whether they lose."""
    worlds = placated(channel=Channel.PEER, intrusion=1, suspicion=0, **value)
    return np.abs(worlds.state.trust - 0.5).max()


# deletion


def deleted(people=400, **parameters):
    """Posts of the first half of people, deleted before the second half comes to read one of them."""
    worlds = make(isolates(2 * people), **parameters)
    posts = write(worlds, Kind.COMPLAINT, np.arange(people), channel=Channel.PAGE, valence=-0.5, arousal=0.25)
    worlds.deletions.put(0, np.zeros(people), posts.astype(np.int32))
    moderate(worlds)
    assert worlds.flows.deleted[0] == people
    find_gone(worlds, items(worlds, posts, np.arange(people, 2 * people)))
    return worlds


def resented(worlds, who):
    """How far trust and arousal of half of the people have moved, and what they write."""
    half = worlds.size.consumers // 2
    who = slice(half, None) if who == "viewers" else slice(half)
    state, table = worlds.state, worlds.messages
    writers = np.isin(table.author[half : len(table)], np.arange(2 * half)[who])
    return np.abs(state.trust[0, who] - 0.5).sum() + state.arousal[0, who].sum() + np.count_nonzero(writers)


@row("author_notices", 0.9)
def _(**value):
    return resented(deleted(**value), "authors")


@row("viewer_notices", 0.05)
def _(**value):
    return resented(deleted(**value), "viewers")


@row("deletion_trust", 0.2)
def _(**value):
    return np.abs(deleted(viewer_notices=1, **value).state.trust - 0.5).max()


@row("deletion_repost", 0.3)
def _(**value):
    return len(deleted(viewer_notices=1, **value).messages) - 400


@row("deletion_arousal", 0.2)
def _(**value):
    """Neither are they worked up, nor are repeated complaints fiercer than the first."""
    worlds = deleted(viewer_notices=1, **value)
    again = worlds.messages.columns()["arousal"][400:][of_kind(worlds, Kind.COMPLAINT)[400:]]
    assert again.size > 50
    return worlds.state.arousal.max() + np.abs(again - np.float32(0.25)).max()


@row("closed_page_trust", 0.05)
def _(**value):
    """Whether a mind changes because the page is closed on which it would have spoken."""
    worlds = make(isolates(MANY), levers=({"page_open": 0.0},), failure_rate=1, voice_intercept=5, **value)
    let_live(worlds, severity=0.5)
    state = worlds.state
    return np.abs(state.trust - 0.5).max() + np.abs(state.responsiveness - np.float32(0.3)).max()


# surveys and questions


def learning(days=3, **settings):
    """A world in which a company learns for some days of people who say nothing."""
    levers = settings.pop("levers")
    worlds = make(isolates(300), levers=(levers,), demand_drift=0, **settings)
    worlds.state.reserve[:] = 1e6
    worlds.variance_before = worlds.state.variance.copy()
    for _ in range(days):
        worlds.step += 23
        ask(worlds)
        learn(worlds)
        worlds.step += 1
    return worlds


def learnt(worlds):
    """What has been asked, paid and learnt."""
    state, flows = worlds.state, worlds.flows
    asked = flows.surveyed[0] + flows.asked[0] + flows.answers[0] + len(worlds.messages)
    return asked + flows.spend[0] + np.abs(state.estimate).sum() + np.abs(state.variance - worlds.variance_before).sum()


SURVEYS = {"survey_period": 1.0, "survey_size": 500.0, "survey_latency": 1.0}


@row("survey_response", 0.3)
def _(**value):
    return learnt(learning(levers=SURVEYS, **value))


@row("answering", 0.2)
def _(**value):
    worlds = learning(levers={"ask_period": 1.0, "listening": 1.0}, **value)
    assert worlds.flows.asked[0] == 900
    return len(authors(worlds, Kind.ANSWER)) + worlds.flows.answers[0] + np.abs(worlds.state.estimate).sum()


@row("ask_fatigue", 0.3)
def _(**value):
    return learning(levers={"ask_period": 1.0}, **value).state.ask_fatigue.max()


@row("fatigue_half_life", 30.0)
def _(**value):
    worlds = make(isolates(2), **value)
    worlds.state.ask_fatigue[:] = [[0.25, 0.75]]
    before = worlds.state.ask_fatigue.copy()
    for _ in range(30):
        forget(worlds)
    return np.abs(worlds.state.ask_fatigue - before).max()


@row("ignored_trust", 0.02)
def _(**value):
    """Answers that nobody reads, or that nobody acts on, cost nothing."""
    unread, idle = (
        learning(levers={"ask_period": 1.0, "listening": listening}, **value).state.trust for listening in (0.0, 1.0)
    )
    return np.abs(unread - 0.5).max() + np.abs(idle - 0.5).max()


# circling back


def told(changed=True, **parameters):
    """A world in which every contributor has been told of a change."""
    worlds = make(isolates(20), levers=({"circle_back": 1.0},), **parameters)
    worlds.state.reserve[:] = 1e6
    mark(worlds.state.flags, slice(None), Flag.CONTRIBUTED)
    circle_back(worlds, np.ones(1, bool), np.full(1, changed))
    assert worlds.flows.updates[0] == 20
    return worlds


@row("update_responsiveness", 0.3)
def _(**value):
    return np.abs(told(**value).state.responsiveness - np.float32(0.3)).max()


@row("update_trust", 0.05)
def _(**value):
    return np.abs(told(**value).state.trust - 0.5).max()
