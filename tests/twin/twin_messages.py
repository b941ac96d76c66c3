"""Messages, and the calendars in which things wait for their hour."""

from __future__ import annotations

import math
from typing import Any

from twin_draws import fold
from twin_numbers import Kept
from twin_words import PEER, P


def message_id(author: int, company: int, kind: int, time: int, cause: int) -> int:
    return fold(P.MESSAGE, author, company, kind, time, cause)


class Message:
    """A post, share, reply or question."""

    valence = Kept()
    arousal = Kept()
    severity = Kept()
    sincerity = Kept()
    seen_answer = Kept()
    cooled = Kept()

    def __init__(
        self,
        key: int,
        kind: int,
        company: int,
        author: Any = None,
        *,
        born: float,
        channel: int = PEER,
        attribute: int = 0,
        valence: float = 0.0,
        arousal: float = 0.0,
        severity: float = 0.0,
        failure: bool = False,
        sincerity: float = 1.0,
        root: Message | None = None,
        parent: Message | None = None,
    ) -> None:
        self.key = key
        self.kind = kind
        self.company = company
        self.author = author
        self.born = born
        self.channel = channel
        self.attribute = attribute
        self.valence = valence
        self.arousal = arousal
        self.severity = severity
        self.failure = failure
        self.sincerity = sincerity
        self.root = self if root is None else root
        self.parent = parent
        self.depth = 0 if parent is None else parent.depth + 1
        self.answered_at = math.inf
        self.deleted_at = math.inf
        self.seen_answer = 0.0
        self.cooled = 0.0
        self.shared_at: list[float] = []
        """Hours at which this very copy was passed on."""
        self.tells = False
        """Whether a company can learn from it."""
        self.shown_by: Any = None
        """Whose followers see a fake."""
        self.spoken: set[int] = set()
        """Numbers of the people who have posted or shared the thread, on the root."""
        self.judged: set[int] = set()
        self.rebutted: set[int] = set()
        self.uninvited = False

    @property
    def children(self) -> int:
        return len(self.shared_at)

    def answered_by(self, hour: float) -> bool:
        return self.answered_at <= hour


class Calendar:
    """What waits for its hour."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.buckets: dict[int, list[tuple[float, Any]]] = {}

    def put(self, due: float, what: Any) -> None:
        step = max(math.floor(due / self.model.dt), self.model.clock)
        self.buckets.setdefault(step, []).append((due, what))

    def take(self, step: int) -> list[tuple[float, Any]]:
        """What falls due in a step, by its hour; of the same hour, what was put in first."""
        return sorted(self.buckets.pop(step, []), key=lambda entry: entry[0])
