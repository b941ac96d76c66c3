"""What is read and answered, and what is not: equations 5, 6, 9 and 14."""

from __future__ import annotations

import numpy as np
from neutral_table import authors, row
from worlds import fork, isolates, items, make, random_graph, star, write

from influence_sim.core.messages import Channel, Kind
from influence_sim.core.reading import forget, mix_with_peers, read
from influence_sim.core.replies import lose_patience, reply
from influence_sim.core.service import notice, receive_spam
from influence_sim.core.state import Flag, has

# what is read


def after_reading(kind=Kind.COMPLAINT, *, copies=1, valence=-0.5, arousal=0.0, author=0, before=None, **parameters):
    """The state after consumer 1 has read ``copies`` messages one after the other; ``before`` sets columns."""
    columns = {name: parameters.pop(name) for name in ("channel", "seen_answer", "answered_at") if name in parameters}
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
    """What a reader sees of an answer makes no difference, be it believed or seen through."""
    answer = {"seen_answer": 1.0, "answered_at": 0.0, "before": {"scepticism": 1}}
    good = abs(after_reading(**answer, suspicion=0, **value).state.trust[0, 1] - 0.5)
    return good + abs(after_reading(**answer, suspicion=1, **value).state.trust[0, 1] - 0.5)


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
    settings = {"copies": 300, "author": -1, "channel": Channel.PAGE, "before": {"flags": Flag.FOLLOWS}}
    worlds = after_reading(Kind.CAMPAIGN, **settings, **value)
    return np.count_nonzero(~has(worlds.state.flags, Flag.FOLLOWS))


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


def answered(levers=None, people=3, arousal=0.75, before=None, channel=Channel.PAGE, **parameters):
    """The world after the complaint of consumer 0 of a star was answered at once; nobody suspects anything."""
    worlds = make(star(people - 1), levers=(levers or {},), **{"visibility": 1, "suspicion": 0, **parameters})
    state = worlds.state
    state.arousal[:] = arousal
    state.reserve[:] = 1e6
    for name, value in (before or {}).items():
        getattr(state, name)[:] = value
    number = write(worlds, Kind.COMPLAINT, 0, channel=channel, valence=-0.5, arousal=arousal)
    worlds.replies.put(0, np.zeros(1), number.astype(np.int32))
    reply(worlds)
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
        notice(worlds, write(worlds, Kind.COMPLAINT, np.arange(people), channel=Channel.PAGE, valence=-0.5))
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
