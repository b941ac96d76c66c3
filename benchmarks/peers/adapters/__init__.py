"""How each peer does which of the works.

An adapter is a module with a ``NAME``, and ``WORKS``: for each process that the peer can do, the function that prepares
a work (builds the peer's own graph, which is not timed) and returns its ``Start``. Peers that are ``SLOW``
are not asked for the largest works, nor in a quick run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.peers.works import Start, Work

ADAPTERS = {
    "C++": "cpp",
    "CyNetDiff": "cynetdiff",
    "PyNetIM": "pynetim",
    "starsim": "starsim",
    "EoN": "eon",
    "NDlib": "ndlib",
    "Mesa": "mesa",
    "scalar twin": "twin",
    "without": "worlds",
}
"""Modules by the names of peers, the fastest first."""

SLOW_NODES, SLOW_CELLS = 10**5, 2 * 10**6
"""Up to how many nodes, and nodes times replicates, slow peers are asked."""


@dataclass(frozen=True)
class Peer:
    """Somebody who does a work, too."""

    name: str
    prepare: Callable[[Work], Start]


def peers_for(work: Work, quick: bool, against: list[str]) -> Iterator[Peer]:
    """Yield the peers that do a work."""
    for name in asked_for(against):
        adapter = imported(name)
        if adapter is None:
            continue
        too_large = work.size > SLOW_NODES or work.size * work.replicates > SLOW_CELLS
        if getattr(adapter, "SLOW", False) and (quick or too_large):
            continue
        for how, prepare in adapter.WORKS.get(work.process, {}).items():
            yield Peer(f"{adapter.NAME} {how}".strip(), prepare)


def asked_for(against: list[str]) -> list[str]:
    """Return the names of peers that begin with one of ``against``, all if there are none."""
    beginnings = tuple(one.lower() for one in against)
    return [name for name in ADAPTERS if not against or name.lower().startswith(beginnings)]


def imported(name: str) -> Any:
    """Return a peer's adapter, or None where the peer is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(f"{__name__}.{ADAPTERS[name]}")
    except ImportError:
        return None
