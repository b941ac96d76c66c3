"""What a strategy may set: the levers, their ranges, units and neutral values.

A strategy is a row of lever values and nothing else; the engine sees one array per lever, with one value per company of
each world.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

type F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lever:
    """What is known about a lever besides its value.

    Attributes
    ----------
    neutral
        At which it does nothing.
    low, high, unit
        Its range, and in what it is counted.
    equations
        In which it stands, by number.
    meaning
        What it does.
    bought
        Whether it costs money in proportion to its value: then it shrinks when a strategy wants more than its budget.
    """

    neutral: float
    low: float
    high: float
    unit: str
    equations: tuple[int, ...]
    meaning: str
    bought: bool = False


def _lever(
    neutral: float,
    low: float,
    high: float,
    unit: str,
    equations: tuple[int, ...],
    meaning: str,
    *,
    bought: bool = False,
) -> Any:
    return field(metadata={"lever": Lever(neutral, low, high, unit, equations, meaning, bought)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """Lever values of all companies of a batch, each of shape (worlds · companies,)."""

    # broadcast
    posts_per_day: F8 = _lever(0, 0, 50, "posts per day", (2, 4, 5, 14), "posts on the company's page", bought=True)
    paid_reach: F8 = _lever(0, 0, 10, "ads per consumer and day", (2, 5, 14), "paid impressions", bought=True)
    claim: F8 = _lever(0, 0, 1, "strength", (1,), "how much posts and ads promise")
    influencer_seeds: F8 = _lever(0, 0, 1e6, "people per 1,000 consumers", (4, 14), "people paid to pass on every post")
    seed_rule: F8 = _lever(1, 0, 1, "0 or 1", (4,), "who is paid: 0: anybody; 1: those with most followers")
    # dialogue: answering
    reply_capacity: F8 = _lever(
        0, 0, 1000, "replies per hour and 1,000 consumers", (4, 5, 6, 7, 9), "staff who answer complaints", bought=True
    )
    reply_priority: F8 = _lever(0, 0, 1, "0 or 1", (9,), "0: oldest case first; 1: most aroused case first")
    public_replies: F8 = _lever(1, 0, 1, "share", (4, 6), "replies that others can read")
    empathy: F8 = _lever(0, 0, 1, "strength", (6,), "replies show that one cares")
    explanation: F8 = _lever(0, 0, 1, "strength", (6,), "replies say why it happened")
    apology: F8 = _lever(0, 0, 1, "strength", (6,), "replies say sorry")
    compensation: F8 = _lever(0, 0, 1, "strength", (6,), "replies make good in money")
    sincerity: F8 = _lever(1, 0, 1, "share", (7,), "σ, how far replies are meant")
    outreach: F8 = _lever(0, 0, 1, "share", (4, 6), "posts among peers that are answered too, uninvited", bought=True)
    spam_caught: F8 = _lever(0.8, 0, 1, "share", (9,), "spam that the filter stops")
    spam_false_alarms: F8 = _lever(0.05, 0, 1, "share", (9,), "complaints that the filter stops")
    # dialogue: listening and acting
    listening: F8 = _lever(0, 0, 1, "share", (10,), "posts about the company that it reads", bought=True)
    ask_period: F8 = _lever(0, 0, 365, "days", (12,), "time between questions to the customers; 0: never")
    ask_specificity: F8 = _lever(0, 0, 1, "strength", (10, 12), "how specific questions are")
    survey_period: F8 = _lever(0, 0, 365, "days", (10,), "time between surveys of all consumers; 0: never")
    survey_size: F8 = _lever(0, 0, 1000, "people per 1,000 consumers", (10,), "people asked in a survey", bought=True)
    survey_latency: F8 = _lever(30, 1, 365, "days", (10,), "time until a survey's result is there")
    action_share: F8 = _lever(0, 0, 1, "share", (11,), "α, how much of what it learnt it acts on")
    improvement_capacity: F8 = _lever(
        0, 0, 1, "taste per attribute and period", (11,), "u, how far a product can be changed at a time", bought=True
    )
    lead_time: F8 = _lever(30, 1, 365, "days", (11,), "ℓ, from decision to release")
    circle_back: F8 = _lever(0, 0, 1, "share", (7, 12), "contributors who are told what has changed")
    # neither
    prevention: F8 = _lever(0, 0, 1, "strength", (1, 11), "effort that goes into fewer failures", bought=True)
    reward_value: F8 = _lever(0, 0, 1, "strength", (2,), "rewards for every repeated purchase", bought=True)
    astroturf_posts: F8 = _lever(0, 0, 100, "posts per day and 1,000 consumers", (7,), "faked praise", bought=True)
    page_open: F8 = _lever(1, 0, 1, "share", (3, 8), "how open the page is to voice")
    deletion_rate: F8 = _lever(0, 0, 1, "share", (8,), "complaints deleted from the page")
    deletion_delay: F8 = _lever(2, 0, 1000, "hours", (8,), "time until a complaint is deleted")

    @classmethod
    def stack(cls, rows: Sequence[Mapping[str, float]]) -> Levers:
        """Stack one row of lever values per company of each world; levers not named are neutral."""
        return cls(
            **{name: np.array([row.get(name, lever.neutral) for row in rows], float) for name, lever in LEVERS.items()}
        )


LEVERS: dict[str, Lever] = {f.name: f.metadata["lever"] for f in fields(Levers)}
"""What is known about each lever, by its name."""

NEUTRAL: dict[str, float] = {name: lever.neutral for name, lever in LEVERS.items()}
"""The levers of a company that does nothing."""


def check_levers(values: Mapping[str, float]) -> None:
    """Check a strategy's levers.

    Raises
    ------
    ValueError
        If a name is unknown or a value is not allowed; one line, ``name = value: why``.
    """
    for name, value in values.items():
        if name not in LEVERS:
            close = get_close_matches(name, LEVERS, 1)
            hint = f"did you mean {close[0]}?" if close else "see the command strategies for all levers"
            raise ValueError(f"{name} = {value}: there is no such lever; {hint}")
        lever = LEVERS[name]
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise ValueError(f"{name} = {value!r}: must be a number ({lever.unit})")
        if not (math.isfinite(value) and lever.low <= value <= lever.high):
            raise ValueError(f"{name} = {value}: must lie in {lever.low:g}..{lever.high:g} ({lever.unit})")
        if lever.unit == "0 or 1" and value not in (0, 1):
            raise ValueError(f"{name} = {value}: must be 0 or 1 ({lever.meaning})")


def whole_days(period: F8) -> NDArray[np.int64]:
    """Return periods in whole days, at least one; 0, for never, stays 0."""
    return np.where(period > 0, np.maximum(np.round(period), 1), 0).astype(np.int64)
