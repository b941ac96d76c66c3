"""Under which conditions a claim is tried: at the defaults, without its mechanism, where nothing happens, elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from itertools import product
from typing import Any

from scipy.stats import qmc

from influence_sim.claims.claim import Claim
from influence_sim.core.parameters import ORIGINS
from influence_sim.core.setting import COSTS
from influence_sim.experiment.factors import assumptions
from influence_sim.experiment.plan import Point
from influence_sim.scenario import Scenario

WIDTH = 0.5
"""Middle share of each assumption's range that the space consists of: at the ends of all ranges together hardly
anything is left that resembles a market."""

NOTHING_HAPPENS: dict[str, float] = {
    **{f"parameters.{name}": origin.neutral for name, origin in ORIGINS.items() if origin.neutral is not None},
    **{f"costs.{name}": 0.0 for name in COSTS if name != "margin"},
}
"""Every mechanism that can be switched off is, and whatever companies do is free."""


def quiet(scenario: Scenario) -> Point:
    """Return what makes a scenario a world in which nothing happens: no incident, no failure, no effect of anything."""
    incidents = {f"incident.{place}.severity": 0.0 for place in range(len(scenario.incident))}
    failures = {f"companies.{place}.failure_rate": 0.0 for place in range(len(scenario.companies))}
    return {**NOTHING_HAPPENS, **incidents, **failures}


def control(claim: Claim) -> Point:
    """Return what switches off the mechanism that a claim rests on."""
    return claim.control or quiet(claim.scenario)


def mapped(claim: Claim) -> tuple[Point, ...]:
    """Return the points of a claim's phase map: all combinations of its deciding parameters."""
    values = [[claim.as_allowed(key, value) for value in several] for key, several in claim.map.items()]
    return tuple(dict(zip(claim.map, combination, strict=True)) for combination in product(*values))


def space(scenario: Scenario, points: int, seed: int) -> tuple[Point, ...]:
    """Return a Latin hypercube over all assumptions, a scenario's own values in the middle (McKay et al. 1979)."""
    factors = assumptions(scenario, width=WIDTH)
    shares = qmc.LatinHypercube(len(factors), rng=seed).random(points)
    return tuple({one.key: one.at(float(share)) for one, share in zip(factors, row, strict=True)} for row in shares)


def seed_at(seed: int, place: int) -> int:
    """Return the seed of the draws at a point of the space."""
    return int.from_bytes(sha256(f"{seed} {place}".encode()).digest()[:6])


def scenario_of(claim: Claim, settings: Mapping[str, Any], point: Point, *, decisive: bool) -> Scenario:
    """Return the scenario of one side at a point.

    A ``decisive`` point, which switches something off, has the last word; otherwise what the side says has.
    """
    together = {**settings, **point} if decisive else {**point, **settings}
    return claim.scenario.with_values(together) if together else claim.scenario
