"""Optimisation: the best setting of levers for one goal, or the trade-offs between several, and what it is worth anew.

What wins in some worlds wins there partly by luck. So the winners are run again in worlds that the search has not seen,
beside the strategy they have to beat, and only that is reported as their worth. How much of the lead over that strategy
is lost on the way is their optimism; worlds that are good for everybody leave it as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.core.levers import LEVERS
from influence_sim.experiment.contrasts import Contrast, Estimate, contrast, estimate
from influence_sim.experiment.factors import Factor, ranges
from influence_sim.experiment.folders import Hold, StoreError
from influence_sim.experiment.plan import Point, described
from influence_sim.experiment.runner import Interrupted, Progress
from influence_sim.experiment.studies import is_allowed, quantity, run_points, write_tables
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

OPTIMISED = "optimised"
"""Name of the strategy that is sought."""
AT_ONCE = 4
"""Trials that are chosen together, whatever the number of processes, so that this changes nothing."""
FRESH_SEEDS = 1_000_003
"""What is added to the seed for worlds that the search has not seen."""
_TRIALS = "trials.jsonl"

type F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure to be made as large (``sign`` 1) or as small (−1) as can be."""

    measure: str
    sign: int

    def __str__(self) -> str:
        return f"{'most' if self.sign > 0 else 'least'} {self.measure}"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound that a measure must keep: at least (``sign`` 1) or at most (−1)."""

    measure: str
    sign: int
    bound: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Read ``MEASURE>=NUMBER`` or ``MEASURE<=NUMBER``; anything else is a ValueError."""
        found = re.fullmatch(r"\s*(\w+)\s*(>=|<=)\s*(\S+)\s*", text)
        try:
            if found is None:
                raise ValueError
            bound = float(found[3])
        except ValueError:
            raise ValueError(f"--subject {text}: write MEASURE>=NUMBER or MEASURE<=NUMBER") from None
        return cls(found[1], 1 if found[2] == ">=" else -1, bound)

    def __str__(self) -> str:
        return f"{self.measure} {'>=' if self.sign > 0 else '<='} {self.bound:g}"

    def violation(self, value: float) -> float:
        """Return by how much a value breaks the bound; zero or less if it keeps it."""
        return self.sign * (self.bound - value)


@dataclass(frozen=True, slots=True)
class Trial:
    """A setting that was tried, with its scores by measure, and by how much it breaks its constraints in all."""

    number: int
    setting: Point
    scores: dict[str, float]
    violation: float

    @property
    def is_feasible(self) -> bool:
        """Whether all constraints are kept."""
        return self.violation <= 0


@dataclass(frozen=True, slots=True)
class Winner:
    """A setting that no other beats, and what it is worth in worlds that the search has not seen.

    Attributes
    ----------
    trial
        What the search knows of it.
    fresh
        By measure, its mean in fresh worlds; ``worst`` its worst value there.
    optimism
        By goal, its lead over the baseline in the search, less that in fresh worlds.
    against
        By measure, its paired difference to the baseline in the same fresh worlds.
    keeps
        Whether it keeps its constraints in fresh worlds.
    """

    trial: Trial
    fresh: dict[str, Estimate]
    worst: dict[str, float]
    optimism: dict[str, float]
    against: dict[str, Contrast]
    keeps: bool


