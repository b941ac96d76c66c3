"""The command that maps which strategy wins where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import one_line_errors
from influence_sim.cli.loading import load_plugins, load_subject, split
from influence_sim.cli.options import Execution, Output, ScenarioArgument, Subject, grouped
from influence_sim.cli.reports import then_reported
from influence_sim.cli.screen import console, print_json, print_tables, remark
from influence_sim.cli.studies import then_kept
from influence_sim.cli.sweeps import PointsOption, SampleOption, VaryOption, run_sweep


@app.command()
@grouped
def phases(
    scenario: ScenarioArgument = "shipping_delay",
    vary: VaryOption = [],  # noqa: B006, the command line makes a new list each time
    strategies: Annotated[
        str | None,
        typer.Option(
            "--strategies",
            "-s",
            help="Strategies of the focal company, two or more, separated by commas.",
            metavar="A,B,…",
            show_default="broadcast and dialogue",
        ),
    ] = None,
    replicates: Annotated[
        int, typer.Option("--replicates", "-r", help="Worlds per point and strategy.", metavar="R")
    ] = 10,
    sample: SampleOption = "grid",
    points: PointsOption = 64,
    measure: Annotated[str, typer.Option(help="By what a strategy wins.", metavar="NAME")] = "profit",
    picture: Annotated[
        Path | None, typer.Option(help="Draw the map, of up to three keys: .svg, .png or .pdf.", metavar="FILE")
    ] = None,
    *,
    subject: Subject,
    execution: Execution,
    output: Output,
) -> None:
    """Map which strategy wins where, by how much and how surely: a sweep, and what it says at each point.

    A strategy wins at a point if it is surely better than every other. Printed is a table of points with the winner,
    its lead and how sure that is, and the map in words.

    Examples
    --------
    influence-sim phases --vary incident.severity=0.2:0.8:3 --vary costs.margin=2,8
        Where does dialogue earn more than broadcast?
    influence-sim phases --vary incident.severity=0.2,0.8 --measure loyalty --picture map.svg
        Where does it keep more loyalty? With a picture (extra viz).

    Files
    -----
    DIR/phases.csv
        With --out: a row per point; beside it the files of `compare` without daily values.
    FILE
        With --picture: the map.

    Exit Status
    -----------
    1
        No world finished.

    See Also
    --------
    docs/experiments.md
    docs/tutorials/phase-map.md
    """
    from influence_sim.experiment.design import Varied, points_of
    from influence_sim.experiment.export import files_of
    from influence_sim.experiment.phases import phase_map
    from influence_sim.experiment.quantities import check_measures, needs_counterfactual
    from influence_sim.experiment.verdicts import rankable
    from influence_sim.report.phases import phase_table
    from influence_sim.strategies import BROADCAST, DIALOGUE

    with one_line_errors(output.out):
        load_plugins(subject.plugin)
        names = split(strategies or "") or [BROADCAST, DIALOGUE]
        rankable(measure, names)
        check_measures(load_subject(scenario, subject), [measure])
        if needs_counterfactual([measure]) and not subject.counterfactual:
            raise ValueError(f"{measure}: needs the worlds in which nothing strikes; leave --no-counterfactual out")
        if picture is not None and vary:
            from influence_sim.figures.phases import check_picture

            visited = points_of([Varied.parse(text) for text in vary], sample, count=points, seed=execution.seed)
            check_picture(picture, visited, output.out)
        result = run_sweep(scenario, vary, sample, points, names, replicates, measure, subject, execution, output)
        found = phase_map(result, measure)

    def write(folder: Path) -> tuple[str, ...]:
        result.write(folder, daily=False, parquet=output.parquet)
        written = found.write(folder)
        return (*(name for name in files_of(output.parquet) if name not in written), *written)

    with then_kept(write, output):
        if output.as_json:
            print_json({"phases": found.rows(), "words": found.words()})
        else:
            screen = console()
            print_tables(screen, phase_table(found))
            screen.print(found.words(), style="bold")
        if picture is not None:
            from influence_sim.figures.phases import draw_phases

            with one_line_errors(picture):
                draw_phases(found, picture)
            remark(output.quiet, f"drawn to {picture}")
    then_reported(found, output)
