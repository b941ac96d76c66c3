"""How people begin, what strikes them, and when many turn against a company (submodels 15 to 17 and 19)."""

from __future__ import annotations

from numpy import minimum, sqrt

from influence_sim.core.contagion import enough
from influence_sim.core.equations.table import Value, at_least_once, equation
from influence_sim.core.parameters import Parameters

# 15. boycott


@equation(15, "worked up, if")
def worked_up(p: Parameters, arousal: Value) -> Value:
    """Return who is worked up enough to join a boycott."""
    return arousal > p.boycott_arousal


@equation(15, "joins, if worked up and", source="Granovetter 1978")
def joins(speakers: Value, boycott_threshold: Value, followees: Value) -> Value:
    """Return who joins a boycott because enough of those they follow have spoken against the company."""
    return enough(speakers, boycott_threshold, followees)


# 16. incidents


@equation(16, "P(strikes on a day)")
def striking(rate: float) -> Value:
    """Return the probability that an incident which comes at random strikes on a day."""
    return at_least_once(rate)


@equation(16, "share hit", "×")
def left_of_an_incident(p: Parameters, failure_rate: Value, failure_rate_at_first: float) -> Value:
    """Return which share of an incident is left when failures are fewer than at the start."""
    return 1 - p.incident_prevention * (1 - failure_rate / failure_rate_at_first)


@equation(16, "s of a scandal")
def valence_of_a_scandal(severity: Value) -> Value:
    """Return how unfavourable news of a scandal is."""
    return -(0.5 + 0.5 * severity)


@equation(16, "O", "+")
def attitude_by_a_scandal(p: Parameters, severity: Value, valence: Value, attitude: Value) -> Value:
    """Return how news of a scandal draws an attitude to its own, unless that is lower already."""
    return p.scandal_attitude * severity * minimum(valence - attitude, 0)


@equation(16, "T", "+")
def trust_by_a_scandal(p: Parameters, severity: Value) -> Value:
    """Return what news of a scandal does to trust."""
    return -p.scandal_trust * severity


# 17. bursts and firestorms


@equation(17, "score", source="Anscombe 1948")
def burst_score(recent: Value, expected: Value) -> Value:
    """Return how far counts over some hours stand out from what was expected, in standard deviations."""
    return 2 * (sqrt(recent + 0.375) - sqrt(expected + 0.375))


@equation(17, "R_neg")
def reproduction(shares_made: Value, shares_due: Value) -> Value:
    """Return how many shares a negative post or share has led to, as if all reactions had come."""
    return shares_made / shares_due


# 19. the beginning


@equation(19, "θ_i")
def first_taste(p: Parameters, normal: Value) -> Value:
    """Return how a consumer's taste differs from common demand, per attribute."""
    return p.taste_spread * normal


@equation(19, "λ")
def first_need_rate(p: Parameters, gamma: Value) -> Value:
    """Return how often a consumer needs the product, per day."""
    return gamma / (p.need_shape * p.need_interval)


@equation(19, "preference")
def first_preference(p: Parameters, appeal: Value, normal: Value) -> Value:
    """Return a consumer's lasting preference for a company."""
    return appeal + p.brand_taste * normal


@equation(19, "φ_i")
def first_boycott_threshold(p: Parameters, normal: Value) -> Value:
    """Return which share of followees against a company makes a consumer join in."""
    return p.boycott_threshold + p.boycott_spread * normal
