"""The whole model as an independent cascade, and as thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim import textbook
from influence_sim.core.engine import Engine
from influence_sim.core.messages import Kind
from influence_sim.core.worlds import Worlds
from influence_sim.networks import erdos_renyi, heavy_tailed
from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size
from influence_sim.verification.reductions.worlds import (
    AT_ONCE,
    LARGE,
    SPEAK_UP,
    Integers,
    arc_probability,
    begin,
    cascades,
    mean,
    news,
    people,
    took_off,
)


def outbreaks(size: Size) -> list[Finding]:
    """Check epidemics above the threshold: R_base ends at 1, and arousal 1 throughout multiplies it."""
    nodes, graphs, worlds, speakers = (1000, 8, 1, 15) if size is Size.SMALL else (10_000, 50, 2, 4)
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
    nodes, graphs, worlds, speakers = (1500, 12, 1, 1000) if size is Size.SMALL else (10_000, 50, 2, 1000)
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
    nodes, worlds = (1500, 4) if size is Size.SMALL else (10_000, 50)
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
    nodes, graphs, speakers = (1000, 8, 4) if size is Size.SMALL else (10_000, 50, 4)
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
    nodes, graphs, worlds = (1500, 4, 1) if size is Size.SMALL else (10_000, 50, 1)
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
