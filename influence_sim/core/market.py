"""Need, choice, purchase, experience, then exit, voice or silence (equations 1, 2, 3) and loyalty (13)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Process
from influence_sim.core.equations import companies as company_equations
from influence_sim.core.equations import market as equations
from influence_sim.core.equations import talk
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.posting import find_closed, post
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.sincerity import find_hollow
from influence_sim.core.state import F8, Bools, Flag, Ints, has, mark
from influence_sim.core.worlds import Worlds

OUTSIDE_UTILITY = 0.0


def trade(worlds: Worlds) -> None:
    """Run the market of a day: demand drifts, those in need choose and buy, and make of it what they will."""
    drift(worlds)
    world, consumer = needy(worlds)
    if not consumer.size:
        return
    state, companies = worlds.state, worlds.size.companies
    rewards = worlds.levers.reward_value * (state.reserve > 0)
    chosen = choose(worlds, world, consumer, rewards)
    before, last = state.customer_of[world, consumer], state.last_company[world, consumer]
    np.add.at(worlds.switches, (world, last, chosen), 1)
    _count_lost(worlds, world, before, consumer, before != chosen)
    state.customer_of[world, consumer] = chosen
    buys = chosen < companies
    world, consumer, chosen, before = world[buys], consumer[buys], chosen[buys], before[buys]
    state.last_company[world, consumer] = chosen
    row = world * companies + chosen
    if worlds.purchases is not None:
        worlds.purchases.append((worlds.day, world, consumer, chosen))
    worlds.count("sales", row)
    worlds.count("cohort_sales", row, has(state.flags.ravel()[worlds.cells(row, consumer)], Flag.COHORT))
    _reward(worlds, row[before == chosen], rewards)
    key, day = worlds.key(consumer), worlds.day
    failed = worlds.draws.at(Process.FAILURE, day).uniform(world, key) < failure_probability(worlds)[row]
    luck = worlds.draws.at(Process.SEVERITY, day).uniform(world, key)
    severity = equations.severity_of_a_failure(worlds.parameters, luck)
    told_from = (day + 1) * HOURS_PER_DAY
    bought = Experience(world, chosen, consumer, int(Process.EXPERIENCE), failed, severity, failed, told_from)
    experience(worlds, bought)


def failure_probability(worlds: Worlds) -> F8:
    """Return the probability that a purchase fails, per row: f, less what prevention avoids (equation 11)."""
    return np.asarray(equations.failure(worlds.parameters, worlds.state.failure_rate, worlds.levers.prevention))


def _reward(worlds: Worlds, row: Ints, rewards: F8) -> None:
    """Pay the rewards of those who bought again; who has spent the reserve offers none the next day."""
    if row.size and rewards.any():
        cost = worlds.setting.costs.reward * np.bincount(row, rewards[row], minlength=worlds.size.rows)
        worlds.state.reserve -= cost
        worlds.flows.spend += cost


def drift(worlds: Worlds) -> None:
    """Let common demand wander (equation 10)."""
    p = worlds.parameters
    if p.demand_drift:
        world, attribute = np.arange(worlds.size.worlds)[:, None], np.arange(worlds.size.attributes)
        luck = worlds.draws.at(Process.DEMAND, worlds.day).normal(world, attribute)
        worlds.state.demand += company_equations.drift(p, luck)


def needy(worlds: Worlds) -> tuple[Ints, Ints]:
    """Return who needs the product today, as worlds and consumers: a Poisson process of rate λ each."""
    world = np.arange(worlds.size.worlds)[:, None]
    coin = worlds.draws.at(Process.NEED, worlds.day).uniform(world, worlds.graph.ids[None, :])
    needs, consumer = np.nonzero(coin < equations.need(worlds.state.need_rate.astype(np.float64)))
    return needs, consumer


def utility(worlds: Worlds, world: Ints, consumer: Ints) -> F8:
    """Return utilities without the bonus of one's own company, shape (consumers, companies).

    They are minus infinity in a boycott.
    """
    p, state, companies = worlds.parameters, worlds.state, worlds.size.companies
    cell = worlds.cells(world[:, None] * companies + np.arange(companies), consumer[:, None])
    value: F8 = equations.utility(
        p,
        state.expectation.ravel()[cell].astype(np.float64),
        state.preference.ravel()[cell],
        state.trust.ravel()[cell],
        state.attitude.ravel()[cell],
        state.adstock.ravel()[cell],
    )
    value[state.boycott_until.ravel()[cell] > worlds.end_of_step] = -np.inf
    return value


def choose(worlds: Worlds, world: Ints, consumer: Ints, rewards: F8 | float = 0.0) -> NDArray[np.int8]:
    """Return whom consumers in need choose (J: nobody): a multinomial logit with the bonus β_L·L of one's own company.

    ``rewards`` that companies offer for buying again, shape (rows,), add to it.

    Each alternative has its own Gumbel draw, so what happens to one company leaves the others' accidents alone.
    """
    state, companies = worlds.state, worlds.size.companies
    value = np.full((consumer.size, companies + 1), OUTSIDE_UTILITY)
    value[:, :companies] = utility(worlds, world, consumer)
    current = state.customer_of[world, consumer].astype(np.int64)
    has = np.flatnonzero(current < companies)
    row = world[has] * companies + current[has]
    loyalty = state.loyalty.ravel()[worlds.cells(row, consumer[has])].astype(np.float64)
    reward = np.broadcast_to(rewards, worlds.size.rows)[row]
    value[has, current[has]] += equations.bonus(worlds.parameters, loyalty, reward)
    stream = worlds.draws.at(Process.CHOICE, worlds.day)
    value += stream.gumbel(world[:, None], worlds.key(consumer)[:, None], np.arange(companies + 1))
    return np.argmax(value, axis=1).astype(np.int8)


class Experience(NamedTuple):
    """What happened to some consumers (each at most once) with the products of companies; arrays of one length.

    ``cause`` keys the draws: one number per kind of event and day. ``failed`` of ``severity``; ``reported`` says
    whether a complaint tells of a failure that can be mended. What is told is told from hour ``told_from`` on.
    """

    world: Ints
    company: NDArray[np.integer]
    consumer: Ints
    cause: int
    failed: Bools
    severity: F8
    reported: Bools
    told_from: float
    bought: bool = True

    def only(self, which: NDArray[np.generic]) -> Experience:
        """Return the experiences of some of them."""
        per_consumer = {name: value[which] for name, value in self._asdict().items() if isinstance(value, np.ndarray)}
        return self._replace(**per_consumer)


def experience(worlds: Worlds, had: Experience) -> None:
    """Let consumers experience a company's product, judge it, and leave, speak or stay silent (equation 1)."""
    world, consumer = had.world, had.consumer
    if not consumer.size:
        return
    p, state, day = worlds.parameters, worlds.state, worlds.day
    row = world * worlds.size.companies + had.company
    cell = worlds.cells(row, consumer)
    fit = equations.fit(p, state.demand[world], state.taste[world, consumer], state.product[row])
    noise = worlds.draws.at(Process.EXPERIENCE_NOISE, day).normal(
        world, worlds.key(consumer), np.full(consumer.size, had.cause)
    )
    quality = equations.quality(p, fit, had.severity, had.failed, noise)
    surprise = equations.surprise(quality, state.expectation.ravel()[cell])
    satisfaction = state.satisfaction.ravel()
    satisfaction[cell] += equations.satisfaction(p, satisfaction[cell], quality, surprise).astype(np.float32)
    state.expectation.ravel()[cell] += equations.expectation(p, surprise).astype(np.float32)
    disappointed = np.flatnonzero(surprise < 0)
    find_hollow(worlds, row[disappointed], consumer[disappointed])
    problem = equations.problem(had.severity, had.failed, surprise)
    bad = np.flatnonzero(equations.bad(p, surprise))
    upset(worlds, had.only(bad), problem[bad])
    # Nobody is thankful for an incident, however small.
    good = np.flatnonzero((surprise >= 0) & had.bought)
    _praise(worlds, had.only(good), surprise[good])


