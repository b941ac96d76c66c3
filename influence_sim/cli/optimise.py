"""The command that searches for the best setting of a strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import one_line_errors
from influence_sim.cli.loading import load_plugins, load_subject, split
from influence_sim.cli.options import Execution, ScenarioArgument, grouped
from influence_sim.cli.reports import then_reported
from influence_sim.cli.results import check_output, interruptible
from influence_sim.cli.screen import console, print_json, print_tables, progress_bar, remark
from influence_sim.cli.studies import Answer, Place, running, then_kept

if TYPE_CHECKING:
    from influence_sim.experiment.optimise import SearchPlan


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
    """Search the best levers for one goal, or the trade-offs of several, and run the winners again in fresh worlds.

    A search needs the extra optimise. What wins it was lucky, too, so winners and the baseline meet again in worlds
    that the search has not seen; that is what is printed, with intervals, and what was tried is kept.

    Examples
    --------
    influence-sim optimise --vary reply_capacity=0:20 --maximise profit --trials 10
        How many replies an hour earn most?
    influence-sim optimise --vary reply_capacity=0:20 --maximise profit --subject "loyalty>=0.4" --out search
        The same where loyalty must be kept, with tables.
    influence-sim optimise --vary paid_reach=0:1 --maximise profit --minimise storm_days --trials 10
        What does a quiet channel cost?

    Files
    -----
    DIR/optimum.csv, trials.csv
        With --out: the winners beside the baseline, and every setting that was tried.
    DIR/manifest.json
        As `compare` has it.

    See Also
    --------
    docs/experiments.md
    """
    from influence_sim.experiment.goals import Constraint, Goal
    from influence_sim.experiment.optimise import plan_search, run_search
    from influence_sim.experiment.plan import check_arguments
    from influence_sim.report.optimise import optimum_table, optimum_words

    with one_line_errors(answer.out):
        load_plugins(place.plugin)
        loaded = load_subject(scenario, place.subject)
        check_arguments(loaded, [strategy], replicates=replicates, jobs=execution.jobs, batch=execution.batch)
        plan = plan_search(
            loaded,
            vary,
            [Goal(name, 1) for name in split(maximise or "")] + [Goal(name, -1) for name in split(minimise or "")],
            start=strategy,
            baseline=baseline,
            constraints=[Constraint.parse(text) for text in subject],
            worst=worst,
            trials=trials,
            replicates=replicates,
            fresh_replicates=fresh,
        )
        check_output(answer.output)
        remark(answer.quiet, _banner(plan))
        total = plan.worlds + plan.fresh_worlds(1)
        with interruptible(answer.output), progress_bar(answer.quiet, total, at_once=False) as on_progress:
            found = run_search(
                plan,
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
    then_reported(found, answer)


def _banner(plan: SearchPlan) -> str:
    """Say what will be run; how many settings win is not known before."""
    setting, beside = plan.scenario, " × 2, with and without what strikes" if plan.fates == 2 else ""
    one = len(plan.aims.goals) == 1
    return (
        f"{setting.title or setting.name}\n"
        f"({plan.trials} trials + {plan.baseline}) × {plan.replicates} replicates{beside} = {plan.worlds} worlds "
        f"of {setting.burn_in_days} + {setting.days} days; then {'the winner' if one else 'each winner'} and "
        f"{plan.baseline}, {plan.fresh_replicates} fresh replicates each{beside}"
        f"{f' = {plan.fresh_worlds(1)} worlds more' if one else ''}"
    )
