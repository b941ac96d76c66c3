"""Real cascades, reaction times and bursts, read from the data folder and reduced to figures of their shape.

What measures the data measures the model too (:func:`shapes`, :func:`course`, :func:`burst`), so that like is
compared with like.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.cascades import cascades
from influence_sim.verification.real_data import data_folder

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

TREES, NODES = "cascades/twitter15_16_trees.csv.gz", "cascades/twitter15_16_nodes.csv.gz"
TIDEH = "cascades/tideh_100_retweet_cascades.csv.gz"
HIGGS = "cascades/higgs-activity_time.txt.gz"
SUPPORT = "conversations/twcs_first5000.csv.gz"
AIRLINES = "conversations/airline_tweets_feb2015.csv.gz"
TRENDS = "attention/benjerry_haagendazs_gtrends_2020.csv"

WINDOW_HOURS = 7 * 24.0
"""How long the time course of a cascade is looked at: as long as TiDeH's cascades were followed."""

LIMIT_HOURS = 14 * 24.0
"""Reactions later than this are left out: in the model there are none."""

FIRST_AIRLINE_DAY, LATE_AIRLINE = "2015-02-17", "American"
"""Of 16 February there are four tweets; of American there are none before the 22nd."""


def present_folder() -> Path:
    """Return the folder of real data.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("there is no folder of real data")
    return folder


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Messages of many cascades, one row per message and tree by tree, the root first.

    Attributes
    ----------
    root, parent
        Row of the root and of the parent (−1 for a root).
    born
        Hours since the root.
    group
        Which collection a tree belongs to, one entry per tree; empty if there is only one.
    """

    root: Ints
    parent: Ints
    born: Floats
    group: NDArray[np.str_]

    @property
    def tree(self) -> Ints:
        """Number of the tree, 0, 1, 2 …, of each message."""
        return np.cumsum(self.parent < 0) - 1

    def only(self, kept: NDArray[np.bool_]) -> Trees:
        """Return some of the trees."""
        rows = np.flatnonzero(kept[self.tree])
        place = np.full(self.root.size, -1)
        place[rows] = np.arange(rows.size)
        parent = np.where(self.parent[rows] < 0, -1, place[self.parent[rows]])
        group = self.group[kept] if self.group.size else self.group
        return Trees(place[self.root[rows]], parent, self.born[rows], group)


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Figures of cascades, one entry per tree.

    ``size`` counts messages, the root included; ``direct`` is the share of the others that hang on the root; ``depth``
    and ``virality`` as in :class:`~influence_sim.core.cascades.Cascades`.
    """

    size: Ints
    direct: Floats
    depth: Ints
    virality: Floats


def shapes(trees: Trees) -> Shapes:
    """Return the shape of each tree; there is none of a single message."""
    found = cascades(trees.root, trees.parent, trees.born)
    children = np.bincount(trees.parent[trees.parent >= 0], minlength=trees.root.size)
    return Shapes(found.size, children[found.post] / (found.size - 1), found.depth, found.virality)


def delays(trees: Trees) -> tuple[Ints, Floats]:
    """Return tree and hours from parent to child of every message that came within 14 days of its parent."""
    below = np.flatnonzero(trees.parent >= 0)
    hours = trees.born[below] - trees.born[trees.parent[below]]
    kept = (hours >= 0) & (hours <= LIMIT_HOURS)
    return trees.tree[below[kept]], hours[kept]


def course(trees: Trees) -> tuple[Ints, Floats]:
    """Return tree and hours since the root of every message but the root, of the first seven days."""
    kept = np.flatnonzero((trees.parent >= 0) & (trees.born >= 0) & (trees.born <= WINDOW_HOURS))
    return trees.tree[kept], trees.born[kept]


def by_tree(tree: Ints, hours: Floats, least: int = 20) -> dict[str, Floats]:
    """Return share within 1 h, share within 24 h and median of ``hours``, of trees with at least so many entries."""
    grouped = pd.Series(hours).groupby(tree)
    kept = grouped.size() >= least
    figures = {"1 h": grouped.agg(_within_hour), "24 h": grouped.agg(_within_day), "half": grouped.median()}
    return {name: values[kept].to_numpy(np.float64) for name, values in figures.items()}


def _within_hour(hours: Any) -> float:
    return float((hours <= 1).mean())


def _within_day(hours: Any) -> float:
    return float((hours <= 24).mean())


@dataclass(frozen=True, slots=True)
class Burst:
    """The shape of a burst, all volumes less the usual one (the median).

    Attributes
    ----------
    rise, half_life
        Hours that the mean volume of six hours takes from half of its peak to the peak, and from there to half of it.
        Not a number if that is not seen.
    after
        Volume of the day after the worst 24 hours, over that of the worst 24 hours.
    area
        Volume of the five days around the worst 24 hours, over that of the worst 24 hours.
    """

    rise: float
    half_life: float
    after: float
    area: float

    @property
    def above_half(self) -> float:
        """Hours for which the mean volume of six hours stays above half of its peak.

        Where volume is level for a day, it is chance when it peaks, so rise and half-life alone say little.
        """
        return self.rise + self.half_life


def burst(hourly: ArrayLike) -> Burst:
    """Return the shape of the largest burst in a series of hourly volumes."""
    volume = np.asarray(hourly, np.float64)
    six = np.convolve(volume, np.full(6, 1 / 6), "valid") - np.median(volume)
    top = int(six.argmax())
    lower, falling = np.flatnonzero(six[:top] <= six[top] / 2), np.flatnonzero(six[top:] <= six[top] / 2)
    days = np.convolve(volume, np.ones(24), "valid")
    return Burst(
        float(top - lower[-1]) if lower.size else np.nan,
        float(falling[0]) if falling.size else np.nan,
        *_around(days - np.median(days), 24),
    )


def daily_burst(daily: ArrayLike) -> Burst:
    """Return what of the shape of the largest burst can be seen in a series of daily volumes."""
    days = np.asarray(daily, np.float64)
    return Burst(np.nan, np.nan, *_around(days - np.median(days), 1))


def _around(days: Floats, step: int) -> tuple[float, float]:
    """Return the volumes of the day after the peak and of the five days around it, over that of the peak."""
    top = int(days.argmax())
    places = top + step * np.arange(-2, 3)
    inside = (places >= 0) & (places < days.size)
    five = np.where(inside, days[places.clip(0, days.size - 1)], np.nan) / days[top]
    return float(five[3]), float(five.sum())


# reading


@cache
def twitter_trees(folder: Path) -> Trees:
    """Return the 2,134 distinct trees of Twitter15 and Twitter16 that have a root; their group is set and label."""
    index = pd.read_csv(folder / TREES)
    index = index[index["n_roots"] == 1].drop_duplicates("source_tweet_id")
    nodes = pd.read_csv(folder / NODES)
    nodes = nodes[nodes["tree"].isin(index["tree"])].reset_index(drop=True)
    first = nodes.index.to_series().groupby(nodes["tree"]).transform("first").to_numpy(np.int64)
    above = nodes["parent"].to_numpy(np.int64)
    index = index.set_index("tree").loc[nodes["tree"].unique()]
    group = (index["dataset"] + " " + index["label"]).to_numpy(np.str_)
    return Trees(first, np.where(above < 0, -1, first + above), nodes["delay_min"].to_numpy(np.float64) / 60, group)


@cache
def tideh_course(folder: Path) -> tuple[Ints, Floats]:
    """Return cascade and hours since the tweet of every retweet of TiDeH's 100 cascades."""
    found = pd.read_csv(folder / TIDEH)
    found = found[found["time_s"] > 0]
    return found["cascade"].to_numpy(np.int64), found["time_s"].to_numpy(np.float64) / 3600


