"""Means, paired differences and how sure one can be of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from influence_sim.core.measures import Quantity

_ROUNDING = 1e-14
"""Relative size of what rounding adds to a number that was summed over days."""


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

    Notes
    -----
    Where all n differences are the same and not zero, as small counts easily are, they have no spread for Student's t
    to judge by. Then only their sign speaks: n fair coins fall alike on a given side with probability 2⁻ⁿ (the sign
    test: Conover, Practical Nonparametric Statistics, 3rd ed., 1999, section 3.4), so ``p_positive`` is 1 − 2⁻ⁿ, or
    2⁻ⁿ if they are negative. Below 6 replicates that is no certainty at 95 %, and the interval reaches from zero to
    twice the difference; from 6 on it has no width. Differences that are all zero are zero, and ``p_positive`` 1/2.
    """

    p_positive: float
    share_positive: float

    @property
    def is_sure(self) -> bool:
        """Whether the 95 % interval leaves out zero."""
        return self.low > 0 or self.high < 0


def over_days(values: NDArray[np.float64], measure: Quantity) -> NDArray[np.float64]:
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
    """Estimate the mean difference of paired replicates, each of shape (replicates,); see :class:`Contrast`."""
    difference = values - baseline
    mean, error, freedom = _moments(difference)
    margin = _margin(error, freedom)
    known = ~np.isnan(difference)
    share = float(np.mean(difference[known] > 0)) if known.any() else np.nan
    if mean == 0 and not error > 0:
        p_positive = 0.5
    elif freedom and _is_constant(difference[known], np.abs([values[known], baseline[known]]).max()):
        chance = 0.5 ** int(known.sum())
        p_positive = 1 - chance if mean > 0 else chance
        if 2 * chance > 0.05:
            margin = abs(mean)
    else:
        p_positive = float(stdtr(freedom, mean / error)) if freedom else np.nan
    return Contrast(mean, mean - margin, mean + margin, p_positive, share)


def _is_constant(difference: NDArray[np.float64], scale: float) -> bool:
    """Whether differences of numbers up to ``scale`` are one number other than 0, but for rounding."""
    spread = np.ptp(difference)
    return bool(spread <= _ROUNDING * scale and spread < abs(difference.mean()))


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
