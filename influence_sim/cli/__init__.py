"""The command line. Heavy libraries load when a command first needs them, so that help comes at once."""

import io
import os
import sys

from influence_sim.cli import (
    claims,
    dashboard,
    data,
    evidence,
    experiments,
    inspection,
    optimise,
    phases,
    reports,
    robustness,
    sensitivity,
    sweeps,
)
from influence_sim.cli.application import app

# Importing the modules with the commands registers these.
__all__ = [
    "app",
    "claims",
    "dashboard",
    "data",
    "evidence",
    "experiments",
    "inspection",
    "main",
    "optimise",
    "phases",
    "reports",
    "robustness",
    "sensitivity",
    "sweeps",
]


def main() -> None:
    """Run the command line; an answer that cannot be written is told in one line."""
    if sys.stdout is None:
        # Whoever closes it wants no answer.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # What an old encoding lacks is shown as a question mark rather than not at all.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except OSError as error:
        _unwritten(error)


def _unwritten(error: OSError) -> None:
    """End because the answer could not be written, to a full disk for instance."""
    # What is left in the buffer would be tried once more at the end, and fail with a page of Python.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    place, said = error.filename or "standard output", (error.strerror or str(error)).lower()
    print(f"influence-sim: {place}: {said}", file=sys.stderr)
    sys.exit(2)
