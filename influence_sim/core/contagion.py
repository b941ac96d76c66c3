"""Kernels of contagion that the model and the textbook models share: which arcs transmit, and who has seen enough.

Only the arcs out of those who have just become active are ever touched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.draws import Stream
from influence_sim.core.graph import Graph, Index

type Integers = NDArray[np.integer]
type Positions = NDArray[np.int64]


def transmissions(
    graph: Graph,
    stream: Stream,
    world: Integers,
    key: ArrayLike,
    senders: Integers,
    probability: ArrayLike,
    per_arc: NDArray[np.floating] | None = None,
) -> tuple[Positions, Index]:
    """Return the arcs out of ``senders`` that transmit: for each the position in ``senders`` and the receiving node.

    One keyed coin per arc, so that more probability never reaches fewer.

    Parameters
    ----------
    graph
        Who receives what whom sends.
    stream
        Where the coins come from.
    world, key, senders
        Of each sender: the world, by what the draw knows what is sent, and the node; one length.
    probability
        With which each of a sender's arcs transmits, 0..1: a number, or one per sender.
    per_arc
        Further factors, one per arc of the graph; None: 1.
    """
    position, place = graph.out_places(senders)
    receivers = graph.followers[place]
    coin = stream.uniform(world[position], np.asarray(key)[position], graph.ids[receivers])
    chance = np.broadcast_to(probability, senders.shape)[position]
    if per_arc is not None:
        chance = chance * per_arc[place]
    happens = np.flatnonzero(coin < chance)
    return position[happens], receivers[happens]


def enough(active: NDArray[np.floating] | Integers, threshold: ArrayLike, followees: Integers) -> NDArray[np.bool_]:
    """Return where ``active`` of so many ``followees`` reach the ``threshold`` share (Granovetter 1978; Watts 2002)."""
    # Divided, not multiplied: 7 of 25 are .28, but .28 · 25 is more than 7.
    return np.asarray(active / np.maximum(followees, 1) >= np.asarray(threshold))
