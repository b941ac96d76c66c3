"""A second implementation of the model, written from its pages alone, gives the same worlds as the engine."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
from collections import Counter
from pathlib import Path

import mesa
import numpy as np
import pytest
from twin_compare import Case, same
from twin_draws import TwinDraws
from twin_model import TwinModel
from twin_people import Consumer
from twin_watching import as_numbers, watched
from twin_words import KINDS, NO_DRAW, PROCESSES
from twin_worlds import by_lot, dense, small

from influence_sim.core.draws import Process
from influence_sim.core.messages import Kind
from influence_sim.networks import erdos_renyi
from influence_sim.strategies import CATALOGUE

HERE = Path(__file__).parent
DATA = {"levers", "setting", "observation", "courses"}
"""Modules of the core that say what there is, not what happens."""

ONE_INCIDENT = {
    "once": {"day": 2, "duration_days": 2},
    "repeated": {"day": 2, "repeats": 2, "every_days": 3, "duration_days": 3, "hit_share": 0.4},
    "at random": {"day": 1, "per_year": 150.0, "hit_share": 0.3},
    "people named": {"day": 2, "hit": [1, 4, 8, 15, 33, 61], "repeats": 2, "every_days": 2, "duration_days": 2},
}

OTHER_WORLDS = {
    "quarters of an hour": ({"step_hours": 0.25}, "faker"),
    "half-hours": ({"step_hours": 0.5}, "carer"),
    "steps of two hours": ({"step_hours": 2.0}, "everything"),
    "one step a day": ({"step_hours": 24.0}, "carer"),
    "contagion needs others": ({"parameters.contagion_threshold": 0.2, "parameters.visibility": 0.8}, "faker"),
    "answering too much": ({"parameters.over_reply_penalty": 0.8, "parameters.over_reply_from": 0.05}, "carer"),
    "cascades": ({"parameters.base_reproduction": 0.5, "parameters.arousal_sharing": 8.0}, "opaque"),
    "hardly any attention": ({"parameters.attention": 1.0, "parameters.base_reproduction": 0.6}, "rush_in"),
    "no money": ({"budget": 0.0, "companies.0.budget": 0.0}, "carer"),
    "no burn-in": ({"burn_in_days": 0}, "turncoat"),
    "one attribute": ({"attributes": 1, "companies.2.product": [0.3]}, "carer"),
    "nobody follows anybody's cause": ({"parameters.boycott_days": 0.0, "parameters.vocal_bias": 0.6}, "faker"),
}


def agree(case: Case) -> None:
    found = case.first_difference()
    if found:
        world = f"{case.scenario.name}, {case.strategy}, seed {case.seed}, replicate {case.replicate}"
        pytest.fail("\n".join([f"{world}: engine and twin part", *found[:40]]))


@pytest.mark.parametrize("strategy", CATALOGUE)
def test_every_strategy_of_the_catalogue(strategy):
    agree(Case(small(), strategy))


@pytest.mark.study
@pytest.mark.parametrize("strategy", CATALOGUE)
def test_strategies_that_take_their_time(strategy):
    """Schedules, surveys, imitation and changes of the product need a month or two."""
    agree(Case(small({"days": 65, "burn_in_days": 27, "network.consumers": 40}), strategy, seed=2))


@pytest.mark.parametrize("strategy", ["faker", "carer", "turncoat", "everything", "copycat", "reader"])
def test_strategies_of_the_scenario(strategy):
    agree(Case(small(), strategy, seed=3, replicate=1))


@pytest.mark.parametrize("how", ONE_INCIDENT)
@pytest.mark.parametrize("kind", ["delay", "defect", "scandal", "slip"])
def test_every_kind_of_incident(kind, how):
    agree(Case(small({"days": 8, "incident": [{"kind": kind, **ONE_INCIDENT[how]}]}), "hybrid"))


@pytest.mark.parametrize("name", OTHER_WORLDS)
def test_other_worlds(name):
    changes, strategy = OTHER_WORLDS[name]
    agree(Case(small(changes), strategy))


@pytest.mark.parametrize("number", range(8))
def test_worlds_by_lot(number):
    agree(Case(by_lot(number), "way0", seed=number, replicate=number % 3))


@pytest.mark.study
@pytest.mark.parametrize("number", range(8, 128))
def test_more_worlds_by_lot(number):
    agree(Case(by_lot(number), "way0", seed=number, replicate=number % 3))


@pytest.mark.parametrize("sign", [7, -7])
def test_nodes_of_other_names(sign):
    """Draws know people by the graph's ids, which may be any integers; order is by place."""
    graph = erdos_renyi(80, 8, 3)
    ids = sign * np.random.default_rng(1).permutation(80).astype(np.int64) + 5
    agree(Case(small(), "carer", seed=-5, replicate=-3, graph=dataclasses.replace(graph, ids=ids)))


