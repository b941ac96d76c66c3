"""Approximate Bayesian computation by pyABC, spread over processes, with the same result whatever their number."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.folders import StoreError

type Floats = NDArray[np.float64]
type Model = Callable[[Mapping[str, float], int], Floats]
"""From values by key, and a seed, to summary statistics, shape (k,)."""

PER_TASK = 4
"""Simulations that a process does before it reports."""
QUANTILE = 0.3
"""Each generation's tolerance is this quantile of the distances accepted in the one before."""
LEAST_EFFECTIVE = 0.3
"""Effective share of particles (Kish) below which a generation's weights rest on too few of them to be used."""
_DATABASE = "generations.db"


@dataclass(frozen=True, slots=True)
class Sample:
    """What a generation accepted: the last whose weights do not rest on a few particles.

    Where much is free, importance weights of later generations collapse; then it is the first, which has none.

    Attributes
    ----------
    values
        Shape (particles, keys).
    weights
        Shape (particles,), summing to 1.
    summaries
        Their summary statistics, shape (particles, k).
    generation
        Its number, counted from 0.
    effective
        How many equally weighted particles its weights are worth (Kish 1965).
    tolerances
        The largest distance accepted in each generation.
    simulations
        How many were run, in all generations.
    """

    values: Floats
    weights: Floats
    summaries: Floats
    generation: int
    effective: float
    tolerances: list[float]
    simulations: int


def sample_posterior(
    model: Model,
    free: Mapping[str, tuple[float, float]],
    observed: Floats,
    *,
    particles: int,
    generations: int,
    seed: int,
    folder: Path,
    executor: Executor,
    jobs: int,
    on_generation: Callable[[int, int], None] | None = None,
) -> Sample:
    """Sample by ABC-SMC with adaptive distances (Toni et al. 2009; Prangle 2017, Bayesian Analysis 12:289).

    Parameters
    ----------
    model
        The simulation; it is sent to processes.
    free
        Lowest and highest value by key; uniform in between before anything is known.
    observed
        The summary statistics of the record, shape (k,).
    particles, generations
        How many values are accepted in each generation, and how many generations there are.
    seed
        The same seed gives the same sample.
    folder
        Where generations are kept as they are done; the same call again goes on from there.
    executor, jobs
        What runs simulations, and how many at once.
    on_generation
        Called as a generation begins, with its number, counted from 0, and the simulations of those before it.

    Raises
    ------
    ModuleNotFoundError
        Without the extra ``fit``.
    """
    import pyabc

    # What it logs would go between the lines that show progress; warnings still come through.
    for handler in logging.getLogger("ABC").handlers:
        handler.setLevel(logging.WARNING)
    keys = list(free)

    class InOrder(pyabc.sampler.Sampler):  # type: ignore[misc]
        """Simulation i of generation t has draws of its own, and acceptances count in the order of i.

        So it does not matter how many processes there are, or which is the fastest.
        """

        def sample_until_n_accepted(
            self, n: int, simulate_one: Any, t: int, *, max_eval: float = np.inf, **unused: Any
        ) -> Any:
            if on_generation is not None and t >= 0:
                on_generation(t, _simulations(smc.history))
            found, done = self._create_empty_sample(), 0
            with _in_order(executor, simulate_one, (seed, t), jobs) as simulated:
                for particle in simulated:
                    found.append(particle)
                    done += 1
                    if found.n_accepted >= n or done >= max_eval:
                        break
            self.nr_evaluations_ = done
            found.ok = found.n_accepted >= n
            return found

    def simulated(parameters: Mapping[str, float]) -> dict[str, float]:
        values = {key: float(parameters[f"p{place}"]) for place, key in enumerate(keys)}
        summaries = model(values, int(np.random.randint(1 << 31)))  # noqa: NPY002 (pyABC's own generator)
        return {f"s{place:04d}": float(value) for place, value in enumerate(summaries)}

    prior = pyabc.Distribution(
        **{f"p{place}": pyabc.RV("uniform", low, high - low) for place, (low, high) in enumerate(free.values())}
    )
    smc = pyabc.ABCSMC(
        pyabc.FunctionModel(simulated, name="market"),
        prior,
        pyabc.AdaptivePNormDistance(p=2),
        population_size=particles,
        eps=pyabc.QuantileEpsilon(alpha=QUANTILE),
        sampler=InOrder(),
    )
    target = {f"s{place:04d}": float(value) for place, value in enumerate(observed)}
    with _one_line_faults(folder / _DATABASE):
        _begin(smc, folder / _DATABASE, target)
        if smc.history.max_t + 1 < generations:
            smc.run(max_nr_populations=generations - smc.history.max_t - 1)
    history = smc.history
    effective = [_effective(history.get_distribution(m=0, t=t)[1]) for t in range(history.max_t + 1)]
    used = max((t for t, number in enumerate(effective) if number >= LEAST_EFFECTIVE * particles), default=0)
    frame, weights = history.get_distribution(m=0, t=used)
    by_particle = history.get_weighted_sum_stats_for_model(m=0, t=used)[1]
    summaries = np.array([[one[name] for name in target] for one in by_particle], dtype=float)
    about = history.get_all_populations()
    return Sample(
        values=frame[[f"p{place}" for place in range(len(keys))]].to_numpy(float),
        weights=np.asarray(weights, float) / float(np.sum(weights)),
        summaries=summaries,
        generation=used,
        effective=effective[used],
        tolerances=[float(value) for value in about["epsilon"][about["t"] >= 0]],
        simulations=_simulations(history),
    )


