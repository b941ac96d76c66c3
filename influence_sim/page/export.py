"""What is taken away from the page: the run as a scenario file, and a report over many worlds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.report.comparison import comparison_document
from influence_sim.report.document import to_html

if TYPE_CHECKING:
    from influence_sim.experiment.results import Comparison
    from influence_sim.page.arena import Arena


def scenario_file(arena: Arena) -> str:
    """Return the run as a scenario file, that says in its first lines how to repeat it."""
    names = ",".join(arena.names())
    scenario = arena.scenario()
    lines = [
        "# What was played on the page; this gives the same numbers (world 0 of each strategy):",
        f"#   influence-sim compare FILE.toml --strategies {names} --seed {arena.seed} --replicates 1",
    ]
    if scenario.network.path is not None:
        # What was handed over to the page lies in a folder that goes with it.
        name = Path(scenario.network.path).name
        scenario = scenario.with_values({"network.path": name})
        lines.append(f"# The network file {name} has to stand beside this file.")
    return "\n".join([*lines, "", scenario.to_toml()])


def report_html(comparison: Comparison) -> str:
    """Return the report of a comparison as one HTML file."""
    return to_html(comparison_document(comparison))
