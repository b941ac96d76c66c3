"""Answering is a queue in continuous time, the textbooks' M/M/1, whatever the step; and silence has its price."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest
from worlds import isolates, items, make, star, waiting_in, write

from influence_sim.core import propagation
from influence_sim.core.draws import Process
from influence_sim.core.engine import Engine
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.reading import read
from influence_sim.core.replies import lose_patience, reply
from influence_sim.core.service import notice, receive_spam, serve
from influence_sim.core.setting import Costs

STAFF = {"spam_false_alarms": 0.0, "spam_caught": 0.0}
THOUSAND = isolates(1000)


def staffed(capacity=8.0, graph=THOUSAND, replicates=1, levers=None, step_hours=1.0, **parameters):
    row = {**STAFF, "reply_capacity": capacity, **(levers or {})}
    settings = {"spam_rate": 0, "case_lifetime": 8760, "patience": 1000, "suspicion": 0, **parameters}
    return make(graph, levers=(row,), replicates=replicates, step_hours=step_hours, **settings)


def complain(worlds, author, born, row=0, arousal=0.5, **columns):
    cases = grumble(worlds, author, born, row, arousal, **columns)
    notice(worlds, cases)
    return cases


def grumble(worlds, author, born, row=0, arousal=0.5, **columns):
    """Write complaints that the company has not noticed yet."""
    columns = {"valence": -0.5, "channel": Channel.PAGE, **columns}
    return write(worlds, Kind.COMPLAINT, author, row=row, born=born, arousal=arousal, **columns)


def answer(worlds):
    serve(worlds)
    reply(worlds)


def answer_at(worlds, cases, hours):
    """Let replies be ready at ``hours``, whatever staff there is."""
    hours = np.broadcast_to(np.asarray(hours, float), cases.shape)
    worlds.waiting = np.setdiff1d(worlds.waiting, cases)
    worlds.replies.put(worlds.step, hours, cases.astype(np.int32))
    while len(worlds.replies):
        reply(worlds)
        worlds.step += 1


# the queue


def served(worlds, born, row, arousal=0.5):
    """Let complaints arrive, and staff work until all have been answered; return when each one was (inf: never)."""
    cases = grumble(worlds, np.arange(born.size) % worlds.size.consumers, born, row, arousal)
    order = np.argsort(born, kind="stable")
    step = (born[order] / worlds.setting.step_hours).astype(int)
    cuts = np.searchsorted(step, np.arange(step[-1] + 2))
    for start, end in pairwise(cuts):
        notice(worlds, cases[order[start:end]])
        answer(worlds)
        worlds.step += 1
    finish(worlds)
    return worlds.messages.answered_at[cases]


def finish(worlds):
    """Let staff work until nobody waits."""
    while worlds.waiting.size or len(worlds.replies):
        answer(worlds)
        worlds.step += 1


@cache
def poisson_arrivals(rate, hours, replicates, seed=1):
    rng = np.random.default_rng(seed)
    row = np.repeat(np.arange(replicates), rng.poisson(rate * hours, replicates))
    return hours * rng.random(row.size), row


def mean_and_error(values, row):
    """The mean over replicates' means, and its standard error."""
    means = np.bincount(row, values) / np.bincount(row)
    return means.mean(), means.std(ddof=1) / means.size**0.5


@cache
def sojourns(step_hours, priority=0.0, hours=260, replicates=24, warm_up=20.0):
    """Eight complaints an hour at ten answers an hour: how long they wait, of which world, and how aroused."""
    born, row = poisson_arrivals(8.0, hours, replicates)
    arousal = np.random.default_rng(2).random(born.size).astype(np.float32)
    worlds = staffed(10, replicates=replicates, step_hours=step_hours, levers={"reply_priority": priority})
    done = served(worlds, born, row, arousal)
    late = born >= warm_up
    return (done - born)[late], row[late], arousal[late]


def test_staff_hired_later_do_not_wait_for_what_was_begun_by_few():
    worlds = staffed(0.001)
    cases = complain(worlds, np.arange(20), np.full(20, 0.5))
    answer(worlds)
    worlds.step = 1
    worlds.pull({0: {"reply_capacity": 50.0}})
    for _ in range(4):
        answer(worlds)
        worlds.step += 1
    # The one that was begun keeps its time; all others are answered by the many.
    assert np.isfinite(worlds.messages.answered_at[cases]).sum() == 19


