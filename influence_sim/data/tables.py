"""Reading a table of records: CSV, JSON Lines or Parquet, gzipped or not, with its columns under the names of roles."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import secrets
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.data.roles import ROLES, mapped
from influence_sim.data.sentiment import from_labels, from_scores, from_text

LARGEST_BYTES = 4 << 30
"""Unpacked bytes beyond which a file is refused, before they fill the memory."""
PRIVATE = ("author", "customer", "target")
"""Roles whose values name people: they are hashed on reading."""

_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0, "h": 3600.0}
_SECONDS |= {"hour": 3600.0, "hours": 3600.0, "d": 86400.0, "days": 86400.0}
_TRUE, _FALSE = {"true", "yes", "1", "y", "t"}, {"false", "no", "0", "n", "f"}
_DAY_NUMBERS = (19_000_101, 22_001_231)
_UNIX_SECONDS = (631_152_000, 7_258_118_400)


class DataError(ValueError):
    """A table that cannot be used; one line: the file, where in it, what is wrong and what would be right."""


@dataclass(frozen=True, eq=False)
class Table:
    """A file's rows, each column under the name of its role or, if it has none, under its own.

    Attributes
    ----------
    name
        The file's name.
    frame
        The rows. ``time`` and ``replied_at`` are in the zone that was named; ``delay`` is in seconds; ``sentiment`` is
        −1, 0, 1 or not a number; people are hashes; texts are gone.
    roles
        Which column of the file plays which role.
    remarks
        What was found and done in reading, in words.
    faults
        Values that could not be read and count as missing, by role.
    has_zone
        Whether its times say their zone; else they were taken to be in the one that was named.
    has_hours
        Whether its times are more than dates.
    sentiment_from
        ``labels``, ``scores`` or ``text``; empty if there is no sentiment.
    """

    name: str
    frame: pd.DataFrame
    roles: Mapping[str, str]
    remarks: tuple[str, ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)
    has_zone: bool = True
    has_hours: bool = True
    sentiment_from: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, *roles: str) -> bool:
        """Whether all these roles are played by columns."""
        return all(role in self.frame for role in roles)

    @property
    def companies(self) -> list[str]:
        """Names of the companies, those with most rows first."""
        return [str(name) for name in self.frame["company"].value_counts().index] if self.has("company") else []

    def where(self, kept: pd.Series) -> Table:
        """Return the table with the rows that are kept."""
        return replace(self, frame=self.frame[kept].reset_index(drop=True))


def read_table(
    path: str | Path, columns: Mapping[str, str] | None = None, *, timezone: str = "UTC", sentiment: bool = True
) -> Table:
    """Read a table of records.

    Parameters
    ----------
    path
        A ``.csv`` (or text with tabs, semicolons, bars or blanks), ``.jsonl`` or ``.parquet`` file; the texts may be
        gzipped. Without a header, columns are called ``column 1``, ``column 2``, …
    columns
        Which column plays a role, by role, where the names do not tell; an empty name: none.
    timezone
        In which days and hours are counted, such as ``America/Los_Angeles``; also where clocks stood that wrote times
        without a zone.
    sentiment
        Whether to read sentiment off the text where there is no column for it (needs the extra ``data``).

    Raises
    ------
    DataError
        If the file cannot be read or holds no rows; a role's column cannot be used at all.
    ValueError
        If there is no such role, column or time zone.
    """
    path = Path(path)
    frame, remarks = _rows(path)
    if frame.empty:
        raise DataError(f"{path}: holds no rows; a table with a row for each post, purchase or customer is expected")
    roles = mapped(frame.columns, columns or {})
    table = frame.rename(columns={column: role for role, column in roles.items()})
    faults: dict[str, int] = {}
    has_zone = has_hours = True
    for role in ("time", "replied_at"):
        if role in roles:
            table[role], zoned, hours = _times(table[role], timezone, path, roles[role])
            faults[role] = _lost(frame[roles[role]], table[role])
            if role == "time":
                has_zone, has_hours = zoned, hours
    if "delay" in roles:
        table["delay"] = _numbers(table["delay"], path, roles["delay"]) * _unit(roles["delay"])
        faults["delay"] = _lost(frame[roles["delay"]], table["delay"])
    if "node" in roles and "parent" in roles:
        table["node"], table["parent"] = _tree_numbers(table["node"], table["parent"])
    for role in ("score", "shares", "frequency", "recency", "horizon", "tenure"):
        if role in roles:
            table[role] = _numbers(table[role], path, roles[role])
            faults[role] = _lost(frame[roles[role]], table[role])
    for role in ("inbound", "churned"):
        if role in roles:
            table[role] = _truths(table[role], path, roles[role])
            faults[role] = _lost(frame[roles[role]], table[role])
    table, origin = _with_sentiment(table, roles, sentiment, remarks, faults)
    if {"author", "inbound"} <= roles.keys() and "company" not in roles:
        # In a log of support who does not write as a customer writes for a company.
        table["company"] = table["author"].where(table["inbound"] == 0)
    key = secrets.token_hex(8)
    for role in PRIVATE:
        if role in table:
            hashed = pd.util.hash_array(table[role].astype(str).to_numpy(object), hash_key=key)
            table[role] = pd.Series(hashed, index=table.index).where(table[role].notna())
    return Table(
        name=path.name,
        frame=table.drop(columns="text", errors="ignore"),
        roles=roles,
        remarks=tuple(remarks),
        faults={role: number for role, number in faults.items() if number},
        has_zone=has_zone,
        has_hours=has_hours,
        sentiment_from=origin,
    )


def _with_sentiment(
    table: pd.DataFrame, roles: Mapping[str, str], wanted: bool, remarks: list[str], faults: dict[str, int]
) -> tuple[pd.DataFrame, str]:
    """Return the table with sentiment as numbers, and what it was read off."""
    if "sentiment" in roles:
        told = from_labels(table["sentiment"])
        if told is not None:
            faults["sentiment"] = _lost(table["sentiment"], told)
            return table.assign(sentiment=told), "labels"
        remarks.append(f"column {roles['sentiment']!r} is no sentiment: neither words nor numbers from −1 to 1")
        table = table.drop(columns="sentiment")
    if "score" in table:
        return table.assign(sentiment=from_scores(table["score"])), "scores"
    if "text" in table and wanted:
        try:
            return table.assign(sentiment=from_text(table["text"])), "text"
        except ImportError:
            remarks.append(
                "sentiment could be read off the text with the extra data: pip install 'influence-sim[data]'"
            )
    return table, ""


# files


def _rows(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a file's rows as text, with the file's own column names, and remarks."""
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
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            found = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: damaged or cut-off gzip file ({error}); fetch it again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(found) > LARGEST_BYTES:
        raise DataError(f"{path}: is larger than {LARGEST_BYTES >> 30} GiB unpacked; cut it into parts")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line}: is not UTF-8 text; save the table as UTF-8") from None


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise DataError(f"{path}: Parquet needs the extra data: pip install 'influence-sim[data]'") from None
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except Exception as error:
        # pyarrow has errors of its own for each kind of damage.
        raise DataError(f"{path}: is no Parquet file that can be read: {str(error).splitlines()[0]}") from None


