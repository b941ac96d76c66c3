"""Answering (equations 6 and 9): the spam filter, the priority queue with finite capacity, replies, lost patience."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.posting import post
from influence_sim.core.propagation import transmit
from influence_sim.core.state import F8, Ints, add_clipped
from influence_sim.core.worlds import Worlds


def open_cases(worlds: Worlds, complaints: Ints) -> None:
    """Queue complaints that pass the spam filter, and start the patience of all their authors."""
    if not complaints.size:
        return
    p, table = worlds.parameters, worlds.messages
    row = table.row[complaints]
    world, key = worlds.world_of_row[row], table.id[complaints]
    wait = p.patience * worlds.draws.at(Process.PATIENCE).exponential(world, key)
    worlds.patience.put(worlds.step, table.born[complaints] + wait, complaints.astype(np.int32))
    coin = worlds.draws.at(Process.SPAM_FILTER).uniform(world, key)
    worlds.waiting = np.concatenate([worlds.waiting, complaints[coin >= worlds.levers.spam_false_alarms[row]]])


def receive_spam(worlds: Worlds) -> None:
    """Let spam arrive at the pages; what the filter misses takes a place in the queue like anything else."""
    mean = worlds.parameters.spam_rate * worlds.scale * worlds.setting.step_hours
    if not mean:
        return
    row = np.flatnonzero(worlds.levers.reply_capacity > 0)
    company = worlds.company_of_row[row]
    count = worlds.draws.at(Process.SPAM_COUNT, worlds.step).poisson(mean, worlds.world_of_row[row], company)
    row = np.repeat(row, count)
    if not row.size:
        return
    number = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    np.add.at(worlds.flows.spam, row, 1)
    stream = worlds.draws.at(Process.SPAM_FILTER, worlds.step)
    coin = stream.uniform(worlds.world_of_row[row], worlds.company_of_row[row], number)
    missed = coin >= worlds.levers.spam_caught[row]
    row, number = row[missed], number[missed]
    ids = message_id(Kind.SPAM, np.full(row.size, -1), worlds.company_of_row[row], worlds.step, number)
    born = np.full(row.size, worlds.now)
    spam = worlds.messages.append(row.size, id=ids, row=row, kind=Kind.SPAM, channel=Channel.PAGE, born=born)
    worlds.waiting = np.concatenate([worlds.waiting, spam])


def answer(worlds: Worlds) -> None:
    """Answer as many waiting cases as there are staff for, oldest or most aroused first."""
    table, levers, state = worlds.messages, worlds.levers, worlds.state
    capacity = levers.reply_capacity * worlds.scale * worlds.setting.step_hours
    # Fractions of an answer add up; whole answers that nobody asked for are lost, but for one where staff are few.
    saved = np.where(capacity < 1, np.minimum(state.reply_credit, 1), state.reply_credit % 1)
    state.reply_credit = np.where(capacity > 0, saved + capacity, 0)
    waiting = worlds.waiting
    if not waiting.size:
        return
    waiting = waiting[table.born[waiting] > worlds.now - worlds.parameters.case_lifetime]
    row = table.row[waiting]
    urgency = np.where(levers.reply_priority[row] > 0.5, table.arousal[waiting], 0)
    order = np.lexsort((table.id[waiting], table.born[waiting], -urgency, row))
    row, in_order = row[order], waiting[order]
    first = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])[: row.size]
    rank = np.arange(row.size) - np.repeat(first, np.diff(np.r_[first, row.size]))
    served = rank < np.floor(state.reply_credit[row])
    np.subtract.at(state.reply_credit, row[served], 1.0)
    worlds.waiting = in_order[~served]
    cases = in_order[served]
    _reply(worlds, cases[table.kind[cases] == Kind.COMPLAINT])


def _reply(worlds: Worlds, cases: Ints) -> None:
    """Send replies: r = 2^(−τ/half-life); T += .1·r, g × (1 − .6·r), S += .2·r, each changed by the reply's tone."""
    if not cases.size:
        return
    p, table, levers, state = worlds.parameters, worlds.messages, worlds.levers, worlds.state
    row, author, case_id = table.row[cases], table.author[cases], table.id[cases]
    world = worlds.world_of_row[row]
    cell = row.astype(np.int64) * worlds.size.consumers + author
    at = np.maximum(worlds.end_of_step, table.born[cases])
    speed = 2.0 ** (-(at - table.born[cases]) / p.reply_half_life)
    compensated = _pay(worlds, row, levers.compensation[row])
    worth = speed * _fatigue(worlds, row)

    trust = p.reply_trust * (1 + p.empathy_trust * levers.empathy[row] + p.explanation_trust * levers.explanation[row])
    satisfaction = p.reply_satisfaction * (
        1 + p.apology_satisfaction * levers.apology[row] + p.compensation_satisfaction * compensated
    )
    calm = p.reply_calm * (
        1
        + p.empathy_calm * levers.empathy[row]
        + p.explanation_calm * levers.explanation[row] * table.arousal[cases]
        + p.apology_calm * levers.apology[row]
        + p.compensation_calm * compensated
    )
    cooled = np.clip(calm, 0, 1) * worth
    add_clipped(state.trust, cell, trust * worth, 0, 1)
    add_clipped(state.satisfaction, cell, satisfaction * worth, -1, 1)
    add_clipped(state.responsiveness, cell, p.responsiveness_rate * (1 - state.responsiveness.ravel()[cell]), 0, 1)
    np.multiply.at(state.arousal.ravel(), cell, (1.0 - cooled).astype(np.float32))
    table.answered[cases] = True
    table.answer[cases] = speed
    np.add.at(worlds.flows.replies, row, 1)
    np.add.at(worlds.flows.reply_hours, row, at - table.born[cases])
    np.add.at(state.answered, row, 1)

    coin = worlds.draws.at(Process.PUBLIC_REPLY).uniform(world, case_id)
    public = coin < levers.public_replies[row]
    table.seen_answer[cases[public]] = worth[public]
    table.cooled[cases[public]] = cooled[public]
    replies = table.append(
        cases.size,
        id=message_id(Kind.REPLY, np.full(cases.size, -1), worlds.company_of_row[row], 0, case_id),
        row=row,
        kind=Kind.REPLY,
        channel=np.where(public, Channel.PAGE, Channel.PRIVATE),
        attribute=table.attribute[cases],
        arousal=table.arousal[cases],
        root=cases,
        parent=cases,
        born=at,
    )
    # A public reply shows the whole thread again, for better or worse, to followers of its author.
    transmit(
        worlds,
        replies[public],
        p.visibility * p.reply_bump,
        at[public],
        audience_of=author[public],
    )