@cache
def support_replies(folder: Path) -> tuple[Ints, Floats]:
    """Return brand and hours of every reply of a customer to what a brand had said to them, within 14 days."""
    said = pd.read_csv(folder / SUPPORT, parse_dates=["created_at"])
    answers = said[said["inbound"] & said["in_response_to_tweet_id"].notna()]
    brands = said[~said["inbound"]].set_index("tweet_id")[["author_id", "created_at"]].add_prefix("brand_")
    pairs = answers.join(brands, on="in_response_to_tweet_id", how="inner")
    hours = (pairs["created_at"] - pairs["brand_created_at"]).dt.total_seconds().to_numpy(np.float64) / 3600
    brand = np.unique(pairs["brand_author_id"].to_numpy(np.str_), return_inverse=True)[1].astype(np.int64)
    kept = (hours >= 0) & (hours <= LIMIT_HOURS)
    return brand[kept], hours[kept]


@cache
def news_bursts(folder: Path) -> dict[str, Burst]:
    """Return the bursts of attention to public news: the Higgs boson on Twitter, Ben & Jerry's among searches."""
    time = pd.read_csv(folder / HIGGS, sep=" ", header=None, usecols=[2])[2].to_numpy(np.int64)
    hourly = np.bincount((time - time.min()) // 3600)
    searches = pd.read_csv(folder / TRENDS)["BJ"].to_numpy(np.float64)
    return {"Higgs boson": burst(hourly), "Ben & Jerry's": daily_burst(searches)}


@cache
def airline_bursts(folder: Path) -> dict[str, Burst]:
    """Return the bursts of complaint about each airline in the winter storms of February 2015."""
    said = pd.read_csv(folder / AIRLINES, usecols=["airline", "airline_sentiment", "tweet_created"])
    hour = (pd.to_datetime(said["tweet_created"]) - pd.Timestamp(FIRST_AIRLINE_DAY)) // pd.Timedelta(hours=1)
    kept = (said["airline_sentiment"] == "negative") & (hour >= 0) & (said["airline"] != LATE_AIRLINE)
    # The last hour with any tweet is cut short.
    last = int(hour.max())
    series = hour[kept & (hour < last)].groupby(said["airline"])
    return {str(name): burst(np.bincount(hours, minlength=last)) for name, hours in series}
