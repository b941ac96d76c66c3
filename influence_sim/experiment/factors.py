"""What a study may vary within a range: every assumption of the model, and any other key by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from influence_sim.core.parameters import Parameters
from influence_sim.experiment.design import Varied, takes_whole_numbers
from influence_sim.files import did_you_mean
from influence_sim.scenario import ASSUMPTIONS, Scenario

RATIO = 10.0
"""Ratio of a range's ends from which on its values are evenly spread by their logarithms."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A scenario key with its range.

    Attributes
    ----------
    key
        Dotted name.
    low, high
        Ends, both included.
    middle
        The value half-way, if there is one: half of all values lie below it. Each half is spread evenly, or, where its
        ends are positive and differ by a factor of :data:`RATIO` or more, evenly by logarithms. Without it the whole
        range is spread evenly.
    is_whole
        Whether only whole numbers are allowed.
    """

    key: str
    low: float
    high: float
    middle: float | None = None
    is_whole: bool = False

    def at(self, share: float) -> Any:
        """Return the value at a share 0..1 of the way through the range."""
        if self.is_whole:
            return min(int(self.low) + int(share * (self.high - self.low + 1)), int(self.high))
        if self.middle is None:
            return self.low + share * (self.high - self.low)
        if self.middle in (self.low, self.high):
            return _between(self.low, self.high, share)
        if share < 0.5:
            return _between(self.low, self.middle, 2 * share)
        return _between(self.middle, self.high, 2 * share - 1)

    def narrowed(self, width: float) -> Factor:
        """Return the middle share ``width`` of the range, or that next to its middle where this is an end."""
        low, high = 0.5 - width / 2, 0.5 + width / 2
        if self.middle == self.low:
            low, high = 0.0, width
        elif self.middle == self.high:
            low, high = 1 - width, 1.0
        return replace(self, low=self.at(low), high=self.at(high))


def _between(low: float, high: float, share: float) -> float:
    if share in (0, 1):
        return high if share else low
    if low > 0 and high / low >= RATIO:
        return float(low * (high / low) ** share)
    return low + share * (high - low)


def assumptions(scenario: Scenario, only: Sequence[str] = (), width: float = 1.0) -> tuple[Factor, ...]:
    """Return the model's assumptions with their ranges, the scenario's own value in the middle of each.

    Parameters
    ----------
    scenario
        Where the middles come from.
    only
        Names of those wanted, dotted or not; all if there are none.
    width
        Share of each range, around its middle, 0..1.

    Raises
    ------
    ValueError
        If a name is no assumption, or the width is out of range.
    """
    if not 0 < width <= 1:
        raise ValueError(f"width = {width:g}: must lie in 0 .. 1, 0 excluded")
    short = {key.rpartition(".")[2]: key for key in ASSUMPTIONS}
    keys = list(dict.fromkeys(short.get(name, name) for name in only)) or list(ASSUMPTIONS)
    found = []
    for key in keys:
        if key not in ASSUMPTIONS:
            hint = did_you_mean(key, [*ASSUMPTIONS, *short])
            raise ValueError(f"{key}: is no assumption{hint}; --vary {key}=LOW:HIGH varies any other key")
        origin = ASSUMPTIONS[key]
        table, name = key.split(".")
        own = scenario.costs if table == "costs" else Parameters.of(scenario.parameters)
        whole_range = Factor(key, origin.low, origin.high, float(getattr(own, name)))
        found.append(whole_range if width == 1 else whole_range.narrowed(width))
    return tuple(found)


def ranges(scenario: Scenario, varied: Sequence[str]) -> tuple[Factor, ...]:
    """Read ``KEY=LOW:HIGH`` texts; whether a key takes whole numbers only is found out from the scenario.

    Raises
    ------
    ValueError
        If a text is no range, a key is named twice, or the scenario does not know it or allow an end of its range.
    """
    found: list[Factor] = []
    for text in varied:
        one = Varied.parse(text)
        if one.values:
            raise ValueError(f"--vary {text}: a range is needed here, as in {one.key}=LOW:HIGH")
        if any(other.key == one.key for other in found):
            raise ValueError(f"--vary {one.key}: is varied twice")
        is_whole = takes_whole_numbers(scenario, one)
        for end in (one.low, one.high):
            scenario.with_values({one.key: int(end) if is_whole else end})
        found.append(Factor(one.key, one.low, one.high, None, is_whole))
    return tuple(found)
