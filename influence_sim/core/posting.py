"""What consumers say: a post enters the table at once and is published when its hour comes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.messages import Kind, message_id
from influence_sim.core.state import F8, Ints
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
    # This hour's posts have been published already.
    worlds.voices.put(worlds.step + 1, born, numbers.astype(np.int32))
    return numbers
