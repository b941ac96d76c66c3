"""What a search for the best setting found, and what that is worth in worlds that the search has not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.experiment.contrasts import Contrast, Estimate, contrast, estimate
from influence_sim.experiment.factors import Factor
from influence_sim.experiment.goals import F8, Aims, Goal, Trial
from influence_sim.experiment.studies import write_tables

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Winner:
    """A setting that no other beats, and what it is worth in worlds that the search has not seen.

    Attributes
    ----------
    trial
        What the search knows of it.
    fresh, worst
        By measure, its mean in fresh worlds, and its worst value there.
    optimism
        By goal, its lead over the baseline in the search, less that in fresh worlds.
    against
        By measure, its paired difference to the baseline in the same fresh worlds.
    keeps
        Whether it keeps its constraints in fresh worlds.
    """

    trial: Trial
    fresh: dict[str, Estimate]
    worst: dict[str, float]
    optimism: dict[str, float]
    against: dict[str, Contrast]
    keeps: bool

    @classmethod
    def of(cls, trial: Trial, aims: Aims, values: F8, before: F8, theirs: F8) -> Winner:
        """Judge a trial anew.

        Parameters
        ----------
        trial, aims
            What won, and by what it is judged.
        values, theirs
            Its values in fresh worlds and those of the baseline, shape (replicates, measures).
        before
            Values of the baseline in the worlds of the search, of the same shape.

        Returns
        -------
        Winner
            The trial with what it is worth.
        """
        places = {name: place for place, name in enumerate(aims.measures)}

        def optimism(goal: Goal) -> float:
            name, at = goal.measure, places[goal.measure]
            was = trial.scores[name] - aims.score(name, before[:, at])
            now = aims.score(name, values[:, at]) - aims.score(name, theirs[:, at])
            # What rounding leaves of two equal leads is no optimism.
            return 0.0 if math.isclose(was, now, abs_tol=1e-12 * abs(trial.scores[name])) else goal.sign * (was - now)

        return cls(
            trial=trial,
            fresh={name: estimate(values[:, place]) for name, place in places.items()},
            worst={name: aims.worst(name, values[:, place]) for name, place in places.items()},
            optimism={goal.measure: optimism(goal) for goal in aims.goals},
            against={name: contrast(values[:, place], theirs[:, place]) for name, place in places.items()},
            keeps=aims.trial(trial.number, trial.setting, values).is_feasible,
        )


@dataclass(frozen=True)
class Optimum:
    """What a search found: the winner, or with several goals those among which one has to choose.

    Attributes
    ----------
    aims
        Goals and constraints.
    start, baseline
        The strategy that was changed, and the one to be beaten.
    factors
        What was varied, with ranges.
    trials
        Every setting that was tried, in order.
    winners
        Settings none of which is better than another in all goals.
    replicates, fresh_replicates, worlds
        Worlds per setting in the search and afterwards, and all that were run.
    manifest
        What is needed to run this again.
    """

    aims: Aims
    start: str
    baseline: str
    factors: tuple[Factor, ...]
    trials: tuple[Trial, ...]
    winners: tuple[Winner, ...]
    replicates: int
    fresh_replicates: int
    worlds: int
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display

        return display(" and ".join(map(str, self.aims.goals)), [], self.rows())

    def plot(self) -> Figure:
        """Draw what was tried, and the winners (needs the extra ``viz``).

        Returns
        -------
        Figure
            By Matplotlib.
        """
        from influence_sim.figures.studies import tried

        return tried(self)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per winner."""
        names = self.aims.measures
        return [
            {
                "trial": one.trial.number,
                **one.trial.setting,
                **{f"search {name}": one.trial.scores[name] for name in names},
                **{
                    f"fresh {name}{end}": getattr(one.fresh[name], what)
                    for name in names
                    for end, what in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
                **{f"fresh worst {name}": one.worst[name] for name in names},
                **{f"optimism {goal.measure}": one.optimism[goal.measure] for goal in self.aims.goals},
                **{
                    f"{name} - {self.baseline}{end}": getattr(one.against[name], what)
                    for name in names
                    for end, what in (("", "mean"), ("_low", "low"), ("_high", "high"), ("_p_positive", "p_positive"))
                },
                "keeps_constraints": one.keeps,
            }
            for one in self.winners
        ]

    def trial_rows(self) -> list[dict[str, Any]]:
        """Return a row per trial, in the order in which they were made."""
        return [
            {"trial": one.number, **one.setting, **one.scores, "violation": one.violation, "feasible": one.is_feasible}
            for one in self.trials
        ]

    def about(self) -> dict[str, Any]:
        """Return what else is known, as plain values."""
        return {
            "goals": [str(goal) for goal in self.aims.goals],
            "constraints": [str(one) for one in self.aims.constraints],
            "worst_case": self.aims.is_worst,
            "start": self.start,
            "baseline": self.baseline,
            "ranges": {one.key: [one.low, one.high] for one in self.factors},
            "trials": len(self.trials),
            "replicates": self.replicates,
            "fresh_replicates": self.fresh_replicates,
            "worlds": self.worlds,
        }

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`trial_rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.trial_rows())

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``optimum.csv``, ``trials.csv`` and the manifest.

        Parameters
        ----------
        folder
            Where; made if it does not exist.

        Returns
        -------
        tuple of str
            The files' names.
        """
        tables = {"optimum.csv": self.rows(), "trials.csv": self.trial_rows()}
        return write_tables(folder, tables, {**self.manifest, "optimise": self.about()})
