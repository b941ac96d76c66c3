"""The model's own parts, each outside its day: queue, needs, choice, learning, reaction times, measures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.cascades import cascades
from influence_sim.core.draws import Draws, Process
from influence_sim.core.learning import listen
from influence_sim.core.market import choose, drift, needy
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.parameters import Parameters
from influence_sim.core.posting import post
from influence_sim.core.propagation import lag, lag_cdf
from influence_sim.core.worlds import Worlds
from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size
from influence_sim.verification.reductions.worlds import begin, mean
from influence_sim.verification.theory import F8

type Integers = NDArray[np.int64]


def virality(size: Size) -> list[Finding]:
    """Check the structural virality of stars and paths, as the model measures it."""
    found = []
    for nodes in (2, 10, 1000, 100_000) if size is Size.FULL else (2, 10, 1000):
        parents = {"star": np.r_[-1, np.zeros(nodes - 1, np.int64)], "path": np.arange(-1, nodes - 1)}
        expected = {"star": theory.star_virality(nodes), "path": theory.path_virality(nodes)}
        for shape, parent in parents.items():
            tree = cascades(np.zeros(nodes, np.int64), parent, np.zeros(nodes))
            value, wanted = float(tree.virality[0]), expected[shape]
            what = f"structural virality of a {shape} of {nodes}"
            found.append(Finding.exactly(what, wanted, value, allowed=1e-9 * wanted, source="Goel et al. 2016"))
    return found


def _arrivals(rate: float, hours: float, worlds: int) -> tuple[F8, Integers]:
    """Return times and worlds of Poisson arrivals."""
    rng = np.random.default_rng(1)
    world = np.repeat(np.arange(worlds), rng.poisson(rate * hours, worlds))
    return hours * rng.random(world.size), world


def queue(size: Size, pace: float = 10.0) -> list[Finding]:
    """Check staff who answer 8 complaints an hour at 10 an hour: M/M/1, whatever the length of a step."""
    worlds, days = (48, 3) if size is Size.SMALL else (50, 20)
    born, world = _arrivals(8.0, 24.0 * days, worlds)
    found = []
    for step_hours in (24.0, 1.0):
        engine = begin(
            {"case_lifetime": 8760.0},
            replicates=worlds,
            network={"consumers": 1000, "mean_degree": 4.0},
            companies=[{"name": "company", "strategy": "answering", "failure_rate": 0.0}],
            levers={"answering": {"reply_capacity": pace, "spam_false_alarms": 0.0}},
            step_hours=step_hours,
        )
        cases = post(
            engine.worlds,
            Kind.COMPLAINT,
            row=world,
            author=np.arange(born.size) % 1000,
            cause=np.arange(born.size),
            born=born,
            channel=Channel.PAGE,
            valence=-0.5,
        )
        engine.run_days(days + 3)
        # The first and the last day have not settled, or are not all answered.
        settled = born > 24
        wait = (engine.worlds.messages.answered_at[cases] - born)[settled]
        by_world = np.bincount(world[settled], wait) / np.bincount(world[settled])
        what = f"mean sojourn, steps of {step_hours:g} h"
        found.append(mean(what, theory.mean_sojourn(8, 10), by_world, source="1/(μ − λ): Erlang 1917"))
    return found


def _market(consumers: int, replicates: int, companies: int = 1, **on: float) -> Worlds:
    names = [{"name": f"company {number}", "failure_rate": 0.0} for number in range(companies)]
    network = {"consumers": consumers, "mean_degree": 4.0}
    return begin(on, replicates=replicates, companies=names, network=network).worlds


def needs(size: Size) -> list[Finding]:
    """Check how often consumers need the product: negative binomial, but for one need a day at most."""
    consumers, replicates, days = (2000, 30, 120) if size is Size.SMALL else (10_000, 50, 365)
    shape, interval = 1.5, 365.0
    worlds = _market(consumers, replicates, need_shape=shape, need_interval=interval)
    count = np.zeros((replicates, consumers), np.int64)
    for day in range(days):
        worlds.step = day * worlds.setting.steps_per_day
        count[needy(worlds)] += 1
    average, variance = theory.nbd_moments(shape, interval, days)
    lost = (1 + 1 / shape) / interval / 2
    source = "rt/α and (rt/α)(1 + t/α): Ehrenberg 1959"
    return [
        mean("mean needs", average, count.mean(axis=1), allowed=lost * average, source=source),
        mean("variance of needs", variance, count.var(axis=1, ddof=1), allowed=2 * lost * variance, source=source),
    ]


def irrelevant_alternatives(size: Size) -> list[Finding]:
    """Check that the ratio of two companies' shares is e^ΔU, however good the third is."""
    consumers, replicates, days = (1000, 40, 3) if size is Size.SMALL else (10_000, 50, 10)
    worlds = _market(consumers, replicates, 3, choice_expectation=3.0)
    world, consumer = (column.ravel() for column in np.indices((replicates, consumers)))
    found = []
    for third in (0.0, 0.5, 1.0):
        worlds.state.expectation[:] = np.tile([0.6, 0.45, third], replicates)[:, None]
        chosen = np.zeros((replicates, 4))
        for day in range(days):
            worlds.step = day * worlds.setting.steps_per_day
            np.add.at(chosen, (world, choose(worlds, world, consumer)), 1)
        ratio = np.log(chosen[:, 0] / chosen[:, 1])
        what = f"logarithm of a ratio of shares, third at {third:g}"
        found.append(mean(what, 3 * 0.15, ratio, source="ΔU: McFadden 1974"))
    return found


