"""The main job: the focal company follows each strategy in turn, in the same worlds."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.core.measures import MEASURES, by_name
from influence_sim.experiment.anatomy import Table
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.runner import Progress, World, run, timestamp
from influence_sim.scenario import Scenario
from influence_sim.strategies import COMPARED_BY_DEFAULT, Strategy

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


def compare(
    scenario: Scenario | str,
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
        Worlds per strategy, at least 1; intervals need 2.
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
    on_progress
        Called now and then with the worlds done and their total.

    Raises
    ------
    ValueError
        If an argument is out of range or a strategy unknown; one line.
    Interrupted
        If the user presses Ctrl-C.
    """
    scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    names = check_arguments(scenario, strategies, replicates=replicates, jobs=jobs, batch=batch)
    measures = tuple(dict.fromkeys([*(m.name for m in MEASURES), *record]))
    by_name(measures)
    if graph is None:
        graph = scenario.graph()
    if graph.nodes < 2:
        raise ValueError(f"{graph.name}: a network needs at least 2 people, got {graph.nodes}")
    setting = scenario.setting(graph)
    fates = (False, True) if counterfactual and scenario.incident else (False,)
    # All worlds of a replicate stand together: what they have in common is run once.
    worlds = [World(name, r, spared) for r in range(replicates) for spared in fates for name in names]
    outcome = run(
        scenario,
        setting,
        worlds,
        seed=seed,
        measures=measures,
        jobs=jobs,
        batch=batch,
        keep_messages=keep_messages,
        on_progress=on_progress,
    )

    def by_strategy(values: NDArray[Any], spared: bool) -> NDArray[Any]:
        split = values.reshape(replicates, len(fates), len(names), *values.shape[1:])
        return np.ascontiguousarray(split[:, int(spared)].swapaxes(0, 1))

    def labelled(table: Table) -> Table:
        if not table:
            return {}
        world = table.pop("world")
        return {
            "strategy": np.array([str(one.strategy) for one in worlds])[world],
            "replicate": np.array([one.replicate for one in worlds])[world],
            "company": np.array(scenario.company_names)[table.pop("company")],
            **table,
        }

    return Comparison(
        values=by_strategy(outcome.values, False),
        strategies=names,
        companies=tuple(scenario.company_names),
        measures=by_name(measures),
        focal=scenario.focal_company,
        manifest=manifest(scenario, graph, names, replicates, seed),
        spared=by_strategy(outcome.values, True) if len(fates) == 2 else None,
        switches=by_strategy(outcome.switches, False),
        spared_switches=by_strategy(outcome.switches, True) if len(fates) == 2 else None,
        storms=labelled(outcome.storms),
        cascades=labelled(outcome.cascades),
        messages=labelled(outcome.messages),
    )


def manifest(scenario: Scenario, graph: Graph, strategies: Sequence[str], replicates: int, seed: int) -> dict[str, Any]:
    """Return what is needed to run an experiment again, and where and when it ran.

    ``compared`` names the focal company's strategies, ``strategies`` holds the levers of all that any company follows.
    The graph's ``sha256`` is that of its ``offsets`` (64 bits each) and then its ``followers`` (32 bits each), all
    little-endian.
    """
    packages = ("influence-sim", "numpy", "scipy", "mesa", "pydantic")
    setting = scenario.model_dump(mode="json")
    if scenario.network.kind == "file":
        setting["network"]["consumers"] = graph.nodes
    followed = dict.fromkeys([*strategies, *(company.strategy for company in scenario.companies)])
    return {
        "scenario": setting,
        "compared": list(strategies),
        "strategies": {name: _described(scenario.strategy(name)) for name in followed},
        "replicates": replicates,
        "seed": seed,
        "graph": {
            "name": graph.name,
            "consumers": graph.nodes,
            "arcs": graph.arcs,
            "self_loops_left_out": graph.self_loops,
            "parallel_arcs_left_out": graph.parallel_arcs,
            "sha256": _checksum(graph),
        },
        "generator_version": GENERATOR_VERSION,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "time": timestamp(),
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    }


def _described(strategy: Strategy) -> dict[str, Any]:
    schedule = {str(day): dict(levers) for day, levers in strategy.schedule.items()}
    return {"levers": dict(strategy.levers), "schedule": schedule, "watches": strategy.watches}


def _checksum(graph: Graph) -> str:
    checksum = sha256(np.ascontiguousarray(graph.offsets, "<i8"))
    checksum.update(np.ascontiguousarray(graph.followers, "<i4"))
    return checksum.hexdigest()


def check_arguments(
    scenario: Scenario, strategies: Sequence[str], *, replicates: int, jobs: int | None = None, batch: int | None = None
) -> tuple[str, ...]:
    """Return the strategies' names if a comparison can be run with these arguments; else a ValueError of one line."""
    names = tuple(strategies)
    if not names:
        raise ValueError("strategies: at least one is needed")
    for name in names:
        scenario.strategy(name)
        if names.count(name) > 1:
            raise ValueError(f"strategies: {name} is named twice")
    for what, value in (("replicates", replicates), ("jobs", jobs), ("batch", batch)):
        if value is not None and value < 1:
            raise ValueError(f"{what} = {value}: must be at least 1")
    return names
