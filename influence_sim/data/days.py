"""Which days a record covers as a whole, and how much was written on each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

from influence_sim.data.tables import Table

FULL_DAY_HOURS = 18
"""An edge day counts if its posts span so many hours; else the record began or ended within it."""


def local_day(times: pd.Series) -> pd.Series:
    """Return the day on the calendar of the table's zone."""
    day: pd.Series = times.dt.tz_localize(None).dt.floor("D")
    return day


def full_days(times: pd.Series, has_hours: bool) -> pd.DatetimeIndex:
    """Return the days that a record covers as a whole, those without a post among them.

    The first and the last day count if their posts span :data:`FULL_DAY_HOURS`, or if only dates are known.
    """
    day = local_day(times)
    days = pd.date_range(day.min(), day.max(), freq="D")
    if not has_hours:
        return days
    whole = np.ones(len(days), bool)
    for edge in (0, -1):
        hours = times[day == days[edge]].dt.hour
        whole[edge] &= bool(hours.max() - hours.min() >= FULL_DAY_HOURS)
    return days[whole]


def collected(counts: NDArray[np.float64]) -> slice:
    """Return the days on which a company was collected: all but those at an edge with next to nothing.

    A day at an edge was not collected if it has less than a twentieth of the posts that are usual on the company's
    busier days, and so few would be no accident (by Poisson's law, once in a thousand).
    """
    if not counts.any():
        return slice(0, 0)
    usual = float(np.median(np.sort(counts)[len(counts) // 2 :]))
    missing = (counts < usual / 20) & (poisson.cdf(counts, usual) < 0.001)
    there = np.flatnonzero(~missing)
    return slice(int(there[0]), int(there[-1]) + 1)


def daily_counts(table: Table, company: str | None, sentiment: float | None = None) -> pd.Series:
    """Return posts per full day of the record, by day; of a company and a sentiment, if these are named."""
    frame = table.frame.dropna(subset="time")
    days = full_days(frame["time"], table.has_hours)
    if company is not None:
        frame = frame[frame["company"] == company]
    if sentiment is not None:
        frame = frame[frame["sentiment"] == sentiment]
    return local_day(frame["time"]).value_counts().reindex(days, fill_value=0).astype(float)
