"""Patterns of real data beside those of the model: shapes of cascades, delays of reshares, shapes of bursts.

Bands are computed from the data by one of three rules, whatever the model does:

- *Quartiles*: the median of the model's cascades lies between the quartiles of the real ones, of equal size (for
  replies to brands: between the quartiles of brands).
- *Extremes*: a figure that each data set gives only once (a spread, a trend, the shape of a burst) lies between the
  least and the greatest of the data sets.
- *Published*: a band that somebody else has drawn.

docs/validation.md says what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp

from influence_sim.experiment.calibration import TARGETS
from influence_sim.verification.findings import Check, Finding, Ground, Size
from influence_sim.verification.patterns.bands import Times, extremes, log_distance, mean, median, quartiles, resampled
from influence_sim.verification.patterns.data import (
    AIRLINES,
    HIGGS,
    NODES,
    SUPPORT,
    TIDEH,
    TREES,
    TRENDS,
    Burst,
    Floats,
    Ints,
    Shapes,
    Trees,
    airline_bursts,
    burst,
    by_tree,
    course,
    delays,
    news_bursts,
    shapes,
    support_replies,
    tideh_course,
    twitter_trees,
)
from influence_sim.verification.patterns.worlds import complaint_after, large_cascades, quiet_posts
from influence_sim.verification.real_data import data_folder

# Quantile of the real sizes up to which trees are compared; people; sizes; posts per size.
LARGE = {Size.SMALL: (0.75, 20_000, 9, 12), Size.FULL: (0.975, 80_000, 20, 15)}
# People, worlds and days of quiet.
QUIET = {Size.SMALL: (2_000, 4, 40), Size.FULL: (2_000, 24, 360)}
# People and worlds after an incident: of 16,000, as many complain of a delay in an hour as of an airline in the data.
AFTER_NEWS = {Size.SMALL: (8_000, 6), Size.FULL: (8_000, 48)}
AFTER_DELAY = {Size.SMALL: (16_000, 5), Size.FULL: (16_000, 48)}

NEWS = {"kind": "scandal", "duration_days": 1}
"""News of one moment, as in the data; what else there is to say is as usual for a scandal."""
DELAY = {"kind": "delay"}

TWITTER = "Twitter15/16: Liu et al. 2015; Ma, Gao & Wong 2017"
COLLECTION = "TiDeH: Kobayashi & Lambiotte 2016, out of the collection that gave Zhao et al. 2015 the model's kernel"
SUPPORTED = "customers' replies to brands: Customer Support on Twitter, Thought Vector 2017"
GOEL = "Goel et al. 2012: 1 to 4 % go beyond one hop"
NEWS_DATA = "Higgs boson: De Domenico et al. 2013; searches for Ben & Jerry's: Google Trends 2020"
AIRLINE_DATA = "complaints about five airlines, February 2015: CrowdFlower"
HOURLY_DATA = "Higgs boson: De Domenico et al. 2013; five airlines: CrowdFlower 2015"

ALIKE = (
    "all calm posts are equally infectious here and all followers equally willing; real posts and audiences differ "
    "(Goel, Munagala, Sharma & Zhang 2015)"
)
NO_STALENESS = "interest in real stories fades within days; here a copy seen late is shared as readily as a fresh one"
NO_NIGHT = "people sleep, and what is posted before the night waits; here every hour is alike"
TOLD_EVENLY = "people speak within hours and stop at night; here an experience is told at any hour of the next 24 alike"


def _folder() -> Path:
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("there is no folder of real data")
    return folder


# (a) cascades


def posts(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare how far calm posts get in a quiet market with published shares; no data are needed."""
    people, worlds, days = QUIET[size]
    found = quiet_posts(people, worlds, days, parameters)
    # Tuned to: base_reproduction.
    for name, column in (
        ("calm posts that nobody passes on", "alone"),
        ("calm posts, mean size of cascade", "mean_size"),
    ):
        target = next(target for target in TARGETS if target.name == name)
        got = mean(found[column])
        yield Finding(name, target.low, target.high, *got, ground=Ground.CALIBRATED, source=target.source)
    beyond = mean(1 - found["alone"] - found["one_hop"])
    # Published; R_base, which is tuned to the two before it, all but fixes it.
    yield Finding("calm posts that go beyond one hop", 0.01, 0.04, *beyond, ground=Ground.CALIBRATED, source=GOEL)


