"""Asking customers, and telling contributors what has changed (equation 12)."""

from __future__ import annotations

import numpy as np

from influence_sim.core.books import pay
from influence_sim.core.draws import Process
from influence_sim.core.equations import companies
from influence_sim.core.levers import whole_days
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.state import Bools, Flag, Ints, add_clipped, has, mark
from influence_sim.core.worlds import Worlds


def ask(worlds: Worlds) -> None:
    """Let companies put a question to their customers; some answer by the evening (equation 12)."""
    p, state, levers = worlds.parameters, worlds.state, worlds.levers
    period = whole_days(levers.ask_period)
    asking = np.flatnonzero((period > 0) & ((worlds.day + 1) % np.maximum(period, 1) == 0))
    if not asking.size:
        return
    place, consumer = np.nonzero(
        state.customer_of[worlds.world_of_row[asking]] == worlds.company_of_row[asking][:, None]
    )
    row = asking[place]
    cost = worlds.setting.costs.contact * np.bincount(row, minlength=worlds.size.rows)
    paid = pay(worlds, cost)
    day, world, key, company = worlds.day, worlds.world_of_row[row], worlds.key(consumer), worlds.company_of_row[row]
    reached = worlds.draws.at(Process.ASK, day).uniform(world, key, company) < paid[row]
    row, consumer, world, key, company = (column[reached] for column in (row, consumer, world, key, company))
    worlds.count("asked", row)
    cell = worlds.cells(row, consumer)
    tired = state.ask_fatigue.ravel()[cell]
    coin = worlds.draws.at(Process.ANSWER, day).uniform(world, key, company)
    answers = np.flatnonzero(coin < companies.answering(p, state.responsiveness.ravel()[cell], tired))
    state.ask_fatigue.ravel()[cell] = companies.tired(p, tired)
    _write_answers(worlds, asking, row[answers], consumer[answers])


def _write_answers(worlds: Worlds, asking: Ints, row: Ints, consumer: Ints) -> None:
    draws, day, table, company = worlds.draws, worlds.day, worlds.messages, worlds.company_of_row
    ids = message_id(Kind.QUESTION, np.full(asking.size, -1), company[asking], day, 0)
    questions = table.append(
        asking.size, id=ids, row=asking, kind=Kind.QUESTION, channel=Channel.PRIVATE, born=worlds.now
    )
    question = questions[np.searchsorted(asking, row)]
    world, key = worlds.world_of_row[row], worlds.key(consumer)
    attribute = draws.at(Process.ATTRIBUTE, day).uniform(world, key, company[row], int(Process.ANSWER))
    worlds.count("answers", row)
    answers = table.append(
        row.size,
        id=message_id(Kind.ANSWER, key, company[row], day, table.id[question]),
        row=row,
        author=consumer,
        kind=Kind.ANSWER,
        channel=Channel.PRIVATE,
        attribute=(attribute * worlds.size.attributes).astype(np.int8),
        root=question,
        parent=question,
        born=worlds.end_of_step,
        depth=1,
    )
    worlds.posted_today.append(answers)


def resent_being_ignored(worlds: Worlds, row: Ints, consumer: Ints, read: Bools) -> None:
    """Take trust from those whose answers are not read, or read by a company that acts on nothing."""
    p, levers = worlds.parameters, worlds.levers
    acts = (levers.action_share * levers.improvement_capacity)[row] > 0
    cell = worlds.cells(row, consumer)[~(read & acts)]
    add_clipped(worlds.state.trust, cell, np.full(cell.size, companies.trust_when_ignored(p)), 0, 1)


def circle_back(worlds: Worlds, telling: Bools, changed: Bools) -> None:
    """Let companies (rows ``telling``) tell contributors what has changed.

    Where nothing has ``changed``, contributors believe it, until they are disappointed the next time (equation 7).
    """
    p, state, table = worlds.parameters, worlds.state, worlds.messages
    telling = telling & (worlds.levers.circle_back > 0)
    if not telling.any():
        return
    row, consumer = np.nonzero(has(state.flags, Flag.CONTRIBUTED) & telling[:, None])
    mark(state.flags, worlds.cells(row, consumer), Flag.CONTRIBUTED, False)
    world, key, company = worlds.world_of_row[row], worlds.key(consumer), worlds.company_of_row[row]
    paid = pay(
        worlds,
        worlds.setting.costs.contact * worlds.levers.circle_back * np.bincount(row, minlength=worlds.size.rows),
    )
    coin = worlds.draws.at(Process.CIRCLE_BACK, worlds.day).uniform(world, key, company)
    told = coin < (worlds.levers.circle_back * paid)[row]
    row, consumer, key, company = row[told], consumer[told], key[told], company[told]
    worlds.count("updates", row)
    cell = worlds.cells(row, consumer)
    add_clipped(state.responsiveness, cell, np.full(cell.size, companies.responsiveness_by_an_update(p)), 0, 1)
    add_clipped(state.trust, cell, np.full(cell.size, companies.trust_by_an_update(p)), 0, 1)
    mark(state.flags, cell, Flag.HOLLOW, ~changed[row])
    # To whom an update goes is part of its id; that it is the company's word, its kind says.
    table.append(
        row.size,
        id=message_id(Kind.UPDATE, key, company, worlds.day, int(Process.CIRCLE_BACK)),
        row=row,
        author=consumer,
        kind=Kind.UPDATE,
        channel=Channel.PRIVATE,
        valence=0.5,
        sincerity=changed[row],
        born=worlds.end_of_step,
    )
