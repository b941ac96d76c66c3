"""Files of rows: CSV, JSON Lines or Parquet, gzipped or not, read as text under the file's own names."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.extras import needs_extra
from influence_sim.files import LARGEST_BYTES, LONGEST_LINE, PlainError, UnreadableFileError, read_whole, too_large

MOST_COLUMNS = 1000
"""Columns beyond which a table is refused."""
MOST_CELLS = 200_000_000
"""Rows times columns, with the empty ones, beyond which a table is refused."""

MISSING = ("", "NaN", "nan", "null", "NULL", "None", "<NA>")
"""Cells that hold nothing; ``NA`` may be somebody's name."""

DAY_NUMBERS = (19_000_101, 22_001_231)
"""Whole numbers that are dates: 20261122 is 22 November 2026."""
UNIX_SECONDS = (631_152_000, 7_258_118_400)
"""Numbers that are seconds since 1970, for times from 1990 to 2200."""

_OBJECTS = "one object per line is expected"
_NUMBER = re.compile(r"[-+]?[\d.]+([eE][-+]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}")


class DataError(PlainError):
    """A table that cannot be used; one line: the file, where in it, what is wrong and what would be right."""


def read_rows(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a file's rows, with the file's own column names, and remarks.

    Raises
    ------
    DataError
        If the file cannot be read, or its rows have different numbers of cells.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".txt")]
    kind = suffixes[-1] if suffixes else ""
    if kind in (".parquet", ".pq"):
        return _parquet(path), []
    text = _text(path)
    if kind in (".jsonl", ".ndjson", ".json") or text.lstrip()[:1] == "{":
        return _json_lines(text, path), []
    return _separated(text, path)


def _text(path: Path) -> str:
    try:
        found = read_whole(path)
    except UnreadableFileError as error:
        raise DataError(f"{path}: {error}") from None
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line}: is not UTF-8 text; save the table as UTF-8") from None


def _check_size(path: Path, rows: int, columns: int) -> None:
    """Refuse a table of too many columns or cells, before what it holds is in memory.

    Raises
    ------
    DataError
        If it is too large.
    """
    if columns > MOST_COLUMNS:
        raise DataError(
            f"{path}: has more than {MOST_COLUMNS:,} columns; keep those with a role, such as time and author"
        )
    if rows * max(columns, 1) > MOST_CELLS:
        raise DataError(
            f"{path}: has more than {MOST_CELLS:,} cells (rows times columns); cut it into parts, or leave out columns"
        )


def _parquet(path: Path) -> pd.DataFrame:
    try:
        import pyarrow.parquet
    except ImportError:
        raise DataError(needs_extra(f"{path}: Parquet", "data")) from None
    try:
        about = pyarrow.parquet.read_metadata(path)
        _check_parquet(path, about)
        # A text that is packed once for many rows is unpacked once, too.
        texts = [
            column.path
            for column in map(about.schema.column, range(about.num_columns))
            if column.physical_type == "BYTE_ARRAY" and column.max_repetition_level == 0 and "." not in column.path
        ]
        frame = pd.read_parquet(path, read_dictionary=texts)
        # Damaged text is found out only when it is taken out of its wrapping.
        frame = pd.DataFrame({column: _unwrapped(cells, path) for column, cells in frame.items()}, index=frame.index)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (DataError, MemoryError):
        raise
    except Exception as error:
        # pyarrow has errors of its own for each kind of damage.
        raise DataError(f"{path}: is no Parquet file that can be read: {str(error).splitlines()[0]}") from None
    frame = frame.reset_index(drop=frame.index.name is None)
    return frame.rename(columns=str)


def _unwrapped(cells: pd.Series, path: Path) -> pd.Series:
    """Return lists, dates, categories and texts as what they look like; each category is one text for all its cells.

    Raises
    ------
    DataError
        If the texts of all cells, as later steps may write them out, are too large.
    """
    if isinstance(cells.dtype, pd.CategoricalDtype):
        texts = np.array([*map(str, cells.cat.categories), math.nan], dtype=object)
        times = np.bincount(cells.cat.codes + 1, minlength=len(texts))[1:]
        if sum(len(text) * int(number) for text, number in zip(texts[:-1], times, strict=True)) > LARGEST_BYTES:
            raise DataError(f"{path}: {too_large(LARGEST_BYTES)}")
        return pd.Series(texts[cells.cat.codes.to_numpy()], index=cells.index, dtype=object)
    if isinstance(cells.dtype, pd.StringDtype):
        return cells.astype(object)
    if pd.api.types.is_object_dtype(cells.dtype):
        return cells.map(str, na_action="ignore").astype(object)
    return cells


def _check_parquet(path: Path, about: Any) -> None:
    """Refuse a Parquet file by what it says about itself: a few of its bytes may stand for any number of cells.

    Raises
    ------
    DataError
        If it is too large.
    """
    _check_size(path, about.num_rows, about.num_columns)
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    # A cell may be a list.
    _check_size(path, sum(chunk.num_values for chunk in chunks), 1)
    fixed = [max(about.schema.column(number).length or 0, 0) for number in range(about.num_columns)]
    size = max(sum(chunk.total_uncompressed_size for chunk in chunks), about.num_rows * sum(fixed))
    if size > LARGEST_BYTES:
        raise DataError(f"{path}: {too_large(LARGEST_BYTES)}")