def _pay(worlds: Worlds, row: Ints, strength: F8) -> F8:
    """Pay compensation out of what is left of the budget; return the strength paid (0 where money has run out)."""
    if not strength.any():
        return strength
    state, cost = worlds.state, worlds.setting.costs.compensation
    paid = np.zeros(row.size)
    for case in np.flatnonzero(strength).tolist():
        price = cost * strength[case]
        if state.reserve[row[case]] >= price:
            state.reserve[row[case]] -= price
            worlds.flows.spend[row[case]] += price
            paid[case] = strength[case]
        else:
            worlds.flows.unpaid[row[case]] += 1
    return paid


def _fatigue(worlds: Worlds, row: Ints) -> F8:
    """Return what is left of a reply's effect where a company answers much of everything (1 while that is off)."""
    p, state = worlds.parameters, worlds.state
    share = state.answered[row] / np.maximum(state.heard[row], 1)
    excess = np.maximum(share - p.over_reply_from, 0) / (1 - p.over_reply_from)
    return np.asarray(1.0 - p.over_reply_penalty * np.minimum(excess, 1))


def lose_patience(worlds: Worlds) -> None:
    """Make authors whose patience ends unanswered lose trust and belief in speaking up; some post again elsewhere."""
    due, cases = worlds.patience.take(worlds.step)
    table, state, p = worlds.messages, worlds.state, worlds.parameters
    unanswered = ~table.answered[cases]
    due, cases = due[unanswered], cases[unanswered].astype(np.int64)
    if not cases.size:
        return
    row, author = table.row[cases], table.author[cases]
    cell = row.astype(np.int64) * worlds.size.consumers + author
    again = np.where(state.failed_recoveries.ravel()[cell] > 0, p.double_deviation, 1.0)
    add_clipped(state.trust, cell, -p.unanswered_trust * again, 0, 1)
    add_clipped(state.responsiveness, cell, -p.responsiveness_rate * state.responsiveness.ravel()[cell], 0, 1)
    failed = state.failed_recoveries.ravel()
    failed[cell] = np.minimum(failed[cell], 254) + 1
    coin = worlds.draws.at(Process.REPOST).uniform(worlds.world_of_row[row], table.id[cases])
    repeat = np.flatnonzero(coin < p.repost)
    if repeat.size:
        case = cases[repeat]
        post(
            worlds,
            Kind.COMPLAINT,
            row=row[repeat],
            author=author[repeat],
            cause=table.id[case],
            born=due[repeat],
            channel=np.full(repeat.size, Channel.PEER, np.int8),
            attribute=table.attribute[case],
            valence=table.valence[case],
            arousal=table.arousal[case],
            parent=case,
            severity=table.severity[case],
            failure=table.failure[case],
        )
