"""The order of an hour and of a day, as tuples of phases that one can read aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from influence_sim.core import measures
from influence_sim.core.arrivals import arrive
from influence_sim.core.asking import ask
from influence_sim.core.backlash import watch
from influence_sim.core.boycott import join_boycotts
from influence_sim.core.campaign import campaign
from influence_sim.core.fork import fork
from influence_sim.core.learning import learn
from influence_sim.core.market import become_loyal, trade
from influence_sim.core.moderation import find_gone, moderate
from influence_sim.core.propagation import Items, deliver, rest, share
from influence_sim.core.publishing import publish
from influence_sim.core.reading import forget, mix_with_peers, read
from influence_sim.core.replies import lose_patience, reply
from influence_sim.core.service import serve
from influence_sim.core.state import F8, Flows
from influence_sim.core.steering import steer
from influence_sim.core.worlds import Worlds


class Phase(NamedTuple):
    """A phase, the equations it computes, and what it does in the words of the model."""

    title: str
    run: Callable[[Worlds], None]
    equations: tuple[int, ...] = ()


class Reaction(NamedTuple):
    """A phase of the reaction to what is read."""

    title: str
    run: Callable[[Worlds, Items], None]
    equations: tuple[int, ...] = ()


REACTIONS = (
    Reaction("attitude, trust and arousal are updated from what was read; fakes are seen through", read, (5, 6, 7, 14)),
    Reaction("readers decide to share; shares are scheduled with the lag kernel", share, (4,)),
)


def circulate(worlds: Worlds) -> None:
    """Deliver what falls due, react to it, and again, while what is shared in this hour falls due in this hour."""
    publish(worlds)
    while (delivered := deliver(worlds)) is not None:
        items, removed = delivered
        find_gone(worlds, removed)
        for reaction in REACTIONS:
            reaction.run(worlds, items)
        publish(worlds)
    rest(worlds)


MORNING = (
    Phase(
        "companies pay for the day, post, advertise, pay others to pass it on, and fake praise",
        campaign,
        (4, 7, 14, 18),
    ),
)

HOUR = (
    Phase("spam arrives, incidents strike", arrive, (1, 3, 9, 16)),
    Phase("posts whose hour has come are published; page complaints become cases", publish, (3, 4, 8, 9)),
    Phase("staff take up cases from a priority queue with finite capacity", serve, (9,)),
    Phase("replies that are ready are sent", reply, (6, 7)),
    Phase("complaints are deleted, and who notices is angry", moderate, (8,)),
    Phase("patience runs out", lose_patience, (6,)),
    Phase("exposures that fall due are delivered and reacted to", circulate, (4, 8)),
    Phase("bursts and firestorms are watched for", watch, (17,)),
)

DAY = (
    Phase("boycotts are joined", join_boycotts, (15,)),
    Phase("demand drifts; need, choice, purchase, experience, then exit, voice or silence", trade, (1, 2, 3, 10)),
    Phase("loyalty follows", become_loyal, (13,)),
    Phase("attitudes mix among peers", mix_with_peers, (5,)),
    Phase("companies ask their customers", ask, (12,)),
    Phase("companies learn, release improvements, tell contributors, and decide on more", learn, (10, 11, 12)),
    Phase("the day's flows are remembered", Worlds.remember),
)

NIGHT = (
    Phase("strategies with a schedule, or that watch, set their levers for tomorrow", steer),
    Phase("memories fade", forget, (5, 6, 12, 14)),
)


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
        _look_around(worlds)

    def step(self) -> None:
        """Advance all worlds by one step; the first step of a day opens it, the last closes it."""
        worlds = self.worlds
        if worlds.step % worlds.setting.steps_per_day == 0:
            for phase in MORNING:
                phase.run(worlds)
        for phase in HOUR:
            phase.run(worlds)
        if (worlds.step + 1) % worlds.setting.steps_per_day == 0:
            self._close_day()
        worlds.step += 1

    def fork(self, sources: Sequence[int]) -> Engine:
        """Return an engine with copies of worlds ``sources`` (each as often as named), which share nothing with it."""
        engine = Engine(fork(self.worlds, np.asarray(sources)), self.recorded)
        rows = engine.worlds.rows_of(np.asarray(sources))
        engine.history = [day[:, rows] for day in self.history]
        # The day may have begun long ago.
        engine.worlds.customers_at_dawn = self.worlds.customers_at_dawn[rows]
        engine.worlds.at_risk_at_dawn = self.worlds.at_risk_at_dawn[rows]
        return engine

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
        self.history.append(measures.record(worlds, measures.by_name(self.recorded)))
        for phase in NIGHT:
            phase.run(worlds)
        worlds.flows = Flows.zero(worlds.size)
        _look_around(worlds)

    def recorded_days(self, since: int) -> F8:
        """Return what was recorded from day ``since`` on, shape (worlds, companies, days, measures)."""
        size = self.worlds.size
        days = np.stack(self.history[since:]) if self.history[since:] else np.empty((0, len(self.recorded), size.rows))
        return np.ascontiguousarray(
            days.reshape(-1, len(self.recorded), size.worlds, size.companies).transpose(2, 3, 0, 1)
        )


def _look_around(worlds: Worlds) -> None:
    """Note what rates of the coming day are rates of."""
    worlds.customers_at_dawn = measures.number_of_customers(worlds)
    worlds.at_risk_at_dawn = measures.number_at_risk(worlds)
