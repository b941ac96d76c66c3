"""Incidents: when they strike, whom, how often at random, and what prevention leaves of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare
from worlds import isolates, make

from influence_sim.core import arrivals
from influence_sim.core.arrivals import arrive
from influence_sim.core.market import failure_probability
from influence_sim.core.messages import Kind
from influence_sim.core.setting import Incident

PEOPLE = 2000


def incident(**changes):
    usual = {"company": 0, "day": 3, "duration": 1, "hit_share": 0.3, "severity": 0.5}
    return Incident(**{**usual, **changes})


def struck(worlds, days, step_hours=1.0):
    """Let mornings pass; return how many are hit on each day, shape (days, rows)."""
    hits = []
    for day in range(days):
        worlds.step = round(24 / step_hours) * day
        before = worlds.flows.hit.copy()
        arrive(worlds)
        hits.append(worlds.flows.hit - before)
    return np.array(hits)


def world(*incidents, replicates=1, people=PEOPLE, companies=2, customers_of=0, **parameters):
    settings = {"voice_intercept": -20, "exit_intercept": -20, "spam_rate": 0, **parameters}
    worlds = make(isolates(people), levers=({},) * companies, replicates=replicates, incident=incidents, **settings)
    worlds.state.customer_of[:] = customers_of
    return worlds


def within(found, expected, trials):
    return abs(found / trials - expected) <= 3 * (expected * (1 - expected) / trials) ** 0.5


def test_an_incident_hits_its_share_of_its_company_on_its_day():
    worlds = world(incident())
    worlds.state.customer_of[0, ::2] = 1
    hits = struck(worlds, 6)
    assert (hits[[0, 1, 2, 4, 5]] == 0).all()
    assert within(hits[3, 0], 0.3, PEOPLE / 2)
    assert not hits[:, 1].any()
    assert worlds.flows.harm[0] == pytest.approx(0.5 * hits[3, 0])
    changed = worlds.state.satisfaction[0] != 0
    assert changed.sum() == hits[3, 0]
    assert not changed[::2].any(), "customers of others are spared"


def test_a_longer_incident_hits_the_same_share_spread_over_its_days():
    worlds = world(incident(duration=5, hit_share=0.5), replicates=20)
    hits = struck(worlds, 10)[:, ::2].sum(axis=1)
    assert (hits[[0, 1, 2, 8, 9]] == 0).all()
    assert within(hits.sum(), 0.5, PEOPLE * 20)
    assert chisquare(hits[3:8]).pvalue > 0.001
    touched = (worlds.state.satisfaction[::2] != 0).sum()
    assert touched == hits.sum(), "nobody is hit twice"


def test_it_strikes_as_often_and_as_far_apart_as_is_said():
    """On days 3, 10 and 17, two days each; other people each time."""
    worlds = world(incident(repeats=3, every=7, duration=2, hit_share=0.2), replicates=10)
    hits = struck(worlds, 30)[:, ::2].sum(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(hits), [3, 4, 10, 11, 17, 18])
    for first in (3, 10, 17):
        assert within(hits[first : first + 2].sum(), 0.2, PEOPLE * 10)
    touched = (worlds.state.satisfaction[::2] != 0).sum()
    assert within(touched, 1 - 0.8**3, PEOPLE * 10)


@pytest.mark.parametrize("duration", [1, 4])
def test_a_list_of_people_is_hit_each_time_all_of_it_and_nobody_else(duration):
    """Customers or not, whatever the share."""
    named = np.arange(100, 400, 3)
    worlds = world(incident(hit=named, hit_share=0, repeats=2, every=10, duration=duration), customers_of=1)
    hits = struck(worlds, 25)[:, 0]
    assert hits.sum() == 2 * named.size
    assert set(np.flatnonzero(hits)) <= {*range(3, 3 + duration), *range(13, 13 + duration)}
    np.testing.assert_array_equal(np.flatnonzero(worlds.state.satisfaction[0]), named)
    if duration > 1:
        assert (hits[3 : 3 + duration] > 0).all(), "spread over the days"


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_random_incidents_strike_at_their_rate(rate):
    """On each day with 1 − e^−rate, independently: mean and variance of the number of days, and gaps without memory."""
    days, replicates = 120, 150
    worlds = world(incident(rate=rate, hit=np.arange(3), day=10), replicates=replicates, people=5, companies=1)
    hits = struck(worlds, days) > 0
    assert not hits[:10].any()
    p, n = -np.expm1(-rate), days - 10
    count = hits.sum(axis=0)
    variance = n * p * (1 - p)
    assert abs(count.mean() - n * p) <= 3 * (variance / replicates) ** 0.5
    fourth = variance * (1 + (3 * n - 6) * p * (1 - p))
    assert abs(count.var(ddof=1) - variance) <= 3 * ((fourth - variance**2) / replicates) ** 0.5
    if rate < 0.1:
        assert count.var(ddof=1) == pytest.approx(count.mean(), rel=0.4), "nearly Poisson"
    again = hits[11:][hits[10:-1]]
    assert within(again.sum(), p, again.size)


def test_random_incidents_may_overlap_and_each_hits_for_its_days():
    worlds = world(incident(rate=0.5, hit=np.arange(40), duration=3, day=0), replicates=60, people=50, companies=1)
    hits = struck(worlds, 40)
    # From day 2 on, every day may belong to three occurrences, each of which hits a third of the list on it.
    mean = hits[2:].mean()
    assert abs(mean - 40 * -np.expm1(-0.5)) <= 3 * hits[2:].mean(axis=0).std(ddof=1) / 60**0.5


@pytest.mark.parametrize("step_hours", [0.5, 2.0])
def test_days_are_days_whatever_the_step(step_hours):
    one = struck(world(incident(duration=3), incident(rate=0.2, company=1), replicates=4), 15)
    other = struck(
        world(incident(duration=3), incident(rate=0.2, company=1), replicates=4, step_hours=step_hours), 15, step_hours
    )
    np.testing.assert_array_equal(one, other)


def test_spared_worlds_are_spared():
    worlds = world(incident(), replicates=4)
    worlds.spared[:] = [True, False, True, False]
    assert (struck(worlds, 5)[3, ::2] > 0).tolist() == [False, True, False, True]


# what is done to those who are hit


def test_a_scandal_moves_customers_and_others_alike():
    """T −= .25·z; O is drawn towards −(.5 + .5·z) by .5·z of the way, never up; nobody buys or judges anything."""
    worlds = world(incident(public=True, reported=False, hit_share=0.4, severity=0.6))
    worlds.state.customer_of[0, ::2] = 1
    state = worlds.state
    state.attitude[0] = np.linspace(-1, 1, PEOPLE)
    before = state.attitude[0].copy()
    hits = struck(worlds, 5)[3, 0]
    moved = state.trust[0] != 0.5
    assert moved.sum() == hits
    assert within(hits, 0.4, PEOPLE)
    for customer in (0, 1):
        assert within(moved[customer::2].sum(), 0.4, PEOPLE / 2)
    np.testing.assert_allclose(state.trust[0, moved], 0.5 - 0.25 * 0.6)
    drawn = before + 0.5 * 0.6 * np.minimum(-0.8 - before, 0)
    np.testing.assert_allclose(state.attitude[0], np.where(moved, drawn, before), atol=1e-6)
    np.testing.assert_allclose(state.arousal[0], np.where(moved, 0.6, 0))
    assert (state.trust[1] == 0.5).all()
    assert not state.satisfaction.any()
    assert (state.expectation == state.expectation[0, 0]).all()


def test_who_is_no_customer_can_speak_of_a_scandal_but_not_leave():
    worlds = world(incident(public=True, hit_share=1.0), voice_intercept=-1, exit_intercept=5, boycott_days=0)
    worlds.state.customer_of[0, ::2] = 1
    struck(worlds, 4)
    assert (worlds.state.customer_of[0, ::2] == 1).all()
    assert (worlds.state.customer_of[0, 1::2] == 2).mean() > 0.5
    table = worlds.messages.columns()
    assert (table["kind"] == Kind.COMPLAINT).all()
    assert (table["author"] % 2 == 0).any()


@pytest.mark.parametrize("reported", [True, False])
def test_complaints_report_what_can_be_mended_if_it_can(reported):
    worlds = world(incident(hit_share=1.0, reported=reported, severity=0.9), voice_intercept=5, voice_severity=20)
    struck(worlds, 4)
    table = worlds.messages.columns()
    assert table["author"].size > 0.9 * PEOPLE
    assert (table["failure"] == reported).all()
    assert (table["born"] >= 72).all()
    assert (table["born"] <= 96).all()


# prevention


@pytest.mark.parametrize("strength", [0.0, 0.6, 1.0])
def test_prevention_halves_failures_at_full_strength(strength):
    """f·(1 − .5·strength), also of what improvements have left."""
    worlds = make(isolates(10), levers=({"prevention": strength}, {}), failure_rate=0.2)
    np.testing.assert_allclose(failure_probability(worlds), [0.2 * (1 - 0.5 * strength), 0.2])
    worlds.state.failure_rate[0] = 0.1
    np.testing.assert_allclose(failure_probability(worlds), [0.1 * (1 - 0.5 * strength), 0.2])


@pytest.mark.parametrize(("strength", "fixed"), [(0.0, 1.0), (1.0, 1.0), (0.6, 0.8), (0.0, 0.25)])
@pytest.mark.parametrize("preventable", [True, False])
def test_preventable_incidents_shrink_as_failures_do(strength, fixed, preventable):
    worlds = make(
        isolates(PEOPLE),
        levers=({"prevention": strength},),
        replicates=8,
        failure_rate=0.2,
        incident=incident(preventable=preventable, hit_share=0.5),
        voice_intercept=-20,
        spam_rate=0,
    )
    worlds.state.customer_of[:] = 0
    worlds.state.failure_rate *= fixed
    left = (1 - 0.5 * strength) * fixed if preventable else 1
    assert within(struck(worlds, 4).sum(), 0.5 * left, 8 * PEOPLE)


def hit_persons(worlds, days, monkeypatch, on_day=lambda day: None):
    """Who is hit on each day, as sets of consumers of world 0."""
    found = []

    def note(worlds, had):
        found[-1] |= set(had.consumer[had.world == 0].tolist())

    monkeypatch.setattr(arrivals, "experience", note)
    for day in range(days):
        on_day(day)
        worlds.step = 24 * day
        found.append(set())
        arrive(worlds)
    return found


@pytest.mark.parametrize("later", [0.0, 0.9])
def test_nobody_is_hit_twice_and_nobody_skipped_for_prevention_that_begins_meanwhile(later, monkeypatch):
    worlds = world(incident(day=0, duration=14, hit_share=0.8, preventable=True), replicates=1)
    worlds.state.failure_rate[:] = worlds.setting.failure_rates[:] = 0.1

    def prevent(day):
        if day == 7:
            worlds.pull({0: {"prevention": later}})

    days = hit_persons(worlds, 14, monkeypatch, prevent)
    everybody = [person for day in days for person in day]
    assert len(everybody) == len(set(everybody))
    share_left = 1 - later * worlds.parameters.prevention_effect
    assert within(sum(map(len, days[:7])), 0.4, PEOPLE)
    assert within(sum(map(len, days[7:])), 0.4 * share_left, PEOPLE)


def test_a_larger_share_hits_all_that_a_smaller_hits_on_the_same_days(monkeypatch):
    few, many = (
        hit_persons(world(incident(day=0, duration=5, hit_share=share)), 5, monkeypatch) for share in (0.1, 0.4)
    )
    assert all(less <= more for less, more in zip(few, many, strict=True))


def test_nobody_praises_for_an_incident_however_small():
    worlds = world(incident(day=0, hit_share=1.0, severity=1e-9), praise_intercept=5)
    struck(worlds, 1)
    assert worlds.flows.hit[0] == PEOPLE
    assert len(worlds.messages) == 0
