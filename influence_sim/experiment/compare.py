"""The main job: the focal company follows each strategy in turn, in the same worlds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import MEASURES, by_name
from influence_sim.experiment.anatomy import Table
from influence_sim.experiment.folders import StoreError
from influence_sim.experiment.plan import APART, FATES, Plan, Point, check_arguments
from influence_sim.experiment.posterior import read_posterior, spread
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.runner import Interrupted, Progress, joined, run_units
from influence_sim.experiment.store import Memory, Store
from influence_sim.experiment.workers import WorkerError
from influence_sim.scenario import Scenario
from influence_sim.strategies import COMPARED_BY_DEFAULT

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


class NoWorldError(ValueError):
    """No world finished: what the first error said."""


def compare(
    scenario: Scenario | str | Path,
    strategies: Sequence[str] = COMPARED_BY_DEFAULT,
    *,
    replicates: int = 20,
    seed: int = 1,
    graph: Graph | None = None,
    jobs: int = 1,
    batch: int | None = None,
    record: Sequence[str] = (),
    keep_messages: bool = False,
    counterfactual: bool = True,
    posterior: str | Path | None = None,
    draws: int = 40,
    out: str | Path | None = None,
    resume: bool = False,
    cluster: str | None = None,
    on_progress: Progress | None = None,
) -> Comparison:
    """Compare strategies of the scenario's focal company; its rivals keep theirs.

    Replicate r of every strategy runs on the same draws, so differences are paired and most of the noise cancels.

    Parameters
    ----------
    scenario
        The setting, or the name or path of a scenario file.
    strategies
        Names from the catalogue or the scenario's ``[levers]``, at least one; contrasts are against the earlier ones.
    replicates
        Worlds per strategy, at least 1; intervals need 2. With a posterior: per draw of it.
    seed
        Any integer; the same seed gives the same numbers, whatever the batch, the jobs and what else is recorded.
    graph
        The population's follower graph; the scenario's own if left out.
    jobs
        Processes, at least 1.
    batch
        Worlds that a process advances together, at least 1; chosen for speed if left out.
    record
        Names of diagnostics to record besides the standard measures.
    keep_messages
        Whether to keep every post, share and reply.
    counterfactual
        Whether to run beside each world the one in which no incident strikes, on the same draws, if there is an
        incident; without it there are no measures of the aftermath, and it takes less time.
    posterior
        A file of draws of what is not known of the scenario, as ``influence-sim data fit`` writes it. Intervals then
        are of the effect at values that the data allow, and so hold what is not known besides the accidents.
    draws
        How many of its draws to run, evenly spread over the file.
    out
        Folder in which worlds are kept as they are done; :meth:`Comparison.write` adds the tables.
    resume
        Whether to go on from the worlds that ``out`` holds already.
    cluster
        Address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``, whose workers are to run the worlds instead; needs
        the extra ``cluster``. ``jobs`` then says into how many parts, at least, the work is cut.
    on_progress
        Called now and then with the worlds done and their total.

    Returns
    -------
    Comparison
        All values by day, means with intervals, and paired differences.

    Raises
    ------
    ValueError
        If an argument is out of range, a strategy unknown, or every world failed; one line.
    StoreError
        If ``out`` holds another experiment, or an unfinished one that is not to be resumed, or cannot be written to.
    WorkerError
        If a cluster cannot be used, or workers were lost.
    Interrupted
        If the user presses Ctrl-C.
    """
    scenario = Scenario.load(scenario) if isinstance(scenario, str | Path) else scenario
    names = check_arguments(scenario, strategies, replicates=replicates, jobs=jobs, batch=batch)
    if graph is not None and graph.nodes < 2:
        raise ValueError(f"{graph.name}: a network needs at least 2 people, got {graph.nodes}")
    plan = make_plan(
        scenario,
        names,
        replicates=replicates,
        seed=seed,
        graph=graph,
        record=record,
        keep_messages=keep_messages,
        counterfactual=counterfactual,
        posterior=posterior,
        draws=draws,
    )
    store = store_for(plan, jobs=jobs, batch=batch, out=out, resume=resume)
    run_missing(store, jobs=jobs, batch=batch, cluster=cluster, on_progress=on_progress)
    return comparison_at(store, 0) if plan.posterior is None else comparison_over_posterior(store)


def store_for(
    plan: Plan, *, jobs: int = 1, batch: int | None = None, out: str | Path | None = None, resume: bool = False
) -> Store | Memory:
    """Return where a plan's worlds are kept: a folder if one is named.

    Raises
    ------
    StoreError
        If the folder holds another experiment, or an unfinished one that is not to be resumed.
    """
    unit = plan.replicates_per_unit(jobs, batch)
    return Memory(plan, unit) if out is None else Store(out, plan, resume=resume, unit=unit)


def make_plan(
    scenario: Scenario,
    strategies: Sequence[str],
    *,
    points: Sequence[Point] = ({},),
    replicates: int,
    seed: int,
    graph: Graph | None = None,
    record: Sequence[str] = (),
    keep_messages: bool = False,
    counterfactual: bool = True,
    posterior: str | Path | None = None,
    draws: int = 40,
) -> Plan:
    """Return the plan of an experiment: standard measures and those in ``record``, and counterfactuals if wanted.

    With a posterior its draws are the points.
    """
    if posterior is not None:
        points = spread(read_posterior(posterior, scenario), draws)
    measures = tuple(dict.fromkeys([*(m.name for m in MEASURES), *record]))
    by_name(measures)
    return Plan(
        scenario=scenario,
        points=tuple(points),
        strategies=tuple(strategies),
        replicates=replicates,
        seed=seed,
        measures=measures,
        fates=(False, True) if counterfactual and scenario.incident else (False,),
        given_graph=graph,
        keep_messages=keep_messages,
        posterior=None if posterior is None else Path(posterior).name,
    )


def run_missing(
    store: Store | Memory,
    *,
    jobs: int = 1,
    batch: int | None = None,
    cluster: str | None = None,
    on_progress: Progress | None = None,
    finish: bool = True,
) -> None:
    """Run what a store lacks, and keep each unit as it is done; ``finish`` unless more will be planned.

    Raises
    ------
    ValueError
        If every world failed, with what the first of them said.
    StoreError
        If what was done cannot be kept.
    WorkerError
        If a cluster cannot be used, or workers were lost.
    Interrupted
        If the user presses Ctrl-C.
    """
    missing = store.missing()
    total = sum(unit.replicates for unit in missing) * store.plan.worlds_per_replicate
    before, finished = store.plan.worlds - total, 0

    def report(done: float, total: float) -> None:
        if on_progress is not None:
            on_progress(before + done, before + total)

    running: dict[str, Any] = {"jobs": jobs, "batch": batch, "cluster": cluster}
    try:
        units = run_units(store.plan, missing, on_progress=report if on_progress else None, **running)
        with closing(units) as done:
            for unit, outcome in done:
                store.keep(unit, outcome)
                finished += len(outcome.values)
        _check_some_worked(store)
        if finish:
            store.finish()
    except KeyboardInterrupt:
        raise Interrupted(finished, total, store.abandon()) from None
    except (StoreError, WorkerError) as error:
        kept = "; what is done is kept, to go on from (--resume)" if store.abandon() else ""
        raise type(error)(f"{error}{kept}") from None


def _check_some_worked(store: Store | Memory) -> None:
    """Raise a ValueError if every world failed; mostly, one look is enough to know that not."""
    said = ""
    for unit in store.units:
        failures = store.outcome(unit).failures
        if len(failures["world"]) < unit.replicates * store.plan.worlds_per_replicate:
            return
        said = said or str(failures["error"][0])
    store.abandon()
    raise NoWorldError(said)


def comparison_at(store: Store | Memory, point: int) -> Comparison:
    """Return what came of one point of an experiment."""
    found = _comparison(store, [point])
    given = dict(store.plan.points[point])
    return replace(found, manifest=found.manifest | {"point": given}) if given else found


def comparison_over_posterior(store: Store | Memory) -> Comparison:
    """Return what came of all draws of a posterior; a draw's replicates stand together."""
    found = _comparison(store, range(len(store.plan.points)))
    return replace(found, replicates_per_draw=store.plan.replicates)


