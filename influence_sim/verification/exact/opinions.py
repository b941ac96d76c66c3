"""Averaging and bounded confidence, as the textbook models compute them."""

from __future__ import annotations

import numpy as np

from influence_sim import textbook
from influence_sim.networks import small_world
from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size


def averaging(size: Size) -> list[Finding]:
    """Check the consensus of DeGroot, to 1e−10, and the opinions of Friedkin and Johnsen, to 1e−8."""
    nodes = 200 if size is Size.SMALL else 1000
    graph, rng = small_world(nodes, 6, 1, rewire=0.5), np.random.default_rng(1)
    opinions = rng.uniform(size=nodes)
    settled = textbook.degroot(graph, opinions)
    consensus = theory.consensus(graph.in_degree, opinions)
    susceptibility = rng.uniform(0.1, 0.95, nodes)
    anchored = textbook.friedkin_johnsen(graph, opinions, susceptibility)
    weights = theory.equal_weights(np.split(graph.followers, graph.offsets[1:-1]))
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


def bounded_confidence(size: Size) -> list[Finding]:
    """Check bounded confidence among people who all meet: where consensus begins, and how many clusters there are."""
    nodes, replicates = (500, 10) if size is Size.SMALL else (2000, 50)
    start = np.random.default_rng(1).uniform(size=(replicates, nodes))
    found = []
    # Small populations do not always decide as large ones near .2.
    for epsilon, usual in ((0.18, 2), (0.25, 1)):
        clusters = [textbook.clusters(row) for row in textbook.hegselmann_krause(nodes, start, epsilon)]
        source = "Hegselmann & Krause 2002; Fortunato 2005: consensus from ε ≈ .2 on"
        what = f"usual number of clusters, all at once, ε = {epsilon:g}"
        found.append(Finding.exactly(what, usual, float(np.median(clusters)), source=source))
    for epsilon in (0.3, 0.2):
        opinions = textbook.deffuant(nodes, start, epsilon, meetings=60 * nodes)
        source = "⌊1/2ε⌋: Deffuant et al. 2000"
        clusters = [textbook.clusters(row) for row in opinions]
        what = f"usual number of clusters, pair by pair, ε = {epsilon:g}"
        expected = theory.major_clusters(epsilon)
        found.append(Finding.exactly(what, expected, float(np.median(clusters)), source=source))
    return found
