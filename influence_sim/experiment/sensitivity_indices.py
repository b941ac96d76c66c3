"""How much keys matter: Morris' elementary effects and Sobol's shares of variance, with what chance does to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit
from scipy.stats import false_discovery_control

from influence_sim.experiment.factors import Factor
from influence_sim.experiment.importance import (
    F8,
    RESAMPLES,
    Importance,
    interval,
    replicate_error,
    replicate_mean,
)


def elementary_effects(
    shares: F8,
    order: NDArray[np.int64],
    values: F8,
    factors: Sequence[Factor],
    rng: np.random.Generator,
    is_exact: bool,
) -> list[Importance]:
    """Return what elementary effects say; values have the shape (paths, keys + 1, replicates)."""
    paths, keys = order.shape
    steps = np.diff(shares, axis=1)
    which = np.arange(paths)[:, None]
    size = np.take_along_axis(steps, order[:, :, None], axis=2)
    effects = np.empty((paths, keys, values.shape[2]))
    effects[which, order] = np.diff(values, axis=1) / size
    means, errors = replicate_mean(effects), replicate_error(effects)
    drawn = rng.integers(paths, size=(RESAMPLES, paths))
    replicates = values.shape[2]
    reach = float(stdtrit(replicates - 1, 0.975)) if replicates > 1 else np.nan

    def by_chance(which: F8, error: F8) -> F8:
        # Of a normal error the mean size is √(2/π) standard errors; what all paths have in common adds to that.
        return np.asarray(np.sqrt(2 / np.pi) * error.mean(axis=-1) + reach * replicate_error(which.mean(axis=-2)))

    found, is_beyond = [], []
    for key, factor in enumerate(factors):
        one, error, each = means[:, key], errors[:, key], effects[:, key]
        again = one[drawn]
        indices = {
            "mu_star": interval(np.abs(one).mean(), np.abs(again).mean(axis=1)),
            "mu": interval(one.mean(), again.mean(axis=1)),
            "sigma": interval(one.std(ddof=1), again.std(axis=1, ddof=1)),
        }
        # Where effects are large, so is what chance does: both are resampled together.
        beyond = np.abs(again).mean(axis=1) - (0.0 if is_exact else by_chance(each[drawn], error[drawn]))
        is_beyond.append(bool(np.quantile(beyond, 0.025) > 0))
        found.append((factor, indices, 0.0 if is_exact else float(by_chance(each, error))))
    # Keys are many: of those whose mean effect is called sure, 5 % may be wrong (Benjamini & Hochberg 1995).
    p_values = np.array([_p_value(effects[:, key].mean(axis=0)) for key in range(keys)])
    is_sure = (false_discovery_control(p_values) < 0.05) & (not is_exact)
    importances = [
        Importance(*one, bool(mean or beyond)) for one, mean, beyond in zip(found, is_sure, is_beyond, strict=True)
    ]
    return importances


def sobol_indices(values: F8, factors: Sequence[Factor], rng: np.random.Generator, noise: float) -> list[Importance]:
    """Return first-order and total Sobol indices; values have the shape (samples, 2 + keys)."""
    samples = len(values)
    drawn = np.vstack([np.arange(samples), rng.integers(samples, size=(RESAMPLES, samples))])
    first, total = (np.empty((len(drawn), len(factors))) for _ in range(2))
    for number, rows in enumerate(drawn):
        a, b, mixed = values[rows, 0], values[rows, 1], values[rows, 2:]
        both = np.concatenate([a, b])
        variance = both.var()
        if not variance > 0:
            first[number] = total[number] = np.nan
            continue
        centred = (b - both.mean())[:, None]
        first[number] = (centred * (mixed - a[:, None])).mean(axis=0) / variance
        total[number] = ((a[:, None] - mixed) ** 2).mean(axis=0) / (2 * variance)
    found = []
    for factor, one, all_ in zip(factors, first.T, total.T, strict=True):
        indices = {"first": interval(one[0], one[1:]), "total": interval(all_[0], all_[1:])}
        found.append(Importance(factor, indices, noise, indices["total"].low > noise))
    return found


def _p_value(effects: F8) -> float:
    """Return the two-sided p-value of a mean over replicates being zero (Student's t); 1 if they do not tell."""
    known = effects[~np.isnan(effects)]
    if known.size < 2 or not known.any():
        return 1.0
    error = known.std(ddof=1) / known.size**0.5
    return float(2 * stdtr(known.size - 1, -abs(known.mean()) / error)) if error > 0 else 0.0
