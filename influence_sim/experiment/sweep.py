"""Sweeps: the same comparison at many points of a space of scenario keys."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.compare import comparison_at, make_plan, run_missing, store_for
from influence_sim.experiment.contrasts import Contrast, contrast
from influence_sim.experiment.design import check_points
from influence_sim.experiment.export import export
from influence_sim.experiment.plan import Point, check_arguments
from influence_sim.scenario import Scenario
from influence_sim.strategies import COMPARED_BY_DEFAULT

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from influence_sim.core.graph import Graph
    from influence_sim.experiment.results import Comparison
    from influence_sim.experiment.runner import Progress
    from influence_sim.experiment.store import Memory, Store

LARGEST_BYTES = 1_000_000_000
"""Daily values beyond which they are not all read at once."""


class Sweep:
    """What came of a comparison at many points; one point's worlds are in memory at a time.

    Parameters
    ----------
    store
        Where the worlds are kept.
    """

    def __init__(self, store: Store | Memory) -> None:
        self.store = store

    def __repr__(self) -> str:
        plan = self.store.plan
        return f"Sweep of {', '.join(self.keys)}: {len(self)} points × {plan.replicates} replicates of " + ", ".join(
            plan.strategies
        )

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display

        return display(repr(self), [], [dict(point) for point in self.points])

    def plot(self, measure: str = "profit") -> Figure:
        """Draw a measure along one key, or which strategy wins over two or three (needs the extra ``viz``).

        Parameters
        ----------
        measure
            Name of a measure.

        Returns
        -------
        Figure
            By Matplotlib.

        Raises
        ------
        ValueError
            If there is no such measure, or nothing that a picture could show.
        """
        if len(self.keys) == 1:
            from influence_sim.figures.studies import along

            return along(self, measure)
        from influence_sim.experiment.phases import phase_map

        return phase_map(self, measure).plot()

    def __len__(self) -> int:
        return len(self.store.plan.points)

    @property
    def points(self) -> tuple[Point, ...]:
        """Values of what was varied, point by point."""
        return self.store.plan.points

    @property
    def keys(self) -> tuple[str, ...]:
        """Dotted names of what was varied."""
        return tuple(self.points[0])

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategies of the focal company."""
        return self.store.plan.strategies

    @cached_property
    def failed(self) -> int:
        """How many worlds ended in an error."""
        return sum(len(self.store.outcome(unit).failures["world"]) for unit in self.store.units)

    def at(self, point: int) -> Comparison:
        """Return the comparison at a point.

        Parameters
        ----------
        point
            Its number, from 0, in the order of :attr:`points`.
        """
        return comparison_at(self.store, point)

    def __iter__(self) -> Iterator[tuple[Point, Comparison]]:
        return ((point, self.at(number)) for number, point in enumerate(self.points))

    @cached_property
    def runs(self) -> xr.Dataset:
        """One number per run and quantity: point × strategy × replicate × company, what was varied as coordinates."""
        import xarray as xr

        # Copies: views of the last day would hold all days of all worlds.
        found = [
            {name: numbers.copy() for name, numbers in self.at(number).summary.items()} for number in range(len(self))
        ]
        dimensions = ("point", "strategy", "replicate", "company")
        return xr.Dataset(
            {name: (dimensions, np.stack([summary[name] for summary in found])) for name in found[0]}, self._labels
        )

    @cached_property
    def daily(self) -> xr.DataArray:
        """All values: point × strategy × replicate × company × day × measure, what was varied as coordinates.

        With Dask (the extra ``cluster``) a point is read when it is needed; without, all of them at once. Where points
        have different numbers of days, those that a point does not have are not numbers.

        Raises
        ------
        ValueError
            If it would be more than 1 GB and Dask is not installed.
        """
        return self._days(spared=False)

    @cached_property
    def counterfactual(self) -> xr.DataArray:
        """The values of the worlds in which no incident struck, in the shape of :attr:`daily`, and read like it.

        Raises
        ------
        ValueError
            If they were not run, or would be more than 1 GB and Dask is not installed.
        """
        if len(self.store.plan.fates) == 1:
            raise ValueError("there are no counterfactual worlds: the scenario has no incident, or they were not run")
        return self._days(spared=True)

    @property
    def _labels(self) -> dict[str, Any]:
        plan = self.store.plan
        return {
            "point": np.arange(len(self)),
            "strategy": list(plan.strategies),
            "replicate": np.arange(plan.replicates),
            "company": list(plan.scenario.company_names),
            **{key: ("point", np.array([point[key] for point in self.points])) for key in self.keys},
        }

    def _days(self, spared: bool) -> xr.DataArray:
        import xarray as xr

        plan = self.store.plan
        days = max(plan.scenario_at(number).days for number in range(len(self)))
        labels = {**self._labels, "day": np.arange(days), "measure": list(plan.measures)}
        dimensions = ("point", "strategy", "replicate", "company", "day", "measure")
        shape = tuple(len(labels[name]) for name in dimensions[1:])

        def of_point(number: int) -> NDArray[np.float64]:
            found = self.at(number)
            values = found.spared if spared else found.values
            assert values is not None
            whole = np.full(shape, np.nan)
            whole[..., : values.shape[-2], :] = values
            return whole

        values: Any
        try:
            from dask import array, delayed
        except ImportError:
            size = len(self) * math.prod(shape) * 8
            if size > LARGEST_BYTES:
                raise ValueError(
                    f"{size / 1e9:.1f} GB of daily values: pip install 'influence-sim[cluster]' reads them as they are "
                    "needed, or go point by point: for point, found in sweep: found.daily"
                ) from None
            values = np.stack([of_point(number) for number in range(len(self))])
        else:
            read = delayed(of_point)
            values = array.stack([array.from_delayed(read(number), shape, float) for number in range(len(self))])
        return xr.DataArray(values, labels, dimensions, "value")

    def contrasts(self, measure: str, strategy: str, baseline: str) -> list[Contrast]:
        """Return the paired difference of two strategies of the focal company in a measure, point by point.

        Parameters
        ----------
        measure
            Name of a measure or of what an incident did.
        strategy, baseline
            The first less the second.

        Raises
        ------
        KeyError
            If a name is unknown.
        """
        plan = self.store.plan
        runs = self.runs[measure].sel(company=plan.scenario.company_names[plan.scenario.focal_company])
        one, other = (runs.sel(strategy=name).to_numpy() for name in (strategy, baseline))
        return [contrast(a, b) for a, b in zip(one, other, strict=True)]

    def to_frame(self) -> pd.DataFrame:
        """Return :attr:`runs` as a table with a row per run."""
        frame: pd.DataFrame = self.runs.to_dataframe().reset_index()
        return frame

    def write(self, folder: str | Path, *, daily: bool = True, parquet: bool = False) -> None:
        """Write the tables of all points, what was varied in their first columns; each appears whole or not at all.

        Parameters
        ----------
        folder
            Where; made if it does not exist.
        daily
            Whether to write the daily values, which take most of the room.
        parquet
            Whether to write them as Parquet, too (needs the extra ``parquet``).

        Raises
        ------
        OSError
            If the folder cannot be made or written to.
        """
        export(folder, self, self.store.manifest, daily=daily, parquet=parquet)


