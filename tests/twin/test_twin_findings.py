"""What the comparison once found to be wrong in the engine, each in the smallest world that shows it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from twin_watching import watched
from worlds import isolates, make, random_graph

from influence_sim.core.backlash import negative_reproduction
from influence_sim.core.books import pay
from influence_sim.core.engine import Engine
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.propagation import lag_cdf
from influence_sim.core.setting import Incident


def test_product_moved_looks_back_30_days():
    case, watchers = watched(40)
    for _ in case.engine():
        pass
    seen = watchers[-1].seen
    for evening in range(30, 40):
        moved = math.dist(seen[evening].own.product, seen[evening - 30].own.product)
        assert seen[evening].own.product_moved == pytest.approx(moved)


def test_reproduction_counts_what_was_written_in_the_first_step():
    incident = Incident(company=0, day=0, duration=1, hit_share=1.0, severity=1.0)
    worlds = make(random_graph(), incident=incident, voice_intercept=5.0, exit_intercept=-20.0, base_reproduction=0.8)
    engine = Engine(worlds)
    for _ in range(26):
        engine.step()
    table, now = worlds.messages.columns(), worlds.now
    age = now - table["born"]
    counted = (table["valence"] < 0) & (age > 6) & (age <= 24)
    expected = table["children"][counted].sum() / lag_cdf(worlds.parameters, age[counted]).sum()
    assert expected > 0
    assert negative_reproduction(worlds, now)[0] == pytest.approx(expected)


def test_every_unanswered_complaint_is_counted():
    incidents = tuple(
        Incident(company=0, day=0, duration=1, hit_share=1.0, severity=1.0, hit=np.arange(40)) for _ in range(2)
    )
    worlds = make(
        isolates(40),
        incident=incidents,
        voice_intercept=5.0,
        voice_severity=20.0,
        exit_intercept=-20.0,
        patience=0.1,
        step_hours=24.0,
    )
    engine = Engine(worlds)
    for _ in range(2):
        engine.step()
    table = worlds.messages.columns()
    on_page = (table["kind"] == Kind.COMPLAINT) & (table["channel"] == Channel.PAGE) & (table["born"] < 24)
    counted = np.bincount(table["author"][on_page], minlength=40)
    assert counted.max() > 1
    np.testing.assert_array_equal(worlds.state.failed_recoveries[0], counted)


def test_a_reserve_that_is_used_up_is_nought():
    worlds = make(isolates(2))
    lot = np.random.default_rng(1)
    for _ in range(200):
        worlds.state.reserve[:] = reserve = lot.random()
        pay(worlds, np.array([reserve + lot.random()]))
        assert worlds.state.reserve[0] == 0
