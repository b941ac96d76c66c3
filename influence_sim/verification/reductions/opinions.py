"""The whole model as dynamics of opinions."""

from __future__ import annotations

import numpy as np

from influence_sim import textbook
from influence_sim.networks import erdos_renyi, small_world
from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size
from influence_sim.verification.reductions.worlds import (
    AT_ONCE,
    ROUNDING,
    begin,
    news,
)


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
    weights = theory.equal_weights(np.split(graph.followers, graph.offsets[1:-1]))
    expected = theory.anchored_opinions(weights, 0.6, anchor)
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
