"""Boycotts (equation 15): thresholds of followees against, arousal, thirty days without a purchase, and calls."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest
from worlds import isolates, make

from influence_sim.core.boycott import boycotting, join_boycotts
from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.market import trade
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.propagation import speak_against

LAST_HOUR = 23


def circles(size, followees):
    """Return a graph in which each of ``size`` consumers follows the same first ``followees`` nodes."""
    source = np.tile(np.arange(followees), size)
    target = np.repeat(followees + np.arange(size), followees)
    return Graph.from_arcs(source, target, size + followees)


def after_a_day(graph, levers=({},), **parameters):
    worlds = make(graph, levers=levers, **{"boycott_call": 0, **parameters})
    worlds.step = LAST_HOUR
    return worlds


def speak(worlds, speakers, hour, row=0):
    speakers = np.asarray(speakers)
    speak_against(worlds, np.full(speakers.size, row), speakers, np.full(speakers.size, float(hour)))


def test_thresholds_are_normal():
    worlds = make(isolates(8000))
    assert kstest((worlds.state.boycott_threshold[0] - 0.25) / 0.1, "norm").pvalue > 0.001


@pytest.mark.parametrize("against", range(1, 9))
def test_who_has_enough_followees_against_and_is_worked_up_joins(against):
    """φ_i ~ N(.25, .1): of those who follow eight, the share Φ((k/8 − .25)/.1) has a threshold below k/8."""
    people = 3000
    worlds = after_a_day(circles(people, 8))
    followers = np.arange(8, people + 8)
    worlds.state.arousal[0] = np.where(np.arange(people + 8) % 3 == 0, 0.29, 0.31)
    speak(worlds, np.arange(against), 10)
    join_boycotts(worlds)
    threshold = worlds.state.boycott_threshold[0, followers]
    expected = (threshold <= against / 8) & (followers % 3 != 0)
    np.testing.assert_array_equal(boycotting(worlds)[0, followers], expected)
    assert not boycotting(worlds)[0, :8].any(), "nobody follows anybody there"


def test_speaking_twice_counts_once_and_for_one_company_only():
    worlds = after_a_day(circles(200, 4), levers=({}, {}), boycott_spread=0, boycott_threshold=0.5)
    worlds.state.arousal[:] = 1
    for hour in (3, 5, 9):
        speak(worlds, [0], hour)
    speak(worlds, [1], 9, row=1)
    join_boycotts(worlds)
    assert not boycotting(worlds).any()
    speak(worlds, [1], 9)
    join_boycotts(worlds)
    assert boycotting(worlds)[0, 4:].all()
    assert not boycotting(worlds)[1].any()


@pytest.mark.parametrize(("spoke_at", "joins"), [(24 * 9 - 1, True), (24 * 2 + 1, True), (24 * 2 - 1, False)])
def test_a_followee_counts_as_against_for_seven_days(spoke_at, joins):
    """In the evening of day 8, which is hour 216."""
    worlds = after_a_day(circles(50, 2), boycott_spread=0)
    worlds.state.arousal[:] = 1
    worlds.step = 24 * 9 - 1
    speak(worlds, [0, 1], spoke_at)
    join_boycotts(worlds)
    assert boycotting(worlds)[0, 2:].all() == joins
    assert boycotting(worlds).any() == joins


def shopping(days, company_taste, boycott_days=30.0):
    """Everybody needs something every day, and half of all join a boycott of company 0 in the evening of day 5.

    Return what each consumer bought on each day (J: nothing), and who joined.
    """
    people = 60
    worlds = after_a_day(
        circles(people, 2), levers=({}, {}), boycott_spread=0, boycott_days=boycott_days, need_interval=1, brand_taste=0
    )
    state = worlds.state
    state.need_rate[:] = 1e3
    state.expectation[0], state.expectation[1] = company_taste
    worlds.purchases = []
    for day in range(days):
        worlds.step = 24 * day + LAST_HOUR
        state.arousal[0, 2 : 2 + people // 2] = 1 if day == 5 else 0
        if day == 5:
            speak(worlds, [0, 1], 24 * 5 + 3)
        join_boycotts(worlds)
        trade(worlds)
        state.expectation[0], state.expectation[1] = company_taste
        worlds.voices.__init__(1.0, "i4")
    bought = np.full((days, people + 2), 2)
    for day, _, consumer, chosen in worlds.purchases:
        bought[day, consumer] = chosen
    return bought, np.arange(2, 2 + people // 2)


def test_a_boycott_lasts_thirty_days_in_which_nothing_is_bought_there():
    """From the trade of the day on which it is joined through that of the 29th day after; others are bought."""
    bought, joined = shopping(50, (1.0, 0.2))
    others = np.setdiff1d(np.arange(bought.shape[1]), joined)
    from_it = bought == 0
    assert from_it[:5, joined].mean() > 0.5
    assert not from_it[5:35, joined].any()
    assert from_it[35, joined].any()
    assert from_it[36:, joined].mean() > 0.3
    assert (bought[5:35, joined] == 1).mean() > 0.3
    assert from_it[5:35, others].mean() > 0.5


def test_without_boycotts_nobody_joins_one():
    bought, joined = shopping(12, (1.0, 0.2), boycott_days=0.0)
    assert (bought[5:, joined] == 0).mean() > 0.5


def test_one_in_five_who_join_call_on_others():
    """Within a day, among peers, as strongly as they are worked up; once per boycott."""
    people = 4000
    worlds = after_a_day(circles(people, 2), boycott_call=0.2, boycott_spread=0)
    worlds.state.arousal[:] = 0.7
    speak(worlds, [0, 1], 10)
    join_boycotts(worlds)
    table = worlds.messages.columns()
    assert abs(table["author"].size / people - 0.2) <= 3 * (0.16 / people) ** 0.5
    assert np.unique(table["author"]).size == table["author"].size
    assert (table["kind"] == Kind.BOYCOTT).all()
    assert (table["channel"] == Channel.PEER).all()
    assert (table["valence"] == -1).all()
    np.testing.assert_allclose(table["arousal"], 0.7)
    assert kstest((table["born"] - 24) / 24, "uniform").pvalue > 0.001
    worlds.step += 24
    speak(worlds, [0, 1], 30)
    join_boycotts(worlds)
    assert len(worlds.messages) == table["author"].size, "who is in a boycott cannot join it"


def test_calls_reach_followers_and_carry_a_boycott_on():
    """Everyone follows the one before: when the first calls on others and all are worked up, it goes round the ring."""
    people = 40
    ring = np.arange(people)
    graph = Graph.from_arcs(ring, (ring + 1) % people, people)
    settings = {"boycott_call": 1.0, "boycott_spread": 0, "visibility": 1.0, "arousal_uptake": 1.0, "voice_spread": 1.0}
    worlds = make(graph, need_interval=365, base_reproduction=0, boycott_memory=7, arousal_half_life=30, **settings)
    worlds.state.arousal[0, 1] = 1
    speak(worlds, [0], 0)
    engine = Engine(worlds, ("boycotters",))
    engine.run_days(12)
    share = np.array(engine.history)[:, 0, 0] * people
    assert share[0] == 1
    assert (np.diff(share) >= 0).all()
    assert share[-1] >= 3
    joined = boycotting(worlds)[0]
    assert joined[1 : 1 + joined.sum()].all(), "it passes from each to the next"