def test_sojourns_are_exponential():
    """P(W > t) = e^−(μ−λ)t at several t; standard errors are over worlds, since waits in one queue hang together."""
    wait, row, _ = sojourns(1.0)
    for t in (0.05, 0.2, 0.5, 1.0, 2.0):
        share, error = mean_and_error(wait > t, row)
        assert abs(share - np.exp(-2 * t)) <= 3 * error, t


def test_the_length_of_a_step_changes_no_answer():
    """The same arrivals are answered at the same moments with steps of half an hour, an hour, two hours and a day."""
    born, row = poisson_arrivals(2.0, 100, 2)
    arousal = np.random.default_rng(2).random(born.size)
    for priority in (0.0, 1.0):
        done = []
        for step_hours in (0.25, 0.5, 1.0, 2.0, 24.0):
            worlds = staffed(2.5, replicates=2, step_hours=step_hours, levers={"reply_priority": priority})
            done.append(served(worlds, born, row, arousal))
        for other in done[1:]:
            np.testing.assert_allclose(other, done[0])


@pytest.mark.parametrize("capacity", [0.1, 0.3, 1.0, 2.5, 8.0])
def test_a_busy_staff_answers_as_many_as_it_is_paid_for(capacity):
    """Over weeks with work always waiting, the answers are a Poisson process of the capacity as its rate."""
    hours, replicates = 100 if capacity > 1 else 400, 12
    worlds = staffed(capacity, replicates=replicates)
    row = np.repeat(np.arange(replicates), round(1.2 * capacity * hours) + 40)
    complain(worlds, np.arange(row.size) % 1000, np.zeros(row.size), row)
    for _ in range(hours):
        answer(worlds)
        worlds.step += 1
    count = worlds.flows.replies
    assert (np.bincount(worlds.messages.row[worlds.waiting], minlength=replicates) > 0).all()
    expected = capacity * hours * replicates
    assert abs(count.sum() - expected) <= 3 * expected**0.5


def test_service_times_are_exponential():
    worlds = staffed(5)
    complain(worlds, np.arange(1000), np.zeros(1000))
    finish(worlds)
    done = np.sort(worlds.messages.answered_at[:1000])
    assert kstest(np.diff(done, prepend=0) * 5, "expon").pvalue > 0.001


def test_capacity_counts_per_thousand_consumers():
    """The same staff per head answer as fast in a market twice as large, in cases per head."""
    for people in (500, 2000):
        worlds = staffed(4, graph=isolates(people), replicates=10)
        row = np.repeat(np.arange(10), 400)
        complain(worlds, np.arange(row.size) % people, np.zeros(row.size), row)
        for _ in range(24):
            answer(worlds)
            worlds.step += 1
        expected = 10 * 24 * 4 * people / 1000
        assert abs(worlds.flows.replies.sum() - expected) <= 3 * expected**0.5


def test_idle_staff_save_nothing_up():
    """After two days without work a hundred cases take as long as ever: on average a hundred times 1/8 h."""
    worlds = staffed(8, replicates=40)
    for _ in range(50):
        answer(worlds)
        worlds.step += 1
    row = np.repeat(np.arange(40), 100)
    cases = complain(worlds, np.arange(row.size) % 1000, np.full(row.size, 50.0), row)
    finish(worlds)
    last = np.zeros(40)
    np.maximum.at(last, row, worlds.messages.answered_at[cases])
    assert abs((last - 50).mean() - 12.5) <= 3 * (100**0.5 / 8) / 40**0.5


