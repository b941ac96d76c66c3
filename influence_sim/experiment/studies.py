"""What studies over many points have in common: their runs as numbers, what a key is, and where their tables go."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.levers import LEVERS
from influence_sim.core.parameters import ORIGINS
from influence_sim.core.setting import COSTS
from influence_sim.experiment.compare import comparison_at, make_plan, run_missing, store_for
from influence_sim.experiment.design import check_points
from influence_sim.experiment.folders import SCRATCH, Hold, naming
from influence_sim.experiment.plan import Plan, Point, Unit, check_arguments
from influence_sim.experiment.quantities import check_measures, needs_counterfactual, quantity
from influence_sim.experiment.runner import Outcome, Progress
from influence_sim.experiment.store import Memory
from influence_sim.scenario import Scenario
from influence_sim.scenario_tables import Company, Incident, Network

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph
    from influence_sim.experiment.sweep import Sweep

type Rows = Sequence[Mapping[str, Any]]
"""A table, row by row; all rows have the same columns."""


@dataclass(frozen=True, eq=False)
class Runs:
    """What a study's runs came to, for the focal company: shape (points, strategies, replicates, measures)."""

    values: NDArray[np.float64]
    manifest: dict[str, Any]


def run_points(
    scenario: Scenario,
    points: Sequence[Point],
    strategies: Sequence[str],
    measures: Sequence[str],
    *,
    replicates: int,
    seed: int,
    graph: Graph | None = None,
    jobs: int = 1,
    batch: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    cluster: str | None = None,
    on_progress: Progress | None = None,
) -> Runs:
    """Run strategies at many points, as a sweep does, and keep a number per run and measure only.

    Worlds in which nothing strikes are run beside the others only if a measure needs them. The arguments are those of
    :func:`~influence_sim.experiment.sweep.sweep`, and so are the errors.
    """
    names = check_arguments(scenario, strategies, replicates=replicates, jobs=jobs, batch=batch)
    check_points(scenario, points, strategies)
    check_measures(scenario, measures)
    plan = make_plan(
        scenario,
        names,
        points=points,
        replicates=replicates,
        seed=seed,
        graph=graph,
        counterfactual=needs_counterfactual(measures),
    )
    if out is None:
        store: Any = _Numbers(plan, plan.replicates_per_unit(jobs, batch), measures)
    else:
        store = store_for(plan, jobs=jobs, batch=batch, out=out, resume=resume)
    run_missing(store, jobs=jobs, batch=batch, cluster=cluster, on_progress=on_progress)
    found = [
        store.numbers[point] if out is None else _numbers_at(store, point, measures) for point in range(len(points))
    ]
    return Runs(np.stack(found), store.manifest)


class _Numbers(Memory):
    """One number per run and measure; the days are forgotten, as those of many points do not fit into memory."""

    def __init__(self, plan: Plan, unit: int, measures: Sequence[str]) -> None:
        super().__init__(plan, unit)
        self._measures = measures
        self.numbers: dict[int, NDArray[np.float64]] = {}

    def keep(self, unit: Unit, outcome: Outcome) -> None:
        super().keep(unit, outcome)
        units = self.plan.units(self._unit, [unit.point])
        if all(one in self._kept for one in units):
            self.numbers[unit.point] = _numbers_at(self, unit.point, self._measures)
            for one in units:
                kept = self._kept[one]
                self._kept[one] = Outcome(kept.values[..., :0, :], kept.switches, {}, {}, {}, kept.failures)


def _numbers_at(store: Any, point: int, measures: Sequence[str]) -> NDArray[np.float64]:
    """Return a point's numbers, shape (strategies, replicates, measures)."""
    found = comparison_at(store, point)
    return np.stack([found.summary[name][:, :, found.focal] for name in measures], axis=-1)


def focal_values(result: Sweep, measure: str) -> NDArray[np.float64]:
    """Return the focal company's value of every run, shape (points, strategies, replicates).

    Raises
    ------
    ValueError
        If the runs have no such quantity.
    """
    quantity(measure)
    if measure not in result.runs:
        raise ValueError(f"{measure}: needs the worlds in which nothing strikes, and these runs have none")
    scenario = result.store.plan.scenario
    runs = result.runs[measure].sel(company=scenario.company_names[scenario.focal_company])
    return np.asarray(runs.transpose("point", "strategy", "replicate").to_numpy(), np.float64)


def unit_of(key: str) -> str:
    """Return the unit of a scenario key by its dotted name, or what it is; empty if nothing is known."""
    table, _, rest = key.partition(".")
    name = key.rpartition(".")[2]
    if table == "parameters" and name in ORIGINS:
        return ORIGINS[name].unit
    if table == "costs" and name in COSTS:
        return COSTS[name].unit
    if table in ("levers", "schedule") and name in LEVERS:
        return LEVERS[name].unit
    tables: dict[str, Any] = {"network": Network, "companies": Company, "incident": Incident}
    owner = tables.get(table) if rest else Scenario
    field = None if owner is None else owner.model_fields.get(name)
    return (field.description or "") if field is not None else ""


def write_tables(folder: str | Path, tables: Mapping[str, Rows], manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Write tables as CSV, each whole or not at all, and at last the manifest; return the files' names.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    names = (*tables, "manifest.json")
    with naming(target), Hold(target), tempfile.TemporaryDirectory(dir=target, prefix=SCRATCH) as scratch:
        for name, rows in tables.items():
            with Path(scratch, name).open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
                writer.writeheader()
                writer.writerows({column: _cell(value) for column, value in row.items()} for row in rows)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
        Path(scratch, "manifest.json").write_text(text + "\n", encoding="utf-8")
        # The manifest comes last: where it stands, the rest is complete.
        (target / "manifest.json").unlink(missing_ok=True)
        for name in names:
            os.replace(Path(scratch, name), target / name)
    return names


def _cell(value: Any) -> Any:
    """Write a number so that it reads back the same, and nothing where there is none."""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else repr(float(value))
    return value
