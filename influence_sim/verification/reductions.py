"""The whole model with all mechanisms switched off but one is a textbook model, and gives its numbers.

Every world here is made from a scenario and run by the engine, with all phases of its day. What is on is written down
with each check; everything else has the value that switches it off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from scipy.stats import norm
from scipy.stats import t as student

from influence_sim import textbook
from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.messages import Kind
from influence_sim.core.parameters import ORIGINS
from influence_sim.core.worlds import Worlds
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import prepare
from influence_sim.networks import erdos_renyi, heavy_tailed, small_world
from influence_sim.scenario import Scenario
from influence_sim.verification import theory
from influence_sim.verification.findings import STANDARD_ERRORS, Check, Finding, Size
from influence_sim.verification.theory import F8

type Integers = NDArray[np.int64]

OFF: dict[str, float] = {
    **{name: float(origin.neutral) for name, origin in ORIGINS.items() if origin.neutral is not None},
    "exit_intercept": -20.0,
    "voice_intercept": -20.0,
    "praise_intercept": -20.0,
}
"""Everything switched off: nobody is moved, leaves, complains or praises."""

AT_ONCE = {"visibility": 1.0, "lag_plateau": 1.0, "lag_exponent": 5.0, "lag_limit": 1.0}
"""Every follower sees a post, within seconds."""
SPEAK_UP = {"voice_intercept": 5.0, "voice_severity": 20.0, "voice_spread": 1.0}
"""Whom something happens to says so within the hour: 1 in 10¹⁰ does not."""

ROUNDING = 2e-6
"""States are single-precision numbers."""
LARGE = 0.1
"""Share of all people from which a cascade counts as having taken off."""


def begin(on: dict[str, float], *, replicates: int = 1, graph: Graph | None = None, **values: Any) -> Engine:
    """Return the whole model at the beginning of the comparison, with nothing switched on but ``on``.

    Parameters
    ----------
    on
        Constants that differ from :data:`OFF`.
    replicates
        Number of worlds.
    graph
        Follower graph, instead of the one that the scenario describes.
    **values
        Keys of the scenario. By default there is one company whose products never fail, and money is no object. A
        ``strategy`` other than the company's own is taken up when the comparison begins.
    """
    strategy = values.pop("strategy", None)
    company = {"name": "company", "failure_rate": 0.0}
    plain = {
        "burn_in_days": 0,
        "days": 3650,
        "step_hours": 24.0,
        "attributes": 1,
        "budget": 1e9,
        "companies": [company],
    }
    scenario = Scenario.of({**plain, **values, "parameters": {**OFF, **on}})
    setting = scenario.setting(scenario.graph() if graph is None else graph)
    worlds = [World(strategy, replicate) for replicate in range(replicates)]
    return prepare(scenario, setting, worlds, seed=1, measures=("replies", "reply_hours"))


def news(severity: float = 1.0, **who: Any) -> dict[str, Any]:
    """Return an incident that everybody named, or a share of all, learns of on one day."""
    return {"kind": "scandal", "severity": severity, "duration_days": 1, **who}


def people(graph: Graph, count: int, seed: int) -> list[int]:
    """Return so many people, drawn at random."""
    chosen: list[int] = np.random.default_rng(seed).choice(graph.nodes, count, replace=False).tolist()
    return chosen


def mean(what: str, expected: float, values: ArrayLike, **others: Any) -> Finding:
    """Return a finding about the mean of independent values; of none, it is not a number, and fails.

    The standard error of few values is enlarged, so that three of it are as rarely exceeded as for many (Student).
    """
    sample = np.asarray(values, dtype=np.float64)
    error = 0.0
    if sample.size > 1:
        few = student.ppf(norm.cdf(STANDARD_ERRORS), sample.size - 1) / STANDARD_ERRORS
        error = float(few * sample.std(ddof=1) / sample.size**0.5)
    return Finding.exactly(what, expected, float(sample.mean()) if sample.size else np.nan, error=error, **others)


def took_off(shares: Iterable[F8]) -> list[float]:
    """Return the mean of the large cascades, for every graph on which there is one."""
    return [float(share[share > LARGE].mean()) for share in shares if (share > LARGE).any()]


# independent cascade


def cascades(engine: Engine) -> Integers:
    """Run until nothing is left to be read; return the size of the cascade of every post."""
    engine.run_days(1)
    while len(engine.worlds.exposures):
        engine.run_days(1)
    table, count = engine.worlds.messages, len(engine.worlds.messages)
    size = np.bincount(table.root[:count], minlength=count)
    return np.asarray(size[np.flatnonzero(table.kind[:count] == Kind.COMPLAINT)], np.int64)


def arc_probability(engine: Engine) -> float:
    """Return v·F(lag_limit)·p₀ as docs/model.md gives it, for default reaction times."""
    p, graph = engine.worlds.parameters, engine.worlds.graph
    in_time = float(theory.reaction_share(24 * p.lag_limit))
    per_reader = float(graph.in_degree @ graph.out_degree) / graph.arcs
    return min(p.base_reproduction / per_reader, p.visibility * in_time)


def outbreaks(size: Size) -> list[Finding]:
    """Check epidemics above the threshold: R_base ends at 1, and arousal 1 throughout multiplies it."""
    nodes, graphs, worlds, speakers = (1000, 12, 1, 4) if size is Size.SMALL else (10_000, 16, 4, 4)
    found = []
    for base, arousal in ((0.75, 1.0), (0.5, 3.0)):
        reproduction = base * (1 + arousal)
        shares, takes_off = [], []
        for number in range(graphs):
            graph = erdos_renyi(nodes, 6, number)
            on = {**AT_ONCE, **SPEAK_UP, "base_reproduction": base, "arousal_sharing": arousal}
            engine = begin(on, graph=graph, replicates=worlds, incident=news(hit=people(graph, speakers, number)))
            shares.append(cascades(engine) / nodes)
            # What somebody says spreads better in all worlds if they have many followers.
            takes_off.append((shares[-1] > LARGE).reshape(worlds, speakers).mean(axis=0))
        large = took_off(shares)
        expected = theory.final_size(reproduction)
        source = "S = 1 − e^(−RS)"
        found += [
            mean(f"reached once it takes off, R = {reproduction:g}", expected, large, allowed=5 / nodes, source=source),
            mean(f"takes off, R = {reproduction:g}", expected, np.concatenate(takes_off), source=source),
        ]
    return found


def small_cascades(size: Size) -> list[Finding]:
    """Check cascades below the threshold, at default reaction times, cut off after a day: Borel sizes."""
    nodes, graphs, worlds, speakers = (1500, 12, 1, 500) if size is Size.SMALL else (10_000, 15, 4, 2000)
    on = {**SPEAK_UP, "visibility": 0.5, "lag_limit": 1.0, "base_reproduction": 0.5}
    sizes = []
    for number in range(graphs):
        graph = erdos_renyi(nodes, 10, number)
        incident = news(hit=people(graph, speakers, number))
        sizes.append(cascades(begin(on, graph=graph, replicates=worlds, incident=incident)))
    source = "Borel 1942"
    expected = theory.borel(np.arange(1, 5), 0.5)
    found = [mean("mean size, μ = .5", theory.borel_mean(0.5), [one.mean() for one in sizes], source=source)]
    for n in range(1, 5):
        shares = [(one == n).mean() for one in sizes]
        found.append(mean(f"P(size {n}), μ = .5", float(expected[n - 1]), shares, source=source))
    return found


def same_cascades(size: Size) -> list[Finding]:
    """Check that cascades on a graph of hubs are those of the textbook, each arc open with v·F·p₀."""
    nodes, worlds = (1500, 1) if size is Size.SMALL else (10_000, 50)
    graph = heavy_tailed(nodes, 10, 1)
    on = {**SPEAK_UP, "visibility": 0.5, "lag_limit": 1.0, "base_reproduction": 0.9}
    speakers = people(graph, nodes if size is Size.SMALL else nodes // 10, 1)
    engine = begin(on, graph=graph, replicates=worlds, incident=news(hit=speakers))
    sizes = cascades(engine)
    seeds = np.tile(speakers, worlds)[:, None]
    other = textbook.independent_cascade(graph, seeds, arc_probability(engine), replicates=len(seeds), seed=2)

    def alike(what: str, one: NDArray[Any], two: NDArray[Any]) -> Finding:
        error = float((one.var() / one.size + two.var() / two.size) ** 0.5)
        return Finding.exactly(what, float(two.mean()), float(one.mean()), error=error, source="the textbook's cascade")

    return [
        # The few large cascades would drown a plain mean.
        alike("mean logarithm of sizes, hubs", np.log(sizes), np.log(other)),
        *(alike(f"P(size ≥ {n}), hubs", sizes >= n, other >= n) for n in (2, 3, 6, 20)),
    ]


# fractional thresholds

THRESHOLD = 0.18


def _reached(worlds: Worlds) -> list[Integers]:
    """Return who posted or shared, post by post."""
    table, count = worlds.messages, len(worlds.messages)
    roots = np.flatnonzero(table.kind[:count] == Kind.COMPLAINT)
    order = np.argsort(table.root[:count], kind="stable")
    cuts = np.searchsorted(table.root[:count][order], roots)
    return [np.asarray(part, np.int64) for part in np.split(table.author[:count][order], cuts[1:])]


def sharing_threshold(size: Size) -> list[Finding]:
    """Check φ > 0, with sharing certain otherwise: Watts' cascade from one post, person by person."""
    nodes, graphs, speakers = (1000, 8, 4) if size is Size.SMALL else (10_000, 12, 10)
    differing = 0
    small: list[float] = []
    large: list[float] = []
    on = {**AT_ONCE, **SPEAK_UP, "base_reproduction": 1.0, "arousal_sharing": 10.0, "contagion_threshold": THRESHOLD}
    # Small graphs have more than one in a thousand chances to be set off outside the window, too.
    beyond = 9.0 if size is Size.SMALL else 6.5
    for degree in (4.0, beyond):
        for number in range(graphs):
            graph = erdos_renyi(nodes, degree, number, directed=False)
            seeds = people(graph, speakers, number)
            engine = begin(on, graph=graph, incident=news(hit=seeds))
            cascades(engine)
            found = {int(who[0]): who for who in _reached(engine.worlds)}
            trace = textbook.watts(graph, np.array(seeds)[:, None], THRESHOLD, replicates=speakers, trace=True)
            for row, first in enumerate(seeds):
                expected = np.flatnonzero(trace.times[row] >= 0)
                differing += np.setxor1d(found[first], expected).size
            share = np.array([found[one].size for one in seeds]) / nodes
            if degree == 4:
                large += took_off([share])
            else:
                small += share.tolist()
    expected_share = theory.threshold_size(THRESHOLD, 4, 1 / nodes)
    return [
        Finding.exactly("people in whom it differs from Watts' cascade", 0, differing, source="Watts 2002"),
        mean("reached once it takes off, z = 4", expected_share, large, source="Gleeson & Cahalane 2007"),
        Finding(
            f"mean reached, z = {beyond:g}",
            0,
            max(0.001, 5 / nodes),
            float(np.mean(small)),
            source="Watts 2002: beyond the window",
        ),
    ]


