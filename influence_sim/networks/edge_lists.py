"""Edge lists: from the bytes of a file to arrays of its nodes' names, checked line by line in whole arrays."""

from __future__ import annotations

import codecs
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from influence_sim.files import LONGEST_LINE, PlainError, UnreadableFileError, read_whole

type Integers = NDArray[np.int64]
type Labels = NDArray[np.object_] | NDArray[np.int64]
type Flags = NDArray[np.bool_]
type Small = NDArray[np.uint32]

EXPECTED = (
    "two ids, separated by whitespace, a comma or a semicolon, then the same number of further columns on every line"
)
_SHOWN = 80
_LONGEST = 19
_FEW = 100
_NEWLINE, _QUOTE, _MINUS, _ZERO = b'\n"-0'
_AROUND = b' \t\v\f"'

_SOLID, _BLANK, _BREAK, _ALIEN = range(4)
_KINDS = np.full(256, _SOLID, dtype=np.uint8)
_KINDS[:32] = _ALIEN
_KINDS[list(b" \t\v\f")] = _BLANK
_KINDS[_NEWLINE] = _BREAK


_USUAL_NAMES = re.compile(
    r"(source|target|from|to|src|dst|head|tail"
    r"|follow(er|ers|ed|ee|ing)|user|friend|(user|node|id)[12]|(from|to)node)(id)?"
)
"""What columns of ties are called, in small letters, without spaces, underscores and hyphens; "id" may follow."""


class NetworkError(PlainError):
    """A network that cannot be read or used; the message is one line."""


class _PieceError(Exception):
    """What is wrong in which line of a piece, counted from 1."""

    def __init__(self, line: int, problem: str, right: str = f"expected {EXPECTED}") -> None:
        super().__init__(problem)
        self.line, self.problem, self.right = line, problem, right


@dataclass(frozen=True)
class Edges:
    """The edges of a file: positions in ``labels`` of both ends, shape (edges,), in the order of the file.

    ``remarks`` say what else of the file was not taken for an edge.
    """

    source: Integers
    target: Integers
    labels: Labels
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """Some lines of a file, those that hold data: ``start`` and ``end`` of their first two columns, shape (2, rows).

    ``line`` is counted from 0 at the first line of the piece.
    """

    raw: bytes
    line: Integers
    columns: Integers
    start: Integers
    end: Integers
    fault: Flags


@dataclass(frozen=True)
class _Rows:
    """The lines that hold data, shape (rows,) each; the first two columns as integers, shape (2, rows).

    What is needed of every line at once is small, or a file would take many times its size.
    """

    raw: bytes
    line: Small
    columns: Small
    fault: Flags
    value: Integers
    is_integer: Flags

    def __len__(self) -> int:
        return self.line.size

    def without_first(self) -> _Rows:
        value, is_integer = self.value[:, 1:], self.is_integer[:, 1:]
        return _Rows(self.raw, self.line[1:], self.columns[1:], self.fault[1:], value, is_integer)

    def cells(self, at: int) -> list[bytes]:
        """Return the columns of a row as they are written, though without quotation marks around them."""
        text = _line(self.raw, int(self.line[at]))
        return [cell.strip(_AROUND) for cell in text.strip().split(_separator(self.raw))]

    def has(self, token: bytes) -> bool:
        """Say whether one of the first two columns holds just this."""
        for raw, start, end in self._ends():
            at, data = start[end - start == len(token)], np.frombuffer(raw, dtype=np.uint8)
            for k, byte in enumerate(token):
                at = at[data[at + k] == byte]
            if at.size:
                return True
        return False

    def tokens(self) -> Iterator[list[str]]:
        """Yield the first columns of some rows and then their second columns, as text, until all rows are told."""
        for raw, start, end in self._ends():
            pairs = zip(start.ravel().tolist(), end.ravel().tolist(), strict=True)
            if raw.isascii():
                text = raw.decode()
                yield [text[a:b] for a, b in pairs]
            else:
                yield [raw[a:b].decode() for a, b in pairs]

    def _ends(self) -> Iterator[tuple[bytes, Integers, Integers]]:
        """Yield the text in pieces, and where the first two columns of their rows start and end, shape (2, rows)."""
        lines, first, separator = 0, int(self.line[0]), _separator(self.raw)
        for raw in _pieces(self.raw):
            piece = _cut(raw, separator)
            told = lines + 1 + piece.line >= first
            lines += raw.count(b"\n")
            yield raw, piece.start[:, told], piece.end[:, told]


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
    if not raw or raw.isspace():
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
    whole = rows = _rows(raw, path)
    if len(rows) and (header or (header is None and _has_usual_names(rows))):
        rows = rows.without_first()
    if rows.fault.any():
        at = int(np.argmax(rows.fault))
        raise _malformed(path, raw, int(rows.line[at]), *_fault(rows, at))
    if header is None and rows is whole and len(rows) > 1 and _is_header(rows, rows.value, rows.is_integer, path):
        rows = rows.without_first()
    value, is_integer = rows.value, rows.is_integer
    if not len(rows):
        raise NetworkError(f"{path}: the file has no edges; expected {EXPECTED}")
    uneven = rows.columns != rows.columns[0]
    if uneven.any():
        at = int(np.argmax(uneven))
        problem = f"has {rows.columns[at]} columns where line {rows.line[0]} has {rows.columns[0]}"
        if at == 1 and header is None:
            problem += f" (if line {rows.line[0]} is a header, say --header or header=True)"
        raise _malformed(path, raw, int(rows.line[at]), problem)
    header_line = [] if rows is whole else [f"line {whole.line[0]} is taken for a header"]
    further = ["a third column is ignored" if rows.columns[0] == 3 else "further columns are ignored"]
    remarks = (*header_line, *(further if rows.columns[0] > 2 else []))
    # Places are written over the integers, as there may be no room for both.
    if is_integer.all():
        numbers = _distinct(value)
        for at in range(0, value.shape[1], LONGEST_LINE):
            value[:, at : at + LONGEST_LINE] = np.searchsorted(numbers, value[:, at : at + LONGEST_LINE])
        return Edges(value[0], value[1], numbers, remarks)
    seen: defaultdict[str, int] = defaultdict(count().__next__)
    told = 0
    for tokens in rows.tokens():
        here = np.fromiter(map(seen.__getitem__, tokens), np.int64, len(tokens)).reshape(2, -1)
        value[:, told : told + here.shape[1]] = here
        told += here.shape[1]
    names = sorted(seen)
    place = np.empty(len(names), np.int64)
    place[[seen[name] for name in names]] = np.arange(len(names))
    for at in range(0, told, LONGEST_LINE):
        value[:, at : at + LONGEST_LINE] = place[value[:, at : at + LONGEST_LINE]]
    return Edges(value[0], value[1], np.array(names, dtype=object), remarks)


