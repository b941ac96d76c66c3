"""Edge lists: from the bytes of a file to arrays of its nodes' names, checked line by line in whole arrays."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from influence_sim.files import PlainError, UnreadableFileError, read_whole

type Integers = NDArray[np.int64]
type Labels = NDArray[np.object_] | NDArray[np.int64]
type Flags = NDArray[np.bool_]

EXPECTED = "two ids, separated by whitespace or a comma, then the same number of further columns on every line"
_SHOWN = 80
_LONGEST = 19
_FEW = 100
_NEWLINE, _COMMA, _QUOTE, _MINUS, _ZERO = b'\n,"-0'

_SOLID, _BLANK, _BREAK, _ALIEN = range(4)
_KINDS = np.full(256, _SOLID, dtype=np.uint8)
_KINDS[:32] = _ALIEN
_KINDS[list(b" \t\v\f")] = _BLANK
_KINDS[_NEWLINE] = _BREAK


class NetworkError(PlainError):
    """A network that cannot be read or used; the message is one line."""


@dataclass(frozen=True)
class Edges:
    """The edges of a file: positions in ``labels`` of both ends, shape (edges,), in the order of the file."""

    source: Integers
    target: Integers
    labels: Labels


@dataclass(frozen=True)
class _Rows:
    """The lines that hold data, shape (rows,) each; ``start`` and ``end`` of the first two columns, shape (2, rows)."""

    raw: bytes
    line: Integers
    columns: Integers
    start: Integers
    end: Integers
    fault: Flags

    def __len__(self) -> int:
        return self.line.size

    def without_first(self) -> _Rows:
        return _Rows(self.raw, self.line[1:], self.columns[1:], self.start[:, 1:], self.end[:, 1:], self.fault[1:])

    def tokens(self) -> list[str]:
        """Return the first and then the second column as text."""
        pairs = zip(self.start.ravel().tolist(), self.end.ravel().tolist(), strict=True)
        return [self.raw[a:b].decode() for a, b in pairs]


def read_bytes(path: str | Path) -> bytes:
    """Return what the file holds, unpacked if its first two bytes say that it is a gzip file.

    Raises
    ------
    NetworkError
        If the file cannot be read, is empty or too large, or is a damaged gzip file.
    """
    try:
        raw = read_whole(path)
    except UnreadableFileError as error:
        raise NetworkError(f"{path}: {error}") from error
    if not raw.strip():
        raise NetworkError(f"{path}: the file is empty; expected a network")
    return raw


def parse(raw: bytes, path: str | Path, header: bool | None) -> Edges:
    """Return the edges written in ``raw``; ``path`` is named in messages.

    Raises
    ------
    NetworkError
        If a line is malformed or no edge is left. It names the first such line.
    """
    raw = raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise _malformed(path, raw, raw.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from None
    rows = _rows(raw, path)
    if header and len(rows):
        rows = rows.without_first()
    if rows.fault.any():
        at = int(np.argmax(rows.fault))
        problem = "has one column" if rows.columns[at] < 2 else "has an empty id or one with a space"
        raise _malformed(path, raw, int(rows.line[at]), problem)
    value, is_integer = _integers(rows)
    if header is None and len(rows) > 1 and _is_header(rows, value, is_integer, path):
        rows, value, is_integer = rows.without_first(), value[:, 1:], is_integer[:, 1:]
    if not len(rows):
        raise NetworkError(f"{path}: the file has no edges; expected {EXPECTED}")
    uneven = rows.columns != rows.columns[0]
    if uneven.any():
        at = int(np.argmax(uneven))
        problem = f"has {rows.columns[at]} columns where line {rows.line[0]} has {rows.columns[0]}"
        if at == 1 and header is None:
            problem += " (if that is a header, say header=True)"
        raise _malformed(path, raw, int(rows.line[at]), problem)
    if is_integer.all():
        numbers, place = np.unique(value, return_inverse=True)
        source, target = place.reshape(2, -1)
        return Edges(source, target, numbers)
    tokens = rows.tokens()
    names = sorted(set(tokens))
    index = {name: k for k, name in enumerate(names)}
    source, target = np.fromiter(map(index.__getitem__, tokens), np.int64, len(tokens)).reshape(2, -1)
    return Edges(source, target, np.array(names, dtype=object))


def as_integers(names: list[str]) -> Integers | None:
    """Return the numbers that the names write, or None unless each is a plain integer as in an edge list."""
    raw = "\n".join(names).encode()
    end = np.cumsum([len(name.encode()) + 1 for name in names]) - 1
    start = np.concatenate([[0], end[:-1] + 1])
    value, plain = _plain_integers(np.frombuffer(raw, dtype=np.uint8), start, end)
    return value if plain.all() else None


def _rows(raw: bytes, path: str | Path) -> _Rows:
    """Cut the text into lines and columns, leaving out blank lines and comments."""
    data = np.frombuffer(raw, dtype=np.uint8)
    comma_separated = _is_comma_separated(raw)
    kinds = _KINDS.copy()
    if comma_separated:
        kinds[[_COMMA, _QUOTE]] = _BLANK
    kind = kinds[data]
    alien = kind == _ALIEN
    if alien.any():
        raise _malformed(path, raw, raw.count(b"\n", 0, int(np.argmax(alien))) + 1, "is not text")
    solid = np.concatenate([[False], kind == _SOLID, [False]])
    start, end = np.flatnonzero(solid[1:] != solid[:-1]).reshape(-1, 2).T
    line = np.searchsorted(np.flatnonzero(kind == _BREAK), start)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    columns = np.diff(first, append=start.size)
    comment = np.isin(data[start[first]], list(b"#%"))
    first, columns = first[~comment], columns[~comment]
    second = np.minimum(first + 1, max(start.size - 1, 0))
    fault = columns < 2
    if comma_separated:
        comma = np.flatnonzero(data == _COMMA)
        newline = np.concatenate([[-1], np.flatnonzero(kind == _BREAK), [data.size]])
        line_start, line_end = newline[line[first]], newline[line[first] + 1]
        third = np.minimum(first + 2, max(start.size - 1, 0))
        after = np.where(columns > 2, start[third], line_end)
        upto = [np.searchsorted(comma, at) for at in (line_start, start[first], start[second], after, line_end)]
        columns = upto[4] - upto[0] + 1
        fault |= (upto[1] != upto[0]) | (upto[2] != upto[1] + 1) | ((after < line_end) & (upto[3] == upto[2]))
    both = np.stack([first, second])
    return _Rows(raw, line[first] + 1, columns, start[both], end[both], fault)


def _is_comma_separated(raw: bytes) -> bool:
    """Say whether the first line of data has a comma, other than in a trailing {…} as NetworkX writes it."""
    at = 0
    while at < len(raw):
        stop = raw.find(b"\n", at)
        stop = len(raw) if stop < 0 else stop
        text = raw[at:stop].strip()
        if text and text[:1] not in (b"#", b"%"):
            return b"," in text.split(b"{")[0]
        at = stop + 1
    return False


def _integers(rows: _Rows) -> tuple[Integers, Flags]:
    """Return the first two columns as integers and whether they are, shape (2, rows) each."""
    data = np.frombuffer(rows.raw, dtype=np.uint8)
    value, plain = _plain_integers(data, rows.start.ravel(), rows.end.ravel())
    return value.reshape(2, -1), plain.reshape(2, -1)


def _plain_integers(data: NDArray[np.uint8], start: Integers, end: Integers) -> tuple[Integers, Flags]:
    """Return the integers written in ``data[start:end]`` and which of them are.

    Plain means digits after at most a minus, no leading zeros (007 and 7 may be two ids), within 64 bits.
    """
    last = data.size - 1
    minus = (end > start) & (data[np.minimum(start, last)] == _MINUS)
    start = start + minus
    length = end - start
    leading_zero = data[np.minimum(start, last)] == _ZERO
    plain = (length > 0) & (length <= _LONGEST) & ~(leading_zero & ((length > 1) | minus))
    value = np.zeros(start.size, dtype=np.uint64)
    for k in range(min(int(length.max(initial=0)), _LONGEST)):
        within = k < length
        # A byte below the digit 0 wraps around to a large one.
        digit = data[np.minimum(start + k, last)] - np.uint8(_ZERO)
        plain &= ~within | (digit < 10)
        value = np.where(within, value * np.uint64(10) + digit, value)
    plain &= value <= np.uint64(2**63 - 1)
    signed = value.astype(np.int64)
    return np.where(minus, -signed, signed), plain


def _is_header(rows: _Rows, value: Integers, is_integer: Flags, path: str | Path) -> bool:
    """Say whether the first row is a header: column names over integers, or the numbers of nodes and edges.

    Raises
    ------
    NetworkError
        If the two numbers can only be a header, but the file is shorter than it says.
    """
    if not is_integer[:, 1:].all():
        return False
    if not is_integer[:, 0].any():
        return True
    if not is_integer[:, 0].all() or rows.columns[0] != 2:
        return False
    nodes, edges = value[:, 0].tolist()
    rest = value[:, 1:]
    follow = rest.shape[1]
    if not (rest.min() >= 0 and rest.max() <= nodes and edges >= follow and nodes >= np.unique(rest).size):
        return False
    if edges == follow:
        return True
    if follow >= _FEW and rest.max() < min(nodes, edges):
        raise NetworkError(
            f"{path}, line {rows.line[0]}: reads like a header of {nodes:,} nodes and {edges:,} edges, but "
            f"{follow:,} follow: fetch the file again, or say header=True to use what there is, header=False to take "
            "the line as an edge"
        )
    return False


def _malformed(path: str | Path, raw: bytes, line: int, problem: str) -> NetworkError:
    """Return the error that names and shows a line."""
    text = raw.split(b"\n", line)[line - 1].decode(errors="replace").strip()
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return NetworkError(f"{path}, line {line}: {shown!r} {problem}; expected {EXPECTED}")
