"""Ctrl-C ends a command at once, in order: it says what was finished and leaves nothing behind, not even a process."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from joblib.externals import loky
from typer.testing import CliRunner

from influence_sim.cli import app
from influence_sim.experiment import compare
from influence_sim.experiment.runner import Interrupted
from influence_sim.scenario import Scenario

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at processes in /proc")

PATIENCE = 60.0
TINY = """
burn_in_days = 1

[network]
consumers = 100
mean_degree = 6
"""


class Running:
    """A command in a process group of its own, that shows its progress as on a terminal."""

    def __init__(self, folder: Path, *words: object) -> None:
        (folder / "tmp").mkdir()
        self.folder = folder
        environment = os.environ | {
            "FORCE_COLOR": "1",
            "TERM": "xterm",
            "COLUMNS": "200",
            "PYTHONIOENCODING": "utf-8",
            "TMPDIR": str(folder / "tmp"),
        }
        command = [sys.executable, "-m", "influence_sim", *map(str, words)]
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=err, cwd=folder, env=environment, start_new_session=True
            )

    @property
    def stderr(self) -> str:
        text = (self.folder / "stderr").read_text(encoding="utf-8")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)

    @property
    def progress(self) -> float:
        """Worlds done, as the progress bar shows them."""
        shown = re.findall(r"(\d+\.\d) of \d+ worlds", self.stderr)
        return float(shown[-1]) if shown else -1.0

    def wait_until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not reached():
            assert self.process.poll() is None, f"ended by itself: {self.stderr}"
            assert time.monotonic() < end, f"got nowhere: {self.stderr}"
            time.sleep(0.01)

    def interrupt(self) -> int:
        """Press Ctrl-C, again if need be, and wait until all processes are gone; return how often it took."""
        presses = 0
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, f"does not end: {self.stderr}"
            os.killpg(self.process.pid, signal.SIGINT)
            presses += 1
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        end = time.monotonic() + 10
        while self.processes():
            assert time.monotonic() < end, f"still there: {self.processes()}"
            time.sleep(0.02)
        return presses

    def processes(self) -> list[int]:
        """Members of the process group, the dead that nobody has asked for excepted."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, group = status.read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(group) == self.process.pid and state != "Z":
                found.append(int(status.parent.name))
        return found

    def workers(self) -> list[int]:
        """Python processes started by the command, from their first moment on."""
        own = Path(f"/proc/{self.process.pid}/cmdline").read_bytes()
        found = []
        for number in set(self.processes()) - {self.process.pid}:
            with suppress(OSError):
                command = Path(f"/proc/{number}/cmdline").read_bytes()
                if command not in (b"", own) and b"resource_tracker" not in command:
                    found.append(number)
        return found

    def importing(self) -> list[int]:
        """Workers whose Python has started: it has decided what SIGINT does to it, and is about to import the rest."""
        found = []
        for number in self.workers():
            with suppress(OSError):
                status = Path(f"/proc/{number}/status").read_text()
                masks = re.findall(r"^Sig(?:Cgt|Ign):\s*(\w+)", status, re.MULTILINE)
                if any(int(mask, 16) & 1 << signal.SIGINT - 1 for mask in masks):
                    found.append(number)
        return found

    def ended_well(self) -> str:
        """Return the last line of a command that was interrupted as it should be."""
        assert self.process.returncode == 130
        assert "Traceback" not in self.stderr
        assert "Error" not in self.stderr
        assert "KeyboardInterrupt" not in self.stderr
        assert (self.folder / "stdout").read_bytes() == b""
        assert sorted(path.name for path in self.folder.iterdir()) == ["long.toml", "stderr", "stdout", "tmp"]
        assert list((self.folder / "tmp").iterdir()) == []
        return self.stderr.splitlines()[-1]


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Running]]:
    """Start ``compare`` on a scenario of so many days; what still runs in the end is killed."""
    started: list[Running] = []

    def run(days: int, *options: object) -> Running:
        (tmp_path / "long.toml").write_text(f"days = {days}\n{TINY}", encoding="utf-8")
        started.append(Running(tmp_path, "compare", "long.toml", "--out", "out", *options))
        return started[-1]

    yield run
    for one in started:
        if one.processes():
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait(PATIENCE)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_has_begun_ends_at_once_and_nothing_is_written(start, jobs):
    running = start(5000, "--jobs", jobs, "--replicates", 2, "--strategies", "silent")
    running.wait_until(lambda: running.progress > 0)
    assert running.interrupt() == 1
    assert running.ended_well() == "influence-sim: interrupted: 0 of 2 worlds were finished; nothing was written to out"


@pytest.mark.parametrize("jobs", [1, 2])
def test_it_says_how_many_worlds_were_finished(start, jobs):
    running = start(100, "--jobs", jobs, "--replicates", 3000, "--batch", 1, "--strategies", "silent")
    running.wait_until(lambda: running.progress >= 2 * jobs + 1)
    seen = running.progress
    running.interrupt()
    found = re.search(r"interrupted: (\d+) of 3000 worlds were finished", running.stderr)
    assert found
    # The bar also counts parts of worlds: one that a process works on, and one that it is handing over.
    assert 1 <= seen - 2 * jobs <= int(found[1]) < 3000


def test_batches_that_still_wait_do_not_complain(start):
    running = start(5000, "--jobs", 2, "--replicates", 40, "--batch", 1)
    running.wait_until(lambda: running.progress > 0)
    running.interrupt()
    running.ended_well()


@pytest.mark.parametrize("stage", ["workers", "importing"])
def test_workers_that_are_still_starting_do_not_complain(start, stage):
    running = start(5000, "--jobs", 2, "--replicates", 2, "--strategies", "silent")
    running.wait_until(lambda: running.progress >= 0 and getattr(running, stage)() != [])
    running.interrupt()
    running.ended_well()


def test_it_is_heard_while_workers_are_being_started(monkeypatch):
    def start_workers(self, *call):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(loky.ProcessPoolExecutor, "submit", start_workers)
    scenario = Scenario.of({"days": 2, "burn_in_days": 0, "network": {"consumers": 20, "mean_degree": 2.0}})
    with pytest.raises(KeyboardInterrupt) as caught:
        compare(scenario, ["silent"], replicates=2, jobs=2)
    assert isinstance(caught.value, Interrupted)
    assert (caught.value.finished, caught.value.total) == (0, 2)


@pytest.mark.parametrize("module", ["influence_sim.cli", "typer", "pydantic", "scipy", "joblib"])
def test_it_says_so_while_modules_are_still_being_imported(module):
    """The command line itself, and what it needs to read options and to begin."""
    script = (
        "import runpy, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "sys.argv = ['influence-sim', 'compare', 'quiet_year', '--days', '1', '-r', '2', '--jobs', '2', '-q']\n"
        "runpy.run_module('influence_sim', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 130
    assert re.fullmatch(r"influence-sim: interrupted.*\n", done.stderr)


def test_it_says_so_too_before_anything_has_run(tmp_path, monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Scenario, "graph", interrupt)
    result = CliRunner().invoke(app, ["compare", "quiet_year", "--out", str(tmp_path / "out")])
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []
    assert result.stdout == ""
    assert "interrupted" in result.stderr
