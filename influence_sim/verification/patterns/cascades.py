"""How far posts get, and the shapes of large cascades."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
from scipy.stats import ks_2samp

from influence_sim.experiment.calibration import TARGETS
from influence_sim.verification.findings import Finding, Ground, Size
from influence_sim.verification.patterns.bands import extremes, mean, median, quartiles, resampled
from influence_sim.verification.patterns.data import Floats, Ints, Shapes, Trees, present_folder, shapes, twitter_trees
from influence_sim.verification.patterns.worlds import large_cascades, quiet_posts

# Quantile of the real sizes up to which trees are compared; people; sizes; posts per size.
LARGE = {Size.SMALL: (0.75, 20_000, 9, 12), Size.FULL: (0.975, 80_000, 20, 15)}
# People, worlds and days of quiet.
QUIET = {Size.SMALL: (2_000, 4, 40), Size.FULL: (2_000, 24, 360)}

TWITTER = "Twitter15/16: Liu et al. 2015; Ma, Gao & Wong 2017"
GOEL = "Goel et al. 2012: 1 to 4 % go beyond one hop"

ALIKE = (
    "all calm posts are equally infectious here and all followers equally willing; real posts and audiences differ "
    "(Goel, Munagala, Sharma & Zhang 2015)"
)


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
    real, model = pair(size, parameters)
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


def pair(size: Size, parameters: Mapping[str, float]) -> tuple[Trees, Trees]:
    """Return real trees, and the model's: of the same range of sizes, and expected to be as large as these."""
    largest, _, count, _ = LARGE[size]
    real = twitter_trees(present_folder())
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
