"""Rows of the comparison: that both sides do the same work, and how long each takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.peers.adapters import Peer, ours, peers_for
from benchmarks.peers.bound import bound_ms
from benchmarks.peers.targets import target_of
from benchmarks.peers.timing import Side, alternate
from benchmarks.peers.works import Work

STANDARD_ERRORS = 4.5
"""How far apart means may lie: none of a hundred rows should fail by chance."""
LEAST_SIZES = 25
"""Of so many sizes of ours at least the spread is estimated."""


@dataclass
class Row:
    """One work, done by us and by a peer; ``ratio`` says how often ours fits into the peer's time."""

    title: str
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
    memory_ms: float | None = field(default=None)
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


def rows_of(work: Work, *, quick: bool, against: list[str], budget: float) -> Iterator[Row | str]:
    """Yield a row for each peer that does a work, or what went wrong: a peer that fails does not cost the others."""
    memory_ms = None
    for number, peer in enumerate(peers_for(work, quick, against)):
        memory_ms = bound_ms(work) if number == 0 else memory_ms
        try:
            yield row(work, peer, budget, memory_ms)
        except Exception as error:
            yield f"{work.title}, {work.size:,}: {peer.name} failed, {type(error).__name__}: {error}"


def row(work: Work, peer: Peer, budget: float, memory_ms: float | None) -> Row:
    """Time ours and a peer in turn, and compare what they reach."""
    mine, theirs = Side(ours.WORKS[work.process](work)), Side(peer.prepare(work))
    alternate(mine, theirs, budget)
    turns, ours_ms = len(theirs.seconds), mine.milliseconds
    agree = same_mean(mine, theirs) if work.within is None else same_numbers(mine, theirs, work.within)
    target = target_of(work.name, work.size, peer.name)
    return Row(
        title=work.title,
        work=work.name,
        size=work.size,
        replicates=work.replicates,
        ours_ms=ours_ms,
        peer=peer.name,
        peer_ms=theirs.milliseconds,
        ratio=theirs.milliseconds / ours_ms,
        ours_reached=summary(work, mine),
        peer_reached=summary(work, theirs),
        agree=agree,
        turns=turns,
        memory_ms=memory_ms,
        at_least=target.at_least if target else None,
        reach_for=target.reach_for if target else None,
    )


def summary(work: Work, side: Side) -> float:
    """Return the mean size; of numbers that must be equal, their standard deviation, which would tell them apart."""
    return float(sizes(side).mean() if work.within is None else np.nanstd(side.reached[-1]))


def sizes(side: Side) -> np.ndarray:
    """Return what all runs reached."""
    return np.concatenate([np.atleast_1d(np.asarray(found, float)) for found in side.reached])


def same_numbers(mine: Side, theirs: Side, within: float) -> bool:
    """Say whether both sides came to the same numbers."""
    return np.allclose(mine.reached[-1], theirs.reached[-1], rtol=within, atol=within, equal_nan=True)


def same_mean(mine: Side, theirs: Side) -> bool:
    """Say whether both means lie within noise; the spread is ours, as a slow peer may have run once only."""
    seed = 10_000
    while len(sizes(mine)) < LEAST_SIZES:
        mine.run(seed)
        seed += 1
    found, other = sizes(mine), sizes(theirs)
    error = found.std(ddof=1) * sqrt(1 / len(found) + 1 / len(other))
    return bool(abs(found.mean() - other.mean()) <= STANDARD_ERRORS * error)
