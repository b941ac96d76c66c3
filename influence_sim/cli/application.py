"""The application that commands belong to."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from influence_sim.cli.endings import one_line_interrupts, one_line_misuse


class Commands(TyperGroup):
    """Commands that end in one line when they are misused or interrupted, while options are read too."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read options and arguments."""
        with one_line_interrupts(), one_line_misuse():
            return super().make_context(*args, **options)

    def invoke(self, *args: Any) -> Any:
        """Run a command."""
        with one_line_interrupts(), one_line_misuse():
            return super().invoke(*args)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Does broadcast or dialogue keep customers? Simulate it: on your network, with your incident.",
)