BOYCOTT = {
    **AT_ONCE,
    **SPEAK_UP,
    "arousal_uptake": 1.0,
    "arousal_half_life": 30.0,
    "boycott_arousal": 0.0,
    "boycott_call": 1.0,
    "boycott_days": 365.0,
    "boycott_memory": 365.0,
    "boycott_threshold": THRESHOLD,
    "boycott_spread": 0.0,
}


def boycotts(size: Size) -> list[Finding]:
    """Check boycotts in which all who join call on others: Watts' cascade from many seeds, a round a day."""
    nodes, graphs, worlds = (1500, 6, 1) if size is Size.SMALL else (10_000, 12, 3)
    differing = 0
    found = []
    # A few seeds are not enough to set off a small graph.
    few, more = (0.02, 0.03) if size is Size.SMALL else (0.002, 0.005)
    for degree, seeded, spread in ((4.0, few, 0.0), (6.5, more, 0.0), (6.5, 0.02, 0.1)):
        shares = []
        for number in range(graphs):
            graph = erdos_renyi(nodes, degree, number, directed=False)
            on = {**BOYCOTT, "boycott_spread": spread}
            engine = begin(on, graph=graph, replicates=worlds, incident=news(hit_share=seeded))
            against = _until_nobody_joins(engine)
            shares.append(against.mean())
            table, state = engine.worlds.messages, engine.worlds.state
            first = np.flatnonzero(table.kind[: len(table)] == Kind.COMPLAINT)
            for world in range(worlds):
                seeds = table.author[first[table.row[first] == world]]
                # Who follows nobody who speaks is not asked, however low their threshold.
                threshold = np.maximum(state.boycott_threshold[world].astype(float), 1e-9)
                trace = textbook.watts(graph, seeds, threshold, trace=True)
                differing += int(np.count_nonzero((trace.times[0] >= 0) != against[world]))
        if not spread:
            what = f"ever against, z = {degree:g}, ρ₀ = {seeded:g}"
            expected = theory.threshold_size(THRESHOLD, degree, seeded)
            found.append(mean(what, expected, shares, allowed=2 / nodes, source="Gleeson & Cahalane 2007"))
    source = "Watts 2002; Granovetter 1978 for thresholds that scatter"
    return [*found, Finding.exactly("people in whom boycotts differ from Watts' cascade", 0, differing, source=source)]


