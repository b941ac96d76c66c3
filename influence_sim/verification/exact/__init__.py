"""Exact results, or asymptotic ones in large populations: textbook models, and parts of the model, against theory."""

from influence_sim.verification.exact import opinions, parts, seeding, spreading
from influence_sim.verification.findings import Check

CHECKS: tuple[Check, ...] = (
    Check("independent-cascade", spreading.cascades_on_random_graphs),
    Check("configuration-graph", spreading.cascades_on_configuration_graphs),
    Check("borel", spreading.small_cascades),
    Check("watts-threshold", spreading.threshold_cascades),
    Check("structural-virality", parts.virality),
    Check("greedy-seeding", seeding.greedy_seeding),
    Check("bass", spreading.adoption),
    Check("sir", spreading.epidemic),
    Check("daley-kendall", spreading.rumour),
    Check("degroot-friedkin-johnsen", opinions.averaging),
    Check("bounded-confidence", opinions.bounded_confidence),
    Check("queue", parts.queue),
    Check("needs", parts.needs),
    Check("irrelevant-alternatives", parts.irrelevant_alternatives),
    Check("kalman", parts.filtering),
    Check("reaction-times", parts.reactions),
)
"""Every row of the list of exact and asymptotic results that the model must reproduce."""
