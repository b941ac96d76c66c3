"""Tasks run in several processes: few at a time, on a graph that each gets once, and so that a lost one is noticed."""

import os
import signal
import time
import tracemalloc
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytest

import influence_sim as ins
from influence_sim.core.graph import Graph
from influence_sim.experiment.runner import Outcome, Task
from influence_sim.experiment.workers import in_any_order

GRAPH = Graph.from_arcs([0, 1], [1, 2], 3)
OTHER = Graph.from_arcs([0, 1, 2], [1, 2, 0], 3)


@dataclass
class Told:
    """A task that says where it ran, and on which graph."""

    number: int

    def run(self, graph):
        arrays = [array for array in vars(graph).values() if isinstance(array, np.ndarray)]
        return self.number, os.getpid(), id(graph), graph.arcs, any(array.flags.writeable for array in arrays)


@dataclass
class Deadly:
    """A task that ends its process."""

    def run(self, graph):
        os.kill(os.getpid(), signal.SIGKILL)


def test_all_tasks_are_run_on_their_graphs_which_each_process_gets_once():
    tasks = ((Told(number), GRAPH if number < 20 else OTHER) for number in range(40))
    found = sorted(in_any_order(tasks, jobs=2))
    assert [number for number, *_ in found] == list(range(40))
    assert [arcs for *_, arcs, _ in found] == [2] * 20 + [3] * 20
    assert os.getpid() not in {process for _, process, *_ in found}
    assert not any(writeable for *_, writeable in found)
    for half in (found[:20], found[20:]):
        seen = {(process, graph) for _, process, graph, *_ in half}
        assert len(seen) == len({process for process, _ in seen}) <= 2


def test_no_more_are_begun_than_keep_the_processes_busy():
    begun = []

    def tasks():
        for number in range(30):
            begun.append(number)
            yield Told(number), GRAPH

    with closing(in_any_order(tasks(), jobs=2)) as results:
        for done, _ in enumerate(results):
            # Whoever takes the results is slow: they must not pile up.
            time.sleep(0.01)
            assert len(begun) <= done + 2 * 2 + 1


def test_a_process_that_is_lost_ends_it_with_one_line():
    with pytest.raises(ins.WorkerError, match=r"^a worker process was ended by something else; was there too little"):
        list(in_any_order(((Deadly(), GRAPH) for _ in range(4)), jobs=2))


def test_memory_does_not_grow_with_the_number_of_worlds(tmp_path, monkeypatch):
    """Of 20 worlds no more is held than of 5, until they are kept and when they are read again."""
    scenario = ins.Scenario.of({"days": 200, "burn_in_days": 0, "network": {"consumers": 10, "mean_degree": 4.0}})
    draw = np.random.default_rng(1)

    def run(task, graph):
        """Bring home much without living through it."""
        companies = len(scenario.companies)
        values = draw.random((len(task.worlds), companies, 200, len(task.measures)))
        return task.number, Outcome(values, np.zeros((1, companies, companies + 1), int), {}, {}, {})

    monkeypatch.setattr(Task, "run", run)
    peaks = {}
    for points in (2, 5, 20):
        varied = ins.points_of([ins.Varied("budget", (), 1.0, 50.0)], "lhs", count=points)
        if points > 2:
            # What is imported counts for nobody.
            tracemalloc.start()
        found = ins.sweep(scenario, varied, ["silent"], replicates=1, out=tmp_path / str(points))
        assert len(found.runs["loyalty"]) == points
        peaks[points] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    a_world = len(scenario.companies) * 200 * len(found.store.plan.measures) * 8 / 2**20
    assert peaks[20] - peaks[5] < 3 * a_world, peaks
