"""The whole model: what batching worlds gains, and what each strategy costs to simulate and achieves."""

from __future__ import annotations

import pytest

import influence_sim as ins

DAYS = 20


@pytest.fixture(scope="module")
def scenario() -> ins.Scenario:
    return ins.Scenario.load("quiet_year").with_values({"days": DAYS, "burn_in_days": 0})


@pytest.fixture(scope="module")
def graph(scenario: ins.Scenario) -> ins.Graph:
    return scenario.graph()


@pytest.mark.benchmark(group="12 worlds of 2,000 consumers, 20 days")
@pytest.mark.parametrize("batch", [1, 12], ids=["one at a time", "in one batch"])
def test_batching(benchmark, scenario: ins.Scenario, graph: ins.Graph, batch: int) -> None:
    result = benchmark.pedantic(
        ins.compare,
        (scenario, ["broadcast"]),
        {"replicates": 12, "batch": batch, "graph": graph},
        rounds=3,
        warmup_rounds=1,
    )
    benchmark.extra_info["world_days"] = 12 * DAYS
    assert result.values.shape[1] == 12


@pytest.mark.benchmark(group="strategies: 12 worlds, 20 days")
@pytest.mark.parametrize("strategy", ["silent", "broadcast", "dialogue"])
def test_strategies(benchmark, scenario: ins.Scenario, graph: ins.Graph, strategy: str) -> None:
    result = benchmark.pedantic(
        ins.compare, (scenario, [strategy]), {"replicates": 12, "graph": graph}, rounds=3, warmup_rounds=1
    )
    for measure in ("loyalty", "retention", "storm_days", "profit"):
        benchmark.extra_info[measure] = result.estimates[measure][strategy].mean
