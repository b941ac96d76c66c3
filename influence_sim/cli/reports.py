"""The command that writes a report, and what other commands need to write theirs."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import one_line_errors
from influence_sim.cli.loading import load_plugins, processes_for, split
from influence_sim.cli.options import JobsOption, Output, PluginOption, QuietOption
from influence_sim.cli.results import interruptible
from influence_sim.cli.screen import progress_bar, remark

if TYPE_CHECKING:
    from influence_sim.cli.studies import Answer
    from influence_sim.report.document import Document


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="What compare, run or a study kept with --out.", metavar="DIR")],
    form: Annotated[str, typer.Option("--format", help="One HTML file, or Markdown.", metavar="html|md")] = "html",
    figures: Annotated[
        str, typer.Option(help="Write each picture by itself, too, into DIR/figures.", metavar="svg,png")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="Another folder to write to.", metavar="DIR", show_default="the same folder")
    ] = None,
    measure: Annotated[str, typer.Option(help="What the report of a sweep shows.", metavar="NAME")] = "profit",
    screen: Annotated[
        int,
        typer.Option(
            help="Find out first which assumptions matter, along so many paths (4 is a beginning); runs many worlds.",
            metavar="PATHS",
        ),
    ] = 0,
    jobs: JobsOption = None,
    plugin: PluginOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write one HTML file that says what came of an experiment, in words, tables and pictures; it opens offline.

    DIR is what compare, run, sweep, phases, sensitivity or robustness kept with --out; a search writes its own. Nothing
    is run again but the hours of the biggest firestorm. It needs the extra viz.

    Examples
    --------
    influence-sim report out
        A page to read and to pass on: out/report.html.
    influence-sim report out --format md --figures png
        The same as Markdown, with each picture by itself.
    influence-sim report out --screen 4
        And on which assumptions does it hang? (an hour)

    Files
    -----
    DIR/report.html, report.md
        The report.
    DIR/figures/
        With --figures: each picture by itself.

    See Also
    --------
    docs/reports.md
    """
    from influence_sim.figures.style import check_drawable
    from influence_sim.report.document import check_formats, write_document

    with one_line_errors(folder):
        load_plugins(plugin)
        kinds = split(figures)
        check_formats(form, kinds)
        check_drawable()
        document = _document_of(folder, measure, screen, processes_for(jobs), quiet)
        written = write_document(document, folder if to is None else to, form=form, pictures=kinds)
    more = f", its pictures to {written[-1].parent}" if len(written) > 1 else ""
    remark(quiet, f"written to {written[0]}{more}")


def _document_of(folder: Path, measure: str, paths: int, jobs: int, quiet: bool) -> Document:
    from influence_sim.experiment.results import Comparison
    from influence_sim.experiment.screening import kept_screens, screen, worlds_of_screening
    from influence_sim.report.comparison import comparison_document
    from influence_sim.report.opening import study_document

    if paths < 0 or paths == 1:
        raise ValueError(f"--screen {paths}: two paths or more are needed")
    result = study_document(folder, measure)
    if not isinstance(result, Comparison):
        if paths:
            raise ValueError(f"--screen: {folder} holds no comparison of strategies at one setting")
        return result
    if not paths:
        return comparison_document(result, folder=folder, screens=kept_screens(folder, result))
    total = worlds_of_screening(paths)
    remark(quiet, f"{paths} paths through all assumptions = {total} worlds; what is done is kept in {folder}")
    with interruptible(Output(folder)), progress_bar(quiet, total, at_once=False) as bar:
        return comparison_document(
            result, folder=folder, screens=screen(result, folder, paths, jobs=jobs, on_progress=bar)
        )


def then_reported(result: Any, answer: Answer | Output, measure: str = "profit") -> None:
    """Write the report of what a command has run, if it was asked for."""
    if not answer.report or answer.out is None:
        return
    from influence_sim.report.writing import write_report

    with one_line_errors(answer.out):
        written = write_report(result, answer.out, measure=measure, typed=_typed())
    remark(answer.quiet, f"report: {written[0]}")


def _typed() -> str:
    """Return the command that is running, without what only says where its answer goes."""
    left_out = {"--report", "--resume", "--json", "--quiet", "-q"}
    return shlex.join(["influence-sim", *(word for word in sys.argv[1:] if word not in left_out)])
