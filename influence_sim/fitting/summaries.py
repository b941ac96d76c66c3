"""What a record and a simulated market are compared by: complaint and praise per day, and what sums them up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence_sim.data.days import collected, daily_counts
from influence_sim.data.tables import DataError, Table

type Counts = NDArray[np.float64]
"""Posts, shape (days, companies, 2): complaints and praise."""

COMPLAINTS, PRAISE = 0, 1
_HALF = 0.5
"""Added to counts before logarithms are taken, so that none is of 0 (Anscombe 1956, Biometrika 43:461)."""


class Window(NamedTuple):
    """Which days are summed up: the first ``ordinary`` are those before anything struck, ``end`` is past the last."""

    ordinary: int
    end: int


def _share(counts: Counts, window: Window) -> NDArray[np.float64]:
    posts = counts[: window.ordinary].sum(axis=(0, 2)) + _HALF
    return np.asarray(np.log(posts) - np.log(posts).mean())


def _negative_odds(counts: Counts, window: Window) -> NDArray[np.float64]:
    complaints, praise = (counts[: window.ordinary].sum(axis=0) + _HALF).T
    return np.asarray(np.log(complaints / praise))


def _surge(counts: Counts, window: Window) -> NDArray[np.float64]:
    usual = counts[: window.ordinary, :, COMPLAINTS].sum(axis=0) / window.ordinary
    later = counts[window.ordinary : window.end, :, COMPLAINTS]
    # A day's count of a simulated market is small; so the few of an ordinary day are smoothed as its own are.
    return np.asarray(np.log((later + _HALF) / (usual + _HALF))).ravel()


SUMMARIES: dict[str, tuple[str, Callable[[Counts, Window], NDArray[np.float64]]]] = {
    "share": ("log of a company's posts on ordinary days, relative to the companies' geometric mean", _share),
    "negative_odds": ("log of complaints per praise on ordinary days", _negative_odds),
    "surge": ("log of the complaints of each later day, per complaint of an ordinary day", _surge),
}
"""Summary statistics by name: what they are, and how they follow from counts; one per company, or company and day."""


def summarise(counts: Counts, window: Window, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the summary statistics that are named, one after the other, shape (k,)."""
    return np.concatenate([SUMMARIES[name][1](counts, window) for name in names])


def summary_labels(companies: Sequence[str], window: Window, names: Sequence[str]) -> list[str]:
    """Return what each summary statistic is called, in the order of :func:`summarise`."""
    labels = []
    for name in names:
        days = range(window.ordinary, window.end) if name == "surge" else [None]
        labels += [
            f"{name} {company}" + ("" if day is None else f" day {day}") for day in days for company in companies
        ]
    return labels


def observed_counts(table: Table, companies: Sequence[str], first: str, last: str) -> Counts:
    """Return complaints and praise of companies on the days of a record; neutral posts do not count.

    Raises
    ------
    DataError
        If the record has no sentiment or times, does not cover the days, or does not know a company.
    """
    for role in ("time", "company", "sentiment"):
        if not table.has(role):
            raise DataError(f"{table.name}: a fit needs {role}; name its column by --column {role}=NAME")
    for company in companies:
        if company not in table.companies:
            there = ", ".join(table.companies[:10])
            raise DataError(f"{table.name}: does not know {company!r}; companies are {there}")
    days = pd.date_range(first, last)
    counts = []
    for company in companies:
        total = daily_counts(table, company)
        covered = pd.DatetimeIndex(total.index)
        if missing := len(days.difference(covered)):
            raise DataError(
                f"{table.name}: covers {len(days) - missing} of the {len(days)} days from {first} to {last}"
            )
        if len(gone := days.difference(covered[collected(total.to_numpy())])):
            raise DataError(f"{table.name}: {company} was not collected on {gone[0].date()}; leave it out, or that day")
        by_sentiment = [daily_counts(table, company, sentiment).loc[first:last] for sentiment in (-1, 1)]
        counts.append(np.stack([series.to_numpy(float) for series in by_sentiment], axis=1))
    return np.stack(counts, axis=1)
