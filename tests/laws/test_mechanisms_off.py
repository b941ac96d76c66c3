"""A world in which a mechanism's constants are neutral is, bit by bit, one in which the mechanism does not exist.

The mechanism's function is replaced by one that does nothing, with its constants at work; nothing else may differ, in
any column of the state of any company. A third world, in which the mechanism is at work, differs from both.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from worlds import WHOLE_LEVERS, differences, whole

from influence_sim.core import (
    arrivals,
    campaign,
    engine,
    learning,
    market,
    moderation,
    reading,
    replies,
    service,
    sincerity,
)
from influence_sim.core.levers import LEVERS
from influence_sim.core.measures import STANDARD
from influence_sim.core.parameters import ORIGINS
from influence_sim.experiment.runner import World, prepare

SEED = 8

PLENTY = {
    "days": 10,
    "burn_in_days": 2,
    "step_hours": 6.0,
    "budget": 1e5,
    "companies.0.budget": 1e5,
    "network.consumers": 120,
    # What is not there costs nothing, and what does nothing must not either.
    "costs.influencer": 0.0,
    "costs.fake": 0.0,
    "costs.listening": 0.0,
    "companies.0.strategy": "carer",
    "companies.2.strategy": "copycat",
    "levers.copycat": {"listening": 0.7, "circle_back": 1.0, "lead_time": 2.0, "ask_period": 2.0, "deletion_rate": 0.9},
}
"""Money is no object, so that what a mechanism would cost does not change what else is bought."""


class Mechanism(NamedTuple):
    """Constants or levers to be made neutral, and what would have to be replaced, by module and name."""

    constants: tuple[str, ...]
    replaced: dict[tuple[Any, str], Any]
    levers: tuple[str, ...] = ()


def nothing(*_args, **_columns):
    """Do nothing."""


def nowhere(_worlds, of, *_args, **_columns):
    """Return False for each of something."""
    return np.zeros(len(of), bool)


def nobody(*_args, **_columns):
    """Return the places of nobody."""
    return np.empty(0, np.int64)


def just_upset(worlds, had):
    """Let a scandal make people leave or speak, no more."""
    market.upset(worlds, had, had.severity)


def without_rewards(worlds, world, consumer, rewards=0.0, *, choose=market.choose):
    """Choose as if nobody offered rewards."""
    return choose(worlds, world, consumer)


def plain_failures(worlds):
    """Return failures as if nobody prevented them."""
    return worlds.state.failure_rate


def all_left(worlds, incident):
    """Leave incidents as they are, whatever has been prevented."""
    return np.ones(worlds.size.worlds)


def without_fakes(worlds, items, kind):
    """Take all that is read at face value."""
    return np.zeros(kind.size, bool)


def without_phase(phases, function):
    """The phases of a day without one."""
    left = tuple(phase for phase in phases if phase.run.__name__ != function)
    assert len(left) == len(phases) - 1
    return left


MECHANISMS = {
    "insincerity": Mechanism(
        ("detection", "fake_detection"), {(module, "sees_through"): nowhere for module in (replies, reading, sincerity)}
    ),
    "exposing": Mechanism(("expose",), {(sincerity, "rumour"): nothing}),
    "fakes seen through": Mechanism(("fake_detection",), {(reading, "_see_through_fakes"): without_fakes}),
    "noticing deletions": Mechanism(("author_notices", "viewer_notices"), {(moderation, "_resent"): nobody}),
    "readers' noticing": Mechanism(("viewer_notices",), {(engine, "find_gone"): nothing}),
    "the closed page": Mechanism(("closed_page_trust",), {(market, "find_closed"): nothing}),
    "asking": Mechanism((), {(engine, "DAY"): without_phase(engine.DAY, "ask")}, ("ask_period",)),
    "being ignored": Mechanism(("ignored_trust",), {(learning, "resent_being_ignored"): nothing}),
    "circling back": Mechanism((), {(learning, "circle_back"): nothing}, ("circle_back",)),
    "boycotts": Mechanism(("boycott_days",), {(engine, "DAY"): without_phase(engine.DAY, "join_boycotts")}),
    "boycotts of the calm": Mechanism(
        ("boycott_arousal",), {(engine, "DAY"): without_phase(engine.DAY, "join_boycotts")}
    ),
    "surveys": Mechanism(("survey_response",), {(learning, "survey"): nothing}),
    "prevention": Mechanism(
        ("prevention_effect",), {(module, "failure_probability"): plain_failures for module in (market, arrivals)}
    ),
    "prevention of incidents": Mechanism(("incident_prevention",), {(arrivals, "_left_of"): all_left}),
    "rewards": Mechanism((), {(market, "choose"): without_rewards, (market, "_reward"): nothing}, ("reward_value",)),
    "outreach": Mechanism((), {(service, "_seek_out"): nothing}, ("outreach",)),
    "intrusion": Mechanism(("intrusion",), {(replies, "_intrude"): nowhere}),
    "paid mouths": Mechanism((), {(campaign, "_pay_to_pass_on"): nothing}, ("influencer_seeds",)),
    "faked praise": Mechanism((), {(campaign, "fake_praise"): nothing}, ("astroturf_posts",)),
    "scandals": Mechanism(("scandal_trust", "scandal_attitude"), {(arrivals, "_learn_of_it"): just_upset}),
    "bystanders": Mechanism(("bystander",), {(reading, "watch_answers"): nothing}),
    "rebuttals": Mechanism(("fan_rebuttal",), {(reading, "_rebut"): nothing}),
    "reposts": Mechanism(("repost",), {(replies, "repost"): nothing}),
    "spam": Mechanism(("spam_rate",), {(arrivals, "receive_spam"): nothing}),
    "peers": Mechanism(("peer_rate",), {(engine, "DAY"): without_phase(engine.DAY, "mix_with_peers")}),
}


def run(changes=()):
    """The world of a strategy in which all is at work, with some changes, after some days."""
    scenario = whole({**PLENTY, **dict(changes)})
    made = prepare(scenario, scenario.setting(graph()), [World(None, 0)], seed=SEED, measures=STANDARD)
    made.run_days(scenario.days)
    return made.worlds, np.stack(made.history)


@cache
def graph():
    return whole(PLENTY).graph()


@cache
def with_everything():
    return run()


def neutral(mechanism):
    """The changes that switch a mechanism off, whoever the company."""
    changes = {f"parameters.{name}": ORIGINS[name].neutral for name in mechanism.constants}
    for strategy in ("carer", "faker", "copycat"):
        levers = PLENTY.get(f"levers.{strategy}", WHOLE_LEVERS[strategy])
        changes[f"levers.{strategy}"] = {**levers, **{name: LEVERS[name].neutral for name in mechanism.levers}}
    return changes


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_neutral_mechanism_is_none(name, monkeypatch):
    mechanism = MECHANISMS[name]
    (at_work, _), (off, recorded_off) = with_everything(), run(neutral(mechanism))
    for (where, attribute), replacement in mechanism.replaced.items():
        monkeypatch.setattr(where, attribute, replacement)
    removed, recorded = run()
    assert differences(off.state, removed.state) == []
    np.testing.assert_array_equal(off.switches, removed.switches)
    np.testing.assert_array_equal(recorded_off, recorded)
    assert differences(at_work.state, removed.state) != []
