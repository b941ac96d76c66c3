"""The command line. Heavy libraries load when a command first needs them, so that help comes at once."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from influence_sim.experiment.results import Comparison
    from influence_sim.scenario import Scenario

USAGE_ERROR = 2
INTERRUPTED = 130


class _Commands(TyperGroup):
    """Commands that end in one line and exit status 130 when they are interrupted, while options are read too."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        with _one_line_interrupts():
            return super().make_context(*args, **options)

    def invoke(self, *args: Any) -> Any:
        with _one_line_interrupts():
            return super().invoke(*args)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Does broadcast or dialogue keep customers? Simulate it: on your network, with your incident.",
)

ScenarioArgument = Annotated[
    str, typer.Argument(help="A scenario file, or the name of one that comes with the library.")
]
GraphOption = Annotated[str | None, typer.Option(help="A graph file; its nodes are the population.", metavar="FILE")]
DirectedOption = Annotated[
    bool | None,
    typer.Option(
        "--directed/--undirected",
        help="Whether a line of the graph file means one direction (from whom to whom a post goes).",
        show_default="undirected",
    ),
]
ReverseOption = Annotated[
    bool, typer.Option("--reverse", help="With --directed: a line says who follows whom, so posts go the other way.")
]
ReplicatesOption = Annotated[int, typer.Option("--replicates", "-r", help="Worlds per strategy.", metavar="R")]
DaysOption = Annotated[int | None, typer.Option(help="Days to simulate instead of the scenario's.", metavar="D")]
SeedOption = Annotated[int, typer.Option(help="Same seed, same numbers.", metavar="S")]
JobsOption = Annotated[int | None, typer.Option(help="Processes; as many as there are cores.", metavar="J")]
BatchOption = Annotated[int | None, typer.Option(help="Worlds a process advances together.", metavar="W")]
OutOption = Annotated[
    Path | None, typer.Option(help="Folder for the result's tables (CSV) and its manifest.", metavar="DIR")
]
CounterfactualOption = Annotated[
    bool, typer.Option(help="Run beside each world the one in which no incident strikes, to see what it did.")
]
PluginOption = Annotated[
    list[Path] | None,
    typer.Option("--plugin", help="A Python file that registers strategies; it is run.", metavar="FILE.py"),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on standard output.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no remarks.")]


@app.command()
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
    graph: GraphOption = None,
    directed: DirectedOption = None,
    reverse: ReverseOption = False,
    replicates: ReplicatesOption = 20,
    days: DaysOption = None,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    batch: BatchOption = None,
    counterfactual: CounterfactualOption = True,
    plugin: PluginOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Give the focal company each strategy in turn, in the same worlds, and print how they differ."""
    from influence_sim.experiment.words import in_words, shortages
    from influence_sim.report.tables import difference_tables, move_table, storm_table, strategy_tables

    names = None if strategies is None else _split(strategies)
    with _one_line_errors():
        _load_plugins(plugin)
    result = _experiment(
        scenario, names, graph, directed, reverse, replicates, days, seed, jobs, batch, counterfactual, out, quiet
    )
    with _then_written(result, out, quiet):
        if as_json:
            _print_json(result)
            return
        console = _console()
        _print(console, *strategy_tables(result, console.width))
        if len(result.strategies) > 1:
            _print(console, *difference_tables(result, console.width))
        _print(console, move_table(result), storm_table(result))
        if len(result.strategies) > 1:
            for sentence in in_words(result):
                console.print(sentence, style="bold")
        for sentence in shortages(result):
            console.print(sentence)


@app.command()
def run(
    scenario: ScenarioArgument = "shipping_delay",
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", "-s", help="What the focal company does; else as in the scenario.", metavar="NAME"),
    ] = None,
    graph: GraphOption = None,
    directed: DirectedOption = None,
    reverse: ReverseOption = False,
    replicates: ReplicatesOption = 10,
    days: DaysOption = None,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    batch: BatchOption = None,
    counterfactual: CounterfactualOption = True,
    plugin: PluginOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a scenario as it stands, and print how every company fares."""
    from influence_sim.report.tables import cascade_table, company_table, move_table, storm_table

    with _one_line_errors():
        _load_plugins(plugin)
        loaded = _load(scenario)
    if strategy is None:
        strategy = loaded.companies[loaded.focal_company].strategy
    result = _experiment(
        scenario, [strategy], graph, directed, reverse, replicates, days, seed, jobs, batch, counterfactual, out, quiet
    )
    with _then_written(result, out, quiet):
        if as_json:
            _print_json(result)
        else:
            console = _console()
            tables = (
                company_table(result, console.width),
                move_table(result),
                cascade_table(result),
                storm_table(result),
            )
            _print(console, *tables)


@app.command()
def validate(
    files: Annotated[list[str], typer.Argument(help="Scenario files.", metavar="FILE…")], plugin: PluginOption = None
) -> None:
    """Check scenario files and their networks: one line per fault, and exit status 2 if there is any."""
    from influence_sim.scenario import ScenarioError

    with _one_line_errors():
        _load_plugins(plugin)
    faulty = False
    for file in files:
        try:
            loaded = _load(file)
            loaded.setting(loaded.graph())
        except ValueError as error:
            print(error if isinstance(error, ScenarioError) else f"{file}: network: {error}", file=sys.stderr)
            faulty = True
        else:
            incident = _incidents(loaded)
            companies = f"{len(loaded.companies)} compan{'y' if len(loaded.companies) == 1 else 'ies'}"
            print(f"{file}: is valid: {companies}, {loaded.days} days, {incident}")
    if faulty:
        raise typer.Exit(USAGE_ERROR)


@app.command()
def strategies(
    scenario: Annotated[str | None, typer.Argument(help="A scenario, to list what it defines too.")] = None,
    plugin: PluginOption = None,
) -> None:
    """List the strategies with their levers, and what each lever means."""
    from influence_sim.report.tables import catalogue_tables
    from influence_sim.strategies import known as everything

    with _one_line_errors():
        _load_plugins(plugin)
        if scenario is None:
            known = list(everything().values())
        else:
            loaded = _load(scenario)
            known = [loaded.strategy(name) for name in loaded.strategies]
    _print(_console(), *catalogue_tables(known))


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="A strategy.", metavar="NAME")],
    scenario: Annotated[str | None, typer.Argument(help="A scenario that defines it, or whose costs count.")] = None,
    plugin: PluginOption = None,
) -> None:
    """Say what a strategy sets, which equations that reaches, and what it plans to spend."""
    from influence_sim.report.tables import explanation_tables
    from influence_sim.scenario import Scenario

    with _one_line_errors():
        _load_plugins(plugin)
        setting = Scenario() if scenario is None else _load(scenario)
        tables = list(explanation_tables(setting.strategy(name), setting))
    _print(_console(), *tables)


