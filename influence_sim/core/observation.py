"""What a company can see of its world: all that a strategy which watches and adapts is ever given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from influence_sim.core.levers import LEVERS

if TYPE_CHECKING:
    from influence_sim.core.worlds import Worlds

MONTH = 30
"""Days over which what is seen of companies is added up."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """What anybody can see of a company: its market share, what it says, how it answers, what it sells.

    Attributes
    ----------
    market_share, share_gained
        Of all sales of the last 30 days, and how much more than in the 30 days before.
    posts_per_day, paid_reach, claim
        Posts on its page, ads per consumer and day, how much they promise.
    replies, response_hours
        Complaints answered in the last 30 days, per 1,000 consumers, and their mean time (not a number if none).
    empathy, explanation, apology, compensation
        The tone of its answers, 0..1; 0 if it gives none.
    praise, complaints
        Posts about it in the last 30 days, per 1,000 consumers; faked praise looks like any other.
    product, product_moved
        What it offers, in units of taste, one number per attribute, and how far it has moved in 30 days.
    """

    name: str
    market_share: float
    share_gained: float
    posts_per_day: float
    paid_reach: float
    claim: float
    replies: float
    response_hours: float
    empathy: float
    explanation: float
    apology: float
    compensation: float
    praise: float
    complaints: float
    product: tuple[float, ...]
    product_moved: float


@dataclass(frozen=True, slots=True)
class Observation:
    """What a company knows in the evening: its own books, what it has learnt, and what anybody can see.

    Attributes
    ----------
    day
        Days of the comparison that are over, 1, 2 …
    own, rivals
        What anybody can see of the company and of each of its rivals.
    levers
        What the company wants to do now, every lever by name.
    funded
        Share of that which its budget pays for.
    budget, reserve, spent
        Money per day, money put by, and money spent today.
    sales, customers
        Purchases today and customers now.
    waiting
        Cases in the queue, spam included.
    estimate, uncertainty
        What it believes is wanted, one number per attribute, and the standard deviation of that belief.
    failures_heard
        Failure reports read since the last decision on improvements.
    """

    day: int
    own: Conduct
    rivals: tuple[Conduct, ...]
    levers: dict[str, float]
    funded: float
    budget: float
    reserve: float
    spent: float
    sales: float
    customers: int
    waiting: int
    estimate: tuple[float, ...]
    uncertainty: tuple[float, ...]
    failures_heard: float


def observe(worlds: Worlds, row: int) -> Observation:
    """Return what the company of a row sees this evening; copies, never the arrays themselves."""
    state, size = worlds.state, worlds.size
    world, company = divmod(row, size.companies)
    rows = range(world * size.companies, (world + 1) * size.companies)
    conducts = [_conduct(worlds, other) for other in rows]
    return Observation(
        day=worlds.day + 1 - worlds.setting.burn_in_days,
        own=conducts[company],
        rivals=tuple(conduct for other, conduct in enumerate(conducts) if other != company),
        levers={name: float(getattr(worlds.wanted, name)[row]) for name in LEVERS},
        funded=float(worlds.funded[row]),
        budget=float(worlds.setting.budgets[company] * worlds.scale),
        reserve=float(state.reserve[row]),
        spent=float(worlds.flows.spend[row]),
        sales=float(worlds.flows.sales[row]),
        customers=int(np.count_nonzero(state.customer_of[world] == company)),
        waiting=int(np.count_nonzero(worlds.messages.row[worlds.waiting] == row)),
        estimate=tuple(state.estimate[row].tolist()),
        uncertainty=tuple(np.sqrt(state.variance[row]).tolist()),
        failures_heard=float(state.failures_heard[row]),
    )


def _conduct(worlds: Worlds, row: int) -> Conduct:
    levers, company = worlds.levers, row % worlds.size.companies
    market = slice(row - company, row - company + worlds.size.companies)
    sales, sales_before = worlds.recent("sales", MONTH), worlds.recent("sales", MONTH, ago=MONTH)
    share = sales[row] / max(sales[market].sum(), 1)
    replies = worlds.recent("replies", MONTH)[row]
    answers = bool(replies)
    product = worlds.state.product[row]
    return Conduct(
        name=worlds.setting.names[company],
        market_share=float(share),
        share_gained=float(share - sales_before[row] / max(sales_before[market].sum(), 1)),
        posts_per_day=float(levers.posts_per_day[row]),
        paid_reach=float(levers.paid_reach[row]),
        claim=float(levers.claim[row]),
        replies=float(replies / worlds.scale),
        response_hours=float(worlds.recent("reply_hours", MONTH)[row] / replies) if answers else float("nan"),
        empathy=float(levers.empathy[row]) * answers,
        explanation=float(levers.explanation[row]) * answers,
        apology=float(levers.apology[row]) * answers,
        compensation=float(levers.compensation[row]) * answers,
        praise=float((worlds.recent("praise", MONTH) + worlds.recent("fakes", MONTH))[row] / worlds.scale),
        complaints=float(worlds.recent("complaints", MONTH)[row] / worlds.scale),
        product=tuple(product.tolist()),
        product_moved=float(np.linalg.norm(product - worlds.recent_products[(worlds.day + 1) % MONTH, row])),
    )
