"""Sensitivity: which assumptions a difference between two strategies hangs on, and how surely.

Morris screening costs few points: elementary effects along random paths (Morris 1991; Campolongo, Cariboni & Saltelli
2007). Sobol indices say which share of the variance each key explains, alone and with all others (estimators: Saltelli
et al. 2010 and Jansen 1999). All points meet the same accidents, so what a key does not touch has an effect of exactly
zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit
from scipy.stats import false_discovery_control, qmc

from influence_sim.experiment.contrasts import Estimate
from influence_sim.experiment.factors import Factor, assumptions
from influence_sim.experiment.plan import Point
from influence_sim.experiment.studies import is_allowed, quantity, run_points, write_tables
from influence_sim.scenario import ASSUMPTIONS, Scenario
from influence_sim.strategies import BROADCAST, DIALOGUE

if TYPE_CHECKING:
    import pandas as pd

type F8 = NDArray[np.float64]
type Function = Callable[[list[Point]], F8]
"""What is studied: a value per point, shape (points,), or per point and replicate, shape (points, replicates)."""

LEVELS = 4
"""Values that Morris' paths visit per key."""
STEP = LEVELS / (2 * (LEVELS - 1))
_RESAMPLES = 1000
_TRIES = 100


class Method(StrEnum):
    """How sensitivity is measured."""

    MORRIS = "morris"
    SOBOL = "sobol"


@dataclass(frozen=True, slots=True)
class Importance:
    """What is known of one key's effect.

    Attributes
    ----------
    factor
        The key and the range over which it was varied.
    indices
        Intervals (95 %, bootstrap over paths or samples). Morris: ``mu_star``, the mean size of the change of the
        difference when the key crosses its whole range, ``mu``, the same with its sign, and ``sigma``, how much it
        differs from place to place (interactions, curvature). Sobol: ``first``, the share of variance that the key
        explains alone, and ``total``, alone and together with others.
    chance
        What a key may reach that only lets chance fall otherwise, as the spread over replicates tells: for ``mu_star``
        the mean size of what chance adds to an effect, and to that what it may add to all of them together (97.5 %);
        for ``total`` the share of variance that chance has. Zero for a function without chance, unknown from one
        replicate.
    is_sure
        Whether the key surely matters. Its index is above what chance may reach in 97.5 % of all bootstrap samples, or,
        for Morris, its mean effect is not zero, as the replicates tell (5 % false discoveries among all keys).
    """

    factor: Factor
    indices: dict[str, Estimate]
    chance: float
    is_sure: bool

    @property
    def main(self) -> Estimate:
        """The index by which keys are ranked."""
        return self.indices["mu_star" if "mu_star" in self.indices else "total"]


@dataclass(frozen=True)
class Sensitivity:
    """What a sensitivity analysis found.

    Attributes
    ----------
    method, output
        How it was measured, and of what.
    importances
        By importance, the greatest first.
    points, replicates, worlds
        How much was run.
    count
        Paths (Morris) or base samples (Sobol).
    redrawn, lost
        Paths or samples that were drawn again because the scenario forbids a point of theirs, and those left out
        because all worlds of a point failed.
    mean
        Mean of the output over all points; for Morris' paths, which favour the ends of ranges, a rough one.
    share_positive
        Share of points at which the output is positive.
    noise
        Share of the variance over points that is chance, which so many replicates leave.
    held
        What was held fixed, in words.
    samples
        Points with their outputs.
    """

    method: Method
    output: str
    unit: str
    importances: tuple[Importance, ...]
    points: int
    replicates: int
    worlds: int
    count: int
    redrawn: int
    lost: int
    mean: float
    share_positive: float
    noise: float
    held: str = ""
    samples: list[dict[str, Any]] = field(default_factory=list, repr=False)
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per key, by importance."""
        return [
            {
                "key": one.factor.key,
                "low": one.factor.low,
                "high": one.factor.high,
                **{
                    f"{name}{end}": getattr(found, what)
                    for name, found in one.indices.items()
                    for end, what in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
                "chance": one.chance,
                "is_sure": one.is_sure,
            }
            for one in self.importances
        ]

    def about(self) -> dict[str, Any]:
        """Return what else is known, as plain values."""
        names = ("output", "unit", "points", "replicates", "worlds", "count", "redrawn", "lost", "mean")
        more = ("share_positive", "noise", "held")
        return {"method": str(self.method), **{name: getattr(self, name) for name in (*names, *more)}}

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``sensitivity.csv``, ``points.csv`` and the manifest; return the files' names."""
        about = {name: None if value != value else value for name, value in self.about().items()}
        manifest = {**self.manifest, "sensitivity": about}
        return write_tables(folder, {"sensitivity.csv": self.rows(), "points.csv": self.samples}, manifest)


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
    if not factors:
        raise ValueError("nothing is varied; name keys, or leave out --only for all assumptions")
    if count < 2:
        raise ValueError(f"{'trajectories' if method is Method.MORRIS else 'points'} = {count}: must be at least 2")

    def are_allowed(shares: F8) -> bool:
        return all(allowed(_point(factors, row)) for row in shares)

    if method is Method.MORRIS:
        return _paths(len(factors), count, seed, are_allowed)
    return _samples(len(factors), count, seed, are_allowed)


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


