"""Looking a table over before it is believed: what it holds, what is wrong with it, and what it can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from influence_sim.data.days import collected, daily_counts, full_days, local_day
from influence_sim.data.estimators import ESTIMATORS
from influence_sim.data.figures import known
from influence_sim.data.tables import MOST_SEGMENTS, Table

FEWEST_IN_GROUPS = 3
"""Groups of exactly the same, largest size that make a cap of the collection likely."""


@dataclass(frozen=True, slots=True)
class Possibility:
    """Whether something can be estimated from a table, and what stands against it.

    Attributes
    ----------
    name, title
        What could be estimated, as it is typed and in words.
    lacks
        The columns that are missing; empty if none is.
    objections
        Why the table cannot tell although it has the columns.
    """

    name: str
    title: str
    lacks: str
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a table holds.

    Attributes
    ----------
    name, rows
        The file's name, and how many rows it has.
    roles
        Which of the file's columns plays which role.
    first, last
        When the record begins and ends, as ISO 8601; empty without times.
    companies
        Rows by company, the largest first.
    findings
        What one should know of it, in words: duplicates, gaps, artefacts of the collection.
    possibilities
        What can be estimated.
    """

    name: str
    rows: int
    roles: Mapping[str, str]
    first: str
    last: str
    companies: Mapping[str, int]
    findings: tuple[str, ...]
    possibilities: tuple[Possibility, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "file": self.name,
            "rows": self.rows,
            "columns": dict(self.roles),
            "first": self.first or None,
            "last": self.last or None,
            "companies": known(self.companies),
            "findings": list(self.findings),
            "can_estimate": [one.name for one in self.possibilities if not one.lacks],
            "cannot_estimate": {one.name: one.lacks for one in self.possibilities if one.lacks},
            "objections": {one.name: list(one.objections) for one in self.possibilities if one.objections},
        }


def inspect(table: Table) -> Inspection:
    """Look a table over.

    Parameters
    ----------
    table
        As :func:`~influence_sim.data.tables.read_table` returns it.

    Returns
    -------
    Inspection
        What it holds, what is wrong with it, and what can be estimated.
    """
    times = table.frame["time"].dropna() if table.has("time") else pd.Series(dtype="datetime64[ns]")
    return Inspection(
        name=table.name,
        rows=len(table),
        roles=table.roles,
        first=times.min().isoformat() if len(times) else "",
        last=times.max().isoformat() if len(times) else "",
        companies={str(name): int((table.frame["company"] == name).sum()) for name in table.companies},
        findings=(*table.remarks, *_findings(table)),
        possibilities=tuple(
            Possibility(
                one.name,
                one.title,
                lacks := one.lacks(table),
                () if lacks else tuple(one.objections(table)),
            )
            for one in ESTIMATORS.values()
        ),
    )


def _findings(table: Table) -> Iterator[str]:
    for role, number in table.faults.items():
        yield f"{number} values of {table.roles[role]!r} cannot be read as {role} and count as missing"
    if table.has("time"):
        yield from _of_times(table)
    yield from _duplicates(table)
    if table.has("company") and table.has("time"):
        yield from _appearances(table)
    yield from _caps(table)
    if table.has("sentiment") and table.sentiment_from == "text":
        yield "sentiment was read off the text by a lexicon: a rough guide (see docs/data.md)"
    if table.has("time", "replied_at"):
        early = int((table.frame["replied_at"] < table.frame["time"]).sum())
        if early:
            yield f"{early} answers are older than what they answer: it was edited since, or clocks differ"


def _of_times(table: Table) -> Iterator[str]:
    times = table.frame["time"].dropna()
    if not table.has_zone and table.has_hours:
        yield (
            "times do not tell their zone and are taken as they are; hours and days are right only if --timezone "
            "names where the clock stood"
        )
    if not table.has_hours:
        yield "times are dates without hours: nothing can be said of hours"
    late = int((times > pd.Timestamp.now(tz=times.dt.tz)).sum())
    if late:
        yield f"{late} times lie in the future"
    days = full_days(times, table.has_hours)
    if table.has_hours:
        edges = [day for day in (local_day(times).min(), local_day(times).max()) if day not in days]
        for day in dict.fromkeys(edges):
            number = int((local_day(times) == day).sum())
            yield f"{day.date()} is covered in part ({number} rows) and does not count as a day"
    counts = daily_counts(table, None)
    silent = counts.index[counts == 0]
    usual = float(counts.median()) if len(counts) else 0.0
    if usual >= 10 and len(silent):
        # By chance a day of ten expected posts stays empty once in twenty thousand.
        yield f"{len(silent)} days in between have no row at all, the first {silent[0].date()}: a gap in the record"


def _duplicates(table: Table) -> Iterator[str]:
    frame = table.frame
    if table.has("message"):
        again = int(frame["message"].dropna().duplicated().sum())
        if again and again < len(frame) / 2:
            yield f"{again} rows repeat a message's number ({table.roles['message']!r}): the same post twice"
    unnamed = frame.drop(columns=[name for name in ("message",) if name in frame])
    if table.has("time") or table.has("cascade"):
        again = int(unnamed.duplicated().sum())
        if again:
            yield f"{again} rows are exact copies of another ({again / len(frame):.1%}); they are counted as they stand"


def _appearances(table: Table) -> Iterator[str]:
    for company in table.companies:
        counts = daily_counts(table, company)
        if not len(counts):
            return
        there = collected(counts.to_numpy())
        if there.start > 0:
            yield (
                f"{company} appears from {counts.index[there.start].date()} only, {there.start} days after the record "
                "begins: collected later, not silent before"
            )
        if 0 < there.stop < len(counts):
            yield (
                f"{company} disappears after {counts.index[there.stop - 1].date()}, {len(counts) - there.stop} days "
                "before the record ends: no longer collected, not silent"
            )


def _caps(table: Table) -> Iterator[str]:
    """Find a limit on rows per group, which makes counts and rates those of the collection."""
    segments = [
        str(name)
        for name in table.frame
        if name not in table.roles and 2 <= table.frame[name].nunique() <= MOST_SEGMENTS
    ]
    groups: list[list[str]] = (
        [["company"], ["company", *segments[:1]]] if table.has("company") else [segments[:1]] if segments else []
    )
    for by in groups:
        sizes = table.frame.groupby(by, observed=True).size()
        largest = int(sizes.max()) if len(sizes) else 0
        at_most = int((sizes == largest).sum())
        if at_most >= FEWEST_IN_GROUPS and largest >= 50:
            named = f"{at_most} groups by {' and '.join(by)}"
            yield f"{named} have exactly {largest} rows: a limit of the collection, so there are no rates"
            return
