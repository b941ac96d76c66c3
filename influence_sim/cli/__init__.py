"""The command line. Heavy libraries load when a command first needs them, so that help comes at once."""

import io
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
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # What an old encoding lacks is shown as a question mark rather than not at all.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
