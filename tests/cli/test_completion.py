"""Shells complete commands and options."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def completed(line):
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1), "_INFLUENCE_SIM_COMPLETE": "complete_bash"}
    program = [
        sys.executable,
        "-c",
        "import sys; sys.argv[0] = 'influence-sim'; import influence_sim.cli as c; c.main()",
    ]
    return subprocess.run(program, capture_output=True, text=True, env={**os.environ, **words}).stdout.split()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("influence-sim com", {"compare"}),
        ("influence-sim compare --rep", {"--replicates", "--report"}),
        ("influence-sim data i", {"inspect"}),
    ],
)
def test_commands_and_options(line, found):
    assert set(completed(line)) == found
