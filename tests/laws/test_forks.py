"""A forked world goes on exactly as its original, whenever it is forked, and the two share nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
from snapshots import snapshot, unequal
from worlds import WHOLE_STRATEGIES, whole

from influence_sim import Strategy
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.experiment.runner import World, play, prepare

SEED = 13
RECORDED = STANDARD + tuple(measure.name for measure in DIAGNOSTICS)
CHANGES = {"network.consumers": 200, "burn_in_days": 3, "days": 10}
STEPS = 24 * 7
FORKED_AT = (24 * 3 + 5, 24 * 4, 24 * 4 + 1, 24 * 5 + 23)
"""Steps of the comparison: at odd hours of the days on which incidents strike, at dawn, and in the last hour."""


@cache
def scenario():
    return whole(CHANGES)


def started(worlds):
    return prepare(scenario(), scenario().setting(graph()), worlds, seed=SEED, measures=RECORDED)


@cache
def graph():
    return whole(CHANGES).graph()


WORLDS = tuple(World(name, 0) for name in WHOLE_STRATEGIES[:3])


def go(engine, steps):
    for _ in range(steps):
        engine.step()
    return engine


@cache
def originals():
    """Snapshots of the worlds some days later, run without a fork."""
    engine = go(started(WORLDS), STEPS)
    return [snapshot(engine, place) for place in range(len(WORLDS))]


def test_what_is_forked_is_lively():
    """While the worlds are forked, all that can wait waits."""
    engine, found = started(WORLDS), []
    for hour, before in zip(FORKED_AT, (0, *FORKED_AT), strict=False):
        go(engine, hour - before)
        found += [snapshot(engine, place) for place in range(len(WORLDS))]
    for name in ("exposures", "voices", "replies", "patience", "deletions"):
        assert any(world[f"calendar.{name}"] for world in found), name
    for name in ("releases", "surveys", "waiting", "posted_today", "done.share", "done.watched", "done.rebuttal"):
        assert any(world[name] for world in found), name
    assert any(world["watch.storms"].size for world in originals())


@pytest.mark.parametrize("hour", FORKED_AT)
@pytest.mark.parametrize("sources", [[0, 1, 2], [2, 0, 0, 1, 2, 2]], ids=str)
def test_a_copy_goes_on_as_its_original_would(hour, sources):
    engine = go(started(WORLDS), hour)
    before = [snapshot(engine, place) for place in range(len(WORLDS))]
    copies = engine.fork(sources)
    for place, source in enumerate(sources):
        assert unequal(snapshot(copies, place), before[source]) == []
    go(copies, STEPS - hour)
    for place, source in enumerate(sources):
        assert unequal(snapshot(copies, place), originals()[source]) == []
    # The original has not noticed.
    assert [unequal(snapshot(engine, place), before[place]) for place in range(len(WORLDS))] == [[]] * len(WORLDS)


def test_the_original_goes_on_whatever_becomes_of_its_copies():
    engine = go(started(WORLDS), FORKED_AT[0])
    copies = engine.fork([1, 0])
    copies.worlds.pull({row: {"posts_per_day": 20.0, "deletion_rate": 1.0} for row in range(6)})
    go(copies, 50)
    go(engine, STEPS - FORKED_AT[0])
    assert [unequal(snapshot(engine, place), originals()[place]) for place in range(len(WORLDS))] == [[]] * len(WORLDS)
    assert unequal(snapshot(copies, 1), originals()[0])


def test_forks_of_forks_go_on_as_the_first_would():
    """Permuted, repeated, some left out, three times over."""
    engine, sources = started(WORLDS), np.arange(len(WORLDS))
    at = 0
    for hour, chosen in ((77, [2, 1, 1]), (78, [0, 2, 1, 0]), (121, [3, 1])):
        engine = go(engine, hour - at).fork(chosen)
        sources, at = sources[chosen], hour
    go(engine, STEPS - at)
    assert sources.tolist() == [2, 1]
    for place, source in enumerate(sources):
        assert unequal(snapshot(engine, place), originals()[source]) == []


def test_a_copy_of_a_copy_that_does_otherwise_is_another_world():
    """The laws above would hold if a snapshot saw nothing."""
    engine = go(started(WORLDS[:1]), 30)
    copy = engine.fork([0])
    copy.worlds.pull({0: {"paid_reach": 1.0}})
    one, other = (snapshot(go(made, 60), 0) for made in (engine, copy))
    assert len(unequal(one, other)) > 40


# decisions that remember


@dataclass
class Fickle(Strategy):
    """Does something else each day, by what it has seen so far."""

    seen: list[float] = field(default_factory=list)

    def decide(self, seen):
        """Remember today, and post by all that is remembered."""
        self.seen.append(seen.sales)
        return {"posts_per_day": len(self.seen) % 5 + sum(self.seen) / 1000}


def fickle(engine, place):
    """What the focal company of a world remembers."""
    return engine.worlds.courses[place * 3].decide.__self__.seen


def test_a_decision_is_copied_with_its_world():
    strategy = Fickle("fickle", "")
    engine = started([World("silent", 0), World("silent", 1)])
    courses = [*engine.worlds.courses]
    courses[0] = courses[3] = strategy.course()
    engine.worlds.begin_comparison(courses)
    plain = go(engine.fork([0, 1]), 24 * 6)
    go(engine, 24 * 3)
    copies = engine.fork([1, 0, 0])
    remembered = [list(fickle(engine, place)) for place in (0, 1)]
    assert [len(days) for days in remembered] == [3, 3]
    assert remembered[0] != remembered[1]
    go(copies, 24 * 3)
    assert [fickle(engine, place) for place in (0, 1)] == remembered
    for place, source in enumerate([1, 0, 0]):
        assert fickle(copies, place) == fickle(plain, source)
        assert unequal(snapshot(copies, place), snapshot(plain, source)) == []
    assert strategy.seen == [], "a world has used the strategy itself"


# counterfactual worlds


def test_a_counterfactual_beside_it_changes_no_world():
    worlds = [World("carer", 0), World("carer", 0, True), World("faker", 0), World("faker", 0, True)]
    together = play(scenario(), scenario().setting(graph()), worlds, seed=SEED, measures=RECORDED)
    alone = play(scenario(), scenario().setting(graph()), worlds[::2], seed=SEED, measures=RECORDED)
    for place in (0, 1):
        assert unequal(snapshot(together, 2 * place), snapshot(alone, place)) == []
    spared = prepare(scenario(), scenario().setting(graph()), worlds[1::2], seed=SEED, measures=RECORDED)
    spared.run_days(scenario().days)
    for place in (0, 1):
        assert unequal(snapshot(together, 2 * place + 1), snapshot(spared, place)) == []
        assert len(unequal(snapshot(together, 2 * place), snapshot(spared, place))) > 40
