"""The command that finds out which assumptions a result hangs on."""

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
from influence_sim.cli.studies import Answer, MeasureOption, PairOption, PerPointOption, Place, running, then_kept


@app.command()
@grouped
def sensitivity(
    scenario: ScenarioArgument = "shipping_delay",
    strategies: PairOption = "broadcast,dialogue",
    measure: MeasureOption = "profit",
    method: Annotated[str, typer.Option(help="Screening, or shares of variance.", metavar="morris|sobol")] = "morris",
    trajectories: Annotated[
        int, typer.Option(help="Morris: paths; each takes a point per key and one more.", metavar="T")
    ] = 10,
    points: Annotated[
        int, typer.Option(help="Sobol: samples; each takes a point per key and two more.", metavar="N")
    ] = 64,
    only: Annotated[
        str | None,
        typer.Option(
            help="Vary these assumptions, separated by commas; none: '-'.", metavar="KEY,…", show_default="all of them"
        ),
    ] = None,
    width: Annotated[
        float, typer.Option(help="Share of each assumption's range that is used, around its value here.", metavar="W")
    ] = 1.0,
    vary: Annotated[
        list[str],
        typer.Option("--vary", help="Another key, or another range for one. Several times.", metavar="KEY=LOW:HIGH"),
    ] = [],  # noqa: B006, the command line makes a new list each time
    replicates: PerPointOption = 5,
    *,
    place: Place,
    execution: Execution,
    answer: Answer,
) -> None:
    """Find which assumptions the difference between two strategies hangs on, varying all of them at once.

    Morris' elementary effects tell in few worlds which assumptions matter at all; Sobol's indices share the variance
    out among them and their interactions. Printed is a row per assumption, the weightiest first, in words too.

    Examples
    --------
    influence-sim sensitivity --only margin,voice_loyalty --trajectories 4
        Which of these two matters more for the profit of dialogue over broadcast?
    influence-sim sensitivity --out screening --report
        Which of all assumptions matter? (half an hour)
    influence-sim sensitivity --method sobol --only margin,need_interval --points 4
        How much of the variance does each of them explain?

    Files
    -----
    DIR/sensitivity.csv, points.csv
        With --out: a row per key, and the points that were visited with what came of them.
    DIR/manifest.json, experiment.json, worlds/
        As `compare` has them.

    See Also
    --------
    docs/experiments.md
    docs/reference.md
    """
    from influence_sim.experiment.factors import assumptions, ranges
    from influence_sim.experiment.importance import Method
    from influence_sim.experiment.quantities import needs_counterfactual
    from influence_sim.experiment.sensitivity import check_sensitivity
    from influence_sim.experiment.sensitivity import sensitivity as study
    from influence_sim.report.sensitivity import sensitivity_table, sensitivity_words

    with one_line_errors(answer.out):
        load_plugins(place.plugin)
        loaded = load_subject(scenario, place.subject)
        if method not in list(Method):
            raise ValueError(f"--method {method}: must be one of {', '.join(Method)}")
        own = ranges(loaded, vary)
        named = [] if only == "-" else split(only or "")
        known = () if only == "-" else assumptions(loaded, named, width)
        factors = (*(one for one in known if one.key not in {other.key for other in own}), *own)
        names = split(strategies)
        is_morris = method == Method.MORRIS
        count = trajectories if is_morris else points
        check_sensitivity(
            loaded,
            names,
            measure,
            method,
            count,
            factors,
            replicates=replicates,
            jobs=execution.jobs,
            batch=execution.batch,
        )
        check_output(answer.output)
        visited = count * (len(factors) + (1 if is_morris else 2))
        fates = 2 if needs_counterfactual([measure]) else 1
        worlds = visited * 2 * fates * replicates
        remark(
            answer.quiet,
            f"{loaded.title or loaded.name}\n{len(factors)} keys, {count} {'paths' if is_morris else 'samples'}: "
            f"{visited} points × 2 strategies × {replicates} replicates"
            f"{' × 2, with and without what strikes' if fates == 2 else ''} = {worlds} worlds "
            f"of {loaded.burn_in_days} + {loaded.days} days",
        )
        with interruptible(answer.output), progress_bar(answer.quiet, worlds, at_once=False) as on_progress:
            found = study(
                loaded,
                names,
                measure,
                method=method,
                count=count,
                factors=factors,
                replicates=replicates,
                seed=execution.seed,
                out=answer.out,
                resume=answer.resume,
                on_progress=on_progress,
                **running(loaded, place, execution),
            )
    with then_kept(found.write, answer):
        if answer.as_json:
            print_json({**found.about(), "keys": found.rows()})
        else:
            screen = console()
            print_tables(screen, sensitivity_table(found))
            for sentence in sensitivity_words(found):
                screen.print(sentence)
    then_reported(found, answer)
