"""Files of others, read whole into memory, up to a limit, whatever they claim to be."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import Any

LARGEST_BYTES = 2 << 30
"""Bytes, unpacked, beyond which a file is refused."""
LONGEST_LINE = 1 << 20
"""Bytes (of tables: characters) beyond which a line is refused; a piece of a file, cut at lines, is hardly longer."""
_TRUSTED_BYTES = 64 << 20
_MOST_PACKED = 100
"""No table or list of edges is packed so tightly; beyond the trusted bytes such a file is a bomb."""
_PIECE = 1 << 20
_LARGEST_JSON = 64 << 20


def plain(text: str) -> str:
    """Return a text without anything that a terminal would obey, and no word longer than a path; ends of lines stay."""
    shown = "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )
    return re.sub(r"\S{1000,}", lambda word: f"{word[0][:60]}…", shown)


def did_you_mean(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """Return a hint at the known name that is closest to a wrong one, or nothing."""
    close = get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def beside(path: str | Path) -> list[str]:
    """Return the names of the files in the folder where a file should be; none where there is no such folder."""
    try:
        return sorted(file.name for file in Path(path).parent.iterdir() if file.is_file())
    except OSError:
        return []


class PlainError(ValueError):
    """An error whose text, much of it out of files of others, holds nothing that a terminal would obey."""

    def __init__(self, text: str) -> None:
        super().__init__(plain(text))


class UnreadableFileError(ValueError):
    """A file that cannot be read, with the reason in a few words; who asked names the file."""


class NoFileError(UnreadableFileError):
    """There is no such file."""


def within_memory[**P, R](error: Callable[[str], Exception]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function, whose first argument is the path of a file, raise ``error`` where the file needs more memory."""

    def decorate(read: Callable[P, R]) -> Callable[P, R]:
        @wraps(read)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return read(*args, **kwargs)
            except MemoryError:
                path = args[0] if args else kwargs["path"]
                raise error(f"{path}: is too large for the memory of this machine; cut it into parts") from None

        return guarded

    return decorate


def read_whole(path: str | Path, largest: int | None = None) -> bytes:
    """Return what a file holds, unpacked if its first two bytes say that it is a gzip file.

    Never more than ``largest`` bytes (:data:`LARGEST_BYTES` if left out) are in memory for it.

    Raises
    ------
    UnreadableFileError
        If there is no such file, it is no regular file or may not be read, is damaged, or is too large.
    """
    file, largest = Path(path), LARGEST_BYTES if largest is None else largest
    try:
        if file.exists() and not file.is_file():
            raise UnreadableFileError("cannot be read: is a directory" if file.is_dir() else "is no regular file")
        packed = file.stat().st_size
        with file.open("rb") as raw:
            is_gzip = raw.read(2) == b"\x1f\x8b"
        if not is_gzip:
            if packed > largest:
                raise UnreadableFileError(too_large(largest))
            return file.read_bytes()
        return _unpacked(file, packed, largest)
    except (FileNotFoundError, NotADirectoryError):
        hint = did_you_mean(file.name, beside(file))
        raise NoFileError(f"cannot be read: there is no such file{hint}") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFileError(f"damaged or cut-off gzip file ({error}); fetch it again") from None
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror or error}") from None


def read_json(path: str | Path) -> Any:
    """Return what a file of JSON holds, up to 64 MiB of it.

    Raises
    ------
    UnreadableFileError
        As :func:`read_whole`, and if it is no JSON or nested deeper than it can be followed.
    """
    text = read_whole(path, _LARGEST_JSON)
    try:
        return json.loads(text)
    except RecursionError:
        raise UnreadableFileError("cannot be read: it is nested too deeply") from None
    except ValueError as error:
        raise UnreadableFileError(f"cannot be read: {str(error).partition(' (')[0]}") from None


def _unpacked(file: Path, packed: int, largest: int) -> bytes:
    most = min(largest, max(_TRUSTED_BYTES, _MOST_PACKED * packed))
    found = io.BytesIO()
    with gzip.open(file) as stream:
        while piece := stream.read(_PIECE):
            found.write(piece)
            if found.tell() > largest:
                raise UnreadableFileError(too_large(largest))
            if found.tell() > most:
                raise UnreadableFileError(
                    f"unpacks to more than {_MOST_PACKED} times its size, as no honest text does; unpack it yourself "
                    "if you trust it"
                )
    # Unlike a bytearray, it gives its bytes away without a copy.
    return found.getvalue()


def too_large(largest: int) -> str:
    """Return what is said of a file of more bytes than these."""
    return f"is larger than {largest / 2**30:g} GiB unpacked; cut it into parts"
