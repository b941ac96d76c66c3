"""Patterns of real data beside those of the model: shapes of cascades, delays of reshares, shapes of bursts.

Every band was fixed before the model was run, by one of three rules:

- *Quartiles*: the median of the model's cascades lies between the quartiles of the real ones, of equal size (or, for
  replies to brands, between the quartiles of brands).
- *Extremes*: a figure that each data set gives only once (a spread, a trend, the shape of a burst) lies between the
  least and the greatest of the data sets.
- *Published*: a band that somebody else has drawn.

docs/validation.md says what came of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import ks_2samp, wasserstein_distance

from influence_sim.experiment.calibration import TARGETS
from influence_sim.verification.findings import Check, Finding, Ground, Size
from influence_sim.verification.patterns_data import (
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
    extremes,
    news_bursts,
    quartiles,
    shapes,
    support_replies,
    tideh_course,
    twitter_trees,
)
from influence_sim.verification.patterns_worlds import complaint_after, large_cascades, quiet_posts
from influence_sim.verification.real_data import data_folder

TWITTER = "Twitter15/16: Liu et al. 2015; Ma, Gao & Wong 2017"
SEISMIC = "TiDeH: Kobayashi & Lambiotte 2016, from the collection of Zhao et al. 2015, whose kernel the model has"
SUPPORTED = "customers' replies to brands: Customer Support on Twitter, Thought Vector 2017"
HIGGS_TRENDS = "Higgs boson: De Domenico et al. 2013; searches for Ben & Jerry's: Google Trends 2020"
BURSTS = "Higgs boson: De Domenico et al. 2013; five airlines: CrowdFlower 2015"
GOEL = "Goel et al. 2012: 1 to 4 % go beyond one hop"

# Extents: quantile of the real sizes up to which trees are compared, people, sizes, posts per size.
LARGE = {Size.SMALL: (0.75, 20_000, 9, 12), Size.FULL: (0.975, 80_000, 20, 15)}
# People, worlds and days of quiet.
QUIET = {Size.SMALL: (2_000, 4, 90), Size.FULL: (2_000, 24, 360)}
# People and worlds after an incident; complaints about a delay are then about as many as an airline got.
STRUCK = {Size.SMALL: (8_000, 3), Size.FULL: (16_000, 12)}

RESAMPLES = 200
SHORTEST_HOURS = 1 / 60

NEWS = {"kind": "scandal", "duration_days": 1}
"""News of one moment, as the two real bursts are; the other values are the usual ones of a scandal."""
DELAY = {"kind": "delay"}

EVEN = ""
STALE = ""
CLOCK = ""
TOLD = ""


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
    for name, values in (
        ("calm posts that nobody passes on", found["alone"]),
        ("calm posts, mean size of cascade", found["mean_size"]),
    ):
        target = next(target for target in TARGETS if target.name == name)
        yield Finding(name, target.low, target.high, *_mean(values), ground=Ground.CALIBRATED, source=target.source)
    beyond = 1 - found["alone"] - found["one_hop"]
    yield Finding("calm posts that go beyond one hop", 0.01, 0.04, *_mean(beyond), ground=Ground.VALIDATED, source=GOEL)


def shape(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the shapes of large cascades with those of real ones of equal sizes."""
    real, model = _pair(size, parameters)
    there, here = shapes(real), shapes(model)
    for what, name in (
        ("share of a large cascade that hangs on its root", "direct"),
        ("share of it that hangs on the largest broadcast below the root", "second"),
        ("depth of a large cascade", "depth"),
        ("structural virality of a large cascade", "virality"),
    ):
        theirs, ours = getattr(there, name), getattr(here, name)
        yield Finding(
            f"{what}, median",
            *quartiles(theirs),
            *_bootstrap(np.median, ours),
            ground=Ground.VALIDATED,
            source=TWITTER,
            distance=float(ks_2samp(theirs, ours).statistic),
            measured_by="Kolmogorov-Smirnov",
        )
    groups = [np.flatnonzero(real.group == name) for name in np.unique(real.group)]
    for what, figure, reason in (
        ("spread of the share on the root between cascades (quartiles)", _spread, EVEN),
        ("structural virality, largest fifth of cascades to smallest", _trend, ""),
    ):
        yield Finding(
            what,
            *extremes(figure(there, group) for group in groups),
            *_bootstrap(lambda places, figure=figure: figure(here, places), np.arange(here.size.size)),
            ground=Ground.VALIDATED,
            source=TWITTER,
            known_miss=reason,
        )


def _spread(of: Shapes, places: Ints) -> float:
    low, high = quartiles(of.direct[places])
    return high - low


def _trend(of: Shapes, places: Ints) -> float:
    fifths = np.array_split(places[np.argsort(of.size[places], kind="stable")], 5)
    return float(np.median(of.virality[fifths[-1]]) / np.median(of.virality[fifths[0]]))


@cache
def _simulated(size: Size, parameters: tuple[tuple[str, float], ...], sizes: tuple[int, ...]) -> Trees:
    _, people, _, posts_each = LARGE[size]
    return large_cascades(np.array(sizes), people, posts_each, dict(parameters))


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


# (b) delays


