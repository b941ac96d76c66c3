"""What replies do (equation 6), and what their absence does."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process, fold
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.posting import post
from influence_sim.core.propagation import Items, answered, transmit
from influence_sim.core.sincerity import lose_faith, sees_through
from influence_sim.core.state import F8, Ints, add_clipped
from influence_sim.core.worlds import Worlds


def reply(worlds: Worlds) -> None:
    """Send the replies that are ready: r = 2^(−τ/half-life); T += .1·r·σ̂, g × (1 − .6·r·σ̂), S += .2·r·σ̂.

    Each is changed by the reply's tone. σ̂ is 0 for an author who sees through it, else 1.
    """
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
    speed = 2.0 ** (-(at - table.born[cases]) / p.reply_half_life)
    worth = speed * _fatigue(worlds, row)
    compensated = _compensate(worlds, row, levers.compensation[row] * negative)
    trust, satisfaction, calm = _effects(worlds, row, table.arousal[cases], compensated)
    cooled = np.clip(calm, 0, 1) * worth

    seen_through = sees_through(worlds, row, author, case_id, levers.sincerity[row], p.detection)
    intruded = _intrude(worlds, cases)
    believed = ~(seen_through | intruded)
    add_clipped(state.trust, cell, trust * worth * believed, 0, 1)
    add_clipped(state.satisfaction, cell, satisfaction * worth * (believed & negative), -1, 1)
    heard = p.responsiveness_rate * (believed - state.responsiveness.ravel()[cell])
    add_clipped(state.responsiveness, cell, heard * negative, 0, 1)
    np.multiply.at(state.arousal.ravel(), cell, (1.0 - cooled * (believed & negative)).astype(np.float32))
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


def _effects(worlds: Worlds, row: Ints, arousal: np.ndarray, compensated: F8) -> tuple[F8, F8, F8]:
    """Return what an immediate reply adds to trust and satisfaction, and how far it calms, by its tone."""
    p, levers = worlds.parameters, worlds.levers
    trust = p.reply_trust * (1 + p.empathy_trust * levers.empathy[row] + p.explanation_trust * levers.explanation[row])
    satisfaction = p.reply_satisfaction * (
        1 + p.apology_satisfaction * levers.apology[row] + p.compensation_satisfaction * compensated
    )
    calm = p.reply_calm * (
        1
        + p.empathy_calm * levers.empathy[row]
        + p.explanation_calm * levers.explanation[row] * arousal
        + p.apology_calm * levers.apology[row]
        + p.compensation_calm * compensated
    )
    return trust, satisfaction, calm


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


def _fatigue(worlds: Worlds, row: Ints) -> F8:
    """Return what is left of a reply's effect where a company answers much of everything (1 while that is off)."""
    p, state = worlds.parameters, worlds.state
    share = state.answered[row] / np.maximum(state.heard[row], 1)
    excess = np.maximum(share - p.over_reply_from, 0) / (1 - p.over_reply_from)
    return np.asarray(1.0 - p.over_reply_penalty * np.minimum(excess, 1))


def _intrude(worlds: Worlds, cases: Ints) -> np.ndarray:
    """Return whose talk among peers was answered against their wish; it costs trust."""
    p, table = worlds.parameters, worlds.messages
    row, author = table.row[cases], table.author[cases]
    coin = worlds.draws.at(Process.INTRUSION).uniform(worlds.world_of_row[row], table.id[cases])
    intruded = (table.channel[cases] == Channel.PEER) & (coin < p.intrusion)
    cell = worlds.cells(row[intruded], author[intruded])
    add_clipped(worlds.state.trust, cell, np.full(cell.size, -p.intrusion_trust), 0, 1)
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
    gain = p.bystander * p.reply_trust * worth[seen] * ~doubted
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
    again = np.where(state.failed_recoveries.ravel()[cell] > 0, p.double_deviation, 1.0)
    add_clipped(state.trust, cell, -p.unanswered_trust * again, 0, 1)
    add_clipped(state.responsiveness, cell, -p.responsiveness_rate * state.responsiveness.ravel()[cell], 0, 1)
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
