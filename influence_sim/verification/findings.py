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
    def slack(self) -> float:
        """How far outside its band the figure may lie for reasons of chance and of the stated bias."""
        return STANDARD_ERRORS * self.error + self.allowed

    @property
    def holds(self) -> bool:
        """Whether the figure is as expected: exact ones but for :attr:`slack`, patterns in their band itself.

        A band is wide by itself; to widen it by the noise of the simulation would reward simulating little.
        """
        slack = self.slack if self.ground is Ground.EXACT else self.allowed
        return self.low - slack <= self.got <= self.high + slack

    @property
    def verdict(self) -> str:
        """``holds``, ``fails``, ``known miss``, ``no miss any more``, or ``on the edge``.

        On the edge is a pattern outside its band by less than three standard errors, of which nothing can be said.
        """
        near = self.low - self.slack <= self.got <= self.high + self.slack
        if self.known_miss:
            return "no miss any more" if near else "known miss"
        if self.holds:
            return "holds"
        return "on the edge" if near else "fails"

    @property
    def is_failure(self) -> bool:
        """Whether somebody has to look at it."""
        return self.verdict in ("fails", "no miss any more")


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
