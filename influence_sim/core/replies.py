"""What replies do (equation 6), and what their absence does."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process, fold
from influence_sim.core.equations import talk
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.posting import post
from influence_sim.core.propagation import Items, answered, transmit
from influence_sim.core.sincerity import lose_faith, sees_through
from influence_sim.core.state import F8, Ints, add_clipped
from influence_sim.core.worlds import Worlds


def reply(worlds: Worlds) -> None:
    """Send the replies that are ready: each works on its author by its speed and tone, and in public on the thread."""
    at, cases = worlds.replies.take(worlds.step)
    table = worlds.messages
    kept = at < table.deleted_at[cases]
    at, cases = at[kept], cases[kept].astype(np.int64)
    if not cases.size:
        return
    p, levers, state = worlds.parameters, worlds.levers, worlds.state
    row, author, case_id = table.row[cases], table.author[cases], table.id[cases]
    cell = worlds.cells(row, author)
    worlds.count("replies", row)
    worlds.count("reply_hours", row, at - table.born[cases])
    np.add.at(state.answered, row, 1)
    negative = table.valence[cases] < 0
    worth = talk.worth(talk.speed(p, at - table.born[cases]), _rested(worlds, row))
    compensated = _compensate(worlds, row, levers.compensation[row] * negative)
    empathy, explanation, apology = levers.empathy[row], levers.explanation[row], levers.apology[row]
    cooled = talk.cooling(p, empathy, explanation, apology, compensated, table.arousal[cases], worth)

    seen_through = sees_through(worlds, row, author, case_id, levers.sincerity[row], p.detection)
    intruded = _intrude(worlds, cases)
    believed = ~(seen_through | intruded)
    helped = believed & negative
    add_clipped(state.trust, cell, talk.trust_by_a_reply(p, empathy, explanation, worth, believed), 0, 1)
    eased = talk.satisfaction_by_a_reply(p, apology, compensated, worth, helped)
    add_clipped(state.satisfaction, cell, eased, -1, 1)
    heard = talk.responsiveness(p, state.responsiveness.ravel()[cell], believed)
    add_clipped(state.responsiveness, cell, heard * negative, 0, 1)
    np.multiply.at(state.arousal.ravel(), cell, talk.soothing(cooled, helped).astype(np.float32))
    lose_faith(worlds, row[seen_through], author[seen_through], case_id[seen_through], at[seen_through])

    coin = worlds.draws.at(Process.PUBLIC_REPLY).uniform(worlds.world_of_row[row], case_id)
    public = coin < levers.public_replies[row]
    worlds.count("public_replies", row[public])
    worlds.count("public_reply_hours", row[public], (at - table.born[cases])[public])
    # What is answered is not deleted any more, and its author has judged the answer.
    table.answered_at[cases], table.deleted_at[cases] = at, np.inf
    worlds.first_times("watched", cases, author)
    table.sincerity[cases] = levers.sincerity[row]
    table.seen_answer[cases[public]] = worth[public]
    table.cooled[cases[public]] = cooled[public]
    sent = table.append(
        cases.size,
        id=message_id(Kind.REPLY, np.full(cases.size, -1), worlds.company_of_row[row], 0, case_id),
        row=row,
        kind=Kind.REPLY,
        channel=np.where(public, Channel.PAGE, Channel.PRIVATE),
        attribute=table.attribute[cases],
        arousal=table.arousal[cases],
        sincerity=levers.sincerity[row],
        root=cases,
        parent=cases,
        born=at,
        depth=1,
    )
    # A public reply shows the whole thread again, for better or worse, to followers of its author.
    transmit(worlds, sent[public], p.visibility * p.reply_bump, at[public], audience_of=author[public])


def _compensate(worlds: Worlds, row: Ints, strength: F8) -> F8:
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


def _rested(worlds: Worlds, row: Ints) -> F8:
    """Return what is left of a reply's effect where a company answers much of everything (1 while that is off)."""
    state = worlds.state
    return np.asarray(talk.rested(worlds.parameters, state.answered[row] / np.maximum(state.heard[row], 1)))


def _intrude(worlds: Worlds, cases: Ints) -> np.ndarray:
    """Return whose talk among peers was answered against their wish; it costs trust."""
    p, table = worlds.parameters, worlds.messages
    row, author = table.row[cases], table.author[cases]
    coin = worlds.draws.at(Process.INTRUSION).uniform(worlds.world_of_row[row], table.id[cases])
    intruded = (table.channel[cases] == Channel.PEER) & (coin < p.intrusion)
    cell = worlds.cells(row[intruded], author[intruded])
    add_clipped(worlds.state.trust, cell, np.full(cell.size, talk.trust_by_intrusion(p)), 0, 1)
    return np.asarray(intruded)


def watch_answers(worlds: Worlds, items: Items) -> None:
    """Let whoever reads a thread answered in public judge the answer, once: gain trust by it, or see through it."""
    p, table = worlds.parameters, worlds.messages
    worth = table.seen_answer[items.root]
    seen = np.flatnonzero((worth > 0) & answered(worlds, items))
    seen = seen[worlds.first_times("watched", items.root[seen], items.reader[seen])]
    if not (p.bystander and seen.size):
        return
    row, reader, said = items.row[seen], items.reader[seen], table.id[items.root[seen]]
    doubted = sees_through(worlds, row, reader, said, table.sincerity[items.root[seen]], p.detection)
    gain = talk.trust_of_a_bystander(p, worth[seen]) * ~doubted
    add_clipped(worlds.state.trust, items.cell[seen], gain, 0, 1)
    lose_faith(worlds, row[doubted], reader[doubted], said[doubted], items.due[seen[doubted]], p.bystander)


def lose_patience(worlds: Worlds) -> None:
    """Make authors whose patience ends unanswered lose trust and belief in speaking up; some post again elsewhere."""
    due, cases = worlds.patience.take(worlds.step)
    table, state, p = worlds.messages, worlds.state, worlds.parameters
    unanswered = table.answered_at[cases] > due
    due, cases = due[unanswered], cases[unanswered].astype(np.int64)
    if not cases.size:
        return
    row, author = table.row[cases], table.author[cases]
    cell = worlds.cells(row, author)
    add_clipped(state.trust, cell, talk.trust_by_silence(p, state.failed_recoveries.ravel()[cell]), 0, 1)
    add_clipped(state.responsiveness, cell, talk.responsiveness(p, state.responsiveness.ravel()[cell], 0), 0, 1)
    failed, (left, times) = state.failed_recoveries.ravel(), np.unique(cell, return_counts=True)
    failed[left] = np.minimum(failed[left] + times, 255)
    coin = worlds.draws.at(Process.REPOST).uniform(worlds.world_of_row[row], table.id[cases])
    repeat = np.flatnonzero(coin < p.repost)
    if repeat.size:
        repost(worlds, cases[repeat], due[repeat], Process.REPOST)


def repost(worlds: Worlds, cases: Ints, at: F8, why: Process, arousal: float = 0.0) -> None:
    """Let authors post their complaints again among peers, at hours ``at``, more worked up by ``arousal``."""
    table = worlds.messages
    post(
        worlds,
        Kind.COMPLAINT,
        row=table.row[cases],
        author=table.author[cases],
        cause=fold(table.id[cases], np.full(1, int(why))),
        born=at,
        channel=Channel.PEER,
        attribute=table.attribute[cases],
        valence=table.valence[cases],
        arousal=np.minimum(table.arousal[cases] + np.float32(arousal), 1),
        parent=cases,
        severity=table.severity[cases],
        failure=table.failure[cases],
    )
