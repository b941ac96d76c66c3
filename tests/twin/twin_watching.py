"""A company that notes all it sees, and what it saw as plain numbers."""

from __future__ import annotations

import dataclasses

from twin_compare import Case
from twin_worlds import small

from influence_sim.core.courses import Course
from influence_sim.core.observation import Observation


class Watcher:
    """Notes what it sees, and changes its conduct every evening; is no copy in anybody's world."""

    def __init__(self) -> None:
        self.seen: list[Observation] = []

    def __deepcopy__(self, memo: dict) -> Watcher:
        return self

    def __call__(self, seen: Observation) -> dict[str, float]:
        self.seen.append(seen)
        evening = len(self.seen)
        return {
            "posts_per_day": float(evening % 4),
            "reply_capacity": (0.1, 2.0, 0.0, 0.02, 6.0)[evening % 5],
            "listening": 1.0,
            "astroturf_posts": evening % 3 * 10.0,
            "compensation": 0.5,
            "prevention": 0.1 * (evening % 3),
        }


def watched(days: int) -> tuple[Case, list[Watcher]]:
    """A world whose focal company watches, and the watchers of the twin and of the engine."""
    watchers: list[Watcher] = []

    def course() -> Course:
        watchers.append(Watcher())
        levers = {"posts_per_day": 1.0, "reply_capacity": 0.05, "action_share": 1.0, "improvement_capacity": 0.3}
        changes = {2: {"claim": 0.5}, 4: {"reply_capacity": 0.7, "sincerity": 0.5}}
        return Course("watcher", {**levers, "lead_time": 2.0}, changes, watchers[-1])

    return Case(small({"days": days, "network.consumers": 40}), course=course), watchers


def as_numbers(seen: object, path: str = "") -> dict[str, object]:
    """Everything in an observation, by its path."""
    if dataclasses.is_dataclass(seen):
        parts = [(field.name, getattr(seen, field.name)) for field in dataclasses.fields(seen)]
    elif isinstance(seen, dict):
        parts = list(seen.items())
    elif isinstance(seen, tuple):
        parts = list(enumerate(seen))
    else:
        return {path: seen}
    return {name: value for key, part in parts for name, value in as_numbers(part, f"{path}.{key}").items()}
