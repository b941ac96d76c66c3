"""The command that searches for the best setting of a strategy."""

from __future__ import annotations

from typing import Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import one_line_errors
from influence_sim.cli.loading import load_plugins, load_subject, split
from influence_sim.cli.options import Execution, ScenarioArgument, grouped
from influence_sim.cli.results import check_output, interruptible
from influence_sim.cli.screen import console, print_json, print_tables, progress_bar, remark
from influence_sim.cli.studies import Answer, Place, running, then_kept


@app.command()
@grouped
def optimise(
    scenario: ScenarioArgument = "shipping_delay",
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", help="A lever, or any other key, and its range. Several times.", metavar="LEVER=LOW:HIGH"
        ),
    ] = [],  # noqa: B006, the command line makes a new list each time
    maximise: Annotated[
        str | None, typer.Option(help="Measures to be as large as can be.", metavar="MEASURE,…")
    ] = None,
    minimise: Annotated[
        str | None, typer.Option(help="Measures to be as small as can be.", metavar="MEASURE,…")
    ] = None,
    subject: Annotated[
        list[str], typer.Option("--subject", help="A bound to keep. Several times.", metavar="MEASURE>=NUMBER")
    ] = [],  # noqa: B006
    worst: Annotated[bool, typer.Option("--worst", help="Judge by the worst world, not the mean.")] = False,
    strategy: Annotated[
        str, typer.Option("--strategy", "-s", help="Where to start: its other levers are kept.", metavar="NAME")
    ] = "dialogue",
    baseline: Annotated[
        str | None,
        typer.Option(help="The strategy to be beaten.", metavar="NAME", show_default="the one to start from"),
    ] = None,
    trials: Annotated[int, typer.Option(help="Settings to try.", metavar="T")] = 60,
    replicates: Annotated[int, typer.Option("--replicates", "-r", help="Worlds per setting.", metavar="R")] = 10,
    fresh: Annotated[
        int, typer.Option(help="Worlds, unseen by the search, per winner and baseline.", metavar="R")
    ] = 20,
    *,
    place: Place,
    execution: Execution,
    answer: Answer,
) -> None:
    """Search the best levers for one goal, or the trade-offs of several, and run the winners again in fresh worlds."""
    from influence_sim.experiment.optimise import Constraint, Goal, check_optuna
    from influence_sim.experiment.optimise import optimise as search
    from influence_sim.experiment.plan import check_arguments
    from influence_sim.report.optimise import optimum_table, optimum_words

    with one_line_errors(answer.out):
        check_optuna()
        load_plugins(place.plugin)
        loaded = load_subject(scenario, place.subject)
        goals = [Goal(name, 1) for name in split(maximise or "")] + [Goal(name, -1) for name in split(minimise or "")]
        constraints = [Constraint.parse(text) for text in subject]
        check_arguments(loaded, [strategy], replicates=replicates, jobs=execution.jobs, batch=execution.batch)
        check_output(answer.output)
        remark(
            answer.quiet,
            f"{loaded.title or loaded.name}\n{trials} trials × {replicates} replicates = {trials * replicates} worlds "
            f"of {loaded.burn_in_days} + {loaded.days} days; then {fresh} per winner and for the baseline",
        )
        with interruptible(answer.output), progress_bar(answer.quiet, trials * replicates) as on_progress:
            found = search(
                loaded,
                vary,
                goals,
                start=strategy,
                baseline=baseline,
                constraints=constraints,
                worst=worst,
                trials=trials,
                replicates=replicates,
                fresh_replicates=fresh,
                seed=execution.seed,
                out=answer.out,
                resume=answer.resume,
                on_progress=on_progress,
                **running(loaded, place, execution),
            )
    with then_kept(found.write, answer):
        if answer.as_json:
            print_json({**found.about(), "winners": found.rows()})
        else:
            screen = console()
            print_tables(screen, optimum_table(found))
            for sentence in optimum_words(found):
                screen.print(sentence)
