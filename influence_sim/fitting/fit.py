"""Fitting a scenario to a record, and predicting the days that the fit has not seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from influence_sim.experiment.folders import FORMAT, check_format, write_whole
from influence_sim.experiment.posterior import Draw, write_posterior
from influence_sim.files import UnreadableFileError, read_json
from influence_sim.fitting.case import FitCase
from influence_sim.fitting.posterior import adjusted, equally_likely
from influence_sim.fitting.prediction import Prediction, predict
from influence_sim.fitting.sampling import sample_posterior
from influence_sim.fitting.simulation import simulated_counts
from influence_sim.fitting.summaries import Counts, summarise, summary_labels
from influence_sim.scenario import Scenario

type Floats = NDArray[np.float64]

POSTERIOR_FILE, FIT_FILE = "posterior.csv", "fit.json"
_ASKED_FILE = "asked.json"


@dataclass(frozen=True, slots=True)
class Market:
    """The simulation of a fit, as it is sent to processes."""

    scenario: Scenario
    case: FitCase

    def __call__(self, values: Mapping[str, float], seed: int) -> Floats:
        """Return the summary statistics of one world."""
        counts = simulated_counts(self.scenario, values, seed=seed)[0]
        return summarise(counts, self.case.window, self.case.summaries)


@dataclass(frozen=True, slots=True)
class Fit:
    """A posterior, what it reproduces, and what it predicts.

    Attributes
    ----------
    draws
        Equally likely values of what was free.
    labels, observed
        What the summary statistics are called, and those of the record, shape (k,).
    reproduced
        Those of markets at the draws, of counts averaged over accidents, shape (draws, k).
    prediction
        Of complaints and praise on all days, set against the naive ones.
    generation, effective
        Which generation is used, counted from 0, and how many equally weighted particles it is worth.
    tolerances, simulations
        Largest distance accepted in each generation, and how many simulations were run.
    """

    draws: list[Draw]
    labels: list[str]
    observed: Floats
    reproduced: Floats
    prediction: Prediction
    generation: int
    effective: float
    tolerances: list[float]
    simulations: int

    def parameters(self, free: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
        """Return by key: median, 95 % interval, and how much narrower than before: 1 − sd / sd of the range."""
        found = {}
        for key, (low, high) in free.items():
            values = np.array([draw[key] for draw in self.draws])
            bounds = np.quantile(values, [0.025, 0.5, 0.975])
            learnt = 1 - float(values.std()) / ((high - low) / 12**0.5)
            found[key] = {"low": bounds[0], "value": bounds[1], "high": bounds[2], "learnt": max(learnt, 0.0)}
        return {key: {name: float(value) for name, value in one.items()} for key, one in found.items()}


def fit(
    case: FitCase,
    counts: Counts,
    *,
    particles: int = 400,
    generations: int = 3,
    draws: int = 200,
    seed: int = 1,
    folder: Path,
    executor: Executor,
    jobs: int = 1,
    on_generation: Callable[[int, int], None] | None = None,
) -> Fit:
    """Fit a scenario to counts.

    Parameters
    ----------
    case
        What is free, and what is to be reproduced.
    counts
        Of the record, shape (days, companies, 2), from ``case.first`` to ``case.predicted``; only those of the days
        that are fitted are used in fitting.
    particles, generations
        Of the sampler.
    draws
        Equally likely draws of the posterior that are returned.
    seed
        The same seed gives the same fit, whatever ``jobs``.
    folder
        Where generations are kept as they are done.
    executor, jobs
        What runs simulations, and how many at once.
    on_generation
        Called with the generation's number and the simulations so far.
    """
    scenario = case.setting()
    free = {key: (low, high) for key, (low, high) in case.free.items()}
    observed = summarise(counts, case.window, case.summaries)
    sample = sample_posterior(
        Market(scenario, case),
        free,
        observed,
        particles=particles,
        generations=generations,
        seed=seed,
        folder=folder,
        executor=executor,
        jobs=jobs,
        on_generation=on_generation,
    )
    values = equally_likely(*adjusted(sample, observed, free), draws, seed)
    carried = qmc.LatinHypercube(len(case.carried), rng=seed).random(draws) if case.carried else np.empty((draws, 0))
    low, high = np.array(list(case.carried.values()), float).reshape(-1, 2).T
    rows = np.hstack([values, low + (high - low) * carried])
    posterior: list[Draw] = [dict(zip((*free, *case.carried), map(float, row), strict=True)) for row in rows]
    prediction = predict(scenario, posterior, counts, case.window, seed=seed, executor=executor)
    return Fit(
        draws=posterior,
        labels=summary_labels(case.names(scenario), case.window, case.summaries),
        observed=observed,
        reproduced=np.array([summarise(one, case.window, case.summaries) for one in prediction.expected]),
        prediction=prediction,
        generation=sample.generation,
        effective=sample.effective,
        tolerances=sample.tolerances,
        simulations=sample.simulations,
    )


def write_fit(found: Fit, case: FitCase, source: str, folder: Path, asked: Mapping[str, int]) -> None:
    """Write the draws and what is known of them, each file whole or not at all."""
    about = {
        "format": FORMAT,
        "scenario": Path(case.scenario).stem,
        "record": source,
        "days": {"fitted": [str(case.first), str(case.last)], "predicted_until": str(case.predicted_until)},
        "companies": case.names(case.setting()),
        "ranges": case.free,
        "carried": case.carried,
        "parameters": found.parameters({key: (low, high) for key, (low, high) in case.free.items()}),
        "summaries": {
            label: {
                "observed": float(found.observed[k]),
                **dict(zip(("low", "value", "high"), _quantiles(found.reproduced[:, k]), strict=True)),
            }
            for k, label in enumerate(found.labels)
        },
        "prediction": found.prediction.to_dict(),
        "generation": found.generation,
        "effective_particles": found.effective,
        "tolerances": found.tolerances,
        "simulations": found.simulations,
        "asked": dict(asked),
        "versions": {name: version(name) for name in ("influence-sim", "numpy", "pyabc")},
    }
    write_posterior(
        folder / POSTERIOR_FILE,
        found.draws,
        f"draws of {about['scenario']}, fitted to {source}, {case.first} to {case.last}",
    )
    write_whole(folder / FIT_FILE, (json.dumps(about, indent=1, ensure_ascii=False) + os.linesep).encode())


def check_place(folder: Path, case: FitCase, counts: Counts, asked: Mapping[str, int]) -> None:
    """Note what a folder is for, and raise a ValueError rather than go on from another fit."""
    what = {
        "case": case.model_dump(mode="json", exclude={"scenario"}),
        "scenario": case.setting().model_dump(mode="json"),
        "counts": counts.tolist(),
        "asked": dict(asked),
        "version": version("influence-sim"),
    }
    note = json.dumps(what, sort_keys=True, ensure_ascii=False).encode()
    file = folder / _ASKED_FILE
    if file.exists():
        if file.read_bytes() != note:
            raise ValueError(f"{folder}: holds another fit; name another folder (--out DIR)")
    else:
        write_whole(file, note)


def _quantiles(values: Floats) -> list[float]:
    return [float(one) for one in np.quantile(values, [0.025, 0.5, 0.975])]


def read_fit(folder: str | Path) -> dict[str, Any]:
    """Return what :func:`write_fit` wrote.

    Raises
    ------
    ValueError
        If the folder holds no fit.
    """
    file = Path(folder) / FIT_FILE
    try:
        found = read_json(file)
    except UnreadableFileError as error:
        raise ValueError(f"{file}: {error}") from None
    if not isinstance(found, dict) or "parameters" not in found:
        raise ValueError(f"{file}: is no result of `data fit`")
    check_format(found, file)
    return found
