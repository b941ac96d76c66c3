"""Workers of a Dask cluster; imported only where one is asked for, since Dask is an extra."""

from __future__ import annotations

import logging
import platform
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import distributed

from influence_sim.experiment.workers import Load, WorkerError, read_only

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph

_PATIENCE_SECONDS = 10
_PACKAGES = ("influence-sim", "numpy", "scipy", "pydantic", "dask", "distributed", "cloudpickle")


class _Held(distributed.WorkerPlugin):  # type: ignore[misc]
    """A graph that every worker gets when it is shared, or when it joins; its tasks run on the same arrays."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def setup(self, worker: Any) -> None:
        read_only(self.graph)


@dataclass(frozen=True, slots=True)
class _Fetch:
    name: str

    def __call__(self) -> Graph:
        graph: Graph = distributed.get_worker().plugins[self.name].graph
        return graph


@dataclass(slots=True)
class _Cluster:
    """The workers of a cluster, whichever there are at the moment."""

    client: distributed.Client
    executor: Executor
    shared: set[Load] = field(default_factory=set)

    @property
    def width(self) -> int:
        threads: int = sum(self.client.nthreads().values())
        return 2 * max(threads, 1)

    def share(self, graph: Graph) -> Load:
        load = _Fetch(f"influence-sim-{uuid4().hex}")
        self.client.register_plugin(_Held(graph), name=load.name)
        self.shared.add(load)
        return load

    def drop(self, load: Load) -> None:
        assert isinstance(load, _Fetch)
        self.client.unregister_worker_plugin(load.name)
        self.shared.remove(load)


@contextmanager
def workers_at(address: str) -> Iterator[_Cluster]:
    """Connect to a scheduler; what has not been run when one leaves is cancelled, and graphs are forgotten."""
    # What goes wrong is said in one line, below.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            client = distributed.Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkerError(f"{address}: no Dask scheduler answers there: {_first_line(error)}") from None
    with client:
        _check_workers(client, address)
        cluster = _Cluster(client, client.get_executor(pure=False))
        try:
            yield cluster
        except distributed.KilledWorker as error:
            raise WorkerError(f"{address}: workers were lost again and again: {_first_line(error)}") from None
        except (OSError, CancelledError):
            raise WorkerError(f"{address}: the scheduler was lost") from None
        finally:
            # The scheduler may be gone.
            with suppress(Exception):
                cluster.executor.shutdown(wait=False)
                for load in list(cluster.shared):
                    cluster.drop(load)


def _check_workers(client: distributed.Client, address: str) -> None:
    """Raise a WorkerError of one line if there are no workers, or they would not run the same code."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
        found = client.run(_versions)
    except TimeoutError:
        raise WorkerError(f"{address}: the scheduler has no workers; start some with: dask worker {address}") from None
    except Exception as error:
        raise WorkerError(f"{address}: a worker has no influence_sim that can be used: {_first_line(error)}") from None
    for worker, there in found.items():
        for name, here in _versions().items():
            if there.get(name) != here:
                what = f"has {name} {there.get(name)}, and this process {here}"
                raise WorkerError(f"{address}: worker {worker} {what}; install the same version")


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
