"""What is recorded each day: by name, unit and meaning. Recording draws nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.backlash import RAGE_SHARE
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F4, F8, Bools
from influence_sim.core.worlds import Worlds

CHURN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Measure:
    """A number per company and day.

    ``summary`` tells how days become one number for a whole run: their mean (days without a value left out), their sum,
    or the last day. ``better`` is the direction that a company wishes for: 1 more, −1 less, 0 neither.
    """

    name: str
    unit: str
    summary: Literal["mean", "sum", "last"]
    better: int
    meaning: str
    value: Callable[[Worlds], F8]
    headline: bool = False


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
        cohort = worlds.state.cohort
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


def _retention(worlds: Worlds) -> F8:
    return _ratio(_count(customers(worlds) & worlds.state.cohort), _count(worlds.state.cohort))


def _churn(worlds: Worlds) -> F8:
    return CHURN_DAYS * _ratio(worlds.flows.lost, worlds.customers_at_dawn)


def _market_share(worlds: Worlds) -> F8:
    recent = worlds.recent_sales.sum(axis=0, dtype=np.float64).reshape(worlds.size.worlds, worlds.size.companies)
    return _ratio(recent, np.repeat(recent.sum(axis=1, keepdims=True), worlds.size.companies, axis=1)).ravel()


def _fans(worlds: Worlds) -> F8:
    return _count(worlds.state.fans(slice(None)).reshape(worlds.size.rows, -1)) / worlds.size.consumers


def recommendation(loyalty: F4, attitude: F4) -> NDArray[np.float32]:
    """Return the answer, 0..10, to "would you recommend it?": 10·[½L + ¼(O + 1)], rounded."""
    return np.rint(10 * (0.5 * loyalty + 0.25 * (attitude + 1)))


def _nps(worlds: Worlds) -> F8:
    state = worlds.state
    answers = recommendation(state.loyalty, state.attitude)
    net = _count((answers >= 9) & state.cohort) - _count((answers <= 6) & state.cohort)
    return 100 * _ratio(net, _count(state.cohort))


def _profit(worlds: Worlds) -> F8:
    return worlds.setting.costs.margin * worlds.flows.sales - worlds.flows.spend


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
            lambda w: _count(w.state.read_today) / w.size.consumers, True),
    Measure("complaints", "posts", "sum", -1, "complaints posted, repeated ones included", _flow("complaints"), True),
    Measure("firestorms", "storms", "sum", -1, "firestorms that broke out", _flow("firestorms"), True),
    Measure("storm_days", "days", "sum", -1, "days touched by a firestorm", _storm_day, True),
    Measure("profit", "money", "sum", 1, "margin on sales, less what the strategy spent", _profit, True),
    Measure("sales", "purchases", "sum", 1, "purchases", _flow("sales")),
    Measure("customers", "consumers", "mean", 1, "consumers whose current company it is", number_of_customers),
    Measure("fans", "share", "mean", 1, "consumers with loyalty above .8 and attitude above .5", _fans),
    Measure("praise", "posts", "sum", 1, "favourable posts", _flow("praise")),
    Measure("share_of_voice", "share", "mean", 0, "share of all posts about companies", _share_of_voice),
    Measure("shares", "shares", "sum", 0, "posts passed on", _flow("shares")),
    Measure("negative", "posts and shares", "sum", -1, "complaints and shares of them", _flow("negative")),
    Measure("bursts", "bursts", "sum", -1, "bursts of negative posts and shares", _flow("bursts")),
    Measure("days_of_rage", "days", "sum", -1, "storm days on which 5 % of everyone posted or shared", _day_of_rage),
    Measure("replies", "replies", "sum", 0, "complaints answered", _flow("replies")),
    Measure("response_time", "hours", "mean", -1, "mean time to the first reply, of those sent today",
            lambda w: _ratio(w.flows.reply_hours, w.flows.replies)),
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
    Measure("arousal", "0..1", "mean", -1, "mean arousal of all consumers", _mean("arousal")),
    Measure("responsiveness", "0..1", "mean", 1, "mean belief that speaking up changes something",
            _mean("responsiveness")),
    Measure("spam", "posts", "sum", 0, "spam that arrived", _flow("spam")),
    Measure("failure_rate", "probability", "mean", -1, "purchases that fail", lambda w: w.state.failure_rate.copy()),
    Measure("storm_hours", "hours per day", "mean", -1, "hours within a firestorm",
            lambda w: np.minimum(w.flows.storm_hours, HOURS_PER_DAY)),
)  # fmt: skip
"""More that may be recorded on request; it never changes the rest."""


def by_name(names: tuple[str, ...]) -> tuple[Measure, ...]:
    """Return measures by their names; an unknown name is a ValueError."""
    known = {m.name: m for m in MEASURES + DIAGNOSTICS}
    for name in names:
        if name not in known:
            raise ValueError(f"there is no measure {name!r}; there are {', '.join(known)}")
    return tuple(known[name] for name in names)
