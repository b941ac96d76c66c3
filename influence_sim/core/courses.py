"""What a company does over time: levers at the start, a schedule of changes, and decisions by what it can observe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from influence_sim.core.levers import check_levers
from influence_sim.core.observation import Observation, observe
from influence_sim.core.worlds import Worlds

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


def steer(worlds: Worlds) -> None:
    """Let companies set their levers for tomorrow, by schedule or by decision; nothing changes in the burn-in.

    Raises
    ------
    ValueError
        If a decision names a lever that does not exist, or a value out of its range.
    """
    tomorrow = worlds.day + 1 - worlds.setting.burn_in_days
    if tomorrow < 1:
        return
    moves = {row: _moves(worlds, row, course, tomorrow) for row, course in enumerate(worlds.courses) if course}
    moves = {row: move for row, move in moves.items() if move}
    if moves:
        worlds.pull(moves)


def _moves(worlds: Worlds, row: int, course: Course, tomorrow: int) -> dict[str, float]:
    if course.is_fixed:
        return {}
    move = dict(course.changes.get(tomorrow, {}))
    if course.decide is not None:
        decided = course.decide(observe(worlds, row)) or {}
        try:
            check_levers(decided)
        except ValueError as error:
            raise ValueError(f"strategy {course.name!r} on day {tomorrow}: {error}") from None
        move |= decided
    return {name: value for name, value in move.items() if value != getattr(worlds.wanted, name)[row]}
