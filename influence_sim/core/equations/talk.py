"""What is said, who reads and shares it, and what replies, lies and deletions do (submodels 4 to 8)."""

from __future__ import annotations

from numpy import clip, maximum, minimum, where

from influence_sim.core.equations.table import Value, equation, fading, lasting, single
from influence_sim.core.opinions import anchored, confided
from influence_sim.core.parameters import Parameters

# 4. exposure and sharing


@equation(4, "F(t)", source="Zhao et al. 2015, KDD (SEISMIC)")
def reactions_by(p: Parameters, plateaus: Value) -> Value:
    """Return the share of reactions that come within a time: constant density up to the plateau, then a tail."""
    return where(
        plateaus <= 1,
        plateaus * p.lag_exponent / (1 + p.lag_exponent),
        1 - maximum(plateaus, 1) ** -p.lag_exponent / (1 + p.lag_exponent),
    )


@equation(4, "p₀")
def sharing_of_a_calm_copy(p: Parameters, excess: Value, in_time: Value) -> Value:
    """Return with which probability a reader shares a calm copy, so that it makes R_base further shares."""
    return minimum(1.0, p.base_reproduction / (excess * p.visibility * in_time))


@equation(4, "g_read")
def heat(copy_arousal: Value, cooled: Value, answered_before: Value) -> Value:
    """Return how arousing an item is when it is read: its arousal, less what a public answer took from its thread."""
    return copy_arousal * (single(1) - cooled * answered_before)


@equation(4, "P(share)")
def sharing(
    p: Parameters,
    calm: float,
    heat: Value,
    worth: Value,
    is_negative: Value,
    answered_before: Value,
    corporate: Value,
) -> Value:
    """Return the probability that a reader passes a copy on."""
    return (
        calm
        * (1.0 + p.arousal_sharing * heat * is_negative)
        * (1.0 - p.reply_calming_share * worth * (is_negative & answered_before))
        * where(corporate, single(p.ad_sharing), single(1))
    )


@equation(4, "g_copy of a share")
def inflamed(p: Parameters, copy_arousal: Value, incites: Value, is_negative: Value) -> Value:
    """Return the arousal with which a copy is passed on, or with which somebody complains."""
    return minimum(copy_arousal + incites * single(p.inciter_arousal) * is_negative, 1.0)


@equation(4, "items a step, at most")
def attention(p: Parameters, step_hours: Value) -> Value:
    """Return how many items a consumer reads in a step; it is rounded, halves to the even number."""
    return maximum(p.attention * step_hours, 1)


# 5. reading


@equation(5, "cred")
def credence(p: Parameters, trust: Value, corporate: Value) -> Value:
    """Return how far a reader believes who speaks."""
    return where(corporate, p.ad_persuasion * trust, 1.0)


@equation(5, "O", "+", source="Deffuant et al. 2000")
def attitude(p: Parameters, attitude: Value, valence: Value, credence: Value) -> Value:
    """Return how an item that is read moves an attitude (bounded confidence)."""
    return (
        p.attitude_rate
        * credence
        * where(valence < 0, p.negativity, 1.0)
        * confided(valence - attitude, p.confidence_bound)
    )


@equation(5, "g", "+")
def arousal(p: Parameters, arousal: Value, heat: Value) -> Value:
    """Return how a negative item works its reader up."""
    return p.arousal_uptake * maximum(heat - arousal, 0)


@equation(5, "O", "+", source="Friedkin & Johnsen 1990")
def mixing(p: Parameters, attitude: Value, peers: Value, satisfaction: Value) -> Value:
    """Return how attitudes mix with those of peers in a day, anchored in own satisfaction."""
    return (anchored(peers, satisfaction, single(p.peer_weight)) - attitude) * single(p.peer_rate)


@equation(5, "g", "×")
def calm_by_a_night(p: Parameters) -> Value:
    """Return which share of arousal outlasts a night."""
    return single(lasting(p.arousal_half_life))


# 6. replies


@equation(6, "r")
def speed(p: Parameters, hours: Value) -> Value:
    """Return how much worth a reply is left with after so many ``hours``."""
    return 2.0 ** (-hours / p.reply_half_life)


@equation(6, "ρ", source="hotel study: above 85 % answered can hurt")
def rested(p: Parameters, answered_share: Value) -> Value:
    """Return what is left of a reply's worth where a company answers much of everything."""
    return 1.0 - p.over_reply_penalty * minimum(
        maximum(answered_share - p.over_reply_from, 0) / (1 - p.over_reply_from), 1
    )


