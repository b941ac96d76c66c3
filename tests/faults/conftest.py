"""Small disks, and a small experiment that nothing has disturbed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faulty import STRATEGIES, TINY, Started, here


class Disk:
    """A disk in memory that is as large as one likes."""

    def __init__(self, place: Path, size: str) -> None:
        self.place = place
        place.mkdir()
        self._call("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place))

    def make(self, size: str) -> None:
        """Make it larger."""
        self._call("mount", "-o", f"remount,size={size}", str(self.place))

    def freeze(self) -> None:
        """Let it be read only."""
        self._call("mount", "-o", "remount,ro", str(self.place))

    def unmount(self) -> None:
        self._call("umount", "--lazy", str(self.place))

    @staticmethod
    def _call(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path) -> Iterator[Callable[[str], Disk]]:
    """What makes a disk of so many bytes; skips where nobody may, but not where all tests must run."""
    made: list[Disk] = []

    def make(size: str) -> Disk:
        try:
            made.append(Disk(tmp_path / f"disk{len(made)}", size))
        except (OSError, subprocess.CalledProcessError) as error:
            why = f"no small disk can be mounted here: {error}"
            if sys.platform.startswith("linux") and os.environ.get("CI"):
                pytest.fail(why)
            pytest.skip(why)
        return made[-1]

    yield make
    for one in made:
        one.unmount()


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Started]]:
    """What starts a command; what still runs in the end is killed."""
    started: list[Started] = []

    def run(*words: object, **environment: str) -> Started:
        started.append(Started(tmp_path / f"started{len(started)}", *words, **environment))
        return started[-1]

    yield run
    for one in started:
        one.kill()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("faults") / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def words(tiny) -> tuple[object, ...]:
    """A comparison of two units; where it goes is left to say."""
    return ("compare", tiny, *STRATEGIES, "-r", 4, "--batch", 8, "--jobs", 1, "--quiet", "--out")


@pytest.fixture(scope="session")
def whole(words, tmp_path_factory) -> Path:
    """What it keeps if nothing happens."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    here(*words, folder)
    return folder
