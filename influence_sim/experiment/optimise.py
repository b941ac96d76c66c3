"""Optimisation: the best setting of levers for one goal, or the trade-offs between several, and what it is worth anew.

What wins in some worlds wins there partly by luck. So the winners are run again in worlds that the search has not seen,
beside the strategy they have to beat, and only that is reported as their worth. How much of the lead over that strategy
is lost on the way is their optimism; worlds that are good for everybody leave it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.experiment.design import is_allowed
from influence_sim.experiment.factors import Factor
from influence_sim.experiment.goals import F8, Aims, Constraint, Goal, Trial
from influence_sim.experiment.optimum import Optimum, Winner
from influence_sim.experiment.plan import Point, checksum, described
from influence_sim.experiment.quantities import check_measures, needs_counterfactual
from influence_sim.experiment.runner import Interrupted, Progress
from influence_sim.experiment.search import Kept, Search, check_optuna
from influence_sim.experiment.sought import OPTIMISED, factors_of, own_setting, with_copy
from influence_sim.experiment.studies import run_points
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph

AT_ONCE = 4
"""Trials that are chosen together, whatever the number of processes, so that this changes nothing."""
FRESH_SEEDS = 1_000_003
"""What is added to the seed for worlds that the search has not seen."""


@dataclass(frozen=True)
class SearchPlan:
    """A search that makes sense: what is asked for in words, as it is run.

    Attributes
    ----------
    scenario
        With the copy of the strategy that is sought.
    start, baseline
        The strategies from which it starts and that it has to beat.
    factors, aims
        What is varied, and what is wanted.
    trials, replicates, fresh_replicates
        How much is run; see :func:`optimise`.
    """

    scenario: Scenario
    start: str
    baseline: str
    factors: tuple[Factor, ...]
    aims: Aims
    trials: int
    replicates: int
    fresh_replicates: int

    @property
    def fates(self) -> int:
        """Worlds per replicate: 2 if a measure needs the one in which nothing strikes, too."""
        return 2 if needs_counterfactual(self.aims.measures) else 1

    @property
    def worlds(self) -> int:
        """Worlds of the search, in which every trial and the baseline are run."""
        return (self.trials + 1) * self.replicates * self.fates

    def fresh_worlds(self, winners: int) -> int:
        """Return the worlds that so many winners and the baseline take afterwards."""
        return (winners + 1) * self.fresh_replicates * self.fates

    def identity(self, seed: int, graph: Graph | None) -> dict[str, Any]:
        """Return what its trials follow from, as plain values."""
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "strategy": described(self.scenario.strategy(OPTIMISED)),
            "ranges": [asdict(factor) for factor in self.factors],
            "goals": [str(goal) for goal in self.aims.goals],
            "constraints": [str(one) for one in self.aims.constraints],
            "worst": self.aims.is_worst,
            "trials": self.trials,
            "replicates": self.replicates,
            "seed": seed,
            "graph": None if graph is None else checksum(graph),
            "versions": {"optuna": version("optuna"), "generator": GENERATOR_VERSION},
        }


def plan_search(
    scenario: Scenario,
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
) -> SearchPlan:
    """Check what is asked for, before anything is run; arguments and errors are those of :func:`optimise`."""
    check_optuna()
    compared = baseline or start
    scenario.strategy(compared)
    copied = with_copy(scenario, start)
    factors = factors_of(copied, varied, start)
    aims = Aims(tuple(goals), tuple(constraints), worst)
    aims.check()
    check_measures(scenario, aims.measures)
    for what, count, least in (
        ("trials", trials, 1),
        ("replicates", replicates, 2),
        ("fresh replicates", fresh_replicates, 2),
    ):
        if count < least:
            raise ValueError(f"{what} = {count}: must be at least {least}")
    return SearchPlan(copied, start, compared, factors, aims, trials, replicates, fresh_replicates)


def optimise(
    scenario: Scenario | str | Path,
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
    on_progress
        Called now and then with the worlds done and their total, which grows with the number of winners.
    **running
        ``graph``, ``jobs``, ``batch`` and ``cluster`` as in :func:`~influence_sim.experiment.sweep.sweep`.

    Returns
    -------
    Optimum
        Settings that were tried, winners, and what they reach in fresh worlds.

    Raises
    ------
    ValueError
        If something is unknown or out of range, nothing keeps the constraints, or Optuna is missing; one line.
    StoreError
        If ``out`` holds another search, an unfinished one that is not to be resumed, or files of others.
    Interrupted
        If the user presses Ctrl-C.
    """
    plan = plan_search(
        Scenario.load(scenario) if isinstance(scenario, str | Path) else scenario,
        varied,
        goals,
        start=start,
        baseline=baseline,
        constraints=constraints,
        worst=worst,
        trials=trials,
        replicates=replicates,
        fresh_replicates=fresh_replicates,
    )
    return run_search(plan, seed=seed, out=out, resume=resume, on_progress=on_progress, **running)


