"""Kernels of opinion dynamics that the model and the textbook models share."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from influence_sim.core.graph import Graph

type Reals = NDArray[Any]

BLOCK = 1 << 18
"""Arcs of which the weights are made at a time: few enough for the cache."""


def peer_means(graph: Graph, opinions: Reals) -> Reals:
    """Return the mean opinion of those whom everyone follows; who follows nobody is their own peer.

    Opinions have shape (nodes,) or (rows, nodes), and so has the result: the product with :attr:`Graph.influence`,
    whose weights are made block by block. Kept, they would take as much room as the arcs themselves.
    """
    offsets, followees = graph.incoming
    held = np.ascontiguousarray(opinions.T, np.float64)
    means = np.empty(opinions.shape)
    # A block is of the nodes whose arcs begin in it.
    starts = np.searchsorted(offsets, np.arange(0, graph.arcs, BLOCK))
    for first, end in pairwise([*starts.tolist(), graph.nodes]):
        own = offsets[first : end + 1]
        degree = np.diff(own)
        weight = np.repeat(1.0 / np.maximum(degree, 1), degree)
        block = csr_array((weight, followees[own[0] : own[-1]], own - own[0]), shape=(end - first, graph.nodes))
        means[..., first:end] = (block @ held).T
    alone = graph.in_degree == 0
    means[..., alone] = opinions[..., alone]
    return means


def anchored(peers: Reals, anchor: Reals, susceptibility: ArrayLike) -> Reals:
    """Return λ·peers + (1 − λ)·anchor, where opinions go under social influence (Friedkin & Johnsen 1990)."""
    weight = np.asarray(susceptibility)
    return np.asarray(weight * peers + (1 - weight) * anchor)


def confided(distance: Reals, bound: ArrayLike) -> Reals:
    """Return the distances to opinions that are near enough to be listened to, 0 for others (bounded confidence)."""
    return np.asarray(distance * (np.abs(distance) <= bound))
