"""Which points a sensitivity analysis visits: Morris' random paths, or the pairs of samples of Sobol indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from influence_sim.experiment.factors import Factor
from influence_sim.experiment.importance import F8, Method
from influence_sim.experiment.plan import Point

LEVELS = 4
"""Values that Morris' paths visit per key."""
STEP = LEVELS / (2 * (LEVELS - 1))
_TRIES = 100


@dataclass(frozen=True, eq=False)
class Design:
    """Which points are visited: shares of the ranges, shape (paths, keys + 1, keys) or (samples, keys + 2, keys).

    A path begins anywhere and changes one key at each step; ``order`` tells which, shape (paths, keys). A sample has
    two points A and B and then, for each key, A with that key from B.
    """

    method: Method
    shares: F8
    redrawn: int
    order: NDArray[np.int64] | None = None

    def points(self, factors: Sequence[Factor]) -> list[Point]:
        """Return the points, one after the other."""
        return [_point(factors, row) for row in self.shares.reshape(-1, len(factors))]


def _point(factors: Sequence[Factor], shares: F8) -> Point:
    return {factor.key: factor.at(share) for factor, share in zip(factors, shares.tolist(), strict=True)}


def design(
    factors: Sequence[Factor],
    method: Method | str,
    count: int,
    *,
    seed: int = 1,
    allowed: Callable[[Point], bool] = lambda point: True,
) -> Design:
    """Choose points; a path or sample with a point that is not allowed is drawn again as a whole.

    Parameters
    ----------
    factors
        What is varied.
    method
        ``morris`` or ``sobol``.
    count
        Paths, at least 2, or samples, at least 2 and best a power of two.
    seed
        Seed of the design.
    allowed
        Tells whether values go together.

    Raises
    ------
    ValueError
        If there is nothing to vary, the count is too small, or hardly any point is allowed.
    """
    method = Method(method)
    check_design(factors, method, count)
    # Worlds take any whole number as a seed, generators none below zero.
    seed %= 2**64

    def are_allowed(shares: F8) -> bool:
        return all(allowed(_point(factors, row)) for row in shares)

    if method is Method.MORRIS:
        return _paths(len(factors), count, seed, are_allowed)
    return _samples(len(factors), count, seed, are_allowed)


def check_design(factors: Sequence[Factor], method: Method, count: int) -> None:
    """Raise a ValueError of one line if there is nothing to vary, or the count is too small."""
    if not factors:
        raise ValueError("nothing is varied; name keys, or leave out --only for all assumptions")
    if count < 2:
        raise ValueError(f"{'trajectories' if method is Method.MORRIS else 'points'} = {count}: must be at least 2")


def _paths(keys: int, count: int, seed: int, are_allowed: Callable[[F8], bool]) -> Design:
    rng = np.random.default_rng(seed)
    paths, orders = [], []
    for tries in range(_TRIES * count):
        order = rng.permutation(keys)
        start = rng.integers(LEVELS // 2, size=keys) / (LEVELS - 1)
        up = rng.random(keys) < 0.5
        path = np.tile(np.where(up, start, start + STEP), (keys + 1, 1))
        for step, key in enumerate(order, 1):
            path[step:, key] = start[key] + STEP * up[key]
        if are_allowed(path):
            paths.append(path)
            orders.append(order)
        if len(paths) == count:
            return Design(Method.MORRIS, np.minimum(np.stack(paths), 1.0), tries + 1 - count, np.stack(orders))
    raise _hardly_allowed(len(paths), _TRIES * count)


def _samples(keys: int, count: int, seed: int, are_allowed: Callable[[F8], bool]) -> Design:
    power = int(np.ceil(np.log2(count)))
    kept: list[F8] = []
    seen = 0
    # Longer sequences begin as shorter ones do.
    for longer in range(power, power + 8):
        for row in qmc.Sobol(2 * keys, rng=seed).random_base2(longer)[seen:]:
            seen += 1
            a, b = row[:keys], row[keys:]
            mixed = np.tile(a, (keys, 1))
            np.fill_diagonal(mixed, b)
            block = np.vstack([a, b, mixed])
            if are_allowed(block):
                kept.append(block)
            if len(kept) == count:
                return Design(Method.SOBOL, np.stack(kept), seen - count)
    raise _hardly_allowed(len(kept), seen)


def _hardly_allowed(kept: int, tries: int) -> ValueError:
    return ValueError(f"only {kept} of {tries} draws are allowed by the scenario: vary fewer keys, or smaller ranges")
