"""The catalogue: strategies as rows of levers, on one budget. No rule anywhere reads a strategy's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from influence_sim.core.levers import check_levers


@dataclass(frozen=True, slots=True)
class Strategy:
    """A setting of levers; levers not named are neutral.

    Raises
    ------
    ValueError
        If a lever is unknown, out of range or not built yet.
    """

    name: str
    meaning: str
    levers: Mapping[str, float]

    def __post_init__(self) -> None:
        """Check the levers."""
        try:
            check_levers(self.levers)
        except ValueError as error:
            raise ValueError(f"levers.{self.name}.{error}") from None


CATALOGUE: Mapping[str, Strategy] = MappingProxyType(
    {
        strategy.name: strategy
        for strategy in (
            Strategy("silent", "does nothing; what the others are measured against", {}),
            Strategy(
                "broadcast",
                "pushes posts and ads only",
                {"posts_per_day": 2.0, "paid_reach": 0.12},
            ),
            Strategy(
                "dialogue",
                "answers complaints, listens and acts on what it hears",
                {
                    "reply_capacity": 0.5,
                    "empathy": 0.5,
                    "explanation": 0.5,
                    "apology": 0.5,
                    "listening": 1.0,
                    "action_share": 1.0,
                    "improvement_capacity": 0.3,
                },
            ),
        )
    }
)
"""All built-in strategies by name."""


COMPARED_BY_DEFAULT = ("broadcast", "dialogue", "silent")


def find(name: str, overrides: Mapping[str, Mapping[str, float]]) -> Strategy:
    """Return a strategy by name: a row of the catalogue, changed or added to by ``overrides`` (name → levers).

    Raises
    ------
    ValueError
        If there is no such strategy, or its levers are wrong; one line that names what there is.
    """
    own = overrides.get(name)
    if name in CATALOGUE:
        known = CATALOGUE[name]
        return known if own is None else Strategy(name, known.meaning, {**known.levers, **own})
    if own is None:
        names = [*CATALOGUE, *overrides]
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise ValueError(f"there is no strategy {name!r}: {hint}")
    return Strategy(name, "defined in the scenario", own)
