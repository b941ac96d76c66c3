"""Tables of robustness studies for the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from influence_sim.core.measures import Quantity
from influence_sim.experiment.contrasts import Estimate
from influence_sim.experiment.robustness import Robustness
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.weaknesses import Trait
from influence_sim.experiment.words import number, share
from influence_sim.report.tables import plain_table

_TOO_FEW = f"no intervals from fewer than {LEAST_REPLICATES} replicates"


def regret_table(found: Robustness) -> Table:
    """Return a row per strategy: its regrets with intervals, and in how many futures it is best, beaten, or fails."""
    title = f"regret in {found.measure.name} of {found.company}{_unit(found.measure)}, over {len(found.points)} futures"
    table = plain_table(f"{title}; {_TOO_FEW}" if found.unjudged else f"{title} [95 % interval]")
    table.add_column("strategy", no_wrap=True)
    for name in (f"mean {found.measure.name}", "mean regret", "regret in 9 of 10 up to", "greatest regret"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("which is where", overflow="fold")
    for name in ("best in", "beaten in"):
        table.add_column(name, justify="right", overflow="fold")
    if found.threshold is not None:
        table.add_column(f"{_threshold(found)} in", justify="right", overflow="fold")
    for one in found.standings:
        table.add_row(
            one.strategy,
            number(one.mean),
            *(_interval(regret) for regret in (one.regret, one.usual, one.worst)),
            ", ".join(f"{key} = {_value(value)}" for key, value in one.worst_at.items()),
            _surely(one.best, one.surely_best),
            _surely(1 - one.best, one.surely_loses),
            *(() if found.threshold is None else (_surely(one.may_fail, one.fails),)),
        )
    return table


def failure_table(found: Robustness) -> Table | None:
    """Return a row per strategy that surely fails in some futures, and key: what sets these apart."""
    if not found.conditions():
        return None
    fails = "loses to the best" if found.threshold is None else f"fails ({_threshold(found)})"
    table = plain_table(f"where each surely {fails}, one key at a time")
    table.add_column("strategy", no_wrap=True)
    table.add_column("fails in", justify="right", no_wrap=True)
    table.add_column("mostly where", overflow="fold")
    for name in ("of its failures", "fails there in", "P(larger if it fails)", "p"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("key matters", no_wrap=True)
    for one in found.weaknesses:
        for trait in one.traits:
            table.add_row(one.strategy, f"{one.count} futures", *_cells(trait))
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
    """Write a regret with its interval, if there are replicates enough for one."""
    interval = "" if found.low != found.low else f" [{number(found.low)}, {number(found.high)}]"
    return f"{number(found.mean)}{interval}"


def _surely(by_mean: float, surely: float) -> str:
    """Write a share of futures by their means, and for how many it is sure, if that can be said."""
    return share(by_mean) + ("" if surely != surely else f" (surely {share(surely)})")


def _threshold(found: Robustness) -> str:
    """Write what counts as failing, with its unit."""
    unit = "" if found.threshold is None else found.threshold.measure.unit
    return f"{found.failing} {unit}".rstrip()


def _unit(measure: Quantity) -> str:
    return f", {measure.unit}" if measure.unit else ""


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
