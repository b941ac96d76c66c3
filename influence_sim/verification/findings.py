"""What a check expects, what it got, and whether that is good enough."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

STANDARD_ERRORS = 3.0
"""How many standard errors a Monte Carlo mean may lie off."""


class Size(StrEnum):
    """How much is simulated: ``small`` in half a minute in all, ``full`` at the sizes of the published tests."""

    SMALL = "small"
    FULL = "full"


class Ground(StrEnum):
    """What a finding rests on; what was used for tuning is calibrated and never counts as validated."""

    EXACT = "exact"
    CALIBRATED = "calibrated"
    VALIDATED = "validated"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: a figure that theory or data fixes, and the figure that was got.

    Attributes
    ----------
    what
        The figure, in words.
    low, high
        The band in which it is expected; both ends are equal where it is one number.
    got
        What was simulated or computed.
    error
        Standard error of ``got`` (0 where it is not random).
    allowed
        Stated bias: how far it may lie off besides three standard errors (finite size, time step, rounding).
    ground
        What the figure rests on.
    source
        Who published the figure, or the equation that it solves.
    distance
        How far the two distributions are apart, for patterns in data, with its name in ``measured_by``.
    known_miss
        Why it is known not to hold, where it is; such a finding is reported as a miss and fails nothing, but it does
        fail if it begins to hold, so that nobody goes on apologising for it.
    """

    what: str
    low: float
    high: float
    got: float
    error: float = 0.0
    allowed: float = 0.0
    ground: Ground = Ground.EXACT
    source: str = ""
    distance: float = math.nan
    measured_by: str = ""
    known_miss: str = ""

    @classmethod
    def exactly(cls, what: str, expected: float, got: float, **others: object) -> Finding:
        """Return a finding of which one number is expected."""
        return cls(what, expected, expected, got, **others)  # type: ignore[arg-type]

    @property
    def holds(self) -> bool:
        """Whether the figure lies in its band, but for three standard errors and the stated bias."""
        slack = STANDARD_ERRORS * self.error + self.allowed
        return self.low - slack <= self.got <= self.high + slack

    @property
    def verdict(self) -> str:
        """``holds``, ``fails``, ``known miss``, or ``no miss any more``."""
        if self.known_miss:
            return "no miss any more" if self.holds else "known miss"
        return "holds" if self.holds else "fails"

    @property
    def is_failure(self) -> bool:
        """Whether somebody has to look at it."""
        return self.holds if self.known_miss else not self.holds


@dataclass(frozen=True, slots=True)
class Check:
    """One simulation and what is read off it.

    Attributes
    ----------
    name
        Short, unique, in lower case with hyphens: ``independent-cascade``.
    run
        Simulates at a size and returns the findings.
    data
        Files of real data it needs, relative to the data folder; without them it is skipped, and said to be.
    """

    name: str
    run: Callable[[Size], Iterable[Finding]]
    data: tuple[str, ...] = ()
