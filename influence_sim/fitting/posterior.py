"""From what a sampler accepted to a posterior: what was accepted near the record is moved to it by regression."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from influence_sim.fitting.sampling import Sample

type Floats = NDArray[np.float64]

RIDGE = 1e-3
"""Penalty on slopes, in standard deviations: two summaries may tell the same."""
_EDGE = 1e-6


def adjusted(sample: Sample, observed: Floats, free: Mapping[str, tuple[float, float]]) -> tuple[Floats, Floats]:
    """Return the accepted values as they would be had their summaries met the record, and their weights.

    Local linear regression of the values on the summaries (Beaumont, Zhang & Balding 2002, Genetics 162:2025), on the
    logit scale of each range, so that none leaves it; those nearer to the record weigh more (Epanechnikov's kernel).

    Returns
    -------
    tuple of ndarray
        Values of shape (particles, keys), and weights of shape (particles,) that sum to 1.
    """
    low, high = np.array(list(free.values()), float).T
    inside = np.clip((sample.values - low) / (high - low), _EDGE, 1 - _EDGE)
    scale = sample.summaries.std(axis=0)
    scale[scale == 0] = 1.0
    away = (sample.summaries - observed) / scale
    distance = np.sqrt((away**2).sum(axis=1))
    # All of them meet the record where what is free changes no summary.
    farthest = distance.max() or 1.0
    weights = sample.weights * np.maximum(1 - (distance / (farthest * (1 + 1e-9))) ** 2, 0)
    weights = weights / weights.sum()
    centred, response = away - weights @ away, logit(inside)
    response = response - weights @ response
    gram = centred.T @ (centred * weights[:, None]) + RIDGE * np.eye(centred.shape[1])
    slopes = np.linalg.solve(gram, centred.T @ (response * weights[:, None]))
    return low + (high - low) * expit(logit(inside) - away @ slopes), weights


def equally_likely(values: Floats, weights: Floats, draws: int, seed: int) -> Floats:
    """Return draws that are equally likely, by systematic resampling (Kitagawa 1996), in random order."""
    random = np.random.default_rng(seed)
    places = np.searchsorted(np.cumsum(weights), (np.arange(draws) + random.uniform()) / draws)
    return np.asarray(values[random.permutation(np.minimum(places, len(values) - 1))])