def sweep(
    scenario: Scenario | str | Path,
    points: Sequence[Mapping[str, Any]],
    strategies: Sequence[str] = COMPARED_BY_DEFAULT,
    *,
    replicates: int = 10,
    seed: int = 1,
    graph: Graph | None = None,
    jobs: int = 1,
    batch: int | None = None,
    record: Sequence[str] = (),
    counterfactual: bool = True,
    out: str | Path | None = None,
    resume: bool = False,
    cluster: str | None = None,
    on_progress: Progress | None = None,
) -> Sweep:
    """Compare strategies at many points; replicate r meets the same accidents at every point.

    Parameters
    ----------
    scenario
        What the points have in common, or the name or path of a scenario file.
    points
        Values by dotted key, such as ``{"incident.severity": .5}``; all with the same keys. See
        :func:`~influence_sim.experiment.design.points_of`.
    strategies, replicates, seed, graph, jobs, batch, record, counterfactual, cluster, on_progress
        As in :func:`~influence_sim.experiment.compare.compare`, for each point.
    out
        Folder in which worlds are kept as they are done, so that they need not fit into memory.
    resume
        Whether to go on from the worlds that ``out`` holds already.

    Returns
    -------
    Sweep
        A comparison at each point, in the order of the points.

    Raises
    ------
    ValueError
        If an argument is out of range or a point not allowed, before anything is run; one line.
    StoreError
        If ``out`` holds another experiment, or an unfinished one that is not to be resumed, or cannot be written to.
    WorkerError
        If a cluster cannot be used, or workers were lost.
    Interrupted
        If the user presses Ctrl-C.
    """
    scenario = Scenario.load(scenario) if isinstance(scenario, str | Path) else scenario
    if not points:
        raise ValueError("points: at least one is needed")
    if any(set(point) != set(points[0]) for point in points):
        raise ValueError("points: all must have the same keys")
    check_points(scenario, points, strategies)
    names = check_arguments(scenario, strategies, replicates=replicates, jobs=jobs, batch=batch)
    plan = make_plan(
        scenario,
        names,
        points=points,
        replicates=replicates,
        seed=seed,
        graph=graph,
        record=record,
        counterfactual=counterfactual,
    )
    store = store_for(plan, jobs=jobs, batch=batch, out=out, resume=resume)
    run_missing(store, jobs=jobs, batch=batch, cluster=cluster, on_progress=on_progress)
    return Sweep(store)