def shape(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the shapes of large cascades with those of real ones of equal sizes."""
    real, model = _pair(size, parameters)
    there, here = shapes(real), shapes(model)
    for what, theirs, ours in (
        ("large cascade: share that hangs on its root", there.direct, here.direct),
        ("large cascade: depth", there.depth, here.depth),
        ("large cascade: structural virality", there.virality, here.virality),
        ("the largest fifth of them: structural virality", _of_largest(there), _of_largest(here)),
    ):
        yield Finding(
            what,
            *quartiles(theirs),
            *median(ours),
            ground=Ground.VALIDATED,
            source=TWITTER,
            distance=float(ks_2samp(theirs, ours).statistic),
            measured_by="Kolmogorov-Smirnov",
        )
    # Extremes of two collections, each with four labels.
    groups = [np.flatnonzero(real.group == name) for name in np.unique(real.group)]
    yield Finding(
        "large cascades: spread of the share on the root, between quartiles",
        *extremes(_spread(there, group) for group in groups),
        *resampled(lambda places: _spread(here, places), here.size.size),
        ground=Ground.VALIDATED,
        source=TWITTER,
        known_miss=ALIKE,
    )


def _of_largest(of: Shapes) -> Floats:
    """Return the structural virality of the largest fifth of cascades."""
    return of.virality[of.size >= np.quantile(of.size, 0.8)]


def _spread(of: Shapes, places: Ints) -> float:
    low, high = quartiles(of.direct[places])
    return high - low


def _pair(size: Size, parameters: Mapping[str, float]) -> tuple[Trees, Trees]:
    """Return real trees, and the model's: of the same range of sizes, and expected to be as large as these."""
    largest, _, count, _ = LARGE[size]
    real = twitter_trees(_folder())
    there = np.bincount(real.tree)
    limit = np.quantile(there, largest)
    sizes = np.quantile(there, largest * (np.arange(count) + 0.5) / count).astype(int)
    model = _simulated(size, tuple(sorted(parameters.items())), tuple(sizes.tolist()))
    here = np.bincount(model.tree)
    return real.only(there <= limit), model.only((here >= there.min()) & (here <= limit))


@cache
def _simulated(size: Size, parameters: tuple[tuple[str, float], ...], sizes: tuple[int, ...]) -> Trees:
    _, people, _, posts_each = LARGE[size]
    return large_cascades(np.array(sizes), people, posts_each, dict(parameters))


# (b) delays


def time_course(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the time course of whole cascades, over their first seven days."""
    real, model = _pair(size, parameters)
    ours, tideh = course(model), tideh_course(_folder())
    yield from _times("reshares", course(real), ours, Ground.VALIDATED, TWITTER, {"24 h": NO_STALENESS})
    slow = {"1 h": NO_NIGHT, "half": NO_NIGHT}
    yield from _times("reshares (TiDeH)", tideh, ours, Ground.CALIBRATED, COLLECTION, slow)


def reactions(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the time from a message to a reaction to it, as far as that comes within 14 days."""
    real, model = _pair(size, parameters)
    ours, replies = delays(model), support_replies(_folder())
    yield from _times("parent to child", delays(real), ours, Ground.VALIDATED, TWITTER, {"24 h": NO_STALENESS})
    yield from _times("replies to a brand", replies, ours, Ground.VALIDATED, SUPPORTED, {})


def _times(
    what: str, theirs: Times, ours: Times, ground: Ground, source: str, misses: Mapping[str, str]
) -> Iterable[Finding]:
    there, here, distance = by_tree(*theirs), by_tree(*ours), log_distance(theirs, ours)
    for name, label in (("1 h", "share within 1 h"), ("24 h", "share within 24 h"), ("half", "median hours")):
        yield Finding(
            f"{what}: {label}",
            *quartiles(there[name]),
            *median(here[name]),
            ground=ground,
            source=source,
            distance=distance,
            measured_by="Wasserstein-1 in log10 hours",
            known_miss=misses.get(name, ""),
        )


# (c) bursts, all by extremes


def news_burst(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare what is said after news of one moment with real bursts."""
    ours, real = _bursts(NEWS, *AFTER_NEWS[size], parameters), news_bursts(_folder()).values()
    yield _above_half("after news", ours)
    yield _burst("after news: the day after, over the worst 24 hours", "after", real, ours, NEWS_DATA)
    yield _burst("after news: five days around the peak, over the worst 24 hours", "area", real, ours, NEWS_DATA)


def complaint_burst(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare complaints after a delay with those about airlines in winter storms."""
    ours, real = _bursts(DELAY, *AFTER_DELAY[size], parameters), airline_bursts(_folder()).values()
    yield _above_half("after a delay", ours)
    yield _burst("after a delay: the day after, over the worst 24 hours", "after", real, ours, AIRLINE_DATA)


def _bursts(incident: Mapping[str, object], people: int, worlds: int, parameters: Mapping[str, float]) -> list[Burst]:
    return [burst(volume) for volume in complaint_after(incident, people, worlds, parameters)]


def _above_half(what: str, ours: list[Burst]) -> Finding:
    folder = _folder()
    real = [*news_bursts(folder).values(), *airline_bursts(folder).values()]
    return _burst(f"{what}: hours above half of the peak", "above_half", real, ours, HOURLY_DATA, TOLD_EVENLY)


def _burst(
    what: str, name: str, real: Iterable[Burst], ours: list[Burst], source: str, known_miss: str = ""
) -> Finding:
    band = extremes(getattr(one, name) for one in real)
    got = mean([getattr(one, name) for one in ours])
    return Finding(what, *band, *got, ground=Ground.VALIDATED, source=source, known_miss=known_miss)


CHECKS: tuple[Check, ...] = (
    Check("calm-posts", posts),
    Check("large-cascades", shape, (TREES, NODES)),
    Check("time-course", time_course, (TREES, NODES, TIDEH)),
    Check("delays", reactions, (TREES, NODES, SUPPORT)),
    Check("news-burst", news_burst, (HIGGS, TRENDS, AIRLINES)),
    Check("complaint-burst", complaint_burst, (HIGGS, TRENDS, AIRLINES)),
)
"""Every comparison with real data or published bands, and the files it needs."""