def time_course(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the time course of whole cascades, over their first seven days."""
    real, model = _pair(size, parameters)
    ours, folder = course(model), _folder()
    yield from _times("reshares of a cascade", course(real), ours, Ground.VALIDATED, TWITTER, {"24 h": STALE})
    tideh = {"1 h": CLOCK, "half": CLOCK}
    yield from _times("reshares of a TiDeH cascade", tideh_course(folder), ours, Ground.CALIBRATED, SEISMIC, tideh)


def reactions(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the time from a message to the reaction to it, as far as that comes within 14 days."""
    real, model = _pair(size, parameters)
    ours, folder = delays(model), _folder()
    yield from _times("parent to child in a tree", delays(real), ours, Ground.VALIDATED, TWITTER, {"24 h": STALE})
    yield from _times("replies to a brand", support_replies(folder), ours, Ground.VALIDATED, SUPPORTED, {})


def _times(
    what: str,
    theirs: tuple[Ints, Floats],
    ours: tuple[Ints, Floats],
    ground: Ground,
    source: str,
    misses: Mapping[str, str],
) -> Iterable[Finding]:
    there, here = by_tree(*theirs), by_tree(*ours)
    distance = _log_distance(theirs, ours)
    for name, label in (("1 h", "share within 1 h"), ("24 h", "share within 24 h"), ("half", "median, hours")):
        yield Finding(
            f"{what}: {label}",
            *quartiles(there[name]),
            *_bootstrap(np.median, here[name]),
            ground=ground,
            source=source,
            distance=distance,
            measured_by="Wasserstein-1 in log10 hours",
            known_miss=misses.get(name, ""),
        )


def _log_distance(theirs: tuple[Ints, Floats], ours: tuple[Ints, Floats]) -> float:
    """Return how far two sets of times are apart, all trees (or brands) counting the same."""
    weights = [1 / np.bincount(tree)[tree] for tree, _ in (theirs, ours)]
    logs = [np.log10(np.maximum(hours, SHORTEST_HOURS)) for _, hours in (theirs, ours)]
    return float(wasserstein_distance(*logs, *weights))


# (c) bursts


def news_burst(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare what is said after news of one moment with real bursts."""
    real = news_bursts(_folder())
    ours = _bursts(size, NEWS, parameters)
    yield from _hours("after news", ours)
    for what, name in (
        ("after news: the day after, over the worst 24 hours", "after"),
        ("after news: the day before, over the worst 24 hours", "before"),
        ("after news: days around the peak, over the worst 24 hours", "width"),
    ):
        yield _burst_finding(what, name, real.values(), ours, HIGGS_TRENDS)


def complaint_burst(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare complaints after a delay with those about airlines in a winter storm."""
    ours = _bursts(size, DELAY, parameters)
    yield from _hours("after a delay", ours)
    real = airline_bursts(_folder()).values()
    yield _burst_finding("after a delay: the day after, over the worst 24 hours", "after", real, ours, BURSTS)
    yield _burst_finding("after a delay: the day before, over the worst 24 hours", "before", real, ours, BURSTS)


def _hours(what: str, ours: list[Burst]) -> Iterable[Finding]:
    folder = _folder()
    real = [*news_bursts(folder).values(), *airline_bursts(folder).values()]
    yield _burst_finding(f"{what}: hours from half of the peak to the peak", "rise", real, ours, BURSTS)
    yield _burst_finding(f"{what}: hours from the peak to half of it", "half_life", real, ours, BURSTS)


def _burst_finding(what: str, name: str, real: Iterable[Burst], ours: list[Burst], source: str) -> Finding:
    band = extremes(getattr(one, name) for one in real)
    got = _mean(np.array([getattr(one, name) for one in ours]))
    reason = TOLD if (what.split(":")[0], name) in TOLD_LATE else ""
    return Finding(what, *band, *got, ground=Ground.VALIDATED, source=source, known_miss=reason)


TOLD_LATE: set[tuple[str, str]] = set()


def _bursts(size: Size, incident: Mapping[str, object], parameters: Mapping[str, float]) -> list[Burst]:
    people, worlds = STRUCK[size]
    return [burst(volume) for volume in complaint_after(incident, people, worlds, parameters)]


# errors


def _mean(values: Floats) -> tuple[float, float]:
    """Return the mean over worlds, and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / values.size**0.5)


def _bootstrap(figure: Callable[..., ArrayLike], values: ArrayLike) -> tuple[float, float]:
    """Return a figure of cascades, and its standard error: its spread over resampled cascades."""
    values, rng = np.asarray(values), np.random.default_rng(1)
    drawn = [figure(values[rng.integers(0, values.size, values.size)]) for _ in range(RESAMPLES)]
    return float(np.asarray(figure(values))), float(np.std(drawn, ddof=1))


CHECKS: tuple[Check, ...] = (
    Check("calm-posts", posts),
    Check("large-cascades", shape, (TREES, NODES)),
    Check("time-course", time_course, (TREES, NODES, TIDEH)),
    Check("reaction-times", reactions, (TREES, NODES, SUPPORT)),
    Check("news-burst", news_burst, (HIGGS, TRENDS, AIRLINES)),
    Check("complaint-burst", complaint_burst, (HIGGS, TRENDS, AIRLINES)),
)
"""Every comparison with real data, and the files it needs."""
