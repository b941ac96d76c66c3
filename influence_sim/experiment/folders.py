"""Folders that one run writes to at a time, and files in them that appear whole or not at all."""

from __future__ import annotations

import errno
import importlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from influence_sim.files import PlainError

FORMAT = 1
"""Version of the layout of folders and of the files in them; raised when older versions of the library could not read
them."""
DRAFT, SCRATCH = ".draft", ".writing-"
"""How names of unfinished files end, and those of folders with unfinished files begin."""
_REMEDIES = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there",
    errno.EROFS: "name a folder that can be written to",
}


class StoreError(PlainError):
    """A folder does not hold what is asked of it, or cannot; one line says what and what to do."""


def check_format(found: Mapping[str, Any], file: Path) -> None:
    """Raise a StoreError if what a file says of itself is of a format that is not known yet; without one it is 1."""
    kind = found.get("format", 1)
    if type(kind) is not int or kind < 1:
        raise StoreError(f"{file}: is damaged, its format is no number; delete it, or name another folder")
    if kind > FORMAT:
        raise StoreError(f"{file}: was written by a newer version of influence_sim; update it to read this")


class Hold:
    """The right to write to a folder, until it is given back or the process ends, however it ends.

    The system keeps it, so that nothing stale is ever left. Where it cannot lock folders, as on Windows and some
    network disks, nobody is kept out.

    Raises
    ------
    StoreError
        If another run holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        try:
            locks: Any = importlib.import_module("fcntl")
        except ImportError:
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            locks.flock(handle, locks.LOCK_EX | locks.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise StoreError(f"{folder}: another run is writing to it; wait for it, or name another folder") from None
        except OSError:
            os.close(handle)
        else:
            self._handle = handle

    def release(self) -> None:
        """Give it back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    __del__ = release

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def write_whole(file: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all, so that no crash leaves a part of it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    # A name of its own: what two write at once must not be mixed.
    draft = file.with_name(f".{uuid.uuid4().hex}.{file.name}{DRAFT}")
    with naming(file):
        try:
            with draft.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, file)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def naming(place: str | Path) -> Iterator[None]:
    """Let errors name what a user knows, where the system names a draft, or nothing, as on a full disk."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(place)) from None


def reason(error: OSError) -> str:
    """Return in a few words why a file cannot be read or written, and what would help."""
    said = (error.strerror or str(error)).lower()
    return f"{said}; {_REMEDIES[error.errno]}" if error.errno in _REMEDIES else said


def clear(folder: Path) -> None:
    """Remove what runs left unfinished that were killed."""
    for draft in folder.glob(f"**/.*{DRAFT}"):
        draft.unlink(missing_ok=True)
    for scratch in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(scratch, ignore_errors=True)
