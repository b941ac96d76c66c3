"""Listening, learning and improving (equations 10 and 11)."""

from __future__ import annotations

import numpy as np

from influence_sim.core.draws import Process
from influence_sim.core.messages import Kind
from influence_sim.core.worlds import Worlds


def learn(worlds: Worlds) -> None:
    """Let companies read what was said about them today, release what is ready, and decide on improvements."""
    listen(worlds)
    release(worlds)
    if (worlds.day + 1) % round(worlds.parameters.improvement_period) == 0:
        improve(worlds)


def listen(worlds: Worlds) -> None:
    """Update each company's estimate of demand by a scalar Kalman filter per attribute (Kalman 1960).

    A post read carries y = θ_ik + N(0, σ_y²). Unheard, the estimate's variance grows by δ² a day. All posts of a day
    that speak of one attribute enter as their mean, which is the same as one after the other.
    """
    p, state, size, table = worlds.parameters, worlds.state, worlds.size, worlds.messages
    state.variance += p.demand_drift**2
    posts = np.concatenate(worlds.posted_today) if worlds.posted_today else np.empty(0, np.int64)
    worlds.posted_today.clear()
    row = table.row[posts]
    attentive = worlds.levers.listening[row]
    if not attentive.any():
        return
    coin = worlds.draws.at(Process.LISTEN).uniform(worlds.world_of_row[row], table.id[posts])
    # Only who tells of an experience informs: a repeated complaint or a fan's rebuttal says nothing new.
    posts = posts[(coin < attentive) & (table.parent[posts] < 0)]
    row, author, attribute = table.row[posts], table.author[posts], table.attribute[posts].astype(np.int64)
    world = worlds.world_of_row[row]
    noise = p.opinion_noise * worlds.draws.at(Process.OPINION_NOISE).normal(world, table.id[posts])
    opinion = state.demand[world, attribute] + state.taste[world, author, attribute] + noise
    slot = row.astype(np.int64) * size.attributes + attribute
    count = np.bincount(slot, minlength=state.variance.size).reshape(state.variance.shape)
    total = np.bincount(slot, weights=opinion, minlength=state.variance.size).reshape(state.variance.shape)
    # A post tells of its author, who differs from common demand by the spread of tastes.
    precision = count / (p.opinion_noise**2 + p.taste_spread**2)
    gain = state.variance * precision / (1 + state.variance * precision)
    state.estimate += gain * (total / np.maximum(count, 1) - state.estimate)
    state.variance *= 1 - gain
    failures = posts[(table.kind[posts] == Kind.COMPLAINT) & table.failure[posts]]
    np.add.at(state.failures_heard, table.row[failures], 1)


def improve(worlds: Worlds) -> None:
    """Decide on changes: q += clip(α(m − q), ±u), and fewer failures, both released after the lead time ℓ.

    Changes already under way count as made. Failures fall by the share α·u·n/(n + n½), n the reports read since the
    last decision. A share of failures fixed costs as much as a product moved by as much, in units of taste.
    """
    p, state, levers = worlds.parameters, worlds.state, worlds.levers
    capacity = levers.improvement_capacity
    heard = state.failures_heard / worlds.scale
    state.failures_heard = np.zeros_like(heard)
    if not (capacity * levers.action_share).any():
        return
    future = state.product.copy()
    for _, change, _ in worlds.releases:
        future += change
    change = np.clip(levers.action_share[:, None] * (state.estimate - future), -capacity[:, None], capacity[:, None])
    fixed = levers.action_share * capacity * heard / (heard + p.fixes_half)
    cost = worlds.setting.costs.improvement * worlds.scale * (np.abs(change).sum(axis=1) + fixed)
    money = np.maximum(state.reserve, 0)
    affordable = np.divide(money, cost, out=np.ones_like(cost), where=cost > money)
    change *= affordable[:, None]
    fixed *= affordable
    state.reserve -= cost * affordable
    worlds.flows.spend += cost * affordable
    due = worlds.day + np.round(levers.lead_time).astype(np.int64)
    worlds.releases.append((due, change, fixed))


def release(worlds: Worlds) -> None:
    """Release the improvements whose lead time has passed."""
    state, today = worlds.state, worlds.day
    for due, change, fixed in worlds.releases:
        ready = due == today
        state.product += change * ready[:, None]
        state.failure_rate *= 1 - fixed * ready
        change[ready] = 0
    worlds.releases = [entry for entry in worlds.releases if (entry[0] > today).any()]
