"""What arrives at the beginning of an hour: spam and incidents."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.equations import crowds
from influence_sim.core.market import Experience, experience, failure_probability, upset
from influence_sim.core.service import receive_spam
from influence_sim.core.setting import Incident
from influence_sim.core.state import F8, Bools, Ints, add_clipped
from influence_sim.core.worlds import Worlds


def arrive(worlds: Worlds) -> None:
    """Let spam come in and incidents strike; what is said of them is published later."""
    receive_spam(worlds)
    if worlds.step % worlds.setting.steps_per_day == 0:
        for number, incident in enumerate(worlds.setting.incidents):
            if incident.strikes:
                strike(worlds, incident, number)


def strike(worlds: Worlds, incident: Incident, number: int) -> None:
    """Let an incident hit people, at the first step of each of its days, in the worlds that are not spared.

    One draw per consumer and occurrence decides who is hit, another on which of its days.
    """
    today = worlds.day - worlds.setting.burn_in_days
    for turn, start, where in _under_way(worlds, incident, number, today):
        world, consumer = _hit(worlds, incident, number, where, turn, start)
        if not consumer.size:
            continue
        company = np.full(consumer.size, incident.company)
        row = world * worlds.size.companies + company
        severity = np.full(consumer.size, incident.severity)
        worlds.count("hit", row)
        worlds.count("harm", row, severity)
        reported = np.full(consumer.size, incident.reported)
        # One number per incident and occurrence, beyond those of the processes.
        cause = (number + 1) * 1_000_000 + start
        had = Experience(
            world, company, consumer, cause, np.ones(consumer.size, bool), severity, reported, worlds.now, False
        )
        if incident.public:
            _learn_of_it(worlds, had)
        else:
            experience(worlds, had)


def _under_way(worlds: Worlds, incident: Incident, number: int, today: int) -> Iterator[tuple[int, int, Bools]]:
    """Yield the occurrences of which today is a day: which day of it, the day it began, and in which worlds."""
    for turn in range(min(incident.duration, today - incident.day + 1)):
        start = today - turn
        if incident.rate:
            coin = worlds.draws.at(Process.INCIDENT_TIME, start).uniform(np.arange(worlds.size.worlds), number)
            begins = coin < crowds.striking(incident.rate)
        else:
            time, rest = divmod(start - incident.day, incident.every)
            begins = np.full(worlds.size.worlds, rest == 0 and time < incident.repeats)
        where = begins & ~worlds.spared
        if where.any():
            yield turn, start, where


def _hit(worlds: Worlds, incident: Incident, number: int, where: Bools, turn: int, start: int) -> tuple[Ints, Ints]:
    """Return who is hit on this day of an occurrence, as worlds and consumers."""
    customer_of = worlds.state.customer_of
    if incident.hit is not None:
        chosen = np.zeros(worlds.size.consumers, bool)
        chosen[incident.hit] = True
        eligible, share = np.broadcast_to(chosen, customer_of.shape), np.ones(worlds.size.worlds)
    else:
        eligible = np.ones(customer_of.shape, bool) if incident.public else customer_of == incident.company
        share = incident.hit_share * _left_of(worlds, incident)
    world, consumer = np.nonzero(eligible & where[:, None])
    key = worlds.key(consumer)
    # Whether and when are decided apart: a larger share hits nobody earlier, nor does a change of it hit anybody twice.
    coin = worlds.draws.at(Process.INCIDENT_HIT, start).uniform(world, key, number)
    day = np.floor(worlds.draws.at(Process.INCIDENT_DAY, start).uniform(world, key, number) * incident.duration)
    hit = (coin < share[world]) & (day == turn)
    return world[hit], consumer[hit]


def _left_of(worlds: Worlds, incident: Incident) -> F8:
    """Return the share of an incident that is left, per world, when failures have become fewer than at the start."""
    if not incident.preventable:
        return np.ones(worlds.size.worlds)
    at_first = worlds.setting.failure_rates[incident.company]
    now = failure_probability(worlds)[incident.company :: worlds.size.companies]
    if not at_first > 0:
        return np.ones(worlds.size.worlds)
    return np.asarray(crowds.left_of_an_incident(worlds.parameters, now, at_first))


def _learn_of_it(worlds: Worlds, had: Experience) -> None:
    """Let people learn of a scandal: they trust less, think worse, and leave, speak or stay silent."""
    p, state = worlds.parameters, worlds.state
    cell = worlds.cells(had.world * worlds.size.companies + had.company, had.consumer)
    valence = crowds.valence_of_a_scandal(had.severity)
    drawn = crowds.attitude_by_a_scandal(p, had.severity, valence, state.attitude.ravel()[cell])
    add_clipped(state.attitude, cell, drawn, -1, 1)
    add_clipped(state.trust, cell, crowds.trust_by_a_scandal(p, had.severity), 0, 1)
    upset(worlds, had, had.severity)
