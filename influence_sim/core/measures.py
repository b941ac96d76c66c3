"""What is recorded each day: by name, unit and meaning. Recording draws nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.backlash import RAGE_SHARE
from influence_sim.core.boycott import boycotting
from influence_sim.core.equations import companies
from influence_sim.core.setting import MONTH
from influence_sim.core.state import F4, F8, Bools, Flag, has
from influence_sim.core.worlds import Worlds

CHURN_DAYS = 30
DISCOUNT_RATE = 0.1
"""Per year, for lifetime values."""


@dataclass(frozen=True)
class Quantity:
    """A number that describes how a company fares in a run.

    Attributes
    ----------
    name, unit, meaning
        What it is called, in what it is counted, and what it says.
    summary
        How days become one number: their mean (days without a value left out), their sum, the last day, for a ratio
        that of the sums of two measures, or that it belongs to the run as a whole.
    better
        The direction that a company wishes for: 1 more, −1 less, 0 neither.
    """

    name: str
    unit: str
    summary: Literal["mean", "sum", "last", "ratio", "run"]
    better: int
    meaning: str

    @property
    def bounds(self) -> tuple[float, float]:
        """What it can be at least and at most, as its unit tells; intervals do not reach beyond."""
        whole = {"-1..1": (-1.0, 1.0), "-100..100": (-100.0, 100.0), "0..1": (0.0, 1.0), "share": (0.0, 1.0)}
        shares = {"share per day": (0.0, 1.0), "share of worlds": (0.0, 1.0), "probability": (0.0, 1.0)}
        counts = ("posts", "storms", "days", "bursts", "people", "replies", "purchases", "consumers", "per 30 days")
        if self.unit in counts:
            return 0.0, np.inf
        return (whole | shares).get(self.unit, (-np.inf, np.inf))


@dataclass(frozen=True)
class Measure(Quantity):
    """A number per company and day.

    Attributes
    ----------
    value
        How it is measured: shape (companies of all worlds,).
    headline
        Whether it is reported first.
    of
        The two measures that a ratio is of.
    """

    value: Callable[[Worlds], F8]
    headline: bool = False
    of: tuple[str, str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a measure by its name: what computes it may be a local function."""
        return _known, (self.name,)


def record(worlds: Worlds, measures: tuple[Measure, ...]) -> F8:
    """Return today's values, shape (measures, worlds · companies)."""
    return np.stack([np.asarray(measure.value(worlds), np.float64) for measure in measures])


def _sums(values: F4 | F8, where: Bools | None = None) -> F8:
    """Sum each row in double precision, one contiguous row at a time, so that a world's sum ignores its neighbours."""
    wide = values.astype(np.float64)
    if where is not None:
        wide *= where
    return np.array([row.sum() for row in wide])


def _mean(column: str) -> Callable[[Worlds], F8]:
    def value(worlds: Worlds) -> F8:
        return _sums(getattr(worlds.state, column)) / worlds.size.consumers

    return value


def _cohort_mean(column: str) -> Callable[[Worlds], F8]:
    def value(worlds: Worlds) -> F8:
        cohort = _cohort(worlds)
        return _ratio(_sums(getattr(worlds.state, column), cohort), _count(cohort))

    return value


def _flow(name: str) -> Callable[[Worlds], F8]:
    def value(worlds: Worlds) -> F8:
        flow: F8 = getattr(worlds.flows, name)
        return flow.copy()

    return value


def _count(where: Bools) -> F8:
    return np.asarray(np.count_nonzero(where, axis=1), np.float64)


def _ratio(above: F8, below: F8) -> F8:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


def customers(worlds: Worlds) -> Bools:
    """Return who is a customer of whom, shape (rows, consumers)."""
    return np.asarray(worlds.state.customer_of[worlds.world_of_row] == worlds.company_of_row[:, None])


def number_of_customers(worlds: Worlds) -> F8:
    """Return customers per row."""
    return _count(customers(worlds))


def number_at_risk(worlds: Worlds) -> F8:
    """Return customers of day 0 never lost so far, per row."""
    return _count(has(worlds.state.flags, Flag.NEVER_LEFT))