@equation(6, "w")
def worth(speed: Value, rested: Value) -> Value:
    """Return what a reply is worth."""
    return speed * rested


@equation(6, "T", "+", source="sign: Herhausen et al. 2019")
def trust_by_a_reply(p: Parameters, empathy: Value, explanation: Value, worth: Value, believes: Value) -> Value:
    """Return what a reply adds to its receiver's trust."""
    return p.reply_trust * (1 + p.empathy_trust * empathy + p.explanation_trust * explanation) * worth * believes


@equation(6, "S", "+", source="sign: de Matos et al. 2007")
def satisfaction_by_a_reply(p: Parameters, apology: Value, compensated: Value, worth: Value, believes: Value) -> Value:
    """Return what a reply adds to the satisfaction of a complainer."""
    return (
        p.reply_satisfaction
        * (1 + p.apology_satisfaction * apology + p.compensation_satisfaction * compensated)
        * worth
        * believes
    )


@equation(6, "cooled", source="sign: Herhausen et al. 2019")
def cooling(
    p: Parameters,
    empathy: Value,
    explanation: Value,
    apology: Value,
    compensated: Value,
    copy_arousal: Value,
    worth: Value,
) -> Value:
    """Return how far a reply calms its author, and, if it is public, the thread."""
    return (
        clip(
            p.reply_calm
            * (
                1
                + p.empathy_calm * empathy
                + p.explanation_calm * explanation * copy_arousal
                + p.apology_calm * apology
                + p.compensation_calm * compensated
            ),
            0,
            1,
        )
        * worth
    )


@equation(6, "g", "×")
def soothing(cooled: Value, believes: Value) -> Value:
    """Return which share of a complainer's arousal outlasts a reply."""
    return 1.0 - cooled * believes


@equation(6, "R̂", "+")
def responsiveness(p: Parameters, responsiveness: Value, believes: Value) -> Value:
    """Return how an outcome moves the belief that speaking up changes something: 1 after a reply, 0 after silence."""
    return p.responsiveness_rate * (believes - responsiveness)


@equation(6, "T of a bystander", "+")
def trust_of_a_bystander(p: Parameters, worth: Value) -> Value:
    """Return what a public reply adds to the trust of who reads it and does not see through it."""
    return p.bystander * p.reply_trust * worth


@equation(6, "T", "+", source="sign: de Matos et al. 2007 (double deviation)")
def trust_by_silence(p: Parameters, again: Value) -> Value:
    """Return what a complaint left unanswered does to its author's trust."""
    return -p.unanswered_trust * where(again > 0, p.double_deviation, 1.0)


@equation(6, "T", "+")
def trust_by_intrusion(p: Parameters) -> Value:
    """Return what an uninvited answer does to the trust of who finds it intrusive."""
    return -p.intrusion_trust


@equation(6, "T", "+")
def trust_by_a_night(p: Parameters, trust: Value) -> Value:
    """Return how trust relaxes in a day."""
    return single(fading(p.trust_half_life)) * (single(0.5) - trust)


# 7. insincerity


@equation(7, "P(seen through)")
def seeing_through(p: Parameters, detection: float, scepticism: Value, sincerity: Value, trust: Value) -> Value:
    """Return the probability of seeing through what a company says; of faked praise with ``fake_detection``."""
    return detection * scepticism * ((1.0 - sincerity) + p.suspicion * (1 - trust))


@equation(7, "T", "+")
def trust_by_a_lie(p: Parameters, weight: Value) -> Value:
    """Return what seeing through a company does to trust."""
    return -weight * p.insincerity_trust


@equation(7, "P(exposé)")
def exposing(p: Parameters, weight: Value) -> Value:
    """Return the probability that who has seen through a company tells others."""
    return weight * p.expose


@equation(7, "g_copy of an exposé")
def indignation(p: Parameters, arousal: Value, incites: Value) -> Value:
    """Return the arousal of an exposé."""
    return minimum(maximum(arousal, single(p.expose_arousal)) + single(p.inciter_arousal) * incites, 1)


# 8. deletion and the open page


@equation(8, "T", "+")
def trust_by_deletion(p: Parameters) -> Value:
    """Return what a deletion does to the trust of who notices it."""
    return -p.deletion_trust


@equation(8, "g", "+")
def arousal_by_deletion(p: Parameters) -> Value:
    """Return what a deletion does to the arousal of who notices it."""
    return p.deletion_arousal


@equation(8, "T", "+")
def trust_by_a_closed_page(p: Parameters) -> Value:
    """Return what a closed page does to the trust of who wanted to speak there."""
    return -p.closed_page_trust
