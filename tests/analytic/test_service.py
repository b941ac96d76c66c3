"""Answering is a queue with hourly service, and silence has its price."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, poisson
from worlds import isolates, items, make, star, waiting_in, write

from influence_sim.core.engine import Engine
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.reading import read
from influence_sim.core.service import answer, lose_patience, open_cases, receive_spam
from influence_sim.core.setting import Costs

STAFF = {"spam_false_alarms": 0.0, "spam_caught": 0.0}
THOUSAND = isolates(1000)


def staffed(capacity=8.0, graph=THOUSAND, replicates=1, levers=None, **parameters):
    row = {**STAFF, "reply_capacity": capacity, **(levers or {})}
    settings = {"spam_rate": 0, "case_lifetime": 8760, "patience": 1000, **parameters}
    return make(graph, levers=(row,), replicates=replicates, **settings)


def complain(worlds, author, born, row=0, arousal=0.5, **columns):
    cases = write(
        worlds,
        Kind.COMPLAINT,
        author,
        row=row,
        born=born,
        arousal=arousal,
        valence=-0.5,
        channel=Channel.PAGE,
        **columns,
    )
    open_cases(worlds, cases)
    return cases


# the queue


def mean_left_over(rate, capacity, terms=3000):
    """Mean number waiting after service, Q' = max(Q + A − c, 0) with Poisson arrivals, by Spitzer's identity.

    E[Q] = Σ E[(S_k)⁺]/k, S_k = A₁ + … + A_k − kc; for N ~ Poisson(μ), E[(N − m)⁺] = μ·P(N ≥ m) − m·P(N ≥ m + 1).
    """
    k = np.arange(1, terms + 1)
    mu, m = rate * k, capacity * k
    return float(((mu * poisson.sf(m - 1, mu) - m * poisson.sf(m, mu)) / k).sum())


def test_spitzers_identity_agrees_with_the_chain_itself():
    """The stationary distribution of the same chain, by iterating its transition matrix."""
    rate, capacity, states = 2.0, 3, 80
    arrivals = poisson.pmf(np.arange(states + capacity), rate)
    step = np.zeros((states, states))
    for q in range(states):
        for a, p in enumerate(arrivals):
            step[q, min(max(q + a - capacity, 0), states - 1)] += p
    law = np.linalg.matrix_power(step, 4096)[0]
    assert law @ np.arange(states) == pytest.approx(mean_left_over(rate, capacity), rel=1e-6)


@pytest.mark.parametrize(("rate", "capacity"), [(4.0, 8), (7.0, 8)])
def test_poisson_complaints_wait_as_long_as_theory_says(rate, capacity):
    """Hourly service of up to c: E[Q] by Spitzer, and by Little a mean wait of ½ h + E[Q]/rate."""
    replicates, hours, warm_up = 16, 700, 150
    worlds = staffed(capacity, replicates=replicates)
    rng = np.random.default_rng(int(rate))
    left = []
    for hour in range(hours):
        if hour == warm_up:
            worlds.flows.replies[:] = worlds.flows.reply_hours[:] = 0
        row = np.repeat(np.arange(replicates), rng.poisson(rate, replicates))
        complain(worlds, rng.integers(0, 1000, row.size), hour + rng.random(row.size), row)
        answer(worlds)
        left.append(np.bincount(worlds.messages.row[worlds.waiting], minlength=replicates))
        worlds.step += 1
    left = np.array(left[warm_up:]).mean(axis=0)
    expected = mean_left_over(rate, capacity)
    assert abs(left.mean() - expected) <= 3 * left.std(ddof=1) / replicates**0.5 + 1e-3
    waits = worlds.flows.reply_hours / worlds.flows.replies
    assert abs(waits.mean() - (0.5 + expected / rate)) <= 3 * waits.std(ddof=1) / replicates**0.5


@pytest.mark.parametrize("capacity", [0.1, 0.3, 1.0, 1.9, 2.5, 8.0, 8.078])
@pytest.mark.parametrize("step_hours", [1.0, 0.5])
def test_a_busy_staff_answers_as_many_as_it_is_paid_for(capacity, step_hours):
    """Over weeks with work always waiting, the answers per hour are the capacity, whole number or not."""
    worlds = make(
        THOUSAND,
        levers=({**STAFF, "reply_capacity": capacity},),
        spam_rate=0,
        case_lifetime=8760,
        step_hours=step_hours,
    )
    complain(worlds, np.arange(1000).repeat(4), np.zeros(4000))
    hours = 400
    for _ in range(round(hours / step_hours)):
        answer(worlds)
        worlds.step += 1
    assert worlds.flows.replies[0] == pytest.approx(capacity * hours, abs=2)


def test_idle_staff_save_nothing_up():
    worlds = staffed(8)
    for _ in range(50):
        answer(worlds)
        worlds.step += 1
    complain(worlds, np.arange(100), np.full(100, worlds.now))
    answer(worlds)
    assert worlds.flows.replies[0] == 8


@pytest.mark.parametrize("priority", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_cases_are_served_as_by_a_naive_queue(priority, seed):
    """Two companies, complaints and spam; a list sorted anew every hour. Who is served when must be the same."""
    rng = np.random.default_rng(seed)
    capacity = [3, 1]
    worlds = make(
        THOUSAND,
        levers=[{**STAFF, "reply_capacity": c, "reply_priority": priority} for c in capacity],
        spam_rate=0,
        case_lifetime=20,
    )
    table, waiting, expected = worlds.messages, [], {}
    for hour in range(80):
        number = rng.poisson(4)
        row = rng.integers(0, 2, number)
        cases = complain(
            worlds, rng.integers(0, 1000, number), hour + rng.random(number), row, rng.random(number).round(1)
        )
        spam = write(worlds, Kind.SPAM, np.full(rng.poisson(0.5), -1), row=rng.integers(0, 2), channel=Channel.PAGE)
        worlds.waiting = np.concatenate([worlds.waiting, spam])
        waiting += [*cases.tolist(), *spam.tolist()]
        answer(worlds)
        waiting = [case for case in waiting if table.born[case] > hour - 20]
        for company in (0, 1):
            mine = [case for case in waiting if table.row[case] == company]
            mine.sort(key=lambda case: (-table.arousal[case] * priority, table.born[case]))
            for case in mine[: capacity[company]]:
                waiting.remove(case)
                if table.kind[case] == Kind.COMPLAINT:
                    expected[case] = hour + 1
        worlds.step += 1
    replies = np.flatnonzero(table.kind[: len(table)] == Kind.REPLY)
    found = dict(zip(table.root[replies].tolist(), table.born[replies].tolist(), strict=True))
    assert found == expected
    assert len(found) > 100
    assert sorted(worlds.waiting.tolist()) == sorted(waiting)


def test_spam_takes_the_place_of_complaints():
    """Eight pieces of older spam keep a staff of eight busy for the hour in which the complaint arrives."""
    worlds = staffed(8)
    spam = write(worlds, Kind.SPAM, np.full(8, -1), channel=Channel.PAGE)
    worlds.waiting = np.concatenate([worlds.waiting, spam])
    case = complain(worlds, [0], np.array([0.5]))
    answer(worlds)
    assert worlds.flows.replies[0] == 0
    worlds.step = 1
    answer(worlds)
    assert worlds.flows.replies[0] == 1
    assert worlds.messages.answer[case[0]] == pytest.approx(2 ** (-1.5 / 4))


def test_spam_arrives_at_its_rate_and_the_filter_stops_its_share():
    worlds = staffed(8, replicates=50, levers={"spam_caught": 0.8}, spam_rate=3)
    for _ in range(60):
        receive_spam(worlds)
        worlds.step += 1
    arrived, missed = worlds.flows.spam.sum(), len(worlds.waiting)
    assert abs(arrived - 50 * 60 * 3) <= 3 * (50 * 60 * 3) ** 0.5
    assert abs(missed - 0.2 * arrived) <= 3 * (arrived * 0.16) ** 0.5
    per_hour = np.bincount(worlds.messages.born[: len(worlds.messages)].astype(int), minlength=60)
    assert per_hour.var() == pytest.approx(per_hour.mean(), rel=0.6)


def test_the_filter_stops_some_complaints_too_but_not_their_authors_patience():
    worlds = staffed(8, levers={"spam_false_alarms": 0.3})
    complain(worlds, np.arange(1000), np.zeros(1000))
    assert abs(len(worlds.waiting) - 700) <= 3 * (1000 * 0.21) ** 0.5
    assert len(worlds.patience) == 1000


# replies


@pytest.mark.parametrize("hours", [0.0, 0.5, 3.0, 12.0, 40.0])
def test_a_reply_is_worth_two_to_the_minus_hours_over_four(hours):
    """r = 2^(−τ/4): T += .1·r, S += .2·r, g × (1 − .6·r), R̂ += .2·(1 − R̂)."""
    worlds = staffed()
    state = worlds.state
    state.arousal[:] = 0.8
    worlds.step = 50
    case = complain(worlds, [3], np.array([51 - hours]))
    answer(worlds)
    r = 2 ** (-hours / 4)
    assert worlds.messages.answer[case[0]] == pytest.approx(r)
    assert state.trust[0, 3] == pytest.approx(0.5 + 0.1 * r)
    assert state.satisfaction[0, 3] == pytest.approx(0.2 * r)
    assert state.arousal[0, 3] == pytest.approx(0.8 * (1 - 0.6 * r))
    assert state.responsiveness[0, 3] == pytest.approx(0.3 + 0.2 * 0.7)
    assert worlds.flows.reply_hours[0] == pytest.approx(hours)
    untouched = np.arange(1000) != 3
    assert (state.trust[0, untouched] == 0.5).all()


def test_nobody_trusts_more_than_fully_or_less_than_not_at_all():
    worlds = staffed(repost=0, patience=0.1)
    worlds.state.trust[0, :2], worlds.state.satisfaction[0, 0] = (0.95, 0.02), 0.9
    complain(worlds, [0], np.array([1.0]))
    answer(worlds)
    assert (worlds.state.trust[0, 0], worlds.state.satisfaction[0, 0]) == (1, 1)
    worlds.levers.reply_capacity[:] = 0
    complain(worlds, [1], np.array([1.0]))
    silent_for(worlds, 8)
    assert worlds.state.trust[0, 1] == 0


def test_tones_multiply_their_own_effects():
    tones = {"empathy": 0.5, "explanation": 1.0, "apology": 0.4, "compensation": 0.6}
    worlds = staffed(levers=tones, costs=Costs(compensation=5))
    state = worlds.state
    state.arousal[:], state.reserve[:] = 0.5, 100
    complain(worlds, [0], np.array([1.0]), arousal=0.5)
    answer(worlds)
    assert state.trust[0, 0] == pytest.approx(0.5 + 0.1 * (1 + 0.25 * 0.5 + 0.25 * 1))
    assert state.satisfaction[0, 0] == pytest.approx(0.2 * (1 + 0.25 * 0.4 + 0.5 * 0.6))
    calm = 0.6 * (1 + 0.5 * 0.5 + 0.5 * 1 * 0.5 + 0.25 * 0.4 - 0.5 * 0.6)
    assert state.arousal[0, 0] == pytest.approx(0.5 * (1 - calm))
    assert state.reserve[0] == pytest.approx(100 - 5 * 0.6)
    assert worlds.flows.spend[0] == pytest.approx(3)


def test_bystanders_gain_a_share_of_the_trust_and_only_from_public_replies():
    for public in (0.0, 1.0):
        worlds = staffed(graph=star(2), capacity=4000, levers={"public_replies": public})
        case = complain(worlds, [0], np.array([1.0 - 4]))
        worlds.messages.born[case] = -3.0
        answer(worlds)
        read(worlds, items(worlds, case, 1))
        assert worlds.state.trust[0, 1] == pytest.approx(0.5 + public * 0.3 * 0.1 * 2 ** (-4 / 4))


def test_a_public_reply_shows_the_thread_to_some_followers_again():
    people = 3000
    worlds = staffed(graph=star(people), capacity=1000, visibility=0.5, reply_bump=0.2, lag_limit=60)
    complain(worlds, [0], np.array([0.2]))
    answer(worlds)
    due, _, _ = waiting_in(worlds.exposures, 24 * 61)
    assert due.min() >= 1
    expected = people * 0.5 * 0.2
    # Of them 7 % would see it after more than sixty days.
    assert 0.85 * expected - 4 * expected**0.5 <= due.size <= expected + 4 * expected**0.5


def test_answering_nearly_everything_wears_off_if_so_wished():
    """With the penalty on, a reply's worth falls in proportion to what is answered beyond 40 % of everything."""
    for answered, worth in [(0, 1), (40, 1), (70, 0.75), (100, 0.5)]:
        worlds = staffed(over_reply_penalty=0.5)
        worlds.state.heard[:], worlds.state.answered[:] = 100, answered
        complain(worlds, [0], np.array([1.0]))
        answer(worlds)
        assert worlds.state.trust[0, 0] == pytest.approx(0.5 + 0.1 * worth)
        assert worlds.state.satisfaction[0, 0] == pytest.approx(0.2 * worth)


