"""Exact results, or asymptotic ones in large populations: textbook models, and parts of the model, against theory.

Networks are drawn anew for every few replicates, since cascades on one network share its luck; standard errors are over
networks where there are several, and over replicates otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim import textbook
from influence_sim.core.cascades import cascades
from influence_sim.core.draws import Draws, Process
from influence_sim.core.graph import Graph
from influence_sim.core.learning import listen
from influence_sim.core.market import choose, drift, needy
from influence_sim.core.messages import Channel, Kind, message_id
from influence_sim.core.parameters import Parameters
from influence_sim.core.posting import post
from influence_sim.core.propagation import lag, lag_cdf
from influence_sim.core.worlds import Worlds
from influence_sim.networks import erdos_renyi, small_world
from influence_sim.verification import theory
from influence_sim.verification.findings import Check, Finding, Size
from influence_sim.verification.reductions.worlds import LARGE, begin, mean, took_off
from influence_sim.verification.theory import F8

type Integers = NDArray[np.int64]


# cascades


def cascades_on_random_graphs(size: Size, error: float = 1.0) -> list[Finding]:
    """Check independent cascades on Erdős–Rényi graphs; ``error`` multiplies p, to see that it is noticed."""
    nodes, graphs, replicates = (2000, 12, 6) if size is Size.SMALL else (10_000, 20, 20)
    found = []
    for reproduction in (1.5, 2.0, 3.0):
        shares = []
        for number in range(graphs):
            graph = erdos_renyi(nodes, 6, number)
            seeds = textbook.random_seeds(graph, 1, replicates=replicates, seed=number)
            p = error * reproduction * nodes / graph.arcs
            shares.append(textbook.independent_cascade(graph, seeds, p, replicates=replicates, seed=number) / nodes)
        expected = theory.final_size(reproduction)
        large = took_off(shares)
        source = "S = 1 − e^(−RS): Erdős & Rényi 1960"
        found += [
            mean(f"reached once it takes off, R = {reproduction:g}", expected, large, allowed=5 / nodes, source=source),
            mean(f"takes off, R = {reproduction:g}", expected, np.concatenate(shares) > LARGE, source=source),
        ]
    return found


DEGREES = {1: 0.4, 3: 0.4, 10: 0.2}


def configuration_graph(nodes: int, seed: int) -> Graph:
    """Return an undirected graph with these degrees, stubs being tied at random; loops and double ties are left out."""
    rng = np.random.default_rng(seed)
    degree = np.repeat(list(DEGREES), np.round(np.array(list(DEGREES.values())) * nodes).astype(int))
    stubs = rng.permutation(np.repeat(np.arange(degree.size), degree))
    u, v = stubs[: stubs.size // 2 * 2].reshape(2, -1)
    return Graph.from_arcs(np.concatenate([u, v]), np.concatenate([v, u]), degree.size)


def cascades_on_configuration_graphs(size: Size, error: float = 1.0) -> list[Finding]:
    """Check independent cascades on graphs with given degrees, above and below the threshold."""
    nodes, graphs, replicates = (2000, 12, 8) if size is Size.SMALL else (10_000, 20, 20)
    share = np.zeros(11)
    share[list(DEGREES)] = list(DEGREES.values())
    critical = theory.percolation_threshold(share)
    found = [Finding.exactly("p_c = ⟨k⟩/⟨k² − k⟩", 3.6 / 20.4, critical, allowed=1e-12, source="Newman 2002")]
    for p in (0.3, 0.5, 0.5 * critical):
        reached = []
        for number in range(graphs):
            graph = configuration_graph(nodes, number)
            seeds = textbook.random_seeds(graph, 1, replicates=replicates, seed=number)
            sizes = textbook.independent_cascade(graph, seeds, error * p, replicates=replicates, seed=number)
            reached.append(sizes / nodes)
        everywhere = np.concatenate(reached)
        source = "u = 1 − p + p·G₁(u), S = 1 − G₀(u): Newman 2002"
        if p < critical:
            largest = float(everywhere.max())
            found.append(Finding("largest below p_c", 0, LARGE, largest, source=source))
            continue
        expected = theory.percolation_size(share, p)
        large = took_off(reached)
        # Of the ties of hubs a few in a thousand are doubles and left out.
        allowed = {"allowed": 10 / nodes}
        found += [
            mean(
                f"reached once it takes off, configuration graph, p = {p:g}", expected, large, source=source, **allowed
            ),
            mean(f"takes off, configuration graph, p = {p:g}", expected, everywhere > LARGE, source=source, **allowed),
        ]
    return found


def small_cascades(size: Size, error: float = 1.0) -> list[Finding]:
    """Check cascades below the threshold: Borel sizes."""
    nodes, graphs, replicates = (2000, 12, 500) if size is Size.SMALL else (10_000, 20, 1000)
    sizes = []
    for number in range(graphs):
        graph = erdos_renyi(nodes, 10, number)
        seeds = textbook.random_seeds(graph, 1, replicates=replicates, seed=number)
        p = error * 0.5 * nodes / graph.arcs
        sizes.append(textbook.independent_cascade(graph, seeds, p, replicates=replicates, seed=number))
    source = "Borel 1942"
    found = [mean("mean size, μ = .5", theory.borel_mean(0.5), [one.mean() for one in sizes], source=source)]
    for n in range(1, 5):
        shares = [(one == n).mean() for one in sizes]
        found.append(mean(f"P(size {n}), μ = .5", float(theory.borel(n, 0.5)), shares, source=source))
    return found


def threshold_cascades(size: Size, threshold: float = 0.18) -> list[Finding]:
    """Check fractional thresholds of .18 on Erdős–Rényi graphs: the window, and the share reached from few seeds."""
    nodes, graphs = (10_000, 4) if size is Size.SMALL else (100_000, 12)
    low, high = theory.cascade_window(0.18)
    found = [
        Finding.exactly("lower end of the window", 1.02, low, allowed=0.005, source="Watts 2002"),
        Finding.exactly("upper end of the window", 5.76, high, allowed=0.005, source="Watts 2002"),
    ]
    for degree, seeded in ((4.0, 1e-4), (6.5, 1e-4), (6.5, 0.005)):
        source = "Gleeson & Cahalane 2007"
        expected = theory.threshold_size(0.18, degree, seeded)
        reached = []
        for number in range(graphs):
            graph = erdos_renyi(nodes, degree, number, directed=False)
            # One seed may find nobody to start with: some hundred tries in all.
            tries = 8 if seeded * nodes < 5 else 1
            count = max(round(seeded * nodes), 1)
            seeds = textbook.random_seeds(graph, count, replicates=tries, seed=number)
            share = textbook.watts(graph, seeds, threshold, replicates=tries) / nodes
            reached += took_off([share]) if expected > LARGE else [float(share.mean())]
        what = f"active in the end, z = {degree:g}, ρ₀ = {seeded:g}"
        if expected > LARGE:
            # An expected share of e^−z has no neighbours and is not reached; the graph's own share scatters.
            found.append(mean(what, expected, reached, allowed=2 / nodes, source=source))
        else:
            found.append(Finding(what, 0, 0.001, float(np.mean(reached)), source=source))
    return found


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


def _spread(arcs: list[tuple[int, int]], p: float, seeds: tuple[int, ...], nodes: int) -> float:
    """Return the expected reach of an independent cascade, over all ways in which arcs can be open."""
    total = 0.0
    for open_arcs in product((False, True), repeat=len(arcs)):
        reached, frontier = set(seeds), list(seeds)
        followers: list[list[int]] = [[] for _ in range(nodes)]
        for (u, v), is_open in zip(arcs, open_arcs, strict=True):
            if is_open:
                followers[u].append(v)
        while frontier:
            for follower in followers[frontier.pop()]:
                if follower not in reached:
                    reached.add(follower)
                    frontier.append(follower)
        chance = p ** sum(open_arcs) * (1 - p) ** (len(arcs) - sum(open_arcs))
        total += chance * len(reached)
    return total


def greedy_seeding(size: Size, choose_seeds: Callable[..., Any] = textbook.celf) -> list[Finding]:
    """Check the greedy choice of two seeds on tiny graphs against the best of all pairs, both by exhaustion."""
    nodes, arcs, graphs = (6, 8, 6) if size is Size.SMALL else (7, 10, 25)
    ratios = []
    for number in range(graphs):
        rng = np.random.default_rng(number)
        pairs = [(u, v) for u in range(nodes) for v in range(nodes) if u != v]
        chosen = [pairs[k] for k in rng.choice(len(pairs), arcs, replace=False)]
        graph = Graph.from_arcs([u for u, _ in chosen], [v for _, v in chosen], nodes)
        greedy = choose_seeds(graph, 2, 0.4, replicates=2000, seed=number)
        best = max(_spread(chosen, 0.4, pair, nodes) for pair in combinations(range(nodes), 2))
        ratios.append(_spread(chosen, 0.4, tuple(int(one) for one in greedy), nodes) / best)
    what = "least ratio of greedy to best seeds"
    source = "1 − 1/e: Nemhauser, Wolsey & Fisher 1978; Kempe, Kleinberg & Tardos 2003"
    return [Finding(what, float(theory.GREEDY_BOUND), 1 + 1e-9, min(ratios), source=source)]


# diffusion


def adoption(size: Size, dt: float = 0.05, imitation: float = 0.38) -> list[Finding]:
    """Check the Bass model with the parameters of the mean durable good, p = .03 and q = .38."""
    nodes, replicates = (10_000, 20) if size is Size.SMALL else (10_000, 50)
    p, q = 0.03, 0.38
    peak, at_peak = theory.bass_peak(p, q)
    adopters = textbook.bass(nodes, p, imitation, periods=12, dt=dt, replicates=replicates) / nodes
    time = dt * np.arange(adopters.shape[1])
    # The rate is symmetric about its peak, so a parabola through a window around it has its vertex there.
    middle, rate = (time[1:] + time[:-1]) / 2, np.diff(adopters, axis=1)
    window = np.abs(middle - peak) < 2.5
    fitted = np.polynomial.polynomial.polyfit(middle[window] - peak, rate[:, window].T, 2)
    vertex = peak - fitted[1] / (2 * fitted[2])
    at = [float(np.interp(peak, time, one)) for one in adopters]
    source = "Bass 1969; in steps of .05 up to 2 % late"
    return [
        mean("time of the peak, t*", peak, vertex, allowed=0.02 * peak, source=source),
        mean("share of adopters at t*", at_peak, at, allowed=0.02 * at_peak, source=source),
        *(
            mean(f"share of adopters at t = {t}", float(theory.bass(t, p, q)), adopters[:, round(t / dt)],
                 allowed=0.02 * float(theory.bass(t, p, q)), source=source)
            for t in (3, 10)
        ),
    ]  # fmt: skip


def epidemic(size: Size, contacts: float = 2.0) -> list[Finding]:
    """Check the final size of an SIR epidemic with R₀ = 2 in a mixed population."""
    nodes, replicates, seeds = (10_000, 20, 20) if size is Size.SMALL else (10_000, 60, 20)
    infected = textbook.sir(nodes, np.arange(seeds), contacts, 1.0, replicates=replicates) / nodes
    expected = theory.final_size(2, seeds / nodes)
    source = "Kermack & McKendrick 1927"
    return [mean("ever infected, R₀ = 2", expected, infected, allowed=5 / nodes, source=source)]


def rumour(size: Size, tell: Callable[..., Any] = textbook.daley_kendall) -> list[Finding]:
    """Check who never hears a rumour of Daley and Kendall."""
    nodes, replicates, seeds = (10_000, 12, 5) if size is Size.SMALL else (10_000, 60, 5)
    never = 1 - tell(nodes, np.arange(seeds), replicates=replicates) / nodes
    source = "x = e^(−2(1 − x)): Daley & Kendall 1965"
    return [mean("never hear", theory.never_hear(), never, allowed=10 / nodes, source=source)]


# opinions


def averaging(size: Size) -> list[Finding]:
    """Check the consensus of DeGroot, to 1e−10, and the opinions of Friedkin and Johnsen, to 1e−8."""
    nodes = 200 if size is Size.SMALL else 1000
    graph, rng = small_world(nodes, 6, 1, rewire=0.5), np.random.default_rng(1)
    opinions = rng.uniform(size=nodes)
    settled = textbook.degroot(graph, opinions)
    consensus = theory.consensus(graph.in_degree, opinions)
    susceptibility = rng.uniform(0.1, 0.95, nodes)
    anchored = textbook.friedkin_johnsen(graph, opinions, susceptibility)
    weights = np.zeros((nodes, nodes))
    position, followee = graph.in_arcs(np.arange(nodes))
    weights[position, followee] = 1 / graph.in_degree[position]
    expected = theory.anchored_opinions(weights, susceptibility, opinions)
    return [
        Finding.exactly(
            "largest distance from πᵀx₀",
            0,
            float(np.abs(settled - consensus).max()),
            allowed=1e-10,
            source="DeGroot 1974",
        ),
        Finding.exactly(
            "largest distance from (I − ΛW)⁻¹(I − Λ)x₀",
            0,
            float(np.abs(anchored - expected).max()),
            allowed=1e-8,
            source="Friedkin & Johnsen 1990",
        ),
    ]


def _major(opinions: F8) -> Integers:
    """Return the number of clusters that hold at least 1 % of all, per replicate."""
    ordered = np.sort(opinions, axis=-1)
    found = []
    for one in ordered:
        first = np.flatnonzero(np.diff(one, prepend=-np.inf) > 0.01)
        found.append(np.count_nonzero(np.diff(first, append=one.size) >= 0.01 * one.size))
    return np.array(found, np.int64)


def bounded_confidence(size: Size) -> list[Finding]:
    """Check bounded confidence among people who all meet: where consensus begins, and how many clusters there are."""
    nodes, replicates = (500, 10) if size is Size.SMALL else (2000, 50)
    start = np.random.default_rng(1).uniform(size=(replicates, nodes))
    found = []
    # Small populations do not always decide as large ones near .2.
    for epsilon, usual in ((0.18, 2), (0.25, 1)):
        clusters = _major(textbook.hegselmann_krause(nodes, start, epsilon))
        source = "Hegselmann & Krause 2002; Fortunato 2005: consensus from ε ≈ .2 on"
        what = f"usual number of clusters, all at once, ε = {epsilon:g}"
        found.append(Finding.exactly(what, usual, float(np.median(clusters)), source=source))
    for epsilon in (0.3, 0.2):
        opinions = textbook.deffuant(nodes, start, epsilon, meetings=60 * nodes)
        source = "⌊1/2ε⌋: Deffuant et al. 2000"
        clusters = _major(opinions)
        what = f"usual number of clusters, pair by pair, ε = {epsilon:g}"
        expected = theory.major_clusters(epsilon)
        found.append(Finding.exactly(what, expected, float(np.median(clusters)), source=source))
    return found


# the model's own parts


def _arrivals(rate: float, hours: float, worlds: int) -> tuple[F8, Integers]:
    """Return times and worlds of Poisson arrivals."""
    rng = np.random.default_rng(1)
    world = np.repeat(np.arange(worlds), rng.poisson(rate * hours, worlds))
    return hours * rng.random(world.size), world


def queue(size: Size, pace: float = 10.0) -> list[Finding]:
    """Check staff who answer 8 complaints an hour at 10 an hour: M/M/1, whatever the length of a step."""
    worlds, days = (16, 8) if size is Size.SMALL else (50, 20)
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
    consumers, replicates, days = (2000, 10, 120) if size is Size.SMALL else (10_000, 20, 365)
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
    consumers, replicates, days = (1000, 10, 3) if size is Size.SMALL else (10_000, 20, 10)
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
    days, replicates, step = (400, 100, 0.05) if size is Size.SMALL else (400, 500, 0.05)
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


CHECKS: tuple[Check, ...] = (
    Check("independent-cascade", cascades_on_random_graphs),
    Check("configuration-graph", cascades_on_configuration_graphs),
    Check("borel", small_cascades),
    Check("watts-threshold", threshold_cascades),
    Check("structural-virality", virality),
    Check("greedy-seeding", greedy_seeding),
    Check("bass", adoption),
    Check("sir", epidemic),
    Check("daley-kendall", rumour),
    Check("degroot-friedkin-johnsen", averaging),
    Check("bounded-confidence", bounded_confidence),
    Check("queue", queue),
    Check("needs", needs),
    Check("irrelevant-alternatives", irrelevant_alternatives),
    Check("kalman", filtering),
    Check("reaction-times", reactions),
)
"""Every row of the list of exact and asymptotic results that the model must reproduce."""
