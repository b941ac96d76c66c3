"""Commands on a brand's own records: look a table over, and estimate what can be read off it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_sim.cli.application import Application, app
from influence_sim.cli.endings import INTERRUPTED, fail, one_line_errors
from influence_sim.cli.loading import processes_for
from influence_sim.cli.options import JobsOption, JsonOption, QuietOption, SeedOption, place
from influence_sim.cli.screen import console, print_json, print_tables, progress_bar, remark

if TYPE_CHECKING:
    from rich.table import Table as Shown

    from influence_sim.data.figures import Estimates
    from influence_sim.data.tables import Table

data = Application(
    """Read your own records: what they hold, and what can be estimated from them. Nothing leaves the machine.

    Records become a scenario in three steps: look them over, estimate what can be read off them, and fit the rest.

    Examples
    --------
    influence-sim data inspect mentions.csv
        What does the file hold, what is wrong with it, and what can it tell?
    influence-sim data estimate mentions.csv --what mentions
        How many posts a day, and how many of them complain?
    influence-sim data fit fit.toml mentions.csv --out fitted
        Which values of what nobody can observe would have made this record?
    """
)
app.add_typer(data, name="data")

FileArgument = Annotated[
    Path, typer.Argument(help="A table: CSV, JSON Lines or Parquet, gzipped or not.", metavar="FILE")
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="Which column plays a role where its name does not tell, as in --column time=sent (see docs/data.md).",
        metavar="ROLE=NAME",
    ),
]
ZoneOption = Annotated[
    str,
    typer.Option(help="In which zone days and hours are counted, and clocks stood that do not say.", metavar="ZONE"),
]


@data.command("inspect")
def inspect_table(
    file: FileArgument, column: ColumnOption = None, timezone: ZoneOption = "UTC", as_json: JsonOption = False
) -> None:
    """Say what a table holds, what is wrong with it, and what can and cannot be estimated from it.

    Columns are recognised by their names. Printed are which column plays which role, doublets, gaps and traces of how
    it was collected, and what each estimator lacks or objects to. Names of people and texts are never shown.

    Examples
    --------
    influence-sim data inspect mentions.csv
        What does the file hold, and what can it tell?
    influence-sim data inspect mentions.csv --column time=sent --timezone Europe/Berlin
        The same where the times have another name, and Berlin's clock.

    See Also
    --------
    docs/data.md
    """
    from influence_sim.data.inspection import inspect

    with one_line_errors(file):
        found = inspect(_read(file, column, timezone))
    if as_json:
        print_json(found.to_dict())
        return
    screen = console()
    span = f", {found.first} to {found.last}" if found.first else ""
    screen.print(f"{found.name}: {found.rows} rows{span}", style="bold")
    roles = _table("columns", "role", "column", "which says")
    from influence_sim.data.roles import ROLES

    for role, name in found.roles.items():
        roles.add_row(role, name, ROLES[role].meaning)
    possible = _table("what can be estimated", "--what", "finds", "can it")
    for one in found.possibilities:
        can = f"no: {one.lacks}" if one.lacks else "in part" if one.objections else "yes"
        possible.add_row(one.name, one.title, can)
    print_tables(screen, roles, possible)
    if found.companies:
        screen.print("companies: " + ", ".join(f"{name} {rows}" for name, rows in found.companies.items()))
    for finding in found.findings:
        screen.print(f"- {finding}")
    for one in found.possibilities:
        for objection in one.objections:
            screen.print(f"- {one.name}: {objection}")


@data.command("estimate")
def estimate_from_table(
    file: FileArgument,
    what: Annotated[
        str,
        typer.Option(help="mentions, bursts, cascades, replies, purchases, loyalty or churn.", metavar="NAME"),
    ],
    column: ColumnOption = None,
    timezone: ZoneOption = "UTC",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write what it sets in a scenario to a TOML file, to start one from.",
            metavar="FILE.toml",
            parser=place,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate something from a table, each figure with its 95 % interval.

    Printed are the figures, the key of a scenario that each sets, how well the description fits, and what one should
    know before using it.

    Examples
    --------
    influence-sim data estimate mentions.csv --what mentions
        How many posts a day, and how many of them complain?
    influence-sim data estimate purchases.csv --what purchases --out mine.toml
        How often does a customer buy? With the keys that this sets, to start a scenario from.

    Files
    -----
    FILE.toml
        With --out: the keys of a scenario with their values and intervals. A file that is there is not replaced.

    See Also
    --------
    docs/data.md
    """
    from influence_sim.data.estimators import estimate

    with one_line_errors(file):
        found = estimate(_read(file, column, timezone), what)
        if out is not None:
            _write_settings(out, found, file.name)
    if as_json:
        print_json(found.to_dict())
        return
    _show(found)


