"""Commands that run the same comparison at many points of a space of scenario keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import FAILED, one_line_errors
from influence_sim.cli.loading import load_plugins, load_subject, processes_for, split
from influence_sim.cli.options import Execution, Output, ScenarioArgument, Subject, grouped
from influence_sim.cli.reports import then_reported
from influence_sim.cli.results import check_output, running, then_written
from influence_sim.cli.screen import console, print_json, print_tables, remark

if TYPE_CHECKING:
    from pathlib import Path

    from influence_sim.experiment.sweep import Sweep

VaryOption = Annotated[
    list[str],
    typer.Option(
        "--vary",
        help="A scenario key and what it may be: a list A,B,…; LOW:HIGH:COUNT, so many evenly spaced, both ends "
        "included; or LOW:HIGH, a range for samples. May be given several times.",
        metavar="KEY=…",
    ),
]
SampleOption = Annotated[
    str, typer.Option(help="All combinations, a Latin hypercube, or Sobol points.", metavar="grid|lhs|sobol")
]
PointsOption = Annotated[int, typer.Option(help="Points of a sample.", metavar="P")]


@app.command()
@grouped
def sweep(
    scenario: ScenarioArgument = "shipping_delay",
    vary: VaryOption = [],  # noqa: B006, the command line makes a new list each time
    strategies: Annotated[
        str | None,
        typer.Option(
            "--strategies",
            "-s",
            help="Strategies of the focal company, separated by commas; differences are to the first.",
            metavar="A,B,…",
            show_default="broadcast and dialogue",
        ),
    ] = None,
    replicates: Annotated[
        int, typer.Option("--replicates", "-r", help="Worlds per point and strategy.", metavar="R")
    ] = 10,
    sample: SampleOption = "grid",
    points: PointsOption = 64,
    measure: Annotated[str, typer.Option(help="What the table shows; the files hold all.", metavar="NAME")] = "profit",
    daily: Annotated[bool, typer.Option(help="Write every day's values; they take most of the room.")] = True,
    *,
    subject: Subject,
    execution: Execution,
    output: Output,
) -> None:
    """Compare strategies at many points: vary any scenario key, lever or constant by its dotted name.

    Every point has the same accidents. Printed is a table of one measure by point, with the difference between the
    strategies; the files hold all measures.

    Examples
    --------
    influence-sim sweep --vary incident.severity=0.2,0.5,0.9
        From which severity on does it matter how one answers?
    influence-sim sweep --vary levers.dialogue.reply_capacity=1:20:3 --out capacity
        How many replies an hour are enough? With tables, a row of runs.csv per point, world and company.
    influence-sim sweep --vary incident.severity=0:1 --vary costs.margin=1:20 --sample sobol --points 8
        What holds over a whole range of severities and margins, on points spread evenly?

    Files
    -----
    DIR
        With --out, the files of `compare`, with a column for each key that is varied; --no-daily omits the largest.

    Exit Status
    -----------
    1
        No world of a strategy finished; what the others did is printed and written all the same.

    See Also
    --------
    docs/experiments.md
    """
    from influence_sim.experiment.words import unfinished, without_worlds
    from influence_sim.report.sweeps import point_table

    with one_line_errors(output.out):
        load_plugins(subject.plugin)
        result = run_sweep(
            scenario, vary, sample, points, split(strategies or ""), replicates, measure, subject, execution, output
        )
    lost = unfinished(comparison for _, comparison in result) if result.failed else {}
    with then_written(_Tables(result, daily), output):
        if output.as_json:
            print_json(result.to_frame().to_dict(orient="records"))
        else:
            screen = console()
            print_tables(screen, *point_table(result, measure, screen.width))
            if failed := result.failed:
                where = "" if output.out is None else ": failures.csv says which and why"
                screen.print(f"{failed} worlds failed and are left out{where}.")
            for sentence in without_worlds(lost):
                screen.print(sentence, style="bold")
    then_reported(result, output, measure)
    if lost:
        raise typer.Exit(FAILED)


def run_sweep(
    name: str,
    vary: list[str],
    sample: str,
    count: int,
    strategies: list[str],
    replicates: int,
    measure: str,
    subject: Subject,
    execution: Execution,
    output: Output,
) -> Sweep:
    """Check everything, say what will be run, and run it with a progress bar."""
    from influence_sim.experiment.compare import make_plan, run_missing, store_for
    from influence_sim.experiment.design import Varied, check_points, points_of
    from influence_sim.experiment.plan import check_arguments
    from influence_sim.experiment.quantities import quantity
    from influence_sim.experiment.sweep import Sweep
    from influence_sim.strategies import BROADCAST, DIALOGUE

    scenario = load_subject(name, subject)
    if not vary:
        raise ValueError("nothing is varied; say what, as in --vary incident.severity=0.2,0.5,0.9")
    points = points_of(
        [Varied.parse(text) for text in vary], sample, count=count, seed=execution.seed, scenario=scenario
    )
    names = strategies or [BROADCAST, DIALOGUE]
    check_points(scenario, points, names)
    quantity(measure)
    check_arguments(scenario, names, replicates=replicates, jobs=execution.jobs, batch=execution.batch)
    check_output(output)
    jobs = processes_for(execution.jobs)
    plan = make_plan(
        scenario,
        names,
        points=points,
        replicates=replicates,
        seed=execution.seed,
        graph=scenario.graph() if subject.graph is not None else None,
        counterfactual=subject.counterfactual,
    )
    store = store_for(plan, jobs=jobs, batch=execution.batch, out=output.out, resume=output.resume)
    remark(
        output.quiet,
        f"{scenario.title or scenario.name}\n{len(points)} points × {len(names)} strategies × {replicates} replicates"
        f"{' × 2, with and without what strikes' if len(plan.fates) == 2 else ''} = {plan.worlds} worlds "
        f"of {scenario.burn_in_days} + {scenario.days} days",
    )
    with running(store, output) as bar:
        run_missing(store, jobs=jobs, batch=execution.batch, cluster=execution.cluster, on_progress=bar)
    return Sweep(store)


class _Tables:
    """A sweep with or without its daily values."""

    def __init__(self, result: Sweep, daily: bool) -> None:
        self._result, self._daily = result, daily

    def write(self, folder: Path, *, parquet: bool = False) -> None:
        """Write the tables."""
        self._result.write(folder, daily=self._daily, parquet=parquet)
