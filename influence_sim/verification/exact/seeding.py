"""The greedy choice of seeds, against the best of all on graphs so small that every cascade can be enumerated."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np

from influence_sim import textbook
from influence_sim.core.graph import Graph
from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size


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
