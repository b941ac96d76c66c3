"""Listening, surveys, learning and improving (equations 10 and 11)."""

from __future__ import annotations

import numpy as np

from influence_sim.core.asking import circle_back, resent_being_ignored
from influence_sim.core.books import pay
from influence_sim.core.draws import Process
from influence_sim.core.equations import companies
from influence_sim.core.levers import whole_days
from influence_sim.core.messages import Kind
from influence_sim.core.state import F8, Flag, Ints, mark
from influence_sim.core.worlds import Worlds


def learn(worlds: Worlds) -> None:
    """Let companies learn from what was said today and from surveys, release what is ready, and decide on more."""
    survey(worlds)
    listen(worlds)
    release(worlds)
    if (worlds.day + 1) % round(worlds.parameters.improvement_period) == 0:
        improve(worlds)


def listen(worlds: Worlds) -> None:
    """Update each company's estimate of demand by a scalar Kalman filter per attribute (Kalman 1960).

    All that speaks of one attribute on a day enters as its weighted mean, which is the same as one after the other.
    """
    p, state, table = worlds.parameters, worlds.state, worlds.messages
    state.variance += companies.forgetting(p)
    posts = _read_today(worlds)
    _update(worlds, *_due_surveys(worlds))
    if not posts.size:
        return
    row, author, attribute = table.row[posts], table.author[posts], table.attribute[posts].astype(np.int64)
    world = worlds.world_of_row[row]
    mark(state.flags, worlds.cells(row, author), Flag.CONTRIBUTED)
    specific = np.where(table.kind[posts] == Kind.ANSWER, worlds.levers.ask_specificity[row], 0)
    vagueness = companies.vagueness(p, specific)
    noise = worlds.draws.at(Process.OPINION_NOISE).normal(world, table.id[posts])
    taste = state.taste[world, author, attribute]
    opinion = companies.opinion(state.demand[world, attribute], taste, vagueness, noise)
    weight = companies.precision_of_a_post(p, vagueness)
    slot = row.astype(np.int64) * worlds.size.attributes + attribute
    shape = state.variance.shape
    precision = np.bincount(slot, weight, minlength=state.variance.size).reshape(shape)
    total = np.bincount(slot, weight * opinion, minlength=state.variance.size).reshape(shape)
    _update(worlds, np.divide(total, precision, out=np.zeros(shape), where=precision > 0), precision)
    failures = posts[(table.kind[posts] == Kind.COMPLAINT) & table.failure[posts]]
    np.add.at(state.failures_heard, table.row[failures], 1)


def _read_today(worlds: Worlds) -> Ints:
    """Return which of today's posts and answers companies have read and learn from."""
    table = worlds.messages
    posts = np.concatenate(worlds.posted_today) if worlds.posted_today else np.empty(0, np.int64)
    worlds.posted_today.clear()
    row, kind = table.row[posts], table.kind[posts]
    coin = worlds.draws.at(Process.LISTEN).uniform(worlds.world_of_row[row], table.id[posts])
    read = coin < worlds.levers.listening[row]
    answers = kind == Kind.ANSWER
    resent_being_ignored(worlds, row[answers], table.author[posts[answers]], read[answers])
    # Only who tells of an experience informs: a repeated complaint, a rebuttal or a rumour says nothing new.
    tells = answers | (((kind == Kind.COMPLAINT) | (kind == Kind.PRAISE)) & (table.parent[posts] < 0))
    informative: Ints = posts[read & tells]
    return informative


def _update(worlds: Worlds, measured: F8, precision: F8) -> None:
    """Let estimates follow what was measured, both of shape (rows, attributes); precision 0 is no measurement."""
    state = worlds.state
    gain = companies.gain(state.variance, precision)
    state.estimate += companies.estimate(state.estimate, measured, gain)
    state.variance *= companies.doubt_left(gain)


