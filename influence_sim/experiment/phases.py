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
from influence_sim.experiment.contrasts import Contrast, contrast
from influence_sim.experiment.plan import Point
from influence_sim.experiment.studies import focal_values, quantity, write_tables

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.experiment.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Phase:
    """Who wins at a point.

    Attributes
    ----------
    winner, second
        The strategies with the best mean and the next best; ``second`` is empty where only one has a mean, and
        ``winner`` where none has.
    lead
        How much better the winner is than the second, paired; never negative.
    certainty
        Probability that the winner is better than the rival that it is least sure to beat.
    is_sure
        Whether the 95 % interval of its paired difference to every other strategy leaves out zero; if not, the
        strategies are not told apart.
    means
        Of all strategies.
    """

    point: Point
    winner: str
    second: str
    lead: Contrast
    certainty: float
    is_sure: bool
    means: dict[str, float]


@dataclass(frozen=True)
class PhaseMap:
    """Who wins at each point of a sweep; :attr:`phases` are in the sweep's order."""

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
        """Return in a sentence how many points each strategy wins, and how many are open."""
        won = Counter(phase.winner for phase in self.phases if phase.is_sure)
        parts = [f"{name} wins at {won[name]}" for name in self.strategies]
        return f"Of {len(self.phases)} points {', '.join(parts)}; at {self.unsure} they are not told apart."

    @property
    def unsure(self) -> int:
        """Points at which the strategies are not told apart."""
        return sum(not phase.is_sure for phase in self.phases)

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
                **{f"mean of {name}": mean for name, mean in phase.means.items()},
            }
            for phase in self.phases
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``phases.csv`` and the manifest; return the files' names."""
        return write_tables(folder, {"phases.csv": self.rows()}, self.manifest)


def phase_map(result: Sweep, measure: str = "profit") -> PhaseMap:
    """Say for each point of a sweep which strategy is best in a measure.

    Strategies are compared in the same worlds, by paired differences. What is best follows from the measure: of
    ``storm_days`` fewer are better.

    Raises
    ------
    ValueError
        If there is no such measure, it has no better and worse, or the sweep has one strategy only.
    """
    known = quantity(measure)
    if not known.better:
        raise ValueError(f"{measure}: more of it is neither better nor worse; choose another measure")
    if len(result.strategies) < 2:
        raise ValueError("strategies: two are needed for one to win")
    plan = result.store.plan
    values = focal_values(result, measure)
    phases = [
        _phase(point, result.strategies, found, known.better)
        for point, found in zip(result.points, values, strict=True)
    ]
    return PhaseMap(
        measure=known,
        company=plan.scenario.company_names[plan.scenario.focal_company],
        keys=result.keys,
        strategies=result.strategies,
        replicates=plan.replicates,
        phases=tuple(phases),
        manifest=result.store.manifest,
    )


def _phase(point: Point, strategies: Sequence[str], values: NDArray[np.float64], better: int) -> Phase:
    """Return who wins, from values of shape (strategies, replicates)."""
    # Worlds that failed are left out for all strategies, so that means and differences are of the same replicates.
    whole = values[:, ~np.isnan(values).any(axis=0)]
    if not whole.size:
        nothing = Contrast(np.nan, np.nan, np.nan, np.nan, np.nan)
        return Phase(point, "", "", nothing, np.nan, False, dict.fromkeys(strategies, np.nan))
    means = whole.mean(axis=1)
    order = np.argsort(-better * means, kind="stable")
    best = int(order[0])
    rivals = {int(other): contrast(better * whole[best], better * whole[other]) for other in order[1:]}
    second = int(order[1])
    return Phase(
        point=point,
        winner=strategies[best],
        second=strategies[second],
        lead=rivals[second],
        certainty=min(rival.p_positive for rival in rivals.values()),
        is_sure=all(rival.low > 0 for rival in rivals.values()),
        means={name: float(mean) for name, mean in zip(strategies, means, strict=True)},
    )
