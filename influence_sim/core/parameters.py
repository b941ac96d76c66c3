"""The constants of the model: every default in one place, with its range, its unit and where it comes from.

Tags say how far a number may be trusted: ``L`` is taken from the literature (the source is named), ``C`` was
calibrated to a published target (named too) and may never be reported as a validation of that target, ``A`` is an
assumption: sweep it before believing a result that hangs on it. ``neutral`` is the value that switches the mechanism
off exactly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

type Tag = Literal["L", "A", "C"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known about a constant besides its value.

    Attributes
    ----------
    low, high, unit
        Its range, and in what it is counted.
    tag
        ``L``: from the literature; ``C``: calibrated; ``A``: an assumption.
    equation
        In which it stands, by number.
    meaning
        What it does.
    source
        Where it comes from.
    neutral
        The value that switches its mechanism off; None if there is none.
    """

    low: float
    high: float
    unit: str
    tag: Tag
    equation: int
    meaning: str
    source: str = ""
    neutral: float | None = None


def _constant(
    default: float,
    low: float,
    high: float,
    unit: str,
    tag: Tag,
    equation: int,
    meaning: str,
    source: str = "",
    neutral: float | None = None,
) -> Any:
    origin = Origin(low, high, unit, tag, equation, meaning, source, neutral)
    return field(default=default, metadata={"origin": origin})


SUBMODELS: dict[int, str] = {
    1: "experience",
    2: "choice, only at need",
    3: "exit, voice, silence",
    4: "exposure and sharing",
    5: "reading",
    6: "replies",
    7: "insincerity",
    8: "deletion and the open page",
    9: "queue",
    10: "drift and listening",
    11: "improvement and prevention",
    12: "asking and circling back",
    13: "loyalty",
    14: "advertising",
    15: "boycott",
    16: "incidents",
    17: "bursts, firestorms, days of rage",
    18: "budget and money",
    19: "the beginning",
}
"""The submodels of docs/model.md, by number."""

NEVER = 1e6
"""Days that stand for ever as a half-life."""

