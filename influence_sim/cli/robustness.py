"""The command that tells which strategy one will regret least, and in which futures each fails."""

from __future__ import annotations

from typing import Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import one_line_errors
from influence_sim.cli.loading import load_plugins, load_subject, split
from influence_sim.cli.options import Execution, ScenarioArgument, grouped
from influence_sim.cli.reports import then_reported
from influence_sim.cli.results import check_output, interruptible
from influence_sim.cli.screen import console, print_json, print_tables, progress_bar, remark
from influence_sim.cli.studies import Answer, MeasureOption, Place, running, then_kept
from influence_sim.cli.sweeps import PointsOption, SampleOption, VaryOption


@app.command()
@grouped
def robustness(
    scenario: ScenarioArgument = "shipping_delay",
    vary: VaryOption = [],  # noqa: B006, the command line makes a new list each time
    strategies: Annotated[
        str,
        typer.Option(
            "--strategies",
            "-s",
            help="Strategies of the focal company, two or more, separated by commas.",
            metavar="A,B,…",
        ),
    ] = "broadcast,dialogue",
    replicates: Annotated[
        int, typer.Option("--replicates", "-r", help="Worlds per future and strategy.", metavar="R")
    ] = 10,
    sample: SampleOption = "lhs",
    points: PointsOption = 64,
    measure: MeasureOption = "profit",
    fails: Annotated[
        str | None,
        typer.Option(
            help="What counts as failing, such as 'profit<30000'.",
            metavar="MEASURE<VALUE",
            show_default="losing surely to the best strategy",
        ),
    ] = None,
    *,
    place: Place,
    execution: Execution,
    answer: Answer,
) -> None:
    """Tell which strategy one will regret least over a set of futures, and in which futures each fails.

    Regret is what one misses against the best strategy of the same future. Printed are the mean, the worst and the
    usual regret of each strategy, and the conditions (by PRIM) under which it fails.

    Examples
    --------
    influence-sim robustness --vary incident.severity=0.1:0.9 --points 8
        Severity unknown: whom shall I regret least?
    influence-sim robustness --vary incident.severity=0.1:0.9 --points 8 --fails "profit<20000" --out futures
        In which futures does a strategy earn less than 20,000?

    Files
    -----
    DIR/robustness.csv, futures.csv, conditions.csv
        With --out: regret by strategy, every future, and conditions of failure.
    DIR/ema_workbench.tar.gz
        The same for the EMA workbench.
    DIR/manifest.json, experiment.json, worlds/
        As `compare` has them.

    See Also
    --------
    docs/experiments.md
    """
    from influence_sim.experiment.design import Varied, check_points, points_of
    from influence_sim.experiment.plan import check_arguments
    from influence_sim.experiment.quantities import check_measures, needs_counterfactual
    from influence_sim.experiment.robustness import check_futures, judge
    from influence_sim.experiment.studies import run_points
    from influence_sim.experiment.verdicts import Threshold, rankable
    from influence_sim.report.robustness import failure_table, regret_table

    with one_line_errors(answer.out):
        load_plugins(place.plugin)
        loaded = load_subject(scenario, place.subject)
        if not vary:
            raise ValueError("nothing is varied; say what is uncertain, as in --vary incident.severity=0.1:0.9")
        names = split(strategies)
        known = rankable(measure, names)
        threshold = None if fails is None else Threshold.parse(fails)
        wanted = list(dict.fromkeys([measure, *([] if threshold is None else [threshold.measure.name])]))
        futures = points_of(
            [Varied.parse(text) for text in vary], sample, count=points, seed=execution.seed, scenario=loaded
        )
        check_futures(futures)
        check_measures(loaded, wanted)
        check_arguments(loaded, names, replicates=replicates, jobs=execution.jobs, batch=execution.batch)
        check_points(loaded, futures, names)
        check_output(answer.output)
        # A graph file that cannot be read is a mistake, too.
        how = running(loaded, place, execution)
        fates = 2 if needs_counterfactual(wanted) else 1
        worlds = len(futures) * len(names) * fates * replicates
        remark(
            answer.quiet,
            f"{loaded.title or loaded.name}\n{len(futures)} futures × {len(names)} strategies × {replicates} "
            f"replicates{' × 2, with and without what strikes' if fates == 2 else ''} = {worlds} worlds "
            f"of {loaded.burn_in_days} + {loaded.days} days",
        )
        with interruptible(answer.output), progress_bar(answer.quiet, worlds) as on_progress:
            runs = run_points(
                loaded,
                futures,
                names,
                wanted,
                replicates=replicates,
                seed=execution.seed,
                out=answer.out,
                resume=answer.resume,
                on_progress=on_progress,
                **how,
            )
        found = judge(
            futures,
            names,
            runs.values[..., 0],
            known,
            threshold=threshold,
            judged=runs.values[..., -1],
            company=loaded.company_names[loaded.focal_company],
            manifest=runs.manifest,
        )
    with then_kept(found.write, answer):
        if answer.as_json:
            print_json(
                {
                    "strategies": found.rows(),
                    "futures": found.futures(),
                    "conditions": found.conditions(),
                    "words": found.words(),
                }
            )
        else:
            screen = console()
            print_tables(screen, regret_table(found), failure_table(found))
            for sentence in found.words():
                screen.print(sentence)
    then_reported(found, answer)
