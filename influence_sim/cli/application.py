"""The application that commands belong to, and how their manuals are shown."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from influence_sim.cli.endings import one_line_interrupts, one_line_misuse
from influence_sim.cli.manual import EXAMPLES, FILES, SEE_ALSO, Entries, Manual

_ORDER = (
    "compare",
    "run",
    "scenarios",
    "strategies",
    "explain",
    "plan",
    "validate",
    "sweep",
    "phases",
    "sensitivity",
    "robustness",
    "optimise",
    "report",
    "dashboard",
    "data",
    "claims",
    "verify",
    "calibration",
)
"""What is listed first; commands that are not named here come last."""


_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


class Command(TyperCommand):
    """A command whose docstring is its manual."""

    def __init__(self, *args: Any, help: str | None = None, **options: Any) -> None:
        self.manual = Manual.of(help or "")
        super().__init__(*args, help=self.manual.text, **options)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Show what comes after the options: examples, files, exit status, and where more is said."""
        sections = self.manual.sections
        _show(formatter, "Examples", sections.get(EXAMPLES, ()))
        _show(formatter, "Files", sections.get(FILES, ()))
        with formatter.section("Exit status"):
            formatter.write_dl(self.manual.status)
        if SEE_ALSO in sections:
            with formatter.section("See also"):
                formatter.write_text(", ".join(term for term, _ in sections[SEE_ALSO]))


class Commands(TyperGroup):
    """Commands that end in one line when they are misused or interrupted, while options are read too."""

    def __init__(self, *args: Any, help: str | None = None, **options: Any) -> None:
        self.manual = Manual.of(help or "")
        super().__init__(*args, help=self.manual.text, **options)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands, the most wanted first."""
        return sorted(self.commands, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Show first steps."""
        _show(formatter, "First steps", self.manual.sections.get(EXAMPLES, ()))

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read options and arguments."""
        with one_line_interrupts(), one_line_misuse():
            return super().make_context(*args, **options)

    def invoke(self, *args: Any) -> Any:
        """Run a command."""
        with one_line_interrupts(), one_line_misuse():
            return super().invoke(*args)


def _show(formatter: Any, title: str, entries: Entries) -> None:
    """Show terms as they are, to be copied, and below each what it means."""
    if not entries:
        return
    with formatter.section(title):
        for term, said in entries:
            indent = " " * formatter.current_indent
            lines = wrap(term, formatter.width - 2, initial_indent=indent, subsequent_indent=5 * indent, **_WORDS)
            formatter.write(" \\\n".join(lines) + "\n")
            with formatter.indentation(), formatter.indentation():
                formatter.write_text(said)


class Application(typer.Typer):
    """An application whose commands have manuals."""

    def __init__(self, help: str, **options: Any) -> None:
        names = ["-h", "--help"]
        super().__init__(
            cls=Commands,
            help=help,
            no_args_is_help=True,
            rich_markup_mode=None,
            context_settings={"help_option_names": names},
            **options,
        )

    def command[F: Callable[..., Any]](self, name: str | None = None, **options: Any) -> Callable[[F], F]:
        """Register a command."""
        return super().command(name, cls=Command, **options)


app = Application(
    """Does broadcast or dialogue keep customers? Simulate it: on your network, with your incident.

    Consumers and companies sit on a social graph; complaints, praise and ads spread through it; companies follow
    strategies between broadcast (pushing messages) and dialogue (listening, answering, acting on what they hear). All
    commands are about scenarios: files that say who is in the market and what happens to it. Ten come along.

    Examples
    --------
    influence-sim compare
        A retailer's deliveries are late: who keeps its customers, broadcast, dialogue or silence? (a minute)
    influence-sim scenarios
        Which other scenarios come along, and the question that each asks.
    influence-sim compare quiet_year --graph friends.txt --out quiet --report
        The same on your own network, where nothing goes wrong; with tables, and a report to read.
    influence-sim COMMAND --help
        Options of a command, examples, the files it writes, and where more is said.
    """,
    add_completion=True,
    pretty_exceptions_enable=False,
)