@app.command()
def plan() -> None:
    """Print the order of an hour and of a day, read from the engine itself."""
    from influence_sim.report.tables import plan_tables

    _print(_console(), *plan_tables())


@app.command()
def calibration(seed: SeedOption = 1, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Measure what the model reaches of the published figures it was tuned to (about a minute)."""
    from dataclasses import asdict

    from influence_sim.experiment import calibration as experiment
    from influence_sim.report.tables import calibration_table

    with _progress_bar(quiet, len(experiment.EXPERIMENTS), "experiments") as report:
        done = 0

        def on_step() -> None:
            nonlocal done
            done += 1
            if report is not None:
                report(done, len(experiment.EXPERIMENTS))

        found = experiment.calibration(seed=seed, on_step=on_step)
    if as_json:
        rows = [
            {**asdict(one.target), "reached": one.value, "error": _known(one.error), "met": one.is_met} for one in found
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(_console(), calibration_table(found))


@app.command()
def scenarios() -> None:
    """List the scenarios that come with the library."""
    from influence_sim.report.tables import scenario_table
    from influence_sim.scenario import shipped_scenarios

    with _one_line_errors():
        found = {name: _load(str(path)) for name, path in shipped_scenarios().items()}
    _print(_console(), scenario_table(found))


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # What an old encoding lacks is shown as a question mark rather than not at all.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


def _experiment(
    name: str,
    strategies: list[str] | None,
    graph: str | None,
    directed: bool | None,
    reverse: bool,
    replicates: int,
    days: int | None,
    seed: int,
    jobs: int | None,
    batch: int | None,
    counterfactual: bool,
    out: Path | None,
    quiet: bool,
) -> Comparison:
    """Load, and run with a progress bar; every foreseeable mistake ends in one line and exit status 2."""
    from influence_sim.experiment.compare import check_arguments
    from influence_sim.experiment.compare import compare as run_comparison
    from influence_sim.experiment.results import check_writable
    from influence_sim.experiment.runner import Interrupted
    from influence_sim.networks import describe
    from influence_sim.strategies import COMPARED_BY_DEFAULT

    with _one_line_errors(out):
        scenario = _load(name)
        changes: dict[str, Any] = {} if days is None else {"days": days}
        if graph is not None:
            # The whole path, so that the manifest can be run from any folder.
            path = str(Path(graph).absolute())
            changes |= {
                "network.kind": "file",
                "network.path": path,
                "network.directed": directed,
                "network.reverse": reverse,
            }
        elif reverse or directed is not None:
            raise ValueError("--directed, --undirected and --reverse say how to read a --graph FILE; there is none")
        if reverse and not directed:
            raise ValueError("--reverse turns directed lines round; say --directed too")
        scenario = scenario.with_values(changes)
        if strategies is None:
            strategies = [*COMPARED_BY_DEFAULT, *scenario.own_strategies]
        check_arguments(scenario, strategies, replicates=replicates, jobs=jobs, batch=batch)
        if out is not None:
            check_writable(out)
        people = scenario.graph()
        beside = bool(scenario.incident) and counterfactual
        worlds = replicates * len(strategies) * (1 + beside)
        _remark(quiet, f"{scenario.title or scenario.name}\n{describe(people)}")
        _remark(
            quiet,
            f"{len(strategies)} strateg{'y' if len(strategies) == 1 else 'ies'} × {replicates} replicates"
            f"{' × 2, with and without what strikes' if beside else ''} = {worlds} worlds "
            f"of {scenario.burn_in_days} + {scenario.days} days",
        )
        with _progress_bar(quiet, worlds) as on_progress:
            try:
                result = run_comparison(
                    scenario,
                    strategies,
                    replicates=replicates,
                    seed=seed,
                    graph=people,
                    jobs=_cores() if jobs is None else jobs,
                    batch=batch,
                    counterfactual=counterfactual,
                    on_progress=on_progress,
                )
            except Interrupted as stop:
                interruption: Interrupted | None = stop
            else:
                interruption = None
        if interruption is not None:
            nothing = "" if out is None else f"; nothing was written to {out}"
            _fail(f"{interruption}{nothing}", INTERRUPTED)
    return result


@contextmanager
def _then_written(result: Comparison, out: Path | None, quiet: bool) -> Iterator[None]:
    """Write the result to its folder after it has been printed; neither is lost where the other fails."""
    from influence_sim.experiment.results import RESULT_FILES

    try:
        with _one_line_errors("standard output"):
            yield
            sys.stdout.flush()
    finally:
        if out is not None:
            try:
                with _one_line_errors(out):
                    result.write(out)
            except KeyboardInterrupt:
                _fail(f"interrupted while writing to {out}", INTERRUPTED)
            _remark(quiet, f"written to {out}: {', '.join(RESULT_FILES)}")


def _known(value: float) -> float | None:
    return None if value != value else value


def _load_plugins(files: list[Path] | None) -> None:
    """Run Python files that register strategies."""
    import runpy

    for file in files or []:
        if not file.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        try:
            runpy.run_path(str(file))
        except (Exception, SystemExit) as error:
            raise ValueError(f"{file}: {type(error).__name__}: {error}") from None


def _incidents(scenario: Scenario) -> str:
    when = [
        f"a {one.kind} {'at random' if one.per_year else 'again and again'} from day {one.day} on"
        if one.per_year or one.repeats > 1
        else f"a {one.kind} on day {one.day}"
        for one in scenario.incident
    ]
    return ", ".join(when) or "no incident"


def _load(name: str) -> Scenario:
    from influence_sim.scenario import Scenario

    return Scenario.load(name)


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _one_line_errors(place: str | Path | None = None) -> Iterator[None]:
    """Turn what a user can mend into one line on standard error and exit status 2."""
    try:
        yield
    except BrokenPipeError:
        # Whoever reads the answer has seen enough.
        raise
    except OSError as error:
        where = error.filename or place
        _fail(f"{where}: {(error.strerror or str(error)).lower()}", USAGE_ERROR)
    except ValueError as error:
        _fail(str(error), USAGE_ERROR)


@contextmanager
def _one_line_interrupts() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)


def _fail(message: str, status: int) -> NoReturn:
    print(f"influence-sim: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _remark(quiet: bool, text: str) -> None:
    if not quiet:
        print(text, file=sys.stderr)


@contextmanager
def _progress_bar(quiet: bool, total: int, things: str = "worlds") -> Iterator[Callable[[float, float], None] | None]:
    """Show how much is done and the time left on standard error."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn(f"{{task.fields[done]:>6}} of {{task.total:.0f}} {things}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(things, total=total, done="0.0")
        yield lambda done, _: progress.update(task, completed=done, done=f"{done:.1f}")


def _console() -> Console:
    from rich.console import Console

    # A pipe has no width of its own: nothing is cut or wrapped there, unless a width is asked for. Names are shown as
    # they are, never as markup.
    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if narrow else 10_000, highlight=False, markup=False, emoji=False)


def _print(console: Console, *tables: Table | None) -> None:
    """Print tables; in a pipe without the blanks that pad their lines."""
    for table in tables:
        if table is None:
            continue
        with console.capture() as captured:
            console.print(table)
        text = captured.get()
        if not sys.stdout.isatty():
            text = "\n".join(line.rstrip() for line in text.split("\n"))
        print(text, end="")


def _print_json(result: Comparison) -> None:
    print(json.dumps(result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
