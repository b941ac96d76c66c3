"""Kernels of opinion dynamics that the model and the textbook models share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.graph import Graph

type Reals = NDArray[Any]


def peer_means(graph: Graph, opinions: Reals) -> Reals:
    """Return the mean opinion of those whom everyone follows; who follows nobody is their own peer.

    Opinions have shape (…, nodes), and so has the result.
    """
    means = np.ascontiguousarray((graph.influence @ opinions.T).T)
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
