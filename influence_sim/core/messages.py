"""The growing table of messages: one row per post, share and reply of all worlds of a batch."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Process, Words, fold


class Kind(IntEnum):
    """What a message is. Numbers are part of message ids: never renumber."""

    CAMPAIGN = 0
    AD = 1
    COMPLAINT = 2
    PRAISE = 3
    REPLY = 4
    SPAM = 5
    SHARE = 6
    UPDATE = 7
    QUESTION = 8
    ANSWER = 9
    EXPOSE = 10
    BOYCOTT = 11
    FAKE = 12


AGAINST = np.zeros(len(Kind), bool)
"""Which kinds of post, by number, speak against the company."""
AGAINST[[Kind.COMPLAINT, Kind.EXPOSE, Kind.BOYCOTT]] = True

CORPORATE = np.zeros(len(Kind), bool)
"""Which kinds of post, by number, are openly the company's own words."""
CORPORATE[[Kind.CAMPAIGN, Kind.AD, Kind.REPLY, Kind.UPDATE, Kind.QUESTION]] = True


class Channel(IntEnum):
    """Where a message is posted."""

    PAGE = 0
    PEER = 1
    PRIVATE = 2
    AD = 3


class Messages:
    """Columns of messages; ``table.valence[rows]`` reads some, :meth:`append` adds some.

    Columns (one entry per message): ``id`` 64-bit key by which draws know it, equal in all worlds; ``row`` company of a
    world it is about; ``author`` consumer, or −1 for the company; ``kind``; ``channel``; ``attribute`` of the
    product it speaks of; ``valence`` −1..1; ``arousal`` 0..1; ``severity`` 0..1; ``failure`` whether a failure is
    reported; ``root`` and ``parent`` (numbers in this table; a post is its own root, and has parent −1); ``born`` in
    hours; ``sincerity`` of what the company says, 0..1; ``answered_at``, ``deleted_at`` hours at which a root was
    answered, and is or will be deleted (infinite: never); ``seen_answer`` what the answer is worth if it is public, and
    ``cooled`` how far it calmed the thread, 0..1, on the root; ``children`` shares of this very copy; ``depth``
    steps from the root.
    """

    id: Words
    row: NDArray[np.int32]
    author: NDArray[np.int32]
    kind: NDArray[np.int8]
    channel: NDArray[np.int8]
    attribute: NDArray[np.int8]
    valence: NDArray[np.float32]
    arousal: NDArray[np.float32]
    severity: NDArray[np.float32]
    failure: NDArray[np.bool_]
    root: NDArray[np.int32]
    parent: NDArray[np.int32]
    born: NDArray[np.float64]
    sincerity: NDArray[np.float32]
    answered_at: NDArray[np.float64]
    deleted_at: NDArray[np.float64]
    seen_answer: NDArray[np.float32]
    cooled: NDArray[np.float32]
    children: NDArray[np.int32]
    depth: NDArray[np.int16]

    DEFAULTS: ClassVar[dict[str, tuple[str, float]]] = {
        "id": ("u8", 0),
        "row": ("i4", 0),
        "author": ("i4", -1),
        "kind": ("i1", 0),
        "channel": ("i1", Channel.PEER),
        "attribute": ("i1", 0),
        "valence": ("f4", 0),
        "arousal": ("f4", 0),
        "severity": ("f4", 0),
        "failure": ("?", 0),
        "root": ("i4", -1),
        "parent": ("i4", -1),
        "born": ("f8", 0),
        "sincerity": ("f4", 1),
        "answered_at": ("f8", np.inf),
        "deleted_at": ("f8", np.inf),
        "seen_answer": ("f4", 0),
        "cooled": ("f4", 0),
        "children": ("i4", 0),
        "depth": ("i2", 0),
    }

    def __init__(self) -> None:
        self.count = 0
        self._capacity = 1024
        for name, (dtype, _) in self.DEFAULTS.items():
            setattr(self, name, np.zeros(self._capacity, dtype))

    def __len__(self) -> int:
        return self.count

    def append(self, count: int, **columns: Any) -> NDArray[np.int64]:
        """Append ``count`` messages and return their numbers; columns not named get their defaults.

        A message without ``root`` is its own root. Columns may be scalars or arrays of length ``count``.
        """
        start, self.count = self.count, self.count + count
        if self.count > self._capacity:
            self._grow()
        for name, (_, default) in self.DEFAULTS.items():
            getattr(self, name)[start : self.count] = columns.pop(name, default)
        if columns:
            raise TypeError(f"messages have no column {sorted(columns)[0]!r}")
        numbers = np.arange(start, self.count)
        own_root = self.root[start : self.count] < 0
        self.root[start : self.count][own_root] = numbers[own_root]
        return numbers

    def _grow(self) -> None:
        while self._capacity < self.count:
            self._capacity *= 2
        for name in self.DEFAULTS:
            old = getattr(self, name)
            new = np.zeros(self._capacity, old.dtype)
            new[: old.size] = old
            setattr(self, name, new)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all columns as arrays of length ``len(self)`` (copies)."""
        return {name: getattr(self, name)[: self.count].copy() for name in self.DEFAULTS}


def message_id(kind: Kind, author: Any, company: Any, time: int, cause: Any) -> Words:
    """Return the ids of messages: a hash of (author, company, kind, time, cause), the same in every world.

    ``author`` is a consumer's id (−1: the company itself), ``cause`` what made them speak: the number of a process,
    or the id of the message they react to.
    """
    start = np.full(1, Process.MESSAGE, np.uint64)
    return fold(start, np.asarray(author), np.asarray(company), np.full(1, int(kind)), np.full(1, time), cause)