def _json_lines(text: str, path: Path) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: line {number}: is not JSON ({error}); one object per line is expected") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}: line {number}: is {type(row).__name__}; one object per line is expected")
        rows.append({key: value for key, value in row.items() if not isinstance(value, dict | list)})
    return pd.DataFrame(rows)


def _separated(text: str, path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of a table whose columns are separated by some character, or by blanks."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    if not lines:
        raise DataError(f"{path}: the file is empty; a table is expected")
    separator = _separator(lines)
    has_header = _is_header(_cells(lines[0], separator))
    remarks = [] if has_header else ["the file has no header; columns are called 'column 1', 'column 2', …"]
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=0 if has_header else None,
            dtype=str,
            keep_default_na=True,
            skipinitialspace=True,
            index_col=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        said = re.sub(r"^.*C error: ", "", str(error).strip().splitlines()[0])
        raise DataError(f"{path}: {said}; every row needs the columns of the first") from None
    if has_header:
        return frame.rename(columns=str), remarks
    frame.columns = [f"column {number + 1}" for number in range(frame.shape[1])]
    return _named_by_content(frame, remarks), remarks


def _separator(lines: list[str]) -> str:
    """Return the separator that cuts the first lines into as many columns each, more than one."""
    for one in (",", "\t", ";", "|"):
        counts = {len(_cells(line, one)) for line in lines[:20]}
        # Quoted cells may run over lines, so the first line speaks if they disagree.
        if counts != {1} and len(_cells(lines[0], one)) > 1:
            return one
    return r"\s+" if len(lines[0].split()) > 1 else ","


def _cells(line: str, separator: str) -> list[str]:
    return line.split() if separator == r"\s+" else next(csv.reader([line], delimiter=separator), [""])


def _is_header(cells: list[str]) -> bool:
    """Whether cells are names: text, none of it a number."""
    return not any(re.fullmatch(r"[-+]?[\d.]+([eE][-+]?\d+)?", cell.strip()) for cell in cells)


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
        if whole and any(numbers.between(*span).all() for span in (_DAY_NUMBERS, _UNIX_SECONDS)):
            names.setdefault(column, "time")
    first = frame.columns[0]
    if first not in names:
        names[first] = "author" if "kind" in names.values() else "customer"
    if len(set(names.values())) < len(names) or len(names) == 1:
        return frame
    said = ", ".join(f"{column} is taken for {name}" for column, name in names.items())
    remarks.append(f"by what they hold: {said}; say otherwise by --column ROLE=NAME")
    return frame.rename(columns=names)


# values


def _times(values: pd.Series, timezone: str, path: Path, column: str) -> tuple[pd.Series, bool, bool]:
    """Return times in a zone, whether they told their own, and whether they are more than dates."""
    told = _read_times(values, path, column)
    if told.isna().all():
        raise DataError(f"{path}: column {column!r} holds no times; dates such as 2026-11-22 09:30 are expected")
    try:
        if isinstance(told.dtype, pd.DatetimeTZDtype):
            return told.dt.tz_convert(timezone), True, True
        there = told.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="shift_forward")
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"timezone {timezone!r}: there is no such time zone; Europe/Berlin is one") from error
    known = told.dropna()
    return there, False, bool((known != known.dt.normalize()).any())


