"""What consumers say becomes public when its hour comes: followers may see it, and companies may have to answer."""

from __future__ import annotations

import numpy as np

from influence_sim.core.messages import AGAINST, Channel, Kind
from influence_sim.core.propagation import speak_against, transmit
from influence_sim.core.service import notice
from influence_sim.core.worlds import Worlds


def publish(worlds: Worlds) -> None:
    """Publish the posts whose hour has come."""
    born, numbers = worlds.voices.take(worlds.step)
    if not numbers.size:
        return
    numbers = numbers.astype(np.int64)
    table = worlds.messages
    row, kind, author = table.row[numbers], table.kind[numbers], table.author[numbers]
    # Nobody shares their own post.
    worlds.first_times("share", numbers, author)
    worlds.count("complaints", row[kind == Kind.COMPLAINT])
    worlds.count("praise", row[kind == Kind.PRAISE])
    worlds.count("said", row)
    worlds.count("valence_said", row, table.valence[numbers])
    against = np.flatnonzero(AGAINST[kind])
    speak_against(worlds, row[against], author[against], born[against])
    np.add.at(worlds.state.heard, row, 1)
    worlds.posted_today.append(numbers)
    transmit(worlds, numbers, worlds.parameters.visibility, born)
    notice(
        worlds, numbers[(kind == Kind.COMPLAINT) | ((kind == Kind.PRAISE) & (table.channel[numbers] == Channel.PEER))]
    )
