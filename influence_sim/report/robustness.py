"""Tables of robustness studies for the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from influence_sim.experiment.contrasts import Estimate
from influence_sim.experiment.robustness import Robustness
from influence_sim.experiment.weaknesses import Trait
from influence_sim.experiment.words import number, share
from influence_sim.report.tables import plain_table


def regret_table(found: Robustness) -> Table:
    """Return a row per strategy: its regrets with intervals, and in how many futures it is best or fails."""
    unit = f", {found.measure.unit}" if found.measure.unit else ""
    table = plain_table(
        f"regret in {found.measure.name} of {found.company}{unit}, over {len(found.points)} futures [95 % interval]"
    )
    table.add_column("strategy", no_wrap=True)
    for title in ("mean", "mean regret", "90 % quantile", "maximum"):
        table.add_column(title, justify="right", overflow="fold")
    table.add_column("at", overflow="fold")
    for title in ("best", "surely", "loses surely"):
        table.add_column(title, justify="right", no_wrap=True)
    if found.threshold is not None:
        table.add_column(found.failing, justify="right", no_wrap=True)
        table.add_column("surely", justify="right", no_wrap=True)
    for one in found.standings:
        table.add_row(
            one.strategy,
            number(one.mean),
            *(_interval(regret) for regret in (one.regret, one.usual, one.worst)),
            ", ".join(f"{key} = {_value(value)}" for key, value in one.worst_at.items()),
            *(share(part) for part in (one.best, one.surely_best, one.surely_loses)),
            *((share(one.may_fail), share(one.fails)) if found.threshold is not None else ()),
        )
    return table


def failure_table(found: Robustness) -> Table | None:
    """Return a row per strategy that surely fails in some futures, and key: what sets these apart."""
    if not found.conditions():
        return None
    table = plain_table(f"where each surely fails ({found.failing})")
    table.add_column("strategy", no_wrap=True)
    table.add_column("futures", justify="right", no_wrap=True)
    table.add_column("mostly where", overflow="fold")
    for title in ("covers", "of those there", "P(larger)", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("differs", no_wrap=True)
    for one in found.weaknesses:
        for trait in one.traits:
            table.add_row(one.strategy, str(one.count), *_cells(trait))
    return table


def _cells(trait: Trait) -> tuple[str, ...]:
    return (
        str(trait),
        share(trait.coverage),
        share(trait.density),
        number(trait.tendency),
        f"{trait.p:.2g}",
        "surely" if trait.is_sure else "not sure",
    )


def _interval(found: Estimate) -> str:
    return f"{number(found.mean)} [{number(found.low)}, {number(found.high)}]"


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
