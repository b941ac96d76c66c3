"""Who competes on the page: strategies of the focal company, and what was changed of them by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.core.budget import fund
from influence_sim.core.courses import Course
from influence_sim.core.levers import Levers
from influence_sim.core.state import F8
from influence_sim.scenario import Scenario
from influence_sim.strategies import COMPARED_BY_DEFAULT, Strategy

if TYPE_CHECKING:
    from influence_sim.core.setting import Setting

MOST_CONTENDERS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be played.

    Attributes
    ----------
    scenario
        The setting.
    strategies
        One to three names of strategies that the scenario knows. One may be named twice, to change one of the two.
    seed
        Of all draws.
    """

    scenario: Scenario
    strategies: tuple[str, ...] = COMPARED_BY_DEFAULT
    seed: int = 1


type Moves = dict[int, dict[str, float]]
"""Levers by the day of the comparison from which they hold."""


@dataclass(slots=True)
class Contender:
    """A strategy of the focal company, and what was changed of it by hand.

    Attributes
    ----------
    name
        What it is called: the strategy's name, or one that is not taken.
    strategy
        What it began as.
    first
        Levers changed before the first hour.
    later
        Levers changed in mid-run, by the day from which they hold.
    """

    name: str
    strategy: Strategy
    first: dict[str, float] = field(default_factory=dict)
    later: Moves = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        """Whether anything was changed by hand."""
        return bool(self.first or self.later)

    def levers(self) -> dict[str, float]:
        """Return the levers of its first day, neutral ones left out."""
        return {**self.strategy.levers, **self.first}

    def schedule(self) -> Moves:
        """Return its own schedule with what was changed by hand."""
        both = (self.strategy.schedule, self.later)
        days = sorted({day for moves in both for day in moves})
        return {day: {name: value for moves in both for name, value in moves.get(day, {}).items()} for day in days}

    def course(self) -> Course:
        """Return what the engine runs."""
        return replace(self.strategy.course(), levers=self.levers(), changes=self.schedule())


def why_fixed(strategy: Strategy) -> str:
    """Say why the levers of a strategy that decides by itself cannot be set by hand."""
    return f"{strategy.name} decides every evening by what it sees; its levers cannot be set by hand"


def share_paid(setting: Setting, company: int, levers: Mapping[str, float]) -> float:
    """Return the share of what levers cost that a company's budget pays for."""
    rows: list[Any] = [{} for _ in setting.names]
    rows[company] = levers
    funded: F8 = fund(setting, Levers.stack(rows))[1]
    return float(np.round(funded[company], 12))


def contenders(scenario: Scenario, strategies: Sequence[str]) -> list[Contender]:
    """Return contenders that begin as these strategies.

    Raises
    ------
    ValueError
        If a strategy is unknown, one that decides by itself is named twice, or there are too many; one line.
    """
    if not 1 <= len(strategies) <= MOST_CONTENDERS:
        raise ValueError(f"strategies: one to {MOST_CONTENDERS} can be shown side by side, not {len(strategies)}")
    chosen: list[Contender] = []
    for name in strategies:
        strategy = scenario.strategy(name)
        if strategy.watches and any(one.strategy.name == name for one in chosen):
            raise ValueError(f"strategies: {name} is named twice, but {why_fixed(strategy)}")
        called = name if all(one.name != name for one in chosen) else free_name(name, {one.name for one in chosen})
        chosen.append(Contender(called, strategy))
    return chosen


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken: this, or this with a number."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