@data.command("fit")
def fit_to_table(
    case: Annotated[Path, typer.Argument(help="What is free and what is to be reproduced.", metavar="FIT.toml")],
    file: FileArgument,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder for the posterior, and what has been run, to go on from.", metavar="DIR", parser=place
        ),
    ],
    particles: Annotated[int, typer.Option(help="Values accepted in each generation.", metavar="P")] = 400,
    generations: Annotated[int, typer.Option(help="Generations, each nearer to the record.", metavar="G")] = 3,
    draws: Annotated[int, typer.Option(help="Draws of the posterior to write.", metavar="M")] = 200,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    column: ColumnOption = None,
    timezone: ZoneOption = "UTC",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit by simulation what cannot be read off a table, and predict the days that the fit has not seen.

    FIT.toml names a scenario, days of the record, what is free, and which summaries are to be reproduced; see the docs.
    Printed are the values with 95 % intervals, how much was learnt of each, and the prediction beside naive ones. What
    has been run is kept in the folder as it is done: the same command again goes on from there. It needs the extra fit.

    Examples
    --------
    influence-sim data fit fit.toml mentions.csv --out fitted
        Which values of what nobody can observe would have made this record? (minutes)
    influence-sim data fit fit.toml mentions.csv --out quick --particles 50 --generations 2
        The same, roughly.

    Files
    -----
    DIR/posterior.csv
        Equally likely values; `compare --posterior` carries them into an answer.
    DIR/fit.json, fit.md
        All that was found, for programs and for people.

    See Also
    --------
    docs/data.md
    docs/tutorials/calibrating.md
    """
    from influence_sim.experiment.folders import Hold
    from influence_sim.experiment.workers import processes
    from influence_sim.fitting.case import read_case
    from influence_sim.fitting.fit import FIT_FILE, POSTERIOR_FILE, check_place, fit, read_fit, write_fit
    from influence_sim.fitting.summaries import observed_counts
    from influence_sim.report.fitting import fit_tables, write_page

    with one_line_errors(out):
        asked = {"particles": particles, "generations": generations, "draws": draws, "seed": seed}
        for name, least in (("particles", 20), ("generations", 1), ("draws", 2)):
            if asked[name] < least:
                raise ValueError(f"--{name} {asked[name]}: must be at least {least}")
        if find_spec("pyabc") is None:
            from influence_sim.extras import needs_extra

            raise ValueError(needs_extra("fitting by simulation", "fit"))
        many = processes_for(jobs)
        read = read_case(case)
        table = _read(file, column, timezone)
        names = read.names(read.setting())
        counts = observed_counts(table, names, str(read.first), str(read.predicted_until))
        out.mkdir(parents=True, exist_ok=True)
        with Hold(out), progress_bar(quiet, generations, "generations") as bar:
            check_place(out, read, counts, asked)

            def on_generation(number: int, simulations: int) -> None:
                if bar is not None:
                    bar.tell(f"{simulations} simulations so far")
                    bar(number, generations)

            try:
                with processes(many) as executor:
                    found = fit(
                        read,
                        counts,
                        particles=particles,
                        generations=generations,
                        draws=draws,
                        seed=seed,
                        folder=out,
                        executor=executor,
                        jobs=many,
                        on_generation=on_generation,
                    )
            except KeyboardInterrupt:
                fail(f"interrupted; whole generations are kept in {out}, to go on from", INTERRUPTED)
            write_fit(found, read, file.name, out, asked)
            about = read_fit(out)
            written = write_page(about, out)
    if as_json:
        print_json(about)
    else:
        print_tables(console(), *fit_tables(about))
    remark(quiet, f"written to {out}: {', '.join((POSTERIOR_FILE, FIT_FILE, *written))}")


def _read(file: Path, column: list[str] | None, timezone: str) -> Table:
    from influence_sim.data.tables import read_table

    said = {}
    for one in column or []:
        role, equals, name = one.partition("=")
        if not equals:
            raise ValueError(f"--column {one}: a role and a column are expected, as in --column time=created_at")
        said[role] = name
    return read_table(file, said, timezone=timezone)


def _write_settings(out: Path, found: Estimates, source: str) -> None:
    """Write the scenario's keys that the figures set, whole or not at all; a file that is there is not replaced."""
    from influence_sim.experiment.folders import write_whole
    from influence_sim.scenario import Scenario

    settings = found.settings()
    if not settings:
        raise ValueError(f"{out}: {found.what} of this table set no key of a scenario, so there is nothing to write")
    if out.exists():
        raise ValueError(f"{out}: is there already; name another file (--out FILE.toml)")
    Scenario().with_values(settings)
    lines = [f"# {found.what}, estimated from {source}"]
    for name, figure in found.figures.items():
        if figure.sets in settings:
            interval = f"{figure.low:.4g} to {figure.high:.4g}"
            lines.append(f"{figure.sets} = {float(f'{figure.value:.6g}')!r}  # {name}, {figure.unit}; 95 %: {interval}")
    write_whole(out, ("\n".join(lines) + "\n").encode())


def _show(found: Estimates) -> None:
    screen = console()
    table = _table(found.what, "figure", "value", "95 % interval", "unit", "sets")
    for name, one in found.figures.items():
        table.add_row(name, _short(one.value), f"{_short(one.low)} … {_short(one.high)}", one.unit, one.sets)
    print_tables(screen, table)
    for key, value in found.diagnostics.items():
        screen.print(f"{key.replace('_', ' ')}: {_told(value)}")
    for note in found.notes:
        screen.print(f"- {note}")


def _told(value: Any) -> str:
    """Return a diagnostic in one line."""
    from influence_sim.data.figures import known

    value = known(value)
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')} {_told(one)}" for key, one in value.items())
    if isinstance(value, list):
        return " ".join(_told(one) for one in value)
    return _short(value) if isinstance(value, float) else str(value)


def _short(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def _table(title: str, *columns: str) -> Shown:
    from influence_sim.report.tables import plain_table

    table = plain_table(title)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
