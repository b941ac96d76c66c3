"""Who is spoken about how often, how badly, and when: rates per day, shares of complaint and praise, profiles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from influence_sim.data.days import collected, daily_counts, local_day
from influence_sim.data.figures import Estimates, Estimator, Figure, bootstrapped
from influence_sim.data.tables import DataError, Table

FEWEST_DAYS = 3
"""Full days below which a rate has no interval."""
FEWEST_WEEKS = 3
"""Whole weeks below which a weekday is not told from the accidents of its days."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _mentions(table: Table) -> Estimates:
    frame = table.frame.dropna(subset="time") if table.has("time") else table.frame
    if frame.empty:
        raise DataError(f"{table.name}: no row has a time; rates of mention need times")
    companies: list[str | None] = [*table.companies] if table.has("company") else [None]
    figures: dict[str, Figure] = {}
    notes: list[str] = []
    for company in companies:
        of = "" if company is None else f".{company}"
        rows = frame if company is None else frame[frame["company"] == company]
        if table.has("time"):
            figures |= _rates(table, company, of, notes)
        if table.has("sentiment"):
            figures |= _shares(rows, of)
    if table.has("sentiment") and len(companies) > 1:
        figures |= _shares(frame, "")
    if table.sentiment_from == "text":
        notes.append(
            "sentiment was read off the text by a lexicon, which on hand-labelled tweets found less than half of "
            "the negative ones: take negative shares for too low, and compare rather than believe them"
        )
    if table.sentiment_from == "scores":
        notes.append("1 and 2 stars count as negative, 4 and 5 as positive")
    if table.has("time"):
        profile = _profile(table)
        figures |= profile
        if not any(name.startswith("weekday") for name in profile):
            notes.append(f"weekdays are not told apart from single days by less than {FEWEST_WEEKS} weeks")
    return Estimates("mentions", figures, _authors(table), notes)


def _rates(table: Table, company: str | None, of: str, notes: list[str]) -> dict[str, Figure]:
    """Return posts per ordinary day: the median over full days, which one crisis does not move, and the mean."""
    counts = daily_counts(table, company)
    watched = collected(counts.to_numpy())
    name = "the record" if company is None else company
    if watched != slice(0, len(counts)) and watched.stop > watched.start:
        first, last = counts.index[watched.start].date(), counts.index[watched.stop - 1].date()
        notes.append(f"{name} was collected from {first} to {last} only; other days do not count for it")
    kept = counts.to_numpy()[watched]
    if len(kept) < FEWEST_DAYS:
        notes.append(f"{name}: {len(kept)} full days are too few for a rate")
        none = Figure(math.nan, math.nan, math.nan, "posts per day")
        return {f"mentions_per_day{of}": none, f"ordinary_day{of}": none}

    def statistics(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        days = np.repeat(kept, drawn)
        return np.array([days.mean(), np.median(days)])

    low, high = bootstrapped(statistics, len(kept))
    return {
        f"mentions_per_day{of}": Figure(float(kept.mean()), float(low[0]), float(high[0]), "posts per day"),
        f"ordinary_day{of}": Figure(float(np.median(kept)), float(low[1]), float(high[1]), "posts per day (median)"),
    }


def _shares(rows: pd.DataFrame, of: str) -> dict[str, Figure]:
    """Return shares of sentiment, and complaints per praise; who writes often is one person, drawn as a whole."""
    rows = rows.dropna(subset="sentiment")
    if rows.empty:
        return {}
    author = rows["author"] if "author" in rows else pd.Series(np.arange(len(rows)), index=rows.index)
    number = pd.factorize(author, use_na_sentinel=False)[0]
    by_author = np.stack([np.bincount(number, rows["sentiment"] == value) for value in (-1, 0, 1)], axis=1)

    def statistics(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        negative, neutral, positive = drawn @ by_author
        total = negative + neutral + positive
        return np.array([negative / total, positive / total, negative / positive if positive else np.nan])

    once = statistics(np.ones(len(by_author), np.int64))
    low, high = bootstrapped(statistics, len(by_author), resamples=400)
    units = ("share of posts", "share of posts", "complaints per praise")
    names = ("negative_share", "positive_share", "complaints_per_praise")
    return {
        f"{name}{of}": Figure(float(once[k]), float(low[k]), float(high[k]), units[k]) for k, name in enumerate(names)
    }


def _profile(table: Table) -> dict[str, Figure]:
    """Return when people write: the share of posts by hour, and posts by weekday relative to the mean day.

    Intervals draw whole days again, or weeks for weekdays, as what is written on a day hangs together.
    """
    times = table.frame["time"].dropna()
    counts = daily_counts(table, None)
    times = times[local_day(times).isin(counts.index)]
    if not len(times):
        return {}
    figures: dict[str, Figure] = {}
    if table.has_hours:
        day = pd.factorize(local_day(times))[0]
        by_day = np.zeros((day.max() + 1, 24))
        np.add.at(by_day, (day, times.dt.hour.to_numpy()), 1)
        low, high = bootstrapped(lambda drawn: (total := drawn @ by_day) / total.sum(), len(by_day))
        share = by_day.sum(axis=0) / by_day.sum()
        figures |= {
            f"hour_share.{hour:02d}": Figure(float(share[hour]), float(low[hour]), float(high[hour]), "share of posts")
            for hour in range(24)
        }
    weeks = len(counts) // len(_WEEKDAYS)
    if weeks >= FEWEST_WEEKS and counts.sum():
        by_week = counts.to_numpy()[: weeks * len(_WEEKDAYS)].reshape(weeks, -1)
        by_week = np.roll(by_week, counts.index[0].weekday(), axis=1)
        low, high = bootstrapped(lambda drawn: _relative(drawn @ by_week), weeks)
        ratio = _relative(by_week.sum(axis=0))
        figures |= {
            f"weekday.{name}": Figure(float(ratio[k]), float(low[k]), float(high[k]), "of the mean day")
            for k, name in enumerate(_WEEKDAYS)
        }
    return figures


def _relative(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Return counts relative to their mean; not numbers where there are none, as in a sample of empty weeks."""
    return np.asarray(counts / counts.mean() if counts.any() else np.full(counts.shape, np.nan))


def _authors(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {"posts": len(table)}
    if table.has("author"):
        posts = table.frame["author"].value_counts()
        found |= {
            "authors": len(posts),
            "write_once_share": float((posts == 1).mean()),
            "most_by_one_author": int(posts.max()),
        }
    return found


MENTIONS = Estimator(
    "mentions",
    "how often each company is named, how badly, on which days and hours",
    (("time",), ("company", "sentiment"), ("sentiment",)),
    _mentions,
)
