"""How the contenders stand at this hour, as plain values: what the page draws and tells, and never the worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import STANDARD, number_of_customers
from influence_sim.core.messages import Kind
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F4, F8, Bools, Ints
from influence_sim.page.contenders import share_paid

if TYPE_CHECKING:
    from influence_sim.core.worlds import Worlds
    from influence_sim.page.arena import Arena

LATELY_HOURS = 48
"""How long somebody who spoke against the company is marked."""


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """What became of the complaints of the comparison that are public by now."""

    complaints: int
    answered: int
    deleted: int
    median_hours: float


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One contender, seen from the focal company.

    Attributes
    ----------
    name
        What the contender is called.
    customers, customers_at_first
        Now, and when the comparison began.
    daily
        Measures of the days that are over, shape (days, measures): see ``STANDARD``.
    volume
        Negative posts and shares of every hour so far.
    storms
        Begin and end of each firestorm in hours of the comparison; an end that is not a number is still to come.
    hit
        People hit by incidents on every day so far, today included.
    cases
        What became of complaints.
    attitude, against
        Of the people in the picture: attitude to the company, and whether they lately posted or shared against it.
    wanted, pulled
        Levers that it wants now, and those that it will from midnight on because they were changed by hand.
    funded, paid
        Share of what it wants that its budget pays for: now, and with what was changed for tomorrow.
    why_fixed
        Why its levers cannot be changed by hand; empty if they can.
    is_changed
        Whether something was changed by hand.
    """

    name: str
    customers: int
    customers_at_first: int
    daily: F8
    volume: NDArray[np.int64]
    storms: tuple[tuple[float, float], ...]
    hit: NDArray[np.int64]
    cases: Cases
    attitude: F4
    against: Bools
    wanted: dict[str, float]
    pulled: dict[str, float]
    funded: float
    paid: float
    why_fixed: str
    is_changed: bool

    def day_by_day(self, measure: str) -> F8:
        """Return a measure on each day that is over."""
        values: F8 = self.daily[:, STANDARD.index(measure)]
        return values

    @property
    def burning_since(self) -> float | None:
        """The hour at which the firestorm that is raging began, if there is one."""
        return self.storms[-1][0] if self.storms and np.isnan(self.storms[-1][1]) else None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The contenders at one hour.

    Attributes
    ----------
    hour, days
        Hours of the comparison that are over, and days that there will be.
    company
        Name of the focal company.
    incidents
        What may go wrong at the focal company, in words such as ``delay``.
    strikes_ahead
        Whether something may still go wrong.
    strikes
        Days on which something went, or is sure to go wrong at the focal company for the first time.
    sides
        The contenders.
    """

    hour: float
    days: int
    company: str
    incidents: tuple[str, ...]
    strikes_ahead: bool
    strikes: tuple[int, ...]
    sides: tuple[Side, ...]

    @property
    def day(self) -> int:
        """The day, from 0."""
        return int(self.hour // HOURS_PER_DAY)

    @property
    def is_over(self) -> bool:
        """Whether all days have been run."""
        return self.day >= self.days


def take(arena: Arena, people: Ints) -> Snapshot:
    """Return how the contenders stand now; ``people`` are the consumers in the picture."""
    base, worlds = arena.base, arena.worlds
    focal, since = base.focal_company, base.burn_in_days * HOURS_PER_DAY
    rows = np.arange(len(arena.contenders)) * worlds.size.companies + focal
    days = arena.engine.recorded_days(base.burn_in_days)[:, focal]
    customers = number_of_customers(worlds)
    at_first = arena.customers_at_first
    volume = np.array(worlds.watch.volume[since:], np.int64).reshape(-1, worlds.size.rows)
    names = arena.names()
    sides = []
    for place, row in enumerate(rows.tolist()):
        contender = arena.contenders[place]
        hit = days[place][:, STANDARD.index("hit")]
        today = [] if arena.is_over else [worlds.flows.hit[row]]
        now = arena.wanted(place)
        sides.append(
            Side(
                name=names[place],
                customers=int(customers[row]),
                customers_at_first=int(at_first[row]),
                daily=days[place],
                volume=volume[:, row],
                storms=_storms(worlds, row, since),
                hit=np.concatenate([hit, today]).astype(np.int64),
                cases=_cases(worlds, row, since),
                attitude=worlds.state.attitude[row, people],
                against=worlds.state.against[row, people] > worlds.now - LATELY_HOURS,
                wanted=now,
                pulled=dict(contender.later.get(arena.day + 1, {})) if arena.hour else {},
                funded=float(worlds.funded[row]),
                paid=share_paid(arena.setting, focal, now),
                why_fixed=arena.why_fixed(place),
                is_changed=contender.is_changed,
            )
        )
    ours = [one for one in base.incident if one.company in (None, base.company_names[focal])]
    return Snapshot(
        hour=arena.hour,
        days=base.days,
        company=base.company_names[focal],
        incidents=tuple(dict.fromkeys(one.kind for one in ours)),
        strikes_ahead=arena.strikes_ahead(),
        strikes=tuple(sorted({*_set_days(arena), *first_days([side.hit for side in sides])})),
        sides=tuple(sides),
    )


def first_days(hit: Sequence[NDArray[np.int64]]) -> list[int]:
    """Return the days on which an incident hit somebody, in any world, but nobody the day before."""
    days = np.flatnonzero(np.any(hit, axis=0))
    first: list[int] = days[np.diff(days, prepend=-9) > 1].tolist()
    return first


def _set_days(arena: Arena) -> list[int]:
    """Return the days on which incidents of the focal company are set to begin."""
    ours = (one for one in arena.setting.incidents if one.company == arena.base.focal_company and one.strikes)
    return [one.day + time * one.every for one in ours if not one.rate for time in range(one.repeats)]


def _storms(worlds: Worlds, row: int, since: float) -> tuple[tuple[float, float], ...]:
    of, began, broke_out, ended = worlds.watch.storms[:4]
    here = np.flatnonzero((of == row) & (broke_out >= since))
    return tuple((float(began[one] - since), float(ended[one] + 1 - since)) for one in here)


def _cases(worlds: Worlds, row: int, since: float) -> Cases:
    table, count, now = worlds.messages, len(worlds.messages), worlds.now
    born = table.born[:count]
    posts = np.flatnonzero(
        (table.kind[:count] == Kind.COMPLAINT) & (table.row[:count] == row) & (born >= since) & (born < now)
    )
    answered = posts[table.answered_at[posts] < now]
    hours = table.answered_at[answered] - table.born[answered]
    return Cases(
        complaints=posts.size,
        answered=answered.size,
        deleted=int(np.count_nonzero(table.deleted_at[posts] < now)),
        median_hours=float(np.median(hours)) if hours.size else float("nan"),
    )
