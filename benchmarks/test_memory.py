"""What a world holds per consumer and follow, and that a small cascade does not pay for a large graph."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, median
from time import perf_counter
from typing import Any

import numpy as np
import pytest

import influence_sim as ins
from benchmarks.peers.graphs import barabasi_albert
from influence_sim import textbook
from influence_sim.core.draws import Draws
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.worlds import Worlds

CONSUMERS = 50_000
STATUS = Path("/proc/self/status")
STATE = 200
"""Bytes per consumer at most, of 3 companies and 3 attributes: 56 per view of a company, 12 of tastes, 15 of other
traits, 4 to count what is read; the rest is per company."""
NODE, FOLLOW = 45, 8
"""Bytes at most that the network adds: per consumer for row bounds, ids, degrees and orders; per follow 4 in each
direction."""
PEAK = 1500
"""Bytes per consumer at most by which a process with such a world grows at its peak, making the network included."""


def built(consumers: int) -> Engine:
    scenario = ins.Scenario.load("quiet_year").with_values(
        {"network.consumers": consumers, "days": 2, "burn_in_days": 0}
    )
    setting = scenario.setting(scenario.graph())
    levers = Levers.stack([course.levers for course in scenario.courses(None)])
    engine = Engine(Worlds(setting, Draws.for_replicates(1, [0]), levers), ("loyalty",))
    engine.worlds.begin_comparison(scenario.courses("dialogue"))
    return engine


def arrays(holder: Any, seen: set[int]) -> Iterator[np.ndarray]:
    """Yield the arrays that something holds, each memory once: of views, the array that they show."""
    if isinstance(holder, np.ndarray):
        while isinstance(holder.base, np.ndarray):
            holder = holder.base
    if id(holder) in seen:
        return
    seen.add(id(holder))
    if isinstance(holder, np.ndarray):
        yield holder
    elif isinstance(holder, dict):
        yield from (array for part in holder.values() for array in arrays(part, seen))
    elif isinstance(holder, list | tuple | set):
        yield from (array for part in holder for array in arrays(part, seen))
    elif type(holder).__module__.startswith(("influence_sim", "scipy")):
        names = [*getattr(holder, "__dict__", ()), *getattr(type(holder), "__slots__", ())]
        yield from (array for name in names for array in arrays(getattr(holder, name, None), seen))


def size_of(holder: Any, seen: set[int]) -> int:
    return sum(array.nbytes for array in arrays(holder, seen))


@pytest.mark.benchmark(group="memory")
def test_state(benchmark) -> None:
    engine = built(CONSUMERS)
    worlds = engine.worlds
    assert (worlds.size.companies, worlds.size.attributes) == (3, 3)
    benchmark.pedantic(engine.run_days, (2,))
    seen: set[int] = set()
    network, waiting = size_of(worlds.graph, seen), size_of([worlds.messages, worlds.exposures], seen)
    state = size_of(worlds, seen)
    arcs = worlds.graph.arcs
    benchmark.extra_info.update(
        {
            "consumers": CONSUMERS,
            "follows": arcs,
            "state_bytes_per_consumer": state / CONSUMERS,
            "network_bytes_per_consumer": (network - FOLLOW * arcs) / CONSUMERS,
            "message_bytes_per_consumer": waiting / CONSUMERS,
        }
    )
    assert state <= STATE * CONSUMERS
    assert network <= NODE * CONSUMERS + FOLLOW * arcs


def peak() -> int:
    """Return how many bytes this process has held at most; ``getrusage`` would count its parent's, too."""
    return next(1024 * int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))


@pytest.mark.benchmark(group="memory")
def test_peak(benchmark) -> None:
    """In a process of its own, as only its peak is known; what the imports take is measured before."""
    if not STATUS.exists():
        pytest.skip("this system does not tell the peak of a process by itself")
    script = (
        "from benchmarks.test_memory import built, peak\n"
        "built(1000).run_days(1)\n"
        "before = peak()\n"
        f"built({CONSUMERS}).run_days(2)\n"
        "print(peak() - before)\n"
    )
    command = [sys.executable, "-c", script]
    done = benchmark.pedantic(subprocess.run, (command,), {"check": True, "capture_output": True, "text": True})
    grown = int(done.stdout) / CONSUMERS
    benchmark.extra_info["peak_bytes_per_consumer"] = grown
    assert grown <= PEAK


SMALL, LARGE = 10**4, 10**6
FEW, CALLS, ATTEMPTS = 0.03, 200, 3
"""At this probability one seed of mean degree reaches a few, if anybody."""


def small_cascade(nodes: int, seed: int) -> int:
    graph = barabasi_albert(nodes)
    return int(textbook.independent_cascade(graph, [nodes // 2], FEW, seed=seed)[0])


@pytest.mark.benchmark(group="a small cascade")
def test_a_small_cascade_does_not_pay_for_the_graph(benchmark) -> None:
    # What is kept from cascade to cascade is made for the large graph first.
    for nodes in (LARGE, SMALL):
        small_cascade(nodes, 0)
    tracemalloc.start()
    reached = [small_cascade(LARGE, seed) for seed in range(CALLS)]
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ratio = min(slower() for _ in range(ATTEMPTS))
    benchmark.pedantic(small_cascade, (LARGE, 1), rounds=CALLS)
    benchmark.extra_info.update(
        {"nodes": LARGE, "reached": fmean(reached), "bytes": taken, f"times_{SMALL}_nodes": ratio}
    )
    assert 1 < fmean(reached) < 100
    assert taken < 100_000
    assert ratio <= 5


def slower() -> float:
    """Return how much longer the cascade takes on the large graph, both in turn."""
    seconds: dict[int, list[float]] = {SMALL: [], LARGE: []}
    for seed in range(CALLS):
        for nodes, taken in seconds.items():
            before = perf_counter()
            small_cascade(nodes, seed)
            taken.append(perf_counter() - before)
    return median(seconds[LARGE]) / median(seconds[SMALL])
