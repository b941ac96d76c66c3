"""What companies learn, make, ask and spend, and what ads do (submodels 9 to 12, 14 and 18)."""

from __future__ import annotations

from numpy import clip, maximum, minimum

from influence_sim.core.equations.table import Value, equation, lasting, single
from influence_sim.core.parameters import Parameters

# 9. queue


@equation(9, "cases an hour of a desk")
def pace(reply_capacity: Value, scale: float, desks: int) -> Value:
    """Return how fast a desk works; its times are exponential, with one over this as their mean."""
    return reply_capacity * scale / desks


@equation(9, "spam a step, on average")
def spam(p: Parameters, scale: float, step_hours: float) -> Value:
    """Return the mean of the Poisson number of spam posts to a company with staff."""
    return p.spam_rate * scale * step_hours


# 10. drift and listening


@equation(10, "θ̄", "+")
def drift(p: Parameters, normal: Value) -> Value:
    """Return how common demand wanders in a day, per attribute."""
    return p.demand_drift * normal


@equation(10, "σ_y")
def vagueness(p: Parameters, specific: Value) -> Value:
    """Return how far what people say is from what they want."""
    return p.opinion_noise + specific * (p.specific_noise - p.opinion_noise)


@equation(10, "y")
def opinion(demand: Value, taste: Value, vagueness: Value, noise: Value) -> Value:
    """Return what somebody says they want of an attribute."""
    return demand + taste + vagueness * noise


@equation(10, "precision of y")
def precision_of_a_post(p: Parameters, vagueness: Value) -> Value:
    """Return how much an opinion tells of common demand, from which its author differs by own taste."""
    return 1 / (vagueness**2 + p.taste_spread**2)


@equation(10, "P", "+", source="Kalman 1960")
def forgetting(p: Parameters) -> Value:
    """Return how much less a company knows after a day of which it has heard nothing."""
    return p.demand_drift**2


@equation(10, "G", source="Kalman 1960")
def gain(variance: Value, precision: Value) -> Value:
    """Return how far an estimate follows what was measured."""
    return variance * precision / (1 + variance * precision)


@equation(10, "m", "+", source="Kalman 1960")
def estimate(estimate: Value, measured: Value, gain: Value) -> Value:
    """Return how a company's estimate follows the news."""
    return gain * (measured - estimate)


@equation(10, "P", "×", source="Kalman 1960")
def doubt_left(gain: Value) -> Value:
    """Return which share of its estimate's variance a company keeps after the news."""
    return 1 - gain


@equation(10, "share surveyed")
def survey_share(p: Parameters, survey_size: Value) -> Value:
    """Return which share of the consumers a survey hears, as far as it is paid for."""
    return minimum(p.survey_response * survey_size / 1000, 1)


@equation(10, "variance of a survey's mean")
def survey_error(p: Parameters, asked: Value, survey_latency: Value) -> Value:
    """Return how far a survey may be off when it is there."""
    return (p.specific_noise**2 + p.taste_spread**2) / maximum(asked, 1) + p.demand_drift**2 * survey_latency


# 11. improvement and prevention


@equation(11, "change")
def change(action_share: Value, estimate: Value, planned: Value, improvement_capacity: Value) -> Value:
    """Return how far a company wants to move its product, per attribute."""
    return clip(action_share * (estimate - planned), -improvement_capacity, improvement_capacity)


@equation(11, "fixed")
def fixing(p: Parameters, action_share: Value, improvement_capacity: Value, reports: Value) -> Value:
    """Return which share of its failures a company wants to mend."""
    return action_share * improvement_capacity * reports / (reports + p.fixes_half)


@equation(11, "f", "×")
def mended(fixed: Value) -> Value:
    """Return which share of its failures a product keeps at the release."""
    return 1 - fixed


# 12. asking and circling back


@equation(12, "P(answer)")
def answering(p: Parameters, responsiveness: Value, ask_fatigue: Value) -> Value:
    """Return the probability that who is asked answers."""
    return p.answering * responsiveness * (1 - ask_fatigue)


@equation(12, "fatigue", "←")
def tired(p: Parameters, ask_fatigue: Value) -> Value:
    """Return how tired of questions somebody is after one."""
    return ask_fatigue + p.ask_fatigue * (1 - ask_fatigue)


@equation(12, "fatigue", "×")
def rest_by_a_night(p: Parameters) -> Value:
    """Return which share of fatigue outlasts a night."""
    return single(lasting(p.fatigue_half_life))


@equation(12, "T", "+")
def trust_when_ignored(p: Parameters) -> Value:
    """Return what an answer that nobody uses does to trust."""
    return -p.ignored_trust


@equation(12, "R̂", "+")
def responsiveness_by_an_update(p: Parameters) -> Value:
    """Return what being told of a change does to the belief that speaking up changes something."""
    return p.update_responsiveness


@equation(12, "T", "+")
def trust_by_an_update(p: Parameters) -> Value:
    """Return what being told of a change does to trust."""
    return p.update_trust


# 14. advertising


@equation(14, "a", "×")
def memory_of_ads(p: Parameters) -> Value:
    """Return which share of remembered ads outlasts a night; each one read adds 1."""
    return single(lasting(p.adstock_half_life))


@equation(14, "one too many, if")
def too_many(p: Parameters, ads_this_week: Value) -> Value:
    """Return whether an ad is one too many in its week."""
    return ads_this_week > p.wear_out_from


@equation(14, "O", "+")
def wear_out(p: Parameters) -> Value:
    """Return what one ad too many does to an attitude."""
    return -p.wear_out


# 18. budget and money


@equation(18, "funded (where plan > budget)")
def funded(budget: Value, plan: Value) -> Value:
    """Return by which factor all levers that are bought shrink, where a plan costs more than the budget."""
    return budget / plan


@equation(18, "profit")
def profit(margin: float, sales: Value, spend: Value) -> Value:
    """Return what a company earns."""
    return margin * sales - spend
