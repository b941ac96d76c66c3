"""Running all checks, on all cores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from influence_sim.experiment.workers import processes
from influence_sim.verification.findings import Check, Finding, Size
from influence_sim.verification.real_data import VARIABLE, data_folder, missing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check.

    Attributes
    ----------
    check
        The check.
    findings
        What it found; empty where it was skipped.
    missing
        Files of real data without which it could not run.
    seconds
        How long it took.
    """

    check: Check
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    seconds: float


def all_checks() -> tuple[Check, ...]:
    """Return every check: exact results of the textbook models, limits of the whole model, patterns in data."""
    from influence_sim.verification.exact import CHECKS as EXACT
    from influence_sim.verification.patterns import CHECKS as PATTERNS
    from influence_sim.verification.reductions import CHECKS as REDUCTIONS

    checks = (*EXACT, *REDUCTIONS, *PATTERNS)
    names = [check.name for check in checks]
    if again := {name for name in names if names.count(name) > 1}:
        raise RuntimeError(f"two checks are called {again.pop()}")
    return checks


def verify(size: Size | str = Size.SMALL, *, only: Iterable[str] | None = None, jobs: int = 1) -> Iterator[Outcome]:
    """Check the arguments, and return what comes of each check, in their order, as it is run.

    Parameters
    ----------
    size
        ``small`` (half a minute in all) or ``full`` (the sizes of the published tests).
    only
        Names of checks; None: all of them.
    jobs
        Processes.

    Raises
    ------
    ValueError
        If a name or the size is unknown, or the folder of real data that is named does not exist.
    WorkerError
        If workers were lost.
    """
    known = {check.name: check for check in all_checks()}
    names = list(known) if only is None else list(only)
    if not names:
        raise ValueError(f"no check is named; there are {', '.join(known)}")
    for name in names:
        if name not in known:
            raise ValueError(f"there is no check {name!r}; there are {', '.join(known)}")
    if size not in list(Size):
        raise ValueError(f"size = {size!r}: must be {' or '.join(Size)}")
    if (named := os.environ.get(VARIABLE)) and data_folder() is None:
        raise ValueError(f"{VARIABLE} = {named}: there is no such folder of real data")
    wanted = Size(size)
    if jobs == 1:
        return (_run(known[name], wanted) for name in names)
    return _spread([known[name] for name in names], wanted, jobs)


def _spread(checks: Sequence[Check], size: Size, jobs: int) -> Iterator[Outcome]:
    with processes(jobs) as executor:
        yield from executor.map(_run, checks, repeat(size))


def _run(check: Check, size: Size) -> Outcome:
    absent = tuple(missing(check, data_folder()))
    begun = time.perf_counter()
    findings = () if absent else tuple(check.run(size))
    return Outcome(check, findings, absent, time.perf_counter() - begun)
