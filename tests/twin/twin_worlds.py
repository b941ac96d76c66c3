"""Worlds to compare: one in which every constant tells, and worlds drawn by lot."""

from __future__ import annotations

import random
from typing import Any

from worlds import whole

from influence_sim.core.levers import LEVERS
from influence_sim.core.parameters import ORIGINS, Parameters
from influence_sim.core.setting import COSTS, Costs
from influence_sim.scenario import Scenario

USUAL, USUAL_COSTS = Parameters(), Costs()

SMALL = {"network.consumers": 80, "network.mean_degree": 8.0, "days": 10, "burn_in_days": 3}

DENSE = {
    "over_reply_penalty": 0.5,
    "over_reply_from": 0.05,
    "contagion_threshold": 0.1,
    "attention": 1.5,
    "case_lifetime": 8.0,
    "base_reproduction": 0.4,
    "lag_limit": 3.0,
    "wear_out_from": 2.0,
    "fan_loyalty": 0.6,
    "negativity": 1.3,
    "boycott_memory": 3.0,
}


def small(changes: dict[str, Any] | None = None) -> Scenario:
    """A small world in which companies pull every lever."""
    return whole({**SMALL, **(changes or {})})


def dense() -> Scenario:
    """A world in which what is off by default is on, too, and attention binds."""
    constants = {f"parameters.{name}": value for name, value in DENSE.items()}
    return small({"days": 14, "companies.2.budget": 40.0, **constants})


def answering() -> Scenario:
    """A world in which answers, prevention and belief in speaking up decide more."""
    return small(
        {
            "incident": [
                {"kind": "defect", "company": "talkative", "day": 1, "duration_days": 2, "hit_share": 0.6},
                {"kind": "delay", "day": 3, "duration_days": 2, "hit_share": 0.7, "severity": 0.3},
            ],
            "levers.carer.prevention": 0.8,
            "levers.carer.public_replies": 1.0,
            "levers.everything.public_replies": 1.0,
            "budget": 400.0,
            "companies.0.budget": 400.0,
            "parameters.base_reproduction": 0.4,
            "parameters.arousal_sharing": 6.0,
            "parameters.voice_intercept": -2.0,
            "parameters.repost": 0.2,
            "parameters.boycott_arousal": 1.0,
            "parameters.tolerance": 0.05,
            "parameters.failure_severity": 0.5,
            **{f"companies.{number}.failure_rate": 0.5 for number in range(3)},
            "parameters.exit_intercept": -6.0,
            "parameters.responsiveness_rate": 0.7,
            "parameters.update_responsiveness": 0.6,
        }
    )


CEILINGS = {
    "paid_reach": 1.5, "posts_per_day": 4, "astroturf_posts": 40, "influencer_seeds": 60, "reply_capacity": 8,
    "deletion_delay": 6, "survey_size": 300, "ask_period": 5, "survey_period": 5, "survey_latency": 4, "lead_time": 4,
}  # fmt: skip
"""Levers that are drawn from less than their range, or little would happen within a week."""


def conduct_by_lot(lot: random.Random, companies: int) -> dict[str, dict[str, float]]:
    """Levers of every company, and of a strategy that the focal one takes up later."""
    conduct: dict[str, dict[str, float]] = {f"way{number}": {} for number in range(companies + 1)}
    for name, lever in LEVERS.items():
        for row in conduct.values():
            if lot.random() < 0.6:
                value = lot.uniform(lever.low, CEILINGS.get(name, lever.high))
                row[name] = float(round(value)) if lever.unit == "0 or 1" else value
    return conduct


def constants_by_lot(lot: random.Random) -> dict[str, float]:
    """Half of all constants: mostly near what is usual, now and then at an end of the range."""
    found = {}
    for name, origin in ORIGINS.items():
        low, high, usual = origin.low, origin.high, getattr(USUAL, name)
        if lot.random() < 0.5:
            continue
        if lot.random() < 0.15:
            found[name] = lot.choice([low, min(high, max(3 * usual, low + 1))])
            continue
        value = usual * lot.uniform(0.3, 2.5) if usual else lot.uniform(0, 0.6) * min(high - low, 1)
        found[name] = min(max(value, low), high)
    return found | {"need_interval": lot.uniform(1, 6), "improvement_period": float(lot.randint(1, 4))}


def incident_by_lot(lot: random.Random, companies: int) -> dict[str, Any]:
    incident: dict[str, Any] = {
        "kind": lot.choice(["delay", "defect", "scandal", "slip"]),
        "company": f"c{lot.randrange(companies)}",
        "day": lot.randint(0, 3),
        "duration_days": lot.randint(1, 3),
        "severity": lot.random(),
    }
    if lot.random() < 0.3:
        incident["hit"] = lot.sample(range(40), 8)
    else:
        incident["hit_share"] = lot.random()
    if lot.random() < 0.4:
        incident["per_year"] = 150.0
    elif incident["duration_days"] == 1:
        incident |= {"repeats": 2, "every_days": lot.randint(1, 2)}
    return incident


def by_lot(number: int) -> Scenario:
    """A world whose companies, constants, incidents, network and steps are drawn by lot."""
    lot = random.Random(number)
    companies, attributes = lot.randint(1, 4), lot.randint(1, 3)
    network = {
        "kind": lot.choice(["erdos_renyi", "small_world", "heavy_tailed"]),
        "consumers": lot.randint(40, 70),
        "mean_degree": float(lot.choice([2, 6, 10])),
        "seed": number,
    }
    market = [
        {
            "name": f"c{place}",
            "strategy": f"way{place + 1}",
            "failure_rate": lot.choice([0.0, 0.2, 0.5, 1.0]),
            "appeal": lot.choice([0.0, 0.0, 1.5, -2.0]),
            "product": [lot.uniform(-0.5, 0.5) for _ in range(attributes)],
        }
        for place in range(companies)
    ]
    return Scenario.of(
        {
            "name": f"lot {number}",
            "days": 7,
            "burn_in_days": lot.randint(0, 3),
            "step_hours": lot.choice([0.25, 0.5, 1.0, 1.0, 2.0, 3.0, 8.0, 24.0]),
            "attributes": attributes,
            "budget": lot.choice([0.0, 60.0, 300.0, 1e5]),
            "network": network,
            "companies": market,
            "levers": conduct_by_lot(lot, companies),
            "schedule": {"way0": [{"day": lot.randint(1, 3), "strategy": "way1"}]},
            "incident": [incident_by_lot(lot, companies) for _ in range(lot.randint(0, 3))],
            "costs": {name: getattr(USUAL_COSTS, name) * lot.choice([0.2, 1, 3]) for name in COSTS},
            "parameters": constants_by_lot(lot),
        }
    )