@dataclass(frozen=True)
class Optimum:
    """What a search found: the winner, or with several goals those among which one has to choose."""

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    is_worst: bool
    start: str
    baseline: str
    factors: tuple[Factor, ...]
    trials: tuple[Trial, ...]
    winners: tuple[Winner, ...]
    replicates: int
    fresh_replicates: int
    worlds: int
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures of goals and constraints."""
        return _measures(self.goals, self.constraints)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per winner."""
        return [
            {
                "trial": one.trial.number,
                **one.trial.setting,
                **{f"search {name}": one.trial.scores[name] for name in self.measures},
                **{
                    f"fresh {name}{end}": getattr(one.fresh[name], what)
                    for name in self.measures
                    for end, what in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
                **{f"fresh worst {name}": one.worst[name] for name in self.measures},
                **{f"optimism {goal.measure}": one.optimism[goal.measure] for goal in self.goals},
                **{
                    f"{name} - {self.baseline}{end}": getattr(one.against[name], what)
                    for name in self.measures
                    for end, what in (("", "mean"), ("_low", "low"), ("_high", "high"), ("_p_positive", "p_positive"))
                },
                "keeps_constraints": one.keeps,
            }
            for one in self.winners
        ]

    def trial_rows(self) -> list[dict[str, Any]]:
        """Return a row per trial, in the order in which they were made."""
        return [
            {"trial": one.number, **one.setting, **one.scores, "violation": one.violation, "feasible": one.is_feasible}
            for one in self.trials
        ]

    def about(self) -> dict[str, Any]:
        """Return what else is known, as plain values."""
        return {
            "goals": [str(goal) for goal in self.goals],
            "constraints": [str(one) for one in self.constraints],
            "worst_case": self.is_worst,
            "start": self.start,
            "baseline": self.baseline,
            "ranges": {one.key: [one.low, one.high] for one in self.factors},
            "trials": len(self.trials),
            "replicates": self.replicates,
            "fresh_replicates": self.fresh_replicates,
            "worlds": self.worlds,
        }

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`trial_rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.trial_rows())

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``optimum.csv``, ``trials.csv`` and the manifest; return the files' names."""
        tables = {"optimum.csv": self.rows(), "trials.csv": self.trial_rows()}
        return write_tables(folder, tables, {**self.manifest, "optimise": self.about()})


def check_optuna() -> None:
    """Raise a ValueError, in one line, where Optuna is missing."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise ValueError("optimisation needs an extra: pip install 'influence-sim[optimise]'") from None


def with_copy(scenario: Scenario, start: str) -> Scenario:
    """Return a scenario with a strategy :data:`OPTIMISED` that begins as another is.

    Raises
    ------
    ValueError
        If there is no such strategy, it decides by what it sees, or the scenario has one of that name.
    """
    there = scenario.strategy(start)
    if there.watches:
        raise ValueError(f"{start}: decides every evening by what it sees, so that its levers cannot be searched")
    if OPTIMISED in scenario.own_strategies:
        raise ValueError(f"{OPTIMISED}: the scenario has a strategy of this name; give it another")
    changes = [{"day": day, "levers": dict(levers)} for day, levers in sorted(there.schedule.items())]
    tree = scenario.model_dump()
    tree["levers"] = {**tree["levers"], OPTIMISED: {**there.levers}}
    if changes:
        tree["schedule"] = {**tree["schedule"], OPTIMISED: changes}
    return Scenario.of(tree, source=scenario.name)


def key_of(text: str, start: str) -> str:
    """Return ``KEY=LOW:HIGH`` with the lever of the strategy that is sought: by its bare name, or that of its start."""
    key, equals, what = text.partition("=")
    key = key.strip()
    if key in LEVERS:
        key = f"levers.{OPTIMISED}.{key}"
    elif key.startswith(f"levers.{start}."):
        key = f"levers.{OPTIMISED}.{key.removeprefix(f'levers.{start}.')}"
    return f"{key}{equals}{what}"


def optimise(
    scenario: Scenario | str,
    varied: Sequence[str],
    goals: Sequence[Goal],
    *,
    start: str = "dialogue",
    baseline: str | None = None,
    constraints: Sequence[Constraint] = (),
    worst: bool = False,
    trials: int = 60,
    replicates: int = 10,
    fresh_replicates: int = 20,
    seed: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
    on_progress: Progress | None = None,
    **running: Any,
) -> Optimum:
    """Search settings of a strategy, all in the same worlds, and run what wins again in others.

    With one goal a tree-structured Parzen estimator searches (Bergstra et al. 2011), with several NSGA-II (Deb et al.
    2002), both by Optuna. The search is the same whatever ``jobs``, and if it is interrupted and resumed.

    Parameters
    ----------
    scenario
        The setting, or the name or path of a scenario file.
    varied
        ``KEY=LOW:HIGH``: a lever by its name, or any other key of the scenario, which then changes for the sought
        strategy only.
    goals
        What is wanted; with several, the front of settings none of which is better than another in all.
    start
        The strategy whose other levers are kept; its own setting is tried first, if it lies in the ranges.
    baseline
        The strategy to be beaten; ``start`` if left out.
    constraints
        Bounds that must be kept, by the mean over replicates, or by the worst.
    worst
        Whether a setting is judged by its worst replicate instead of the mean.
    trials
        How many settings are tried.
    replicates, fresh_replicates
        Worlds per setting in the search, and per winner and baseline afterwards, which the search has not seen.
    seed
        Of the worlds and the search.
    out, resume
        Folder that keeps the trials as they are done, and whether to go on from there.
    **running
        ``graph``, ``jobs``, ``batch`` and ``cluster`` as in :func:`~influence_sim.experiment.sweep.sweep`.

    Raises
    ------
    ValueError
        If something is unknown or out of range, nothing keeps the constraints, or Optuna is missing; one line.
    StoreError
        If ``out`` holds another search, or an unfinished one that is not to be resumed.
    Interrupted
        If the user presses Ctrl-C.
    """
    check_optuna()
    scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    compared = baseline or start
    scenario.strategy(compared)
    copied = with_copy(scenario, start)
    factors = ranges(copied, [key_of(text, start) for text in varied])
    check_goals(goals, constraints, factors, trials=trials, replicates=replicates, fresh_replicates=fresh_replicates)
    measures = _measures(goals, constraints)
    total = (trials + 1) * replicates + 2 * fresh_replicates
    done = 0

    def report(there: float, _: float) -> None:
        if on_progress is not None:
            on_progress(min(done + there, total), total)

    def values_of(points: Sequence[Point], strategy: str, many: int, at: int) -> F8:
        ran = run_points(copied, points, [strategy], measures, replicates=many, seed=at, on_progress=report, **running)
        manifest.update({key: entry for key, entry in ran.manifest.items() if key != "points"})
        return ran.values[:, 0]

    manifest: dict[str, Any] = {}
    identity = {
        "scenario": copied.model_dump(mode="json"),
        "strategy": described(copied.strategy(OPTIMISED)),
        "ranges": [asdict(factor) for factor in factors],
        "goals": [str(goal) for goal in goals],
        "constraints": [str(one) for one in constraints],
        "worst": worst,
        "trials": trials,
        "replicates": replicates,
        "seed": seed,
        "versions": {"optuna": version("optuna"), "generator": GENERATOR_VERSION},
    }
    tried: list[Trial] = []
    with ExitStack() as stack:
        kept = _Kept(Path(out), identity, resume, stack) if out is not None else None
        search = _Search(factors, goals, trials, seed)
        first = _own_setting(copied, factors)
        if first is not None:
            search.enqueue(first)
        try:
            while len(tried) < trials:
                asked = search.ask(min(AT_ONCE, trials - len(tried)))
                found = _scored(
                    asked, len(tried), kept, copied, measures, goals, constraints, worst, values_of, replicates, seed
                )
                search.tell(found)
                tried += found
                done = len(tried) * replicates
            best = _front([trial for trial in tried if trial.is_feasible], goals)
            if not best:
                raise ValueError(_nothing_keeps(tried, constraints))
            total = done + replicates + (len(best) + 1) * fresh_replicates
            before = values_of([{}], compared, replicates, seed)[0]
            done += replicates
            anew = values_of([trial.setting for trial in best], OPTIMISED, fresh_replicates, seed + FRESH_SEEDS)
            done += len(best) * fresh_replicates
            theirs = values_of([{}], compared, fresh_replicates, seed + FRESH_SEEDS)[0]
        except Interrupted as stop:
            is_kept = kept is not None and kept.count > 0
            raise Interrupted(int(done + stop.finished), total, is_kept) from None
    winners = tuple(
        _winner(trial, values, before, theirs, measures, goals, constraints, worst)
        for trial, values in zip(best, anew, strict=True)
    )
    return Optimum(
        goals=tuple(goals),
        constraints=tuple(constraints),
        is_worst=worst,
        start=start,
        baseline=compared,
        factors=factors,
        trials=tuple(tried),
        winners=winners,
        replicates=replicates,
        fresh_replicates=fresh_replicates,
        worlds=(trials + 1) * replicates + (len(best) + 1) * fresh_replicates,
        manifest={**manifest, "seed": seed, "replicates": replicates, "compared": [OPTIMISED, compared]},
    )


def check_goals(
    goals: Sequence[Goal], constraints: Sequence[Constraint], factors: Sequence[Factor], **counts: int
) -> None:
    """Raise a ValueError of one line if a search makes no sense."""
    if not factors:
        raise ValueError("nothing is varied; say what, as in --vary reply_capacity=0:20")
    if not goals:
        raise ValueError("no goal; say one, as in --maximise profit or --minimise storm_days")
    for named, what in ((goals, "a goal"), (constraints, "bounded")):
        names = [one.measure for one in named]
        for name in names:
            quantity(name)
            if names.count(name) > 1:
                raise ValueError(f"{name}: is {what} twice")
    signs = {goal.measure: goal.sign for goal in goals}
    for one in constraints:
        if signs.get(one.measure, one.sign) != one.sign:
            raise ValueError(f"{one}: bounds a goal from the wrong side")
    for what, count in counts.items():
        least = 2 if what != "trials" else 1
        if count < least:
            raise ValueError(f"{what.replace('_', ' ')} = {count}: must be at least {least}")


def _measures(goals: Sequence[Goal], constraints: Sequence[Constraint]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(goal.measure for goal in goals), *(one.measure for one in constraints)]))


def _signs(goals: Sequence[Goal], constraints: Sequence[Constraint]) -> dict[str, int]:
    """Return which side of each measure is wanted, so that the other one is the worst."""
    return {one.measure: one.sign for one in constraints} | {goal.measure: goal.sign for goal in goals}


def _own_setting(scenario: Scenario, factors: Sequence[Factor]) -> Point | None:
    """Return the setting that the strategy begins with, if it lies in the ranges and only levers are varied."""
    prefix = f"levers.{OPTIMISED}."
    levers = scenario.strategy(OPTIMISED).levers
    setting = {}
    for factor in factors:
        if not factor.key.startswith(prefix):
            return None
        name = factor.key.removeprefix(prefix)
        value = float(levers.get(name, LEVERS[name].neutral))
        if not factor.low <= value <= factor.high:
            return None
        setting[factor.key] = value
    return setting


class _Kept:
    """The file of trials in a folder: the first line says of which search, each other has a setting and its values."""

    def __init__(self, folder: Path, identity: Mapping[str, Any], resume: bool, stack: ExitStack) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(Hold(folder))
        self._file, finished = folder / _TRIALS, folder / "manifest.json"
        self._known: dict[str, list[list[float | None]]] = {}
        header = json.dumps({"search": identity}, sort_keys=True)
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        if lines and resume:
            if lines[0] != header:
                raise StoreError(f"{folder}: holds another search; name another folder")
            for line in lines[1:]:
                try:
                    entry = json.loads(line)
                except ValueError:
                    # The line that was being written when the run was killed.
                    continue
                self._known[entry["setting"]] = entry["values"]
        elif len(lines) > 1 and not finished.exists():
            what = f"holds an unfinished search, {len(lines) - 1} trials done"
            raise StoreError(f"{folder}: {what}; resume it (--resume), or name another folder")
        finished.unlink(missing_ok=True)
        self._stream = stack.enter_context(self._file.open("w", encoding="utf-8"))
        print(header, file=self._stream)
        for setting, values in self._known.items():
            print(json.dumps({"setting": setting, "values": values}), file=self._stream)
        self._stream.flush()

    @property
    def count(self) -> int:
        """Settings that are kept."""
        return len(self._known)

    def get(self, setting: Point) -> F8 | None:
        """Return a setting's values, shape (replicates, measures), if they are kept."""
        found = self._known.get(json.dumps(dict(setting)))
        return None if found is None else np.array(found, float)

    def keep(self, setting: Point, values: F8) -> None:
        """Keep a setting's values."""
        name = json.dumps(dict(setting))
        self._known[name] = [[None if value != value else value for value in row] for row in values.tolist()]
        print(json.dumps({"setting": name, "values": self._known[name]}), file=self._stream, flush=True)


class _Search:
    """A search by Optuna, in memory; asked and told the same, it does the same again."""

    def __init__(self, factors: Sequence[Factor], goals: Sequence[Goal], trials: int, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        samplers = optuna.samplers
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


def _scored(
    asked: Sequence[Point],
    first: int,
    kept: _Kept | None,
    scenario: Scenario,
    measures: Sequence[str],
    goals: Sequence[Goal],
    constraints: Sequence[Constraint],
    worst: bool,
    values_of: Any,
    replicates: int,
    seed: int,
) -> list[Trial]:
    """Run what is not kept, and return all with their scores."""
    known: dict[int, F8] = {}
    for place, setting in enumerate(asked):
        values = kept.get(setting) if kept is not None else None
        if values is None and not is_allowed(scenario, setting):
            values = np.full((replicates, len(measures)), np.nan)
        if values is not None:
            known[place] = values
    missing = [place for place in range(len(asked)) if place not in known]
    if missing:
        ran = values_of([asked[place] for place in missing], OPTIMISED, replicates, seed)
        for place, values in zip(missing, ran, strict=True):
            known[place] = values
            if kept is not None:
                kept.keep(asked[place], values)
    return [
        _trial(first + place, setting, known[place], measures, goals, constraints, worst)
        for place, setting in enumerate(asked)
    ]


def _trial(
    number: int,
    setting: Point,
    values: F8,
    measures: Sequence[str],
    goals: Sequence[Goal],
    constraints: Sequence[Constraint],
    worst: bool,
) -> Trial:
    signs = _signs(goals, constraints)
    scores = {name: _score(values[:, place], signs[name], worst) for place, name in enumerate(measures)}
    broken = [one.violation(scores[one.measure]) for one in constraints]
    # What has no value keeps no bound; where several are broken, their sum says how far it is from keeping them.
    unknown = any(score != score for score in scores.values())
    violation = float("inf") if unknown else float(sum(max(one, 0.0) for one in broken))
    return Trial(number, setting, scores, violation)


def _score(values: F8, sign: int, worst: bool) -> float:
    """Return the mean over replicates, or the worst of them; a replicate that failed leaves no score."""
    if not worst:
        return float(values.mean())
    return float(values.min() if sign > 0 else values.max())


def _front(trials: Sequence[Trial], goals: Sequence[Goal]) -> list[Trial]:
    """Return the trials that no other beats, the best in the first goal first; of equal ones the earliest."""
    scores = [tuple(goal.sign * trial.scores[goal.measure] for goal in goals) for trial in trials]
    best = []
    for place, (trial, own) in enumerate(zip(trials, scores, strict=True)):
        beaten = any(
            all(there >= here for there, here in zip(other, own, strict=True)) and (other != own or earlier < place)
            for earlier, other in enumerate(scores)
            if earlier != place
        )
        if not beaten:
            best.append((own, trial))
    return [trial for _, trial in sorted(best, key=lambda one: one[0], reverse=True)]


def _nothing_keeps(trials: Sequence[Trial], constraints: Sequence[Constraint]) -> str:
    wanted = " and ".join(map(str, constraints))
    known = [trial for trial in trials if trial.violation < float("inf")]
    if not known:
        return "no trial has a value: the scenario forbids all settings, or their worlds failed"
    nearest = min(known, key=lambda trial: trial.violation)
    reached = ", ".join(f"{one.measure} {nearest.scores[one.measure]:.4g}" for one in constraints)
    return f"none of {len(trials)} trials keeps {wanted}; the nearest has {reached}"


def _winner(
    trial: Trial,
    values: F8,
    before: F8,
    theirs: F8,
    measures: Sequence[str],
    goals: Sequence[Goal],
    constraints: Sequence[Constraint],
    worst: bool,
) -> Winner:
    """Return a winner with its values and the baseline's (``theirs``) in fresh worlds, and the latter's ``before``."""
    anew = _trial(trial.number, trial.setting, values, measures, goals, constraints, worst)
    places = {name: place for place, name in enumerate(measures)}
    signs = _signs(goals, constraints)

    def optimism(goal: Goal) -> float:
        at = places[goal.measure]
        was = trial.scores[goal.measure] - _score(before[:, at], goal.sign, worst)
        now = _score(values[:, at], goal.sign, worst) - _score(theirs[:, at], goal.sign, worst)
        return goal.sign * (was - now)

    return Winner(
        trial=trial,
        fresh={name: estimate(values[:, place]) for name, place in places.items()},
        worst={name: _score(values[:, place], signs[name], True) for name, place in places.items()},
        optimism={goal.measure: optimism(goal) for goal in goals},
        against={name: contrast(values[:, place], theirs[:, place]) for name, place in places.items()},
        keeps=anew.is_feasible,
    )
