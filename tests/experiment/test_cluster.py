"""Worlds that run on a Dask cluster are those that run here, whatever happens to its workers.

A real scheduler and real workers, each a process of its own, talk over loopback.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import influence_sim as ins
from influence_sim.cli import app
from influence_sim.experiment.workers import in_any_order

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")

PATIENCE = 60.0
STRATEGIES = ["broadcast", "dialogue"]
SCENARIO = ins.Scenario.of(
    {
        "days": 6,
        "burn_in_days": 3,
        "step_hours": 6.0,
        "network": {"consumers": 60, "mean_degree": 6.0},
        "incident": {"day": 2, "hit_share": 0.9, "severity": 0.9},
    }
)
SCENARIO_GRAPH = SCENARIO.graph()
RUN = {"replicates": 8, "batch": 4}

COUNTING = """
import os
from influence_sim.core.graph import Graph

def __setstate__(graph, state):
    with open({log!r}, "a") as log:
        log.write(f"{{os.getpid()}}\\n")
    graph.__dict__.update(state)

Graph.__setstate__ = __setstate__
"""


class Cluster:
    """A scheduler and workers that note in a file whenever a graph reaches them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, []
        (folder / "counting.py").write_text(COUNTING.format(log=str(self.log)), encoding="utf-8")
        where = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file"]
        self.start("distributed.cli.dask_scheduler", *options, str(where))
        self.wait_until(lambda: where.exists() and where.read_text().endswith("}"))
        self.address = json.loads(where.read_text())["address"]

    @property
    def log(self) -> Path:
        return self.folder / "graphs"

    def start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"log-{len(self.processes)}").open("wb") as log:
            command = [sys.executable, "-m", module, *options]
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder))
        return self.processes[-1]

    def add_worker(self) -> subprocess.Popen[bytes]:
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--preload", str(self.folder / "counting.py")]
        return self.start("distributed.cli.dask_worker", self.address, *options, "--local-directory", str(self.folder))

    def wait_until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < end, [file.read_text() for file in self.folder.glob("log-*")]
            time.sleep(0.05)

    def graphs(self) -> list[str]:
        """The process of each arrival of a graph since the last time this was asked."""
        found = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        for _ in range(2):
            made.add_worker()
        with distributed.Client(made.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait(PATIENCE)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> dict[str, bytes]:
    """What a run on this machine keeps."""
    folder = tmp_path_factory.mktemp("local") / "out"
    ins.compare(SCENARIO, STRATEGIES, **RUN, out=folder).write(folder)
    return content(folder)


def content(folder: Path) -> dict[str, bytes]:
    """All files but the descriptions, which say when they were begun."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.suffix in (".nc", ".csv")}


def test_a_cluster_keeps_the_same_bytes_and_gets_the_graph_once_per_worker(cluster, local, tmp_path):
    out = tmp_path / "out"
    cluster.graphs()
    shown = []
    found = ins.compare(
        SCENARIO, STRATEGIES, **RUN, out=out, cluster=cluster.address, on_progress=lambda *now: shown.append(now)
    )
    found.write(out)
    assert content(out) == local
    assert len(list((out / "worlds").iterdir())) == 8
    arrived = cluster.graphs()
    assert sorted(arrived) == sorted(str(process.pid) for process in cluster.processes[1:])
    assert shown[-1] == (32, 32)
    # Whole units are counted: parts of them are not seen from here.
    assert {done % 4 for done, _ in shown} == {0}
    assert held(cluster) == []


def held(cluster: Cluster) -> list[str]:
    """Names of the graphs that workers still hold."""

    def names(dask_worker):
        return [name for name in dask_worker.plugins if name.startswith("influence-sim")]

    with distributed.Client(cluster.address, set_as_default=False) as client:
        return [name for names in client.run(names).values() for name in names]


def test_every_network_of_a_sweep_is_sent_once_per_worker(cluster):
    """Points whose networks alternate are taken network by network."""
    varied = [ins.Varied.parse("incident.severity=0.2,0.5,0.8"), ins.Varied.parse("network.seed=1,2")]
    points = ins.points_of(varied)
    cluster.graphs()
    there = ins.sweep(SCENARIO, points, ["silent"], replicates=1, cluster=cluster.address)
    # A scheduler sends a worker that has joined late what the others have.
    assert len(cluster.graphs()) == 2 * 2
    assert there.runs.identical(ins.sweep(SCENARIO, points, ["silent"], replicates=1).runs)


def test_workers_cannot_change_a_graph(cluster):
    """All tasks of a worker run on the same arrays."""

    class Change:
        def run(self, graph):
            try:
                graph.followers[0] = 1
            except ValueError as error:
                return str(error)

    found = list(in_any_order(((Change(), SCENARIO_GRAPH) for _ in range(4)), cluster=cluster.address))
    assert found == ["assignment destination is read-only"] * 4


def test_what_has_not_been_run_is_cancelled_and_forgotten(cluster):
    class Wait:
        def run(self, graph):
            __import__("time").sleep(0.2)

    begun = []

    def tasks():
        for number in range(1000):
            begun.append(number)
            yield Wait(), SCENARIO_GRAPH

    with closing(in_any_order(tasks(), cluster=cluster.address)) as results:
        next(results)
    assert len(begun) <= 2 * 2 + 1
    with distributed.Client(cluster.address, set_as_default=False) as client:
        cluster.wait_until(lambda: not any(client.processing().values()))
    assert held(cluster) == []


def test_a_lost_worker_changes_nothing(cluster, local, tmp_path):
    """It is killed half-way; its units are run elsewhere."""
    out = tmp_path / "out"
    victim = cluster.add_worker()
    with distributed.Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=PATIENCE)
    killed_at = []

    def kill(done: float, total: float) -> None:
        if total / 4 <= done < total and not killed_at:
            killed_at.append(done)
            os.kill(victim.pid, signal.SIGKILL)

    ins.compare(SCENARIO, STRATEGIES, **RUN, out=out, cluster=cluster.address, on_progress=kill).write(out)
    assert killed_at
    assert content(out) == local


# what cannot be used


def refusal(**changes) -> str:
    with pytest.raises(ins.WorkerError) as caught:
        ins.compare(SCENARIO, STRATEGIES, **{**RUN, **changes})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_workers_with_other_versions_are_refused(cluster, monkeypatch):
    from influence_sim.experiment import cluster as module

    monkeypatch.setattr(module, "version", lambda name: "0.0.1" if name == "numpy" else "")
    monkeypatch.setattr(module, "_PACKAGES", ("numpy",))
    said = refusal(cluster=cluster.address)
    assert said.startswith(f"{cluster.address}: worker tcp://127.0.0.1:")
    assert said.endswith(f"has numpy {np.__version__}, and this process 0.0.1; install the same version")


def test_where_no_scheduler_answers_nothing_is_run(monkeypatch, tmp_path):
    from influence_sim.experiment import cluster as module

    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 1)
    address = "tcp://127.0.0.1:9"
    assert refusal(cluster=address, out=tmp_path / "out").startswith(f"{address}: no Dask scheduler answers there: ")
    assert list(tmp_path.iterdir()) == []
    words = ["compare", "quiet_year", "--days", "3", "-r", "1", "-s", "silent", "-q", "--cluster", address]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"influence-sim: {address}: no Dask scheduler answers there")
    assert result.stderr.count("\n") == 1


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "influence_sim.experiment.cluster", None)
    assert refusal(cluster="tcp://127.0.0.1:9").endswith("or pip install 'influence-sim[cluster]'")


def test_a_scheduler_without_workers_is_refused(monkeypatch, tmp_path):
    from influence_sim.experiment import cluster as module

    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 1)
    alone = Cluster(tmp_path)
    try:
        said = refusal(cluster=alone.address)
        assert said == f"{alone.address}: the scheduler has no workers; start some with: dask worker {alone.address}"
    finally:
        alone.processes[0].kill()
        alone.processes[0].wait(PATIENCE)