def as_integers(names: list[str]) -> Integers | None:
    """Return the numbers that the names write, or None unless each is a plain integer as in an edge list."""
    raw = "\n".join(names).encode()
    end = np.cumsum([len(name.encode()) + 1 for name in names]) - 1
    start = np.concatenate([[0], end[:-1] + 1])
    value, plain = _plain_integers(np.frombuffer(raw, dtype=np.uint8), start, end)
    return value if plain.all() else None


def _rows(raw: bytes, path: str | Path) -> _Rows:
    """Read the lines of a text, leaving out blank lines and comments, in pieces: each takes many times its size.

    Raises
    ------
    NetworkError
        If a line is no text, or too long.
    """
    separator, most = _separator(raw), raw.count(b"\n") + 1
    line, columns = np.empty(most, np.uint32), np.empty(most, np.uint32)
    fault, value, is_integer = np.empty(most, np.bool_), np.empty((2, most), np.int64), np.empty((2, most), np.bool_)
    lines = rows = 0
    for part in _pieces(raw):
        try:
            # All lines of a piece but its last are short.
            if len(part) - (part.rfind(b"\n", 0, -1) + 1) > LONGEST_LINE:
                raise _PieceError(part.count(b"\n", 0, -1) + 1, f"is longer than {LONGEST_LINE:,} bytes")
            piece = _cut(part, separator)
        except _PieceError as error:
            raise _malformed(path, raw, lines + error.line, error.problem, error.right) from None
        here = slice(rows, rows + piece.line.size)
        line[here], columns[here], fault[here] = lines + 1 + piece.line, piece.columns, piece.fault
        value[:, here], is_integer[:, here] = _integers(piece)
        lines, rows = lines + part.count(b"\n"), here.stop
    return _Rows(raw, line[:rows], columns[:rows], fault[:rows], value[:, :rows], is_integer[:, :rows])


def _pieces(raw: bytes) -> Iterator[bytes]:
    """Cut a text at ends of lines, into pieces that need no more than some megabytes each."""
    at = 0
    while at < len(raw):
        stop = raw.find(b"\n", at + LONGEST_LINE) + 1 or len(raw)
        yield raw[at:stop]
        at = stop