def _until_nobody_joins(engine: Engine) -> NDArray[np.bool_]:
    """Run until three days bring nobody new; return who has ever spoken against the company, by world."""
    counts: list[int] = []
    while len(counts) < 5 or counts[-1] > counts[-4]:
        engine.run_days(1)
        counts.append(int(np.count_nonzero(engine.worlds.state.against > 0)))
    return np.asarray(engine.worlds.state.against > 0)


# opinions


def opinions(size: Size) -> list[Finding]:
    """Check r_O = 1 and Λ = 1 or less: DeGroot, and Friedkin and Johnsen with own satisfaction as the anchor."""
    graph = small_world(100 if size is Size.SMALL else 1000, 6, 1, rewire=0.5)
    nodes, groups = graph.nodes, np.array_split(np.random.default_rng(1).permutation(graph.nodes), 4)
    start = np.zeros(nodes)
    incidents = []
    for severity, group in zip((0.3, 0.6, 1.0), groups, strict=False):
        start[group] = -severity * (0.5 + 0.5 * severity)
        incidents.append(news(severity, hit=group.tolist()))
    on = {"scandal_attitude": 1.0, "peer_rate": 1.0, "peer_weight": 1.0}
    engine = begin(on, graph=graph, incident=incidents)
    engine.run_days(5)
    after_five = np.abs(engine.worlds.state.attitude[0] - textbook.degroot(graph, start, steps=5)).max()
    engine.run_days(145)
    settled = engine.worlds.state.attitude[0]
    consensus = theory.consensus(graph.in_degree, start)

    # Everybody buys every day or so, and is as satisfied as their taste allows.
    buying = {"need_interval": 1.0, "need_shape": 20.0, "choice_expectation": 10.0, "satisfaction_rate": 1.0}
    # Here it matters who follows whom.
    graph = erdos_renyi(nodes, 12, 1)
    anchored = begin({**buying, "peer_rate": 1.0, "peer_weight": 0.6}, graph=graph)
    anchored.run_days(80)
    anchor = anchored.worlds.state.satisfaction[0].astype(float)
    expected = theory.anchored_opinions(_weights(graph), 0.6, anchor)
    other = textbook.friedkin_johnsen(graph, anchor, 0.6)
    found = anchored.worlds.state.attitude[0]
    spread = float(np.ptp(anchor))
    return [
        Finding.exactly("largest error after five days", 0, float(after_five), allowed=ROUNDING, source="DeGroot 1974"),
        Finding.exactly(
            "consensus, πᵀx₀",
            consensus,
            float(settled[np.abs(settled - consensus).argmax()]),
            allowed=10 * ROUNDING,
            source="DeGroot 1974",
        ),
        Finding("spread of the anchors", 0.3, 2.0, spread, source="what makes the next line worth anything"),
        Finding.exactly(
            "largest error against (I − ΛW)⁻¹(I − Λ)x₀",
            0,
            float(np.abs(found - expected).max()),
            allowed=ROUNDING,
            source="Friedkin & Johnsen 1990",
        ),
        Finding.exactly(
            "largest error against the textbook's opinions",
            0,
            float(np.abs(found - other).max()),
            allowed=ROUNDING,
            source="Friedkin & Johnsen 1990",
        ),
    ]


