"""The graph that all are given: Barabási and Albert's, of mean degree 10."""

from __future__ import annotations

from functools import lru_cache

import networkx as nx
import numpy as np

from influence_sim.core.graph import Graph

NEW_TIES = 5
"""With how many ties a node comes; the mean degree is nearly twice that."""


@lru_cache(maxsize=2)
def barabasi_albert(nodes: int, seed: int = 1) -> Graph:
    """Return a graph in which newcomers attach to nodes in proportion to their degree.

    All ends of ties stand in one list, two per tie: the newcomer's, and a copy of an earlier entry drawn at random
    (Batagelj & Brandes 2005, Phys. Rev. E 71). Copies of copies are followed back until a newcomer's end is found, all
    at once. Nodes are numbered in the order of their coming, as by other generators. Few ties double and are left out.
    """
    ties = nodes * NEW_TIES
    copied = np.random.default_rng(seed).integers(0, 2 * np.arange(ties) + 1)
    while (further := np.flatnonzero(copied % 2)).size:
        copied[further] = copied[copied[further] // 2]
    newcomer, other = np.arange(ties) // NEW_TIES, copied // 2 // NEW_TIES
    source, target = np.concatenate([newcomer, other]), np.concatenate([other, newcomer])
    return Graph.from_arcs(source, target, nodes, name=f"Barabási–Albert({nodes})")


@lru_cache(maxsize=1)
def as_networkx(nodes: int) -> nx.Graph:
    """Return the same graph for those who take NetworkX's."""
    own = barabasi_albert(nodes)
    source = np.repeat(np.arange(nodes), own.out_degree)
    once = source < own.followers
    found = nx.Graph()
    found.add_nodes_from(range(nodes))
    found.add_edges_from(zip(source[once].tolist(), own.followers[once].tolist(), strict=True))
    return found
