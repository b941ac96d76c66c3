"""What commands that study many points have in common: where their answers go, and how their worlds are run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_sim.cli.endings import INTERRUPTED, fail, one_line_errors
from influence_sim.cli.loading import processes_for
from influence_sim.cli.options import (
    Execution,
    HeaderOption,
    JsonOption,
    Output,
    QuietOption,
    ReportOption,
    Subject,
    place,
)
from influence_sim.cli.screen import remark

if TYPE_CHECKING:
    from influence_sim.scenario import Scenario

PairOption = Annotated[
    str,
    typer.Option(
        "--strategies",
        "-s",
        help="Two strategies of the focal company, separated by a comma; studied is the second less the first.",
        metavar="A,B",
    ),
]
MeasureOption = Annotated[str, typer.Option(help="In which measure.", metavar="NAME")]
PerPointOption = Annotated[int, typer.Option("--replicates", "-r", help="Worlds per point and strategy.", metavar="R")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the simulation takes place."""

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
    plugin: Annotated[
        list[Path] | None,
        typer.Option("--plugin", help="A Python file that registers strategies; it is run.", metavar="FILE.py"),
    ] = None

    @property
    def subject(self) -> Subject:
        """The same, as what other commands take."""
        return Subject(self.graph, self.directed, self.reverse, self.header, self.days, True, self.plugin)


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the answer of a study goes."""

    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for what is run, as it is done, then tables (CSV) and a manifest.", metavar="DIR", parser=place
        ),
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on from what --out DIR holds already.")] = False
    report: ReportOption = False
    as_json: JsonOption = False
    quiet: QuietOption = False

    @property
    def output(self) -> Output:
        """The same, as what other commands take."""
        return Output(self.out, self.resume, False, self.report, self.as_json, self.quiet)


def running(scenario: Scenario, place: Place, execution: Execution) -> dict[str, Any]:
    """Return how worlds are run, as a study takes it."""
    return {
        "graph": scenario.graph() if place.graph is not None else None,
        "jobs": processes_for(execution.jobs),
        "batch": execution.batch,
        "cluster": execution.cluster,
    }


@contextmanager
def then_kept(write: Callable[[Path], Sequence[str]], answer: Answer | Output) -> Iterator[None]:
    """Write tables to the folder after the answer has been printed; neither is lost where the other fails."""
    out = answer.out
    try:
        with one_line_errors("standard output"):
            yield
            sys.stdout.flush()
    finally:
        if out is not None:
            try:
                with one_line_errors(out, "; --resume writes again"):
                    files = write(out)
            except KeyboardInterrupt:
                fail(f"interrupted while writing to {out}; --resume writes again", INTERRUPTED)
            remark(answer.quiet, f"written to {out}: {', '.join(files)}")