def _read_times(values: pd.Series, path: Path, column: str) -> pd.Series:
    """Return times as they are written: with a zone if they have one, else without."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().sum() > values.notna().sum() / 2:
        known = numbers.dropna()
        if known.between(*_DAY_NUMBERS).mean() > 0.9 and (known % 1 == 0).all():
            return pd.to_datetime(values.astype(str).str.strip(), format="%Y%m%d", errors="coerce")
        for size in (1, 1000):
            if (known / size).between(*_UNIX_SECONDS).mean() > 0.9:
                return pd.to_datetime(numbers / size, unit="s", utc=True, errors="coerce")
        raise DataError(f"{path}: column {column!r} holds numbers that are no times; dates or Unix seconds are")
    zoned = values.dropna().astype(str).str.contains(r"(?:Z|[+-]\d\d:?\d\d)\s*$", regex=True).any()
    with warnings.catch_warnings():
        # Where no single format fits, pandas warns that it reads value by value, which is what is wanted.
        warnings.simplefilter("ignore", UserWarning)
        return pd.to_datetime(values, format="mixed", errors="coerce", utc=bool(zoned))


def _numbers(values: pd.Series, path: Path, column: str) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").replace([np.inf, -np.inf], np.nan).astype(float)
    if numbers.isna().all():
        raise DataError(f"{path}: column {column!r} holds no numbers; name the right one by --column ROLE=NAME")
    return numbers


def _truths(values: pd.Series, path: Path, column: str) -> pd.Series:
    said = values.astype(str).str.strip().str.lower().str.removesuffix(".0")
    told = pd.Series(np.nan, index=values.index)
    told[said.isin(_TRUE)] = 1.0
    told[said.isin(_FALSE)] = 0.0
    if told.isna().all():
        raise DataError(f"{path}: column {column!r} holds neither yes nor no")
    return told


def _tree_numbers(node: pd.Series, parent: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return numbers that tell nodes apart whatever they are called, and −1 for the parent of a first post."""
    called = [column.astype("string").str.strip().str.removesuffix(".0") for column in (node, parent)]
    number = pd.factorize(pd.concat(called))[0].reshape(2, -1).astype(float)
    first = called[1].isna() | called[1].str.lower().isin(["-1", "", "none", "null"])
    return (
        pd.Series(number[0], index=node.index).where(called[0].notna()),
        pd.Series(number[1], index=node.index).mask(first, -1.0),
    )


def _lost(before: pd.Series, after: pd.Series) -> int:
    return int((before.notna() & after.isna()).sum())


def _unit(column: str) -> float:
    return _SECONDS.get(column.lower().rsplit("_", 1)[-1], 1.0)


def role_meanings() -> dict[str, str]:
    """Return what each role means, by its name."""
    return {name: role.meaning for name, role in ROLES.items()}
