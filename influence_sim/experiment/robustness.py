"""Robustness: regret of each strategy over a set of futures, and the futures in which it fails.

A future is a point of a sweep. A strategy's regret there is what the best one makes of it, less what it makes itself
(Savage 1951). The futures in which it fails are described key by key; boxes of several keys are what EMA Workbench
finds (PRIM: Bryant & Lempert 2010), which reads what is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import Quantity
from influence_sim.experiment.contrasts import Contrast
from influence_sim.experiment.ema import EMA_FILE, archive, experiments_and_outcomes
from influence_sim.experiment.folders import write_whole
from influence_sim.experiment.plan import Point
from influence_sim.experiment.regret import Choice, Standing, means_of, over_futures, regrets_of
from influence_sim.experiment.robustness_words import words
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.studies import focal_values, write_tables
from influence_sim.experiment.verdicts import Threshold, is_enough, misses, rankable, sure, told_apart
from influence_sim.experiment.weaknesses import Weakness, weakness

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from influence_sim.experiment.sweep import Sweep

type F8 = NDArray[np.float64]
type Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Robustness:
    """How strategies fare over a set of futures.

    Attributes
    ----------
    measure, company
        In which quantity, and of whom.
    keys, strategies
        What was varied, and what was compared.
    replicates
        Worlds per future and strategy.
    points, lost
        The futures; those in which no world was whole are left out and counted.
    counts
        Replicates per future that are whole for all strategies. From fewer than
        :data:`~influence_sim.experiment.sequential.LEAST_REPLICATES` nothing is sure there.
    means, regrets
        Of shape (futures, strategies).
    gaps
        Paired difference of the best to each strategy, in its favour, with its own 95 % interval.
    surely_best, surely_loses, fails
        Of shape (futures, strategies). What is called sure allows for having looked at so many futures and strategies:
        of all that is so called, at most 5 % are expected not to be so (Benjamini & Hochberg 1995).
    may_fail
        Of shape (futures, strategies): where means say that a strategy fails.
    is_judged
        Of shape (futures, strategies): where there are replicates enough to say whether it surely fails.
    threshold
        What counts as failing; None: losing surely to the best.
    standings, choices, weaknesses
        By strategy how it fares, what each rule recommends, and by key where a strategy fails.
    chance
        Mean regret that so many replicates would show if strategies did not differ at all; not a number from one.
    manifest
        What is needed to run this again.
    """

    measure: Quantity
    company: str
    keys: tuple[str, ...]
    strategies: tuple[str, ...]
    replicates: int
    points: tuple[Point, ...]
    lost: int
    counts: tuple[int, ...]
    means: F8
    regrets: F8
    gaps: tuple[tuple[Contrast, ...], ...]
    surely_best: Bools
    surely_loses: Bools
    fails: Bools
    may_fail: Bools
    is_judged: Bools
    threshold: Threshold | None
    standings: tuple[Standing, ...]
    choices: tuple[Choice, ...]
    weaknesses: tuple[Weakness, ...]
    chance: float
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Robustness in {self.measure.name} over {', '.join(self.keys)}: {' '.join(self.words())}"

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display

        return display(f"Robustness in {self.measure.name} of {self.company}", self.words(), self.rows())

    def plot(self) -> Figure:
        """Draw in which share of the futures each strategy's regret is no more than so much (extra ``viz``).

        Returns
        -------
        Figure
            By Matplotlib.
        """
        from influence_sim.figures.studies import regrets

        return regrets(self)

    @property
    def failing(self) -> str:
        """What counts as failing."""
        return "loses surely to the best" if self.threshold is None else str(self.threshold)

    @property
    def unjudged(self) -> int:
        """Futures with too few replicates to be sure of anything."""
        return sum(count < LEAST_REPLICATES for count in self.counts)

    def words(self) -> list[str]:
        """Return in sentences what is recommended, where each strategy fails, and how sure that is."""
        return list(words(self))

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per strategy."""
        return [
            {
                "strategy": one.strategy,
                "measure": self.measure.name,
                "mean": one.mean,
                **{
                    f"{name}{end}": getattr(getattr(one, what), side)
                    for name, what in (("mean_regret", "regret"), ("regret_90", "usual"), ("max_regret", "worst"))
                    for end, side in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
                **{f"worst at {key}": value for key, value in one.worst_at.items()},
                "best": one.best,
                "surely_best": one.surely_best,
                "surely_loses": one.surely_loses,
                "failing": self.failing,
                "may_fail": one.may_fail,
                "fails": one.fails,
                **{f"recommended by {choice.rule}": choice.strategy == one.strategy for choice in self.choices},
            }
            for one in self.standings
        ]

    def futures(self) -> list[dict[str, Any]]:
        """Return a row per future and strategy, what was varied first."""
        return [
            {
                **point,
                "future": place,
                "replicates": self.counts[place],
                "strategy": name,
                self.measure.name: float(self.means[place, column]),
                "regret": float(self.regrets[place, column]),
                "low": self.gaps[place][column].low,
                "high": self.gaps[place][column].high,
                "surely_best": bool(self.surely_best[place, column]),
                "surely_loses": bool(self.surely_loses[place, column]),
                "may_fail": bool(self.may_fail[place, column]),
                "fails": bool(self.fails[place, column]),
            }
            for place, point in enumerate(self.points)
            for column, name in enumerate(self.strategies)
        ]

    def conditions(self) -> list[dict[str, Any]]:
        """Return a row per strategy that fails somewhere, and key."""
        return [
            {
                "strategy": one.strategy,
                "key": trait.key,
                "condition": str(trait),
                "tendency": trait.tendency,
                "p": trait.p,
                "is_sure": trait.is_sure,
                "coverage": trait.coverage,
                "density": trait.density,
            }
            for one in self.weaknesses
            for trait in one.traits
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`futures` as a table."""
        import pandas as pd

        return pd.DataFrame(self.futures())

    def to_ema(self) -> tuple[pd.DataFrame, dict[str, F8]]:
        """Return experiments and outcomes as EMA Workbench 3 does: a row per future (scenario) and strategy (policy).

        Outcomes are the measure (its mean over replicates), the ``regret``, and ``fails``, ``may_fail`` and
        ``surely_best`` as 0 or 1.
        For scenario discovery take one policy's rows, and the columns of :attr:`keys`.
        """
        return experiments_and_outcomes(self)

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``robustness.csv``, ``futures.csv``, ``conditions.csv``, what EMA Workbench reads, and the manifest.

        Parameters
        ----------
        folder
            Where; made if it does not exist.

        Returns
        -------
        tuple of str
            The files' names.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        write_whole(target / EMA_FILE, archive(*self.to_ema()))
        tables = {"robustness.csv": self.rows(), "futures.csv": self.futures(), "conditions.csv": self.conditions()}
        about = {"measure": self.measure.name, "fails": None if self.threshold is None else str(self.threshold)}
        return (EMA_FILE, *write_tables(target, tables, {**self.manifest, "robustness": about}))


def robustness(result: Sweep, measure: str = "profit", *, fails: str | Threshold | None = None) -> Robustness:
    """Say how much each strategy is regretted over the points of a sweep, and where it fails.

    Parameters
    ----------
    result
        Its points are the futures, and weigh the same.
    measure
        In which quantity; what is best follows from it.
    fails
        What counts as failing, such as ``profit<30000``; if left out, losing surely to the best.

    Returns
    -------
    Robustness
        Regrets with intervals, recommendations, and where each strategy fails.

    Raises
    ------
    ValueError
        If there is no such measure, it has no better and worse, or there are fewer than two strategies or futures.
    """
    known = rankable(measure, result.strategies)
    threshold = Threshold.parse(fails) if isinstance(fails, str) else fails
    plan = result.store.plan
    return judge(
        result.points,
        result.strategies,
        focal_values(result, measure),
        known,
        threshold=threshold,
        judged=None if threshold is None else focal_values(result, threshold.measure.name),
        company=plan.scenario.company_names[plan.scenario.focal_company],
        manifest=result.store.manifest,
    )


def check_futures(points: Sequence[Point]) -> None:
    """Raise a ValueError of one line if there are too few futures to judge by."""
    if len(points) < 2:
        raise ValueError(f"points = {len(points)}: robustness needs two futures or more")


def judge(
    points: Sequence[Point],
    strategies: Sequence[str],
    values: F8,
    measure: Quantity,
    *,
    threshold: Threshold | None = None,
    judged: F8 | None = None,
    company: str = "",
    manifest: dict[str, Any] | None = None,
) -> Robustness:
    """Judge strategies by numbers that are there already.

    Parameters
    ----------
    points
        The futures.
    values, judged
        The measure, and that of the threshold if there is one; shape (futures, strategies, replicates). Replicate r
        has the same accidents for all strategies.
    """
    check_futures(points)
    # Worlds that failed are left out for all strategies, so that means and differences are of the same replicates.
    whole = ~np.isnan(values).any(axis=1)
    known = whole.any(axis=1)
    if known.sum() < 2:
        raise ValueError(
            f"{measure.name}: has a value for every strategy in {known.sum()} of {len(points)} futures; two are needed"
        )
    futures = tuple(point for point, is_known in zip(points, known, strict=True) if is_known)
    whole = whole[known]
    values = np.where(whole[:, None, :], values[known], np.nan)
    means = means_of(values, whole, np.ones((1, values.shape[2])))[0]
    regrets = regrets_of(means, measure.better)
    gaps, p_loses, p_best = told_apart(values, means, measure.better)
    surely_loses, surely_best = sure(p_loses), sure(p_best)
    enough = is_enough(values)
    if threshold is None:
        fails, may_fail, is_judged = surely_loses, regrets > 0, enough
    else:
        assert judged is not None
        fails, may_fail = misses(judged[known], threshold)
        is_judged = is_enough(judged[known])
    standings, choices, chance = over_futures(futures, strategies, values, means, measure.better)
    # What nobody could be sure of anywhere has no share.
    shares = {
        "best": _shares(regrets == 0),
        "surely_best": _shares(surely_best, enough),
        "surely_loses": _shares(surely_loses, enough),
        "may_fail": _shares(may_fail),
        "fails": _shares(fails, is_judged),
    }
    return Robustness(
        measure=measure,
        company=company,
        keys=tuple(points[0]),
        strategies=tuple(strategies),
        replicates=values.shape[2],
        points=futures,
        lost=int((~known).sum()),
        counts=tuple(whole.sum(axis=1).tolist()),
        means=means,
        regrets=regrets,
        gaps=gaps,
        surely_best=surely_best,
        surely_loses=surely_loses,
        fails=fails,
        may_fail=may_fail,
        is_judged=is_judged,
        threshold=threshold,
        standings=tuple(
            Standing(**{**one, **{what: float(of_each[column]) for what, of_each in shares.items()}})
            for column, one in enumerate(standings)
        ),
        choices=choices,
        weaknesses=tuple(weakness(name, futures, fails[:, column]) for column, name in enumerate(strategies)),
        chance=chance,
        manifest=manifest or {},
    )


def _shares(where: Bools, judged: Bools | None = None) -> F8:
    """Return shares of futures per strategy; not a number where none could be judged."""
    shares = where.mean(axis=0)
    return shares if judged is None else np.where(judged.any(axis=0), shares, np.nan)
