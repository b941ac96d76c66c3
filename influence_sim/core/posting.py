"""What consumers say: a post enters the table at once and is published when its hour comes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.equations import talk
from influence_sim.core.messages import Kind, message_id
from influence_sim.core.state import F8, Ints, add_clipped
from influence_sim.core.worlds import Worlds


def post(
    worlds: Worlds,
    kind: Kind,
    *,
    row: NDArray[np.integer],
    author: NDArray[np.integer],
    cause: Any,
    born: F8,
    **columns: Any,
) -> Ints:
    """Write posts of consumers that will be published at hours ``born``; returns their numbers in the table.

    ``cause`` is what made them speak (see :func:`~influence_sim.core.messages.message_id`).
    """
    ids = message_id(kind, worlds.key(author), worlds.company_of_row[row], worlds.day, cause)
    numbers = worlds.messages.append(len(row), id=ids, row=row, author=author, kind=kind, born=born, **columns)
    worlds.voices.put(worlds.step, born, numbers.astype(np.int32))
    return numbers


def find_closed(worlds: Worlds, row: Ints, consumer: Ints) -> None:
    """Let those who wanted to speak on the page and found it closed trust and expect less (equation 8)."""
    p, state = worlds.parameters, worlds.state
    cell = worlds.cells(row, consumer)
    add_clipped(state.trust, cell, np.full(cell.size, talk.trust_by_a_closed_page(p)), 0, 1)
    if p.closed_page_trust:
        add_clipped(state.responsiveness, cell, talk.responsiveness(p, state.responsiveness.ravel()[cell], 0), 0, 1)
