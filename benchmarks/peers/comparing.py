"""Rows of the comparison: that both sides do the same work, and how long each takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.peers.adapters import Peer, peers_for
from benchmarks.peers.targets import target_of
from benchmarks.peers.timing import Side, alternate
from benchmarks.peers.works import OURS, Start, Work

STANDARD_ERRORS = 4.5
"""How far apart means may lie: none of a hundred rows should fail by chance."""
LEAST_SIZES = 25
"""Of so many sizes of ours at least the spread is estimated."""
SAME = 1e-6


@dataclass
class Row:
    """One work, done by us and by a peer; ``ratio`` says how often ours fits into the peer's time."""

    work: str
    size: int
    replicates: int
    ours_ms: float
    peer: str
    peer_ms: float
    ratio: float
    ours_reached: float
    peer_reached: float
    agree: bool
    turns: int
    at_least: float | None = field(default=None)
    reach_for: float | None = field(default=None)

    @property
    def verdict(self) -> str:
        """What the row says about its target."""
        if not self.agree:
            return "not the same work"
        if self.at_least is None or self.reach_for is None:
            return ""
        return "reached, well" if self.ratio >= self.reach_for else "reached" if self.ratio >= self.at_least else "not"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict}


def rows_of(work: Work, *, quick: bool, against: list[str], budget: float) -> Iterator[Row]:
    """Yield a row for each peer that does a work."""
    for peer in peers_for(work, quick, against):
        yield row(work, peer, budget)


def row(work: Work, peer: Peer, budget: float) -> Row:
    """Time ours and a peer in turn, and compare what they reach."""
    ours, theirs = Side(our_start(work)), Side(peer.prepare(work))
    alternate(ours, theirs, budget)
    turns, ours_ms = len(theirs.seconds), ours.milliseconds
    agree = same_numbers(ours, theirs) if work.exact else same_mean(ours, theirs)
    target = target_of(work.name, work.size, peer.name)
    return Row(
        work=work.name,
        size=work.size,
        replicates=work.replicates,
        ours_ms=ours_ms,
        peer=peer.name,
        peer_ms=theirs.milliseconds,
        ratio=theirs.milliseconds / ours_ms,
        ours_reached=summary(work, ours),
        peer_reached=summary(work, theirs),
        agree=agree,
        turns=turns,
        at_least=target.at_least if target else None,
        reach_for=target.reach_for if target else None,
    )


def our_start(work: Work) -> Start:
    """Return how we do a work."""
    return lambda seed: partial(OURS[work.process], work, seed)


def summary(work: Work, side: Side) -> float:
    """Return the mean size; of numbers that must be equal, their standard deviation, which would tell them apart."""
    return float(np.std(side.reached[-1]) if work.exact else sizes(side).mean())


def sizes(side: Side) -> np.ndarray:
    """Return what all runs reached."""
    return np.concatenate([np.atleast_1d(np.asarray(found, float)) for found in side.reached])


def same_numbers(ours: Side, theirs: Side) -> bool:
    """Say whether both sides came to the same numbers."""
    return np.allclose(ours.reached[-1], theirs.reached[-1], rtol=SAME, atol=SAME)


def same_mean(ours: Side, theirs: Side) -> bool:
    """Say whether both means lie within noise; the spread is ours, as a slow peer may have run once only."""
    seed = 10_000
    while len(sizes(ours)) < LEAST_SIZES:
        ours.run(seed)
        seed += 1
    mine, other = sizes(ours), sizes(theirs)
    error = mine.std(ddof=1) * sqrt(1 / len(mine) + 1 / len(other))
    return bool(abs(mine.mean() - other.mean()) <= STANDARD_ERRORS * error)
