"""What falls due later: parallel arrays waiting in one bucket per step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Calendar:
    """Parallel arrays, each entry with a due time in hours, handed out step by step.

    Entries of one step come out in the order of their due time (ties: in the order they were put in), so what happens
    does not depend on how worlds are batched.
    """

    def __init__(self, step_hours: float, *dtypes: str) -> None:
        self._step_hours = step_hours
        self._empty = tuple(np.empty(0, dtype) for dtype in ("f8", *dtypes))
        self._buckets: dict[int, list[tuple[NDArray[Any], ...]]] = {}

    def put(self, now: int, due: NDArray[np.float64], *columns: NDArray[Any]) -> None:
        """Put entries in; what is due before step ``now`` falls due in step ``now``."""
        if not due.size:
            return
        step = np.maximum((due / self._step_hours).astype(np.int64), now)
        order = np.argsort(step, kind="stable")
        step = step[order]
        sorted_columns = tuple(column[order] for column in (due, *columns))
        cuts = np.flatnonzero(np.diff(step)) + 1
        starts = [0, *cuts.tolist()]
        ends = [*cuts.tolist(), step.size]
        for bucket, start, end in zip(step[starts].tolist(), starts, ends, strict=True):
            self._buckets.setdefault(bucket, []).append(tuple(c[start:end] for c in sorted_columns))

    def take(self, step: int) -> tuple[NDArray[Any], ...]:
        """Take out what is due in ``step``: due times, then the columns, in the order of the due times."""
        parts = self._buckets.pop(step, None)
        if parts is None:
            return self._empty
        columns = parts[0] if len(parts) == 1 else tuple(np.concatenate(c) for c in zip(*parts, strict=True))
        order = np.argsort(columns[0], kind="stable")
        return tuple(column[order] for column in columns)

    def mapped(self, change: Callable[..., tuple[NDArray[Any], ...]]) -> Calendar:
        """Return a calendar in which ``change`` has replaced the columns (due times first) of every bucket."""
        new = Calendar(self._step_hours)
        new._empty = self._empty
        new._buckets = {step: [change(*part) for part in parts] for step, parts in self._buckets.items()}
        return new

    def __len__(self) -> int:
        return sum(part[0].size for parts in self._buckets.values() for part in parts)