def _weights(graph: Graph) -> F8:
    """Return W as a full matrix: row v averages over those whom v follows."""
    weights = np.zeros((graph.nodes, graph.nodes))
    for u in range(graph.nodes):
        weights[graph.followers[graph.offsets[u] : graph.offsets[u + 1]], u] = 1
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


CONFIDENCE, APPROACH = 0.85, 0.3


def bounded_confidence(size: Size) -> list[Finding]:
    """Check ε < 2: who reads moves a share of the way to what is near enough, as in Deffuant's model, else not at all.

    Every day one more person learns something and says it at once. What is said has the valence of what happened, not
    of its author's opinion; so sources do not move, and opinions do not gather in clusters.
    """
    nodes, days = (300, 12) if size is Size.SMALL else (1000, 30)
    graph = erdos_renyi(nodes, nodes / 5, 1)
    order = np.random.default_rng(1).permutation(nodes)
    speakers, groups = order[:days], np.array_split(order[days:], 4)
    incidents = [news(hit=[int(who)], day=day + 1) for day, who in enumerate(speakers)]
    incidents += [news(severity, hit=group.tolist()) for severity, group in zip((0.1, 0.2, 0.3), groups, strict=False)]
    on = {
        **AT_ONCE,
        "voice_intercept": -12.0,
        "voice_severity": 20.0,
        "voice_spread": 1.0,
        "scandal_attitude": 1.0,
        "attitude_rate": APPROACH,
        "confidence_bound": CONFIDENCE,
    }
    engine = begin(on, graph=graph, incident=incidents)
    engine.run_days(1)
    before = engine.worlds.state.attitude[0].astype(float)
    engine.run_days(days)
    after = engine.worlds.state.attitude[0].astype(float)
    table, count = engine.worlds.messages, len(engine.worlds.messages)
    expected = before.copy()
    said = np.flatnonzero(table.born[:count] >= 24)
    for post in said[np.argsort(table.born[said])]:
        author, valence = int(table.author[post]), float(table.valence[post])
        expected[author] = valence
        reader = graph.followers[graph.offsets[author] : graph.offsets[author + 1]]
        near = reader[np.abs(valence - expected[reader]) <= CONFIDENCE]
        expected[near] += APPROACH * (valence - expected[near])
    listeners = np.setdiff1d(np.arange(nodes), speakers)
    moved = np.abs(after - before)[listeners] > ROUNDING
    near = np.abs(-1 - before[listeners]) <= CONFIDENCE
    source = "Deffuant et al. 2000, the rule of approach"
    return [
        Finding.exactly("posts", days, said.size, allowed=1, source="one a day"),
        Finding("share of those near enough who moved", 0.85, 1, float(moved[near].mean()), source=source),
        Finding.exactly("share of all others who moved", 0, float(moved[~near].mean()), source=source),
        Finding.exactly(
            "largest error of an opinion", 0, float(np.abs(after - expected).max()), allowed=ROUNDING, source=source
        ),
    ]


