"""What an estimate is: a figure with its interval, what it would set in a scenario, and what one should know of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from influence_sim.data.tables import Table

LEVEL = 0.95
RESAMPLES = 1000
"""Bootstrap samples."""
SEED = 1
"""Of bootstrap samples: the same file gives the same interval."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval.

    Attributes
    ----------
    value, low, high
        In ``unit``; not a number where the data do not tell.
    unit
        Unit, as words.
    sets
        The scenario's key that takes this value, such as ``parameters.lag_plateau``; empty if none does.
    """

    value: float
    low: float
    high: float
    unit: str
    sets: str = ""


@dataclass(frozen=True, slots=True)
class Estimates:
    """What was estimated from a table.

    Attributes
    ----------
    what
        The estimator's name.
    figures
        By name; what belongs to a company or segment is called ``name.company``.
    diagnostics
        How well the description fits, and what it rests on: plain numbers, texts, lists and mappings of these.
    notes
        What one should know before using it, in words.
    """

    what: str
    figures: Mapping[str, Figure]
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; what is not a number becomes None."""
        return {
            "what": self.what,
            "estimates": {
                name: {
                    **{key: known(getattr(figure, key)) for key in ("value", "low", "high")},
                    "unit": figure.unit,
                    **({"sets": figure.sets} if figure.sets else {}),
                }
                for name, figure in self.figures.items()
            },
            "diagnostics": known(self.diagnostics),
            "notes": list(self.notes),
        }

    def settings(self) -> dict[str, float]:
        """Return the scenario's keys that these figures set, with their values."""
        return {one.sets: one.value for one in self.figures.values() if one.sets and math.isfinite(one.value)}


@dataclass(frozen=True, slots=True)
class Estimator:
    """A way to estimate something from a table.

    Attributes
    ----------
    name, title
        Its name on the command line, and what it finds, in a few words.
    needs
        Sets of roles; a table needs one of these sets.
    estimate
        From a table that has what it needs; a ValueError of one line if it cannot be done.
    objections
        Reasons why a table that has the columns cannot tell all the same; empty if it can.
    """

    name: str
    title: str
    needs: tuple[tuple[str, ...], ...]
    estimate: Callable[[Table], Estimates]
    objections: Callable[[Table], list[str]] = lambda table: []

    def lacks(self, table: Table) -> str:
        """Return what is missing, in words; empty if nothing is."""
        if any(table.has(*roles) for roles in self.needs):
            return ""
        return "needs " + ", or ".join(" and ".join(roles) for roles in self.needs)


def known(value: Any) -> Any:
    """Return a value as JSON can hold it: numbers that are none become None."""
    if isinstance(value, Mapping):
        return {str(key): known(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [known(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def share(hits: int, of: int, unit: str = "share", sets: str = "") -> Figure:
    """Return a share with Wilson's score interval (Wilson 1927, JASA 22:209); not a number of none."""
    if not of:
        return Figure(math.nan, math.nan, math.nan, unit, sets)
    interval = binomtest(int(hits), int(of)).proportion_ci(LEVEL, method="wilson")
    return Figure(hits / of, float(interval.low), float(interval.high), unit, sets)


def bootstrapped(
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]], groups: int, resamples: int = RESAMPLES
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the limits of the percentile bootstrap (Efron & Tibshirani 1993) over whole groups.

    Parameters
    ----------
    statistic
        Takes how often each group was drawn, shape (groups,), and returns the statistics, shape (k,).
    groups
        Such as households, authors or days, whose members depend on each other.
    resamples
        How many samples are drawn.
    """
    random = np.random.default_rng(SEED)
    drawn = [statistic(np.bincount(random.integers(groups, size=groups), minlength=groups)) for _ in range(resamples)]
    tails = (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)
    with warnings.catch_warnings():
        # What is known in no sample has no interval.
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        low, high = np.nanpercentile(np.array(drawn), tails, axis=0)
    return low, high


def covariance(
    loss: Callable[[NDArray[np.float64]], float], best: NDArray[np.float64], step: float = 1e-4
) -> NDArray[np.float64]:
    """Return the covariance of a maximum-likelihood estimate: the inverse of the observed information.

    Parameters
    ----------
    loss
        The negative log-likelihood, of the parameters in a scale in which their errors are about normal.
    best
        Where it is least, shape (k,).
    step
        Of the central differences.

    Returns
    -------
    ndarray
        Shape (k, k); not numbers if the likelihood has no peak there.
    """
    size = len(best)
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            corners = 0.0
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                point = best.copy()
                point[i] += a * step
                point[j] += b * step
                corners += a * b * loss(point)
            hessian[i, j] = hessian[j, i] = corners / (4 * step * step)
    try:
        np.linalg.cholesky(hessian)
        return np.asarray(np.linalg.inv(hessian))
    except np.linalg.LinAlgError:
        return np.full((size, size), np.nan)


def from_hessian(
    loss: Callable[[NDArray[np.float64]], float], best: NDArray[np.float64], step: float = 1e-4
) -> NDArray[np.float64]:
    """Return the standard errors of a maximum-likelihood estimate, shape (k,); see :func:`covariance`."""
    return np.sqrt(np.diag(covariance(loss, best, step)))
