"""Experience, choice, what people make of it, and loyalty (submodels 1, 2, 3 and 13)."""

from __future__ import annotations

import numpy as np
from numpy import clip, exp, log1p, maximum, where
from scipy.special import expit as logistic

from influence_sim.core.equations.table import (
    Value,
    at_least_once,
    equation,
    fading,
    negative,
    positive,
    single,
    squared_length,
)
from influence_sim.core.parameters import Parameters

# 1. experience


@equation(1, "Q")
def fit(p: Parameters, demand: Value, taste: Value, product: Value) -> Value:
    """Return how well products fit consumers; the arguments' last axis is of attributes."""
    return exp(-squared_length(demand + taste - product) / (2 * p.fit_width**2))


@equation(1, "P(F = 1)")
def failure(p: Parameters, failure_rate: Value, prevention: Value) -> Value:
    """Return the probability that a purchase fails."""
    return failure_rate * (1 - p.prevention_effect * prevention)


@equation(1, "z")
def severity_of_a_failure(p: Parameters, uniform: Value) -> Value:
    """Return how bad a routine failure is; that of an incident is given."""
    return 2 * p.failure_severity * uniform


@equation(1, "X")
def quality(p: Parameters, fit: Value, severity: Value, failed: Value, noise: Value) -> Value:
    """Return the quality that is experienced."""
    return clip(fit - severity * failed + p.experience_noise * noise, 0, 1)


@equation(1, "D", source="Oliver 1980")
def surprise(quality: Value, expectation: Value) -> Value:
    """Return by how much an experience is better than expected (expectancy disconfirmation)."""
    return quality - expectation


@equation(1, "S", "+", source="Oliver 1980; Anderson & Sullivan 1993")
def satisfaction(p: Parameters, satisfaction: Value, quality: Value, surprise: Value) -> Value:
    """Return how an experience changes satisfaction: half of it is quality, half surprise, and losses loom larger."""
    return p.satisfaction_rate * (
        clip(0.5 * (2 * quality - 1) + 0.5 * (positive(surprise) - p.loss_aversion * negative(surprise)), -1, 1)
        - satisfaction
    )


@equation(1, "E", "+")
def expectation(p: Parameters, surprise: Value) -> Value:
    """Return how an experience changes what is expected."""
    return p.expectation_rate * surprise


@equation(1, "E", "+")
def claimed(p: Parameters, claim: Value) -> Value:
    """Return what a post or ad that is read adds to what is expected."""
    return p.claim_effect * claim


@equation(1, "d")
def problem(severity: Value, failed: Value, surprise: Value) -> Value:
    """Return the problem felt: the worse of failure and disappointment."""
    return clip(maximum(severity * failed, -surprise), 0, 1)


@equation(1, "bad, if")
def bad(p: Parameters, surprise: Value) -> Value:
    """Return whether an experience is so bad that one leaves, speaks up, or decides to stay silent."""
    return surprise < -p.tolerance


@equation(1, "g", "←")
def upset(arousal: Value, problem: Value) -> Value:
    """Return how worked up a bad experience leaves a consumer."""
    return maximum(arousal, problem)


# 2. choice


@equation(2, "P(need)")
def need(need_rate: Value) -> Value:
    """Return the probability that a consumer needs the product on a day."""
    return at_least_once(need_rate)


@equation(2, "U", source="McFadden 1974")
def utility(
    p: Parameters, expectation: Value, preference: Value, trust: Value, attitude: Value, adstock: Value
) -> Value:
    """Return the utility of a company, without the bonus of one's own and without its Gumbel draw; nobody has 0."""
    return (
        p.choice_expectation * expectation
        + preference
        + p.choice_trust * (trust - 0.5)
        + p.choice_attitude * attitude
        + p.choice_adstock * log1p(adstock / p.adstock_scale)
    )


@equation(2, "U of one's own", "+")
def bonus(p: Parameters, loyalty: Value, reward: Value) -> Value:
    """Return what a choice adds to the utility of the company whose customer one is."""
    return p.choice_loyalty * loyalty + p.reward_utility * reward


# 3. exit, voice, silence


@equation(3, "exit", source="Hirschman 1970")
def leaving(p: Parameters, best_other: Value, own: Value, loyalty: Value) -> Value:
    """Return the utility of leaving after a bad experience; that of silence is 0."""
    return p.exit_intercept + (best_other - own) - p.exit_loyalty * loyalty


@equation(3, "voice", source="Hirschman 1970; Goodman & Newman")
def speaking_up(p: Parameters, problem: Value, responsiveness: Value, loyalty: Value) -> Value:
    """Return the utility of complaining after a bad experience, without what tastes add to it."""
    return (
        p.voice_intercept
        + p.voice_severity * problem
        + p.voice_responsiveness * (responsiveness - 0.3)
        + p.voice_loyalty * loyalty
    )


@equation(3, "voice", "+")
def outspokenness(p: Parameters, tastes: Value, attributes: int) -> Value:
    """Return what tastes add to the utility of complaining.

    Against the logistic noise of the logit it gives the correlation ρ_v between taste and speaking up.
    """
    return (
        p.vocal_bias
        / (1 - p.vocal_bias**2) ** 0.5
        * np.pi
        / 3**0.5
        * (tastes / (max(p.taste_spread, 1e-9) * attributes**0.5))
    )


@equation(3, "s of a complaint")
def valence_of_a_complaint(problem: Value) -> Value:
    """Return how unfavourable a complaint is."""
    return -(0.5 + 0.5 * problem)


@equation(3, "P(praise)", source="East, Hammond & Wright 2007")
def praising(p: Parameters, surprise: Value, fan: Value) -> Value:
    """Return the probability of praise after an experience not worse than expected."""
    return logistic(p.praise_intercept + p.praise_delight * surprise) * where(fan, p.fan_praise, 1)


@equation(3, "s of praise")
def valence_of_praise(surprise: Value) -> Value:
    """Return how favourable praise is."""
    return 0.5 + 0.5 * clip(surprise, 0, 1)


@equation(3, "hour of a post")
def hour_of_telling(p: Parameters, hours: Value, uniform: Value) -> Value:
    """Return when something is told that may be told from ``hours`` on."""
    return hours + p.voice_spread * uniform


@equation(3, "P(on the page)")
def on_the_page(page_open: Value, trust: Value) -> Value:
    """Return the probability that something is told on the company's page, and not among peers."""
    return page_open * trust


# 13. loyalty


@equation(13, "L", "+")
def loyalty(p: Parameters, loyalty: Value, satisfaction: Value, trust: Value, attitude: Value) -> Value:
    """Return how loyalty follows in a day."""
    return single(fading(p.loyalty_half_life)) * (
        logistic(
            single(p.loyalty_satisfaction) * satisfaction
            + single(p.loyalty_trust) * (2 * trust - 1)
            + single(p.loyalty_attitude) * attitude
        )
        - loyalty
    )


@equation(13, "fan, if")
def is_fan(p: Parameters, loyalty: Value, attitude: Value) -> Value:
    """Return who is a fan of a company."""
    return (loyalty > p.fan_loyalty) & (attitude > p.fan_attitude)