def analyse(
    factors: Sequence[Factor],
    function: Function,
    method: Method | str = Method.MORRIS,
    *,
    count: int,
    seed: int = 1,
    allowed: Callable[[Point], bool] = lambda point: True,
    output: str = "output",
    unit: str = "",
) -> Sensitivity:
    """Measure how a function depends on what is varied.

    Parameters
    ----------
    factors, method, count, seed, allowed
        As in :func:`design`; the seed is that of the bootstrap, too.
    function
        Called once with all points; of one that returns a value per point there is no chance.
    output, unit
        What the function's values are.
    """
    chosen = design(factors, method, count, seed=seed, allowed=allowed)
    points = chosen.points(factors)
    values = np.asarray(function(points), float)
    is_exact = values.ndim == 1
    values = values.reshape(len(points), -1)
    replicates = values.shape[1]
    means = _mean(values)
    spread = np.nanvar(means)
    errors = 0.0 if is_exact else float(_mean(_errors(values).ravel() ** 2))
    noise = errors / float(spread) if spread > 0 else np.nan
    blocks = values.reshape(count, -1, replicates)
    known = ~np.isnan(means).reshape(count, -1).any(axis=1)
    if known.sum() < 2:
        raise ValueError(f"{output}: has a value all along {known.sum()} of {count} paths or samples; 2 are needed")
    rng = np.random.default_rng(seed)
    if chosen.order is not None:
        found = _elementary(chosen.shares[known], chosen.order[known], blocks[known], factors, rng, is_exact)
    else:
        found = _variances(_mean(blocks[known]), factors, rng, noise)
    return Sensitivity(
        method=chosen.method,
        output=output,
        unit=unit,
        importances=tuple(sorted(found, key=lambda one: -np.nan_to_num(one.main.mean, nan=-1.0))),
        points=len(points),
        replicates=replicates,
        worlds=values.size,
        count=count,
        redrawn=chosen.redrawn,
        lost=int((~known).sum()),
        mean=float(np.nanmean(means)),
        share_positive=float((means > 0).sum() / (~np.isnan(means)).sum()),
        noise=noise,
        samples=[
            {**point, **{f"replicate {number}": value for number, value in enumerate(row)}}
            for point, row in zip(points, values.tolist(), strict=True)
        ],
    )


def _elementary(
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
    means, errors = _mean(effects), _errors(effects)
    drawn = rng.integers(paths, size=(_RESAMPLES, paths))
    replicates = values.shape[2]
    reach = float(stdtrit(replicates - 1, 0.975)) if replicates > 1 else np.nan

    def by_chance(which: F8, error: F8) -> F8:
        # Of a normal error the mean size is √(2/π) standard errors; what all paths have in common adds to that.
        return np.asarray(np.sqrt(2 / np.pi) * error.mean(axis=-1) + reach * _errors(which.mean(axis=-2)))

    found, is_beyond = [], []
    for key, factor in enumerate(factors):
        one, error, each = means[:, key], errors[:, key], effects[:, key]
        again = one[drawn]
        indices = {
            "mu_star": _interval(np.abs(one).mean(), np.abs(again).mean(axis=1)),
            "mu": _interval(one.mean(), again.mean(axis=1)),
            "sigma": _interval(one.std(ddof=1), again.std(axis=1, ddof=1)),
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


def _variances(values: F8, factors: Sequence[Factor], rng: np.random.Generator, noise: float) -> list[Importance]:
    """Return first-order and total Sobol indices; values have the shape (samples, 2 + keys)."""
    samples = len(values)
    drawn = np.vstack([np.arange(samples), rng.integers(samples, size=(_RESAMPLES, samples))])
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
        indices = {"first": _interval(one[0], one[1:]), "total": _interval(all_[0], all_[1:])}
        found.append(Importance(factor, indices, noise, indices["total"].low > noise))
    return found


def _p_value(effects: F8) -> float:
    """Return the two-sided p-value of a mean over replicates being zero (Student's t); 1 if they do not tell."""
    known = effects[~np.isnan(effects)]
    if known.size < 2 or not known.any():
        return 1.0
    error = known.std(ddof=1) / known.size**0.5
    return float(2 * stdtr(known.size - 1, -abs(known.mean()) / error)) if error > 0 else 0.0


def _interval(value: float, resampled: F8) -> Estimate:
    """Return a value with the middle 95 % of what it is in resampled data."""
    known = resampled[~np.isnan(resampled)]
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high))