def upset(worlds: Worlds, had: Experience, problem: F8) -> None:
    """Let consumers be worked up by a problem, and decide between exit, voice and silence (Hirschman 1970).

    A multinomial logit; who is nobody's customer here cannot leave.
    """
    world, company, consumer = had.world, had.company, had.consumer
    if not consumer.size:
        return
    p, state, companies = worlds.parameters, worlds.state, worlds.size.companies
    cell = worlds.cells(world * companies + company, consumer)
    state.arousal.ravel()[cell] = equations.upset(state.arousal.ravel()[cell], problem)
    loyalty = state.loyalty.ravel()[cell]
    options = utility(worlds, world, consumer)
    own = options[np.arange(consumer.size), company]
    options[np.arange(consumer.size), company] = OUTSIDE_UTILITY
    best_other = np.maximum(options.max(axis=1), OUTSIDE_UTILITY)
    value = np.zeros((consumer.size, 3))
    is_customer = state.customer_of[world, consumer] == company
    value[:, 0] = np.where(is_customer, equations.leaving(p, best_other, own, loyalty), -np.inf)
    value[:, 1] = equations.speaking_up(p, problem, state.responsiveness.ravel()[cell], loyalty)
    if p.vocal_bias:
        tastes = state.taste[world, consumer].sum(axis=1)
        value[:, 1] += equations.outspokenness(p, tastes, worlds.size.attributes)
    stream = worlds.draws.at(Process.RESPONSE, worlds.day)
    causes = np.full((consumer.size, 1), had.cause)
    value += stream.gumbel(world[:, None], worlds.key(consumer)[:, None], causes, np.arange(3))
    response = np.argmax(value, axis=1)
    leaves = response == 0
    _count_lost(worlds, world, company, consumer, leaves)
    state.customer_of[world[leaves], consumer[leaves]] = companies
    speaks = np.flatnonzero(response == 1)
    incites = state.inciter[world[speaks], consumer[speaks]]
    _speak(
        worlds,
        Kind.COMPLAINT,
        had.only(speaks),
        valence=equations.valence_of_a_complaint(problem[speaks]),
        arousal=talk.inflamed(p, state.arousal.ravel()[cell[speaks]], incites, True),
        severity=problem[speaks],
        failure=had.reported[speaks],
    )


