"""Bursts, firestorms and days of rage of one company, hour by hour."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

WINDOW = 6
BASELINE = 14 * 24
A_DAY = 24
BURST = 3


@dataclass
class Storm:
    """A firestorm."""

    began: int
    broke_out: int
    expected: float
    reproduction: float
    exposed: float
    ended: int | None = None


@dataclass
class Watch:
    """What the watch over one company remembers."""

    model: Any
    company: Any
    volume: list[int] = field(default_factory=list)
    storm_hour: list[bool] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    storms: list[Storm] = field(default_factory=list)
    expected: float = math.nan
    high: int = 0
    calm: int = 0
    storm: Storm | None = None

    def note(self, message: Any) -> None:
        """Remember a negative post or share that is out."""
        self.messages.append(message)

    def hour(self, hour: int) -> None:
        """Count an hour that is complete."""
        said = sum(hour <= message.born < hour + 1 for message in self.messages)
        self.volume.append(said)
        self.storm_hour.append(False)
        recent = sum(self.volume[-WINDOW:])
        # The 14 days before those hours.
        before = range(max(hour + 1 - WINDOW - BASELINE, 0), max(hour + 1 - WINDOW, 0))
        calm_hours = [self.volume[past] for past in before if not self.storm_hour[past]]
        if len(calm_hours) >= A_DAY:
            self.expected = WINDOW * sum(calm_hours) / len(calm_hours)
        z = 2 * (math.sqrt(recent + 0.375) - math.sqrt(self.expected + 0.375))
        self.high = self.high + 1 if z >= 4 else 0
        today = self.company.today
        today["bursts"] += self.high == BURST
        if self.storm is None and self.high >= BURST:
            self.break_out(hour)
        if self.storm is None:
            return
        self.storm_hour[hour] = True
        today["storm_hours"] += 1
        self.calm = self.calm + 1 if z < 2 else 0
        if self.calm >= A_DAY:
            self.storm.ended = hour
            self.storm = None

    def break_out(self, hour: int) -> None:
        reproduction, exposed = self.reproduction(hour + 1), self.exposed(hour + 1)
        if reproduction >= 1 and exposed >= 0.01:
            began = hour + 1 - self.high
            self.storm = Storm(began, hour, self.expected / WINDOW, reproduction, exposed)
            self.storms.append(self.storm)
            self.company.today["firestorms"] += 1
            self.calm = 0

    def reproduction(self, now: float) -> float:
        """R_neg: shares made from what is 6 to 24 hours old, over what of them was due."""
        aged = [message for message in self.messages if WINDOW < now - message.born <= A_DAY]
        due = math.fsum(self.model.reacted(now - message.born) for message in aged)
        shares = sum(born <= now for message in aged for born in message.shared_at)
        return shares / due if due else 0.0

    def exposed(self, now: float) -> float:
        """Share of consumers who read something negative within a day."""
        readers = sum(person.views[self.company.number].negative_read > now - A_DAY for person in self.model.people)
        return readers / self.model.size
