"""What a company can see of its world: all that a strategy which watches and adapts is ever given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conduct:
    """What anybody can see of a company: its market share, what it says, how it answers, what it sells.

    Attributes
    ----------
    name
        What it is called.
    market_share, share_gained
        Of all sales of the last 30 days, and how much more than in the 30 days before.
    posts_per_day, paid_reach, claim
        Posts on its page per day, ads per consumer and day, how much they promise (0..1).
    replies, response_hours
        Complaints answered in public in the last 30 days, per 1,000 consumers, and their mean time in hours (not a
        number: none).
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
