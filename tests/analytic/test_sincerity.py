"""Insincerity (equation 7): how often words are seen through, what it costs, who tells; and fakes that work.

Detected with probability κ·[(1 − σ) + .05·(1 − T)], κ ~ Beta(2, 2); then T −= .25 and an exposé with probability .1.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest
from worlds import isolates, items, make, write

from influence_sim.core.messages import Channel, Kind
from influence_sim.core.publishing import publish
from influence_sim.core.reading import read
from influence_sim.core.replies import reply
from influence_sim.core.sincerity import lose_faith, sees_through

PEOPLE = 12_000
CROWD = isolates(PEOPLE)


def crowd(levers=None, **parameters):
    return make(CROWD, levers=(levers or {},), **{"inciter_share": 0, **parameters})


def answered(worlds, author, arousal=0.4):
    """Complaints on the page, answered at once."""
    cases = write(worlds, Kind.COMPLAINT, author, valence=-0.5, arousal=arousal, channel=Channel.PAGE, severity=0.4)
    worlds.replies.put(0, np.zeros(cases.size), cases.astype(np.int32))
    reply(worlds)
    return cases


def as_often_as(happened, probability, errors=3.0):
    """Whether independent events of given probabilities happened about as often as they should."""
    probability = np.asarray(probability, float)
    error = np.sqrt((probability * (1 - probability)).sum())
    return abs(np.count_nonzero(happened) - probability.sum()) <= errors * error + 1e-9


def doubt(worlds, trust, sincerity):
    return worlds.state.scepticism[0] * ((1 - sincerity) + 0.05 * (1 - trust))


def test_scepticism_is_spread_as_beta_2_2():
    assert kstest(crowd().state.scepticism[0], "beta", args=(2, 2)).pvalue > 0.001


@pytest.mark.parametrize(("sincerity", "trust"), [(0.0, 0.5), (0.2, 0.3), (0.8, 0.9), (1.0, 0.0), (1.0, 0.5)])
def test_authors_see_through_a_reply_as_often_as_the_equation_says(sincerity, trust):
    """Also by how sceptical they are; then the reply is worth nothing to them, and trust falls by .25."""
    worlds = crowd({"sincerity": sincerity, "public_replies": 0.0}, expose=0)
    state = worlds.state
    state.trust[:] = trust
    state.arousal[:] = 0.5
    answered(worlds, np.arange(PEOPLE))
    expected = doubt(worlds, trust, sincerity)
    through = state.satisfaction[0] == 0
    assert worlds.flows.seen_through[0] == through.sum()
    assert as_often_as(through, expected)
    for sceptical in (state.scepticism[0] < 0.3, state.scepticism[0] > 0.7):
        assert as_often_as(through & sceptical, expected * sceptical)
    np.testing.assert_allclose(state.trust[0, through], max(trust - 0.25, 0), atol=1e-6)
    np.testing.assert_allclose(state.trust[0, ~through], min(trust + 0.1, 1), atol=1e-6)
    np.testing.assert_allclose(state.arousal[0], np.where(through, 0.5, 0.5 * 0.4), atol=1e-6)
    np.testing.assert_allclose(state.responsiveness[0], np.where(through, 0.3 - 0.2 * 0.3, 0.3 + 0.2 * 0.7), atol=1e-6)


@pytest.mark.parametrize("sincerity", [0.2, 1.0])
def test_bystanders_see_through_a_public_reply_as_often_and_mind_less(sincerity):
    """The same probability; the gain of .1 and the loss of .25 count .3 times, as does the exposé."""
    worlds = crowd({"sincerity": sincerity}, expose=1.0)
    case = answered(worlds, 0)
    worlds.flows.seen_through[:] = 0
    posts = len(worlds.messages)
    readers = np.arange(1, PEOPLE)
    worlds.step = 1
    read(worlds, items(worlds, case, readers))
    expected = doubt(worlds, 0.5, sincerity)[1:]
    trust = worlds.state.trust[0, 1:]
    through = trust < 0.5
    assert as_often_as(through, expected)
    assert worlds.flows.seen_through[0] == through.sum()
    np.testing.assert_allclose(trust, np.where(through, 0.5 - 0.3 * 0.25, 0.5 + 0.3 * 0.1), atol=1e-6)
    assert as_often_as(np.arange(len(worlds.messages) - posts), 0.3 * expected)


def test_whoever_meets_a_thread_again_thinks_the_same_of_it():
    worlds = crowd({"sincerity": 0.3}, expose=0)
    case = answered(worlds, 0)
    for _ in range(4):
        worlds.step += 1
        read(worlds, items(worlds, case, np.arange(1, PEOPLE)))
    assert set(np.round(worlds.state.trust[0, 1:], 6)) == {np.float32(0.425), np.float32(0.53)}


def test_detection_can_be_switched_off():
    for parameters in ({"detection": 0}, {"suspicion": 0}):
        worlds = crowd({"sincerity": 1.0 if "suspicion" in parameters else 0.0}, **parameters)
        answered(worlds, np.arange(PEOPLE))
        assert not worlds.flows.seen_through.any()


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_some_of_those_who_see_through_it_tell_others(weight):
    """With probability .1, among peers, as something of severity .5, at least half aroused."""
    worlds = crowd()
    worlds.state.arousal[0, ::2] = 0.8
    everyone = np.arange(PEOPLE)
    said = np.full(PEOPLE, 77)
    lose_faith(worlds, np.zeros(PEOPLE, int), everyone, said, np.full(PEOPLE, 5.5), weight)
    table = worlds.messages.columns()
    assert as_often_as(table["author"] >= 0, np.full(PEOPLE, 0.1 * weight))
    assert worlds.flows.exposes[0] == table["author"].size
    assert (table["kind"] == Kind.EXPOSE).all()
    assert (table["channel"] == Channel.PEER).all()
    np.testing.assert_allclose(table["severity"], 0.5)
    np.testing.assert_allclose(table["valence"], -0.75)
    np.testing.assert_allclose(table["arousal"], np.where(table["author"] % 2, 0.5, 0.8))
    worlds.step = 5
    publish(worlds)
    assert worlds.flows.negative[0] == table["author"].size, "an exposé is held against the company"
    assert not worlds.flows.complaints.any()
    assert not worlds.waiting.size, "nobody waits for an answer to it"


# faked praise


def reads_fakes(trust=0.5, count=1, **parameters):
    worlds = crowd(expose=0, **parameters)
    worlds.state.trust[:] = trust
    fakes = write(worlds, Kind.FAKE, np.full(count, -1), valence=0.75, sincerity=0)
    for fake in fakes:
        read(worlds, items(worlds, fake, np.arange(PEOPLE)))
        worlds.step += 1
    return worlds


@pytest.mark.parametrize("trust", [0.1, 0.9])
def test_undetected_fakes_move_attitudes_as_a_peers_post_would(trust):
    """O += .1·(s − O), at any trust. Seen through, with .2·κ·[1 + .05·(1 − T)], they cost trust and move nobody."""
    worlds = reads_fakes(trust)
    through = worlds.state.attitude[0] == 0
    assert as_often_as(through, 0.2 * doubt(worlds, trust, 0))
    peer = crowd()
    read(peer, items(peer, write(peer, Kind.PRAISE, 0, valence=0.75), 1))
    np.testing.assert_allclose(worlds.state.attitude[0, ~through], peer.state.attitude[0, 1])
    np.testing.assert_allclose(peer.state.attitude[0, 1], 0.075)
    np.testing.assert_allclose(worlds.state.trust[0], np.maximum(trust - 0.25 * through, 0), atol=1e-6)
    assert worlds.flows.seen_through[0] == through.sum()


def test_the_same_fake_is_seen_through_once_and_another_one_anew():
    worlds = crowd(expose=0)
    fake = write(worlds, Kind.FAKE, -1, valence=0.75)
    for _ in range(3):
        read(worlds, items(worlds, fake, np.arange(PEOPLE)))
    once = worlds.flows.seen_through[0]
    assert as_often_as(np.arange(int(once)), 0.2 * doubt(worlds, 0.5, 0))
    assert set(np.round(worlds.state.trust[0], 6)) == {np.float32(0.25), np.float32(0.5)}
    worlds = reads_fakes(count=2)
    both = worlds.state.trust[0] == 0
    first = 0.2 * doubt(worlds, 0.5, 0)
    assert as_often_as(both, first * 0.2 * doubt(worlds, 0.25, 0))


def test_more_doubt_never_sees_through_less():
    """One coin per message and consumer."""
    worlds = crowd()
    everyone, nobody, said = np.arange(PEOPLE), np.zeros(PEOPLE, int), np.full(PEOPLE, 5)
    before = np.zeros(PEOPLE, bool)
    for sincerity in (1.0, 0.7, 0.4, 0.0):
        seen = sees_through(worlds, nobody, everyone, said, sincerity, 1.0)
        assert (seen >= before).all()
        assert seen.sum() > before.sum()
        before = seen