@pytest.mark.study
def test_several_desks():
    changes = {
        "network.consumers": 2600,
        "burn_in_days": 1,
        "parameters.spam_rate": 1.0,
        "budget": 1e5,
        "levers.carer.reply_capacity": 1.0,
        "levers.carer.reply_priority": 0.0,
    }
    agree(Case(small(changes), "slow_reply"))


# what a company sees


def test_companies_see_the_same_and_act_on_it():
    case, watchers = watched(62)
    agree(case)
    ours, theirs = watchers
    assert len(ours.seen) == len(theirs.seen) == 62
    for evening, (one, other) in enumerate(zip(ours.seen, theirs.seen, strict=True)):
        mine, its = as_numbers(one), as_numbers(other)
        assert mine.keys() == its.keys()
        for path, value in mine.items():
            alike = value == its[path] if isinstance(value, str) else same(float(value), float(its[path]))
            assert alike, f"evening {evening}, {path}: engine {its[path]} twin {value}"
    last = ours.seen[-1]
    assert last.own.share_gained != 0
    assert max(seen.waiting for seen in ours.seen) > 0
    assert not math.isnan(last.own.response_hours)


# nothing is idle


def test_everything_happens_in_the_dense_world():
    case = Case(dense(), "faker")
    agree(case)
    twin = case.played
    written = Counter(KINDS[message.kind] for message in twin.messages)
    assert set(written) == set(KINDS), f"no {set(KINDS) - set(written)}"
    drawn = {PROCESSES[number - 1] for number in twin.draws.made}
    assert drawn == set(PROCESSES) - NO_DRAW
    storms = [storm for company in twin.companies for storm in company.watch.storms]
    assert any(storm.ended is not None for storm in storms)
    days = [day for company in twin.companies for day in company.days]
    for name in ("removed", "missed", "deleted", "unpaid", "seen_through", "surveyed", "updates", "lost", "bursts"):
        assert sum(day[name] for day in days) > 0, f"nothing was {name}"
    views = [view for person in twin.people for view in person.views]
    assert any(view.failed_recoveries > 1 for view in views)
    assert any(message.uninvited and math.isfinite(message.answered_at) for message in twin.messages)
    assert any(message.parent is not None and message.kind == Kind.PRAISE for message in twin.messages)
    assert sum(map(sum, twin.switches)) > 0


# what the twin is


def test_numbers_to_check_against():
    page = (HERE.parents[1] / "docs/draws.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (\d+) \| (\S+) \| (.+) \| `([0-9a-f]{16})` \|$", page, re.M)
    assert len(rows) == 4
    for seed, replicate, process, time, ids, bits in rows:
        words = [int(word) for word in re.findall(r"-?\d+", ids.replace("−", "-"))]
        draws = TwinDraws(int(seed.replace("−", "-")), int(replicate.replace("−", "-")))
        assert f"{draws.bits(int(process), int(time.replace('−', '-')), tuple(words)):016x}" == bits


def test_names_and_numbers_are_the_engines():
    ours = {name: number for number, name in enumerate(PROCESSES, 1)}
    assert ours.items() <= {one.name: int(one) for one in Process}.items()
    assert {name: number for number, name in enumerate(KINDS)} == {one.name: int(one) for one in Kind}


def test_it_is_a_plain_mesa_model():
    twin = TwinModel(small({"burn_in_days": 0}).setting(erdos_renyi(30, 4, 1)), seed=1, replicate=2)
    assert isinstance(twin, mesa.Model)
    for _ in range(30):
        twin.step()
    assert len(twin.agents_by_type[Consumer]) == 30
    assert len(twin.agents) == 33
    assert len(twin.measured) == 1


def test_it_shares_no_behaviour_with_the_engine():
    for file in HERE.glob("twin_*.py"):
        if file.stem in ("twin_compare", "twin_watching", "twin_worlds"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.partition(".")[0] != "numpy", f"{file.name} uses {name}"
                if name.startswith("influence_sim"):
                    assert name.removeprefix("influence_sim.core.") in DATA, f"{file.name} uses {name}"
