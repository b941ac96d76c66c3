"""Scenarios, plugins and graphs that the command line names."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence_sim.cli.options import Subject
    from influence_sim.scenario import Scenario


def load(name: str) -> Scenario:
    """Return a scenario by file or name."""
    from influence_sim.scenario import Scenario

    return Scenario.load(name)


def load_subject(name: str, subject: Subject) -> Scenario:
    """Return a scenario, changed as the options say."""
    scenario = load(name)
    changes: dict[str, Any] = {} if subject.days is None else {"days": subject.days}
    if subject.graph is not None:
        # The whole path, so that the manifest can be run from any folder.
        changes |= {
            "network.kind": "file",
            "network.path": str(Path(subject.graph).absolute()),
            "network.directed": subject.directed,
            "network.reverse": subject.reverse,
            "network.header": subject.header,
        }
    elif subject.reverse or subject.directed is not None or subject.header is not None:
        raise ValueError(
            "--directed, --undirected, --reverse and --(no-)header say how to read a --graph FILE; there is none"
        )
    if subject.reverse and not subject.directed:
        raise ValueError("--reverse turns directed lines round; say --directed too")
    return scenario.with_values(changes)


def load_plugins(files: list[Path] | None) -> None:
    """Run Python files that register strategies."""
    import runpy

    for file in files or []:
        if not file.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        try:
            runpy.run_path(str(file))
        except (Exception, SystemExit) as error:
            raise ValueError(f"{file}: {type(error).__name__}: {error}") from None


def split(names: str) -> list[str]:
    """Return what is separated by commas."""
    return [name.strip() for name in names.split(",") if name.strip()]


def processes_for(jobs: int | None) -> int:
    """Return how many processes are asked for; as many as there are cores that this one may use, if none are named."""
    if jobs is not None:
        if jobs < 1:
            raise ValueError(f"jobs = {jobs}: must be at least 1")
        return jobs
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