@pytest.mark.parametrize("priority", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("step_hours", [1.0, 2.0])
def test_cases_are_served_as_by_a_naive_queue(priority, seed, step_hours):
    """Two companies, complaints and spam, and a lifetime; an event-driven clerk serves them one by one."""
    rng = np.random.default_rng(seed)
    capacity, lifetime, hours = [3.0, 1.0], 6.0, 80
    worlds = make(
        THOUSAND,
        levers=[{**STAFF, "reply_capacity": c, "reply_priority": priority} for c in capacity],
        spam_rate=0,
        case_lifetime=lifetime,
        step_hours=step_hours,
    )
    table = worlds.messages
    for _ in range(round(hours / step_hours)):
        number = rng.poisson(4 * step_hours)
        born = worlds.now + step_hours * rng.random(number)
        complain(worlds, rng.integers(0, 1000, number), born, rng.integers(0, 2, number), rng.random(number).round(1))
        number = rng.poisson(step_hours)
        born = worlds.now + step_hours * rng.random(number)
        row = rng.integers(0, 2, number)
        spam = write(worlds, Kind.SPAM, np.full(number, -1), row=row, channel=Channel.PAGE, born=born)
        worlds.waiting = np.concatenate([worlds.waiting, spam])
        answer(worlds)
        worlds.step += 1
    cases = np.arange(len(table))
    cases = cases[np.isin(table.kind[cases], (Kind.COMPLAINT, Kind.SPAM))]
    length = worlds.draws.at(Process.SERVICE_TIME).exponential(np.zeros(cases.size, int), table.id[cases])
    expected = {}
    for company, rate in enumerate(capacity):
        mine = [case for case in cases.tolist() if table.row[case] == company]
        needs = {case: length[cases.tolist().index(case)] / rate for case in mine}
        clock = 0.0
        while mine:
            here = [case for case in mine if table.born[case] <= clock]
            if not here:
                clock = min(table.born[case] for case in mine)
                continue
            case = min(here, key=lambda case: (-table.arousal[case] * priority, table.born[case]))
            mine.remove(case)
            if table.born[case] + lifetime <= clock:
                continue
            clock += needs[case]
            if table.kind[case] == Kind.COMPLAINT and clock < hours:
                expected[case] = clock
    found = {case: table.answered_at[case] for case in cases.tolist() if np.isfinite(table.answered_at[case])}
    assert found == pytest.approx(expected)
    assert len(found) > 100


def test_the_most_aroused_wait_least_and_all_wait_as_long_as_before():
    """Who comes first is decided without a look at how long a case takes, so the mean wait stays (Kleinrock 1965).

    Those above a level of arousal, and those alone, make a queue of the faster kind: of N classes of equal size, class
    k of M/M/1 with priorities, not interrupted, waits W₀/((1 − σ₍k−1₎)(1 − σₖ)), W₀ = ρ/μ (Cobham 1954).
    """
    plain, row, _ = sojourns(1.0, 0.0)
    ranked, row_ranked, arousal = sojourns(1.0, 1.0)
    mean = [np.bincount(row, wait) / np.bincount(row) for wait in (plain, ranked)]
    assert np.corrcoef(*mean)[0, 1] > 0.8, "the same queues"
    difference = mean[1] - mean[0]
    assert abs(difference.mean()) <= 3 * difference.std(ddof=1) / difference.size**0.5
    upper = 1 - arousal
    for low, high in ((0, 0.1), (0.3, 0.5), (0.8, 0.9)):
        of_class = (upper >= low) & (upper < high)
        found, error = mean_and_error(ranked[of_class], row_ranked[of_class])
        # Continuous classes: the mean of Cobham's formula over the ranks in question; service takes 1/10 h.
        ranks = np.linspace(low, high, 1001)
        expected = np.mean(0.08 / (1 - 0.8 * ranks) ** 2) + 0.1
        assert abs(found - expected) <= 3 * error, (low, high)


def test_without_staff_nobody_is_ever_answered():
    worlds = staffed(0, case_lifetime=24)
    complain(worlds, np.arange(100), np.linspace(0, 1, 100, endpoint=False))
    for hour in range(30):
        answer(worlds)
        assert worlds.waiting.size == (100 if hour < 23 else worlds.waiting.size)
        worlds.step += 1
    assert not worlds.flows.replies.any()
    assert not worlds.waiting.size, "cases lapse"


def test_cases_lapse_when_they_have_waited_too_long():
    """A hundred at once, one an hour: who has not been taken up within ten hours never is."""
    worlds = staffed(1, replicates=60, case_lifetime=10)
    row = np.repeat(np.arange(60), 40)
    cases = complain(worlds, np.arange(row.size) % 1000, np.zeros(row.size), row)
    for _ in range(60):
        answer(worlds)
        worlds.step += 1
    assert not worlds.waiting.size
    done = worlds.messages.answered_at[cases].reshape(60, 40)
    count = np.isfinite(done).sum(axis=1)
    # Those taken up before 10 h: one at once, and as many as a Poisson process of rate 1 has events.
    assert abs(count.mean() - 11) <= 3 * (10 / 60) ** 0.5
    last = np.where(np.isfinite(done), done, 0).max(axis=1)
    assert (last > 10).all(), "who has been taken up is served to the end"
    assert kstest(last - 10, "expon").pvalue > 0.001, "without memory"


def test_spam_takes_the_place_of_complaints():
    """Half of what arrives is spam: complaints wait as long as if all were complaints."""
    replicates = 24
    born, row = poisson_arrivals(8.0, 120, replicates, seed=5)
    worlds = staffed(10, replicates=replicates)
    spam = np.random.default_rng(3).random(born.size) < 0.5
    numbers = write(worlds, Kind.SPAM, np.full(spam.sum(), -1), row=row[spam], channel=Channel.PAGE, born=born[spam])
    cases = complain(worlds, np.arange(np.sum(~spam)) % 1000, born[~spam], row[~spam])
    worlds.waiting = np.concatenate([worlds.waiting, numbers])
    finish(worlds)
    wait, late = worlds.messages.answered_at[cases] - born[~spam], born[~spam] > 20
    mean, error = mean_and_error(wait[late], row[~spam][late])
    assert error < 0.03
    assert abs(mean - 0.5) <= 3 * error
    assert worlds.flows.replies.sum() == cases.size


def test_spam_arrives_at_its_rate_and_the_filter_stops_its_share():
    worlds = staffed(8, replicates=50, levers={"spam_caught": 0.8}, spam_rate=3)
    for _ in range(60):
        receive_spam(worlds)
        worlds.step += 1
    arrived, missed = worlds.flows.spam.sum(), len(worlds.waiting)
    assert abs(arrived - 50 * 60 * 3) <= 3 * (50 * 60 * 3) ** 0.5
    assert abs(missed - 0.2 * arrived) <= 3 * (arrived * 0.16) ** 0.5
    born = worlds.messages.born[: len(worlds.messages)]
    assert kstest(born / 60, "uniform").pvalue > 0.001
    assert kstest(born % 1, "uniform").pvalue > 0.001


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
    answer_at(worlds, case, 51.0)
    r = 2 ** (-hours / 4)
    assert worlds.messages.answered_at[case[0]] == 51
    assert worlds.messages.seen_answer[case[0]] == pytest.approx(r)
    assert worlds.messages.cooled[case[0]] == pytest.approx(0.6 * r)
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
    answer_at(worlds, complain(worlds, [0], np.array([1.0])), 1.0)
    assert (worlds.state.trust[0, 0], worlds.state.satisfaction[0, 0]) == (1, 1)
    complain(worlds, [1], np.array([1.0]))
    silent_for(worlds, 8)
    assert worlds.state.trust[0, 1] == 0


def test_tones_multiply_their_own_effects():
    tones = {"empathy": 0.5, "explanation": 1.0, "apology": 0.4, "compensation": 0.6}
    worlds = staffed(levers=tones, costs=Costs(compensation=5))
    state = worlds.state
    state.arousal[:], state.reserve[:] = 0.5, 100
    answer_at(worlds, complain(worlds, [0], np.array([1.0]), arousal=0.5), 1.0)
    assert state.trust[0, 0] == pytest.approx(0.5 + 0.1 * (1 + 0.25 * 0.5 + 0.25 * 1))
    assert state.satisfaction[0, 0] == pytest.approx(0.2 * (1 + 0.25 * 0.4 + 0.5 * 0.6))
    calm = 0.6 * (1 + 0.5 * 0.5 + 0.5 * 1 * 0.5 + 0.25 * 0.4 - 0.5 * 0.6)
    assert state.arousal[0, 0] == pytest.approx(0.5 * (1 - calm))
    assert state.reserve[0] == pytest.approx(100 - 5 * 0.6)
    assert worlds.flows.spend[0] == pytest.approx(3)


@pytest.mark.parametrize("public", [0.0, 1.0])
def test_bystanders_gain_a_share_of_the_trust_once_and_only_from_public_replies(public):
    worlds = staffed(graph=star(2), capacity=4000, levers={"public_replies": public})
    case = complain(worlds, [0], np.array([-3.0]))
    answer_at(worlds, case, 1.0)
    for _ in range(3):
        read(worlds, items(worlds, case, 1))
        worlds.step += 1
    assert worlds.state.trust[0, 1] == pytest.approx(0.5 + public * 0.3 * 0.1 * 2 ** (-4 / 4))


def test_a_reply_works_on_what_is_read_after_it_and_not_before():
    """Two readers of one thread, a minute before and after the answer: trust, arousal and sharing."""
    worlds = staffed(graph=star(2), attitude_rate=0)
    case = complain(worlds, [0], np.array([0.0]), arousal=0.8)
    worlds.step = 2
    answer_at(worlds, case, 2.0)
    worlds.step = 2
    seen = items(worlds, case, [1, 2])._replace(due=np.array([1.99, 2.01]))
    read(worlds, seen)
    r = 2 ** (-2 / 4)
    np.testing.assert_allclose(worlds.state.trust[0, 1:], [0.5, 0.5 + 0.3 * 0.1 * r])
    np.testing.assert_allclose(worlds.state.arousal[0, 1:], [0.3 * 0.8, 0.3 * 0.8 * (1 - 0.6 * r)], rtol=1e-6)


def test_sharing_falls_with_an_answer_for_those_who_read_it_later():
    """p = p₀·(1 + ν_g·g·(1 − cooled))·(1 − .5·r), r the worth of the public answer."""
    people = 20_000
    worlds = staffed(graph=star(people), visibility=1.0, levers={"public_replies": 1.0})
    p0 = 0.1
    case = complain(worlds, [0], np.array([0.0]), arousal=0.6)
    answer_at(worlds, case, 2.0)
    worlds.step = 2
    readers = np.arange(1, people + 1)
    due = np.where(readers % 2, 1.5, 2.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(propagation, "sharing_probability", lambda worlds: p0)
        propagation.share(worlds, items(worlds, case, readers)._replace(due=due))
    table = worlds.messages.columns()
    sharers = table["author"][table["kind"] == Kind.SHARE]
    r = 2 ** (-2 / 4)
    for odd, expected in (
        (1, p0 * (1 + 4 * 0.6)),
        (0, p0 * (1 + 4 * 0.6 * (1 - 0.6 * r)) * (1 - 0.5 * r)),
    ):
        share = np.count_nonzero(sharers % 2 == odd) / (people / 2)
        assert abs(share - expected) <= 3 * (expected * (1 - expected) / (people / 2)) ** 0.5


def test_a_public_reply_shows_the_thread_to_some_followers_again():
    people = 3000
    worlds = staffed(graph=star(people), capacity=1000, visibility=0.5, reply_bump=0.2, lag_limit=60)
    answer_at(worlds, complain(worlds, [0], np.array([0.2])), 1.0)
    due, _, _ = waiting_in(worlds.exposures, 24 * 61)
    assert due.min() >= 1
    expected = people * 0.5 * 0.2
    # Of them 7 % would see it after more than sixty days.
    assert 0.85 * expected - 4 * expected**0.5 <= due.size <= expected + 4 * expected**0.5


def test_answering_nearly_everything_wears_off_if_so_wished():
    """With the penalty on, a reply's worth falls in proportion to what is answered beyond 40 % of everything."""
    for answered, worth in [(0, 1), (40, 1), (70, 0.75), (100, 0.5)]:
        worlds = staffed(over_reply_penalty=0.5)
        worlds.state.heard[:], worlds.state.answered[:] = 100, answered - 1
        answer_at(worlds, complain(worlds, [0], np.array([1.0])), 1.0)
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
    answer_at(worlds, complain(worlds, np.arange(6), np.zeros(6)), 0.0)
    after = worlds.state.trust.copy()
    silent_for(worlds, 200)
    np.testing.assert_array_equal(worlds.state.trust, after)
    assert not worlds.state.failed_recoveries.any()


@pytest.mark.parametrize("parameters", [{"reply_half_life": 0.5}, {"over_reply_penalty": 1.0, "over_reply_from": 0.0}])
def test_an_answer_worth_nothing_is_still_an_answer(parameters):
    """Very late, or lost in a flood of answers: it pleases nobody, but the author was not left alone."""
    worlds = staffed(8, repost=0, **parameters)
    worlds.state.heard[:] = worlds.state.answered[:] = 10
    cases = complain(worlds, np.arange(6), np.zeros(6))
    worlds.step = 80
    answer_at(worlds, cases, 80.0)
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
