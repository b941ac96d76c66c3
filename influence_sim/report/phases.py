"""Tables of phase maps for the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from influence_sim.experiment.phases import PhaseMap
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.words import number, signed
from influence_sim.report.tables import plain_table


def phase_table(phases: PhaseMap) -> Table:
    """Return a row per point: what was varied, who wins, by how much and how surely, and all means."""
    unit = f", {phases.measure.unit}" if phases.measure.unit else ""
    title = f"best in {phases.measure.name} of {phases.company}{unit}; lead over the second"
    if phases.unjudged == len(phases.phases):
        table = plain_table(f"{title}; too few replicates to say how surely, {LEAST_REPLICATES} are needed")
    else:
        table = plain_table(f"{title} [95 % interval of each point by itself]")
    for key in phases.keys:
        table.add_column(key, overflow="fold")
    table.add_column("winner", no_wrap=True)
    for title in ("lead", "P(best)", *phases.strategies):
        table.add_column(title, justify="right", overflow="fold")
    for phase in phases.phases:
        lead, is_judged = phase.lead, phase.replicates >= LEAST_REPLICATES
        table.add_row(
            *(_value(phase.point[key]) for key in phases.keys),
            phase.winner if phase.is_sure else f"not told apart ({phase.winner or 'no values'})",
            signed(lead.mean) + (f" [{signed(lead.low)}, {signed(lead.high)}]" if is_judged else ""),
            "–" if phase.certainty != phase.certainty else f"{phase.certainty:.3f}",
            *(number(phase.means[name]) for name in phases.strategies),
        )
    return table


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