# the market


def choices(size: Size) -> list[Finding]:
    """Check choices between products whose quality everybody knows: shares of the (mixed) multinomial logit."""
    consumers, worlds, days = (150, 20, 15) if size is Size.SMALL else (2000, 50, 60)
    apart = np.array([0.0, 0.7, 1.2])
    companies = [{"name": f"at {distance:g}", "failure_rate": 0.0, "product": [float(distance)]} for distance in apart]
    value = 3 * np.exp(-(apart**2) / 2)
    found = []
    for spread, name in ((0.0, "logit"), (1.0, "mixed logit")):
        on = {
            "taste_spread": 0.0,
            "expectation_rate": 1.0,
            "choice_expectation": 3.0,
            "brand_taste": spread,
            "need_interval": 1.0,
            "need_shape": 20.0,
        }
        network = {"consumers": consumers, "mean_degree": 4.0}
        # In the burn-in everybody tries everything.
        engine = begin(on, replicates=worlds, companies=companies, network=network, burn_in_days=80)
        engine.run_days(days)
        chosen = engine.worlds.switches.sum(axis=1).astype(float)
        share = chosen / chosen.sum(axis=1, keepdims=True)
        expected = theory.logit_shares(value, spread)
        found += [
            # A few have not tried the worst product yet, of which they expect more than it is.
            mean(
                f"share of product {k}, {name}", float(expected[k]), share[:, k], allowed=0.001, source="McFadden 1974"
            )
            for k in range(3)
        ]
        if not spread:
            ratio = np.log(share[:, 0] / share[:, 1])
            source = "independence of irrelevant alternatives"
            found.append(mean("logarithm of a ratio of shares, ΔU", float(value[0] - value[1]), ratio, source=source))
    return found