def filtering(size: Size) -> list[Finding]:
    """Check what a company believes that hears n posts a day, and one that hears none."""
    days, replicates, step = (400, 1000, 0.05) if size is Size.SMALL else (400, 2000, 0.05)
    found = []
    for count in (1, 5, 40):
        worlds = begin(
            {"demand_drift": step, "taste_spread": 0.5, "opinion_noise": 1.0},
            network={"consumers": 60, "mean_degree": 4.0},
            companies=[{"name": "company", "strategy": "listening"}],
            levers={"listening": {"listening": 1.0}},
        ).worlds
        for day in range(days):
            worlds.step = day
            said = message_id(Kind.PRAISE, np.arange(count), 0, day, 0)
            worlds.posted_today.append(
                worlds.messages.append(count, id=said, row=0, author=np.arange(count), kind=Kind.PRAISE, valence=0.5)
            )
            listen(worlds)
        prior = float(worlds.state.variance[0, 0]) + step**2
        expected = theory.kalman_prior(step, 1.0 + 0.5**2, count)
        found.append(
            Finding.exactly(f"prior variance, n = {count}", expected, prior, allowed=1e-9, source="Kalman 1960")
        )
    worlds = _market(10, replicates, demand_drift=step)
    for day in range(50):
        worlds.step = day
        drift(worlds)
        listen(worlds)
    grown = float((worlds.state.variance - worlds.parameters.initial_uncertainty).max())
    error = np.square(worlds.state.estimate - worlds.state.demand).ravel()
    return [
        *found,
        Finding.exactly("variance grown in 50 days, unheard", 50 * step**2, grown, allowed=1e-9, source="δ²t"),
        mean("squared error after 50 days, unheard", 50 * step**2, error, source="δ²t"),
    ]


def reactions(size: Size) -> list[Finding]:
    """Check reaction times: the published kernel, and the draws from it."""
    count = 10_000 if size is Size.SMALL else 1_000_000
    p = Parameters()
    source = "Zhao et al. 2015, the memory kernel integrated"
    median = 60 * float(lag(p, 0.5))
    draws = Draws.for_replicates(1, [0]).at(Process.LAG).uniform(0, np.arange(count))
    drawn = lag(p, draws)
    found = [
        Finding.exactly("median reaction, minutes", theory.median_reaction(), median, allowed=1e-3, source=source),
        Finding.exactly("median reaction, as published", 41, median, allowed=0.5, source=source),
    ]
    for hours, published in ((1, 0.54), (24, 0.78)):
        share = float(lag_cdf(p, hours))
        expected = float(theory.reaction_share(hours))
        found += [
            Finding.exactly(f"share within {hours} h", expected, share, allowed=1e-9, source=source),
            Finding.exactly(f"share within {hours} h, as published", published, share, allowed=0.005, source=source),
            mean(f"share of draws within {hours} h", expected, drawn <= hours, source=source),
        ]
    return found
