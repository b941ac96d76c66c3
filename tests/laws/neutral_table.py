"""The tables of mechanisms: one row per constant or lever, with a consequence that is 0 where the mechanism is off."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from influence_sim.core.market import Experience, experience

MANY = 1500


class Row(NamedTuple):
    """A value at which the mechanism works, and what to measure at a value (by parameter or lever name)."""

    other: float
    consequence: Callable[..., float]


PARAMETERS: dict[str, Row] = {}
LEVER_ROWS: dict[str, Row] = {}


def row(name, other, table=PARAMETERS):
    """Enter a function, which takes the value by its name, into a table."""

    def enter(consequence):
        assert name not in table
        table[name] = Row(other, consequence)
        return consequence

    return enter


def lever(name, other):
    """Enter a function into the table of levers."""
    return row(name, other, LEVER_ROWS)


def authors(worlds, kind):
    """Who has written messages of a kind."""
    table = worlds.messages
    return set(table.author[: len(table)][table.kind[: len(table)] == kind].tolist())


def of_kind(worlds, *kinds):
    """Which messages are of some kinds."""
    table = worlds.messages
    return np.isin(table.kind[: len(table)], kinds)


def differing(one, other):
    """How many stand in one set only."""
    return len(one ^ other)


def let_live(worlds, severity=0.0, cause=37):
    """Let everyone of the first world have an experience with company 0, a failure if it is severe."""
    everyone = np.arange(worlds.size.consumers)
    zero = np.zeros_like(everyone)
    failed = np.full(everyone.size, severity > 0)
    had = Experience(zero, zero, everyone, cause, failed, np.full(everyone.size, severity), failed, worlds.now)
    experience(worlds, had)