def run_search(
    plan: SearchPlan,
    *,
    seed: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
    on_progress: Progress | None = None,
    graph: Graph | None = None,
    **running: Any,
) -> Optimum:
    """Do what was planned; arguments and errors are those of :func:`optimise`."""
    aims, tried = plan.aims, list[Trial]()
    manifest: dict[str, Any] = {}
    done, total = 0, plan.worlds + plan.fresh_worlds(1)

    def report(there: float, _: float) -> None:
        if on_progress is not None:
            on_progress(min(done + there, total), total)

    def values_of(points: Sequence[Point], strategy: str, replicates: int, seed: int) -> F8:
        ran = run_points(
            plan.scenario,
            points,
            [strategy],
            aims.measures,
            replicates=replicates,
            seed=seed,
            graph=graph,
            on_progress=report,
            **running,
        )
        manifest.update({key: entry for key, entry in ran.manifest.items() if key != "points"})
        return ran.values[:, 0]

    def scored(asked: Sequence[Point], kept: Kept) -> list[Trial]:
        """Run what is not kept, and return all with their scores."""
        known: dict[int, F8] = {}
        for place, setting in enumerate(asked):
            values = kept.get(setting)
            if values is None and not is_allowed(plan.scenario, setting):
                values = np.full((plan.replicates, len(aims.measures)), np.nan)
            if values is not None:
                known[place] = values
        missing = [place for place in range(len(asked)) if place not in known]
        if missing:
            ran = values_of([asked[place] for place in missing], OPTIMISED, plan.replicates, seed)
            for place, values in zip(missing, ran, strict=True):
                known[place] = values
                kept.keep(asked[place], values)
        return [aims.trial(len(tried) + place, setting, known[place]) for place, setting in enumerate(asked)]

    with ExitStack() as stack:
        kept = Kept(None if out is None else Path(out), plan.identity(seed, graph), resume, stack)
        search = Search(plan.factors, aims.goals, plan.trials, seed)
        first = own_setting(plan.scenario, plan.factors)
        if first is not None:
            search.enqueue(first)
        try:
            while len(tried) < plan.trials:
                found = scored(search.ask(min(AT_ONCE, plan.trials - len(tried))), kept)
                search.tell(found)
                tried += found
                done = len(tried) * plan.replicates * plan.fates
            best = aims.front(tried)
            total = plan.worlds + plan.fresh_worlds(len(best))
            (before,) = values_of([{}], plan.baseline, plan.replicates, seed)
            done = plan.worlds
            fresh = {"replicates": plan.fresh_replicates, "seed": seed + FRESH_SEEDS}
            anew = values_of([trial.setting for trial in best], OPTIMISED, **fresh)
            done = total - plan.fresh_worlds(0)
            (theirs,) = values_of([{}], plan.baseline, **fresh)
        except Interrupted as stop:
            raise Interrupted(int(done + stop.finished), total, kept.is_any) from None
    return Optimum(
        aims=aims,
        start=plan.start,
        baseline=plan.baseline,
        factors=plan.factors,
        trials=tuple(tried),
        winners=tuple(Winner.of(trial, aims, values, before, theirs) for trial, values in zip(best, anew, strict=True)),
        replicates=plan.replicates,
        fresh_replicates=plan.fresh_replicates,
        worlds=total,
        manifest={
            **manifest,
            "seed": seed,
            "replicates": plan.replicates,
            "compared": [OPTIMISED, plan.baseline],
        },
    )
