"""The queue (equation 9): spam filter, priority and staff of finite capacity, in continuous time."""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.equations import companies
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.state import F8, Ints
from influence_sim.core.worlds import Worlds


def notice(worlds: Worlds, posts: Ints) -> None:
    """Let companies notice posts: complaints on their page, and what they seek out among peers (outreach).

    A complaint on the page starts its author's patience, may be put down for deletion, and waits for an answer unless
    the spam filter stops it.
    """
    table = worlds.messages
    on_page = table.channel[posts] == Channel.PAGE
    _open(worlds, posts[on_page])
    _seek_out(worlds, posts[~on_page])


def _open(worlds: Worlds, complaints: Ints) -> None:
    if not complaints.size:
        return
    p, table, levers = worlds.parameters, worlds.messages, worlds.levers
    row, born = table.row[complaints], table.born[complaints]
    world, key = worlds.world_of_row[row], table.id[complaints]
    worlds.count("cases", row)
    wait = p.patience * worlds.draws.at(Process.PATIENCE).exponential(world, key)
    worlds.patience.put(worlds.step, born + wait, complaints.astype(np.int32))
    coin = worlds.draws.at(Process.DELETE).uniform(world, key)
    deleted = coin < levers.deletion_rate[row]
    due = born[deleted] + levers.deletion_delay[row[deleted]]
    table.deleted_at[complaints[deleted]] = due
    worlds.deletions.put(worlds.step, due, complaints[deleted].astype(np.int32))
    coin = worlds.draws.at(Process.SPAM_FILTER).uniform(world, key)
    worlds.waiting = np.concatenate([worlds.waiting, complaints[coin >= levers.spam_false_alarms[row]]])


def _seek_out(worlds: Worlds, posts: Ints) -> None:
    table, row = worlds.messages, worlds.messages.row[posts]
    if not worlds.levers.outreach[row].any():
        return
    coin = worlds.draws.at(Process.OUTREACH).uniform(worlds.world_of_row[row], table.id[posts])
    sought = coin < worlds.levers.outreach[row]
    worlds.count("cases", row[sought])
    worlds.waiting = np.concatenate([worlds.waiting, posts[sought]])


def receive_spam(worlds: Worlds) -> None:
    """Let spam arrive at the pages; what the filter misses takes a place in the queue like anything else."""
    mean = companies.spam(worlds.parameters, worlds.scale, worlds.setting.step_hours)
    if not mean:
        return
    row = np.flatnonzero(worlds.levers.reply_capacity > 0)
    company = worlds.company_of_row[row]
    count = worlds.draws.at(Process.SPAM_COUNT, worlds.step).poisson(mean, worlds.world_of_row[row], company)
    row = np.repeat(row, count)
    if not row.size:
        return
    number = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    worlds.count("spam", row)
    stream = worlds.draws.at(Process.SPAM_FILTER, worlds.step)
    coin = stream.uniform(worlds.world_of_row[row], worlds.company_of_row[row], number)
    missed = coin >= worlds.levers.spam_caught[row]
    row, number = row[missed], number[missed]
    company = worlds.company_of_row[row]
    ids = message_id(Kind.SPAM, np.full(row.size, -1), company, worlds.step, number)
    time = worlds.draws.at(Process.SPAM_COUNT, worlds.step).uniform(worlds.world_of_row[row], company, number)
    born = worlds.now + worlds.setting.step_hours * time
    spam = worlds.messages.append(row.size, id=ids, row=row, kind=Kind.SPAM, channel=Channel.PAGE, born=born)
    worlds.waiting = np.concatenate([worlds.waiting, spam])


def serve(worlds: Worlds) -> None:
    """Let staff take up cases and schedule the replies.

    There is a desk per 1,000 consumers (at least one). Each takes one case after the other, for an exponential time of
    mean 1/C, C = cases per hour and desk: M/M/c, whatever the step. The oldest or the most aroused case
    comes first; cases that have waited too long lapse.
    """
    table = worlds.messages
    lifetime = worlds.parameters.case_lifetime
    waiting = worlds.waiting[table.born[worlds.waiting] > worlds.now - lifetime]
    row = table.row[waiting]
    staffed = worlds.levers.reply_capacity[row] > 0
    left = [waiting[~staffed]]
    waiting, row = waiting[staffed], row[staffed]
    order = np.lexsort((table.id[waiting], table.born[waiting], row))
    waiting, row = waiting[order], row[order]
    first = np.flatnonzero(np.diff(row, prepend=-1))
    for start, end in zip(first, [*first, row.size][1:], strict=True):
        left.append(_serve_company(worlds, int(row[start]), waiting[start:end]))
    worlds.waiting = np.concatenate(left)


def _serve_company(worlds: Worlds, row: int, cases: Ints) -> Ints:
    """Serve one company's cases, which stand in the order of their birth; return those that wait on."""
    table, state, lifetime = worlds.messages, worlds.state, worlds.parameters.case_lifetime
    free = np.maximum(state.staff_free_at[row], worlds.now).tolist()
    heapify(free)
    pace = companies.pace(worlds.levers.reply_capacity[row], worlds.scale, len(free))
    world = np.full(cases.size, worlds.world_of_row[row])
    duration = worlds.draws.at(Process.SERVICE_TIME).exponential(world, table.id[cases]) / pace
    urgency = -table.arousal[cases] if worlds.levers.reply_priority[row] else np.zeros(cases.size)
    births, ranks, times = table.born[cases].tolist(), urgency.tolist(), duration.tolist()
    queue: list[tuple[float, int]] = []
    arrived, taken, done = 0, [], []
    while free[0] < worlds.end_of_step:
        while arrived < cases.size and births[arrived] <= free[0]:
            heappush(queue, (ranks[arrived], arrived))
            arrived += 1
        if queue:
            start, case = free[0], heappop(queue)[1]
        elif arrived < cases.size:
            start, case = births[arrived], arrived
            arrived += 1
        else:
            break
        taken.append(case)
        if births[case] + lifetime <= start:
            done.append(np.inf)
        else:
            done.append(start + times[case])
            heapreplace(free, done[-1])
    state.staff_free_at[row] = sorted(free)
    place: Ints = np.array(taken, np.int64)
    at: F8 = np.array(done)
    answered = np.isfinite(at) & (table.kind[cases[place]] != Kind.SPAM)
    worlds.replies.put(worlds.step, at[answered], cases[place[answered]].astype(np.int32))
    return np.delete(cases, place)
