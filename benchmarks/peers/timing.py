"""Two sides timed in turn, so that whatever else runs on the machine slows both."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.peers.works import Start

LEAST_TURNS, MOST_TURNS = 3, 300
BESIDE_SLOW = 10
"""How often ours runs at most beside the one run of a slow peer."""


@dataclass
class Side:
    """Whoever is timed; ``reached`` holds what every run returned."""

    start: Start
    seconds: list[float] = field(default_factory=list)
    reached: list[Any] = field(default_factory=list)

    def run(self, seed: int) -> float:
        go = self.start(seed)
        before = perf_counter()
        result = go()
        self.seconds.append(perf_counter() - before)
        self.reached.append(result)
        return self.seconds[-1]

    def forget(self) -> None:
        self.seconds.clear()
        self.reached.clear()

    @property
    def milliseconds(self) -> float:
        return 1000 * median(self.seconds)


def alternate(ours: Side, peer: Side, budget: float) -> None:
    """Run both in turn for about ``budget`` seconds, after a run of each that warms up and does not count.

    Of a peer so slow that three runs would not fit, the first counts, cold as it is.
    """
    with no_collections():
        ours.run(0)
        ours.forget()
        slow = peer.run(0) > budget / LEAST_TURNS
        if not slow:
            peer.forget()
        end = perf_counter() + budget
        for seed in range(1, MOST_TURNS + 1):
            ours.run(seed)
            if not slow:
                peer.run(seed)
            if seed >= LEAST_TURNS and (perf_counter() > end or (slow and seed >= BESIDE_SLOW)):
                return


@contextmanager
def no_collections() -> Iterator[None]:
    """Keep Python from looking for garbage, which takes long among a peer's millions of objects."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
