"""Commands that say why the model may be believed: what it was tuned to, and what it then reproduces."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import FAILED, one_line_errors
from influence_sim.cli.loading import processes_for, split
from influence_sim.cli.options import JobsOption, JsonOption, QuietOption, SeedOption
from influence_sim.cli.screen import console, print_json, print_tables, progress_bar


@app.command()
def verify(
    size: Annotated[
        str, typer.Option(help="small: half a minute. full: at the sizes of the published tests.", metavar="small|full")
    ] = "small",
    only: Annotated[
        str | None, typer.Option(help="Names of checks, separated by commas; else all.", metavar="A,B,…")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of real data; else INFLUENCE_SIM_DATA, or ../shared/data.", metavar="DIR"),
    ] = None,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check the library against exact results and real data; exit status 1 if anything fails.

    Printed is a row per finding: what was reached, what is expected, and whether that holds; then what it amounts to.

    Examples
    --------
    influence-sim verify
        Does it reproduce what theory fixes, and what real data show? (half a minute)
    influence-sim verify --size full
        The same at the sizes of the published tests. (some minutes)

    Exit Status
    -----------
    1
        Something that was checked does not hold.

    See Also
    --------
    docs/validation.md
    """
    from influence_sim.report.evidence import verification_summary, verification_tables
    from influence_sim.verification import all_checks
    from influence_sim.verification import verify as run_checks
    from influence_sim.verification.real_data import VARIABLE

    outcomes = []
    with one_line_errors():
        if data is not None:
            if not data.is_dir():
                raise ValueError(f"{data}: there is no such folder of real data")
            # Whoever runs the checks, in this process or another, looks there.
            os.environ[VARIABLE] = str(data.absolute())
        names = None if only is None else split(only)
        total = len(all_checks()) if names is None else len(names)
        found = run_checks(size, only=names, jobs=processes_for(jobs))
        with progress_bar(quiet, total, "checks") as report:
            for outcome in found:
                outcomes.append(outcome)
                if report is not None:
                    report(len(outcomes), total)
    if as_json:
        print_json(
            [
                {
                    "check": one.check.name,
                    "missing": one.missing,
                    "seconds": one.seconds,
                    "findings": [{**asdict(finding), "verdict": finding.verdict} for finding in one.findings],
                }
                for one in outcomes
            ]
        )
    else:
        screen = console()
        print_tables(screen, *verification_tables(outcomes))
        for sentence in verification_summary(outcomes):
            screen.print(sentence)
    if any(finding.is_failure for one in outcomes for finding in one.findings):
        raise typer.Exit(FAILED)


@app.command()
def calibration(seed: SeedOption = 1, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Measure what the model reaches of the published figures it was tuned to (about a minute).

    Printed is a row per target: the published figure with its source, what is reached, and whether that is near enough.
    Being tuned to, they are no validation.

    Examples
    --------
    influence-sim calibration
        How near does it come to what it was tuned to?

    See Also
    --------
    docs/validation.md
    docs/reference.md
    """
    from influence_sim.experiment import calibration as experiment
    from influence_sim.report.evidence import calibration_table

    with progress_bar(quiet, len(experiment.EXPERIMENTS), "experiments") as report:
        done = 0

        def on_step() -> None:
            nonlocal done
            done += 1
            if report is not None:
                report(done, len(experiment.EXPERIMENTS))

        found = experiment.calibration(seed=seed, on_step=on_step)
    if as_json:
        print_json(
            [{**asdict(one.target), "reached": one.value, "error": one.error, "met": one.is_met} for one in found]
        )
    else:
        print_tables(console(), calibration_table(found))
