"""How each peer does which of the works.

An adapter is a module with a ``NAME``, and ``WORKS``: for each process that the peer can do, the function that prepares
a work (builds the peer's own graph, which is not timed) and returns its ``Start``. ``SLOW`` peers work on graphs of
``LARGEST`` nodes at most, and not at all in a quick run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.peers.works import Start, Work

ADAPTERS = ["cpp", "cynetdiff"]

SLOW_NODES, SLOW_CELLS = 10**5, 2 * 10**6
"""Up to how many nodes, and nodes times replicates, slow peers are asked."""


@dataclass(frozen=True)
class Peer:
    """Somebody who does a work, too."""

    name: str
    slow: bool
    prepare: Callable[[Work], Start]


def peers_for(work: Work, quick: bool, against: list[str]) -> Iterator[Peer]:
    """Yield the peers that do a work."""
    for name in ADAPTERS:
        adapter = imported(name)
        if adapter is None or (against and not any(adapter.NAME.lower().startswith(one.lower()) for one in against)):
            continue
        slow = getattr(adapter, "SLOW", False)
        if slow and (quick or work.size > SLOW_NODES or work.size * work.replicates > SLOW_CELLS):
            continue
        for how, prepare in adapter.WORKS.get(work.process, {}).items():
            yield Peer(f"{adapter.NAME} {how}".strip(), slow, prepare)


def imported(name: str) -> Any:
    """Return an adapter, or None where its peer is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(f"{__name__}.{name}")
    except ImportError:
        return None


def missing() -> list[str]:
    """Return the adapters whose peers are not installed."""
    return [name for name in ADAPTERS if imported(name) is None]
