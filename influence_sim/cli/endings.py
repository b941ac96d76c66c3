"""How commands end when something is wrong: one line on standard error, and a status that says which kind it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer

_Misuse: Any = typer.BadParameter.__base__
"""What typer raises for all that is wrong with options and arguments; it has no public name for it."""

_NUMBERS = {"int_parsing": "a whole number", "int_from_float": "a whole number", "float_parsing": "a number"}
"""What should have been given, by pydantic's name of the fault."""

FAILED = 1
USAGE_ERROR = 2
INTERRUPTED = 130


@contextmanager
def one_line_errors(place: str | Path | None = None, then: str = "") -> Iterator[None]:
    """Turn what a user can mend into one line and exit status 2.

    ``place`` is named where the error names none; ``then`` says how to go on once it is mended.
    """
    try:
        yield
    except BrokenPipeError:
        # Whoever reads the answer has seen enough.
        raise
    except OSError as error:
        from influence_sim.experiment.folders import reason

        fail(f"{error.filename or place}: {reason(error)}{then}", USAGE_ERROR)
    except ValueError as error:
        fail(str(error), USAGE_ERROR)


@contextmanager
def one_line_misuse() -> Iterator[None]:
    """Turn options that cannot be read into one line and exit status 2, where typer would take four."""
    try:
        yield
    except _Misuse as error:
        _say_plainly(error)
        context, said = error.ctx, error.format_message()
        if "\n" in said:
            # The whole help, which is what a command without arguments answers with.
            raise
        command = "influence-sim" if context is None else context.command_path
        fail(f"{said.rstrip('.')} (see {command} --help)", USAGE_ERROR)


def _say_plainly(error: Any) -> None:
    """Give a value that is no number, which newer versions of typer leave to pydantic's words, words of our own."""
    faults: list[Any] = getattr(error.__cause__, "errors", list)()
    if faults and faults[0]["type"] in _NUMBERS:
        error.message = f"must be {_NUMBERS[faults[0]['type']]}, not {faults[0]['input']!r}"


@contextmanager
def one_line_interrupts() -> Iterator[None]:
    """Turn Ctrl-C into one line and exit status 130."""
    try:
        yield
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)


def fail(message: str, status: int) -> NoReturn:
    """End the command."""
    from influence_sim.files import plain

    print(f"influence-sim: {plain(message)}", file=sys.stderr)
    raise typer.Exit(status)
