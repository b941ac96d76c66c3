"""The textbook models beside the peers that are installed, on the graph and with the settings of the comparison.

At 10^4 nodes, and at 10^5 when benchmarks are enabled. Peers in plain Python take part at 10^4 nodes only, one run at a
time; where one is missing, a skipped test says so.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from benchmarks.peers.adapters import Peer, imported, ours, peers_for
from benchmarks.peers.works import BETA, GAMMA, WORKS, Go, P, Start, Work
from influence_sim import textbook

pytestmark = pytest.mark.filterwarnings("ignore")  # peers' own

OURS, COUPLED = "ours", "ours, coupled"
PEERS = ("C++", "CyNetDiff", "PyNetIM", "starsim", "EoN", "NDlib", "Mesa")
NAMES = (
    "cascade",
    "cascade-per-edge",
    "cascades",
    "threshold",
    "sir",
    "degroot",
    "friedkin-johnsen",
    "bounded-confidence",
)
SMALL, LARGE = 10**4, 10**5
ROUNDS, ROUNDS_OF_SLOW = 15, 3

ours_seconds: dict[str, float] = {}
"""Our medians by group, for the peers that come after."""


def work_of(name: str, size: int) -> Work:
    """Return a work of the comparison, or one that it has at another size only."""
    named = [work for work in WORKS if work.name == name]
    return next((work for work in named if work.size == size), replace(named[0], size=size))


def coupled(work: Work) -> Start:
    """Prepare our own way with a keyed draw for whatever chance decides."""
    model, *values = {
        "independent cascade": (textbook.independent_cascade, P),
        "independent cascade per edge": (textbook.independent_cascade, work.chances),
        "linear threshold": (textbook.linear_threshold,),
        "SIR": (textbook.sir, BETA, GAMMA),
    }[work.process]
    given: dict[str, Any] = {"replicates": work.replicates, "coupled": True}
    if work.process == "SIR":
        given["discrete"] = True
    return lambda seed: lambda: model(work.graph, work.seeds, *values, seed=seed, **given)


def sides(work: Work) -> list[Peer]:
    """Return ourselves first, then everybody else who does a work."""
    own = [Peer(OURS, ours.WORKS[work.process])]
    if work.within is None:
        own.append(Peer(COUPLED, coupled))
    return own + list(peers_for(work, quick=work.size * work.replicates > SMALL, against=list(PEERS)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "side" not in metafunc.fixturenames:
        return
    sizes = (SMALL, LARGE) if metafunc.config.getoption("benchmark_enable") else (SMALL,)
    cases = [(work, side) for size in sizes for work in (work_of(name, size) for name in NAMES) for side in sides(work)]
    ids = [f"{work.name}-{work.size}-{side.name}" for work, side in cases]
    metafunc.parametrize(("work", "side"), cases, ids=ids)


@pytest.mark.parametrize("name", PEERS)
def test_the_peer_is_there(name: str) -> None:
    if imported(name) is None:
        pytest.skip(f"{name} takes no part: not installed, or no compiler")


def test_textbook(benchmark, work: Work, side: Peer) -> None:
    benchmark.group = f"{work.title}, {work.size:,} nodes"
    start, seeds, found = side.prepare(work), count(1), []

    def run(go: Go) -> None:
        found.append(go())

    slow = getattr(imported(side.name), "SLOW", False) if side.name in PEERS else side.name == COUPLED
    rounds = ROUNDS_OF_SLOW if slow else ROUNDS
    benchmark.pedantic(run, setup=lambda: ((start(next(seeds)),), {}), rounds=rounds, warmup_rounds=1)

    reached = np.nanstd(found[-1]) if work.within is not None else np.mean(np.concatenate([*map(np.atleast_1d, found)]))
    about = {"nodes": work.size, "arcs": work.graph.arcs, "replicates": work.replicates, "reached": float(reached)}
    benchmark.extra_info.update(about)
    if benchmark.stats is not None:
        median = benchmark.stats.stats.median
        benchmark.extra_info["times_ours"] = median / ours_seconds.setdefault(benchmark.group, median)
    assert reached > (work.seeds.size if work.within is None else 0)