def _praise(worlds: Worlds, had: Experience, surprise: F8) -> None:
    """Let some of those who were not disappointed say so; fans do so more often (equation 13)."""
    world, consumer = had.world, had.consumer
    if not consumer.size:
        return
    p = worlds.parameters
    fan = worlds.fans(worlds.cells(world * worlds.size.companies + had.company, consumer))
    causes = np.full(consumer.size, had.cause)
    coin = worlds.draws.at(Process.PRAISE, worlds.day).uniform(world, worlds.key(consumer), causes)
    speaks = np.flatnonzero(coin < equations.praising(p, surprise, fan))
    _speak(
        worlds,
        Kind.PRAISE,
        had.only(speaks),
        valence=equations.valence_of_praise(surprise[speaks]),
        arousal=np.zeros(speaks.size, np.float32),
    )


def _speak(worlds: Worlds, kind: Kind, had: Experience, **columns: NDArray[np.generic]) -> None:
    """Post within the next hours, on the page with probability page_open · T, otherwise among peers (equation 3)."""
    world, consumer = had.world, had.consumer
    if not consumer.size:
        return
    day, key = worlds.day, worlds.key(consumer)
    row = world * worlds.size.companies + had.company
    causes = np.full(consumer.size, had.cause)
    luck = worlds.draws.at(Process.VOICE_TIME, day).uniform(world, key, causes)
    trust = worlds.state.trust.ravel()[worlds.cells(row, consumer)]
    coin = worlds.draws.at(Process.CHANNEL, day).uniform(world, key, causes)
    on_page = coin < equations.on_the_page(worlds.levers.page_open[row], trust)
    turned_away = np.flatnonzero((coin < trust) & ~on_page)
    find_closed(worlds, row[turned_away], consumer[turned_away])
    attribute = worlds.draws.at(Process.ATTRIBUTE, day).uniform(world, key, causes) * worlds.size.attributes
    post(
        worlds,
        kind,
        row=row,
        author=consumer,
        cause=causes,
        born=equations.hour_of_telling(worlds.parameters, had.told_from, luck),
        channel=np.where(on_page, Channel.PAGE, Channel.PEER),
        attribute=attribute.astype(np.int8),
        **columns,
    )


def become_loyal(worlds: Worlds) -> None:
    """Let loyalty follow satisfaction, trust and attitude (equation 13; daily)."""
    p, state = worlds.parameters, worlds.state
    state.loyalty += equations.loyalty(p, state.loyalty, state.satisfaction, state.trust, state.attitude)


def _count_lost(worlds: Worlds, world: Ints, company: NDArray[np.integer], consumer: Ints, lost: Bools) -> None:
    """Count customers lost, for rows that are companies (not the outside option)."""
    gone = np.flatnonzero(lost & (company < worlds.size.companies))
    row = world[gone] * worlds.size.companies + company[gone]
    worlds.count("lost", row)
    cell = worlds.cells(row, consumer[gone])
    flags = worlds.state.flags
    worlds.count("lost_for_the_first_time", row, has(flags.ravel()[cell], Flag.NEVER_LEFT))
    mark(flags, cell, Flag.NEVER_LEFT, False)
