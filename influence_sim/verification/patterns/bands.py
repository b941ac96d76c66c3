"""Bands that real data draw, and the errors and distances of what is compared with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import wasserstein_distance

type Floats = NDArray[np.float64]
type Times = tuple[NDArray[np.int64], Floats]
"""Hours, and the tree (or brand) that each belongs to."""

RESAMPLES = 200
SHORTEST_HOURS = 1 / 60
"""Data are exact to a minute or so."""


def quartiles(values: ArrayLike) -> tuple[float, float]:
    """Return the band between the quartiles of real cascades."""
    low, high = np.quantile(np.asarray(values, np.float64), [0.25, 0.75])
    return float(low), float(high)


def extremes(values: Iterable[float]) -> tuple[float, float]:
    """Return the band between the least and the greatest of a few data sets; what was not seen is left out."""
    seen = np.array([value for value in values if np.isfinite(value)])
    return float(seen.min()), float(seen.max())


def mean(values: ArrayLike) -> tuple[float, float]:
    """Return the mean over worlds, and its standard error."""
    found = np.asarray(values, np.float64)
    return float(found.mean()), float(found.std(ddof=1) / found.size**0.5)


def resampled(figure: Callable[[NDArray[np.int64]], float], cascades: int) -> tuple[float, float]:
    """Return a figure of some of so many cascades, named by their numbers, and its standard error.

    The figure is that of all; the error is its spread over cascades drawn with replacement.
    """
    rng = np.random.default_rng(1)
    drawn = [figure(rng.integers(0, cascades, cascades)) for _ in range(RESAMPLES)]
    return float(figure(np.arange(cascades))), float(np.std(drawn, ddof=1))


def median(values: NDArray[np.float64] | NDArray[np.int64]) -> tuple[float, float]:
    """Return the median over cascades, and its standard error."""
    return resampled(lambda places: float(np.median(values[places])), values.size)


def log_distance(theirs: Times, ours: Times) -> float:
    """Return the Wasserstein-1 distance of two sets of times in log10 hours; all trees (or brands) count the same."""
    weights = [1 / np.bincount(tree)[tree] for tree, _ in (theirs, ours)]
    logs = [np.log10(np.maximum(hours, SHORTEST_HOURS)) for _, hours in (theirs, ours)]
    return float(wasserstein_distance(*logs, *weights))
