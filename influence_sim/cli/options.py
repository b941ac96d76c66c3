"""Options that several commands share, in groups that a command takes as one argument."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

type Plugins = list[Path] | None


def place(text: str) -> Path:
    """Return where something is to be written; an empty word, as an unset variable leaves it, names no place."""
    if not text:
        raise typer.BadParameter("an empty name is no place to write to; leave the option out, or name one")
    return Path(text)


ScenarioArgument = Annotated[
    str, typer.Argument(help="A scenario file, or the name of one that comes with the library.")
]
PluginOption = Annotated[
    list[Path] | None,
    typer.Option("--plugin", help="A Python file that registers strategies; it is run.", metavar="FILE.py"),
]
SeedOption = Annotated[int, typer.Option(help="Same seed, same numbers.", metavar="S")]
JobsOption = Annotated[int | None, typer.Option(help="Processes; as many as there are cores.", metavar="J")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on standard output.")
]
ReportOption = Annotated[
    bool, typer.Option("--report", help="Write a report with pictures into --out DIR, too: DIR/report.html.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no remarks.")]


HeaderOption = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether the first line of an edge list is a header, not a tie.",
        show_default="recognised",
    ),
]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is simulated."""

    graph: Annotated[str | None, typer.Option(help="A graph file; its nodes are the population.", metavar="FILE")] = (
        None
    )
    directed: Annotated[
        bool | None,
        typer.Option(
            "--directed/--undirected",
            help="Whether a line of the graph file means one direction (from whom to whom a post goes).",
            show_default="undirected",
        ),
    ] = None
    reverse: Annotated[
        bool,
        typer.Option("--reverse", help="With --directed: a line says who follows whom, so posts go the other way."),
    ] = False
    header: HeaderOption = None
    days: Annotated[int | None, typer.Option(help="Days to simulate instead of the scenario's.", metavar="D")] = None
    counterfactual: Annotated[
        bool, typer.Option(help="Run beside each world the one in which no incident strikes, to see what it did.")
    ] = True
    plugin: PluginOption = None


@dataclass(frozen=True, slots=True)
class Execution:
    """On which draws, and how it is spread over processes."""

    seed: SeedOption = 1
    jobs: JobsOption = None
    batch: Annotated[int | None, typer.Option(help="Worlds a process advances together.", metavar="W")] = None
    cluster: Annotated[
        str | None,
        typer.Option(
            help="A Dask scheduler whose workers run the worlds; --jobs is then the least number of parts.",
            metavar="tcp://HOST:PORT",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Output:
    """Where the answer goes."""

    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the worlds, as they are done, then tables (CSV) and a manifest.",
            metavar="DIR",
            parser=place,
        ),
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the worlds that --out DIR holds already.")] = (
        False
    )
    parquet: Annotated[bool, typer.Option("--parquet", help="Write the daily values as Parquet, too.")] = False
    report: ReportOption = False
    as_json: JsonOption = False
    quiet: QuietOption = False


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options: each parameter that is a group appears as the options it consists of."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Callable[..., Any]] = {
        name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)
    }
    options = {name: [field.name for field in fields(hints[name])] for name in groups}
    shown = []
    for name, parameter in inspect.signature(command).parameters.items():
        of_group = inspect.signature(groups[name]).parameters if name in groups else {name: parameter}
        kinds = get_type_hints(groups[name], include_extras=True) if name in groups else hints
        shown += [
            one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=kinds[option])
            for option, one in of_group.items()
        ]

    def expanded(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{option: given.pop(option) for option in options[name]})
        command(**given)

    # What reads a command's options looks at these.
    about: dict[str, Any] = {
        "__name__": command.__name__,
        "__doc__": command.__doc__,
        "__module__": command.__module__,
        "__signature__": inspect.Signature(shown),
        "__annotations__": {one.name: one.annotation for one in shown},
    }
    for name, value in about.items():
        setattr(expanded, name, value)
    return expanded