def _comparison(store: Store | Memory, points: Sequence[int]) -> Comparison:
    """Return what came of some points, as replicates of one comparison."""
    plan = store.plan
    # These first: a file says whether it is of this point at all.
    parts = [part for point in points for part in store.of_point(point)]
    scenario, names, fates = plan.scenario_at(points[0]), plan.strategies, plan.fates
    outcome = joined([outcome for _, outcome in parts])
    worlds = [
        replace(world, replicate=place * plan.replicates + world.replicate % APART)
        for place, point in enumerate(points)
        for unit, _ in parts
        if unit.point == point
        for world in plan.worlds_of(unit)
    ]

    def by_strategy(values: NDArray[Any], spared: bool) -> NDArray[Any]:
        split = values.reshape(-1, len(fates), len(names), *values.shape[1:])
        return np.ascontiguousarray(split[:, int(spared)].swapaxes(0, 1))

    def labelled(table: Table) -> Table:
        if not table:
            return {}
        others = {name: column for name, column in table.items() if name not in ("world", "company")}
        label = {
            "strategy": np.array([str(one.strategy) for one in worlds])[table["world"]],
            "replicate": np.array([one.replicate for one in worlds])[table["world"]],
        }
        if "company" in table:
            label["company"] = np.array(scenario.company_names)[table["company"]]
        return label | others

    counterfactual, failed = len(fates) == 2, outcome.failures["world"]
    return Comparison(
        values=by_strategy(outcome.values, False),
        strategies=names,
        companies=tuple(scenario.company_names),
        measures=by_name(plan.measures),
        focal=scenario.focal_company,
        manifest=store.manifest,
        spared=by_strategy(outcome.values, True) if counterfactual else None,
        switches=by_strategy(outcome.switches, False),
        spared_switches=by_strategy(outcome.switches, True) if counterfactual else None,
        storms=labelled(outcome.storms),
        cascades=labelled(outcome.cascades),
        messages=labelled(outcome.messages),
        failures=labelled(
            {
                "world": failed,
                "fate": np.array([FATES[worlds[number].spared] for number in failed], object),
                "seed": np.full(len(failed), plan.seed, object),
                "error": outcome.failures["error"],
            }
        ),
    )
