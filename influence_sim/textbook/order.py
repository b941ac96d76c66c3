"""What comes first: of several who reach one, and of several meetings of one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

type Positions = NDArray[np.int64]


def first_of_each(cells: Positions, place: NDArray[np.int32]) -> Positions:
    """Return the positions in ``cells`` at which a cell occurs for the first time, ascending.

    ``place`` is scratch space with an entry for every possible cell.
    """
    order = np.arange(cells.size, dtype=np.int32)
    # Of several values assigned to one place NumPy keeps the last.
    place[cells[::-1]] = order[::-1]
    return np.flatnonzero(place[cells] == order)


def one_after_the_other(first: Positions, second: Positions, place: NDArray[np.int32]) -> Iterator[Positions]:
    """Yield the meetings of ``first`` with ``second`` in groups that may take place at once.

    Nobody occurs twice in a group, and everybody meets whom they meet in the given order, so the outcome is that of one
    meeting after the other.

    Parameters
    ----------
    first, second
        Who meets whom, in the order of the meetings.
    place
        Scratch space with an entry for everybody.
    """
    waiting = np.arange(first.size)
    while waiting.size:
        order = np.arange(waiting.size, dtype=np.int32)
        a, b = first[waiting], second[waiting]
        place[a] = place[b] = waiting.size
        np.minimum.at(place, a, order)
        np.minimum.at(place, b, order)
        ready = (place[a] == order) & (place[b] == order)
        yield waiting[ready]
        waiting = waiting[~ready]