def _begin(smc: Any, file: Path, target: Mapping[str, float]) -> None:
    """Go on from the generations that a file keeps; where there is none, it was being begun when its run was ended."""
    database = f"sqlite:///{file.resolve()}"
    if file.exists():
        if _keeps_any(file):
            smc.load(database, 1, target)
            return
        file.unlink()
    smc.new(database, target)


def _keeps_any(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'populations'")
        return bool(tables.fetchone() and database.execute("SELECT 1 FROM populations WHERE t >= 0").fetchone())


@contextmanager
def _one_line_faults(file: Path) -> Iterator[None]:
    """Say in one line what SQLite says in a page."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        said = re.search(r"\(sqlite3\.\w+\) (.+)", str(error))
        what = said[1] if said else str(error).splitlines()[0]
        raise StoreError(f"{file}: {what}; mend that, and the same command goes on from whole generations") from None


def _effective(weights: Any) -> float:
    shares = np.asarray(weights, float) / np.sum(weights)
    return float(1 / np.sum(shares**2))


def _simulations(history: Any) -> int:
    return int(history.get_all_populations()["samples"].sum())


@contextmanager
def _in_order(
    executor: Executor, simulate_one: Callable[[], Any], seed: tuple[int, int], jobs: int
) -> Iterator[Iterator[Any]]:
    """Yield an endless sequence of simulated particles, in the order of their numbers."""
    waiting: list[Future[list[Any]]] = []

    def sequence() -> Iterator[Any]:
        number = 0
        while True:
            while len(waiting) < 2 * jobs:
                waiting.append(executor.submit(_simulate, simulate_one, seed, number))
                number += PER_TASK
            yield from waiting.pop(0).result()

    try:
        yield sequence()
    finally:
        for future in waiting:
            future.cancel()


def _simulate(simulate_one: Callable[[], Any], seed: tuple[int, int], first: int) -> list[Any]:
    found = []
    for number in range(first, first + PER_TASK):
        digest = blake2b(f"{seed[0]} {seed[1]} {number}".encode(), digest_size=4).digest()
        np.random.seed(int.from_bytes(digest, "little"))  # noqa: NPY002 (pyABC's own generator)
        found.append(simulate_one())
    return found
