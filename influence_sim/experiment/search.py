"""A search by Optuna that is asked for settings and told what came of them, and the file that keeps what was tried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from influence_sim.experiment.factors import Factor
from influence_sim.experiment.folders import Hold, StoreError, clear, naming, write_whole
from influence_sim.experiment.goals import F8, Goal, Trial
from influence_sim.experiment.plan import Point
from influence_sim.extras import needs_extra

_TRIALS, _MANIFEST = "trials.jsonl", "manifest.json"
_RESULTS = ("optimum.csv", "trials.csv", _MANIFEST)
_HEADER = '{"search": '


def check_optuna() -> None:
    """Raise a ValueError, in one line, where Optuna is missing."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise ValueError(needs_extra("optimisation", "optimise")) from None


class Search:
    """A search by Optuna, in memory; asked and told the same, it does the same again."""

    def __init__(self, factors: Sequence[Factor], goals: Sequence[Goal], trials: int, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        samplers = optuna.samplers
        # Worlds take any whole number as a seed, NumPy's older generators do not.
        seed %= 2**32
        sampler: Any
        if len(goals) == 1:
            sampler = samplers.TPESampler(seed=seed, n_startup_trials=min(10, max(trials // 3, 1)))
        else:
            sampler = samplers.NSGAIISampler(seed=seed, population_size=max(4, min(50, trials // 5)))
        ways: list[Any] = ["maximize" if goal.sign > 0 else "minimize" for goal in goals]
        self._study = optuna.create_study(directions=ways, sampler=sampler)
        self._factors, self._goals, self._open = factors, goals, list[Any]()

    def enqueue(self, setting: Point) -> None:
        """Let a setting be tried first."""
        self._study.enqueue_trial(dict(setting))

    def ask(self, count: int) -> list[Point]:
        """Return settings to try."""
        self._open = [self._study.ask() for _ in range(count)]
        return [{factor.key: self._suggest(trial, factor) for factor in self._factors} for trial in self._open]

    @staticmethod
    def _suggest(trial: Any, factor: Factor) -> Any:
        if factor.is_whole:
            return trial.suggest_int(factor.key, int(factor.low), int(factor.high))
        return trial.suggest_float(factor.key, factor.low, factor.high)

    def tell(self, found: Sequence[Trial]) -> None:
        """Say what came of them."""
        import optuna

        for trial, one in zip(self._open, found, strict=True):
            scores = [one.scores[goal.measure] for goal in self._goals]
            if any(score != score for score in scores):
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            trial.set_constraint("violation", one.violation)
            self._study.tell(trial, scores)


class Kept:
    """Values of settings that were tried; in a folder, if one is named, so that a search can go on.

    The first line of the file says of which search it is, each other has a setting and its values.

    Parameters
    ----------
    folder
        Where the file is, or None.
    identity
        What tells this search from others.
    resume
        Whether to go on from the file.
    stack
        What gives the folder back.

    Raises
    ------
    StoreError
        If the folder holds another search, an unfinished one that is not to be resumed, or files of others where
        results would stand, or another run writes to it.
    """

    def __init__(self, folder: Path | None, identity: Mapping[str, Any], resume: bool, stack: ExitStack) -> None:
        self._known: dict[str, list[list[float | None]]] = {}
        self._file: Path | None = None
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(Hold(folder))
        file = folder / _TRIALS
        header = f"{_HEADER}{json.dumps(identity, sort_keys=True)}}}"
        if file.exists():
            self._read(file, header, resume)
        else:
            _check_ours(folder, [name for name in _RESULTS if (folder / name).exists()])
        clear(folder)
        (folder / _MANIFEST).unlink(missing_ok=True)
        lines = [header, *(_line(setting, values) for setting, values in self._known.items())]
        # Whole or not at all: what was kept outlives a crash at this moment.
        write_whole(file, "".join(f"{line}\n" for line in lines).encode())
        self._file = file

    def _read(self, file: Path, header: str, resume: bool) -> None:
        folder = file.parent
        first, *lines = file.read_text(encoding="utf-8").splitlines() or [""]
        _check_ours(folder, [] if first.startswith(_HEADER) else [_TRIALS])
        if not resume:
            if lines and not (folder / _MANIFEST).exists():
                what = f"holds an unfinished search, {len(lines)} trials done"
                raise StoreError(f"{folder}: {what}; resume it (--resume), or name another folder")
            return
        if first != header:
            raise StoreError(f"{folder}: holds another search; name another folder")
        for line in lines:
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                # The line that was being written when the run was killed.
                continue
            self._known[entry["setting"]] = entry["values"]

    @property
    def is_any(self) -> bool:
        """Whether there is something in a folder to go on from."""
        return self._file is not None and bool(self._known)

    def get(self, setting: Point) -> F8 | None:
        """Return a setting's values, shape (replicates, measures), if they are kept."""
        found = self._known.get(_name(setting))
        return None if found is None else np.array(found, float)

    def keep(self, setting: Point, values: F8) -> None:
        """Keep a setting's values."""
        name = _name(setting)
        self._known[name] = [[None if value != value else value for value in row] for row in values.tolist()]
        if self._file is not None:
            with naming(self._file), self._file.open("a", encoding="utf-8") as stream:
                print(_line(name, self._known[name]), file=stream)


def _check_ours(folder: Path, taken: Sequence[str]) -> None:
    if taken:
        raise StoreError(f"{folder}: {taken[0]} there is no result of ours; move it away, or name another folder")


def _name(setting: Point) -> str:
    return json.dumps(dict(setting))


def _line(setting: str, values: list[list[float | None]]) -> str:
    return json.dumps({"setting": setting, "values": values})
