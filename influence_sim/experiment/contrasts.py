"""Means, paired differences and how sure one can be of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from influence_sim.core.measures import Measure


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replicates with its 95 % interval (Student's t; not a number from fewer than two replicates)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contrast(Estimate):
    """A mean paired difference with its 95 % interval, and the probability that it is positive.

    ``p_positive`` is the probability, given these replicates and no prior opinion, that the mean difference is above
    zero: the Student t distribution's mass above zero. ``share_positive`` is the share of replicates above zero.
    """

    p_positive: float
    share_positive: float

    @property
    def is_sure(self) -> bool:
        """Whether the 95 % interval leaves out zero."""
        return self.low > 0 or self.high < 0


def over_days(values: NDArray[np.float64], measure: Measure) -> NDArray[np.float64]:
    """Turn a measure's days (last axis) into one number, as it prescribes; days without a value are left out."""
    if measure.summary == "last":
        return np.asarray(values[..., -1])
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    if measure.summary == "sum":
        return np.where(known.any(axis=-1), total, np.nan)
    mean = np.full(total.shape, np.nan)
    np.divide(total, known.sum(axis=-1), out=mean, where=known.any(axis=-1))
    return mean


def estimate(values: NDArray[np.float64]) -> Estimate:
    """Estimate a mean from replicates, shape (replicates,); replicates without a value are left out."""
    mean, error, freedom = _moments(values)
    margin = _margin(error, freedom)
    return Estimate(mean, mean - margin, mean + margin)


def contrast(values: NDArray[np.float64], baseline: NDArray[np.float64]) -> Contrast:
    """Estimate the mean difference of paired replicates, each of shape (replicates,)."""
    difference = values - baseline
    mean, error, freedom = _moments(difference)
    margin = _margin(error, freedom)
    known = difference[~np.isnan(difference)]
    share = float(np.mean(known > 0)) if known.size else np.nan
    if np.isnan(mean):
        p_positive = np.nan
    elif error > 0:
        p_positive = float(stdtr(freedom, mean / error))
    elif freedom > 0 or mean == 0:
        # All differences are equal: there is nothing random about their sign.
        p_positive = (np.sign(mean) + 1) / 2
    else:
        p_positive = np.nan
    return Contrast(mean, mean - margin, mean + margin, float(p_positive), share)


def _moments(values: NDArray[np.float64]) -> tuple[float, float, int]:
    """Return mean, its standard error (not a number for one value) and degrees of freedom."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return np.nan, np.nan, 0
    if known.size == 1:
        return float(known[0]), np.nan, 0
    if (known == known[0]).all():
        return float(known[0]), 0.0, known.size - 1
    return float(known.mean()), float(known.std(ddof=1) / known.size**0.5), known.size - 1


def _margin(error: float, freedom: int) -> float:
    return float(stdtrit(freedom, 0.975) * error) if freedom else np.nan
