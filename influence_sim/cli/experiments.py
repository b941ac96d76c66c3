"""Commands that run worlds: compare strategies, or look at one scenario as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import FAILED, one_line_errors
from influence_sim.cli.loading import load, load_plugins, load_subject, processes_for, split
from influence_sim.cli.options import Execution, Output, ScenarioArgument, Subject, grouped
from influence_sim.cli.reports import then_reported
from influence_sim.cli.results import check_output, running, then_written
from influence_sim.cli.screen import console, print_json, print_tables, remark

if TYPE_CHECKING:
    from influence_sim.experiment.results import Comparison
    from influence_sim.experiment.sequential import Stopping


@dataclass(frozen=True, slots=True)
class Goal:
    """How sure a comparison has to be before it ends by itself."""

    precision: Annotated[
        float | None,
        typer.Option(help="Add replicates until every difference is known to ± so much.", metavar="HALF-WIDTH"),
    ] = None
    until_separated: Annotated[
        bool, typer.Option("--until-separated", help="Add replicates until every pair of strategies is told apart.")
    ] = False
    measure: Annotated[str, typer.Option(help="Of which measure.", metavar="NAME")] = "loyalty"
    level: Annotated[
        float, typer.Option(help="With which probability all this holds, however often one looks.", metavar="P")
    ] = 0.95
    most: Annotated[int, typer.Option(help="Replicates at which it ends in any case.", metavar="R")] = 400

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self.precision is not None or self.until_separated


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What is not known of the scenario itself."""

    posterior: Annotated[
        Path | None,
        typer.Option(
            help="Draws of what is not known, as `data fit` writes them: intervals then hold that, too.",
            metavar="FILE.csv",
        ),
    ] = None
    draws: Annotated[int, typer.Option(help="With --posterior: how many of its draws to run.", metavar="M")] = 40


REPLICATES, REPLICATES_PER_DRAW = 20, 4

ReplicatesOption = Annotated[int, typer.Option("--replicates", "-r", help="Worlds per strategy.", metavar="R")]


@app.command()
@grouped
def compare(
    scenario: ScenarioArgument = "shipping_delay",
    strategies: Annotated[
        str | None,
        typer.Option(
            "--strategies",
            "-s",
            help="Strategies of the focal company, separated by commas; differences are to the first.",
            metavar="A,B,…",
            show_default="broadcast, dialogue, silent and the scenario's own",
        ),
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            "-r",
            help="Worlds per strategy; with --posterior per draw.",
            metavar="R",
            show_default=f"{REPLICATES}; {REPLICATES_PER_DRAW} per draw",
        ),
    ] = None,
    *,
    uncertainty: Uncertainty,
    goal: Goal,
    subject: Subject,
    execution: Execution,
    output: Output,
) -> None:
    """Give the focal company each strategy in turn, in the same worlds, and print how they differ.

    Replicate r of every strategy has the same people, needs, failures and coin tosses, so what differs is what the
    strategy changed; and beside each world runs the one in which nothing goes wrong. Printed are every measure with
    its 95 % interval, paired differences to the first strategy, who went where, firestorms, and the answer in words.
    Without --out nothing is written.

    Examples
    --------
    influence-sim compare
        Deliveries are late: does broadcast, dialogue or silence keep customers? (a minute)
    influence-sim compare scandal -s broadcast,dialogue -r 40 --out talk --report
        Two strategies in a scandal, in more worlds; tables, and a report to read.
    influence-sim compare shipping_delay --graph friends.txt
        The same among your own people, an edge list.
    influence-sim compare --until-separated --measure profit --most 60
        How many worlds does it take to tell who earns most?

    Files
    -----
    DIR/summary.csv, runs.csv, daily.csv, spared.csv
        Means and differences with intervals; a row per world and company; every day's values; the same without the
        incident.
    DIR/storms.csv, cascades.csv, switches.csv, failures.csv
        Firestorms, cascades, who went where, and worlds that ended in an error.
    DIR/manifest.json
        The scenario in full, seeds and versions: what is needed to run it again.
    DIR/experiment.json, worlds/
        What --resume and `report` go on from.
    DIR/report.html
        With --report: one file that opens offline.

    Exit Status
    -----------
    1
        No world of a strategy finished; what the others did is printed and written all the same.

    See Also
    --------
    docs/start.md
    docs/experiments.md
    docs/scenarios.md
    """
    from influence_sim.experiment.words import unfinished

    names = None if strategies is None else split(strategies)
    with one_line_errors():
        load_plugins(subject.plugin)
    if replicates is None:
        replicates = REPLICATES if uncertainty.posterior is None else REPLICATES_PER_DRAW
    result = _experiment(scenario, names, replicates, subject, execution, output, goal, uncertainty)
    with then_written(result, output):
        if output.as_json:
            print_json(result.to_dict())
        else:
            _print_comparison(result, is_written=output.out is not None)
    then_reported(result, output)
    if unfinished([result]):
        raise typer.Exit(FAILED)


def _print_comparison(result: Comparison, is_written: bool) -> None:
    from influence_sim.experiment.words import in_words, losses, shortages, surety
    from influence_sim.report.tables import difference_tables, move_table, storm_table, strategy_tables

    screen = console()
    print_tables(screen, *strategy_tables(result, screen.width))
    if len(result.strategies) > 1:
        print_tables(screen, *difference_tables(result, screen.width))
    print_tables(screen, move_table(result), storm_table(result))
    if len(result.strategies) > 1:
        for sentence in in_words(result):
            screen.print(sentence, style="bold")
    for sentence in (*shortages(result), *surety(result), *losses(result, is_written)):
        screen.print(sentence)


