"""Commands run for real, in processes of their own or in this one, and what is left of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from typer.testing import CliRunner

from influence_sim.cli import app

PATIENCE = 120.0
TINY = """
days = 6
burn_in_days = 3
step_hours = 6.0

[network]
consumers = 60
mean_degree = 6

[incident]
day = 2
hit_share = 0.9
severity = 0.9

[parameters]
need_interval = 3.0
voice_intercept = 0.0
"""
STRATEGIES = ("-s", "broadcast,dialogue")


def here(*words: object, status: int = 0) -> str:
    """Run a command in this process; return what it says on standard error."""
    found = CliRunner().invoke(app, [*map(str, words)])
    assert found.exit_code == status, found.output
    if status:
        assert found.stdout == ""
        assert found.stderr.count("\n") == 1
    return found.stderr.removeprefix("influence-sim: ").strip()


def content(folder: Path) -> dict[str, bytes]:
    """All files; the moment when they were begun is left out."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return {name: re.sub(rb'"time": "[^"]*"', b"", data) for name, data in files.items()}


def wait_until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "got nowhere"
        time.sleep(0.01)


class Started:
    """A command in a session of its own, with a folder of its own for temporary files."""

    def __init__(self, scratch: Path, *words: object, **environment: str) -> None:
        self.temporary, self._said = scratch / "tmp", scratch / "said"
        self.temporary.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "influence_sim", *map(str, words)]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=os.environ | {"TMPDIR": str(self.temporary)} | environment,
                start_new_session=True,
            )

    def members(self) -> list[psutil.Process]:
        """Its processes that are alive, itself among them."""
        found = []
        for number in psutil.pids():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getpgid(number) == self.process.pid:
                    found.append(psutil.Process(number))
        return [one for one in found if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    def workers(self) -> list[psutil.Process]:
        """Those of its processes that run worlds."""
        try:
            return [one for one in self.members() if "LokyProcess" in " ".join(one.cmdline())]
        except psutil.NoSuchProcess:
            return []

    def end(self, status: int) -> str:
        """Wait for its end, and that of all it started; return what it said."""
        assert self.process.wait(PATIENCE) == status, self.said[-1000:]
        wait_until(lambda: not self.members())
        return self.said

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def kill(self) -> None:
        """Let nothing of it outlive a test."""
        for one in self.members():
            one.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