# silence


def silent_for(worlds, hours):
    for _ in range(hours):
        lose_patience(worlds)
        worlds.step += 1


def test_patience_is_exponential():
    worlds = staffed(patience=6)
    complain(worlds, np.arange(1000), np.linspace(0, 1, 1000, endpoint=False))
    due, case = waiting_in(worlds.patience, 400)
    waited = due - worlds.messages.born[case]
    assert kstest(waited / 6, "expon").pvalue > 0.001


def test_silence_costs_trust_and_the_belief_in_speaking_up_once():
    worlds = staffed(0, patience=6, repost=0)
    complain(worlds, np.arange(1000), np.zeros(1000))
    silent_for(worlds, 6)
    state = worlds.state
    lost = state.trust[0] < 0.5
    share = 1 - np.exp(-1)
    assert abs(lost.mean() - share) <= 3 * (share * (1 - share) / 1000) ** 0.5
    np.testing.assert_allclose(state.trust[0, lost], 0.45)
    np.testing.assert_allclose(state.responsiveness[0, lost], 0.3 * 0.8)
    np.testing.assert_allclose(state.responsiveness[0, ~lost], 0.3)
    np.testing.assert_array_equal(state.failed_recoveries[0], lost)
    silent_for(worlds, 200)
    np.testing.assert_allclose(state.trust[0], 0.45)


