"""The whole model as the tests have it a second time: plain Mesa, an agent per consumer, one thing at a time."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers.works import Go, Start, Work
from benchmarks.peers.worlds import DAYS, MEASURED, SEED, STRATEGY, scenario, setting

TESTS = Path(__file__).parents[3] / "tests"
sys.path += [str(TESTS), str(TESTS / "twin")]

from twin_model import TwinModel  # noqa: E402

NAME, SLOW = "scalar twin", True


def whole(work: Work) -> Start:
    large = scenario(work)

    def start(seed: int) -> Go:
        conduct = [course.levers for course in large.courses(None)]
        twins = [
            TwinModel(setting(work), SEED, replicate, conduct, large.courses(STRATEGY))
            for replicate in range(work.replicates)
        ]

        def go() -> list[float]:
            for twin in twins:
                twin.run_days(DAYS[work.process])
            return [company[name] for name in MEASURED for twin in twins for company in twin.measured[-1]]

        return go

    return start


WORKS = {"whole model": {"": whole}}
