"""Questions and updates (equation 12): who answers, who tires, who is told, and what hollow words cost in the end."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import isolates, make, write

from influence_sim.core.asking import ask, circle_back
from influence_sim.core.draws import Process
from influence_sim.core.learning import learn
from influence_sim.core.market import Experience, experience
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.reading import forget
from influence_sim.core.state import Flag, has, mark

PEOPLE = 5000
ASKER = {"ask_period": 1, "listening": 1.0, "action_share": 1.0, "improvement_capacity": 0.1, "circle_back": 1.0}


def asking(levers=ASKER, people=PEOPLE, others=(), **parameters):
    worlds = make(isolates(people), levers=(levers, *others), **parameters)
    worlds.state.customer_of[:] = 0
    worlds.state.reserve[:] = 1e9
    return worlds


def within(found, expected, trials):
    return abs(found - expected) <= 3 * (expected * (1 - expected) / trials) ** 0.5


@pytest.mark.parametrize(("responsiveness", "fatigue"), [(0.3, 0.0), (1.0, 0.0), (0.8, 0.5), (0.0, 0.0), (1.0, 1.0)])
def test_who_is_asked_answers_as_far_as_they_hope_and_are_not_tired(responsiveness, fatigue):
    """P = .2·R̂·(1 − fatigue)."""
    worlds = asking()
    worlds.state.responsiveness[:], worlds.state.ask_fatigue[:] = responsiveness, fatigue
    ask(worlds)
    assert worlds.flows.asked[0] == PEOPLE
    expected = 0.2 * responsiveness * (1 - fatigue)
    assert within(worlds.flows.answers[0] / PEOPLE, expected, PEOPLE)
    table = worlds.messages.columns()
    answer = table["kind"] == Kind.ANSWER
    assert answer.sum() == worlds.flows.answers[0]
    assert (table["channel"] == Channel.PRIVATE).all()
    assert (table["kind"][table["root"][answer]] == Kind.QUESTION).all()


def test_fatigue_grows_with_every_question_and_fades_with_its_half_life():
    """F ← F + .3·(1 − F) when asked, and half of it is gone in thirty days."""
    worlds = asking(people=10)
    expected = 0.0
    for day in range(60):
        worlds.levers.ask_period[:] = 1 if day < 20 else 0
        worlds.step = 24 * day
        ask(worlds)
        expected += 0.3 * (1 - expected) if day < 20 else 0
        np.testing.assert_allclose(worlds.state.ask_fatigue, expected, rtol=1e-5)
        forget(worlds)
        expected *= 0.5 ** (1 / 30)
    worlds.state.ask_fatigue[:] = 0.8
    for _ in range(30):
        forget(worlds)
    np.testing.assert_allclose(worlds.state.ask_fatigue, 0.4, rtol=1e-5)


def test_the_fatigue_of_who_is_asked_again_and_again_settles():
    """Asked every 14 days: F = .3/(1 − .7·2^(−14/30)) just after a question."""
    worlds = asking({**ASKER, "ask_period": 14}, people=3)
    after = []
    for day in range(14 * 40):
        worlds.step = 24 * day
        asked = worlds.flows.asked[0]
        ask(worlds)
        if worlds.flows.asked[0] > asked:
            after.append(worlds.state.ask_fatigue[0, 0])
        forget(worlds)
    assert len(after) == 40
    assert after[-1] == pytest.approx(0.3 / (1 - 0.7 * 2 ** (-14 / 30)), rel=1e-4)


def test_only_customers_are_asked_as_far_as_the_money_goes():
    worlds = asking(others=({},))
    worlds.state.customer_of[0, PEOPLE // 2 :] = 1
    price = worlds.setting.costs.contact
    worlds.state.reserve[:] = 0.4 * price * PEOPLE / 2
    ask(worlds)
    assert within(worlds.flows.asked[0] / (PEOPLE / 2), 0.4, PEOPLE / 2)
    assert worlds.flows.asked[1] == 0
    assert worlds.flows.spend[0] == pytest.approx(0.4 * price * PEOPLE / 2)
    tired = worlds.state.ask_fatigue[0] > 0
    assert tired.sum() == worlds.flows.asked[0]
    assert not tired[PEOPLE // 2 :].any()


@pytest.mark.parametrize(
    ("changes", "lost"),
    [({}, 0.0), ({"action_share": 0.0}, 0.02), ({"improvement_capacity": 0.0}, 0.02), ({"listening": 0.0}, 0.02)],
)
def test_who_answers_in_vain_trusts_less(changes, lost):
    """T −= .02 where answers are not read, or read by a company that acts on nothing."""
    worlds = asking({**ASKER, **changes})
    worlds.state.responsiveness[:] = 1
    ask(worlds)
    table = worlds.messages.columns()
    answered = np.zeros(PEOPLE, bool)
    answered[table["author"][table["kind"] == Kind.ANSWER]] = True
    learn(worlds)
    np.testing.assert_allclose(worlds.state.trust[0], 0.5 - lost * answered)


# telling what has changed


def test_contributors_hear_of_the_change_they_brought_about():
    """R̂ += .3, T += .05, for all who had said something that was read, once."""
    worlds = asking(others=(ASKER,))
    spoke = np.arange(0, PEOPLE, 5)
    worlds.posted_today.append(write(worlds, Kind.PRAISE, spoke, valence=0.5))
    learn(worlds)
    np.testing.assert_array_equal(np.flatnonzero(has(worlds.state.flags[0], Flag.CONTRIBUTED)), spoke)
    told = np.zeros(PEOPLE)
    told[spoke] = 1
    for _ in range(2):
        circle_back(worlds, np.array([True, True]), np.array([True, True]))
        np.testing.assert_allclose(worlds.state.responsiveness[0], 0.3 + 0.3 * told)
        np.testing.assert_allclose(worlds.state.trust[0], 0.5 + 0.05 * told)
        assert worlds.flows.updates.tolist() == [spoke.size, 0]
    assert not has(worlds.state.flags, Flag.HOLLOW).any()
    assert (worlds.state.trust[1] == 0.5).all()


def test_a_part_of_them_hears_of_it_where_a_company_tells_only_a_part():
    worlds = asking({**ASKER, "circle_back": 0.6})
    mark(worlds.state.flags, slice(None), Flag.CONTRIBUTED)
    circle_back(worlds, np.array([True]), np.array([True]))
    assert within(worlds.flows.updates[0] / PEOPLE, 0.6, PEOPLE)


def test_a_release_tells_and_who_acts_on_nothing_tells_hollow_words():
    """Decided on day 29, released on day 59: a company that changes tells so; one that does nothing says the same."""
    idle = {**ASKER, "action_share": 0.0}
    worlds = asking(ASKER, others=(idle,), people=300)
    worlds.state.estimate[:] = 1
    spoke = np.arange(100)
    for day in range(60):
        worlds.step = 24 * day
        worlds.levers.ask_period[:] = 0
        if day == 10:
            for row in (0, 1):
                worlds.posted_today.append(write(worlds, Kind.PRAISE, spoke, row=row, valence=0.5))
        assert not worlds.flows.updates.any()
        learn(worlds)
    assert worlds.flows.updates.tolist() == [100, 100]
    assert has(worlds.state.flags, Flag.HOLLOW).sum(axis=1).tolist() == [0, 100]


def disappoint(worlds, consumers):
    """Let consumers buy from company 0 what is worse than expected."""
    consumers = np.asarray(consumers)
    nobody, failed = np.zeros_like(consumers), np.ones(consumers.size, bool)
    severity = np.full(consumers.size, 0.3)
    had = Experience(nobody, nobody, consumers, int(Process.EXPERIENCE), failed, severity, failed, told_from=24.0)
    experience(worlds, had)


def test_hollow_words_are_found_out_at_the_next_disappointment():
    """With κ·(1 + .05·(1 − T)); then T −= .25. Who is not disappointed, or does not see it, goes on believing."""
    settings = {"taste_spread": 0, "tolerance": 1, "expose": 0, "experience_noise": 0}
    worlds = asking(people=8000, **settings)
    everyone, half = np.arange(8000), np.arange(4000)
    mark(worlds.state.flags, slice(None), Flag.CONTRIBUTED)
    circle_back(worlds, np.array([True]), np.array([False]))
    assert has(worlds.state.flags, Flag.HOLLOW).all()
    np.testing.assert_allclose(worlds.state.trust, 0.55)
    worlds.state.expectation[:] = 0.9
    disappoint(worlds, half)
    doubt = worlds.state.scepticism[0, half] * (1 + 0.05 * 0.45)
    found = worlds.state.trust[0] < 0.4
    assert not found[4000:].any()
    assert abs(found[half].mean() - doubt.mean()) <= 3 * (np.mean(doubt * (1 - doubt)) / 4000) ** 0.5
    assert worlds.flows.seen_through[0] == found.sum()
    np.testing.assert_allclose(worlds.state.trust[0, found], 0.3, atol=1e-6)
    np.testing.assert_array_equal(has(worlds.state.flags[0], Flag.HOLLOW), everyone >= 4000)
    disappoint(worlds, half)
    assert worlds.flows.seen_through[0] == found.sum(), "nothing hollow is left to be found"


def test_true_words_are_never_found_hollow():
    worlds = asking(people=1000, tolerance=1)
    mark(worlds.state.flags, slice(None), Flag.CONTRIBUTED)
    circle_back(worlds, np.array([True]), np.array([True]))
    worlds.state.expectation[:] = 1
    disappoint(worlds, np.arange(1000))
    assert worlds.flows.seen_through[0] == 0
