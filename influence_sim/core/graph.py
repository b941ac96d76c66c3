"""The frozen follower graph: who receives what whom posts.

Arcs point the way messages flow: an arc ``u → v`` means that ``v`` follows ``u`` and may see what ``u`` posts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from influence_sim.core.draws import as_words, mix

type Index = NDArray[np.int32]
type Offsets = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Graph:
    """A simple directed graph in compressed rows, without self-loops and parallel arcs.

    Use :meth:`from_arcs` to build one; rows are sorted, so equal graphs have equal arrays.

    Attributes
    ----------
    offsets
        Shape (nodes + 1,): the followers of ``u`` stand at ``offsets[u]:offsets[u + 1]``.
    followers
        Shape (arcs,): receiving nodes, ascending within each row.
    ids
        Shape (nodes,): the integers by which draws know the nodes. They travel with a node when nodes are relabelled.
    labels
        Shape (nodes,): the nodes' names in the source, or None where they are 0, 1, 2 …
    self_loops, parallel_arcs
        How many were found and left out.
    name
        What it is called in messages: mostly the file, or the generator with its arguments.
    remarks
        What else its reader has to say, such as that a line was taken for a header.
    """

    offsets: Offsets
    followers: Index
    ids: NDArray[np.int64]
    labels: NDArray[np.object_] | NDArray[np.int64] | None = None
    self_loops: int = 0
    parallel_arcs: int = 0
    name: str = field(default="graph")
    remarks: tuple[str, ...] = ()

    @classmethod
    def from_arcs(
        cls,
        source: ArrayLike,
        target: ArrayLike,
        nodes: int,
        *,
        labels: NDArray[np.object_] | NDArray[np.int64] | None = None,
        name: str = "graph",
    ) -> Graph:
        """Return a graph of arcs ``source[k] → target[k]`` among nodes 0 … ``nodes - 1``.

        Self-loops and parallel arcs are left out and counted. An undirected edge is a pair of arcs.

        Parameters
        ----------
        source, target
            Shape (arcs,) each: whole numbers of nodes; messages go from source to target.
        nodes
            How many there are, 0 … 2³¹ − 1.
        labels
            Shape (nodes,): the nodes' names; None where they are their numbers.
        name
            What it is called in messages.

        Raises
        ------
        ValueError
            If the two arrays differ in length, or a node lies outside 0 … ``nodes - 1``.
        """
        if not 0 <= nodes < 2**31:
            raise ValueError(f"a graph has 0 to 2^31 - 1 nodes, got {nodes}")
        u, v = _node_numbers(source), _node_numbers(target)
        if u.shape != v.shape or u.ndim != 1:
            raise ValueError(f"source and target must be 1-D and of one length, got {u.shape} and {v.shape}")
        if u.size and (min(u.min(), v.min()) < 0 or max(u.max(), v.max()) >= nodes):
            raise ValueError(f"node numbers must lie in 0..{nodes - 1}")
        proper = u != v
        key = u[proper] * nodes + v[proper]
        key.sort()
        first = np.ones(key.size, dtype=bool)
        np.not_equal(key[1:], key[:-1], out=first[1:])
        unique = key[first]
        row = unique // nodes
        offsets = np.zeros(nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=nodes), out=offsets[1:])
        return cls(
            offsets=offsets,
            followers=(unique - row * nodes).astype(np.int32),
            ids=np.arange(nodes, dtype=np.int64),
            labels=labels,
            self_loops=int(u.size - key.size),
            parallel_arcs=int(key.size - unique.size),
            name=name,
        )

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return self.offsets.size - 1

    @property
    def arcs(self) -> int:
        """Number of arcs; an undirected edge counts twice."""
        return int(self.followers.size)

    @cached_property
    def out_degree(self) -> NDArray[np.int64]:
        """Followers per node, shape (nodes,)."""
        return np.diff(self.offsets)

    @cached_property
    def in_degree(self) -> NDArray[np.int64]:
        """Followees per node, shape (nodes,)."""
        return np.bincount(self.followers, minlength=self.nodes)

    @cached_property
    def number_of(self) -> dict[Any, int]:
        """The nodes' numbers by their labels; empty where they have none."""
        labels = [] if self.labels is None else self.labels.tolist()
        return {label: number for number, label in enumerate(labels)}

    @cached_property
    def by_chance(self) -> Index:
        """All nodes, shape (nodes,), in an order that has nothing to do with what they are: the hash of their ids."""
        return np.argsort(mix(as_words(self.ids)), kind="stable").astype(np.int32)

    @cached_property
    def by_followers(self) -> Index:
        """All nodes, shape (nodes,), those with most followers first; among equals by the hash of their ids."""
        return self.by_chance[np.argsort(-self.out_degree[self.by_chance], kind="stable")]

    @cached_property
    def mean_excess(self) -> float:
        """⟨k_in·k_out⟩ / ⟨k⟩: followers of a reader reached along a random arc, the branching factor of sharing."""
        return float(self.in_degree @ self.out_degree / max(self.arcs, 1))

    @cached_property
    def incoming(self) -> tuple[NDArray[np.integer], Index]:
        """The arcs the other way round: offsets of shape (nodes + 1,), and followees, ascending within each row.

        Those whom ``v`` follows stand at ``offsets[v]:offsets[v + 1]``.
        """
        offsets = self.offsets.astype(np.int32 if self.arcs < 2**31 else np.int64)
        arcs = csr_array((np.ones(self.arcs, np.int8), self.followers, offsets), shape=(self.nodes, self.nodes)).tocsc()
        return arcs.indptr, arcs.indices.astype(np.int32, copy=False)

    @cached_property
    def influence(self) -> csr_array[np.float64, tuple[int, int]]:
        """The row-normalised matrix W: row ``v`` averages over those whom ``v`` follows; rows of isolates are empty.

        Shape (nodes, nodes).
        """
        offsets, followees = self.incoming
        weight = np.repeat(1.0 / np.maximum(self.in_degree, 1), self.in_degree)
        return csr_array((weight, followees, offsets), shape=(self.nodes, self.nodes))

    def out_arcs(self, senders: NDArray[np.integer]) -> tuple[NDArray[np.int64], Index]:
        """Return all arcs out of ``senders``: for each arc the position in ``senders`` and the receiving node.

        Arcs stand sender by sender, each sender's followers ascending. A sender may be named several times.

        Parameters
        ----------
        senders
            Shape (k,): numbers of nodes.

        Returns
        -------
        positions, receivers
            Shape (arcs of the senders,) each.

        Raises
        ------
        ValueError
            If ``senders`` are not whole numbers.
        IndexError
            If one is beyond the graph.
        """
        position, place = self.out_places(senders)
        return position, self.followers[place]

    def out_places(self, senders: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return all arcs out of ``senders``: the position in ``senders``, and the place in :attr:`followers`.

        Parameters
        ----------
        senders
            Shape (k,): numbers of nodes.

        Returns
        -------
        positions, places
            Shape (arcs of the senders,) each.

        Raises
        ------
        ValueError
            If ``senders`` are not whole numbers.
        IndexError
            If one is beyond the graph.
        """
        return _places(self.offsets, senders)

    def in_arcs(self, readers: NDArray[np.integer]) -> tuple[NDArray[np.int64], Index]:
        """Return all arcs into ``readers``: for each arc the position in ``readers`` and the node it comes from.

        Parameters
        ----------
        readers
            Shape (k,): numbers of nodes.

        Returns
        -------
        positions, senders
            Shape (arcs of the readers,) each.

        Raises
        ------
        ValueError
            If ``readers`` are not whole numbers.
        IndexError
            If one is beyond the graph.
        """
        offsets, followees = self.incoming
        position, place = _places(offsets, readers)
        return position, followees[place]


def _node_numbers(nodes: ArrayLike) -> NDArray[np.int64]:
    numbers = np.asarray(nodes)
    if numbers.size and numbers.dtype.kind not in "iu":
        raise ValueError(f"nodes are whole numbers, got {numbers.dtype}")
    return numbers.astype(np.int64, copy=False)


def _places(offsets: NDArray[np.integer], nodes: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    node = _node_numbers(nodes)
    start = offsets[node].astype(np.int64)
    count = offsets[node + 1] - start
    position = np.repeat(np.arange(count.size), count)
    before = np.cumsum(count) - count
    return position, np.arange(position.size) + np.repeat(start - before, count)