def _purchases(engine: Engine, days: int, company: int = 0) -> Integers:
    """Run so many days; return how often everybody bought from a company, shape (worlds, consumers)."""
    worlds = engine.worlds
    worlds.purchases = []
    engine.run_days(days)
    count = np.zeros((worlds.size.worlds, worlds.size.consumers), np.int64)
    for _, world, consumer, chosen in worlds.purchases:
        of_company = chosen == company
        np.add.at(count, (world[of_company], consumer[of_company]), 1)
    return count


def purchases(size: Size) -> list[Finding]:
    """Check purchases of one of two equal companies: negative binomial, but for one need a day at most."""
    consumers, worlds, days = (1000, 12, 120) if size is Size.SMALL else (2000, 50, 360)
    shape, interval, chance = 1.5, 90.0, 1 / 3
    companies = [{"name": name, "failure_rate": 0.0} for name in ("one", "two")]
    on = {"need_shape": shape, "need_interval": interval}
    engine = begin(on, replicates=worlds, companies=companies, network={"consumers": consumers, "mean_degree": 4.0})
    count = _purchases(engine, days)
    by_world, variance = count.mean(axis=1), count.var(axis=1, ddof=1)
    exact = theory.daily_moments(shape, interval, days, chance)
    textbooks = theory.nbd_moments(shape, interval / chance, days)
    # Of needs on the same day all but one are lost: a share E[λ²]/2E[λ] of them.
    lost = (1 + 1 / shape) / interval / 2
    ehrenberg = "Ehrenberg 1959"
    return [
        mean("mean purchases", textbooks[0], by_world, allowed=lost * textbooks[0], source=ehrenberg),
        mean("variance of purchases", textbooks[1], variance, allowed=2 * lost * textbooks[1], source=ehrenberg),
        mean("mean purchases, by the daily clock", exact[0], by_world, source="Binomial(t, (1 − e^−λ)/3)"),
        mean("variance of purchases, by the daily clock", exact[1], variance, source="Binomial(t, (1 − e^−λ)/3)"),
    ]


DROPOUT = 0.24


def purchases_until_exit(size: Size) -> list[Finding]:
    """Check purchases of customers whom a bad product drives out for good: BG/NBD with one constant dropout.

    All dislike the company (an ad too many has seen to that), and only their loyalty and a reward hold those who are
    its customers: they choose it with the odds e^7.5 : 1, and who has left with 1 : e^7.5. A purchase fails with
    probability .4, and of failures .6 are bad enough to leave.
    """
    consumers, worlds, days = (400, 20, 90) if size is Size.SMALL else (2000, 50, 90)
    shape, interval = 3.0, 5.0
    on = {
        "need_shape": shape,
        "need_interval": interval,
        "taste_spread": 0.0,
        "failure_severity": 0.5,
        "tolerance": 0.0,
        "prevention_effect": 1.0,
        "satisfaction_rate": 0.3,
        "loyalty_half_life": 1.0,
        "loyalty_satisfaction": 10.0,
        "choice_attitude": 7.5,
        "choice_loyalty": 10.0,
        "reward_utility": 5.0,
        "wear_out": 1.0,
        "wear_out_from": 0.0,
        "exit_intercept": 5.0,
    }
    careful = {"prevention": 1.0, "reward_value": 1.0}
    engine = begin(
        on,
        replicates=worlds,
        network={"consumers": consumers, "mean_degree": 4.0},
        companies=[{"name": "company", "failure_rate": 0.4, "strategy": "careful"}],
        levers={"careful": careful, "turning": {**careful, "paid_reach": 1.0}},
        # Nobody leaves in the burn-in, in which loyalty forms; on day 0 all are annoyed; then products fail.
        schedule={"turning": [{"day": 1, "levers": {"paid_reach": 0.0, "prevention": 0.0}}]},
        strategy="turning",
        burn_in_days=180,
    )
    engine.run_days(1)
    customers = engine.worlds.state.customer_of == 0
    count = _purchases(engine, days)
    by_world = [bought[there].mean() for bought, there in zip(count, customers, strict=True)]
    never = [(bought[there] == 0).mean() for bought, there in zip(count, customers, strict=True)]
    most = 400
    shares = theory.purchase_shares_until_exit(most, shape, interval, days, DROPOUT)
    textbooks = theory.purchases_until_exit(shape, interval, days, DROPOUT)
    five = [(bought[there] >= 5).mean() for bought, there in zip(count, customers, strict=True)]
    # Who has left comes back with 1 : e^7.5 at each need, half of them on average being left, and buys 1/p times more.
    back = float(np.exp(-7.5)) * days / interval / 2
    more = back / DROPOUT
    fader = "Fader, Hardie & Lee 2005"
    clock = f"{fader}, by the daily clock"
    return [
        mean("customers held before products fail", 1.0, customers.mean(axis=1), allowed=0.002, source="nobody left"),
        # Needs on the same day count once, as in purchases().
        mean("mean purchases", textbooks, by_world, allowed=0.02 * textbooks + more, source=fader),
        mean("mean purchases, daily clock", float(shares @ np.arange(most + 1)), by_world, allowed=more, source=clock),
        mean("share who never buy again", float(shares[0]), never, allowed=float(np.exp(-7.5)), source=clock),
        mean("share who buy five times or more", float(shares[5:].sum()), five, allowed=back, source=clock),
    ]