def survey(worlds: Worlds) -> None:
    """Let companies ask a sample of all consumers what they want; the result is there after the latency."""
    p, levers, size = worlds.parameters, worlds.levers, worlds.size
    period = whole_days(levers.survey_period)
    asking = np.flatnonzero((period > 0) & (levers.survey_size > 0) & ((worlds.day + 1) % np.maximum(period, 1) == 0))
    if not (asking.size and p.survey_response):
        return
    share = np.zeros(size.rows)
    share[asking] = companies.survey_share(p, levers.survey_size[asking])
    share *= pay(worlds, worlds.setting.costs.survey * size.consumers * share)
    world, company, day = worlds.world_of_row[asking], worlds.company_of_row[asking], worlds.day
    coin = worlds.draws.at(Process.SURVEY_SAMPLE, day).uniform(world[:, None], worlds.graph.ids, company[:, None])
    place, consumer = np.nonzero(coin < share[asking][:, None])
    worlds.count("surveyed", asking[place])
    attribute = np.arange(size.attributes)
    noise = worlds.draws.at(Process.SURVEY_NOISE, day).normal(
        world[place][:, None], worlds.key(consumer)[:, None], company[place][:, None], attribute
    )
    demand, taste = worlds.state.demand[world[place]], worlds.state.taste[world[place], consumer]
    opinion = companies.opinion(demand, taste, p.specific_noise, noise)
    count = np.bincount(asking[place], minlength=size.rows)[:, None]
    total = np.zeros((size.rows, size.attributes))
    np.add.at(total, asking[place], opinion)
    # By the time it is there, demand has moved on.
    latency = np.round(levers.survey_latency)
    error = companies.survey_error(p, count, latency[:, None])
    precision = np.where(count > 0, 1 / error, 0) * np.ones(size.attributes)
    due = np.where(count[:, 0] > 0, day + latency.astype(np.int64), -1)
    worlds.surveys.append((due, total / np.maximum(count, 1), precision))


def _due_surveys(worlds: Worlds) -> tuple[F8, F8]:
    """Return what surveys report today, and how precisely; shapes (rows, attributes)."""
    measured, precision = np.zeros_like(worlds.state.estimate), np.zeros_like(worlds.state.estimate)
    for due, mean, weight in worlds.surveys:
        ready = (due == worlds.day)[:, None]
        measured += weight * mean * ready
        precision += weight * ready
    worlds.surveys = [entry for entry in worlds.surveys if (entry[0] > worlds.day).any()]
    return np.divide(measured, precision, out=measured, where=precision > 0), precision


def improve(worlds: Worlds) -> None:
    """Decide on changes and on mending failures, both released after the lead time (equation 11).

    Changes already under way count as made. A share of failures fixed costs as much as a product moved by as much, in
    units of taste. Who circles back has something to tell at the release, even if nothing changes.
    """
    p, state, levers = worlds.parameters, worlds.state, worlds.levers
    capacity = levers.improvement_capacity
    heard = state.failures_heard / worlds.scale
    state.failures_heard = np.zeros_like(heard)
    if not ((capacity * levers.action_share).any() or levers.circle_back.any()):
        return
    future = state.product.copy()
    for _, change, _ in worlds.releases:
        future += change
    change = companies.change(levers.action_share[:, None], state.estimate, future, capacity[:, None])
    fixed = companies.fixing(p, levers.action_share, capacity, heard)
    cost = worlds.setting.costs.improvement * worlds.scale * (np.abs(change).sum(axis=1) + fixed)
    affordable = pay(worlds, cost)
    change *= affordable[:, None]
    fixed *= affordable
    acts = (capacity * levers.action_share > 0) | (levers.circle_back > 0)
    due = np.where(acts, worlds.day + np.round(levers.lead_time).astype(np.int64), -1)
    worlds.releases.append((due, change, fixed))


def release(worlds: Worlds) -> None:
    """Release the improvements whose lead time has passed, and tell contributors."""
    state, today = worlds.state, worlds.day
    for due, change, fixed in worlds.releases:
        ready = due == today
        if not ready.any():
            continue
        state.product += change * ready[:, None]
        state.failure_rate *= companies.mended(fixed * ready)
        circle_back(worlds, ready, (change != 0).any(axis=1) | (fixed > 0))
        change[ready] = 0
    worlds.releases = [entry for entry in worlds.releases if (entry[0] > today).any()]
