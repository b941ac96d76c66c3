"""Tables of sweeps for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from influence_sim.experiment.contrasts import estimate
from influence_sim.experiment.quantities import quantity
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.sweep import Sweep
from influence_sim.experiment.words import few_replicates, number, signed
from influence_sim.report.tables import plain_table


def point_table(result: Sweep, measure: str, width: int) -> Iterator[Table]:
    """Yield a row per point: what was varied, each strategy's mean, and the paired difference to the first."""
    plan = result.store.plan
    company = plan.scenario.company_names[plan.scenario.focal_company]
    runs = result.runs[measure].sel(company=company)
    first, others = plan.strategies[0], plan.strategies[1:]
    unit = quantity(measure).unit
    table = plain_table(
        f"{measure} of {company} ({unit}): mean of {plan.replicates} worlds, paired difference [95 % interval]"
    )
    for key in result.keys:
        table.add_column(key, overflow="fold")
    for name in plan.strategies:
        table.add_column(name, justify="right", overflow="fold")
    for name in others:
        table.add_column(f"{name} − {first}", justify="right", overflow="fold")
        table.add_column("P(> 0)", justify="right")
    differences = [result.contrasts(measure, name, first) for name in others]
    for place, point in enumerate(result.points):
        cells = [_value(point[key]) for key in result.keys]
        cells += [number(estimate(runs.sel(point=place, strategy=name).to_numpy()).mean) for name in plan.strategies]
        for difference in differences:
            one = difference[place]
            cells.append(f"{signed(one.mean)} [{signed(one.low)}, {signed(one.high)}]")
            cells.append("–" if one.p_positive != one.p_positive else f"{one.p_positive:.3f}")
        table.add_row(*cells)
    if plan.replicates < LEAST_REPLICATES:
        table.caption = few_replicates(plan.replicates)
    yield table


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