def adoption(size: Size) -> list[Finding]:
    """Check a company that has lost everybody and is taken up again by word of mouth: Bass, in steps of a day.

    On a complete graph; all distrust the company (u₀ = −5). Whoever has bought keeps buying, and praises a few
    purchases; who reads that on the day of a need chooses with u₁ = 2. What is read is forgotten overnight. So a day
    brings p + q·F of those left, but that first purchases count besides, and nobody hears of it twice a day.
    """
    consumers, worlds, days, interval = (400, 16, 250, 5.0) if size is Size.SMALL else (1000, 50, 650, 10.0)
    praise, readers, shape = 0.0172, 50, 20.0
    utility = (-5.0, 2.0)
    on = {
        **AT_ONCE,
        "visibility": readers / consumers,
        "need_shape": shape,
        "need_interval": interval,
        "taste_spread": 0.0,
        "scandal_trust": 1.0,
        "exit_intercept": 5.0,
        "voice_spread": 1.0,
        "choice_trust": 10.0,
        "choice_attitude": 10.0,
        "choice_loyalty": 10.0,
        "reward_utility": 5.0,
        "satisfaction_rate": 1.0,
        "praise_intercept": float(np.log(praise / (1 - praise))),
        "attitude_rate": 1.0,
        "peer_rate": 1.0,
    }
    engine = begin(
        on,
        replicates=worlds,
        network={"kind": "erdos_renyi", "consumers": consumers, "mean_degree": consumers - 1.0},
        companies=[{"name": "company", "failure_rate": 0.0, "strategy": "rewarding"}],
        levers={"rewarding": {"reward_value": 1.0}},
        incident=news(hit_share=1.0),
    )
    engine.worlds.purchases = []
    engine.run_days(days)
    first = np.full((worlds, consumers), days)
    for day, world, consumer, _ in reversed(engine.worlds.purchases):
        first[world, consumer] = day
    adopted = (first[:, :, None] < np.arange(days + 1)).mean(axis=1)
    contact = readers * praise
    expected = theory.bass_by_need(days, shape, interval, utility, contact)
    need = 1 - float(theory.gamma_rates(shape, interval)[1] @ np.exp(-theory.gamma_rates(shape, interval)[0]))
    p = need * float(expit(utility[0]))
    q = need**2 * float(expit(utility[1]) - expit(utility[0])) * contact
    peak, at_peak = theory.bass_peak(p, q)
    half = int(np.argmax(expected >= 0.5))
    when = (adopted >= at_peak).argmax(axis=1)
    return [
        *(
            mean(f"adopters on day {day}", float(expected[day]), adopted[:, day], source="Bass 1969, at need")
            for day in (half // 4, half // 2, half, min(2 * half, days))
        ),
        # First purchases count double, and word of mouth saturates: up to a tenth early or late.
        mean(f"days to adoption by {at_peak:.3f}", peak, when, allowed=0.1 * peak, source="Bass 1969: ln(q/p)/(p + q)"),
    ]


# service and learning


def queue(size: Size) -> list[Finding]:
    """Check page complaints and staff, nothing else: M/M/1, or a desk per 1,000 consumers."""
    worlds, days = (12, 30) if size is Size.SMALL else (50, 150)
    shape, interval = 20.0, 8.0
    on = {
        "need_shape": shape,
        "need_interval": interval,
        "taste_spread": 0.0,
        "failure_severity": 0.5,
        "tolerance": 0.0,
        "voice_intercept": 5.0,
        "voice_spread": 24.0,
        "case_lifetime": 8760.0,
    }
    # Half of those in need buy, all products fail, .6 of failures are felt, half of the complaints are on the page.
    need = float(theory.daily_moments(shape, interval, 1)[0])
    rate = 1000 * need / 2 * 0.6 * float(expit(5.0)) / 2 / 24
    pace = rate / 0.8
    found = []
    for desks in (1, 3):
        staff = {"reply_capacity": pace, "spam_false_alarms": 0.0}
        engine = begin(
            on,
            replicates=worlds,
            network={"consumers": 1000 * desks, "mean_degree": 4.0},
            companies=[{"name": "company", "failure_rate": 1.0, "strategy": "answering"}],
            levers={"answering": staff},
            burn_in_days=15,
        )
        engine.run_days(days)
        replies, hours = engine.recorded_days(15).sum(axis=(1, 2)).T
        expected = theory.mean_sojourn(rate * desks, pace, desks)
        name = f"M/M/{desks}"
        # A consumer complains once a day at most, so the arrivals are a little more regular than Poisson.
        source = f"Erlang 1917: {name}"
        found += [
            mean(f"answers per hour, {name}", rate * desks, replies / (24 * days), source=source),
            mean(f"mean sojourn, {name}, hours", expected, hours / replies, allowed=0.02 * expected, source=source),
        ]
    return found


def listening(size: Size) -> list[Finding]:
    """Check a company that listens to five people a day, and one that does not: the scalar Kalman filter."""
    worlds, days, count, drift = (100 if size is Size.SMALL else 300), 120, 5, 0.05
    on = {**SPEAK_UP, "taste_spread": 0.0, "demand_drift": drift, "need_interval": 365.0, "opinion_noise": 1.0}
    engine = begin(
        on,
        replicates=worlds,
        network={"consumers": 50, "mean_degree": 4.0},
        companies=[
            {"name": "listener", "failure_rate": 0.0, "strategy": "listening"},
            {"name": "deaf", "failure_rate": 0.0},
        ],
        levers={"listening": {"listening": 1.0}},
        incident=news(hit=list(range(count)), repeats=days, every_days=1, company="listener"),
    )
    engine.run_days(days)
    state = engine.worlds.state
    prior = state.variance[:, 0] + drift**2
    error = np.square(state.estimate[:, 0] - np.repeat(state.demand[:, 0], 2))
    expected = theory.kalman_prior(drift, 1.0, count)
    kalman = "Kalman 1960"
    return [
        Finding.exactly("prior variance", expected, float(prior[0]), allowed=1e-9, source=kalman),
        Finding.exactly("spread of prior variances", 0, float(np.ptp(prior[::2])), allowed=1e-12, source=kalman),
        mean("squared error over variance", 1.0, error[::2] / state.variance[::2, 0], source=kalman),
        Finding.exactly(
            "variance of who hears nothing",
            engine.worlds.parameters.initial_uncertainty + drift**2 * days,
            float(state.variance[1, 0]),
            allowed=1e-9,
            source="δ²t",
        ),
        mean("squared error of who hears nothing", drift**2 * days, error[1::2], source="δ²t"),
    ]


CHECKS: tuple[Check, ...] = (
    Check("whole-model-outbreaks", outbreaks),
    Check("whole-model-small-cascades", small_cascades),
    Check("whole-model-independent-cascade", same_cascades),
    Check("whole-model-sharing-threshold", sharing_threshold),
    Check("whole-model-boycott-threshold", boycotts),
    Check("whole-model-opinions", opinions),
    Check("whole-model-bounded-confidence", bounded_confidence),
    Check("whole-model-choice", choices),
    Check("whole-model-purchases", purchases),
    Check("whole-model-purchases-until-exit", purchases_until_exit),
    Check("whole-model-adoption", adoption),
    Check("whole-model-queue", queue),
    Check("whole-model-listening", listening),
)
"""One check per way of switching all mechanisms off but one (docs/model.md, section 8)."""
