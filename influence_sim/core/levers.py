"""What a strategy may set: the levers, their ranges, units and neutral values.

A strategy is a row of lever values and nothing else; the engine sees one array per lever, with one value per company of
each world. Levers of mechanisms that are not built yet are listed with ``since = None`` and refused unless neutral.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lever:
    """What is known about a lever besides its value."""

    neutral: float
    low: float
    high: float
    unit: str
    equations: tuple[int, ...]
    meaning: str
    available: bool = True


def _lever(
    neutral: float,
    low: float,
    high: float,
    unit: str,
    equations: tuple[int, ...],
    meaning: str,
    available: bool = True,
) -> Any:
    return field(metadata={"lever": Lever(neutral, low, high, unit, equations, meaning, available)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Levers:
    """Lever values of all companies of a batch, each of shape (worlds · companies,)."""

    # broadcast
    posts_per_day: NDArray[np.float64] = _lever(0, 0, 50, "posts per day", (4, 14), "posts on the company's page")
    paid_reach: NDArray[np.float64] = _lever(0, 0, 10, "ads per consumer and day", (14,), "paid impressions")
    claim: NDArray[np.float64] = _lever(0, 0, 1, "strength", (1,), "how much the ads promise")
    # dialogue: answering
    reply_capacity: NDArray[np.float64] = _lever(
        0, 0, 1000, "replies per hour and 1,000 consumers", (6, 9), "staff who answer complaints"
    )
    reply_priority: NDArray[np.float64] = _lever(
        0, 0, 1, "0 or 1", (9,), "0: oldest case first; 1: most aroused case first"
    )
    public_replies: NDArray[np.float64] = _lever(1, 0, 1, "share", (4, 6), "replies that others can read")
    empathy: NDArray[np.float64] = _lever(0, 0, 1, "strength", (6,), "replies show that one cares")
    explanation: NDArray[np.float64] = _lever(0, 0, 1, "strength", (6,), "replies say why it happened")
    apology: NDArray[np.float64] = _lever(0, 0, 1, "strength", (6,), "replies say sorry")
    compensation: NDArray[np.float64] = _lever(0, 0, 1, "strength", (6,), "replies make good in money")
    spam_caught: NDArray[np.float64] = _lever(0.8, 0, 1, "share", (9,), "spam that the filter stops")
    spam_false_alarms: NDArray[np.float64] = _lever(0.05, 0, 1, "share", (9,), "complaints that the filter stops")
    # dialogue: listening and acting
    listening: NDArray[np.float64] = _lever(0, 0, 1, "share", (10,), "posts about the company that it reads")
    action_share: NDArray[np.float64] = _lever(0, 0, 1, "share", (11,), "α, how much of what it learnt it acts on")
    improvement_capacity: NDArray[np.float64] = _lever(
        0, 0, 1, "taste per attribute and period", (11,), "u, how far a product can be changed at a time"
    )
    lead_time: NDArray[np.float64] = _lever(30, 1, 365, "days", (11,), "ℓ, from decision to release")
    # not built yet
    sincerity: NDArray[np.float64] = _lever(1, 0, 1, "share", (7,), "σ, replies that are meant", False)
    astroturf_posts: NDArray[np.float64] = _lever(0, 0, 100, "posts per day", (7,), "faked praise", False)
    deletion_rate: NDArray[np.float64] = _lever(0, 0, 1, "share", (8,), "criticism deleted from the page", False)
    page_open: NDArray[np.float64] = _lever(1, 0, 1, "share", (8,), "how open the page is to voice", False)
    deletion_delay: NDArray[np.float64] = _lever(2, 0, 1000, "hours", (8,), "time until it is deleted", False)
    ask_period: NDArray[np.float64] = _lever(0, 0, 365, "days", (12,), "time between questions; 0: never", False)
    ask_specificity: NDArray[np.float64] = _lever(0, 0, 1, "strength", (12,), "how specific questions are", False)
    survey_period: NDArray[np.float64] = _lever(0, 0, 365, "days", (10,), "time between surveys; 0: never", False)
    survey_size: NDArray[np.float64] = _lever(0, 0, 1e6, "people", (10,), "people asked in a survey", False)
    survey_latency: NDArray[np.float64] = _lever(30, 0, 365, "days", (10,), "time until a survey is read", False)
    circle_back: NDArray[np.float64] = _lever(0, 0, 1, "share", (12,), "contributors told what changed", False)
    prevention: NDArray[np.float64] = _lever(0, 0, 1, "strength", (11,), "spending on fewer failures", False)
    reward_value: NDArray[np.float64] = _lever(0, 0, 1, "strength", (13,), "rewards for loyal customers", False)
    outreach: NDArray[np.float64] = _lever(0, 0, 1, "share", (4,), "uninvited engagement elsewhere", False)
    influencer_seeds: NDArray[np.float64] = _lever(0, 0, 1e6, "people", (4,), "well-connected people seeded", False)

    @classmethod
    def stack(cls, rows: Sequence[Mapping[str, float]]) -> Levers:
        """Stack one row of lever values per company of each world; levers not named are neutral."""
        return cls(
            **{name: np.array([row.get(name, lever.neutral) for row in rows], float) for name, lever in LEVERS.items()}
        )


LEVERS: dict[str, Lever] = {f.name: f.metadata["lever"] for f in fields(Levers)}
"""What is known about each lever, by its name."""


def check_levers(values: Mapping[str, float]) -> None:
    """Check a strategy's levers.

    Raises
    ------
    ValueError
        If a name is unknown, a value is out of range, or its mechanism is not built yet; one line, ``name: why``.
    """
    for name, value in values.items():
        if name not in LEVERS:
            close = get_close_matches(name, LEVERS, 1)
            hint = f"did you mean {close[0]}?" if close else "see the command strategies for all levers"
            raise ValueError(f"{name} = {value}: there is no such lever; {hint}")
        lever = LEVERS[name]
        if not (math.isfinite(value) and lever.low <= value <= lever.high):
            raise ValueError(f"{name} = {value}: must lie in {lever.low:g}..{lever.high:g} ({lever.unit})")
        if not lever.available and value != lever.neutral:
            equations = ", ".join(map(str, lever.equations))
            raise ValueError(
                f"{name} = {value:g}: this lever's mechanism (equation {equations}) is not built yet; "
                f"only its neutral value {lever.neutral:g} is allowed"
            )
