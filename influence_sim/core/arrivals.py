"""What arrives at the beginning of an hour: posts whose hour has come, spam, and the incident."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.market import experience
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.propagation import transmit
from influence_sim.core.service import open_cases, receive_spam
from influence_sim.core.worlds import Worlds


def arrive(worlds: Worlds) -> None:
    """Let posts be published, spam come in and the incident strike; what is said of it is published later."""
    publish(worlds)
    receive_spam(worlds)
    strike(worlds)


def strike(worlds: Worlds) -> None:
    """Let the incident hit customers, at the first step of each of its days.

    One draw per consumer decides for the whole incident: who is hit, and on which of its days.
    """
    incident, setting = worlds.setting.incident, worlds.setting
    if incident is None or not (incident.severity and incident.hit_share) or worlds.step % setting.steps_per_day:
        return
    day = worlds.day - setting.burn_in_days - incident.day
    if not 0 <= day < incident.duration:
        return
    world, consumer = np.nonzero(worlds.state.customer_of == incident.company)
    coin = worlds.draws.at(Process.INCIDENT_HIT).uniform(world, worlds.key(consumer))
    turn = np.floor(coin / incident.hit_share * incident.duration)
    hit = turn == day
    experience(
        worlds,
        world[hit],
        np.full(int(hit.sum()), incident.company),
        consumer[hit],
        failed=np.ones(int(hit.sum()), bool),
        severity=np.full(int(hit.sum()), incident.severity),
        cause=Process.INCIDENT_HIT,
    )


def publish(worlds: Worlds) -> None:
    """Publish the posts whose hour has come: followers may see them, and complaints on the page become cases."""
    born, numbers = worlds.voices.take(worlds.step)
    if not numbers.size:
        return
    numbers = numbers.astype(np.int64)
    table = worlds.messages
    row, kind = table.row[numbers], table.kind[numbers]
    # Nobody shares their own post.
    worlds.first_times("share", numbers, table.author[numbers])
    complaint = kind == Kind.COMPLAINT
    np.add.at(worlds.flows.complaints, row[complaint], 1)
    np.add.at(worlds.flows.praise, row[kind == Kind.PRAISE], 1)
    np.add.at(worlds.flows.negative, row[complaint], 1)
    np.add.at(worlds.negative_now, row[complaint], 1)
    np.add.at(worlds.state.heard, row, 1)
    worlds.posted_today.append(numbers)
    transmit(worlds, numbers, worlds.parameters.visibility, born)
    open_cases(worlds, numbers[complaint & (table.channel[numbers] == Channel.PAGE)])
