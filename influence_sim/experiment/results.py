"""What a comparison found: labelled values, estimates, contrasts, and the files they are written to."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import Measure
from influence_sim.experiment.aftermath import AFTERMATH, Aftermath, aftermath
from influence_sim.experiment.anatomy import Table, single_cascades
from influence_sim.experiment.contrasts import Contrast, Estimate, contrast, estimate, over_days
from influence_sim.experiment.export import export, summary_rows

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from influence_sim.experiment.sequential import Stopping


_REPORTED = ("mean", "low", "high", "p_positive")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """The worlds of a comparison: strategy × replicate × company × day × measure.

    Attributes
    ----------
    values
        Shape (strategies, replicates, companies, days, measures).
    strategies, companies, measures
        What the axes are; days and replicates count from 0.
    focal
        Number of the company that followed the strategies; estimates and contrasts are its own.
    manifest
        What is needed to run this again: scenario in full, seeds, versions, time, machine.
    spared
        The values of the counterfactual worlds, in which no incident struck, in the same shape; None if they were not
        run.
    switches, spared_switches
        Purchases by the company last bought from and the one chosen instead (the last column: none), since day 0:
        shape (strategies, replicates, companies, companies + 1); and the same of the counterfactual worlds.
    storms, cascades
        A row per firestorm, and one per world, company and source of posts, as columns by name; see
        :mod:`influence_sim.experiment.anatomy`.
    messages
        Every post, share and reply, if they were kept, as columns by name.
    failures
        A row per world that ended in an error: strategy, replicate, fate (struck or spared), master seed, and what the
        error said. Its values are not numbers.
    replicates_per_draw
        How many replicates in a row share a draw of a posterior; None if nothing but accidents is uncertain.
    stopping
        How it ended, if replicates were added until it was sure.
    """

    values: NDArray[np.float64]
    strategies: tuple[str, ...]
    companies: tuple[str, ...]
    measures: tuple[Measure, ...]
    focal: int
    manifest: dict[str, Any]
    spared: NDArray[np.float64] | None = None
    switches: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    spared_switches: NDArray[np.int64] | None = None
    storms: Table = field(default_factory=dict)
    cascades: Table = field(default_factory=dict)
    messages: Table = field(default_factory=dict)
    failures: Table = field(default_factory=dict)
    replicates_per_draw: int | None = None
    stopping: Stopping | None = None

    def __repr__(self) -> str:
        _, replicates, _, days, _ = self.values.shape
        focal = self.companies[self.focal]
        return f"Comparison of {', '.join(self.strategies)} for {focal}: {replicates} replicates of {days} days"

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import of_comparison

        return of_comparison(self)

    @cached_property
    def quantities(self) -> tuple[Measure | Aftermath, ...]:
        """What a run is described by: the measures, and those of the aftermath where there is a counterfactual."""
        return self.measures if self.spared is None else (*self.measures, *AFTERMATH)

    @cached_property
    def summary(self) -> dict[str, NDArray[np.float64]]:
        """One number per run, by quantity, each of shape (strategies, replicates, companies)."""
        found = {measure.name: over_days(self._days(measure.name), measure) for measure in self.measures}
        for measure in self.measures:
            if measure.of is not None:
                above, below = (found[name] for name in measure.of)
                found[measure.name] = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
        if self.spared is not None:
            names = [measure.name for measure in self.measures]
            run, spared = (
                {name: values[..., m] for m, name in enumerate(names)} for values in (self.values, self.spared)
            )
            found |= aftermath(run, spared)
        return found

    def _days(self, name: str) -> NDArray[np.float64]:
        return self.values[..., [measure.name for measure in self.measures].index(name)]

    @cached_property
    def estimates(self) -> dict[str, dict[str, Estimate]]:
        """By quantity and strategy: the focal company's mean over replicates with its interval."""
        return {
            name: {
                strategy: estimate(found[s, :, self.focal], self.replicates_per_draw, quantity.bounds)
                for s, strategy in enumerate(self.strategies)
            }
            for quantity in self.quantities
            for name, found in [(quantity.name, self.summary[quantity.name])]
        }

    @cached_property
    def contrasts(self) -> dict[str, dict[str, Contrast]]:
        """By quantity and pair, ``"b - a"`` for every strategy b that is named after a: the paired difference."""
        pairs = [(a, b) for a in range(len(self.strategies)) for b in range(a + 1, len(self.strategies))]
        return {
            name: {
                f"{self.strategies[b]} - {self.strategies[a]}": contrast(
                    found[b, :, self.focal], found[a, :, self.focal], self.replicates_per_draw
                )
                for a, b in pairs
            }
            for name, found in self.summary.items()
        }

    @cached_property
    def single_cascades(self) -> pd.DataFrame:
        """One row per post that others could pass on: its source, size, depth, breadth, virality and duration.

        Raises
        ------
        ValueError
            If messages were not kept.
        """
        import pandas as pd

        if not self.messages:
            raise ValueError("messages were not kept: compare(…, keep_messages=True) keeps them")
        return pd.DataFrame(single_cascades(self.messages))

    @cached_property
    def is_whole(self) -> NDArray[np.bool_]:
        """Which worlds did not fail, shape (strategies, replicates)."""
        return np.asarray(~np.isnan(self.values[:, :, self.focal]).all(axis=(2, 3)))

    def mean_switches(self, *, spared: bool = False) -> NDArray[np.float64]:
        """Return :attr:`switches` as means over worlds that did not fail.

        Parameters
        ----------
        spared
            Whether those of the counterfactual worlds are meant.

        Returns
        -------
        array
            Purchases per world, shape (strategies, companies, companies + 1); not numbers where all worlds of a
            strategy failed.
        """
        counts = self.spared_switches if spared else self.switches
        assert counts is not None
        whole = self.is_whole
        if spared:
            assert self.spared is not None
            whole = ~np.isnan(self.spared[:, :, self.focal]).all(axis=(2, 3))
        total = np.where(whole[..., None, None], counts, 0).sum(axis=1).astype(np.float64)
        many = whole.sum(axis=1)[:, None, None]
        return np.asarray(np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0))

    @cached_property
    def moves(self) -> pd.DataFrame:
        """Who went where: by strategy, mean purchases per world by the company last bought from (rows) and chosen.

        Rows and columns are companies, the last column those who chose none; on the diagonal those who stayed.
        """
        import pandas as pd

        means = self.mean_switches()
        rows = pd.MultiIndex.from_product([self.strategies, self.companies], names=["strategy", "from"])
        columns = pd.Index([*self.companies, "nobody"], name="to")
        return pd.DataFrame(means.reshape(-1, means.shape[-1]), index=rows, columns=columns)

    @cached_property
    def daily(self) -> xr.DataArray:
        """All values, labelled: strategy × replicate × company × day × measure."""
        return self._labelled(self.values)

    @cached_property
    def counterfactual(self) -> xr.DataArray:
        """The values of the worlds in which no incident struck, labelled like :attr:`daily` and of the same shape.

        Raises
        ------
        ValueError
            If they were not run.
        """
        if self.spared is None:
            raise ValueError("there are no counterfactual worlds: the scenario has no incident, or they were not run")
        return self._labelled(self.spared)

    def _labelled(self, values: NDArray[np.float64]) -> xr.DataArray:
        import xarray as xr

        return xr.DataArray(
            values,
            dims=("strategy", "replicate", "company", "day", "measure"),
            coords={
                "strategy": list(self.strategies),
                "replicate": np.arange(self.values.shape[1]),
                "company": list(self.companies),
                "day": np.arange(self.values.shape[3]),
                "measure": [measure.name for measure in self.measures],
            },
            name="value",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the daily values as a tidy table: strategy, replicate, company, day, measure, value."""
        return self.daily.to_series().reset_index()

    def to_summary_frame(self) -> pd.DataFrame:
        """Return estimates and contrasts as a table: measure, unit, what, mean, low, high, p_positive."""
        import pandas as pd

        return pd.DataFrame(list(summary_rows(self)))

    def to_dict(self) -> dict[str, Any]:
        """Return estimates, contrasts and manifest as plain values; what is not a number becomes None."""
        return {
            "measures": {m: {s: _plain(e) for s, e in by.items()} for m, by in self.estimates.items()},
            "contrasts": {m: {p: _plain(c) for p, c in by.items()} for m, by in self.contrasts.items()},
            "manifest": self.manifest,
        }

    def plot(self, *measures: str) -> Figure:
        """Draw measures of the focal company over time, a line per strategy; see ``figures.comparison.time_lines``.

        Needs the extra ``viz``, as do the other pictures; the figure is the caller's to go on with.

        Parameters
        ----------
        *measures
            Names of measures, a panel each; a usual choice if left out.

        Returns
        -------
        Figure
            By Matplotlib; days across, means over worlds with the band of the middle 80 %.

        Raises
        ------
        ValueError
            If a measure is unknown.
        """
        from influence_sim.figures.comparison import TIME_LINES, time_lines

        return time_lines(self, measures or TIME_LINES)

    def plot_differences(self, *measures: str) -> Figure:
        """Draw paired differences to the first strategy, with 95 % intervals.

        Parameters
        ----------
        *measures
            Names of measures, a row each; a usual choice if left out.

        Returns
        -------
        Figure
            By Matplotlib; each measure in its own unit.

        Raises
        ------
        ValueError
            If a measure is unknown, or there is one strategy only.
        """
        from influence_sim.figures.comparison import DIFFERENCES, differences

        return differences(self, measures or DIFFERENCES)

    def plot_moves(self) -> Figure:
        """Draw purchases won from each rival, and lost to it.

        Returns
        -------
        Figure
            By Matplotlib; mean purchases per world.
        """
        from influence_sim.figures.comparison import moves

        return moves(self)

    def plot_returns(self) -> Figure:
        """Draw margin, spending and profit of each strategy.

        Returns
        -------
        Figure
            By Matplotlib; money of a whole run.
        """
        from influence_sim.figures.comparison import returns

        return returns(self)

    def write(self, folder: str | Path, *, parquet: bool = False) -> None:
        """Write the files of :data:`~influence_sim.experiment.export.RESULT_FILES`, each whole or not at all.

        Parameters
        ----------
        folder
            Where; made if it does not exist.
        parquet
            Whether to write the daily values as Parquet, too (needs the extra ``parquet``).

        Raises
        ------
        OSError
            If the folder cannot be made or written to.
        ValueError
            If Parquet is asked for and cannot be written, or a run writes to the folder.
        """
        export(folder, [({}, self)], self.manifest, parquet=parquet)


def _plain(found: Estimate) -> dict[str, float | None]:
    values = asdict(found)
    return {key: values[key] if math.isfinite(values[key]) else None for key in _REPORTED if key in values}
