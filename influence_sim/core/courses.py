"""What a company does over time: levers at the start, a schedule of changes, and decisions by what it can observe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from influence_sim.core.observation import Observation

type Decision = Callable[[Observation], Mapping[str, float] | None]
"""Called each evening with what the company can see; returns levers to change from tomorrow on, or None."""


@dataclass(frozen=True, slots=True)
class Course:
    """A company's conduct: levers of the first day, changes by day of the comparison, and a daily decision, if any.

    A change or a decision names only the levers that it moves. Where both fall on one day the decision prevails.
    """

    name: str
    levers: Mapping[str, float]
    changes: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    decide: Decision | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether the levers never change."""
        return not self.changes and self.decide is None
