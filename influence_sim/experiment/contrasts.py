"""Means, paired differences and how sure one can be of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from influence_sim.core.measures import Quantity

FEW_DRAWS = 40
"""Draws of a posterior below which its 2.5 % cannot be read off them."""
_ROUNDING = 1e-14
"""Relative size of what rounding adds to a number that was summed over days."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replicates with its 95 % interval (Student's t; not a number from fewer than two replicates).

    Attributes
    ----------
    mean
        In the measure's unit.
    low, high
        Ends of the interval.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contrast(Estimate):
    """A mean paired difference with its 95 % interval, and the probability that it is positive.

    Attributes
    ----------
    p_positive
        The probability, given these replicates and no prior opinion, that the mean difference is above zero: the
        Student t distribution's mass above zero.
    share_positive
        Share of replicates above zero.

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


def estimate(
    values: NDArray[np.float64], per_draw: int | None = None, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Estimate:
    """Estimate a mean from replicates, shape (replicates,); replicates without a value are left out.

    If ``per_draw`` replicates in a row share a draw of a posterior, see :func:`over_draws`. The interval is cut at
    ``bounds``, beyond which the mean cannot lie.
    """
    if per_draw is not None:
        found = over_draws(values, per_draw)[0]
    else:
        mean, error, freedom = _moments(values)
        margin = _margin(error, freedom)
        found = Estimate(mean, mean - margin, mean + margin)
    # What is not a number stays so: max and min return the first where nothing is larger or smaller.
    return Estimate(found.mean, max(found.low, bounds[0]), min(found.high, bounds[1]))


def contrast(values: NDArray[np.float64], baseline: NDArray[np.float64], per_draw: int | None = None) -> Contrast:
    """Estimate the mean difference of paired replicates, each of shape (replicates,); see :class:`Contrast`.

    If ``per_draw`` replicates in a row share a draw of a posterior, see :func:`over_draws`.
    """
    difference = values - baseline
    if per_draw is not None:
        found, p_positive = over_draws(difference, per_draw)
        known = difference[~np.isnan(difference)]
        share = float(np.mean(known > 0)) if known.size else np.nan
        return Contrast(found.mean, found.low, found.high, p_positive, share)
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


def over_draws(values: NDArray[np.float64], per_draw: int) -> tuple[Estimate, float]:
    """Return the mean over draws of a posterior with its 95 % credible interval, and the probability of more than 0.

    The mean over accidents at a draw, e_i, is known from ``per_draw`` replicates with noise of variance s²/n. Of the
    variance of e_i over draws the noise is taken off, and the e_i are drawn towards their mean by as much, so that
    their quantiles are those of what is uncertain and not of accidents (Efron & Morris 1975, JASA 70:311). What
    accidents leave uncertain of the mean itself is added, as independent errors are. One replicate per draw cannot
    tell accidents from what is uncertain: then the interval holds both.

    Parameters
    ----------
    values
        Shape (draws · per_draw,), a draw's replicates together; replicates without a value are left out.
    per_draw
        Replicates per draw.
    """
    by_draw = values.reshape(-1, per_draw)
    number = (~np.isnan(by_draw)).sum(axis=1)
    by_draw, number = by_draw[number > 0], number[number > 0]
    draws = len(by_draw)
    if draws < 2:
        mean = float(np.nanmean(by_draw)) if draws else np.nan
        return Estimate(mean, np.nan, np.nan), np.nan
    at_draw = np.nanmean(by_draw, axis=1)
    mean, spread = float(at_draw.mean()), float(at_draw.var(ddof=1))
    several = number > 1
    within = np.nanvar(by_draw[several], axis=1, ddof=1) if several.any() else np.zeros(1)
    noise = float(within.mean() * np.mean(1 / number)) if several.any() else 0.0
    # What accidents hide of the variance is allowed for by one standard error of what they seem to add.
    hidden = noise * math.sqrt(2 / (draws - 1) + 2 / max(int(number.sum()) - draws, 1))
    kept = min(max(1 - (noise - hidden) / spread, 0.0), 1.0) if spread > 0 else 0.0
    likely = mean + kept**0.5 * (at_draw - mean)
    error = (spread / draws) ** 0.5
    low, high = np.quantile(likely, [0.025, 0.975], method="weibull")
    if draws < FEW_DRAWS:
        # The farthest of few draws are not far enough; then effects are taken for normal.
        reach = float(stdtrit(draws - 1, 0.975) * likely.std(ddof=1) * (1 + 1 / draws) ** 0.5)
        low, high = min(low, mean - reach), max(high, mean + reach)
    margin = _margin(error, draws - 1)
    if error == 0:
        chance = 0.5**draws
        width = abs(mean) if 2 * chance > 0.05 else 0.0
        p_positive = 0.5 if mean == 0 else 1 - chance if mean > 0 else chance
        return Estimate(mean, mean - width, mean + width), p_positive
    found = Estimate(mean, mean - math.hypot(margin, mean - low), mean + math.hypot(margin, high - mean))
    return found, float(stdtr(draws - 1, likely / error).mean())


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
