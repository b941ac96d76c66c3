"""Copies of worlds in mid-run, so that what several worlds have in common is computed once."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.calendar import Calendar
from influence_sim.core.draws import Draws
from influence_sim.core.levers import LEVERS, Levers
from influence_sim.core.messages import Messages
from influence_sim.core.state import COLUMNS, Flows, Ints, Size, State
from influence_sim.core.worlds import Worlds

_BY_WORLD = ("consumer", "taste", "demand")


def fork(worlds: Worlds, sources: NDArray[np.integer]) -> Worlds:
    """Return a batch of copies of worlds ``sources`` (each as often as named), which share nothing with the originals.

    A copy goes on exactly as its original would.
    """
    old, size = worlds.size, Size(len(sources), worlds.size.companies, worlds.size.consumers, worlds.size.attributes)
    rows = worlds.rows_of(sources)
    new = copy(worlds)
    new.size = size
    new.draws = Draws(worlds.draws.seeds[sources])
    new.world_of_row = np.repeat(np.arange(size.worlds), size.companies)
    new.company_of_row = np.tile(np.arange(size.companies), size.worlds)
    new.state = State(
        **{
            name: getattr(worlds.state, name)[sources if column.of in _BY_WORLD else rows]
            for name, column in COLUMNS.items()
        }
    )
    new.flows = Flows(**{f.name: getattr(worlds.flows, f.name)[rows] for f in fields(Flows)})
    new.wanted, new.levers = (
        Levers(**{name: getattr(levers, name)[rows] for name in LEVERS}) for levers in (worlds.wanted, worlds.levers)
    )
    new.funded, new.running_cost = worlds.funded[rows], worlds.running_cost[rows]
    new.customers_at_dawn, new.at_risk_at_dawn = worlds.customers_at_dawn[rows], worlds.at_risk_at_dawn[rows]
    new.history = {name: kept[:, rows] for name, kept in worlds.history.items()}
    new.recent_products = worlds.recent_products[:, rows]
    new.switches, new.spared = worlds.switches[sources], worlds.spared[sources]
    new.purchases = None
    # What a decision remembers is its world's own.
    new.courses = [deepcopy(worlds.courses[row]) for row in rows.tolist()]
    new.releases = [(due[rows], change[rows], fixed[rows]) for due, change, fixed in worlds.releases]
    new.surveys = [(due[rows], mean[rows], weight[rows]) for due, mean, weight in worlds.surveys]
    new.read_this_step = worlds.read_this_step.reshape(old.worlds, -1)[sources].ravel()
    new.readers_this_step = []
    copies = _Copies(worlds, sources)
    new.messages = copies.table()
    new.exposures, new.voices, new.replies, new.patience, new.deletions = (
        copies.calendar(calendar)
        for calendar in (worlds.exposures, worlds.voices, worlds.replies, worlds.patience, worlds.deletions)
    )
    new.waiting = copies.numbers(worlds.waiting)
    new.posted_today = [copies.numbers(posts) for posts in worlds.posted_today]
    new.done = {deed: copies.pairs(done) for deed, done in worlds.done.items()}
    new.watch = worlds.watch.fork(rows)
    new.watch.table_length = [int(copies.first[length]) for length in worlds.watch.table_length]
    return new


class _Copies:
    """Where the copies of messages stand: side by side, in the order of the originals.

    The copies of message ``m`` are ``first[m] … first[m + 1] − 1``, one for each copy of its world, in their order.
    """

    def __init__(self, worlds: Worlds, sources: NDArray[np.integer]) -> None:
        self.table_before, self.worlds, self.consumers = worlds.messages, worlds, worlds.size.consumers
        count = len(self.table_before)
        self.world = worlds.world_of_row[self.table_before.row[:count]]
        self.times_of_world = np.bincount(sources, minlength=worlds.size.worlds)
        self.first = np.concatenate([[0], np.cumsum(self.times_of_world[self.world])]).astype(np.int64)
        # The copies of a world, world by world.
        self.targets = np.argsort(sources, kind="stable")
        self.first_target = np.concatenate([[0], np.cumsum(self.times_of_world)])

    def expand(self, numbers: NDArray[np.integer]) -> tuple[Ints, Ints]:
        """Return for each copy of messages ``numbers`` the place in ``numbers`` and which copy of its world it is."""
        times = self.times_of_world[self.world[numbers]]
        place = np.repeat(np.arange(numbers.size), times)
        rank = np.arange(place.size) - np.repeat(np.cumsum(times) - times, times)
        return place, rank

    def numbers(self, numbers: NDArray[np.integer]) -> Ints:
        """Return the copies of messages."""
        place, rank = self.expand(numbers)
        copies: Ints = self.first[numbers[place]] + rank
        return copies

    def table(self) -> Messages:
        """Return the table of the copies."""
        old, companies = self.table_before, self.worlds.size.companies
        everything = np.arange(len(old))
        place, rank = self.expand(everything)
        columns = {name: getattr(old, name)[place] for name in Messages.DEFAULTS}
        target = self.targets[self.first_target[self.world[place]] + rank]
        columns["row"] = target * companies + columns["row"] % companies
        for name in ("root", "parent"):
            numbers = columns[name]
            columns[name] = np.where(numbers < 0, -1, self.first[numbers] + rank)
        new = Messages()
        new.append(place.size, **columns)
        return new

    def calendar(self, calendar: Calendar) -> Calendar:
        """Return what waits for the copies; the first column of a calendar is a message."""

        def copied(
            due: NDArray[np.float64], message: NDArray[np.int32], *others: NDArray[np.int32]
        ) -> tuple[NDArray[Any], ...]:
            place, rank = self.expand(message)
            copies = (self.first[message[place]] + rank).astype(np.int32)
            return due[place], copies, *(other[place] for other in others)

        return calendar.mapped(copied)

    def pairs(self, done: set[int]) -> set[int]:
        """Return the copies of pairs (message, consumer), each as one number."""
        message, consumer = np.divmod(np.fromiter(done, np.int64, len(done)), self.consumers)
        place, rank = self.expand(message)
        return set(((self.first[message[place]] + rank) * self.consumers + consumer[place]).tolist())
