"""The C++ reference, one thread: the limit that a compiled program sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers.reference import library, pointer
from benchmarks.peers.works import BETA, EPSILON, GAMMA, STEPS, SUSCEPTIBILITY, P, Start, Work

NAME = "C++"
REFERENCE = library()
if REFERENCE is None:
    raise ImportError("there is no C++ compiler")


def _spreading(function: Any, *between: Any) -> Callable[[Work], Start]:
    """Prepare a work on followers; ``between`` seeds and the draws stand the arguments of the process."""

    def prepare(work: Work) -> Start:
        graph = work.graph
        arguments = [argument(work) if callable(argument) else argument for argument in between]
        seeds, sizes = work.seeds.astype(np.int32), np.empty(work.replicates, np.int64)
        extra = [graph.in_degree.astype(np.int32)] if function is REFERENCE.linear_threshold else []
        arrays = [graph.offsets, graph.followers, *extra]

        def start(seed: int):
            def go():
                handed = [pointer(value) if isinstance(value, np.ndarray) else value for value in arguments]
                function(*map(pointer, arrays), work.size, pointer(seeds), seeds.size, *handed, seed, pointer(sizes))
                return sizes.copy()

            return go

        return start

    return prepare


def _opinions(function: Any, *between: Any) -> Callable[[Work], Start]:
    """Prepare steps of opinions, along those one follows."""

    def prepare(work: Work) -> Start:
        offsets, followees = (part.astype(np.int32) for part in work.graph.incoming)
        first = [pointer(work.opinions)] if function is REFERENCE.averaging else []
        scratch = np.empty(work.size)

        def start(seed: int):
            def go():
                x = work.opinions.copy()
                begin = (pointer(offsets), pointer(followees), work.size)
                function(*begin, *first, *between, STEPS, pointer(x), pointer(scratch))
                return x

            return go

        return start

    return prepare


def _replicates(work: Work) -> int:
    return work.replicates


def _chances(work: Work) -> np.ndarray:
    return work.chances


WORKS = {
    "independent cascade": {
        "loop": _spreading(REFERENCE.cascade_loop, P, None, _replicates),
        "skipping": _spreading(REFERENCE.cascade_skipping, P, _replicates),
    },
    "independent cascade per edge": {"loop": _spreading(REFERENCE.cascade_loop, 0.0, _chances, _replicates)},
    "linear threshold": {"loop": _spreading(REFERENCE.linear_threshold, _replicates)},
    "SIR": {"skipping": _spreading(REFERENCE.sir, BETA, GAMMA)},
    "DeGroot": {"loop": _opinions(REFERENCE.averaging, 1.0)},
    "Friedkin–Johnsen": {"loop": _opinions(REFERENCE.averaging, SUSCEPTIBILITY)},
    "bounded confidence": {"loop": _opinions(REFERENCE.bounded_confidence, EPSILON)},
}