def _cohort(worlds: Worlds) -> Bools:
    return has(worlds.state.flags, Flag.COHORT)


def _retention(worlds: Worlds) -> F8:
    cohort = _cohort(worlds)
    return _ratio(_count(customers(worlds) & cohort), _count(cohort))


def _churn(worlds: Worlds) -> F8:
    return CHURN_DAYS * _ratio(worlds.flows.lost, worlds.customers_at_dawn)


def _hazard(worlds: Worlds) -> F8:
    return CHURN_DAYS * _ratio(worlds.flows.lost_for_the_first_time, worlds.at_risk_at_dawn)


def _survival(worlds: Worlds) -> F8:
    return _ratio(number_at_risk(worlds), _count(_cohort(worlds)))


def _market_share(worlds: Worlds) -> F8:
    recent = worlds.recent("sales", MONTH).reshape(worlds.size.worlds, worlds.size.companies)
    return _ratio(recent, np.repeat(recent.sum(axis=1, keepdims=True), worlds.size.companies, axis=1)).ravel()


def _fans(worlds: Worlds) -> F8:
    return _count(worlds.fans(slice(None)).reshape(worlds.size.rows, -1)) / worlds.size.consumers


def recommendation(loyalty: F4, attitude: F4) -> NDArray[np.float32]:
    """Return the answer, 0..10, to "would you recommend it?": 10·[½L + ¼(O + 1)], rounded."""
    return np.rint(10 * (0.5 * loyalty + 0.25 * (attitude + 1)))


def _nps(worlds: Worlds) -> F8:
    state, cohort = worlds.state, _cohort(worlds)
    answers = recommendation(state.loyalty, state.attitude)
    net = _count((answers >= 9) & cohort) - _count((answers <= 6) & cohort)
    return 100 * _ratio(net, _count(cohort))


def _margin(worlds: Worlds) -> F8:
    return worlds.setting.costs.margin * worlds.flows.sales


def _profit(worlds: Worlds) -> F8:
    return np.asarray(companies.profit(worlds.setting.costs.margin, worlds.flows.sales, worlds.flows.spend))


def _lifetime_value(worlds: Worlds) -> F8:
    years = max(worlds.day - worlds.setting.burn_in_days, 0) / 365
    earned = worlds.setting.costs.margin * worlds.flows.cohort_sales * (1 + DISCOUNT_RATE) ** -years
    return _ratio(earned, _count(_cohort(worlds)))


def _quotient(above: Callable[[Worlds], F8], below: Callable[[Worlds], F8]) -> Callable[[Worlds], F8]:
    return lambda worlds: _ratio(above(worlds), below(worlds))


def _product_gap(worlds: Worlds) -> F8:
    state = worlds.state
    return np.sqrt(np.square(state.product - state.demand[worlds.world_of_row]).sum(axis=1))


def _estimate_error(worlds: Worlds) -> F8:
    state = worlds.state
    return np.sqrt(np.square(state.estimate - state.demand[worlds.world_of_row]).sum(axis=1))


def _voice(worlds: Worlds) -> F8:
    return worlds.flows.complaints + worlds.flows.praise


def _share_of_voice(worlds: Worlds) -> F8:
    said = _voice(worlds).reshape(worlds.size.worlds, worlds.size.companies)
    return _ratio(said, np.repeat(said.sum(axis=1, keepdims=True), worlds.size.companies, axis=1)).ravel()


def _storm_day(worlds: Worlds) -> F8:
    return (worlds.flows.storm_hours > 0).astype(np.float64)


def _critics_trust(worlds: Worlds) -> F8:
    critics = worlds.state.against >= 0
    return _ratio(_sums(worlds.state.trust, critics), _count(critics))


def _day_of_rage(worlds: Worlds) -> F8:
    raging = worlds.flows.negative >= RAGE_SHARE * worlds.size.consumers
    return (raging & (worlds.flows.storm_hours > 0)).astype(np.float64)