SEISMIC = "Zhao et al. 2015, KDD (SEISMIC)"
PANELS = "grocery panels (Jain et al. 1994 and others): .73 of purchases repeat the last brand, .70 the one 6 before"
DARK = "Hartnett et al. 2021, J. Advertising Research: a year without ads costs 16 % of sales"
HERHAUSEN = "sign: Herhausen et al. 2019, J. Marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The constants of the equations (docs/model.md); numbers in brackets there are the defaults here.

    Raises
    ------
    ValueError
        If a value is not a finite number within its range.
    """

    # 1. experience
    taste_spread: float = _constant(0.5, 0, 3, "taste", "A", 1, "σ_θ, how far consumers' tastes lie apart")
    fit_width: float = _constant(1.0, 0.1, 10, "taste", "A", 1, "h, how far a product may miss a taste")
    experience_noise: float = _constant(0.05, 0, 1, "quality", "A", 1, "spread of one experience", neutral=0)
    failure_severity: float = _constant(0.3, 0, 0.5, "severity", "A", 1, "mean severity of a routine failure")
    satisfaction_rate: float = _constant(
        0.3, 0, 1, "per purchase", "A", 1, "weight of the last experience in S", neutral=0
    )
    loss_aversion: float = _constant(
        1.5,
        1,
        2.5,
        "ratio",
        "L",
        1,
        "ν, weight of disappointment against delight",
        "sign: Anderson & Sullivan 1993",
        1,
    )
    expectation_rate: float = _constant(0.2, 0, 1, "per purchase", "A", 1, "how fast E follows experience", neutral=0)
    claim_effect: float = _constant(0.01, 0, 0.2, "quality per ad", "A", 1, "η, what a claim adds to E", neutral=0)
    # 2. choice
    need_shape: float = _constant(1.5, 0.2, 20, "shape", "A", 2, "Gamma shape of consumers' need rates")
    need_interval: float = _constant(30.0, 1, 365, "days", "A", 2, "mean time between two needs")
    choice_expectation: float = _constant(3.0, 0, 10, "utility", "A", 2, "β_E, weight of expected quality", neutral=0)
    choice_trust: float = _constant(1.0, 0, 10, "utility", "A", 2, "β_T, weight of trust", neutral=0)
    choice_attitude: float = _constant(1.0, 0, 10, "utility", "A", 2, "β_O, weight of attitude", neutral=0)
    brand_taste: float = _constant(
        1.85, 0, 10, "utility", "C", 2, "σ_b, spread of lasting preferences for companies", PANELS, 0
    )
    choice_loyalty: float = _constant(
        1.0, 0, 10, "utility", "C", 2, "β_L, advantage of one's own company at full loyalty", PANELS, 0
    )
    choice_adstock: float = _constant(
        2.4,
        0,
        20,
        "utility",
        "C",
        2,
        "β_A, weight of remembered ads",
        "Sethuraman et al. 2011: ad elasticity .12 at first, .24 in the long run",
        0,
    )
    adstock_scale: float = _constant(10.0, 0.01, 1e6, "ads", "C", 2, "a₀, adstock at which ads begin to saturate", DARK)
    reward_utility: float = _constant(
        1.0, 0, 5, "utility", "A", 2, "what a full reward adds to one's own company", neutral=0
    )
    # 3. exit, voice, silence
    tolerance: float = _constant(
        0.1, 0, 1, "quality", "A", 3, "shortfall below which an experience is not bad", neutral=1
    )
    exit_intercept: float = _constant(0.0, -20, 5, "logit", "A", 3, "readiness to leave after a bad experience")
    exit_loyalty: float = _constant(2.0, 0, 10, "logit", "A", 3, "how far loyalty holds back exit", neutral=0)
    voice_intercept: float = _constant(-3.95, -20, 5, "logit", "L", 3, "voice at severity 0", "Goodman & Newman")
    voice_severity: float = _constant(4.75, 0, 20, "logit", "L", 3, "voice by severity", "Goodman & Newman", 0)
    voice_responsiveness: float = _constant(1.5, 0, 10, "logit", "A", 3, "voice by believed responsiveness", neutral=0)
    voice_loyalty: float = _constant(0.5, 0, 10, "logit", "A", 3, "voice by loyalty", neutral=0)
    praise_intercept: float = _constant(
        -2.8, -20, 5, "logit", "C", 3, "praise at an experience as expected", "East et al.: 3 praise per complaint"
    )
    praise_delight: float = _constant(4.75, 0, 20, "logit", "A", 3, "praise by surprise", neutral=0)
    voice_spread: float = _constant(24.0, 1, 168, "hours", "A", 3, "time within which an experience is told")
    # 4. exposure and sharing
    visibility: float = _constant(
        0.35, 0.001, 1, "probability", "L", 4, "v, a follower sees a post", "Bernstein et al. 2013, CHI"
    )
    page_visibility: float = _constant(0.1, 0, 1, "probability", "A", 4, "a follower of the page sees its post")
    base_reproduction: float = _constant(
        0.2,
        0,
        1,
        "shares per share",
        "L",
        4,
        "R_base of a calm post",
        "Goel et al. 2016: most posts have no child",
        0,
    )
    arousal_sharing: float = _constant(
        4.0, 0, 10, "ratio", "A", 4, "ν_g, how arousal spreads a negative post", neutral=0
    )
    ad_sharing: float = _constant(0.1, 0, 1, "ratio", "A", 4, "how much less a company's post is shared", neutral=1)
    inciter_share: float = _constant(0.01, 0, 0.2, "share", "A", 4, "ι, consumers whose words inflame", neutral=0)
    inciter_arousal: float = _constant(0.4, 0, 1, "arousal", "A", 4, "what an inciter adds", neutral=0)
    reply_calming_share: float = _constant(0.5, 0, 1, "ratio", "A", 4, "how far a reply stops sharing", neutral=0)
    intrusion: float = _constant(
        0.3, 0, 1, "probability", "A", 4, "who is addressed uninvited finds it intrusive", neutral=0
    )
    intrusion_trust: float = _constant(0.05, 0, 1, "trust", "A", 4, "what an intrusion costs", neutral=0)
    reply_bump: float = _constant(0.1, 0, 1, "ratio", "A", 4, "visibility of a thread re-exposed by a reply", neutral=0)
    contagion_threshold: float = _constant(0.0, 0, 1, "share", "A", 4, "φ, followees who must have shared", neutral=0)
    lag_plateau: float = _constant(300.0, 1, 1000, "s", "L", 4, "how long the density is constant", SEISMIC)
    lag_exponent: float = _constant(
        0.2315, 0.01, 5, "exponent", "L", 4, "the density of reactions falls as t to the power of −(1 + this)", SEISMIC
    )
    lag_limit: float = _constant(14.0, 1, 60, "days", "A", 4, "what is not read by then is never read")
    attention: float = _constant(5.0, 1, 1e9, "items per hour", "A", 4, "A, what a consumer reads", neutral=1e9)
    # 5. reading
    attitude_rate: float = _constant(0.1, 0, 1, "per item", "A", 5, "how far one item moves O", neutral=0)
    negativity: float = _constant(
        1.0, 0.8, 2.5, "ratio", "L", 5, "ν_w, weight of negatives; contested", "East et al. 2008; Wu 2013", 1
    )
    confidence_bound: float = _constant(2.0, 0, 2, "attitude", "A", 5, "ε, farther opinions are ignored", neutral=2)
    arousal_uptake: float = _constant(
        0.3, 0, 1, "per item", "A", 5, "how far a negative item works a reader up", neutral=0
    )
    arousal_half_life: float = _constant(1.0, 0.05, 30, "days", "A", 5, "how long arousal lasts")
    peer_rate: float = _constant(0.05, 0, 1, "per day", "A", 5, "r_O, daily mixing of attitudes", neutral=0)
    peer_weight: float = _constant(0.3, 0, 1, "share", "A", 5, "Λ, peers against own satisfaction", neutral=0)
    # 6. replies
    case_lifetime: float = _constant(72.0, 1, 8760, "hours", "A", 6, "older complaints are not answered any more")
    reply_half_life: float = _constant(4.0, 0.5, 48, "hours", "A", 6, "how fast a reply loses its worth")
    reply_trust: float = _constant(0.1, 0, 1, "trust", "A", 6, "what an immediate reply adds to T", neutral=0)
    reply_calm: float = _constant(0.6, 0, 1, "share", "A", 6, "how far an immediate reply calms", neutral=0)
    reply_satisfaction: float = _constant(
        0.2,
        0,
        1,
        "satisfaction",
        "A",
        6,
        "what an immediate reply adds to S",
        "sign: de Matos et al. 2007",
        0,
    )
    bystander: float = _constant(0.3, 0, 1, "ratio", "A", 6, "effect of a public reply on those who see it", neutral=0)
    empathy_calm: float = _constant(0.5, 0, 2, "ratio", "A", 6, "empathy on calming", HERHAUSEN, 0)
    empathy_trust: float = _constant(0.25, 0, 2, "ratio", "A", 6, "empathy on trust", HERHAUSEN, 0)
    explanation_calm: float = _constant(0.5, 0, 2, "ratio at arousal 1", "A", 6, "explanation on calming", HERHAUSEN, 0)
    explanation_trust: float = _constant(0.25, 0, 2, "ratio", "A", 6, "explanation on trust", HERHAUSEN, 0)
    apology_calm: float = _constant(0.25, 0, 2, "ratio", "A", 6, "apology on calming", HERHAUSEN, 0)
    apology_satisfaction: float = _constant(0.25, 0, 2, "ratio", "A", 6, "apology on satisfaction", HERHAUSEN, 0)
    compensation_calm: float = _constant(-0.5, -1, 1, "ratio", "A", 6, "compensation fuels the fire", HERHAUSEN, 0)
    compensation_satisfaction: float = _constant(
        0.5, 0, 2, "ratio", "A", 6, "compensation on satisfaction", "sign: de Matos et al. 2007", 0
    )
    patience: float = _constant(6.0, 0.1, 1000, "hours", "A", 6, "mean time an author waits for an answer")
    unanswered_trust: float = _constant(0.05, 0, 1, "trust", "A", 6, "what silence costs", neutral=0)
    repost: float = _constant(0.2, 0, 1, "probability", "A", 6, "unanswered authors who post again", neutral=0)
    double_deviation: float = _constant(
        2.0, 1, 5, "ratio", "L", 6, "penalty of a second failed recovery", "sign: de Matos et al. 2007", 1
    )
    responsiveness_rate: float = _constant(0.2, 0, 1, "per case", "A", 6, "how fast R̂ follows outcomes", neutral=0)
    trust_half_life: float = _constant(90.0, 1, NEVER, "days", "A", 6, "T relaxes to its start", neutral=NEVER)
    over_reply_penalty: float = _constant(
        0.0,
        0,
        1,
        "ratio",
        "L",
        6,
        "loss of a reply's effect when much is answered",
        "hotel study: above 85 % can hurt",
        0,
    )
    over_reply_from: float = _constant(0.4, 0, 0.99, "share", "A", 6, "share answered above which that sets in")
    # 7. insincerity
    scepticism_shape: float = _constant(
        2.0, 0.1, 50, "shape", "A", 7, "κ ~ Beta(shape, shape): how well consumers notice"
    )
    detection: float = _constant(
        1.0, 0, 1, "ratio", "A", 7, "how far scepticism sees through an insincere reply", neutral=0
    )
    suspicion: float = _constant(
        0.05, 0, 1, "ratio", "A", 7, "sincere words taken for insincere, at trust 0", neutral=0
    )
    fake_detection: float = _constant(
        0.2, 0, 1, "ratio", "A", 7, "how far scepticism sees through a faked praise that is read", neutral=0
    )
    insincerity_trust: float = _constant(0.25, 0, 1, "trust", "A", 7, "what being seen through costs", neutral=0)
    expose: float = _constant(0.1, 0, 1, "probability", "A", 7, "who sees through it tells others", neutral=0)
    expose_arousal: float = _constant(0.5, 0, 1, "arousal", "A", 7, "least arousal of an exposé")
    # 8. deletion and the open page
    author_notices: float = _constant(0.9, 0, 1, "probability", "A", 8, "an author notices a deletion", neutral=0)
    viewer_notices: float = _constant(
        0.05, 0, 1, "probability", "A", 8, "who comes too late notices that something is gone", neutral=0
    )
    deletion_trust: float = _constant(0.2, 0, 1, "trust", "A", 8, "what a noticed deletion costs", neutral=0)
    deletion_repost: float = _constant(0.3, 0, 1, "probability", "A", 8, "who noticed posts it elsewhere", neutral=0)
    deletion_arousal: float = _constant(0.2, 0, 1, "arousal", "A", 8, "what a noticed deletion adds to g", neutral=0)
    closed_page_trust: float = _constant(
        0.05, 0, 1, "trust", "A", 8, "what finding the page closed costs who wanted to speak there", neutral=0
    )
    # 9. queue
    spam_rate: float = _constant(0.02, 0, 100, "per 1,000 consumers and hour", "A", 9, "spam per company", neutral=0)
    # 10. drift and listening
    demand_drift: float = _constant(0.02, 0, 0.5, "taste per √day", "A", 10, "δ, drift of common demand", neutral=0)
    opinion_noise: float = _constant(1.0, 0.01, 10, "taste", "A", 10, "σ_y, vagueness of what people say")
    vocal_bias: float = _constant(0.0, 0, 0.6, "correlation", "A", 10, "ρ_v, taste and speaking up", neutral=0)
    initial_uncertainty: float = _constant(0.01, 1e-6, 10, "taste²", "A", 10, "P of a company's first estimate")
    specific_noise: float = _constant(0.4, 0.01, 10, "taste", "A", 10, "σ_y of answers to specific questions")
    survey_response: float = _constant(0.3, 0, 1, "probability", "A", 10, "people who answer a survey", neutral=0)
    # 11. improvement
    improvement_period: float = _constant(30.0, 1, 365, "days", "A", 11, "time between two improvements")
    fixes_half: float = _constant(
        5.0,
        0.01,
        1000,
        "reports per 1,000 consumers",
        "A",
        11,
        "failure reports that half exhaust what can be fixed",
    )
    prevention_effect: float = _constant(0.5, 0, 1, "share", "A", 11, "failures that full prevention avoids", neutral=0)
    incident_prevention: float = _constant(
        1.0, 0, 1, "ratio", "A", 11, "how far delays and defects shrink as failures do", neutral=0
    )
    # 12. asking and circling back
    update_responsiveness: float = _constant(
        0.3, 0, 1, "R̂", "A", 12, "what being told of a change adds to R̂", neutral=0
    )
    update_trust: float = _constant(0.05, 0, 1, "trust", "A", 12, "what being told of a change adds to T", neutral=0)
    answering: float = _constant(
        0.2, 0, 1, "probability", "A", 12, "who is asked answers, at R̂ = 1 and rested", neutral=0
    )
    ask_fatigue: float = _constant(0.3, 0, 1, "share", "A", 12, "what a question adds to fatigue", neutral=0)
    fatigue_half_life: float = _constant(30.0, 0.5, NEVER, "days", "A", 12, "how long fatigue lasts", neutral=NEVER)
    ignored_trust: float = _constant(0.02, 0, 1, "trust", "A", 12, "what an answer that nobody uses costs", neutral=0)
    # 13. loyalty
    loyalty_half_life: float = _constant(
        30.0, 1, NEVER, "days", "A", 13, "L follows with this half-life", neutral=NEVER
    )
    loyalty_satisfaction: float = _constant(1.5, 0, 10, "logit", "A", 13, "L by satisfaction", neutral=0)
    loyalty_trust: float = _constant(1.5, 0, 10, "logit", "A", 13, "L by trust", neutral=0)
    loyalty_attitude: float = _constant(1.0, 0, 10, "logit", "A", 13, "L by attitude", neutral=0)
    fan_praise: float = _constant(3.0, 1, 10, "ratio", "A", 13, "how much oftener a fan praises", neutral=1)
    fan_rebuttal: float = _constant(0.1, 0, 1, "probability", "A", 13, "a fan answers a negative post", neutral=0)
    fan_loyalty: float = _constant(0.7, 0, 1, "loyalty", "A", 13, "fans are more loyal than this", neutral=1)
    fan_attitude: float = _constant(
        0.3, -1, 1, "attitude", "A", 13, "fans think better of a company than this", neutral=1
    )
    # 14. advertising
    adstock_half_life: float = _constant(14.0, 0.5, 365, "days", "A", 14, "how long an ad is remembered")
    ad_persuasion: float = _constant(
        1.0, 0, 1, "ratio", "A", 14, "effect of an ad on O against a peer's post", neutral=0
    )
    wear_out_from: float = _constant(5.0, 0, 1e9, "ads per week", "A", 14, "beyond this ads annoy", neutral=1e9)
    wear_out: float = _constant(0.01, 0, 1, "attitude per ad", "A", 14, "what one ad too many costs", neutral=0)
    unfollow: float = _constant(0.01, 0, 1, "probability per ad", "A", 14, "unfollowing at one ad too many", neutral=0)
    customers_following: float = _constant(0.3, 0, 1, "share", "A", 14, "customers who follow the page at first")
    others_following: float = _constant(0.05, 0, 1, "share", "A", 14, "others who follow the page at first")
    # 15. boycott
    boycott_days: float = _constant(30.0, 0, 365, "days", "A", 15, "how long a boycott lasts", neutral=0)
    boycott_threshold: float = _constant(0.25, 0, 2, "share", "A", 15, "mean of φ_i: followees against, to join in")
    boycott_spread: float = _constant(0.1, 0, 1, "share", "A", 15, "standard deviation of φ_i")
    boycott_arousal: float = _constant(0.3, 0, 1, "arousal", "A", 15, "arousal above which one joins in", neutral=1)
    boycott_memory: float = _constant(7.0, 1, 365, "days", "A", 15, "how long a followee counts as against")
    boycott_call: float = _constant(0.2, 0, 1, "probability", "A", 15, "who joins in calls on others", neutral=0)
    # 16. incidents
    scandal_trust: float = _constant(
        0.25, 0, 1, "trust", "A", 16, "what news of severity 1 about a company costs", neutral=0
    )
    scandal_attitude: float = _constant(
        0.5, 0, 1, "share", "A", 16, "how far news of severity 1 draws attitudes to its own", neutral=0
    )

    def __post_init__(self) -> None:
        """Check every value against its range."""
        for name, origin in ORIGINS.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and origin.low <= value <= origin.high):
                raise ValueError(f"{name} = {value} is out of range: {origin.low:g}..{origin.high:g} {origin.unit}")

    @classmethod
    def of(cls, overrides: Mapping[str, float]) -> Parameters:
        """Return the defaults with some values replaced.

        Parameters
        ----------
        overrides
            Values by name, in the units of :data:`ORIGINS`.

        Raises
        ------
        ValueError
            If a name is unknown, or a value is not a finite number within its range.
        """
        unknown = sorted(set(overrides) - set(ORIGINS))
        if unknown:
            raise ValueError(f"there is no parameter {unknown[0]!r}")
        return cls(**overrides)


ORIGINS: dict[str, Origin] = {f.name: f.metadata["origin"] for f in fields(Parameters)}
"""What is known about each constant, by its name."""