@app.command()
@grouped
def run(
    scenario: ScenarioArgument = "shipping_delay",
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", "-s", help="What the focal company does; else as in the scenario.", metavar="NAME"),
    ] = None,
    replicates: ReplicatesOption = 10,
    *,
    subject: Subject,
    execution: Execution,
    output: Output,
) -> None:
    """Run a scenario as it stands, and print how every company fares.

    Nothing is compared: each company follows the strategy that the scenario gives it. Printed are the measures of every
    company with 95 % intervals, who went where, cascades by their source, and firestorms.

    Examples
    --------
    influence-sim run
        Who gains and who loses while our deliveries are late?
    influence-sim run scandal --strategy dialogue --replicates 20
        The same in a scandal, where we answer.
    influence-sim run quiet_year --days 60 --json
        Two quiet months, as JSON for a program.

    Files
    -----
    DIR
        With --out, the files of `compare`.

    Exit Status
    -----------
    1
        No world of a strategy finished; what the others did is printed and written all the same.

    See Also
    --------
    docs/scenarios.md
    docs/model.md
    """
    from influence_sim.report.tables import cascade_table, company_table, move_table, storm_table

    with one_line_errors():
        load_plugins(subject.plugin)
        loaded = load(scenario)
    if strategy is None:
        strategy = loaded.companies[loaded.focal_company].strategy
    result = _experiment(scenario, [strategy], replicates, subject, execution, output)
    with then_written(result, output):
        if output.as_json:
            print_json(result.to_dict())
        else:
            screen = console()
            tables = (
                company_table(result, screen.width),
                move_table(result),
                cascade_table(result),
                storm_table(result),
            )
            print_tables(screen, *tables)
    then_reported(result, output)


def _experiment(
    name: str,
    strategies: list[str] | None,
    replicates: int,
    subject: Subject,
    execution: Execution,
    output: Output,
    goal: Goal | None = None,
    uncertainty: Uncertainty | None = None,
) -> Comparison:
    """Load, and run with a progress bar; every foreseeable mistake ends in one line and exit status 2."""
    from influence_sim.experiment.compare import (
        comparison_at,
        comparison_over_posterior,
        make_plan,
        run_missing,
        store_for,
    )
    from influence_sim.experiment.plan import check_arguments
    from influence_sim.experiment.quantities import quantity
    from influence_sim.experiment.sequential import check_goal, compare_until
    from influence_sim.networks import describe
    from influence_sim.strategies import COMPARED_BY_DEFAULT

    with one_line_errors(output.out):
        scenario = load_subject(name, subject)
        if strategies is None:
            strategies = [*COMPARED_BY_DEFAULT, *scenario.own_strategies]
        check_arguments(scenario, strategies, replicates=replicates, jobs=execution.jobs, batch=execution.batch)
        if goal is not None and goal.is_set:
            quantity(goal.measure)
            check_goal(strategies, goal.precision, goal.until_separated, goal.level, goal.most)
            replicates = min(replicates, goal.most)
            if uncertainty is not None and uncertainty.posterior is not None:
                raise ValueError("--posterior and a precision: more replicates do not end what the data leave open")
        check_output(output)
        people = scenario.graph()
        beside = bool(scenario.incident) and subject.counterfactual
        jobs = processes_for(execution.jobs)
        plan = make_plan(
            scenario,
            strategies,
            replicates=replicates,
            seed=execution.seed,
            graph=people,
            counterfactual=subject.counterfactual,
            posterior=None if uncertainty is None else uncertainty.posterior,
            draws=2 if uncertainty is None else uncertainty.draws,
        )
        store = store_for(plan, jobs=jobs, batch=execution.batch, out=output.out, resume=output.resume)
        remark(output.quiet, f"{scenario.title or scenario.name}\n{describe(people)}")
        remark(
            output.quiet,
            f"{len(strategies)} strateg{'y' if len(strategies) == 1 else 'ies'} × {replicates} replicates"
            f"{f' × {len(plan.points)} draws of {plan.posterior}' if plan.posterior else ''}"
            f"{' × 2, with and without what strikes' if beside else ''} = {plan.worlds} worlds "
            f"of {scenario.burn_in_days} + {scenario.days} days",
        )
        with running(store, output) as bar:
            options: dict[str, Any] = {"jobs": jobs, "batch": execution.batch, "cluster": execution.cluster}
            options["on_progress"] = bar
            if goal is None or not goal.is_set:
                run_missing(store, **options)
                return comparison_over_posterior(store) if plan.posterior else comparison_at(store, 0)
            return compare_until(
                store,
                goal.measure,
                precision=goal.precision,
                separated=goal.until_separated,
                level=goal.level,
                most=goal.most,
                on_look=None if bar is None else lambda state: bar.tell(_least_sure(state)),
                **options,
            )


def _least_sure(state: Stopping) -> str:
    """Say in a few words how wide the widest interval is by now."""
    from influence_sim.experiment.words import signed

    pair = max(state.pairs, key=lambda pair: pair.half_width)
    interval = f"[{signed(pair.low)}, {signed(pair.high)}]"
    return f"{state.measure} after {state.replicates} replicates, {pair.name}: {signed(pair.mean)} {interval}"