def _mean(values: F8) -> F8:
    """Return means over replicates (last axis); worlds that failed are left out."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    counts = known.sum(axis=-1)
    return np.asarray(np.divide(total, counts, out=np.full(total.shape, np.nan), where=counts > 0))


def _errors(values: F8) -> F8:
    """Return standard errors of means over replicates (last axis)."""
    known = ~np.isnan(values)
    counts = known.sum(axis=-1)
    squares = np.where(known, values - _mean(values)[..., None], 0.0) ** 2
    variance = np.divide(squares.sum(axis=-1), counts - 1, out=np.full(counts.shape, np.nan), where=counts > 1)
    return np.asarray(np.sqrt(variance / np.maximum(counts, 1)))


def sensitivity(
    scenario: Scenario | str,
    strategies: Sequence[str] = (BROADCAST, DIALOGUE),
    measure: str = "profit",
    *,
    method: Method | str = Method.MORRIS,
    count: int = 10,
    factors: Sequence[Factor] | None = None,
    replicates: int = 5,
    seed: int = 1,
    **running: Any,
) -> Sensitivity:
    """Measure on which assumptions the difference between two strategies hangs.

    Parameters
    ----------
    scenario
        The setting, or the name or path of a scenario file.
    strategies
        Two; what is studied is the second less the first, in the same worlds, averaged over replicates.
    measure
        In which quantity.
    method, count
        ``morris`` with so many paths, or ``sobol`` with so many samples; see :func:`design`.
    factors
        What is varied; all assumptions if left out.
    replicates, seed
        Worlds per point and strategy, and their seed; that of the design, too.
    **running
        ``graph``, ``jobs``, ``batch``, ``out``, ``resume``, ``cluster`` and ``on_progress`` as in
        :func:`~influence_sim.experiment.sweep.sweep`.

    Raises
    ------
    ValueError
        If something is unknown or out of range; one line.
    StoreError
        If ``out`` holds another experiment, or an unfinished one that is not to be resumed.
    Interrupted
        If the user presses Ctrl-C.
    """
    scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    if len(strategies) != 2:
        raise ValueError(f"strategies: two are needed for a difference, not {len(strategies)}")
    known = quantity(measure)
    varied = assumptions(scenario) if factors is None else tuple(factors)
    manifest: dict[str, Any] = {}

    def differences(points: list[Point]) -> F8:
        runs = run_points(scenario, points, strategies, [measure], replicates=replicates, seed=seed, **running)
        manifest.update(runs.manifest)
        return np.asarray(runs.values[:, 1, :, 0] - runs.values[:, 0, :, 0])

    first, second = strategies
    found = analyse(
        varied,
        differences,
        method,
        count=count,
        seed=seed,
        allowed=lambda point: is_allowed(scenario, point),
        output=f"{measure}: {second} − {first}",
        unit=known.unit,
    )
    fates = 2 if manifest.get("counterfactual") else 1
    return replace(found, worlds=2 * fates * found.points * replicates, held=_held(varied), manifest=manifest)


def _held(varied: Sequence[Factor]) -> str:
    """Say what was not varied."""
    keys = {factor.key for factor in varied}
    left = sum(key not in keys for key in ASSUMPTIONS)
    others = f"{left} of {len(ASSUMPTIONS)} assumptions, " if left else ""
    return f"{others}constants from the literature and calibration, levers, network and incident as in the scenario" + (
        f", but for {', '.join(sorted(keys - set(ASSUMPTIONS)))}" if keys - set(ASSUMPTIONS) else ""
    )