def _json_lines(text: str, path: Path) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {}
    rows = 0
    for number, line in _lines(text):
        if len(line) > LONGEST_LINE:
            raise DataError(f"{path}: line {number}: is longer than {LONGEST_LINE:,} characters; {_OBJECTS}")
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: line {number}: is not JSON ({error}); {_OBJECTS}") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}: line {number}: is {type(row).__name__}; {_OBJECTS}")
        if not row:
            raise DataError(f"{path}: line {number}: is an object without keys; {_OBJECTS}")
        for key, value in row.items():
            cells = columns.setdefault(key, [])
            cells.extend([math.nan] * (rows - len(cells)))
            # As text, or numbers of messages would lose their last digits where one is missing.
            cells.append(value if value is None else str(value))
        rows += 1
        _check_size(path, rows, len(columns))
    for cells in columns.values():
        cells.extend([math.nan] * (rows - len(cells)))
    return pd.DataFrame(columns, dtype=object)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines that are not blank, with their numbers.

    A line ends where JSON cannot go on; other separators of lines may stand in a text.
    """
    at, number = 0, 1
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop]
        if line and not line.isspace():
            yield number, line
        at, number = stop + 1, number + 1


def _separated(text: str, path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of a table whose columns are separated by some character, or by blanks."""
    said = re.match(r"sep=(.)\r?\n", text)
    if said:
        text = text[said.end() :]
    lines = [line for line in text[:1_000_000].splitlines()[:50] if line.strip()]
    if not lines:
        raise DataError(f"{path}: the file is empty; a table is expected")
    separator = said[1] if said else _separator(lines)
    _check_size(path, max(text.count("\n"), text.count("\r")) + 1, _width(text, separator, path))
    has_header = _is_header([_cells(line, separator) for line in lines[:2]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            # The header is read as a row, so that a row with more cells than it is refused.
            frame = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                header=None,
                dtype=str,
                keep_default_na=False,
                na_values=list(MISSING),
                skipinitialspace=True,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, ValueError) as error:
        fault = re.sub(r"^.*C error: ", "", str(error).strip().splitlines()[0])
        raise DataError(f"{path}: {fault}; every row needs the columns of the first") from None
    if separator == ";":
        # Where a comma separates no columns, it separates decimals.
        frame = frame.replace(r"^([-+]?\d+),(\d+)$", r"\1.\2", regex=True)
    if has_header:
        frame.columns = pd.Index(_told_apart(frame.iloc[0]))
        return frame.iloc[1:].reset_index(drop=True), []
    frame.columns = pd.Index([f"column {number + 1}" for number in range(frame.shape[1])])
    remarks = ["the file has no header; columns are called 'column 1', 'column 2', …"]
    return _named_by_content(frame, remarks), remarks


def _told_apart(names: pd.Series) -> list[str]:
    """Return names of which none is missing or there twice."""
    found: list[str] = []
    for place, name in enumerate(names):
        plain = f"column {place + 1}" if pd.isna(name) else str(name).strip()
        found.append(plain if plain not in found else f"{plain} ({place + 1})")
    return found


def _separator(lines: list[str]) -> str:
    """Return the separator that cuts the first lines into as many columns each, more than one."""
    for one in (",", "\t", ";", "|"):
        if len(_cells(lines[0], one)) > 1:
            return one
    return r"\s+" if len(lines[0].split()) > 1 else ","


def _cells(line: str, separator: str) -> list[str]:
    if separator == r"\s+":
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator), [""])
    except csv.Error:
        # A cell too long for the module; it is no header, so where it is cut does not matter.
        return line.split(separator)


def _width(text: str, separator: str, path: Path) -> int:
    """Return the number of columns of the first row.

    Raises
    ------
    DataError
        If the row is too long.
    """
    beginning = text[: LONGEST_LINE + 1].lstrip()
    if separator == r"\s+":
        return len(beginning.splitlines()[0].split())
    start = io.StringIO(beginning, newline="")
    try:
        width = len(next(csv.reader(start, delimiter=separator, skipinitialspace=True)))
    except csv.Error:
        # A cell too long for the module.
        return len(_cells(beginning.splitlines()[0], separator))
    if width <= MOST_COLUMNS and start.tell() > LONGEST_LINE:
        raise DataError(f"{path}: line 1: is longer than {LONGEST_LINE:,} characters; a row of a table is expected")
    return width


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row holds names: no date, and no number above a number but the 0 that heads an index."""
    first, second = rows[0], rows[-1]
    if any(_DATE.match(cell.strip()) for cell in first):
        return False
    data = [
        _NUMBER.fullmatch(one.strip()) and _NUMBER.fullmatch(other.strip())
        for one, other in zip(first, second, strict=False)
        if one.strip() != "0" or not any(cell[:1].isalpha() for cell in first)
    ]
    return not any(data) if len(rows) > 1 else not any(_NUMBER.fullmatch(cell.strip()) for cell in first)


def _named_by_content(frame: pd.DataFrame, remarks: list[str]) -> pd.DataFrame:
    """Return a table without header whose columns of times and kinds of action have names by what they hold."""
    names = {}
    for column in frame:
        values = frame[column].dropna()
        if set(values.unique()[:10]) <= {"RT", "MT", "RE"}:
            names[column] = "kind"
            continue
        numbers = pd.to_numeric(values, errors="coerce")
        whole = numbers.notna().all() and bool((numbers % 1 == 0).all())
        dates = len(values) > 0 and bool(values.str.match(_DATE.pattern).all())
        if dates or (whole and any(numbers.between(*span).all() for span in (DAY_NUMBERS, UNIX_SECONDS))):
            names.setdefault(column, "time")
    first = frame.columns[0]
    if first not in names:
        names[first] = "author" if "kind" in names.values() else "customer"
    if len(set(names.values())) < len(names) or not {"time", "kind"} & set(names.values()):
        return frame
    said = ", ".join(f"{column} is taken for {name}" for column, name in names.items())
    remarks.append(f"by what they hold: {said}; say otherwise by --column ROLE=NAME")
    return frame.rename(columns=names)
