"""What is to be reached, as ratios in one run: how often ours fits into the peer's time."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A bound for works of a name and size against a peer; ``reach_for`` is what would be good."""

    work: str
    sizes: tuple[int, ...]
    peer: str
    at_least: float
    reach_for: float


SMALL, MIDDLE, LARGE = 10**4, 10**5, 10**6

TARGETS = [
    Target("cascade", (MIDDLE,), "CyNetDiff", 2, 4),
    Target("cascade", (LARGE,), "CyNetDiff", 5, 8),
    Target("cascade-per-edge", (LARGE,), "CyNetDiff", 4, 6),
    Target("cascades", (SMALL,), "CyNetDiff", 2, 4),
    Target("cascades", (MIDDLE,), "CyNetDiff", 2.5, 4),
    Target("threshold", (MIDDLE, LARGE), "CyNetDiff", 1, 2),
    Target("threshold", (MIDDLE, LARGE), "PyNetIM", 1, 2),
    Target("sir", (MIDDLE, LARGE), "starsim", 20, 40),
    Target("degroot", (MIDDLE,), "NDlib", 500, 1000),
    Target("friedkin-johnsen", (MIDDLE,), "NDlib", 500, 1000),
    Target("bounded-confidence", (MIDDLE,), "C++ loop", 1 / 8, 1 / 3),
    Target("cascade", (MIDDLE,), "C++ skipping", 1 / 4, 1 / 2),
    Target("cascade", (LARGE,), "C++ skipping", 1 / 2.4, 1 / 2),
    Target("cascades", (MIDDLE,), "C++ skipping", 1 / 4, 1 / 2),
    Target("sir", (MIDDLE,), "C++ skipping", 1 / 4, 1 / 2),
    Target("sir", (LARGE,), "C++ skipping", 1 / 2.4, 1 / 2),
    Target("whole-model", (SMALL,), "scalar twin", 100, 300),
    Target("batches", (2000,), "one at a time", 5, 10),
    Target("two-jobs", (2000,), "one job", 1.7, 1.9),
]


def target_of(work: str, size: int, peer: str) -> Target | None:
    """Return the bound for a row, if there is one."""
    for target in TARGETS:
        if target.work == work and size in target.sizes and target.peer == peer:
            return target
    return None