MEASURES: tuple[Measure, ...] = (
    Measure("loyalty", "0..1", "mean", 1, "mean loyalty L of those who were customers on day 0, leavers included",
            _cohort_mean("loyalty"), True),
    Measure("retention", "share", "last", 1, "share of the customers of day 0 who are customers now", _retention, True),
    Measure("churn", "per 30 days", "mean", -1, "customers lost a day, over customers in the morning, times 30", _churn,
            True),
    Measure("market_share", "share", "mean", 1, "share of all sales of the last 30 days", _market_share, True),
    Measure("trust", "0..1", "mean", 1, "mean trust T of all consumers", _mean("trust"), True),
    Measure("attitude", "-1..1", "mean", 1, "mean attitude O of all consumers", _mean("attitude"), True),
    Measure("satisfaction", "-1..1", "mean", 1, "mean satisfaction S of the customers of day 0",
            _cohort_mean("satisfaction"), True),
    Measure("nps", "-100..100", "mean", 1, "net promoter score of the customers of day 0", _nps, True),
    Measure("reach", "share per day", "mean", 1, "consumers who read something by or about the company",
            lambda w: _count(has(w.state.flags, Flag.READ_TODAY)) / w.size.consumers, True),
    Measure("complaints", "posts", "sum", -1, "complaints posted, repeated ones included", _flow("complaints"), True),
    Measure("firestorms", "storms", "sum", -1, "firestorms that broke out", _flow("firestorms"), True),
    Measure("storm_days", "days", "sum", -1, "days touched by a firestorm", _storm_day, True),
    Measure("profit", "money", "sum", 1, "margin on sales, less what the strategy spent", _profit, True),
    Measure("sales", "purchases", "sum", 1, "purchases", _flow("sales")),
    Measure("customers", "consumers", "mean", 1, "consumers whose current company it is", number_of_customers),
    Measure("fans", "share", "mean", 1, "consumers who are fans: high in loyalty and attitude (equation 13)", _fans),
    Measure("hazard", "per 30 days", "mean", -1,
            "customers of day 0 lost for the first time a day, over those never lost so far, times 30", _hazard),
    Measure("survival", "share", "last", 1, "share of the customers of day 0 who were never lost", _survival),
    Measure("clv", "money", "sum", 1,
            "margin from a customer of day 0 within the horizon, discounted at 10 % a year", _lifetime_value, True),
    Measure("margin", "money", "sum", 1, "margin on sales", _margin),
    Measure("roi", "money per money spent", "ratio", 1, "profit over spend", _quotient(_profit, _flow("spend")),
            of=("profit", "spend")),
    Measure("praise", "posts", "sum", 1, "favourable posts, faked ones left out", _flow("praise")),
    Measure("said", "posts", "sum", 0, "posts of consumers about the company", _flow("said")),
    Measure("valence_said", "sum of -1..1", "sum", 1, "how favourable these posts were, summed", _flow("valence_said")),
    Measure("sentiment", "-1..1", "ratio", 1, "mean valence of what consumers posted",
            _quotient(_flow("valence_said"), _flow("said")), of=("valence_said", "said")),
    Measure("share_of_voice", "share", "mean", 0, "share of all posts about companies", _share_of_voice),
    Measure("shares", "shares", "sum", 0, "posts passed on", _flow("shares")),
    Measure("negative", "posts and shares", "sum", -1, "complaints and shares of them", _flow("negative")),
    Measure("bursts", "bursts", "sum", -1, "bursts of negative posts and shares", _flow("bursts")),
    Measure("days_of_rage", "days", "sum", -1, "storm days on which 5 % of everyone posted or shared", _day_of_rage),
    Measure("replies", "replies", "sum", 0, "complaints answered", _flow("replies")),
    Measure("reply_hours", "hours", "sum", -1, "hours that those who got a reply had waited, summed",
            _flow("reply_hours")),
    Measure("response_time", "hours", "ratio", -1, "mean time to the first reply",
            _quotient(_flow("reply_hours"), _flow("replies")), of=("reply_hours", "replies")),
    Measure("cases", "posts", "sum", 0, "posts that wait for an answer: complaints on the page, what was sought out",
            _flow("cases")),
    Measure("share_answered", "share", "ratio", 1, "replies over cases", _quotient(_flow("replies"), _flow("cases")),
            of=("replies", "cases")),
    Measure("deleted", "posts", "sum", 0, "complaints deleted from the page", _flow("deleted")),
    Measure("seen_through", "times", "sum", -1, "times that somebody saw through the company", _flow("seen_through")),
    Measure("exposes", "posts", "sum", -1, "posts that tell what the company has been found out to do",
            _flow("exposes")),
    Measure("boycotters", "share", "mean", -1, "consumers in a boycott of the company",
            lambda w: _count(boycotting(w)) / w.size.consumers),
    Measure("hit", "people", "sum", 0, "people hit by an incident", _flow("hit")),
    Measure("harm", "purchases spoilt", "sum", -1, "severity of incidents, summed over those hit", _flow("harm")),
    Measure("spend", "money", "sum", 0, "money spent on the strategy", _flow("spend"), True),
    Measure("funded", "share", "mean", 0, "share of what the strategy wants that its budget pays for",
            lambda w: w.funded.copy()),
    Measure("unpaid", "cases", "sum", 0, "compensations for which no money was left", _flow("unpaid")),
    Measure("product_gap", "taste", "mean", -1, "distance of the product from common demand", _product_gap),
)  # fmt: skip
"""Everything that is recorded in every run; headline measures are the ones reported first."""

