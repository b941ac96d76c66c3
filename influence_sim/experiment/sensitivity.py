"""Sensitivity: which assumptions a difference between two strategies hangs on, and how surely.

Morris screening costs few points: elementary effects along random paths (Morris 1991; Campolongo, Cariboni & Saltelli
2007). Sobol indices say which share of the variance each key explains, alone and with all others (estimators: Saltelli
et al. 2010 and Jansen 1999). All points meet the same accidents, so what a key does not touch has an effect of exactly
zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from influence_sim.experiment.design import check_points, is_allowed
from influence_sim.experiment.factors import Factor, assumptions
from influence_sim.experiment.importance import F8, Method, Sensitivity, replicate_error, replicate_mean
from influence_sim.experiment.plan import Point, check_arguments
from influence_sim.experiment.quantities import check_measures, quantity
from influence_sim.experiment.sensitivity_design import check_design, design
from influence_sim.experiment.sensitivity_indices import elementary_effects, sobol_indices
from influence_sim.experiment.studies import run_points
from influence_sim.scenario import ASSUMPTIONS, Scenario
from influence_sim.strategies import BROADCAST, DIALOGUE

type Function = Callable[[list[Point]], F8]
"""What is studied: a value per point, shape (points,), or per point and replicate, shape (points, replicates)."""


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
    means = replicate_mean(values)
    spread = np.nanvar(means)
    errors = 0.0 if is_exact else float(replicate_mean(replicate_error(values).ravel() ** 2))
    noise = errors / float(spread) if spread > 0 else np.nan
    blocks = values.reshape(count, -1, replicates)
    known = ~np.isnan(means).reshape(count, -1).any(axis=1)
    if known.sum() < 2:
        raise ValueError(f"{output}: has a value all along {known.sum()} of {count} paths or samples; 2 are needed")
    rng = np.random.default_rng(seed % 2**64)
    if chosen.order is not None:
        found = elementary_effects(chosen.shares[known], chosen.order[known], blocks[known], factors, rng, is_exact)
    else:
        found = sobol_indices(replicate_mean(blocks[known]), factors, rng, noise)
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


def sensitivity(
    scenario: Scenario | str | Path,
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

    Returns
    -------
    Sensitivity
        An index per assumption, with its interval and whether it surely matters.

    Raises
    ------
    ValueError
        If something is unknown or out of range; one line.
    StoreError
        If ``out`` holds another experiment, or an unfinished one that is not to be resumed.
    Interrupted
        If the user presses Ctrl-C.
    """
    scenario = Scenario.load(scenario) if isinstance(scenario, str | Path) else scenario
    varied = assumptions(scenario) if factors is None else tuple(factors)
    check_sensitivity(scenario, strategies, measure, method, count, varied, replicates=replicates)
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
        unit=quantity(measure).unit,
    )
    fates = 2 if manifest.get("counterfactual") else 1
    return replace(found, worlds=2 * fates * found.points * replicates, held=_held(varied), manifest=manifest)


def check_sensitivity(
    scenario: Scenario,
    strategies: Sequence[str],
    measure: str,
    method: Method | str,
    count: int,
    factors: Sequence[Factor],
    *,
    replicates: int,
    jobs: int | None = None,
    batch: int | None = None,
) -> None:
    """Raise a ValueError of one line at what :func:`sensitivity` cannot mean, before points are drawn."""
    if len(strategies) != 2:
        raise ValueError(f"strategies: two are needed for a difference, not {len(strategies)}")
    check_arguments(scenario, strategies, replicates=replicates, jobs=jobs, batch=batch)
    check_measures(scenario, [measure])
    check_design(factors, Method(method), count)
    for factor in factors:
        if factor.key not in ASSUMPTIONS:
            check_points(scenario, [{factor.key: factor.at(0)}], strategies)


def _held(varied: Sequence[Factor]) -> str:
    """Say what was not varied."""
    keys = {factor.key for factor in varied}
    left = sum(key not in keys for key in ASSUMPTIONS)
    others = f"{left} of {len(ASSUMPTIONS)} assumptions, " if left else ""
    return f"{others}constants from the literature and calibration, levers, network and incident as in the scenario" + (
        f", but for {', '.join(sorted(keys - set(ASSUMPTIONS)))}" if keys - set(ASSUMPTIONS) else ""
    )