def test_whoever_was_answered_loses_no_patience():
    worlds = staffed(8, patience=6)
    complain(worlds, np.arange(6), np.zeros(6))
    answer(worlds)
    after = worlds.state.trust.copy()
    silent_for(worlds, 200)
    np.testing.assert_array_equal(worlds.state.trust, after)
    assert not worlds.state.failed_recoveries.any()


@pytest.mark.parametrize("parameters", [{"reply_half_life": 0.5}, {"over_reply_penalty": 1.0, "over_reply_from": 0.0}])
def test_an_answer_worth_nothing_is_still_an_answer(parameters):
    """Very late, or lost in a flood of answers: it pleases nobody, but the author was not left alone."""
    worlds = staffed(8, repost=0, **parameters)
    worlds.state.heard[:] = worlds.state.answered[:] = 10
    complain(worlds, np.arange(6), np.zeros(6))
    worlds.step = 80
    answer(worlds)
    assert worlds.flows.replies[0] == 6
    for _ in range(20_000):
        if not len(worlds.patience):
            break
        worlds.step += 1
        lose_patience(worlds)
    assert not worlds.state.failed_recoveries.any()


def test_the_second_failed_recovery_costs_twice_as_much():
    worlds = staffed(0, patience=0.1, repost=0)
    trust = []
    for _ in range(4):
        complain(worlds, [5], np.full(1, worlds.now))
        silent_for(worlds, 8)
        trust.append(float(worlds.state.trust[0, 5]))
    np.testing.assert_allclose(trust, [0.45, 0.35, 0.25, 0.15], atol=1e-6)
    assert worlds.state.failed_recoveries[0, 5] == 4