STANDARD: tuple[str, ...] = tuple(measure.name for measure in MEASURES)
"""Names of the standard measures."""

DIAGNOSTICS: tuple[Measure, ...] = (
    Measure("estimate_error", "taste", "mean", -1, "distance of what the company believes from common demand",
            _estimate_error),
    Measure("critics_trust", "0..1", "mean", 1,
            "mean trust of those who have ever posted or shared something negative about the company", _critics_trust),
    Measure("attitude_spread", "attitude", "mean", 0, "standard deviation of attitudes among all consumers",
            lambda w: np.array([row.astype(np.float64).std() for row in w.state.attitude])),
    Measure("arousal", "0..1", "mean", -1, "mean arousal of all consumers", _mean("arousal")),
    Measure("responsiveness", "0..1", "mean", 1, "mean belief that speaking up changes something",
            _mean("responsiveness")),
    Measure("spam", "posts", "sum", 0, "spam that arrived", _flow("spam")),
    Measure("failure_rate", "probability", "mean", -1, "purchases that fail", lambda w: w.state.failure_rate.copy()),
    Measure("storm_hours", "hours per day", "mean", -1, "hours within a firestorm", _flow("storm_hours")),
    Measure("exposures", "exposures", "sum", 0, "messages that were to be seen by somebody", _flow("exposures")),
    Measure("reads", "exposures", "sum", 0, "messages read", _flow("reads")),
    Measure("missed", "exposures", "sum", 0, "messages for which there was no attention", _flow("missed")),
    Measure("removed", "exposures", "sum", 0, "messages found deleted", _flow("removed")),
    Measure("fakes", "posts", "sum", 0, "faked praise", _flow("fakes")),
    Measure("asked", "people", "sum", 0, "questions put to customers", _flow("asked")),
    Measure("answers", "answers", "sum", 0, "answers to them", _flow("answers")),
    Measure("updates", "people", "sum", 0, "contributors told what has changed", _flow("updates")),
    Measure("surveyed", "people", "sum", 0, "people who answered a survey", _flow("surveyed")),
)  # fmt: skip
"""More that may be recorded on request; it never changes the rest."""


def by_name(names: tuple[str, ...]) -> tuple[Measure, ...]:
    """Return measures by their names; an unknown name is a ValueError."""
    known = {m.name: m for m in MEASURES + DIAGNOSTICS}
    for name in names:
        if name not in known:
            raise ValueError(f"there is no measure {name!r}; there are {', '.join(known)}")
    return tuple(known[name] for name in names)


def _known(name: str) -> Measure:
    return by_name((name,))[0]
