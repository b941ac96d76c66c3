"""The order of an hour and of a day, as tuples of phases that one can read aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from influence_sim.core import measures
from influence_sim.core.arrivals import arrive
from influence_sim.core.backlash import watch
from influence_sim.core.campaign import campaign
from influence_sim.core.learning import learn
from influence_sim.core.market import become_loyal, trade
from influence_sim.core.propagation import Items, deliver, rest, share
from influence_sim.core.reading import forget, mix_with_peers, read
from influence_sim.core.service import answer, lose_patience
from influence_sim.core.state import F8, Flows
from influence_sim.core.worlds import Worlds


class Phase(NamedTuple):
    """A phase and what it does, in the words of the model."""

    title: str
    run: Callable[[Worlds], None]


class Reaction(NamedTuple):
    """A phase of the reaction to what is read."""

    title: str
    run: Callable[[Worlds, Items], None]


REACTIONS = (
    Reaction("attitude, trust and arousal are updated from what was read", read),
    Reaction("readers decide to share; shares are scheduled with the lag kernel", share),
)


def circulate(worlds: Worlds) -> None:
    """Deliver what falls due, react to it, and again, while what is shared in this hour falls due in this hour."""
    while (items := deliver(worlds)) is not None:
        for reaction in REACTIONS:
            reaction.run(worlds, items)
    rest(worlds)


HOUR = (
    Phase("posts are published, spam arrives, incidents strike", arrive),
    Phase("exposures that fall due are delivered and reacted to", circulate),
    Phase("companies filter spam and reply from a priority queue with finite capacity", answer),
    Phase("patience runs out", lose_patience),
    Phase("bursts and firestorms are watched for", watch),
)

DAY = (
    Phase("taste drift, need, choice, purchase, experience, then exit, voice or silence", trade),
    Phase("loyalty follows", become_loyal),
    Phase("attitudes mix among peers", mix_with_peers),
    Phase("companies learn from what they read, release improvements and decide on new ones", learn),
    Phase("companies campaign", campaign),
)

NIGHT = (Phase("memories fade", forget),)


class Engine:
    """Advances a batch of worlds and records the measures of each day.

    Parameters
    ----------
    worlds
        The batch, at its beginning.
    recorded
        Names of the measures to record.
    """

    def __init__(self, worlds: Worlds, recorded: tuple[str, ...] = measures.STANDARD) -> None:
        self.worlds = worlds
        self.recorded = recorded
        self.history: list[F8] = []
        worlds.customers_at_dawn = measures.number_of_customers(worlds)

    def step(self) -> None:
        """Advance all worlds by one step; the last step of a day closes it."""
        worlds = self.worlds
        for phase in HOUR:
            phase.run(worlds)
        if (worlds.step + 1) % worlds.setting.steps_per_day == 0:
            self._close_day()
        worlds.step += 1

    def run_days(self, days: int, on_day: Callable[[], None] | None = None) -> None:
        """Advance all worlds by whole days, calling ``on_day`` after each."""
        for _ in range(days):
            for _ in range(self.worlds.setting.steps_per_day):
                self.step()
            if on_day is not None:
                on_day()

    def _close_day(self) -> None:
        worlds = self.worlds
        for phase in DAY:
            phase.run(worlds)
        worlds.recent_sales[worlds.day % len(worlds.recent_sales)] = worlds.flows.sales
        self.history.append(measures.record(worlds, measures.by_name(self.recorded)))
        worlds.flows = Flows.zero(worlds.size)
        for phase in NIGHT:
            phase.run(worlds)
        worlds.customers_at_dawn = measures.number_of_customers(worlds)

    def recorded_days(self, since: int) -> F8:
        """Return what was recorded from day ``since`` on, shape (worlds, companies, days, measures)."""
        size = self.worlds.size
        days = np.stack(self.history[since:]) if self.history[since:] else np.empty((0, len(self.recorded), size.rows))
        return np.ascontiguousarray(
            days.reshape(-1, len(self.recorded), size.worlds, size.companies).transpose(2, 3, 0, 1)
        )