def _cut(raw: bytes, separator: bytes | None) -> _Piece:
    """Cut a piece into lines and columns, leaving out blank lines and comments."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise _PieceError(raw.count(b"\n", 0, error.start) + 1, "is not UTF-8 text", "save it as UTF-8") from None
    data = np.frombuffer(raw, dtype=np.uint8)
    kinds = _KINDS.copy()
    if separator is not None:
        kinds[[ord(separator), _QUOTE]] = _BLANK
    kind = kinds[data]
    alien = kind == _ALIEN
    if alien.any():
        raise _PieceError(raw.count(b"\n", 0, int(np.argmax(alien))) + 1, "is not text")
    solid = np.concatenate([[False], kind == _SOLID, [False]])
    start, end = np.flatnonzero(solid[1:] != solid[:-1]).reshape(-1, 2).T
    line = np.searchsorted(np.flatnonzero(kind == _BREAK), start)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    columns = np.diff(first, append=start.size)
    comment = np.isin(data[start[first]], list(b"#%"))
    first, columns = first[~comment], columns[~comment]
    second = np.minimum(first + 1, max(start.size - 1, 0))
    fault = columns < 2
    if separator is not None:
        mark = np.flatnonzero(data == ord(separator))
        newline = np.concatenate([[-1], np.flatnonzero(kind == _BREAK), [data.size]])
        line_start, line_end = newline[line[first]], newline[line[first] + 1]
        third = np.minimum(first + 2, max(start.size - 1, 0))
        after = np.where(columns > 2, start[third], line_end)
        upto = [np.searchsorted(mark, at) for at in (line_start, start[first], start[second], after, line_end)]
        columns = upto[4] - upto[0] + 1
        fault |= (upto[1] != upto[0]) | (upto[2] != upto[1] + 1) | ((after < line_end) & (upto[3] == upto[2]))
    both = np.stack([first, second])
    return _Piece(raw, line[first], columns, start[both], end[both], fault)


def _separator(raw: bytes) -> bytes | None:
    """Return what is between columns in the first line of data, other than in a trailing {…} as NetworkX writes it.

    None is whitespace. Semicolons separate if both ids end before any comma, which may then be a decimal one.
    """
    at = 0
    while at < len(raw):
        stop = raw.find(b"\n", at)
        stop = len(raw) if stop < 0 else stop
        text = raw[at:stop].strip()
        if text and text[:1] not in (b"#", b"%"):
            text = text.split(b"{")[0]
            ids = text.split(b";")[:2]
            if len(ids) == 2 and b"," not in ids[0] + ids[1]:
                return b";"
            return b"," if b"," in text else None
        at = stop + 1
    return None


def _integers(piece: _Piece) -> tuple[Integers, Flags]:
    """Return the first two columns as integers and whether they are, shape (2, rows) each."""
    data = np.frombuffer(piece.raw, dtype=np.uint8)
    value, plain = _plain_integers(data, piece.start.ravel(), piece.end.ravel())
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


def _fault(rows: _Rows, at: int) -> tuple[str, str]:
    """Return what is wrong with the ids of a row, and what would be right."""
    expected = f"expected {EXPECTED}"
    if rows.columns[at] < 2:
        return "has one column", expected
    for cell in rows.cells(at)[:2]:
        for mark, name in ((b'"', "a quotation mark"), (None, "a space")):
            if len(cell.split(mark)) > 1:
                return f"has {name} in the id {_shown(cell)!r}", "write ids without, such as Ann_Lee"
    return "has an empty id", expected


def _has_usual_names(rows: _Rows) -> bool:
    """Say whether the first row holds names that columns of ties usually have, and its words are nobody's ids."""
    names = rows.cells(0)[:2]
    usual = {re.sub(rb"[\s_-]", b"", name).decode().lower() for name in names}
    if len(rows) < 2 or len(usual) < 2 or not all(map(_USUAL_NAMES.fullmatch, usual)):
        return False
    rest = rows.without_first()
    return not any(rest.has(name) for name in names)


def _distinct(value: Integers) -> Integers:
    """Return the different numbers of an array of shape (2, rows), sorted, as ``np.unique`` with less memory."""
    found, waiting = np.empty(0, np.int64), [np.empty(0, np.int64)]
    for at in range(0, value.shape[1], LONGEST_LINE):
        waiting.append(np.unique(value[:, at : at + LONGEST_LINE]))
        if sum(map(len, waiting)) > found.size:
            found, waiting = np.unique(np.concatenate([found, *waiting])), []
    return np.unique(np.concatenate([found, *waiting]))


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
    if not (rest.min() >= 0 and rest.max() <= nodes and edges >= follow and nodes >= _distinct(rest).size):
        return False
    if edges == follow:
        return True
    if follow >= _FEW and rest.max() < min(nodes, edges):
        raise NetworkError(
            f"{path}, line {rows.line[0]}: reads like a header of {nodes:,} nodes and {edges:,} edges, but "
            f"{follow:,} follow: fetch the file again, or say header=True (--header) to use what there is, "
            "header=False (--no-header) to take the line as an edge"
        )
    return False


def _malformed(
    path: str | Path, raw: bytes, line: int, problem: str, right: str = f"expected {EXPECTED}"
) -> NetworkError:
    """Return the error that names and shows a line."""
    return NetworkError(f"{path}, line {line}: {_shown(_line(raw, line))!r} {problem}; {right}")


def _line(raw: bytes, number: int) -> bytes:
    """Return a line, counted from 1, as far as it may be long."""
    with io.BytesIO(raw) as lines:
        return next(islice(lines, number - 1, None))[:LONGEST_LINE]


def _shown(raw: bytes) -> str:
    text = raw.decode(errors="replace").strip()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
