"""What is wanted of a setting: goals, bounds that it must keep, and which of those tried no other beats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.plan import Point

type F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure to be made as large or as small as can be.

    Attributes
    ----------
    measure
        Its name.
    sign
        1: as large; −1: as small.
    """

    measure: str
    sign: int

    def __str__(self) -> str:
        return f"{'most' if self.sign > 0 else 'least'} {self.measure}"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound that a measure must keep.

    Attributes
    ----------
    measure
        Its name.
    sign
        1: at least; −1: at most.
    bound
        In the measure's unit.
    """

    measure: str
    sign: int
    bound: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Return the bound that ``MEASURE>=NUMBER`` or ``MEASURE<=NUMBER`` says.

        Parameters
        ----------
        text
            As behind ``--subject``.

        Raises
        ------
        ValueError
            If it is neither.
        """
        found = re.fullmatch(r"\s*(\w+)\s*(>=|<=)\s*(\S+)\s*", text)
        try:
            if found is None:
                raise ValueError
            bound = float(found[3])
            if not np.isfinite(bound):
                raise ValueError
        except ValueError:
            raise ValueError(f"--subject {text}: write MEASURE>=NUMBER or MEASURE<=NUMBER") from None
        return cls(found[1], 1 if found[2] == ">=" else -1, bound)

    def __str__(self) -> str:
        return f"{self.measure} {'>=' if self.sign > 0 else '<='} {self.bound:g}"

    def violation(self, value: float) -> float:
        """Return by how much a value breaks the bound; zero or less if it keeps it.

        Parameters
        ----------
        value
            Of the measure, in its unit.
        """
        return self.sign * (self.bound - value)


@dataclass(frozen=True, slots=True)
class Trial:
    """A setting that was tried.

    Attributes
    ----------
    number
        Its place in the search, from 0.
    setting
        Values by key.
    scores
        By measure.
    violation
        By how much it breaks its constraints in all.
    """

    number: int
    setting: Point
    scores: dict[str, float]
    violation: float

    @property
    def is_feasible(self) -> bool:
        """Whether all constraints are kept."""
        return self.violation <= 0


@dataclass(frozen=True, slots=True)
class Aims:
    """Goals and constraints, and whether a setting is judged by its worst replicate instead of the mean."""

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...] = ()
    is_worst: bool = False

    def check(self) -> None:
        """Raise a ValueError of one line if they cannot be meant."""
        if not self.goals:
            raise ValueError("no goal; say one, as in --maximise profit or --minimise storm_days")
        for names, what in (
            ([goal.measure for goal in self.goals], "a goal"),
            ([one.measure for one in self.constraints], "bounded"),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{name}: is {what} twice")
        signs = {goal.measure: goal.sign for goal in self.goals}
        for one in self.constraints:
            if signs.get(one.measure, one.sign) != one.sign:
                raise ValueError(f"{one}: bounds a goal from the wrong side")

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures of goals and constraints, each once."""
        return tuple(
            dict.fromkeys([*(goal.measure for goal in self.goals), *(one.measure for one in self.constraints)])
        )

    @property
    def signs(self) -> dict[str, int]:
        """Which side of each measure is wanted, so that the other one is the worst."""
        return {one.measure: one.sign for one in self.constraints} | {goal.measure: goal.sign for goal in self.goals}

    def score(self, measure: str, values: F8) -> float:
        """Return the mean over replicates, or the worst of them; a replicate that failed leaves no score."""
        return self.worst(measure, values) if self.is_worst else float(values.mean())

    def worst(self, measure: str, values: F8) -> float:
        """Return the worst replicate."""
        return float(values.min() if self.signs[measure] > 0 else values.max())

    def trial(self, number: int, setting: Point, values: F8) -> Trial:
        """Return a setting with its scores, from values of shape (replicates, measures)."""
        scores = {name: self.score(name, values[:, place]) for place, name in enumerate(self.measures)}
        broken = [one.violation(scores[one.measure]) for one in self.constraints]
        # What has no value keeps no bound; where several are broken, their sum says how far it is from keeping them.
        unknown = any(score != score for score in scores.values())
        violation = float("inf") if unknown else float(sum(max(one, 0.0) for one in broken))
        return Trial(number, setting, scores, violation)

    def front(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return the trials that keep all bounds and that no other such beats, the best in the first goal first.

        Of equal ones the earliest is returned.

        Raises
        ------
        ValueError
            If none keeps them, with what the nearest reaches.
        """
        kept = [trial for trial in trials if trial.is_feasible]
        if not kept:
            raise ValueError(self._nothing_keeps(trials))
        scores = [tuple(goal.sign * trial.scores[goal.measure] for goal in self.goals) for trial in kept]
        best = []
        for place, (trial, own) in enumerate(zip(kept, scores, strict=True)):
            beaten = any(
                all(there >= here for there, here in zip(other, own, strict=True)) and (other != own or earlier < place)
                for earlier, other in enumerate(scores)
                if earlier != place
            )
            if not beaten:
                best.append((own, trial))
        return [trial for _, trial in sorted(best, key=lambda one: one[0], reverse=True)]

    def _nothing_keeps(self, trials: Sequence[Trial]) -> str:
        known = [trial for trial in trials if trial.violation < float("inf")]
        if not known:
            return "no trial has a value: the scenario forbids all settings, or their worlds failed"
        wanted = " and ".join(map(str, self.constraints))
        nearest = min(known, key=lambda trial: trial.violation)
        reached = ", ".join(f"{one.measure} {nearest.scores[one.measure]:.4g}" for one in self.constraints)
        return f"none of {len(trials)} trials keeps {wanted}; the nearest has {reached}"
