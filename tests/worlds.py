"""Tiny worlds for tests: graphs, settings, a scenario in which everything happens, and words put into mouths."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from influence_sim.core.calendar import Calendar
from influence_sim.core.draws import Draws
from influence_sim.core.graph import Graph
from influence_sim.core.levers import Levers
from influence_sim.core.messages import Kind, message_id
from influence_sim.core.parameters import Parameters
from influence_sim.core.propagation import Items
from influence_sim.core.setting import Costs, Incident, Setting
from influence_sim.core.state import COLUMNS, State
from influence_sim.core.worlds import Worlds
from influence_sim.networks import erdos_renyi
from influence_sim.scenario import Scenario
from influence_sim.strategies import CATALOGUE


def isolates(nodes: int) -> Graph:
    """Return a graph in which nobody follows anybody."""
    return Graph.from_arcs([], [], nodes)


def star(followers: int) -> Graph:
    """Return a graph in which everybody follows node 0, and nobody else."""
    return Graph.from_arcs(np.zeros(followers, int), np.arange(1, followers + 1), followers + 1)


def random_graph(nodes: int = 60, degree: float = 6, seed: int = 1) -> Graph:
    """Return a directed Erdős–Rényi graph."""
    return erdos_renyi(nodes, degree, seed)


def make(
    graph: Graph,
    *,
    levers: Any = ({},),
    replicates: int = 1,
    seed: int = 1,
    attributes: int = 1,
    products: Any = None,
    failure_rate: float = 0.0,
    budget: Any = 1e6,
    costs: Costs | None = None,
    incident: Incident | tuple[Incident, ...] = (),
    appeals: Any = None,
    burn_in_days: int = 0,
    step_hours: float = 1.0,
    **parameters: float,
) -> Worlds:
    """Return worlds at their beginning: one per replicate, with one company per row of ``levers``.

    What is not named has the library's default, except that nothing fails and money is no object.
    """
    companies = len(levers)
    setting = Setting(
        graph=graph,
        products=np.zeros((companies, attributes)) if products is None else np.asarray(products, float),
        failure_rates=np.full(companies, failure_rate),
        parameters=Parameters.of(parameters),
        costs=costs or Costs(),
        budgets=np.broadcast_to(np.asarray(budget, float), companies).copy(),
        names=tuple(f"company {number}" for number in range(companies)),
        incidents=incident if isinstance(incident, tuple) else (incident,),
        appeals=None if appeals is None else np.asarray(appeals, float),
        burn_in_days=burn_in_days,
        step_hours=step_hours,
    )
    draws = Draws.for_replicates(seed, np.arange(replicates))
    return Worlds(setting, draws, Levers.stack([row for _ in range(replicates) for row in levers]))


def fork(worlds: Worlds) -> Worlds:
    """Return a copy that shares nothing with the original."""
    return deepcopy(worlds)


def write(worlds: Worlds, kind: Kind, author: Any, *, row: Any = 0, born: Any = None, **columns: Any) -> np.ndarray:
    """Write messages of ``author`` (one or many) into the table, without publishing them; return their numbers."""
    author, row = np.broadcast_arrays(np.atleast_1d(author), np.atleast_1d(row))
    first = len(worlds.messages)
    ids = message_id(kind, author, worlds.company_of_row[row], worlds.step, np.arange(first, first + author.size))
    return worlds.messages.append(
        author.size, id=ids, row=row, author=author, kind=kind, born=worlds.now if born is None else born, **columns
    )


def items(worlds: Worlds, copies: Any, readers: Any) -> Items:
    """Return items as if ``readers`` saw ``copies`` now."""
    copies, readers = np.broadcast_arrays(np.atleast_1d(copies), np.atleast_1d(readers))
    table = worlds.messages
    row = table.row[copies]
    return Items(
        np.full(copies.size, worlds.now),
        copies.astype(np.int32),
        readers.astype(np.int32),
        table.root[copies],
        row,
        row.astype(np.int64) * worlds.size.consumers + readers,
    )


def waiting_in(calendar: Calendar, last_step: int) -> tuple[np.ndarray, ...]:
    """Return all entries that fall due up to ``last_step``, without taking them out: due times, then columns."""
    copy = deepcopy(calendar)
    parts = [copy.take(step) for step in range(last_step + 1)]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def differences(one: State, other: State, columns: Any = None) -> list[str]:
    """Return the names of the columns in which two states differ in at least one bit."""
    return [
        name
        for name in columns or COLUMNS
        if not np.array_equal(getattr(one, name), getattr(other, name), equal_nan=COLUMNS[name].dtype in ("f4", "f8"))
    ]


DIALOGUE = dict(CATALOGUE["dialogue"].levers)

BUSY_LEVERS = {
    "everything": {
        **DIALOGUE,
        "posts_per_day": 2.5,
        "paid_reach": 0.6,
        "claim": 0.5,
        "reply_capacity": 6.0,
        "reply_priority": 1.0,
        "public_replies": 0.7,
        "compensation": 0.5,
        "lead_time": 3.0,
    },
    "copycat": DIALOGUE,
    "reader": {"listening": 1.0},
}

BUSY_STRATEGIES = ("broadcast", "dialogue", "everything")


def busy(changes: dict[str, Any] | None = None) -> Scenario:
    """Return a small scenario in which everything that can happen does; ``changes`` are by dotted key."""
    return Scenario.of(
        {
            "days": 12,
            "burn_in_days": 7,
            "budget": 155.0,
            "network": {"consumers": 240, "mean_degree": 12.0},
            "companies": [
                {"name": "focal", "failure_rate": 0.2},
                {"name": "loud", "strategy": "broadcast", "failure_rate": 0.2},
                {"name": "talkative", "strategy": "dialogue", "failure_rate": 0.2, "product": [0.2, -0.2, 0.0]},
            ],
            "incident": {"day": 4, "duration_days": 3, "hit_share": 0.6, "severity": 0.8},
            "levers": BUSY_LEVERS,
            "parameters": {
                "need_interval": 3.0,
                "page_visibility": 0.5,
                "base_reproduction": 0.2,
                "praise_intercept": 0.5,
                "loyalty_satisfaction": 6.0,
                "taste_spread": 0.35,
                "inciter_share": 0.15,
                "spam_rate": 5.0,
                "attention": 3.0,
                "repost": 0.6,
                "fan_rebuttal": 0.6,
                "loyalty_half_life": 2.0,
                "attitude_rate": 0.3,
                "peer_rate": 0.01,
                "confidence_bound": 1.0,
                "voice_intercept": -2.0,
                "wear_out_from": 2.0,
                "unfollow": 0.2,
                "vocal_bias": 0.3,
                "over_reply_penalty": 0.2,
                "improvement_period": 5.0,
                "patience": 4.0,
            },
        }
    ).with_values(changes or {})


WHOLE_LEVERS = {
    **BUSY_LEVERS,
    "carer": {
        **BUSY_LEVERS["everything"],
        "paid_reach": 0.1,
        "posts_per_day": 1.0,
        "sincerity": 0.9,
        "outreach": 0.5,
        "spam_caught": 0.5,
        "spam_false_alarms": 0.2,
        "ask_period": 3.0,
        "survey_period": 4.0,
        "survey_size": 150.0,
        "survey_latency": 2.0,
        "prevention": 0.3,
        "reward_value": 0.4,
        "improvement_capacity": 0.1,
    },
    "faker": {
        "posts_per_day": 2.0,
        "paid_reach": 0.3,
        "claim": 0.5,
        "influencer_seeds": 25.0,
        "seed_rule": 0.0,
        "reply_capacity": 2.0,
        "empathy": 1.0,
        "sincerity": 0.3,
        "listening": 0.9,
        "ask_period": 5.0,
        "circle_back": 0.8,
        "astroturf_posts": 12.0,
        "page_open": 0.8,
        "deletion_rate": 0.8,
        "deletion_delay": 3.0,
        "lead_time": 2.0,
    },
    "turncoat": {"posts_per_day": 2.0, "listening": 1.0, "deletion_rate": 0.9},
}
"""Between them, these companies pull every lever there is."""

WHOLE_STRATEGIES = ("faker", "carer", "turncoat", "silent")


def whole(changes: dict[str, Any] | None = None) -> Scenario:
    """Return a busy scenario in which every mechanism is at work and, in every world, somebody pulls every lever.

    Incidents of all kinds strike, once, again and again, and at random.
    """
    return busy(
        {
            "budget": 160.0,
            "companies.0.budget": 60.0,
            "levers": WHOLE_LEVERS,
            "schedule": {
                "turncoat": [{"day": 3, "strategy": "dialogue"}, {"day": 7, "levers": {"sincerity": 0.2}}],
            },
            "companies.1.strategy": "faker",
            "companies.2.strategy": "carer",
            "incident": [
                {"day": 4, "duration_days": 3, "hit_share": 0.6, "severity": 0.8},
                {"kind": "scandal", "company": "loud", "day": 3, "repeats": 2, "every_days": 5, "duration_days": 2},
                {"kind": "defect", "company": "talkative", "day": 3, "per_year": 120, "duration_days": 2},
            ],
            **{f"parameters.{name}": value for name, value in WHOLE_PARAMETERS.items()},
        }
    ).with_values(changes or {})


WHOLE_PARAMETERS = {
    "answering": 0.9,
    "boycott_threshold": 0.5,
    "boycott_arousal": 0.2,
    "boycott_days": 5.0,
    "expose": 0.4,
    "viewer_notices": 0.4,
    "voice_intercept": -1.0,
    "page_visibility": 0.4,
    "deletion_trust": 0.1,
    "insincerity_trust": 0.1,
}
