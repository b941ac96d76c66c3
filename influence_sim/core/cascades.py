"""What became of each post: how many messages it set off, how deep, how broad, how far from a broadcast, how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.state import F8, Ints

type Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cascades:
    """The trees that messages form, one entry per root, in ascending order of the roots' numbers.

    Attributes
    ----------
    post
        Number of the root.
    size
        Messages in the tree, the root included.
    depth
        Largest distance from the root.
    breadth
        Largest number of messages at one distance from the root.
    virality
        Structural virality: mean distance over all pairs of distinct messages (Goel, Anderson, Hofman & Watts 2016,
        Management Science); nan for a single message. It is just below 2 for a broadcast of any size, and a third of
        the size for a chain.
    duration
        Hours from the root to its last message.
    """

    post: Numbers
    size: Numbers
    depth: Numbers
    breadth: Numbers
    virality: F8
    duration: F8


def cascades(root: Ints, parent: Ints, born: F8) -> Cascades:
    """Return the cascades of a table of messages, given three of its columns; messages may stand in any order.

    A root is a message that is its own ``root``. The ``parent`` of a root is ignored: it is a post of another cascade
    to which it refers, or −1.

    Raises
    ------
    ValueError
        If the arrays differ in length, or a message does not descend from its root.
    """
    root, parent, born = np.asarray(root, np.int64), np.asarray(parent, np.int64), np.asarray(born, np.float64)
    if not root.shape == parent.shape == born.shape or root.ndim != 1:
        raise ValueError(f"root, parent and born must be 1-D and of one length: {root.shape, parent.shape, born.shape}")
    is_root = root == np.arange(root.size)
    up = np.where(is_root, root, parent)
    # Whoever has the root of its parent has that of all its ancestors, the last of which is its own root.
    outside = (up < 0) | (up >= root.size) | (root.take(up, mode="clip") != root)
    _refuse(np.flatnonzero(outside), root, parent)
    depth, subtree, circling = _climb(np.where(is_root, -1, parent))
    _refuse(circling, root, parent)

    post = np.flatnonzero(is_root)
    tree = (np.cumsum(is_root) - 1)[root]
    size = np.bincount(tree, minlength=post.size)

    deepest = np.zeros(post.size, np.int64)
    np.maximum.at(deepest, tree, depth)
    # A tree has as many levels as it is deep, and one: counted one tree after the other they are no more than messages.
    levels = deepest + 1
    first_level = np.cumsum(levels) - levels
    at_level = np.bincount(first_level[tree] + depth, minlength=levels.sum())

    # The way between two messages leads over an edge if one of them is below it and the other is not.
    crossings = np.bincount(tree, subtree * (size[tree] - subtree), minlength=post.size)
    pairs = size * (size - 1) / 2

    last = born[post]
    np.maximum.at(last, tree, born)
    return Cascades(
        post=post,
        size=size,
        depth=deepest,
        breadth=np.maximum.reduceat(at_level, first_level),
        virality=np.divide(crossings, pairs, out=np.full(post.size, np.nan), where=pairs > 0),
        duration=last - born[post],
    )


def _climb(ancestor: Numbers) -> tuple[Numbers, F8, Numbers]:
    """Return messages' distances from their roots, how many descend from each (itself included), and who never arrives.

    ``ancestor`` is used up. It begins with parents (−1: a root), and steps double from round to round, so that a chain
    costs the logarithm of its length: after k rounds it is 2^k steps up, ``depth`` counts up to 2^k steps, and
    ``subtree`` the descendants less than 2^k steps below.
    """
    climbing = np.flatnonzero(ancestor >= 0)
    depth, subtree = (ancestor >= 0).astype(np.int64), np.ones(ancestor.size)
    for _ in range(ancestor.size.bit_length()):  # no tree is higher than it has messages
        above = ancestor[climbing]
        depth[climbing] += depth[above]
        subtree += np.bincount(above, subtree[climbing], ancestor.size)
        ancestor[climbing] = ancestor[above]
        climbing = climbing[ancestor[climbing] >= 0]
    return depth, subtree, climbing


def _refuse(strays: Numbers, root: Ints, parent: Ints) -> None:
    if strays.size:
        stray = strays[0]
        raise ValueError(f"message {stray} (root {root[stray]}, parent {parent[stray]}) does not descend from its root")
