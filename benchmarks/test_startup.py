"""How long it takes to begin: fresh processes, in turn. That nothing heavy is loaded is for the tests to say."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

import pytest

TURNS, ATTEMPTS = 5, 3
IMPORT = "import influence_sim"
BESIDE = "import numpy, pydantic"
HELP = "import sys; from influence_sim.__main__ import main; sys.argv = ['influence-sim', '--help']; main()"
TIMES_BESIDE, HELP_SECONDS = 1.5, 1.0


def seconds(script: str) -> float:
    before = perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    return perf_counter() - before


def medians(*scripts: str) -> list[float]:
    """Return how long scripts take, run in turn; the first turn fills the caches of the disk."""
    turns = [[seconds(script) for script in scripts] for _ in range(1 + TURNS)]
    return [median(taken) for taken in zip(*turns[1:], strict=True)]


@pytest.mark.benchmark(group="start-up")
@pytest.mark.parametrize("script", [IMPORT, BESIDE, HELP], ids=["influence_sim", "numpy and pydantic", "--help"])
def test_start(benchmark, script: str) -> None:
    benchmark.pedantic(seconds, (script,), rounds=TURNS, warmup_rounds=1)


def test_the_import_takes_hardly_longer_than_its_largest_parts() -> None:
    nothing = "pass"
    for _ in range(ATTEMPTS):
        empty, own, beside = medians(nothing, IMPORT, BESIDE)
        if own - empty <= TIMES_BESIDE * (beside - empty):
            return
    pytest.fail(f"{IMPORT}: {own - empty:.3f} s more than nothing, {BESIDE}: {beside - empty:.3f} s")


def test_help_comes_within_a_second() -> None:
    """An absolute time, as it is a promise; of some attempts the fastest, as others may use the machine."""
    taken = min(seconds(HELP) for _ in range(ATTEMPTS))
    assert taken <= HELP_SECONDS
