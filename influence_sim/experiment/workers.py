"""Where tasks are run: in this process, in others on this machine, or on a Dask cluster.

A graph is sent to each worker once. Few tasks are under way at a time: neither what waits nor what is done piles up.
"""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from influence_sim.experiment.folders import reason
from influence_sim.extras import needs_extra

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph

type Load = Callable[[], Graph]
"""Gives a worker the graph that was sent to it."""

_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


class WorkerError(ValueError):
    """Workers cannot be had, or were lost; one line says which and what to do."""


@contextmanager
def sharing() -> Iterator[None]:
    """Say where there is no room for what processes share: it is not where results go."""
    try:
        yield
    except OSError as error:
        raise WorkerError(f"{tempfile.gettempdir()} (for temporary files): {reason(error)}") from None


class Task[Result](Protocol):
    """What can be sent to a worker and run there."""

    def run(self, graph: Graph) -> Result:
        """Run it."""


class Pool(Protocol):
    """Workers that tasks are given to."""

    @property
    def executor(self) -> Executor:
        """What gives them a task."""

    @property
    def width(self) -> int:
        """How many tasks may be under way, so that no worker waits."""

    def share(self, graph: Graph) -> Load:
        """Send a graph to all of them."""

    def drop(self, load: Load) -> None:
        """Let them forget a graph."""


def in_any_order[Result](
    tasks: Iterable[tuple[Task[Result], Graph]], *, jobs: int = 1, cluster: str | None = None
) -> Generator[Result]:
    """Run tasks, and yield their results as they come.

    Parameters
    ----------
    tasks
        With their graphs; taken one by one, those of one graph in a row.
    jobs
        Processes on this machine.
    cluster
        Address of a Dask scheduler whose workers are to be used instead.

    Raises
    ------
    WorkerError
        If workers cannot be had, or were lost.
    """
    if cluster is None and jobs <= 1:
        yield from (task.run(graph) for task, graph in tasks)
        return
    with _pool(jobs, cluster) as pool:
        try:
            yield from _spread(tasks, pool)
        except BrokenProcessPool:
            raise WorkerError("a worker process was ended by something else; was there too little memory?") from None


@contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """Start so many processes on this machine for tasks of any kind, and end them whatever happens.

    Raises
    ------
    WorkerError
        If workers were lost.
    """
    try:
        with _processes(jobs) as pool:
            yield pool.executor
    except BrokenProcessPool:
        raise WorkerError("a worker process was ended by something else; was there too little memory?") from None


def _pool(jobs: int, cluster: str | None) -> AbstractContextManager[Pool]:
    if cluster is None:
        return _processes(jobs)
    try:
        from influence_sim.experiment.cluster import workers_at
    except ImportError:
        raise WorkerError(needs_extra("a cluster", "cluster")) from None
    return workers_at(cluster)


def _spread[Result](tasks: Iterable[tuple[Task[Result], Graph]], pool: Pool) -> Generator[Result]:
    """Keep the workers busy, but no more than that."""
    shared: Graph | None = None
    load: Load | None = None
    under_way: dict[Future[Result], Load] = {}

    def done() -> Iterator[Result]:
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            old = under_way.pop(future)
            if old is not load and old not in under_way.values():
                pool.drop(old)
            yield future.result()

    for task, graph in tasks:
        if load is None or graph is not shared:
            shared, load = graph, pool.share(graph)
        under_way[pool.executor.submit(_run, task, load)] = load
        while len(under_way) >= pool.width:
            yield from done()
    while under_way:
        yield from done()


def _run[Result](task: Task[Result], load: Load) -> Result:
    return task.run(load())


def read_only(graph: Graph) -> Graph:
    """Return a graph that no task can change for those after it."""
    for array in vars(graph).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return graph


@dataclass(frozen=True, slots=True)
class _Processes:
    """Processes on this machine, which read graphs from files."""

    executor: Executor
    width: int
    folder: Path

    def share(self, graph: Graph) -> Load:
        with sharing():
            handle, name = tempfile.mkstemp(dir=self.folder)
            with open(handle, "wb") as stream:
                pickle.dump(graph, stream, pickle.HIGHEST_PROTOCOL)
        return _Read(name)

    def drop(self, load: Load) -> None:
        assert isinstance(load, _Read)
        Path(load.file).unlink()


@dataclass(frozen=True, slots=True)
class _Read:
    file: str

    def __call__(self) -> Graph:
        return _graph_in(self.file)


@lru_cache(maxsize=1)
def _graph_in(file: str) -> Graph:
    """Read a graph, once for all tasks that follow."""
    graph: Graph = pickle.loads(Path(file).read_bytes())
    return read_only(graph)


@contextmanager
def _processes(count: int) -> Iterator[_Processes]:
    """Start so many processes, and end them whatever happens."""
    from joblib.externals.loky import ProcessPoolExecutor

    with tempfile.TemporaryDirectory() as folder:
        executor = ProcessPoolExecutor(count, initializer=_end_with, initargs=(os.getpid(),), env=_ONE_THREAD)
        try:
            with _deaf_to_interrupts():
                # The first task starts them all.
                executor.submit(os.getpid)
            yield _Processes(executor, 2 * count, Path(folder))
        finally:
            executor.shutdown(kill_workers=True)


def _end_with(parent: int) -> None:
    """End a worker that is left behind by a killed parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if hasattr(os, "fork"):
        threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start workers that ignore Ctrl-C, which reaches the whole process group; the parent answers it afterwards.

    Workers inherit the mask. It does not protect this process, whose other threads still take the signal, so a handler
    keeps it for later.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    # The tracker unblocks SIGINT once it has been started, which must not happen between the workers.
    resource_tracker.ensure_running()
    pressed: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if pressed:
        raise KeyboardInterrupt
