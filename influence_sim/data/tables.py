"""A table of records: a file's rows, with its columns under the names of the roles that they play."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from influence_sim.data import values
from influence_sim.data.files import DataError as DataError
from influence_sim.data.files import read_rows
from influence_sim.data.roles import ROLES, mapped
from influence_sim.data.sentiment import from_labels, from_scores, from_text
from influence_sim.extras import needs_extra
from influence_sim.files import within_memory

PRIVATE = ("author", "customer")
"""Roles whose values name people: they are hashed on reading."""
MOST_SEGMENTS = 20
"""Different values beyond which a column without a role is hashed, as it may name somebody."""

_NUMBERS = ("score", "shares", "frequency", "recency", "horizon", "tenure")
_TRUTHS = ("inbound", "churned")


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
        """Return whether all these roles are played by columns.

        Parameters
        ----------
        *roles
            Their names.
        """
        return all(role in self.frame for role in roles)

    @property
    def companies(self) -> list[str]:
        """Names of the companies, those with most rows first."""
        return [str(name) for name in self.frame["company"].value_counts().index] if self.has("company") else []


@within_memory(DataError)
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

    Returns
    -------
    Table
        The rows, and what was found in reading them.

    Raises
    ------
    DataError
        If the file cannot be read or holds no rows; a role's column cannot be used at all.
    ValueError
        If there is no such role, column or time zone.
    """
    path = Path(path)
    values.check_zone(timezone)
    rows, remarks = read_rows(path)
    if rows.empty:
        raise DataError(f"{path}: holds no rows; a table with a row for each post, purchase or customer is expected")
    roles = mapped(rows.columns, columns or {})
    # A column that is called as a role, and does not play it, must not be taken for who does.
    names = {column: f"{column} (column)" for column in rows.columns if column in ROLES}
    table = rows.rename(columns=names | {column: role for role, column in roles.items()})
    reader = _Reader(path, table, roles, timezone)
    for role in ("time", "replied_at"):
        reader.read_times(role)
    reader.read("delay", lambda cells: values.numbers(cells) * values.seconds_in(roles["delay"]))
    for role in _NUMBERS:
        reader.read(role, values.numbers)
    for role in _TRUTHS:
        reader.read(role, values.truths)
    for role in ("company", "choice"):
        reader.read(role, lambda cells: cells.astype("string").str.strip().astype(object).where(cells.notna()))
    if "node" in roles and "parent" in roles:
        table["node"], table["parent"] = values.tree_numbers(table["node"], table["parent"])
    table, origin = _with_sentiment(table, roles, sentiment, remarks, reader.faults)
    if {"author", "inbound"} <= roles.keys() and "company" not in roles:
        # In a log of support who does not write as a customer writes for a company.
        table["company"] = table["author"].where(table["inbound"] == 0)
    return Table(
        name=path.name,
        frame=_without_names(table.drop(columns="text", errors="ignore"), roles),
        roles=roles,
        remarks=tuple(remarks),
        faults={role: number for role, number in reader.faults.items() if number},
        has_zone=reader.has_zone,
        has_hours=reader.has_hours,
        sentiment_from=origin,
    )


class _Reader:
    """Reads the columns of a table that play roles, and counts what cannot be read."""

    def __init__(self, path: Path, table: pd.DataFrame, roles: Mapping[str, str], timezone: str) -> None:
        self.path, self.table, self.roles, self.timezone = path, table, roles, timezone
        self.faults: dict[str, int] = {}
        self.has_zone = self.has_hours = True

    def read(self, role: str, meaning: Callable[[pd.Series], pd.Series]) -> None:
        """Replace cells by what they mean, if a column plays the role."""
        if role not in self.roles:
            return
        cells = self.table[role]
        try:
            self.table[role] = meaning(cells)
        except ValueError as error:
            raise DataError(f"{self.path}: column {self.roles[role]!r} {error}") from None
        self.faults[role] = values.lost(cells, self.table[role])

    def read_times(self, role: str) -> None:
        """Replace cells by times, and note what is known of those of the posts themselves."""

        def meaning(cells: pd.Series) -> pd.Series:
            found, has_zone, has_hours = values.times(cells, self.timezone)
            if role == "time":
                self.has_zone, self.has_hours = has_zone, has_hours
            return found

        self.read(role, meaning)


def _without_names(table: pd.DataFrame, roles: Mapping[str, str]) -> pd.DataFrame:
    """Return the table with hashes in the place of people, and of whatever else may name one.

    The key is thrown away. Columns without a role are kept as they are if they have few values: these are segments.
    """
    key = secrets.token_hex(8)
    for name in table.columns:
        plays = name in roles or name == "company"
        if name in PRIVATE if plays else table[name].nunique() > MOST_SEGMENTS:
            hashed = pd.util.hash_array(table[name].astype(str).to_numpy(object), hash_key=key)
            table[name] = pd.Series(hashed, index=table.index).where(table[name].notna())
    return table


def _with_sentiment(
    table: pd.DataFrame, roles: Mapping[str, str], wanted: bool, remarks: list[str], faults: dict[str, int]
) -> tuple[pd.DataFrame, str]:
    """Return the table with sentiment as numbers, and what it was read off."""
    if "sentiment" in roles:
        told = from_labels(table["sentiment"])
        if told is not None:
            faults["sentiment"] = values.lost(table["sentiment"], told)
            return table.assign(sentiment=told), "labels"
        remarks.append(
            f"column {roles['sentiment']!r} is not read as sentiment: words that say negative, neutral or positive, or "
            "numbers from −1 to 1 with some below 0, are expected"
        )
        table = table.drop(columns="sentiment")
    if "score" in roles:
        told = from_scores(table["score"])
        faults["score"] += values.lost(table["score"], told)
        return table.assign(sentiment=told), "scores"
    if "text" in roles and wanted:
        try:
            return table.assign(sentiment=from_text(table["text"])), "text"
        except ImportError:
            remarks.append(needs_extra("sentiment is in the text, and reading it", "data"))
    return table, ""
