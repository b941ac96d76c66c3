"""Phase maps: which strategy wins where, by how much, and how surely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import Quantity
from influence_sim.experiment.contrasts import Contrast
from influence_sim.experiment.plan import Point
from influence_sim.experiment.regret import means_of
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.studies import focal_values, write_tables
from influence_sim.experiment.verdicts import rankable, sure, told_apart

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from influence_sim.experiment.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Phase:
    """Who wins at a point.

    Attributes
    ----------
    point
        Values of what was varied, by dotted key.
    winner, second
        The strategies with the best mean and the next best; ``second`` is empty where only one has a mean, and
        ``winner`` where none has.
    lead
        How much better the winner is than the second, paired; never negative.
    certainty
        Probability that the winner is better than the rival that it is least sure to beat, of this point by itself. Not
        a number from fewer than :data:`~influence_sim.experiment.sequential.LEAST_REPLICATES` replicates.
    is_sure
        Whether the winner is surely better than every other strategy; if not, the strategies are not told apart. Of all
        points of a map at which they are, at most 5 % are expected not to be so (Benjamini & Hochberg 1995). From too
        few replicates they never are.
    replicates
        How many are whole for all strategies.
    means
        Of all strategies.
    """

    point: Point
    winner: str
    second: str
    lead: Contrast
    certainty: float
    is_sure: bool
    replicates: int
    means: dict[str, float]


@dataclass(frozen=True)
class PhaseMap:
    """Who wins at each point of a sweep.

    Attributes
    ----------
    measure, company
        In which quantity, and of whom.
    keys, strategies
        What was varied, and what was compared.
    replicates
        Worlds per point and strategy.
    phases
        Point by point, in the sweep's order.
    manifest
        What is needed to run this again.
    """

    measure: Quantity
    company: str
    keys: tuple[str, ...]
    strategies: tuple[str, ...]
    replicates: int
    phases: tuple[Phase, ...]
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        return f"PhaseMap of {self.measure.name} over {', '.join(self.keys)}: {self.words()}"

    def words(self) -> str:
        """Return in sentences how many points each strategy wins, how many are open, and how sure that is."""
        many, few = len(self.phases), self.unjudged
        if few == many:
            ahead = Counter(phase.winner for phase in self.phases)
            parts = [f"{name} is ahead at {ahead[name]}" for name in self.strategies]
            return (
                f"Too few replicates to tell strategies apart: {LEAST_REPLICATES} or more are needed. "
                f"By its mean only, of {many} points {', '.join(parts)}."
            )
        won = Counter(phase.winner for phase in self.phases if phase.is_sure)
        parts = [f"{name} wins at {won[name]}" for name in self.strategies]
        failed = f", at {few} of them as fewer than {LEAST_REPLICATES} replicates are whole" if few else ""
        return (
            f"Of {many} points {', '.join(parts)}; at {self.unsure} they are not told apart{failed}. "
            "Of the points won at most 5 % are expected not to be so."
        )

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display

        return display(f"Best in {self.measure.name} of {self.company}", [self.words()], self.rows())

    def plot(self) -> Figure:
        """Draw the map, of up to three keys (needs the extra ``viz``).

        Returns
        -------
        Figure
            By Matplotlib.

        Raises
        ------
        ValueError
            If more than three keys were varied, or the third has too many values.
        """
        from influence_sim.figures.phases import phase_figure

        return phase_figure(self)

    @property
    def unsure(self) -> int:
        """Points at which the strategies are not told apart."""
        return sum(not phase.is_sure for phase in self.phases)

    @property
    def unjudged(self) -> int:
        """Points with too few replicates to tell strategies apart."""
        return sum(phase.replicates < LEAST_REPLICATES for phase in self.phases)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per point, what was varied first."""
        return [
            {
                **phase.point,
                "measure": self.measure.name,
                "winner": phase.winner,
                "second": phase.second,
                "lead": phase.lead.mean,
                "low": phase.lead.low,
                "high": phase.lead.high,
                "certainty": phase.certainty,
                "told_apart": phase.is_sure,
                "replicates": phase.replicates,
                **{f"mean of {name}": mean for name, mean in phase.means.items()},
            }
            for phase in self.phases
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``phases.csv`` and the manifest.

        Parameters
        ----------
        folder
            Where; made if it does not exist.

        Returns
        -------
        tuple of str
            The files' names.
        """
        about = {"measure": self.measure.name}
        return write_tables(folder, {"phases.csv": self.rows()}, {**self.manifest, "phases": about})


def phase_map(result: Sweep, measure: str = "profit") -> PhaseMap:
    """Say for each point of a sweep which strategy is best in a measure.

    Strategies are compared in the same worlds, by paired differences. What is best follows from the measure: of
    ``storm_days`` fewer are better.

    Parameters
    ----------
    result
        Its points are those of the map.
    measure
        In which quantity.

    Returns
    -------
    PhaseMap
        Winner, lead and certainty, point by point.

    Raises
    ------
    ValueError
        If there is no such measure, it has no better and worse, or the sweep has one strategy only.
    """
    known = rankable(measure, result.strategies)
    plan = result.store.plan
    return PhaseMap(
        measure=known,
        company=plan.scenario.company_names[plan.scenario.focal_company],
        keys=result.keys,
        strategies=result.strategies,
        replicates=plan.replicates,
        phases=phases_of(result.points, result.strategies, focal_values(result, measure), known.better),
        manifest=result.store.manifest,
    )


def phases_of(
    points: Sequence[Point], strategies: Sequence[str], values: NDArray[np.float64], better: int
) -> tuple[Phase, ...]:
    """Say who wins at each point.

    Parameters
    ----------
    points, strategies
        Of the values.
    values
        Shape (points, strategies, replicates). Replicate r has the same accidents for all strategies.
    better
        1 where more is better, −1 where less is.
    """
    # Worlds that failed are left out for all strategies, so that means and differences are of the same replicates.
    whole = ~np.isnan(values).any(axis=1)
    values = np.where(whole[:, None, :], values, np.nan)
    means = means_of(values, whole, np.ones((1, values.shape[2])))[0]
    gaps, _, p_best = told_apart(values, means, better)
    is_sure = sure(p_best).any(axis=1)
    return tuple(
        _phase(point, strategies, means[place], gaps[place], int(whole[place].sum()), bool(is_sure[place]), better)
        for place, point in enumerate(points)
    )


def _phase(
    point: Point,
    strategies: Sequence[str],
    means: NDArray[np.float64],
    gaps: Sequence[Contrast],
    replicates: int,
    is_sure: bool,
    better: int,
) -> Phase:
    """Return who wins at a point, from means and how much better the best is than each."""
    named = {name: float(mean) for name, mean in zip(strategies, means, strict=True)}
    if not replicates:
        return Phase(point, "", "", gaps[0], np.nan, False, 0, named)
    best, second, *others = np.argsort(-better * means, kind="stable").tolist()
    return Phase(
        point=point,
        winner=strategies[best],
        second=strategies[second],
        lead=gaps[second],
        certainty=min(gaps[rival].p_positive for rival in (second, *others))
        if replicates >= LEAST_REPLICATES
        else np.nan,
        is_sure=is_sure,
        replicates=replicates,
        means=named,
    )
