"""Need, choice, purchase, experience, then exit, voice or silence (equations 1, 2, 3) and loyalty (13)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from influence_sim.core.draws import Process
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.parameters import fading
from influence_sim.core.posting import post
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8, Bools, Ints
from influence_sim.core.worlds import Worlds

OUTSIDE_UTILITY = 0.0


def trade(worlds: Worlds) -> None:
    """Run the market of a day: demand drifts, those in need choose and buy, and make of it what they will."""
    drift(worlds)
    world, consumer = needy(worlds)
    if not consumer.size:
        return
    chosen = choose(worlds, world, consumer)
    companies = worlds.size.companies
    before = worlds.state.customer_of[world, consumer]
    _count_lost(worlds, world, before, before != chosen)
    worlds.state.customer_of[world, consumer] = chosen
    buys = chosen < companies
    world, consumer, chosen = world[buys], consumer[buys], chosen[buys]
    np.add.at(worlds.flows.sales, world * companies + chosen, 1)
    key, day = worlds.key(consumer), worlds.day
    row = world * companies + chosen
    failed = worlds.draws.at(Process.FAILURE, day).uniform(world, key) < worlds.state.failure_rate[row]
    severity = 2 * worlds.parameters.failure_severity * worlds.draws.at(Process.SEVERITY, day).uniform(world, key)
    experience(worlds, world, chosen, consumer, failed=failed, severity=severity, cause=Process.EXPERIENCE)


def drift(worlds: Worlds) -> None:
    """Let common demand wander: θ̄ += N(0, δ²) per attribute and day (equation 10)."""
    spread = worlds.parameters.demand_drift
    if spread:
        world, attribute = np.arange(worlds.size.worlds)[:, None], np.arange(worlds.size.attributes)
        worlds.state.demand += spread * worlds.draws.at(Process.DEMAND, worlds.day).normal(world, attribute)


def needy(worlds: Worlds) -> tuple[Ints, Ints]:
    """Return who needs the product today, as worlds and consumers: a Poisson process of rate λ each."""
    world = np.arange(worlds.size.worlds)[:, None]
    coin = worlds.draws.at(Process.NEED, worlds.day).uniform(world, worlds.graph.ids[None, :])
    needs, consumer = np.nonzero(coin < -np.expm1(-worlds.state.need_rate.astype(np.float64)))
    return needs, consumer


def utility(worlds: Worlds, world: Ints, consumer: Ints) -> F8:
    """Return utilities without the bonus of one's own company, shape (consumers, companies).

    U = β_E·E + β_T(T − ½) + β_O·O + β_A·ln(1 + a).
    """
    p, state, companies = worlds.parameters, worlds.state, worlds.size.companies
    cell = _cells(worlds, world[:, None] * companies + np.arange(companies), consumer[:, None])
    value = p.choice_expectation * state.expectation.ravel()[cell].astype(np.float64)
    value += p.choice_trust * (state.trust.ravel()[cell] - 0.5)
    value += p.choice_attitude * state.attitude.ravel()[cell]
    value += p.choice_adstock * np.log1p(state.adstock.ravel()[cell])
    return value


def choose(worlds: Worlds, world: Ints, consumer: Ints) -> NDArray[np.int8]:
    """Return whom consumers in need choose (J: nobody): a multinomial logit with the bonus β_L·L of one's own company.

    Each alternative has its own Gumbel draw, so what happens to one company leaves the others' accidents alone.
    """
    state, companies = worlds.state, worlds.size.companies
    value = np.full((consumer.size, companies + 1), OUTSIDE_UTILITY)
    value[:, :companies] = utility(worlds, world, consumer)
    current = state.customer_of[world, consumer].astype(np.int64)
    has = np.flatnonzero(current < companies)
    cell = _cells(worlds, world[has] * companies + current[has], consumer[has])
    value[has, current[has]] += worlds.parameters.choice_loyalty * state.loyalty.ravel()[cell]
    stream = worlds.draws.at(Process.CHOICE, worlds.day)
    value += stream.gumbel(world[:, None], worlds.key(consumer)[:, None], np.arange(companies + 1))
    return np.argmax(value, axis=1).astype(np.int8)


def experience(
    worlds: Worlds,
    world: Ints,
    company: NDArray[np.integer],
    consumer: Ints,
    *,
    failed: Bools,
    severity: F8,
    cause: Process,
) -> None:
    """Let consumers (each at most once) experience a company's product, judge it, and leave, speak or stay silent.

    Q = exp(−‖θ_i − q‖²/2h²), X = clip(Q − z·F + noise, 0, 1), D = X − E; S and E follow (expectancy disconfirmation:
    Oliver 1980).
    """
    if not consumer.size:
        return
    p, state, day = worlds.parameters, worlds.state, worlds.day
    row = world * worlds.size.companies + company
    cell = _cells(worlds, row, consumer)
    gap = state.demand[world] + state.taste[world, consumer] - state.product[row]
    fit = np.exp(-np.square(gap).sum(axis=1) / (2 * p.fit_width**2))
    noise = p.experience_noise * worlds.draws.at(Process.EXPERIENCE_NOISE, day).normal(
        world, worlds.key(consumer), np.full(consumer.size, int(cause))
    )
    felt = np.clip(fit - severity * failed + noise, 0, 1)
    surprise = felt - state.expectation.ravel()[cell]
    judged = np.clip(0.5 * (2 * felt - 1) + 0.5 * np.where(surprise > 0, surprise, p.loss_aversion * surprise), -1, 1)
    state.satisfaction.ravel()[cell] += (p.satisfaction_rate * (judged - state.satisfaction.ravel()[cell])).astype("f4")
    state.expectation.ravel()[cell] += (p.expectation_rate * surprise).astype("f4")
    problem = np.maximum(np.where(failed, severity, 0), np.clip(-surprise, 0, 1))
    bad = np.flatnonzero(surprise < -p.tolerance)
    state.arousal.ravel()[cell[bad]] = np.maximum(state.arousal.ravel()[cell[bad]], problem[bad])
    _exit_or_voice(worlds, world[bad], company[bad], consumer[bad], problem[bad], failed[bad], cause)
    good = np.flatnonzero(surprise >= 0)
    _praise(worlds, world[good], company[good], consumer[good], surprise[good], cause)


def _exit_or_voice(
    worlds: Worlds, world: Ints, company: Ints, consumer: Ints, problem: F8, failed: Bools, cause: Process
) -> None:
    """Decide between exit, voice and silence after a bad experience (Hirschman 1970): a multinomial logit."""
    if not consumer.size:
        return
    p, state, companies = worlds.parameters, worlds.state, worlds.size.companies
    cell = _cells(worlds, world * companies + company, consumer)
    loyalty = state.loyalty.ravel()[cell]
    options = utility(worlds, world, consumer)
    own = options[np.arange(consumer.size), company]
    options[np.arange(consumer.size), company] = OUTSIDE_UTILITY
    gain = options.max(axis=1) - own
    speaking_up = 0.0
    if p.vocal_bias:
        outspoken = state.taste[world, consumer].sum(axis=1) / (max(p.taste_spread, 1e-9) * worlds.size.attributes**0.5)
        # Against the logistic noise of the logit, this gives the correlation ρ_v.
        speaking_up = p.vocal_bias / (1 - p.vocal_bias**2) ** 0.5 * np.pi / 3**0.5 * outspoken
    value = np.zeros((consumer.size, 3))
    value[:, 0] = p.exit_intercept + gain - p.exit_loyalty * loyalty
    value[:, 1] = (
        p.voice_intercept
        + p.voice_severity * problem
        + p.voice_responsiveness * (state.responsiveness.ravel()[cell] - 0.3)
        + p.voice_loyalty * loyalty
        + speaking_up
    )
    stream = worlds.draws.at(Process.RESPONSE, worlds.day)
    causes = np.full((consumer.size, 1), int(cause))
    value += stream.gumbel(world[:, None], worlds.key(consumer)[:, None], causes, np.arange(3))
    response = np.argmax(value, axis=1)
    leaves = response == 0
    _count_lost(worlds, world, company, leaves & (state.customer_of[world, consumer] == company))
    state.customer_of[world[leaves], consumer[leaves]] = companies
    speaks = np.flatnonzero(response == 1)
    strength = np.clip(problem[speaks], 0, 1)
    incited = np.float32(p.inciter_arousal) * state.inciter[world[speaks], consumer[speaks]]
    _speak(
        worlds,
        Kind.COMPLAINT,
        world[speaks],
        company[speaks],
        consumer[speaks],
        cause,
        valence=-(0.5 + 0.5 * strength),
        arousal=np.minimum(state.arousal.ravel()[cell[speaks]] + incited, 1),
        severity=strength,
        failure=failed[speaks],
    )


def _praise(worlds: Worlds, world: Ints, company: Ints, consumer: Ints, surprise: F8, cause: Process) -> None:
    """Let some of those who were not disappointed say so; fans do so more often (equation 13)."""
    if not consumer.size:
        return
    p, state = worlds.parameters, worlds.state
    cell = _cells(worlds, world * worlds.size.companies + company, consumer)
    fan = state.fans(cell)
    probability = expit(p.praise_intercept + p.praise_delight * surprise) * np.where(fan, p.fan_praise, 1)
    causes = np.full(consumer.size, int(cause))
    coin = worlds.draws.at(Process.PRAISE, worlds.day).uniform(world, worlds.key(consumer), causes)
    speaks = np.flatnonzero(coin < probability)
    strength = np.clip(surprise[speaks], 0, 1)
    _speak(
        worlds,
        Kind.PRAISE,
        world[speaks],
        company[speaks],
        consumer[speaks],
        cause,
        valence=0.5 + 0.5 * strength,
        arousal=np.zeros(speaks.size, np.float32),
    )


def _speak(
    worlds: Worlds,
    kind: Kind,
    world: Ints,
    company: NDArray[np.integer],
    consumer: Ints,
    cause: Process,
    **columns: NDArray[np.generic],
) -> None:
    """Post within the next hours, on the page with probability page_open · T, otherwise among peers."""
    if not consumer.size:
        return
    day, key = worlds.day, worlds.key(consumer)
    row = world * worlds.size.companies + company
    causes = np.full(consumer.size, int(cause))
    delay = worlds.parameters.voice_spread * worlds.draws.at(Process.VOICE_TIME, day).uniform(world, key, causes)
    # A purchase is looked back upon at the end of the day, an incident at its beginning.
    start = worlds.now if cause == Process.INCIDENT_HIT else (day + 1) * HOURS_PER_DAY
    trust = worlds.state.trust.ravel()[_cells(worlds, row, consumer)]
    on_page = worlds.draws.at(Process.CHANNEL, day).uniform(world, key, causes) < worlds.levers.page_open[row] * trust
    attribute = worlds.draws.at(Process.ATTRIBUTE, day).uniform(world, key, causes) * worlds.size.attributes
    post(
        worlds,
        kind,
        row=row,
        author=consumer,
        cause=causes,
        born=start + delay,
        channel=np.where(on_page, Channel.PAGE, Channel.PEER),
        attribute=attribute.astype(np.int8),
        **columns,
    )


def become_loyal(worlds: Worlds) -> None:
    """L ← L + r_L·[logistic(1.5·S + 1.5(2T − 1) + O) − L] (daily)."""
    p, state = worlds.parameters, worlds.state
    logit = np.float32(p.loyalty_satisfaction) * state.satisfaction
    logit += np.float32(p.loyalty_trust) * (2 * state.trust - 1)
    logit += np.float32(p.loyalty_attitude) * state.attitude
    rate = np.float32(fading(p.loyalty_half_life))
    state.loyalty += rate * (expit(logit) - state.loyalty)


def _cells(worlds: Worlds, row: NDArray[np.integer], consumer: NDArray[np.integer]) -> Ints:
    cells: Ints = np.asarray(row, np.int64) * worlds.size.consumers + consumer
    return cells


def _count_lost(worlds: Worlds, world: Ints, company: NDArray[np.integer], lost: Bools) -> None:
    """Count customers lost, for rows that are companies (not the outside option)."""
    lost = lost & (company < worlds.size.companies)
    np.add.at(worlds.flows.lost, world[lost] * worlds.size.companies + company[lost], 1)