def test_some_of_the_unanswered_post_again_among_peers():
    worlds = staffed(0, patience=0.1, repost=0.2)
    first = complain(worlds, np.arange(1000), np.zeros(1000), severity=0.7, attribute=0, failure=True)
    silent_for(worlds, 8)
    table = worlds.messages
    again = np.arange(first.size, len(table))
    assert abs(again.size - 200) <= 3 * (1000 * 0.16) ** 0.5
    assert (table.channel[again] == Channel.PEER).all()
    assert (table.kind[again] == Kind.COMPLAINT).all()
    np.testing.assert_allclose(table.severity[again], 0.7)
    assert table.failure[again].all()


def test_whoever_posts_again_is_heard():
    """The second post is published, counted, and seen by followers, like the first."""
    people = 200
    worlds = make(star(people), visibility=1.0, patience=0.1, repost=1.0, need_interval=365, base_reproduction=0)
    case = complain(worlds, [0], np.zeros(1))
    worlds.state.customer_of[:] = 1
    engine = Engine(worlds, ("complaints",))
    engine.run_days(2)
    table = worlds.messages.columns()
    again = (table["author"] == 0) & (table["kind"] == Kind.COMPLAINT) & (table["parent"] == case[0])
    assert again.sum() == 1
    assert sum(day[0, 0] for day in engine.history) >= 1, "the second complaint was never counted"
    assert (worlds.state.attitude[0, 1:] < 0).mean() > 0.5, "nobody has read it"
